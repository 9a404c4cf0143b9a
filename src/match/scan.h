/* scan.h - where many curves may agree best with a measurement: the scan of a search (search.h) as matrix products
 *
 * The search tries every whole step of the window of shifts, every width and every hole fraction, which is most of its
 * time. Here the same places are looked at for many curves at a time in float32, and all those crossed off that
 * can hold no maximum; the search then looks, in double precision, at the others alone and finds what it would have found.
 *
 * With x = Y_w(c) the curve c continued, broadened by width w and read at the energies of a shift, and e_i = x_i - x_i-1,
 * whitening (match/compare.h) makes of every product a sum over the energies i of the query:
 *     x' C^-1 m = sum g_i x_i,
 *     x' C^-1 y = sum A_i e(x)_i e(y)_i + sum C_i x_i y_i - u(x)' V u(y),
 *     u_k(x)    = sum n_ki x_i,
 * (2 x_i x_i-1 = x_i^2 + x_i-1^2 - e_i^2) with g, A, C, n and V the same for all curves and shifts, if x is read k steps further
 * on: the rows of the matrix, one for every shift, are one row moved along, so it is that row that slides along the curves, which
 * are the columns. A pedestal changes none of them, so each x is taken less its mean. (e rather than x_i x_i-1: whitened curves
 * are small beside the curves, and float32 should not have to cancel that.)
 *
 * Proof that nothing is lost. One operation in float32 is off by a part of 2^-24 at most, a sum of products by n 2^-24 times the sum
 * of their magnitudes (n 2^-24 << 1), n being the terms that are added in one go and the number of such goes.
 *     x        is found in double precision and rounded once: off by D = 2^-24 |x| at most, all as Euclidean norms over all
 *              points that any shift reads; e(x) by E = 3 2^-24 |x|.
 *     product  with the measurement: off by |g| (n 2^-24 |x| + D) at most (Cauchy).
 *     square   of what whitening leaves: with T = max A |e|^2 + max |C| |x|^2 (the first and the last point of C, which are
 *              large, for themselves) no smaller than the magnitudes of its terms, off by n 2^-24 T from the sums, by 2 max A |e| E +
 *              max A E^2 from e, and by 2 sqrt(T) s D + s^2 D^2 from x, as the filter lengthens no curve by more than
 *              s = (1 + f) max w / sqrt(1 - f^2).
 *     u_k      off by l_k = |n_k| (n 2^-24 |x| + D), and u' V u by 2 l' |V| |u| + l' |V| l.
 * For a sum of the two channels with weights a and 1 - a these bounds hold with the larger of both in each place, as it is no
 * longer than they are. So at each place the covariance, the variance and with them r^2 lie within known bounds for every
 * fraction, and the score grows with r^2. Let L be the largest lower bound of any place and fraction of a width: the
 * maximum over whole steps, which the search looks for in each width, is L or more. A place whose upper bound is below L
 * (less 1e-6, far beyond ties) cannot be it. Shifts that are no whole number of steps from the first (a border of the window)
 * are always left to the search. The test compares both searches bit by bit. */
#ifndef CUXAS_MATCH_SCAN_H
#define CUXAS_MATCH_SCAN_H
#include "match/search.h"

#include <stdint.h>

enum { CUXAS_SCAN_MAX_TRIAL = 128 };

/* Which of the search's trials to look at, by width: bit i % 64 of word i / 64. */
typedef struct cuxas_places {
  uint64_t trial[CUXAS_SEARCH_MAX_WIDTH][CUXAS_SCAN_MAX_TRIAL / 64];
} cuxas_places;

/* cuxas_places_all() - all of them */
cuxas_places cuxas_places_all(void);

/* cuxas_scan_pays() - can this be scanned so, and is it worth while? By score, predictions with shifts that are sought, more
 * than a few of them, no more than CUXAS_SCAN_MAX_TRIAL shifts */
bool cuxas_scan_pays(const cuxas_query *query, const cuxas_compare_settings *settings, size_t n_curve);

/* What the scan says of a curve. A search finds no more than `upper`, heights and all; infinite where nothing can be said:
 * shifts that are no whole number of steps, or that reach the border of their window. The rest is the best of the whole steps, in
 * float32: about what a search finds; score NaN where there is none. */
typedef struct {
  double upper;
  double score, mae; /* MAE from 0 to 1 */
  double shift_eV, hole_fraction, fwhm_eV;
} cuxas_foreseen;

typedef struct {
  cuxas_places   places;
  cuxas_foreseen foreseen;
} cuxas_scanned;

/* How a scan is done. */
typedef struct {
  int    n_thread;    /* the result does not depend on it */
  bool   only_places; /* what is foreseen is of no use */
  double needed; /* a curve whose score cannot reach this may have a larger `upper`, and more places; -INFINITY: none */
} cuxas_scan_manner;

/* cuxas_scan() - the places of every curve, and what may be found there
 *
 *   settings    those of the comparison
 *   curve       (n_curve) predictions on one grid with the same channels, which continue beyond its ends
 *   ret_scanned (n_curve)
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_scan(const cuxas_query *query, const cuxas_compare_settings *settings, const cuxas_curve *curve,
                        size_t n_curve, cuxas_scan_manner how, cuxas_scanned *ret_scanned, cuxas_error *err);

#endif
