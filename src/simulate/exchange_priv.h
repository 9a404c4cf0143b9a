/* exchange_priv.h - exact exchange of an atom as one local potential for all its orbitals
 *
 * The Dirac-Fock exchange energy of the average of a configuration in jj coupling (I. P. Grant, Adv. Phys. 19, 747
 * (1970)), turned into a local potential in the approximation of J. B. Krieger, Y. Li, G. J. Iafrate, Phys. Rev. A 45,
 * 101 (1992). Densities and total energies come within some 1e-5 of Dirac-Fock ones, while every orbital obeys the same
 * homogeneous equation. Far away the potential is -1/r. */
#ifndef CUXAS_EXCHANGE_PRIV_H
#define CUXAS_EXCHANGE_PRIV_H
#include "simulate/dirac_priv.h"

/* cuxas_exchange_exact() - potential and energy of given orbitals
 *
 *   orbital, n_orbital     occupied orbitals with whole occupations and their energies
 *   ret_potential_hartree  (CUXAS_FINE_POINTS)
 *   ret_energy_hartree     exchange energy, self-interaction of the Hartree energy taken out
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_exchange_exact(const cuxas_fine_orbital *orbital, size_t n_orbital, const double *r,
                                  double *ret_potential_hartree, double *ret_energy_hartree, cuxas_error *err);

#endif
