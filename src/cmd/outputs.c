/* outputs.c - where a match report goes: files by option, a folder of a batch, the terminal */
#include "cmd/outputs.h"
#include "base/memory.h"
#include "write/figure.h"

#include "cmd/batch.h"
#include "cmd/common.h"
#include "cuxas/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
  const char          *option;
  cuxas_report_writer *write; /* NULL: a figure, whose name says which kind */
} OUTPUT[] = {{"json", cuxas_report_write_json},        {"csv", cuxas_report_write_csv},
              {"spectra", cuxas_report_write_spectra},  {"figure", NULL},
              {"nexus", cuxas_report_write_nexus},      {"html", cuxas_report_write_html},
              {"markdown", cuxas_report_write_markdown}};
enum { N_OUTPUT = sizeof OUTPUT / sizeof *OUTPUT };

cuxas_status cuxas_outputs_check(const cuxas_options *options, bool *ret_is_taken, cuxas_error *err)
{
  *ret_is_taken = false;
  for (size_t i = 0; i < N_OUTPUT; i++) {
    const char *path = cuxas_options_text(options, OUTPUT[i].option);
    if (path == NULL) continue;
    if (strcmp(path, "-") == 0) {
      if (*ret_is_taken) cuxas_options_usage_error(options, "only one output can be standard output");
      *ret_is_taken = true;
    }
    cuxas_figure_format format;
    cuxas_status        status = CUXAS_OK;
    if (OUTPUT[i].write == NULL) status = cuxas_figure_find_format(path, &format, err);
    if (status == CUXAS_OK) status = cuxas_output_check(path, cuxas_options_flag(options, "force"), err);
    if (status != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

static cuxas_status find_writer(size_t i_output, const char *path, cuxas_report_writer **ret_write, cuxas_error *err)
{
  static cuxas_report_writer *const FIGURE[] = {cuxas_report_write_svg, cuxas_report_write_pdf, cuxas_report_write_png};
  cuxas_figure_format               format   = CUXAS_FIGURE_SVG;
  const cuxas_status status = OUTPUT[i_output].write == NULL ? cuxas_figure_find_format(path, &format, err) : CUXAS_OK;
  *ret_write                = OUTPUT[i_output].write != NULL ? OUTPUT[i_output].write : FIGURE[format];
  return status;
}

/* path[i] is where OUTPUT[i] goes; NULL: not wanted */
static cuxas_status write_all(const char *const path[N_OUTPUT], bool overwrite, const cuxas_report *report,
                              cuxas_error *err)
{
  for (size_t i = 0; i < N_OUTPUT; i++) {
    cuxas_report_writer *write;
    if (path[i] == NULL) continue;
    cuxas_status status = find_writer(i, path[i], &write, err);
    if (status == CUXAS_OK) status = cuxas_output_write(path[i], overwrite, write, report, err);
    if (status != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

cuxas_status cuxas_outputs_write(const cuxas_options *options, const cuxas_report *report, cuxas_error *err)
{
  const char *path[N_OUTPUT];
  for (size_t i = 0; i < N_OUTPUT; i++) path[i] = cuxas_options_text(options, OUTPUT[i].option);
  return write_all(path, cuxas_options_flag(options, "force"), report, err);
}

cuxas_status cuxas_outputs_write_folder(const char *folder, const char *stem, bool overwrite,
                                        const cuxas_report *report, cuxas_error *err)
{
  static const char *const WANTED[]       = {"json", "csv", "html"};
  char                    *path[N_OUTPUT] = {NULL};
  cuxas_status             status         = CUXAS_OK;

  for (size_t i = 0; i < N_OUTPUT; i++)
    for (size_t k = 0; k < sizeof WANTED / sizeof *WANTED; k++) {
      if (strcmp(OUTPUT[i].option, WANTED[k]) != 0) continue;
      path[i] = cuxas_path_join(folder, stem, WANTED[k]);
      if (path[i] == NULL) status = cuxas_fail_at(err, cuxas_no_memory(err), folder);
    }
  if (status == CUXAS_OK) status = write_all((const char *const *)path, overwrite, report, err);
  for (size_t i = 0; i < N_OUTPUT; i++) free(path[i]);
  return status;
}

void cuxas_outputs_refuse(const cuxas_options *options, const char *beside, const char *why)
{
  for (size_t i = 0; i < N_OUTPUT; i++)
    if (cuxas_options_is_set(options, OUTPUT[i].option))
      cuxas_options_usage_error(options, "--%s and --%s do not go together: %s", OUTPUT[i].option, beside, why);
}

cuxas_status cuxas_outputs_show(const cuxas_options *options, const cuxas_report *report, cuxas_error *err)
{
  const bool wants_plot =
      cuxas_options_is_given(options, "plot") ? cuxas_options_flag(options, "plot") : isatty(STDOUT_FILENO);

  cuxas_report shown        = *report;
  shown.n_row               = (size_t)cuxas_options_integer(options, "top");
  const cuxas_status status = cuxas_report_write_text(&shown, stdout, err);
  if (status != CUXAS_OK) return status;
  return wants_plot
             ? cuxas_report_plot(report, cuxas_terminal_is_rich() ? CUXAS_PLOT_BRAILLE : CUXAS_PLOT_ASCII, stdout, err)
             : CUXAS_OK;
}
