/* verdict.c - what is said of a match, in sentences that every report shows
 *
 *   1. how far can the ranking be trusted? Every reason is a sentence about numbers in the report; none of them claims more
 *      than the measured facts of report.h
 *   2. a mixture
 *   3. the edge itself
 *   4. what would decide */
#include "report/verdict.h"
#include "match/shortlist.h"
#include "match/mixture.h"

#include "base/text.h"
#include "match/answer.h"
#include "report/answer.h"
#include "report/hit_columns.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define SHORT_BEFORE_EV 6.0 /* a scan that begins less before its edge does not tell a background that rises */
#define RISE_WORTH 0.01     /* of the curve's height */
#define PLAIN_LINE 1.5      /* times the step: a white line that everybody sees, whatever the level under it */
#define RATIO_KNOWN 0.2     /* relative error up to which an area ratio is told */
#define LIMIT_WORTH 0.2     /* share up to which it is worth telling that it would have been seen */
#define LIMIT_HIDDEN 0.25   /* share that hides, from which on it is worth telling */

/* 1. how far can this ranking be trusted? */

const char *cuxas_verdict_name(cuxas_verdict_kind kind)
{
  switch (kind) {
  case CUXAS_VERDICT_EMPTY: return "empty";
  case CUXAS_VERDICT_POOR: return "poor";
  case CUXAS_VERDICT_OPEN: return "open";
  case CUXAS_VERDICT_FAVOURED: return "favoured";
  }
  return "unknown";
}

CUXAS_PRINTF_LIKE(2, 3) static void say(cuxas_verdict *verdict, const char *format, ...)
{
  if (verdict->n_reason == CUXAS_VERDICT_MAX_REASON) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(verdict->reason[verdict->n_reason++], CUXAS_VERDICT_REASON_SIZE, format, arguments);
  va_end(arguments);
}

/* The best candidate by one measure; hits are in rank order, so ties go to the better combined rank. */
static const cuxas_hit *find_first(const cuxas_hits *hits, bool by_mae)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if ((by_mae ? hits->hit[i].rank_mae : hits->hit[i].rank_spearman) == 1) return &hits->hit[i];
  return &hits->hit[0];
}

/* "CuO, Cu2O, CuS and 4 more": candidates other than `best` whose MAE lies within the gap of its own */
static size_t list_rivals(const cuxas_hits *hits, const cuxas_hit *best, char *list, size_t n_byte)
{
  enum { MAX_NAMED = 5 };
  cuxas_list rivals = {.text = list, .size = n_byte, .n_named = MAX_NAMED};
  for (size_t i = 0; i < hits->n_hit; i++) {
    const cuxas_hit *hit = &hits->hit[i];
    if (hit == best || hit->comparison.mae - best->comparison.mae >= CUXAS_GAP_MAE) continue;
    cuxas_list_add(&rivals, hit->name);
  }
  return cuxas_list_end(&rivals);
}

/* The best p-value of all; NaN where none is known. */
static double find_least_p(const cuxas_hits *hits)
{
  double least = NAN;
  for (size_t i = 0; i < hits->n_hit; i++)
    if (!isnan(hits->hit[i].p_value) && !(hits->hit[i].p_value >= least)) least = hits->hit[i].p_value;
  return least;
}

/* "17", "2.6" or "0.0043" */
static void put_chance(double value, char *text, size_t n_byte)
{
  snprintf(text, n_byte, value >= 9.95 ? "%.0f" : "%.2g", value);
}

/* By prediction, which is what the background is made of; `first` is the hit of that ranking. */
static void say_chance(const cuxas_hits *hits, const cuxas_hit *first, const char *what, cuxas_verdict *verdict)
{
  char   p[32], e[32];
  size_t n_structure = 0;
  if (isnan(first->p_value)) return;
  for (size_t i = 0; i < hits->n_hit; i++) n_structure += isnan(hits->hit[i].p_value) ? 0 : 1;
  put_chance(100.0 * first->p_value, p, sizeof p);
  put_chance(first->e_value, e, sizeof e);
  say(verdict,
      "Of unrelated compounds %s %% agree with the measurement as well as %s%s does (p): by chance alone about %s of "
      "the %zu structure%s searched would (E)%s.",
      p, what, first->name, e, n_structure, n_structure == 1 ? "" : "s",
      first->e_value >= CUXAS_WEAK_E ? ", so its place by itself is weak evidence" : "");
}

/* Things that speak against one candidate by itself. */
static void object_to(const cuxas_report *report, const cuxas_hit *hit, cuxas_verdict *verdict)
{
  const cuxas_comparison *comparison = &hit->comparison;

  if (comparison->shift_at_limit)
    say(verdict, "The shift of %s, %+.2f eV, ended on the border of the search window, which may be too narrow.",
        hit->name, comparison->shift_eV);
  else if (hit->kind == CUXAS_CANDIDATE_STRUCTURE && report->compare.shift_mode == CUXAS_SHIFT_FIT &&
           fabs(comparison->shift_eV - report->model->shift_eV) > 3.0)
    say(verdict, "%s needs a shift of %+.2f eV; this model's predictions usually need about %+.1f eV.", hit->name,
        comparison->shift_eV, report->model->shift_eV);
  if (hit->domain.outside)
    say(verdict, "%s lies outside the model's training domain (distance %.2f): its prediction may be wrong.", hit->name,
        hit->domain.distance);
  for (size_t i = 0; i < report->query->n_edge; i++) {
    const cuxas_onset *measured = &report->query->onset[i], *predicted = &comparison->predicted_onset[i];
    if (!measured->found || !predicted->found) continue;
    const double difference_eV = predicted->energy_eV + comparison->shift_eV - measured->energy_eV;
    if (fabs(difference_eV) > CUXAS_ONSET_DISAGREES_EV)
      say(verdict, "After the shift the %s onset of %s still lies %.1f eV %s the measured one.",
          report->query->edge[i].name, hit->name, fabs(difference_eV), difference_eV > 0.0 ? "above" : "below");
  }
}

/* What stands beside the predictions, and how far they agree. */
static void say_stages(const cuxas_report *report, cuxas_verdict *verdict)
{
  char sentence[CUXAS_VERDICT_REASON_SIZE];
  for (size_t i = 0; cuxas_shortlist_say(report, i, sentence, sizeof sentence); i++) say(verdict, "%s", sentence);
}

/* How the measures agree. */
static void say_measures(const cuxas_hits *hits, cuxas_verdict *verdict)
{
  char             rivals[300];
  const cuxas_hit *first = &hits->hit[0], *by_mae = find_first(hits, true), *by_spearman = find_first(hits, false);
  const double     best_mae = by_mae->comparison.mae;
  const size_t     n_rival  = list_rivals(hits, by_mae, rivals, sizeof rivals);

  if (hits->n_hit == 1)
    say(verdict,
        "There was one candidate only: its numbers say how well it fits, not whether another would fit better.");
  else if (first->rank_mae == 1 && first->rank_spearman == 1)
    say(verdict, "MAE and Spearman agree that %s comes first.", first->name);
  else
    say(verdict, "The measures disagree: %s has the smallest MAE (%.3f), %s the largest Spearman correlation (%.3f).",
        by_mae->name, best_mae, by_spearman->name, by_spearman->comparison.spearman);
  if (first->comparison.mae - best_mae >= CUXAS_GAP_MAE)
    say(verdict, "%s stands first, but its MAE of %.3f is clearly worse than that of %s, %.3f.", first->name,
        first->comparison.mae, by_mae->name, best_mae);
  if (n_rival > 0)
    say(verdict,
        "Within %.2f of the smallest MAE (%s) %s: %s. Gaps below about %.2f in MAE do not separate candidates: two "
        "measurements of one compound on different instruments differ by more than that.",
        CUXAS_GAP_MAE, by_mae->name, n_rival == 1 ? "lies" : "lie", rivals, CUXAS_GAP_MAE);
  else if (hits->n_hit > 1)
    say(verdict,
        "The MAE of %s is smaller than any other by %.2f or more; gaps below that would not separate candidates.",
        by_mae->name, CUXAS_GAP_MAE);
}

/* The answer is the conclusion; what stands here is how far to believe it. */
static cuxas_verdict_kind conclude(const cuxas_report *report, double least_p, cuxas_verdict *verdict)
{
  const cuxas_answer_kind kind         = report->answer->kind;
  const bool              is_measured  = kind == CUXAS_ANSWER_MIXTURE || cuxas_answer_is_measured(report);
  const char             *agreement    = cuxas_answer_agreement_name(report);
  const bool              none_is_rare = least_p > CUXAS_NONE_P;
  if (!is_measured && none_is_rare)
    say(verdict,
        "None of these stands out: %.0f %% of unrelated compounds agree with the measurement as well as the best "
        "candidate does. The sample's phase may not be among the candidates.",
        100.0 * least_p);
  say(verdict,
      "Probabilities are calibrated on measured curves whose compound is known, and hold only if the sample's phase is "
      "among the candidates.");
  if (kind == CUXAS_ANSWER_COMPOUND || kind == CUXAS_ANSWER_MIXTURE || kind == CUXAS_ANSWER_STANDARD)
    return CUXAS_VERDICT_FAVOURED;
  if (agreement != NULL) return strcmp(agreement, "agrees") == 0 ? CUXAS_VERDICT_OPEN : CUXAS_VERDICT_POOR;
  return kind == CUXAS_ANSWER_NOTHING || none_is_rare ? CUXAS_VERDICT_POOR : CUXAS_VERDICT_OPEN;
}

void cuxas_report_judge(const cuxas_report *report, cuxas_verdict *ret_verdict)
{
  const cuxas_hits *hits = report->hits;

  *ret_verdict = (cuxas_verdict){CUXAS_VERDICT_EMPTY, 0, {""}};
  if (hits->n_hit == 0) {
    say(ret_verdict, "No candidate could be compared.");
    return;
  }
  const cuxas_locale locale = cuxas_locale_begin();
  const cuxas_hit   *first  = &hits->hit[0];
  say_stages(report, ret_verdict);
  say_measures(hits, ret_verdict);
  say_chance(hits, first, "", ret_verdict);
  object_to(report, first, ret_verdict);
  ret_verdict->kind = conclude(report, find_least_p(hits), ret_verdict);
  cuxas_locale_end(locale);
}

enum { MAX_LISTED = 6 };

/* 2. a mixture */

/* "CuO 62 % (55 to 70) at -3.90 eV, Cu2O 38 % (30 to 45) at -1.50 eV" */
static void list_components(const cuxas_mixture_fit *fit, char *text, size_t n_byte)
{
  for (size_t i = 0; i < fit->n_component; i++) {
    const cuxas_mixture_component *own = &fit->component[i];
    cuxas_text_append(text, n_byte, "%s%.40s %.0f %% (%.0f to %.0f) at %+.2f eV", i > 0 ? ", " : "", own->name,
                      100.0 * own->share, 100.0 * own->share_low, 100.0 * own->share_high, own->shift_eV);
  }
}

/* "CuO 70 + SrCuO2 30 (+1.8)" */
static void list_sum(const cuxas_mixture_fit *fit, double above, char *text, size_t n_byte)
{
  for (size_t i = 0; i < fit->n_component; i++) {
    cuxas_text_append(text, n_byte, "%s%.40s", i > 0 ? " + " : "", fit->component[i].name);
    if (fit->n_component > 1) cuxas_text_append(text, n_byte, " %.0f", 100.0 * fit->component[i].share);
  }
  cuxas_text_append(text, n_byte, " (%+.1f)", above);
}

static void list_other_sums(const cuxas_mixture *mixture, char *text, size_t n_byte)
{
  const double least = mixture->fit[mixture->i_chosen].bic;
  for (size_t i = 0; i < mixture->n_rival && i < MAX_LISTED; i++) {
    if (i > 0) cuxas_text_append(text, n_byte, ", ");
    list_sum(&mixture->rival[i], mixture->rival[i].bic - least, text, n_byte);
  }
  if (mixture->n_rival > MAX_LISTED || mixture->has_more)
    cuxas_text_append(text, n_byte, ", and %s%zu more", mixture->has_more ? "at least " : "",
                      mixture->n_rival - MAX_LISTED);
}

static void list_common(const cuxas_mixture_fit *fit, char *text, size_t n_byte)
{
  for (size_t i = 0; i < fit->n_component; i++)
    if (fit->component[i].is_common)
      cuxas_text_append(text, n_byte, "%s%.40s", *text != '\0' ? ", " : "", fit->component[i].name);
}

static const char *name_candidates(const cuxas_mixture *mixture)
{
  return mixture->kind == CUXAS_MIXTURE_OF_STANDARDS ? "standards" : "candidates";
}

static void say_verdict(const cuxas_mixture *mixture, char *text, size_t n_byte)
{
  const cuxas_mixture_fit *fit       = &mixture->fit[mixture->i_chosen];
  const char              *what      = name_candidates(mixture);
  char                     list[600] = "";
  if (mixture->verdict == CUXAS_MIXTURE_FOUND) {
    list_components(fit, list, sizeof list);
    snprintf(text, n_byte, "A sum of %zu of %zu %s, without a rival: %s; MAE %.3f, Pearson %.3f.%s", fit->n_component,
             mixture->n_candidate, what, list, fit->mae, fit->pearson,
             mixture->is_answer || mixture->kind == CUXAS_MIXTURE_OF_PREDICTIONS
                 ? ""
                 : " This is no answer: a single compound of the kind, not among them, would look like it, too.");
    return;
  }
  list_sum(fit, 0.0, list, sizeof list);
  snprintf(text, n_byte,
           mixture->verdict == CUXAS_MIXTURE_SEVERAL
               ? "The data do not decide: several mixtures of the %zu %s fit equally well. The smallest BIC has %s; "
                 "MAE %.3f, Pearson %.3f."
               : "The data do not support a mixture of the %zu %s: a single one describes them as well as any sum. The "
                 "smallest BIC has %s; MAE %.3f, Pearson %.3f. This does not show that there is one phase only.",
           mixture->n_candidate, what, list, fit->mae, fit->pearson);
}

static void say_rivals(const cuxas_mixture *mixture, char *text, size_t n_byte)
{
  const cuxas_mixture_fit *fit       = &mixture->fit[mixture->i_chosen];
  char                     list[900] = "", common[200] = "";
  if (mixture->n_rival == 0) {
    snprintf(text, n_byte, "No sum without %s comes within %.0f of its BIC.",
             fit->n_component > 1 ? "all of these" : "it", CUXAS_MIXTURE_DECIDE);
    return;
  }
  list_other_sums(mixture, list, sizeof list);
  snprintf(text, n_byte, "As good, with a BIC less than %.0f above: %s.", CUXAS_MIXTURE_DECIDE, list);
  if (mixture->verdict != CUXAS_MIXTURE_SEVERAL) return;
  list_common(fit, common, sizeof common);
  cuxas_text_append(text, n_byte, *common != '\0' ? " In all of them: %s." : " They have no component in common%s.",
                    common);
}

static void say_range(const cuxas_mixture *mixture, char *text, size_t n_byte)
{
  snprintf(text, n_byte, "Compared from %.1f to %.1f eV", mixture->grid.start_eV, cuxas_grid_end_eV(mixture->grid));
  if (mixture->shortest[0] != '\0')
    cuxas_text_append(text, n_byte, ", where the standard %.60s ends", mixture->shortest);
  if (mixture->n_left_out > 0)
    cuxas_text_append(text, n_byte, "; %zu %s could not take part: too short, or without a step", mixture->n_left_out,
                      name_candidates(mixture));
  cuxas_text_append(text, n_byte, ".");
}

static void say_meaning(const cuxas_mixture *mixture, char *text, size_t n_byte)
{
  snprintf(
      text, n_byte,
      "Shares are parts of the spectrum's edge step in %%, atomic fractions only as far as saturation and probing "
      "depth are the same; intervals, of 90 %%, are given for a sum without a rival and allow for what is left over "
      "and for %.0f %% in every edge step, %s. A component that is not among the %s cannot be found: the "
      "most similar one takes its place.",
      100.0 * CUXAS_MIXTURE_STEP_ERROR,
      mixture->kind == CUXAS_MIXTURE_OF_STANDARDS
          ? "with bundled standards also for white lines that another detection mode shows higher or lower"
          : "not for errors of the predictions",
      name_candidates(mixture));
}

/* What would have been seen beside the chosen sum. */
static bool say_limits(const cuxas_mixture *mixture, char *text, size_t n_byte)
{
  if (mixture->n_limit == 0) return false;
  snprintf(text, n_byte, "Beside it these would have been seen, put into this very measurement, from so much on:");
  for (size_t i = 0; i < mixture->n_limit; i++)
    if (mixture->limit[i].share < 1.0)
      cuxas_text_append(text, n_byte, "%s %.40s %.0f %%", i > 0 ? "," : "", mixture->limit[i].name,
                        100.0 * mixture->limit[i].share);
    else
      cuxas_text_append(text, n_byte, "%s %.40s not even half", i > 0 ? "," : "", mixture->limit[i].name);
  cuxas_text_append(text, n_byte, ".");
  return true;
}

bool cuxas_mixture_say(const cuxas_mixture *mixture, size_t i_sentence, char *text, size_t n_byte)
{
  switch (i_sentence) {
  case 0: say_verdict(mixture, text, n_byte); return true;
  case 1: say_rivals(mixture, text, n_byte); return true;
  case 2: say_range(mixture, text, n_byte); return true;
  case 3: say_meaning(mixture, text, n_byte); return true;
  case 4: return say_limits(mixture, text, n_byte);
  default: return false;
  }
}

bool cuxas_mixture_is_told(const cuxas_report *report, const cuxas_mixture *mixture)
{
  if (mixture == NULL) return false;
  if (mixture->kind == CUXAS_MIXTURE_OF_PREDICTIONS || mixture->is_answer) return true;
  const char *asked = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(report->settings, "mixture"));
  return asked == NULL || strcmp(asked, "standards") != 0;
}

const char *cuxas_mixture_title(const cuxas_mixture *mixture)
{
  return mixture->kind == CUXAS_MIXTURE_OF_STANDARDS ? "Mixture of measured standards" : "Mixture";
}

const char *cuxas_mixture_verdict_name(cuxas_mixture_verdict verdict)
{
  switch (verdict) {
  case CUXAS_MIXTURE_ONE: return "one";
  case CUXAS_MIXTURE_SEVERAL: return "several";
  case CUXAS_MIXTURE_FOUND: return "found";
  }
  return "";
}

/* -- in the answer: of measured spectra -- */

/* " CuO (59 %, 53 to 65) and Cu2O (41 %, 35 to 47)" */
static void list_shares(const cuxas_mixture_fit *fit, bool has_interval, char *text)
{
  for (size_t i = 0; i < fit->n_component; i++) {
    const cuxas_mixture_component *own = &fit->component[i];
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "%s %.40s (%.0f %%",
                      i == 0                     ? ""
                      : i + 1 < fit->n_component ? ","
                                                 : " and",
                      own->name, 100.0 * own->share);
    if (has_interval)
      cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ", %.0f to %.0f", 100.0 * own->share_low,
                        100.0 * own->share_high);
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ")");
  }
}

void cuxas_mixture_say_companion(const cuxas_report *report, const char *formula, char *text)
{
  const cuxas_mixture *mixture = report->standards_mixture;
  char                 other[CUXAS_FORMULA_SIZE];
  if (mixture == NULL || !mixture->is_possible) return;
  const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_possible];
  size_t                   n_other = 0, i_other = 0;
  for (size_t i = 0; i < fit->n_component; i++)
    if (!cuxas_formula_read(fit->component[i].name, other) || strcmp(other, formula) != 0) {
      i_other = i;
      n_other++;
    }
  if (n_other == 1) {
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "; a mixture with %.40s (%.0f %%) is possible",
                      fit->component[i_other].name, 100.0 * fit->component[i_other].share);
    return;
  }
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "; a mixture, as of");
  list_shares(fit, false, text);
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ", cannot be told from one compound");
}

void cuxas_mixture_say_sum(const cuxas_report *report, char *text)
{
  const cuxas_mixture     *mixture = report->standards_mixture;
  const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_chosen];
  const bool               is_sole = mixture->verdict == CUXAS_MIXTURE_FOUND;
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, is_sole ? "A mixture of" : "A mixture, most likely of");
  list_shares(fit, is_sole, text);
  if (!is_sole) {
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ", else of");
    list_shares(&mixture->rival[0], false, text);
    if (mixture->n_rival > 1)
      cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, " or %zu other%s", mixture->n_rival - 1,
                        mixture->n_rival > 2 ? "s" : "");
  }
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                    ": their measured spectra together describe it (MAE %.3f), and no single one%s comes near.",
                    fit->mae, is_sole ? " nor another sum" : "");
}

/* A sum that one spectrum does not rule out, and that would be another answer. */
bool cuxas_mixture_say_possible(const cuxas_report *report, char *text)
{
  const cuxas_mixture *mixture = report->standards_mixture;
  if (mixture == NULL || !mixture->is_possible || report->answer->kind == CUXAS_ANSWER_NOTHING) return false;
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "A mixture is possible:");
  list_shares(&mixture->fit[mixture->i_possible], false, text);
  cuxas_text_append(
      text, CUXAS_ANSWER_SENTENCE_SIZE,
      " together leave a MAE of %.3f, the best single measured spectrum %.3f, but that alone does not tell a "
      "mixture from a compound that is not among the measured spectra.",
      mixture->fit[mixture->i_possible].mae, mixture->single_mae);
  return true;
}

bool cuxas_mixture_say_shares(const cuxas_report *report, char *text)
{
  if (report->answer->kind != CUXAS_ANSWER_MIXTURE) return false;
  cuxas_text_append(
      text, CUXAS_ANSWER_SENTENCE_SIZE,
      "Shares are parts of the edge step, which is in proportion to the number of copper atoms; saturation and a "
      "detection mode other than the standards' change them, for which the intervals of bundled standards allow. A "
      "component that is not among the standards cannot be found: the most similar one takes its place.");
  return true;
}

static int by_share(const void *a, const void *b)
{
  const cuxas_mixture_limit *left = a, *right = b;
  return left->share != right->share ? (left->share < right->share ? -1 : 1) : strcmp(left->name, right->name);
}

/* What would have been seen beside a compound whose standard agrees, by share; returns how many, 0 for other answers. */
static size_t list_limits(const cuxas_report *report, cuxas_mixture_limit ret_limit[CUXAS_MIXTURE_MAX_LIMIT])
{
  char                 formula[CUXAS_FORMULA_SIZE];
  const cuxas_mixture *mixture = report->standards_mixture;
  if (mixture == NULL || report->answer->kind != CUXAS_ANSWER_COMPOUND) return 0;
  const cuxas_hit         *hit = cuxas_answer_hit(report, 0), *standard = cuxas_answer_standard_of(report, hit);
  const cuxas_mixture_fit *fit = &mixture->fit[mixture->i_chosen];
  if (fit->n_component > 1 || standard == NULL || !cuxas_answer_agrees(standard->comparison.score) ||
      !cuxas_formula_read(fit->component[0].name, formula) || strcmp(formula, hit->formula) != 0)
    return 0;
  memcpy(ret_limit, mixture->limit, mixture->n_limit * sizeof *ret_limit);
  qsort(ret_limit, mixture->n_limit, sizeof *ret_limit, by_share);
  return mixture->n_limit;
}

/* "; nearly 50 % of Cu2O or CuS beside it would not be seen": strong white lines hide much of what has weak ones. */
void cuxas_mixture_say_hidden(const cuxas_report *report, char *text)
{
  cuxas_mixture_limit limit[CUXAS_MIXTURE_MAX_LIMIT];
  const size_t        n    = list_limits(report, limit);
  const double        most = n > 0 ? fmin(limit[n - 1].share, 0.5) : 0.0; /* more is not tried */
  if (most <= LIMIT_HIDDEN) return;
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "; nearly %.0f %% of", 100.0 * most);
  for (size_t i = 0, n_named = 0; i < n && n_named < 2; i++)
    if (limit[i].share >= most)
      cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "%s %.40s", n_named++ > 0 ? " or" : "", limit[i].name);
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, " beside it would not be seen");
}

/* Beside a compound whose standard agrees: what else would have been seen. */
bool cuxas_mixture_say_seen(const cuxas_report *report, char *text)
{
  cuxas_mixture_limit limit[CUXAS_MIXTURE_MAX_LIMIT];
  const size_t        n = list_limits(report, limit);
  if (n == 0 || limit[0].share > LIMIT_WORTH) return false;
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                    "No second compound is needed; of the edge step so much of one would have been seen:");
  for (size_t i = 0; i < n && i < 4 && limit[i].share <= LIMIT_WORTH; i++)
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "%s %.0f %% %.40s", i > 0 ? "," : "", 100.0 * limit[i].share,
                      limit[i].name);
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, ".");
  return true;
}

/* 3. the edge itself */

static void add_estimate(char *text, size_t n_byte, const char *before, cuxas_estimate of, int n_decimal,
                         const char *behind)
{
  if (isnan(of.value) || of.sd > fabs(of.value)) return; /* so uncertain it is none */
  cuxas_text_append(text, n_byte, "%s%.*f", before, n_decimal, of.value);
  if (of.sd >= 0.5 * pow(10.0, -n_decimal)) cuxas_text_append(text, n_byte, " +- %.*f", n_decimal, of.sd);
  cuxas_text_append(text, n_byte, "%s", behind);
}

bool cuxas_edge_say(const cuxas_report *report, size_t i_sentence, char *text, size_t n_byte)
{
  const cuxas_edge_shape *shape = report->shape;
  text[0]                       = '\0';
  if (i_sentence < shape->n_edge) {
    const cuxas_edge_numbers *of = &shape->edge[i_sentence];
    if (isnan(of->onset_eV.value)) return false;
    cuxas_text_append(text, n_byte, "%s: ", of->name);
    add_estimate(text, n_byte, "onset ", of->onset_eV, 2, " eV");
    add_estimate(text, n_byte, ", peak ", of->peak_eV, 2, " eV");
    add_estimate(text, n_byte, ", full width ", of->width_eV, 2, " eV");
    add_estimate(text, n_byte, ", white line ", of->height, 2, " times the step behind it");
    if (of->area.value <= 0.0)
      cuxas_text_append(text, n_byte,
                        of->height.value > PLAIN_LINE ? ", its area this scan does not tell"
                                                      : ", no white line above the step by its area");
    else
      add_estimate(text, n_byte, ", its area ", of->area, 2, " eV of the whole step");
    return true;
  }
  if (i_sentence != shape->n_edge || shape->n_edge < 2 || isnan(shape->splitting_eV.value)) return false;
  add_estimate(text, n_byte, "peaks apart by ", shape->splitting_eV, 2, " eV");
  if (shape->area_ratio.sd < RATIO_KNOWN * shape->area_ratio.value)
    add_estimate(text, n_byte, ", areas as ", shape->area_ratio, 2, " to 1");
  else
    cuxas_text_append(text, n_byte, "; how their areas compare this scan does not tell");
  return true;
}

bool cuxas_edge_say_onset(const cuxas_report *report, char *text)
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

/* How much the curve rises from the scan's beginning until the edge does, beside its whole height: means of a third of the points. */
static double rise_before(const cuxas_query *query)
{
  const size_t  n  = query->pre_edge.n_point / 3;
  const double *mu = query->mu + query->pre_edge.first;
  const double  total =
      gsl_stats_max(query->mu, 1, query->grid.n_energy) - gsl_stats_min(query->mu, 1, query->grid.n_energy);
  return n > 0 ? (gsl_stats_mean(mu + 2 * n, 1, n) - gsl_stats_mean(mu, 1, n)) / total : 0.0;
}

/* A line that rises is taken off where it can be told from the edge's tail; where it cannot, nobody would know. */
bool cuxas_edge_say_short(const cuxas_report *report, char *text)
{
  const double before_eV = report->query->onset[0].energy_eV - report->query->grid.start_eV;
  const cJSON *asked     = cJSON_GetObjectItemCaseSensitive(report->settings, "pre-edge");
  if (report->query->n_edge == 0 || !report->query->onset[0].found || before_eV >= SHORT_BEFORE_EV) return false;
  for (size_t i = 0; i < report->prepared->n_step; i++)
    if (strcmp(report->prepared->step[i].name, "pre-edge") == 0) return false;
  if ((cJSON_IsString(asked) && strcmp(asked->valuestring, "auto") != 0) || rise_before(report->query) < RISE_WORTH)
    return false;
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                    "The scan begins %.1f eV before its edge and rises there: too little to tell a background from the "
                    "edge's own tail, so that none was taken off.",
                    before_eV);
  return true;
}

/* 4. what would decide */

static bool is_open(const cuxas_report *report)
{
  return report->answer->kind == CUXAS_ANSWER_SHORTLIST || report->answer->kind == CUXAS_ANSWER_SURROUNDINGS ||
         report->answer->kind == CUXAS_ANSWER_CANDIDATE;
}

static bool ask_elements(const cuxas_report *report, char *text)
{
  if (report->answer->kind == CUXAS_ANSWER_STANDARD) {
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                      report->answer->is_ruled_out ? "Whether the sample can hold the elements that were ruled out."
                      : report->answer->is_incomplete
                          ? "Whether the sample holds all elements that are required."
                          : "The structure of that compound, and its relatives, as candidates.");
    return true;
  }
  if (!is_open(report)) return false;
  if (report->answer->kind == CUXAS_ANSWER_CANDIDATE) {
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                      "More candidates: whether another would agree better one alone cannot tell.");
    return true;
  }
  if (report->answer->uncovered >= CUXAS_ANSWER_UNCOVERED_MANY) {
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                      "More candidates: for many combinations of the elements allowed there is none.");
    return true;
  }
  if (report->answer->none >= CUXAS_ANSWER_NONE_LIKELY) {
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
  if (answer->kind == CUXAS_ANSWER_CANDIDATE && cuxas_answer_hit(report, 0)->kind == CUXAS_CANDIDATE_SPECTRUM)
    return false;
  char name[CUXAS_ANSWER_NAME_SIZE] = "what you expect";
  if (answer->n_compound > 0) cuxas_answer_name(report, 0, name);
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, "A measured spectrum of %s", name);
  if (answer->n_compound > 1) {
    cuxas_answer_name(report, 1, name);
    cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE, " or %s", name);
  }
  cuxas_text_append(text, CUXAS_ANSWER_SENTENCE_SIZE,
                    " from the same session: two measurements of one compound agree far better than theory does.");
  return true;
}

static bool ask_unflattened(const cuxas_report *report, char *text)
{
  if (!cuxas_answer_is_weak(report)) return false;
  cuxas_text_append(
      text, CUXAS_ANSWER_SENTENCE_SIZE,
      "The same sample where nothing saturates: thin in transmission, by energy losses or inverse partial "
      "fluorescence.");
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
  if (of->n_candidate == 0 ||
      (report->moved == NULL &&
       (report->answer->kind == CUXAS_ANSWER_COMPOUND || cuxas_answer_axis_off_eV(report) == 0.0) &&
       gsl_stats_max(of->state, 1, CUXAS_N_STATE) >= CUXAS_ANSWER_SURE))
    return false;
  cuxas_text_append(
      text, CUXAS_ANSWER_SENTENCE_SIZE,
      "The energy axis, tied to a standard measured in the same session: the onset tells the oxidation state.");
  return true;
}

bool cuxas_answer_next(const cuxas_report *report, size_t i_next, char text[CUXAS_ANSWER_SENTENCE_SIZE])
{
  static cuxas_answer_saying *const NEXT[] = {ask_elements, ask_standard, ask_unflattened, ask_second_edge, ask_axis};
  if (report->answer->kind == CUXAS_ANSWER_NOTHING || report->answer->kind == CUXAS_ANSWER_MIXTURE) return false;
  return cuxas_answer_pick(NEXT, sizeof NEXT / sizeof *NEXT, report, i_next, text);
}
