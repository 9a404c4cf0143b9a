/* interstitial_priv.h - overlapping muffin tins: the potential in the spheres' common parts and between the spheres
 *
 * V(x) = V_int + sum over spheres of (v_i(|x - x_i|) - V_int), each term only inside its sphere. The v_i follow from the
 * condition that the spherical average of V around each atom is that of the true potential (O. K. Andersen, C. Arcangeli,
 * Bull. Mater. Sci. 26, 19 (2003), eq. 9): where no other sphere reaches, v_i is the potential itself; where one does, a
 * linear system. Charges are shared out in the same manner. */
#ifndef CUXAS_INTERSTITIAL_PRIV_H
#define CUXAS_INTERSTITIAL_PRIV_H
#include "simulate/muffin_tin_priv.h"

/* cuxas_interstitial_solve() - everything that follows from radii, Coulomb potentials and densities
 *
 *   cluster, share   as for cuxas_muffin_tin_new()
 *   io_muffin_tin    in: radii, coulomb_hartree, density of every scatterer; out: total_hartree, interstitial_* and
 *                    fermi_hartree = interstitial potential + kinetic energy of the electron gas of that density
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC: no space or no charge between the spheres; CUXAS_ENOMEM. */
cuxas_status cuxas_interstitial_solve(const cuxas_cluster *cluster, const double *share,
                                      cuxas_muffin_tin *io_muffin_tin, cuxas_error *err);

/* cuxas_interstitial_fit() - the level between the spheres is the mean of the potential there
 *
 * Averages over neutral spheres, the rule of cuxas_interstitial_solve() and of FEFF, count little of the voids of open
 * lattices: by that rule the level of oxides is some 3 eV too deep, and photoelectrons have a continuum that is not there.
 * The potential of the superposed atoms is averaged over points of the cell outside all spheres; what that is above the
 * rule becomes shift_hartree, which every later cuxas_interstitial_solve() adds. (The level that makes the square of the
 * deviation from the muffin-tin form least, which O. K. Andersen, C. Arcangeli, Bull. Mater. Sci. 26, 19 (2003) would take,
 * is the same within 0.2 eV: spheres overlap too little to have a say.)
 *
 *   atom          (n_potential) free atoms, as cuxas_muffin_tin_new() had them
 *   level_share   1: the mean; 0: the rule; between
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC no space between the spheres; CUXAS_ENOMEM. */
cuxas_status cuxas_interstitial_fit(const cuxas_crystal *crystal, const cuxas_cluster *cluster,
                                    const cuxas_atom *const *atom, const double *share, double level_share,
                                    cuxas_muffin_tin *io_muffin_tin, cuxas_error *err);

/* cuxas_lens_volume() - volume that two spheres share; 0: they do not touch */
double cuxas_lens_volume(double radius_a, double radius_b, double distance);

#endif
