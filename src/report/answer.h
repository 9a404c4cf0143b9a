/* answer.h - the answer in words: chemistry first, then why, then what would decide */
#ifndef CUXAS_REPORT_ANSWER_H
#define CUXAS_REPORT_ANSWER_H
#include "cuxas/report.h"
#include "match/answer.h"
#include "spectrum/edge_shape.h"
#include "write/text.h"

enum { CUXAS_ANSWER_SENTENCE_SIZE = 900, CUXAS_ANSWER_NAME_SIZE = 64 };

#define CUXAS_ANSWER_SURE 0.8 /* probabilities from here on are stated plainly */
#define CUXAS_ANSWER_UNCOVERED_MANY                                                                                    \
  0.25 /* chance of a chemical system without candidates from which on more of them are asked for */

/* cuxas_answer_sentence() - "Cu(II), four-fold in oxygen: CuO (81 %; a measured standard agrees, MAE 0.023)." */
void cuxas_answer_sentence(const cuxas_report *report, char text[CUXAS_ANSWER_SENTENCE_SIZE]);

/* cuxas_answer_reason() - why, in sentences of numbers; i_reason 0, 1, ...; false: there is no such */
bool cuxas_answer_reason(const cuxas_report *report, size_t i_reason, char text[CUXAS_ANSWER_SENTENCE_SIZE]);

/* cuxas_answer_pick() - the i-th of the sentences that apply; false: so many do not */
typedef bool cuxas_answer_saying(const cuxas_report *report, char *text);
bool         cuxas_answer_pick(cuxas_answer_saying *const *list, size_t n, const cuxas_report *report, size_t i_wanted,
                               char *text);

/* cuxas_answer_next() - what would decide; as above; nothing where one compound is found */
bool cuxas_answer_next(const cuxas_report *report, size_t i_next, char text[CUXAS_ANSWER_SENTENCE_SIZE]);

/* cuxas_answer_is_measured() - is the compound named one whose measured spectrum agrees? Then it matters little how chance agrees */
bool cuxas_answer_is_measured(const cuxas_report *report);

/* cuxas_answer_is_weak() - does a measured spectrum agree that a flattened one of another compound may look like? */
bool cuxas_answer_is_weak(const cuxas_report *report);

/* cuxas_answer_axis_off_eV() - by how much the axis is off beside the bundled spectrum that agrees best; 0: no more than usual, or
 * the answer is a measured spectrum of the user's own */
double cuxas_answer_axis_off_eV(const cuxas_report *report);

/* cuxas_answer_kind_name() - "compound", "mixture", "standard", "shortlist", "candidate", "surroundings", "nothing"; static */
const char *cuxas_answer_kind_name(cuxas_answer_kind kind);

/* cuxas_answer_hit() - the most probable candidate of a compound that the answer names; i_compound < answer->n_compound */
const cuxas_hit *cuxas_answer_hit(const cuxas_report *report, size_t i_compound);

/* cuxas_answer_entry() - its candidates, the one above first, then those that are worth naming (CUXAS_ANSWER_SHORTLIST_LEAST); false: so
 * many there are not
 *
 * cuxas_answer_name() - what it is called: as its one candidate, or "CuO" of several */
bool cuxas_answer_entry(const cuxas_report *report, size_t i_compound, size_t i_entry, const cuxas_hit **ret_entry);
void cuxas_answer_name(const cuxas_report *report, size_t i_compound, char name[CUXAS_ANSWER_NAME_SIZE]);

/* cuxas_answer_standard_of() - the best measured spectrum of a candidate's compound; NULL: none
 * cuxas_answer_simulated_of() - the same candidate, simulated; NULL: it was not */
const cuxas_hit *cuxas_answer_standard_of(const cuxas_report *report, const cuxas_hit *hit);
const cuxas_hit *cuxas_answer_simulated_of(const cuxas_report *report, const cuxas_hit *hit);

/* cuxas_answer_agreement_name() - of one candidate alone: "agrees", "open", "disagrees"; NULL for other answers; static
 *
 * It disagrees where its own standard does, where more than half of unrelated compounds agree as well, or where the onset is
 * twenty times likelier in another state of copper; it agrees where at most one in ten does and the onset is not five times
 * likelier in another state. Without p-values scores stand in their place: 24 and 16, what the right compound and others
 * reach (match/answer.h). */
const char *cuxas_answer_agreement_name(const cuxas_report *report);

#endif
