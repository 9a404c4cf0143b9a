#include "match/fit_priv.h"
#include "match/golden_priv.h"

#include <math.h>

enum { N_SCAN = 20 };
#define FRACTION_WIDTH 1e-3
#define MAE_WEIGHT 4.0 /* of the MAE against the two correlations */

/* Best shift for a fraction, near enough: a parabola through the criterion at the best trial and its neighbours. */
static double estimate_shift_eV(cuxas_fit *fit, double hole_fraction)
{
  const size_t best = cuxas_fit_best_trial(fit, hole_fraction);
  if (best == fit->n_trial) return NAN;
  const double shift_eV = fit->trial[best].shift_eV;
  if (best == 0 || best + 1 == fit->n_trial) return shift_eV;

  const double left      = cuxas_fit_trial_criterion(fit, best - 1, hole_fraction);
  const double top       = cuxas_fit_trial_criterion(fit, best, hole_fraction);
  const double right     = cuxas_fit_trial_criterion(fit, best + 1, hole_fraction);
  const double curvature = left - 2.0 * top + right;
  if (!(curvature < 0.0)) return shift_eV; /* also NaN */
  return shift_eV + 0.25 * (left - right) / curvature * (fit->trial[best + 1].shift_eV - fit->trial[best - 1].shift_eV);
}

static double agreement(double hole_fraction, void *user)
{
  cuxas_fit   *fit      = user;
  const double shift_eV = estimate_shift_eV(fit, hole_fraction);
  if (isnan(shift_eV)) return NAN;
  return cuxas_fit_correlation(fit, shift_eV, hole_fraction) - MAE_WEIGHT * cuxas_fit_mae(fit, shift_eV, hole_fraction);
}

cuxas_status cuxas_fit_hole(cuxas_fit *fit, double *ret_hole_fraction, cuxas_error *err)
{
  double top = -INFINITY;
  for (int i = N_SCAN; i >= 0; i--) { /* from the larger fraction: it keeps a tie */
    const double fraction = (double)i / N_SCAN;
    const double value    = agreement(fraction, fit);
    if (value > top) {
      top                = value;
      *ret_hole_fraction = fraction;
    }
  }
  if (isinf(top)) return cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat or cannot be scaled at any shift");

  double       refined;
  const double low = fmax(0.0, *ret_hole_fraction - 1.0 / N_SCAN), high = fmin(1.0, *ret_hole_fraction + 1.0 / N_SCAN);
  const double fraction = cuxas_golden_maximum(agreement, fit, low, high, FRACTION_WIDTH, &refined);
  if (refined > top) *ret_hole_fraction = fraction;
  return CUXAS_OK;
}
