/* Groups of records, their assignment by hash, and the refusal of validation compounds.
 *
 *   formulas  text -> the same spelling that records have
 *   tables    a column of a CSV file
 *   groups    union of compositions and families
 *   parts     folds and validation part, by the groups' hashes
 *   families  records whose structures are alike: joined by keys
 *   files     that fix a split */
#include "records/split.h"
#include "base/hash.h"

#include "base/text.h"
#include "base/memory.h"
#include "crystal/oxidation.h"
#include "base/elements.h"
#include "cuxas/crystal.h"

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
  if (crystal == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), where);
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
  if ((row = cuxas_new(err, text.n_line, sizeof *row)) == NULL) {
    status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
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

/* make_groups() - one group for each different label; label (n_row) */
static cuxas_status make_groups(const char *const *label, size_t n_row, cuxas_groups **ret_groups, cuxas_error *err)
{
  cuxas_groups *groups = cuxas_new(err, 1, sizeof *groups);
  if (groups == NULL || (groups->group_of = cuxas_new(err, n_row, sizeof *groups->group_of)) == NULL ||
      (groups->name = cuxas_new(err, n_row, sizeof *groups->name)) == NULL)
    goto no_memory;
  groups->n_row = n_row;
  for (size_t i = 0; i < n_row; i++) {
    size_t g = 0;
    while (g < groups->n_group && strcmp(groups->name[g], label[i]) != 0) g++;
    groups->group_of[i] = g;
    if (g < groups->n_group) continue;
    if ((groups->name[g] = cuxas_copy_text(err, label[i])) == NULL) goto no_memory;
    groups->n_group++;
  }
  *ret_groups = groups;
  return CUXAS_OK;
no_memory:
  cuxas_groups_free(groups);
  return cuxas_no_memory(err);
}

cuxas_status cuxas_groups_new(const cuxas_records *records, const char *opt_families, cuxas_groups **ret_groups,
                              cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  table_row   *row    = NULL;
  size_t       n_row  = 0;
  const char **label  = NULL;

  *ret_groups = NULL;
  if (opt_families != NULL && (status = read_table(opt_families, true, &row, &n_row, err)) != CUXAS_OK) return status;
  if ((label = cuxas_new(err, records->n_record, sizeof *label)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  for (size_t i = 0; i < records->n_record; i++) label[i] = family_of(records->record[i].formula, row, n_row);
  status = make_groups(label, records->n_record, ret_groups, err);
done:
  free(label);
  free(row);
  return status;
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
  lot   *lots  = cuxas_new(NULL, groups->n_group, sizeof *lots);
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
  size_t *part = cuxas_new(err, groups->n_group, sizeof *part); /* by group */
  if (lots == NULL || part == NULL) {
    free(lots);
    free(part);
    return cuxas_no_memory(err);
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
  bool  *is_held = cuxas_new(err, groups->n_group, sizeof *is_held); /* by group */
  if (lots == NULL || is_held == NULL) {
    free(lots);
    free(is_held);
    return cuxas_no_memory(err);
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

/* ---- what joins records ----------------------------------------------------------------------------------------- */

enum { KEY_SIZE = 160 };

/* Records joined so far: each points to another of its family, or to itself. */
typedef struct {
  size_t  n;
  size_t *parent; /* (n) */
} union_find;

static size_t root_of(const union_find *u, size_t i)
{
  while (u->parent[i] != i) i = u->parent[i];
  return i;
}

static void join(union_find *u, size_t i, size_t j)
{
  u->parent[root_of(u, i)] = root_of(u, j);
}

static int compare_counts(const void *a, const void *b)
{
  const size_t x = *(const size_t *)a, y = *(const size_t *)b;
  return (x > y) - (x < y);
}

static size_t common_divisor(size_t a, size_t b)
{
  return b == 0 ? a : common_divisor(b, a % b);
}

/* name_prototype() - composition without names, space group, coordination number; "" for P 1 and P -1, where it says nothing */
static cuxas_status name_prototype(const cuxas_record *record, char ret_key[KEY_SIZE], cuxas_error *err)
{
  char                 symbol[CUXAS_SPACE_GROUP_SIZE];
  cuxas_coordination   around;
  const cuxas_crystal *crystal                    = record->crystal;
  size_t               count[CUXAS_N_ELEMENT + 1] = {0}, divisor = 0, n_char = 0;
  const int            number = cuxas_symmetry_find_space_group(crystal, CUXAS_FAMILY_SYMPREC_A, symbol);
  ret_key[0]                  = '\0';
  if (number <= 2) return CUXAS_OK;
  const cuxas_status status = cuxas_coordination_find(crystal, record->site, &around, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = 0; i < crystal->n_site; i++) count[crystal->atomic_number[i]]++;
  for (size_t z = 0; z <= CUXAS_N_ELEMENT; z++) divisor = common_divisor(count[z], divisor);
  qsort(count, CUXAS_N_ELEMENT + 1, sizeof *count, compare_counts);
  for (size_t z = 0; z <= CUXAS_N_ELEMENT && n_char + 24 < KEY_SIZE; z++)
    if (count[z] > 0) n_char += (size_t)snprintf(ret_key + n_char, KEY_SIZE - n_char, "%zu:", count[z] / divisor);
  if (n_char + 24 < KEY_SIZE) snprintf(ret_key + n_char, KEY_SIZE - n_char, "|%d|%zu", number, around.n_ligand);
  return CUXAS_OK;
}

static cuxas_status join_prototypes(const cuxas_records *records, union_find *u, cuxas_error *err)
{
  cuxas_status status  = CUXAS_OK;
  char(*key)[KEY_SIZE] = cuxas_new(err, records->n_record, sizeof *key);
  if (key == NULL) return cuxas_no_memory(err);
  for (size_t i = 0; i < records->n_record && status == CUXAS_OK; i++) {
    cuxas_error reason = {0};
    status             = name_prototype(&records->record[i], key[i], &reason);
    if (status != CUXAS_OK) cuxas_fail(err, status, "record %s: %s", records->record[i].id, reason.message);
    for (size_t j = 0; j < i && status == CUXAS_OK; j++)
      if (strcmp(records->record[i].formula, records->record[j].formula) == 0 ||
          (key[i][0] != '\0' && strcmp(key[i], key[j]) == 0))
        join(u, i, j);
  }
  free(key);
  return status;
}

/* A line of a table of prototypes. */
typedef struct {
  const char *id, *prototype;
} table_line;

static cuxas_status join_table(const cuxas_records *records, const char *path, union_find *u, cuxas_error *err)
{
  cuxas_text   text = {0};
  char        *field[CUXAS_CSV_MAX_COLUMN];
  size_t       i_id = 0, i_prototype = 0, n_line = 0;
  table_line  *line   = NULL;
  cuxas_status status = cuxas_text_read(path, &text, err);
  if (status == CUXAS_OK && text.n_line == 0) status = cuxas_fail(err, CUXAS_EFORMAT, "%s: empty", path);
  if (status != CUXAS_OK) goto done;
  const size_t n_field = cuxas_csv_cut(text.line[0], field);
  if ((status = cuxas_csv_find_column(field, n_field, "id", path, &i_id, err)) != CUXAS_OK ||
      (status = cuxas_csv_find_column(field, n_field, "heldout", path, &i_prototype, err)) != CUXAS_OK)
    goto done;
  if ((line = cuxas_new(err, text.n_line, sizeof *line)) == NULL) {
    status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
    goto done;
  }
  for (size_t i = 1; i < text.n_line; i++) {
    if (*cuxas_text_trim(text.line[i]) == '\0') continue;
    const size_t n = cuxas_csv_cut(text.line[i], field);
    if (n <= i_id || n <= i_prototype) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: too few columns", path, i + 1);
      goto done;
    }
    line[n_line++] = (table_line){cuxas_text_trim(field[i_id]), cuxas_text_trim(field[i_prototype])};
  }
  for (size_t a = 0; a < records->n_record; a++) /* two records of which both have a line with the same prototype */
    for (size_t i = 0; i < n_line; i++) {
      if (strcmp(line[i].id, records->record[a].id) != 0) continue;
      for (size_t j = 0; j < n_line; j++) {
        if (strcmp(line[i].prototype, line[j].prototype) != 0) continue;
        for (size_t b = 0; b < a; b++)
          if (strcmp(line[j].id, records->record[b].id) == 0) join(u, a, b);
      }
    }
done:
  free(line);
  cuxas_text_free(&text);
  return status;
}

cuxas_status cuxas_families_new(const cuxas_records *records, const char *opt_prototypes, cuxas_groups **ret_groups,
                                cuxas_error *err)
{
  const size_t n      = records->n_record;
  union_find   u      = {n, cuxas_new(err, n, sizeof *u.parent)};
  const char **label  = cuxas_new(err, n, sizeof *label);
  cuxas_status status = u.parent != NULL && label != NULL ? CUXAS_OK : cuxas_no_memory(err);
  *ret_groups         = NULL;
  for (size_t i = 0; u.parent != NULL && i < n; i++) u.parent[i] = i;
  if (status == CUXAS_OK) status = join_prototypes(records, &u, err);
  if (status == CUXAS_OK && opt_prototypes != NULL) status = join_table(records, opt_prototypes, &u, err);
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    label[i] = records->record[i].formula;
    for (size_t j = 0; j < n; j++)
      if (root_of(&u, j) == root_of(&u, i) && strcmp(records->record[j].formula, label[i]) < 0)
        label[i] = records->record[j].formula;
  }
  if (status == CUXAS_OK) status = make_groups(label, n, ret_groups, err);
  free(u.parent);
  free(label);
  return status;
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_split_write(const cuxas_records *records, const cuxas_groups *groups, const size_t *fold, FILE *out,
                               cuxas_error *err)
{
  fprintf(out, "id,site,formula,family,fold\n");
  for (size_t i = 0; i < records->n_record; i++)
    fprintf(out, "%s,%zu,%s,%s,%zu\n", records->record[i].id, records->record[i].site, records->record[i].formula,
            groups->name[groups->group_of[i]], fold[i]);
  return ferror(out) == 0 ? CUXAS_OK : cuxas_fail(err, CUXAS_EIO, "the split could not be written");
}

/* A line of a split. */
typedef struct {
  const char *id, *formula, *family;
  long        site, fold;
} split_line;

enum { N_COLUMN = 5, MAX_FOLD = 1000 };
static const char *const COLUMN[N_COLUMN] = {"id", "site", "formula", "family", "fold"};

/* check_lines() - no family divided between parts, no composition between families */
static cuxas_status check_lines(const split_line *line, size_t n_line, const char *path, cuxas_error *err)
{
  for (size_t i = 0; i < n_line; i++)
    for (size_t j = 0; j < i; j++) {
      if (strcmp(line[i].family, line[j].family) == 0 && line[i].fold != line[j].fold)
        return cuxas_fail(err, CUXAS_EFORMAT, "%s: family %s is divided between parts %ld and %ld", path,
                          line[i].family, line[j].fold, line[i].fold);
      if (strcmp(line[i].formula, line[j].formula) == 0 && strcmp(line[i].family, line[j].family) != 0)
        return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s is in two families, %s and %s", path, line[i].formula,
                          line[j].family, line[i].family);
    }
  return CUXAS_OK;
}

/* parse_lines() - into line (text->n_line); the lines point into the text */
static cuxas_status parse_lines(cuxas_text *text, const char *path, split_line *line, size_t *ret_n_line,
                                cuxas_error *err)
{
  char        *field[CUXAS_CSV_MAX_COLUMN];
  size_t       column[N_COLUMN], n = 0;
  cuxas_status status  = text->n_line > 0 ? CUXAS_OK : cuxas_fail(err, CUXAS_EFORMAT, "%s: empty", path);
  size_t       n_field = status == CUXAS_OK ? cuxas_csv_cut(text->line[0], field) : 0;
  for (size_t i = 0; i < N_COLUMN && status == CUXAS_OK; i++)
    status = cuxas_csv_find_column(field, n_field, COLUMN[i], path, &column[i], err);
  for (size_t i = 1; i < text->n_line && status == CUXAS_OK; i++) {
    if (*cuxas_text_trim(text->line[i]) == '\0') continue;
    const size_t n_found = cuxas_csv_cut(text->line[i], field);
    char        *value[N_COLUMN];
    for (size_t k = 0; k < N_COLUMN; k++) {
      if (n_found <= column[k]) return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: too few columns", path, i + 1);
      value[k] = cuxas_text_trim(field[column[k]]);
    }
    line[n] = (split_line){value[0], value[2], value[3], 0, 0};
    if (!cuxas_text_parse_integer(value[1], &line[n].site) || !cuxas_text_parse_integer(value[4], &line[n].fold) ||
        line[n].site < 0 || line[n].fold < 0 || line[n].fold >= MAX_FOLD)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: site and fold should be whole numbers, folds below %d", path,
                        i + 1, MAX_FOLD);
    n++;
  }
  *ret_n_line = n;
  return status;
}

static const split_line *find_line(const split_line *line, size_t n_line, const cuxas_record *record)
{
  for (size_t i = 0; i < n_line; i++)
    if (strcmp(line[i].id, record->id) == 0 && (size_t)line[i].site == record->site) return &line[i];
  return NULL;
}

typedef struct {
  const char       *path;
  size_t            n_line;
  const split_line *line; /* (n_line) */
} split_table;

/* assign() - label and part of every record */
static cuxas_status assign(const split_table *table, const cuxas_records *records, size_t n_required,
                           const char **label, size_t *fold, cuxas_error *err)
{
  const split_line *line   = table->line;
  const size_t      n_line = table->n_line;
  const char       *path   = table->path;
  for (size_t i = 0; i < records->n_record; i++) {
    const cuxas_record *record = &records->record[i];
    const split_line   *mine   = find_line(line, n_line, record);
    if (mine == NULL && i < n_required)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: record %s, site %zu, is not in it", path, record->id, record->site);
    if (mine != NULL && strcmp(mine->formula, record->formula) != 0)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s is %s there, but %s among the records", path, record->id,
                        mine->formula, record->formula);
    for (size_t j = 0; mine == NULL && j < n_line; j++)
      if (strcmp(line[j].formula, record->formula) == 0) mine = &line[j];
    label[i] = mine != NULL ? mine->family : record->formula;
    fold[i]  = mine != NULL ? (size_t)mine->fold : 0;
  }
  return CUXAS_OK;
}

cuxas_status cuxas_split_read(const char *path, const cuxas_records *records, size_t n_required,
                              cuxas_groups **ret_groups, cuxas_error *err)
{
  cuxas_text   text   = {0};
  size_t       n_line = 0;
  const char **label  = cuxas_new(err, records->n_record, sizeof *label);
  size_t      *fold   = cuxas_new(err, records->n_record, sizeof *fold);
  split_line  *line   = NULL;
  cuxas_status status = cuxas_text_read(path, &text, err);
  *ret_groups         = NULL;
  if (status == CUXAS_OK) line = cuxas_new(err, text.n_line, sizeof *line);
  if (status == CUXAS_OK && (line == NULL || label == NULL || fold == NULL))
    status = cuxas_fail_at(err, cuxas_no_memory(err), path);
  if (status == CUXAS_OK) status = parse_lines(&text, path, line, &n_line, err);
  if (status == CUXAS_OK) status = check_lines(line, n_line, path, err);
  if (status == CUXAS_OK) status = assign(&(split_table){path, n_line, line}, records, n_required, label, fold, err);
  if (status == CUXAS_OK) status = make_groups(label, records->n_record, ret_groups, err);
  if (status == CUXAS_OK) {
    for (size_t i = 0; i < n_line; i++)
      if ((size_t)line[i].fold >= (*ret_groups)->n_fold) (*ret_groups)->n_fold = (size_t)line[i].fold + 1;
    (*ret_groups)->opt_fold = fold;
    fold                    = NULL;
  }
  free(line);
  free(label);
  free(fold);
  cuxas_text_free(&text);
  return status;
}

cuxas_status cuxas_split_check(const char *path, const char *exclude, cuxas_error *err)
{
  cuxas_text    text    = {0};
  size_t        n_line  = 0;
  split_line   *line    = NULL;
  cuxas_records records = {0};
  cuxas_status  status  = cuxas_text_read(path, &text, err);
  if (status == CUXAS_OK) {
    line           = cuxas_new(err, text.n_line, sizeof *line);
    records.record = cuxas_new(err, text.n_line, sizeof *records.record);
    if (line == NULL || records.record == NULL) status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
  }
  if (status == CUXAS_OK) status = parse_lines(&text, path, line, &n_line, err);
  if (status == CUXAS_OK) status = check_lines(line, n_line, path, err);
  for (size_t i = 0; i < n_line && status == CUXAS_OK; i++) {
    cuxas_record *record = &records.record[records.n_record++];
    snprintf(record->id, sizeof record->id, "%s", line[i].id);
    snprintf(record->formula, sizeof record->formula, "%s", line[i].formula);
  }
  if (status == CUXAS_OK) status = cuxas_split_refuse(&records, records.n_record, exclude, err);
  free(line);
  free(records.record);
  cuxas_text_free(&text);
  return status;
}
