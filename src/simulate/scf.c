#include "simulate/scf_priv.h"

#include "simulate/valence_priv.h"
#include "simulate/interstitial_priv.h"
#include "simulate/atom_priv.h"
#include "simulate/multiple_scattering_priv.h"
#include "base/units.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Contents: surroundings - core and valence - contour - Green functions - new density and potential - iteration */

#define PI 3.14159265358979323846
enum { N_CONTOUR = 14, N_NODE = N_CONTOUR + 1, MAX_SEARCH = 4, PATIENCE = 20 };
#define ABOVE_FERMI 0.02 /* hartree: where the density of states at the Fermi level is looked up */
#define SMOOTHING 0.01   /* hartree: where occupation jumps to and fro, the contour ends so far above the Fermi level */
#define LOWEST_CORE (-2.2)  /* hartree: the border between core and valence is sought between these, */
#define HIGHEST_CORE (-1.1) /* as far as possible from any level of the free atoms */
#define LEVEL_SHIFT (-0.15) /* hartree by which neighbours lower an atom's levels, roughly */
#define LAST_LIGHT 5        /* boron: up to it there are no d waves */
#define ALIKE 1e-3          /* bohr, hartree: as much may Norman radius and potential of twins differ */
#define SHARE 0.1           /* of a new density that is mixed in */
#define MAX_STEP 0.15       /* hartree: largest step of the Fermi level */
#define SEARCH_DONE 0.05    /* hartree: the rest is left to the next iteration */
#define FERMI_DONE 1.5e-3   /* hartree */
#define CHARGE_DONE 0.01    /* electrons */

/* One unique potential's own view of the cluster. */
typedef struct {
  cuxas_scattering *scattering;
  size_t            n_point; /* radial mesh points whose density is renewed: those up to the Norman radius, and 2 */
  double            core[CUXAS_RADIAL_POINTS];      /* 4 pi r^2 density of the core */
  double            n_valence;                      /* electrons of the neutral atom outside the core */
  size_t            n_l;                            /* angular momenta that hold valence electrons */
  cuxas_scatterer   start;                          /* the superposed atoms */
  double            shell[CUXAS_VALENCE_POINTS];    /* 4 pi r^2 density of the valence electrons */
  double            at_fermi[CUXAS_VALENCE_POINTS]; /* the same per hartree at the Fermi level */
  double            electrons[CUXAS_N_L], electrons_at_fermi[CUXAS_N_L];
} site;

typedef struct {
  const double     *share;
  cuxas_muffin_tin *muffin_tin;
  size_t            n_site;
  site             *site;         /* (n_site) */
  size_t            twin;         /* potential of atoms that are all like the absorber; 0: none */
  double            core_hartree; /* lower end of the contour */
  double            smoothing;    /* hartree: its upper end above the real axis */
  double complex    energy[N_NODE], weight[N_CONTOUR];
} problem;

/* ---------------------------------------------------- surroundings ------------------------------------------------- */

static int by_distance(const void *left, const void *right)
{
  const cuxas_cluster_atom *a = left, *b = right;
  if (fabs(a->distance_A - b->distance_A) > 1e-5) return a->distance_A < b->distance_A ? -1 : 1;
  for (int k = 0; k < 3; k++)
    if (fabs(a->position_A[k] - b->position_A[k]) > 1e-5) return a->position_A[k] < b->position_A[k] ? -1 : 1;
  return 0;
}

/* A potential of the absorber's element whose atom has the same surroundings: one calculation does for both. */
static size_t find_twin(const cuxas_muffin_tin *muffin_tin)
{
  const cuxas_scatterer *absorber = &muffin_tin->scatterer[0];
  for (size_t i = 1; i < muffin_tin->n_scatterer; i++) {
    const cuxas_scatterer *other = &muffin_tin->scatterer[i];
    double                 worst = fabs(other->norman_radius_bohr - absorber->norman_radius_bohr);
    if (other->atomic_number != absorber->atomic_number) continue;
    for (size_t k = 0; k < CUXAS_RADIAL_POINTS && cuxas_radial_r(k) < absorber->norman_radius_bohr; k++)
      worst = fmax(worst, fabs(other->coulomb_hartree[k] - absorber->coulomb_hartree[k]));
    if (worst < ALIKE) return i;
  }
  return 0;
}

/* The atoms around the first atom of a potential, as a cluster of its own; potentials keep their numbers, but the
 * absorber counts as its twin, so that no symmetry is lost. */
static cuxas_status surround(const cuxas_cluster *cluster, size_t potential, size_t twin,
                             const cuxas_scf_settings *settings, cuxas_scattering **ret_scattering, cuxas_error *err)
{
  cuxas_cluster around = {0, cuxas_new_array(cluster->n_atom, sizeof *around.atom), cluster->n_potential,
                          cluster->atomic_number};
  size_t        center = 0;
  if (around.atom == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu atoms", cluster->n_atom);
  while (cluster->atom[center].potential != potential) center++;
  for (size_t i = 0; i < cluster->n_atom; i++) {
    cuxas_cluster_atom atom   = cluster->atom[i];
    double             square = 0.0;
    for (int k = 0; k < 3; k++) {
      atom.position_A[k] -= cluster->atom[center].position_A[k];
      square += atom.position_A[k] * atom.position_A[k];
    }
    atom.distance_A = sqrt(square);
    if (atom.potential == 0) atom.potential = twin;
    if (atom.distance_A <= settings->radius_A) around.atom[around.n_atom++] = atom;
  }
  qsort(around.atom, around.n_atom, sizeof *around.atom, by_distance);
  if (settings->max_atom > 0 && around.n_atom > settings->max_atom) {
    size_t n = settings->max_atom;
    while (n > 1 && around.atom[n].distance_A - around.atom[n - 1].distance_A < 0.01) n--;
    around.n_atom = n;
  }
  const cuxas_status status = cuxas_scattering_new(&around, ret_scattering, err);
  free(around.atom);
  return status;
}

/* -------------------------------------------------- core and valence ----------------------------------------------- */

/* Angular momenta of valence electrons: s, p and d. f electrons stay those of the free atom, as in FEFF unless it is
 * told otherwise: a muffin tin puts them at the wrong energy, and the empty ones of lanthanum must not be filled. */
static size_t valence_waves(int atomic_number)
{
  return atomic_number <= LAST_LIGHT ? 2 : 3;
}

static bool is_f(const cuxas_orbital *orbital)
{
  return orbital->kappa == 3 || orbital->kappa == -4;
}

/* Local-density levels, which are those of the muffin-tin potential but for a common shift. */
static cuxas_status find_border(problem *p, const cuxas_atom *const *atom, cuxas_atom **ret_level, cuxas_error *err)
{
  double best = -1.0;
  for (size_t i = 0; i < p->n_site; i++) {
    const cuxas_atom_settings settings = {.exchange = CUXAS_ATOM_LDA, .is_in_solid = atom[i]->is_in_solid};
    const cuxas_status        status   = cuxas_atom_new(atom[i]->atomic_number, &settings, &ret_level[i], err);
    if (status != CUXAS_OK) return status;
  }
  for (double border = HIGHEST_CORE; border >= LOWEST_CORE - 1e-9; border -= 0.05) {
    double nearest = INFINITY;
    for (size_t i = 0; i < p->n_site; i++)
      for (size_t a = 0; a < ret_level[i]->n_orbital; a++)
        if (!is_f(&ret_level[i]->orbital[a]))
          nearest = fmin(nearest, fabs(ret_level[i]->orbital[a].energy_hartree + LEVEL_SHIFT - border));
    if (fmin(nearest, 0.3) > best + 1e-9) {
      best            = fmin(nearest, 0.3);
      p->core_hartree = border;
    }
  }
  return CUXAS_OK;
}

static void split_electrons(problem *p, const cuxas_atom *const *atom, cuxas_atom *const *level)
{
  for (size_t i = 0; i < p->n_site; i++) {
    site *s      = &p->site[i];
    s->n_valence = 0.0;
    for (size_t a = 0; a < atom[i]->n_orbital; a++) {
      const cuxas_orbital *orbital = &atom[i]->orbital[a],
                          *local   = cuxas_atom_orbital(level[i], orbital->n, orbital->kappa);
      const bool is_deep           = local != NULL && local->energy_hartree + LEVEL_SHIFT < p->core_hartree;
      const bool is_core           = is_deep || is_f(orbital);
      if (!is_core) s->n_valence += orbital->occupation;
      for (size_t k = 0; is_core && k < CUXAS_RADIAL_POINTS; k++)
        s->core[k] +=
            orbital->occupation * (orbital->large[k] * orbital->large[k] + orbital->small[k] * orbital->small[k]);
    }
  }
}

/* ------------------------------------------------------- contour --------------------------------------------------- */

/* The path of the integral; then one point above the Fermi level: the path's end, whose Green function is the integral's
 * derivative, when that is not on the axis. */
static cuxas_status set_contour(problem *p, double fermi_hartree, cuxas_error *err)
{
  p->energy[N_CONTOUR] = fermi_hartree + I * (p->smoothing > 0.0 ? p->smoothing : ABOVE_FERMI);
  return cuxas_contour_set(p->core_hartree, fermi_hartree, p->smoothing, N_CONTOUR, p->energy, p->weight, err);
}

/* --------------------------------------------------- Green functions ----------------------------------------------- */

/* Density of one site's valence electrons: the sum over the contour, and the value at the Fermi level. */
static cuxas_status fill_site(problem *p, size_t i, const cuxas_photoelectron *electron, cuxas_error *err)
{
  site              *s                    = &p->site[i];
  const _Bool        is_wanted[CUXAS_N_L] = {true, true, s->n_l > 2, false};
  const double       norman               = p->muffin_tin->scatterer[i].norman_radius_bohr;
  cuxas_status       status;
  cuxas_wave_sphere *sphere                                           = cuxas_new_array(1, sizeof *sphere);
  double complex    *g                                                = cuxas_new_array(N_NODE * CUXAS_N_L, sizeof *g);
  double             complex(*green)[CUXAS_N_L][CUXAS_VALENCE_POINTS] = cuxas_new_array(N_NODE, sizeof *green);
  double(*shell)[CUXAS_VALENCE_POINTS]                                = cuxas_new_array(2, sizeof *shell);

  if (sphere == NULL || g == NULL || green == NULL || shell == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the Green functions of %d energies", N_NODE);
    goto done;
  }
  if ((status = cuxas_wave_sphere_set(&p->muffin_tin->scatterer[i], sphere, err)) != CUXAS_OK) goto done;
  if ((status = cuxas_scattering_run(s->scattering, electron, is_wanted, g, NULL, err)) != CUXAS_OK) goto done;
#pragma omp parallel for schedule(dynamic)
  for (size_t e = 0; e < N_NODE; e++)
    cuxas_valence_green(sphere, electron->energy_hartree[e], electron->wave_number[e],
                        electron->phase_shift + (e * electron->n_scatterer + i) * CUXAS_N_L, g + e * CUXAS_N_L,
                        green[e]);

  memset(s->shell, 0, sizeof s->shell);
  memset(s->at_fermi, 0, sizeof s->at_fermi);
  for (size_t l = 0; l < s->n_l; l++) {
    for (size_t k = 0; k < cuxas_valence_points(sphere); k++) {
      double complex sum = 0.0;
      for (size_t e = 0; e < N_CONTOUR; e++) sum += p->weight[e] * green[e][l][k];
      shell[0][k] = -cimag(sum) / PI;
      shell[1][k] = -cimag(green[N_CONTOUR][l][k]) / PI;
      s->shell[k] += shell[0][k];
      s->at_fermi[k] += shell[1][k];
    }
    s->electrons[l]          = cuxas_valence_integrate(sphere, shell[0], norman);
    s->electrons_at_fermi[l] = cuxas_valence_integrate(sphere, shell[1], norman);
  }
done:
  free(sphere);
  free(g);
  free(green);
  free(shell);
  return status;
}

static void copy_twin(problem *p)
{
  const site *from = &p->site[0];
  site       *to   = &p->site[p->twin];
  memcpy(to->shell, from->shell, sizeof to->shell);
  memcpy(to->at_fermi, from->at_fermi, sizeof to->at_fermi);
  memcpy(to->electrons, from->electrons, sizeof to->electrons);
  memcpy(to->electrons_at_fermi, from->electrons_at_fermi, sizeof to->electrons_at_fermi);
}

/* All sites with the contour up to a Fermi level; excess of electrons over neutrality and their number per hartree. */
static cuxas_status fill_sites(problem *p, double fermi_hartree, double *ret_excess, double *ret_per_hartree,
                               cuxas_error *err)
{
  cuxas_photoelectron *electron = NULL;
  cuxas_status         status   = set_contour(p, fermi_hartree, err);
  if (status != CUXAS_OK) return status;
  const cuxas_energy_mesh mesh = {.n_energy = N_NODE, .energy_hartree = p->energy};
  if ((status = cuxas_photoelectron_new(p->muffin_tin, &mesh, NULL, &electron, err)) != CUXAS_OK) return status;
  for (size_t e = 0; e < N_NODE; e++) /* waves without valence electrons do not scatter here */
    for (size_t i = 0; i < p->n_site; i++)
      for (size_t l = p->site[i].n_l; l < CUXAS_N_L; l++)
        electron->phase_shift[(e * p->n_site + i) * CUXAS_N_L + l] = 0.0;
  *ret_excess = *ret_per_hartree = 0.0;
  for (size_t i = 0; i < p->n_site && status == CUXAS_OK; i++) {
    if (i > 0 && i == p->twin)
      copy_twin(p);
    else
      status = fill_site(p, i, electron, err);
    for (size_t l = 0; l < CUXAS_N_L; l++) {
      *ret_excess += p->share[i] * p->site[i].electrons[l];
      *ret_per_hartree += p->share[i] * p->site[i].electrons_at_fermi[l];
    }
    *ret_excess -= p->share[i] * p->site[i].n_valence;
  }
  cuxas_photoelectron_free(electron);
  return status;
}

/* Moves the Fermi level by at most MAX_STEP towards neutrality and takes the electrons in between along. */
static double shift_fermi(problem *p, double excess, double per_hartree)
{
  double step = per_hartree > 0.0 ? -excess / per_hartree : -MAX_STEP * copysign(1.0, excess);
  step        = fmin(fmax(step, -MAX_STEP), MAX_STEP);
  for (size_t i = 0; i < p->n_site; i++) {
    site *s = &p->site[i];
    for (size_t k = 0; k < CUXAS_VALENCE_POINTS; k++) s->shell[k] += step * s->at_fermi[k];
    for (size_t l = 0; l < CUXAS_N_L; l++) s->electrons[l] += step * s->electrons_at_fermi[l];
  }
  return step;
}

/* ---------------------------------------------- new density and potential ------------------------------------------ */

static size_t count_values(const problem *p)
{
  size_t n = 0;
  for (size_t i = 0; i < p->n_site; i++) n += p->site[i].n_point;
  return n;
}

/* Present densities and their change, scaled so that their squares add up to an integral over the sphere. */
static void gather(const problem *p, double *ret_value, double *ret_residual)
{
  size_t at = 0;
  for (size_t i = 0; i < p->n_site; i++) {
    const site       *s = &p->site[i];
    cuxas_wave_sphere sphere; /* only its radii are used */
    cuxas_wave_sphere_set(&p->muffin_tin->scatterer[i], &sphere, NULL);
    for (size_t k = 0; k < s->n_point; k++, at++) {
      const double r = cuxas_radial_r(k), scale = 4.0 * PI * r * r * sqrt(r),
                   old   = p->muffin_tin->scatterer[i].density[k];
      const double fresh = (s->core[k] + cuxas_valence_at(&sphere, s->shell, r)) / (4.0 * PI * r * r);
      ret_value[at]      = scale * old;
      ret_residual[at]   = scale * (fresh - old);
    }
  }
}

/* Coulomb potential of the density's change inside the Norman sphere; at its surface the potential stays. */
static void renew_coulomb(const site *s, cuxas_scatterer *io)
{
  double change[CUXAS_RADIAL_POINTS] = {0.0}, over_r[CUXAS_RADIAL_POINTS] = {0.0}, inside[CUXAS_RADIAL_POINTS],
         outside[CUXAS_RADIAL_POINTS];
  for (size_t k = 0; k < s->n_point; k++) {
    const double r = cuxas_radial_r(k);
    change[k]      = 4.0 * PI * r * r * (io->density[k] - s->start.density[k]);
    over_r[k]      = change[k] / r;
  }
  cuxas_radial_cumulate(change, 2.0, inside);
  cuxas_radial_cumulate(over_r, 1.0, outside);
  const double norman = io->norman_radius_bohr, charge = cuxas_radial_at(inside, norman),
               end = cuxas_radial_at(outside, norman);
  for (size_t k = 0; k < s->n_point; k++)
    io->coulomb_hartree[k] =
        s->start.coulomb_hartree[k] + inside[k] / cuxas_radial_r(k) + end - outside[k] - charge / norman;
}

static void scatter(problem *p, const double *value)
{
  size_t at = 0;
  for (size_t i = 0; i < p->n_site; i++) {
    cuxas_scatterer *scatterer = &p->muffin_tin->scatterer[i];
    for (size_t k = 0; k < p->site[i].n_point; k++, at++) {
      const double r        = cuxas_radial_r(k);
      scatterer->density[k] = fmax(value[at] / (4.0 * PI * r * r * sqrt(r)), 1e-6);
    }
    renew_coulomb(&p->site[i], scatterer);
  }
}

/* ------------------------------------------------------ iteration -------------------------------------------------- */

static double sum_electrons(const site *s)
{
  double sum = 0.0;
  for (size_t l = 0; l < CUXAS_N_L; l++) sum += s->electrons[l];
  return sum;
}

static cuxas_status iterate(problem *p, const cuxas_cluster *cluster, const cuxas_scf_settings *settings,
                            cuxas_scf_report *report, cuxas_error *err)
{
  const size_t n        = count_values(p);
  cuxas_status status   = CUXAS_OK;
  double      *value    = cuxas_new_array(n, sizeof *value);
  double      *residual = cuxas_new_array(n, sizeof *residual);
  cuxas_mixer *mixer    = cuxas_mixer_new(n, SHARE);
  double       fermi    = p->muffin_tin->fermi_hartree;
  if (value == NULL || residual == NULL || mixer == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu densities", n);
    goto done;
  }
  for (report->n_iteration = 1;; report->n_iteration++) {
    double excess = 0.0, per_hartree = 0.0, moved = 0.0;
    if (report->n_iteration == PATIENCE + 1) {
      p->smoothing = SMOOTHING;
      cuxas_mixer_forget(mixer);
    }
    for (int search = 0; search < MAX_SEARCH; search++) {
      if ((status = fill_sites(p, fermi, &excess, &per_hartree, err)) != CUXAS_OK) goto done;
      const double step = shift_fermi(p, excess, per_hartree);
      fermi += step;
      moved += step;
      if (fabs(step) < SEARCH_DONE) break;
    }
    report->change_hartree   = fabs(moved);
    report->change_electrons = 0.0;
    for (size_t i = 0; i < p->n_site; i++) {
      const double gained        = sum_electrons(&p->site[i]) - p->site[i].n_valence;
      report->change_electrons   = fmax(report->change_electrons, fabs(gained - report->charge_transfer[i]));
      report->charge_transfer[i] = gained;
      memcpy(report->electrons[i], p->site[i].electrons, sizeof report->electrons[i]);
    }
    report->is_converged = report->change_hartree < FERMI_DONE && report->change_electrons < CHARGE_DONE;
    gather(p, value, residual);
    cuxas_mixer_step(mixer, value, residual);
    scatter(p, value);
    if ((status = cuxas_interstitial_solve(cluster, p->share, p->muffin_tin, err)) != CUXAS_OK) goto done;
    p->muffin_tin->fermi_hartree = fermi;
    if (report->is_converged || report->n_iteration >= settings->max_iteration) break;
  }
done:
  free(value);
  free(residual);
  cuxas_mixer_free(mixer);
  return status;
}

static size_t count_points(double norman_radius_bohr)
{
  size_t n = 0;
  while (n + 3 < CUXAS_RADIAL_POINTS && cuxas_radial_r(n) < norman_radius_bohr) n++;
  return n + 2;
}

cuxas_status cuxas_scf_run(const cuxas_cluster *cluster, const cuxas_atom *const *atom, const double *share,
                           const cuxas_scf_settings *settings, cuxas_muffin_tin *io_muffin_tin,
                           cuxas_scf_report *ret_report, cuxas_error *err)
{
  const size_t     n      = io_muffin_tin->n_scatterer;
  cuxas_status     status = CUXAS_OK;
  problem          p      = {share, io_muffin_tin, n, cuxas_new_array(n, sizeof *p.site), 0, 0.0, 0.0, {0}, {0}};
  cuxas_atom     **level  = cuxas_new_array(n, sizeof *level);
  cuxas_scf_report report = {.electrons       = cuxas_new_array(n, sizeof *report.electrons),
                             .charge_transfer = cuxas_new_array(n, sizeof *report.charge_transfer)};

  if (p.site == NULL || level == NULL || report.electrons == NULL || report.charge_transfer == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the self-consistency of %zu potentials", n);
    goto done;
  }
  if (!(settings->radius_A > 0.0) || settings->max_iteration < 1 || n != cluster->n_potential) {
    status = cuxas_fail(err, CUXAS_ERANGE, "self-consistency within %g A in %d iterations for %zu potentials",
                        settings->radius_A, settings->max_iteration, n);
    goto done;
  }
  p.twin = find_twin(io_muffin_tin);
  for (size_t i = 0; i < n; i++) {
    if ((i == 0 || i != p.twin) &&
        (status = surround(cluster, i, p.twin, settings, &p.site[i].scattering, err)) != CUXAS_OK)
      goto done;
    p.site[i].start   = io_muffin_tin->scatterer[i];
    p.site[i].n_point = count_points(io_muffin_tin->scatterer[i].norman_radius_bohr);
    p.site[i].n_l     = valence_waves(atom[i]->atomic_number);
  }
  if ((status = find_border(&p, atom, level, err)) != CUXAS_OK) goto done;
  split_electrons(&p, atom, level);
  report.core_hartree = p.core_hartree;
  if ((status = iterate(&p, cluster, settings, &report, err)) != CUXAS_OK) goto done;
  *ret_report = report;
  report      = (cuxas_scf_report){0};
done:
  for (size_t i = 0; i < n; i++) {
    if (p.site != NULL) cuxas_scattering_free(p.site[i].scattering);
    if (level != NULL) cuxas_atom_free(level[i]);
  }
  free(p.site);
  free(level);
  cuxas_scf_report_clear(&report);
  return status;
}

void cuxas_scf_report_clear(cuxas_scf_report *report)
{
  free(report->electrons);
  free(report->charge_transfer);
  *report = (cuxas_scf_report){0};
}
