#include "feff_debug.h"

#include "simulate/photoelectron_priv.h"

static void test_energies_are_those_of_feff(void)
{
  static feff_table table;
  if (!feff_read_table("Cu_noscf", "emesh.dat", &table)) SKIP("no FEFF output");
  cuxas_energy_settings settings = CUXAS_ENERGY_DEFAULTS;
  cuxas_energy_mesh    *mesh     = NULL;
  settings.fermi_hartree         = feff_read_label("Cu_noscf", "emesh.dat", "edge*hart");
  CHECK_STATUS(cuxas_energy_mesh_new(&settings, &mesh, NULL), CUXAS_OK);
  CHECK(table.n_row == mesh->n_energy);
  for (size_t i = 0; i < mesh->n_energy; i++)
    CHECK_NEAR(creal(mesh->energy_hartree[i]) * CUXAS_HARTREE_EV, table.value[i][1], 2e-4);
  cuxas_energy_mesh_free(mesh);
}

static void test_fermi_level_divides_the_mesh(void)
{
  cuxas_energy_settings settings = CUXAS_ENERGY_DEFAULTS;
  cuxas_energy_mesh    *mesh     = NULL;
  settings.fermi_hartree         = -0.25;
  settings.core_hole_eV          = 1.1;
  CHECK_STATUS(cuxas_energy_mesh_new(&settings, &mesh, NULL), CUXAS_OK);
  CHECK(creal(mesh->energy_hartree[mesh->i_fermi]) == -0.25);
  for (size_t i = 0; i < mesh->n_spectrum; i++) {
    CHECK_NEAR(cimag(mesh->energy_hartree[i]) * CUXAS_HARTREE_EV, 0.55, 1e-12);
    CHECK(i == 0 || creal(mesh->energy_hartree[i]) > creal(mesh->energy_hartree[i - 1]));
  }
  for (size_t i = mesh->n_spectrum; i < mesh->n_energy; i++) {
    CHECK(creal(mesh->energy_hartree[i]) == -0.25);
    CHECK(cimag(mesh->energy_hartree[i]) > (i > mesh->n_spectrum ? cimag(mesh->energy_hartree[i - 1]) : 0.0));
  }
  CHECK(cimag(mesh->energy_hartree[mesh->n_energy - 1]) > 10.0 * mesh->half_width_hartree);
  cuxas_energy_mesh_free(mesh);
}

static void test_senseless_settings_are_refused(void)
{
  const cuxas_energy_settings good = CUXAS_ENERGY_DEFAULTS;
  cuxas_energy_mesh          *mesh = NULL;
  for (int i = 0; i < 5; i++) {
    cuxas_energy_settings bad = good;
    if (i == 0) bad.core_hole_eV = 0.0;
    if (i == 1) bad.k_max_per_A = -1.0;
    if (i == 2) bad.k_step_per_A = NAN;
    if (i == 3) bad.energy_step_eV = 0.0;
    if (i == 4) bad.k_step_per_A = 1e-5; /* 400 thousand points */
    CHECK_STATUS(cuxas_energy_mesh_new(&bad, &mesh, NULL), CUXAS_ERANGE);
    CHECK(mesh == NULL);
  }
}

int main(void)
{
  RUN(test_fermi_level_divides_the_mesh);
  RUN(test_senseless_settings_are_refused);
  RUN(test_energies_are_those_of_feff);
  return CHECK_REPORT();
}
