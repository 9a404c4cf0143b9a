/* text_put.h - words and names on a terminal or in a CSV file */
#ifndef CUXAS_REPORT_TEXT_PUT_H
#define CUXAS_REPORT_TEXT_PUT_H
#include <stddef.h>
#include <stdio.h>

enum { TEXT_WIDTH = 100 };

/* text_put_wrapped() - words of `text` in lines of at most TEXT_WIDTH; the first begins with `lead`, the others are
 * indented by as much. Control characters become '?', so that a file name cannot steer the terminal. */
void text_put_wrapped(FILE *out, const char *lead, const char *text);

/* text_put_cell() - a name in a table column: cut to n_column characters ("long-na~"), padded with blanks. UTF-8 counts by
 * code points; control characters become '?'. */
void text_put_cell(FILE *out, const char *text, size_t n_column);

/* text_put_csv() - a CSV field, quoted where it must be (RFC 4180); NULL: empty */
void text_put_csv(FILE *out, const char *text);

/* text_put_csv_number() - a number rounded to 6 decimals; NaN: empty */
void text_put_csv_number(FILE *out, double value);

/* text_file_name() - the last part of a path, "standard input" for "-"; points into path or is static */
const char *text_file_name(const char *path);

#endif
