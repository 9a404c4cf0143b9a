/* cuxas-predict - crystal structures in, predicted spectra or site features out */
#include "cmd/common.h"
#include "base/json.h"
#include "cmd/sources.h"
#include "cuxas/catalog.h"
#include "base/memory.h"
#include "cuxas/output.h"
#include "report/prediction_file.h"
#include "cmd/options.h"
#include "cmd/outputs.h"
#include "cmd/match_options.h"
#include "cmd/help.h"
#include "predict/model_parts.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PROGRAM "cuxas-predict"

static const cuxas_option STRUCTURE_OPTIONS[] = {
    {"recursive", 'R', OPT_FLAG, NULL, NULL, NULL, "Structures", "look into folders inside the folders", 0},
    {"strict", 0, OPT_FLAG, NULL, NULL, NULL, "Structures", "fail when any structure cannot be used", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option OUTPUT_OPTIONS[] = {
    {"hole", 0, OPT_REAL, "FRACTION", "1", "0:1", CUXAS_EXPERT,
     "weight of predictions without a core hole against those with a screened one", 0},

    {"csv", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "spectra as name,energy_eV,mu,sigma; - (the default) is standard output", OPT_SHAPES_RUN},
    {"json", 'j', OPT_PATH, "FILE", NULL, NULL, "Output", "spectra of structures and sites, with the training domain",
     OPT_SHAPES_RUN},
    {"xdi", 0, OPT_PATH, "FILE|DIR/", NULL, NULL, "Output",
     "spectrum as XDI, for Larch and Athena; with several structures a folder, DIR/, that gets NAME.xdi of each",
     OPT_SHAPES_RUN},
    {"features", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "features of every atom: CSV, or a NumPy array when FILE ends in .npy", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const TABLES[] = {STRUCTURE_OPTIONS,
                                             CUXAS_MODEL_OPTIONS,
                                             CUXAS_DISORDER_OPTIONS,
                                             OUTPUT_OPTIONS,
                                             CUXAS_FORCE_OPTIONS,
                                             CUXAS_THREADS_OPTIONS,
                                             NULL};

/* One structure on its way through. */
typedef struct {
  cuxas_crystal    *crystal;
  cuxas_prediction *prediction; /* NULL: not asked for */
  float            *feature;    /* (n_site, n_raw) or NULL: not asked for */
  cuxas_error       err;        /* status is not CUXAS_OK when the structure is skipped */
} predict_item;

typedef struct {
  cuxas_options        *options;
  cuxas_model          *model;
  cuxas_catalog        *catalog;
  double                hole_fraction;
  bool                  has_csv, has_json, has_features; /* which of the outputs below are open */
  bool                  has_rows;                        /* of the CSV */
  cuxas_output          csv, json, features;
  const char           *xdi;           /* file or folder; NULL: not asked for */
  bool                  xdi_is_folder; /* NAME.xdi in it for each structure */
  cuxas_prediction_json json_writer;
  cuxas_features_file   features_file;
  cJSON                *skipped; /* array of {path, reason} */
} predict_job;

/* -- one structure -- */

static void clear_item(predict_item *item)
{
  free(item->feature);
  cuxas_prediction_free(item->prediction);
  cuxas_crystal_free(item->crystal);
  memset(item, 0, sizeof *item);
}

static cuxas_status compute(const predict_job *job, const cuxas_candidate *candidate, predict_item *item)
{
  cuxas_error *err = &item->err;
  cuxas_status status;

  if (candidate->kind == CUXAS_CANDIDATE_SPECTRUM)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                      "%s: no crystal structure of a kind that is read (CIF, POSCAR, extended XYZ, JSON)",
                      candidate->path);
  if ((status = cuxas_candidate_read(candidate, &item->crystal, err)) != CUXAS_OK) return status;
  if (job->has_features) {
    item->feature = cuxas_new(NULL, item->crystal->n_site, job->model->n_raw * sizeof *item->feature);
    if (item->feature == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), candidate->path);
    status = cuxas_featurizer_run(job->model->featurizer, item->crystal, NULL, 0, item->feature, err);
  }
  if (status == CUXAS_OK && (job->has_csv || job->has_json || job->xdi != NULL))
    status = cuxas_predict_crystal(job->model, item->crystal, &item->prediction, err);
  if (status != CUXAS_OK && strncmp(err->message, candidate->path, strlen(candidate->path)) != 0) {
    const cuxas_error why = *err; /* what knows no files gets its file's name here */
    cuxas_fail(err, status, "%s: %.800s", candidate->path, why.message);
  }
  return status;
}

/* Each file is whole or not there, on its own: it does not wait for the other structures. */
static cuxas_status write_xdi(const predict_job *job, const char *name, const cuxas_prediction *prediction,
                              cuxas_error *err)
{
  const size_t n_byte = strlen(job->xdi) + strlen(name) + sizeof "/.xdi";
  char        *path   = cuxas_new(err, n_byte, 1);
  cuxas_output output;
  cuxas_status status;

  if (path == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, name);
  snprintf(path, n_byte, job->xdi_is_folder ? "%s/%s.xdi" : "%s", job->xdi, name);
  status = cuxas_outputs_open(job->options, path, &output, err);
  free(path);
  if (status != CUXAS_OK) return status;
  status = cuxas_prediction_write_xdi(output.stream, name, prediction, job->model, job->hole_fraction, err);
  if (status == CUXAS_OK) return cuxas_output_commit(&output, err);
  cuxas_output_discard(&output);
  return status;
}

static cuxas_status write_item(predict_job *job, const cuxas_candidate *candidate, const predict_item *item,
                               cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  if (!cuxas_options_flag(job->options, "quiet"))
    for (size_t i = 0; i < item->crystal->warnings.n_warning; i++)
      cuxas_print_note(PROGRAM, "warning: %s: %s", candidate->path, item->crystal->warnings.text[i]);
  if (job->has_csv) {
    if (!job->has_rows) cuxas_prediction_csv_begin(job->csv.stream); /* no header where nothing can be predicted */
    job->has_rows = true;
    status = cuxas_prediction_csv_add(job->csv.stream, candidate->name, item->prediction, job->hole_fraction, err);
  }
  if (status == CUXAS_OK && job->has_json)
    status = cuxas_prediction_json_add(&job->json_writer, candidate->name, candidate->path, item->prediction, err);
  if (status == CUXAS_OK && job->xdi != NULL) status = write_xdi(job, candidate->name, item->prediction, err);
  if (status == CUXAS_OK && job->has_features)
    cuxas_features_add(&job->features_file, candidate->name, item->crystal, item->feature);
  return status;
}

static cuxas_status skip_item(predict_job *job, const cuxas_candidate *candidate, const predict_item *item,
                              cuxas_error *err)
{
  cJSON *object = cuxas_json_add(job->skipped, NULL, cJSON_CreateObject());
  if (cuxas_json_add(object, "path", cJSON_CreateString(candidate->path)) == NULL ||
      cuxas_json_add(object, "reason", cJSON_CreateString(item->err.message)) == NULL)
    return cuxas_no_memory(err);
  if (cuxas_options_flag(job->options, "strict")) {
    *err = item->err;
    return item->err.status;
  }
  if (!cuxas_options_flag(job->options, "quiet")) cuxas_print_note(PROGRAM, "skipped: %s", item->err.message);
  return CUXAS_OK;
}

/* -- all of them: a batch in parallel, then written in order, so that memory stays bounded and bytes the same -- */

static cuxas_status predict_all(predict_job *job, cuxas_error *err)
{
  enum { N_BATCH = 64 };
  const cuxas_catalog *catalog = job->catalog;
  cuxas_status         status  = CUXAS_OK;
  cuxas_progress_bar   bar     = cuxas_progress_start("predicting", cuxas_options_flag(job->options, "quiet"));
  predict_item        *batch   = cuxas_new(err, N_BATCH, sizeof *batch);

  if (batch == NULL) return CUXAS_ENOMEM;
  for (size_t first = 0; first < catalog->n_candidate && status == CUXAS_OK; first += N_BATCH) {
    const size_t n_left = catalog->n_candidate - first, n = n_left < N_BATCH ? n_left : N_BATCH;
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < n; i++) compute(job, &catalog->candidate[first + i], &batch[i]);
    for (size_t i = 0; i < n && status == CUXAS_OK; i++)
      status = batch[i].err.status == CUXAS_OK ? write_item(job, &catalog->candidate[first + i], &batch[i], err)
                                               : skip_item(job, &catalog->candidate[first + i], &batch[i], err);
    for (size_t i = 0; i < n; i++) clear_item(&batch[i]);
    cuxas_progress_show(first + n, catalog->n_candidate, &bar);
  }
  cuxas_progress_end(&bar);
  free(batch);
  return status;
}

/* -- outputs -- */

static bool ends_in(const char *path, const char *suffix)
{
  const size_t n_path = strlen(path), n_suffix = strlen(suffix);
  return n_path >= n_suffix && strcmp(path + n_path - n_suffix, suffix) == 0;
}

static cuxas_status open_output(const predict_job *job, const char *path, cuxas_output *output, bool *has,
                                cuxas_error *err)
{
  *has = path != NULL && cuxas_outputs_open(job->options, path, output, err) == CUXAS_OK;
  return path == NULL || *has ? CUXAS_OK : err->status;
}

/* A folder ends with '/' or is there already; it is made where it is not. Files of one name would replace each other. */
static cuxas_status choose_xdi(predict_job *job, cuxas_error *err)
{
  const cuxas_catalog *catalog = job->catalog;
  struct stat          place;

  job->xdi = cuxas_options_text(job->options, "xdi");
  if (job->xdi == NULL) return CUXAS_OK;
  job->xdi_is_folder = ends_in(job->xdi, "/") || (stat(job->xdi, &place) == 0 && S_ISDIR(place.st_mode));
  if (!job->xdi_is_folder && catalog->n_candidate > 1)
    return cuxas_fail(err, CUXAS_ERANGE, "--xdi %s: one file for %zu structures; give a folder, with / at its end",
                      job->xdi, catalog->n_candidate);
  if (!job->xdi_is_folder) return CUXAS_OK;
  for (size_t i = 1; i < catalog->n_candidate; i++)
    if (strcmp(catalog->candidate[i].name, catalog->candidate[i - 1].name) == 0)
      return cuxas_fail(err, CUXAS_ERANGE, "--xdi %s: two structures are called %s: %s and %s", job->xdi,
                        catalog->candidate[i].name, catalog->candidate[i - 1].path, catalog->candidate[i].path);
  if (mkdir(job->xdi, 0777) != 0 && errno != EEXIST)
    return cuxas_fail(err, CUXAS_EIO, "%s: cannot make this folder: %s", job->xdi, strerror(errno));
  return CUXAS_OK;
}

static cuxas_status begin_outputs(predict_job *job, cuxas_error *err)
{
  const cuxas_options *options = job->options;
  const char          *csv = cuxas_options_text(options, "csv"), *json = cuxas_options_text(options, "json");
  const char          *features = cuxas_options_text(options, "features");
  cuxas_status         status;

  if ((status = choose_xdi(job, err)) != CUXAS_OK) return status;
  if (csv == NULL && json == NULL && features == NULL && job->xdi == NULL) csv = "-";
  if ((job->xdi != NULL && strcmp(job->xdi, "-") == 0) + (csv != NULL && strcmp(csv, "-") == 0) +
          (json != NULL && strcmp(json, "-") == 0) + (features != NULL && strcmp(features, "-") == 0) >
      1)
    cuxas_options_usage_error(options, "only one output can be standard output");
  if ((status = open_output(job, csv, &job->csv, &job->has_csv, err)) != CUXAS_OK ||
      (status = open_output(job, json, &job->json, &job->has_json, err)) != CUXAS_OK ||
      (status = open_output(job, features, &job->features, &job->has_features, err)) != CUXAS_OK)
    return status;

  if (job->has_features)
    cuxas_features_begin(&job->features_file, job->features.stream,
                         ends_in(features, ".npy") ? CUXAS_FEATURES_NPY : CUXAS_FEATURES_CSV, job->model->n_raw);
  if (!job->has_json) return CUXAS_OK;
  cJSON *settings = cuxas_options_settings(options);
  status          = cuxas_prediction_json_begin(&job->json_writer, job->json.stream, PROGRAM, job->model, settings,
                                                job->hole_fraction, err);
  cJSON_Delete(settings);
  return status;
}

static cuxas_status end_outputs(predict_job *job, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  if (job->has_json) status = cuxas_prediction_json_end(&job->json_writer, job->skipped, err);
  if (status == CUXAS_OK && job->has_features) status = cuxas_features_end(&job->features_file, err);
  if (status == CUXAS_OK && job->has_csv) status = cuxas_output_commit(&job->csv, err);
  if (status == CUXAS_OK && job->has_json) status = cuxas_output_commit(&job->json, err);
  if (status == CUXAS_OK && job->has_features) status = cuxas_output_commit(&job->features, err);
  return status;
}

/* Can this model do what is asked? */
static cuxas_status check_model(const predict_job *job, cuxas_error *err)
{
  const bool wants_spectra = !cuxas_options_is_set(job->options, "features") ||
                             cuxas_options_is_set(job->options, "csv") || cuxas_options_is_set(job->options, "json") ||
                             cuxas_options_is_set(job->options, "xdi");
  if (wants_spectra && job->model->n_edge == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "model %s: holds a featurizer alone, it gives --features but no spectra",
                      job->model->name);
  if (wants_spectra && job->hole_fraction < 1.0 &&
      !(cuxas_model_has_channel(job->model, CUXAS_CHANNEL_NO_HOLE) &&
        cuxas_model_has_channel(job->model, CUXAS_CHANNEL_SCREENED_HOLE)))
    return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                      "model %s: --hole needs networks for both states of the core level, it has one",
                      job->model->name);
  return CUXAS_OK;
}

static cuxas_status run(cuxas_options *options, cuxas_error *err)
{
  predict_job  job = {.options = options, .skipped = cJSON_CreateArray()};
  cuxas_status status;

  job.hole_fraction = cuxas_options_real(options, "hole");
  if ((status = cuxas_source_model(options, &job.model, err)) != CUXAS_OK ||
      (status = check_model(&job, err)) != CUXAS_OK ||
      (status = cuxas_source_candidates(options, cuxas_options_arguments(options), cuxas_options_n_argument(options),
                                        &job.catalog, err)) != CUXAS_OK ||
      (status = begin_outputs(&job, err)) != CUXAS_OK || (status = predict_all(&job, err)) != CUXAS_OK)
    goto done;
  const size_t n_skipped = (size_t)cJSON_GetArraySize(job.skipped);
  if (n_skipped == job.catalog->n_candidate) {
    const char *reason = cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetArrayItem(job.skipped, 0), "reason"));
    const bool  is_new = cuxas_options_flag(options, "quiet") && reason != NULL; /* else it was told */
    status             = cuxas_fail(err, CUXAS_EUNSUPPORTED, "none of the structures could be used%s%.900s",
                        is_new ? ", the first: " : "", is_new ? reason : "");
    goto done;
  }
  if (n_skipped > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  status = end_outputs(&job, err);
done:
  cuxas_output_discard(&job.csv);
  cuxas_output_discard(&job.json);
  cuxas_output_discard(&job.features);
  cuxas_catalog_free(job.catalog);
  cuxas_model_free(job.model);
  cJSON_Delete(job.skipped);
  return status;
}

static const cuxas_command COMMAND = {
    PROGRAM,
    "[options] STRUCTURE...",
    "Predicts the spectra of crystal structures (CIF, POSCAR, extended XYZ; files or folders): for each the mean over "
    "its "
    "absorber sites on the model's combined grid. Energies in eV as the model was trained, not shifted, not broadened.",
    "  cuxas-predict CuO.cif > CuO.csv\n"
    "  cuxas-predict structures/ --json predictions.json\n"
    "  cuxas-predict --xdi CuO.xdi CuO.cif\n"
    "  cuxas-predict --model m3gnet.cuxas --features features.npy CuO.cif\n",
    TABLES,
    1,
    SIZE_MAX,
    run,
};

static const cuxas_command *const COMMANDS[] = {&COMMAND, NULL};

static const cuxas_program PREDICT = {PROGRAM, NULL, COMMANDS, NULL};

int main(int argc, char **argv)
{
  return cuxas_program_main(&PREDICT, argc, argv);
}
