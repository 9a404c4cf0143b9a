/* validate_identify.c - can the right compound be found? Every measured spectrum against every candidate */
#include "cmd/common.h"
#include "base/memory.h"
#include "cmd/validate_run.h"
#include "cmd/sources.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *const SCALE[] = {"minmax", "edge-step", "least-squares"}; /* as cuxas_scale counts */
enum { N_SCALE = 3 };

static cuxas_status list_structures(const cuxas_compounds *compounds, const char ***ret_name, cuxas_error *err)
{
  *ret_name = cuxas_new(err, compounds->n_compound, sizeof **ret_name);
  if (*ret_name == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < compounds->n_compound; i++) (*ret_name)[i] = compounds->compound[i].structure;
  return CUXAS_OK;
}

/* Simulations of a whole library come in one file, beside those of the compounds. */
static bool has_more_than_compounds(const validate_run *run, const validate_source *source)
{
  return source->all != NULL || cuxas_session_n_candidate(source->compounds) >
                                    cuxas_session_n_candidate(run->source[CUXAS_VALIDATION_MODEL].compounds);
}

/* One source on one scale: the lines begun for it, and in which sets it is asked. */
typedef struct {
  validate_run         *run;
  size_t                i_source;
  const char *const    *structure; /* (n_compound) */
  cuxas_scale           scale;
  cuxas_among           last;
  cuxas_identification *line; /* (n_line) */
  size_t                n_line;
} inquiry;

static void begin_lines(inquiry *asked)
{
  validate_run *run = asked->run;
  asked->line       = run->line + run->n_line;
  for (int measure = 0; measure < CUXAS_N_MEASURE; measure++)
    if (asked->scale == CUXAS_SCALE_MINMAX || measure == CUXAS_MEASURE_MAE)
      asked->line[asked->n_line++] =
          (cuxas_identification){run->source[asked->i_source].name, SCALE[asked->scale], (cuxas_measure)measure, {{0}}};
  run->n_line += asked->n_line;
}

static cuxas_sought seek(const inquiry *asked, size_t i, cuxas_among among)
{
  const cuxas_compounds *compounds = &asked->run->compounds;
  return (cuxas_sought){compounds->compound[i].structure, CUXAS_CANDIDATE_STRUCTURE, among, asked->structure,
                        compounds->n_compound};
}

/* What is found for compound i, by every measure. */
static void count(const inquiry *asked, const cuxas_hits *hits, size_t i)
{
  for (size_t k = 0; k < asked->n_line; k++)
    for (int among = CUXAS_AMONG_COMPOUNDS; among <= (int)asked->last; among++) {
      const cuxas_sought sought = seek(asked, i, (cuxas_among)among);
      size_t             n;
      const size_t       rank = cuxas_identification_rank(hits, &sought, asked->line[k].measure, &n);
      cuxas_identification_count(&asked->line[k].of[among], rank, n);
    }
}

/* Keeps the sets in which the right one is not first. */
static cuxas_status keep_failures(const inquiry *asked, const cuxas_hits *hits, size_t i, cuxas_error *err)
{
  validate_run *run    = asked->run;
  cuxas_status  status = CUXAS_OK;
  for (int among = CUXAS_AMONG_COMPOUNDS; among <= (int)asked->last && status == CUXAS_OK; among++) {
    cuxas_validation_case *failure = &run->failure[run->n_failure];
    const cuxas_sought     sought  = seek(asked, i, (cuxas_among)among);
    status            = cuxas_validation_case_make(run->question[i].query, hits, &sought, asked->scale, failure, err);
    failure->i_row    = i;
    failure->i_source = asked->i_source;
    if (failure->rank > 1)
      run->n_failure++;
    else
      cuxas_validation_case_clear(failure);
  }
  return status;
}

static cuxas_status identify(inquiry *asked, cuxas_progress_bar *bar, cuxas_error *err)
{
  const validate_run    *run    = asked->run;
  const validate_source *source = &run->source[asked->i_source];
  const size_t           n      = run->compounds.n_compound;
  cuxas_status           status = CUXAS_OK;

  begin_lines(asked);
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    cuxas_hits *hits = NULL;
    cuxas_progress_show((size_t)asked->scale * n + i + 1, N_SCALE * n, bar);
    if (source->table[CUXAS_MANNER_ASKED].row[i].reason[0] != '\0') continue;
    cuxas_compare_settings compare  = validate_settings(run, source, CUXAS_MANNER_ASKED, i);
    const bool             is_asked = compare.scale == asked->scale;
    compare.scale                   = asked->scale;
    status = cuxas_session_rank(source->all != NULL ? source->all : source->compounds, run->question[i].query, &compare,
                                is_asked ? SIZE_MAX : 0, &hits, err);
    if (status == CUXAS_OK) count(asked, hits, i);
    if (status == CUXAS_OK && is_asked) status = keep_failures(asked, hits, i, err);
    cuxas_hits_free(hits);
  }
  return status;
}

cuxas_status validate_identify(validate_run *run, cuxas_error *err)
{
  const char **structure;
  cuxas_status status = list_structures(&run->compounds, &structure, err);
  run->failure = cuxas_new(err, run->n_source * CUXAS_N_AMONG * run->compounds.n_compound + 1, sizeof *run->failure);
  if (status == CUXAS_OK && run->failure == NULL) status = cuxas_no_memory(err);
  for (size_t k = 0; k < run->n_source && status == CUXAS_OK; k++) {
    cuxas_progress_bar bar = cuxas_progress_start(run->source[k].name, cuxas_options_flag(run->options, "quiet"));
    for (int scale = 0; scale < N_SCALE && status == CUXAS_OK; scale++) {
      inquiry asked = {.run = run, .i_source = k, .structure = structure, .scale = (cuxas_scale)scale};
      asked.last    = has_more_than_compounds(run, &run->source[k]) ? CUXAS_AMONG_ELEMENTS : CUXAS_AMONG_COMPOUNDS;
      status        = identify(&asked, &bar, err);
    }
    cuxas_progress_end(&bar);
  }
  if (status == CUXAS_OK) status = validate_shortlist(run, structure, err);
  free(structure);
  return status;
}

/* ---- one spectrum among all candidates, and the priors of the kind it is of ------------------------------------- */

#define LEAST_OTHERS 3.0 /* compounds from which priors are learnt; with fewer the general ones stay */

/* 1. one question */

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
  if (cuxas_session_rank(source->compounds, run->question[i].query, &compare, 0, &hits, &err) == CUXAS_OK) {
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

  if (cuxas_session_rank(source->ask_all ? source->all : source->compounds, query, &compare, SIZE_MAX, &hits,
                         &reason) == CUXAS_OK) {
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
  table->own     = cuxas_new(err, n, sizeof *table->own);
  table->row     = cuxas_new(err, n, sizeof *table->row);
  if (table->own == NULL || table->row == NULL) return CUXAS_ENOMEM;
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

/* ---- does a ranking by simulation find what the ranking by prediction missed? ----------------------------------- */

/* The hits of a set, in their order; they stay the property of `hits`. */
static size_t list_among(const validate_run *run, const cuxas_hits *hits, const cuxas_hit *right,
                         const char *const *structure, cuxas_among among, cuxas_hit *ret_hit)
{
  size_t n = 0;
  for (size_t i = 0; i < hits->n_hit; i++)
    if (cuxas_identification_is_among(&hits->hit[i], right, structure, run->compounds.n_compound, among))
      ret_hit[n++] = hits->hit[i];
  return n;
}

static size_t place_of(const cuxas_hits *hits, const char *name)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (strcmp(hits->hit[i].name, name) == 0) return i + 1;
  return 0;
}

/* Adds what is found for compound i within a set. */
static cuxas_status count_shortlist(validate_run *run, size_t i, const cuxas_hits *set,
                                    const cuxas_compare_settings *compare, cuxas_identified *identified,
                                    cuxas_error *err)
{
  cuxas_match_settings settings      = run->choice.match;
  settings.compare                   = *compare;
  settings.n_keep                    = 0;
  const char              *name      = run->compounds.compound[i].structure;
  cuxas_shortlist         *shortlist = NULL;
  const cuxas_second_stage how = {run->model, run->companions.simulations, cuxas_match_options_n_simulate(run->options),
                                  NULL, NULL};
  const cuxas_status       status =
      cuxas_shortlist_simulate(run->question[i].query, set, &how, &settings, NULL, &shortlist, err);
  if (status != CUXAS_OK) return status;
  const size_t place = place_of(shortlist->hits, name);
  cuxas_identification_count(identified, place > 0 ? place : place_of(set, name), set->n_hit);
  cuxas_shortlist_free(shortlist);
  return CUXAS_OK;
}

/* Question i, within every set. */
static cuxas_status ask(validate_run *run, size_t i, const char *const *structure, cuxas_identification *line,
                        cuxas_error *err)
{
  const validate_source       *source  = &run->source[CUXAS_VALIDATION_MODEL];
  const cuxas_compare_settings compare = validate_settings(run, source, CUXAS_MANNER_ASKED, i);
  cuxas_hits                  *hits    = NULL;
  cuxas_session               *session = source->all != NULL ? source->all : source->compounds;
  cuxas_status                 status  = cuxas_session_rank(session, run->question[i].query, &compare, 0, &hits, err);
  if (status != CUXAS_OK) return status;
  cuxas_hit   *hit   = cuxas_new(err, hits->n_hit, sizeof *hit);
  const size_t place = place_of(hits, run->compounds.compound[i].structure);
  if (hit == NULL) status = CUXAS_ENOMEM;
  for (int among = 0; among < CUXAS_N_AMONG && status == CUXAS_OK && place > 0; among++) {
    cuxas_hits set = {.hit = hit};
    set.n_hit      = list_among(run, hits, &hits->hit[place - 1], structure, (cuxas_among)among, hit);
    status         = count_shortlist(run, i, &set, &compare, &line->of[among], err);
  }
  free(hit);
  cuxas_hits_free(hits);
  return status;
}

cuxas_status validate_shortlist(validate_run *run, const char *const *structure, cuxas_error *err)
{
  const size_t n = run->compounds.n_compound, n_best = cuxas_match_options_n_simulate(run->options);
  cuxas_status status = CUXAS_OK;
  if (n_best == 0 || n_best >= CUXAS_SIMULATE_AUTO) return CUXAS_OK;
  cuxas_identification *line = &run->line[run->n_line++];
  snprintf(run->shortlist_name, sizeof run->shortlist_name, "best %zu", n_best);
  *line                  = (cuxas_identification){run->shortlist_name, "minmax", CUXAS_MEASURE_SCORE, {{0}}};
  cuxas_progress_bar bar = cuxas_progress_start("simulating", cuxas_options_flag(run->options, "quiet"));
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    cuxas_progress_show(i, n, &bar);
    if (run->source[CUXAS_VALIDATION_MODEL].table[CUXAS_MANNER_ASKED].row[i].reason[0] == '\0')
      status = ask(run, i, structure, line, err);
  }
  cuxas_progress_end(&bar);
  return status;
}
