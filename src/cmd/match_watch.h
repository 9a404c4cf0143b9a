/* match_watch.h - the folder of cuxas-match --watch */
#ifndef CUXAS_CMD_MATCH_WATCH_H
#define CUXAS_CMD_MATCH_WATCH_H
#include "cmd/options.h"
#include "cmd/sources.h"
#include "cuxas/report.h"

#include <sys/types.h>

/* -- a folder that scans come into -- */

typedef struct {
  char  *path, *sample; /* of one sample are files whose names differ by the number at their end alone */
  off_t  n_byte;
  time_t changed_s;
  long   changed_ns;
  int    rest_s, n_rested_s;                            /* how long it has to rest before it counts, and has rested */
  bool is_there, was_there, is_settled, is_bad, is_new; /* new: nobody has asked with it; who asks sets it and is_bad */
  long number;                                          /* who asks may give it one */
} cuxas_scan_file;

/* Zero but for the folder, which is borrowed, to begin with. */
typedef struct {
  const char      *folder;
  size_t           n_file;
  cuxas_scan_file *file; /* (n_file) in the order in which they came, those that went, too */
} cuxas_scan_folder;

/* cuxas_scan_folder_look() - what is there now; to be called once a second
 *
 *   once  files count at once, not when they have rested
 *
 * Returns  CUXAS_OK; CUXAS_EIO the folder cannot be looked into; CUXAS_ENOMEM. */
cuxas_status cuxas_scan_folder_look(cuxas_scan_folder *all, bool once, cuxas_error *err);

/* cuxas_scan_folder_clear() - frees what it owns */
void cuxas_scan_folder_clear(cuxas_scan_folder *all);

enum { CUXAS_SCANS_ENOUGH_MIN = 3 }; /* before it is said that more change nothing (our choice) */

/* cuxas_scans_are_enough() - does the answer stand without any one of the scans that were merged for it?
 *
 *   sessions  that gave the answer; the option "merge" is another one then
 *   path      (n_path) the scans
 *
 * Returns  CUXAS_OK; as the readers and cuxas_session_identify_measurement(). */
cuxas_status cuxas_scans_are_enough(cuxas_source_sessions *sessions, const char *const *path, size_t n_path,
                                    const cuxas_report *report, bool *ret_are, cuxas_error *err);

/* -- cuxas-match --watch -- */

typedef struct {
  const char        *program;
  cuxas_options     *options;   /* --watch names the folder, --out-dir where reports go */
  const char *const *candidate; /* (n_candidate) as cuxas_source_candidates() takes them */
  size_t             n_candidate;
  bool               once; /* what is there, and no more */
} cuxas_watched_folder;

/* cuxas_watch_run() - tells on standard output what every sample is, whenever that changes; until it is interrupted
 *
 * Files that cannot be read are told on standard error and left out; a folder that is away for a while is waited for.
 *
 * Returns  CUXAS_EIO the folder cannot be looked into; CUXAS_EUNSUPPORTED once, and there was no scan; as
 *          cuxas_source_model() and its like; CUXAS_OK after a look at what is there. */
cuxas_status cuxas_watch_run(const cuxas_watched_folder *watch, cuxas_error *err);

#endif
