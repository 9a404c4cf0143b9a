/* match_watch.h - the folder of cuxas-match --watch */
#ifndef CUXAS_CMD_MATCH_WATCH_H
#define CUXAS_CMD_MATCH_WATCH_H
#include "cmd/options.h"

typedef struct {
  const char        *program;
  cuxas_options     *options;   /* --watch names the folder, --out-dir where reports go */
  const char *const *candidate; /* (n_candidate) as cuxas_source_candidates() takes them */
  size_t             n_candidate;
  bool               once; /* what is there, and no more */
} cuxas_watched_folder;

/* cuxas_watch_run() - tells on standard output what every sample is, whenever that changes; until it is interrupted
 *
 * Files that cannot be read are told on standard error and left out.
 *
 * Returns  CUXAS_EIO the folder cannot be looked into; CUXAS_EUNSUPPORTED once, and there was no scan; as
 *          cuxas_source_model() and its like; CUXAS_OK after a look at what is there. */
cuxas_status cuxas_watch_run(const cuxas_watched_folder *watch, cuxas_error *err);

#endif
