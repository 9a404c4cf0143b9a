/* edge_priv.h - from Green functions at complex energies to the spectrum of one edge
 *
 * An absorption spectrum has final states above the Fermi level E_F only, each broadened by the core hole:
 *
 *   mu(omega) = Im integral from E_F to infinity of f(E) L(E - omega) dE,   L(x) = gamma / pi / (x^2 + gamma^2)
 *
 * f is analytic above the real axis, so that the integral is f(omega + i gamma) where omega > E_F, half of that at E_F,
 * and nothing below, plus the integral of f L straight upwards from E_F: no fine structure has to be resolved. See A.
 * L. Ankudinov, B. Ravel, J. J. Rehr, S. D. Conradson, Phys. Rev. B 58, 7565 (1998), section II. */
#ifndef CUXAS_EDGE_PRIV_H
#define CUXAS_EDGE_PRIV_H
#include "simulate/absorption_priv.h"
#include "simulate/energy_mesh_priv.h"
#include "cuxas/status.h"

#define CUXAS_EDGE_NORM_EV 50.0 /* spectra are 1 where the background is as large as this far above the Fermi level */

/* cuxas_edge_fermi_cut() - the integral above
 *
 *   mesh      its points above the Fermi level must reach beyond half the core hole's width
 *   f         (mesh->n_energy) f at the mesh's energies; beyond its end on the way up f is taken to fall as one over
 *             the height, to the imaginary part at the end of the spectrum
 *   ret_mu    (mesh->n_spectrum) at the real parts of the spectrum's energies */
void cuxas_edge_fermi_cut(const cuxas_energy_mesh *mesh, const double complex *f, double *ret_mu);

typedef struct {
  size_t  n_energy;
  double *energy_eV;    /* (n_energy) photon energy, owned; the two below likewise */
  double *mu;           /* normalised */
  double *mu0;          /* atomic background, normalised */
  double  fermi_eV;     /* photon energy of the Fermi level */
  double  edge_step_A2; /* the absorption that is 1: square angstrom, weights edges relative to each other */
} cuxas_edge_spectrum;

/* cuxas_edge_assemble() - the spectrum of one edge
 *
 *   mesh, absorption     of the same energies
 *   g                    (n_energy, CUXAS_N_L) what comes back to the absorber; NULL: the background alone
 *   photon_at_fermi_eV   as for cuxas_absorption_new()
 *   ret_spectrum         the caller frees it with cuxas_edge_spectrum_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE the mesh does not reach 50 eV above the Fermi level; CUXAS_ENUMERIC mu not finite;
 *          CUXAS_ENOMEM. */
cuxas_status cuxas_edge_assemble(const cuxas_energy_mesh *mesh, const cuxas_absorption *absorption,
                                 const double complex *g, double photon_at_fermi_eV, cuxas_edge_spectrum **ret_spectrum,
                                 cuxas_error *err);

/* cuxas_edge_spectrum_free() - accepts NULL */
void cuxas_edge_spectrum_free(cuxas_edge_spectrum *spectrum);

#endif
