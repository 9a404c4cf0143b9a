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

/* The rows learnt from, which machines may have in common. */
typedef struct {
  size_t n_user, n_row, n_feature;
  float *feature; /* (n_row, n_feature) */
  float *column;  /* the same turned, for distances: in blocks of rows */
} cuxas_kernel_points;

typedef struct {
  cuxas_kernel_shape   shape;
  size_t               n_row, n_feature, n_energy;
  cuxas_kernel_points *points;
  float               *mean; /* (n_energy) */
  size_t               n_component;
  float               *weight; /* (n_row, n_component) (K + r)^-1 (z - mean) along the basis */
  float *basis;     /* (n_component, n_energy) orthonormal; NULL: the energies themselves, n_component of them */
  float *deviation; /* (n_energy) */
} cuxas_kernel;

/* What is learnt from. */
typedef struct {
  size_t       n_row, n_feature, n_energy;
  const float *feature; /* (n_row, n_feature) */
  const float *z;       /* (n_row, n_energy) */
} cuxas_kernel_rows;

enum { CUXAS_KERNEL_CHOICE = 1000 };

#define CUXAS_KERNEL_SLACK 0.01 /* errors that much apart are alike (our choice) */

/* cuxas_kernel_choose() - length and ridge with the least leave-one-group-out error
 *
 * Of lengths 0.35 ... 2.8 times the median distance between rows and ridges 0.003 ... 1, those with which rows are predicted
 * best (mean absolute difference of z) from the rows of other groups; exactly, without fitting anew
 * (S. Sundararajan, S. S. Keerthi, Neural Comput. 13, 1103 (2001), doi:10.1162/08997660151134343, for whole groups).
 * Of more than CUXAS_KERNEL_CHOICE rows so many, drawn by groups, are asked. Of shapes that are as good within
 * CUXAS_KERNEL_SLACK the one with the smallest ridge is taken: with it, rows learnt from come out as they went in.
 *
  *   group  (n_row) any numbers
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer than 2 rows, or all are alike; CUXAS_ENUMERIC; CUXAS_ENOMEM. */
cuxas_status cuxas_kernel_choose(cuxas_kernel_kind kind, const cuxas_kernel_rows *rows, const size_t *group,
                                 cuxas_kernel_shape *ret_shape, cuxas_error *err);

#define CUXAS_KERNEL_RESIDUAL 0.003 /* a tenth of what predictions are off by, at most (our choice) */

/* cuxas_kernel_fit() - learns from rows; arguments as above; the caller frees the result with cuxas_kernel_free()
 *
 * Spectra are kept along as few principal components as leave CUXAS_KERNEL_RESIDUAL of z (root mean square).
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no row, or more than BLAS can count; CUXAS_ENUMERIC not positive definite; CUXAS_ENOMEM. */
cuxas_status cuxas_kernel_fit(cuxas_kernel_shape shape, const cuxas_kernel_rows *rows, cuxas_kernel **ret_kernel,
                              cuxas_error *err);

/* What a file keeps of a machine, besides its rows; shapes as in cuxas_kernel. */
typedef struct {
  const float *mean, *weight, *deviation, *opt_basis;
  size_t       n_component; /* n_energy without a basis */
} cuxas_kernel_parts;

/* cuxas_kernel_restore() - one that was fitted before
 *
 *   rows      their features, copied; z is not read
 *   opt_like  a machine of the very same rows: it lends its own, and rows->feature is not read. Not while other threads
 *             make or free machines of these rows
 *   parts     copied
 *
 * Returns  as cuxas_kernel_fit(). */
cuxas_status cuxas_kernel_restore(cuxas_kernel_shape shape, const cuxas_kernel_rows *rows, const cuxas_kernel *opt_like,
                                  const cuxas_kernel_parts *parts, cuxas_kernel **ret_kernel, cuxas_error *err);

/* cuxas_kernel_free() - accepts NULL */
void cuxas_kernel_free(cuxas_kernel *kernel);

/* Distances of new rows from those learnt from: for machines of the same rows they need be found only once. */
typedef struct cuxas_kernel_near cuxas_kernel_near;

enum { CUXAS_KERNEL_NEAR = 64 };

/* cuxas_kernel_predict() - z of new rows
 *
 * The variance is that of a process which knows the CUXAS_KERNEL_NEAR nearest rows alone: never less than that of one which
 * knows all, and hardly more (A. V. Vecchia, J. R. Stat. Soc. B 50, 297 (1988)), but no matrix of all rows is factorised.
 *
 *   feature     (n_new, n_feature)
 *   io_near     what an earlier call with the same new rows found, or NULL in it; the caller frees it with
 *               cuxas_kernel_near_free(). NULL: nothing is kept
 *   ret_z       (n_new, n_energy)
 *   ret_spread  (n_new) square root of 1 + r - k^T (K + r)^-1 k: times deviation it is the standard deviation of z
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE too many rows for BLAS; CUXAS_ENUMERIC; CUXAS_ENOMEM. */
cuxas_status cuxas_kernel_predict(const cuxas_kernel *kernel, const float *feature, size_t n_new,
                                  cuxas_kernel_near **io_near, float *ret_z, double *ret_spread, cuxas_error *err);

/* cuxas_kernel_near_absolute() - sums of absolute differences (n_new, n_row) from the rows of a machine; NULL: not known */
const double *cuxas_kernel_near_absolute(const cuxas_kernel_near *near, const cuxas_kernel *kernel);

/* cuxas_kernel_near_free() - accepts NULL */
void cuxas_kernel_near_free(cuxas_kernel_near *near);

/* cuxas_kernel_move() - a spectrum moved up by some steps of its grid, by linear interpolation; held at its ends
 *
 *   mu, ret_mu  (n_energy), not the same
 *   n_step      any number, negative: down */
void cuxas_kernel_move(const float *mu, size_t n_energy, double n_step, float *ret_mu);

/* cuxas_kernel_log(), cuxas_kernel_exp() - mu to z (negative mu as 0), and back (never negative) */
float cuxas_kernel_log(float mu);
float cuxas_kernel_exp(float z);

#endif
