#include "check.h"

#include "simulate/photoelectron_priv.h"
#include "base/units.h"

#include <gsl/gsl_sf_bessel.h>

/* A sphere of constant potential; density only has to be positive. */
static cuxas_wave_sphere make_well(double depth_hartree, double radius_bohr)
{
  static cuxas_scatterer scatterer;
  cuxas_wave_sphere      sphere    = {0};
  scatterer.atomic_number          = 1;
  scatterer.muffin_tin_radius_bohr = radius_bohr;
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) {
    scatterer.total_hartree[i] = -depth_hartree;
    scatterer.density[i]       = 0.1;
  }
  CHECK_STATUS(cuxas_wave_sphere_set(&scatterer, &sphere, NULL), CUXAS_OK);
  return sphere;
}

/* Relativistic: k^2 = 2 M E. */
static double complex wave_number(double complex energy)
{
  return csqrt(2.0 * energy * (1.0 + 0.5 * CUXAS_FINE_STRUCTURE * CUXAS_FINE_STRUCTURE * energy));
}

static double complex regular_bessel(int l, double complex z)
{
  double complex out[8], out_slope[8], in[8], in_slope[8];
  cuxas_spherical_hankel(z, l, out, out_slope, in, in_slope);
  return 0.5 * (out[l] + in[l]);
}

static void test_hankel_functions_are_bessel_functions_of_both_kinds(void)
{
  double complex out[5], out_slope[5], in[5], in_slope[5];
  for (double x = 0.7; x < 12.0; x += 0.9) {
    cuxas_spherical_hankel(x, 4, out, out_slope, in, in_slope);
    for (int l = 0; l <= 4; l++) {
      CHECK_NEAR(creal(out[l]), gsl_sf_bessel_jl(l, x), 1e-9);
      CHECK_NEAR(cimag(out[l]), gsl_sf_bessel_yl(l, x), 1e-9 * fabs(cimag(out[l])) + 1e-12);
      CHECK(cabs(in[l] - conj(out[l])) < 1e-12 * cabs(out[l]));
    }
  }
}

/* h1 h2' - h1' h2 = -2 i / z^2 also for complex arguments */
static void test_wronskian_holds_for_complex_arguments(void)
{
  const double complex z = 1.3 + 0.4 * I;
  double complex       out[5], out_slope[5], in[5], in_slope[5];
  cuxas_spherical_hankel(z, 4, out, out_slope, in, in_slope);
  for (int l = 0; l <= 4; l++)
    CHECK(cabs(out[l] * in_slope[l] - out_slope[l] * in[l] + 2.0 * I / (z * z)) < 1e-10 * cabs(out[l] * in_slope[l]));
}

static void test_empty_sphere_does_not_scatter(void)
{
  const cuxas_wave_sphere sphere = make_well(0.0, 2.4);
  static cuxas_wave_field field;
  const double complex    energy[] = {0.3, 0.3 + 0.02 * I, 2.0 + 0.3 * I};
  for (int e = 0; e < 3; e++) {
    cuxas_wave_field_set(&sphere, energy[e], NULL, &field);
    for (int l = 0; l <= 3; l++) {
      const cuxas_wave_channel channel = cuxas_wave_scalar(l);
      double complex           log_slope;
      cuxas_wave_regular(&field, &channel, 1, NULL, 0, &log_slope);
      CHECK(cabs(cuxas_wave_phase_shift(wave_number(energy[e]), 2.4, l, log_slope)) < 1e-5);
    }
  }
}

static void test_square_well_has_the_textbook_phase_shifts(void)
{
  const double            radius = 2.0, depth = 0.8;
  const cuxas_wave_sphere sphere = make_well(depth, radius);
  static cuxas_wave_field field;
  const double complex    energies[] = {0.4, 0.4 + 0.05 * I};
  for (int e = 0; e < 2; e++) {
    const double complex energy = energies[e], outside = csqrt(2.0 * energy), inside = wave_number(energy + depth);
    cuxas_wave_field_set(&sphere, energy, NULL, &field);
    for (int l = 0; l <= 3; l++) {
      const cuxas_wave_channel channel = cuxas_wave_scalar(l);
      double complex           log_slope;
      cuxas_wave_regular(&field, &channel, 1, NULL, 0, &log_slope);
      /* j_l(Kr) inside; j_l' = l/z j_l - j_{l+1} */
      const double complex z        = inside * radius;
      const double complex expected = (l + 1.0) / radius - inside * regular_bessel(l + 1, z) / regular_bessel(l, z);
      CHECK(cabs(log_slope - expected) < 3e-5 * cabs(expected));
      const double complex delta = cuxas_wave_phase_shift(outside, radius, l, log_slope);
      double complex       out[4], out_slope[4], in[4], in_slope[4];
      cuxas_spherical_hankel(outside * radius, l, out, out_slope, in, in_slope);
      const double complex wave = ccos(delta) * (out[l] + in[l]) / 2.0 - csin(delta) * (out[l] - in[l]) / (2.0 * I);
      const double complex slope =
          ccos(delta) * (out_slope[l] + in_slope[l]) / 2.0 - csin(delta) * (out_slope[l] - in_slope[l]) / (2.0 * I);
      CHECK(cabs(outside * slope / wave + 1.0 / radius - log_slope) < 1e-8 * cabs(log_slope));
    }
  }
}

static void test_inward_solution_is_the_free_wave_of_an_empty_sphere(void)
{
  const cuxas_wave_sphere sphere = make_well(0.0, 2.5);
  static cuxas_wave_field field;
  static double complex   wave[CUXAS_WAVE_STEPS + 1];
  const double complex    energy = 0.5 + 0.02 * I, k = wave_number(energy);
  double complex          out[4], out_slope[4], in[4], in_slope[4];
  cuxas_wave_field_set(&sphere, energy, NULL, &field);
  for (int l = 0; l <= 3; l++) {
    cuxas_spherical_hankel(k * 2.5, l, out, out_slope, in, in_slope);
    const cuxas_wave_channel channel = cuxas_wave_scalar(l);
    const double complex     value = 2.5 * out[l], slope = out[l] + 2.5 * k * out_slope[l];
    cuxas_wave_inward(&field, &channel, 1, &value, &slope, wave, 0);
    for (size_t i = sphere.n_step; i > sphere.n_step - 100; i -= 20) {
      const double r = sphere.r[2 * i];
      cuxas_spherical_hankel(k * r, l, out, out_slope, in, in_slope);
      CHECK(cabs(wave[i] - r * out[l]) < 3e-5 * cabs(r * out[l]));
    }
  }
}

static void test_waves_side_by_side_are_those_alone(void)
{
  enum { N = CUXAS_WAVE_STEPS + 1 };
  const cuxas_wave_sphere  sphere    = make_well(0.6, 2.2);
  const cuxas_wave_channel channel[] = {cuxas_wave_dirac(-1), cuxas_wave_scalar(3), cuxas_wave_dirac(2)};
  const double complex     value[] = {1.0, 0.5 - I, 0.2 * I}, slope[] = {0.1 + I, -2.0, 0.7};
  static cuxas_wave_field  field;
  static double complex    all[3][N], inward[3][N], alone[N];
  double complex           log_slope[3], own;
  cuxas_wave_field_set(&sphere, 0.4 + 0.02 * I, NULL, &field);
  cuxas_wave_regular(&field, channel, 3, all[0], N, log_slope);
  cuxas_wave_inward(&field, channel, 3, value, slope, inward[0], N);
  for (size_t c = 0; c < 3; c++) {
    cuxas_wave_regular(&field, &channel[c], 1, alone, 0, &own);
    CHECK(own == log_slope[c] && memcmp(alone, all[c], (sphere.n_step + 1) * sizeof *alone) == 0);
    cuxas_wave_inward(&field, &channel[c], 1, &value[c], &slope[c], alone, 0);
    CHECK(memcmp(alone, inward[c], (sphere.n_step + 1) * sizeof *alone) == 0);
  }
}

static void test_senseless_spheres_are_refused(void)
{
  static cuxas_scatterer   scatterer;
  static cuxas_wave_sphere sphere;
  scatterer.muffin_tin_radius_bohr = 0.0;
  CHECK_STATUS(cuxas_wave_sphere_set(&scatterer, &sphere, NULL), CUXAS_ERANGE);
  scatterer.muffin_tin_radius_bohr = 20.0;
  CHECK_STATUS(cuxas_wave_sphere_set(&scatterer, &sphere, NULL), CUXAS_ERANGE);
  scatterer.muffin_tin_radius_bohr = 2.0; /* no electrons */
  CHECK_STATUS(cuxas_wave_sphere_set(&scatterer, &sphere, NULL), CUXAS_ERANGE);
}

int main(void)
{
  RUN(test_hankel_functions_are_bessel_functions_of_both_kinds);
  RUN(test_wronskian_holds_for_complex_arguments);
  RUN(test_empty_sphere_does_not_scatter);
  RUN(test_square_well_has_the_textbook_phase_shifts);
  RUN(test_inward_solution_is_the_free_wave_of_an_empty_sphere);
  RUN(test_waves_side_by_side_are_those_alone);
  RUN(test_senseless_spheres_are_refused);
  return CHECK_REPORT();
}
