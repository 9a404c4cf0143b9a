/* compare.c - one measured curve against one predicted curve */
#include "cuxas/compare.h"
#include "base/memory.h"
#include "spectrum/curve.h"
#include "match/search.h"
#include "match/query.h"
#include "match/whiten.h"
#include "predict/error_profile.h"

#include <math.h>
#include <stdlib.h>

cuxas_score_model cuxas_score_model_defaults(void)
{
  return (cuxas_score_model){.error_length_eV = 1.0,
                             .theory_error    = 0.6,
                             .slope_variance  = 0.3,
                             .n_independent   = 20.0,
                             .n_height        = 2.0,
                             .width_sd        = 0.2};
}

cuxas_compare_settings cuxas_compare_defaults(void)
{
  return (cuxas_compare_settings){
      .scale           = CUXAS_SCALE_MINMAX,
      .shift_mode      = CUXAS_SHIFT_FIT,
      .criterion       = CUXAS_CRITERION_SCORE,
      .fixed_shift_eV  = 0.0,
      .center_shift_eV = -2.5,
      .window_eV       = 6.0,
      .fwhm_eV         = 1.0,
      .fit_fwhm        = true,
      .fit_hole        = false,
      .hole_fraction   = 1.0,
      .shift_prior     = {-2.5, CUXAS_PRIOR_SHIFT_SD_EV},
      .hole_prior      = {CUXAS_PRIOR_HOLE, CUXAS_PRIOR_HOLE_SD},
      .score           = cuxas_score_model_defaults(),
  };
}

static cuxas_status check_number(const char *what, double value, double low, double high, cuxas_error *err)
{
  if (value >= low && value <= high) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ERANGE, "%s of %g is outside %g ... %g", what, value, low, high);
}

static cuxas_status check_prior(const char *what, cuxas_prior prior, cuxas_error *err)
{
  if (isfinite(prior.mean) && prior.sd > 0.0) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_ERANGE, "%s of %g +- %g is no distribution", what, prior.mean, prior.sd);
}

static cuxas_status check_score_model(const cuxas_score_model *score, cuxas_error *err)
{
  const double least = 1e-6, most = 1e6;
  cuxas_status status;
  if ((status = check_number("error length (eV)", score->error_length_eV, least, most, err)) != CUXAS_OK ||
      (status = check_number("error of theory", score->theory_error, least, most, err)) != CUXAS_OK ||
      (status = check_number("variance of a slope", score->slope_variance, least, most, err)) != CUXAS_OK ||
      (status = check_number("number of independent values", score->n_independent, least, most, err)) != CUXAS_OK ||
      (status = check_number("number of heights", score->n_height, 0.0, most, err)) != CUXAS_OK)
    return status;
  return check_number("spread of the width", score->width_sd, least, most, err);
}

cuxas_status cuxas_compare_check(const cuxas_compare_settings *settings, cuxas_error *err)
{
  const double most_eV = CUXAS_COMPARE_MAX_EV;
  cuxas_status status;
  if ((status = check_number("shift (eV)", settings->fixed_shift_eV, -most_eV, most_eV, err)) != CUXAS_OK ||
      (status = check_number("shift centre (eV)", settings->center_shift_eV, -most_eV, most_eV, err)) != CUXAS_OK ||
      (status = check_number("shift window (eV)", settings->window_eV, 0.0, most_eV, err)) != CUXAS_OK ||
      (status = check_number("broadening (eV)", settings->fwhm_eV, 0.0, most_eV, err)) != CUXAS_OK ||
      (status = check_prior("prior of the shift", settings->shift_prior, err)) != CUXAS_OK ||
      (status = check_prior("prior of the hole fraction", settings->hole_prior, err)) != CUXAS_OK ||
      (status = check_score_model(&settings->score, err)) != CUXAS_OK)
    return status;
  return check_number("hole fraction", settings->hole_fraction, 0.0, 1.0, err);
}

/* Rows of n_energy numbers for the final evaluation. */
typedef struct {
  double *predicted;
  double *measured;
  double *rank_work; /* two rows */
} rows;

/* A curve whose shift, fraction and width have been found. */
typedef struct {
  const cuxas_query            *query;
  const cuxas_compare_settings *settings;
  cuxas_resampled              *curve;
} placed;

/* The mixed curve where it overlaps the query; work and ret_mu (n_energy of the query). */
static cuxas_span read_placed(const placed *at, const cuxas_comparison *comparison, double *work, double *ret_mu)
{
  const cuxas_grid grid     = at->query->grid;
  const double     shift_eV = comparison->shift_eV, a = comparison->hole_fraction;
  const cuxas_span span = cuxas_resampled_overlap(at->curve, grid, shift_eV);
  cuxas_resampled_read(at->curve, 0, grid, span, shift_eV, ret_mu);
  if (at->curve->n_channel == 1) return span;
  cuxas_resampled_read(at->curve, 1, grid, span, shift_eV, work);
  for (size_t i = 0; i < span.n_point; i++) ret_mu[i] = a * ret_mu[i] + (1.0 - a) * work[i];
  return span;
}

#define FEATURELESS 0.25 /* MAE of a featureless curve on 0 ... 1, about */
#define LEAST_MAE 1e-6   /* so that equal curves have a logarithm */

/* What heights add to the score: the likelihood of Laplacian errors of the curves scaled min-max. */
static double score_heights(const placed *at, cuxas_span span, const double *predicted, const double *measured,
                            double *work)
{
  const cuxas_query *query = at->query;
  double            *x = work, *y = work + span.n_point;
  cuxas_line         line;
  if (!cuxas_scale_measured(CUXAS_SCALE_MINMAX, query, span, measured, &line)) return NAN;
  cuxas_scale_apply(line, measured, span.n_point, y);
  if (!cuxas_scale_predicted(CUXAS_SCALE_MINMAX, query, span, y, predicted, &line)) return NAN;
  cuxas_scale_apply(line, predicted, span.n_point, x);
  return -at->settings->score.n_height * log(fmax(cuxas_metric_mae(x, y, span.n_point), LEAST_MAE) / FEATURELESS);
}

/* All figures at the shift and fraction found. Correlations do not depend on the scale, so they are taken before it. */
static cuxas_status evaluate(const placed *at, const rows *row, cuxas_comparison *comparison, double *opt_shifted,
                             double *opt_measured, cuxas_error *err)
{
  const cuxas_query *query = at->query;
  const cuxas_scale  scale = at->settings->scale;
  const cuxas_span   span  = read_placed(at, comparison, row->rank_work, row->predicted);
  cuxas_line         line_measured, line_predicted;

  if (span.n_point < CUXAS_COMPARE_MIN_POINTS)
    return cuxas_fail(err, CUXAS_ERANGE, "too little overlap at a shift of %g eV", comparison->shift_eV);
  const double *measured = query->mu + span.first;
  comparison->n_compared = span.n_point;
  comparison->pearson    = cuxas_metric_pearson(row->predicted, measured, span.n_point);
  comparison->spearman   = cuxas_metric_spearman(row->predicted, measured, span.n_point, row->rank_work);
  comparison->score += score_heights(at, span, row->predicted, measured, row->rank_work);

  if (!cuxas_scale_measured(scale, query, span, measured, &line_measured))
    return cuxas_fail(err, CUXAS_ENUMERIC, "measured curve cannot be scaled where it is compared");
  cuxas_scale_apply(line_measured, measured, span.n_point, row->measured);
  if (!cuxas_scale_predicted(scale, query, span, row->measured, row->predicted, &line_predicted))
    return cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat or cannot be scaled");
  cuxas_scale_apply(line_predicted, row->predicted, span.n_point, row->predicted);
  comparison->mae = cuxas_metric_mae(row->predicted, row->measured, span.n_point);
  if (!isfinite(comparison->mae) || !isfinite(comparison->pearson) || !isfinite(comparison->spearman) ||
      !isfinite(comparison->score))
    return cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat where it is compared");

  if (opt_measured != NULL) cuxas_scale_apply(line_measured, query->mu, query->grid.n_energy, opt_measured);
  if (opt_shifted != NULL) {
    for (size_t i = 0; i < query->grid.n_energy; i++) {
      const bool has_data = i >= span.first && i - span.first < span.n_point;
      opt_shifted[i]      = has_data ? row->predicted[i - span.first] : NAN;
    }
  }
  return CUXAS_OK;
}

/* Onsets of the broadened, mixed curve on its own grid, with the filter that the measured curve went through. */
static cuxas_status find_onsets(const placed *at, double hole_fraction, cuxas_onset *ret_onset, cuxas_error *err)
{
  const cuxas_resampled *curve    = at->curve;
  const size_t           n_energy = curve->covered.n_energy;
  const double          *x0 = curve->mu[0] + curve->i_curve, *x1 = curve->mu[curve->n_channel - 1] + curve->i_curve;
  double                *mixed = cuxas_new(err, n_energy, sizeof *mixed);
  if (mixed == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_energy; i++) mixed[i] = hole_fraction * x0[i] + (1.0 - hole_fraction) * x1[i];
  const cuxas_status status = cuxas_onset_find(curve->covered, mixed, CUXAS_ONSET_SMOOTH_EV, at->query->edge,
                                               at->query->n_edge, ret_onset, err);
  free(mixed);
  return status;
}

cuxas_status cuxas_compare(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                           cuxas_comparison *ret_comparison, double *opt_shifted, double *opt_measured,
                           cuxas_error *err)
{
  cuxas_status     status;
  placed           at         = {query, settings, NULL};
  double          *work       = NULL;
  cuxas_comparison comparison = {0};
  const size_t     n_energy   = query->grid.n_energy;
  cuxas_curve      channels   = *curve;
  cuxas_found      found;

  if ((status = cuxas_compare_check(settings, err)) != CUXAS_OK) return status;
  if (!settings->fit_hole && settings->hole_fraction == 1.0) channels.screened_hole = NULL; /* half the work */
  if ((status = cuxas_search(query, &channels, settings, &found, err)) != CUXAS_OK) goto done;
  comparison.shift_eV       = found.shift_eV;
  comparison.shift_at_limit = found.at_limit;
  comparison.hole_fraction  = found.hole_fraction;
  comparison.fwhm_eV        = found.fwhm_eV;
  comparison.score          = found.score;
  if ((status = cuxas_resampled_new(&channels, found.fwhm_eV, query->grid, found.shift_eV, found.shift_eV, &at.curve,
                                    err)) != CUXAS_OK)
    goto done;
  work = cuxas_new(err, n_energy, 4 * sizeof *work);
  if (work == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  const rows row = {work, work + n_energy, work + 2 * n_energy};
  if ((status = evaluate(&at, &row, &comparison, opt_shifted, opt_measured, err)) != CUXAS_OK) goto done;
  if ((status = find_onsets(&at, comparison.hole_fraction, comparison.predicted_onset, err)) != CUXAS_OK) goto done;
  *ret_comparison = comparison;
done:
  free(work);
  cuxas_resampled_free(at.curve);
  return status;
}

/* ---- products of curves in the metric of a prediction's errors -------------------------------------------------- */

#define SLOPE_EV 40.0 /* above the first energy a slope has slope_variance */

/* 1 where there are theory's errors alone, less where the model's own stand beside them. */
static double find_weight(const cuxas_query *query, const cuxas_compare_settings *settings, size_t i_energy)
{
  if (settings->opt_errors == NULL) return 1.0;
  const double offset_eV = cuxas_grid_energy_eV(query->grid, i_energy) - query->onset[0].energy_eV;
  const double ratio     = cuxas_error_profile_at(settings->opt_errors, offset_eV) / settings->score.theory_error;
  return 1.0 / sqrt(1.0 + ratio * ratio);
}

cuxas_whitening cuxas_whitening_begin(const cuxas_query *query, const cuxas_compare_settings *settings, double *work)
{
  const size_t    n_energy = query->grid.n_energy;
  const double    part     = exp(-query->grid.step_eV / settings->score.error_length_eV);
  double         *weight   = work + CUXAS_N_NUISANCE * n_energy;
  cuxas_whitening result   = {.grid           = query->grid,
                              .part           = part,
                              .norm           = 1.0 / sqrt(1.0 - part * part),
                              .slope_variance = settings->score.slope_variance,
                              .weight         = weight};
  for (size_t i = 0; i < CUXAS_N_NUISANCE; i++) result.nuisance[i] = work + i * n_energy;
  for (size_t i = 0; i < n_energy; i++) weight[i] = find_weight(query, settings, i);
  return result;
}

static void filter(const cuxas_whitening *w, const double *x, double *ret_z)
{
  const double *weight = w->weight + w->span.first;
  ret_z[0]             = weight[0] * x[0];
#pragma omp simd
  for (size_t i = 1; i < w->span.n_point; i++)
    ret_z[i] = (weight[i] * x[i] - w->part * weight[i - 1] * x[i - 1]) * w->norm;
}

double cuxas_whiten_dot(const double *a, const double *b, size_t n_point)
{
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < n_point; i++) sum += a[i] * b[i];
  return sum;
}

void cuxas_whitening_invert(double slope_variance, double offset_offset, double offset_slope, double slope_slope,
                            double ret_inverse[3])
{
  const double c   = 1.0 / slope_variance + slope_slope;
  const double det = offset_offset * c - offset_slope * offset_slope; /* >= offset_offset / slope_variance > 0 */
  ret_inverse[0]   = c / det;
  ret_inverse[1]   = -offset_slope / det;
  ret_inverse[2]   = offset_offset / det;
}

void cuxas_whitening_aim(cuxas_whitening *whitening, cuxas_span span, double *work)
{
  cuxas_whitening *w = whitening;
  if (w->span.n_point == span.n_point && w->span.first == span.first) return;
  w->span = span;
  for (size_t i = 0; i < span.n_point; i++) work[i] = 1.0;
  filter(w, work, w->nuisance[0]);
  for (size_t i = 0; i < span.n_point; i++) work[i] = (double)(span.first + i) * w->grid.step_eV / SLOPE_EV;
  filter(w, work, w->nuisance[1]);
  cuxas_whitening_invert(w->slope_variance, cuxas_whiten_dot(w->nuisance[0], w->nuisance[0], span.n_point),
                         cuxas_whiten_dot(w->nuisance[0], w->nuisance[1], span.n_point),
                         cuxas_whiten_dot(w->nuisance[1], w->nuisance[1], span.n_point), w->inverse);
}

cuxas_whitened cuxas_whiten(const cuxas_whitening *whitening, const double *x, double *row)
{
  const double *offset = whitening->nuisance[0], *slope = whitening->nuisance[1];
  double        square = 0.0, u0 = 0.0, u1 = 0.0;
  filter(whitening, x, row);
#pragma omp simd reduction(+ : square, u0, u1)
  for (size_t i = 0; i < whitening->span.n_point; i++) {
    square += row[i] * row[i];
    u0 += row[i] * offset[i];
    u1 += row[i] * slope[i];
  }
  return (cuxas_whitened){row, square, {u0, u1}};
}

double cuxas_whitened_rest(const double inverse[3], const double u[CUXAS_N_NUISANCE], const double v[CUXAS_N_NUISANCE])
{
  return inverse[0] * u[0] * v[0] + inverse[1] * (u[0] * v[1] + u[1] * v[0]) + inverse[2] * u[1] * v[1];
}

double cuxas_whitened_product(const cuxas_whitening *whitening, const cuxas_whitened *x, const cuxas_whitened *y)
{
  return cuxas_whiten_dot(x->row, y->row, whitening->span.n_point) -
         cuxas_whitened_rest(whitening->inverse, x->u, y->u);
}

void cuxas_whitening_fit(const cuxas_whitening *whitening, const double *rest, double *row,
                         double ret_size[CUXAS_N_NUISANCE])
{
  const cuxas_whitened z       = cuxas_whiten(whitening, rest, row);
  const double        *inverse = whitening->inverse;
  ret_size[0]                  = inverse[0] * z.u[0] + inverse[1] * z.u[1];
  ret_size[1]                  = inverse[1] * z.u[0] + inverse[2] * z.u[1];
}

double cuxas_whitening_nuisance(const cuxas_whitening *whitening, const double size[CUXAS_N_NUISANCE], size_t i)
{
  return size[0] + size[1] * (double)(whitening->span.first + i) * whitening->grid.step_eV / SLOPE_EV;
}

double cuxas_whitened_square(const cuxas_whitening *whitening, const cuxas_whitened *x)
{
  return x->square - cuxas_whitened_rest(whitening->inverse, x->u, x->u);
}
