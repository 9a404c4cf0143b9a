/* verdict.h - sentences about a match that reports share, beside those of report.h */
#ifndef CUXAS_REPORT_VERDICT_H
#define CUXAS_REPORT_VERDICT_H
#include "match/mixture.h"
#include "cuxas/report.h"

/* cuxas_shortlist_say() - what decides, and how far the stages agree, in sentences
 *
 *   i_sentence  0, 1, ...
 *
 * Returns  false when there is no such sentence. */
bool cuxas_shortlist_say(const cuxas_report *report, size_t i_sentence, char *text, size_t n_byte);

/* cuxas_shortlist_agrees() - prediction and simulation put the same candidate first, or there is no simulation */
bool cuxas_shortlist_agrees(const cuxas_report *report);

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

/* cuxas_mixture_title() - of the section; cuxas_mixture_verdict_name() - "one", "several", "found"; static storage */
const char *cuxas_mixture_title(const cuxas_mixture *mixture);
const char *cuxas_mixture_verdict_name(cuxas_mixture_verdict verdict);

#endif
