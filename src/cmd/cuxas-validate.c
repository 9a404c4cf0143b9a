/* cuxas-validate - is the right compound found where it is known? Every measured curve against all structures */
#include "common.h"
#include "cuxas/output.h"
#include "validate_run.h"

#include <string.h>

#define PROGRAM "cuxas-validate"

static const cuxas_option OPTIONS[] = {
    {"spectra", 0, OPT_PATH, "DIR", NULL, NULL, "Compounds",
     "folder of measured spectra; a spectrum belongs to the structure of the same file name; default: the bundled ones",
     0},
    {"structures", 0, OPT_PATH, "DIR", NULL, NULL, "Compounds", "folder of their structures; default: the bundled ones",
     0},
    {"candidates", 0, OPT_PATH, "PATH", NULL, NULL, "Compounds",
     "further candidates to match against, beside the structures", 0},

    {"simulated", 0, OPT_PATH, "FILE", NULL, NULL, "Compounds",
     "simulated spectra of the compounds (records, one JSON object a line): the same table for them", 0},
    {"add", 0, OPT_LIST, "NAME=FILE", NULL, NULL, "Compounds",
     "a measured curve for a compound of the table, may be repeated", 0},

    CUXAS_MODEL_OPTIONS,
    CUXAS_COMPARE_OPTIONS,
    CUXAS_RANK_OPTION,

    {"identify", 0, OPT_FLAG, NULL, NULL, NULL, "Output",
     "how often the right compound is found, by every measure, among the compounds, with the further candidates "
     "(default: "
     "the bundled ones), and with the elements known",
     0},
    {"figure", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "measured, predicted and simulated curves, a panel each: FILE ends in .svg, .pdf or .png", OPT_SHAPES_RUN},
    {"json", 'j', OPT_PATH, "FILE", NULL, NULL, "Output", "the table and its means; - is standard output",
     OPT_SHAPES_RUN},
    CUXAS_FORCE_OPTION,
    CUXAS_QUIET_OPTION,
    CUXAS_THREADS_OPTION,
};

static const cuxas_command COMMAND = {
    PROGRAM,
    "[options]",
    "Matches measured spectra of known compounds against known structures and shows the rank of the right one, the "
    "numbers "
    "behind it, and their means. A compound without a measured spectrum keeps its row.",
    "  cuxas-validate\n"
    "  cuxas-validate --spectra measured/ --structures structures/\n"
    "  cuxas-validate --shift-criterion mae --fwhm 0 --hole 1 --rank agreement     as published\n"
    "  cuxas-validate --identify --simulated literature.jsonl --figure all.svg\n"
    "  cuxas-validate --add CuBe=scan.csv\n"
    "  cuxas-validate --candidates more/ --json validation.json\n",
    OPTIONS,
    sizeof OPTIONS / sizeof *OPTIONS,
    0,
    0,
};

/* Rows of the simulated spectra; NULL: there are none. */
static const cuxas_validation_row *simulated_rows(const validate_run *run)
{
  return run->n_source > VALIDATE_SIMULATED ? run->source[VALIDATE_SIMULATED].row : NULL;
}

static cuxas_status write_json(const validate_run *run, const char *path, cuxas_error *err)
{
  cuxas_output output;
  cuxas_status status = cuxas_output_open(&output, path, cuxas_options_flag(run->options, "force"), err);
  if (status != CUXAS_OK) return status;

  cJSON *settings       = cuxas_options_settings(run->options);
  cJSON *identification = run->n_line > 0 ? cuxas_identification_json(run->line, run->n_line) : NULL;
  status                = cuxas_validation_write_json(run->source[VALIDATE_MODEL].row, simulated_rows(run),
                                                      run->compounds.n_compound, PROGRAM, run->model, settings, identification,
                                                      output.stream, err);
  cJSON_Delete(identification);
  cJSON_Delete(settings);
  if (status == CUXAS_OK) return cuxas_output_commit(&output, err);
  cuxas_output_discard(&output);
  return status;
}

static cuxas_status write_figure(const validate_run *run, const char *path, cuxas_error *err)
{
  cuxas_output        output;
  cuxas_figure_format format;
  cuxas_status        status;
  if ((status = cuxas_figure_find_format(path, &format, err)) != CUXAS_OK ||
      (status = cuxas_output_open(&output, path, cuxas_options_flag(run->options, "force"), err)) != CUXAS_OK)
    return status;
  status = cuxas_validation_write_figure(run->source[VALIDATE_MODEL].row, simulated_rows(run),
                                         run->compounds.n_compound, format, output.stream, err);
  if (status == CUXAS_OK) return cuxas_output_commit(&output, err);
  cuxas_output_discard(&output);
  return status;
}

static void write_text(const validate_run *run)
{
  const cuxas_validation_row *row = run->source[VALIDATE_MODEL].row, *simulated = simulated_rows(run);
  const size_t                n = run->compounds.n_compound;
  cuxas_validation_write_text(row, n, run->model, stdout);
  if (simulated != NULL) cuxas_validation_write_simulated(row, simulated, n, run->model, stdout);
  cuxas_identification_write_text(run->line, run->n_line, stdout);
}

static bool has_failures(const validate_run *run)
{
  for (size_t k = 0; k < run->n_source; k++)
    for (size_t i = 0; i < run->compounds.n_compound; i++)
      if (run->source[k].row[i].is_failure) return true;
  return false;
}

int main(int argc, char **argv)
{
  cuxas_error  err       = {0};
  validate_run run       = {0};
  int          exit_code = CUXAS_EXIT_DONE;

  cuxas_program_start();
  run.options        = cuxas_options_parse(&COMMAND, argc, argv);
  const char *json   = cuxas_options_text(run.options, "json");
  const char *figure = cuxas_options_text(run.options, "figure");
  const bool  force  = cuxas_options_flag(run.options, "force");
  if (cuxas_options_is_set(run.options, "spectra") != cuxas_options_is_set(run.options, "structures"))
    cuxas_options_usage_error(run.options, "--spectra and --structures go together");

  if ((json != NULL && cuxas_output_check(json, force, &err) != CUXAS_OK) ||
      (figure != NULL && cuxas_output_check(figure, force, &err) != CUXAS_OK) ||
      validate_open(&run, &err) != CUXAS_OK || validate_judge(&run, &err) != CUXAS_OK ||
      (cuxas_options_flag(run.options, "identify") && validate_identify(&run, &err) != CUXAS_OK) ||
      (figure != NULL && write_figure(&run, figure, &err) != CUXAS_OK) ||
      (json != NULL && write_json(&run, json, &err) != CUXAS_OK)) {
    exit_code = cuxas_print_error(PROGRAM, &err);
  } else {
    if (json == NULL || strcmp(json, "-") != 0) write_text(&run);
    if (has_failures(&run)) exit_code = CUXAS_EXIT_SKIPPED;
  }
  validate_close(&run);
  cuxas_options_free(run.options);
  return cuxas_program_end(PROGRAM, exit_code);
}
