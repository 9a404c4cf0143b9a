/* test_identification.c - ranks of the right compound within sets of candidates; simulated spectra as candidates */
#include "check.h"
#include "cuxas/identification.h"
#include "cuxas/library.h"
#include "cuxas/validation.h"
#include "edge_model.h"
#include "records_make.h"

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
  const size_t     found = cuxas_identification_rank(&hits, "CuO", COMPOUND, 3, measure, among, &n);
  CHECK(n == wanted_n);
  return found;
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
}

static void test_equal_numbers_count_against_the_right_one(void)
{
  const cuxas_hits hits = make_hits();
  size_t           n;
  HIT[1].comparison.score = HIT[0].comparison.score;
  CHECK(cuxas_identification_rank(&hits, "CuO", COMPOUND, 3, CUXAS_MEASURE_SCORE, CUXAS_AMONG_ALL, &n) == 3);
  CHECK(cuxas_identification_rank(&hits, "CuTe", COMPOUND, 3, CUXAS_MEASURE_SCORE, CUXAS_AMONG_ALL, &n) == 0);
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
  CHECK_STATUS(
      cuxas_query_new((cuxas_grid){925.0, 0.2, 412}, mu, model->grid, edge, 2, &settings.compare, &query, &err),
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
  free(row.measured);
  free(row.predicted);
  cuxas_hits_free(hits);
  cuxas_query_free(query);
  cuxas_library_free(library);
  cuxas_records_free(records);
  cuxas_model_free(model);
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

int main(void)
{
  RUN(test_ranks_are_those_within_the_set);
  RUN(test_equal_numbers_count_against_the_right_one);
  RUN(test_counts_add_up);
  RUN(test_sites_of_a_compound_are_averaged);
  RUN(test_a_figure_without_curves_is_refused);
  return CHECK_REPORT();
}
