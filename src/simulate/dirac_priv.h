/* dirac_priv.h - bound states of one electron in a spherical potential, and the fine mesh that free atoms are solved on
 *
 * The fine mesh has CUXAS_FINE_REFINE points for each step of the mesh of potentials (radial_priv.h) and begins further
 * inside. Radial functions: large component P and small component Q with
 *   dP/dr = -kappa/r P + (2 c + (E - V)/c) Q,  dQ/dr = kappa/r Q - (E - V)/c P,
 * integral of P^2 + Q^2 dr = 1; E without the rest energy; c in atomic units. kappa = l for j = l - 1/2, -l - 1 for
 * j = l + 1/2. Hartree atomic units. */
#ifndef CUXAS_DIRAC_PRIV_H
#define CUXAS_DIRAC_PRIV_H
#include "simulate/radial_priv.h"
#include "cuxas/status.h"

#include <stddef.h>

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
