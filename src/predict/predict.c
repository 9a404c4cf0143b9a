/* predict.c - crystal to spectrum: features, their distance from the training set, heads, the sum over sites and edges
 *
 * Contents: 1. distance from the training set  2. heads  3. the chain */
#include "base/memory.h"
#include "cuxas/predict.h"
#include "predict/dense.h"
#include "predict/head.h"
#include "predict/m3gnet_priv.h"

#include <assert.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. distance from the training set ---------------------------------------------------------------------- */

/* Is the sum of squares surely larger than that? Summed in float32 and in any order, which is off by far less than a part of 1e-4; most
 * are after a few features. */
CUXAS_M3GNET_CLONES static bool is_surely_farther(const float *a, const float *b, size_t n, double square)
{
  enum { STEP = 64 };
  const float most = (float)fmin(square * (1.0 + 1e-4), FLT_MAX);
  float       sum  = 0.0f;
  for (size_t first = 0; first < n && !(sum > most); first += STEP) {
    const size_t end = n - first < STEP ? n : first + STEP;
#pragma omp simd reduction(+ : sum)
    for (size_t j = first; j < end; j++) sum += (a[j] - b[j]) * (a[j] - b[j]);
  }
  return sum > most && sum <= FLT_MAX; /* an overflow tells nothing */
}

double cuxas_domain_distance(const float *known, size_t n, size_t n_feature, size_t k, const float *feature,
                             const double *opt_absolute)
{
  double nearest[CUXAS_DOMAIN_MAX_K + 1]; /* rising; one more than k while a distance is sorted in */
  double enough    = INFINITY;            /* a sum of squares that is not among the k nearest */
  size_t n_nearest = 0;
  assert(k >= 1 && k <= CUXAS_DOMAIN_MAX_K && n >= 1);
  for (size_t i = 0; i < n; i++, known += n_feature) {
    const double absolute =
        opt_absolute != NULL ? opt_absolute[i] : 0.0; /* its square is at most n_feature squares (Cauchy) */
    if (absolute * absolute > enough * (double)n_feature * (1.0 + 1e-9) ||
        is_surely_farther(feature, known, n_feature, enough))
      continue;
    double square = 0.0;
    for (size_t j = 0; j < n_feature; j++) square += ((double)feature[j] - known[j]) * ((double)feature[j] - known[j]);
    if (square > enough) continue;
    const double distance = sqrt(square / (double)n_feature);
    size_t       place    = n_nearest;
    for (; place > 0 && nearest[place - 1] > distance; place--) nearest[place] = nearest[place - 1];
    nearest[place] = distance;
    if (n_nearest < k) n_nearest++;
    if (n_nearest == k) enough = nearest[k - 1] * nearest[k - 1] * (double)n_feature * (1.0 + 1e-9);
  }
  double sum = 0.0;
  for (size_t i = 0; i < n_nearest; i++) sum += nearest[i];
  return sum / (double)n_nearest;
}

/* ---- 2. heads ----------------------------------------------------------------------------------------------- */

/* ---- networks --------------------------------------------------------------------------------------------------- */

/* run_networks() - the mean of the members, and their deviations from it */
static cuxas_status run_networks(const cuxas_head *head, const float *feature, cuxas_head_output *output,
                                 cuxas_error *err)
{
  const size_t n_mu = output->n_site * output->n_energy, n_member = head->n_member;
  const float  part = (float)(1.0 - head->kernel_part), factor = part * (float)head->spread_factor;
  float       *work = cuxas_new(err, cuxas_dense_work_size(head->member[0], output->n_site), sizeof *work);
  float       *mu   = cuxas_new(err, n_member, n_mu * sizeof *mu);
  if (work == NULL || mu == NULL) {
    free(work);
    free(mu);
    return cuxas_no_memory(err);
  }
  for (size_t i = 0; i < n_member; i++)
    cuxas_dense_forward(head->member[i], feature, output->n_site, work, mu + i * n_mu);
  for (size_t j = 0; j < n_mu; j++) {
    double sum = 0.0;
    for (size_t i = 0; i < n_member; i++) sum += mu[i * n_mu + j];
    const float mean = (float)(sum / (double)n_member);
    for (size_t i = 0; i < n_member; i++) mu[i * n_mu + j] = factor * (mu[i * n_mu + j] - mean);
    output->mean[j] += part * mean;
  }
  free(work);
  if (n_member > 1)
    output->deviation = mu;
  else
    free(mu);
  return CUXAS_OK;
}

/* ---- kernel machine --------------------------------------------------------------------------------------------- */

float cuxas_kernel_log(float mu)
{
  return logf(fmaxf(mu, 0.0f) + (float)CUXAS_KERNEL_OFFSET);
}

float cuxas_kernel_exp(float z)
{
  return fmaxf(expf(z) - (float)CUXAS_KERNEL_OFFSET, 0.0f);
}

void cuxas_kernel_move(const float *mu, size_t n_energy, double n_step, float *ret_mu)
{
  const double last = (double)(n_energy - 1);
  for (size_t i = 0; i < n_energy; i++) {
    const double at    = fmin(fmax((double)i - n_step, 0.0), last);
    const size_t below = at < last ? (size_t)at : n_energy - 2;
    const float  part  = (float)(at - (double)below);
    ret_mu[i]          = (1.0f - part) * mu[below] + part * mu[below + 1];
  }
}

/* What kernel machines say of some sites. */
typedef struct {
  cuxas_kernel_near **near;         /* of the sites; may be NULL */
  float              *z, *variance; /* (n_site, n_energy) */
  double *shift, *shift_variance;   /* (n_site) energy by which the spectra are moved up, eV; 0: they are not aligned */
} kernel_output;

/* add_kernel() - adds one kernel machine's z and the square of its standard deviation; the last output is the shift when
 * there is one output more */
static cuxas_status add_kernel(const cuxas_kernel *kernel, const float *feature, size_t n_site, size_t n_energy,
                               kernel_output *sum, cuxas_error *err)
{
  const size_t n_out  = kernel->n_energy;
  float       *mine   = cuxas_new(err, n_site, n_out * sizeof *mine);
  double      *spread = cuxas_new(err, n_site, sizeof *spread);
  cuxas_status status = mine != NULL && spread != NULL
                            ? cuxas_kernel_predict(kernel, feature, n_site, sum->near, mine, spread, err)
                            : cuxas_no_memory(err);
  for (size_t i = 0; status == CUXAS_OK && i < n_site; i++) {
    for (size_t j = 0; j < n_energy; j++) {
      const double sigma = spread[i] * kernel->deviation[j];
      sum->z[i * n_energy + j] += mine[i * n_out + j];
      sum->variance[i * n_energy + j] += (float)(sigma * sigma);
    }
    if (n_out > n_energy) {
      sum->shift[i] += mine[i * n_out + n_energy];
      sum->shift_variance[i] += pow(spread[i] * kernel->deviation[n_energy], 2.0);
    }
  }
  free(mine);
  free(spread);
  return status;
}

/* fill_spectrum() - one site: mean and sigma on the grid, moved by the shift, whose uncertainty shows where mu is steep.
 * work (2 n_energy) is scratch */
static void fill_spectrum(const cuxas_head *head, const kernel_output *sum, size_t i_site, double step_eV,
                          cuxas_head_output *output, float *work)
{
  const size_t n_energy = output->n_energy;
  const float *z = sum->z + i_site * n_energy, *variance = sum->variance + i_site * n_energy;
  float       *mean = output->mean + i_site * n_energy, *sigma = output->kernel_sigma + i_site * n_energy;
  float       *mu = work, *moved = work + n_energy;
  const double n_step         = sum->shift[i_site] / step_eV,
               steps_variance = sum->shift_variance[i_site] / (step_eV * step_eV);
  const float part = (float)head->kernel_part, factor = part * (float)head->spread_factor;
  for (size_t j = 0; j < n_energy; j++) mu[j] = cuxas_kernel_exp(z[j]);
  cuxas_kernel_move(mu, n_energy, n_step, moved);
  for (size_t j = 0; j < n_energy; j++) mean[j] += part * moved[j];
  for (size_t j = 0; j < n_energy; j++) {
    const double value = mu[j] + CUXAS_KERNEL_OFFSET;
    const double slope = 0.5 * ((double)mu[j + 1 < n_energy ? j + 1 : j] - (double)mu[j > 0 ? j - 1 : 0]);
    moved[j]           = (float)sqrt(value * value * variance[j] + slope * slope * steps_variance);
  }
  cuxas_kernel_move(moved, n_energy, n_step, sigma);
  for (size_t j = 0; j < n_energy; j++) sigma[j] *= factor;
}

static cuxas_status run_kernel(const cuxas_head *head, const cuxas_head *opt_base, double step_eV, const float *feature,
                               cuxas_kernel_near **opt_near, cuxas_head_output *output, cuxas_error *err)
{
  const size_t  n_site = output->n_site, n_energy = output->n_energy;
  kernel_output sum    = {.near           = opt_near,
                          .z              = cuxas_new(err, n_site, n_energy * sizeof(float)),
                          .variance       = cuxas_new(err, n_site, n_energy * sizeof(float)),
                          .shift          = cuxas_new(err, n_site, sizeof(double)),
                          .shift_variance = cuxas_new(err, n_site, sizeof(double))};
  float        *work   = cuxas_new(err, n_energy, 2 * sizeof *work);
  output->kernel_sigma = cuxas_new(err, n_site, n_energy * sizeof *output->kernel_sigma);
  cuxas_status status  = CUXAS_OK;
  if (sum.z == NULL || sum.variance == NULL || sum.shift == NULL || sum.shift_variance == NULL || work == NULL ||
      output->kernel_sigma == NULL)
    status = cuxas_no_memory(err);
  if (status == CUXAS_OK) status = add_kernel(head->kernel, feature, n_site, n_energy, &sum, err);
  if (status == CUXAS_OK && head->kernel_is_relative)
    status = add_kernel(opt_base->kernel, feature, n_site, n_energy, &sum, err);
  for (size_t i = 0; status == CUXAS_OK && i < n_site; i++) fill_spectrum(head, &sum, i, step_eV, output, work);
  free(sum.z);
  free(sum.variance);
  free(sum.shift);
  free(sum.shift_variance);
  free(work);
  return status;
}

/* ---- both ------------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_head_run(const cuxas_head *head, const cuxas_head *opt_base, cuxas_grid grid,
                            const cuxas_head_sites *sites, cuxas_head_output *ret_output, cuxas_error *err)
{
  const float       *feature = sites->feature;
  const size_t       n_site  = sites->n_site;
  const cuxas_dense *net     = head->n_member > 0 ? head->member[0] : NULL; /* all members of a head have one shape */
  cuxas_head_output  output  = {.n_member = head->n_member, .n_site = n_site, .n_energy = grid.n_energy};
  cuxas_status       status  = CUXAS_OK;
  if ((output.mean = cuxas_new(err, n_site, output.n_energy * sizeof *output.mean)) == NULL) status = CUXAS_ENOMEM;
  if (status == CUXAS_OK && net != NULL) status = run_networks(head, feature, &output, err);
  if (status == CUXAS_OK && head->kernel != NULL)
    status = run_kernel(head, opt_base, grid.step_eV, feature, sites->opt_near, &output, err);
  for (size_t i = 0; status == CUXAS_OK && i < n_site * output.n_energy; i++)
    if (!isfinite(output.mean[i])) status = cuxas_fail(err, CUXAS_ENUMERIC, "a network's output is not finite");
  if (status == CUXAS_OK)
    *ret_output = output;
  else
    cuxas_head_output_free(&output);
  return status;
}

void cuxas_head_output_free(cuxas_head_output *output)
{
  free(output->mean);
  free(output->deviation);
  free(output->kernel_sigma);
  *output = (cuxas_head_output){0};
}

double cuxas_head_sigma(const cuxas_head_output *output, size_t i_site, size_t i_energy)
{
  const size_t n_mu = output->n_site * output->n_energy, at = i_site * output->n_energy + i_energy;
  double       square = 0.0;
  for (size_t i = 0; output->deviation != NULL && i < output->n_member; i++)
    square += pow(output->deviation[i * n_mu + at], 2.0) / (double)(output->n_member - 1);
  if (output->kernel_sigma != NULL) square += pow(output->kernel_sigma[at], 2.0);
  return sqrt(square);
}

/* ---- 3. the chain ------------------------------------------------------------------------------------------- */

/* ---- features and their distance from the training set ---------------------------------------------------------- */

/* reduce() - feature = matrix (raw - mean); raw is overwritten */
static void reduce(const cuxas_model *model, float *raw, size_t n_site, float *ret_feature)
{
  const size_t n_raw = model->n_raw, n_feature = model->n_feature;
  for (size_t i = 0; i < n_site; i++)
    for (size_t j = 0; j < n_raw; j++) raw[i * n_raw + j] -= model->reduction_mean[j];
  const cuxas_product product = {n_site, n_raw, n_feature, {raw, n_raw, false}, {model->reduction_matrix, n_raw, true},
                                 0.0f};
  cuxas_multiply(&product, ret_feature, n_feature);
}

cuxas_status cuxas_predict_features(const cuxas_model *model, const cuxas_crystal *crystal, const size_t *sites,
                                    size_t n_site, float *ret_feature, cuxas_error *err)
{
  if (model->reduction_matrix == NULL)
    return cuxas_featurizer_run(model->featurizer, crystal, sites, n_site, ret_feature, err);
  if (n_site > INT_MAX) return cuxas_fail(err, CUXAS_ERANGE, "%zu sites are too many at once", n_site);
  float *raw = cuxas_new(err, n_site, model->n_raw * sizeof *raw);
  if (raw == NULL) return CUXAS_ENOMEM;

  const cuxas_status status = cuxas_featurizer_run(model->featurizer, crystal, sites, n_site, raw, err);
  if (status == CUXAS_OK && n_site > 0) reduce(model, raw, n_site, ret_feature);
  free(raw);
  return status;
}

static cuxas_domain find_domain(const cuxas_model *model, const float *feature, const double *opt_absolute)
{
  if (model->n_domain == 0) return (cuxas_domain){0.0, false};
  const double distance = cuxas_domain_distance(model->domain_feature, model->n_domain, model->n_feature,
                                                model->domain_k, feature, opt_absolute);
  return (cuxas_domain){distance, distance > model->domain_threshold};
}

cuxas_domain cuxas_predict_domain(const cuxas_model *model, const float *feature)
{
  return find_domain(model, feature, NULL);
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

/* ---- the heads on the orbits of one crystal --------------------------------------------------------------------- */

static cuxas_status fill_site(cuxas_site_prediction *site, size_t i_site, size_t i_head,
                              const cuxas_head_output *output, cuxas_error *err)
{
  const bool has_sigma = output->deviation != NULL || output->kernel_sigma != NULL;
  double    *mu        = cuxas_new(err, output->n_energy, sizeof *mu);
  double    *sigma     = has_sigma ? cuxas_new(err, output->n_energy, sizeof *sigma) : NULL;
  site->mu[i_head]     = mu; /* owned from here on */
  site->sigma[i_head]  = sigma;
  if (mu == NULL || (sigma == NULL && has_sigma)) return cuxas_no_memory(err);
  for (size_t i = 0; i < output->n_energy; i++) {
    mu[i] = output->mean[i_site * output->n_energy + i];
    if (sigma != NULL) sigma[i] = cuxas_head_sigma(output, i_site, i);
  }
  return CUXAS_OK;
}

/* ---- structure spectra ------------------------------------------------------------------------------------------ */

/* average_sites() - mean over absorber sites of value (n_site, n_energy) */
static void average_sites(const cuxas_prediction *prediction, const float *value, size_t n_energy, double *ret_mu)
{
  for (size_t i = 0; i < n_energy; i++) ret_mu[i] = 0.0;
  for (size_t i_site = 0; i_site < prediction->n_site; i_site++) {
    const double weight = (double)prediction->site[i_site].multiplicity / (double)prediction->n_absorber;
    for (size_t i = 0; i < n_energy; i++) ret_mu[i] += weight * (double)value[i_site * n_energy + i];
  }
}

/* Values of one kind, (n_site, n_energy), of the heads of one channel, by edge. */
typedef struct {
  const float *value[CUXAS_MODEL_MAX_EDGE];
} edge_values;

/* assemble_values() - one structure spectrum from sites' values; edge_mu is scratch */
static void assemble_values(const cuxas_model *model, const cuxas_prediction *prediction, const edge_values *values,
                            double *const *edge_mu, double *ret_mu)
{
  for (size_t i = 0; i < model->n_edge; i++)
    average_sites(prediction, values->value[i], model->edge[i].grid.n_energy, edge_mu[i]);
  cuxas_predict_assemble(model, (const double *const *)edge_mu, ret_mu);
}

/* The heads of one channel, by edge, and what all of them know of their uncertainty. */
typedef struct {
  size_t i_head[CUXAS_MODEL_MAX_EDGE];
  size_t n_member; /* 0: no networks that deviate */
  bool   has_kernel;
} channel_heads;

/* assemble_sigma() - of a structure spectrum
 *
 * Member j of one edge goes with member j of the others: they were trained on the same sample. The kernel machines'
 * errors are taken as alike in all sites and edges: they err for the same reason. mu is scratch */
static void assemble_sigma(const cuxas_model *model, const cuxas_prediction *prediction,
                           const cuxas_head_output *output, const channel_heads *of, double *const *edge_mu, double *mu,
                           double *ret_sigma)
{
  const size_t n_energy = model->grid.n_energy;
  edge_values  values;
  for (size_t k = 0; k < n_energy; k++) ret_sigma[k] = 0.0;
  for (size_t j = 0; j < of->n_member; j++) {
    for (size_t i = 0; i < model->n_edge; i++) {
      const cuxas_head_output *mine = &output[of->i_head[i]];
      values.value[i]               = mine->deviation + j * mine->n_site * mine->n_energy;
    }
    assemble_values(model, prediction, &values, edge_mu, mu);
    for (size_t k = 0; k < n_energy; k++) ret_sigma[k] += mu[k] * mu[k] / (double)(of->n_member - 1);
  }
  if (of->has_kernel) {
    for (size_t i = 0; i < model->n_edge; i++) values.value[i] = output[of->i_head[i]].kernel_sigma;
    assemble_values(model, prediction, &values, edge_mu, mu);
    for (size_t k = 0; k < n_energy; k++) ret_sigma[k] += mu[k] * mu[k];
  }
  for (size_t k = 0; k < n_energy; k++) ret_sigma[k] = sqrt(ret_sigma[k]);
}

/* assemble_channel() - the structure spectrum of a channel and its sigma */
static cuxas_status assemble_channel(const cuxas_model *model, cuxas_channel channel, const cuxas_head_output *output,
                                     cuxas_prediction *prediction, cuxas_error *err)
{
  cuxas_status  status   = CUXAS_OK;
  const size_t  n_energy = model->grid.n_energy;
  channel_heads heads    = {.n_member = SIZE_MAX, .has_kernel = true};
  edge_values   means;
  double       *edge_mu[CUXAS_MODEL_MAX_EDGE] = {0}, *mu = NULL, *sigma = NULL, *scratch = NULL;

  for (size_t i = 0; i < model->n_edge; i++) {
    heads.i_head[i]                   = (size_t)(cuxas_model_find_head(model, i, channel) - model->head);
    const cuxas_head_output *mine     = &output[heads.i_head[i]];
    const size_t             n_spread = mine->deviation != NULL ? mine->n_member : 0;
    heads.n_member                    = n_spread < heads.n_member ? n_spread : heads.n_member;
    heads.has_kernel                  = heads.has_kernel && mine->kernel_sigma != NULL;
    means.value[i]                    = mine->mean;
    if ((edge_mu[i] = cuxas_new(err, model->edge[i].grid.n_energy, sizeof *edge_mu[i])) == NULL) goto no_memory;
  }
  if ((mu = cuxas_new(err, n_energy, sizeof *mu)) == NULL) goto no_memory;
  assemble_values(model, prediction, &means, edge_mu, mu);
  if (heads.n_member <= 1) heads.n_member = 0;
  if (heads.n_member > 0 || heads.has_kernel) {
    if ((sigma = cuxas_new(err, n_energy, sizeof *sigma)) == NULL ||
        (scratch = cuxas_new(err, n_energy, sizeof *scratch)) == NULL)
      goto no_memory;
    assemble_sigma(model, prediction, output, &heads, edge_mu, scratch, sigma);
  }
  prediction->mu[channel]    = mu;
  prediction->sigma[channel] = sigma;
  mu = sigma = NULL;
  goto done;
no_memory:
  status = cuxas_no_memory(err);
done:
  for (size_t i = 0; i < model->n_edge; i++) free(edge_mu[i]);
  free(mu);
  free(sigma);
  free(scratch);
  return status;
}

/* ---- the whole chain -------------------------------------------------------------------------------------------- */

/* new_prediction() - sites by orbits, without spectra; NULL: no memory */
static cuxas_prediction *new_prediction(const cuxas_model *model, const cuxas_crystal *crystal,
                                        const cuxas_orbits *orbits)
{
  cuxas_prediction *prediction = cuxas_new(NULL, 1, sizeof *prediction);
  if (prediction == NULL) return NULL;
  cuxas_crystal_formula(crystal, prediction->formula);
  prediction->n_head         = model->n_head;
  prediction->grid           = model->grid;
  prediction->symmetry_found = orbits->found;
  if ((prediction->site = cuxas_new(NULL, orbits->n_orbit, sizeof *prediction->site)) == NULL) goto no_memory;
  prediction->n_site = orbits->n_orbit;
  for (size_t i = 0; i < orbits->n_orbit; i++) {
    cuxas_site_prediction *site = &prediction->site[i];
    site->site_index            = orbits->first_site[i];
    site->mu                    = cuxas_new(NULL, model->n_head, sizeof *site->mu);
    site->sigma                 = cuxas_new(NULL, model->n_head, sizeof *site->sigma);
    site->equivalent_site       = cuxas_new(NULL, orbits->multiplicity[i], sizeof *site->equivalent_site);
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

static void judge_domain(const cuxas_model *model, const float *feature, const cuxas_kernel_near *near,
                         cuxas_prediction *prediction)
{
  const double *absolute = NULL;
  for (size_t i = 0; i < model->n_head && absolute == NULL; i++)
    if (model->head[i].kernel_has_domain) absolute = cuxas_kernel_near_absolute(near, model->head[i].kernel);
  for (size_t i = 0; i < prediction->n_site; i++) {
    const cuxas_domain domain =
        find_domain(model, feature + i * model->n_feature, absolute != NULL ? absolute + i * model->n_domain : NULL);
    prediction->site[i].domain = domain;
    if (domain.distance > prediction->domain.distance) prediction->domain = domain;
  }
}

static cuxas_status run_heads(const cuxas_model *model, const float *feature, cuxas_prediction *prediction,
                              cuxas_error *err)
{
  cuxas_status       status = CUXAS_OK;
  cuxas_kernel_near *near   = NULL;
  cuxas_head_output *output = cuxas_new(err, model->n_head, sizeof *output);
  if (output == NULL) return CUXAS_ENOMEM;
  const cuxas_head_sites sites = {feature, prediction->n_site, &near};

  for (size_t i = 0; i < model->n_head && status == CUXAS_OK; i++) {
    const cuxas_head *base = cuxas_model_find_head(model, model->head[i].i_edge, CUXAS_CHANNEL_NO_HOLE);
    status = cuxas_head_run(&model->head[i], base, model->edge[model->head[i].i_edge].grid, &sites, &output[i], err);
    for (size_t j = 0; j < prediction->n_site && status == CUXAS_OK; j++)
      status = fill_site(&prediction->site[j], j, i, &output[i], err);
  }
  if (status == CUXAS_OK) judge_domain(model, feature, near, prediction);
  for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++)
    if (cuxas_model_has_channel(model, (cuxas_channel)channel))
      status = assemble_channel(model, (cuxas_channel)channel, output, prediction, err);
  for (size_t i = 0; i < model->n_head; i++) cuxas_head_output_free(&output[i]);
  free(output);
  cuxas_kernel_near_free(near);
  return status;
}

static cuxas_status predict_one(const cuxas_model *model, const cuxas_crystal *crystal,
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
      (feature = cuxas_new(err, orbits->n_orbit, model->n_feature * sizeof *feature)) == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  status = cuxas_predict_features(model, crystal, orbits->first_site, orbits->n_orbit, feature, err);
  if (status != CUXAS_OK) goto done;
  if ((status = run_heads(model, feature, prediction, err)) != CUXAS_OK) goto done;

  *ret_prediction = prediction;
  prediction      = NULL;
done:
  cuxas_prediction_free(prediction);
  cuxas_orbits_free(orbits);
  free(feature);
  return status;
}

static void add_part(double *sum, const double *part, size_t n_energy, double weight, bool is_first)
{
  for (size_t i = 0; i < n_energy && sum != NULL; i++) sum[i] = (is_first ? 0.0 : sum[i]) + weight * part[i];
}

/* The first prediction's spectra become means over all arrangements, which are equally likely; so do their errors, which
 * are one model's. Its domain is the worst. */
static void average(cuxas_prediction *first, size_t n_arrangement)
{
  const double weight = 1.0 / (double)n_arrangement;
  for (const cuxas_prediction *one = first; one != NULL; one = one->next) {
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      add_part(first->mu[channel], one->mu[channel], first->grid.n_energy, weight, one == first);
      add_part(first->sigma[channel], one->sigma[channel], first->grid.n_energy, weight, one == first);
    }
    if (one->domain.distance > first->domain.distance) first->domain = one->domain;
  }
}

cuxas_status cuxas_predict_crystal(const cuxas_model *model, const cuxas_crystal *crystal,
                                   cuxas_prediction **ret_prediction, cuxas_error *err)
{
  cuxas_status       status        = CUXAS_OK;
  cuxas_prediction **link          = ret_prediction;
  size_t             n_arrangement = 0;

  *ret_prediction = NULL;
  for (; crystal != NULL && status == CUXAS_OK; crystal = crystal->next) {
    if ((status = predict_one(model, crystal, link, err)) != CUXAS_OK) break;
    link = &(*link)->next;
    n_arrangement++;
  }
  if (status != CUXAS_OK) {
    cuxas_prediction_free(*ret_prediction);
    *ret_prediction = NULL;
  } else if (n_arrangement > 1) {
    average(*ret_prediction, n_arrangement);
  }
  return status;
}

void cuxas_prediction_free(cuxas_prediction *prediction)
{
  if (prediction == NULL) return;
  cuxas_prediction_free(prediction->next); /* arrangements are few */
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
