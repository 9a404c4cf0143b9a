/* outputs.c - where results go: a table of files by option for every program, and for a match its folder and the terminal */
#include "cmd/outputs.h"
#include "base/memory.h"
#include "write/figure.h"

#include "cmd/common.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 1. of every program */

cuxas_status cuxas_outputs_check(const cuxas_options *options, const cuxas_output_row *table, bool *opt_is_taken,
                                 cuxas_error *err)
{
  bool is_taken = false;
  for (const cuxas_output_row *row = table; row->option != NULL; row++) {
    const char         *path = cuxas_options_text(options, row->option);
    cuxas_figure_format format;
    cuxas_status        status = CUXAS_OK;
    if (path == NULL) continue;
    if (strcmp(path, "-") == 0) {
      if (is_taken) cuxas_options_usage_error(options, "only one output can be standard output");
      is_taken = true;
    }
    if (row->figure != NULL) status = cuxas_figure_find_format(path, &format, err);
    if (status == CUXAS_OK) status = cuxas_output_check(path, cuxas_options_flag(options, "force"), err);
    if (status != CUXAS_OK) return status;
  }
  if (opt_is_taken != NULL) *opt_is_taken = is_taken;
  return CUXAS_OK;
}

/* A figure whose format is settled, as what a writer writes. */
typedef struct {
  cuxas_figure_writer *write;
  cuxas_figure_format  format;
  const void          *what;
} settled_figure;

static cuxas_status write_settled(const void *what, FILE *out, cuxas_error *err)
{
  const settled_figure *figure = what;
  return figure->write(figure->what, figure->format, out, err);
}

static cuxas_status write_row(const cuxas_output_row *row, const char *path, bool overwrite, const void *what,
                              cuxas_error *err)
{
  settled_figure figure = {.write = row->figure, .what = what};
  if (row->figure == NULL) return cuxas_output_write(path, overwrite, row->write, what, err);
  const cuxas_status status = cuxas_figure_find_format(path, &figure.format, err);
  return status != CUXAS_OK ? status : cuxas_output_write(path, overwrite, write_settled, &figure, err);
}

cuxas_status cuxas_outputs_write(const cuxas_options *options, const cuxas_output_row *table, const void *what,
                                 cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (const cuxas_output_row *row = table; row->option != NULL && status == CUXAS_OK; row++) {
    const char *path = cuxas_options_text(options, row->option);
    if (path != NULL && (row->write != NULL || row->figure != NULL))
      status = write_row(row, path, cuxas_options_flag(options, "force"), what, err);
  }
  return status;
}

/* 2. reports of matches */

const cuxas_output_row CUXAS_REPORT_OUTPUTS[] = {
    {"json", cuxas_report_write_json, NULL},         {"csv", cuxas_report_write_csv, NULL},
    {"spectra", cuxas_report_write_spectra, NULL},   {"figure", NULL, cuxas_report_write_figure},
    {"nexus", cuxas_report_write_nexus, NULL},       {"html", cuxas_report_write_html, NULL},
    {"markdown", cuxas_report_write_markdown, NULL}, {0}};

cuxas_status cuxas_outputs_write_folder(const char *folder, const char *stem, bool overwrite,
                                        const cuxas_report *report, cuxas_error *err)
{
  static const char *const WANTED[] = {"json", "csv", "html"};
  cuxas_status             status   = CUXAS_OK;

  for (size_t k = 0; k < sizeof WANTED / sizeof *WANTED && status == CUXAS_OK; k++) {
    const cuxas_output_row *row  = CUXAS_REPORT_OUTPUTS;
    char                   *path = cuxas_path_join(folder, stem, WANTED[k]);
    while (strcmp(row->option, WANTED[k]) != 0) row++;
    status =
        path != NULL ? write_row(row, path, overwrite, report, err) : cuxas_fail_at(err, cuxas_no_memory(err), folder);
    free(path);
  }
  return status;
}

void cuxas_outputs_refuse(const cuxas_options *options, const char *beside, const char *why)
{
  for (const cuxas_output_row *row = CUXAS_REPORT_OUTPUTS; row->option != NULL; row++)
    if (cuxas_options_is_set(options, row->option))
      cuxas_options_usage_error(options, "--%s and --%s do not go together: %s", row->option, beside, why);
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
