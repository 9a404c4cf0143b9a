#include "simulate/overlap_priv.h"

#include <math.h>

#define SMALL 0.02 /* r over R below which the average is f(R): its first correction is of second order */

void cuxas_overlap_init(cuxas_overlap *overlap, const double value[CUXAS_RADIAL_POINTS])
{
  double integrand[CUXAS_RADIAL_POINTS];
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) {
    overlap->value[i] = value[i];
    integrand[i]      = value[i] * cuxas_radial_r(i);
  }
  cuxas_radial_cumulate(integrand, 0.0, overlap->integral);
}

/* integral of f(s) s ds from 0 to r */
static double integral_at(const cuxas_overlap *overlap, double r_bohr)
{
  const double first = cuxas_radial_r(0), last = cuxas_radial_r(CUXAS_RADIAL_POINTS - 1);
  if (r_bohr <= first) return overlap->integral[0] * r_bohr / first;
  if (r_bohr >= last) return overlap->integral[CUXAS_RADIAL_POINTS - 1];
  return cuxas_radial_at(overlap->integral, r_bohr);
}

double cuxas_overlap_average(const cuxas_overlap *overlap, double distance_bohr, double r_bohr, double limit_bohr)
{
  if (r_bohr < SMALL * distance_bohr)
    return distance_bohr < limit_bohr ? cuxas_radial_at(overlap->value, distance_bohr) : 0.0;
  const double near = fabs(distance_bohr - r_bohr), far = fmin(distance_bohr + r_bohr, limit_bohr);
  if (far <= near) return 0.0;
  return (integral_at(overlap, far) - integral_at(overlap, near)) / (2.0 * distance_bohr * r_bohr);
}
