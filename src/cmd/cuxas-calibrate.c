/* cuxas-calibrate - are p-values, E-values and support what they claim? Simulated queries whose answer is known */
#include "common.h"
#include "cuxas/calibration.h"
#include "cuxas/memory.h"
#include "cuxas/output.h"
#include "cuxas/predict.h"
#include "question.h"
#include "training.h"
#include "training_report.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define PROGRAM "cuxas-calibrate"
#define FAST_METHOD "kernel-ridge" /* unless another is given, whatever the model's: networks for every part take minutes */

static const cuxas_option OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Question",
     "take featurizer and settings of the training from this model; default: the bundled one", 0},
    {"folds", 0, OPT_INTEGER, "N", "5", "2:1000", "Question",
     "parts of the compounds; each is predicted by a model trained anew on the others", 0},
    {"queries", 0, OPT_INTEGER, "N", "200", "1:1000000", "Question", "simulated queries, one for each record", 0},
    {"figure", 0, OPT_PATH, "FILE", NULL, NULL, "Output", "picture of the calibration: FILE ends in .svg, .pdf or .png",
     OPT_SHAPES_RUN},
    {"json", 'j', OPT_PATH, "FILE", NULL, NULL, "Output", "the numbers; - is standard output", OPT_SHAPES_RUN},
    CUXAS_FORCE_OPTION,
    {"quiet", 'q', OPT_FLAG, NULL, NULL, NULL, "Output", "no progress", OPT_SHAPES_RUN},
    CUXAS_TRAINING_OPTIONS,
};

static const cuxas_command COMMAND = {
    PROGRAM,
    "[options] RECORDS...",
    "Makes scans of simulated spectra worse as an instrument would, asks which compound they are, and compares what "
    "p-values, E-values and support claim with how often it is true. Candidates are predictions that did not learn from "
    "their compound, by kernel ridge regression unless --method says otherwise, and, for comparison, the simulated spectra "
    "themselves.",
    "  cuxas-calibrate train.jsonl\n"
    "  cuxas-calibrate train.jsonl --figure calibration.svg --json calibration.json\n",
    OPTIONS,
    sizeof OPTIONS / sizeof *OPTIONS,
    1,
    SIZE_MAX,
};

enum { N_KIND = 2 };
static const char *const KIND[N_KIND] = {"Predictions that did not learn from the compound", "The simulated spectra themselves"};

typedef struct {
  cuxas_training     training;
  cuxas_model       *model;
  cuxas_crossval    *crossval;
  size_t             n_compound;
  const char       **formula;                  /* (n_compound) */
  double            *truth, *predicted, *sigma; /* (n_compound, n_energy) */
  cuxas_calibration *calibration[N_KIND];
} calibrate_run;

static void end_run(calibrate_run *run)
{
  for (int i = 0; i < N_KIND; i++) cuxas_calibration_free(run->calibration[i]);
  free(run->formula);
  free(run->truth);
  free(run->predicted);
  free(run->sigma);
  cuxas_crossval_free(run->crossval);
  cuxas_training_free(&run->training);
  cuxas_model_free(run->model);
}

/* Edge spectra of one row, whichever kind, as one spectrum. */
static void assemble(const calibrate_run *run, float *const rows[], size_t i_row, double *work, double *ret_mu)
{
  const double *edge_mu[CUXAS_MODEL_MAX_EDGE];
  double       *next = work;
  for (size_t e = 0; e < run->model->n_edge; e++) {
    const size_t n_energy = run->model->edge[e].grid.n_energy;
    for (size_t k = 0; k < n_energy; k++) next[k] = (double)rows[e][i_row * n_energy + k];
    edge_mu[e] = next;
    next += n_energy;
  }
  cuxas_predict_assemble(run->model, edge_mu, ret_mu);
}

static bool is_complete(const calibrate_run *run, size_t i_row)
{
  for (size_t e = 0; e < run->model->n_edge; e++)
    if (!run->training.dataset->known[e][CUXAS_CHANNEL_NO_HOLE][i_row]) return false;
  return true;
}

/* Each record with all its edges is a compound of one site. */
static cuxas_status make_library(calibrate_run *run, cuxas_error *err)
{
  const cuxas_records *records = run->training.records;
  const size_t         n = records->n_record, n_energy = run->model->grid.n_energy;
  size_t               n_work = 0;
  float               *truth[CUXAS_MODEL_MAX_EDGE], *predicted[CUXAS_MODEL_MAX_EDGE], *sigma[CUXAS_MODEL_MAX_EDGE];

  for (size_t e = 0; e < run->model->n_edge; e++) {
    truth[e]     = run->training.dataset->target[e][CUXAS_CHANNEL_NO_HOLE];
    predicted[e] = run->crossval->mu[e][CUXAS_CHANNEL_NO_HOLE];
    sigma[e]     = run->crossval->sigma[e][CUXAS_CHANNEL_NO_HOLE];
    n_work += run->model->edge[e].grid.n_energy;
    if (predicted[e] == NULL || sigma[e] == NULL)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "no networks without a core hole: --channels no-hole or both");
  }
  double *work   = cuxas_new_array(n_work, sizeof *work);
  run->formula   = cuxas_new_array(n, sizeof *run->formula);
  run->truth     = cuxas_new_array(n, n_energy * sizeof *run->truth);
  run->predicted = cuxas_new_array(n, n_energy * sizeof *run->predicted);
  run->sigma     = cuxas_new_array(n, n_energy * sizeof *run->sigma);
  if (work == NULL || run->formula == NULL || run->truth == NULL || run->predicted == NULL || run->sigma == NULL) {
    free(work);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu spectra", n);
  }
  for (size_t i = 0; i < n; i++) {
    if (!is_complete(run, i)) continue;
    const size_t row = run->n_compound++;
    assemble(run, truth, i, work, run->truth + row * n_energy);
    assemble(run, predicted, i, work, run->predicted + row * n_energy);
    assemble(run, sigma, i, work, run->sigma + row * n_energy);
    run->formula[row] = records->record[i].formula;
  }
  free(work);
  return CUXAS_OK;
}

static cuxas_status predict_held(const cuxas_options *options, calibrate_run *run, cuxas_error *err)
{
  cuxas_training    *training = &run->training;
  cuxas_progress_bar bar      = cuxas_progress_start("cross-validating", cuxas_options_flag(options, "quiet"));
  const cuxas_status status   = cuxas_crossval_new(
      training->dataset, training->groups, training->raw, training->n_raw, &training->settings,
      (size_t)cuxas_options_integer(options, "folds"), training->settings.network.seed, cuxas_progress_show, &bar,
      &run->crossval, err);
  cuxas_progress_end(&bar);
  return status;
}

/* How far held-out predictions are off, in units of the ensemble's spread (root mean squares). */
static double find_spread_factor(const calibrate_run *run)
{
  double error = 0.0, spread = 0.0;
  for (size_t i = 0; i < run->n_compound * run->model->grid.n_energy; i++) {
    error += pow(run->predicted[i] - run->truth[i], 2.0);
    spread += pow(run->sigma[i], 2.0);
  }
  return sqrt(error / spread);
}

static cuxas_status calibrate(const cuxas_options *options, calibrate_run *run, cuxas_error *err)
{
  const cuxas_query_range range    = cuxas_query_range_realistic();
  const int               n_thread = cuxas_program_threads(cuxas_options_integer(options, "threads"));
  cuxas_compare_settings  settings = cuxas_compare_defaults();
  const double           *curves[N_KIND] = {run->predicted, run->truth}, *sigma[N_KIND] = {run->sigma, NULL};
  cuxas_status            status = CUXAS_OK;

  settings.fwhm_eV = run->model->fwhm_eV;
  for (int i = 0; i < N_KIND && status == CUXAS_OK; i++) {
    const cuxas_calibration_library library = {run->model, run->n_compound, run->formula, run->truth, curves[i], sigma[i]};
    cuxas_progress_bar              bar     = cuxas_progress_start("querying", cuxas_options_flag(options, "quiet"));
    status = cuxas_calibrate(&library, &range, &settings, (size_t)cuxas_options_integer(options, "queries"),
                             run->training.settings.network.seed, n_thread, cuxas_progress_show, &bar,
                             &run->calibration[i], err);
    cuxas_progress_end(&bar);
  }
  return status;
}

static cuxas_status write_json(const cuxas_options *options, const calibrate_run *run, cuxas_error *err)
{
  cJSON *root = cJSON_CreateObject(), *array = cJSON_CreateArray();
  cJSON_AddStringToObject(root, "schema", "cuxas-calibration/1");
  cJSON_AddStringToObject(root, "records_sha256", run->training.records->sha256);
  cJSON_AddItemToObject(root, "settings", cuxas_options_settings(options));
  cJSON_AddNumberToObject(root, "n_compounds", (double)run->n_compound);
  cJSON_AddNumberToObject(root, "error_over_spread", round(find_spread_factor(run) * 1e6) / 1e6);
  for (int i = 0; i < N_KIND; i++) cJSON_AddItemToArray(array, cuxas_calibration_json(run->calibration[i], KIND[i]));
  cJSON_AddItemToObject(root, "calibrations", array);
  return cuxas_training_write(options, "json", root, err);
}

static cuxas_status write_figure(const cuxas_options *options, const calibrate_run *run, cuxas_error *err)
{
  const char         *path = cuxas_options_text(options, "figure");
  cuxas_figure_format format;
  cuxas_output        output;
  cuxas_status        status;
  if (path == NULL) return CUXAS_OK;
  if ((status = cuxas_figure_find_format(path, &format, err)) != CUXAS_OK ||
      (status = cuxas_output_open(&output, path, cuxas_options_flag(options, "force"), err)) != CUXAS_OK)
    return status;
  status = cuxas_calibration_write_figure((const cuxas_calibration *const *)run->calibration, KIND, N_KIND, format,
                                          output.stream, err);
  if (status == CUXAS_OK) return cuxas_output_commit(&output, err);
  cuxas_output_discard(&output);
  return status;
}

static cuxas_status check_outputs(const cuxas_options *options, cuxas_error *err)
{
  const char         *figure = cuxas_options_text(options, "figure"), *json = cuxas_options_text(options, "json");
  const bool          overwrite = cuxas_options_flag(options, "force");
  cuxas_status        status    = CUXAS_OK;
  cuxas_figure_format format;
  if (figure != NULL) status = cuxas_figure_find_format(figure, &format, err);
  if (figure != NULL && status == CUXAS_OK) status = cuxas_output_check(figure, overwrite, err);
  if (json != NULL && status == CUXAS_OK) status = cuxas_output_check(json, overwrite, err);
  return status;
}

static cuxas_status run_all(cuxas_options *options, calibrate_run *run, cuxas_error *err)
{
  const char  *path = cuxas_options_text(options, "model"), *data = cuxas_options_text(options, "data");
  const bool   has_featurizer = cuxas_options_is_given(options, "from-model");
  char        *bundled = NULL;
  cuxas_status status;

  if ((status = check_outputs(options, err)) != CUXAS_OK) return status;
  if (path == NULL) status = cuxas_data_path(data, CUXAS_DATA_MODEL, &bundled, err);
  if (path == NULL) path = bundled;
  if (status == CUXAS_OK && !cuxas_options_is_given(options, "method"))
    status = cuxas_options_set(options, "method", FAST_METHOD, err);
  if (status != CUXAS_OK || (status = cuxas_model_read(path, &run->model, err)) != CUXAS_OK ||
      (status = cuxas_training_take_settings(options, &COMMAND, run->model, err)) != CUXAS_OK ||
      (!has_featurizer && (status = cuxas_options_set(options, "from-model", path, err)) != CUXAS_OK) ||
      (status = cuxas_training_read(options, data, cuxas_options_arguments(options), cuxas_options_n_argument(options),
                                    NULL, &run->training, err)) != CUXAS_OK ||
      (status = predict_held(options, run, err)) != CUXAS_OK || (status = make_library(run, err)) != CUXAS_OK ||
      (status = calibrate(options, run, err)) != CUXAS_OK)
    goto done;
  const char *json = cuxas_options_text(options, "json");
  if (json == NULL || json[0] != '-' || json[1] != '\0') {
    printf("%zu compounds; held-out error over the ensemble's spread: %.2f\n", run->n_compound, find_spread_factor(run));
    for (int i = 0; i < N_KIND; i++) {
      putchar('\n');
      cuxas_calibration_write_text(run->calibration[i], KIND[i], stdout);
    }
  }
  if ((status = write_json(options, run, err)) == CUXAS_OK) status = write_figure(options, run, err);
done:
  free(bundled);
  return status;
}

int main(int argc, char **argv)
{
  cuxas_error   err = {0};
  calibrate_run run = {0};
  cuxas_program_start();
  cuxas_options *options = cuxas_options_parse(&COMMAND, argc, argv);
  cuxas_program_threads(cuxas_options_integer(options, "threads"));
  const int exit_code = run_all(options, &run, &err) == CUXAS_OK ? CUXAS_EXIT_DONE : cuxas_print_error(PROGRAM, &err);
  end_run(&run);
  cuxas_options_free(options);
  return cuxas_program_end(PROGRAM, exit_code);
}
