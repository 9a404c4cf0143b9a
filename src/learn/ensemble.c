#include "base/memory.h"
#include "learn/ensemble_priv.h"
#include "predict/head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *cuxas_method_name(cuxas_method method)
{
  switch (method) {
  case CUXAS_METHOD_KERNEL: return "kernel-ridge";
  case CUXAS_METHOD_BOTH: return "both";
  case CUXAS_METHOD_NETWORKS: break;
  }
  return "network";
}

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

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* set_features() - reduction found from the rows, and their reduced features */
static cuxas_status set_features(const float *raw, size_t n_raw, const size_t *row,
                                 const cuxas_ensemble_settings *settings, cuxas_ensemble *ensemble, cuxas_error *err)
{
  float       *mine      = cuxas_new_array(ensemble->n_row, n_raw * sizeof *mine);
  const size_t n_feature = settings->n_feature > 0 ? settings->n_feature : n_raw;
  ensemble->feature      = cuxas_new_array(ensemble->n_row, n_feature * sizeof *ensemble->feature);
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

cuxas_status cuxas_ensemble_new(const cuxas_dataset *dataset, const cuxas_groups *groups, const float *raw,
                                size_t n_raw, const size_t *row, size_t n_row, const cuxas_ensemble_settings *settings,
                                cuxas_ensemble_progress opt_progress, void *user, cuxas_ensemble **ret_ensemble,
                                cuxas_error *err)
{
  *ret_ensemble           = NULL;
  const bool has_networks = settings->method != CUXAS_METHOD_KERNEL,
             has_kernel   = settings->method != CUXAS_METHOD_NETWORKS;
  if ((has_networks && settings->n_member == 0) || settings->domain_k == 0 || n_row < 2)
    return cuxas_fail(err, CUXAS_ERANGE, "nothing to fit: %zu spectra, %zu members", n_row, settings->n_member);
  cuxas_ensemble *ensemble = cuxas_new_array(1, sizeof *ensemble);
  if (ensemble == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a fit");
  ensemble->n_edge            = dataset->n_edge;
  ensemble->n_row             = n_row;
  ensemble->domain_k          = settings->domain_k < n_row ? settings->domain_k : n_row;
  ensemble->n_member          = has_networks ? settings->n_member : 0;
  ensemble->is_shared         = settings->is_shared;
  ensemble->kernel_is_aligned = has_kernel && settings->is_aligned;
  ensemble->kernel_part       = !has_networks ? 1.0 : has_kernel ? settings->kernel_part : 0.0;
  for (size_t i = 0; i < ensemble->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) ensemble->spread_factor[i][channel] = 1.0;
  memcpy(ensemble->grid, dataset->grid, sizeof ensemble->grid);

  const cuxas_ensemble_rows rows   = {dataset, groups, row};
  cuxas_status              status = set_features(raw, n_raw, row, settings, ensemble, err);
  if (status == CUXAS_OK && has_networks)
    status = cuxas_ensemble_fit_networks(&rows, settings, opt_progress, user, ensemble, err);
  if (status == CUXAS_OK && has_kernel) status = cuxas_ensemble_fit_kernels(&rows, settings, ensemble, err);
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
      for (size_t j = 0; ensemble->result[i][channel] != NULL && j < ensemble->n_member; j++)
        cuxas_train_result_free(&ensemble->result[i][channel][j]);
      free(ensemble->result[i][channel]);
      cuxas_kernel_free(ensemble->kernel[i][channel]);
      free(ensemble->kernel_row[i][channel]);
    }
  cuxas_reduction_free(ensemble->reduction);
  free(ensemble->feature);
  free(ensemble);
}

bool cuxas_ensemble_has(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel)
{
  return ensemble->net[i_edge][channel] != NULL || ensemble->kernel[i_edge][channel] != NULL;
}

cuxas_head cuxas_ensemble_head(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel)
{
  const cuxas_kernel *kernel = ensemble->kernel[i_edge][channel];
  const bool          is_relative =
      channel != CUXAS_CHANNEL_NO_HOLE && kernel != NULL && ensemble->kernel[i_edge][CUXAS_CHANNEL_NO_HOLE] != NULL;
  return (cuxas_head){.i_edge             = i_edge,
                      .channel            = channel,
                      .n_member           = ensemble->net[i_edge][channel] != NULL ? ensemble->n_member : 0,
                      .member             = ensemble->net[i_edge][channel],
                      .kernel             = ensemble->kernel[i_edge][channel],
                      .kernel_is_relative = is_relative,
                      .kernel_is_aligned  = kernel != NULL && !is_relative && ensemble->kernel_is_aligned,
                      .kernel_part        = ensemble->kernel_part,
                      .spread_factor      = ensemble->spread_factor[i_edge][channel]};
}

/* run_head() - ends with cuxas_head_output_free() */
static cuxas_status run_head(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel, const float *feature,
                             size_t n_row, cuxas_head_output *ret_output, cuxas_error *err)
{
  if (!cuxas_ensemble_has(ensemble, i_edge, channel))
    return cuxas_fail(err, CUXAS_ERANGE, "nothing predicts channel %s", cuxas_channel_name(channel));
  const cuxas_head head = cuxas_ensemble_head(ensemble, i_edge, channel);
  const cuxas_head base = cuxas_ensemble_head(ensemble, i_edge, CUXAS_CHANNEL_NO_HOLE);
  return cuxas_head_run(&head, &base, ensemble->grid[i_edge], feature, n_row, ret_output, err);
}

cuxas_status cuxas_ensemble_predict(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel,
                                    const float *feature, size_t n_row, float *ret_mu, cuxas_error *err)
{
  cuxas_head_output  output;
  const cuxas_status status = run_head(ensemble, i_edge, channel, feature, n_row, &output, err);
  if (status != CUXAS_OK) return status;
  memcpy(ret_mu, output.mean, n_row * output.n_energy * sizeof *ret_mu);
  cuxas_head_output_free(&output);
  return CUXAS_OK;
}

cuxas_status cuxas_ensemble_spread(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel,
                                   const float *feature, size_t n_row, float *ret_sigma, cuxas_error *err)
{
  cuxas_head_output  output;
  const cuxas_status status = run_head(ensemble, i_edge, channel, feature, n_row, &output, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = 0; i < n_row; i++)
    for (size_t j = 0; j < output.n_energy; j++)
      ret_sigma[i * output.n_energy + j] = (float)cuxas_head_sigma(&output, i, j);
  cuxas_head_output_free(&output);
  return CUXAS_OK;
}

double cuxas_ensemble_distance(const cuxas_ensemble *ensemble, const float *feature)
{
  return cuxas_domain_distance(ensemble->feature, ensemble->n_row, ensemble->reduction->n_feature, ensemble->domain_k,
                               feature);
}
