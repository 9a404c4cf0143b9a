/* cuxas-evaluate - how large is the error on compounds that were not learnt from? */
#include "common.h"
#include "base/json_priv.h"
#include "cuxas/memory.h"
#include "cuxas/output.h"
#include "cuxas/predict.h"
#include "training.h"
#include "training_report.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "cuxas-evaluate"

static const cuxas_option OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Question",
     "take the settings of the training from this model where none are given, or judge it on --test", 0},
    {"test", 0, OPT_PATH, "FILE", NULL, NULL, "Question",
     "judge the model as it is on these records, which it must not have learnt from; RECORDS are what it learnt from",
     0},
    {"folds", 0, OPT_INTEGER, "N", "5", "2:1000", "Question",
     "parts of the compounds; each is predicted by networks trained anew on the others", 0},
    {"json", 'j', OPT_PATH, "FILE", NULL, NULL, "Output", "errors, also of every site", OPT_SHAPES_RUN},
    CUXAS_FORCE_OPTION,
    {"quiet", 'q', OPT_FLAG, NULL, NULL, NULL, "Output", "no progress", OPT_SHAPES_RUN},
    CUXAS_TRAINING_OPTIONS,
};

static const cuxas_command COMMAND = {
    PROGRAM,
    "[options] RECORDS...",
    "Prints the mean absolute error of predicted site spectra (edge step 1, on the model's grid) for compounds that "
    "were "
    "not learnt from, beside that of two simple predictors: the mean spectrum of the training set and the spectrum of "
    "its nearest site.",
    "  cuxas-evaluate train.jsonl --model cu-l23.cuxas\n"
    "  cuxas-evaluate train.jsonl --folds 10 --members 1\n"
    "  cuxas-evaluate train.jsonl --model cu-l23.cuxas --test new.jsonl\n",
    OPTIONS,
    sizeof OPTIONS / sizeof *OPTIONS,
    1,
    SIZE_MAX,
};

/* ---- settings of a model ---------------------------------------------------------------------------------------- */

/* take_setting() - one setting from the model unless the command line gives it; unknown names are passed over */
static cuxas_status take_setting(cuxas_options *options, const cJSON *setting, cuxas_error *err)
{
  for (size_t i = 0; i < COMMAND.n_option; i++) {
    const cuxas_option *option = &COMMAND.option[i];
    if (strcmp(option->name, setting->string) != 0 || option->role != OPT_SHAPES_RESULT) continue;
    if (strcmp(option->name, "folds") == 0 || cuxas_options_is_given(options, option->name)) return CUXAS_OK;
    if (cJSON_IsNumber(setting)) {
      char text[32];
      snprintf(text, sizeof text, "%.17g", setting->valuedouble);
      return cuxas_options_set(options, option->name, text, err);
    }
    if (cJSON_IsString(setting)) return cuxas_options_set(options, option->name, setting->valuestring, err);
  }
  return CUXAS_OK;
}

static cuxas_status take_settings(cuxas_options *options, const cuxas_model *model, cuxas_error *err)
{
  cuxas_status status;
  const cJSON *training = NULL, *settings = NULL, *setting;
  if ((status = cuxas_json_object(model->head_json, "training", &training, model->name, err)) != CUXAS_OK ||
      (status = cuxas_json_object(training, "settings", &settings, model->name, err)) != CUXAS_OK)
    return status;
  cJSON_ArrayForEach(setting, settings) if ((status = take_setting(options, setting, err)) != CUXAS_OK) return status;
  return CUXAS_OK;
}

/* ---- the test --------------------------------------------------------------------------------------------------- */

static cuxas_status evaluate_model(const cuxas_options *options, const cuxas_training *training,
                                   const cuxas_model *model, cuxas_crossval **ret_crossval, cuxas_error *err)
{
  cuxas_ensemble *ensemble = NULL;
  const size_t    n_held   = training->records->n_record - training->n_learnt;
  size_t          n_known  = 0;
  if (n_held == 0) return cuxas_fail(err, CUXAS_EFORMAT, "%s: no usable record", cuxas_options_text(options, "test"));
  for (size_t i = training->n_learnt; i < training->records->n_record; i++) {
    size_t j = 0;
    while (j < training->n_learnt && training->groups->group_of[j] != training->groups->group_of[i]) j++;
    n_known += j < training->n_learnt;
  }
  if (n_known > 0)
    cuxas_print_note(PROGRAM, "%zu of %zu test records are of compounds that were learnt from", n_known, n_held);
  cuxas_status status = cuxas_ensemble_from_model(model, training->raw, training->n_learnt, &ensemble, err);
  if (status == CUXAS_OK)
    status =
        cuxas_crossval_judge(training->dataset, training->raw, training->n_raw, n_held, ensemble, ret_crossval, err);
  cuxas_ensemble_free(ensemble);
  return status;
}

static cuxas_status evaluate_folds(const cuxas_options *options, const cuxas_training *training,
                                   cuxas_crossval **ret_crossval, cuxas_error *err)
{
  cuxas_progress_bar bar = cuxas_progress_start("cross-validating", cuxas_options_flag(options, "quiet"));
  const cuxas_status status =
      cuxas_crossval_new(training->dataset, training->groups, training->raw, training->n_raw, &training->settings,
                         (size_t)cuxas_options_integer(options, "folds"), training->settings.network.seed,
                         cuxas_progress_show, &bar, ret_crossval, err);
  cuxas_progress_end(&bar);
  return status;
}

/* ---- output ----------------------------------------------------------------------------------------------------- */

/* describe_sites() - every judged site with the errors of the networks */
static cJSON *describe_sites(const cuxas_training *training, const cuxas_crossval *crossval)
{
  cJSON *sites = cJSON_CreateArray();
  for (size_t i = 0; i < crossval->n_row; i++) {
    const cuxas_record *record = &training->records->record[i];
    cJSON              *entry  = cJSON_CreateObject();
    cJSON_AddStringToObject(entry, "id", record->id);
    cJSON_AddStringToObject(entry, "formula", record->formula);
    cJSON_AddNumberToObject(entry, "site_index", (double)record->site);
    cJSON_AddNumberToObject(entry, "fold", (double)crossval->fold[i]);
    cJSON_AddNumberToObject(entry, "distance", crossval->distance[i]);
    bool is_judged = false;
    for (size_t e = 0; e < crossval->n_edge; e++)
      for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
        const double *mae = crossval->mae[e][channel][CUXAS_BY_NETWORKS];
        char          key[64];
        if (mae == NULL || isnan(mae[i])) continue;
        snprintf(key, sizeof key, "mae_%s_%s", training->edge_name[e], cuxas_channel_name((cuxas_channel)channel));
        cJSON_AddNumberToObject(entry, key, mae[i]);
        is_judged = true;
      }
    if (is_judged)
      cJSON_AddItemToArray(sites, entry);
    else
      cJSON_Delete(entry);
  }
  return sites;
}

/* describe() - the whole evaluation; the caller deletes it */
static cJSON *describe(const cuxas_options *options, const cuxas_training *training, const cuxas_crossval *crossval,
                       const cJSON *metrics)
{
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "schema", "cuxas-evaluation/1");
  cJSON_AddStringToObject(object, "records_sha256", training->records->sha256);
  cJSON_AddItemToObject(object, "settings", cuxas_options_settings(options));
  cJSON_AddItemToObject(object, "metrics", cJSON_Duplicate(metrics, 1));
  cJSON_AddItemToObject(object, "sites", describe_sites(training, crossval));
  return object;
}

static cuxas_status run(cuxas_options *options, cuxas_error *err)
{
  const char     *model_path = cuxas_options_text(options, "model"), *test = cuxas_options_text(options, "test");
  cuxas_training  training = {0};
  cuxas_model    *model    = NULL;
  cuxas_crossval *crossval = NULL;
  cJSON          *metrics  = NULL;
  cuxas_status    status   = CUXAS_OK;

  if (test != NULL && model_path == NULL) cuxas_options_usage_error(options, "--test asks for --model");
  if (model_path != NULL) {
    if ((status = cuxas_model_read(model_path, &model, err)) != CUXAS_OK ||
        (status = take_settings(options, model, err)) != CUXAS_OK ||
        (status = cuxas_options_set(options, "from-model", model_path, err)) != CUXAS_OK)
      goto done;
  }
  status = cuxas_training_read(options, cuxas_options_text(options, "data"), cuxas_options_arguments(options),
                               cuxas_options_n_argument(options), test, &training, err);
  if (status == CUXAS_OK)
    status = test != NULL ? evaluate_model(options, &training, model, &crossval, err)
                          : evaluate_folds(options, &training, &crossval, err);
  if (status == CUXAS_OK)
    status = cuxas_crossval_describe(&training, crossval,
                                     test != NULL ? 1 : (size_t)cuxas_options_integer(options, "folds"), &metrics, err);
  if (status != CUXAS_OK) goto done;
  if (cuxas_options_text(options, "json") == NULL || strcmp(cuxas_options_text(options, "json"), "-") != 0)
    cuxas_crossval_print(stdout, metrics);
  status = cuxas_training_write(options, "json", describe(options, &training, crossval, metrics), err);
done:
  cJSON_Delete(metrics);
  cuxas_crossval_free(crossval);
  cuxas_training_free(&training);
  cuxas_model_free(model);
  return status;
}

int main(int argc, char **argv)
{
  cuxas_error err = {0};
  cuxas_program_start();
  cuxas_options *options = cuxas_options_parse(&COMMAND, argc, argv);
  cuxas_program_threads(cuxas_options_integer(options, "threads"));
  const int exit_code = run(options, &err) == CUXAS_OK ? CUXAS_EXIT_DONE : cuxas_print_error(PROGRAM, &err);
  cuxas_options_free(options);
  return cuxas_program_end(PROGRAM, exit_code);
}
