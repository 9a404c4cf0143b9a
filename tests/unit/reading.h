/* reading.h - a measured file from bytes in memory: read, and everything about it in one struct */
#ifndef READING_H
#define READING_H
#include "cuxas/measured.h"

#include "check.h"

typedef struct {
  cuxas_status         status;
  cuxas_error          err;
  cuxas_spectrum      *spectrum;
  cuxas_measured_info *info;
} reading;

static inline reading read_memory(const char *name, const void *bytes, size_t n_byte,
                                  const cuxas_measured_options *options)
{
  reading result = {0};
  result.status = cuxas_measured_parse_bytes(name, bytes, n_byte, options, &result.spectrum, &result.info, &result.err);
  return result;
}

static inline reading read_words(const char *text, const cuxas_measured_options *options)
{
  return read_memory("scan", text, strlen(text), options);
}

static inline void end_reading(reading *result)
{
  cuxas_spectrum_free(result->spectrum);
  cuxas_measured_info_free(result->info);
}

/* check_points() - the points 930, 931, ... eV with these values */
static inline void check_points(const reading *result, const double *mu, size_t n_point)
{
  if (result->status != CUXAS_OK) printf("    %s\n", result->err.message);
  CHECK_STATUS(result->status, CUXAS_OK);
  if (result->status != CUXAS_OK) return;
  CHECK(result->spectrum->n_point == n_point && result->info->n_point == n_point);
  for (size_t i = 0; i < n_point && i < result->spectrum->n_point; i++) {
    CHECK_NEAR(result->spectrum->energy_eV[i], 930 + (double)i, 1e-6);
    CHECK_NEAR(result->spectrum->mu[i], mu[i], 1e-6);
  }
}

/* check_refused() - text that is refused with this status and a message that contains this */
static inline void check_refused(const char *text, const cuxas_measured_options *options, cuxas_status status,
                                 const char *part)
{
  reading result = read_words(text, options);
  CHECK_STATUS(result.status, status);
  CHECK_CONTAINS(result.err.message, part);
  CHECK(result.spectrum == NULL && result.info == NULL);
  end_reading(&result);
}

/* check_described() - the description contains this */
static inline void check_described(const reading *result, const char *part)
{
  char *text = result->info != NULL ? cuxas_measured_describe(result->info) : NULL;
  CHECK_CONTAINS(text, part);
  free(text);
}

#endif
