#include "evaluate/degrade.h"

#include "spectrum/curve.h"
#include "base/memory.h"
#include "cuxas/preprocess.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>

static cuxas_status check(const cuxas_degradation *how, double step_eV, double n_point, cuxas_error *err)
{
  const bool is_good = how->fwhm_eV >= 0.0 && how->saturation > -1.0 && how->noise >= 0.0 && how->stretch > -1.0 &&
                       isfinite(how->slope) && isfinite(how->pedestal) && isfinite(how->shift_eV) && step_eV > 0.0;
  if (!is_good) return cuxas_fail(err, CUXAS_ERANGE, "a degradation out of range");
  if (!(n_point >= CUXAS_PREPROCESS_MIN_POINT && n_point < 1e6))
    return cuxas_fail(err, CUXAS_ERANGE, "%.0f points are no scan", n_point);
  return CUXAS_OK;
}

static void disturb(const cuxas_degradation *how, double step_eV, uint64_t *random, cuxas_spectrum *spectrum)
{
  const double span_eV = (double)(spectrum->n_point - 1) * step_eV, start_eV = spectrum->energy_eV[0];
  for (size_t i = 0; i < spectrum->n_point; i++) {
    const double along_eV = (double)i * step_eV;
    double       y        = spectrum->mu[i];
    y                     = (1.0 + how->saturation) * y / (1.0 + how->saturation * y);
    y += how->slope * along_eV / span_eV + how->pedestal;
    if (how->noise > 0.0) y += how->noise * random_normal(random);
    spectrum->mu[i]        = y;
    spectrum->energy_eV[i] = start_eV + (1.0 + how->stretch) * along_eV + how->shift_eV;
  }
}

cuxas_status cuxas_degrade(cuxas_grid grid, const double *mu, const cuxas_degradation *how, double from_eV,
                           double to_eV, double step_eV, uint64_t *random, cuxas_spectrum **ret_spectrum,
                           cuxas_error *err)
{
  const double first_eV = fmax(from_eV, grid.start_eV), last_eV = fmin(to_eV, cuxas_grid_end_eV(grid));
  const double n_point = floor((last_eV - first_eV) / step_eV + 1e-6) + 1.0;
  cuxas_status status;

  *ret_spectrum = NULL;
  if ((status = check(how, step_eV, n_point, err)) != CUXAS_OK) return status;
  const cuxas_grid scan     = {first_eV, step_eV, (size_t)n_point};
  cuxas_spectrum  *spectrum = cuxas_spectrum_new(scan.n_energy);
  cuxas_spectrum  *broad    = cuxas_spectrum_new(grid.n_energy);
  if (spectrum == NULL || broad == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a scan");
    goto done;
  }
  if ((status = cuxas_broaden(grid, mu, how->fwhm_eV, broad->mu, err)) != CUXAS_OK) goto done;
  double top = mu[0];
  for (size_t i = 0; i < grid.n_energy; i++) {
    broad->energy_eV[i] = cuxas_grid_energy_eV(grid, i);
    top                 = fmax(top, mu[i]);
  }
  if (!(top > 0.0)) {
    status = cuxas_fail(err, CUXAS_ERANGE, "a spectrum that is nowhere positive");
    goto done;
  }
  for (size_t i = 0; i < grid.n_energy; i++) broad->mu[i] /= top;
  for (size_t i = 0; i < scan.n_energy; i++) spectrum->energy_eV[i] = cuxas_grid_energy_eV(scan, i);
  if ((status = cuxas_preprocess_resample(broad, scan, CUXAS_INTERPOLATE_STEFFEN, spectrum->mu, err)) != CUXAS_OK)
    goto done;
  disturb(how, step_eV, random, spectrum);
  *ret_spectrum = spectrum;
  spectrum      = NULL;
done:
  cuxas_spectrum_free(broad);
  cuxas_spectrum_free(spectrum);
  return status;
}
