/* modelfile.c - the bytes of a model file, and the named arrays in it
 *
 * Contents: 1. named arrays  2. the file */
#include "predict/modelfile.h"

#include "base/json.h"
#include "base/memory.h"
#include "cuxas/output.h"
#include "predict/tensors.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. named arrays ---------------------------------------------------------------------------------------- */

enum { SHAPE_TEXT_SIZE = 24 * CUXAS_TENSOR_MAX_RANK };

cuxas_tensors *cuxas_tensors_new(void)
{
  return cuxas_new(NULL, 1, sizeof(cuxas_tensors));
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

  cuxas_tensor *grown = cuxas_grow(err, tensors->tensor, tensors->n_tensor + 1, sizeof *grown);
  if (grown == NULL) return CUXAS_ENOMEM;
  tensors->tensor = grown;
  tensor.value    = cuxas_new(err, tensor.n_value, sizeof *tensor.value);
  if (tensor.value == NULL) return CUXAS_ENOMEM;
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

/* ---- 2. the file -------------------------------------------------------------------------------------------- */

static const char MAGIC[] = "CUXASMDL";
enum { MAGIC_SIZE = 8, FIXED_SIZE = 16, TRAILER_SIZE = CUXAS_SHA256_HEX_SIZE - 1, ALIGNMENT = 64 };
enum { VERSION = 1 };

static void put_u32(unsigned char *bytes, uint32_t value)
{
  for (int i = 0; i < 4; i++) bytes[i] = (unsigned char)(value >> (8 * i));
}

static uint32_t get_u32(const unsigned char *bytes)
{
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void put_floats(unsigned char *bytes, const float *value, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, value + i, sizeof bits);
    put_u32(bytes + 4 * i, bits);
  }
}

static void get_floats(const unsigned char *bytes, float *value, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const uint32_t bits = get_u32(bytes + 4 * i);
    memcpy(value + i, &bits, sizeof bits);
  }
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static cuxas_status read_bytes(const char *path, unsigned char **ret_bytes, size_t *ret_n_byte, cuxas_error *err)
{
  cuxas_status   status = CUXAS_OK;
  unsigned char *bytes  = NULL;
  FILE          *in     = fopen(path, "rb");
  if (in == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));

  long size = 0;
  if (fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) < 0 || fseek(in, 0, SEEK_SET) != 0)
    status = cuxas_fail(err, CUXAS_EIO, "%s: not a file that can be read twice: %s", path, strerror(errno));
  else if (size == LONG_MAX)
    status = cuxas_fail(err, CUXAS_EIO, "%s: is a directory", path); /* what Linux answers for one */
  else if ((bytes = cuxas_new(err, (size_t)size, 1)) == NULL)
    status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
  else if (fread(bytes, 1, (size_t)size, in) != (size_t)size)
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot read", path);
  fclose(in);
  if (status != CUXAS_OK) {
    free(bytes);
    return status;
  }
  *ret_bytes  = bytes;
  *ret_n_byte = (size_t)size;
  return CUXAS_OK;
}

/* check_frame() - magic, version, length of the head, checksum: everything that needs no look inside the head */
static cuxas_status check_frame(const unsigned char *bytes, size_t n_byte, const char *path, size_t *ret_n_head,
                                cuxas_error *err)
{
  if (n_byte < MAGIC_SIZE || memcmp(bytes, MAGIC, MAGIC_SIZE) != 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: not a model file (it does not start with %s)", path, MAGIC);
  if (n_byte < FIXED_SIZE + TRAILER_SIZE)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: cut short: %zu bytes", path, n_byte);
  const uint32_t version = get_u32(bytes + 8), n_head = get_u32(bytes + 12);
  if (version != VERSION)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: version %lu of the model format; this program reads version %d", path,
                      (unsigned long)version, VERSION);
  if (n_head > n_byte - FIXED_SIZE - TRAILER_SIZE)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: cut short: the head alone should have %lu bytes", path,
                      (unsigned long)n_head);

  char sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_hash_memory(bytes, n_byte - TRAILER_SIZE, sha256);
  if (memcmp(sha256, bytes + n_byte - TRAILER_SIZE, TRAILER_SIZE) != 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: wrong checksum: the file is damaged or cut short", path);
  *ret_n_head = n_head;
  return CUXAS_OK;
}

static cuxas_status parse_head(const unsigned char *bytes, size_t n_head, const char *path, cJSON **ret_head,
                               cuxas_error *err)
{
  char *text = cuxas_new(err, n_head + 1, 1);
  if (text == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  memcpy(text, bytes, n_head);
  cJSON *head = memchr(text, '\0', n_head) == NULL ? cJSON_ParseWithOpts(text, NULL, 1) : NULL;
  free(text);
  if (!cJSON_IsObject(head)) {
    cJSON_Delete(head);
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the head is not a JSON object", path);
  }
  *ret_head = head;
  return CUXAS_OK;
}

static cuxas_status parse_shape(const cJSON *entry, const char *where, size_t *ret_rank, size_t *ret_shape,
                                size_t max_value, size_t *ret_n_value, cuxas_error *err)
{
  const cJSON *shape  = NULL, *dimension;
  cuxas_status status = cuxas_json_array(entry, "shape", &shape, where, err);
  if (status != CUXAS_OK) return status;

  size_t rank = 0, n_value = 1;
  cJSON_ArrayForEach(dimension, shape)
  {
    size_t n;
    if (rank == CUXAS_TENSOR_MAX_RANK || !cuxas_json_is_count(dimension, 1, SIZE_MAX, &n) || n > max_value / n_value)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"shape\" is impossible or needs more numbers than the file has",
                        where);
    n_value *= n;
    ret_shape[rank++] = n;
  }
  if (rank == 0) return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"shape\" is empty", where);
  *ret_rank    = rank;
  *ret_n_value = n_value;
  return CUXAS_OK;
}

/* parse_tensors() - the index must cover the block of numbers exactly, in order */
static cuxas_status parse_tensors(const cJSON *head, const unsigned char *block, size_t n_byte, const char *path,
                                  cuxas_tensors *tensors, cuxas_error *err)
{
  const cJSON *index = NULL, *entry;
  cuxas_status status;
  size_t       offset = 0, i_tensor = 0;

  if ((status = cuxas_json_array(head, "tensors", &index, path, err)) != CUXAS_OK) return status;
  cJSON_ArrayForEach(entry, index)
  {
    char        where[CUXAS_MESSAGE_SIZE];
    const char *name = NULL;
    size_t      rank = 0, shape[CUXAS_TENSOR_MAX_RANK], n_value = 0, stated_offset = 0;

    snprintf(where, sizeof where, "%s: tensor %zu of the index", path, i_tensor++);
    if ((status = cuxas_json_string(entry, "name", &name, where, err)) != CUXAS_OK ||
        (status = parse_shape(entry, where, &rank, shape, (n_byte - offset) / 4, &n_value, err)) != CUXAS_OK ||
        (status = cuxas_json_count(entry, "offset", 0, SIZE_MAX, &stated_offset, where, err)) != CUXAS_OK)
      return status;
    if (stated_offset != offset)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\": offset %zu, expected %zu", where, name, stated_offset, offset);
    if ((status = cuxas_tensors_add(tensors, name, rank, shape, NULL, err)) != CUXAS_OK)
      return status == CUXAS_ENOMEM ? status : cuxas_fail(err, CUXAS_EFORMAT, "%s: bad or repeated name", where);

    float *value = tensors->tensor[tensors->n_tensor - 1].value;
    get_floats(block + offset, value, n_value);
    for (size_t i = 0; i < n_value; i++)
      if (!isfinite(value[i]))
        return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\": value %zu is not finite", where, name, i);
    offset += 4 * n_value;
  }
  if (offset != n_byte)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %zu bytes of tensors, but the index has %zu", path, n_byte, offset);
  return CUXAS_OK;
}

cuxas_status cuxas_modelfile_read(const char *path, cJSON **ret_head, cuxas_tensors **ret_tensors,
                                  char ret_sha256[CUXAS_SHA256_HEX_SIZE], cuxas_error *err)
{
  cuxas_status   status;
  unsigned char *bytes  = NULL;
  size_t         n_byte = 0, n_head = 0;
  cJSON         *head    = NULL;
  cuxas_tensors *tensors = NULL;

  if ((status = read_bytes(path, &bytes, &n_byte, err)) != CUXAS_OK) return status;
  if ((status = check_frame(bytes, n_byte, path, &n_head, err)) != CUXAS_OK) goto done;
  if ((status = parse_head(bytes + FIXED_SIZE, n_head, path, &head, err)) != CUXAS_OK) goto done;
  if ((tensors = cuxas_tensors_new()) == NULL) {
    status = cuxas_fail_at(err, cuxas_no_memory(err), path);
    goto done;
  }
  status =
      parse_tensors(head, bytes + FIXED_SIZE + n_head, n_byte - FIXED_SIZE - n_head - TRAILER_SIZE, path, tensors, err);
  if (status != CUXAS_OK) goto done;

  cuxas_hash_memory(bytes, n_byte, ret_sha256);
  *ret_head    = head;
  *ret_tensors = tensors;
  head         = NULL;
  tensors      = NULL;
done:
  cuxas_tensors_free(tensors);
  cJSON_Delete(head);
  free(bytes);
  return status;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static cJSON *make_index(const cuxas_tensors *tensors)
{
  cJSON *index  = cJSON_CreateArray();
  double offset = 0.0;
  for (size_t i = 0; i < tensors->n_tensor; i++) {
    const cuxas_tensor *tensor = &tensors->tensor[i];
    cJSON              *entry  = cuxas_json_add(index, NULL, cJSON_CreateObject());
    cuxas_json_add(entry, "name", cJSON_CreateString(tensor->name));
    cJSON *shape = cuxas_json_add(entry, "shape", cJSON_CreateArray());
    for (size_t d = 0; d < tensor->rank; d++) cuxas_json_add(shape, NULL, cJSON_CreateNumber((double)tensor->shape[d]));
    cuxas_json_add(entry, "offset", cJSON_CreateNumber(offset));
    offset += 4.0 * (double)tensor->n_value;
  }
  return index;
}

/* print_head() - the head as text, with its index; the caller frees it; NULL: no memory */
static char *print_head(const cJSON *head, const cuxas_tensors *tensors)
{
  char  *text = NULL;
  cJSON *copy = cJSON_Duplicate(head, 1);
  cJSON_DeleteItemFromObjectCaseSensitive(copy, "tensors");
  cuxas_json_add(copy, "tensors", make_index(tensors));
  (void)cuxas_json_print(copy, false, &text, NULL);
  cJSON_Delete(copy);
  return text;
}

cuxas_status cuxas_modelfile_write(const char *path, bool overwrite, const cJSON *head, const cuxas_tensors *tensors,
                                   cuxas_error *err)
{
  cuxas_status   status = CUXAS_OK;
  cuxas_output   output = {0};
  unsigned char *bytes  = NULL;
  char          *text   = print_head(head, tensors);
  if (text == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), path);

  const size_t n_text  = strlen(text);
  const size_t n_head  = (FIXED_SIZE + n_text + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - FIXED_SIZE;
  size_t       n_value = 0;
  for (size_t i = 0; i < tensors->n_tensor; i++) n_value += tensors->tensor[i].n_value; /* all in memory: fits */
  const size_t n_covered = FIXED_SIZE + n_head + 4 * n_value;

  if (n_head > UINT32_MAX) {
    status = cuxas_fail(err, CUXAS_ERANGE, "%s: a head of %zu bytes is too long", path, n_head);
    goto done;
  }
  if ((bytes = cuxas_new(err, n_covered + CUXAS_SHA256_HEX_SIZE, 1)) == NULL) {
    status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
    goto done;
  }
  memcpy(bytes, MAGIC, MAGIC_SIZE);
  put_u32(bytes + 8, VERSION);
  put_u32(bytes + 12, (uint32_t)n_head);
  memcpy(bytes + FIXED_SIZE, text, n_text);
  memset(bytes + FIXED_SIZE + n_text, ' ', n_head - n_text);
  unsigned char *next = bytes + FIXED_SIZE + n_head;
  for (size_t i = 0; i < tensors->n_tensor; next += 4 * tensors->tensor[i].n_value, i++)
    put_floats(next, tensors->tensor[i].value, tensors->tensor[i].n_value);
  cuxas_hash_memory(bytes, n_covered, (char *)bytes + n_covered);

  if ((status = cuxas_output_open(&output, path, overwrite, err)) != CUXAS_OK) goto done;
  fwrite(bytes, 1, n_covered + TRAILER_SIZE, output.stream); /* commit asks the stream whether that went well */
  status = cuxas_output_commit(&output, err);
done:
  free(bytes);
  free(text);
  return status;
}
