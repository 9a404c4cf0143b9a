#include "check.h"

#include "predict/graphnet.h"
#include "base/memory.h"
#include "predict/graphnet_pass.h"
#include "records_make.h"

#include <omp.h>
#include <unistd.h>

static const char RECORDS[] = "graphnet-records.jsonl", FEW[] = "graphnet-few.jsonl",
                  EXCLUDE[] = "graphnet-exclude.csv", CHECKPOINT[] = "graphnet-state.cuxas";

enum { N_RECORD = 40 };

static const cuxas_graphnet_settings SETTINGS = {
    .shape      = {.cutoff_A     = 4.0,
                   .n_radial     = 5,
                   .n_angular    = 3,
                   .n_channel    = 8,
                   .n_block      = 2,
                   .node_width   = 12,
                   .hidden_width = 16},
    .head_width = 24,
    .n_epoch    = 6,
    .n_batch    = 16,
    .rate       = 0.005,
    .seed       = 1,
};

static cuxas_graphnet_task TASK[2] = {{"L3", {925.0, 0.5, 80}, 1.0, RECORDS}, {"L2", {945.0, 0.5, 80}, 0.5, RECORDS}};

static cuxas_graphnet_source make_source(size_t n_task)
{
  return (cuxas_graphnet_source){.n_task = n_task, .task = TASK, .absorber = 29, .hold_edge = "L3", .seed = 1};
}

static cuxas_graphnet_data *read_data(const cuxas_graphnet_source *source)
{
  cuxas_graphnet_data *data = NULL;
  cuxas_error          err  = {.message = ""};
  CHECK_STATUS(cuxas_graphnet_data_new(source, &SETTINGS.shape, &data, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return data;
}

/* What the callback sees. */
typedef struct {
  size_t               stop_after; /* epochs; 0: never */
  size_t               n_epoch;
  cuxas_graphnet_epoch first, last;
} witness;

static bool watch(size_t n_done, size_t n_total, const cuxas_graphnet_epoch *opt_epoch, void *user)
{
  witness *w = user;
  CHECK(n_done > 0 && n_done <= n_total);
  if (opt_epoch == NULL) return true;
  if (w->n_epoch++ == 0) w->first = *opt_epoch;
  w->last = *opt_epoch;
  return w->stop_after == 0 || opt_epoch->i_epoch < w->stop_after;
}

static size_t count_parameters(void)
{
  cuxas_graphnet_layout layout;
  cuxas_graphnet_lay_out(&SETTINGS.shape, &layout);
  return layout.n_parameter;
}

static float *train(const cuxas_graphnet_data *data, const cuxas_graphnet_settings *settings, const char *checkpoint,
                    witness *w)
{
  float      *parameter = NULL;
  cuxas_error err       = {.message = ""};
  CHECK_STATUS(
      cuxas_graphnet_train(data, settings, &(cuxas_graphnet_course){NULL, checkpoint, watch, w}, &parameter, &err),
      CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return parameter;
}

static void test_training_makes_the_error_of_held_compounds_small(void)
{
  cuxas_graphnet_source   source   = make_source(2);
  cuxas_graphnet_settings settings = SETTINGS;
  witness                 w        = {0};
  source.validation_fraction       = 0.3;
  settings.n_epoch                 = 40;
  cuxas_graphnet_data       *data  = read_data(&source);
  const cuxas_graphnet_count count = cuxas_graphnet_data_count(data);
  CHECK(count.n_learnt[0] + count.n_held[0] == N_RECORD && count.n_held[0] > 3);
  CHECK(count.n_learnt[1] + count.n_held[1] == (N_RECORD + 2) / 3);
  free(train(data, &settings, NULL, &w));
  CHECK(w.n_epoch == settings.n_epoch);
  CHECK(w.last.loss < 0.5 * w.first.loss);
  CHECK(w.last.held_mean[0] < 0.7 * w.first.held_mean[0]);
  CHECK(w.last.learnt_mean[1] < 0.7 * w.first.learnt_mean[1]);
  cuxas_graphnet_data_free(data);
}

static void test_threads_do_not_change_a_byte(void)
{
  const cuxas_graphnet_source source = make_source(2);
  const size_t                n_byte = count_parameters() * sizeof(float);
  cuxas_graphnet_data        *data   = read_data(&source);
  const int                   before = omp_get_max_threads();
  float                      *one, *other;
  witness                     w = {0};
  omp_set_num_threads(1);
  one = train(data, &SETTINGS, NULL, &w);
  omp_set_num_threads(3);
  other = train(data, &SETTINGS, NULL, &w);
  CHECK(memcmp(one, other, n_byte) == 0);
  omp_set_num_threads(before);
  free(one);
  free(other);
  cuxas_graphnet_data_free(data);
}

static void test_a_training_that_was_stopped_ends_with_the_same_bytes(void)
{
  const cuxas_graphnet_source source  = make_source(2);
  const size_t                n_byte  = count_parameters() * sizeof(float);
  cuxas_graphnet_data        *data    = read_data(&source);
  witness                     at_once = {0}, stopped = {.stop_after = 2}, resumed = {0};
  remove(CHECKPOINT);
  float *whole = train(data, &SETTINGS, NULL, &at_once);
  free(train(data, &SETTINGS, CHECKPOINT, &stopped));
  CHECK(stopped.n_epoch == 2);
  float *parts = train(data, &SETTINGS, CHECKPOINT, &resumed);
  CHECK(resumed.n_epoch == SETTINGS.n_epoch - 2 && resumed.first.i_epoch == 3);
  CHECK(memcmp(whole, parts, n_byte) == 0);
  free(whole);
  free(parts);

  cuxas_model *model = NULL; /* the checkpoint is a featurizer as well */
  CHECK_STATUS(cuxas_model_read(CHECKPOINT, &model, NULL), CUXAS_OK);
  cuxas_model_free(model);
  cuxas_graphnet_data_free(data);
}

static void test_a_checkpoint_of_another_training_is_refused(void)
{
  const cuxas_graphnet_source source   = make_source(1);
  cuxas_graphnet_settings     settings = SETTINGS;
  cuxas_graphnet_data        *data     = read_data(&source);
  float                      *none     = NULL;
  cuxas_error                 err      = {0};
  witness                     w        = {.stop_after = 1};
  remove(CHECKPOINT);
  free(train(data, &SETTINGS, CHECKPOINT, &w));
  settings.rate *= 2.0;
  CHECK_STATUS(
      cuxas_graphnet_train(data, &settings, &(cuxas_graphnet_course){.opt_checkpoint = CHECKPOINT}, &none, &err),
      CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "another training");
  CHECK(none == NULL);
  remove(CHECKPOINT);
  cuxas_graphnet_data_free(data);
}

static void test_excluded_compounds_are_not_there_at_all(void)
{
  static const char *const LINE[] = {"formula", "CuO", "CuS"};
  cuxas_graphnet_source    source = make_source(1);
  write_lines(EXCLUDE, LINE, 3);
  source.opt_exclude               = EXCLUDE;
  cuxas_graphnet_data       *data  = read_data(&source);
  const cuxas_graphnet_count count = cuxas_graphnet_data_count(data);
  CHECK(count.n_excluded == 2 * N_RECORD / SYNTHETIC_N_ELEMENT);
  CHECK(count.n_learnt[0] == N_RECORD - count.n_excluded && count.n_held[0] == 0);
  CHECK(count.n_structure == count.n_learnt[0]);
  remove(EXCLUDE);
  cuxas_graphnet_data_free(data);
}

static void test_held_compounds_are_judged_and_not_learnt_from(void)
{
  cuxas_graphnet_source source = make_source(2);
  write_synthetic(FEW, 3); /* CuO, CuS, CuSe */
  source.opt_hold_path       = FEW;
  cuxas_graphnet_data *data  = read_data(&source);
  cuxas_graphnet_count count = cuxas_graphnet_data_count(data);
  CHECK(count.n_held[0] == 3 * N_RECORD / SYNTHETIC_N_ELEMENT);
  CHECK(count.n_learnt[0] == N_RECORD - count.n_held[0]);
  CHECK(count.n_held[1] > 0);
  cuxas_graphnet_data_free(data);

  size_t n_held = 0; /* the folds of these compounds together are all of them */
  source.n_fold = 3;
  for (source.i_fold = 0; source.i_fold < 3; source.i_fold++) {
    data  = read_data(&source);
    count = cuxas_graphnet_data_count(data);
    CHECK(count.n_held[0] == N_RECORD / SYNTHETIC_N_ELEMENT);
    n_held += count.n_held[0];
    cuxas_graphnet_data_free(data);
  }
  CHECK(n_held == 3 * N_RECORD / SYNTHETIC_N_ELEMENT);
  remove(FEW);
}

static void test_tasks_of_one_file_share_its_structures(void)
{
  const cuxas_graphnet_source one = make_source(1), two = make_source(2);
  cuxas_graphnet_data        *first = read_data(&one), *both = read_data(&two);
  CHECK(cuxas_graphnet_data_count(both).n_structure == cuxas_graphnet_data_count(first).n_structure);
  CHECK(cuxas_graphnet_data_count(both).n_learnt[1] > 0);
  cuxas_graphnet_data_free(first);
  cuxas_graphnet_data_free(both);
}

/* write_shifted() - one curve, so much higher in energy */
static void write_shifted(double shift_eV)
{
  char              line[1024];
  const char *const LINE[] = {line};
  snprintf(line, sizeof line, "{\"id\":\"x\"," MADE_CELL ",\"L3\":{\"energy\":[%g,%g,%g,%g],\"mu\":[0.1,2,1,1]}}",
           930 + shift_eV, 932 + shift_eV, 935 + shift_eV, 940 + shift_eV);
  write_lines(FEW, LINE, 1);
}

static void test_relative_spectra_are_the_same_wherever_they_begin(void)
{
  static const double       SHIFT_eV[] = {0.0, 3.0};
  const cuxas_graphnet_task task[2]    = {{"L3", {-2.0, 0.5, 40}, 1.0, FEW},
                                          {CUXAS_GRAPHNET_ORIGIN, {925.0, 2.0, 2}, 1.0, FEW}};
  witness                   w[2][2]    = {0};
  for (size_t n_task = 1; n_task <= 2; n_task++)
    for (size_t i = 0; i < 2; i++) {
      cuxas_graphnet_source source = make_source(n_task);
      source.task                  = task;
      source.opt_origin            = "L3";
      write_shifted(SHIFT_eV[i]);
      cuxas_graphnet_data *data = read_data(&source);
      CHECK(cuxas_graphnet_data_count(data).n_learnt[n_task - 1] == 1);
      free(train(data, &SETTINGS, NULL, &w[n_task - 1][i]));
      cuxas_graphnet_data_free(data);
    }
  CHECK(w[0][0].last.loss == w[0][1].last.loss);
  CHECK(w[1][0].first.learnt_mean[0] == w[1][1].first.learnt_mean[0]);
  CHECK(w[1][0].last.loss != w[1][1].last.loss); /* the origin is told apart */
  remove(FEW);
}

/* judge_lines() - reads one task of these lines; the message goes to err */
static cuxas_status judge_lines(const char *const *line, size_t n_line, cuxas_graphnet_count *ret_count,
                                cuxas_error *err)
{
  const cuxas_graphnet_task task   = {"L3", {925.0, 0.5, 80}, 1.0, FEW};
  cuxas_graphnet_source     source = make_source(1);
  cuxas_graphnet_data      *data   = NULL;
  source.task                      = &task;
  write_lines(FEW, line, n_line);
  const cuxas_status status = cuxas_graphnet_data_new(&source, &SETTINGS.shape, &data, err);
  if (status == CUXAS_OK) *ret_count = cuxas_graphnet_data_count(data);
  cuxas_graphnet_data_free(data);
  remove(FEW);
  return status;
}

static void test_malformed_records_are_named_by_line(void)
{
  static const struct {
    const char *line, *message;
  } CASE[] = {
      {"nonsense", "graphnet-few.jsonl:2: not a JSON object"},
      {"{\"id\":\"x\",\"site\":0,\"energy\":[1,2,3,4],\"mu\":[0,1,1,1]}", ":2: no structure of \"x\""},
      {"{\"id\":\"x\"," MADE_CELL ",\"L3\":{\"energy\":[1,2,2,3],\"mu\":[0,1,1,1]}}", "do not rise"},
      {"{\"id\":\"x\"," MADE_CELL ",\"L3\":{\"energy\":[1,2,3,4],\"mu\":[0,1,1]}}", "mu"},
      {"{\"id\":\"x\",\"lattice\":[[3,0,0],[0,3,0],[0,0,3]],\"species\":[\"O\"],\"frac\":[[0,0,0]],\"site\":0,"
       "\"L3\":" MADE_CURVE "}",
       "site 0 is O"},
  };
  for (size_t i = 0; i < sizeof CASE / sizeof CASE[0]; i++) {
    const char *const    line[2] = {MADE_RECORD, CASE[i].line};
    cuxas_error          err     = {0};
    cuxas_graphnet_count count;
    CHECK_STATUS(judge_lines(line, 2, &count, &err), CUXAS_EFORMAT);
    CHECK_CONTAINS(err.message, CASE[i].message);
  }
}

static void test_records_without_a_usable_curve_are_counted(void)
{
  static const char *const LINE[] = {
      MADE_RECORD,
      "{\"id\":\"a\"," MADE_CELL ",\"K\":" MADE_CURVE "}",
      "{\"id\":\"b\"," MADE_CELL ",\"L3\":{\"energy\":[1,2,3,4],\"mu\":[0,1,null,1]}}",
      "{\"id\":\"c\"," MADE_CELL ",\"L3\":{\"energy\":[1,2,3,4],\"mu\":[0,1,1,1],\"scf_converged\":false}}",
      "{\"id\":\"d\"," MADE_CELL ",\"energy\":[929,932,935,940],\"mu\":[0,1,1,1]}",
  };
  cuxas_graphnet_count count = {0};
  cuxas_error          err   = {0};
  CHECK_STATUS(judge_lines(LINE, 5, &count, &err), CUXAS_OK);
  CHECK(count.n_unusable == 3 && count.n_learnt[0] == 2 && count.n_structure == 2);
}

static void test_settings_out_of_range_are_refused(void)
{
  const cuxas_graphnet_source source   = make_source(1);
  cuxas_graphnet_settings     settings = SETTINGS;
  cuxas_graphnet_data        *data     = read_data(&source);
  float                      *none     = NULL;
  settings.n_epoch                     = 0;
  CHECK_STATUS(cuxas_graphnet_train(data, &settings, &(cuxas_graphnet_course){0}, &none, NULL), CUXAS_ERANGE);
  settings      = SETTINGS;
  settings.rate = 0.0;
  CHECK_STATUS(cuxas_graphnet_train(data, &settings, &(cuxas_graphnet_course){0}, &none, NULL), CUXAS_ERANGE);
  cuxas_graphnet_data_free(data);
}

/* The teacher: a network with other random weights, whose features a linear function of the pupil's can follow. */
static void test_a_teacher_is_followed(void)
{
  cuxas_graphnet_source   source   = make_source(1);
  cuxas_graphnet_settings settings = SETTINGS;
  cuxas_graphnet_layout   layout;
  cuxas_model            *teacher = NULL;
  cJSON                  *about   = cJSON_CreateObject();
  witness                 w       = {0};
  cuxas_graphnet_lay_out(&SETTINGS.shape, &layout);
  float *parameter = cuxas_new(NULL, layout.n_parameter, sizeof *parameter);
  cuxas_graphnet_start(&SETTINGS.shape, 99, parameter);
  CHECK_STATUS(cuxas_graphnet_model_new("teacher", &SETTINGS.shape, parameter, about, "none", &teacher, NULL),
               CUXAS_OK);
  source.n_task            = 0; /* lessons alone */
  source.opt_teacher       = teacher->featurizer;
  const char *const path   = "graphnet-structure.vasp";
  source.structure_path    = &path;
  source.n_structure_path  = 1;
  settings.teacher_weight  = 1.0;
  settings.n_epoch         = 400;
  const char *const LINE[] = {"CuO", "1.0",    "3 0 0", "0 3.2 0",     "0 0.4 3.4",  "Cu O",
                              "1 2", "direct", "0 0 0", "0.5 0.5 0.1", "0.1 0.4 0.6"};
  write_lines(path, LINE, 11);
  cuxas_graphnet_data *data = read_data(&source);
  free(train(data, &settings, NULL, &w));
  CHECK(w.last.loss < 0.3 * w.first.loss);
  remove(path);
  free(parameter);
  cJSON_Delete(about);
  cuxas_graphnet_data_free(data);
  cuxas_model_free(teacher);
}

int main(void)
{
  write_synthetic(RECORDS, N_RECORD);
  RUN(test_training_makes_the_error_of_held_compounds_small);
  RUN(test_threads_do_not_change_a_byte);
  RUN(test_a_training_that_was_stopped_ends_with_the_same_bytes);
  RUN(test_a_checkpoint_of_another_training_is_refused);
  RUN(test_excluded_compounds_are_not_there_at_all);
  RUN(test_held_compounds_are_judged_and_not_learnt_from);
  RUN(test_tasks_of_one_file_share_its_structures);
  RUN(test_relative_spectra_are_the_same_wherever_they_begin);
  RUN(test_malformed_records_are_named_by_line);
  RUN(test_records_without_a_usable_curve_are_counted);
  RUN(test_settings_out_of_range_are_refused);
  RUN(test_a_teacher_is_followed);
  remove(RECORDS);
  return CHECK_REPORT();
}
