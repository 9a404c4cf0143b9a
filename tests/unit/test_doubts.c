/* test_doubts.c - each warning about a measurement comes when it should, and none about a good one */
#include "check.h"
#include "evaluate/calibration.h"
#include "match/significance.h"
#include "cuxas/preprocess.h"
#include "synthetic.h"

enum { N_LATTICE = 412, N_BACKGROUND = 60 };
static const cuxas_grid        LATTICE = {925.0, 0.2, N_LATTICE};
static const cuxas_edge_window EDGE[2] = {{"L3", 0.0}, {"L2", 20.0}};

/* Predictions of compounds whose white lines differ; they begin 2.5 eV above the measured edge, as predictions do. */
static cuxas_background *make_background(void)
{
  static cuxas_background background;
  static char             formula[N_BACKGROUND][CUXAS_FORMULA_SIZE];
  static double           mu[N_BACKGROUND * N_LATTICE];
  background = (cuxas_background){.grid = LATTICE, .n_spectrum = N_BACKGROUND, .formula = formula, .mu = {mu, NULL}};
  for (int i = 0; i < N_BACKGROUND; i++)
    synthetic_curve(LATTICE, 934.5 + 0.02 * i, 0.8 + 0.02 * i, 1.2 + 0.01 * i, mu + i * N_LATTICE);
  return &background;
}

static const cuxas_model MODEL = {.n_edge = 2, .edge = {{.weight = 1.0}, {.weight = 0.5}}};

typedef struct {
  cuxas_degradation how;
  double            from_eV, to_eV, step_eV;
} scan;

static const scan GOOD = {{.noise = 0.003}, 925.0, 990.0, 0.1};

/* Sees a scan through, up to its warnings. */
static void doubt_curve(const double *perfect, const scan *made, cuxas_warnings *ret_warnings)
{
  const cuxas_background      *background = make_background();
  const cuxas_compare_settings compare    = cuxas_compare_defaults();
  cuxas_preprocess_settings    how        = cuxas_preprocess_defaults();
  cuxas_spectrum              *spectrum   = NULL;
  cuxas_prepared              *prepared   = NULL;
  cuxas_query                 *query      = NULL;
  cuxas_error                  err        = {.message = ""};
  uint64_t                     random     = 11;

  how.beyond_lattice = true;
  *ret_warnings      = (cuxas_warnings){0};
  CHECK_STATUS(cuxas_degrade(LATTICE, perfect, &made->how,
                             (cuxas_scan_range){made->from_eV, made->to_eV, made->step_eV}, &random, &spectrum, &err),
               CUXAS_OK);
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", LATTICE, &how, &prepared, &err), CUXAS_OK);
  CHECK_STATUS(
      cuxas_query_new(prepared->grid, prepared->mu, &(cuxas_edge_layout){LATTICE, EDGE, 2}, &compare, &query, &err),
      CUXAS_OK);
  CHECK_STATUS(cuxas_doubt(spectrum, query, &compare, &MODEL, background, ret_warnings, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  cuxas_query_free(query);
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(spectrum);
}

static void doubt(const scan *made, cuxas_warnings *ret_warnings)
{
  static double perfect[N_LATTICE];
  synthetic_curve(LATTICE, 932.5, 1.2, 1.6, perfect);
  doubt_curve(perfect, made, ret_warnings);
}

static void check_one_warning(const scan *made, const char *part)
{
  cuxas_warnings warnings;
  doubt(made, &warnings);
  CHECK(warnings.n_warning == 1);
  CHECK_CONTAINS(warnings.text[0], part);
  for (size_t i = 1; i < warnings.n_warning; i++) printf("    also: %s\n", warnings.text[i]);
}

static void test_good_scan_has_no_warning(void)
{
  cuxas_warnings warnings;
  doubt(&GOOD, &warnings);
  CHECK(warnings.n_warning == 0);
  if (warnings.n_warning > 0) printf("    warning: %s\n", warnings.text[0]);
}

static void test_mild_slope_and_pedestal_are_no_reason_to_warn(void)
{
  cuxas_warnings warnings;
  scan           made = GOOD;
  made.how.slope      = 0.05;
  made.how.pedestal   = 0.2;
  made.how.fwhm_eV    = 0.5;
  doubt(&made, &warnings);
  CHECK(warnings.n_warning == 0);
}

static void test_missing_second_edge_is_told(void)
{
  scan made  = GOOD;
  made.to_eV = 950.0; /* 25 eV of it are compared: two doubts */
  cuxas_warnings warnings;
  doubt(&made, &warnings);
  CHECK(warnings.n_warning == 2);
  CHECK_CONTAINS(warnings.text[0], "short scan");
  CHECK_CONTAINS(warnings.text[1], "no L2 edge: the scan ends at 950.0 eV");
}

static void test_short_scan_with_both_edges_is_told(void)
{
  scan made    = GOOD;
  made.from_eV = 929.0;
  made.to_eV   = 958.0;
  check_one_warning(&made, "short scan: compared over 29");
}

static void test_energy_axis_that_is_off_is_told(void)
{
  scan made         = GOOD;
  made.how.shift_eV = 5.0;
  check_one_warning(&made, "above where most compounds have it");
  made.how.shift_eV = 3.0;
  cuxas_warnings warnings;
  doubt(&made, &warnings);
  CHECK(warnings.n_warning == 0);
}

static void test_stretched_energy_axis_is_told(void)
{
  scan made        = GOOD;
  made.how.stretch = 0.07; /* 20 eV become 21.4 */
  check_one_warning(&made, "is the energy axis stretched?");
}

static void test_saturation_is_suspected(void)
{
  scan made           = GOOD;
  made.how.saturation = 4.0;
  check_one_warning(&made, "saturation or self-absorption suspected");
}

/* So strong that the second edge is no longer found: its step is looked for where it should be. */
static void test_saturation_that_hides_an_edge_is_suspected(void)
{
  double         saturated[N_LATTICE];
  cuxas_warnings warnings;
  bool           is_lost = false, is_told = false;
  for (size_t i = 0; i < N_LATTICE; i++) {
    const double above_eV = cuxas_grid_energy_eV(LATTICE, i) - 932.5;
    saturated[i]          = 0.5 + atan(above_eV / 0.4) / acos(-1.0);
  }
  doubt_curve(saturated, &GOOD, &warnings);
  for (size_t i = 0; i < warnings.n_warning; i++) {
    is_lost = is_lost || strstr(warnings.text[i], "no L2 edge found") != NULL;
    is_told = is_told || strstr(warnings.text[i], "saturation or self-absorption suspected") != NULL;
  }
  CHECK(is_lost && is_told);
}

static void test_noise_is_told(void)
{
  scan           made = GOOD;
  cuxas_warnings warnings;
  made.how.noise = 0.06;
  doubt(&made, &warnings);
  CHECK(warnings.n_warning >= 1); /* what noise does to onsets and peaks may be told too */
  bool is_told = false;
  for (size_t i = 0; i < warnings.n_warning; i++) is_told = is_told || strstr(warnings.text[i], "noisy scan") != NULL;
  CHECK(is_told);
}

static void test_noise_is_measured(void)
{
  cuxas_spectrum *spectrum = NULL;
  double          perfect[N_LATTICE], noise;
  uint64_t        random = 5;
  synthetic_curve(LATTICE, 932.5, 1.2, 1.6, perfect);
  const cuxas_degradation how = {.noise = 0.02};
  CHECK_STATUS(cuxas_degrade(LATTICE, perfect, &how, (cuxas_scan_range){925.0, 1007.2, 0.05}, &random, &spectrum, NULL),
               CUXAS_OK);
  CHECK_STATUS(cuxas_noise(spectrum, &noise, NULL), CUXAS_OK);
  CHECK_NEAR(noise, 0.02, 0.002);
  spectrum->n_point = 8;
  CHECK_STATUS(cuxas_noise(spectrum, &noise, NULL), CUXAS_OK);
  CHECK(noise == 0.0);
  cuxas_spectrum_free(spectrum);
}

/* Degradation: each part does what it says. */
static void test_degradation_does_what_it_says(void)
{
  double            perfect[N_LATTICE];
  uint64_t          random = 5;
  cuxas_spectrum   *plain = NULL, *worse = NULL;
  cuxas_error       err = {0};
  cuxas_degradation how = {0};
  double            top = 0.0;
  synthetic_curve(LATTICE, 932.5, 1.2, 1.6, perfect);
  for (size_t i = 0; i < N_LATTICE; i++) top = fmax(top, perfect[i]);
  CHECK_STATUS(cuxas_degrade(LATTICE, perfect, &how, (cuxas_scan_range){925.0, 1007.2, 0.2}, &random, &plain, &err),
               CUXAS_OK);
  CHECK(plain->n_point == N_LATTICE);
  for (size_t i = 0; i < N_LATTICE; i++) CHECK_NEAR(plain->mu[i], perfect[i] / top, 1e-9);

  how = (cuxas_degradation){.saturation = 1.0, .slope = 0.1, .pedestal = -0.05, .shift_eV = 1.5, .stretch = 0.01};
  CHECK_STATUS(cuxas_degrade(LATTICE, perfect, &how, (cuxas_scan_range){925.0, 1007.2, 0.2}, &random, &worse, &err),
               CUXAS_OK);
  CHECK_NEAR(worse->energy_eV[0], 926.5, 1e-9);
  CHECK_NEAR(worse->energy_eV[100], 925.0 + 1.01 * 20.0 + 1.5, 1e-9);
  const double m = plain->mu[100];
  CHECK_NEAR(worse->mu[100], 2.0 * m / (1.0 + m) + 0.1 * 100.0 / 411.0 - 0.05, 1e-9);
  cuxas_spectrum_free(worse);

  how = (cuxas_degradation){.noise = -1.0};
  CHECK_STATUS(cuxas_degrade(LATTICE, perfect, &how, (cuxas_scan_range){925.0, 1007.2, 0.2}, &random, &worse, &err),
               CUXAS_ERANGE);
  how = (cuxas_degradation){0};
  CHECK_STATUS(cuxas_degrade(LATTICE, perfect, &how, (cuxas_scan_range){925.0, 926.0, 0.2}, &random, &worse, &err),
               CUXAS_ERANGE);
  cuxas_spectrum_free(plain);
}

int main(void)
{
  RUN(test_good_scan_has_no_warning);
  RUN(test_mild_slope_and_pedestal_are_no_reason_to_warn);
  RUN(test_missing_second_edge_is_told);
  RUN(test_short_scan_with_both_edges_is_told);
  RUN(test_energy_axis_that_is_off_is_told);
  RUN(test_stretched_energy_axis_is_told);
  RUN(test_saturation_is_suspected);
  RUN(test_saturation_that_hides_an_edge_is_suspected);
  RUN(test_noise_is_told);
  RUN(test_noise_is_measured);
  RUN(test_degradation_does_what_it_says);
  return CHECK_REPORT();
}
