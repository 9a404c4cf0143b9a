/* search.c - shift, core-hole fraction and width at which a curve agrees best: by score, by correlation or by MAE
 *
 * Contents: 1. a maximum in a bracket  2. agreement at a shift and a fraction  3. the fraction, by MAE and correlation  4. the shift, by MAE or correlation  5. all of them by score */
#include "match/search.h"
#include "base/memory.h"
#include "spectrum/curve.h"
#include "match/query.h"
#include "match/whiten.h"

#include <math.h>
#include <stdlib.h>

/* ==== 1. a maximum in a bracket ==== */

#define GOLDEN 0.61803398874989485 /* (sqrt(5) - 1) / 2 */

typedef struct {
  double x, value;
} point;

static point evaluate(cuxas_objective *objective, void *user, double x)
{
  const double value = objective(x, user);
  return (point){x, isnan(value) ? -INFINITY : value};
}

static void keep_better(point candidate, point *best)
{
  if (candidate.value > best->value) *best = candidate;
}

double cuxas_golden_maximum(cuxas_objective *objective, void *user, double low, double high, double width,
                            double *ret_value)
{
  point best  = evaluate(objective, user, low);
  point left  = evaluate(objective, user, high - GOLDEN * (high - low));
  point right = evaluate(objective, user, low + GOLDEN * (high - low));
  keep_better(evaluate(objective, user, high), &best);
  keep_better(left, &best);
  keep_better(right, &best);
  while (high - low > width) {
    if (left.value >= right.value) {
      high  = right.x;
      right = left;
      left  = evaluate(objective, user, high - GOLDEN * (high - low));
      keep_better(left, &best);
    } else {
      low   = left.x;
      left  = right;
      right = evaluate(objective, user, low + GOLDEN * (high - low));
      keep_better(right, &best);
    }
  }
  *ret_value = best.value;
  return best.x;
}

/* ==== 2. agreement at a shift and a fraction ==== */

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
  fit->trial   = cuxas_new(err, fit->n_trial, sizeof *fit->trial);
  if (fit->trial == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < fit->n_trial; i++) {
    const double shift_eV  = center_eV + ((double)i - (double)n_side) * step_eV;
    fit->trial[i].shift_eV = fmin(fmax(shift_eV, fit->low_eV), fit->high_eV);
  }
  return CUXAS_OK;
}

static cuxas_status allocate_rows(cuxas_fit *fit, cuxas_error *err)
{
  const size_t n_energy = fit->query->grid.n_energy;
  fit->work             = cuxas_new(err, n_energy, 6 * sizeof *fit->work);
  if (fit->work == NULL) return CUXAS_ENOMEM;
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
  cuxas_fit *fit = cuxas_new(err, 1, sizeof *fit);
  if (fit == NULL) return CUXAS_ENOMEM;
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

/* ==== 3. the fraction, by MAE and correlation ==== */

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

static double agreement_of_fraction(double hole_fraction, void *user)
{
  cuxas_fit   *fit      = user;
  const double shift_eV = estimate_shift_eV(fit, hole_fraction);
  if (isnan(shift_eV)) return NAN;
  return cuxas_fit_correlation(fit, shift_eV, hole_fraction) - MAE_WEIGHT * cuxas_fit_mae(fit, shift_eV, hole_fraction);
}

#define TIE 1e-9 /* agreements this near to each other differ by rounding alone */

cuxas_status cuxas_fit_hole(cuxas_fit *fit, double *ret_hole_fraction, cuxas_error *err)
{
  double top = -INFINITY;
  for (int i = N_SCAN; i >= 0; i--) { /* from the larger fraction: it keeps a tie */
    const double fraction = (double)i / N_SCAN;
    const double value    = agreement_of_fraction(fraction, fit);
    if (value > top + TIE) {
      top                = value;
      *ret_hole_fraction = fraction;
    }
  }
  if (isinf(top)) return cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat or cannot be scaled at any shift");

  double       refined;
  const double low = fmax(0.0, *ret_hole_fraction - 1.0 / N_SCAN), high = fmin(1.0, *ret_hole_fraction + 1.0 / N_SCAN);
  const double fraction = cuxas_golden_maximum(agreement_of_fraction, fit, low, high, FRACTION_WIDTH, &refined);
  if (refined > top + TIE) *ret_hole_fraction = fraction;
  return CUXAS_OK;
}

/* ==== 4. the shift, by MAE or correlation ==== */

#define SHIFT_WIDTH_EV 1e-3

typedef struct {
  cuxas_fit *fit;
  double     hole_fraction;
} shift_at_fraction;

static double criterion_of_shift(double shift_eV, void *user)
{
  const shift_at_fraction *at = user;
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

  double            top = cuxas_fit_trial_criterion(fit, best, hole_fraction);
  shift_at_fraction at  = {fit, hole_fraction};
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

/* ==== 5. all of them by score ==== */

#define TIE 1e-9 /* scores this close are equal: rounding must not decide */
enum { N_FRACTION = 20, N_WIDTH = 5 };
static const double WIDTH_FACTOR[N_WIDTH] = {1.0, 0.8, 1.25, 0.6, 1.6}; /* the usual one first: it keeps ties */

/* -- the score of one shift, width and fraction -- */

/* Products at one shift and width: channels 0 and 1 (one channel counts as two equal ones), measured curve m. */
typedef struct {
  bool   is_usable;
  double s00, s01, s11, s0m, s1m, smm;
} products;

typedef struct {
  const cuxas_query            *query;
  const cuxas_compare_settings *settings;
  cuxas_resampled              *curve; /* of the width looked at */
  double                        fwhm_eV;
  cuxas_whitening               whitening;
  cuxas_whitened                measured;        /* over the span that the whitening is aimed at */
  double                        measured_square; /* whitened */
  double                        measured_size;   /* as it is */
  size_t                        n_needed;        /* points that must overlap */
  bool                          fit_hole, is_fixed;
  double                        low_eV, high_eV;
  double                        metric; /* B of compare.h */
  double                       *work;   /* rows of n_energy: */
  double                       *row[5]; /*   two to read curves, three filtered */
} score_fit;

/* The measured curve's own products, kept until another span is looked at: most shifts share one. */
static void look_at_measured(score_fit *fit, cuxas_span span)
{
  const cuxas_span before = fit->whitening.span;
  if (before.n_point == span.n_point && before.first == span.first) return;
  const double *mu = fit->query->mu + span.first;
  cuxas_whitening_aim(&fit->whitening, span, fit->row[0]);
  fit->measured        = cuxas_whiten(&fit->whitening, mu, fit->row[4]);
  fit->measured_square = cuxas_whitened_square(&fit->whitening, &fit->measured);
  fit->measured_size   = cuxas_whiten_dot(mu, mu, span.n_point);
}

static products find_products(score_fit *fit, double shift_eV)
{
  const cuxas_span span   = cuxas_resampled_overlap(fit->curve, fit->query->grid, shift_eV);
  products         result = {.is_usable = span.n_point >= fit->n_needed};
  if (!result.is_usable) return result;

  const cuxas_whitening *w = &fit->whitening;
  look_at_measured(fit, span);
  cuxas_resampled_read(fit->curve, 0, fit->query->grid, span, shift_eV, fit->row[0]);
  const cuxas_whitened x0         = cuxas_whiten(w, fit->row[0], fit->row[2]);
  const double         first_size = cuxas_whiten_dot(fit->row[0], fit->row[0], span.n_point);
  result.s00 = result.s01 = result.s11 = cuxas_whitened_square(w, &x0);
  result.s0m = result.s1m = cuxas_whitened_product(w, &x0, &fit->measured);
  result.smm              = fit->measured_square;
  if (fit->curve->n_channel == 2) {
    cuxas_resampled_read(fit->curve, 1, fit->query->grid, span, shift_eV, fit->row[1]);
    const cuxas_whitened x1 = cuxas_whiten(w, fit->row[1], fit->row[3]);
    result.s01              = cuxas_whitened_product(w, &x0, &x1);
    result.s11              = cuxas_whitened_square(w, &x1);
    result.s1m              = cuxas_whitened_product(w, &x1, &fit->measured);
  }
  if (!(result.s00 > FLAT * first_size) || !(result.smm > FLAT * fit->measured_size)) result.is_usable = false;
  return result;
}

double cuxas_score_of_correlation(double n_independent, double r_square)
{
  return -0.5 * n_independent * log(fmax(1.0 - r_square, 1e-12));
}

/* Above that of a featureless curve, before priors. */
static double score_of_square(const score_fit *fit, double r_square)
{
  const double n = fit->settings->score.n_independent;
  return cuxas_score_of_correlation(n, r_square) - 0.5 * n * fit->metric;
}

static double penalty(cuxas_prior prior, double value)
{
  const double z = (value - prior.mean) / prior.sd; /* 0 where nothing is known */
  return 0.5 * z * z;
}

/* Of shift and width. */
static double penalise_place(const score_fit *fit, double shift_eV)
{
  const double usual_eV = fit->settings->fwhm_eV;
  double       sum      = fit->is_fixed ? 0.0 : penalty(fit->settings->shift_prior, shift_eV);
  if (fit->fwhm_eV > 0.0 && usual_eV > 0.0)
    sum += penalty((cuxas_prior){log(usual_eV), fit->settings->score.width_sd}, log(fit->fwhm_eV));
  return sum;
}

static double score_of(const score_fit *fit, const products *p, double shift_eV, double a)
{
  const double b          = 1.0 - a;
  const double variance   = a * a * p->s00 + 2.0 * a * b * p->s01 + b * b * p->s11;
  const double covariance = a * p->s0m + b * p->s1m;
  const double r_square   = variance > 0.0 && covariance > 0.0 ? covariance * covariance / (variance * p->smm) : 0.0;
  const double penalties  = fit->fit_hole ? penalty(fit->settings->hole_prior, a) : 0.0;
  return score_of_square(fit, r_square) - penalties - penalise_place(fit, shift_eV);
}

/* What no fraction can exceed at this shift: the score of the best sum of both channels, whatever their signs. */
static double bound_score(const score_fit *fit, const products *p, double shift_eV)
{
  const double determinant = p->s00 * p->s11 - p->s01 * p->s01;
  if (!(determinant > 1e-9 * p->s00 * p->s11)) return INFINITY;
  const double explained =
      (p->s0m * p->s0m * p->s11 - 2.0 * p->s0m * p->s1m * p->s01 + p->s1m * p->s1m * p->s00) / determinant;
  return score_of_square(fit, explained / p->smm) - penalise_place(fit, shift_eV);
}

/* -- the largest score -- */

static size_t count_side(const score_fit *fit)
{
  return fit->is_fixed ? 0 : (size_t)ceil(fit->settings->window_eV / fit->query->grid.step_eV - 1e-6);
}

/* Whole steps from the window's centre: centre, one below, one above, two below ...; the borders close it. */
static double trial_shift_eV(const score_fit *fit, size_t i_trial)
{
  const double n_step    = i_trial % 2 == 1 ? -(double)((i_trial + 1) / 2) : (double)(i_trial / 2);
  const double center_eV = 0.5 * (fit->low_eV + fit->high_eV);
  return fmin(fmax(center_eV + n_step * fit->query->grid.step_eV, fit->low_eV), fit->high_eV);
}

static double measure_square(cuxas_whitening whitening, const cuxas_query *query, double *const row[2])
{
  cuxas_whitening_aim(&whitening, (cuxas_span){0, query->grid.n_energy}, row[0]);
  const cuxas_whitened measured = cuxas_whiten(&whitening, query->mu, row[1]);
  return cuxas_whitened_square(&whitening, &measured);
}

/* B of compare.h. */
static double find_metric(score_fit *fit)
{
  const size_t           n_energy = fit->query->grid.n_energy;
  cuxas_compare_settings theory   = *fit->settings;
  double                 sum      = 0.0;
  const double           square   = measure_square(fit->whitening, fit->query, fit->row);
  for (size_t i = 0; i < n_energy; i++) sum -= log(fit->whitening.weight[i]);
  theory.opt_errors = NULL;
  const double plain =
      measure_square(cuxas_whitening_begin(fit->query, &theory, fit->whitening.nuisance[0]), fit->query, fit->row);
  fit->whitening = cuxas_whitening_begin(fit->query, fit->settings, fit->whitening.nuisance[0]);
  return plain > 0.0 && square > 0.0 ? log(square / plain) + 2.0 * sum / (double)n_energy : 0.0;
}

static cuxas_status begin(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                          score_fit *fit, cuxas_error *err)
{
  const size_t n_energy  = query->grid.n_energy;
  const bool   is_fixed  = settings->shift_mode == CUXAS_SHIFT_FIXED;
  const double center_eV = is_fixed ? settings->fixed_shift_eV : settings->center_shift_eV;
  const double window_eV = is_fixed ? 0.0 : settings->window_eV;

  *fit      = (score_fit){.query    = query,
                          .settings = settings,
                          .fit_hole = settings->fit_hole && curve->screened_hole != NULL,
                          .is_fixed = is_fixed,
                          .low_eV   = center_eV - window_eV,
                          .high_eV  = center_eV + window_eV};
  fit->work = cuxas_new(err, n_energy, (5 + CUXAS_WHITENING_ROWS) * sizeof *fit->work);
  if (fit->work == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < 5; i++) fit->row[i] = fit->work + i * n_energy;
  fit->whitening = cuxas_whitening_begin(query, settings, fit->work + 5 * n_energy);
  if (settings->opt_errors != NULL) fit->metric = find_metric(fit);
  return CUXAS_OK;
}

static void end(score_fit *fit)
{
  cuxas_resampled_free(fit->curve);
  free(fit->work);
}

static cuxas_status take_width(score_fit *fit, const cuxas_curve *curve, double fwhm_eV, cuxas_error *err)
{
  cuxas_resampled_free(fit->curve);
  fit->curve   = NULL;
  fit->fwhm_eV = fwhm_eV;
  return cuxas_resampled_new(curve, fwhm_eV, fit->query->grid, fit->low_eV, fit->high_eV, &fit->curve, err);
}

static cuxas_status find_needed(score_fit *fit, cuxas_error *err)
{
  return cuxas_resampled_needed(fit->curve, fit->query->grid, fit->low_eV, fit->high_eV, &fit->n_needed, err);
}

/* All whole steps and fractions of the present width. */
static void scan(score_fit *fit, cuxas_found *best)
{
  const size_t n_trial = 2 * count_side(fit) + 1;
  for (size_t i = 0; i < n_trial; i++) {
    const double   shift_eV = trial_shift_eV(fit, i);
    const products p        = find_products(fit, shift_eV);
    if (!p.is_usable || (fit->fit_hole && bound_score(fit, &p, shift_eV) < best->score)) continue;
    for (int k = fit->fit_hole ? N_FRACTION : 0; k >= 0; k--) { /* the larger fraction keeps a tie */
      const double a     = fit->fit_hole ? (double)k / N_FRACTION : best->hole_fraction;
      const double score = score_of(fit, &p, shift_eV, a);
      if (score > best->score + TIE)
        *best = (cuxas_found){.shift_eV = shift_eV, .hole_fraction = a, .fwhm_eV = fit->fwhm_eV, .score = score};
    }
  }
}

/* The best fraction near one, at a shift. */
typedef struct {
  score_fit *fit;
  double     near;     /* fraction found at the whole step */
  double     fraction; /* best one at the shift asked for last */
  double     shift_eV;
  products   p;
} around;

static double score_of_fraction(double fraction, void *user)
{
  const around *at = user;
  return score_of(at->fit, &at->p, at->shift_eV, fraction);
}

static double score_of_shift(double shift_eV, void *user)
{
  around *at   = user;
  at->shift_eV = shift_eV;
  at->p        = find_products(at->fit, shift_eV);
  at->fraction = at->near;
  if (!at->p.is_usable) return NAN;
  if (!at->fit->fit_hole) return score_of_fraction(at->near, at);
  double       value;
  const double low = fmax(0.0, at->near - 1.0 / N_FRACTION), high = fmin(1.0, at->near + 1.0 / N_FRACTION);
  at->fraction = cuxas_golden_maximum(score_of_fraction, at, low, high, FRACTION_WIDTH, &value);
  return value;
}

/* Between whole steps. */
static void refine(score_fit *fit, cuxas_found *best)
{
  around       at      = {.fit = fit, .near = best->hole_fraction};
  const double here_eV = best->shift_eV, step_eV = fit->query->grid.step_eV;
  for (int side = -1; side <= 1; side++) {
    const double low_eV  = fmax(fit->low_eV, here_eV + (side < 0 ? -step_eV : 0.0));
    const double high_eV = fmin(fit->high_eV, here_eV + (side > 0 ? step_eV : 0.0));
    double       value   = NAN;
    const double shift_eV =
        side == 0 ? here_eV : cuxas_golden_maximum(score_of_shift, &at, low_eV, high_eV, SHIFT_WIDTH_EV, &value);
    value = score_of_shift(shift_eV, &at); /* once more: for its fraction */
    if (value > best->score + TIE) {
      best->shift_eV      = shift_eV;
      best->hole_fraction = at.fraction;
      best->score         = value;
    }
  }
}

cuxas_status cuxas_score_fit(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                             cuxas_found *ret_found, cuxas_error *err)
{
  cuxas_status      status;
  score_fit         fit;
  const cuxas_found none    = {.score         = -INFINITY,
                               .hole_fraction = curve->screened_hole != NULL ? settings->hole_fraction : 1.0};
  cuxas_found       best    = none;
  const size_t      n_width = settings->fit_fwhm && settings->fwhm_eV > 0.0 ? N_WIDTH : 1;

  if ((status = begin(query, curve, settings, &fit, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < n_width; i++) {
    if ((status = take_width(&fit, curve, settings->fwhm_eV * WIDTH_FACTOR[i], err)) != CUXAS_OK) goto done;
    if (i == 0 && (status = find_needed(&fit, err)) != CUXAS_OK) goto done;
    cuxas_found here = none;
    scan(&fit, &here);
    if (isinf(here.score)) continue;
    refine(&fit, &here); /* before widths are compared: a wrong one may be better at whole steps */
    if (here.score > best.score + TIE) best = here;
  }
  if (isinf(best.score)) {
    status = cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat or cannot be scaled at any shift");
    goto done;
  }
  const double half_step_eV = 0.5 * query->grid.step_eV;
  best.at_limit =
      !fit.is_fixed && (best.shift_eV < fit.low_eV + half_step_eV || best.shift_eV > fit.high_eV - half_step_eV);
  *ret_found = best;
done:
  end(&fit);
  return status;
}

cuxas_status cuxas_score_at(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                            cuxas_found *found, cuxas_error *err)
{
  cuxas_status status;
  score_fit    fit;
  products     p;
  if ((status = begin(query, curve, settings, &fit, err)) != CUXAS_OK) goto done;
  if ((status = take_width(&fit, curve, found->fwhm_eV, err)) != CUXAS_OK) goto done;
  if ((status = find_needed(&fit, err)) != CUXAS_OK) goto done;
  p = find_products(&fit, found->shift_eV);
  if (p.is_usable)
    found->score = score_of(&fit, &p, found->shift_eV, found->hole_fraction);
  else
    status = cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat or cannot be scaled");
done:
  end(&fit);
  return status;
}
