/* self_energy_priv.h - what the other electrons do to a photoelectron: its energy shift and its decay
 *
 * Homogeneous electron gas in the plasmon-pole (GW) approximation of B. I. Lundqvist, Phys. Kondens. Mater. 6, 206
 * (1967) and L. Hedin, S. Lundqvist, Solid State Phys. 23, 1 (1969): one plasmon with
 * omega_q^2 = omega_p^2 + k_F^2 q^2 / 3 + q^4 / 4 stands for the whole screening. The self-energy is that of an
 * electron on its shell, whose wave number follows from its energy and the self-energy's real part. Below the energy
 * that excites a plasmon this model has no decay; there the electron-hole pairs of J. J. Quinn, Phys. Rev. 126, 1453
 * (1962), cut off smoothly where plasmons take over, give the imaginary part. FEFF has the same, with a fit of the real
 * part, which is smoother where plasmons begin.
 *
 * Only the change since the Fermi level counts: at the Fermi level the ground-state potential is right by
 * definition. */
#ifndef CUXAS_SELF_ENERGY_PRIV_H
#define CUXAS_SELF_ENERGY_PRIV_H
#include "cuxas/status.h"

#include <complex.h>

typedef struct cuxas_self_energy cuxas_self_energy; /* a table, not changed after new(): threads may share it */

/* cuxas_self_energy_at() - by quadrature: exact, slow (some microseconds)
 *
 *   radius_rs       Wigner-Seitz radius of one electron, (3 / (4 pi density))^(1/3), bohr, > 0
 *   above_hartree   energy above the Fermi level; <= 0 gives 0
 *
 * Returns  Sigma(E) - Sigma(Fermi level), Hartree; the imaginary part is <= 0. */
double complex cuxas_self_energy_at(double radius_rs, double above_hartree);

/* cuxas_self_energy_new() - tabulate up to an energy above the Fermi level; densities outside the table (radius_rs 0.01
 * to 20) are taken at its end. The caller frees the result with cuxas_self_energy_free(). CUXAS_ERANGE: not a positive
 * energy; CUXAS_ENOMEM. */
cuxas_status cuxas_self_energy_new(double max_hartree, cuxas_self_energy **ret_table, cuxas_error *err);

/* cuxas_self_energy_free() - accepts NULL */
void cuxas_self_energy_free(cuxas_self_energy *table);

/* cuxas_self_energy_of() - as cuxas_self_energy_at(), from the table (within 0.01 eV on average, less well where
 * plasmons begin); energies above the table's are taken at its end */
double complex cuxas_self_energy_of(const cuxas_self_energy *table, double radius_rs, double above_hartree);

#endif
