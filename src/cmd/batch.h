/* batch.h - many measurements against one library: files, each with a report, and an overview; the pixels of an image */
#ifndef CUXAS_CMD_BATCH_H
#define CUXAS_CMD_BATCH_H
#include "cmd/options.h"
#include "match/session.h"

#include <stdbool.h>

typedef struct {
  const char        *program;
  cuxas_options     *options;
  const char *const *measured; /* (n_measured) paths */
  size_t             n_measured;
  const char *const *candidate; /* (n_candidate) as cuxas_source_candidates() takes them */
  size_t             n_candidate;
} cuxas_batch;

/* cuxas_batch_run() - matches every file, writes NAME.json, NAME.csv and NAME.html of each into the folder of --out-dir, and
 * overview.csv, overview.html and overview.sha256 there; the overview goes to standard output too
 *
 * A report is the one that the file would get alone: the same bytes. One that is there already and is up to date (measured
 * file, model, candidates, settings, version) is kept; another one that is there fails that file, unless --force.
 * A file that fails is told and passed over.
 *
 * Returns  the exit code: CUXAS_EXIT_DONE; CUXAS_EXIT_SKIPPED some files failed or some candidates were skipped;
 *          CUXAS_EXIT_FAILED all files failed, or there was no model, library or folder (told). */
int cuxas_batch_run(const cuxas_batch *batch);

/* -- the pixels of a spectrum image (match_map.c) -- */

typedef struct {
  const cuxas_options *options;
  const cuxas_model   *model;
  cuxas_session       *session; /* of settings that cuxas_map_check() has seen */
  const char          *measured;
} cuxas_map_job;

/* cuxas_map_check() - before the work: may --map and --figure be written? Takes out of the settings what pixels do not get;
 * ends the program when options are given that need a report */
cuxas_status cuxas_map_check(const cuxas_options *options, cuxas_match_settings *settings, cuxas_error *err);

/* cuxas_map_run() - asks every pixel, writes table and picture, and a summary to standard output
 *
 *   sum  all pixels as one measurement, prepared; taken over
 *
 *   ret_sum  answer for the sum, whose skipped candidates no pixel had; the caller frees it
 *
 * Returns  CUXAS_OK, whatever became of single pixels; as cuxas_spectrum_image_read(); as the answer for the sum. */
cuxas_status cuxas_map_run(const cuxas_map_job *job, cuxas_measurement *sum, cuxas_result **ret_sum, cuxas_error *err);

#endif
