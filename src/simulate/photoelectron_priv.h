/* photoelectron_priv.h - one electron at complex energies: the energies, its self-energy, its waves in a sphere and outside, and
 * its phase shifts */
#ifndef CUXAS_PHOTOELECTRON_PRIV_H
#define CUXAS_PHOTOELECTRON_PRIV_H
#include "cuxas/status.h"
#include "simulate/muffin_tin_priv.h"

#include <complex.h>
#include <stddef.h>

/* ---- the complex energies at which one edge is computed
 *
 * First the spectrum's own energies, shifted up by half the core hole's width (the Green function there is already
 * broadened by it), from below the Fermi level upwards; then points straight above the Fermi level, on which the
 * integral runs that removes the occupied states. See Ankudinov, Ravel, Rehr, Conradson, Phys. Rev. B 58, 7565
 * (1998). */

typedef struct {
  double fermi_hartree; /* on the zero of the muffin-tin potential */
  double core_hole_eV;  /* full width at half maximum of the core hole's Lorentzian, and what else shall broaden; > 0 */
  double k_max_per_A;   /* the spectrum ends where a free electron from the Fermi level has this wave number; > 0 */
  double k_step_per_A;  /* steps there; > 0 */
  double energy_step_eV; /* steps just above the Fermi level, as long as steps in wave number would be finer; > 0 */
  double top_hartree;    /* the points above the Fermi level reach at least so high; 0: no further than FEFF's */
} cuxas_energy_settings;

#define CUXAS_ENERGY_DEFAULTS                                                                                          \
  {                                                                                                                    \
    0.0, 0.596, 4.0, 0.055, 0.1, 0.0                                                                                   \
  } /* Cu L3 as in the published training set's FEFF input */

typedef struct {
  size_t          n_energy;
  size_t          n_spectrum; /* points 0 ... n_spectrum - 1 are the spectrum's; the rest stand above the Fermi level */
  size_t          n_cut;      /* points that the cut at the Fermi level takes: those of FEFF */
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

/* ---- what the other electrons do to a photoelectron: its energy shift and its decay
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

/* ---- electron waves of complex energy inside one muffin-tin sphere
 *
 * With P = r times the wave, M = 1 + alpha^2 (E - V) / 2 and kappa of the Dirac equation,
 *     P' = -kappa P / r + 2 M Q,    Q' = kappa Q / r + (V - E) P,
 * or, averaged over spin-orbit coupling so that there is one wave for each l (scalar-relativistic: D. D. Koelling, B.
 * N. Harmon, J. Phys. C 10, 3107 (1977)),
 *     P' = P / r + 2 M Q,    Q' = -Q / r + (l (l + 1) / (2 M r^2) + V - E) P,
 * solved by the fourth-order Runge-Kutta rule on a uniform mesh of log r that ends on the sphere. Outside, waves are
 * free and non-relativistic. */

enum { CUXAS_L_MAX = 3, CUXAS_N_L = CUXAS_L_MAX + 1 };                        /* highest l, and how many */
enum { CUXAS_WAVE_STEPS = 448, CUXAS_WAVE_NODES = 2 * CUXAS_WAVE_STEPS + 1 }; /* nodes: ends and middles of steps */
#define CUXAS_WAVE_START (-8.8) /* log of the first radius in bohr, or up to one step above */
#define CUXAS_WAVE_STEP 0.025   /* of log r */

/* One sphere's potential between the points of the radial mesh, which no energy changes. */
typedef struct {
  size_t n_step; /* steps; 2 n_step + 1 nodes; the last one is on the sphere */
  double radius_bohr;
  double r[CUXAS_WAVE_NODES];
  double potential[CUXAS_WAVE_NODES]; /* ground state, Hartree */
  double radius_rs[CUXAS_WAVE_NODES]; /* of one electron of the local density, bohr */
} cuxas_wave_sphere;

/* cuxas_wave_sphere_set() - interpolate a scatterer's potential and density, by cubics in log r through points inside
 * the sphere only (what they do outside depends on who wrote them). CUXAS_ERANGE: a radius below 0.1 or above 8 bohr,
 * or density or potential not finite. */
cuxas_status cuxas_wave_sphere_set(const cuxas_scatterer *scatterer, cuxas_wave_sphere *ret_sphere, cuxas_error *err);

/* cuxas_wave_interpolate() - a table on the radial mesh between its points: the cubic in log r through four
 * neighbouring points, none of them above index i_last, i_last >= 3 */
double cuxas_wave_interpolate(const double *table, size_t i_last, double r_bohr);

/* The equation's coefficients at one energy, shared by all l. */
typedef struct {
  const cuxas_wave_sphere *sphere;
  double complex           excess[CUXAS_WAVE_NODES];    /* r (V - E) */
  double complex           mass_r[CUXAS_WAVE_NODES];    /* 2 M r */
  double complex           kinetic_r[CUXAS_WAVE_NODES]; /* 1 / (2 M r) */
} cuxas_wave_field;

/* cuxas_wave_field_set() - at one energy
 *
 *   opt_correction   (2 n_step + 1) added to the sphere's potential, or NULL: the self-energy. */
void cuxas_wave_field_set(const cuxas_wave_sphere *sphere, double complex energy_hartree,
                          const double complex *opt_correction, cuxas_wave_field *ret_field);

/* Which of the equations above. */
typedef struct {
  int    l;
  double spin;    /* -kappa, or 1 */
  double barrier; /* 0, or l (l + 1) */
} cuxas_wave_channel;

cuxas_wave_channel cuxas_wave_scalar(int l);
cuxas_wave_channel cuxas_wave_dirac(int kappa);

/* cuxas_wave_regular() - the solutions that are finite at the nucleus, of any normalisation
 *
 *   channel        (n_channel) 1 to CUXAS_N_L equations, solved side by side
 *   opt_wave       P of channel c at the ends of the steps, from c * stride on: n_step + 1 numbers; may be NULL
 *   ret_log_slope  (n_channel) P'/P on the sphere */
void cuxas_wave_regular(const cuxas_wave_field *field, const cuxas_wave_channel *channel, size_t n_channel,
                        double complex *opt_wave, size_t stride, double complex *ret_log_slope);

/* cuxas_wave_inward() - the solutions with given P and dP/dr on the sphere, down to the nucleus
 *
 *   value, slope   (n_channel) P and dP/dr
 *   ret_wave       as opt_wave above */
void cuxas_wave_inward(const cuxas_wave_field *field, const cuxas_wave_channel *channel, size_t n_channel,
                       const double complex *value, const double complex *slope, double complex *ret_wave,
                       size_t stride);

/* cuxas_wave_phase_shift() - of the free wave outside that continues a regular one
 *
 *   wave_number      outside, 1/bohr, Im >= 0
 *   log_slope        P'/P on the sphere
 *
 * Returns  delta with outside P ~ r (cos(delta) j_l(kr) - sin(delta) n_l(kr)), real part in (-pi/2, pi/2]. */
double complex cuxas_wave_phase_shift(double complex wave_number, double radius_bohr, int l, double complex log_slope);

/* ---- spherical Hankel functions of complex argument: free waves outside a muffin-tin sphere */

/* cuxas_spherical_hankel() - h_l^(1)(z) and h_l^(2)(z) for l = 0 ... l_max, and their derivatives in z
 *
 *   z                 not 0
 *   l_max             0 ... 20
 *   ret_out           (l_max + 1) h^(1) = j + i n, outgoing: decays for Im z > 0
 *   ret_in            (l_max + 1) h^(2) = j - i n, incoming
 *   ret_out_slope, ret_in_slope   (l_max + 1) d/dz
 *
 * Upward recursion, which is stable for Hankel functions; M. Abramowitz, I. A. Stegun, Handbook of Mathematical
 * Functions (1964), section 10.1. */
void cuxas_spherical_hankel(double complex z, int l_max, double complex *ret_out, double complex *ret_out_slope,
                            double complex *ret_in, double complex *ret_in_slope);

/* ---- what one edge's photoelectron meets, energy by energy: the hand-over between the single-site
 * part (phase shifts, matrix elements) and the many-site part (multiple scattering)
 *
 * Complex numbers are C11 double complex. Energies are Hartree on the zero of the muffin-tin potential. */

typedef struct {
  size_t n_energy;
  size_t n_scatterer;
  double complex
      *energy_hartree; /* (n_energy) real part: photoelectron energy; imaginary part: half the core-hole width
                                     and what the contour adds */
  double complex
      *wave_number; /* (n_energy) k = sqrt(2 (E - V_interstitial(E))) in 1/bohr, with self-energy, Im k >= 0 */
  double complex *phase_shift; /* (n_energy, n_scatterer, CUXAS_N_L) radians; t_l = exp(i delta) sin(delta) */
} cuxas_photoelectron;

/* cuxas_photoelectron_new() - phase shifts of every unique potential at every energy
 *
 *   muffin_tin         at least one scatterer
 *   mesh               energies
 *   opt_self_energy    NULL: the ground-state potential at all energies
 *   ret_photoelectron  the caller frees it with cuxas_photoelectron_free(); nothing given is kept
 *
 * The self-energy is taken at the local density and at the real part of the energy above the Fermi level (that of the
 * muffin-tin potential), inside the spheres as well as between them; at and below the Fermi level it is 0. Real parts
 * of phase shifts are in (-pi/2, pi/2]: t does not know the difference. Energies are spread over the threads that
 * OpenMP has; results do not depend on their number.
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE a radius, potential or density makes no sense; CUXAS_ENUMERIC a phase shift is not
 *          finite; CUXAS_ENOMEM. */
cuxas_status cuxas_photoelectron_new(const cuxas_muffin_tin *muffin_tin, const cuxas_energy_mesh *mesh,
                                     const cuxas_self_energy *opt_self_energy, cuxas_photoelectron **ret_photoelectron,
                                     cuxas_error *err);

/* cuxas_scattered_waves() - angular momenta that an element scatters: s, p, d, f; up to boron no f, as in FEFF */
size_t cuxas_scattered_waves(int atomic_number);

/* cuxas_photoelectron_free() - accepts NULL */
void cuxas_photoelectron_free(cuxas_photoelectron *photoelectron);

/* cuxas_free_wave_number() - sqrt(2 E) with Im k >= 0, 1/bohr; E is counted from the potential between the spheres */
double complex cuxas_free_wave_number(double complex energy_hartree);

#endif
