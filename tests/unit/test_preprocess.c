/* Tests of preprocess.h: each step against what is known beforehand, then the chain and what it refuses. */
#include "cuxas/preprocess.h"
#include "spectrum/preprocess_steps.h"

#include "check.h"
#include "spectrum/curve.h"

static const cuxas_grid LATTICE = {925.0, 0.2, 412};

/* An edge like Cu L3 with a white line: pedestal + step + peak. */
static double edge(double energy_eV, double pedestal)
{
  const double step = 1 / (1 + exp(-(energy_eV - 933) / 0.4)), distance = (energy_eV - 934) / 0.8;
  return pedestal + step + 1.5 * exp(-distance * distance);
}

static cuxas_spectrum *edge_scan(double start_eV, double step_eV, size_t n_point, double pedestal)
{
  cuxas_spectrum *spectrum = cuxas_spectrum_new(n_point);
  for (size_t i = 0; i < n_point; i++) {
    spectrum->energy_eV[i] = start_eV + (double)i * step_eV;
    spectrum->mu[i]        = edge(spectrum->energy_eV[i], pedestal);
  }
  return spectrum;
}

static cuxas_spectrum *points(size_t n_point, const double *energy_eV, const double *mu)
{
  cuxas_spectrum *spectrum = cuxas_spectrum_new(n_point);
  for (size_t i = 0; i < n_point; i++) {
    spectrum->energy_eV[i] = energy_eV[i];
    spectrum->mu[i]        = mu[i];
  }
  return spectrum;
}

/* Numbers in [-1, 1] that look random and are the same everywhere. */
static double jitter(size_t i)
{
  return 2.0 * (double)((i * 2654435761u) % 1000003u) / 1000003.0 - 1.0;
}

/* ---- Sorting ---- */

static void test_sort_orders_and_averages_duplicates(void)
{
  const double    energy_eV[] = {932, 930, 931, 930, 931.0000005, 930};
  const double    mu[]        = {5, 1, 2, 2, 4, 6};
  cuxas_spectrum *spectrum = points(6, energy_eV, mu), *sorted = NULL;
  size_t          n_merged = 0;
  CHECK_STATUS(cuxas_preprocess_sort(spectrum, &sorted, &n_merged, NULL), CUXAS_OK);
  CHECK(sorted->n_point == 3 && n_merged == 3);
  CHECK_NEAR(sorted->energy_eV[0], 930, 0);
  CHECK_NEAR(sorted->mu[0], 3, 1e-14);
  CHECK_NEAR(sorted->energy_eV[1], 931, 1e-6);
  CHECK_NEAR(sorted->mu[1], 3, 1e-14);
  CHECK_NEAR(sorted->mu[2], 5, 0);
  cuxas_spectrum_free(sorted);
  cuxas_spectrum_free(spectrum);
}

static void test_sort_does_not_depend_on_the_order_of_the_file(void)
{
  cuxas_spectrum *up = edge_scan(925, 0.1, 300, 0.3), *down = cuxas_spectrum_copy(up), *a = NULL, *b = NULL;
  for (size_t i = 0; i < up->n_point; i++) {
    down->energy_eV[i] = up->energy_eV[up->n_point - 1 - i];
    down->mu[i]        = up->mu[up->n_point - 1 - i];
  }
  CHECK_STATUS(cuxas_preprocess_sort(up, &a, NULL, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_preprocess_sort(down, &b, NULL, NULL), CUXAS_OK);
  CHECK(memcmp(a->mu, b->mu, a->n_point * sizeof *a->mu) == 0);
  CHECK(memcmp(a->energy_eV, b->energy_eV, a->n_point * sizeof *a->mu) == 0);
  CHECK(memcmp(a->energy_eV, up->energy_eV, a->n_point * sizeof *a->mu) == 0); /* lone points keep every bit */
  cuxas_spectrum_free(a);
  cuxas_spectrum_free(b);
  cuxas_spectrum_free(up);
  cuxas_spectrum_free(down);
}

static void test_sort_refuses_what_is_not_finite(void)
{
  const double    energy_eV[] = {930, 931}, mu[] = {1, NAN};
  cuxas_spectrum *spectrum = points(2, energy_eV, mu), *sorted = NULL;
  CHECK_STATUS(cuxas_preprocess_sort(spectrum, &sorted, NULL, NULL), CUXAS_ENUMERIC);
  CHECK(sorted == NULL);
  cuxas_spectrum_free(spectrum);
}

/* ---- Smoothing ---- */

static void test_smoothing_of_width_zero_is_identity(void)
{
  cuxas_spectrum *spectrum = edge_scan(925, 0.1, 300, 0.3), *smooth = NULL;
  CHECK_STATUS(cuxas_preprocess_smooth(spectrum, 0, &smooth, NULL), CUXAS_OK);
  CHECK(memcmp(smooth->mu, spectrum->mu, spectrum->n_point * sizeof *spectrum->mu) == 0);
  cuxas_spectrum_free(smooth);
  cuxas_spectrum_free(spectrum);
}

static void test_smoothing_leaves_constants_alone_on_any_points(void)
{
  cuxas_spectrum *spectrum = cuxas_spectrum_new(200), *smooth = NULL;
  for (size_t i = 0; i < 200; i++) {
    spectrum->energy_eV[i] = 930 + 0.1 * (double)i + 0.04 * jitter(i);
    spectrum->mu[i]        = 7.3;
  }
  CHECK_STATUS(cuxas_preprocess_smooth(spectrum, 0.5, &smooth, NULL), CUXAS_OK);
  for (size_t i = 0; i < 200; i++) CHECK(smooth->mu[i] == 7.3);
  cuxas_spectrum_free(smooth);
  cuxas_spectrum_free(spectrum);
}

/* exp(-(E/a)^2) convolved with exp(-(E/s)^2) / (s sqrt(pi)) is a/b exp(-(E/b)^2) with b^2 = a^2 + s^2. */
static void test_smoothing_broadens_a_gaussian_as_theory_says(void)
{
  const double    a = 0.8, s = 0.6, b = 1.0;
  cuxas_spectrum *spectrum = cuxas_spectrum_new(401), *smooth = NULL;
  for (size_t i = 0; i < 401; i++) {
    const double distance  = -10 + 0.05 * (double)i;
    spectrum->energy_eV[i] = 940 + distance;
    spectrum->mu[i]        = exp(-distance * distance / (a * a));
  }
  CHECK_STATUS(cuxas_preprocess_smooth(spectrum, s, &smooth, NULL), CUXAS_OK);
  for (size_t i = 0; i < 401; i += 10) {
    const double distance = spectrum->energy_eV[i] - 940;
    CHECK_NEAR(smooth->mu[i], a / b * exp(-distance * distance / (b * b)), 1e-6);
  }
  cuxas_spectrum_free(smooth);
  cuxas_spectrum_free(spectrum);
}

/* Where half of the axis is ten times denser, a straight line must still come out straight. */
static void test_smoothing_is_not_fooled_by_dense_stretches(void)
{
  cuxas_spectrum *spectrum = cuxas_spectrum_new(550), *smooth = NULL;
  for (size_t i = 0; i < 550; i++) {
    spectrum->energy_eV[i] = i < 500 ? 930 + 0.01 * (double)i : 935 + 0.1 * (double)(i - 500);
    spectrum->mu[i]        = spectrum->energy_eV[i] - 930;
  }
  CHECK_STATUS(cuxas_preprocess_smooth(spectrum, 0.3, &smooth, NULL), CUXAS_OK);
  for (size_t i = 150; i < 530; i++) CHECK_NEAR(smooth->mu[i], spectrum->mu[i], 0.01);
  cuxas_spectrum_free(smooth);
  cuxas_spectrum_free(spectrum);
}

static void test_smoothing_refuses_bad_width_and_order(void)
{
  const double    energy_eV[] = {930, 930, 931}, mu[] = {1, 2, 3};
  cuxas_spectrum *spectrum = points(3, energy_eV, mu), *smooth = NULL;
  CHECK_STATUS(cuxas_preprocess_smooth(spectrum, 0.2, &smooth, NULL), CUXAS_ERANGE);
  spectrum->energy_eV[1] = 930.5;
  CHECK_STATUS(cuxas_preprocess_smooth(spectrum, -0.2, &smooth, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_preprocess_smooth(spectrum, NAN, &smooth, NULL), CUXAS_ERANGE);
  CHECK(smooth == NULL);
  cuxas_spectrum_free(spectrum);
}

/* ---- Pedestal ---- */

static void test_pedestal_is_the_level_of_the_pre_edge(void)
{
  cuxas_spectrum *spectrum = edge_scan(920, 0.1, 500, 3.0);
  cuxas_pedestal  pedestal;
  for (size_t i = 0; i < spectrum->n_point; i++) spectrum->mu[i] += 0.01 * jitter(i);
  spectrum->mu[20] += 0.5; /* a spike does not matter */
  CHECK_STATUS(cuxas_preprocess_find_pedestal(spectrum, &pedestal, NULL), CUXAS_OK);
  CHECK(pedestal.is_pre_edge);
  CHECK_NEAR(pedestal.level, 3.0, 0.003);
  CHECK_NEAR(pedestal.fraction, 3.0 / 5.45, 0.02);
  CHECK(pedestal.from_eV == spectrum->energy_eV[0] && pedestal.to_eV < 931);
  cuxas_preprocess_subtract(spectrum, pedestal.level);
  CHECK_NEAR(spectrum->mu[50], 0, 0.02);
  cuxas_spectrum_free(spectrum);
}

static void test_pedestal_of_a_scan_without_pre_edge_is_its_lowest_level(void)
{
  cuxas_spectrum *spectrum = edge_scan(931.5, 0.1, 400, 1.0);
  cuxas_pedestal  pedestal;
  CHECK_STATUS(cuxas_preprocess_find_pedestal(spectrum, &pedestal, NULL), CUXAS_OK);
  CHECK(!pedestal.is_pre_edge);
  CHECK_NEAR(pedestal.level, 1.04, 0.03);
  CHECK_NEAR(pedestal.from_eV, 931.5, 1e-9);
  cuxas_spectrum_free(spectrum);
}

/* Behind a white line the curve may dip below where a scan begins that has no pre-edge: that is no pedestal. */
static void test_a_dip_behind_the_white_line_is_no_pedestal(void)
{
  cuxas_spectrum *spectrum = edge_scan(931.5, 0.1, 400, 1.0);
  cuxas_pedestal  pedestal;
  for (size_t i = 0; i < spectrum->n_point; i++) {
    const double distance = (spectrum->energy_eV[i] - 938.0) / 1.5;
    spectrum->mu[i] -= 1.5 * exp(-distance * distance);
  }
  CHECK_STATUS(cuxas_preprocess_find_pedestal(spectrum, &pedestal, NULL), CUXAS_OK);
  CHECK(!pedestal.is_pre_edge);
  CHECK_NEAR(pedestal.level, 1.04, 0.03);
  CHECK_NEAR(pedestal.from_eV, 931.5, 1e-9);
  cuxas_spectrum_free(spectrum);
}

static void test_a_falling_background_is_no_pre_edge(void)
{
  cuxas_spectrum *spectrum = edge_scan(900, 0.2, 400, 0.0);
  cuxas_pedestal  pedestal;
  for (size_t i = 0; i < spectrum->n_point; i++) spectrum->mu[i] += 20 * exp(-(spectrum->energy_eV[i] - 900) / 15);
  CHECK_STATUS(cuxas_preprocess_find_pedestal(spectrum, &pedestal, NULL), CUXAS_OK);
  CHECK(!pedestal.is_pre_edge);
  cuxas_spectrum_free(spectrum);
}

static void test_pedestal_of_nothing_is_refused(void)
{
  cuxas_spectrum *spectrum = cuxas_spectrum_new(0);
  cuxas_pedestal  pedestal;
  CHECK_STATUS(cuxas_preprocess_find_pedestal(spectrum, &pedestal, NULL), CUXAS_ERANGE);
  cuxas_spectrum_free(spectrum);
}

/* ---- Cropping, covering, resampling ---- */

static void test_crop_keeps_its_borders(void)
{
  const double    energy_eV[] = {930, 931, 932, 933}, mu[] = {1, 2, 3, 4};
  cuxas_spectrum *spectrum = points(4, energy_eV, mu), *cropped = NULL;
  CHECK_STATUS(cuxas_preprocess_crop(spectrum, 931, 932, &cropped, NULL), CUXAS_OK);
  CHECK(cropped->n_point == 2 && cropped->mu[0] == 2 && cropped->mu[1] == 3);
  cuxas_spectrum_free(cropped);
  CHECK_STATUS(cuxas_preprocess_crop(spectrum, -INFINITY, INFINITY, &cropped, NULL), CUXAS_OK);
  CHECK(cropped->n_point == 4);
  cuxas_spectrum_free(cropped);
  CHECK_STATUS(cuxas_preprocess_crop(spectrum, 934, 940, &cropped, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_preprocess_crop(spectrum, 932, 931, &cropped, NULL), CUXAS_ERANGE);
  cuxas_spectrum_free(spectrum);
}

static void test_covered_grid_lies_on_the_lattice(void)
{
  static const struct {
    double min_eV, max_eV;
    bool   beyond;
    double start_eV;
    size_t n_energy;
  } CASES[] = {
      {925.41, 930.05, false, 925.6, 23}, {925.4, 930.0, false, 925.4, 24}, /* borders count, whatever their last bit */
      {914.0, 999.6, false, 925.0, 374},  {914.01, 999.6, true, 914.2, 428}, {930.0, 2000., false, 930.0, 387},
      {930.05, 930.15, false, 930.2, 0},  {800.0, 900.0, false, 925.0, 0},   {1010., 1020., false, 1010., 0},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
    cuxas_grid grid;
    CHECK_STATUS(cuxas_preprocess_cover(LATTICE, CASES[i].min_eV, CASES[i].max_eV, CASES[i].beyond, &grid, NULL),
                 CUXAS_OK);
    CHECK(grid.n_energy == CASES[i].n_energy);
    CHECK(grid.step_eV == LATTICE.step_eV);
    if (grid.n_energy == 0) continue;
    CHECK_NEAR(grid.start_eV, CASES[i].start_eV, 1e-9);
    CHECK(grid.start_eV >= CASES[i].min_eV - CUXAS_PREPROCESS_SAME_EV);
    CHECK(cuxas_grid_end_eV(grid) <= CASES[i].max_eV + CUXAS_PREPROCESS_SAME_EV);
  }
  cuxas_grid grid;
  CHECK_STATUS(cuxas_preprocess_cover((cuxas_grid){925, 0, 10}, 925, 930, false, &grid, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_preprocess_cover(LATTICE, 925, INFINITY, false, &grid, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_preprocess_cover(LATTICE, 1, 1e6, true, &grid, NULL), CUXAS_ERANGE);
}

static void test_resampling_meets_points_and_straight_lines(void)
{
  static const cuxas_interpolation KIND[]   = {CUXAS_INTERPOLATE_LINEAR, CUXAS_INTERPOLATE_STEFFEN};
  cuxas_spectrum                  *spectrum = cuxas_spectrum_new(101);
  double                           mu[251];
  for (size_t i = 0; i < 101; i++) {
    spectrum->energy_eV[i] = 925 + 0.5 * (double)i + (i > 0 && i < 100 ? 0.1 * jitter(i) : 0);
    spectrum->mu[i]        = 2 * spectrum->energy_eV[i] - 1000;
  }
  for (size_t i_kind = 0; i_kind < 2; i_kind++) {
    const cuxas_grid grid = {925, 0.2, 251};
    CHECK_STATUS(cuxas_preprocess_resample(spectrum, grid, KIND[i_kind], mu, NULL), CUXAS_OK);
    for (size_t i = 0; i < 251; i++) CHECK_NEAR(mu[i], 2 * cuxas_grid_energy_eV(grid, i) - 1000, 1e-9);
  }
  cuxas_spectrum_free(spectrum);
}

static void test_steffen_stays_between_neighbours(void)
{
  const double     energy_eV[] = {930, 931, 932, 933, 934, 935}, value[] = {0, 0, 1, 1, 0.2, 0};
  cuxas_spectrum  *spectrum = points(6, energy_eV, value);
  const cuxas_grid grid     = {930, 0.1, 51};
  double           mu[51];
  CHECK_STATUS(cuxas_preprocess_resample(spectrum, grid, CUXAS_INTERPOLATE_STEFFEN, mu, NULL), CUXAS_OK);
  for (size_t i = 0; i < 51; i++) {
    const size_t i_left = i / 10 < 5 ? i / 10 : 4;
    CHECK(mu[i] >= fmin(value[i_left], value[i_left + 1]) - 1e-12);
    CHECK(mu[i] <= fmax(value[i_left], value[i_left + 1]) + 1e-12);
  }
  cuxas_spectrum_free(spectrum);
}

static void test_resampling_never_extrapolates(void)
{
  cuxas_spectrum *spectrum = edge_scan(926, 0.1, 300, 0);
  double          mu[50];
  CHECK_STATUS(cuxas_preprocess_resample(spectrum, (cuxas_grid){925.8, 0.2, 50}, CUXAS_INTERPOLATE_LINEAR, mu, NULL),
               CUXAS_ERANGE);
  CHECK_STATUS(cuxas_preprocess_resample(spectrum, (cuxas_grid){950, 0.2, 50}, CUXAS_INTERPOLATE_LINEAR, mu, NULL),
               CUXAS_ERANGE);
  spectrum->n_point = 2;
  CHECK_STATUS(cuxas_preprocess_resample(spectrum, (cuxas_grid){926, 0.1, 2}, CUXAS_INTERPOLATE_STEFFEN, mu, NULL),
               CUXAS_ERANGE);
  spectrum->n_point      = 300;
  spectrum->energy_eV[1] = 930;
  CHECK_STATUS(cuxas_preprocess_resample(spectrum, (cuxas_grid){926, 0.1, 2}, CUXAS_INTERPOLATE_LINEAR, mu, NULL),
               CUXAS_ERANGE);
  cuxas_spectrum_free(spectrum);
}

/* ---- The chain ---- */

static void test_chain_recovers_a_known_curve(void)
{
  cuxas_spectrum *spectrum = edge_scan(920.03, 0.05, 1200, 2.0);
  cuxas_prepared *prepared = NULL;
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", LATTICE, NULL, &prepared, NULL), CUXAS_OK);
  if (prepared != NULL) {
    CHECK(prepared->grid.n_energy == 275);
    CHECK_NEAR(prepared->grid.start_eV, 925, 1e-9);
    CHECK_NEAR(cuxas_grid_end_eV(prepared->grid), 979.8, 1e-9);
    for (size_t i = 0; i < prepared->grid.n_energy; i++)
      CHECK_NEAR(prepared->mu[i], edge(cuxas_grid_energy_eV(prepared->grid, i), 0), 0.06); /* what s = 0.2 eV takes */
  }
  cuxas_prepared_free(prepared);

  cuxas_preprocess_settings sharp = cuxas_preprocess_defaults();
  sharp.smooth_eV                 = 0;
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", LATTICE, &sharp, &prepared, NULL), CUXAS_OK);
  for (size_t i = 0; prepared != NULL && i < prepared->grid.n_energy; i++)
    CHECK_NEAR(prepared->mu[i], edge(cuxas_grid_energy_eV(prepared->grid, i), 0), 0.002);
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(spectrum);
}

static void test_chain_records_its_steps(void)
{
  cuxas_spectrum           *spectrum = edge_scan(920, 0.1, 600, 0.1);
  cuxas_prepared           *prepared = NULL;
  cuxas_preprocess_settings settings = cuxas_preprocess_defaults();
  settings.crop_min_eV               = 926;
  settings.crop_max_eV               = 960;
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", LATTICE, &settings, &prepared, NULL), CUXAS_OK);
  if (prepared != NULL) {
    static const char *const NAMES[] = {"sort", "smooth", "pedestal", "crop", "resample"};
    CHECK(prepared->n_step == 5);
    for (size_t i = 0; i < 5; i++) CHECK_TEXT(prepared->step[i].name, NAMES[i]);
    CHECK_TEXT(prepared->step[1].number[0].name, "smooth_eV");
    CHECK_NEAR(prepared->step[1].number[0].value, 0.2, 0);
    CHECK_NEAR(prepared->step[2].number[0].value, 0.1, 1e-3);
    CHECK(prepared->step[4].n_point == prepared->grid.n_energy);
    CHECK_NEAR(prepared->grid.start_eV, 926, 1e-9);
    CHECK_NEAR(cuxas_grid_end_eV(prepared->grid), 960, 1e-9);
    CHECK(prepared->warnings.n_warning == 0);
  }
  cuxas_prepared_free(prepared);

  settings                   = cuxas_preprocess_defaults();
  settings.smooth_eV         = 0;
  settings.subtract_pedestal = false;
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", LATTICE, &settings, &prepared, NULL), CUXAS_OK);
  CHECK(prepared != NULL && prepared->n_step == 2);
  CHECK(prepared != NULL && fabs(prepared->mu[0] - 0.1) < 1e-3);
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(spectrum);
}

static void test_chain_can_go_beyond_the_lattice(void)
{
  cuxas_spectrum           *spectrum = edge_scan(915, 0.1, 1001, 0.1);
  cuxas_prepared           *prepared = NULL;
  cuxas_preprocess_settings settings = cuxas_preprocess_defaults();
  settings.beyond_lattice            = true;
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", LATTICE, &settings, &prepared, NULL), CUXAS_OK);
  CHECK(prepared != NULL && fabs(prepared->grid.start_eV - 915) < 1e-9 && prepared->grid.n_energy == 501);
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(spectrum);
}

/* Both rims of a drawn line, energies going back and forth: the curve between them must come out. */
static void test_chain_cleans_a_digitised_line(void)
{
  const size_t    n_point  = 8000;
  cuxas_spectrum *spectrum = cuxas_spectrum_new(n_point);
  cuxas_prepared *prepared = NULL;
  for (size_t i = 0; i < n_point; i++) {
    spectrum->energy_eV[i] = 920 + 60 * (double)i / (double)n_point + 0.05 * jitter(i);
    spectrum->mu[i]        = edge(spectrum->energy_eV[i], 0.5) + (i % 2 ? 0.05 : -0.05);
  }
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", LATTICE, NULL, &prepared, NULL), CUXAS_OK);
  for (size_t i = 2; prepared != NULL && i + 2 < prepared->grid.n_energy; i++) {
    const double energy_eV = cuxas_grid_energy_eV(prepared->grid, i);
    CHECK_NEAR(prepared->mu[i], edge(energy_eV, 0), 0.08);
    if (energy_eV > 940) CHECK_NEAR(prepared->mu[i], 1, 0.02); /* a fifth of the line's width is left */
  }
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(spectrum);
}

static void check_refused(cuxas_spectrum *spectrum, cuxas_status status, const char *reason)
{
  cuxas_prepared *prepared = NULL;
  cuxas_error     err      = {0};
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan.csv", LATTICE, NULL, &prepared, &err), status);
  CHECK_CONTAINS(err.message, "scan.csv: ");
  CHECK_CONTAINS(err.message, reason);
  CHECK(prepared == NULL);
  cuxas_spectrum_free(spectrum);
}

/* Background of a kind on an edge scan that begins at 915 eV: taken off, the curve is the bare one. */
static void check_background(cuxas_pre_edge kind, double (*background)(double energy_eV))
{
  cuxas_preprocess_settings settings = cuxas_preprocess_defaults();
  cuxas_spectrum           *spectrum = edge_scan(915.0, 0.1, 900, 0.0), *bare = edge_scan(915.0, 0.1, 900, 0.0);
  cuxas_prepared           *with = NULL, *without = NULL;
  for (size_t i = 0; i < spectrum->n_point; i++) spectrum->mu[i] += background(spectrum->energy_eV[i]);
  settings.pre_edge         = kind;
  settings.pre_edge_low_eV  = 916.0;
  settings.pre_edge_high_eV = 926.0;
  CHECK_STATUS(cuxas_preprocess_measured(bare, "bare", LATTICE, NULL, &without, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", LATTICE, &settings, &with, NULL), CUXAS_OK);
  CHECK(with->grid.n_energy == without->grid.n_energy);
  for (size_t i = 0; i < with->grid.n_energy; i++) CHECK_NEAR(with->mu[i], without->mu[i], 1e-4);
  CHECK_TEXT(with->step[1].name, "pre-edge");
  CHECK_NEAR(with->step[1].number[0].value, 916.0, 0.11);
  CHECK_TEXT(with->step[1].number[3].name, "level_at_end");
  CHECK_NEAR(with->step[1].number[3].value, background(with->step[1].number[1].value), 1e-3);
  cuxas_prepared_free(with);
  cuxas_prepared_free(without);
  cuxas_spectrum_free(spectrum);
  cuxas_spectrum_free(bare);
}

static double slope_of_scan(double energy_eV)
{
  return 3.0 - 0.02 * (energy_eV - 920.0);
}

static double losses(double energy_eV)
{
  return 4.0 * pow(energy_eV / 920.0, -6.0);
}

static void test_background_before_the_edge_is_taken_off(void)
{
  check_background(CUXAS_PRE_EDGE_LINE, slope_of_scan);
  check_background(CUXAS_PRE_EDGE_POWER, losses);
}

/* What a curve is left with when nobody says what to take off. */
static void check_unasked(const cuxas_spectrum *spectrum, bool is_loss, const char *taken, const char *of)
{
  cuxas_preprocess_settings settings = cuxas_preprocess_defaults();
  cuxas_prepared           *prepared = NULL;
  settings.is_loss                   = is_loss;
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, of, LATTICE, &settings, &prepared, NULL), CUXAS_OK);
  const bool is_taken = strcmp(prepared->step[1].name, "pre-edge") == 0;
  CHECK_TEXT(is_taken ? prepared->step[1].number[2].name : "nothing", taken);

  cuxas_prepared_free(prepared);
}

static void test_a_background_that_slopes_is_taken_off_unasked(void)
{
  cuxas_spectrum *flat = edge_scan(915.0, 0.1, 900, 0.0), *falls = cuxas_spectrum_copy(flat),
                 *rises = cuxas_spectrum_copy(flat), *dip = cuxas_spectrum_copy(flat),
                 *late = edge_scan(927.0, 0.1, 500, 0.0), *noisy = cuxas_spectrum_copy(flat);
  for (size_t i = 0; i < flat->n_point; i++) {
    falls->mu[i] += slope_of_scan(flat->energy_eV[i]);
    rises->mu[i] -= slope_of_scan(flat->energy_eV[i]);
    dip->mu[i] = slope_of_scan(flat->energy_eV[i]) - 3.0 * flat->mu[i];
    noisy->mu[i] += (i % 3 == 0 ? 0.4 : -0.2) - 0.0002 * (double)i;
  }
  for (size_t i = 0; i < late->n_point; i++) late->mu[i] += slope_of_scan(late->energy_eV[i]);
  check_unasked(flat, false, "nothing", "flat");
  check_unasked(falls, false, "slope_per_eV", "falls");
  check_unasked(falls, true, "exponent", "falls, a loss");
  check_unasked(rises, false, "slope_per_eV", "rises");
  check_unasked(rises, true, "slope_per_eV", "rises, a loss");
  check_unasked(dip, false, "nothing", "upside down");
  check_unasked(late, false, "nothing", "begins just before the edge");
  check_unasked(noisy, false, "nothing", "noisy");
  cuxas_spectrum *all[] = {flat, falls, rises, dip, late, noisy};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) cuxas_spectrum_free(all[i]);
}

/* Lorentzian lines and arctangents reach far below an edge; with a line under them the line goes, and they stay. */
static void test_tails_of_an_edge_are_no_background_that_rises(void)
{
  static const double START_EV[] = {895.0, 905.0, 915.0, 920.0, 922.0, 925.0}, WIDTH_EV[] = {0.5, 1.2, 2.5};
  for (size_t i = 0; i < sizeof START_EV / sizeof *START_EV; i++)
    for (size_t k = 0; k < 2 * sizeof WIDTH_EV / sizeof *WIDTH_EV; k++) {
      const double    half_eV = 0.5 * WIDTH_EV[k / 2], line_height = k % 2 == 0 ? 1.0 : 20.0;
      cuxas_spectrum *tails = edge_scan(START_EV[i], 0.1, (size_t)((998.0 - START_EV[i]) / 0.1), 0.0), *rises;
      for (size_t n = 0; n < tails->n_point; n++) {
        const double x = (tails->energy_eV[n] - 932.0) / half_eV;
        tails->mu[n]   = 0.5 + atan(x) / 3.14159265 + line_height / (1.0 + x * x) + (n % 2 == 0 ? 1e-3 : -1e-3);
      }
      check_unasked(tails, false, "nothing", "tails");
      rises = cuxas_spectrum_copy(tails);
      for (size_t n = 0; n < rises->n_point; n++)
        rises->mu[n] += 0.15 * line_height * (rises->energy_eV[n] - 890.0) / 100.0;
      /* wider and higher lines hide it */
      if (START_EV[i] <= 915.0 && k < 4) check_unasked(rises, false, "slope_per_eV", "tails on a line");
      cuxas_spectrum_free(rises);
      cuxas_spectrum_free(tails);
    }
}

static void test_background_that_cannot_be_fitted_is_refused(void)
{
  cuxas_preprocess_settings settings = cuxas_preprocess_defaults();
  cuxas_spectrum           *spectrum = edge_scan(927.9, 0.1, 500, -0.5);
  cuxas_prepared           *prepared = NULL;
  settings.pre_edge                  = CUXAS_PRE_EDGE_LINE;
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", LATTICE, &settings, &prepared, NULL), CUXAS_ERANGE);
  settings.pre_edge         = CUXAS_PRE_EDGE_POWER; /* of negative values */
  settings.pre_edge_high_eV = 930.0;
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", LATTICE, &settings, &prepared, NULL), CUXAS_ERANGE);
  CHECK(prepared == NULL);
  cuxas_spectrum_free(spectrum);
}

static void test_a_moved_axis_moves_the_curve(void)
{
  cuxas_preprocess_settings settings = cuxas_preprocess_defaults();
  cuxas_spectrum           *spectrum = edge_scan(915.0, 0.1, 900, 0.0), *moved = edge_scan(915.0, 0.1, 900, 0.0);
  cuxas_prepared           *with = NULL, *without = NULL;
  for (size_t i = 0; i < moved->n_point; i++) moved->energy_eV[i] -= 0.8;
  settings.axis_shift_eV = 0.8;
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", LATTICE, NULL, &without, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_preprocess_measured(moved, "scan", LATTICE, &settings, &with, NULL), CUXAS_OK);
  for (size_t i = 0; i < with->grid.n_energy; i++) CHECK_NEAR(with->mu[i], without->mu[i], 1e-9);
  CHECK_TEXT(with->step[1].name, "calibrate");
  CHECK_NEAR(with->step[1].number[0].value, 0.8, 0.0);
  cuxas_prepared_free(with);
  cuxas_prepared_free(without);
  cuxas_spectrum_free(spectrum);
  cuxas_spectrum_free(moved);
}

static void test_chain_refuses_what_cannot_be_compared(void)
{
  check_refused(edge_scan(925, 1, 10, 0), CUXAS_ERANGE, "only 10 distinct energies");
  check_refused(edge_scan(930, 0.1, 90, 0), CUXAS_ERANGE, "cover only 8.8 eV");
  check_refused(edge_scan(0.92, 1e-4, 900, 0), CUXAS_ENUMERIC, "flat");
  cuxas_spectrum *kev = edge_scan(920, 0.1, 900, 0);
  for (size_t i = 0; i < kev->n_point; i++) kev->energy_eV[i] /= 1000;
  check_refused(kev, CUXAS_ERANGE, "are these keV?");
  cuxas_spectrum *mistaken = edge_scan(920, 0.1, 900, 0);
  for (size_t i = 0; i < mistaken->n_point; i++) mistaken->energy_eV[i] *= 1000;
  check_refused(mistaken, CUXAS_ERANGE, "were eV taken for keV?");
  cuxas_spectrum *iron = edge_scan(920, 0.1, 900, 0);
  for (size_t i = 0; i < iron->n_point; i++) iron->energy_eV[i] -= 225;
  check_refused(iron, CUXAS_ERANGE, "do not meet the model's 925 to 1007.2 eV");
  check_refused(edge_scan(920, 1.2, 60, 0), CUXAS_ERANGE, "median step of 1.2 eV is too coarse");
  cuxas_spectrum *flat = edge_scan(920, 0.1, 900, 0);
  for (size_t i = 0; i < flat->n_point; i++) flat->mu[i] = 2;
  check_refused(flat, CUXAS_ENUMERIC, "the signal is flat");
  cuxas_spectrum *broken = edge_scan(920, 0.1, 900, 0);
  broken->mu[7]          = INFINITY;
  check_refused(broken, CUXAS_ENUMERIC, "point 8 is not a finite number");
  check_refused(cuxas_spectrum_new(0), CUXAS_ERANGE, "only 0 distinct energies");
}

/* A scan whose doubt contains the text; frees it. */
static void check_doubted(cuxas_spectrum *spectrum, const char *doubt)
{
  cuxas_prepared *prepared                                    = NULL;
  char            all[CUXAS_MAX_WARNING * CUXAS_WARNING_SIZE] = "";
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", LATTICE, NULL, &prepared, NULL), CUXAS_OK);
  for (size_t i = 0; prepared != NULL && i < prepared->warnings.n_warning; i++) strcat(all, prepared->warnings.text[i]);
  CHECK_CONTAINS(all, doubt);
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(spectrum);
}

static void test_chain_warns_of_what_is_doubtful(void)
{
  check_doubted(edge_scan(920, 0.7, 80, 0), "coarse scan: median step 0.7 eV");
  check_doubted(edge_scan(931.6, 0.1, 500, 0), "no pre-edge in the scan");
  check_doubted(edge_scan(920, 0.1, 500, 5), "the pedestal is 68 % of the maximum");
  cuxas_spectrum *gap = edge_scan(920, 0.1, 600, 0);
  for (size_t i = 300; i < 600; i++) gap->energy_eV[i] += 2;
  check_doubted(gap, "1 gap above 1 eV bridged by interpolation, the first from 949.90 to 952.00 eV");
  cuxas_spectrum *dip = edge_scan(920, 0.1, 600, 0);
  for (size_t i = 0; i < 600; i++) dip->mu[i] = -dip->mu[i];
  check_doubted(dip, "upside down");
}

/* Ten times the points in the same range: as fast as ten times fewer, and the same curve. */
static void test_dense_tables_are_smoothed_as_thin_ones(void)
{
  enum { N_THIN = 2001, N_DENSE = 400001 };
  cuxas_spectrum *thin = cuxas_spectrum_new(N_THIN), *dense = cuxas_spectrum_new(N_DENSE), *one = NULL, *other = NULL;
  for (size_t i = 0; i < N_THIN; i++) {
    thin->energy_eV[i] = 920 + 40.0 * (double)i / (N_THIN - 1);
    thin->mu[i]        = atan(thin->energy_eV[i] - 931);
  }
  for (size_t i = 0; i < N_DENSE; i++) {
    dense->energy_eV[i] = 920 + 40.0 * (double)i / (N_DENSE - 1);
    dense->mu[i]        = atan(dense->energy_eV[i] - 931);
  }
  CHECK_STATUS(cuxas_preprocess_smooth(thin, 0.2, &one, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_preprocess_smooth(dense, 0.2, &other, NULL), CUXAS_OK);
  const cuxas_grid grid = {921, 0.2, 190};
  double           a[190], b[190];
  CHECK(other->n_point < 20000);
  CHECK_STATUS(cuxas_preprocess_resample(one, grid, CUXAS_INTERPOLATE_STEFFEN, a, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_preprocess_resample(other, grid, CUXAS_INTERPOLATE_STEFFEN, b, NULL), CUXAS_OK);
  for (size_t i = 0; i < 190; i++) CHECK_NEAR(a[i], b[i], 1e-4);
  cuxas_spectrum_free(thin);
  cuxas_spectrum_free(dense);
  cuxas_spectrum_free(one);
  cuxas_spectrum_free(other);
}

static void test_the_true_cause_is_told(void)
{
  const cuxas_grid lattice  = {925, 0.2, 412};
  cuxas_spectrum  *spectrum = cuxas_spectrum_new(200);
  cuxas_prepared  *prepared = NULL;
  cuxas_error      err      = {0};
  for (size_t i = 0; i < 200; i++) {
    spectrum->energy_eV[i] = 1000 + 0.2 * (double)i; /* behind both edges */
    spectrum->mu[i]        = 1 + 0.001 * (double)i;
  }
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", lattice, NULL, &prepared, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "the scan starts at 1000 eV, behind the edge");
  for (size_t i = 0; i < 200; i++) {
    spectrum->energy_eV[i] = 922 + 0.2 * (double)i;
    spectrum->mu[i]        = 0.1 + 0.5 * atan(spectrum->energy_eV[i] - 931);
  }
  spectrum->mu[100] = 500;
  CHECK_STATUS(cuxas_preprocess_measured(spectrum, "scan", lattice, NULL, &prepared, NULL), CUXAS_OK);
  bool is_told = false;
  for (size_t i = 0; prepared != NULL && i < prepared->warnings.n_warning; i++)
    is_told |= strstr(prepared->warnings.text[i], "a spike: the point at 942.00 eV") != NULL;
  CHECK(is_told);
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(spectrum);
}

/* A white line of 0.8 eV on a step, 0.2 eV between points. */
static cuxas_spectrum *white_line(void)
{
  cuxas_spectrum *spectrum = cuxas_spectrum_new(250);
  for (size_t i = 0; i < spectrum->n_point; i++) {
    const double x         = 925.0 + 0.2 * (double)i;
    spectrum->energy_eV[i] = x;
    spectrum->mu[i]        = 0.5 + atan((x - 931.0) / 0.4) / 3.14159265 + 8.0 / (1.0 + pow((x - 931.4) / 0.4, 2));
  }
  return spectrum;
}

static void test_single_points_far_off_both_neighbours_are_mended_and_told(void)
{
  cuxas_spectrum *spectrum = white_line(), *clean = white_line();
  double          first_eV = 0.0;
  CHECK(cuxas_curve_mend_spikes(clean->energy_eV, clean->mu, clean->n_point, &first_eV) ==
        0); /* a sharp line is none */
  spectrum->mu[60] += 9.0;
  spectrum->mu[110] -= 3.0;
  CHECK(cuxas_curve_mend_spikes(spectrum->energy_eV, spectrum->mu, spectrum->n_point, &first_eV) == 2);
  CHECK_NEAR(first_eV, spectrum->energy_eV[60], 1e-12);
  for (size_t i = 0; i < spectrum->n_point; i++) CHECK_NEAR(spectrum->mu[i], clean->mu[i], 0.02);
  for (size_t i = 0; i < spectrum->n_point; i++) spectrum->mu[i] += i % 2 == 0 ? 0.5 : -0.5; /* noise is no spike */
  CHECK(cuxas_curve_mend_spikes(spectrum->energy_eV, spectrum->mu, spectrum->n_point, &first_eV) == 0);
  cuxas_spectrum_free(spectrum);
  cuxas_spectrum_free(clean);
}

int main(void)
{
  RUN(test_sort_orders_and_averages_duplicates);
  RUN(test_sort_does_not_depend_on_the_order_of_the_file);
  RUN(test_sort_refuses_what_is_not_finite);
  RUN(test_smoothing_of_width_zero_is_identity);
  RUN(test_smoothing_leaves_constants_alone_on_any_points);
  RUN(test_smoothing_broadens_a_gaussian_as_theory_says);
  RUN(test_smoothing_is_not_fooled_by_dense_stretches);
  RUN(test_smoothing_refuses_bad_width_and_order);
  RUN(test_pedestal_is_the_level_of_the_pre_edge);
  RUN(test_pedestal_of_a_scan_without_pre_edge_is_its_lowest_level);
  RUN(test_a_dip_behind_the_white_line_is_no_pedestal);
  RUN(test_a_falling_background_is_no_pre_edge);
  RUN(test_pedestal_of_nothing_is_refused);
  RUN(test_crop_keeps_its_borders);
  RUN(test_covered_grid_lies_on_the_lattice);
  RUN(test_resampling_meets_points_and_straight_lines);
  RUN(test_steffen_stays_between_neighbours);
  RUN(test_resampling_never_extrapolates);
  RUN(test_chain_recovers_a_known_curve);
  RUN(test_chain_records_its_steps);
  RUN(test_chain_can_go_beyond_the_lattice);
  RUN(test_chain_cleans_a_digitised_line);
  RUN(test_background_before_the_edge_is_taken_off);
  RUN(test_a_background_that_slopes_is_taken_off_unasked);
  RUN(test_tails_of_an_edge_are_no_background_that_rises);
  RUN(test_background_that_cannot_be_fitted_is_refused);
  RUN(test_a_moved_axis_moves_the_curve);
  RUN(test_chain_refuses_what_cannot_be_compared);
  RUN(test_chain_warns_of_what_is_doubtful);
  RUN(test_dense_tables_are_smoothed_as_thin_ones);
  RUN(test_the_true_cause_is_told);
  RUN(test_single_points_far_off_both_neighbours_are_mended_and_told);
  return CHECK_REPORT();
}
