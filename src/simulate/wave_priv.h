/* wave_priv.h - electron waves of complex energy inside one muffin-tin sphere
 *
 * With P = r times the wave, M = 1 + alpha^2 (E - V) / 2 and kappa of the Dirac equation,
 *     P' = -kappa P / r + 2 M Q,    Q' = kappa Q / r + (V - E) P,
 * or, averaged over spin-orbit coupling so that there is one wave for each l (scalar-relativistic: D. D. Koelling, B.
 * N. Harmon, J. Phys. C 10, 3107 (1977)),
 *     P' = P / r + 2 M Q,    Q' = -Q / r + (l (l + 1) / (2 M r^2) + V - E) P,
 * solved by the fourth-order Runge-Kutta rule on a uniform mesh of log r that ends on the sphere. Outside, waves are
 * free and non-relativistic. */
#ifndef CUXAS_WAVE_PRIV_H
#define CUXAS_WAVE_PRIV_H
#include "simulate/muffin_tin_priv.h"

#include <complex.h>

enum { CUXAS_WAVE_STEPS = 448, CUXAS_WAVE_NODES = 2 * CUXAS_WAVE_STEPS + 1 }; /* nodes: ends and middles of steps */
#define CUXAS_WAVE_START (-8.8) /* log of the first radius in bohr, or up to one step above */
#define CUXAS_WAVE_STEP 0.025   /* of log r */

/* One sphere's potential between the points of the radial mesh, which no energy changes. */
typedef struct {
  size_t n_step; /* steps; 2 n_step + 1 nodes; the last one is on the sphere */
  double radius_bohr;
  double r[CUXAS_WAVE_NODES];
  double potential[CUXAS_WAVE_NODES]; /* ground state, Hartree */
  double radius_rs[CUXAS_WAVE_NODES]; /* of one electron of the local density, bohr */
} cuxas_wave_sphere;

/* cuxas_wave_sphere_set() - interpolate a scatterer's potential and density, by cubics in log r through points inside
 * the sphere only (what they do outside depends on who wrote them). CUXAS_ERANGE: a radius below 0.1 or above 8 bohr,
 * or density or potential not finite. */
cuxas_status cuxas_wave_sphere_set(const cuxas_scatterer *scatterer, cuxas_wave_sphere *ret_sphere, cuxas_error *err);

/* cuxas_wave_interpolate() - a table on the radial mesh between its points: the cubic in log r through four
 * neighbouring points, none of them above index i_last, i_last >= 3 */
double cuxas_wave_interpolate(const double *table, size_t i_last, double r_bohr);

/* The equation's coefficients at one energy, shared by all l. */
typedef struct {
  const cuxas_wave_sphere *sphere;
  double complex           excess[CUXAS_WAVE_NODES];    /* r (V - E) */
  double complex           mass_r[CUXAS_WAVE_NODES];    /* 2 M r */
  double complex           kinetic_r[CUXAS_WAVE_NODES]; /* 1 / (2 M r) */
} cuxas_wave_field;

/* cuxas_wave_field_set() - at one energy
 *
 *   opt_correction   (2 n_step + 1) added to the sphere's potential, or NULL: the self-energy. */
void cuxas_wave_field_set(const cuxas_wave_sphere *sphere, double complex energy_hartree,
                          const double complex *opt_correction, cuxas_wave_field *ret_field);

/* Which of the equations above. */
typedef struct {
  int    l;
  double spin;    /* -kappa, or 1 */
  double barrier; /* 0, or l (l + 1) */
} cuxas_wave_channel;

cuxas_wave_channel cuxas_wave_scalar(int l);
cuxas_wave_channel cuxas_wave_dirac(int kappa);

/* cuxas_wave_regular() - the solution that is finite at the nucleus, of any normalisation
 *
 *   ret_wave       (n_step + 1) P at the ends of the steps; may be NULL
 *   ret_log_slope  P'/P on the sphere */
void cuxas_wave_regular(const cuxas_wave_field *field, cuxas_wave_channel channel, double complex *ret_wave,
                        double complex *ret_log_slope);

/* cuxas_wave_inward() - the solution with given P and dP/dr on the sphere, down to the nucleus; ret_wave as above */
void cuxas_wave_inward(const cuxas_wave_field *field, cuxas_wave_channel channel, double complex value,
                       double complex slope, double complex *ret_wave);

/* cuxas_wave_phase_shift() - of the free wave outside that continues a regular one
 *
 *   wave_number      outside, 1/bohr, Im >= 0
 *   log_slope        P'/P on the sphere
 *
 * Returns  delta with outside P ~ r (cos(delta) j_l(kr) - sin(delta) n_l(kr)), real part in (-pi/2, pi/2]. */
double complex cuxas_wave_phase_shift(double complex wave_number, double radius_bohr, int l, double complex log_slope);

#endif
