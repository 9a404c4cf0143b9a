/* crystal_json_priv.h - where structures lie in the JSON of pymatgen and the Materials Project
 *
 * A structure is an object with "lattice" and "sites". A document is a structure, or an object with one under
 * "structure". A file holds a document, a list of documents, or an object with such a list under "data". */
#ifndef CUXAS_CRYSTAL_JSON_PRIV_H
#define CUXAS_CRYSTAL_JSON_PRIV_H
#include "cuxas/status.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* cuxas_json_is_likely() - do the bytes begin with a bracket? */
bool cuxas_json_is_likely(const char *bytes, size_t n_byte);

/* cuxas_json_parse() - the whole text as one value; the caller deletes it; CUXAS_EFORMAT names the line */
cuxas_status cuxas_json_parse(const char *path, const char *bytes, size_t n_byte, cJSON **ret_root, cuxas_error *err);

/* cuxas_json_structure() - the structure of a document; NULL: none */
const cJSON *cuxas_json_structure(const cJSON *document);

/* cuxas_json_documents() - the list of documents, of which at least one has a structure; NULL: none */
const cJSON *cuxas_json_documents(const cJSON *root);

#endif
