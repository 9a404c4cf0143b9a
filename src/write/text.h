/* text.h - words, fields and trees: what reports for terminals, spreadsheets and programs are made of
 *
 * What comes from files may hold any bytes; here it leaves as UTF-8 that steers no terminal and runs in no spreadsheet. */
#ifndef CUXAS_WRITE_TEXT_H
#define CUXAS_WRITE_TEXT_H
#include "cuxas/model.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TEXT_WIDTH = 100 };

/* cuxas_text_put_wrapped() - words of `text` in lines of at most TEXT_WIDTH; the first begins with `lead`, the others are
 * indented by as much. What is no printable UTF-8 becomes '?', so that a file name cannot steer the terminal. */
void cuxas_text_put_wrapped(FILE *out, const char *lead, const char *text);

/* cuxas_text_put_cell() - a name in a table column: cut to n_column characters ("long-na~"), padded with blanks. UTF-8 counts by
 * code points; what is no printable UTF-8 becomes '?'. */
void cuxas_text_put_cell(FILE *out, const char *text, size_t n_column);

/* cuxas_text_put_csv() - a CSV field, quoted where it must be (RFC 4180); NULL: empty
 *
 * What is no printable UTF-8 becomes U+FFFD; a text that a spreadsheet would take for a formula (it begins with = + - @ or a
 * tab) gets a ' before it. */
void cuxas_text_put_csv(FILE *out, const char *text);

/* cuxas_text_put_csv_number() - a number rounded to 6 decimals; NaN: empty */
void cuxas_text_put_csv_number(FILE *out, double value);

/* cuxas_text_file_name() - the last part of a path, "standard input" for "-"; points into path or is static */
const char *cuxas_text_file_name(const char *path);

/* -- JSON trees: every failure is remembered, so that a tree is whole or not there at all -- */

/* One tree under construction. */
typedef struct {
  bool failed; /* some node could not be made: throw the tree away */
  bool
      is_printed; /* set before: the tree is printed and not read, so its numbers may be nodes of text already, to the same bytes */
} cuxas_json_builder;

/* cuxas_json_round() - to 6 decimals, and -0 to 0: what all numbers in reports go through */
double cuxas_json_round(double value);

/* cuxas_json_finish() - the tree, which is the caller's; NULL: no memory, it has been deleted */
cJSON *cuxas_json_finish(const cuxas_json_builder *builder, cJSON *root);

/* The node goes into an object under a name, or with name NULL to the end of an array; a parent of NULL is a past failure.
 * cuxas_json_put_object() and cuxas_json_put_array() return the new, empty node, which the parent owns. */
cJSON *cuxas_json_put_object(cuxas_json_builder *builder, cJSON *parent, const char *name);
cJSON *cuxas_json_put_array(cuxas_json_builder *builder, cJSON *parent, const char *name);
void   cuxas_json_put_number(cuxas_json_builder *builder, cJSON *parent, const char *name,
                             double value); /* rounded; NaN: null */
void   cuxas_json_put_count(cuxas_json_builder *builder, cJSON *parent, const char *name, size_t value);
void   cuxas_json_put_text(cuxas_json_builder *builder, cJSON *parent, const char *name,
                           const char *text); /* NULL: null */
void   cuxas_json_put_bool(cuxas_json_builder *builder, cJSON *parent, const char *name, bool value);
void   cuxas_json_put_copy(cuxas_json_builder *builder, cJSON *parent, const char *name,
                           const cJSON *node); /* NULL: null */

/* cuxas_json_put_numbers() - an array of rounded numbers; values NULL: null */
void cuxas_json_put_numbers(cuxas_json_builder *builder, cJSON *parent, const char *name, const double *value,
                            size_t n_value);

/* cuxas_json_put_energies() - the energies of a grid */
void cuxas_json_put_energies(cuxas_json_builder *builder, cJSON *parent, const char *name, cuxas_grid grid);

/* cuxas_json_put_tool(), cuxas_json_put_model() - members "tool" and "model", the same in every kind of report */
void cuxas_json_put_tool(cuxas_json_builder *builder, cJSON *parent, const char *program);
void cuxas_json_put_model(cuxas_json_builder *builder, cJSON *parent, const cuxas_model *model);

#endif
