/* learning_curve.c - held-out errors of models that learnt from growing parts of the records */
#include "evaluate/evaluation.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>

/* Everything one training needs, and scratch. */
typedef struct {
  const cuxas_training_set *set;
  cuxas_ensemble_settings   settings;
  size_t                   *fold, *group;  /* (n_row), (n_group) */
  size_t                   *learnt, *held; /* (n_row) */
  size_t                    n_learnt, n_held;
  float                    *feature, *mu; /* (n_row, n_feature), (n_row, n_energy of the largest grid) */
  double                   *mae;          /* (n_row) */
  size_t                    i_training, n_training;
  const cuxas_watch        *opt_watch;
} course;

static void count_training(size_t n_done, size_t n_total, void *user)
{
  const course *c = user;
  if (c->opt_watch != NULL)
    c->opt_watch->progress(c->i_training * n_total + n_done, c->n_training * n_total, c->opt_watch->user);
}

/* choose_rows() - whole groups in a random order, those that are not held out, until there are n_wanted rows */
static void choose_rows(course *c, uint64_t seed, size_t n_wanted)
{
  uint64_t state = seed;
  c->n_learnt = c->n_held = 0;
  for (size_t i = 0; i < c->set->groups->n_group; i++) c->group[i] = i;
  random_shuffle(&state, c->group, c->set->groups->n_group);
  for (size_t g = 0; g < c->set->groups->n_group && c->n_learnt < n_wanted; g++)
    for (size_t i = 0; i < c->set->groups->n_row; i++)
      if (c->set->groups->group_of[i] == c->group[g] && c->fold[i] != 0) c->learnt[c->n_learnt++] = i;
  for (size_t i = 0; i < c->set->groups->n_row; i++)
    if (c->fold[i] == 0) c->held[c->n_held++] = i;
}

static cuxas_status judge_edge(course *c, const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel,
                               double *ret_median, cuxas_error *err)
{
  const size_t n_energy = c->set->dataset->grid[i_edge].n_energy;
  const float *target   = c->set->dataset->target[i_edge][channel];
  cuxas_status status   = cuxas_ensemble_predict(ensemble, i_edge, channel, c->feature, c->n_held, c->mu, err);
  for (size_t i = 0; i < c->n_held && status == CUXAS_OK; i++) {
    double sum = 0.0;
    for (size_t k = 0; k < n_energy; k++)
      sum += fabs((double)c->mu[i * n_energy + k] - target[c->held[i] * n_energy + k]);
    c->mae[i] = c->set->dataset->known[i_edge][channel][c->held[i]] ? sum / (double)n_energy : NAN;
  }
  cuxas_error_summary summary = {0};
  if (status == CUXAS_OK) status = cuxas_error_summarise(c->mae, NULL, c->n_held, &summary, err);
  *ret_median = summary.n_row > 0 ? summary.median : NAN;
  return status;
}

static cuxas_status run_training(course *c, cuxas_learning_curve *curve, size_t i_size, size_t i_seed, cuxas_error *err)
{
  const cuxas_watch watch    = {count_training, c};
  cuxas_ensemble   *ensemble = NULL;
  cuxas_status      status   = cuxas_ensemble_new(c->set, c->learnt, c->n_learnt, &c->settings, &watch, &ensemble, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = 0; i < c->n_held; i++)
    cuxas_reduction_apply(ensemble->reduction, c->set->raw + c->held[i] * c->set->n_raw, 1,
                          c->feature + i * ensemble->reduction->n_feature);
  for (size_t e = 0; e < c->set->dataset->n_edge; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++)
      if (cuxas_ensemble_has(ensemble, e, (cuxas_channel)channel))
        status = judge_edge(c, ensemble, e, (cuxas_channel)channel,
                            &curve->median[e][channel][i_size * curve->n_seed + i_seed], err);
  cuxas_ensemble_free(ensemble);
  return status;
}

/* fit_curves() - power laws through all trainings */
static cuxas_status fit_curves(cuxas_learning_curve *curve, cuxas_error *err)
{
  const size_t n = curve->n_size * curve->n_seed;
  double      *x = cuxas_new_array(n, 2 * sizeof *x);
  if (x == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a learning curve");
  for (size_t e = 0; e < CUXAS_MODEL_MAX_EDGE; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      size_t n_point = 0;
      for (size_t i = 0; curve->median[e][channel] != NULL && i < n; i++) {
        if (!(curve->median[e][channel][i] > 0.0)) continue;
        x[n_point]       = curve->n_row[i / curve->n_seed];
        x[n + n_point++] = curve->median[e][channel][i];
      }
      cuxas_power_fit(x, x + n, n_point, &curve->factor[e][channel], &curve->exponent[e][channel]);
    }
  free(x);
  return CUXAS_OK;
}

/* start_course() - scratch; sizes from the largest fold on */
static cuxas_status start_course(course *c, cuxas_error *err)
{
  const size_t n_row  = c->set->dataset->n_row;
  size_t       widest = 0;
  for (size_t e = 0; e < c->set->dataset->n_edge; e++)
    if (c->set->dataset->grid[e].n_energy > widest) widest = c->set->dataset->grid[e].n_energy;
  c->fold   = cuxas_new_array(n_row, sizeof *c->fold);
  c->group  = cuxas_new_array(c->set->groups->n_group, sizeof *c->group);
  c->learnt = cuxas_new_array(n_row, sizeof *c->learnt);
  c->held   = cuxas_new_array(n_row, sizeof *c->held);
  c->feature =
      cuxas_new_array(n_row, (c->settings.n_feature > 0 ? c->settings.n_feature : c->set->n_raw) * sizeof *c->feature);
  c->mu  = cuxas_new_array(n_row, widest * sizeof *c->mu);
  c->mae = cuxas_new_array(n_row, sizeof *c->mae);
  if (c->fold == NULL || c->group == NULL || c->learnt == NULL || c->held == NULL || c->feature == NULL ||
      c->mu == NULL || c->mae == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a learning curve of %zu rows", n_row);
  return CUXAS_OK;
}

static void end_course(course *c)
{
  free(c->fold);
  free(c->group);
  free(c->learnt);
  free(c->held);
  free(c->feature);
  free(c->mu);
  free(c->mae);
}

static cuxas_learning_curve *make_curve(const cuxas_dataset *dataset, const cuxas_ensemble_settings *settings,
                                        size_t n_size, size_t n_seed)
{
  cuxas_learning_curve *curve    = cuxas_new_array(1, sizeof *curve);
  bool                  complete = curve != NULL;
  if (!complete) return NULL;
  curve->n_size = n_size;
  curve->n_seed = n_seed;
  for (size_t e = 0; e < dataset->n_edge; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && complete; channel++) {
      if (!settings->channel[channel]) continue;
      double *median = curve->median[e][channel] = cuxas_new_array(n_size, n_seed * sizeof *median);
      complete                                   = median != NULL;
      for (size_t i = 0; complete && i < n_size * n_seed; i++) median[i] = NAN;
    }
  if (complete) return curve;
  cuxas_learning_curve_free(curve);
  return NULL;
}

cuxas_status cuxas_learning_curve_new(const cuxas_training_set *set, const cuxas_ensemble_settings *settings,
                                      const cuxas_learning_plan *plan, const cuxas_watch *opt_watch,
                                      cuxas_learning_curve **ret_curve, cuxas_error *err)
{
  course                c     = {.set = set, .settings = *settings, .opt_watch = opt_watch};
  const size_t          n_row = set->dataset->n_row, n_most = n_row - n_row / plan->n_fold;
  size_t                n_size = plan->n_size;
  cuxas_learning_curve *curve  = NULL;

  *ret_curve = NULL;
  if (n_size > CUXAS_MAX_CURVE_SIZE) n_size = CUXAS_MAX_CURVE_SIZE;
  while (n_size > 1 && (n_most >> (n_size - 1)) < CUXAS_CURVE_MIN_ROW) n_size--;
  if (n_size == 0 || plan->n_seed == 0) return cuxas_fail(err, CUXAS_ERANGE, "a learning curve without sizes or seeds");
  c.n_training        = n_size * plan->n_seed;
  cuxas_status status = start_course(&c, err);
  if (status == CUXAS_OK && (curve = make_curve(set->dataset, settings, n_size, plan->n_seed)) == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a learning curve");
  for (size_t i_seed = 0; i_seed < plan->n_seed && status == CUXAS_OK; i_seed++) {
    const uint64_t seed     = plan->first_seed + i_seed;
    c.settings.network.seed = seed;
    status                  = cuxas_split_folds(set->groups, plan->n_fold, seed, c.fold, err);
    for (size_t i_size = 0; i_size < n_size && status == CUXAS_OK; i_size++, c.i_training++) {
      choose_rows(&c, seed, n_most >> (n_size - 1 - i_size));
      curve->n_row[i_size] += (double)c.n_learnt / (double)plan->n_seed;
      status = run_training(&c, curve, i_size, i_seed, err);
    }
  }
  if (status == CUXAS_OK) status = fit_curves(curve, err);
  end_course(&c);
  if (status == CUXAS_OK)
    *ret_curve = curve;
  else
    cuxas_learning_curve_free(curve);
  return status;
}

void cuxas_learning_curve_free(cuxas_learning_curve *curve)
{
  if (curve == NULL) return;
  for (size_t e = 0; e < CUXAS_MODEL_MAX_EDGE; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) free(curve->median[e][channel]);
  free(curve);
}
