/* Gaussian process regression.
 *
 *   distances  between rows, and the kernel of them
 *   algebra    Cholesky factor, solutions, inverse: LAPACK
 *   fit        weights and deviations
 *   choose     leave-one-group-out
 *   predict */
#include "predict/kernel.h"

#include "base/memory.h"

#include <cblas.h>
#include <gsl/gsl_sort.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* LAPACK, which OpenBLAS contains; character arguments' lengths follow at the end, as Fortran compilers pass them. */
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
void dpotrs_(const char *uplo, const int *n, const int *n_rhs, const double *a, const int *lda, double *b,
             const int *ldb, int *info, size_t);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);

static const double LENGTHS[] = {0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8}; /* of the median distance */
static const double RIDGES[]  = {0.003, 0.01, 0.03, 0.1, 0.3, 1.0};

const char *cuxas_kernel_name(cuxas_kernel_kind kind)
{
  return kind == CUXAS_KERNEL_EXPONENTIAL ? "exponential" : "laplace";
}

cuxas_status cuxas_kernel_from_name(const char *name, cuxas_kernel_kind *ret_kind, cuxas_error *err)
{
  for (int kind = CUXAS_KERNEL_LAPLACE; kind <= CUXAS_KERNEL_EXPONENTIAL; kind++)
    if (strcmp(name, cuxas_kernel_name((cuxas_kernel_kind)kind)) == 0) {
      *ret_kind = (cuxas_kernel_kind)kind;
      return CUXAS_OK;
    }
  return cuxas_fail(err, CUXAS_ERANGE, "unknown kernel \"%s\" (laplace, exponential)", name);
}

float cuxas_kernel_log(float mu)
{
  return logf(fmaxf(mu, 0.0f) + (float)CUXAS_KERNEL_OFFSET);
}

float cuxas_kernel_exp(float z)
{
  return fmaxf(expf(z) - (float)CUXAS_KERNEL_OFFSET, 0.0f);
}

void cuxas_kernel_move(const float *mu, size_t n_energy, double n_step, float *ret_mu)
{
  const double last = (double)(n_energy - 1);
  for (size_t i = 0; i < n_energy; i++) {
    const double at    = fmin(fmax((double)i - n_step, 0.0), last);
    const size_t below = at < last ? (size_t)at : n_energy - 2;
    const float  part  = (float)(at - (double)below);
    ret_mu[i]          = (1.0f - part) * mu[below] + part * mu[below + 1];
  }
}

/* ---- distances -------------------------------------------------------------------------------------------------- */

static double distance_of(cuxas_kernel_kind kind, const float *a, const float *b, size_t n)
{
  double sum = 0.0;
  if (kind == CUXAS_KERNEL_LAPLACE) {
    for (size_t i = 0; i < n; i++) sum += fabs((double)a[i] - (double)b[i]);
    return sum;
  }
  for (size_t i = 0; i < n; i++) sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
  return sqrt(sum);
}

/* fill_distances() - ret_distance (n_a, n_b) */
static void fill_distances(cuxas_kernel_kind kind, const float *a, size_t n_a, const float *b, size_t n_b,
                           size_t n_feature, double *ret_distance)
{
  for (size_t i = 0; i < n_a; i++)
    for (size_t j = 0; j < n_b; j++)
      ret_distance[i * n_b + j] = distance_of(kind, a + i * n_feature, b + j * n_feature, n_feature);
}

/* fill_matrix() - K + ridge of n rows from their distances */
static void fill_matrix(cuxas_kernel_shape shape, const double *distance, size_t n, double *ret_matrix)
{
  for (size_t i = 0; i < n * n; i++) ret_matrix[i] = exp(-distance[i] / shape.length);
  for (size_t i = 0; i < n; i++) ret_matrix[i * n + i] += shape.ridge;
}

/* ---- algebra: symmetric matrices, so that row- and column-major are one; upper triangles in LAPACK's view ------- */

static cuxas_status factorise(double *matrix, size_t n, cuxas_error *err)
{
  const int size = (int)n;
  int       info = 0;
  dpotrf_("U", &size, matrix, &size, &info, 1);
  if (info == 0) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ENUMERIC, "the kernel matrix of %zu rows is not positive definite: raise the ridge", n);
}

/* solve() - (K + r) x = b in place; right (n_right, n): each row one right-hand side */
static void solve(const double *factor, size_t n, double *right, size_t n_right)
{
  const int size = (int)n, count = (int)n_right;
  int       info = 0;
  dpotrs_("U", &size, &count, factor, &size, right, &size, &info, 1);
}

/* invert() - of a factorised matrix, both triangles filled */
static cuxas_status invert(double *factor, size_t n, cuxas_error *err)
{
  const int size = (int)n;
  int       info = 0;
  dpotri_("U", &size, factor, &size, &info, 1);
  if (info != 0) return cuxas_fail(err, CUXAS_ENUMERIC, "the kernel matrix of %zu rows cannot be inverted", n);
  for (size_t i = 0; i < n; i++) /* LAPACK's upper triangle is our lower one */
    for (size_t j = 0; j < i; j++) factor[j * n + i] = factor[i * n + j];
  return CUXAS_OK;
}

static cuxas_status check_size(size_t n_row, size_t n_energy, cuxas_error *err)
{
  if (n_row > 0 && n_row <= INT_MAX && n_energy <= INT_MAX) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ERANGE, "a kernel machine cannot learn from %zu rows of %zu values", n_row, n_energy);
}

/* ---- fit -------------------------------------------------------------------------------------------------------- */

static cuxas_status new_kernel(cuxas_kernel_shape shape, const float *feature, size_t n_row, size_t n_feature,
                               size_t n_energy, cuxas_kernel **ret_kernel, cuxas_error *err)
{
  cuxas_status  status   = check_size(n_row, n_energy, err);
  cuxas_kernel *kernel   = status == CUXAS_OK ? cuxas_new_array(1, sizeof *kernel) : NULL;
  double       *distance = NULL;
  if (status != CUXAS_OK) return status;
  if (kernel == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a kernel machine");
  *kernel = (cuxas_kernel){.shape = shape, .n_row = n_row, .n_feature = n_feature, .n_energy = n_energy};
  if ((kernel->feature = cuxas_new_array(n_row, n_feature * sizeof *kernel->feature)) == NULL ||
      (kernel->mean = cuxas_new_array(n_energy, sizeof *kernel->mean)) == NULL ||
      (kernel->weight = cuxas_new_array(n_row, n_energy * sizeof *kernel->weight)) == NULL ||
      (kernel->deviation = cuxas_new_array(n_energy, sizeof *kernel->deviation)) == NULL ||
      (kernel->factor = cuxas_new_array(n_row, n_row * sizeof *kernel->factor)) == NULL ||
      (distance = cuxas_new_array(n_row, n_row * sizeof *distance)) == NULL) {
    cuxas_kernel_free(kernel);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a kernel machine of %zu rows", n_row);
  }
  memcpy(kernel->feature, feature, n_row * n_feature * sizeof *feature);
  fill_distances(shape.kind, feature, n_row, feature, n_row, n_feature, distance);
  fill_matrix(shape, distance, n_row, kernel->factor);
  free(distance);
  if ((status = factorise(kernel->factor, n_row, err)) != CUXAS_OK)
    cuxas_kernel_free(kernel);
  else
    *ret_kernel = kernel;
  return status;
}

/* average() - ret_mean (n_energy) of z (n_row, n_energy) */
static void average(const float *z, size_t n_row, size_t n_energy, float *ret_mean)
{
  for (size_t j = 0; j < n_energy; j++) {
    double sum = 0.0;
    for (size_t i = 0; i < n_row; i++) sum += z[i * n_energy + j];
    ret_mean[j] = (float)(sum / (double)n_row);
  }
}

cuxas_status cuxas_kernel_fit(cuxas_kernel_shape shape, const float *feature, size_t n_row, size_t n_feature,
                              const float *z, size_t n_energy, cuxas_kernel **ret_kernel, cuxas_error *err)
{
  cuxas_kernel *kernel = NULL;
  *ret_kernel          = NULL;
  cuxas_status status  = new_kernel(shape, feature, n_row, n_feature, n_energy, &kernel, err);
  if (status != CUXAS_OK) return status;
  double *right = cuxas_new_array(n_energy, n_row * sizeof *right); /* (n_energy, n_row) */
  if (right == NULL) {
    cuxas_kernel_free(kernel);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a kernel machine of %zu rows", n_row);
  }
  average(z, n_row, n_energy, kernel->mean);
  for (size_t j = 0; j < n_energy; j++)
    for (size_t i = 0; i < n_row; i++) right[j * n_row + i] = (double)z[i * n_energy + j] - kernel->mean[j];
  solve(kernel->factor, n_row, right, n_energy);
  for (size_t j = 0; j < n_energy; j++) {
    double sum = 0.0;
    for (size_t i = 0; i < n_row; i++) {
      sum += right[j * n_row + i] * ((double)z[i * n_energy + j] - kernel->mean[j]);
      kernel->weight[i * n_energy + j] = (float)right[j * n_row + i];
    }
    kernel->deviation[j] = (float)sqrt(fmax(sum, 0.0) / (double)n_row);
  }
  free(right);
  *ret_kernel = kernel;
  return CUXAS_OK;
}

cuxas_status cuxas_kernel_restore(cuxas_kernel_shape shape, const float *feature, size_t n_row, size_t n_feature,
                                  const float *mean, const float *weight, const float *deviation, size_t n_energy,
                                  cuxas_kernel **ret_kernel, cuxas_error *err)
{
  cuxas_kernel *kernel = NULL;
  *ret_kernel          = NULL;
  cuxas_status status  = new_kernel(shape, feature, n_row, n_feature, n_energy, &kernel, err);
  if (status != CUXAS_OK) return status;
  memcpy(kernel->mean, mean, n_energy * sizeof *mean);
  memcpy(kernel->weight, weight, n_row * n_energy * sizeof *weight);
  memcpy(kernel->deviation, deviation, n_energy * sizeof *deviation);
  *ret_kernel = kernel;
  return CUXAS_OK;
}

void cuxas_kernel_free(cuxas_kernel *kernel)
{
  if (kernel == NULL) return;
  free(kernel->feature);
  free(kernel->mean);
  free(kernel->weight);
  free(kernel->deviation);
  free(kernel->factor);
  free(kernel);
}

/* ---- choose ----------------------------------------------------------------------------------------------------- */

/* What all trials share. */
typedef struct {
  size_t        n_row, n_energy;
  const size_t *group;
  double       *distance; /* (n_row, n_row) */
  double       *centred;  /* (n_row, n_energy) z - mean */
  double       *inverse;  /* (n_row, n_row) */
  double       *weight;   /* (n_row, n_energy) inverse centred */
  double       *block;    /* (n_row, n_row) the inverse's part of one group */
  double       *residual; /* (n_energy, n_row) what a group's rows differ by from their predictions */
  size_t       *member;   /* (n_row) rows of one group */
} trial;

static void free_trial(trial *t)
{
  free(t->distance);
  free(t->centred);
  free(t->inverse);
  free(t->weight);
  free(t->block);
  free(t->residual);
  free(t->member);
}

static cuxas_status new_trial(cuxas_kernel_kind kind, const float *feature, size_t n_row, size_t n_feature,
                              const float *z, size_t n_energy, const size_t *group, trial *t, cuxas_error *err)
{
  float *mean = cuxas_new_array(n_energy, sizeof *mean);
  *t          = (trial){.n_row = n_row, .n_energy = n_energy, .group = group};
  t->distance = cuxas_new_array(n_row, n_row * sizeof(double));
  t->centred  = cuxas_new_array(n_row, n_energy * sizeof(double));
  t->inverse  = cuxas_new_array(n_row, n_row * sizeof(double));
  t->weight   = cuxas_new_array(n_row, n_energy * sizeof(double));
  t->block    = cuxas_new_array(n_row, n_row * sizeof(double));
  t->residual = cuxas_new_array(n_row, n_energy * sizeof(double));
  t->member   = cuxas_new_array(n_row, sizeof(size_t));
  if (mean == NULL || t->distance == NULL || t->centred == NULL || t->inverse == NULL || t->weight == NULL ||
      t->block == NULL || t->residual == NULL || t->member == NULL) {
    free(mean);
    free_trial(t);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory to choose a kernel for %zu rows", n_row);
  }
  average(z, n_row, n_energy, mean);
  for (size_t i = 0; i < n_row; i++)
    for (size_t j = 0; j < n_energy; j++) t->centred[i * n_energy + j] = (double)z[i * n_energy + j] - (double)mean[j];
  fill_distances(kind, feature, n_row, feature, n_row, n_feature, t->distance);
  free(mean);
  return CUXAS_OK;
}

/* median_distance() - between different rows; 0 when most are alike. Uses the inverse as scratch */
static double median_distance(trial *t)
{
  size_t n = 0;
  for (size_t i = 0; i < t->n_row; i++)
    for (size_t j = 0; j < i; j++) t->inverse[n++] = t->distance[i * t->n_row + j];
  gsl_sort(t->inverse, 1, n);
  return t->inverse[n / 2];
}

/* group_error() - sum of absolute differences of the rows of one group, predicted from all others:
 * z_g - z_g(predicted) = ((inverse)_gg)^-1 (inverse centred)_g */
static cuxas_status group_error(trial *t, size_t i_first, double *sum, cuxas_error *err)
{
  size_t n = 0;
  for (size_t i = i_first; i < t->n_row; i++)
    if (t->group[i] == t->group[i_first]) t->member[n++] = i;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) t->block[i * n + j] = t->inverse[t->member[i] * t->n_row + t->member[j]];
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < t->n_energy; j++) t->residual[j * n + i] = t->weight[t->member[i] * t->n_energy + j];
  const cuxas_status status = factorise(t->block, n, err);
  if (status != CUXAS_OK) return status;
  solve(t->block, n, t->residual, t->n_energy);
  for (size_t i = 0; i < n * t->n_energy; i++) *sum += fabs(t->residual[i]);
  return CUXAS_OK;
}

static cuxas_status try_shape(trial *t, cuxas_kernel_shape shape, double *ret_error, cuxas_error *err)
{
  cuxas_status status;
  double       sum = 0.0;
  fill_matrix(shape, t->distance, t->n_row, t->inverse);
  if ((status = factorise(t->inverse, t->n_row, err)) != CUXAS_OK ||
      (status = invert(t->inverse, t->n_row, err)) != CUXAS_OK)
    return status;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)t->n_row, (int)t->n_energy, (int)t->n_row, 1.0,
              t->inverse, (int)t->n_row, t->centred, (int)t->n_energy, 0.0, t->weight, (int)t->n_energy);
  for (size_t i = 0; i < t->n_row; i++) {
    size_t j = 0;
    while (t->group[j] != t->group[i]) j++;
    if (j == i && (status = group_error(t, i, &sum, err)) != CUXAS_OK) return status; /* once for each group */
  }
  *ret_error = sum / (double)(t->n_row * t->n_energy);
  return CUXAS_OK;
}

cuxas_status cuxas_kernel_choose(cuxas_kernel_kind kind, const float *feature, size_t n_row, size_t n_feature,
                                 const float *z, size_t n_energy, const size_t *group, cuxas_kernel_shape *ret_shape,
                                 cuxas_error *err)
{
  trial        t;
  double       least  = INFINITY;
  cuxas_status status = check_size(n_row, n_energy, err);
  if (status == CUXAS_OK && n_row < 2) status = cuxas_fail(err, CUXAS_ERANGE, "no kernel can be chosen from one row");
  if (status == CUXAS_OK) status = new_trial(kind, feature, n_row, n_feature, z, n_energy, group, &t, err);
  if (status != CUXAS_OK) return status;

  const double median = median_distance(&t);
  if (!(median > 0.0)) status = cuxas_fail(err, CUXAS_ERANGE, "the features of %zu rows are alike", n_row);
  for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0] && status == CUXAS_OK; i++)
    for (size_t j = 0; j < sizeof RIDGES / sizeof RIDGES[0] && status == CUXAS_OK; j++) {
      const cuxas_kernel_shape shape = {kind, LENGTHS[i] * median, RIDGES[j]};
      double                   error = INFINITY;
      status                         = try_shape(&t, shape, &error, err);
      if (status == CUXAS_OK && error < least) {
        least      = error;
        *ret_shape = shape;
      }
    }
  free_trial(&t);
  return status;
}

/* ---- predict ---------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_kernel_predict(const cuxas_kernel *kernel, const float *feature, size_t n_new, float *ret_z,
                                  double *ret_spread, cuxas_error *err)
{
  const size_t n_row = kernel->n_row, n_energy = kernel->n_energy;
  if (n_new > INT_MAX) return cuxas_fail(err, CUXAS_ERANGE, "%zu sites are too many at once", n_new);
  double *k = cuxas_new_array(n_new, 2 * n_row * sizeof *k), *solved = k != NULL ? k + n_new * n_row : NULL;
  float  *k_single = cuxas_new_array(n_new, n_row * sizeof *k_single);
  if (k == NULL || k_single == NULL) {
    free(k);
    free(k_single);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory to predict %zu sites from %zu rows", n_new, n_row);
  }
  fill_distances(kernel->shape.kind, feature, n_new, kernel->feature, n_row, kernel->n_feature, k);
  for (size_t i = 0; i < n_new * n_row; i++) {
    k[i] = solved[i] = exp(-k[i] / kernel->shape.length);
    k_single[i]      = (float)k[i];
  }
  for (size_t i = 0; i < n_new; i++) memcpy(ret_z + i * n_energy, kernel->mean, n_energy * sizeof *ret_z);
  if (n_new > 0)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n_new, (int)n_energy, (int)n_row, 1.0f, k_single,
                (int)n_row, kernel->weight, (int)n_energy, 1.0f, ret_z, (int)n_energy);
  if (n_new > 0) solve(kernel->factor, n_row, solved, n_new);
  for (size_t i = 0; i < n_new; i++) {
    double explained = 0.0;
    for (size_t j = 0; j < n_row; j++) explained += k[i * n_row + j] * solved[i * n_row + j];
    ret_spread[i] = sqrt(fmax(1.0 + kernel->shape.ridge - explained, 0.0));
  }
  free(k);
  free(k_single);
  return CUXAS_OK;
}
