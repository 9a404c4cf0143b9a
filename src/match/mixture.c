/* mixture.c - the best sums of few candidates, and what can be said of them
 *
 * Contents: 1. from sums to a mixture  2. of a library  3. non-negative least squares */
#include "match/mixture.h"
#include "base/memory.h"
#include "spectrum/curve.h"
#include "match/blend.h"
#include "match/search.h"
#include "base/random.h"
#include "match/candidate.h"
#include "match/answer.h"
#include "match/hits.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ==== 1. from sums to a mixture ==== */

enum { MAX_PARAMETER = 3 * CUXAS_MIXTURE_MAX }; /* a weight, a shift and a fraction of every part */
#define SHIFT_STEP_EV 0.05                      /* of numerical derivatives */
#define FRACTION_STEP 0.02

/* -- sums -- */

/* The sum of a blend on the measured scale: parts, and the most likely offset and slope. opt_part (n, n_energy) w_i
 * f_i; work (3, n_energy). */
static void add_up(const cuxas_mixing *mixing, const cuxas_blend *blend, double *ret_sum, double *opt_part,
                   double *work)
{
  const size_t           n   = mixing->grid.n_energy;
  const cuxas_whitening *w   = &mixing->whitening;
  double                *own = work, *rest = work + n;
  for (size_t i = 0; i < n; i++) ret_sum[i] = 0.0;
  for (size_t k = 0; k < blend->n; k++) {
    cuxas_mixing_read(mixing, &blend->part[k], own, rest);
    for (size_t i = 0; i < n; i++) {
      own[i] *= blend->part[k].weight;
      ret_sum[i] += own[i];
    }
    if (opt_part != NULL) memcpy(opt_part + k * n, own, n * sizeof *own);
  }
  for (size_t i = 0; i < n; i++) rest[i] = mixing->measured[i] - ret_sum[i];
  double nuisance[CUXAS_N_NUISANCE];
  cuxas_whitening_fit(w, rest, work + 2 * n, nuisance);
  for (size_t i = 0; i < n; i++) ret_sum[i] += cuxas_whitening_nuisance(w, nuisance, i);
}

/* Components in falling weight, as reports show them. */
static void describe(const cuxas_mixing *mixing, const cuxas_mixture_candidate *candidate, const cuxas_blend *blend,
                     double *work, cuxas_mixture_fit *ret_fit)
{
  double total = 0.0, weight[CUXAS_MIXTURE_MAX];
  size_t order[CUXAS_MIXTURE_MAX];
  for (size_t i = 0; i < blend->n; i++) total += weight[i] = blend->part[i].weight;
  gsl_sort_index(order, weight, 1, blend->n);
  *ret_fit = (cuxas_mixture_fit){.n_component = blend->n, .score = blend->score};
  for (size_t i = 0; i < blend->n; i++) {
    const cuxas_blend_part  *part  = &blend->part[order[blend->n - 1 - i]];
    cuxas_mixture_component *own   = &ret_fit->component[i];
    const double             share = part->weight / total;
    *own                           = (cuxas_mixture_component){.i_candidate   = part->i_candidate,
                                                               .weight        = part->weight,
                                                               .share         = share,
                                                               .share_low     = share,
                                                               .share_high    = share,
                                                               .shift_eV      = part->shift_eV,
                                                               .hole_fraction = part->hole_fraction};
    snprintf(own->name, sizeof own->name, "%s", candidate[part->i_candidate].name);
  }
  add_up(mixing, blend, work, NULL, work + mixing->grid.n_energy);
  ret_fit->mae     = cuxas_metric_mae(mixing->measured, work, mixing->grid.n_energy);
  ret_fit->pearson = cuxas_metric_pearson(mixing->measured, work, mixing->grid.n_energy);
}

/* -- what decides -- */

static double log_choose(size_t n, size_t k)
{
  return lgamma((double)n + 1.0) - lgamma((double)k + 1.0) - lgamma((double)(n - k) + 1.0);
}

static double find_bic(const cuxas_mixing *mixing, const cuxas_blend *blend)
{
  return -2.0 * blend->score +
         (double)cuxas_mixing_n_fitted(mixing, blend) * log(cuxas_score_model_defaults().n_independent) +
         2.0 * log_choose(mixing->n_candidate, blend->n);
}

/* Components of the chosen blend that this rival lacks are not common. */
static void mark_common(const cuxas_blend *rival, cuxas_mixture_fit *chosen)
{
  for (size_t i = 0; i < chosen->n_component; i++)
    chosen->component[i].is_common =
        chosen->component[i].is_common && cuxas_blend_has(rival, chosen->component[i].i_candidate);
}

/* The best of every size, the chosen one, its rivals, and the verdict. Blends by size, then score. Returns the chosen
 * blend. */
static size_t decide(const cuxas_mixing *mixing, const cuxas_mixture_candidate *candidate, const cuxas_blend *blend,
                     size_t n_blend, double *bic, double *work, cuxas_mixture *mixture)
{
  size_t order[CUXAS_MIXTURE_MAX * CUXAS_MIXTURE_BEAM], chosen;
  for (size_t i = 0; i < n_blend; i++) bic[i] = find_bic(mixing, &blend[i]);
  gsl_sort_index(order, bic, 1, n_blend);
  chosen = order[0];
  for (size_t i = 0; i < n_blend; i++) {
    if (i > 0 && blend[i].n == blend[i - 1].n) continue;
    if (blend[i].n == blend[chosen].n) mixture->i_chosen = mixture->n_fit;
    describe(mixing, candidate, &blend[i], work, &mixture->fit[mixture->n_fit]);
    mixture->fit[mixture->n_fit++].bic = bic[i];
  }
  cuxas_mixture_fit *fit    = &mixture->fit[mixture->i_chosen];
  bool               is_one = fit->n_component == 1;
  for (size_t i = 0; i < fit->n_component; i++) fit->component[i].is_common = true;
  for (size_t i = 1; i < n_blend && bic[order[i]] < bic[chosen] + CUXAS_MIXTURE_DECIDE; i++) {
    const cuxas_blend *rival = &blend[order[i]];
    if (cuxas_blend_contains(rival, &blend[chosen])) continue;
    if (cuxas_blend_is_alike(mixing, rival, &blend[chosen])) continue; /* other measurements of the same compounds */
    is_one = is_one || rival->n == 1;
    mark_common(rival, fit);
    mixture->has_more = mixture->n_rival == CUXAS_MIXTURE_MAX_RIVAL;
    if (mixture->has_more) continue;
    describe(mixing, candidate, rival, work, &mixture->rival[mixture->n_rival]);
    mixture->rival[mixture->n_rival++].bic = bic[order[i]];
  }
  mixture->verdict = is_one ? CUXAS_MIXTURE_ONE : mixture->n_rival > 0 ? CUXAS_MIXTURE_SEVERAL : CUXAS_MIXTURE_FOUND;
  return chosen;
}

/* -- how sure the shares are -- */

/* The chosen sum, linear around what was found: how the whitened curve changes with every weight, shift and fraction. */
typedef struct {
  const cuxas_mixing *mixing;
  const cuxas_blend  *blend;
  size_t              n; /* parameters: all weights, then all shifts, then all fractions, as far as they are fitted */
  double              curvature[MAX_PARAMETER * MAX_PARAMETER];
} tangent;

/* The part's curve changed by a step of its shift or of its fraction, less the same in the other direction, over both steps. */
static void differentiate(const cuxas_mixing *mixing, const cuxas_blend_part *part, double shift_eV, double fraction,
                          double *ret_row, double *work)
{
  const size_t     n  = mixing->grid.n_energy;
  cuxas_blend_part up = *part, down = *part;
  up.shift_eV           = fmin(part->shift_eV + shift_eV, mixing->high_eV);
  down.shift_eV         = fmax(part->shift_eV - shift_eV, mixing->low_eV);
  up.hole_fraction      = fmin(part->hole_fraction + fraction, 1.0);
  down.hole_fraction    = fmax(part->hole_fraction - fraction, 0.0);
  const double distance = shift_eV > 0.0 ? up.shift_eV - down.shift_eV : up.hole_fraction - down.hole_fraction;
  cuxas_mixing_read(mixing, &up, ret_row, work);
  cuxas_mixing_read(mixing, &down, work, work + n);
  for (size_t i = 0; i < n; i++) ret_row[i] = part->weight * (ret_row[i] - work[i]) / distance;
}

/* Prior knowledge of shifts: the inverse of own^2 + common^2 (i, j). */
static void add_priors(tangent *io)
{
  const cuxas_mixture_settings *settings = io->mixing->settings;
  const size_t                  n        = io->blend->n;
  const double                  own = settings->own_sd_eV * settings->own_sd_eV, hole = settings->compare.hole_prior.sd;
  size_t                        first = n;
  if (!io->mixing->is_fixed) {
    const double common = settings->common_sd_eV * settings->common_sd_eV;
    const double shared = isinf(common) ? 1.0 / (double)n : common / (own + (double)n * common);
    for (size_t i = 0; i < n && isfinite(own); i++)
      for (size_t k = 0; k < n; k++)
        io->curvature[(first + i) * io->n + first + k] += ((i == k ? 1.0 : 0.0) - shared) / own;
    first += n;
  }
  for (size_t i = first; i < io->n; i++) io->curvature[i * io->n + i] += 1.0 / (hole * hole);
}

/* Curvature of S, its sign turned: of N independent numbers whose errors are as large as what is left over. */
static cuxas_status find_tangent(tangent *io, double r_square, cuxas_error *err)
{
  const cuxas_mixing *mixing = io->mixing;
  const size_t        n = mixing->grid.n_energy, n_part = io->blend->n;
  const double        rest = mixing->target_square * fmax(1.0 - r_square, 1e-9);
  const double        gain = cuxas_score_model_defaults().n_independent / rest;
  cuxas_whitened      column[MAX_PARAMETER];
  double             *row = cuxas_new(err, n, (MAX_PARAMETER + 3) * sizeof *row);
  if (row == NULL) return CUXAS_ENOMEM;
  double *const work = row + MAX_PARAMETER * n;
  for (int kind = 0; kind < 3; kind++)
    for (size_t i = 0; i < n_part; i++) {
      const cuxas_blend_part *part = &io->blend->part[i];
      if ((kind == 1 && mixing->is_fixed) || (kind == 2 && !cuxas_mixing_fits_hole(mixing, part->i_candidate)))
        continue;
      if (kind == 0)
        cuxas_mixing_read(mixing, part, work, work + n);
      else
        differentiate(mixing, part, kind == 1 ? SHIFT_STEP_EV : 0.0, kind == 2 ? FRACTION_STEP : 0.0, work, work + n);
      column[io->n] = cuxas_whiten(&mixing->whitening, work, row + io->n * n);
      io->n++;
    }
  for (size_t i = 0; i < io->n; i++)
    for (size_t k = 0; k < io->n; k++)
      io->curvature[i * io->n + k] = gain * cuxas_whitened_product(&mixing->whitening, &column[i], &column[k]);
  add_priors(io);
  free(row);
  return CUXAS_OK;
}

/* The lower factor of a symmetric matrix, in its place; false: not positive definite. */
static bool factorise(double *a, size_t n)
{
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k <= i; k++) {
      double value = a[i * n + k];
      for (size_t m = 0; m < k; m++) value -= a[i * n + m] * a[k * n + m];
      if (k == i && !(value > 1e-12 * fabs(a[i * n + i]))) return false;
      a[i * n + k] = k == i ? sqrt(value) : value / a[k * n + k];
    }
  return true;
}

/* One draw of the weights: by Student's t, as the size of the errors is learnt from the same N numbers; every edge step has one. */
static void draw_shares(const tangent *at, uint64_t *random, double share[CUXAS_MIXTURE_MAX])
{
  const size_t n_part  = at->blend->n;
  const double freedom = fmax(cuxas_score_model_defaults().n_independent - (double)at->n, 3.0);
  double       z[MAX_PARAMETER], chi = 0.0, total = 0.0;
  for (size_t i = 0; i < at->n; i++) z[i] = random_normal(random);
  for (int i = 0; i < (int)freedom; i++) {
    const double one = random_normal(random);
    chi += one * one / floor(freedom);
  }
  for (size_t i = at->n; i-- > 0;) { /* L' x = z: x has the covariance (L L')^-1 */
    for (size_t k = i + 1; k < at->n; k++) z[i] -= at->curvature[k * at->n + i] * z[k];
    z[i] /= at->curvature[i * at->n + i];
  }
  for (size_t i = 0; i < n_part; i++) {
    const double step = exp(at->mixing->step_error[at->blend->part[i].i_candidate] * random_normal(random));
    share[i]          = fmax(at->blend->part[i].weight + z[i] / sqrt(chi), 0.0) * step;
    total += share[i];
  }
  for (size_t i = 0; i < n_part; i++) share[i] = total > 0.0 ? share[i] / total : 1.0 / (double)n_part;
}

static cuxas_status find_intervals(const cuxas_mixing *mixing, const cuxas_blend *blend, cuxas_mixture *mixture,
                                   cuxas_error *err)
{
  enum { N = CUXAS_MIXTURE_DRAWS };
  tangent            at     = {.mixing = mixing, .blend = blend};
  cuxas_mixture_fit *fit    = &mixture->fit[mixture->i_chosen];
  uint64_t           random = mixing->settings->seed;
  double             drawn[CUXAS_MIXTURE_MAX][N];
  cuxas_status       status = find_tangent(&at, blend->r_square, err);
  if (status != CUXAS_OK || fit->n_component < 2) return status;
  if (!factorise(at.curvature, at.n)) return CUXAS_OK; /* two parts are the same curve */
  for (size_t i = 0; i < N; i++) {
    double share[CUXAS_MIXTURE_MAX];
    draw_shares(&at, &random, share);
    for (size_t k = 0; k < blend->n; k++) drawn[k][i] = share[k];
  }
  for (size_t k = 0; k < blend->n; k++) {
    gsl_sort(drawn[k], 1, N);
    for (size_t i = 0; i < fit->n_component; i++) {
      if (fit->component[i].i_candidate != blend->part[k].i_candidate) continue;
      fit->component[i].share_low  = fmin(drawn[k][N / 20], fit->component[i].share);
      fit->component[i].share_high = fmax(drawn[k][N - 1 - N / 20], fit->component[i].share);
    }
  }
  return CUXAS_OK;
}

/* -- what would have been seen -- */

/* The measurement with so much of a standard put into it: is the standard asked for then? */
static cuxas_status is_seen(const cuxas_mixing *mixing, const cuxas_blend *chosen, size_t i_candidate, double share,
                            bool *ret_is_seen, cuxas_error *err)
{
  const size_t     n        = mixing->grid.n_energy;
  cuxas_mixing     injected = *mixing;
  cuxas_blend      without = *chosen, with = *chosen;
  cuxas_blend_part more  = {.i_candidate = i_candidate, .shift_eV = 0.0, .hole_fraction = 1.0};
  double          *curve = cuxas_new(err, n, 4 * sizeof *curve), total = 0.0;
  if (curve == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < chosen->n; i++) total += chosen->part[i].weight;
  cuxas_mixing_read(mixing, &more, curve, curve + n);
  for (size_t i = 0; i < n; i++) curve[2 * n + i] = (1.0 - share) * mixing->measured[i] + share * total * curve[i];
  injected.target        = cuxas_whiten(&mixing->whitening, curve + 2 * n, curve + 3 * n);
  injected.target_square = cuxas_whitened_product(&mixing->whitening, &injected.target, &injected.target);
  with.part[with.n++]    = more;
  cuxas_status status    = cuxas_blend_settle(&injected, &without, err);
  if (status == CUXAS_OK) status = cuxas_blend_settle(&injected, &with, err);
  *ret_is_seen = find_bic(mixing, &with) + CUXAS_MIXTURE_DECIDE < find_bic(mixing, &without);
  free(curve);
  return status;
}

/* The least of the shares that are tried, and every larger one, that would have been seen; 1: none. */
static cuxas_status find_limit(const cuxas_mixing *mixing, const cuxas_blend *chosen, size_t i_candidate,
                               double *ret_share, cuxas_error *err)
{
  static const double SHARE[] = {0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5};
  size_t              low = 0, high = sizeof SHARE / sizeof *SHARE;
  cuxas_status        status = CUXAS_OK;
  while (low < high && status == CUXAS_OK) {
    const size_t middle = (low + high) / 2;
    bool         is_it  = false;
    status              = is_seen(mixing, chosen, i_candidate, SHARE[middle], &is_it, err);
    if (is_it)
      high = middle;
    else
      low = middle + 1;
  }
  *ret_share = low < sizeof SHARE / sizeof *SHARE ? SHARE[low] : 1.0;
  return status;
}

/* Of every compound that the chosen sum lacks, by its first standard. */
static cuxas_status find_limits(const cuxas_mixing *mixing, const cuxas_mixture_candidate *candidate,
                                const cuxas_blend *chosen, cuxas_mixture *mixture, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  if (chosen->n == CUXAS_MIXTURE_MAX) return CUXAS_OK;
  for (size_t i = 0; i < mixing->n_candidate && status == CUXAS_OK; i++) {
    bool is_new = mixing->resampled[i] != NULL && mixture->n_limit < CUXAS_MIXTURE_MAX_LIMIT;
    for (size_t k = 0; k < i && is_new; k++)
      is_new = mixing->resampled[k] == NULL || mixing->compound[k] != mixing->compound[i];
    for (size_t k = 0; k < chosen->n && is_new; k++)
      is_new = mixing->compound[chosen->part[k].i_candidate] != mixing->compound[i];
    if (!is_new) continue;
    cuxas_mixture_limit *limit = &mixture->limit[mixture->n_limit++];
    snprintf(limit->name, sizeof limit->name, "%s", candidate[i].name);
    status = find_limit(mixing, chosen, i, &limit->share, err);
  }
  return status;
}

/* -- all of it -- */

cuxas_mixture_settings cuxas_mixture_settings_for(cuxas_mixture_kind kind, const cuxas_compare_settings *compare,
                                                  size_t n_max, uint64_t seed, int n_thread)
{
  cuxas_mixture_settings result = {
      .kind = kind, .compare = *compare, .n_max = n_max, .seed = seed, .n_thread = n_thread, .n_own = 1};
  const double between = CUXAS_PRIOR_STANDARD_SD_EV, spread = compare->shift_prior.sd;
  if (kind == CUXAS_MIXTURE_OF_PREDICTIONS) {
    result.common_sd_eV = between;
    result.own_sd_eV    = sqrt(fmax(spread * spread - between * between, 0.01 * spread * spread));
    return result;
  }
  result.own_sd_eV               = between / sqrt(2.0);
  result.common_sd_eV            = sqrt(fmax(pow(compare->standard_prior.sd, 2.0) - 0.5 * between * between, 0.0));
  result.compare.shift_mode      = CUXAS_SHIFT_FIT;
  result.compare.center_shift_eV = compare->standard_prior.mean;
  result.compare.window_eV       = CUXAS_MIXTURE_STANDARD_WINDOW_EV * compare->standard_prior.sd / between;
  result.compare.shift_prior     = compare->standard_prior;
  result.compare.fwhm_eV         = 0.0;
  result.wants_limits            = true;
  return result;
}

static cuxas_mixture *new_mixture(const cuxas_mixing *mixing)
{
  const size_t   n      = mixing->grid.n_energy;
  cuxas_mixture *result = cuxas_new(NULL, 1, sizeof *result);
  if (result == NULL) return NULL;
  result->kind        = mixing->settings->kind;
  result->n_candidate = mixing->n_candidate;
  result->grid        = mixing->grid;
  result->measured    = cuxas_new(NULL, n, sizeof *result->measured);
  result->sum         = cuxas_new(NULL, n, sizeof *result->sum);
  result->rest        = cuxas_new(NULL, n, sizeof *result->rest);
  result->part        = cuxas_new(NULL, CUXAS_MIXTURE_MAX, n * sizeof *result->part);
  if (result->measured != NULL && result->sum != NULL && result->rest != NULL && result->part != NULL) return result;
  cuxas_mixture_free(result);
  return NULL;
}

void cuxas_mixture_free(cuxas_mixture *mixture)
{
  if (mixture == NULL) return;
  free(mixture->measured);
  free(mixture->sum);
  free(mixture->rest);
  free(mixture->part);
  free(mixture);
}

/* Parts of the chosen sum by falling weight, like its components. */
static void sort_parts(const cuxas_mixture_fit *fit, cuxas_blend *blend)
{
  const cuxas_blend before = *blend;
  for (size_t i = 0; i < fit->n_component; i++)
    for (size_t k = 0; k < before.n; k++)
      if (before.part[k].i_candidate == fit->component[i].i_candidate) blend->part[i] = before.part[k];
}

/* Turns blends into a mixture. */
static cuxas_status judge(const cuxas_mixing *mixing, const cuxas_mixture_candidate *candidate, cuxas_blend *blend,
                          size_t n_blend, cuxas_mixture *mixture, cuxas_error *err)
{
  const size_t n    = mixing->grid.n_energy;
  double      *work = cuxas_new(err, 4 * n + n_blend, sizeof *work);
  if (work == NULL) return CUXAS_ENOMEM;
  cuxas_blend *one = &blend[decide(mixing, candidate, blend, n_blend, work + 4 * n, work, mixture)];
  sort_parts(&mixture->fit[mixture->i_chosen], one);
  memcpy(mixture->measured, mixing->measured, n * sizeof *mixture->measured);
  add_up(mixing, one, mixture->sum, mixture->part, work);
  for (size_t i = 0; i < n; i++) mixture->rest[i] = mixture->measured[i] - mixture->sum[i];
  free(work);
  mixture->n_left_out = mixing->n_left_out;
  if (mixing->i_shortest < mixing->n_candidate)
    snprintf(mixture->shortest, sizeof mixture->shortest, "%s", candidate[mixing->i_shortest].name);
  const cuxas_status status = find_intervals(mixing, one, mixture, err);
  return status == CUXAS_OK && mixing->settings->wants_limits ? find_limits(mixing, candidate, one, mixture, err)
                                                              : status;
}

cuxas_status cuxas_mixture_new(const cuxas_query *query, const cuxas_mixture_candidate *candidate, size_t n_candidate,
                               const cuxas_mixture_settings *settings, cuxas_mixture **ret_mixture, cuxas_error *err)
{
  cuxas_mixture_settings used    = *settings;
  cuxas_mixing          *mixing  = NULL;
  cuxas_mixture         *mixture = NULL;
  cuxas_blend           *blend   = NULL;
  size_t                 n_blend = 0;
  cuxas_status           status;

  *ret_mixture = NULL;
  if (n_candidate == 0 || settings->n_max == 0 || settings->n_max > CUXAS_MIXTURE_MAX || settings->n_thread < 1)
    return cuxas_fail(err, CUXAS_ERANGE, "a mixture of %zu out of %zu candidates; 1 to %d can be mixed",
                      settings->n_max, n_candidate, CUXAS_MIXTURE_MAX);
  if (used.n_max > n_candidate) used.n_max = n_candidate;
  if ((status = cuxas_mixing_new(query, candidate, n_candidate, &used, &mixing, err)) != CUXAS_OK ||
      (status = cuxas_blend_search(mixing, &blend, &n_blend, err)) != CUXAS_OK)
    goto done;
  if (n_blend == 0)
    status = cuxas_fail(err, CUXAS_ENUMERIC, "no candidate goes with the measurement");
  else if ((mixture = new_mixture(mixing)) == NULL)
    status = cuxas_no_memory(err);
  else
    status = judge(mixing, candidate, blend, n_blend, mixture, err);
  if (status == CUXAS_OK) {
    *ret_mixture = mixture;
    mixture      = NULL;
  }
done:
  cuxas_mixture_free(mixture);
  free(blend);
  cuxas_mixing_free(mixing);
  return status;
}

/* ==== 2. of a library ==== */

static bool is_component(const cuxas_slot *slot, cuxas_mixture_kind kind)
{
  if (slot->fate != CUXAS_FATE_HIT) return false;
  return kind == CUXAS_MIXTURE_OF_PREDICTIONS ? slot->curve.is_prediction : slot->curve.is_measured;
}

/* One shift for all candidates of the match is one for all components. */
static void take_common_shift(const cuxas_hit_index *hits, const cuxas_library *library,
                              cuxas_compare_settings *compare)
{
  compare->shift_mode = CUXAS_SHIFT_FIT;
  for (size_t i = 0; i < library->n_slot; i++) {
    const cuxas_hit *hit = is_component(&library->slot[i], CUXAS_MIXTURE_OF_PREDICTIONS)
                               ? cuxas_hit_index_find(hits, library->slot[i].hit.label)
                               : NULL;
    if (hit == NULL) continue;
    compare->shift_mode     = CUXAS_SHIFT_FIXED;
    compare->fixed_shift_eV = hit->comparison.shift_eV;
    return;
  }
}

/* What a library has to mix. */
static size_t list_components(const cuxas_mixture_source *from, const cuxas_hit_index *hits,
                              const cuxas_mixture_settings *settings, const char *opt_omit, bool is_elsewhere,
                              cuxas_mixture_candidate *ret_candidate)
{
  size_t n = 0;
  for (size_t i = 0; i < from->library->n_slot; i++) {
    const cuxas_slot *slot = &from->library->slot[i];
    if (!is_component(slot, settings->kind)) continue;
    const cuxas_hit *hit = cuxas_hit_index_find(hits, slot->hit.label);
    if (hit == NULL || hit->is_query || (opt_omit != NULL && strcmp(slot->hit.name, opt_omit) == 0)) continue;
    cuxas_mixture_candidate *own   = &ret_candidate[n++];
    const cuxas_curve        curve = cuxas_candidate_pair(&slot->curve, &settings->compare);
    *own                           = (cuxas_mixture_candidate){slot->hit.name, curve, "", is_elsewhere};
    if (settings->kind == CUXAS_MIXTURE_OF_STANDARDS) cuxas_formula_read(slot->hit.name, own->formula);
    if (!cuxas_formula_is_possible(own->formula, settings->opt_filter)) n--;
  }
  return n;
}

/* -- is it the answer? -- */

#define GAP_MAE 0.03  /* two measurements of one compound on different instruments differ by as much */
#define SAME_MAE 0.01 /* what is left over of a sum of the very spectra, */
#define SAME_PART 0.4 /* and beside what a single one leaves */
#define LESS_PART 0.5 /* of what a single one leaves: worth telling */
#define MOVED_EV 1.0  /* an energy-loss axis may be off by more, but all parts of a sum with it */

/* The state of most of a component's copper, as its compound has it among the candidates, or as its formula tells; -1: not known. */
static int state_of_component(const cuxas_mixture_component *component, const cuxas_hits *hits)
{
  char                    formula[CUXAS_FORMULA_SIZE];
  cuxas_site_surroundings told;
  if (!cuxas_formula_read(component->name, formula)) return -1;
  cuxas_surroundings_of_formula(formula, &told);
  for (size_t i = 0; i <= hits->n_hit; i++) {
    const cuxas_site_surroundings *of = i < hits->n_hit ? hits->hit[i].surroundings : &told;
    if ((i < hits->n_hit && strcmp(hits->hit[i].formula, formula) != 0) || of == NULL || !of->is_known) continue;
    for (int k = 0; k < CUXAS_N_STATE; k++)
      if (of->state[k] > 0.5) return k;
  }
  return -1;
}

/* if_unknown: what to say where a state is not known. */
static bool has_two_states(const cuxas_mixture_fit *fit, const cuxas_hits *hits, bool if_unknown)
{
  const int first = state_of_component(&fit->component[0], hits);
  for (size_t i = 1; i < fit->n_component; i++) {
    const int other = state_of_component(&fit->component[i], hits);
    if (first < 0 || other < 0 ? if_unknown : other != first) return true;
  }
  return false;
}

/* Where several sums do equally well each of them must have copper in two states. */
static bool all_have_two_states(const cuxas_mixture *mixture, const cuxas_hits *hits)
{
  for (size_t i = 0; i < mixture->n_rival; i++)
    if (!has_two_states(&mixture->rival[i], hits, false)) return false;
  return !mixture->has_more && has_two_states(&mixture->fit[mixture->i_chosen], hits, false);
}

/* Does the best single one agree only where the energy axis is by far elsewhere than for the sum that it is a part of? */
static bool is_moved(const cuxas_mixture *mixture, const cuxas_mixture_fit *sum)
{
  const cuxas_mixture_fit *single = &mixture->fit[0];
  for (size_t i = 0; i < sum->n_component && single->n_component == 1; i++)
    if (strcmp(sum->component[i].name, single->component[0].name) == 0)
      return fabs(sum->component[i].shift_eV - single->component[0].shift_eV) > MOVED_EV;
  return false;
}

void cuxas_mixture_judge(cuxas_mixture *mixture, const cuxas_hits *hits, const cuxas_hits *opt_standards)
{
  const cuxas_mixture_fit *fit    = &mixture->fit[mixture->i_chosen];
  double                   single = INFINITY;
  for (size_t i = 0; i < mixture->n_fit; i++)
    if (mixture->fit[i].n_component == 1) single = fmin(single, mixture->fit[i].mae);
  for (size_t i = 0; opt_standards != NULL && i < opt_standards->n_hit; i++)
    if (!opt_standards->hit[i].is_query) single = fmin(single, opt_standards->hit[i].comparison.mae);
  const bool is_same = fit->mae < SAME_MAE && fit->mae < SAME_PART * single, is_far = fit->mae + GAP_MAE <= single;
  const bool is_elsewhere = is_moved(mixture, fit);
  mixture->single_mae     = single;
  mixture->is_answer      = false;
  if (mixture->verdict == CUXAS_MIXTURE_FOUND)
    mixture->is_answer =
        is_same || (is_far && has_two_states(fit, hits, true)) || (is_elsewhere && has_two_states(fit, hits, false));
  else if (mixture->verdict == CUXAS_MIXTURE_SEVERAL)
    mixture->is_answer = (is_same || is_far || is_elsewhere) && all_have_two_states(mixture, hits);
  mixture->is_possible = false;
  for (size_t i = 0; i < mixture->n_fit && !mixture->is_answer && single >= SAME_MAE; i++) {
    const cuxas_mixture_fit *sum = &mixture->fit[i];
    if (sum->n_component < 2 || sum->bic >= fit->bic + CUXAS_MIXTURE_DECIDE) continue;
    if (sum->mae >= LESS_PART * single && !(is_elsewhere && sum == fit)) continue;
    mixture->is_possible = true;
    mixture->i_possible  = i;
    break;
  }
}

cuxas_status cuxas_mixture_library(const cuxas_query *query, const cuxas_mixture_source *source, size_t n_source,
                                   const cuxas_mixture_settings *settings, const char *opt_omit,
                                   cuxas_mixture **ret_mixture, cuxas_error *err)
{
  cuxas_mixture_settings used        = *settings;
  size_t                 n_candidate = 0, n_slot = 0;
  cuxas_status           status = CUXAS_OK;
  *ret_mixture                  = NULL;
  for (size_t i = 0; i < n_source; i++) n_slot += source[i].library->n_slot;
  cuxas_mixture_candidate *candidate = cuxas_new(err, n_slot, sizeof *candidate);
  if (candidate == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_source && status == CUXAS_OK; i++) {
    cuxas_hit_index hits;
    if ((status = cuxas_hit_index_make(source[i].hits, &hits, err)) == CUXAS_OK) {
      n_candidate +=
          list_components(&source[i], &hits, settings, opt_omit, i >= settings->n_own, candidate + n_candidate);
      if (i == 0 && used.compare.shift_mode == CUXAS_SHIFT_COMMON)
        take_common_shift(&hits, source[0].library, &used.compare);
    }
    cuxas_hit_index_clear(&hits);
  }
  if (status == CUXAS_OK && n_candidate > 0)
    status = cuxas_mixture_new(query, candidate, n_candidate, &used, ret_mixture, err);
  free(candidate);
  return status;
}

/* ==== 3. non-negative least squares ==== */

#define DEPENDENT 1e-10 /* pivot beside the diagonal: the column says nothing new */

/* Solves gram z = inner for the unknowns in the passive set by Cholesky; 0 elsewhere and for dependent ones. */
static void solve_passive(const double *gram, const double *inner, size_t n, const bool *is_passive, double *ret_z)
{
  double l[CUXAS_NNLS_MAX][CUXAS_NNLS_MAX] = {{0.0}}, y[CUXAS_NNLS_MAX];
  size_t at[CUXAS_NNLS_MAX], n_in = 0;

  for (size_t i = 0; i < n; i++) {
    ret_z[i] = 0.0;
    if (!is_passive[i]) continue;
    double pivot = gram[i * n + i], sum = inner[i];
    for (size_t k = 0; k < n_in; k++) {
      double value = gram[i * n + at[k]];
      for (size_t m = 0; m < k; m++) value -= l[n_in][m] * l[k][m];
      l[n_in][k] = value / l[k][k];
      pivot -= l[n_in][k] * l[n_in][k];
      sum -= l[n_in][k] * y[k];
    }
    if (!(pivot > DEPENDENT * gram[i * n + i])) continue;
    l[n_in][n_in] = sqrt(pivot);
    y[n_in]       = sum / l[n_in][n_in];
    at[n_in++]    = i;
  }
  for (size_t k = n_in; k-- > 0;) {
    double value = y[k];
    for (size_t m = k + 1; m < n_in; m++) value -= l[m][k] * ret_z[at[m]];
    ret_z[at[k]] = value / l[k][k];
  }
}

/* The inactive unknown along which the misfit falls fastest; n: none does. */
static size_t find_entering(const double *gram, const double *inner, size_t n, const bool *is_passive,
                            const bool *is_barred, const double *x)
{
  size_t entering = n;
  double steepest = 0.0;
  for (size_t i = 0; i < n; i++) {
    if (is_passive[i] || is_barred[i]) continue;
    double gradient = inner[i];
    for (size_t k = 0; k < n; k++) gradient -= gram[i * n + k] * x[k];
    const double scaled = gradient / sqrt(fmax(gram[i * n + i], 1e-300));
    if (scaled > steepest && scaled > 1e-12 * fabs(inner[i])) {
      steepest = scaled;
      entering = i;
    }
  }
  return entering;
}

/* From x towards z until the first passive unknown would become negative; those at 0 leave. */
static bool step_to(const double *z, size_t n, bool *is_passive, double *x)
{
  double part = 1.0;
  for (size_t i = 0; i < n; i++)
    if (is_passive[i] && z[i] <= 0.0) part = fmin(part, x[i] / fmax(x[i] - z[i], 1e-300));
  for (size_t i = 0; i < n; i++) {
    if (!is_passive[i]) continue;
    const bool leaves = z[i] <= 0.0 && (x[i] - z[i] <= 0.0 || x[i] / (x[i] - z[i]) <= part);
    x[i] += part * (z[i] - x[i]);
    if (leaves) {
      x[i]          = 0.0;
      is_passive[i] = false;
    }
  }
  return part >= 1.0;
}

void cuxas_nnls(const double *gram, const double *inner, size_t n, double *ret_x)
{
  bool   is_passive[CUXAS_NNLS_MAX] = {false}, is_barred[CUXAS_NNLS_MAX] = {false};
  double z[CUXAS_NNLS_MAX];

  memset(ret_x, 0, n * sizeof *ret_x);
  for (size_t i_step = 0; i_step < 3 * n; i_step++) { /* Lawson and Hanson's own bound */
    const size_t entering = find_entering(gram, inner, n, is_passive, is_barred, ret_x);
    if (entering == n) return;
    is_passive[entering] = true;
    solve_passive(gram, inner, n, is_passive, z);
    if (z[entering] <= 0.0) { /* rounding, or dependent on the others: it cannot enter */
      is_passive[entering] = false;
      is_barred[entering]  = true;
      continue;
    }
    while (!step_to(z, n, is_passive, ret_x)) solve_passive(gram, inner, n, is_passive, z);
    memset(is_barred, 0, sizeof is_barred);
  }
}
