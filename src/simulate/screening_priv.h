/* screening_priv.h - how the absorber's valence electrons screen a core hole: static linear response, random phases
 *
 * A spherical change of potential W shifts n, 4 pi r^2 times the density, by the integral of chi0(r, r') W(r') dr',
 *     chi0 = sum over l of 2 (2l + 1) times -1/pi Im of the integral of G_l(r, r'; E)^2 up to the Fermi level,
 *     G_l  = -2 k P(r<) (i exp(i delta) H(r>) + exp(2 i delta) g_l P(r>))       (valence_priv.h)
 * in first order, and W itself is what the missing core electron leaves and what the shifted electrons add:
 *     W(r) = -integral of rho_core(r') / max(r, r') dr' + integral of (chi0 W)(r') / max(r, r') dr'.
 * The integral over energy runs along a contour from below the valence states, so that no fine structure has to be
 * resolved. The electrons' exchange and correlation is left out of the response, and so are core electrons.
 * A. L. Ankudinov, Y. Takimoto, J. J. Rehr, Phys. Rev. B 71, 165110 (2005); what FEFF 10 calls COREHOLE RPA: J. J. Kas, F.
 * D. Vila, C. D. Pemmaraju, T. S. Tan, J. J. Rehr, J. Synchrotron Rad. 28, 1801 (2021). */
#ifndef CUXAS_SCREENING_PRIV_H
#define CUXAS_SCREENING_PRIV_H
#include "simulate/muffin_tin_priv.h"

typedef struct cuxas_screening cuxas_screening; /* the response of one absorber's valence electrons */

/* cuxas_screening_new() - the response, the same for all core orbitals
 *
 *   cluster          the absorber's; atoms within 4 angstrom scatter
 *   muffin_tin       self-consistent or not; scatterer 0 is the absorber
 *   core_hartree     states below do not respond; below the Fermi level and far from any level of the absorber
 *   ret_screening    the caller frees it with cuxas_screening_free(); nothing given is kept
 *
 * Same numbers whatever the number of threads. Returns  CUXAS_OK; CUXAS_ERANGE core_hartree is not below the Fermi level,
 * or radii or potentials make no sense; CUXAS_ENUMERIC; CUXAS_ENOMEM. */
cuxas_status cuxas_screening_new(const cuxas_cluster *cluster, const cuxas_muffin_tin *muffin_tin, double core_hartree,
                                 cuxas_screening **ret_screening, cuxas_error *err);

/* cuxas_screening_free() - accepts NULL */
void cuxas_screening_free(cuxas_screening *screening);

/* cuxas_screening_respond() - 4 pi r^2 times the change of density that a small change of potential makes, to first order
 *
 *   potential_hartree   (CUXAS_RADIAL_POINTS), spherical
 *   ret_shell           (CUXAS_RADIAL_POINTS); 0 beyond 1.35 Norman radii */
void cuxas_screening_respond(const cuxas_screening *screening, const double *potential_hartree, double *ret_shell);

/* What a hole in a core orbital does. */
typedef struct {
  double bare_hartree[CUXAS_RADIAL_POINTS]; /* potential energy of an electron in the field of the hole alone, < 0 */
  double screened_hartree[CUXAS_RADIAL_POINTS]; /* of hole and response, W; 0 beyond 1.35 Norman radii */
  double charge;                                /* electrons that the response brings within the Norman radius */
} cuxas_core_hole;

/* cuxas_screening_solve() - of one electron missing in a core orbital
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC the response is not finite, or brings less than no or more than two electrons; CUXAS_ENOMEM. */
cuxas_status cuxas_screening_solve(const cuxas_screening *screening, const cuxas_orbital *core,
                                   cuxas_core_hole *ret_hole, cuxas_error *err);

#endif
