/* Contents: 1. one question  2. priors  3. the table of a source */
#include "common.h"
#include "validate_run.h"

#include <math.h>
#include <stdint.h>

#define LEAST_OTHERS 3.0 /* compounds from which priors are learnt; with fewer the general ones stay */

/* 1. one question */

cuxas_status validate_ask(const validate_run *run, size_t i, const cuxas_library *library,
                          const cuxas_compare_settings *compare, size_t n_keep, cuxas_hits **ret_hits, cuxas_error *err)
{
  const cuxas_match_settings settings = {.compare = *compare,
                                         .ranking = cuxas_question_ranking(run->options),
                                         .n_thread =
                                             cuxas_program_threads(cuxas_options_integer(run->options, "threads")),
                                         .n_keep = n_keep};
  return cuxas_match_library(run->question[i].query, library, &settings, ret_hits, err);
}

static cuxas_compare_settings without_priors(const validate_run *run, const validate_source *source, size_t i)
{
  cuxas_compare_settings compare = run->question[i].compare;
  if (source->fit_hole) compare.fit_hole = true;
  return compare;
}

/* 2. priors */

/* What the right structure needs when nothing is known beforehand. */
static void learn(const validate_run *run, validate_source *source, size_t i)
{
  cuxas_compare_settings compare = without_priors(run, source, i);
  cuxas_hits            *hits    = NULL;
  cuxas_error            err     = {0};
  cuxas_validation_row   row     = {.name = ""};

  compare.shift_prior.sd = compare.hole_prior.sd = INFINITY;
  if (validate_ask(run, i, source->compounds, &compare, 0, &hits, &err) == CUXAS_OK) {
    cuxas_validation_fill(&row, run->compounds.compound[i].structure, run->question[i].query, hits);
    if (row.reason[0] == '\0')
      source->own[i] = (validate_fit){true, row.comparison.shift_eV, row.comparison.hole_fraction};
  }
  cuxas_hits_free(hits);
}

cuxas_compare_settings validate_settings(const validate_run *run, const validate_source *source, size_t i)
{
  cuxas_compare_settings compare  = without_priors(run, source, i);
  double                 shift_eV = 0.0, hole = 0.0, n_other = 0.0;
  for (size_t k = 0; k < run->compounds.n_compound; k++) {
    if (k == i || !source->own[k].is_known) continue;
    shift_eV += source->own[k].shift_eV;
    hole += source->own[k].hole_fraction;
    n_other += 1.0;
  }
  if (n_other < LEAST_OTHERS) return compare;
  compare.shift_prior.mean = shift_eV / n_other;
  compare.hole_prior.mean  = hole / n_other;
  return compare;
}

/* 3. the table of a source */

static cuxas_status judge_one(const validate_run *run, const validate_source *source, size_t i, cuxas_error *err)
{
  const char                  *right   = run->compounds.compound[i].structure;
  const cuxas_query           *query   = run->question[i].query;
  const cuxas_compare_settings compare = validate_settings(run, source, i);
  cuxas_validation_row        *row     = &source->row[i];
  cuxas_hits                  *hits    = NULL;
  cuxas_error                  reason  = {0};
  cuxas_status                 status  = CUXAS_OK;

  if (validate_ask(run, i, source->ask_all ? source->all : source->compounds, &compare, SIZE_MAX, &hits, &reason) ==
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

cuxas_status validate_judge(validate_run *run, cuxas_error *err)
{
  const size_t n      = run->compounds.n_compound;
  cuxas_status status = CUXAS_OK;

  for (size_t k = 0; k < run->n_source && status == CUXAS_OK; k++) {
    cuxas_progress_bar bar = cuxas_progress_start("validating", cuxas_options_flag(run->options, "quiet"));
    for (size_t i = 0; i < n; i++)
      if (run->question[i].query != NULL) learn(run, &run->source[k], i);
    for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
      cuxas_progress_show(i + 1, n, &bar);
      if (run->question[i].query != NULL) status = judge_one(run, &run->source[k], i, err);
    }
    cuxas_progress_end(&bar);
  }
  return status;
}
