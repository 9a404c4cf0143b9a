/* support.h - which candidates cannot be told apart by their ranking alone? What a calibration asks; the answer of a match
 * (match/answer.h) knows more witnesses
 *
 * Structures that a model predicts. How well the right compound does among unrelated ones is known from compounds held out
 * from training: its p-value (significance.h) has the density g(p) ~ (1 + p / CUXAS_SUPPORT_P)^-CUXAS_SUPPORT_POWER, while that
 * of an unrelated compound is uniform. Simulated queries know nothing of theory's failures: in the part CUXAS_SUPPORT_FAILURE
 * of the cases the right compound does no better than others. So, if one of the candidates is the right one, it is candidate
 * i with the probability
 *     support_i = h(p_i) / sum over all candidates of h(p),   h = (1 - CUXAS_SUPPORT_FAILURE) g + CUXAS_SUPPORT_FAILURE
 * (Bayes' rule). h flattens where p falls below CUXAS_SUPPORT_P: a prediction with errors of its own that agrees best by far is
 * hardly more often right than the next one. Scale and power are the most likely ones for simulated queries against
 * held-out predictions; `cuxas-model calibrate` prints them, and how often supported candidates and groups are right. The part of
 * failures is a round number: 2 of the 11 measured compounds of refdb/compounds.csv have a p-value above 0.3.
 *
 * Simulated and measured spectra, for which there is no such p-value: how often each would come out best if everything
 * were done again. In every replicate
 *   - the energies compared are drawn anew, in blocks, because neighbouring residuals are alike (moving block bootstrap:
 *     H. R. Kuensch, Ann. Statist. 17, 1217 (1989)); as many blocks as the score takes a spectrum to hold independent numbers;
 *   - every score gets a normal error of sqrt(N / 2), N = 20: the standard deviation of N / 2 ln of a mean square of N normal
 *     numbers, which is what S is. A prediction's errors are one draw; another one, or the measurement's own, would be as
 *     likely;
 * and the candidate with the largest score S (compare.h) of the points drawn wins. Points are drawn after the whitening that S
 * stands on, and offset, slope and gain are fitted to them anew; shift, width and core-hole fraction stay as they were found.
 * Every candidate's scores are centred on the one it ranks by (B. Efron and R. J. Tibshirani, An Introduction to the
 * Bootstrap, 1993, chapter 10). Its support is the part of the replicates
 * that a candidate wins. Like the
 * bootstrap support of a phylogenetic tree (J. Felsenstein, Evolution 39, 783 (1985)) it says how well the data decide
 * between these candidates, not whether the right one is among them. `cuxas-model calibrate` compares it with how often supported
 * candidates are right. */
#ifndef CUXAS_SUPPORT_H
#define CUXAS_SUPPORT_H
#include "cuxas/match.h"

#include <stdint.h>

#define CUXAS_SUPPORT_P 0.013
#define CUXAS_SUPPORT_POWER 1.5
#define CUXAS_SUPPORT_FAILURE 0.1
#define CUXAS_SUPPORT_LEVEL 0.9 /* part of the support that a group holds (our choice) */
enum { CUXAS_SUPPORT_REPLICATES = 200, CUXAS_SUPPORT_CONTENDERS = 24 };

/* One candidate's curve on the query's grid, scaled as it was compared. */
typedef struct {
  const double *curve; /* (n_energy) finite */
  double        score; /* by which it ranks, with all priors */
} cuxas_contender;

/* cuxas_support_from_p() - of predicted structures, by their p-values
 *
 *   p_value      (n) NaN: not known
 *   ret_support  (n) sum 1 over those that are known; NaN for the others */
void cuxas_support_from_p(const double *p_value, size_t n, double *ret_support);

/* cuxas_support_density() - g(p), with integral 1 from 0 to 1; scale > 0, power > 1 */
double cuxas_support_density(double p_value, double scale, double power);

typedef struct {
  size_t   n; /* > 0 */
  uint64_t seed;
} cuxas_replicates;

/* cuxas_support() - part of the replicates that each contender wins
 *
 *   grid         of all curves
 *   measured     (n_energy) scaled as it was compared
 *   contender    (n_contender)
 *   ret_support  (n_contender) sum 1
 *
 * Deterministic: the seed decides. Returns  CUXAS_OK; CUXAS_ERANGE nothing to compare; CUXAS_ENOMEM. */
cuxas_status cuxas_support(cuxas_grid grid, const double *measured, const cuxas_contender *contender,
                           size_t n_contender, cuxas_replicates replicates, double *ret_support, cuxas_error *err);

/* cuxas_support_group() - the fewest contenders that together hold the level
 *
 *   support   (n) NaN: never in the group
 *   ret_is_in (n) true for those in it; of equal supports the earlier first
 *
 * Returns  how many they are. */
size_t cuxas_support_group(const double *support, size_t n, double level, bool *ret_is_in);

#endif
