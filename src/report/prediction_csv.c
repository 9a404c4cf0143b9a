#include "base/memory.h"
#include "report/prediction_file.h"
#include "write/text.h"

#include <stdlib.h>
#include <string.h>

void cuxas_prediction_mix(const double *no_hole, const double *screened_hole, double fraction, size_t n_energy,
                          double *ret_mu)
{
  if (no_hole == NULL || screened_hole == NULL) {
    memcpy(ret_mu, no_hole != NULL ? no_hole : screened_hole, n_energy * sizeof *ret_mu);
    return;
  }
  for (size_t i = 0; i < n_energy; i++) ret_mu[i] = fraction * no_hole[i] + (1.0 - fraction) * screened_hole[i];
}

void cuxas_prediction_csv_begin(FILE *out)
{
  fputs("name,energy_eV,mu,sigma\n", out);
}

cuxas_status cuxas_prediction_csv_add(FILE *out, const char *name, const cuxas_prediction *prediction, double fraction,
                                      cuxas_error *err)
{
  const cuxas_grid    grid   = prediction->grid;
  const double *const no     = prediction->mu[CUXAS_CHANNEL_NO_HOLE];
  const double *const yes    = prediction->mu[CUXAS_CHANNEL_SCREENED_HOLE];
  const double *const no_sd  = prediction->sigma[CUXAS_CHANNEL_NO_HOLE];
  const double *const yes_sd = prediction->sigma[CUXAS_CHANNEL_SCREENED_HOLE];
  const bool          has_sd = no_sd != NULL || yes_sd != NULL;

  double *mu    = cuxas_new_array(grid.n_energy, sizeof *mu);
  double *sigma = cuxas_new_array(grid.n_energy, sizeof *sigma);
  if (mu == NULL || sigma == NULL) {
    free(mu);
    free(sigma);
    return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for its spectrum", name);
  }
  cuxas_prediction_mix(no, yes, fraction, grid.n_energy, mu);
  if (has_sd) cuxas_prediction_mix(no_sd, yes_sd, fraction, grid.n_energy, sigma);
  for (size_t i = 0; i < grid.n_energy; i++) {
    cuxas_text_put_csv(out, name);
    putc(',', out);
    cuxas_text_put_csv_number(out, cuxas_grid_energy_eV(grid, i));
    putc(',', out);
    cuxas_text_put_csv_number(out, mu[i]);
    putc(',', out);
    if (has_sd) cuxas_text_put_csv_number(out, sigma[i]);
    putc('\n', out);
  }
  free(mu);
  free(sigma);
  return CUXAS_OK;
}
