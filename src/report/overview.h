/* overview.h - many match reports side by side: one row a scan, as CSV, as a page, and as text
 *
 * Rows are filled from JSON reports, so that a report read back gives the row that it gave when it was new. */
#ifndef CUXAS_OVERVIEW_H
#define CUXAS_OVERVIEW_H
#include "cuxas/status.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdio.h>

/* All zero: an empty row. */
typedef struct {
  char  *scan;           /* measured file, as given */
  char  *stem;           /* its reports are STEM.json, STEM.csv and STEM.html beside the overview */
  char  *reason;         /* why there is no report; NULL: there is one, and what follows is set */
  char  *best, *formula; /* the first candidate; formula "" for a spectrum; both NULL when nothing was compared */
  double mae, spearman, shift_eV;
  char  *next;    /* whoever has the smallest MAE of the others; NULL: there is no other */
  double margin;  /* MAE of `next` minus that of `best`; negative when the measures disagree; NaN: there is no other */
  char  *verdict; /* cuxas_verdict_name() */
  size_t n_compared, n_skipped;
  char  *warnings; /* about the measurement and the best candidate, "; " between them; "" for none */
} cuxas_overview_row;

/* cuxas_overview_row_fill() - takes a report's figures; scan and stem stay as they are
 *
 *   report  as of cuxas_report_json()
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. A member that is missing leaves its figure empty or NaN. */
cuxas_status cuxas_overview_row_fill(const cJSON *report, cuxas_overview_row *row, cuxas_error *err);

/* cuxas_overview_row_clear() - frees what a row owns */
void cuxas_overview_row_clear(cuxas_overview_row *row);

#define CUXAS_OVERVIEW_CSV_HEADER                                                                                      \
  "scan,best,formula,mae,spearman,margin,next,shift_eV,verdict,n_compared,n_skipped,warnings,report,reason"

/* Writers; a caller checks the stream for errors when it closes it. Rows stand in the order given. */
void cuxas_overview_write_csv(const cuxas_overview_row *row, size_t n_row, FILE *out);
void cuxas_overview_write_text(const cuxas_overview_row *row, size_t n_row, FILE *out); /* in 100 columns */

/* cuxas_overview_write_html() - a page with a sortable table that links to STEM.html
 *
 *   settings  as in the reports; what they share */
void cuxas_overview_write_html(const cuxas_overview_row *row, size_t n_row, const cJSON *settings, FILE *out);

#endif
