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

#endif
