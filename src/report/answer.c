/* answer.c - the answer in words: chemistry first, then why, then what would decide
 *
 * Contents: 1. what is around copper  2. compounds  3. the sentence  4. reasons; what would decide is in verdict.c */
#include "report/answer.h"

#include "base/text.h"
#include "crystal/oxidation.h"
#include "match/mixture.h"
#include "match/shortlist.h"
#include "match/answer.h"
#include "match/hits.h"
#include "report/hit_columns.h"
#include "report/verdict.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = CUXAS_ANSWER_SENTENCE_SIZE }; /* of all texts */

#define PROBABLE 0.6       /* from here on as probable */
#define NEAR_MAE 0.12      /* of many candidates one comes nearer to every measured copper edge (cuxas-validate) */
#define ONSET_LOW_EV 926.0 /* copper's L3 begins between 930 and 936 eV, and axes are off by 3 eV at most */
#define ONSET_HIGH_EV 939.0
#define FEW_AGREE 0.1    /* part of unrelated compounds that agree as well, up to which one candidate alone agrees, */
#define MOST_AGREE 0.5   /* and from which on it does not */
#define ONSET_LIKELY 0.2 /* how likely the onset is in its state beside the best one, from which on it agrees, */
#define ONSET_ELSEWHERE 0.05  /* and below which it does not */
#define FEW_CANDIDATES 20     /* among fewer, the compound's relatives mostly were not asked */
#define AXIS_OFF_SD 3.0       /* an axis is off from so many standard deviations of standards' shifts on */
#define AROUND_WORTH 0.15     /* probability from which on coordination and ligands are told */
#define LOWERED_WORTH 0.01    /* part of a white line from which on saturation is told, */
#define SATURATION_WORTH 0.05 /* or from this s on, where the line is hardly above the step */
#define SAME_DISTANCE_A 0.03  /* to copper's neighbours: two relaxations of one structure differ by less */
#define NONE_WORTH 0.05       /* probability from which on it is told that it may be none of the candidates, */
#define NONE_IN_SENTENCE 0.1  /* and from which on in the sentence */

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
  if (of->state[best] >= CUXAS_ANSWER_SURE)
    cuxas_text_append(text, SIZE, "%s", cuxas_state_name((int)best));
  else if (of->state[best] >= PROBABLE)
    cuxas_text_append(text, SIZE, "Probably %s (%.0f %%)", cuxas_state_name((int)best), 100.0 * of->state[best]);
  else
    cuxas_text_append(text, SIZE, "%s (%.0f %%) or %s (%.0f %%)", cuxas_state_name((int)best), 100.0 * of->state[best],
                      cuxas_state_name((int)next), 100.0 * of->state[next]);
}

/* ", four-fold in oxygen", as far as it is known. */
static void say_neighbours(const cuxas_surroundings *of, char *text)
{
  const size_t number   = largest(of->coordination, CUXAS_MAX_COORDINATION + 1),
               kind     = largest(of->ligand, CUXAS_N_LIGANDS);
  const bool has_number = of->coordination[number] >= PROBABLE, has_kind = of->ligand[kind] >= PROBABLE;
  if (has_number || has_kind) cuxas_text_append(text, SIZE, ",");
  if (has_number) cuxas_text_append(text, SIZE, " %s", number_word(number));
  if (has_kind) cuxas_text_append(text, SIZE, " %s", ligand_words(kind));
}

/* 2. compounds */

const cuxas_hit *cuxas_answer_hit(const cuxas_report *report, size_t i_compound)
{
  return &report->hits->hit[report->answer->compound[i_compound]];
}

bool cuxas_answer_entry(const cuxas_report *report, size_t i_compound, size_t i_entry, const cuxas_hit **ret_entry)
{
  char             own[CUXAS_FORMULA_SIZE], other[CUXAS_FORMULA_SIZE];
  const cuxas_hit *lead     = cuxas_answer_hit(report, i_compound);
  const char      *compound = cuxas_hit_compound(lead, own);
  *ret_entry                = lead;
  if (i_entry == 0) return true;
  for (size_t i = 0; compound[0] != '\0' && i < report->hits->n_hit; i++) {
    const cuxas_hit *hit = &report->hits->hit[i];
    if (hit == lead || strcmp(cuxas_hit_compound(hit, other), compound) != 0 ||
        !(hit->support >= CUXAS_ANSWER_SHORTLIST_LEAST))
      continue;
    *ret_entry = hit;
    if (--i_entry == 0) return true;
  }
  return false;
}

void cuxas_answer_name(const cuxas_report *report, size_t i_compound, char name[CUXAS_ANSWER_NAME_SIZE])
{
  const cuxas_hit *lead = cuxas_answer_hit(report, i_compound), *other;
  char             formula[CUXAS_FORMULA_SIZE], own[CUXAS_FORMULA_SIZE];
  const char      *compound = cuxas_hit_compound(lead, own);
  if (!cuxas_answer_entry(report, i_compound, 1, &other))
    snprintf(name, CUXAS_ANSWER_NAME_SIZE, "%.60s", lead->name);
  else if (cuxas_formula_read(lead->name, formula) && strcmp(formula, compound) == 0)
    snprintf(name, CUXAS_ANSWER_NAME_SIZE, "%.*s", (int)strcspn(lead->name, "_- "), lead->name);
  else
    snprintf(name, CUXAS_ANSWER_NAME_SIZE, "%.60s", compound);
}

const cuxas_hit *cuxas_answer_standard_of(const cuxas_report *report, const cuxas_hit *hit)
{
  const cuxas_hit *best = NULL;
  char             formula[CUXAS_FORMULA_SIZE], own[CUXAS_FORMULA_SIZE];
  const char      *compound = cuxas_hit_compound(hit, own);
  if (report->standards == NULL || compound[0] == '\0') return NULL;
  for (size_t i = 0; i < report->standards->n_hit; i++) {
    const cuxas_hit *standard = &report->standards->hit[i];
    if (standard->is_query || standard->kind != CUXAS_CANDIDATE_SPECTRUM) continue;
    if (!cuxas_formula_read(standard->name, formula) || strcmp(formula, compound) != 0) continue;
    if (best == NULL || standard->comparison.score > best->comparison.score) best = standard;
  }
  return best;
}

static bool is_agreed(const cuxas_hit *standard)
{
  return cuxas_answer_agrees(standard->comparison.score);
}

/* Is copper's place in them another, as in polymorphs; not, as in one structure from two sources? Of spectra, is one of them meant? */
static bool are_unlike(const cuxas_hit *a, const cuxas_hit *b)
{
  const bool is_spectrum = a->kind == CUXAS_CANDIDATE_SPECTRUM, are_both = b->kind == a->kind;
  if (is_spectrum || !are_both) return are_both && a->support - b->support > NONE_WORTH;
  if (a->surroundings == NULL || b->surroundings == NULL) return false;
  return !cuxas_answer_is_relative(a, b) ||
         fabs(a->surroundings->distance_A - b->surroundings->distance_A) > SAME_DISTANCE_A;
}

/* "CuO (81 %" or, of polymorphs, "CuO (81 %: CuO_mp-1692 60 %, CuO_mp-704645 21 %" */
static void say_share(const cuxas_report *report, size_t i_compound, char *text)
{
  enum { MAX_NAMED = 3 };
  char             name[CUXAS_ANSWER_NAME_SIZE];
  const cuxas_hit *lead   = cuxas_answer_hit(report, i_compound), *entry;
  bool             differ = false;
  cuxas_answer_name(report, i_compound, name);
  cuxas_text_append(text, SIZE, " %s (%.0f %%", name, 100.0 * cuxas_hits_sum(report->hits, lead));
  for (size_t k = 1; !differ && cuxas_answer_entry(report, i_compound, k, &entry); k++)
    differ = are_unlike(lead, entry);
  for (size_t k = 0; differ && k < MAX_NAMED && cuxas_answer_entry(report, i_compound, k, &entry); k++)
    cuxas_text_append(text, SIZE, "%s %.40s %.0f %%", k == 0 ? ":" : ",", entry->name, 100.0 * entry->support);
}

/* "; a measured standard agrees, MAE 0.023", where one does. */
static void say_standard(const cuxas_report *report, size_t i_compound, char *text)
{
  const bool       is_of_several = report->answer->n_compound > 1;
  const cuxas_hit *hit = cuxas_answer_hit(report, i_compound), *standard = cuxas_answer_standard_of(report, hit);
  if (hit->kind == CUXAS_CANDIDATE_SPECTRUM && is_agreed(hit)) standard = hit;
  if (standard != NULL && is_agreed(standard))
    cuxas_text_append(text, SIZE,
                      is_of_several ? ", measured standard MAE %.3f" : "; a measured standard agrees, MAE %.3f",
                      standard->comparison.mae);
}

const cuxas_hit *cuxas_answer_simulated_of(const cuxas_report *report, const cuxas_hit *hit)
{
  const size_t i = cuxas_shortlist_find(report->shortlist, hit);
  return i != SIZE_MAX ? &report->shortlist->hits->hit[i] : NULL;
}

bool cuxas_answer_is_measured(const cuxas_report *report)
{
  if (report->answer->kind != CUXAS_ANSWER_COMPOUND) return false;
  const cuxas_hit *standard = cuxas_answer_standard_of(report, cuxas_answer_hit(report, 0));
  return cuxas_answer_hit(report, 0)->kind == CUXAS_CANDIDATE_SPECTRUM || (standard != NULL && is_agreed(standard));
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

/* -- one candidate alone -- */

typedef enum { AGREES, OPEN, DISAGREES } agreement;

/* How much less likely the onset is in this candidate's states than in the best one. */
static double likelihood_of_onset(const cuxas_report *report, const cuxas_hit *hit)
{
  const double *by_state = report->answer->onset_state;
  double        own      = 0.0;
  if (hit->surroundings == NULL || !hit->surroundings->is_known) return 1.0;
  for (size_t k = 0; k < CUXAS_N_STATE; k++) own += hit->surroundings->state[k] * by_state[k];
  return own / by_state[largest(by_state, CUXAS_N_STATE)];
}

static agreement find_agreement(const cuxas_report *report)
{
  const cuxas_hit *hit = cuxas_answer_hit(report, 0), *standard = cuxas_answer_standard_of(report, hit);
  const bool       is_spectrum = hit->kind == CUXAS_CANDIDATE_SPECTRUM;
  const double     score = hit->comparison.score, onset = likelihood_of_onset(report, hit);
  const bool       is_near = isnan(hit->p_value) ? score >= CUXAS_ANSWER_NONE_SCORE : hit->p_value <= FEW_AGREE;
  const bool       is_far  = isnan(hit->p_value) ? score < CUXAS_SURROUNDINGS_NONE_SCORE : hit->p_value > MOST_AGREE;
  if (is_spectrum) return cuxas_answer_agrees(score) ? AGREES : DISAGREES;
  if (standard != NULL && is_agreed(standard)) return AGREES;
  if (is_far || onset < ONSET_ELSEWHERE ||
      (standard != NULL && standard->comparison.score < score && score > CUXAS_ANSWER_NOISY_SCORE))
    return DISAGREES; /* a measured spectrum that agrees better than theory is kept from it by noise */
  return is_near && onset >= ONSET_LIKELY ? AGREES : OPEN;
}

const char *cuxas_answer_agreement_name(const cuxas_report *report)
{
  static const char *const NAME[] = {"agrees", "open", "disagrees"};
  return report->answer->kind == CUXAS_ANSWER_CANDIDATE ? NAME[find_agreement(report)] : NULL;
}

/* 3. the sentence */

/* Beside an agreeing measured spectrum only what saturation flattens may be none of the candidates. */
static bool tells_none_beside(const cuxas_report *report)
{
  return report->answer->none >= NONE_IN_SENTENCE &&
         (!cuxas_answer_is_measured(report) || report->answer->flattened > 0.0);
}

/* Of few candidates the best is the best of them: with the right one absent, as often named as with it. */
static void say_none_of_them(const cuxas_report *report, char *text)
{
  const size_t n           = report->hits->n_hit;
  const char  *of          = report->hits->n_filtered > 0 ? " that the elements leave" : "";
  const bool   is_measured = cuxas_answer_is_measured(report);
  const bool   is_few      = n < FEW_CANDIDATES && report->answer->surroundings.n_candidate > 0;
  if (is_measured && tells_none_beside(report))
    cuxas_text_append(text, SIZE,
                      is_few
                          ? "; a compound of its kind, or one whose stronger white line saturation flattens, may look "
                            "like it (%.0f %%)"
                          : "; a compound whose stronger white line saturation flattens may look like it (%.0f %%)",
                      100.0 * report->answer->none);
  else if (is_measured && is_few)
    cuxas_text_append(text, SIZE, "; a compound of its kind may look like it");
  else if (tells_none_beside(report))
    cuxas_text_append(text, SIZE, ", or none of the %zu candidates%s (%.0f %%)", n, of, 100.0 * report->answer->none);
  else if (!is_measured && is_few)
    cuxas_text_append(text, SIZE, ", if it is among the %zu candidates%s", n, of);
}

static void say_compound(const cuxas_report *report, char *text)
{
  const cuxas_hit *hit = cuxas_answer_hit(report, 0);
  cuxas_text_append(text, SIZE, ":");
  say_share(report, 0, text);
  say_standard(report, 0, text);
  cuxas_text_append(text, SIZE, ")");
  say_none_of_them(report, text);
  cuxas_mixture_say_companion(report, hit->formula, text);
  cuxas_mixture_say_hidden(report, text);
  cuxas_text_append(text, SIZE, ".");
}

static void say_shortlist(const cuxas_report *report, char *text)
{
  const bool is_probable = cuxas_hits_sum(report->hits, cuxas_answer_hit(report, 0)) >= 0.5;
  cuxas_text_append(text, SIZE, report->answer->n_compound > 1 ? ": one of" : is_probable ? ": probably" : ": perhaps");
  for (size_t i = 0; i < report->answer->n_compound; i++) {
    if (i > 0) cuxas_text_append(text, SIZE, ",");
    say_share(report, i, text);
    say_standard(report, i, text);
    cuxas_text_append(text, SIZE, ")");
  }
  say_none_of_them(report, text);
  cuxas_mixture_say_companion(report, "", text);
  cuxas_text_append(text, SIZE, ".");
}

/* "Cu(II) in oxygen: CuO, whose measured spectrum agrees (MAE 0.023) and which is not among the candidates; ..." */
static void say_missing(const cuxas_report *report, char *text)
{
  const cuxas_hit *best    = cuxas_answer_missing(report->hits, report->standards);
  bool             are_two = false;
  char             formula[CUXAS_FORMULA_SIZE], other[CUXAS_FORMULA_SIZE];
  if (best == NULL || !cuxas_formula_read(best->name, formula)) return;
  cuxas_text_append(text, SIZE, ": %.*s", (int)strcspn(best->name, "_ "), best->name);
  for (size_t i = 0; i < report->standards->n_hit; i++) { /* those of other compounds that agree nearly as well */
    const cuxas_hit *hit = &report->standards->hit[i];
    if (hit->is_query || !is_agreed(hit) ||
        hit->comparison.score < best->comparison.score - CUXAS_ANSWER_STANDARD_WIDTH ||
        !cuxas_formula_read(hit->name, other) || strcmp(other, formula) == 0)
      continue;
    cuxas_text_append(text, SIZE, " or %.*s", (int)strcspn(hit->name, "_ "), hit->name);
    are_two = true;
    break;
  }
  if (report->answer->is_ruled_out || report->answer->is_incomplete)
    cuxas_text_append(
        text, SIZE,
        are_two ? ", or a compound of their kind: their measured spectra agree (MAE %.3f for the first), of what the "
                  "elements leave nothing does as well."
                : ", or a compound of its kind: its measured spectrum agrees (MAE %.3f), of what the elements leave "
                  "nothing does as well.",
        best->comparison.mae);
  else
    cuxas_text_append(
        text, SIZE,
        are_two ? ", which are not among the candidates: their measured spectra agree (MAE %.3f for the first), %s; a "
                  "compound of their kind may look like them."
                : ", which is not among the candidates: its measured spectrum agrees (MAE %.3f), %s; a compound of its "
                  "kind may look like it.",
        best->comparison.mae,
        report->hits->n_hit == 1 ? "the one candidate does not" : "none of the candidates does as well");
}

/* ": Cu2O, the only candidate, agrees (prediction with MAE 0.042, measured spectrum 0.020); ..." */
static void say_only(const cuxas_report *report, char *text)
{
  static const char *const WORDS[]  = {"agrees", "is neither confirmed nor ruled out", "does not agree"};
  const cuxas_hit         *hit      = cuxas_answer_hit(report, 0);
  const agreement          how      = find_agreement(report);
  const cuxas_hit         *standard = cuxas_answer_standard_of(report, hit), *entry;
  const bool               is_one   = !cuxas_answer_entry(report, 0, 1, &entry);
  char                     name[CUXAS_ANSWER_NAME_SIZE];
  cuxas_answer_name(report, 0, name);
  cuxas_text_append(text, SIZE, "%s%s, the only %s, %s (%s with MAE %.3f", text[0] != '\0' ? ": " : "", name,
                    is_one ? "candidate" : "compound among the candidates", WORDS[how],
                    hit->kind == CUXAS_CANDIDATE_SPECTRUM ? "measured spectrum" : "prediction", hit->comparison.mae);
  if (standard != NULL && hit->kind != CUXAS_CANDIDATE_SPECTRUM)
    cuxas_text_append(text, SIZE, ", measured spectrum %.3f", standard->comparison.mae);
  cuxas_text_append(text, SIZE, ")");
  if (likelihood_of_onset(report, hit) < ONSET_LIKELY && !(standard != NULL && is_agreed(standard)))
    cuxas_text_append(text, SIZE, ", and the onset is not that of its %s",
                      cuxas_state_name((int)largest(hit->surroundings->state, CUXAS_N_STATE)));
  cuxas_text_append(text, SIZE, how == DISAGREES ? "." : "; others of its kind may agree better.");
}

/* Of one candidate alone: how much chance has to do with it. */
static bool say_chance(const cuxas_report *report, char *text)
{
  if (report->answer->kind != CUXAS_ANSWER_CANDIDATE) return false;
  const cuxas_hit *hit = cuxas_answer_hit(report, 0);
  if (isnan(hit->p_value)) return false;
  cuxas_text_append(text, SIZE, "%s%.0f %% of unrelated compounds agree as well by their predictions.",
                    hit->p_value <= FEW_AGREE ? "Only " : "", fmax(100.0 * hit->p_value, 1.0));
  return true;
}

void cuxas_answer_sentence(const cuxas_report *report, char text[CUXAS_ANSWER_SENTENCE_SIZE])
{
  const cuxas_answer *answer = report->answer;
  text[0]                    = '\0';
  if (answer->kind == CUXAS_ANSWER_NOTHING) {
    cuxas_text_append(text, SIZE,
                      report->hits->n_hit == 0
                          ? "Nothing can be said: no candidate could be compared."
                          : "Nothing can be said: the spectrum does not decide between the candidates.");
    return;
  }
  if (answer->kind == CUXAS_ANSWER_MIXTURE) {
    cuxas_mixture_say_sum(report, text);
    return;
  }
  if (is_far(report)) cuxas_text_append(text, SIZE, "If this is copper's edge at all: ");
  if (answer->kind == CUXAS_ANSWER_STANDARD && answer->is_ruled_out)
    cuxas_text_append(text, SIZE, "If it holds other elements than those allowed: ");
  else if (answer->kind == CUXAS_ANSWER_STANDARD && answer->is_incomplete)
    cuxas_text_append(text, SIZE, "If it does not hold all elements required: ");
  if (answer->surroundings.n_candidate > 0) {
    say_state(&answer->surroundings, text);
    char *probably = strstr(text, ": Probably"); /* within the sentence */
    if (probably != NULL) probably[2] = 'p';
    say_neighbours(&answer->surroundings, text);
  } else if (answer->kind != CUXAS_ANSWER_CANDIDATE) {
    cuxas_text_append(text, SIZE, "Of the candidates");
  }
  if (answer->kind == CUXAS_ANSWER_CANDIDATE)
    say_only(report, text);
  else if (answer->kind == CUXAS_ANSWER_STANDARD)
    say_missing(report, text);
  else if (answer->kind == CUXAS_ANSWER_COMPOUND)
    say_compound(report, text);
  else if (answer->kind == CUXAS_ANSWER_SHORTLIST)
    say_shortlist(report, text);
  else if (answer->none >= CUXAS_ANSWER_NONE_LIKELY)
    cuxas_text_append(text, SIZE, "; probably none of the candidates (%.0f %%)", 100.0 * answer->none);
  else
    cuxas_text_append(text, SIZE, "; which compound this spectrum alone does not decide");
  if (answer->kind != CUXAS_ANSWER_SURROUNDINGS) return;
  cuxas_mixture_say_companion(report, "", text);
  cuxas_text_append(text, SIZE, ".");
}

/* 4. reasons */

static bool say_around(const cuxas_report *report, char *text)
{
  const cuxas_surroundings *of = &report->answer->surroundings;
  if (of->n_candidate == 0 || report->answer->kind == CUXAS_ANSWER_NOTHING ||
      report->answer->kind == CUXAS_ANSWER_MIXTURE) /* of one compound, which it is not */
    return false;
  cuxas_text_append(text, SIZE, "Surroundings of copper: Cu(0) %.0f %%, Cu(I) %.0f %%, Cu(II) %.0f %%",
                    100.0 * of->state[0], 100.0 * of->state[1], 100.0 * of->state[2]);
  const size_t number = largest(of->coordination, CUXAS_MAX_COORDINATION + 1),
               kind   = largest(of->ligand, CUXAS_N_LIGANDS);
  if (of->coordination[number] >= AROUND_WORTH && report->answer->kind != CUXAS_ANSWER_STANDARD)
    cuxas_text_append(text, SIZE, "; %s %.0f %%", number_word(number), 100.0 * of->coordination[number]);
  if (of->ligand[kind] >= AROUND_WORTH)
    cuxas_text_append(text, SIZE, "; %s %.0f %%", ligand_words(kind), 100.0 * of->ligand[kind]);
  if (!isnan(of->distance_A) && of->none < CUXAS_ANSWER_NONE_LIKELY && report->answer->kind != CUXAS_ANSWER_STANDARD) {
    cuxas_text_append(text, SIZE, "; neighbours at %.2f", of->distance_A);
    if (of->distance_sd_A >= 0.005) cuxas_text_append(text, SIZE, " +- %.2f", of->distance_sd_A);
    cuxas_text_append(text, SIZE, " A");
  }
  cuxas_text_append(text, SIZE, ".");
  return true;
}

static bool say_witnesses(const cuxas_report *report, char *text)
{
  if (report->answer->kind != CUXAS_ANSWER_COMPOUND) return false;
  const cuxas_hit *hit = cuxas_answer_hit(report, 0), *simulated = cuxas_answer_simulated_of(report, hit);
  if (hit->kind == CUXAS_CANDIDATE_SPECTRUM)
    cuxas_text_append(text, SIZE, "%.60s is a measured spectrum", hit->name);
  else if (hit->rank == 1)
    cuxas_text_append(text, SIZE, "%.60s comes first by prediction", hit->name);
  else
    cuxas_text_append(text, SIZE, "%.60s is number %zu by prediction", hit->name, hit->rank);
  if (simulated != NULL && simulated->rank == 1)
    cuxas_text_append(text, SIZE, hit->rank == 1 ? " and by simulation" : " and first by simulation");
  else if (simulated != NULL)
    cuxas_text_append(text, SIZE, " and number %zu by simulation", simulated->rank);
  cuxas_text_append(text, SIZE, ", of %zu candidate%s", report->hits->n_hit, report->hits->n_hit == 1 ? "" : "s");
  const cuxas_hit *standard = cuxas_answer_standard_of(report, hit);
  if (standard != NULL)
    cuxas_text_append(text, SIZE, "; its measured standard %.60s %s (MAE %.3f, Spearman %.3f)", standard->name,
                      is_agreed(standard) ? "agrees" : "does not agree", standard->comparison.mae,
                      standard->comparison.spearman);
  cuxas_text_append(text, SIZE, ".");
  return true;
}

static bool say_far(const cuxas_report *report, char *text)
{
  if (!is_far(report)) return false;
  if (is_elsewhere(report))
    cuxas_text_append(text, SIZE,
                      "The edge begins at %.1f eV, copper's L3 between 930 and 936 eV: another element's, or an energy "
                      "axis that is off.",
                      report->query->onset[0].energy_eV);
  else
    cuxas_text_append(
        text, SIZE,
        "The smallest MAE of all candidates is %.2f; one of them comes nearer to every copper edge that was "
        "tried. Is this copper's L2,3 edge, and is its background taken off?",
        smallest_mae(report));
  return true;
}

/* Does the sentence say how likely it is that none of them is right? */
static bool tells_none(const cuxas_report *report)
{
  const cuxas_answer *answer = report->answer;
  if (answer->kind == CUXAS_ANSWER_STANDARD) return true;
  if (answer->kind == CUXAS_ANSWER_SURROUNDINGS) return answer->none >= CUXAS_ANSWER_NONE_LIKELY;
  return (answer->kind == CUXAS_ANSWER_SHORTLIST || answer->kind == CUXAS_ANSWER_COMPOUND) && tells_none_beside(report);
}

/* A standard whose compound is not among the candidates, and how likely it is that none of them is right. */
static bool say_none(const cuxas_report *report, char *text)
{
  const cuxas_answer *answer = report->answer;
  if (answer->kind == CUXAS_ANSWER_NOTHING || answer->kind == CUXAS_ANSWER_MIXTURE) return false;
  const cuxas_hit *missing = cuxas_answer_missing(report->hits, report->standards);
  if (missing != NULL)
    cuxas_text_append(text, SIZE,
                      "The measured spectrum %.60s agrees (MAE %.3f, Spearman %.3f), but its compound is not among the "
                      "candidates%s.",
                      missing->name, missing->comparison.mae, missing->comparison.spearman,
                      answer->is_ruled_out || answer->is_incomplete ? " that the elements leave" : "");
  if (answer->none >= NONE_WORTH && answer->kind != CUXAS_ANSWER_CANDIDATE && !tells_none(report))
    cuxas_text_append(text, SIZE, "%sThat it is none of the candidates has a probability of %.0f %%.",
                      missing != NULL ? " " : "", 100.0 * answer->none);
  if (answer->uncovered >= CUXAS_ANSWER_UNCOVERED_MANY && answer->kind != CUXAS_ANSWER_STANDARD && tells_none(report))
    cuxas_text_append(text, SIZE, "%sFor many combinations of the elements allowed there is no candidate.",
                      text[0] != '\0' ? " " : "");
  return text[0] != '\0';
}

/* A weak white line, and a measured spectrum that agrees: what saturation makes of a stronger one looks like it. */
static const cuxas_hit *find_weak(const cuxas_report *report)
{
  const cuxas_answer *answer = report->answer;
  const cuxas_hit    *of     = NULL;
  if (answer->kind == CUXAS_ANSWER_STANDARD)
    of = cuxas_answer_missing(report->hits, report->standards);
  else if (answer->n_compound > 0)
    of = cuxas_answer_standard_of(report, cuxas_answer_hit(report, 0));
  return of != NULL && is_agreed(of) && of->comparison.score < CUXAS_ANSWER_STANDARD_SAME && answer->flattened > 0.0 &&
                 report->shape->n_edge > 0
             ? of
             : NULL;
}

bool cuxas_answer_is_weak(const cuxas_report *report)
{
  return find_weak(report) != NULL;
}

static bool say_weak(const cuxas_report *report, char *text)
{
  const cuxas_hit *of = find_weak(report);
  if (of == NULL) return false;
  cuxas_text_append(
      text, SIZE,
      "The measured spectrum %.60s agrees, but white lines as weak as this one, %.1f times the step behind "
      "it, are also what saturation (self-absorption, thick samples) makes of stronger ones.",
      of->name, report->shape->edge[0].height.value);
  return true;
}

/* What two measurements of one compound in different detection modes need. */
static bool say_saturation(const cuxas_report *report, char *text)
{
  const cuxas_hit *of = NULL;
  if (cuxas_answer_is_measured(report) || report->answer->kind == CUXAS_ANSWER_CANDIDATE) {
    const cuxas_hit *hit = cuxas_answer_hit(report, 0);
    of                   = hit->kind == CUXAS_CANDIDATE_SPECTRUM ? hit : cuxas_answer_standard_of(report, hit);
  } else if (report->answer->kind == CUXAS_ANSWER_STANDARD) {
    of = cuxas_answer_missing(report->hits, report->standards);
  }
  if (of == NULL || !is_agreed(of) || !of->comparison.is_flattened) return false;
  const cuxas_comparison *fit        = &of->comparison;
  const bool              is_flatter = fit->white_line < 1.0;
  const double            lowered    = 1.0 - (is_flatter ? fit->white_line : 1.0 / fit->white_line);
  char                    how[40];
  if (lowered < LOWERED_WORTH && fabs(fit->saturation) < SATURATION_WORTH) return false;
  cuxas_text_print(how, sizeof how, lowered < LOWERED_WORTH ? "flattened" : "lowered by %.0f %%", 100.0 * lowered);
  cuxas_text_append(text, SIZE,
                    "Saturation: beside %s measured spectrum %.60s%s is %s (s = %.3f +- %.3f; %s edge times %.2f +- "
                    "%.2f), as by self-absorption or another detection mode; it agrees when that is allowed for.",
                    is_flatter ? "the" : "this scan the white line of the", of->name,
                    is_flatter ? " this one's white line" : "", how, fit->saturation, fit->saturation_sd,
                    report->query->edge[report->query->n_edge - 1].name, fit->second_edge, fit->second_edge_sd);
  return true;
}

double cuxas_answer_axis_off_eV(const cuxas_report *report)
{
  const cuxas_prior usual    = report->compare.standard_prior;
  const cuxas_hit  *as_it_is = cuxas_answer_agreeing(report->standards);
  const bool        is_own =
      report->answer->kind == CUXAS_ANSWER_COMPOUND && cuxas_answer_hit(report, 0)->kind == CUXAS_CANDIDATE_SPECTRUM;
  if (is_own || as_it_is == NULL || fabs(as_it_is->comparison.shift_eV - usual.mean) <= AXIS_OFF_SD * usual.sd)
    return 0.0;
  return as_it_is->comparison.shift_eV;
}

/* The axis is off by all that agrees; or no standard does, or with saturation only, but one would on another axis. */
static bool say_moved(const cuxas_report *report, char *text)
{
  const cuxas_hit *moved = cuxas_answer_agreeing(report->moved), *as_it_is = cuxas_answer_agreeing(report->standards);
  const double     off_eV = cuxas_answer_axis_off_eV(report);
  if ((moved == NULL && off_eV == 0.0) || report->answer->kind == CUXAS_ANSWER_NOTHING) return false;
  if (off_eV != 0.0)
    cuxas_text_append(
        text, SIZE, "The energy axis reads %.1f eV %s than that of the measured spectrum %.60s, with which it agrees.",
        fabs(off_eV), off_eV > 0.0 ? "higher" : "lower", as_it_is->name);
  if (moved == NULL) return true;
  cuxas_text_append(text, SIZE,
                    "%sIf the energy axis reads %.1f eV too %s, the measured spectrum %.60s agrees (MAE %.3f, Spearman "
                    "%.3f)",
                    text[0] != '\0' ? " " : "", fabs(moved->comparison.shift_eV),
                    moved->comparison.shift_eV > 0.0 ? "high" : "low", moved->name, moved->comparison.mae,
                    moved->comparison.spearman);
  if (as_it_is == NULL)
    cuxas_text_append(text, SIZE, "; as it is, none does.");
  else
    cuxas_text_append(text, SIZE, " without saturation; as it is, %.60s does with it (MAE %.3f).", as_it_is->name,
                      as_it_is->comparison.mae);
  return true;
}

/* A bundled spectrum made from this very file agrees without fail and is no witness. */
static bool say_same(const cuxas_report *report, char *text)
{
  for (size_t i = 0; report->standards != NULL && i < report->standards->n_hit; i++) {
    if (!report->standards->hit[i].is_query) continue;
    cuxas_text_append(text, SIZE, "The bundled spectrum %.60s is this very measurement, and so no witness.",
                      report->standards->hit[i].name);
    return true;
  }
  return false;
}

static bool say_how_many(const cuxas_report *report, char *text)
{
  const cuxas_answer *answer = report->answer;
  if (answer->n_group < 2 || answer->kind == CUXAS_ANSWER_MIXTURE || answer->kind == CUXAS_ANSWER_STANDARD)
    return false;
  cuxas_text_append(text, SIZE, "%zu of the %zu candidates together hold 90 %% of the probability%s", answer->n_group,
                    report->hits->n_hit, answer->none >= NONE_WORTH ? " that they have" : "");
  if (answer->kind == CUXAS_ANSWER_SURROUNDINGS && answer->n_compound > 0) {
    cuxas_text_append(text, SIZE, "; the most probable:");
    for (size_t i = 0; i < answer->n_compound && i < 3; i++) {
      if (i > 0) cuxas_text_append(text, SIZE, ",");
      say_share(report, i, text);
      cuxas_text_append(text, SIZE, ")");
    }
  }
  cuxas_text_append(text, SIZE, ".");
  return true;
}

bool cuxas_answer_pick(cuxas_answer_saying *const *list, size_t n, const cuxas_report *report, size_t i_wanted,
                       char *text)
{
  for (size_t i = 0; i < n; i++) {
    text[0] = '\0';
    if (list[i](report, text) && i_wanted-- == 0) return true;
  }
  return false;
}

bool cuxas_answer_reason(const cuxas_report *report, size_t i_reason, char text[CUXAS_ANSWER_SENTENCE_SIZE])
{
  static cuxas_answer_saying *const REASON[] = {say_far,
                                                say_witnesses,
                                                say_chance,
                                                say_saturation,
                                                say_weak,
                                                say_none,
                                                say_moved,
                                                say_same,
                                                cuxas_mixture_say_shares,
                                                cuxas_mixture_say_possible,
                                                say_around,
                                                cuxas_edge_say_onset,
                                                cuxas_edge_say_short,
                                                cuxas_mixture_say_seen,
                                                say_how_many};
  return cuxas_answer_pick(REASON, sizeof REASON / sizeof *REASON, report, i_reason, text);
}

const char *cuxas_answer_kind_name(cuxas_answer_kind kind)
{
  static const char *const NAME[] = {
      [CUXAS_ANSWER_NOTHING] = "nothing",     [CUXAS_ANSWER_SURROUNDINGS] = "surroundings",
      [CUXAS_ANSWER_CANDIDATE] = "candidate", [CUXAS_ANSWER_STANDARD] = "standard",
      [CUXAS_ANSWER_SHORTLIST] = "shortlist", [CUXAS_ANSWER_MIXTURE] = "mixture",
      [CUXAS_ANSWER_COMPOUND] = "compound"};
  return NAME[kind];
}
