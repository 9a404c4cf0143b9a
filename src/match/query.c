/* query.c - a measured curve on the comparison grid, and how another curve comes to stand beside it
 *
 * Contents: 1. the measured curve  2. one vertical scale  3. continued, broadened, read at any shift
 *           4. from the measured file to the query */
#include "cuxas/compare.h"
#include "spectrum/formats.h"
#include "base/memory.h"
#include "match/query.h"
#include "match/session.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "spectrum/merge.h"
#include "match/search.h"
#include "spectrum/curve.h"
#include "cuxas/predict.h"

#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ==== 1. the measured curve ==== */

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

/* The first edge is not where it can be: why. */
static cuxas_status fail_edge(const cuxas_query *query, double latest_eV, double until_eV, cuxas_error *err)
{
  const cuxas_edge_window *edge     = query->edge;
  const cuxas_onset       *onset    = &query->onset[0];
  const double             start_eV = query->grid.start_eV;
  const int                n_byte   = (int)sizeof edge[0].name;
  if (query->n_edge > 1 && start_eV >= until_eV)
    return cuxas_fail(
        err, CUXAS_ERANGE,
        "the scan begins at %.1f eV, behind the %.*s edge: it must begin before the edge, which is below %.0f eV",
        start_eV, n_byte, edge[0].name, latest_eV);
  if (query->n_edge > 1 && onset->found && onset->energy_eV > until_eV)
    return cuxas_fail(
        err, CUXAS_ERANGE,
        "the scan begins at %.1f eV, and its first edge, at %.1f eV, can only be %.*s: the rise of the %.*s edge "
        "is not in it",
        start_eV, onset->energy_eV, n_byte, edge[1].name, n_byte, edge[0].name);
  return cuxas_fail(err, CUXAS_ERANGE, "no %.*s edge between %g and %g eV", n_byte, edge[0].name, start_eV, until_eV);
}

cuxas_edge_layout cuxas_query_layout(const cuxas_model *model, cuxas_edge_window edge[CUXAS_COMPARE_MAX_EDGE])
{
  for (size_t i = 0; i < model->n_edge; i++) {
    snprintf(edge[i].name, sizeof edge[i].name, "%s", model->edge[i].name);
    edge[i].splitting_eV = model->edge[i].grid.start_eV - model->edge[0].grid.start_eV;
  }
  return (cuxas_edge_layout){model->grid, edge, model->n_edge};
}

/* Does the curve stand higher behind this energy, over 10 eV, than before it, by far more than neighbours differ where neither this edge
 * nor its partner 20 eV above is? */
static bool is_step(const cuxas_query *query, double energy_eV)
{
  const cuxas_grid grid   = query->grid;
  double           before = 0.0, behind = 0.0, square = 0.0;
  size_t           n_before = 0, n_behind = 0, n_quiet = 0;
  for (size_t i = 0; i < grid.n_energy; i++) {
    const double from_eV = cuxas_grid_energy_eV(grid, i) - energy_eV;
    if (i > 0 && (from_eV < -0.5 || from_eV > 30.0)) {
      square += pow(query->mu[i] - query->mu[i - 1], 2.0);
      n_quiet++;
    }
    if (from_eV < -0.5) {
      before += query->mu[i];
      n_before++;
    } else if (from_eV > 1.0 && from_eV < 11.0) {
      behind += query->mu[i];
      n_behind++;
    }
  }
  return n_before > 0 && n_behind > 0 && n_quiet > 0 &&
         behind / (double)n_behind - before / (double)n_before > 5.0 * sqrt(0.5 * square / (double)n_quiet);
}

/* The edge that was found lies in front of what is compared, another element's: ours may stand behind it. */
static cuxas_status look_behind(cuxas_query *query, cuxas_error *err)
{
  cuxas_onset        onset[CUXAS_COMPARE_MAX_EDGE];
  const cuxas_status status =
      cuxas_onset_find(query->grid, query->mu, CUXAS_ONSET_SMOOTH_EV, query->edge, query->n_edge, onset, err);
  if (status == CUXAS_OK && onset[0].found && is_step(query, onset[0].energy_eV))
    memcpy(query->onset, onset, query->n_edge * sizeof *onset);
  return status;
}

cuxas_status cuxas_query_new(cuxas_grid grid, const double *mu, const cuxas_edge_layout *layout,
                             const cuxas_compare_settings *settings, cuxas_query **ret_query, cuxas_error *err)
{
  const cuxas_grid         lattice = layout->lattice;
  const cuxas_edge_window *edge    = layout->edge;
  const size_t             n_edge  = layout->n_edge;
  cuxas_status             status;
  cuxas_span               span  = {0, 0};
  cuxas_query             *query = NULL;

  *ret_query = NULL;
  if (n_edge == 0 || n_edge > CUXAS_COMPARE_MAX_EDGE)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu edges given; 1 to %d can be compared", n_edge, CUXAS_COMPARE_MAX_EDGE);
  if ((status = cuxas_compare_check(settings, err)) != CUXAS_OK) return status;
  if ((status = check_curve(grid, mu, lattice, err)) != CUXAS_OK) return status;
  if ((status = cut_to_comparison(grid, lattice, settings, &span, err)) != CUXAS_OK) return status;
  if (is_flat(mu + span.first, span.n_point)) return cuxas_fail(err, CUXAS_ENUMERIC, "measured curve is flat");

  query = cuxas_new(err, 1, sizeof *query);
  if (query != NULL) query->mu = cuxas_new(err, span.n_point, sizeof *query->mu);
  if (query == NULL || query->mu == NULL) {
    status = CUXAS_ENOMEM;
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
  if (query->onset[0].found && query->onset[0].energy_eV < query->grid.start_eV &&
      (status = look_behind(query, err)) != CUXAS_OK)
    goto done;
  if (!query->onset[0].found || query->onset[0].energy_eV > until_eV ||
      query->onset[0].energy_eV < query->grid.start_eV) {
    status = fail_edge(query, lattice.start_eV + up_eV, until_eV, err);
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

/* ==== 2. one vertical scale ==== */

/* A range this small beside the values is rounding, not structure. */
#define FLAT 1e-12

static bool scale_minmax(const double *mu, size_t n_point, cuxas_line *ret_line)
{
  double low = mu[0], high = mu[0];
#pragma omp simd reduction(min : low) reduction(max : high)
  for (size_t i = 1; i < n_point; i++) {
    low  = mu[i] < low ? mu[i] : low;
    high = mu[i] > high ? mu[i] : high;
  }
  if (!(high - low > FLAT * fmax(fabs(high), fabs(low)))) return false;
  ret_line->gain   = 1.0 / (high - low);
  ret_line->offset = -low / (high - low);
  return true;
}

/* Mean over the points of part that are in span; mu begins at span.first. NaN: they do not meet. */
static double mean_of_part(cuxas_span part, cuxas_span span, const double *mu)
{
  const size_t part_end = part.first + part.n_point, span_end = span.first + span.n_point;
  const size_t first = part.first > span.first ? part.first : span.first;
  const size_t end   = part_end < span_end ? part_end : span_end;
  return first < end ? gsl_stats_mean(mu + (first - span.first), 1, end - first) : NAN;
}

static bool scale_edge_step(const cuxas_query *query, cuxas_span span, const double *mu, cuxas_line *ret_line)
{
  const double low  = mean_of_part(query->pre_edge, span, mu);
  const double high = mean_of_part(query->post_edge, span, mu);
  if (!(high - low > FLAT * fmax(fabs(high), fabs(low)))) return false;
  ret_line->gain   = 1.0 / (high - low);
  ret_line->offset = -low / (high - low);
  return true;
}

/* Without a pre-edge in the span, from the lowest value. */
static bool scale_area(const cuxas_query *query, cuxas_span span, const double *mu, cuxas_line *ret_line)
{
  cuxas_line minmax;
  if (!scale_minmax(mu, span.n_point, &minmax)) return false;
  const double pre_edge = mean_of_part(query->pre_edge, span, mu);
  const double low      = isnan(pre_edge) ? -minmax.offset / minmax.gain : pre_edge;
  const double mean     = gsl_stats_mean(mu, 1, span.n_point) - low;
  if (!(mean * minmax.gain > FLAT)) return false;
  ret_line->gain   = 1.0 / mean;
  ret_line->offset = -low / mean;
  return true;
}

bool cuxas_scale_measured(cuxas_scale scale, const cuxas_query *query, cuxas_span span, const double *measured,
                          cuxas_line *ret_line)
{
  if (scale == CUXAS_SCALE_EDGE_STEP) return scale_edge_step(query, span, measured, ret_line);
  if (scale == CUXAS_SCALE_AREA) return scale_area(query, span, measured, ret_line);
  return scale_minmax(measured, span.n_point, ret_line);
}

bool cuxas_scale_predicted(cuxas_scale scale, const cuxas_query *query, cuxas_span span, const double *scaled_measured,
                           const double *predicted, cuxas_line *ret_line)
{
  cuxas_line unused;
  double     cov00, cov01, cov11, sum_of_squares;
  switch (scale) {
  case CUXAS_SCALE_MINMAX: return scale_minmax(predicted, span.n_point, ret_line);
  case CUXAS_SCALE_EDGE_STEP: return scale_edge_step(query, span, predicted, ret_line);
  case CUXAS_SCALE_AREA: return scale_area(query, span, predicted, ret_line);
  case CUXAS_SCALE_LEAST_SQUARES:
    if (!scale_minmax(predicted, span.n_point, &unused)) return false;
    gsl_fit_linear(predicted, 1, scaled_measured, 1, span.n_point, &ret_line->offset, &ret_line->gain, &cov00, &cov01,
                   &cov11, &sum_of_squares);
    if (ret_line->gain < 0.0) *ret_line = (cuxas_line){0.0, gsl_stats_mean(scaled_measured, 1, span.n_point)};
    return true;
  }
  return false;
}

void cuxas_scale_apply(cuxas_line line, const double *mu, size_t n_point, double *ret_y)
{
#pragma omp simd
  for (size_t i = 0; i < n_point; i++) ret_y[i] = line.gain * mu[i] + line.offset;
}

/* ==== 3. continued, broadened, read at any shift ==== */

#define OVERLAP_PART 0.6 /* of the largest overlap that a shift must keep, see compare.h */

/* The curve's points in the middle; a prediction's tail and plateau around them, a standard's end values. */
static void continue_curve(const cuxas_curve *curve, const double *mu, size_t n_below, size_t n_total, double *ret_mu)
{
  const size_t n_energy = curve->grid.n_energy;
  for (size_t i = 0; i < n_below; i++) {
    const double below_eV = (double)(n_below - i) * curve->grid.step_eV;
    ret_mu[i]             = mu[0] * (curve->extend ? exp(-below_eV / CUXAS_TAIL_EV) : 1.0);
  }
  memcpy(ret_mu + n_below, mu, n_energy * sizeof *mu);
  for (size_t i = n_below + n_energy; i < n_total; i++) ret_mu[i] = mu[n_energy - 1];
}

static bool is_finite(const double *mu, size_t n_energy)
{
  for (size_t i = 0; i < n_energy; i++)
    if (!isfinite(mu[i])) return false;
  return true;
}

cuxas_status cuxas_resampled_new(const cuxas_curve *curve, double fwhm_eV, cuxas_grid target, double low_eV,
                                 double high_eV, cuxas_resampled **ret_resampled, cuxas_error *err)
{
  cuxas_status     status                              = CUXAS_OK;
  cuxas_resampled *resampled                           = NULL;
  double          *raw                                 = NULL;
  const double     step_eV                             = target.step_eV;
  const double    *channel[CUXAS_RESAMPLE_MAX_CHANNEL] = {curve->no_hole, curve->screened_hole};

  *ret_resampled = NULL;
  if (curve->grid.n_energy == 0 || !(fabs(curve->grid.step_eV - step_eV) < 1e-9 * step_eV))
    return cuxas_fail(err, CUXAS_ERANGE, "curve has %zu points in steps of %g eV where %g eV is needed",
                      curve->grid.n_energy, curve->grid.step_eV, step_eV);
  const double from_eV = target.start_eV - high_eV,
               to_eV   = cuxas_grid_end_eV(target) - low_eV; /* on the curve's scale */
  if (!(curve->grid.start_eV < to_eV && cuxas_grid_end_eV(curve->grid) > from_eV))
    return cuxas_fail(err, CUXAS_ERANGE, "curve from %g to %g eV does not meet the measured range at any shift",
                      curve->grid.start_eV, cuxas_grid_end_eV(curve->grid));

  /* Beyond the target as far as the cubic (2 points) and the broadening (4 standard deviations) look. */
  const size_t n_margin = 4 + (size_t)ceil(2.0 * fwhm_eV / step_eV);
  const size_t n_below  = (size_t)fmax(0.0, ceil((curve->grid.start_eV - from_eV) / step_eV)) + n_margin;
  const size_t n_above  = (size_t)fmax(0.0, ceil((to_eV - cuxas_grid_end_eV(curve->grid)) / step_eV)) + n_margin;
  const size_t n_total  = n_below + curve->grid.n_energy + n_above;

  resampled = cuxas_new(err, 1, sizeof *resampled);
  raw       = cuxas_new(err, n_total, sizeof *raw);
  if (resampled == NULL || raw == NULL) goto no_memory;
  resampled->grid      = (cuxas_grid){curve->grid.start_eV - (double)n_below * step_eV, step_eV, n_total};
  resampled->n_channel = curve->screened_hole != NULL ? 2 : 1;
  resampled->i_curve   = n_below;
  resampled->covered   = curve->grid;
  resampled->extend    = curve->extend;
  for (size_t i_channel = 0; i_channel < resampled->n_channel; i_channel++) {
    if (!is_finite(channel[i_channel], curve->grid.n_energy)) {
      status = cuxas_fail(err, CUXAS_ENUMERIC, "curve holds a value that is not finite");
      goto done;
    }
    resampled->mu[i_channel] = cuxas_new(err, n_total, sizeof **resampled->mu);
    if (resampled->mu[i_channel] == NULL) goto no_memory;
    continue_curve(curve, channel[i_channel], n_below, n_total, raw);
    if ((status = cuxas_broaden(resampled->grid, raw, fwhm_eV, resampled->mu[i_channel], err)) != CUXAS_OK) goto done;
  }
  *ret_resampled = resampled;
  resampled      = NULL;
  goto done;

no_memory:
  status = cuxas_no_memory(err);
done:
  cuxas_resampled_free(resampled);
  free(raw);
  return status;
}

void cuxas_resampled_free(cuxas_resampled *resampled)
{
  if (resampled == NULL) return;
  for (size_t i = 0; i < CUXAS_RESAMPLE_MAX_CHANNEL; i++) free(resampled->mu[i]);
  free(resampled);
}

cuxas_span cuxas_resampled_overlap(const cuxas_resampled *resampled, cuxas_grid target, double shift_eV)
{
  if (resampled->extend) return (cuxas_span){0, target.n_energy};

  const double step_eV = target.step_eV, n_energy = (double)target.n_energy;
  const double first = ceil((resampled->covered.start_eV + shift_eV - target.start_eV) / step_eV - 1e-6);
  const double last  = floor((cuxas_grid_end_eV(resampled->covered) + shift_eV - target.start_eV) / step_eV + 1e-6);
  if (last < 0.0 || first > n_energy - 1.0 || last < first) return (cuxas_span){0, 0};
  const size_t i_first = first > 0.0 ? (size_t)first : 0;
  const size_t i_last  = last < n_energy - 1.0 ? (size_t)last : target.n_energy - 1;
  return (cuxas_span){i_first, i_last - i_first + 1};
}

cuxas_status cuxas_resampled_needed(const cuxas_resampled *resampled, cuxas_grid target, double low_eV, double high_eV,
                                    size_t *ret_n_needed, cuxas_error *err)
{
  const double center_eV = 0.5 * (low_eV + high_eV);
  const long   n_side    = (long)ceil(0.5 * (high_eV - low_eV) / target.step_eV - 1e-6);
  size_t       largest   = 0;
  for (long i = -n_side; i <= n_side; i++) {
    const double     shift_eV = fmin(fmax(center_eV + (double)i * target.step_eV, low_eV), high_eV);
    const cuxas_span span     = cuxas_resampled_overlap(resampled, target, shift_eV);
    if (span.n_point > largest) largest = span.n_point;
  }
  if (largest < CUXAS_COMPARE_MIN_POINTS)
    return cuxas_fail(err, CUXAS_ERANGE, "overlaps the measured range in %zu points at most, %d are needed", largest,
                      CUXAS_COMPARE_MIN_POINTS);
  const size_t part = (size_t)ceil(OVERLAP_PART * (double)largest);
  *ret_n_needed     = part > CUXAS_COMPARE_MIN_POINTS ? part : CUXAS_COMPARE_MIN_POINTS;
  return CUXAS_OK;
}

void cuxas_cubic_weights(double t, double ret_weight[4])
{
  ret_weight[0] = 0.5 * t * (t * (2.0 - t) - 1.0);
  ret_weight[1] = 0.5 * (t * t * (3.0 * t - 5.0) + 2.0);
  ret_weight[2] = 0.5 * t * (t * (4.0 - 3.0 * t) + 1.0);
  ret_weight[3] = 0.5 * t * t * (t - 1.0);
}

void cuxas_resampled_read(const cuxas_resampled *resampled, size_t i_channel, cuxas_grid target, cuxas_span span,
                          double shift_eV, double *ret_mu)
{
  const double position =
      (cuxas_grid_energy_eV(target, span.first) - shift_eV - resampled->grid.start_eV) / target.step_eV;
  const double  whole = floor(position + 1e-7); /* a shift of whole steps reads the points themselves */
  const double  t     = position - whole;
  const double *mu    = resampled->mu[i_channel] + (size_t)whole;

  if (t < 1e-7) {
    memcpy(ret_mu, mu, span.n_point * sizeof *mu);
    return;
  }
  double weight[4];
  cuxas_cubic_weights(t, weight);
#pragma omp simd
  for (size_t i = 0; i < span.n_point; i++)
    ret_mu[i] = weight[0] * mu[(ptrdiff_t)i - 1] + weight[1] * mu[i] + weight[2] * mu[i + 1] + weight[3] * mu[i + 2];
}

/* ==== 4. from the measured file to the query ==== */

/* -- reading -- */

bool cuxas_measurement_is_loss(const cuxas_measurement *measurement, const cuxas_match_settings *settings)
{
  return settings->is_eels || (measurement->info != NULL && strcmp(measurement->info->detection_mode, "EELS") == 0);
}

bool cuxas_measurement_may_saturate(const cuxas_measurement *measurement)
{
  const char *mode = measurement->info != NULL ? measurement->info->detection_mode : "";
  return strcmp(mode, "EELS") != 0 && strcmp(mode, "IPFY") != 0;
}

double cuxas_measurement_flattened(const cuxas_measurement *measurement, const cuxas_edge_shape *shape, cuxas_axis axis)
{
  const bool may_be = measurement->compare.fit_saturation && axis != CUXAS_AXIS_EELS;
  return may_be && cuxas_measurement_may_saturate(measurement) ? cuxas_answer_flattened(shape) : 0.0;
}

cuxas_loss_values cuxas_loss_values_for(const cuxas_model *model)
{
  const double fwhm_eV = sqrt(model->fwhm_eV * model->fwhm_eV + CUXAS_EELS_FWHM_EV * CUXAS_EELS_FWHM_EV);
  return (cuxas_loss_values){CUXAS_EELS_SMOOTH_EV, round(fwhm_eV * 100.0) / 100.0, CUXAS_EELS_WINDOW_EV,
                             round((model->shift_eV + CUXAS_PRIOR_LOSS_EV) * 100.0) / 100.0};
}

void cuxas_compare_expect(const cuxas_model *model, cuxas_compare_settings *io)
{
  const cuxas_loss_values loss = cuxas_loss_values_for(model);
  const bool   is_loss = fabs(io->center_shift_eV - loss.center_shift_eV) < 1e-9 && io->window_eV == loss.window_eV;
  const double sd      = is_loss ? CUXAS_PRIOR_LOSS_SD_EV : 0.0;
  io->shift_prior      = (cuxas_prior){io->center_shift_eV, hypot(CUXAS_PRIOR_SHIFT_SD_EV, sd)};
  io->standard_prior   = (cuxas_prior){is_loss ? CUXAS_PRIOR_LOSS_EV : 0.0, hypot(CUXAS_PRIOR_STANDARD_SD_EV, sd)};
}

cuxas_axis cuxas_measurement_axis(const cuxas_measurement *measurement, const cuxas_match_settings *settings)
{
  if (settings->is_calibrated) return CUXAS_AXIS_CALIBRATED;
  return cuxas_measurement_is_loss(measurement, settings) ? CUXAS_AXIS_EELS : CUXAS_AXIS_ABSORPTION;
}

double cuxas_measurement_smooth_eV(const cuxas_measurement *measurement)
{
  const cuxas_prepared *prepared = measurement->prepared;
  for (size_t i = 0; prepared != NULL && i < prepared->n_step; i++)
    if (strcmp(prepared->step[i].name, "smooth") == 0) return prepared->step[i].number[0].value;
  return 0.0;
}

void cuxas_measurement_clear(cuxas_measurement *measurement)
{
  cuxas_query_free(measurement->query);
  cuxas_prepared_free(measurement->prepared);
  cuxas_measured_info_free(measurement->info);
  cuxas_spectrum_free(measurement->spectrum);
  free(measurement->asked);
  *measurement = (cuxas_measurement){0};
}

cuxas_status cuxas_measurement_read(const char *path, const cuxas_measured_options *opt_how,
                                    cuxas_measurement *ret_measurement, cuxas_error *err)
{
  char  *bytes  = NULL;
  size_t n_byte = 0;

  *ret_measurement    = (cuxas_measurement){0};
  cuxas_status status = cuxas_bytes_read(path, &bytes, &n_byte, err);
  if (status != CUXAS_OK) return status;
  cuxas_hash_memory(bytes, n_byte, ret_measurement->sha256);
  status = cuxas_measured_parse_bytes(strcmp(path, "-") == 0 ? "standard input" : path, bytes, n_byte, opt_how,
                                      &ret_measurement->spectrum, &ret_measurement->info, err);
  free(bytes);
  return status;
}

/* -- several scans -- */

/* What is read from several files or scans, before it is merged. */
typedef struct {
  size_t                      n_part;
  cuxas_measurement          *part; /* (n_part) */
  const cuxas_spectrum      **spectrum;
  const cuxas_measured_info **info;
  const char                **sha256;
} scans;

static void end_parts(scans *parts)
{
  for (size_t i = 0; i < parts->n_part && parts->part != NULL; i++) cuxas_measurement_clear(&parts->part[i]);
  free(parts->part);
  free(parts->spectrum);
  free(parts->info);
  free(parts->sha256);
}

static cuxas_status merge_parts(const scans *parts, cuxas_measurement *measurement, cuxas_error *err)
{
  for (size_t i = 0; i < parts->n_part; i++) {
    parts->spectrum[i] = parts->part[i].spectrum;
    parts->info[i]     = parts->part[i].info;
    parts->sha256[i]   = parts->part[i].sha256;
  }
  memcpy(measurement->sha256, parts->part[0].sha256, sizeof measurement->sha256);
  return cuxas_measured_merge(parts->spectrum, parts->info, parts->sha256, parts->n_part, &measurement->spectrum,
                              &measurement->info, err);
}

cuxas_status cuxas_measurement_read_all(const char *const *path, size_t n_path, const char *const *scan, size_t n_scan,
                                        const cuxas_measured_options *how, cuxas_measurement *ret_measurement,
                                        cuxas_error *err)
{
  const size_t           n_per_file = n_scan > 0 ? n_scan : 1;
  cuxas_measured_options one        = *how;
  scans                  parts      = {.n_part = n_path * n_per_file};
  cuxas_status           status     = CUXAS_OK;

  *ret_measurement = (cuxas_measurement){0};
  if (n_scan > 0) one.scan = scan[0];
  if (parts.n_part == 1) return cuxas_measurement_read(path[0], &one, ret_measurement, err);
  parts.part     = cuxas_new(err, parts.n_part, sizeof *parts.part);
  parts.spectrum = cuxas_new(err, parts.n_part, sizeof *parts.spectrum);
  parts.info     = cuxas_new(err, parts.n_part, sizeof *parts.info);
  parts.sha256   = cuxas_new(err, parts.n_part, sizeof *parts.sha256);
  if (parts.part == NULL || parts.spectrum == NULL || parts.info == NULL || parts.sha256 == NULL) status = CUXAS_ENOMEM;
  for (size_t i = 0; i < parts.n_part && status == CUXAS_OK; i++) {
    if (n_scan > 0) one.scan = scan[i % n_per_file];
    status = cuxas_measurement_read(path[i / n_per_file], &one, &parts.part[i], err);
  }
  if (status == CUXAS_OK) status = merge_parts(&parts, ret_measurement, err);
  end_parts(&parts);
  return status;
}

/* -- preparing -- */

cuxas_status cuxas_measurement_prepare(cuxas_measurement *measurement, const char *name, const cuxas_model *model,
                                       const cuxas_match_settings *settings, cuxas_error *err)
{
  cuxas_preprocess_settings preprocess =
      settings->opt_preprocess != NULL ? *settings->opt_preprocess : cuxas_preprocess_defaults();
  cuxas_edge_window edge[CUXAS_COMPARE_MAX_EDGE];
  const char       *edge_name[CUXAS_MODEL_MAX_EDGE];
  cuxas_status      status = cuxas_match_check(model, settings, err);

  if (status != CUXAS_OK) return status;
  measurement->compare = settings->compare;
  for (size_t i = 0; i < model->n_edge; i++) edge_name[i] = model->edge[i].name;
  cuxas_measured_expect(measurement->info, model->element, edge_name, model->n_edge);
  preprocess.is_loss        = cuxas_measurement_is_loss(measurement, settings);
  preprocess.beyond_lattice = true; /* the query decides which points predictions can reach */
  status = cuxas_preprocess_measured(measurement->spectrum, strcmp(name, "-") == 0 ? "standard input" : name,
                                     model->grid, &preprocess, &measurement->prepared, err);
  if (status != CUXAS_OK) return status;

  const cuxas_edge_layout layout = cuxas_query_layout(model, edge);
  status = cuxas_query_new(measurement->prepared->grid, measurement->prepared->mu, &layout, &measurement->compare,
                           &measurement->query, err);
  return cuxas_fail_at(err, status, strcmp(name, "-") == 0 ? "standard input" : name);
}

/* What was asked of the file, under the names that cuxas-match has for it. */
static cuxas_status tell_asked(const cuxas_measured_source *source, char **ret_text, cuxas_error *err)
{
  const cuxas_measured_options *how = &source->how;
  const struct {
    const char *name, *value;
  } TEXT[]    = {{"energy-column", how->energy_column},
                 {"signal", how->signal_column},
                 {"i0", how->i0_column},
                 {"dataset", how->dataset},
                 {"detection", how->detection}};
  cJSON *tree = cJSON_CreateObject();
  for (size_t i = 0; i < sizeof TEXT / sizeof *TEXT; i++)
    if (TEXT[i].value != NULL) cuxas_json_add(tree, TEXT[i].name, cJSON_CreateString(TEXT[i].value));
  if (how->invert) cuxas_json_add(tree, "invert", cJSON_CreateTrue());
  if (how->transmission) cuxas_json_add(tree, "transmission", cJSON_CreateTrue());
  if (source->n_scan > 0)
    cuxas_json_add(tree, "scan", cJSON_CreateStringArray(source->scan, (int)source->n_scan));
  else if (how->scan != NULL)
    cuxas_json_add(tree, "scan", cJSON_CreateStringArray(&how->scan, 1));
  if (source->n_path > 1)
    cuxas_json_add(tree, "merge", cJSON_CreateStringArray(source->path + 1, (int)source->n_path - 1));
  const cuxas_status status = cuxas_json_print(tree, false, ret_text, err);
  cJSON_Delete(tree);
  return status;
}

cuxas_status cuxas_session_identify_source(cuxas_session *session, const cuxas_measured_source *source,
                                           cuxas_result **ret_result, cuxas_error *err)
{
  cuxas_measured_options how         = source->how;
  cuxas_measurement      measurement = {0};
  cuxas_status           status;
  *ret_result = NULL;
  if (source->n_path == 0) return cuxas_fail(err, CUXAS_ERANGE, "no measured file");
  if (!(how.near_eV > 0)) how.near_eV = CUXAS_MEASUREMENT_NEAR_EV;
  if ((status = cuxas_measurement_read_all(source->path, source->n_path, source->scan, source->n_scan, &how,
                                           &measurement, err)) == CUXAS_OK &&
      (status = tell_asked(source, &measurement.asked, err)) == CUXAS_OK)
    return cuxas_session_identify_measurement(session, source->path[0], &measurement, ret_result, err);
  cuxas_measurement_clear(&measurement);
  return status;
}

cuxas_status cuxas_session_identify(cuxas_session *session, const char *path, cuxas_result **ret_result,
                                    cuxas_error *err)
{
  const cuxas_measured_source source = {.n_path = 1, .path = &path};
  return cuxas_session_identify_source(session, &source, ret_result, err);
}
