/* analyses of predictions whose errors are known, their figures and page, and the learning curve */
#include "check.h"
#include "comma_locale.h"
#include "records_make.h"

#include "base/memory.h"
#include "base/random.h"
#include "evaluate/analysis.h"
#include "evaluate/evaluation_report.h"
#include "write/figure.h"

#include <stdint.h>
#include <unistd.h>

enum { N_RECORD = 40, CU = 29 };
static const cuxas_grid GRID[] = {{925.0, 0.5, 125}, {945.0, 0.5, 125}};

/* Synthetic records (records_make.h), and predictions made from their targets. */
typedef struct {
  cuxas_records *records;
  cuxas_dataset *dataset;
  cuxas_groups  *groups;
  cuxas_crossval crossval;
} bench;

static void start(bench *b)
{
  static const char *const EDGES[] = {"L3", "L2"};
  char                     path[64];
  const char              *one = path;
  memset(b, 0, sizeof *b);
  snprintf(path, sizeof path, "test_evaluation.%ld.jsonl", (long)getpid());
  write_synthetic(path, N_RECORD);
  CHECK_STATUS(cuxas_records_read(&one, 1, CU, EDGES, 2, &b->records, NULL), CUXAS_OK);
  remove(path);
  CHECK_STATUS(cuxas_dataset_new(b->records, GRID, &b->dataset, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_groups_new(b->records, NULL, &b->groups, NULL), CUXAS_OK);
}

/* predict() - row i is wrong by 0.01 (i + 1) everywhere, with sigma twice as large in even rows; edges in step */
static void predict(bench *b)
{
  cuxas_crossval *c = &b->crossval;
  c->n_row          = N_RECORD;
  c->n_edge         = 2;
  c->fold           = cuxas_new(NULL, N_RECORD, sizeof *c->fold);
  c->distance       = cuxas_new(NULL, N_RECORD, sizeof *c->distance);
  for (size_t i = 0; i < N_RECORD; i++) c->distance[i] = 1.0 + (double)i;
  for (size_t e = 0; e < 2; e++) {
    const size_t n       = GRID[e].n_energy;
    c->mu[e][0]          = cuxas_new(NULL, N_RECORD, n * sizeof(float));
    c->sigma[e][0]       = cuxas_new(NULL, N_RECORD, n * sizeof(float));
    const float *true_mu = b->dataset->target[e][0];
    for (int p = 0; p < CUXAS_N_PREDICTOR; p++) c->mae[e][0][p] = cuxas_new(NULL, N_RECORD, sizeof(double));
    for (size_t i = 0; i < N_RECORD; i++) {
      const double error = 0.01 * (double)(i + 1);
      for (size_t k = 0; k < n; k++) {
        c->mu[e][0][i * n + k]    = (float)(true_mu[i * n + k] + error);
        c->sigma[e][0][i * n + k] = (float)(i % 2 == 0 ? 2.0 * error : 0.5 * error);
      }
      c->mae[e][0][CUXAS_BY_MODEL][i]   = error;
      c->mae[e][0][CUXAS_BY_MEAN][i]    = 2.0 * error;
      c->mae[e][0][CUXAS_BY_NEAREST][i] = 1.5 * error;
    }
  }
  c->mae[0][0][CUXAS_BY_MODEL][5] = NAN; /* a row without a prediction */
}

static void finish(bench *b)
{
  free(b->crossval.fold);
  free(b->crossval.distance);
  for (size_t e = 0; e < 2; e++) {
    free(b->crossval.mu[e][0]);
    free(b->crossval.sigma[e][0]);
    for (int p = 0; p < CUXAS_N_PREDICTOR; p++) free(b->crossval.mae[e][0][p]);
  }
  cuxas_groups_free(b->groups);
  cuxas_dataset_free(b->dataset);
  cuxas_records_free(b->records);
}

static cuxas_evaluation *evaluate(const bench *b)
{
  cuxas_evaluation *evaluation = NULL;
  cuxas_error       err        = {0};
  CHECK_STATUS(cuxas_evaluation_new(b->records, b->dataset, &b->crossval, CU, 20.5, &evaluation, &err), CUXAS_OK);
  return evaluation;
}

static void test_errors_are_ranked_and_counted(void)
{
  bench b;
  start(&b);
  predict(&b);
  cuxas_evaluation            *evaluation = evaluate(&b);
  const cuxas_edge_evaluation *l3         = cuxas_evaluation_find(evaluation, 0, CUXAS_CHANNEL_NO_HOLE);
  CHECK(evaluation->n_edge == 2 && l3 != NULL);
  CHECK(cuxas_evaluation_find(evaluation, 0, CUXAS_CHANNEL_SCREENED_HOLE) == NULL);
  CHECK(l3->n_row == N_RECORD - 1 && l3->row[0] == 0 && l3->row[5] == 6 && l3->row[N_RECORD - 2] == N_RECORD - 1);
  size_t n_counted = 0;
  for (size_t i = 0; i < l3->histogram.n_bin; i++) n_counted += l3->histogram.count[i];
  CHECK(n_counted == N_RECORD - 1);
  CHECK(l3->histogram.n_below == 0 && l3->histogram.n_above == 0);
  CHECK(l3->decile_row[0] == 2 && l3->decile_row[9] == 37); /* 39 rows: ranks 2 and 36 */
  CHECK_NEAR(l3->distance_spearman, 1.0, 1e-12);
  CHECK(l3->n_side == 2 && l3->by_side[0].n_value == 19 && l3->by_side[1].n_value == 20); /* row 5 is not judged */
  CHECK_NEAR(l3->by_side[1].median, 0.305, 1e-9);
  CHECK_NEAR(l3->summary[CUXAS_BY_MODEL].median, 0.21, 1e-6);
  cuxas_evaluation_free(evaluation);
  finish(&b);
}

static void test_a_shift_by_a_constant_moves_no_onset(void)
{
  bench b;
  start(&b);
  predict(&b);
  const size_t n = GRID[0].n_energy;
  for (size_t k = n; k-- > 2;) b.crossval.mu[0][0][k] = b.crossval.mu[0][0][k - 2]; /* row 0: two steps too high */
  cuxas_evaluation         *evaluation = evaluate(&b);
  const cuxas_onset_errors *onset      = &evaluation->edge[0].onset;
  CHECK(onset->n_row >= N_RECORD / 2);
  CHECK_NEAR(onset->exact, 1.0 - 1.0 / (double)onset->n_row, 1e-12);
  CHECK_NEAR(onset->over_1_eV, 0.0, 0.0); /* 1 eV is not over 1 eV */
  CHECK(onset->steps.count[CUXAS_ONSET_MAX_BIN + 2] == 1 &&
        onset->steps.count[CUXAS_ONSET_MAX_BIN] == onset->n_row - 1);
  CHECK_NEAR(onset->predicted_eV[0] - onset->simulated_eV[0], 1.0, 1e-9);
  CHECK(isnan(onset->simulated_eV[5]));
  cuxas_evaluation_free(evaluation);
  finish(&b);
}

static void test_spread_is_judged_by_what_it_covers(void)
{
  bench b;
  start(&b);
  predict(&b);
  cuxas_evaluation     *evaluation = evaluate(&b);
  const cuxas_coverage *coverage   = &evaluation->edge[1].coverage; /* |difference| is 0.5 sigma or 2 sigma */
  CHECK(coverage->n_point == N_RECORD * GRID[1].n_energy);
  CHECK_NEAR(coverage->covered[0], 0.5, 1e-12); /* z = 0.67 */
  CHECK_NEAR(coverage->covered[2], 0.5, 1e-12); /* z = 1.64 */
  CHECK_NEAR(coverage->factor[2], 2.0 / 1.6448536, 1e-4);
  cuxas_evaluation_free(evaluation);
  finish(&b);
}

static void test_groups_and_components(void)
{
  bench b;
  start(&b);
  predict(&b);
  cuxas_evaluation            *evaluation = evaluate(&b);
  const cuxas_edge_evaluation *l2         = &evaluation->edge[1];
  size_t                       n_state = 0, n_number = 0, n_element = 0;
  for (size_t i = 0; i < l2->n_state; i++) n_state += l2->by_state[i].n_value;
  for (size_t i = 0; i < l2->n_number; i++) n_number += l2->by_number[i].n_value;
  for (size_t i = 0; i < l2->n_element; i++) n_element += l2->by_element[i].n_value;
  size_t n_class = 0;
  for (size_t i = 0; i < l2->n_class; i++) n_class += l2->by_class[i].n_value;
  CHECK(l2->n_class == 4 && n_class == N_RECORD); /* oxides, chalcogenides, halides, pnictides */
  CHECK(n_state == N_RECORD && n_number == N_RECORD && n_element == N_RECORD);
  CHECK(l2->n_number == 1 && l2->by_number[0].key == 8); /* CsCl structures */
  CHECK(l2->n_element == SYNTHETIC_N_ELEMENT && l2->by_element[0].key == 7);
  CHECK(l2->pca != NULL && l2->pca->n_row == N_RECORD && l2->pca->part[0] > 0.5);
  CHECK(l2->n_number_mean == 1 && l2->number_mean[0].n_row == N_RECORD);
  CHECK_NEAR(l2->number_mean[0].mean[60], l2->pca->mean[60], 1e-5);
  cuxas_evaluation_free(evaluation);
  finish(&b);
}

static void test_every_figure_is_drawn_and_the_page_holds_them(void)
{
  static cuxas_evaluation_figure figure[CUXAS_MAX_EVALUATION_FIGURE];
  bench                          b;
  cuxas_error                    err = {0};
  char                          *text, *again;
  size_t                         n_byte;
  start(&b);
  predict(&b);
  strcpy(b.records->record[38].formula, "<script>&\xff");
  cuxas_evaluation             *evaluation = evaluate(&b);
  cJSON                        *settings = cJSON_CreateObject(), *command = cJSON_CreateArray();
  const cuxas_evaluation_report report = {
      .evaluation = evaluation, .title = "<title>", .method = "Made up.", .settings = settings, .command = command};
  const size_t n = cuxas_evaluation_list_figures(&report, figure);
  CHECK(n == 15); /* nine of both edges, three of each; no learning curve */
  for (size_t i = 0; i < n; i++) {
    const cuxas_figure page = cuxas_evaluation_figure_page(&figure[i]);
    for (size_t k = 0; k < i; k++) CHECK(strcmp(figure[i].name, figure[k].name) != 0);
    FILE *out = open_memstream(&text, &n_byte);
    CHECK_STATUS(cuxas_figure_write(&page, CUXAS_FIGURE_SVG, out, &err), CUXAS_OK);
    fclose(out);
    CHECK_CONTAINS(text, "</svg>");
    CHECK(strstr(text, "nan") == NULL && strstr(text, "inf") == NULL);
    free(text);
  }
  FILE *out = open_memstream(&text, &n_byte);
  CHECK_STATUS(cuxas_evaluation_write_html(&report, out, &err), CUXAS_OK);
  fclose(out);
  CHECK(strstr(text, "&lt;script&gt;&amp;") != NULL);
  CHECK(strstr(text, "<h1><bdi>&lt;title&gt;") != NULL);
  CHECK(strstr(text, "<script>&") == NULL);
  CHECK(strstr(text, "Principal components") != NULL);
  char folder[] = "/tmp/cuxas-test-XXXXXX";
  CHECK(mkdtemp(folder) != NULL);
  (void)comma_locale_choose(folder); /* where there is none the second page is written as the first */
  out = open_memstream(&again, &n_byte);
  CHECK_STATUS(cuxas_evaluation_write_html(&report, out, &err), CUXAS_OK);
  fclose(out);
  comma_locale_remove(folder);
  rmdir(folder);
  CHECK(strcmp(text, again) == 0); /* same evaluation, same bytes, whatever the host's locale */
  free(text);
  free(again);

  cJSON *json = cuxas_evaluation_to_json(&report);
  CHECK(cJSON_GetArraySize(json) == 2);
  cJSON *first = cJSON_GetArrayItem(json, 0);
  CHECK(cJSON_GetArraySize(cJSON_GetObjectItem(first, "deciles")) == CUXAS_N_DECILE);
  CHECK(cJSON_GetArraySize(cJSON_GetObjectItem(first, "worst")) == CUXAS_N_WORST);
  cJSON_Delete(json);
  cJSON_Delete(settings);
  cJSON_Delete(command);
  cuxas_evaluation_free(evaluation);
  finish(&b);
}

static void test_nothing_judged_and_one_site(void)
{
  bench b;
  start(&b);
  predict(&b);
  for (size_t e = 0; e < 2; e++)
    for (size_t i = 0; i < N_RECORD; i++)
      if (e == 1 || i != 7) b.crossval.mae[e][0][CUXAS_BY_MODEL][i] = NAN;
  static cuxas_evaluation_figure figure[CUXAS_MAX_EVALUATION_FIGURE];
  cuxas_evaluation              *evaluation = evaluate(&b);
  CHECK(evaluation->n_edge == 1 && evaluation->edge[0].n_row == 1 && evaluation->edge[0].pca == NULL);
  CHECK(isnan(evaluation->edge[0].distance_spearman));
  const cuxas_evaluation_report report = {.evaluation = evaluation, .title = "", .method = ""};
  const size_t                  n      = cuxas_evaluation_list_figures(&report, figure);
  CHECK(n > 0);
  for (size_t i = 0; i < n; i++) {
    const cuxas_figure page = cuxas_evaluation_figure_page(&figure[i]);
    FILE              *out  = fopen("/dev/null", "w");
    CHECK_STATUS(cuxas_figure_write(&page, CUXAS_FIGURE_SVG, out, NULL), CUXAS_OK);
    fclose(out);
  }
  cuxas_evaluation_free(evaluation);

  b.crossval.mae[0][0][CUXAS_BY_MODEL][7] = NAN;
  evaluation                              = evaluate(&b);
  CHECK(evaluation->n_edge == 0);
  cuxas_evaluation_free(evaluation);

  b.records->record[2].site = 99;
  cuxas_error err           = {0};
  CHECK_STATUS(cuxas_evaluation_new(b.records, b.dataset, &b.crossval, CU, NAN, &evaluation, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "r2: no site 99");
  finish(&b);
}

static void test_learning_more_helps(void)
{
  bench                   b;
  cuxas_learning_curve   *curve    = NULL;
  const size_t            hidden[] = {16};
  cuxas_ensemble_settings settings = {.n_feature           = 4,
                                      .n_member            = 1,
                                      .validation_fraction = 0.0,
                                      .channel             = {true, false},
                                      .domain_k            = 1,
                                      .network             = {.hidden   = hidden,
                                                              .n_hidden = 1,
                                                              .output   = CUXAS_ACTIVATION_LINEAR,
                                                              .n_epoch  = 60,
                                                              .n_batch  = 8,
                                                              .rate     = 0.01,
                                                              .seed     = 1}};
  start(&b);
  float *raw = cuxas_new(NULL, N_RECORD, 4 * sizeof *raw); /* what the spectra depend on, and three of its powers */
  for (size_t i = 0; i < N_RECORD; i++) {
    const double a_A = b.records->record[i].crystal->lattice_A[0][0] - 2.8;
    for (size_t k = 0; k < 4; k++) raw[4 * i + k] = (float)pow(5.0 * a_A, (double)(k + 1));
  }
  const cuxas_training_set set = {b.dataset, b.groups, raw, 4, NULL, NULL};
  CHECK_STATUS(cuxas_learning_curve_new(&set, &settings, &(cuxas_learning_plan){5, 9, 3, 1}, NULL, &curve, NULL),
               CUXAS_OK);
  CHECK(curve->n_size == 3 && curve->n_seed == 3); /* 32, 16, 8: 4 would be below CUXAS_CURVE_MIN_ROW */
  for (size_t i = 0; i < curve->n_size; i++) CHECK(i == 0 || curve->n_row[i] > curve->n_row[i - 1]);
  CHECK(curve->exponent[0][0] < -0.1);
  CHECK(curve->median[0][CUXAS_CHANNEL_SCREENED_HOLE] == NULL);
  for (size_t i = 0; i < 9; i++) CHECK(curve->median[0][0][i] > 0.0);
  cuxas_learning_curve_free(curve);
  CHECK_STATUS(cuxas_learning_curve_new(&set, &settings, &(cuxas_learning_plan){5, 3, 0, 1}, NULL, &curve, NULL),
               CUXAS_ERANGE);
  CHECK_STATUS(cuxas_learning_curve_new(&set, &settings, &(cuxas_learning_plan){50, 3, 1, 1}, NULL, &curve, NULL),
               CUXAS_ERANGE); /* more folds than compounds */
  free(raw);
  finish(&b);
}

static void test_replays_begin_alike_and_every_rule_learns(void)
{
  bench                   b;
  cuxas_replay           *one = NULL, *two = NULL;
  cuxas_ensemble_settings settings = {.method = CUXAS_METHOD_KERNEL, .channel = {true, false}, .domain_k = 1};
  start(&b);
  float *raw = cuxas_new(NULL, N_RECORD, 4 * sizeof *raw);
  for (size_t i = 0; i < N_RECORD; i++) {
    const double a_A = b.records->record[i].crystal->lattice_A[0][0] - 2.8;
    for (size_t k = 0; k < 4; k++) raw[4 * i + k] = (float)pow(5.0 * a_A, (double)(k + 1));
  }
  const cuxas_training_set set = {b.dataset, b.groups, raw, 4, NULL, NULL};
  CHECK_STATUS(cuxas_replay_new(&set, &settings, &(cuxas_learning_plan){5, 0, 2, 1}, NULL, &one, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_replay_new(&set, &settings, &(cuxas_learning_plan){5, 0, 2, 1}, NULL, &two, NULL), CUXAS_OK);
  CHECK(one->n_size == 3 && one->n_seed == 2); /* 8, 11, 16 of 32 */
  for (int rule = 0; rule < CUXAS_N_NEXT; rule++)
    for (size_t i = 0; i < 6; i++) {
      const cuxas_replay_point *point = &one->point[rule][i];
      CHECK(point->median > 0.0 && point->mean > 0.0 && point->p90 >= point->median && point->found <= 1.0);
      CHECK(point->n_learnt >= (i < 2 ? 8.0 : i < 4 ? 11.0 : 16.0));
      CHECK(memcmp(point, &two->point[rule][i], sizeof *point) == 0);
      if (i < 2) CHECK(memcmp(point, &one->point[CUXAS_NEXT_RANDOM][i], sizeof *point) == 0);
    }
  CHECK_TEXT(cuxas_next_name(CUXAS_NEXT_VERDICT), "verdict");
  cJSON *json = cuxas_replay_json(one);
  CHECK(cJSON_GetArraySize(json) == CUXAS_N_NEXT);
  cJSON_Delete(json);
  cuxas_replay_free(one);
  cuxas_replay_free(two);
  CHECK_STATUS(cuxas_replay_new(&set, &settings, &(cuxas_learning_plan){2, 0, 1, 1}, NULL, &one, NULL), CUXAS_ERANGE);
  free(raw);
  finish(&b);
}

/* ---- analysis ---- */

/* histogram, deciles, groups, principal components, coverage and power law on cases with known answers */

static void test_histogram_counts_every_value_once(void)
{
  const double          value[] = {-1.0, 0.0, 0.05, 0.1, 0.25, 0.3, 0.31, NAN, INFINITY};
  const cuxas_histogram h       = cuxas_histogram_make(value, 9, 0.0, 0.1, 3);
  CHECK(h.n_value == 7 && h.n_below == 1 && h.n_above == 1);
  CHECK(h.count[0] == 2);
  CHECK(h.count[1] == 1);
  CHECK(h.count[2] == 2); /* 0.25, and 0.3 on the upper end */
  CHECK(cuxas_histogram_make(value, 9, 0.0, 0.1, 100000).n_bin == CUXAS_MAX_BIN);
  CHECK(cuxas_histogram_make(NULL, 0, 0.0, 0.1, 0).n_bin == 1);
}

static void test_ranks_put_ties_in_order_and_leave_nothing_out(void)
{
  const double value[] = {3.0, NAN, 1.0, 2.0, 1.0};
  size_t       row[5], n;
  CHECK_STATUS(cuxas_rank_rows(value, 5, row, &n, NULL), CUXAS_OK);
  CHECK(n == 4 && row[0] == 2 && row[1] == 4 && row[2] == 3 && row[3] == 0);
}

static void test_deciles_of_the_middle(void)
{
  size_t rank[CUXAS_N_DECILE];
  cuxas_decile_ranks(1000, 0.95, rank); /* 25 left out at either end, parts of 95 */
  for (size_t i = 0; i < CUXAS_N_DECILE; i++) CHECK(rank[i] == (size_t)(25.0 + 95.0 * ((double)i + 0.5)));
  cuxas_decile_ranks(10, 1.0, rank);
  for (size_t i = 0; i < CUXAS_N_DECILE; i++) CHECK(rank[i] == i);
  cuxas_decile_ranks(1, 0.95, rank);
  for (size_t i = 0; i < CUXAS_N_DECILE; i++) CHECK(rank[i] == 0);
  cuxas_decile_ranks(3, 0.95, rank);
  for (size_t i = 0; i < CUXAS_N_DECILE; i++) CHECK(rank[i] < 3 && (i == 0 || rank[i] >= rank[i - 1]));
}

static void test_groups_have_quartiles(void)
{
  const int           key[]   = {4, 2, 4, 4, -1, 4, 4, 7};
  const double        value[] = {1, 9, 2, 3, 100, 4, 5, NAN};
  cuxas_group_summary group[8];
  size_t              n;
  CHECK_STATUS(cuxas_group_summarise(key, value, 8, group, &n, NULL), CUXAS_OK);
  CHECK(n == 2);
  CHECK(group[0].key == 2 && group[0].n_value == 1 && group[1].key == 4 && group[1].n_value == 5);
  CHECK_NEAR(group[0].low, 9.0, 0.0);
  CHECK_NEAR(group[0].high, 9.0, 0.0);
  CHECK_NEAR(group[1].low, 2.0, 0.0);
  CHECK_NEAR(group[1].median, 3.0, 0.0);
  CHECK_NEAR(group[1].high, 4.0, 0.0);
}

/* Points on an ellipse with half axes 2 and 1 along (3, 4) / 5 and (-4, 3) / 5 around (10, 20). */
static void test_components_of_an_ellipse(void)
{
  enum { N = 40 };
  float      table[N][2];
  size_t     row[N];
  cuxas_pca *pca = NULL;
  for (size_t i = 0; i < N; i++) {
    const double a = 2.0 * cos(2.0 * 3.14159265358979 * (double)i / N), b = sin(2.0 * 3.14159265358979 * (double)i / N);
    table[i][0] = (float)(10.0 + 0.6 * a - 0.8 * b);
    table[i][1] = (float)(20.0 + 0.8 * a + 0.6 * b);
    row[i]      = N - 1 - i;
  }
  CHECK_STATUS(cuxas_pca_new(table[0], 2, row, N, 3, &pca, NULL), CUXAS_OK);
  CHECK_NEAR(pca->mean[0], 10.0, 1e-6);
  CHECK_NEAR(pca->mean[1], 20.0, 1e-6);
  CHECK_NEAR(pca->part[0], 0.8, 1e-6); /* 4 : 1 */
  CHECK_NEAR(pca->part[1], 0.2, 1e-6);
  CHECK(pca->part[2] == 0.0);
  CHECK_NEAR(pca->component[0], 0.6, 1e-5);
  CHECK_NEAR(pca->component[1], 0.8, 1e-5);
  CHECK_NEAR(pca->component[2], 0.8, 1e-5); /* the largest coefficient is positive */
  CHECK_NEAR(pca->component[3], -0.6, 1e-5);
  CHECK_NEAR(pca->score[(N - 1) * 3], 2.0, 1e-5); /* the last row is point 0, at the end of the long axis */
  CHECK_NEAR(pca->score[(N - 1) * 3 + 1], 0.0, 1e-5);
  cuxas_pca_free(pca);

  for (size_t i = 0; i < N; i++) table[i][0] = table[i][1] = 1.0f;
  CHECK_STATUS(cuxas_pca_new(table[0], 2, row, N, 1, &pca, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_pca_new(table[0], 2, row, 1, 1, &pca, NULL), CUXAS_ERANGE);
  cuxas_pca_free(NULL);
}

static void test_coverage_of_normal_errors(void)
{
  enum { N = 20000 };
  static double  difference[N], sigma[N];
  uint64_t       state = 7;
  cuxas_coverage c;
  for (size_t i = 0; i < N; i++) {
    sigma[i]      = 0.1 + random_uniform(&state);
    difference[i] = sigma[i] * random_normal(&state);
  }
  CHECK_STATUS(cuxas_coverage_find(difference, sigma, N, &c, NULL), CUXAS_OK);
  CHECK(c.n_point == N);
  for (size_t k = 0; k < CUXAS_N_LEVEL; k++) {
    CHECK_NEAR(c.covered[k], CUXAS_LEVEL[k], 0.012);
    CHECK_NEAR(c.factor[k], 1.0, 0.03);
  }
  for (size_t i = 0; i < N; i++) sigma[i] *= 0.5; /* twice too sure */
  CHECK_STATUS(cuxas_coverage_find(difference, sigma, N, &c, NULL), CUXAS_OK);
  CHECK(c.covered[2] < 0.62);
  CHECK_NEAR(c.factor[2], 2.0, 0.06);
  for (size_t i = 0; i < N; i++) sigma[i] = 0.0; /* one network has no spread */
  CHECK_STATUS(cuxas_coverage_find(difference, sigma, N, &c, NULL), CUXAS_OK);
  CHECK(c.n_point == 0 && isnan(c.covered[0]) && isnan(c.factor[0]));
}

static void test_power_law_is_found(void)
{
  const double x[] = {10, 20, 40, 80}, y[] = {0.3, 0.3 / sqrt(2.0), 0.15, 0.15 / sqrt(2.0)}, same[] = {5, 5, 5, 5};
  double       factor, exponent;
  CHECK(cuxas_power_fit(x, y, 4, &factor, &exponent));
  CHECK_NEAR(exponent, -0.5, 1e-12);
  CHECK_NEAR(factor, 0.3 * sqrt(10.0), 1e-12);
  CHECK(!cuxas_power_fit(same, y, 4, &factor, &exponent) && isnan(factor));
  CHECK(!cuxas_power_fit(x, y, 1, &factor, &exponent) && isnan(exponent));
}

int main(void)
{
  RUN(test_errors_are_ranked_and_counted);
  RUN(test_a_shift_by_a_constant_moves_no_onset);
  RUN(test_spread_is_judged_by_what_it_covers);
  RUN(test_groups_and_components);
  RUN(test_every_figure_is_drawn_and_the_page_holds_them);
  RUN(test_nothing_judged_and_one_site);
  RUN(test_learning_more_helps);
  RUN(test_replays_begin_alike_and_every_rule_learns);

  RUN(test_histogram_counts_every_value_once);
  RUN(test_ranks_put_ties_in_order_and_leave_nothing_out);
  RUN(test_deciles_of_the_middle);
  RUN(test_groups_have_quartiles);
  RUN(test_components_of_an_ellipse);
  RUN(test_coverage_of_normal_errors);
  RUN(test_power_law_is_found);
  return CHECK_REPORT();
}
