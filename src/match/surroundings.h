/* surroundings.h - what is around copper: its oxidation state, coordination, ligands and their distance
 *
 * A Cu L2,3 edge decides the surroundings of copper far better than the compound: candidates with like surroundings have
 * like spectra, so a sum over candidates is steadier than the choice of one, and it is right also when the compound itself
 * is not among them. Every candidate i with score s_i (compare.h) has the weight
 *
 *     w_i = exp(s_i / T) * sum_k f_ik L_k(onset),      T = CUXAS_SURROUNDINGS_TEMPERATURE,
 *
 * f_ik the part of its copper in the state k, L_k the likelihood of the measured onset of the first edge in that state. A
 * property's probability is its part of the weights, each candidate divided over its sites. Scores are tempered because
 * neighbouring errors of theory go together: they are surer of themselves than they are right.
 *
 * * Onsets by state are those of published spectra on calibrated axes: M. Grioni et al., Phys. Rev. B 39, 1541 (1989) and 45, 3309
 * (1992) for Cu, Cu2O and CuO; S. W. Goh et al., Geochim. Cosmochim. Acta 70, 2210 (2006) for sulfides. The error of a
 * beamline's axis is added to each window's width.
 *
 * States here follow the edge, not the counting of electrons: copper whose ligands are S, Se, Te, P or As has its 3d shell
 * full whatever the formula says, and counts as Cu(I); copper among metals is Cu(0); Cu(III) is counted with Cu(II). */
#ifndef CUXAS_SURROUNDINGS_H
#define CUXAS_SURROUNDINGS_H

#include "crystal/oxidation.h"
#include "cuxas/crystal.h"

enum { CUXAS_N_STATE = 3, CUXAS_MAX_COORDINATION = 12 };

/* Of one structure: parts of its copper sites. */
typedef struct cuxas_site_surroundings {
  bool   is_known;             /* false: no copper, or no rule gives its state; the rest is then 0 */
  double state[CUXAS_N_STATE]; /* Cu(0), Cu(I), Cu(II); sum 1, as have all of these */
  double coordination[CUXAS_MAX_COORDINATION + 1]; /* by number of neighbours; 12 and more in the last */
  double ligand[CUXAS_N_LIGANDS];                  /* by kind */
  double distance_A;                               /* mean distance from copper to its ligands; NaN without any */
} cuxas_site_surroundings;

/* cuxas_surroundings_find() - of a crystal's copper
 *
 *   site, multiplicity (n_site) its distinct copper sites
 *   ret_surroundings  is_known false where nothing can be said, which is no error
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_surroundings_find(const cuxas_crystal *crystal, const size_t *site, const size_t *multiplicity,
                                     size_t n_site, cuxas_site_surroundings *ret_surroundings, cuxas_error *err);

/* How the energy axis of a measurement is tied to photon energies. */
typedef enum {
  CUXAS_AXIS_ABSORPTION, /* a beamline's monochromator */
  CUXAS_AXIS_EELS,       /* energy losses: read lower, and less well calibrated */
  CUXAS_AXIS_CALIBRATED, /* moved by a standard of the same session */
  CUXAS_AXIS_UNKNOWN,    /* the onset says nothing */
} cuxas_axis;

typedef struct {
  double                         score;        /* NaN: left out */
  const cuxas_site_surroundings *surroundings; /* borrowed */
} cuxas_surroundings_vote;

/* What the candidates say together. */
typedef struct {
  size_t n_candidate;          /* that had a say; 0: nothing is known, and all numbers are 0 */
  double effective;            /* 1 / sum w^2: how many candidates the answer rests on */
  double state[CUXAS_N_STATE]; /* probabilities, sum 1 */
  double mixed;                /* of copper in more than one state in the same compound */
  double coordination[CUXAS_MAX_COORDINATION + 1];
  double ligand[CUXAS_N_LIGANDS];
  double distance_A, distance_sd_A; /* mean and spread; NaN without ligands */
} cuxas_surroundings;

#define CUXAS_SURROUNDINGS_TEMPERATURE 3.0

/* cuxas_surroundings_weigh() - from scores and the measured onset
 *
 *   vote      (n_vote)
 *   onset_eV  measured onset of the first edge; NaN: not known
 *   axis      what to make of its absolute value */
cuxas_status cuxas_surroundings_weigh(const cuxas_surroundings_vote *vote, size_t n_vote, double onset_eV,
                                      cuxas_axis axis, cuxas_surroundings *ret_surroundings, cuxas_error *err);

/* cuxas_state_onset_likelihood() - density, 1/eV, of an L3 onset of copper in a state 0 ... 2; 1 for CUXAS_AXIS_UNKNOWN */
double cuxas_state_onset_likelihood(int state, double onset_eV, cuxas_axis axis);

/* cuxas_state_name() - "Cu(II)" for 2; static */
const char *cuxas_state_name(int state);

#endif
