/* blend.c - one sum of candidates, and the search for the best ones
 *
 * Contents: 1. one sum  2. the search */
#include "match/blend.h"
#include "match/mixture.h"
#include "base/memory.h"
#include "match/query.h"
#include "match/search.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ==== 1. one sum ==== */

#define LEAST_RANGE_EV 30.0 /* two edges and what is between them */
#define STEP_EV 5.0         /* of the range's end are the level behind the edges */
#define LEAST_STEP 0.02     /* of a curve's height: a standard that rises less has no edge step to speak of */
#define FLAT_PART 0.05      /* of a curve's height: it begins before its edges */
enum { N_BEGIN = 5 };       /* points at a curve's beginning are the level before them */
#define EXPLAINED 1e-9      /* part of the measurement below which nothing is explained */

/* -- what is compared -- */

/* Mean of the first points: the level before the edges. */
static double find_base(const cuxas_curve *curve)
{
  double base = 0.0;
  for (size_t i = 0; i < N_BEGIN; i++) base += curve->no_hole[i < curve->grid.n_energy ? i : 0] / N_BEGIN;
  return base;
}

static bool begins_flat(const cuxas_curve *curve)
{
  double high = 0.0;
  for (size_t i = 0; i < curve->grid.n_energy; i++) high = fmax(high, fabs(curve->no_hole[i]));
  return fabs(find_base(curve)) <= FLAT_PART * high;
}

/* The energies of a grid that a curve covers. A standard that begins at the level before its edges goes on there below its first
 * energy. The few tenths of an eV that a shift leaves uncovered are continued by its end values: cutting them off would take the
 * rise of edges that begin early. */
static void find_cover(const cuxas_curve *curve, cuxas_grid within, double *ret_low_eV, double *ret_high_eV)
{
  *ret_low_eV  = within.start_eV;
  *ret_high_eV = cuxas_grid_end_eV(within);
  if (curve->extend) return;
  if (!begins_flat(curve)) *ret_low_eV = fmax(*ret_low_eV, curve->grid.start_eV);
  *ret_high_eV = fmin(*ret_high_eV, cuxas_grid_end_eV(curve->grid));
}

/* The part of the query that all candidates cover; one that would leave too little of it is left out. */
static cuxas_status find_grid(cuxas_mixing *mixing, const cuxas_query *query, const cuxas_mixture_candidate *candidate,
                              bool *ret_is_in, cuxas_error *err)
{
  const cuxas_grid all    = query->grid;
  const double     least  = fmin(LEAST_RANGE_EV, cuxas_grid_end_eV(all) - all.start_eV);
  double           low_eV = all.start_eV, high_eV = cuxas_grid_end_eV(all);
  size_t           n_in = 0;
  for (size_t i = 0; i < mixing->n_candidate; i++) {
    double from_eV, to_eV;
    find_cover(&candidate[i].curve, all, &from_eV, &to_eV);
    ret_is_in[i] = to_eV - from_eV >= least - 1e-6 && fmin(to_eV, high_eV) - fmax(from_eV, low_eV) >= least - 1e-6;
    mixing->n_left_out += !ret_is_in[i];
    if (!ret_is_in[i]) continue;
    if (to_eV < high_eV - 1e-6) mixing->i_shortest = i;
    low_eV  = fmax(low_eV, from_eV);
    high_eV = fmin(high_eV, to_eV);
    n_in++;
  }
  const double first = ceil((low_eV - all.start_eV) / all.step_eV - 1e-6);
  const double last  = floor((high_eV - all.start_eV) / all.step_eV + 1e-6);
  if (n_in == 0 || last - first + 1.0 < CUXAS_COMPARE_MIN_POINTS)
    return cuxas_fail(err, CUXAS_ERANGE, "no candidate covers enough of the measurement to be mixed");
  mixing->grid = (cuxas_grid){cuxas_grid_energy_eV(all, (size_t)first), all.step_eV, (size_t)(last - first) + 1};
  return CUXAS_OK;
}

static double find_height(const cuxas_resampled *curve)
{
  double high = 0.0;
  for (size_t i = 0; i < curve->grid.n_energy; i++) high = fmax(high, fabs(curve->mu[0][i]));
  return high;
}

/* Level of a standard at the end of the range compared, above the one that it begins with: at the beginning of that range its edge
 * may have begun already, and a white line stands higher than the level behind it. */
static double find_step(const cuxas_curve *curve, cuxas_grid grid)
{
  const size_t n_end = (size_t)(STEP_EV / grid.step_eV);
  const double last  = (cuxas_grid_end_eV(grid) - curve->grid.start_eV) / grid.step_eV;
  const size_t i_end = (size_t)lround(fmin(last, (double)curve->grid.n_energy - 1.0));
  double       end   = 0.0;
  for (size_t i = 0; i < n_end; i++) end += curve->no_hole[i < i_end ? i_end - i : 0] / (double)n_end;
  return end - find_base(curve);
}

/* What a detection mode does to a curve of edge step 1. */
static double find_step_error(const cuxas_resampled *curve, bool is_elsewhere)
{
  const double mode = log((1.0 + CUXAS_MIXTURE_SATURATION * find_height(curve)) / (1.0 + CUXAS_MIXTURE_SATURATION));
  return is_elsewhere ? hypot(CUXAS_MIXTURE_STEP_ERROR, mode) : CUXAS_MIXTURE_STEP_ERROR;
}

/* A prediction has an edge step of 1; a standard is given one, so that weights of both mean the same. */
static cuxas_status prepare_curve(const cuxas_mixing *mixing, cuxas_curve curve, cuxas_resampled **ret_resampled,
                                  cuxas_error *err)
{
  const cuxas_compare_settings *compare = &mixing->settings->compare;
  cuxas_resampled              *result  = NULL;
  if (!cuxas_compare_mixes(compare)) curve.screened_hole = NULL;
  const cuxas_status status =
      cuxas_resampled_new(&curve, compare->fwhm_eV, mixing->grid, mixing->low_eV, mixing->high_eV, &result, err);
  if (status != CUXAS_OK) return status;
  const double step = curve.extend ? 1.0 : find_step(&curve, mixing->grid);
  if (step > LEAST_STEP * find_height(result))
    for (size_t c = 0; c < result->n_channel; c++)
      for (size_t i = 0; i < result->grid.n_energy; i++) result->mu[c][i] /= step;
  else {
    cuxas_resampled_free(result);
    result = NULL;
  }
  *ret_resampled = result;
  return CUXAS_OK;
}

static cuxas_status prepare_curves(cuxas_mixing *mixing, const cuxas_mixture_candidate *candidate, const bool *is_in,
                                   cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < mixing->n_candidate && status == CUXAS_OK; i++) {
    if (is_in[i]) status = prepare_curve(mixing, candidate[i].curve, &mixing->resampled[i], err);
    if (mixing->resampled[i] != NULL)
      mixing->step_error[i] = find_step_error(mixing->resampled[i], candidate[i].is_elsewhere);
    mixing->n_left_out += is_in[i] && status == CUXAS_OK && mixing->resampled[i] == NULL;
    mixing->compound[i] = i;
    for (size_t k = 0; k < i && candidate[i].formula[0] != '\0' && mixing->compound[i] == i; k++)
      if (strcmp(candidate[k].formula, candidate[i].formula) == 0) mixing->compound[i] = k;
  }
  return status;
}

/* -- the measurement -- */

static cuxas_status prepare_target(cuxas_mixing *mixing, const cuxas_query *query, cuxas_error *err)
{
  const size_t     n     = mixing->grid.n_energy;
  const size_t     first = (size_t)lround((mixing->grid.start_eV - query->grid.start_eV) / query->grid.step_eV);
  const cuxas_span all   = {0, n};
  cuxas_line       line;

  mixing->measured = cuxas_new(err, n, sizeof *mixing->measured);
  mixing->whitened = cuxas_new(err, n, sizeof *mixing->whitened);
  mixing->nuisance = cuxas_new(err, n, CUXAS_WHITENING_ROWS * sizeof *mixing->nuisance);
  if (mixing->measured == NULL || mixing->whitened == NULL || mixing->nuisance == NULL) return CUXAS_ENOMEM;
  if (!cuxas_scale_measured(CUXAS_SCALE_MINMAX, query, all, query->mu + first, &line))
    return cuxas_fail(err, CUXAS_ENUMERIC, "measured curve is flat");
  cuxas_scale_apply(line, query->mu + first, n, mixing->measured);
  const cuxas_compare_settings theory = cuxas_compare_defaults();
  const cuxas_query            bare   = {.grid = mixing->grid};
  mixing->whitening                   = cuxas_whitening_begin(&bare, &theory, mixing->nuisance);
  cuxas_whitening_aim(&mixing->whitening, all, mixing->whitened);
  mixing->target        = cuxas_whiten(&mixing->whitening, mixing->measured, mixing->whitened);
  mixing->target_square = cuxas_whitened_product(&mixing->whitening, &mixing->target, &mixing->target);
  return CUXAS_OK;
}

cuxas_status cuxas_mixing_new(const cuxas_query *query, const cuxas_mixture_candidate *candidate, size_t n_candidate,
                              const cuxas_mixture_settings *settings, cuxas_mixing **ret_mixing, cuxas_error *err)
{
  const cuxas_compare_settings *compare = &settings->compare;
  cuxas_status                  status  = CUXAS_OK;
  cuxas_mixing                 *mixing  = cuxas_new(err, 1, sizeof *mixing);
  bool                         *is_in   = cuxas_new(err, n_candidate, sizeof *is_in);

  *ret_mixing = NULL;
  if (mixing != NULL) {
    mixing->resampled  = cuxas_new(err, n_candidate, sizeof *mixing->resampled);
    mixing->compound   = cuxas_new(err, n_candidate, sizeof *mixing->compound);
    mixing->step_error = cuxas_new(err, n_candidate, sizeof *mixing->step_error);
  }
  if (mixing == NULL || is_in == NULL || mixing->resampled == NULL || mixing->compound == NULL ||
      mixing->step_error == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  mixing->settings       = settings;
  mixing->n_candidate    = n_candidate;
  mixing->i_shortest     = n_candidate;
  mixing->is_fixed       = compare->shift_mode == CUXAS_SHIFT_FIXED;
  const double center_eV = mixing->is_fixed ? compare->fixed_shift_eV : compare->center_shift_eV;
  const double window_eV = mixing->is_fixed ? 0.0 : compare->window_eV;
  mixing->low_eV         = center_eV - window_eV;
  mixing->high_eV        = center_eV + window_eV;
  if ((status = find_grid(mixing, query, candidate, is_in, err)) != CUXAS_OK ||
      (status = prepare_curves(mixing, candidate, is_in, err)) != CUXAS_OK ||
      (status = prepare_target(mixing, query, err)) != CUXAS_OK)
    goto done;
  *ret_mixing = mixing;
  mixing      = NULL;
done:
  cuxas_mixing_free(mixing);
  free(is_in);
  return status;
}

void cuxas_mixing_free(cuxas_mixing *mixing)
{
  if (mixing == NULL) return;
  for (size_t i = 0; mixing->resampled != NULL && i < mixing->n_candidate; i++)
    cuxas_resampled_free(mixing->resampled[i]);
  free(mixing->resampled);
  free(mixing->compound);
  free(mixing->step_error);
  free(mixing->nuisance);
  free(mixing->measured);
  free(mixing->whitened);
  free(mixing);
}

/* -- reading and judging blends -- */

bool cuxas_mixing_fits_hole(const cuxas_mixing *mixing, size_t i_candidate)
{
  return mixing->settings->compare.fit_hole && mixing->resampled[i_candidate]->n_channel == 2;
}

size_t cuxas_mixing_n_fitted(const cuxas_mixing *mixing, const cuxas_blend *blend)
{
  size_t n = blend->n * (mixing->is_fixed ? 1 : 2);
  for (size_t i = 0; i < blend->n; i++) n += cuxas_mixing_fits_hole(mixing, blend->part[i].i_candidate);
  return n;
}

void cuxas_mixing_read(const cuxas_mixing *mixing, const cuxas_blend_part *part, double *ret_mu, double *work)
{
  const cuxas_resampled *curve = mixing->resampled[part->i_candidate];
  const cuxas_span       all   = {0, mixing->grid.n_energy};
  cuxas_resampled_read(curve, 0, mixing->grid, all, part->shift_eV, ret_mu);
  if (curve->n_channel < 2) return;
  const double a = part->hole_fraction;
  cuxas_resampled_read(curve, 1, mixing->grid, all, part->shift_eV, work);
#pragma omp simd
  for (size_t i = 0; i < all.n_point; i++) ret_mu[i] = a * ret_mu[i] + (1.0 - a) * work[i];
}

/* Shifts mean + c + h_i have the covariance own^2 + common^2 (i, j): half of u' C^-1 u, by Sherman and Morrison's
 * formula. */
static double penalise_shifts(const cuxas_mixing *mixing, const cuxas_blend *blend)
{
  const double common = mixing->settings->common_sd_eV, own = mixing->settings->own_sd_eV;
  double       sum = 0.0, square = 0.0;
  if (mixing->is_fixed || isinf(own)) return 0.0;
  for (size_t i = 0; i < blend->n; i++) {
    const double u = blend->part[i].shift_eV - mixing->settings->compare.shift_prior.mean;
    sum += u;
    square += u * u;
  }
  const double n = (double)blend->n, own_square = own * own;
  const double shared = isinf(common) ? 1.0 / n : common * common / (own_square + n * common * common);
  return 0.5 * (square - shared * sum * sum) / own_square;
}

double cuxas_mixing_score(const cuxas_mixing *mixing, const cuxas_blend *blend, double r_square)
{
  const cuxas_prior prior = mixing->settings->compare.hole_prior;
  if (!(r_square > EXPLAINED)) return -INFINITY;
  double score =
      cuxas_score_of_correlation(cuxas_score_model_defaults().n_independent, r_square) - penalise_shifts(mixing, blend);
  for (size_t i = 0; i < blend->n; i++)
    if (cuxas_mixing_fits_hole(mixing, blend->part[i].i_candidate))
      score -= cuxas_prior_penalty(prior, blend->part[i].hole_fraction);
  return score;
}

bool cuxas_blend_has(const cuxas_blend *blend, size_t i_candidate)
{
  for (size_t i = 0; i < blend->n; i++)
    if (blend->part[i].i_candidate == i_candidate) return true;
  return false;
}

/* Of the candidate's compound there is a part already. */
static bool has_compound(const cuxas_mixing *mixing, const cuxas_blend *blend, size_t i_candidate)
{
  for (size_t i = 0; i < blend->n; i++)
    if (mixing->compound[blend->part[i].i_candidate] == mixing->compound[i_candidate]) return true;
  return false;
}

bool cuxas_blend_is_alike(const cuxas_mixing *mixing, const cuxas_blend *a, const cuxas_blend *b)
{
  bool is_alike = a->n == b->n;
  for (size_t i = 0; i < a->n && is_alike; i++) is_alike = has_compound(mixing, b, a->part[i].i_candidate);
  return is_alike;
}

bool cuxas_blend_contains(const cuxas_blend *whole, const cuxas_blend *part)
{
  for (size_t i = 0; i < part->n; i++)
    if (!cuxas_blend_has(whole, part->part[i].i_candidate)) return false;
  return true;
}

/* ==== 2. the search ==== */

_Static_assert((int)CUXAS_NNLS_MAX >= (int)CUXAS_MIXTURE_MAX, "weights of the largest blend");

#define SHIFT_WIDTH_EV 1e-3 /* to which shifts and fractions are refined */
#define FRACTION_WIDTH 1e-3
#define BETTER 1e-6 /* gain of the score that is worth another round */
enum { N_FRACTION = 10, MAX_ROUND = 5, N_SETTLED = 4 * CUXAS_MIXTURE_BEAM };

/* -- one blend, whitened -- */

/* What a thread works with: the blend's parts as rows, and their products. */
typedef struct {
  const cuxas_mixing *mixing;
  double             *work; /* rows of n_energy: */
  double             *mu[2], *channel_row[2], *part_row[CUXAS_MIXTURE_MAX];
  cuxas_whitened      part[CUXAS_MIXTURE_MAX];
  double              gram[CUXAS_MIXTURE_MAX][CUXAS_MIXTURE_MAX], inner[CUXAS_MIXTURE_MAX];
} bench;

static bool begin_bench(const cuxas_mixing *mixing, bench *b)
{
  const size_t n = mixing->grid.n_energy;
  *b             = (bench){.mixing = mixing, .work = cuxas_new(NULL, n, (4 + CUXAS_MIXTURE_MAX) * sizeof *b->work)};
  if (b->work == NULL) return false;
  for (size_t i = 0; i < 2; i++) {
    b->mu[i]          = b->work + i * n;
    b->channel_row[i] = b->work + (2 + i) * n;
  }
  for (size_t i = 0; i < CUXAS_MIXTURE_MAX; i++) b->part_row[i] = b->work + (4 + i) * n;
  return true;
}

/* Reads part i of a blend and multiplies it with the others. */
static void lay(bench *b, const cuxas_blend *blend, size_t i)
{
  const cuxas_whitening *w = &b->mixing->whitening;
  cuxas_mixing_read(b->mixing, &blend->part[i], b->mu[0], b->mu[1]);
  b->part[i]  = cuxas_whiten(w, b->mu[0], b->part_row[i]);
  b->inner[i] = cuxas_whitened_product(w, &b->part[i], &b->mixing->target);
}

static void multiply(bench *b, size_t i, size_t n)
{
  for (size_t k = 0; k < n; k++)
    b->gram[i][k] = b->gram[k][i] = cuxas_whitened_product(&b->mixing->whitening, &b->part[i], &b->part[k]);
}

static void lay_all(bench *b, const cuxas_blend *blend)
{
  for (size_t i = 0; i < blend->n; i++) {
    lay(b, blend, i);
    multiply(b, i, i + 1);
  }
}

/* Weights and score of the parts as they lie; -INFINITY where one has no weight. */
static void weigh(const bench *b, cuxas_blend *blend)
{
  const size_t n                                           = blend->n;
  double       gram[CUXAS_MIXTURE_MAX * CUXAS_MIXTURE_MAX] = {0.0}, weight[CUXAS_MIXTURE_MAX] = {0.0}, explained = 0.0;
  bool         is_whole = true;
  for (size_t i = 0; i < n; i++) memcpy(gram + i * n, b->gram[i], n * sizeof *gram);
  cuxas_nnls(gram, b->inner, n, weight);
  for (size_t i = 0; i < n; i++) {
    blend->part[i].weight = weight[i];
    explained += weight[i] * b->inner[i];
    is_whole = is_whole && weight[i] > 0.0;
  }
  blend->r_square = explained / b->mixing->target_square;
  blend->score    = is_whole ? cuxas_mixing_score(b->mixing, blend, blend->r_square) : -INFINITY;
}

/* -- a candidate at its best place -- */

/* Products of the two channels of a candidate at a shift; one channel counts as two equal ones. */
typedef struct {
  double s00, s01, s11;
  double target[2], other[2][CUXAS_MIXTURE_MAX];
} channel_products;

static channel_products find_products(bench *b, const cuxas_blend *blend, size_t i_place)
{
  const cuxas_whitening *w     = &b->mixing->whitening;
  const cuxas_blend_part part  = blend->part[i_place];
  const cuxas_resampled *curve = b->mixing->resampled[part.i_candidate];
  const cuxas_span       all   = {0, b->mixing->grid.n_energy};
  cuxas_whitened         channel[2];
  channel_products       p;
  for (size_t c = 0; c < curve->n_channel; c++) {
    cuxas_resampled_read(curve, c, b->mixing->grid, all, part.shift_eV, b->mu[0]);
    channel[c]  = cuxas_whiten(w, b->mu[0], b->channel_row[c]);
    p.target[c] = cuxas_whitened_product(w, &channel[c], &b->mixing->target);
    for (size_t k = 0; k < blend->n; k++)
      if (k != i_place) p.other[c][k] = cuxas_whitened_product(w, &channel[c], &b->part[k]);
  }
  p.s00 = p.s01 = p.s11 = cuxas_whitened_product(w, &channel[0], &channel[0]);
  if (curve->n_channel == 2) {
    p.s01 = cuxas_whitened_product(w, &channel[0], &channel[1]);
    p.s11 = cuxas_whitened_product(w, &channel[1], &channel[1]);
  } else {
    p.target[1] = p.target[0];
    memcpy(p.other[1], p.other[0], sizeof p.other[0]);
  }
  return p;
}

/* Weighs the blend with the fraction that part i_place says, from the products of its channels. */
static void weigh_fraction(bench *b, const channel_products *p, size_t i_place, cuxas_blend *blend)
{
  const double a = blend->part[i_place].hole_fraction, c = 1.0 - a;
  for (size_t k = 0; k < blend->n; k++)
    if (k != i_place) b->gram[i_place][k] = b->gram[k][i_place] = a * p->other[0][k] + c * p->other[1][k];
  b->gram[i_place][i_place] = a * a * p->s00 + 2.0 * a * c * p->s01 + c * c * p->s11;
  b->inner[i_place]         = a * p->target[0] + c * p->target[1];
  weigh(b, blend);
}

/* The best whole-step shift and fraction of the candidate at a place, the other parts lying as they are. */
static void place(bench *b, size_t i_place, cuxas_blend *blend)
{
  const cuxas_mixing *mixing  = b->mixing;
  const double        step_eV = mixing->grid.step_eV;
  const size_t        n_step  = (size_t)floor((mixing->high_eV - mixing->low_eV) / step_eV + 1e-6);
  const bool          fits    = cuxas_mixing_fits_hole(mixing, blend->part[i_place].i_candidate);
  cuxas_blend         best    = *blend;
  best.score                  = -INFINITY;
  for (size_t i = 0; i <= n_step; i++) {
    cuxas_blend trial            = *blend;
    trial.part[i_place].shift_eV = fmin(mixing->low_eV + (double)i * step_eV, mixing->high_eV);
    const channel_products p     = find_products(b, &trial, i_place);
    for (int k = fits ? N_FRACTION : 0; k >= 0; k--) {
      trial.part[i_place].hole_fraction = fits ? (double)k / N_FRACTION : mixing->settings->compare.hole_fraction;
      weigh_fraction(b, &p, i_place, &trial);
      if (trial.score > best.score) best = trial;
    }
  }
  *blend = best;
}

/* -- settling a blend -- */

typedef struct {
  bench       *b;
  cuxas_blend *blend;
  size_t       i_place;
} one_part;

static double score_of_shift(double shift_eV, void *user)
{
  const one_part *one                     = user;
  one->blend->part[one->i_place].shift_eV = shift_eV;
  lay(one->b, one->blend, one->i_place);
  multiply(one->b, one->i_place, one->blend->n);
  weigh(one->b, one->blend);
  return one->blend->score;
}

static double score_of_fraction(double fraction, void *user)
{
  const one_part *one                          = user;
  one->blend->part[one->i_place].hole_fraction = fraction;
  return score_of_shift(one->blend->part[one->i_place].shift_eV, user);
}

/* Between whole steps; the rows lie as the blend says before and after. */
static void refine(bench *b, size_t i_place, cuxas_blend *blend)
{
  const cuxas_mixing *mixing  = b->mixing;
  one_part            one     = {b, blend, i_place};
  const double        step_eV = mixing->grid.step_eV;
  const double        here_eV = blend->part[i_place].shift_eV, fraction = blend->part[i_place].hole_fraction;
  double              value;
  if (!mixing->is_fixed)
    score_of_shift(cuxas_golden_maximum(score_of_shift, &one, fmax(mixing->low_eV, here_eV - step_eV),
                                        fmin(mixing->high_eV, here_eV + step_eV), SHIFT_WIDTH_EV, &value),
                   &one);
  if (cuxas_mixing_fits_hole(mixing, blend->part[i_place].i_candidate))
    score_of_fraction(cuxas_golden_maximum(score_of_fraction, &one, fmax(0.0, fraction - 1.0 / N_FRACTION),
                                           fmin(1.0, fraction + 1.0 / N_FRACTION), FRACTION_WIDTH, &value),
                      &one);
}

/* Shift and fraction of every part in turn, first in whole steps over the window, then finely. */
static void settle(bench *b, cuxas_blend *blend)
{
  for (int fine = 0; fine < 2; fine++)
    for (int i = 0; i < MAX_ROUND; i++) {
      const double before = blend->score;
      for (size_t k = 0; k < blend->n; k++) {
        cuxas_blend trial = *blend;
        lay_all(b, &trial);
        if (fine)
          refine(b, k, &trial);
        else
          place(b, k, &trial);
        if (trial.score > blend->score) *blend = trial;
      }
      if (blend->n == 1 && !fine) break;
      if (!(blend->score > before + BETTER)) break;
    }
}

/* -- from size to size -- */

static int by_candidate(const void *left, const void *right)
{
  const cuxas_blend_part *a = left, *b = right;
  return (a->i_candidate > b->i_candidate) - (a->i_candidate < b->i_candidate);
}

static int compare_members(const cuxas_blend *a, const cuxas_blend *b)
{
  for (size_t i = 0; i < a->n; i++)
    if (a->part[i].i_candidate != b->part[i].i_candidate)
      return a->part[i].i_candidate < b->part[i].i_candidate ? -1 : 1;
  return 0;
}

/* Equal scores by their members, so that the order never depends on the sort. */
static int by_score(const void *left, const void *right)
{
  const cuxas_blend *a = left, *b = right;
  if (a->score != b->score) return a->score > b->score ? -1 : 1;
  return compare_members(a, b);
}

static int by_members(const void *left, const void *right)
{
  const int order = compare_members(left, right);
  return order != 0 ? order : by_score(left, right);
}

/* Keeps the best of each set of candidates, drops those that are smaller blends, and sorts by score; returns how many */
static size_t sort_blends(cuxas_blend *blend, size_t n)
{
  size_t n_kept = 0;
  qsort(blend, n, sizeof *blend, by_members);
  for (size_t i = 0; i < n; i++)
    if (!isinf(blend[i].score) && (n_kept == 0 || compare_members(&blend[n_kept - 1], &blend[i]) != 0))
      blend[n_kept++] = blend[i];
  qsort(blend, n_kept, sizeof *blend, by_score);
  return n_kept;
}

/* Every blend of the smaller size with every candidate it lacks. */
static bool extend_all(const cuxas_mixing *mixing, const cuxas_blend *smaller, size_t n_smaller, cuxas_blend *larger)
{
  const size_t n_candidate = mixing->n_candidate;
  bool         has_memory  = true;
#pragma omp parallel num_threads(mixing->settings->n_thread)
  {
    bench      b;
    const bool is_ready = begin_bench(mixing, &b);
#pragma omp for schedule(dynamic, 4)
    for (size_t i = 0; i < n_smaller * n_candidate; i++) {
      cuxas_blend *own = &larger[i];
      *own             = smaller[i / n_candidate];
      if (!is_ready || mixing->resampled[i % n_candidate] == NULL || has_compound(mixing, own, i % n_candidate)) {
        own->score = -INFINITY;
        continue;
      }
      lay_all(&b, own);
      own->part[own->n] = (cuxas_blend_part){.i_candidate = i % n_candidate};
      own->n++;
      place(&b, own->n - 1, own);
      qsort(own->part, own->n, sizeof *own->part, by_candidate);
    }
#pragma omp critical(cuxas_blend_search)
    has_memory = has_memory && is_ready;
    free(b.work);
  }
  return has_memory;
}

static bool settle_all(const cuxas_mixing *mixing, cuxas_blend *blend, size_t n)
{
  bool has_memory = true;
#pragma omp parallel num_threads(mixing->settings->n_thread)
  {
    bench      b;
    const bool is_ready = begin_bench(mixing, &b);
#pragma omp for schedule(dynamic)
    for (size_t i = 0; i < n; i++)
      if (is_ready) settle(&b, &blend[i]);
#pragma omp critical(cuxas_blend_search)
    has_memory = has_memory && is_ready;
    free(b.work);
  }
  return has_memory;
}

cuxas_status cuxas_blend_settle(const cuxas_mixing *mixing, cuxas_blend *io, cuxas_error *err)
{
  bench b;
  if (!begin_bench(mixing, &b)) return cuxas_no_memory(err);
  io->score = -INFINITY;
  settle(&b, io);
  free(b.work);
  return CUXAS_OK;
}

cuxas_status cuxas_blend_search(const cuxas_mixing *mixing, cuxas_blend **ret_blend, size_t *ret_n_blend,
                                cuxas_error *err)
{
  const size_t       n_max     = mixing->settings->n_max;
  const cuxas_blend  none      = {.n = 0};
  cuxas_blend       *found     = cuxas_new(err, n_max, CUXAS_MIXTURE_BEAM * sizeof *found);
  cuxas_blend       *trial     = cuxas_new(err, mixing->n_candidate, CUXAS_MIXTURE_BEAM * sizeof *trial);
  bool               is_ok     = found != NULL && trial != NULL;
  const cuxas_blend *smaller   = &none;
  size_t             n_smaller = 1, n_found = 0;

  for (size_t k = 0; k < n_max && n_smaller > 0 && is_ok; k++) {
    is_ok          = extend_all(mixing, smaller, n_smaller, trial);
    size_t n_trial = sort_blends(trial, n_smaller * mixing->n_candidate);
    if (n_trial > N_SETTLED) n_trial = N_SETTLED;
    is_ok     = is_ok && settle_all(mixing, trial, n_trial);
    n_trial   = sort_blends(trial, n_trial);
    n_smaller = n_trial < CUXAS_MIXTURE_BEAM ? n_trial : CUXAS_MIXTURE_BEAM;
    if (n_smaller > 0 && is_ok) memcpy(found + n_found, trial, n_smaller * sizeof *found);
    smaller = found + n_found;
    n_found += n_smaller;
  }
  free(trial);
  if (!is_ok) {
    free(found);
    return cuxas_no_memory(err);
  }
  *ret_blend   = found;
  *ret_n_blend = n_found;
  return CUXAS_OK;
}
