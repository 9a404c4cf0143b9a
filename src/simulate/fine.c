#include "simulate/dirac_priv.h"

#include <math.h>

void cuxas_fine_radii(double ret_r[CUXAS_FINE_POINTS])
{
  for (int i = 0; i < CUXAS_FINE_POINTS; i++)
    ret_r[i] = exp(CUXAS_RADIAL_START + CUXAS_FINE_STEP * (i - CUXAS_FINE_INSIDE));
}

double cuxas_fine_integrate(const double *value, const double *r, double leading_power)
{
  static const double END[3] = {3.0 / 8.0, 7.0 / 6.0, 23.0 / 24.0}; /* Gregory's corrections of the trapezoidal rule */
  double              sum    = 0.0;
  for (int i = 0; i < CUXAS_FINE_POINTS; i++) {
    const int from_end = i < CUXAS_FINE_POINTS - 1 - i ? i : CUXAS_FINE_POINTS - 1 - i;
    sum += (from_end < 3 ? END[from_end] : 1.0) * value[i] * r[i];
  }
  return CUXAS_FINE_STEP * sum + value[0] * r[0] / (leading_power + 1.0);
}

/* One interval at a time with the cubic through its four surrounding points (three at the ends would do; there the
 * integrand is negligible, so the trapezoid serves). A(r) = r^-k-1 times the inner integral, B(r) = r^k times the outer
 * one: both recursions only ever multiply by numbers below 1. */
void cuxas_fine_multipole(const double *value, size_t n_point, int k, double *ret_over_r)
{
  const double h = CUXAS_FINE_STEP, down = exp(-h * (k + 1)), flat = exp(-h * k);
  const double near = 13.0 * h / 24.0, far = -h / 24.0;
  const size_t n = n_point;

  /* inner: A_i = sum over s <= r_i of s^k f(s) / r_i^(k+1); terms at i+m carry exp((k+1) m h), m = -1, 0, 1, 2 from i */
  ret_over_r[0] = value[0] / (k + 3.0); /* f ~ r^2 */
  for (size_t i = 0; i + 1 < CUXAS_FINE_POINTS; i++) {
    double gain = 0.0;
    if (i == 0 || i + 2 >= n)
      gain = i + 1 < n ? 0.5 * h * (value[i] * down + value[i + 1]) : i < n ? 0.5 * h * value[i] * down : 0.0;
    else
      gain = near * (value[i] * down + value[i + 1]) + far * (value[i - 1] * down * down + value[i + 2] / down);
    ret_over_r[i + 1] = ret_over_r[i] * down + gain;
  }
  /* outer: B_i = sum over s > r_i of r_i^k f(s) / s^(k+1) */
  double outer = 0.0;
  for (size_t i = n; i-- > 1;) {
    const size_t j    = i - 1; /* interval j ... i */
    double       gain = 0.0;
    if (j == 0 || i + 1 >= n)
      gain = 0.5 * h * (value[j] + value[i] * flat);
    else
      gain = near * (value[j] + value[i] * flat) + far * (value[j - 1] / flat + value[i + 1] * flat * flat);
    outer = outer * flat + gain;
    ret_over_r[j] += outer;
  }
}
