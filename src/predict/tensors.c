#include "cuxas/tensors.h"

#include "base/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHAPE_TEXT_SIZE = 24 * CUXAS_TENSOR_MAX_RANK };

cuxas_tensors *cuxas_tensors_new(void)
{
  return cuxas_new_array(1, sizeof(cuxas_tensors));
}

void cuxas_tensors_free(cuxas_tensors *tensors)
{
  if (tensors == NULL) return;
  for (size_t i_tensor = 0; i_tensor < tensors->n_tensor; i_tensor++) free(tensors->tensor[i_tensor].value);
  free(tensors->tensor);
  free(tensors);
}

/* "(64, 312)" for messages */
static const char *shape_text(size_t rank, const size_t *shape, char ret_text[SHAPE_TEXT_SIZE])
{
  size_t n_byte = (size_t)snprintf(ret_text, SHAPE_TEXT_SIZE, "(");
  for (size_t i = 0; i < rank; i++)
    n_byte += (size_t)snprintf(ret_text + n_byte, SHAPE_TEXT_SIZE - n_byte, i == 0 ? "%zu" : ", %zu", shape[i]);
  snprintf(ret_text + n_byte, SHAPE_TEXT_SIZE - n_byte, ")");
  return ret_text;
}

static cuxas_status check_new(const cuxas_tensors *tensors, const char *name, size_t rank, const size_t *shape,
                              cuxas_error *err)
{
  if (name == NULL || name[0] == '\0') return cuxas_fail(err, CUXAS_ERANGE, "tensor without a name");
  if (strlen(name) >= CUXAS_TENSOR_NAME_SIZE)
    return cuxas_fail(err, CUXAS_ERANGE, "tensor %s: name longer than %d bytes", name, CUXAS_TENSOR_NAME_SIZE - 1);
  if (cuxas_tensors_find(tensors, name) != NULL)
    return cuxas_fail(err, CUXAS_ERANGE, "tensor %s: there is one of that name already", name);
  if (rank < 1 || rank > CUXAS_TENSOR_MAX_RANK)
    return cuxas_fail(err, CUXAS_ERANGE, "tensor %s: rank %zu is not in 1...%d", name, rank, CUXAS_TENSOR_MAX_RANK);
  for (size_t i = 0; i < rank; i++)
    if (shape[i] == 0) return cuxas_fail(err, CUXAS_ERANGE, "tensor %s: dimension %zu is 0", name, i);
  return CUXAS_OK;
}

cuxas_status cuxas_tensors_add(cuxas_tensors *tensors, const char *name, size_t rank, const size_t *shape,
                               const float *value, cuxas_error *err)
{
  const cuxas_status status = check_new(tensors, name, rank, shape, err);
  if (status != CUXAS_OK) return status;

  cuxas_tensor tensor = {.rank = rank, .n_value = 1};
  for (size_t i = 0; i < rank; i++) {
    if (shape[i] > SIZE_MAX / sizeof(float) / tensor.n_value)
      return cuxas_fail(err, CUXAS_ENOMEM, "tensor %s: too large", name);
    tensor.shape[i] = shape[i];
    tensor.n_value *= shape[i];
  }
  memcpy(tensor.name, name, strlen(name) + 1);

  cuxas_tensor *grown = cuxas_grow_array(tensors->tensor, tensors->n_tensor + 1, sizeof *grown);
  if (grown == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "tensor %s: no memory", name);
  tensors->tensor = grown;
  tensor.value    = cuxas_new_array(tensor.n_value, sizeof *tensor.value);
  if (tensor.value == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "tensor %s: no memory", name);
  if (value != NULL) memcpy(tensor.value, value, tensor.n_value * sizeof *value);
  tensors->tensor[tensors->n_tensor++] = tensor;
  return CUXAS_OK;
}

const cuxas_tensor *cuxas_tensors_find(const cuxas_tensors *tensors, const char *name)
{
  for (size_t i_tensor = 0; i_tensor < tensors->n_tensor; i_tensor++)
    if (strcmp(tensors->tensor[i_tensor].name, name) == 0) return &tensors->tensor[i_tensor];
  return NULL;
}

cuxas_status cuxas_tensors_get(const cuxas_tensors *tensors, const char *name, size_t rank, const size_t *shape,
                               const float **ret_value, cuxas_error *err)
{
  char                got[SHAPE_TEXT_SIZE], wanted[SHAPE_TEXT_SIZE];
  const cuxas_tensor *tensor = cuxas_tensors_find(tensors, name);
  if (tensor == NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "tensor %s of shape %s is missing", name, shape_text(rank, shape, wanted));
  bool is_same = tensor->rank == rank;
  for (size_t i = 0; is_same && i < rank; i++) is_same = tensor->shape[i] == shape[i];
  if (!is_same)
    return cuxas_fail(err, CUXAS_EFORMAT, "tensor %s has shape %s, expected %s", name,
                      shape_text(tensor->rank, tensor->shape, got), shape_text(rank, shape, wanted));
  for (size_t i = 0; i < tensor->n_value; i++)
    if (!isfinite(tensor->value[i]))
      return cuxas_fail(err, CUXAS_EFORMAT, "tensor %s: value %zu is not finite", name, i);
  *ret_value = tensor->value;
  return CUXAS_OK;
}
