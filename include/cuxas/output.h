/* output.h - files that appear whole or not at all: written beside the target without a name, or under a temporary one where
 * the system knows no nameless files, then renamed
 *
 * A file that is replaced keeps its mode; where the path is a link, what it leads to is replaced and the link stays. */
#ifndef CUXAS_OUTPUT_H
#define CUXAS_OUTPUT_H
#include "cuxas/status.h"

#include <stdbool.h>
#include <stdio.h>

/* Formats of pictures. */
typedef enum { CUXAS_FIGURE_SVG, CUXAS_FIGURE_PDF, CUXAS_FIGURE_PNG } cuxas_figure_format;

typedef struct {
  FILE *stream;         /* write here */
  char *path;           /* as given, for messages */
  char *target_path;    /* with links followed */
  char *temporary_path; /* NULL when the stream is stdout, a device or a pipe */
  bool  is_nameless;    /* the temporary path names nothing before the end */
} cuxas_output;

/* cuxas_output_check() - what cuxas_output_open() would say, as far as it can be told: asked before long work starts
 *
 * Returns  CUXAS_OK; CUXAS_EEXIST; CUXAS_EIO no such folder, or none to write in; CUXAS_ENOMEM. */
cuxas_status cuxas_output_check(const char *path, bool overwrite, cuxas_error *err);

/* cuxas_output_open() - starts a file
 *
 *   path       target; "-" means stdout; a device or pipe is written to as it stands, whatever overwrite says
 *   overwrite  false: an existing target is an error
 *
 * Returns  CUXAS_OK: end with cuxas_output_commit() or cuxas_output_discard(); CUXAS_EEXIST; CUXAS_EIO; CUXAS_ENOMEM. */
cuxas_status cuxas_output_open(cuxas_output *output, const char *path, bool overwrite, cuxas_error *err);

/* cuxas_output_commit() - flushes to the disk, closes and renames; on failure nothing is left behind. CUXAS_EIO: disk full and
 * kin */
cuxas_status cuxas_output_commit(cuxas_output *output, cuxas_error *err);

/* cuxas_output_discard() - closes and removes what was written; the target stays as it was. Does nothing after commit */
void cuxas_output_discard(cuxas_output *output);

/* What writes a file of some kind, or a picture: `what` is the writer's own. */
typedef cuxas_status cuxas_writer(const void *what, FILE *out, cuxas_error *err);
typedef cuxas_status cuxas_figure_writer(const void *what, cuxas_figure_format format, FILE *out, cuxas_error *err);

/* cuxas_output_write() - opens, writes, and commits, or discards when the writer fails
 *
 * Returns  what the first call that failed returned. */
cuxas_status cuxas_output_write(const char *path, bool overwrite, cuxas_writer *write, const void *what,
                                cuxas_error *err);

/* cuxas_make_folder() - makes a folder and those above it; one that exists is fine
 *
 * Returns  CUXAS_OK; CUXAS_EIO cannot be made; CUXAS_EEXIST something else has its name; CUXAS_ENOMEM. */
cuxas_status cuxas_make_folder(const char *folder, cuxas_error *err);

/* cuxas_data_path() - where a bundled file or folder lies
 *
 *   opt_folder  data folder; NULL: $CUXAS_DATA, else `share/cuxas` or `refdb` beside or above the running
 *               program's folder, else PREFIX/share/cuxas
 *   name        path inside it, "models/cu-l23.cuxas"; ".": the folder itself
 *   ret_path    the caller frees it
 *
 * Returns  CUXAS_OK; CUXAS_EIO not there (the message names the folders that were tried); CUXAS_ENOMEM. */
cuxas_status cuxas_data_path(const char *opt_folder, const char *name, char **ret_path, cuxas_error *err);

#endif
