/* Contents: 1. one question  2. priors  3. the table of a source */
#include "cmd/common.h"
#include "match/library.h"
#include "base/memory.h"
#include "cmd/validate_run.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LEAST_OTHERS 3.0 /* compounds from which priors are learnt; with fewer the general ones stay */

/* 1. one question */

cuxas_status validate_ask(const validate_run *run, const cuxas_query *query, const cuxas_library *library,
                          const cuxas_compare_settings *compare, size_t n_keep, cuxas_hits **ret_hits, cuxas_error *err)
{
  cuxas_match_settings settings = run->choice.match;
  settings.compare              = *compare;
  settings.n_keep               = n_keep;
  return cuxas_match_library(query, library, &settings, ret_hits, err);
}

static bool fits_hole(const validate_run *run, const validate_source *source, size_t i)
{
  return source->fit_hole || run->question[i].compare.fit_hole;
}

static cuxas_compare_settings without_priors(const validate_run *run, const validate_source *source,
                                             cuxas_manner manner, size_t i)
{
  cuxas_compare_settings compare = run->question[i].compare;
  compare.fit_hole               = fits_hole(run, source, i);
  if (manner == CUXAS_MANNER_ASKED) return compare;
  compare.fit_hole      = false;
  compare.hole_fraction = 1.0;
  if (manner == CUXAS_MANNER_NO_HOLE) return compare;
  compare.scale      = CUXAS_SCALE_MINMAX;
  compare.shift_mode = CUXAS_SHIFT_FIT;
  compare.criterion  = CUXAS_CRITERION_MAE;
  compare.fit_fwhm   = false;
  compare.fwhm_eV    = 0.0;
  return compare;
}

/* 2. priors */

/* What the right structure needs when nothing is known beforehand. */
static void learn(const validate_run *run, validate_source *source, cuxas_manner manner, size_t i)
{
  cuxas_compare_settings compare = without_priors(run, source, manner, i);
  cuxas_hits            *hits    = NULL;
  cuxas_error            err     = {0};
  cuxas_validation_row   row     = {.name = ""};

  compare.shift_prior.sd = compare.hole_prior.sd = INFINITY;
  if (validate_ask(run, run->question[i].query, source->compounds, &compare, 0, &hits, &err) == CUXAS_OK) {
    cuxas_validation_fill(&row, run->compounds.compound[i].structure, run->question[i].query, hits);
    if (row.reason[0] == '\0')
      source->table[manner].own[i] = (validate_fit){true, row.comparison.shift_eV, row.comparison.hole_fraction};
  }
  cuxas_hits_free(hits);
}

cuxas_compare_settings validate_settings(const validate_run *run, const validate_source *source, cuxas_manner manner,
                                         size_t i)
{
  cuxas_compare_settings compare  = without_priors(run, source, manner, i);
  const validate_fit    *own      = source->table[manner].own;
  double                 shift_eV = 0.0, hole = 0.0, n_other = 0.0;
  for (size_t k = 0; k < run->compounds.n_compound; k++) {
    if (k == i || !own[k].is_known) continue;
    shift_eV += own[k].shift_eV;
    hole += own[k].hole_fraction;
    n_other += 1.0;
  }
  if (n_other < LEAST_OTHERS) return compare;
  compare.shift_prior.mean = shift_eV / n_other;
  compare.hole_prior.mean  = hole / n_other;
  return compare;
}

/* 3. the table of a source */

static cuxas_status judge_one(const validate_run *run, const validate_source *source, cuxas_manner manner, size_t i,
                              cuxas_error *err)
{
  const char                  *right   = run->compounds.compound[i].structure;
  const cuxas_query           *query   = run->question[i].query;
  const cuxas_compare_settings compare = validate_settings(run, source, manner, i);
  cuxas_validation_row        *row     = &source->table[manner].row[i];
  cuxas_hits                  *hits    = NULL;
  cuxas_error                  reason  = {0};
  cuxas_status                 status  = CUXAS_OK;

  if (validate_ask(run, query, source->ask_all ? source->all : source->compounds, &compare, SIZE_MAX, &hits, &reason) ==
      CUXAS_OK) {
    cuxas_validation_fill(row, right, query, hits);
    status = cuxas_validation_keep(row, right, query, compare.scale, hits, err);
  } else {
    row->is_failure = true;
    snprintf(row->reason, sizeof row->reason, "%s", reason.message);
  }
  cuxas_hits_free(hits);
  return status;
}

/* The names of the compounds, and why some of them cannot be asked for. */
static cuxas_status begin_table(const validate_run *run, validate_table *table, cuxas_error *err)
{
  const size_t n = run->compounds.n_compound;
  table->own     = cuxas_new_array(n, sizeof *table->own);
  table->row     = cuxas_new_array(n, sizeof *table->row);
  if (table->own == NULL || table->row == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu compounds", n);
  for (size_t i = 0; i < n; i++) {
    cuxas_validation_row *row = &table->row[i];
    snprintf(row->name, sizeof row->name, "%s", run->compounds.compound[i].name);
    snprintf(row->reason, sizeof row->reason, "%s", run->obstacle[i].message);
    row->is_failure = run->obstacle[i].is_failure;
    memcpy(row->measured_sha256, run->question[i].sha256, sizeof row->measured_sha256);
  }
  table->is_made = true;
  return CUXAS_OK;
}

static cuxas_status judge(validate_run *run, validate_source *source, cuxas_manner manner, cuxas_error *err)
{
  const size_t       n      = run->compounds.n_compound;
  cuxas_progress_bar bar    = cuxas_progress_start("validating", cuxas_options_flag(run->options, "quiet"));
  cuxas_status       status = begin_table(run, &source->table[manner], err);

  for (size_t i = 0; i < n && status == CUXAS_OK; i++)
    if (run->question[i].query != NULL) learn(run, source, manner, i);
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    cuxas_progress_show(i + 1, n, &bar);
    if (run->question[i].query != NULL) status = judge_one(run, source, manner, i, err);
  }
  cuxas_progress_end(&bar);
  return status;
}

cuxas_status validate_judge(validate_run *run, cuxas_manner manner, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t k = 0; k < run->n_source && status == CUXAS_OK; k++) {
    bool has_fraction = false;
    for (size_t i = 0; i < run->compounds.n_compound; i++)
      has_fraction = has_fraction || (run->question[i].query != NULL && fits_hole(run, &run->source[k], i));
    if (manner != CUXAS_MANNER_NO_HOLE || has_fraction) status = judge(run, &run->source[k], manner, err);
  }
  return status;
}
