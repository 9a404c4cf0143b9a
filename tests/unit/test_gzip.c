/* Tests of compressed files: whole, in parts, damaged, and bombs. */
#include "reading.h"
#include "base/text.h"

#include <stdint.h>
#include <zlib.h>

static const char   TEXT[] = "energy,mu\n930,0.5\n931,1.5\n932,1.0\n";
static const double MU[]   = {0.5, 1.5, 1.0};

/* Compresses in one gzip member; the caller frees it. */
static unsigned char *compress_bytes(const void *bytes, size_t n_byte, size_t *ret_n_byte)
{
  z_stream stream = {0};
  deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  const size_t   n_room = deflateBound(&stream, (uLong)n_byte) + 64;
  unsigned char *packed = malloc(n_room);
  stream.next_in        = (Bytef *)(uintptr_t)bytes;
  stream.avail_in       = (uInt)n_byte;
  stream.next_out       = packed;
  stream.avail_out      = (uInt)n_room;
  deflate(&stream, Z_FINISH);
  *ret_n_byte = n_room - stream.avail_out;
  deflateEnd(&stream);
  return packed;
}

static void test_compressed_text_is_read(void)
{
  size_t         n_byte;
  unsigned char *packed = compress_bytes(TEXT, strlen(TEXT), &n_byte);
  reading        result = read_memory("scan.csv", packed, n_byte, NULL);
  check_points(&result, MU, 3);
  CHECK(result.info->is_gzip);
  CHECK_TEXT(result.info->format, "text");
  check_described(&result, "format      text, compressed (gzip)");
  end_reading(&result);
  free(packed);
}

static void test_several_members_are_one_file(void)
{
  size_t         n_first, n_second;
  unsigned char *first  = compress_bytes(TEXT, 19, &n_first),
                *second = compress_bytes(TEXT + 19, strlen(TEXT) - 19, &n_second);
  unsigned char *both   = malloc(n_first + n_second);
  memcpy(both, first, n_first);
  memcpy(both + n_first, second, n_second);
  reading result = read_memory("scan.csv.gz", both, n_first + n_second, NULL);
  check_points(&result, MU, 3);
  end_reading(&result);
  free(first);
  free(second);
  free(both);
}

static void test_a_file_cut_off_anywhere_is_refused(void)
{
  size_t         n_byte;
  unsigned char *packed = compress_bytes(TEXT, strlen(TEXT), &n_byte);
  for (size_t n = 3; n < n_byte; n++) {
    reading result = read_memory("scan.gz", packed, n, NULL);
    CHECK_STATUS(result.status, CUXAS_EFORMAT);
    CHECK_CONTAINS(result.err.message, "scan.gz: gzip data that end too early");
    end_reading(&result);
  }
  free(packed);
}

static void test_damage_is_refused(void)
{
  size_t         n_byte;
  unsigned char *packed = compress_bytes(TEXT, strlen(TEXT), &n_byte);
  packed[n_byte - 6] ^= 0xff; /* in the checksum */
  reading result = read_memory("scan.gz", packed, n_byte, NULL);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "damaged gzip data");
  end_reading(&result);
  free(packed);
}

static void test_a_bomb_is_refused(void)
{
  const size_t n_zero = CUXAS_TEXT_MAX_BYTES + 1000;
  char        *zeros  = malloc(n_zero);
  size_t       n_byte;
  memset(zeros, '0', n_zero);
  unsigned char *packed = compress_bytes(zeros, n_zero, &n_byte);
  free(zeros);
  CHECK(n_byte < 1000000);
  reading result = read_memory("bomb.gz", packed, n_byte, NULL);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "bomb.gz: expands to more than 256 MiB");
  end_reading(&result);
  free(packed);
}

static void test_compression_inside_compression_is_refused(void)
{
  size_t         n_once, n_twice;
  unsigned char *once = compress_bytes(TEXT, strlen(TEXT), &n_once), *twice = compress_bytes(once, n_once, &n_twice);
  reading        result = read_memory("scan.gz.gz", twice, n_twice, NULL);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  end_reading(&result);
  free(once);
  free(twice);
}

int main(void)
{
  RUN(test_compressed_text_is_read);
  RUN(test_several_members_are_one_file);
  RUN(test_a_file_cut_off_anywhere_is_refused);
  RUN(test_damage_is_refused);
  RUN(test_a_bomb_is_refused);
  RUN(test_compression_inside_compression_is_refused);
  return CHECK_REPORT();
}
