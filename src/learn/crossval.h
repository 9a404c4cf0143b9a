/* crossval.h - the error on held-out compounds: every row is predicted by a model that never saw its group
 *
 * Beside the model two predictors that any method must beat are judged on the same rows: the mean spectrum of the rows
 * learnt from, and the spectrum of the row that is nearest in the reduced features. */
#ifndef CUXAS_CROSSVAL_H
#define CUXAS_CROSSVAL_H
#include "learn/ensemble.h"

typedef enum { CUXAS_BY_MODEL, CUXAS_BY_MEAN, CUXAS_BY_NEAREST, CUXAS_N_PREDICTOR } cuxas_predictor;

/* cuxas_predictor_name() - "model", "mean spectrum", "nearest neighbour"; static storage */
const char *cuxas_predictor_name(cuxas_predictor predictor);

/* Errors of one edge, channel and predictor: mean absolute difference over the edge's grid, mu at edge step 1. */
typedef struct {
  size_t n_row; /* rows that were judged */
  double median, mean, p90;
} cuxas_error_summary;

typedef struct {
  size_t  n_row, n_edge;
  size_t *fold;     /* (n_row) part in which the row was held out */
  double *distance; /* (n_row) from the rows learnt from, as predict.h's */
  double
      *mae[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL][CUXAS_N_PREDICTOR]; /* (n_row) NaN: no target; NULL: not predicted */
  float *mu[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL];    /* (n_row, n_energy) what was predicted for held rows */
  float *sigma[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL]; /* (n_row, n_energy) sigma of it; 0 for one network alone */
  double spread_factor[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL]; /* for a head: see cuxas_crossval_calibrate() */
  double coverage[CUXAS_MODEL_MAX_EDGE]
                 [CUXAS_N_CHANNEL]; /* part of the held points within 1.645 sigma; NaN: no sigma */
} cuxas_crossval;

/* cuxas_crossval_new() - trains anew for every fold and judges what it held out
 *
 *   set                of all rows
 *   n_fold, fold_seed  as cuxas_split_folds()
 *   opt_watch          NULL: nobody watches
 *   ret_crossval       the caller frees it with cuxas_crossval_free()
 *
 * Returns  as cuxas_ensemble_new() and cuxas_split_folds(). */
cuxas_status cuxas_crossval_new(const cuxas_training_set *set, const cuxas_ensemble_settings *settings, size_t n_fold,
                                uint64_t fold_seed, const cuxas_watch *opt_watch, cuxas_crossval **ret_crossval,
                                cuxas_error *err);

/* cuxas_crossval_judge() - the same for one given split: the last n_held rows are judged, the others were learnt from
 *
 *   ensemble      learnt from the rows in front, its features are theirs, in order
 *   ret_crossval  the caller frees it; fold 0 are the rows judged, the others have fold 1 and no errors
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_crossval_judge(const cuxas_training_set *set, size_t n_held, const cuxas_ensemble *ensemble,
                                  cuxas_crossval **ret_crossval, cuxas_error *err);

/* cuxas_crossval_calibrate() - how much sigma has to be widened to tell the size of the errors
 *
 * spread_factor is the one with which CUXAS_INTERVAL_PART of all held points are within CUXAS_INTERVAL_SIGMA sigma. The
 * sigmas of each fold are widened by the factor that the other folds ask for, so that coverage is a test of it.
 * cuxas_crossval_new() does this; rows that were judged by a finished model keep its sigma.
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_crossval_calibrate(const cuxas_dataset *dataset, cuxas_crossval *crossval, cuxas_error *err);

#define CUXAS_INTERVAL_PART 0.9
#define CUXAS_INTERVAL_SIGMA 1.645 /* of a normal distribution, that part is so close to the mean */

/* cuxas_crossval_free() - accepts NULL */
void cuxas_crossval_free(cuxas_crossval *crossval);

/* cuxas_error_summarise() - of the rows that have a number and, where opt_row is given, are true in it
 *
 *   mae  (n_row), NaN where there is none
 *
 * Returns  all zero when no row is left; median and p90 by linear interpolation between the sorted values. */
cuxas_status cuxas_error_summarise(const double *mae, const bool *opt_row, size_t n_row,
                                   cuxas_error_summary *ret_summary, cuxas_error *err);

/* cuxas_quantile() - of n values, NaN left out, 0 <= part <= 1; CUXAS_ERANGE: no value */
cuxas_status cuxas_quantile(const double *value, size_t n, double part, double *ret_quantile, cuxas_error *err);

#endif
