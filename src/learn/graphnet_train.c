/* The training loop.
 *
 *   shards       a step's structures are dealt to a few parts, worked on in parallel; gradients are summed in order
 *   optimiser    Adam, gradients cut to a norm
 *   passes       learning, judging */
#include "learn/graphnet_train_priv.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LONGEST_GRADIENT = 1.0, TINY = 1e-8;

/* ---- one step --------------------------------------------------------------------------------------------------- */

/* take() - how many of the structures make a batch */
static size_t take(const cuxas_graphnet_trainer *t, const size_t *structure, size_t n)
{
  size_t n_atom = 0, i = 0;
  while (i < n && n_atom < t->settings->n_batch) n_atom += t->data->structure[structure[i++]].graph->n_atom;
  return i;
}

/* step() - the shards' gradients, summed in their order, cut, and one step of Adam */
static void step(cuxas_graphnet_trainer *t, double rate)
{
  float *sum    = t->shard[0].gradient;
  double square = 0.0;
  for (size_t j = 1; j < CUXAS_GRAPHNET_N_SHARD; j++)
    for (size_t i = 0; i < t->n_parameter; i++) sum[i] += t->shard[j].gradient[i];
  for (size_t i = 0; i < t->n_parameter; i++) square += (double)sum[i] * sum[i];
  const float cut = (float)fmin(1.0, LONGEST_GRADIENT / (sqrt(square) + TINY));
  cuxas_adam_step(&t->optimiser, sum, cut, rate, t->settings->weight_decay, t->parameter);
}

static void load_heads(cuxas_graphnet_trainer *t)
{
  for (size_t i = 0; i < t->n_head; i++)
    if (t->head[i] != NULL)
      memcpy(t->head[i]->parameter, t->parameter + t->first[i], t->head[i]->n_parameter * sizeof *t->parameter);
}

/* ---- passes ----------------------------------------------------------------------------------------------------- */

static double rate_at(const cuxas_graphnet_trainer *t, size_t i_epoch, double part)
{
  const double progress = ((double)i_epoch + part) / (double)t->settings->n_epoch;
  const double warm     = fmin(1.0, ((double)t->optimiser.n_step + 1.0) / 100.0); /* Adam's estimates need some steps */
  return warm * 0.5 * t->settings->rate * (1.0 + cos(acos(-1.0) * progress));
}

/* learn() - one pass through the learnt structures in a random order */
static cuxas_status learn(cuxas_graphnet_trainer *t, size_t i_epoch, cuxas_graphnet_progress opt_progress, void *user,
                          cuxas_graphnet_epoch *epoch, bool *ret_goes_on, cuxas_error *err)
{
  size_t n_step = 0;
  random_shuffle(&t->random, t->learnt, t->n_learnt);
  *epoch       = (cuxas_graphnet_epoch){.i_epoch = i_epoch + 1};
  *ret_goes_on = true;
  for (size_t i = 0; i < t->n_learnt && *ret_goes_on; n_step++) {
    const size_t n    = take(t, t->learnt + i, t->n_learnt - i);
    const double part = (double)i / (double)t->n_learnt;
    load_heads(t);
    if (!cuxas_graphnet_deal(t, t->learnt + i, n))
      return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a step of the training");
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t j = 0; j < CUXAS_GRAPHNET_N_SHARD; j++) cuxas_graphnet_shard_learn(t, &t->shard[j]);
    for (size_t j = 0; j < CUXAS_GRAPHNET_N_SHARD; j++) {
      if (t->shard[j].has_failed) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a step of the training");
      epoch->loss += t->shard[j].loss;
      for (size_t k = 0; k < t->data->n_task; k++) epoch->learnt_mean[k] += t->shard[j].error[k];
    }
    step(t, rate_at(t, i_epoch, part));
    i += n;
    if (opt_progress != NULL)
      *ret_goes_on = opt_progress(i_epoch * t->n_learnt + i, t->settings->n_epoch * t->n_learnt, NULL, user);
  }
  epoch->loss /= (double)n_step;
  for (size_t k = 0; k < t->data->n_task; k++)
    if (t->data->count.n_learnt[k] > 0) epoch->learnt_mean[k] /= (double)t->data->count.n_learnt[k];
  if (!isfinite(epoch->loss))
    return cuxas_fail(err, CUXAS_ENUMERIC, "training diverged in epoch %zu: try a lower rate", i_epoch + 1);
  return CUXAS_OK;
}

static int compare_doubles(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* judge() - errors of the held structures */
static cuxas_status judge(cuxas_graphnet_trainer *t, cuxas_graphnet_epoch *epoch, cuxas_error *err)
{
  const cuxas_graphnet_data *data  = t->data;
  double                    *error = cuxas_new_array(data->n_label, sizeof *error); /* by task, one after the other */
  cuxas_graphnet_shard      *s     = &t->shard[0];
  size_t                     first[CUXAS_GRAPHNET_MAX_TASK] = {0}, n[CUXAS_GRAPHNET_MAX_TASK] = {0};
  if (error == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for errors");
  for (size_t k = 1; k < data->n_task; k++) first[k] = first[k - 1] + data->count.n_held[k - 1];
  load_heads(t);
  for (size_t i = 0; i < data->n_structure; i++) {
    if (!data->structure[i].is_held || data->structure[i].graph == NULL) continue;
    if (!cuxas_graphnet_deal(t, &i, 1) || !cuxas_graphnet_shard_forward(t, false, s)) {
      free(error);
      return cuxas_fail(err, CUXAS_ENOMEM, "no memory to judge the training");
    }
    for (size_t k = 0; k < data->n_task; k++) {
      if (t->head[k] == NULL) continue;
      const size_t n_row = cuxas_graphnet_shard_head(t, k, s), n_energy = data->task[k].grid.n_energy;
      for (size_t j = 0; j < n_row; j++) {
        double sum = 0.0;
        for (size_t q = 0; q < n_energy; q++) sum += fabs((double)(s->output[j * n_energy + q] - s->wanted[j][q]));
        error[first[k] + n[k]++] = sum / (double)n_energy;
      }
    }
  }
  for (size_t k = 0; k < data->n_task; k++) {
    if (n[k] == 0) continue;
    qsort(error + first[k], n[k], sizeof *error, compare_doubles);
    for (size_t j = 0; j < n[k]; j++) epoch->held_mean[k] += error[first[k] + j] / (double)n[k];
    epoch->held_median[k] = 0.5 * (error[first[k] + (n[k] - 1) / 2] + error[first[k] + n[k] / 2]);
  }
  free(error);
  return CUXAS_OK;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static cuxas_status check_settings(const cuxas_graphnet_settings *settings, cuxas_error *err)
{
  if (settings->n_epoch == 0 || settings->n_batch == 0 || !(settings->rate > 0.0) || !(settings->weight_decay >= 0.0) ||
      !(settings->rate * settings->weight_decay < 1.0) || !(settings->teacher_weight >= 0.0))
    return cuxas_fail(err, CUXAS_ERANGE, "training of the graph network: a setting is out of range");
  return CUXAS_OK;
}

cuxas_status cuxas_graphnet_train(const cuxas_graphnet_data *data, const cuxas_graphnet_settings *settings,
                                  const float *opt_start, const char *opt_checkpoint,
                                  cuxas_graphnet_progress opt_progress, void *user, float **ret_parameter,
                                  cuxas_error *err)
{
  cuxas_graphnet_trainer t;
  char                   mark[CUXAS_SHA256_HEX_SIZE];
  size_t                 i_epoch = 0;
  bool                   goes_on = true;
  cuxas_status           status  = check_settings(settings, err);

  *ret_parameter = NULL;
  if (status != CUXAS_OK) return status;
  if ((status = cuxas_graphnet_trainer_begin(data, settings, opt_start, &t, err)) != CUXAS_OK) goto done;
  cuxas_graphnet_fingerprint(&t, mark);
  if (opt_checkpoint != NULL &&
      (status = cuxas_graphnet_read_checkpoint(&t, opt_checkpoint, mark, &i_epoch, err)) != CUXAS_OK)
    goto done;
  for (; i_epoch < settings->n_epoch && goes_on; i_epoch++) {
    cuxas_graphnet_epoch epoch;
    if ((status = learn(&t, i_epoch, opt_progress, user, &epoch, &goes_on, err)) != CUXAS_OK) goto done;
    if (!goes_on) break;
    if ((status = judge(&t, &epoch, err)) != CUXAS_OK) goto done;
    if (opt_checkpoint != NULL &&
        (status = cuxas_graphnet_write_checkpoint(&t, opt_checkpoint, mark, i_epoch + 1, err)) != CUXAS_OK)
      goto done;
    if (opt_progress != NULL)
      goes_on = opt_progress((i_epoch + 1) * t.n_learnt, settings->n_epoch * t.n_learnt, &epoch, user);
  }
  if ((*ret_parameter = cuxas_new_array(t.n_net, sizeof **ret_parameter)) == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the graph network");
  else
    memcpy(*ret_parameter, t.parameter, t.n_net * sizeof **ret_parameter);
done:
  cuxas_graphnet_trainer_end(&t);
  return status;
}
