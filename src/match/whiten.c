#include "match/whiten_priv.h"

#include <math.h>

#define ERROR_LENGTH_EV 1.0 /* errors of a prediction this far apart are correlated by 1/e */
#define SLOPE_VARIANCE 0.3  /* at SLOPE_EV above the first energy, beside the variance 1 of those errors */
#define SLOPE_EV 40.0

cuxas_whitening cuxas_whitening_begin(cuxas_grid grid, double *nuisance)
{
  const double    part   = exp(-grid.step_eV / ERROR_LENGTH_EV);
  cuxas_whitening result = {.grid = grid, .part = part, .norm = 1.0 / sqrt(1.0 - part * part)};
  for (size_t i = 0; i < CUXAS_N_NUISANCE; i++) result.nuisance[i] = nuisance + i * grid.n_energy;
  return result;
}

static void filter(const cuxas_whitening *w, const double *x, double *ret_z)
{
  ret_z[0] = x[0];
#pragma omp simd
  for (size_t i = 1; i < w->span.n_point; i++) ret_z[i] = (x[i] - w->part * x[i - 1]) * w->norm;
}

double cuxas_whiten_dot(const double *a, const double *b, size_t n_point)
{
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < n_point; i++) sum += a[i] * b[i];
  return sum;
}

void cuxas_whitening_invert(double offset_offset, double offset_slope, double slope_slope, double ret_inverse[3])
{
  const double c   = 1.0 / SLOPE_VARIANCE + slope_slope;
  const double det = offset_offset * c - offset_slope * offset_slope; /* >= offset_offset / SLOPE_VARIANCE > 0 */
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
  cuxas_whitening_invert(cuxas_whiten_dot(w->nuisance[0], w->nuisance[0], span.n_point),
                         cuxas_whiten_dot(w->nuisance[0], w->nuisance[1], span.n_point),
                         cuxas_whiten_dot(w->nuisance[1], w->nuisance[1], span.n_point), w->inverse);
}

cuxas_whitened cuxas_whiten(const cuxas_whitening *whitening, const double *x, double *row)
{
  filter(whitening, x, row);
  return (cuxas_whitened){row,
                        {cuxas_whiten_dot(row, whitening->nuisance[0], whitening->span.n_point),
                         cuxas_whiten_dot(row, whitening->nuisance[1], whitening->span.n_point)}};
}

double cuxas_whitened_rest(const double inverse[3], const double u[CUXAS_N_NUISANCE], const double v[CUXAS_N_NUISANCE])
{
  return inverse[0] * u[0] * v[0] + inverse[1] * (u[0] * v[1] + u[1] * v[0]) + inverse[2] * u[1] * v[1];
}

double cuxas_whitened_product(const cuxas_whitening *whitening, const cuxas_whitened *x, const cuxas_whitened *y)
{
  return cuxas_whiten_dot(x->row, y->row, whitening->span.n_point) - cuxas_whitened_rest(whitening->inverse, x->u, y->u);
}

void cuxas_whitening_fit(const cuxas_whitening *whitening, const double *rest, double *row, double ret_size[CUXAS_N_NUISANCE])
{
  const cuxas_whitened z = cuxas_whiten(whitening, rest, row);
  const double        *inverse = whitening->inverse;
  ret_size[0] = inverse[0] * z.u[0] + inverse[1] * z.u[1];
  ret_size[1] = inverse[1] * z.u[0] + inverse[2] * z.u[1];
}

double cuxas_whitening_nuisance(const cuxas_whitening *whitening, const double size[CUXAS_N_NUISANCE], size_t i)
{
  return size[0] + size[1] * (double)(whitening->span.first + i) * whitening->grid.step_eV / SLOPE_EV;
}
