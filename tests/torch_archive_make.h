/* torch_archive_make.h - writes archives as torch.save() does (protocol 2, storages uncompressed), for tests of reading */
#ifndef TORCH_ARCHIVE_MAKE_H
#define TORCH_ARCHIVE_MAKE_H
#include "predict/tensors.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

/* -- bytes of a pickle -- */

typedef struct {
  char  *byte;
  size_t n_byte;
  size_t n_memo;
} pickle_bytes;

static inline void put(pickle_bytes *to, const void *bytes, size_t n_byte)
{
  to->byte = realloc(to->byte, to->n_byte + n_byte);
  if (to->byte == NULL) abort();
  memcpy(to->byte + to->n_byte, bytes, n_byte);
  to->n_byte += n_byte;
}

static inline void put_little(pickle_bytes *to, uint64_t value, size_t n_byte)
{
  for (size_t i = 0; i < n_byte; i++) put(to, &(unsigned char){(unsigned char)(value >> (8 * i))}, 1);
}

static inline void put_operations(pickle_bytes *to, const char *operations) /* those without zero bytes */
{
  put(to, operations, strlen(operations));
}

static inline void put_text(pickle_bytes *to, const char *text)
{
  put_operations(to, "X");
  put_little(to, strlen(text), 4);
  put_operations(to, text);
}

static inline void put_integer(pickle_bytes *to, uint64_t value)
{
  if (value < 256) {
    put_operations(to, "K");
    put_little(to, value, 1);
  } else if (value < 65536) {
    put_operations(to, "M");
    put_little(to, value, 2);
  } else {
    put_operations(to, "J");
    put_little(to, value, 4);
  }
}

/* put_memo() - keeps the top of the stack, as Python does with everything that might be needed again */
static inline void put_memo(pickle_bytes *to)
{
  put_operations(to, to->n_memo < 256 ? "q" : "r");
  put_little(to, to->n_memo, to->n_memo < 256 ? 1 : 4);
  to->n_memo++;
}

static inline void put_sizes(pickle_bytes *to, size_t rank, const size_t *size)
{
  put_operations(to, "(");
  for (size_t d = 0; d < rank; d++) put_integer(to, size[d]);
  put_operations(to, "t");
  put_memo(to);
}

static inline void put_empty_ordered_dict(pickle_bytes *to)
{
  put_operations(to, "ccollections\nOrderedDict\n)R");
  put_memo(to);
}

/* put_tensor() - a tensor that fills storage i_storage from an offset on; stride NULL: row-major */
static inline void put_tensor(pickle_bytes *to, const char *storage_type, size_t i_storage, size_t n_storage,
                              size_t offset, size_t rank, const size_t *shape, const size_t *stride)
{
  char   key[32];
  size_t row_major[8] = {0}, step = 1;
  for (size_t d = rank; d-- > 0; step *= shape[d]) row_major[d] = step;
  put_operations(to, "ctorch._utils\n_rebuild_tensor_v2\n");
  put_memo(to);
  put_operations(to, "((");
  put_text(to, "storage");
  put_memo(to);
  put_operations(to, "ctorch\n");
  put_operations(to, storage_type);
  put_operations(to, "\n");
  put_memo(to);
  snprintf(key, sizeof key, "%zu", i_storage);
  put_text(to, key);
  put_memo(to);
  put_text(to, "cpu");
  put_memo(to);
  put_integer(to, n_storage);
  put_operations(to, "t");
  put_memo(to);
  put_operations(to, "Q");
  put_integer(to, offset);
  put_sizes(to, rank, shape);
  put_sizes(to, rank, stride != NULL ? stride : row_major);
  put_operations(to, "\x89");
  put_empty_ordered_dict(to);
  put_operations(to, "t");
  put_memo(to);
  put_operations(to, "R");
  put_memo(to);
}

/* -- the archive -- */

typedef struct {
  zip_t *zip;
  char   root[32];
} archive_writer;

static inline archive_writer archive_start(const char *path, const char *root)
{
  archive_writer writer = {.zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL)};
  if (writer.zip == NULL) abort();
  snprintf(writer.root, sizeof writer.root, "%s", root);
  return writer;
}

static inline void archive_add(archive_writer *writer, const char *name, const void *bytes, size_t n_byte)
{
  char  full[128];
  void *copy = malloc(n_byte + 1); /* libzip frees it */
  memcpy(copy, bytes, n_byte);
  snprintf(full, sizeof full, "%s/%s", writer->root, name);
  const zip_int64_t index =
      zip_file_add(writer->zip, full, zip_source_buffer(writer->zip, copy, n_byte, 1), ZIP_FL_OVERWRITE);
  if (index < 0 || zip_set_file_compression(writer->zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0) abort();
}

static inline void archive_add_storage(archive_writer *writer, size_t i_storage, const float *value, size_t n_value)
{
  char name[32];
  snprintf(name, sizeof name, "data/%zu", i_storage);
  archive_add(writer, name, value, n_value * sizeof *value); /* tests run on little-endian machines */
}

static inline void archive_end(archive_writer *writer)
{
  archive_add(writer, "version", "3\n", 2);
  if (zip_close(writer->zip) != 0) abort();
}

/* write_state() - what torch.save(module.state_dict()) writes: an OrderedDict of tensors with attributes
 *
 *   prefix        of all names, as modules inside modules have it
 *   storage_type  "FloatStorage" unless a test wants another word there */
static inline void write_state(const char *path, const cuxas_tensors *tensors, const char *prefix,
                               const char *storage_type)
{
  archive_writer writer = archive_start(path, "state");
  pickle_bytes   pickle = {0};
  put(&pickle, "\x80\x02", 2);
  put_empty_ordered_dict(&pickle);
  put_operations(&pickle, "(");
  for (size_t i = 0; i < tensors->n_tensor; i++) {
    const cuxas_tensor *tensor = &tensors->tensor[i];
    char                name[2 * CUXAS_TENSOR_NAME_SIZE];
    snprintf(name, sizeof name, "%s%s", prefix, tensor->name);
    put_text(&pickle, name);
    put_memo(&pickle);
    put_tensor(&pickle, storage_type, i, tensor->n_value, 0, tensor->rank, tensor->shape, NULL);
    archive_add_storage(&writer, i, tensor->value, tensor->n_value);
  }
  put_operations(&pickle, "u}");
  put_text(&pickle, "_metadata");
  put_empty_ordered_dict(&pickle);
  put_operations(&pickle, "sb.");
  archive_add(&writer, "data.pkl", pickle.byte, pickle.n_byte);
  archive_end(&writer);
  free(pickle.byte);
}

/* write_pickle() - an archive with this pickle and no storages */
static inline void write_pickle(const char *path, const void *bytes, size_t n_byte)
{
  archive_writer writer = archive_start(path, "model");
  archive_add(&writer, "data.pkl", bytes, n_byte);
  archive_end(&writer);
}
#endif
