/* Contents: 1. curves at a shift  2. choosing components  3. over all shifts  4. how many, how sure  5. libraries */
#include "cuxas/mixture.h"

#include "cuxas/memory.h"
#include "cuxas/metric.h"
#include "match/library_priv.h"
#include "match/resample_priv.h"
#include "model/random_priv.h"

#include <cblas.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_EXCHANGE = 10, MIN_BLOCK = 5 };

typedef struct {
  const cuxas_query            *query;
  const cuxas_compare_settings *settings;
  size_t                        n_curve, n_energy, n_row; /* n_row = 2 n_energy: values, then derivatives */
  cuxas_resampled             **resampled;                /* (n_curve) */
  const double                 *hole;
  double                        slope_scale; /* of the derivative rows */
  double *measured;                          /* (n_energy) 0 ... 1 */
  double *target;                            /* (n_row) centred */
  double *curve;                             /* (n_curve, n_energy) at the shift looked at */
  double *row;                               /* (n_curve, n_row) centred */
  double *gram, *inner;                      /* (n_curve, n_curve), (n_curve) */
  double  target_square;
} mixing;

/* A set of candidates with its weights. */
typedef struct {
  size_t n;
  size_t member[CUXAS_MIXTURE_MAX];
  double weight[CUXAS_MIXTURE_MAX];
  double rss, shift_eV;
} blend;

/* 1. curves at a shift */

/* Values less their mean, and scaled central differences. */
static void make_rows(const mixing *mix, const double *mu, double *ret_row)
{
  const size_t n    = mix->n_energy;
  double       mean = 0.0;
  for (size_t i = 0; i < n; i++) mean += mu[i] / (double)n;
  for (size_t i = 0; i < n; i++) ret_row[i] = mu[i] - mean;
  ret_row[n] = ret_row[2 * n - 1] = 0.0;
  for (size_t i = 1; i + 1 < n; i++) ret_row[n + i] = mix->slope_scale * 0.5 * (mu[i + 1] - mu[i - 1]);
}

static double sum_of_squares(const double *value, size_t n)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) sum += value[i] * value[i];
  return sum;
}

static void read_curves(mixing *mix, double shift_eV, double *work)
{
  const cuxas_span all = {0, mix->n_energy};
  for (size_t k = 0; k < mix->n_curve; k++) {
    double *mu = mix->curve + k * mix->n_energy;
    cuxas_resampled_read(mix->resampled[k], 0, mix->query->grid, all, shift_eV, mu);
    if (mix->resampled[k]->n_channel == 2) {
      cuxas_resampled_read(mix->resampled[k], 1, mix->query->grid, all, shift_eV, work);
      for (size_t i = 0; i < mix->n_energy; i++) mu[i] = mix->hole[k] * mu[i] + (1.0 - mix->hole[k]) * work[i];
    }
    make_rows(mix, mu, mix->row + k * mix->n_row);
  }
}

static void multiply(mixing *mix)
{
  const blasint n = (blasint)mix->n_curve, m = (blasint)mix->n_row;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, m, 1.0, mix->row, m, mix->row, m, 0.0, mix->gram, n);
  cblas_dgemv(CblasRowMajor, CblasNoTrans, n, m, 1.0, mix->row, m, mix->target, 1, 0.0, mix->inner, 1);
}

/* 2. choosing components */

/* Weights and misfit of the members. */
static void weigh(const mixing *mix, const double *inner, double target_square, blend *ret_blend)
{
  double       gram[CUXAS_MIXTURE_MAX * CUXAS_MIXTURE_MAX] = {0.0}, own[CUXAS_MIXTURE_MAX] = {0.0};
  const size_t n = ret_blend->n;
  for (size_t i = 0; i < n; i++) {
    own[i] = inner[ret_blend->member[i]];
    for (size_t k = 0; k < n; k++) gram[i * n + k] = mix->gram[ret_blend->member[i] * mix->n_curve + ret_blend->member[k]];
  }
  cuxas_nnls(gram, own, n, ret_blend->weight);
  ret_blend->rss = target_square;
  for (size_t i = 0; i < n; i++) {
    double product = -2.0 * own[i];
    for (size_t k = 0; k < n; k++) product += gram[i * n + k] * ret_blend->weight[k];
    ret_blend->rss += ret_blend->weight[i] * product;
  }
  ret_blend->rss = fmax(ret_blend->rss, 1e-12 * target_square);
}

static bool has(const blend *one, size_t i_curve)
{
  for (size_t i = 0; i < one->n; i++)
    if (one->member[i] == i_curve) return true;
  return false;
}

/* The best candidate at place i_place, the others staying; true when it is better than what was there. */
static bool improve(const mixing *mix, blend *one, size_t i_place)
{
  blend best = *one;
  for (size_t k = 0; k < mix->n_curve; k++) {
    if (has(one, k)) continue;
    blend trial           = *one;
    trial.member[i_place] = k;
    weigh(mix, mix->inner, mix->target_square, &trial);
    if (trial.rss < best.rss * (1.0 - 1e-9)) best = trial;
  }
  const bool is_better = best.rss < one->rss;
  *one                 = best;
  return is_better;
}

/* One more component, then exchanges while they help. */
static void grow(const mixing *mix, blend *one)
{
  const size_t place = one->n;
  size_t       spare = 0;
  while (has(one, spare)) spare++;
  one->member[place] = spare;
  one->n++;
  weigh(mix, mix->inner, mix->target_square, one);
  improve(mix, one, place);
  for (int i = 0; i < MAX_EXCHANGE && place > 0; i++) {
    bool is_better = false;
    for (size_t k = 0; k < one->n; k++) is_better = improve(mix, one, k) || is_better;
    if (!is_better) break;
  }
}

/* 3. over all shifts */

static void try_shift(mixing *mix, double shift_eV, size_t n_max, double *work, blend *best)
{
  blend one = {.shift_eV = shift_eV};
  read_curves(mix, shift_eV, work);
  multiply(mix);
  for (size_t k = 0; k < n_max; k++) {
    grow(mix, &one);
    if (one.rss < best[k].rss) best[k] = one;
  }
}

static void try_shifts(mixing *mix, size_t n_max, double *work, blend *best)
{
  const cuxas_compare_settings *settings = mix->settings;
  const bool                    is_fixed = settings->shift_mode == CUXAS_SHIFT_FIXED;
  const double                  step_eV  = mix->query->grid.step_eV;
  const double                  center_eV = is_fixed ? settings->fixed_shift_eV : settings->center_shift_eV;
  const int n_side = is_fixed ? 0 : (int)floor(settings->window_eV / step_eV + 1e-6);
  for (size_t k = 0; k < n_max; k++) best[k].rss = INFINITY;
  for (int i = -n_side; i <= n_side; i++) try_shift(mix, center_eV + i * step_eV, n_max, work, best);
  for (int i = -1; i <= 1 && !is_fixed; i += 2) /* half a step around the best of the largest sum */
    try_shift(mix, best[n_max - 1].shift_eV + 0.5 * i * step_eV, n_max, work, best);
}

/* 4. how many, how sure */

static double offset_of(const mixing *mix, const blend *one)
{
  double mean = 0.0;
  for (size_t i = 0; i < mix->n_energy; i++) {
    double value = mix->measured[i];
    for (size_t k = 0; k < one->n; k++) value -= one->weight[k] * mix->curve[one->member[k] * mix->n_energy + i];
    mean += value / (double)mix->n_energy;
  }
  return mean;
}

/* The sum of the components on the measured scale; curves are those of its shift. */
static void add_up(const mixing *mix, const blend *one, double *ret_sum)
{
  const double offset = offset_of(mix, one);
  for (size_t i = 0; i < mix->n_energy; i++) {
    ret_sum[i] = offset;
    for (size_t k = 0; k < one->n; k++) ret_sum[i] += one->weight[k] * mix->curve[one->member[k] * mix->n_energy + i];
  }
}

/* Twice the integrated autocorrelation time of the residual. */
static size_t find_block(const double *residual, size_t n)
{
  const double square = sum_of_squares(residual, n);
  double       time   = 0.5;
  for (size_t lag = 1; lag < n / 4 && square > 0.0; lag++) {
    double product = 0.0;
    for (size_t i = 0; i + lag < n; i++) product += residual[i] * residual[i + lag];
    if (product <= 0.0) break;
    time += product / square;
  }
  const size_t block = (size_t)ceil(2.0 * time);
  return block > MIN_BLOCK ? block : MIN_BLOCK;
}

static double log_choose(size_t n, size_t k)
{
  return lgamma((double)n + 1.0) - lgamma((double)k + 1.0) - lgamma((double)(n - k) + 1.0);
}

static double find_bic(const mixing *mix, const blend *one, size_t block)
{
  const double n_eff = fmax(3.0, (double)mix->n_energy / (double)block);
  return n_eff * log(one->rss / (double)mix->n_row) + (double)(one->n + 2) * log(n_eff) +
         2.0 * log_choose(mix->n_curve, one->n);
}

/* Components in falling weight; those of weight 0 are dropped. */
static void describe(const mixing *mix, const blend *one, cuxas_mixture_fit *ret_fit)
{
  double total = 0.0;
  bool   is_used[CUXAS_MIXTURE_MAX] = {false};
  for (size_t i = 0; i < one->n; i++) total += one->weight[i];
  ret_fit->n_component = 0;
  ret_fit->shift_eV    = one->shift_eV;
  ret_fit->offset      = offset_of(mix, one);
  for (size_t i = 0; i < one->n; i++) {
    size_t next = one->n;
    for (size_t k = 0; k < one->n; k++)
      if (!is_used[k] && one->weight[k] > 0.0 && (next == one->n || one->weight[k] > one->weight[next])) next = k;
    if (next == one->n) break;
    is_used[next]                 = true;
    const double             share = one->weight[next] / total;
    cuxas_mixture_component *own   = &ret_fit->component[ret_fit->n_component++];
    *own = (cuxas_mixture_component){.i_curve = one->member[next], .weight = one->weight[next],
                                     .share = share, .share_low = share, .share_high = share};
  }
}

/* Shares of one replicate into share[k]; curves and gram are those of the blend's shift. */
static void draw_shares(const mixing *mix, const blend *one, const double *sum, const double *residual, size_t block,
                        uint64_t *random, double *curve, double *row, double *inner, double share[CUXAS_MIXTURE_MAX])
{
  const size_t n_start = mix->n_energy - block + 1;
  for (size_t i = 0; i < mix->n_energy; i += block) {
    const size_t start = (size_t)(random_uniform(random) * (double)n_start);
    for (size_t k = 0; k < block && i + k < mix->n_energy; k++) curve[i + k] = sum[i + k] + residual[start + k];
  }
  make_rows(mix, curve, row);
  for (size_t k = 0; k < one->n; k++)
    inner[one->member[k]] = cblas_ddot((blasint)mix->n_row, mix->row + one->member[k] * mix->n_row, 1, row, 1);
  blend  again = *one;
  double total = 0.0;
  weigh(mix, inner, sum_of_squares(row, mix->n_row), &again);
  for (size_t k = 0; k < one->n; k++) total += again.weight[k];
  for (size_t k = 0; k < one->n; k++) share[k] = total > 0.0 ? again.weight[k] / total : 0.0;
}

static cuxas_status find_intervals(const mixing *mix, const blend *one, const double *sum, const double *residual,
                                   size_t block, uint64_t seed, cuxas_mixture_fit *fit, cuxas_error *err)
{
  enum { N = CUXAS_MIXTURE_REPLICATES };
  const size_t n_work = mix->n_energy + mix->n_row + mix->n_curve;
  double      *work   = cuxas_new_array(n_work + CUXAS_MIXTURE_MAX * N, sizeof *work);
  if (work == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a bootstrap");
  double  *row = work + mix->n_energy, *inner = row + mix->n_row, *drawn = inner + mix->n_curve;
  uint64_t random = seed;
  for (size_t i = 0; i < N; i++) {
    double share[CUXAS_MIXTURE_MAX];
    draw_shares(mix, one, sum, residual, block, &random, work, row, inner, share);
    for (size_t k = 0; k < one->n; k++) drawn[k * N + i] = share[k];
  }
  for (size_t k = 0; k < one->n; k++) {
    gsl_sort(drawn + k * N, 1, N);
    for (size_t i = 0; i < fit->n_component; i++)
      if (fit->component[i].i_curve == one->member[k]) {
        fit->component[i].share_low  = drawn[k * N + N / 20];
        fit->component[i].share_high = drawn[k * N + N - 1 - N / 20];
      }
  }
  free(work);
  return CUXAS_OK;
}

/* Numbers of every sum, the choice among them, and what belongs to the chosen one. */
static cuxas_status judge(mixing *mix, const blend *best, size_t n_max, uint64_t seed, double *work,
                          cuxas_mixture *mixture, cuxas_error *err)
{
  double *residual = cuxas_new_array(mix->n_energy, sizeof *residual);
  if (residual == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a residual");
  mixture->n_fit = n_max;
  for (size_t i = n_max; i-- > 0;) { /* the largest first: its residual is nearest to noise and gives the block */
    cuxas_mixture_fit *fit = &mixture->fit[i];
    read_curves(mix, best[i].shift_eV, work);
    add_up(mix, &best[i], mixture->sum);
    for (size_t k = 0; k < mix->n_energy; k++) residual[k] = mix->measured[k] - mixture->sum[k];
    if (i + 1 == n_max) mixture->block = find_block(residual, mix->n_energy);
    describe(mix, &best[i], fit);
    fit->mae     = cuxas_metric_mae(mix->measured, mixture->sum, mix->n_energy);
    fit->pearson = cuxas_metric_pearson(mix->measured, mixture->sum, mix->n_energy);
    fit->bic     = find_bic(mix, &best[i], mixture->block);
    if (i + 1 == n_max || fit->bic <= mixture->fit[mixture->i_chosen].bic) mixture->i_chosen = i;
  }
  const blend             *one = &best[mixture->i_chosen];
  cuxas_mixture_fit       *fit = &mixture->fit[mixture->i_chosen];
  read_curves(mix, one->shift_eV, work);
  multiply(mix);
  add_up(mix, one, mixture->sum);
  for (size_t k = 0; k < mix->n_energy; k++) residual[k] = mix->measured[k] - mixture->sum[k];
  const cuxas_status status =
      find_intervals(mix, one, mixture->sum, residual, mixture->block, seed, fit, err);
  for (size_t i = 0; i < fit->n_component; i++)
    for (size_t k = 0; k < mix->n_energy; k++)
      mixture->part[i * mix->n_energy + k] =
          fit->component[i].weight * mix->curve[fit->component[i].i_curve * mix->n_energy + k];
  memcpy(mixture->measured, mix->measured, mix->n_energy * sizeof *mix->measured);
  free(residual);
  return status;
}

static void end_mixing(mixing *mix)
{
  for (size_t i = 0; mix->resampled != NULL && i < mix->n_curve; i++) cuxas_resampled_free(mix->resampled[i]);
  free(mix->resampled);
  free(mix->measured);
  free(mix->target);
  free(mix->curve);
  free(mix->row);
  free(mix->gram);
  free(mix->inner);
}

static cuxas_status begin_mixing(mixing *mix, const cuxas_curve *curve, cuxas_error *err)
{
  const size_t n = mix->n_curve, n_energy = mix->n_energy;
  const bool   is_fixed  = mix->settings->shift_mode == CUXAS_SHIFT_FIXED;
  const double center_eV = is_fixed ? mix->settings->fixed_shift_eV : mix->settings->center_shift_eV;
  const double window_eV = is_fixed ? 0.0 : mix->settings->window_eV + mix->query->grid.step_eV;

  mix->resampled = cuxas_new_array(n, sizeof *mix->resampled);
  mix->measured  = cuxas_new_array(n_energy, sizeof *mix->measured);
  mix->target    = cuxas_new_array(mix->n_row, sizeof *mix->target);
  mix->curve     = cuxas_new_array(n, n_energy * sizeof *mix->curve);
  mix->row       = cuxas_new_array(n, mix->n_row * sizeof *mix->row);
  mix->gram      = cuxas_new_array(n, n * sizeof *mix->gram);
  mix->inner     = cuxas_new_array(n, sizeof *mix->inner);
  if (mix->resampled == NULL || mix->measured == NULL || mix->target == NULL || mix->curve == NULL || mix->row == NULL ||
      mix->gram == NULL || mix->inner == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory to mix %zu candidates", n);
  for (size_t i = 0; i < n; i++) {
    if (!curve[i].extend) return cuxas_fail(err, CUXAS_ERANGE, "a spectrum file cannot be a component");
    const cuxas_status status = cuxas_resampled_new(&curve[i], mix->settings->fwhm_eV, mix->query->grid,
                                                    center_eV - window_eV, center_eV + window_eV, &mix->resampled[i], err);
    if (status != CUXAS_OK) return status;
  }
  double low = mix->query->mu[0], high = low;
  for (size_t i = 0; i < n_energy; i++) {
    low  = fmin(low, mix->query->mu[i]);
    high = fmax(high, mix->query->mu[i]);
  }
  if (!(high > low)) return cuxas_fail(err, CUXAS_ENUMERIC, "measured curve is flat");
  for (size_t i = 0; i < n_energy; i++) mix->measured[i] = (mix->query->mu[i] - low) / (high - low);
  mix->slope_scale = 1.0;
  make_rows(mix, mix->measured, mix->target);
  mix->slope_scale = sqrt(sum_of_squares(mix->target, n_energy) / sum_of_squares(mix->target + n_energy, n_energy));
  make_rows(mix, mix->measured, mix->target);
  mix->target_square = sum_of_squares(mix->target, mix->n_row);
  return CUXAS_OK;
}

void cuxas_mixture_free(cuxas_mixture *mixture)
{
  if (mixture == NULL) return;
  free(mixture->measured);
  free(mixture->sum);
  free(mixture->part);
  free(mixture);
}

cuxas_status cuxas_mixture_new(const cuxas_query *query, const cuxas_curve *curve, const double *hole, size_t n_curve,
                               const cuxas_compare_settings *settings, size_t n_max, uint64_t seed,
                               cuxas_mixture **ret_mixture, cuxas_error *err)
{
  const size_t n_energy = query->grid.n_energy;
  mixing       mix = {.query = query, .settings = settings, .n_curve = n_curve, .n_energy = n_energy,
                      .n_row = 2 * n_energy, .hole = hole};
  blend        best[CUXAS_MIXTURE_MAX] = {{.n = 0}};
  cuxas_status status;

  *ret_mixture = NULL;
  if (n_curve == 0 || n_max == 0 || n_max > CUXAS_MIXTURE_MAX)
    return cuxas_fail(err, CUXAS_ERANGE, "a mixture of %zu out of %zu candidates; 1 to %d can be mixed", n_max, n_curve,
                      CUXAS_MIXTURE_MAX);
  if (n_max > n_curve) n_max = n_curve;
  cuxas_mixture *mixture = cuxas_new_array(1, sizeof *mixture);
  double        *work    = cuxas_new_array(n_energy, sizeof *work);
  if (mixture != NULL) {
    mixture->n_candidate = n_curve;
    mixture->n_energy    = n_energy;
    mixture->measured    = cuxas_new_array(n_energy, sizeof *mixture->measured);
    mixture->sum         = cuxas_new_array(n_energy, sizeof *mixture->sum);
    mixture->part        = cuxas_new_array(CUXAS_MIXTURE_MAX, n_energy * sizeof *mixture->part);
  }
  if (mixture == NULL || work == NULL || mixture->measured == NULL || mixture->sum == NULL || mixture->part == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a mixture");
  else
    status = begin_mixing(&mix, curve, err);
  if (status == CUXAS_OK) {
    try_shifts(&mix, n_max, work, best);
    status = judge(&mix, best, n_max, seed, work, mixture, err);
  }
  if (status == CUXAS_OK && mixture->fit[mixture->i_chosen].n_component == 0)
    status = cuxas_fail(err, CUXAS_ENUMERIC, "no candidate goes with the measurement");
  if (status == CUXAS_OK) {
    *ret_mixture = mixture;
    mixture      = NULL;
  }
  end_mixing(&mix);
  free(work);
  cuxas_mixture_free(mixture);
  return status;
}

/* 5. libraries */

static double find_hole(const cuxas_hits *hits, const char *label, double otherwise)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (strcmp(hits->hit[i].label, label) == 0) return hits->hit[i].comparison.hole_fraction;
  return otherwise;
}

cuxas_status cuxas_mixture_library(const cuxas_query *query, const cuxas_library *library, const cuxas_hits *hits,
                                   const cuxas_compare_settings *settings, size_t n_max, uint64_t seed,
                                   cuxas_mixture **ret_mixture, cuxas_error *err)
{
  const size_t      n_slot  = library->n_slot;
  size_t            n_curve = 0;
  cuxas_curve      *curve   = cuxas_new_array(n_slot, sizeof *curve);
  double           *hole    = cuxas_new_array(n_slot, sizeof *hole);
  const cuxas_slot **slot   = cuxas_new_array(n_slot, sizeof *slot);
  cuxas_status      status  = CUXAS_OK;

  *ret_mixture = NULL;
  if (curve == NULL || hole == NULL || slot == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory to mix %zu candidates", n_slot);
    goto done;
  }
  for (size_t i = 0; i < n_slot; i++) {
    const cuxas_slot *one = &library->slot[i];
    if (one->fate != CUXAS_FATE_HIT || !one->curve.is_prediction) continue;
    curve[n_curve]  = (cuxas_curve){one->curve.grid, one->curve.mu[0], one->curve.mu[1], true};
    hole[n_curve]   = find_hole(hits, one->hit.label, settings->hole_fraction);
    slot[n_curve++] = one;
  }
  status = cuxas_mixture_new(query, curve, hole, n_curve, settings, n_max, seed, ret_mixture, err);
  for (size_t i = 0; status == CUXAS_OK && i < (*ret_mixture)->n_fit; i++)
    for (size_t k = 0; k < (*ret_mixture)->fit[i].n_component; k++) {
      cuxas_mixture_component *own = &(*ret_mixture)->fit[i].component[k];
      snprintf(own->name, sizeof own->name, "%s", slot[own->i_curve]->hit.name);
    }
done:
  free(curve);
  free(hole);
  free(slot);
  return status;
}
