/* neighbor.h - periodic neighbour list inside a cutoff, by cell lists: linear in the number of atoms */
#ifndef CUXAS_NEIGHBOR_H
#define CUXAS_NEIGHBOR_H
#include "cuxas/crystal.h"

#include <stdbool.h>

typedef struct {
  size_t target;      /* site at the far end */
  double vector_A[3]; /* from the centre to that (image of the) site, angstrom */
  double distance_A;
} cuxas_bond;

/* Directed bonds grouped by centre: those of centre i are bond[first[i]] ... bond[first[i + 1] - 1]. Periodic images of
 * the centre itself are ordinary bonds. */
typedef struct {
  size_t      n_center;
  size_t     *first; /* (n_center + 1) */
  cuxas_bond *bond;  /* (first[n_center]), within a centre by target, then vector z, y, x: independent of threads */
} cuxas_neighbors;

/* cuxas_neighbors_find() - all directed bonds from the centres with distance^2 < cutoff^2 + 1e-8 A^2 (M3GNet's rule)
 *
 *   crystal        the crystal; its cell may be skew, thin or smaller than the cutoff
 *   centers        (n_center) site indices; NULL means all sites, n_center is then ignored
 *   cutoff_A       angstrom, > 0
 *   ret_neighbors  the list; the caller frees it with cuxas_neighbors_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE degenerate cell or cutoff out of range; CUXAS_ENOMEM. */
cuxas_status cuxas_neighbors_find(const cuxas_crystal *crystal, const size_t *centers, size_t n_center, double cutoff_A,
                                  cuxas_neighbors **ret_neighbors, cuxas_error *err);

/* cuxas_neighbors_find_close() - are two sites, or one and its own image, closer than a limit?
 *
 *   limit_A         angstrom, > 0
 *   ret_pair        the first such pair in the order of sites, the lower index first; both alike for a site and its image
 *   ret_distance_A  between the two, the shortest over all images; like ret_pair written only when ret_found is true
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE degenerate cell, or one far thinner than the limit; CUXAS_ENOMEM. */
cuxas_status cuxas_neighbors_find_close(const cuxas_crystal *crystal, double limit_A, size_t ret_pair[2],
                                        double *ret_distance_A, bool *ret_found, cuxas_error *err);

/* cuxas_neighbors_weigh() - how much of the directions around a site each neighbour takes
 *
 *   bond        (n_bond) of one centre, all that are near enough to matter
 *   least       weights below are not wanted, 0 ... 1
 *   ret_weight  (n_bond) solid angle of the Voronoi face towards it over the largest one; 0 where that is less than `least`
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_neighbors_weigh(const cuxas_bond *bond, size_t n_bond, double least, double *ret_weight,
                                   cuxas_error *err);

/* Two atoms nearer than so many sums of their covalent radii are not two atoms: the shortest bonds (CO) are at 0.79 of it. */
#define CUXAS_PLAUSIBLE_DISTANCE 0.65

/* cuxas_neighbors_closest() - the pair of sites that is nearest against the sum of its covalent radii
 *
 *   limit           only pairs nearer than so many sums
 *   ret_pair        the two sites, and
 *   ret_distance_A  their distance; both written only where there is such a pair
 *
 * Returns  distance over sum; INFINITY where no pair is within the limit, or where that cannot be found out. */
double cuxas_neighbors_closest(const cuxas_crystal *crystal, double limit, size_t ret_pair[2], double *ret_distance_A);

/* cuxas_neighbors_tell_orbits() - which sites of an element symmetry makes equal, where that is beyond doubt
 *
 *   symprec_A  tolerance on positions: sites are told to be equal or different only where that is so at a tenth and at five
 *              times of it
 *   ret_class  (n_site) of each site of the element the first one that it equals
 *
 * Returns  false: cannot be told, or no memory; spglib can (cuxas_symmetry_find_orbits() asks here first: it takes a tenth of
 *          the time). */
bool cuxas_neighbors_tell_orbits(const cuxas_crystal *crystal, int element, double symprec_A, size_t *ret_class);

/* cuxas_neighbors_free() - accepts NULL */
void cuxas_neighbors_free(cuxas_neighbors *neighbors);

#endif
