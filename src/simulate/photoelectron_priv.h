/* photoelectron_priv.h - what one edge's photoelectron meets, energy by energy: the hand-over between the single-site part
 * (phase shifts, matrix elements) and the many-site part (multiple scattering)
 *
 * Complex numbers are C11 double complex. Energies are Hartree on the zero of the muffin-tin potential. */
#ifndef CUXAS_PHOTOELECTRON_PRIV_H
#define CUXAS_PHOTOELECTRON_PRIV_H
#include <complex.h>
#include <stddef.h>

enum { CUXAS_L_MAX = 3, CUXAS_N_L = CUXAS_L_MAX + 1 };

typedef struct {
  size_t          n_energy;
  size_t          n_scatterer;
  double complex *energy_hartree; /* (n_energy) real part: photoelectron energy; imaginary part: half the core-hole width
                                     and what the contour adds */
  double complex *wave_number;    /* (n_energy) k = sqrt(2 (E - V_interstitial(E))) in 1/bohr, with self-energy, Im k >= 0 */
  double complex *phase_shift;    /* (n_energy, n_scatterer, CUXAS_N_L) radians; t_l = exp(i delta) sin(delta) */
} cuxas_photoelectron;

#endif
