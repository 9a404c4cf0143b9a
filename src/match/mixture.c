/* mixture.c - the best sums of few candidates, and what can be said of them
 *
 * Contents: 1. from sums to a mixture  2. of a library */
#include "match/mixture.h"
#include "base/memory.h"
#include "spectrum/curve.h"
#include "match/blend.h"
#include "match/search.h"
#include "base/random.h"
#include "match/candidate.h"

#include <cblas.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ==== 1. from sums to a mixture ==== */

enum { MIN_BLOCK = 5 };

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
    cblas_dscal((blasint)n, blend->part[k].weight, own, 1);
    cblas_daxpy((blasint)n, 1.0, own, 1, ret_sum, 1);
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

/* Twice the integrated autocorrelation time of the residual. */
static size_t find_block(const double *residual, size_t n)
{
  const double square = cblas_ddot((blasint)n, residual, 1, residual, 1);
  double       time   = 0.5;
  for (size_t lag = 1; lag < n / 4 && square > 0.0; lag++) {
    const double product = cblas_ddot((blasint)(n - lag), residual, 1, residual + lag, 1);
    if (product <= 0.0) break;
    time += product / square;
  }
  const size_t block = (size_t)ceil(2.0 * time);
  return block > MIN_BLOCK ? block : MIN_BLOCK;
}

/* Parts of a blend as rows, and their products. */
typedef struct {
  cuxas_whitened part[CUXAS_MIXTURE_MAX];
  double         gram[CUXAS_MIXTURE_MAX * CUXAS_MIXTURE_MAX];
} whitened_parts;

static void whiten_parts(const cuxas_mixing *mixing, const cuxas_blend *blend, double *row, double *work,
                         whitened_parts *ret_parts)
{
  const size_t n = mixing->grid.n_energy;
  for (size_t i = 0; i < blend->n; i++) {
    cuxas_mixing_read(mixing, &blend->part[i], work, work + n);
    ret_parts->part[i] = cuxas_whiten(&mixing->whitening, work, row + i * n);
    for (size_t k = 0; k <= i; k++)
      ret_parts->gram[i * blend->n + k] = ret_parts->gram[k * blend->n + i] =
          cuxas_whitened_product(&mixing->whitening, &ret_parts->part[i], &ret_parts->part[k]);
  }
}

/* Shares fitted to the sum plus residuals drawn in blocks; work (2, n_energy). */
static void draw_shares(const cuxas_mixing *mixing, const whitened_parts *parts, size_t n_part,
                        const cuxas_mixture *mixture, uint64_t *random, double *work, double share[CUXAS_MIXTURE_MAX])
{
  const size_t n = mixing->grid.n_energy, block = mixture->block, n_start = n - block + 1;
  double       inner[CUXAS_MIXTURE_MAX], total = 0.0;
  for (size_t i = 0; i < n; i += block) {
    const size_t start = (size_t)(random_uniform(random) * (double)n_start);
    for (size_t k = 0; k < block && i + k < n; k++)
      work[i + k] = mixture->sum[i + k] + mixture->measured[start + k] - mixture->sum[start + k];
  }
  const cuxas_whitened drawn = cuxas_whiten(&mixing->whitening, work, work + n);
  for (size_t k = 0; k < n_part; k++) inner[k] = cuxas_whitened_product(&mixing->whitening, &parts->part[k], &drawn);
  cuxas_nnls(parts->gram, inner, n_part, share);
  for (size_t k = 0; k < n_part; k++) total += share[k];
  for (size_t k = 0; k < n_part; k++) share[k] = total > 0.0 ? share[k] / total : 0.0;
}

static cuxas_status find_intervals(const cuxas_mixing *mixing, const cuxas_blend *blend, cuxas_mixture *mixture,
                                   cuxas_error *err)
{
  enum { N = CUXAS_MIXTURE_REPLICATES };
  const size_t       n   = mixing->grid.n_energy;
  cuxas_mixture_fit *fit = &mixture->fit[mixture->i_chosen];
  double        *row = cuxas_new(err, n, (CUXAS_MIXTURE_MAX + 2) * sizeof *row), *work = row + CUXAS_MIXTURE_MAX * n;
  double         drawn[CUXAS_MIXTURE_MAX][N];
  uint64_t       random = mixing->settings->seed;
  whitened_parts parts;
  if (row == NULL) return CUXAS_ENOMEM;
  whiten_parts(mixing, blend, row, work, &parts);
  for (size_t i = 0; i < N; i++) {
    double share[CUXAS_MIXTURE_MAX];
    draw_shares(mixing, &parts, blend->n, mixture, &random, work, share);
    for (size_t k = 0; k < blend->n; k++) drawn[k][i] = share[k];
  }
  for (size_t k = 0; k < blend->n; k++) {
    gsl_sort(drawn[k], 1, N);
    for (size_t i = 0; i < fit->n_component; i++) {
      if (fit->component[i].i_candidate != blend->part[k].i_candidate) continue;
      fit->component[i].share_low  = drawn[k][N / 20];
      fit->component[i].share_high = drawn[k][N - 1 - N / 20];
    }
  }
  free(row);
  return CUXAS_OK;
}

/* -- all of it -- */

cuxas_mixture_settings cuxas_mixture_settings_for(cuxas_mixture_kind kind, const cuxas_compare_settings *compare,
                                                  size_t n_max, uint64_t seed, int n_thread)
{
  cuxas_mixture_settings result = {
      .kind = kind, .compare = *compare, .n_max = n_max, .seed = seed, .n_thread = n_thread};
  const double between = CUXAS_PRIOR_STANDARD_SD_EV, spread = compare->shift_prior.sd;
  if (kind == CUXAS_MIXTURE_OF_PREDICTIONS) {
    result.common_sd_eV = between;
    result.own_sd_eV    = sqrt(fmax(spread * spread - between * between, 0.01 * spread * spread));
    return result;
  }
  result.common_sd_eV = result.own_sd_eV = between / sqrt(2.0);
  result.compare.shift_mode              = CUXAS_SHIFT_FIT;
  result.compare.center_shift_eV         = 0.0;
  result.compare.window_eV               = CUXAS_MIXTURE_STANDARD_WINDOW_EV;
  result.compare.shift_prior             = (cuxas_prior){0.0, between};
  result.compare.fwhm_eV                 = 0.0;
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
  result->part        = cuxas_new(NULL, CUXAS_MIXTURE_MAX, n * sizeof *result->part);
  if (result->measured != NULL && result->sum != NULL && result->part != NULL) return result;
  cuxas_mixture_free(result);
  return NULL;
}

void cuxas_mixture_free(cuxas_mixture *mixture)
{
  if (mixture == NULL) return;
  free(mixture->measured);
  free(mixture->sum);
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
  double      *work = cuxas_new(err, 5 * n + n_blend, sizeof *work), *residual = work + 3 * n;
  if (work == NULL) return CUXAS_ENOMEM;
  cuxas_blend *one = &blend[decide(mixing, candidate, blend, n_blend, work + 5 * n, work, mixture)];
  sort_parts(&mixture->fit[mixture->i_chosen], one);
  memcpy(mixture->measured, mixing->measured, n * sizeof *mixture->measured);
  add_up(mixing, one, mixture->sum, mixture->part, work);
  for (size_t i = 0; i < n; i++) residual[i] = mixture->measured[i] - mixture->sum[i];
  mixture->block = find_block(residual, n);
  free(work);
  return find_intervals(mixing, one, mixture, err);
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

static const cuxas_hit *find_hit(const cuxas_hits *hits, const char *label)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (strcmp(hits->hit[i].label, label) == 0) return &hits->hit[i];
  return NULL;
}

static bool is_component(const cuxas_slot *slot, cuxas_mixture_kind kind)
{
  if (slot->fate != CUXAS_FATE_HIT) return false;
  return kind == CUXAS_MIXTURE_OF_PREDICTIONS ? slot->curve.is_prediction : slot->curve.is_measured;
}

/* One shift for all candidates of the match is one for all components. */
static void take_common_shift(const cuxas_hits *hits, const cuxas_library *library, cuxas_compare_settings *compare)
{
  compare->shift_mode = CUXAS_SHIFT_FIT;
  for (size_t i = 0; i < library->n_slot; i++) {
    const cuxas_hit *hit = is_component(&library->slot[i], CUXAS_MIXTURE_OF_PREDICTIONS)
                               ? find_hit(hits, library->slot[i].hit.label)
                               : NULL;
    if (hit == NULL) continue;
    compare->shift_mode     = CUXAS_SHIFT_FIXED;
    compare->fixed_shift_eV = hit->comparison.shift_eV;
    return;
  }
}

cuxas_status cuxas_mixture_library(const cuxas_query *query, const cuxas_library *library, const cuxas_hits *hits,
                                   const cuxas_mixture_settings *settings, const char *opt_omit,
                                   cuxas_mixture **ret_mixture, cuxas_error *err)
{
  cuxas_mixture_settings   used        = *settings;
  size_t                   n_candidate = 0;
  cuxas_mixture_candidate *candidate   = cuxas_new(err, library->n_slot, sizeof *candidate);

  *ret_mixture = NULL;
  if (candidate == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < library->n_slot; i++) {
    const cuxas_slot *slot = &library->slot[i];
    if (!is_component(slot, settings->kind)) continue;
    const cuxas_hit *hit = find_hit(hits, slot->hit.label);
    if (hit == NULL || hit->is_query || (opt_omit != NULL && strcmp(slot->hit.name, opt_omit) == 0)) continue;
    candidate[n_candidate++] = (cuxas_mixture_candidate){
        slot->hit.name, {slot->curve.grid, slot->curve.mu[0], slot->curve.mu[1], slot->curve.is_prediction}};
  }
  if (used.compare.shift_mode == CUXAS_SHIFT_COMMON) take_common_shift(hits, library, &used.compare);
  const cuxas_status status =
      n_candidate > 0 ? cuxas_mixture_new(query, candidate, n_candidate, &used, ret_mixture, err) : CUXAS_OK;
  free(candidate);
  return status;
}
