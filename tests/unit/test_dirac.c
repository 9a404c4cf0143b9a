#include "simulate/dirac_priv.h"
#include "check.h"

/* ---------------------------------------------- the mesh of potentials ---------------------------------------------- */

static void test_mesh_is_the_one_of_the_references(void)
{
  CHECK_NEAR(cuxas_radial_r(0), 1.5073e-4, 1e-8); /* first line of FEFF's potential files */
  CHECK_NEAR(cuxas_radial_r(176), 1.0, 1e-14);
  CHECK_NEAR(cuxas_radial_r(248), 36.598, 1e-3);
}

/* a nodeless orbital: integral of r^2 e^(-2 z r) is 1 / (4 z^3) */
static void test_a_density_integrates_to_its_charge(void)
{
  double value[CUXAS_RADIAL_POINTS];
  for (int z = 1; z <= 94; z += 31) {
    for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) {
      const double r = cuxas_radial_r(i);
      value[i]       = 4.0 * pow(z, 3) * r * r * exp(-2.0 * z * r);
    }
    CHECK_NEAR(cuxas_radial_integrate(value, CUXAS_RADIAL_POINTS, 2.0), 1.0,
               1e-7); /* heavy atoms: what is inside the first point */
  }
}

static void test_a_power_integrates_up_to_any_point(void)
{
  double value[CUXAS_RADIAL_POINTS];
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) value[i] = sqrt(cuxas_radial_r(i));
  for (size_t n = 1; n <= CUXAS_RADIAL_POINTS; n++) {
    const double exact = pow(cuxas_radial_r(n - 1), 1.5) / 1.5;
    CHECK_NEAR(cuxas_radial_integrate(value, n, 0.5) / exact, 1.0, n < 8 ? 2e-4 : 2e-6);
  }
  CHECK_NEAR(cuxas_radial_integrate(value, 0, 0.5), 0.0, 0.0);
}

/* --------------------------------------------------- bound states --------------------------------------------------- */

static double r[CUXAS_FINE_POINTS], potential[CUXAS_FINE_POINTS];

static double sommerfeld(double z, int n, int kappa)
{
  const double zc = z / CUXAS_LIGHT_SPEED, gamma = sqrt(kappa * kappa - zc * zc);
  const double f = zc / (n - abs(kappa) + gamma);
  return CUXAS_LIGHT_SPEED * CUXAS_LIGHT_SPEED * (1.0 / sqrt(1.0 + f * f) - 1.0);
}

static void point_charge(double z)
{
  cuxas_fine_radii(r);
  for (size_t i = 0; i < CUXAS_FINE_POINTS; i++) potential[i] = -z / r[i];
}

static void test_hydrogenic_levels_are_sommerfelds(void)
{
  static cuxas_fine_orbital orbital;
  const int                 charges[] = {1, 8, 29, 92};
  for (size_t i = 0; i < 4; i++) {
    const double z = charges[i];
    point_charge(z);
    for (int n = 1; n <= 4; n++)
      for (int kappa = -n; kappa < n; kappa++) {
        if (kappa == 0 || (z < 2.0 && n > 3)) continue; /* 40 bohr are too few for n = 4 of hydrogen */
        orbital.n              = n;
        orbital.kappa          = kappa;
        orbital.energy_hartree = -0.1;
        CHECK_STATUS(cuxas_dirac_bound(potential, r, z, CUXAS_LIGHT_SPEED, &orbital, NULL), CUXAS_OK);
        CHECK_NEAR(orbital.energy_hartree / sommerfeld(z, n, kappa), 1.0, z < 2.0 ? 1e-5 : 1e-7);
      }
  }
}

static void test_the_large_component_of_hydrogen(void)
{
  static cuxas_fine_orbital orbital;
  point_charge(1.0);
  orbital.n     = 2;
  orbital.kappa = -1;
  CHECK_STATUS(cuxas_dirac_bound(potential, r, 1.0, 1e5, &orbital, NULL), CUXAS_OK);
  for (size_t i = 0; i < orbital.n_point; i += 50)
    CHECK_NEAR(orbital.large[i], r[i] * (1.0 - 0.5 * r[i]) * exp(-0.5 * r[i]) / sqrt(2.0), 1e-5);
}

static void test_no_bound_state_without_attraction(void)
{
  static cuxas_fine_orbital orbital;
  cuxas_error               err;
  point_charge(1.0);
  for (size_t i = 0; i < CUXAS_FINE_POINTS; i++) potential[i] += 2.0;
  orbital.n     = 3;
  orbital.kappa = 2;
  CHECK_STATUS(cuxas_dirac_bound(potential, r, 1.0, CUXAS_LIGHT_SPEED, &orbital, &err), CUXAS_ENUMERIC);
  CHECK_CONTAINS(err.message, "n = 3, kappa = 2");
}

/* f = r^2 e^-r: Y_0 / r and the dipole Y_1 / r in closed form */
static void test_multipole_potentials(void)
{
  static double f[CUXAS_FINE_POINTS], over_r[CUXAS_FINE_POINTS];
  cuxas_fine_radii(r);
  for (size_t i = 0; i < CUXAS_FINE_POINTS; i++) f[i] = r[i] * r[i] * exp(-r[i]);
  cuxas_fine_multipole(f, CUXAS_FINE_POINTS, 0, over_r);
  for (size_t i = 0; i < CUXAS_FINE_POINTS; i += 10) {
    const double s = r[i], e = exp(-s);
    const double inner = s > 0.02 ? (2.0 - e * (s * s + 2.0 * s + 2.0)) / s : s * s / 3.0 - s * s * s / 4.0;
    CHECK_NEAR(over_r[i], inner + e * (s + 1.0), 2e-6);
  }
  cuxas_fine_multipole(f, CUXAS_FINE_POINTS, 1, over_r);
  for (size_t i = CUXAS_FINE_INSIDE * 2; i < CUXAS_FINE_POINTS; i += 10) {
    const double s = r[i], e = exp(-s);
    const double inner = s > 0.02 ? (6.0 - e * (s * s * s + 3.0 * s * s + 6.0 * s + 6.0)) / (s * s) : s * s / 4.0;
    CHECK_NEAR(over_r[i], inner + e * s, 2e-6);
  }
}

int main(void)
{
  RUN(test_mesh_is_the_one_of_the_references);
  RUN(test_a_density_integrates_to_its_charge);
  RUN(test_a_power_integrates_up_to_any_point);
  RUN(test_hydrogenic_levels_are_sommerfelds);
  RUN(test_the_large_component_of_hydrogen);
  RUN(test_no_bound_state_without_attraction);
  RUN(test_multipole_potentials);
  return CHECK_REPORT();
}
