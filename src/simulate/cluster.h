/* cluster.h - the atoms around one absorber, nearest first */
#ifndef CUXAS_CLUSTER_PRIV_H
#define CUXAS_CLUSTER_PRIV_H
#include "cuxas/crystal.h"
#include "cuxas/status.h"

typedef struct {
  double position_A[3]; /* from the absorber */
  double distance_A;
  int    atomic_number;
  size_t potential; /* index of the unique potential: 0 the absorber itself, then one per element by atomic number */
} cuxas_cluster_atom;

typedef struct {
  size_t              n_atom; /* >= 1; atom 0 is the absorber */
  cuxas_cluster_atom *atom;   /* (n_atom), owned, sorted by distance, then element, then position */
  size_t              n_potential;
  int                *atomic_number; /* (n_potential) of each unique potential, owned */
} cuxas_cluster;

/* cuxas_cluster_new() - all atoms within a radius of a site, unique potentials numbered as FEFF's users do
 *
 *   i_site      index of the absorber in the crystal
 *   radius_A    > 0
 *   max_atom    when the sphere holds more, whole outer shells are left out until it does not; 0: no limit
 *
 * Atoms of the absorber's element away from the centre have a potential of their own (never number 0).
 * The caller frees the result with cuxas_cluster_free(). CUXAS_ERANGE: a bound is broken; CUXAS_ENOMEM. */
cuxas_status cuxas_cluster_new(const cuxas_crystal *crystal, size_t i_site, double radius_A, size_t max_atom,
                               cuxas_cluster **ret_cluster, cuxas_error *err);

/* cuxas_cluster_free() - accepts NULL */
void cuxas_cluster_free(cuxas_cluster *cluster);

#endif
