#include "simulate/site_potential_priv.h"

#include "base/memory.h"
#include "simulate/scf_priv.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SCF = 40 };

/* What self-consistency may still move after MAX_SCF iterations. */
#define MAX_FERMI_HARTREE 0.01
#define MAX_ELECTRONS 0.05
#define MAX_TRANSFER 1.5 /* electrons that the absorber may gain or lose; of 199 sites FEFF lets none lose over 0.9 */

#define BAND_EV 40.0 /* below the Fermi level the core begins, where no self-consistency has looked */

/* The cluster that scatters, and around it what its potentials need: a potential is made for the nearest atom of its
 * kind, so the farthest of these decides. */
static cuxas_status cut_clusters(const cuxas_crystal *crystal, size_t site, const cuxas_simulate_settings *settings,
                                 cuxas_site_potential *ret, cuxas_error *err)
{
  cuxas_cluster *inner   = NULL;
  double         reach_A = 0.0;
  cuxas_status   status  = cuxas_cluster_new(crystal, site, settings->radius_A, settings->max_atom, &inner, err);
  if (status != CUXAS_OK) return status;
  const size_t n_atom = inner->n_atom;
  cuxas_cluster_free(inner);
  status = cuxas_cluster_new(crystal, site, settings->radius_A + CUXAS_MUFFIN_TIN_REACH_A, 0, &ret->cluster, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = 1; i < ret->cluster->n_atom; i++) { /* the first of each kind */
    bool is_first = true;
    for (size_t j = 1; j < i && is_first; j++)
      is_first = ret->cluster->atom[j].potential != ret->cluster->atom[i].potential;
    if (is_first) reach_A = ret->cluster->atom[i].distance_A;
  }
  if (reach_A > settings->radius_A) {
    cuxas_cluster_free(ret->cluster);
    status = cuxas_cluster_new(crystal, site, reach_A + CUXAS_MUFFIN_TIN_REACH_A, 0, &ret->cluster, err);
    if (status != CUXAS_OK) return status;
  }
  ret->inner        = *ret->cluster;
  ret->inner.n_atom = n_atom;
  return CUXAS_OK;
}

static cuxas_status find_atoms(cuxas_atom **io_atom, cuxas_site_potential *ret, cuxas_error *err)
{
  const cuxas_cluster *cluster = ret->cluster;
  if ((ret->atom = cuxas_new_array(cluster->n_potential, sizeof *ret->atom)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a simulation");
  for (size_t p = 0; p < cluster->n_potential; p++) {
    const int z = cluster->atomic_number[p];
    if (z < 1 || z > CUXAS_SIMULATE_MAX_Z)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "element %d: free atoms are known up to %d", z, CUXAS_SIMULATE_MAX_Z);
    if (io_atom[z] == NULL) {
      const cuxas_atom_settings settings = {.exchange = CUXAS_ATOM_EXACT, .is_in_solid = true};
      const cuxas_status        status   = cuxas_atom_new(z, &settings, &io_atom[z], err);
      if (status != CUXAS_OK) return status;
    }
    ret->atom[p] = io_atom[z];
  }
  return CUXAS_OK;
}

static cuxas_status make_self_consistent(const cuxas_simulate_settings *settings, const double *share,
                                         cuxas_site_potential *io, cuxas_error *err)
{
  const cuxas_scf_settings scf    = {settings->scf_radius_A, settings->scf_max_atom, MAX_SCF};
  cuxas_scf_report         report = {0};
  cuxas_status             status = cuxas_scf_run(io->cluster, io->atom, share, &scf, io->muffin_tin, &report, err);
  if (status == CUXAS_OK && !(report.change_hartree < MAX_FERMI_HARTREE && report.change_electrons < MAX_ELECTRONS))
    status = cuxas_fail(err, CUXAS_ENUMERIC,
                        "potentials not self-consistent after %d iterations: Fermi level still moves by %.2g eV, "
                        "charges by %.2g",
                        report.n_iteration, report.change_hartree * CUXAS_HARTREE_EV, report.change_electrons);
  if (status == CUXAS_OK && !(fabs(report.charge_transfer[0]) < MAX_TRANSFER))
    status = cuxas_fail(err, CUXAS_ENUMERIC, "potentials not plausible: the absorber's sphere gained %.2g electrons",
                        report.charge_transfer[0]);
  io->n_scf        = report.n_iteration;
  io->core_hartree = report.core_hartree;
  cuxas_scf_report_clear(&report);
  return status;
}

static cuxas_status make_potentials(const cuxas_crystal *crystal, const cuxas_simulate_settings *settings,
                                    cuxas_site_potential *ret, cuxas_error *err)
{
  cuxas_status status;
  double      *share = cuxas_new_array(ret->cluster->n_potential, sizeof *share);
  if (share == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a simulation");
  cuxas_muffin_tin_shares(crystal, ret->cluster, share);
  if ((status = cuxas_muffin_tin_new(ret->cluster, ret->atom, share, &ret->muffin_tin, err)) == CUXAS_OK) {
    ret->superposed   = ret->muffin_tin->scatterer[0];
    ret->core_hartree = ret->muffin_tin->fermi_hartree - BAND_EV / CUXAS_HARTREE_EV;
    if (settings->scf_radius_A > 0.0) status = make_self_consistent(settings, share, ret, err);
  }
  free(share);
  return status;
}

cuxas_status cuxas_site_potential_new(const cuxas_crystal *crystal, size_t site,
                                      const cuxas_simulate_settings *settings, cuxas_atom **io_atom,
                                      cuxas_site_potential **ret_potential, cuxas_error *err)
{
  cuxas_status          status;
  cuxas_site_potential *potential = cuxas_new_array(1, sizeof *potential);
  *ret_potential                  = NULL;
  if (potential == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a simulation");
  if ((status = cut_clusters(crystal, site, settings, potential, err)) == CUXAS_OK &&
      (status = find_atoms(io_atom, potential, err)) == CUXAS_OK &&
      (status = make_potentials(crystal, settings, potential, err)) == CUXAS_OK) {
    *ret_potential = potential;
    return CUXAS_OK;
  }
  cuxas_site_potential_free(potential);
  return status;
}

void cuxas_site_potential_free(cuxas_site_potential *potential)
{
  if (potential == NULL) return;
  cuxas_cluster_free(potential->cluster);
  free(potential->atom);
  cuxas_muffin_tin_free(potential->muffin_tin);
  cuxas_screening_free(potential->screening);
  free(potential);
}

/* ---- with a core hole ------------------------------------------------------------------------------------------- */

static cuxas_muffin_tin *copy(const cuxas_muffin_tin *from)
{
  cuxas_muffin_tin *to = cuxas_new_array(1, sizeof *to);
  if (to == NULL) return NULL;
  *to           = *from;
  to->scatterer = cuxas_new_array(from->n_scatterer, sizeof *to->scatterer);
  if (to->scatterer != NULL) {
    memcpy(to->scatterer, from->scatterer, from->n_scatterer * sizeof *from->scatterer);
    return to;
  }
  free(to);
  return NULL;
}

cuxas_status cuxas_site_potential_with_hole(cuxas_site_potential *potential, const cuxas_orbital *core,
                                            cuxas_muffin_tin **ret_muffin_tin, cuxas_error *err)
{
  cuxas_status      status = CUXAS_OK;
  cuxas_muffin_tin *dug    = copy(potential->muffin_tin);
  cuxas_core_hole  *hole   = cuxas_new_array(1, sizeof *hole);
  *ret_muffin_tin          = NULL;
  if (dug == NULL || hole == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a core hole");
    goto done;
  }
  if (potential->screening == NULL &&
      (status = cuxas_screening_new(potential->cluster, potential->muffin_tin, potential->core_hartree,
                                    &potential->screening, err)) != CUXAS_OK)
    goto done;
  if ((status = cuxas_screening_solve(potential->screening, core, hole, err)) != CUXAS_OK) goto done;
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) dug->scatterer[0].total_hartree[k] += hole->screened_hartree[k];
  *ret_muffin_tin = dug;
  dug             = NULL;
done:
  cuxas_muffin_tin_free(dug);
  free(hole);
  return status;
}
