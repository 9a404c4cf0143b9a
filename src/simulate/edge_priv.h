/* edge_priv.h - from waves and potentials to one edge: matrix elements, spectrum, core hole, and the potentials of a site */
#ifndef CUXAS_EDGE_PRIV_H
#define CUXAS_EDGE_PRIV_H
#include "simulate/atom_priv.h"
#include "simulate/multiple_scattering_priv.h"
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
 *   mu(E) = Im sum_l (atomic_l(E) + scattering_l(E) g_l(E))
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
  double complex *atomic;               /* (n_energy, CUXAS_N_L) square angstrom; 0 where not wanted */
  double         *strength;             /* (n_energy) square angstrom: |2 k M^2|, what the spectrum is normalised by */
  double complex *scattering;           /* (n_energy, CUXAS_N_L) square angstrom; 0 where not wanted */
} cuxas_absorption;

/* cuxas_absorption_new() - matrix elements of one core orbital at all energies
 *
 *   muffin_tin           scatterer 0 is the absorber
 *   mesh                 energies
 *   core                 orbital of the absorber's atom, l <= 2; its whole subshell (2j + 1 electrons) absorbs
 *   photon_at_fermi_eV   photon energy that lifts it to the Fermi level, > 0; absorption is proportional to photon
 *                        energy
 *   has_one_wave         both waves of one l are taken for that of the stronger transition
 *   ret_absorption       the caller frees it with cuxas_absorption_free(); nothing given is kept
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE a bound above is broken; CUXAS_ENUMERIC not finite; CUXAS_ENOMEM. */
cuxas_status cuxas_absorption_new(const cuxas_muffin_tin *muffin_tin, const cuxas_energy_mesh *mesh,
                                  const cuxas_orbital *core, double photon_at_fermi_eV, bool has_one_wave,
                                  cuxas_absorption **ret_absorption, cuxas_error *err);

/* cuxas_absorption_free() - accepts NULL */
void cuxas_absorption_free(cuxas_absorption *absorption);

/* cuxas_absorption_atomic() - of all l at one energy */
double complex cuxas_absorption_atomic(const cuxas_absorption *absorption, size_t i_energy);

/* What that is made of. */

typedef struct {
  int    kappa, l;
  double weight; /* part of the transitions that go there */
} cuxas_final_state;

/* cuxas_absorption_finals() - dipole transitions from a core orbital's kappa, averaged over directions; returns how many */
int cuxas_absorption_finals(int kappa, cuxas_final_state ret_final[3]);

/* cuxas_absorption_unit() - square angstrom: absorption of a subshell is this times the imaginary part of the -G's matrix
 * element with r, per hartree and square bohr */
double cuxas_absorption_unit(int kappa, double photon_hartree);

/* cuxas_absorption_core() - a core orbital times r^2 at the ends of the sphere's steps
 *
 *   ret_core_r2  (n_step + 1) */
void cuxas_absorption_core(const cuxas_wave_sphere *sphere, const cuxas_orbital *core, double *ret_core_r2);

/* cuxas_absorption_waves() - the regular wave P, r (cos(delta) j - sin(delta) n) outside, and exp(i delta) times the outgoing
 * one H, r h1 outside, of the Dirac equation's kappa, at the ends of the sphere's steps
 *
 *   ret_regular, ret_outgoing  (n_step + 1)
 *
 * Returns  exp(i delta). */
double complex cuxas_absorption_waves(const cuxas_wave_field *field, int kappa, double complex wave_number,
                                      double complex *ret_regular, double complex *ret_outgoing);

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

/* cuxas_edge_fermi_cut_at() - the same at any energy
 *
 *   omega_hartree        photoelectron energy; one at or above the Fermi level must be that of a point of the spectrum
 *   half_width_hartree   gamma; the mesh's own, or larger: f of the mesh then serves a second edge of the same shell, by
 *                        the integral up to the mesh's line and along it, since L has no pole below */
double cuxas_edge_fermi_cut_at(const cuxas_energy_mesh *mesh, const double complex *f, double omega_hartree,
                               double half_width_hartree);

/* cuxas_edge_below() - photoelectron energies below the Fermi level, as far and as fine as an exciton needs; rising
 *
 *   ret_below_hartree   (CUXAS_EDGE_BELOW) */
enum { CUXAS_EDGE_BELOW = 60 };
void cuxas_edge_below(const cuxas_energy_mesh *mesh, double *ret_below_hartree);

typedef struct {
  size_t  n_energy;
  double *energy_eV;    /* (n_energy) photon energy, owned; the two below likewise */
  double *mu;           /* normalised */
  double *mu0;          /* atomic background, normalised */
  double  fermi_eV;     /* photon energy of the Fermi level */
  double  edge_step_A2; /* the absorption that is 1: square angstrom, weights edges relative to each other */
} cuxas_edge_spectrum;

/* What is asked of an edge. */
typedef struct {
  double        photon_at_fermi_eV; /* as for cuxas_absorption_new() */
  double        half_width_hartree; /* the mesh's own or larger */
  const double *opt_change_A2; /* (CUXAS_EDGE_BELOW + points from the Fermi level on) cuxas_projected_change(), to be
                                       added; the spectrum then has these points; or NULL */
  const double complex *opt_f; /* (n_energy) what absorbs, instead of what absorption and g say; or NULL */
} cuxas_edge_question;

/* cuxas_edge_assemble() - the spectrum of one edge
 *
 *   mesh, absorption     of the same energies
 *   g                    (n_energy, CUXAS_N_L) what comes back to the absorber; NULL: the background alone
 *   question             of this edge
 *   ret_spectrum         the caller frees it with cuxas_edge_spectrum_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE the mesh does not reach 50 eV above the Fermi level; CUXAS_ENUMERIC mu not finite;
 *          CUXAS_ENOMEM. */
cuxas_status cuxas_edge_assemble(const cuxas_energy_mesh *mesh, const cuxas_absorption *absorption,
                                 const double complex *g, const cuxas_edge_question *question,
                                 cuxas_edge_spectrum **ret_spectrum, cuxas_error *err);

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

/* ---- the channels of the l that light reaches best, and the spin-polarised d level of an open shell
 *
 * Where states begin above the Fermi level, the absorber's block of g is diagonal in certain combinations of m: channels,
 * each with its own Green function. In Cu(II) one of them holds the hole. Without spin polarisation its band is half full
 * and cut by the Fermi level, and the white line hangs on tenths of an eV. A self-interaction as in LDA + U,
 *     V = U (1/2 - n)     (rotationally invariant: S. L. Dudarev et al., Phys. Rev. B 57, 1505 (1998)),
 * in the absorber's sphere splits it: the empty spin of that channel goes up, all other d states down; the spectrum is the
 * mean of both spins. Only the wave in the sphere changes, hence each channel's g follows from the old one. */

typedef struct {
  size_t          i_potential;
  double complex *g; /* (n_energy of the mesh), owned */
} cuxas_d_part;

typedef struct {
  int               l, kappa;                        /* kappa: of the stronger transition into l */
  double            weight;                          /* of the transitions to l */
  bool              is_polarised;                    /* an open shell */
  double            hole;                            /* of it: empty part of the open channel's empty spin, at most 1 */
  size_t            n_part;                          /* 2l + 1, or of both spins */
  cuxas_d_part      part[2 * (2 * CUXAS_L_MAX + 1)]; /* of equal weight */
  size_t            n_potential;
  cuxas_muffin_tin *potential[3]; /* scatterer 0 is the absorber; the first is the one given, the others owned */
} cuxas_d_level;

/* cuxas_d_level_new() - of one edge
 *
 *   surroundings, muffin_tin   without hole; must live as long
 *   core                       of the edge
 *   has_hole                   the absorber's d shell is open: by its formal oxidation state (crystal/oxidation.h), since how
 *                              empty a band is without polarisation hangs on tenths of an eV; false: nothing is split
 *   ret_parts                  the caller frees it with cuxas_d_level_free() */
cuxas_status cuxas_d_level_new(const cuxas_surroundings *surroundings, const cuxas_muffin_tin *muffin_tin,
                               const cuxas_self_energy *self_energy, const cuxas_orbital *core, bool has_hole,
                               cuxas_d_level **ret_parts, cuxas_error *err);

/* cuxas_d_level_free() - accepts NULL */
void cuxas_d_level_free(cuxas_d_level *parts);

/* ---- a core hole that may only mix states above the Fermi level
 *
 * A hole's field W added to the absorber's potential pulls empty d states below the Fermi level, which nothing may do: the
 * electrons that are there stay. The attraction of electron and hole in Tamm and Dancoff's form (Bethe and Salpeter's
 * equation without exchange) acts within the states above:
 *
 *   mu = Im c^T X c,   X(z) = (1 + G W)^-1 G,   z = omega + i gamma,   c = r P_c,
 *   G(z) = theta(omega - E_F) G_all(z) + 1 / (2 pi i) (int G_all / (E - z) dE - conj int G_all / (E - z*) dE),
 *
 * both integrals straight upwards from the Fermi level E_F, and
 *
 *   G_all = 2 k (i exp(i delta) P(r<) H(r>) + exp(2 i delta) g_mm P(r) P(r')),
 *
 * which is minus the Green function, for each combination m of the l that light reaches best: those in which g is
 * diagonal where states begin. W is the screened field as it is. The weight of all states stays what it is: the hole
 * moves it. E. L. Shirley, Phys. Rev. Lett. 80, 794 (1998), doi:10.1103/PhysRevLett.80.794; in real space: A. L.
 * Ankudinov, Y. Takimoto, J. J. Rehr, Phys. Rev. B 71, 165110 (2005); why the field in the potential fails: Y. Liang, J.
 * Vinson, S. Pemmaraju, W. S. Drisdell, E. L. Shirley, D. Prendergast, Phys. Rev. Lett. 118, 096402 (2017). */

typedef struct {
  const cuxas_energy_mesh *mesh;
  const cuxas_d_level     *parts; /* without hole */
  const cuxas_orbital     *core;
  const double            *hole_hartree; /* (CUXAS_RADIAL_POINTS) W */
  double                   photon_at_fermi_eV;
  double                   half_width_hartree; /* of the edge: the mesh's own or larger */
} cuxas_projection;

#define CUXAS_PROJECTION_TOP_HARTREE 3.0 /* so high the mesh must reach; waves inwards lose precision from 6 on */

/* cuxas_projected_change() - what the hole adds to the absorption without one
 *
 *   opt_before_A2   the absorption that it changes, into the one l, on the same coarse radial mesh; or NULL
 *   ret_change_A2   square angstrom, at the energies of cuxas_edge_below() and those of the mesh's spectrum from the
 *                   Fermi level on
 *
 * Same numbers whatever the number of threads. Returns  CUXAS_OK; CUXAS_ERANGE; CUXAS_ENUMERIC not finite; CUXAS_ENOMEM. */
cuxas_status cuxas_projected_change(const cuxas_projection *projection, double *opt_before_A2, double *ret_change_A2,
                                    cuxas_error *err);

/* ---- what all spectra of one site share: its cluster and the potentials in it, with and without hole */

typedef struct {
  cuxas_cluster     *cluster;    /* all atoms that overlap with one that has a potential made for it; owned */
  cuxas_cluster      inner;      /* those that scatter: its first atoms, not owned */
  const cuxas_atom **atom;       /* (n_potential), owned; the atoms are not */
  cuxas_muffin_tin  *muffin_tin; /* without core hole, owned */
  cuxas_scatterer    superposed; /* the absorber's potential before self-consistency */
  int                n_scf;      /* iterations; 0: not asked for */
  char               scf[CUXAS_SIMULATE_SCF_SIZE]; /* how that ended */
  double             core_hartree;                 /* states below belong to the core */
  cuxas_screening   *screening;                    /* of the absorber, owned; NULL until asked for */
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
 *   ret_hole        the caller frees it with free()
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC a response that is not plausible; CUXAS_ENOMEM; and as cuxas_screening_new(). */
cuxas_status cuxas_site_potential_with_hole(cuxas_site_potential *potential, const cuxas_orbital *core,
                                            cuxas_muffin_tin **ret_muffin_tin, cuxas_core_hole **ret_hole,
                                            cuxas_error *err);

#endif
