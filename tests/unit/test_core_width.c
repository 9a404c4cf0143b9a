#include "check.h"

#include "simulate/edge_priv.h"

/* What FEFF prints as Gam_ch. */
static void test_copper_is_as_broad_as_in_feff(void)
{
  CHECK_NEAR(cuxas_core_width_eV(29, 2, -2), 0.596, 0.0005);
  CHECK_NEAR(cuxas_core_width_eV(29, 2, 1), 1.162, 0.0005);
  CHECK_NEAR(cuxas_core_width_eV(29, 1, -1), 1.729, 0.0005);
}

/* Semi-empirical widths of M. O. Krause, J. H. Oliver, J. Phys. Chem. Ref. Data 8, 329 (1979), Fe: K 1.25, L3 0.36
 * eV. */
static void test_widths_are_those_of_other_tables_within_a_third(void)
{
  CHECK_NEAR(cuxas_core_width_eV(26, 1, -1), 1.25, 0.1);
  CHECK_NEAR(cuxas_core_width_eV(26, 2, -2), 0.36, 0.12);
}

static void test_widths_exist_for_all_elements_of_known_shells_only(void)
{
  static const int SHELL[4][2] = {{1, -1}, {2, -1}, {2, 1}, {2, -2}};
  for (int i = 0; i < 4; i++)
    for (int z = 1; z <= 95; z++) CHECK(cuxas_core_width_eV(z, SHELL[i][0], SHELL[i][1]) > 0.0);
  CHECK(cuxas_core_width_eV(0, 1, -1) == 0.0);
  CHECK(cuxas_core_width_eV(96, 1, -1) == 0.0);
  CHECK(cuxas_core_width_eV(29, 3, -1) == 0.0);
  CHECK(cuxas_core_width_eV(29, 2, 2) == 0.0);
}

int main(void)
{
  RUN(test_copper_is_as_broad_as_in_feff);
  RUN(test_widths_are_those_of_other_tables_within_a_third);
  RUN(test_widths_exist_for_all_elements_of_known_shells_only);
  return CHECK_REPORT();
}
