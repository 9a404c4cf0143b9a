#include "predict/head.h"

#include "base/memory.h"

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

/* What kernel machines say of some sites. */
typedef struct {
  float  *z, *variance;           /* (n_site, n_energy) */
  double *shift, *shift_variance; /* (n_site) energy by which the spectra are moved up, eV; 0: they are not aligned */
} kernel_output;

/* add_kernel() - adds one kernel machine's z and the square of its standard deviation; the last output is the shift when
 * there is one output more */
static cuxas_status add_kernel(const cuxas_kernel *kernel, const float *feature, size_t n_site, size_t n_energy,
                               kernel_output *sum, cuxas_error *err)
{
  const size_t n_out  = kernel->n_energy;
  float       *mine   = cuxas_new_array(n_site, n_out * sizeof *mine);
  double      *spread = cuxas_new_array(n_site, sizeof *spread);
  cuxas_status status = mine != NULL && spread != NULL
                            ? cuxas_kernel_predict(kernel, feature, n_site, mine, spread, err)
                            : cuxas_fail(err, CUXAS_ENOMEM, "no memory to predict %zu sites", n_site);
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
                               cuxas_head_output *output, cuxas_error *err)
{
  const size_t  n_site = output->n_site, n_energy = output->n_energy;
  kernel_output sum    = {.z              = cuxas_new_array(n_site, n_energy * sizeof(float)),
                          .variance       = cuxas_new_array(n_site, n_energy * sizeof(float)),
                          .shift          = cuxas_new_array(n_site, sizeof(double)),
                          .shift_variance = cuxas_new_array(n_site, sizeof(double))};
  float        *work   = cuxas_new_array(n_energy, 2 * sizeof *work);
  output->kernel_sigma = cuxas_new_array(n_site, n_energy * sizeof *output->kernel_sigma);
  cuxas_status status  = CUXAS_OK;
  if (sum.z == NULL || sum.variance == NULL || sum.shift == NULL || sum.shift_variance == NULL || work == NULL ||
      output->kernel_sigma == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory to predict %zu sites", n_site);
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

cuxas_status cuxas_head_run(const cuxas_head *head, const cuxas_head *opt_base, cuxas_grid grid, const float *feature,
                            size_t n_site, cuxas_head_output *ret_output, cuxas_error *err)
{
  const cuxas_dense *net    = head->n_member > 0 ? head->member[0] : NULL; /* all members of a head have one shape */
  cuxas_head_output  output = {.n_member = head->n_member, .n_site = n_site, .n_energy = grid.n_energy};
  cuxas_status       status = CUXAS_OK;
  if ((output.mean = cuxas_new_array(n_site, output.n_energy * sizeof *output.mean)) == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the spectra of %zu sites", n_site);
  if (status == CUXAS_OK && net != NULL) status = run_networks(head, feature, &output, err);
  if (status == CUXAS_OK && head->kernel != NULL)
    status = run_kernel(head, opt_base, grid.step_eV, feature, &output, err);
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
