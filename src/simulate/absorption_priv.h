/* absorption_priv.h - how strongly a core electron is excited: dipole matrix elements with the photoelectron's waves
 *
 * The absorption of a core orbital c is -Im<c| r G(E) r |c>, with the photoelectron's Green function G = G_atom +
 * G_back:
 *
 *   mu(E) = Im( atomic(E) + sum_l scattering_l(E) g_l(E) )
 *
 * atomic is what the absorber's own muffin tin does (regular wave times outgoing wave, a double integral, because the
 * energy is complex), and g_l (multiple_scattering_priv.h) what comes back from the other atoms. In the absorber itself
 * waves and their phases exp(2 i delta_l) are those of the ground-state potential, as in FEFF's EXCHANGE 0 0 0 2: the
 * self-energy acts on the way to the other atoms and in them. Final states are Dirac's, with spin-orbit coupling.
 * Dipole approximation, length form; averaged over the directions of light and over the core orbital's m. J. J. Rehr,
 * R. C. Albers, Rev. Mod. Phys. 72, 621 (2000). */
#ifndef CUXAS_ABSORPTION_PRIV_H
#define CUXAS_ABSORPTION_PRIV_H
#include "simulate/atom_priv.h"
#include "simulate/photoelectron_priv.h"

#include <stdbool.h>

typedef struct {
  size_t          n_energy;
  bool            is_wanted[CUXAS_N_L]; /* the l that light reaches: core l - 1 and core l + 1 */
  double complex *atomic;               /* (n_energy) square angstrom */
  double         *strength;             /* (n_energy) square angstrom: |2 k M^2|, what the spectrum is normalised by */
  double complex *scattering;           /* (n_energy, CUXAS_N_L) square angstrom; 0 where not wanted */
} cuxas_absorption;

/* cuxas_absorption_new() - matrix elements of one core orbital at all energies
 *
 *   muffin_tin           scatterer 0 is the absorber
 *   electron             of the same potential: its energies
 *   core                 orbital of the absorber's atom, l <= 2; its whole subshell (2j + 1 electrons) absorbs
 *   photon_at_fermi_eV   photon energy that lifts it to the Fermi level, > 0; absorption is proportional to photon
 *   energy ret_absorption       the caller frees it with cuxas_absorption_free(); nothing given is kept
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE a bound above is broken; CUXAS_ENUMERIC not finite; CUXAS_ENOMEM. */
cuxas_status cuxas_absorption_new(const cuxas_muffin_tin *muffin_tin, const cuxas_photoelectron *electron,
                                  const cuxas_orbital *core, double photon_at_fermi_eV,
                                  cuxas_absorption **ret_absorption, cuxas_error *err);

/* cuxas_absorption_free() - accepts NULL */
void cuxas_absorption_free(cuxas_absorption *absorption);

#endif
