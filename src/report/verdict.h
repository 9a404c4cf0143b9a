/* verdict.h - what is said of a match in sentences that reports share, and how far it can be trusted */
#ifndef CUXAS_REPORT_VERDICT_H
#define CUXAS_REPORT_VERDICT_H
#include "match/mixture.h"
#include "cuxas/report.h"

/* Gaps in MAE below this do not separate candidates: two measurements of one compound on different instruments differ by
 * 0.035-0.10 (8 pairs of published Cu L2,3 measurements, min-max scaling). */
#define CUXAS_GAP_MAE 0.03

/* A first place is weak evidence where this many unrelated structures and more would do as well by chance (e_value of
 * cuxas_hit), and none is said to stand out where even the best p-value is above that (our choices). */
#define CUXAS_WEAK_E 0.1
#define CUXAS_NONE_P 0.1

/* Onsets further apart than this after the shift, eV, are called a disagreement (our choice: five grid steps). */
#define CUXAS_ONSET_DISAGREES_EV 1.0

/* How far the ranking can be trusted. */
typedef enum {
  CUXAS_VERDICT_EMPTY,    /* nothing was compared */
  CUXAS_VERDICT_POOR,     /* nothing can be said, or nothing stands out among unrelated compounds */
  CUXAS_VERDICT_OPEN,     /* the answer is a shortlist, or only the surroundings */
  CUXAS_VERDICT_FAVOURED, /* the answer names one compound, among the candidates or not, or a mixture */
} cuxas_verdict_kind;

enum { CUXAS_VERDICT_MAX_REASON = 18, CUXAS_VERDICT_REASON_SIZE = 400 };

typedef struct {
  cuxas_verdict_kind kind;
  size_t             n_reason;
  char               reason[CUXAS_VERDICT_MAX_REASON][CUXAS_VERDICT_REASON_SIZE]; /* sentences, the most general last */
} cuxas_verdict;

/* cuxas_report_judge() - how far to trust the answer: agreement of the measures, gaps, chance, shift, onsets and domain
 *
 * Of the ranking by simulation where there is one. */
void cuxas_report_judge(const cuxas_report *report, cuxas_verdict *ret_verdict);

/* cuxas_verdict_name() - "empty", "poor", "open", "favoured"; static storage */
const char *cuxas_verdict_name(cuxas_verdict_kind kind);

/* cuxas_shortlist_say() - what decides, and how far the stages agree, in sentences
 *
 *   i_sentence  0, 1, ...
 *
 * Returns  false when there is no such sentence. */
bool cuxas_shortlist_say(const cuxas_report *report, size_t i_sentence, char *text, size_t n_byte);

/* cuxas_shortlist_agrees() - prediction and simulation put the same candidate first, or there is no simulation */
bool cuxas_shortlist_agrees(const cuxas_report *report);

/* cuxas_edge_say() - the numbers of an edge, then those of the pair, each with its error where that shows: "L3: onset
 * 930.42 +- 0.01 eV, peak ..."; i_sentence 0, 1, ...; false: there is no such */
bool cuxas_edge_say(const cuxas_report *report, size_t i_sentence, char *text, size_t n_byte);

/* cuxas_edge_say_onset() - of the first edge, where it begins and how high its white line is: a reason of the answer */
bool cuxas_edge_say_onset(const cuxas_report *report, char *text);

/* cuxas_edge_say_short() - where the scan begins too late for a rising background to be seen; likewise */
bool cuxas_edge_say_short(const cuxas_report *report, char *text);

/* cuxas_report_setting() - how the curves were compared: scale, shift, broadening, core hole, as used
 *
 *   i_setting  0, 1, ...
 *   ret_name   "Shift"; static storage
 *   text       "each candidate's own shift within -8.5 to +3.5 eV by score"
 *
 * Returns  false when there is no such setting. */
bool cuxas_report_setting(const cuxas_report *report, size_t i_setting, const char **ret_name, char *text,
                          size_t n_byte);

enum { CUXAS_MIXTURE_SENTENCE_SIZE = 1200 };

/* cuxas_mixture_is_told() - does it have a section? One that was found, or that was asked for; NULL has none */
bool cuxas_mixture_is_told(const cuxas_report *report, const cuxas_mixture *mixture);

/* cuxas_mixture_say() - the mixture in sentences: what it is, what it means, what it does not
 *
 *   i_sentence  0, 1, ...
 *
 * Returns  false when there is no such sentence. */
bool cuxas_mixture_say(const cuxas_mixture *mixture, size_t i_sentence, char *text, size_t n_byte);

/* What the answer says of sums of measured spectra; text (CUXAS_ANSWER_SENTENCE_SIZE) is added to.
 *
 * cuxas_mixture_say_companion() - "; a mixture with Cu2O (20 %) is possible", beside the compound of a formula, or one of others
 *   cannot be told from one compound; or nothing
 * cuxas_mixture_say_sum()       - the sentence where the answer is a sum
 * cuxas_mixture_say_hidden()    - "; nearly 50 % of Cu2O or CuS beside it would not be seen", or nothing
 * cuxas_mixture_say_possible(), cuxas_mixture_say_shares(), cuxas_mixture_say_seen() - reasons (cuxas_answer_reason()); false: they do not apply */
void cuxas_mixture_say_companion(const cuxas_report *report, const char *formula, char *text);
void cuxas_mixture_say_sum(const cuxas_report *report, char *text);
void cuxas_mixture_say_hidden(const cuxas_report *report, char *text);
bool cuxas_mixture_say_possible(const cuxas_report *report, char *text);
bool cuxas_mixture_say_shares(const cuxas_report *report, char *text);
bool cuxas_mixture_say_seen(const cuxas_report *report, char *text);

/* cuxas_mixture_title() - of the section; cuxas_mixture_verdict_name() - "one", "several", "found"; static storage */
const char *cuxas_mixture_title(const cuxas_mixture *mixture);
const char *cuxas_mixture_verdict_name(cuxas_mixture_verdict verdict);

#endif
