/* table_priv.h - the lines of a text file as a table of cells: which delimiter, where the data begin */
#ifndef CUXAS_TABLE_PRIV_H
#define CUXAS_TABLE_PRIV_H
#include "cuxas/measured.h"
#include "base/text.h"

enum { CUXAS_TABLE_MAX_COLUMN = 1000 };

/* Cells point into the lines of the text, which must live longer than the table. */
typedef struct {
  cuxas_delimiter delimiter;
  bool            has_decimal_comma;
  size_t          n_comment;    /* lines */
  size_t          i_first_line; /* index of the line of row 0; lines before it are not cut up */
  size_t          n_row, n_column;
  size_t          n_usual;                     /* cells of most rows; 0: not known */
  size_t          n_passed_over;               /* rows of numbers in the preamble that are not taken for data */
  size_t          i_passed_over, i_passed_end; /* index of the line of the first of them, and behind the last */
  size_t         *row_line;                    /* (n_row) line number, from 1 */
  char          **cell;   /* (n_row, n_column) trimmed, "" where the line is shorter; NULL: see number */
  double         *number; /* (n_row, n_column) of formats that hold numbers; then row_line may be NULL */
} cuxas_table;

/* cuxas_table_read() - finds the delimiter and cuts the data lines up; ends with cuxas_table_free(), also after a
 * failure */
cuxas_status cuxas_table_read(cuxas_text *text, cuxas_table *ret_table, cuxas_error *err);

/* cuxas_table_new() - a table of numbers, all 0; ends with cuxas_table_free(), also after a failure
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM, the message begins with the path. */
cuxas_status cuxas_table_new(const char *path, size_t n_row, size_t n_column, cuxas_table *ret_table, cuxas_error *err);

void cuxas_table_free(cuxas_table *table);

/* cuxas_table_cell() - the text of a cell; of a number: the number, written to the buffer */
const char *cuxas_table_cell(const cuxas_table *table, size_t i_row, size_t i_column, char buffer[32]);

/* cuxas_table_number() - the number in a cell, which may be NaN or infinite; false: there is none */
bool cuxas_table_number(const cuxas_table *table, size_t i_row, size_t i_column, double *ret_value);

/* cuxas_table_is_comment() - how a comment line begins; returns what follows the comment signs, NULL: no comment */
char *cuxas_table_is_comment(char *line);

/* cuxas_table_split() - cuts a line up at a delimiter, quotes respected and removed, cells trimmed
 *
 * Returns  number of cells, which may exceed max_cell; at most max_cell are stored. */
size_t cuxas_table_split(char *line, cuxas_delimiter delimiter, char **ret_cell, size_t max_cell);

#endif
