#include "spectrum/broaden.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIGMA_PER_FWHM 0.42466090014400953 /* 1 / (2 sqrt(2 ln 2)) */
#define CUT_SIGMA 4.0

cuxas_status cuxas_broaden(cuxas_grid grid, const double *mu, double fwhm_eV, double *ret_mu, cuxas_error *err)
{
  if (!(fwhm_eV >= 0.0) || isinf(fwhm_eV))
    return cuxas_fail(err, CUXAS_ERANGE, "broadening of %g eV: must be a number >= 0", fwhm_eV);

  const size_t n_energy   = grid.n_energy;
  const double sigma_step = fwhm_eV * SIGMA_PER_FWHM / grid.step_eV;
  const double reach_step = floor(CUT_SIGMA * sigma_step);
  const size_t n_half     = reach_step < (double)n_energy ? (size_t)reach_step : n_energy;
  if (n_half == 0 || n_energy == 0) {
    memcpy(ret_mu, mu, n_energy * sizeof *mu);
    return CUXAS_OK;
  }

  double *weight = cuxas_new_array(n_half + 1, sizeof *weight); /* of a point that many steps away */
  if (weight == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a kernel of %zu points", n_half + 1);
  for (size_t j = 0; j <= n_half; j++) {
    const double z = (double)j / sigma_step;
    weight[j]      = exp(-0.5 * z * z);
  }
  for (size_t i = 0; i < n_energy; i++) {
    const size_t first = i > n_half ? i - n_half : 0;
    const size_t last  = i + n_half < n_energy ? i + n_half : n_energy - 1;
    double       sum = 0.0, norm = 0.0;
    for (size_t k = first; k <= last; k++) {
      const double w = weight[k > i ? k - i : i - k];
      sum += w * mu[k];
      norm += w;
    }
    ret_mu[i] = sum / norm;
  }
  free(weight);
  return CUXAS_OK;
}
