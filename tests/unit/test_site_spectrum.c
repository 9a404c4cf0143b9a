/* test_site_spectrum.c - all stages behind the potential together: from FEFF's potentials to FEFF's spectrum
 *
 * With --all also for CuO, whose low symmetry makes it slow. */
#include "feff_debug.h"

#include "simulate/edge_priv.h"
#include "simulate/multiple_scattering_priv.h"

enum { MAX_ATOM = 200 };

static feff_potential potential;

/* The atoms of feff.inp within the radius that FEFF used. */
static bool read_cluster(const char *run, cuxas_cluster *cluster)
{
  static cuxas_cluster_atom atom[MAX_ATOM];
  static int                atomic_number[FEFF_POTENTIALS];
  static feff_table         table;
  const double              radius_A = feff_read_label(run, "feff.inp", "FMS");
  *cluster =
      (cuxas_cluster){.atom = atom, .n_potential = potential.muffin_tin.n_scatterer, .atomic_number = atomic_number};
  for (size_t i = 0; i < cluster->n_potential; i++) atomic_number[i] = potential.scatterer[i].atomic_number;
  if (!feff_read_table(run, "feff.inp", &table)) return false;
  for (size_t row = 0; row < table.n_row; row++) {
    const double *v          = table.value[row];
    const double  distance_A = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    if (table.n_column[row] != 4 || distance_A > radius_A || cluster->n_atom == MAX_ATOM) continue;
    const size_t kind       = (size_t)v[3];
    atom[cluster->n_atom++] = (cuxas_cluster_atom){.position_A    = {v[0], v[1], v[2]},
                                                   .distance_A    = distance_A,
                                                   .atomic_number = atomic_number[kind],
                                                   .potential     = kind};
  }
  return cluster->n_atom > 1;
}

static void compare_with_feff(const char *run, double mean_allowed)
{
  static feff_table     table;
  cuxas_cluster         cluster;
  cuxas_energy_settings settings   = CUXAS_ENERGY_DEFAULTS;
  cuxas_energy_mesh    *mesh       = NULL;
  cuxas_self_energy    *loss       = NULL;
  cuxas_photoelectron  *electron   = NULL;
  cuxas_atom           *atom       = NULL;
  cuxas_absorption     *absorption = NULL;
  cuxas_scattering     *scattering = NULL;
  cuxas_edge_spectrum  *spectrum   = NULL;
  double complex       *g          = NULL;
  double                largest = 0.0, sum = 0.0;
  size_t                row = 0;
  if (!feff_read_potential(run, &potential) || !feff_read_table(run, "xmu.dat", &table) || !read_cluster(run, &cluster))
    SKIP("no FEFF output");
  while (table.n_column[row] != 6) row++;

  settings.fermi_hartree = potential.muffin_tin.fermi_hartree;
  settings.core_hole_eV  = feff_read_label(run, "phase00.dat", "Gam_ch=");
  CHECK_STATUS(cuxas_atom_new(29, &(cuxas_atom_settings){0}, &atom, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_energy_mesh_new(&settings, &mesh, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_self_energy_new(2.5, &loss, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_photoelectron_new(&potential.muffin_tin, mesh, loss, &electron, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_absorption_new(&potential.muffin_tin, mesh, cuxas_atom_orbital(atom, 2, -2), 936.0, false,
                                    &absorption, NULL),
               CUXAS_OK);
  CHECK_STATUS(cuxas_scattering_new(&cluster, &scattering, NULL), CUXAS_OK);
  g = calloc(mesh->n_energy * CUXAS_N_L, sizeof *g);
  CHECK_STATUS(cuxas_scattering_run(scattering, electron, absorption->is_wanted, g, NULL, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_edge_assemble(mesh, absorption, g,
                                   &(cuxas_edge_question){936.0, mesh->half_width_hartree, NULL, NULL}, &spectrum,
                                   NULL),
               CUXAS_OK);
  for (size_t i = 0; i < spectrum->n_energy; i++) {
    const double deviation = fabs(spectrum->mu[i] - table.value[row + i][3]);
    sum += deviation / (double)spectrum->n_energy;
    largest = fmax(largest, deviation);
  }
  printf("    %s: mu within %.3f of FEFF's, on average %.4f\n", run, largest, sum);
  CHECK(sum < mean_allowed);

  free(g);
  cuxas_edge_spectrum_free(spectrum);
  cuxas_scattering_free(scattering);
  cuxas_absorption_free(absorption);
  cuxas_photoelectron_free(electron);
  cuxas_self_energy_free(loss);
  cuxas_energy_mesh_free(mesh);
  cuxas_atom_free(atom);
}

static void test_copper_has_feffs_spectrum(void)
{
  compare_with_feff("Cu_noscf", 0.008);
}
static void test_self_consistent_copper_has_feffs_spectrum(void)
{
  compare_with_feff("Cu_scf", 0.008);
}
static void test_copper_oxide_has_feffs_spectrum(void)
{
  compare_with_feff("CuO_noscf", 0.006);
}
static void test_self_consistent_copper_oxide_has_feffs_spectrum(void)
{
  compare_with_feff("CuO_scf", 0.03);
}

int main(int argc, char **argv)
{
  RUN(test_copper_has_feffs_spectrum);
  RUN(test_self_consistent_copper_has_feffs_spectrum);
  if (argc > 1 && strcmp(argv[1], "--all") == 0) {
    RUN(test_copper_oxide_has_feffs_spectrum);
    RUN(test_self_consistent_copper_oxide_has_feffs_spectrum);
  }
  return CHECK_REPORT();
}
