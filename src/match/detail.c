/* detail.c - what stands behind one hit: the spectra of its sites and the spread of the ensemble */
#include "match/detail.h"
#include "base/memory.h"
#include "match/candidate.h"
#include "match/library.h"
#include "match/query.h"
#include "match/search.h"
#include "predict/model_parts.h"
#include "predict/head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How a curve of the model's grid comes to stand beside the measurement. */
typedef struct {
  const cuxas_query            *query;
  const cuxas_model            *model;
  const cuxas_compare_settings *settings;
  const cuxas_comparison       *comparison; /* of the hit: shift and core-hole fraction */
} passage;

/* Broadened, mixed and shifted, not yet scaled. `mu` by channel: a channel that is NULL, or that the comparison did not
 * use, is left out, as cuxas_match_catalog() does. */
static cuxas_status pass(const passage *way, double *const mu[CUXAS_N_CHANNEL], double *ret_mu, cuxas_error *err)
{
  const cuxas_grid target   = way->query->grid;
  const double     shift_eV = way->comparison->shift_eV, fraction = way->comparison->hole_fraction;
  const double *first = mu[CUXAS_CHANNEL_NO_HOLE] != NULL ? mu[CUXAS_CHANNEL_NO_HOLE] : mu[CUXAS_CHANNEL_SCREENED_HOLE];
  const cuxas_curve curve = {
      way->model->grid, first,
      mu[CUXAS_CHANNEL_NO_HOLE] != NULL && fraction < 1.0 ? mu[CUXAS_CHANNEL_SCREENED_HOLE] : NULL, true};
  cuxas_resampled *resampled = NULL;

  const cuxas_status status =
      cuxas_resampled_new(&curve, way->comparison->fwhm_eV, target, shift_eV, shift_eV, &resampled, err);
  if (status != CUXAS_OK) return status;
  double *screened = NULL;
  if (resampled->n_channel == 2 && (screened = cuxas_new(err, target.n_energy, sizeof *screened)) == NULL) {
    cuxas_resampled_free(resampled);
    return cuxas_no_memory(err);
  }
  const cuxas_span all = {0, target.n_energy};
  cuxas_resampled_read(resampled, 0, target, all, shift_eV, ret_mu);
  if (screened != NULL) {
    cuxas_resampled_read(resampled, 1, target, all, shift_eV, screened);
    for (size_t i = 0; i < target.n_energy; i++) ret_mu[i] = fraction * ret_mu[i] + (1.0 - fraction) * screened[i];
  }
  free(screened);
  cuxas_resampled_free(resampled);
  return CUXAS_OK;
}

/* The line that the comparison scaled the structure's curve by, found from that curve itself. */
static cuxas_status find_scale(const passage *way, const double *structure, cuxas_line *ret_line, cuxas_error *err)
{
  const cuxas_query *query = way->query;
  const cuxas_span   all   = {0, query->grid.n_energy};
  cuxas_line         line;

  double *measured = cuxas_new(err, query->grid.n_energy, sizeof *measured);
  if (measured == NULL) return CUXAS_ENOMEM;
  bool is_scaled = cuxas_scale_measured(way->settings->scale, query, all, query->mu, &line);
  if (is_scaled) {
    cuxas_scale_apply(line, query->mu, query->grid.n_energy, measured);
    is_scaled = cuxas_scale_predicted(way->settings->scale, query, all, measured, structure, ret_line);
  }
  free(measured);
  return is_scaled ? CUXAS_OK : cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat or cannot be scaled");
}

/* The combined spectrum of one site in one channel; false: the model has no such channel. */
static bool assemble_site(const cuxas_model *model, const cuxas_site_prediction *site, cuxas_channel channel,
                          double *ret_mu)
{
  const double *edge_mu[CUXAS_MODEL_MAX_EDGE];
  if (!cuxas_model_has_channel(model, channel)) return false;
  for (size_t i_edge = 0; i_edge < model->n_edge; i_edge++)
    edge_mu[i_edge] = site->mu[cuxas_model_find_head(model, i_edge, channel) - model->head];
  cuxas_predict_assemble(model, edge_mu, ret_mu);
  return true;
}

static cuxas_status fill_site(const passage *way, const cuxas_prediction *prediction, size_t i_site, cuxas_line line,
                              cuxas_detail_site *ret_site, cuxas_error *err)
{
  const cuxas_site_prediction *site                     = &prediction->site[i_site];
  const size_t                 n_energy                 = way->model->grid.n_energy;
  double                      *channel[CUXAS_N_CHANNEL] = {NULL};
  cuxas_status                 status                   = CUXAS_OK;

  ret_site->site_index   = site->site_index;
  ret_site->multiplicity = site->multiplicity;
  ret_site->weight       = (double)site->multiplicity / (double)prediction->n_absorber;
  ret_site->domain       = site->domain;
  ret_site->mu           = cuxas_new(err, way->query->grid.n_energy, sizeof *ret_site->mu);
  double *work           = cuxas_new(err, n_energy, CUXAS_N_CHANNEL * sizeof *work);
  if (ret_site->mu == NULL || work == NULL) {
    free(work);
    return cuxas_no_memory(err);
  }
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) {
    double *row = work + (size_t)i * n_energy;
    if (assemble_site(way->model, site, (cuxas_channel)i, row)) channel[i] = row;
  }
  if ((status = pass(way, channel, ret_site->mu, err)) == CUXAS_OK)
    cuxas_scale_apply(line, ret_site->mu, way->query->grid.n_energy, ret_site->mu);
  free(work);
  return status;
}

/* mu: the structure's spectra by channel. */
static cuxas_status fill(const passage *way, const cuxas_prediction *prediction, double *const mu[CUXAS_N_CHANNEL],
                         cuxas_detail *detail, cuxas_error *err)
{
  const size_t n_energy = way->query->grid.n_energy;
  cuxas_line   line;
  cuxas_status status;

  detail->site      = cuxas_new(err, prediction->n_site, sizeof *detail->site);
  double *structure = cuxas_new(err, n_energy, sizeof *structure);
  if (detail->site == NULL || structure == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  detail->n_site = prediction->n_site;
  if ((status = pass(way, mu, structure, err)) != CUXAS_OK ||
      (status = find_scale(way, structure, &line, err)) != CUXAS_OK)
    goto done;
  for (size_t i = 0; i < prediction->n_site; i++)
    if ((status = fill_site(way, prediction, i, line, &detail->site[i], err)) != CUXAS_OK) goto done;

  if (prediction->sigma[CUXAS_CHANNEL_NO_HOLE] == NULL && prediction->sigma[CUXAS_CHANNEL_SCREENED_HOLE] == NULL)
    goto done;
  if ((detail->sigma = cuxas_new(err, n_energy, sizeof *detail->sigma)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  if ((status = pass(way, prediction->sigma, detail->sigma, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < n_energy; i++) detail->sigma[i] = fabs(line.gain * detail->sigma[i]);
done:
  free(structure);
  return status;
}

cuxas_status cuxas_detail_new(const cuxas_query *query, const cuxas_model *model,
                              const cuxas_compare_settings *settings, const cuxas_hit *hit, cuxas_detail **ret_detail,
                              cuxas_error *err)
{
  const passage     way        = {query, model, settings, &hit->comparison};
  cuxas_crystal    *crystal    = NULL;
  cuxas_prediction *prediction = NULL;
  cuxas_detail     *detail     = NULL;
  char              sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_status      status = CUXAS_OK;

  *ret_detail = NULL;
  if ((detail = cuxas_new(err, 1, sizeof *detail)) == NULL) return CUXAS_ENOMEM;
  if (hit->parts != NULL) {
    if ((status = fill(&way, hit->parts->prediction, hit->parts->mu, detail, err)) != CUXAS_OK) goto done;
  } else if (hit->kind == CUXAS_CANDIDATE_STRUCTURE) {
    const cuxas_candidate candidate = {.path = hit->path, .kind = hit->kind};
    if ((status = cuxas_candidate_hash(&candidate, sha256, err)) != CUXAS_OK) goto done;
    if (strcmp(sha256, hit->sha256) != 0) {
      status = cuxas_fail(err, CUXAS_EIO, "%s: changed while it was being matched", hit->path);
      goto done;
    }
    if ((status = cuxas_candidate_read(&candidate, &crystal, err)) != CUXAS_OK ||
        (status = cuxas_predict_crystal(model, crystal, &prediction, err)) != CUXAS_OK ||
        (status = fill(&way, prediction, prediction->mu, detail, err)) != CUXAS_OK)
      goto done;
  }
  *ret_detail = detail;
  detail      = NULL;
done:
  cuxas_detail_free(detail);
  cuxas_prediction_free(prediction);
  cuxas_crystal_free(crystal);
  return status;
}

void cuxas_detail_free(cuxas_detail *detail)
{
  if (detail == NULL) return;
  for (size_t i = 0; i < detail->n_site; i++) free(detail->site[i].mu);
  free(detail->site);
  free(detail->sigma);
  free(detail);
}
