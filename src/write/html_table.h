/* html_table.h - tables of a page: headings, cells that sort by what stands in them, and sections around them */
#ifndef CUXAS_REPORT_HTML_TABLE_H
#define CUXAS_REPORT_HTML_TABLE_H
#include "cuxas/status.h"

#include <stddef.h>
#include <stdio.h>

/* html_printf() - a printf whose result is escaped, cut to 4095 bytes */
void html_printf(FILE *out, const char *format, ...) CUXAS_PRINTF_LIKE(2, 3);

/* html_begin_section(), html_begin_table() - headings that begin with '#' stand over numbers; `label` says what the table is */
void html_begin_section(FILE *out, const char *id, const char *title);
void html_begin_table(FILE *out, const char *label, const char *const *heading, size_t n_heading);
void html_end_table(FILE *out);

/* html_put_number_cell() - NaN: a dash, sorted last; sign: also a plus */
void html_put_number_cell(FILE *out, double value, int n_decimal, int has_sign);
void html_put_count_cell(FILE *out, size_t value);

/* html_put_name_cell(), html_put_text_cell() - in its own writing direction; names are bold */
void html_put_name_cell(FILE *out, const char *name);
void html_put_text_cell(FILE *out, const char *text);

#endif
