#include "match/scale.h"

#include <gsl/gsl_fit.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

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

bool cuxas_scale_measured(cuxas_scale scale, const cuxas_query *query, cuxas_span span, const double *measured,
                          cuxas_line *ret_line)
{
  if (scale == CUXAS_SCALE_EDGE_STEP) return scale_edge_step(query, span, measured, ret_line);
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
