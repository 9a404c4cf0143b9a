/* spacegroup.c - symmetry operations as text and as matrices, and the space group that they make
 *
 * Contents
 *   1. Operations
 *   2. Spellings of symbols
 *   3. The database
 *   4. From an asymmetric unit to all sites of the cell
 *
 * spglib may be called from several threads: see crystal.c. */
#include "crystal/spacegroup_priv.h"

#include "base/memory.h"
#include "crystal/cif_priv.h"
#include "crystal/crystal_priv.h"
#include "crystal/neighbor.h"
#include "crystal/oxidation.h"
#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <spglib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. Operations ---- */

#define SNAP 4e-4 /* decimals with three or four digits stand for a fraction */

static double snap(double translation)
{
  const double nearest = round(translation * 24.0) / 24.0;
  return fabs(translation - nearest) < SNAP ? nearest : translation;
}

/* A number in the middle of an operation: "1/2", "0.25", ".5", "2"; cursor is moved behind it. */
static bool parse_term(const char **cursor, double *ret_value)
{
  char         digits[32];
  const size_t n_byte = strspn(*cursor, "0123456789.");
  double       value, divisor;
  if (n_byte == 0 || n_byte >= sizeof digits) return false;
  memcpy(digits, *cursor, n_byte);
  digits[n_byte] = '\0';
  *cursor += n_byte;
  if (!cuxas_text_parse_number(digits, &value)) return false;
  if (**cursor != '/') {
    *ret_value = snap(value);
    return true;
  }
  const size_t n_divisor = strspn(++*cursor, "0123456789");
  if (n_divisor == 0 || n_divisor >= sizeof digits) return false;
  memcpy(digits, *cursor, n_divisor);
  digits[n_divisor] = '\0';
  *cursor += n_divisor;
  if (!cuxas_text_parse_number(digits, &divisor) || divisor == 0.0) return false;
  *ret_value = value / divisor;
  return true;
}

/* One of the three parts, up to a comma or the end. */
static bool parse_part(const char **cursor, int ret_row[3], double *ret_translation)
{
  bool is_empty = true;
  memset(ret_row, 0, 3 * sizeof *ret_row);
  *ret_translation = 0.0;
  for (;;) {
    int sign = 1;
    while (**cursor == ' ') ++*cursor;
    if (**cursor == '\0' || **cursor == ',') return !is_empty;
    if (**cursor == '+' || **cursor == '-') {
      sign = *(*cursor)++ == '-' ? -1 : 1;
      while (**cursor == ' ') ++*cursor;
    } else if (!is_empty) {
      return false; /* terms follow one another only with a sign between them */
    }
    const char c    = **cursor;
    const int  axis = c == 'x' || c == 'X' ? 0 : c == 'y' || c == 'Y' ? 1 : c == 'z' || c == 'Z' ? 2 : -1;
    if (axis >= 0) {
      ++*cursor;
      ret_row[axis] += sign;
    } else {
      double value;
      if (!parse_term(cursor, &value)) return false;
      *ret_translation += sign * value;
    }
    is_empty = false;
  }
}

static int determinant(const int m[3][3])
{
  return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
         m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

bool cuxas_operation_parse(const char *text, cuxas_operation *ret_operation)
{
  cuxas_operation operation;
  for (int i = 0; i < 3; i++) {
    if (!parse_part(&text, operation.rotation[i], &operation.translation[i])) return false;
    for (int j = 0; j < 3; j++)
      if (abs(operation.rotation[i][j]) > 1) return false;
    if (*text != (i < 2 ? ',' : '\0')) return false;
    if (i < 2) text++;
  }
  if (abs(determinant(operation.rotation)) != 1) return false;
  *ret_operation = operation;
  return true;
}

void cuxas_operation_write(const cuxas_operation *operation, char ret_text[CUXAS_OPERATION_LENGTH])
{
  size_t n_byte = 0;
  for (int i = 0; i < 3; i++) {
    char   part[32] = "", shift[32] = "";
    size_t n_part = 0;
    for (int j = 0; j < 3; j++) {
      const int factor = operation->rotation[i][j];
      assert(abs(factor) <= 9);
      if (factor == 0) continue;
      if (factor < 0 || n_part > 0) part[n_part++] = factor < 0 ? '-' : '+';
      if (abs(factor) > 1) part[n_part++] = (char)('0' + abs(factor));
      part[n_part++] = "xyz"[j];
    }
    double translation = operation->translation[i] - floor(operation->translation[i]);
    if (translation > 1.0 - 1e-7) translation = 0.0;
    if (translation > 1e-7) {
      cuxas_text_print(shift, sizeof shift, "+%.10f", translation);
      for (int q = 2; q <= 48; q++) {
        const double p = round(translation * q);
        if (fabs(translation * q - p) > 1e-6) continue;
        cuxas_text_print(shift, sizeof shift, "+%.0f/%d", p, q);
        break;
      }
    }
    const int n = snprintf(ret_text + n_byte, CUXAS_OPERATION_LENGTH - n_byte, "%s%s%s", i > 0 ? "," : "", part, shift);
    n_byte += (size_t)n;
  }
}

void cuxas_operation_apply(const cuxas_operation *operation, const double fractional[3], double ret_image[3])
{
  double image[3];
  for (int i = 0; i < 3; i++)
    image[i] = operation->rotation[i][0] * fractional[0] + operation->rotation[i][1] * fractional[1] +
               operation->rotation[i][2] * fractional[2] + operation->translation[i];
  memcpy(ret_image, image, sizeof image);
}

bool cuxas_operation_fits(const cuxas_operation *operation, const double lattice_A[3][3])
{
  double metric[3][3];
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      metric[i][j] =
          lattice_A[i][0] * lattice_A[j][0] + lattice_A[i][1] * lattice_A[j][1] + lattice_A[i][2] * lattice_A[j][2];
  for (int i = 0; i < 3; i++)
    for (int j = 0; j <= i; j++) {
      double rotated = 0.0;
      for (int k = 0; k < 3; k++)
        for (int l = 0; l < 3; l++) rotated += operation->rotation[k][i] * metric[k][l] * operation->rotation[l][j];
      if (fabs(rotated - metric[i][j]) > 0.02 * sqrt(metric[i][i] * metric[j][j])) return false;
    }
  return true;
}

/* Rotations as numbers in base 3, so that a product is looked up among the few operations of its rotation. */
enum { N_ROTATION_CODE = 19683 };

static size_t rotation_code(const int rotation[3][3])
{
  size_t code = 0;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) code = 3 * code + (size_t)(rotation[i][j] + 1);
  return code;
}

static bool is_small_matrix(const int rotation[3][3])
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      if (abs(rotation[i][j]) > 1) return false;
  return true;
}

static cuxas_operation product(const cuxas_operation *a, const cuxas_operation *b)
{
  cuxas_operation ab = {.rotation = {{0}}};
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 3; j++)
      for (int k = 0; k < 3; k++) ab.rotation[i][j] += a->rotation[i][k] * b->rotation[k][j];
  }
  cuxas_operation_apply(a, b->translation, ab.translation);
  return ab;
}

static bool is_same_translation(const double a[3], const double b[3])
{
  for (int k = 0; k < 3; k++) {
    const double step = a[k] - b[k];
    if (fabs(step - round(step)) > 0.015) return false; /* decimals with two digits are found, too */
  }
  return true;
}

bool cuxas_operations_are_group(const cuxas_operation *operations, size_t n_operation, cuxas_operation *opt_missing)
{
  size_t *first    = cuxas_new(NULL, N_ROTATION_CODE, sizeof *first); /* 1 + the first operation with that rotation */
  size_t *next     = cuxas_new(NULL, n_operation + 1, sizeof *next);  /* 1 + the next of the same */
  bool    is_group = true;
  if (first == NULL || next == NULL) goto done; /* not to be told: as if it were one */
  for (size_t i = n_operation; i-- > 0;) {
    size_t *head = &first[rotation_code(operations[i].rotation)];
    next[i]      = *head;
    *head        = i + 1;
  }
  for (size_t i = 0; i < n_operation && is_group; i++)
    for (size_t j = 0; j < n_operation && is_group; j++) {
      const cuxas_operation both = product(&operations[i], &operations[j]);
      size_t                k    = is_small_matrix(both.rotation) ? first[rotation_code(both.rotation)] : 0;
      while (k != 0 && !is_same_translation(operations[k - 1].translation, both.translation)) k = next[k - 1];
      is_group = k != 0;
      if (!is_group && opt_missing != NULL) *opt_missing = both;
    }
done:
  free(first);
  free(next);
  return is_group;
}

/* ---- 2. Spellings of symbols ---- */

enum { SYMBOL_SIZE = 64 };

static char small_letter(char c)
{
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Small letters, without blanks, underscores and parentheses. */
static void squeeze(const char *symbol, char ret_squeezed[SYMBOL_SIZE])
{
  size_t n = 0;
  for (; *symbol != '\0' && n + 1 < SYMBOL_SIZE; symbol++)
    if (strchr(" \t_()", *symbol) == NULL) ret_squeezed[n++] = small_letter(*symbol);
  ret_squeezed[n] = '\0';
}

/* Cuts the setting off a Hermann-Mauguin symbol: ":2", ":H", " Z" (origin choice 2), " S" (1), " H", " R". */
static char split_setting(char *symbol)
{
  size_t n = strlen(symbol);
  while (n > 0 && strchr(" \t_", symbol[n - 1]) != NULL) symbol[--n] = '\0';
  char *colon = strchr(symbol, ':');
  if (colon != NULL) {
    const char setting = small_letter(colon[1 + strspn(colon + 1, " \t_")]);
    *colon             = '\0';
    return setting;
  }
  if (n < 3 || strchr(" \t_", symbol[n - 2]) == NULL) return '\0';
  const char last = small_letter(symbol[n - 1]);
  if (strchr("zshr", last) == NULL) return '\0';
  symbol[n - 1] = '\0';
  return last == 'z' ? '2' : last == 's' ? '1' : last;
}

/* Does what the user wrote mean the database's symbol (both squeezed)? Also in two old spellings: "m3m" for "m-3m" in
 * cubic groups, and a, b or c for the double glide plane e ("Cmca" is Cmce since 1992). */
static bool is_same_symbol(const char *given, const char *known, bool is_cubic)
{
  for (; *known != '\0'; known++, given++) {
    if (is_cubic && known[0] == '-' && known[1] == '3' && given[0] == '3') known++;
    if (*given == *known) continue;
    if (*known == 'e' && *given != '\0' && strchr("abc", *given) != NULL) continue;
    return false;
  }
  return *given == '\0';
}

/* Without the lone 1s of a monoclinic symbol: "p 1 2_1/n 1" is "p21/n" for short. */
static void squeeze_without_ones(const char *symbol, char ret_squeezed[SYMBOL_SIZE])
{
  char   shorter[SYMBOL_SIZE];
  size_t n = 0;
  for (const char *word = symbol + strspn(symbol, " "); *word != '\0';) {
    const size_t n_letter = strcspn(word, " ");
    if (!(n_letter == 1 && *word == '1') && n + n_letter < sizeof shorter) {
      memcpy(shorter + n, word, n_letter);
      n += n_letter;
    }
    word += n_letter;
    word += strspn(word, " ");
  }
  shorter[n] = '\0';
  squeeze(shorter, ret_squeezed);
}

/* Each name in "P 2_1/c = P 1 1 2_1/b = P 2_1/b" but the first, which all settings of a group share. */
static bool is_named(const SpglibSpacegroupType *type, const char *given)
{
  const bool is_cubic = type->number >= 195, is_monoclinic = type->number >= 3 && type->number <= 15;
  char       names[sizeof type->international], known[SYMBOL_SIZE];

  squeeze(type->international_full, known);
  if (is_same_symbol(given, known, is_cubic)) return true;
  snprintf(names, sizeof names, "%s", type->international);
  char *name = strchr(names, '=') != NULL ? strchr(names, '=') + 1 : names;
  while (name != NULL) {
    char *next = strchr(name, '=');
    if (next != NULL) *next++ = '\0';
    squeeze(name, known);
    if (is_same_symbol(given, known, is_cubic)) return true;
    if (is_monoclinic) {
      squeeze_without_ones(name, known);
      if (is_same_symbol(given, known, false)) return true;
    }
    name = next;
  }
  return false;
}

/* ---- 3. The database ---- */

size_t cuxas_spacegroup_operations(int hall_number, cuxas_operation ret_operations[CUXAS_MAX_OPERATIONS])
{
  int    rotations[CUXAS_MAX_OPERATIONS][3][3], n_operation;
  double translations[CUXAS_MAX_OPERATIONS][3];
  n_operation = spg_get_symmetry_from_database(rotations, translations, hall_number);
  for (int i = 0; i < n_operation; i++) {
    memcpy(ret_operations[i].rotation, rotations[i], sizeof rotations[i]);
    for (int k = 0; k < 3; k++) ret_operations[i].translation[k] = snap(translations[i][k]);
  }
  return (size_t)n_operation;
}

int cuxas_spacegroup_number(int hall_number)
{
  return spg_get_spacegroup_type(hall_number).number;
}

bool cuxas_spacegroup_has_second_origin(int hall_number)
{
  return spg_get_spacegroup_type(hall_number).choice[0] == '2';
}

static bool fits_cell(int hall_number, const double lattice_A[3][3])
{
  cuxas_operation operations[CUXAS_MAX_OPERATIONS];
  const size_t    n_operation = cuxas_spacegroup_operations(hall_number, operations);
  for (size_t i = 0; i < n_operation; i++)
    if (!cuxas_operation_fits(&operations[i], lattice_A)) return false;
  return n_operation > 0;
}

/* Settings that a bare number may mean: the axes of the International Tables, either origin, either rhombohedral cell,
 * any unique axis with cell choice 1. */
static bool is_standard(const SpglibSpacegroupType *type)
{
  static const char *const standard[] = {"", "1", "2", "H", "R", "b", "c", "a", "b1", "c1", "a1"};
  for (size_t i = 0; i < sizeof standard / sizeof *standard; i++)
    if (strcmp(type->choice, standard[i]) == 0) return true;
  return false;
}

size_t cuxas_spacegroup_find(const char *hall_symbol, const char *hm_symbol, int number, const double lattice_A[3][3],
                             int *ret_hall, bool *ret_is_known)
{
  char   hall[SYMBOL_SIZE] = "", hm[SYMBOL_SIZE] = "", setting = '\0';
  size_t n_by_hall = 0, n_by_name = 0, n_by_number = 0, n_kept = 0;
  int    by_hall = 0, by_name[CUXAS_N_HALL], by_number[CUXAS_N_HALL];

  if (hall_symbol != NULL) squeeze(hall_symbol, hall);
  if (hm_symbol != NULL) {
    char copy[SYMBOL_SIZE];
    snprintf(copy, sizeof copy, "%s", hm_symbol);
    setting = split_setting(copy);
    squeeze(copy, hm);
  }
  for (int i_hall = 1; i_hall <= CUXAS_N_HALL; i_hall++) {
    const SpglibSpacegroupType type = spg_get_spacegroup_type(i_hall);
    char                       known[SYMBOL_SIZE];
    squeeze(type.hall_symbol, known);
    if (hall[0] != '\0' && strcmp(hall, known) == 0) by_hall = i_hall, n_by_hall = 1;
    if (setting != '\0' && type.choice[0] != '\0' && small_letter(type.choice[0]) != setting &&
        strchr("12HR", type.choice[0]) != NULL)
      continue;
    if (hm[0] != '\0' && is_named(&type, hm)) by_name[n_by_name++] = i_hall;
    if (type.number == number && is_standard(&type)) by_number[n_by_number++] = i_hall;
  }

  const int   *wanted   = n_by_hall > 0 ? &by_hall : n_by_name > 0 ? by_name : by_number;
  const size_t n_wanted = n_by_hall > 0 ? n_by_hall : n_by_name > 0 ? n_by_name : n_by_number;
  *ret_is_known         = n_wanted > 0;
  for (size_t i = 0; i < n_wanted; i++)
    if (fits_cell(wanted[i], lattice_A)) ret_hall[n_kept++] = wanted[i];
  /* A metric that fits two unique axes, or two kinds of cell, at once: the first listed decides. */
  size_t n_same = n_kept > 0 ? 1 : 0;
  for (size_t i = 1; i < n_kept; i++) {
    const SpglibSpacegroupType first = spg_get_spacegroup_type(ret_hall[0]),
                               other = spg_get_spacegroup_type(ret_hall[i]);
    if (first.number == other.number && strchr("12", first.choice[0]) != NULL && first.choice[0] != '\0' &&
        other.choice[0] != '\0' && strchr("12", other.choice[0]) != NULL)
      ret_hall[n_same++] = ret_hall[i];
  }
  return n_same;
}

/* ---- 4. From an asymmetric unit to all sites of the cell ---- */

#define SAME_SITE_A 0.1 /* symmetry images this close are one atom: its coordinates were rounded */

/* The step from one point to the nearest image of another; returns its length, angstrom. */
static double nearest_step(const double from[3], const double to[3], const double lattice_A[3][3], double ret_step[3])
{
  double vector_A[3];
  for (int k = 0; k < 3; k++) {
    ret_step[k] = to[k] - from[k];
    ret_step[k] -= round(ret_step[k]);
  }
  cuxas_row_times_matrix(ret_step, lattice_A, vector_A);
  return sqrt(vector_A[0] * vector_A[0] + vector_A[1] * vector_A[1] + vector_A[2] * vector_A[2]);
}

void cuxas_asymmetric_move_to_special(const cuxas_operation *operations, size_t n_operation,
                                      const double lattice_A[3][3], double position[3])
{
  double sum[3] = {0.0, 0.0, 0.0}, step[3], image[3];
  size_t n_same = 0;
  for (size_t i = 0; i < n_operation; i++) {
    cuxas_operation_apply(&operations[i], position, image);
    if (nearest_step(position, image, lattice_A, step) >= SAME_SITE_A) continue;
    for (int k = 0; k < 3; k++) sum[k] += step[k];
    n_same++;
  }
  if (n_same > 1)
    for (int k = 0; k < 3; k++) position[k] += sum[k] / (double)n_same;
}

typedef struct {
  size_t  n_site, n_room;
  int    *atomic_number;
  double *occupancy;
  double (*fractional)[3];
  size_t            *atom; /* the atom of the asymmetric unit that the site comes from */
  cuxas_site_origin *origin;
} site_list;

static void site_list_free(site_list *list)
{
  free(list->atomic_number);
  free(list->occupancy);
  free(list->fractional);
  free(list->atom);
  free(list->origin);
}

static bool site_list_add(site_list *list, const cuxas_unit_atom *atom, const double fractional[3], size_t i_atom)
{
  if (list->n_site == list->n_room) {
    const size_t n_room = list->n_room > 0 ? 2 * list->n_room : 64;
    void        *grown;
    if ((grown = cuxas_grow(NULL, list->atomic_number, n_room, sizeof *list->atomic_number)) == NULL) return false;
    list->atomic_number = grown;
    if ((grown = cuxas_grow(NULL, list->occupancy, n_room, sizeof *list->occupancy)) == NULL) return false;
    list->occupancy = grown;
    if ((grown = cuxas_grow(NULL, list->fractional, n_room, sizeof *list->fractional)) == NULL) return false;
    list->fractional = grown;
    if ((grown = cuxas_grow(NULL, list->atom, n_room, sizeof *list->atom)) == NULL) return false;
    list->atom = grown;
    if ((grown = cuxas_grow(NULL, list->origin, n_room, sizeof *list->origin)) == NULL) return false;
    list->origin = grown;
    list->n_room = n_room;
  }
  list->atomic_number[list->n_site] = atom->atomic_number;
  list->occupancy[list->n_site]     = atom->occupancy;
  memcpy(list->fractional[list->n_site], fractional, sizeof list->fractional[0]);
  list->origin[list->n_site] = (cuxas_site_origin){{0}};
  list->atom[list->n_site++] = i_atom;
  return true;
}

/* A site among those of other atoms that has the same position: orbits are equal or have nothing in common, so looking
 * for one member is enough. SIZE_MAX: none. */
static size_t find_same_site(const site_list *list, const double position[3], const double lattice_A[3][3])
{
  double step[3];
  for (size_t i = 0; i < list->n_site; i++)
    if (nearest_step(list->fractional[i], position, lattice_A, step) < SAME_SITE_A) return i;
  return SIZE_MAX;
}

static void note_origin(cuxas_site_origin *origin, size_t i_operation)
{
  if (i_operation < 64 * sizeof origin->by / sizeof *origin->by)
    origin->by[i_operation / 64] |= (uint64_t)1 << i_operation % 64;
}

static cuxas_status add_images(const cuxas_asymmetric_unit *unit, size_t i_atom, const double position[3],
                               const cuxas_operation *operations, size_t n_operation, site_list *list, cuxas_error *err)
{
  const size_t i_first = list->n_site;
  double       image[3], step[3];
  for (size_t i = 0; i < n_operation; i++) {
    size_t i_same = i_first;
    cuxas_operation_apply(&operations[i], position, image);
    while (i_same < list->n_site && nearest_step(list->fractional[i_same], image, unit->lattice_A, step) >= SAME_SITE_A)
      i_same++;
    if (i_same < list->n_site) {
      note_origin(&list->origin[i_same], i);
      continue;
    }
    if (list->n_site == CUXAS_CRYSTAL_MAX_SITES)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: more than %d atoms in the cell", unit->path,
                        CUXAS_CRYSTAL_MAX_SITES);
    if (!site_list_add(list, &unit->atoms[i_atom], image, i_atom))
      return cuxas_fail_at(err, cuxas_no_memory(err), unit->path);
    note_origin(&list->origin[i_same], i);
  }
  return CUXAS_OK;
}

cuxas_status cuxas_asymmetric_expand(const cuxas_asymmetric_unit *unit, const cuxas_operation *operations,
                                     size_t n_operation, cuxas_crystal **ret_crystal, cuxas_error *err)
{
  cuxas_status   status  = CUXAS_OK;
  site_list      list    = {0};
  cuxas_crystal *crystal = NULL;

  for (size_t i_atom = 0; i_atom < unit->n_atom; i_atom++) {
    double position[3];
    memcpy(position, unit->atoms[i_atom].fractional, sizeof position);
    if (n_operation > 1) { /* in P 1 a doubled atom is left to the check of distances */
      cuxas_asymmetric_move_to_special(operations, n_operation, unit->lattice_A, position);
      const size_t same = find_same_site(&list, position, unit->lattice_A);
      if (same != SIZE_MAX && !(unit->atoms[i_atom].occupancy < 1.0 && unit->atoms[list.atom[same]].occupancy < 1.0)) {
        const cuxas_unit_atom *other = &unit->atoms[list.atom[same]];
        if (other->atomic_number == unit->atoms[i_atom].atomic_number) continue;
        status =
            cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:%zu: mixed site: %.40s and %.40s (line %zu) share a position",
                       unit->path, unit->atoms[i_atom].i_line, unit->atoms[i_atom].label, other->label, other->i_line);
        goto done;
      }
    }
    status = add_images(unit, i_atom, position, operations, n_operation, &list, err);
    if (status != CUXAS_OK) goto done;
  }

  if ((crystal = cuxas_crystal_new(list.n_site)) == NULL) {
    status = cuxas_fail_at(err, cuxas_no_memory(err), unit->path);
    goto done;
  }
  memcpy(crystal->lattice_A, unit->lattice_A, sizeof crystal->lattice_A);
  if (list.n_site > 0) {
    memcpy(crystal->atomic_number, list.atomic_number, list.n_site * sizeof *list.atomic_number);
    memcpy(crystal->fractional, list.fractional, list.n_site * sizeof *list.fractional);
  }
  for (size_t i = 0; i < list.n_site && crystal->occupancy == NULL; i++) {
    if (!(list.occupancy[i] < 1.0)) continue;
    crystal->occupancy = list.occupancy;
    list.occupancy     = NULL;
    break;
  }
  if ((status = cuxas_disorder_part(unit, list.atom, list.origin, crystal, err)) != CUXAS_OK) goto done;
  *ret_crystal = crystal;
  crystal      = NULL;
done:
  cuxas_crystal_free(crystal);
  site_list_free(&list);
  return status;
}

/* Whether charges of usual sizes balance; false also where there is no copper to ask. */
static bool is_balanced(const cuxas_crystal *crystal)
{
  enum { COPPER = 29 };
  cuxas_oxidation oxidation = {.composition = NAN};
  size_t          site      = 0;
  while (site < crystal->n_site && crystal->atomic_number[site] != COPPER) site++;
  return site < crystal->n_site && cuxas_oxidation_find(crystal, &site, 1, &oxidation, NULL) == CUXAS_OK &&
         isfinite(oxidation.composition);
}

/* What one of the settings that a name leaves open makes. */
typedef struct {
  cuxas_crystal *crystal; /* NULL: none yet */
  bool           is_sane, is_said, is_second, is_balanced;
  double         closest; /* distance over the sum of covalent radii, of the pair where it is smallest */
  double         shortest_A;
} setting_result;

static setting_result look_at(cuxas_crystal *crystal, const cuxas_asymmetric_unit *unit, int hall)
{
  const double   LIMIT = 1.25;
  size_t         pair[2];
  setting_result result = {.crystal = crystal,
                           .is_sane = crystal->occupancy != NULL ||
                                      cuxas_crystal_check(crystal, unit->path, NULL, NULL) == CUXAS_OK,
                           .is_said   = cuxas_cif_formula_agrees(crystal, unit->opt_count),
                           .is_second = cuxas_spacegroup_has_second_origin(hall)};
  result.closest        = crystal->occupancy == NULL && result.is_sane
                              ? cuxas_neighbors_closest(crystal, LIMIT, pair, &result.shortest_A)
                              : INFINITY;
  result.is_balanced    = result.is_sane && crystal->occupancy == NULL && is_balanced(crystal);
  return result;
}

static bool is_better(const setting_result *one, const setting_result *other)
{
  const double SAME             = 0.02; /* of closest */
  const bool   is_plausible     = one->closest >= CUXAS_PLAUSIBLE_DISTANCE,
             other_is_plausible = other->closest >= CUXAS_PLAUSIBLE_DISTANCE;
  if (other->crystal == NULL) return true;
  if (one->is_sane != other->is_sane) return one->is_sane;
  if (one->is_said != other->is_said) return one->is_said;
  if (is_plausible != other_is_plausible) return is_plausible;
  if (one->crystal->n_site != other->crystal->n_site) return one->crystal->n_site < other->crystal->n_site;
  if (isfinite(one->closest) && isfinite(other->closest) && fabs(one->closest - other->closest) > SAME)
    return one->closest > other->closest;
  if (one->is_balanced != other->is_balanced) return one->is_balanced;
  return one->is_second && !other->is_second;
}

/* Two settings that both may be meant and give different crystals. */
static void warn_of_other_setting(const setting_result *best, const setting_result *other, cuxas_warnings *warnings)
{
  const double SAME_A = 0.05;
  double       count[CUXAS_N_ELEMENT + 1];
  char         taken[60], left[60];
  if (other->crystal == NULL || other->is_sane != best->is_sane || other->is_said != best->is_said ||
      other->closest < CUXAS_PLAUSIBLE_DISTANCE)
    return;
  cuxas_cif_formula_count(best->crystal, count);
  cuxas_cif_formula_write(count, taken, sizeof taken);
  cuxas_cif_formula_count(other->crystal, count);
  cuxas_cif_formula_write(count, left, sizeof left);
  const bool is_apart = isfinite(best->closest) && isfinite(other->closest) &&
                        best->crystal->n_site == other->crystal->n_site &&
                        fabs(best->shortest_A - other->shortest_A) > SAME_A;
  if (strcmp(taken, left) == 0 && !is_apart) return;
  cuxas_warn(warnings,
             "the space group's name leaves its origin open: the cell holds %s with origin choice %d, which is taken, "
             "and %s with the other one%s; list the operations, or a formula",
             taken, best->is_second ? 2 : 1, left, is_apart ? ", at other distances" : "");
}

cuxas_status cuxas_asymmetric_expand_named(const cuxas_asymmetric_unit *unit, const int *hall, size_t n_hall,
                                           cuxas_warnings *warnings, cuxas_crystal **ret_crystal, cuxas_error *err)
{
  setting_result best = {.crystal = NULL}, second = {.crystal = NULL};
  cuxas_status   status      = CUXAS_OK;
  cuxas_error    first_error = {0};

  for (size_t i = 0; i < n_hall; i++) {
    cuxas_operation operations[CUXAS_MAX_OPERATIONS];
    const size_t    n_operation = cuxas_spacegroup_operations(hall[i], operations);
    cuxas_crystal  *crystal     = NULL;
    cuxas_error     error       = {0};
    status                      = cuxas_asymmetric_expand(unit, operations, n_operation, &crystal, &error);
    if (status == CUXAS_ENOMEM) {
      status = cuxas_fail(err, status, "%s", error.message);
      goto done;
    }
    if (status != CUXAS_OK) {
      if (first_error.status == CUXAS_OK) first_error = error;
      continue;
    }
    setting_result result = look_at(crystal, unit, hall[i]);
    if (is_better(&result, &best)) {
      const setting_result beaten = best;
      best                        = result;
      result                      = beaten;
    }
    if (result.crystal != NULL && is_better(&result, &second)) {
      const setting_result beaten = second;
      second                      = result;
      result                      = beaten;
    }
    cuxas_crystal_free(result.crystal);
  }
  status = best.crystal != NULL ? CUXAS_OK : cuxas_fail(err, first_error.status, "%s", first_error.message);
  if (status == CUXAS_OK) {
    warn_of_other_setting(&best, &second, warnings);
    *ret_crystal = best.crystal;
    best.crystal = NULL;
  }
done:
  cuxas_crystal_free(best.crystal);
  cuxas_crystal_free(second.crystal);
  return status;
}
