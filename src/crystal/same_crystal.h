/* same_crystal.h - are two crystals the same, atom for atom? */
#ifndef CUXAS_SAME_CRYSTAL_H
#define CUXAS_SAME_CRYSTAL_H
#include "cuxas/crystal.h"

/* Cell vectors and positions closer than this are the same (our choice: files round so). */
#define CUXAS_SAME_CRYSTAL_A 1e-3

/* cuxas_same_crystal() - the same cell, and atom for atom the same element at the same place, in whatever order
 *
 *   ret_site  (a->n_site) the site of b that each site of a is; written only when the answer is true
 *
 * Places are compared modulo cell vectors, cells by the lengths and angles of their vectors: turned or mirrored as a whole, as by a
 * file that states no more than those, a crystal is the same. Another choice of cell or origin is another crystal here. */
bool cuxas_same_crystal(const cuxas_crystal *a, const cuxas_crystal *b, size_t *ret_site);

#endif
