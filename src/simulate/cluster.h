/* cluster.h - the atoms around one absorber, and their point group about it */
#ifndef CUXAS_CLUSTER_H
#define CUXAS_CLUSTER_H
#include "cuxas/crystal.h"
#include "cuxas/simulate.h"
#include "cuxas/status.h"

/* ---- the atoms around one absorber, nearest first */

typedef struct {
  double position_A[3]; /* from the absorber */
  double moved_A[3];    /* how far from there its potential is overlapped: 0 but for hydrogen, see below */
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

/* cuxas_cluster_move_hydrogen() - farther from what it is bound to, where potentials are made, as FEFF has it: a proton inside
 * its neighbour's sphere would make a muffin tin of neither. A bond of r bohr becomes r + 4 / r^2, but no longer than 0.95 of
 * the way to the neighbour's own next neighbour that is not hydrogen, or to where another atom would be as near as the first.
 *
 * Sets moved_A. Densities become self-consistent with atoms there; photoelectrons are scattered at position_A. A. L. Ankudinov,
 * B. Ravel, J. J. Rehr, S. D. Conradson, Phys. Rev. B 58, 7565 (1998), is what FEFF's potentials are. */
void cuxas_cluster_move_hydrogen(cuxas_cluster *cluster);

/* cuxas_cluster_distance_bohr() - between two of its atoms, where their potentials are overlapped */
double cuxas_cluster_distance_bohr(const cuxas_cluster *cluster, size_t a, size_t b);

/* cuxas_cluster_count() - n_atom that cuxas_cluster_new() would have */
cuxas_status cuxas_cluster_count(const cuxas_crystal *crystal, size_t i_site, double radius_A, size_t max_atom,
                                 size_t *ret_n_atom, cuxas_error *err);

/* cuxas_cluster_around() - all atoms within radius_A and reach_A more; still further where the nearest atom of a kind, for which its
 * potential is made, would have less than reach_A around it */
cuxas_status cuxas_cluster_around(const cuxas_crystal *crystal, size_t i_site, double radius_A, double reach_A,
                                  cuxas_cluster **ret_cluster, cuxas_error *err);

/* cuxas_cluster_free() - accepts NULL */
void cuxas_cluster_free(cuxas_cluster *cluster);

/* ---- rotations and reflections about the absorber that leave its cluster as it is */

/* Every atom is the image of the first of its orbit under one operation. */
typedef struct {
  size_t n_atom;
  size_t n_operation; /* of the point group, 1 ... 48; more for one atom alone or a line of them are not sought */
  double (*operation)[3][3]; /* (n_operation) orthogonal matrices, the first the identity; owned */
  size_t *origin;            /* (n_atom) first atom of the orbit, itself when the atom is one; owned */
  size_t *operation_of;      /* (n_atom) operation that takes the origin to the atom; owned */
  size_t  n_orbit;
} cuxas_site_symmetry;

/* cuxas_site_symmetry_find() - the point group of a cluster about its atom 0, and the orbits of its atoms
 *
 * Positions agree within 1e-3 A. Operations are found from the atoms themselves: those that take three atoms, not in one
 * plane with the centre and as near as possible, to three others. Without such three there is the identity alone.
 *
 * The caller frees the result with cuxas_site_symmetry_free(). CUXAS_ENOMEM. */
cuxas_status cuxas_site_symmetry_find(const cuxas_cluster *cluster, cuxas_site_symmetry **ret_symmetry,
                                      cuxas_error *err);

/* cuxas_site_symmetry_free() - accepts NULL */
void cuxas_site_symmetry_free(cuxas_site_symmetry *symmetry);

/* ---- what simulating a site costs */

/* Of the cluster where the search for the Fermi level of Cu(II) ends when settings have a residual. */
#define CUXAS_LEVEL_A 8.0
enum { CUXAS_LEVEL_ATOMS = 150 };

typedef struct {
  size_t n_atom;  /* that scatter */
  size_t n_orbit; /* of them under the site's point group */
  double core_s;  /* estimate, seconds of one processor */
  double n_byte;  /* memory of one thread, at most */
} cuxas_site_cost;

/* cuxas_site_cost_find() - of a site: from atoms, symmetry and settings alone, so it is the same everywhere
 *
 *   n_kind  spectra
 *
 * Returns  CUXAS_OK; as cuxas_cluster_new(). */
cuxas_status cuxas_site_cost_find(const cuxas_crystal *crystal, size_t site, const cuxas_simulate_settings *settings,
                                  size_t n_kind, cuxas_site_cost *ret_cost, cuxas_error *err);

#endif
