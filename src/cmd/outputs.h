/* outputs.h - where results go: a table of files by option for every program, and for a match its folder and the terminal */
#ifndef CUXAS_CMD_OUTPUTS_H
#define CUXAS_CMD_OUTPUTS_H
#include "cuxas/output.h"
#include "cuxas/report.h"
#include "cmd/options.h"

/* A file that an option names. A table of them ends with an empty row; all of a table write the same thing. */
typedef struct {
  const char          *option;
  cuxas_writer        *write;  /* NULL: */
  cuxas_figure_writer *figure; /* a figure, whose name says which format; NULL, too: the program writes it by itself */
} cuxas_output_row;

/* cuxas_outputs_protect() - CUXAS_EEXIST: an option or an argument names this file as one that is read, or a folder of which it is a
 * candidate; not even --force means that a result replaces what it was made of */
cuxas_status cuxas_outputs_protect(const cuxas_options *options, const char *path, cuxas_error *err);

/* cuxas_outputs_may() - fails before the work, not after it, when a file may not be overwritten (with --force: is read) or written */
cuxas_status cuxas_outputs_may(const cuxas_options *options, const char *path, cuxas_error *err);

/* cuxas_outputs_check() - the same for all files of a table, and when a figure's format is not known; ends the program when two outputs ask for standard output
 *
 *   opt_is_taken  one of them is standard output; NULL: not asked for */
cuxas_status cuxas_outputs_check(const cuxas_options *options, const cuxas_output_row *table, bool *opt_is_taken,
                                 cuxas_error *err);

/* cuxas_outputs_open() - cuxas_output_open() as --force says; a file that is read is not opened, not even with --force */
cuxas_status cuxas_outputs_open(const cuxas_options *options, const char *path, cuxas_output *output, cuxas_error *err);

/* cuxas_outputs_write() - the files that are wanted, in the table's order, each whole or not at all
 *
 *   what  that the table's writers write */
cuxas_status cuxas_outputs_write(const cuxas_options *options, const cuxas_output_row *table, const void *what,
                                 cuxas_error *err);

/* -- reports of matches -- */

/* --json, --csv, --spectra, --figure, --nexus, --html and --markdown; they write a cuxas_report */
extern const cuxas_output_row CUXAS_REPORT_OUTPUTS[];

/* cuxas_outputs_write_folder() - FOLDER/STEM.json first, then .csv and .html: where the first is, the others follow
 *
 *   overwrite  replace what is there */
cuxas_status cuxas_outputs_write_folder(const char *folder, const char *stem, bool overwrite,
                                        const cuxas_report *report, cuxas_error *err);

/* cuxas_outputs_refuse() - ends the program when an option names an output file beside another, "out-dir", with which that makes no
 * sense: `why` */
void cuxas_outputs_refuse(const cuxas_options *options, const char *beside, const char *why);

/* cuxas_outputs_show() - the table on standard output, and the plot where it is wanted */
cuxas_status cuxas_outputs_show(const cuxas_options *options, const cuxas_report *report, cuxas_error *err);

#endif
