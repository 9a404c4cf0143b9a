/* Contents
 *   1. Operations
 *   2. Spellings of symbols
 *   3. The database
 *
 * spglib may be called from several threads: see symmetry.c. */
#include "crystal/spacegroup_priv.h"

#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <spglib.h>
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
      assert(abs(factor) <= 1);
      if (factor == 0) continue;
      if (factor < 0 || n_part > 0) part[n_part++] = factor < 0 ? '-' : '+';
      part[n_part++] = "xyz"[j];
    }
    double translation = operation->translation[i] - floor(operation->translation[i]);
    if (translation > 1.0 - 1e-7) translation = 0.0;
    if (translation > 1e-7) {
      snprintf(shift, sizeof shift, "+%.10f", translation);
      for (int q = 2; q <= 48; q++) {
        const double p = round(translation * q);
        if (fabs(translation * q - p) > 1e-6) continue;
        snprintf(shift, sizeof shift, "+%.0f/%d", p, q);
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
