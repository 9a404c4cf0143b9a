#include "feff_debug.h"
#include "../metals.h"

#include "cuxas/crystal.h"
#include "cuxas/simulate.h"
#include "simulate/edge_energy_priv.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

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
  const cuxas_atom_settings feffs = {.has_own_exchange = true};
  CHECK_STATUS(cuxas_atom_new(29, &feffs, &copper, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_atom_new(8, &feffs, &other, NULL), CUXAS_OK);
  CHECK(cluster->n_potential <= MAX_POTENTIAL);
  for (size_t i = 0; i < cluster->n_potential; i++) atom[i] = cluster->atomic_number[i] == 29 ? copper : other;
  cuxas_muffin_tin_shares(crystal, cluster, share);
  CHECK_STATUS(cuxas_muffin_tin_new(cluster, atom, share, &muffin_tin, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_edge_energy_atomic(copper, 2, -2, &atomic_eV, NULL), CUXAS_OK);
  const double edge_eV =
      cuxas_edge_energy_at_fermi(atomic_eV, copper, cuxas_atom_orbital(copper, 2, -2), &muffin_tin->scatterer[0]);
  printf("    %s: L3 at %.3f eV, in FEFF at %.3f eV\n", structure, edge_eV, feff_eV);
  CHECK_NEAR(edge_eV, feff_eV, 0.02);
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

/* ---- elements --------------------------------------------------------------------------------------------------- */

static void compare_with_tables(cuxas_theory theory)
{
  static const cuxas_simulated_kind KIND[] = {
      {"K", CUXAS_CHANNEL_NO_HOLE}, {"L3", CUXAS_CHANNEL_NO_HOLE}, {"L2", CUXAS_CHANNEL_NO_HOLE}};
  cuxas_simulate_settings settings  = CUXAS_SIMULATE_DEFAULTS;
  cuxas_simulator        *simulator = NULL;
  settings.radius_A = 3.5, settings.max_atom = 0, settings.scf_radius_A = 0.0, settings.edge_step_eV = 2.0;
  settings.theory = theory;
  CHECK_STATUS(cuxas_simulator_new(&settings, &simulator, NULL), CUXAS_OK);
  for (size_t i = 0; i < N_METAL; i++) {
    const metal   *m           = &METALS[i];
    cuxas_crystal *crystal     = make_metal(m);
    double         edge_eV[3]  = {NAN, NAN, NAN};
    const double   table_eV[3] = {m->k_eV, m->l3_eV, m->l2_eV};
    for (size_t k = 0; k < 3 && m->atomic_number != 29; k++) { /* copper is on FEFF's scale */
      cuxas_simulation *simulation = NULL;
      CHECK_STATUS(cuxas_simulate_site(simulator, crystal, 0, &KIND[k], 1, &simulation, NULL), CUXAS_OK);
      if (simulation != NULL) edge_eV[k] = simulation->edge[0].edge_eV;
      if (!(fabs(edge_eV[k] - table_eV[k]) < 1.0)) printf("    %s %s: %.2f eV\n", m->symbol, KIND[k].edge, edge_eV[k]);
      CHECK_NEAR(edge_eV[k], table_eV[k], 1.0);
      if (k == 2) CHECK_NEAR(edge_eV[2] - edge_eV[1], table_eV[2] - table_eV[1], 0.5);
      cuxas_simulation_free(simulation);
    }
    cuxas_crystal_free(crystal);
  }
  cuxas_simulator_free(simulator);
}

static void test_edges_of_the_3d_metals_are_within_1_eV_of_tables_and_split_within_half_an_eV(void)
{
  compare_with_tables(CUXAS_THEORY_CUXAS);
}
static void
test_edges_of_the_3d_metals_are_within_1_eV_of_tables_and_split_within_half_an_eV_in_the_theory_of_feff(void)
{
  compare_with_tables(CUXAS_THEORY_FEFF);
}

int main(void)
{
  RUN(test_edge_follows_the_potential_at_the_core);
  RUN(test_edges_of_copper_are_where_they_are_measured);
  RUN(test_other_shells_are_refused);
  RUN(test_copper_is_that_of_feff);
  RUN(test_copper_oxide_is_that_of_feff);
  RUN(test_edges_of_the_3d_metals_are_within_1_eV_of_tables_and_split_within_half_an_eV);
  RUN(test_edges_of_the_3d_metals_are_within_1_eV_of_tables_and_split_within_half_an_eV_in_the_theory_of_feff);
  return CHECK_REPORT();
}
