#include "outputs.h"

#include "common.h"
#include "cuxas/output.h"

#include <string.h>
#include <unistd.h>

static cuxas_status write_csv(const cuxas_report *report, FILE *out, cuxas_error *err)
{
  (void)err;
  cuxas_report_write_csv(report, out);
  return CUXAS_OK;
}

static cuxas_status write_markdown(const cuxas_report *report, FILE *out, cuxas_error *err)
{
  (void)err;
  cuxas_report_write_markdown(report, out);
  return CUXAS_OK;
}

static const struct {
  const char *option;
  cuxas_status (*write)(const cuxas_report *report, FILE *out, cuxas_error *err); /* NULL: a figure */
} OUTPUT[] = {{"json", cuxas_report_write_json},       {"csv", write_csv},
              {"spectra", cuxas_report_write_spectra}, {"figure", NULL},
              {"html", cuxas_report_write_html},       {"markdown", write_markdown}};
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

static cuxas_status write_one(size_t i_output, const char *path, const cuxas_report *report, FILE *out,
                              cuxas_error *err)
{
  cuxas_figure_format format;
  if (OUTPUT[i_output].write != NULL) return OUTPUT[i_output].write(report, out, err);
  const cuxas_status status = cuxas_figure_find_format(path, &format, err);
  return status == CUXAS_OK ? cuxas_report_write_figure(report, format, out, err) : status;
}

static cuxas_status write_all(const cuxas_options *options, const cuxas_report *report, cuxas_error *err)
{
  for (size_t i = 0; i < N_OUTPUT; i++) {
    const char  *path = cuxas_options_text(options, OUTPUT[i].option);
    cuxas_output output;
    cuxas_status status;
    if (path == NULL) continue;
    if ((status = cuxas_output_open(&output, path, cuxas_options_flag(options, "force"), err)) != CUXAS_OK)
      return status;
    if ((status = write_one(i, path, report, output.stream, err)) != CUXAS_OK) {
      cuxas_output_discard(&output);
      return status;
    }
    if ((status = cuxas_output_commit(&output, err)) != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

/* Figures show what stands behind the best candidates, whose predictions are made again for it; nothing else needs it. */
cuxas_status cuxas_outputs_write(const cuxas_options *options, const cuxas_report *report, cuxas_error *err)
{
  enum { MAX_DETAIL = 6 };
  cuxas_report  detailed = *report;
  cuxas_detail *detail[MAX_DETAIL];
  size_t        n_detail = 0, n_wanted = 0;
  cuxas_status  status = CUXAS_OK;

  if (cuxas_options_is_set(options, "figure") || cuxas_options_is_set(options, "html")) n_wanted = MAX_DETAIL;
  while (n_detail < n_wanted && n_detail < report->hits->n_hit && report->hits->hit[n_detail].shifted != NULL) {
    status = cuxas_detail_new(report->query, report->model, &report->compare, &report->hits->hit[n_detail],
                              &detail[n_detail], err);
    if (status != CUXAS_OK) break;
    n_detail++;
  }
  detailed.n_detail = n_detail;
  detailed.detail   = detail;
  if (status == CUXAS_OK) status = write_all(options, &detailed, err);
  while (n_detail > 0) cuxas_detail_free(detail[--n_detail]);
  return status;
}

cuxas_status cuxas_outputs_show(const cuxas_options *options, const cuxas_report *report, cuxas_error *err)
{
  const bool wants_plot =
      cuxas_options_is_given(options, "plot") ? cuxas_options_flag(options, "plot") : isatty(STDOUT_FILENO);

  cuxas_report_write_text(report, (size_t)cuxas_options_integer(options, "top"), stdout);
  return wants_plot
             ? cuxas_report_plot(report, cuxas_terminal_is_rich() ? CUXAS_PLOT_BRAILLE : CUXAS_PLOT_ASCII, stdout, err)
             : CUXAS_OK;
}
