/* symmetry_search_priv.h - which sites of a crystal are equivalent, where that is beyond doubt */
#ifndef CUXAS_SYMMETRY_SEARCH_PRIV_H
#define CUXAS_SYMMETRY_SEARCH_PRIV_H
#include "cuxas/crystal.h"

/* cuxas_symmetry_search() - classes of equivalent sites, by trying every isometry of the lattice
 *
 * An isometry counts when it brings every atom to within symprec_A / 4 of an atom of its kind, and does not when it
 * leaves one more than 4 symprec_A off. In between the answer depends on how the tolerance is applied, so no answer is
 * given, as for large crystals and those whose atoms coincide.
 *
 *   ret_class  (n_site) a number below n_site for each site, the same for equivalent ones
 *
 * Returns  false: in doubt, or no memory; ret_class is then without meaning. */
bool cuxas_symmetry_search(const cuxas_crystal *crystal, double symprec_A, size_t *ret_class);

#endif
