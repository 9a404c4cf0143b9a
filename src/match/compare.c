/* compare.c - one curve compared with the measurement: the metric of a prediction's errors, how far either curve is flattened, and
 * all figures where the two agree best; and what all that were compared say of copper's surroundings
 *
 * Contents: 1. products in the metric  2. saturation  3. figures  4. votes on what is around copper */
#include "cuxas/compare.h"
#include "base/memory.h"
#include "match/query.h"
#include "match/search.h"
#include "match/compare.h"
#include "match/answer.h"
#include "base/clones.h"
#include "predict/error_profile.h"
#include "spectrum/curve.h"

#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ==== 1. products in the metric ==== */

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

CUXAS_STATIC_CLONES("avx512f", "avx2", "default")
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

/* ==== 2. saturation ==== */

#define FLAT_SHIFT_EV 0.6            /* to both sides of where the curve agrees as it is */
#define LEAST_SLOPE 0.05             /* of 1 + s m: what is steeper than 20 times is no curve any more */
#define SECOND_BEFORE_EV 1.5         /* before the later edge's onset its part of the curve begins */
#define FLAT_SIZE 1e-4               /* of the simplex, at the end */
#define NO_PLACE 1e6                 /* what a place costs that is none */
enum { N_FLAT = 3, MAX_STEP = 400 }; /* logarithms of 1 + s and of the later edge's factor, shift */

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

void cuxas_flatten(cuxas_line to_step, double saturation, const double *mu, size_t n_point, double *ret_mu)
{
  for (size_t i = 0; i < n_point; i++) {
    const double m = to_step.gain * mu[i] + to_step.offset;
    ret_mu[i] = m > 0.0 ? (1.0 + saturation) * m / fmax(1.0 + saturation * m, LEAST_SLOPE) : (1.0 + saturation) * m;
  }
}

/* Where the later edge begins, a point of the span; its end: it is not in it. */
static size_t find_second(const cuxas_query *query, cuxas_span span)
{
  if (query->n_edge < 2) return span.n_point;
  const double onset_eV =
      query->onset[1].found ? query->onset[1].energy_eV : query->onset[0].energy_eV + query->edge[1].splitting_eV;
  const double i = (onset_eV - SECOND_BEFORE_EV - cuxas_grid_energy_eV(query->grid, span.first)) / query->grid.step_eV;
  return i > 0.0 && i < (double)span.n_point ? (size_t)i : span.n_point;
}

/* The curve as the measurement would show it, from its values over the span; false: it has no edge step. */
static bool flatten_row(const cuxas_query *query, cuxas_span span, double saturation, double second_edge, double *io)
{
  const size_t i_second = find_second(query, span);
  cuxas_line   to_step;
  if (!cuxas_scale_predicted(CUXAS_SCALE_EDGE_STEP, query, span, NULL, io, &to_step)) return false;
  cuxas_flatten(to_step, saturation, io, span.n_point, io);
  for (size_t i = i_second; i < span.n_point; i++)
    io[i] = io[i_second] + (i == i_second ? 1.0 : second_edge) * (io[i] - io[i_second]);
  return true;
}

/* What is tried, in rows of n_energy. */
typedef struct {
  const placed   *at;
  double          hole_fraction, shift_eV; /* as found without */
  cuxas_whitening whitening;
  cuxas_whitened  measured;
  double         *target, *row, *work;
} flattening;

/* Minus the score that a place adds up to, priors of all three included. */
static double cost_of_flattening(const gsl_vector *x, void *user)
{
  flattening                   *f        = user;
  const cuxas_query            *query    = f->at->query;
  const cuxas_compare_settings *settings = f->at->settings;
  const double                  t = gsl_vector_get(x, 0), second = gsl_vector_get(x, 1);
  const double                  shift_eV = x->size < N_FLAT ? f->shift_eV : gsl_vector_get(x, 2);
  cuxas_comparison              place    = {.shift_eV = shift_eV, .hole_fraction = f->hole_fraction};
  if (fabs(shift_eV - f->shift_eV) > FLAT_SHIFT_EV) return NO_PLACE;
  const cuxas_span span = read_placed(f->at, &place, f->work, f->row);
  if (span.n_point < CUXAS_COMPARE_MIN_POINTS || !flatten_row(query, span, expm1(t), exp(second), f->row))
    return NO_PLACE;
  cuxas_whitening_aim(&f->whitening, span, f->work);
  f->measured                  = cuxas_whiten(&f->whitening, query->mu + span.first, f->target);
  const cuxas_whitened curve   = cuxas_whiten(&f->whitening, f->row, f->work);
  const double         product = cuxas_whitened_product(&f->whitening, &curve, &f->measured);
  const double         squares =
      cuxas_whitened_square(&f->whitening, &curve) * cuxas_whitened_square(&f->whitening, &f->measured);
  const double r_square = product > 0.0 && squares > 0.0 ? product * product / squares : 0.0;
  return cuxas_prior_penalty((cuxas_prior){0.0, CUXAS_PRIOR_SATURATION_SD}, t) +
         cuxas_prior_penalty((cuxas_prior){0.0, CUXAS_PRIOR_SECOND_EDGE_SD}, second) +
         (settings->shift_mode == CUXAS_SHIFT_FIXED ? 0.0 : cuxas_prior_penalty(settings->shift_prior, shift_eV)) -
         cuxas_score_of_correlation(settings->score.n_independent, r_square);
}

/* 1 / sqrt of what is left of H[0][0] when the others are free to follow; `prior_sd` where the place is no minimum. */
static double spread_of(double hessian[N_FLAT][N_FLAT], size_t n, double prior_sd)
{
  for (size_t k = n - 1; k > 0; k--) {
    if (!(hessian[k][k] > 0.0)) return prior_sd;
    for (size_t i = 0; i < k; i++)
      for (size_t j = 0; j < k; j++) hessian[i][j] -= hessian[i][k] * hessian[k][j] / hessian[k][k];
  }
  return hessian[0][0] > 1.0 / (prior_sd * prior_sd) ? 1.0 / sqrt(hessian[0][0]) : prior_sd;
}

/* Of parameter `which`, by second differences of the cost around its least. */
static double find_spread(flattening *f, gsl_vector *x, size_t which, double prior_sd)
{
  const double H = 0.02;
  const size_t n = x->size;
  double       hessian[N_FLAT][N_FLAT];
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      const size_t a = (i + which) % n, b = (j + which) % n;
      const double xa = gsl_vector_get(x, a), xb = gsl_vector_get(x, b);
      double       sum = 0.0;
      for (int k = 0; k < 4; k++) {
        const double da = k % 2 == 0 ? H : -H, db = k / 2 == 0 ? H : -H;
        gsl_vector_set(x, a, xa + da);
        gsl_vector_set(x, b, gsl_vector_get(x, b) + db);
        sum += (k % 2 == k / 2 ? 1.0 : -1.0) * cost_of_flattening(x, f);
        gsl_vector_set(x, b, xb);
        gsl_vector_set(x, a, xa);
      }
      hessian[i][j] = sum / (4.0 * H * H);
    }
  return spread_of(hessian, n, prior_sd);
}

/* How much higher the line is than without, of the first edge's largest value above the step's beginning. */
static double find_white_line(const placed *at, const cuxas_comparison *comparison, double *work, double *row)
{
  const cuxas_span span    = read_placed(at, comparison, work, row);
  const size_t     n_first = find_second(at->query, span);
  double           before = -INFINITY, after = -INFINITY;
  cuxas_line       to_step;
  if (!cuxas_scale_predicted(CUXAS_SCALE_EDGE_STEP, at->query, span, NULL, row, &to_step)) return 1.0;
  for (size_t i = 0; i < n_first; i++) before = fmax(before, to_step.gain * row[i] + to_step.offset);
  cuxas_flatten(to_step, comparison->saturation, row, span.n_point, row);
  for (size_t i = 0; i < n_first; i++) after = fmax(after, row[i]);
  return after / before;
}

/* Whether the measurement is this curve flattened, or steeper, and by how much; the score gains by it, its priors taken off. */
static cuxas_status fit_saturation(const placed *at, cuxas_comparison *io, cuxas_error *err)
{
  const size_t             n_energy = at->query->grid.n_energy;
  const size_t             n        = at->settings->shift_mode == CUXAS_SHIFT_FIXED ? N_FLAT - 1 : N_FLAT;
  const double             first[] = {0.0, 0.0, io->shift_eV}, step[] = {0.1, 0.05, 0.1};
  gsl_multimin_fminimizer *simplex = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, n);
  gsl_vector              *x = gsl_vector_alloc(n), *size = gsl_vector_alloc(n);
  double                  *rows   = cuxas_new(err, n_energy, (CUXAS_WHITENING_ROWS + 3) * sizeof *rows);
  cuxas_status             status = CUXAS_ENOMEM;
  if (simplex == NULL || x == NULL || size == NULL || rows == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  status       = CUXAS_OK;
  flattening f = {.at            = at,
                  .hole_fraction = io->hole_fraction,
                  .shift_eV      = io->shift_eV,
                  .whitening     = cuxas_whitening_begin(at->query, at->settings, rows + 3 * n_energy),
                  .target        = rows,
                  .row           = rows + n_energy,
                  .work          = rows + 2 * n_energy};
  for (size_t i = 0; i < n; i++) {
    gsl_vector_set(x, i, first[i]);
    gsl_vector_set(size, i, step[i]);
  }
  gsl_multimin_function cost  = {cost_of_flattening, n, &f};
  const double          plain = cost_of_flattening(x, &f);
  if (!(plain < NO_PLACE)) goto done;
  gsl_multimin_fminimizer_set(simplex, &cost, x, size);
  for (int i = 0; i < MAX_STEP && gsl_multimin_fminimizer_size(simplex) > FLAT_SIZE; i++)
    if (gsl_multimin_fminimizer_iterate(simplex) != GSL_SUCCESS) break;
  if (!(plain - simplex->fval >= CUXAS_SATURATION_GAIN)) goto done;
  gsl_vector_memcpy(x, simplex->x);
  io->score += plain - simplex->fval;
  io->is_flattened   = true;
  io->saturation     = expm1(gsl_vector_get(x, 0));
  io->second_edge    = exp(gsl_vector_get(x, 1));
  io->shift_eV       = n == N_FLAT ? gsl_vector_get(x, 2) : io->shift_eV;
  io->saturation_sd  = (1.0 + io->saturation) * find_spread(&f, x, 0, CUXAS_PRIOR_SATURATION_SD);
  io->second_edge_sd = io->second_edge * find_spread(&f, x, 1, CUXAS_PRIOR_SECOND_EDGE_SD);
  io->white_line     = find_white_line(at, io, f.work, f.row);
done:
  gsl_multimin_fminimizer_free(simplex);
  gsl_vector_free(x);
  gsl_vector_free(size);
  free(rows);
  return status;
}

/* ==== 3. figures ==== */

/* Rows of n_energy numbers for the final evaluation. */
typedef struct {
  double *predicted;
  double *measured;
  double *rank_work; /* four rows */
} rows;

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
  return -at->settings->score.n_height *
         log(fmax(cuxas_metric_mae(x, y, span.n_point), CUXAS_LEAST_MAE) / CUXAS_FEATURELESS_MAE);
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
  if (comparison->is_flattened &&
      !flatten_row(query, span, comparison->saturation, comparison->second_edge, row->predicted))
    return cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat or cannot be scaled");
  const double *measured = query->mu + span.first;
  comparison->n_compared = span.n_point;
  comparison->pearson    = cuxas_metric_pearson(row->predicted, measured, span.n_point);
  if (!at->settings->score_alone)
    comparison->spearman = cuxas_metric_spearman(row->predicted, measured, span.n_point, row->rank_work);
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
  if (!cuxas_compare_mixes(settings)) channels.screened_hole = NULL; /* half the work */
  if ((status = cuxas_search(query, &channels, settings, &found, err)) != CUXAS_OK) goto done;
  comparison.shift_eV       = found.shift_eV;
  comparison.shift_at_limit = found.at_limit;
  comparison.hole_fraction  = found.hole_fraction;
  comparison.fwhm_eV        = found.fwhm_eV;
  comparison.score          = found.score;
  comparison.second_edge = comparison.white_line = 1.0;
  const bool   fits      = settings->fit_saturation && settings->criterion == CUXAS_CRITERION_SCORE;
  const double around_eV = fits ? FLAT_SHIFT_EV : 0.0;
  if ((status = cuxas_resampled_new(&channels, found.fwhm_eV, query->grid, found.shift_eV - around_eV,
                                    found.shift_eV + around_eV, &at.curve, err)) != CUXAS_OK)
    goto done;
  if (fits && (status = fit_saturation(&at, &comparison, err)) != CUXAS_OK) goto done;
  work = cuxas_new(err, n_energy, 6 * sizeof *work);
  if (work == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  const rows row = {work, work + n_energy, work + 2 * n_energy};
  if ((status = evaluate(&at, &row, &comparison, opt_shifted, opt_measured, err)) != CUXAS_OK) goto done;
  if (!settings->score_alone &&
      (status = find_onsets(&at, comparison.hole_fraction, comparison.predicted_onset, err)) != CUXAS_OK)
    goto done;
  *ret_comparison = comparison;
done:
  free(work);
  cuxas_resampled_free(at.curve);
  return status;
}

/* ==== 4. votes on what is around copper (answer.h) ==== */

static double weight_of(const cuxas_surroundings_vote *vote, double best_score, const double likelihood[CUXAS_N_STATE])
{
  double seen = 0.0;
  for (size_t k = 0; k < CUXAS_N_STATE; k++) seen += vote->surroundings->state[k] * likelihood[k];
  return exp((vote->score - best_score) / CUXAS_SURROUNDINGS_TEMPERATURE) * seen;
}

static bool has_a_say(const cuxas_surroundings_vote *vote)
{
  return !isnan(vote->score) && vote->surroundings != NULL && vote->surroundings->is_known;
}

static void add_vote(const cuxas_site_surroundings *of, double weight, cuxas_surroundings *io)
{
  size_t n_state = 0;
  for (size_t k = 0; k < CUXAS_N_STATE; k++) {
    io->state[k] += weight * of->state[k];
    n_state += of->state[k] > 0.0;
  }
  if (n_state > 1) io->mixed += weight;
  for (size_t k = 0; k <= CUXAS_MAX_COORDINATION; k++) io->coordination[k] += weight * of->coordination[k];
  for (size_t k = 0; k < CUXAS_N_LIGANDS; k++) io->ligand[k] += weight * of->ligand[k];
}

/* Mean and spread of the distances of those that have any. */
static void find_distance(const cuxas_surroundings_vote *vote, const double *weight, size_t n_vote,
                          cuxas_surroundings *io)
{
  double sum = 0.0, mean = 0.0, square = 0.0;
  for (size_t i = 0; i < n_vote; i++) {
    if (weight[i] == 0.0 || isnan(vote[i].surroundings->distance_A)) continue;
    const double d = vote[i].surroundings->distance_A;
    sum += weight[i];
    mean += weight[i] * d;
    square += weight[i] * d * d;
  }
  io->distance_A    = sum > 0.0 ? mean / sum : NAN;
  io->distance_sd_A = sum > 0.0 ? sqrt(fmax(0.0, square / sum - io->distance_A * io->distance_A)) : NAN;
}

/* What is none of the candidates, in every state alike. */
static double add_none(double none, double best_score, const double likelihood[CUXAS_N_STATE], double *ret_weight)
{
  double sum = 0.0;
  for (size_t k = 0; k < CUXAS_N_STATE; k++) {
    ret_weight[k] =
        isnan(none) ? 0.0 : exp((none - best_score) / CUXAS_SURROUNDINGS_TEMPERATURE) * likelihood[k] / CUXAS_N_STATE;
    sum += ret_weight[k];
  }
  return sum;
}

cuxas_status cuxas_surroundings_weigh(const cuxas_surroundings_vote *vote, size_t n_vote, double none, double onset_eV,
                                      cuxas_axis axis, cuxas_surroundings *ret_surroundings, cuxas_error *err)
{
  double by_none[CUXAS_N_STATE];
  double likelihood[CUXAS_N_STATE], best = -INFINITY, sum = 0.0, square = 0.0;

  *ret_surroundings = (cuxas_surroundings){.distance_A = NAN, .distance_sd_A = NAN};
  for (int k = 0; k < CUXAS_N_STATE; k++) likelihood[k] = cuxas_state_onset_likelihood(k, onset_eV, axis);
  for (size_t i = 0; i < n_vote; i++) {
    if (!has_a_say(&vote[i])) continue;
    best = fmax(best, vote[i].score);
    ret_surroundings->n_candidate++;
  }
  if (ret_surroundings->n_candidate == 0) return CUXAS_OK;
  double *weight = cuxas_new(err, n_vote, sizeof *weight);
  if (weight == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_vote; i++) {
    weight[i] = has_a_say(&vote[i]) ? weight_of(&vote[i], best, likelihood) : 0.0;
    sum += weight[i];
  }
  const double of_none = add_none(none, best, likelihood, by_none);
  sum += of_none;
  for (size_t i = 0; i < n_vote; i++) {
    weight[i] /= sum;
    square += weight[i] * weight[i];
    if (weight[i] > 0.0) add_vote(vote[i].surroundings, weight[i], ret_surroundings);
  }
  for (size_t k = 0; k < CUXAS_N_STATE; k++) ret_surroundings->state[k] += by_none[k] / sum;
  ret_surroundings->none      = of_none / sum;
  ret_surroundings->effective = 1.0 / square;
  find_distance(vote, weight, n_vote, ret_surroundings);
  free(weight);
  return CUXAS_OK;
}

void cuxas_surroundings_lean(const cuxas_site_surroundings *on, double part, cuxas_surroundings *io)
{
  const double kept = 1.0 - part;
  if (part <= 0.0) return;
  if (io->n_candidate == 0)
    *io = (cuxas_surroundings){.n_candidate = 1, .effective = 1.0, .distance_A = NAN, .distance_sd_A = NAN};
  for (size_t k = 0; k < CUXAS_N_STATE; k++) io->state[k] *= kept;
  for (size_t k = 0; k <= CUXAS_MAX_COORDINATION; k++) io->coordination[k] *= kept;
  for (size_t k = 0; k < CUXAS_N_LIGANDS; k++) io->ligand[k] *= kept;
  io->none *= kept;
  io->mixed *= kept;
  add_vote(on, part, io);
  if (part < 0.5) return; /* distances are those of the others */
  io->distance_A    = on->distance_A;
  io->distance_sd_A = isnan(on->distance_A) ? NAN : 0.0;
}
