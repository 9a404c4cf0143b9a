/* simulate.c - a structure's absorption edges: from a site of a crystal to spectra
 *
 * Contents: potentials of a site - spectra */
#include "simulate/edge_priv.h"
#include "base/memory.h"
#include "simulate/scf_priv.h"
#include "base/units.h"
#include "cuxas/simulate.h"
#include "cuxas/elements.h"
#include "cuxas/status.h"
#include "simulate/edge_energy_priv.h"
#include "simulate/multiple_scattering_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ==== potentials of a site ======================================================================================== */

enum { MAX_SCF = 60 };

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
  if (status == CUXAS_OK) status = cuxas_scf_check(&report, io->cluster->atomic_number, io->cluster->n_potential, err);
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

/* ==== spectra ===================================================================================================== */

enum { MAX_KIND = 8, N_EDGE = 4 };

#define MAX_ABOVE_HARTREE 20.0 /* of the self-energy's table: beyond any XANES */

const cuxas_simulate_settings CUXAS_SIMULATE_DEFAULTS = {7.0, 105, 0.0, 4.0, 0.055, 0.1, 4.6, 45, CUXAS_THEORY_FEFF};

struct cuxas_simulator {
  cuxas_simulate_settings settings;
  char                    code[CUXAS_N_CHANNEL][CUXAS_SIMULATE_CODE_SIZE];
  cuxas_atom             *atom[CUXAS_SIMULATE_MAX_Z + 1]; /* by atomic number, solved when first met; owned */
  double                  atomic_eV[CUXAS_SIMULATE_MAX_Z + 1][N_EDGE]; /* edges of free atoms; 0: not yet known */
  cuxas_self_energy      *self_energy;                                 /* owned */
};

/* ---- edges ------------------------------------------------------------------------------------------------------ */

static const struct {
  const char *name;
  int         n, kappa;
} EDGES[N_EDGE] = {{"K", 1, -1}, {"L1", 2, -1}, {"L2", 2, 1}, {"L3", 2, -2}};

/* The core orbital of an edge, and what lifts its electron out of the free atom. */
static cuxas_status find_core(cuxas_simulator *simulator, const cuxas_atom *atom, const char *edge,
                              const cuxas_orbital **ret_core, double *ret_atomic_eV, cuxas_error *err)
{
  size_t i = 0;
  while (i < N_EDGE && strcmp(EDGES[i].name, edge) != 0) i++;
  if (i == N_EDGE) return cuxas_fail(err, CUXAS_EUNSUPPORTED, "edge \"%s\" is none of K, L1, L2, L3", edge);
  if ((*ret_core = cuxas_atom_orbital(atom, EDGES[i].n, EDGES[i].kappa)) == NULL)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "element %d has no %s edge", atom->atomic_number, edge);
  double      *known_eV = &simulator->atomic_eV[atom->atomic_number][i];
  cuxas_status status   = CUXAS_OK;
  if (*known_eV == 0.0) status = cuxas_edge_energy_atomic(atom, EDGES[i].n, EDGES[i].kappa, known_eV, err);
  *ret_atomic_eV = *known_eV;
  return status;
}

double cuxas_simulate_core_width_eV(int atomic_number, const char *edge)
{
  for (size_t i = 0; i < N_EDGE; i++)
    if (strcmp(EDGES[i].name, edge) == 0) return cuxas_core_width_eV(atomic_number, EDGES[i].n, EDGES[i].kappa);
  return 0.0;
}

/* ---- what sites share ------------------------------------------------------------------------------------------- */

cuxas_status cuxas_simulator_new(const cuxas_simulate_settings *settings, cuxas_simulator **ret_simulator,
                                 cuxas_error *err)
{
  cuxas_status     status;
  cuxas_simulator *simulator = NULL;
  *ret_simulator             = NULL;
  if (!(settings->radius_A > 0.0 && settings->radius_A <= 30.0) || !(settings->width_eV >= 0.0) ||
      !(settings->k_max_per_A > 0.0) || !(settings->k_step_per_A > 0.0) || !(settings->edge_step_eV > 0.0) ||
      !(settings->scf_radius_A >= 0.0 && settings->scf_radius_A <= CUXAS_MUFFIN_TIN_REACH_A))
    return cuxas_fail(err, CUXAS_ERANGE,
                      "a simulation needs positive radius, wave numbers and steps, and self-consistency within %g A",
                      CUXAS_MUFFIN_TIN_REACH_A);
  if ((simulator = cuxas_new_array(1, sizeof *simulator)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a simulation");
  simulator->settings = *settings;
  char potential[48]  = "overlapped free atoms";
  if (settings->scf_radius_A > 0.0)
    snprintf(potential, sizeof potential, "self-consistent %.4g A up to %zu", settings->scf_radius_A,
             settings->scf_max_atom);
  for (size_t i = 0; i < CUXAS_N_CHANNEL; i++)
    snprintf(simulator->code[i], sizeof simulator->code[i],
             "cuxas-simulate %s: %s, %s, cluster %.4g A, up to %zu atoms, mesh %.4g/A %.4g/A %.4g eV", cuxas_version(),
             potential, i == CUXAS_CHANNEL_SCREENED_HOLE ? "statically screened core hole" : "no core hole",
             settings->radius_A, settings->max_atom, settings->k_max_per_A, settings->k_step_per_A,
             settings->edge_step_eV);
  if ((status = cuxas_self_energy_new(MAX_ABOVE_HARTREE, &simulator->self_energy, err)) != CUXAS_OK) {
    cuxas_simulator_free(simulator);
    return status;
  }
  *ret_simulator = simulator;
  return CUXAS_OK;
}

void cuxas_simulator_free(cuxas_simulator *simulator)
{
  if (simulator == NULL) return;
  for (size_t z = 0; z <= CUXAS_SIMULATE_MAX_Z; z++) cuxas_atom_free(simulator->atom[z]);
  cuxas_self_energy_free(simulator->self_energy);
  free(simulator);
}

const char *cuxas_simulator_code(const cuxas_simulator *simulator, cuxas_channel channel)
{
  return simulator->code[channel];
}

/* ---- one site --------------------------------------------------------------------------------------------------- */

static cuxas_status fill_edge(const cuxas_edge_spectrum *spectrum, cuxas_simulated_kind kind, double width_eV,
                              cuxas_simulated_edge *ret_edge, cuxas_error *err)
{
  const size_t n = spectrum->n_energy;
  snprintf(ret_edge->edge, sizeof ret_edge->edge, "%s", kind.edge);
  ret_edge->channel   = kind.channel;
  ret_edge->n_point   = n;
  ret_edge->energy_eV = cuxas_new_array(n, sizeof *ret_edge->energy_eV);
  ret_edge->mu        = cuxas_new_array(n, sizeof *ret_edge->mu);
  ret_edge->mu0       = cuxas_new_array(n, sizeof *ret_edge->mu0);
  if (ret_edge->energy_eV == NULL || ret_edge->mu == NULL || ret_edge->mu0 == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a spectrum");
  memcpy(ret_edge->energy_eV, spectrum->energy_eV, n * sizeof *spectrum->energy_eV);
  memcpy(ret_edge->mu, spectrum->mu, n * sizeof *spectrum->mu);
  memcpy(ret_edge->mu0, spectrum->mu0, n * sizeof *spectrum->mu0);
  ret_edge->edge_step = spectrum->edge_step_A2;
  ret_edge->width_eV  = width_eV;
  ret_edge->edge_eV   = spectrum->fermi_eV;
  return CUXAS_OK;
}

/* What the spectra of a site share. */
typedef struct {
  cuxas_simulator      *simulator;
  cuxas_site_potential *potential;
  cuxas_scattering     *scattering;
} site_work;

/* One edge in one potential. */
static cuxas_status simulate_edge(const site_work *work, const cuxas_muffin_tin *muffin_tin, const cuxas_orbital *core,
                                  double photon_eV, double width_eV, cuxas_edge_spectrum **ret_spectrum,
                                  size_t *ret_n_operation, cuxas_error *err)
{
  const cuxas_simulate_settings *settings        = &work->simulator->settings;
  const cuxas_energy_settings    energy_settings = {.fermi_hartree  = muffin_tin->fermi_hartree,
                                                    .core_hole_eV   = width_eV,
                                                    .k_max_per_A    = settings->k_max_per_A,
                                                    .k_step_per_A   = settings->k_step_per_A,
                                                    .energy_step_eV = settings->edge_step_eV};
  const cuxas_self_energy       *self_energy     = work->simulator->self_energy;
  cuxas_energy_mesh             *mesh            = NULL;
  cuxas_photoelectron           *electron        = NULL;
  cuxas_absorption              *absorption      = NULL;
  double complex                *g               = NULL;
  cuxas_scattering_effort        effort;
  cuxas_status                   status;
  if ((status = cuxas_energy_mesh_new(&energy_settings, &mesh, err)) != CUXAS_OK ||
      (status = cuxas_photoelectron_new(muffin_tin, mesh, self_energy, &electron, err)) != CUXAS_OK ||
      (status = cuxas_absorption_new(muffin_tin, electron, core, photon_eV, &absorption, err)) != CUXAS_OK)
    goto done;
  if ((g = cuxas_new_array(mesh->n_energy, CUXAS_N_L * sizeof *g)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a spectrum");
    goto done;
  }
  if ((status = cuxas_thinned_run(work->scattering, muffin_tin, self_energy, mesh, absorption->is_wanted, g, &effort,
                                  err)) != CUXAS_OK ||
      (status = cuxas_edge_assemble(mesh, absorption, g, photon_eV, ret_spectrum, err)) != CUXAS_OK)
    goto done;
  *ret_n_operation = effort.n_operation;
done:
  cuxas_energy_mesh_free(mesh);
  cuxas_photoelectron_free(electron);
  cuxas_absorption_free(absorption);
  free(g);
  return status;
}

static cuxas_status simulate_kind(const site_work *work, cuxas_simulated_kind kind, cuxas_simulated_edge *ret_edge,
                                  size_t *ret_n_operation, cuxas_error *err)
{
  cuxas_site_potential *potential = work->potential;
  const cuxas_atom     *atom      = potential->atom[0];
  const cuxas_orbital  *core      = NULL;
  double                atomic_eV = 0.0, width_eV = work->simulator->settings.width_eV;
  cuxas_muffin_tin     *with_hole = NULL;
  cuxas_edge_spectrum  *spectrum  = NULL;
  cuxas_status          status    = find_core(work->simulator, atom, kind.edge, &core, &atomic_eV, err);
  if (status != CUXAS_OK) return status;
  if (kind.channel == CUXAS_CHANNEL_SCREENED_HOLE)
    status = cuxas_site_potential_with_hole(potential, core, &with_hole, err);
  if (status != CUXAS_OK) return status;
  if (width_eV == 0.0) width_eV = cuxas_simulate_core_width_eV(atom->atomic_number, kind.edge);
  const double photon_eV = cuxas_edge_energy_at_fermi(atomic_eV, atom, core, &potential->superposed);
  status = simulate_edge(work, with_hole != NULL ? with_hole : potential->muffin_tin, core, photon_eV, width_eV,
                         &spectrum, ret_n_operation, err);
  if (status == CUXAS_OK) status = fill_edge(spectrum, kind, width_eV, ret_edge, err);
  cuxas_edge_spectrum_free(spectrum);
  cuxas_muffin_tin_free(with_hole);
  return status;
}

static cuxas_simulation *new_simulation(size_t n_kind, const cuxas_site_potential *potential)
{
  cuxas_simulation *simulation = cuxas_new_array(1, sizeof *simulation);
  if (simulation == NULL) return NULL;
  simulation->n_edge   = n_kind;
  simulation->n_atom   = potential->inner.n_atom;
  simulation->n_scf    = potential->n_scf;
  simulation->fermi_eV = potential->muffin_tin->fermi_hartree * CUXAS_HARTREE_EV;
  if ((simulation->edge = cuxas_new_array(n_kind, sizeof *simulation->edge)) != NULL) return simulation;
  free(simulation);
  return NULL;
}

cuxas_status cuxas_simulate_site(cuxas_simulator *simulator, const cuxas_crystal *crystal, size_t site,
                                 const cuxas_simulated_kind *kind, size_t n_kind, cuxas_simulation **ret_simulation,
                                 cuxas_error *err)
{
  cuxas_status      status;
  site_work         work       = {.simulator = simulator};
  cuxas_simulation *simulation = NULL;
  *ret_simulation              = NULL;
  if (n_kind < 1 || n_kind > MAX_KIND)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu spectra, 1 to %d are simulated", n_kind, MAX_KIND);
  for (size_t i = 0; i < n_kind; i++)
    if ((unsigned)kind[i].channel >= CUXAS_N_CHANNEL)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "no such channel of the core level: %d", (int)kind[i].channel);
  if ((status = cuxas_site_potential_new(crystal, site, &simulator->settings, simulator->atom, &work.potential, err)) !=
          CUXAS_OK ||
      (status = cuxas_scattering_new(&work.potential->inner, &work.scattering, err)) != CUXAS_OK)
    goto done;
  if ((simulation = new_simulation(n_kind, work.potential)) == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a simulation");
  for (size_t i = 0; i < n_kind && status == CUXAS_OK; i++)
    status = simulate_kind(&work, kind[i], &simulation->edge[i], &simulation->n_operation, err);
  if (status != CUXAS_OK) goto done;
  *ret_simulation = simulation;
  simulation      = NULL;
done:
  cuxas_simulation_free(simulation);
  cuxas_site_potential_free(work.potential);
  cuxas_scattering_free(work.scattering);
  return status;
}

void cuxas_simulation_free(cuxas_simulation *simulation)
{
  if (simulation == NULL) return;
  for (size_t i = 0; simulation->edge != NULL && i < simulation->n_edge; i++) {
    free(simulation->edge[i].energy_eV);
    free(simulation->edge[i].mu);
    free(simulation->edge[i].mu0);
  }
  free(simulation->edge);
  free(simulation);
}
