/* scan.c - where many curves may agree best with a measurement, as matrix products (the proof is in scan.h)
 *
 * Contents: 1. what a measurement asks  2. a block of curves  3. which places are left  4. all of them */
#include "match/scan.h"
#include "base/memory.h"
#include "cuxas/predict.h"
#include "match/whiten.h"
#include "spectrum/curve.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_COLUMN = 64, N_LINEAR = 3, MIN_CURVE = 24, N_FRACTION = 20 };

/* ==== 1. what a measurement asks ==== */

/* The curve's points by their distance in steps from its first point: `low` ... low + n_read - 1 are read, a fraction t behind
 * each; n_extended, from first - 1, are broadened and interpolated to give them. */
typedef struct {
  const cuxas_query            *query;
  const cuxas_compare_settings *settings;
  cuxas_search_plan             plan;
  cuxas_grid                    grid; /* of the curves */
  size_t                        n_channel;
  bool                          is_regular[CUXAS_SCAN_MAX_TRIAL]; /* a whole number of steps from the first trial */
  size_t                        offset[CUXAS_SCAN_MAX_TRIAL];     /* of its first point in what is read */
  ptrdiff_t                     low;
  size_t                        n_read, n_extended, n_half;
  double                        t, smm;
  double                        gain[CUXAS_SEARCH_MAX_WIDTH]; /* sum |tap| */
  float                        *tap;    /* (n_width, 2 n_half + 4) broadening and interpolation together */
  float                        *linear; /* (N_LINEAR, n_trial, n_read): g, e_0, e_1 */
  float                        *square; /* (3, n_trial, n_read): A, B, C */
  double                        inverse[3];
  double                        part, stretch, most[3]; /* f, how much the filter may stretch, the largest of A, B, C */
  double                        magnitude_product, magnitude_nuisance[CUXAS_N_NUISANCE]; /* |g|, |e| */
} job;

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

static void lay_rows(const job *j, const double *row, float *ret_matrix)
{
  const size_t n = j->query->grid.n_energy;
  for (size_t k = 0; k < j->plan.n_trial; k++)
    for (size_t i = 0; i < n && j->is_regular[k]; i++) ret_matrix[k * j->n_read + j->offset[k] + i] = (float)row[i];
}

static double norm_of(const double *row, size_t n)
{
  return sqrt(cuxas_whiten_dot(row, row, n));
}

/* g, A, B, C, e; work (6, n_energy) and the whitening's own rows. */
static void find_rows(job *j, double *work)
{
  const size_t    n = j->query->grid.n_energy, n_matrix = j->plan.n_trial * j->n_read;
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
  j->magnitude_product = norm_of(largest, n);
  lay_rows(j, largest, j->linear);
  for (size_t k = 0; k < CUXAS_N_NUISANCE; k++) {
    turn_filter(&w, w.nuisance[k], n, row);
    j->magnitude_nuisance[k] = norm_of(row, n);
    lay_rows(j, row, j->linear + (k + 1) * n_matrix);
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
  for (size_t i = 0; i < n; i++) j->most[2] = fmax(j->most[2], largest[i]);
  lay_rows(j, row, j->square);
  lay_rows(j, h, j->square + n_matrix);
  lay_rows(j, largest, j->square + 2 * n_matrix);
}

/* Weights of the cubic between the second and third of four points. */
static void find_cubic(double t, double ret_weight[4])
{
  ret_weight[0] = 0.5 * t * (t * (2.0 - t) - 1.0);
  ret_weight[1] = 0.5 * (t * t * (3.0 * t - 5.0) + 2.0);
  ret_weight[2] = 0.5 * t * (t * (4.0 - 3.0 * t) + 1.0);
  ret_weight[3] = 0.5 * t * t * (t - 1.0);
}

/* A point, broadened as curves are: these are the weights of all points around it. */
static cuxas_status find_taps(job *j, cuxas_error *err)
{
  const size_t     n = 4 * j->n_half + 1, n_tap = 2 * j->n_half + 4;
  const cuxas_grid around = {0.0, j->query->grid.step_eV, n};
  double          *point  = cuxas_new(err, n, 2 * sizeof *point), cubic[4];
  cuxas_status     status = point != NULL ? CUXAS_OK : CUXAS_ENOMEM;
  find_cubic(j->t, cubic);
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
      j->tap[i * n_tap + k] = (float)sum;
      j->gain[i] += fabs(sum);
    }
  }
  free(point);
  return status;
}

static void place_trials(job *j)
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
  const double whole = floor(first + 1e-7);
  j->t               = fmax(0.0, first - whole);
  j->low             = (ptrdiff_t)(whole + low);
  j->n_read          = target.n_energy + (size_t)(high - low);
  for (size_t k = 0; k < j->plan.n_trial; k++)
    if (j->is_regular[k]) j->offset[k] = (size_t)(round(at[k] - first) - low);
}

static void end_job(job *j)
{
  free(j->tap);
  free(j->linear);
  free(j->square);
}

static cuxas_status begin_job(const cuxas_query *query, const cuxas_compare_settings *settings,
                              const cuxas_curve *curve, job *j, cuxas_error *err)
{
  *j =
      (job){.query     = query,
            .settings  = settings,
            .plan      = cuxas_search_planned(query, settings),
            .grid      = curve->grid,
            .n_channel = curve->screened_hole != NULL && (settings->fit_hole || settings->hole_fraction < 1.0) ? 2 : 1};
  place_trials(j);
  double widest_eV = 0.0;
  for (size_t i = 0; i < j->plan.n_width; i++) widest_eV = fmax(widest_eV, j->plan.fwhm_eV[i]);
  j->n_half             = 2 + (size_t)ceil(2.0 * widest_eV / query->grid.step_eV);
  j->n_extended         = j->n_read + 2 * j->n_half + 3;
  const size_t n_matrix = j->plan.n_trial * j->n_read;
  j->tap                = cuxas_new(err, j->plan.n_width, (2 * j->n_half + 4) * sizeof *j->tap);
  j->linear             = cuxas_new(err, n_matrix, N_LINEAR * sizeof *j->linear);
  j->square             = cuxas_new(err, n_matrix, 3 * sizeof *j->square);
  double      *work     = cuxas_new(err, query->grid.n_energy, (3 + CUXAS_WHITENING_ROWS) * sizeof *work);
  cuxas_status status   = CUXAS_ENOMEM;
  if (j->tap != NULL && j->linear != NULL && j->square != NULL && work != NULL) {
    find_rows(j, work);
    status = find_taps(j, err);
  }
  free(work);
  return status;
}

/* ==== 2. a block of curves ==== */

/* Rows of N_COLUMN numbers, one a curve. */
typedef struct {
  float *extended[2]; /* (n_extended) of both channels */
  float *x[2];        /* (n_read) as read, less its mean */
  float *step[2];     /* (n_read) x_i - f x_i-1 */
  float *product;     /* (n_read) */
  float *linear[2];   /* (N_LINEAR, n_trial) by channel */
  float *square[3];   /* (n_trial) of channels 0 0, 0 1, 1 1 */
  float *part;        /* (n_trial) */
  float *all;
  double raw[2][N_COLUMN];       /* root of the sum of squares of extended; of: */
  double size[2][N_COLUMN];      /* x, */
  double step_size[2][N_COLUMN]; /* step */
} block;

static cuxas_status begin_block(const job *j, block *b, cuxas_error *err)
{
  const size_t n_trial = j->plan.n_trial;
  const size_t n_row   = 2 * j->n_extended + 5 * j->n_read + 2 * N_LINEAR * n_trial + 4 * n_trial;
  *b                   = (block){.all = cuxas_new(err, n_row, N_COLUMN * sizeof *b->all)};
  if (b->all == NULL) return CUXAS_ENOMEM;
  float *next = b->all;
  for (size_t c = 0; c < 2; c++, next += j->n_extended * N_COLUMN) b->extended[c] = next;
  for (size_t c = 0; c < 2; c++, next += j->n_read * N_COLUMN) b->x[c] = next;
  for (size_t c = 0; c < 2; c++, next += j->n_read * N_COLUMN) b->step[c] = next;
  b->product = next;
  next += j->n_read * N_COLUMN;
  for (size_t c = 0; c < 2; c++, next += N_LINEAR * n_trial * N_COLUMN) b->linear[c] = next;
  for (size_t c = 0; c < 3; c++, next += n_trial * N_COLUMN) b->square[c] = next;
  b->part = next;
  return CUXAS_OK;
}

/* The curve's points, its tail below and its last value above. */
static void extend(const job *j, const double *mu, float *ret_column)
{
  const ptrdiff_t first = j->low - 1 - (ptrdiff_t)j->n_half, n = (ptrdiff_t)j->grid.n_energy;
  for (size_t i = 0; i < j->n_extended; i++) {
    const ptrdiff_t at       = first + (ptrdiff_t)i;
    const double    below_eV = (double)-at * j->grid.step_eV;
    const double    value    = at < 0 ? mu[0] * exp(-below_eV / CUXAS_TAIL_EV) : mu[at < n ? at : n - 1];
    ret_column[i * N_COLUMN] = (float)value;
  }
}

/* Broadened, read, less its mean. */
static void read_channel(const job *j, size_t i_width, const float *extended, float *ret_x)
{
  const size_t n_tap          = 2 * j->n_half + 4;
  const float *tap            = j->tap + i_width * n_tap;
  double       mean[N_COLUMN] = {0.0};
  memset(ret_x, 0, j->n_read * N_COLUMN * sizeof *ret_x);
  for (size_t i = 0; i < j->n_read; i++) {
    float *row = ret_x + i * N_COLUMN;
    for (size_t k = 0; k < n_tap; k++) {
      if (tap[k] == 0.0f) continue;
      const float *from = extended + (i + k) * N_COLUMN;
#pragma omp simd
      for (size_t c = 0; c < N_COLUMN; c++) row[c] += tap[k] * from[c];
    }
    for (size_t c = 0; c < N_COLUMN; c++) mean[c] += (double)row[c];
  }
  for (size_t i = 0; i < j->n_read; i++)
    for (size_t c = 0; c < N_COLUMN; c++) ret_x[i * N_COLUMN + c] -= (float)(mean[c] / (double)j->n_read);
}

static void multiply(const job *j, const float *matrix, size_t n_row, const float *x, float *ret_y)
{
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n_row, N_COLUMN, (int)j->n_read, 1.0f, matrix,
              (int)j->n_read, x, N_COLUMN, 0.0f, ret_y, N_COLUMN);
}

/* x_i - f x_i-1, and the sizes of both. */
static void find_steps(const job *j, block *b, size_t channel)
{
  const size_t n                = j->n_read * N_COLUMN;
  const float *x                = b->x[channel];
  const float  part             = (float)j->part;
  float       *step             = b->step[channel];
  double       square[N_COLUMN] = {0.0}, step_square[N_COLUMN] = {0.0};
  memset(step, 0, N_COLUMN * sizeof *step);
#pragma omp simd
  for (size_t i = N_COLUMN; i < n; i++) step[i] = x[i] - part * x[i - N_COLUMN];
  for (size_t i = 0; i < n; i += N_COLUMN)
    for (size_t c = 0; c < N_COLUMN; c++) {
      square[c] += (double)x[i + c] * (double)x[i + c];
      step_square[c] += (double)step[i + c] * (double)step[i + c];
    }
  for (size_t c = 0; c < N_COLUMN; c++) {
    b->size[channel][c]      = sqrt(square[c]);
    b->step_size[channel][c] = sqrt(step_square[c]);
  }
}

static void add_products(const job *j, block *b, size_t i_matrix, float *ret_square)
{
  const size_t n = j->plan.n_trial * N_COLUMN;
  multiply(j, j->square + i_matrix * j->plan.n_trial * j->n_read, j->plan.n_trial, b->product, b->part);
#pragma omp simd
  for (size_t i = 0; i < n; i++) ret_square[i] += b->part[i];
}

/* Squares of two channels at every shift, before offset and slope have taken their part. */
static void multiply_squares(const job *j, block *b, size_t first, size_t second, float *ret_square)
{
  const size_t n = j->n_read * N_COLUMN;
  const float *x = b->x[first], *y = b->x[second], *g = b->step[first], *h = b->step[second];
  memset(ret_square, 0, j->plan.n_trial * N_COLUMN * sizeof *ret_square);
#pragma omp simd
  for (size_t i = 0; i < n; i++) b->product[i] = g[i] * h[i];
  add_products(j, b, 0, ret_square);
  if (j->most[1] > 0.0) {
    memset(b->product, 0, N_COLUMN * sizeof *b->product);
#pragma omp simd
    for (size_t i = N_COLUMN; i < n; i++) b->product[i] = g[i] * y[i - N_COLUMN] + x[i - N_COLUMN] * h[i];
    add_products(j, b, 1, ret_square);
  }
#pragma omp simd
  for (size_t i = 0; i < n; i++) b->product[i] = x[i] * y[i];
  add_products(j, b, 2, ret_square);
}

static void look_at_width(const job *j, size_t i_width, block *b)
{
  for (size_t c = 0; c < j->n_channel; c++) {
    read_channel(j, i_width, b->extended[c], b->x[c]);
    find_steps(j, b, c);
    multiply(j, j->linear, N_LINEAR * j->plan.n_trial, b->x[c], b->linear[c]);
  }
  multiply_squares(j, b, 0, 0, b->square[0]);
  if (j->n_channel == 1) return;
  multiply_squares(j, b, 0, 1, b->square[1]);
  multiply_squares(j, b, 1, 1, b->square[2]);
}

/* ==== 3. which places are left ==== */

#define ROUNDING 5.960464477539063e-08 /* 2^-24 */
#define BEYOND_TIES 1e-6

/* Products of one curve at one place, and how far they may be off. */
typedef struct {
  double s00, s01, s11, s0m, s1m, off_square, off_product;
} products;

/* What rounding may have done: of x itself, of step, of sums (scan.h). */
static void find_rounding(const job *j, const block *b, size_t i_width, size_t column, const double u[2], products *p)
{
  const size_t  last = j->n_channel - 1;
  const double  sums = (double)(j->n_read + 16) * ROUNDING, taps = (double)(2 * j->n_half + 12) * ROUNDING;
  const double  size      = fmax(b->size[0][column], b->size[last][column]);
  const double  step      = fmax(b->step_size[0][column], b->step_size[last][column]);
  const double  raw       = fmax(b->raw[0][column], b->raw[last][column]) * j->gain[i_width];
  const double  off       = taps * raw + 4.0 * ROUNDING * size;
  const double  terms     = j->most[0] * step * step + 2.0 * j->most[1] * step * size + j->most[2] * size * size;
  double        square    = sums * terms + 2.0 * sqrt(terms) * j->stretch * off + j->stretch * j->stretch * off * off;
  const double *v         = j->inverse;
  const double  weight[2] = {fabs(v[0]) * u[0] + fabs(v[1]) * u[1], fabs(v[1]) * u[0] + fabs(v[2]) * u[1]};
  const double  lost[2]   = {j->magnitude_nuisance[0] * (sums * size + off),
                             j->magnitude_nuisance[1] * (sums * size + off)};
  square += 2.0 * (weight[0] * lost[0] + weight[1] * lost[1]) + fabs(v[0]) * lost[0] * lost[0] +
            2.0 * fabs(v[1]) * lost[0] * lost[1] + fabs(v[2]) * lost[1] * lost[1];
  p->off_square  = square;
  p->off_product = j->magnitude_product * (sums * size + off);
}

static products find_products(const job *j, const block *b, size_t i_width, size_t k, size_t column)
{
  const size_t at = k * N_COLUMN + column, n = j->plan.n_trial * N_COLUMN, last = j->n_channel - 1;
  const double u0[2]   = {(double)b->linear[0][n + at], (double)b->linear[0][2 * n + at]};
  const double u1[2]   = {(double)b->linear[last][n + at], (double)b->linear[last][2 * n + at]};
  const double most[2] = {fmax(fabs(u0[0]), fabs(u1[0])), fmax(fabs(u0[1]), fabs(u1[1]))};
  products     p       = {.s00 = (double)b->square[0][at] - cuxas_whitened_rest(j->inverse, u0, u0),
                          .s0m = (double)b->linear[0][at]};
  find_rounding(j, b, i_width, column, most, &p);
  p.s01 = p.s11 = p.s00;
  p.s1m         = p.s0m;
  if (last == 0) return p;
  p.s01 = (double)b->square[1][at] - cuxas_whitened_rest(j->inverse, u0, u1);
  p.s11 = (double)b->square[2][at] - cuxas_whitened_rest(j->inverse, u1, u1);
  p.s1m = (double)b->linear[1][at];
  return p;
}

/* The largest (sign 1) or smallest (sign -1) that r^2 can be at a fraction. */
static double bound_r_square(const job *j, const products *p, double a, double sign)
{
  const double c          = 1.0 - a;
  const double covariance = a * p->s0m + c * p->s1m + sign * p->off_product;
  const double variance   = a * a * p->s00 + 2.0 * a * c * p->s01 + c * c * p->s11 - sign * p->off_square;
  if (covariance <= 0.0) return 0.0;
  return variance > 0.0 ? fmin(1.0, covariance * covariance / (variance * j->smm)) : 1.0;
}

/* Over all fractions that are tried: the best score there may be, or must be, at a place. */
static double bound_place(const job *j, const products *p, double penalty, double sign)
{
  const cuxas_compare_settings *settings = j->settings;
  const double                  n        = settings->score.n_independent;
  const bool                    is_fit   = settings->fit_hole && j->n_channel == 2;
  double                        best     = -INFINITY;
  for (int k = is_fit ? N_FRACTION : 0; k >= 0; k--) {
    const double a     = is_fit ? (double)k / N_FRACTION : settings->hole_fraction;
    const double z     = is_fit ? (a - settings->hole_prior.mean) / settings->hole_prior.sd : 0.0;
    const double score = cuxas_score_of_correlation(n, bound_r_square(j, p, a, sign)) - 0.5 * z * z - penalty;
    best               = fmax(best, score);
  }
  return best;
}

/* The same without looking at every fraction, and no smaller: the quotient is largest at an end or where both of its
 * derivatives are in balance, and rounding raises it most where the variance is least. */
static double bound_quickly(const job *j, const products *p, double penalty)
{
  const double x = p->s0m + p->off_product, y = p->s1m + p->off_product, slope = p->s00 + p->s11 - 2.0 * p->s01;
  const double low = slope > 0.0 ? fmin(fmax((p->s11 - p->s01) / slope, 0.0), 1.0) : 0.0;
  const double a = x * p->s11 - y * p->s01, c = y * p->s00 - x * p->s01;
  const double at[] = {0.0, 1.0, a * c > 0.0 ? a / (a + c) : 0.0, low};
  double       best = 0.0, least = INFINITY;
  for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
    const double b        = 1.0 - at[i];
    const double variance = at[i] * at[i] * p->s00 + 2.0 * at[i] * b * p->s01 + b * b * p->s11;
    const double top      = fmax(0.0, at[i] * x + b * y);
    if (!(variance > p->off_square)) return INFINITY;
    best  = fmax(best, top * top / (variance * j->smm));
    least = fmin(least, variance);
  }
  return cuxas_score_of_correlation(j->settings->score.n_independent,
                                    fmin(1.0, best * least / (least - p->off_square))) -
         penalty;
}

static void set_trial(cuxas_places *places, size_t i_width, size_t k)
{
  places->trial[i_width][k / 64] |= (uint64_t)1 << (k % 64);
}

/* Of one width: those whose bound reaches what some place has at least. */
static void choose_trials(const job *j, const block *b, size_t i_width, size_t column, cuxas_places *places)
{
  const bool is_fit = j->settings->fit_hole && j->n_channel == 2;
  double     upper[CUXAS_SCAN_MAX_TRIAL], penalty[CUXAS_SCAN_MAX_TRIAL], least = -INFINITY;
  size_t     first = 0;
  for (size_t k = 0; k < j->plan.n_trial; k++) {
    upper[k] = INFINITY;
    if (!j->is_regular[k]) continue;
    const products p = find_products(j, b, i_width, k, column);
    penalty[k]       = cuxas_search_penalty(&j->plan, j->settings, cuxas_search_trial_eV(&j->plan, k), i_width);
    upper[k]         = is_fit ? bound_quickly(j, &p, penalty[k]) : bound_place(j, &p, penalty[k], 1.0);
    if (!j->is_regular[first] || upper[k] > upper[first]) first = k;
  }
  if (j->is_regular[first]) { /* where the bound is largest the score is large */
    const products p = find_products(j, b, i_width, first, column);
    least            = bound_place(j, &p, penalty[first], -1.0);
  }
  for (size_t k = 0; k < j->plan.n_trial; k++) { /* a better place makes the next ones harder to reach */
    if (!j->is_regular[k] || upper[k] < least) continue;
    const products p = find_products(j, b, i_width, k, column);
    least            = fmax(least, bound_place(j, &p, penalty[k], -1.0));
    if (is_fit) upper[k] = bound_place(j, &p, penalty[k], 1.0);
  }
  for (size_t k = 0; k < j->plan.n_trial; k++)
    if (!(upper[k] < least - BEYOND_TIES)) set_trial(places, i_width, k);
}

/* ==== 4. all of them ==== */

static void run_block(const job *j, const cuxas_curve *curve, size_t n_curve, block *b, cuxas_places *ret_places)
{
  for (size_t c = 0; c < j->n_channel; c++) {
    memset(b->extended[c], 0, j->n_extended * N_COLUMN * sizeof *b->extended[c]);
    for (size_t column = 0; column < n_curve; column++) {
      float *to     = b->extended[c] + column;
      double square = 0.0;
      extend(j, c == 0 ? curve[column].no_hole : curve[column].screened_hole, to);
      for (size_t i = 0; i < j->n_extended; i++) square += (double)to[i * N_COLUMN] * (double)to[i * N_COLUMN];
      b->raw[c][column] = sqrt(square);
    }
  }
  for (size_t i_width = 0; i_width < j->plan.n_width; i_width++) {
    look_at_width(j, i_width, b);
    for (size_t column = 0; column < n_curve; column++) choose_trials(j, b, i_width, column, &ret_places[column]);
  }
}

cuxas_status cuxas_scan(const cuxas_query *query, const cuxas_compare_settings *settings, const cuxas_curve *curve,
                        size_t n_curve, int n_thread, cuxas_places *ret_places, cuxas_error *err)
{
  job          j;
  bool         no_memory = false;
  cuxas_status status    = begin_job(query, settings, curve, &j, err);
  const size_t n_block   = (n_curve + N_COLUMN - 1) / N_COLUMN;
  memset(ret_places, 0, n_curve * sizeof *ret_places);
#pragma omp parallel num_threads(n_thread) reduction(|| : no_memory) if (status == CUXAS_OK)
  {
    block b   = {0};
    no_memory = status != CUXAS_OK || begin_block(&j, &b, NULL) != CUXAS_OK;
#pragma omp for schedule(dynamic)
    for (size_t i = 0; i < n_block; i++) {
      const size_t at = i * N_COLUMN, n = n_curve - at < N_COLUMN ? n_curve - at : N_COLUMN;
      if (!no_memory) run_block(&j, curve + at, n, &b, ret_places + at);
    }
    free(b.all);
  }
  end_job(&j);
  return status == CUXAS_OK && no_memory ? cuxas_no_memory(err) : status;
}
