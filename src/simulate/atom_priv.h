/* atom_priv.h - free atoms, self-consistent and relativistic: where densities, potentials and core orbitals come from;
 * and their parts that potentials of solids need too: exchange and correlation, mixing */
#ifndef CUXAS_ATOM_PRIV_H
#define CUXAS_ATOM_PRIV_H
#include "cuxas/status.h"
#include "base/elements.h"
#include "simulate/dirac_priv.h"

#include <stdbool.h>
#include <stddef.h>

enum { CUXAS_ATOM_MAX_Z = 94 };

typedef enum {
  CUXAS_ATOM_EXACT, /* exact exchange in a local potential (cuxas_exchange_exact()), no correlation: nearly Dirac-Fock */
  CUXAS_ATOM_LDA    /* local density, the functional of the NIST tables (cuxas_xc_vosko()) */
} cuxas_atom_exchange;

typedef struct {
  cuxas_atom_exchange exchange;
  bool   is_j_averaged;    /* open subshells over both j by their statistical weight; else the lower j is filled first.
                           Exact exchange needs whole occupations: then the lower first in any case */
  bool   is_in_solid;      /* the configuration that bonded atoms come closer to, see below */
  bool   has_own_exchange; /* with exact exchange: valence orbitals obey Dirac and Fock's equation among the others */
  double light_speed;      /* atomic units; 0: the physical one. Large: a non-relativistic atom */
  int    hole_n, hole_kappa; /* orbital that lacks one electron, so a positive ion; hole_n = 0: none */
} cuxas_atom_settings;

typedef struct {
  int    n, kappa;   /* kappa = l: j = l - 1/2; kappa = -l - 1: j = l + 1/2 */
  double occupation; /* electrons */
  double energy_hartree;
  double
      large[CUXAS_RADIAL_POINTS]; /* P and Q of dirac_priv.h: the density of one electron is (P^2 + Q^2)/(4 pi r^2) */
  double small[CUXAS_RADIAL_POINTS];
} cuxas_orbital;

typedef struct {
  int            atomic_number;
  bool           is_in_solid, has_own_exchange; /* as its settings said */
  size_t         n_orbital;
  cuxas_orbital *orbital; /* (n_orbital), owned, by n, then l, then j */
  double         total_energy_hartree;
  double         coulomb_hartree[CUXAS_RADIAL_POINTS]; /* nucleus and all electrons */
  double         density[CUXAS_RADIAL_POINTS];         /* electrons per bohr^3 */
} cuxas_atom;

/* cuxas_atom_new() - the ground-state configuration of cuxas_element_find(), solved to self-consistency
 *
 *   atomic_number   1 ... CUXAS_ATOM_MAX_Z
 *   settings        zero initialised: neutral atom, exact exchange
 *   ret_atom        the caller frees it with cuxas_atom_free()
 *
 * In a solid, one of two s electrons of carbon, magnesium and the elements from calcium to zinc counts as p (chromium's
 * fifth d electron too), and one f electron of the lanthanides as d: the configurations that FEFF10 overlaps (J. J. Kas,
 * F. D. Vila, C. D. Pemmaraju, T. S. Tan, J. J. Rehr, J. Synchrotron Rad. 28, 1801 (2021)).
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE: no such element or no electron where the hole should be; CUXAS_ENUMERIC: not
 *          converged; CUXAS_ENOMEM.
 * Cost     milliseconds (H) to some tenths of a second (U). */
cuxas_status cuxas_atom_new(int atomic_number, const cuxas_atom_settings *settings, cuxas_atom **ret_atom,
                            cuxas_error *err);

/* cuxas_atom_orbital() - the orbital n, kappa; NULL: not occupied */
const cuxas_orbital *cuxas_atom_orbital(const cuxas_atom *atom, int n, int kappa);

/* cuxas_atom_free() - accepts NULL */
void cuxas_atom_free(cuxas_atom *atom);

/* exchange and correlation of the homogeneous electron gas, not spin-polarised; Hartree atomic units */

typedef struct {
  double energy_hartree;    /* per electron */
  double potential_hartree; /* derivative of (density times energy) with respect to the density */
} cuxas_xc;

/* cuxas_xc_barth_hedin() - ground-state potential of solids: Slater-Kohn-Sham exchange with the correlation of U. von
 * Barth, L. Hedin, J. Phys. C 5, 1629 (1972), paramagnetic. density: electrons per bohr^3; <= 0 gives zeros. */
cuxas_xc cuxas_xc_barth_hedin(double density);

/* cuxas_xc_vosko() - the functional of the NIST tables of free atoms (S. Kotochigova et al., Phys. Rev. A 55, 191
 * (1997)): correlation of S. H. Vosko, L. Wilk, M. Nusair, Can. J. Phys. 58, 1200 (1980), paramagnetic, formula 4.4;
 * exchange with the relativistic correction of A. H. MacDonald, S. H. Vosko, J. Phys. C 12, 2977 (1979).
 *
 *   light_speed   in atomic units; a large number switches the correction off */
cuxas_xc cuxas_xc_vosko(double density, double light_speed);

/* exact exchange of an atom as one local potential for all its orbitals
 *
 * The Dirac-Fock exchange energy of the average of a configuration in jj coupling (I. P. Grant, Adv. Phys. 19, 747
 * (1970)), turned into a local potential in the approximation of J. B. Krieger, Y. Li, G. J. Iafrate, Phys. Rev. A 45,
 * 101 (1992). Densities and total energies come within some 1e-5 of Dirac-Fock ones, while every orbital obeys the same
 * homogeneous equation. Far away the potential is -1/r. */

/* cuxas_exchange_exact() - potential and energy of given orbitals
 *
 *   orbital, n_orbital     occupied orbitals with whole occupations and their energies
 *   ret_potential_hartree  (CUXAS_FINE_POINTS)
 *   ret_energy_hartree     exchange energy, self-interaction of the Hartree energy taken out
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_exchange_exact(const cuxas_fine_orbital *orbital, size_t n_orbital, const double *r,
                                  double *ret_potential_hartree, double *ret_energy_hartree, cuxas_error *err);

/* An atom that obeys one potential. */
typedef struct {
  int                 atomic_number;
  double              light_speed;
  const double       *r, *potential, *exchange; /* (CUXAS_FINE_POINTS) the latter a part of the potential */
  size_t              n_orbital;
  cuxas_fine_orbital *orbital;         /* (n_orbital) whole occupations; valence orbitals are changed */
  double             *shell, *hartree; /* (CUXAS_FINE_POINTS) 4 pi r^2 density and the electrons' potential; changed */
} cuxas_fock;

/* cuxas_fock_valence() - Dirac and Fock's equation for the valence orbitals, the others staying
 *
 * One potential for all makes outer s electrons above a d shell too compact (copper's 4s by 8 %), and with them what atoms
 * are to their neighbours. J. P. Desclaux, At. Data Nucl. Data Tables 12, 311 (1973), has the energies of such atoms.
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC: no bound state; CUXAS_ENOMEM. */
cuxas_status cuxas_fock_valence(const cuxas_fock *atom, cuxas_error *err);

/* fixed points of slow maps: D. G. Anderson, J. ACM 12, 547 (1965) */

typedef struct cuxas_mixer cuxas_mixer;

/* cuxas_mixer_new() - for vectors of n_value numbers; share: how much of a residual is taken over, 0 ... 1
 *
 * Returns  a mixer the caller frees with cuxas_mixer_free(); NULL: no memory. */
cuxas_mixer *cuxas_mixer_new(size_t n_value, double share);

/* cuxas_mixer_step() - replaces io_value, whose residual (output minus input of the map) is given, by a better one */
void cuxas_mixer_step(cuxas_mixer *mixer, double *io_value, const double *residual);

/* cuxas_mixer_damp() - what was learned led astray: forget it and take shorter steps */
void cuxas_mixer_damp(cuxas_mixer *mixer, double share);

/* cuxas_mixer_forget() - the map has changed: what was learned no longer holds */
void cuxas_mixer_forget(cuxas_mixer *mixer);

/* cuxas_mixer_offset() - the map has changed by a constant: what was learned of its slopes stays */
void cuxas_mixer_offset(cuxas_mixer *mixer, const double *residual);

/* cuxas_mixer_free() - accepts NULL */
void cuxas_mixer_free(cuxas_mixer *mixer);

#endif
