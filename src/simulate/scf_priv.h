/* scf_priv.h - self-consistent muffin-tin potentials: valence electrons where the Green function of the cluster puts them
 *
 * Following A. L. Ankudinov, B. Ravel, J. J. Rehr, S. D. Conradson, Phys. Rev. B 58, 7565 (1998), section III: the density
 * of each unique potential is that of its free atom's core plus the integral of the Green function's imaginary part up
 * to the Fermi level, along a contour in the complex plane; the Fermi level makes the Norman spheres neutral together. */
#ifndef CUXAS_SCF_PRIV_H
#define CUXAS_SCF_PRIV_H
#include "simulate/muffin_tin_priv.h"
#include "simulate/photoelectron_priv.h"

#include <stdbool.h>

typedef struct {
  double radius_A;      /* atoms around each potential's atom that scatter, > 0 */
  size_t max_atom;      /* and at most so many, whole shells; 0: no limit */
  int    max_iteration; /* >= 1 */
} cuxas_scf_settings;

typedef struct {
  bool   is_converged;
  int    n_iteration;
  double change_hartree;          /* of the Fermi level in the last iteration */
  double change_electrons;        /* largest change of a Norman sphere's charge in the last iteration */
  double core_hartree;            /* states below count as core */
  double (*electrons)[CUXAS_N_L]; /* (n_scatterer) valence electrons in the Norman sphere by l, owned */
  double *charge_transfer;        /* (n_scatterer) electrons gained, owned */
} cuxas_scf_report;

/* cuxas_scf_run() - iterate from superposed atoms until Fermi level (0.0015 hartree) and charges (0.01) stay
 *
 *   cluster, atom, share   as cuxas_muffin_tin_new() had them
 *   io_muffin_tin          from cuxas_muffin_tin_new(); out: self-consistent
 *   ret_report             the caller frees what it owns with cuxas_scf_report_clear(); filled on CUXAS_OK only
 *
 * After 20 iterations without success the occupation is smoothed by 0.27 eV, which lets partly filled narrow bands
 * converge. Not converging is no error: the report says so. Energies are spread over OpenMP's threads, results do not depend on
 * their number. Returns  CUXAS_OK; CUXAS_ERANGE settings; CUXAS_ENUMERIC; CUXAS_ENOMEM. */
cuxas_status cuxas_scf_run(const cuxas_cluster *cluster, const cuxas_atom *const *atom, const double *share,
                           const cuxas_scf_settings *settings, cuxas_muffin_tin *io_muffin_tin,
                           cuxas_scf_report *ret_report, cuxas_error *err);

/* cuxas_scf_report_clear() - frees the arrays; accepts a zeroed report */
void cuxas_scf_report_clear(cuxas_scf_report *report);

#endif
