/* compare.h - products of curves in the metric of a prediction's errors (cuxas/compare.h, score)
 *
 * The covariance of the errors is D K D + U V U': K a Markov chain whose correlation falls by 1/e in error_length, D how
 * large errors are, U an offset and a slope. Whitened, the chain's errors are independent of each other: with w = 1 / D
 *     x' (D K D)^-1 y = sum z(x)_i z(y)_i,   z(x)_0 = w_0 x_0,   z(x)_i = (w_i x_i - f w_{i-1} x_{i-1}) / sqrt(1 - f^2),
 * f being the correlation of neighbours. Offset and slope follow by Woodbury's formula:
 *     x' (A + U V U')^-1 y = x' A^-1 y - x' A^-1 U (V^-1 + U' A^-1 U)^-1 U' A^-1 y.
 * Nothing is known of the offset: its part of V^-1 is 0, and a pedestal of either curve changes no product. */
#ifndef CUXAS_MATCH_COMPARE_H
#define CUXAS_MATCH_COMPARE_H
#include "match/search.h"

enum { CUXAS_N_NUISANCE = 2, CUXAS_WHITENING_ROWS = CUXAS_N_NUISANCE + 1 }; /* offset, slope; and weights */

typedef struct {
  cuxas_grid    grid;
  double        part; /* f */
  double        norm; /* 1 / sqrt(1 - f^2) */
  double        slope_variance;
  const double *weight;                     /* (n_energy) w of every grid point; borrowed */
  cuxas_span    span;                       /* for which the rest holds; of 0 points: none yet */
  double       *nuisance[CUXAS_N_NUISANCE]; /* (n_energy) whitened offset and slope; borrowed */
  double        inverse[3];                 /* of V^-1 + U' K^-1 U: [0 0], [0 1], [1 1] */
} cuxas_whitening;

/* A whitened curve and its products. */
typedef struct {
  const double *row;
  double        square;              /* with itself, before offset and slope have taken their part */
  double        u[CUXAS_N_NUISANCE]; /* with offset and slope */
} cuxas_whitened;

/* cuxas_whitening_begin() - for curves on the query's grid; work (CUXAS_WHITENING_ROWS, n_energy) is kept, not owned */
cuxas_whitening cuxas_whitening_begin(const cuxas_query *query, const cuxas_compare_settings *settings, double *work);

/* cuxas_whitening_aim() - at a span of the grid; work (n_energy) */
void cuxas_whitening_aim(cuxas_whitening *whitening, cuxas_span span, double *work);

/* cuxas_whitening_invert() - V^-1 + U' A^-1 U and back, from U' A^-1 U */
void cuxas_whitening_invert(double slope_variance, double offset_offset, double offset_slope, double slope_slope,
                            double ret_inverse[3]);

/* cuxas_whiten() - x has the points of the span; row as many */
cuxas_whitened cuxas_whiten(const cuxas_whitening *whitening, const double *x, double *row);

/* cuxas_whiten_dot() - sum of a_i b_i */
double cuxas_whiten_dot(const double *a, const double *b, size_t n_point);

/* cuxas_whitened_rest() - what offset and slope take from a product: u' inverse v */
double cuxas_whitened_rest(const double inverse[3], const double u[CUXAS_N_NUISANCE], const double v[CUXAS_N_NUISANCE]);

/* cuxas_whitened_square(), cuxas_whitened_product() - x' C^-1 x, x' C^-1 y, C being the whole covariance */
double cuxas_whitened_square(const cuxas_whitening *whitening, const cuxas_whitened *x);
double cuxas_whitened_product(const cuxas_whitening *whitening, const cuxas_whitened *x, const cuxas_whitened *y);

/* cuxas_whitening_fit() - the most likely offset and slope of what is left of a curve; row as many points as the span */
void cuxas_whitening_fit(const cuxas_whitening *whitening, const double *rest, double *row,
                         double ret_size[CUXAS_N_NUISANCE]);

/* cuxas_whitening_nuisance() - what these are at point i of the span */
double cuxas_whitening_nuisance(const cuxas_whitening *whitening, const double size[CUXAS_N_NUISANCE], size_t i);

#endif
