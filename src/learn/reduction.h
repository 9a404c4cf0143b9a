/* reduction.h - raw features -> fewer, uncorrelated ones: principal components with a chosen degree of whitening
 *
 * Each raw feature is centred and divided by its standard deviation z; of these, the leading principal components are
 * taken (I. T. Jolliffe, Principal Component Analysis, 2nd ed., Springer 2002), component k divided by s_k^whitening,
 * s_k its standard deviation, and all by one common factor that makes the mean square of the result 1.
 * whitening 0 keeps the components' proportions, 1 makes all alike, noise included. With n_feature 0 the standardised raw
 * features themselves are the result: one feature each, of mean 0 and standard deviation 1. */
#ifndef CUXAS_REDUCTION_H
#define CUXAS_REDUCTION_H
#include "cuxas/status.h"

#include <stddef.h>

typedef struct {
  size_t n_raw, n_feature;
  size_t n_component; /* features that say something: rank of the data or n_feature; the rest are zero */
  float *mean;        /* (n_raw) */
  float *matrix;      /* (n_feature, n_raw): feature = matrix (raw - mean) */
} cuxas_reduction;

/* cuxas_reduction_new() - found from n_row examples
 *
 *   raw            (n_row, n_raw)
 *   n_feature      0: all, without components
 *   whitening      0 ... 1
 *   ret_reduction  the caller frees it with cuxas_reduction_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer than 2 examples, or all examples are alike; CUXAS_ENUMERIC no convergence;
 *          CUXAS_ENOMEM.
 * A component's sign is such that its largest coefficient (the first of equal ones) is positive: same data, same
 * features. Raw features that never change are ignored. */
cuxas_status cuxas_reduction_new(const float *raw, size_t n_row, size_t n_raw, size_t n_feature, double whitening,
                                 cuxas_reduction **ret_reduction, cuxas_error *err);

/* cuxas_reduction_weigh() - feature j of a reduction without components counts as weight[j] features, weight (n_feature) */
void cuxas_reduction_weigh(cuxas_reduction *reduction, const float *weight);

/* cuxas_reduction_free() - accepts NULL */
void cuxas_reduction_free(cuxas_reduction *reduction);

/* cuxas_reduction_apply() - ret_feature (n_row, n_feature) of raw (n_row, n_raw) */
void cuxas_reduction_apply(const cuxas_reduction *reduction, const float *raw, size_t n_row, float *ret_feature);

#endif
