/* muffin_tin_priv.h - the potential that photoelectrons scatter in: spheres around atoms, a constant between them
 *
 * One potential for each kind of atom ("unique potential"): 0 is the absorber, the others one per element. Inside a
 * sphere it is the overlapped atomic potential, spherically averaged; outside all spheres it is constant. */
#ifndef CUXAS_MUFFIN_TIN_PRIV_H
#define CUXAS_MUFFIN_TIN_PRIV_H
#include "simulate/radial_priv.h"
#include "cuxas/status.h"

typedef struct {
  int    atomic_number;
  double muffin_tin_radius_bohr; /* of the (overlapping) sphere that scatters */
  double norman_radius_bohr;     /* of the sphere that holds as much charge as the nucleus has */
  double coulomb_hartree[CUXAS_RADIAL_POINTS]; /* electrostatic, overlapped from all atoms of the cluster */
  double density[CUXAS_RADIAL_POINTS];         /* electrons per bohr^3, overlapped (not times 4 pi r^2) */
  double total_hartree[CUXAS_RADIAL_POINTS];   /* coulomb + ground-state exchange and correlation */
} cuxas_scatterer;

typedef struct {
  size_t           n_scatterer; /* unique potentials */
  cuxas_scatterer *scatterer;   /* (n_scatterer), owned */
  double           interstitial_hartree; /* total potential between the spheres, on the same zero as above */
  double           interstitial_density; /* electrons per bohr^3 between the spheres */
  double           fermi_hartree;        /* Fermi level, on the same zero */
} cuxas_muffin_tin;

/* cuxas_muffin_tin_free() - frees the scatterers and the struct; accepts NULL */
void cuxas_muffin_tin_free(cuxas_muffin_tin *muffin_tin);

#endif
