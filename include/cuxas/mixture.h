/* mixture.h - a measurement as a sum of few candidates: non-negative weights, one shift, as many components as the data ask for
 *
 *   measured(E) = offset + sum over i of w_i f_i(E - d),   w_i >= 0
 *
 * The f_i are broadened predictions of edge step 1; d is common to all. Weights are fitted to the values and to the first
 * derivatives at once, the latter scaled to the same variance: the two curves whose correlations decide every shift here
 * (compare.h). Each d of the window is tried; for each, components are added one by one, always the one that helps most, and then
 * exchanged while that helps.
 *
 *   weights      non-negative least squares (C. L. Lawson and R. J. Hanson, Solving Least Squares Problems, 1974, ch. 23)
 *   how many     the smallest BIC (G. Schwarz, Ann. Statist. 6, 461 (1978)) with a price for having chosen among n candidates
 *                (J. Chen and Z. Chen, Biometrika 95, 759 (2008)):
 *                n_eff ln(RSS / n) + (k + 2) ln n_eff + 2 ln(n choose k), n_eff = points / block
 *   intervals    5 to 95 % of 200 fits to the fitted curve plus residuals drawn in blocks (moving block bootstrap,
 *                Kuensch 1989), components and shift kept; the block is twice the residual's autocorrelation time
 *
 * A share is a weight over the sum of weights: a share of the spectrum's edge step, not an atomic fraction. Saturation,
 * different probing depths and errors of the predictions change it without bound. */
#ifndef CUXAS_MIXTURE_H
#define CUXAS_MIXTURE_H
#include "cuxas/compare.h"
#include "cuxas/library.h"

#include <stdint.h>

enum { CUXAS_MIXTURE_MAX = 6, CUXAS_MIXTURE_REPLICATES = 200, CUXAS_MIXTURE_NAME_SIZE = 80 };

typedef struct {
  size_t i_curve;
  char   name[CUXAS_MIXTURE_NAME_SIZE]; /* set by cuxas_mixture_library(), else "" */
  double weight;
  double share, share_low, share_high;
} cuxas_mixture_component;

/* The best sum of a given number of candidates. */
typedef struct {
  size_t                  n_component; /* fewer than asked for when more weights are 0 */
  cuxas_mixture_component component[CUXAS_MIXTURE_MAX]; /* by falling weight */
  double                  shift_eV, offset;
  double                  mae, pearson; /* measured scaled to 0 ... 1 against the sum */
  double                  bic;
} cuxas_mixture_fit;

typedef struct {
  size_t             n_candidate;
  size_t             n_fit; /* sums of 1, 2, ... components */
  cuxas_mixture_fit  fit[CUXAS_MIXTURE_MAX];
  size_t             i_chosen; /* the one of smallest BIC */
  size_t             block;    /* points in a block */
  size_t             n_energy; /* of the query's grid */
  double            *measured; /* (n_energy) scaled to 0 ... 1 */
  double            *sum;      /* (n_energy) the chosen sum */
  double            *part;     /* (n_component of the chosen, n_energy) w_i f_i */
} cuxas_mixture;

/* cuxas_nnls() - the non-negative x that minimises |A x - b|^2, from A'A and A'b
 *
 *   gram    (n, n) A'A, positive semidefinite
 *   inner   (n) A'b
 *   ret_x   (n)
 *   n       1 ... CUXAS_MIXTURE_MAX
 *
 * Columns that depend on others get 0. */
void cuxas_nnls(const double *gram, const double *inner, size_t n, double *ret_x);

/* cuxas_mixture_new() - the best sums of 1 ... n_max of some curves
 *
 *   curve        (n_curve)
 *   hole         (n_curve) weight of each curve's no-hole channel; 1 where it has one channel
 *   settings     window of shifts or fixed shift, and broadening
 *   n_max        1 ... CUXAS_MIXTURE_MAX
 *   ret_mixture  the caller frees it with cuxas_mixture_free()
 *
 * Deterministic: the seed decides. Returns  CUXAS_OK; CUXAS_ERANGE no curves, n_max, a curve that does not extend over the query;
 *          CUXAS_ENUMERIC a flat measurement, or nothing correlates with it; CUXAS_ENOMEM. */
cuxas_status cuxas_mixture_new(const cuxas_query *query, const cuxas_curve *curve, const double *hole, size_t n_curve,
                               const cuxas_compare_settings *settings, size_t n_max, uint64_t seed,
                               cuxas_mixture **ret_mixture, cuxas_error *err);

/* cuxas_mixture_library() - the same for the structures of a library, under their names
 *
 *   hits  of this library and query: core-hole fractions where they were fitted */
cuxas_status cuxas_mixture_library(const cuxas_query *query, const cuxas_library *library, const cuxas_hits *hits,
                                   const cuxas_compare_settings *settings, size_t n_max, uint64_t seed,
                                   cuxas_mixture **ret_mixture, cuxas_error *err);

/* cuxas_mixture_free() - accepts NULL */
void cuxas_mixture_free(cuxas_mixture *mixture);

#endif
