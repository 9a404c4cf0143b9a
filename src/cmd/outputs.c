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

static const struct {
  const char *option;
  cuxas_status (*write)(const cuxas_report *report, FILE *out, cuxas_error *err);
} OUTPUT[] = {{"json", cuxas_report_write_json}, {"csv", write_csv}, {"spectra", cuxas_report_write_spectra}};
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
    const cuxas_status status = cuxas_output_check(path, cuxas_options_flag(options, "force"), err);
    if (status != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

cuxas_status cuxas_outputs_write(const cuxas_options *options, const cuxas_report *report, cuxas_error *err)
{
  for (size_t i = 0; i < N_OUTPUT; i++) {
    const char  *path = cuxas_options_text(options, OUTPUT[i].option);
    cuxas_output output;
    cuxas_status status;
    if (path == NULL) continue;
    if ((status = cuxas_output_open(&output, path, cuxas_options_flag(options, "force"), err)) != CUXAS_OK)
      return status;
    if ((status = OUTPUT[i].write(report, output.stream, err)) != CUXAS_OK) {
      cuxas_output_discard(&output);
      return status;
    }
    if ((status = cuxas_output_commit(&output, err)) != CUXAS_OK) return status;
  }
  return CUXAS_OK;
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
