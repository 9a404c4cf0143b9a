/* thinning_priv.h - multiple scattering at as few energies as its smoothness allows
 *
 * Half the core hole's width above the real axis, and above the plasmon's energy more, G is smooth on that scale: a mesh
 * that draws an edge is finer than G needs. G is computed on a mesh of its own and is a cubic through its four nearest
 * energies on the other. Below the Fermi level the spectrum does not need it. */
#ifndef CUXAS_THINNING_PRIV_H
#define CUXAS_THINNING_PRIV_H
#include "simulate/energy_mesh_priv.h"
#include "simulate/multiple_scattering_priv.h"

/* cuxas_thinned_run() - cuxas_scattering_run() for the energies of a mesh that the spectrum needs
 *
 *   muffin_tin, self_energy   as for cuxas_photoelectron_new()
 *   ret_g                     (mesh->n_energy, CUXAS_N_L); 0 below the Fermi level and where not wanted
 *
 * Returns as cuxas_scattering_run() and cuxas_photoelectron_new(). */
cuxas_status cuxas_thinned_run(const cuxas_scattering *scattering, const cuxas_muffin_tin *muffin_tin,
                               const cuxas_self_energy *self_energy, const cuxas_energy_mesh *mesh,
                               const _Bool is_wanted[CUXAS_N_L], double complex *ret_g,
                               cuxas_scattering_effort *opt_effort, cuxas_error *err);

#endif
