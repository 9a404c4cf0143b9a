#include "records/steepest_priv.h"

#include <math.h>

double cuxas_steepest_eV(const double *energy_eV, const double *mu, size_t n_point)
{
  size_t best  = 1;
  double slope = -INFINITY;
  for (size_t i = 1; i < n_point; i++) {
    const double here = (mu[i] - mu[i - 1]) / (energy_eV[i] - energy_eV[i - 1]);
    if (here > slope) {
      slope = here;
      best  = i;
    }
  }
  return 0.5 * (energy_eV[best - 1] + energy_eV[best]);
}
