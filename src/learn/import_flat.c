#include "learn/import_priv.h"

#include "base/json.h"
#include "base/hash.h"
#include "base/memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FLOATS = 1 << 28 }; /* 1 GiB: far above any network of this kind */

/* read_floats() - the whole file; the caller frees *ret_value */
static cuxas_status read_floats(const char *path, float **ret_value, size_t *ret_n_value, cuxas_error *err)
{
  cuxas_status   status = CUXAS_OK;
  float         *value  = NULL;
  unsigned char *byte   = NULL;
  FILE          *in     = fopen(path, "rb");
  if (in == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));

  long size = 0;
  if (fseek(in, 0, SEEK_END) != 0 || (size = ftell(in)) < 0 || fseek(in, 0, SEEK_SET) != 0) {
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot find its size: %s", path, strerror(errno));
    goto done;
  }
  if (size % 4 != 0 || size / 4 > MAX_FLOATS) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: %ld bytes are not a file of float32 numbers", path, size);
    goto done;
  }
  const size_t n_value = (size_t)size / 4;
  byte                 = cuxas_new_array(n_value, 4);
  value                = cuxas_new_array(n_value, sizeof *value);
  if (byte == NULL || value == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for %zu numbers", path, n_value);
    goto done;
  }
  if (fread(byte, 4, n_value, in) != n_value) {
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot read", path);
    goto done;
  }
  for (size_t i = 0; i < n_value; i++) {
    const unsigned char *b    = byte + 4 * i;
    const uint32_t       bits = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    memcpy(value + i, &bits, sizeof bits);
  }
  *ret_value   = value;
  *ret_n_value = n_value;
  value        = NULL;
done:
  free(value);
  free(byte);
  fclose(in);
  return status;
}

static cuxas_status add_tensor(const cJSON *entry, const float *value, size_t n_value, const char *where,
                               cuxas_tensors *tensors, cuxas_error *err)
{
  const char  *name   = NULL;
  const cJSON *sizes  = NULL, *size;
  size_t       offset = 0, count = 0, rank = 0, n_item = 1, shape[CUXAS_TENSOR_MAX_RANK];
  cuxas_status status;

  if ((status = cuxas_json_string(entry, "name", &name, where, err)) != CUXAS_OK ||
      (status = cuxas_json_array(entry, "shape", &sizes, where, err)) != CUXAS_OK ||
      (status = cuxas_json_count(entry, "offset", 0, MAX_FLOATS, &offset, where, err)) != CUXAS_OK ||
      (status = cuxas_json_count(entry, "count", 1, MAX_FLOATS, &count, where, err)) != CUXAS_OK)
    return status;
  cJSON_ArrayForEach(size, sizes)
  {
    if (rank == CUXAS_TENSOR_MAX_RANK || !cuxas_json_is_count(size, 1, MAX_FLOATS / n_item, &shape[rank]))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: tensor %s has an impossible shape", where, name);
    n_item *= shape[rank++];
  }
  if (rank == 0 || n_item != count)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: tensor %s: its shape has %zu numbers, its count is %zu", where, name,
                      n_item, count);
  if (offset > n_value || count > n_value - offset)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: tensor %s ends behind the %zu numbers of the weight file", where, name,
                      n_value);
  return cuxas_tensors_add(tensors, name, rank, shape, value + offset, err);
}

static cuxas_status check_hash(const char *path, const cJSON *index, cuxas_error *err)
{
  char         sha256[CUXAS_SHA256_HEX_SIZE];
  const char  *expected = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(index, "sha256"));
  cuxas_status status   = cuxas_hash_file(path, sha256, err);
  if (status == CUXAS_OK && expected != NULL && strcmp(expected, sha256) != 0)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: its SHA-256 is %s, the index says %s", path, sha256, expected);
  return status;
}

cuxas_status cuxas_flat_read(const char *path, const cJSON *index, const char *index_path, cuxas_tensors *tensors,
                             cuxas_error *err)
{
  float       *value   = NULL;
  size_t       n_value = 0, n_stated = 0;
  const cJSON *list = NULL, *entry;
  cuxas_status status;

  if ((status = cuxas_json_array(index, "tensors", &list, index_path, err)) != CUXAS_OK) return status;
  if ((status = read_floats(path, &value, &n_value, err)) != CUXAS_OK) return status;
  if (cuxas_json_has(index, "total_floats")) {
    if ((status = cuxas_json_count(index, "total_floats", 1, MAX_FLOATS, &n_stated, index_path, err)) != CUXAS_OK)
      goto done;
    if (n_stated != n_value) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: has %zu numbers, the index says %zu", path, n_value, n_stated);
      goto done;
    }
  }
  if ((status = check_hash(path, index, err)) != CUXAS_OK) goto done;
  cJSON_ArrayForEach(entry, list)
  {
    if ((status = add_tensor(entry, value, n_value, index_path, tensors, err)) != CUXAS_OK) goto done;
  }
done:
  free(value);
  return status;
}
