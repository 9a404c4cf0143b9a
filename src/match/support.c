/* Contents: 1. the block  2. one replicate  3. all of them  4. hits */
#include "cuxas/support.h"

#include "cuxas/detail.h"
#include "cuxas/memory.h"
#include "cuxas/metric.h"
#include "match/scale_priv.h"
#include "model/random_priv.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_MISFIT 1e-6 /* so that equal curves have a logarithm */
enum { MIN_BLOCK = 5 };

/* 1. the block */

/* Twice the integrated autocorrelation time of the residual, summed up to its first negative value. */
static size_t find_block(const double *measured, const double *curve, size_t n_energy, double *residual)
{
  double mean = 0.0, variance = 0.0, time = 0.5;
  for (size_t i = 0; i < n_energy; i++) mean += (residual[i] = curve[i] - measured[i]) / (double)n_energy;
  for (size_t i = 0; i < n_energy; i++) variance += (residual[i] - mean) * (residual[i] - mean);
  for (size_t lag = 1; lag < n_energy / 4 && variance > 0.0; lag++) {
    double covariance = 0.0;
    for (size_t i = 0; i + lag < n_energy; i++) covariance += (residual[i] - mean) * (residual[i + lag] - mean);
    if (covariance <= 0.0) break;
    time += covariance / variance;
  }
  const size_t block = (size_t)ceil(2.0 * time), most = n_energy / 4 > MIN_BLOCK ? n_energy / 4 : MIN_BLOCK;
  return block < MIN_BLOCK ? MIN_BLOCK : block < most ? block : most;
}

/* 2. one replicate */

typedef struct {
  const double *measured;
  size_t        n_energy, block;
  double       *measured_rank; /* (n_energy) */
  double       *weight;        /* (n_energy) how often a point was drawn */
  double       *curve, *rank;  /* (n_energy) of one contender */
  double       *sorted;        /* (n_contender, n_energy) each contender's values before it is moved */
} replicate;

static void draw_blocks(const replicate *work, uint64_t *random)
{
  const size_t n_start = work->n_energy - work->block + 1;
  memset(work->weight, 0, work->n_energy * sizeof *work->weight);
  for (size_t n_drawn = 0; n_drawn < work->n_energy; n_drawn += work->block) {
    const size_t start = (size_t)(random_uniform(random) * (double)n_start);
    for (size_t i = 0; i < work->block; i++) work->weight[start + i] += 1.0;
  }
}

/* Where a value would stand among sorted ones; in the middle of equal ones. */
static double place_among(const double *sorted, size_t n, double value)
{
  size_t low = 0, high = n;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (sorted[middle] < value)
      low = middle + 1;
    else
      high = middle;
  }
  size_t end = low;
  while (end < n && sorted[end] == value) end++;
  return end > low ? 0.5 * (double)(low + end - 1) : (double)low - 0.5;
}

/* Ranks 0 ... n - 1, ties averaged; of a curve that was moved a little, the places among the values it had before. */
static void find_ranks(const double *value, const double *sorted, size_t n, double *ret_rank)
{
  for (size_t i = 0; i < n; i++) ret_rank[i] = place_among(sorted, n, value[i]);
}

static void sort_values(const double *value, size_t n, double *ret_sorted)
{
  memcpy(ret_sorted, value, n * sizeof *value);
  gsl_sort(ret_sorted, 1, n);
}

static void move_curve(const replicate *work, const cuxas_contender *contender, uint64_t *random)
{
  memcpy(work->curve, contender->curve, work->n_energy * sizeof *work->curve);
  if (contender->opt_sigma == NULL) return;
  double left = 0.0, right = random_normal(random);
  for (size_t i = 0; i < work->n_energy; i++) {
    const size_t inside = i % work->block;
    if (inside == 0) {
      left  = right;
      right = random_normal(random);
    }
    const double part = (double)inside / (double)work->block;
    work->curve[i] += CUXAS_SUPPORT_SPREAD * contender->opt_sigma[i] * ((1.0 - part) * left + part * right);
  }
}

/* Misfit by MAE and rank correlation over the points drawn, as minus its logarithm. */
static double score_of(const replicate *work)
{
  double n = 0.0, sum = 0.0, mean_a = 0.0, mean_b = 0.0, aa = 0.0, bb = 0.0, ab = 0.0;
  for (size_t i = 0; i < work->n_energy; i++) {
    const double w = work->weight[i];
    n += w;
    sum += w * fabs(work->curve[i] - work->measured[i]);
    mean_a += w * work->rank[i];
    mean_b += w * work->measured_rank[i];
  }
  mean_a /= n;
  mean_b /= n;
  for (size_t i = 0; i < work->n_energy; i++) {
    const double w = work->weight[i], a = work->rank[i] - mean_a, b = work->measured_rank[i] - mean_b;
    aa += w * a * a;
    bb += w * b * b;
    ab += w * a * b;
  }
  const double spearman = aa > 0.0 && bb > 0.0 ? ab / sqrt(aa * bb) : 0.0;
  return -0.5 * log(fmax(sum / n, LEAST_MISFIT)) - 0.5 * log(fmax(1.0 - spearman, LEAST_MISFIT));
}

static size_t find_winner(const replicate *work, const cuxas_contender *contender, size_t n_contender, uint64_t *random)
{
  size_t winner = 0;
  double top    = -INFINITY;
  draw_blocks(work, random);
  for (size_t i = 0; i < n_contender; i++) {
    move_curve(work, &contender[i], random);
    find_ranks(work->curve, work->sorted + i * work->n_energy, work->n_energy, work->rank);
    const double score = score_of(work) + CUXAS_SUPPORT_SCORE_ERROR * random_normal(random);
    if (score > top) {
      top    = score;
      winner = i;
    }
  }
  return winner;
}

/* 3. all of them */

cuxas_status cuxas_support(const double *measured, size_t n_energy, const cuxas_contender *contender,
                           size_t n_contender, size_t n_replicate, uint64_t seed, double *ret_support,
                           size_t *ret_block, cuxas_error *err)
{
  replicate    work   = {.measured = measured, .n_energy = n_energy};
  uint64_t     random = seed;
  cuxas_status status = CUXAS_OK;

  if (n_contender == 0 || n_replicate == 0 || n_energy < 2 * MIN_BLOCK)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu candidates, %zu points and %zu replicates: nothing to compare",
                      n_contender, n_energy, n_replicate);
  double *rows = cuxas_new_array(n_energy, 4 * sizeof *rows);
  work.sorted  = cuxas_new_array(n_contender, n_energy * sizeof *work.sorted);
  if (rows == NULL || work.sorted == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a bootstrap of %zu points", n_energy);
    goto done;
  }
  double **row[4] = {&work.measured_rank, &work.weight, &work.curve, &work.rank};
  for (size_t i = 0; i < 4; i++) *row[i] = rows + i * n_energy;
  work.block = find_block(measured, contender[0].curve, n_energy, work.curve);
  sort_values(measured, n_energy, work.sorted);
  find_ranks(measured, work.sorted, n_energy, work.measured_rank);
  for (size_t i = 0; i < n_contender; i++) sort_values(contender[i].curve, n_energy, work.sorted + i * n_energy);
  for (size_t i = 0; i < n_contender; i++) ret_support[i] = 0.0;
  for (size_t i = 0; i < n_replicate; i++)
    ret_support[find_winner(&work, contender, n_contender, &random)] += 1.0 / (double)n_replicate;
  if (ret_block != NULL) *ret_block = work.block;
done:
  free(rows);
  free(work.sorted);
  return status;
}

size_t cuxas_support_group(const double *support, size_t n, double level, bool *ret_is_in)
{
  double held = 0.0;
  size_t n_in = 0;
  for (size_t i = 0; i < n; i++) ret_is_in[i] = false;
  while (n_in < n && held < level - 1e-9) {
    size_t next = n;
    for (size_t i = 0; i < n; i++)
      if (!ret_is_in[i] && (next == n || support[i] > support[next])) next = i;
    ret_is_in[next] = true;
    held += support[next];
    n_in++;
  }
  return n_in;
}

/* 4. hits */

void cuxas_hits_keep(cuxas_hits *hits, size_t n_keep)
{
  for (size_t i = n_keep; i < hits->n_hit; i++) {
    free(hits->hit[i].shifted);
    hits->hit[i].shifted = NULL;
  }
}

static bool is_whole(const double *curve, size_t n_energy)
{
  for (size_t i = 0; i < n_energy; i++)
    if (!isfinite(curve[i])) return false;
  return true;
}

typedef struct {
  size_t          n_contender;
  size_t          i_hit[CUXAS_SUPPORT_CONTENDERS];
  cuxas_contender contender[CUXAS_SUPPORT_CONTENDERS];
  cuxas_detail   *detail[CUXAS_SUPPORT_CONTENDERS];
} field;

static cuxas_status find_spreads(const cuxas_query *query, const cuxas_model *model,
                                 const cuxas_compare_settings *settings, int n_thread, const cuxas_hits *hits,
                                 field *runners, cuxas_error *err)
{
  cuxas_error reason[CUXAS_SUPPORT_CONTENDERS] = {{.status = CUXAS_OK}};
#pragma omp parallel for schedule(dynamic) num_threads(n_thread)
  for (size_t i = 0; i < runners->n_contender; i++)
    cuxas_detail_new(query, model, settings, &hits->hit[runners->i_hit[i]], &runners->detail[i], &reason[i]);
  for (size_t i = 0; i < runners->n_contender; i++) {
    if (reason[i].status != CUXAS_OK) return cuxas_fail(err, reason[i].status, "%s", reason[i].message);
    runners->contender[i].opt_sigma = runners->detail[i]->sigma;
  }
  return CUXAS_OK;
}

static cuxas_status scale_measured(const cuxas_query *query, cuxas_scale scale, double *ret_mu, cuxas_error *err)
{
  const cuxas_span all = {0, query->grid.n_energy};
  cuxas_line       line;
  if (!cuxas_scale_measured(scale, query, all, query->mu, &line))
    return cuxas_fail(err, CUXAS_ENUMERIC, "the measured curve cannot be scaled");
  cuxas_scale_apply(line, query->mu, all.n_point, ret_mu);
  return CUXAS_OK;
}

cuxas_status cuxas_support_fill(const cuxas_query *query, const cuxas_model *model,
                                const cuxas_compare_settings *settings, uint64_t seed, int n_thread, cuxas_hits *hits,
                                cuxas_error *err)
{
  field        runners = {0};
  double       support[CUXAS_SUPPORT_CONTENDERS];
  bool         is_in[CUXAS_SUPPORT_CONTENDERS];
  cuxas_status status;

  for (size_t i = 0; i < hits->n_hit && runners.n_contender < CUXAS_SUPPORT_CONTENDERS; i++) {
    const cuxas_hit *hit = &hits->hit[i];
    if (hit->shifted == NULL || !is_whole(hit->shifted, query->grid.n_energy)) continue;
    runners.i_hit[runners.n_contender]             = i;
    runners.contender[runners.n_contender++].curve = hit->shifted;
  }
  if (runners.n_contender == 0) return CUXAS_OK;
  double *measured = cuxas_new_array(query->grid.n_energy, sizeof *measured);
  if (measured == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a curve");
  if ((status = scale_measured(query, settings->scale, measured, err)) == CUXAS_OK &&
      (status = find_spreads(query, model, settings, n_thread, hits, &runners, err)) == CUXAS_OK &&
      (status = cuxas_support(measured, query->grid.n_energy, runners.contender, runners.n_contender,
                              CUXAS_SUPPORT_REPLICATES, seed, support, NULL, err)) == CUXAS_OK) {
    cuxas_support_group(support, runners.n_contender, CUXAS_SUPPORT_LEVEL, is_in);
    for (size_t i = 0; i < runners.n_contender; i++) {
      hits->hit[runners.i_hit[i]].support     = support[i];
      hits->hit[runners.i_hit[i]].is_in_group = is_in[i];
    }
  }
  for (size_t i = 0; i < runners.n_contender; i++) cuxas_detail_free(runners.detail[i]);
  free(measured);
  return status;
}
