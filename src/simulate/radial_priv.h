/* radial_priv.h - the logarithmic mesh on which atoms, potentials and wave functions live
 *
 * r_i = exp(-8.8 + 0.05 i) bohr, i = 0 ... 250, so from 1.5e-4 to 40.4 bohr: the mesh that FEFF uses and prints its
 * potentials on (Ankudinov, Ravel, Rehr, Conradson, Phys. Rev. B 58, 7565 (1998)), so that the two can be compared
 * point by point. Everything below this header is in Hartree atomic units; names say _hartree and _bohr. */
#ifndef CUXAS_RADIAL_PRIV_H
#define CUXAS_RADIAL_PRIV_H
#include <stddef.h>

enum { CUXAS_RADIAL_POINTS = 251 };
#define CUXAS_RADIAL_START (-8.8) /* log of the first radius in bohr */
#define CUXAS_RADIAL_STEP 0.05    /* of log r */

/* cuxas_radial_r() - radius of a mesh point, bohr */
double cuxas_radial_r(size_t i_point);

/* cuxas_radial_integrate() - integral of f(r) dr from 0 to the mesh point n_point - 1
 *
 *   value           (n_point) f at the mesh points, n_point <= CUXAS_RADIAL_POINTS
 *   leading_power   f ~ r^leading_power towards the nucleus, > -1: gives the part inside the first mesh point */
double cuxas_radial_integrate(const double *value, size_t n_point, double leading_power);

/* cuxas_radial_cumulate() - integral of f(r) dr from 0 to every mesh point
 *
 *   value, ret_integral   (CUXAS_RADIAL_POINTS), not the same array */
void cuxas_radial_cumulate(const double *value, double leading_power, double *ret_integral);

/* cuxas_radial_at() - f at any radius by a cubic through four mesh points; constant inside the first, 0 beyond the last
 *
 *   value   (CUXAS_RADIAL_POINTS) */
double cuxas_radial_at(const double *value, double r_bohr);

#endif
