/* match.h - a query against many candidates: predict or read each, compare, rank
 *
 * A candidate that cannot be used is recorded with its reason, never fatal. Candidates are processed in parallel (OpenMP);
 * the result does not depend on the number of threads or on the order in which candidates are given. */
#ifndef CUXAS_MATCH_H
#define CUXAS_MATCH_H
#include "cuxas/catalog.h"
#include "cuxas/compare.h"
#include "cuxas/predict.h"
#include "cuxas/preprocess.h"

enum { CUXAS_HIT_MAX_WARNING = 8 };

typedef struct {
  char                *path;  /* where it was read */
  char                *label; /* path as reports show it, see catalog.h */
  char                *name;  /* the file's stem */
  cuxas_candidate_kind kind;
  char                 sha256[CUXAS_SHA256_HEX_SIZE];
  char                 formula[CUXAS_FORMULA_SIZE]; /* "" for a spectrum */
  size_t               n_absorber;                  /* absorber sites in the cell; 0 for a spectrum */
  size_t               n_distinct;
  cuxas_comparison     comparison;
  cuxas_domain         domain;                              /* of the worst site; distance NaN for a spectrum */
  size_t               rank;                                /* 1 ... by what the settings say */
  size_t               rank_score, rank_mae, rank_spearman; /* 1 ... ; equal numbers share the smaller rank */
  double               delta_to_next;    /* MAE of the next candidate minus this one's; NaN for the last */
  double               p_value, e_value; /* NaN until cuxas_significance_fill(), and for spectra */
  double               support;          /* see support.h; NaN until cuxas_support_fill(), and behind the contenders */
  bool                 is_in_group;      /* one of those that cannot be told apart */
  bool                 is_query;         /* a standard that is the measurement itself, see standards.h */
  char                *warning[CUXAS_HIT_MAX_WARNING]; /* doubts, one line each; the rest NULL */
  double              *shifted; /* (query grid) scaled prediction for the figures; NULL unless kept */
} cuxas_hit;

typedef struct {
  char *path;   /* as reports show it */
  char *reason; /* one line */
} cuxas_skipped;

typedef struct {
  size_t         n_hit;
  cuxas_hit     *hit; /* (n_hit) by rank */
  size_t         n_skipped;
  cuxas_skipped *skipped; /* (n_skipped) by path: could not be used */
  size_t         n_filtered;
  cuxas_skipped *filtered; /* (n_filtered) by path: left out because of their composition, which is no failure */
} cuxas_hits;

typedef enum {
  CUXAS_RANKING_SCORE,     /* by the score (compare.h): does not depend on what else is among the candidates */
  CUXAS_RANKING_AGREEMENT, /* by the sum of the ranks by MAE and by Spearman */
} cuxas_ranking;

typedef struct {
  cuxas_compare_settings           compare;
  cuxas_ranking                    ranking;
  cuxas_composition_filter         filter;         /* for structures; the composition of a spectrum is not known */
  const cuxas_preprocess_settings *opt_preprocess; /* for spectra, as for the query, without its crop; NULL: defaults */
  int                              n_thread;       /* >= 1 */
  size_t                           n_keep; /* best candidates whose scaled curves are kept in cuxas_hit.shifted */
} cuxas_match_settings;

/* Called from one thread at a time, n_done rising by one up to n_total. */
typedef void cuxas_progress(size_t n_done, size_t n_total, void *user);

/* cuxas_match_catalog() - predict, compare and rank every candidate
 *
 *   query     the measurement, cuxas_query_new()
 *   catalog   candidates; at least one
 *   model     with networks; its edges must be those of the query
 *   settings  see above
 *   progress  may be NULL
 *   ret_hits  the caller frees it with cuxas_hits_free()
 *
 * Returns  CUXAS_OK, also when every candidate was skipped (n_hit is then 0); CUXAS_ERANGE; CUXAS_ENOMEM.
 *
 * Structures  are predicted and compared with the settings as they are.
 * Spectra     are read and preprocessed like the query and compared only where they have data. A simulated one (FEFF's
 *             xmu.dat) is broadened and shifted like a prediction. A measured standard is not broadened, and its shift
 *             is sought around 0, with CUXAS_PRIOR_STANDARD_SD_EV as the prior's spread: between two measurements there is
 *             a calibration, not an error of theory.
 * Common      with CUXAS_SHIFT_COMMON every candidate is first given its own best shift; all but the measured standards
 *             are then compared again at the median of the structures' shifts (the lower of the two middle ones;
 *             without structures, of the simulated spectra's).
 * Rank        by score, or by rank_mae + rank_spearman; ties by MAE, then name, then path. */
cuxas_status cuxas_match_catalog(const cuxas_query *query, const cuxas_catalog *catalog, const cuxas_model *model,
                                 const cuxas_match_settings *settings, cuxas_progress *progress, void *user,
                                 cuxas_hits **ret_hits, cuxas_error *err);

/* cuxas_hits_free() - accepts NULL */
void cuxas_hits_free(cuxas_hits *hits);

#endif
