/* test_identification.c - ranks of the right compound within sets of candidates; simulated spectra as candidates */
#include "check.h"
#include "comma_locale.h"
#include "evaluate/answers.h"
#include "evaluate/identification.h"
#include "match/library.h"
#include "evaluate/validation.h"
#include "evaluate/validation_figure.h"
#include "edge_model.h"
#include "records_make.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N_HIT = 5 };
static char      NAME[N_HIT][8] = {"CuO", "Cu2O", "CuS", "Cu4O3", "CuO"};
static cuxas_hit HIT[N_HIT];

/* CuO is second by score, first by MAE, third by Spearman; a measured CuO agrees best. */
static cuxas_hits make_hits(void)
{
  static const char *const FORMULA[N_HIT] = {"CuO", "Cu2O", "CuS", "Cu4O3", ""};
  static const double      SCORE[N_HIT] = {20, 15, 25, 18, 40}, MAE[N_HIT] = {0.05, 0.09, 0.06, 0.08, 0.01},
                      SPEARMAN[N_HIT] = {0.90, 0.95, 0.80, 0.92, 0.99};
  for (int i = 0; i < N_HIT; i++) {
    HIT[i] = (cuxas_hit){.name       = NAME[i],
                         .kind       = i < 4 ? CUXAS_CANDIDATE_STRUCTURE : CUXAS_CANDIDATE_SPECTRUM,
                         .comparison = {.score = SCORE[i], .mae = MAE[i], .spearman = SPEARMAN[i]}};
    snprintf(HIT[i].formula, sizeof HIT[i].formula, "%s", FORMULA[i]);
  }
  return (cuxas_hits){.n_hit = N_HIT, .hit = HIT};
}

static const char *const COMPOUND[3] = {"CuO", "Cu2O", "CuS"};

static size_t rank(cuxas_measure measure, cuxas_among among, size_t wanted_n)
{
  const cuxas_hits hits = make_hits();
  size_t           n;
  const size_t     found = cuxas_identification_rank(
          &hits, &(cuxas_sought){"CuO", CUXAS_CANDIDATE_STRUCTURE, among, COMPOUND, 3}, measure, &n);
  CHECK(n == wanted_n);
  return found;
}

/* One report by every writer, in a host's locale. */
static void write_all(const cuxas_validation_report *report, char *ret_text[3])
{
  size_t      n_byte;
  cuxas_error err = {.message = ""};
  for (int i = 0; i < 3; i++) {
    FILE *out = open_memstream(&ret_text[i], &n_byte);
    CHECK_STATUS(i == 0   ? cuxas_validation_write_html(report, out, &err)
                 : i == 1 ? cuxas_validation_write_json(report, out, &err)
                          : cuxas_validation_write_figure(report, CUXAS_FIGURE_SVG, out, &err),
                 CUXAS_OK);
    CHECK_TEXT(err.message, "");
    fclose(out);
  }
}

static void check_obeys_no_locale(const cuxas_validation_report *report)
{
  char folder[] = "/tmp/cuxas-test-XXXXXX", *plain[3], *comma[3];
  write_all(report, plain);
  CHECK(mkdtemp(folder) != NULL);
  (void)comma_locale_choose(folder);
  write_all(report, comma);
  comma_locale_remove(folder);
  rmdir(folder);
  for (int i = 0; i < 3; i++) {
    CHECK(strcmp(plain[i], comma[i]) == 0 && strlen(plain[i]) > 100);
    free(plain[i]);
    free(comma[i]);
  }
}

static void test_ranks_are_those_within_the_set(void)
{
  CHECK(rank(CUXAS_MEASURE_SCORE, CUXAS_AMONG_COMPOUNDS, 3) == 2);
  CHECK(rank(CUXAS_MEASURE_SCORE, CUXAS_AMONG_ALL, 4) == 2);
  CHECK(rank(CUXAS_MEASURE_SCORE, CUXAS_AMONG_ELEMENTS, 3) == 1); /* CuO, Cu2O, Cu4O3 */
  CHECK(rank(CUXAS_MEASURE_MAE, CUXAS_AMONG_ALL, 4) == 1);
  CHECK(rank(CUXAS_MEASURE_SPEARMAN, CUXAS_AMONG_ALL, 4) == 3);
  CHECK(rank(CUXAS_MEASURE_AGREEMENT, CUXAS_AMONG_ALL, 4) == 1); /* 1 + 3, as Cu2O's 4 + 1 and Cu4O3's 3 + 2 are 5 */
  CHECK(rank(CUXAS_MEASURE_AGREEMENT, CUXAS_AMONG_COMPOUNDS, 3) == 1); /* 1 + 2 */

  const cuxas_hits hits = make_hits(); /* and the measured one has a set of its own */
  size_t           n;
  CHECK(cuxas_identification_rank(&hits,
                                  &(cuxas_sought){"CuO", CUXAS_CANDIDATE_SPECTRUM, CUXAS_AMONG_COMPOUNDS, COMPOUND, 3},
                                  CUXAS_MEASURE_MAE, &n) == 1);
  CHECK(n == 1);
}

static void test_equal_numbers_count_against_the_right_one(void)
{
  const cuxas_hits hits = make_hits();
  size_t           n;
  HIT[1].comparison.score = HIT[0].comparison.score;
  CHECK(cuxas_identification_rank(&hits,
                                  &(cuxas_sought){"CuO", CUXAS_CANDIDATE_STRUCTURE, CUXAS_AMONG_ALL, COMPOUND, 3},
                                  CUXAS_MEASURE_SCORE, &n) == 3);
  CHECK(cuxas_identification_rank(&hits,
                                  &(cuxas_sought){"CuTe", CUXAS_CANDIDATE_STRUCTURE, CUXAS_AMONG_ALL, COMPOUND, 3},
                                  CUXAS_MEASURE_SCORE, &n) == 0);
}

static void test_counts_add_up(void)
{
  cuxas_identified identified = {0};
  cuxas_identification_count(&identified, 1, 10);
  cuxas_identification_count(&identified, 4, 20);
  cuxas_identification_count(&identified, 2, 30);
  cuxas_identification_count(&identified, 0, 30); /* no answer */
  CHECK(identified.n == 3 && identified.n_first == 1 && identified.n_top3 == 2);
  CHECK_NEAR(identified.reciprocal, 1.75, 1e-12);
  CHECK_NEAR(identified.n_candidate, 60.0, 1e-12);
}

/* ---- simulated spectra ------------------------------------------------------------------------------------------- */

#define LOW                                                                                                            \
  "{\"energy\":[930,932,935,940,950,1010],\"mu\":[0,0.5,1.5,1,1,1],\"edge_step\":2,\"core_hole_width\":0.6,\"scf_"     \
  "converged\":true}"
#define HIGH                                                                                                           \
  "{\"energy\":[930,932,935,940,950,1010],\"mu\":[0,0.5,2.5,2,2,2],\"edge_step\":2,\"core_hole_width\":0.6,\"scf_"     \
  "converged\":true}"

/* The mean of both curves, linear between the points. */
static double mean_mu(double energy_eV)
{
  static const double X[6] = {930, 932, 935, 940, 950, 1010}, Y[6] = {0, 0.5, 2.0, 1.5, 1.5, 1.5};
  for (int k = 0; k < 5; k++)
    if (energy_eV >= X[k] && energy_eV < X[k + 1])
      return Y[k] + (Y[k + 1] - Y[k]) * (energy_eV - X[k]) / (X[k + 1] - X[k]);
  return energy_eV < X[0] ? 0.0 : Y[5];
}

static void test_sites_of_a_compound_are_averaged(void)
{
  static const char *const LINE[3] = {
      "{\"id\":\"two\"," MADE_CELL ",\"L3\":" LOW ",\"L2\":" LOW "}",
      "{\"id\":\"half\"," MADE_CELL ",\"L3\":" LOW "}",
      "{\"id\":\"two\"," MADE_CELL ",\"L3\":" HIGH ",\"L2\":" HIGH "}",
  };
  cuxas_error             err      = {.message = ""};
  cuxas_model            *model    = make_edge_model();
  cuxas_records          *records  = NULL;
  cuxas_library          *library  = NULL;
  cuxas_hits             *hits     = NULL;
  cuxas_query            *query    = NULL;
  cuxas_match_settings    settings = {.compare = cuxas_compare_defaults(), .n_thread = 1, .n_keep = 1};
  const cuxas_edge_window edge[2]  = {{"L3", 0.0}, {"L2", 20.0}};
  double                  mu[412];
  CHECK_STATUS(read_lines("test_identification.tmp", LINE, 3, &records, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_library_simulated(records, model, &library, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");

  for (int i = 0; i < 412; i++) { /* 3 eV lower: L3 + L2 / 2, which below its grid falls as predict.h says */
    const double energy_eV = 925.0 + 0.2 * i + 3.0;
    mu[i]                  = mean_mu(energy_eV) +
            0.5 * (energy_eV >= 945.0 ? mean_mu(energy_eV) : mean_mu(945.0) * exp((energy_eV - 945.0) / CUXAS_TAIL_EV));
  }
  CHECK_STATUS(cuxas_query_new((cuxas_grid){925.0, 0.2, 412}, mu, &(cuxas_edge_layout){model->grid, edge, 2},
                               &settings.compare, &query, &err),
               CUXAS_OK);
  CHECK_STATUS(cuxas_match_library(query, library, &settings, &hits, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  CHECK(hits->n_hit == 1 && hits->n_skipped == 1);
  CHECK_TEXT(hits->hit[0].name, "two");
  CHECK_TEXT(hits->skipped[0].path, "half");
  CHECK_NEAR(hits->hit[0].comparison.shift_eV, -3.0, 0.2); /* a sharp curve, broadened */
  CHECK(hits->hit[0].comparison.mae < 0.03);               /* linear there, monotone cubic here, and broadened */

  cuxas_validation_row row = {.name = "two"};
  cuxas_validation_fill(&row, "two", query, hits);
  CHECK_STATUS(cuxas_validation_keep(&row, "two", query, CUXAS_SCALE_MINMAX, hits, &err), CUXAS_OK);
  CHECK(row.measured != NULL && row.predicted != NULL && row.grid.n_energy == query->grid.n_energy);
  const cuxas_validation_report report = {.n_row = 1, .n_source = 2, .source = {{"model", {&row}}, {"FEFF10", {&row}}}};
  double                        distance[CUXAS_N_DISTANCE];
  CHECK(cuxas_validation_distances(&report, 0, distance));
  CHECK_NEAR(distance[CUXAS_MODEL_SIMULATED], 0.0, 0.0);
  CHECK_NEAR(distance[CUXAS_MODEL_MEASURED], hits->hit[0].comparison.mae, 1e-12);
  FILE *out = tmpfile();
  CHECK_STATUS(cuxas_validation_write_figure(&report, CUXAS_FIGURE_SVG, out, &err), CUXAS_OK);
  CHECK(ftell(out) > 1000);
  fclose(out);
  cuxas_validation_report told    = report;
  cJSON                  *options = cJSON_CreateObject(), *command = cJSON_CreateArray();
  told.model    = model;
  told.program  = "cuxas-validate";
  told.settings = options;
  told.command  = command;
  check_obeys_no_locale(&told);
  cJSON_Delete(options);
  cJSON_Delete(command);
  free(row.measured);
  free(row.predicted);
  cuxas_hits_free(hits);
  cuxas_query_free(query);
  cuxas_library_free(library);
  cuxas_records_free(records);
  cuxas_model_free(model);
}

enum { N_ENERGY = 376 }; /* 925.0 to 1000.0 eV */

/* Edges at 932 and 952 eV, white lines of these heights above them, 1 behind each. */
static void draw_edges(double height, double *mu)
{
  for (int i = 0; i < N_ENERGY; i++) {
    const double energy_eV = 925.0 + 0.2 * i;
    mu[i]                  = energy_eV < 931.9 ? 0.0 : energy_eV < 934.0 ? height : energy_eV < 951.9 ? 0.5 : 1.0;
    if (energy_eV >= 951.9 && energy_eV < 954.0) mu[i] = 0.5 * (1.0 + height);
  }
}

static const cuxas_validation_row ROW = {
    .name           = "CuO",
    .n_edge         = 2,
    .edge           = {{"L3", 0.0}, {"L2", 20.0}},
    .measured_onset = {{.found = true, .energy_eV = 932.0}, {.found = true, .energy_eV = 952.0}}};

static void test_a_failure_says_where_the_right_one_loses(void)
{
  static double               measured[N_ENERGY], right[N_ENERGY], first[N_ENERGY];
  cuxas_validation_difference difference;
  char                        text[1000], little[20];
  draw_edges(3.0, measured);
  draw_edges(1.5, right);
  draw_edges(3.0, first);
  const cuxas_validation_case failure = {.rank             = 2,
                                         .n_candidate      = 14,
                                         .first            = "CuS",
                                         .right_comparison = {.score = 3.0, .hole_fraction = 1.0},
                                         .first_comparison = {.score = 5.5, .hole_fraction = 0.8},
                                         .grid             = {925.0, 0.2, N_ENERGY},
                                         .measured         = measured,
                                         .right_mu         = right,
                                         .first_mu         = first};
  cuxas_validation_case_explain(&failure, &ROW, &difference);
  CHECK(difference.n_region == 5);
  CHECK_TEXT(difference.region[0].name, "before L3");
  CHECK_TEXT(difference.region[2].name, "behind L3");
  CHECK_TEXT(difference.region[difference.i_worst].name, "L3 line");
  size_t n_point = 0;
  for (size_t k = 0; k < difference.n_region; k++) n_point += difference.region[k].n_point;
  CHECK(n_point == N_ENERGY);                                          /* every point is in one region */
  CHECK_NEAR(difference.region[1].mae_right, 1.5 * 10.0 / 30.0, 1e-9); /* 10 of the line's 30 points */
  CHECK_NEAR(difference.region[1].mae_first, 0.0, 1e-12);
  CHECK_NEAR(difference.height_measured, 3.0, 1e-9);
  CHECK_NEAR(difference.height_right, 1.5, 1e-9);
  CHECK_NEAR(difference.ratio_right, 1.25 / 1.5, 1e-9);

  cuxas_validation_case_tell(&failure, &ROW, text, sizeof text);
  CHECK(strstr(text, "CuO is 2 of 14; CuS is ahead by 2.50") != NULL);
  CHECK(strstr(text, "It loses most here: L3 line") != NULL);
  CHECK(strstr(text, "core-hole fraction 1.00 (at its bound) and 0.80;") != NULL);
  cuxas_validation_case_tell(&failure, &ROW, little, sizeof little);
  CHECK(strlen(little) == sizeof little - 1);
}

static void test_a_failure_where_the_right_one_is_nearer_is_told_as_that(void)
{
  static double measured[N_ENERGY], right[N_ENERGY], first[N_ENERGY];
  char          text[1000];
  draw_edges(3.0, measured);
  draw_edges(3.0, right);
  draw_edges(2.0, first);
  const cuxas_validation_case failure = {.rank        = 3,
                                         .n_candidate = 4,
                                         .first       = "CuS",
                                         .grid        = {925.0, 0.2, N_ENERGY},
                                         .measured    = measured,
                                         .right_mu    = right,
                                         .first_mu    = first};
  cuxas_validation_case_tell(&failure, &ROW, text, sizeof text);
  CHECK(strstr(text, "In no part of the curve is CuS nearer") != NULL);
}

static void test_a_case_is_made_of_the_best_other_member(void)
{
  static double         measured[N_ENERGY], curve[N_ENERGY];
  cuxas_query           query = {.grid = {925.0, 0.2, N_ENERGY}, .mu = measured};
  const cuxas_hits      hits  = make_hits();
  cuxas_validation_case failure;
  cuxas_error           err;
  draw_edges(3.0, measured);
  draw_edges(2.0, curve);
  for (int i = 0; i < N_HIT; i++) HIT[i].shifted = curve;
  CHECK_STATUS(cuxas_validation_case_make(
                   &query, &hits, &(cuxas_sought){"CuO", CUXAS_CANDIDATE_STRUCTURE, CUXAS_AMONG_ALL, COMPOUND, 3},
                   CUXAS_SCALE_MINMAX, &failure, &err),
               CUXAS_OK);
  CHECK(failure.rank == 2 && failure.n_candidate == 4);
  CHECK_TEXT(failure.first, "CuS"); /* the measured CuO has a higher score and is no structure */
  CHECK_NEAR(failure.measured[N_ENERGY - 1], 1.0 / 3.0, 1e-12);
  CHECK_NEAR(failure.right_mu[N_ENERGY - 1], 1.0, 1e-12);
  cuxas_validation_case_clear(&failure);
  CHECK_STATUS(cuxas_validation_case_make(
                   &query, &hits, &(cuxas_sought){"CuO", CUXAS_CANDIDATE_STRUCTURE, CUXAS_AMONG_ELEMENTS, COMPOUND, 3},
                   CUXAS_SCALE_MINMAX, &failure, &err),
               CUXAS_OK);
  CHECK(failure.rank == 1 && failure.right_mu == NULL); /* no failure */
  CHECK_STATUS(cuxas_validation_case_make(
                   &query, &hits, &(cuxas_sought){"CuTe", CUXAS_CANDIDATE_STRUCTURE, CUXAS_AMONG_ALL, COMPOUND, 3},
                   CUXAS_SCALE_MINMAX, &failure, &err),
               CUXAS_OK);
  CHECK(failure.rank == 0 && failure.right_mu == NULL);
}

static void test_a_wrong_answer_is_drawn_with_its_sentence_and_what_spoke_for_it(void)
{
  static double        measured[N_ENERGY], right[N_ENERGY], first[N_ENERGY];
  const cuxas_answered said = {
      .rank = 3, .n_compound = 7, .probability = 0.12, .first_probability = 0.45, .first = "CuS"};
  cuxas_answers_failure   failure = {.asked          = CUXAS_ASKED_ELEMENTS,
                                     .said           = said,
                                     .sentence       = "Cu(I): CuS (45 %).",
                                     .witness        = "CuS_TEY, measured",
                                     .grid           = {925.0, 0.2, N_ENERGY},
                                     .measured       = measured,
                                     .opt_right_mu   = right,
                                     .opt_first_mu   = first,
                                     .opt_witness_mu = first};
  const cuxas_answers_row row     = {.name = "CuO_PFY", .compound = "CuO", .n_failure = 1, .failure = &failure};
  cuxas_validation_report report  = {.n_answer = 1, .answer = &row};
  validation_sheet        sheet;
  cuxas_error             err;
  char                    text[1000];
  draw_edges(3.0, measured);
  draw_edges(1.5, right);
  draw_edges(2.0, first);
  CHECK_STATUS(cuxas_validation_sheet_answer(&report, 0, 0, &sheet, &err), CUXAS_OK);
  CHECK(sheet.n_plot == 1 && sheet.plot[0].n_curve == 4 && sheet.n_legend == 4);
  CHECK(sheet.plot[0].curve[0].mu == measured && sheet.plot[0].curve[1].mu == right);
  CHECK_TEXT(sheet.legend[1].text, "CuO, right");
  CHECK_TEXT(sheet.legend[2].text, "CuS, first");
  CHECK_TEXT(sheet.legend[3].text, "CuS_TEY, measured");
  CHECK_TEXT(sheet.plot[0].beneath,
             "Cu(I): CuS (45 %). First: CuS, probability 0.45; right: CuO, 0.12, number 3 of 7.");
  cuxas_validation_sheet_free(&sheet);
  failure.is_absent      = true;
  failure.opt_right_mu   = NULL; /* what is not at hand is not drawn */
  failure.opt_witness_mu = NULL;
  CHECK_STATUS(cuxas_validation_sheet_answer(&report, 0, 0, &sheet, &err), CUXAS_OK);
  CHECK(sheet.plot[0].n_curve == 2 && sheet.n_legend == 2);
  cuxas_validation_sheet_free(&sheet);
  cuxas_validation_answer_tell(&row, &failure, text, sizeof text);
  CHECK(strstr(text, "CuS, probability 0.45; CuO was taken out.") != NULL);
}

static void test_wrong_answers_are_those_not_first_and_compounds_claimed_without_the_right_one(void)
{
  cuxas_answers_row row = {.name = "CuO"};
  for (int k = 0; k < CUXAS_N_ASKED; k++) row.said[k].rank = 1;
  CHECK(cuxas_answers_count_wrong(&row) == 0);
  row.said[CUXAS_ASKED_ALL_THEORY].rank  = 2;
  row.without[CUXAS_ASKED_ALL].kind      = CUXAS_ANSWER_SHORTLIST; /* claims none */
  row.without[CUXAS_ASKED_ELEMENTS].kind = CUXAS_ANSWER_COMPOUND;
  CHECK(cuxas_answers_count_wrong(&row) == 2);
  snprintf(row.reason, sizeof row.reason, "not read");
  CHECK(cuxas_answers_count_wrong(&row) == 0);
}

static void test_a_figure_without_curves_is_refused(void)
{
  const cuxas_validation_row    row    = {.name = "CuBe", .reason = "no measured spectrum"};
  const cuxas_validation_report report = {.n_row = 1, .n_source = 1, .source = {{"model", {&row}}}};
  double                        distance[CUXAS_N_DISTANCE];
  cuxas_error                   err;
  CHECK(!cuxas_validation_distances(&report, 0, distance));
  CHECK_STATUS(cuxas_validation_write_figure(&report, CUXAS_FIGURE_SVG, stdout, &err), CUXAS_ERANGE);
}

/* A compound with two curves, and another; the temperatures 2, 3, 4, 6, with other weights of simulations worse. */
static void test_constants_are_chosen_by_other_compounds_alone(void)
{
  enum { N_ROW = 3, N_TEMPERATURE = 4 };
  static cuxas_answers_row row[N_ROW];
  static const char *const COMPOUND_OF[N_ROW]      = {"CuO", "CuO", "CuS"};
  static const double      P[N_ROW][N_TEMPERATURE] = {{0.8, 0.5, 0.3, 0.1}, {0.7, 0.5, 0.3, 0.1}, {0.1, 0.2, 0.4, 0.3}};
  for (size_t i = 0; i < N_ROW; i++) {
    snprintf(row[i].compound, sizeof row[i].compound, "%s", COMPOUND_OF[i]);
    row[i].said[CUXAS_ASKED_ALL] =
        (cuxas_answered){.n_compound = 10, .rank = 1 + i, .probability = 0.1, .first_probability = 0.6};
    for (size_t t = 0; t < CUXAS_ANSWERS_N_TRIAL; t++) {
      row[i].tried[CUXAS_ASKED_ALL][t]             = row[i].said[CUXAS_ASKED_ALL];
      row[i].tried[CUXAS_ASKED_ALL][t].probability = t < N_TEMPERATURE ? P[i][t] : 0.01;
    }
  }
  cuxas_answers_choose(row, N_ROW);
  CHECK(cuxas_answers_trial_of(row[0].chosen[CUXAS_ASKED_ALL]).temperature == 4.0); /* what CuS likes best, */
  CHECK(cuxas_answers_trial_of(row[1].chosen[CUXAS_ASKED_ALL]).temperature == 4.0);
  CHECK(cuxas_answers_trial_of(row[2].chosen[CUXAS_ASKED_ALL]).temperature == 2.0); /* and what CuO does */
  cuxas_answers_row alone = row[0];
  cuxas_answers_choose(&alone, 1); /* nobody to learn from */
  CHECK(cuxas_answers_trial_of(alone.chosen[CUXAS_ASKED_ALL]).temperature == CUXAS_ANSWER_TEMPERATURE);
  const cuxas_answers_total usual  = cuxas_answers_add_up(row, N_ROW, CUXAS_ASKED_ALL, false),
                            nested = cuxas_answers_add_up(row, N_ROW, CUXAS_ASKED_ALL, true);
  CHECK(usual.n == 3 && usual.n_first == 1 && usual.n_top3 == 3);
  CHECK_NEAR(usual.gain, 0.0, 1e-12); /* as good as no answer */
  CHECK_NEAR(usual.wrong, 0.6, 1e-12);
  CHECK_NEAR(nested.gain, log(3.0) + log(3.0) + log(1.0), 1e-12);
}

int main(void)
{
  RUN(test_constants_are_chosen_by_other_compounds_alone);
  RUN(test_ranks_are_those_within_the_set);
  RUN(test_equal_numbers_count_against_the_right_one);
  RUN(test_counts_add_up);
  RUN(test_sites_of_a_compound_are_averaged);
  RUN(test_a_failure_says_where_the_right_one_loses);
  RUN(test_a_failure_where_the_right_one_is_nearer_is_told_as_that);
  RUN(test_a_case_is_made_of_the_best_other_member);
  RUN(test_a_wrong_answer_is_drawn_with_its_sentence_and_what_spoke_for_it);
  RUN(test_wrong_answers_are_those_not_first_and_compounds_claimed_without_the_right_one);
  RUN(test_a_figure_without_curves_is_refused);
  return CHECK_REPORT();
}
