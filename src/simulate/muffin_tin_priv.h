/* muffin_tin_priv.h - the potential that photoelectrons scatter in: spheres around atoms, a constant between them
 *
 * One potential for each kind of atom ("unique potential"): 0 is the absorber, the others one per element. Inside a
 * sphere it is the overlapped atomic potential, spherically averaged; outside all spheres it is constant. */
#ifndef CUXAS_MUFFIN_TIN_PRIV_H
#define CUXAS_MUFFIN_TIN_PRIV_H
#include "cuxas/status.h"
#include "simulate/atom_priv.h"
#include "simulate/cluster.h"
#include "simulate/dirac_priv.h"

typedef struct {
  int    atomic_number;
  double muffin_tin_radius_bohr;               /* of the (overlapping) sphere that scatters */
  double norman_radius_bohr;                   /* of the sphere that holds as much charge as the nucleus has */
  double coulomb_hartree[CUXAS_RADIAL_POINTS]; /* electrostatic, overlapped from all atoms of the cluster */
  double density[CUXAS_RADIAL_POINTS];         /* electrons per bohr^3, overlapped (not times 4 pi r^2) */
  double total_hartree[CUXAS_RADIAL_POINTS]; /* coulomb + ground-state exchange and correlation; where spheres overlap,
                                                  changed so that the sum over spheres is right; smooth across the radius */
} cuxas_scatterer;

typedef struct {
  size_t           n_scatterer;          /* unique potentials */
  cuxas_scatterer *scatterer;            /* (n_scatterer), owned */
  double           interstitial_hartree; /* total potential between the spheres, on the same zero as above */
  double           shift_hartree; /* what that is above the rule of cuxas_interstitial_solve(); 0 in FEFF's theory */
  double           interstitial_density; /* electrons per bohr^3 between the spheres */
  double           fermi_hartree;        /* Fermi level, on the same zero */
} cuxas_muffin_tin;

#define CUXAS_MUFFIN_TIN_REACH_A 6.5 /* atoms farther from a potential's atom do not count for it */

/* cuxas_muffin_tin_new() - superposition of free atoms (L. F. Mattheiss, Phys. Rev. 133, A1399 (1964)), not self-consistent
 *
 * A potential is made for the first atom of its kind in the cluster, so for the one nearest to the absorber, from all
 * atoms around that one. Muffin-tin radii follow Norman's prescription, averaged over touching Norman spheres by the
 * volume they share, and are enlarged by 0.7 of the gap to the Norman radius, but at most 15 %.
 * Arrays are meant up to the Norman radius and a little beyond: neighbours' nuclei are not resolved.
 *
 *   cluster   of a radius that holds CUXAS_MUFFIN_TIN_REACH_A around the first atom of each kind
 *   atom      (n_potential) free atoms, one for each unique potential; may repeat
 *   share     (n_potential) how many atoms each potential stands for in the average between the spheres, only ratios
 *             count; see cuxas_muffin_tin_shares()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE: shares not positive, or an atom without a Norman radius (too few neighbours);
 *          CUXAS_ENUMERIC; CUXAS_ENOMEM. The caller frees the result with cuxas_muffin_tin_free(). */
cuxas_status cuxas_muffin_tin_new(const cuxas_cluster *cluster, const cuxas_atom *const *atom, const double *share,
                                  cuxas_muffin_tin **ret_muffin_tin, cuxas_error *err);

/* cuxas_muffin_tin_shares() - atoms of each potential's element in the cell; the absorber, when others of its element are
 * in the cluster, counts next to nothing: it stands for itself alone
 *
 *   ret_share   (n_potential) */
void cuxas_muffin_tin_shares(const cuxas_crystal *crystal, const cuxas_cluster *cluster, double *ret_share);

/* cuxas_muffin_tin_copy() - with scatterers of its own; NULL: no memory. The caller frees it with cuxas_muffin_tin_free(). */
cuxas_muffin_tin *cuxas_muffin_tin_copy(const cuxas_muffin_tin *from);

/* cuxas_muffin_tin_free() - frees the scatterers and the struct; accepts NULL */
void cuxas_muffin_tin_free(cuxas_muffin_tin *muffin_tin);

/* what a neighbour's spherical function looks like from another atom's centre, spherically averaged
 *
 * L. F. Mattheiss, Phys. Rev. 133, A1399 (1964); P.-O. Lowdin, Adv. Phys. 5, 1 (1956): the average over a sphere of
 * radius r of f(|r - R|) is 1/(2 R r) times the integral of f(s) s ds from |R - r| to R + r. */

typedef struct {
  double value[CUXAS_RADIAL_POINTS];    /* f at the mesh points */
  double integral[CUXAS_RADIAL_POINTS]; /* of f(s) s ds from 0 to the mesh point */
} cuxas_overlap;

/* cuxas_overlap_init() - f times s is finite at the nucleus */
void cuxas_overlap_init(cuxas_overlap *overlap, const double value[CUXAS_RADIAL_POINTS]);

/* cuxas_overlap_average() - average over the sphere of radius r_bohr around a point distance_bohr away from f's centre
 *
 *   limit_bohr   f counts as 0 beyond; INFINITY: as far as the mesh goes
 *
 * Both radii > 0. */
double cuxas_overlap_average(const cuxas_overlap *overlap, double distance_bohr, double r_bohr, double limit_bohr);

#endif
