/* free_atoms.h - the crystal and the atoms that tests of potentials begin with */
#ifndef FREE_ATOMS_H
#define FREE_ATOMS_H
#include "simulate/muffin_tin_priv.h"

#include <stdbool.h>

enum { MAX_POTENTIAL = 4 };

/* Free atoms of a cluster's potentials, potentials of the same element sharing one. */
typedef struct {
  cuxas_atom       *owned[MAX_POTENTIAL];
  const cuxas_atom *atom[MAX_POTENTIAL];
} atoms;

static inline bool make_atoms(const cuxas_cluster *cluster, atoms *ret)
{
  *ret = (atoms){{NULL}, {NULL}};
  for (size_t i = 0; i < cluster->n_potential; i++) {
    for (size_t j = 0; j < i; j++)
      if (cluster->atomic_number[j] == cluster->atomic_number[i]) ret->atom[i] = ret->atom[j];
    if (ret->atom[i] != NULL) continue;
    if (cuxas_atom_new(cluster->atomic_number[i], &(cuxas_atom_settings){.has_own_exchange = true}, &ret->owned[i],
                       NULL) != CUXAS_OK)
      return false;
    ret->atom[i] = ret->owned[i];
  }
  return true;
}

static inline void free_atoms(atoms *a)
{
  for (size_t i = 0; i < MAX_POTENTIAL; i++) cuxas_atom_free(a->owned[i]);
}

static inline cuxas_crystal *rock_salt(int cation, int anion, double a_A)
{
  static const double HALF[4][3] = {{0, 0, 0}, {0.5, 0.5, 0}, {0.5, 0, 0.5}, {0, 0.5, 0.5}};
  cuxas_crystal      *crystal    = cuxas_crystal_new(8);
  for (int k = 0; k < 3; k++) crystal->lattice_A[k][k] = a_A;
  for (int i = 0; i < 8; i++) {
    crystal->atomic_number[i] = i < 4 ? cation : anion;
    for (int k = 0; k < 3; k++) crystal->fractional[i][k] = HALF[i % 4][k] + (i < 4 ? 0.0 : 0.5);
  }
  return crystal;
}

#endif
