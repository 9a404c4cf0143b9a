/* How far the predicted uncertainties are right: factors and coverage from held-out predictions. */
#include "learn/crossval.h"

#include "base/memory.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { ALL_FOLDS = -1 };

/* One edge and channel of a cross-validation. */
typedef struct {
  size_t        n_row, n_energy;
  const float  *target; /* (n_row, n_energy) */
  const bool   *known;  /* (n_row) */
  const float  *mu;
  float        *sigma;
  const size_t *fold;
  const double *judged; /* (n_row) NaN: the row was not predicted */
} held_points;

/* find_factor() - from all folds but one; 1 when no sigma is known. ratio (n_row n_energy) is scratch */
static double find_factor(const held_points *p, long without_fold, double *ratio)
{
  size_t n = 0;
  for (size_t i = 0; i < p->n_row; i++) {
    if (!p->known[i] || isnan(p->judged[i]) || (long)p->fold[i] == without_fold) continue;
    for (size_t k = i * p->n_energy; k < (i + 1) * p->n_energy; k++)
      if (p->sigma[k] > 0.0f) ratio[n++] = fabs((double)p->mu[k] - (double)p->target[k]) / (double)p->sigma[k];
  }
  if (n == 0) return 1.0;
  gsl_sort(ratio, 1, n);
  return gsl_stats_quantile_from_sorted_data(ratio, 1, n, CUXAS_INTERVAL_PART) / CUXAS_INTERVAL_SIGMA;
}

static void widen(const held_points *p, size_t i_fold, double factor)
{
  for (size_t i = 0; i < p->n_row; i++)
    for (size_t k = i * p->n_energy; p->fold[i] == i_fold && k < (i + 1) * p->n_energy; k++)
      p->sigma[k] *= (float)factor;
}

static double find_coverage(const held_points *p)
{
  size_t n = 0, n_within = 0;
  for (size_t i = 0; i < p->n_row; i++) {
    if (!p->known[i] || isnan(p->judged[i])) continue;
    for (size_t k = i * p->n_energy; k < (i + 1) * p->n_energy; k++) {
      if (!(p->sigma[k] > 0.0f)) continue;
      n++;
      n_within += fabs((double)p->mu[k] - (double)p->target[k]) <= CUXAS_INTERVAL_SIGMA * (double)p->sigma[k];
    }
  }
  return n > 0 ? (double)n_within / (double)n : NAN;
}

/* calibrate_head() - factor (n_fold) and ratio are scratch */
static void calibrate_head(const held_points *p, size_t n_fold, double *factor, double *ratio, double *ret_factor,
                           double *ret_coverage)
{
  *ret_factor = find_factor(p, ALL_FOLDS, ratio);
  for (size_t k = 0; k < n_fold; k++) factor[k] = find_factor(p, (long)k, ratio);
  for (size_t k = 0; k < n_fold; k++) widen(p, k, factor[k]);
  *ret_coverage = find_coverage(p);
}

cuxas_status cuxas_crossval_calibrate(const cuxas_dataset *dataset, cuxas_crossval *crossval, cuxas_error *err)
{
  size_t n_fold = 0, n_energy = 0;
  for (size_t i = 0; i < crossval->n_row; i++)
    if (crossval->fold[i] >= n_fold) n_fold = crossval->fold[i] + 1;
  for (size_t e = 0; e < crossval->n_edge; e++)
    if (dataset->grid[e].n_energy > n_energy) n_energy = dataset->grid[e].n_energy;
  double *factor = cuxas_new_array(n_fold, sizeof *factor);
  double *ratio  = cuxas_new_array(crossval->n_row, n_energy * sizeof *ratio);
  if (factor == NULL || ratio == NULL) {
    free(factor);
    free(ratio);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory to calibrate %zu predictions", crossval->n_row);
  }
  for (size_t e = 0; e < crossval->n_edge; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      if (crossval->mu[e][channel] == NULL) continue;
      const held_points p = {crossval->n_row,
                             dataset->grid[e].n_energy,
                             dataset->target[e][channel],
                             dataset->known[e][channel],
                             crossval->mu[e][channel],
                             crossval->sigma[e][channel],
                             crossval->fold,
                             crossval->mae[e][channel][CUXAS_BY_MODEL]};
      calibrate_head(&p, n_fold, factor, ratio, &crossval->spread_factor[e][channel], &crossval->coverage[e][channel]);
    }
  free(factor);
  free(ratio);
  return CUXAS_OK;
}
