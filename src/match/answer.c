/* One answer from all witnesses (answer.h).
 *
 * Contents: 1. weights  2. groups and what can be said  3. all of it */
#include "match/answer.h"

#include "base/memory.h"

#include <gsl/gsl_math.h>
#include <math.h>
#include <stdlib.h>

#define UNKNOWN_STATE (1.0 / CUXAS_N_STATE)

/* 1. weights */

/* ln mean of exp(s / T) over the witnesses of theory, times T: a score again. NaN: there is none. */
static double score_of_theory(const cuxas_evidence *of, double temperature)
{
  if (isnan(of->prediction)) return of->simulation;
  if (isnan(of->simulation)) return of->prediction;
  const double high = fmax(of->prediction, of->simulation), low = fmin(of->prediction, of->simulation);
  return high + temperature * (log1p(exp((low - high) / temperature)) - M_LN2);
}

static double weight_of_standard(const cuxas_evidence *of)
{
  const bool   is_own = !isnan(of->standard);
  const double score  = is_own ? of->standard : of->relative;
  if (isnan(score)) return 0.0;
  const double ratio = (score - CUXAS_ANSWER_STANDARD_SCORE) / CUXAS_ANSWER_STANDARD_WIDTH;
  const double bound = fmin(fmax(ratio, CUXAS_ANSWER_STANDARD_AGAINST), CUXAS_ANSWER_STANDARD_FOR);
  return is_own ? bound : fmax(bound - CUXAS_ANSWER_RELATIVE, 0.0);
}

/* ln of how likely the onset is in this candidate's states. */
static double weight_of_onset(const cuxas_site_surroundings *opt_of, const double likelihood[CUXAS_N_STATE])
{
  const bool is_known = opt_of != NULL && opt_of->is_known;
  double     sum      = 0.0;
  for (size_t k = 0; k < CUXAS_N_STATE; k++) sum += (is_known ? opt_of->state[k] : UNKNOWN_STATE) * likelihood[k];
  return log(sum);
}

/* A candidate known by its standard alone is as good as theory's best: its spectrum is there, no theory is missing. */
static double theory_or_best(const cuxas_evidence *of, double best)
{
  const double score = score_of_theory(of, CUXAS_ANSWER_TEMPERATURE);
  if (!isnan(score)) return score;
  return isnan(of->standard) ? NAN : best;
}

static void find_weights(const cuxas_evidence *evidence, size_t n, const double likelihood[CUXAS_N_STATE],
                         double *ret_log_weight)
{
  double best = -INFINITY;
  for (size_t i = 0; i < n; i++) best = fmax(best, score_of_theory(&evidence[i], CUXAS_ANSWER_TEMPERATURE));
  if (isinf(best)) best = 0.0;
  for (size_t i = 0; i < n; i++)
    ret_log_weight[i] = theory_or_best(&evidence[i], best) / CUXAS_ANSWER_TEMPERATURE +
                        weight_of_onset(evidence[i].surroundings, likelihood) + weight_of_standard(&evidence[i]);
}

/* From logarithms, NaN for those without a say, to probabilities. */
static void normalise(double *io, size_t n)
{
  double best = -INFINITY, sum = 0.0;
  size_t n_said = 0;
  for (size_t i = 0; i < n; i++) best = fmax(best, io[i]);
  for (size_t i = 0; i < n; i++) {
    if (isnan(io[i])) continue;
    sum += exp(io[i] - best);
    n_said++;
  }
  for (size_t i = 0; i < n; i++)
    io[i] = isnan(io[i])
                ? 0.0
                : (1.0 - CUXAS_ANSWER_FAILURE) * exp(io[i] - best) / sum + CUXAS_ANSWER_FAILURE / (double)n_said;
}

/* 2. groups and what can be said */

typedef struct {
  double probability;
  size_t index;
} place;

static int by_probability(const void *a, const void *b)
{
  const place *left = a, *right = b;
  if (left->probability != right->probability) return left->probability > right->probability ? -1 : 1;
  return left->index < right->index ? -1 : 1;
}

static void find_group(const place *order, size_t n, bool *ret_is_in_group, cuxas_answer *io)
{
  double held = 0.0;
  for (size_t i = 0; i < n; i++) ret_is_in_group[i] = false;
  for (size_t i = 0; i < n && held < CUXAS_ANSWER_LEVEL - 1e-9 && order[i].probability > 0.0; i++) {
    held += order[i].probability;
    ret_is_in_group[order[i].index] = true;
    io->n_group++;
  }
}

static void find_kind(const place *order, size_t n, cuxas_answer *io)
{
  double held = 0.0;
  io->kind    = io->surroundings.n_candidate > 0 ? CUXAS_ANSWER_SURROUNDINGS : CUXAS_ANSWER_NOTHING;
  for (size_t i = 0; i < n && i < CUXAS_ANSWER_SHORTLIST_MAX && order[i].probability > 0.0; i++) {
    io->compound[i] = order[i].index;
    held += order[i].probability;
    io->n_compound = i + 1;
    if (i == 0 && held >= CUXAS_ANSWER_COMPOUND_LEVEL) {
      io->kind = CUXAS_ANSWER_COMPOUND;
      return;
    }
    if (held >= CUXAS_ANSWER_LEVEL) break;
  }
  if (held >= CUXAS_ANSWER_SHORTLIST_LEVEL && io->n_compound > 0) io->kind = CUXAS_ANSWER_SHORTLIST;
}

/* 3. all of it */

static cuxas_status find_surroundings(const cuxas_evidence *evidence, size_t n, double onset_eV, cuxas_axis axis,
                                      cuxas_surroundings *ret_surroundings, cuxas_error *err)
{
  cuxas_surroundings_vote *vote = cuxas_new(err, n, sizeof *vote);
  if (vote == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++)
    vote[i] = (cuxas_surroundings_vote){score_of_theory(&evidence[i], CUXAS_SURROUNDINGS_TEMPERATURE) +
                                            CUXAS_SURROUNDINGS_TEMPERATURE * weight_of_standard(&evidence[i]),
                                        evidence[i].surroundings};
  const cuxas_status status = cuxas_surroundings_weigh(vote, n, onset_eV, axis, ret_surroundings, err);
  free(vote);
  return status;
}

cuxas_status cuxas_answer_find(const cuxas_evidence *evidence, size_t n, double onset_eV, cuxas_axis axis,
                               double *ret_probability, bool *ret_is_in_group, cuxas_answer *ret_answer,
                               cuxas_error *err)
{
  double       likelihood[CUXAS_N_STATE];
  cuxas_status status;

  *ret_answer  = (cuxas_answer){.kind = CUXAS_ANSWER_NOTHING};
  place *order = cuxas_new(err, n, sizeof *order);
  if (order == NULL) return CUXAS_ENOMEM;
  if ((status = find_surroundings(evidence, n, onset_eV, axis, &ret_answer->surroundings, err)) != CUXAS_OK) goto done;
  for (int k = 0; k < CUXAS_N_STATE; k++) likelihood[k] = cuxas_state_onset_likelihood(k, onset_eV, axis);
  find_weights(evidence, n, likelihood, ret_probability);
  normalise(ret_probability, n);
  for (size_t i = 0; i < n; i++) order[i] = (place){ret_probability[i], i};
  qsort(order, n, sizeof *order, by_probability);
  find_group(order, n, ret_is_in_group, ret_answer);
  find_kind(order, n, ret_answer);
done:
  free(order);
  return status;
}
