/* hash.h - SHA-256 of files and memory, as lower-case hexadecimal text */
#ifndef CUXAS_HASH_H
#define CUXAS_HASH_H
#include "cuxas/status.h"

#include <stddef.h>

/* cuxas_hash_file() - hash of a file's bytes; CUXAS_EIO: cannot be read */
cuxas_status cuxas_hash_file(const char *path, char ret_hex[CUXAS_SHA256_HEX_SIZE], cuxas_error *err);

/* cuxas_hash_memory() - hash of n_byte bytes */
void cuxas_hash_memory(const void *data, size_t n_byte, char ret_hex[CUXAS_SHA256_HEX_SIZE]);

#endif
