/* candidate.h - from a candidate's file to the curve that is compared */
#ifndef CUXAS_MATCH_CANDIDATE_H
#define CUXAS_MATCH_CANDIDATE_H
#include "cuxas/match.h"
#include "match/library.h"

/* The numbers of a cuxas_curve, owned. All zero: none. */
typedef struct {
  cuxas_grid grid;
  double    *mu[CUXAS_N_CHANNEL]; /* NULL: no such channel */
  bool       is_prediction;       /* reaches beyond its ends, see cuxas_curve */
  bool       is_by_model;         /* the model predicts it: its errors stand beside those of theory */
  bool       is_measured;         /* a standard: neither broadened nor shifted for the errors of theory */
} cuxas_candidate_curve;

/* What stands behind the curve of a structure, kept for what is drawn and simulated of the best. */
typedef struct cuxas_parts {
  cuxas_crystal    *crystal;
  cuxas_prediction *prediction;          /* its sites and spreads; the structure's spectra are: */
  double           *mu[CUXAS_N_CHANNEL]; /* of the candidate's curve; borrowed */
} cuxas_parts;

/* cuxas_parts_bytes() - about what they take in memory; cuxas_parts_free() accepts NULL */
size_t cuxas_parts_bytes(const cuxas_parts *parts, const cuxas_model *model);
void   cuxas_parts_free(cuxas_parts *parts);

/* Where a candidate is loaded to. */
typedef struct {
  cuxas_hit             *hit;   /* path and name must be set; filled: kind, sha256, formula, sites, domain, warnings */
  cuxas_candidate_curve *curve; /* the caller frees it with cuxas_candidate_curve_clear(), also when it is empty */
  cuxas_parts **opt_parts;      /* of a structure; the caller frees them with cuxas_parts_free(). NULL: not wanted */
  char left_out[CUXAS_COMPOSITION_REASON_SIZE]; /* why the composition filter leaves the structure out; "" if not */
} cuxas_candidate_loaded;

/* cuxas_candidate_load() - reads, and for a structure predicts, one candidate; one left out has no curve, unless
 * settings->unconstrained wants it all the same
 *
 * Returns  CUXAS_OK, also for one left out; or what the readers and cuxas_predict_crystal() return. */
cuxas_status cuxas_candidate_load(const cuxas_candidate *candidate, const cuxas_model *model,
                                  const cuxas_match_settings *settings, cuxas_candidate_loaded *to, cuxas_error *err);

/* cuxas_channels_pair() - the two curves that a core-hole fraction mixes: the one with a screened hole, and with it the one
 * with a projected hole where there is one, otherwise the one without a hole. A hole in the potential fills empty d states,
 * one that is projected moves them; without any they stay where they are.
 *
 *   mu       by channel, borrowed; NULL: no such channel
 *   compare  fraction fixed at 1: the curve without a hole, and nothing is mixed with it
 *   extend   see cuxas_curve */
cuxas_curve cuxas_channels_pair(cuxas_grid grid, const double *const mu[CUXAS_N_CHANNEL],
                                const cuxas_compare_settings *compare, bool extend);

/* cuxas_match_mixes_projected() - do predictions mix a projected hole with the screened one? */
bool cuxas_match_mixes_projected(const cuxas_model *model, const cuxas_compare_settings *compare);

/* cuxas_candidate_pair() - of a candidate's curve; borrowed */
cuxas_curve cuxas_candidate_pair(const cuxas_candidate_curve *curve, const cuxas_compare_settings *compare);

/* cuxas_candidate_curve_clear() - frees the numbers */
void cuxas_candidate_curve_clear(cuxas_candidate_curve *curve);

/* cuxas_candidate_curve_like() - on the same grid, with the same channels? */
bool cuxas_candidate_curve_like(const cuxas_candidate_curve *a, const cuxas_candidate_curve *b);

/* cuxas_hit_warn() - adds a sentence to the hit's warnings (printf format); the last place that is left says that there
 * were more. CUXAS_ENOMEM */
cuxas_status cuxas_hit_warn(cuxas_hit *hit, cuxas_error *err, const char *format, ...) CUXAS_PRINTF_LIKE(3, 4);

/* -- a candidate on its way to a hit
 *
 * First it is loaded: what can be known without a measurement. Then it is compared. Threads each work on slots of their
 * own and share nothing but the model and the query. -- */

typedef enum { CUXAS_FATE_HIT, CUXAS_FATE_SKIPPED, CUXAS_FATE_FILTERED } cuxas_fate;

typedef struct {
  cuxas_fate            fate;
  cuxas_hit             hit;      /* path, label and name; of CUXAS_FATE_HIT all that loading tells */
  cuxas_candidate_curve curve;    /* only until the comparison that counts is done */
  cuxas_parts          *parts;    /* of a library that keeps them; a copy has none of its own */
  char                 *reason;   /* why skipped or filtered */
  char                 *left_out; /* why the filter leaves it out, of a slot that is loaded all the same; else NULL */
  bool                  out_of_memory;
} cuxas_slot;

/* cuxas_slot_name() - gives the hit its own copies of path, label and name. CUXAS_ENOMEM */
cuxas_status cuxas_slot_name(cuxas_slot *slot, const char *path, const char *label, const char *name, cuxas_error *err);

/* cuxas_slot_load() - reads, and for a structure predicts, a candidate; a failure becomes the slot's fate
 *
 *   wants_parts  of structures
 *   slot         all zero before */
void cuxas_slot_load(const cuxas_candidate *candidate, const cuxas_model *model, const cuxas_match_settings *settings,
                     bool wants_parts, cuxas_slot *slot);

/* cuxas_slot_copy() - a loaded slot once more, owning all of it
 *
 *   slot  all zero before */
void cuxas_slot_copy(const cuxas_slot *loaded, cuxas_slot *slot);

/* cuxas_slot_give_up() - the candidate is skipped or filtered; its curve goes */
void cuxas_slot_give_up(cuxas_slot *slot, cuxas_fate fate, const char *reason);

/* cuxas_slot_skip() - the same, for a reader's message: the path at its beginning is replaced by the label */
void cuxas_slot_skip(cuxas_slot *slot, const char *message);

/* cuxas_slot_clear() - frees what it owns */
void cuxas_slot_clear(cuxas_slot *slot);

/* What has been compared before, in another process, with the same measurement and settings. */
typedef struct {
  char            *label;
  char             sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_comparison comparison;
} cuxas_compared_one;

typedef struct cuxas_compared {
  size_t              n;
  cuxas_compared_one *one; /* (n) by label, byte order */
} cuxas_compared;

/* cuxas_compared_find() - NULL: not among them, or of another content */
const cuxas_comparison *cuxas_compared_find(const cuxas_compared *compared, const cuxas_hit *hit);

/* What the slots of a match come from: a catalog, loaded one by one, or a library, copied. */
typedef struct {
  const cuxas_model   *model;
  size_t               n_candidate;
  const cuxas_catalog *catalog;   /* NULL: loaded already */
  const cuxas_slot    *loaded;    /* (n_candidate) when there is no catalog */
  bool                 takes_all; /* also what the filter leaves out, of slots loaded all the same */
} cuxas_slot_source;

/* cuxas_match_slots() - the match behind cuxas_match_catalog() and cuxas_match_library() */
cuxas_status cuxas_match_slots(const cuxas_query *query, const cuxas_slot_source *source,
                               const cuxas_match_settings *settings, const cuxas_watch *opt_watch,
                               cuxas_hits **ret_hits, cuxas_error *err);

/* -- what a library holds -- */

struct cuxas_library {
  const cuxas_model *model;
  size_t             n_slot;
  cuxas_slot        *slot;    /* (n_slot) loaded, in the catalog's order */
  size_t             n_byte;  /* about what the parts of all slots take in memory */
  bool               is_part; /* what the slots hold is another library's */
};

/* cuxas_library_predict_parts() - cuxas_library_predict() that also keeps the parts of structures, until they take about
 * max_byte: for the others what is drawn of them is predicted again. With settings->unconstrained it holds what the filter
 * leaves out, too. */
cuxas_status cuxas_library_predict_parts(const cuxas_catalog *catalog, const cuxas_model *model,
                                         const cuxas_match_settings *settings, size_t max_byte,
                                         const cuxas_watch *opt_watch, cuxas_library **ret_library, cuxas_error *err);

/* cuxas_library_keep_parts() - predicts a hit's structure again and keeps its parts for this and later measurements, unless they are
 * there, all parts take max_byte already, or what the library holds is another's
 *
 * Returns  CUXAS_OK; as cuxas_detail_new(). */
cuxas_status cuxas_library_keep_parts(cuxas_library *library, size_t max_byte, cuxas_hit *hit, cuxas_error *err);

/* cuxas_library_part() - those candidates of a library that are in a catalog, by path; it borrows what they hold */
cuxas_status cuxas_library_part(const cuxas_library *library, const cuxas_catalog *catalog, cuxas_library **ret_part,
                                cuxas_error *err);

/* cuxas_match_library_all() - cuxas_match_library() without the filter, of a library predicted with settings->unconstrained */
cuxas_status cuxas_match_library_all(const cuxas_query *query, const cuxas_library *library,
                                     const cuxas_match_settings *settings, cuxas_hits **ret_hits, cuxas_error *err);

/* cuxas_library_begin() - with a slot for every candidate, none loaded; the caller frees it with cuxas_library_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no candidates; CUXAS_ENOMEM. */
cuxas_status cuxas_library_begin(const cuxas_catalog *catalog, const cuxas_model *model, cuxas_library **ret_library,
                                 cuxas_error *err);

#endif
