/* What is read off a doublet: known curves give back what they were made of; noise gives errors of its size. */
#include "base/random.h"
#include "check.h"
#include "spectrum/edge_shape.h"

#include "cuxas/measured.h"
#include <gsl/gsl_math.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_ENERGY = 426 }; /* 915 to 1000 eV */

static const cuxas_grid        GRID   = {915.0, 0.2, N_ENERGY};
static const cuxas_edge_window EDGE[] = {{"L3", 0.0}, {"L2", 19.8}};

static double step(double x)
{
  return 0.5 + atan(2.0 * x) / M_PI;
}

static double line(double x, double fwhm)
{
  return exp(-4.0 * M_LN2 * (x / fwhm) * (x / fwhm));
}

/* The slope of a step moves a peak up and takes from its area: hence the tolerances below. Steps 2/3 and 1/3 at 931 and 950.8 eV, white lines of area 4 and 2 (unit: the step), full widths 1.5 and 1.8 eV. */
static void make_doublet(double gain, double pedestal, double noise, uint64_t seed, double *mu)
{
  for (size_t i = 0; i < N_ENERGY; i++) {
    const double e    = cuxas_grid_energy_eV(GRID, i);
    const double unit = sqrt(4.0 * M_LN2 / M_PI); /* height of a line of area 1 and width 1 */
    mu[i] = 2.0 / 3.0 * step(e - 931.0) + 1.0 / 3.0 * step(e - 950.8) + 4.0 * unit / 1.5 * line(e - 931.0, 1.5) +
            2.0 * unit / 1.8 * line(e - 950.8, 1.8);
    mu[i] = pedestal + gain * (mu[i] + noise * random_normal(&seed));
  }
}

static cuxas_edge_shape shape_of(const double *mu, size_t n_energy)
{
  cuxas_edge_shape shape;
  CHECK_STATUS(cuxas_edge_shape_find((cuxas_grid){915.0, 0.2, n_energy}, mu, 0.0, EDGE, 2, &shape, NULL), CUXAS_OK);
  return shape;
}

static void test_doublet_gives_back_what_it_was_made_of(void)
{
  double mu[N_ENERGY];
  make_doublet(1.0, 0.0, 0.0, 1, mu);
  const cuxas_edge_shape shape = shape_of(mu, N_ENERGY);
  CHECK(shape.n_edge == 2);
  CHECK_NEAR(shape.edge[0].peak_eV.value, 931.0, 0.15);
  CHECK_NEAR(shape.edge[1].peak_eV.value, 950.8, 0.15);
  CHECK_NEAR(shape.splitting_eV.value, 19.8, 0.1);
  CHECK_NEAR(shape.edge[0].area.value, 4.0, 0.2);
  CHECK_NEAR(shape.edge[1].area.value, 2.0, 0.2);
  CHECK_NEAR(shape.area_ratio.value, 2.0, 0.15);
  CHECK_NEAR(shape.edge[0].width_eV.value, 1.5, 0.25); /* the step below one side widens it */
  CHECK_NEAR(shape.edge[0].height.value, (1.0 / 3.0 + 4.0 * sqrt(4.0 * M_LN2 / M_PI) / 1.5) / (2.0 / 3.0), 0.25);
}

static void test_gain_and_pedestal_do_not_matter(void)
{
  double mu[N_ENERGY], other[N_ENERGY];
  make_doublet(1.0, 0.0, 0.002, 5, mu);
  make_doublet(37.0, 12.0, 0.002, 5, other);
  const cuxas_edge_shape a = shape_of(mu, N_ENERGY), b = shape_of(other, N_ENERGY);
  CHECK_NEAR(a.edge[0].height.value, b.edge[0].height.value, 1e-9);
  CHECK_NEAR(a.area_ratio.value, b.area_ratio.value, 1e-9);
  CHECK_NEAR(a.area_ratio.sd, b.area_ratio.sd, 1e-9);
}

/* Of 60 noisy curves about two thirds lie within one error of the truth, nearly all within three. */
static void test_errors_are_as_large_as_noise_makes_them(void)
{
  double mu[N_ENERGY];
  size_t within_one = 0, within_three = 0;
  make_doublet(1.0, 0.0, 0.0, 1, mu);
  const double truth = shape_of(mu, N_ENERGY).area_ratio.value;
  for (uint64_t seed = 1; seed <= 60; seed++) {
    make_doublet(1.0, 0.0, 0.02, seed, mu);
    const cuxas_estimate ratio = shape_of(mu, N_ENERGY).area_ratio;
    within_one += fabs(ratio.value - truth) <= ratio.sd;
    within_three += fabs(ratio.value - truth) <= 3.0 * ratio.sd;
  }
  CHECK(within_one >= 28 && within_one <= 54);
  CHECK(within_three >= 57);
}

/* Noise is put into a bundled curve, which is prepared as any scan: the numbers scatter as their errors say. */
static void test_errors_hold_for_a_bundled_curve_that_is_smoothed(void)
{
  enum { N_COPY = 40, N_NUMBER = 6 };
  const cuxas_preprocess_settings how     = cuxas_preprocess_defaults();
  const cuxas_grid                lattice = {920.0, 0.2, 300};
  cuxas_spectrum                 *spectrum;
  cuxas_measured_info            *info;
  double                          value[N_NUMBER][N_COPY], sd[N_NUMBER] = {0.0};
  uint64_t                        random = 11;
  CHECK_STATUS(cuxas_measured_read("refdb/spectra/CuO_PFY.csv", NULL, &spectrum, &info, NULL), CUXAS_OK);
  double *clean = calloc(spectrum->n_point, sizeof *clean);
  if (clean == NULL) abort();
  memcpy(clean, spectrum->mu, spectrum->n_point * sizeof *clean);
  const double noise = 0.01 * gsl_stats_max(clean, 1, spectrum->n_point);
  for (size_t k = 0; k < N_COPY; k++) {
    cuxas_prepared  *prepared;
    cuxas_edge_shape shape;
    for (size_t i = 0; i < spectrum->n_point; i++) spectrum->mu[i] = clean[i] + noise * random_normal(&random);
    CHECK_STATUS(cuxas_preprocess_measured(spectrum, "CuO", lattice, &how, &prepared, NULL), CUXAS_OK);
    CHECK_STATUS(cuxas_edge_shape_find(prepared->grid, prepared->mu, how.smooth_eV, EDGE, 2, &shape, NULL), CUXAS_OK);
    const cuxas_estimate number[N_NUMBER] = {shape.edge[0].onset_eV, shape.edge[0].peak_eV, shape.edge[0].width_eV,
                                             shape.edge[0].height,   shape.splitting_eV,    shape.area_ratio};
    for (size_t j = 0; j < N_NUMBER; j++) value[j][k] = number[j].value, sd[j] += number[j].sd / N_COPY;
    cuxas_prepared_free(prepared);
  }
  for (size_t j = 0; j < N_NUMBER; j++) {
    const double ratio = sd[j] / gsl_stats_sd(value[j], 1, N_COPY);
    if (!(ratio > 0.6 && ratio < 1.7)) printf("    number %zu: error %g, scatter %g\n", j, sd[j], sd[j] / ratio);
    CHECK(ratio > 0.6 && ratio < 1.7);
  }
  free(clean);
  cuxas_spectrum_free(spectrum);
  cuxas_measured_info_free(info);
}

static void test_scan_without_a_second_edge_gives_the_first(void)
{
  double mu[N_ENERGY];
  make_doublet(1.0, 0.0, 0.0, 1, mu);
  const cuxas_edge_shape shape = shape_of(mu, 160); /* to 946.8 eV */
  CHECK(shape.n_edge == 1);
  CHECK_NEAR(shape.edge[0].peak_eV.value, 931.0, 0.15);
  CHECK(isfinite(shape.edge[0].height.value));
  CHECK(isnan(shape.splitting_eV.value) && isnan(shape.area_ratio.value));
}

static void test_scan_that_ends_early_has_no_areas(void)
{
  double mu[N_ENERGY];
  make_doublet(1.0, 0.0, 0.0, 1, mu);
  const cuxas_edge_shape shape = shape_of(mu, 215); /* to 957.8 eV: no level behind the second edge */
  CHECK(shape.n_edge == 2);
  CHECK(isfinite(shape.splitting_eV.value));
  CHECK(isnan(shape.edge[0].area.value) && isnan(shape.area_ratio.value));
}

static void test_flat_curve_has_no_numbers(void)
{
  double                 mu[N_ENERGY] = {0.0};
  const cuxas_edge_shape shape        = shape_of(mu, N_ENERGY);
  CHECK(isnan(shape.edge[0].onset_eV.value) && isnan(shape.edge[0].peak_eV.value));
}

int main(void)
{
  RUN(test_doublet_gives_back_what_it_was_made_of);
  RUN(test_gain_and_pedestal_do_not_matter);
  RUN(test_errors_are_as_large_as_noise_makes_them);
  RUN(test_errors_hold_for_a_bundled_curve_that_is_smoothed);
  RUN(test_scan_without_a_second_edge_gives_the_first);
  RUN(test_scan_that_ends_early_has_no_areas);
  RUN(test_flat_curve_has_no_numbers);
  return CHECK_REPORT();
}
