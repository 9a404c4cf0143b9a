#include "simulate/valence_priv.h"
#include "check.h"

#include <math.h>

enum { N_ENERGY = 20 };

/* An entire function's integral depends on the ends alone. */
static void check_integral(double from, double until, double above)
{
  double complex energy[N_ENERGY], weight[N_ENERGY], sum = 0.0;
  CHECK_STATUS(cuxas_contour_set(from, until, above, N_ENERGY, energy, weight, NULL), CUXAS_OK);
  for (size_t i = 0; i < N_ENERGY; i++) {
    CHECK(cimag(energy[i]) > 0.0);
    sum += weight[i] * cexp(energy[i]);
  }
  CHECK_NEAR(cabs(sum - (cexp(until + I * above) - cexp(from))), 0.0, 1e-12);
}

static void test_the_path_does_not_matter(void)
{
  check_integral(-1.5, -0.2, 0.0);
  check_integral(-1.5, -0.2, 0.01);
  check_integral(-0.3, 0.4, 0.0);
}

/* A pole below the axis is integrated as along the axis, one that close would ask for hundreds of real energies. */
static void test_levels_below_the_axis_are_counted(void)
{
  double complex energy[N_ENERGY], weight[N_ENERGY], sum = 0.0;
  CHECK_STATUS(cuxas_contour_set(-1.0, 0.0, 0.0, N_ENERGY, energy, weight, NULL), CUXAS_OK);
  for (size_t i = 0; i < N_ENERGY; i++) sum += weight[i] / (energy[i] + 0.5 + 1e-9 * I);
  CHECK_NEAR(-cimag(sum) / 3.14159265358979323846, 1.0, 1e-6);
}

/* A level's occupation is the Fermi function, wherever it lies. */
static void test_warm_levels_are_filled_by_the_fermi_function(void)
{
  static const double LEVEL[] = {-1.2, -0.7, -0.25, -0.21, -0.2, -0.19, -0.15, -0.1, 0.3};
  double complex      energy[CUXAS_CONTOUR_WARM], weight[CUXAS_CONTOUR_WARM];
  const double        warmth = 0.004;
  CHECK_STATUS(cuxas_contour_set_warm(-1.6, -0.2, warmth, CUXAS_CONTOUR_PATH, energy, weight, NULL), CUXAS_OK);
  CHECK_NEAR(cimag(energy[0]), 3.14159265358979323846 * warmth, 1e-12);
  for (size_t k = 0; k < sizeof LEVEL / sizeof *LEVEL; k++) {
    double complex sum = 0.0;
    for (size_t i = 0; i < CUXAS_CONTOUR_WARM; i++) sum += weight[i] / (energy[i] - LEVEL[k]);
    CHECK_NEAR(-cimag(sum) / 3.14159265358979323846, 1.0 / (1.0 + exp((LEVEL[k] + 0.2) / warmth)), 1e-3);
  }
}

int main(void)
{
  RUN(test_the_path_does_not_matter);
  RUN(test_levels_below_the_axis_are_counted);
  RUN(test_warm_levels_are_filled_by_the_fermi_function);
  return CHECK_REPORT();
}
