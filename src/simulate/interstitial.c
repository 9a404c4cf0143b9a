/* interstitial.c - muffin tins: the potential between the spheres and the level it puts them on, and the spheres themselves
 *
 * Contents: interstitial level - spheres and potentials of superposed free atoms: averages, superposition, radii */
#include "simulate/interstitial_priv.h"

#include "base/units.h"
#include "simulate/atom_priv.h"
#include "base/memory.h"
#include "simulate/muffin_tin_priv.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
enum { N_ZONE = 24, N_QUADRATURE = 24 };

/* The part of a sphere that averages around other atoms reach into: N_ZONE radii from `first` to the muffin-tin radius. */
typedef struct {
  size_t atom;        /* in the cluster: the one the scatterer was made for */
  double first, step; /* bohr; step 0: nothing reaches in */
} zone;

typedef struct {
  const cuxas_cluster *cluster;
  cuxas_muffin_tin    *muffin_tin;
  size_t               n_unknown; /* N_ZONE for each scatterer */
  zone                *zone;      /* (n_scatterer) */
  double              *weight;    /* (n_unknown) of one equation */
} problem;

double cuxas_lens_volume(double radius_a, double radius_b, double distance)
{
  const double deep = radius_a + radius_b - distance, difference = radius_a - radius_b;
  if (deep <= 0.0) return 0.0;
  return PI * deep * deep *
         (distance * distance + 2.0 * distance * (radius_a + radius_b) - 3.0 * difference * difference) /
         (12.0 * distance);
}

static double radius_of(const problem *p, size_t scatterer)
{
  return p->muffin_tin->scatterer[scatterer].muffin_tin_radius_bohr;
}

/* As far as averages reach. */
static double reach_of(const problem *p, size_t scatterer)
{
  return fmax(radius_of(p, scatterer), p->muffin_tin->scatterer[scatterer].norman_radius_bohr);
}

static void find_zones(problem *p)
{
  for (size_t i = 0; i < p->muffin_tin->n_scatterer; i++) {
    size_t atom = 0;
    while (p->cluster->atom[atom].potential != i) atom++;
    double first = radius_of(p, i);
    for (size_t k = 0; k < p->cluster->n_atom; k++)
      if (k != atom)
        first =
            fmin(first, cuxas_cluster_distance_bohr(p->cluster, atom, k) - reach_of(p, p->cluster->atom[k].potential));
    first      = fmax(first, 0.1 * radius_of(p, i));
    p->zone[i] = (zone){atom, first, (radius_of(p, i) - first) / (N_ZONE - 1)};
  }
}

/* Spherical average, at radius r around scatterer i's atom, of the neighbours' zones: weights of the unknowns, linear
 * between their radii, into p->weight. Returns the weight of a function that is 1 in them. */
static double average_weights(const problem *p, size_t i, double r)
{
  double total = 0.0;
  for (size_t k = 0; k < p->n_unknown; k++) p->weight[k] = 0.0;
  for (size_t k = 0; k < p->cluster->n_atom; k++) {
    if (k == p->zone[i].atom) continue;
    const size_t j        = p->cluster->atom[k].potential;
    const double distance = cuxas_cluster_distance_bohr(p->cluster, p->zone[i].atom, k), high = radius_of(p, j);
    const double low = fmax(fabs(distance - r), p->zone[j].first);
    if (distance >= r + high || low >= high || p->zone[j].step <= 0.0) continue;
    const double width = (high - low) / N_QUADRATURE;
    for (int q = 0; q < N_QUADRATURE; q++) {
      const double s = low + (q + 0.5) * width, w = width * s / (2.0 * distance * r);
      const double x = fmin((s - p->zone[j].first) / p->zone[j].step, N_ZONE - 1.000001), t = x - floor(x);
      const size_t first = j * N_ZONE + (size_t)x;
      p->weight[first] += w * (1.0 - t);
      p->weight[first + 1] += w * t;
      total += w;
    }
  }
  return total;
}

static double true_potential(const cuxas_scatterer *s, size_t i_point)
{
  return s->coulomb_hartree[i_point] + cuxas_xc_barth_hedin(s->density[i_point]).potential_hartree;
}

static double product(const double *weight, const gsl_vector *v)
{
  double sum = 0.0;
  for (size_t k = 0; k < v->size; k++) sum += weight[k] * gsl_vector_get(v, k);
  return sum;
}

/* Unknowns of the sphere potentials are fixed + V_int * slope; of the shared-out densities: density. */
typedef struct {
  gsl_vector *fixed, *slope, *density;
} solution;

static cuxas_status solve_zones(const problem *p, solution *ret, cuxas_error *err)
{
  cuxas_status     status = CUXAS_OK;
  gsl_matrix      *m      = gsl_matrix_calloc(p->n_unknown, p->n_unknown);
  gsl_permutation *swap   = gsl_permutation_alloc(p->n_unknown);
  int              sign;
  if (m == NULL || swap == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  for (size_t i = 0; i < p->muffin_tin->n_scatterer; i++) {
    const cuxas_scatterer *s = &p->muffin_tin->scatterer[i];
    for (size_t k = 0; k < N_ZONE; k++) {
      const size_t row   = i * N_ZONE + k;
      const double r     = p->zone[i].first + p->zone[i].step * (double)k;
      const double total = average_weights(p, i, r);
      for (size_t column = 0; column < p->n_unknown; column++) gsl_matrix_set(m, row, column, p->weight[column]);
      gsl_matrix_set(m, row, row, 1.0 + p->weight[row]);
      gsl_vector_set(ret->fixed, row, cuxas_radial_at(s->total_hartree, r));
      gsl_vector_set(ret->slope, row, total);
      gsl_vector_set(ret->density, row, cuxas_radial_at(s->density, r));
    }
  }
  gsl_linalg_LU_decomp(m, swap, &sign);
  for (size_t k = 0; k < p->n_unknown; k++)
    if (gsl_matrix_get(m, k, k) == 0.0) {
      status = cuxas_fail(err, CUXAS_ENUMERIC, "overlapping spheres: no unique potential in their common part");
      goto done;
    }
  gsl_linalg_LU_svx(m, swap, ret->fixed);
  gsl_linalg_LU_svx(m, swap, ret->slope);
  gsl_linalg_LU_svx(m, swap, ret->density);
done:
  if (m != NULL) gsl_matrix_free(m);
  if (swap != NULL) gsl_permutation_free(swap);
  return status;
}

/* Charge outside all spheres by the volume outside all spheres, the common parts counted once. */
static cuxas_status find_density(const problem *p, const double *share, const solution *found, cuxas_error *err)
{
  double charge = 0.0, volume = 0.0;
  for (size_t i = 0; i < p->muffin_tin->n_scatterer; i++) {
    const cuxas_scatterer *s    = &p->muffin_tin->scatterer[i];
    const double           high = s->muffin_tin_radius_bohr, end = s->norman_radius_bohr;
    double                 shell[CUXAS_RADIAL_POINTS], inside[CUXAS_RADIAL_POINTS], sum = 0.0;
    for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++)
      shell[k] = 4.0 * PI * cuxas_radial_r(k) * cuxas_radial_r(k) * s->density[k];
    cuxas_radial_cumulate(shell, 2.0, inside);
    for (size_t k = 0; k < N_ZONE; k++) {
      const double r = p->zone[i].first + p->zone[i].step * (double)k;
      sum += (k == 0 || k == N_ZONE - 1 ? 0.5 : 1.0) * p->zone[i].step * 4.0 * PI * r * r *
             gsl_vector_get(found->density, i * N_ZONE + k);
    }
    charge += share[i] * (cuxas_radial_at(inside, end) - cuxas_radial_at(inside, p->zone[i].first) - sum);
    volume += share[i] * 4.0 * PI / 3.0 * (end * end * end - high * high * high);
    for (size_t k = 0; k < p->cluster->n_atom; k++)
      if (k != p->zone[i].atom)
        volume += share[i] * 0.5 *
                  cuxas_lens_volume(high, radius_of(p, p->cluster->atom[k].potential),
                                    cuxas_cluster_distance_bohr(p->cluster, p->zone[i].atom, k));
  }
  if (!(charge > 0.0 && volume > 0.0))
    return cuxas_fail(err, CUXAS_ENUMERIC, "%.3g electrons in %.3g bohr^3 between the muffin-tin spheres", charge,
                      volume);
  p->muffin_tin->interstitial_density = charge / volume;
  return CUXAS_OK;
}

static void find_potential(const problem *p, const double *share, const solution *found)
{
  double above = 0.0, below = 0.0;
  for (size_t i = 0; i < p->muffin_tin->n_scatterer; i++) {
    const cuxas_scatterer *s     = &p->muffin_tin->scatterer[i];
    const double           r     = reach_of(p, i);
    const double           value = cuxas_radial_at(s->total_hartree, r), total = average_weights(p, i, r);
    above += share[i] * (value - product(p->weight, found->fixed));
    below += share[i] * (1.0 - total + product(p->weight, found->slope));
  }
  p->muffin_tin->interstitial_hartree = above / below + p->muffin_tin->shift_hartree;
}

/* The true potential becomes the sphere's own part of it; beyond the radius it goes on with the same correction. */
static void correct_spheres(const problem *p, const solution *found)
{
  for (size_t i = 0; i < p->muffin_tin->n_scatterer; i++) {
    cuxas_scatterer *s = &p->muffin_tin->scatterer[i];
    double           correction[N_ZONE];
    if (p->zone[i].step <= 0.0) continue;
    for (size_t k = 0; k < N_ZONE; k++)
      correction[k] = gsl_vector_get(found->fixed, i * N_ZONE + k) +
                      p->muffin_tin->interstitial_hartree * gsl_vector_get(found->slope, i * N_ZONE + k) -
                      cuxas_radial_at(s->total_hartree, p->zone[i].first + p->zone[i].step * (double)k);
    for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) {
      const double x = (cuxas_radial_r(k) - p->zone[i].first) / p->zone[i].step;
      if (x <= 0.0) continue;
      const size_t below = x < N_ZONE - 1 ? (size_t)x : N_ZONE - 2;
      const double t     = fmin(x, N_ZONE - 1) - (double)below;
      s->total_hartree[k] += (1.0 - t) * correction[below] + t * correction[below + 1];
    }
  }
}

/* The unknowns of all spheres, from their true potentials. */
static cuxas_status divide(problem *p, solution *ret_found, cuxas_error *err)
{
  if (p->zone == NULL || p->weight == NULL || ret_found->fixed == NULL || ret_found->slope == NULL ||
      ret_found->density == NULL)
    return cuxas_no_memory(err);
  for (size_t i = 0; i < p->muffin_tin->n_scatterer; i++)
    for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++)
      p->muffin_tin->scatterer[i].total_hartree[k] = true_potential(&p->muffin_tin->scatterer[i], k);
  find_zones(p);
  return solve_zones(p, ret_found, err);
}

static void free_problem(problem *p, solution *found)
{
  free(p->zone);
  free(p->weight);
  if (found->fixed != NULL) gsl_vector_free(found->fixed);
  if (found->slope != NULL) gsl_vector_free(found->slope);
  if (found->density != NULL) gsl_vector_free(found->density);
}

/* ------------------------------------------------ the level between -------------------------------------------------- */

enum { N_SAMPLE = 4096 };
#define EDGE 0.04 /* of a radius: over which a sphere's rim is smeared, so that no sample counts or not by a hair */

/* A point of the cell. */
typedef struct {
  double potential; /* of the superposed atoms */
  double outside;   /* 1: in no sphere; 0: in one */
} sample;

/* The potential that stands for an element's atoms: not the absorber's own, if there is another. */
static size_t find_scatterer(const cuxas_muffin_tin *muffin_tin, int atomic_number)
{
  for (size_t i = muffin_tin->n_scatterer; i-- > 1;)
    if (muffin_tin->scatterer[i].atomic_number == atomic_number) return i;
  return 0;
}

static double smooth_step(double x)
{
  const double t = fmin(fmax(0.5 + 0.5 * x, 0.0), 1.0);
  return t * t * (3.0 - 2.0 * t);
}

static void add_atom(const cuxas_muffin_tin *muffin_tin, const cuxas_atom *const *atom, size_t i, double distance,
                     double *io_density, sample *io)
{
  const double radius = muffin_tin->scatterer[i].muffin_tin_radius_bohr;
  io->potential += cuxas_radial_at(atom[i]->coulomb_hartree, distance);
  *io_density += cuxas_radial_at(atom[i]->density, distance);
  io->outside *= smooth_step((distance - radius) / (EDGE * radius));
}

/* Everything within reach of a point, which is given in fractions of the cell. */
static void take_sample(const cuxas_crystal *crystal, const cuxas_muffin_tin *muffin_tin, const cuxas_atom *const *atom,
                        const int n_cell[3], const double point[3], sample *ret)
{
  const double reach_A = CUXAS_MUFFIN_TIN_REACH_A;
  double       density = 0.0;
  *ret                 = (sample){.outside = 1.0};
  for (size_t s = 0; s < crystal->n_site; s++) {
    const size_t i = find_scatterer(muffin_tin, crystal->atomic_number[s]);
    double       from[3];
    for (int k = 0; k < 3; k++) {
      from[k] = crystal->fractional[s][k] - point[k];
      from[k] -= floor(from[k]);
    }
    for (int a = -n_cell[0]; a < n_cell[0]; a++)
      for (int b = -n_cell[1]; b < n_cell[1]; b++)
        for (int c = -n_cell[2]; c < n_cell[2]; c++) {
          const double f[3]   = {from[0] + a, from[1] + b, from[2] + c};
          double       square = 0.0;
          for (int k = 0; k < 3; k++) {
            const double x =
                f[0] * crystal->lattice_A[0][k] + f[1] * crystal->lattice_A[1][k] + f[2] * crystal->lattice_A[2][k];
            square += x * x;
          }
          if (square < reach_A * reach_A && square > 0.0)
            add_atom(muffin_tin, atom, i, sqrt(square) / CUXAS_BOHR_A, &density, ret);
        }
  }
  ret->potential += cuxas_xc_barth_hedin(density).potential_hartree;
}

/* Cells to go through in each direction for all atoms within reach: the reach by the distance of the cell's faces. */
static void count_cells(const cuxas_crystal *crystal, int ret_n_cell[3])
{
  for (int i = 0; i < 3; i++) {
    const double *a = crystal->lattice_A[i], *b = crystal->lattice_A[(i + 1) % 3], *c = crystal->lattice_A[(i + 2) % 3];
    const double  n[3] = {b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]};
    const double  area = sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
    ret_n_cell[i]      = (int)ceil(CUXAS_MUFFIN_TIN_REACH_A * area / fabs(a[0] * n[0] + a[1] * n[1] + a[2] * n[2])) + 1;
  }
}

cuxas_status cuxas_interstitial_solve(const cuxas_cluster *cluster, const double *share,
                                      cuxas_muffin_tin *io_muffin_tin, cuxas_error *err)
{
  const size_t n = io_muffin_tin->n_scatterer;
  cuxas_status status;
  problem      p     = {cluster, io_muffin_tin, n * N_ZONE, cuxas_new(err, n, sizeof *p.zone),
                        cuxas_new(err, n * N_ZONE, sizeof *p.weight)};
  solution     found = {gsl_vector_alloc(p.n_unknown), gsl_vector_alloc(p.n_unknown), gsl_vector_alloc(p.n_unknown)};

  if ((status = divide(&p, &found, err)) != CUXAS_OK) goto done;
  if ((status = find_density(&p, share, &found, err)) != CUXAS_OK) goto done;
  find_potential(&p, share, &found);
  correct_spheres(&p, &found);
  io_muffin_tin->fermi_hartree =
      io_muffin_tin->interstitial_hartree + 0.5 * pow(3.0 * PI * PI * io_muffin_tin->interstitial_density, 2.0 / 3.0);
done:
  free_problem(&p, &found);
  return status;
}

cuxas_status cuxas_interstitial_fit(const cuxas_crystal *crystal, const cuxas_cluster *cluster,
                                    const cuxas_atom *const *atom, const double *share, double level_share,
                                    cuxas_muffin_tin *io_muffin_tin, cuxas_error *err)
{
  /* steps of a sequence that fills the cell evenly, powers of the root of x^4 = x + 1: M. Roberts, "The unreasonable
   * effectiveness of quasirandom sequences" (2018) */
  static const double STEP[3] = {0.8191725133961645, 0.6710436067037893, 0.5497004779019703};
  const size_t        n       = io_muffin_tin->n_scatterer;
  cuxas_status        status;
  double              above = 0.0, below = 0.0, point[3] = {0.5, 0.5, 0.5};
  int                 n_cell[3];
  problem             p = {cluster, io_muffin_tin, n * N_ZONE, cuxas_new(err, n, sizeof *p.zone),
                           cuxas_new(err, n * N_ZONE, sizeof *p.weight)};
  solution found        = {gsl_vector_alloc(p.n_unknown), gsl_vector_alloc(p.n_unknown), gsl_vector_alloc(p.n_unknown)};

  if ((status = divide(&p, &found, err)) != CUXAS_OK) goto done;
  io_muffin_tin->shift_hartree = 0.0;
  find_potential(&p, share, &found);
  count_cells(crystal, n_cell);
  for (int i = 0; i < N_SAMPLE; i++) {
    sample s;
    for (int k = 0; k < 3; k++) point[k] = fmod(point[k] + STEP[k], 1.0);
    take_sample(crystal, io_muffin_tin, atom, n_cell, point, &s);
    above += s.outside * s.potential;
    below += s.outside;
  }
  if (!(below > 0.0)) {
    status = cuxas_fail(err, CUXAS_ENUMERIC, "no space between the muffin-tin spheres");
    goto done;
  }
  io_muffin_tin->shift_hartree = level_share * (above / below - io_muffin_tin->interstitial_hartree);
  status                       = cuxas_interstitial_solve(cluster, share, io_muffin_tin, err);
done:
  free_problem(&p, &found);
  return status;
}

/* ---- muffin tins: spheres and potentials of superposed free atoms ---- */

/* ---------------------------------------- averages of neighbours' functions ----------------------------------------- */

#define SMALL 0.02 /* r over R below which the average is f(R): its first correction is of second order */

void cuxas_overlap_init(cuxas_overlap *overlap, const double value[CUXAS_RADIAL_POINTS])
{
  double integrand[CUXAS_RADIAL_POINTS];
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) {
    overlap->value[i] = value[i];
    integrand[i]      = value[i] * cuxas_radial_r(i);
  }
  cuxas_radial_cumulate(integrand, 0.0, overlap->integral);
}

/* integral of f(s) s ds from 0 to r */
static double integral_at(const cuxas_overlap *overlap, double r_bohr)
{
  const double first = cuxas_radial_r(0), last = cuxas_radial_r(CUXAS_RADIAL_POINTS - 1);
  if (r_bohr <= first) return overlap->integral[0] * r_bohr / first;
  if (r_bohr >= last) return overlap->integral[CUXAS_RADIAL_POINTS - 1];
  return cuxas_radial_at(overlap->integral, r_bohr);
}

double cuxas_overlap_average(const cuxas_overlap *overlap, double distance_bohr, double r_bohr, double limit_bohr)
{
  if (r_bohr < SMALL * distance_bohr)
    return distance_bohr < limit_bohr ? cuxas_radial_at(overlap->value, distance_bohr) : 0.0;
  const double near = fabs(distance_bohr - r_bohr), far = fmin(distance_bohr + r_bohr, limit_bohr);
  if (far <= near) return 0.0;
  return (integral_at(overlap, far) - integral_at(overlap, near)) / (2.0 * distance_bohr * r_bohr);
}

/* -------------------------------------------------- superposition --------------------------------------------------- */

#define GAP_SHARE 0.7       /* of the gap between touching radius and Norman radius that the sphere grows over */
#define MAX_GROWTH 1.15     /* and at most so much */
#define ABSORBER_SHARE 1e-4 /* of an absorber that other atoms of its element stand for */

static size_t first_atom(const cuxas_cluster *cluster, size_t potential)
{
  size_t i = 0;
  while (cluster->atom[i].potential != potential) i++;
  return i;
}

/* Free atom i plus the spherical averages of everything around it. */
static void superpose(const cuxas_cluster *cluster, const cuxas_atom *const *atom, const cuxas_overlap *coulomb,
                      const cuxas_overlap *density, size_t i, cuxas_scatterer *ret)
{
  const size_t center = first_atom(cluster, i);
  ret->atomic_number  = atom[i]->atomic_number;
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) {
    ret->coulomb_hartree[k] = atom[i]->coulomb_hartree[k];
    ret->density[k]         = atom[i]->density[k];
  }
  for (size_t j = 0; j < cluster->n_atom; j++) {
    const double distance = cuxas_cluster_distance_bohr(cluster, center, j);
    const size_t kind     = cluster->atom[j].potential;
    if (j == center || distance > CUXAS_MUFFIN_TIN_REACH_A / CUXAS_BOHR_A) continue;
    for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) {
      const double r = cuxas_radial_r(k);
      ret->coulomb_hartree[k] += cuxas_overlap_average(&coulomb[kind], distance, r, INFINITY);
      ret->density[k] += cuxas_overlap_average(&density[kind], distance, r, INFINITY);
    }
  }
}

/* Radius of the sphere whose electrons neutralise the nucleus. */
static cuxas_status find_norman_radius(cuxas_scatterer *io, cuxas_error *err)
{
  double shell[CUXAS_RADIAL_POINTS], inside[CUXAS_RADIAL_POINTS];
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++)
    shell[k] = 4.0 * PI * cuxas_radial_r(k) * cuxas_radial_r(k) * io->density[k];
  cuxas_radial_cumulate(shell, 2.0, inside);
  size_t k = 0;
  while (k < CUXAS_RADIAL_POINTS && inside[k] < io->atomic_number) k++;
  if (k == 0 || k == CUXAS_RADIAL_POINTS || cuxas_radial_r(k) > 8.0)
    return cuxas_fail(err, CUXAS_ERANGE, "no neutral sphere around the atom with Z = %d: too few neighbours",
                      io->atomic_number);
  double low = cuxas_radial_r(k - 1), high = cuxas_radial_r(k);
  for (int step = 0; step < 50; step++) {
    const double middle                                                   = 0.5 * (low + high);
    *(cuxas_radial_at(inside, middle) < io->atomic_number ? &low : &high) = middle;
  }
  io->norman_radius_bohr = 0.5 * (low + high);
  return CUXAS_OK;
}

/* J. G. Norman, Mol. Phys. 31, 1191 (1976): a bond is divided in the ratio of the Norman radii. */
static void find_muffin_tin_radius(const cuxas_cluster *cluster, cuxas_muffin_tin *muffin_tin, size_t i)
{
  cuxas_scatterer *s      = &muffin_tin->scatterer[i];
  const size_t     center = first_atom(cluster, i);
  const double     norman = s->norman_radius_bohr;
  double           sum = 0.0, weight = 0.0;
  for (size_t j = 0; j < cluster->n_atom; j++) {
    if (j == center) continue;
    const double distance = cuxas_cluster_distance_bohr(cluster, center, j);
    const double other    = muffin_tin->scatterer[cluster->atom[j].potential].norman_radius_bohr;
    const double volume   = cuxas_lens_volume(norman, other, distance);
    sum += volume * distance * norman / (norman + other);
    weight += volume;
  }
  const double touching     = weight > 0.0 ? sum / weight : norman;
  const double growth       = 1.0 + GAP_SHARE * (norman / touching - 1.0);
  s->muffin_tin_radius_bohr = touching * fmin(growth, MAX_GROWTH);
}

cuxas_status cuxas_muffin_tin_new(const cuxas_cluster *cluster, const cuxas_atom *const *atom, const double *share,
                                  cuxas_muffin_tin **ret_muffin_tin, cuxas_error *err)
{
  const size_t      n          = cluster->n_potential;
  cuxas_status      status     = CUXAS_OK;
  cuxas_muffin_tin *muffin_tin = cuxas_new(err, 1, sizeof *muffin_tin);
  cuxas_overlap    *coulomb    = cuxas_new(err, n, sizeof *coulomb);
  cuxas_overlap    *density    = cuxas_new(err, n, sizeof *density);
  double            sum        = 0.0;

  *ret_muffin_tin = NULL;
  if (muffin_tin != NULL) muffin_tin->scatterer = cuxas_new(err, n, sizeof *muffin_tin->scatterer);
  if (muffin_tin == NULL || coulomb == NULL || density == NULL || muffin_tin->scatterer == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  for (size_t i = 0; i < n; i++) {
    if (!(share[i] >= 0.0)) {
      status = cuxas_fail(err, CUXAS_ERANGE, "potential %zu stands for %g atoms", i, share[i]);
      goto done;
    }
    sum += share[i];
    cuxas_overlap_init(&coulomb[i], atom[i]->coulomb_hartree);
    cuxas_overlap_init(&density[i], atom[i]->density);
  }
  if (!(sum > 0.0)) {
    status = cuxas_fail(err, CUXAS_ERANGE, "the potentials stand for no atoms at all");
    goto done;
  }
  muffin_tin->n_scatterer = n;
  for (size_t i = 0; i < n; i++) {
    superpose(cluster, atom, coulomb, density, i, &muffin_tin->scatterer[i]);
    if ((status = find_norman_radius(&muffin_tin->scatterer[i], err)) != CUXAS_OK) goto done;
  }
  for (size_t i = 0; i < n; i++) find_muffin_tin_radius(cluster, muffin_tin, i);
  if ((status = cuxas_interstitial_solve(cluster, share, muffin_tin, err)) != CUXAS_OK) goto done;
  *ret_muffin_tin = muffin_tin;
  muffin_tin      = NULL;
done:
  cuxas_muffin_tin_free(muffin_tin);
  free(coulomb);
  free(density);
  return status;
}

void cuxas_muffin_tin_shares(const cuxas_crystal *crystal, const cuxas_cluster *cluster, double *ret_share)
{
  bool has_others = false;
  for (size_t i = 0; i < cluster->n_potential; i++) {
    ret_share[i] = (double)cuxas_crystal_count(crystal, cluster->atomic_number[i]);
    if (i > 0 && cluster->atomic_number[i] == cluster->atomic_number[0]) has_others = true;
  }
  if (has_others) ret_share[0] = ABSORBER_SHARE;
}

cuxas_muffin_tin *cuxas_muffin_tin_copy(const cuxas_muffin_tin *from)
{
  cuxas_muffin_tin *to = cuxas_new(NULL, 1, sizeof *to);
  if (to == NULL) return NULL;
  *to           = *from;
  to->scatterer = cuxas_new(NULL, from->n_scatterer, sizeof *to->scatterer);
  if (to->scatterer != NULL) {
    memcpy(to->scatterer, from->scatterer, from->n_scatterer * sizeof *from->scatterer);
    return to;
  }
  free(to);
  return NULL;
}

void cuxas_muffin_tin_free(cuxas_muffin_tin *muffin_tin)
{
  if (muffin_tin != NULL) free(muffin_tin->scatterer);
  free(muffin_tin);
}
