/* test_score.c - the likelihood that ranks, and the fit that makes it largest */
#include "check.h"
#include "match/query.h"
#include "predict/error_profile.h"
#include "spectrum/curve.h"
#include "cuxas/compare.h"
#include "match/search.h"
#include "synthetic.h"

#include <gsl/gsl_linalg.h>

enum { N = 300, N_LATTICE = 412 };
static const cuxas_grid        SCAN    = {925.0, 0.2, N};
static const cuxas_grid        LATTICE = {925.0, 0.2, N_LATTICE};
static const cuxas_edge_window EDGE[2] = {{"L3", 0.0}, {"L2", 20.0}};

static cuxas_query *make_query(const double *mu, const cuxas_compare_settings *settings)
{
  cuxas_query *query = NULL;
  cuxas_error  err   = {.message = ""};
  CHECK_STATUS(cuxas_query_new(SCAN, mu, &(cuxas_edge_layout){LATTICE, EDGE, 2}, settings, &query, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return query;
}

static cuxas_found fit(const double *mu, const double *no_hole, const double *opt_screened,
                       const cuxas_compare_settings *settings)
{
  const cuxas_curve curve = {LATTICE, no_hole, opt_screened, true};
  cuxas_query      *query = make_query(mu, settings);
  cuxas_found       found = {.score = NAN};
  CHECK_STATUS(cuxas_search(query, &curve, settings, &found, NULL), CUXAS_OK);
  cuxas_query_free(query);
  return found;
}

/* A measurement unlike the prediction in more than shift and scale, so that r is well below 1. */
static void make_pair(double *measured, double *predicted)
{
  synthetic_curve(SCAN, 932.0, 1.5, 1.6, measured);
  synthetic_curve(LATTICE, 934.0, 1.0, 2.0, predicted);
}

/* ---- the value -------------------------------------------------------------------------------------------------- */

/* The definition, with the covariance as a matrix: products x' C^-1 y by Cholesky's decomposition; D(E) of compare.h. */
static double by_definition(const double *x, const double *y, const double *opt_size, double *ret_square)
{
  gsl_matrix *k  = gsl_matrix_alloc(N, N);
  gsl_vector *kx = gsl_vector_alloc(N), *ky = gsl_vector_alloc(N);
  double      xx = 0.0, xy = 0.0, yy = 0.0;
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < N; j++) {
      const double a = 0.2 * (double)i, b = 0.2 * (double)j;
      const double d = opt_size != NULL ? opt_size[i] * opt_size[j] : 1.0;
      gsl_matrix_set(k, i, j, d * exp(-fabs(a - b)) + 1e6 + 0.3 * a * b / (40.0 * 40.0));
    }
  gsl_linalg_cholesky_decomp1(k);
  const gsl_vector_const_view vx = gsl_vector_const_view_array(x, N), vy = gsl_vector_const_view_array(y, N);
  gsl_linalg_cholesky_solve(k, &vx.vector, kx);
  gsl_linalg_cholesky_solve(k, &vy.vector, ky);
  for (size_t i = 0; i < N; i++) {
    xx += x[i] * gsl_vector_get(kx, i);
    xy += x[i] * gsl_vector_get(ky, i);
    yy += y[i] * gsl_vector_get(ky, i);
  }
  gsl_vector_free(kx);
  gsl_vector_free(ky);
  gsl_matrix_free(k);
  *ret_square = yy;
  return -10.0 * log(1.0 - xy * xy / (xx * yy));
}

static void test_score_is_what_the_definition_says(void)
{
  cuxas_compare_settings settings = cuxas_compare_defaults();
  double                 measured[N], predicted[N_LATTICE];
  make_pair(measured, predicted);
  settings.shift_mode     = CUXAS_SHIFT_FIXED;
  settings.fixed_shift_eV = 0.0;
  settings.fit_fwhm       = false;
  settings.fwhm_eV        = 0.0;
  const cuxas_found found = fit(measured, predicted, NULL, &settings);
  double            square;
  CHECK_NEAR(found.score, by_definition(predicted, measured, NULL, &square), 1e-4); /* 1e6 is not infinity */
  CHECK(found.score > 1.0 && found.score < 40.0);
}

/* A profile that is large at the white line. */
static cuxas_error_profile *make_profile(double height)
{
  cuxas_error_profile *profile = cuxas_error_profile_new((cuxas_grid){-10.0, 0.2, 400});
  if (profile == NULL) abort();
  for (size_t i = 0; i < 400; i++)
    profile->rms[i] = height * exp(-pow((cuxas_grid_energy_eV(profile->offset, i) - 1.0) / 2.0, 2.0));
  return profile;
}

static void test_errors_of_the_model_weigh_as_the_definition_says(void)
{
  cuxas_compare_settings settings = cuxas_compare_defaults();
  cuxas_error_profile   *profile  = make_profile(1.0);
  double                 measured[N], predicted[N_LATTICE], size[N], square, plain, logarithms = 0.0;
  make_pair(measured, predicted);
  settings.shift_mode     = CUXAS_SHIFT_FIXED;
  settings.fixed_shift_eV = 0.0;
  settings.fit_fwhm       = false;
  settings.fwhm_eV        = 0.0;
  settings.opt_errors     = profile;
  cuxas_query *query      = make_query(measured, &settings);
  for (size_t i = 0; i < N; i++) {
    const double offset_eV = cuxas_grid_energy_eV(SCAN, i) - query->onset[0].energy_eV;
    size[i] = sqrt(1.0 + pow(cuxas_error_profile_at(profile, offset_eV) / settings.score.theory_error, 2.0));
    logarithms += 2.0 * log(size[i]) / N;
  }
  by_definition(predicted, measured, NULL, &plain);
  const double expected = by_definition(predicted, measured, size, &square) - 10.0 * (log(square / plain) + logarithms);
  CHECK_NEAR(fit(measured, predicted, NULL, &settings).score, expected, 1e-4);
  cuxas_query_free(query);
  cuxas_error_profile_free(profile);
}

/* Of two wrong predictions the one that is wrong where predictions usually are comes first. */
static void test_errors_where_predictions_err_count_less(void)
{
  cuxas_compare_settings settings = cuxas_compare_defaults();
  cuxas_error_profile   *profile  = make_profile(2.0);
  double                 measured[N], high[N_LATTICE], bumpy[N_LATTICE];
  synthetic_curve(SCAN, 932.0, 1.5, 1.6, measured);
  synthetic_curve(LATTICE, 934.0, 2.1, 1.6, high);
  synthetic_curve(LATTICE, 934.0, 1.5, 1.6, bumpy);
  for (int i = 0; i < N_LATTICE; i++) bumpy[i] += 0.3 * exp(-pow((925.0 + 0.2 * i - 945.0) / 1.5, 2.0));
  const double before = fit(measured, high, NULL, &settings).score - fit(measured, bumpy, NULL, &settings).score;
  settings.opt_errors = profile;
  const double after  = fit(measured, high, NULL, &settings).score - fit(measured, bumpy, NULL, &settings).score;
  CHECK(after > before + 5.0);
  cuxas_error_profile_free(profile);
}

static void test_constants_out_of_bounds_are_refused(void)
{
  cuxas_compare_settings settings = cuxas_compare_defaults();
  settings.score.theory_error     = 0.0;
  CHECK_STATUS(cuxas_compare_check(&settings, NULL), CUXAS_ERANGE);
  settings                       = cuxas_compare_defaults();
  settings.score.error_length_eV = -1.0;
  CHECK_STATUS(cuxas_compare_check(&settings, NULL), CUXAS_ERANGE);
  settings                = cuxas_compare_defaults();
  settings.score.n_height = NAN;
  CHECK_STATUS(cuxas_compare_check(&settings, NULL), CUXAS_ERANGE);
}

static void test_gain_and_pedestal_change_nothing(void)
{
  const cuxas_compare_settings settings = cuxas_compare_defaults();
  double                       measured[N], predicted[N_LATTICE];
  make_pair(measured, predicted);
  const cuxas_found one = fit(measured, predicted, NULL, &settings);
  for (int i = 0; i < N; i++) measured[i] = 70.0 * measured[i] + 30.0;
  const cuxas_found two = fit(measured, predicted, NULL, &settings);
  CHECK_NEAR(one.score, two.score, 1e-8);
  CHECK_NEAR(one.shift_eV, two.shift_eV, 1e-6);
}

static void test_a_slope_costs_little_an_unlike_white_line_much(void)
{
  const cuxas_compare_settings settings = cuxas_compare_defaults();
  double                       measured[N], sloping[N], unlike[N], predicted[N_LATTICE];
  synthetic_curve(LATTICE, 934.0, 1.5, 1.6, predicted);
  synthetic_curve(SCAN, 932.0, 1.45, 1.6, measured);
  synthetic_curve(SCAN, 932.0, 0.5, 1.6, unlike);
  for (int i = 0; i < N; i++) sloping[i] = measured[i] + 0.3 * i / N; /* of an edge step of 1 */
  const double straight = fit(measured, predicted, NULL, &settings).score;
  CHECK(straight - fit(sloping, predicted, NULL, &settings).score < 10.0);
  CHECK(straight - fit(unlike, predicted, NULL, &settings).score > 20.0);
}

/* ---- the fit ---------------------------------------------------------------------------------------------------- */

static void test_shift_fraction_and_width_are_recovered(void)
{
  cuxas_compare_settings settings = cuxas_compare_defaults();
  double                 no_hole[N_LATTICE], screened[N_LATTICE], mixed[N_LATTICE], broad[N_LATTICE], measured[N];
  synthetic_curve(LATTICE, 934.0, 2.0, 1.2, no_hole);
  synthetic_curve(LATTICE, 935.0, 0.5, 2.5, screened);
  settings.fit_hole = true;
  for (double fraction = 0.35; fraction < 1.0; fraction += 0.3) {
    for (int i = 0; i < N_LATTICE; i++) mixed[i] = fraction * no_hole[i] + (1.0 - fraction) * screened[i];
    CHECK_STATUS(cuxas_broaden(LATTICE, mixed, 1.25, broad, NULL), CUXAS_OK);
    for (int i = 0; i < N; i++) measured[i] = broad[i + 15]; /* 3 eV lower */
    const cuxas_found found = fit(measured, no_hole, screened, &settings);
    CHECK_NEAR(found.shift_eV, -3.0, 0.01);
    CHECK_NEAR(found.hole_fraction, fraction, 0.01);
    CHECK_NEAR(found.fwhm_eV, 1.25, 1e-12);
    CHECK(!found.at_limit);
  }
}

static void test_what_is_given_is_not_searched(void)
{
  cuxas_compare_settings settings = cuxas_compare_defaults();
  double                 measured[N], no_hole[N_LATTICE], screened[N_LATTICE];
  make_pair(measured, no_hole);
  synthetic_curve(LATTICE, 935.0, 0.5, 2.5, screened);
  settings.shift_mode     = CUXAS_SHIFT_FIXED;
  settings.fixed_shift_eV = -1.1;
  settings.hole_fraction  = 0.4;
  settings.fit_fwhm       = false;
  settings.fwhm_eV        = 0.7;
  const cuxas_found found = fit(measured, no_hole, screened, &settings);
  CHECK(found.shift_eV == -1.1 && found.hole_fraction == 0.4 && found.fwhm_eV == 0.7 && !found.at_limit);
  settings.hole_prior.mean  = 0.1; /* priors speak of what is fitted */
  settings.shift_prior.mean = 5.0;
  CHECK(fit(measured, no_hole, screened, &settings).score == found.score);
}

static void test_priors_decide_where_the_data_do_not(void)
{
  cuxas_compare_settings settings = cuxas_compare_defaults();
  double                 measured[N], predicted[N_LATTICE];
  make_pair(measured, predicted);
  settings.fit_hole   = true;
  settings.hole_prior = (cuxas_prior){0.63, 0.1};
  CHECK_NEAR(fit(measured, predicted, predicted, &settings).hole_fraction, 0.63, 0.002);
  settings.hole_prior.sd = INFINITY; /* equal ones: the published convention */
  CHECK(fit(measured, predicted, predicted, &settings).hole_fraction > 0.94);
}

static void test_an_unlikely_shift_costs_what_its_prior_says(void)
{
  cuxas_compare_settings settings = cuxas_compare_defaults();
  double                 measured[N], predicted[N_LATTICE];
  make_pair(measured, predicted);
  settings.shift_prior  = (cuxas_prior){-2.0, INFINITY};
  const cuxas_found one = fit(measured, predicted, NULL, &settings);
  settings.shift_prior  = (cuxas_prior){one.shift_eV + 2.0, 1.0};
  CHECK_NEAR(fit(measured, predicted, NULL, &settings).score, one.score - 2.0, 0.05);
}

/* A curve that repeats every 2 eV agrees with itself at -4, -2, 0, 2 and 4 eV to the last digit. */
static void test_equal_scores_go_to_the_centre_of_the_window(void)
{
  enum { N_INNER = 250 };
  cuxas_compare_settings settings = cuxas_compare_defaults();
  double                 measured[N_INNER], predicted[N_LATTICE];
  settings.fwhm_eV     = 0.0;
  settings.window_eV   = 4.6;
  settings.shift_prior = (cuxas_prior){0.0, INFINITY};
  for (int i = 0; i < N_LATTICE; i++) predicted[i] = (i % 10) * (i % 10) * (10 - i % 10);
  for (int i = 0; i < N_INNER; i++) measured[i] = predicted[i + 75];
  const cuxas_query query = {.grid = {940.0, 0.2, N_INNER}, .mu = measured};
  const cuxas_curve curve = {LATTICE, predicted, NULL, true};
  for (int k = -2; k <= 2; k++) {
    cuxas_found found;
    settings.center_shift_eV = 2.0 * k + 0.4;
    CHECK_STATUS(cuxas_search(&query, &curve, &settings, &found, NULL), CUXAS_OK);
    CHECK_NEAR(found.shift_eV, 2.0 * k, 1e-6);
  }
}

static void test_border_of_the_window_is_flagged(void)
{
  cuxas_compare_settings settings = cuxas_compare_defaults();
  double                 measured[N], predicted[N_LATTICE];
  synthetic_curve(SCAN, 932.0, 1.5, 1.6, measured);
  synthetic_curve(LATTICE, 945.0, 1.5, 1.6, predicted);
  settings.shift_prior.sd = INFINITY;
  CHECK(fit(measured, predicted, NULL, &settings).at_limit);
}

/* ---- refusals, and the score where the MAE is least ------------------------------------------------------------------ */

static void test_flat_curves_are_refused(void)
{
  const cuxas_compare_settings settings = cuxas_compare_defaults();
  double                       measured[N], flat[N_LATTICE];
  cuxas_found                  found;
  synthetic_curve(SCAN, 932.0, 1.5, 1.6, measured);
  for (int i = 0; i < N_LATTICE; i++) flat[i] = 0.0;
  cuxas_query      *query = make_query(measured, &settings);
  const cuxas_curve curve = {LATTICE, flat, NULL, true};
  CHECK_STATUS(cuxas_search(query, &curve, &settings, &found, NULL), CUXAS_ENUMERIC);
  cuxas_query_free(query);
}

static void test_the_largest_score_is_no_smaller_than_the_smallest_mae_finds(void)
{
  cuxas_compare_settings settings = cuxas_compare_defaults();
  double                 measured[N], predicted[N_LATTICE];
  cuxas_comparison       by_score, other;
  make_pair(measured, predicted);
  cuxas_query      *query = make_query(measured, &settings);
  const cuxas_curve curve = {LATTICE, predicted, NULL, true};
  CHECK_STATUS(cuxas_compare(query, &curve, &settings, &by_score, NULL, NULL, NULL), CUXAS_OK);
  settings.criterion = CUXAS_CRITERION_MAE;
  CHECK_STATUS(cuxas_compare(query, &curve, &settings, &other, NULL, NULL, NULL), CUXAS_OK);
  CHECK(other.score <= by_score.score + 2.0); /* but for the heights, which are not searched for */
  CHECK(other.score > by_score.score - 20.0);
  CHECK(other.fwhm_eV == settings.fwhm_eV);
  cuxas_query_free(query);
}

static void test_priors_that_are_none_are_refused(void)
{
  cuxas_compare_settings settings = cuxas_compare_defaults();
  settings.hole_prior.sd          = 0.0;
  CHECK_STATUS(cuxas_compare_check(&settings, NULL), CUXAS_ERANGE);
  settings                  = cuxas_compare_defaults();
  settings.shift_prior.mean = NAN;
  CHECK_STATUS(cuxas_compare_check(&settings, NULL), CUXAS_ERANGE);
}

int main(void)
{
  RUN(test_score_is_what_the_definition_says);
  RUN(test_errors_of_the_model_weigh_as_the_definition_says);
  RUN(test_errors_where_predictions_err_count_less);
  RUN(test_constants_out_of_bounds_are_refused);
  RUN(test_gain_and_pedestal_change_nothing);
  RUN(test_a_slope_costs_little_an_unlike_white_line_much);
  RUN(test_shift_fraction_and_width_are_recovered);
  RUN(test_what_is_given_is_not_searched);
  RUN(test_priors_decide_where_the_data_do_not);
  RUN(test_an_unlikely_shift_costs_what_its_prior_says);
  RUN(test_equal_scores_go_to_the_centre_of_the_window);
  RUN(test_border_of_the_window_is_flagged);
  RUN(test_flat_curves_are_refused);
  RUN(test_the_largest_score_is_no_smaller_than_the_smallest_mae_finds);
  RUN(test_priors_that_are_none_are_refused);
  return CHECK_REPORT();
}
