#include "match/fit_priv.h"

#include "base/memory.h"
#include "spectrum/curve.h"
#include "match/scale.h"

#include <math.h>
#include <stdlib.h>

#define FLAT 1e-20 /* variance beside the square of the values: rounding, not structure */

/* A variance that is only rounding is made 0, so that a flat curve has no correlation. */
static double clean_variance(double sum_of_squares, double mean, size_t n)
{
  return sum_of_squares > FLAT * mean * mean * (double)n ? sum_of_squares : 0.0;
}

static cuxas_moments find_moments(size_t n_channel, double *const *x, const double *m, size_t n)
{
  const double *x0 = x[0], *x1 = x[n_channel - 1]; /* one channel counts as two equal ones */
  double        mean_0 = 0.0, mean_1 = 0.0, mean_m = 0.0;
#pragma omp simd reduction(+ : mean_0, mean_1, mean_m)
  for (size_t i = 0; i < n; i++) {
    mean_0 += x0[i];
    mean_1 += x1[i];
    mean_m += m[i];
  }
  mean_0 /= (double)n;
  mean_1 /= (double)n;
  mean_m /= (double)n;

  double s00 = 0.0, s01 = 0.0, s11 = 0.0, s0m = 0.0, s1m = 0.0, smm = 0.0;
#pragma omp simd reduction(+ : s00, s01, s11, s0m, s1m, smm)
  for (size_t i = 0; i < n; i++) {
    const double d0 = x0[i] - mean_0, d1 = x1[i] - mean_1, dm = m[i] - mean_m;
    s00 += d0 * d0;
    s01 += d0 * d1;
    s11 += d1 * d1;
    s0m += d0 * dm;
    s1m += d1 * dm;
    smm += dm * dm;
  }
  return (cuxas_moments){
      .s00 = clean_variance(s00, mean_0, n),
      .s01 = s01,
      .s11 = clean_variance(s11, mean_1, n),
      .s0m = s0m,
      .s1m = s1m,
      .smm = clean_variance(smm, mean_m, n),
  };
}

/* Pearson's r of a x0 + (1 - a) x1 with m; NaN when either is flat. */
static double correlate(const cuxas_moments *moments, double a)
{
  const double b          = 1.0 - a;
  const double variance   = a * a * moments->s00 + 2.0 * a * b * moments->s01 + b * b * moments->s11;
  const double covariance = a * moments->s0m + b * moments->s1m;
  return variance > 0.0 && moments->smm > 0.0 ? covariance / sqrt(variance * moments->smm) : NAN;
}

static void differentiate(const double *mu, size_t n, double *ret_slope)
{
#pragma omp simd
  for (size_t i = 1; i < n - 1; i++) ret_slope[i] = 0.5 * (mu[i + 1] - mu[i - 1]);
}

/* The channels at a shift into fit->channel. */
static cuxas_span read_channels(cuxas_fit *fit, double shift_eV)
{
  const cuxas_span span = cuxas_resampled_overlap(fit->curve, fit->query->grid, shift_eV);
  if (span.n_point < fit->n_needed) return (cuxas_span){0, 0};
  for (size_t i = 0; i < fit->curve->n_channel; i++)
    cuxas_resampled_read(fit->curve, i, fit->query->grid, span, shift_eV, fit->channel[i]);
  return span;
}

static cuxas_trial make_trial(cuxas_fit *fit, double shift_eV)
{
  cuxas_trial      trial = {.shift_eV = shift_eV};
  const cuxas_span span  = read_channels(fit, shift_eV);
  if (span.n_point == 0) return trial;

  double *inner[CUXAS_RESAMPLE_MAX_CHANNEL] = {0};
  for (size_t i = 0; i < fit->curve->n_channel; i++) {
    differentiate(fit->channel[i], span.n_point, fit->slope[i]);
    inner[i] = fit->slope[i] + 1;
  }
  trial.is_usable = true;
  trial.value     = find_moments(fit->curve->n_channel, fit->channel, fit->measured + span.first, span.n_point);
  trial.slope     = find_moments(fit->curve->n_channel, inner, fit->measured_slope + span.first + 1, span.n_point - 2);
  return trial;
}

static double correlate_trial(const cuxas_trial *trial, double hole_fraction)
{
  if (!trial->is_usable) return NAN;
  return correlate(&trial->value, hole_fraction) + correlate(&trial->slope, hole_fraction);
}

/* The window in whole steps from its centre; where it is no multiple of the step, its borders close it. */
static cuxas_status plan_trials(cuxas_fit *fit, cuxas_error *err)
{
  const cuxas_compare_settings *settings  = fit->settings;
  const double                  step_eV   = fit->query->grid.step_eV;
  const bool                    is_fixed  = settings->shift_mode == CUXAS_SHIFT_FIXED;
  const double                  center_eV = is_fixed ? settings->fixed_shift_eV : settings->center_shift_eV;
  const double                  window_eV = is_fixed ? 0.0 : settings->window_eV;
  const size_t                  n_side    = (size_t)ceil(window_eV / step_eV - 1e-6);

  fit->low_eV  = center_eV - window_eV;
  fit->high_eV = center_eV + window_eV;
  fit->n_trial = 2 * n_side + 1;
  fit->trial   = cuxas_new_array(fit->n_trial, sizeof *fit->trial);
  if (fit->trial == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu shifts", fit->n_trial);
  for (size_t i = 0; i < fit->n_trial; i++) {
    const double shift_eV  = center_eV + ((double)i - (double)n_side) * step_eV;
    fit->trial[i].shift_eV = fmin(fmax(shift_eV, fit->low_eV), fit->high_eV);
  }
  return CUXAS_OK;
}

static cuxas_status allocate_rows(cuxas_fit *fit, cuxas_error *err)
{
  const size_t n_energy = fit->query->grid.n_energy;
  fit->work             = cuxas_new_array(n_energy, 6 * sizeof *fit->work);
  if (fit->work == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a fit of %zu points", n_energy);
  double **row[6] = {&fit->measured,   &fit->measured_slope, &fit->channel[0],
                     &fit->channel[1], &fit->slope[0],       &fit->slope[1]};
  for (size_t i = 0; i < 6; i++) *row[i] = fit->work + i * n_energy;
  return CUXAS_OK;
}

cuxas_status cuxas_fit_new(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                           cuxas_fit **ret_fit, cuxas_error *err)
{
  cuxas_status     status = CUXAS_OK;
  const cuxas_span all    = {0, query->grid.n_energy};
  cuxas_line       line;

  *ret_fit       = NULL;
  cuxas_fit *fit = cuxas_new_array(1, sizeof *fit);
  if (fit == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a fit");
  fit->query    = query;
  fit->settings = settings;
  if ((status = plan_trials(fit, err)) != CUXAS_OK) goto done;
  if ((status = allocate_rows(fit, err)) != CUXAS_OK) goto done;
  if ((status = cuxas_resampled_new(curve, settings->fwhm_eV, query->grid, fit->low_eV, fit->high_eV, &fit->curve,
                                    err)) != CUXAS_OK)
    goto done;
  if ((status = cuxas_resampled_needed(fit->curve, query->grid, fit->low_eV, fit->high_eV, &fit->n_needed, err)) !=
      CUXAS_OK)
    goto done;
  if (!cuxas_scale_measured(CUXAS_SCALE_MINMAX, query, all, query->mu, &line)) {
    status = cuxas_fail(err, CUXAS_ENUMERIC, "measured curve is flat");
    goto done;
  }
  cuxas_scale_apply(line, query->mu, all.n_point, fit->measured);
  differentiate(fit->measured, all.n_point, fit->measured_slope);
  for (size_t i = 0; i < fit->n_trial; i++) fit->trial[i] = make_trial(fit, fit->trial[i].shift_eV);

  *ret_fit = fit;
  fit      = NULL;
done:
  cuxas_fit_free(fit);
  return status;
}

void cuxas_fit_free(cuxas_fit *fit)
{
  if (fit == NULL) return;
  cuxas_resampled_free(fit->curve);
  free(fit->trial);
  free(fit->work);
  free(fit);
}

cuxas_span cuxas_fit_read(cuxas_fit *fit, double shift_eV, double hole_fraction, double *ret_mu)
{
  const cuxas_span span = read_channels(fit, shift_eV);
  const double    *x0 = fit->channel[0], *x1 = fit->channel[fit->curve->n_channel - 1];
  if (fit->curve->n_channel == 1) hole_fraction = 1.0;
#pragma omp simd
  for (size_t i = 0; i < span.n_point; i++) ret_mu[i] = hole_fraction * x0[i] + (1.0 - hole_fraction) * x1[i];
  return span;
}

double cuxas_fit_correlation(cuxas_fit *fit, double shift_eV, double hole_fraction)
{
  const cuxas_trial trial = make_trial(fit, shift_eV);
  return correlate_trial(&trial, hole_fraction);
}

double cuxas_fit_mae(cuxas_fit *fit, double shift_eV, double hole_fraction)
{
  double          *mixed = fit->slope[0], *scaled = fit->slope[1]; /* free while no slopes are looked at */
  const cuxas_span span = cuxas_fit_read(fit, shift_eV, hole_fraction, mixed);
  cuxas_line       line;
  if (span.n_point == 0) return NAN;

  const double *measured = fit->measured + span.first;
  if (!cuxas_scale_measured(fit->settings->scale, fit->query, span, measured, &line)) return NAN;
  cuxas_scale_apply(line, measured, span.n_point, scaled);
  if (!cuxas_scale_predicted(fit->settings->scale, fit->query, span, scaled, mixed, &line)) return NAN;
  cuxas_scale_apply(line, mixed, span.n_point, mixed);
  return cuxas_metric_mae(mixed, scaled, span.n_point);
}

double cuxas_fit_criterion(cuxas_fit *fit, double shift_eV, double hole_fraction)
{
  switch (fit->settings->criterion) {
  case CUXAS_CRITERION_SCORE: /* by score.c; the correlation is what comes nearest */
  case CUXAS_CRITERION_CORRELATION: return cuxas_fit_correlation(fit, shift_eV, hole_fraction);
  case CUXAS_CRITERION_MAE: return -cuxas_fit_mae(fit, shift_eV, hole_fraction);
  }
  return NAN;
}

double cuxas_fit_trial_criterion(cuxas_fit *fit, size_t i_trial, double hole_fraction)
{
  const cuxas_trial *trial = &fit->trial[i_trial];
  return fit->settings->criterion == CUXAS_CRITERION_MAE ? cuxas_fit_criterion(fit, trial->shift_eV, hole_fraction)
                                                         : correlate_trial(trial, hole_fraction);
}

size_t cuxas_fit_best_trial(cuxas_fit *fit, double hole_fraction)
{
  const size_t center = fit->n_trial / 2;
  size_t       best   = fit->n_trial;
  double       top    = -INFINITY;
  for (size_t i = 0; i < fit->n_trial; i++) { /* centre, one below, one above, two below, ... */
    const size_t i_trial = i % 2 == 1 ? center - (i + 1) / 2 : center + i / 2;
    const double value   = cuxas_fit_trial_criterion(fit, i_trial, hole_fraction);
    if (value > top) {
      top  = value;
      best = i_trial;
    }
  }
  return best;
}
