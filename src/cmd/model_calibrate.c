/* model_calibrate.c - cuxas-model calibrate: are p-values, E-values and support what they claim? Simulated queries whose answer is known */
#include "cmd/common.h"
#include "predict/error_profile.h"
#include "base/json.h"
#include "evaluate/calibration.h"
#include "base/memory.h"
#include "base/random.h"
#include "cmd/outputs.h"
#include "cmd/held_out.h"
#include "cmd/sources.h"
#include "cmd/training.h"
#include "cmd/model_commands.h"

#include <stdint.h>
#include <stdlib.h>

#define PROGRAM "cuxas-model"
#define FAST_METHOD                                                                                                    \
  "kernel-ridge" /* unless another is given, whatever the model's: networks for every part take minutes */

static const cuxas_option CALIBRATE_OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Question",
     "take featurizer and settings of the training from this model; default: the bundled one", 0},
    {"folds", 0, OPT_INTEGER, "N", "5", "2:1000", "Question",
     "parts of the compounds; each is predicted by a model trained anew on the others", 0},
    {"queries", 0, OPT_INTEGER, "N", "200", "1:1000000", "Question", "simulated queries, one for each record", 0},
    {"query-seed", 0, OPT_INTEGER, "N", "1", "0:2147483647", "Question",
     "which records are asked for, drawn at random; 0: the first ones", 0},
    {"structures", 0, OPT_FLAG, NULL, NULL, NULL, "Question",
     "whole structures are asked for and are the candidates, mean over their sites, instead of single sites", 0},
    {"candidates", 0, OPT_PATH, "FILE", NULL, NULL, "Question",
     "records of the same sites (id and site) by another program, as cuxas-simulate: the candidates instead of "
     "predictions",
     0},
    {"figure", 0, OPT_PATH, "FILE", NULL, NULL, "Output", "picture of the calibration: FILE ends in .svg, .pdf or .png",
     OPT_SHAPES_RUN},
    {"json", 'j', OPT_PATH, "FILE", NULL, NULL, "Output", "the numbers; - is standard output", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option METHOD_OPTIONS[] = {
    {"method", 0, OPT_CHOICE, "NAME", FAST_METHOD, "network|kernel-ridge|both", "Networks",
     "what learns: networks, kernel ridge regression (a Gaussian process), or the mean of both", 0},
    {0}};

static const cuxas_option *const TABLES[] = {CALIBRATE_OPTIONS,
                                             CUXAS_RECORDS_OPTIONS,
                                             METHOD_OPTIONS,
                                             CUXAS_NETWORKS_OPTIONS,
                                             CUXAS_FORCE_OPTIONS,
                                             CUXAS_THREADS_OPTIONS,
                                             NULL};

enum { MAX_KIND = 2 };
static const char *const PREDICTED   = "Predictions that did not learn from the compound";
static const char *const THEMSELVES  = "The simulated spectra themselves";
static const char *const INDEPENDENT = "Simulations of the same structures by another program";

typedef struct {
  const cuxas_options        *options;
  cuxas_training              training; /* predictions: */
  cuxas_model                *model;
  cuxas_crossval             *crossval;
  cuxas_held_out             *held_out;
  const char                **formula; /* (held_out->n_row) */
  size_t                      n_fold;
  cuxas_error_profile       **fold_errors; /* (n_fold) learnt from the other parts */
  const cuxas_error_profile **errors;      /* (held_out->n_row) one of those each */
  cuxas_independent          *independent; /* simulations by another program */
  size_t                      n_compound;
  const char                 *records_sha256;
  size_t                      n_kind;
  const char                 *name[MAX_KIND];
  cuxas_calibration          *calibration[MAX_KIND];
} calibrate_run;

static void end_run(calibrate_run *run)
{
  for (size_t i = 0; i < run->n_kind; i++) cuxas_calibration_free(run->calibration[i]);
  for (size_t i = 0; run->fold_errors != NULL && i < run->n_fold; i++) cuxas_error_profile_free(run->fold_errors[i]);
  free(run->fold_errors);
  free(run->errors);
  free(run->formula);
  cuxas_independent_free(run->independent);
  cuxas_held_out_free(run->held_out);
  cuxas_crossval_free(run->crossval);
  cuxas_training_free(&run->training);
  cuxas_model_free(run->model);
}

static cuxas_status predict_held(const cuxas_options *options, calibrate_run *run, cuxas_error *err)
{
  const cuxas_training_set set      = cuxas_training_set_of(&run->training);
  cuxas_training          *training = &run->training;
  cuxas_progress_bar       bar      = cuxas_progress_start("cross-validating", cuxas_options_flag(options, "quiet"));
  const cuxas_watch        watch    = {cuxas_progress_show, &bar, NULL};
  run->n_fold                       = (size_t)cuxas_options_integer(options, "folds");
  cuxas_status status = cuxas_crossval_new(&set, &training->settings, run->n_fold, training->settings.network.seed,
                                           &watch, &run->crossval, err);
  cuxas_progress_end(&bar);
  if (status == CUXAS_OK) status = cuxas_held_out_new(training, run->crossval, run->model, &run->held_out, err);
  if (status == CUXAS_OK && cuxas_options_flag(options, "structures"))
    status = cuxas_held_out_gather(training->records, run->model, run->held_out, err);
  if (status == CUXAS_OK && run->held_out->n_row == 0)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "nothing predicted without a core hole: --channels no-hole or both");
  return status;
}

/* How far predictions are off, for every query from the parts that it is not in. */
static cuxas_status learn_errors(calibrate_run *run, cuxas_error *err)
{
  const size_t n      = run->held_out->n_row;
  cuxas_status status = CUXAS_OK;
  bool        *use    = cuxas_new(err, n, sizeof *use);
  run->fold_errors    = cuxas_new(err, run->n_fold, sizeof(cuxas_error_profile *));
  run->errors         = cuxas_new(err, n, sizeof *run->errors);
  run->formula        = cuxas_new(err, n, sizeof *run->formula);
  if (use == NULL || run->fold_errors == NULL || run->errors == NULL || run->formula == NULL) status = CUXAS_ENOMEM;
  for (size_t fold = 0; fold < run->n_fold && status == CUXAS_OK; fold++) {
    for (size_t i = 0; i < n; i++) use[i] = run->held_out->fold[i] != fold;
    status = cuxas_held_out_learn(run->held_out, run->model, use, &run->fold_errors[fold], err);
  }
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    run->errors[i]  = run->fold_errors[run->held_out->fold[i]];
    run->formula[i] = run->training.records->record[run->held_out->i_record[i]].formula;
  }
  free(use);
  return status;
}

/* Which n of n_all are asked for: records stand in the order in which they were thought worth simulating, so the first are no sample. */
static cuxas_status draw_asked(const cuxas_options *options, size_t n_all, size_t **ret_asked, cuxas_error *err)
{
  uint64_t random = (uint64_t)cuxas_options_integer(options, "query-seed");
  size_t  *asked  = cuxas_new(err, n_all, sizeof *asked);
  if (asked == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_all; i++) asked[i] = i;
  if (random != 0) random_shuffle(&random, asked, n_all);
  *ret_asked = asked;
  return CUXAS_OK;
}

static cuxas_status ask(const cuxas_options *options, const cuxas_calibration_library *library, size_t n_asked,
                        const char *name, calibrate_run *run, cuxas_error *err)
{
  const size_t           wanted = (size_t)cuxas_options_integer(options, "queries");
  cuxas_calibration_plan plan   = {.range    = cuxas_query_range_realistic(),
                                   .compare  = cuxas_compare_defaults(),
                                   .n_query  = wanted < n_asked ? wanted : n_asked,
                                   .seed     = (uint64_t)cuxas_options_integer(options, "seed"),
                                   .n_thread = cuxas_program_threads(cuxas_options_integer(options, "threads"))};
  size_t                *asked  = NULL;
  cuxas_status           status = draw_asked(options, n_asked, &asked, err);
  if (status != CUXAS_OK) return status;

  cuxas_progress_bar bar = cuxas_progress_start("querying", cuxas_options_flag(options, "quiet"));
  plan.compare.fwhm_eV   = run->model->fwhm_eV;
  plan.opt_asked         = asked;
  run->name[run->n_kind] = name;
  status                 = cuxas_calibrate(library, &plan, &(cuxas_watch){cuxas_progress_show, &bar, NULL},
                                           &run->calibration[run->n_kind], err);
  cuxas_progress_end(&bar);
  free(asked);
  if (status == CUXAS_OK) run->n_kind++;
  return status;
}

static cuxas_status calibrate_predictions(cuxas_options *options, const char *model_path, calibrate_run *run,
                                          cuxas_error *err)
{
  const bool has_featurizer =
      cuxas_options_is_given(options, "from-model") || cuxas_options_is_given(options, "featurizer");
  cuxas_status status;
  if ((status = cuxas_training_take_settings(options, &CUXAS_MODEL_CALIBRATE, run->model, err)) != CUXAS_OK ||
      (!has_featurizer && (status = cuxas_options_set(options, "from-model", model_path, err)) != CUXAS_OK) ||
      (status = cuxas_training_read(options, cuxas_options_text(options, "data"), cuxas_options_arguments(options),
                                    cuxas_options_n_argument(options), NULL, &run->training, err)) != CUXAS_OK ||
      (status = predict_held(options, run, err)) != CUXAS_OK || (status = learn_errors(run, err)) != CUXAS_OK)
    return status;
  const cuxas_held_out           *held_out   = run->held_out;
  const cuxas_calibration_library predicted  = {run->model,      held_out->n_row,     run->formula,
                                                held_out->truth, held_out->predicted, run->errors};
  cuxas_calibration_library       themselves = predicted;
  themselves.candidate                       = held_out->truth;
  themselves.opt_errors                      = NULL;
  run->n_compound                            = held_out->n_row;
  run->records_sha256                        = run->training.records->sha256;
  if ((status = ask(options, &predicted, held_out->n_row, PREDICTED, run, err)) != CUXAS_OK) return status;
  return ask(options, &themselves, held_out->n_row, THEMSELVES, run, err);
}

static cuxas_status calibrate_simulations(const cuxas_options *options, calibrate_run *run, cuxas_error *err)
{
  const cuxas_status status =
      cuxas_independent_read(cuxas_options_arguments(options), cuxas_options_n_argument(options),
                             cuxas_options_text(options, "candidates"), run->model, &run->independent, err);
  if (status != CUXAS_OK) return status;
  if (run->independent->n_asked == 0)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: no id and site of the records",
                      cuxas_options_text(options, "candidates"));
  const cuxas_independent        *both    = run->independent;
  const cuxas_calibration_library library = {run->model,  both->n_row,     both->formula,
                                             both->truth, both->candidate, NULL};
  run->n_compound                         = both->n_row;
  run->records_sha256                     = both->records->sha256;
  return ask(options, &library, both->n_asked, INDEPENDENT, run, err);
}

static cuxas_status write_json(const void *what, FILE *out, cuxas_error *err)
{
  const calibrate_run *run  = what;
  cJSON               *root = cJSON_CreateObject(), *array = cJSON_CreateArray();
  cuxas_json_add(root, "schema", cJSON_CreateString("cuxas-calibration/1"));
  cuxas_json_add(root, "records_sha256", cJSON_CreateString(run->records_sha256));
  cuxas_json_add(root, "settings", cuxas_options_settings(run->options));
  cuxas_json_add(root, "n_compounds", cJSON_CreateNumber((double)run->n_compound));
  for (size_t i = 0; i < run->n_kind; i++)
    cuxas_json_add(array, NULL, cuxas_calibration_json(run->calibration[i], run->name[i]));
  cuxas_json_add(root, "calibrations", array);
  const cuxas_status status = cuxas_json_write_tree(root, out, err);
  cJSON_Delete(root);
  return status;
}

static cuxas_status write_figure(const void *what, cuxas_figure_format format, FILE *out, cuxas_error *err)
{
  const calibrate_run *run = what;
  return cuxas_calibration_write_figure((const cuxas_calibration *const *)run->calibration, run->name, run->n_kind,
                                        format, out, err);
}

static const cuxas_output_row OUTPUTS[] = {{"json", write_json, NULL}, {"figure", NULL, write_figure}, {0}};

static cuxas_status calibrate(cuxas_options *options, calibrate_run *run, cuxas_error *err)
{
  char        *path     = NULL;
  bool         is_taken = false;
  cuxas_status status;

  if (cuxas_options_flag(options, "structures") && cuxas_options_text(options, "candidates") != NULL)
    cuxas_options_usage_error(options,
                              "--structures does not go with --candidates, whose sites are compared one by one");
  if ((status = cuxas_outputs_check(options, OUTPUTS, &is_taken, err)) != CUXAS_OK) return status;
  status = cuxas_source_model_path(options, &path, err);
  if (status == CUXAS_OK && !cuxas_options_is_given(options, "method"))
    status = cuxas_options_set(options, "method", FAST_METHOD, err); /* whatever the model's */
  if (status != CUXAS_OK || (status = cuxas_model_read(path, &run->model, err)) != CUXAS_OK ||
      (status = cuxas_options_text(options, "candidates") != NULL
                    ? calibrate_simulations(options, run, err)
                    : calibrate_predictions(options, path, run, err)) != CUXAS_OK)
    goto done;
  if (!is_taken) {
    printf("%zu compounds\n", run->n_compound);
    for (size_t i = 0; i < run->n_kind; i++) {
      putchar('\n');
      cuxas_calibration_write_text(run->calibration[i], run->name[i], stdout);
    }
  }
  status = cuxas_outputs_write(options, OUTPUTS, run, err);
done:
  free(path);
  return status;
}

static cuxas_status run(cuxas_options *options, cuxas_error *err)
{
  calibrate_run      all    = {.options = options};
  const cuxas_status status = calibrate(options, &all, err);
  end_run(&all);
  return status;
}

const cuxas_command CUXAS_MODEL_CALIBRATE = {
    "cuxas-model calibrate",
    "[options] RECORDS...",
    "Makes scans of simulated spectra worse as an instrument would, asks which compound they are, and compares what "
    "p-values, E-values and support claim with how often it is true. Candidates are predictions that did not learn "
    "from "
    "their compound, by kernel ridge regression unless --method says otherwise, and, for comparison, the simulated "
    "spectra "
    "themselves.",
    "  cuxas-model calibrate train.jsonl\n"
    "  cuxas-model calibrate train.jsonl --figure calibration.svg --json calibration.json\n"
    "  cuxas-model calibrate train.jsonl --candidates simulated.jsonl\n",
    TABLES,
    1,
    SIZE_MAX,
    run,
};
