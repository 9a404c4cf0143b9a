/* serve_dropped.h - what was dropped on the page of cuxas-match --serve: files in a folder of their own, which is removed at the end */
#ifndef CUXAS_CMD_SERVE_DROPPED_H
#define CUXAS_CMD_SERVE_DROPPED_H
#include "cmd/local_server.h"
#include "cmd/match_watch.h"
#include "cmd/options.h"
#include "cuxas/catalog.h"

/* Our choices: a beam time's scans fit, and nobody fills the disk. */
enum {
  CUXAS_DROPPED_MAX_MEASURED  = 1000,
  CUXAS_DROPPED_MAX_CANDIDATE = 500,
  CUXAS_DROPPED_NAME_SIZE     = 120,
  CUXAS_DROPPED_MAX_MB        = 256 /* of all measured files, and again of all candidates */
};

typedef struct {
  char  *name, *path; /* as it was called, where it lies; NULL: it was removed */
  size_t n_byte;
} cuxas_dropped_file;

/* All zero to begin with. */
typedef struct {
  char               folder[256]; /* "": not made yet */
  size_t             n_measured, n_measured_byte, n_candidate, n_candidate_byte;
  cuxas_dropped_file measured[CUXAS_DROPPED_MAX_MEASURED]; /* a number once given stays */
  cuxas_dropped_file candidate[CUXAS_DROPPED_MAX_CANDIDATE];
} cuxas_dropped;

/* cuxas_dropped_plain_name() - the last part of a name without what a shell or a terminal takes for its own; never hidden or empty */
void cuxas_dropped_plain_name(const char *given, char name[CUXAS_DROPPED_NAME_SIZE]);

/* cuxas_dropped_take_measured() - its number is n_measured - 1 then
 * cuxas_dropped_take_candidate() - whatever the command line takes as one, databases of structures, too; one of the same name is
 * replaced; `what` tells a structure's formula, "12 structures", or "measured standard"
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no room for more; CUXAS_EIO; of candidates as cuxas_catalog_list(), and of one
 *          as it is read. */
cuxas_status cuxas_dropped_take_measured(cuxas_dropped *dropped, const char *name, const char *bytes, size_t n_byte,
                                         cuxas_error *err);
cuxas_status cuxas_dropped_take_candidate(cuxas_dropped *dropped, const char *name, const char *bytes, size_t n_byte,
                                          char what[CUXAS_FORMULA_SIZE], cuxas_error *err);

/* cuxas_dropped_measured() - the measured file of a number, given as text; cuxas_dropped_candidate() - of a name
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE there is none. The file is the collection's. */
cuxas_status cuxas_dropped_measured(cuxas_dropped *dropped, const char *number, cuxas_dropped_file **ret_file,
                                    cuxas_error *err);
cuxas_status cuxas_dropped_candidate(cuxas_dropped *dropped, const char *name, cuxas_dropped_file **ret_file,
                                     cuxas_error *err);

/* cuxas_dropped_follow() - what is new in a folder, as if it had been dropped; what went or has changed is forgotten
 *
 *   tree  gets "arrived": [{"file": number, "name", "sample"}], "gone": [number]
 *
 * Returns  CUXAS_OK; as cuxas_scan_folder_look() and cuxas_dropped_take_measured(). */
cuxas_status cuxas_dropped_follow(cuxas_dropped *dropped, cuxas_scan_folder *scans, cJSON *tree, cuxas_error *err);

/* cuxas_dropped_forget() - removes a file; it must be one of the collection's */
void cuxas_dropped_forget(cuxas_dropped *dropped, cuxas_dropped_file *file);

/* cuxas_dropped_candidates() - the folder that candidates lie in, which is not theirs in reports */
void cuxas_dropped_candidates(const cuxas_dropped *dropped, char folder[300]);

/* cuxas_dropped_reports() - a folder for what is made of the files; it is there as soon as one is, and is to be empty at the end */
void cuxas_dropped_reports(const cuxas_dropped *dropped, char folder[300]);

/* cuxas_dropped_hide() - in a text, paths in the folder become names */
void cuxas_dropped_hide(const cuxas_dropped *dropped, char *text);

/* cuxas_dropped_clear() - removes all of it */
void cuxas_dropped_clear(cuxas_dropped *dropped);

/* -- the options of cuxas-match that the words of a request give, about files that were dropped -- */

typedef struct {
  cuxas_dropped              *dropped;
  cuxas_options              *options;
  const cuxas_catalog        *opt_standards; /* bundled spectra that a calibration may name */
  const cuxas_server_request *asked;
} cuxas_page_question;

/* cuxas_page_take_options() - options that the command line gave stay; the others are what the request says, or their defaults
 *
 * Whatever a request says, none of them ends the program later. Returns  CUXAS_OK; CUXAS_ERANGE and its like, the words are wrong. */
cuxas_status cuxas_page_take_options(const cuxas_page_question *of, cuxas_error *err);

/* cuxas_page_name_options() - the same options as reports have them: with names in place of paths, which will be gone */
cuxas_status cuxas_page_name_options(const cuxas_page_question *of, cuxas_error *err);

/* cuxas_page_scans() - paths of the file and of those that the options merge with it
 *
 *   path  (CUXAS_DROPPED_MAX_MEASURED) filled; the paths are the collection's
 *
 * Returns  how many. */
size_t cuxas_page_scans(const cuxas_page_question *of, const cuxas_dropped_file *file, const char **path);

#endif
