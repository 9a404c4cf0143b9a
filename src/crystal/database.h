/* database.h - many structures in one SQLite file
 *
 *   CREATE TABLE structures (
 *     name    TEXT PRIMARY KEY,  -- 1 ... 200 bytes of UTF-8 without control characters and '/'
 *     format  TEXT,              -- for people; what is read is decided by the content
 *     content BLOB NOT NULL      -- a structure file as text, or as a blob, which may be compressed with gzip
 *   )
 *
 * Other columns and tables do not matter, but for `source` and `sha256`. Databases are opened for reading alone. */
#ifndef CUXAS_DATABASE_H
#define CUXAS_DATABASE_H
#include "cuxas/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CUXAS_DATABASE_MAX_NAME = 200, CUXAS_DATABASE_MAX_STRUCTURES = 10000000 };

/* cuxas_database_recognises() - is this a file that begins as SQLite's do? */
bool cuxas_database_recognises(const char *path);

typedef struct {
  char *name;
  char *source;                        /* column source: the path it came from; NULL: there is none that could be one */
  char  sha256[CUXAS_SHA256_HEX_SIZE]; /* column sha256: of the content, expanded; "": there is none */
} cuxas_database_entry;

/* cuxas_database_list() - all structures, by name in byte order
 *
 *   ret_entry  (*ret_n_entry); the caller frees them with cuxas_database_free()
 *
 * Source and checksum are those of libraries of predictions (match/store.h); what they say is not tried.
 * Returns  CUXAS_OK; CUXAS_EIO cannot be opened; CUXAS_EFORMAT damaged, or a name that is none; CUXAS_EUNSUPPORTED there
 *          is no such table, it has no rows or too many; CUXAS_ENOMEM. */
cuxas_status cuxas_database_list(const char *path, cuxas_database_entry **ret_entry, size_t *ret_n_entry,
                                 cuxas_error *err);

/* cuxas_database_free() - accepts NULL */
void cuxas_database_free(cuxas_database_entry *entry, size_t n_entry);

/* cuxas_database_fetch() - the content of one structure, as it stands there
 *
 * Returns  as cuxas_database_list(); CUXAS_EIO also when there is no such name; CUXAS_EFORMAT also when the content is
 *          neither text nor blob, or larger than CUXAS_TEXT_MAX_BYTES. */
cuxas_status cuxas_database_fetch(const char *path, const char *name, char **ret_bytes, size_t *ret_n_byte,
                                  cuxas_error *err);

typedef struct cuxas_database_writer cuxas_database_writer;

/* cuxas_database_begin() - a new database, in memory until cuxas_database_write()
 *
 *   ret_writer  end it with cuxas_database_end() */
cuxas_status cuxas_database_begin(cuxas_database_writer **ret_writer, cuxas_error *err);

/* cuxas_database_add() - a structure; its content is compressed
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE a name that is none; CUXAS_EEXIST a name that is taken; CUXAS_ENOMEM. */
cuxas_status cuxas_database_add(cuxas_database_writer *writer, const char *name, const char *format, const void *bytes,
                                size_t n_byte, cuxas_error *err);

/* cuxas_database_write() - the file; CUXAS_EIO: not all could be written */
cuxas_status cuxas_database_write(cuxas_database_writer *writer, FILE *out, cuxas_error *err);

/* cuxas_database_end() - accepts NULL */
void cuxas_database_end(cuxas_database_writer *writer);

#endif
