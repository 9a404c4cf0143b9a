/* Groups of records, their assignment by hash, and the refusal of validation compounds.
 *
 *   formulas  text -> the same spelling that records have
 *   tables    a column of a CSV file
 *   groups    union of compositions and families
 *   parts     folds and validation part, by the groups' hashes */
#include "records/split.h"

#include "cuxas/elements.h"
#include "base/memory.h"
#include "cuxas/text.h"
#include "base/csv.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ATOM = 10000 };

/* ---- formulas --------------------------------------------------------------------------------------------------- */

/* add_atoms() - reads element symbols, numbers and parentheses up to the matching one or the end
 *
 *   cursor  moved behind what was read
 *   count   (CUXAS_N_ELEMENT + 1) atoms by atomic number; added to
 *
 * Returns  false when the text is no formula. */
static bool add_atoms(const char **cursor, int depth, size_t *count)
{
  while (**cursor != '\0' && **cursor != ')') {
    size_t part[CUXAS_N_ELEMENT + 1] = {0};
    if (**cursor == '(') {
      ++*cursor;
      if (depth == 8 || !add_atoms(cursor, depth + 1, part) || **cursor != ')') return false;
      ++*cursor;
    } else {
      char symbol[3] = {0};
      if (!isupper((unsigned char)**cursor)) return false;
      symbol[0] = *(*cursor)++;
      if (islower((unsigned char)**cursor)) symbol[1] = *(*cursor)++;
      const int number = cuxas_element_number(symbol);
      if (number == 0) return false;
      part[number] = 1;
    }
    size_t factor = 1;
    if (isdigit((unsigned char)**cursor))
      for (factor = 0; isdigit((unsigned char)**cursor) && factor <= MAX_ATOM; ++*cursor)
        factor = 10 * factor + (size_t)(**cursor - '0');
    for (size_t z = 0; z <= CUXAS_N_ELEMENT; z++) {
      count[z] += factor * part[z];
      if (factor > MAX_ATOM || count[z] > MAX_ATOM) return false;
    }
  }
  return true;
}

/* spell() - a formula as cuxas_crystal_formula() writes it, so that equal compositions are equal texts */
static cuxas_status spell(const char *formula, char ret_formula[CUXAS_FORMULA_SIZE], const char *where,
                          cuxas_error *err)
{
  const char *cursor                     = formula;
  size_t      count[CUXAS_N_ELEMENT + 1] = {0}, n_atom = 0, i = 0;
  const bool  is_formula = add_atoms(&cursor, 0, count) && *cursor == '\0';
  for (size_t z = 0; z <= CUXAS_N_ELEMENT; z++) n_atom += count[z];
  if (!is_formula || n_atom == 0) return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not a formula", where, formula);

  cuxas_crystal *crystal = cuxas_crystal_new(n_atom);
  if (crystal == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", where);
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++)
    for (size_t j = 0; j < count[z]; j++) crystal->atomic_number[i++] = z;
  cuxas_crystal_formula(crystal, ret_formula);
  cuxas_crystal_free(crystal);
  return CUXAS_OK;
}

/* ---- tables ----------------------------------------------------------------------------------------------------- */

/* One row of a table of formulas. */
typedef struct {
  char formula[CUXAS_FORMULA_SIZE]; /* as spell() */
  char family[CUXAS_FORMULA_SIZE];  /* "" when not asked for */
} table_row;

/* read_table() - column formula and, where asked for, column family; the caller frees *ret_row */
static cuxas_status read_table(const char *path, bool with_family, table_row **ret_row, size_t *ret_n_row,
                               cuxas_error *err)
{
  cuxas_text   text = {0};
  char        *field[CUXAS_CSV_MAX_COLUMN];
  size_t       n_field, i_formula = 0, i_family = 0, n_row = 0;
  table_row   *row    = NULL;
  cuxas_status status = cuxas_text_read(path, &text, err);

  if (status != CUXAS_OK) goto done;
  if (text.n_line == 0) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: empty", path);
    goto done;
  }
  n_field = cuxas_csv_cut(text.line[0], field);
  if ((status = cuxas_csv_find_column(field, n_field, "formula", path, &i_formula, err)) != CUXAS_OK ||
      (with_family && (status = cuxas_csv_find_column(field, n_field, "family", path, &i_family, err)) != CUXAS_OK))
    goto done;
  if ((row = cuxas_new_array(text.n_line, sizeof *row)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
    goto done;
  }
  for (size_t i = 1; i < text.n_line; i++) {
    char where[CUXAS_MESSAGE_SIZE / 2];
    snprintf(where, sizeof where, "%s:%zu", path, i + 1);
    if (*cuxas_text_trim(text.line[i]) == '\0' || *text.line[i] == '#') continue;
    n_field = cuxas_csv_cut(text.line[i], field);
    if (n_field <= i_formula || n_field <= i_family) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: too few columns", where);
      goto done;
    }
    if ((status = spell(cuxas_text_trim(field[i_formula]), row[n_row].formula, where, err)) != CUXAS_OK) goto done;
    if (with_family) snprintf(row[n_row].family, sizeof row->family, "%s", cuxas_text_trim(field[i_family]));
    n_row++;
  }
  *ret_row   = row;
  *ret_n_row = n_row;
  row        = NULL;
done:
  free(row);
  cuxas_text_free(&text);
  return status;
}

cuxas_status cuxas_split_refuse(const cuxas_records *records, size_t n_record, const char *path, cuxas_error *err)
{
  table_row   *row    = NULL;
  size_t       n_row  = 0;
  cuxas_status status = read_table(path, false, &row, &n_row, err);
  for (size_t i = 0; status == CUXAS_OK && i < n_record; i++)
    for (size_t j = 0; status == CUXAS_OK && j < n_row; j++)
      if (strcmp(records->record[i].formula, row[j].formula) == 0)
        status = cuxas_fail(err, CUXAS_EUNSUPPORTED,
                            "record %s is %s, a validation compound of %s: a model may not learn from it",
                            records->record[i].id, row[j].formula, path);
  free(row);
  return status;
}

/* ---- groups ----------------------------------------------------------------------------------------------------- */

/* family_of() - the name of a composition's group: its family's name, or its own */
static const char *family_of(const char *formula, const table_row *row, size_t n_row)
{
  for (size_t i = 0; i < n_row; i++)
    if (row[i].family[0] != '\0' && strcmp(row[i].formula, formula) == 0) return row[i].family;
  return formula;
}

cuxas_status cuxas_groups_new(const cuxas_records *records, const char *opt_families, cuxas_groups **ret_groups,
                              cuxas_error *err)
{
  cuxas_status  status = CUXAS_OK;
  table_row    *row    = NULL;
  size_t        n_row  = 0;
  cuxas_groups *groups = NULL;

  *ret_groups = NULL;
  if (opt_families != NULL && (status = read_table(opt_families, true, &row, &n_row, err)) != CUXAS_OK) return status;
  if ((groups = cuxas_new_array(1, sizeof *groups)) == NULL ||
      (groups->group_of = cuxas_new_array(records->n_record, sizeof *groups->group_of)) == NULL ||
      (groups->name = cuxas_new_array(records->n_record, sizeof *groups->name)) == NULL)
    goto no_memory;
  groups->n_row = records->n_record;
  for (size_t i = 0; i < groups->n_row; i++) {
    const char *name    = family_of(records->record[i].formula, row, n_row);
    size_t      i_group = 0;
    while (i_group < groups->n_group && strcmp(groups->name[i_group], name) != 0) i_group++;
    groups->group_of[i] = i_group;
    if (i_group < groups->n_group) continue;
    if ((groups->name[i_group] = cuxas_copy_string(name)) == NULL) goto no_memory;
    groups->n_group++;
  }
  free(row);
  *ret_groups = groups;
  return CUXAS_OK;
no_memory:
  free(row);
  cuxas_groups_free(groups);
  return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the groups of %zu records", records->n_record);
}

void cuxas_groups_free(cuxas_groups *groups)
{
  if (groups == NULL) return;
  for (size_t i = 0; i < groups->n_group; i++) free(groups->name[i]);
  free(groups->name);
  free(groups->group_of);
  free(groups->opt_fold);
  free(groups);
}

/* ---- parts ------------------------------------------------------------------------------------------------------ */

/* A group in the order of its hash. */
typedef struct {
  char   hash[CUXAS_SHA256_HEX_SIZE];
  size_t i_group, n_row;
} lot;

static int compare_lots(const void *a, const void *b)
{
  const lot *x = a, *y = b;
  const int  order = strcmp(x->hash, y->hash);
  return order != 0 ? order : (x->i_group > y->i_group) - (x->i_group < y->i_group);
}

/* draw_lots() - the groups that have rows, in an order that only seed and names decide; the caller frees it */
static lot *draw_lots(const cuxas_groups *groups, const size_t *opt_row, size_t n_row, uint64_t seed, size_t *ret_n_lot)
{
  lot   *lots  = cuxas_new_array(groups->n_group, sizeof *lots);
  size_t n_lot = 0;
  if (lots == NULL) return NULL;
  for (size_t i = 0; i < groups->n_group; i++) {
    char      text[CUXAS_FORMULA_SIZE + 32];
    const int n_byte = snprintf(text, sizeof text, "%llu:%s", (unsigned long long)seed, groups->name[i]);
    lots[i].i_group  = i;
    cuxas_hash_memory(text, (size_t)n_byte < sizeof text ? (size_t)n_byte : sizeof text - 1, lots[i].hash);
  }
  for (size_t i = 0; i < n_row; i++) lots[groups->group_of[opt_row != NULL ? opt_row[i] : i]].n_row++;
  for (size_t i = 0; i < groups->n_group; i++)
    if (lots[i].n_row > 0) lots[n_lot++] = lots[i];
  qsort(lots, n_lot, sizeof *lots, compare_lots);
  *ret_n_lot = n_lot;
  return lots;
}

cuxas_status cuxas_split_folds(const cuxas_groups *groups, size_t n_fold, uint64_t seed, size_t *ret_fold,
                               cuxas_error *err)
{
  size_t n_lot, n_done = 0;
  if (groups->opt_fold != NULL && n_fold != groups->n_fold)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu folds, but the split has %zu", n_fold, groups->n_fold);
  if (groups->opt_fold != NULL) {
    for (size_t i = 0; i < groups->n_row; i++) ret_fold[i] = groups->opt_fold[i];
    return CUXAS_OK;
  }
  if (n_fold == 0 || n_fold > groups->n_group)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu folds of %zu groups of records", n_fold, groups->n_group);
  lot    *lots = draw_lots(groups, NULL, groups->n_row, seed, &n_lot);
  size_t *part = cuxas_new_array(groups->n_group, sizeof *part); /* by group */
  if (lots == NULL || part == NULL) {
    free(lots);
    free(part);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu groups", groups->n_group);
  }
  for (size_t i = 0; i < n_lot; n_done += lots[i++].n_row) /* the part in which the middle of the group lies */
    part[lots[i].i_group] = (2 * n_done + lots[i].n_row) * n_fold / (2 * groups->n_row);
  for (size_t i = 0; i < groups->n_row; i++) ret_fold[i] = part[groups->group_of[i]];
  free(lots);
  free(part);
  return CUXAS_OK;
}

cuxas_status cuxas_split_validation(const cuxas_groups *groups, const size_t *row, size_t n_row, double fraction,
                                    uint64_t seed, bool *ret_is_held, cuxas_error *err)
{
  size_t n_lot, n_held = 0, i = 0;
  lot   *lots    = draw_lots(groups, row, n_row, seed, &n_lot);
  bool  *is_held = cuxas_new_array(groups->n_group, sizeof *is_held); /* by group */
  if (lots == NULL || is_held == NULL) {
    free(lots);
    free(is_held);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu groups", groups->n_group);
  }
  if (fraction > 0.0 && n_lot < 2) {
    free(lots);
    free(is_held);
    return cuxas_fail(err, CUXAS_ERANGE, "%zu records of one group: none can be held out", n_row);
  }
  for (; fraction > 0.0 && i + 1 < n_lot && (i == 0 || (double)n_held < fraction * (double)n_row - 0.5); i++) {
    is_held[lots[i].i_group] = true;
    n_held += lots[i].n_row;
  }
  for (size_t j = 0; j < n_row; j++) ret_is_held[j] = is_held[groups->group_of[row[j]]];
  free(lots);
  free(is_held);
  return CUXAS_OK;
}
