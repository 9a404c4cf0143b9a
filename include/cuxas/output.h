/* output.h - files that appear whole or not at all: written under a temporary name beside the target, then renamed */
#ifndef CUXAS_OUTPUT_H
#define CUXAS_OUTPUT_H
#include "cuxas/status.h"

#include <stdbool.h>
#include <stdio.h>

/* Formats of pictures. */
typedef enum { CUXAS_FIGURE_SVG, CUXAS_FIGURE_PDF, CUXAS_FIGURE_PNG } cuxas_figure_format;

typedef struct {
  FILE *stream; /* write here */
  char *path;
  char *temporary_path; /* NULL when the stream is stdout, a device or a pipe */
} cuxas_output;

/* cuxas_output_check() - CUXAS_EEXIST when cuxas_output_open() would refuse this path: asked before long work starts */
cuxas_status cuxas_output_check(const char *path, bool overwrite, cuxas_error *err);

/* cuxas_output_open() - starts a file
 *
 *   path       target; "-" means stdout; a device or pipe is written to as it stands, whatever overwrite says
 *   overwrite  false: an existing target is an error
 *
 * Returns  CUXAS_OK: end with cuxas_output_commit() or cuxas_output_discard(); CUXAS_EEXIST; CUXAS_EIO; CUXAS_ENOMEM. */
cuxas_status cuxas_output_open(cuxas_output *output, const char *path, bool overwrite, cuxas_error *err);

/* cuxas_output_commit() - flushes, closes and renames; on failure nothing is left behind. CUXAS_EIO: disk full and kin */
cuxas_status cuxas_output_commit(cuxas_output *output, cuxas_error *err);

/* cuxas_output_discard() - closes and removes what was written; the target stays as it was. Does nothing after commit */
void cuxas_output_discard(cuxas_output *output);

/* cuxas_make_folder() - makes a folder and those above it; one that exists is fine
 *
 * Returns  CUXAS_OK; CUXAS_EIO cannot be made; CUXAS_EEXIST something else has its name; CUXAS_ENOMEM. */
cuxas_status cuxas_make_folder(const char *folder, cuxas_error *err);

#endif
