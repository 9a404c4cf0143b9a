/* library_priv.h - what a library holds */
#ifndef CUXAS_LIBRARY_PRIV_H
#define CUXAS_LIBRARY_PRIV_H
#include "cuxas/library.h"
#include "match/slot_priv.h"

struct cuxas_library {
  const cuxas_model *model;
  size_t             n_slot;
  cuxas_slot        *slot; /* (n_slot) loaded, in the catalog's order */
};

/* cuxas_library_predict_parts() - cuxas_library_predict() that also keeps the parts of structures, until they take about
 * max_byte: for the others what is drawn of them is predicted again. With settings->unconstrained it holds what the filter
 * leaves out, too. */
cuxas_status cuxas_library_predict_parts(const cuxas_catalog *catalog, const cuxas_model *model,
                                         const cuxas_match_settings *settings, size_t max_byte,
                                         cuxas_progress *progress, void *user, cuxas_library **ret_library,
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
