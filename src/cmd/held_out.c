/* held_out.c - spectra of a cross-validation as a comparison sees them: all edges in one, no core hole */
#include "cmd/held_out.h"
#include "predict/head.h"

#include "base/memory.h"
#include "cuxas/predict.h"

#include <stdlib.h>

void cuxas_held_out_assemble(const cuxas_model *model, float *const rows[], size_t i_row, double *work, double *ret_mu)
{
  const double *edge_mu[CUXAS_MODEL_MAX_EDGE];
  double       *next = work;
  for (size_t e = 0; e < model->n_edge; e++) {
    const size_t n_energy = model->edge[e].grid.n_energy;
    for (size_t k = 0; k < n_energy; k++) next[k] = (double)rows[e][i_row * n_energy + k];
    edge_mu[e] = next;
    next += n_energy;
  }
  cuxas_predict_assemble(model, edge_mu, ret_mu);
}

static bool is_complete(const cuxas_dataset *dataset, size_t n_edge, size_t i_row)
{
  for (size_t e = 0; e < n_edge; e++)
    if (!dataset->known[e][CUXAS_CHANNEL_NO_HOLE][i_row]) return false;
  return true;
}

static cuxas_held_out *allocate(size_t n_row, size_t n_energy)
{
  cuxas_held_out *held_out = cuxas_new_array(1, sizeof *held_out);
  if (held_out == NULL) return NULL;
  held_out->i_record  = cuxas_new_array(n_row, sizeof *held_out->i_record);
  held_out->fold      = cuxas_new_array(n_row, sizeof *held_out->fold);
  held_out->truth     = cuxas_new_array(n_row, n_energy * sizeof *held_out->truth);
  held_out->predicted = cuxas_new_array(n_row, n_energy * sizeof *held_out->predicted);
  if (held_out->i_record != NULL && held_out->fold != NULL && held_out->truth != NULL && held_out->predicted != NULL)
    return held_out;
  cuxas_held_out_free(held_out);
  return NULL;
}

cuxas_status cuxas_held_out_new(const cuxas_training *training, const cuxas_crossval *crossval,
                                const cuxas_model *model, cuxas_held_out **ret_held_out, cuxas_error *err)
{
  const size_t n_record = training->records->n_record, n_energy = model->grid.n_energy;
  size_t       n_work    = 0;
  bool         is_learnt = true;
  float       *truth[CUXAS_MODEL_MAX_EDGE], *predicted[CUXAS_MODEL_MAX_EDGE];

  *ret_held_out = NULL;
  for (size_t e = 0; e < model->n_edge; e++) {
    truth[e]     = training->dataset->target[e][CUXAS_CHANNEL_NO_HOLE];
    predicted[e] = crossval->mu[e][CUXAS_CHANNEL_NO_HOLE];
    is_learnt    = is_learnt && truth[e] != NULL && predicted[e] != NULL;
    n_work += model->edge[e].grid.n_energy;
  }
  cuxas_held_out *held_out = allocate(n_record, n_energy);
  double         *work     = cuxas_new_array(n_work, sizeof *work);
  if (held_out == NULL || work == NULL) {
    free(work);
    cuxas_held_out_free(held_out);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu spectra", n_record);
  }
  for (size_t i = 0; i < n_record && is_learnt; i++) {
    if (!is_complete(training->dataset, model->n_edge, i)) continue;
    const size_t row        = held_out->n_row++;
    held_out->i_record[row] = i;
    held_out->fold[row]     = crossval->fold[i];
    cuxas_held_out_assemble(model, truth, i, work, held_out->truth + row * n_energy);
    cuxas_held_out_assemble(model, predicted, i, work, held_out->predicted + row * n_energy);
  }
  free(work);
  *ret_held_out = held_out;
  return CUXAS_OK;
}

cuxas_status cuxas_held_out_learn(const cuxas_held_out *held_out, const cuxas_model *model, const bool *opt_use,
                                  cuxas_error_profile **ret_profile, cuxas_error *err)
{
  const cuxas_held_out_spectra spectra = {model->grid,         held_out->n_row, held_out->truth,
                                          held_out->predicted, opt_use,         model->fwhm_eV};
  return cuxas_error_profile_learn(&spectra, ret_profile, err);
}

void cuxas_held_out_free(cuxas_held_out *held_out)
{
  if (held_out == NULL) return;
  free(held_out->i_record);
  free(held_out->fold);
  free(held_out->truth);
  free(held_out->predicted);
  free(held_out);
}
