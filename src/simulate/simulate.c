/* simulate.c - a structure's absorption edges: from a site of a crystal to spectra
 *
 * Contents: potentials of a site - spectra */
#include "crystal/oxidation.h"
#include "base/text.h"
#include "simulate/edge_priv.h"
#include "simulate/interstitial_priv.h"
#include "base/memory.h"
#include "simulate/scf_priv.h"
#include "base/units.h"
#include "cuxas/simulate.h"
#include "base/elements.h"
#include "cuxas/status.h"
#include "simulate/edge_energy_priv.h"
#include "simulate/multiple_scattering_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ==== potentials of a site ======================================================================================== */

enum { MAX_SCF = 60, NEAR_ATOMS = 45 };

#define NEAR_A 4.6
#define PROBE_PER_A 1.3 /* 6.4 eV: as far as the hole is counted */

#define BAND_EV 40.0 /* below the Fermi level the core begins, where no self-consistency has looked */

/* The cluster that scatters, and around it what its potentials need. */
static cuxas_status cut_clusters(const cuxas_crystal *crystal, size_t site, const cuxas_simulate_settings *settings,
                                 cuxas_site_potential *ret, cuxas_error *err)
{
  size_t       n_atom = 0;
  cuxas_status status = cuxas_cluster_count(crystal, site, settings->radius_A, settings->max_atom, &n_atom, err);
  if (status == CUXAS_OK)
    status = cuxas_cluster_around(crystal, site, settings->radius_A, CUXAS_MUFFIN_TIN_REACH_A, &ret->cluster, err);
  if (status != CUXAS_OK) return status;
  if (settings->theory == CUXAS_THEORY_FEFF) cuxas_cluster_move_hydrogen(ret->cluster);
  ret->inner        = *ret->cluster;
  ret->inner.n_atom = n_atom;
  return CUXAS_OK;
}

static cuxas_status find_atoms(const cuxas_simulate_settings *settings, cuxas_atom **io_atom, cuxas_site_potential *ret,
                               cuxas_error *err)
{
  const cuxas_cluster *cluster = ret->cluster;
  if ((ret->atom = cuxas_new(err, cluster->n_potential, sizeof *ret->atom)) == NULL) return CUXAS_ENOMEM;
  for (size_t p = 0; p < cluster->n_potential; p++) {
    const int z = cluster->atomic_number[p];
    if (z < 1 || z > CUXAS_SIMULATE_MAX_Z)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "element %d: free atoms are known up to %d", z, CUXAS_SIMULATE_MAX_Z);
    if (io_atom[z] == NULL) {
      const cuxas_atom_settings in_solid = {
          .exchange = CUXAS_ATOM_EXACT, .is_in_solid = true, .has_own_exchange = settings->theory == CUXAS_THEORY_FEFF};
      const cuxas_status status = cuxas_atom_new(z, &in_solid, &io_atom[z], err);
      if (status != CUXAS_OK) return status;
    }
    ret->atom[p] = io_atom[z];
  }
  return CUXAS_OK;
}

static cuxas_status make_self_consistent(const cuxas_simulate_settings *settings, const double *share,
                                         cuxas_site_potential *io, cuxas_error *err)
{
  const cuxas_scf_settings scf    = {.radius_A      = settings->scf_radius_A,
                                     .max_atom      = settings->scf_max_atom,
                                     .max_iteration = MAX_SCF,
                                     .settle_A      = settings->fermi_radius_A,
                                     .residual      = settings->residual / 3.0};
  cuxas_scf_report         report = {0};
  cuxas_status             status = cuxas_scf_run(io->cluster, io->atom, share, &scf, io->muffin_tin, &report, err);
  if (status == CUXAS_OK) status = cuxas_scf_check(&report, io->cluster->atomic_number, io->cluster->n_potential, err);
  io->n_scf = report.n_iteration;
  cuxas_text_print(io->scf, sizeof io->scf,
                   "%s in %d iterations, warm by %.2f eV; charges within %.4f, neutral within %.4f",
                   report.is_converged ? "converged" : "nearly converged", report.n_iteration,
                   report.warmth_hartree * CUXAS_HARTREE_EV, report.change_electrons, fabs(report.excess_electrons));
  io->core_hartree = report.core_hartree;
  cuxas_scf_report_clear(&report);
  return status;
}

static cuxas_status make_potentials(const cuxas_crystal *crystal, const cuxas_simulate_settings *settings,
                                    cuxas_site_potential *ret, cuxas_error *err)
{
  cuxas_status status;
  double      *share = cuxas_new(err, ret->cluster->n_potential, sizeof *share);
  if (share == NULL) return CUXAS_ENOMEM;
  cuxas_muffin_tin_shares(crystal, ret->cluster, share);
  if ((status = cuxas_muffin_tin_new(ret->cluster, ret->atom, share, &ret->muffin_tin, err)) == CUXAS_OK) {
    ret->superposed   = ret->muffin_tin->scatterer[0];
    ret->core_hartree = ret->muffin_tin->fermi_hartree - BAND_EV / CUXAS_HARTREE_EV;
    if (settings->theory == CUXAS_THEORY_CUXAS && settings->level_share > 0.0)
      status =
          cuxas_interstitial_fit(crystal, ret->cluster, ret->atom, share, settings->level_share, ret->muffin_tin, err);
    if (status == CUXAS_OK && settings->scf_radius_A > 0.0) status = make_self_consistent(settings, share, ret, err);
    ret->muffin_tin->fermi_hartree += settings->fermi_shift_eV / CUXAS_HARTREE_EV;
  }
  free(share);
  return status;
}

cuxas_status cuxas_site_potential_new(const cuxas_crystal *crystal, size_t site,
                                      const cuxas_simulate_settings *settings, cuxas_atom **io_atom,
                                      cuxas_site_potential **ret_potential, cuxas_error *err)
{
  cuxas_status          status;
  cuxas_site_potential *potential = cuxas_new(err, 1, sizeof *potential);
  *ret_potential                  = NULL;
  if (potential == NULL) return CUXAS_ENOMEM;
  if ((status = cut_clusters(crystal, site, settings, potential, err)) == CUXAS_OK &&
      (status = find_atoms(settings, io_atom, potential, err)) == CUXAS_OK &&
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

cuxas_status cuxas_site_potential_with_hole(cuxas_site_potential *potential, const cuxas_orbital *core,
                                            cuxas_muffin_tin **ret_muffin_tin, cuxas_core_hole **ret_hole,
                                            cuxas_error *err)
{
  cuxas_status      status = CUXAS_OK;
  cuxas_muffin_tin *dug    = cuxas_muffin_tin_copy(potential->muffin_tin);
  cuxas_core_hole  *hole   = cuxas_new(err, 1, sizeof *hole);
  *ret_muffin_tin          = NULL;
  *ret_hole                = NULL;
  if (dug == NULL || hole == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  if (potential->screening == NULL &&
      (status = cuxas_screening_new(potential->cluster, potential->muffin_tin, potential->core_hartree,
                                    &potential->screening, err)) != CUXAS_OK)
    goto done;
  if ((status = cuxas_screening_solve(potential->screening, core, hole, err)) != CUXAS_OK) goto done;
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) dug->scatterer[0].total_hartree[k] += hole->screened_hartree[k];
  *ret_muffin_tin = dug;
  *ret_hole       = hole;
  dug             = NULL;
  hole            = NULL;
done:
  cuxas_muffin_tin_free(dug);
  free(hole);
  return status;
}

/* ==== spectra ===================================================================================================== */

enum { MAX_KIND = 12, N_EDGE = 4, N_SHELL = 3 };

#define MAX_ABOVE_HARTREE 20.0 /* of the self-energy's table: beyond any XANES */

const cuxas_simulate_settings CUXAS_SIMULATE_DEFAULTS = {9.0, 250, 0.0,  4.0, 0.055, 0.1, 4.6, 45, CUXAS_THEORY_CUXAS,
                                                         0.5, 0.0, true, 6.5, 0.03};
const cuxas_simulate_settings CUXAS_SIMULATE_QUICK    = {7.0, 105, 0.0,  4.0, 0.055, 0.1, 4.6, 45, CUXAS_THEORY_CUXAS,
                                                         0.0, 0.0, true, 0.0, 0.0};

struct cuxas_simulator {
  cuxas_simulate_settings settings;
  char                    code[CUXAS_N_CHANNEL][CUXAS_SIMULATE_CODE_SIZE];
  cuxas_atom             *atom[CUXAS_SIMULATE_MAX_Z + 1]; /* by atomic number, solved when first met; owned */
  double                  atomic_eV[CUXAS_SIMULATE_MAX_Z + 1][N_EDGE]; /* edges of free atoms; 0: not yet known */
  cuxas_self_energy      *self_energy; /* made when the first site is simulated; owned */
};

/* ---- edges ------------------------------------------------------------------------------------------------------ */

static const struct {
  const char *name;
  int         n, kappa;
  size_t      shell; /* edges of one shell share the scattering */
} EDGES[N_EDGE] = {{"K", 1, -1, 0}, {"L1", 2, -1, 1}, {"L2", 2, 1, 2}, {"L3", 2, -2, 2}};

/* The core orbital of an edge, and what lifts its electron out of the free atom. */
static cuxas_status find_core(cuxas_simulator *simulator, const cuxas_atom *atom, const char *edge, size_t *ret_edge,
                              const cuxas_orbital **ret_core, double *ret_atomic_eV, cuxas_error *err)
{
  size_t i = 0;
  while (i < N_EDGE && strcmp(EDGES[i].name, edge) != 0) i++;
  if (i == N_EDGE) return cuxas_fail(err, CUXAS_EUNSUPPORTED, "edge \"%s\" is none of K, L1, L2, L3", edge);
  if ((*ret_core = cuxas_atom_orbital(atom, EDGES[i].n, EDGES[i].kappa)) == NULL)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "element %d has no %s edge", atom->atomic_number, edge);
  *ret_edge             = i;
  double      *known_eV = &simulator->atomic_eV[atom->atomic_number][i];
  cuxas_status status   = CUXAS_OK;
  if (*known_eV == 0.0) status = cuxas_edge_energy_atomic(atom, EDGES[i].n, EDGES[i].kappa, known_eV, err);
  *ret_atomic_eV = *known_eV;
  return status;
}

/* The number goes up when what it computes changes by more than rounding, and more than the residual leaves open. */
static const char *const THEORIES[] = {"feff 3", "cuxas 2"};

static const char *const HOLES[CUXAS_N_CHANNEL] = {"no core hole", "statically screened core hole",
                                                   "core hole projected on states above the Fermi level"};

/* ---- what sites share ------------------------------------------------------------------------------------------- */

cuxas_status cuxas_simulator_new(const cuxas_simulate_settings *settings, cuxas_simulator **ret_simulator,
                                 cuxas_error *err)
{
  cuxas_simulator *simulator = NULL;
  *ret_simulator             = NULL;
  if (!(settings->radius_A > 0.0 && settings->radius_A <= 30.0) || !(settings->width_eV >= 0.0) ||
      !(settings->k_max_per_A > 0.0) || !(settings->k_step_per_A > 0.0) || !(settings->edge_step_eV > 0.0) ||
      !(fabs(settings->fermi_shift_eV) <= 5.0) || !(settings->level_share >= 0.0 && settings->level_share <= 1.0) ||
      !(settings->scf_radius_A >= 0.0 && settings->scf_radius_A <= CUXAS_MUFFIN_TIN_REACH_A) ||
      !(settings->fermi_radius_A >= 0.0 && settings->fermi_radius_A <= CUXAS_MUFFIN_TIN_REACH_A) ||
      !(settings->residual >= 0.0 && settings->residual <= 0.1))
    return cuxas_fail(err, CUXAS_ERANGE,
                      "a simulation needs positive radius, wave numbers and steps, and self-consistency within %g A",
                      CUXAS_MUFFIN_TIN_REACH_A);
  if ((simulator = cuxas_new(err, 1, sizeof *simulator)) == NULL) return CUXAS_ENOMEM;
  simulator->settings = *settings;
  char potential[72]  = "overlapped free atoms";
  if (settings->scf_radius_A > 0.0)
    cuxas_text_print(potential, sizeof potential, "self-consistent %.4g A up to %zu", settings->scf_radius_A,
                     settings->scf_max_atom);
  if (settings->scf_radius_A > 0.0 && settings->fermi_radius_A > 0.0)
    cuxas_text_print(potential + strlen(potential), sizeof potential - strlen(potential), ", Fermi level of %.4g A",
                     settings->fermi_radius_A);
  char between[56] = "";
  if (settings->theory == CUXAS_THEORY_CUXAS && settings->level_share > 0.0)
    cuxas_text_print(between, sizeof between, ", level between spheres of the cell by %.4g", settings->level_share);
  char moved[56] = "";
  if (settings->fermi_shift_eV != 0.0)
    cuxas_text_print(moved, sizeof moved, ", Fermi level %+.4g eV", settings->fermi_shift_eV);
  if (settings->theory == CUXAS_THEORY_CUXAS && settings->has_polarised_fermi)
    cuxas_text_print(moved + strlen(moved), sizeof moved - strlen(moved), ", polarised Fermi level");
  char left[32] = "";
  if (settings->residual > 0.0) cuxas_text_print(left, sizeof left, ", residual %.4g", settings->residual);
  for (size_t i = 0; i < CUXAS_N_CHANNEL; i++)
    cuxas_text_print(
        simulator->code[i], sizeof simulator->code[i],
        "cuxas-simulate %s, theory %s: %s%s%s, %s, cluster %.4g A, up to %zu atoms%s, mesh %.4g/A %.4g/A %.4g eV",
        cuxas_version(), THEORIES[settings->theory], potential, between, moved, HOLES[i], settings->radius_A,
        settings->max_atom, left, settings->k_max_per_A, settings->k_step_per_A, settings->edge_step_eV);
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
  ret_edge->energy_eV = cuxas_new(err, n, sizeof *ret_edge->energy_eV);
  ret_edge->mu        = cuxas_new(err, n, sizeof *ret_edge->mu);
  ret_edge->mu0       = cuxas_new(err, n, sizeof *ret_edge->mu0);
  if (ret_edge->energy_eV == NULL || ret_edge->mu == NULL || ret_edge->mu0 == NULL) return CUXAS_ENOMEM;
  memcpy(ret_edge->energy_eV, spectrum->energy_eV, n * sizeof *spectrum->energy_eV);
  memcpy(ret_edge->mu, spectrum->mu, n * sizeof *spectrum->mu);
  memcpy(ret_edge->mu0, spectrum->mu0, n * sizeof *spectrum->mu0);
  ret_edge->edge_step = spectrum->edge_step_A2;
  ret_edge->width_eV  = width_eV;
  ret_edge->edge_eV   = spectrum->fermi_eV;
  return CUXAS_OK;
}

/* What the edges of one shell of the absorber share: L3 and L2 see the same surroundings, only the width differs. */
typedef struct {
  cuxas_energy_mesh  *mesh; /* of the narrower edge */
  cuxas_surroundings *surroundings;
  cuxas_muffin_tin   *with_hole; /* NULL: not asked for yet */
  cuxas_core_hole    *hole;
  cuxas_echo         *hole_echo; /* NULL: not asked for yet */
} shell_work;

/* What the spectra of a site share. */
typedef struct {
  cuxas_simulator      *simulator;
  cuxas_site_potential *potential;
  cuxas_scattering     *scattering;
  bool                  has_hole;   /* the absorber's 3d shell is open, and the theory splits it */
  double                lowered_eV; /* the Fermi level, for the sake of that hole */
  shell_work            shell[N_SHELL];
} site_work;

static void free_shell(shell_work *shell)
{
  cuxas_surroundings_free(shell->surroundings);
  cuxas_energy_mesh_free(shell->mesh);
  cuxas_muffin_tin_free(shell->with_hole);
  free(shell->hole);
  free(shell->hole_echo);
  *shell = (shell_work){0};
}

static double width_of(const site_work *work, size_t i_edge)
{
  const double width_eV = work->simulator->settings.width_eV;
  return width_eV > 0.0
             ? width_eV
             : cuxas_core_width_eV(work->potential->atom[0]->atomic_number, EDGES[i_edge].n, EDGES[i_edge].kappa);
}

static cuxas_status new_scattering(const site_work *work, const cuxas_cluster *cluster,
                                   cuxas_scattering **ret_scattering, cuxas_error *err)
{
  const cuxas_status status = cuxas_scattering_new(cluster, ret_scattering, err);
  if (status != CUXAS_OK) return status;
  (*ret_scattering)->residual   = work->simulator->settings.residual;
  (*ret_scattering)->is_chained = true;
  return CUXAS_OK;
}

/* Scattering without a hole, into all l that the shell's edges reach; of a probe no further than the hole of an open d shell
 * is counted, and into d alone. */
static cuxas_status solve_shell(const site_work *work, size_t i_shell, bool is_probe, shell_work *shell,
                                cuxas_error *err)
{
  const cuxas_simulate_settings *settings             = &work->simulator->settings;
  const cuxas_muffin_tin        *muffin_tin           = work->potential->muffin_tin;
  cuxas_energy_settings          mesh                 = {.fermi_hartree  = muffin_tin->fermi_hartree,
                                                         .core_hole_eV   = HUGE_VAL,
                                                         .k_max_per_A    = is_probe ? PROBE_PER_A : settings->k_max_per_A,
                                                         .k_step_per_A   = settings->k_step_per_A,
                                                         .energy_step_eV = settings->edge_step_eV,
                                                         .top_hartree    = is_probe ? 0.0 : CUXAS_PROJECTION_TOP_HARTREE};
  bool                           is_wanted[CUXAS_N_L] = {false};
  cuxas_status                   status;
  for (size_t i = 0; i < N_EDGE; i++) {
    cuxas_final_state final[3];
    if (EDGES[i].shell != i_shell) continue;
    mesh.core_hole_eV = fmin(mesh.core_hole_eV, width_of(work, i));
    for (int j = cuxas_absorption_finals(EDGES[i].kappa, final); j-- > 0;) is_wanted[final[j].l] = true;
  }
  for (int l = CUXAS_L_MAX; l-- > 0;) /* those in between, where surroundings without inversion couple them */
    is_wanted[l] =
        is_probe ? l == 2 : is_wanted[l] || (is_wanted[l + 1] && !cuxas_scattering_has_inversion(work->scattering));
  if ((status = cuxas_energy_mesh_new(&mesh, &shell->mesh, err)) != CUXAS_OK) return status;
  return cuxas_surroundings_new(work->scattering, muffin_tin, work->simulator->self_energy, shell->mesh, is_wanted,
                                &shell->surroundings, err);
}

/* When it is first asked for. */
static cuxas_status need_shell(site_work *work, size_t i_shell, cuxas_error *err)
{
  shell_work *shell = &work->shell[i_shell];
  return shell->surroundings != NULL ? CUXAS_OK : solve_shell(work, i_shell, false, shell, err);
}

/* The hole, when it is first asked for; that of the shell's upper edge stands for both. */
static cuxas_status need_hole(site_work *work, size_t i_shell, cuxas_error *err)
{
  shell_work *shell = &work->shell[i_shell];
  size_t      i     = N_EDGE;
  while (i-- > 0 && EDGES[i].shell != i_shell) continue;
  if (shell->hole != NULL) return CUXAS_OK;
  const cuxas_orbital *core = cuxas_atom_orbital(work->potential->atom[0], EDGES[i].n, EDGES[i].kappa);
  return cuxas_site_potential_with_hole(work->potential, core, &shell->with_hole, &shell->hole, err);
}

/* What an edge needs beside the shell's. */
typedef struct {
  cuxas_d_level    *parts;         /* NULL: with the hole in the potential */
  cuxas_absorption *absorption[3]; /* in each of the parts' potentials */
  double complex   *g;             /* (n_energy, CUXAS_N_L) */
  double complex   *f;             /* (n_energy) */
  double           *change;
} edge_work;

static void free_edge(edge_work *edge)
{
  cuxas_d_level_free(edge->parts);
  for (size_t i = 0; i < 3; i++) cuxas_absorption_free(edge->absorption[i]);
  free(edge->g);
  free(edge->f);
  free(edge->change);
}

/* What absorbs when the channels of one l differ in potential. */
static void sum_parts(const shell_work *shell, const edge_work *edge, double complex *ret_f)
{
  const cuxas_d_level *parts = edge->parts;
  const size_t         l     = (size_t)parts->l;
  for (size_t i = 0; i < shell->mesh->n_energy; i++) {
    const cuxas_absorption *as_is = edge->absorption[0];
    ret_f[i]                      = 0.0;
    for (size_t k = 0; k < CUXAS_N_L; k++)
      if (k != l)
        ret_f[i] +=
            as_is->atomic[i * CUXAS_N_L + k] + as_is->scattering[i * CUXAS_N_L + k] * edge->g[i * CUXAS_N_L + k];
    for (size_t c = 0; c < parts->n_part; c++) {
      const cuxas_absorption *own = edge->absorption[parts->part[c].i_potential];
      ret_f[i] += (own->atomic[i * CUXAS_N_L + l] + own->scattering[i * CUXAS_N_L + l] * parts->part[c].g[i]) /
                  (double)parts->n_part;
    }
  }
}

/* Without hole, or with one that is not in the potential. */
static cuxas_status absorb_parts(site_work *work, const shell_work *shell, const cuxas_orbital *core, double photon_eV,
                                 edge_work *edge, cuxas_error *err)
{
  cuxas_status status = cuxas_d_level_new(shell->surroundings, work->potential->muffin_tin,
                                          work->simulator->self_energy, core, work->has_hole, &edge->parts, err);
  for (size_t p = 0; status == CUXAS_OK && p < edge->parts->n_potential; p++)
    status =
        cuxas_absorption_new(edge->parts->potential[p], shell->mesh, core, photon_eV, p > 0, &edge->absorption[p], err);
  if (status == CUXAS_OK) sum_parts(shell, edge, edge->f);
  return status;
}

/* One edge in one channel. */
static cuxas_status simulate_edge(site_work *work, size_t i_edge, const cuxas_orbital *core, double photon_eV,
                                  cuxas_channel channel, cuxas_edge_spectrum **ret_spectrum, cuxas_error *err)
{
  shell_work  *shell           = &work->shell[EDGES[i_edge].shell];
  edge_work    edge            = {.parts = NULL};
  const double width           = 0.5 * width_of(work, i_edge) / CUXAS_HARTREE_EV;
  const bool   is_in_potential = channel == CUXAS_CHANNEL_SCREENED_HOLE;
  cuxas_status status          = need_shell(work, EDGES[i_edge].shell, err);
  if (status == CUXAS_OK && channel != CUXAS_CHANNEL_NO_HOLE) status = need_hole(work, EDGES[i_edge].shell, err);
  if (status == CUXAS_OK && is_in_potential && shell->hole_echo == NULL)
    status = cuxas_surroundings_echo(shell->surroundings, shell->with_hole, work->simulator->self_energy,
                                     &shell->hole_echo, err);
  if (status != CUXAS_OK) return status;
  const size_t      n_energy = shell->mesh->n_energy;
  const cuxas_echo *echo     = is_in_potential ? shell->hole_echo : shell->surroundings->echo;
  edge.g                     = cuxas_new(err, n_energy, CUXAS_N_L * sizeof *edge.g);
  edge.f                     = cuxas_new(err, n_energy, sizeof *edge.f);
  edge.change                = cuxas_new(err, CUXAS_EDGE_BELOW + n_energy, sizeof *edge.change);
  if (edge.g == NULL || edge.f == NULL || edge.change == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  for (size_t i = 0; i < n_energy; i++)
    for (int l = 0; l < CUXAS_N_L; l++) edge.g[i * CUXAS_N_L + (size_t)l] = cuxas_echo_mean(&echo[i], l);
  cuxas_edge_question question = {.photon_at_fermi_eV = photon_eV, .half_width_hartree = width};
  if (is_in_potential)
    status = cuxas_absorption_new(shell->with_hole, shell->mesh, core, photon_eV, false, &edge.absorption[0], err);
  else {
    status         = absorb_parts(work, shell, core, photon_eV, &edge, err);
    question.opt_f = edge.f;
  }
  if (status == CUXAS_OK && channel == CUXAS_CHANNEL_PROJECTED_HOLE) {
    const cuxas_projection projection = {shell->mesh, edge.parts, core, shell->hole->screened_hartree,
                                         photon_eV,   width};
    question.opt_change_A2            = edge.change;
    status                            = cuxas_projected_change(&projection, NULL, edge.change, err);
  }
  if (status == CUXAS_OK)
    status = cuxas_edge_assemble(shell->mesh, edge.absorption[0], edge.g, &question, ret_spectrum, err);
done:
  free_edge(&edge);
  return status;
}

static cuxas_status simulate_kind(site_work *work, cuxas_simulated_kind kind, cuxas_simulated_edge *ret_edge,
                                  cuxas_error *err)
{
  const cuxas_atom    *atom      = work->potential->atom[0];
  const cuxas_orbital *core      = NULL;
  size_t               i_edge    = 0;
  double               atomic_eV = 0.0;
  cuxas_edge_spectrum *spectrum  = NULL;
  cuxas_status         status    = find_core(work->simulator, atom, kind.edge, &i_edge, &core, &atomic_eV, err);
  if (status != CUXAS_OK) return status;
  const double photon_eV =
      cuxas_edge_energy_at_fermi(atomic_eV, atom, core, &work->potential->superposed) - work->lowered_eV;
  status = simulate_edge(work, i_edge, core, photon_eV, kind.channel, &spectrum, err);
  if (status == CUXAS_OK) status = fill_edge(spectrum, kind, width_of(work, i_edge), ret_edge, err);
  cuxas_edge_spectrum_free(spectrum);
  return status;
}

/* ---- the Fermi level of an open shell --------------------------------------------------------------------------- */

#define STEP_EV 0.25 /* between levels that are tried */
#define N_STEP                                                                                                         \
  10 /* the lowest is 2.25 eV below that of spheres without spin: in the gap, or in the full band under it */
#define HOLE_PART 0.7 /* of the hole above the lowest one: the gap's upper edge; the level shall be a step below it */

/* What the search for a level needs; levels are numbered downwards, the first is a step above that of spheres without spin. */
typedef struct {
  site_work work;
  size_t    i_edge;
  double    unpolarised_hartree;
  double    hole[N_STEP + 1]; /* -1: not known yet */
} level_search;

/* How much of the hole is above a level; 1 where the light does not reach the open shell. */
static cuxas_status find_hole(level_search *search, size_t i_level, double *ret_hole, cuxas_error *err)
{
  const site_work     *work = &search->work;
  const cuxas_orbital *core =
      cuxas_atom_orbital(work->potential->atom[0], EDGES[search->i_edge].n, EDGES[search->i_edge].kappa);
  double        *fermi_hartree = &work->potential->muffin_tin->fermi_hartree;
  cuxas_d_level *parts         = NULL;
  shell_work     shell         = {0};
  cuxas_status   status        = CUXAS_OK;
  if (search->hole[i_level] >= 0.0) goto done;
  *fermi_hartree = search->unpolarised_hartree - ((double)i_level - 1.0) * STEP_EV / CUXAS_HARTREE_EV;
  status         = solve_shell(work, EDGES[search->i_edge].shell, true, &shell, err);
  if (status == CUXAS_OK)
    status = cuxas_d_level_new(shell.surroundings, work->potential->muffin_tin, work->simulator->self_energy, core,
                               true, &parts, err);
  if (status == CUXAS_OK) search->hole[i_level] = parts->is_polarised ? fmax(parts->hole, 0.0) : 1.0;
  *fermi_hartree = search->unpolarised_hartree;
  cuxas_d_level_free(parts);
  free_shell(&shell);
done:
  *ret_hole = search->hole[i_level];
  return status;
}

static void forget_holes(level_search *search)
{
  for (size_t i = 0; i <= N_STEP; i++) search->hole[i] = -1.0;
}

static cuxas_status has_hole(level_search *search, size_t i_level, double wanted, bool *ret_has, cuxas_error *err)
{
  double             hole   = 0.0;
  const cuxas_status status = find_hole(search, i_level, &hole, err);
  *ret_has                  = hole >= wanted;
  return status;
}

/* The first level with so much of the hole above it, and above the next, too: U may push a hole that is cut below the level
 * again. The search begins at one that may be near. Between two that are tried a straight line is taken: the level moves as
 * smoothly as the hole does. Where there is none it stays at 0, that of spheres without spin. */
static cuxas_status find_level(level_search *search, double wanted, size_t i_start, double *ret_level, cuxas_error *err)
{
  size_t       i      = i_start;
  bool         has    = false;
  cuxas_status status = CUXAS_OK;
  for (; i < N_STEP; i++) {
    if ((status = has_hole(search, i, wanted, &has, err)) != CUXAS_OK) return status;
    if (has && (status = has_hole(search, i + 1, wanted, &has, err)) != CUXAS_OK) return status;
    if (has) break;
  }
  for (; i > 0 && i < N_STEP; i--)
    if ((status = has_hole(search, i - 1, wanted, &has, err)) != CUXAS_OK || !has) break;
  if (status != CUXAS_OK) return status;
  *ret_level = i < N_STEP ? (double)i : 0.0;
  if (i == 0 || i == N_STEP || search->hole[i] <= wanted) return CUXAS_OK;
  *ret_level -= (search->hole[i] - wanted) / (search->hole[i] - search->hole[i - 1]);
  return CUXAS_OK;
}

/* The part of the cluster that the search makes do with. */
static cuxas_status cut_cluster(const site_work *work, const cuxas_crystal *crystal, size_t site, double radius_A,
                                size_t max_atom, cuxas_scattering **ret_scattering, cuxas_error *err)
{
  cuxas_cluster part   = work->potential->inner;
  size_t        n_atom = 0;
  cuxas_status  status = cuxas_cluster_count(crystal, site, radius_A, max_atom, &n_atom, err);
  if (status != CUXAS_OK) return status;
  if (n_atom < part.n_atom) part.n_atom = n_atom;
  return new_scattering(work, &part, ret_scattering, err);
}

/* Spheres without spin half fill the band that holds the hole of Cu(II), and cut a narrow one anywhere. With spin the
 * empty half stands above the Fermi level, which lies in the gap below: it goes down into it. Where it has to be is looked for
 * with the nearest atoms first, which is quick and off by a step at most. */
static cuxas_status lower_fermi(site_work *work, const cuxas_crystal *crystal, size_t site,
                                const cuxas_simulated_kind *kind, size_t n_kind, cuxas_error *err)
{
  double              *fermi     = &work->potential->muffin_tin->fermi_hartree;
  cuxas_scattering    *near_only = NULL, *middle = NULL;
  level_search         search = {*work, 0, *fermi, {0.0}};
  const cuxas_orbital *core   = NULL;
  double               wanted = 0.0, level = 0.0, atomic_eV = 0.0;
  size_t               i = 0;
  cuxas_status         status;
  while (i < n_kind && strcmp(kind[i].edge, "L3") != 0 && strcmp(kind[i].edge, "L2") != 0) i++;
  if (i == n_kind) return CUXAS_OK;
  if ((status = find_core(work->simulator, work->potential->atom[0], kind[i].edge, &search.i_edge, &core, &atomic_eV,
                          err)) != CUXAS_OK ||
      (status = cut_cluster(work, crystal, site, NEAR_A, NEAR_ATOMS, &near_only, err)) != CUXAS_OK)
    return status;
  search.work.scattering = near_only;
  forget_holes(&search);
  if ((status = find_hole(&search, N_STEP, &wanted, err)) != CUXAS_OK) goto done;
  wanted *= HOLE_PART;
  if ((status = find_level(&search, wanted, 0, &level, err)) != CUXAS_OK) goto done;
  if (work->simulator->settings.residual > 0.0 &&
      (status = cut_cluster(work, crystal, site, CUXAS_LEVEL_A, CUXAS_LEVEL_ATOMS, &middle, err)) != CUXAS_OK)
    goto done;
  search.work.scattering = middle != NULL ? middle : work->scattering;
  forget_holes(&search);
  if ((status = find_level(&search, wanted, (size_t)level, &level, err)) != CUXAS_OK) goto done;
  work->lowered_eV = level * STEP_EV;
  *fermi -= work->lowered_eV / CUXAS_HARTREE_EV;
done:
  cuxas_scattering_free(near_only);
  cuxas_scattering_free(middle);
  return status;
}

static cuxas_simulation *new_simulation(size_t n_kind, const cuxas_site_potential *potential)
{
  cuxas_simulation *simulation = cuxas_new(NULL, 1, sizeof *simulation);
  if (simulation == NULL) return NULL;
  simulation->n_edge = n_kind;
  simulation->n_atom = potential->inner.n_atom;
  simulation->n_scf  = potential->n_scf;
  memcpy(simulation->scf, potential->scf, sizeof simulation->scf);
  simulation->fermi_eV = potential->muffin_tin->fermi_hartree * CUXAS_HARTREE_EV;
  if ((simulation->edge = cuxas_new(NULL, n_kind, sizeof *simulation->edge)) != NULL) return simulation;
  free(simulation);
  return NULL;
}

cuxas_status cuxas_simulate_site(cuxas_simulator *simulator, const cuxas_crystal *crystal, size_t site,
                                 const cuxas_simulated_kind *kind, size_t n_kind, cuxas_simulation **ret_simulation,
                                 cuxas_error *err)
{
  cuxas_status      status;
  site_work         work       = {.simulator = simulator};
  cuxas_shell       shell      = CUXAS_SHELL_UNKNOWN;
  cuxas_simulation *simulation = NULL;
  *ret_simulation              = NULL;
  if (n_kind < 1 || n_kind > MAX_KIND)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu spectra, 1 to %d are simulated", n_kind, MAX_KIND);
  for (size_t i = 0; i < n_kind; i++)
    if ((unsigned)kind[i].channel >= CUXAS_N_CHANNEL)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "no such channel of the core level: %d", (int)kind[i].channel);
  if (simulator->self_energy == NULL &&
      (status = cuxas_self_energy_new(MAX_ABOVE_HARTREE, &simulator->self_energy, err)) != CUXAS_OK)
    return status;
  if ((status = cuxas_site_potential_new(crystal, site, &simulator->settings, simulator->atom, &work.potential, err)) !=
          CUXAS_OK ||
      (status = new_scattering(&work, &work.potential->inner, &work.scattering, err)) != CUXAS_OK ||
      (simulator->settings.theory != CUXAS_THEORY_FEFF &&
       (status = cuxas_shell_find(crystal, &site, 1, &shell, err)) != CUXAS_OK))
    goto done;
  work.has_hole = shell == CUXAS_SHELL_HOLE;
  if (work.has_hole && simulator->settings.has_polarised_fermi &&
      (status = lower_fermi(&work, crystal, site, kind, n_kind, err)) != CUXAS_OK)
    goto done;
  if ((simulation = new_simulation(n_kind, work.potential)) == NULL) status = cuxas_no_memory(err);
  for (size_t i = 0; i < n_kind && status == CUXAS_OK; i++)
    status = simulate_kind(&work, kind[i], &simulation->edge[i], err);
  for (size_t i = 0; i < N_SHELL; i++)
    if (work.shell[i].surroundings != NULL) simulation->n_operation = work.shell[i].surroundings->effort.n_operation;
  if (status != CUXAS_OK) goto done;
  *ret_simulation = simulation;
  simulation      = NULL;
done:
  cuxas_simulation_free(simulation);
  for (size_t i = 0; i < N_SHELL; i++) free_shell(&work.shell[i]);
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
