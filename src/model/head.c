#include "head_priv.h"

#include "cuxas/memory.h"

#include <math.h>
#include <stdlib.h>

/* ---- networks --------------------------------------------------------------------------------------------------- */

/* run_networks() - the mean of the members, and their deviations from it */
static cuxas_status run_networks(const cuxas_head *head, const float *feature, cuxas_head_output *output,
                                 cuxas_error *err)
{
  const size_t n_mu = output->n_site * output->n_energy, n_member = head->n_member;
  const float  part = (float)(1.0 - head->kernel_part), factor = part * (float)head->spread_factor;
  float       *work = cuxas_new_array(cuxas_dense_work_size(head->member[0], output->n_site), sizeof *work);
  float       *mu   = cuxas_new_array(n_member, n_mu * sizeof *mu);
  if (work == NULL || mu == NULL) {
    free(work);
    free(mu);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the networks' outputs for %zu sites", output->n_site);
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

/* add_kernel() - adds one kernel machine's z and the square of its standard deviation */
static cuxas_status add_kernel(const cuxas_kernel *kernel, const float *feature, size_t n_site, float *z,
                               float *variance, cuxas_error *err)
{
  const size_t n_energy = kernel->n_energy;
  float       *mine     = cuxas_new_array(n_site, n_energy * sizeof *mine);
  double      *spread   = cuxas_new_array(n_site, sizeof *spread);
  cuxas_status status   = mine != NULL && spread != NULL
                              ? cuxas_kernel_predict(kernel, feature, n_site, mine, spread, err)
                              : cuxas_fail(err, CUXAS_ENOMEM, "no memory to predict %zu sites", n_site);
  for (size_t i = 0; status == CUXAS_OK && i < n_site; i++)
    for (size_t j = 0; j < n_energy; j++) {
      const double sigma = spread[i] * kernel->deviation[j];
      z[i * n_energy + j] += mine[i * n_energy + j];
      variance[i * n_energy + j] += (float)(sigma * sigma);
    }
  free(mine);
  free(spread);
  return status;
}

static cuxas_status run_kernel(const cuxas_head *head, const cuxas_head *opt_base, const float *feature,
                               cuxas_head_output *output, cuxas_error *err)
{
  const size_t n_mu = output->n_site * output->n_energy;
  const float  part = (float)head->kernel_part, factor = part * (float)head->spread_factor;
  float       *z       = cuxas_new_array(n_mu, sizeof *z);
  output->kernel_sigma = cuxas_new_array(n_mu, sizeof *output->kernel_sigma); /* the variance of z at first */
  cuxas_status status  = z != NULL && output->kernel_sigma != NULL
                             ? add_kernel(head->kernel, feature, output->n_site, z, output->kernel_sigma, err)
                             : cuxas_fail(err, CUXAS_ENOMEM, "no memory to predict %zu sites", output->n_site);
  if (status == CUXAS_OK && head->kernel_is_relative)
    status = add_kernel(opt_base->kernel, feature, output->n_site, z, output->kernel_sigma, err);
  for (size_t j = 0; status == CUXAS_OK && j < n_mu; j++) {
    const float mu = cuxas_kernel_exp(z[j]);
    output->mean[j] += part * mu;
    output->kernel_sigma[j] = factor * (mu + (float)CUXAS_KERNEL_OFFSET) * sqrtf(output->kernel_sigma[j]);
  }
  free(z);
  return status;
}

/* ---- both ------------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_head_run(const cuxas_head *head, const cuxas_head *opt_base, const float *feature, size_t n_site,
                            cuxas_head_output *ret_output, cuxas_error *err)
{
  const cuxas_dense *net    = head->n_member > 0 ? head->member[0] : NULL; /* all members of a head have one shape */
  cuxas_head_output  output = {.n_member = head->n_member,
                               .n_site   = n_site,
                               .n_energy = net != NULL ? net->width[net->n_layer] : head->kernel->n_energy};
  cuxas_status       status = CUXAS_OK;
  if ((output.mean = cuxas_new_array(n_site, output.n_energy * sizeof *output.mean)) == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the spectra of %zu sites", n_site);
  if (status == CUXAS_OK && net != NULL) status = run_networks(head, feature, &output, err);
  if (status == CUXAS_OK && head->kernel != NULL) status = run_kernel(head, opt_base, feature, &output, err);
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
