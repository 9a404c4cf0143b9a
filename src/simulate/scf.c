/* scf.c - potentials that the electrons they bind would make
 *
 * Contents: surroundings - core and valence - contour - Green functions - new density and potential - iteration -
 * Fermi level - all of it */
#include "simulate/scf_priv.h"

#include "simulate/valence_priv.h"
#include "simulate/interstitial_priv.h"
#include "simulate/atom_priv.h"
#include "simulate/multiple_scattering_priv.h"
#include "base/units.h"
#include "base/elements.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
/* None of these numbers is fitted to spectra. Those of the physics: */
#define WARMTH 0.004       /* hartree: thermal energy while iterating. 0.1 eV, a core hole's width is five times that */
#define HOT 3.0            /* as much warmer when PATIENCE iterations were not enough */
#define LOWEST_CORE (-2.2) /* hartree: the border between core and valence is sought between these, */
#define HIGHEST_CORE (-1.1) /* as far as possible from any level: semicore p shells from 4 to 3 s shells of anions */
#define CLOSED 0.35         /* hartree below the Fermi level no band is open any more */
#define DEEPER 0.3          /* hartree: so much lower the border is sought again where a shell fell below it */
#define ALIKE 1e-3          /* bohr, hartree: as much may Norman radius and potential of twins differ */
enum { LAST_LIGHT = 5 };    /* boron: up to it there are no d waves */
/* Those of the iteration, which its result does not depend on: */
#define SHARE 0.1         /* of a new density that is mixed in at first; with 0.2 three sites of 49 go astray */
#define GROWN 2.0         /* times the least residual so far: what was learned led astray, half the share is taken, */
#define LEAST_SHARE 0.02  /* but not less than this */
#define MAX_STEP 0.15     /* hartree: largest step of the Fermi level, a quarter of a valence band */
#define FERMI_WEIGHT 20.0 /* per hartree, against electrons: so much counts the Fermi level among what is mixed */
#define SEARCH_DONE 0.02  /* hartree: the rest is left to the next iteration */
#define SETTLE_STEP 0.02  /* hartree: first step, at most, on the way to a bracket of the Fermi level */
#define ABOVE_FERMI 0.01  /* hartree: where Newton's steps look up the density of states at a sharp Fermi level */
#define ROUGH_FERMI 0.01  /* hartree, and */
#define ROUGH_CHARGE 0.05 /* electrons: what still moves when near atoms have said enough */
enum { ROUGH_ATOMS = 16, ROUGH_PATH = 6, ROUGH_PATIENCE = 25 };
enum { N_SHARP = 14, N_NODE = CUXAS_CONTOUR_WARM, MAX_SEARCH = 4, MAX_SETTLE = 12, N_QUIET = 2, PATIENCE = 30 };
/* And when it is done: */
#define FERMI_DONE 1e-3  /* hartree */
#define CHARGE_DONE 0.01 /* electrons */
#define NEUTRAL 0.002    /* electrons that the cell may have too many or too few of at the end */
#define SETTLED 2e-4     /* hartree: so narrow a bracket of the Fermi level is enough */

/* One unique potential's own view of the cluster. */
typedef struct {
  cuxas_scattering *scattering;
  cuxas_scattering *near;    /* its innermost shells alone */
  size_t            n_point; /* radial mesh points whose density is renewed: those up to the Norman radius, and 2 */
  double            core[CUXAS_RADIAL_POINTS];      /* 4 pi r^2 density of the core */
  double            level_shift;                    /* hartree: what neighbours do to its core levels */
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
  double            warmth;       /* hartree: thermal energy of the occupation; 0: all states below the Fermi level */
  double            fermi;        /* hartree: the level up to which sites were filled last, */
  double            fermi_step;   /* and how far that is from neutrality, to first order */
  bool              is_rough;     /* the first iterations: near atoms scatter, and few energies do */
  size_t            n_energy;     /* of the contour, */
  size_t            response;     /* and which of them tells the density of states at the Fermi level */
  double complex    energy[N_NODE], weight[N_NODE];
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
  cuxas_cluster around = {0, cuxas_new(err, cluster->n_atom, sizeof *around.atom), cluster->n_potential,
                          cluster->atomic_number};
  size_t        center = 0;
  if (around.atom == NULL) return cuxas_no_memory(err);
  while (cluster->atom[center].potential != potential) center++;
  for (size_t i = 0; i < cluster->n_atom; i++) {
    cuxas_cluster_atom atom   = cluster->atom[i];
    double             square = 0.0;
    for (int k = 0; k < 3; k++) {
      atom.position_A[k] += atom.moved_A[k];
      atom.position_A[k] -= cluster->atom[center].position_A[k] + cluster->atom[center].moved_A[k];
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

static int l_of(const cuxas_orbital *orbital)
{
  return orbital->kappa > 0 ? orbital->kappa : -orbital->kappa - 1;
}

/* Level of a shell in the solid: the free atom's, both j together as scalar-relativistic waves have it, moved by what the
 * neighbours' potential is at the nucleus. NAN: the shell is empty. */
static double shell_level(const site *s, const cuxas_atom *level, int n, int l)
{
  double sum = 0.0, weight = 0.0;
  for (size_t a = 0; a < level->n_orbital; a++) {
    const cuxas_orbital *orbital = &level->orbital[a];
    if (orbital->n != n || l_of(orbital) != l) continue;
    sum += abs(orbital->kappa) * orbital->energy_hartree;
    weight += abs(orbital->kappa);
  }
  return sum / weight + s->level_shift;
}

/* Local-density levels, which are those of the muffin-tin potential but for the neighbours' shift. */
static cuxas_status find_border(problem *p, const cuxas_atom *const *atom, double highest_hartree,
                                cuxas_atom **ret_level, cuxas_error *err)
{
  double best = -1.0;
  for (size_t i = 0; i < p->n_site; i++) {
    const cuxas_atom_settings settings = {.exchange = CUXAS_ATOM_LDA, .is_in_solid = atom[i]->is_in_solid};
    const cuxas_status        status   = cuxas_atom_new(atom[i]->atomic_number, &settings, &ret_level[i], err);
    if (status != CUXAS_OK) return status;
  }
  for (double border = fmin(HIGHEST_CORE, fmax(highest_hartree, LOWEST_CORE)); border >= LOWEST_CORE - 1e-9;
       border -= 0.05) {
    double nearest = INFINITY;
    for (size_t i = 0; i < p->n_site; i++)
      for (size_t a = 0; a < ret_level[i]->n_orbital; a++)
        if (l_of(&ret_level[i]->orbital[a]) < 3)
          nearest = fmin(nearest, fabs(shell_level(&p->site[i], ret_level[i], ret_level[i]->orbital[a].n,
                                                   l_of(&ret_level[i]->orbital[a])) -
                                       border));
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
      const cuxas_orbital *orbital = &atom[i]->orbital[a];
      const int            l       = l_of(orbital);
      const bool           is_core = l == 3 || shell_level(s, level[i], orbital->n, l) < p->core_hartree;
      if (!is_core) s->n_valence += orbital->occupation;
      for (size_t k = 0; is_core && k < CUXAS_RADIAL_POINTS; k++)
        s->core[k] +=
            orbital->occupation * (orbital->large[k] * orbital->large[k] + orbital->small[k] * orbital->small[k]);
    }
  }
}

/* Electrons of a site's shells that are full, no core, and too deep for bonds to open: at least so many it must hold. */
static void count_closed(const site *s, const cuxas_atom *atom, const cuxas_atom *level, double core_hartree,
                         double fermi_hartree, double ret_closed[CUXAS_N_L])
{
  for (int l = 0; l < CUXAS_N_L; l++) ret_closed[l] = 0.0;
  for (size_t a = 0; a < atom->n_orbital; a++) {
    const cuxas_orbital *orbital = &atom->orbital[a];
    const double         at      = shell_level(s, level, orbital->n, l_of(orbital));
    if (l_of(orbital) < 3 && at > core_hartree && at < fermi_hartree - CLOSED &&
        orbital->occupation > 2.0 * abs(orbital->kappa) - 0.5)
      ret_closed[l_of(orbital)] += orbital->occupation;
  }
}

/* ------------------------------------------------------- contour --------------------------------------------------- */

/* Energies, and with which weight the Green functions there add up to the density of occupied states; the last one has
 * none when occupation ends sharply, and is there for the density of states at the Fermi level. */
static cuxas_status set_contour(problem *p, double fermi_hartree, cuxas_error *err)
{
  if (p->warmth > 0.0) {
    const size_t n_path = p->is_rough ? ROUGH_PATH : CUXAS_CONTOUR_PATH;
    p->n_energy         = CUXAS_CONTOUR_WARM - CUXAS_CONTOUR_PATH + n_path;
    p->response         = 0;
    return cuxas_contour_set_warm(p->core_hartree, fermi_hartree, p->warmth, n_path, p->energy, p->weight, err);
  }
  p->n_energy        = N_SHARP + 1;
  p->response        = N_SHARP;
  p->energy[N_SHARP] = fermi_hartree + I * ABOVE_FERMI;
  p->weight[N_SHARP] = 0.0;
  return cuxas_contour_set(p->core_hartree, fermi_hartree, 0.0, N_SHARP, p->energy, p->weight, err);
}

/* --------------------------------------------------- Green functions ----------------------------------------------- */

/* Density of one site's valence electrons: the sum over the contour, and the value at the Fermi level. */
static cuxas_status fill_site(problem *p, size_t i, const cuxas_photoelectron *electron, cuxas_error *err)
{
  site              *s                    = &p->site[i];
  const _Bool        is_wanted[CUXAS_N_L] = {true, true, s->n_l > 2, false};
  const double       norman               = p->muffin_tin->scatterer[i].norman_radius_bohr;
  cuxas_status       status;
  cuxas_wave_sphere *sphere                                           = cuxas_new(err, 1, sizeof *sphere);
  double complex    *g                                                = cuxas_new(err, N_NODE * CUXAS_N_L, sizeof *g);
  double             complex(*green)[CUXAS_N_L][CUXAS_VALENCE_POINTS] = cuxas_new(err, N_NODE, sizeof *green);
  double(*shell)[CUXAS_VALENCE_POINTS]                                = cuxas_new(err, 2, sizeof *shell);

  if (sphere == NULL || g == NULL || green == NULL || shell == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  if ((status = cuxas_wave_sphere_set(&p->muffin_tin->scatterer[i], sphere, err)) != CUXAS_OK) goto done;
  if ((status = cuxas_scattering_run(p->is_rough ? s->near : s->scattering, electron, is_wanted, g, NULL, err)) !=
      CUXAS_OK)
    goto done;
#pragma omp parallel for schedule(dynamic)
  for (size_t e = 0; e < p->n_energy; e++)
    cuxas_valence_green(sphere, electron->energy_hartree[e], electron->wave_number[e],
                        electron->phase_shift + (e * electron->n_scatterer + i) * CUXAS_N_L, g + e * CUXAS_N_L,
                        green[e]);

  memset(s->shell, 0, sizeof s->shell);
  memset(s->at_fermi, 0, sizeof s->at_fermi);
  for (size_t l = 0; l < s->n_l; l++) {
    for (size_t k = 0; k < cuxas_valence_points(sphere); k++) {
      double complex sum = 0.0;
      for (size_t e = 0; e < p->n_energy; e++) sum += p->weight[e] * green[e][l][k];
      shell[0][k] = -cimag(sum) / PI;
      shell[1][k] = -cimag(green[p->response][l][k]) / PI;
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
  const cuxas_energy_mesh mesh = {.n_energy = p->n_energy, .energy_hartree = p->energy};
  if ((status = cuxas_photoelectron_new(p->muffin_tin, &mesh, NULL, &electron, err)) != CUXAS_OK) return status;
  for (size_t e = 0; e < p->n_energy; e++) /* waves without valence electrons do not scatter here */
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
  size_t n = 1; /* the Fermi level */
  for (size_t i = 0; i < p->n_site; i++) n += p->site[i].n_point;
  return n;
}

/* Present densities and their change, scaled so that their squares add up to an integral over the sphere; and the Fermi
 * level, so that it is foreseen and the densities' change with it, known to first order only, stays small. Of its residual
 * all is taken over, of the densities' a share. */
static void gather(const problem *p, double share, double *ret_value, double *ret_residual)
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
  ret_value[at]    = share * FERMI_WEIGHT * p->fermi;
  ret_residual[at] = FERMI_WEIGHT * p->fermi_step;
}

/* Coulomb potential of the density's change inside the Norman sphere. Neutral spheres do not see each other: at the radius
 * that the new density makes neutral the potential stays what it was. */
static void renew_coulomb(const site *s, cuxas_scatterer *io)
{
  double change[CUXAS_RADIAL_POINTS] = {0.0}, over_r[CUXAS_RADIAL_POINTS] = {0.0}, inside[CUXAS_RADIAL_POINTS],
         outside[CUXAS_RADIAL_POINTS], shell[CUXAS_RADIAL_POINTS], all[CUXAS_RADIAL_POINTS];
  const double norman = io->norman_radius_bohr;
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) {
    const double r = cuxas_radial_r(k), sphere = 4.0 * PI * r * r;
    if (k < s->n_point) change[k] = sphere * (io->density[k] - s->start.density[k]);
    over_r[k] = change[k] / r;
    shell[k]  = sphere * io->density[k];
  }
  cuxas_radial_cumulate(change, 2.0, inside);
  cuxas_radial_cumulate(over_r, 1.0, outside);
  cuxas_radial_cumulate(shell, 2.0, all);
  double low = 0.5 * norman, high = 1.5 * norman;
  for (int step = 0; step < 40; step++) {
    const double middle                                                = 0.5 * (low + high);
    *(cuxas_radial_at(all, middle) < io->atomic_number ? &low : &high) = middle;
  }
  const double neutral = 0.5 * (low + high);
  const double there   = cuxas_radial_at(inside, neutral) / neutral - cuxas_radial_at(outside, neutral);
  for (size_t k = 0; k < s->n_point; k++)
    io->coulomb_hartree[k] = s->start.coulomb_hartree[k] + inside[k] / cuxas_radial_r(k) - outside[k] - there;
}

static void scatter(problem *p, double share, const double *value)
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
  p->fermi = value[at] / (share * FERMI_WEIGHT);
}

/* ------------------------------------------------------ iteration -------------------------------------------------- */

static double sum_electrons(const site *s)
{
  double sum = 0.0;
  for (size_t l = 0; l < CUXAS_N_L; l++) sum += s->electrons[l];
  return sum;
}

static void report_charges(const problem *p, cuxas_scf_report *report)
{
  for (size_t i = 0; i < p->n_site; i++) {
    report->charge_transfer[i] = sum_electrons(&p->site[i]) - p->site[i].n_valence;
    memcpy(report->electrons[i], p->site[i].electrons, sizeof report->electrons[i]);
  }
}

/* Electrons in the sphere where new and old density differ most that are not where they were. */
static double count_misplaced(const problem *p, const double *residual)
{
  double worst = 0.0;
  for (size_t i = 0, at = 0; i < p->n_site; i++) {
    double sum = 0.0;
    for (size_t k = 0; k < p->site[i].n_point; k++, at++)
      sum += CUXAS_RADIAL_STEP * sqrt(cuxas_radial_r(k)) * fabs(residual[at]);
    worst = fmax(worst, sum);
  }
  return worst;
}

/* Density of the potential as it is, neutral by one or a few steps of the Fermi level. */
static cuxas_status fill_neutral(problem *p, double *ret_moved, cuxas_error *err)
{
  *ret_moved    = 0.0;
  p->fermi_step = 0.0;
  for (int search = 0; search < MAX_SEARCH; search++) {
    double excess, per_hartree;
    p->fermi += p->fermi_step;
    const cuxas_status status = fill_sites(p, p->fermi, &excess, &per_hartree, err);
    if (status != CUXAS_OK) return status;
    p->fermi_step = shift_fermi(p, excess, per_hartree);
    *ret_moved += p->fermi_step;
    if (fabs(p->fermi_step) < SEARCH_DONE) break;
  }
  return CUXAS_OK;
}

/* How far the densities are from those of their potential. */
static cuxas_status look(problem *p, double share, double *ret_value, double *ret_residual, cuxas_scf_report *report,
                         cuxas_error *err)
{
  double             moved;
  const cuxas_status status = fill_neutral(p, &moved, err);
  if (status != CUXAS_OK) return status;
  gather(p, share, ret_value, ret_residual);
  report->change_hartree   = fabs(moved);
  report->change_electrons = count_misplaced(p, ret_residual);
  return CUXAS_OK;
}

/* From the near atoms to all of them. What was learned of how densities answer stays: only the residuals of what was tried
 * are all off by the same, the difference of the two answers to the present densities. */
static cuxas_status refine(problem *p, cuxas_mixer *mixer, double share, double *value, double *io_residual,
                           cuxas_scf_report *report, cuxas_error *err)
{
  const size_t n_value = count_values(p);
  double      *rough   = cuxas_copy(err, io_residual, n_value, sizeof *io_residual);
  if (rough == NULL) return CUXAS_ENOMEM;
  p->is_rough               = false;
  const cuxas_status status = look(p, share, value, io_residual, report, err);
  for (size_t i = 0; i < n_value; i++) rough[i] = io_residual[i] - rough[i];
  cuxas_mixer_offset(mixer, rough);
  free(rough);
  return status;
}

static cuxas_status iterate(problem *p, const cuxas_cluster *cluster, const cuxas_scf_settings *settings,
                            cuxas_scf_report *report, cuxas_error *err)
{
  const size_t n        = count_values(p);
  cuxas_status status   = CUXAS_OK;
  double      *value    = cuxas_new(err, n, sizeof *value);
  double      *residual = cuxas_new(err, n, sizeof *residual);
  cuxas_mixer *mixer    = cuxas_mixer_new(n, SHARE);
  int          n_quiet = 0, n_rough = 0;
  double       share = SHARE, best = INFINITY;
  p->fermi = p->muffin_tin->fermi_hartree;
  if (value == NULL || residual == NULL || mixer == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  p->warmth   = WARMTH;
  p->is_rough = true;
  for (report->n_iteration = 1;; report->n_iteration++) {
    if (report->n_iteration - n_rough == PATIENCE + 1) {
      p->warmth *= HOT;
      cuxas_mixer_forget(mixer);
    }
    if ((status = look(p, share, value, residual, report, err)) != CUXAS_OK) goto done;
    if (p->is_rough) {
      n_rough = report->n_iteration;
      if ((report->change_hartree < ROUGH_FERMI && report->change_electrons < ROUGH_CHARGE) ||
          n_rough >= ROUGH_PATIENCE) {
        if ((status = refine(p, mixer, share, value, residual, report, err)) != CUXAS_OK) goto done;
        best = INFINITY;
      }
    }
    const bool is_quiet = !p->is_rough && report->change_hartree < FERMI_DONE && report->change_electrons < CHARGE_DONE;
    n_quiet             = is_quiet ? n_quiet + 1 : 0;
    report->is_converged = n_quiet == N_QUIET;
    if (report->is_converged || report->n_iteration - n_rough >= settings->max_iteration) break;
    if (report->change_electrons > GROWN * best) {
      share = fmax(0.5 * share, LEAST_SHARE);
      cuxas_mixer_damp(mixer, share);
      value[n - 1] = share * FERMI_WEIGHT * p->fermi;
      best         = report->change_electrons;
    }
    best = fmin(best, report->change_electrons);
    cuxas_mixer_step(mixer, value, residual);
    scatter(p, share, value);
    if ((status = cuxas_interstitial_solve(cluster, p->share, p->muffin_tin, err)) != CUXAS_OK) goto done;
  }
  report->warmth_hartree = p->warmth;
done:
  free(value);
  free(residual);
  cuxas_mixer_free(mixer);
  return status;
}

/* Other clusters for all sites. */
static cuxas_status widen(problem *p, const cuxas_cluster *cluster, double radius_A, double residual, cuxas_error *err)
{
  const cuxas_scf_settings wide   = {.radius_A = radius_A};
  cuxas_status             status = CUXAS_OK;
  for (size_t i = 0; i < p->n_site && status == CUXAS_OK; i++) {
    if (i > 0 && i == p->twin) continue;
    cuxas_scattering_free(p->site[i].scattering);
    p->site[i].scattering = NULL;
    status                = surround(cluster, i, p->twin, &wide, &p->site[i].scattering, err);
    if (status != CUXAS_OK) continue;
    p->site[i].scattering->residual   = residual;
    p->site[i].scattering->is_chained = true;
  }
  return status;
}

/* The level up to which all states are occupied, for the potential as it is: Newton's steps, or secants, in a bracket. */
static cuxas_status settle_fermi(problem *p, cuxas_scf_report *report, cuxas_error *err)
{
  double fermi = p->fermi + p->fermi_step, low = -INFINITY, high = INFINITY, low_excess = 0.0, high_excess = 0.0,
         excess = 0.0;
  p->warmth     = 0.0;
  for (int search = 0; search < MAX_SETTLE; search++) {
    double             per_hartree;
    const cuxas_status status = fill_sites(p, fermi, &excess, &per_hartree, err);
    if (status != CUXAS_OK) return status;
    p->muffin_tin->fermi_hartree = fermi;
    if (fabs(excess) < NEUTRAL) break;
    if (excess > 0.0) {
      high        = fermi;
      high_excess = excess;
    } else {
      low        = fermi;
      low_excess = excess;
    }
    if (high - low < SETTLED) break;
    double next = per_hartree > 0.0 ? fermi - excess / per_hartree : NAN;
    if (isfinite(low) && isfinite(high)) {
      const double secant = low - low_excess * (high - low) / (high_excess - low_excess);
      if (!(next > low && next < high) || search > 2) next = search % 3 == 2 ? 0.5 * (low + high) : secant;
    } else {
      const double limit = SETTLE_STEP * (search + 1);
      next = isfinite(next) ? fmin(fmax(next, fermi - limit), fermi + limit) : fermi - copysign(limit, excess);
    }
    fermi = next;
  }
  report->excess_electrons = excess;
  report_charges(p, report);
  return CUXAS_OK;
}

static size_t count_points(double norman_radius_bohr)
{
  size_t n = 0;
  while (n + 3 < CUXAS_RADIAL_POINTS && cuxas_radial_r(n) < norman_radius_bohr) n++;
  return n + 2;
}

/* ----------------------------------------------------- all of it -------------------------------------------------- */

/* With the border between core and valence where the settings have it. */
static cuxas_status run_once(const cuxas_cluster *cluster, const cuxas_atom *const *atom, const double *share,
                             const cuxas_scf_settings *settings, cuxas_muffin_tin *io_muffin_tin,
                             cuxas_scf_report *ret_report, cuxas_error *err)
{
  const size_t n      = io_muffin_tin->n_scatterer;
  cuxas_status status = CUXAS_OK;
  problem p = {.share = share, .muffin_tin = io_muffin_tin, .n_site = n, .site = cuxas_new(err, n, sizeof *p.site)};
  cuxas_atom     **level  = cuxas_new(err, n, sizeof *level);
  cuxas_scf_report report = {.electrons       = cuxas_new(err, n, sizeof *report.electrons),
                             .closed          = cuxas_new(err, n, sizeof *report.closed),
                             .charge_transfer = cuxas_new(err, n, sizeof *report.charge_transfer)};

  if (p.site == NULL || level == NULL || report.electrons == NULL || report.closed == NULL ||
      report.charge_transfer == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  if (!(settings->radius_A > 0.0) || settings->max_iteration < 1 || n != cluster->n_potential) {
    status = cuxas_fail(err, CUXAS_ERANGE, "self-consistency within %g A in %d iterations for %zu potentials",
                        settings->radius_A, settings->max_iteration, n);
    goto done;
  }
  cuxas_scf_settings rough = *settings;
  if (rough.max_atom == 0 || rough.max_atom > ROUGH_ATOMS) rough.max_atom = ROUGH_ATOMS;
  p.twin = find_twin(io_muffin_tin);
  for (size_t i = 0; i < n; i++) {
    if ((i == 0 || i != p.twin) &&
        ((status = surround(cluster, i, p.twin, settings, &p.site[i].scattering, err)) != CUXAS_OK ||
         (status = surround(cluster, i, p.twin, &rough, &p.site[i].near, err)) != CUXAS_OK))
      goto done;
    p.site[i].start       = io_muffin_tin->scatterer[i];
    p.site[i].n_point     = count_points(io_muffin_tin->scatterer[i].norman_radius_bohr);
    p.site[i].n_l         = valence_waves(atom[i]->atomic_number);
    p.site[i].level_shift = p.site[i].start.coulomb_hartree[0] - atom[i]->coulomb_hartree[0];
  }
  if ((status = find_border(&p, atom, settings->highest_core_hartree, level, err)) != CUXAS_OK) goto done;
  split_electrons(&p, atom, level);
  report.core_hartree = p.core_hartree;
  if ((status = iterate(&p, cluster, settings, &report, err)) != CUXAS_OK ||
      (settings->settle_A > 0.0 &&
       (status = widen(&p, cluster, settings->settle_A, settings->residual, err)) != CUXAS_OK) ||
      (status = settle_fermi(&p, &report, err)) != CUXAS_OK)
    goto done;
  for (size_t i = 0; i < n; i++)
    count_closed(&p.site[i], atom[i], level[i], p.core_hartree, io_muffin_tin->fermi_hartree, report.closed[i]);
  *ret_report = report;
  report      = (cuxas_scf_report){0};
done:
  for (size_t i = 0; i < n; i++) {
    if (p.site != NULL) cuxas_scattering_free(p.site[i].scattering);
    if (p.site != NULL) cuxas_scattering_free(p.site[i].near);
    if (level != NULL) cuxas_atom_free(level[i]);
  }
  free(p.site);
  free(level);
  cuxas_scf_report_clear(&report);
  return status;
}

cuxas_status cuxas_scf_run(const cuxas_cluster *cluster, const cuxas_atom *const *atom, const double *share,
                           const cuxas_scf_settings *settings, cuxas_muffin_tin *io_muffin_tin,
                           cuxas_scf_report *ret_report, cuxas_error *err)
{
  const size_t           n     = io_muffin_tin->n_scatterer;
  const cuxas_muffin_tin start = *io_muffin_tin;
  cuxas_scatterer       *first = cuxas_copy(err, start.scatterer, n, sizeof *start.scatterer);
  if (first == NULL) return CUXAS_ENOMEM;
  cuxas_status status = run_once(cluster, atom, share, settings, io_muffin_tin, ret_report, err);
  size_t       i      = 0;
  while (status == CUXAS_OK && i < n && cuxas_scf_lost_shell(ret_report, i) < 0) i++;
  if (status == CUXAS_OK && i < n) { /* the first densities were far off, and a band with them: begin below all that */
    cuxas_scf_settings deeper   = *settings;
    deeper.highest_core_hartree = ret_report->core_hartree - DEEPER;
    cuxas_scf_report_clear(ret_report);
    *io_muffin_tin = start;
    memcpy(io_muffin_tin->scatterer, first, n * sizeof *first);
    status = run_once(cluster, atom, share, &deeper, io_muffin_tin, ret_report, err);
  }
  free(first);
  return status;
}

void cuxas_scf_report_clear(cuxas_scf_report *report)
{
  free(report->electrons);
  free(report->closed);
  free(report->charge_transfer);
  *report = (cuxas_scf_report){0};
}
