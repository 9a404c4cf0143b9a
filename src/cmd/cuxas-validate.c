/* cuxas-validate - is the right compound found where it is known? Every measured curve against all structures */
#include "cmd/common.h"
#include "cmd/outputs.h"
#include "cmd/validate_mixtures.h"
#include "cmd/validate_run.h"
#include "cmd/help.h"

#define PROGRAM "cuxas-validate"

static const cuxas_option COMPOUND_OPTIONS[] = {
    {"spectra", 0, OPT_PATH, "DIR", NULL, NULL, "Compounds",
     "folder of measured spectra; a spectrum belongs to the structure of the same file name; default: the bundled ones",
     0},
    {"structures", 0, OPT_PATH, "DIR", NULL, NULL, "Compounds", "folder of their structures; default: the bundled ones",
     0},
    {"candidates", 0, OPT_PATH, "PATH", NULL, NULL, "Compounds",
     "further candidates to match against, beside the structures", 0},

    {"simulated", 0, OPT_PATH, "PATH", NULL, NULL, "Compounds",
     "simulated spectra of the compounds, for which the same table is made: records, or a folder of tables as "
     "cuxas-refdb simulated writes them; none: no such table; default: the bundled ones of the bundled compounds",
     0},
    {"simulate", 0, OPT_CHOICE, "N", "auto", "auto|all|0:1000000", "Compounds",
     "simulations have their say in the answers as cuxas-match has it; all: also in place of --simulated; N: with "
     "--identify also the N best by prediction of every question",
     0},
    {"simulations", 0, OPT_PATH, "FILE", NULL, NULL, "Compounds",
     "training records of sites that need not be simulated again, beside the bundled ones; what is simulated is added; "
     "none: simulate everything, keep nothing",
     0},
    {"add", 0, OPT_LIST, "NAME=FILE", NULL, NULL, "Compounds",
     "a measured curve for a compound of the table, may be repeated", 0},
    {0}};

static const cuxas_option OUTPUT_OPTIONS[] = {
    {"identify", 0, OPT_FLAG, NULL, NULL, NULL, "Output",
     "how often the right compound is found, by every measure, among the compounds, with the further candidates "
     "(default: the bundled ones), and with the elements known; and what measured standards are worth",
     0},
    {"answer", 0, OPT_FLAG, NULL, "yes", NULL, "Output",
     "do not judge the answer of cuxas-match on all measured curves: how often it is right, and whether it is as sure "
     "as that",
     0},
    {"html", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "all of it as one page, with the curves, and every wrong answer and failure drawn and explained; implies "
     "--identify",
     OPT_SHAPES_RUN},
    {"mixtures", 0, OPT_FLAG, NULL, NULL, NULL, CUXAS_EXPERT,
     "how often mixtures of two of the measured curves are recognised, among the compounds and among the measured "
     "curves",
     0},
    {"saturation", 0, OPT_REAL, "S", "0", "0:100", CUXAS_EXPERT,
     "of the answers: every curve m, of edge step 1, reads (1 + S) m / (1 + S m), as thick samples and self-absorption "
     "flatten it",
     0},
    {"nested", 0, OPT_FLAG, NULL, NULL, NULL, CUXAS_EXPERT,
     "ranks also with constants of the score and priors chosen by the other compounds alone", OPT_SHAPES_RUN},
    {"figure", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "measured, predicted and simulated curves, a panel each, and every wrong answer: FILE ends in .svg, .pdf or .png",
     OPT_SHAPES_RUN},
    {"panels", 0, OPT_CHOICE, "WHICH", "all", "all|extremes", CUXAS_EXPERT,
     "in the figure: all compounds, or the best, the middle and the worst", OPT_SHAPES_RUN},
    {"json", 'j', OPT_PATH, "FILE", NULL, NULL, "Output", "the table and its means; - is standard output",
     OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const TABLES[] = {
    COMPOUND_OPTIONS, CUXAS_BLIND_MODEL_OPTIONS, CUXAS_COMPARE_OPTIONS, CUXAS_RANK_OPTIONS,
    OUTPUT_OPTIONS,   CUXAS_FORCE_OPTIONS,       CUXAS_THREADS_OPTIONS, NULL};

static const char STANDARD_NOTE[] =
    "second measurements: curves of --add for compounds that have a curve already, among those: the ceiling for any "
    "prediction; degraded copies: those curves themselves, broadened by 1, 1.25 and 1.5 eV, 0.7 eV off to either side, "
    "with 2 % noise. Copies flatter the standards, which they were made from: the difference of the lines is what a "
    "standard of the same sample would gain, not what one measured elsewhere does";

static void make_report(const validate_run *run, const cJSON *settings, const cJSON *command,
                        cuxas_validation_report *ret_report)
{
  *ret_report = (cuxas_validation_report){.n_row          = run->compounds.n_compound,
                                          .n_source       = run->n_source,
                                          .n_line         = run->n_line,
                                          .line           = run->line,
                                          .n_standard     = run->n_standard,
                                          .standard       = run->standard_line,
                                          .standard_note  = STANDARD_NOTE,
                                          .extremes_alone = cuxas_options_is(run->options, "panels", "extremes"),
                                          .n_answer       = run->n_answer,
                                          .answer         = run->answer,
                                          .n_case         = run->n_failure,
                                          .failure        = run->failure,
                                          .model          = run->model,
                                          .program        = PROGRAM,
                                          .settings       = settings,
                                          .command        = command};
  for (size_t k = 0; k < run->n_source; k++) {
    ret_report->source[k].name = run->source[k].name;
    for (int manner = 0; manner < CUXAS_N_MANNER; manner++) {
      const validate_table *table = &run->source[k].table[manner];
      if (table->is_made) ret_report->source[k].row[manner] = table->row;
    }
  }
}

static const cuxas_output_row OUTPUTS[] = {{"json", cuxas_validation_write_json, NULL},
                                           {"html", cuxas_validation_write_html, NULL},
                                           {"figure", NULL, cuxas_validation_write_figure},
                                           {0}};

static bool has_failures(const validate_run *run)
{
  for (size_t k = 0; k < run->n_source; k++)
    for (size_t i = 0; i < run->compounds.n_compound; i++)
      if (run->source[k].table[CUXAS_MANNER_ASKED].row[i].is_failure) return true;
  return false;
}

/* What the options ask for, in this order: as asked, as published, and to identify also without a core hole. */
static cuxas_status validate(validate_run *run, cuxas_error *err)
{
  cuxas_status status;
  if ((status = validate_open(run, err)) != CUXAS_OK ||
      (status = validate_judge(run, CUXAS_MANNER_ASKED, err)) != CUXAS_OK ||
      (status = validate_judge(run, CUXAS_MANNER_PUBLISHED, err)) != CUXAS_OK ||
      (cuxas_options_flag(run->options, "answer") && (status = validate_answers(run, err)) != CUXAS_OK) ||
      !cuxas_options_flag(run->options, "identify"))
    return status;
  if ((status = validate_judge(run, CUXAS_MANNER_NO_HOLE, err)) != CUXAS_OK) return status;
  if ((status = validate_identify(run, err)) != CUXAS_OK) return status;
  return validate_standards(run, err);
}

static cuxas_status show_mixtures(const validate_run *run, cuxas_error *err)
{
  validate_mixtures  mixtures;
  const cuxas_status status = validate_mixtures_run(run, &mixtures, err);
  if (status == CUXAS_OK) validate_mixtures_write(&mixtures, stdout);
  return status;
}

/* The files, and the text unless one of them takes standard output. */
static cuxas_status report(const validate_run *run, bool is_taken, cuxas_error *err)
{
  cJSON                  *settings = cuxas_options_settings(run->options);
  cJSON                  *command  = cuxas_options_command(run->options);
  cuxas_validation_report found;
  make_report(run, settings, command, &found);
  cuxas_status status = cuxas_outputs_write(run->options, OUTPUTS, &found, err);
  if (status == CUXAS_OK && !is_taken) {
    cuxas_validation_write_text(&found, stdout);
    if (cuxas_options_flag(run->options, "mixtures")) status = show_mixtures(run, err);
    if (status == CUXAS_OK && cuxas_options_flag(run->options, "nested")) status = validate_nested(run, stdout, err);
  }
  cJSON_Delete(command);
  cJSON_Delete(settings);
  return status;
}

static cuxas_status run(cuxas_options *options, cuxas_error *err)
{
  validate_run all      = {.options = options};
  bool         is_taken = false;
  cuxas_status status;

  if (cuxas_options_is_set(options, "spectra") != cuxas_options_is_set(options, "structures"))
    cuxas_options_usage_error(options, "--spectra and --structures go together");
  if (cuxas_options_is(options, "simulate", "all") && cuxas_options_is_set(options, "simulated"))
    cuxas_options_usage_error(options, "--simulate all makes its own spectra: no --simulated");
  if (cuxas_options_is_set(options, "html")) cuxas_options_set(options, "identify", "yes", NULL);

  if ((status = cuxas_outputs_check(options, OUTPUTS, &is_taken, err)) == CUXAS_OK &&
      (status = validate(&all, err)) == CUXAS_OK)
    status = report(&all, is_taken, err);
  if (status == CUXAS_OK && has_failures(&all)) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  validate_close(&all);
  return status;
}

static const cuxas_command COMMAND = {
    PROGRAM,
    "[options]",
    "Matches measured spectra of known compounds against known structures and shows the rank of the right one, the "
    "numbers behind it, and their means. A compound without a measured spectrum keeps its row.",
    "  cuxas-validate\n"
    "  cuxas-validate --spectra measured/ --structures structures/\n"
    "  cuxas-validate --shift-criterion mae --fwhm 0 --hole 1 --rank agreement     as published\n"
    "  cuxas-validate --identify --simulated literature.jsonl --figure all.svg\n"
    "  cuxas-validate --identify --simulate 10 --simulations mine.jsonl     what first principles add\n"
    "  cuxas-validate --add CuBe=scan.csv\n"
    "  cuxas-validate --mixtures\n"
    "  cuxas-validate --candidates more/ --json validation.json\n",
    TABLES,
    0,
    0,
    run,
};

static const cuxas_command *const COMMANDS[] = {&COMMAND, NULL};

static const cuxas_program VALIDATE = {PROGRAM, NULL, COMMANDS, NULL};

int main(int argc, char **argv)
{
  return cuxas_program_main(&VALIDATE, argc, argv);
}
