/* elements.h - element symbols, atomic numbers and the atomic properties that descriptors and formulas use
 *
 * Sources, property by property; where a source has no value, the stand-in is named:
 *
 *   electronegativity  Pauling's scale: A. L. Allred, J. Inorg. Nucl. Chem. 17, 215 (1961), and its continuation in the
 *                      CRC Handbook of Chemistry and Physics. Estimates: Pm, Eu, Tb, Yb (1.1 to 1.2), Rn (2.2) and
 *                      Z >= 96 (1.3). He, Ne, Ar: L. C. Allen, J. Am. Chem. Soc. 111, 9003 (1989). Every element has a
 *                      value, so none needs special treatment.
 *   covalent_radius_A  B. Cordero et al., Dalton Trans. 2008, 2832, doi:10.1039/b801115j (C: sp3; Mn, Fe, Co: low
 *                      spin). Z >= 97: single-bond radii of P. Pyykko, M. Atsumi, Chem. Eur. J. 15, 186 (2009).
 *   mass_u             abridged standard atomic weights of IUPAC 2021, T. Prohaska et al., Pure Appl. Chem. 94, 573
 *                      (2022); elements without one: mass number of the longest-lived isotope.
 *   n_s ... n_f        electrons outside the noble-gas core in the free atom's ground state (NIST), filled d and f
 *                      shells included; Z >= 104 by the building-up rule. */
#ifndef CUXAS_ELEMENTS_H
#define CUXAS_ELEMENTS_H
#include "cuxas/crystal.h" /* CUXAS_N_ELEMENT */

typedef struct {
  char   symbol[3];
  int    period;             /* 1 ... 7 */
  int    group;              /* 1 ... 18; lanthanides and actinides count as group 3 */
  int    n_s, n_p, n_d, n_f; /* valence electrons by block */
  double mass_u;             /* unified atomic mass units */
  double electronegativity;  /* Pauling's scale */
  double covalent_radius_A;
} cuxas_element;

/* cuxas_element_find() - properties of an element; static storage; NULL when atomic_number is not 1 ... 118 */
const cuxas_element *cuxas_element_find(int atomic_number);

/* cuxas_element_number() - atomic number of a symbol spelled exactly ("Cu"; not "CU", "D"); 0: no such element */
int cuxas_element_number(const char *symbol);

/* cuxas_element_guess() - atomic number of an element named loosely, as type symbols and site labels in files do
 *
 * "Cu", "Cu2+", "CU", "cu1", "Cu1A", "Cu_pv" are copper; "D" and "T" are hydrogen. Two letters are tried before one, so
 * that "CO" is cobalt, "OW1" is oxygen (no element Ow), and "HO1" is holmium: a label is only a guess where a type
 * symbol exists. A one-letter symbol may not be followed by a small letter: "Wat1" is nothing, not tungsten.
 *
 * Returns  the atomic number; 0: no element recognised. */
int cuxas_element_guess(const char *label);

/* cuxas_edge_guess() - whose edge a spectrum may be of that is highest at this energy, eV: "Ni L3"; NULL: none of those that are
 * measured where copper is
 *
 * Binding energies: X-ray Data Booklet, Table 1-1; the highest point lies up to 25 eV above them. */
const char *cuxas_edge_guess(double highest_eV);

#endif
