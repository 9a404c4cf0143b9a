/* One answer from all witnesses (answer.h).
 *
 * Contents: 1. weights  2. groups and what can be said  3. all of it  4. evidence from rankings  5. the answer of a ranking */
#include "match/answer.h"
#include "match/hits.h"
#include "base/memory.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNKNOWN_STATE (1.0 / CUXAS_N_STATE)

/* 1. weights */

/* ln of the weighed sum of exp(s / T) over the witnesses of theory, times T: a score again. NaN: there is none. */
static double score_of_theory(const cuxas_evidence *of, double temperature, double q)
{
  if (isnan(of->prediction)) return of->simulation;
  if (isnan(of->simulation)) return of->prediction;
  const double high = fmax(of->prediction, of->simulation);
  return high + temperature * log(q * exp((of->simulation - high) / temperature) +
                                  (1.0 - q) * exp((of->prediction - high) / temperature));
}

/* What a standard's score above `from` is worth, not below `least`. NaN: there is none, and that is worth `least`. */
static double ratio_above(double from, double score, double least)
{
  return fmin(fmax((score - from) / CUXAS_ANSWER_STANDARD_WIDTH, least), CUXAS_ANSWER_STANDARD_FOR);
}

static double ratio_of_standard(double score, double against)
{
  return ratio_above(CUXAS_ANSWER_STANDARD_SCORE, score, against);
}

/* What no other compound's standard reaches. */
static double ratio_of_same(double score)
{
  return ratio_above(CUXAS_ANSWER_STANDARD_SAME, score, 0.0);
}

static double weight_of_standard(const cuxas_evidence *of, double against)
{
  const bool   is_own = !isnan(of->standard);
  const double score  = is_own ? of->standard : of->relative;
  if (isnan(score)) return 0.0;
  const double ratio = ratio_of_standard(score, against);
  return is_own ? ratio + ratio_of_same(score) : fmax(ratio - CUXAS_ANSWER_RELATIVE, 0.0);
}

/* What a standard that does not agree speaks against its compound, where theory's best has this score. */
static double weight_against(double best)
{
  const double part = (best - CUXAS_ANSWER_NOISY_SCORE) / (CUXAS_ANSWER_AGREEABLE_SCORE - CUXAS_ANSWER_NOISY_SCORE);
  return CUXAS_ANSWER_STANDARD_AGAINST * fmin(fmax(part, 0.0), 1.0);
}

/* ln of the odds of something that is apart in n elements from what is known. */
static double weight_apart(size_t n)
{
  return (double)n * log(CUXAS_ANSWER_APART);
}

/* Each of its elements that the sample cannot have must be a mistake. */
static double ratio_of_missing(const cuxas_answer_context *context)
{
  return fmax(ratio_of_standard(context->missing, 0.0) + ratio_of_same(context->missing) +
                  weight_apart(context->missing_ruled_out),
              0.0);
}

/* What is none of the candidates: a score, `usual` without standards. */
static double score_of_none(const cuxas_answer_context *context, double usual, double temperature)
{
  return usual + temperature * ratio_of_missing(context);
}

static bool has_say(const cuxas_evidence *of)
{
  return !isnan(of->prediction) || !isnan(of->simulation) || !isnan(of->standard);
}

/* ln of the odds of what is none of the candidates, by its elements. */
static double weight_of_any_elements(const cuxas_evidence *evidence, size_t n, const double *log_share,
                                     const cuxas_answer_context *context)
{
  double sum = 0.0, number = 0.0;
  if (context->opt_filter != NULL && context->opt_filter->is_limited) {
    const double n_told = (double)cuxas_formula_apart("Cu", context->opt_filter);
    for (; number <= n_told; number++) sum += pow(CUXAS_ANSWER_APART, number);
  } else
    for (size_t i = 0; i < n; i++) {
      if (!has_say(&evidence[i])) continue;
      sum += exp(weight_apart(evidence[i].n_apart) + log_share[i]);
      number += exp(log_share[i]);
    }
  return number > 0.0 ? log(sum / number) : 0.0;
}

/* ln of how likely the onset is in this candidate's states. */
static double weight_of_onset(const cuxas_site_surroundings *opt_of, const double likelihood[CUXAS_N_STATE])
{
  const bool is_known = opt_of != NULL && opt_of->is_known;
  double     sum      = 0.0;
  for (size_t k = 0; k < CUXAS_N_STATE; k++) sum += (is_known ? opt_of->state[k] : UNKNOWN_STATE) * likelihood[k];
  return log(sum);
}

/* The best score of theory; of spectra alone none has a better one than another. */
static double best_theory(const cuxas_evidence *evidence, size_t n, double temperature, double q)
{
  double best = -INFINITY;
  for (size_t i = 0; i < n; i++) best = fmax(best, score_of_theory(&evidence[i], temperature, q));
  return isinf(best) ? CUXAS_ANSWER_NONE_SCORE : best;
}

/* A candidate known by its standard alone is as good as theory's best: its spectrum is there, no theory is missing. */
static double theory_or_best(const cuxas_evidence *of, double temperature, double q, double best)
{
  const double score = score_of_theory(of, temperature, q);
  if (!isnan(score)) return score;
  return isnan(of->standard) ? NAN : best;
}

static double find_best(const cuxas_evidence *evidence, size_t n)
{
  double best = -INFINITY;
  for (size_t i = 0; i < n; i++) best = fmax(best, fmax(evidence[i].prediction, evidence[i].simulation));
  return isinf(best) ? CUXAS_ANSWER_AGREEABLE_SCORE : best;
}

/* ln of the sum of weights, NaN for those without a say. */
static double add_weights(const double *log_weight, size_t n)
{
  double best = -INFINITY, sum = 0.0;
  for (size_t i = 0; i < n; i++) best = fmax(best, log_weight[i]);
  for (size_t i = 0; i < n; i++) sum += isnan(log_weight[i]) ? 0.0 : exp(log_weight[i] - best);
  return best + log(sum);
}

/* Odds of a chemical system without any candidate. */
static double odds_uncovered(const cuxas_answer_context *context)
{
  return context->uncovered / fmax(1.0 - context->uncovered, 1e-6);
}

double cuxas_answer_flattened(const cuxas_edge_shape *shape)
{
  const double height = shape->n_edge > 0 ? shape->edge[0].height.value : NAN;
  const double part   = (CUXAS_ANSWER_LINE_STRONG - height) / (CUXAS_ANSWER_LINE_STRONG - CUXAS_ANSWER_LINE_WEAK);
  return isnan(height) ? 0.0 : CUXAS_ANSWER_FLATTENED * fmin(fmax(part, 0.0), 1.0);
}

/* ln of the sum of weights of those whose own standard agrees, no better than another compound's may. */
static double add_agreeing(const cuxas_evidence *evidence, size_t n, const double *log_weight)
{
  double best = -INFINITY, sum = 0.0;
  for (size_t i = 0; i < n; i++)
    if (evidence[i].standard > CUXAS_ANSWER_STANDARD_SCORE)
      best = fmax(best, log_weight[i] - ratio_of_same(evidence[i].standard));
  for (size_t i = 0; i < n; i++)
    if (evidence[i].standard > CUXAS_ANSWER_STANDARD_SCORE && !isnan(log_weight[i]))
      sum += exp(log_weight[i] - ratio_of_same(evidence[i].standard) - best);
  return best + log(sum);
}

/* ln of the weight of what is none of them: it agrees as the right one usually does, or it is one that is not listed and agrees
 * as those do that are, or one that saturation makes look like a standard. log_listed: of these, by theory; log_agreeing: of those
 * whose standard agrees; log_elements: of its elements. */
static double weigh_none(const cuxas_answer_context *context, const double likelihood[CUXAS_N_STATE], double log_listed,
                         double log_agreeing, double log_elements)
{
  const double none[] = {score_of_none(context, CUXAS_ANSWER_NONE_SCORE, context->temperature) / context->temperature +
                             weight_of_onset(NULL, likelihood) + log_elements,
                         log_listed + log(context->unlisted + odds_uncovered(context)),
                         log_agreeing + log(context->flattened)};
  return add_weights(none, 3);
}

/* ln of the part that a candidate has of its compound: those of one formula share what one alone has. work is (n). */
static void find_shares(const cuxas_evidence *evidence, size_t n, const cuxas_answer_context *context,
                        cuxas_place *work, double *ret_log_share)
{
  for (size_t i = 0; i < n; i++)
    work[i] = (cuxas_place){has_say(&evidence[i]) ? 1.0 : 0.0, i,
                            context->opt_formula != NULL ? context->opt_formula[i] : ""};
  cuxas_places_count(work, n, ret_log_share);
  for (size_t i = 0; i < n; i++) ret_log_share[i] = -log(ret_log_share[i]);
}

/* ret_none: of what is none of them. */
static void find_weights(const cuxas_evidence *evidence, size_t n, const double *log_share,
                         const cuxas_answer_context *context, double *ret_log_weight, double *ret_none)
{
  const double temperature = context->temperature, against = weight_against(find_best(evidence, n));
  const double q = context->simulation, best = best_theory(evidence, n, temperature, q);
  double       likelihood[CUXAS_N_STATE];
  for (int k = 0; k < CUXAS_N_STATE; k++)
    likelihood[k] = cuxas_state_onset_likelihood(k, context->onset_eV, context->axis);
  for (size_t i = 0; i < n; i++)
    ret_log_weight[i] = theory_or_best(&evidence[i], temperature, q, best) / temperature +
                        weight_of_onset(evidence[i].surroundings, likelihood) + weight_apart(evidence[i].n_apart) +
                        log_share[i] + fmin(weight_of_standard(&evidence[i], against), 0.0);
  const double log_listed = add_weights(ret_log_weight, n);
  for (size_t i = 0; i < n; i++) ret_log_weight[i] += fmax(weight_of_standard(&evidence[i], against), 0.0);
  *ret_none = weigh_none(context, likelihood, log_listed, add_agreeing(evidence, n, ret_log_weight),
                         weight_of_any_elements(evidence, n, log_share, context));
}

/* From logarithms, NaN for those without a say, to probabilities; those of one alone are no better than of others. */
static double normalise(double *io, size_t n, const double *log_share, double log_none)
{
  const double all    = add_weights(io, n);
  double       n_said = 0.0; /* compounds */
  for (size_t i = 0; i < n; i++) n_said += isnan(io[i]) ? 0.0 : exp(log_share[i]);
  if (n_said == 0.0) {
    for (size_t i = 0; i < n; i++) io[i] = 0.0;
    return 0.0;
  }
  const double none = 1.0 / (1.0 + exp(all - log_none));
  for (size_t i = 0; i < n; i++)
    io[i] = isnan(io[i]) ? 0.0
                         : (1.0 - none) * ((1.0 - CUXAS_ANSWER_FAILURE) * exp(io[i] - all) +
                                           CUXAS_ANSWER_FAILURE * exp(log_share[i]) / n_said);
  return none;
}

/* 2. groups and what can be said */

static void find_group(const cuxas_place *order, size_t n, bool *ret_is_in_group, cuxas_answer *io)
{
  const double level = CUXAS_ANSWER_LEVEL * (1.0 - io->none);
  double       held  = 0.0;
  for (size_t i = 0; i < n; i++) ret_is_in_group[i] = false;
  for (size_t i = 0; i < n && held < level - 1e-9 && order[i].probability > 0.0; i++) {
    held += order[i].probability;
    ret_is_in_group[order[i].index] = true;
    io->n_group++;
  }
}

/* Is the missing standard the answer? Others of its structure type may look like it, but hardly another compound. */
static bool is_by_standard(const cuxas_answer_context *context, const cuxas_answer *answer)
{
  return context->missing >= CUXAS_ANSWER_STANDARD_SURE && answer->none >= CUXAS_ANSWER_COMPOUND_LEVEL;
}

/* From compounds, the most probable first. */
static void find_kind(const cuxas_place *order, size_t n, const cuxas_answer_context *context, cuxas_answer *io)
{
  double held = 0.0;
  io->kind    = io->surroundings.n_candidate > 0 ? CUXAS_ANSWER_SURROUNDINGS : CUXAS_ANSWER_NOTHING;
  if (is_by_standard(context, io)) {
    io->kind = CUXAS_ANSWER_STANDARD;
    return;
  }
  if (n > 0 && order[0].probability > 0.0 && (n == 1 || order[1].probability == 0.0)) { /* nothing to choose from */
    io->kind        = CUXAS_ANSWER_CANDIDATE;
    io->compound[0] = order[0].index;
    io->n_compound  = 1;
    return;
  }
  for (size_t i = 0; i < n && i < CUXAS_ANSWER_SHORTLIST_MAX && order[i].probability >= CUXAS_ANSWER_SHORTLIST_LEAST;
       i++) {
    io->compound[i] = order[i].index;
    held += order[i].probability;
    io->n_compound = i + 1;
    if (i == 0 && held >= CUXAS_ANSWER_COMPOUND_LEVEL) {
      io->kind = CUXAS_ANSWER_COMPOUND;
      return;
    }
    if (held >= CUXAS_ANSWER_LEVEL * (1.0 - io->none)) break;
  }
  if (held >= CUXAS_ANSWER_SHORTLIST_LEVEL * (1.0 - io->none) && io->none < CUXAS_ANSWER_NONE_LIKELY &&
      io->n_compound > 0)
    io->kind = CUXAS_ANSWER_SHORTLIST;
}

/* 3. all of it */

static size_t count_said(const cuxas_evidence *evidence, size_t n)
{
  size_t n_said = 0;
  for (size_t i = 0; i < n; i++) n_said += has_say(&evidence[i]) ? 1 : 0;
  return n_said;
}

static void find_onset_state(const cuxas_answer_context *context, double ret_state[CUXAS_N_STATE])
{
  double sum = 0.0;
  for (int k = 0; k < CUXAS_N_STATE; k++)
    sum += ret_state[k] = cuxas_state_onset_likelihood(k, context->onset_eV, context->axis);
  for (int k = 0; k < CUXAS_N_STATE; k++) ret_state[k] /= sum;
}

/* Who of another chemical system agrees as well may have other surroundings: of these the onset alone tells. */
static cuxas_status find_surroundings(const cuxas_evidence *evidence, size_t n, const cuxas_answer_context *context,
                                      cuxas_surroundings *ret_surroundings, cuxas_error *err)
{
  const double T = CUXAS_SURROUNDINGS_TEMPERATURE, against = weight_against(find_best(evidence, n));
  const double best = best_theory(evidence, n, T, context->simulation);
  const double few  = fmax(CUXAS_ANSWER_NONE_SCORE - CUXAS_SURROUNDINGS_FEW * log((double)count_said(evidence, n)),
                           CUXAS_SURROUNDINGS_NONE_SCORE);
  double      *log_weight       = NULL;
  cuxas_status status           = CUXAS_ENOMEM;
  cuxas_surroundings_vote *vote = cuxas_new(err, n, sizeof *vote);
  if (vote == NULL || (log_weight = cuxas_new(err, n, sizeof *log_weight)) == NULL) goto done;
  for (size_t i = 0; i < n; i++) {
    const double score    = theory_or_best(&evidence[i], T, context->simulation, best);
    const double standard = weight_of_standard(&evidence[i], against);
    log_weight[i]         = score / T + fmin(standard, 0.0);
    vote[i]               = (cuxas_surroundings_vote){score + T * standard, evidence[i].surroundings};
  }
  const double none[] = {score_of_none(context, few, T) / T, add_weights(log_weight, n) + log(odds_uncovered(context))};
  status              = cuxas_surroundings_weigh(vote, n, T * add_weights(none, 2), context->onset_eV, context->axis,
                                                 ret_surroundings, err);
done:
  free(log_weight);
  free(vote);
  return status;
}

/* Where a standard is the answer what is around copper is what its formula tells: candidates that are ruled out by it do not say. */
static cuxas_status take_from_standard(const cuxas_answer_context *context, cuxas_answer *io, cuxas_error *err)
{
  const double                  none = CUXAS_SURROUNDINGS_NONE_SCORE;
  const cuxas_surroundings_vote own  = {score_of_none(context, none, CUXAS_SURROUNDINGS_TEMPERATURE),
                                        &context->missing_surroundings};
  if (!context->missing_surroundings.is_known || !is_by_standard(context, io)) return CUXAS_OK;
  return cuxas_surroundings_weigh(&own, 1, none, context->onset_eV, context->axis, &io->surroundings, err);
}

/* A compound is no more probable than its state: where one is named with half of the probability and more, the votes of the others
 * lean on what is around its copper as far as that takes. */
static void lean_on_compound(const cuxas_evidence *evidence, const cuxas_place *first, cuxas_surroundings *io)
{
  const cuxas_site_surroundings *own  = evidence[first->index].surroundings;
  double                         part = 0.0;
  if (first->probability < 0.5 || own == NULL || !own->is_known) return;
  for (size_t k = 0; k < CUXAS_N_STATE; k++)
    if (own->state[k] > io->state[k])
      part = fmax(part, (first->probability * own->state[k] - io->state[k]) / (own->state[k] - io->state[k]));
  cuxas_surroundings_lean(own, part, io);
}

cuxas_status cuxas_answer_find(const cuxas_evidence *evidence, size_t n, const cuxas_answer_context *context,
                               double *ret_probability, bool *ret_is_in_group, cuxas_answer *ret_answer,
                               cuxas_error *err)
{
  double       log_none;
  cuxas_status status;

  *ret_answer            = (cuxas_answer){.kind = CUXAS_ANSWER_NOTHING};
  cuxas_place *order     = cuxas_new(err, n, sizeof *order);
  double      *log_share = order != NULL ? cuxas_new(err, n, sizeof *log_share) : NULL;
  if (log_share == NULL) {
    free(order);
    return CUXAS_ENOMEM;
  }
  if ((status = find_surroundings(evidence, n, context, &ret_answer->surroundings, err)) != CUXAS_OK) goto done;
  find_onset_state(context, ret_answer->onset_state);
  find_shares(evidence, n, context, order, log_share);
  find_weights(evidence, n, log_share, context, ret_probability, &log_none);
  ret_answer->none      = normalise(ret_probability, n, log_share, log_none);
  ret_answer->uncovered = context->uncovered;
  ret_answer->flattened = context->flattened;
  if ((status = take_from_standard(context, ret_answer, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < n; i++)
    order[i] = (cuxas_place){ret_probability[i], i, context->opt_formula != NULL ? context->opt_formula[i] : ""};
  cuxas_places_sort(order, n);
  find_group(order, n, ret_is_in_group, ret_answer);
  find_kind(order, cuxas_places_join(order, n), context, ret_answer);
  if (n > 0 && ret_answer->kind != CUXAS_ANSWER_STANDARD)
    lean_on_compound(evidence, &order[0], &ret_answer->surroundings);
done:
  free(log_share);
  free(order);
  return status;
}

/* 4. evidence from rankings */

bool cuxas_answer_is_relative(const cuxas_hit *a, const cuxas_hit *b)
{
  const cuxas_likeness left = cuxas_likeness_of(a), right = cuxas_likeness_of(b);
  return cuxas_likeness_agrees(&left, &right, 0.01);
}

static bool is_out(const bool *is_left_out, size_t i)
{
  return is_left_out != NULL && is_left_out[i];
}

static bool is_standard(const cuxas_hit *hit)
{
  return hit->kind == CUXAS_CANDIDATE_SPECTRUM && !hit->is_query;
}

/* The candidates of a formula get a standard's score; returns whether there is one. */
static bool hand_out(const cuxas_hits *hits, const bool *is_left_out, const char *formula, double score,
                     cuxas_evidence *opt_io)
{
  char own[CUXAS_FORMULA_SIZE];
  bool is_there = false;
  for (size_t i = 0; i < hits->n_hit; i++) {
    if (is_out(is_left_out, i) || strcmp(cuxas_hit_compound(&hits->hit[i], own), formula) != 0) continue;
    is_there = true;
    if (opt_io != NULL) opt_io[i].standard = fmax(opt_io[i].standard, score); /* the number, of a number and NaN */
  }
  return is_there;
}

static void add_standards(const cuxas_hits *standards, const cuxas_hits *hits, const bool *is_left_out,
                          cuxas_evidence *io)
{
  char formula[CUXAS_FORMULA_SIZE];
  for (size_t k = 0; k < standards->n_hit; k++)
    if (is_standard(&standards->hit[k]) && cuxas_formula_read(standards->hit[k].name, formula))
      hand_out(hits, is_left_out, formula, standards->hit[k].comparison.score, io);
}

/* Those that agree, of compounds that are not among the candidates: one after the other, from *io_k on; NULL: no more. */
static const cuxas_hit *next_missing(const cuxas_hits *standards, const cuxas_hits *hits, const bool *is_left_out,
                                     size_t *io_k, char formula[CUXAS_FORMULA_SIZE])
{
  while (standards != NULL && *io_k < standards->n_hit) {
    const cuxas_hit *standard = &standards->hit[(*io_k)++];
    if (is_standard(standard) && cuxas_answer_agrees(standard->comparison.score) &&
        cuxas_formula_read(standard->name, formula) && !hand_out(hits, is_left_out, formula, NAN, NULL))
      return standard;
  }
  return NULL;
}

static void add_missing_relatives(const cuxas_hits *standards, const cuxas_hits *hits, const bool *is_left_out,
                                  const bool *is_unknown, cuxas_evidence *io)
{
  char             formula[CUXAS_FORMULA_SIZE];
  const cuxas_hit *standard;
  for (size_t k = 0; (standard = next_missing(standards, hits, is_unknown, &k, formula)) != NULL;)
    for (size_t i = 0; i < hits->n_hit; i++)
      if (!is_out(is_left_out, i) && isnan(io[i].standard) &&
          cuxas_formulas_differ_in_one(hits->hit[i].formula, formula))
        io[i].relative = fmax(io[i].relative, standard->comparison.score);
}

static size_t count_ruled_out(const char *formula, const cuxas_composition_filter *opt_filter)
{
  cuxas_element_set found;
  size_t            n = 0;
  cuxas_formula_elements(formula, &found);
  for (size_t z = 1; z <= CUXAS_N_ELEMENT && opt_filter != NULL; z++)
    n += found.has[z] && (opt_filter->excluded.has[z] || (opt_filter->is_limited && !opt_filter->allowed.has[z]));
  return n;
}

static const cuxas_hit *find_missing(const cuxas_hits *hits, const cuxas_hits *standards, const bool *is_left_out)
{
  char             formula[CUXAS_FORMULA_SIZE];
  const cuxas_hit *best = NULL, *standard;
  for (size_t k = 0; (standard = next_missing(standards, hits, is_left_out, &k, formula)) != NULL;)
    if (best == NULL || standard->comparison.score > best->comparison.score) best = standard;
  return best;
}

const cuxas_hit *cuxas_answer_missing(const cuxas_hits *hits, const cuxas_hits *opt_standards)
{
  return find_missing(hits, opt_standards, NULL);
}

const cuxas_hit *cuxas_answer_agreeing(const cuxas_hits *opt_standards)
{
  const cuxas_hit *best = NULL;
  for (size_t i = 0; opt_standards != NULL && i < opt_standards->n_hit; i++) {
    const cuxas_hit *hit = &opt_standards->hit[i];
    if (!hit->is_query && cuxas_answer_agrees(hit->comparison.score) &&
        (best == NULL || hit->comparison.score > best->comparison.score))
      best = hit;
  }
  return best;
}

/* Candidates with a good standard, those alike in all but their standard's score taken together: of a million there are few
 * kinds. */
typedef struct {
  cuxas_likeness of;
  double         standard;
} model_of_relatives;

static cuxas_status add_relatives(const cuxas_hits *hits, const bool *is_left_out, cuxas_evidence *io, cuxas_error *err)
{
  model_of_relatives *model = NULL;
  size_t              n = 0, n_room = 0;
  for (size_t k = 0; k < hits->n_hit; k++) {
    if (isnan(io[k].standard) || io[k].standard < CUXAS_ANSWER_STANDARD_SCORE) continue;
    const cuxas_likeness of = cuxas_likeness_of(&hits->hit[k]);
    size_t               i  = 0;
    while (i < n && !cuxas_likeness_agrees(&model[i].of, &of, 0.0)) i++;
    if (i < n || of.surroundings == NULL) {
      if (i < n) model[i].standard = fmax(model[i].standard, io[k].standard);
      continue;
    }
    if (n == n_room) {
      n_room                    = n_room > 0 ? 2 * n_room : 16;
      model_of_relatives *grown = cuxas_grow(err, model, n_room, sizeof *grown);
      if (grown == NULL) {
        free(model);
        return CUXAS_ENOMEM;
      }
      model = grown;
    }
    model[n++] = (model_of_relatives){of, io[k].standard};
  }
  for (size_t i = 0; i < hits->n_hit && n > 0; i++) {
    if (is_out(is_left_out, i) || !isnan(io[i].standard)) continue;
    const cuxas_likeness own = cuxas_likeness_of(&hits->hit[i]);
    for (size_t k = 0; k < n; k++)
      if (cuxas_likeness_agrees(&own, &model[k].of, 0.01)) io[i].relative = fmax(io[i].relative, model[k].standard);
  }
  free(model);
  return CUXAS_OK;
}

static cuxas_status add_simulated(const cuxas_hits *simulated, const cuxas_hits *hits, const bool *is_left_out,
                                  cuxas_evidence *io, cuxas_error *err)
{
  cuxas_hit_index    index;
  const cuxas_status status = cuxas_hit_index_make(simulated, &index, err);
  for (size_t i = 0; i < hits->n_hit && status == CUXAS_OK; i++) {
    const cuxas_hit *found = is_out(is_left_out, i) ? NULL : cuxas_hit_index_find(&index, hits->hit[i].label);
    if (found != NULL) io[i].simulation = found->comparison.score;
  }
  cuxas_hit_index_clear(&index);
  return status;
}

/* Spectra have the formula that their name begins with, if it does. */
static cuxas_evidence evidence_of(const cuxas_hit *hit, const cuxas_composition_filter *opt_filter)
{
  cuxas_evidence ret                         = {NAN, NAN, NAN, NAN, hit->surroundings, 0};
  char           formula[CUXAS_FORMULA_SIZE] = "";
  if (hit->kind == CUXAS_CANDIDATE_STRUCTURE) {
    ret.prediction = hit->comparison.score;
    ret.n_apart    = cuxas_formula_apart(hit->formula, opt_filter);
  } else if (cuxas_formula_read(hit->name, formula)) {
    ret.n_apart = cuxas_formula_apart(formula, opt_filter);
  }
  if (is_standard(hit)) ret.standard = hit->comparison.score;
  return ret;
}

static size_t count_spectra(const cuxas_hits *hits)
{
  size_t n = 0;
  for (size_t i = 0; i < hits->n_hit; i++) n += hits->hit[i].kind == CUXAS_CANDIDATE_SPECTRUM;
  return n;
}

cuxas_status cuxas_answer_without(const cuxas_witnesses *from, const bool *is_left_out,
                                  const cuxas_answer_context *context, double *ret_probability, bool *ret_is_in_group,
                                  cuxas_answer *ret_answer, cuxas_error *err)
{
  static const cuxas_evidence NONE     = {NAN, NAN, NAN, NAN, NULL, 0};
  const bool                 *kept     = context->keeps_standards ? is_left_out : NULL; /* who is out, for standards */
  cuxas_answer_context        own      = *context;
  const cuxas_hits           *hits     = from->hits;
  cuxas_status                status   = CUXAS_OK;
  cuxas_evidence             *evidence = cuxas_new(err, hits->n_hit, sizeof *evidence);
  const char                **formulas = cuxas_new(err, hits->n_hit, sizeof *formulas);
  char(*of_spectrum)[CUXAS_FORMULA_SIZE] = cuxas_new(err, count_spectra(hits), sizeof *of_spectrum);
  size_t n_spectrum                      = 0;
  if (evidence == NULL || formulas == NULL || of_spectrum == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  own.opt_formula = formulas;
  for (size_t i = 0; i < hits->n_hit; i++) {
    evidence[i] = is_out(is_left_out, i) ? NONE : evidence_of(&hits->hit[i], context->opt_filter);
    formulas[i] = hits->hit[i].kind == CUXAS_CANDIDATE_SPECTRUM
                      ? cuxas_hit_compound(&hits->hit[i], of_spectrum[n_spectrum++])
                      : hits->hit[i].formula;
  }
  if (from->opt_simulated != NULL) status = add_simulated(from->opt_simulated, hits, is_left_out, evidence, err);
  if (from->opt_standards != NULL && status == CUXAS_OK) {
    add_standards(from->opt_standards, hits, is_left_out, evidence);
    status = add_relatives(hits, is_left_out, evidence, err);
    add_missing_relatives(from->opt_standards, hits, is_left_out, kept, evidence);
  }
  const cuxas_hit *missing                     = find_missing(hits, from->opt_standards, kept);
  char             formula[CUXAS_FORMULA_SIZE] = "";
  if (missing != NULL) {
    own.missing = missing->comparison.score;
    if (cuxas_formula_read(missing->name, formula)) cuxas_surroundings_of_formula(formula, &own.missing_surroundings);
    own.missing_ruled_out = count_ruled_out(formula, context->opt_filter);
  }
  if (context->opt_filter != NULL && context->opt_filter->is_limited &&
      hits->n_hit + hits->n_filtered >= CUXAS_ANSWER_LIBRARY)
    own.unlisted = 0.0;
  if (status == CUXAS_OK) status = cuxas_hits_uncovered(hits, is_left_out, context->opt_filter, &own.uncovered, err);
  if (status == CUXAS_OK)
    status = cuxas_answer_find(evidence, hits->n_hit, &own, ret_probability, ret_is_in_group, ret_answer, err);
  if (status == CUXAS_OK && missing != NULL) {
    ret_answer->is_ruled_out  = own.missing_ruled_out > 0;
    ret_answer->is_incomplete = !cuxas_formula_is_complete(formula, context->opt_filter);
  }
done:
  free(of_spectrum);
  free(formulas);
  free(evidence);
  return status;
}

/* 5. the answer of a ranking */

cuxas_answer_context cuxas_answer_context_of(double onset_eV, cuxas_axis axis)
{
  return (cuxas_answer_context){.onset_eV    = onset_eV,
                                .axis        = axis,
                                .temperature = CUXAS_ANSWER_TEMPERATURE,
                                .simulation  = CUXAS_ANSWER_SIMULATION,
                                .unlisted    = CUXAS_ANSWER_UNLISTED,
                                .missing     = NAN};
}

/* Simulated hits are the same candidates in another order. */
static cuxas_status hand_to_simulated(const cuxas_hits *hits, cuxas_hits *simulated, cuxas_error *err)
{
  cuxas_hit_index    index;
  const cuxas_status status = cuxas_hit_index_make(hits, &index, err);
  for (size_t k = 0; k < simulated->n_hit && status == CUXAS_OK; k++) {
    const cuxas_hit *found = cuxas_hit_index_find(&index, simulated->hit[k].label);
    if (found == NULL) continue;
    simulated->hit[k].support     = found->support;
    simulated->hit[k].is_in_group = found->is_in_group;
  }
  cuxas_hit_index_clear(&index);
  return status;
}

cuxas_status cuxas_answer_fill(const cuxas_witnesses *from, const cuxas_answer_context *context,
                               cuxas_answer *ret_answer, cuxas_error *err)
{
  cuxas_hits  *hits        = from->hits;
  double      *probability = cuxas_new(err, hits->n_hit, sizeof *probability);
  bool        *is_in       = cuxas_new(err, hits->n_hit, sizeof *is_in);
  cuxas_status status      = CUXAS_ENOMEM;

  if (probability == NULL || is_in == NULL) goto done;
  if ((status = cuxas_answer_without(from, NULL, context, probability, is_in, ret_answer, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < hits->n_hit; i++) {
    hits->hit[i].support     = probability[i];
    hits->hit[i].is_in_group = is_in[i];
  }
  if (from->opt_simulated != NULL) status = hand_to_simulated(hits, from->opt_simulated, err);
done:
  free(is_in);
  free(probability);
  return status;
}
