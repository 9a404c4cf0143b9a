/* valence_priv.h - the Green function of one sphere, the path of energies it is integrated along, and the density */
#ifndef CUXAS_VALENCE_PRIV_H
#define CUXAS_VALENCE_PRIV_H
#include "cuxas/status.h"
#include "simulate/photoelectron_priv.h"

#include <complex.h>
#include <stddef.h>

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

/* the path in the complex energy plane along which Green functions of valence electrons are integrated
 *
 * Above the real axis they are smooth, so that few energies do: R. Zeller, J. Deutz, P. H. Dederichs, Solid State Commun.
 * 44, 993 (1982). */

/* cuxas_contour_set() - about half an ellipse above the real axis, Gauss-Legendre in the angle
 *
 *   from_hartree, until_hartree  its ends; the integral of f from one to the other is the sum of weight f(energy)
 *   end_hartree                  how far above the real axis it ends, >= 0
 *   ret_energy, ret_weight       (n_energy) hartree
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_contour_set(double from_hartree, double until_hartree, double end_hartree, size_t n_energy,
                               double complex *ret_energy, double complex *ret_weight, cuxas_error *err);

enum {
  CUXAS_CONTOUR_POLES = 2,
  CUXAS_CONTOUR_PATH  = 10,
  CUXAS_CONTOUR_STEP  = 4,
  CUXAS_CONTOUR_WARM  = CUXAS_CONTOUR_POLES + CUXAS_CONTOUR_PATH + CUXAS_CONTOUR_STEP
};

/* cuxas_contour_set_warm() - electrons of finite temperature: the sum of weight f(energy) is the integral of f times
 * the Fermi function from from_hartree to infinity
 *
 * The Fermi function's first poles on the line above the Fermi level, an arc to beyond them, and a line along which the
 * occupation falls: no energy is nearer to the real axis than the first pole. K. Wildberger, P. Lang, R. Zeller, P. H.
 * Dederichs, Phys. Rev. B 52, 11502 (1995).
 *
 *   warmth_hartree   Boltzmann's constant times the temperature
 *   n_path           energies on the arc, at most CUXAS_CONTOUR_PATH
 *   ret_energy       the first pole comes first; CUXAS_CONTOUR_POLES, n_path and CUXAS_CONTOUR_STEP of them
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_contour_set_warm(double from_hartree, double fermi_hartree, double warmth_hartree, size_t n_path,
                                    double complex ret_energy[CUXAS_CONTOUR_WARM],
                                    double complex ret_weight[CUXAS_CONTOUR_WARM], cuxas_error *err);

#endif
