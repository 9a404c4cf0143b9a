/* crystal_cif.c - a crystal from a data block of CIF: cell, operations, sites, occupancies
 *
 * Contents
 *   1. Values with uncertainties
 *   2. The cell
 *   3. Elements, by what the formula allows
 *   4. The atoms of the asymmetric unit
 *   5. The symmetry operations
 *   6. Is the composition the file's own?
 *   7. The crystal
 *
 * Tags follow the core CIF dictionary; older and newer spellings are both understood. The crystal comes from the first
 * data block that has atoms, and from no other block. */
#include "crystal/spacegroup_priv.h"
#include "base/text.h"
#include "crystal/cif_priv.h"
#include "crystal/crystal_priv.h"
#include "base/elements.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <strings.h>

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
    const cif_item  *item  = cuxas_cif_block_find(block, TAGS(tags[i]));
    const cif_value *value = cuxas_cif_item_value(block, item, 0);
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

/* ---- 3. Elements, by what the formula allows ---- */

static int first_letter_element(const char *label)
{
  const char letter = label[0] >= 'a' && label[0] <= 'z' ? (char)(label[0] - 'a' + 'A') : label[0];
  return letter == 'D' ? 1 : cuxas_element_number((char[]){letter, '\0'});
}

/* A label is a guess: of its two readings ("CO1": cobalt, or carbon of a CO) the one that the formula has. */
static int element_of_label(const char *label, const cif_formula *sum, cuxas_warnings *warnings, bool *is_warned)
{
  enum { COPPER = 29 };
  const int guess = cuxas_element_guess(label), first = first_letter_element(label);
  if (sum->text != NULL)
    return first != 0 && sum->count[first] > 0.0 && (guess == 0 || !(sum->count[guess] > 0.0)) ? first : guess;
  if (guess != first && first != 0 && guess != COPPER && guess != 0 && label[1] >= 'A' && label[1] <= 'Z' &&
      !*is_warned) {
    cuxas_warn(warnings, "elements are read from labels and no formula tells which are meant: %.20s is taken for %s",
               label, cuxas_element_find(guess)->symbol);
    *is_warned = true;
  }
  return guess;
}

/* ---- 4. The atoms of the asymmetric unit ---- */

typedef struct {
  const cif_item *position[3];
  bool            is_cartesian;
  const cif_item *symbol, *label, *occupancy, *calculated, *hydrogens, *assembly, *group;
} atom_columns;

/* What reading the atoms needs and finds besides them. */
typedef struct {
  const cif_block *block;
  atom_columns     columns;
  cif_formula      sum;
  cuxas_warnings  *warnings;
  bool             is_label_warned;
  size_t           n_rounded; /* occupancies near 0 or 1 that were taken for it */
  char             rounded[80];
  size_t           n_other_label; /* sites called like another element than their type is */
  size_t           n_grouped;     /* sites that are called "OH" and the like */
  size_t           n_unplaced;    /* hydrogen sites without coordinates */
  char             unplaced[24];
} atom_reader;

/* Does the block hold atoms? Coordinates that are there but incomplete are an error. */
static cuxas_status find_columns(const cif_block *block, atom_columns *ret_columns, bool *ret_found, cuxas_error *err)
{
  static const char *const tags[2][3] = {{"_atom_site_fract_x", "_atom_site_fract_y", "_atom_site_fract_z"},
                                         {"_atom_site_cartn_x", "_atom_site_cartn_y", "_atom_site_cartn_z"}};
  *ret_columns                        = (atom_columns){
                             .symbol     = cuxas_cif_block_find(block, TAGS("_atom_site_type_symbol")),
                             .label      = cuxas_cif_block_find(block, TAGS("_atom_site_label")),
                             .occupancy  = cuxas_cif_block_find(block, TAGS("_atom_site_occupancy")),
                             .calculated = cuxas_cif_block_find(block, TAGS("_atom_site_calc_flag")),
                             .hydrogens  = cuxas_cif_block_find(block, TAGS("_atom_site_attached_hydrogens")),
                             .assembly   = cuxas_cif_block_find(block, TAGS("_atom_site_disorder_assembly")),
                             .group      = cuxas_cif_block_find(block, TAGS("_atom_site_disorder_group")),
  };
  for (int i = 0; i < 2 && ret_columns->position[0] == NULL; i++) {
    ret_columns->is_cartesian = i == 1;
    for (int k = 0; k < 3; k++) ret_columns->position[k] = cuxas_cif_block_find(block, TAGS(tags[i][k]));
  }
  const cif_item *first = ret_columns->position[0], *any = ret_columns->symbol;
  if (any == NULL) any = ret_columns->label;
  *ret_found = (first != NULL || any != NULL) && (first == NULL || first->n_value > 0);
  if (!*ret_found) return CUXAS_OK;
  if (first == NULL || ret_columns->position[1] == NULL || ret_columns->position[2] == NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: atom sites without coordinates (no _atom_site_fract_x, _y, _z)",
                      block->path, (first != NULL ? first : any)->i_line);
  if (any == NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: atom sites without element (no _atom_site_type_symbol, no _label)",
                      block->path, first->i_line);
  const cif_item *const same_loop[] = {ret_columns->position[1], ret_columns->position[2], ret_columns->symbol,
                                       ret_columns->label,       ret_columns->occupancy,   ret_columns->assembly,
                                       ret_columns->group};
  for (size_t i = 0; i < sizeof same_loop / sizeof *same_loop; i++)
    if (same_loop[i] != NULL && same_loop[i]->n_value != first->n_value)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %s has %zu values, %s has %zu", block->path, same_loop[i]->i_line,
                        same_loop[i]->tag, same_loop[i]->n_value, first->tag, first->n_value);
  return CUXAS_OK;
}

/* Not given: 1, says the dictionary. Near 0 or 1 it is that, with a warning. */
static cuxas_status read_occupancy(atom_reader *reader, const cif_value *occupancy, const char *label,
                                   double *ret_occupancy, cuxas_error *err)
{
  double value   = 1.0;
  *ret_occupancy = 1.0;
  if (occupancy == NULL) return CUXAS_OK;
  const cuxas_status status = parse_real(reader->block, occupancy, "an occupancy", &value, err);
  if (status != CUXAS_OK) return status;
  if (value > 1.0 + CUXAS_NEAR_FULL || value < -CUXAS_NEAR_FULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site %.40s has occupancy %g, %s", reader->block->path,
                      occupancy->i_line, label, value, value > 1.0 ? "more than 1" : "less than 0");
  *ret_occupancy = cuxas_occupancy_round(value);
  if (fabs(*ret_occupancy - value) > 1e-3 && reader->n_rounded++ == 0)
    cuxas_text_print(reader->rounded, sizeof reader->rounded, "line %zu: %.30s has %g", occupancy->i_line, label,
                     value);
  return CUXAS_OK;
}

static bool is_unknown(const cif_block *block, const cif_item *item, size_t i)
{
  return item == NULL || cuxas_cif_item_value(block, item, i) == NULL;
}

/* A row of nothing but '?' and '.': no atom */
static bool is_empty_row(const cif_block *block, const atom_columns *columns, size_t i)
{
  return is_unknown(block, columns->symbol, i) && is_unknown(block, columns->label, i) &&
         is_unknown(block, columns->position[0], i) && is_unknown(block, columns->position[1], i) &&
         is_unknown(block, columns->position[2], i);
}

static bool has_atoms(const cif_block *block, const atom_columns *columns)
{
  for (size_t i = 0; i < columns->position[0]->n_value; i++)
    if (!is_empty_row(block, columns, i)) return true;
  return false;
}

/* "OH", "H2O", "NH4": an element and its hydrogen under one symbol. */
static bool is_group(const char *symbol)
{
  cif_formula parts;
  int         n_heavy = 0;
  const bool  is_sum  = strcmp(symbol, "Oh") != 0 && cuxas_cif_formula_parse(symbol, &parts);
  for (int z = 2; z <= CUXAS_N_ELEMENT && is_sum; z++) n_heavy += parts.count[z] > 0.0;
  return is_sum && parts.count[1] > 0.0 && n_heavy == 1;
}

static int heavy_atom(atom_reader *reader, const char *symbol, const char *name, size_t i_line)
{
  cif_formula parts;
  int         z = 2;
  cuxas_cif_formula_parse(symbol, &parts);
  while (!(parts.count[z] > 0.0)) z++;
  if (reader->n_grouped++ == 0)
    cuxas_warn(reader->warnings, "line %zu: of site %.20s, '%.10s', only %s has a place: hydrogen is left out", i_line,
               name, symbol, cuxas_element_find(z)->symbol);
  return z;
}

/* "Zn1" for an atom of type Cu: an element and a number, and another element. Labels with more letters are names. */
static void warn_of_label(atom_reader *reader, const cuxas_unit_atom *atom, const char *label)
{
  const size_t n_letter  = strspn(label, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  char         symbol[3] = "";
  if (n_letter == 2 && strspn(label + n_letter, "0123456789") == strlen(label + n_letter) && label[1] >= 'a')
    memcpy(symbol, label, 2);
  const int z = symbol[0] != '\0' ? cuxas_element_number(symbol) : 0;
  if (z != 0 && z != atom->atomic_number && reader->n_other_label++ == 0)
    cuxas_warn(reader->warnings, "line %zu: site '%.10s' is of type %s, which is taken", atom->i_line, label,
               cuxas_element_find(atom->atomic_number)->symbol);
}

/* Row i of the atom loop. Dummy atoms (calc_flag dum) and empty places are to be left out: ret_is_atom is then false. */
static cuxas_status read_atom(atom_reader *reader, size_t i, cuxas_unit_atom *ret_atom, bool *ret_is_atom,
                              cuxas_error *err)
{
  const cif_block    *block   = reader->block;
  const atom_columns *columns = &reader->columns;
  const cif_value    *flag    = cuxas_cif_item_value(block, columns->calculated, i);
  const cif_value    *symbol  = cuxas_cif_item_value(block, columns->symbol, i),
                  *label      = cuxas_cif_item_value(block, columns->label, i);
  cuxas_status status;

  *ret_is_atom = (flag == NULL || strcasecmp(flag->text, "dum") != 0) && !is_empty_row(block, columns, i);
  if (!*ret_is_atom) return CUXAS_OK;
  const size_t i_line = block->value[columns->position[0]->first + i * columns->position[0]->stride].i_line;
  const char  *name   = label != NULL ? label->text : symbol != NULL ? symbol->text : "?";

  const cif_value *assembly = cuxas_cif_item_value(block, columns->assembly, i),
                  *group    = cuxas_cif_item_value(block, columns->group, i);

  *ret_atom = (cuxas_unit_atom){.label        = name,
                                .i_line       = i_line,
                                .opt_assembly = assembly != NULL ? assembly->text : NULL,
                                .opt_group    = group != NULL ? group->text : NULL};
  if (symbol != NULL && is_group(symbol->text))
    ret_atom->atomic_number = heavy_atom(reader, symbol->text, name, i_line);
  else if (symbol != NULL)
    ret_atom->atomic_number = cuxas_element_guess(symbol->text);
  else if (label != NULL)
    ret_atom->atomic_number = element_of_label(label->text, &reader->sum, reader->warnings, &reader->is_label_warned);
  if (ret_atom->atomic_number == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: site %.40s: unknown element '%.40s'", block->path, i_line, name,
                      symbol != NULL ? symbol->text : name);
  warn_of_label(reader, ret_atom, symbol != NULL && label != NULL ? label->text : "");
  status = read_occupancy(reader, cuxas_cif_item_value(block, columns->occupancy, i), name, &ret_atom->occupancy, err);
  if (status != CUXAS_OK) return status;
  if (!(ret_atom->occupancy > 0.0)) {
    *ret_is_atom = false;
    return CUXAS_OK;
  }
  const cif_value *hydrogens = cuxas_cif_item_value(block, columns->hydrogens, i);
  if (hydrogens != NULL && strcmp(hydrogens->text, "0") != 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                      "%s:%zu: site %.40s has %.20s attached hydrogen atoms without coordinates", block->path,
                      hydrogens->i_line, name, hydrogens->text);
  size_t n_unknown = 0;
  for (int k = 0; k < 3; k++) n_unknown += cuxas_cif_item_value(block, columns->position[k], i) == NULL;
  if (n_unknown == 3 && ret_atom->atomic_number == 1) { /* hydrogen is often not found, and copper hardly sees it */
    if (reader->n_unplaced++ == 0) snprintf(reader->unplaced, sizeof reader->unplaced, "%.20s", name);
    *ret_is_atom = false;
    return CUXAS_OK;
  }
  for (int k = 0; k < 3; k++) {
    const cif_value *value = cuxas_cif_item_value(block, columns->position[k], i);
    if (value == NULL)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site %.40s: a coordinate is unknown", block->path, i_line, name);
    if ((status = parse_real(block, value, "a coordinate", &ret_atom->fractional[k], err)) != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

static cuxas_status read_atoms(atom_reader *reader, const double lattice_A[3][3], cuxas_unit_atom **ret_atoms,
                               size_t *ret_n_atom, cuxas_error *err)
{
  const cif_block    *block   = reader->block;
  const atom_columns *columns = &reader->columns;
  const size_t        n_row   = columns->position[0]->n_value;
  size_t              n_atom  = 0;
  cuxas_status        status  = CUXAS_OK;
  double              inverse[3][3];
  cuxas_unit_atom    *atoms = NULL;

  *ret_atoms  = NULL;
  *ret_n_atom = 0;
  if (n_row > CUXAS_CRYSTAL_MAX_SITES)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: more than %d atoms", block->path, columns->position[0]->i_line,
                      CUXAS_CRYSTAL_MAX_SITES);
  if (!cuxas_matrix_invert(lattice_A, inverse))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the cell has no volume", block->path);
  if ((atoms = cuxas_new(err, n_row, sizeof *atoms)) == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, block->path);

  for (size_t i = 0; i < n_row; i++) {
    bool is_atom = false;
    if ((status = read_atom(reader, i, &atoms[n_atom], &is_atom, err)) != CUXAS_OK) goto done;
    if (!is_atom) continue;
    if (columns->is_cartesian) cuxas_row_times_matrix(atoms[n_atom].fractional, inverse, atoms[n_atom].fractional);
    n_atom++;
  }
  if (reader->n_rounded > 0)
    cuxas_warn(reader->warnings, "%zu occupanc%s within 5 %% of 0 or 1 taken for it (%s)", reader->n_rounded,
               reader->n_rounded == 1 ? "y" : "ies", reader->rounded);
  if (reader->n_unplaced > 0)
    cuxas_warn(reader->warnings, "%zu hydrogen site%s without coordinates left out (%s)", reader->n_unplaced,
               reader->n_unplaced == 1 ? "" : "s", reader->unplaced);
  *ret_atoms  = atoms;
  *ret_n_atom = n_atom;
  atoms       = NULL;
done:
  free(atoms);
  return status;
}

/* ---- 5. The symmetry operations ---- */

static bool is_identity(const cuxas_operation *operation)
{
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 3; j++)
      if (operation->rotation[i][j] != (i == j)) return false;
    if (operation->translation[i] != floor(operation->translation[i])) return false;
  }
  return true;
}

/* "x,y,z,+1" of a magnetic group without its time reversal; false: too long */
static bool copy_operation(const char *text, bool is_magnetic, char *ret_copy, size_t n_room)
{
  size_t n_byte = strlen(text);
  if (is_magnetic) {
    const char *comma = strchr(text, ',');
    for (int i = 0; i < 2 && comma != NULL; i++) comma = strchr(comma + 1, ',');
    if (comma != NULL) n_byte = (size_t)(comma - text);
  }
  if (n_byte >= n_room) return false;
  memcpy(ret_copy, text, n_byte);
  ret_copy[n_byte] = '\0';
  return true;
}

/* The operations under one tag, as the file lists them. */
static cuxas_status read_list(const cif_block *block, const cif_item *item, bool is_magnetic,
                              const double lattice_A[3][3], cuxas_operation *ret_operations, cuxas_error *err)
{
  for (size_t i = 0; i < item->n_value; i++) {
    const cif_value *value = &block->value[item->first + i * item->stride];
    char             text[200];
    if (!copy_operation(value->text, is_magnetic, text, sizeof text) ||
        !cuxas_operation_parse(text, &ret_operations[i]))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: not a symmetry operation: '%.60s'", block->path, value->i_line,
                        value->text);
    if (!cuxas_operation_fits(&ret_operations[i], lattice_A))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: symmetry operation '%.60s' does not fit the cell", block->path,
                        value->i_line, value->text);
  }
  return CUXAS_OK;
}

static cuxas_status check_group(const cif_block *block, const cif_item *item, const cuxas_operation *operations,
                                size_t n_operation, cuxas_error *err)
{
  bool            has_identity = false;
  cuxas_operation missing;
  char            text[CUXAS_OPERATION_LENGTH];
  for (size_t i = 0; i < n_operation; i++) has_identity = has_identity || is_identity(&operations[i]);
  if (!has_identity)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: the symmetry operations lack the identity 'x,y,z'", block->path,
                      item->i_line);
  if (cuxas_operations_are_group(operations, n_operation, &missing)) return CUXAS_OK;
  cuxas_operation_write(&missing, text);
  return cuxas_fail(err, CUXAS_EFORMAT,
                    "%s:%zu: the symmetry operations are no group: '%s' follows from them and is not listed",
                    block->path, item->i_line, text);
}

/* What a block lists of symmetry. */
typedef struct {
  const cif_item *operations;
  bool            is_magnetic;
  const cif_item *opt_centering; /* of a magnetic group, translations to be combined with every operation */
} symmetry_items;

static cuxas_status read_operations(const cif_block *block, const symmetry_items *listed, const double lattice_A[3][3],
                                    cuxas_operation **ret_operations, size_t *ret_n_operation, cuxas_error *err)
{
  const cif_item  *item = listed->operations, *opt_centering = listed->opt_centering;
  const size_t     n_listed    = item->n_value;
  const size_t     n_centering = opt_centering != NULL && opt_centering->n_value > 0 ? opt_centering->n_value : 1;
  cuxas_status     status      = CUXAS_OK;
  cuxas_operation *operations = NULL, *centering = NULL;

  if (n_listed > 10 * (size_t)CUXAS_MAX_OPERATIONS || n_centering > (size_t)CUXAS_MAX_OPERATIONS)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: %zu symmetry operations", block->path, item->i_line, n_listed);
  operations = cuxas_new(err, n_listed * n_centering, sizeof *operations);
  centering  = cuxas_new(err, n_centering, sizeof *centering);
  if (operations == NULL || centering == NULL) {
    status = cuxas_fail_at(err, CUXAS_ENOMEM, block->path);
    goto done;
  }
  if ((status = read_list(block, item, listed->is_magnetic, lattice_A, operations, err)) != CUXAS_OK) goto done;
  if (n_centering > 1 && (status = read_list(block, opt_centering, true, lattice_A, centering, err)) != CUXAS_OK)
    goto done;
  for (size_t i = n_listed; i < n_listed * n_centering; i++) {
    const cuxas_operation *shift = &centering[i / n_listed];
    operations[i]                = operations[i % n_listed];
    for (int k = 0; k < 3; k++) operations[i].translation[k] += shift->translation[k];
  }
  if ((status = check_group(block, item, operations, n_listed * n_centering, err)) != CUXAS_OK) goto done;
  *ret_operations  = operations;
  *ret_n_operation = n_listed * n_centering;
  operations       = NULL;
done:
  free(operations);
  free(centering);
  return status;
}

/* Superspace: what repeats is not the cell */
static cuxas_status refuse_modulated(const cif_block *block, cuxas_error *err)
{
  const cif_item *item = cuxas_cif_block_find(
      block, TAGS("_space_group_symop_ssg_operation_algebraic", "_space_group_symop_magn_ssg_operation_algebraic",
                  "_space_group_ssg_name", "_space_group_ssg_name_it", "_space_group_magn_ssg_name",
                  "_cell_wave_vector_seq_id", "_cell_modulation_dimension", "_atom_site_displace_fourier_axis",
                  "_atom_site_displace_fourier_atom_site_label", "_atom_site_displace_special_func_atom_site_label",
                  "_atom_site_occ_fourier_atom_site_label", "_atom_site_occ_special_func_atom_site_label"));
  if (item == NULL) return CUXAS_OK;
  const cif_value *value = cuxas_cif_item_value(block, item, 0);
  if (value == NULL || strcmp(value->text, "0") == 0) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                    "%s:%zu: modulated structure (superspace symmetry): its cell does not repeat", block->path,
                    item->i_line);
}

static const cif_value *find_symbol(const cif_block *block)
{
  return cuxas_cif_item_value(
      block,
      cuxas_cif_block_find(block, TAGS("_space_group_name_h-m_alt", "_symmetry_space_group_name_h-m",
                                       "_space_group_name_h-m_full", "_space_group_name_h-m_ref")),
      0);
}

/* Files whose list of operations stops at x,y,z although their space group has more are wrong in one of the two. */
static cuxas_status compare_operations(const cif_block *block, const double lattice_A[3][3], size_t n_listed,
                                       cuxas_warnings *warnings, cuxas_error *err)
{
  cuxas_operation *operations = cuxas_new(err, CUXAS_MAX_OPERATIONS, sizeof *operations);
  const cif_value *symbol     = find_symbol(block);
  int              hall[CUXAS_N_HALL];
  bool             is_known;
  size_t           n_least = SIZE_MAX;
  if (operations == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, block->path);
  const size_t n_hall = symbol != NULL ? cuxas_spacegroup_find(NULL, symbol->text, 0, lattice_A, hall, &is_known) : 0;
  for (size_t i = 0; i < n_hall; i++) {
    const size_t n = cuxas_spacegroup_operations(hall[i], operations);
    n_least        = n < n_least ? n : n_least;
  }
  if (n_hall > 0 && n_listed < n_least)
    cuxas_warn(warnings, "%zu symmetry operation%s listed, but space group '%.30s' has %zu: the listed ones are used",
               n_listed, n_listed == 1 ? " is" : "s are", symbol->text, n_least);
  free(operations);
  return CUXAS_OK;
}

/* How a block calls its space group. */
typedef struct {
  const cif_value *opt_hall, *opt_symbol;
  long             number; /* 0: not given */
} named_group;

/* The Hall symbol goes before the Hermann-Mauguin symbol, that before the number: told where they are different groups. */
static void warn_of_other_group(const named_group *named, const double lattice_A[3][3], int chosen,
                                cuxas_warnings *warnings)
{
  int  hall[CUXAS_N_HALL];
  bool is_known, is_same = false;
  if (named->opt_hall != NULL && named->opt_symbol != NULL) {
    const size_t n_hall = cuxas_spacegroup_find(NULL, named->opt_symbol->text, 0, lattice_A, hall, &is_known);
    for (size_t i = 0; i < n_hall; i++)
      is_same = is_same || cuxas_spacegroup_number(hall[i]) == cuxas_spacegroup_number(chosen);
    if (n_hall > 0 && !is_same)
      cuxas_warn(warnings, "'%.30s' and '%.30s' are different space groups: the first is taken", named->opt_hall->text,
                 named->opt_symbol->text);
  }
  if (named->number > 0 && cuxas_spacegroup_number(chosen) != named->number)
    cuxas_warn(warnings, "'%.30s' is not space group number %ld: the name is taken",
               (named->opt_hall != NULL ? named->opt_hall : named->opt_symbol)->text, named->number);
}

/* No operations in the file: settings that the space group's name may mean. No symmetry at all: P 1. */
static cuxas_status find_settings(const cif_block *block, const double lattice_A[3][3], cuxas_warnings *warnings,
                                  int *ret_hall, size_t *ret_n_hall, cuxas_error *err)
{
  const cif_value *hall = cuxas_cif_item_value(
      block, cuxas_cif_block_find(block, TAGS("_space_group_name_hall", "_symmetry_space_group_name_hall")), 0);
  const cif_value *symbol = find_symbol(block);
  const cif_value *number = cuxas_cif_item_value(
      block, cuxas_cif_block_find(block, TAGS("_space_group_it_number", "_symmetry_int_tables_number")), 0);
  long             it_number = 0;
  bool             is_known  = false;
  const cif_value *named     = symbol != NULL ? symbol : hall != NULL ? hall : number;

  if (named == NULL) {
    const cif_item *magnetic = cuxas_cif_block_find(
        block, TAGS("_space_group_magn_name_bns", "_space_group_magn_name_og", "_space_group_magn_number_bns",
                    "_space_group_magn_number_og", "_magnetic_space_group_standard_number",
                    "_magnetic_space_group_standard_name"));
    if (magnetic != NULL)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                        "%s:%zu: a magnetic space group by name alone: its operations are not listed", block->path,
                        magnetic->i_line);
    cuxas_warn(warnings, "no symmetry given, taken as P 1");
    ret_hall[0] = 1;
    *ret_n_hall = 1;
    return CUXAS_OK;
  }
  if (number != NULL && (!cuxas_text_parse_integer(number->text, &it_number) || it_number < 1 || it_number > 230))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: space group number is '%.40s'", block->path, number->i_line,
                      number->text);
  *ret_n_hall = cuxas_spacegroup_find(hall != NULL ? hall->text : NULL, symbol != NULL ? symbol->text : NULL,
                                      (int)it_number, lattice_A, ret_hall, &is_known);
  if (*ret_n_hall > 0) {
    warn_of_other_group(&(named_group){hall, symbol, it_number}, lattice_A, ret_hall[0], warnings);
    return CUXAS_OK;
  }
  if (is_known)
    return cuxas_fail(err, CUXAS_EFORMAT,
                      "%s:%zu: space group '%.40s' does not fit the cell, and no operations are listed", block->path,
                      named->i_line, named->text);
  return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: unknown space group '%.40s', and no operations are listed",
                    block->path, named->i_line, named->text);
}

/* ---- 6. Is the composition the file's own? ---- */

#define SAME_COMPOSITION 0.05 /* as far as occupancies near 0 and 1 are rounded */

static bool is_near(double a, double b)
{
  return fabs(a - b) <= SAME_COMPOSITION * fmax(a, b);
}

/* Against _chemical_formula_sum and _cell_formula_units_Z, where these can be read. */
static void compare_composition(const cif_block *block, const cif_formula *sum, const cuxas_crystal *crystal,
                                cuxas_warnings *warnings)
{
  enum { HYDROGEN = 1 };
  const cif_value *units = cuxas_cif_item_value(block, cuxas_cif_block_find(block, TAGS("_cell_formula_units_z")), 0);
  double           count[CUXAS_N_ELEMENT + 1], n_unit = 0.0, wanted = 0.0, found = 0.0;
  bool             is_same = true, lacks_hydrogen;
  char             text[80];

  if (sum->text == NULL || crystal->n_site == 0) return;
  cuxas_cif_formula_count(crystal, count);
  lacks_hydrogen = sum->count[HYDROGEN] > 0.0 && !(count[HYDROGEN] > 0.0);
  for (int z = lacks_hydrogen ? HYDROGEN + 1 : 1; z <= CUXAS_N_ELEMENT; z++) {
    wanted += sum->count[z];
    found += count[z];
  }
  const double scale = wanted > 0.0 ? found / wanted : 0.0;
  for (int z = lacks_hydrogen ? HYDROGEN + 1 : 1; z <= CUXAS_N_ELEMENT; z++)
    is_same = is_same && is_near(count[z], scale * sum->count[z]);
  if (!is_same) {
    cuxas_cif_formula_write(count, text, sizeof text);
    cuxas_warn(warnings, "the cell holds %s, which is not _chemical_formula_sum (%.60s)", text, sum->text);
  } else if (units != NULL && cuxas_text_parse_number(units->text, &n_unit) && n_unit > 0.0 &&
             !is_near(n_unit, scale) && !(is_near(scale, 1.0) && is_near(n_unit, cuxas_cif_formula_divisor(sum)))) {
    /* some programs write the cell's formula, and Z for the reduced one: right all the same */
    cuxas_warn(warnings, "the cell holds %.4g units of %.60s, _cell_formula_units_Z is %.20s", scale, sum->text,
               units->text);
  }
  if (lacks_hydrogen) cuxas_warn(warnings, "hydrogen of the formula (%.60s) is not among the atoms", sum->text);
}

/* ---- 7. The crystal ---- */

static cuxas_status crystal_of_block(const cif_block *block, const atom_columns *columns, cuxas_warnings *warnings,
                                     cuxas_crystal **ret_crystal, cuxas_error *err)
{
  double           lattice_A[3][3];
  int              hall[CUXAS_N_HALL];
  size_t           n_atom = 0, n_operation = 0, n_hall = 0, n_shared;
  cuxas_unit_atom *atoms      = NULL;
  cuxas_operation *operations = NULL;
  atom_reader      reader     = {
               .block = block, .columns = *columns, .sum = cuxas_cif_formula_find(block), .warnings = warnings};
  cuxas_status status;

  if ((status = refuse_modulated(block, err)) != CUXAS_OK) goto done;
  if ((status = read_cell(block, lattice_A, err)) != CUXAS_OK) goto done;
  if ((status = read_atoms(&reader, lattice_A, &atoms, &n_atom, err)) != CUXAS_OK) goto done;
  if ((n_shared = cuxas_disorder_share(atoms, n_atom)) > 0)
    cuxas_warn(
        warnings,
        "%zu atoms of disorder groups that exclude one another are listed as fully occupied: equal shares are taken",
        n_shared);
  cuxas_asymmetric_unit unit = {.path = block->path, .atoms = atoms, .n_atom = n_atom};
  memcpy(unit.lattice_A, lattice_A, sizeof unit.lattice_A);
  if (reader.sum.text != NULL) unit.opt_count = reader.sum.count;
  const cif_item *magnetic  = cuxas_cif_block_find(block, TAGS("_space_group_symop_magn_operation_xyz"));
  const cif_item *centering = cuxas_cif_block_find(block, TAGS("_space_group_symop_magn_centering_xyz"));
  const cif_item *listed =
      magnetic != NULL
          ? magnetic
          : cuxas_cif_block_find(block, TAGS("_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz"));
  if (listed != NULL && cuxas_cif_item_value(block, listed, 0) != NULL) {
    const symmetry_items symmetry = {listed, magnetic != NULL, magnetic != NULL ? centering : NULL};
    status                        = read_operations(block, &symmetry, lattice_A, &operations, &n_operation, err);
    if (status == CUXAS_OK && magnetic == NULL)
      status = compare_operations(block, lattice_A, n_operation, warnings, err);
    if (status != CUXAS_OK) goto done;
    status = cuxas_asymmetric_expand(&unit, operations, n_operation, ret_crystal, err);
  } else {
    if ((status = find_settings(block, lattice_A, warnings, hall, &n_hall, err)) != CUXAS_OK) goto done;
    status = cuxas_asymmetric_expand_named(&unit, hall, n_hall, warnings, ret_crystal, err);
  }
  if (status == CUXAS_OK) compare_composition(block, &reader.sum, *ret_crystal, warnings);
done:
  free(atoms);
  free(operations);
  return status;
}

/* The first block with atoms; ret_crystal NULL: only whether there is one */
static cuxas_status read_blocks(cuxas_text *text, bool *ret_found, cuxas_crystal **ret_crystal, cuxas_error *err)
{
  cif_reader     reader;
  cuxas_warnings warnings  = {0};
  bool           has_block = true;
  cuxas_status   status    = CUXAS_OK;

  *ret_found = false;
  cuxas_cif_reader_start(&reader, text, &warnings);
  while (status == CUXAS_OK && has_block && !*ret_found) {
    cif_block    block;
    atom_columns columns;
    warnings.n_warning = 0; /* of a block that is passed over */
    status             = cuxas_cif_reader_next(&reader, &block, &has_block, err);
    if (status == CUXAS_OK && has_block) status = find_columns(&block, &columns, ret_found, err);
    if (status == CUXAS_OK && *ret_found) *ret_found = has_atoms(&block, &columns);
    if (status == CUXAS_OK && *ret_found && ret_crystal != NULL)
      status = crystal_of_block(&block, &columns, &warnings, ret_crystal, err);
    cuxas_cif_block_free(&block);
  }
  if (status == CUXAS_OK && ret_crystal != NULL && *ret_crystal != NULL) (*ret_crystal)->warnings = warnings;
  return status;
}

cuxas_status cuxas_crystal_parse_cif(cuxas_text *text, cuxas_crystal **ret_crystal, cuxas_error *err)
{
  bool is_found             = false;
  *ret_crystal              = NULL;
  const cuxas_status status = read_blocks(text, &is_found, ret_crystal, err);
  if (status == CUXAS_OK && !is_found)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: no atom sites in any data block: no crystal structure", text->path);
  return status;
}

bool cuxas_cif_lacks_atoms(const char *bytes, size_t n_byte)
{
  cuxas_text text;
  bool       is_found = false;
  const bool lacks    = cuxas_text_from_memory("", bytes, n_byte, &text, NULL) == CUXAS_OK &&
                     read_blocks(&text, &is_found, NULL, NULL) == CUXAS_OK && !is_found;
  cuxas_text_free(&text);
  return lacks;
}
