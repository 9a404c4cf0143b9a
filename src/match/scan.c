/* scan.c - where many curves may agree best with a measurement, as matrix products (the proof is in scan.h)
 *
 * Contents: 1. what a measurement asks  2. a block of curves  3. which places are left  4. all of them; how good a search may
 * find them is in scan_bound.c */
#include "match/scan_priv.h"
#include "base/memory.h"
#include "cuxas/predict.h"
#include "match/query.h"
#include "match/whiten.h"
#include "spectrum/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_CURVE = 24, N_LINEAR = 3, N_SUM = 64, N_BESIDE = 6 /* shifts at a time */, CACHE_LINE = 64 };

/* ==== 1. what a measurement asks ==== */

bool cuxas_scan_pays(const cuxas_query *query, const cuxas_compare_settings *settings, size_t n_curve)
{
  if (settings->criterion != CUXAS_CRITERION_SCORE || settings->shift_mode == CUXAS_SHIFT_FIXED) return false;
  return n_curve >= MIN_CURVE && cuxas_search_planned(query, settings).n_trial <= CUXAS_SCAN_MAX_TRIAL;
}

cuxas_places cuxas_places_all(void)
{
  cuxas_places all;
  memset(&all, 0xff, sizeof all);
  return all;
}

/* Row of the filter turned round: what multiplies x_i when the filtered x is multiplied by h. */
static void turn_filter(const cuxas_whitening *w, const double *h, size_t n, double *ret_row)
{
  for (size_t i = 0; i < n; i++) {
    const double own  = h[i] * (i == 0 ? 1.0 : w->norm);
    const double next = i + 1 < n ? h[i + 1] * w->norm * w->part : 0.0;
    ret_row[i]        = w->weight[i] * (own - next);
  }
}

/* Returns where the next begins. */
static float *lay_row(const double *row, size_t n, float *ret_row)
{
  for (size_t i = 0; i < n; i++) ret_row[i] = (float)row[i];
  return ret_row + n;
}

static double norm_of(const double *row, size_t n)
{
  return sqrt(cuxas_whiten_dot(row, row, n));
}

/* g, A, B, C, e; work (6, n_energy) and the whitening's own rows. */
static void find_rows(cuxas_scan_job *j, double *work)
{
  const size_t    n    = j->query->grid.n_energy;
  float          *next = j->linear;
  double         *row = work, *h = work + n, *largest = work + 2 * n;
  cuxas_whitening w = cuxas_whitening_begin(j->query, j->settings, work + 3 * n);
  cuxas_whitening_aim(&w, (cuxas_span){0, n}, row);
  memcpy(j->inverse, w.inverse, sizeof j->inverse);
  const cuxas_whitened m = cuxas_whiten(&w, j->query->mu, row);
  j->smm                 = cuxas_whitened_square(&w, &m);
  for (size_t i = 0; i < n; i++)
    h[i] = m.row[i] - (w.inverse[0] * m.u[0] + w.inverse[1] * m.u[1]) * w.nuisance[0][i] -
           (w.inverse[1] * m.u[0] + w.inverse[2] * m.u[1]) * w.nuisance[1][i];
  turn_filter(&w, h, n, largest);
  memcpy(j->product, largest, n * sizeof *largest);
  j->magnitude_product = norm_of(largest, n);
  next                 = lay_row(largest, n, next);
  for (size_t k = 0; k < CUXAS_N_NUISANCE; k++) {
    turn_filter(&w, w.nuisance[k], n, row);
    memcpy(j->nuisance[k], row, n * sizeof *row);
    j->magnitude_nuisance[k] = norm_of(row, n);
    next                     = lay_row(row, n, next);
  }
  const double square = w.norm * w.norm;
  j->part             = w.part;
  memset(largest, 0, n * sizeof *largest);
  for (size_t i = 0; i < n; i++) {
    const double here = w.weight[i], more = i == 0 ? 0.0 : here - w.weight[i - 1];
    row[i] = i == 0 ? 0.0 : square * here * here;
    h[i]   = i == 0 ? 0.0 : square * w.part * here * more;
    if (i == 0)
      largest[0] = here * here;
    else
      largest[i - 1] += square * w.part * w.part * more * more;
    j->most[0] = fmax(j->most[0], row[i]);
    j->most[1] = fmax(j->most[1], fabs(h[i]));
    j->stretch = fmax(j->stretch, w.norm * (1.0 + w.part) * here);
  }
  memcpy(j->weight, w.weight, n * sizeof *j->weight);
  j->norm  = w.norm;
  j->first = w.weight[0] * w.weight[0];
  for (size_t i = 0; i < n; i++) j->most_after = fmax(j->most_after, largest[i] - (i == 0 ? j->first : 0.0));
  lay_row(largest, n, lay_row(h, n, lay_row(row, n, j->square)));
}

/* A point, broadened as curves are: these are the weights of all points around it. */
static cuxas_status find_taps(cuxas_scan_job *j, cuxas_error *err)
{
  const size_t     n = 4 * j->n_half + 1, n_tap = 2 * j->n_half + 4;
  const cuxas_grid around = {0.0, j->query->grid.step_eV, n};
  double          *point  = cuxas_new(err, n, 2 * sizeof *point), cubic[4];
  cuxas_status     status = point != NULL ? CUXAS_OK : CUXAS_ENOMEM;
  cuxas_cubic_weights(j->t, cubic);
  for (size_t i = 0; i < j->plan.n_width && status == CUXAS_OK; i++) {
    double *broad        = point + n;
    point[2 * j->n_half] = 1.0;
    status               = cuxas_broaden(around, point, j->plan.fwhm_eV[i], broad, err);
    for (size_t k = 0; k < n_tap && status == CUXAS_OK; k++) {
      double sum = 0.0; /* tap k: the point that lies k - 1 - n_half steps from the second of the four */
      for (size_t c = 0; c < 4; c++) {
        const ptrdiff_t at = (ptrdiff_t)k - (ptrdiff_t)c + (ptrdiff_t)j->n_half;
        if (k >= c && k - c <= 2 * j->n_half) sum += cubic[c] * broad[at];
      }
      j->tap[i * n_tap + k] = sum;
    }
  }
  free(point);
  return status;
}

static void place_trials(cuxas_scan_job *j)
{
  const cuxas_grid target = j->query->grid;
  double           first = 0.0, low = INFINITY, high = -INFINITY, at[CUXAS_SCAN_MAX_TRIAL];
  for (size_t k = 0; k < j->plan.n_trial; k++) {
    at[k] = (target.start_eV - cuxas_search_trial_eV(&j->plan, k) - j->grid.start_eV) / target.step_eV;
    if (k == 0) first = at[0];
    const double n_step = at[k] - first;
    j->is_regular[k]    = fabs(n_step - round(n_step)) < 1e-6;
    if (!j->is_regular[k]) continue;
    low  = fmin(low, round(n_step));
    high = fmax(high, round(n_step));
  }
  for (size_t i = 0; i < j->plan.n_width; i++)
    for (size_t k = 0; k < j->plan.n_trial; k++) {
      j->penalty[i][k]      = cuxas_search_penalty(&j->plan, j->settings, cuxas_search_trial_eV(&j->plan, k), i);
      j->trial_factor[i][k] = exp(2.0 * j->penalty[i][k] / j->settings->score.n_independent);
    }
  for (size_t i = 0; i <= N_FRACTION; i++) {
    const double z = ((double)i / N_FRACTION - j->settings->hole_prior.mean) / j->settings->hole_prior.sd;
    j->hole_factor[i] =
        j->settings->fit_hole && j->n_channel == 2 ? exp(z * z / j->settings->score.n_independent) : 1.0;
  }
  const double whole = floor(first + 1e-7);
  j->t               = fmax(0.0, first - whole);
  j->is_even         = j->t < 1e-9 && high - low + 1.5 > (double)j->plan.n_trial;
  j->low             = (ptrdiff_t)(whole + low);
  j->n_read          = target.n_energy + (size_t)(high - low);
  for (size_t k = 0; k < j->plan.n_trial; k++)
    if (j->is_regular[k]) j->at[j->offset[k] = (size_t)(round(at[k] - first) - low)] = k;
}

/* The measurement as heights are compared (score_heights() of match.c). */
static void scale_measured(cuxas_scan_job *j)
{
  const size_t n = j->query->grid.n_energy;
  cuxas_line   line;
  if (cuxas_scale_measured(CUXAS_SCALE_MINMAX, j->query, (cuxas_span){0, n}, j->query->mu, &line))
    for (size_t i = 0; i < n; i++) j->scaled[i] = (float)(line.gain * j->query->mu[i] + line.offset);
  else
    j->is_even = false;
}

static void end_job(cuxas_scan_job *j)
{
  free(j->tap);
  free(j->scaled);
  free(j->weight);
  free(j->linear);
  free(j->square);
}

static cuxas_status begin_job(const cuxas_query *query, const cuxas_compare_settings *settings,
                              const cuxas_curve *curve, cuxas_scan_job *j, cuxas_error *err)
{
  *j = (cuxas_scan_job){.query     = query,
                        .settings  = settings,
                        .plan      = cuxas_search_planned(query, settings),
                        .grid      = curve->grid,
                        .n_channel = curve->screened_hole != NULL && cuxas_compare_mixes(settings) ? 2 : 1};
  place_trials(j);
  double widest_eV = 0.0;
  for (size_t i = 0; i < j->plan.n_width; i++) widest_eV = fmax(widest_eV, j->plan.fwhm_eV[i]);
  j->n_half           = 2 + (size_t)ceil(2.0 * widest_eV / query->grid.step_eV);
  j->n_extended       = j->n_read + 2 * j->n_half + 3;
  j->n_offset         = j->n_read - query->grid.n_energy + 1;
  j->tap              = cuxas_new(err, j->plan.n_width, (2 * j->n_half + 4) * sizeof *j->tap);
  j->linear           = cuxas_new(err, query->grid.n_energy, N_LINEAR * sizeof *j->linear);
  j->square           = cuxas_new(err, query->grid.n_energy, 3 * sizeof *j->square);
  j->scaled           = cuxas_new(err, query->grid.n_energy, sizeof *j->scaled);
  j->weight           = cuxas_new(err, query->grid.n_energy, 4 * sizeof *j->weight);
  double      *work   = cuxas_new(err, query->grid.n_energy, (3 + CUXAS_WHITENING_ROWS) * sizeof *work);
  cuxas_status status = CUXAS_ENOMEM;
  if (j->tap != NULL && j->linear != NULL && j->square != NULL && j->scaled != NULL && j->weight != NULL &&
      work != NULL) {
    j->product     = j->weight + query->grid.n_energy;
    j->nuisance[0] = j->product + query->grid.n_energy;
    j->nuisance[1] = j->nuisance[0] + query->grid.n_energy;
    find_rows(j, work);
    scale_measured(j);
    status = find_taps(j, err);
  }
  if (status == CUXAS_OK) status = cuxas_search_metric(query, settings, &j->metric, err);
  free(work);
  return status;
}

/* ==== 2. a block of curves ==== */

static cuxas_status begin_block(const cuxas_scan_job *j, cuxas_scan_block *b, cuxas_error *err)
{
  const size_t n_trial  = j->plan.n_trial;
  const size_t n_beside = j->n_read + N_BESIDE - 1; /* what lies behind is read, to no effect */
  const size_t n_row    = 5 * n_beside + 2 * N_LINEAR * n_trial + 3 * n_trial;
  memset(b, 0, sizeof *b);
  b->all      = cuxas_new(err, n_row + 1, N_COLUMN * sizeof *b->all);
  b->all_wide = cuxas_new(err, 2 * j->n_extended + j->n_read, N_COLUMN * sizeof *b->all_wide);
  if (b->all == NULL || b->all_wide == NULL) return CUXAS_ENOMEM;
  float *next = b->all + (CACHE_LINE - (uintptr_t)b->all % CACHE_LINE) / sizeof *next; /* rows are read from there on */
  double *wide = b->all_wide;
  for (size_t c = 0; c < 2; c++, wide += j->n_extended * N_COLUMN) b->extended[c] = wide;
  b->wide = wide;
  for (size_t c = 0; c < 2; c++, next += n_beside * N_COLUMN) b->x[c] = next;
  for (size_t c = 0; c < 2; c++, next += n_beside * N_COLUMN) b->step[c] = next;
  b->product = next;
  next += n_beside * N_COLUMN;
  for (size_t c = 0; c < 2; c++, next += N_LINEAR * n_trial * N_COLUMN) b->linear[c] = next;
  for (size_t c = 0; c < 3; c++, next += n_trial * N_COLUMN) b->square[c] = next;
  return CUXAS_OK;
}

static void end_block(cuxas_scan_block *b)
{
  free(b->all);
  free(b->all_wide);
}

/* The curve's points, its tail below and its last value above. */
static void extend(const cuxas_scan_job *j, const double *mu, double *ret_column)
{
  const ptrdiff_t first = j->low - 1 - (ptrdiff_t)j->n_half, n = (ptrdiff_t)j->grid.n_energy;
  for (size_t i = 0; i < j->n_extended; i++) {
    const ptrdiff_t at       = first + (ptrdiff_t)i;
    const double    below_eV = (double)-at * j->grid.step_eV;
    const double    value    = at < 0 ? mu[0] * exp(-below_eV / CUXAS_TAIL_EV) : mu[at < n ? at : n - 1];
    ret_column[i * N_COLUMN] = value;
  }
}

/* Four taps at a time: a sum that stays in a register meanwhile, in the same order. */
CUXAS_SCAN_CLONES static void add_taps(const double *extended, const double *tap, size_t n_tap, double *ret_row)
{
  double row[N_COLUMN] = {0.0};
  size_t k             = 0;
  for (; k + 4 <= n_tap; k += 4) {
    const double *x = extended + k * N_COLUMN, *t = tap + k;
    for (size_t c = 0; c < N_COLUMN; c++)
      row[c] = row[c] + t[0] * x[c] + t[1] * x[N_COLUMN + c] + t[2] * x[2 * N_COLUMN + c] + t[3] * x[3 * N_COLUMN + c];
  }
  for (; k < n_tap; k++)
    for (size_t c = 0; c < N_COLUMN; c++) row[c] += tap[k] * extended[k * N_COLUMN + c];
  memcpy(ret_row, row, sizeof row);
}

/* Broadened, read, less its mean: rounded to float32 only now. */
static void read_channel(const cuxas_scan_job *j, size_t i_width, const cuxas_scan_block *b, const double *extended,
                         float *ret_x)
{
  size_t        n_tap = 2 * j->n_half + 4, first = 0;
  const double *tap            = j->tap + i_width * n_tap;
  double        mean[N_COLUMN] = {0.0};
  for (; n_tap > 1 && tap[n_tap - 1] == 0.0; n_tap--) continue;
  for (; first + 1 < n_tap && tap[first] == 0.0; first++) continue;
  for (size_t i = 0; i < j->n_read; i++) {
    double *row = b->wide + i * N_COLUMN;
    add_taps(extended + (i + first) * N_COLUMN, tap + first, n_tap - first, row);
    for (size_t c = 0; c < N_COLUMN; c++) mean[c] += row[c];
  }
  for (size_t c = 0; c < N_COLUMN; c++) mean[c] /= (double)j->n_read;
  for (size_t i = 0; i < j->n_read; i++)
    for (size_t c = 0; c < N_COLUMN; c++) ret_x[i * N_COLUMN + c] = (float)(b->wide[i * N_COLUMN + c] - mean[c]);
}

/* SLIDE() - a function that adds to sum (N_BESIDE, N_COLUMN), for as many columns as a register of n_byte holds, the products of
 * row (n) with x at so many shifts side by side; in parts of N_SUM, so that rounding cannot add up. Products and sums stay apart: all
 * of them give the same bits. */
#define SLIDE(name, target, n_byte)                                                                                    \
  typedef float      name##_lanes __attribute__((vector_size(n_byte), aligned(4), may_alias));                         \
  target static void name(const float *row, size_t n, const float *x, float *sum)                                      \
  {                                                                                                                    \
    for (size_t first = 0; first < n; first += N_SUM) {                                                                \
      const size_t end         = first + N_SUM < n ? first + N_SUM : n;                                                \
      name##_lanes s[N_BESIDE] = {{0}};                                                                                \
      for (size_t i = first; i < end; i++) {                                                                           \
        const name##_lanes at = row[i] - (name##_lanes){0};                                                            \
        _Pragma("GCC unroll 6") for (size_t k = 0; k < N_BESIDE; k++) s[k] +=                                          \
            at * *(const name##_lanes *)(x + (i + k) * N_COLUMN);                                                      \
      }                                                                                                                \
      _Pragma("GCC unroll 6") for (size_t k = 0; k < N_BESIDE; k++) * (name##_lanes *)(sum + k * N_COLUMN) += s[k];    \
    }                                                                                                                  \
  }

typedef void slide(const float *row, size_t n, const float *x, float *sum);
SLIDE(slide_by_4, , 16)
#if CUXAS_HAS_CLONES
SLIDE(slide_by_8, __attribute__((target("avx2"))), 32)
SLIDE(slide_by_16, __attribute__((target("avx512f"))), 64)
#endif

static slide *choose_slide(size_t *ret_n_lane)
{
#if CUXAS_HAS_CLONES
  *ret_n_lane = 16;
  if (__builtin_cpu_supports("avx512f")) return slide_by_16;
  *ret_n_lane = 8;
  if (__builtin_cpu_supports("avx2")) return slide_by_8;
#endif
  *ret_n_lane = 4;
  return slide_by_4;
}

/* Adds the products of a row with x at every shift to io_y, by trial. */
static void multiply(const cuxas_scan_job *j, const float *row, const float *x, float *io_y)
{
  float  sum[N_BESIDE * N_COLUMN];
  size_t n_lane;
  slide *add = choose_slide(&n_lane);
  for (size_t o = 0; o < j->n_offset; o += N_BESIDE) {
    memset(sum, 0, sizeof sum);
    for (size_t c = 0; c < N_COLUMN; c += n_lane) add(row, j->query->grid.n_energy, x + o * N_COLUMN + c, sum + c);
    for (size_t k = 0; k < N_BESIDE && o + k < j->n_offset; k++) {
      float *y = io_y + j->at[o + k] * N_COLUMN;
      for (size_t c = 0; c < N_COLUMN; c++) y[c] += sum[k * N_COLUMN + c];
    }
  }
}

#define ROUNDING 5.960464477539063e-08 /* 2^-24 */
#define SUMMED 1.0001                  /* root of a sum of some hundred squares in float32: less than this off */

/* Sums over a curve's points, by column: squares of v and of v_i - f v_i-1, the largest |v| where a first point may be. */
typedef struct {
  float square[N_COLUMN], step[N_COLUMN], first[N_COLUMN];
} extent;

/* How far x may be off, as a norm over all points (D of scan.h). */
static double rounding_of_curve(const cuxas_scan_block *b, size_t channel, size_t column)
{
  return 1.01 * ROUNDING * b->size[channel][column];
}

CUXAS_SCAN_CLONES static void sum_steps(const float *x, size_t n_row, size_t n_first, float part, float *ret_step,
                                        extent *ret_of)
{
  memset(ret_of, 0, sizeof *ret_of);
  memset(ret_step, 0, N_COLUMN * sizeof *ret_step);
  for (size_t i = 0; i < n_row; i++) {
    const float *row = x + i * N_COLUMN, *before = i == 0 ? row : row - N_COLUMN;
    float       *to = ret_step + i * N_COLUMN;
    for (size_t c = 0; c < N_COLUMN; c++) {
      const float d = i == 0 ? 0.0f : row[c] - part * before[c];
      to[c]         = d;
      ret_of->square[c] += row[c] * row[c];
      ret_of->step[c] += d * d;
      if (i < n_first) ret_of->first[c] = fabsf(row[c]) > ret_of->first[c] ? fabsf(row[c]) : ret_of->first[c];
    }
  }
}

/* x_i - f x_i-1, and the sizes of both. */
static void find_steps(const cuxas_scan_job *j, cuxas_scan_block *b, size_t channel)
{
  extent of;
  sum_steps(b->x[channel], j->n_read, j->plan.n_trial, (float)j->part, b->step[channel], &of);
  for (size_t c = 0; c < N_COLUMN; c++) {
    b->size[channel][c]      = SUMMED * sqrt((double)of.square[c]);
    b->step_size[channel][c] = SUMMED * sqrt((double)of.step[c]);
    b->first[channel][c]     = (double)of.first[c];
  }
}

/* How long the whitened v can be: as `terms` of find_rounding(); v is off by no more than `off`, v_i - f v_i-1 by twice that. */
static double bound_length(const cuxas_scan_job *j, const extent *of, size_t column, double off)
{
  const double v     = SUMMED * sqrt((double)of->square[column]) + off;
  const double d     = SUMMED * sqrt((double)of->step[column]) + 2.0 * off;
  const double first = (double)of->first[column] + off;
  return sqrt(j->most[0] * d * d + 2.0 * j->most[1] * d * v + j->most_after * v * v + j->first * first * first);
}

CUXAS_SCAN_CLONES static void sum_changes(const float *x, size_t n_row, size_t n_first, float part, extent *ret_of)
{
  memset(ret_of, 0, sizeof *ret_of);
  for (size_t i = 2; i < n_row; i++) {
    const float *row = x + i * N_COLUMN, *before = row - N_COLUMN, *last = before - N_COLUMN;
    for (size_t c = 0; c < N_COLUMN; c++) {
      const float v = row[c] - before[c], d = v - part * (before[c] - last[c]);
      ret_of->square[c] += v * v;
      ret_of->step[c] += d * d;
      if (i < n_first) ret_of->first[c] = fabsf(v) > ret_of->first[c] ? fabsf(v) : ret_of->first[c];
    }
  }
}

static void find_changes(const cuxas_scan_job *j, cuxas_scan_block *b, size_t channel)
{
  extent of;
  sum_changes(b->x[channel], j->n_read, j->plan.n_trial + 3, (float)j->part, &of);
  for (size_t c = 0; c < N_COLUMN; c++)
    b->change[channel][c] = bound_length(j, &of, c, 2.0 * rounding_of_curve(b, channel, c));
}

/* What rounding may have done: of x itself, of sums (scan.h). */
static void find_rounding(const cuxas_scan_job *j, cuxas_scan_block *b)
{
  const size_t last = j->n_channel - 1;
  const double sums = (double)(N_SUM + 3 * (j->n_read / N_SUM + 1) + 16) * ROUNDING;
  for (size_t c = 0; c < N_COLUMN; c++) {
    const double size  = larger(b->size[0][c], b->size[last][c]),
                 step  = larger(b->step_size[0][c], b->step_size[last][c]);
    const double first = larger(b->first[0][c], b->first[last][c]);
    const double off   = larger(rounding_of_curve(b, 0, c), rounding_of_curve(b, last, c));
    const double terms = j->most[0] * step * step + 2.0 * j->most[1] * step * size + j->most_after * size * size +
                         j->first * first * first;
    const double d_off = 3.0 * ROUNDING * size;
    const double by_d  = 2.0 * (j->most[0] * step + j->most[1] * size) * d_off + j->most[0] * d_off * d_off;
    b->rounding[c]     = (cuxas_scan_rounding){
            off,
            sums * terms + by_d + 2.0 * sqrt(terms) * j->stretch * off + j->stretch * j->stretch * off * off,
            j->magnitude_product * (sums * size + off),
            {j->magnitude_nuisance[0] * (sums * size + off), j->magnitude_nuisance[1] * (sums * size + off)}};
  }
}

/* Squares of two channels at every shift, before offset and slope have taken their part. */
static void multiply_squares(const cuxas_scan_job *j, cuxas_scan_block *b, size_t first, size_t second,
                             float *ret_square)
{
  const size_t n = j->n_read * N_COLUMN, n_energy = j->query->grid.n_energy;
  const float *x = b->x[first], *y = b->x[second], *g = b->step[first], *h = b->step[second];
  memset(ret_square, 0, j->plan.n_trial * N_COLUMN * sizeof *ret_square);
#pragma omp simd
  for (size_t i = 0; i < n; i++) b->product[i] = g[i] * h[i];
  multiply(j, j->square, b->product, ret_square);
  if (j->most[1] > 0.0) {
    memset(b->product, 0, N_COLUMN * sizeof *b->product);
#pragma omp simd
    for (size_t i = N_COLUMN; i < n; i++) b->product[i] = g[i] * y[i - N_COLUMN] + x[i - N_COLUMN] * h[i];
    multiply(j, j->square + n_energy, b->product, ret_square);
  }
#pragma omp simd
  for (size_t i = 0; i < n; i++) b->product[i] = x[i] * y[i];
  multiply(j, j->square + 2 * n_energy, b->product, ret_square);
}

static void look_at_width(const cuxas_scan_job *j, size_t i_width, cuxas_scan_block *b)
{
  const size_t n = j->plan.n_trial * N_COLUMN, n_energy = j->query->grid.n_energy;
  for (size_t c = 0; c < j->n_channel; c++) {
    read_channel(j, i_width, b, b->extended[c], b->x[c]);
    find_steps(j, b, c);
    if (j->is_even) find_changes(j, b, c);
    memset(b->linear[c], 0, N_LINEAR * n * sizeof *b->linear[c]);
    for (size_t i = 0; i < N_LINEAR; i++) multiply(j, j->linear + i * n_energy, b->x[c], b->linear[c] + i * n);
  }
  find_rounding(j, b);
  multiply_squares(j, b, 0, 0, b->square[0]);
  if (j->n_channel == 1) return;
  multiply_squares(j, b, 0, 1, b->square[1]);
  multiply_squares(j, b, 1, 1, b->square[2]);
}

/* ==== 3. which places are left ==== */

cuxas_scan_products cuxas_scan_products_at(const cuxas_scan_job *j, const cuxas_scan_block *b, size_t k, size_t column)
{
  const size_t               at = k * N_COLUMN + column, n = j->plan.n_trial * N_COLUMN, last = j->n_channel - 1;
  const cuxas_scan_rounding *off = &b->rounding[column];
  const double              *v = j->inverse, *lost = off->u;
  const double               u0[2]   = {(double)b->linear[0][n + at], (double)b->linear[0][2 * n + at]};
  const double               u1[2]   = {(double)b->linear[last][n + at], (double)b->linear[last][2 * n + at]};
  const double               most[2] = {larger(fabs(u0[0]), fabs(u1[0])), larger(fabs(u0[1]), fabs(u1[1]))};
  const double weight[2] = {fabs(v[0]) * most[0] + fabs(v[1]) * most[1], fabs(v[1]) * most[0] + fabs(v[2]) * most[1]};
  const double rest      = 2.0 * (weight[0] * lost[0] + weight[1] * lost[1]) + fabs(v[0]) * lost[0] * lost[0] +
                      2.0 * fabs(v[1]) * lost[0] * lost[1] + fabs(v[2]) * lost[1] * lost[1];
  cuxas_scan_products p = {.s00         = (double)b->square[0][at] - cuxas_whitened_rest(v, u0, u0),
                           .s0m         = (double)b->linear[0][at],
                           .u           = {{u0[0], u0[1]}, {u1[0], u1[1]}},
                           .off_square  = off->square + rest,
                           .off_product = off->product};
  p.s01 = p.s11 = p.s00;
  p.s1m         = p.s0m;
  if (last == 0) return p;
  p.s01 = (double)b->square[1][at] - cuxas_whitened_rest(v, u0, u1);
  p.s11 = (double)b->square[2][at] - cuxas_whitened_rest(v, u1, u1);
  p.s1m = (double)b->linear[1][at];
  return p;
}

double cuxas_scan_r_square(const cuxas_scan_job *j, const cuxas_scan_products *p, double a, double sign)
{
  const double c          = 1.0 - a;
  const double covariance = a * p->s0m + c * p->s1m + sign * p->off_product;
  const double variance   = a * a * p->s00 + 2.0 * a * c * p->s01 + c * c * p->s11 - sign * p->off_square;
  if (covariance <= 0.0) return 0.0;
  return variance > 0.0 ? smaller(1.0, covariance * covariance / (variance * j->smm)) : 1.0;
}

double cuxas_scan_misfit(double r_square)
{
  return larger(1.0 - r_square, 1e-12); /* as cuxas_score_of_correlation() */
}

double cuxas_scan_score(const cuxas_scan_job *j, double misfit)
{
  return -0.5 * j->settings->score.n_independent * log(misfit);
}

double cuxas_scan_fraction(const cuxas_scan_job *j, size_t i, size_t last)
{
  return last > 0 ? (double)i / N_FRACTION : j->settings->hole_fraction;
}

/* Over all fractions that are tried: the least misfit there may be (sign 1), or must be (-1), at a place. */
static double bound_place(const cuxas_scan_job *j, const cuxas_scan_products *p, double factor, double sign)
{
  const size_t last = j->settings->fit_hole && j->n_channel == 2 ? N_FRACTION : 0;
  double       best = INFINITY;
  for (size_t i = 0; i <= last; i++)
    best = smaller(best, cuxas_scan_misfit(cuxas_scan_r_square(j, p, cuxas_scan_fraction(j, i, last), sign)) *
                             j->hole_factor[i]);
  return best * factor;
}

/* The same (sign 1) without looking at every fraction, and no larger: the quotient is largest at an end or where both of its
 * derivatives are in balance, and rounding raises it most where the variance is least. */
static double bound_quickly(const cuxas_scan_job *j, const cuxas_scan_products *p, double factor)
{
  const double x = p->s0m + p->off_product, y = p->s1m + p->off_product, slope = p->s00 + p->s11 - 2.0 * p->s01;
  const double low = slope > 0.0 ? smaller(larger((p->s11 - p->s01) / slope, 0.0), 1.0) : 0.0;
  const double a = x * p->s11 - y * p->s01, c = y * p->s00 - x * p->s01;
  const double at[] = {0.0, 1.0, a * c > 0.0 ? a / (a + c) : 0.0, low};
  double       best = 0.0, least = INFINITY;
  for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
    const double b        = 1.0 - at[i];
    const double variance = at[i] * at[i] * p->s00 + 2.0 * at[i] * b * p->s01 + b * b * p->s11;
    const double top      = larger(0.0, at[i] * x + b * y);
    if (!(variance > p->off_square)) return 0.0;
    best  = larger(best, top * top / (variance * j->smm));
    least = smaller(least, variance);
  }
  return cuxas_scan_misfit(best * least / (least - p->off_square)) * factor;
}

static void set_trial(cuxas_places *places, size_t i_width, size_t k)
{
  places->trial[i_width][k / 64] |= (uint64_t)1 << (k % 64);
}

/* Of one width: those whose bound reaches what some place has at least; that score is returned. */
static double choose_trials(const cuxas_scan_job *j, const cuxas_scan_block *b, size_t i_width, size_t column,
                            cuxas_places *places)
{
  const bool    is_fit = j->settings->fit_hole && j->n_channel == 2;
  const double *factor = j->trial_factor[i_width];
  double        lower[CUXAS_SCAN_MAX_TRIAL], most = INFINITY; /* misfits */
  size_t        first = 0;
  for (size_t k = 0; k < j->plan.n_trial; k++) {
    lower[k] = 0.0;
    if (!j->is_regular[k]) continue;
    const cuxas_scan_products p = cuxas_scan_products_at(j, b, k, column);
    lower[k]                    = is_fit ? bound_quickly(j, &p, factor[k]) : bound_place(j, &p, factor[k], 1.0);
    if (!j->is_regular[first] || lower[k] < lower[first]) first = k;
  }
  if (j->is_regular[first]) { /* where the bound is least the misfit is small */
    const cuxas_scan_products p = cuxas_scan_products_at(j, b, first, column);
    most                        = bound_place(j, &p, factor[first], -1.0);
  }
  for (size_t k = 0; k < j->plan.n_trial; k++) { /* a better place makes the next ones harder to reach */
    if (!j->is_regular[k] || lower[k] > most) continue;
    const cuxas_scan_products p = cuxas_scan_products_at(j, b, k, column);
    most                        = smaller(most, bound_place(j, &p, factor[k], -1.0));
    if (is_fit) lower[k] = bound_place(j, &p, factor[k], 1.0);
  }
  for (size_t k = 0; k < j->plan.n_trial; k++)
    if (!(lower[k] > most * CUXAS_SCAN_BEYOND_TIES)) set_trial(places, i_width, k);
  return cuxas_scan_score(j, most);
}

/* ==== 4. all of them ==== */

static void run_block(const cuxas_scan_job *j, const cuxas_curve *curve, size_t n_curve, cuxas_scan_block *b,
                      cuxas_scanned *ret_scanned)
{
  for (size_t column = 0; column < n_curve; column++)
    b->prospect[column] = (cuxas_prospect){.best = {.score = NAN, .mae = NAN}, .best_value = -INFINITY};
  for (size_t c = 0; c < j->n_channel; c++) {
    memset(b->extended[c], 0, j->n_extended * N_COLUMN * sizeof *b->extended[c]);
    for (size_t column = 0; column < n_curve; column++) {
      double *to = b->extended[c] + column;
      extend(j, c == 0 ? curve[column].no_hole : curve[column].screened_hole, to);
    }
  }
  for (size_t i_width = 0; i_width < j->plan.n_width; i_width++) {
    look_at_width(j, i_width, b);
    for (size_t column = 0; column < n_curve; column++) {
      cuxas_places *places = &ret_scanned[column].places;
      const double  least  = choose_trials(j, b, i_width, column, places);
      if (j->is_even) cuxas_scan_judge_width(j, b, i_width, column, least, places);
    }
  }
  for (size_t column = 0; column < n_curve; column++)
    if (j->is_even)
      cuxas_scan_judge(j, &b->prospect[column], &ret_scanned[column].places, &ret_scanned[column].foreseen);
    else
      ret_scanned[column].foreseen = (cuxas_foreseen){.score = NAN, .mae = NAN, .upper = INFINITY};
}

cuxas_status cuxas_scan(const cuxas_query *query, const cuxas_compare_settings *settings, const cuxas_curve *curve,
                        size_t n_curve, cuxas_scan_manner how, cuxas_scanned *ret_scanned, cuxas_error *err)
{
  cuxas_scan_job j;
  bool           no_memory = false;
  cuxas_status   status    = begin_job(query, settings, curve, &j, err);
  const size_t   n_block   = (n_curve + N_COLUMN - 1) / N_COLUMN;
  j.needed                 = how.needed + 0.5 * settings->score.n_independent * j.metric;
  j.only_places            = how.only_places;
  memset(ret_scanned, 0, n_curve * sizeof *ret_scanned);
#pragma omp parallel num_threads(how.n_thread) reduction(|| : no_memory) if (status == CUXAS_OK)
  {
    cuxas_scan_block b = {0};
    no_memory          = status != CUXAS_OK || begin_block(&j, &b, NULL) != CUXAS_OK;
#pragma omp for schedule(dynamic)
    for (size_t i = 0; i < n_block; i++) {
      const size_t at = i * N_COLUMN, n = n_curve - at < N_COLUMN ? n_curve - at : N_COLUMN;
      if (!no_memory) run_block(&j, curve + at, n, &b, ret_scanned + at);
    }
    end_block(&b);
  }
  end_job(&j);
  return status == CUXAS_OK && no_memory ? cuxas_no_memory(err) : status;
}
