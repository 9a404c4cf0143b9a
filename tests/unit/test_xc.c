#include "simulate/xc_priv.h"
#include "check.h"

/* The potential is the derivative of the energy of the gas by its density, whatever the density. */
static void test_potentials_are_derivatives(void)
{
  for (double density = 1e-4; density < 1e6; density *= 7.0) {
    const double step = 1e-4 * density;
    for (int which = 0; which < 3; which++) {
      double energy[2];
      for (int side = 0; side < 2; side++) {
        const double d = density + (side ? step : -step);
        energy[side]   = d * (which == 0   ? cuxas_xc_barth_hedin(d)
                              : which == 1 ? cuxas_xc_vosko(d, 137.036)
                                           : cuxas_xc_vosko(d, 1e9))
                               .energy_hartree;
      }
      const double potential = (which == 0   ? cuxas_xc_barth_hedin(density)
                                : which == 1 ? cuxas_xc_vosko(density, 137.036)
                                             : cuxas_xc_vosko(density, 1e9))
                                   .potential_hartree;
      CHECK_NEAR((energy[1] - energy[0]) / (2.0 * step) / potential, 1.0, 2e-6);
    }
  }
}

/* rs = 2: correlation energies of the parametrisations, -0.0448 (VWN 5) and -0.0622 (von Barth, Hedin), hartree */
static void test_values_at_metallic_density(void)
{
  const double density = 3.0 / (4.0 * 3.14159265358979323846 * 8.0), exchange = -0.458165 / 2.0;
  CHECK_NEAR(cuxas_xc_vosko(density, 1e9).energy_hartree - exchange, -0.04478, 1e-4);
  CHECK_NEAR(cuxas_xc_barth_hedin(density).energy_hartree - exchange, -0.0252 * 2.46897, 1e-4);
  CHECK_NEAR(cuxas_xc_barth_hedin(0.0).potential_hartree, 0.0, 0.0);
  CHECK_NEAR(cuxas_xc_vosko(-1.0, 137.0).energy_hartree, 0.0, 0.0);
}

int main(void)
{
  RUN(test_potentials_are_derivatives);
  RUN(test_values_at_metallic_density);
  return CHECK_REPORT();
}
