/* rankings.h - the rankings that stand beside the main one: of all candidates whatever their composition, and of measured
 * standards. Writers for the reports; each writes nothing where the report has neither. */
#ifndef CUXAS_REPORT_RANKINGS_H
#define CUXAS_REPORT_RANKINGS_H
#include "cuxas/report.h"

/* n_row: at most that many rows each */
void cuxas_rankings_write_text(const cuxas_report *report, size_t n_row, FILE *out);
void cuxas_rankings_write_markdown(const cuxas_report *report, size_t n_row, FILE *out);
void cuxas_rankings_write_html(const cuxas_report *report, FILE *out);

/* cuxas_rankings_find() - the hit of the same path in another ranking; NULL: it is not there */
const cuxas_hit *cuxas_rankings_find(const cuxas_hits *hits, const cuxas_hit *hit);

#endif
