/* torch_archive.c - PyTorch archives: the zip file, the pickle in it, the tensors that it names */
#include "learn/import_priv.h"
#include "base/json.h"
#include "learn/pickle_priv.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

/* An archive has the entries ROOT/data.pkl (the pickle), ROOT/data/KEY (one per storage, raw numbers), and in newer
 * versions ROOT/byteorder ("little"). ROOT is any name. */

static const char PICKLE_NAME[] = "/data.pkl";
enum {
  MAX_PICKLE  = 1 << 20, /* bytes; a network of a thousand tensors has about 100 kB */
  MAX_STORAGE = 1 << 28,
  MAX_DEPTH   = 32,     /* of containers within containers, when they become JSON */
  MAX_VALUES  = 100000, /* the same; containers may be shared, so that few can stand for many */
};

typedef struct {
  const char  *path;
  cuxas_error *err;
  zip_t       *zip;
  char        *root; /* folder of the entries, with its slash */
} archive;

/* -- entries -- */

/* read_entry() - a whole entry; the caller frees *ret_byte */
static cuxas_status read_entry(const archive *a, zip_uint64_t index, const char *name, size_t max_byte,
                               unsigned char **ret_byte, size_t *ret_n_byte)
{
  zip_stat_t     stat;
  cuxas_status   status = CUXAS_OK;
  unsigned char *byte   = NULL;
  zip_file_t    *file   = NULL;

  if (zip_stat_index(a->zip, index, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE))
    return cuxas_fail(a->err, CUXAS_EFORMAT, "%s: entry %s is damaged", a->path, name);
  if (stat.size > max_byte)
    return cuxas_fail(a->err, CUXAS_EFORMAT, "%s: entry %s is too large: %llu bytes", a->path, name,
                      (unsigned long long)stat.size);
  const size_t n_byte = (size_t)stat.size;
  if ((byte = cuxas_new(NULL, n_byte, 1)) == NULL) return cuxas_fail_at(a->err, cuxas_no_memory(a->err), a->path);
  if ((file = zip_fopen_index(a->zip, index, 0)) == NULL || zip_fread(file, byte, n_byte) != (zip_int64_t)n_byte ||
      zip_fread(file, &(char){0}, 1) != 0) { /* reading on to the end makes libzip check the CRC */
    status = cuxas_fail(a->err, CUXAS_EFORMAT, "%s: entry %s is damaged: %s", a->path, name,
                        file != NULL ? zip_file_strerror(file) : zip_strerror(a->zip));
    free(byte);
  } else {
    *ret_byte   = byte;
    *ret_n_byte = n_byte;
  }
  if (file != NULL) zip_fclose(file);
  return status;
}

/* find_pickle() - the one entry ROOT/data.pkl; keeps the root */
static cuxas_status find_pickle(archive *a, zip_uint64_t *ret_index)
{
  const zip_int64_t n_entry = zip_get_num_entries(a->zip, 0);
  for (zip_int64_t i = 0; i < n_entry; i++) {
    const char  *name   = zip_get_name(a->zip, (zip_uint64_t)i, ZIP_FL_ENC_GUESS);
    const size_t length = name != NULL ? strlen(name) : 0, n_end = sizeof PICKLE_NAME - 1;
    if (length <= n_end || strcmp(name + length - n_end, PICKLE_NAME) != 0) continue;
    if (a->root != NULL) return cuxas_fail(a->err, CUXAS_EFORMAT, "%s: two entries end in %s", a->path, PICKLE_NAME);
    if ((a->root = cuxas_copy_text(NULL, name)) == NULL) return cuxas_fail_at(a->err, cuxas_no_memory(a->err), a->path);
    a->root[length - n_end + 1] = '\0';
    *ret_index                  = (zip_uint64_t)i;
  }
  if (a->root == NULL)
    return cuxas_fail(a->err, CUXAS_EFORMAT, "%s: no entry %s: not an archive of torch.save()", a->path,
                      PICKLE_NAME + 1);
  return CUXAS_OK;
}

/* find_entry() - index of ROOT/name */
static cuxas_status find_entry(const archive *a, const char *folder, const char *name, zip_uint64_t *ret_index)
{
  const size_t n_byte = strlen(a->root) + strlen(folder) + strlen(name) + 1;
  char        *full   = cuxas_new(NULL, n_byte, 1);
  if (full == NULL) return cuxas_fail_at(a->err, cuxas_no_memory(a->err), a->path);
  snprintf(full, n_byte, "%s%s%s", a->root, folder, name);
  const zip_int64_t index = zip_name_locate(a->zip, full, 0);
  free(full);
  if (index < 0) return cuxas_fail(a->err, CUXAS_EFORMAT, "%s: no entry %s%s", a->path, folder, name);
  *ret_index = (zip_uint64_t)index;
  return CUXAS_OK;
}

static cuxas_status check_byte_order(const archive *a)
{
  zip_uint64_t   index  = 0;
  unsigned char *byte   = NULL;
  size_t         n_byte = 0;
  if (find_entry(&(archive){.path = a->path, .zip = a->zip, .root = a->root}, "", "byteorder", &index) != CUXAS_OK)
    return CUXAS_OK; /* older versions do not say it, and are little-endian */
  cuxas_status status = read_entry(a, index, "byteorder", 64, &byte, &n_byte);
  if (status == CUXAS_OK && (n_byte != 6 || memcmp(byte, "little", 6) != 0))
    status = cuxas_fail(a->err, CUXAS_EUNSUPPORTED, "%s: its numbers are not little-endian", a->path);
  free(byte);
  return status;
}

/* -- tensors -- */

static float get_float(const unsigned char *byte, size_t i)
{
  const unsigned char *b    = byte + 4 * i;
  const uint32_t       bits = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
  float                value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* gather() - a tensor's elements out of its storage, row-major; every index was checked against the storage's size */
static void gather(const cuxas_pickle_value *tensor, const unsigned char *byte, size_t n_value, float *ret_value)
{
  int64_t index[CUXAS_PICKLE_MAX_RANK] = {0};
  for (size_t i = 0; i < n_value; i++) {
    int64_t element = tensor->integer;
    for (size_t d = 0; d < tensor->n_item; d++) element += index[d] * tensor->stride[d];
    ret_value[i] = get_float(byte, (size_t)element);
    for (size_t d = tensor->n_item; d-- > 0 && ++index[d] == tensor->shape[d];) index[d] = 0;
  }
}

/* add_tensor() - a scalar (rank 0) becomes a vector of one number */
static cuxas_status add_tensor(const archive *a, const char *name, const cuxas_pickle_value *tensor,
                               cuxas_tensors *tensors)
{
  cuxas_status   status;
  size_t         shape[CUXAS_TENSOR_MAX_RANK] = {1}, n_value = 1, n_byte = 0;
  zip_uint64_t   index = 0;
  unsigned char *byte  = NULL;
  float         *value = NULL;

  if (tensor->n_item > CUXAS_TENSOR_MAX_RANK)
    return cuxas_fail(a->err, CUXAS_EFORMAT, "%s: tensor %s has %zu dimensions", a->path, name, tensor->n_item);
  for (size_t d = 0; d < tensor->n_item; d++) {
    shape[d] = (size_t)tensor->shape[d];
    if (shape[d] == 0 || shape[d] > MAX_STORAGE / 4 / n_value)
      return cuxas_fail(a->err, CUXAS_EFORMAT, "%s: tensor %s is empty or too large", a->path, name);
    n_value *= shape[d];
  }
  if ((status = find_entry(a, "data/", tensor->storage->text, &index)) != CUXAS_OK ||
      (status = read_entry(a, index, name, MAX_STORAGE, &byte, &n_byte)) != CUXAS_OK)
    return status;
  if (n_byte % 4 != 0 || (int64_t)(n_byte / 4) < tensor->storage->integer)
    status = cuxas_fail(a->err, CUXAS_EFORMAT, "%s: storage of tensor %s has %zu bytes, should have %lld numbers",
                        a->path, name, n_byte, (long long)tensor->storage->integer);
  else if ((value = cuxas_new(NULL, n_value, sizeof *value)) == NULL)
    status = cuxas_fail_at(a->err, cuxas_no_memory(a->err), a->path);
  else {
    gather(tensor, byte, n_value, value);
    status = cuxas_tensors_add(tensors, name, tensor->n_item > 0 ? tensor->n_item : 1, shape, value, a->err);
  }
  free(value);
  free(byte);
  return status;
}

static cuxas_status add_tensors(const archive *a, const cuxas_pickle_value *root, cuxas_tensors *tensors)
{
  if (root->kind != CUXAS_PICKLE_DICT) return CUXAS_OK;
  for (size_t i = 0; i + 1 < root->n_item; i += 2) {
    const cuxas_pickle_value *name = root->item[i], *value = root->item[i + 1];
    if (name->kind != CUXAS_PICKLE_TEXT || value->kind != CUXAS_PICKLE_TENSOR) continue;
    if (strcmp(value->storage->type, "FloatStorage") != 0) continue;
    const cuxas_status status = add_tensor(a, name->text, value, tensors);
    if (status != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

/* -- plain values -- */

typedef struct {
  size_t n_value;
  bool   is_too_large;
} conversion;

static cJSON *to_json(const cuxas_pickle_value *value, size_t depth, conversion *c)
{
  char text[64];
  if (depth > MAX_DEPTH || ++c->n_value > MAX_VALUES) c->is_too_large = true;
  if (c->is_too_large) return NULL;
  switch (value->kind) {
  case CUXAS_PICKLE_BOOL: return cJSON_CreateBool(value->boolean);
  case CUXAS_PICKLE_INTEGER: return cJSON_CreateNumber((double)value->integer);
  case CUXAS_PICKLE_REAL: return cJSON_CreateNumber(value->real);
  case CUXAS_PICKLE_TEXT: return cJSON_CreateString(value->text);
  case CUXAS_PICKLE_TENSOR:
    snprintf(text, sizeof text, "tensor %s", value->storage->type);
    return cJSON_CreateString(text);
  case CUXAS_PICKLE_LIST:
  case CUXAS_PICKLE_TUPLE: {
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < value->n_item && !c->is_too_large; i++)
      cuxas_json_add(list, NULL, to_json(value->item[i], depth + 1, c));
    return list;
  }
  case CUXAS_PICKLE_DICT: {
    cJSON *object = cJSON_CreateObject();
    for (size_t i = 0; i + 1 < value->n_item && !c->is_too_large; i += 2)
      if (value->item[i]->kind == CUXAS_PICKLE_TEXT)
        cuxas_json_add(object, value->item[i]->text, to_json(value->item[i + 1], depth + 1, c));
    return object;
  }
  case CUXAS_PICKLE_NONE:
  case CUXAS_PICKLE_STORAGE:
  case CUXAS_PICKLE_GLOBAL: break;
  }
  return cJSON_CreateNull();
}

cuxas_status cuxas_torch_read(const char *path, cuxas_tensors *tensors, cJSON **ret_json, cuxas_error *err)
{
  cuxas_status   status;
  archive        a      = {.path = path, .err = err};
  cuxas_pickle   pickle = {0};
  unsigned char *byte   = NULL;
  size_t         n_byte = 0;
  zip_uint64_t   index  = 0;
  int            reason = 0;
  conversion     c      = {0};
  cJSON         *json   = NULL;

  *ret_json = NULL;
  if ((a.zip = zip_open(path, ZIP_RDONLY, &reason)) == NULL) {
    zip_error_t why;
    zip_error_init_with_code(&why, reason);
    status = cuxas_fail(err, reason == ZIP_ER_OPEN || reason == ZIP_ER_NOENT ? CUXAS_EIO : CUXAS_EFORMAT,
                        "%s: not a readable zip archive: %s", path, zip_error_strerror(&why));
    zip_error_fini(&why);
    return status;
  }
  if ((status = find_pickle(&a, &index)) != CUXAS_OK || (status = check_byte_order(&a)) != CUXAS_OK ||
      (status = read_entry(&a, index, "data.pkl", MAX_PICKLE, &byte, &n_byte)) != CUXAS_OK ||
      (status = cuxas_pickle_read(byte, n_byte, path, &pickle, err)) != CUXAS_OK)
    goto done;
  json = to_json(pickle.root, 0, &c);
  if (c.is_too_large) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: its values are nested too deeply or too many", path);
    goto done;
  }
  if (!cuxas_json_is_whole(json)) {
    status = cuxas_fail_at(err, cuxas_no_memory(err), path);
    goto done;
  }
  if ((status = add_tensors(&a, pickle.root, tensors)) != CUXAS_OK) goto done;
  *ret_json = json;
  json      = NULL;
done:
  cJSON_Delete(json);
  cuxas_pickle_free(&pickle);
  free(byte);
  free(a.root);
  zip_discard(a.zip);
  return status;
}
