/* crossval.c - errors on held-out parts, and what a model learns from them: spread and profile
 *
 * Contents: 1. spread  2. the profile of errors  3. cross-validation */
#include "learn/crossval.h"

#include "base/memory.h"
#include "cuxas/preprocess.h"
#include "predict/error_profile.h"
#include "spectrum/curve.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. spread ---------------------------------------------------------------------------------------------- */

/* How far the predicted uncertainties are right: factors and coverage from held-out predictions. */

enum { ALL_FOLDS = -1 };

/* One edge and channel of a cross-validation. */
typedef struct {
  size_t        n_row, n_energy;
  const float  *target; /* (n_row, n_energy) */
  const bool   *known;  /* (n_row) */
  const float  *mu;
  float        *sigma;
  const size_t *fold;
  const double *judged; /* (n_row) NaN: the row was not predicted */
} held_points;

/* find_factor() - from all folds but one; 1 when no sigma is known. ratio (n_row n_energy) is scratch */
static double find_factor(const held_points *p, long without_fold, double *ratio)
{
  size_t n = 0;
  for (size_t i = 0; i < p->n_row; i++) {
    if (!p->known[i] || isnan(p->judged[i]) || (long)p->fold[i] == without_fold) continue;
    for (size_t k = i * p->n_energy; k < (i + 1) * p->n_energy; k++)
      if (p->sigma[k] > 0.0f) ratio[n++] = fabs((double)p->mu[k] - (double)p->target[k]) / (double)p->sigma[k];
  }
  if (n == 0) return 1.0;
  gsl_sort(ratio, 1, n);
  return gsl_stats_quantile_from_sorted_data(ratio, 1, n, CUXAS_INTERVAL_PART) / CUXAS_INTERVAL_SIGMA;
}

static void widen(const held_points *p, size_t i_fold, double factor)
{
  for (size_t i = 0; i < p->n_row; i++)
    for (size_t k = i * p->n_energy; p->fold[i] == i_fold && k < (i + 1) * p->n_energy; k++)
      p->sigma[k] *= (float)factor;
}

static double find_coverage(const held_points *p)
{
  size_t n = 0, n_within = 0;
  for (size_t i = 0; i < p->n_row; i++) {
    if (!p->known[i] || isnan(p->judged[i])) continue;
    for (size_t k = i * p->n_energy; k < (i + 1) * p->n_energy; k++) {
      if (!(p->sigma[k] > 0.0f)) continue;
      n++;
      n_within += fabs((double)p->mu[k] - (double)p->target[k]) <= CUXAS_INTERVAL_SIGMA * (double)p->sigma[k];
    }
  }
  return n > 0 ? (double)n_within / (double)n : NAN;
}

/* calibrate_head() - factor (n_fold) and ratio are scratch */
static void calibrate_head(const held_points *p, size_t n_fold, double *factor, double *ratio, double *ret_factor,
                           double *ret_coverage)
{
  *ret_factor = find_factor(p, ALL_FOLDS, ratio);
  for (size_t k = 0; k < n_fold; k++) factor[k] = find_factor(p, (long)k, ratio);
  for (size_t k = 0; k < n_fold; k++) widen(p, k, factor[k]);
  *ret_coverage = find_coverage(p);
}

cuxas_status cuxas_crossval_calibrate(const cuxas_dataset *dataset, cuxas_crossval *crossval, cuxas_error *err)
{
  size_t n_fold = 0, n_energy = 0;
  for (size_t i = 0; i < crossval->n_row; i++)
    if (crossval->fold[i] >= n_fold) n_fold = crossval->fold[i] + 1;
  for (size_t e = 0; e < crossval->n_edge; e++)
    if (dataset->grid[e].n_energy > n_energy) n_energy = dataset->grid[e].n_energy;
  double *factor = cuxas_new(err, n_fold, sizeof *factor);
  double *ratio  = cuxas_new(err, crossval->n_row, n_energy * sizeof *ratio);
  if (factor == NULL || ratio == NULL) {
    free(factor);
    free(ratio);
    return cuxas_no_memory(err);
  }
  for (size_t e = 0; e < crossval->n_edge; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      if (crossval->mu[e][channel] == NULL) continue;
      const held_points p = {crossval->n_row,
                             dataset->grid[e].n_energy,
                             dataset->target[e][channel],
                             dataset->known[e][channel],
                             crossval->mu[e][channel],
                             crossval->sigma[e][channel],
                             crossval->fold,
                             crossval->mae[e][channel][CUXAS_BY_MODEL]};
      calibrate_head(&p, n_fold, factor, ratio, &crossval->spread_factor[e][channel], &crossval->coverage[e][channel]);
    }
  free(factor);
  free(ratio);
  return CUXAS_OK;
}

/* ---- 2. the profile of errors ------------------------------------------------------------------------------- */

/* Linear between the points of a grid; false: beyond its ends. */
static bool interpolate(cuxas_grid grid, const double *value, double energy_eV, double *ret_value)
{
  const double place = (energy_eV - grid.start_eV) / grid.step_eV, last = (double)(grid.n_energy - 1);
  if (!(place >= 0.0 && place <= last)) return false;
  const size_t below = place < last ? (size_t)place : grid.n_energy - 1, above = place < last ? below + 1 : below;
  const double part = place - (double)below;
  *ret_value        = (1.0 - part) * value[below] + part * value[above];
  return true;
}

/* Rows of numbers on the spectra's grid. */
typedef struct {
  double *truth, *error; /* broadened */
  double *difference;    /* not yet */
  size_t *n_seen;        /* per point of the profile */
} work_rows;

/* Adds one row's squared errors to the profile's sums. */
static cuxas_status add_row(const cuxas_held_out_spectra *held_out, size_t i_row, const work_rows *work,
                            cuxas_error_profile *profile, size_t *n_used, cuxas_error *err)
{
  const cuxas_grid        grid      = held_out->grid;
  const double           *truth     = held_out->truth + i_row * grid.n_energy;
  const double           *predicted = held_out->predicted + i_row * grid.n_energy;
  const cuxas_edge_window first     = {.splitting_eV = 0.0};
  cuxas_onset             onset;
  cuxas_status            status;

  for (size_t i = 0; i < grid.n_energy; i++) work->difference[i] = predicted[i] - truth[i];
  if ((status = cuxas_broaden(grid, truth, held_out->fwhm_eV, work->truth, err)) != CUXAS_OK ||
      (status = cuxas_broaden(grid, work->difference, held_out->fwhm_eV, work->error, err)) != CUXAS_OK ||
      (status = cuxas_onset_find(grid, work->truth, CUXAS_ONSET_SMOOTH_EV, &first, 1, &onset, err)) != CUXAS_OK)
    return status;
  if (!onset.found) return CUXAS_OK;
  (*n_used)++;
  for (size_t i = 0; i < profile->offset.n_energy; i++) {
    double error;
    if (!interpolate(grid, work->error, onset.energy_eV + cuxas_grid_energy_eV(profile->offset, i), &error)) continue;
    profile->rms[i] += error * error;
    work->n_seen[i]++;
  }
  return CUXAS_OK;
}

/* Sums to root mean squares; points that few rows reach take the nearest value that many do. */
static void finish(const size_t *n_seen, size_t n_used, cuxas_error_profile *profile)
{
  const size_t n     = profile->offset.n_energy;
  size_t       first = n, last = 0;
  for (size_t i = 0; i < n; i++) {
    if (2 * n_seen[i] < n_used) continue;
    profile->rms[i] = sqrt(profile->rms[i] / (double)n_seen[i]);
    if (first == n) first = i;
    last = i;
  }
  for (size_t i = 0; i < first && first < n; i++) profile->rms[i] = profile->rms[first];
  for (size_t i = last + 1; i < n; i++) profile->rms[i] = profile->rms[last];
}

cuxas_status cuxas_error_profile_learn(const cuxas_held_out_spectra *held_out, cuxas_error_profile **ret_profile,
                                       cuxas_error *err)
{
  const size_t     n_energy = held_out->grid.n_energy;
  const cuxas_grid offset   = {CUXAS_ERROR_PROFILE_START_EV, held_out->grid.step_eV, n_energy};
  size_t           n_used   = 0;
  cuxas_status     status   = CUXAS_OK;

  *ret_profile                 = NULL;
  cuxas_error_profile *profile = cuxas_error_profile_new(offset);
  double              *rows    = cuxas_new(err, n_energy, 3 * sizeof *rows);
  work_rows            work    = {rows, NULL, NULL, cuxas_new(err, n_energy, sizeof *work.n_seen)};
  if (profile == NULL || rows == NULL || work.n_seen == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  work.error      = rows + n_energy;
  work.difference = rows + 2 * n_energy;
  for (size_t i = 0; i < held_out->n_row && status == CUXAS_OK; i++)
    if (held_out->opt_use == NULL || held_out->opt_use[i]) status = add_row(held_out, i, &work, profile, &n_used, err);
  if (status == CUXAS_OK && n_used == 0)
    status = cuxas_fail(err, CUXAS_ERANGE, "no spectrum with an edge to learn errors from");
  if (status != CUXAS_OK) goto done;
  finish(work.n_seen, n_used, profile);
  *ret_profile = profile;
  profile      = NULL;
done:
  cuxas_error_profile_free(profile);
  free(work.n_seen);
  free(rows);
  return status;
}

/* ---- 3. cross-validation ------------------------------------------------------------------------------------ */

const char *cuxas_predictor_name(cuxas_predictor predictor)
{
  switch (predictor) {
  case CUXAS_BY_MEAN: return "mean spectrum";
  case CUXAS_BY_NEAREST: return "nearest neighbour";
  default: return "model";
  }
}

/* ---- predictors of one fold ------------------------------------------------------------------------------------- */

/* One fold: its ensemble, the rows it learnt from, and the rows it is judged by. */
typedef struct {
  const cuxas_dataset  *dataset;
  const cuxas_ensemble *ensemble;
  const size_t         *learnt, *held;
  size_t                n_learnt, n_held;
  float                *feature; /* (n_held, n_feature) */
} fold_test;

static double mean_difference(const float *a, const float *b, size_t n)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) sum += fabs((double)a[i] - b[i]);
  return sum / (double)n;
}

static void average_targets(const fold_test *test, const float *target, const bool *known, size_t n_energy,
                            float *ret_mean)
{
  size_t n = 0;
  for (size_t j = 0; j < n_energy; j++) ret_mean[j] = 0.0f;
  for (size_t i = 0; i < test->n_learnt; i++) {
    if (!known[test->learnt[i]]) continue;
    for (size_t j = 0; j < n_energy; j++) ret_mean[j] += target[test->learnt[i] * n_energy + j];
    n++;
  }
  for (size_t j = 0; j < n_energy && n > 0; j++) ret_mean[j] /= (float)n;
}

/* find_nearest() - of the rows learnt from that have a target; SIZE_MAX: none has */
static size_t find_nearest(const fold_test *test, const bool *known, const float *feature)
{
  const size_t n_feature    = test->ensemble->reduction->n_feature;
  size_t       nearest      = SIZE_MAX;
  double       least_so_far = INFINITY;
  for (size_t i = 0; i < test->n_learnt; i++) {
    const float *other  = test->ensemble->feature + i * n_feature;
    double       square = 0.0;
    if (!known[test->learnt[i]]) continue;
    for (size_t j = 0; j < n_feature; j++) square += pow((double)feature[j] - other[j], 2.0);
    if (square < least_so_far) {
      least_so_far = square;
      nearest      = test->learnt[i];
    }
  }
  return nearest;
}

static cuxas_status judge(const fold_test *test, size_t i_edge, cuxas_channel channel, cuxas_crossval *crossval,
                          cuxas_error *err)
{
  const size_t n_energy = test->dataset->grid[i_edge].n_energy, n_feature = test->ensemble->reduction->n_feature;
  const float *target = test->dataset->target[i_edge][channel];
  const bool  *known  = test->dataset->known[i_edge][channel];
  double     **mae    = crossval->mae[i_edge][channel];
  float       *mu     = cuxas_new(err, test->n_held, n_energy * sizeof *mu);
  float       *sigma  = cuxas_new(err, test->n_held, n_energy * sizeof *sigma);
  float       *mean   = cuxas_new(err, n_energy, sizeof *mean);
  cuxas_status status =
      mu != NULL && sigma != NULL && mean != NULL
          ? cuxas_ensemble_predict(test->ensemble, i_edge, channel, test->feature, test->n_held, mu, err)
          : cuxas_no_memory(err);
  if (status == CUXAS_OK)
    status = cuxas_ensemble_spread(test->ensemble, i_edge, channel, test->feature, test->n_held, sigma, err);
  if (status == CUXAS_OK) average_targets(test, target, known, n_energy, mean);
  for (size_t i = 0; i < test->n_held && status == CUXAS_OK; i++) {
    const size_t row     = test->held[i];
    const float *truth   = target + row * n_energy;
    const size_t nearest = find_nearest(test, known, test->feature + i * n_feature);
    memcpy(crossval->mu[i_edge][channel] + row * n_energy, mu + i * n_energy, n_energy * sizeof *mu);
    memcpy(crossval->sigma[i_edge][channel] + row * n_energy, sigma + i * n_energy, n_energy * sizeof *sigma);
    if (!known[row] || nearest == SIZE_MAX) continue;
    mae[CUXAS_BY_MODEL][row]   = mean_difference(mu + i * n_energy, truth, n_energy);
    mae[CUXAS_BY_MEAN][row]    = mean_difference(mean, truth, n_energy);
    mae[CUXAS_BY_NEAREST][row] = mean_difference(target + nearest * n_energy, truth, n_energy);
  }
  free(mu);
  free(sigma);
  free(mean);
  return status;
}

/* ---- folds ------------------------------------------------------------------------------------------------------ */

/* Progress of all folds as one. */
typedef struct {
  size_t             i_fold, n_fold;
  const cuxas_watch *opt_watch;
} fold_counter;

static void count_fold(size_t n_done, size_t n_total, void *user)
{
  const fold_counter *c = user;
  cuxas_watch_tell(c->opt_watch, c->i_fold * n_total + n_done, c->n_fold * n_total);
}

/* judge_held() - all edges and channels of the held rows; test->feature (n_held, n_feature) is filled here */
static cuxas_status judge_held(const cuxas_training_set *set, const fold_test *test, cuxas_crossval *crossval,
                               cuxas_error *err)
{
  const cuxas_ensemble *ensemble = test->ensemble;
  cuxas_status          status   = CUXAS_OK;
  for (size_t i = 0; i < test->n_held; i++) {
    float *mine = test->feature + i * ensemble->reduction->n_feature;
    cuxas_reduction_apply(ensemble->reduction, set->raw + test->held[i] * set->n_raw, 1, mine);
    crossval->distance[test->held[i]] = cuxas_ensemble_distance(ensemble, mine);
  }
  for (size_t i_edge = 0; i_edge < set->dataset->n_edge; i_edge++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++)
      if (cuxas_ensemble_has(ensemble, i_edge, (cuxas_channel)channel))
        status = judge(test, i_edge, (cuxas_channel)channel, crossval, err);
  return status;
}

/* run_fold() - row (n_row) and feature (n_row, n_feature) are scratch */
static cuxas_status run_fold(const cuxas_training_set *set, const cuxas_ensemble_settings *settings,
                             fold_counter *counter, size_t *row, float *feature, cuxas_crossval *crossval,
                             cuxas_error *err)
{
  const cuxas_dataset *dataset  = set->dataset;
  cuxas_ensemble      *ensemble = NULL;
  size_t               n_learnt = 0, n = 0;
  for (size_t i = 0; i < dataset->n_row; i++) /* rows learnt from first, then the held ones */
    if (crossval->fold[i] != counter->i_fold) row[n_learnt++] = i;
  n = n_learnt;
  for (size_t i = 0; i < dataset->n_row; i++)
    if (crossval->fold[i] == counter->i_fold) row[n++] = i;
  if (n == n_learnt) return CUXAS_OK;

  const cuxas_watch  watch = {count_fold, counter, NULL};
  cuxas_training_set mine  = *set;
  if (set->opt_fold_raw != NULL) mine.raw = set->opt_fold_raw[counter->i_fold];
  cuxas_status status = cuxas_ensemble_new(&mine, row, n_learnt, settings, &watch, &ensemble, err);
  if (status == CUXAS_OK) {
    const fold_test test = {dataset, ensemble, row, row + n_learnt, n_learnt, n - n_learnt, feature};
    status               = judge_held(&mine, &test, crossval, err);
  }
  cuxas_ensemble_free(ensemble);
  return status;
}

static cuxas_crossval *make_crossval(const cuxas_dataset *dataset, const bool *has_channel)
{
  cuxas_crossval *crossval = cuxas_new(NULL, 1, sizeof *crossval);
  if (crossval == NULL) return NULL;
  crossval->n_row    = dataset->n_row;
  crossval->n_edge   = dataset->n_edge;
  crossval->fold     = cuxas_new(NULL, dataset->n_row, sizeof *crossval->fold);
  crossval->distance = cuxas_new(NULL, dataset->n_row, sizeof *crossval->distance);
  bool complete      = crossval->fold != NULL && crossval->distance != NULL;
  for (size_t i = 0; i < dataset->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      crossval->spread_factor[i][channel] = 1.0;
      crossval->coverage[i][channel]      = NAN;
      if (!complete || !has_channel[channel]) continue;
      const size_t n_energy       = dataset->grid[i].n_energy;
      crossval->mu[i][channel]    = cuxas_new(NULL, dataset->n_row, n_energy * sizeof(float));
      crossval->sigma[i][channel] = cuxas_new(NULL, dataset->n_row, n_energy * sizeof(float));
      complete                    = crossval->mu[i][channel] != NULL && crossval->sigma[i][channel] != NULL;
      for (int p = 0; complete && p < CUXAS_N_PREDICTOR; p++) {
        double *mae = crossval->mae[i][channel][p] = cuxas_new(NULL, dataset->n_row, sizeof *mae);
        for (size_t j = 0; mae != NULL && j < dataset->n_row; j++) mae[j] = NAN;
        complete = mae != NULL;
      }
    }
  if (complete) return crossval;
  cuxas_crossval_free(crossval);
  return NULL;
}

/* What succeeded is the caller's, anything else is freed. */
static cuxas_status hand_over(cuxas_crossval *crossval, cuxas_status status, cuxas_crossval **ret_crossval)
{
  if (status == CUXAS_OK)
    *ret_crossval = crossval;
  else
    cuxas_crossval_free(crossval);
  return status;
}

cuxas_status cuxas_crossval_new(const cuxas_training_set *set, const cuxas_ensemble_settings *settings, size_t n_fold,
                                uint64_t fold_seed, const cuxas_watch *opt_watch, cuxas_crossval **ret_crossval,
                                cuxas_error *err)
{
  *ret_crossval                  = NULL;
  const cuxas_dataset *dataset   = set->dataset;
  cuxas_crossval      *crossval  = make_crossval(dataset, settings->channel);
  const size_t         n_feature = settings->n_feature > 0 ? settings->n_feature : set->n_raw;
  size_t              *row       = cuxas_new(err, dataset->n_row, sizeof *row);
  float               *feature   = cuxas_new(err, dataset->n_row, n_feature * sizeof *feature);
  cuxas_status         status    = CUXAS_OK;
  fold_counter         counter   = {0, n_fold, opt_watch};

  if (crossval == NULL || row == NULL || feature == NULL)
    status = cuxas_no_memory(err);
  else
    status = cuxas_split_folds(set->groups, n_fold, fold_seed, crossval->fold, err);
  for (; counter.i_fold < n_fold && status == CUXAS_OK; counter.i_fold++)
    status = run_fold(set, settings, &counter, row, feature, crossval, err);
  if (status == CUXAS_OK) status = cuxas_crossval_calibrate(dataset, crossval, err);
  free(row);
  free(feature);
  return hand_over(crossval, status, ret_crossval);
}

cuxas_status cuxas_crossval_judge(const cuxas_training_set *set, size_t n_held, const cuxas_ensemble *ensemble,
                                  cuxas_crossval **ret_crossval, cuxas_error *err)
{
  const cuxas_dataset *dataset                      = set->dataset;
  bool                 has_channel[CUXAS_N_CHANNEL] = {false};
  for (size_t i = 0; i < ensemble->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++)
      has_channel[channel] = has_channel[channel] || cuxas_ensemble_has(ensemble, i, (cuxas_channel)channel);

  *ret_crossval            = NULL;
  const size_t    n_learnt = dataset->n_row - n_held;
  cuxas_crossval *crossval = make_crossval(dataset, has_channel);
  size_t         *row      = cuxas_new(err, dataset->n_row, sizeof *row);
  float          *feature  = cuxas_new(err, n_held, ensemble->reduction->n_feature * sizeof *feature);
  cuxas_status    status   = CUXAS_OK;
  if (crossval == NULL || row == NULL || feature == NULL) {
    status = cuxas_no_memory(err);
  } else {
    for (size_t i = 0; i < dataset->n_row; i++) {
      row[i]                = i;
      crossval->fold[i]     = i < n_learnt ? 1 : 0;
      crossval->distance[i] = NAN;
    }
    const fold_test test = {dataset, ensemble, row, row + n_learnt, n_learnt, n_held, feature};
    status               = judge_held(set, &test, crossval, err);
  }
  free(row);
  free(feature);
  return hand_over(crossval, status, ret_crossval);
}

void cuxas_crossval_free(cuxas_crossval *crossval)
{
  if (crossval == NULL) return;
  free(crossval->fold);
  free(crossval->distance);
  for (size_t i = 0; i < CUXAS_MODEL_MAX_EDGE; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      for (int p = 0; p < CUXAS_N_PREDICTOR; p++) free(crossval->mae[i][channel][p]);
      free(crossval->mu[i][channel]);
      free(crossval->sigma[i][channel]);
    }
  free(crossval);
}

/* ---- summaries -------------------------------------------------------------------------------------------------- */

/* sort_numbers() - the values that are numbers and wanted, rising; the caller frees them; NULL: no memory */
static double *sort_numbers(const double *value, const bool *opt_row, size_t n, size_t *ret_n)
{
  double *sorted = cuxas_new(NULL, n, sizeof *sorted);
  size_t  n_kept = 0;
  for (size_t i = 0; sorted != NULL && i < n; i++)
    if (!isnan(value[i]) && (opt_row == NULL || opt_row[i])) sorted[n_kept++] = value[i];
  if (sorted != NULL) gsl_sort(sorted, 1, n_kept);
  *ret_n = n_kept;
  return sorted;
}

cuxas_status cuxas_error_summarise(const double *mae, const bool *opt_row, size_t n_row,
                                   cuxas_error_summary *ret_summary, cuxas_error *err)
{
  size_t  n;
  double *sorted = sort_numbers(mae, opt_row, n_row, &n);
  if (sorted == NULL) return cuxas_no_memory(err);
  *ret_summary = (cuxas_error_summary){.n_row = n};
  if (n > 0) {
    ret_summary->median = gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.5);
    ret_summary->p90    = gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.9);
    ret_summary->mean   = gsl_stats_mean(sorted, 1, n);
  }
  free(sorted);
  return CUXAS_OK;
}

cuxas_status cuxas_quantile(const double *value, size_t n, double part, double *ret_quantile, cuxas_error *err)
{
  size_t  n_kept;
  double *sorted = sort_numbers(value, NULL, n, &n_kept);
  if (sorted == NULL) return cuxas_no_memory(err);
  if (n_kept > 0) *ret_quantile = gsl_stats_quantile_from_sorted_data(sorted, 1, n_kept, part);
  free(sorted);
  return n_kept > 0 ? CUXAS_OK : cuxas_fail(err, CUXAS_ERANGE, "no value to take a quantile of");
}
