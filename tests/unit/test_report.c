#include "check.h"
#include "base/json.h"
#include "base/random.h"
#include "report/verdict.h"
#include "match/answer.h"
#include "match/shortlist.h"
#include "base/text.h"
#include "comma_locale.h"
#include "report/answer.h"
#include "report/prediction_file.h"
#include "report/stored.h"
#include "cuxas/report.h"
#include "evaluate/validation.h"
#include "spectrum/edge_shape.h"
#include "write/text.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true /* what is freed stays for a while */
#elif defined(__has_feature)
#define IS_SANITIZED __has_feature(address_sanitizer)
#else
#define IS_SANITIZED false
#endif

/* A finished match of up to N_HIT candidates, made by hand: the measurement is a ramp with onsets at 931 and 951 eV. */
enum { N_HIT = 4, N_ENERGY = 60 };
typedef struct {
  double              mu[N_ENERGY], shifted[N_ENERGY];
  cuxas_query         query;
  cuxas_measured_info info;
  cuxas_prepared      prepared;
  cuxas_model         model;
  cuxas_hit           hit[N_HIT];
  cuxas_hits          hits;
  cuxas_answer        answer; /* a shortlist, unless a test says otherwise */
  cuxas_edge_shape    shape;
  cJSON              *command, *settings;
  cuxas_report        report;
} example;

static char *NAME[N_HIT] = {"CuO", "Cu2O", "CuS", "Cu"};

static void set_hit(example *e, size_t i, double mae, double spearman)
{
  cuxas_hit *hit                     = &e->hit[i];
  *hit                               = (cuxas_hit){.path = NAME[i], .label = NAME[i], .name = NAME[i], .rank = i + 1};
  hit->comparison.mae                = mae;
  hit->comparison.spearman           = spearman;
  hit->comparison.shift_eV           = -2.5;
  hit->comparison.predicted_onset[0] = (cuxas_onset){true, 933.5, 933.4};
  hit->comparison.predicted_onset[1] = (cuxas_onset){true, 953.5, 953.4};
  hit->delta_to_next                 = NAN;
  hit->p_value = hit->e_value = hit->support = NAN;
  hit->domain.distance                       = 1.0;
  hit->rank_mae                              = 1;
  hit->rank_spearman                         = 1;
  for (size_t k = 0; k < e->hits.n_hit; k++) {
    if (e->hit[k].comparison.mae < mae) hit->rank_mae++;
    if (e->hit[k].comparison.mae > mae) e->hit[k].rank_mae++;
    if (e->hit[k].comparison.spearman > spearman) hit->rank_spearman++;
    if (e->hit[k].comparison.spearman < spearman) e->hit[k].rank_spearman++;
  }
  e->hits.n_hit = i + 1;
}

static void make_example(example *e)
{
  memset(e, 0, sizeof *e);
  for (size_t i = 0; i < N_ENERGY; i++) e->mu[i] = e->shifted[i] = (double)i / (N_ENERGY - 1);
  e->query          = (cuxas_query){.grid = {928.0, 0.5, N_ENERGY}, .mu = e->mu, .n_edge = 2};
  e->query.edge[0]  = (cuxas_edge_window){"L3", 0.0};
  e->query.edge[1]  = (cuxas_edge_window){"L2", 20.0};
  e->query.onset[0] = (cuxas_onset){true, 931.0, 931.0};
  e->query.onset[1] = (cuxas_onset){true, 951.0, 951.0};
  e->info           = (cuxas_measured_info){.n_point = 7, .min_eV = 928.0, .max_eV = 957.5};
  e->model          = (cuxas_model){.name = "test", .element = "Cu", .n_edge = 2, .shift_eV = -2.5, .n_training = 3};
  memcpy(e->model.edge[0].name, "L3", 3);
  memcpy(e->model.edge[1].name, "L2", 3);
  e->hits     = (cuxas_hits){.hit = e->hit};
  e->answer   = (cuxas_answer){.kind = CUXAS_ANSWER_SHORTLIST};
  e->command  = cJSON_CreateArray();
  e->settings = cJSON_CreateObject();
  e->report   = (cuxas_report){.program       = "cuxas-match",
                               .command       = e->command,
                               .settings      = e->settings,
                               .measured_path = "scan.csv",
                               .measured      = &e->info,
                               .prepared      = &e->prepared,
                               .query         = &e->query,
                               .model         = &e->model,
                               .compare       = cuxas_compare_defaults(),
                               .hits          = &e->hits,
                               .answer        = &e->answer,
                               .shape         = &e->shape};
}

static void free_example(example *e)
{
  cJSON_Delete(e->command);
  cJSON_Delete(e->settings);
}

/* All reasons as one text. */
static const char *judge(const example *e, cuxas_verdict *verdict)
{
  static char text[CUXAS_VERDICT_MAX_REASON * CUXAS_VERDICT_REASON_SIZE];
  text[0] = '\0';
  cuxas_report_judge(&e->report, verdict);
  for (size_t i = 0; i < verdict->n_reason; i++) strcat(strcat(text, verdict->reason[i]), "\n");
  return text;
}

/* By the scores of the first n candidates. */
static void find_answer(example *e, const double *score, size_t n)
{
  const cuxas_answer_context context = cuxas_answer_context_of(NAN, CUXAS_AXIS_UNKNOWN);
  for (size_t i = 0; i < n; i++) e->hit[i].comparison.score = score[i];
  CHECK_STATUS(cuxas_answer_fill(&(cuxas_witnesses){.hits = &e->hits}, &context, &e->answer, NULL), CUXAS_OK);
}

static void test_a_clear_lead_is_favoured_but_no_proof(void)
{
  example       e;
  cuxas_verdict verdict;
  make_example(&e);
  set_hit(&e, 0, 0.05, 0.95);
  set_hit(&e, 1, 0.09, 0.90);
  find_answer(&e, (const double[]){50.0, 10.0}, 2);
  const char *text = judge(&e, &verdict);
  CHECK(verdict.kind == CUXAS_VERDICT_FAVOURED);
  CHECK_CONTAINS(text, "agree that CuO comes first");
  CHECK_CONTAINS(text, "hold only if the sample's phase is among the candidates");
  free_example(&e);
}

/* Few that are alike are listed, many are counted. */
static void test_a_group_is_named_or_counted(void)
{
  example       e;
  cuxas_verdict verdict;
  char          text[CUXAS_ANSWER_SENTENCE_SIZE];
  make_example(&e);
  set_hit(&e, 0, 0.05, 0.95);
  set_hit(&e, 1, 0.09, 0.90);
  find_answer(&e, (const double[]){50.0, 50.0}, 2);
  judge(&e, &verdict);
  CHECK(verdict.kind == CUXAS_VERDICT_OPEN);
  cuxas_answer_sentence(&e.report, text);
  CHECK_CONTAINS(text, "one of CuO (40 %), Cu2O (40 %), or none of the 2 candidates (20 %).");

  e.answer.kind    = CUXAS_ANSWER_SURROUNDINGS;
  e.answer.n_group = 21;
  judge(&e, &verdict);
  CHECK(verdict.kind == CUXAS_VERDICT_OPEN);
  cuxas_answer_sentence(&e.report, text);
  CHECK_CONTAINS(text, "this spectrum alone does not decide");
  bool is_counted = false;
  for (size_t i = 0; cuxas_answer_reason(&e.report, i, text); i++)
    is_counted = is_counted || strstr(text, "21 of the 2 candidates together hold 90 %") != NULL;
  CHECK(is_counted);
  free_example(&e);
}

static void test_a_gap_below_the_limit_is_said_to_separate_nothing(void)
{
  example       e;
  cuxas_verdict verdict;
  make_example(&e);
  set_hit(&e, 0, 0.05, 0.95);
  set_hit(&e, 1, 0.0799, 0.90);
  CHECK_CONTAINS(judge(&e, &verdict), "lies: Cu2O");
  e.hit[1].comparison.mae = 0.0801;
  CHECK_CONTAINS(judge(&e, &verdict), "smaller than any other by 0.03 or more");
  free_example(&e);
}

static void test_disagreement_of_the_measures_is_said(void)
{
  example       e;
  cuxas_verdict verdict;
  make_example(&e);
  set_hit(&e, 0, 0.12, 0.95);
  set_hit(&e, 1, 0.05, 0.90);
  const char *text = judge(&e, &verdict);
  CHECK_CONTAINS(text, "Cu2O has the smallest MAE");
  CHECK_CONTAINS(text, "clearly worse");
  free_example(&e);
}

/* Unless it is a measured spectrum that agrees: then it matters little how chance does. */
static void test_what_chance_does_as_well_is_called_poor(void)
{
  example       e;
  cuxas_verdict verdict;
  make_example(&e);
  set_hit(&e, 0, 0.20, 0.95);
  set_hit(&e, 1, 0.30, 0.90);
  e.hit[0].p_value = 0.3;
  e.hit[1].p_value = 0.5;
  CHECK_CONTAINS(judge(&e, &verdict), "None of these stands out: 30 % of unrelated compounds");
  CHECK(verdict.kind == CUXAS_VERDICT_POOR);
  e.hit[1].p_value = 0.01; /* one of them does, whichever is first */
  CHECK(strstr(judge(&e, &verdict), "None of these") == NULL);
  CHECK(verdict.kind == CUXAS_VERDICT_OPEN);

  e.hit[1].p_value    = 0.5;
  e.hit[0].kind       = CUXAS_CANDIDATE_SPECTRUM;
  e.answer.kind       = CUXAS_ANSWER_COMPOUND;
  e.answer.n_compound = 1;
  CHECK(strstr(judge(&e, &verdict), "None of these") == NULL);
  CHECK(verdict.kind == CUXAS_VERDICT_FAVOURED);
  free_example(&e);
}

static void test_each_objection_to_the_first_is_said(void)
{
  static const char *const SAID[] = {"border", "training domain", "usually need", "L3 onset", "L2 onset"};
  for (size_t i = 0; i < sizeof SAID / sizeof *SAID; i++) {
    example       e;
    cuxas_verdict verdict;
    make_example(&e);
    set_hit(&e, 0, 0.05, 0.95);
    set_hit(&e, 1, 0.09, 0.90);
    CHECK(strstr(judge(&e, &verdict), SAID[i]) == NULL);
    if (i == 0) e.hit[0].comparison.shift_at_limit = true;
    if (i == 1) e.hit[0].domain.outside = true;
    if (i == 2) e.model.shift_eV = 1.0;
    if (i == 3) e.hit[0].comparison.predicted_onset[0].energy_eV = 934.7;
    if (i == 4) e.hit[0].comparison.predicted_onset[1].energy_eV = 952.3;
    CHECK_CONTAINS(judge(&e, &verdict), SAID[i]);
    free_example(&e);
  }
}

static double number_at(const cJSON *root, const char *list, int i, const char *name)
{
  const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, list), i);
  return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(item, name));
}

/* A ranking by simulation of the first two of an example, in the order given. */
typedef struct {
  cuxas_hit         hit[2];
  cuxas_hits        hits;
  cuxas_shortlisted candidate[2];
  cuxas_shortlist   shortlist;
} simulated_example;

static void simulate_example(example *e, size_t first, simulated_example *s)
{
  memset(s, 0, sizeof *s);
  for (size_t i = 0; i < 2; i++) {
    const size_t k           = i == 0 ? first : 1 - first;
    s->hit[i]                = e->hit[k];
    s->hit[i].rank_predicted = k + 1;
    s->hit[i].rank = s->hit[i].rank_score = s->hit[i].rank_mae = s->hit[i].rank_spearman = i + 1;
    s->hit[i].comparison.mae                                                             = i == 0 ? 0.03 : 0.12;
    s->hit[i].comparison.spearman                                                        = i == 0 ? 0.97 : 0.90;
    s->candidate[i] = (cuxas_shortlisted){.error = 0.05, .code = "invented"};
  }
  s->hits             = (cuxas_hits){.n_hit = 2, .hit = s->hit};
  s->shortlist        = (cuxas_shortlist){.n_wanted = 2, .hits = &s->hits, .candidate = s->candidate, .limit = 0.15};
  e->report.shortlist = &s->shortlist;
}

static void test_simulations_stand_beside_predictions_and_agree_or_not(void)
{
  example           e;
  simulated_example s;
  cuxas_verdict     verdict;
  make_example(&e);
  set_hit(&e, 0, 0.05, 0.95);
  set_hit(&e, 1, 0.09, 0.90);
  set_hit(&e, 2, 0.20, 0.80);

  simulate_example(&e, 0, &s);
  const char *text = judge(&e, &verdict);
  CHECK_CONTAINS(text, "simulations from first principles of 2 of the 3 structures");
  CHECK_CONTAINS(text, "Prediction and simulation both put CuO first.");

  s.shortlist.n_without_hole = 1; /* then they are known to fail */
  text                       = judge(&e, &verdict);
  CHECK_CONTAINS(text, "could not be simulated with a core hole");

  simulate_example(&e, 1, &s);
  s.candidate[1].is_doubtful = true;
  text                       = judge(&e, &verdict);
  CHECK_CONTAINS(text, "by prediction CuO comes first, by simulation Cu2O (2 by prediction)");
  CHECK_CONTAINS(text, "the prediction of 1 is further from its simulation than nine in ten");

  s.hits.n_hit = 0; /* none could be simulated */
  text         = judge(&e, &verdict);
  CHECK_CONTAINS(text, "Predictions speak alone");
  free_example(&e);
}

static void test_the_chance_is_told_of_the_prediction(void)
{
  example           e;
  simulated_example s;
  cuxas_verdict     verdict;
  make_example(&e);
  set_hit(&e, 0, 0.05, 0.95);
  set_hit(&e, 1, 0.09, 0.90);
  e.hit[0].p_value = 0.4;
  e.hit[0].e_value = 0.8;
  simulate_example(&e, 0, &s);
  s.hit[0].p_value = s.hit[0].e_value = NAN;
  const char *text                    = judge(&e, &verdict);
  CHECK_CONTAINS(text, "as well as CuO does (p)");
  CHECK_CONTAINS(text, "is weak evidence");
  free_example(&e);
}

static void test_reports_hold_both_rankings(void)
{
  example           e;
  simulated_example s;
  make_example(&e);
  set_hit(&e, 0, 0.05, 0.95);
  set_hit(&e, 1, 0.09, 0.90);
  simulate_example(&e, 1, &s);
  s.candidate[0].is_doubtful = true;
  cJSON *root                = cuxas_report_json(&e.report);
  cJSON *simulated           = cJSON_GetObjectItemCaseSensitive(root, "simulated");
  CHECK_TEXT(
      cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(root, "candidates"), 0), "name")),
      "CuO");
  CHECK_TEXT(cJSON_GetStringValue(
                 cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(simulated, "candidates"), 0), "name")),
             "Cu2O");
  CHECK(cJSON_IsFalse(cJSON_GetObjectItem(simulated, "stages_agree")));
  CHECK_NEAR(number_at(simulated, "candidates", 0, "rank_predicted"), 2.0, 0.0);
  CHECK_NEAR(number_at(simulated, "candidates", 0, "mae"), 0.03, 1e-12);
  cJSON_Delete(root);

  char  line[4096] = "";
  FILE *out        = tmpfile();
  CHECK_STATUS(cuxas_report_write_csv(&e.report, out, NULL), CUXAS_OK);
  rewind(out);
  CHECK(fgets(line, sizeof line, out) != NULL &&
        fgets(line, sizeof line, out) != NULL); /* CuO is second by simulation */
  CHECK_CONTAINS(line, ",CuO,,2,0,0.12,0.9,-2.5,0,0,0.05,no");
  fclose(out);
  free_example(&e);
}

static void test_one_candidate_and_none_are_no_ranking(void)
{
  example       e;
  cuxas_verdict verdict;
  make_example(&e);
  CHECK_CONTAINS(judge(&e, &verdict), "No candidate");
  CHECK(verdict.kind == CUXAS_VERDICT_EMPTY);
  set_hit(&e, 0, 0.05, 0.95);
  find_answer(&e, (const double[]){10.0}, 1);
  CHECK_CONTAINS(judge(&e, &verdict), "one candidate only");
  CHECK(verdict.kind == CUXAS_VERDICT_POOR);
  free_example(&e);
}

/* By the part of unrelated compounds that agree as well, and by the onset. */
static void test_one_candidate_alone_agrees_or_does_not(void)
{
  cuxas_site_surroundings cu_i = {.is_known = true, .state = {0, 1, 0}, .distance_A = 1.85};
  static const struct {
    double      p_value, onset_eV;
    const char *agreement, *said;
  } CASE[] = {{0.03, NAN, "agrees", "CuO, the only candidate, agrees (prediction with MAE"},
              {0.3, NAN, "open", "CuO, the only candidate, is neither confirmed nor ruled out"},
              {0.7, NAN, "disagrees", "CuO, the only candidate, does not agree"},
              {0.03, 930.7, "disagrees", "and the onset is not that of its Cu(I)"}};
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
    example       e;
    cuxas_verdict verdict;
    char          text[CUXAS_ANSWER_SENTENCE_SIZE];
    make_example(&e);
    set_hit(&e, 0, 0.05, 0.95);
    e.hit[0].comparison.score          = 30.0;
    e.hit[0].p_value                   = CASE[i].p_value;
    e.hit[0].surroundings              = &cu_i;
    const cuxas_answer_context context = cuxas_answer_context_of(CASE[i].onset_eV, CUXAS_AXIS_CALIBRATED);
    CHECK_STATUS(cuxas_answer_fill(&(cuxas_witnesses){.hits = &e.hits}, &context, &e.answer, NULL), CUXAS_OK);
    CHECK(strcmp(cuxas_answer_agreement_name(&e.report), CASE[i].agreement) == 0);
    cuxas_answer_sentence(&e.report, text);
    CHECK_CONTAINS(text, CASE[i].said);
    judge(&e, &verdict);
    CHECK(verdict.kind == (i == 0 ? CUXAS_VERDICT_OPEN : CUXAS_VERDICT_POOR));
    free_example(&e);
  }
}

static void test_json_numbers_are_rounded_and_never_nan(void)
{
  example e;
  make_example(&e);
  set_hit(&e, 0, 0.123456789, 1.0 / 3.0);
  cJSON *root = cuxas_report_json(&e.report);
  CHECK(number_at(root, "candidates", 0, "mae") == 0.123457);
  CHECK(number_at(root, "candidates", 0, "spearman") == 0.333333);
  char *text = cJSON_PrintUnformatted(root);
  CHECK_CONTAINS(text, "\"delta_to_next\":null");
  CHECK_CONTAINS(text, "\"schema\":\"cuxas-report/2\"");
  CHECK(strstr(text, "nan") == NULL);
  free(text);
  cJSON_Delete(root);
  CHECK(cuxas_json_round(-1e-9) == 0.0 && !signbit(cuxas_json_round(-1e-9)));
  free_example(&e);
}

/* Rounding is that of decimal digits, and a tree that is only printed looks like one that can be read. */
static void test_numbers_that_are_printed_are_those_that_are_read(void)
{
  cuxas_json_builder read = {.is_printed = false}, printed = {.is_printed = true};
  cJSON             *trees[] = {cJSON_CreateArray(), cJSON_CreateArray()};
  const double       known[] = {0.0,      -0.0,   1.0, -1.0,     10.0, 0.1,   -0.25, 1e-6,
                                0.000099, 0.0001, 1e5, 123456.5, 1e9,  1e300, NAN};
  uint64_t           random  = 9;
  for (size_t i = 0; i < 20000; i++) {
    const double tie   = floor(1e7 * random_uniform(&random)) * 0.5e-6; /* every other one in the middle between two */
    const double value = i < sizeof known / sizeof *known ? known[i]
                         : i % 3 == 0                     ? tie
                                      : (random_uniform(&random) - 0.5) * pow(10.0, (double)(i % 14) - 5.0);
    char         text[400];
    snprintf(text, sizeof text, "%.6f", value);
    if (!isnan(value)) CHECK(cuxas_json_round(value) == strtod(text, NULL));
    cuxas_json_put_number(&read, trees[0], NULL, value);
    cuxas_json_put_number(&printed, trees[1], NULL, value);
  }
  char *one = cJSON_PrintUnformatted(trees[0]), *other = cJSON_PrintUnformatted(trees[1]);
  CHECK_TEXT(other, one);
  free(one);
  free(other);
  cJSON_Delete(trees[0]);
  cJSON_Delete(trees[1]);
}

static void test_onsets_in_json_agree_with_each_other(void)
{
  example e;
  make_example(&e);
  set_hit(&e, 0, 0.05, 0.95);
  e.query.onset[1].found = false;
  cJSON       *root      = cuxas_report_json(&e.report);
  const cJSON *first     = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(root, "candidates"), 0);
  const cJSON *onsets    = cJSON_GetObjectItemCaseSensitive(first, "onsets");
  const cJSON *l3        = cJSON_GetObjectItemCaseSensitive(onsets, "L3");
  CHECK_NEAR(cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(l3, "difference_eV")), 2.5, 1e-9);
  CHECK_NEAR(cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(l3, "difference_shifted_eV")), 0.0, 1e-9);
  CHECK(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(onsets, "L2"))); /* nothing measured, nothing claimed */
  cJSON_Delete(root);
  free_example(&e);
}

static void test_differences_name_files_and_numbers(void)
{
  example e;
  char    text[2000] = "";
  bool    is_exact   = false;
  make_example(&e);
  set_hit(&e, 0, 0.05, 0.95);
  set_hit(&e, 1, 0.09, 0.90);
  memcpy(e.hit[0].sha256, "aaaa", 5);
  cJSON *before = cuxas_report_json(&e.report);
  CHECK(cuxas_report_differences(before, before, &is_exact, stdout) == 0);
  CHECK(is_exact);

  memcpy(e.hit[0].sha256, "bbbb", 5);
  e.hit[0].comparison.mae = 0.06;
  e.hit[1].label          = "moved/Cu2O.cif";
  cJSON *after            = cuxas_report_json(&e.report);
  FILE  *out              = tmpfile();
  CHECK(cuxas_report_differences(before, after, &is_exact, out) >= 4);
  CHECK(!is_exact);
  rewind(out);
  text[fread(text, 1, sizeof text - 1, out)] = '\0';
  fclose(out);
  CHECK_CONTAINS(text, "changed file: CuO (sha256 aaaa -> bbbb)");
  CHECK_CONTAINS(text, "mae 0.05 -> 0.06");
  CHECK_CONTAINS(text, "no longer among the candidates: Cu2O");
  CHECK_CONTAINS(text, "new among the candidates: moved/Cu2O.cif");
  cJSON_Delete(before);
  cJSON_Delete(after);
  free_example(&e);
}

/* Kernels of BLAS differ in the last digits of single precision, and so do reports made on different processors. */
static void test_the_last_digits_of_another_processor_are_no_difference(void)
{
  example e;
  bool    is_exact = true;
  make_example(&e);
  set_hit(&e, 0, 0.05, 0.95);
  set_hit(&e, 1, 0.09, 0.90);
  cJSON *before           = cuxas_report_json(&e.report);
  e.hit[0].comparison.mae = 0.050009;
  cJSON *near             = cuxas_report_json(&e.report);
  e.hit[0].comparison.mae = 0.051;
  cJSON *far              = cuxas_report_json(&e.report);
  FILE  *out              = tmpfile();
  CHECK(cuxas_report_differences(before, near, &is_exact, out) == 0);
  CHECK(!is_exact);
  CHECK(cuxas_report_differences(before, far, &is_exact, out) > 0);
  fclose(out);
  cJSON_Delete(before);
  cJSON_Delete(near);
  cJSON_Delete(far);
  free_example(&e);
}

static cuxas_status read_back(const char *text, cuxas_error *err)
{
  char         path[] = "/tmp/cuxas-report-XXXXXX";
  cJSON       *report = NULL;
  const int    file   = mkstemp(path);
  const size_t n      = strlen(text);
  if (file < 0 || write(file, text, n) != (ssize_t)n) return CUXAS_EIO;
  close(file);
  const cuxas_status status = cuxas_report_read(path, &report, err);
  CHECK((status == CUXAS_OK) == (report != NULL));
  cJSON_Delete(report);
  unlink(path);
  return status;
}

static void test_what_is_no_report_is_refused(void)
{
  example     e;
  cuxas_error err;
  make_example(&e);
  set_hit(&e, 0, 0.05, 0.95);
  cJSON *root = cuxas_report_json(&e.report);
  char  *text = cJSON_Print(root);
  CHECK_STATUS(read_back(text, &err), CUXAS_OK);
  CHECK_STATUS(read_back("", &err), CUXAS_EFORMAT);
  CHECK_STATUS(read_back("{\"schema\": ", &err), CUXAS_EFORMAT);
  CHECK_STATUS(read_back("{\"schema\": \"cuxas-report/3\"}", &err), CUXAS_EFORMAT);
  CHECK_STATUS(read_back("{\"schema\": \"cuxas-report/1\", \"measured\": []}", &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "measured");
  cJSON *nothing = NULL;
  CHECK_STATUS(cuxas_report_read("/no/such/report", &nothing, &err), CUXAS_EIO);
  free(text);
  cJSON_Delete(root);
  free_example(&e);
}

/* -- reports that stay in their file -- */

/* The report of an example in a file, with one text in place of another; the caller unlinks path. */
static void store(const cuxas_report *report, const char *opt_old, const char *new,
                  char path[sizeof "/tmp/cuxas-report-XXXXXX"])
{
  strcpy(path, "/tmp/cuxas-report-XXXXXX");
  FILE *out = fdopen(mkstemp(path), "w+");
  CHECK_STATUS(cuxas_report_write_json(report, out, NULL), CUXAS_OK);
  if (opt_old != NULL) {
    const size_t n    = (size_t)ftell(out);
    char        *text = calloc(n + 1, 1);
    rewind(out);
    CHECK(fread(text, 1, n, out) == n);
    char *at = strstr(text, opt_old);
    CHECK(at != NULL);
    rewind(out);
    CHECK(ftruncate(fileno(out), 0) == 0);
    fprintf(out, "%.*s%s%s", (int)(at - text), text, new, new[0] == '\0' ? "" : at + strlen(opt_old));
    free(text);
  }
  fclose(out);
}

/* What is told when it is replayed. */
static cuxas_status replay(const char *path, const cuxas_report *after, size_t *ret_n, bool *ret_is_exact,
                           char text[2000], cuxas_error *err)
{
  cuxas_stored_report *stored = NULL;
  cJSON               *frame  = NULL;
  FILE                *out    = tmpfile();
  cuxas_status         status = cuxas_stored_open(path, &stored, &frame, err);
  CHECK((status == CUXAS_OK) == (stored != NULL && frame != NULL));
  if (status == CUXAS_OK) status = cuxas_stored_differences(stored, frame, after, ret_n, ret_is_exact, out, err);
  rewind(out);
  text[fread(text, 1, 1999, out)] = '\0';
  fclose(out);
  cJSON_Delete(frame);
  cuxas_stored_close(stored);
  return status;
}

static void make_stored_example(example *e)
{
  static cuxas_skipped left[] = {{"a.cif", "no copper"}, {"b.cif", "no copper"}};
  make_example(e);
  set_hit(e, 0, 0.05, 0.95);
  set_hit(e, 1, 0.09, 0.90);
  set_hit(e, 2, 0.11, 0.80);
  e->hits.filtered        = left;
  e->hits.n_filtered      = 2;
  e->hits.skipped         = left;
  e->hits.n_skipped       = 1;
  e->hit[2].is_foreseen   = true;
  e->report.unconstrained = &e->hits;
}

static void test_a_stored_report_differs_from_a_new_one_as_their_trees_do(void)
{
  example e;
  char    path[sizeof "/tmp/cuxas-report-XXXXXX"], text[2000], other[2000];
  size_t  n        = 9;
  bool    is_exact = false, is_exact_too = false;
  make_stored_example(&e);
  store(&e.report, NULL, "", path);
  CHECK_STATUS(replay(path, &e.report, &n, &is_exact, text, NULL), CUXAS_OK);
  CHECK(n == 0 && is_exact && text[0] == '\0');

  cJSON *before = NULL;
  CHECK_STATUS(cuxas_report_read(path, &before, NULL), CUXAS_OK);
  for (int change = 0; change < 6; change++) {
    const cuxas_hit kept = e.hit[1];
    if (change == 0) e.hit[1].comparison.mae = 0.090004; /* what processors do not share */
    if (change == 1) e.hit[1].comparison.mae = 0.2;
    if (change == 2) e.hit[1].label = "moved/Cu2O.cif";
    if (change == 3) e.hits.n_hit = 2;
    if (change == 4) e.hits.n_filtered = 1;
    if (change == 5) e.report.unconstrained = NULL;
    cJSON *after = cuxas_report_json(&e.report);
    FILE  *out   = tmpfile();
    CHECK_STATUS(replay(path, &e.report, &n, &is_exact, text, NULL), CUXAS_OK);
    CHECK(cuxas_report_differences(before, after, &is_exact_too, out) == n);
    CHECK((n == 0) == (change == 0) && !is_exact && is_exact == is_exact_too);
    rewind(out);
    other[fread(other, 1, sizeof other - 1, out)] = '\0';
    CHECK_TEXT(text, other);
    fclose(out);
    cJSON_Delete(after);
    e.hit[1]               = kept;
    e.hits.n_hit           = 3;
    e.hits.n_filtered      = 2;
    e.report.unconstrained = &e.hits;
  }
  cJSON_Delete(before);
  unlink(path);
  free_example(&e);
}

static void test_broken_reports_are_refused_with_their_line(void)
{
  static const struct {
    const char *old, *new, *said;
  } CASE[] = {{"\"hole_fraction\"", "", "it ends in the middle"}, /* a line cut off, and all behind it */
              {"\"path\":\"CuS\"", "\"path\":CuS", "no JSON"},
              {",\n\t\t{\"rank\":3", "\n\t\t{\"rank\":3", "no comma between two rows"},
              {"{\"rank\":3", "7, {\"rank\":3", "a row that is no object"},
              {"\t\"filtered\":", "\t\"candidates\":", "a list for the second time"},
              {"\n}\n", "\n}\n}\n", "more behind the report's end"},
              {"\t\"verdict\":", "\t verdict:", "no name of a member"},
              {"\t\"verdict\":", "\t\"verdict\"", "no colon behind a member's name"},
              {"],\n\t\"filtered\":", "]\n\t\"filtered\":", "no comma between two members"}};
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
    example     e;
    char        path[sizeof "/tmp/cuxas-report-XXXXXX"], text[2000];
    size_t      n;
    bool        is_exact;
    cuxas_error err = {0};
    make_stored_example(&e);
    store(&e.report, CASE[i].old, CASE[i].new, path);
    CHECK_STATUS(replay(path, &e.report, &n, &is_exact, text, &err), CUXAS_EFORMAT);
    CHECK_CONTAINS(err.message, CASE[i].said);
    CHECK(strncmp(err.message, path, strlen(path)) == 0 && err.message[strlen(path)] == ':' &&
          atoi(err.message + strlen(path) + 1) > 40);
    unlink(path);
    free_example(&e);
  }
}

static void test_a_line_of_another_candidate_is_named(void)
{
  example e;
  char    path[sizeof "/tmp/cuxas-report-XXXXXX"], text[2000];
  size_t  n        = 0;
  bool    is_exact = true;
  make_stored_example(&e);
  store(&e.report, "\"path\":\"CuS\"", "\"path\":\"CuO\"", path); /* twice now */
  CHECK_STATUS(replay(path, &e.report, &n, &is_exact, text, NULL), CUXAS_OK);
  CHECK(n == 2 && !is_exact);
  CHECK_CONTAINS(text, "new among the candidates: CuS");
  CHECK_CONTAINS(text, "different: CuS: rank 3 -> 1");
  unlink(path);
  free_example(&e);
}

/* A report of anybody's, and of ours only by its schema. */
static void test_what_a_foreign_report_holds_is_told_and_steers_no_terminal(void)
{
  static const struct {
    const char *old, *new, *said;
  } CASE[] = {{"\"mae\":0.05", "\"mae\":1e999", "different: CuO: mae inf -> 0.05\n"},
              {"\"mae\":0.05", "\"mae\":-1e999", "different: CuO: mae -inf -> 0.05\n"},
              {"\"mae\":0.05,", " ", "different: CuO: mae is new\n"},
              {"\"mae\":0.05,", "\"mae\":0.05,\"m\\u001b\":1,", "different: CuO: m? is gone\n"},
              {"\"mae\":0.05,", "\"mae\":0.05,\"mae\":0.05,", "different: CuO: a member is there twice\n"},
              {"\"answer\"", "\"no_answer\"", "different: answer\n"},
              {"\"picture\"", "\"no_picture\"", "different: picture\n"},
              {"\"step_eV\":\t", "\"step_eV\":\t1", "different: picture\n"},
              {"\"name\":\"CuO\"", "\"name\":\"Cu\\u001b]0;O\\u0007\\n\"", "different: Cu?]0;O? : name\n"},
              {"\"version\":\t\"", "\"version\":\t\"\\u001b[2J\\u009b\\r", "made by version ?[2J"}};
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
    example e;
    char    path[sizeof "/tmp/cuxas-report-XXXXXX"], text[2000];
    size_t  n        = 0;
    bool    is_exact = true;
    make_stored_example(&e);
    for (int k = 0; k < 3; k++) e.hit[k].is_foreseen = true; /* rows in a line */
    store(&e.report, CASE[i].old, CASE[i].new, path);
    CHECK_STATUS(replay(path, &e.report, &n, &is_exact, text, NULL), CUXAS_OK);
    CHECK_CONTAINS(text, CASE[i].said);
    CHECK(strpbrk(text, "\033\a\r") == NULL);
    CHECK(strstr(CASE[i].said, "version") != NULL || (n == 1 && !is_exact));
    unlink(path);
    free_example(&e);
  }
}

/* The last member first, all the way down. */
static void turn_round(cJSON *node)
{
  cJSON *first = node->child, *next = NULL;
  if (first == NULL) return;
  for (cJSON *one = first; one != NULL; one = one->next) turn_round(one);
  if (!cJSON_IsObject(node)) return;
  cJSON *last = first->prev;
  for (cJSON *one = first; one != NULL; one = next) {
    next      = one->next;
    one->next = one == first ? NULL : one->prev;
    one->prev = one == last ? first : next;
  }
  node->child = last;
}

static void test_members_in_another_order_are_no_difference(void)
{
  example e;
  char    path[]   = "/tmp/cuxas-report-XXXXXX", text[2000];
  size_t  n        = 9;
  bool    is_exact = false;
  make_stored_example(&e);
  cJSON *before = cuxas_report_json(&e.report);
  turn_round(before);
  FILE *out = fdopen(mkstemp(path), "w");
  CHECK_STATUS(cuxas_json_write(before, true, out, NULL), CUXAS_OK);
  fclose(out);
  CHECK_TEXT(before->child->string, "verdict");
  CHECK_STATUS(replay(path, &e.report, &n, &is_exact, text, NULL), CUXAS_OK);
  CHECK(n == 0 && is_exact && text[0] == '\0');

  e.hit[1].comparison.mae += 0.1;
  CHECK_STATUS(replay(path, &e.report, &n, &is_exact, text, NULL), CUXAS_OK);
  CHECK(n == 1 && !is_exact);
  unlink(path);
  cJSON_Delete(before);
  free_example(&e);
}

/* A name that is there twice must not stand for one that is missing. */
static void test_a_member_that_is_there_twice_is_a_difference_in_any_order(void)
{
  static const char *const PAIR[][2] = {{"{\"k\":1,\"k\":1}", "{\"m\":1,\"k\":1}"},
                                        {"{\"k\":1,\"k\":1}", "{\"k\":1,\"m\":1}"},
                                        {"{\"m\":1,\"k\":1,\"k\":1}", "{\"k\":1,\"m\":1,\"n\":1}"},
                                        {"{\"k\":1}", "{\"k\":1,\"m\":1}"}};
  for (size_t i = 0; i < sizeof PAIR / sizeof *PAIR; i++) {
    bool   is_exact = true;
    FILE  *out      = tmpfile();
    cJSON *before = cJSON_CreateObject(), *after = cJSON_CreateObject();
    cJSON_AddItemToObject(before, "verdict", cJSON_Parse(PAIR[i][0]));
    cJSON_AddItemToObject(after, "verdict", cJSON_Parse(PAIR[i][1]));
    CHECK(cuxas_report_differences(before, after, &is_exact, out) == 1);
    fclose(out);
    cJSON_Delete(before);
    cJSON_Delete(after);
  }
}

/* Only a report from before there was an answer may be without. */
static void test_an_answer_that_is_gone_is_told_whatever_schema_the_report_names(void)
{
  static const struct {
    const char *answer, *version, *said;
    size_t      n;
  } CASE[] = {{"answer", "0.3.0", "note: its schema is cuxas-report/1, but it is a report of cuxas-report/2\n", 0},
              {"no_answer", "0.3.0", "different: answer\n", 1},
              {"no_answer", "0.1.0", "different: answer\n", 1}}; /* it has a picture */
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
    example e;
    bool    is_exact   = false;
    char    text[2000] = "";
    make_example(&e);
    cJSON *after = cuxas_report_json(&e.report), *before = cJSON_Duplicate(after, true);
    FILE  *out = tmpfile();
    cJSON_ReplaceItemInObject(before, "schema", cJSON_CreateString("cuxas-report/1"));
    cJSON_ReplaceItemInObject(cJSON_GetObjectItem(before, "tool"), "version", cJSON_CreateString(CASE[i].version));
    cJSON_AddItemToObject(before, CASE[i].answer, cJSON_DetachItemFromObject(before, "answer"));
    CHECK(cuxas_report_differences(before, after, &is_exact, out) == CASE[i].n);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = '\0';
    CHECK_CONTAINS(text, CASE[i].said);
    CHECK_CONTAINS(text, "cuxas-report/1");
    fclose(out);
    cJSON_Delete(before);
    cJSON_Delete(after);
    free_example(&e);
  }
}

static void test_long_names_are_cut_where_differences_are_told(void)
{
  example e;
  char    path[sizeof "/tmp/cuxas-report-XXXXXX"], text[2000], name[400] = "\"name\":\"";
  size_t  n        = 0;
  bool    is_exact = true;
  make_stored_example(&e);
  for (int k = 0; k < 79; k++) strcat(name, "n");
  for (int k = 0; k < 50; k++) strcat(name, "\xc3\xa9");
  strcat(name, "\"");
  e.hit[0].is_foreseen = true;
  store(&e.report, "\"name\":\"CuO\"", name, path);
  CHECK_STATUS(replay(path, &e.report, &n, &is_exact, text, NULL), CUXAS_OK);
  CHECK(n == 1);
  CHECK_CONTAINS(text, "nnnn...: name\n");
  unlink(path);
  free_example(&e);
}

static void test_a_sentence_with_a_number_beyond_all_is_another_one(void)
{
  char long_number[420] = "";
  for (int k = 0; k < 400; k++) long_number[k] = '9';
  strcat(long_number, ".5 eV");
  cJSON *before  = cJSON_Parse("{\"schema\": \"cuxas-report/1\", \"verdict\": {}}"),
        *after   = cJSON_Duplicate(before, true);
  bool  is_exact = true;
  FILE *out      = tmpfile();
  cJSON_AddStringToObject(cJSON_GetObjectItem(before, "verdict"), "reason", long_number);
  cJSON_AddStringToObject(cJSON_GetObjectItem(after, "verdict"), "reason", "931.5 eV");
  CHECK(cuxas_report_differences(before, after, &is_exact, out) == 1);
  fclose(out);
  cJSON_Delete(before);
  cJSON_Delete(after);
}

static void test_a_report_that_changes_while_it_is_replayed_is_an_error(void)
{
  example              e;
  char                 path[sizeof "/tmp/cuxas-report-XXXXXX"];
  size_t               n;
  bool                 is_exact;
  cuxas_error          err = {0};
  cuxas_stored_report *stored;
  cJSON               *frame;
  make_stored_example(&e);
  store(&e.report, NULL, "", path);
  CHECK_STATUS(cuxas_stored_open(path, &stored, &frame, NULL), CUXAS_OK);
  CHECK(truncate(path, 3000) == 0);
  CHECK_STATUS(cuxas_stored_differences(stored, frame, &e.report, &n, &is_exact, stdout, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "it ends in the middle");
  cJSON_Delete(frame);
  cuxas_stored_close(stored);
  unlink(path);
  free_example(&e);
}

/* A tree of so many rows would take some 200 MB. */
static void test_a_report_of_many_rows_is_compared_in_little_memory(void)
{
  enum { N_ROW = 30000, MAX_MORE_KB = 40000 };
  example       e;
  char          path[sizeof "/tmp/cuxas-report-XXXXXX"], text[2000], (*name)[16] = calloc(N_ROW, sizeof *name);
  size_t        n        = 1;
  bool          is_exact = false;
  struct rusage before, after;
  cuxas_hit    *hit = calloc(N_ROW, sizeof *hit);
  make_stored_example(&e);
  for (size_t i = 0; i < N_ROW; i++) {
    snprintf(name[i], sizeof name[i], "m%08zu", i);
    hit[i]             = e.hit[2];
    hit[i].label       = name[i];
    hit[i].rank        = i + 1;
    hit[i].is_foreseen = i >= 10;
  }
  e.hits.hit   = hit;
  e.hits.n_hit = N_ROW;
  getrusage(RUSAGE_SELF, &before);
  store(&e.report, NULL, "", path);
  CHECK_STATUS(replay(path, &e.report, &n, &is_exact, text, NULL), CUXAS_OK);
  CHECK(n == 0 && is_exact);
  hit[N_ROW - 5].label = hit[N_ROW - 5].name; /* it is looked for among all */
  CHECK_STATUS(replay(path, &e.report, &n, &is_exact, text, NULL), CUXAS_OK);
  CHECK(n == 2);
  getrusage(RUSAGE_SELF, &after);
  CHECK(IS_SANITIZED || after.ru_maxrss - before.ru_maxrss < MAX_MORE_KB);
  unlink(path);
  free(hit);
  free(name);
  free_example(&e);
}

/* What a writer prints, as text. */
static const char *printed(void (*write)(FILE *out, const void *data), const void *data)
{
  static char text[20000];
  FILE       *out = tmpfile();
  write(out, data);
  rewind(out);
  text[fread(text, 1, sizeof text - 1, out)] = '\0';
  fclose(out);
  return text;
}

static void write_field(FILE *out, const void *data)
{
  cuxas_text_put_csv(out, data);
}

static void write_number(FILE *out, const void *data)
{
  cuxas_text_put_csv_number(out, *(const double *)data);
}

static void write_cell(FILE *out, const void *data)
{
  cuxas_text_put_cell(out, data, 6);
}

static void test_names_and_numbers_are_written_safely(void)
{
  CHECK_TEXT(printed(write_field, "plain"), "plain");
  CHECK_TEXT(printed(write_field, "a,b"), "\"a,b\"");
  CHECK_TEXT(printed(write_field, "say \"so\""), "\"say \"\"so\"\"\"");
  CHECK_TEXT(printed(write_field, "=HYPERLINK(1)"), "'=HYPERLINK(1)"); /* runs in no spreadsheet */
  CHECK_TEXT(printed(write_field, "@a,b"), "\"'@a,b\"");
  CHECK_TEXT(printed(write_field, "+1"), "'+1");
  CHECK_TEXT(printed(write_field, "-1"), "'-1");
  CHECK_TEXT(printed(write_field, "Cu+2"), "Cu+2");
  CHECK_TEXT(printed(write_field, "\xe4\x1b\xc2\x9b\xc2\xb5"), /* Latin-1, escape, CSI as C1, micro */
             CUXAS_UTF8_REPLACEMENT CUXAS_UTF8_REPLACEMENT CUXAS_UTF8_REPLACEMENT CUXAS_UTF8_REPLACEMENT "\xc2\xb5");
  CHECK_TEXT(printed(write_cell, "\xe4\xc2\x9b\xc2\xb5"), "???\xc2\xb5  ");
  CHECK_TEXT(printed(write_number, &(double){0.25}), "0.25");
  CHECK_TEXT(printed(write_number, &(double){-1e-9}), "0");
  CHECK_TEXT(printed(write_number, &(double){1000.0}), "1000");
  CHECK_TEXT(printed(write_number, &(double){NAN}), "");
  CHECK_TEXT(printed(write_cell, "Cu"), "Cu    ");
  CHECK_TEXT(printed(write_cell, "Cu2CdSnS4"), "Cu2Cd~");
  CHECK_TEXT(printed(write_cell, "\xc3\xa4\xc3\xb6"), "\xc3\xa4\xc3\xb6    "); /* two characters in four bytes */
  CHECK_TEXT(printed(write_cell, "a\033[2J"), "a?[2J ");                       /* no file name steers the terminal */
}

static void write_spectra(FILE *out, const void *data)
{
  CHECK_STATUS(cuxas_report_write_spectra(data, out, NULL), CUXAS_OK);
}

static void write_plot(FILE *out, const void *data)
{
  CHECK_STATUS(cuxas_report_plot(data, CUXAS_PLOT_ASCII, out, NULL), CUXAS_OK);
}

static void test_spectra_and_plot_show_the_same_two_curves(void)
{
  example e;
  make_example(&e);
  set_hit(&e, 0, 0.0, 1.0);
  CHECK_TEXT(printed(write_plot, &e.report), ""); /* no curve was kept */
  e.hit[0].shifted = e.shifted;
  CHECK_CONTAINS(printed(write_spectra, &e.report), "energy_eV,measured (0 to 1),CuO prediction (0 to 1)\n928,0,0\n");
  CHECK_CONTAINS(printed(write_spectra, &e.report), "\n957.5,1,1\n");
  const char *plot = printed(write_plot, &e.report);
  CHECK_CONTAINS(plot, "#");                             /* identical curves: both in every cell ... */
  CHECK(strstr(plot, "o o") == NULL && plot[0] == '\n'); /* ... and nowhere one alone */
  free_example(&e);
}

static void test_mixing_channels(void)
{
  const double a[2] = {1.0, 2.0}, b[2] = {3.0, 6.0};
  double       mixed[2];
  cuxas_prediction_mix(a, b, 0.25, 2, mixed);
  CHECK_NEAR(mixed[0], 2.5, 1e-15);
  CHECK_NEAR(mixed[1], 5.0, 1e-15);
  cuxas_prediction_mix(NULL, b, 1.0, 2, mixed);
  CHECK_NEAR(mixed[1], 6.0, 0.0);
}

static void test_numpy_files_have_header_shape_and_bytes(void)
{
  cuxas_crystal      *crystal = cuxas_crystal_new(2);
  cuxas_features_file file;
  unsigned char       bytes[200];
  const float         feature[6] = {1.0f, 2.0f, 3.0f, -1.0f, 0.5f, 0.0f};
  FILE               *out        = tmpfile();
  crystal->atomic_number[0] = crystal->atomic_number[1] = 29;
  cuxas_features_begin(&file, out, CUXAS_FEATURES_NPY, 3);
  cuxas_features_add(&file, "Cu", crystal, feature);
  CHECK_STATUS(cuxas_features_end(&file, NULL), CUXAS_OK);
  rewind(out);
  CHECK(fread(bytes, 1, sizeof bytes, out) == 128 + 6 * 4);
  CHECK(memcmp(bytes, "\x93NUMPY\x01\x00\x76\x00", 10) == 0);
  bytes[127] = '\0';
  CHECK_CONTAINS((const char *)bytes + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
  CHECK(bytes[128] == 0 && bytes[129] == 0 && bytes[130] == 0x80 && bytes[131] == 0x3f); /* 1.0, little-endian */
  fclose(out);
  cuxas_crystal_free(crystal);
}

static void test_validation_means_leave_out_rows_without_data(void)
{
  example                e;
  cuxas_validation_row   row[3] = {{.name = "CuO"}, {.name = "SrCuO2", .reason = "none"}, {.name = "Cu2O"}};
  cuxas_validation_means means;
  make_example(&e);
  set_hit(&e, 0, 0.04, 0.9);
  set_hit(&e, 1, 0.08, 0.7);
  cuxas_validation_fill(&row[0], "CuO", &e.query, &e.hits);
  cuxas_validation_fill(&row[2], "Cu2O", &e.query, &e.hits);
  cuxas_validation_average(row, 3, &means);
  CHECK(means.n_measured == 2 && means.n_first == 1 && means.n_top3 == 2);
  CHECK_NEAR(means.mae, 0.06, 1e-12);
  CHECK_NEAR(means.spearman, 0.8, 1e-12);
  CHECK_NEAR(means.onset_eV[0], 0.0, 1e-12);
  CHECK_TEXT(row[2].first, "CuO");
  cuxas_validation_fill(&row[1], "NoSuch", &e.query, &e.hits);
  CHECK(row[1].is_failure);
  free_example(&e);
}

static void test_a_standard_of_the_same_name_is_not_the_right_structure(void)
{
  example              e;
  cuxas_validation_row row = {.name = "CuO"};
  make_example(&e);
  set_hit(&e, 0, 0.04, 0.9);
  set_hit(&e, 1, 0.08, 0.7);
  e.hit[0].kind = CUXAS_CANDIDATE_SPECTRUM; /* a measured CuO comes before the structure */
  e.hit[1].name = e.hit[0].name;
  cuxas_validation_fill(&row, "CuO", &e.query, &e.hits);
  CHECK(!row.is_failure && row.rank == 2);
  free_example(&e);
}

static void test_reports_obey_no_locale(void)
{
  static cuxas_report_writer *const WRITER[] = {cuxas_report_write_text,     cuxas_report_write_json,
                                                cuxas_report_write_csv,      cuxas_report_write_spectra,
                                                cuxas_report_write_markdown, cuxas_report_write_html};
  enum { N_WRITER = sizeof WRITER / sizeof *WRITER };
  char        folder[] = "/tmp/cuxas-test-XXXXXX";
  char       *plain[N_WRITER], *comma[N_WRITER];
  size_t      n_byte;
  example     e;
  cuxas_error err;
  make_example(&e);
  set_hit(&e, 0, 0.125, 0.875);
  e.hit[0].shifted = e.shifted;
  for (size_t i = 0; i < N_WRITER; i++) {
    FILE *out = open_memstream(&plain[i], &n_byte);
    CHECK_STATUS(WRITER[i](&e.report, out, &err), CUXAS_OK);
    fclose(out);
  }
  CHECK(mkdtemp(folder) != NULL);
  const bool is_comma = comma_locale_choose(folder);
  for (size_t i = 0; i < N_WRITER; i++) {
    FILE *out = open_memstream(&comma[i], &n_byte);
    CHECK_STATUS(WRITER[i](&e.report, out, &err), CUXAS_OK);
    fclose(out);
  }
  comma_locale_remove(folder);
  rmdir(folder);
  for (size_t i = 0; i < N_WRITER; i++) {
    CHECK_TEXT(comma[i], plain[i]);
    free(plain[i]);
    free(comma[i]);
  }
  free_example(&e);
  if (!is_comma) SKIP("no locale with decimal commas here");
}

/* A first edge at 944 eV is no copper's L3, whatever the candidates say. */
static void test_an_edge_where_copper_has_none_is_doubted_first(void)
{
  example e;
  char    text[CUXAS_ANSWER_SENTENCE_SIZE];
  make_example(&e);
  set_hit(&e, 0, 0.05, 0.95);
  set_hit(&e, 1, 0.09, 0.90);
  e.answer.kind = CUXAS_ANSWER_SURROUNDINGS;
  cuxas_answer_sentence(&e.report, text);
  CHECK(strstr(text, "copper's edge at all") == NULL);
  e.query.onset[0].energy_eV = 944.0;
  memcpy(e.query.edge[0].name, "L3", 3);
  cuxas_answer_sentence(&e.report, text);
  CHECK_CONTAINS(text, "If this is copper's edge at all:");
  CHECK(cuxas_answer_reason(&e.report, 0, text));
  CHECK_CONTAINS(text, "The edge begins at 944.0 eV");
  free_example(&e);
}

int main(void)
{
  RUN(test_a_clear_lead_is_favoured_but_no_proof);
  RUN(test_a_group_is_named_or_counted);
  RUN(test_a_gap_below_the_limit_is_said_to_separate_nothing);
  RUN(test_disagreement_of_the_measures_is_said);
  RUN(test_what_chance_does_as_well_is_called_poor);
  RUN(test_each_objection_to_the_first_is_said);
  RUN(test_simulations_stand_beside_predictions_and_agree_or_not);
  RUN(test_the_chance_is_told_of_the_prediction);
  RUN(test_reports_hold_both_rankings);
  RUN(test_one_candidate_and_none_are_no_ranking);
  RUN(test_one_candidate_alone_agrees_or_does_not);
  RUN(test_json_numbers_are_rounded_and_never_nan);
  RUN(test_numbers_that_are_printed_are_those_that_are_read);
  RUN(test_onsets_in_json_agree_with_each_other);
  RUN(test_differences_name_files_and_numbers);
  RUN(test_the_last_digits_of_another_processor_are_no_difference);
  RUN(test_what_is_no_report_is_refused);
  RUN(test_a_stored_report_differs_from_a_new_one_as_their_trees_do);
  RUN(test_broken_reports_are_refused_with_their_line);
  RUN(test_a_line_of_another_candidate_is_named);
  RUN(test_what_a_foreign_report_holds_is_told_and_steers_no_terminal);
  RUN(test_members_in_another_order_are_no_difference);
  RUN(test_a_member_that_is_there_twice_is_a_difference_in_any_order);
  RUN(test_an_answer_that_is_gone_is_told_whatever_schema_the_report_names);
  RUN(test_long_names_are_cut_where_differences_are_told);
  RUN(test_a_sentence_with_a_number_beyond_all_is_another_one);
  RUN(test_a_report_that_changes_while_it_is_replayed_is_an_error);
  RUN(test_a_report_of_many_rows_is_compared_in_little_memory);
  RUN(test_names_and_numbers_are_written_safely);
  RUN(test_spectra_and_plot_show_the_same_two_curves);
  RUN(test_mixing_channels);
  RUN(test_numpy_files_have_header_shape_and_bytes);
  RUN(test_validation_means_leave_out_rows_without_data);
  RUN(test_a_standard_of_the_same_name_is_not_the_right_structure);
  RUN(test_reports_obey_no_locale);
  RUN(test_an_edge_where_copper_has_none_is_doubted_first);
  return CHECK_REPORT();
}
