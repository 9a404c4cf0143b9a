#include "common.h"
#include "cuxas/memory.h"
#include "validate_run.h"

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

/* What is found for compound i, by every measure of the lines begun for this scale. */
static void count(const validate_run *run, const cuxas_hits *hits, size_t i, const char *const *structure,
                  cuxas_among last, cuxas_identification *line)
{
  for (int among = CUXAS_AMONG_COMPOUNDS; among <= (int)last; among++) {
    size_t       n;
    const size_t rank = cuxas_identification_rank(hits, run->compounds.compound[i].structure, structure,
                                                  run->compounds.n_compound, line->measure, (cuxas_among)among, &n);
    cuxas_identification_count(&line->of[among], rank, n);
  }
}

/* Simulations of a whole library come in one file, beside those of the compounds. */
static bool has_more_than_compounds(const validate_run *run, const validate_source *source)
{
  return source->all != NULL ||
         cuxas_library_n_candidate(source->compounds) >
             cuxas_library_n_candidate(run->source[CUXAS_VALIDATION_MODEL].compounds);
}

static cuxas_status identify(validate_run *run, const validate_source *source, cuxas_scale scale,
                             const char *const *structure, cuxas_progress_bar *bar, cuxas_error *err)
{
  const size_t          n      = run->compounds.n_compound;
  const cuxas_among     last   = has_more_than_compounds(run, source) ? CUXAS_AMONG_ELEMENTS : CUXAS_AMONG_COMPOUNDS;
  cuxas_identification *first  = run->line + run->n_line;
  cuxas_status          status = CUXAS_OK;

  for (int measure = 0; measure < CUXAS_N_MEASURE; measure++)
    if (scale == CUXAS_SCALE_MINMAX || measure == CUXAS_MEASURE_MAE)
      run->line[run->n_line++] = (cuxas_identification){source->name, SCALE[scale], (cuxas_measure)measure, {{0}}};
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    cuxas_hits *hits = NULL;
    cuxas_progress_show((size_t)scale * n + i + 1, N_SCALE * n, bar);
    if (source->table[CUXAS_MANNER_ASKED].row[i].reason[0] != '\0') continue;
    cuxas_compare_settings compare = validate_settings(run, source, CUXAS_MANNER_ASKED, i);
    compare.scale                  = scale;
    status = validate_ask(run, i, source->all != NULL ? source->all : source->compounds, &compare, 0, &hits, err);
    for (cuxas_identification *line = first; status == CUXAS_OK && line < run->line + run->n_line; line++)
      count(run, hits, i, structure, last, line);
    cuxas_hits_free(hits);
  }
  return status;
}

cuxas_status validate_identify(validate_run *run, cuxas_error *err)
{
  const char **structure;
  cuxas_status status = list_structures(&run->compounds, &structure, err);
  for (size_t k = 0; k < run->n_source && status == CUXAS_OK; k++) {
    cuxas_progress_bar bar = cuxas_progress_start(run->source[k].name, cuxas_options_flag(run->options, "quiet"));
    for (int scale = 0; scale < N_SCALE && status == CUXAS_OK; scale++)
      status = identify(run, &run->source[k], (cuxas_scale)scale, structure, &bar, err);
    cuxas_progress_end(&bar);
  }
  free(structure);
  return status;
}
