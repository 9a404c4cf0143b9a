/* answer.h - which compound it is, how sure that is: three witnesses, one probability
 *
 * For every candidate there may be three witnesses: the prediction of its spectrum, its simulation, and a measured
 * spectrum of the same compound (a standard). The first two share theory's errors; of those that exist one is as good as
 * the other, so they are averaged as hypotheses. A standard is another matter: two measurements of one compound agree far better than
 * any theory does, and a standard that does not agree speaks against its compound. With T = CUXAS_ANSWER_TEMPERATURE
 *
 *     ln w_i = ln mean over {prediction, simulation} exp(s / T) + ln sum_k f_ik L_k(onset) + R(standard)
 *     R(s)   = (s - CUXAS_ANSWER_STANDARD_SCORE) / CUXAS_ANSWER_STANDARD_WIDTH, within CUXAS_ANSWER_STANDARD_AGAINST ... _FOR
 *     p_i    = (1 - CUXAS_ANSWER_FAILURE) w_i / sum w + CUXAS_ANSWER_FAILURE / n
 *
 * f and L as in surroundings.h. Candidates of a standard's structure type without a standard of their own
 * (LaCuOSe beside LaCuOS) have R less CUXAS_ANSWER_RELATIVE where that is positive: isostructural compounds of related elements are as alike as two
 * measurements of one. The last line is the chance that all of this fails alike for the right compound.
 *
 * Where the constants come from: T, R and the failure are round numbers picked on 13 measured curves of 11 compounds against
 * the bundled library (a curve's own file is never its standard); cuxas-validate shows what they give, and how much less when they are chosen without the
 * compound that is asked for. */
#ifndef CUXAS_ANSWER_H
#define CUXAS_ANSWER_H

#include "cuxas/match.h"
#include "match/surroundings.h"

#define CUXAS_ANSWER_TEMPERATURE 4.0
#define CUXAS_ANSWER_STANDARD_SCORE 19.0
#define CUXAS_ANSWER_STANDARD_WIDTH 1.5
#define CUXAS_ANSWER_STANDARD_AGAINST (-3.0)
#define CUXAS_ANSWER_STANDARD_FOR 7.0
#define CUXAS_ANSWER_RELATIVE 1.0
#define CUXAS_ANSWER_FAILURE 0.1
#define CUXAS_ANSWER_LEVEL 0.9 /* part of the probability that a group holds */

/* Evidence on one candidate; NaN: there is no such witness. */
typedef struct {
  double                         prediction, simulation; /* scores (compare.h) */
  double                         standard;               /* of the best standard of the same compound */
  double                         relative;     /* of the best standard of a compound of the same structure type */
  const cuxas_site_surroundings *surroundings; /* borrowed; NULL or not known: as likely in every state */
} cuxas_evidence;

/* What can be said. */
typedef enum {
  CUXAS_ANSWER_NOTHING,      /* no candidate, or the curve says nothing */
  CUXAS_ANSWER_SURROUNDINGS, /* what is around copper, but no compound */
  CUXAS_ANSWER_SHORTLIST,    /* one of a few compounds */
  CUXAS_ANSWER_COMPOUND,     /* one compound, with a probability of CUXAS_ANSWER_COMPOUND_LEVEL and more */
} cuxas_answer_kind;

#define CUXAS_ANSWER_COMPOUND_LEVEL 0.7
enum { CUXAS_ANSWER_SHORTLIST_MAX = 6 };
#define CUXAS_ANSWER_SHORTLIST_LEVEL 0.6 /* part of the probability that a shortlist of so many holds at least */

typedef struct cuxas_answer {
  cuxas_answer_kind  kind;
  size_t             n_compound; /* those to name: 1 for a compound, up to CUXAS_ANSWER_SHORTLIST_MAX for a shortlist */
  size_t             compound[CUXAS_ANSWER_SHORTLIST_MAX]; /* indices of evidence, most probable first */
  size_t             n_group;                              /* candidates that together hold CUXAS_ANSWER_LEVEL */
  cuxas_surroundings surroundings;
} cuxas_answer;

/* What is known beside the candidates. */
typedef struct {
  double     onset_eV;    /* measured onset of the first edge; NaN: not known */
  cuxas_axis axis;        /* what to make of its absolute value */
  double     temperature; /* CUXAS_ANSWER_TEMPERATURE, unless that is what is asked */
} cuxas_answer_context;

/* cuxas_answer_find() - from the evidence on all candidates
 *
 *   evidence         (n); a candidate without any witness has probability 0
 *   ret_probability  (n) sum 1, or all 0
 *   ret_is_in_group  (n) the most probable ones that together hold CUXAS_ANSWER_LEVEL; equal ones by index
 *
 * The surroundings are those of all candidates, weighed by surroundings.h's own temperature with the best witness of theory,
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
 *   is_left_out      (hits->n_hit) these, and with them what their standards say, are taken out; NULL: none
 *   ret_probability  (hits->n_hit) as above, as the next
 *   ret_is_in_group  (hits->n_hit)
 *
 * A standard belongs to the candidates of its compound: those of the formula that its name begins with.
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_answer_without(const cuxas_witnesses *from, const bool *is_left_out,
                                  const cuxas_answer_context *context, double *ret_probability, bool *ret_is_in_group,
                                  cuxas_answer *ret_answer, cuxas_error *err);

/* cuxas_answer_is_relative() - the same kind of formula (LaCuOS, ZrCuSiAs), the same states and numbers of neighbours; false
 * where these are not known */
bool cuxas_answer_is_relative(const cuxas_hit *a, const cuxas_hit *b);

/* cuxas_answer_fill() - the answer of all witnesses: fills support and is_in_group of hits and simulated hits */
cuxas_status cuxas_answer_fill(const cuxas_witnesses *from, const cuxas_answer_context *context,
                               cuxas_answer *ret_answer, cuxas_error *err);

#endif
