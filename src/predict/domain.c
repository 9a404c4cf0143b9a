#include "predict/domain.h"

#include <assert.h>
#include <math.h>

double cuxas_domain_distance(const float *known, size_t n, size_t n_feature, size_t k, const float *feature)
{
  double nearest[CUXAS_DOMAIN_MAX_K + 1]; /* rising; one more than k while a distance is sorted in */
  size_t n_nearest = 0;
  assert(k >= 1 && k <= CUXAS_DOMAIN_MAX_K && n >= 1);
  for (size_t i = 0; i < n; i++, known += n_feature) {
    double square = 0.0;
    for (size_t j = 0; j < n_feature; j++) square += ((double)feature[j] - known[j]) * ((double)feature[j] - known[j]);
    const double distance = sqrt(square / (double)n_feature);
    size_t       place    = n_nearest;
    for (; place > 0 && nearest[place - 1] > distance; place--) nearest[place] = nearest[place - 1];
    nearest[place] = distance;
    if (n_nearest < k) n_nearest++;
  }
  double sum = 0.0;
  for (size_t i = 0; i < n_nearest; i++) sum += nearest[i];
  return sum / (double)n_nearest;
}
