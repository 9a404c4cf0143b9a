/* test_eels.c - measured curves made worse as energy-loss spectra are: negative counts, resolution, calibration, noise */
#include "check.h"
#include "evaluate/calibration.h"
#include "cuxas/measured.h"
#include "cuxas/preprocess.h"
#include "cuxas/compare.h"

static const char *const CURVE[] = {"Cu",     "Cu2O",    "Cu2S",    "CuFeS2",   "CuO",    "CuS",
                                    "LaCuOS", "LaCuOSe", "LaCuOTe", "ZrCuSiAs", "ZrCuSiP"};
enum { N_CURVE = sizeof CURVE / sizeof *CURVE };
static const cuxas_grid        LATTICE = {925.0, 0.2, 412};
static const cuxas_edge_window EDGE[2] = {{"L3", 0.0}, {"L2", 20.0}};

/* A bundled measured curve on the lattice, within its own range. */
static cuxas_prepared *read_curve(const char *name)
{
  char                      path[100];
  cuxas_spectrum           *spectrum = NULL;
  cuxas_prepared           *prepared = NULL;
  cuxas_preprocess_settings how      = cuxas_preprocess_defaults();
  how.smooth_eV                      = 0.0;
  snprintf(path, sizeof path, "refdb/spectra/%s.csv", name);
  CHECK_STATUS(cuxas_measured_read(path, NULL, &spectrum, NULL, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, path, LATTICE, &how, &prepared, NULL), CUXAS_OK);
  cuxas_spectrum_free(spectrum);
  return prepared;
}

/* 0.7 eV of resolution, 1 eV off, dispersion 0.2 % wrong, 3 % noise on a background taken off too far. */
static cuxas_query *make_loss_spectrum(const cuxas_prepared *curve, uint64_t seed,
                                       const cuxas_compare_settings *compare, size_t *ret_n_negative)
{
  const cuxas_degradation   how = {.fwhm_eV = 0.7, .shift_eV = 1.0, .stretch = 0.002, .noise = 0.03, .pedestal = -0.04};
  cuxas_preprocess_settings read     = cuxas_preprocess_defaults();
  cuxas_spectrum           *scan     = NULL;
  cuxas_prepared           *prepared = NULL;
  cuxas_query              *query    = NULL;
  read.smooth_eV                     = 0.3;
  read.beyond_lattice                = true;
  CHECK_STATUS(cuxas_degrade(curve->grid, curve->mu, &how, (cuxas_scan_range){0.0, 2000.0, 0.3}, &seed, &scan, NULL),
               CUXAS_OK);
  for (size_t i = 0; i < scan->n_point; i++) *ret_n_negative += scan->mu[i] < 0.0;
  CHECK_STATUS(cuxas_preprocess_measured(scan, "loss", LATTICE, &read, &prepared, NULL), CUXAS_OK);
  CHECK_STATUS(
      cuxas_query_new(prepared->grid, prepared->mu, &(cuxas_edge_layout){LATTICE, EDGE, 2}, compare, &query, NULL),
      CUXAS_OK);
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(scan);
  return query;
}

/* Against the eleven curves themselves: the right one agrees best, its shift is found. */
static void test_right_curve_is_found_behind_a_loss_spectrum(void)
{
  FILE *probe = fopen("refdb/spectra/Cu.csv", "r");
  if (probe == NULL) SKIP("no bundled spectra here");
  fclose(probe);
  cuxas_compare_settings compare = cuxas_compare_defaults();
  cuxas_prepared        *curve[N_CURVE];
  size_t                 n_right = 0, n_negative = 0;
  compare.center_shift_eV = 0.0;
  compare.window_eV       = 8.0;
  compare.fwhm_eV         = 0.7;
  for (size_t i = 0; i < N_CURVE; i++) curve[i] = read_curve(CURVE[i]);
  for (size_t i = 0; i < N_CURVE; i++) {
    cuxas_query *query = make_loss_spectrum(curve[i], i + 1, &compare, &n_negative);
    double       least = INFINITY, shift_eV = NAN;
    size_t       best = N_CURVE;
    for (size_t k = 0; k < N_CURVE; k++) {
      const cuxas_curve standard = {curve[k]->grid, curve[k]->mu, NULL, false};
      cuxas_comparison  found;
      if (cuxas_compare(query, &standard, &compare, &found, NULL, NULL, NULL) != CUXAS_OK) continue;
      if (k == i) shift_eV = found.shift_eV;
      if (found.mae < least) {
        least = found.mae;
        best  = k;
      }
    }
    n_right += best == i;
    CHECK_NEAR(shift_eV, 1.05, 0.25);
    cuxas_query_free(query);
  }
  CHECK(n_right >= 9); /* LaCuOS, LaCuOSe and LaCuOTe differ by hardly more than such noise */
  printf("    right curve first for %zu of %d\n", n_right, N_CURVE);
  CHECK(n_negative > 100);
  for (size_t i = 0; i < N_CURVE; i++) cuxas_prepared_free(curve[i]);
}

int main(void)
{
  RUN(test_right_curve_is_found_behind_a_loss_spectrum);
  return CHECK_REPORT();
}
