/* asymmetric_priv.h - from the atoms of an asymmetric unit and symmetry operations to all sites of the cell
 *
 * Images of an atom within 0.1 A of one another are one site: coordinates in files are rounded (0.3333), and distinct
 * atoms are never that close. Such an atom is first moved onto its symmetry element (the mean of the images that
 * coincide), so that the crystal has the symmetry that was meant exactly. */
#ifndef CUXAS_ASYMMETRIC_PRIV_H
#define CUXAS_ASYMMETRIC_PRIV_H
#include "cuxas/crystal.h"
#include "crystal/spacegroup_priv.h"

typedef struct {
  int         atomic_number;
  double      fractional[3];
  const char *label; /* for messages */
  size_t      i_line;
} cuxas_unit_atom;

/* cuxas_asymmetric_move_to_special() - moves a point that lies almost on a symmetry element onto it
 *
 *   position  fractional coordinates, changed in place */
void cuxas_asymmetric_move_to_special(const cuxas_operation *operations, size_t n_operation,
                                      const double lattice_A[3][3], double position[3]);

/* cuxas_asymmetric_expand() - all sites of the cell, ordered by atom, then operation
 *
 * An atom that is listed although an operation makes it from an earlier one of the same element is dropped.
 *
 *   path         for messages
 *   ret_crystal  the caller frees it; its distances are not checked
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED two elements on one position, or too many sites; CUXAS_ENOMEM. */
cuxas_status cuxas_asymmetric_expand(const char *path, const cuxas_unit_atom *atoms, size_t n_atom,
                                     const cuxas_operation *operations, size_t n_operation,
                                     const double lattice_A[3][3], cuxas_crystal **ret_crystal, cuxas_error *err);

/* cuxas_asymmetric_expand_named() - the same for a space group whose name leaves open which of n_hall settings is meant
 *
 * The right origin puts the atoms on symmetry elements: the setting that gives the fewest sites with sane distances is
 * taken; at a tie it is origin choice 2, today's standard. */
cuxas_status cuxas_asymmetric_expand_named(const char *path, const cuxas_unit_atom *atoms, size_t n_atom,
                                           const int *hall, size_t n_hall, const double lattice_A[3][3],
                                           cuxas_crystal **ret_crystal, cuxas_error *err);

#endif
