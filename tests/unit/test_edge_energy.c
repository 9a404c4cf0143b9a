#include "feff_debug.h"

#include "cuxas/crystal.h"
#include "simulate/edge_energy_priv.h"

static cuxas_atom *make_copper(void)
{
  cuxas_atom *atom = NULL;
  CHECK_STATUS(cuxas_atom_new(29, &(cuxas_atom_settings){0}, &atom, NULL), CUXAS_OK);
  return atom;
}

/* What neighbours do to all of the core alike moves the edge by as much, the other way. */
static void test_edge_follows_the_potential_at_the_core(void)
{
  static cuxas_scatterer absorber;
  cuxas_atom            *atom     = make_copper();
  const cuxas_orbital   *core     = cuxas_atom_orbital(atom, 2, -2);
  absorber.muffin_tin_radius_bohr = 2.5;
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) absorber.coulomb_hartree[i] = atom->coulomb_hartree[i];
  CHECK_NEAR(cuxas_edge_energy_at_fermi(934.0, atom, core, &absorber), 934.0, 1e-6);
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) absorber.coulomb_hartree[i] -= 0.1;
  CHECK_NEAR(cuxas_edge_energy_at_fermi(934.0, atom, core, &absorber), 934.0 + 0.1 * CUXAS_HARTREE_EV, 1e-6);
  cuxas_atom_free(atom);
}

/* Measured: 932.7, 952.3 and 8979 eV (J. A. Bearden, A. F. Burr, Rev. Mod. Phys. 39, 125 (1967)). */
static void test_edges_of_copper_are_where_they_are_measured(void)
{
  cuxas_atom *atom      = make_copper();
  double      energy_eV = 0.0;
  CHECK_STATUS(cuxas_edge_energy_atomic(atom, 2, -2, &energy_eV, NULL), CUXAS_OK);
  CHECK_NEAR(energy_eV, 932.7, 3.0);
  CHECK_STATUS(cuxas_edge_energy_atomic(atom, 2, 1, &energy_eV, NULL), CUXAS_OK);
  CHECK_NEAR(energy_eV, 952.3, 3.0);
  CHECK_STATUS(cuxas_edge_energy_atomic(atom, 1, -1, &energy_eV, NULL), CUXAS_OK);
  CHECK_NEAR(energy_eV, 8979.0, 10.0);
  cuxas_atom_free(atom);
}

static void test_other_shells_are_refused(void)
{
  cuxas_atom *atom      = make_copper();
  double      energy_eV = -1.0;
  CHECK_STATUS(cuxas_edge_energy_atomic(atom, 3, -3, &energy_eV, NULL), CUXAS_ERANGE);
  cuxas_atom_free(atom);
  CHECK_STATUS(cuxas_atom_new(8, &(cuxas_atom_settings){0}, &atom, NULL), CUXAS_OK);
  atom->atomic_number = 1; /* hydrogen has no 2p electron */
  CHECK_STATUS(cuxas_edge_energy_atomic(atom, 2, -2, &energy_eV, NULL), CUXAS_ERANGE);
  CHECK(energy_eV == -1.0);
  cuxas_atom_free(atom);
}

/* From a structure to FEFF's photon energy of the Fermi level (omega - e + Fermi level of xmu.dat). */
static void compare_with_feff(const char *structure, const char *run)
{
  enum { MAX_POTENTIAL = 4 };
  static feff_table table;
  cuxas_crystal    *crystal    = NULL;
  cuxas_cluster    *cluster    = NULL;
  cuxas_muffin_tin *muffin_tin = NULL;
  cuxas_atom       *copper = NULL, *other = NULL;
  const cuxas_atom *atom[MAX_POTENTIAL];
  double            share[MAX_POTENTIAL], atomic_eV = 0.0;
  size_t            row = 0, site = 0;
  char             *path = shared_data(structure);
  if (path == NULL || !feff_read_table(run, "xmu.dat", &table)) {
    free(path);
    SKIP("no FEFF output");
  }
  while (table.n_column[row] != 6) row++;
  const double feff_eV =
      table.value[row][0] - table.value[row][1] + feff_read_label(run, "emesh.dat", "edge*hart") * CUXAS_HARTREE_EV;
  CHECK_STATUS(cuxas_crystal_read(path, &crystal, NULL), CUXAS_OK);
  free(path);
  while (crystal->atomic_number[site] != 29) site++;
  CHECK_STATUS(cuxas_cluster_new(crystal, site, 12.0, 0, &cluster, NULL), CUXAS_OK);
  copper = make_copper();
  CHECK_STATUS(cuxas_atom_new(8, &(cuxas_atom_settings){0}, &other, NULL), CUXAS_OK);
  CHECK(cluster->n_potential <= MAX_POTENTIAL);
  for (size_t i = 0; i < cluster->n_potential; i++) atom[i] = cluster->atomic_number[i] == 29 ? copper : other;
  cuxas_muffin_tin_shares(crystal, cluster, share);
  CHECK_STATUS(cuxas_muffin_tin_new(cluster, atom, share, &muffin_tin, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_edge_energy_atomic(copper, 2, -2, &atomic_eV, NULL), CUXAS_OK);
  const double edge_eV =
      cuxas_edge_energy_at_fermi(atomic_eV, copper, cuxas_atom_orbital(copper, 2, -2), &muffin_tin->scatterer[0]);
  printf("    %s: L3 at %.2f eV, in FEFF at %.2f eV\n", structure, edge_eV, feff_eV);
  CHECK_NEAR(edge_eV, feff_eV, 0.3);
  cuxas_muffin_tin_free(muffin_tin);
  cuxas_cluster_free(cluster);
  cuxas_crystal_free(crystal);
  cuxas_atom_free(copper);
  cuxas_atom_free(other);
}

static void test_copper_is_that_of_feff(void)
{
  compare_with_feff("structures/literature/Cu.cif", "Cu_noscf");
}
static void test_copper_oxide_is_that_of_feff(void)
{
  compare_with_feff("structures/literature/CuO.cif", "CuO_noscf");
}

int main(void)
{
  RUN(test_edge_follows_the_potential_at_the_core);
  RUN(test_edges_of_copper_are_where_they_are_measured);
  RUN(test_other_shells_are_refused);
  RUN(test_copper_is_that_of_feff);
  RUN(test_copper_oxide_is_that_of_feff);
  return CHECK_REPORT();
}
