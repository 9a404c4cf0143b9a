/* answer.c - the answer in words and as JSON: chemistry first, then why, then what would decide
 *
 * Contents: 1. what is around copper  2. compounds  3. the sentence  4. reasons  5. what would decide  6. JSON */
#include "report/answer.h"

#include "base/text.h"
#include "crystal/oxidation.h"
#include "match/mixture.h"
#include "match/shortlist.h"
#include "match/answer.h"
#include "report/hit_columns.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SURE 0.8           /* probabilities from here on are stated plainly, */
#define PROBABLE 0.6       /* from here on as probable */
#define RATIO_KNOWN 0.2    /* relative error up to which an area ratio is told */
#define LIMIT_WORTH 0.2    /* share up to which it is worth telling that it would have been seen */
#define NEAR_MAE 0.12      /* of many candidates one comes nearer to every measured copper edge (cuxas-validate) */
#define ONSET_LOW_EV 926.0 /* copper's L3 begins between 930 and 936 eV, and axes are off by 3 eV at most */
#define ONSET_HIGH_EV 939.0
#define NONE_WORTH 0.05 /* probability from which on it is told that it may be none of the candidates, */
#define NONE_LIKELY 0.5 /* and from which on that stands in the sentence */

/* 1. what is around copper */

static size_t largest(const double *probability, size_t n)
{
  size_t best = 0;
  for (size_t i = 1; i < n; i++)
    if (probability[i] > probability[best]) best = i;
  return best;
}

static const char *number_word(size_t number)
{
  static const char *const WORD[] = {"isolated",  "one-fold",    "two-fold",   "three-fold", "four-fold",
                                     "five-fold", "six-fold",    "seven-fold", "eight-fold", "nine-fold",
                                     "ten-fold",  "eleven-fold", "twelve-fold"};
  return WORD[number];
}

static const char *ligand_words(size_t kind)
{
  static const char *const WORDS[CUXAS_N_LIGANDS] = {
      [CUXAS_LIGANDS_NONE] = "without neighbours", [CUXAS_LIGANDS_METAL] = "among metal atoms",
      [CUXAS_LIGANDS_OXIDE] = "in oxygen",         [CUXAS_LIGANDS_CHALCOGENIDE] = "next to S, Se or Te",
      [CUXAS_LIGANDS_HALIDE] = "next to halogens", [CUXAS_LIGANDS_PNICTIDE] = "next to N, P or As",
      [CUXAS_LIGANDS_OTHER] = "next to C or H",    [CUXAS_LIGANDS_MIXED] = "among ligands of several kinds"};
  return WORDS[kind];
}

static void say_state(const cuxas_surroundings *of, char *text)
{
  const size_t best = largest(of->state, CUXAS_N_STATE);
  size_t       next = best == 0 ? 1 : 0;
  for (size_t k = 0; k < CUXAS_N_STATE; k++)
    if (k != best && of->state[k] > of->state[next]) next = k;
  if (of->state[best] >= SURE)
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "%s", cuxas_state_name((int)best));
  else if (of->state[best] >= PROBABLE)
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "Probably %s (%.0f %%)", cuxas_state_name((int)best),
                      100.0 * of->state[best]);
  else
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "%s (%.0f %%) or %s (%.0f %%)", cuxas_state_name((int)best),
                      100.0 * of->state[best], cuxas_state_name((int)next), 100.0 * of->state[next]);
}

/* ", four-fold in oxygen", as far as it is known. */
static void say_neighbours(const cuxas_surroundings *of, char *text)
{
  const size_t number   = largest(of->coordination, CUXAS_MAX_COORDINATION + 1),
               kind     = largest(of->ligand, CUXAS_N_LIGANDS);
  const bool has_number = of->coordination[number] >= PROBABLE, has_kind = of->ligand[kind] >= PROBABLE;
  if (has_number || has_kind) cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ",");
  if (has_number) cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, " %s", number_word(number));
  if (has_kind) cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, " %s", ligand_words(kind));
}

/* 2. compounds */

static const cuxas_hit *hit_of(const cuxas_report *report, size_t i_compound)
{
  return &report->hits->hit[report->answer->compound[i_compound]];
}

/* The best measured spectrum of the compound; NULL: none. */
static const cuxas_hit *standard_of(const cuxas_report *report, const cuxas_hit *hit)
{
  const cuxas_hit *best = NULL;
  char             formula[CUXAS_FORMULA_SIZE];
  if (report->standards == NULL || hit->formula[0] == '\0') return NULL;
  for (size_t i = 0; i < report->standards->n_hit; i++) {
    const cuxas_hit *standard = &report->standards->hit[i];
    if (standard->is_query || standard->kind != CUXAS_CANDIDATE_SPECTRUM) continue;
    if (!cuxas_formula_read(standard->name, formula) || strcmp(formula, hit->formula) != 0) continue;
    if (best == NULL || standard->comparison.score > best->comparison.score) best = standard;
  }
  return best;
}

static bool is_agreed(const cuxas_hit *standard)
{
  return standard->comparison.score >= CUXAS_ANSWER_STANDARD_SCORE;
}

/* The same candidate, simulated; NULL: it was not. */
static const cuxas_hit *simulated_of(const cuxas_report *report, const cuxas_hit *hit)
{
  const size_t i = cuxas_shortlist_find(report->shortlist, hit);
  return i != SIZE_MAX ? &report->shortlist->hits->hit[i] : NULL;
}

bool cuxas_answer_is_measured(const cuxas_report *report)
{
  if (report->answer->kind != CUXAS_ANSWER_COMPOUND) return false;
  const cuxas_hit *standard = standard_of(report, hit_of(report, 0));
  return hit_of(report, 0)->kind == CUXAS_CANDIDATE_SPECTRUM || (standard != NULL && is_agreed(standard));
}

/* The smallest MAE of many candidates by prediction and simulation, whatever their elements; 0: they are few. */
static double smallest_mae(const cuxas_report *report)
{
  enum { MANY = 50 };
  const cuxas_hits *list[] = {report->hits, report->shortlist != NULL ? report->shortlist->hits : NULL};
  double            least  = INFINITY;
  if (report->hits->n_hit < MANY || report->hits->n_filtered > 0) return 0.0;
  for (size_t k = 0; k < sizeof list / sizeof *list; k++)
    for (size_t i = 0; list[k] != NULL && i < list[k]->n_hit; i++)
      if (list[k]->hit[i].comparison.mae < least) least = list[k]->hit[i].comparison.mae;
  return least;
}

static bool is_elsewhere(const cuxas_report *report)
{
  const cuxas_onset *onset = &report->query->onset[0];
  return report->query->n_edge > 0 && onset->found && strcmp(report->model->element, "Cu") == 0 &&
         strcmp(report->query->edge[0].name, "L3") == 0 &&
         (onset->energy_eV < ONSET_LOW_EV || onset->energy_eV > ONSET_HIGH_EV);
}

/* Is it copper's edge at all? */
static bool is_far(const cuxas_report *report)
{
  if (report->answer->kind != CUXAS_ANSWER_SURROUNDINGS) return false;
  return is_elsewhere(report) || (report->compare.scale == CUXAS_SCALE_MINMAX && smallest_mae(report) > NEAR_MAE);
}

/* 3. the sentence */

static void say_compound(const cuxas_report *report, char *text)
{
  const cuxas_hit *hit = hit_of(report, 0), *standard = standard_of(report, hit);
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ": %.60s (%.0f %%", hit->name, 100.0 * hit->support);
  if (standard != NULL && is_agreed(standard))
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "; a measured standard agrees, MAE %.3f",
                      standard->comparison.mae);
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ").");
}

static void say_shortlist(const cuxas_report *report, char *text)
{
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, report->answer->n_compound == 1 ? ": probably" : ": one of");
  for (size_t i = 0; i < report->answer->n_compound; i++)
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "%s %.40s (%.0f %%)", i > 0 ? "," : "", hit_of(report, i)->name,
                      100.0 * hit_of(report, i)->support);
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ".");
}

/* "A mixture of CuO (59 %, 53 to 65) and Cu2O (41 %, 35 to 47): ..." */
static void say_sum(const cuxas_report *report, char *text)
{
  const cuxas_mixture     *mixture = report->standards_mixture;
  const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_chosen];
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "A mixture of");
  for (size_t i = 0; i < fit->n_component; i++) {
    const cuxas_mixture_component *own = &fit->component[i];
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "%s %.40s (%.0f %%, %.0f to %.0f)",
                      i == 0                     ? ""
                      : i + 1 < fit->n_component ? ","
                                                 : " and",
                      own->name, 100.0 * own->share, 100.0 * own->share_low, 100.0 * own->share_high);
  }
  cuxas_text_append(
      text, CUXAS_ANSWER_SENTENCE_SIZE,
      ": their measured spectra together describe it (MAE %.3f), and no single one nor another sum comes near.",
      fit->mae);
}

void cuxas_answer_sentence(const cuxas_report *report, char text[CUXAS_ANSWER_SENTENCE_SIZE])
{
  const cuxas_answer *answer = report->answer;
  text[0]                    = '\0';
  if (answer->kind == CUXAS_ANSWER_NOTHING) {
    if (answer->n_compound == 0)
      cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "Nothing can be said: no candidate could be compared.");
    else if (answer->n_compound > 1)
      cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                        "Nothing can be said: the spectrum does not decide between the candidates.");
    else
      cuxas_text_append(
          text, CUXAS_ANSWER_SENTENCE_SIZE,
          "Nothing can be said from one candidate alone, %.60s: how well it fits stands below, not whether another "
          "would fit better.",
          hit_of(report, 0)->name);
    return;
  }
  if (answer->kind == CUXAS_ANSWER_MIXTURE) {
    say_sum(report, text);
    return;
  }
  if (is_far(report)) cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "If this is copper's edge at all: ");
  if (answer->surroundings.n_candidate > 0) {
    say_state(&answer->surroundings, text);
    char *probably = strstr(text, ": Probably"); /* within the sentence */
    if (probably != NULL) probably[2] = 'p';
    say_neighbours(&answer->surroundings, text);
  } else {
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "Of the candidates");
  }
  if (answer->kind == CUXAS_ANSWER_COMPOUND)
    say_compound(report, text);
  else if (answer->kind == CUXAS_ANSWER_SHORTLIST)
    say_shortlist(report, text);
  else
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                      answer->none >= NONE_LIKELY ? "; probably none of the candidates."
                                                  : "; which compound this spectrum alone does not decide.");
}

/* 4. reasons */

static bool say_around(const cuxas_report *report, char *text)
{
  const cuxas_surroundings *of = &report->answer->surroundings;
  if (of->n_candidate == 0 || report->answer->kind == CUXAS_ANSWER_NOTHING ||
      report->answer->kind == CUXAS_ANSWER_MIXTURE) /* of one compound, which it is not */
    return false;
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                    "Surroundings of copper: Cu(0) %.0f %%, Cu(I) %.0f %%, Cu(II) %.0f %%", 100.0 * of->state[0],
                    100.0 * of->state[1], 100.0 * of->state[2]);
  const size_t number = largest(of->coordination, CUXAS_MAX_COORDINATION + 1),
               kind   = largest(of->ligand, CUXAS_N_LIGANDS);
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "; %s %.0f %%; %s %.0f %%", number_word(number),
                    100.0 * of->coordination[number], ligand_words(kind), 100.0 * of->ligand[kind]);
  if (!isnan(of->distance_A))
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "; neighbours at %.2f", of->distance_A);
  if (of->distance_sd_A >= 0.005) cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, " +- %.2f", of->distance_sd_A);
  if (!isnan(of->distance_A)) cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, " A");
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ".");
  return true;
}

static bool say_onset(const cuxas_report *report, char *text)
{
  if (report->query->n_edge == 0 || !report->query->onset[0].found) return false;
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "The %s edge begins at %.1f eV", report->query->edge[0].name,
                    report->query->onset[0].energy_eV);
  for (size_t i = 0; i < report->prepared->n_step; i++)
    if (strcmp(report->prepared->step[i].name, "calibrate") == 0)
      cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, " on an axis moved by %+.2f eV, by a standard of the session",
                        report->prepared->step[i].number[0].value);
  if (report->shape->n_edge > 0) {
    const cuxas_edge_numbers *first = &report->shape->edge[0];
    if (!isnan(first->height.value))
      cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ", its peak at %.1f eV is %.1f times the step behind it",
                        first->peak_eV.value, first->height.value);
    const cuxas_estimate *ratio = &report->shape->area_ratio;
    if (ratio->sd < RATIO_KNOWN * ratio->value) /* where the step takes all of the second line it says nothing */
      cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "; area ratio of the white lines %.2f", ratio->value);
    if (ratio->sd < RATIO_KNOWN * ratio->value && ratio->sd >= 0.005)
      cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, " +- %.2f", ratio->sd);
  }
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ".");
  return true;
}

static bool say_witnesses(const cuxas_report *report, char *text)
{
  if (report->answer->kind != CUXAS_ANSWER_COMPOUND) return false;
  const cuxas_hit *hit = hit_of(report, 0), *simulated = simulated_of(report, hit);
  if (hit->kind == CUXAS_CANDIDATE_SPECTRUM)
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "%.60s is a measured spectrum", hit->name);
  else if (hit->rank == 1)
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "%.60s comes first by prediction", hit->name);
  else
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "%.60s is number %zu by prediction", hit->name, hit->rank);
  if (simulated != NULL && simulated->rank == 1)
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                      hit->rank == 1 ? " and by simulation" : " and first by simulation");
  else if (simulated != NULL)
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, " and number %zu by simulation", simulated->rank);
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ", of %zu candidates", report->hits->n_hit);
  const cuxas_hit *standard = standard_of(report, hit);
  if (standard != NULL)
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "; its measured standard %.60s %s (MAE %.3f, Spearman %.3f)",
                      standard->name, is_agreed(standard) ? "agrees" : "does not agree", standard->comparison.mae,
                      standard->comparison.spearman);
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ".");
  return true;
}

static bool say_far(const cuxas_report *report, char *text)
{
  if (!is_far(report)) return false;
  if (is_elsewhere(report))
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                      "The edge begins at %.1f eV, copper's L3 between 930 and 936 eV: another element's, or an energy "
                      "axis that is off.",
                      report->query->onset[0].energy_eV);
  else
    cuxas_text_append(
        text, CUXAS_ANSWER_SENTENCE_SIZE,
        "The smallest MAE of all candidates is %.2f; one of them comes nearer to every copper edge that was "
        "tried. Is this copper's L2,3 edge, and is its background taken off?",
        smallest_mae(report));
  return true;
}

/* A standard whose compound is not among the candidates, and how likely it is that none of them is right. */
static bool say_none(const cuxas_report *report, char *text)
{
  const cuxas_answer *answer = report->answer;
  if (answer->kind == CUXAS_ANSWER_NOTHING || answer->kind == CUXAS_ANSWER_MIXTURE) return false;
  const cuxas_hit *missing = cuxas_answer_missing(report->hits, report->standards);
  if (missing != NULL)
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                      "The measured spectrum %.60s agrees (MAE %.3f, Spearman %.3f), but its compound is not among the "
                      "candidates.",
                      missing->name, missing->comparison.mae, missing->comparison.spearman);
  if (answer->none >= NONE_WORTH)
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                      "%sThat it is none of the candidates has a probability of %.0f %%.", missing != NULL ? " " : "",
                      100.0 * answer->none);
  return text[0] != '\0';
}

static bool say_how_many(const cuxas_report *report, char *text)
{
  const cuxas_answer *answer = report->answer;
  if (answer->n_group < 2 || answer->kind == CUXAS_ANSWER_MIXTURE) return false;
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                    "%zu of the %zu candidates together hold 90 %% of the probability%s", answer->n_group,
                    report->hits->n_hit, answer->none >= NONE_WORTH ? " that they have" : "");
  if (answer->kind == CUXAS_ANSWER_SURROUNDINGS && answer->n_compound > 0) {
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "; the most probable:");
    for (size_t i = 0; i < answer->n_compound && i < 3; i++)
      cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "%s %.40s (%.0f %%)", i > 0 ? "," : "",
                        hit_of(report, i)->name, 100.0 * hit_of(report, i)->support);
  }
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ".");
  return true;
}

static int by_share(const void *a, const void *b)
{
  const cuxas_mixture_limit *left = a, *right = b;
  if (left->share != right->share) return left->share < right->share ? -1 : 1;
  return strcmp(left->name, right->name);
}

/* Beside a compound whose standard agrees: what else would have been seen. */
static bool say_limits(const cuxas_report *report, char *text)
{
  enum { MAX_NAMED = 4 };
  const cuxas_mixture *mixture = report->standards_mixture;
  cuxas_mixture_limit  limit[CUXAS_MIXTURE_MAX_LIMIT];
  char                 formula[CUXAS_FORMULA_SIZE];
  if (mixture == NULL || report->answer->kind != CUXAS_ANSWER_COMPOUND || mixture->n_limit == 0) return false;
  const cuxas_mixture_fit *fit      = &mixture->fit[mixture->i_chosen];
  const cuxas_hit         *standard = standard_of(report, hit_of(report, 0));
  if (fit->n_component > 1 || standard == NULL || !is_agreed(standard) ||
      !cuxas_formula_read(fit->component[0].name, formula) || strcmp(formula, hit_of(report, 0)->formula) != 0)
    return false;
  memcpy(limit, mixture->limit, mixture->n_limit * sizeof *limit);
  qsort(limit, mixture->n_limit, sizeof *limit, by_share);
  if (limit[0].share > LIMIT_WORTH) return false;
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                    "A second compound is not asked for; it would have been from these shares of the edge step on:");
  for (size_t i = 0; i < mixture->n_limit && i < MAX_NAMED && limit[i].share <= LIMIT_WORTH; i++)
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "%s %.0f %% %.40s", i > 0 ? "," : "", 100.0 * limit[i].share,
                      limit[i].name);
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ".");
  return true;
}

static bool say_shares(const cuxas_report *report, char *text)
{
  if (report->answer->kind != CUXAS_ANSWER_MIXTURE) return false;
  cuxas_text_append(
      text, CUXAS_ANSWER_SENTENCE_SIZE,
      "Shares are parts of the edge step, which is in proportion to the number of copper atoms; saturation and a "
      "detection "
      "mode other than the standards' change them.");
  return true;
}

typedef bool sentence(const cuxas_report *report, char *text);

/* The i-th of the sentences that apply. */
static bool pick(sentence *const *list, size_t n, const cuxas_report *report, size_t i_wanted, char *text)
{
  for (size_t i = 0; i < n; i++) {
    text[0] = '\0';
    if (list[i](report, text) && i_wanted-- == 0) return true;
  }
  return false;
}

bool cuxas_answer_reason(const cuxas_report *report, size_t i_reason, char text[CUXAS_ANSWER_SENTENCE_SIZE])
{
  static sentence *const REASON[] = {say_far,    say_witnesses, say_none,   say_shares,
                                     say_around, say_onset,     say_limits, say_how_many};
  return pick(REASON, sizeof REASON / sizeof *REASON, report, i_reason, text);
}

/* 5. what would decide */

static bool is_open(const cuxas_report *report)
{
  return report->answer->kind == CUXAS_ANSWER_SHORTLIST || report->answer->kind == CUXAS_ANSWER_SURROUNDINGS;
}

static bool ask_elements(const cuxas_report *report, char *text)
{
  if (!is_open(report)) return false;
  if (report->answer->none >= NONE_LIKELY) {
    cuxas_text_append(
        text, CUXAS_ANSWER_SENTENCE_SIZE,
        report->hits->n_filtered > 0
            ? "Whether the sample holds other elements than those allowed: more of them, or none ruled out."
            : "More candidates: structures of what the sample may be.");
    return true;
  }
  if (report->hits->n_filtered > 0) return false;
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                    "Which elements the sample can hold: every element ruled out shortens the list.");
  return true;
}

static bool ask_standard(const cuxas_report *report, char *text)
{
  const cuxas_answer *answer = report->answer;
  if (!is_open(report)) return false;
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "A measured spectrum of %.40s",
                    answer->n_compound > 0 ? hit_of(report, 0)->name : "what you expect");
  if (answer->n_compound > 1) cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, " or %.40s", hit_of(report, 1)->name);
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                    " from the same session: two measurements of one compound agree far better than theory does.");
  return true;
}

static bool ask_second_edge(const cuxas_report *report, char *text)
{
  const cuxas_query *query = report->query;
  if (query->n_edge < 2 || query->onset[1].found) return false;
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "A longer scan: the %s edge is not in it.", query->edge[1].name);
  return true;
}

static bool ask_axis(const cuxas_report *report, char *text)
{
  const cuxas_surroundings *of = &report->answer->surroundings;
  if (of->n_candidate == 0 || of->state[largest(of->state, CUXAS_N_STATE)] >= SURE) return false;
  cuxas_text_append(
      text, CUXAS_ANSWER_SENTENCE_SIZE,
      "The energy axis, tied to a standard measured in the same session: the onset tells the oxidation state.");
  return true;
}

bool cuxas_answer_next(const cuxas_report *report, size_t i_next, char text[CUXAS_ANSWER_SENTENCE_SIZE])
{
  static sentence *const NEXT[] = {ask_elements, ask_standard, ask_second_edge, ask_axis};
  if (report->answer->kind == CUXAS_ANSWER_NOTHING || report->answer->kind == CUXAS_ANSWER_MIXTURE) return false;
  return pick(NEXT, sizeof NEXT / sizeof *NEXT, report, i_next, text);
}

/* 6. JSON */

const char *cuxas_answer_kind_name(cuxas_answer_kind kind)
{
  switch (kind) {
  case CUXAS_ANSWER_NOTHING: return "nothing";
  case CUXAS_ANSWER_SURROUNDINGS: return "surroundings";
  case CUXAS_ANSWER_SHORTLIST: return "shortlist";
  case CUXAS_ANSWER_MIXTURE: return "mixture";
  case CUXAS_ANSWER_COMPOUND: return "compound";
  }
  return "";
}

static void put_estimate(cuxas_json_builder *builder, cJSON *parent, const char *name, cuxas_estimate of)
{
  cJSON *object = cuxas_json_put_object(builder, parent, name);
  cuxas_json_put_number(builder, object, "value", of.value);
  cuxas_json_put_number(builder, object, "sd", of.sd);
}

static void put_compounds(cuxas_json_builder *builder, cJSON *object, const cuxas_report *report)
{
  cJSON *array = cuxas_json_put_array(builder, object, "compounds");
  for (size_t i = 0; i < report->answer->n_compound; i++) {
    const cuxas_hit *hit = hit_of(report, i), *standard = standard_of(report, hit);
    cJSON           *entry = cuxas_json_put_object(builder, array, NULL);
    cuxas_json_put_text(builder, entry, "name", hit->name);
    cuxas_json_put_text(builder, entry, "formula", hit->formula[0] != '\0' ? hit->formula : NULL);
    cuxas_json_put_number(builder, entry, "probability", hit->support);
    cJSON           *witnesses = cuxas_json_put_object(builder, entry, "witnesses");
    const cuxas_hit *simulated = simulated_of(report, hit);
    cuxas_json_put_number(builder, witnesses, "standard", standard != NULL ? standard->comparison.score : NAN);
    cuxas_json_put_number(builder, witnesses, "simulation", simulated != NULL ? simulated->comparison.score : NAN);
    cuxas_json_put_number(builder, witnesses, "prediction",
                          hit->kind == CUXAS_CANDIDATE_STRUCTURE ? hit->comparison.score : NAN);
  }
}

static void put_surroundings(cuxas_json_builder *builder, cJSON *object, const cuxas_surroundings *of)
{
  static const char *const STATE[CUXAS_N_STATE] = {"0", "1", "2"};
  cJSON                   *around               = cuxas_json_put_object(builder, object, "surroundings");
  cJSON                   *state                = cuxas_json_put_object(builder, around, "oxidation_state");
  for (size_t k = 0; k < CUXAS_N_STATE; k++) cuxas_json_put_number(builder, state, STATE[k], of->state[k]);
  cuxas_json_put_number(builder, around, "mixed_valence", of->mixed);
  cJSON *coordination = cuxas_json_put_object(builder, around, "coordination");
  for (size_t k = 0; k <= CUXAS_MAX_COORDINATION; k++) {
    char name[8];
    snprintf(name, sizeof name, "%zu", k);
    if (of->coordination[k] > 0.0) cuxas_json_put_number(builder, coordination, name, of->coordination[k]);
  }
  cJSON *ligand = cuxas_json_put_object(builder, around, "ligand");
  for (size_t k = 0; k < CUXAS_N_LIGANDS; k++)
    if (of->ligand[k] > 0.0)
      cuxas_json_put_number(builder, ligand, cuxas_ligand_class_name((cuxas_ligand_class)k), of->ligand[k]);
  cJSON *distance = cuxas_json_put_object(builder, around, "distance_A");
  cuxas_json_put_number(builder, distance, "mean", of->distance_A);
  cuxas_json_put_number(builder, distance, "sd", of->distance_sd_A);
}

static void put_edge(cuxas_json_builder *builder, cJSON *object, const cuxas_edge_shape *shape)
{
  cJSON *edge = cuxas_json_put_object(builder, object, "edge");
  for (size_t i = 0; i < shape->n_edge; i++) {
    const cuxas_edge_numbers *of  = &shape->edge[i];
    cJSON                    *one = cuxas_json_put_object(builder, edge, of->name);
    put_estimate(builder, one, "onset_eV", of->onset_eV);
    put_estimate(builder, one, "peak_eV", of->peak_eV);
    put_estimate(builder, one, "width_eV", of->width_eV);
    put_estimate(builder, one, "height_over_step", of->height);
    put_estimate(builder, one, "white_line_area_eV", of->area);
  }
  put_estimate(builder, edge, "splitting_eV", shape->splitting_eV);
  put_estimate(builder, edge, "area_ratio", shape->area_ratio);
}

/* null, or the sum that is the answer. */
static void put_sum(cuxas_json_builder *builder, cJSON *object, const cuxas_report *report)
{
  if (report->answer->kind != CUXAS_ANSWER_MIXTURE) {
    cuxas_json_put_text(builder, object, "mixture", NULL);
    return;
  }
  const cuxas_mixture_fit *fit   = &report->standards_mixture->fit[report->standards_mixture->i_chosen];
  cJSON                   *array = cuxas_json_put_array(builder, object, "mixture");
  for (size_t i = 0; i < fit->n_component; i++) {
    const cuxas_mixture_component *own   = &fit->component[i];
    cJSON                         *entry = cuxas_json_put_object(builder, array, NULL);
    cuxas_json_put_text(builder, entry, "name", own->name);
    cuxas_json_put_number(builder, entry, "share", own->share);
    cuxas_json_put_numbers(builder, entry, "interval", (const double[]){own->share_low, own->share_high}, 2);
  }
}

void cuxas_answer_put_json(cuxas_json_builder *builder, cJSON *root, const cuxas_report *report)
{
  char   text[CUXAS_ANSWER_SENTENCE_SIZE];
  cJSON *object = cuxas_json_put_object(builder, root, "answer");
  cuxas_json_put_text(builder, object, "kind", cuxas_answer_kind_name(report->answer->kind));
  cuxas_answer_sentence(report, text);
  cuxas_json_put_text(builder, object, "sentence", text);
  put_compounds(builder, object, report);
  cuxas_json_put_number(builder, object, "none_of_these", report->answer->none);
  cuxas_json_put_count(builder, object, "n_group", report->answer->n_group);
  put_surroundings(builder, object, &report->answer->surroundings);
  put_edge(builder, object, report->shape);
  put_sum(builder, object, report);
  cJSON *reasons = cuxas_json_put_array(builder, object, "reasons");
  for (size_t i = 0; cuxas_answer_reason(report, i, text); i++) cuxas_json_put_text(builder, reasons, NULL, text);
  cJSON *next = cuxas_json_put_array(builder, object, "decide_next");
  for (size_t i = 0; cuxas_answer_next(report, i, text); i++) cuxas_json_put_text(builder, next, NULL, text);
}
