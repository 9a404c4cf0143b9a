/* test_mixture.c - non-negative least squares against known answers; weights of simulated mixtures are recovered */
#include "check.h"
#include "cuxas/degrade.h"
#include "cuxas/mixture.h"
#include "cuxas/preprocess.h"
#include "model/random_priv.h"
#include "synthetic.h"

enum { N_LATTICE = 412, N_CURVE = 20 };
static const cuxas_grid        LATTICE = {925.0, 0.2, N_LATTICE};
static const cuxas_edge_window EDGE[2] = {{"L3", 0.0}, {"L2", 20.0}};

/* ---- least squares ---------------------------------------------------------------------------------------------- */

/* The conditions of Kuhn and Tucker: x >= 0, gradient <= 0, and one of both is 0. */
static void check_optimal(const double *gram, const double *inner, size_t n, const double *x)
{
  for (size_t i = 0; i < n; i++) {
    double gradient = inner[i];
    for (size_t k = 0; k < n; k++) gradient -= gram[i * n + k] * x[k];
    CHECK(x[i] >= 0.0);
    CHECK(gradient < 1e-8);
    if (x[i] > 0.0) CHECK_NEAR(gradient, 0.0, 1e-8);
  }
}

static void test_least_squares_satisfy_kuhn_and_tucker(void)
{
  enum { N_ROW = 30 };
  uint64_t random = 2;
  size_t   n_zero = 0;
  for (int trial = 0; trial < 300; trial++) {
    const size_t n = 1 + (size_t)(trial % CUXAS_MIXTURE_MAX);
    double       a[CUXAS_MIXTURE_MAX][N_ROW], b[N_ROW], gram[36], inner[6], x[6];
    for (size_t r = 0; r < N_ROW; r++) b[r] = random_normal(&random);
    for (size_t i = 0; i < n; i++)
      for (size_t r = 0; r < N_ROW; r++) a[i][r] = random_normal(&random) + 0.3 * b[r];
    for (size_t i = 0; i < n; i++) {
      inner[i] = 0.0;
      for (size_t r = 0; r < N_ROW; r++) inner[i] += a[i][r] * b[r];
      for (size_t k = 0; k < n; k++) {
        gram[i * n + k] = 0.0;
        for (size_t r = 0; r < N_ROW; r++) gram[i * n + k] += a[i][r] * a[k][r];
      }
    }
    cuxas_nnls(gram, inner, n, x);
    check_optimal(gram, inner, n, x);
    for (size_t i = 0; i < n; i++) n_zero += x[i] == 0.0;
  }
  CHECK(n_zero > 20); /* bounds were at work */
}

static void test_least_squares_bear_equal_columns(void)
{
  const double gram[4] = {1.0, 1.0, 1.0, 1.0}, inner[2] = {2.0, 2.0}, against[2] = {-1.0, -2.0};
  double       x[2];
  cuxas_nnls(gram, inner, 2, x);
  CHECK_NEAR(x[0] + x[1], 2.0, 1e-12);
  cuxas_nnls(gram, against, 2, x);
  CHECK(x[0] == 0.0 && x[1] == 0.0);
}

/* ---- mixtures --------------------------------------------------------------------------------------------------- */

/* Spectra with bumps at places of their own. */
static const cuxas_curve *make_curves(void)
{
  static cuxas_curve curve[N_CURVE];
  static double      mu[N_CURVE][N_LATTICE];
  uint64_t           random = 9;
  for (size_t i = 0; i < N_CURVE; i++) {
    synthetic_curve(LATTICE, 933.5 + random_uniform(&random), 0.5 + 1.5 * random_uniform(&random), 1.5, mu[i]);
    for (int k = 0; k < 4; k++) {
      const double at_eV = 937.0 + 30.0 * random_uniform(&random), height = 0.5 * random_normal(&random);
      for (size_t j = 0; j < N_LATTICE; j++) {
        const double z = (cuxas_grid_energy_eV(LATTICE, j) - at_eV) / 1.5;
        mu[i][j] += height * exp(-z * z);
      }
    }
    curve[i] = (cuxas_curve){LATTICE, mu[i], NULL, true};
  }
  return curve;
}

static cuxas_query *make_query(const double *perfect, double noise, uint64_t random)
{
  const cuxas_degradation      how     = {.noise = noise, .pedestal = 0.1, .shift_eV = -2.3};
  const cuxas_compare_settings compare = cuxas_compare_defaults();
  cuxas_preprocess_settings    read    = cuxas_preprocess_defaults();
  cuxas_spectrum              *scan    = NULL;
  cuxas_prepared              *prepared = NULL;
  cuxas_query                 *query   = NULL;
  read.beyond_lattice = true;
  CHECK_STATUS(cuxas_degrade(LATTICE, perfect, &how, 925.0, 1007.0, 0.1, &random, &scan, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_preprocess_measured(scan, "scan", LATTICE, &read, &prepared, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_query_new(prepared->grid, prepared->mu, LATTICE, EDGE, 2, &compare, &query, NULL), CUXAS_OK);
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(scan);
  return query;
}

static cuxas_mixture *mix(const double *share, double noise, uint64_t random, size_t n_max)
{
  const cuxas_curve     *curve = make_curves();
  cuxas_compare_settings settings = cuxas_compare_defaults();
  double                 perfect[N_LATTICE] = {0.0}, hole[N_CURVE];
  cuxas_mixture         *mixture = NULL;
  cuxas_error            err = {.message = ""};
  settings.fwhm_eV = 0.0;
  for (size_t i = 0; i < N_CURVE; i++) {
    hole[i] = 1.0;
    for (size_t j = 0; j < N_LATTICE; j++) perfect[j] += share[i] * curve[i].no_hole[j];
  }
  cuxas_query *query = make_query(perfect, noise, random);
  CHECK_STATUS(cuxas_mixture_new(query, curve, hole, N_CURVE, &settings, n_max, 1, &mixture, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  cuxas_query_free(query);
  return mixture;
}

static void test_weights_of_two_are_recovered(void)
{
  size_t n_inside = 0;
  for (uint64_t trial = 0; trial < 6; trial++) {
    double share[N_CURVE] = {0.0};
    share[3] = 0.3;
    share[8] = 0.7;
    cuxas_mixture           *mixture = mix(share, 0.01, trial, 4);
    const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_chosen];
    CHECK(mixture->n_fit == 4 && mixture->n_candidate == N_CURVE);
    CHECK(mixture->i_chosen == 1 && fit->n_component == 2);
    CHECK(fit->component[0].i_curve == 8 && fit->component[1].i_curve == 3);
    CHECK_NEAR(fit->component[0].share, 0.7, 0.05);
    CHECK_NEAR(fit->component[0].share + fit->component[1].share, 1.0, 1e-9);
    CHECK_NEAR(fit->shift_eV, -2.3, 0.15);
    CHECK(fit->component[0].share_low <= fit->component[0].share && fit->component[0].share_high >= fit->component[0].share);
    n_inside += fit->component[0].share_low <= 0.71 && fit->component[0].share_high >= 0.69;
    CHECK(fit->mae < 0.02);
    for (size_t k = 0; k < mixture->n_energy; k += 50) /* offset and parts make the sum */
      CHECK_NEAR(mixture->sum[k], fit->offset + mixture->part[k] + mixture->part[mixture->n_energy + k], 1e-9);
    cuxas_mixture_free(mixture);
  }
  CHECK(n_inside >= 4); /* intervals of 90 %, a hundredth allowed for smoothing */
}

static void test_three_are_told_from_two(void)
{
  double share[N_CURVE] = {0.0};
  share[1] = 0.25;
  share[6] = 0.35;
  share[14] = 0.4;
  cuxas_mixture           *mixture = mix(share, 0.005, 3, 4);
  const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_chosen];
  CHECK(fit->n_component == 3);
  CHECK(fit->component[0].i_curve == 14 && fit->component[1].i_curve == 6 && fit->component[2].i_curve == 1);
  CHECK_NEAR(fit->component[2].share, 0.25, 0.05);
  cuxas_mixture_free(mixture);
}

static void test_one_compound_is_no_mixture(void)
{
  for (size_t i = 0; i < 4; i++) {
    double share[N_CURVE] = {0.0};
    share[4 * i]          = 1.0;
    cuxas_mixture *mixture = mix(share, 0.02, i, 3);
    CHECK(mixture->i_chosen == 0 && mixture->fit[0].component[0].i_curve == 4 * i);
    CHECK(mixture->fit[0].component[0].share == 1.0);
    cuxas_mixture_free(mixture);
  }
}

static void test_more_noise_widens_the_intervals(void)
{
  double share[N_CURVE] = {0.0};
  share[3] = 0.5;
  share[8] = 0.5;
  cuxas_mixture                 *quiet = mix(share, 0.003, 1, 2), *loud = mix(share, 0.05, 1, 2);
  const cuxas_mixture_component *a = &quiet->fit[1].component[0], *b = &loud->fit[1].component[0];
  CHECK(quiet->i_chosen == 1);
  if (loud->i_chosen == 1) CHECK(b->share_high - b->share_low > a->share_high - a->share_low);
  cuxas_mixture_free(quiet);
  cuxas_mixture_free(loud);
}

static void test_what_cannot_be_mixed_is_refused(void)
{
  const cuxas_curve     *curve    = make_curves();
  cuxas_curve            limited  = curve[0];
  cuxas_compare_settings settings = cuxas_compare_defaults();
  const double           hole[1]  = {1.0};
  cuxas_mixture         *mixture  = NULL;
  cuxas_query           *query    = make_query(curve[0].no_hole, 0.01, 1);
  limited.extend = false;
  CHECK_STATUS(cuxas_mixture_new(query, curve, hole, 0, &settings, 1, 1, &mixture, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_mixture_new(query, curve, hole, 1, &settings, 0, 1, &mixture, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_mixture_new(query, curve, hole, 1, &settings, 7, 1, &mixture, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_mixture_new(query, &limited, hole, 1, &settings, 1, 1, &mixture, NULL), CUXAS_ERANGE);
  cuxas_query_free(query);
}

int main(void)
{
  RUN(test_least_squares_satisfy_kuhn_and_tucker);
  RUN(test_least_squares_bear_equal_columns);
  RUN(test_weights_of_two_are_recovered);
  RUN(test_three_are_told_from_two);
  RUN(test_one_compound_is_no_mixture);
  RUN(test_more_noise_widens_the_intervals);
  RUN(test_what_cannot_be_mixed_is_refused);
  return CHECK_REPORT();
}
