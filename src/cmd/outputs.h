/* outputs.h - where a match report goes: files by option, and the table on the terminal */
#ifndef CUXAS_CMD_OUTPUTS_H
#define CUXAS_CMD_OUTPUTS_H
#include "cuxas/report.h"
#include "cmd/options.h"

/* cuxas_outputs_check() - fails before the work, not after it, when a file may not be overwritten or a figure's
 * format is not known; ends the program when two
 * outputs ask for standard output
 *
 *   ret_is_taken  one of them is standard output */
cuxas_status cuxas_outputs_check(const cuxas_options *options, bool *ret_is_taken, cuxas_error *err);

/* cuxas_outputs_write() - the files of --json, --csv, --spectra, --nexus, --figure, --html and --markdown, each whole or not at all */
cuxas_status cuxas_outputs_write(const cuxas_options *options, const cuxas_report *report, cuxas_error *err);

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
