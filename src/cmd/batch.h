/* batch.h - many measured files against one library: a report each, and an overview of all */
#ifndef CUXAS_CMD_BATCH_H
#define CUXAS_CMD_BATCH_H
#include "cmd/options.h"

typedef struct {
  const char        *program;
  cuxas_options     *options;
  const char *const *measured; /* (n_measured) paths */
  size_t             n_measured;
  const char *const *candidate; /* (n_candidate) as cuxas_source_candidates() takes them */
  size_t             n_candidate;
} cuxas_batch;

/* cuxas_batch_run() - matches every file, writes NAME.json, NAME.csv and NAME.html of each into the folder of --out-dir, and
 * overview.csv and overview.html there; the overview goes to standard output too
 *
 * A report is the one that the file would get alone: the same bytes. One that is there already and is up to date (measured
 * file, model, candidates, settings, version) is kept; another one that is there fails that file, unless --force.
 * A file that fails is told and passed over.
 *
 * Returns  the exit code: CUXAS_EXIT_DONE; CUXAS_EXIT_SKIPPED some files failed or some candidates were skipped;
 *          CUXAS_EXIT_FAILED all files failed, or there was no model, library or folder (told). */
int cuxas_batch_run(const cuxas_batch *batch);

#endif
