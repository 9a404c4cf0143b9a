/* featurizer.h - atomic environments -> fixed-length vectors; the interface every descriptor or graph network implements
 *
 * A featurizer is described by a JSON object (its hyper-parameters, member "name" picks the implementation) and, for
 * learned ones, by tensors. Implementations are listed in featurizer.c; each lives in a file of its own and is reached
 * only through the operations of featurizer_priv.h. */
#ifndef CUXAS_FEATURIZER_H
#define CUXAS_FEATURIZER_H
#include "cuxas/crystal.h"
#include "predict/tensors.h"

#include <cjson/cJSON.h>

typedef struct cuxas_featurizer cuxas_featurizer;

/* cuxas_featurizer_new() - from its JSON description and the tensors of the model file
 *
 *   description     {"name": "symfun" | "m3gnet" | "graphnet" | "d-shell" | "joined", ...hyper-parameters...}; copied, the caller keeps it
 *   tensors         the model's tensors, names as the implementation's file says; must outlive the featurizer;
 *                   NULL when the implementation has none
 *   ret_featurizer  the caller frees it with cuxas_featurizer_free()
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT unknown name, missing or wrong hyper-parameter or tensor; CUXAS_ENOMEM. */
cuxas_status cuxas_featurizer_new(const cJSON *description, const cuxas_tensors *tensors,
                                  cuxas_featurizer **ret_featurizer, cuxas_error *err);

/* cuxas_featurizer_free() - accepts NULL */
void cuxas_featurizer_free(cuxas_featurizer *featurizer);

/* cuxas_featurizer_length() - numbers per site */
size_t cuxas_featurizer_length(const cuxas_featurizer *featurizer);

/* cuxas_featurizer_weights() - as how many ordinary features each counts, once all are brought to one standard deviation;
 * ret_weight (length) */
void cuxas_featurizer_weights(const cuxas_featurizer *featurizer, float *ret_weight);

/* cuxas_featurizer_run() - features of some sites of a crystal
 *
 *   featurizer    not changed: one featurizer may serve many threads at once
 *   crystal       any cell
 *   sites         (n_site) site indices wanted; NULL means all sites in file order, n_site is then ignored
 *   ret_features  (n_site, length) row-major, caller's memory
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED an element the featurizer does not know (the message names it); CUXAS_ERANGE
 *          degenerate cell; CUXAS_ENUMERIC; CUXAS_ENOMEM.
 * Features do not change under rotation, translation, the choice of cell, or the order of atoms. */
cuxas_status cuxas_featurizer_run(const cuxas_featurizer *featurizer, const cuxas_crystal *crystal, const size_t *sites,
                                  size_t n_site, float *ret_features, cuxas_error *err);

#endif
