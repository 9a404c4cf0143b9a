/* Contents: 1. one blend, whitened  2. a candidate at its best place  3. settling a blend  4. from size to size */
#include "match/mixing_priv.h"

#include "base/memory.h"
#include "match/golden_priv.h"
#include "match/nnls_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)CUXAS_NNLS_MAX >= (int)CUXAS_MIXTURE_MAX, "weights of the largest blend");

#define SHIFT_WIDTH_EV 1e-3 /* to which shifts and fractions are refined */
#define FRACTION_WIDTH 1e-3
#define BETTER 1e-6 /* gain of the score that is worth another round */
enum { N_FRACTION = 10, MAX_ROUND = 5, N_SETTLED = 4 * CUXAS_MIXTURE_BEAM };

/* 1. one blend, whitened */

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
  *b             = (bench){.mixing = mixing, .work = cuxas_new_array(n, (4 + CUXAS_MIXTURE_MAX) * sizeof *b->work)};
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
  blend->score = is_whole ? cuxas_mixing_score(b->mixing, blend, explained / b->mixing->target_square) : -INFINITY;
}

/* 2. a candidate at its best place */

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

/* 3. settling a blend */

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

/* 4. from size to size */

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
      if (!is_ready || mixing->resampled[i % n_candidate] == NULL || cuxas_blend_has(own, i % n_candidate)) {
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

cuxas_status cuxas_blend_search(const cuxas_mixing *mixing, cuxas_blend **ret_blend, size_t *ret_n_blend,
                                cuxas_error *err)
{
  const size_t       n_max     = mixing->settings->n_max;
  const cuxas_blend  none      = {.n = 0};
  cuxas_blend       *found     = cuxas_new_array(n_max, CUXAS_MIXTURE_BEAM * sizeof *found);
  cuxas_blend       *trial     = cuxas_new_array(mixing->n_candidate, CUXAS_MIXTURE_BEAM * sizeof *trial);
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
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory to mix %zu candidates", mixing->n_candidate);
  }
  *ret_blend   = found;
  *ret_n_blend = n_found;
  return CUXAS_OK;
}
