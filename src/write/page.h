/* page.h - HTML and Markdown: foreign text that stays text, tables whose cells sort by what stands in them, and what every page
 * carries with it: style and script (page.css, page.js), and the policy that admits no other */
#ifndef CUXAS_WRITE_PAGE_H
#define CUXAS_WRITE_PAGE_H
#include "cuxas/status.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdio.h>

/* cuxas_html_put_text() - for element content and quoted attributes: & < > " ' become references; what is no printable UTF-8
 * becomes U+FFFD */
void cuxas_html_put_text(FILE *out, const char *text);

/* cuxas_html_put_number() - with n_decimal digits and a true minus sign; NaN: a dash; sign: also a plus */
void cuxas_html_put_number(FILE *out, double value, int n_decimal, int has_sign);

/* cuxas_put_settings() - "name value, name value" of an object's members through `put`, those that are null left out; the
 * only error: CUXAS_ENOMEM */
cuxas_status cuxas_put_settings(FILE *out, const cJSON *settings, void put(FILE *out, const char *text),
                                cuxas_error *err);

/* cuxas_markdown_put_text() - for CommonMark text and table cells: every ASCII mark of Markdown or HTML gets a backslash or a
 * reference */
void cuxas_markdown_put_text(FILE *out, const char *text);

/* cuxas_shell_put_command() - words of an array, quoted for a POSIX shell where they need it, through `put`; the
 * only error: CUXAS_ENOMEM */
cuxas_status cuxas_shell_put_command(FILE *out, const cJSON *words, void put(FILE *out, const char *text),
                                     cuxas_error *err);

/* cuxas_html_printf() - a printf whose result is escaped, cut to 4095 bytes */
void cuxas_html_printf(FILE *out, const char *format, ...) CUXAS_PRINTF_LIKE(2, 3);

/* cuxas_html_begin_section(), cuxas_html_begin_table() - headings that begin with '#' stand over numbers; `label` says what the table is */
void cuxas_html_begin_section(FILE *out, const char *id, const char *title);
void cuxas_html_begin_table(FILE *out, const char *label, const char *const *heading, size_t n_heading);
void cuxas_html_end_table(FILE *out);

/* cuxas_html_put_number_cell() - NaN: a dash, sorted last; sign: also a plus */
void cuxas_html_put_number_cell(FILE *out, double value, int n_decimal, int has_sign);
void cuxas_html_put_count_cell(FILE *out, size_t value);

/* cuxas_html_put_name_cell(), cuxas_html_put_text_cell() - in its own writing direction; names are bold */
void cuxas_html_put_name_cell(FILE *out, const char *name);
void cuxas_html_put_text_cell(FILE *out, const char *text);

/* cuxas_page_begin() - everything up to <body>; the title is escaped here */
void cuxas_page_begin(FILE *out, const char *title);

/* cuxas_page_end() - the script, and the end of the document */
void cuxas_page_end(FILE *out);

#endif
