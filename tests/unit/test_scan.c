/* test_scan.c - the scan by matrix products loses no place that the search finds without it */
#include "base/memory.h"
#include "base/random.h"
#include "check.h"
#include "match/candidate.h"
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
static void mix(uint64_t *random, const cuxas_compare_settings *compare, cuxas_curve *ret_curve)
{
  const size_t n = background->grid.n_energy, n_of = background->n_spectrum;
  const size_t i = (size_t)(random_uniform(random) * (double)n_of), k = (size_t)(random_uniform(random) * (double)n_of);
  const double part = random_uniform(random), size = 0.1 * random_uniform(random);
  const cuxas_curve a = cuxas_background_curve(background, i, compare),
                    b = cuxas_background_curve(background, k, compare);
  double *mu = malloc(2 * n * sizeof *mu), wave = 0.0;
  for (size_t e = 0; e < n; e++) {
    if (e % 8 == 0) wave = size * (random_uniform(random) - 0.5);
    mu[e] = (1.0 + wave) * (part * a.no_hole[e] + (1.0 - part) * b.no_hole[e]);
    mu[n + e] =
        a.screened_hole == NULL ? 0.0 : (1.0 - wave) * (part * a.screened_hole[e] + (1.0 - part) * b.screened_hole[e]);
  }
  *ret_curve = (cuxas_curve){a.grid, mu, a.screened_hole != NULL ? mu + n : NULL, true};
}

#define NEEDED                                                                                                         \
  20.0 /* a score that some curves have and many do not: what is foreseen of those that may is bounded more closely */

static size_t count_lost(const char *path, const cuxas_compare_settings *compare, uint64_t seed, size_t n_curve,
                         size_t *ret_n_looked)
{
  const cuxas_measured_options how      = {0};
  cuxas_match_settings         settings = cuxas_match_settings_for(model);
  cuxas_measurement            measured;
  cuxas_curve                 *curve  = malloc(n_curve * sizeof *curve);
  cuxas_scanned               *places = malloc(n_curve * sizeof *places), *closely = malloc(n_curve * sizeof *places);
  size_t                       n_lost = 0;
  settings.compare                    = *compare;
  CHECK_STATUS(cuxas_measurement_read(path, &how, &measured, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_measurement_prepare(&measured, path, model, &settings, NULL), CUXAS_OK);
  for (size_t i = 0; i < n_curve; i++) mix(&seed, compare, &curve[i]);
  CHECK(cuxas_scan_pays(measured.query, compare, n_curve));
  CHECK_STATUS(
      cuxas_scan(measured.query, compare, curve, n_curve, (cuxas_scan_manner){1, false, -INFINITY}, places, NULL),
      CUXAS_OK);
  CHECK_STATUS(
      cuxas_scan(measured.query, compare, curve, n_curve, (cuxas_scan_manner){1, false, NEEDED}, closely, NULL),
      CUXAS_OK);
  for (size_t i = 0; i < n_curve; i++) {
    cuxas_compare_settings few    = *compare;
    cuxas_found            before = {0}, after = {0};
    few.fit_saturation       = false; /* of measured spectra alone, which no scan sees */
    few.opt_places           = &places[i].places;
    cuxas_comparison   whole = {0};
    const cuxas_status all   = cuxas_search(measured.query, &curve[i], compare, &before, NULL);
    n_lost += cuxas_search(measured.query, &curve[i], &few, &after, NULL) != all || before.score != after.score ||
              before.shift_eV != after.shift_eV || before.hole_fraction != after.hole_fraction ||
              before.fwhm_eV != after.fwhm_eV;
    if (cuxas_compare(measured.query, &curve[i], &few, &whole, NULL, NULL, NULL) == CUXAS_OK)
      n_lost += !(whole.score <= places[i].foreseen.upper) || !(whole.score <= closely[i].foreseen.upper);
    for (size_t w = 0; w < CUXAS_SEARCH_MAX_WIDTH; w++)
      for (size_t k = 0; k < CUXAS_SCAN_MAX_TRIAL; k++)
        *ret_n_looked += places[i].places.trial[w][k / 64] >> (k % 64) & 1;
    free((double *)(uintptr_t)curve[i].no_hole);
  }
  cuxas_measurement_clear(&measured);
  free(curve);
  free(places);
  free(closely);
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

/* ---- many candidates: the best compared in full ---- */

enum { N_MANY = 1500, N_BEST = 25 };

/* Some flat, some not finite. */
static cuxas_slot *make_slots(uint64_t seed)
{
  const cuxas_compare_settings compare = cuxas_match_settings_for(model).compare;
  cuxas_slot                  *slot    = calloc(N_MANY, sizeof *slot);
  for (size_t i = 0; i < N_MANY; i++) {
    cuxas_curve  curve;
    cuxas_error  err = {0};
    const size_t n   = background->grid.n_energy;
    mix(&seed, &compare, &curve);
    double *mu = (double *)(uintptr_t)curve.no_hole;
    if (i % 500 == 7) memset(mu, 0, 2 * n * sizeof *mu);
    if (i % 500 == 9) mu[n / 2] = NAN;
    slot[i].curve =
        (cuxas_candidate_curve){.grid = curve.grid,
                                .mu   = {cuxas_copy(&err, mu, n, sizeof *mu), cuxas_copy(&err, mu + n, n, sizeof *mu)},
                                .is_prediction = true,
                                .is_by_model   = true};
    slot[i].hit.path  = cuxas_print_text(&err, "m%04zu", i);
    slot[i].hit.label = cuxas_copy_text(&err, slot[i].hit.path);
    slot[i].hit.name  = cuxas_copy_text(&err, slot[i].hit.path);
    free(mu);
  }
  return slot;
}

static cuxas_hits *match_slots(const cuxas_query *query, const cuxas_slot *slot, size_t n_fit, int n_thread)
{
  const cuxas_slot_source source   = {.model = model, .n_candidate = N_MANY, .loaded = slot};
  cuxas_match_settings    settings = cuxas_match_settings_for(model);
  cuxas_hits             *hits     = NULL;
  settings.n_fit                   = n_fit;
  settings.n_thread                = n_thread;
  CHECK_STATUS(cuxas_match_slots(query, &source, &settings, NULL, &hits, NULL), CUXAS_OK);
  return hits;
}

static bool is_same(const cuxas_hit *a, const cuxas_hit *b)
{
  const cuxas_comparison *x = &a->comparison, *y = &b->comparison;
  return strcmp(a->name, b->name) == 0 && a->is_foreseen == b->is_foreseen && x->score == y->score &&
         x->mae == y->mae && (x->spearman == y->spearman || a->is_foreseen) && x->shift_eV == y->shift_eV &&
         x->hole_fraction == y->hole_fraction && x->fwhm_eV == y->fwhm_eV;
}

static void test_the_best_of_a_large_search_are_those_of_a_full_one(void)
{
  if (background == NULL) SKIP("no model with its background");
  static const char *const     PATH[] = {"refdb/spectra/CuO.csv", "refdb/spectra/Cu2O.csv"};
  const cuxas_measured_options how    = {0};
  for (size_t q = 0; q < 2; q++) {
    cuxas_match_settings settings = cuxas_match_settings_for(model);
    cuxas_measurement    measured;
    cuxas_slot          *slot = make_slots(11 + q);
    CHECK_STATUS(cuxas_measurement_read(PATH[q], &how, &measured, NULL), CUXAS_OK);
    CHECK_STATUS(cuxas_measurement_prepare(&measured, PATH[q], model, &settings, NULL), CUXAS_OK);
    cuxas_hits *full = match_slots(measured.query, slot, 0, 2), *best = match_slots(measured.query, slot, N_BEST, 1);
    cuxas_hits *other = match_slots(measured.query, slot, N_BEST, 3);
    CHECK(full->n_hit == N_MANY - 6 && best->n_hit == full->n_hit && best->n_skipped == full->n_skipped);
    for (size_t i = 0; i < N_BEST; i++) CHECK(is_same(&full->hit[i], &best->hit[i]));
    double off = 0.0;
    for (size_t i = 0; i < best->n_hit; i++) {
      CHECK(best->hit[i].is_foreseen == (i >= N_BEST));
      CHECK(is_same(&best->hit[i], &other->hit[i])); /* whatever the threads */
      off += fabs(best->hit[i].comparison.score - full->hit[i].comparison.score) / (double)best->n_hit;
    }
    CHECK(off < 0.5); /* by rank: what is foreseen is about what a full comparison finds */
    cuxas_hits_free(full);
    cuxas_hits_free(best);
    cuxas_hits_free(other);
    for (size_t i = 0; i < N_MANY; i++) cuxas_slot_clear(&slot[i]);
    free(slot);
    cuxas_measurement_clear(&measured);
  }
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
  RUN(test_the_best_of_a_large_search_are_those_of_a_full_one);
  cuxas_background_free(background);
  cuxas_model_free(model);
  return CHECK_REPORT();
}
