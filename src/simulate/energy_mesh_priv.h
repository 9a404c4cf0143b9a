/* energy_mesh_priv.h - the complex energies at which one edge is computed
 *
 * First the spectrum's own energies, shifted up by half the core hole's width (the Green function there is already
 * broadened by it), from below the Fermi level upwards; then points straight above the Fermi level, on which the
 * integral runs that removes the occupied states. See Ankudinov, Ravel, Rehr, Conradson, Phys. Rev. B 58, 7565
 * (1998). */
#ifndef CUXAS_ENERGY_MESH_PRIV_H
#define CUXAS_ENERGY_MESH_PRIV_H
#include "cuxas/status.h"

#include <complex.h>
#include <stddef.h>

typedef struct {
  double fermi_hartree; /* on the zero of the muffin-tin potential */
  double core_hole_eV;  /* full width at half maximum of the core hole's Lorentzian, and what else shall broaden; > 0 */
  double k_max_per_A;   /* the spectrum ends where a free electron from the Fermi level has this wave number; > 0 */
  double k_step_per_A;  /* steps there; > 0 */
  double energy_step_eV; /* steps just above the Fermi level, as long as steps in wave number would be finer; > 0 */
} cuxas_energy_settings;

#define CUXAS_ENERGY_DEFAULTS                                                                                          \
  {                                                                                                                    \
    0.0, 0.596, 4.0, 0.055, 0.1                                                                                        \
  } /* Cu L3 as in the published training set's FEFF input */

typedef struct {
  size_t          n_energy;
  size_t          n_spectrum; /* points 0 ... n_spectrum - 1 are the spectrum's; the rest stand above the Fermi level */
  size_t          i_fermi;    /* the spectrum's point at the Fermi level */
  double          fermi_hartree;
  double          half_width_hartree; /* imaginary part of the spectrum's points */
  double complex *energy_hartree;     /* (n_energy), owned */
} cuxas_energy_mesh;

/* cuxas_energy_mesh_new() - the caller frees the result with cuxas_energy_mesh_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE a bound above is broken or the mesh would have over 10000 points; CUXAS_ENOMEM. */
cuxas_status cuxas_energy_mesh_new(const cuxas_energy_settings *settings, cuxas_energy_mesh **ret_mesh,
                                   cuxas_error *err);

/* cuxas_energy_mesh_free() - accepts NULL */
void cuxas_energy_mesh_free(cuxas_energy_mesh *mesh);

#endif
