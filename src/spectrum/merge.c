/* merge.c - several scans of one sample made one curve
 *
 * Contents
 *   1. Scans on one grid
 *   2. Scans on one scale
 *   3. Outliers and weights
 *   4. Merging
 *   5. Merging what was read from files */
#include "spectrum/merge.h"
#include "spectrum/preprocess_steps.h"

#include "base/memory.h"
#include "cuxas/preprocess.h"
#include "spectrum/formats.h"

#include <gsl/gsl_interp.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* n_scan curves on n_energy shared energies; y = (mu - offset)/gain. */
typedef struct {
  size_t           n_scan, n_energy;
  cuxas_spectrum **sorted;        /* (n_scan) */
  double          *energy_eV;     /* (n_energy) */
  double          *mu;            /* (n_scan, n_energy) */
  double          *offset, *gain; /* (n_scan) */
  double          *deviation, *weight;
  bool            *is_used; /* (n_scan) */
  double          *median;  /* (n_energy) of y over the scans in use */
  double          *work;    /* (max of n_scan, points of a scan) */
} stack;

static void end_stack(stack *all)
{
  for (size_t i = 0; i < all->n_scan && all->sorted != NULL; i++) cuxas_spectrum_free(all->sorted[i]);
  free(all->sorted);
  free(all->energy_eV);
  free(all->mu);
  free(all->offset);
  free(all->gain);
  free(all->is_used);
  free(all->median);
  free(all->work);
}

static double median_of(double *values, size_t n)
{
  gsl_sort(values, 1, n);
  return gsl_stats_median_from_sorted_data(values, 1, n);
}

/* ---- 1. Scans on one grid ---- */

static cuxas_status sort_scans(const cuxas_spectrum *const *scan, stack *all, size_t *ret_most, cuxas_error *err)
{
  all->sorted = cuxas_new(err, all->n_scan, sizeof *all->sorted);
  if (all->sorted == NULL) return CUXAS_ENOMEM;
  *ret_most = 0;
  for (size_t i = 0; i < all->n_scan; i++) {
    cuxas_error        why    = {0};
    const cuxas_status status = cuxas_preprocess_sort(scan[i], &all->sorted[i], NULL, &why);
    if (status != CUXAS_OK) return cuxas_fail(err, status, "scan %zu: %.400s", i + 1, why.message);
    if (all->sorted[i]->n_point > *ret_most) *ret_most = all->sorted[i]->n_point;
  }
  return CUXAS_OK;
}

/* The energies of the scan with most points, where all scans are. */
static cuxas_status find_grid(stack *all, cuxas_error *err)
{
  double                min_eV = -INFINITY, max_eV = INFINITY;
  const cuxas_spectrum *finest = all->sorted[0];
  for (size_t i = 0; i < all->n_scan; i++) {
    const cuxas_spectrum *scan = all->sorted[i];
    min_eV                     = fmax(min_eV, scan->energy_eV[0]);
    max_eV                     = fmin(max_eV, scan->energy_eV[scan->n_point - 1]);
    if (scan->n_point > finest->n_point) finest = scan;
  }
  all->energy_eV = cuxas_new(err, finest->n_point, sizeof *all->energy_eV);
  if (all->energy_eV == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < finest->n_point; i++)
    if (finest->energy_eV[i] >= min_eV && finest->energy_eV[i] <= max_eV)
      all->energy_eV[all->n_energy++] = finest->energy_eV[i];
  if (all->n_energy >= CUXAS_PREPROCESS_MIN_POINT) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ERANGE, "the scans share only %zu points%s", all->n_energy,
                    min_eV > max_eV ? ": their energies do not overlap" : "");
}

static cuxas_status interpolate(const cuxas_spectrum *scan, const double *energy_eV, size_t n_energy, double *ret_mu,
                                cuxas_error *err)
{
  gsl_interp       *curve = gsl_interp_alloc(gsl_interp_steffen, scan->n_point);
  gsl_interp_accel *place = gsl_interp_accel_alloc();
  bool              is_ok = curve != NULL && place != NULL;
  is_ok                   = is_ok && gsl_interp_init(curve, scan->energy_eV, scan->mu, scan->n_point) == 0;
  for (size_t i = 0; i < n_energy && is_ok; i++)
    is_ok = gsl_interp_eval_e(curve, scan->energy_eV, scan->mu, energy_eV[i], place, &ret_mu[i]) == 0;
  gsl_interp_free(curve);
  gsl_interp_accel_free(place);
  return is_ok ? CUXAS_OK : cuxas_no_memory(err);
}

/* ---- 2. Scans on one scale ---- */

static double y_of(const stack *all, size_t i_scan, size_t i_energy)
{
  return (all->mu[i_scan * all->n_energy + i_energy] - all->offset[i_scan]) / all->gain[i_scan];
}

/* For a start: lowest value 0, mean 1. */
static cuxas_status scale_roughly(stack *all, cuxas_error *err)
{
  for (size_t i = 0; i < all->n_scan; i++) {
    const double *mu = all->mu + i * all->n_energy;
    double        min, max;
    gsl_stats_minmax(&min, &max, mu, 1, all->n_energy);
    all->offset[i] = min;
    all->gain[i]   = gsl_stats_mean(mu, 1, all->n_energy) - min;
    if (!(max > min) || !(all->gain[i] > 0) || !isfinite(all->gain[i]))
      return cuxas_fail(err, CUXAS_ENUMERIC, "scan %zu is flat", i + 1);
  }
  return CUXAS_OK;
}

static void find_median(stack *all)
{
  for (size_t k = 0; k < all->n_energy; k++) {
    size_t n = 0;
    for (size_t i = 0; i < all->n_scan; i++)
      if (all->is_used[i]) all->work[n++] = y_of(all, i, k);
    all->median[k] = median_of(all->work, n);
  }
}

/* mu = offset + gain median, by least squares; a scan that does not rise with the median keeps its rough scale. */
static void scale_to_median(stack *all)
{
  const double mean = gsl_stats_mean(all->median, 1, all->n_energy);
  for (size_t i = 0; i < all->n_scan; i++) {
    const double *mu = all->mu + i * all->n_energy, mean_mu = gsl_stats_mean(mu, 1, all->n_energy);
    double        cross = 0, square = 0, total = 0;
    for (size_t k = 0; k < all->n_energy; k++) {
      cross += (all->median[k] - mean) * (mu[k] - mean_mu);
      square += (all->median[k] - mean) * (all->median[k] - mean);
      total += (mu[k] - mean_mu) * (mu[k] - mean_mu);
    }
    const double LEAST_CORRELATION = 0.3; /* below it the scale means nothing */
    if (square <= 0 || cross <= LEAST_CORRELATION * sqrt(square * total)) continue;
    all->gain[i]   = cross / square;
    all->offset[i] = mean_mu - all->gain[i] * mean;
  }
}

static void settle_scale(stack *all)
{
  enum { N_ROUND = 3 }; /* further rounds change the median by less than 1e-3 of its range */
  for (int round = 0; round < N_ROUND; round++) {
    find_median(all);
    scale_to_median(all);
  }
  find_median(all);
}

/* ---- 3. Outliers and weights ---- */

static void find_deviations(stack *all)
{
  double min, max;
  gsl_stats_minmax(&min, &max, all->median, 1, all->n_energy);
  for (size_t i = 0; i < all->n_scan; i++) {
    double sum = 0;
    for (size_t k = 0; k < all->n_energy; k++) sum += pow(y_of(all, i, k) - all->median[k], 2);
    all->deviation[i] = sqrt(sum / (double)all->n_energy) / (max - min);
  }
}

static bool leave_out(stack *all)
{
  bool is_any = false;
  if (all->n_scan < 3) return false;
  for (size_t i = 0; i < all->n_scan; i++) all->work[i] = all->deviation[i];
  const double limit = fmax(CUXAS_MERGE_OUTLIER * median_of(all->work, all->n_scan), CUXAS_MERGE_TOLERANCE);
  for (size_t i = 0; i < all->n_scan; i++) {
    all->is_used[i] = all->deviation[i] <= limit;
    is_any |= !all->is_used[i];
  }
  return is_any;
}

/* Noise of a scan's own points, in units of y. */
static double find_noise(const stack *all, size_t i_scan)
{
  const cuxas_spectrum *scan = all->sorted[i_scan];
  for (size_t k = 2; k < scan->n_point; k++)
    all->work[k - 2] = fabs(scan->mu[k] - 2 * scan->mu[k - 1] + scan->mu[k - 2]);
  return 1.4826 / sqrt(6.0) * median_of(all->work, scan->n_point - 2) / all->gain[i_scan];
}

static cuxas_status find_weights(stack *all, cuxas_error *err)
{
  size_t  n_used = 0;
  double  sum    = 0;
  double *known  = cuxas_new(err, all->n_scan, sizeof *known);
  if (known == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < all->n_scan; i++) {
    all->weight[i] = all->is_used[i] ? pow(find_noise(all, i), -2) : 0;
    if (all->is_used[i]) known[n_used++] = all->weight[i];
  }
  const double typical = median_of(known, n_used);
  free(known);
  for (size_t i = 0; i < all->n_scan; i++) {
    if (!all->is_used[i]) continue;
    if (!isfinite(typical) || typical <= 0) /* no noise at all in most of them */
      all->weight[i] = 1;
    else
      all->weight[i] = fmin(fmax(all->weight[i], typical / CUXAS_MERGE_MAX_WEIGHT), typical * CUXAS_MERGE_MAX_WEIGHT);
    sum += all->weight[i];
  }
  for (size_t i = 0; i < all->n_scan; i++) all->weight[i] /= sum;
  return CUXAS_OK;
}

/* ---- 4. Merging ---- */

static cuxas_status allocate(stack *all, size_t most, cuxas_error *err)
{
  all->mu      = cuxas_new(err, all->n_scan, all->n_energy * sizeof *all->mu);
  all->offset  = cuxas_new(err, all->n_scan, sizeof *all->offset);
  all->gain    = cuxas_new(err, all->n_scan, sizeof *all->gain);
  all->is_used = cuxas_new(err, all->n_scan, sizeof *all->is_used);
  all->median  = cuxas_new(err, all->n_energy, sizeof *all->median);
  all->work    = cuxas_new(err, most > all->n_scan ? most : all->n_scan, sizeof *all->work);
  if (all->mu == NULL || all->offset == NULL || all->gain == NULL || all->is_used == NULL || all->median == NULL ||
      all->work == NULL)
    return CUXAS_ENOMEM;
  for (size_t i = 0; i < all->n_scan; i++) all->is_used[i] = true;
  return CUXAS_OK;
}

static cuxas_status mean_of(const stack *all, cuxas_spectrum **ret_spectrum, cuxas_error *err)
{
  cuxas_spectrum *merged = cuxas_spectrum_new(all->n_energy);
  size_t          first  = 0;
  if (merged == NULL) return cuxas_no_memory(err);
  while (!all->is_used[first]) first++;
  for (size_t k = 0; k < all->n_energy; k++) {
    double sum = 0;
    for (size_t i = 0; i < all->n_scan; i++)
      if (all->is_used[i]) sum += all->weight[i] * y_of(all, i, k);
    merged->energy_eV[k] = all->energy_eV[k];
    merged->mu[k]        = all->offset[first] + all->gain[first] * sum;
  }
  *ret_spectrum = merged;
  return CUXAS_OK;
}

cuxas_status cuxas_merge(const cuxas_spectrum *const *scan, size_t n_scan, double *ret_deviation, double *ret_weight,
                         cuxas_spectrum **ret_spectrum, cuxas_error *err)
{
  cuxas_status status;
  size_t       most = 0;
  stack        all  = {.n_scan = n_scan, .deviation = ret_deviation, .weight = ret_weight};

  *ret_spectrum = NULL;
  if ((status = sort_scans(scan, &all, &most, err)) != CUXAS_OK || (status = find_grid(&all, err)) != CUXAS_OK ||
      (status = allocate(&all, most, err)) != CUXAS_OK)
    goto done;
  for (size_t i = 0; i < n_scan; i++)
    if ((status = interpolate(all.sorted[i], all.energy_eV, all.n_energy, all.mu + i * all.n_energy, err)) != CUXAS_OK)
      goto done;
  if ((status = scale_roughly(&all, err)) != CUXAS_OK) goto done;
  settle_scale(&all);
  find_deviations(&all);
  if (leave_out(&all)) { /* the rest without their influence */
    settle_scale(&all);
    find_deviations(&all);
  }
  if ((status = find_weights(&all, err)) == CUXAS_OK) status = mean_of(&all, ret_spectrum, err);
done:
  end_stack(&all);
  return status;
}

/* ---- 5. Merging what was read from files ---- */

static void name_scan(const cuxas_measured_info *info, const char *opt_sha256, cuxas_merged_scan *ret_scan)
{
  snprintf(ret_scan->name, sizeof ret_scan->name, "%.150s%s%s", info->path, info->scan[0] != '\0' ? " scan " : "",
           info->scan);
  if (opt_sha256 != NULL) snprintf(ret_scan->sha256, sizeof ret_scan->sha256, "%s", opt_sha256);
  ret_scan->n_point = info->n_point;
}

static cuxas_measured_info *copy_info(const cuxas_measured_info *info)
{
  cuxas_measured_info *copy = cuxas_new(NULL, 1, sizeof *copy);
  if (copy == NULL) return NULL;
  *copy          = *info;
  copy->merged   = NULL;
  copy->n_merged = 0;
  copy->path     = cuxas_copy_text(NULL, info->path);
  copy->column   = cuxas_new(NULL, info->n_column, sizeof *copy->column);
  copy->n_column = copy->column != NULL ? info->n_column : 0;
  bool is_whole  = copy->path != NULL && copy->column != NULL;
  for (size_t i = 0; i < copy->n_column; i++) {
    copy->column[i]      = info->column[i];
    copy->column[i].name = cuxas_copy_text(NULL, info->column[i].name);
    is_whole             = is_whole && copy->column[i].name != NULL;
  }
  if (is_whole) return copy;
  cuxas_measured_info_free(copy);
  return NULL;
}

static void warn_differences(const cuxas_measured_info *const *info, size_t n_scan, cuxas_measured_info *merged)
{
  for (size_t i = 1; i < n_scan; i++) {
    if (strcasecmp(info[i]->element, info[0]->element) != 0 || strcasecmp(info[i]->edge, info[0]->edge) != 0)
      cuxas_warn(&merged->warnings, "merged scans of different absorbers: %s %s and %s %s", info[0]->element,
                 info[0]->edge, info[i]->element, info[i]->edge);
    if (strcasecmp(info[i]->detection_mode, info[0]->detection_mode) != 0)
      cuxas_warn(&merged->warnings, "merged scans of different detection: %s and %s",
                 info[0]->detection_mode[0] != '\0' ? info[0]->detection_mode : "(not stated)",
                 info[i]->detection_mode[0] != '\0' ? info[i]->detection_mode : "(not stated)");
    for (size_t k = 0; k < info[i]->warnings.n_warning; k++)
      cuxas_warn(&merged->warnings, "%.60s: %.130s", merged->merged[i].name, info[i]->warnings.text[k]);
  }
  for (size_t i = 0; i < n_scan; i++)
    if (merged->merged[i].weight <= 0)
      cuxas_warn(&merged->warnings, "%.100s: left out of the merged curve, deviates by %.1f %%", merged->merged[i].name,
                 100 * merged->merged[i].deviation);
}

cuxas_status cuxas_measured_merge(const cuxas_spectrum *const *spectrum, const cuxas_measured_info *const *info,
                                  const char *const *sha256, size_t n_scan, cuxas_spectrum **ret_spectrum,
                                  cuxas_measured_info **ret_info, cuxas_error *err)
{
  cuxas_measured_info *merged = copy_info(info[0]);
  double              *number = cuxas_new(err, n_scan, 2 * sizeof *number);
  cuxas_error          why    = {0};
  cuxas_status         status;

  *ret_spectrum = NULL;
  *ret_info     = NULL;
  if (merged != NULL) merged->merged = cuxas_new(err, n_scan, sizeof *merged->merged);
  if (merged == NULL || number == NULL || merged->merged == NULL) {
    status = cuxas_fail_at(err, cuxas_no_memory(err), info[0]->path);
    goto done;
  }
  merged->n_merged = n_scan;
  if ((status = cuxas_merge(spectrum, n_scan, number, number + n_scan, ret_spectrum, &why)) != CUXAS_OK ||
      (status = cuxas_measured_survey(*ret_spectrum, merged, &why)) != CUXAS_OK) {
    cuxas_fail(err, status, "%s: merging %zu scans: %.600s", info[0]->path, n_scan, why.message);
    goto done;
  }
  merged->n_point   = (*ret_spectrum)->n_point;
  merged->n_skipped = 0;
  for (size_t i = 0; i < n_scan; i++) {
    name_scan(info[i], sha256[i], &merged->merged[i]);
    merged->merged[i].deviation = number[i];
    merged->merged[i].weight    = number[n_scan + i];
  }
  warn_differences(info, n_scan, merged);
  *ret_info = merged;
  merged    = NULL;
done:
  if (status != CUXAS_OK) {
    cuxas_spectrum_free(*ret_spectrum);
    *ret_spectrum = NULL;
  }
  cuxas_measured_info_free(merged);
  free(number);
  return status;
}
