/* gzip.h - files compressed with gzip (RFC 1952), read and written in memory */
#ifndef CUXAS_GZIP_H
#define CUXAS_GZIP_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* cuxas_gzip_recognises() - do the bytes begin as RFC 1952 says? */
bool cuxas_gzip_recognises(const void *bytes, size_t n_byte);

/* cuxas_gzip_expand() - all members of a gzip file
 *
 *   ret_bytes  the caller frees it
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT damaged, cut off, or larger than CUXAS_TEXT_MAX_BYTES when expanded; CUXAS_ENOMEM. */
cuxas_status cuxas_gzip_expand(const char *path, const void *bytes, size_t n_byte, char **ret_bytes, size_t *ret_n_byte,
                               cuxas_error *err);

/* cuxas_gzip_expand_whole() - the same of a file that grows: a last member that is cut off is left out
 *
 *   ret_n_used  bytes of the members that were expanded */
cuxas_status cuxas_gzip_expand_whole(const char *path, const void *bytes, size_t n_byte, char **ret_bytes,
                                     size_t *ret_n_byte, size_t *ret_n_used, cuxas_error *err);

/* cuxas_gzip_read_text() - as cuxas_text_read(), of a file compressed with gzip or not */
cuxas_status cuxas_gzip_read_text(const char *path, cuxas_text *ret_text, cuxas_error *err);

/* cuxas_gzip_pack() - one member without name and time: the same bytes give the same file with the same zlib
 *
 *   ret_bytes  the caller frees it
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE more than CUXAS_TEXT_MAX_BYTES; CUXAS_ENOMEM. */
cuxas_status cuxas_gzip_pack(const void *bytes, size_t n_byte, char **ret_bytes, size_t *ret_n_byte, cuxas_error *err);

#endif
