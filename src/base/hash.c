/* hash.c - SHA-256 by libmd, as text */
#include "base/hash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sha2.h>

static void to_hex(const uint8_t digest[SHA256_DIGEST_LENGTH], char ret_hex[CUXAS_SHA256_HEX_SIZE])
{
  static const char DIGIT[] = "0123456789abcdef";
  for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++) {
    ret_hex[2 * i]     = DIGIT[digest[i] >> 4];
    ret_hex[2 * i + 1] = DIGIT[digest[i] & 15];
  }
  ret_hex[2 * SHA256_DIGEST_LENGTH] = '\0';
}

cuxas_status cuxas_hash_file(const char *path, char ret_hex[CUXAS_SHA256_HEX_SIZE], cuxas_error *err)
{
  FILE *in = fopen(path, "rb");
  if (in == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));

  SHA2_CTX      context;
  unsigned char block[1 << 15];
  uint8_t       digest[SHA256_DIGEST_LENGTH];
  SHA256Init(&context);
  for (size_t n_byte; (n_byte = fread(block, 1, sizeof block, in)) > 0;) SHA256Update(&context, block, n_byte);
  SHA256Final(digest, &context);

  const int failed = ferror(in);
  fclose(in);
  if (failed) return cuxas_fail(err, CUXAS_EIO, "%s: cannot read", path);
  to_hex(digest, ret_hex);
  return CUXAS_OK;
}

void cuxas_hash_memory(const void *data, size_t n_byte, char ret_hex[CUXAS_SHA256_HEX_SIZE])
{
  SHA2_CTX context;
  uint8_t  digest[SHA256_DIGEST_LENGTH];
  SHA256Init(&context);
  SHA256Update(&context, data, n_byte);
  SHA256Final(digest, &context);
  to_hex(digest, ret_hex);
}
