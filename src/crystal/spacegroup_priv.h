/* spacegroup_priv.h - symmetry operations as text and as numbers, and space groups by name, from spglib's database */
#ifndef CUXAS_SPACEGROUP_PRIV_H
#define CUXAS_SPACEGROUP_PRIV_H
#include <stdint.h>
#include "cuxas/crystal.h"

#include <stdbool.h>
#include <stddef.h>

/* x' = rotation x + translation, in fractional coordinates (columns) */
typedef struct {
  int    rotation[3][3];
  double translation[3];
} cuxas_operation;

enum {
  CUXAS_MAX_OPERATIONS   = 192, /* of a space group, in any cell of spglib's database */
  CUXAS_N_HALL           = 530, /* settings in spglib's database, numbered from 1 */
  CUXAS_OPERATION_LENGTH = 128  /* room for an operation as text */
};

/* cuxas_operation_parse() - "-y, x-y, z+1/3", in the forms found in CIFs
 *
 * Capitals, blanks, decimals and either order of terms are fine. A decimal translation within 4e-4 of a multiple of
 * 1/24 means that multiple ("0.6667" is 2/3); fractions are taken exactly. Returns false when the text is something
 * else, or its rotation part has a determinant other than 1 or -1. */
bool cuxas_operation_parse(const char *text, cuxas_operation *ret_operation);

/* cuxas_operation_write() - the same as text, fractions up to denominator 48 as such; rotations of 1, 0, -1 only */
void cuxas_operation_write(const cuxas_operation *operation, char ret_text[CUXAS_OPERATION_LENGTH]);

/* cuxas_operation_apply() - ret_image may be the position itself */
void cuxas_operation_apply(const cuxas_operation *operation, const double fractional[3], double ret_image[3]);

/* cuxas_operation_fits() - does the rotation leave the lattice's metric tensor as it is, within 2 %? */
bool cuxas_operation_fits(const cuxas_operation *operation, const double lattice_A[3][3]);

/* cuxas_operations_are_group() - is every product of two of them among them, but for whole translations (within 0.015)?
 *
 *   opt_missing  the first product that is not; may be NULL */
bool cuxas_operations_are_group(const cuxas_operation *operations, size_t n_operation, cuxas_operation *opt_missing);

/* cuxas_spacegroup_find() - settings (Hall numbers) that a name may mean
 *
 *   hall_symbol   e.g. "-P 2ac 2n"; NULL: not given. Decides alone when spglib knows it.
 *   hm_symbol     Hermann-Mauguin symbol in any usual spelling: "P n m a", "Pnma", "P 1 21/c 1", "P21/c",
 *                 "P_63/m_m_c", "Fm3m", "F d -3 m :2", "R -3 m H", "Cmca" (now Cmce); NULL: not given
 *   number        number in the International Tables; 0: not given. Used when there is no symbol, or an unknown one:
 *                 then the standard setting is meant.
 *   lattice_A     only settings whose operations fit this cell are returned: that tells hexagonal from rhombohedral
 *                 axes, and which axis of a monoclinic cell is unique
 *   ret_hall      room for CUXAS_N_HALL numbers
 *   ret_is_known  false: neither symbol nor number names a space group (a known one may still fit no cell)
 *
 * Returns  how many settings are left, standard one first; more than one where the name leaves the origin open. */
size_t cuxas_spacegroup_find(const char *hall_symbol, const char *hm_symbol, int number, const double lattice_A[3][3],
                             int *ret_hall, bool *ret_is_known);

/* cuxas_spacegroup_operations() - operations of a setting, in spglib's order (the identity first); returns how many */
size_t cuxas_spacegroup_operations(int hall_number, cuxas_operation ret_operations[CUXAS_MAX_OPERATIONS]);

/* cuxas_spacegroup_number() - 1 ... 230, of a setting */
int cuxas_spacegroup_number(int hall_number);

/* cuxas_spacegroup_has_second_origin() - is this "origin choice 2" of a group with two? */
bool cuxas_spacegroup_has_second_origin(int hall_number);

/* ---- from the atoms of an asymmetric unit and symmetry operations to all sites of the cell ----
 *
 * Images of an atom within 0.1 A of one another are one site: coordinates in files are rounded (0.3333), and distinct
 * atoms are never that close. Such an atom is first moved onto its symmetry element (the mean of the images that
 * coincide), so that the crystal has the symmetry that was meant exactly. */

typedef struct {
  int         atomic_number;
  double      fractional[3];
  double      occupancy;                /* above 0, at most 1 */
  const char *label;                    /* for messages */
  const char *opt_assembly, *opt_group; /* of disorder, as the file names them; NULL: none */
  size_t      i_line;
} cuxas_unit_atom;

/* cuxas_asymmetric_move_to_special() - moves a point that lies almost on a symmetry element onto it
 *
 *   position  fractional coordinates, changed in place */
void cuxas_asymmetric_move_to_special(const cuxas_operation *operations, size_t n_operation,
                                      const double lattice_A[3][3], double position[3]);

/* The atoms that symmetry makes a crystal of. */
typedef struct {
  const char            *path;  /* for messages */
  const cuxas_unit_atom *atoms; /* (n_atom) */
  size_t                 n_atom;
  double                 lattice_A[3][3];
  const double *opt_count; /* (CUXAS_N_ELEMENT + 1) of the formula, by atomic number: decides between origins */
} cuxas_asymmetric_unit;

/* Which operations make a site from its atom. */
typedef struct {
  uint64_t by[3]; /* bit i of all: operation i does, i < 192 */
} cuxas_site_origin;

/* cuxas_disorder_share() - groups of one assembly that are all fully occupied, which cannot be, get equal shares
 *
 * Returns  how many atoms did. */
size_t cuxas_disorder_share(cuxas_unit_atom *atoms, size_t n_atom);

/* cuxas_disorder_part() - groups and assemblies of atoms become those of the sites that symmetry makes of them
 *
 * Sites of one group that the same operation makes, or operations that leave another site of the group where it is, are
 * one group. Without names of assemblies, atoms of groups whose occupancies add up to 1 are of one. Groups below 0 are
 * alternatives of their own images, which distances show.
 *
 *   atom, origin  (crystal->n_site) of each site
 *   crystal       gets part, where it has occupancy and an atom has a group
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_disorder_part(const cuxas_asymmetric_unit *unit, const size_t *atom, const cuxas_site_origin *origin,
                                 cuxas_crystal *crystal, cuxas_error *err);

/* cuxas_asymmetric_expand() - all sites of the cell, ordered by atom, then operation
 *
 * An atom that is listed although an operation makes it from an earlier one of the same element is dropped.
 *
 * Partly occupied atoms may share a position.
 *
 *   ret_crystal  the caller frees it; its distances are not checked; with occupancy when an atom has less than 1
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED two elements on one position, or too many sites; CUXAS_ENOMEM. */
cuxas_status cuxas_asymmetric_expand(const cuxas_asymmetric_unit *unit, const cuxas_operation *operations,
                                     size_t n_operation, cuxas_crystal **ret_crystal, cuxas_error *err);

/* cuxas_asymmetric_expand_named() - the same for a space group whose name leaves open which of n_hall settings is meant
 *
 * The right origin puts the atoms on symmetry elements, at distances that atoms have: the setting that gives the formula's
 * composition, no overlap and the fewest sites is taken, then the one whose nearest atoms are farther apart against their
 * covalent radii, then the one whose charges balance; at a tie it is origin choice 2, today's standard.
 *
 *   warnings  gets one where another setting is as good but gives another composition, or other distances */
cuxas_status cuxas_asymmetric_expand_named(const cuxas_asymmetric_unit *unit, const int *hall, size_t n_hall,
                                           cuxas_warnings *warnings, cuxas_crystal **ret_crystal, cuxas_error *err);

#endif
