/* Gaussian process regression.
 *
 *   distances  between rows, and the kernel of them
 *   algebra    Cholesky factor, solutions, inverse: LAPACK
 *   fit        weights and deviations
 *   choose     leave-one-group-out
 *   predict */
#include "predict/kernel.h"

#include "base/memory.h"
#include "predict/m3gnet_priv.h"

#include <cblas.h>
#include <gsl/gsl_sort.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <pthread.h>
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

/* Distances grow feature by feature, all rows at once: so compilers make vectors of it, and every sum has the same order. */

CUXAS_M3GNET_CLONES static void add_absolute(double a, const float *column, size_t n, double *sum)
{
#pragma omp simd
  for (size_t j = 0; j < n; j++) sum[j] += fabs(a - (double)column[j]);
}

CUXAS_M3GNET_CLONES static void add_square(double a, const float *column, size_t n, double *sum)
{
#pragma omp simd
  for (size_t j = 0; j < n; j++) sum[j] += (a - (double)column[j]) * (a - (double)column[j]);
}

/* fill_distances() - ret_distance (n_a, n_b) between rows of a (n_a, n_feature) and columns of b (n_feature, n_b) */
static void fill_distances(cuxas_kernel_kind kind, const float *a, size_t n_a, const float *b, size_t n_b,
                           size_t n_feature, double *ret_distance)
{
  memset(ret_distance, 0, n_a * n_b * sizeof *ret_distance);
  for (size_t i = 0; i < n_a; i++, ret_distance += n_b) {
    for (size_t k = 0; k < n_feature; k++)
      (kind == CUXAS_KERNEL_LAPLACE ? add_absolute : add_square)((double)a[i * n_feature + k], b + k * n_b, n_b,
                                                                 ret_distance);
    for (size_t j = 0; kind == CUXAS_KERNEL_EXPONENTIAL && j < n_b; j++) ret_distance[j] = sqrt(ret_distance[j]);
  }
}

/* turn() - ret_column (n_feature, n_row) of row (n_row, n_feature) */
static void turn(const float *row, size_t n_row, size_t n_feature, float *ret_column)
{
  for (size_t i = 0; i < n_row; i++)
    for (size_t k = 0; k < n_feature; k++) ret_column[k * n_row + i] = row[i * n_feature + k];
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

/* ---- the factor ------------------------------------------------------------------------------------------------- */

/* Found by whichever thread needs it first; machines of the same rows and shape have it in common. */
struct cuxas_kernel_factor {
  size_t          n_user; /* machines */
  pthread_mutex_t lock;
  double         *value; /* (n_row, n_row) upper Cholesky factor of K + r, column-major; NULL: not found yet */
};

static struct cuxas_kernel_factor *new_factor(void)
{
  struct cuxas_kernel_factor *factor = cuxas_new(NULL, 1, sizeof *factor);
  if (factor == NULL) return NULL;
  factor->n_user = 1;
  pthread_mutex_init(&factor->lock, NULL);
  return factor;
}

static void free_factor(struct cuxas_kernel_factor *factor)
{
  if (factor == NULL || --factor->n_user > 0) return;
  pthread_mutex_destroy(&factor->lock);
  free(factor->value);
  free(factor);
}

static cuxas_status compute_factor(const cuxas_kernel *kernel, double **ret_value, cuxas_error *err)
{
  const size_t n        = kernel->n_row;
  double      *distance = cuxas_new(err, n, n * sizeof *distance), *value = cuxas_new(err, n, n * sizeof *value);
  cuxas_status status = distance != NULL && value != NULL ? CUXAS_OK : cuxas_no_memory(err);
  if (status == CUXAS_OK) {
    fill_distances(kernel->shape.kind, kernel->feature, n, kernel->column, n, kernel->n_feature, distance);
    fill_matrix(kernel->shape, distance, n, value);
    status = factorise(value, n, err);
  }
  if (status == CUXAS_OK)
    *ret_value = value;
  else
    free(value);
  free(distance);
  return status;
}

static cuxas_status find_factor(const cuxas_kernel *kernel, const double **ret_value, cuxas_error *err)
{
  struct cuxas_kernel_factor *factor = kernel->factor;
  cuxas_status                status = CUXAS_OK;
  pthread_mutex_lock(&factor->lock);
  if (factor->value == NULL) status = compute_factor(kernel, &factor->value, err);
  *ret_value = factor->value;
  pthread_mutex_unlock(&factor->lock);
  return status;
}

bool cuxas_kernel_share(cuxas_kernel *kernel, const cuxas_kernel *other)
{
  const cuxas_kernel_shape *a = &kernel->shape, *b = &other->shape;
  if (a->kind != b->kind || a->length != b->length || a->ridge != b->ridge || kernel->n_row != other->n_row ||
      kernel->n_feature != other->n_feature || kernel->factor->value != NULL ||
      memcmp(kernel->feature, other->feature, kernel->n_row * kernel->n_feature * sizeof *kernel->feature) != 0)
    return false;
  free_factor(kernel->factor);
  kernel->factor = other->factor;
  kernel->factor->n_user++;
  return true;
}

static cuxas_status check_size(size_t n_row, size_t n_energy, cuxas_error *err)
{
  if (n_row > 0 && n_row <= INT_MAX && n_energy <= INT_MAX) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ERANGE, "a kernel machine cannot learn from %zu rows of %zu values", n_row, n_energy);
}

/* ---- fit -------------------------------------------------------------------------------------------------------- */

static cuxas_status new_kernel(cuxas_kernel_shape shape, const cuxas_kernel_rows *rows, cuxas_kernel **ret_kernel,
                               cuxas_error *err)
{
  const size_t  n_row = rows->n_row, n_feature = rows->n_feature, n_energy = rows->n_energy;
  cuxas_status  status = check_size(n_row, n_energy, err);
  cuxas_kernel *kernel = status == CUXAS_OK ? cuxas_new(err, 1, sizeof *kernel) : NULL;
  if (status != CUXAS_OK) return status;
  if (kernel == NULL) return cuxas_no_memory(err);
  *kernel = (cuxas_kernel){.shape = shape, .n_row = n_row, .n_feature = n_feature, .n_energy = n_energy};
  if ((kernel->feature = cuxas_new(err, n_row, n_feature * sizeof *kernel->feature)) == NULL ||
      (kernel->column = cuxas_new(err, n_feature, n_row * sizeof *kernel->column)) == NULL ||
      (kernel->mean = cuxas_new(err, n_energy, sizeof *kernel->mean)) == NULL ||
      (kernel->weight = cuxas_new(err, n_row, n_energy * sizeof *kernel->weight)) == NULL ||
      (kernel->deviation = cuxas_new(err, n_energy, sizeof *kernel->deviation)) == NULL ||
      (kernel->factor = new_factor()) == NULL) {
    cuxas_kernel_free(kernel);
    return cuxas_no_memory(err);
  }
  memcpy(kernel->feature, rows->feature, n_row * n_feature * sizeof *kernel->feature);
  turn(rows->feature, n_row, n_feature, kernel->column);
  *ret_kernel = kernel;
  return CUXAS_OK;
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

cuxas_status cuxas_kernel_fit(cuxas_kernel_shape shape, const cuxas_kernel_rows *rows, cuxas_kernel **ret_kernel,
                              cuxas_error *err)
{
  const size_t  n_row = rows->n_row, n_energy = rows->n_energy;
  const float  *z      = rows->z;
  cuxas_kernel *kernel = NULL;
  const double *factor;
  *ret_kernel         = NULL;
  cuxas_status status = new_kernel(shape, rows, &kernel, err);
  if (status != CUXAS_OK) return status;
  if ((status = find_factor(kernel, &factor, err)) != CUXAS_OK) {
    cuxas_kernel_free(kernel);
    return status;
  }
  double *right = cuxas_new(err, n_energy, n_row * sizeof *right); /* (n_energy, n_row) */
  if (right == NULL) {
    cuxas_kernel_free(kernel);
    return cuxas_no_memory(err);
  }
  average(z, n_row, n_energy, kernel->mean);
  for (size_t j = 0; j < n_energy; j++)
    for (size_t i = 0; i < n_row; i++) right[j * n_row + i] = (double)z[i * n_energy + j] - kernel->mean[j];
  solve(factor, n_row, right, n_energy);
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

cuxas_status cuxas_kernel_restore(cuxas_kernel_shape shape, const cuxas_kernel_rows *rows, const float *mean,
                                  const float *weight, const float *deviation, cuxas_kernel **ret_kernel,
                                  cuxas_error *err)
{
  const size_t  n_row = rows->n_row, n_energy = rows->n_energy;
  cuxas_kernel *kernel = NULL;
  *ret_kernel          = NULL;
  cuxas_status status  = new_kernel(shape, rows, &kernel, err);
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
  free(kernel->column);
  free(kernel->mean);
  free(kernel->weight);
  free(kernel->deviation);
  free_factor(kernel->factor);
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

static cuxas_status new_trial(cuxas_kernel_kind kind, const cuxas_kernel_rows *rows, const size_t *group, trial *t,
                              cuxas_error *err)
{
  const size_t n_row = rows->n_row, n_feature = rows->n_feature, n_energy = rows->n_energy;
  const float *feature = rows->feature, *z = rows->z;
  float *mean = cuxas_new(err, n_energy, sizeof *mean), *column = cuxas_new(err, n_feature, n_row * sizeof *column);
  *t          = (trial){.n_row = n_row, .n_energy = n_energy, .group = group};
  t->distance = cuxas_new(err, n_row, n_row * sizeof(double));
  t->centred  = cuxas_new(err, n_row, n_energy * sizeof(double));
  t->inverse  = cuxas_new(err, n_row, n_row * sizeof(double));
  t->weight   = cuxas_new(err, n_row, n_energy * sizeof(double));
  t->block    = cuxas_new(err, n_row, n_row * sizeof(double));
  t->residual = cuxas_new(err, n_row, n_energy * sizeof(double));
  t->member   = cuxas_new(err, n_row, sizeof(size_t));
  if (mean == NULL || column == NULL || t->distance == NULL || t->centred == NULL || t->inverse == NULL ||
      t->weight == NULL || t->block == NULL || t->residual == NULL || t->member == NULL) {
    free(mean);
    free(column);
    free_trial(t);
    return cuxas_no_memory(err);
  }
  average(z, n_row, n_energy, mean);
  for (size_t i = 0; i < n_row; i++)
    for (size_t j = 0; j < n_energy; j++) t->centred[i * n_energy + j] = (double)z[i * n_energy + j] - (double)mean[j];
  turn(feature, n_row, n_feature, column);
  fill_distances(kind, feature, n_row, column, n_row, n_feature, t->distance);
  free(column);
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

cuxas_status cuxas_kernel_choose(cuxas_kernel_kind kind, const cuxas_kernel_rows *rows, const size_t *group,
                                 cuxas_kernel_shape *ret_shape, cuxas_error *err)
{
  trial        t;
  double       least  = INFINITY;
  cuxas_status status = check_size(rows->n_row, rows->n_energy, err);
  if (status == CUXAS_OK && rows->n_row < 2)
    status = cuxas_fail(err, CUXAS_ERANGE, "no kernel can be chosen from one row");
  if (status == CUXAS_OK) status = new_trial(kind, rows, group, &t, err);
  if (status != CUXAS_OK) return status;

  const double median = median_distance(&t);
  if (!(median > 0.0)) status = cuxas_fail(err, CUXAS_ERANGE, "the features of %zu rows are alike", rows->n_row);
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
  const size_t  n_row = kernel->n_row, n_energy = kernel->n_energy;
  const double *factor;
  if (n_new > INT_MAX) return cuxas_fail(err, CUXAS_ERANGE, "%zu sites are too many at once", n_new);
  const cuxas_status status = find_factor(kernel, &factor, err);
  if (status != CUXAS_OK) return status;
  double *k = cuxas_new(err, n_new, 2 * n_row * sizeof *k), *solved = k != NULL ? k + n_new * n_row : NULL;
  float  *k_single = cuxas_new(err, n_new, n_row * sizeof *k_single);
  if (k == NULL || k_single == NULL) {
    free(k);
    free(k_single);
    return cuxas_no_memory(err);
  }
  fill_distances(kernel->shape.kind, feature, n_new, kernel->column, n_row, kernel->n_feature, k);
  for (size_t i = 0; i < n_new * n_row; i++) {
    k[i] = solved[i] = exp(-k[i] / kernel->shape.length);
    k_single[i]      = (float)k[i];
  }
  for (size_t i = 0; i < n_new; i++) memcpy(ret_z + i * n_energy, kernel->mean, n_energy * sizeof *ret_z);
  if (n_new > 0)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n_new, (int)n_energy, (int)n_row, 1.0f, k_single,
                (int)n_row, kernel->weight, (int)n_energy, 1.0f, ret_z, (int)n_energy);
  if (n_new > 0) solve(factor, n_row, solved, n_new);
  for (size_t i = 0; i < n_new; i++) {
    double explained = 0.0;
    for (size_t j = 0; j < n_row; j++) explained += k[i * n_row + j] * solved[i * n_row + j];
    ret_spread[i] = sqrt(fmax(1.0 + kernel->shape.ridge - explained, 0.0));
  }
  free(k);
  free(k_single);
  return CUXAS_OK;
}
