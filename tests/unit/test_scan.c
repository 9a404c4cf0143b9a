/* test_scan.c - the scan by matrix products loses no place that the search finds without it */
#include "base/random.h"
#include "check.h"
#include "match/scan.h"
#include "match/session.h"
#include "match/significance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MODEL "refdb/models/cu-l23.cuxas"
#define BACKGROUND "refdb/models/cu-l23.background"
enum { N_QUERY = 3, N_CURVE = 3400 };

static cuxas_model      *model;
static cuxas_background *background;

/* Curves between those of two compounds, with some disorder, in both channels. */
static void mix(uint64_t *random, cuxas_curve *ret_curve)
{
  const size_t n = background->grid.n_energy, n_of = background->n_spectrum;
  const size_t i = (size_t)(random_uniform(random) * (double)n_of), k = (size_t)(random_uniform(random) * (double)n_of);
  const double part = random_uniform(random), size = 0.1 * random_uniform(random);
  const cuxas_curve a = cuxas_background_curve(background, i), b = cuxas_background_curve(background, k);
  double           *mu = malloc(2 * n * sizeof *mu), wave = 0.0;
  for (size_t e = 0; e < n; e++) {
    if (e % 8 == 0) wave = size * (random_uniform(random) - 0.5);
    mu[e] = (1.0 + wave) * (part * a.no_hole[e] + (1.0 - part) * b.no_hole[e]);
    mu[n + e] =
        a.screened_hole == NULL ? 0.0 : (1.0 - wave) * (part * a.screened_hole[e] + (1.0 - part) * b.screened_hole[e]);
  }
  *ret_curve = (cuxas_curve){a.grid, mu, a.screened_hole != NULL ? mu + n : NULL, true};
}

static size_t count_lost(const char *path, const cuxas_compare_settings *compare, uint64_t seed, size_t n_curve,
                         size_t *ret_n_looked)
{
  const cuxas_measured_options how      = {0};
  cuxas_match_settings         settings = cuxas_match_settings_for(model);
  cuxas_measurement            measured;
  cuxas_curve                 *curve  = malloc(n_curve * sizeof *curve);
  cuxas_places                *places = malloc(n_curve * sizeof *places);
  size_t                       n_lost = 0;
  settings.compare                    = *compare;
  CHECK_STATUS(cuxas_measurement_read(path, &how, &measured, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_measurement_prepare(&measured, path, model, &settings, NULL), CUXAS_OK);
  for (size_t i = 0; i < n_curve; i++) mix(&seed, &curve[i]);
  CHECK(cuxas_scan_pays(measured.query, compare, n_curve));
  CHECK_STATUS(cuxas_scan(measured.query, compare, curve, n_curve, 1, places, NULL), CUXAS_OK);
  for (size_t i = 0; i < n_curve; i++) {
    cuxas_compare_settings few    = *compare;
    cuxas_found            before = {0}, after = {0};
    few.opt_places         = &places[i];
    const cuxas_status all = cuxas_search(measured.query, &curve[i], compare, &before, NULL);
    n_lost += cuxas_search(measured.query, &curve[i], &few, &after, NULL) != all || before.score != after.score ||
              before.shift_eV != after.shift_eV || before.hole_fraction != after.hole_fraction ||
              before.fwhm_eV != after.fwhm_eV;
    for (size_t w = 0; w < CUXAS_SEARCH_MAX_WIDTH; w++)
      for (size_t k = 0; k < CUXAS_SCAN_MAX_TRIAL; k++) *ret_n_looked += places[i].trial[w][k / 64] >> (k % 64) & 1;
    free((double *)(uintptr_t)curve[i].no_hole);
  }
  cuxas_measurement_clear(&measured);
  free(curve);
  free(places);
  return n_lost;
}

static void test_no_maximum_of_ten_thousand_curves_is_lost(void)
{
  if (background == NULL) SKIP("no model with its background");
  static const char *const     PATH[N_QUERY] = {"refdb/spectra/CuO.csv", "refdb/spectra/Cu2S.csv",
                                                "refdb/spectra/LaCuOS.csv"};
  const cuxas_compare_settings usual         = cuxas_match_settings_for(model).compare;
  size_t                       n_looked      = 0;
  for (size_t i = 0; i < N_QUERY; i++) CHECK(count_lost(PATH[i], &usual, i + 1, N_CURVE, &n_looked) == 0);
  CHECK(n_looked < 20 * (size_t)N_QUERY * N_CURVE); /* of 305 places each, else it would not pay */
}

static void test_no_maximum_is_lost_whatever_the_settings(void)
{
  if (background == NULL) SKIP("no model with its background");
  cuxas_compare_settings one      = cuxas_match_settings_for(model).compare;
  size_t                 n_looked = 0;
  one.fit_hole                    = false;
  one.hole_fraction               = 0.35;
  one.fit_fwhm                    = false;
  one.window_eV                   = 3.3; /* no whole number of steps */
  CHECK(count_lost("refdb/spectra/CuS.csv", &one, 7, 200, &n_looked) == 0);
  one.hole_fraction   = 1.0;
  one.center_shift_eV = -2.3;
  one.fwhm_eV         = 0.0;
  one.opt_errors      = NULL;
  CHECK(count_lost("refdb/spectra/CuFeS2.csv", &one, 8, 200, &n_looked) == 0);
}

static void test_scan_is_of_no_use_where_nothing_is_searched(void)
{
  const cuxas_query      query = {.grid = {925.0, 0.2, 300}};
  cuxas_compare_settings one   = cuxas_compare_defaults();
  CHECK(cuxas_scan_pays(&query, &one, 100));
  CHECK(!cuxas_scan_pays(&query, &one, 3));
  one.shift_mode = CUXAS_SHIFT_FIXED;
  CHECK(!cuxas_scan_pays(&query, &one, 100));
  one           = cuxas_compare_defaults();
  one.criterion = CUXAS_CRITERION_MAE;
  CHECK(!cuxas_scan_pays(&query, &one, 100));
  one           = cuxas_compare_defaults();
  one.window_eV = 50.0;
  CHECK(!cuxas_scan_pays(&query, &one, 100));
}

int main(void)
{
  cuxas_error err = {0};
  if (cuxas_model_read(MODEL, &model, &err) == CUXAS_OK) cuxas_background_read(BACKGROUND, model, &background, &err);
  RUN(test_scan_is_of_no_use_where_nothing_is_searched);
  RUN(test_no_maximum_of_ten_thousand_curves_is_lost);
  RUN(test_no_maximum_is_lost_whatever_the_settings);
  cuxas_background_free(background);
  cuxas_model_free(model);
  return CHECK_REPORT();
}
