/* table.c - one table, four kinds of file
 *
 *   1. columns
 *   2. a terminal
 *   3. Markdown
 *   4. a page
 *   5. a spreadsheet */
#include "write/table.h"

#include "write/page.h"
#include "write/text.h"

#include <math.h>
#include <string.h>

/* 1. columns */

void cuxas_table_add_part(cuxas_table *table, const cuxas_table_column *column, size_t width, size_t i_part,
                          const char *part)
{
  if (table->n_column == CUXAS_TABLE_MAX_COLUMN) return;
  table->place[table->n_column++] = (cuxas_table_place){column, width, i_part, part};
}

void cuxas_table_add(cuxas_table *table, const cuxas_table_column *column, size_t width)
{
  cuxas_table_add_part(table, column, width, 0, NULL);
}

static bool is_words(const cuxas_table_place *place)
{
  return place->column->kind >= CUXAS_CELL_NAME;
}

/* A title with the part's name in the place of its %s. */
static const char *entitle(const cuxas_table_place *place, const char *title, char room[CUXAS_CELL_SIZE])
{
  const char *gap = strstr(title, "%s");
  if (gap == NULL) return title;
  snprintf(room, CUXAS_CELL_SIZE, "%.*s%s%s", (int)(gap - title), title, place->opt_part != NULL ? place->opt_part : "",
           gap + 2);
  return room;
}

static void fill(const cuxas_table *table, size_t i_row, const cuxas_table_place *place, cuxas_cell *cell)
{
  cell->kind    = place->column->kind;
  cell->count   = 0;
  cell->number  = NAN;
  cell->text    = "";
  cell->mark    = NULL;
  cell->hint[0] = '\0';
  place->column->fill(table->rows, i_row, place->i_part, cell);
  if (cell->kind == CUXAS_CELL_NUMBER && !isfinite(cell->number)) cell->kind = CUXAS_CELL_NONE;
}

/* 2. a terminal */

static void print_number(const cuxas_table_column *column, int width, double value, FILE *out)
{
  switch (column->digits) {
  case CUXAS_DIGITS_FIXED: fprintf(out, column->has_sign ? "%+*.*f" : "%*.*f", width, column->n_decimal, value); break;
  case CUXAS_DIGITS_GENERAL: fprintf(out, "%*.2g", width, value); break;
  case CUXAS_DIGITS_CHANCE:
    if (value < 0.00095)
      fprintf(out, "%*.0e", width, value);
    else
      fprintf(out, "%*.*f", width, value >= 9.95 ? 0 : value >= 0.995 ? 1 : 3, value);
    break;
  }
}

static void print_cell(const cuxas_table_place *place, const cuxas_cell *cell, FILE *out)
{
  const int width = (int)place->width;
  switch (cell->kind) {
  case CUXAS_CELL_NONE: fprintf(out, "%*s", width, "-"); break;
  case CUXAS_CELL_COUNT: fprintf(out, "%*zu", width, cell->count); break;
  case CUXAS_CELL_NUMBER: print_number(place->column, width, cell->number, out); break;
  case CUXAS_CELL_NAME:
  case CUXAS_CELL_TEXT:
  case CUXAS_CELL_REMARK:
    if (place->width > 0)
      cuxas_text_put_cell(out, *cell->text != '\0' ? cell->text : "-", place->width);
    else
      fputs(cell->text, out);
    break;
  }
  if (cell->mark != NULL) fputs(cell->mark, out);
}

/* One blank between columns, two before words. */
static void print_gap(const cuxas_table *table, size_t k, FILE *out)
{
  const bool is_second = k > 0 && is_words(&table->place[k]) && !is_words(&table->place[k - 1]);
  fputs(k == 0 ? "" : is_second ? "  " : " ", out);
}

void cuxas_table_write_text(const cuxas_table *table, FILE *out)
{
  cuxas_cell cell;
  for (size_t k = 0; k < table->n_column; k++) {
    const cuxas_table_place *place = &table->place[k];
    const char              *title = entitle(place, place->column->terminal, cell.room);
    const int                width = (int)place->width;
    if (*title == '\0') continue;
    print_gap(table, k, out);
    fprintf(out, "%*s", is_words(place) ? -width : width, title);
  }
  putc('\n', out);
  for (size_t i = 0; i < table->n_row; i++) {
    for (size_t k = 0; k < table->n_column; k++) {
      const cuxas_table_place *place = &table->place[k];
      fill(table, i, place, &cell);
      if (place->width == 0 && *cell.text == '\0') continue;
      print_gap(table, k, out);
      print_cell(place, &cell, out);
    }
    putc('\n', out);
  }
}

/* 3. Markdown */

static void put_markdown_cell(const cuxas_table_column *column, const cuxas_cell *cell, FILE *out)
{
  switch (cell->kind) {
  case CUXAS_CELL_COUNT: fprintf(out, " %zu", cell->count); break;
  case CUXAS_CELL_NONE:
  case CUXAS_CELL_NUMBER:
    putc(' ', out);
    cuxas_html_put_number(out, cell->kind == CUXAS_CELL_NONE ? NAN : cell->number, column->n_decimal, column->has_sign);
    break;
  case CUXAS_CELL_NAME:
  case CUXAS_CELL_TEXT:
  case CUXAS_CELL_REMARK:
    if (*cell->text == '\0') break;
    putc(' ', out);
    cuxas_markdown_put_text(out, cell->text);
    break;
  }
  fprintf(out, "%s |", cell->mark != NULL ? cell->mark : "");
}

void cuxas_table_write_markdown(const cuxas_table *table, FILE *out)
{
  cuxas_cell cell;
  putc('|', out);
  for (size_t k = 0; k < table->n_column; k++)
    fprintf(out, " %s |", entitle(&table->place[k], table->place[k].column->title, cell.room));
  fputs("\n|", out);
  for (size_t k = 0; k < table->n_column; k++) fputs(is_words(&table->place[k]) ? "---|" : "---:|", out);
  putc('\n', out);
  for (size_t i = 0; i < table->n_row; i++) {
    putc('|', out);
    for (size_t k = 0; k < table->n_column; k++) {
      fill(table, i, &table->place[k], &cell);
      put_markdown_cell(table->place[k].column, &cell, out);
    }
    putc('\n', out);
  }
}

/* 4. a page */

static void put_page_number(const cuxas_table_column *column, const cuxas_cell *cell, FILE *out)
{
  const bool is_known  = cell->kind == CUXAS_CELL_NUMBER;
  const bool is_coarse = is_known && column->coarse_from > 0.0 && cell->number >= column->coarse_from;
  fputs("<td class=\"number\"", out);
  if (cell->hint[0] != '\0') {
    fputs(" title=\"", out);
    cuxas_html_put_text(out, cell->hint);
    putc('"', out);
  }
  if (is_known)
    fprintf(out, " data-value=\"%.6f\">", cell->number);
  else
    fputs(" data-value=\"none\">", out);
  cuxas_html_put_number(out, is_known ? cell->number : NAN, is_coarse ? column->n_coarse : column->n_decimal,
                        column->has_sign);
  fprintf(out, "%s</td>", cell->mark != NULL ? cell->mark : "");
}

static void put_page_cell(const cuxas_table_column *column, const cuxas_cell *cell, FILE *out)
{
  switch (cell->kind) {
  case CUXAS_CELL_COUNT: cuxas_html_put_count_cell(out, cell->count); break;
  case CUXAS_CELL_NAME: cuxas_html_put_name_cell(out, cell->text); break;
  case CUXAS_CELL_TEXT:
  case CUXAS_CELL_REMARK:
    fputs(cell->kind == CUXAS_CELL_REMARK ? "<td class=\"remarks\">" : "<td>", out);
    cuxas_html_put_text(out, *cell->text == '\0' && cell->kind == CUXAS_CELL_TEXT ? "\xE2\x80\x93" : cell->text);
    fputs("</td>", out);
    break;
  case CUXAS_CELL_NONE:
  case CUXAS_CELL_NUMBER: put_page_number(column, cell, out); break;
  }
}

void cuxas_table_write_page(const cuxas_table *table, const char *label, FILE *out)
{
  cuxas_cell cell;
  fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
  cuxas_html_put_text(out, label);
  fputs("\">\n<table class=\"sortable\">\n<thead><tr>", out);
  for (size_t k = 0; k < table->n_column; k++) {
    const cuxas_table_place *place = &table->place[k];
    const char              *title = place->column->opt_page != NULL ? place->column->opt_page : place->column->title;
    fprintf(out, "<th%s scope=\"col\"%s>", is_words(place) ? "" : " class=\"number\"",
            k == 0 ? " aria-sort=\"ascending\"" : ""); /* rows come in the order of the first column */
    cuxas_html_put_text(out, entitle(place, title, cell.room));
    fputs("</th>", out);
  }
  fputs("</tr></thead>\n<tbody>\n", out);
  for (size_t i = 0; i < table->n_row; i++) {
    fputs("<tr>", out);
    for (size_t k = 0; k < table->n_column; k++) {
      fill(table, i, &table->place[k], &cell);
      put_page_cell(table->place[k].column, &cell, out);
    }
    fputs("</tr>\n", out);
  }
  fputs("</tbody>\n</table>\n</div>\n", out);
}

/* 5. a spreadsheet */

static void put_csv_cell(const cuxas_cell *cell, FILE *out)
{
  switch (cell->kind) {
  case CUXAS_CELL_NONE: break;
  case CUXAS_CELL_COUNT: fprintf(out, "%zu", cell->count); break;
  case CUXAS_CELL_NUMBER: cuxas_text_put_csv_number(out, cell->number); break;
  case CUXAS_CELL_NAME:
  case CUXAS_CELL_TEXT:
  case CUXAS_CELL_REMARK: cuxas_text_put_csv(out, cell->text); break;
  }
}

void cuxas_table_write_csv(const cuxas_table *table, FILE *out)
{
  cuxas_cell cell;
  for (size_t k = 0; k < table->n_column; k++) {
    if (k > 0) putc(',', out);
    cuxas_text_put_csv(out, entitle(&table->place[k], table->place[k].column->csv, cell.room));
  }
  putc('\n', out);
  for (size_t i = 0; i < table->n_row; i++) {
    for (size_t k = 0; k < table->n_column; k++) {
      if (k > 0) putc(',', out);
      fill(table, i, &table->place[k], &cell);
      put_csv_cell(&cell, out);
    }
    putc('\n', out);
  }
}
