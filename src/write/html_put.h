/* html_put.h - foreign text inside HTML, Markdown and a shell command: escaped so that it stays text */
#ifndef CUXAS_REPORT_HTML_PUT_H
#define CUXAS_REPORT_HTML_PUT_H
#include <cjson/cJSON.h>
#include <stdio.h>

/* html_put_text() - for element content and quoted attributes: & < > " ' become references; what is no printable UTF-8
 * becomes U+FFFD */
void html_put_text(FILE *out, const char *text);

/* html_put_number() - with n_decimal digits and a true minus sign; NaN: a dash; sign: also a plus */
void html_put_number(FILE *out, double value, int n_decimal, int has_sign);

/* html_put_settings() - "name value, name value" of an object's members, those that are null left out */
void html_put_settings(FILE *out, const cJSON *settings);

/* markdown_put_text() - for CommonMark text and table cells: every ASCII mark of Markdown or HTML gets a backslash or a
 * reference */
void markdown_put_text(FILE *out, const char *text);

/* shell_put_command() - words of an array, quoted for a POSIX shell where they need it, through `put` */
void shell_put_command(FILE *out, const cJSON *words, void put(FILE *out, const char *text));

#endif
