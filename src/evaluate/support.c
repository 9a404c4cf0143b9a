/* support.c - how firmly a ranking alone decides between candidates, for calibrations (support.h)
 *
 * Contents: 1. one replicate  2. all of them  3. by p-values, and groups */
#include "evaluate/support.h"
#include "base/memory.h"
#include "base/random.h"
#include "match/query.h"
#include "match/search.h"
#include "match/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_POINT = 10 };

/* 1. one replicate */

typedef struct {
  size_t          n_energy, block;
  double          n_independent;
  cuxas_whitening whitening;
  double         *measured;                         /* (n_energy) whitened, as are all of: */
  double         *curve;                            /* (n_contender, n_energy) */
  double         *aim;                              /* (n_energy) work */
  double         *weight;                           /* (n_energy) how often a point was drawn */
  double inverse[3], own[CUXAS_N_NUISANCE], square; /* products of the points drawn: offset and slope, measured curve */
} replicate;

/* sum of w_i a_i b_i */
static double weigh(const double *weight, const double *a, const double *b, size_t n)
{
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < n; i++) sum += weight[i] * a[i] * b[i];
  return sum;
}

/* Products of a whitened curve with offset and slope. */
static void weigh_nuisance(const replicate *work, const double *curve, double ret_u[CUXAS_N_NUISANCE])
{
  for (size_t i = 0; i < CUXAS_N_NUISANCE; i++)
    ret_u[i] = weigh(work->weight, curve, work->whitening.nuisance[i], work->n_energy);
}

/* What the weights decide for all contenders alike. */
static void take_weights(replicate *work)
{
  double *const *u = work->whitening.nuisance;
  const size_t   n = work->n_energy;
  cuxas_whitening_invert(work->whitening.slope_variance, weigh(work->weight, u[0], u[0], n),
                         weigh(work->weight, u[0], u[1], n), weigh(work->weight, u[1], u[1], n), work->inverse);
  weigh_nuisance(work, work->measured, work->own);
  work->square =
      weigh(work->weight, work->measured, work->measured, n) - cuxas_whitened_rest(work->inverse, work->own, work->own);
}

/* The ranking score of the points drawn, without priors. */
static double score_of(const replicate *work, const double *curve)
{
  double u[CUXAS_N_NUISANCE];
  weigh_nuisance(work, curve, u);
  const size_t n        = work->n_energy;
  const double variance = weigh(work->weight, curve, curve, n) - cuxas_whitened_rest(work->inverse, u, u);
  const double covariance =
      weigh(work->weight, curve, work->measured, n) - cuxas_whitened_rest(work->inverse, u, work->own);
  const double norm = variance > 0.0 && work->square > 0.0 ? sqrt(variance * work->square) : 0.0;
  const double r    = norm > 0.0 && covariance > 0.0 ? covariance / norm : 0.0;
  return cuxas_score_of_correlation(work->n_independent, r * r);
}

static void draw_blocks(replicate *work, uint64_t *random)
{
  const size_t n_start = work->n_energy - work->block + 1;
  memset(work->weight, 0, work->n_energy * sizeof *work->weight);
  for (size_t n_drawn = 0; n_drawn < work->n_energy; n_drawn += work->block) {
    const size_t start = (size_t)(random_uniform(random) * (double)n_start);
    for (size_t i = 0; i < work->block; i++) work->weight[start + i] += 1.0;
  }
  take_weights(work);
}

/* Standard deviation of a score that rests on N independent numbers: of N / 2 ln(their mean square). */
static double sampling_error(double n_independent)
{
  return sqrt(0.5 * n_independent);
}

/* Scores (n_contender) of one replicate. */
static void find_scores(replicate *work, size_t n_contender, uint64_t *random, double *ret_score)
{
  draw_blocks(work, random);
  for (size_t i = 0; i < n_contender; i++) {
    const double *curve = work->curve + i * work->n_energy;
    ret_score[i]        = score_of(work, curve) + sampling_error(work->n_independent) * random_normal(random);
  }
}

/* 2. all of them */

static void begin(replicate *work, const double *measured, const cuxas_contender *contender, size_t n_contender)
{
  cuxas_whitening_aim(&work->whitening, (cuxas_span){0, work->n_energy}, work->aim);
  cuxas_whiten(&work->whitening, measured, work->measured);
  for (size_t i = 0; i < n_contender; i++)
    cuxas_whiten(&work->whitening, contender[i].curve, work->curve + i * work->n_energy);
}

/* Part of the replicates that each contender wins; score (n_replicate, n_contender) is centred on what ranks. */
static void count_wins(const cuxas_contender *contender, size_t n_contender, size_t n_replicate, double *score,
                       double *ret_support)
{
  for (size_t i = 0; i < n_contender; i++) {
    double mean = 0.0;
    for (size_t k = 0; k < n_replicate; k++) mean += score[k * n_contender + i] / (double)n_replicate;
    for (size_t k = 0; k < n_replicate; k++) score[k * n_contender + i] += contender[i].score - mean;
    ret_support[i] = 0.0;
  }
  for (size_t k = 0; k < n_replicate; k++) {
    size_t winner = 0;
    for (size_t i = 1; i < n_contender; i++)
      if (score[k * n_contender + i] > score[k * n_contender + winner]) winner = i;
    ret_support[winner] += 1.0 / (double)n_replicate;
  }
}

cuxas_status cuxas_support(cuxas_grid grid, const double *measured, const cuxas_contender *contender,
                           size_t n_contender, cuxas_replicates replicates, double *ret_support, cuxas_error *err)
{
  const size_t n_energy = grid.n_energy, n_replicate = replicates.n;
  uint64_t     random = replicates.seed;

  if (n_contender == 0 || n_replicate == 0 || n_energy < MIN_POINT)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu candidates, %zu points and %zu replicates: nothing to compare",
                      n_contender, n_energy, n_replicate);
  const cuxas_compare_settings theory        = cuxas_compare_defaults();
  const cuxas_query            bare          = {.grid = grid};
  const double                 n_independent = theory.score.n_independent;
  replicate                    work          = {
                                  .n_energy = n_energy, .block = (size_t)ceil((double)n_energy / n_independent), .n_independent = n_independent};
  double *rows  = cuxas_new(err, n_energy, (3 + CUXAS_WHITENING_ROWS) * sizeof *rows);
  work.curve    = cuxas_new(err, n_contender, n_energy * sizeof *work.curve);
  double *score = cuxas_new(err, n_replicate, n_contender * sizeof *score);
  if (rows == NULL || work.curve == NULL || score == NULL) {
    free(rows);
    free(work.curve);
    free(score);
    return cuxas_no_memory(err);
  }
  double **row[3] = {&work.measured, &work.aim, &work.weight};
  for (size_t i = 0; i < 3; i++) *row[i] = rows + i * n_energy;
  work.whitening = cuxas_whitening_begin(&bare, &theory, rows + 3 * n_energy);
  begin(&work, measured, contender, n_contender);
  for (size_t k = 0; k < n_replicate; k++) find_scores(&work, n_contender, &random, score + k * n_contender);
  count_wins(contender, n_contender, n_replicate, score, ret_support);
  free(rows);
  free(work.curve);
  free(score);
  return CUXAS_OK;
}

/* 3. by p-values, and groups */

double cuxas_support_density(double p_value, double scale, double power)
{
  const double integral = scale / (power - 1.0) * (1.0 - pow(1.0 + 1.0 / scale, 1.0 - power));
  return pow(1.0 + p_value / scale, -power) / integral;
}

void cuxas_support_from_p(const double *p_value, size_t n, double *ret_support)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) {
    ret_support[i] =
        CUXAS_SUPPORT_FAILURE +
        (1.0 - CUXAS_SUPPORT_FAILURE) * cuxas_support_density(p_value[i], CUXAS_SUPPORT_P, CUXAS_SUPPORT_POWER);
    if (!isnan(ret_support[i])) sum += ret_support[i];
  }
  for (size_t i = 0; i < n; i++) ret_support[i] /= sum;
}

size_t cuxas_support_group(const double *support, size_t n, double level, bool *ret_is_in)
{
  double held = 0.0;
  size_t n_in = 0;
  for (size_t i = 0; i < n; i++) ret_is_in[i] = false;
  while (n_in < n && held < level - 1e-9) {
    size_t next = n;
    for (size_t i = 0; i < n; i++)
      if (!ret_is_in[i] && !isnan(support[i]) && (next == n || support[i] > support[next])) next = i;
    if (next == n) return n_in;
    ret_is_in[next] = true;
    held += support[next];
    n_in++;
  }
  return n_in;
}
