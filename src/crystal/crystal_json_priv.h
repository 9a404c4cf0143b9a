/* crystal_json_priv.h - where structures lie in JSON
 *
 * A structure is an object of pymatgen ("lattice" and "sites"), OPTIMADE ("lattice_vectors" and "species_at_sites") or
 * JARVIS ("lattice_mat" and "elements"). A document is a structure, or an object with one under "structure",
 * "attributes" or "atoms". A file holds a document, or several: a list of them, or an object with one under each of its
 * names, either of these perhaps under "data". */
#ifndef CUXAS_CRYSTAL_JSON_PRIV_H
#define CUXAS_CRYSTAL_JSON_PRIV_H
#include "cuxas/status.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* cuxas_json_is_likely() - do the bytes begin with a bracket? */
bool cuxas_json_is_likely(const char *bytes, size_t n_byte);

/* cuxas_json_parse() - the whole text as one value; the caller deletes it; CUXAS_EFORMAT names the line */
cuxas_status cuxas_json_parse(const char *path, const char *bytes, size_t n_byte, cJSON **ret_root, cuxas_error *err);

/* cuxas_json_has_structure() - is there a structure in the document? */
bool cuxas_json_has_structure(const cJSON *document);

/* cuxas_json_title() - what the document is called: its material_id, jid or id, or the name it stands under; "": nothing */
const char *cuxas_json_title(const cJSON *document);

/* cuxas_json_documents() - the list, or object, of documents, of which at least one has a structure; NULL: none */
const cJSON *cuxas_json_documents(const cJSON *root);

#endif
