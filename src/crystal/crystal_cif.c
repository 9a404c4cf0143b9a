/* Contents
 *   1. Values with uncertainties
 *   2. The cell
 *   3. The atoms of the asymmetric unit
 *   4. The symmetry operations
 *   5. The crystal
 *
 * Tags follow the core CIF dictionary; older and newer spellings are both understood. The crystal comes from the first
 * data block that has atoms, and from no other block. */
#include "crystal/asymmetric_priv.h"
#include "base/text.h"
#include "crystal/cif_priv.h"
#include "crystal/crystal_priv.h"
#include "cuxas/elements.h"
#include "base/memory.h"
#include "crystal/spacegroup_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FULL_OCCUPANCY 1e-3 /* occupancies this close to 1 count as 1 */

#define TAGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- 1. Values with uncertainties ---- */

/* "1.234(5)" is 1.234, in place. */
static cuxas_status parse_real(const cif_block *block, const cif_value *value, const char *what, double *ret_value,
                               cuxas_error *err)
{
  char        *open    = strchr(value->text, '(');
  const size_t n_digit = open != NULL ? strspn(open + 1, "0123456789") : 0;
  if (n_digit > 0 && strcmp(open + 1 + n_digit, ")") == 0) *open = '\0';
  return cuxas_crystal_parse_real(value->text, block->path, value->i_line, what, ret_value, err);
}

/* ---- 2. The cell ---- */

/* Axes as pymatgen and the M3GNet reference set them: c along z, a in the xz plane. */
static cuxas_status read_cell(const cif_block *block, double ret_lattice_A[3][3], cuxas_error *err)
{
  static const char *const tags[6] = {"_cell_length_a",    "_cell_length_b",   "_cell_length_c",
                                      "_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma"};
  double                   cell[6];
  size_t                   i_line = 0;

  for (int i = 0; i < 6; i++) {
    const cif_item  *item  = cif_block_find(block, TAGS(tags[i]));
    const cif_value *value = cif_item_value(block, item, 0);
    if (value == NULL)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: data block '%.40s' has atoms but no %s", block->path, block->name,
                        tags[i]);
    const cuxas_status status = parse_real(block, value, tags[i], &cell[i], err);
    if (status != CUXAS_OK) return status;
    i_line = value->i_line;
    if (!(cell[i] > 0.0) || (i >= 3 && cell[i] >= 180.0))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %s is %g", block->path, value->i_line, tags[i], cell[i]);
  }

  const double degree = acos(-1.0) / 180.0;
  double       c[3], s[3]; /* cosines and sines, exact for right angles */
  for (int k = 0; k < 3; k++) {
    c[k] = cell[3 + k] == 90.0 ? 0.0 : cos(cell[3 + k] * degree);
    s[k] = cell[3 + k] == 90.0 ? 1.0 : sin(cell[3 + k] * degree);
  }
  const double squared = 1.0 - c[0] * c[0] - c[1] * c[1] - c[2] * c[2] + 2.0 * c[0] * c[1] * c[2]; /* (V / abc)^2 */
  if (!(squared > 1e-10))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: the cell angles %g, %g, %g make no volume", block->path, i_line,
                      cell[3], cell[4], cell[5]);
  const double cos_gamma_star = (c[0] * c[1] - c[2]) / (s[0] * s[1]), sin_gamma_star = sqrt(squared) / (s[0] * s[1]);
  const double lattice_A[3][3] = {
      {cell[0] * s[1], 0.0, cell[0] * c[1]},
      {-cell[1] * s[0] * cos_gamma_star, cell[1] * s[0] * sin_gamma_star, cell[1] * c[0]},
      {0.0, 0.0, cell[2]},
  };
  memcpy(ret_lattice_A, lattice_A, sizeof lattice_A);
  return CUXAS_OK;
}

/* ---- 3. The atoms of the asymmetric unit ---- */

typedef struct {
  const cif_item *position[3];
  bool            is_cartesian;
  const cif_item *symbol, *label, *occupancy, *calculated, *hydrogens;
} atom_columns;

/* Does the block hold atoms? Coordinates that are there but incomplete are an error. */
static cuxas_status find_columns(const cif_block *block, atom_columns *ret_columns, bool *ret_found, cuxas_error *err)
{
  static const char *const tags[2][3] = {{"_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z"},
                                         {"_atom_site_cartn_x", "_atom_site_cartn_y", "_atom_site_cartn_z"}};
  *ret_columns                        = (atom_columns){
                             .symbol     = cif_block_find(block, TAGS("_atom_site_type_symbol")),
                             .label      = cif_block_find(block, TAGS("_atom_site_label")),
                             .occupancy  = cif_block_find(block, TAGS("_atom_site_occupancy")),
                             .calculated = cif_block_find(block, TAGS("_atom_site_calc_flag")),
                             .hydrogens  = cif_block_find(block, TAGS("_atom_site_attached_hydrogens")),
  };
  for (int i = 0; i < 2 && ret_columns->position[0] == NULL; i++) {
    ret_columns->is_cartesian = i == 1;
    for (int k = 0; k < 3; k++) ret_columns->position[k] = cif_block_find(block, TAGS(tags[i][k]));
  }
  const cif_item *first = ret_columns->position[0], *any = ret_columns->symbol;
  if (any == NULL) any = ret_columns->label;
  *ret_found = first != NULL || any != NULL;
  if (!*ret_found) return CUXAS_OK;
  if (first == NULL || ret_columns->position[1] == NULL || ret_columns->position[2] == NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: atom sites without coordinates (no _atom_site_fract_x, _y, _z)",
                      block->path, (first != NULL ? first : any)->i_line);
  if (any == NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: atom sites without element (no _atom_site_type_symbol, no _label)",
                      block->path, first->i_line);
  const cif_item *const same_loop[] = {ret_columns->position[1], ret_columns->position[2], ret_columns->symbol,
                                       ret_columns->label, ret_columns->occupancy};
  for (size_t i = 0; i < sizeof same_loop / sizeof *same_loop; i++)
    if (same_loop[i] != NULL && same_loop[i]->n_value != first->n_value)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %s has %zu values, %s has %zu", block->path, same_loop[i]->i_line,
                        same_loop[i]->tag, same_loop[i]->n_value, first->tag, first->n_value);
  return CUXAS_OK;
}

static cuxas_status check_occupancy(const cif_block *block, const cif_value *occupancy, const char *label,
                                    cuxas_error *err)
{
  double value;
  if (occupancy == NULL) return CUXAS_OK; /* not given: 1, says the dictionary */
  const cuxas_status status = parse_real(block, occupancy, "an occupancy", &value, err);
  if (status != CUXAS_OK) return status;
  if (value < 1.0 - FULL_OCCUPANCY)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: partial occupancy: site %.40s has %g", block->path,
                      occupancy->i_line, label, value);
  if (value > 1.0 + FULL_OCCUPANCY)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site %.40s has occupancy %g, more than 1", block->path,
                      occupancy->i_line, label, value);
  return CUXAS_OK;
}

/* Row i of the atom loop. Dummy atoms (calc_flag dum) are to be left out: ret_is_atom is then false. */
static cuxas_status read_atom(const cif_block *block, const atom_columns *columns, size_t i, cuxas_unit_atom *ret_atom,
                              bool *ret_is_atom, cuxas_error *err)
{
  const cif_value *flag   = cif_item_value(block, columns->calculated, i);
  const cif_value *symbol = cif_item_value(block, columns->symbol, i),
                  *label  = cif_item_value(block, columns->label, i);
  cuxas_status status;

  *ret_is_atom = flag == NULL || strcasecmp(flag->text, "dum") != 0;
  if (!*ret_is_atom) return CUXAS_OK;
  const size_t i_line = block->value[columns->position[0]->first + i * columns->position[0]->stride].i_line;
  const char  *name   = label != NULL ? label->text : symbol != NULL ? symbol->text : "?";

  *ret_atom = (cuxas_unit_atom){.label = name, .i_line = i_line};
  if (symbol != NULL || label != NULL)
    ret_atom->atomic_number = cuxas_element_guess(symbol != NULL ? symbol->text : label->text);
  if (ret_atom->atomic_number == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: site %.40s: unknown element '%.40s'", block->path, i_line, name,
                      symbol != NULL ? symbol->text : name);
  if ((status = check_occupancy(block, cif_item_value(block, columns->occupancy, i), name, err)) != CUXAS_OK)
    return status;
  const cif_value *hydrogens = cif_item_value(block, columns->hydrogens, i);
  if (hydrogens != NULL && strcmp(hydrogens->text, "0") != 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                      "%s:%zu: site %.40s has %.20s attached hydrogen atoms without coordinates", block->path,
                      hydrogens->i_line, name, hydrogens->text);
  for (int k = 0; k < 3; k++) {
    const cif_value *value = cif_item_value(block, columns->position[k], i);
    if (value == NULL)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site %.40s: a coordinate is unknown", block->path, i_line, name);
    if ((status = parse_real(block, value, "a coordinate", &ret_atom->fractional[k], err)) != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

static cuxas_status read_atoms(const cif_block *block, const atom_columns *columns, const double lattice_A[3][3],
                               cuxas_unit_atom **ret_atoms, size_t *ret_n_atom, cuxas_error *err)
{
  const size_t     n_row  = columns->position[0]->n_value;
  size_t           n_atom = 0;
  cuxas_status     status = CUXAS_OK;
  double           inverse[3][3];
  cuxas_unit_atom *atoms = NULL;

  *ret_atoms  = NULL;
  *ret_n_atom = 0;
  if (n_row > CUXAS_CRYSTAL_MAX_SITES)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: more than %d atoms", block->path, columns->position[0]->i_line,
                      CUXAS_CRYSTAL_MAX_SITES);
  if (!cuxas_matrix_invert(lattice_A, inverse))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the cell has no volume", block->path);
  if ((atoms = cuxas_new_array(n_row, sizeof *atoms)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for %zu atoms", block->path, n_row);

  for (size_t i = 0; i < n_row; i++) {
    bool is_atom = false;
    if ((status = read_atom(block, columns, i, &atoms[n_atom], &is_atom, err)) != CUXAS_OK) goto done;
    if (!is_atom) continue;
    if (columns->is_cartesian) cuxas_row_times_matrix(atoms[n_atom].fractional, inverse, atoms[n_atom].fractional);
    n_atom++;
  }
  *ret_atoms  = atoms;
  *ret_n_atom = n_atom;
  atoms       = NULL;
done:
  free(atoms);
  return status;
}

/* ---- 4. The symmetry operations ---- */

static bool is_identity(const cuxas_operation *operation)
{
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 3; j++)
      if (operation->rotation[i][j] != (i == j)) return false;
    if (operation->translation[i] != floor(operation->translation[i])) return false;
  }
  return true;
}

/* The operations as the file lists them. */
static cuxas_status read_operations(const cif_block *block, const cif_item *item, const double lattice_A[3][3],
                                    cuxas_operation **ret_operations, size_t *ret_n_operation, cuxas_error *err)
{
  bool             has_identity = false;
  cuxas_operation *operations   = NULL;

  if (item->n_value > 10 * (size_t)CUXAS_MAX_OPERATIONS)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: %zu symmetry operations", block->path, item->i_line,
                      item->n_value);
  if ((operations = cuxas_new_array(item->n_value, sizeof *operations)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for symmetry operations", block->path);
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < item->n_value; i++) {
    const cif_value *value = &block->value[item->first + i * item->stride];
    if (!cuxas_operation_parse(value->text, &operations[i])) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: not a symmetry operation: '%.60s'", block->path, value->i_line,
                          value->text);
      goto done;
    }
    if (!cuxas_operation_fits(&operations[i], lattice_A)) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: symmetry operation '%.60s' does not fit the cell", block->path,
                          value->i_line, value->text);
      goto done;
    }
    if (is_identity(&operations[i])) has_identity = true;
  }
  if (!has_identity) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: the symmetry operations lack the identity 'x,y,z'", block->path,
                        item->i_line);
    goto done;
  }
  *ret_operations  = operations;
  *ret_n_operation = item->n_value;
  operations       = NULL;
done:
  free(operations);
  return status;
}

/* No operations in the file: settings that the space group's name may mean. No symmetry at all: P 1. */
static cuxas_status find_settings(const cif_block *block, const double lattice_A[3][3], int *ret_hall,
                                  size_t *ret_n_hall, cuxas_error *err)
{
  const cif_value *hall = cif_item_value(
      block, cif_block_find(block, TAGS("_space_group_name_hall", "_symmetry_space_group_name_hall")), 0);
  const cif_value *symbol =
      cif_item_value(block,
                     cif_block_find(block, TAGS("_space_group_name_h-m_alt", "_symmetry_space_group_name_h-m",
                                                "_space_group_name_h-m_full", "_space_group_name_h-m_ref")),
                     0);
  const cif_value *number =
      cif_item_value(block, cif_block_find(block, TAGS("_space_group_it_number", "_symmetry_int_tables_number")), 0);
  long             it_number = 0;
  bool             is_known  = false;
  const cif_value *named     = symbol != NULL ? symbol : hall != NULL ? hall : number;

  if (named == NULL) {
    ret_hall[0] = 1;
    *ret_n_hall = 1;
    return CUXAS_OK;
  }
  if (number != NULL && (!cuxas_text_parse_integer(number->text, &it_number) || it_number < 1 || it_number > 230))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: space group number is '%.40s'", block->path, number->i_line,
                      number->text);
  *ret_n_hall = cuxas_spacegroup_find(hall != NULL ? hall->text : NULL, symbol != NULL ? symbol->text : NULL,
                                      (int)it_number, lattice_A, ret_hall, &is_known);
  if (*ret_n_hall > 0) return CUXAS_OK;
  if (is_known)
    return cuxas_fail(err, CUXAS_EFORMAT,
                      "%s:%zu: space group '%.40s' does not fit the cell, and no operations are listed", block->path,
                      named->i_line, named->text);
  return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: unknown space group '%.40s', and no operations are listed",
                    block->path, named->i_line, named->text);
}

/* ---- 5. The crystal ---- */

static cuxas_status crystal_of_block(const cif_block *block, const atom_columns *columns, cuxas_crystal **ret_crystal,
                                     cuxas_error *err)
{
  double           lattice_A[3][3];
  int              hall[CUXAS_N_HALL];
  size_t           n_atom = 0, n_operation = 0, n_hall = 0;
  cuxas_unit_atom *atoms      = NULL;
  cuxas_operation *operations = NULL;
  cuxas_status     status;

  if ((status = read_cell(block, lattice_A, err)) != CUXAS_OK) goto done;
  if ((status = read_atoms(block, columns, lattice_A, &atoms, &n_atom, err)) != CUXAS_OK) goto done;
  const cif_item *listed =
      cif_block_find(block, TAGS("_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz"));
  if (listed != NULL && cif_item_value(block, listed, 0) != NULL) {
    status = read_operations(block, listed, lattice_A, &operations, &n_operation, err);
    if (status != CUXAS_OK) goto done;
    status = cuxas_asymmetric_expand(block->path, atoms, n_atom, operations, n_operation, lattice_A, ret_crystal, err);
  } else {
    if ((status = find_settings(block, lattice_A, hall, &n_hall, err)) != CUXAS_OK) goto done;
    status = cuxas_asymmetric_expand_named(block->path, atoms, n_atom, hall, n_hall, lattice_A, ret_crystal, err);
  }
done:
  free(atoms);
  free(operations);
  return status;
}

cuxas_status cuxas_crystal_parse_cif(cuxas_text *text, cuxas_crystal **ret_crystal, cuxas_error *err)
{
  cif_reader   reader;
  bool         has_block = true, has_atoms = false;
  cuxas_status status = CUXAS_OK;

  *ret_crystal = NULL;
  cif_reader_start(&reader, text);
  while (status == CUXAS_OK && has_block && !has_atoms) {
    cif_block    block;
    atom_columns columns;
    status = cif_reader_next(&reader, &block, &has_block, err);
    if (status == CUXAS_OK && has_block) status = find_columns(&block, &columns, &has_atoms, err);
    if (status == CUXAS_OK && has_atoms) status = crystal_of_block(&block, &columns, ret_crystal, err);
    cif_block_free(&block);
  }
  if (status == CUXAS_OK && !has_atoms)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: no atom sites in any data block: no crystal structure", text->path);
  return status;
}
