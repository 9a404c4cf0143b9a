/* Gaussian process regression.
 *
 *   distances  between rows, and the kernel of them
 *   algebra    Cholesky factor, solutions, inverse, eigenvectors: LAPACK
 *   fit        weights and deviations, along principal components
 *   choose     leave-one-group-out
 *   predict    with the variance left by the nearest rows */
#include "predict/kernel.h"

#include "base/memory.h"
#include "base/random.h"
#include "predict/dense.h"

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
void dsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
            const int *lwork, int *info, size_t, size_t);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);

static const double LENGTHS[] = {0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8}; /* of the median distance */
static const double RIDGES[]  = {0.003, 0.01, 0.03, 0.1, 0.3, 1.0};

enum { N_LENGTH = sizeof LENGTHS / sizeof LENGTHS[0], N_RIDGE = sizeof RIDGES / sizeof RIDGES[0] };

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

/* ---- distances -------------------------------------------------------------------------------------------------- */

/* Rows whose distances are wanted. */
typedef struct {
  size_t       n_a, n_b, n_feature;
  const float *a;        /* (n_a, n_feature) */
  const float *turned;   /* the others (cuxas_turn()) */
  bool         are_same; /* both are the same rows: distances before the diagonal mirror the others */
} row_pairs;

/* fill_distances() - ret_distance (n_a, n_b) */
static void fill_distances(cuxas_kernel_kind kind, const row_pairs *of, double *ret_distance)
{
  enum { N = CUXAS_TURNED_BLOCK };
  const bool   is_absolute = kind == CUXAS_KERNEL_LAPLACE;
  const float *block       = of->turned;
  double       sum[N];
  for (size_t first = 0; first < of->n_b; first += N, block += of->n_feature * N)
    for (size_t i = 0; i < of->n_a && (!of->are_same || i < first + N); i++) {
      cuxas_turned_differences(is_absolute, of->a + i * of->n_feature, block, of->n_feature, sum);
      for (size_t j = first; j < of->n_b && j < first + N; j++) {
        const double distance         = is_absolute ? sum[j - first] : sqrt(sum[j - first]);
        ret_distance[i * of->n_b + j] = distance;
        if (of->are_same) ret_distance[j * of->n_b + i] = distance;
      }
    }
}

/* fill_matrix() - K + ridge of n rows from their distances; up to the diagonal, as factorise() reads no more */
static void fill_matrix(cuxas_kernel_shape shape, const double *distance, size_t n, double *ret_matrix)
{
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j <= i; j++) ret_matrix[i * n + j] = exp(-distance[i * n + j] / shape.length);
    ret_matrix[i * n + i] += shape.ridge;
  }
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

/* find_axes() - eigenvectors of a symmetric matrix in place, one a row, by rising eigenvalue */
static cuxas_status find_axes(double *matrix, size_t n, double *ret_value, cuxas_error *err)
{
  const int size = (int)n, n_work = 34 * size;
  int       info = 0;
  double   *work = cuxas_new(err, n, 34 * sizeof *work);
  if (work == NULL) return CUXAS_ENOMEM;
  dsyev_("V", "U", &size, matrix, &size, ret_value, work, &n_work, &info, 1, 1);
  free(work);
  return info == 0 ? CUXAS_OK : cuxas_fail(err, CUXAS_ENUMERIC, "the principal components of spectra did not converge");
}

static cuxas_status check_size(size_t n_row, size_t n_energy, cuxas_error *err)
{
  if (n_row > 0 && n_row <= INT_MAX && n_energy <= INT_MAX) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ERANGE, "a kernel machine cannot learn from %zu rows of %zu values", n_row, n_energy);
}

/* ---- fit -------------------------------------------------------------------------------------------------------- */

static void free_points(cuxas_kernel_points *points)
{
  if (points == NULL || --points->n_user > 0) return;
  free(points->feature);
  free(points->column);
  free(points);
}

/* new_points() - NULL: no memory */
static cuxas_kernel_points *new_points(const cuxas_kernel_rows *rows)
{
  const size_t         n_row = rows->n_row, n_feature = rows->n_feature;
  cuxas_kernel_points *points = cuxas_new(NULL, 1, sizeof *points);
  if (points == NULL) return NULL;
  *points = (cuxas_kernel_points){.n_user = 1, .n_row = n_row, .n_feature = n_feature};
  if ((points->feature = cuxas_new(NULL, n_row, n_feature * sizeof *points->feature)) == NULL ||
      (points->column = cuxas_new(NULL, n_feature, cuxas_turned_size(n_row) * sizeof *points->column)) == NULL) {
    free_points(points);
    return NULL;
  }
  memcpy(points->feature, rows->feature, n_row * n_feature * sizeof *points->feature);
  cuxas_turn(rows->feature, n_row, n_feature, points->column);
  return points;
}

/* new_kernel() - without weights and basis */
static cuxas_status new_kernel(cuxas_kernel_shape shape, const cuxas_kernel_rows *rows, const cuxas_kernel *opt_like,
                               cuxas_kernel **ret_kernel, cuxas_error *err)
{
  const size_t  n_row = rows->n_row, n_energy = rows->n_energy;
  cuxas_status  status = check_size(n_row, n_energy, err);
  cuxas_kernel *kernel = status == CUXAS_OK ? cuxas_new(err, 1, sizeof *kernel) : NULL;
  if (status != CUXAS_OK) return status;
  if (kernel == NULL) return cuxas_no_memory(err);
  *kernel = (cuxas_kernel){.shape = shape, .n_row = n_row, .n_feature = rows->n_feature, .n_energy = n_energy};
  if (opt_like != NULL) {
    kernel->points = opt_like->points;
    kernel->points->n_user++;
  } else
    kernel->points = new_points(rows);
  if (kernel->points == NULL || (kernel->mean = cuxas_new(err, n_energy, sizeof *kernel->mean)) == NULL ||
      (kernel->deviation = cuxas_new(err, n_energy, sizeof *kernel->deviation)) == NULL) {
    cuxas_kernel_free(kernel);
    return cuxas_no_memory(err);
  }
  *ret_kernel = kernel;
  return CUXAS_OK;
}

/* new_weights() - room for them along n_component axes, or along the energies */
static cuxas_status new_weights(size_t n_component, bool has_basis, cuxas_kernel *kernel, cuxas_error *err)
{
  kernel->n_component = n_component;
  kernel->weight      = cuxas_new(err, kernel->n_row, n_component * sizeof *kernel->weight);
  if (has_basis) kernel->basis = cuxas_new(err, n_component, kernel->n_energy * sizeof *kernel->basis);
  return kernel->weight != NULL && (kernel->basis != NULL || !has_basis) ? CUXAS_OK : cuxas_no_memory(err);
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

/* weigh() - weights of a machine from those at every energy, right (n_energy, n_row): along the fewest principal components
 * of centred (n_row, n_energy) that leave no more than CUXAS_KERNEL_RESIDUAL, unless that saves nothing */
static cuxas_status weigh(const double *centred, const double *right, cuxas_kernel *kernel, cuxas_error *err)
{
  const size_t n_row = kernel->n_row, n_energy = kernel->n_energy;
  double *axis = cuxas_new(err, n_energy, n_energy * sizeof *axis), *value = cuxas_new(err, n_energy, sizeof *value);
  double *weight      = cuxas_new(err, n_energy, n_row * sizeof *weight);
  cuxas_status status = axis != NULL && value != NULL && weight != NULL ? CUXAS_OK : cuxas_no_memory(err);
  size_t       n_left = 0;
  if (status == CUXAS_OK) {
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)n_energy, (int)n_energy, (int)n_row, 1.0 / (double)n_row,
                centred, (int)n_energy, centred, (int)n_energy, 0.0, axis, (int)n_energy);
    status = find_axes(axis, n_energy, value, err);
  }
  const double most = CUXAS_KERNEL_RESIDUAL * CUXAS_KERNEL_RESIDUAL * (double)n_energy;
  for (double sum = 0.0; status == CUXAS_OK && n_left + 1 < n_energy; n_left++)
    if ((sum += fmax(value[n_left], 0.0)) > most) break;
  const size_t  n     = n_energy - n_left;
  const bool    basis = n * (n_row + n_energy) < n_row * n_energy;
  const double *first = status == CUXAS_OK ? axis + n_left * n_energy : NULL;
  if (status == CUXAS_OK) status = new_weights(basis ? n : n_energy, basis, kernel, err);
  if (status == CUXAS_OK && basis) {
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasTrans, (int)n_row, (int)n, (int)n_energy, 1.0, right, (int)n_row, first,
                (int)n_energy, 0.0, weight, (int)n);
    for (size_t i = 0; i < n_row * n; i++) kernel->weight[i] = (float)weight[i];
    for (size_t i = 0; i < n * n_energy; i++) kernel->basis[i] = (float)first[i];
  } else if (status == CUXAS_OK)
    for (size_t i = 0; i < n_row; i++)
      for (size_t j = 0; j < n_energy; j++) kernel->weight[i * n_energy + j] = (float)right[j * n_row + i];
  free(axis);
  free(value);
  free(weight);
  return status;
}

/* learn() - right (n_energy, n_row) and centred (n_row, n_energy) are scratch; matrix (n_row, n_row) K + r */
static cuxas_status learn(const float *z, double *matrix, double *right, double *centred, cuxas_kernel *kernel,
                          cuxas_error *err)
{
  const size_t       n_row = kernel->n_row, n_energy = kernel->n_energy;
  const cuxas_status status = factorise(matrix, n_row, err);
  if (status != CUXAS_OK) return status;
  average(z, n_row, n_energy, kernel->mean);
  for (size_t j = 0; j < n_energy; j++)
    for (size_t i = 0; i < n_row; i++)
      centred[i * n_energy + j] = right[j * n_row + i] = (double)z[i * n_energy + j] - kernel->mean[j];
  solve(matrix, n_row, right, n_energy);
  for (size_t j = 0; j < n_energy; j++) {
    double sum = 0.0;
    for (size_t i = 0; i < n_row; i++) sum += right[j * n_row + i] * centred[i * n_energy + j];
    kernel->deviation[j] = (float)sqrt(fmax(sum, 0.0) / (double)n_row);
  }
  return weigh(centred, right, kernel, err);
}

cuxas_status cuxas_kernel_fit(cuxas_kernel_shape shape, const cuxas_kernel_rows *rows, cuxas_kernel **ret_kernel,
                              cuxas_error *err)
{
  const size_t  n_row = rows->n_row, n_energy = rows->n_energy;
  cuxas_kernel *kernel = NULL;
  *ret_kernel          = NULL;
  cuxas_status status  = new_kernel(shape, rows, NULL, &kernel, err);
  if (status != CUXAS_OK) return status;
  double *distance = cuxas_new(err, n_row, n_row * sizeof *distance),
         *matrix   = cuxas_new(err, n_row, n_row * sizeof *matrix);
  double *right    = cuxas_new(err, n_energy, n_row * sizeof *right),
         *centred  = cuxas_new(err, n_row, n_energy * sizeof *right);
  if (distance == NULL || matrix == NULL || right == NULL || centred == NULL) status = cuxas_no_memory(err);
  if (status == CUXAS_OK) {
    fill_distances(shape.kind, &(row_pairs){n_row, n_row, rows->n_feature, rows->feature, kernel->points->column, true},
                   distance);
    fill_matrix(shape, distance, n_row, matrix);
    status = learn(rows->z, matrix, right, centred, kernel, err);
  }
  free(distance);
  free(matrix);
  free(right);
  free(centred);
  if (status == CUXAS_OK)
    *ret_kernel = kernel;
  else
    cuxas_kernel_free(kernel);
  return status;
}

cuxas_status cuxas_kernel_restore(cuxas_kernel_shape shape, const cuxas_kernel_rows *rows, const cuxas_kernel *opt_like,
                                  const cuxas_kernel_parts *parts, cuxas_kernel **ret_kernel, cuxas_error *err)
{
  const size_t  n_row = rows->n_row, n_energy = rows->n_energy, n = parts->n_component;
  cuxas_kernel *kernel = NULL;
  *ret_kernel          = NULL;
  cuxas_status status  = new_kernel(shape, rows, opt_like, &kernel, err);
  if (status != CUXAS_OK) return status;
  if ((status = new_weights(n, parts->opt_basis != NULL, kernel, err)) != CUXAS_OK) {
    cuxas_kernel_free(kernel);
    return status;
  }
  memcpy(kernel->mean, parts->mean, n_energy * sizeof *kernel->mean);
  memcpy(kernel->weight, parts->weight, n_row * n * sizeof *kernel->weight);
  memcpy(kernel->deviation, parts->deviation, n_energy * sizeof *kernel->deviation);
  if (parts->opt_basis != NULL) memcpy(kernel->basis, parts->opt_basis, n * n_energy * sizeof *kernel->basis);
  *ret_kernel = kernel;
  return CUXAS_OK;
}

void cuxas_kernel_free(cuxas_kernel *kernel)
{
  if (kernel == NULL) return;
  free_points(kernel->points);
  free(kernel->mean);
  free(kernel->weight);
  free(kernel->basis);
  free(kernel->deviation);
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
  float       *mean = cuxas_new(err, n_energy, sizeof *mean),
        *column     = cuxas_new(err, n_feature, cuxas_turned_size(n_row) * sizeof *column);
  *t                = (trial){.n_row = n_row, .n_energy = n_energy, .group = group};
  t->distance       = cuxas_new(err, n_row, n_row * sizeof(double));
  t->centred        = cuxas_new(err, n_row, n_energy * sizeof(double));
  t->inverse        = cuxas_new(err, n_row, n_row * sizeof(double));
  t->weight         = cuxas_new(err, n_row, n_energy * sizeof(double));
  t->block          = cuxas_new(err, n_row, n_row * sizeof(double));
  t->residual       = cuxas_new(err, n_row, n_energy * sizeof(double));
  t->member         = cuxas_new(err, n_row, sizeof(size_t));
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
  cuxas_turn(feature, n_row, n_feature, column);
  fill_distances(kind, &(row_pairs){n_row, n_row, n_feature, feature, column, true}, t->distance);
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

static cuxas_status choose(cuxas_kernel_kind kind, const cuxas_kernel_rows *rows, const size_t *group,
                           cuxas_kernel_shape *ret_shape, cuxas_error *err)
{
  trial        t;
  cuxas_status status = check_size(rows->n_row, rows->n_energy, err);
  if (status == CUXAS_OK && rows->n_row < 2)
    status = cuxas_fail(err, CUXAS_ERANGE, "no kernel can be chosen from one row");
  if (status == CUXAS_OK) status = new_trial(kind, rows, group, &t, err);
  if (status != CUXAS_OK) return status;

  double       error[N_LENGTH][N_RIDGE], least = INFINITY;
  const double median = median_distance(&t);
  bool         found  = false;
  if (!(median > 0.0)) status = cuxas_fail(err, CUXAS_ERANGE, "the features of %zu rows are alike", rows->n_row);
  for (size_t i = 0; i < N_LENGTH && status == CUXAS_OK; i++)
    for (size_t j = 0; j < N_RIDGE && status == CUXAS_OK; j++) {
      status = try_shape(&t, (cuxas_kernel_shape){kind, LENGTHS[i] * median, RIDGES[j]}, &error[i][j], err);
      if (status == CUXAS_OK) least = fmin(least, error[i][j]);
    }
  for (size_t j = 0; j < N_RIDGE && status == CUXAS_OK && !found; j++) { /* the smallest ridge that is good enough */
    double best = INFINITY;
    for (size_t i = 0; i < N_LENGTH; i++) {
      if (!(error[i][j] <= least * (1.0 + CUXAS_KERNEL_SLACK)) || !(error[i][j] < best)) continue;
      best       = error[i][j];
      *ret_shape = (cuxas_kernel_shape){kind, LENGTHS[i] * median, RIDGES[j]};
      found      = true;
    }
  }
  free_trial(&t);
  return status;
}

/* draw_key() - of a group: by its order whole groups are drawn */
static double draw_key(size_t group)
{
  uint64_t state = (uint64_t)group + 1;
  random_uniform(&state);
  return random_uniform(&state);
}

cuxas_status cuxas_kernel_choose(cuxas_kernel_kind kind, const cuxas_kernel_rows *rows, const size_t *group,
                                 cuxas_kernel_shape *ret_shape, cuxas_error *err)
{
  const size_t n_feature = rows->n_feature, n_energy = rows->n_energy;
  if (rows->n_row <= CUXAS_KERNEL_CHOICE) return choose(kind, rows, group, ret_shape, err);
  double *key  = cuxas_new(err, rows->n_row, sizeof *key);
  size_t *mine = cuxas_new(err, rows->n_row, sizeof *mine), n = 0;
  float  *feature     = cuxas_new(err, rows->n_row, n_feature * sizeof *feature),
        *z            = cuxas_new(err, rows->n_row, n_energy * sizeof *z);
  cuxas_status status = key != NULL && mine != NULL && feature != NULL && z != NULL ? CUXAS_OK : cuxas_no_memory(err);
  if (status == CUXAS_OK) {
    for (size_t i = 0; i < rows->n_row; i++) key[i] = draw_key(group[i]);
    gsl_sort(key, 1, rows->n_row);
    const double last = key[CUXAS_KERNEL_CHOICE - 1];
    for (size_t i = 0; i < rows->n_row; i++) {
      if (draw_key(group[i]) > last) continue;
      mine[n] = group[i];
      memcpy(feature + n * n_feature, rows->feature + i * n_feature, n_feature * sizeof *feature);
      memcpy(z + n * n_energy, rows->z + i * n_energy, n_energy * sizeof *z);
      n++;
    }
    status = choose(kind, &(cuxas_kernel_rows){n, n_feature, n_energy, feature, z}, mine, ret_shape, err);
  }
  free(key);
  free(mine);
  free(feature);
  free(z);
  return status;
}

/* ---- predict ---------------------------------------------------------------------------------------------------- */

/* What kernels of one shape make of the distances. */
typedef struct {
  cuxas_kernel_shape shape;
  double            *value;  /* (n_new, n_row) of the kernel */
  double            *spread; /* (n_new) */
} shaped;

struct cuxas_kernel_near {
  const cuxas_kernel_points *points;
  cuxas_kernel_kind          kind;
  size_t                     n_new, n_near;
  double                    *distance; /* (n_new, n_row) */
  size_t                    *row;      /* (n_new, n_near) the nearest */
  double                    *between;  /* (n_new, n_near, n_near) */
  size_t                     n_shaped;
  shaped                    *shaped; /* (n_shaped) */
};

void cuxas_kernel_near_free(cuxas_kernel_near *near)
{
  if (near == NULL) return;
  for (size_t i = 0; i < near->n_shaped; i++) {
    free(near->shaped[i].value);
    free(near->shaped[i].spread);
  }
  free(near->shaped);
  free(near->distance);
  free(near->row);
  free(near->between);
  free(near);
}

/* fill_near() - the nearest rows of one new one, and their distances from one another; member, column: scratch for features */
static void fill_near(cuxas_kernel_near *near, size_t i_new, float *member, float *column)
{
  const size_t n = near->n_near, n_row = near->points->n_row, n_feature = near->points->n_feature;
  size_t      *row = near->row + i_new * n;
  gsl_sort_smallest_index(row, n, near->distance + i_new * n_row, 1, n_row);
  for (size_t j = 0; j < n; j++)
    memcpy(member + j * n_feature, near->points->feature + row[j] * n_feature, n_feature * sizeof *member);
  cuxas_turn(member, n, n_feature, column);
  fill_distances(near->kind, &(row_pairs){n, n, n_feature, member, column, true}, near->between + i_new * n * n);
}

static cuxas_status find_near(const cuxas_kernel *kernel, const float *feature, size_t n_new,
                              cuxas_kernel_near **ret_near, cuxas_error *err)
{
  const size_t       n_row = kernel->n_row, n_feature = kernel->n_feature;
  const size_t       n      = n_row < CUXAS_KERNEL_NEAR ? n_row : CUXAS_KERNEL_NEAR;
  float             *member = cuxas_new(err, n + cuxas_turned_size(n), n_feature * sizeof *member);
  cuxas_kernel_near *near   = cuxas_new(err, 1, sizeof *near);
  if (near != NULL) {
    *near = (cuxas_kernel_near){.points = kernel->points, .kind = kernel->shape.kind, .n_new = n_new, .n_near = n};
    near->distance = cuxas_new(err, n_new, n_row * sizeof *near->distance);
    near->row      = cuxas_new(err, n_new, n * sizeof *near->row);
    near->between  = cuxas_new(err, n_new, n * n * sizeof *near->between);
  }
  if (member == NULL || near == NULL || near->distance == NULL || near->row == NULL || near->between == NULL) {
    free(member);
    cuxas_kernel_near_free(near);
    return cuxas_no_memory(err);
  }
  fill_distances(near->kind, &(row_pairs){n_new, n_row, n_feature, feature, kernel->points->column, false},
                 near->distance);
  for (size_t i = 0; i < n_new; i++) fill_near(near, i, member, member + n * n_feature);
  free(member);
  *ret_near = near;
  return CUXAS_OK;
}

/* fill_spread() - of one new row, value (n_row) of the kernel; matrix (n_near, n_near) and k (n_near) are scratch */
static cuxas_status fill_spread(const cuxas_kernel *kernel, const cuxas_kernel_near *near, size_t i_new,
                                const double *value, double *matrix, double *ret_spread, cuxas_error *err)
{
  const size_t n = near->n_near;
  double      *k = matrix + n * n;
  fill_matrix(kernel->shape, near->between + i_new * n * n, n, matrix);
  for (size_t j = 0; j < n; j++) k[j] = value[near->row[i_new * n + j]];
  const cuxas_status status = factorise(matrix, n, err);
  if (status != CUXAS_OK) return status;
  cblas_dtrsv(CblasColMajor, CblasUpper, CblasTrans, CblasNonUnit, (int)n, matrix, (int)n, k, 1);
  *ret_spread = sqrt(fmax(1.0 + kernel->shape.ridge - cblas_ddot((int)n, k, 1, k, 1), 0.0));
  return CUXAS_OK;
}

static cuxas_status fill_shaped(const cuxas_kernel *kernel, const cuxas_kernel_near *near, shaped *of, cuxas_error *err)
{
  const size_t n_row = kernel->n_row, n = near->n_near;
  double      *matrix = cuxas_new(err, n, (n + 1) * sizeof *matrix);
  cuxas_status status = matrix != NULL ? CUXAS_OK : CUXAS_ENOMEM;
  for (size_t i = 0; i < near->n_new * n_row; i++) of->value[i] = exp(-near->distance[i] / kernel->shape.length);
  for (size_t i = 0; i < near->n_new && status == CUXAS_OK; i++)
    status = fill_spread(kernel, near, i, of->value + i * n_row, matrix, &of->spread[i], err);
  free(matrix);
  return status;
}

/* That of a kernel's shape, filled when it is first asked for: heads mostly share theirs. */
static cuxas_status find_shaped(const cuxas_kernel *kernel, cuxas_kernel_near *near, const shaped **ret_of,
                                cuxas_error *err)
{
  const cuxas_kernel_shape *shape = &kernel->shape;
  for (size_t i = 0; i < near->n_shaped; i++) {
    *ret_of = &near->shaped[i];
    if ((*ret_of)->shape.length == shape->length && (*ret_of)->shape.ridge == shape->ridge) return CUXAS_OK;
  }
  shaped *grown = cuxas_grow(err, near->shaped, near->n_shaped + 1, sizeof *grown);
  if (grown == NULL) return CUXAS_ENOMEM;
  near->shaped = grown;
  shaped *of   = &near->shaped[near->n_shaped++];
  *of          = (shaped){.shape  = *shape,
                          .value  = cuxas_new(err, near->n_new, kernel->n_row * sizeof *of->value),
                          .spread = cuxas_new(err, near->n_new, sizeof *of->spread)};
  *ret_of      = of;
  return of->value != NULL && of->spread != NULL ? fill_shaped(kernel, near, of, err) : CUXAS_ENOMEM;
}

/* fill_scores() - the sums of value (n_new, n_row) times weight, in one of the halves of work (2, n_new, n_component), which is returned:
 * some rows for all new ones, then the next, so that they are read once */
static const double *fill_scores(const cuxas_kernel *kernel, const double *value, size_t n_new, double *work)
{
  enum { N_BLOCK = 128 };
  const size_t n_row = kernel->n_row, n = kernel->n_component;
  double      *sum = work, *next = work + n_new * n;
  memset(sum, 0, n_new * n * sizeof *sum);
  for (size_t first = 0; first < n_row; first += N_BLOCK) {
    const size_t n_block = n_row - first < N_BLOCK ? n_row - first : N_BLOCK;
    for (size_t i = 0; i < n_new; i++)
      cuxas_add_rows(value + i * n_row + first, n_block, kernel->weight + first * n, n, sum + i * n, next + i * n);
    double *swap = sum;
    sum          = next;
    next         = swap;
  }
  return sum;
}

/* fill_z() - of all new rows; work (2, n_new, n_component) and (2, n_energy) behind it are scratch */
static void fill_z(const cuxas_kernel *kernel, const double *value, size_t n_new, double *work, float *ret_z)
{
  const size_t  n_energy = kernel->n_energy, n = kernel->n_component;
  const double *score = fill_scores(kernel, value, n_new, work);
  double       *zero = work + 2 * n_new * n, *z = zero + n_energy;
  memset(zero, 0, n_energy * sizeof *zero);
  for (size_t i = 0; i < n_new; i++, score += n, ret_z += n_energy) {
    if (kernel->basis != NULL) cuxas_add_rows(score, n, kernel->basis, n_energy, zero, z);
    const double *own = kernel->basis != NULL ? z : score;
    for (size_t j = 0; j < n_energy; j++) ret_z[j] = (float)((double)kernel->mean[j] + own[j]);
  }
}

const double *cuxas_kernel_near_absolute(const cuxas_kernel_near *near, const cuxas_kernel *kernel)
{
  const bool is_known = near != NULL && near->points == kernel->points && near->kind == CUXAS_KERNEL_LAPLACE;
  return is_known ? near->distance : NULL;
}

cuxas_status cuxas_kernel_predict(const cuxas_kernel *kernel, const float *feature, size_t n_new,
                                  cuxas_kernel_near **io_near, float *ret_z, double *ret_spread, cuxas_error *err)
{
  cuxas_kernel_near *own = NULL, **near = io_near != NULL ? io_near : &own;
  cuxas_status       status = CUXAS_OK;
  if (n_new > INT_MAX) return cuxas_fail(err, CUXAS_ERANGE, "%zu sites are too many at once", n_new);
  if (n_new == 0) return CUXAS_OK;
  if (*near != NULL &&
      ((*near)->points != kernel->points || (*near)->kind != kernel->shape.kind || (*near)->n_new != n_new)) {
    cuxas_kernel_near_free(*near);
    *near = NULL;
  }
  if (*near == NULL && (status = find_near(kernel, feature, n_new, near, err)) != CUXAS_OK) return status;
  const shaped *of   = NULL;
  double       *work = cuxas_new(err, n_new * kernel->n_component + kernel->n_energy, 2 * sizeof *work);
  status             = work != NULL ? find_shaped(kernel, *near, &of, err) : CUXAS_ENOMEM;
  if (status == CUXAS_OK) {
    fill_z(kernel, of->value, n_new, work, ret_z);
    memcpy(ret_spread, of->spread, n_new * sizeof *ret_spread);
  }
  free(work);
  cuxas_kernel_near_free(own);
  return status;
}
