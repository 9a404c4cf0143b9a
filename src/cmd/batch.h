/* batch.h - many measurements against one library: files, each with a report, and an overview; the pixels of an image */
#ifndef CUXAS_CMD_BATCH_H
#define CUXAS_CMD_BATCH_H
#include "cmd/options.h"
#include "cuxas/catalog.h"
#include "match/session.h"
#include "report/overview.h"

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

/* -- what a batch has to do: names of the reports, and which of them are up to date -- */

typedef struct {
  cuxas_overview_row row;       /* scan and stem; reason once it failed */
  bool               is_loss;   /* of electrons: once that is known */
  bool               is_done;   /* its report is up to date */
  bool               overwrite; /* what is there may be replaced */
} cuxas_batch_scan;

/* cuxas_batch_name() - a scan for every file; its stem is the file's name without its last suffix, or, where several files
 * would have the same, the whole path with '-' for '/'. A file given twice comes once.
 *
 *   ret_scan  (ret_n_scan) in the order of the paths; the caller frees it with cuxas_batch_scans_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE names that cannot be told apart, or standard input among them; CUXAS_ENOMEM. */
cuxas_status cuxas_batch_name(const char *const *path, size_t n_path, cuxas_batch_scan **ret_scan, size_t *ret_n_scan,
                              cuxas_error *err);
void         cuxas_batch_scans_free(cuxas_batch_scan *scan, size_t n_scan);

/* What an up-to-date report was made of. */
typedef struct {
  const char          *program; /* for notes */
  const char          *folder;
  const char          *model_sha256;
  const cJSON         *settings[2]; /* of absorption, of energy losses */
  const cuxas_catalog *catalog;
  const cuxas_catalog *opt_standards; /* NULL: none are compared */
  const char          *sums;          /* text of overview.sha256 */
  bool                 force;
} cuxas_batch_state;

/* cuxas_batch_check() - is the scan's report there and up to date? Then its row is filled and is_done is set.
 *
 * Up to date: same version, measured file, model, settings and candidates. Of candidates that a report skipped or left
 * out it holds no checksum; their files must not be newer than it. Nor may it have been changed: overview.sha256 has its checksum. A
 * report without one and one that is damaged (cut off, empty, zeros) are told and may be replaced.
 *
 * Returns  CUXAS_OK; CUXAS_EEXIST there is something else, which may not be replaced; CUXAS_EIO; CUXAS_ENOMEM. */
cuxas_status cuxas_batch_check(const cuxas_batch_state *state, cuxas_batch_scan *scan, cuxas_error *err);

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
