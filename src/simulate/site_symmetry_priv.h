/* site_symmetry_priv.h - rotations and reflections about the absorber that leave its cluster as it is */
#ifndef CUXAS_SITE_SYMMETRY_PRIV_H
#define CUXAS_SITE_SYMMETRY_PRIV_H
#include "simulate/cluster.h"

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

#endif
