/* valence_priv.h - the Green function of one sphere at one energy, and what it says about the density there
 *
 * Per l, with the regular wave P (r (cos(delta) j - sin(delta) n) outside), the outgoing one H (r h1 outside), and g of
 * multiple_scattering_priv.h,
 *     G_l(r) = -2 k (i P e^(i delta) H + P^2 e^(2 i delta) g_l),
 * and 4 pi r^2 times the density of both spins is the sum over l of 2 (2l + 1) times -1/pi Im of the integral of G_l over
 * energy. */
#ifndef CUXAS_VALENCE_PRIV_H
#define CUXAS_VALENCE_PRIV_H
#include "simulate/photoelectron_priv.h"

enum { CUXAS_VALENCE_OUTSIDE = 40, CUXAS_VALENCE_POINTS = CUXAS_WAVE_STEPS + 1 + CUXAS_VALENCE_OUTSIDE };

/* cuxas_valence_points() - points of the mesh below: the sphere's n_step + 1 and CUXAS_VALENCE_OUTSIDE beyond */
size_t cuxas_valence_points(const cuxas_wave_sphere *sphere);

/* cuxas_valence_r() - radius of a point, bohr */
double cuxas_valence_r(const cuxas_wave_sphere *sphere, size_t i_point);

/* cuxas_valence_waves() - P and exp(i delta) H on the points
 *
 *   phase_shift                (CUXAS_N_L) of this sphere
 *   ret_regular, ret_outgoing  (CUXAS_N_L, CUXAS_VALENCE_POINTS) */
void cuxas_valence_waves(const cuxas_wave_sphere *sphere, double complex energy_hartree, double complex wave_number,
                         const double complex *phase_shift, double complex (*ret_regular)[CUXAS_VALENCE_POINTS],
                         double complex (*ret_outgoing)[CUXAS_VALENCE_POINTS]);

/* cuxas_valence_green() - 2 (2l + 1) G_l on the points
 *
 *   phase_shift, g   (CUXAS_N_L) of this sphere
 *   ret_green        (CUXAS_N_L, CUXAS_VALENCE_POINTS) */
void cuxas_valence_green(const cuxas_wave_sphere *sphere, double complex energy_hartree, double complex wave_number,
                         const double complex *phase_shift, const double complex *g,
                         double complex (*ret_green)[CUXAS_VALENCE_POINTS]);

/* cuxas_valence_at() - a table on the points at radius r, cubic in log r; its first value inside */
double cuxas_valence_at(const cuxas_wave_sphere *sphere, const double *table, double r_bohr);

/* cuxas_valence_integrate() - integral of a table on the points over r from 0 to radius_bohr, which is not beyond */
double cuxas_valence_integrate(const cuxas_wave_sphere *sphere, const double *table, double radius_bohr);

#endif
