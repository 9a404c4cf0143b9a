/* gzip.c - bytes of files: expanded and compressed by zlib, with a limit on what they may become, their SHA-256 by nettle, and lists of it */
#include "base/hash.h"
#include "base/gzip.h"

#include "base/memory.h"
#include "cuxas/output.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <errno.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>
#include <nettle/sha2.h>
#include <nettle/version.h>

bool cuxas_gzip_recognises(const void *bytes, size_t n_byte)
{
  const unsigned char *byte = bytes;
  return n_byte >= 3 && byte[0] == 0x1f && byte[1] == 0x8b && byte[2] == 8;
}

typedef struct {
  char  *bytes;
  size_t n_byte, n_room;
} expansion;

static cuxas_status fail_too_large(const char *path, cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: expands to more than %zu MiB, no file for this program", path,
                    CUXAS_TEXT_MAX_BYTES >> 20);
}

/* More room, at most one byte beyond the limit, so that reaching it can be told from passing it. */
static cuxas_status make_room(const char *path, expansion *out, cuxas_error *err)
{
  if (out->n_byte > CUXAS_TEXT_MAX_BYTES) return fail_too_large(path, err);
  if (out->n_byte < out->n_room) return CUXAS_OK;
  size_t n_room = out->n_room > 0 ? 2 * out->n_room : (size_t)1 << 16;
  if (n_room > CUXAS_TEXT_MAX_BYTES + 1) n_room = CUXAS_TEXT_MAX_BYTES + 1;
  char *grown = cuxas_grow(err, out->bytes, n_room, 1);
  if (grown == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  out->bytes  = grown;
  out->n_room = n_room;
  return CUXAS_OK;
}

/* One member; what follows it stays in the stream's input. */
static cuxas_status expand_member(const char *path, z_stream *stream, expansion *out, bool *ret_is_cut,
                                  cuxas_error *err)
{
  *ret_is_cut = false;
  for (;;) {
    const cuxas_status status = make_room(path, out, err);
    if (status != CUXAS_OK) return status;
    const size_t n_free = out->n_room - out->n_byte;
    stream->next_out    = (Bytef *)out->bytes + out->n_byte;
    stream->avail_out   = n_free < UINT_MAX ? (uInt)n_free : UINT_MAX;
    const uInt n_asked  = stream->avail_out;
    const int  answer   = inflate(stream, Z_NO_FLUSH);
    out->n_byte += n_asked - stream->avail_out;
    if (answer == Z_STREAM_END) return out->n_byte > CUXAS_TEXT_MAX_BYTES ? fail_too_large(path, err) : CUXAS_OK;
    if (answer == Z_MEM_ERROR) return cuxas_fail_at(err, cuxas_no_memory(err), path);
    *ret_is_cut = answer == Z_BUF_ERROR && stream->avail_in == 0;
    if (*ret_is_cut)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: gzip data that end too early: the file is cut off", path);
    if (answer != Z_OK)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: damaged gzip data: %s", path,
                        stream->msg != NULL ? stream->msg : "not readable");
  }
}

/* All members; opt_n_used: a last one that is cut off is left out, and this tells where it begins. */
static cuxas_status expand(const char *path, const void *bytes, size_t n_byte, char **ret_bytes, size_t *ret_n_byte,
                           size_t *opt_n_used, cuxas_error *err)
{
  enum { ONLY_GZIP = 16 + MAX_WBITS };
  cuxas_status status = CUXAS_OK;
  expansion    out    = {0};
  z_stream     stream = {0};

  *ret_bytes  = NULL;
  *ret_n_byte = 0;
  if (n_byte > UINT_MAX) return cuxas_fail(err, CUXAS_EFORMAT, "%s: too large", path);
  stream.next_in  = (Bytef *)(uintptr_t)bytes; /* zlib does not write there */
  stream.avail_in = (uInt)n_byte;
  if (inflateInit2(&stream, ONLY_GZIP) != Z_OK) return cuxas_fail_at(err, cuxas_no_memory(err), path);
  do {
    bool         is_cut;
    const size_t n_out = out.n_byte, n_used = n_byte - stream.avail_in;
    status = expand_member(path, &stream, &out, &is_cut, err);
    if (opt_n_used != NULL) *opt_n_used = status == CUXAS_OK ? n_byte - stream.avail_in : n_used;
    if (status != CUXAS_OK && is_cut && opt_n_used != NULL) {
      out.n_byte = n_out;
      status     = CUXAS_OK;
      break;
    }
  } while (status == CUXAS_OK && cuxas_gzip_recognises(stream.next_in, stream.avail_in) &&
           inflateReset(&stream) == Z_OK);
  inflateEnd(&stream);
  if (status != CUXAS_OK) {
    free(out.bytes);
    return status;
  }
  *ret_bytes  = out.bytes;
  *ret_n_byte = out.n_byte;
  return CUXAS_OK;
}

cuxas_status cuxas_gzip_expand(const char *path, const void *bytes, size_t n_byte, char **ret_bytes, size_t *ret_n_byte,
                               cuxas_error *err)
{
  return expand(path, bytes, n_byte, ret_bytes, ret_n_byte, NULL, err);
}

cuxas_status cuxas_gzip_expand_whole(const char *path, const void *bytes, size_t n_byte, char **ret_bytes,
                                     size_t *ret_n_byte, size_t *ret_n_used, cuxas_error *err)
{
  return expand(path, bytes, n_byte, ret_bytes, ret_n_byte, ret_n_used, err);
}

cuxas_status cuxas_gzip_read_text(const char *path, cuxas_text *ret_text, cuxas_error *err)
{
  const char  *name  = strcmp(path, "-") == 0 ? "standard input" : path;
  char        *bytes = NULL, *expanded = NULL;
  size_t       n_byte = 0, n_expanded = 0;
  cuxas_status status = cuxas_bytes_read(path, &bytes, &n_byte, err);
  *ret_text           = (cuxas_text){0};
  if (status == CUXAS_OK && cuxas_gzip_recognises(bytes, n_byte))
    status = cuxas_gzip_expand(name, bytes, n_byte, &expanded, &n_expanded, err);
  if (status == CUXAS_OK)
    status = expanded != NULL ? cuxas_text_from_memory(name, expanded, n_expanded, ret_text, err)
                              : cuxas_text_from_memory(name, bytes, n_byte, ret_text, err);
  free(expanded);
  free(bytes);
  return status;
}

cuxas_status cuxas_gzip_pack(const void *bytes, size_t n_byte, char **ret_bytes, size_t *ret_n_byte, cuxas_error *err)
{
  enum { GZIP = 16 + MAX_WBITS, MEMORY_LEVEL = 9 };
  z_stream stream = {0};

  *ret_bytes  = NULL;
  *ret_n_byte = 0;
  if (n_byte > CUXAS_TEXT_MAX_BYTES) return cuxas_fail(err, CUXAS_ERANGE, "%zu bytes are too many to pack", n_byte);
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
    return cuxas_no_memory(err);
  const uLong n_room = deflateBound(&stream, (uLong)n_byte);
  char       *packed = cuxas_new(err, n_room, 1);
  if (packed == NULL) {
    deflateEnd(&stream);
    return CUXAS_ENOMEM;
  }
  stream.next_in   = (Bytef *)(uintptr_t)bytes; /* zlib does not write there */
  stream.avail_in  = (uInt)n_byte;
  stream.next_out  = (Bytef *)packed;
  stream.avail_out = (uInt)n_room;
  deflate(&stream, Z_FINISH); /* there is room for all of it */
  *ret_bytes  = packed;
  *ret_n_byte = n_room - stream.avail_out;
  deflateEnd(&stream);
  return CUXAS_OK;
}

/* ---- checksums ---------------------------------------------------------------------------------------------------- */

static void to_hex(const uint8_t digest[SHA256_DIGEST_SIZE], char ret_hex[CUXAS_SHA256_HEX_SIZE])
{
  static const char DIGIT[] = "0123456789abcdef";
  for (size_t i = 0; i < SHA256_DIGEST_SIZE; i++) {
    ret_hex[2 * i]     = DIGIT[digest[i] >> 4];
    ret_hex[2 * i + 1] = DIGIT[digest[i] & 15];
  }
  ret_hex[2 * SHA256_DIGEST_SIZE] = '\0';
}

static void finish(struct sha256_ctx *context, char ret_hex[CUXAS_SHA256_HEX_SIZE])
{
  uint8_t digest[SHA256_DIGEST_SIZE];
#if NETTLE_VERSION_MAJOR >= 4
  sha256_digest(context, digest);
#else
  sha256_digest(context, sizeof digest, digest);
#endif
  to_hex(digest, ret_hex);
}

cuxas_status cuxas_hash_file(const char *path, char ret_hex[CUXAS_SHA256_HEX_SIZE], cuxas_error *err)
{
  FILE *in = fopen(path, "rb");
  if (in == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));

  struct sha256_ctx context;
  unsigned char     block[1 << 15];
  sha256_init(&context);
  for (size_t n_byte; (n_byte = fread(block, 1, sizeof block, in)) > 0;) sha256_update(&context, n_byte, block);

  const int failed = ferror(in);
  fclose(in);
  if (failed) return cuxas_fail(err, CUXAS_EIO, "%s: cannot read", path);
  finish(&context, ret_hex);
  return CUXAS_OK;
}

void cuxas_hash_memory(const void *data, size_t n_byte, char ret_hex[CUXAS_SHA256_HEX_SIZE])
{
  struct sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, n_byte, data);
  finish(&context, ret_hex);
}

/* -- lists of them -- */

enum { N_HASH = CUXAS_SHA256_HEX_SIZE - 1, N_BEFORE_NAME = N_HASH + 2 };

void cuxas_hash_list_clear(cuxas_hash_list *list)
{
  free(list->named);
  cuxas_text_free(&list->text);
  *list = (cuxas_hash_list){0};
}

static cuxas_status sort_names(cuxas_hash_list *list, cuxas_error *err)
{
  if ((list->named = cuxas_new(err, list->text.n_line, sizeof *list->named)) == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < list->text.n_line; i++)
    if (strlen(list->text.line[i]) > N_BEFORE_NAME)
      list->named[list->n_named++] = (cuxas_placed){list->text.line[i] + N_BEFORE_NAME, i};
  cuxas_placed_sort(list->named, list->n_named);
  return CUXAS_OK;
}

cuxas_status cuxas_hash_list_read(const char *path, bool force, cuxas_hash_list *ret_list, cuxas_error *err)
{
  char  *bytes  = NULL;
  size_t n_byte = 0;
  if (access(path, F_OK) != 0) return CUXAS_OK;
  cuxas_status status = cuxas_bytes_read(path, &bytes, &n_byte, err);
  if (status != CUXAS_OK) return status;
  const size_t n_hex   = strspn(bytes, "0123456789abcdef");
  const bool   is_list = bytes[n_hex] == '\0' || (n_hex == N_HASH && bytes[n_hex] == ' ');
  n_byte               = strlen(bytes);
  ret_list->is_cut     = n_byte > 0 && bytes[n_byte - 1] != '\n';
  if (!is_list && !force)
    status = cuxas_fail(err, CUXAS_EEXIST, "%s: exists already and is no list of checksums (--force overwrites)", path);
  if (status == CUXAS_OK) status = cuxas_text_from_memory(path, bytes, n_byte, &ret_list->text, err);
  if (status == CUXAS_OK) status = sort_names(ret_list, err);
  free(bytes);
  return status;
}

bool cuxas_hash_list_has(const cuxas_hash_list *list, const char *name, const char *opt_sha256)
{
  size_t              n;
  const cuxas_placed *first = cuxas_placed_find(list->named, list->n_named, name, &n);
  if (opt_sha256 == NULL) return first != NULL;
  for (size_t k = 0; k < n; k++)
    if (strncmp(first[k].text - N_BEFORE_NAME, opt_sha256, N_HASH) == 0) return true;
  return false;
}

bool cuxas_hash_list_drop(cuxas_hash_list *list, const char *name)
{
  size_t              n;
  const cuxas_placed *first = cuxas_placed_find(list->named, list->n_named, name, &n);
  for (size_t k = 0; k < n; k++) list->text.line[first[k].place] = NULL;
  return n > 0;
}

cuxas_status cuxas_hash_list_write(const cuxas_hash_list *list, const char *path, cuxas_error *err)
{
  cuxas_output output;
  cuxas_status status = cuxas_output_open(&output, path, true, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = 0; i + list->is_cut < list->text.n_line; i++)
    if (list->text.line[i] != NULL) fprintf(output.stream, "%s\n", list->text.line[i]);
  return cuxas_output_commit(&output, err);
}

cuxas_status cuxas_hash_list_add(const char *path, const char *file, cuxas_error *err)
{
  char         sha256[CUXAS_SHA256_HEX_SIZE];
  const char  *slash  = strrchr(file, '/');
  cuxas_status status = cuxas_hash_file(file, sha256, err);
  FILE        *out    = status == CUXAS_OK ? fopen(path, "a") : NULL;
  if (out != NULL) fprintf(out, "%s  %s\n", sha256, slash != NULL ? slash + 1 : file); /* at once: others add theirs */
  if (status == CUXAS_OK && (out == NULL || fclose(out) != 0))
    status = cuxas_fail(err, CUXAS_EIO, "%s: cannot write: %s", path, strerror(errno));
  return status;
}
