/* hit_columns.h - rankings as tables: what stands in the columns of hits, and which columns stand in which file
 *
 * The ranking by prediction, of all candidates whatever their composition, of measured standards, and by simulation. */
#ifndef CUXAS_REPORT_HIT_COLUMNS_H
#define CUXAS_REPORT_HIT_COLUMNS_H
#include "cuxas/report.h"
#include "write/table.h"

typedef enum {
  CUXAS_HITS_PREDICTED,
  CUXAS_HITS_UNCONSTRAINED,
  CUXAS_HITS_STANDARDS,
  CUXAS_HITS_SIMULATED,
} cuxas_hits_kind;

/* What the columns get as rows. */
typedef struct {
  const cuxas_report *report;
  const cuxas_hits   *hits; /* of the ranking; NULL: the report has none of this kind */
} cuxas_hit_rows;

/* cuxas_hit_rows_of() - the rows of a ranking */
cuxas_hit_rows cuxas_hit_rows_of(const cuxas_report *report, cuxas_hits_kind kind);

/* Columns of the first n_row hits in each kind of file; rows must outlive the table. */
void cuxas_hits_text_table(const cuxas_hit_rows *rows, cuxas_hits_kind kind, size_t n_row, cuxas_table *ret_table);
void cuxas_hits_markdown_table(const cuxas_hit_rows *rows, cuxas_hits_kind kind, size_t n_row, cuxas_table *ret_table);
void cuxas_hits_page_table(const cuxas_hit_rows *rows, cuxas_hits_kind kind, size_t n_row, cuxas_table *ret_table);
void cuxas_hits_csv_table(const cuxas_hit_rows *rows, cuxas_table *ret_table);

/* cuxas_hits_legend() - what the titles of a terminal's table and the letters in its rows mean; no end mark */
void cuxas_hits_legend(const cuxas_hit_rows *rows, size_t n_row, char *text, size_t n_byte);

/* cuxas_hits_title(), cuxas_hits_note() - of a ranking beside the one by prediction */
const char *cuxas_hits_title(cuxas_hits_kind kind);
void        cuxas_hits_note(const cuxas_report *report, cuxas_hits_kind kind, char *text, size_t n_byte);

/* cuxas_hits_hole_means() - what the weight of the hole is the weight of, in words; static storage */
const char *cuxas_hits_hole_means(const cuxas_report *report);

/* cuxas_hits_support_means() - what support is, in words; static storage */
const char *cuxas_hits_support_means(void);

#endif
