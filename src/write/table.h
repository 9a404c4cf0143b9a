/* table.h - one table, four kinds of file: columns say once what stands in a row, back ends put it on a terminal, into Markdown,
 * a page or a spreadsheet
 *
 * A column is a title for each kind, and a function that fills the cell of a row; how numbers look follows from the column. */
#ifndef CUXAS_WRITE_TABLE_H
#define CUXAS_WRITE_TABLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum {
  CUXAS_CELL_NONE,   /* unknown: a dash where there are people, empty in a spreadsheet */
  CUXAS_CELL_COUNT,  /* count */
  CUXAS_CELL_NUMBER, /* number; NaN is unknown */
  CUXAS_CELL_NAME,   /* text: a name, set apart in a page */
  CUXAS_CELL_TEXT,   /* text; empty: a dash on a terminal and in a page */
  CUXAS_CELL_REMARK, /* text; may be empty */
} cuxas_cell_kind;

enum { CUXAS_CELL_SIZE = 2048 };

typedef struct {
  cuxas_cell_kind kind;
  size_t          count;
  double          number;
  const char     *text;                  /* borrowed, or written into `room` */
  const char     *mark;                  /* behind the number, " ="; NULL: nothing. Not in CSV */
  char            hint[40];              /* shown when a page's cell is pointed at; "": nothing */
  char            room[CUXAS_CELL_SIZE]; /* for texts that a column puts together */
} cuxas_cell;

/* What the columns get: `rows` is the caller's, i_row counts from 0, i_part is the column's (which edge, say). */
typedef void cuxas_fill_cell(const void *rows, size_t i_row, size_t i_part, cuxas_cell *cell);

typedef enum {
  CUXAS_DIGITS_FIXED,   /* n_decimal digits behind the point */
  CUXAS_DIGITS_CHANCE,  /* fixed; on a terminal "0.013", "4e-04" or "17": what tells chance from evidence */
  CUXAS_DIGITS_GENERAL, /* fixed; on a terminal two significant digits */
} cuxas_digits;

typedef struct {
  const char      *csv;              /* name in a spreadsheet; may hold one %s for the part's name, as all titles may */
  const char      *terminal, *title; /* title: in Markdown, and in a page unless it has its own there */
  const char      *opt_page;
  cuxas_cell_kind  kind; /* of its cells that are known */
  cuxas_digits     digits;
  int              n_decimal;
  bool             has_sign;    /* a plus too */
  double           coarse_from; /* in a page, numbers from here on have n_coarse digits; 0: none */
  int              n_coarse;
  cuxas_fill_cell *fill;
} cuxas_table_column;

/* A column where it stands. */
typedef struct {
  const cuxas_table_column *column;
  size_t                    width;  /* on a terminal: characters, cut and padded; 0: what there is, the last column's */
  size_t                    i_part; /* what fill() gets */
  const char               *opt_part; /* for %s in titles */
} cuxas_table_place;

enum { CUXAS_TABLE_MAX_COLUMN = 80 };

typedef struct {
  const void       *rows;
  size_t            n_row; /* those that are put */
  size_t            n_column;
  cuxas_table_place place[CUXAS_TABLE_MAX_COLUMN];
} cuxas_table;

/* cuxas_table_add() - one more column at the right; beyond CUXAS_TABLE_MAX_COLUMN nothing happens */
void cuxas_table_add(cuxas_table *table, const cuxas_table_column *column, size_t width);

/* cuxas_table_add_part() - a column that stands there for each of several parts, edges say: this one's number and name */
void cuxas_table_add_part(cuxas_table *table, const cuxas_table_column *column, size_t width, size_t i_part,
                          const char *part);

/* cuxas_table_write_text() - a line of titles, a line for each row; names are cut to their width
 * cuxas_table_write_markdown() - a table of CommonMark's usual extension
 * cuxas_table_write_page() - a table that sorts by what stands in it; label says what it is, to those who hear it
 * cuxas_table_write_csv() - RFC 4180, with its line of names */
void cuxas_table_write_text(const cuxas_table *table, FILE *out);
void cuxas_table_write_markdown(const cuxas_table *table, FILE *out);
void cuxas_table_write_page(const cuxas_table *table, const char *label, FILE *out);
void cuxas_table_write_csv(const cuxas_table *table, FILE *out);

#endif
