/* How far can this ranking be trusted? Every reason is a sentence about numbers in the report; none of them claims more than
 * the measured facts of report.h. */
#include "cuxas/report.h"
#include "base/text.h"
#include "report/shortlist_report.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

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
  if (first->e_value >= CUXAS_FAVOURED_E)
    say(verdict,
        "Of unrelated compounds %s %% agree with the measurement as well as %s%s does (p): by chance alone about %s of "
        "the "
        "%zu structure%s searched would (E), so its place by itself is weak evidence.",
        p, what, first->name, e, n_structure, n_structure == 1 ? "" : "s");
  else
    say(verdict,
        "Of unrelated compounds %s %% agree with the measurement as well as %s%s does (p): by chance alone about %s of "
        "the "
        "%zu structure%s searched would (E).",
        p, what, first->name, e, n_structure, n_structure == 1 ? "" : "s");
}

/* The candidates that cannot be told apart, but for `first`: "Cu4O3, CuSiO3 and 7 more"; returns how many. */
static size_t list_group(const cuxas_hits *hits, const cuxas_hit *first, char *list, size_t n_byte)
{
  enum { MAX_NAMED = 5 };
  cuxas_list group = {.text = list, .size = n_byte, .n_named = MAX_NAMED};
  for (size_t i = 0; i < hits->n_hit; i++)
    if (hits->hit[i].is_in_group && &hits->hit[i] != first) cuxas_list_add(&group, hits->hit[i].name);
  return cuxas_list_end(&group);
}

/* By p-values, of all candidates: what held-out compounds say. */
static void say_share(const cuxas_hits *hits, const cuxas_hit *first, size_t n_alike, const char *alike,
                      cuxas_verdict *verdict)
{
  const double percent = 100.0 * first->support;
  if (n_alike == 0)
    say(verdict,
        "%s alone holds %.0f %% of the support: where the answer is known, candidates with as much are right that "
        "often.",
        first->name, percent);
  else if (n_alike + 1 > CUXAS_GROUP_MAX)
    say(verdict,
        "The spectrum does not decide: %zu of the %zu candidates together hold 90 %% of the support (%s: %.1f %%), and "
        "none "
        "can be singled out.",
        n_alike + 1, hits->n_hit, first->name, percent);
  else
    say(verdict, "Cannot be told apart from %s (support %.0f %%; together 90 %%): %s.", first->name, percent, alike);
}

static void say_group(const cuxas_hits *hits, const cuxas_hit *first, size_t n_alike, const char *alike,
                      bool is_simulated, cuxas_verdict *verdict)
{
  if (isnan(first->support)) return;
  if (!isnan(first->p_value))
    say_share(hits, first, n_alike, alike, verdict);
  else if (n_alike == 0)
    say(verdict, "%s stays the best in %.0f %% of the replicates when the energies compared are drawn anew%s.",
        first->name, 100.0 * first->support, is_simulated ? "" : " and the predictions are moved within their errors");
  else if (first->is_in_group)
    say(verdict, "Cannot be told apart from %s (best in %.0f %% of bootstrap replicates): %s.", first->name,
        100.0 * first->support, alike);
  else
    say(verdict, "%s is the best in only %.0f %% of bootstrap replicates, others lead: %s.", first->name,
        100.0 * first->support, alike);
}

/* ": Cu2O or CuO", ": Cu2O or one of 3 others", or nothing where no shortlist is short. */
static void name_shortlist(const cuxas_hit *first, size_t n_alike, const char *alike, char *text, size_t n_byte)
{
  *text = '\0';
  if (n_alike == 0 || !first->is_in_group || n_alike + 1 > CUXAS_GROUP_MAX) return;
  if (n_alike == 1)
    snprintf(text, n_byte, ": %.40s or %.40s", first->name, alike);
  else
    snprintf(text, n_byte, ": %.40s or one of %zu others", first->name, n_alike);
}

/* Things that speak against one candidate by itself; returns how many. */
static size_t object_to(const cuxas_report *report, const cuxas_hit *hit, cuxas_verdict *verdict)
{
  const cuxas_comparison *comparison = &hit->comparison;
  size_t                  n          = 0;

  if (comparison->shift_at_limit && ++n > 0)
    say(verdict, "The shift of %s, %+.2f eV, ended on the border of the search window: widen it (--shift-window).",
        hit->name, comparison->shift_eV);
  else if (hit->kind == CUXAS_CANDIDATE_STRUCTURE && report->compare.shift_mode == CUXAS_SHIFT_FIT &&
           fabs(comparison->shift_eV - report->model->shift_eV) > 3.0 && ++n > 0)
    say(verdict, "%s needs a shift of %+.2f eV; %s usually need about %+.1f eV.", hit->name, comparison->shift_eV,
        cuxas_shortlist_leads(report->shortlist) ? "simulations" : "this model's predictions", report->model->shift_eV);
  if (hit->domain.outside && ++n > 0)
    say(verdict, "%s lies outside the model's training domain (distance %.2f): its prediction may be wrong.", hit->name,
        hit->domain.distance);
  for (size_t i = 0; i < report->query->n_edge; i++) {
    const cuxas_onset *measured = &report->query->onset[i], *predicted = &comparison->predicted_onset[i];
    if (!measured->found || !predicted->found) continue;
    const double difference_eV = predicted->energy_eV + comparison->shift_eV - measured->energy_eV;
    if (fabs(difference_eV) > CUXAS_ONSET_DISAGREES_EV && ++n > 0)
      say(verdict, "After the shift the %s onset of %s still lies %.1f eV %s the measured one.",
          report->query->edge[i].name, hit->name, fabs(difference_eV), difference_eV > 0.0 ? "above" : "below");
  }
  return n;
}

/* What decides, and what speaks against it. */
static void say_stages(const cuxas_report *report, cuxas_verdict *verdict)
{
  char sentence[CUXAS_VERDICT_REASON_SIZE];
  for (size_t i = 0; cuxas_shortlist_say(report, i, sentence, sizeof sentence); i++) say(verdict, "%s", sentence);
}

/* A ranking by simulation that prediction does not share, or that lacks the core hole, identifies nothing. */
static size_t object_to_stages(const cuxas_report *report)
{
  if (!cuxas_shortlist_leads(report->shortlist)) return 0;
  return (cuxas_shortlist_agrees(report) ? 0u : 1u) + (report->shortlist->n_without_hole > 0 ? 1u : 0u);
}

void cuxas_report_judge(const cuxas_report *report, cuxas_verdict *ret_verdict)
{
  const bool        is_simulated = cuxas_shortlist_leads(report->shortlist);
  const cuxas_hits *hits         = is_simulated ? report->shortlist->hits : report->hits;
  cuxas_verdict    *verdict      = ret_verdict;
  char              rivals[300];

  *verdict = (cuxas_verdict){CUXAS_VERDICT_EMPTY, 0, {""}};
  if (hits->n_hit == 0) {
    say(verdict, "No candidate could be compared.");
    return;
  }
  say_stages(report, verdict);
  const cuxas_hit *first       = &hits->hit[0];
  const cuxas_hit *by_mae      = find_first(hits, true);
  const cuxas_hit *by_spearman = find_first(hits, false);
  const double     best_mae    = by_mae->comparison.mae;
  const bool       is_poor     = (report->compare.scale == CUXAS_SCALE_MINMAX && best_mae > CUXAS_POOR_MAE) ||
                       by_spearman->comparison.spearman < CUXAS_POOR_SPEARMAN;
  const bool agree = first->rank_mae == 1 && first->rank_spearman == 1;

  if (hits->n_hit == 1)
    say(verdict,
        "There was one candidate only: its numbers say how well it fits, not whether another would fit better.");
  else if (agree)
    say(verdict, "MAE and Spearman agree that %s comes first.", first->name);
  else
    say(verdict, "The measures disagree: %s has the smallest MAE (%.3f), %s the largest Spearman correlation (%.3f).",
        by_mae->name, best_mae, by_spearman->name, by_spearman->comparison.spearman);
  if (first->comparison.mae - best_mae >= CUXAS_GAP_MAE)
    say(verdict, "%s stands first, but its MAE of %.3f is clearly worse than that of %s, %.3f.", first->name,
        first->comparison.mae, by_mae->name, best_mae);

  const size_t n_rival = list_rivals(hits, by_mae, rivals, sizeof rivals);
  if (n_rival > 0)
    say(verdict,
        "Within %.2f of the smallest MAE (%s) %s: %s. Gaps below about %.2f in MAE do not separate candidates: two "
        "measurements of one compound on different instruments differ by more than that.",
        CUXAS_GAP_MAE, by_mae->name, n_rival == 1 ? "lies" : "lie", rivals, CUXAS_GAP_MAE);
  else if (hits->n_hit > 1)
    say(verdict,
        "The MAE of %s is smaller than any other by %.2f or more; gaps below that would not separate candidates.",
        by_mae->name, CUXAS_GAP_MAE);
  const size_t n_alike = list_group(hits, first, rivals, sizeof rivals);
  say_group(hits, first, n_alike, rivals, is_simulated, verdict);
  const cuxas_hit *predicted = is_simulated ? &report->hits->hit[report->shortlist->candidate[0].rank - 1] : first;
  say_chance(report->hits, predicted, is_simulated ? "the prediction of " : "", verdict);
  const size_t n_objection = object_to(report, first, verdict) + object_to_stages(report);
  const double least_p     = find_least_p(hits);
  const bool   is_likely   = isnan(predicted->e_value) || predicted->e_value < CUXAS_FAVOURED_E;

  if (least_p > CUXAS_NONE_P) {
    verdict->kind = CUXAS_VERDICT_POOR;
    say(verdict,
        "None of these stands out: %.0f %% of unrelated compounds agree with the measurement as well as the best "
        "candidate "
        "does. The sample's phase may not be among the candidates.",
        100.0 * least_p);
  } else if (is_poor) {
    verdict->kind = CUXAS_VERDICT_POOR;
    say(verdict,
        "Nothing fits well (best MAE %.3f, best Spearman %.3f): the sample's phase may not be among the candidates.",
        best_mae, by_spearman->comparison.spearman);
  } else if (hits->n_hit > 1 && agree && n_rival == 0 && n_alike == 0 && is_likely && n_objection == 0) {
    verdict->kind = CUXAS_VERDICT_FAVOURED;
    say(verdict,
        "Conclusion: %s is favoured. This is no proof: cuxas-validate shows how often the first candidate is the right "
        "one where the answer is known; the more candidates, the less often.",
        first->name);
  } else {
    verdict->kind = CUXAS_VERDICT_OPEN;
    char shortlist[120];
    name_shortlist(first, n_alike, rivals, shortlist, sizeof shortlist);
    say(verdict,
        "Conclusion: %s%s. cuxas-validate shows how often the first candidate is the right one where the answer is "
        "known; "
        "what else is known of the sample (--elements, --exclude) narrows the list.",
        n_alike + 1 > CUXAS_GROUP_MAX ? "no identification: too many candidates agree as well"
                                      : "a shortlist, not an identification",
        shortlist);
  }
}
