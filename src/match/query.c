/* query.c - a measured curve on the comparison grid */
#include "cuxas/compare.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PRE_EDGE_GAP_EV 2.0
#define POST_EDGE_GAP_EV 10.0
#define POST_EDGE_EV 5.0
enum { MIN_SPAN = 5 };

static cuxas_status check_curve(cuxas_grid grid, const double *mu, cuxas_grid lattice, cuxas_error *err)
{
  if (grid.n_energy == 0 || !(lattice.step_eV > 0.0) || lattice.n_energy == 0)
    return cuxas_fail(err, CUXAS_ERANGE, "measured curve or model lattice without points");
  if (!(fabs(grid.step_eV - lattice.step_eV) < 1e-9 * lattice.step_eV))
    return cuxas_fail(err, CUXAS_ERANGE, "measured curve in steps of %g eV, the model's are %g eV", grid.step_eV,
                      lattice.step_eV);
  const double offset = (grid.start_eV - lattice.start_eV) / lattice.step_eV;
  if (!(fabs(offset - round(offset)) < 1e-3))
    return cuxas_fail(err, CUXAS_ERANGE, "measured curve at %g eV is not on the model's energy lattice", grid.start_eV);
  for (size_t i = 0; i < grid.n_energy; i++)
    if (!isfinite(mu[i]))
      return cuxas_fail(err, CUXAS_ENUMERIC, "measured value at %g eV is not finite", cuxas_grid_energy_eV(grid, i));
  return CUXAS_OK;
}

/* The part of the measured grid that is compared. */
static cuxas_status cut_to_comparison(cuxas_grid grid, cuxas_grid lattice, const cuxas_compare_settings *settings,
                                      cuxas_span *ret_span, cuxas_error *err)
{
  const bool   is_fixed  = settings->shift_mode == CUXAS_SHIFT_FIXED;
  const double center_eV = is_fixed ? settings->fixed_shift_eV : settings->center_shift_eV;
  const double window_eV = is_fixed ? 0.0 : settings->window_eV;
  const double low_eV = lattice.start_eV + center_eV, high_eV = cuxas_grid_end_eV(lattice) + center_eV - window_eV;
  const double first = fmax(0.0, ceil((low_eV - grid.start_eV) / grid.step_eV - 1e-6));
  const double last  = fmin((double)grid.n_energy - 1.0, floor((high_eV - grid.start_eV) / grid.step_eV + 1e-6));
  if (last - first + 1.0 < CUXAS_COMPARE_MIN_POINTS)
    return cuxas_fail(err, CUXAS_ERANGE,
                      "%.0f points of the measured range %g ... %g eV can be compared (%g ... %g eV); %d are needed",
                      fmax(0.0, last - first + 1.0), grid.start_eV, cuxas_grid_end_eV(grid), low_eV, high_eV,
                      CUXAS_COMPARE_MIN_POINTS);
  *ret_span = (cuxas_span){(size_t)first, (size_t)(last - first) + 1};
  return CUXAS_OK;
}

static bool is_flat(const double *mu, size_t n_energy)
{
  for (size_t i = 1; i < n_energy; i++)
    if (mu[i] != mu[0]) return false;
  return true;
}

static size_t find_index(cuxas_grid grid, double energy_eV)
{
  const double i = (energy_eV - grid.start_eV) / grid.step_eV;
  if (!(i > 0.0)) return 0;
  return i < (double)grid.n_energy ? (size_t)i : grid.n_energy;
}

static void find_spans(cuxas_query *query)
{
  const cuxas_grid grid     = query->grid;
  double           onset_eV = query->onset[0].energy_eV;
  const size_t     n_pre    = find_index(grid, onset_eV - PRE_EDGE_GAP_EV);
  query->pre_edge           = (cuxas_span){0, n_pre > MIN_SPAN ? n_pre : MIN_SPAN};

  for (size_t i_edge = 1; i_edge < query->n_edge; i_edge++)
    if (query->onset[i_edge].found) onset_eV = query->onset[i_edge].energy_eV;
  const double from_eV = fmax(onset_eV + POST_EDGE_GAP_EV, cuxas_grid_end_eV(grid) - POST_EDGE_EV);
  const size_t first = find_index(grid, from_eV), latest = grid.n_energy - MIN_SPAN;
  query->post_edge.first   = first < latest ? first : latest;
  query->post_edge.n_point = grid.n_energy - query->post_edge.first;
}

cuxas_status cuxas_query_new(cuxas_grid grid, const double *mu, cuxas_grid lattice, const cuxas_edge_window *edge,
                             size_t n_edge, const cuxas_compare_settings *settings, cuxas_query **ret_query,
                             cuxas_error *err)
{
  cuxas_status status;
  cuxas_span   span  = {0, 0};
  cuxas_query *query = NULL;

  *ret_query = NULL;
  if (n_edge == 0 || n_edge > CUXAS_COMPARE_MAX_EDGE)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu edges given; 1 to %d can be compared", n_edge, CUXAS_COMPARE_MAX_EDGE);
  if ((status = cuxas_compare_check(settings, err)) != CUXAS_OK) return status;
  if ((status = check_curve(grid, mu, lattice, err)) != CUXAS_OK) return status;
  if ((status = cut_to_comparison(grid, lattice, settings, &span, err)) != CUXAS_OK) return status;
  if (is_flat(mu + span.first, span.n_point)) return cuxas_fail(err, CUXAS_ENUMERIC, "measured curve is flat");

  query = cuxas_new_array(1, sizeof *query);
  if (query != NULL) query->mu = cuxas_new_array(span.n_point, sizeof *query->mu);
  if (query == NULL || query->mu == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a query of %zu points", span.n_point);
    goto done;
  }
  query->grid = (cuxas_grid){cuxas_grid_energy_eV(grid, span.first), grid.step_eV, span.n_point};
  memcpy(query->mu, mu + span.first, span.n_point * sizeof *mu);
  query->n_edge = n_edge;
  memcpy(query->edge, edge, n_edge * sizeof *edge);

  if ((status = cuxas_onset_find(grid, mu, CUXAS_ONSET_SMOOTH_EV, edge, n_edge, query->onset, err)) != CUXAS_OK)
    goto done;
  /* A scan that begins above the first edge shows the second one first: higher than the first can be. */
  const bool   is_fixed = settings->shift_mode == CUXAS_SHIFT_FIXED;
  const double up_eV    = is_fixed ? settings->fixed_shift_eV : settings->center_shift_eV + settings->window_eV;
  const double until_eV =
      fmin(n_edge > 1 ? lattice.start_eV + up_eV + edge[1].splitting_eV : INFINITY, cuxas_grid_end_eV(query->grid));
  if (!query->onset[0].found || query->onset[0].energy_eV > until_eV ||
      query->onset[0].energy_eV < query->grid.start_eV) {
    status = cuxas_fail(err, CUXAS_ERANGE, "no %.*s edge between %g and %g eV", (int)sizeof edge[0].name, edge[0].name,
                        query->grid.start_eV, until_eV);
    goto done;
  }
  find_spans(query);
  *ret_query = query;
  query      = NULL;
done:
  cuxas_query_free(query);
  return status;
}

void cuxas_query_free(cuxas_query *query)
{
  if (query == NULL) return;
  free(query->mu);
  free(query);
}
