/* members_priv.h - files that hold several structures, and how one of them is named: "file.cif#block"
 *
 * A CIF with atoms in several data blocks, an XYZ file with several frames, a JSON file with a list of structures
 * (crystal_json_priv.h) and a database (database.h). Text may be compressed with gzip. The name of a file that exists is always the file, whatever '#' is in
 * it; else the first '#' behind an existing file's name begins the member's. */
#ifndef CUXAS_MEMBERS_PRIV_H
#define CUXAS_MEMBERS_PRIV_H
#include "cuxas/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  char  *name;     /* unique in the file; without control characters and '/' */
  bool   is_title; /* the name says by itself what this is: a material's id, a name in a database */
  char  *bytes;    /* content; NULL: in the database */
  size_t n_byte;
  size_t first_line;                    /* of the file, from 1, that the content begins in; 0: not known */
  char  *source;                        /* path it came from, where a library tells it; else NULL */
  char   sha256[CUXAS_SHA256_HEX_SIZE]; /* of the content, likewise; else "" */
} cuxas_member;

typedef struct {
  size_t        n_member; /* 0: the file is one structure, or none */
  cuxas_member *member;
} cuxas_members;

/* cuxas_members_list() - what is in the file
 *
 * CIF: from "data_" up to the next, where there are atoms; JSON: the document as it stands there.
 *
 *   ret_members  free with cuxas_members_end(), also after a failure
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT damaged; CUXAS_EUNSUPPORTED a database without structures; CUXAS_ENOMEM. */
cuxas_status cuxas_members_list(const char *path, cuxas_members *ret_members, cuxas_error *err);

/* cuxas_members_container() - how much of a path is a file that exists, when the rest names a member
 *
 * Returns  the number of bytes before the '#'; 0: the path is all file (or nothing). */
size_t cuxas_members_container(const char *path);

/* cuxas_members_end() - leaves an empty list */
void cuxas_members_end(cuxas_members *members);

/* cuxas_members_fetch() - the content of a file or member, expanded
 *
 *   ret_bytes      the caller frees it
 *   opt_is_member  false: all of a file
 *
 * Returns  CUXAS_OK; CUXAS_EIO no such file or member; CUXAS_EFORMAT damaged, too large; CUXAS_EUNSUPPORTED a database
 *          without naming a structure in it; CUXAS_ENOMEM. */
cuxas_status cuxas_members_fetch(const char *path, char **ret_bytes, size_t *ret_n_byte, bool *opt_is_member,
                                 cuxas_error *err);

/* cuxas_members_fetch_once() - all that comes out of a pipe, expanded; the caller frees it */
cuxas_status cuxas_members_fetch_once(const char *path, char **ret_bytes, size_t *ret_n_byte, cuxas_error *err);

/* cuxas_members_fetch_hashed() - all of a file, expanded, and the checksum of its bytes as they are; a database is none of it:
 * *ret_bytes NULL */
cuxas_status cuxas_members_fetch_hashed(const char *path, char **ret_bytes, size_t *ret_n_byte,
                                        char ret_hex[CUXAS_SHA256_HEX_SIZE], cuxas_error *err);

#endif
