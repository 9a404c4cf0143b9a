/* crystal.h - a fully ordered periodic crystal, and the readers that make one from a file
 *
 * Lengths are in angstrom. Sites keep the order of the file (for a CIF: asymmetric-unit atoms in file order, and for
 * each the images in the order in which the symmetry operations stand, duplicates dropped). */
#ifndef CUXAS_CRYSTAL_H
#define CUXAS_CRYSTAL_H
#include "cuxas/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CUXAS_N_ELEMENT = 118 };

typedef struct cuxas_crystal {
  double lattice_A[3][3]; /* rows are the cell vectors a, b, c */
  size_t n_site;
  int   *atomic_number;       /* (n_site), 1 ... 118 */
  double (*fractional)[3];    /* (n_site, 3), coordinates along a, b, c; not wrapped into the cell */
  bool           is_molecule; /* the file has no lattice: the cell is a box so wide that no radius reaches an image */
  cuxas_warnings warnings;    /* what was doubtful in the file, without its name: "line 12: ..." */
  struct cuxas_crystal
         *next;            /* another arrangement of the same disordered crystal, as likely as this one; NULL: none */
  double *occupancy;       /* (n_site), for parsers alone; NULL: every site is full, as in all crystals that are read */
  struct cuxas_part *part; /* (n_site), for parsers alone: which partly occupied sites go together; NULL: each alone */
} cuxas_crystal;

/* How arrangements of a disordered crystal are drawn, where its cell does not allow few enough to take all. */
typedef struct {
  size_t   n_arrangement; /* >= 1 */
  uint64_t seed;
} cuxas_drawing;

#define CUXAS_DRAWING ((const cuxas_drawing){4, 1}) /* unless told otherwise */

/* cuxas_crystal_new() - n_site sites, all fields zero; the caller frees it; NULL: no memory */
cuxas_crystal *cuxas_crystal_new(size_t n_site);

/* cuxas_crystal_free() - frees the crystal, its arrays and its further arrangements; accepts NULL */
void cuxas_crystal_free(cuxas_crystal *crystal);

/* cuxas_crystal_read() - reads a CIF, a VASP POSCAR/CONTCAR, an extended XYZ file or JSON of pymatgen or the Materials
 * Project, compressed with gzip or not; the content decides which, the suffix where the content does not
 *
 * CIF: the first data block with atoms. Listed symmetry operations are applied as they stand. Without them the space
 * group's Hall symbol, Hermann-Mauguin symbol or number is looked up in spglib's database; of several settings that the
 * name leaves open, those whose operations do not fit the cell are ruled out (unique axis, hexagonal or rhombohedral
 * axes), and of two origins the one that gives fewer atoms is taken, at a tie choice 2. A file without any symmetry is
 * taken for P 1, with a warning. Images of an atom within 0.1 A of one another are one site, moved onto its special
 * position. Axes: c along z, a in the xz plane. POSCAR: VASP 5, and VASP 4 with the elements in the comment or behind the
 * positions. XYZ: the last frame, periodic in all directions. JSON: also of OPTIMADE and JARVIS.
 *
 * Occupancies within 0.05 of 0 or 1 are taken for it, with a warning; a crystal with others is replaced by ordered
 * arrangements of it, with a warning (cuxas-formats(5)): a chain, whose mean cuxas_predict_crystal() predicts. What is doubtful is in the crystal's warnings.
 *
 *   path         file to read; "file#NAME" for one of several structures in a file (see catalog.h)
 *   ret_crystal  the crystal; the caller frees it with cuxas_crystal_free()
 *
 * Returns  CUXAS_OK; CUXAS_EIO cannot be read; CUXAS_EFORMAT malformed ("file:line: reason"); CUXAS_EUNSUPPORTED
 *          disorder that cannot be resolved, atoms closer than 0.5 A, unknown element or a file that is no crystal structure;
 *          CUXAS_ENOMEM. */
cuxas_status cuxas_crystal_read(const char *path, cuxas_crystal **ret_crystal, cuxas_error *err);

/* cuxas_crystal_from_memory() - the same from n_byte bytes, not compressed
 *
 *   name  stands for the path in messages */
cuxas_status cuxas_crystal_from_memory(const char *name, const void *bytes, size_t n_byte, cuxas_crystal **ret_crystal,
                                       cuxas_error *err);

/* cuxas_crystal_format() - what the content of a structure file looks like: "cif", "poscar", "xyz", "json"; "" when
 * only its name could tell, NULL when there was no memory for it; static storage */
const char *cuxas_crystal_format(const void *bytes, size_t n_byte);

/* cuxas_crystal_volume_A3() - volume of the cell, cubic angstrom, >= 0 */
double cuxas_crystal_volume_A3(const cuxas_crystal *crystal);

/* cuxas_crystal_cartesian_A() - position of a point given by fractional coordinates, angstrom */
void cuxas_crystal_cartesian_A(const cuxas_crystal *crystal, const double fractional[3], double ret_position_A[3]);

/* cuxas_crystal_count() - number of sites occupied by the element */
size_t cuxas_crystal_count(const cuxas_crystal *crystal, int atomic_number);

enum { CUXAS_FORMULA_SIZE = 128 };

/* cuxas_crystal_formula() - reduced formula, elements by rising Pauling electronegativity then symbol, "FeCuS2"
 *
 *   ret_formula  CUXAS_FORMULA_SIZE bytes, always terminated; a formula too long for it is cut */
void cuxas_crystal_formula(const cuxas_crystal *crystal, char ret_formula[CUXAS_FORMULA_SIZE]);

/* cuxas_formula_read() - the reduced formula, as cuxas_crystal_formula() writes it, that a name begins with: "Cu2O" of
 * "Cu2O_TEY_2"; up to the first character that is no letter and no digit
 *
 * Returns  false, ret_formula "": the name does not begin with a formula. */
bool cuxas_formula_read(const char *name, char ret_formula[CUXAS_FORMULA_SIZE]);

/* ---- symmetry: which absorber sites of a crystal are equivalent, and what space group it has ---- */

#define CUXAS_SYMPREC_A 0.01 /* default tolerance on positions, angstrom */
#define CUXAS_SYMMETRY_MOST_SITES                                                                                      \
  2000 /* spglib takes 10 s for so many atoms, and minutes for 10^4: no symmetry is sought among more */

/* Orbits of absorber sites, ordered by their first site. */
typedef struct {
  size_t  n_orbit;
  size_t *first_site;   /* (n_orbit) index of the orbit's first site in the crystal: its representative */
  size_t *multiplicity; /* (n_orbit) sites in the orbit within this cell */
  size_t  n_site;       /* sites in the crystal */
  size_t *orbit_of;     /* (n_site) orbit of each site; SIZE_MAX for other elements */
  bool    found;        /* false: no symmetry could be found, or was sought, every absorber is its own orbit */
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
