/* whiten.c - products of curves in the metric of a prediction's errors */
#include "match/whiten.h"
#include "predict/error_profile.h"
#include "match/query.h"

#include <math.h>

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
