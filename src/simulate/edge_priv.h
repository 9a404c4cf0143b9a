/* edge_priv.h - from waves and potentials to one edge: matrix elements, spectrum, core hole, and the potentials of a site */
#ifndef CUXAS_EDGE_PRIV_H
#define CUXAS_EDGE_PRIV_H
#include "simulate/atom_priv.h"
#include "simulate/photoelectron_priv.h"
#include "cuxas/status.h"
#include "simulate/muffin_tin_priv.h"
#include "cuxas/simulate.h"

#include <stdbool.h>

/* ---- how strongly a core electron is excited: dipole matrix elements with the photoelectron's waves
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

/* ---- from Green functions at complex energies to the spectrum of one edge
 *
 * An absorption spectrum has final states above the Fermi level E_F only, each broadened by the core hole:
 *
 *   mu(omega) = Im integral from E_F to infinity of f(E) L(E - omega) dE,   L(x) = gamma / pi / (x^2 + gamma^2)
 *
 * f is analytic above the real axis, so that the integral is f(omega + i gamma) where omega > E_F, half of that at E_F,
 * and nothing below, plus the integral of f L straight upwards from E_F: no fine structure has to be resolved. See A.
 * L. Ankudinov, B. Ravel, J. J. Rehr, S. D. Conradson, Phys. Rev. B 58, 7565 (1998), section II. */

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

/* ---- how broad core holes make absorption edges
 *
 * Read off the figures of O. Keski-Rahkonen, M. O. Krause, At. Data Nucl. Data Tables 14, 139 (1974) at a few elements,
 * the same that FEFF uses, so that edges of both are as broad; between them log(width) is linear in Z. */

/* cuxas_core_width_eV() - full width at half maximum of the hole's Lorentzian
 *
 *   n, kappa   1, -1: K; 2, -1: L1; 2, 1: L2; 2, -2: L3
 *
 * Returns  0 for other shells and atomic numbers that are not in 1 ... 95. */
double cuxas_core_width_eV(int atomic_number, int n, int kappa);

/* ---- how the absorber's valence electrons screen a core hole: static linear response, random phases
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

/* ---- what all spectra of one site share: its cluster and the potentials in it, with and without hole */

typedef struct {
  cuxas_cluster     *cluster;      /* all atoms that overlap with one that has a potential made for it; owned */
  cuxas_cluster      inner;        /* those that scatter: its first atoms, not owned */
  const cuxas_atom **atom;         /* (n_potential), owned; the atoms are not */
  cuxas_muffin_tin  *muffin_tin;   /* without core hole, owned */
  cuxas_scatterer    superposed;   /* the absorber's potential before self-consistency */
  int                n_scf;        /* iterations; 0: not asked for */
  double             core_hartree; /* states below belong to the core */
  cuxas_screening   *screening;    /* of the absorber, owned; NULL until asked for */
} cuxas_site_potential;

/* cuxas_site_potential_new() - cluster and potentials of one site, self-consistent when the settings ask for it
 *
 *   io_atom        (CUXAS_SIMULATE_MAX_Z + 1) free atoms by atomic number, the caller's; those still missing are made
 *   ret_potential  the caller frees it with cuxas_site_potential_free(); the atoms must live as long
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED an element beyond CUXAS_SIMULATE_MAX_Z; CUXAS_ERANGE the structure makes no
 *          sense; CUXAS_ENUMERIC potentials not self-consistent or not plausible; CUXAS_ENOMEM. */
cuxas_status cuxas_site_potential_new(const cuxas_crystal *crystal, size_t site,
                                      const cuxas_simulate_settings *settings, cuxas_atom **io_atom,
                                      cuxas_site_potential **ret_potential, cuxas_error *err);

/* cuxas_site_potential_free() - accepts NULL */
void cuxas_site_potential_free(cuxas_site_potential *potential);

/* cuxas_site_potential_with_hole() - the same potentials, but one electron of the absorber's core orbital is missing and its
 * valence electrons screen that: the absorber's sphere alone changes, nothing between the spheres, nor the Fermi level
 *
 *   ret_muffin_tin  the caller frees it with cuxas_muffin_tin_free()
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC a response that is not plausible; CUXAS_ENOMEM; and as cuxas_screening_new(). */
cuxas_status cuxas_site_potential_with_hole(cuxas_site_potential *potential, const cuxas_orbital *core,
                                            cuxas_muffin_tin **ret_muffin_tin, cuxas_error *err);

#endif
