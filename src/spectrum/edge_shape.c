/* What one reads off a doublet of edges (edge_shape.h): the numbers of one curve, then their spread under its noise.
 *
 * Contents: 1. means and peaks  2. steps and areas  3. one curve's numbers  4. errors */
#include "spectrum/edge_shape.h"

#include "base/memory.h"
#include "base/random.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BEFORE_EV 2.0 /* the pedestal ends so far below the first onset, */
#define MARGIN_EV 3.0 /* the white line begins so far below an onset: where its tail is gone */
enum {
  MIN_POINT     = 5,
  MAX_REACH     = 32,
  MIN_REPLICATE = 20,
  SEED          = 20260501,
  N_PER_EDGE    = 5,
  N_NUMBER      = N_PER_EDGE * CUXAS_SHAPE_MAX_EDGE + 2
};

/* 1. means and peaks */

typedef struct {
  cuxas_grid    grid;
  const double *mu;
} curve;

/* Index of the first point at or above an energy, 0 ... n_energy; 0 of an energy that is NaN. */
static size_t index_at(cuxas_grid grid, double energy_eV)
{
  const double x = ceil((energy_eV - grid.start_eV) / grid.step_eV - 1e-9);
  return !(x > 0.0) ? 0 : x >= (double)grid.n_energy ? grid.n_energy : (size_t)x;
}

/* Mean between two energies; NaN where the curve does not hold the whole range or too few points of it. */
static double mean_between(const curve *of, double from_eV, double until_eV)
{
  if (isnan(from_eV) || isnan(until_eV) || until_eV > cuxas_grid_end_eV(of->grid) + 1e-9) return NAN;
  const size_t from = index_at(of->grid, from_eV), until = index_at(of->grid, until_eV);
  if (until < from + MIN_POINT) return NAN;
  return gsl_stats_mean(of->mu + from, 1, until - from);
}

/* The maximum behind an onset: energy and value, by a parabola through three points. */
static void find_peak(const curve *of, double onset_eV, double *ret_energy_eV, double *ret_value)
{
  *ret_energy_eV = *ret_value = NAN;
  if (isnan(onset_eV)) return;
  const size_t from = index_at(of->grid, onset_eV), until = index_at(of->grid, onset_eV + CUXAS_SHAPE_SEARCH_EV);
  if (from == 0 || until >= of->grid.n_energy || until <= from) return;
  size_t best = from;
  for (size_t i = from; i < until; i++)
    if (of->mu[i] > of->mu[best]) best = i;
  const double left = of->mu[best - 1], middle = of->mu[best], right = of->mu[best + 1];
  const double bend = left - 2.0 * middle + right;
  const double move = bend < 0.0 && middle >= left && middle >= right ? 0.5 * (left - right) / bend : 0.0;
  *ret_energy_eV    = cuxas_grid_energy_eV(of->grid, best) + move * of->grid.step_eV;
  *ret_value        = middle - 0.25 * (left - right) * move;
}

/* 2. steps and areas */

typedef struct {
  size_t n_edge;
  double pedestal, whole;                /* the level before all edges; the step of all of them together */
  double onset_eV[CUXAS_SHAPE_MAX_EDGE]; /* NaN: not found */
  double peak_eV[CUXAS_SHAPE_MAX_EDGE], peak[CUXAS_SHAPE_MAX_EDGE];
} levels;

static double step_of(const levels *of, size_t i_edge)
{
  static const double PART[CUXAS_SHAPE_MAX_EDGE][CUXAS_SHAPE_MAX_EDGE] = {{1.0, 0.0}, {2.0 / 3.0, 1.0 / 3.0}};
  return of->whole * PART[of->n_edge - 1][i_edge];
}

static double steps_at(const levels *of, double energy_eV)
{
  double sum = 0.0;
  for (size_t i = 0; i < of->n_edge; i++)
    sum += step_of(of, i) * (0.5 + atan(2.0 * (energy_eV - of->peak_eV[i]) / CUXAS_SHAPE_STEP_WIDTH_EV) / M_PI);
  return sum;
}

static double area_of(const curve *of, const levels *at, size_t i_edge)
{
  const bool   is_last  = i_edge + 1 == at->n_edge;
  const double until_eV = is_last ? at->peak_eV[i_edge] + CUXAS_SHAPE_AREA_EV : at->onset_eV[i_edge + 1] - MARGIN_EV;
  const size_t from = index_at(of->grid, at->onset_eV[i_edge] - MARGIN_EV), until = index_at(of->grid, until_eV);
  if (isnan(at->whole) || isnan(until_eV) || until_eV > cuxas_grid_end_eV(of->grid)) return NAN;
  double sum = 0.0;
  for (size_t i = from; i < until; i++)
    sum += of->mu[i] - at->pedestal - steps_at(at, cuxas_grid_energy_eV(of->grid, i));
  return sum * of->grid.step_eV / at->whole;
}

/* Energy at which the curve, followed from the peak by steps of `way`, falls to a value; NaN: it does not. */
static double crossing(const curve *of, double peak_eV, double value, int way)
{
  const size_t top = index_at(of->grid, peak_eV - 0.5 * of->grid.step_eV);
  for (size_t i = top; i > 0 && i + 1 < of->grid.n_energy; i = way > 0 ? i + 1 : i - 1) {
    const size_t next = way > 0 ? i + 1 : i - 1;
    if (of->mu[next] > value || of->mu[i] <= value) continue;
    const double part = (of->mu[i] - value) / (of->mu[i] - of->mu[next]);
    return cuxas_grid_energy_eV(of->grid, i) + part * way * of->grid.step_eV;
  }
  return NAN;
}

/* 3. one curve's numbers */

/* (N_NUMBER): for each edge onset, peak, width, height, area; then splitting and area ratio. NaN: not there. */
static void read_numbers(const curve *of, const cuxas_onset *onset, size_t n_edge, double *ret_number)
{
  levels at = {.n_edge = n_edge, .pedestal = NAN, .whole = NAN};

  for (size_t i = 0; i < N_NUMBER; i++) ret_number[i] = NAN;
  for (size_t i = 0; i < n_edge; i++) {
    at.onset_eV[i] = onset[i].found ? onset[i].energy_eV : NAN;
    find_peak(of, at.onset_eV[i], &at.peak_eV[i], &at.peak[i]);
  }
  at.pedestal       = mean_between(of, of->grid.start_eV, at.onset_eV[0] - BEFORE_EV);
  const double last = at.peak_eV[n_edge - 1];
  at.whole          = mean_between(of, last + CUXAS_SHAPE_STEP_FROM_EV, last + CUXAS_SHAPE_STEP_UNTIL_EV) - at.pedestal;
  if (!(at.whole > 0.0)) at.whole = NAN;
  double below = 0.0; /* steps of the edges before */
  for (size_t i = 0; i < n_edge; i++) {
    double      *number = ret_number + i * N_PER_EDGE;
    const double level =
        mean_between(of, at.onset_eV[i] + CUXAS_SHAPE_STEP_FROM_EV, at.onset_eV[i] + CUXAS_SHAPE_STEP_UNTIL_EV) -
        at.pedestal;
    const double step = i == 0 ? level : isnan(at.whole) ? NAN : step_of(&at, i);
    const double half = at.pedestal + below + step + 0.5 * (at.peak[i] - at.pedestal - below - step);
    number[0]         = at.onset_eV[i];
    number[1]         = at.peak_eV[i];
    if (at.peak[i] - at.pedestal - below > step)
      number[2] = crossing(of, at.peak_eV[i], half, +1) - crossing(of, at.peak_eV[i], half, -1);
    if (level > 0.0) number[3] = (at.peak[i] - at.pedestal) / level;
    number[4] = area_of(of, &at, i);
    below += isnan(at.whole) ? NAN : step_of(&at, i);
  }
  if (n_edge < 2) return;
  ret_number[N_NUMBER - 2] = at.peak_eV[1] - at.peak_eV[0];
  if (ret_number[4] > 0.0 && ret_number[N_PER_EDGE + 4] > 0.0)
    ret_number[N_NUMBER - 1] = ret_number[4] / ret_number[N_PER_EDGE + 4];
}

/* 4. errors */

/* The kernel that noise went through with the curve, on its grid, its squares of sum 1; no kernel leaves noise white. */
typedef struct {
  size_t n_reach;
  double weight[2 * MAX_REACH + 1];
} noise_kernel;

static noise_kernel kernel_of(double step_eV, double kernel_eV)
{
  noise_kernel kernel = {.n_reach = 0};
  double       sum    = 0.0;
  if (kernel_eV > 0.0) kernel.n_reach = (size_t)fmin(ceil(3.0 * kernel_eV / step_eV), MAX_REACH);
  for (size_t i = 0; i <= 2 * kernel.n_reach; i++) {
    const double away = ((double)i - (double)kernel.n_reach) * step_eV;
    kernel.weight[i]  = kernel.n_reach == 0 ? 1.0 : exp(-gsl_pow_2(away / kernel_eV));
    sum += gsl_pow_2(kernel.weight[i]);
  }
  for (size_t i = 0; i <= 2 * kernel.n_reach; i++) kernel.weight[i] /= sqrt(sum);
  return kernel;
}

/* Variance of third differences of noise of variance 1 that went through the kernel: 20 where it is white. */
static double third_difference_variance(const noise_kernel *kernel)
{
  static const double THIRD[4] = {-1.0, 3.0, -3.0, 1.0};
  const size_t        n_weight = 2 * kernel->n_reach + 1;
  double              variance = 0.0;
  for (size_t i = 0; i < n_weight + 3; i++) {
    double sum = 0.0;
    for (size_t k = 0; k < 4; k++)
      if (i >= k && i - k < n_weight) sum += THIRD[k] * kernel->weight[i - k];
    variance += sum * sum;
  }
  return variance;
}

/* Adds such noise: `white` has room for n_energy + 2 * n_reach numbers. */
static void add_noise(const curve *of, const noise_kernel *kernel, double noise, uint64_t *random, double *white,
                      double *ret_mu)
{
  const size_t n_weight = 2 * kernel->n_reach + 1;
  for (size_t i = 0; i < of->grid.n_energy + n_weight - 1; i++) white[i] = random_normal(random);
  for (size_t i = 0; i < of->grid.n_energy; i++) {
    double sum = 0.0;
    for (size_t k = 0; k < n_weight; k++) sum += kernel->weight[k] * white[i + k];
    ret_mu[i] = of->mu[i] + noise * sum;
  }
}

/* Noise of a point: third differences of noise have a known multiple of its variance, and smooth curves nearly none; the
 * median keeps the white line's own bend out. */
static cuxas_status find_noise(const curve *of, const noise_kernel *kernel, double *ret_noise, cuxas_error *err)
{
  *ret_noise = 0.0;
  if (of->grid.n_energy < 4) return CUXAS_OK;
  const size_t n          = of->grid.n_energy - 3;
  double      *difference = cuxas_new(err, n, sizeof *difference);
  if (difference == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++)
    difference[i] = fabs(of->mu[i + 3] - 3.0 * of->mu[i + 2] + 3.0 * of->mu[i + 1] - of->mu[i]);
  *ret_noise = gsl_stats_median(difference, 1, n) / (0.6745 * sqrt(third_difference_variance(kernel)));
  free(difference);
  return CUXAS_OK;
}

/* Standard deviation of the replicates that have the number; NaN: too few have. */
static double spread_of(double number[CUXAS_SHAPE_REPLICATES][N_NUMBER], size_t i_number)
{
  double value[CUXAS_SHAPE_REPLICATES];
  size_t n = 0;
  for (size_t k = 0; k < CUXAS_SHAPE_REPLICATES; k++)
    if (!isnan(number[k][i_number])) value[n++] = number[k][i_number];
  return n < MIN_REPLICATE ? NAN : gsl_stats_sd(value, 1, n);
}

static void hand_over(const double *number, double replicate[CUXAS_SHAPE_REPLICATES][N_NUMBER],
                      const cuxas_edge_window *edge, size_t n_edge, cuxas_edge_shape *ret_shape)
{
  cuxas_estimate estimate[N_NUMBER];
  for (size_t i = 0; i < N_NUMBER; i++)
    estimate[i] = (cuxas_estimate){number[i], isnan(number[i]) ? NAN : spread_of(replicate, i)};
  *ret_shape = (cuxas_edge_shape){
      .n_edge = n_edge, .splitting_eV = estimate[N_NUMBER - 2], .area_ratio = estimate[N_NUMBER - 1]};
  for (size_t i = 0; i < n_edge; i++) {
    const cuxas_estimate *of = estimate + i * N_PER_EDGE;
    ret_shape->edge[i] =
        (cuxas_edge_numbers){.onset_eV = of[0], .peak_eV = of[1], .width_eV = of[2], .height = of[3], .area = of[4]};
    memcpy(ret_shape->edge[i].name, edge[i].name, sizeof edge[i].name);
  }
}

cuxas_status cuxas_edge_shape_find(cuxas_grid grid, const double *mu, double kernel_eV, const cuxas_edge_window *edge,
                                   size_t n_edge, cuxas_edge_shape *ret_shape, cuxas_error *err)
{
  const curve        measured = {grid, mu};
  cuxas_onset        onset[CUXAS_SHAPE_MAX_EDGE];
  double             number[N_NUMBER], noise;
  uint64_t           random = SEED;
  const noise_kernel kernel = kernel_of(grid.step_eV, kernel_eV);
  cuxas_status       status;

  if (n_edge > CUXAS_SHAPE_MAX_EDGE) n_edge = CUXAS_SHAPE_MAX_EDGE;
  double *noisy                = cuxas_new(err, grid.n_energy, sizeof *noisy);
  double *white                = cuxas_new(err, grid.n_energy + 2 * MAX_REACH, sizeof *white);
  double(*replicate)[N_NUMBER] = cuxas_new(err, CUXAS_SHAPE_REPLICATES, sizeof *replicate);
  if (noisy == NULL || white == NULL || replicate == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  if ((status = find_noise(&measured, &kernel, &noise, err)) != CUXAS_OK ||
      (status = cuxas_onset_find(grid, mu, CUXAS_ONSET_SMOOTH_EV, edge, n_edge, onset, err)) != CUXAS_OK)
    goto done;
  while (n_edge > 1 && !onset[n_edge - 1].found) n_edge--;
  read_numbers(&measured, onset, n_edge, number);
  const curve copy = {grid, noisy};
  for (size_t k = 0; k < CUXAS_SHAPE_REPLICATES; k++) {
    add_noise(&measured, &kernel, noise, &random, white, noisy);
    if ((status = cuxas_onset_find(grid, noisy, CUXAS_ONSET_SMOOTH_EV, edge, n_edge, onset, err)) != CUXAS_OK)
      goto done;
    read_numbers(&copy, onset, n_edge, replicate[k]);
  }
  hand_over(number, replicate, edge, n_edge, ret_shape);
done:
  free(replicate);
  free(white);
  free(noisy);
  return status;
}
