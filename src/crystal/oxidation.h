/* oxidation.h - who surrounds a site, and formal oxidation states of copper from structure and composition
 *
 * Three sources, in this order:
 *
 *   metallic     a site without nonmetal ligands is Cu(0)
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

/* ---- who surrounds a site: coordination number, ligands, nearest element ----
 *
 * The rule: around the site the Voronoi polyhedron is built from the planes half way to every neighbour; a neighbour's
 * weight is the solid angle of its face, seen from the site, relative to the largest one (M. O'Keeffe, Acta Cryst. A35,
 * 772 (1979), doi:10.1107/S0567739479001765). Neighbours of weight CUXAS_COORDINATION_WEIGHT and more count. When
 * nonmetals are among them, they alone count: metals close by (Cu-Cu in LaCuOS) are no ligands. Hydrogen counts as a
 * nonmetal only where it is the only one (a hydride; not water).
 *
 * So Cu in Cu2O has 2, in CuO 4, in CuFeS2 4, in the metal 12, in CsCl structures 8, in La2CuO4 6 (4 + 2 longer ones). */

#define CUXAS_COORDINATION_WEIGHT 0.5 /* our choice: separates the examples above by 0.2 and more on either side */
#define CUXAS_COORDINATION_CUTOFF_A 6.0

enum { CUXAS_MAX_LIGAND = 24 };

typedef struct {
  int    atomic_number;
  double distance_A;
  double weight; /* solid angle over the largest one at this site, 0 ... 1 */
} cuxas_ligand;

typedef struct {
  size_t       n_ligand;                 /* the coordination number; at most CUXAS_MAX_LIGAND */
  cuxas_ligand ligand[CUXAS_MAX_LIGAND]; /* by distance, then atomic number */
  bool         is_metallic;              /* no nonmetal among the ligands (also when there are none) */
} cuxas_coordination;

/* cuxas_coordination_find() - of one site
 *
 * Returns  CUXAS_OK, also when nothing is within CUXAS_COORDINATION_CUTOFF_A; CUXAS_ERANGE no such site, a degenerate cell,
 *          or so many faces of one size that they are no shell; CUXAS_ENOMEM. */
cuxas_status cuxas_coordination_find(const cuxas_crystal *crystal, size_t site, cuxas_coordination *ret_coordination,
                                     cuxas_error *err);

/* cuxas_element_is_nonmetal() - H, C, N, O, F, P, S, Cl, As, Se, Br, Te, I: what copper forms polar compounds with */
bool cuxas_element_is_nonmetal(int atomic_number);

/* Kinds of surroundings. */
typedef enum {
  CUXAS_LIGANDS_NONE,
  CUXAS_LIGANDS_METAL,
  CUXAS_LIGANDS_OXIDE,
  CUXAS_LIGANDS_CHALCOGENIDE, /* S, Se, Te */
  CUXAS_LIGANDS_HALIDE,       /* F, Cl, Br, I */
  CUXAS_LIGANDS_PNICTIDE,     /* N, P, As */
  CUXAS_LIGANDS_OTHER,        /* C, H */
  CUXAS_LIGANDS_MIXED,        /* of several of these kinds */
  CUXAS_N_LIGANDS
} cuxas_ligand_class;

cuxas_ligand_class cuxas_coordination_class(const cuxas_coordination *coordination);

/* cuxas_ligand_class_name() - "oxide"; static storage */
const char *cuxas_ligand_class_name(cuxas_ligand_class kind);

/* ---- formal oxidation states of copper ---- */

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

/* cuxas_oxidation_find_around() - the same, and what the states were found by
 *
 *   opt_coordination  (n_site) as of cuxas_coordination_find(); may be NULL */
cuxas_status cuxas_oxidation_find_around(const cuxas_crystal *crystal, const size_t *site, size_t n_site,
                                         cuxas_oxidation *ret_oxidation, cuxas_coordination *opt_coordination,
                                         cuxas_error *err);

/* The 3d shell of copper, as far as formal states tell it. */
typedef enum {
  CUXAS_SHELL_UNKNOWN, /* not known, Cu(III), whose two holes have no spin in a square, or not copper; and where a hole would be the
                          ligands': Cu(II) and more among S, Se, Te, P, As */
  CUXAS_SHELL_METAL,  /* among metal atoms */
  CUXAS_SHELL_CLOSED, /* Cu(I): the formal state is below 1.5 */
  CUXAS_SHELL_HOLE,   /* one hole with a spin of its own: Cu(II), 1.5 ... 2.5, among N, O, F, Cl, Br alone */
} cuxas_shell;

/* cuxas_shell_find() - of some sites
 *
 *   site       (n_site) indices, of any element
 *   ret_shell  (n_site)
 *
 * Returns  as cuxas_oxidation_find(). */
cuxas_status cuxas_shell_find(const cuxas_crystal *crystal, const size_t *site, size_t n_site, cuxas_shell *ret_shell,
                              cuxas_error *err);

/* cuxas_shell_name() - "metal", "closed", "hole"; NULL: unknown; static storage */
const char *cuxas_shell_name(cuxas_shell shell);

/* cuxas_oxidation_source_name() - "composition"; static storage */
const char *cuxas_oxidation_source_name(cuxas_oxidation_source source);

/* cuxas_bond_valence_copper() - valence of one bond of copper in a state 1 ... 3; NaN: no parameter */
double cuxas_bond_valence_copper(int state, int ligand, double distance_A);

/* cuxas_bond_valence() - valence of a bond between any two other elements; NaN: no parameters */
double cuxas_bond_valence(int atomic_number, int ligand, double distance_A);

#endif
