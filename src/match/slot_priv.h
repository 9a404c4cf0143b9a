/* slot_priv.h - a candidate on its way to a hit
 *
 * First it is loaded: what can be known without a measurement. Then it is compared. Threads each work on slots of their
 * own and share nothing but the model and the query. */
#ifndef CUXAS_SLOT_PRIV_H
#define CUXAS_SLOT_PRIV_H
#include "match/candidate_priv.h"

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
                               const cuxas_match_settings *settings, cuxas_progress *progress, void *user,
                               cuxas_hits **ret_hits, cuxas_error *err);

#endif
