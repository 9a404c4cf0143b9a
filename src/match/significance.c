#include "match/significance.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_DISTANCE 1e-6
enum { MIN_TAIL = 10 };

/* ---- the background's scores ------------------------------------------------------------------------------------ */

typedef struct {
  double score;
  size_t i_spectrum;
} scored;

/* Best first; equal scores by place, so that sorting is deterministic. */
static int by_score(const void *left, const void *right)
{
  const scored *a = left, *b = right;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  return (a->i_spectrum > b->i_spectrum) - (a->i_spectrum < b->i_spectrum);
}

void cuxas_null_free(cuxas_null *null)
{
  if (null == NULL) return;
  free(null->score);
  free(null->i_spectrum);
  free(null);
}

/* Copies what could be compared, best first. */
static cuxas_status take_scores(scored *all, size_t n_all, cuxas_null *null, cuxas_error *err)
{
  size_t n = 0;
  for (size_t i = 0; i < n_all; i++)
    if (!isnan(all[i].score)) all[n++] = all[i];
  if (n < CUXAS_BACKGROUND_MIN)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu spectra of the background can be compared, %d are needed", n,
                      CUXAS_BACKGROUND_MIN);
  qsort(all, n, sizeof *all, by_score);
  null->n_score    = n;
  null->score      = cuxas_new_array(n, sizeof *null->score);
  null->i_spectrum = cuxas_new_array(n, sizeof *null->i_spectrum);
  if (null->score == NULL || null->i_spectrum == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu scores", n);
  for (size_t i = 0; i < n; i++) {
    null->score[i]      = all[i].score;
    null->i_spectrum[i] = all[i].i_spectrum;
  }
  return CUXAS_OK;
}

cuxas_status cuxas_null_new(const cuxas_query *query, const cuxas_background *background,
                            const cuxas_compare_settings *settings, int n_thread, cuxas_null **ret_null,
                            cuxas_error *err)
{
  const size_t n_spectrum = background->n_spectrum;
  cuxas_status status     = CUXAS_OK;

  *ret_null = NULL;
  if (settings->shift_mode == CUXAS_SHIFT_COMMON)
    return cuxas_fail(err, CUXAS_ERANGE, "a background has no common shift of its own");
  cuxas_null *null = cuxas_new_array(1, sizeof *null);
  scored     *all  = cuxas_new_array(n_spectrum, sizeof *all);
  if (null == NULL || all == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu scores", n_spectrum);
    goto done;
  }
  null->background = background;
  bool no_memory   = false;
#pragma omp parallel for schedule(dynamic) num_threads(n_thread) reduction(|| : no_memory)
  for (size_t i = 0; i < n_spectrum; i++) {
    const cuxas_curve  curve    = cuxas_background_curve(background, i);
    cuxas_comparison   found    = {0};
    cuxas_error        reason   = {0};
    const cuxas_status compared = cuxas_compare(query, &curve, settings, &found, NULL, NULL, &reason);
    all[i]                      = (scored){compared == CUXAS_OK ? found.score : (double)NAN, i};
    no_memory                   = no_memory || compared == CUXAS_ENOMEM;
  }
  status = no_memory ? cuxas_fail(err, CUXAS_ENOMEM, "no memory to compare a background")
                     : take_scores(all, n_spectrum, null, err);
  if (status != CUXAS_OK) goto done;
  *ret_null = null;
  null      = NULL;
done:
  free(all);
  cuxas_null_free(null);
  return status;
}

/* ---- p and E ---------------------------------------------------------------------------------------------------- */

static bool counts(const cuxas_null *null, size_t i, const char *formula)
{
  return *formula == '\0' || strcmp(null->background->formula[null->i_spectrum[i]], formula) != 0;
}

double cuxas_null_p_value(const cuxas_null *null, double score, const char *formula)
{
  size_t n = 0, n_above = 0;
  if (isnan(score)) return NAN;
  for (size_t i = 0; i < null->n_score; i++)
    if (counts(null, i, formula)) {
      n++;
      n_above += null->score[i] >= score;
    }
  const size_t wanted = (size_t)(CUXAS_SIGNIFICANCE_TAIL * (double)n), n_tail = wanted > MIN_TAIL ? wanted : MIN_TAIL;
  if (n_above > n_tail || n <= n_tail) return (double)(n_above + 1) / (double)(n + 1);

  double sum = 0.0, threshold = 0.0;
  size_t n_seen = 0;
  for (size_t i = 0; i < null->n_score && n_seen <= n_tail; i++) {
    if (!counts(null, i, formula)) continue;
    if (n_seen < n_tail) sum += null->score[i];
    threshold = null->score[i];
    n_seen++;
  }
  sum -= (double)n_tail * threshold;
  const double part = (double)(n_tail + 1) / (double)(n + 1);
  if (!(sum > 0.0)) return part; /* all of the tail is one score */
  return part * pow(1.0 + (score - threshold) / sum, -(double)n_tail);
}

cuxas_status cuxas_significance_fill(const cuxas_query *query, const cuxas_background *background,
                                     const cuxas_compare_settings *settings, int n_thread, cuxas_hits *hits,
                                     cuxas_error *err)
{
  cuxas_compare_settings same        = *settings;
  cuxas_null            *null        = NULL;
  size_t                 n_structure = 0;

  for (size_t i = 0; i < hits->n_hit; i++) {
    if (hits->hit[i].kind != CUXAS_CANDIDATE_STRUCTURE) continue;
    if (n_structure++ == 0 && settings->shift_mode == CUXAS_SHIFT_COMMON) {
      same.shift_mode     = CUXAS_SHIFT_FIXED;
      same.fixed_shift_eV = hits->hit[i].comparison.shift_eV;
    }
  }
  if (n_structure == 0) return CUXAS_OK;
  const cuxas_status status = cuxas_null_new(query, background, &same, n_thread, &null, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = 0; i < hits->n_hit; i++) {
    cuxas_hit *hit = &hits->hit[i];
    if (hit->kind != CUXAS_CANDIDATE_STRUCTURE) continue;
    hit->p_value = cuxas_null_p_value(null, hit->comparison.score, hit->formula);
    hit->e_value = hit->p_value * (double)n_structure;
  }
  cuxas_null_free(null);
  return CUXAS_OK;
}
