#include "spectrum/metric.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>

double cuxas_metric_mae(const double *a, const double *b, size_t n_point)
{
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < n_point; i++) sum += fabs(a[i] - b[i]);
  return sum / (double)n_point;
}

static bool is_flat(const double *a, size_t n_point)
{
  for (size_t i = 1; i < n_point; i++)
    if (a[i] != a[0]) return false;
  return true;
}

double cuxas_metric_pearson(const double *a, const double *b, size_t n_point)
{
  if (is_flat(a, n_point) || is_flat(b, n_point)) return NAN;
  return gsl_stats_correlation(a, 1, b, 1, n_point);
}

double cuxas_metric_spearman(const double *a, const double *b, size_t n_point, double *work)
{
  if (is_flat(a, n_point) || is_flat(b, n_point)) return NAN;
  return gsl_stats_spearman(a, 1, b, 1, n_point, work); /* averages the ranks of ties */
}
