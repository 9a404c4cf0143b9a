/* crystal_priv.h - what the crystal parsers share: their entry points, number checks and 3 x 3 matrices */
#ifndef CUXAS_CRYSTAL_PRIV_H
#define CUXAS_CRYSTAL_PRIV_H
#include "cuxas/crystal.h"
#include "base/text.h"

/* A cell of half as many takes a minute to predict, and time grows faster than cells do. Also keeps a hostile file from
 * eating memory. */
enum { CUXAS_CRYSTAL_MAX_SITES = 20000 };

/* Each parser takes the text apart (its lines are cut up) and makes a crystal that the caller frees. Errors name
 * "path:line". What does not depend on the format (volume, distances) is left to cuxas_crystal_check(). */
cuxas_status cuxas_crystal_parse_cif(cuxas_text *text, cuxas_crystal **ret_crystal, cuxas_error *err);
cuxas_status cuxas_crystal_parse_poscar(cuxas_text *text, cuxas_crystal **ret_crystal, cuxas_error *err);
cuxas_status cuxas_crystal_parse_xyz(cuxas_text *text, cuxas_crystal **ret_crystal, cuxas_error *err);
cuxas_status cuxas_crystal_parse_json(const char *path, const char *bytes, size_t n_byte, cuxas_crystal **ret_crystal,
                                      cuxas_error *err);

/* cuxas_cif_lacks_atoms() - is this CIF sound, and without an atom in any block? */
bool cuxas_cif_lacks_atoms(const char *bytes, size_t n_byte);

#define CUXAS_NEAR_FULL 0.05 /* occupancies this near to 0 or 1 are taken for it */

/* cuxas_occupancy_round() - 0 or 1 when the occupancy is within CUXAS_NEAR_FULL of it, else the same */
double cuxas_occupancy_round(double occupancy);

/* What a file says of a partly occupied site: members of one group are there together, of one assembly only one group is. */
typedef struct cuxas_part {
  size_t group;    /* sites of the same number are there together; 0: each for itself */
  size_t assembly; /* of the same number and another group exclude one another; 0: as distances say */
} cuxas_part;

/* cuxas_disorder_settle() - ordered arrangements of a crystal whose sites are partly occupied
 *
 * Sites whose atoms would overlap, or that the crystal's parts say are alternatives, exclude one another and make one place, with as many choices as there are sites, and
 * an empty one for what is left of the occupancy. Places with the same choices are of one kind. Where rounding leaves every
 * share of a kind right within 4 % in the cell itself, and there are at most 12 ways to deal the choices to the places, all
 * of them are made. Else the cell is repeated along its shortest axes until the shares are right so far (or there are about
 * 240 sites), and the choices are dealt in random orders, the same ones for the same seed.
 *
 *   crystal  has occupancy; replaced by a chain of ordered ones, without, the first with a warning that says what was done
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED sites that exclude one another hold more than one atom, or too many sites;
 *          CUXAS_ENOMEM. */
cuxas_status cuxas_disorder_settle(const char *path, const cuxas_drawing *how, cuxas_crystal **crystal,
                                   cuxas_error *err);

/* cuxas_crystal_parse() - cuxas_crystal_from_memory() that says how arrangements are drawn */
cuxas_status cuxas_crystal_parse(const char *name, const void *bytes, size_t n_byte, const cuxas_drawing *how,
                                 cuxas_crystal **ret_crystal, cuxas_error *err);

/* cuxas_crystal_fetch() - cuxas_crystal_read() that says so */
cuxas_status cuxas_crystal_fetch(const char *path, const cuxas_drawing *how, cuxas_crystal **ret_crystal,
                                 cuxas_error *err);

/* cuxas_crystal_check() - is this something that matter could be?
 *
 *   opt_lines  where the cell and the first atom stand in the file, for messages, each atom in a line; 0: not known; NULL: both
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT the cell has no volume; CUXAS_EUNSUPPORTED no site, too many, or two of them (or one
 *          and its own periodic image) closer than 0.5 A; CUXAS_ENOMEM. */
cuxas_status cuxas_crystal_check(const cuxas_crystal *crystal, const char *path, const size_t opt_lines[2],
                                 cuxas_error *err);

/* cuxas_crystal_has_suffix() - is the file named as structures are (POSCAR..., .cif, .vasp, .xyz, ..., also with .gz)? JSON
 * is not: most of it is something else */
bool cuxas_crystal_has_suffix(const char *path);

/* cuxas_crystal_is_likely() - does the content look like one of the formats, read or known but not read?
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_crystal_is_likely(const char *path, const void *bytes, size_t n_byte, bool *ret_is_likely,
                                     cuxas_error *err);

/* cuxas_crystal_parse_real() - a token as a finite number of sane size (below 1e6 in magnitude)
 *
 *   i_line  line of the file, from 1, for the message
 *   what    what the number is, for the message: "a coordinate" */
cuxas_status cuxas_crystal_parse_real(const char *token, const char *path, size_t i_line, const char *what,
                                      double *ret_value, cuxas_error *err);

/* cuxas_matrix_determinant() - of a 3 x 3 matrix */
double cuxas_matrix_determinant(const double matrix[3][3]);

/* cuxas_matrix_invert() - inverse of a 3 x 3 matrix; false when its determinant is 0 or not finite */
bool cuxas_matrix_invert(const double matrix[3][3], double ret_inverse[3][3]);

/* cuxas_row_times_matrix() - row vector times matrix: fractional to Cartesian by the lattice, back by its inverse */
void cuxas_row_times_matrix(const double row[3], const double matrix[3][3], double ret_row[3]);

#endif
