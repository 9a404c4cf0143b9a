#include "predict/error_profile.h"

#include "spectrum/curve.h"
#include "base/memory.h"
#include "cuxas/onset.h"

#include <math.h>
#include <stdlib.h>

/* Linear between the points of a grid; false: beyond its ends. */
static bool interpolate(cuxas_grid grid, const double *value, double energy_eV, double *ret_value)
{
  const double place = (energy_eV - grid.start_eV) / grid.step_eV, last = (double)(grid.n_energy - 1);
  if (!(place >= 0.0 && place <= last)) return false;
  const size_t below = place < last ? (size_t)place : grid.n_energy - 1, above = place < last ? below + 1 : below;
  const double part = place - (double)below;
  *ret_value        = (1.0 - part) * value[below] + part * value[above];
  return true;
}

/* Rows of numbers on the spectra's grid. */
typedef struct {
  double *truth, *error; /* broadened */
  double *difference;    /* not yet */
  size_t *n_seen;        /* per point of the profile */
} work_rows;

/* Adds one row's squared errors to the profile's sums. */
static cuxas_status add_row(const cuxas_held_out_spectra *held_out, size_t i_row, const work_rows *work,
                            cuxas_error_profile *profile, size_t *n_used, cuxas_error *err)
{
  const cuxas_grid        grid      = held_out->grid;
  const double           *truth     = held_out->truth + i_row * grid.n_energy;
  const double           *predicted = held_out->predicted + i_row * grid.n_energy;
  const cuxas_edge_window first     = {.splitting_eV = 0.0};
  cuxas_onset             onset;
  cuxas_status            status;

  for (size_t i = 0; i < grid.n_energy; i++) work->difference[i] = predicted[i] - truth[i];
  if ((status = cuxas_broaden(grid, truth, held_out->fwhm_eV, work->truth, err)) != CUXAS_OK ||
      (status = cuxas_broaden(grid, work->difference, held_out->fwhm_eV, work->error, err)) != CUXAS_OK ||
      (status = cuxas_onset_find(grid, work->truth, CUXAS_ONSET_SMOOTH_EV, &first, 1, &onset, err)) != CUXAS_OK)
    return status;
  if (!onset.found) return CUXAS_OK;
  (*n_used)++;
  for (size_t i = 0; i < profile->offset.n_energy; i++) {
    double error;
    if (!interpolate(grid, work->error, onset.energy_eV + cuxas_grid_energy_eV(profile->offset, i), &error)) continue;
    profile->rms[i] += error * error;
    work->n_seen[i]++;
  }
  return CUXAS_OK;
}

/* Sums to root mean squares; points that few rows reach take the nearest value that many do. */
static void finish(const size_t *n_seen, size_t n_used, cuxas_error_profile *profile)
{
  const size_t n     = profile->offset.n_energy;
  size_t       first = n, last = 0;
  for (size_t i = 0; i < n; i++) {
    if (2 * n_seen[i] < n_used) continue;
    profile->rms[i] = sqrt(profile->rms[i] / (double)n_seen[i]);
    if (first == n) first = i;
    last = i;
  }
  for (size_t i = 0; i < first && first < n; i++) profile->rms[i] = profile->rms[first];
  for (size_t i = last + 1; i < n; i++) profile->rms[i] = profile->rms[last];
}

cuxas_status cuxas_error_profile_learn(const cuxas_held_out_spectra *held_out, cuxas_error_profile **ret_profile,
                                       cuxas_error *err)
{
  const size_t     n_energy = held_out->grid.n_energy;
  const cuxas_grid offset   = {CUXAS_ERROR_PROFILE_START_EV, held_out->grid.step_eV, n_energy};
  size_t           n_used   = 0;
  cuxas_status     status   = CUXAS_OK;

  *ret_profile                 = NULL;
  cuxas_error_profile *profile = cuxas_error_profile_new(offset);
  double              *rows    = cuxas_new_array(n_energy, 3 * sizeof *rows);
  work_rows            work    = {rows, NULL, NULL, cuxas_new_array(n_energy, sizeof *work.n_seen)};
  if (profile == NULL || rows == NULL || work.n_seen == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a profile of errors");
    goto done;
  }
  work.error      = rows + n_energy;
  work.difference = rows + 2 * n_energy;
  for (size_t i = 0; i < held_out->n_row && status == CUXAS_OK; i++)
    if (held_out->opt_use == NULL || held_out->opt_use[i]) status = add_row(held_out, i, &work, profile, &n_used, err);
  if (status == CUXAS_OK && n_used == 0)
    status = cuxas_fail(err, CUXAS_ERANGE, "no spectrum with an edge to learn errors from");
  if (status != CUXAS_OK) goto done;
  finish(work.n_seen, n_used, profile);
  *ret_profile = profile;
  profile      = NULL;
done:
  cuxas_error_profile_free(profile);
  free(work.n_seen);
  free(rows);
  return status;
}
