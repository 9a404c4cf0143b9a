/* Which compounds are left out of a training, and which are judged by. */
#include "learn/graphnet_data_priv.h"

#include "base/hash.h"
#include "base/memory.h"
#include "records/split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* is_refused() - whether a table that keeps compounds out of trainings has this one */
static cuxas_status is_refused(const char *formula, const char *path, bool *ret_is_refused, cuxas_error *err)
{
  cuxas_record  record  = {0};
  cuxas_records records = {.n_record = 1, .record = &record};
  cuxas_error   reason  = {0};
  strncpy(record.formula, formula, sizeof record.formula - 1);
  const cuxas_status status = cuxas_split_refuse(&records, 1, path, &reason);
  *ret_is_refused           = status == CUXAS_EUNSUPPORTED;
  return status == CUXAS_OK || *ret_is_refused ? CUXAS_OK : cuxas_fail(err, status, "%s", reason.message);
}

static int compare_formulas(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The compounds that are held out, sorted. */
typedef struct {
  size_t n_formula;
  char **formula;
} held_list;

static void free_held(held_list *held)
{
  for (size_t i = 0; i < held->n_formula; i++) free(held->formula[i]);
  free(held->formula);
}

static cuxas_status list_held(const cuxas_graphnet_source *source, held_list *ret_held, cuxas_error *err)
{
  cuxas_records *records = NULL;
  cuxas_groups  *groups  = NULL;
  size_t        *fold    = NULL;
  *ret_held              = (held_list){0};
  if (source->opt_hold_path == NULL) return CUXAS_OK;

  cuxas_status status =
      cuxas_records_read(&source->opt_hold_path, 1, source->absorber, &source->hold_edge, 1, &records, err);
  if (status == CUXAS_OK) status = cuxas_groups_new(records, NULL, &groups, err);
  if (status == CUXAS_OK && ((fold = cuxas_new_array(records->n_record, sizeof *fold)) == NULL ||
                             (ret_held->formula = cuxas_new_array(records->n_record, sizeof(char *))) == NULL))
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the compounds that are held out");
  if (status == CUXAS_OK && source->n_fold > 0)
    status = cuxas_split_folds(groups, source->n_fold, source->seed, fold, err);
  for (size_t i = 0; status == CUXAS_OK && i < records->n_record; i++) {
    if (source->n_fold > 0 && fold[i] != source->i_fold) continue;
    if ((ret_held->formula[ret_held->n_formula] = cuxas_copy_string(records->record[i].formula)) == NULL)
      status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the compounds that are held out");
    else
      ret_held->n_formula++;
  }
  if (status == CUXAS_OK && ret_held->n_formula > 0)
    qsort(ret_held->formula, ret_held->n_formula, sizeof *ret_held->formula, compare_formulas);
  free(fold);
  cuxas_groups_free(groups);
  cuxas_records_free(records);
  return status;
}

/* is_drawn() - a part of all compounds, by the hash of seed and name */
static bool is_drawn(const char *formula, uint64_t seed, double fraction)
{
  char          text[CUXAS_FORMULA_SIZE + 40], hex[CUXAS_SHA256_HEX_SIZE];
  const int     n_byte = snprintf(text, sizeof text, "validation:%llu:%s", (unsigned long long)seed, formula);
  unsigned long first  = 0;
  cuxas_hash_memory(text, (size_t)n_byte, hex);
  hex[8] = '\0';
  first  = strtoul(hex, NULL, 16);
  return (double)first < fraction * 4294967296.0;
}

cuxas_status cuxas_graphnet_sort(const cuxas_graphnet_source *source, cuxas_graphnet_data *data, cuxas_error *err)
{
  held_list    held;
  cuxas_status status = list_held(source, &held, err);
  for (size_t i = 0; i < data->n_structure && status == CUXAS_OK; i++) {
    cuxas_graphnet_structure *structure  = &data->structure[i];
    const char               *formula    = structure->formula;
    bool                      is_outside = false;
    if (source->opt_exclude != NULL) status = is_refused(formula, source->opt_exclude, &is_outside, err);
    if (is_outside) {
      cuxas_crystal_free(structure->crystal);
      structure->crystal = NULL;
      data->count.n_excluded++;
    }
    structure->is_held = (held.n_formula > 0 && bsearch(&formula, held.formula, held.n_formula, sizeof *held.formula,
                                                        compare_formulas) != NULL) ||
                         is_drawn(formula, source->seed, source->validation_fraction);
  }
  free_held(&held);
  return status;
}
