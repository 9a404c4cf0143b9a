/* Curves on one grid: how alike two are, a broader one, where edges begin
 *
 * Contents
 *   1. Likeness of two curves
 *   2. Broadening
 *   3. Onsets of edges
 *   4. Spikes
 *   5. A background that falls or rises before an edge
 *   6. Smoothing of a spectrum */
#include "spectrum/curve.h"
#include "base/clones.h"
#include "base/memory.h"
#include "cuxas/preprocess.h"
#include "cuxas/spectrum.h"
#include "spectrum/preprocess_steps.h"

#include <gsl/gsl_multifit.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. Likeness of two curves ---- */

double cuxas_metric_mae(const double *a, const double *b, size_t n_point)
{
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < n_point; i++) sum += fabs(a[i] - b[i]);
  return sum / (double)n_point;
}

static bool is_flat(const double *a, size_t n_point)
{
  for (size_t i = 1; i < n_point; i++)
    if (a[i] != a[0]) return false;
  return true;
}

double cuxas_metric_pearson(const double *a, const double *b, size_t n_point)
{
  if (is_flat(a, n_point) || is_flat(b, n_point)) return NAN;
  return gsl_stats_correlation(a, 1, b, 1, n_point);
}

typedef struct {
  double value;
  size_t i;
} ranked;

/* Two sorted halves, the first no longer than the second, become one; scratch holds the first. */
static void merge_halves(ranked *all, size_t n_left, size_t n, ranked *scratch)
{
  memcpy(scratch, all, n_left * sizeof *all);
  for (size_t i = 0, k = n_left, to = 0; i < n_left; to++)
    all[to] = k < n && all[k].value < scratch[i].value ? all[k++] : scratch[i++];
}

/* By value; quick where a curve rises and falls a few times. scratch (n / 2) */
static void sort_curve(ranked *all, size_t n, ranked *scratch)
{
  size_t n_rise = 1, n_fall = 1;
  while (n_rise < n && all[n_rise - 1].value <= all[n_rise].value) n_rise++;
  while (n_fall < n && all[n_fall - 1].value >= all[n_fall].value) n_fall++;
  if (n_rise >= n) return;
  if (n_fall == n) {
    for (size_t i = 0; 2 * i + 1 < n; i++) {
      const ranked one = all[i];
      all[i]           = all[n - 1 - i];
      all[n - 1 - i]   = one;
    }
    return;
  }
  sort_curve(all, n / 2, scratch);
  sort_curve(all + n / 2, n - n / 2, scratch);
  merge_halves(all, n / 2, n, scratch);
}

/* Ranks from the middle one, equal values sharing their mean: whole numbers or half ones. work (n_point) */
static void find_ranks(const double *a, size_t n_point, ranked *work, double *ret_rank)
{
  for (size_t i = 0; i < n_point; i++) work[i] = (ranked){a[i], i};
  sort_curve(work, n_point, (ranked *)(void *)ret_rank);
  for (size_t i = 0, n = 0; i < n_point; i += n) {
    for (n = 1; i + n < n_point && work[i + n].value == work[i].value; n++) continue;
    for (size_t k = i; k < i + n; k++)
      ret_rank[work[k].i] = (double)i + 0.5 * (double)(n - 1) - 0.5 * (double)(n_point - 1);
  }
}

double cuxas_metric_spearman(const double *a, const double *b, size_t n_point, double *work)
{
  double *rank_a = work, *rank_b = work + n_point, ab = 0.0, aa = 0.0, bb = 0.0;
  ranked *sorted = (ranked *)(void *)(work + 2 * n_point);
  if (is_flat(a, n_point) || is_flat(b, n_point)) return NAN;
  find_ranks(a, n_point, sorted, rank_a);
  find_ranks(b, n_point, sorted, rank_b);
  for (size_t i = 0; i < n_point; i++) { /* exact, in whatever order */
    ab += rank_a[i] * rank_b[i];
    aa += rank_a[i] * rank_a[i];
    bb += rank_b[i] * rank_b[i];
  }
  return ab / sqrt(aa * bb);
}

/* ---- 2. Broadening ---- */

#define SIGMA_PER_FWHM 0.42466090014400953 /* 1 / (2 sqrt(2 ln 2)) */
#define CUT_SIGMA 4.0

/* Points near the ends, where the weights that fall outside are left out. */
static void broaden_points(const double *mu, size_t n_energy, const double *weight, size_t n_half, size_t from,
                           size_t end, double *ret_mu)
{
  for (size_t i = from; i < end; i++) {
    const size_t first = i > n_half ? i - n_half : 0;
    const size_t last  = i + n_half < n_energy ? i + n_half : n_energy - 1;
    double       sum = 0.0, norm = 0.0;
    for (size_t k = first; k <= last; k++) {
      const double w = weight[k > i ? k - i : i - k];
      sum += w * mu[k];
      norm += w;
    }
    ret_mu[i] = sum / norm;
  }
}

/* The others, weight by weight: the same sums in the same order. */
CUXAS_STATIC_CLONES("avx512f", "avx2", "default")
static void broaden_inside(const double *mu, size_t n, const double *weight, size_t n_half, double *ret_mu)
{
  double norm = 0.0;
  memset(ret_mu, 0, n * sizeof *ret_mu);
  for (size_t k = 0; k <= 2 * n_half; k++) {
    const double  w    = weight[k > n_half ? k - n_half : n_half - k];
    const double *from = mu + k - n_half;
    norm += w;
#pragma omp simd
    for (size_t i = 0; i < n; i++) ret_mu[i] += w * from[i];
  }
  for (size_t i = 0; i < n; i++) ret_mu[i] /= norm;
}

cuxas_status cuxas_broaden(cuxas_grid grid, const double *mu, double fwhm_eV, double *ret_mu, cuxas_error *err)
{
  if (!(fwhm_eV >= 0.0) || isinf(fwhm_eV))
    return cuxas_fail(err, CUXAS_ERANGE, "broadening of %g eV: must be a number >= 0", fwhm_eV);

  const size_t n_energy   = grid.n_energy;
  const double sigma_step = fwhm_eV * SIGMA_PER_FWHM / grid.step_eV;
  const double reach_step = floor(CUT_SIGMA * sigma_step);
  const size_t n_half     = reach_step < (double)n_energy ? (size_t)reach_step : n_energy;
  if (n_half == 0 || n_energy == 0) {
    memcpy(ret_mu, mu, n_energy * sizeof *mu);
    return CUXAS_OK;
  }

  double *weight = cuxas_new(err, n_half + 1, sizeof *weight); /* of a point that many steps away */
  if (weight == NULL) return CUXAS_ENOMEM;
  for (size_t j = 0; j <= n_half; j++) {
    const double z = (double)j / sigma_step;
    weight[j]      = exp(-0.5 * z * z);
  }
  const size_t n_side =
      2 * n_half < n_energy ? n_half : n_energy; /* where all weights fit is what lies between the sides */
  broaden_points(mu, n_energy, weight, n_half, 0, n_side, ret_mu);
  if (n_side < n_energy) {
    broaden_inside(mu + n_side, n_energy - 2 * n_side, weight, n_half, ret_mu + n_side);
    broaden_points(mu, n_energy, weight, n_half, n_energy - n_side, n_energy, ret_mu);
  }
  free(weight);
  return CUXAS_OK;
}

/* ---- 3. Onsets of edges ---- */

#define FIRST_RISE_PART 0.5  /* the first rise whose slope reaches this part of the largest is the edge */
#define RISE_END_PART 0.5    /* a rise ends where the slope falls below this part of its own maximum */
#define LATER_EDGE_PART 0.04 /* a later edge rises at least this steeply compared with the first */
#define NOISE_SIGMA 5.0      /* and any edge this far above the noise of the derivative */

/* The derivative on the points where the whole window fits. */
typedef struct {
  cuxas_grid grid;  /* of the curve */
  size_t     first; /* slope[i] is valid for first <= i < end */
  size_t     end;
  double    *slope; /* (grid.n_energy) per grid step */
  double     noise; /* standard deviation of slope from the noise of mu */
} derivative;

/* Savitzky-Golay: the slope of a parabola fitted to 2 n_half + 1 points is sum j mu[i+j] / sum j^2. */
static void differentiate(const double *mu, size_t n_half, derivative *d)
{
  const size_t n_energy = d->grid.n_energy;
  double       norm     = 0.0;
  for (size_t j = 1; j <= n_half; j++) norm += 2.0 * (double)j * (double)j;

  d->first = n_half;
  d->end   = n_energy > n_half ? n_energy - n_half : 0;
  for (size_t i = d->first; i < d->end; i++) {
    double sum = 0.0;
    for (size_t j = 1; j <= n_half; j++) sum += (double)j * (mu[i + j] - mu[i - j]);
    d->slope[i] = sum / norm;
  }
  d->noise = 1.0 / sqrt(norm); /* for unit noise of mu */
}

/* Standard deviation of the noise of mu: third differences know nothing of a smooth curve, and their median nothing of
 * the few points where an edge is sharp. A third difference has 1 + 9 + 9 + 1 = 20 times the variance of a point. */
static double estimate_noise(const double *mu, size_t n_energy, double *work)
{
  if (n_energy < 8) return 0.0;
  const size_t n_difference = n_energy - 3;
  for (size_t i = 0; i < n_difference; i++) work[i] = fabs(mu[i + 3] - 3.0 * mu[i + 2] + 3.0 * mu[i + 1] - mu[i]);
  return 1.4826 * gsl_stats_median(work, 1, n_difference) / sqrt(20.0);
}

/* The first point with a derivative at or above an energy; d->end: none. */
static size_t clamp_index(const derivative *d, double energy_eV)
{
  const double i = ceil((energy_eV - d->grid.start_eV) / d->grid.step_eV - 1e-6);
  if (!(i > (double)d->first)) return d->first;
  return i < (double)d->end ? (size_t)i : d->end;
}

static double find_largest(const derivative *d, double from_eV, double until_eV)
{
  const size_t from = clamp_index(d, from_eV), until = clamp_index(d, until_eV);
  double       largest = 0.0;
  for (size_t i = from; i < until; i++)
    if (d->slope[i] > largest) largest = d->slope[i];
  return largest;
}

/* A maximum needs two neighbours: the first and the last point are none. */
static bool is_local_maximum(const derivative *d, size_t i)
{
  return i > d->first && i + 1 < d->end && d->slope[i] > d->slope[i - 1] && d->slope[i] >= d->slope[i + 1];
}

/* The steepest point of the first rise in [from, until): it begins where the slope reaches the threshold and ends where
 * it has fallen to half of its own maximum, so that a dip of noise on the flank does not end it. */
static bool find_first_rise(const derivative *d, double from_eV, double until_eV, double threshold, size_t *ret_i)
{
  const size_t from = clamp_index(d, from_eV), until = clamp_index(d, until_eV);
  for (size_t i = from; i < until; i++) {
    if (!(d->slope[i] > 0.0 && d->slope[i] >= threshold)) continue;
    size_t top = i;
    for (; i < until && d->slope[i] > RISE_END_PART * d->slope[top]; i++)
      if (d->slope[i] > d->slope[top]) top = i;
    if (is_local_maximum(d, top)) {
      *ret_i = top;
      return true;
    }
  }
  return false;
}

static cuxas_onset refine(const derivative *d, size_t i)
{
  const double left = d->slope[i - 1], top = d->slope[i], right = d->slope[i + 1];
  const double curvature = left - 2.0 * top + right; /* < 0 at a strict maximum */
  const double part      = curvature < 0.0 ? 0.5 * (left - right) / curvature : 0.0;
  return (cuxas_onset){
      .found      = true,
      .on_grid_eV = cuxas_grid_energy_eV(d->grid, i),
      .energy_eV  = cuxas_grid_energy_eV(d->grid, i) + part * d->grid.step_eV,
  };
}

static cuxas_onset find_later_edge(const derivative *d, double expected_eV, double at_least)
{
  const double from_eV = expected_eV - CUXAS_ONSET_SEARCH_EV, until_eV = expected_eV + CUXAS_ONSET_SEARCH_EV;
  const double threshold = fmax(FIRST_RISE_PART * find_largest(d, from_eV, until_eV), at_least);
  size_t       i;
  return find_first_rise(d, from_eV, until_eV, threshold, &i) ? refine(d, i) : (cuxas_onset){false, NAN, NAN};
}

cuxas_status cuxas_onset_find(cuxas_grid grid, const double *mu, double smooth_eV, const cuxas_edge_window *edge,
                              size_t n_edge, cuxas_onset *ret_onset, cuxas_error *err)
{
  for (size_t i_edge = 0; i_edge < n_edge; i_edge++) ret_onset[i_edge] = (cuxas_onset){false, NAN, NAN};

  const double half_step = floor(smooth_eV / grid.step_eV + 1e-6);
  const size_t n_half    = half_step < 1.0 ? 1 : half_step < (double)grid.n_energy ? (size_t)half_step : grid.n_energy;
  if (n_edge == 0 || grid.n_energy < 2 * n_half + 3) return CUXAS_OK;

  derivative d = {.grid = grid, .slope = cuxas_new(err, grid.n_energy, sizeof *d.slope)};
  if (d.slope == NULL) return cuxas_no_memory(err);
  const double noise = estimate_noise(mu, grid.n_energy, d.slope);
  differentiate(mu, n_half, &d);
  d.noise *= noise;

  const double at_least  = NOISE_SIGMA * d.noise;
  const double threshold = fmax(FIRST_RISE_PART * find_largest(&d, -INFINITY, INFINITY), at_least);
  size_t       i_first;
  if (find_first_rise(&d, -INFINITY, INFINITY, threshold, &i_first)) {
    ret_onset[0] = refine(&d, i_first);
    for (size_t i_edge = 1; i_edge < n_edge; i_edge++)
      ret_onset[i_edge] = find_later_edge(&d, ret_onset[0].on_grid_eV + edge[i_edge].splitting_eV,
                                          fmax(LATER_EDGE_PART * d.slope[i_first], at_least));
  }
  free(d.slope);
  return CUXAS_OK;
}

/* ---- a spectrum and a grid: made, copied, freed ----------------------------------------------------------------- */

cuxas_spectrum *cuxas_spectrum_new(size_t n_point)
{
  cuxas_spectrum *spectrum = cuxas_new(NULL, 1, sizeof *spectrum);
  if (spectrum == NULL) return NULL;
  spectrum->n_point   = n_point;
  spectrum->energy_eV = cuxas_new(NULL, n_point, sizeof *spectrum->energy_eV);
  spectrum->mu        = cuxas_new(NULL, n_point, sizeof *spectrum->mu);
  if (spectrum->energy_eV == NULL || spectrum->mu == NULL) {
    cuxas_spectrum_free(spectrum);
    return NULL;
  }
  return spectrum;
}

cuxas_spectrum *cuxas_spectrum_copy(const cuxas_spectrum *spectrum)
{
  cuxas_spectrum *copy = cuxas_spectrum_new(spectrum->n_point);
  if (copy == NULL) return NULL;
  memcpy(copy->energy_eV, spectrum->energy_eV, spectrum->n_point * sizeof *copy->energy_eV);
  memcpy(copy->mu, spectrum->mu, spectrum->n_point * sizeof *copy->mu);
  return copy;
}

void cuxas_spectrum_free(cuxas_spectrum *spectrum)
{
  if (spectrum == NULL) return;
  free(spectrum->energy_eV);
  free(spectrum->mu);
  free(spectrum);
}

double cuxas_grid_energy_eV(cuxas_grid grid, size_t i_energy)
{
  return grid.start_eV + (double)i_energy * grid.step_eV;
}

double cuxas_grid_end_eV(cuxas_grid grid)
{
  return grid.n_energy > 0 ? cuxas_grid_energy_eV(grid, grid.n_energy - 1) : grid.start_eV;
}

/* ---- 4. Spikes ---- */

#define SPIKE_NEIGHBOUR_EV 0.4 /* so far away a neighbour tells what a point should be */
#define SPIKE_NOISE 8.0
#define SPIKE_RANGE 0.03
#define SPIKE_FLANK 3.0
enum { SPIKE_MIN_POINT = 20, SPIKE_PART = 20 };

/* What a point stands out of the line between its neighbours. */
static double stand_out(const double *energy_eV, const double *mu, size_t i)
{
  const double part = (energy_eV[i] - energy_eV[i - 1]) / (energy_eV[i + 1] - energy_eV[i - 1]);
  return mu[i] - (mu[i - 1] + part * (mu[i + 1] - mu[i - 1]));
}

static bool is_spike(const double *energy_eV, const double *mu, size_t n_point, size_t i, double least)
{
  const double out    = stand_out(energy_eV, mu, i);
  const double left   = i >= 2 ? fabs(mu[i - 1] - mu[i - 2]) : 0.0;
  const double right  = i + 2 < n_point ? fabs(mu[i + 2] - mu[i + 1]) : 0.0;
  const double beside = fmax(fmax(left, right), fabs(mu[i + 1] - mu[i - 1]));
  return energy_eV[i] - energy_eV[i - 1] <= SPIKE_NEIGHBOUR_EV &&
         energy_eV[i + 1] - energy_eV[i] <= SPIKE_NEIGHBOUR_EV && fabs(out) > least && fabs(out) > SPIKE_FLANK * beside;
}

size_t cuxas_curve_mend_spikes(const double *energy_eV, double *mu, size_t n_point, double *ret_first_eV)
{
  size_t n_spike = 0;
  if (n_point < SPIKE_MIN_POINT) return 0;
  double *sorted = cuxas_new(NULL, n_point, sizeof *sorted);
  bool   *found  = cuxas_new(NULL, n_point, sizeof *found);
  if (sorted != NULL && found != NULL) {
    memcpy(sorted, mu, n_point * sizeof *mu);
    gsl_sort(sorted, 1, n_point);
    const double range = gsl_stats_quantile_from_sorted_data(sorted, 1, n_point, 0.95) -
                         gsl_stats_quantile_from_sorted_data(sorted, 1, n_point, 0.05);
    for (size_t i = 1; i + 1 < n_point; i++) sorted[i] = fabs(stand_out(energy_eV, mu, i));
    gsl_sort(sorted + 1, 1, n_point - 2);
    const double noise = gsl_stats_median_from_sorted_data(sorted + 1, 1, n_point - 2);
    const double least = fmax(SPIKE_NOISE * noise, SPIKE_RANGE * range);
    for (size_t i = 1; i + 1 < n_point; i++) n_spike += found[i] = is_spike(energy_eV, mu, n_point, i, least);
    if (n_spike * SPIKE_PART > n_point) n_spike = 0;
    for (size_t i = n_point - 2; i > 0 && n_spike > 0; i--) {
      if (!found[i]) continue;
      mu[i] -= stand_out(energy_eV, mu, i);
      *ret_first_eV = energy_eV[i];
    }
  }
  free(found);
  free(sorted);
  return n_spike;
}

/* ---- 5. A background that falls or rises before an edge ---- */

#define RISE_BIN_EV 0.5 /* wider than the noise, narrower than an edge */
#define BEFORE_RISE_EV                                                                                                 \
  4.0 /* the background is fitted so far below the steepest rise: the white line's tail rises, too, */
#define SLOPE_WINDOW_EV 30.0 /* and no farther back than this: it is no line over more */
#define SLOPE_SIGMA 5.0      /* it slopes by so many standard errors */
#define FALL_MIN_EV 3.0
#define FALL_PART 0.1     /* falls by this part of the edge's height until the end of the curve, */
#define FALL_DIP_PART 0.2 /* nothing behind lies deeper under the line: it is no dip, upside down */
#define RISE_MIN_EV 6.0   /* less does not tell a line from a tail */
#define RISE_PART 0.05
#define RISE_DIP_PART 0.05 /* behind an edge there is more than before it */

/* Where the means of two neighbouring bins differ most. */
static double find_steepest_rise(const double *energy_eV, const double *mu, size_t n_point)
{
  double rise_eV = NAN, largest = -INFINITY, before = NAN, before_eV = NAN;
  for (size_t i = 0, n = 0; i < n_point; i += n) {
    double sum = 0.0, sum_eV = 0.0;
    for (n = 0; i + n < n_point && (n == 0 || energy_eV[i + n] < energy_eV[i] + RISE_BIN_EV); n++) {
      sum += mu[i + n];
      sum_eV += energy_eV[i + n];
    }
    const double mean = sum / (double)n, mean_eV = sum_eV / (double)n;
    if (mean - before > largest) {
      largest = mean - before;
      rise_eV = 0.5 * (mean_eV + before_eV);
    }
    before    = mean;
    before_eV = mean_eV;
  }
  return rise_eV;
}

/* A line through the points before the edge, and beside it the edge's tail. */
typedef struct {
  double level, slope, tail; /* level at the last point */
  double slope_error;        /* when what is left of neighbours is alike: as if there were fewer points */
} sloped_fit;

enum { MAX_COLUMN = 3 };

/* Columns: 1, E - E_last, 1 / (E_edge - E). */
static bool fit_columns(const double *energy_eV, const double *mu, size_t n, double rise_eV, size_t n_column,
                        sloped_fit *ret_fit)
{
  double                         chi_square, square = 0.0, product = 0.0, before = 0.0, coefficient[MAX_COLUMN] = {0.0};
  double                         covariance[MAX_COLUMN * MAX_COLUMN];
  gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(n, n_column);
  gsl_matrix                    *x    = gsl_matrix_alloc(n, n_column);
  bool                           ok   = false;
  if (work == NULL || x == NULL) goto done;
  gsl_vector_const_view y = gsl_vector_const_view_array(mu, n);
  gsl_vector_view       c = gsl_vector_view_array(coefficient, n_column);
  gsl_matrix_view       v = gsl_matrix_view_array(covariance, n_column, n_column);
  for (size_t i = 0; i < n; i++) {
    const double column[MAX_COLUMN] = {1.0, energy_eV[i] - energy_eV[n - 1], 1.0 / (rise_eV - energy_eV[i])};
    for (size_t k = 0; k < n_column; k++) gsl_matrix_set(x, i, k, column[k]);
  }
  if (gsl_multifit_linear(x, &y.vector, &c.vector, &v.matrix, &chi_square, work) != 0) goto done;
  for (size_t i = 0; i < n; i++) {
    double rest = mu[i];
    for (size_t k = 0; k < n_column; k++) rest -= coefficient[k] * gsl_matrix_get(x, i, k);
    square += rest * rest;
    product += rest * before;
    before = rest;
  }
  const double likeness = square > 0.0 ? fmin(fmax(product / square, 0.0), 0.9) : 0.0;
  *ret_fit              = (sloped_fit){coefficient[0], coefficient[1], n_column > 2 ? coefficient[2] : 0.0,
                                       sqrt(covariance[n_column + 1] * (1.0 + likeness) / (1.0 - likeness))};
  ok                    = true;
done:
  if (x != NULL) gsl_matrix_free(x);
  if (work != NULL) gsl_multifit_linear_free(work);
  return ok;
}

/* The largest and the smallest value behind the window, above the line. */
static void find_extent(const double *energy_eV, const double *mu, size_t n_point, const cuxas_curve_background *line,
                        double *ret_height, double *ret_depth)
{
  *ret_height = -INFINITY;
  *ret_depth  = INFINITY;
  for (size_t i = 0; i < n_point; i++) {
    if (energy_eV[i] <= line->to_eV) continue;
    const double above = mu[i] - line->level - line->slope_per_eV * (energy_eV[i] - line->to_eV);
    *ret_height        = fmax(*ret_height, above);
    *ret_depth         = fmin(*ret_depth, above);
  }
}

int cuxas_curve_slopes(const double *energy_eV, const double *mu, size_t n_point, double search_from_eV,
                       cuxas_curve_background *ret_background)
{
  enum { MIN_POINT = 8, LINE = 2, LINE_AND_TAIL = 3 };
  double     height, depth;
  sloped_fit fit;
  size_t     n_before = 0, first = 0, n = 0;
  while (n_before < n_point && energy_eV[n_before] < search_from_eV) n_before++;
  const double rise_eV = find_steepest_rise(energy_eV + n_before, mu + n_before, n_point - n_before);
  const double to_eV   = rise_eV - BEFORE_RISE_EV;
  if (isnan(rise_eV)) return 0;
  while (energy_eV[first] < to_eV - SLOPE_WINDOW_EV) first++;
  while (energy_eV[first + n] <= to_eV) n++;
  if (n < MIN_POINT || energy_eV[first + n - 1] - energy_eV[first] < FALL_MIN_EV) return 0;
  const double *e = energy_eV + first, *m = mu + first, rest_eV = energy_eV[n_point - 1] - e[n - 1];
  if (!fit_columns(e, m, n, rise_eV, LINE, &fit)) return 0;
  *ret_background = (cuxas_curve_background){e[0], e[n - 1], fit.level, fit.slope};
  find_extent(energy_eV, mu, n_point, ret_background, &height, &depth);
  if (depth > -FALL_DIP_PART * height && fit.slope * rest_eV < -FALL_PART * height &&
      fit.slope < -SLOPE_SIGMA * fit.slope_error)
    return -1;
  const sloped_fit line = fit;
  if (e[n - 1] - e[0] < RISE_MIN_EV || !fit_columns(e, m, n, rise_eV, LINE_AND_TAIL, &fit)) return 0;
  if (fit.tail < 0.0) fit = line;
  *ret_background = (cuxas_curve_background){e[0], e[n - 1], fit.level, fit.slope};
  find_extent(energy_eV, mu, n_point, ret_background, &height, &depth);
  return depth > -RISE_DIP_PART * height && fit.slope * rest_eV > RISE_PART * height &&
                 fit.slope > SLOPE_SIGMA * fit.slope_error
             ? 1
             : 0;
}

/* ---- 6. Smoothing of a spectrum ---- */

static const double KERNEL_REACH = 4; /* in units of s; the kernel is 1e-7 there */

/* Energy interval that each point stands for: half the distance between its neighbours, at most limit_eV. */
static void share_axis(const cuxas_spectrum *spectrum, double limit_eV, double *ret_share_eV)
{
  for (size_t i = 0; i < spectrum->n_point; i++) {
    const size_t i_left  = i > 0 ? i - 1 : i;
    const size_t i_right = i + 1 < spectrum->n_point ? i + 1 : i;
    ret_share_eV[i]      = fmin(0.5 * (spectrum->energy_eV[i_right] - spectrum->energy_eV[i_left]), limit_eV);
  }
}

/* Points of a table that is denser than any kernel needs, averaged in bins of s/64; else a copy. The kernel then sees
 * some hundred points whatever the file holds. */
static cuxas_spectrum *thin_out(const cuxas_spectrum *spectrum, double smooth_eV)
{
  const double range_eV =
      spectrum->n_point > 0 ? spectrum->energy_eV[spectrum->n_point - 1] - spectrum->energy_eV[0] : 0;
  const double    width_eV = smooth_eV / CUXAS_PREPROCESS_BINS_PER_S;
  const bool      is_dense = smooth_eV > 0 && width_eV * (double)spectrum->n_point > 4 * range_eV;
  cuxas_spectrum *thin     = cuxas_spectrum_copy(spectrum);
  if (thin == NULL || !is_dense || spectrum->n_point < CUXAS_PREPROCESS_MANY_POINT) return thin;
  size_t n_kept = 0;
  for (size_t i = 0, i_end; i < spectrum->n_point; i = i_end) {
    const double bin = floor((spectrum->energy_eV[i] - spectrum->energy_eV[0]) / width_eV);
    double       sum = 0, above_eV = 0;
    for (i_end = i;
         i_end < spectrum->n_point && floor((spectrum->energy_eV[i_end] - spectrum->energy_eV[0]) / width_eV) == bin;
         i_end++) {
      above_eV += spectrum->energy_eV[i_end] - spectrum->energy_eV[i];
      sum += spectrum->mu[i_end];
    }
    thin->energy_eV[n_kept] = spectrum->energy_eV[i] + above_eV / (double)(i_end - i);
    thin->mu[n_kept++]      = sum / (double)(i_end - i);
  }
  thin->n_point = n_kept;
  return thin;
}

cuxas_status cuxas_preprocess_smooth(const cuxas_spectrum *spectrum, double smooth_eV, cuxas_spectrum **ret_spectrum,
                                     cuxas_error *err)
{
  if (!isfinite(smooth_eV) || smooth_eV < 0)
    return cuxas_fail(err, CUXAS_ERANGE, "smoothing width of %g eV: must be 0 or more", smooth_eV);
  if (cuxas_preprocess_check_order(spectrum, err) != CUXAS_OK) return CUXAS_ERANGE;

  cuxas_spectrum *points = thin_out(spectrum, smooth_eV);
  if (points == NULL) return cuxas_no_memory(err);
  const size_t    n_point  = points->n_point;
  const double   *energy   = points->energy_eV;
  const double   *mu       = points->mu;
  cuxas_spectrum *smooth   = cuxas_spectrum_copy(points);
  double         *share_eV = cuxas_new(err, n_point, sizeof *share_eV);
  double         *weight   = cuxas_new(err, n_point, sizeof *weight);
  double         *sum = cuxas_new(err, n_point, sizeof *sum); /* of differences: a constant stays exactly constant */
  if (smooth == NULL || share_eV == NULL || weight == NULL || sum == NULL) {
    cuxas_spectrum_free(smooth);
    smooth = NULL;
  } else if (smooth_eV > 0) {
    share_axis(points, smooth_eV, share_eV);
    for (size_t i = 0; i < n_point; i++) weight[i] = share_eV[i];
    for (size_t i = 0; i < n_point; i++)
      for (size_t j = i + 1; j < n_point && energy[j] - energy[i] <= KERNEL_REACH * smooth_eV; j++) {
        const double distance = (energy[j] - energy[i]) / smooth_eV;
        const double kernel   = exp(-distance * distance);
        weight[i] += kernel * share_eV[j];
        weight[j] += kernel * share_eV[i];
        sum[i] += kernel * share_eV[j] * (mu[j] - mu[i]);
        sum[j] += kernel * share_eV[i] * (mu[i] - mu[j]);
      }
    for (size_t i = 0; i < n_point; i++)
      if (weight[i] > 0) smooth->mu[i] += sum[i] / weight[i];
  }
  cuxas_spectrum_free(points);
  free(share_eV);
  free(weight);
  free(sum);
  if (smooth == NULL) return cuxas_no_memory(err);
  *ret_spectrum = smooth;
  return CUXAS_OK;
}
