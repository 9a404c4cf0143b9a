/* reduction.c - raw features -> fewer, uncorrelated ones: principal components with a chosen degree of whitening */
#include "learn/reduction.h"

#include "base/memory.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_eigen.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define NEVER_CHANGES 1e-6 /* a raw feature whose standard deviation is below this part of its size */
#define NO_COMPONENT 1e-8  /* a component whose variance is below this part of the largest is rounding error */

/* Everything on the way from the examples to the matrix. */
typedef struct {
  size_t      n_row, n_raw, n_small; /* n_small: the smaller of the two, size of the eigenvalue problem */
  double     *mean, *scale;          /* (n_raw) z = (raw - mean) scale; scale 0: the feature is ignored */
  double     *z;                     /* (n_row, n_raw) */
  gsl_matrix *product;               /* (n_small, n_small) z^T z or z z^T: they have the same eigenvalues */
  gsl_matrix *vector;                /* (n_small, n_small) its eigenvectors, by columns */
  gsl_vector *value;                 /* (n_small) falling */
  gsl_eigen_symmv_workspace *space;
} analysis;

static void free_analysis(analysis *a)
{
  free(a->mean);
  free(a->scale);
  free(a->z);
  if (a->product != NULL) gsl_matrix_free(a->product);
  if (a->vector != NULL) gsl_matrix_free(a->vector);
  if (a->value != NULL) gsl_vector_free(a->value);
  if (a->space != NULL) gsl_eigen_symmv_free(a->space);
}

static cuxas_status new_analysis(size_t n_row, size_t n_raw, analysis *a, cuxas_error *err)
{
  *a       = (analysis){.n_row = n_row, .n_raw = n_raw, .n_small = n_row < n_raw ? n_row : n_raw};
  a->mean  = cuxas_new_array(n_raw, sizeof *a->mean);
  a->scale = cuxas_new_array(n_raw, sizeof *a->scale);
  a->z     = cuxas_new_array(n_row, n_raw * sizeof *a->z);
  if (a->mean != NULL && a->scale != NULL && a->z != NULL) {
    a->product = gsl_matrix_alloc(a->n_small, a->n_small);
    a->vector  = gsl_matrix_alloc(a->n_small, a->n_small);
    a->value   = gsl_vector_alloc(a->n_small);
    a->space   = gsl_eigen_symmv_alloc(a->n_small);
    if (a->product != NULL && a->vector != NULL && a->value != NULL && a->space != NULL) return CUXAS_OK;
  }
  free_analysis(a);
  return cuxas_fail(err, CUXAS_ENOMEM, "no memory to reduce %zu features of %zu sites", n_raw, n_row);
}

static void standardise(const float *raw, analysis *a)
{
  const size_t n_row = a->n_row, n_raw = a->n_raw;
  for (size_t j = 0; j < n_raw; j++) {
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < n_row; i++) sum += raw[i * n_raw + j];
    a->mean[j] = sum / (double)n_row;
    for (size_t i = 0; i < n_row; i++) square += pow(raw[i * n_raw + j] - a->mean[j], 2.0);
    const double deviation = sqrt(square / (double)n_row);
    a->scale[j]            = deviation > NEVER_CHANGES * fabs(a->mean[j]) && deviation > 0.0 ? 1.0 / deviation : 0.0;
    for (size_t i = 0; i < n_row; i++) a->z[i * n_raw + j] = (raw[i * n_raw + j] - a->mean[j]) * a->scale[j];
  }
}

/* diagonalise() - of z^T z (n_raw) or z z^T (n_row), whichever is smaller */
static int diagonalise(analysis *a)
{
  const gsl_matrix_view z = gsl_matrix_view_array(a->z, a->n_row, a->n_raw);
  if (a->n_small == a->n_raw)
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, &z.matrix, &z.matrix, 0.0, a->product);
  else
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, &z.matrix, &z.matrix, 0.0, a->product);
  const int failed = gsl_eigen_symmv(a->product, a->value, a->vector, a->space);
  gsl_eigen_symmv_sort(a->value, a->vector, GSL_EIGEN_SORT_VAL_DESC);
  return failed;
}

/* find_direction() - component k as a unit vector over the standardised raw features, its sign settled */
static void find_direction(const analysis *a, size_t k, double *ret_direction)
{
  for (size_t j = 0; j < a->n_raw; j++) ret_direction[j] = 0.0;
  if (a->n_small == a->n_raw)
    for (size_t j = 0; j < a->n_raw; j++) ret_direction[j] = gsl_matrix_get(a->vector, j, k);
  else
    for (size_t i = 0; i < a->n_row; i++)
      for (size_t j = 0; j < a->n_raw; j++)
        ret_direction[j] +=
            gsl_matrix_get(a->vector, i, k) * a->z[i * a->n_raw + j] / sqrt(gsl_vector_get(a->value, k));

  size_t largest = 0;
  for (size_t j = 1; j < a->n_raw; j++) /* of nearly equal ones the first: rounding must not decide */
    if (fabs(ret_direction[j]) > fabs(ret_direction[largest]) * (1.0 + 1e-6)) largest = j;
  if (ret_direction[largest] < 0.0)
    for (size_t j = 0; j < a->n_raw; j++) ret_direction[j] = -ret_direction[j];
}

/* fill_matrix() - rows of the matrix: components over their deviation^whitening, one common factor for mean square 1 */
static void fill_matrix(const analysis *a, double whitening, double *work, cuxas_reduction *reduction)
{
  double mean_square = 0.0;
  for (size_t k = 0; k < reduction->n_component; k++)
    mean_square += pow(gsl_vector_get(a->value, k) / (double)a->n_row, 1.0 - whitening);
  const double factor = sqrt((double)reduction->n_component / mean_square);

  for (size_t k = 0; k < reduction->n_component; k++) {
    const double variance = gsl_vector_get(a->value, k) / (double)a->n_row;
    find_direction(a, k, work);
    for (size_t j = 0; j < a->n_raw; j++)
      reduction->matrix[k * a->n_raw + j] = (float)(factor * pow(variance, -0.5 * whitening) * work[j] * a->scale[j]);
  }
}

cuxas_status cuxas_reduction_new(const float *raw, size_t n_row, size_t n_raw, size_t n_feature, double whitening,
                                 cuxas_reduction **ret_reduction, cuxas_error *err)
{
  cuxas_status     status    = CUXAS_OK;
  analysis         a         = {0};
  cuxas_reduction *reduction = NULL;
  double          *work      = NULL;

  *ret_reduction = NULL;
  if (n_row < 2 || n_raw == 0 || n_row > INT_MAX || n_raw > INT_MAX)
    return cuxas_fail(err, CUXAS_ERANGE, "cannot reduce %zu features of %zu sites", n_raw, n_row);
  const bool is_rotated = n_feature > 0;
  if (!is_rotated) n_feature = n_raw;
  if ((status = new_analysis(n_row, n_raw, &a, err)) != CUXAS_OK) return status;
  if ((reduction = cuxas_new_array(1, sizeof *reduction)) == NULL ||
      (reduction->mean = cuxas_new_array(n_raw, sizeof *reduction->mean)) == NULL ||
      (reduction->matrix = cuxas_new_array(n_feature, n_raw * sizeof *reduction->matrix)) == NULL ||
      (work = cuxas_new_array(n_raw, sizeof *work)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory to reduce %zu features of %zu sites", n_raw, n_row);
    goto done;
  }
  reduction->n_raw     = n_raw;
  reduction->n_feature = n_feature;

  standardise(raw, &a);
  for (size_t j = 0; j < n_raw; j++) reduction->mean[j] = (float)a.mean[j];
  if (!is_rotated) {
    for (size_t j = 0; j < n_raw; j++) reduction->matrix[j * n_raw + j] = (float)a.scale[j];
    for (size_t j = 0; j < n_raw; j++) reduction->n_component += a.scale[j] > 0.0;
    if (reduction->n_component == 0) {
      status = cuxas_fail(err, CUXAS_ERANGE, "the features of all %zu sites are alike", n_row);
      goto done;
    }
    *ret_reduction = reduction;
    reduction      = NULL;
    goto done;
  }
  if (diagonalise(&a) != 0) {
    status = cuxas_fail(err, CUXAS_ENUMERIC, "the principal components of %zu features did not converge", n_raw);
    goto done;
  }
  const double largest = gsl_vector_get(a.value, 0);
  if (!(largest > 0.0)) {
    status = cuxas_fail(err, CUXAS_ERANGE, "the features of all %zu sites are alike", n_row);
    goto done;
  }
  while (reduction->n_component < n_feature && reduction->n_component < a.n_small &&
         gsl_vector_get(a.value, reduction->n_component) > NO_COMPONENT * largest)
    reduction->n_component++;
  fill_matrix(&a, whitening, work, reduction);
  *ret_reduction = reduction;
  reduction      = NULL;
done:
  free(work);
  cuxas_reduction_free(reduction);
  free_analysis(&a);
  return status;
}

void cuxas_reduction_free(cuxas_reduction *reduction)
{
  if (reduction == NULL) return;
  free(reduction->mean);
  free(reduction->matrix);
  free(reduction);
}

void cuxas_reduction_apply(const cuxas_reduction *reduction, const float *raw, size_t n_row, float *ret_feature)
{
  for (size_t i = 0; i < n_row; i++)
    for (size_t k = 0; k < reduction->n_feature; k++) {
      const float *row = reduction->matrix + k * reduction->n_raw;
      float        sum = 0.0f;
      for (size_t j = 0; j < reduction->n_raw; j++)
        sum += row[j] * (raw[i * reduction->n_raw + j] - reduction->mean[j]);
      ret_feature[i * reduction->n_feature + k] = sum;
    }
}
