/* Contents: 1. what is compared  2. the measurement  3. reading and judging blends */
#include "match/mixing_priv.h"

#include "base/memory.h"
#include "match/scale.h"
#include "match/score_priv.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_RANGE_EV 30.0 /* two edges and what is between them */
#define STEP_EV 5.0         /* of the range's end are the level behind the edges */
#define LEAST_STEP 0.02     /* of a curve's height: a standard that rises less has no edge step to speak of */
enum { N_BEGIN = 5 };       /* points at the range's beginning are the level before them */
#define EXPLAINED 1e-9      /* part of the measurement below which nothing is explained */

/* 1. what is compared */

/* The energies of a grid that a curve covers. A standard's few tenths of an eV that a shift leaves uncovered are
 * continued by its end values: cutting them off would take the rise of edges that begin early. */
static void find_cover(const cuxas_curve *curve, cuxas_grid within, double *ret_low_eV, double *ret_high_eV)
{
  *ret_low_eV  = within.start_eV;
  *ret_high_eV = cuxas_grid_end_eV(within);
  if (curve->extend) return;
  *ret_low_eV  = fmax(*ret_low_eV, curve->grid.start_eV);
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
    if (!ret_is_in[i]) continue;
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

/* Rise of a standard over the range compared: its level at the end above that at the beginning. */
static double find_step(const cuxas_curve *curve, cuxas_grid grid)
{
  const double from  = (grid.start_eV - curve->grid.start_eV) / grid.step_eV;
  const size_t n_end = (size_t)(STEP_EV / grid.step_eV), first = (size_t)lround(fmax(0.0, from));
  double       begin = 0.0, end = 0.0;
  for (size_t i = 0; i < N_BEGIN; i++) begin += curve->no_hole[first + i] / N_BEGIN;
  for (size_t i = 0; i < n_end; i++) end += curve->no_hole[first + grid.n_energy - 1 - i] / (double)n_end;
  return end - begin;
}

/* A prediction has an edge step of 1; a standard is given one, so that weights of both mean the same. */
static cuxas_status prepare_curve(const cuxas_mixing *mixing, cuxas_curve curve, cuxas_resampled **ret_resampled,
                                  cuxas_error *err)
{
  const cuxas_compare_settings *compare = &mixing->settings->compare;
  cuxas_resampled              *result  = NULL;
  if (!compare->fit_hole && compare->hole_fraction == 1.0) curve.screened_hole = NULL;
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
  for (size_t i = 0; i < mixing->n_candidate && status == CUXAS_OK; i++)
    if (is_in[i]) status = prepare_curve(mixing, candidate[i].curve, &mixing->resampled[i], err);
  return status;
}

/* 2. the measurement */

static cuxas_status prepare_target(cuxas_mixing *mixing, const cuxas_query *query, cuxas_error *err)
{
  const size_t     n     = mixing->grid.n_energy;
  const size_t     first = (size_t)lround((mixing->grid.start_eV - query->grid.start_eV) / query->grid.step_eV);
  const cuxas_span all   = {0, n};
  cuxas_line       line;

  mixing->measured = cuxas_new_array(n, sizeof *mixing->measured);
  mixing->whitened = cuxas_new_array(n, sizeof *mixing->whitened);
  mixing->nuisance = cuxas_new_array(n, CUXAS_WHITENING_ROWS * sizeof *mixing->nuisance);
  if (mixing->measured == NULL || mixing->whitened == NULL || mixing->nuisance == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a mixture of %zu points", n);
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
  cuxas_mixing                 *mixing  = cuxas_new_array(1, sizeof *mixing);
  bool                         *is_in   = cuxas_new_array(n_candidate, sizeof *is_in);

  *ret_mixing = NULL;
  if (mixing != NULL) mixing->resampled = cuxas_new_array(n_candidate, sizeof *mixing->resampled);
  if (mixing == NULL || is_in == NULL || mixing->resampled == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory to mix %zu candidates", n_candidate);
    goto done;
  }
  mixing->settings       = settings;
  mixing->n_candidate    = n_candidate;
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
  free(mixing->nuisance);
  free(mixing->measured);
  free(mixing->whitened);
  free(mixing);
}

/* 3. reading and judging blends */

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
  for (size_t i = 0; i < blend->n; i++) {
    if (!cuxas_mixing_fits_hole(mixing, blend->part[i].i_candidate)) continue;
    const double z = (blend->part[i].hole_fraction - prior.mean) / prior.sd;
    score -= 0.5 * z * z;
  }
  return score;
}

bool cuxas_blend_has(const cuxas_blend *blend, size_t i_candidate)
{
  for (size_t i = 0; i < blend->n; i++)
    if (blend->part[i].i_candidate == i_candidate) return true;
  return false;
}

bool cuxas_blend_contains(const cuxas_blend *whole, const cuxas_blend *part)
{
  for (size_t i = 0; i < part->n; i++)
    if (!cuxas_blend_has(whole, part->part[i].i_candidate)) return false;
  return true;
}
