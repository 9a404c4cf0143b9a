/* measurement.h - a measured file on its way to an answer: as it was read, preprocessed, made ready to be compared */
#ifndef CUXAS_MEASUREMENT_H
#define CUXAS_MEASUREMENT_H
#include "cuxas/match.h"
#include "cuxas/measured.h"
#include "match/surroundings.h"

/* All zero to begin with; filled from the top to the bottom. */
typedef struct {
  char                   sha256[CUXAS_SHA256_HEX_SIZE]; /* of the file, of the first of several; "": there is no file */
  cuxas_spectrum        *spectrum;                      /* as in the file, or merged */
  cuxas_measured_info   *info;
  cuxas_prepared        *prepared; /* NULL, as the query, until cuxas_measurement_prepare() */
  cuxas_query           *query;
  cuxas_compare_settings compare; /* by which it was prepared */
} cuxas_measurement;

#define CUXAS_MEASUREMENT_NEAR_EV                                                                                      \
  932.7 /* Cu L3 (X-ray Data Booklet): what a spectrum of a file with several must cover */

/* cuxas_measurement_read() - spectrum, info and checksum of a file; the bytes that are hashed are the bytes that are read
 *
 *   path  a file, or "-" for standard input
 *
 * Returns  CUXAS_OK; as cuxas_measured_read(). To be ended by cuxas_measurement_clear() in any case. */
cuxas_status cuxas_measurement_read(const char *path, const cuxas_measured_options *opt_how,
                                    cuxas_measurement *ret_measurement, cuxas_error *err);

/* cuxas_measurement_read_all() - the same of several files and scans of one sample, merged
 *
 *   path  (n_path) files, the one to be named first
 *   scan  (n_scan) of every file these, in place of how->scan; none: what `how` says */
cuxas_status cuxas_measurement_read_all(const char *const *path, size_t n_path, const char *const *scan, size_t n_scan,
                                        const cuxas_measured_options *how, cuxas_measurement *ret_measurement,
                                        cuxas_error *err);

/* cuxas_measurement_prepare() - preprocessing and the query
 *
 *   name      stands for the file in messages
 *   settings  compare and opt_preprocess count
 *
 * Warns in measurement->info when the file states another element or edge than the model's.
 * Returns  CUXAS_OK; as cuxas_match_check(), cuxas_preprocess_measured() and cuxas_query_new(). */
cuxas_status cuxas_measurement_prepare(cuxas_measurement *measurement, const char *name, const cuxas_model *model,
                                       const cuxas_match_settings *settings, cuxas_error *err);

/* cuxas_measurement_axis() - what its energies are worth as evidence (surroundings.h) */
cuxas_axis cuxas_measurement_axis(const cuxas_measurement *measurement, const cuxas_match_settings *settings);

/* cuxas_measurement_clear() - frees what it owns, leaves it all zero */
void cuxas_measurement_clear(cuxas_measurement *measurement);

#endif
