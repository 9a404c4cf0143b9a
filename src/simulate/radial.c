#include "simulate/radial_priv.h"

#include <math.h>

double cuxas_radial_r(size_t i_point)
{
  return exp(CUXAS_RADIAL_START + CUXAS_RADIAL_STEP * (double)i_point);
}

/* The integrand on the uniform mesh x = log r is f r. Below the first point f = a r^p integrates to f_0 r_0 / (p + 1).
 * Between the points: Gregory's rule, which is the trapezoidal rule with the ends corrected by differences, of order
 * h^5 and, unlike Simpson's, the same for odd and even numbers of intervals. */
double cuxas_radial_integrate(const double *value, size_t n_point, double leading_power)
{
  static const double END[4]   = {3.0 / 8.0, 7.0 / 6.0, 23.0 / 24.0, 1.0}; /* from 8 points on */
  double              integral = 0.0;

  if (n_point == 0) return 0.0;
  for (size_t i = 0; i < n_point; i++) {
    const size_t from_end = i < n_point - 1 - i ? i : n_point - 1 - i;
    double       weight   = from_end == 0 ? 0.5 : 1.0;
    if (n_point == 1) weight = 0.0;
    if (n_point >= 8 && from_end < 3) weight = END[from_end];
    integral += weight * value[i] * cuxas_radial_r(i);
  }
  return CUXAS_RADIAL_STEP * integral + value[0] * cuxas_radial_r(0) / (leading_power + 1.0);
}

/* Each interval with the cubic through the four points around it; the first and last with a straight line. */
void cuxas_radial_cumulate(const double *value, double leading_power, double *ret_integral)
{
  double before = 0.0, here = 0.0, next = value[0] * cuxas_radial_r(0); /* f r at i - 2, i - 1, i */
  ret_integral[0] = next / (leading_power + 1.0);
  for (size_t i = 1; i < CUXAS_RADIAL_POINTS; i++) {
    before     = here;
    here       = next;
    next       = value[i] * cuxas_radial_r(i);
    double sum = 0.5 * (here + next);
    if (i > 1 && i + 1 < CUXAS_RADIAL_POINTS)
      sum += (here + next - before - value[i + 1] * cuxas_radial_r(i + 1)) / 24.0;
    ret_integral[i] = ret_integral[i - 1] + CUXAS_RADIAL_STEP * sum;
  }
}

double cuxas_radial_at(const double *value, double r_bohr)
{
  const double x = (log(r_bohr) - CUXAS_RADIAL_START) / CUXAS_RADIAL_STEP;
  if (x <= 0.0) return value[0];
  if (x > CUXAS_RADIAL_POINTS - 1) return 0.0;
  const double  first = fmin(fmax(floor(x) - 1.0, 0.0), CUXAS_RADIAL_POINTS - 4);
  const double *f     = value + (size_t)first;
  const double  t     = x - first;
  return -f[0] * (t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0 + f[1] * t * (t - 2.0) * (t - 3.0) / 2.0 -
         f[2] * t * (t - 1.0) * (t - 3.0) / 2.0 + f[3] * t * (t - 1.0) * (t - 2.0) / 6.0;
}
