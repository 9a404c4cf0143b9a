/* copper.h - copper's 13 nearest atoms with overlapped potentials: everything that one edge needs */
#include "box.h"
#include "simulate/atom_priv.h"
#include "simulate/edge_priv.h"

#include <cblas.h>

typedef struct {
  cuxas_cluster      inner, *cluster;
  cuxas_atom        *atom;
  cuxas_muffin_tin  *muffin_tin;
  cuxas_self_energy *self_energy;
  cuxas_energy_mesh *mesh;
  cuxas_scattering  *scattering;
} copper;

static void make_copper(copper *c, double k_max_per_A)
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
  settings.k_max_per_A           = k_max_per_A;
  settings.top_hartree           = CUXAS_PROJECTION_TOP_HARTREE;
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
