/* answer.h - which compound it is, how sure that is: three witnesses, one probability
 *
 * For every candidate there may be three witnesses: the prediction of its spectrum, its simulation, and a measured
 * spectrum of the same compound (a standard). The first two share theory's errors; they are averaged as hypotheses, with the
 * weights q and 1 - q, q = CUXAS_ANSWER_SIMULATION; where one is missing the other speaks alone. A standard is another matter:
 * two measurements of one compound agree far better than any theory does, and a standard that does not agree speaks against
 * its compound. With T = CUXAS_ANSWER_TEMPERATURE
 *
 *     ln w_i = ln (q exp(s_simulation / T) + (1 - q) exp(s_prediction / T)) + ln sum_k f_ik L_k(onset) + R(standard)
 *              + m_i ln CUXAS_ANSWER_APART - ln n_i
 *     R(s)   = (s - CUXAS_ANSWER_STANDARD_SCORE) / CUXAS_ANSWER_STANDARD_WIDTH, within A ... CUXAS_ANSWER_STANDARD_FOR,
 *              + (s - CUXAS_ANSWER_STANDARD_SAME) / CUXAS_ANSWER_STANDARD_WIDTH, within 0 ... CUXAS_ANSWER_STANDARD_FOR
 *     w_0    = exp(CUXAS_ANSWER_NONE_SCORE / T + R(missing)) mean_k L_k(onset) mean_m CUXAS_ANSWER_APART^m
 *              + U sum w' + F sum w",   R(missing) + r ln CUXAS_ANSWER_APART where it is positive
 *     p_i    = (1 - p_0) ((1 - CUXAS_ANSWER_FAILURE) w_i / sum w + CUXAS_ANSWER_FAILURE / (n n_i)),   p_0 = w_0 / (w_0 + sum w)
 *
 * n is how many compounds there are, n_i how many candidates of this one's formula, which together have what one alone has: many
 * polymorphs make a compound no more probable. f and L as in the surroundings; m is how many of the elements that are told the candidate lacks: each must be in something
 * else. Where none are told it is how many it has beside copper: of many elements there are so many compounds that each of them
 * is rarer. For w_0 it is every number up to those told alike, or those of the candidates. p_0 is the probability that it is none of the candidates: few candidates that agree no better than theory usually does
 * with the right one should not share all of the probability among them. `missing` is the best standard whose compound is not
 * among the candidates, r how many of its elements the sample cannot have by what is told. A is CUXAS_ANSWER_STANDARD_AGAINST, and nearer to 0 where nothing agrees, as of a noisy scan: where
 * theory's best is CUXAS_ANSWER_NOISY_SCORE or less it is 0. The second line of R is for what no other compound reaches.
 *
 * For what is listed there is what is not, which would agree as well by theory (w' is w without an R that is positive):
 * U = V + u / (1 - u), where u is the chance that the sample is of a chemical system without any candidate
 * (cuxas_hits_uncovered(); 0 where the elements are not told), and V is CUXAS_ANSWER_UNLISTED; 0 where CUXAS_ANSWER_LIBRARY
 * candidates and more were there before elements were told: libraries list what is common.
 *
 * Weak white lines are less telling than strong ones: saturation makes them of strong ones, and LaCuOS flattened looks like
 * Cu2S as it is (score 33; another measurement of the same CuO reaches 28 to 36). Therefore F = cuxas_answer_flattened(), and
 * w" is w without the second line of R, of candidates whose own standard agrees. No saturation is fitted there, so that no
 * price of fitting it would help.
 *
 * Candidates of a standard's structure type without a standard of their own (LaCuOSe beside LaCuOS) have the first line of its
 * R less CUXAS_ANSWER_RELATIVE where that is positive: isostructural compounds of related elements are as alike as two
 * measurements of one. Where the standard's structure is not among the candidates, formulas that differ in one element are
 * taken for that. CUXAS_ANSWER_FAILURE is the chance that all of this fails alike for the right compound.
 *
 * Where the constants come from: T, R and the failure are round numbers picked on 13 measured curves of 11 compounds against
 * the bundled library (a curve's own file is never its standard); cuxas-validate shows what they give, and how much less when T
 * and q are chosen without the compound that is asked for; p_0 is there so that the right compound, taken out of the candidates
 * of its elements, leaves no sure answer behind. */
#ifndef CUXAS_ANSWER_H
#define CUXAS_ANSWER_H
#include "cuxas/match.h"
#include "crystal/oxidation.h"
#include "cuxas/crystal.h"
#include "spectrum/edge_shape.h"

/* -- what is around copper: its oxidation state, coordination, ligands and their distance -- */

/* A Cu L2,3 edge decides the surroundings of copper far better than the compound: candidates with like surroundings have
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

enum { CUXAS_N_STATE = 3, CUXAS_MAX_COORDINATION = 12 };

/* Of one structure: parts of its copper sites. */
typedef struct cuxas_site_surroundings {
  bool   is_known;             /* false: no copper, or no rule gives its state; the rest is then 0 */
  double state[CUXAS_N_STATE]; /* Cu(0), Cu(I), Cu(II); sum 1, as have all of these */
  double coordination[CUXAS_MAX_COORDINATION + 1]; /* by number of neighbours; 12 and more in the last */
  double ligand[CUXAS_N_LIGANDS];                  /* by kind */
  double distance_A;                               /* mean distance from copper to its ligands; NaN without any */
} cuxas_site_surroundings;

/* How the energy axis of a measurement is tied to photon energies. */
typedef enum {
  CUXAS_AXIS_ABSORPTION, /* a beamline's monochromator */
  CUXAS_AXIS_EELS,       /* energy losses: read lower, and less well calibrated */
  CUXAS_AXIS_CALIBRATED, /* moved by a standard of the same session */
  CUXAS_AXIS_NOISY,      /* any of these, where noise makes the onset uncertain by CUXAS_ONSET_NOISY_EV and more */
  CUXAS_AXIS_UNKNOWN,    /* the onset says nothing */
} cuxas_axis;

#define CUXAS_ONSET_NOISY_EV 1.0

typedef struct {
  double                         score;        /* NaN: left out */
  const cuxas_site_surroundings *surroundings; /* borrowed */
} cuxas_surroundings_vote;

/* What the candidates say together. */
typedef struct {
  size_t n_candidate;          /* that had a say; 0: nothing is known, and all numbers are 0 */
  double effective;            /* 1 / sum w^2: how many candidates the answer rests on */
  double state[CUXAS_N_STATE]; /* probabilities, sum 1 */
  double
      none; /* part of the weights that no candidate has: what is known of it is the onset alone; the next sum to the rest */
  double mixed; /* of copper in more than one state in the same compound */
  double coordination[CUXAS_MAX_COORDINATION + 1];
  double ligand[CUXAS_N_LIGANDS];
  double distance_A, distance_sd_A; /* mean and spread; NaN without ligands */
} cuxas_surroundings;

#define CUXAS_SURROUNDINGS_TEMPERATURE 3.0
#define CUXAS_SURROUNDINGS_FEW 1.5 /* more by that for every e-fold fewer candidates: CUXAS_ANSWER_NONE_SCORE for one */
#define CUXAS_SURROUNDINGS_NONE_SCORE 16.0 /* of what is not among the candidates: others of its kind mostly are */

/* cuxas_surroundings_weigh() - from scores and the measured onset
 *
 *   vote      (n_vote)
 *   none      score of what is not among the candidates, in every state alike; NaN: left out
 *   onset_eV  measured onset of the first edge; NaN: not known
 *   axis      what to make of its absolute value */
cuxas_status cuxas_surroundings_weigh(const cuxas_surroundings_vote *vote, size_t n_vote, double none, double onset_eV,
                                      cuxas_axis axis, cuxas_surroundings *ret_surroundings, cuxas_error *err);

/* cuxas_surroundings_lean() - of two answers one: the part of what is around this copper, the rest of what was there; from a part of 0.5
 * on the distance is its own */
void cuxas_surroundings_lean(const cuxas_site_surroundings *on, double part, cuxas_surroundings *io);

/* cuxas_state_onset_likelihood() - density, 1/eV, of an L3 onset of copper in a state 0 ... 2; 1 for CUXAS_AXIS_UNKNOWN */
double cuxas_state_onset_likelihood(int state, double onset_eV, cuxas_axis axis);

/* cuxas_state_name() - "Cu(II)" for 2; static */
const char *cuxas_state_name(int state);

#define CUXAS_ANSWER_TEMPERATURE 4.0
#define CUXAS_ANSWER_SIMULATION 0.25
#define CUXAS_ANSWER_NONE_SCORE 24.0
#define CUXAS_ANSWER_UNLISTED                                                                                          \
  0.25 /* a compound that is not listed for every four: theory alone is never surer than that */
#define CUXAS_ANSWER_STANDARD_SCORE 20.0
enum { CUXAS_ANSWER_LIBRARY = 50 };
#define CUXAS_ANSWER_STANDARD_WIDTH 1.5
#define CUXAS_ANSWER_AXIS_OFF_EV                                                                                       \
  1.0 /* another place of the axis than where a standard agrees: beamlines differ by less */
#define CUXAS_ANSWER_STANDARD_SURE 26.0 /* of the 13 curves no standard of another structure type reaches that */
#define CUXAS_ANSWER_STANDARD_AGAINST (-3.0)
#define CUXAS_ANSWER_STANDARD_SAME                                                                                     \
  45.0 /* of the 13 curves, flattened or not, no standard of another compound reaches 43 */
#define CUXAS_ANSWER_FLATTENED                                                                                         \
  (1.0 / 3.0) /* as CUXAS_ANSWER_UNLISTED, of what saturates: none is claimed by theory and such a standard */
#define CUXAS_ANSWER_LINE_WEAK 1.75 /* Cu, Cu2S, CuS and LaCuOS are weaker as they are, Cu2O (3.2) at S = 1 */
#define CUXAS_ANSWER_LINE_STRONG 2.5
#define CUXAS_ANSWER_STANDARD_FOR 7.0
#define CUXAS_ANSWER_NOISY_SCORE 10.0
#define CUXAS_ANSWER_AGREEABLE_SCORE 25.0 /* from here on a standard that does not agree counts in full */
#define CUXAS_ANSWER_RELATIVE 1.0
#define CUXAS_ANSWER_APART 0.5 /* odds for every element apart from what is known (our choice, not fitted) */
#define CUXAS_ANSWER_FAILURE 0.1
#define CUXAS_ANSWER_LEVEL 0.9 /* part of the probability that a group holds */

/* Evidence on one candidate; NaN: there is no such witness. */
typedef struct {
  double                         prediction, simulation; /* scores (compare.h) */
  double                         standard;               /* of the best standard of the same compound */
  double                         relative;     /* of the best standard of a compound of the same structure type */
  const cuxas_site_surroundings *surroundings; /* borrowed; NULL or not known: as likely in every state */
  size_t                         n_apart;      /* elements apart from what is known (cuxas_formula_apart()) */
} cuxas_evidence;

/* What can be said. */
typedef enum {
  CUXAS_ANSWER_NOTHING,      /* no candidate, or none whose copper is known */
  CUXAS_ANSWER_SURROUNDINGS, /* what is around copper, but no compound */
  CUXAS_ANSWER_CANDIDATE,    /* there is one candidate: whether it agrees, not whether another would agree better */
  CUXAS_ANSWER_STANDARD,     /* a measured spectrum agrees whose compound is not among the candidates */
  CUXAS_ANSWER_SHORTLIST,    /* one of a few compounds */
  CUXAS_ANSWER_MIXTURE,      /* a sum of measured spectra describes what no single one does (mixture.h) */
  CUXAS_ANSWER_COMPOUND,     /* one compound, with a probability of CUXAS_ANSWER_COMPOUND_LEVEL and more */
} cuxas_answer_kind;

#define CUXAS_ANSWER_COMPOUND_LEVEL 0.7
enum { CUXAS_ANSWER_SHORTLIST_MAX = 6 };
#define CUXAS_ANSWER_SHORTLIST_LEAST 0.05 /* who is less probable is not named */
#define CUXAS_ANSWER_SHORTLIST_LEVEL 0.6  /* part of what is not `none` that a shortlist of so many holds at least */
#define CUXAS_ANSWER_NONE_LIKELY 0.5      /* from here on no compound is named: it is probably none of the candidates */

typedef struct cuxas_answer {
  cuxas_answer_kind kind;
  bool   is_ruled_out;  /* the best standard whose compound is not among the candidates has elements that are */
  bool   is_incomplete; /* it lacks elements that are required */
  double none;          /* probability that it is none of the candidates */
  double uncovered;     /* chance that the sample is of a chemical system without any candidate */
  double flattened;     /* other compounds, flattened, for one whose standard agrees (cuxas_answer_flattened()) */
  size_t n_compound;    /* those to name: 1 for a compound, up to CUXAS_ANSWER_SHORTLIST_MAX for a shortlist */
  size_t compound[CUXAS_ANSWER_SHORTLIST_MAX]; /* of each the index of its most probable candidate; by their sums */
  double onset_state[CUXAS_N_STATE];           /* by the onset alone, each state as likely before; sum 1 */
  size_t n_group; /* candidates that together hold CUXAS_ANSWER_LEVEL of what is not `none` */
  cuxas_surroundings surroundings;
} cuxas_answer;

/* What is known beside the candidates. */
typedef struct {
  double                          onset_eV;    /* measured onset of the first edge; NaN: not known */
  cuxas_axis                      axis;        /* what to make of its absolute value */
  double                          temperature; /* CUXAS_ANSWER_TEMPERATURE, unless that is what is asked, as the next */
  double                          simulation;  /* CUXAS_ANSWER_SIMULATION: weight of simulations beside predictions */
  const char *const              *opt_formula; /* (n of the evidence): candidates of one formula are one compound, whose
                                                  probabilities are added up; NULL: each is one of its own */
  const cuxas_composition_filter *opt_filter;  /* what is known of the sample's elements; borrowed; NULL: nothing */
  double                          uncovered;   /* cuxas_hits_uncovered() */
  double                          unlisted;    /* compounds that are not listed for one that is */
  double                          flattened;   /* cuxas_answer_flattened(); 0: nothing saturates */
  double missing; /* score of the best standard whose compound is not among the candidates; NaN: there is none */
  cuxas_site_surroundings missing_surroundings; /* of its copper, as far as they are known */
  size_t                  missing_ruled_out;    /* elements of it that the sample cannot have */
  bool keeps_standards; /* those of candidates that are left out stay known, as where elements are ruled out */
} cuxas_answer_context;

/* cuxas_answer_context_of() - with the usual constants */
cuxas_answer_context cuxas_answer_context_of(double onset_eV, cuxas_axis axis);

/* cuxas_answer_flattened() - other compounds, flattened, for one whose standard agrees: CUXAS_ANSWER_FLATTENED where the first edge
 * rises to CUXAS_ANSWER_LINE_WEAK times the step behind it or less, 0 from CUXAS_ANSWER_LINE_STRONG on, and where the height is not known */
double cuxas_answer_flattened(const cuxas_edge_shape *shape);

/* cuxas_answer_axis() - what the first edge's onset is worth: as its axis, unless noise hides it */
static inline cuxas_axis cuxas_answer_axis(const cuxas_edge_shape *shape, cuxas_axis axis)
{
  return shape->n_edge > 0 && shape->edge[0].onset_eV.sd >= CUXAS_ONSET_NOISY_EV ? CUXAS_AXIS_NOISY : axis;
}

/* cuxas_answer_find() - from the evidence on all candidates
 *
 *   evidence         (n); a candidate without any witness has probability 0
 *   ret_probability  (n) sum 1 less `none`, or all 0
 *   ret_is_in_group  (n) the most probable ones that together hold CUXAS_ANSWER_LEVEL of that; equal ones by index
 *
 * The surroundings are those of all candidates, weighed by the surroundings' own temperature with the best witness of theory,
 * a standard's R added. Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_answer_find(const cuxas_evidence *evidence, size_t n, const cuxas_answer_context *context,
                               double *ret_probability, bool *ret_is_in_group, cuxas_answer *ret_answer,
                               cuxas_error *err);

/* Rankings of one measurement by each kind of witness. */
typedef struct {
  cuxas_hits *hits;          /* by prediction; spectra among the candidates are standards of their own */
  cuxas_hits *opt_simulated; /* of the same structures, known by their labels; NULL: none */
  cuxas_hits *opt_standards; /* measured spectra, those marked is_query left out; NULL: none */
} cuxas_witnesses;

/* cuxas_answer_without() - the answer if some candidates were not known; changes none of the rankings
 *
 *   is_left_out      (hits->n_hit) these are taken out, and what their standards say unless context->keeps_standards; NULL: none
 *   ret_probability  (hits->n_hit) as above, as the next
 *   ret_is_in_group  (hits->n_hit)
 *
 * A standard belongs to the candidates of its compound: those of the formula that its name begins with. What standards
 * and the filter tell of the context is found here.
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_answer_without(const cuxas_witnesses *from, const bool *is_left_out,
                                  const cuxas_answer_context *context, double *ret_probability, bool *ret_is_in_group,
                                  cuxas_answer *ret_answer, cuxas_error *err);

/* cuxas_answer_is_relative() - the same kind of formula (LaCuOS, ZrCuSiAs), the same states and numbers of neighbours; false
 * where these are not known */
bool cuxas_answer_is_relative(const cuxas_hit *a, const cuxas_hit *b);

/* cuxas_answer_missing() - the best standard whose compound is not among the candidates, where it agrees; NULL: none does */
const cuxas_hit *cuxas_answer_missing(const cuxas_hits *hits, const cuxas_hits *opt_standards);

/* cuxas_answer_agrees() - does a measured spectrum of this score agree with the measurement? The one rule of all that is told and counted */
static inline bool cuxas_answer_agrees(double score)
{
  return score >= CUXAS_ANSWER_STANDARD_SCORE;
}

/* cuxas_answer_agreeing() - the best standard that agrees and is not the measurement itself; NULL: none does */
const cuxas_hit *cuxas_answer_agreeing(const cuxas_hits *opt_standards);

/* cuxas_answer_fill() - the answer of all witnesses: fills support and is_in_group of hits and simulated hits */
cuxas_status cuxas_answer_fill(const cuxas_witnesses *from, const cuxas_answer_context *context,
                               cuxas_answer *ret_answer, cuxas_error *err);

#endif
