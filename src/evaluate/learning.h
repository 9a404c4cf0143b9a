/* learning.h - how errors fall with the number of sites learnt from, and which sites are worth the most: trainings on growing parts
 * of the records */
#ifndef CUXAS_LEARNING_H
#define CUXAS_LEARNING_H
#include "learn/ensemble.h"
#include "learn/crossval.h"

#include <stdio.h>

/* -- the learning curve -- */

enum { CUXAS_MAX_CURVE_SIZE = 12 };

typedef struct {
  size_t n_size, n_seed;
  double n_row[CUXAS_MAX_CURVE_SIZE]; /* sites learnt from, mean over the seeds; rising */
  double
        *median[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL]; /* (n_size, n_seed) of the held-out errors; NULL: no networks */
  double factor[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL]; /* median = factor n^exponent, fitted; NaN: too few sizes */
  double exponent[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL];
} cuxas_learning_curve;

typedef struct {
  size_t   n_fold; /* each seed holds out one of so many parts of the compounds and learns from the others ... */
  size_t   n_size; /* ... and from a half, a quarter ... of them, as long as CUXAS_CURVE_MIN_ROW sites are left */
  size_t   n_seed; /* repetitions, seeds first_seed, first_seed + 1 ... */
  uint64_t first_seed;
} cuxas_learning_plan;

/* cuxas_learning_curve_new() - trains on growing parts of the compounds
 *
 *   set, settings, opt_watch  as cuxas_crossval_new()
 *   ret_curve  the caller frees it with cuxas_learning_curve_free()
 *
 * Parts are nested, and divide no compound. Returns  as cuxas_crossval_new(). */
cuxas_status cuxas_learning_curve_new(const cuxas_training_set *set, const cuxas_ensemble_settings *settings,
                                      const cuxas_learning_plan *plan, const cuxas_watch *opt_watch,
                                      cuxas_learning_curve **ret_curve, cuxas_error *err);

#define CUXAS_CURVE_MIN_ROW 8

/* cuxas_learning_curve_free() - accepts NULL */
void cuxas_learning_curve_free(cuxas_learning_curve *curve);

/* -- which sites next? --
 *
 * A replay of the records as if they were simulated one after the other: from a few, drawn at random, on, every rule adds those of
 * the others (held-out ones excepted) of which it expects most, a training follows, and so on, by a factor of sqrt(2) each time.
 * Nothing of a site but its structure is known before it is added. B. Settles, Active Learning, Morgan & Claypool 2012. */

typedef enum {
  CUXAS_NEXT_RANDOM,
  CUXAS_NEXT_DISTANCE,     /* the farthest from all that are known, those just added too */
  CUXAS_NEXT_SIGMA,        /* the largest mean sigma: the error that the model expects */
  CUXAS_NEXT_DISAGREEMENT, /* models of two halves of what is known differ most */
  CUXAS_NEXT_VERDICT, /* sigma over the distance to the most similar prediction of another compound: how easily would the
                              answer to a question change? */
  CUXAS_N_NEXT
} cuxas_next_rule;

/* cuxas_next_name() - "random", "distance" ...; static storage */
const char *cuxas_next_name(cuxas_next_rule rule);

/* After each training; the first edge, its first channel that is learnt. */
typedef struct {
  double n_learnt, median, mean, p90; /* held-out errors */
  double found; /* part of held-out sites whose spectrum is most like the prediction of a site of their own group */
} cuxas_replay_point;

typedef struct {
  size_t              n_size, n_seed;
  cuxas_replay_point *point[CUXAS_N_NEXT]; /* (n_size, n_seed) */
} cuxas_replay;

/* cuxas_replay_new() - from a sixteenth of the sites that are not held out to half of them
 *
 *   arguments as of cuxas_learning_curve_new(); plan->n_size does not count
 *   ret_replay  the caller frees it with cuxas_replay_free()
 *
 * Of one group no more than one site is added at a time, as long as there are others. Returns  as cuxas_crossval_new(). */
cuxas_status cuxas_replay_new(const cuxas_training_set *set, const cuxas_ensemble_settings *settings,
                              const cuxas_learning_plan *plan, const cuxas_watch *opt_watch, cuxas_replay **ret_replay,
                              cuxas_error *err);

/* cuxas_replay_free() - accepts NULL */
void cuxas_replay_free(cuxas_replay *replay);

/* cuxas_replay_write_text() - means over the seeds, and how sure the difference from random is */
void cuxas_replay_write_text(const cuxas_replay *replay, FILE *out);

/* cuxas_replay_json() - the caller deletes it; NULL: no memory */
cJSON *cuxas_replay_json(const cuxas_replay *replay);

#endif
