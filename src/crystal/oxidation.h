/* oxidation.h - formal oxidation states of copper from structure and composition
 *
 * Three sources, in this order:
 *
 *   metallic     a site without nonmetal ligands (coordination.h) is Cu(0)
 *   composition  charge balance of the cell: nonmetals by the 8 - N rule, less one for every bond to an atom of their own
 *                element; all other elements in the states usual for them; of several assignments that balance the one
 *                that is nearest to the bond-valence sums. A mean state that is no whole number is mixed valence.
 *   bond valence V = sum exp((R0 - d) / 0.37 A) over the ligands, with R0 of each state; the state m for which |V - m| is
 *                least. Used where composition leaves a choice, and to tell sites of mixed valence apart.
 *
 * R0 of copper: I. D. Brown's compilation bvparm2011.cif (IUCr), entries of I. D. Brown, D. Altermatt, Acta Cryst. B41,
 * 244 (1985), N. E. Brese, M. O'Keeffe, Acta Cryst. B47, 192 (1991), and G. P. Shields et al., Acta Cryst. B56, 455 (2000).
 * R0 of other pairs: M. O'Keeffe, N. E. Brese, J. Am. Chem. Soc. 113, 3226 (1991), from two numbers an element.
 *
 * A formal state is a way of counting: in CuS, CuSe2 or CuTe it says little about the electrons at copper. */
#ifndef CUXAS_OXIDATION_H
#define CUXAS_OXIDATION_H
#include "cuxas/crystal.h"

#include <stdbool.h>

typedef enum {
  CUXAS_OXIDATION_UNKNOWN,
  CUXAS_OXIDATION_METALLIC,
  CUXAS_OXIDATION_COMPOSITION,
  CUXAS_OXIDATION_BOND_VALENCE,
  CUXAS_OXIDATION_MIXED /* mixed valence that the bond lengths do not resolve: the state is the cell's mean */
} cuxas_oxidation_source;

typedef struct {
  double                 state; /* NaN: unknown */
  cuxas_oxidation_source source;
  double                 bond_valence; /* sum for the state it fits best; NaN: a ligand without parameters, or none */
  double                 composition;  /* mean state by charge balance; NaN: it does not balance, or no rule applies */
} cuxas_oxidation;

/* cuxas_oxidation_find() - of copper sites
 *
 *   site           (n_site) indices of sites that are copper
 *   ret_oxidation  (n_site)
 *
 * Returns  CUXAS_OK, also when nothing is known; CUXAS_ERANGE a site that is not copper, or as cuxas_coordination_find();
 *          CUXAS_ENOMEM. */
cuxas_status cuxas_oxidation_find(const cuxas_crystal *crystal, const size_t *site, size_t n_site,
                                  cuxas_oxidation *ret_oxidation, cuxas_error *err);

/* cuxas_oxidation_source_name() - "composition"; static storage */
const char *cuxas_oxidation_source_name(cuxas_oxidation_source source);

/* cuxas_bond_valence_copper() - valence of one bond of copper in a state 1 ... 3; NaN: no parameter */
double cuxas_bond_valence_copper(int state, int ligand, double distance_A);

/* cuxas_bond_valence() - valence of a bond between any two other elements; NaN: no parameters */
double cuxas_bond_valence(int atomic_number, int ligand, double distance_A);

#endif
