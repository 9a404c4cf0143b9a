/* tensors.h - named float32 arrays, the numeric part of a model file */
#ifndef CUXAS_TENSORS_H
#define CUXAS_TENSORS_H
#include "cuxas/status.h"

#include <stddef.h>

enum { CUXAS_TENSOR_MAX_RANK = 4, CUXAS_TENSOR_NAME_SIZE = 96 };

typedef struct {
  char   name[CUXAS_TENSOR_NAME_SIZE];
  size_t rank;                         /* 1 ... CUXAS_TENSOR_MAX_RANK */
  size_t shape[CUXAS_TENSOR_MAX_RANK]; /* row-major, last index fastest */
  size_t n_value;                      /* product of the shape */
  float *value;                        /* (n_value), owned by the set */
} cuxas_tensor;

typedef struct cuxas_tensors {
  size_t        n_tensor;
  cuxas_tensor *tensor; /* (n_tensor) in the order of addition */
} cuxas_tensors;

/* cuxas_tensors_new() - an empty set; the caller frees it; NULL: no memory */
cuxas_tensors *cuxas_tensors_new(void);

/* cuxas_tensors_free() - frees the set and all values; accepts NULL */
void cuxas_tensors_free(cuxas_tensors *tensors);

/* cuxas_tensors_add() - a copy of value under a new name
 *
 *   value  (product of shape) floats, row-major; NULL adds zeros
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE rank, empty or repeated name, or a dimension of 0; CUXAS_ENOMEM also when the size
 *          overflows. */
cuxas_status cuxas_tensors_add(cuxas_tensors *tensors, const char *name, size_t rank, const size_t *shape,
                               const float *value, cuxas_error *err);

/* cuxas_tensors_find() - the tensor of that name, owned by the set; NULL when there is none */
const cuxas_tensor *cuxas_tensors_find(const cuxas_tensors *tensors, const char *name);

/* cuxas_tensors_get() - the values of a tensor that must exist with exactly this shape
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT missing, of another shape (the message names both shapes), or not finite. */
cuxas_status cuxas_tensors_get(const cuxas_tensors *tensors, const char *name, size_t rank, const size_t *shape,
                               const float **ret_value, cuxas_error *err);

#endif
