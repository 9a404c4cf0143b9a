#include "cuxas/detail.h"
#include "base/memory.h"
#include "report/match_figure.h"

#include <math.h>
#include <stdlib.h>

/* Slope of a parabola through five points, sum j mu[i+j] / 10 steps (A. Savitzky and M. J. E. Golay, Anal. Chem. 36, 1627
 * (1964)): the filter that onsets are found with. NaN where one of the five is missing. */
static void differentiate(cuxas_grid grid, const double *mu, double *ret_slope)
{
  for (size_t i = 0; i < grid.n_energy; i++) {
    const bool has_room = i >= 2 && i + 2 < grid.n_energy;
    ret_slope[i] = has_room ? (2.0 * (mu[i + 2] - mu[i - 2]) + (mu[i + 1] - mu[i - 1])) / (10.0 * grid.step_eV) : NAN;
  }
}

static void widen(const double *y, const double *opt_half, size_t n, double *low, double *high)
{
  for (size_t i = 0; i < n; i++) {
    const double half = opt_half != NULL && isfinite(opt_half[i]) ? opt_half[i] : 0.0;
    if (!isfinite(y[i])) continue;
    *low  = fmin(*low, y[i] - half);
    *high = fmax(*high, y[i] + half);
  }
}

static void find_ranges(match_curves *curves)
{
  const double margin = 0.05;
  const size_t n      = curves->grid.n_energy;
  for (size_t k = 0; k < MATCH_N_PANEL; k++) {
    curves->low[k]  = k == 1 ? 0.0 : HUGE_VAL;
    curves->high[k] = k == 1 ? 0.0 : -HUGE_VAL;
  }
  widen(curves->measured, NULL, n, &curves->low[0], &curves->high[0]);
  widen(curves->measured_slope, NULL, n, &curves->low[2], &curves->high[2]);
  for (size_t i = 0; i < curves->n_curve; i++) {
    widen(curves->row[i].mu, curves->row[i].opt_sigma, n, &curves->low[0], &curves->high[0]);
    widen(curves->row[i].residual, NULL, n, &curves->low[1], &curves->high[1]);
    widen(curves->row[i].slope, NULL, n, &curves->low[2], &curves->high[2]);
  }
  if (curves->has_simulated) {
    widen(curves->simulated.mu, NULL, n, &curves->low[0], &curves->high[0]);
    widen(curves->simulated.residual, NULL, n, &curves->low[1], &curves->high[1]);
    widen(curves->simulated.slope, NULL, n, &curves->low[2], &curves->high[2]);
  }
  if (curves->opt_rival != NULL) widen(curves->opt_rival, NULL, n, &curves->low[0], &curves->high[0]);
  for (size_t i = curves->n_curve; i < curves->n_row; i++) /* only in the waterfall */
    widen(curves->row[i].mu, NULL, n, &curves->low[0], &curves->high[0]);
  for (size_t k = 0; k < MATCH_N_PANEL; k++) {
    if (!(curves->high[k] > curves->low[k])) curves->low[k] = -1.0, curves->high[k] = 1.0;
    const double room = margin * (curves->high[k] - curves->low[k]);
    curves->low[k] -= room;
    curves->high[k] += room;
  }
}

static bool fill_row(match_curves *curves, const cuxas_hit *hit, match_curve *row)
{
  const size_t n = curves->grid.n_energy;
  row->hit       = hit;
  row->mu        = hit->shifted;
  row->residual  = cuxas_new_array(n, sizeof *row->residual);
  row->slope     = cuxas_new_array(n, sizeof *row->slope);
  if (row->residual == NULL || row->slope == NULL) return false;
  for (size_t k = 0; k < n; k++) row->residual[k] = row->mu[k] - curves->measured[k];
  differentiate(curves->grid, row->mu, row->slope);
  return true;
}

static bool fill_candidate(match_curves *curves, size_t i)
{
  const cuxas_report *report = curves->report;
  if (i < report->n_detail && report->detail[i] != NULL) curves->row[i].opt_sigma = report->detail[i]->sigma;
  return fill_row(curves, &report->hits->hit[i], &curves->row[i]);
}

/* The first candidate by simulation; its prediction only where it is not among those shown. */
static bool fill_simulated(match_curves *curves)
{
  const cuxas_shortlist *shortlist = curves->report->shortlist;
  if (!cuxas_shortlist_leads(shortlist) || shortlist->hits->hit[0].shifted == NULL) return true;
  const bool is_shown =
      shortlist->candidate[0].rank <= MATCH_MAX_SHOWN && shortlist->candidate[0].rank <= curves->n_row;
  curves->has_simulated = true;
  if (!is_shown) curves->opt_rival = shortlist->candidate[0].predicted;
  return fill_row(curves, &shortlist->hits->hit[0], &curves->simulated);
}

cuxas_status cuxas_match_curves_new(const cuxas_report *report, match_curves **ret_curves, cuxas_error *err)
{
  match_curves *curves = cuxas_new_array(1, sizeof *curves);

  *ret_curves = NULL;
  if (curves == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the figure");
  curves->report         = report;
  curves->grid           = report->query->grid;
  curves->measured       = cuxas_new_array(curves->grid.n_energy, sizeof *curves->measured);
  curves->measured_slope = cuxas_new_array(curves->grid.n_energy, sizeof *curves->measured_slope);
  bool is_filled         = curves->measured != NULL && curves->measured_slope != NULL;
  if (is_filled) {
    cuxas_report_scale_measured(report, curves->measured);
    differentiate(curves->grid, curves->measured, curves->measured_slope);
  }
  while (is_filled && curves->n_row < MATCH_MAX_ROW && curves->n_row < report->hits->n_hit &&
         report->hits->hit[curves->n_row].shifted != NULL)
    is_filled = fill_candidate(curves, curves->n_row++);
  is_filled = is_filled && fill_simulated(curves);
  if (!is_filled) {
    cuxas_match_curves_free(curves);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the figure");
  }
  curves->n_curve = curves->n_row < MATCH_MAX_CURVE ? curves->n_row : MATCH_MAX_CURVE;
  find_ranges(curves);
  *ret_curves = curves;
  return CUXAS_OK;
}

void cuxas_match_curves_free(match_curves *curves)
{
  if (curves == NULL) return;
  for (size_t i = 0; i < MATCH_MAX_ROW; i++) {
    free(curves->row[i].residual);
    free(curves->row[i].slope);
  }
  free(curves->simulated.residual);
  free(curves->simulated.slope);
  free(curves->measured);
  free(curves->measured_slope);
  free(curves);
}
