/* muffin_tin.c - spheres and potentials of superposed free atoms
 *
 * Contents: averages of neighbours' functions - superposition, radii, potentials */
#include "simulate/muffin_tin_priv.h"

#include "base/memory.h"
#include "base/units.h"
#include "simulate/interstitial_priv.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

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

void cuxas_muffin_tin_free(cuxas_muffin_tin *muffin_tin)
{
  if (muffin_tin != NULL) free(muffin_tin->scatterer);
  free(muffin_tin);
}
