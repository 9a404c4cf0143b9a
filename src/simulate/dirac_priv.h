/* dirac_priv.h - radial meshes, and bound states of one electron in a spherical potential */
#ifndef CUXAS_DIRAC_PRIV_H
#define CUXAS_DIRAC_PRIV_H
#include "cuxas/status.h"

#include <stddef.h>

/* the logarithmic mesh on which atoms, potentials and wave functions live
 *
 * r_i = exp(-8.8 + 0.05 i) bohr, i = 0 ... 250, so from 1.5e-4 to 40.4 bohr: the mesh that FEFF uses and prints its
 * potentials on (Ankudinov, Ravel, Rehr, Conradson, Phys. Rev. B 58, 7565 (1998)), so that the two can be compared
 * point by point. Everything below this header is in Hartree atomic units; names say _hartree and _bohr. */

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

enum {
  CUXAS_FINE_REFINE = 3,
  CUXAS_FINE_INSIDE = 40 * CUXAS_FINE_REFINE, /* points before the first of radial_priv.h */
  CUXAS_FINE_POINTS = CUXAS_FINE_INSIDE + CUXAS_FINE_REFINE * (CUXAS_RADIAL_POINTS - 1) + 1
};
#define CUXAS_FINE_STEP (CUXAS_RADIAL_STEP / CUXAS_FINE_REFINE)
#define CUXAS_LIGHT_SPEED 137.035999084 /* CODATA 2018, atomic units */

/* cuxas_fine_radii() - radii of all fine mesh points, bohr */
void cuxas_fine_radii(double ret_r[CUXAS_FINE_POINTS]);

/* cuxas_fine_integrate() - integral of f r dx over the whole fine mesh and from the nucleus to its first point
 *
 *   leading_power   f ~ r^leading_power towards the nucleus */
double cuxas_fine_integrate(const double *value, const double *r, double leading_power);

/* cuxas_fine_multipole() - Y_k(r) / r = integral of (r_<^k / r_>^(k+1)) f(s) ds, from s = 0 to infinity
 *
 *   value         (n_point) f, a product of radial functions; zero beyond
 *   ret_over_r    (CUXAS_FINE_POINTS) Y_k / r */
void cuxas_fine_multipole(const double *value, size_t n_point, int k, double *ret_over_r);

typedef struct {
  int    n, kappa;
  double occupation;     /* electrons, 0 ... 2 |kappa| */
  double energy_hartree; /* negative; on entry to cuxas_dirac_bound() the first guess */
  size_t n_point;        /* P and Q are zero from here on */
  double large[CUXAS_FINE_POINTS];
  double small[CUXAS_FINE_POINTS];
} cuxas_fine_orbital;

/* cuxas_dirac_bound() - the state with n - l - 1 nodes of the large component, normalised, P > 0 near the nucleus
 *
 *   potential_hartree  (CUXAS_FINE_POINTS), -nuclear_charge / r near the nucleus (a point charge)
 *   light_speed        a large number gives Schroedinger's equation
 *   io_orbital         n, kappa and a guess of the energy in; energy and components out
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC: no such bound state. */
cuxas_status cuxas_dirac_bound(const double *potential_hartree, const double *r, double nuclear_charge,
                               double light_speed, cuxas_fine_orbital *io_orbital, cuxas_error *err);

#endif
