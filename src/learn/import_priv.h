/* import_priv.h - the formats foreign weights come in, each read into tensors and JSON */
#ifndef CUXAS_IMPORT_PRIV_H
#define CUXAS_IMPORT_PRIV_H
#include "predict/tensors.h"

#include <cjson/cJSON.h>

/* -- torch_archive.c: what torch.save() writes, a zip archive of a pickle and the storages it refers to -- */

/* cuxas_torch_read() - an archive's tensors and its plain values
 *
 *   tensors    float32 tensors that stand in the outermost dict are added, by their keys; tensors of other types are
 *              left out, and remembered in ret_json
 *   ret_json   the outermost value as JSON; a tensor is the text "tensor TYPE"; the caller deletes it
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT damaged archive, a storage missing or shorter than its tensors, nesting
 *          too deep; CUXAS_EUNSUPPORTED a pickle with more than tensors and plain containers; CUXAS_ENOMEM. */
cuxas_status cuxas_torch_read(const char *path, cuxas_tensors *tensors, cJSON **ret_json, cuxas_error *err);

/* -- import_flat.c: numbers in one file, their names and shapes in another -- */

/* cuxas_flat_read() - tensors of a file of little-endian float32 numbers
 *
 *   index  {"tensors": [{"name", "shape", "offset", "count"}], optional "total_floats" and "sha256", which are
 * checked}; offset and count are in floats */
cuxas_status cuxas_flat_read(const char *path, const cJSON *index, const char *index_path, cuxas_tensors *tensors,
                             cuxas_error *err);

#endif
