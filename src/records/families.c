/* Records whose structures are alike: joined by keys, and written to and read from a file that fixes a split. */
#include "base/csv.h"
#include "crystal/coordination.h"
#include "cuxas/elements.h"
#include "base/memory.h"
#include "records/split.h"
#include "cuxas/symmetry.h"
#include "cuxas/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- groups from labels ----------------------------------------------------------------------------------------- */

/* make_groups() - one group for each different label; label (n_row) */
static cuxas_status make_groups(const char *const *label, size_t n_row, cuxas_groups **ret_groups, cuxas_error *err)
{
  cuxas_groups *groups = cuxas_new_array(1, sizeof *groups);
  if (groups == NULL || (groups->group_of = cuxas_new_array(n_row, sizeof *groups->group_of)) == NULL ||
      (groups->name = cuxas_new_array(n_row, sizeof *groups->name)) == NULL)
    goto no_memory;
  groups->n_row = n_row;
  for (size_t i = 0; i < n_row; i++) {
    size_t g = 0;
    while (g < groups->n_group && strcmp(groups->name[g], label[i]) != 0) g++;
    groups->group_of[i] = g;
    if (g < groups->n_group) continue;
    if ((groups->name[g] = cuxas_copy_string(label[i])) == NULL) goto no_memory;
    groups->n_group++;
  }
  *ret_groups = groups;
  return CUXAS_OK;
no_memory:
  cuxas_groups_free(groups);
  return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the groups of %zu records", n_row);
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
  char(*key)[KEY_SIZE] = cuxas_new_array(records->n_record, sizeof *key);
  if (key == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the families of %zu records", records->n_record);
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
  if ((line = cuxas_new_array(text.n_line, sizeof *line)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
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
  const size_t n     = records->n_record;
  union_find   u     = {n, cuxas_new_array(n, sizeof *u.parent)};
  const char **label = cuxas_new_array(n, sizeof *label);
  cuxas_status status =
      u.parent != NULL && label != NULL ? CUXAS_OK : cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu records", n);
  *ret_groups = NULL;
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

/* assign() - label and part of every record */
static cuxas_status assign(const split_line *line, size_t n_line, const char *path, const cuxas_records *records,
                           size_t n_required, const char **label, size_t *fold, cuxas_error *err)
{
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
  const char **label  = cuxas_new_array(records->n_record, sizeof *label);
  size_t      *fold   = cuxas_new_array(records->n_record, sizeof *fold);
  split_line  *line   = NULL;
  cuxas_status status = cuxas_text_read(path, &text, err);
  *ret_groups         = NULL;
  if (status == CUXAS_OK) line = cuxas_new_array(text.n_line, sizeof *line);
  if (status == CUXAS_OK && (line == NULL || label == NULL || fold == NULL))
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
  if (status == CUXAS_OK) status = parse_lines(&text, path, line, &n_line, err);
  if (status == CUXAS_OK) status = check_lines(line, n_line, path, err);
  if (status == CUXAS_OK) status = assign(line, n_line, path, records, n_required, label, fold, err);
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
    line           = cuxas_new_array(text.n_line, sizeof *line);
    records.record = cuxas_new_array(text.n_line, sizeof *records.record);
    if (line == NULL || records.record == NULL) status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
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
