#include "match/fit_priv.h"
#include "match/golden_priv.h"

#include <math.h>

#define SHIFT_WIDTH_EV 1e-3

typedef struct {
  cuxas_fit *fit;
  double     hole_fraction;
} at_fraction;

static double criterion_of_shift(double shift_eV, void *user)
{
  const at_fraction *at = user;
  return cuxas_fit_criterion(at->fit, shift_eV, at->hole_fraction);
}

cuxas_status cuxas_fit_shift(cuxas_fit *fit, double hole_fraction, double *ret_shift_eV, bool *ret_at_limit,
                             cuxas_error *err)
{
  const size_t best = cuxas_fit_best_trial(fit, hole_fraction);
  if (best == fit->n_trial) return cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat or cannot be scaled at any shift");

  *ret_shift_eV = fit->trial[best].shift_eV;
  *ret_at_limit = false;
  if (fit->n_trial == 1) return CUXAS_OK;

  double      top = cuxas_fit_trial_criterion(fit, best, hole_fraction);
  at_fraction at  = {fit, hole_fraction};
  for (int side = 0; side < 2; side++) { /* each by itself: the MAE can have an optimum on both sides of a step */
    const size_t neighbor = side == 0 ? best - (best > 0) : best + (best + 1 < fit->n_trial);
    const double low_eV   = fmin(fit->trial[best].shift_eV, fit->trial[neighbor].shift_eV);
    const double high_eV  = fmax(fit->trial[best].shift_eV, fit->trial[neighbor].shift_eV);
    double       value;
    const double shift_eV = cuxas_golden_maximum(criterion_of_shift, &at, low_eV, high_eV, SHIFT_WIDTH_EV, &value);
    if (value > top) {
      top           = value;
      *ret_shift_eV = shift_eV;
    }
  }
  const double half_step_eV = 0.5 * fit->query->grid.step_eV;
  *ret_at_limit             = *ret_shift_eV < fit->low_eV + half_step_eV || *ret_shift_eV > fit->high_eV - half_step_eV;
  return CUXAS_OK;
}
