/* import.h - networks trained elsewhere, turned into model files of this project */
#ifndef CUXAS_IMPORT_H
#define CUXAS_IMPORT_H
#include "predict/model_parts.h"

/* cuxas_import_m3gnet() - a pretrained M3GNet as a model that holds a featurizer alone (no edges)
 *
 * Files, told apart by content, in any order:
 *   - a flat pair: little-endian float32 numbers, and the JSON index that names the tensors in them
 *     ("tensors": [{"name", "shape", "offset", "count"}], offsets in floats, and "hyperparameters");
 *   - matgl's own files: state.pt (a PyTorch zip archive of tensors) with the hyper-parameters from model.json or
 *     model.pt. Archives are read by an interpreter that knows tensors and plain containers only: nothing in them is
 *     executed, and anything else is refused by name.
 *
 *   paths             (n_path) the files
 *   opt_licence_path  licence text of the weights, which is stored in the model's head ("licence"); NULL:
 *                     LICENSE.matgl, LICENSE, LICENSE.txt or LICENCE beside the weights
 *   name              of the model
 *   ret_model         the caller frees it with cuxas_model_free() and may write it with cuxas_model_write()
 *
 * Returns  CUXAS_OK; CUXAS_EIO a file cannot be read, or there is no licence; CUXAS_EFORMAT damaged or inconsistent
 *          files, a missing tensor, or one of a wrong shape or type; CUXAS_EUNSUPPORTED a variant of the architecture
 *          that the featurizer does not compute (smooth basis, state features, ...); CUXAS_ENOMEM. */
cuxas_status cuxas_import_m3gnet(const char *const *paths, size_t n_path, const char *opt_licence_path,
                                 const char *name, cuxas_model **ret_model, cuxas_error *err);

#endif
