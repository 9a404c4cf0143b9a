/* answer.h - the answer in words: chemistry first, then why, then what would decide */
#ifndef CUXAS_REPORT_ANSWER_H
#define CUXAS_REPORT_ANSWER_H
#include "cuxas/report.h"
#include "match/answer.h"
#include "spectrum/edge_shape.h"
#include "write/text.h"

enum { CUXAS_ANSWER_SENTENCE_SIZE = 600 };

/* cuxas_answer_sentence() - "Cu(II), four-fold in oxygen: CuO (81 %; a measured standard agrees, MAE 0.023)." */
void cuxas_answer_sentence(const cuxas_report *report, char text[CUXAS_ANSWER_SENTENCE_SIZE]);

/* cuxas_answer_reason() - why, in sentences of numbers; i_reason 0, 1, ...; false: there is no such */
bool cuxas_answer_reason(const cuxas_report *report, size_t i_reason, char text[CUXAS_ANSWER_SENTENCE_SIZE]);

/* cuxas_answer_next() - what would decide; as above; nothing where one compound is found */
bool cuxas_answer_next(const cuxas_report *report, size_t i_next, char text[CUXAS_ANSWER_SENTENCE_SIZE]);

/* cuxas_answer_is_measured() - is the compound named one whose measured spectrum agrees? Then it matters little how chance agrees */
bool cuxas_answer_is_measured(const cuxas_report *report);

/* cuxas_answer_kind_name() - "compound", "shortlist", "surroundings", "nothing"; static */
const char *cuxas_answer_kind_name(cuxas_answer_kind kind);

/* cuxas_answer_put_json() - the member "answer" of a report (cuxas-report(5)) */
void cuxas_answer_put_json(cuxas_json_builder *builder, cJSON *root, const cuxas_report *report);

#endif
