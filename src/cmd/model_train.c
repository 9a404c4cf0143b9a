/* model_train.c - cuxas-model train: simulated site spectra in, a model file out */
#include "cmd/common.h"
#include "predict/error_profile.h"
#include "write/figure.h"
#include "learn/train.h"
#include "base/memory.h"
#include "base/json.h"
#include "cmd/outputs.h"
#include "cmd/held_out.h"
#include "cmd/training.h"
#include "cmd/model_commands.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "cuxas-model"

static const cuxas_option TRAIN_OPTIONS[] = {
    {"out", 'o', OPT_PATH, "FILE", NULL, NULL, "Output", "the model file to write", OPT_SHAPES_RUN},
    {"log", 0, OPT_PATH, "FILE", NULL, NULL, "Output", "JSON: settings, every network's epochs and losses, metrics",
     OPT_SHAPES_RUN},
    {"loss-curve", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "figure of the networks' losses by epoch, format by suffix: .svg, .pdf, .png", OPT_SHAPES_RUN},
    {"quiet", 'q', OPT_FLAG, NULL, NULL, NULL, "Output", "no progress, no table of errors", OPT_SHAPES_RUN},
    {"name", 0, OPT_TEXT, "NAME", "cu-l23", NULL, "Model", "name of the model", 0},
    {"date", 0, OPT_TEXT, "DATE", NULL, NULL, "Model", "date to note in the model", 0},
    {"licence", 0, OPT_TEXT, "TEXT", "BSD-3-Clause", NULL, "Model", "licence to note in the model", 0},
    {"shift", 0, OPT_REAL, "EV", "-2", "-100:100", "Model",
     "energy by which predictions of this kind usually have to be moved to meet a measurement", 0},
    {"fwhm", 0, OPT_REAL, "EV", "1", "0:100", "Model",
     "Gaussian that predictions are broadened by before they are compared", 0},
    {"folds", 0, OPT_INTEGER, "N", "5", "0:1000", "Model",
     "cross-validation by compound: errors and the limit of the training domain; 0: neither", 0},
    {0}};

static const cuxas_option *const TABLES[] = {TRAIN_OPTIONS,
                                             CUXAS_RECORDS_OPTIONS,
                                             CUXAS_METHOD_OPTIONS,
                                             CUXAS_NETWORKS_OPTIONS,
                                             CUXAS_FORCE_OPTIONS,
                                             CUXAS_THREADS_OPTIONS,
                                             NULL};

#define DOMAIN_PART 0.85 /* of the held-out rows are within the domain; the errors of the others are twice as large */
#define NOTHING_IS_OUTSIDE 1e12 /* threshold of a model that was not cross-validated */

/* What the held-out test tells about a model that is made afterwards. */
typedef struct {
  cJSON          *opt_metrics;
  double          threshold;    /* of the domain */
  cuxas_crossval *opt_crossval; /* the errors themselves */
  double          spread_factor[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL];
} verdict;

/* cross_validate() - metrics, the limit of the domain from the held-out rows' distances, and what
 * sigma has to be widened by; the caller deletes the metrics and frees the errors */
static cuxas_status cross_validate(const cuxas_options *options, const cuxas_training *training, verdict *ret_verdict,
                                   cuxas_error *err)
{
  const cuxas_training_set set      = cuxas_training_set_of(training);
  const size_t             n_fold   = (size_t)cuxas_options_integer(options, "folds");
  cuxas_crossval          *crossval = NULL;
  *ret_verdict                      = (verdict){.threshold = NOTHING_IS_OUTSIDE};
  for (size_t i = 0; i < CUXAS_MODEL_MAX_EDGE; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) ret_verdict->spread_factor[i][channel] = 1.0;
  if (n_fold < 2) return CUXAS_OK;

  cuxas_progress_bar bar   = cuxas_progress_start("cross-validating", cuxas_options_flag(options, "quiet"));
  const cuxas_watch  watch = {cuxas_progress_show, &bar, NULL};
  cuxas_status       status =
      cuxas_crossval_new(&set, &training->settings, n_fold, training->settings.network.seed, &watch, &crossval, err);
  cuxas_progress_end(&bar);
  if (status == CUXAS_OK) status = cuxas_crossval_describe(training, crossval, n_fold, &ret_verdict->opt_metrics, err);
  if (status == CUXAS_OK)
    status = cuxas_quantile(crossval->distance, crossval->n_row, DOMAIN_PART, &ret_verdict->threshold, err);
  if (status == CUXAS_OK) memcpy(ret_verdict->spread_factor, crossval->spread_factor, sizeof crossval->spread_factor);
  if (status == CUXAS_OK && !cuxas_options_flag(options, "quiet"))
    cuxas_crossval_print(stdout, ret_verdict->opt_metrics);
  ret_verdict->opt_crossval = crossval;
  return status;
}

/* The model learns how far held-out predictions were off. */
static cuxas_status keep_errors(const cuxas_training *training, const cuxas_crossval *crossval, cuxas_model *model,
                                cuxas_error *err)
{
  cuxas_held_out      *held_out = NULL;
  cuxas_error_profile *profile  = NULL;
  cuxas_status         status   = cuxas_held_out_new(training, crossval, model, &held_out, err);
  if (status == CUXAS_OK && held_out->n_row > 0 &&
      (status = cuxas_held_out_learn(held_out, model, NULL, &profile, err)) == CUXAS_OK)
    status = cuxas_model_set_errors(model, profile, err);
  cuxas_error_profile_free(profile);
  cuxas_held_out_free(held_out);
  return status;
}

static cuxas_status fit_all(const cuxas_options *options, const cuxas_training *training, cuxas_ensemble **ret_ensemble,
                            cuxas_error *err)
{
  const cuxas_training_set set   = cuxas_training_set_of(training);
  const size_t             n_row = training->records->n_record;
  size_t                  *row   = cuxas_new(err, n_row, sizeof *row);
  if (row == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_row; i++) row[i] = i;

  cuxas_progress_bar bar    = cuxas_progress_start("training", cuxas_options_flag(options, "quiet"));
  const cuxas_watch  watch  = {cuxas_progress_show, &bar, NULL};
  const cuxas_status status = cuxas_ensemble_new(&set, row, n_row, &training->settings, &watch, ret_ensemble, err);
  cuxas_progress_end(&bar);
  free(row);
  return status;
}

static cuxas_status make_model(const cuxas_options *options, const cuxas_training *training,
                               const cuxas_ensemble *ensemble, const verdict *held_out, cuxas_model **ret_model,
                               cuxas_error *err)
{
  cJSON *about = cuxas_training_describe(options, training, cuxas_options_text(options, "date"));
  if (about == NULL) return cuxas_no_memory(err);
  cuxas_ensemble_description description = {
      .name                   = cuxas_options_text(options, "name"),
      .absorber               = training->absorber,
      .featurizer             = training->description,
      .opt_featurizer_tensors = training->opt_source != NULL ? training->opt_source->tensors : NULL,
      .edge_name              = training->edge_name,
      .shift_eV               = cuxas_options_real(options, "shift"),
      .fwhm_eV                = cuxas_options_real(options, "fwhm"),
      .domain_threshold       = held_out->threshold,
      .opt_site_shift_eV      = training->site_shift_eV,
      .licence                = cuxas_options_text(options, "licence"),
      .training               = about,
      .opt_metrics            = held_out->opt_metrics,
  };
  for (size_t i = 0; i < training->n_edge; i++) {
    const cuxas_doublet *doublet = &training->dataset->doublet[i];
    description.weight[i]        = doublet->weight > 0.0 ? doublet->weight : 1.0;
  }
  const cuxas_status status = cuxas_ensemble_to_model(ensemble, &description, ret_model, err);
  cJSON_Delete(about);
  return status;
}

/* describe_course() - what the head says, and how every network was trained; the caller deletes it */
static cJSON *describe_course(const cuxas_training *training, const cuxas_ensemble *ensemble, const cuxas_model *model)
{
  cJSON *object = cJSON_CreateObject(), *networks = cuxas_json_add(object, "networks", cJSON_CreateArray());
  cJSON *records = cuxas_json_add(object, "records", cJSON_CreateArray());
  for (size_t i = 0; i < training->records->n_record; i++) {
    cJSON *entry = cuxas_json_add(records, NULL, cJSON_CreateObject());
    cuxas_json_add(entry, "id", cJSON_CreateString(training->records->record[i].id));
    cuxas_json_add(entry, "site", cJSON_CreateNumber((double)training->records->record[i].site));
    cuxas_json_add(entry, "formula", cJSON_CreateString(training->records->record[i].formula));
  }
  cuxas_json_add(object, "head", cJSON_Duplicate(model->head_json, 1));
  for (size_t i = 0; i < ensemble->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++)
      for (size_t j = 0; ensemble->net[i][channel] != NULL && j < ensemble->n_member; j++) {
        const cuxas_train_result *result = &ensemble->result[i][channel][j];
        cJSON                    *entry  = cuxas_json_add(networks, NULL, cJSON_CreateObject());
        cuxas_json_add(entry, "edge", cJSON_CreateString(training->edge_name[i]));
        cuxas_json_add(entry, "channel", cJSON_CreateString(cuxas_channel_name((cuxas_channel)channel)));
        cuxas_json_add(entry, "member", cJSON_CreateNumber((double)j));
        cuxas_json_add(entry, "epochs", cJSON_CreateNumber((double)result->n_epoch));
        cuxas_json_add(entry, "best_epoch", cJSON_CreateNumber((double)result->best_epoch));
        cuxas_json_add(entry, "loss", cJSON_CreateNumber(result->loss));
        cuxas_json_add(entry, "validation_loss", cJSON_CreateNumber(result->validation_loss));
        cuxas_json_add(entry, "validation_mae", cJSON_CreateNumber(result->validation_mae));
        if (ensemble->is_shared && cJSON_GetArraySize(networks) > (int)ensemble->n_member)
          continue; /* the same course */
        cJSON *losses  = cuxas_json_add(entry, "loss_by_epoch", cJSON_CreateArray());
        cJSON *watched = cuxas_json_add(entry, "validation_loss_by_epoch", cJSON_CreateArray());
        for (size_t k = 0; k < result->n_epoch; k++) {
          cuxas_json_add(losses, NULL, cJSON_CreateNumber(result->curve[2 * k]));
          cuxas_json_add(watched, NULL, cJSON_CreateNumber(result->curve[2 * k + 1]));
        }
      }
  return object;
}

/* What was trained. */
typedef struct {
  const cuxas_options  *options;
  const cuxas_training *training;
  const cuxas_ensemble *ensemble;
  const cuxas_model    *model;
} outcome;

static cuxas_status write_log(const void *what, FILE *out, cuxas_error *err)
{
  const outcome     *own    = what;
  cJSON             *object = describe_course(own->training, own->ensemble, own->model);
  const cuxas_status status = cuxas_json_write_tree(object, out, err);
  cJSON_Delete(object);
  return status;
}

/* write_losses() - of every network; of those that share hidden layers once */
static cuxas_status write_losses(const void *what, cuxas_figure_format format, FILE *out, cuxas_error *err)
{
  enum { LABEL_SIZE = 40 };
  const outcome        *own      = what;
  const cuxas_training *training = own->training;
  const cuxas_ensemble *ensemble = own->ensemble;
  const size_t          n_all = training->n_edge * CUXAS_N_CHANNEL * (ensemble->n_member > 0 ? ensemble->n_member : 1);
  cuxas_loss_curve     *curve = cuxas_new(err, n_all, sizeof *curve);
  char(*label)[LABEL_SIZE]    = cuxas_new(err, n_all, sizeof *label);
  cuxas_loss_curves curves    = {.title = cuxas_options_text(own->options, "name"), .curve = curve};
  cuxas_status      status    = CUXAS_ENOMEM;
  if (curve == NULL || label == NULL) goto done;
  for (size_t i = 0; i < ensemble->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++)
      for (size_t j = 0; ensemble->net[i][channel] != NULL && j < ensemble->n_member; j++) {
        const cuxas_train_result *result = &ensemble->result[i][channel][j];
        if (ensemble->is_shared && curves.n_curve >= ensemble->n_member) continue;
        snprintf(label[curves.n_curve], LABEL_SIZE, "%s %s", ensemble->is_shared ? "all" : training->edge_name[i],
                 ensemble->is_shared ? "edges and channels" : cuxas_channel_name((cuxas_channel)channel));
        curve[curves.n_curve] = (cuxas_loss_curve){label[curves.n_curve], result->n_epoch, result->curve};
        curves.n_curve++;
      }
  const cuxas_figure figure = cuxas_loss_figure(&curves);
  status                    = cuxas_figure_write(&figure, format, out, err);
done:
  free(curve);
  free(label);
  return status;
}

static const cuxas_output_row OUTPUTS[] = {
    {"out", NULL, NULL}, {"loss-curve", NULL, write_losses}, {"log", write_log, NULL}, {0}};

static cuxas_status run(cuxas_options *options, cuxas_error *err)
{
  cuxas_training  training = {0};
  cuxas_ensemble *ensemble = NULL;
  cuxas_model    *model    = NULL;
  verdict         held_out = {0};
  cuxas_status    status;

  if (!cuxas_options_is_set(options, "out")) cuxas_options_usage_error(options, "--out: where should the model go?");
  status = cuxas_outputs_check(options, OUTPUTS, NULL, err);
  if (status == CUXAS_OK) status = cuxas_training_apply_recipe(options, err);
  if (status != CUXAS_OK) return status;
  status = cuxas_training_read(options, cuxas_options_text(options, "data"), cuxas_options_arguments(options),
                               cuxas_options_n_argument(options), NULL, &training, err);
  if (status != CUXAS_OK) goto done;
  if (!cuxas_options_flag(options, "quiet"))
    cuxas_print_note(PROGRAM, "%zu sites of %zu groups of compounds (left out: %zu unconverged, %zu not finite)",
                     training.records->n_record, training.groups->n_group, training.records->n_unconverged,
                     training.records->n_not_finite);
  if ((status = cross_validate(options, &training, &held_out, err)) != CUXAS_OK ||
      (status = fit_all(options, &training, &ensemble, err)) != CUXAS_OK)
    goto done;
  memcpy(ensemble->spread_factor, held_out.spread_factor, sizeof ensemble->spread_factor);
  if ((status = make_model(options, &training, ensemble, &held_out, &model, err)) != CUXAS_OK ||
      (held_out.opt_crossval != NULL &&
       (status = keep_errors(&training, held_out.opt_crossval, model, err)) != CUXAS_OK) ||
      (status = cuxas_model_write(model, cuxas_options_text(options, "out"), cuxas_options_flag(options, "force"),
                                  err)) != CUXAS_OK)
    goto done;
  status = cuxas_outputs_write(options, OUTPUTS, &(outcome){options, &training, ensemble, model}, err);
done:
  cJSON_Delete(held_out.opt_metrics);
  cuxas_crossval_free(held_out.opt_crossval);
  cuxas_model_free(model);
  cuxas_ensemble_free(ensemble);
  cuxas_training_free(&training);
  return status;
}

const cuxas_command CUXAS_MODEL_TRAIN = {
    "cuxas-model train",
    "[options] -o MODEL RECORDS...",
    "Trains the networks of a model on simulated site spectra (one JSON object per line): a cross-validation by "
    "compound for its errors, then all records for the model. The same records, settings and seed give the same bytes.",
    "  cuxas-model train train.jsonl -o cu-l23.cuxas\n"
    "  cuxas-model train train.jsonl --from-model m3gnet.cuxas -o cu-l23-m3gnet.cuxas\n",
    TABLES,
    1,
    SIZE_MAX,
    run,
};
