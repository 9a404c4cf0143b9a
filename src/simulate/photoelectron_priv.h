/* photoelectron_priv.h - what one edge's photoelectron meets, energy by energy: the hand-over between the single-site
 * part (phase shifts, matrix elements) and the many-site part (multiple scattering)
 *
 * Complex numbers are C11 double complex. Energies are Hartree on the zero of the muffin-tin potential. */
#ifndef CUXAS_PHOTOELECTRON_PRIV_H
#define CUXAS_PHOTOELECTRON_PRIV_H
#include "simulate/energy_mesh_priv.h"
#include "simulate/muffin_tin_priv.h"
#include "simulate/self_energy_priv.h"
#include "cuxas/status.h"

#include <complex.h>
#include <stddef.h>

enum { CUXAS_L_MAX = 3, CUXAS_N_L = CUXAS_L_MAX + 1 };

typedef struct {
  size_t n_energy;
  size_t n_scatterer;
  double complex
      *energy_hartree; /* (n_energy) real part: photoelectron energy; imaginary part: half the core-hole width
                                     and what the contour adds */
  double complex
      *wave_number; /* (n_energy) k = sqrt(2 (E - V_interstitial(E))) in 1/bohr, with self-energy, Im k >= 0 */
  double complex *phase_shift; /* (n_energy, n_scatterer, CUXAS_N_L) radians; t_l = exp(i delta) sin(delta) */
} cuxas_photoelectron;

/* cuxas_photoelectron_new() - phase shifts of every unique potential at every energy
 *
 *   muffin_tin         at least one scatterer
 *   mesh               energies
 *   opt_self_energy    NULL: the ground-state potential at all energies
 *   ret_photoelectron  the caller frees it with cuxas_photoelectron_free(); nothing given is kept
 *
 * The self-energy is taken at the local density and at the real part of the energy above the Fermi level (that of the
 * muffin-tin potential), inside the spheres as well as between them; at and below the Fermi level it is 0. Real parts
 * of phase shifts are in (-pi/2, pi/2]: t does not know the difference. Energies are spread over the threads that
 * OpenMP has; results do not depend on their number.
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE a radius, potential or density makes no sense; CUXAS_ENUMERIC a phase shift is not
 *          finite; CUXAS_ENOMEM. */
cuxas_status cuxas_photoelectron_new(const cuxas_muffin_tin *muffin_tin, const cuxas_energy_mesh *mesh,
                                     const cuxas_self_energy *opt_self_energy, cuxas_photoelectron **ret_photoelectron,
                                     cuxas_error *err);

/* cuxas_scattered_waves() - angular momenta that an element scatters: s, p, d, f; up to boron no f, as in FEFF */
size_t cuxas_scattered_waves(int atomic_number);

/* cuxas_photoelectron_free() - accepts NULL */
void cuxas_photoelectron_free(cuxas_photoelectron *photoelectron);

/* cuxas_free_wave_number() - sqrt(2 E) with Im k >= 0, 1/bohr; E is counted from the potential between the spheres */
double complex cuxas_free_wave_number(double complex energy_hartree);

#endif
