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
  double radius_A;             /* atoms around each potential's atom that scatter, > 0 */
  size_t max_atom;             /* and at most so many, whole shells; 0: no limit */
  int    max_iteration;        /* >= 1 */
  double settle_A;             /* the same radius, without a limit of atoms, for the final Fermi level; 0: as it was */
  double residual;             /* of multiple scattering there, see cuxas_scattering; 0: as elsewhere */
  double highest_core_hartree; /* at most here the core ends; 0: wherever that is far from all levels */
} cuxas_scf_settings;

typedef struct {
  bool   is_converged;
  int    n_iteration;
  double warmth_hartree;          /* thermal energy of the occupation in the last iteration */
  double change_hartree;          /* of the Fermi level in the last iteration */
  double change_electrons;        /* integral of the difference between a sphere's density and that of its potential's
                                     waves, the largest */
  double excess_electrons;        /* of the cell at the Fermi level */
  double core_hartree;            /* states below count as core */
  double (*electrons)[CUXAS_N_L]; /* (n_scatterer) valence electrons in the Norman sphere by l, owned */
  double (*closed)[CUXAS_N_L];    /* (n_scatterer) of these, those of shells that bonds do not open, owned */
  double *charge_transfer;        /* (n_scatterer) electrons gained, owned */
} cuxas_scf_report;

/* cuxas_scf_run() - iterate from superposed atoms until new densities are those of their potential
 *
 *   cluster, atom, share   as cuxas_muffin_tin_new() had them
 *   io_muffin_tin          from cuxas_muffin_tin_new(); out: self-consistent, and the Fermi level of this potential
 *   ret_report             the caller frees what it owns with cuxas_scf_report_clear(); filled on CUXAS_OK only
 *
 * Two iterations in a row must leave the Fermi level (0.001 hartree) and the electrons of every sphere (0.01) where they
 * are; the potential is then not changed any more. While iterating, occupation falls off as at 1260 K, after 30 iterations
 * as at three times that, so that narrow bands at the Fermi level do not flutter; the final Fermi level is a sharp one that
 * makes the cell neutral within 0.002 electrons. What is far away hardly changes densities but moves that level, and with it
 * all photon energies: settle_A takes it from larger clusters, which costs far less than to iterate in them. Core levels, which decide what is valence, are those of the free atoms
 * moved by the neighbours' electrostatic potential at the nucleus, atom by atom; where a closed shell falls out of the valence
 * on the way (4p of Nb or Mo while d electrons come and go), all is done once more with a lower border. Not converging is no
 * error: the report says so. Energies are spread over OpenMP's threads, results do not depend on their number. Returns  CUXAS_OK;
 * CUXAS_ERANGE settings; CUXAS_ENUMERIC; CUXAS_ENOMEM. */
cuxas_status cuxas_scf_run(const cuxas_cluster *cluster, const cuxas_atom *const *atom, const double *share,
                           const cuxas_scf_settings *settings, cuxas_muffin_tin *io_muffin_tin,
                           cuxas_scf_report *ret_report, cuxas_error *err);

/* cuxas_scf_lost_shell() - l of closed shells of a scatterer that lack over one electron; -1: none do */
int cuxas_scf_lost_shell(const cuxas_scf_report *report, size_t i_scatterer);

/* cuxas_scf_check() - is this what a crystal's electrons do?
 *
 *   atomic_number   (n_scatterer)
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC: not converged, a sphere has gained or lost over 2 electrons or over 1 of a closed
 *          shell (a border between core and valence that cuts through a band), or the anion has lost electrons. */
cuxas_status cuxas_scf_check(const cuxas_scf_report *report, const int *atomic_number, size_t n_scatterer,
                             cuxas_error *err);

/* cuxas_scf_report_clear() - frees the arrays; accepts a zeroed report */
void cuxas_scf_report_clear(cuxas_scf_report *report);

#endif
