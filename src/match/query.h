/* query.h - a model's edges as a query wants them, and two curves on a common vertical scale */
#ifndef CUXAS_MATCH_QUERY_H
#define CUXAS_MATCH_QUERY_H
#include "cuxas/compare.h"
#include "cuxas/model.h"

/* cuxas_query_layout() - the model's lattice and edges; it points to `edge`, which is filled */
cuxas_edge_layout cuxas_query_layout(const cuxas_model *model, cuxas_edge_window edge[CUXAS_COMPARE_MAX_EDGE]);

/* y = gain * mu + offset */
typedef struct {
  double gain;
  double offset;
} cuxas_line;

/* cuxas_scale_measured(), cuxas_scale_predicted() - the line that brings a curve on the scale
 *
 *   query       its pre- and post-edge spans; with CUXAS_SCALE_EDGE_STEP, the part of them inside the span counts
 *   span        the points compared, n_point >= 1
 *   measured    (span.n_point) measured values; for a prediction: already scaled
 *   predicted   (span.n_point)
 *   ret_line    what to multiply by and add
 *
 * Returns  false when the curve cannot be scaled: flat, or, for the edge step, no rise or a span that misses an end. */
bool cuxas_scale_measured(cuxas_scale scale, const cuxas_query *query, cuxas_span span, const double *measured,
                          cuxas_line *ret_line);
bool cuxas_scale_predicted(cuxas_scale scale, const cuxas_query *query, cuxas_span span, const double *scaled_measured,
                           const double *predicted, cuxas_line *ret_line);

/* cuxas_scale_apply() - ret_y = gain * mu + offset; ret_y may be mu */
void cuxas_scale_apply(cuxas_line line, const double *mu, size_t n_point, double *ret_y);

/* cuxas_flatten() - as thick samples and self-absorption do: of m, mu on the scale whose edge step is 1, (1 + s) m / (1 + s m)
 *
 *   to_step     mu to m
 *   saturation  s > -1
 *   ret_mu      (n_point) on m's scale; may be mu */
void cuxas_flatten(cuxas_line to_step, double saturation, const double *mu, size_t n_point, double *ret_mu);

/* cuxas_compare_mixes() - is the curve with a screened core hole mixed in, by a fraction that is fitted or fixed below 1? */
bool cuxas_compare_mixes(const cuxas_compare_settings *settings);

/* cuxas_compare_check() - CUXAS_OK; CUXAS_ERANGE for a shift, window or width that is not finite, negative where that
 * makes no sense or above CUXAS_COMPARE_MAX_EV, a hole fraction outside 0 ... 1, a prior whose mean is not finite or
 * whose spread is not positive, or a constant of the score outside its bounds */
cuxas_status cuxas_compare_check(const cuxas_compare_settings *settings, cuxas_error *err);

#endif
