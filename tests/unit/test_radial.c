#include "simulate/radial_priv.h"
#include "check.h"

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

int main(void)
{
  RUN(test_mesh_is_the_one_of_the_references);
  RUN(test_a_density_integrates_to_its_charge);
  RUN(test_a_power_integrates_up_to_any_point);
  return CHECK_REPORT();
}
