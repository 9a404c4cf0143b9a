/* analysis.c - statistics of held-out predictions: how errors are spread, and over what; and queries whose answer is known
 *
 * Contents: 1. histogram  2. ranks  3. groups  4. principal components  5. coverage  6. a power law
 * 7. are p-values uniform?  8. an instrument's faults */
#include "evaluate/analysis.h"

#include "base/memory.h"
#include "base/random.h"
#include "cuxas/preprocess.h"
#include "spectrum/curve.h"
#include "spectrum/preprocess_steps.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

/* 1. histogram */

cuxas_histogram cuxas_histogram_make(const double *value, size_t n, double low, double step, size_t n_bin)
{
  cuxas_histogram histogram = {.low = low, .step = step, .n_bin = n_bin < 1 ? 1 : n_bin};
  if (histogram.n_bin > CUXAS_MAX_BIN) histogram.n_bin = CUXAS_MAX_BIN;
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(value[i])) continue;
    const double place = (value[i] - low) / step, end = (double)histogram.n_bin;
    histogram.n_value++;
    if (place < 0.0)
      histogram.n_below++;
    else if (place > end)
      histogram.n_above++;
    else
      histogram.count[place < end ? (size_t)place : histogram.n_bin - 1]++;
  }
  return histogram;
}

/* 2. ranks */

typedef struct {
  double value;
  size_t row;
} ranked;

static int compare_ranked(const void *a, const void *b)
{
  const ranked *first = a, *second = b;
  if (first->value != second->value) return first->value < second->value ? -1 : 1;
  return (first->row > second->row) - (first->row < second->row);
}

cuxas_status cuxas_rank_rows(const double *value, size_t n, size_t *ret_row, size_t *ret_n, cuxas_error *err)
{
  ranked *list = cuxas_new(err, n, sizeof *list);
  *ret_n       = 0;
  if (list == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++)
    if (isfinite(value[i])) list[(*ret_n)++] = (ranked){value[i], i};
  qsort(list, *ret_n, sizeof *list, compare_ranked);
  for (size_t i = 0; i < *ret_n; i++) ret_row[i] = list[i].row;
  free(list);
  return CUXAS_OK;
}

void cuxas_decile_ranks(size_t n, double middle, size_t ret_rank[CUXAS_N_DECILE])
{
  for (size_t i = 0; i < CUXAS_N_DECILE; i++) {
    const double part = 0.5 * (1.0 - middle) + middle * ((double)i + 0.5) / CUXAS_N_DECILE;
    const double rank = floor(part * (double)n);
    ret_rank[i]       = rank < (double)n ? (size_t)rank : n - 1;
  }
}

/* 3. groups */

static void summarise_group(double *value, size_t n, cuxas_group_summary *summary)
{
  gsl_sort(value, 1, n);
  summary->n_value = n;
  summary->low     = gsl_stats_quantile_from_sorted_data(value, 1, n, 0.25);
  summary->median  = gsl_stats_quantile_from_sorted_data(value, 1, n, 0.5);
  summary->high    = gsl_stats_quantile_from_sorted_data(value, 1, n, 0.75);
}

cuxas_status cuxas_group_summarise(const int *key, const double *value, size_t n, cuxas_group_summary *ret_summary,
                                   size_t *ret_n_group, cuxas_error *err)
{
  double *work = cuxas_new(err, n, sizeof *work);
  *ret_n_group = 0;
  if (work == NULL) return CUXAS_ENOMEM;
  for (int last = -1;;) { /* keys are few: each pass finds the next one */
    int next = -1;
    for (size_t i = 0; i < n; i++)
      if (key[i] > last && isfinite(value[i]) && (next < 0 || key[i] < next)) next = key[i];
    if (next < 0) break;
    size_t n_member = 0;
    for (size_t i = 0; i < n; i++)
      if (key[i] == next && isfinite(value[i])) work[n_member++] = value[i];
    ret_summary[*ret_n_group] = (cuxas_group_summary){.key = next};
    summarise_group(work, n_member, &ret_summary[(*ret_n_group)++]);
    last = next;
  }
  free(work);
  return CUXAS_OK;
}

/* 4. principal components */

/* Workspace of the eigenvalue problem of the covariances. */
typedef struct {
  gsl_matrix                *centred, *covariance, *vector;
  gsl_vector                *value;
  gsl_eigen_symmv_workspace *space;
} pca_work;

static void free_work(pca_work *work)
{
  if (work->centred != NULL) gsl_matrix_free(work->centred);
  if (work->covariance != NULL) gsl_matrix_free(work->covariance);
  if (work->vector != NULL) gsl_matrix_free(work->vector);
  if (work->value != NULL) gsl_vector_free(work->value);
  if (work->space != NULL) gsl_eigen_symmv_free(work->space);
}

static bool new_work(size_t n_row, size_t n_energy, pca_work *work)
{
  work->centred    = gsl_matrix_alloc(n_row, n_energy);
  work->covariance = gsl_matrix_alloc(n_energy, n_energy);
  work->vector     = gsl_matrix_alloc(n_energy, n_energy);
  work->value      = gsl_vector_alloc(n_energy);
  work->space      = gsl_eigen_symmv_alloc(n_energy);
  return work->centred != NULL && work->covariance != NULL && work->vector != NULL && work->value != NULL &&
         work->space != NULL;
}

static void centre(const float *table, const size_t *row, const cuxas_pca *pca, gsl_matrix *centred)
{
  for (size_t k = 0; k < pca->n_energy; k++) {
    double sum = 0.0;
    for (size_t i = 0; i < pca->n_row; i++) sum += table[row[i] * pca->n_energy + k];
    pca->mean[k] = sum / (double)pca->n_row;
    for (size_t i = 0; i < pca->n_row; i++)
      gsl_matrix_set(centred, i, k, table[row[i] * pca->n_energy + k] - pca->mean[k]);
  }
}

/* take_component() - direction j of the sorted eigenvectors with its scores, its sign settled */
static void take_component(const pca_work *work, size_t j, cuxas_pca *pca)
{
  double *direction = pca->component + j * pca->n_energy;
  size_t  largest   = 0;
  for (size_t k = 0; k < pca->n_energy; k++) {
    direction[k] = gsl_matrix_get(work->vector, k, j);
    if (fabs(direction[k]) > fabs(direction[largest]) * (1.0 + 1e-6)) largest = k;
  }
  if (direction[largest] < 0.0)
    for (size_t k = 0; k < pca->n_energy; k++) direction[k] = -direction[k];
  for (size_t i = 0; i < pca->n_row; i++) {
    double sum = 0.0;
    for (size_t k = 0; k < pca->n_energy; k++) sum += gsl_matrix_get(work->centred, i, k) * direction[k];
    pca->score[i * pca->n_component + j] = sum;
  }
}

static cuxas_status fill_pca(const float *table, const size_t *row, cuxas_pca *pca, pca_work *work, cuxas_error *err)
{
  double total = 0.0;
  centre(table, row, pca, work->centred);
  gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0 / (double)pca->n_row, work->centred, work->centred, 0.0,
                 work->covariance);
  for (size_t k = 0; k < pca->n_energy; k++) total += gsl_matrix_get(work->covariance, k, k);
  if (!(total > 0.0))
    return cuxas_fail(err, CUXAS_ERANGE, "%zu spectra that are all alike have no components", pca->n_row);
  if (gsl_eigen_symmv(work->covariance, work->value, work->vector, work->space) != 0)
    return cuxas_fail(err, CUXAS_ENUMERIC, "the components of %zu spectra do not converge", pca->n_row);
  gsl_eigen_symmv_sort(work->value, work->vector, GSL_EIGEN_SORT_VAL_DESC);
  for (size_t j = 0; j < pca->n_component && j < pca->n_energy; j++) {
    const double variance = gsl_vector_get(work->value, j);
    if (!(variance > 1e-12 * total)) break;
    pca->part[j] = variance / total;
    take_component(work, j, pca);
  }
  return CUXAS_OK;
}

cuxas_status cuxas_pca_new(const float *table, size_t n_energy, const size_t *row, size_t n_row, size_t n_component,
                           cuxas_pca **ret_pca, cuxas_error *err)
{
  *ret_pca = NULL;
  if (n_row < 2 || n_energy == 0 || n_component == 0)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu spectra are too few for components", n_row);
  cuxas_pca   *pca    = cuxas_new(err, 1, sizeof *pca);
  pca_work     work   = {0};
  cuxas_status status = CUXAS_OK;
  if (pca == NULL) return cuxas_no_memory(err);
  *pca = (cuxas_pca){n_row,
                     n_energy,
                     n_component,
                     cuxas_new(err, n_energy, sizeof(double)),
                     cuxas_new(err, n_component, n_energy * sizeof(double)),
                     cuxas_new(err, n_row, n_component * sizeof(double)),
                     cuxas_new(err, n_component, sizeof(double))};
  if (pca->mean == NULL || pca->component == NULL || pca->score == NULL || pca->part == NULL ||
      !new_work(n_row, n_energy, &work))
    status = cuxas_no_memory(err);
  else
    status = fill_pca(table, row, pca, &work, err);
  free_work(&work);
  if (status == CUXAS_OK)
    *ret_pca = pca;
  else
    cuxas_pca_free(pca);
  return status;
}

void cuxas_pca_free(cuxas_pca *pca)
{
  if (pca == NULL) return;
  free(pca->mean);
  free(pca->component);
  free(pca->score);
  free(pca->part);
  free(pca);
}

/* 5. coverage */

const double CUXAS_LEVEL[CUXAS_N_LEVEL] = {0.50, 0.68, 0.90, 0.95};

cuxas_status cuxas_coverage_find(const double *difference, const double *sigma, size_t n, cuxas_coverage *ret_coverage,
                                 cuxas_error *err)
{
  double *ratio   = cuxas_new(err, n, sizeof *ratio);
  size_t  n_point = 0;
  if (ratio == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++)
    if (sigma[i] > 0.0 && isfinite(difference[i])) ratio[n_point++] = fabs(difference[i]) / sigma[i];
  gsl_sort(ratio, 1, n_point);
  ret_coverage->n_point = n_point;
  for (size_t level = 0; level < CUXAS_N_LEVEL; level++) {
    const double z        = gsl_cdf_ugaussian_Pinv(0.5 + 0.5 * CUXAS_LEVEL[level]);
    size_t       n_inside = 0;
    while (n_inside < n_point && ratio[n_inside] <= z) n_inside++;
    ret_coverage->covered[level] = n_point > 0 ? (double)n_inside / (double)n_point : NAN;
    ret_coverage->factor[level] =
        n_point > 0 ? gsl_stats_quantile_from_sorted_data(ratio, 1, n_point, CUXAS_LEVEL[level]) / z : NAN;
  }
  free(ratio);
  return CUXAS_OK;
}

/* 6. a power law */

bool cuxas_power_fit(const double *x, const double *y, size_t n, double *ret_factor, double *ret_exponent)
{
  double sum_x = 0.0, sum_y = 0.0, sum_xx = 0.0, sum_xy = 0.0;
  *ret_factor = *ret_exponent = NAN;
  for (size_t i = 0; i < n; i++) {
    sum_x += log(x[i]) / (double)n;
    sum_y += log(y[i]) / (double)n;
  }
  for (size_t i = 0; i < n; i++) {
    sum_xx += (log(x[i]) - sum_x) * (log(x[i]) - sum_x);
    sum_xy += (log(x[i]) - sum_x) * (log(y[i]) - sum_y);
  }
  if (n < 2 || !(sum_xx > 1e-12)) return false;
  *ret_exponent = sum_xy / sum_xx;
  *ret_factor   = exp(sum_y - *ret_exponent * sum_x);
  return isfinite(*ret_factor);
}

/* 7. are p-values uniform? */

double cuxas_uniformity(double *value, size_t n, double *ret_distance)
{
  double distance = 0.0, sum = 0.0;
  gsl_sort(value, 1, n);
  for (size_t i = 0; i < n; i++) {
    distance = fmax(distance, value[i] - (double)i / (double)n);
    distance = fmax(distance, (double)(i + 1) / (double)n - value[i]);
  }
  if (ret_distance != NULL) *ret_distance = distance;
  const double root = sqrt((double)n), lambda = (root + 0.12 + 0.11 / root) * distance;
  if (lambda < 0.3) return 1.0; /* the series converges slowly here, and is 1 to 5 digits */
  for (int k = 1; k <= 40; k++) sum += (k % 2 == 1 ? 2.0 : -2.0) * exp(-2.0 * k * k * lambda * lambda);
  return fmin(1.0, fmax(0.0, sum));
}

/* 8. an instrument's faults */

static cuxas_status check_degradation(const cuxas_degradation *how, double step_eV, double n_point, cuxas_error *err)
{
  const bool is_good = how->fwhm_eV >= 0.0 && how->saturation > -1.0 && how->noise >= 0.0 && how->stretch > -1.0 &&
                       isfinite(how->slope) && isfinite(how->pedestal) && isfinite(how->shift_eV) && step_eV > 0.0;
  if (!is_good) return cuxas_fail(err, CUXAS_ERANGE, "a degradation out of range");
  if (!(n_point >= CUXAS_PREPROCESS_MIN_POINT && n_point < 1e6))
    return cuxas_fail(err, CUXAS_ERANGE, "%.0f points are no scan", n_point);
  return CUXAS_OK;
}

static void disturb(const cuxas_degradation *how, double step_eV, uint64_t *random, cuxas_spectrum *spectrum)
{
  const double span_eV = (double)(spectrum->n_point - 1) * step_eV, start_eV = spectrum->energy_eV[0];
  for (size_t i = 0; i < spectrum->n_point; i++) {
    const double along_eV = (double)i * step_eV;
    double       y        = spectrum->mu[i];
    y                     = (1.0 + how->saturation) * y / (1.0 + how->saturation * y);
    y += how->slope * along_eV / span_eV + how->pedestal;
    if (how->noise > 0.0) y += how->noise * random_normal(random);
    spectrum->mu[i]        = y;
    spectrum->energy_eV[i] = start_eV + (1.0 + how->stretch) * along_eV + how->shift_eV;
  }
}

cuxas_status cuxas_degrade(cuxas_grid grid, const double *mu, const cuxas_degradation *how, cuxas_scan_range range,
                           uint64_t *random, cuxas_spectrum **ret_spectrum, cuxas_error *err)
{
  const double first_eV = fmax(range.from_eV, grid.start_eV), last_eV = fmin(range.to_eV, cuxas_grid_end_eV(grid));
  const double step_eV = range.step_eV, n_point = floor((last_eV - first_eV) / step_eV + 1e-6) + 1.0;
  cuxas_status status;

  *ret_spectrum = NULL;
  if ((status = check_degradation(how, step_eV, n_point, err)) != CUXAS_OK) return status;
  const cuxas_grid scan     = {first_eV, step_eV, (size_t)n_point};
  cuxas_spectrum  *spectrum = cuxas_spectrum_new(scan.n_energy);
  cuxas_spectrum  *broad    = cuxas_spectrum_new(grid.n_energy);
  if (spectrum == NULL || broad == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  if ((status = cuxas_broaden(grid, mu, how->fwhm_eV, broad->mu, err)) != CUXAS_OK) goto done;
  double top = mu[0];
  for (size_t i = 0; i < grid.n_energy; i++) {
    broad->energy_eV[i] = cuxas_grid_energy_eV(grid, i);
    top                 = fmax(top, mu[i]);
  }
  if (!(top > 0.0)) {
    status = cuxas_fail(err, CUXAS_ERANGE, "a spectrum that is nowhere positive");
    goto done;
  }
  for (size_t i = 0; i < grid.n_energy; i++) broad->mu[i] /= top;
  for (size_t i = 0; i < scan.n_energy; i++) spectrum->energy_eV[i] = cuxas_grid_energy_eV(scan, i);
  if ((status = cuxas_preprocess_resample(broad, scan, CUXAS_INTERPOLATE_STEFFEN, spectrum->mu, err)) != CUXAS_OK)
    goto done;
  disturb(how, step_eV, random, spectrum);
  *ret_spectrum = spectrum;
  spectrum      = NULL;
done:
  cuxas_spectrum_free(broad);
  cuxas_spectrum_free(spectrum);
  return status;
}
