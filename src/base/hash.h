/* hash.h - SHA-256 of files and memory, as lower-case hexadecimal text */
#ifndef CUXAS_HASH_H
#define CUXAS_HASH_H
#include "base/text.h"
#include "cuxas/status.h"

#include <stddef.h>

/* cuxas_hash_file() - hash of a file's bytes; CUXAS_EIO: cannot be read */
cuxas_status cuxas_hash_file(const char *path, char ret_hex[CUXAS_SHA256_HEX_SIZE], cuxas_error *err);

/* cuxas_hash_memory() - hash of n_byte bytes */
void cuxas_hash_memory(const void *data, size_t n_byte, char ret_hex[CUXAS_SHA256_HEX_SIZE]);

/* -- lists of checksums, a line for each file as sha256sum writes them -- */

typedef struct {
  cuxas_text    text;    /* a line that is NULL was dropped */
  bool          is_cut;  /* the last line had no end: of a run that was stopped */
  size_t        n_named; /* lines that have room for a checksum and a name */
  cuxas_placed *named;   /* (n_named) names, sorted; their lines */
} cuxas_hash_list;

/* cuxas_hash_list_read() - the list in a file; an empty one when there is no file, or one cut off or zeros from a crash
 *
 *   ret_list  zeroed before; ended by cuxas_hash_list_clear(), also after a failure
 *
 * Returns  CUXAS_OK; CUXAS_EEXIST the file begins unlike a list, unless `force`; as cuxas_bytes_read(). */
cuxas_status cuxas_hash_list_read(const char *path, bool force, cuxas_hash_list *ret_list, cuxas_error *err);
void         cuxas_hash_list_clear(cuxas_hash_list *list);

/* cuxas_hash_list_has() - a checksum for a name, or this one */
bool cuxas_hash_list_has(const cuxas_hash_list *list, const char *name, const char *opt_sha256);

/* cuxas_hash_list_drop() - takes out what is said of a name; cuxas_hash_list_has() still knows it. Returns whether there was anything */
bool cuxas_hash_list_drop(cuxas_hash_list *list, const char *name);

/* cuxas_hash_list_write() - what was not dropped, nor cut off, in its order; whole or not at all */
cuxas_status cuxas_hash_list_write(const cuxas_hash_list *list, const char *path, cuxas_error *err);

/* cuxas_hash_list_add() - a line for a file, its name without folders, behind what the list's file has by now. CUXAS_EIO */
cuxas_status cuxas_hash_list_add(const char *path, const char *file, cuxas_error *err);

#endif
