/* scan_bound.c - how well a search may find a curve to agree, from what the scan knows of it: no search finds more
 *
 * A search takes the best place on whole steps and fractions of each width and looks around it: shifts up to a step away,
 * fractions up to 0.05 away. Between whole steps the curve is x_t = sum w_i(t) x_i of four whole steps (the w are cubic, their sum is
 * 1), and r^2 = N^2 / (L smm) with
 *     N(t) = sum w_i (x_i' C^-1 m),   L(t) = |x_t|^2 = sum w_i |x_i|^2 - sum over pairs of w_i w_j |x_i - x_j|^2.
 * The first sum and N are known from the scan at every fraction, being quadratic and linear in it. Of the pairs only neighbours
 * (0 1) and (-1 2) have weights above 0, 0.3516 together where |x_i - x_j| counts by the number of steps, so with D the
 * largest |x_i+1 - x_i|^2 of all shifts L is at least the first sum less 0.3516 D: a first bound. Where it may matter the
 * differences of neighbours are computed, d_-1 ... d_1, and with |x_1 - x_-1|^2 = 2 d_-1 + 2 d_0 - |x_1 - 2 x_0 + x_-1|^2 the
 * pairs with weights below 0 give back what (0 1) takes: a second one.
 * Both hold at any t. They are evaluated at points t that are h apart; between two of them N lies below its chord by no more than
 * h^2/8 max|N''|, L above by no more than h^2/8 max|L''| (|(w_i w_j)''| is at most 14 for (0 1), 1 for (-1 2), 4 for the others), and
 * N^2 / L of chords is largest at an end.
 *
 * Heights: of the curves p around a place, q being the place itself, both from 0 to 1 between their lowest and highest
 * points, M(p) >= M(q) - mean|p - q|. How far p may be from q, its lowest and its highest point from those of q, follows from
 * the curve's own differences and from the control points of its cubics. */
#include "match/scan_priv.h"
#include "match/query.h"

#include <math.h>
#include <string.h>

#define HEIGHTS_ROUNDING 1e-5 /* of means of values from 0 to 1 in float32 */
#define SUM_OF_WEIGHTS 1.25   /* most of sum |w_i| */
enum { MAX_REGION = 12, MARGIN = 2, N_NEAR = 16, N_FAR = 2, N_HALVING = 3, LANES = 8 };

/* A place on whole steps and fractions that may be the best of a width, and what a search looks at around it. */
typedef struct {
  size_t k, offset;
  double a, low, high; /* fraction, and those around it */
  double misfit;       /* about its own */
} region;

/* What there is of a curve around a place, MARGIN points more on both sides. */
typedef struct {
  size_t n;            /* points of the measurement */
  float *second, *gap; /* (n + 2 MARGIN) with the screened hole, and what the other channel is more, */
  float *end[2], *own; /*   of them at the least and largest fraction, and at the place itself */
} vicinity;

/* ==== 1. a place ==== */

cuxas_scan_products cuxas_scan_products_at(const cuxas_scan_job *j, const cuxas_scan_block *b, size_t k, size_t column)
{
  const size_t at = k * N_COLUMN + column, n = j->plan.n_trial * N_COLUMN, last = j->n_channel - 1;
  const float *x = b->linear[0] + at, *y = b->linear[last] + at;
  return (cuxas_scan_products){.s00         = b->whole[0][at],
                               .s01         = b->whole[1][at],
                               .s11         = b->whole[2][at],
                               .s0m         = (double)x[0],
                               .s1m         = (double)y[0],
                               .off_square  = b->off_square[at],
                               .off_product = b->rounding.product[column],
                               .u           = {{(double)x[n], (double)x[2 * n]}, {(double)y[n], (double)y[2 * n]}}};
}

CUXAS_SCAN_CLONES static void find_misfits(const cuxas_scan_job *j, const cuxas_scan_products *of, double sign,
                                           double ret_misfit[FRACTION_ROOM])
{
  const cuxas_scan_products p   = *of;
  const double              smm = j->smm, off_product = sign * p.off_product, off_square = sign * p.off_square;
#pragma omp simd
  for (size_t i = 0; i < FRACTION_ROOM; i++) {
    const double a = j->fraction[i], c = 1.0 - a;
    const double covariance = a * p.s0m + c * p.s1m + off_product;
    const double variance   = a * a * p.s00 + 2.0 * a * c * p.s01 + c * c * p.s11 - off_square;
    const double quotient   = smaller(1.0, covariance * covariance / (variance * smm));
    const double r_square   = covariance <= 0.0 ? 0.0 : variance > 0.0 ? quotient : 1.0;
    ret_misfit[i]           = larger(1.0 - r_square, CUXAS_SCAN_LEAST_MISFIT) * j->hole_factor[i];
  }
}

void cuxas_scan_misfits(const cuxas_scan_job *j, const cuxas_scan_products *p, double sign,
                        double ret_misfit[FRACTION_ROOM])
{
  find_misfits(j, p, sign, ret_misfit);
}

double cuxas_scan_misfit(double r_square)
{
  return larger(1.0 - r_square, CUXAS_SCAN_LEAST_MISFIT);
}

double cuxas_scan_score(const cuxas_scan_job *j, double misfit)
{
  return -0.5 * j->settings->score.n_independent * log(misfit);
}

/* ==== 2. r^2 ==== */

/* Differences of whole steps -1 ... 2 around a pair 0 1, at both ends of the fractions: no more than, no less than. */
typedef struct {
  double more[3], less[3]; /* |x_0 - x_-1|^2 ... |x_2 - x_1|^2 */
  double bend[2];          /* |x_1 - 2 x_0 + x_-1|^2, |x_2 - 2 x_1 + x_0|^2: no more than */
} differences;

static double square(double x)
{
  return x * x;
}

/* What the pairs take from L: the factors of w1 w2, w0 w3, w0 w1, w2 w3, w0 w2 and w1 w3 at both ends of the fractions, of
 * which the larger counts, and what is taken whatever the weights. */
typedef struct {
  double pair[2][6], always;
} losses;

static void find_losses(const differences *d, double ret_pair[6])
{
  ret_pair[0] = d->more[1];
  ret_pair[1] = square(sqrt(d->more[0]) + sqrt(d->more[1]) + sqrt(d->more[2]));
  ret_pair[2] = d->less[0];
  ret_pair[3] = d->less[2];
  ret_pair[4] = larger(0.0, 2.0 * d->less[0] + 2.0 * d->less[1] - d->bend[0]);
  ret_pair[5] = larger(0.0, 2.0 * d->less[1] + 2.0 * d->less[2] - d->bend[1]);
}

/* Most of |L''|, the sum of squares apart. */
static double bend_of_loss(const differences *d)
{
  const double *m = d->more;
  return 14.0 * m[1] + 4.0 * (3.0 * m[0] + 4.0 * m[1] + 3.0 * m[2]) + square(sqrt(m[0]) + sqrt(m[1]) + sqrt(m[2]));
}

void cuxas_scan_place_points(cuxas_scan_job *j)
{
  for (size_t i = 0; i < CUXAS_SCAN_POINTS; i++) {
    double near[4], far[4];
    cuxas_cubic_weights(smaller(1.0, (double)i / N_NEAR), near);
    cuxas_cubic_weights(smaller(1.0, (double)i / N_FAR), far);
    for (size_t q = 0; q < 4; q++) {
      j->near_weight[q][i] = near[q];
      j->far_weight[q][i]  = far[q];
    }
  }
}

/* At the first n points between two whole steps, whose weights they are: largest (a x + (1 - a) y)^2 / (S(a) - off) from fraction low
 * to high, x, y and S being sums of those of four products p. */
CUXAS_SCAN_CLONES static double bound_points(const double (*weight)[CUXAS_SCAN_POINTS], size_t n,
                                             const cuxas_scan_products p[4], const double off[2], const losses *loss,
                                             const region *in)
{
  const double  low = in->low, high = in->high, off_product = off[0], off_square = off[1];
  const double *c = loss->pair[0], *d = loss->pair[1];
  double        found = 0.0;
#pragma omp simd reduction(max : found)
  for (size_t i = 0; i < n; i++) {
    const double w0 = weight[0][i], w1 = weight[1][i], w2 = weight[2][i], w3 = weight[3][i];
    const double s00 = w0 * p[0].s00 + w1 * p[1].s00 + w2 * p[2].s00 + w3 * p[3].s00;
    const double s01 = w0 * p[0].s01 + w1 * p[1].s01 + w2 * p[2].s01 + w3 * p[3].s01;
    const double s11 = w0 * p[0].s11 + w1 * p[1].s11 + w2 * p[2].s11 + w3 * p[3].s11;
    const double x   = w0 * p[0].s0m + w1 * p[1].s0m + w2 * p[2].s0m + w3 * p[3].s0m + off_product;
    const double y   = w0 * p[0].s1m + w1 * p[1].s1m + w2 * p[2].s1m + w3 * p[3].s1m + off_product;
    const double at_low =
        w1 * w2 * c[0] + w0 * w3 * c[1] + w0 * w1 * c[2] + w2 * w3 * c[3] + w0 * w2 * c[4] + w1 * w3 * c[5];
    const double at_high =
        w1 * w2 * d[0] + w0 * w3 * d[1] + w0 * w1 * d[2] + w2 * w3 * d[3] + w0 * w2 * d[4] + w1 * w3 * d[5];
    const double lost  = off_square + larger(0.0, larger(at_low, at_high) + loss->always);
    const double slope = s00 + s11 - 2.0 * s01, u = x * s11 - y * s01, v = y * s00 - x * s01;
    const double balance = u / (u + v), flat = (s11 - s01) / slope;
    const double e       = smaller(larger(u * v > 0.0 ? balance : low, low), high);
    const double f       = smaller(larger(slope > 0.0 ? flat : low, low), high);
    const double length0 = low * low * s00 + 2.0 * low * (1.0 - low) * s01 + (1.0 - low) * (1.0 - low) * s11;
    const double length1 = high * high * s00 + 2.0 * high * (1.0 - high) * s01 + (1.0 - high) * (1.0 - high) * s11;
    const double length2 = e * e * s00 + 2.0 * e * (1.0 - e) * s01 + (1.0 - e) * (1.0 - e) * s11;
    const double length3 = f * f * s00 + 2.0 * f * (1.0 - f) * s01 + (1.0 - f) * (1.0 - f) * s11;
    const double top0 = larger(0.0, low * x + (1.0 - low) * y), top1 = larger(0.0, high * x + (1.0 - high) * y);
    const double top2 = larger(0.0, e * x + (1.0 - e) * y), top3 = larger(0.0, f * x + (1.0 - f) * y);
    const double least = smaller(smaller(length0, length1), smaller(length2, length3));
    const double best  = larger(larger(top0 * top0 / length0, top1 * top1 / length1),
                                larger(top2 * top2 / length2, top3 * top3 / length3));
    const double bound = best * least / (least - lost), here = least > lost ? bound : INFINITY;
    found = here > found ? here : found;
  }
  return found;
}

/* The second derivative of sum w_i y_i is linear: its largest magnitude. */
static double bend_of(double y0, double y1, double y2, double y3)
{
  return larger(fabs(2.0 * y0 - 5.0 * y1 + 4.0 * y2 - y3), fabs(-y0 + 4.0 * y1 - 5.0 * y2 + 2.0 * y3));
}

/* Largest r^2 between the two whole steps p[1] and p[2]; opt_differences by end, NULL: `change` is the largest. */
static double bound_pair(const cuxas_scan_job *j, const cuxas_scan_products p[4], const region *in, double change,
                         const differences *opt_differences)
{
  const bool   is_near = opt_differences != NULL;
  const double h = 1.0 / (is_near ? N_NEAR : N_FAR), width = in->high - in->low;
  double       off_product = 0.0, off_square = 0.0, bend_pairs = 0.0;
  losses       loss = {.always = 0.3516 * square(change)};
  for (size_t i = 0; i < 4; i++) {
    off_product = larger(off_product, SUM_OF_WEIGHTS * p[i].off_product);
    off_square  = larger(off_square, SUM_OF_WEIGHTS * p[i].off_square);
  }
  off_product +=
      h * h / 8.0 *
      larger(bend_of(p[0].s0m, p[1].s0m, p[2].s0m, p[3].s0m), bend_of(p[0].s1m, p[1].s1m, p[2].s1m, p[3].s1m));
  /* sum w_i S_i(a) is a a' sums of S00, S01, S11: weights no larger than 1, 1/2 and 1 */
  off_square += h * h / 8.0 *
                (bend_of(p[0].s00, p[1].s00, p[2].s00, p[3].s00) + bend_of(p[0].s01, p[1].s01, p[2].s01, p[3].s01) +
                 bend_of(p[0].s11, p[1].s11, p[2].s11, p[3].s11));
  for (size_t e = 0; is_near && e < 2; e++) {
    bend_pairs = larger(bend_pairs, bend_of_loss(&opt_differences[e]));
    find_losses(&opt_differences[e], loss.pair[e]);
  }
  /* fractions between the ends: differences are convex in them, and above their chord's lowest point by no more than this */
  if (is_near) loss.always = 0.25 * width * width * 4.0 * square(change);
  const double off[2] = {off_product, off_square + h * h / 8.0 * bend_pairs};
  const double best =
      is_near ? bound_points((const double(*)[CUXAS_SCAN_POINTS])j->near_weight, N_NEAR + 1, p, off, &loss, in)
              : bound_points((const double(*)[CUXAS_SCAN_POINTS])j->far_weight, N_FAR + 1, p, off, &loss, in);
  return smaller(1.0, best / j->smm);
}

/* |whitened differences|^2 of whole steps -2 ... 2 around the place, and of their differences. */
CUXAS_SCAN_CLONES static void sum_differences(const cuxas_scan_job *j, const float *curve, size_t n, double ret_step[4],
                                              double ret_bend[3])
{
  const double norm = j->norm, part = j->part, *weight = j->weight, first = weight[0];
  double       s[4], b0, b1, b2;
  for (size_t q = 0; q < 4; q++) s[q] = first * ((double)curve[q + 1] - (double)curve[q]);
  b0        = square(s[1] - s[0]);
  b1        = square(s[2] - s[1]);
  b2        = square(s[3] - s[2]);
  double s0 = square(s[0]), s1 = square(s[1]), s2 = square(s[2]), s3 = square(s[3]);
#pragma omp simd reduction(+ : s0, s1, s2, s3, b0, b1, b2)
  for (size_t i = 1; i < n; i++) {
    const double own = norm * weight[i], before = norm * part * weight[i - 1];
    const double c0 = (double)curve[i], c1 = (double)curve[i + 1], c2 = (double)curve[i + 2], c3 = (double)curve[i + 3];
    const double z0 = own * (c1 - c0) - before * (c0 - (double)curve[i - 1]);
    const double z1 = own * (c2 - c1) - before * (c1 - c0);
    const double z2 = own * (c3 - c2) - before * (c2 - c1);
    const double z3 = own * ((double)curve[i + 4] - c3) - before * (c3 - c2);
    s0 += z0 * z0;
    s1 += z1 * z1;
    s2 += z2 * z2;
    s3 += z3 * z3;
    b0 += (z1 - z0) * (z1 - z0);
    b1 += (z2 - z1) * (z2 - z1);
    b2 += (z3 - z2) * (z3 - z2);
  }
  memcpy(ret_step, (double[]){s0, s1, s2, s3}, 4 * sizeof *ret_step);
  memcpy(ret_bend, (double[]){b0, b1, b2}, 3 * sizeof *ret_bend);
}

/* What offset and slope may take from a difference of two whole steps. */
static double rest_of(const cuxas_scan_job *j, const cuxas_scan_products *p, double a, const double off_u[2])
{
  double d[2];
  for (size_t i = 0; i < 2; i++)
    d[i] = fabs(a * (p[1].u[0][i] - p[0].u[0][i]) + (1.0 - a) * (p[1].u[1][i] - p[0].u[1][i])) + 2.0 * off_u[i];
  const double *v = j->inverse;
  return fabs(v[0]) * d[0] * d[0] + 2.0 * fabs(v[1]) * d[0] * d[1] + fabs(v[2]) * d[1] * d[1];
}

/* Of the pairs before (0) and behind (1) the place, p being whole steps -2 ... 2, at both ends of the fractions. */
static void find_differences(const cuxas_scan_job *j, const vicinity *near, const cuxas_scan_rounding *rounding,
                             size_t column, const cuxas_scan_products p[5], const region *in, differences ret_of[2][2])
{
  const double off     = 2.0 * j->stretch * rounding->curve[column],
               lost[2] = {rounding->u[0][column], rounding->u[1][column]};
  for (size_t e = 0; e < 2; e++) {
    double       step[4], bend[3], more[4], less[4];
    const double a = e == 0 ? in->low : in->high;
    sum_differences(j, near->end[e], near->n, step, bend);
    for (size_t q = 0; q < 4; q++) {
      more[q] = square(sqrt(step[q]) + off);
      less[q] = larger(0.0, square(larger(0.0, sqrt(step[q]) - off)) - rest_of(j, p + q, a, lost));
    }
    for (size_t i = 0; i < 2; i++) {
      differences *of = &ret_of[i][e];
      for (size_t q = 0; q < 3; q++) {
        of->more[q] = more[i + q];
        of->less[q] = less[i + q];
      }
      for (size_t q = 0; q < 2; q++) of->bend[q] = square(sqrt(bend[i + q]) + 2.0 * off);
    }
  }
}

/* Largest score that a search may find around a place, heights apart; opt_near makes it the second bound. */
static double bound_around(const cuxas_scan_job *j, const cuxas_scan_block *b, size_t i_width, size_t column,
                           const region *at, const vicinity *opt_near)
{
  const cuxas_compare_settings *settings = j->settings;
  const size_t                  last     = j->n_channel - 1;
  const double                  n = settings->score.n_independent, mean = settings->hole_prior.mean;
  const double                  z      = settings->fit_hole && last == 1
                                             ? (smaller(larger(mean, at->low), at->high) - mean) / settings->hole_prior.sd
                                             : 0.0;
  const double                  change = larger(b->change[0][column], b->change[last][column]);
  double                        best   = -INFINITY;
  differences                   d[2][2];
  cuxas_scan_products           p[5];
  if (at->offset < MARGIN || at->offset + MARGIN + 1 > j->plan.n_trial)
    return INFINITY; /* the border of shifts is near */
  for (size_t q = 0; q < 5; q++) p[q] = cuxas_scan_products_at(j, b, j->at[at->offset - MARGIN + q], column);
  if (opt_near != NULL) find_differences(j, opt_near, &b->rounding, column, p, at, d);
  for (size_t i = 0; i < 2; i++) {
    const size_t o = at->offset - 1 + i;
    const double x = cuxas_search_trial_eV(&j->plan, j->at[o]), y = cuxas_search_trial_eV(&j->plan, j->at[o + 1]);
    const double near_eV  = smaller(larger(settings->shift_prior.mean, smaller(x, y)), larger(x, y));
    const double r_square = bound_pair(j, p + i, at, change, opt_near != NULL ? d[i] : NULL);
    best                  = larger(best, cuxas_score_of_correlation(n, r_square) - 0.5 * z * z -
                                             cuxas_search_penalty(&j->plan, settings, near_eV, i_width));
  }
  return best;
}

/* ==== 3. heights ==== */

/* From a point on (1) or before it (-1), by half a step or a whole one: the largest and smallest value of the cubic there. */
static void reach(const float *p, int side, bool is_half, double *io_low, double *io_high)
{
  const double b0 = (double)p[0], b3 = (double)p[side], before = (double)p[-side], after = (double)p[2 * side];
  const double b1 = b0 + (b3 - before) / 6.0, b2 = b3 - (after - b0) / 6.0;
  const double whole[4] = {b0, b1, b2, b3};
  const double half[4]  = {b0, 0.5 * (b0 + b1), 0.25 * (b0 + 2.0 * b1 + b2), 0.125 * (b0 + 3.0 * b1 + 3.0 * b2 + b3)};
  for (size_t i = 0; i < 4; i++) {
    *io_low  = smaller(*io_low, is_half ? half[i] : whole[i]);
    *io_high = larger(*io_high, is_half ? half[i] : whole[i]);
  }
}

/* Around a place: the curve from its lowest to its highest value, and how far these may move. */
typedef struct {
  double low, high, low_least, low_most, high_least, high_most;
} heights;

/* Of a curve and one more point on both sides: its values and a part of the steps around them, at least and at most. */
CUXAS_SCAN_CLONES static void find_range(const float *p, size_t n, double *io_low, double *io_high)
{
  double low = *io_low, high = *io_high;
#pragma omp simd reduction(min : low) reduction(max : high)
  for (size_t i = 0; i < n; i++) {
    const double here = (double)p[i], more = fabs((double)p[i + 1] - (double)p[(ptrdiff_t)i - 1]) / 6.0;
    high = here + more > high ? here + more : high;
    low  = here - more < low ? here - more : low;
  }
  *io_low  = low;
  *io_high = high;
}

/* curve[e]: (n + 2 MARGIN) at the least and largest fraction; at[...]: of the lowest and highest point of the place itself. */
static void find_heights(float *const curve[2], size_t n, const size_t at[2], heights *io)
{
  io->low_least = io->high_least = INFINITY;
  io->low_most = io->high_most = -INFINITY;
  for (size_t e = 0; e < 2; e++) {
    const float *p          = curve[e] + MARGIN;
    double       unused_low = INFINITY, unused_high = -INFINITY;
    const bool   is_inside = at[1] > 0 && at[1] + 1 < n;
    find_range(p - 1, n + 2, &io->low_least, &io->high_most);
    for (int side = -1; side <= 1; side += 2) {
      reach(p + at[0], side, false, &unused_low, &io->low_most);
      reach(p + at[1], side, is_inside, &io->high_least, &unused_high);
    }
  }
}

/* Where a curve is lowest and highest, the first of equal points. */
CUXAS_SCAN_CLONES static void find_extremes(const float *p, size_t n, size_t ret_at[2])
{
  float low = p[0], high = p[0];
#pragma omp simd reduction(min : low) reduction(max : high)
  for (size_t i = 1; i < n; i++) {
    low  = p[i] < low ? p[i] : low;
    high = p[i] > high ? p[i] : high;
  }
  for (ret_at[0] = 0; ret_at[0] + 1 < n && p[ret_at[0]] != low; ret_at[0]++) continue; /* NaN is nowhere */
  for (ret_at[1] = 0; ret_at[1] + 1 < n && p[ret_at[1]] != high; ret_at[1]++) continue;
}

/* Sums of magnitudes: between channels, of steps, of what these change. */
typedef struct {
  double apart, moved, bent;
} changes;

CUXAS_SCAN_CLONES static changes sum_magnitudes(const float *own, const float *gap, size_t n)
{
  double apart = fabs((double)gap[0]), moved = fabs((double)own[n - 1] - (double)own[n - 2]), bent = 0.0;
#pragma omp simd reduction(+ : apart, moved, bent)
  for (size_t i = 1; i < n - 1; i++) {
    const double here = (double)own[i] - (double)own[i - 1];
    apart += fabs((double)gap[i]);
    moved += fabs(here);
    bent += fabs((double)own[i + 1] - (double)own[i] - here);
  }
  return (changes){apart + fabs((double)gap[n - 1]), moved, bent};
}

/* Of a curve from its lowest point up: the sum, and of what gain times it is off; in LANES sums, whatever the processor. */
CUXAS_SCAN_CLONES static double sum_errors(const float *p, const float *scaled, size_t n, double low, double gain,
                                           double *ret_sum)
{
  double sum[LANES] = {0.0}, error[LANES] = {0.0}, all = 0.0;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
#pragma omp simd
    for (size_t k = 0; k < LANES; k++) {
      const double above = (double)p[i + k] - low;
      sum[k] += above;
      error[k] += fabs(gain * above - (double)scaled[i + k]);
    }
  for (; i < n; i++) {
    sum[0] += (double)p[i] - low;
    error[0] += fabs(gain * ((double)p[i] - low) - (double)scaled[i]);
  }
  *ret_sum = 0.0;
  for (size_t k = 0; k < LANES; k++) {
    *ret_sum += sum[k];
    all += error[k];
  }
  return all;
}

/* MAE from 0 to 1 at a place, and the least there may be around it. */
static double bound_mae(const cuxas_scan_job *j, const cuxas_scan_block *b, size_t column, const region *at,
                        const vicinity *near, double *ret_mae)
{
  const size_t n          = near->n;
  const float *p          = near->own + MARGIN;
  size_t       extreme[2] = {0, 0};
  double       sum;
  heights      h;
  find_extremes(p, n, extreme);
  h.low  = (double)p[extreme[0]];
  h.high = (double)p[extreme[1]];
  find_heights(near->end, n, extreme, &h);
  const changes of   = sum_magnitudes(near->own, near->gap, n + 2 * MARGIN);
  const double  gain = 1.0 / (h.high - h.low), count = (double)n;
  *ret_mae = sum_errors(p, j->scaled, n, h.low, gain, &sum) / count;
  if (!(h.high - h.low > 1e-4 * b->size[0][column]) || !(h.high_least > h.low_most)) return 0.0; /* all but flat */
  const double most = 1.0 / (h.high_least - h.low_most), least = 1.0 / (h.high_most - h.low_least);
  const double aside = larger(at->high - at->a, at->a - at->low);
  return *ret_mae - most * (of.moved + 0.125 * of.bent + SUM_OF_WEIGHTS * of.apart * aside) / count -
         larger(most - gain, gain - least) * sum / count - most * larger(h.low_most - h.low, h.low - h.low_least) -
         HEIGHTS_ROUNDING;
}

static double score_of_mae(const cuxas_scan_job *j, double mae)
{
  return -j->settings->score.n_height * log(larger(mae, CUXAS_LEAST_MAE) / CUXAS_FEATURELESS_MAE);
}

/* ==== 4. all of a search ==== */

CUXAS_SCAN_CLONES static void mix_channels(const float *second, const float *gap, size_t n, float part,
                                           float *ret_curve)
{
#pragma omp simd
  for (size_t i = 0; i < n; i++) ret_curve[i] = second[i] + part * gap[i];
}

/* Of the same channels at the fractions of a region. */
static void mix(const vicinity *near, const region *at)
{
  const size_t n_row = near->n + 2 * MARGIN;
  mix_channels(near->second, near->gap, n_row, (float)at->low, near->end[0]);
  mix_channels(near->second, near->gap, n_row, (float)at->high, near->end[1]);
  mix_channels(near->second, near->gap, n_row, (float)at->a, near->own);
}

/* The curve around a place, from the block's columns; work: 5 (n + 2 MARGIN) numbers. */
static vicinity gather(const cuxas_scan_job *j, const cuxas_scan_block *b, size_t column, const region *at, float *work)
{
  const size_t   n = j->query->grid.n_energy, n_row = n + 2 * MARGIN;
  const size_t   from = (at->offset - MARGIN) * N_COLUMN + column;
  const float   *x = b->x[0] + from, *y = b->x[j->n_channel - 1] + from;
  const vicinity near = {n, work, work + n_row, {work + 2 * n_row, work + 3 * n_row}, work + 4 * n_row};
  for (size_t i = 0; i < n_row; i++) {
    near.second[i] = y[i * N_COLUMN];
    near.gap[i]    = x[i * N_COLUMN] - near.second[i];
  }
  mix(&near, at);
  return near;
}

/* The places and fractions that may be the best of the present width, which has `least` at least: how many, the best as it looks
 * first; 0: too many. */
static size_t list_regions(const cuxas_scan_job *j, const cuxas_scan_block *b, size_t i_width, size_t column,
                           double least, const cuxas_places *places, region ret_found[MAX_REGION])
{
  const double aside   = j->n_fraction > 1 ? 1.0 / N_FRACTION : 0.0;
  const double most    = exp(-2.0 * least / j->settings->score.n_independent) * CUXAS_SCAN_BEYOND_TIES;
  size_t       n_found = 0;
  for (size_t o = 0; o < j->plan.n_trial; o++) {
    const size_t k = j->at[o];
    double       may[FRACTION_ROOM], is[FRACTION_ROOM];
    if ((places->trial[i_width][k / 64] >> (k % 64) & 1) == 0) continue;
    const cuxas_scan_products p      = cuxas_scan_products_at(j, b, k, column);
    const double              factor = j->trial_factor[i_width][k];
    cuxas_scan_misfits(j, &p, 1.0, may);
    cuxas_scan_misfits(j, &p, 0.0, is);
    for (size_t i = j->n_fraction; i-- > 0;) {
      if (may[i] * factor > most) continue;
      if (n_found == MAX_REGION) return 0;
      const double a     = j->fraction[i];
      region      *added = &ret_found[n_found++];
      *added             = (region){k, o, a, larger(0.0, a - aside), smaller(1.0, a + aside), is[i] * factor};
      if (n_found > 1 && added->misfit < ret_found[0].misfit) {
        const region first = ret_found[0];
        ret_found[0]       = *added;
        *added             = first;
      }
    }
  }
  return n_found;
}

/* The misfit of a place from the curve itself, in double precision: what is reported does not depend on how a processor adds. */
static double misfit_of(const cuxas_scan_job *j, size_t i_width, const region *at, const vicinity *near)
{
  const float *x          = near->own + MARGIN;
  double       square_sum = 0.0, product = 0.0, u[CUXAS_N_NUISANCE] = {0.0}, before = 0.0;
  for (size_t i = 0; i < near->n; i++) {
    const double here = (double)x[i], z = j->weight[i] * (i == 0 ? 1.0 : j->norm) * here - before;
    before = j->norm * j->part * j->weight[i] * here;
    square_sum += z * z;
    product += j->product[i] * here;
    u[0] += j->nuisance[0][i] * here;
    u[1] += j->nuisance[1][i] * here;
  }
  const double length     = square_sum - cuxas_whitened_rest(j->inverse, u, u);
  const double r_square   = product > 0.0 && length > 0.0 ? smaller(1.0, product * product / (length * j->smm)) : 0.0;
  const size_t i_fraction = (size_t)(at->a * N_FRACTION + 0.5);
  const bool   is_fit     = j->settings->fit_hole && j->n_channel == 2;
  return cuxas_scan_misfit(r_square) * j->trial_factor[i_width][at->k] * j->hole_factor[is_fit ? i_fraction : 0];
}

/* The least MAE around a place once more, fractions in halves of halves, in each of which the heights move less, down to those that have
 * more than `enough` anyway. */
static double bound_mae_closely(const cuxas_scan_job *j, const cuxas_scan_block *b, size_t column, const region *at,
                                const vicinity *near, double enough, int n_halving)
{
  double least = INFINITY, own;
  for (int i = 0; i < 2; i++) {
    region half = *at;
    half.low    = i == 0 ? at->low : 0.5 * (at->low + at->high);
    half.high   = i == 0 ? 0.5 * (at->low + at->high) : at->high;
    half.a      = 0.5 * (half.low + half.high);
    mix(near, &half);
    double here = bound_mae(j, b, column, &half, near, &own);
    if (!(here > enough) && n_halving > 1)
      here = larger(here, bound_mae_closely(j, b, column, &half, near, enough, n_halving - 1));
    least = smaller(least, here);
  }
  return least;
}

static double mae_of_score(const cuxas_scan_job *j, double score)
{
  return CUXAS_FEATURELESS_MAE * exp(-score / j->settings->score.n_height);
}

void cuxas_scan_judge_width(const cuxas_scan_job *j, cuxas_scan_block *b, size_t i_width, size_t column, double least,
                            const cuxas_places *places)
{
  cuxas_prospect *of = &b->prospect[column];
  region          found[MAX_REGION];
  double          most = -INFINITY, upper = -INFINITY, mae = NAN, first[MAX_REGION];
  of->least[i_width] = least;
  of->most[i_width] = of->upper[i_width] = INFINITY;
  const size_t n_found                   = list_regions(j, b, i_width, column, least, places, found);
  if (n_found == 0) return;
  for (size_t i = 0; i < n_found; i++)
    most = larger(most, first[i] = bound_around(j, b, i_width, column, &found[i], NULL));
  of->most[i_width] = most;
  double value      = cuxas_scan_score(j, found[0].misfit);
  bool   is_top     = value > of->best_value - 0.01;
  if (isinf(most) || (!is_top && most < of->best_value)) return;
  most = -INFINITY;
  for (size_t i = 0; i < n_found; i++) {
    const vicinity near = gather(j, b, column, &found[i], b->product);
    if (j->only_places) {
      most = larger(most, bound_around(j, b, i_width, column, &found[i], &near));
      continue;
    }
    double       own, by_heights = score_of_mae(j, bound_mae(j, b, column, &found[i], &near, &own));
    const double here =
        first[i] + by_heights < j->needed ? first[i] : bound_around(j, b, i_width, column, &found[i], &near);
    if (i == 0) {
      mae   = own;
      value = cuxas_scan_score(j, misfit_of(j, i_width, &found[0], &near));
    }
    if (here + by_heights >= j->needed && j->needed > -INFINITY && j->n_channel == 2)
      by_heights = score_of_mae(
          j, bound_mae_closely(j, b, column, &found[i], &near, mae_of_score(j, j->needed - here), N_HALVING));
    most  = larger(most, here);
    upper = larger(upper, here + by_heights);
  }
  of->most[i_width] = smaller(most, of->most[i_width]);
  if (j->only_places) of->best_value = larger(of->best_value, value);
  if (j->only_places) return;
  of->upper[i_width] = upper;
  is_top             = value > of->best_value;
  if (!is_top) return;
  of->best_value = value;
  of->best       = (cuxas_foreseen){.score         = value + score_of_mae(j, mae),
                                    .mae           = mae,
                                    .shift_eV      = cuxas_search_trial_eV(&j->plan, found[0].k),
                                    .hole_fraction = j->n_channel == 2 ? found[0].a : 1.0,
                                    .fwhm_eV       = j->plan.fwhm_eV[i_width]};
}

void cuxas_scan_judge(const cuxas_scan_job *j, const cuxas_prospect *of, cuxas_places *places,
                      cuxas_foreseen *ret_foreseen)
{
  const double lost  = 0.5 * j->settings->score.n_independent * j->metric;
  double       least = -INFINITY, upper = -INFINITY;
  for (size_t i = 0; i < j->plan.n_width; i++) least = larger(least, of->least[i]);
  for (size_t i = 0; i < j->plan.n_width; i++) {
    if (of->most[i] < least - 1e-6)
      memset(places->trial[i], 0, sizeof places->trial[i]);
    else
      upper = larger(upper, of->upper[i]);
  }
  *ret_foreseen = of->best;
  ret_foreseen->score -= lost;
  ret_foreseen->upper = isnan(ret_foreseen->score) ? INFINITY : upper - lost;
}
