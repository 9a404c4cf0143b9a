/* shortlist_report.h - the ranking by simulation, for the reports; each writes nothing where the report has none */
#ifndef CUXAS_REPORT_SHORTLIST_REPORT_H
#define CUXAS_REPORT_SHORTLIST_REPORT_H
#include "cuxas/report.h"

/* n_row: at most that many rows */
void cuxas_shortlist_write_text(const cuxas_report *report, size_t n_row, FILE *out);
void cuxas_shortlist_write_markdown(const cuxas_report *report, size_t n_row, FILE *out);
void cuxas_shortlist_write_html(const cuxas_report *report, FILE *out);

/* cuxas_shortlist_say() - what decides, and how far the stages agree, in sentences
 *
 *   i_sentence  0, 1, ...
 *
 * Returns  false when there is no such sentence. */
bool cuxas_shortlist_say(const cuxas_report *report, size_t i_sentence, char *text, size_t n_byte);

/* cuxas_shortlist_agrees() - prediction and simulation put the same candidate first, or there is no simulation */
bool cuxas_shortlist_agrees(const cuxas_report *report);

/* cuxas_shortlist_find() - place of a candidate of the ranking by prediction among the simulated ones; SIZE_MAX: not there */
size_t cuxas_shortlist_find(const cuxas_shortlist *opt_shortlist, const cuxas_hit *hit);

#endif
