/* crystal_write.h - a crystal as a small, clean CIF: cell, symmetry operations, one atom per orbit */
#ifndef CUXAS_CRYSTAL_WRITE_H
#define CUXAS_CRYSTAL_WRITE_H
#include "cuxas/crystal.h"

#include <stdio.h>

/* cuxas_crystal_write_cif() - writes the crystal, symmetrised within CUXAS_SYMPREC_A
 *
 * The cell vectors stay those of the crystal (no reduction, no conventional cell); its origin moves to the standard one
 * of the space group, so that translations are fractions. Cell and positions become the means over the operations.
 * Orientation in space is lost, as always in a CIF. Cell lengths carry 6 decimals, positions 8. Where spglib finds no
 * symmetry, or the cell is so skew that an operation would read "x+2y,...", the file lists all sites in P 1.
 * cuxas_crystal_read() gives the same crystal back: same formula, number of sites and distances, other order of sites.
 *
 *   crystal  what to write; it passes the checks of cuxas_crystal_read()
 *   name     name of the data block; characters that CIF does not allow there become '_'
 *   comment  lines for the top of the file, '\n' between them; NULL or "": none
 *   out      stays open; the caller checks it when closing
 *
 * Returns  CUXAS_OK; CUXAS_EIO cannot write; CUXAS_ENOMEM. */
cuxas_status cuxas_crystal_write_cif(const cuxas_crystal *crystal, const char *name, const char *comment, FILE *out,
                                     cuxas_error *err);

#endif
