#include "cuxas/predict.h"

#include "cuxas/memory.h"
#include "domain_priv.h"

#include <cblas.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- features and their distance from the training set ---------------------------------------------------------- */

/* reduce() - feature = matrix (raw - mean); raw is overwritten */
static void reduce(const cuxas_model *model, float *raw, size_t n_site, float *ret_feature)
{
  const size_t n_raw = model->n_raw, n_feature = model->n_feature;
  for (size_t i = 0; i < n_site; i++)
    for (size_t j = 0; j < n_raw; j++) raw[i * n_raw + j] -= model->reduction_mean[j];
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n_site, (int)n_feature, (int)n_raw, 1.0f, raw, (int)n_raw,
              model->reduction_matrix, (int)n_raw, 0.0f, ret_feature, (int)n_feature);
}

cuxas_status cuxas_predict_features(const cuxas_model *model, const cuxas_crystal *crystal, const size_t *sites,
                                    size_t n_site, float *ret_feature, cuxas_error *err)
{
  if (model->reduction_matrix == NULL)
    return cuxas_featurizer_run(model->featurizer, crystal, sites, n_site, ret_feature, err);
  if (n_site > INT_MAX) return cuxas_fail(err, CUXAS_ERANGE, "%zu sites are too many at once", n_site);
  float *raw = cuxas_new_array(n_site, model->n_raw * sizeof *raw);
  if (raw == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the features of %zu sites", n_site);

  const cuxas_status status = cuxas_featurizer_run(model->featurizer, crystal, sites, n_site, raw, err);
  if (status == CUXAS_OK && n_site > 0) reduce(model, raw, n_site, ret_feature);
  free(raw);
  return status;
}

cuxas_domain cuxas_predict_domain(const cuxas_model *model, const float *feature)
{
  if (model->n_domain == 0) return (cuxas_domain){0.0, false};
  const double distance =
      cuxas_domain_distance(model->domain_feature, model->n_domain, model->n_feature, model->domain_k, feature);
  return (cuxas_domain){distance, distance > model->domain_threshold};
}

/* ---- edge spectra to one structure spectrum --------------------------------------------------------------------- */

void cuxas_predict_assemble(const cuxas_model *model, const double *const *edge_mu, double *ret_mu)
{
  for (size_t i = 0; i < model->grid.n_energy; i++) ret_mu[i] = 0.0;
  for (size_t i_edge = 0; i_edge < model->n_edge; i_edge++) {
    const cuxas_edge *edge = &model->edge[i_edge];
    const double     *mu   = edge_mu[i_edge];
    const size_t first = (size_t)lround((edge->grid.start_eV - model->grid.start_eV) / model->grid.step_eV); /* whole */
    for (size_t i = 0; i < model->grid.n_energy; i++) {
      double value;
      if (i < first)
        value = mu[0] * exp(((double)i - (double)first) * model->grid.step_eV / CUXAS_TAIL_EV);
      else
        value = i - first < edge->grid.n_energy ? mu[i - first] : mu[edge->grid.n_energy - 1];
      ret_mu[i] += edge->weight * value;
    }
  }
}

/* ---- the networks on the orbits of one crystal ------------------------------------------------------------------ */

/* Outputs of every member of one head. */
typedef struct {
  size_t n_member, n_site, n_energy;
  float *mu; /* (n_member, n_site, n_energy) */
} head_output;

static cuxas_status run_head(const cuxas_head *head, const float *feature, size_t n_site, head_output *ret_output,
                             cuxas_error *err)
{
  const cuxas_dense *first    = head->member[0]; /* all members of a head have one shape */
  const size_t       n_energy = first->width[first->n_layer], n_work = cuxas_dense_work_size(first, n_site);
  const size_t       n_mu = head->n_member * n_site * n_energy;
  float             *work = cuxas_new_array(n_work, sizeof *work), *mu = cuxas_new_array(n_mu, sizeof *mu);

  if (work == NULL || mu == NULL) {
    free(work);
    free(mu);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the networks' outputs for %zu sites", n_site);
  }
  for (size_t i = 0; i < head->n_member; i++)
    cuxas_dense_forward(head->member[i], feature, n_site, work, mu + i * n_site * n_energy);
  free(work);
  for (size_t i = 0; i < n_mu; i++)
    if (!isfinite(mu[i])) {
      free(mu);
      return cuxas_fail(err, CUXAS_ENUMERIC, "a network's output is not finite");
    }
  *ret_output = (head_output){head->n_member, n_site, n_energy, mu};
  return CUXAS_OK;
}

/* spread() - mean and sample standard deviation of n values, stride floats apart */
static double spread(const float *value, size_t n, size_t stride, double *ret_mean)
{
  double sum = 0.0, square = 0.0;
  for (size_t i = 0; i < n; i++) sum += value[i * stride];
  *ret_mean = sum / (double)n;
  for (size_t i = 0; i < n; i++) square += pow(value[i * stride] - *ret_mean, 2.0);
  return n > 1 ? sqrt(square / (double)(n - 1)) : 0.0;
}

static cuxas_status fill_site(cuxas_site_prediction *site, size_t i_site, size_t i_head, const head_output *output,
                              cuxas_error *err)
{
  double *mu          = cuxas_new_array(output->n_energy, sizeof *mu);
  double *sigma       = output->n_member > 1 ? cuxas_new_array(output->n_energy, sizeof *sigma) : NULL;
  site->mu[i_head]    = mu; /* owned from here on */
  site->sigma[i_head] = sigma;
  if (mu == NULL || (sigma == NULL && output->n_member > 1))
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a site spectrum");
  for (size_t i = 0; i < output->n_energy; i++) {
    const double deviation =
        spread(output->mu + i_site * output->n_energy + i, output->n_member, output->n_site * output->n_energy, &mu[i]);
    if (sigma != NULL) sigma[i] = deviation;
  }
  return CUXAS_OK;
}

/* ---- structure spectra ------------------------------------------------------------------------------------------ */

/* average_sites() - mean over absorber sites of one member's outputs, or of all members' when i_member is SIZE_MAX */
static void average_sites(const cuxas_prediction *prediction, const head_output *output, size_t i_head, size_t i_member,
                          double *ret_mu)
{
  for (size_t i = 0; i < output->n_energy; i++) ret_mu[i] = 0.0;
  for (size_t i_site = 0; i_site < prediction->n_site; i_site++) {
    const cuxas_site_prediction *site   = &prediction->site[i_site];
    const double                 weight = (double)site->multiplicity / (double)prediction->n_absorber;
    for (size_t i = 0; i < output->n_energy; i++)
      ret_mu[i] += weight * (i_member == SIZE_MAX
                                 ? site->mu[i_head][i]
                                 : (double)output->mu[(i_member * output->n_site + i_site) * output->n_energy + i]);
  }
}

/* assemble_channel() - the structure spectrum of a channel and, by the spread of its members, the sigma of it
 *
 * Member j of one edge goes with member j of the others: they were trained on the same sample. */
static cuxas_status assemble_channel(const cuxas_model *model, cuxas_channel channel, const head_output *output,
                                     cuxas_prediction *prediction, cuxas_error *err)
{
  cuxas_status status                        = CUXAS_OK;
  const size_t n_energy                      = model->grid.n_energy;
  size_t       n_member                      = SIZE_MAX, i_head[CUXAS_MODEL_MAX_EDGE];
  double      *edge_mu[CUXAS_MODEL_MAX_EDGE] = {0}, *mu = NULL, *sigma = NULL, *member = NULL;

  for (size_t i = 0; i < model->n_edge; i++) {
    i_head[i]  = (size_t)(cuxas_model_find_head(model, i, channel) - model->head);
    n_member   = output[i_head[i]].n_member < n_member ? output[i_head[i]].n_member : n_member;
    edge_mu[i] = cuxas_new_array(model->edge[i].grid.n_energy, sizeof *edge_mu[i]);
    if (edge_mu[i] == NULL) goto no_memory;
  }
  if ((mu = cuxas_new_array(n_energy, sizeof *mu)) == NULL) goto no_memory;
  for (size_t i = 0; i < model->n_edge; i++)
    average_sites(prediction, &output[i_head[i]], i_head[i], SIZE_MAX, edge_mu[i]);
  cuxas_predict_assemble(model, (const double *const *)edge_mu, mu);
  if (n_member > 1) {
    if ((sigma = cuxas_new_array(n_energy, sizeof *sigma)) == NULL ||
        (member = cuxas_new_array(n_member, n_energy * sizeof *member)) == NULL)
      goto no_memory;
    for (size_t j = 0; j < n_member; j++) {
      for (size_t i = 0; i < model->n_edge; i++)
        average_sites(prediction, &output[i_head[i]], i_head[i], j, edge_mu[i]);
      cuxas_predict_assemble(model, (const double *const *)edge_mu, member + j * n_energy);
    }
    for (size_t i = 0; i < n_energy; i++) {
      double sum = 0.0, square = 0.0;
      for (size_t j = 0; j < n_member; j++) sum += member[j * n_energy + i];
      for (size_t j = 0; j < n_member; j++) square += pow(member[j * n_energy + i] - sum / (double)n_member, 2.0);
      sigma[i] = sqrt(square / (double)(n_member - 1));
    }
  }
  prediction->mu[channel]    = mu;
  prediction->sigma[channel] = sigma;
  mu = sigma = NULL;
  goto done;
no_memory:
  status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a structure spectrum");
done:
  for (size_t i = 0; i < model->n_edge; i++) free(edge_mu[i]);
  free(mu);
  free(sigma);
  free(member);
  return status;
}

/* ---- the whole chain -------------------------------------------------------------------------------------------- */

/* new_prediction() - sites by orbits, without spectra; NULL: no memory */
static cuxas_prediction *new_prediction(const cuxas_model *model, const cuxas_crystal *crystal,
                                        const cuxas_orbits *orbits)
{
  cuxas_prediction *prediction = cuxas_new_array(1, sizeof *prediction);
  if (prediction == NULL) return NULL;
  cuxas_crystal_formula(crystal, prediction->formula);
  prediction->n_head         = model->n_head;
  prediction->grid           = model->grid;
  prediction->symmetry_found = orbits->found;
  if ((prediction->site = cuxas_new_array(orbits->n_orbit, sizeof *prediction->site)) == NULL) goto no_memory;
  prediction->n_site = orbits->n_orbit;
  for (size_t i = 0; i < orbits->n_orbit; i++) {
    cuxas_site_prediction *site = &prediction->site[i];
    site->site_index            = orbits->first_site[i];
    site->mu                    = cuxas_new_array(model->n_head, sizeof *site->mu);
    site->sigma                 = cuxas_new_array(model->n_head, sizeof *site->sigma);
    site->equivalent_site       = cuxas_new_array(orbits->multiplicity[i], sizeof *site->equivalent_site);
    if (site->mu == NULL || site->sigma == NULL || site->equivalent_site == NULL) goto no_memory;
  }
  for (size_t i = 0; i < orbits->n_site; i++) {
    if (orbits->orbit_of[i] == SIZE_MAX) continue;
    cuxas_site_prediction *site                 = &prediction->site[orbits->orbit_of[i]];
    site->equivalent_site[site->multiplicity++] = i;
    prediction->n_absorber++;
  }
  return prediction;
no_memory:
  cuxas_prediction_free(prediction);
  return NULL;
}

static void judge_domain(const cuxas_model *model, const float *feature, cuxas_prediction *prediction)
{
  for (size_t i = 0; i < prediction->n_site; i++) {
    const cuxas_domain domain  = cuxas_predict_domain(model, feature + i * model->n_feature);
    prediction->site[i].domain = domain;
    if (domain.distance > prediction->domain.distance) prediction->domain = domain;
  }
}

static cuxas_status run_networks(const cuxas_model *model, const float *feature, cuxas_prediction *prediction,
                                 cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  head_output *output = cuxas_new_array(model->n_head, sizeof *output);
  if (output == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu heads", model->n_head);

  for (size_t i = 0; i < model->n_head && status == CUXAS_OK; i++) {
    status = run_head(&model->head[i], feature, prediction->n_site, &output[i], err);
    for (size_t j = 0; j < prediction->n_site && status == CUXAS_OK; j++)
      status = fill_site(&prediction->site[j], j, i, &output[i], err);
  }
  for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++)
    if (cuxas_model_has_channel(model, (cuxas_channel)channel))
      status = assemble_channel(model, (cuxas_channel)channel, output, prediction, err);
  for (size_t i = 0; i < model->n_head; i++) free(output[i].mu);
  free(output);
  return status;
}

cuxas_status cuxas_predict_crystal(const cuxas_model *model, const cuxas_crystal *crystal,
                                   cuxas_prediction **ret_prediction, cuxas_error *err)
{
  cuxas_status      status;
  cuxas_orbits     *orbits     = NULL;
  cuxas_prediction *prediction = NULL;
  float            *feature    = NULL;

  *ret_prediction = NULL;
  if (model->n_head == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "model %s has features but no networks", model->name);
  status = cuxas_symmetry_find_orbits(crystal, model->absorber, CUXAS_SYMPREC_A, &orbits, err);
  if (status != CUXAS_OK) return status;
  if ((prediction = new_prediction(model, crystal, orbits)) == NULL ||
      (feature = cuxas_new_array(orbits->n_orbit, model->n_feature * sizeof *feature)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a prediction of %zu sites", orbits->n_orbit);
    goto done;
  }
  status = cuxas_predict_features(model, crystal, orbits->first_site, orbits->n_orbit, feature, err);
  if (status != CUXAS_OK) goto done;
  judge_domain(model, feature, prediction);
  if ((status = run_networks(model, feature, prediction, err)) != CUXAS_OK) goto done;

  *ret_prediction = prediction;
  prediction      = NULL;
done:
  cuxas_prediction_free(prediction);
  cuxas_orbits_free(orbits);
  free(feature);
  return status;
}

void cuxas_prediction_free(cuxas_prediction *prediction)
{
  if (prediction == NULL) return;
  for (size_t i = 0; i < prediction->n_site; i++) {
    cuxas_site_prediction *site = &prediction->site[i];
    for (size_t j = 0; j < prediction->n_head; j++) {
      if (site->mu != NULL) free(site->mu[j]);
      if (site->sigma != NULL) free(site->sigma[j]);
    }
    free(site->mu);
    free(site->sigma);
    free(site->equivalent_site);
  }
  free(prediction->site);
  for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
    free(prediction->mu[channel]);
    free(prediction->sigma[channel]);
  }
  free(prediction);
}
