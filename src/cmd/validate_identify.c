/* validate_identify.c - can the right compound be found? Every measured spectrum against every candidate */
#include "cmd/common.h"
#include "match/library.h"
#include "base/memory.h"
#include "cmd/validate_run.h"

#include <stdint.h>
#include <stdlib.h>

static const char *const SCALE[] = {"minmax", "edge-step", "least-squares"}; /* as cuxas_scale counts */
enum { N_SCALE = 3 };

static cuxas_status list_structures(const cuxas_compounds *compounds, const char ***ret_name, cuxas_error *err)
{
  *ret_name = cuxas_new_array(compounds->n_compound, sizeof **ret_name);
  if (*ret_name == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory");
  for (size_t i = 0; i < compounds->n_compound; i++) (*ret_name)[i] = compounds->compound[i].structure;
  return CUXAS_OK;
}

/* Simulations of a whole library come in one file, beside those of the compounds. */
static bool has_more_than_compounds(const validate_run *run, const validate_source *source)
{
  return source->all != NULL || cuxas_library_n_candidate(source->compounds) >
                                    cuxas_library_n_candidate(run->source[CUXAS_VALIDATION_MODEL].compounds);
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

/* What is found for compound i, by every measure. */
static void count(const inquiry *asked, const cuxas_hits *hits, size_t i)
{
  const cuxas_compounds *compounds = &asked->run->compounds;
  for (size_t k = 0; k < asked->n_line; k++)
    for (int among = CUXAS_AMONG_COMPOUNDS; among <= (int)asked->last; among++) {
      size_t       n;
      const size_t rank =
          cuxas_identification_rank(hits, compounds->compound[i].structure, CUXAS_CANDIDATE_STRUCTURE, asked->structure,
                                    compounds->n_compound, asked->line[k].measure, (cuxas_among)among, &n);
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
    status =
        cuxas_validation_case_make(run->question[i].query, hits, run->compounds.compound[i].structure, asked->structure,
                                   run->compounds.n_compound, (cuxas_among)among, asked->scale, failure, err);
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
    status = validate_ask(run, run->question[i].query, source->all != NULL ? source->all : source->compounds, &compare,
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
  run->failure = cuxas_new_array(run->n_source * CUXAS_N_AMONG * run->compounds.n_compound + 1, sizeof *run->failure);
  if (status == CUXAS_OK && run->failure == NULL) status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for failures");
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
