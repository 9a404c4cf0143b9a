#include "check.h"
#include "box.h"
#include "base/memory.h"
#include "simulate/atom_priv.h"
#include "simulate/multiple_scattering_priv.h"

#include <cblas.h>

/* Copper, 13 atoms, overlapped potentials: everything that multiple scattering at one edge needs. */
typedef struct {
  cuxas_cluster      inner, *cluster;
  cuxas_atom        *atom;
  cuxas_muffin_tin  *muffin_tin;
  cuxas_self_energy *self_energy;
  cuxas_energy_mesh *mesh;
  cuxas_scattering  *scattering;
} copper;

static void make_copper(copper *c)
{
  static const double CUBE[3][3] = {{3.615, 0, 0}, {0, 3.615, 0}, {0, 0, 3.615}};
  static const double SITE[4][3] = {{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}};
  static box          b;
  double              share[2];
  make_box(&b, CUBE, 4);
  memcpy(b.fractional, SITE, sizeof SITE);
  CHECK_STATUS(cuxas_cluster_new(&b.crystal, 0, 3.0 + CUXAS_MUFFIN_TIN_REACH_A, 0, &c->cluster, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_atom_new(29, &(cuxas_atom_settings){.exchange = CUXAS_ATOM_EXACT}, &c->atom, NULL), CUXAS_OK);
  const cuxas_atom *atoms[2] = {c->atom, c->atom};
  cuxas_muffin_tin_shares(&b.crystal, c->cluster, share);
  CHECK_STATUS(cuxas_muffin_tin_new(c->cluster, atoms, share, &c->muffin_tin, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_self_energy_new(5.0, &c->self_energy, NULL), CUXAS_OK);
  cuxas_energy_settings settings = CUXAS_ENERGY_DEFAULTS;
  settings.fermi_hartree         = c->muffin_tin->fermi_hartree;
  CHECK_STATUS(cuxas_energy_mesh_new(&settings, &c->mesh, NULL), CUXAS_OK);
  c->inner        = *c->cluster;
  c->inner.n_atom = 13;
  CHECK_STATUS(cuxas_scattering_new(&c->inner, &c->scattering, NULL), CUXAS_OK);
}

static void free_copper(copper *c)
{
  cuxas_scattering_free(c->scattering);
  cuxas_energy_mesh_free(c->mesh);
  cuxas_self_energy_free(c->self_energy);
  cuxas_muffin_tin_free(c->muffin_tin);
  cuxas_atom_free(c->atom);
  cuxas_cluster_free(c->cluster);
}

static void test_fewer_energies_give_the_same_scattering(void)
{
  static const _Bool      WANTED[CUXAS_N_L] = {1, 0, 1, 0};
  copper                  c;
  cuxas_photoelectron    *electron = NULL;
  cuxas_scattering_effort all_effort, thin_effort;
  double                  most = 0.0, largest = 0.0;
  make_copper(&c);
  double complex *all  = cuxas_new_array(c.mesh->n_energy, CUXAS_N_L * sizeof *all);
  double complex *thin = cuxas_new_array(c.mesh->n_energy, CUXAS_N_L * sizeof *thin);
  CHECK_STATUS(cuxas_photoelectron_new(c.muffin_tin, c.mesh, c.self_energy, &electron, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_scattering_run(c.scattering, electron, WANTED, all, &all_effort, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_thinned_run(c.scattering, c.muffin_tin, c.self_energy, c.mesh, WANTED, thin, &thin_effort, NULL),
               CUXAS_OK);
  for (size_t i = 0; i < c.mesh->n_energy; i++)
    for (size_t l = 0; l < CUXAS_N_L; l++) {
      const size_t at = i * CUXAS_N_L + l;
      if (i < c.mesh->i_fermi || !WANTED[l]) CHECK(thin[at] == 0.0);
      if (i < c.mesh->i_fermi) continue;
      most    = fmax(most, cabs(thin[at] - all[at]));
      largest = fmax(largest, cabs(all[at]));
    }
  CHECK(largest > 0.3);
  CHECK_NEAR(most, 0.0, 0.01);
  CHECK(thin_effort.n_iteration < 2 * all_effort.n_iteration / 3);
  free(all);
  free(thin);
  cuxas_photoelectron_free(electron);
  free_copper(&c);
}

int main(void)
{
  openblas_set_num_threads(1);
  RUN(test_fewer_energies_give_the_same_scattering);
  return CHECK_REPORT();
}
