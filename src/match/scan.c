/* scan.c - where many curves may agree best with a measurement, as matrix products (the proof is in scan.h)
 *
 * Contents: 1. what a measurement asks  2. a block of curves  3. which places are left  4. all of them; how good a search may
 * find them is in scan_bound.c */
#include "match/scan_priv.h"
#include "base/memory.h"
#include "cuxas/predict.h"
#include "match/query.h"
#include "match/compare.h"
#include "spectrum/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_CURVE = 24, N_LINEAR = 3, N_SUM = 64, N_BESIDE = 7 /* shifts at a time */, CACHE_LINE = 64 };

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

/* g, A, C, n; work (6, n_energy) and the whitening's own rows. */
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
  for (size_t i = 0; i < n; i++) {
    const double here = w.weight[i];
    row[i]            = i == 0 ? 0.0 : square * w.part * here * w.weight[i - 1];
    h[i]              = here * (i == 0 ? here : square * (here - w.part * w.weight[i - 1]));
    if (i + 1 < n) h[i] += square * w.part * here * (w.part * here - w.weight[i + 1]);
    j->most_step = fmax(j->most_step, row[i]);
    j->stretch   = fmax(j->stretch, w.norm * (1.0 + w.part) * here);
    if (i > 0 && i + 1 < n) j->most_inside = fmax(j->most_inside, fabs(h[i]));
  }
  j->most_end[0] = fabs(h[0]);
  j->most_end[1] = fabs(h[n - 1]);
  memcpy(j->weight, w.weight, n * sizeof *j->weight);
  j->norm = w.norm;
  lay_row(h, n, lay_row(row, n, j->square));
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
  const bool fits_hole = j->settings->fit_hole && j->n_channel == 2;
  j->n_fraction        = fits_hole ? N_FRACTION + 1 : 1;
  for (size_t i = 0; i < FRACTION_ROOM; i++) {
    const double z    = ((double)i / N_FRACTION - j->settings->hole_prior.mean) / j->settings->hole_prior.sd;
    j->hole_factor[i] = i >= j->n_fraction ? INFINITY : fits_hole ? exp(z * z / j->settings->score.n_independent) : 1.0;
    j->fraction[i]    = !fits_hole ? j->settings->hole_fraction : i < j->n_fraction ? (double)i / N_FRACTION : 1.0;
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

/* What curves have below their first point, in parts of it. */
static void find_tail(cuxas_scan_job *j)
{
  const ptrdiff_t first = j->low - 1 - (ptrdiff_t)j->n_half;
  for (size_t i = 0; i < j->n_extended; i++) {
    const double below_eV = (double)-(first + (ptrdiff_t)i) * j->grid.step_eV;
    j->tail[i]            = below_eV > 0.0 ? exp(-below_eV / CUXAS_TAIL_EV) : 1.0;
  }
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
  const size_t n_tap  = j->plan.n_width * (2 * j->n_half + 4);
  j->tap              = cuxas_new(err, n_tap + j->n_extended, sizeof *j->tap);
  j->linear           = cuxas_new(err, query->grid.n_energy, N_LINEAR * sizeof *j->linear);
  j->square           = cuxas_new(err, query->grid.n_energy, 2 * sizeof *j->square);
  j->scaled           = cuxas_new(err, query->grid.n_energy, sizeof *j->scaled);
  j->weight           = cuxas_new(err, query->grid.n_energy, 4 * sizeof *j->weight);
  double      *work   = cuxas_new(err, query->grid.n_energy, (3 + CUXAS_WHITENING_ROWS) * sizeof *work);
  cuxas_status status = CUXAS_ENOMEM;
  if (j->tap != NULL && j->linear != NULL && j->square != NULL && j->scaled != NULL && j->weight != NULL &&
      work != NULL) {
    j->tail        = j->tap + n_tap;
    j->product     = j->weight + query->grid.n_energy;
    j->nuisance[0] = j->product + query->grid.n_energy;
    j->nuisance[1] = j->nuisance[0] + query->grid.n_energy;
    find_tail(j);
    cuxas_scan_place_points(j);
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
  const size_t n_beside = j->n_read + N_BESIDE; /* what lies behind is read, to no effect */
  const size_t n_row    = 5 * n_beside + 2 * N_LINEAR * n_trial + 3 * n_trial;
  memset(b, 0, sizeof *b);
  b->all      = cuxas_new(err, n_row + 1, N_COLUMN * sizeof *b->all);
  b->all_wide = cuxas_new(err, 2 * j->n_extended + j->n_read + 5 * n_trial, N_COLUMN * sizeof *b->all_wide);
  if (b->all == NULL || b->all_wide == NULL) return CUXAS_ENOMEM;
  float *next = b->all + (CACHE_LINE - (uintptr_t)b->all % CACHE_LINE) / sizeof *next; /* rows are read from there on */
  double *wide = b->all_wide;
  for (size_t c = 0; c < 2; c++, wide += j->n_extended * N_COLUMN) b->extended[c] = wide;
  b->wide = wide;
  wide += j->n_read * N_COLUMN;
  for (size_t c = 0; c < 3; c++, wide += n_trial * N_COLUMN) b->whole[c] = wide;
  b->off_square = wide;
  b->lower      = wide + n_trial * N_COLUMN;
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

/* As many columns as a register or some hold; sums of these stay there. */
enum { N_WIDE = 8, N_LANE = 16 };
typedef double wide_lanes __attribute__((vector_size(8 * N_WIDE), aligned(8), may_alias));
typedef float  lanes __attribute__((vector_size(4 * N_LANE), aligned(4), may_alias));

/* The curves' points, their tails below and their last values above; as many rows at a time as a line of the cache has points. */
static void extend(const cuxas_scan_job *j, const cuxas_curve *curve, size_t n_curve, size_t channel, double *ret_rows)
{
  const ptrdiff_t first = j->low - 1 - (ptrdiff_t)j->n_half, n = (ptrdiff_t)j->grid.n_energy;
  memset(ret_rows, 0, j->n_extended * N_COLUMN * sizeof *ret_rows);
  for (size_t from = 0; from < j->n_extended; from += N_WIDE)
    for (size_t column = 0; column < n_curve; column++) {
      const double *mu = channel == 0 ? curve[column].no_hole : curve[column].screened_hole;
      for (size_t i = from; i < from + N_WIDE && i < j->n_extended; i++) {
        const ptrdiff_t at              = first + (ptrdiff_t)i;
        ret_rows[i * N_COLUMN + column] = at < 0 ? mu[0] * j->tail[i] : mu[at < n ? at : n - 1];
      }
    }
}

CUXAS_SCAN_CLONES static void add_taps(const double *extended, const double *tap, size_t n_tap, double *ret_row)
{
  enum { N_PART = 4 };
  for (size_t c = 0; c < N_COLUMN; c += N_PART * N_WIDE) {
    wide_lanes sum[N_PART] = {{0}};
    for (size_t k = 0; k < n_tap; k++) {
      const wide_lanes at = tap[k] - (wide_lanes){0};
      _Pragma("GCC unroll 4") for (size_t i = 0; i < N_PART; i++) sum[i] +=
          at * *(const wide_lanes *)(extended + k * N_COLUMN + c + i * N_WIDE);
    }
    _Pragma("GCC unroll 4") for (size_t i = 0; i < N_PART; i++) * (wide_lanes *)(ret_row + c + i * N_WIDE) = sum[i];
  }
}

/* Less its mean: rounded to float32 only now. */
CUXAS_SCAN_CLONES static void take_mean(const double *wide, size_t n_row, float *ret_x)
{
  double mean[N_COLUMN] = {0.0};
  for (size_t i = 0; i < n_row; i++)
#pragma omp simd
    for (size_t c = 0; c < N_COLUMN; c++) mean[c] += wide[i * N_COLUMN + c];
  for (size_t c = 0; c < N_COLUMN; c++) mean[c] /= (double)n_row;
  for (size_t i = 0; i < n_row; i++)
#pragma omp simd
    for (size_t c = 0; c < N_COLUMN; c++) ret_x[i * N_COLUMN + c] = (float)(wide[i * N_COLUMN + c] - mean[c]);
}

/* Broadened, read, less its mean. */
static void read_channel(const cuxas_scan_job *j, size_t i_width, const cuxas_scan_block *b, const double *extended,
                         float *ret_x)
{
  size_t        n_tap = 2 * j->n_half + 4, first = 0;
  const double *tap = j->tap + i_width * n_tap;
  for (; n_tap > 1 && tap[n_tap - 1] == 0.0; n_tap--) continue;
  for (; first + 1 < n_tap && tap[first] == 0.0; first++) continue;
  for (size_t i = 0; i < j->n_read; i++)
    add_taps(extended + (i + first) * N_COLUMN, tap + first, n_tap - first, b->wide + i * N_COLUMN);
  take_mean(b->wide, j->n_read, ret_x);
}

/* SLIDE() - a function that adds to sum (N_BESIDE, N_COLUMN), for as many columns as a register of n_byte holds, the products of
 * row (n) with x at so many shifts side by side; in parts of N_SUM, so that rounding cannot add up. Each x is read once and stays
 * for all of these shifts in its register, `near`. Products and sums stay apart: all of them give the same bits. */
#define SLIDE(name, target, n_byte)                                                                                    \
  typedef float      name##_lanes __attribute__((vector_size(n_byte), aligned(4), may_alias));                         \
  target static void name(const float *row, size_t n, const float *x, float *sum)                                      \
  {                                                                                                                    \
    for (size_t first = 0; first < n; first += N_SUM) {                                                                \
      const size_t end         = first + N_SUM < n ? first + N_SUM : n;                                                \
      size_t       i           = first;                                                                                \
      name##_lanes s[N_BESIDE] = {{0}}, near[N_BESIDE];                                                                \
      _Pragma("GCC unroll 7") for (size_t k = 0; k < N_BESIDE; k++) near[k] =                                          \
          *(const name##_lanes *)(x + (i + k) * N_COLUMN);                                                             \
      for (; i + N_BESIDE <= end; i += N_BESIDE) _Pragma("GCC unroll 7") for (size_t u = 0; u < N_BESIDE; u++)         \
        {                                                                                                              \
          const name##_lanes at = row[i + u] - (name##_lanes){0};                                                      \
          _Pragma("GCC unroll 7") for (size_t k = 0; k < N_BESIDE; k++) s[k] += at * near[(u + k) % N_BESIDE];         \
          near[u] = *(const name##_lanes *)(x + (i + u + N_BESIDE) * N_COLUMN);                                        \
        }                                                                                                              \
      for (; i < end; i++) {                                                                                           \
        const name##_lanes at = row[i] - (name##_lanes){0};                                                            \
        _Pragma("GCC unroll 7") for (size_t k = 0; k < N_BESIDE; k++) s[k] +=                                          \
            at * *(const name##_lanes *)(x + (i + k) * N_COLUMN);                                                      \
      }                                                                                                                \
      _Pragma("GCC unroll 7") for (size_t k = 0; k < N_BESIDE; k++) * (name##_lanes *)(sum + k * N_COLUMN) += s[k];    \
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

/* Sums over a curve's points, by column: squares of v and of v_i - v_i-1, the largest |v| where a first or last point may be. */
typedef struct {
  float square[N_COLUMN], step[N_COLUMN], end[2][N_COLUMN];
} extent;

/* How far x may be off, as a norm over all points (D of scan.h). */
static double rounding_of_curve(const cuxas_scan_block *b, size_t channel, size_t column)
{
  return 1.01 * ROUNDING * b->size[channel][column];
}

/* The largest magnitude of rows, by column; with n_up 1 of what each is more than the one before. */
CUXAS_SCAN_CLONES static void find_largest(const float *x, size_t n_row, size_t n_up, float *ret_largest)
{
  memset(ret_largest, 0, N_COLUMN * sizeof *ret_largest);
  for (size_t i = n_up; i < n_row; i++) {
    const float *row = x + i * N_COLUMN, *before = row - n_up * N_COLUMN;
#pragma omp simd
    for (size_t c = 0; c < N_COLUMN; c++) {
      const float here = fabsf(n_up == 0 ? row[c] : row[c] - before[c]);
      ret_largest[c]   = here > ret_largest[c] ? here : ret_largest[c];
    }
  }
}

CUXAS_SCAN_CLONES static void sum_steps(const float *x, size_t n_row, float *ret_step, extent *ret_of)
{
  for (size_t c = 0; c < N_COLUMN; c += N_LANE) {
    lanes before = *(const lanes *)(x + c), square = before * before, step = {0};
    *(lanes *)(ret_step + c) = step;
    for (size_t i = 1; i < n_row; i++) {
      const lanes here = *(const lanes *)(x + i * N_COLUMN + c), d = here - before;
      *(lanes *)(ret_step + i * N_COLUMN + c) = d;
      square += here * here;
      step += d * d;
      before = here;
    }
    *(lanes *)(ret_of->square + c) = square;
    *(lanes *)(ret_of->step + c)   = step;
  }
}

/* x_i - x_i-1, and the sizes of both. */
static void find_steps(const cuxas_scan_job *j, cuxas_scan_block *b, size_t channel)
{
  const float *x = b->x[channel];
  extent       of;
  sum_steps(x, j->n_read, b->step[channel], &of);
  find_largest(x, j->n_offset, 0, of.end[0]);
  find_largest(x + (j->n_read - j->n_offset) * N_COLUMN, j->n_offset, 0, of.end[1]);
  for (size_t c = 0; c < N_COLUMN; c++) {
    b->size[channel][c]      = SUMMED * sqrt((double)of.square[c]);
    b->step_size[channel][c] = SUMMED * sqrt((double)of.step[c]);
    b->end[channel][0][c]    = (double)of.end[0][c];
    b->end[channel][1][c]    = (double)of.end[1][c];
  }
}

/* How long the whitened v can be: as `terms` of find_rounding(); v is off by no more than `off`, v_i - v_i-1 by twice that. */
static double bound_length(const cuxas_scan_job *j, const extent *of, size_t column, double off)
{
  const double v     = SUMMED * sqrt((double)of->square[column]) + off;
  const double d     = SUMMED * sqrt((double)of->step[column]) + 2.0 * off;
  const double first = (double)of->end[0][column] + off, last = (double)of->end[1][column] + off;
  return sqrt(j->most_step * d * d + j->most_inside * v * v + j->most_end[0] * first * first +
              j->most_end[1] * last * last);
}

CUXAS_SCAN_CLONES static void sum_changes(const float *x, size_t n_row, extent *ret_of)
{
  for (size_t c = 0; c < N_COLUMN; c += N_LANE) {
    lanes before = *(const lanes *)(x + N_COLUMN + c), last = before - *(const lanes *)(x + c);
    lanes square = {0}, step = {0};
    for (size_t i = 2; i < n_row; i++) {
      const lanes here = *(const lanes *)(x + i * N_COLUMN + c), v = here - before, d = v - last;
      square += v * v;
      step += d * d;
      before = here;
      last   = v;
    }
    *(lanes *)(ret_of->square + c) = square;
    *(lanes *)(ret_of->step + c)   = step;
  }
}

static void find_changes(const cuxas_scan_job *j, cuxas_scan_block *b, size_t channel)
{
  const float *x = b->x[channel];
  extent       of;
  sum_changes(x, j->n_read, &of);
  find_largest(x, j->n_offset + 2, 1, of.end[0]);
  find_largest(x + (j->n_read - j->n_offset - 1) * N_COLUMN, j->n_offset + 1, 1, of.end[1]);
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
    const double first = larger(b->end[0][0][c], b->end[last][0][c]), end = larger(b->end[0][1][c], b->end[last][1][c]);
    const double off   = larger(rounding_of_curve(b, 0, c), rounding_of_curve(b, last, c));
    const double terms = j->most_step * step * step + j->most_inside * size * size + j->most_end[0] * first * first +
                         j->most_end[1] * end * end;
    const double step_off = 3.0 * ROUNDING * size;
    const double by_d     = 2.0 * j->most_step * step * step_off + j->most_step * step_off * step_off;
    b->rounding.curve[c]  = off;
    b->rounding.square[c] =
        sums * terms + by_d + 2.0 * sqrt(terms) * j->stretch * off + j->stretch * j->stretch * off * off;
    b->rounding.product[c] = j->magnitude_product * (sums * size + off);
    for (size_t k = 0; k < CUXAS_N_NUISANCE; k++) b->rounding.u[k][c] = j->magnitude_nuisance[k] * (sums * size + off);
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
#pragma omp simd
  for (size_t i = 0; i < n; i++) b->product[i] = x[i] * y[i];
  multiply(j, j->square + n_energy, b->product, ret_square);
}

/* What offset and slope take from a product of two curves, and what rounding may do to that at most. */
static inline double rest_of(const double v[3], double u0, double u1, double w0, double w1)
{
  return v[0] * u0 * w0 + v[1] * (u0 * w1 + u1 * w0) + v[2] * u1 * w1;
}

/* Squares at a trial, less what offset and slope take, and how far they may be off. */
CUXAS_SCAN_CLONES static void finish_products(const cuxas_scan_job *j, cuxas_scan_block *b, size_t k)
{
  const size_t  at = k * N_COLUMN, n = j->plan.n_trial * N_COLUMN, last = j->n_channel - 1;
  const float  *x0 = b->linear[0] + n + at, *x1 = x0 + n, *y0 = b->linear[last] + n + at, *y1 = y0 + n;
  const float  *s00 = b->square[0] + at, *s01 = b->square[last] + at, *s11 = b->square[2 * last] + at;
  double       *whole0 = b->whole[0] + at, *whole1 = b->whole[1] + at, *whole2 = b->whole[2] + at;
  double       *off_square = b->off_square + at;
  const double *square = b->rounding.square, *lost0 = b->rounding.u[0], *lost1 = b->rounding.u[1];
  const double  v[3] = {j->inverse[0], j->inverse[1], j->inverse[2]}, size[3] = {fabs(v[0]), fabs(v[1]), fabs(v[2])};
#pragma omp simd
  for (size_t c = 0; c < N_COLUMN; c++) {
    const double a0 = (double)x0[c], a1 = (double)x1[c], b0 = (double)y0[c], b1 = (double)y1[c];
    const double most0 = larger(fabs(a0), fabs(b0)), most1 = larger(fabs(a1), fabs(b1));
    whole0[c] = (double)s00[c] - rest_of(v, a0, a1, a0, a1);
    whole1[c] = (double)s01[c] - rest_of(v, a0, a1, b0, b1);
    whole2[c] = (double)s11[c] - rest_of(v, b0, b1, b0, b1);
    off_square[c] =
        square[c] +
        2.0 * ((size[0] * most0 + size[1] * most1) * lost0[c] + (size[1] * most0 + size[2] * most1) * lost1[c]) +
        size[0] * lost0[c] * lost0[c] + 2.0 * size[1] * lost0[c] * lost1[c] + size[2] * lost1[c] * lost1[c];
  }
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
  if (j->n_channel == 2) {
    multiply_squares(j, b, 0, 1, b->square[1]);
    multiply_squares(j, b, 1, 1, b->square[2]);
  }
  for (size_t k = 0; k < j->plan.n_trial; k++) finish_products(j, b, k);
}

/* ==== 3. which places are left ==== */

/* Over all fractions that are tried: the least misfit there may be (sign 1), or must be (-1), at a place. */
static double bound_place(const cuxas_scan_job *j, const cuxas_scan_products *p, double factor, double sign)
{
  double misfit[FRACTION_ROOM], best = INFINITY;
  cuxas_scan_misfits(j, p, sign, misfit);
  for (size_t i = 0; i < j->n_fraction; i++) best = smaller(best, misfit[i]);
  return best * factor;
}

/* Of all columns at a trial no more than the least misfit that there may be, without a look at every fraction: the quotient is largest
 * at an end or where both of its derivatives are in balance, and rounding raises it most where the variance is least. */
CUXAS_SCAN_CLONES static void bound_quickly(const cuxas_scan_job *j, cuxas_scan_block *b, size_t k, double factor)
{
  const size_t  at = k * N_COLUMN, last = j->n_channel - 1;
  const float  *s0m = b->linear[0] + at, *s1m = b->linear[last] + at;
  const double *whole0 = b->whole[0] + at, *whole1 = b->whole[1] + at, *whole2 = b->whole[2] + at;
  const double *off_square = b->off_square + at, *off_product = b->rounding.product, smm = j->smm;
  double       *lower = b->lower + at;
#pragma omp simd
  for (size_t c = 0; c < N_COLUMN; c++) {
    const double s00 = whole0[c], s01 = whole1[c], s11 = whole2[c], off = off_square[c];
    const double x = (double)s0m[c] + off_product[c], y = (double)s1m[c] + off_product[c];
    const double slope = s00 + s11 - 2.0 * s01, u = x * s11 - y * s01, v = y * s00 - x * s01;
    const double lowest = smaller(larger((s11 - s01) / slope, 0.0), 1.0), balance = u / (u + v);
    const double p = slope > 0.0 ? lowest : 0.0, q = u * v > 0.0 ? balance : 0.0; /* places beside 0 and 1 */
    const double at_p  = p * p * s00 + 2.0 * p * (1.0 - p) * s01 + (1.0 - p) * (1.0 - p) * s11;
    const double at_q  = q * q * s00 + 2.0 * q * (1.0 - q) * s01 + (1.0 - q) * (1.0 - q) * s11;
    const double top_0 = larger(0.0, y), top_1 = larger(0.0, x);
    const double top_p = larger(0.0, p * x + (1.0 - p) * y), top_q = larger(0.0, q * x + (1.0 - q) * y);
    const double least  = smaller(smaller(s00, s11), smaller(at_p, at_q));
    const double best   = larger(larger(top_1 * top_1 / (s00 * smm), top_0 * top_0 / (s11 * smm)),
                                 larger(top_p * top_p / (at_p * smm), top_q * top_q / (at_q * smm)));
    const double misfit = larger(1.0 - best * least / (least - off), CUXAS_SCAN_LEAST_MISFIT) * factor;
    lower[c]            = least > off ? misfit : 0.0;
  }
}

static void set_trial(cuxas_places *places, size_t i_width, size_t k)
{
  places->trial[i_width][k / 64] |= (uint64_t)1 << (k % 64);
}

/* What each trial may reach in the present width. */
static void bound_trials(const cuxas_scan_job *j, cuxas_scan_block *b, size_t i_width)
{
  const bool    is_fit = j->n_fraction > 1;
  const double *factor = j->trial_factor[i_width];
  for (size_t k = 0; k < j->plan.n_trial; k++) {
    if (j->is_regular[k] && is_fit) bound_quickly(j, b, k, factor[k]);
    for (size_t c = 0; c < N_COLUMN && !(j->is_regular[k] && is_fit); c++) {
      const cuxas_scan_products p = cuxas_scan_products_at(j, b, k, c);
      b->lower[k * N_COLUMN + c]  = j->is_regular[k] ? bound_place(j, &p, factor[k], 1.0) : 0.0;
    }
  }
}

/* Of one width: those whose bound reaches what some place has at least; that score is returned. */
static double choose_trials(const cuxas_scan_job *j, const cuxas_scan_block *b, size_t i_width, size_t column,
                            cuxas_places *places)
{
  const bool    is_fit = j->n_fraction > 1;
  const double *factor = j->trial_factor[i_width];
  double        lower[CUXAS_SCAN_MAX_TRIAL], most = INFINITY; /* misfits */
  size_t        first = 0;
  for (size_t k = 0; k < j->plan.n_trial; k++) {
    lower[k] = b->lower[k * N_COLUMN + column];
    if (j->is_regular[k] && (!j->is_regular[first] || lower[k] < lower[first])) first = k;
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
  for (size_t c = 0; c < j->n_channel; c++) extend(j, curve, n_curve, c, b->extended[c]);
  for (size_t i_width = 0; i_width < j->plan.n_width; i_width++) {
    look_at_width(j, i_width, b);
    bound_trials(j, b, i_width);
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
