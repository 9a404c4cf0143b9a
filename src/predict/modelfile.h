/* modelfile.h - the bytes of a model file; what they mean is model.c's business
 *
 *   offset  bytes
 *        0      8  "CUXASMDL"
 *        8      4  version, little-endian, now 1
 *       12      4  n, length of the head, little-endian
 *       16      n  head: one JSON object in UTF-8, blanks after it so that the tensors start at a multiple of 64
 *   16 + n      m  tensors: float32, little-endian, row-major, one behind the other in the order of the head's index
 *   16+n+m     64  SHA-256 of everything before, lower-case hexadecimal
 *
 * The head's member "tensors" is the index: [{"name", "shape", "offset"}], offset in bytes from the first tensor. */
#ifndef CUXAS_MODELFILE_PRIV_H
#define CUXAS_MODELFILE_PRIV_H
#include "base/hash.h"
#include "predict/tensors.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* cuxas_modelfile_read() - head and tensors of a file whose sizes, index and checksum are in order
 *
 *   ret_head     the head with its index; the caller frees it with cJSON_Delete()
 *   ret_tensors  the caller frees it
 *   ret_sha256   of all bytes of the file
 *
 * Returns  CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT; CUXAS_ENOMEM. */
cuxas_status cuxas_modelfile_read(const char *path, cJSON **ret_head, cuxas_tensors **ret_tensors,
                                  char ret_sha256[CUXAS_SHA256_HEX_SIZE], cuxas_error *err);

/* cuxas_modelfile_write() - the same head and tensors give the same bytes; an index in the head is made anew */
cuxas_status cuxas_modelfile_write(const char *path, bool overwrite, const cJSON *head, const cuxas_tensors *tensors,
                                   cuxas_error *err);

#endif
