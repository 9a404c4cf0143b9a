#include "records/dataset.h"

#include "base/memory.h"
#include "cuxas/predict.h"

#include <gsl/gsl_interp.h>
#include <math.h>
#include <stdlib.h>

cuxas_status cuxas_dataset_resample(const cuxas_record_curve *curve, cuxas_grid grid, double *ret_mu, cuxas_error *err)
{
  const size_t      n = curve->n_point;
  const double     *x = curve->energy_eV, *y = curve->mu;
  gsl_interp       *interpolation = gsl_interp_alloc(gsl_interp_steffen, n);
  gsl_interp_accel *accelerator   = gsl_interp_accel_alloc();
  cuxas_status      status        = CUXAS_OK;

  if (interpolation == NULL || accelerator == NULL || gsl_interp_init(interpolation, x, y, n) != 0)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory to interpolate %zu points", n);
  for (size_t i = 0; status == CUXAS_OK && i < grid.n_energy; i++) {
    const double energy = cuxas_grid_energy_eV(grid, i);
    if (energy < x[0])
      ret_mu[i] = y[0] * exp((energy - x[0]) / CUXAS_TAIL_EV);
    else if (energy >= x[n - 1])
      ret_mu[i] = y[n - 1];
    else
      ret_mu[i] = gsl_interp_eval(interpolation, x, y, energy, accelerator);
  }
  gsl_interp_accel_free(accelerator);
  gsl_interp_free(interpolation);
  return status;
}

/* ---- one row ---------------------------------------------------------------------------------------------------- */

/* check_overlap() - a curve that starts behind the grid or ends in front of it was made for another edge */
static cuxas_status check_overlap(const cuxas_record *record, const char *edge, const cuxas_record_curve *curve,
                                  cuxas_grid grid, cuxas_error *err)
{
  if (curve->energy_eV[0] < cuxas_grid_end_eV(grid) && curve->energy_eV[curve->n_point - 1] > grid.start_eV)
    return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ERANGE, "%s: its %s curve (%g to %g eV) is not on the grid (%g to %g eV)", record->id,
                    edge, curve->energy_eV[0], curve->energy_eV[curve->n_point - 1], grid.start_eV,
                    cuxas_grid_end_eV(grid));
}

static cuxas_status store(const double *mu, size_t n, const cuxas_record *record, float *ret_target, cuxas_error *err)
{
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(mu[i]) || fabs(mu[i]) > 1e30)
      return cuxas_fail(err, CUXAS_ENUMERIC, "%s: mu is not finite", record->id);
    ret_target[i] = (float)mu[i];
  }
  return CUXAS_OK;
}

static cuxas_status fill_row(const cuxas_records *records, size_t i_row, size_t i_edge, cuxas_channel channel,
                             cuxas_dataset *dataset, double *work, cuxas_error *err)
{
  cuxas_status              status;
  const cuxas_record       *record  = &records->record[i_row];
  const cuxas_grid          grid    = dataset->grid[i_edge];
  const cuxas_record_curve *own     = &record->curve[i_edge][channel];
  const cuxas_record_curve *first   = &record->curve[0][channel];
  const cuxas_doublet      *doublet = &dataset->doublet[i_edge];
  float                    *target  = dataset->target[i_edge][channel] + i_row * grid.n_energy;

  if (own->n_point > 0) {
    if ((status = check_overlap(record, records->edge_name[i_edge], own, grid, err)) != CUXAS_OK ||
        (status = cuxas_dataset_resample(own, grid, work, err)) != CUXAS_OK)
      return status;
    dataset->simulated[i_edge][channel][i_row] = true;
  } else if (i_edge > 0 && first->n_point > 0 && doublet->n_record > 0) {
    if ((status = cuxas_doublet_apply(doublet, first, grid, work, err)) != CUXAS_OK) return status;
  } else {
    return CUXAS_OK;
  }
  dataset->known[i_edge][channel][i_row] = true;
  return store(work, grid.n_energy, record, target, err);
}

/* ---- all rows --------------------------------------------------------------------------------------------------- */

/* judge_doublet() - error of the made targets of an edge where the simulated ones are known too */
static cuxas_status judge_doublet(const cuxas_records *records, size_t i_edge, cuxas_dataset *dataset, double *work,
                                  cuxas_error *err)
{
  cuxas_doublet   *doublet = &dataset->doublet[i_edge];
  const cuxas_grid grid    = dataset->grid[i_edge];
  double           sum     = 0.0;
  for (size_t i = 0; i < records->n_record; i++) {
    const cuxas_record *record = &records->record[i];
    if (record->curve[i_edge][CUXAS_CHANNEL_NO_HOLE].n_point == 0) continue;
    const cuxas_status status = cuxas_doublet_apply(doublet, &record->curve[0][CUXAS_CHANNEL_NO_HOLE], grid, work, err);
    if (status != CUXAS_OK) return status;
    const float *target = dataset->target[i_edge][CUXAS_CHANNEL_NO_HOLE] + i * grid.n_energy;
    for (size_t j = 0; j < grid.n_energy; j++) sum += fabs(work[j] - target[j]);
  }
  doublet->mae = sum / (double)(doublet->n_record * grid.n_energy);
  return CUXAS_OK;
}

static cuxas_status fill(const cuxas_records *records, cuxas_dataset *dataset, double *work, cuxas_error *err)
{
  cuxas_status status;
  dataset->doublet[0] = (cuxas_doublet){.weight = 1.0};
  for (size_t i_edge = 0; i_edge < dataset->n_edge; i_edge++) {
    if (i_edge > 0 && (status = cuxas_doublet_find(records, i_edge, &dataset->doublet[i_edge], err)) != CUXAS_OK)
      return status;
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      for (size_t i = 0; i < records->n_record; i++)
        if ((status = fill_row(records, i, i_edge, (cuxas_channel)channel, dataset, work, err)) != CUXAS_OK)
          return status;
    }
    if (dataset->doublet[i_edge].n_record > 0 &&
        (status = judge_doublet(records, i_edge, dataset, work, err)) != CUXAS_OK)
      return status;
  }
  return CUXAS_OK;
}

cuxas_status cuxas_dataset_new(const cuxas_records *records, const cuxas_grid *grid, cuxas_dataset **ret_dataset,
                               cuxas_error *err)
{
  cuxas_status   status    = CUXAS_ENOMEM;
  cuxas_dataset *dataset   = cuxas_new_array(1, sizeof *dataset);
  size_t         n_longest = 0;
  double        *work      = NULL;

  *ret_dataset = NULL;
  if (dataset == NULL) goto done;
  dataset->n_row  = records->n_record;
  dataset->n_edge = records->n_edge;
  for (size_t i = 0; i < records->n_edge; i++) {
    dataset->grid[i] = grid[i];
    if (grid[i].n_energy > n_longest) n_longest = grid[i].n_energy;
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      dataset->target[i][channel]    = cuxas_new_array(dataset->n_row, grid[i].n_energy * sizeof(float));
      dataset->known[i][channel]     = cuxas_new_array(dataset->n_row, sizeof(bool));
      dataset->simulated[i][channel] = cuxas_new_array(dataset->n_row, sizeof(bool));
      if (dataset->target[i][channel] == NULL || dataset->known[i][channel] == NULL ||
          dataset->simulated[i][channel] == NULL)
        goto done;
    }
  }
  if ((dataset->origin_eV = cuxas_new_array(dataset->n_row, sizeof *dataset->origin_eV)) == NULL) goto done;
  for (size_t i = 0; i < dataset->n_row; i++)
    for (int channel = CUXAS_N_CHANNEL - 1; channel >= 0; channel--) {
      const cuxas_record_curve *curve = &records->record[i].curve[0][channel];
      if (curve->n_point > 0) dataset->origin_eV[i] = curve->energy_eV[0];
    }
  if ((work = cuxas_new_array(n_longest, sizeof *work)) == NULL) goto done;
  if ((status = fill(records, dataset, work, err)) != CUXAS_OK) goto done;
  *ret_dataset = dataset;
  dataset      = NULL;
done:
  if (status == CUXAS_ENOMEM) cuxas_fail(err, status, "no memory for %zu training targets", records->n_record);
  free(work);
  cuxas_dataset_free(dataset);
  return status;
}

void cuxas_dataset_free(cuxas_dataset *dataset)
{
  if (dataset == NULL) return;
  for (size_t i = 0; i < dataset->n_edge; i++) {
    free(dataset->doublet[i].ratio);
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      free(dataset->target[i][channel]);
      free(dataset->known[i][channel]);
      free(dataset->simulated[i][channel]);
    }
  }
  free(dataset->origin_eV);
  free(dataset);
}
