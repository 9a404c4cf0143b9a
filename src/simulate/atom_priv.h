/* atom_priv.h - free atoms, self-consistent and relativistic: where densities, potentials and core orbitals come from */
#ifndef CUXAS_ATOM_PRIV_H
#define CUXAS_ATOM_PRIV_H
#include "simulate/radial_priv.h"
#include "cuxas/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { CUXAS_ATOM_MAX_Z = 94 };

typedef enum {
  CUXAS_ATOM_EXACT, /* exact exchange in a local potential (exchange_priv.h), no correlation: nearly Dirac-Fock */
  CUXAS_ATOM_LDA    /* local density, the functional of the NIST tables (xc_priv.h) */
} cuxas_atom_exchange;

typedef struct {
  cuxas_atom_exchange exchange;
  bool   is_j_averaged; /* open subshells over both j by their statistical weight; else the lower j is filled first.
                           Exact exchange needs whole occupations: then the lower first in any case */
  bool   is_in_solid;   /* the configuration that bonded atoms come closer to, see below */
  double light_speed;   /* atomic units; 0: the physical one. Large: a non-relativistic atom */
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
  bool           is_in_solid; /* as its settings said */
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

#endif
