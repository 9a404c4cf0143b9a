/* test_shift.c - the search for the energy shift and the hole fraction by score and by MAE */
#include "check.h"
#include "cuxas/compare.h"
#include "literature.h"
#include "match/search.h"
#include "synthetic.h"

enum { N = 380 };
static const cuxas_grid MEASURED = {925.0, 0.2, N};

static cuxas_compare_settings defaults(void)
{
  cuxas_compare_settings settings = cuxas_compare_defaults();
  settings.fit_fwhm               = false;
  settings.shift_prior.sd         = INFINITY; /* the data decide */
  settings.hole_prior.sd          = INFINITY;
  return settings;
}

static cuxas_query *make_query(cuxas_grid grid, const double *mu, const cuxas_compare_settings *settings)
{
  cuxas_query *query = NULL;
  cuxas_error  err   = {.message = ""};
  if (cuxas_query_new(grid, mu, &(cuxas_edge_layout){LATTICE, EDGE, 2}, settings, &query, &err) != CUXAS_OK)
    printf("    %s\n", err.message);
  CHECK(query != NULL);
  return query;
}

/* Compares curves given as numbers on their grids; NaN shift when it fails. */
static cuxas_comparison compare(cuxas_grid grid, const double *measured, const double *predicted,
                                const double *opt_screened, const cuxas_compare_settings *settings)
{
  cuxas_comparison  comparison = {.shift_eV = NAN};
  cuxas_error       err        = {.message = ""};
  const cuxas_curve curve      = {LATTICE, predicted, opt_screened, true};
  cuxas_query      *query      = make_query(grid, measured, settings);
  if (query != NULL && cuxas_compare(query, &curve, settings, &comparison, NULL, NULL, &err) != CUXAS_OK)
    printf("    %s\n", err.message);
  cuxas_query_free(query);
  return comparison;
}

static double shift_between(double measured_eV, double predicted_eV, const cuxas_compare_settings *settings)
{
  double measured[N], predicted[LATTICE_POINTS];
  synthetic_curve(MEASURED, measured_eV, 1.5, 1.6, measured);
  synthetic_curve(LATTICE, predicted_eV, 1.5, 1.6, predicted);
  return compare(MEASURED, measured, predicted, NULL, settings).shift_eV;
}

static void test_known_shift_is_recovered_below_the_grid_step(void)
{
  cuxas_compare_settings settings = defaults();
  settings.fwhm_eV                = 0.0;
  for (double shift_eV = -5.0; shift_eV < 2.5; shift_eV += 0.37)
    CHECK_NEAR(shift_between(934.0 + shift_eV, 934.0, &settings), shift_eV, 0.01);
  settings.criterion =
      CUXAS_CRITERION_MAE; /* upwards the tail below 925 eV comes into play, which is not the measured one */
  for (double shift_eV = -5.0; shift_eV < 0.5; shift_eV += 0.37)
    CHECK_NEAR(shift_between(934.0 + shift_eV, 934.0, &settings), shift_eV, 0.02);
}

static void test_moved_measurement_moves_the_shift_as_far(void)
{
  const cuxas_compare_settings settings = defaults(); /* broadened: shapes differ, the difference of shifts does not */
  const double                 at_0     = shift_between(932.0, 934.5, &settings);
  for (double x = -2.0; x <= 2.0; x += 0.31) CHECK_NEAR(shift_between(932.0 + x, 934.5, &settings), at_0 + x, 0.02);
}

static void test_known_shift_is_recovered_under_noise(void)
{
  cuxas_compare_settings settings = defaults();
  double                 measured[N], predicted[LATTICE_POINTS];
  uint64_t               state = 3;
  settings.fwhm_eV             = 0.0;
  synthetic_curve(LATTICE, 934.3, 1.5, 1.6, predicted);
  for (int trial = 0; trial < 20; trial++) {
    synthetic_curve(MEASURED, 931.0, 1.5, 1.6, measured);
    for (int i = 0; i < N; i++) measured[i] += 0.04 * synthetic_noise(&state); /* 2 % of the maximum */
    CHECK_NEAR(compare(MEASURED, measured, predicted, NULL, &settings).shift_eV, -3.3, 0.05);
  }
}

/* Whether the search is global: no shift on a fine scan of the window does better. */
static void test_no_shift_of_a_fine_scan_is_better(void)
{
  static const cuxas_criterion CRITERION[2] = {CUXAS_CRITERION_SCORE, CUXAS_CRITERION_MAE};
  simulations                 *all          = read_simulations();
  if (all == NULL) SKIP("no shared data");
  for (int i = 0; i < N_LITERATURE; i += 2) {
    cuxas_prepared *prepared = read_literature(LITERATURE[i].name);
    for (int k = 0; k < 2; k++) {
      cuxas_compare_settings settings = defaults();
      settings.criterion              = CRITERION[k];
      const cuxas_curve curve         = {LATTICE, find_simulated(all, LITERATURE[i].name)->mu[0], NULL, true};
      cuxas_query      *query         = make_query(prepared->grid, prepared->mu, &settings);
      cuxas_comparison  found, other;
      CHECK_STATUS(cuxas_compare(query, &curve, &settings, &found, NULL, NULL, NULL), CUXAS_OK);
      settings.shift_mode = CUXAS_SHIFT_FIXED;
      for (double shift_eV = -8.5; shift_eV <= 3.5 && CRITERION[k] == CUXAS_CRITERION_MAE; shift_eV += 0.05) {
        settings.fixed_shift_eV = shift_eV;
        CHECK_STATUS(cuxas_compare(query, &curve, &settings, &other, NULL, NULL, NULL), CUXAS_OK);
        CHECK(other.mae >= found.mae - 1e-4);
      }
      if (CRITERION[k] == CUXAS_CRITERION_SCORE) CHECK_NEAR(found.shift_eV, LITERATURE[i].shift_eV, 0.3);
      cuxas_query_free(query);
    }
    cuxas_prepared_free(prepared);
  }
  free(all);
}

static void test_shift_at_the_border_is_flagged(void)
{
  cuxas_compare_settings settings = defaults();
  double                 measured[N], predicted[LATTICE_POINTS];
  settings.center_shift_eV = 0.0;
  settings.window_eV       = 2.1; /* no multiple of the step */
  synthetic_curve(MEASURED, 932.0, 1.5, 1.6, measured);
  synthetic_curve(LATTICE, 934.5, 1.5, 1.6, predicted);
  cuxas_comparison comparison = compare(MEASURED, measured, predicted, NULL, &settings);
  CHECK(comparison.shift_at_limit);
  CHECK_NEAR(comparison.shift_eV, -2.1, 1e-9);

  synthetic_curve(LATTICE, 933.0, 1.5, 1.6, predicted);
  comparison = compare(MEASURED, measured, predicted, NULL, &settings);
  CHECK(!comparison.shift_at_limit);
  CHECK_NEAR(comparison.shift_eV, -1.0, 0.02);
}

static void test_fixed_shift_is_taken_as_it_is(void)
{
  cuxas_compare_settings settings = defaults();
  double                 measured[N], predicted[LATTICE_POINTS];
  synthetic_curve(MEASURED, 932.0, 1.5, 1.6, measured);
  synthetic_curve(LATTICE, 934.0, 1.5, 1.6, predicted);
  settings.shift_mode = CUXAS_SHIFT_FIXED;
  for (double shift_eV = -3.0; shift_eV <= 1.0; shift_eV += 0.7) {
    settings.fixed_shift_eV           = shift_eV;
    const cuxas_comparison comparison = compare(MEASURED, measured, predicted, NULL, &settings);
    CHECK(comparison.shift_eV == shift_eV);
    CHECK(!comparison.shift_at_limit);
  }
}

/* A curve that repeats every 2 eV agrees with itself at -4, -2, 0, 2 and 4 eV to the last digit. */
static void test_tie_goes_to_the_centre(void)
{
  enum { N_INNER = 250 }; /* 940 ... 989.8 eV: every shift reads the prediction's own points */
  cuxas_compare_settings settings = defaults();
  double                 measured[N_INNER], predicted[LATTICE_POINTS];
  settings.fwhm_eV   = 0.0;
  settings.window_eV = 4.6;
  for (int i = 0; i < LATTICE_POINTS; i++) predicted[i] = (i % 10) * (i % 10) * (10 - i % 10);
  for (int i = 0; i < N_INNER; i++) measured[i] = predicted[i + 75];
  const cuxas_query query = {.grid = {940.0, 0.2, N_INNER}, .mu = measured};
  const cuxas_curve curve = {LATTICE, predicted, NULL, true};
  for (int k = 0; k < 10; k++) {
    const double     nearest_eV = 2.0 * (k / 2 - 2);
    cuxas_comparison comparison;
    settings.criterion       = k % 2 == 0 ? CUXAS_CRITERION_SCORE : CUXAS_CRITERION_MAE;
    settings.center_shift_eV = nearest_eV + 0.4;
    CHECK_STATUS(cuxas_compare(&query, &curve, &settings, &comparison, NULL, NULL, NULL), CUXAS_OK);
    CHECK_NEAR(comparison.shift_eV, nearest_eV, 1e-6);
    CHECK_NEAR(comparison.mae, 0.0, 1e-6);
  }
}

/* ---- hole fraction ---------------------------------------------------------------------------------------------- */

static void test_known_hole_fraction_is_recovered(void)
{
  cuxas_compare_settings settings = defaults();
  double                 measured[N], screened[LATTICE_POINTS], no_hole[LATTICE_POINTS];
  settings.fit_hole = true;
  settings.fwhm_eV  = 0.0;
  synthetic_curve(LATTICE, 934.0, 3.0, 1.6, no_hole);
  synthetic_curve(LATTICE, 934.0, 0.2, 2.2, screened);
  for (int k = 0; k <= 20; k++) {
    const double a     = 0.1 * (k / 2);
    settings.criterion = k % 2 == 0 ? CUXAS_CRITERION_SCORE : CUXAS_CRITERION_MAE;
    for (int i = 0; i < N; i++) {
      const double energy_eV = cuxas_grid_energy_eV(MEASURED, (size_t)i);
      measured[i] = a * synthetic_mu(energy_eV, 932.0, 3.0, 1.6) + (1.0 - a) * synthetic_mu(energy_eV, 932.0, 0.2, 2.2);
    }
    const cuxas_comparison comparison = compare(MEASURED, measured, no_hole, screened, &settings);
    CHECK_NEAR(comparison.hole_fraction, a, 0.02);
    CHECK_NEAR(comparison.shift_eV, -2.0, 0.02);
    CHECK(comparison.mae < 0.005);
  }
}

static void test_hole_fraction_as_given(void)
{
  cuxas_compare_settings settings = defaults();
  double                 measured[N], screened[LATTICE_POINTS], no_hole[LATTICE_POINTS], mixed[LATTICE_POINTS];
  settings.hole_fraction = 0.3;
  synthetic_curve(MEASURED, 932.0, 1.5, 1.6, measured);
  synthetic_curve(LATTICE, 934.0, 3.0, 1.6, no_hole);
  synthetic_curve(LATTICE, 934.3, 0.2, 2.2, screened);
  for (int i = 0; i < LATTICE_POINTS; i++) mixed[i] = 0.3 * no_hole[i] + 0.7 * screened[i];
  const cuxas_comparison one = compare(MEASURED, measured, no_hole, screened, &settings);
  settings.hole_fraction     = 1.0;
  const cuxas_comparison two = compare(MEASURED, measured, mixed, NULL, &settings);
  CHECK_NEAR(one.hole_fraction, 0.3, 0.0);
  CHECK_NEAR(two.hole_fraction, 1.0, 0.0);
  CHECK_NEAR(one.mae, two.mae, 1e-9);
  CHECK_NEAR(one.shift_eV, two.shift_eV, 1e-6);
  CHECK_NEAR(one.spearman, two.spearman, 1e-9);
}

static void test_one_channel_means_fraction_one(void)
{
  cuxas_compare_settings settings = defaults();
  double                 measured[N], no_hole[LATTICE_POINTS];
  settings.fit_hole      = true;
  settings.hole_fraction = 0.4;
  synthetic_curve(MEASURED, 932.0, 1.5, 1.6, measured);
  synthetic_curve(LATTICE, 934.0, 3.0, 1.6, no_hole);
  CHECK_NEAR(compare(MEASURED, measured, no_hole, NULL, &settings).hole_fraction, 1.0, 0.0);
}

/* Two equal channels cannot be told apart: the published convention, fraction 1, is kept. */
static void test_undecided_hole_fraction_is_one(void)
{
  cuxas_compare_settings settings = defaults();
  double                 measured[N], no_hole[LATTICE_POINTS];
  settings.fit_hole = true;
  synthetic_curve(MEASURED, 932.0, 1.5, 1.6, measured);
  synthetic_curve(LATTICE, 934.0, 1.0, 1.6, no_hole);
  CHECK(compare(MEASURED, measured, no_hole, no_hole, &settings).hole_fraction > 0.94);
  settings.criterion = CUXAS_CRITERION_MAE;
  CHECK(compare(MEASURED, measured, no_hole, no_hole, &settings).hole_fraction > 0.94);
}

/* ---- golden section --------------------------------------------------------------------------------------------- */

typedef struct {
  double top;
  int    n_call;
} hill;

static double height(double x, void *user)
{
  hill *h = user;
  h->n_call++;
  return x < -1.9 ? NAN : 1.0 - (x - h->top) * (x - h->top);
}

static void test_golden_section_finds_maxima_inside_and_at_the_ends(void)
{
  static const double TOP[5] = {0.3, -0.777, 5.0, 1.999, -5.0};
  static const double AT[5]  = {0.3, -0.777, 2.0, 1.999, -1.9}; /* NaN below -1.9 */
  for (int i = 0; i < 5; i++) {
    hill         h = {TOP[i], 0};
    double       value;
    const double x = cuxas_golden_maximum(height, &h, -2.0, 2.0, 1e-4, &value);
    CHECK_NEAR(x, AT[i], 1e-3);
    CHECK_NEAR(value, 1.0 - (x - TOP[i]) * (x - TOP[i]), 1e-15);
    CHECK(h.n_call < 30);
  }
}

int main(void)
{
  RUN(test_known_shift_is_recovered_below_the_grid_step);
  RUN(test_moved_measurement_moves_the_shift_as_far);
  RUN(test_known_shift_is_recovered_under_noise);
  RUN(test_no_shift_of_a_fine_scan_is_better);
  RUN(test_shift_at_the_border_is_flagged);
  RUN(test_fixed_shift_is_taken_as_it_is);
  RUN(test_tie_goes_to_the_centre);
  RUN(test_known_hole_fraction_is_recovered);
  RUN(test_hole_fraction_as_given);
  RUN(test_one_channel_means_fraction_one);
  RUN(test_undecided_hole_fraction_is_one);
  RUN(test_golden_section_finds_maxima_inside_and_at_the_ends);
  return CHECK_REPORT();
}
