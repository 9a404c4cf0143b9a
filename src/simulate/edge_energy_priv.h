/* edge_energy_priv.h - at which photon energy an edge begins
 *
 * The energy that takes a core electron from a free atom, as a difference of self-consistent total energies, changed by
 * what the neighbours' electrostatic potential does to the core level. Not in it: the Fermi level, screening of the
 * core hole by the solid, and interactions beyond Dirac and Coulomb; FEFF leaves out the first, too. What is left is a
 * constant for each edge, and is taken from FEFF 10 for copper once, so that both count photon energies from the same
 * zero (CORRECTIONS in edge.c). Real edges are 1 to 4 eV lower. */
#ifndef CUXAS_EDGE_ENERGY_PRIV_H
#define CUXAS_EDGE_ENERGY_PRIV_H
#include "simulate/atom_priv.h"
#include "simulate/muffin_tin_priv.h"
#include "cuxas/status.h"

/* cuxas_edge_energy_atomic() - the same for all sites of an element: compute it once
 *
 *   atom            the neutral atom, exact exchange
 *   n, kappa        the core orbital, one of the K to L3 shells
 *   ret_energy_eV   photon energy of the edge of the free atom
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no such electrons; CUXAS_ENUMERIC, CUXAS_ENOMEM from the atom with a hole.
 * Cost     that of an atom, some hundredths of a second. */
cuxas_status cuxas_edge_energy_atomic(const cuxas_atom *atom, int n, int kappa, double *ret_energy_eV,
                                      cuxas_error *err);

/* cuxas_edge_energy_at_fermi() - photon energy that lifts the core electron to the Fermi level at one site, eV
 *
 *   atomic_eV   from cuxas_edge_energy_atomic()
 *   core        the orbital in the neutral atom
 *   absorber    potential of the absorber as superposed from neutral atoms, not self-consistent (as FEFF does) */
double cuxas_edge_energy_at_fermi(double atomic_eV, const cuxas_atom *atom, const cuxas_orbital *core,
                                  const cuxas_scatterer *absorber);

#endif
