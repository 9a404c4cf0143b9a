/* kernel.h - kernel ridge regression of spectra: the mean and the variance of a Gaussian process
 *
 * What is learnt is z = log(mu + CUXAS_KERNEL_OFFSET): white lines of very different height then differ by a few units
 * only. With the kernel matrix K of the rows learnt from, ridge r, and the kernel vector k of a new row,
 *
 *   z(new) = mean + k^T (K + r)^-1 (z - mean),   variance(new) = deviation^2 (1 + r - k^T (K + r)^-1 k)
 *
 * (C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning, MIT Press 2006, section 2.2); deviation^2
 * of each energy is its most likely value, (z - mean)^T (K + r)^-1 (z - mean) / rows. Kernels: exp(-d / length), d the sum
 * of absolute differences of the features (Laplace) or their Euclidean distance (exponential). */
#ifndef CUXAS_KERNEL_H
#define CUXAS_KERNEL_H
#include "cuxas/status.h"

#include <stdbool.h>
#include <stddef.h>

#define CUXAS_KERNEL_OFFSET                                                                                            \
  0.1 /* mu that no longer counts as small: about the error of a good prediction (our choice) */

typedef enum { CUXAS_KERNEL_LAPLACE, CUXAS_KERNEL_EXPONENTIAL } cuxas_kernel_kind;

/* cuxas_kernel_name(), cuxas_kernel_from_name() - "laplace", "exponential"; CUXAS_ERANGE: no such name */
const char  *cuxas_kernel_name(cuxas_kernel_kind kind);
cuxas_status cuxas_kernel_from_name(const char *name, cuxas_kernel_kind *ret_kind, cuxas_error *err);

typedef struct {
  cuxas_kernel_kind kind;
  double            length; /* > 0, in units of the features */
  double            ridge;  /* > 0, relative to the kernel at distance 0, which is 1 */
} cuxas_kernel_shape;

typedef struct {
  cuxas_kernel_shape shape;
  size_t             n_row, n_feature, n_energy;
  float             *feature;   /* (n_row, n_feature) of the rows learnt from */
  float             *column;    /* (n_feature, n_row) the same turned, for distances */
  float             *mean;      /* (n_energy) */
  float             *weight;    /* (n_row, n_energy) (K + r)^-1 (z - mean) */
  float             *deviation; /* (n_energy) */

  struct cuxas_kernel_factor *factor; /* of K + r, which the variance needs: found when it is first asked for */
} cuxas_kernel;

/* What is learnt from. */
typedef struct {
  size_t       n_row, n_feature, n_energy;
  const float *feature; /* (n_row, n_feature) */
  const float *z;       /* (n_row, n_energy) */
} cuxas_kernel_rows;

/* cuxas_kernel_choose() - length and ridge with the least leave-one-group-out error
 *
 * Of lengths 0.35 ... 2.8 times the median distance between rows and ridges 0.003 ... 1, those with which rows are predicted
 * best (mean absolute difference of z) from the rows of other groups; exactly, without fitting anew
 * (S. Sundararajan, S. S. Keerthi, Neural Comput. 13, 1103 (2001), doi:10.1162/08997660151134343, for whole groups).
 *
  *   group  (n_row) any numbers
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer than 2 rows, or all are alike; CUXAS_ENUMERIC; CUXAS_ENOMEM. */
cuxas_status cuxas_kernel_choose(cuxas_kernel_kind kind, const cuxas_kernel_rows *rows, const size_t *group,
                                 cuxas_kernel_shape *ret_shape, cuxas_error *err);

/* cuxas_kernel_fit() - learns from rows; arguments as above; the caller frees the result with cuxas_kernel_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no row, or more than BLAS can count; CUXAS_ENUMERIC not positive definite; CUXAS_ENOMEM. */
cuxas_status cuxas_kernel_fit(cuxas_kernel_shape shape, const cuxas_kernel_rows *rows, cuxas_kernel **ret_kernel,
                              cuxas_error *err);

/* cuxas_kernel_restore() - one that was fitted before, from what a file keeps of it: all but the factor
 *
  *   rows                     their features, copied; z is not read
 *   mean, weight, deviation  shapes as in cuxas_kernel; copied
 *
 * Returns  as cuxas_kernel_fit(). */
cuxas_status cuxas_kernel_restore(cuxas_kernel_shape shape, const cuxas_kernel_rows *rows, const float *mean,
                                  const float *weight, const float *deviation, cuxas_kernel **ret_kernel,
                                  cuxas_error *err);

/* cuxas_kernel_share() - one factor for two machines of the same rows, length and ridge; false: they differ, or the factor of
 * one is known already. To be called before any thread predicts with them */
bool cuxas_kernel_share(cuxas_kernel *kernel, const cuxas_kernel *other);

/* cuxas_kernel_free() - accepts NULL */
void cuxas_kernel_free(cuxas_kernel *kernel);

/* cuxas_kernel_predict() - z of new rows
 *
 *   feature     (n_new, n_feature)
 *   ret_z       (n_new, n_energy)
 *   ret_spread  (n_new) square root of 1 + r - k^T (K + r)^-1 k: times deviation it is the standard deviation of z
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE too many rows for BLAS; CUXAS_ENOMEM. */
cuxas_status cuxas_kernel_predict(const cuxas_kernel *kernel, const float *feature, size_t n_new, float *ret_z,
                                  double *ret_spread, cuxas_error *err);

/* cuxas_kernel_move() - a spectrum moved up by some steps of its grid, by linear interpolation; held at its ends
 *
 *   mu, ret_mu  (n_energy), not the same
 *   n_step      any number, negative: down */
void cuxas_kernel_move(const float *mu, size_t n_energy, double n_step, float *ret_mu);

/* cuxas_kernel_log(), cuxas_kernel_exp() - mu to z (negative mu as 0), and back (never negative) */
float cuxas_kernel_log(float mu);
float cuxas_kernel_exp(float z);

#endif
