#include "cuxas/ensemble.h"

#include "cuxas/memory.h"
#include "domain_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

cuxas_status cuxas_ensemble_features(const cuxas_featurizer *featurizer, const cuxas_records *records, float **ret_raw,
                                     cuxas_error *err)
{
  const size_t n_raw  = cuxas_featurizer_length(featurizer);
  float       *raw    = cuxas_new_array(records->n_record, n_raw * sizeof *raw);
  cuxas_status status = raw != NULL ? CUXAS_OK : cuxas_fail(err, CUXAS_ENOMEM, "no memory for the training features");
  for (size_t i = 0; i < records->n_record && status == CUXAS_OK; i++) {
    const cuxas_record *record = &records->record[i];
    cuxas_error         reason = {0};
    status = cuxas_featurizer_run(featurizer, record->crystal, &record->site, 1, raw + i * n_raw, &reason);
    if (status != CUXAS_OK) cuxas_fail(err, status, "record %s: %s", record->id, reason.message);
  }
  if (status != CUXAS_OK)
    free(raw);
  else
    *ret_raw = raw;
  return status;
}

/* ---- networks --------------------------------------------------------------------------------------------------- */

/* The examples of the rows learnt from, of one edge and channel. */
typedef struct {
  size_t        i_edge;
  cuxas_channel channel;
  float        *target; /* (n_row, n_energy) */
  bool         *known;  /* (n_row) */
} lesson;

static void free_lessons(lesson *lessons, size_t n_lesson)
{
  for (size_t i = 0; i < n_lesson; i++) {
    free(lessons[i].target);
    free(lessons[i].known);
  }
}

static cuxas_status new_lesson(const cuxas_dataset *dataset, const size_t *row, size_t n_row, size_t i_edge,
                               cuxas_channel channel, lesson *ret_lesson, cuxas_error *err)
{
  const size_t n_energy = dataset->grid[i_edge].n_energy;
  const float *all      = dataset->target[i_edge][channel];
  *ret_lesson =
      (lesson){i_edge, channel, cuxas_new_array(n_row, n_energy * sizeof *all), cuxas_new_array(n_row, sizeof(bool))};
  if (ret_lesson->target == NULL || ret_lesson->known == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu training targets", n_row);
  for (size_t i = 0; i < n_row; i++) {
    memcpy(ret_lesson->target + i * n_energy, all + row[i] * n_energy, n_energy * sizeof *all);
    ret_lesson->known[i] = dataset->known[i_edge][channel][row[i]];
  }
  return CUXAS_OK;
}

/* Progress of many trainings at once; the counter is shared by the threads. */
typedef struct {
  size_t                  n_done, n_total;
  cuxas_ensemble_progress opt_progress;
  void                   *user;
} counter;

static bool count_epoch(size_t i_epoch, double loss, double validation_loss, void *user)
{
  (void)i_epoch, (void)loss, (void)validation_loss;
  counter *c = user;
#pragma omp critical(cuxas_ensemble_progress)
  {
    c->n_done++;
    if (c->opt_progress != NULL) c->opt_progress(c->n_done, c->n_total, c->user);
  }
  return true;
}

static cuxas_status train_member(const cuxas_ensemble *ensemble, const cuxas_ensemble_settings *settings,
                                 const lesson *what, const bool *is_held, size_t i_member, counter *progress,
                                 cuxas_dense **ret_net, cuxas_train_result *ret_result, cuxas_error *err)
{
  const cuxas_examples examples = {.n_row       = ensemble->n_row,
                                   .n_input     = settings->n_feature,
                                   .n_output    = ensemble->grid[what->i_edge].n_energy,
                                   .input       = ensemble->feature,
                                   .target      = what->target,
                                   .opt_known   = what->known,
                                   .opt_is_held = is_held};
  cuxas_train_settings network  = settings->network;
  network.seed += i_member + 1000 * what->i_edge + 10000 * (size_t)what->channel;
  return cuxas_train_network(&examples, &network, count_epoch, progress, ret_net, ret_result, err);
}

/* train_all() - every member of every lesson; of several failures the first in order is reported */
static cuxas_status train_all(cuxas_ensemble *ensemble, const cuxas_ensemble_settings *settings, const lesson *lessons,
                              size_t n_lesson, const bool *is_held, cuxas_ensemble_progress opt_progress, void *user,
                              cuxas_error *err)
{
  const size_t n_job    = n_lesson * ensemble->n_member;
  counter      progress = {0, n_job * settings->network.n_epoch, opt_progress, user};
  size_t       i_failed = n_job;
  cuxas_status status   = CUXAS_OK;
#pragma omp parallel for schedule(dynamic)
  for (size_t i = 0; i < n_job; i++) {
    const lesson      *what     = &lessons[i / ensemble->n_member];
    const size_t       i_member = i % ensemble->n_member;
    cuxas_error        reason   = {0};
    const cuxas_status answer   = train_member(ensemble, settings, what, is_held + i_member * ensemble->n_row, i_member,
                                               &progress, &ensemble->net[what->i_edge][what->channel][i_member],
                                               &ensemble->result[what->i_edge][what->channel][i_member], &reason);
    if (answer != CUXAS_OK) {
#pragma omp critical(cuxas_ensemble_failure)
      if (i < i_failed) {
        i_failed = i;
        status   = cuxas_fail(err, answer, "%s", reason.message);
      }
    }
  }
  return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* set_features() - reduction found from the rows, and their reduced features */
static cuxas_status set_features(const float *raw, size_t n_raw, const size_t *row,
                                 const cuxas_ensemble_settings *settings, cuxas_ensemble *ensemble, cuxas_error *err)
{
  float *mine       = cuxas_new_array(ensemble->n_row, n_raw * sizeof *mine);
  ensemble->feature = cuxas_new_array(ensemble->n_row, settings->n_feature * sizeof *ensemble->feature);
  if (mine == NULL || ensemble->feature == NULL) {
    free(mine);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the features of %zu sites", ensemble->n_row);
  }
  for (size_t i = 0; i < ensemble->n_row; i++) memcpy(mine + i * n_raw, raw + row[i] * n_raw, n_raw * sizeof *mine);
  const cuxas_status status = cuxas_reduction_new(mine, ensemble->n_row, n_raw, settings->n_feature,
                                                  settings->whitening, &ensemble->reduction, err);
  if (status == CUXAS_OK) cuxas_reduction_apply(ensemble->reduction, mine, ensemble->n_row, ensemble->feature);
  free(mine);
  return status;
}

static cuxas_status set_networks(const cuxas_dataset *dataset, const cuxas_groups *groups, const size_t *row,
                                 const cuxas_ensemble_settings *settings, cuxas_ensemble_progress opt_progress,
                                 void *user, cuxas_ensemble *ensemble, cuxas_error *err)
{
  cuxas_status status                                          = CUXAS_OK;
  lesson       lessons[CUXAS_MODEL_MAX_EDGE * CUXAS_N_CHANNEL] = {0};
  size_t       n_lesson                                        = 0;
  bool        *is_held = cuxas_new_array(ensemble->n_member, ensemble->n_row * sizeof *is_held); /* (n_member, n_row) */
  if (is_held == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for an ensemble");

  for (size_t i = 0; i < ensemble->n_member && status == CUXAS_OK; i++)
    status = cuxas_split_validation(groups, row, ensemble->n_row, settings->validation_fraction,
                                    settings->network.seed + i, is_held + i * ensemble->n_row, err);
  for (size_t i_edge = 0; i_edge < ensemble->n_edge; i_edge++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++) {
      if (!settings->channel[channel]) continue;
      ensemble->net[i_edge][channel]    = cuxas_new_array(ensemble->n_member, sizeof(cuxas_dense *));
      ensemble->result[i_edge][channel] = cuxas_new_array(ensemble->n_member, sizeof(cuxas_train_result));
      if (ensemble->net[i_edge][channel] == NULL || ensemble->result[i_edge][channel] == NULL)
        status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for an ensemble");
      else
        status = new_lesson(dataset, row, ensemble->n_row, i_edge, (cuxas_channel)channel, &lessons[n_lesson++], err);
    }
  if (status == CUXAS_OK) status = train_all(ensemble, settings, lessons, n_lesson, is_held, opt_progress, user, err);
  free_lessons(lessons, n_lesson);
  free(is_held);
  return status;
}

cuxas_status cuxas_ensemble_new(const cuxas_dataset *dataset, const cuxas_groups *groups, const float *raw,
                                size_t n_raw, const size_t *row, size_t n_row, const cuxas_ensemble_settings *settings,
                                cuxas_ensemble_progress opt_progress, void *user, cuxas_ensemble **ret_ensemble,
                                cuxas_error *err)
{
  *ret_ensemble = NULL;
  if (settings->n_member == 0 || settings->domain_k == 0 || settings->n_feature == 0 || n_row < 2)
    return cuxas_fail(err, CUXAS_ERANGE, "nothing to fit: %zu spectra, %zu members", n_row, settings->n_member);
  cuxas_ensemble *ensemble = cuxas_new_array(1, sizeof *ensemble);
  if (ensemble == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a fit");
  ensemble->n_edge   = dataset->n_edge;
  ensemble->n_row    = n_row;
  ensemble->domain_k = settings->domain_k < n_row ? settings->domain_k : n_row;
  ensemble->n_member = settings->n_member;
  memcpy(ensemble->grid, dataset->grid, sizeof ensemble->grid);

  cuxas_status status = set_features(raw, n_raw, row, settings, ensemble, err);
  if (status == CUXAS_OK) status = set_networks(dataset, groups, row, settings, opt_progress, user, ensemble, err);
  if (status == CUXAS_OK)
    *ret_ensemble = ensemble;
  else
    cuxas_ensemble_free(ensemble);
  return status;
}

void cuxas_ensemble_free(cuxas_ensemble *ensemble)
{
  if (ensemble == NULL) return;
  for (size_t i = 0; i < ensemble->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      for (size_t j = 0; ensemble->net[i][channel] != NULL && j < ensemble->n_member; j++)
        cuxas_dense_free(ensemble->net[i][channel][j]);
      free(ensemble->net[i][channel]);
      free(ensemble->result[i][channel]);
    }
  cuxas_reduction_free(ensemble->reduction);
  free(ensemble->feature);
  free(ensemble);
}

cuxas_status cuxas_ensemble_predict(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel,
                                    const float *feature, size_t n_row, float *ret_mu, cuxas_error *err)
{
  cuxas_dense *const *net = ensemble->net[i_edge][channel];
  if (net == NULL) return cuxas_fail(err, CUXAS_ERANGE, "no networks for channel %s", cuxas_channel_name(channel));
  const size_t n_mu = n_row * ensemble->grid[i_edge].n_energy;
  float       *work = cuxas_new_array(cuxas_dense_work_size(net[0], n_row), sizeof *work);
  float       *mu   = cuxas_new_array(n_mu, sizeof *mu);
  if (work == NULL || mu == NULL) {
    free(work);
    free(mu);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory to predict %zu sites", n_row);
  }
  memset(ret_mu, 0, n_mu * sizeof *ret_mu);
  for (size_t i = 0; i < ensemble->n_member; i++) {
    cuxas_dense_forward(net[i], feature, n_row, work, mu);
    for (size_t j = 0; j < n_mu; j++) ret_mu[j] += mu[j] / (float)ensemble->n_member;
  }
  free(work);
  free(mu);
  return CUXAS_OK;
}

cuxas_status cuxas_ensemble_spread(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel,
                                   const float *feature, size_t n_row, const float *mu, float *ret_sigma,
                                   cuxas_error *err)
{
  cuxas_dense *const *net = ensemble->net[i_edge][channel];
  if (net == NULL) return cuxas_fail(err, CUXAS_ERANGE, "no networks for channel %s", cuxas_channel_name(channel));
  const size_t n_mu     = n_row * ensemble->grid[i_edge].n_energy;
  const float  n_degree = ensemble->n_member > 1 ? (float)(ensemble->n_member - 1) : 1.0f;
  float       *work     = cuxas_new_array(cuxas_dense_work_size(net[0], n_row), sizeof *work);
  float       *member   = cuxas_new_array(n_mu, sizeof *member);
  if (work == NULL || member == NULL) {
    free(work);
    free(member);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory to predict %zu sites", n_row);
  }
  memset(ret_sigma, 0, n_mu * sizeof *ret_sigma);
  for (size_t i = 0; i < ensemble->n_member && ensemble->n_member > 1; i++) {
    cuxas_dense_forward(net[i], feature, n_row, work, member);
    for (size_t j = 0; j < n_mu; j++) ret_sigma[j] += (member[j] - mu[j]) * (member[j] - mu[j]) / n_degree;
  }
  for (size_t j = 0; j < n_mu; j++) ret_sigma[j] = sqrtf(ret_sigma[j]);
  free(work);
  free(member);
  return CUXAS_OK;
}

double cuxas_ensemble_distance(const cuxas_ensemble *ensemble, const float *feature)
{
  return cuxas_domain_distance(ensemble->feature, ensemble->n_row, ensemble->reduction->n_feature, ensemble->domain_k,
                               feature);
}
