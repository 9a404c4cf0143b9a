#include "feff_debug.h"

#include "simulate/photoelectron_priv.h"

static feff_potential potential;

static cuxas_photoelectron *run_feff_potential(const char *run, bool has_self_energy, cuxas_energy_mesh **ret_mesh)
{
  cuxas_energy_settings settings = CUXAS_ENERGY_DEFAULTS;
  cuxas_self_energy    *table    = NULL;
  cuxas_photoelectron  *electron = NULL;
  settings.fermi_hartree         = potential.muffin_tin.fermi_hartree;
  settings.core_hole_eV          = feff_read_label(run, "phase00.dat", "Gam_ch=");
  CHECK_STATUS(cuxas_energy_mesh_new(&settings, ret_mesh, NULL), CUXAS_OK);
  if (has_self_energy) CHECK_STATUS(cuxas_self_energy_new(2.5, &table, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_photoelectron_new(&potential.muffin_tin, *ret_mesh, table, &electron, NULL), CUXAS_OK);
  cuxas_self_energy_free(table);
  return electron;
}

/* From FEFF's potentials to FEFF's phase shifts, from the Fermi level on. */
static void compare_with_feff(const char *run)
{
  static feff_table  table;
  cuxas_energy_mesh *mesh = NULL;
  if (!feff_read_potential(run, &potential)) SKIP("no FEFF output");
  cuxas_photoelectron *electron = run_feff_potential(run, true, &mesh);
  for (size_t i = 0; electron != NULL && i < electron->n_scatterer; i++) {
    char   file[32];
    double largest = 0.0, largest_imag = 0.0, sum = 0.0, largest_k = 0.0;
    size_t i_energy = 0, n = 0;
    snprintf(file, sizeof file, "phase%02zu.dat", i);
    CHECK(feff_read_table(run, file, &table));
    for (size_t row = 0; row + 1 < table.n_row && i_energy < mesh->n_spectrum; row++) {
      const double *head = table.value[row], *phases = table.value[row + 1];
      if (table.n_column[row] != 6 || table.n_column[row + 1] < 2 * CUXAS_N_L) continue;
      const double complex *delta = electron->phase_shift + (i_energy * electron->n_scatterer + i) * CUXAS_N_L;
      if (i_energy++ < mesh->i_fermi) continue;
      const double complex k = electron->wave_number[i_energy - 1] * sqrt(CUXAS_HARTREE_EV);
      largest_k              = fmax(largest_k, cabs(k - head[4] - I * head[5]));
      for (int l = 0; l < CUXAS_N_L; l++, n++) {
        const double turn = creal(delta[l]) - phases[2 * l], real = fabs(turn - FEFF_PI * round(turn / FEFF_PI));
        sum += real;
        largest      = fmax(largest, real);
        largest_imag = fmax(largest_imag, fabs(cimag(delta[l]) - phases[2 * l + 1]));
      }
    }
    printf("    %s potential %zu: phase shifts within %.4f rad of FEFF's, on average %.4f; imaginary part %.4f\n", run,
           i, largest, sum / (double)n, largest_imag);
    CHECK(n == (mesh->n_spectrum - mesh->i_fermi) * CUXAS_N_L);
    CHECK(largest < 0.025); /* where plasmon losses begin */
    CHECK(sum / (double)n < 0.003);
    CHECK(largest_imag < 0.02);
    CHECK(largest_k < 0.05);
  }
  cuxas_photoelectron_free(electron);
  cuxas_energy_mesh_free(mesh);
}

static void test_copper_scatters_as_in_feff(void)
{
  compare_with_feff("Cu_noscf");
}
static void test_self_consistent_copper_scatters_as_in_feff(void)
{
  compare_with_feff("Cu_scf");
}
static void test_copper_oxide_scatters_as_in_feff(void)
{
  compare_with_feff("CuO_noscf");
}
static void test_self_consistent_copper_oxide_scatters_as_in_feff(void)
{
  compare_with_feff("CuO_scf");
}

/* A screened nucleus in a constant: V = -(Z/r) exp(-r / length) - 0.5 */
static void make_screened_nucleus(double charge, double length_bohr)
{
  memset(&potential, 0, sizeof potential);
  potential.muffin_tin                          = (cuxas_muffin_tin){1, potential.scatterer, -0.5, 0.0, 0.03, -0.1};
  potential.scatterer[0].atomic_number          = (int)charge;
  potential.scatterer[0].muffin_tin_radius_bohr = 2.5;
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) {
    const double r                          = cuxas_radial_r(i);
    potential.scatterer[0].total_hartree[i] = -charge / r * exp(-r / length_bohr) - 0.5;
    potential.scatterer[0].density[i]       = 0.03;
  }
}

/* Where the potential takes nothing, what scatters is as much as what came: |exp(2 i delta)| = 1 at real energies; with
 * a self-energy the wave outside is damped as the one inside, and slow electrons are scattered the same. */
static void test_potential_without_losses_conserves_electrons(void)
{
  cuxas_energy_mesh *mesh = NULL;
  make_screened_nucleus(20.0, 0.5);
  cuxas_energy_settings settings = CUXAS_ENERGY_DEFAULTS;
  settings.fermi_hartree         = -0.1;
  settings.core_hole_eV          = 1e-9;
  CHECK_STATUS(cuxas_energy_mesh_new(&settings, &mesh, NULL), CUXAS_OK);
  cuxas_photoelectron *electron = NULL;
  CHECK_STATUS(cuxas_photoelectron_new(&potential.muffin_tin, mesh, NULL, &electron, NULL), CUXAS_OK);
  for (size_t i = 0; electron != NULL && i < mesh->n_spectrum; i++) {
    CHECK_NEAR(creal(electron->wave_number[i]), sqrt(2.0 * (creal(mesh->energy_hartree[i]) + 0.5)), 1e-9);
    for (int l = 0; l < CUXAS_N_L; l++) CHECK_NEAR(cimag(electron->phase_shift[i * CUXAS_N_L + (size_t)l]), 0.0, 1e-6);
  }
  cuxas_photoelectron_free(electron);
  cuxas_energy_mesh_free(mesh);
}

static void test_senseless_potentials_are_refused(void)
{
  cuxas_energy_settings settings = CUXAS_ENERGY_DEFAULTS;
  cuxas_energy_mesh    *mesh     = NULL;
  cuxas_photoelectron  *electron = NULL;
  CHECK_STATUS(cuxas_energy_mesh_new(&settings, &mesh, NULL), CUXAS_OK);
  for (int i = 0; i < 4; i++) {
    make_screened_nucleus(20.0, 0.5);
    if (i == 0) potential.muffin_tin.n_scatterer = 0;
    if (i == 1) potential.muffin_tin.interstitial_density = 0.0;
    if (i == 2) potential.scatterer[0].total_hartree[100] = NAN;
    if (i == 3) potential.scatterer[0].muffin_tin_radius_bohr = 30.0;
    CHECK_STATUS(cuxas_photoelectron_new(&potential.muffin_tin, mesh, NULL, &electron, NULL), CUXAS_ERANGE);
    CHECK(electron == NULL);
  }
  cuxas_energy_mesh_free(mesh);
}

int main(void)
{
  RUN(test_potential_without_losses_conserves_electrons);
  RUN(test_senseless_potentials_are_refused);
  RUN(test_copper_scatters_as_in_feff);
  RUN(test_self_consistent_copper_scatters_as_in_feff);
  RUN(test_copper_oxide_scatters_as_in_feff);
  RUN(test_self_consistent_copper_oxide_scatters_as_in_feff);
  return CHECK_REPORT();
}
