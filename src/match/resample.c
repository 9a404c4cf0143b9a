#include "match/resample_priv.h"

#include "spectrum/curve.h"
#include "base/memory.h"
#include "cuxas/predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OVERLAP_PART 0.6 /* of the largest overlap that a shift must keep, see compare.h */

/* The curve's points in the middle; a prediction's tail and plateau around them, a standard's end values. */
static void continue_curve(const cuxas_curve *curve, const double *mu, size_t n_below, size_t n_total, double *ret_mu)
{
  const size_t n_energy = curve->grid.n_energy;
  for (size_t i = 0; i < n_below; i++) {
    const double below_eV = (double)(n_below - i) * curve->grid.step_eV;
    ret_mu[i]             = mu[0] * (curve->extend ? exp(-below_eV / CUXAS_TAIL_EV) : 1.0);
  }
  memcpy(ret_mu + n_below, mu, n_energy * sizeof *mu);
  for (size_t i = n_below + n_energy; i < n_total; i++) ret_mu[i] = mu[n_energy - 1];
}

static bool is_finite(const double *mu, size_t n_energy)
{
  for (size_t i = 0; i < n_energy; i++)
    if (!isfinite(mu[i])) return false;
  return true;
}

cuxas_status cuxas_resampled_new(const cuxas_curve *curve, double fwhm_eV, cuxas_grid target, double low_eV,
                                 double high_eV, cuxas_resampled **ret_resampled, cuxas_error *err)
{
  cuxas_status     status                              = CUXAS_OK;
  cuxas_resampled *resampled                           = NULL;
  double          *raw                                 = NULL;
  const double     step_eV                             = target.step_eV;
  const double    *channel[CUXAS_RESAMPLE_MAX_CHANNEL] = {curve->no_hole, curve->screened_hole};

  *ret_resampled = NULL;
  if (curve->grid.n_energy == 0 || !(fabs(curve->grid.step_eV - step_eV) < 1e-9 * step_eV))
    return cuxas_fail(err, CUXAS_ERANGE, "curve has %zu points in steps of %g eV where %g eV is needed",
                      curve->grid.n_energy, curve->grid.step_eV, step_eV);
  const double from_eV = target.start_eV - high_eV,
               to_eV   = cuxas_grid_end_eV(target) - low_eV; /* on the curve's scale */
  if (!(curve->grid.start_eV < to_eV && cuxas_grid_end_eV(curve->grid) > from_eV))
    return cuxas_fail(err, CUXAS_ERANGE, "curve from %g to %g eV does not meet the measured range at any shift",
                      curve->grid.start_eV, cuxas_grid_end_eV(curve->grid));

  /* Beyond the target as far as the cubic (2 points) and the broadening (4 standard deviations) look. */
  const size_t n_margin = 4 + (size_t)ceil(2.0 * fwhm_eV / step_eV);
  const size_t n_below  = (size_t)fmax(0.0, ceil((curve->grid.start_eV - from_eV) / step_eV)) + n_margin;
  const size_t n_above  = (size_t)fmax(0.0, ceil((to_eV - cuxas_grid_end_eV(curve->grid)) / step_eV)) + n_margin;
  const size_t n_total  = n_below + curve->grid.n_energy + n_above;

  resampled = cuxas_new_array(1, sizeof *resampled);
  raw       = cuxas_new_array(n_total, sizeof *raw);
  if (resampled == NULL || raw == NULL) goto no_memory;
  resampled->grid      = (cuxas_grid){curve->grid.start_eV - (double)n_below * step_eV, step_eV, n_total};
  resampled->n_channel = curve->screened_hole != NULL ? 2 : 1;
  resampled->i_curve   = n_below;
  resampled->covered   = curve->grid;
  resampled->extend    = curve->extend;
  for (size_t i_channel = 0; i_channel < resampled->n_channel; i_channel++) {
    if (!is_finite(channel[i_channel], curve->grid.n_energy)) {
      status = cuxas_fail(err, CUXAS_ENUMERIC, "curve holds a value that is not finite");
      goto done;
    }
    resampled->mu[i_channel] = cuxas_new_array(n_total, sizeof **resampled->mu);
    if (resampled->mu[i_channel] == NULL) goto no_memory;
    continue_curve(curve, channel[i_channel], n_below, n_total, raw);
    if ((status = cuxas_broaden(resampled->grid, raw, fwhm_eV, resampled->mu[i_channel], err)) != CUXAS_OK) goto done;
  }
  *ret_resampled = resampled;
  resampled      = NULL;
  goto done;

no_memory:
  status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a curve of %zu points", n_total);
done:
  cuxas_resampled_free(resampled);
  free(raw);
  return status;
}

void cuxas_resampled_free(cuxas_resampled *resampled)
{
  if (resampled == NULL) return;
  for (size_t i = 0; i < CUXAS_RESAMPLE_MAX_CHANNEL; i++) free(resampled->mu[i]);
  free(resampled);
}

cuxas_span cuxas_resampled_overlap(const cuxas_resampled *resampled, cuxas_grid target, double shift_eV)
{
  if (resampled->extend) return (cuxas_span){0, target.n_energy};

  const double step_eV = target.step_eV, n_energy = (double)target.n_energy;
  const double first = ceil((resampled->covered.start_eV + shift_eV - target.start_eV) / step_eV - 1e-6);
  const double last  = floor((cuxas_grid_end_eV(resampled->covered) + shift_eV - target.start_eV) / step_eV + 1e-6);
  if (last < 0.0 || first > n_energy - 1.0 || last < first) return (cuxas_span){0, 0};
  const size_t i_first = first > 0.0 ? (size_t)first : 0;
  const size_t i_last  = last < n_energy - 1.0 ? (size_t)last : target.n_energy - 1;
  return (cuxas_span){i_first, i_last - i_first + 1};
}

cuxas_status cuxas_resampled_needed(const cuxas_resampled *resampled, cuxas_grid target, double low_eV, double high_eV,
                                    size_t *ret_n_needed, cuxas_error *err)
{
  const double center_eV = 0.5 * (low_eV + high_eV);
  const long   n_side    = (long)ceil(0.5 * (high_eV - low_eV) / target.step_eV - 1e-6);
  size_t       largest   = 0;
  for (long i = -n_side; i <= n_side; i++) {
    const double     shift_eV = fmin(fmax(center_eV + (double)i * target.step_eV, low_eV), high_eV);
    const cuxas_span span     = cuxas_resampled_overlap(resampled, target, shift_eV);
    if (span.n_point > largest) largest = span.n_point;
  }
  if (largest < CUXAS_COMPARE_MIN_POINTS)
    return cuxas_fail(err, CUXAS_ERANGE, "overlaps the measured range in %zu points at most, %d are needed", largest,
                      CUXAS_COMPARE_MIN_POINTS);
  const size_t part = (size_t)ceil(OVERLAP_PART * (double)largest);
  *ret_n_needed     = part > CUXAS_COMPARE_MIN_POINTS ? part : CUXAS_COMPARE_MIN_POINTS;
  return CUXAS_OK;
}

void cuxas_resampled_read(const cuxas_resampled *resampled, size_t i_channel, cuxas_grid target, cuxas_span span,
                          double shift_eV, double *ret_mu)
{
  const double position =
      (cuxas_grid_energy_eV(target, span.first) - shift_eV - resampled->grid.start_eV) / target.step_eV;
  const double  whole = floor(position + 1e-7); /* a shift of whole steps reads the points themselves */
  const double  t     = position - whole;
  const double *mu    = resampled->mu[i_channel] + (size_t)whole;

  if (t < 1e-7) {
    memcpy(ret_mu, mu, span.n_point * sizeof *mu);
    return;
  }
  const double weight[4] = {
      0.5 * t * (t * (2.0 - t) - 1.0),
      0.5 * (t * t * (3.0 * t - 5.0) + 2.0),
      0.5 * t * (t * (4.0 - 3.0 * t) + 1.0),
      0.5 * t * t * (t - 1.0),
  };
#pragma omp simd
  for (size_t i = 0; i < span.n_point; i++)
    ret_mu[i] = weight[0] * mu[(ptrdiff_t)i - 1] + weight[1] * mu[i] + weight[2] * mu[i + 1] + weight[3] * mu[i + 2];
}
