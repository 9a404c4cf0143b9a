/* site_potential_priv.h - what all spectra of one site share: its cluster and the potentials in it, with and without hole */
#ifndef CUXAS_SITE_POTENTIAL_PRIV_H
#define CUXAS_SITE_POTENTIAL_PRIV_H
#include "cuxas/simulate.h"
#include "simulate/muffin_tin_priv.h"
#include "simulate/screening_priv.h"

typedef struct {
  cuxas_cluster     *cluster;      /* all atoms that overlap with one that has a potential made for it; owned */
  cuxas_cluster      inner;        /* those that scatter: its first atoms, not owned */
  const cuxas_atom **atom;         /* (n_potential), owned; the atoms are not */
  cuxas_muffin_tin  *muffin_tin;   /* without core hole, owned */
  cuxas_scatterer    superposed;   /* the absorber's potential before self-consistency */
  int                n_scf;        /* iterations; 0: not asked for */
  double             core_hartree; /* states below belong to the core */
  cuxas_screening   *screening;    /* of the absorber, owned; NULL until asked for */
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
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC a response that is not plausible; CUXAS_ENOMEM; and as cuxas_screening_new(). */
cuxas_status cuxas_site_potential_with_hole(cuxas_site_potential *potential, const cuxas_orbital *core,
                                            cuxas_muffin_tin **ret_muffin_tin, cuxas_error *err);

#endif
