#include "evaluate/uniformity.h"

#include <gsl/gsl_sort.h>
#include <math.h>

double cuxas_uniformity(double *value, size_t n, double *ret_distance)
{
  double distance = 0.0, sum = 0.0;
  gsl_sort(value, 1, n);
  for (size_t i = 0; i < n; i++) {
    distance = fmax(distance, value[i] - (double)i / (double)n);
    distance = fmax(distance, (double)(i + 1) / (double)n - value[i]);
  }
  if (ret_distance != NULL) *ret_distance = distance;
  const double root = sqrt((double)n), lambda = (root + 0.12 + 0.11 / root) * distance;
  if (lambda < 0.3) return 1.0; /* the series converges slowly here, and is 1 to 5 digits */
  for (int k = 1; k <= 40; k++) sum += (k % 2 == 1 ? 2.0 : -2.0) * exp(-2.0 * k * k * lambda * lambda);
  return fmin(1.0, fmax(0.0, sum));
}
