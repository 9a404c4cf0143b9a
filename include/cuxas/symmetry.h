/* symmetry.h - which absorber sites of a crystal are equivalent, and what space group it has */
#ifndef CUXAS_SYMMETRY_H
#define CUXAS_SYMMETRY_H
#include "cuxas/crystal.h"

#define CUXAS_SYMPREC_A 0.01 /* default tolerance on positions, angstrom */

/* Orbits of absorber sites, ordered by their first site. */
typedef struct {
  size_t  n_orbit;
  size_t *first_site;   /* (n_orbit) index of the orbit's first site in the crystal: its representative */
  size_t *multiplicity; /* (n_orbit) sites in the orbit within this cell */
  size_t  n_site;       /* sites in the crystal */
  size_t *orbit_of;     /* (n_site) orbit of each site; SIZE_MAX for other elements */
  bool    found;        /* false: no symmetry could be found, every absorber is its own orbit */
} cuxas_orbits;

/* cuxas_symmetry_find_orbits() - symmetry-distinct sites of one element
 *
 *   crystal     the crystal
 *   absorber    atomic number of the absorbing element
 *   symprec_A   tolerance on positions, angstrom, > 0
 *   ret_orbits  the orbits; the caller frees them with cuxas_orbits_free()
 *
 * Returns  CUXAS_OK (also when no symmetry is found: then found is false); CUXAS_EUNSUPPORTED no such element in the crystal;
 *          CUXAS_ENOMEM. */
cuxas_status cuxas_symmetry_find_orbits(const cuxas_crystal *crystal, int absorber, double symprec_A,
                                        cuxas_orbits **ret_orbits, cuxas_error *err);

/* cuxas_symmetry_find_classes() - the equivalent sites of all elements
 *
 *   ret_first  (n_site) the first site that each is equivalent to, itself included; where no symmetry is found, itself
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_symmetry_find_classes(const cuxas_crystal *crystal, double symprec_A, size_t *ret_first,
                                         cuxas_error *err);

/* cuxas_orbits_free() - accepts NULL */
void cuxas_orbits_free(cuxas_orbits *orbits);

enum { CUXAS_SPACE_GROUP_SIZE = 16 };

/* cuxas_symmetry_find_space_group() - the International number 1 ... 230; 0: spglib finds none (or there is no memory)
 *
 *   symprec_A   tolerance on positions, angstrom, > 0
 *   ret_symbol  Hermann-Mauguin symbol, "P6_3/mmc"; "" when none */
int cuxas_symmetry_find_space_group(const cuxas_crystal *crystal, double symprec_A,
                                    char ret_symbol[CUXAS_SPACE_GROUP_SIZE]);

#endif
