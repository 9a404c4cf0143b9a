/* cuxas-validate - is the right compound found where it is known? Every measured curve against all structures */
#include "common.h"
#include "compounds.h"
#include "cuxas/memory.h"
#include "cuxas/output.h"
#include "cuxas/validation.h"
#include "options.h"
#include "question.h"

#include <stdio.h>
#include <stdlib.h>
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

    CUXAS_MODEL_OPTIONS,
    CUXAS_COMPARE_OPTIONS,
    CUXAS_RANK_OPTION,

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
    "  cuxas-validate --candidates more/ --json validation.json\n",
    OPTIONS,
    sizeof OPTIONS / sizeof *OPTIONS,
    0,
    0,
};

typedef struct {
  cuxas_options        *options;
  cuxas_model          *model;
  char                 *manifest, *structures; /* paths of the bundled data; NULL when folders were named */
  cuxas_catalog        *catalog;
  cuxas_compounds       compounds;
  cuxas_validation_row *row; /* (n_compound) */
} validate_run;

/* The compounds and the candidates: two folders, or the bundled data. Bundled spectra are smoothed already. */
static cuxas_status find_compounds(validate_run *run, cuxas_error *err)
{
  const char  *spectra = cuxas_options_text(run->options, "spectra");
  const char  *folder  = cuxas_options_text(run->options, "structures");
  const char  *more    = cuxas_options_text(run->options, "candidates");
  const char  *data    = cuxas_options_text(run->options, "data");
  cuxas_status status  = CUXAS_OK;

  if (folder == NULL) {
    if ((status = cuxas_data_path(data, CUXAS_DATA_COMPOUNDS, &run->manifest, err)) != CUXAS_OK ||
        (status = cuxas_data_path(data, CUXAS_DATA_STRUCTURES, &run->structures, err)) != CUXAS_OK)
      return status;
    if (!cuxas_options_is_given(run->options, "smooth")) cuxas_options_set(run->options, "smooth", "0", NULL);
  }
  const char *const path[] = {folder != NULL ? folder : run->structures, more};
  if (folder == NULL)
    status = cuxas_compounds_read(run->manifest, &run->compounds, err);
  else if ((status = cuxas_catalog_list(path, 1, false, &run->catalog, err)) == CUXAS_OK)
    status = cuxas_compounds_pair(run->catalog, spectra, &run->compounds, err);
  if (status != CUXAS_OK) return status;
  cuxas_catalog_free(run->catalog); /* now with the further candidates */
  run->catalog = NULL;
  return cuxas_catalog_list(path, more != NULL ? 2 : 1, false, &run->catalog, err);
}

/* One compound: a whole match; what goes wrong stays in its row. */
static void validate(const validate_run *run, const cuxas_compound *compound, cuxas_validation_row *row)
{
  const cuxas_measured_options how      = {0};
  cuxas_match_settings         settings = {0};
  cuxas_question               question = {0};
  cuxas_hits                  *hits     = NULL;
  cuxas_error                  err      = {0};

  snprintf(row->name, sizeof row->name, "%s", compound->name);
  if (compound->spectrum == NULL) {
    snprintf(row->reason, sizeof row->reason, "%s",
             compound->status[0] != '\0' ? compound->status : "no measured spectrum");
    return;
  }
  if (cuxas_question_read(compound->spectrum, &how, &question, &err) == CUXAS_OK &&
      cuxas_question_pose(&question, compound->spectrum, run->options, run->model,
                          cuxas_options_real(run->options, "smooth"), &err) == CUXAS_OK) {
    settings.compare        = question.compare;
    settings.ranking        = cuxas_question_ranking(run->options);
    settings.opt_preprocess = &question.preprocess;
    settings.n_thread       = cuxas_program_threads(cuxas_options_integer(run->options, "threads"));
    if (cuxas_match_catalog(question.query, run->catalog, run->model, &settings, NULL, NULL, &hits, &err) == CUXAS_OK)
      cuxas_validation_fill(row, compound->structure, question.query, hits);
  }
  if (err.status != CUXAS_OK) {
    row->is_failure = true;
    snprintf(row->reason, sizeof row->reason, "%s", err.message);
  }
  cuxas_hits_free(hits);
  cuxas_question_free(&question);
}

static cuxas_status validate_all(validate_run *run, cuxas_error *err)
{
  const cuxas_compounds *compounds = &run->compounds;
  cuxas_progress_bar     bar       = cuxas_progress_start("validating", cuxas_options_flag(run->options, "quiet"));

  run->row = cuxas_new_array(compounds->n_compound, sizeof *run->row);
  if (run->row == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory");
  for (size_t i = 0; i < compounds->n_compound; i++) {
    validate(run, &compounds->compound[i], &run->row[i]);
    cuxas_progress_show(i + 1, compounds->n_compound, &bar);
  }
  cuxas_progress_end(&bar);
  return CUXAS_OK;
}

static cuxas_status write_json(const validate_run *run, const char *path, cuxas_error *err)
{
  cuxas_output output;
  cuxas_status status = cuxas_output_open(&output, path, cuxas_options_flag(run->options, "force"), err);
  if (status != CUXAS_OK) return status;

  cJSON *settings = cuxas_options_settings(run->options);
  status          = cuxas_validation_write_json(run->row, run->compounds.n_compound, PROGRAM, run->model, settings,
                                                output.stream, err);
  cJSON_Delete(settings);
  if (status == CUXAS_OK) return cuxas_output_commit(&output, err);
  cuxas_output_discard(&output);
  return status;
}

static int count_failures(const validate_run *run)
{
  int n = 0;
  for (size_t i = 0; i < run->compounds.n_compound; i++) n += run->row[i].is_failure;
  return n;
}

int main(int argc, char **argv)
{
  cuxas_error  err       = {0};
  validate_run run       = {0};
  int          exit_code = CUXAS_EXIT_DONE;

  cuxas_program_start();
  run.options      = cuxas_options_parse(&COMMAND, argc, argv);
  const char *json = cuxas_options_text(run.options, "json");
  if (cuxas_options_is_set(run.options, "spectra") != cuxas_options_is_set(run.options, "structures"))
    cuxas_options_usage_error(run.options, "--spectra and --structures go together");

  if ((json != NULL && cuxas_output_check(json, cuxas_options_flag(run.options, "force"), &err) != CUXAS_OK) ||
      cuxas_question_open_model(run.options, &run.model, &err) != CUXAS_OK ||
      cuxas_question_settle(run.options, run.model, &err) != CUXAS_OK ||
      cuxas_question_check(run.options, run.model, &err) != CUXAS_OK || find_compounds(&run, &err) != CUXAS_OK ||
      validate_all(&run, &err) != CUXAS_OK || (json != NULL && write_json(&run, json, &err) != CUXAS_OK)) {
    exit_code = cuxas_print_error(PROGRAM, &err);
  } else {
    if (json == NULL || strcmp(json, "-") != 0)
      cuxas_validation_write_text(run.row, run.compounds.n_compound, run.model, stdout);
    if (count_failures(&run) > 0) exit_code = CUXAS_EXIT_SKIPPED;
  }

  free(run.row);
  cuxas_compounds_free(&run.compounds);
  cuxas_catalog_free(run.catalog);
  free(run.structures);
  free(run.manifest);
  cuxas_model_free(run.model);
  cuxas_options_free(run.options);
  return cuxas_program_end(PROGRAM, exit_code);
}
