#include "records/dataset.h"

#include "base/memory.h"
#include "cuxas/predict.h"

#include <math.h>
#include <stdlib.h>

static const double PI = 3.14159265358979323846264338;
enum { TAIL_WIDTHS = 8 }; /* the falling tail in front of a curve is followed for so many decay lengths */

/* ---- a curve on the fine grid x = E - E_first = i CUXAS_DOUBLET_STEP_EV, broadened ------------------------------- */

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
  double      *below = cuxas_new_array(2 * n_all + 1, sizeof *below); /* [n_all + j]: below the middle of j and j + 1 */
  if (below == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a broadened curve");
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
  double      *y = cuxas_new_array(n_tail + n, sizeof *y);
  if (y == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a broadened curve");
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

/* ---- finding the relation --------------------------------------------------------------------------------------- */

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
  double      *a = cuxas_new_array(fine_points(first), sizeof *a), *b = cuxas_new_array(grid.n_energy, sizeof *b);
  cuxas_status status = a != NULL && b != NULL ? CUXAS_OK : cuxas_fail(err, CUXAS_ENOMEM, "no memory for two curves");
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
  if ((sum = cuxas_new_array(2 * doublet.n_ratio, sizeof *sum)) == NULL ||
      (doublet.ratio = cuxas_new_array(doublet.n_ratio, sizeof *doublet.ratio)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the ratio of two edges");
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

/* ---- applying it ------------------------------------------------------------------------------------------------ */

cuxas_status cuxas_doublet_apply(const cuxas_doublet *doublet, const cuxas_record_curve *first, cuxas_grid grid,
                                 double *ret_mu, cuxas_error *err)
{
  const size_t       n     = fine_points(first);
  cuxas_record_curve curve = {.n_point = n};
  cuxas_status       status;
  if ((curve.energy_eV = cuxas_new_array(n, sizeof *curve.energy_eV)) == NULL ||
      (curve.mu = cuxas_new_array(n, sizeof *curve.mu)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a curve of %zu points", n);
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
