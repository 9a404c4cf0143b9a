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

/* cuxas_library_begin() - with a slot for every candidate, none loaded; the caller frees it with cuxas_library_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no candidates; CUXAS_ENOMEM. */
cuxas_status cuxas_library_begin(const cuxas_catalog *catalog, const cuxas_model *model, cuxas_library **ret_library,
                                 cuxas_error *err);

#endif
