#include "check.h"
#include "records_make.h"

#include "base/memory.h"
#include "base/random.h"
#include "base/elements.h"
#include "cuxas/predict.h"
#include "learn/adam_priv.h"
#include "learn/crossval.h"
#include "learn/reduction.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* ---- one network ---- */

enum { N_ROW = 24, N_INPUT = 4, N_OUTPUT = 6 };
static const size_t HIDDEN[] = {32, 32};

typedef struct {
  float          input[N_ROW * N_INPUT], target[N_ROW * N_OUTPUT];
  bool           is_held[N_ROW], known[N_ROW];
  cuxas_examples examples;
} task;

/* a smooth function of the inputs, every fourth row held */
static void make_task(task *t)
{
  uint64_t random = 9;
  memset(t, 0, sizeof *t);
  for (size_t i = 0; i < N_ROW; i++) {
    for (size_t j = 0; j < N_INPUT; j++) t->input[i * N_INPUT + j] = (float)random_normal(&random);
    for (size_t j = 0; j < N_OUTPUT; j++)
      t->target[i * N_OUTPUT + j] =
          (float)(1.0 + 0.3 * (double)j + 0.2 * t->input[i * N_INPUT + j % N_INPUT] - 0.1 * t->input[i * N_INPUT]);
    t->known[i]   = true;
    t->is_held[i] = i % 4 == 3;
  }
  t->examples = (cuxas_examples){
      .n_row = N_ROW, .n_input = N_INPUT, .n_output = N_OUTPUT, .input = t->input, .target = t->target};
}

static cuxas_train_settings settings_of(size_t n_epoch)
{
  return (cuxas_train_settings){.n_hidden = 2,
                                .hidden   = HIDDEN,
                                .output   = CUXAS_ACTIVATION_SOFTPLUS,
                                .loss     = CUXAS_LOSS_SQUARE,
                                .n_epoch  = n_epoch,
                                .n_batch  = 8,
                                .rate     = 3e-3,
                                .seed     = 1};
}

typedef struct {
  size_t n_call, stop_after;
  double first, last;
} watcher;

static bool watch(size_t i_epoch, double loss, double validation_loss, void *user)
{
  watcher *w = user;
  (void)validation_loss;
  if (i_epoch == 1) w->first = loss;
  w->last = loss;
  return ++w->n_call != w->stop_after;
}

static void test_loss_falls_until_a_tiny_set_is_learnt_by_heart(void)
{
  static task          t;
  watcher              w   = {0};
  cuxas_dense         *net = NULL;
  cuxas_train_result   result;
  cuxas_train_settings settings = settings_of(600);
  make_task(&t);
  for (int loss = CUXAS_LOSS_SQUARE; loss <= CUXAS_LOSS_ABSOLUTE; loss++) {
    w             = (watcher){0};
    settings.loss = (cuxas_loss)loss;
    CHECK_STATUS(cuxas_train_network(&t.examples, &settings, watch, &w, &net, &result, NULL), CUXAS_OK);
    CHECK(w.n_call == 600 && result.n_epoch == 600 && result.best_epoch == 600);
    CHECK(w.last < 0.01 * w.first);
    float work[N_ROW * 256], output[N_ROW * N_OUTPUT], worst = 0.0f;
    CHECK(cuxas_dense_work_size(net, N_ROW) <= sizeof work / sizeof *work);
    cuxas_dense_forward(net, t.input, N_ROW, work, output);
    for (size_t i = 0; i < N_ROW * N_OUTPUT; i++) worst = fmaxf(worst, fabsf(output[i] - t.target[i]));
    CHECK(worst < 0.03f);
    CHECK((double)result.curve[0] == (double)(float)w.first && (double)result.curve[2 * 599] == (double)(float)w.last);
    cuxas_train_result_free(&result);
    cuxas_dense_free(net);
  }
}

static void test_training_starts_near_the_mean(void)
{
  static task          t;
  watcher              w        = {.stop_after = 1};
  cuxas_dense         *net      = NULL;
  cuxas_train_settings settings = settings_of(100);
  make_task(&t);
  settings.n_batch = N_ROW; /* one step: the loss of the first epoch is that of the start */
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, watch, &w, &net, NULL, NULL), CUXAS_OK);
  double variance = 0.0;
  for (size_t j = 0; j < N_OUTPUT; j++) {
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < N_ROW; i++) sum += t.target[i * N_OUTPUT + j];
    for (size_t i = 0; i < N_ROW; i++) square += pow(t.target[i * N_OUTPUT + j] - sum / N_ROW, 2.0);
    variance += square / N_ROW / N_OUTPUT;
  }
  CHECK(w.first > 0.5 * variance && w.first < 2.0 * variance);
  CHECK(w.n_call == 1); /* and the callback can stop it */
  cuxas_dense_free(net);
}

static void test_same_seed_same_bytes(void)
{
  static task          t;
  cuxas_dense         *a = NULL, *b = NULL, *c = NULL;
  cuxas_train_settings settings = settings_of(20);
  make_task(&t);
  settings.noise        = 0.1;
  settings.weight_decay = 0.1;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &a, NULL, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &b, NULL, NULL), CUXAS_OK);
  settings.seed = 2;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &c, NULL, NULL), CUXAS_OK);
  CHECK(memcmp(a->parameter, b->parameter, a->n_parameter * sizeof(float)) == 0);
  CHECK(memcmp(a->parameter, c->parameter, a->n_parameter * sizeof(float)) != 0);
  cuxas_dense_free(a);
  cuxas_dense_free(b);
  cuxas_dense_free(c);
}

static void test_the_best_epoch_is_kept(void)
{
  static task          t;
  cuxas_dense         *net = NULL;
  cuxas_train_result   result;
  cuxas_train_settings settings = settings_of(400);
  make_task(&t);
  for (size_t i = 0; i < N_ROW * N_OUTPUT; i++) /* nothing to learn: what is learnt is noise, and soon hurts */
    t.target[i] = (float)(1.0 + 0.3 * sin(37.0 * (double)i));
  t.examples.opt_is_held = t.is_held;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &net, &result, NULL), CUXAS_OK);
  CHECK(result.n_epoch == 400 && result.best_epoch < 200);
  double loss = 0.0;
  float  scratch[N_ROW * 256], output[N_ROW * N_OUTPUT];
  cuxas_dense_forward(net, t.input, N_ROW, scratch, output);
  for (size_t i = 0; i < N_ROW * N_OUTPUT; i++)
    if (t.is_held[i / N_OUTPUT]) loss += pow((double)output[i] - t.target[i], 2.0);
  CHECK_NEAR(loss / (N_ROW / 4 * N_OUTPUT), result.validation_loss, 1e-5);
  cuxas_train_result_free(&result);
  cuxas_dense_free(net);
  settings.patience = 10;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &net, &result, NULL), CUXAS_OK);
  CHECK(result.n_epoch == result.best_epoch + 10);
  cuxas_train_result_free(&result);
  cuxas_dense_free(net);
}

static void test_unknown_rows_teach_nothing(void)
{
  static task          t;
  cuxas_dense         *a = NULL, *b = NULL;
  cuxas_train_settings settings = settings_of(10);
  make_task(&t);
  t.examples.opt_known = t.known;
  t.known[5]           = false;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &a, NULL, NULL), CUXAS_OK);
  for (size_t j = 0; j < N_OUTPUT; j++) t.target[5 * N_OUTPUT + j] = 1e6f;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &b, NULL, NULL), CUXAS_OK);
  CHECK(memcmp(a->parameter, b->parameter, a->n_parameter * sizeof(float)) == 0);
  cuxas_dense_free(a);
  cuxas_dense_free(b);
}

static void test_values_of_no_weight_teach_nothing(void)
{
  static task          t;
  static float         weight[N_ROW * N_OUTPUT];
  cuxas_dense         *a = NULL, *b = NULL, *c = NULL;
  cuxas_train_settings settings = settings_of(10);
  make_task(&t);
  for (size_t i = 0; i < N_ROW * N_OUTPUT; i++) weight[i] = 1.0f;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &a, NULL, NULL), CUXAS_OK);
  t.examples.opt_weight = weight; /* all 1: as without */
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &b, NULL, NULL), CUXAS_OK);
  CHECK(memcmp(a->parameter, b->parameter, a->n_parameter * sizeof(float)) == 0);
  cuxas_dense_free(b);
  weight[5 * N_OUTPUT + 2] = 0.0f;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &b, NULL, NULL), CUXAS_OK);
  t.target[5 * N_OUTPUT + 2] = 1e6f;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &c, NULL, NULL), CUXAS_OK);
  CHECK(memcmp(b->parameter, c->parameter, b->n_parameter * sizeof(float)) == 0);
  CHECK(memcmp(a->parameter, b->parameter, b->n_parameter * sizeof(float)) != 0);
  cuxas_dense_free(a);
  cuxas_dense_free(b);
  cuxas_dense_free(c);
}

static void test_a_finished_network_is_not_trained_again(void)
{
  static const char    FOLDER[] = "test_train.tmp.checkpoint";
  static task          t;
  char                 command[128];
  cuxas_dense         *a = NULL, *b = NULL;
  cuxas_train_result   first, second;
  cuxas_train_settings settings = settings_of(30);
  make_task(&t);
  t.examples.opt_is_held  = t.is_held;
  settings.opt_checkpoint = FOLDER;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &a, &first, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &b, &second, NULL), CUXAS_OK);
  CHECK(memcmp(a->parameter, b->parameter, a->n_parameter * sizeof(float)) == 0);
  CHECK(first.best_epoch == second.best_epoch && first.validation_mae == second.validation_mae);
  CHECK(memcmp(first.curve, second.curve, 60 * sizeof(float)) == 0);
  cuxas_dense_free(b);
  cuxas_train_result_free(&second);

  /* the file speaks for these examples alone: others are trained */
  t.target[3] += 0.5f;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &b, NULL, NULL), CUXAS_OK);
  CHECK(memcmp(a->parameter, b->parameter, a->n_parameter * sizeof(float)) != 0);
  cuxas_dense_free(b);
  t.target[3] -= 0.5f;

  /* a file cut short counts as none */
  snprintf(command, sizeof command, "for f in %s/*.net; do head -c 100 $f >$f.cut; mv $f.cut $f; done", FOLDER);
  CHECK(system(command) == 0);
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &b, NULL, NULL), CUXAS_OK);
  CHECK(memcmp(a->parameter, b->parameter, a->n_parameter * sizeof(float)) == 0);
  cuxas_dense_free(a);
  cuxas_dense_free(b);
  cuxas_train_result_free(&first);
  snprintf(command, sizeof command, "rm -r %s", FOLDER);
  CHECK(system(command) == 0);
  settings.opt_checkpoint = "no/such/folder";
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &b, NULL, NULL), CUXAS_EIO);
}

static void test_a_constant_rate_trains_too(void)
{
  static task          t;
  watcher              w   = {0};
  cuxas_dense         *net = NULL, *cosine = NULL;
  cuxas_train_settings settings = settings_of(200);
  make_task(&t);
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &cosine, NULL, NULL), CUXAS_OK);
  settings.schedule = CUXAS_SCHEDULE_CONSTANT;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, watch, &w, &net, NULL, NULL), CUXAS_OK);
  CHECK(w.last < 0.1 * w.first);
  CHECK(memcmp(net->parameter, cosine->parameter, net->n_parameter * sizeof(float)) != 0);
  cuxas_dense_free(net);
  cuxas_dense_free(cosine);
}

static void test_impossible_settings_and_divergence(void)
{
  static task          t;
  cuxas_dense         *net      = NULL;
  cuxas_error          err      = {0};
  cuxas_train_settings settings = settings_of(0);
  make_task(&t);
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &net, NULL, &err), CUXAS_ERANGE);
  settings      = settings_of(5);
  settings.rate = 0.0;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &net, NULL, &err), CUXAS_ERANGE);
  settings             = settings_of(5);
  t.examples.opt_known = t.known;
  memset(t.known, 0, sizeof t.known);
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &net, NULL, &err), CUXAS_ERANGE);
  t.examples.opt_known = NULL;
  settings.output      = CUXAS_ACTIVATION_LINEAR;
  settings.rate        = 1e30;
  CHECK_STATUS(cuxas_train_network(&t.examples, &settings, NULL, NULL, &net, NULL, &err), CUXAS_ENUMERIC);
  CHECK_CONTAINS(err.message, "diverged");
  CHECK(net == NULL);
}

/* ---- records to model ---- */

static const cuxas_grid GRID[]                            = {{925.0, 0.5, 125}, {945.0, 0.5, 125}};
static const char       EDGE_NAME[][CUXAS_EDGE_NAME_SIZE] = {"L3", "L2"};
static const char       SYMFUN[] =
    "{\"name\":\"symfun\",\"cutoff_A\":5,\"n_radial\":8,\"radial_first_A\":1.6,\"radial_last_A\":4.5,"
    "\"properties\":[\"one\",\"electronegativity\",\"covalent_radius\"],\"shell_cutoff_A\":5,\"softness_A\":[0.37],"
    "\"l_max\":2}";
enum { N_RECORD = 40 };

typedef struct {
  cuxas_records    *records;
  cuxas_dataset    *dataset;
  cuxas_groups     *groups;
  cJSON            *description;
  cuxas_featurizer *featurizer;
  float            *raw;
  size_t            n_raw, row[N_RECORD];
} course;

static void start(course *c)
{
  static const char *const EDGES[] = {"L3", "L2"};
  const char              *path    = "test_train.tmp.jsonl";
  memset(c, 0, sizeof *c);
  write_synthetic(path, N_RECORD);
  CHECK_STATUS(cuxas_records_read(&path, 1, 29, EDGES, 2, &c->records, NULL), CUXAS_OK);
  remove(path);
  c->description = cJSON_Parse(SYMFUN);
  CHECK_STATUS(cuxas_dataset_new(c->records, GRID, &c->dataset, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_groups_new(c->records, NULL, &c->groups, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_featurizer_new(c->description, NULL, &c->featurizer, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_ensemble_features(c->featurizer, c->records, &c->raw, NULL), CUXAS_OK);
  c->n_raw = cuxas_featurizer_length(c->featurizer);
  for (size_t i = 0; i < N_RECORD; i++) c->row[i] = i;
}

/* add_screened_hole() - every other record gets spectra with a core hole: 1.5 times as high */
static void add_screened_hole(course *c)
{
  for (size_t e = 0; e < 2; e++)
    for (size_t i = 0; i < N_RECORD; i += 2) {
      const size_t n = c->dataset->grid[e].n_energy;
      for (size_t k = 0; k < n; k++) c->dataset->target[e][1][i * n + k] = 1.5f * c->dataset->target[e][0][i * n + k];
      c->dataset->known[e][1][i] = true;
    }
}

static void finish(course *c)
{
  free(c->raw);
  cuxas_featurizer_free(c->featurizer);
  cuxas_groups_free(c->groups);
  cuxas_dataset_free(c->dataset);
  cuxas_records_free(c->records);
  cJSON_Delete(c->description);
}

static cuxas_ensemble_settings course_settings(void)
{
  cuxas_ensemble_settings settings = {.n_feature           = 8,
                                      .n_member            = 2,
                                      .validation_fraction = 0.1,
                                      .channel             = {true, false},
                                      .domain_k            = 3,
                                      .network             = settings_of(60)};
  return settings;
}

static void test_threads_change_no_byte_of_an_ensemble(void)
{
  course                        c;
  cuxas_ensemble               *one = NULL, *many = NULL;
  const cuxas_ensemble_settings settings = course_settings();
  start(&c);
  const int n_thread = omp_get_max_threads();
  omp_set_num_threads(1);
  CHECK_STATUS(cuxas_ensemble_new(&(cuxas_training_set){c.dataset, c.groups, c.raw, c.n_raw, NULL, NULL}, c.row,
                                  N_RECORD, &settings, NULL, &one, NULL),
               CUXAS_OK);
  omp_set_num_threads(4);
  CHECK_STATUS(cuxas_ensemble_new(&(cuxas_training_set){c.dataset, c.groups, c.raw, c.n_raw, NULL, NULL}, c.row,
                                  N_RECORD, &settings, NULL, &many, NULL),
               CUXAS_OK);
  omp_set_num_threads(n_thread);
  for (size_t e = 0; e < 2; e++) {
    CHECK(one->net[e][1] == NULL); /* a channel that was not asked for */
    for (size_t m = 0; m < 2; m++) {
      const cuxas_dense *a = one->net[e][0][m], *b = many->net[e][0][m];
      CHECK(memcmp(a->parameter, b->parameter, a->n_parameter * sizeof(float)) == 0);
    }
    const cuxas_dense *a = one->net[e][0][0], *b = one->net[e][0][1]; /* while members differ */
    CHECK(memcmp(a->parameter, b->parameter, a->n_parameter * sizeof(float)) != 0);
  }
  cuxas_ensemble_free(one);
  cuxas_ensemble_free(many);
  finish(&c);
}

static void test_model_predicts_what_its_ensemble_does(void)
{
  course                        c;
  cuxas_ensemble               *ensemble = NULL, *back = NULL;
  cuxas_model                  *model    = NULL;
  cuxas_prediction             *p        = NULL;
  cuxas_error                   err      = {0};
  const cuxas_ensemble_settings settings = course_settings();
  start(&c);
  cJSON *training = cJSON_Parse("{\"n_sites\":40}");
  CHECK_STATUS(cuxas_ensemble_new(&(cuxas_training_set){c.dataset, c.groups, c.raw, c.n_raw, NULL, NULL}, c.row,
                                  N_RECORD, &settings, NULL, &ensemble, &err),
               CUXAS_OK);
  const cuxas_ensemble_description description = {.name             = "synthetic",
                                                  .absorber         = 29,
                                                  .featurizer       = c.description,
                                                  .edge_name        = EDGE_NAME,
                                                  .weight           = {1.0, 0.5},
                                                  .shift_eV         = -2.0,
                                                  .fwhm_eV          = 1.0,
                                                  .domain_threshold = 0.7,
                                                  .licence          = "none",
                                                  .training         = training};
  CHECK_STATUS(cuxas_ensemble_to_model(ensemble, &description, &model, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  CHECK(model->n_training == 40 && model->n_domain == N_RECORD && model->domain_threshold == 0.7);
  float feature[8], mu[125];
  CHECK_STATUS(cuxas_predict_crystal(model, c.records->record[7].crystal, &p, NULL), CUXAS_OK);
  cuxas_reduction_apply(ensemble->reduction, c.raw + 7 * c.n_raw, 1, feature);
  CHECK_STATUS(cuxas_ensemble_predict(ensemble, 1, CUXAS_CHANNEL_NO_HOLE, feature, 1, mu, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_ensemble_predict(ensemble, 1, CUXAS_CHANNEL_SCREENED_HOLE, feature, 1, mu, NULL), CUXAS_ERANGE);
  const size_t i_head = (size_t)(cuxas_model_find_head(model, 1, CUXAS_CHANNEL_NO_HOLE) - model->head);
  for (size_t i = 0; i < 125; i++) CHECK_NEAR(p->site[0].mu[i_head][i], mu[i], 1e-4);
  CHECK_NEAR(p->domain.distance, cuxas_ensemble_distance(ensemble, feature), 1e-4);
  CHECK(!p->domain.outside);
  CHECK_STATUS(cuxas_ensemble_from_model(model, c.raw, N_RECORD, &back, NULL), CUXAS_OK);
  CHECK(memcmp(back->feature, ensemble->feature, N_RECORD * 8 * sizeof(float)) == 0);
  CHECK(memcmp(back->net[0][0][1]->parameter, ensemble->net[0][0][1]->parameter,
               back->net[0][0][1]->n_parameter * sizeof(float)) == 0);
  cuxas_prediction_free(p);
  cuxas_model_free(model);
  cuxas_ensemble_free(back);
  cuxas_ensemble_free(ensemble);
  cJSON_Delete(training);
  finish(&c);
}

/* all methods, both channels, shared and separate hidden layers: the model in memory, the model's file and the ensemble
 * agree in mean and sigma */
static void test_every_method_survives_its_file(void)
{
  static const struct {
    cuxas_method method;
    bool         is_shared, is_aligned;
  } CASE[] = {{CUXAS_METHOD_NETWORKS, true, false},
              {CUXAS_METHOD_KERNEL, false, false},
              {CUXAS_METHOD_KERNEL, false, true},
              {CUXAS_METHOD_BOTH, true, true},
              {CUXAS_METHOD_BOTH, false, false}};
  course c;
  start(&c);
  add_screened_hole(&c);
  cJSON *training = cJSON_Parse("{\"n_sites\":40}");
  for (size_t i = 0; i < sizeof CASE / sizeof CASE[0]; i++) {
    cuxas_ensemble         *ensemble = NULL, *back = NULL;
    cuxas_model            *made = NULL, *model = NULL;
    cuxas_prediction       *p        = NULL;
    cuxas_ensemble_settings settings = course_settings();
    settings.method                  = CASE[i].method;
    settings.is_shared               = CASE[i].is_shared;
    settings.is_aligned              = CASE[i].is_aligned;
    settings.kernel_part             = 0.4;
    settings.n_feature               = CASE[i].method == CUXAS_METHOD_KERNEL ? 0 : 8;
    settings.channel[1]              = true;
    settings.network.n_epoch         = 5;
    CHECK_STATUS(cuxas_ensemble_new(&(cuxas_training_set){c.dataset, c.groups, c.raw, c.n_raw, NULL, NULL}, c.row,
                                    N_RECORD, &settings, NULL, &ensemble, NULL),
                 CUXAS_OK);
    ensemble->spread_factor[1][1]                = 2.5;
    const cuxas_ensemble_description description = {.name             = "synthetic",
                                                    .absorber         = 29,
                                                    .featurizer       = c.description,
                                                    .edge_name        = EDGE_NAME,
                                                    .weight           = {1.0, 0.5},
                                                    .domain_threshold = 0.7,
                                                    .licence          = "none",
                                                    .training         = training};
    CHECK_STATUS(cuxas_ensemble_to_model(ensemble, &description, &made, NULL), CUXAS_OK);
    CHECK_STATUS(cuxas_model_write(made, "test_train.tmp.cuxas", true, NULL), CUXAS_OK);
    CHECK_STATUS(cuxas_model_read("test_train.tmp.cuxas", &model, NULL), CUXAS_OK);
    remove("test_train.tmp.cuxas");
    CHECK(model->n_head == 4);
    float feature[64], mu[125], sigma[125], again[125];
    CHECK(ensemble->reduction->n_feature <= 64);
    CHECK_STATUS(cuxas_predict_crystal(model, c.records->record[7].crystal, &p, NULL), CUXAS_OK);
    cuxas_reduction_apply(ensemble->reduction, c.raw + 7 * c.n_raw, 1, feature);
    CHECK_STATUS(cuxas_ensemble_from_model(model, c.raw, N_RECORD, &back, NULL), CUXAS_OK);
    for (size_t e = 0; e < 2; e++)
      for (int channel = 0; channel < 2; channel++) {
        const cuxas_channel ch     = (cuxas_channel)channel;
        const size_t        i_head = (size_t)(cuxas_model_find_head(model, e, ch) - model->head);
        CHECK(model->head[i_head].spread_factor == (e == 1 && channel == 1 ? 2.5 : 1.0));
        CHECK_STATUS(cuxas_ensemble_predict(ensemble, e, ch, feature, 1, mu, NULL), CUXAS_OK);
        CHECK_STATUS(cuxas_ensemble_spread(ensemble, e, ch, feature, 1, sigma, NULL), CUXAS_OK);
        CHECK_STATUS(cuxas_ensemble_predict(back, e, ch, feature, 1, again, NULL), CUXAS_OK);
        for (size_t k = 0; k < 125; k++) {
          CHECK_NEAR(p->site[0].mu[i_head][k], mu[k], 1e-4);
          CHECK_NEAR(p->site[0].sigma[i_head][k], sigma[k], 1e-4);
          CHECK_NEAR(again[k], mu[k], 1e-5);
          CHECK(sigma[k] > 0.0f);
        }
      }
    CHECK(p->sigma[0] != NULL && p->sigma[1] != NULL);
    if (CASE[i].method ==
        CUXAS_METHOD_KERNEL) { /* learns what relates the channels, although for half of the rows only */
      CHECK_STATUS(cuxas_ensemble_predict(ensemble, 0, CUXAS_CHANNEL_NO_HOLE, feature, 1, mu, NULL), CUXAS_OK);
      CHECK_STATUS(cuxas_ensemble_predict(ensemble, 0, CUXAS_CHANNEL_SCREENED_HOLE, feature, 1, again, NULL), CUXAS_OK);
      for (size_t k = 20; k < 125; k++) CHECK_NEAR(again[k] / mu[k], 1.5, 0.1);
    }
    cuxas_prediction_free(p);
    cuxas_model_free(made);
    cuxas_model_free(model);
    cuxas_ensemble_free(back);
    cuxas_ensemble_free(ensemble);
  }
  cJSON_Delete(training);
  finish(&c);
}

static void test_cross_validation_beats_the_mean_where_there_is_something_to_learn(void)
{
  course                  c;
  cuxas_crossval         *crossval = NULL;
  cuxas_error_summary     net, mean;
  cuxas_ensemble_settings settings = course_settings();
  double                  p50;
  start(&c);
  settings.network.n_epoch = 150;
  CHECK_STATUS(cuxas_crossval_new(&(cuxas_training_set){c.dataset, c.groups, c.raw, c.n_raw, NULL, NULL}, &settings, 5,
                                  1, NULL, &crossval, NULL),
               CUXAS_OK);
  CHECK(crossval->mae[0][CUXAS_CHANNEL_SCREENED_HOLE][0] == NULL);
  for (size_t e = 0; e < 2; e++) {
    CHECK_STATUS(cuxas_error_summarise(crossval->mae[e][0][CUXAS_BY_MODEL], NULL, N_RECORD, &net, NULL), CUXAS_OK);
    CHECK_STATUS(cuxas_error_summarise(crossval->mae[e][0][CUXAS_BY_MEAN], NULL, N_RECORD, &mean, NULL), CUXAS_OK);
    CHECK(net.n_row == N_RECORD && mean.n_row == N_RECORD);
    CHECK(net.median < 0.8 * mean.median);

    const size_t n    = c.dataset->grid[e].n_energy; /* the predictions kept are those that were judged */
    const float *kept = crossval->mu[e][0] + 7 * n, *target = c.dataset->target[e][0] + 7 * n;
    double       sum = 0.0, sum_sigma = 0.0;
    for (size_t k = 0; k < n; k++) {
      sum += fabs((double)kept[k] - target[k]);
      sum_sigma += crossval->sigma[e][0][7 * n + k];
    }
    CHECK_NEAR(sum / (double)n, crossval->mae[e][0][CUXAS_BY_MODEL][7], 1e-9);
    CHECK(settings.n_member > 1 ? sum_sigma > 0.0 : sum_sigma == 0.0);
  }
  CHECK_STATUS(
      cuxas_error_summarise(crossval->mae[1][0][CUXAS_BY_MODEL], c.dataset->simulated[1][0], N_RECORD, &net, NULL),
      CUXAS_OK);
  CHECK(net.n_row == 14); /* every third record */
  CHECK_STATUS(cuxas_quantile(crossval->distance, N_RECORD, 0.5, &p50, NULL), CUXAS_OK);
  CHECK(p50 > 0.0);
  cuxas_crossval_free(crossval);
  finish(&c);
}

/* raw_but() - features as they are, with noise in place of the last of them in some rows; the caller frees them */
static float *raw_but(const course *c, const size_t *opt_fold, size_t i_fold)
{
  float *raw = cuxas_new(NULL, N_RECORD, c->n_raw * sizeof *raw);
  memcpy(raw, c->raw, N_RECORD * c->n_raw * sizeof *raw);
  for (size_t i = 0; i < N_RECORD; i++)
    if (opt_fold == NULL || opt_fold[i] == i_fold)
      for (size_t j = 0; j < c->n_raw; j++) raw[i * c->n_raw + j] = (float)((i * 7919 + j * 104729) % 101);
  return raw;
}

static void test_every_fold_is_judged_with_the_features_that_do_not_know_it(void)
{
  enum { N_FOLD = 3 };
  course                  c;
  cuxas_ensemble_settings settings = course_settings();
  cuxas_crossval         *plain = NULL, *mixed = NULL;
  cuxas_training_set      set;
  start(&c);
  settings.method = CUXAS_METHOD_KERNEL;
  set             = (cuxas_training_set){c.dataset, c.groups, c.raw, c.n_raw, NULL, NULL};
  CHECK_STATUS(cuxas_crossval_new(&set, &settings, N_FOLD, 1, NULL, &plain, NULL), CUXAS_OK);
  float       *noise = raw_but(&c, NULL, 0), *second = raw_but(&c, plain->fold, 1);
  const float *of_fold[N_FOLD] = {c.raw, second, c.raw};
  set.raw                      = noise; /* not asked for */
  set.opt_fold_raw             = of_fold;
  CHECK_STATUS(cuxas_crossval_new(&set, &settings, N_FOLD, 1, NULL, &mixed, NULL), CUXAS_OK);
  const double *before = plain->mae[0][CUXAS_CHANNEL_NO_HOLE][CUXAS_BY_MODEL],
               *after  = mixed->mae[0][CUXAS_CHANNEL_NO_HOLE][CUXAS_BY_MODEL];
  for (size_t i = 0; i < N_RECORD; i++) CHECK((before[i] == after[i]) == (plain->fold[i] != 1));
  cuxas_crossval_free(plain);
  cuxas_crossval_free(mixed);
  free(noise);
  free(second);
  finish(&c);
}

/* Features that know the rows, as a network's do that has learnt from them: the kernel is not to believe them. */
static void test_kernels_are_chosen_by_the_features_that_know_no_row(void)
{
  course                  c;
  cuxas_ensemble_settings settings = course_settings();
  cuxas_ensemble         *honest = NULL, *all = NULL, *twice = NULL;
  size_t                  row[N_RECORD];
  start(&c);
  const size_t n   = c.n_raw + 4;
  float       *raw = cuxas_new(NULL, N_RECORD, n * sizeof *raw);
  for (size_t i = 0; i < N_RECORD; i++) {
    row[i] = i;
    memcpy(raw + i * n, c.raw + i * c.n_raw, c.n_raw * sizeof *raw);
    for (size_t j = 0; j < 4; j++) raw[i * n + c.n_raw + j] = 100.0f * c.dataset->target[0][0][i * 125 + 30 + 4 * j];
  }
  settings.method               = CUXAS_METHOD_KERNEL;
  settings.n_feature            = 0;
  const cuxas_training_set of   = {c.dataset, c.groups, c.raw, c.n_raw, NULL, NULL};
  const cuxas_training_set with = {c.dataset, c.groups, raw, n, NULL, NULL};
  CHECK_STATUS(cuxas_ensemble_new(&of, row, N_RECORD, &settings, NULL, &honest, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_ensemble_new(&with, row, N_RECORD, &settings, NULL, &all, NULL), CUXAS_OK);
  settings.n_choice = c.n_raw;
  CHECK_STATUS(cuxas_ensemble_new(&with, row, N_RECORD, &settings, NULL, &twice, NULL), CUXAS_OK);
  const cuxas_kernel_shape first = honest->kernel[0][0]->shape, wrong = all->kernel[0][0]->shape,
                           shape = twice->kernel[0][0]->shape;
  CHECK(shape.ridge == first.ridge);
  CHECK(shape.length > first.length && shape.length < 1.5 * first.length); /* by so much are distances longer */
  CHECK(wrong.length != shape.length);
  cuxas_ensemble_free(honest);
  cuxas_ensemble_free(all);
  cuxas_ensemble_free(twice);
  free(raw);
  finish(&c);
}

static void test_summaries(void)
{
  const double        mae[]  = {0.3, NAN, 0.1, 0.2, 0.5};
  const bool          some[] = {true, true, false, true, false};
  cuxas_error_summary s;
  double              q;
  CHECK_STATUS(cuxas_error_summarise(mae, NULL, 5, &s, NULL), CUXAS_OK);
  CHECK(s.n_row == 4);
  CHECK_NEAR(s.median, 0.25, 1e-12);
  CHECK_NEAR(s.mean, 0.275, 1e-12);
  CHECK_STATUS(cuxas_error_summarise(mae, some, 5, &s, NULL), CUXAS_OK);
  CHECK(s.n_row == 2);
  CHECK_STATUS(cuxas_quantile(mae, 5, 1.0, &q, NULL), CUXAS_OK);
  CHECK_NEAR(q, 0.5, 0.0);
  CHECK_STATUS(cuxas_quantile(mae + 1, 1, 0.5, &q, NULL), CUXAS_ERANGE);
}

/* ---- adam ---- */

/* steps against the formulas of the papers, worked out by hand; what decays and what does not */

/* The first step is rate * sign(gradient), whatever the gradient's size: moments are corrected for their start at 0. */
static void test_first_step_has_the_length_of_the_rate(void)
{
  const float gradient[3]  = {1e-3f, -2.0f, 0.0f};
  float       parameter[3] = {0.5f, 0.5f, 0.5f};
  cuxas_adam  adam;
  CHECK(cuxas_adam_begin(&adam, 3));
  cuxas_adam_step(&adam, gradient, 1.0f, 0.01, 0.0, parameter);
  CHECK_NEAR(parameter[0], 0.49, 1e-6);
  CHECK_NEAR(parameter[1], 0.51, 1e-6);
  CHECK(parameter[2] == 0.5f);
  cuxas_adam_end(&adam);
}

/* Algorithm 1 of Kingma and Ba in double precision. */
static void test_many_steps_follow_the_paper(void)
{
  double     m = 0.0, v = 0.0, theta = 1.0;
  float      parameter[1] = {1.0f};
  cuxas_adam adam;
  CHECK(cuxas_adam_begin(&adam, 1));
  for (int t = 1; t <= 50; t++) {
    const double g = sin(0.3 * t) + 0.2;
    m              = 0.9 * m + 0.1 * g;
    v              = 0.999 * v + 0.001 * g * g;
    theta -= 0.02 * (m / (1.0 - pow(0.9, t))) / (sqrt(v / (1.0 - pow(0.999, t))) + 1e-8);
    const float gradient[1] = {(float)g};
    cuxas_adam_step(&adam, gradient, 1.0f, 0.02, 0.0, parameter);
  }
  CHECK(adam.n_step == 50);
  CHECK_NEAR(parameter[0], theta, 1e-5);
  cuxas_adam_end(&adam);
}

/* Decoupled: weights shrink by rate * decay a step, biases do not, and moments know nothing of it. */
static void test_weights_decay_and_biases_do_not(void)
{
  const size_t width[3] = {2, 3, 1};
  cuxas_dense *net      = cuxas_dense_new(2, width, CUXAS_ACTIVATION_LINEAR);
  float        parameter[14], gradient[14] = {0.0f};
  cuxas_adam   adam;
  CHECK(net != NULL && net->n_parameter == 13);
  CHECK(cuxas_adam_begin(&adam, 14)); /* one parameter before the network */
  cuxas_adam_mark(&adam, net, 1);
  for (int i = 0; i < 14; i++) parameter[i] = 1.0f;
  cuxas_adam_step(&adam, gradient, 1.0f, 0.1, 0.5, parameter);
  for (int i = 0; i < 14; i++) {
    const bool is_weight = (i >= 1 && i < 7) || (i >= 10 && i < 13); /* 6 weights, 3 biases, 3 weights, 1 bias */
    CHECK_NEAR(parameter[i], is_weight ? 0.95 : 1.0, 1e-6);
    CHECK(adam.first[i] == 0.0f && adam.second[i] == 0.0f);
  }
  cuxas_adam_end(&adam);
  cuxas_dense_free(net);
}

static void test_a_cut_gradient_is_a_smaller_gradient(void)
{
  const float whole[2] = {3.0f, -4.0f}, part[2] = {0.75f, -1.0f};
  float       a[2] = {1.0f, 1.0f}, b[2] = {1.0f, 1.0f};
  cuxas_adam  cut, small;
  CHECK(cuxas_adam_begin(&cut, 2) && cuxas_adam_begin(&small, 2));
  for (int t = 0; t < 5; t++) {
    cuxas_adam_step(&cut, whole, 0.25f, 0.1, 0.0, a);
    cuxas_adam_step(&small, part, 1.0f, 0.1, 0.0, b);
  }
  CHECK(memcmp(a, b, sizeof a) == 0 && memcmp(cut.first, small.first, sizeof a) == 0);
  cuxas_adam_end(&cut);
  cuxas_adam_end(&small);
}

/* A bowl, each side of its own steepness: the minimum is found. */
static void test_minimum_is_found(void)
{
  float      x[2] = {3.0f, -2.0f};
  cuxas_adam adam;
  CHECK(cuxas_adam_begin(&adam, 2));
  for (int t = 0; t < 2000; t++) {
    const float gradient[2] = {2.0f * (x[0] - 1.0f), 200.0f * (x[1] + 0.5f)};
    cuxas_adam_step(&adam, gradient, 1.0f, 0.01 * (1.0 - t / 2000.0), 0.0, x);
  }
  CHECK_NEAR(x[0], 1.0, 1e-2);
  CHECK_NEAR(x[1], -0.5, 1e-2);
  cuxas_adam_end(&adam);
}

/* ---- reduction ---- */

enum { N_REDUCED_ROW = 60, N_REDUCED_RAW = 12, N_REDUCED_HIDDEN = 3 };

/* make_raw() - three hidden variables of falling size seen through twelve correlated features; the last never changes */
static void make_raw(size_t n_row, float *ret_raw)
{
  uint64_t random = 2;
  double   mix[N_REDUCED_HIDDEN][N_REDUCED_RAW];
  for (int h = 0; h < N_REDUCED_HIDDEN; h++)
    for (int j = 0; j < N_REDUCED_RAW; j++) mix[h][j] = random_normal(&random) / (1.0 + 2.0 * h);
  for (size_t i = 0; i < n_row; i++) {
    double hidden[N_REDUCED_HIDDEN];
    for (int h = 0; h < N_REDUCED_HIDDEN; h++) hidden[h] = random_normal(&random);
    for (size_t j = 0; j < N_REDUCED_RAW; j++) {
      double sum = 5.0 + (double)j;
      for (int h = 0; h < N_REDUCED_HIDDEN; h++) sum += hidden[h] * mix[h][j];
      ret_raw[i * N_REDUCED_RAW + j] = j + 1 == N_REDUCED_RAW ? 3.0f : (float)sum;
    }
  }
}

static void test_features_are_centred_and_uncorrelated(void)
{
  float            raw[N_REDUCED_ROW * N_REDUCED_RAW], feature[N_REDUCED_ROW * 5];
  cuxas_reduction *reduction = NULL;
  make_raw(N_REDUCED_ROW, raw);
  for (int w = 0; w <= 2; w++) {
    CHECK_STATUS(cuxas_reduction_new(raw, N_REDUCED_ROW, N_REDUCED_RAW, 5, 0.5 * w, &reduction, NULL), CUXAS_OK);
    CHECK(reduction->n_component == N_REDUCED_HIDDEN); /* rank of the data */
    cuxas_reduction_apply(reduction, raw, N_REDUCED_ROW, feature);
    double total = 0.0, first = 0.0, second = 0.0;
    for (size_t a = 0; a < 5; a++)
      for (size_t b = 0; b <= a; b++) {
        double sum = 0.0, product = 0.0;
        for (size_t i = 0; i < N_REDUCED_ROW; i++) {
          sum += feature[i * 5 + a];
          product += (double)feature[i * 5 + a] * feature[i * 5 + b];
        }
        CHECK_NEAR(sum / N_REDUCED_ROW, 0.0, 1e-4);
        if (a != b) CHECK_NEAR(product / N_REDUCED_ROW, 0.0, 1e-3);
        if (a == b) total += product / N_REDUCED_ROW;
        if (a == b && a == 0) first = product / N_REDUCED_ROW;
        if (a == b && a == 1) second = product / N_REDUCED_ROW;
        if (a == b && a >= N_REDUCED_HIDDEN) CHECK(product == 0.0);
      }
    CHECK_NEAR(total / N_REDUCED_HIDDEN, 1.0, 1e-3);
    CHECK(w == 2 ? fabs(first - second) < 1e-3 : first > 1.1 * second); /* alike only when fully whitened */
    cuxas_reduction_free(reduction);
  }
}

static void test_few_rows_and_many_rows_find_the_same(void)
{
  /* with fewer rows than features another matrix is diagonalised: distances must not know */
  float            raw[N_REDUCED_ROW * N_REDUCED_RAW], feature[2][8 * 6];
  cuxas_reduction *reduction = NULL;
  make_raw(N_REDUCED_ROW, raw);
  float twice[16 * N_REDUCED_RAW];
  memcpy(twice, raw, 8 * N_REDUCED_RAW * sizeof *raw);
  memcpy(twice + 8 * N_REDUCED_RAW, raw,
         8 * N_REDUCED_RAW * sizeof *raw); /* the same rows twice: same mean, same variance */
  CHECK_STATUS(cuxas_reduction_new(raw, 8, N_REDUCED_RAW, 6, 0.5, &reduction, NULL), CUXAS_OK);
  cuxas_reduction_apply(reduction, raw, 8, feature[0]);
  cuxas_reduction_free(reduction);
  CHECK_STATUS(cuxas_reduction_new(twice, 16, N_REDUCED_RAW, 6, 0.5, &reduction, NULL), CUXAS_OK);
  cuxas_reduction_apply(reduction, raw, 8, feature[1]);
  cuxas_reduction_free(reduction);
  for (size_t i = 0; i < 8 * 6; i++) CHECK_NEAR(feature[0][i], feature[1][i], 1e-4);
}

static void test_same_data_same_bytes_and_sign(void)
{
  float            raw[N_REDUCED_ROW * N_REDUCED_RAW], turned[N_REDUCED_ROW * N_REDUCED_RAW];
  cuxas_reduction *a = NULL, *b = NULL;
  make_raw(N_REDUCED_ROW, raw);
  for (size_t i = 0; i < N_REDUCED_ROW; i++)
    memcpy(turned + i * N_REDUCED_RAW, raw + (N_REDUCED_ROW - 1 - i) * N_REDUCED_RAW, N_REDUCED_RAW * sizeof *raw);
  CHECK_STATUS(cuxas_reduction_new(raw, N_REDUCED_ROW, N_REDUCED_RAW, 3, 0.5, &a, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_reduction_new(raw, N_REDUCED_ROW, N_REDUCED_RAW, 3, 0.5, &b, NULL), CUXAS_OK);
  CHECK(memcmp(a->matrix, b->matrix, 3 * N_REDUCED_RAW * sizeof *a->matrix) == 0);
  cuxas_reduction_free(b);
  CHECK_STATUS(cuxas_reduction_new(turned, N_REDUCED_ROW, N_REDUCED_RAW, 3, 0.5, &b, NULL), CUXAS_OK);
  for (size_t i = 0; i < 3 * N_REDUCED_RAW; i++) CHECK_NEAR(a->matrix[i], b->matrix[i], 1e-4); /* no flipped sign */
  cuxas_reduction_free(a);
  cuxas_reduction_free(b);
}

static void test_without_components_features_are_standardised(void)
{
  float            raw[N_REDUCED_ROW * N_REDUCED_RAW], feature[N_REDUCED_ROW * N_REDUCED_RAW];
  cuxas_reduction *reduction = NULL;
  make_raw(N_REDUCED_ROW, raw);
  CHECK_STATUS(cuxas_reduction_new(raw, N_REDUCED_ROW, N_REDUCED_RAW, 0, 0.5, &reduction, NULL), CUXAS_OK);
  CHECK(reduction->n_feature == N_REDUCED_RAW && reduction->n_component <= N_REDUCED_RAW);
  cuxas_reduction_apply(reduction, raw, N_REDUCED_ROW, feature);
  for (size_t j = 0; j < N_REDUCED_RAW; j++) {
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < N_REDUCED_ROW; i++) sum += feature[i * N_REDUCED_RAW + j];
    for (size_t i = 0; i < N_REDUCED_ROW; i++) square += pow((double)feature[i * N_REDUCED_RAW + j], 2.0);
    CHECK_NEAR(sum / N_REDUCED_ROW, 0.0, 1e-5);
    CHECK_NEAR(square / N_REDUCED_ROW, reduction->matrix[j * N_REDUCED_RAW + j] > 0.0f ? 1.0 : 0.0, 1e-4);
    for (size_t k = 0; k < N_REDUCED_RAW; k++)
      if (k != j) CHECK(reduction->matrix[j * N_REDUCED_RAW + k] == 0.0f);
  }
  cuxas_reduction_free(reduction);
}

static void test_what_cannot_be_reduced(void)
{
  float            raw[N_REDUCED_ROW * N_REDUCED_RAW];
  cuxas_reduction *reduction = NULL;
  make_raw(N_REDUCED_ROW, raw);
  CHECK_STATUS(cuxas_reduction_new(raw, 1, N_REDUCED_RAW, 3, 0.5, &reduction, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_reduction_new(raw, N_REDUCED_ROW, 0, 3, 0.5, &reduction, NULL), CUXAS_ERANGE);
  for (size_t i = 0; i < N_REDUCED_ROW * N_REDUCED_RAW; i++) raw[i] = 1.0f;
  CHECK_STATUS(cuxas_reduction_new(raw, N_REDUCED_ROW, N_REDUCED_RAW, 3, 0.5, &reduction, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_reduction_new(raw, N_REDUCED_ROW, N_REDUCED_RAW, 0, 0.5, &reduction, NULL), CUXAS_ERANGE);
  CHECK(reduction == NULL);
  cuxas_reduction_free(NULL);
}

int main(void)
{
  RUN(test_loss_falls_until_a_tiny_set_is_learnt_by_heart);
  RUN(test_training_starts_near_the_mean);
  RUN(test_same_seed_same_bytes);
  RUN(test_the_best_epoch_is_kept);
  RUN(test_unknown_rows_teach_nothing);
  RUN(test_values_of_no_weight_teach_nothing);
  RUN(test_a_finished_network_is_not_trained_again);
  RUN(test_a_constant_rate_trains_too);
  RUN(test_impossible_settings_and_divergence);
  RUN(test_threads_change_no_byte_of_an_ensemble);
  RUN(test_model_predicts_what_its_ensemble_does);
  RUN(test_every_method_survives_its_file);
  RUN(test_cross_validation_beats_the_mean_where_there_is_something_to_learn);
  RUN(test_every_fold_is_judged_with_the_features_that_do_not_know_it);
  RUN(test_kernels_are_chosen_by_the_features_that_know_no_row);
  RUN(test_summaries);

  RUN(test_first_step_has_the_length_of_the_rate);
  RUN(test_many_steps_follow_the_paper);
  RUN(test_weights_decay_and_biases_do_not);
  RUN(test_a_cut_gradient_is_a_smaller_gradient);
  RUN(test_minimum_is_found);

  RUN(test_features_are_centred_and_uncorrelated);
  RUN(test_few_rows_and_many_rows_find_the_same);
  RUN(test_same_data_same_bytes_and_sign);
  RUN(test_without_components_features_are_standardised);
  RUN(test_what_cannot_be_reduced);
  return CHECK_REPORT();
}
