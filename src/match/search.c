/* search.c - shift, core-hole fraction and width at which a curve agrees best, by score or by MAE
 *
 * Contents: 1. a maximum in a bracket  2. agreement at a place  3. the best place  between its steps
 * 4. the score of a place  5. settings */
#include "match/search.h"
#include "base/clones.h"
#include "base/memory.h"
#include "spectrum/curve.h"
#include "match/query.h"
#include "match/scan.h"
#include "match/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* ==== 2. agreement at a place ==== */

#define FLAT 1e-20 /* square beside the square of the values: rounding, not structure */

/* The curve at one shift and width: by score its products with the measured curve m, channels 0 and 1 (one channel counts
 * as two equal ones); by MAE the channels themselves, in the first rows. */
typedef struct {
  bool       is_usable; /* enough points overlap */
  cuxas_span span;
  double     s00, s01, s11, s0m, s1m, smm;
} place;

typedef struct {
  const cuxas_query            *query;
  const cuxas_compare_settings *settings;
  bool                          by_mae;
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
  double                       *row[5]; /*   two channels, three to filter or to scale */
} search;

/* The measured curve's own products, kept until another span is looked at: most shifts share one. */
static void look_at_measured(search *s, cuxas_span span)
{
  const cuxas_span before = s->whitening.span;
  if (before.n_point == span.n_point && before.first == span.first) return;
  const double *mu = s->query->mu + span.first;
  cuxas_whitening_aim(&s->whitening, span, s->row[4]);
  s->measured        = cuxas_whiten(&s->whitening, mu, s->row[4]);
  s->measured_square = cuxas_whitened_square(&s->whitening, &s->measured);
  s->measured_size   = cuxas_whiten_dot(mu, mu, span.n_point);
}

static place look(search *s, double shift_eV)
{
  const cuxas_span span   = cuxas_resampled_overlap(s->curve, s->query->grid, shift_eV);
  place            result = {.is_usable = span.n_point >= s->n_needed, .span = span};
  if (!result.is_usable) return result;
  for (size_t i = 0; i < s->curve->n_channel; i++)
    cuxas_resampled_read(s->curve, i, s->query->grid, span, shift_eV, s->row[i]);
  if (s->by_mae) return result;

  const cuxas_whitening *w          = &s->whitening;
  const double           first_size = cuxas_whiten_dot(s->row[0], s->row[0], span.n_point);
  look_at_measured(s, span);
  const cuxas_whitened x0 = cuxas_whiten(w, s->row[0], s->row[2]);
  result.s00 = result.s01 = result.s11 = cuxas_whitened_square(w, &x0);
  result.s0m = result.s1m = cuxas_whitened_product(w, &x0, &s->measured);
  result.smm              = s->measured_square;
  if (s->curve->n_channel == 2) {
    const cuxas_whitened x1 = cuxas_whiten(w, s->row[1], s->row[3]);
    result.s01              = cuxas_whitened_product(w, &x0, &x1);
    result.s11              = cuxas_whitened_square(w, &x1);
    result.s1m              = cuxas_whitened_product(w, &x1, &s->measured);
  }
  if (!(result.s00 > FLAT * first_size) || !(result.smm > FLAT * s->measured_size)) result.is_usable = false;
  return result;
}

/* Minus the MAE on the scale of the settings, of the channels read last; NaN: cannot be scaled. */
static double mae_of(search *s, cuxas_span span, double a)
{
  const double *x0 = s->row[0], *x1 = s->row[s->curve->n_channel - 1], *measured = s->query->mu + span.first;
  double       *mixed = s->row[2], *scaled = s->row[3];
  cuxas_line    line;
#pragma omp simd
  for (size_t i = 0; i < span.n_point; i++) mixed[i] = a * x0[i] + (1.0 - a) * x1[i];
  if (!cuxas_scale_measured(s->settings->scale, s->query, span, measured, &line)) return NAN;
  cuxas_scale_apply(line, measured, span.n_point, scaled);
  if (!cuxas_scale_predicted(s->settings->scale, s->query, span, scaled, mixed, &line)) return NAN;
  cuxas_scale_apply(line, mixed, span.n_point, mixed);
  return -cuxas_metric_mae(mixed, scaled, span.n_point);
}

double cuxas_score_of_correlation(double n_independent, double r_square)
{
  return -0.5 * n_independent * log(fmax(1.0 - r_square, 1e-12));
}

/* Above that of a featureless curve, before priors. */
static double score_of_square(const search *s, double r_square)
{
  const double n = s->settings->score.n_independent;
  return cuxas_score_of_correlation(n, r_square) - 0.5 * n * s->metric;
}

double cuxas_prior_penalty(cuxas_prior prior, double value)
{
  const double z = (value - prior.mean) / prior.sd;
  return 0.5 * z * z;
}

/* Of shift and width. */
static double penalise_place(const search *s, double shift_eV)
{
  const double usual_eV = s->settings->fwhm_eV;
  double       sum      = s->is_fixed ? 0.0 : cuxas_prior_penalty(s->settings->shift_prior, shift_eV);
  if (s->fwhm_eV > 0.0 && usual_eV > 0.0)
    sum += cuxas_prior_penalty((cuxas_prior){log(usual_eV), s->settings->score.width_sd}, log(s->fwhm_eV));
  return sum;
}

static double score_of(const search *s, const place *p, double shift_eV, double a)
{
  const double b          = 1.0 - a;
  const double variance   = a * a * p->s00 + 2.0 * a * b * p->s01 + b * b * p->s11;
  const double covariance = a * p->s0m + b * p->s1m;
  const double r_square   = variance > 0.0 && covariance > 0.0 ? covariance * covariance / (variance * p->smm) : 0.0;
  const double penalties  = s->fit_hole ? cuxas_prior_penalty(s->settings->hole_prior, a) : 0.0;
  return score_of_square(s, r_square) - penalties - penalise_place(s, shift_eV);
}

/* What is to be large. */
static double value_of(search *s, const place *p, double shift_eV, double a)
{
  return s->by_mae ? mae_of(s, p->span, a) : score_of(s, p, shift_eV, a);
}

/* What no fraction can exceed at this shift: the score of the best sum of both channels, whatever their signs. */
static double bound_score(const search *s, const place *p, double shift_eV)
{
  const double determinant = p->s00 * p->s11 - p->s01 * p->s01;
  if (!(determinant > 1e-9 * p->s00 * p->s11)) return INFINITY;
  const double explained =
      (p->s0m * p->s0m * p->s11 - 2.0 * p->s0m * p->s1m * p->s01 + p->s1m * p->s1m * p->s00) / determinant;
  return score_of_square(s, explained / p->smm) - penalise_place(s, shift_eV);
}

/* ==== 3. the best place ==== */

#define FRACTION_WIDTH 1e-3
#define SHIFT_WIDTH_EV 1e-3
#define TIE 1e-9 /* values this close are equal: rounding must not decide */
enum { N_FRACTION = 20 };
/* The usual width first: it keeps ties. */
static const double WIDTH_FACTOR[CUXAS_SEARCH_MAX_WIDTH] = {1.0, 0.8, 1.25, 0.6, 1.6};

cuxas_search_plan cuxas_search_planned(const cuxas_query *query, const cuxas_compare_settings *settings)
{
  const bool   is_fixed  = settings->shift_mode == CUXAS_SHIFT_FIXED;
  const double center_eV = is_fixed ? settings->fixed_shift_eV : settings->center_shift_eV;
  const double window_eV = is_fixed ? 0.0 : settings->window_eV;
  const bool   fits = settings->fit_fwhm && settings->fwhm_eV > 0.0 && settings->criterion == CUXAS_CRITERION_SCORE;
  cuxas_search_plan plan = {.n_width = fits ? CUXAS_SEARCH_MAX_WIDTH : 1,
                            .n_trial = 2 * (size_t)ceil(window_eV / query->grid.step_eV - 1e-6) + 1,
                            .low_eV  = center_eV - window_eV,
                            .high_eV = center_eV + window_eV,
                            .step_eV = query->grid.step_eV};
  if (window_eV == 0.0) plan.n_trial = 1;
  for (size_t i = 0; i < plan.n_width; i++) plan.fwhm_eV[i] = settings->fwhm_eV * WIDTH_FACTOR[i];
  return plan;
}

/* Whole steps from the window's centre: centre, one below, one above, two below ...; the borders close it. */
double cuxas_search_trial_eV(const cuxas_search_plan *plan, size_t k)
{
  const double n_step    = k % 2 == 1 ? -(double)((k + 1) / 2) : (double)(k / 2);
  const double center_eV = 0.5 * (plan->low_eV + plan->high_eV);
  return fmin(fmax(center_eV + n_step * plan->step_eV, plan->low_eV), plan->high_eV);
}

double cuxas_search_penalty(const cuxas_search_plan *plan, const cuxas_compare_settings *settings, double shift_eV,
                            size_t i_width)
{
  const search s = {
      .settings = settings, .is_fixed = settings->shift_mode == CUXAS_SHIFT_FIXED, .fwhm_eV = plan->fwhm_eV[i_width]};
  return penalise_place(&s, shift_eV);
}

static double measure_square(cuxas_whitening whitening, const cuxas_query *query, double *const row[2])
{
  cuxas_whitening_aim(&whitening, (cuxas_span){0, query->grid.n_energy}, row[0]);
  const cuxas_whitened measured = cuxas_whiten(&whitening, query->mu, row[1]);
  return cuxas_whitened_square(&whitening, &measured);
}

/* B of compare.h. */
static double find_metric(search *s)
{
  const size_t           n_energy = s->query->grid.n_energy;
  cuxas_compare_settings theory   = *s->settings;
  double                 sum      = 0.0;
  const double           square   = measure_square(s->whitening, s->query, s->row);
  for (size_t i = 0; i < n_energy; i++) sum -= log(s->whitening.weight[i]);
  theory.opt_errors = NULL;
  const double plain =
      measure_square(cuxas_whitening_begin(s->query, &theory, s->whitening.nuisance[0]), s->query, s->row);
  s->whitening = cuxas_whitening_begin(s->query, s->settings, s->whitening.nuisance[0]);
  return plain > 0.0 && square > 0.0 ? log(square / plain) + 2.0 * sum / (double)n_energy : 0.0;
}

static cuxas_status begin(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                          search *s, cuxas_error *err)
{
  const size_t n_energy  = query->grid.n_energy;
  const bool   is_fixed  = settings->shift_mode == CUXAS_SHIFT_FIXED;
  const double center_eV = is_fixed ? settings->fixed_shift_eV : settings->center_shift_eV;
  const double window_eV = is_fixed ? 0.0 : settings->window_eV;

  *s      = (search){.query    = query,
                     .by_mae   = settings->criterion == CUXAS_CRITERION_MAE,
                     .settings = settings,
                     .fit_hole = settings->fit_hole && curve->screened_hole != NULL,
                     .is_fixed = is_fixed,
                     .low_eV   = center_eV - window_eV,
                     .high_eV  = center_eV + window_eV};
  s->work = cuxas_new(err, n_energy, (5 + CUXAS_WHITENING_ROWS) * sizeof *s->work);
  if (s->work == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < 5; i++) s->row[i] = s->work + i * n_energy;
  s->whitening = cuxas_whitening_begin(query, settings, s->work + 5 * n_energy);
  if (!s->by_mae && settings->opt_errors != NULL) s->metric = find_metric(s);
  return CUXAS_OK;
}

static void end(search *s)
{
  cuxas_resampled_free(s->curve);
  free(s->work);
}

cuxas_status cuxas_search_metric(const cuxas_query *query, const cuxas_compare_settings *settings, double *ret_metric,
                                 cuxas_error *err)
{
  static const cuxas_curve NONE   = {.extend = true};
  search                   s      = {0};
  const cuxas_status       status = begin(query, &NONE, settings, &s, err);
  *ret_metric                     = s.metric;
  end(&s);
  return status;
}

static cuxas_status take_width(search *s, const cuxas_curve *curve, double fwhm_eV, cuxas_error *err)
{
  cuxas_resampled_free(s->curve);
  s->curve   = NULL;
  s->fwhm_eV = fwhm_eV;
  return cuxas_resampled_new(curve, fwhm_eV, s->query->grid, s->low_eV, s->high_eV, &s->curve, err);
}

static cuxas_status find_needed(search *s, cuxas_error *err)
{
  return cuxas_resampled_needed(s->curve, s->query->grid, s->low_eV, s->high_eV, &s->n_needed, err);
}

typedef struct {
  double shift_eV, hole_fraction, fwhm_eV;
  double value; /* the largest so far */
} summit;

static bool is_crossed_off(const search *s, size_t i_width, size_t i_trial)
{
  const cuxas_places *places = s->is_fixed || s->by_mae ? NULL : s->settings->opt_places;
  return places != NULL && (places->trial[i_width][i_trial / 64] >> (i_trial % 64) & 1) == 0;
}

/* Nothing of this width need be looked at. */
static bool is_left_out(const search *s, const cuxas_search_plan *plan, size_t i_width)
{
  size_t i = 0;
  while (i < plan->n_trial && is_crossed_off(s, i_width, i)) i++;
  return i == plan->n_trial;
}

/* All whole steps and fractions of the present width. */
static void scan(search *s, const cuxas_search_plan *plan, size_t i_width, summit *best)
{
  for (size_t i = 0; i < plan->n_trial; i++) {
    if (is_crossed_off(s, i_width, i)) continue;
    const double shift_eV = cuxas_search_trial_eV(plan, i);
    const place  p        = look(s, shift_eV);
    if (!p.is_usable || (s->fit_hole && !s->by_mae && bound_score(s, &p, shift_eV) < best->value)) continue;
    for (int k = s->fit_hole ? N_FRACTION : 0; k >= 0; k--) { /* the larger fraction keeps a tie */
      const double a     = s->fit_hole ? (double)k / N_FRACTION : best->hole_fraction;
      const double value = value_of(s, &p, shift_eV, a);
      if (value > best->value + TIE) *best = (summit){shift_eV, a, s->fwhm_eV, value};
    }
  }
}

/* -- between whole steps --
 *
 * There a curve is a sum of four on whole steps (cuxas_resampled_read()), with weights that are the same at all energies, so
 * its products are sums of theirs: a shift costs no look at the curve. */

#define WHOLE 1e-7 /* of a step: as cuxas_resampled_read() */
enum { MAX_ROW = 6, N_WEIGHT = 4, LANES = 8 };

/* Products of the present width's curve on the whole steps around a place; of one channel: of two equal ones. */
typedef struct {
  bool   is_known;
  double first; /* the curve's point that its first row begins at */
  size_t n_row;
  double product[3][MAX_ROW][MAX_ROW]; /* of channels 0 0, 0 1, 1 1; only of rows less than N_WEIGHT apart */
  double measured[2][MAX_ROW], u[2][MAX_ROW][CUXAS_N_NUISANCE];
} steps;

/* In LANES sums, whatever the processor. */
CUXAS_STATIC_CLONES("avx512f", "avx2", "default") static double multiply(const double *a, const double *b, size_t n)
{
  double sum[LANES] = {0.0}, rest = 0.0;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
#pragma omp simd
    for (size_t k = 0; k < LANES; k++) sum[k] += a[i + k] * b[i + k];
  for (; i < n; i++) rest += a[i] * b[i];
  for (size_t k = 0; k < LANES; k++) rest += sum[k];
  return rest;
}

/* Of the curve at a shift, on its own points. */
static double position_of(const search *s, double shift_eV)
{
  const cuxas_grid grid = s->query->grid;
  return (cuxas_grid_energy_eV(grid, 0) - shift_eV - s->curve->grid.start_eV) / grid.step_eV;
}

/* row: 2 MAX_ROW curves of n_energy, whitened. */
static void find_products(search *s, double *row, steps *ret_steps)
{
  const size_t    n = s->query->grid.n_energy, n_channel = s->curve->n_channel, stride = MAX_ROW * n;
  cuxas_whitened *m = &s->measured;
  for (size_t c = 0; c < n_channel; c++)
    for (size_t i = 0; i < ret_steps->n_row; i++) {
      const double        *mu = s->curve->mu[c] + (size_t)ret_steps->first + i;
      const cuxas_whitened z  = cuxas_whiten(&s->whitening, mu, row + c * stride + i * n);
      memcpy(ret_steps->u[c][i], z.u, sizeof z.u);
      ret_steps->measured[c][i] = multiply(z.row, m->row, n) - cuxas_whitened_rest(s->whitening.inverse, z.u, m->u);
    }
  for (size_t pair = 0; pair < (n_channel == 2 ? 3 : 1); pair++) {
    const size_t c = pair / 2, d = (pair + 1) / 2;
    for (size_t i = 0; i < ret_steps->n_row; i++)
      for (size_t k = c == d ? i : i < N_WEIGHT ? 0 : i - N_WEIGHT + 1; k < ret_steps->n_row && k < i + N_WEIGHT; k++) {
        const double product = multiply(row + c * stride + i * n, row + d * stride + k * n, n) -
                               cuxas_whitened_rest(s->whitening.inverse, ret_steps->u[c][i], ret_steps->u[d][k]);
        ret_steps->product[pair][i][k] = product;
        if (c == d) ret_steps->product[pair][k][i] = product;
      }
  }
  if (n_channel == 2) return;
  memcpy(ret_steps->product[1], ret_steps->product[0], sizeof ret_steps->product[0]);
  memcpy(ret_steps->product[2], ret_steps->product[0], sizeof ret_steps->product[0]);
  memcpy(ret_steps->measured[1], ret_steps->measured[0], sizeof ret_steps->measured[0]);
}

/* A step to both sides; not known where a curve ends within the measurement, or memory lacks. */
static void find_steps(search *s, double shift_eV, steps *ret_steps)
{
  const double low  = floor(position_of(s, shift_eV) - 1.0 + WHOLE),
               high = floor(position_of(s, shift_eV) + 1.0 + WHOLE);
  *ret_steps        = (steps){.first = low - 1.0};
  double *row       = NULL;
  if (s->by_mae || !s->curve->extend ||
      (row = cuxas_new(NULL, s->query->grid.n_energy, 2 * MAX_ROW * sizeof *row)) == NULL)
    return;
  const bool is_whole = fabs(position_of(s, shift_eV) - 1.0 - low) < WHOLE;
  ret_steps->n_row    = (size_t)(high - low) + (is_whole ? 3 : 4);
  ret_steps->is_known = true;
  look_at_measured(s, (cuxas_span){0, s->query->grid.n_energy});
  find_products(s, row, ret_steps);
  free(row);
}

static place look_between(const search *s, const steps *of, double shift_eV)
{
  const double position = position_of(s, shift_eV), whole = floor(position + WHOLE);
  const double t                = fmax(0.0, position - whole);
  const size_t first            = (size_t)(whole - 1.0 - of->first);
  const size_t n_weight         = of->n_row - first < N_WEIGHT ? of->n_row - first : N_WEIGHT;
  place        at               = {.is_usable = true, .span = {0, s->query->grid.n_energy}, .smm = s->measured_square};
  double       weight[N_WEIGHT] = {0.0, 1.0, 0.0, 0.0}, *product[3] = {&at.s00, &at.s01, &at.s11};
  if (t >= WHOLE) cuxas_cubic_weights(t, weight);
  for (size_t i = 0; i < n_weight; i++) {
    at.s0m += weight[i] * of->measured[0][first + i];
    at.s1m += weight[i] * of->measured[1][first + i];
    for (size_t k = 0; k < n_weight; k++)
      for (size_t pair = 0; pair < 3; pair++)
        *product[pair] += weight[i] * weight[k] * of->product[pair][first + i][first + k];
  }
  return at;
}

/* The best fraction near one, at a shift. */
typedef struct {
  search *s;
  steps   steps;    /* around the whole step */
  double  near;     /* fraction found there */
  double  fraction; /* best one at the shift asked for last */
  double  shift_eV;
  place   p;
} around;

static double value_of_fraction(double fraction, void *user)
{
  const around *at = user;
  return value_of(at->s, &at->p, at->shift_eV, fraction);
}

static double value_of_shift(double shift_eV, void *user)
{
  around *at   = user;
  at->shift_eV = shift_eV;
  at->p        = at->steps.is_known ? look_between(at->s, &at->steps, shift_eV) : look(at->s, shift_eV);
  at->fraction = at->near;
  if (!at->p.is_usable) return NAN;
  if (!at->s->fit_hole) return value_of_fraction(at->near, at);
  double       value;
  const double low = fmax(0.0, at->near - 1.0 / N_FRACTION), high = fmin(1.0, at->near + 1.0 / N_FRACTION);
  at->fraction = cuxas_golden_maximum(value_of_fraction, at, low, high, FRACTION_WIDTH, &value);
  return value;
}

/* Between whole steps. */
static void refine(search *s, summit *best)
{
  around       at      = {.s = s, .near = best->hole_fraction};
  const double here_eV = best->shift_eV, step_eV = s->query->grid.step_eV;
  find_steps(s, here_eV, &at.steps);
  for (int side = -1; side <= 1; side++) {
    const double low_eV  = fmax(s->low_eV, here_eV + (side < 0 ? -step_eV : 0.0));
    const double high_eV = fmin(s->high_eV, here_eV + (side > 0 ? step_eV : 0.0));
    double       value   = NAN;
    const double shift_eV =
        side == 0 ? here_eV : cuxas_golden_maximum(value_of_shift, &at, low_eV, high_eV, SHIFT_WIDTH_EV, &value);
    value = value_of_shift(shift_eV, &at); /* once more: for its fraction */
    if (value > best->value + TIE) {
      best->shift_eV      = shift_eV;
      best->hole_fraction = at.fraction;
      best->value         = value;
    }
  }
}

/* ==== 4. the score of a place ==== */

static cuxas_status fill_score(const cuxas_query *query, const cuxas_curve *curve,
                               const cuxas_compare_settings *settings, cuxas_found *found, cuxas_error *err)
{
  cuxas_compare_settings by_score = *settings;
  cuxas_status           status;
  search                 s;
  place                  p;
  by_score.criterion = CUXAS_CRITERION_SCORE;
  if ((status = begin(query, curve, &by_score, &s, err)) != CUXAS_OK) goto done;
  if ((status = take_width(&s, curve, found->fwhm_eV, err)) != CUXAS_OK) goto done;
  if ((status = find_needed(&s, err)) != CUXAS_OK) goto done;
  p = look(&s, found->shift_eV);
  if (p.is_usable)
    found->score = score_of(&s, &p, found->shift_eV, found->hole_fraction);
  else
    status = cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat or cannot be scaled");
done:
  end(&s);
  return status;
}

cuxas_status cuxas_search(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                          cuxas_found *ret_found, cuxas_error *err)
{
  cuxas_status status;
  search       s;
  const summit none    = {.value         = -INFINITY,
                          .hole_fraction = curve->screened_hole != NULL ? settings->hole_fraction : 1.0};
  summit       best    = none;
  const double half_eV = 0.5 * query->grid.step_eV;

  if ((status = begin(query, curve, settings, &s, err)) != CUXAS_OK) goto done;
  const cuxas_search_plan plan = cuxas_search_planned(query, settings);
  for (size_t i = 0; i < plan.n_width; i++) {
    if (is_left_out(&s, &plan, i)) continue;
    if ((status = take_width(&s, curve, plan.fwhm_eV[i], err)) != CUXAS_OK) goto done;
    if (s.n_needed == 0 && (status = find_needed(&s, err)) != CUXAS_OK) goto done;
    summit here = none;
    scan(&s, &plan, i, &here);
    if (isinf(here.value)) continue;
    refine(&s, &here); /* before widths are compared: a wrong one may be better at whole steps */
    if (here.value > best.value + TIE) best = here;
  }
  if (isinf(best.value)) {
    status = cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat or cannot be scaled at any shift");
    goto done;
  }
  *ret_found = (cuxas_found){.shift_eV = best.shift_eV,
                             .at_limit = !s.is_fixed &&
                                         (best.shift_eV < s.low_eV + half_eV || best.shift_eV > s.high_eV - half_eV),
                             .hole_fraction = best.hole_fraction,
                             .fwhm_eV       = best.fwhm_eV,
                             .score         = best.value};
  if (s.by_mae) status = fill_score(query, curve, settings, ret_found, err);
done:
  end(&s);
  return status;
}

/* ==== 5. settings ==== */

cuxas_score_model cuxas_score_model_defaults(void)
{
  return (cuxas_score_model){.error_length_eV = 1.0,
                             .theory_error    = 0.6,
                             .slope_variance  = 0.3,
                             .n_independent   = 20.0,
                             .n_height        = 2.0,
                             .width_sd        = 0.2};
}

cuxas_compare_settings cuxas_compare_defaults(void)
{
  return (cuxas_compare_settings){
      .scale           = CUXAS_SCALE_MINMAX,
      .shift_mode      = CUXAS_SHIFT_FIT,
      .criterion       = CUXAS_CRITERION_SCORE,
      .fixed_shift_eV  = 0.0,
      .center_shift_eV = -2.5,
      .window_eV       = 6.0,
      .fwhm_eV         = 1.0,
      .fit_fwhm        = true,
      .fit_hole        = false,
      .hole_fraction   = 1.0,
      .shift_prior     = {-2.5, CUXAS_PRIOR_SHIFT_SD_EV},
      .standard_prior  = {0.0, CUXAS_PRIOR_STANDARD_SD_EV},
      .hole_prior      = {CUXAS_PRIOR_HOLE, CUXAS_PRIOR_HOLE_SD},
      .score           = cuxas_score_model_defaults(),
  };
}

static cuxas_status check_number(const char *what, double value, double low, double high, cuxas_error *err)
{
  if (value >= low && value <= high) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ERANGE, "%s of %g is outside %g ... %g", what, value, low, high);
}

static cuxas_status check_prior(const char *what, cuxas_prior prior, cuxas_error *err)
{
  if (isfinite(prior.mean) && prior.sd > 0.0) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ERANGE, "%s of %g +- %g is no distribution", what, prior.mean, prior.sd);
}

static cuxas_status check_score_model(const cuxas_score_model *score, cuxas_error *err)
{
  const double least = 1e-6, most = 1e6;
  cuxas_status status;
  if ((status = check_number("error length (eV)", score->error_length_eV, least, most, err)) != CUXAS_OK ||
      (status = check_number("error of theory", score->theory_error, least, most, err)) != CUXAS_OK ||
      (status = check_number("variance of a slope", score->slope_variance, least, most, err)) != CUXAS_OK ||
      (status = check_number("number of independent values", score->n_independent, least, most, err)) != CUXAS_OK ||
      (status = check_number("number of heights", score->n_height, 0.0, most, err)) != CUXAS_OK)
    return status;
  return check_number("spread of the width", score->width_sd, least, most, err);
}

bool cuxas_compare_mixes(const cuxas_compare_settings *settings)
{
  return settings->fit_hole || settings->hole_fraction < 1.0;
}

cuxas_status cuxas_compare_check(const cuxas_compare_settings *settings, cuxas_error *err)
{
  const double most_eV = CUXAS_COMPARE_MAX_EV;
  cuxas_status status;
  if ((status = check_number("shift (eV)", settings->fixed_shift_eV, -most_eV, most_eV, err)) != CUXAS_OK ||
      (status = check_number("shift centre (eV)", settings->center_shift_eV, -most_eV, most_eV, err)) != CUXAS_OK ||
      (status = check_number("shift window (eV)", settings->window_eV, 0.0, most_eV, err)) != CUXAS_OK ||
      (status = check_number("broadening (eV)", settings->fwhm_eV, 0.0, most_eV, err)) != CUXAS_OK ||
      (status = check_prior("prior of the shift", settings->shift_prior, err)) != CUXAS_OK ||
      (status = check_prior("prior of the hole fraction", settings->hole_prior, err)) != CUXAS_OK ||
      (status = check_score_model(&settings->score, err)) != CUXAS_OK)
    return status;
  return check_number("hole fraction", settings->hole_fraction, 0.0, 1.0, err);
}
