/* Records resampled to a model's grids; an edge that was not simulated, made of its partner.
 *
 *   resampling  a curve on a grid
 *   doublets    how the second edge follows from the first
 *   rows        one record
 *   all rows */
#include "records/dataset.h"

#include "base/memory.h"
#include "cuxas/predict.h"

#include <gsl/gsl_interp.h>
#include <math.h>
#include <stdlib.h>
#include <stdint.h>

cuxas_status cuxas_dataset_resample(const cuxas_record_curve *curve, cuxas_grid grid, double *ret_mu, cuxas_error *err)
{
  const size_t      n = curve->n_point;
  const double     *x = curve->energy_eV, *y = curve->mu;
  gsl_interp       *interpolation = gsl_interp_alloc(gsl_interp_steffen, n);
  gsl_interp_accel *accelerator   = gsl_interp_accel_alloc();
  cuxas_status      status        = CUXAS_OK;

  if (interpolation == NULL || accelerator == NULL || gsl_interp_init(interpolation, x, y, n) != 0)
    status = cuxas_no_memory(err);
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
  cuxas_dataset *dataset   = cuxas_new(err, 1, sizeof *dataset);
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
      dataset->target[i][channel]    = cuxas_new(err, dataset->n_row, grid[i].n_energy * sizeof(float));
      dataset->known[i][channel]     = cuxas_new(err, dataset->n_row, sizeof(bool));
      dataset->simulated[i][channel] = cuxas_new(err, dataset->n_row, sizeof(bool));
      if (dataset->target[i][channel] == NULL || dataset->known[i][channel] == NULL ||
          dataset->simulated[i][channel] == NULL)
        goto done;
    }
  }
  if ((dataset->origin_eV = cuxas_new(err, dataset->n_row, sizeof *dataset->origin_eV)) == NULL) goto done;
  for (size_t i = 0; i < dataset->n_row; i++)
    for (int channel = CUXAS_N_CHANNEL - 1; channel >= 0; channel--) {
      const cuxas_record_curve *curve = &records->record[i].curve[0][channel];
      if (curve->n_point > 0) dataset->origin_eV[i] = curve->energy_eV[0];
    }
  if ((work = cuxas_new(err, n_longest, sizeof *work)) == NULL) goto done;
  if ((status = fill(records, dataset, work, err)) != CUXAS_OK) goto done;
  *ret_dataset = dataset;
  dataset      = NULL;
done:
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

/* ---- doublets --------------------------------------------------------------------------------------------------- */

static const double PI = 3.14159265358979323846264338;
enum { TAIL_WIDTHS = 8 }; /* the falling tail in front of a curve is followed for so many decay lengths */

/* a curve on the fine grid x = E - E_first = i CUXAS_DOUBLET_STEP_EV, broadened */

/* weight_below() - Lorentzian of unit area and this full width, integrated from minus infinity to x */
static double weight_below(double x, double width_eV)
{
  return 0.5 + atan(2.0 * x / width_eV) / PI;
}

/* broaden() - y (n_tail + n) starts n_tail points in front of the first point; the last value continues for ever
 *
 * Each point stands for its interval, over which the Lorentzian is integrated exactly: nothing is lost however narrow
 * it is. ret_y (n). */
static cuxas_status broaden(const double *y, size_t n_tail, size_t n, double width_eV, double *ret_y, cuxas_error *err)
{
  const size_t n_all = n_tail + n;
  double      *below = cuxas_new(err, 2 * n_all + 1, sizeof *below); /* [n_all + j]: below the middle of j and j + 1 */
  if (below == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < 2 * n_all + 1; i++)
    below[i] = weight_below(((double)i - (double)n_all - 0.5) * CUXAS_DOUBLET_STEP_EV, width_eV);
  for (size_t i = 0; i < n; i++) {
    const double *weight = below + n_all - (n_tail + i); /* weight[j], weight[j + 1]: the interval of point j */
    double        sum    = y[n_all - 1] * (1.0 - weight[n_all]);
    for (size_t j = 0; j < n_all; j++) sum += y[j] * (weight[j + 1] - weight[j]);
    ret_y[i] = sum;
  }
  free(below);
  return CUXAS_OK;
}

static size_t fine_points(const cuxas_record_curve *curve)
{
  return (size_t)((curve->energy_eV[curve->n_point - 1] - curve->energy_eV[0]) / CUXAS_DOUBLET_STEP_EV) + 1;
}

/* broaden_curve() - ret_y (fine_points()) */
static cuxas_status broaden_curve(const cuxas_record_curve *curve, double width_eV, double *ret_y, cuxas_error *err)
{
  const size_t n = fine_points(curve), n_tail = (size_t)(TAIL_WIDTHS * CUXAS_TAIL_EV / CUXAS_DOUBLET_STEP_EV);
  double      *y = cuxas_new(err, n_tail + n, sizeof *y);
  if (y == NULL) return CUXAS_ENOMEM;
  const cuxas_grid grid   = {curve->energy_eV[0] - (double)n_tail * CUXAS_DOUBLET_STEP_EV, CUXAS_DOUBLET_STEP_EV,
                             n_tail + n};
  cuxas_status     status = cuxas_dataset_resample(curve, grid, y, err);
  if (status == CUXAS_OK && width_eV > 0.0)
    status = broaden(y, n_tail, n, width_eV, ret_y, err);
  else if (status == CUXAS_OK)
    for (size_t i = 0; i < n; i++) ret_y[i] = y[n_tail + i];
  free(y);
  return status;
}

/* finding the relation */

static bool has_both(const cuxas_record *record, size_t i_edge)
{
  return record->curve[0][CUXAS_CHANNEL_NO_HOLE].n_point > 0 &&
         record->curve[i_edge][CUXAS_CHANNEL_NO_HOLE].n_point > 0;
}

/* find_means() - splitting, width, weight; n_ratio: points that all curves have */
static void find_means(const cuxas_records *records, size_t i_edge, cuxas_doublet *doublet)
{
  double splitting = 0.0, width = 0.0, weight = 0.0;
  doublet->n_ratio = SIZE_MAX;
  for (size_t i = 0; i < records->n_record; i++) {
    if (!has_both(&records->record[i], i_edge)) continue;
    const cuxas_record_curve *first  = &records->record[i].curve[0][CUXAS_CHANNEL_NO_HOLE];
    const cuxas_record_curve *second = &records->record[i].curve[i_edge][CUXAS_CHANNEL_NO_HOLE];
    splitting += second->energy_eV[0] - first->energy_eV[0];
    width += second->core_hole_width_eV - first->core_hole_width_eV;
    weight += second->edge_step / first->edge_step;
    if (fine_points(first) < doublet->n_ratio) doublet->n_ratio = fine_points(first);
    if (fine_points(second) < doublet->n_ratio) doublet->n_ratio = fine_points(second);
    doublet->n_record++;
  }
  const double n        = (double)doublet->n_record;
  doublet->splitting_eV = splitting / n;
  doublet->width_eV     = width / n;
  doublet->weight       = weight / n;
}

/* add_record() - the second edge's curve and the broadened first one's, point by point, to two sums */
static cuxas_status add_record(const cuxas_record *record, size_t i_edge, const cuxas_doublet *doublet,
                               double *sum_first, double *sum_second, cuxas_error *err)
{
  const cuxas_record_curve *first  = &record->curve[0][CUXAS_CHANNEL_NO_HOLE];
  const cuxas_record_curve *second = &record->curve[i_edge][CUXAS_CHANNEL_NO_HOLE];
  const cuxas_grid          grid   = {second->energy_eV[0], CUXAS_DOUBLET_STEP_EV, doublet->n_ratio};
  double      *a = cuxas_new(err, fine_points(first), sizeof *a), *b = cuxas_new(err, grid.n_energy, sizeof *b);
  cuxas_status status = a != NULL && b != NULL ? CUXAS_OK : cuxas_no_memory(err);
  if (status == CUXAS_OK) status = broaden_curve(first, doublet->width_eV, a, err);
  if (status == CUXAS_OK) status = cuxas_dataset_resample(second, grid, b, err);
  for (size_t i = 0; status == CUXAS_OK && i < doublet->n_ratio; i++) {
    sum_first[i] += a[i];
    sum_second[i] += b[i];
  }
  free(a);
  free(b);
  return status;
}

cuxas_status cuxas_doublet_find(const cuxas_records *records, size_t i_edge, cuxas_doublet *ret_doublet,
                                cuxas_error *err)
{
  cuxas_status  status  = CUXAS_OK;
  cuxas_doublet doublet = {0};
  double       *sum     = NULL;

  for (size_t i = 0; i < records->n_record; i++)
    if (has_both(&records->record[i], i_edge)) doublet.n_record++;
  if (doublet.n_record == 0) {
    *ret_doublet = doublet;
    return CUXAS_OK;
  }
  doublet.n_record = 0;
  find_means(records, i_edge, &doublet);
  if (!(doublet.width_eV >= 0.0) || !(doublet.splitting_eV > 0.0))
    return cuxas_fail(err, CUXAS_ERANGE, "edge %s lies %g eV above %s and is %g eV broader: both should be positive",
                      records->edge_name[i_edge], doublet.splitting_eV, records->edge_name[0], doublet.width_eV);
  if ((sum = cuxas_new(err, 2 * doublet.n_ratio, sizeof *sum)) == NULL ||
      (doublet.ratio = cuxas_new(err, doublet.n_ratio, sizeof *doublet.ratio)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  for (size_t i = 0; i < records->n_record && status == CUXAS_OK; i++)
    if (has_both(&records->record[i], i_edge))
      status = add_record(&records->record[i], i_edge, &doublet, sum, sum + doublet.n_ratio, err);
  if (status != CUXAS_OK) goto done;
  for (size_t i = 0; i < doublet.n_ratio; i++)
    doublet.ratio[i] = sum[i] > 0.0 ? sum[doublet.n_ratio + i] / sum[i] : 1.0;
  *ret_doublet  = doublet;
  doublet.ratio = NULL;
done:
  free(doublet.ratio);
  free(sum);
  return status;
}

/* applying it */

cuxas_status cuxas_doublet_apply(const cuxas_doublet *doublet, const cuxas_record_curve *first, cuxas_grid grid,
                                 double *ret_mu, cuxas_error *err)
{
  const size_t       n     = fine_points(first);
  cuxas_record_curve curve = {.n_point = n};
  cuxas_status       status;
  if ((curve.energy_eV = cuxas_new(err, n, sizeof *curve.energy_eV)) == NULL ||
      (curve.mu = cuxas_new(err, n, sizeof *curve.mu)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  if ((status = broaden_curve(first, doublet->width_eV, curve.mu, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < n; i++) {
    curve.energy_eV[i] = first->energy_eV[0] + doublet->splitting_eV + (double)i * CUXAS_DOUBLET_STEP_EV;
    curve.mu[i] *= doublet->ratio[i < doublet->n_ratio ? i : doublet->n_ratio - 1];
  }
  status = cuxas_dataset_resample(&curve, grid, ret_mu, err);
done:
  free(curve.energy_eV);
  free(curve.mu);
  return status;
}
