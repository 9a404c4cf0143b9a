/* model_evaluate.c - cuxas-model evaluate: how large is the error on compounds that were not learnt from? Its page and figures */
#include "cmd/common.h"
#include "base/memory.h"
#include "cuxas/predict.h"
#include "base/json.h"
#include "evaluate/evaluation_report.h"
#include "cmd/outputs.h"
#include "cmd/training.h"
#include "cmd/model_commands.h"
#include "write/figure.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PROGRAM "cuxas-model"

static const cuxas_option EVALUATE_OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Question",
     "take the settings of the training from this model where none are given, or judge it on --test", 0},
    {"test", 0, OPT_PATH, "FILE", NULL, NULL, "Question",
     "judge the model as it is on these records, which it must not have learnt from; RECORDS are what it learnt from",
     0},
    {"folds", 0, OPT_INTEGER, "N", "5", "2:1000", "Question",
     "parts of the compounds; each is predicted by networks trained anew on the others", 0},
    {"learning-curve", 0, OPT_INTEGER, "SEEDS", "0", "0:100", "Question",
     "also train on growing parts of the records, with so many seeds (5 in the published curve); every five take two "
     "to three times as long as the rest",
     0},
    {"active", 0, OPT_INTEGER, "SEEDS", "0", "0:100", "Question",
     "also replay which sites to simulate next: at random, the farthest, the least sure, those that models disagree "
     "on, "
     "those whose verdict changes most easily; with so many seeds",
     0},
    {"json", 'j', OPT_PATH, "FILE", NULL, NULL, "Output", "errors, also of every site, and all analyses",
     OPT_SHAPES_RUN},
    {"html", 0, OPT_PATH, "FILE", NULL, NULL, "Output", "all analyses on one page that carries its figures with it",
     OPT_SHAPES_RUN},
    {"figures", 0, OPT_PATH, "DIR", NULL, NULL, "Output", "the figures, each as SVG and PNG", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const TABLES[] = {EVALUATE_OPTIONS,
                                             CUXAS_RECORDS_OPTIONS,
                                             CUXAS_METHOD_OPTIONS,
                                             CUXAS_NETWORKS_OPTIONS,
                                             CUXAS_FORCE_OPTIONS,
                                             CUXAS_THREADS_OPTIONS,
                                             NULL};

/* ---- the test --------------------------------------------------------------------------------------------------- */

static cuxas_status evaluate_model(const cuxas_options *options, const cuxas_training *training,
                                   const cuxas_model *model, cuxas_crossval **ret_crossval, cuxas_error *err)
{
  const cuxas_training_set set      = cuxas_training_set_of(training);
  cuxas_ensemble          *ensemble = NULL;
  const size_t             n_held   = training->records->n_record - training->n_learnt;
  size_t                   n_known  = 0;
  if (n_held == 0) return cuxas_fail(err, CUXAS_EFORMAT, "%s: no usable record", cuxas_options_text(options, "test"));
  for (size_t i = training->n_learnt; i < training->records->n_record; i++) {
    size_t j = 0;
    while (j < training->n_learnt && training->groups->group_of[j] != training->groups->group_of[i]) j++;
    n_known += j < training->n_learnt;
  }
  if (n_known > 0)
    cuxas_print_note(PROGRAM, "%zu of %zu test records are of compounds that were learnt from", n_known, n_held);
  cuxas_status status = cuxas_ensemble_from_model(model, training->raw, training->n_learnt, &ensemble, err);
  if (status == CUXAS_OK) status = cuxas_crossval_judge(&set, n_held, ensemble, ret_crossval, err);
  cuxas_ensemble_free(ensemble);
  return status;
}

static cuxas_status evaluate_folds(const cuxas_options *options, const cuxas_training *training,
                                   cuxas_crossval **ret_crossval, cuxas_error *err)
{
  const cuxas_training_set set   = cuxas_training_set_of(training);
  cuxas_progress_bar       bar   = cuxas_progress_start("cross-validating", cuxas_options_flag(options, "quiet"));
  const cuxas_watch        watch = {cuxas_progress_show, &bar, NULL};
  const cuxas_status       status =
      cuxas_crossval_new(&set, &training->settings, (size_t)cuxas_options_integer(options, "folds"),
                         training->settings.network.seed, &watch, ret_crossval, err);
  cuxas_progress_end(&bar);
  return status;
}

/* ---- output ----------------------------------------------------------------------------------------------------- */

/* describe_sites() - every judged site with the errors of the networks and what surrounds it */
static cuxas_status describe_sites(const cuxas_training *training, const cuxas_evaluation *evaluation, cJSON *sites,
                                   cuxas_error *err)
{
  const cuxas_crossval *crossval = evaluation->crossval;
  cuxas_status          status   = CUXAS_OK;
  for (size_t i = 0; i < crossval->n_row && status == CUXAS_OK; i++) {
    const cuxas_record *record = &training->records->record[i];
    cJSON              *entry  = cJSON_CreateObject();
    cuxas_json_add(entry, "id", cJSON_CreateString(record->id));
    cuxas_json_add(entry, "formula", cJSON_CreateString(record->formula));
    cuxas_json_add(entry, "site_index", cJSON_CreateNumber((double)record->site));
    cuxas_json_add(entry, "fold", cJSON_CreateNumber((double)crossval->fold[i]));
    cuxas_json_add(entry, "distance", cJSON_CreateNumber(crossval->distance[i]));
    bool is_judged = false;
    for (size_t e = 0; e < crossval->n_edge; e++)
      for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
        const double *mae = crossval->mae[e][channel][CUXAS_BY_MODEL];
        char          key[64];
        if (mae == NULL || isnan(mae[i])) continue;
        snprintf(key, sizeof key, "mae_%s_%s", training->edge_name[e], cuxas_channel_name((cuxas_channel)channel));
        cuxas_json_add(entry, key, cJSON_CreateNumber(mae[i]));
        is_judged = true;
      }
    if (is_judged) status = cuxas_evaluation_describe_site(evaluation, i, entry, err);
    if (is_judged)
      cuxas_json_add(sites, NULL, entry);
    else
      cJSON_Delete(entry);
  }
  return status;
}

/* What was found. */
typedef struct {
  const cuxas_options           *options;
  const cuxas_training          *training;
  const cJSON                   *metrics;
  const cuxas_evaluation_report *report;
  const cuxas_replay            *opt_replay;
} finding;

/* What was asked for beyond the held-out test. */
typedef struct {
  const cuxas_learning_curve *opt_curve;
  const cuxas_replay         *opt_replay;
} more;

static cuxas_status write_json(const void *what, FILE *out, cuxas_error *err)
{
  const finding                 *own    = what;
  const cuxas_evaluation_report *report = own->report;
  cJSON                         *object = cJSON_CreateObject();
  cuxas_json_add(object, "schema", cJSON_CreateString("cuxas-evaluation/1"));
  cuxas_json_add(object, "records_sha256", cJSON_CreateString(own->training->records->sha256));
  cuxas_json_add(object, "settings", cuxas_options_settings(own->options));
  cuxas_json_add(object, "metrics", cJSON_Duplicate(own->metrics, 1));
  cJSON       *analyses = cuxas_evaluation_to_json(report);
  cJSON       *curve    = report->opt_curve != NULL ? cuxas_learning_curve_to_json(report) : NULL;
  cuxas_status status   = analyses != NULL && (curve != NULL || report->opt_curve == NULL) ? CUXAS_OK : CUXAS_ENOMEM;
  cuxas_json_add(object, "analyses", analyses);
  if (curve != NULL) cuxas_json_add(object, "learning_curve", curve);
  if (own->opt_replay != NULL) cuxas_json_add(object, "active", cuxas_replay_json(own->opt_replay));
  cJSON *sites = cuxas_json_add(object, "sites", cJSON_CreateArray());
  if (status == CUXAS_OK)
    status = describe_sites(own->training, report->evaluation, sites, err);
  else
    cuxas_no_memory(err);
  if (status == CUXAS_OK) status = cuxas_json_write_tree(object, out, err);
  cJSON_Delete(object);
  return status;
}

static cuxas_status write_page(const void *what, FILE *out, cuxas_error *err)
{
  return cuxas_evaluation_write_html(((const finding *)what)->report, out, err);
}

static const cuxas_output_row OUTPUTS[] = {{"json", write_json, NULL}, {"html", write_page, NULL}, {0}};

/* make_folder() - which figures there will be is known only after the work, so that a folder in use is refused as a whole */
static cuxas_status make_folder(const char *path, bool overwrite, cuxas_error *err)
{
  if (mkdir(path, 0777) == 0) return CUXAS_OK;
  DIR *folder = errno == EEXIST ? opendir(path) : NULL;
  if (folder == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot make the folder: %s", path, strerror(errno));
  bool                 is_empty = true;
  const struct dirent *entry;
  while ((entry = readdir(folder)) != NULL)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) is_empty = false;
  closedir(folder);
  if (is_empty || overwrite) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EEXIST, "%s: exists already and is not empty (use --force to write into it)", path);
}

static cuxas_status check_outputs(const cuxas_options *options, bool *ret_is_taken, cuxas_error *err)
{
  const char  *folder = cuxas_options_text(options, "figures");
  cuxas_status status = cuxas_outputs_check(options, OUTPUTS, ret_is_taken, err);
  if (status == CUXAS_OK && folder != NULL) status = make_folder(folder, cuxas_options_flag(options, "force"), err);
  return status;
}

static cuxas_status write_figure(const cuxas_evaluation_figure *figure, const char *folder, const char *suffix,
                                 bool overwrite, cuxas_error *err)
{
  const cuxas_figure page = cuxas_evaluation_figure_page(figure);
  char              *path = cuxas_path_join(folder, figure->name, suffix);
  if (path == NULL) return cuxas_no_memory(err);
  const cuxas_status status = cuxas_figure_save(&page, path, overwrite, err);
  free(path);
  return status;
}

static cuxas_status write_figures(const cuxas_evaluation_report *report, const char *folder, bool overwrite,
                                  cuxas_error *err)
{
  cuxas_evaluation_figure *figure = cuxas_new(err, CUXAS_MAX_EVALUATION_FIGURE, sizeof *figure);
  cuxas_status             status = CUXAS_OK;
  if (figure == NULL) return CUXAS_ENOMEM;
  const size_t n = cuxas_evaluation_list_figures(report, figure);
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    status = write_figure(&figure[i], folder, "svg", overwrite, err);
    if (status == CUXAS_OK) status = write_figure(&figure[i], folder, "png", overwrite, err);
  }
  free(figure);
  return status;
}

/* write_all() - the analyses in whatever form was asked for */
static cuxas_status write_all(const cuxas_options *options, const cuxas_training *training,
                              const cuxas_model *opt_model, const cuxas_crossval *crossval, more found,
                              const cJSON *metrics, cuxas_error *err)
{
  const double      threshold = opt_model != NULL && opt_model->n_domain > 0 ? opt_model->domain_threshold : NAN;
  const char       *model = cuxas_options_text(options, "model"), *test = cuxas_options_text(options, "test");
  const char       *folder     = cuxas_options_text(options, "figures");
  cuxas_evaluation *evaluation = NULL;
  cJSON            *settings = NULL, *command = NULL;
  char              method[160], *stem;
  if (cuxas_options_text(options, "json") == NULL && cuxas_options_text(options, "html") == NULL && folder == NULL)
    return CUXAS_OK;
  cuxas_status status = cuxas_evaluation_new(training->records, training->dataset, crossval, training->absorber,
                                             threshold, &evaluation, err);
  if (status != CUXAS_OK) return status;
  if (test != NULL)
    snprintf(method, sizeof method, "The model as it is, on records that it did not learn from.");
  else
    snprintf(method, sizeof method,
             "Cross-validation in %ld parts by compound: every site was predicted by a model that had not seen its "
             "compound.",
             cuxas_options_integer(options, "folds"));
  stem                                 = model != NULL ? cuxas_path_stem(model) : NULL;
  const cuxas_evaluation_report report = {.evaluation = evaluation,
                                          .opt_curve  = found.opt_curve,
                                          .title      = stem != NULL ? stem : "Networks trained for this test",
                                          .method     = method,
                                          .settings = settings = cuxas_options_settings(options),
                                          .command = command = cuxas_options_command(options)};
  status =
      cuxas_outputs_write(options, OUTPUTS, &(finding){options, training, metrics, &report, found.opt_replay}, err);
  if (status == CUXAS_OK && folder != NULL)
    status = write_figures(&report, folder, cuxas_options_flag(options, "force"), err);
  free(stem);
  cJSON_Delete(settings);
  cJSON_Delete(command);
  cuxas_evaluation_free(evaluation);
  return status;
}

static cuxas_status draw_curve(const cuxas_options *options, const cuxas_training *training,
                               cuxas_learning_curve **ret_curve, cuxas_error *err)
{
  const cuxas_training_set set    = cuxas_training_set_of(training);
  const size_t             n_size = 5;
  *ret_curve                      = NULL;
  if (cuxas_options_integer(options, "learning-curve") == 0) return CUXAS_OK;
  cuxas_progress_bar        bar    = cuxas_progress_start("learning curve", cuxas_options_flag(options, "quiet"));
  const cuxas_learning_plan plan   = {.n_fold     = (size_t)cuxas_options_integer(options, "folds"),
                                      .n_size     = n_size,
                                      .n_seed     = (size_t)cuxas_options_integer(options, "learning-curve"),
                                      .first_seed = training->settings.network.seed};
  const cuxas_watch         watch  = {cuxas_progress_show, &bar, NULL};
  const cuxas_status        status = cuxas_learning_curve_new(&set, &training->settings, &plan, &watch, ret_curve, err);
  cuxas_progress_end(&bar);
  return status;
}

static cuxas_status run_replay(const cuxas_options *options, const cuxas_training *training, cuxas_replay **ret_replay,
                               cuxas_error *err)
{
  const cuxas_training_set  set  = cuxas_training_set_of(training);
  const cuxas_learning_plan plan = {.n_fold     = (size_t)cuxas_options_integer(options, "folds"),
                                    .n_seed     = (size_t)cuxas_options_integer(options, "active"),
                                    .first_seed = training->settings.network.seed};
  *ret_replay                    = NULL;
  if (plan.n_seed == 0) return CUXAS_OK;
  cuxas_progress_bar bar    = cuxas_progress_start("replaying", cuxas_options_flag(options, "quiet"));
  const cuxas_watch  watch  = {cuxas_progress_show, &bar, NULL};
  const cuxas_status status = cuxas_replay_new(&set, &training->settings, &plan, &watch, ret_replay, err);
  cuxas_progress_end(&bar);
  return status;
}

static cuxas_status run(cuxas_options *options, cuxas_error *err)
{
  const char           *model_path = cuxas_options_text(options, "model"), *test = cuxas_options_text(options, "test");
  cuxas_training        training = {0};
  cuxas_model          *model    = NULL;
  cuxas_crossval       *crossval = NULL;
  cJSON                *metrics  = NULL;
  cuxas_status          status   = CUXAS_OK;
  cuxas_learning_curve *curve    = NULL;
  cuxas_replay         *replay   = NULL;
  bool                  is_taken = false;

  if (test != NULL && model_path == NULL) cuxas_options_usage_error(options, "--test asks for --model");
  if (cuxas_options_n_item(options, "fold-features") > 0 &&
      cuxas_options_integer(options, "learning-curve") + cuxas_options_integer(options, "active") > 0)
    cuxas_options_usage_error(options, "--fold-features: the parts of --learning-curve and --active are others");
  if (test != NULL && cuxas_options_integer(options, "learning-curve") > 0)
    cuxas_options_usage_error(options, "--learning-curve trains anew; it does not go with --test");
  if (test != NULL && cuxas_options_integer(options, "active") > 0)
    cuxas_options_usage_error(options, "--active trains anew; it does not go with --test");
  if ((status = check_outputs(options, &is_taken, err)) != CUXAS_OK) return status;
  if (model_path != NULL) {
    if ((status = cuxas_model_read(model_path, &model, err)) != CUXAS_OK ||
        (status = cuxas_training_take_settings(options, &CUXAS_MODEL_EVALUATE, model, err)) != CUXAS_OK ||
        (status = cuxas_options_set(options, "from-model", model_path, err)) != CUXAS_OK)
      goto done;
  }
  if ((status = cuxas_training_apply_recipe(options, err)) != CUXAS_OK) goto done;
  status = cuxas_training_read(options, cuxas_options_text(options, "data"), cuxas_options_arguments(options),
                               cuxas_options_n_argument(options), test, &training, err);
  if (status == CUXAS_OK)
    status = test != NULL ? evaluate_model(options, &training, model, &crossval, err)
                          : evaluate_folds(options, &training, &crossval, err);
  if (status == CUXAS_OK)
    status = cuxas_crossval_describe(&training, crossval,
                                     test != NULL ? 1 : (size_t)cuxas_options_integer(options, "folds"), &metrics, err);
  if (status != CUXAS_OK) goto done;
  if (!is_taken) cuxas_crossval_print(stdout, metrics);
  if ((status = draw_curve(options, &training, &curve, err)) != CUXAS_OK ||
      (status = run_replay(options, &training, &replay, err)) != CUXAS_OK)
    goto done;
  if (!is_taken && replay != NULL) cuxas_replay_write_text(replay, stdout);
  status = write_all(options, &training, model, crossval, (more){curve, replay}, metrics, err);
done:
  cuxas_replay_free(replay);
  cuxas_learning_curve_free(curve);
  cJSON_Delete(metrics);
  cuxas_crossval_free(crossval);
  cuxas_training_free(&training);
  cuxas_model_free(model);
  return status;
}

const cuxas_command CUXAS_MODEL_EVALUATE = {
    "cuxas-model evaluate",
    "[options] RECORDS...",
    "Prints the mean absolute error of predicted site spectra (edge step 1, on the model's grid) for compounds that "
    "were "
    "not learnt from, beside that of two simple predictors: the mean spectrum of the training set and the spectrum of "
    "its nearest site.",
    "  cuxas-model evaluate train.jsonl --model cu-l23.cuxas\n"
    "  cuxas-model evaluate train.jsonl --model cu-l23.cuxas --html errors.html --learning-curve 5\n"
    "  cuxas-model evaluate train.jsonl --folds 10 --members 1\n"
    "  cuxas-model evaluate train.jsonl --model cu-l23.cuxas --test new.jsonl\n",
    TABLES,
    1,
    SIZE_MAX,
    run,
};
