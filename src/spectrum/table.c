/* table.c - text tables of numbers: lines, cells, delimiters and the columns that they make
 *
 * Contents
 *   1. Lines and cells
 *   2. Numbers
 *   3. Delimiter
 *   4. The table
 *   5. Names of columns */
#include "spectrum/table_priv.h"
#include "base/text.h"

#include "base/memory.h"
#include "spectrum/formats.h"
#include "spectrum/columns_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- 1. Lines and cells ---- */

char *cuxas_table_is_comment(char *line)
{
  while (*line == ' ' || *line == '\t') line++;
  if (strchr("#%!*'", *line) != NULL && *line != '\0') return line + strspn(line, "#%!*'");
  return line[0] == '/' && line[1] == '/' ? line + 2 : NULL;
}

static bool is_blank_line(const char *line)
{
  return line[strspn(line, " \t\v\f")] == '\0';
}

static char delimiter_sign(cuxas_delimiter delimiter)
{
  switch (delimiter) {
  case CUXAS_DELIMITER_TAB: return '\t';
  case CUXAS_DELIMITER_SEMICOLON: return ';';
  case CUXAS_DELIMITER_COMMA: return ',';
  case CUXAS_DELIMITER_BLANK: break;
  }
  return ' ';
}

/* End of the cell that begins at start: a delimiter outside quotes, or the end of the line. */
static char *end_of_cell(char *start, char sign)
{
  bool is_quoted = false;
  for (; *start != '\0' && (is_quoted || *start != sign); start++)
    if (*start == '"') is_quoted = !is_quoted;
  return start;
}

static char *unquote(char *cell)
{
  cell                = cuxas_text_trim(cell);
  const size_t n_byte = strlen(cell);
  if (n_byte < 2 || cell[0] != '"' || cell[n_byte - 1] != '"') return cell;
  cell[n_byte - 1] = '\0';
  return cuxas_text_trim(cell + 1);
}

size_t cuxas_table_split(char *line, cuxas_delimiter delimiter, char **ret_cell, size_t max_cell)
{
  size_t n_cell = 0;
  if (delimiter == CUXAS_DELIMITER_BLANK) {
    for (char *cell; (cell = cuxas_text_next_token(&line)) != NULL; n_cell++)
      if (n_cell < max_cell) ret_cell[n_cell] = unquote(cell);
    return n_cell;
  }
  for (bool is_last = false; !is_last; n_cell++) {
    char *end = end_of_cell(line, delimiter_sign(delimiter));
    is_last   = *end == '\0';
    *end      = '\0';
    if (n_cell < max_cell) ret_cell[n_cell] = unquote(line);
    line = end + 1;
  }
  return n_cell;
}

/* ---- 2. Numbers ---- */

/* Is this "1.340,25", thousands apart by points, decimals behind a comma? */
static bool has_thousands_points(const char *cell)
{
  cell += *cell == '-' || *cell == '+';
  size_t n_digit = strspn(cell, "0123456789");
  if (n_digit < 1 || n_digit > 3 || cell[n_digit] != '.') return false;
  for (cell += n_digit; *cell == '.'; cell += 4)
    if (strspn(cell + 1, "0123456789") != 3) return false;
  return *cell == ',' && cell[1] != '\0' && cell[1 + strspn(cell + 1, "0123456789")] == '\0';
}

/* A number written with one comma in the place of the point. */
static bool parse_decimal_comma(const char *cell, double *ret_value)
{
  char         plain[64];
  const size_t n_byte = strlen(cell);
  if (n_byte >= sizeof plain || (strchr(cell, '.') != NULL && !has_thousands_points(cell))) return false;
  memcpy(plain, cell, n_byte + 1);
  for (char *point; (point = strchr(plain, '.')) != NULL;) memmove(point, point + 1, strlen(point));
  char *comma = strchr(plain, ',');
  if (comma == NULL) return false;
  *comma = '.';
  return cuxas_text_parse_number(plain, ret_value);
}

const char *cuxas_table_cell(const cuxas_table *table, size_t i_row, size_t i_column, char buffer[32])
{
  const size_t i = i_row * table->n_column + i_column;
  if (table->number == NULL) return table->cell[i];
  cuxas_text_print(buffer, 32, "%.10g", table->number[i]);
  return buffer;
}

bool cuxas_table_number(const cuxas_table *table, size_t i_row, size_t i_column, double *ret_value)
{
  const size_t i = i_row * table->n_column + i_column;
  if (table->number != NULL) {
    *ret_value = table->number[i];
    return true;
  }
  const char *cell = table->cell[i];
  return cuxas_text_parse_number(cell, ret_value) || (table->has_decimal_comma && parse_decimal_comma(cell, ret_value));
}

/* ---- 3. Delimiter ---- */

enum { MAX_TRIED_LINE = 1000 }; /* enough to know a delimiter by */

/* How well a delimiter explains the lines. */
typedef struct {
  size_t n_pure;  /* lines of two or more numbers and nothing else */
  size_t n_table; /* lines of two or more numbers, with remarks */
  size_t n_comma; /* cells that are numbers if a comma is a decimal point */
  size_t n_point; /* cells that are numbers with a decimal point */
  size_t n_mixed; /* lines with both */
} evidence;

static void weigh_cells(char *const *cell, size_t n_cell, evidence *sum)
{
  size_t       n_number = 0, n_other = 0;
  const size_t n_point = sum->n_point, n_comma = sum->n_comma;
  for (size_t i = 0; i < n_cell; i++) {
    if (cell[i][0] == '\0') continue;
    if (cuxas_text_parse_number(cell[i], NULL)) {
      n_number++;
      if (strchr(cell[i], '.') != NULL) sum->n_point++;
    } else if (parse_decimal_comma(cell[i], NULL)) { /* between commas only in quotes */
      n_number++;
      sum->n_comma++;
    } else {
      n_other++;
    }
  }
  if (n_number < 2) return;
  sum->n_table++;
  if (n_other == 0) sum->n_pure++;
  if (n_other == 0 && sum->n_point > n_point && sum->n_comma > n_comma) sum->n_mixed++;
}

static evidence weigh_delimiter(const cuxas_text *text, cuxas_delimiter delimiter, char *scratch, char **cell)
{
  evidence sum     = {0};
  size_t   n_tried = 0;
  for (size_t i = 0; i < text->n_line && n_tried < MAX_TRIED_LINE; i++) {
    if (is_blank_line(text->line[i]) || cuxas_table_is_comment(text->line[i]) != NULL) continue;
    strcpy(scratch, text->line[i]);
    const size_t n_cell = cuxas_table_split(scratch, delimiter, cell, CUXAS_TABLE_MAX_COLUMN);
    if (n_cell <= CUXAS_TABLE_MAX_COLUMN) weigh_cells(cell, n_cell, &sum);
    n_tried++;
  }
  return sum;
}

/* Nearly all lines have a semicolon in their middle: then no comma and no blank separates, whatever the numbers say. */
static bool has_semicolons(const cuxas_text *text)
{
  size_t n_line = 0, n_with = 0;
  for (size_t i = 0; i < text->n_line && n_line < MAX_TRIED_LINE; i++) {
    const char *line = text->line[i], *sign = strchr(line, ';');
    if (is_blank_line(line) || cuxas_table_is_comment(text->line[i]) != NULL) continue;
    n_line++;
    n_with += sign != NULL && sign > line && !is_blank_line(sign + 1);
  }
  return n_line > 2 && 10 * n_with >= 9 * n_line;
}

/* The delimiter that makes most lines pure numbers; then most lines tables; then the first in this order. */
static bool find_delimiter(const cuxas_text *text, char *scratch, char **cell, bool *ret_is_mixed, cuxas_table *table)
{
  static const cuxas_delimiter ORDER[]      = {CUXAS_DELIMITER_TAB, CUXAS_DELIMITER_SEMICOLON, CUXAS_DELIMITER_COMMA,
                                               CUXAS_DELIMITER_BLANK};
  evidence                     best         = {0};
  const bool                   is_semicolon = has_semicolons(text);
  for (size_t i = 0; i < sizeof ORDER / sizeof ORDER[0]; i++) {
    if (is_semicolon && i > 1) break; /* behind it in the order */
    const evidence found = weigh_delimiter(text, ORDER[i], scratch, cell);
    if (found.n_pure < best.n_pure || (found.n_pure == best.n_pure && found.n_table <= best.n_table)) continue;
    best                     = found;
    table->delimiter         = ORDER[i];
    table->has_decimal_comma = found.n_comma > 0 && found.n_point == 0;
    *ret_is_mixed            = 2 * found.n_mixed > found.n_table;
  }
  return best.n_table > 0;
}

/* ---- 4. The table ---- */

/* What most data lines look like; a preamble may hold numbers too, but not in the same places. */
typedef struct {
  size_t n_cell;
  bool   is_number[CUXAS_TABLE_MAX_COLUMN]; /* more than half of the lines of this shape have a number there */
} row_shape;

typedef struct {
  char  *scratch; /* room for the longest line */
  char **cell;    /* (CUXAS_TABLE_MAX_COLUMN) into scratch */
} splitter;

/* Cells of a line, at most CUXAS_TABLE_MAX_COLUMN of them stored; the line stays whole. */
static size_t split_copy(const cuxas_table *table, const char *line, const splitter *room)
{
  strcpy(room->scratch, line);
  return cuxas_table_split(room->scratch, table->delimiter, room->cell, CUXAS_TABLE_MAX_COLUMN);
}

static bool is_number(const cuxas_table *table, const char *cell)
{
  return cuxas_text_parse_number(cell, NULL) || (table->has_decimal_comma && parse_decimal_comma(cell, NULL));
}

static size_t count_numbers(const cuxas_table *table, char *const *cell, size_t n_cell)
{
  size_t n_number = 0;
  for (size_t i = 0; i < n_cell && i < CUXAS_TABLE_MAX_COLUMN; i++) n_number += is_number(table, cell[i]);
  return n_number;
}

enum { MAX_SHAPE_LINE = 20000 }; /* enough to know the shape of rows by */

static cuxas_status find_shape(const cuxas_text *text, const splitter *room, const cuxas_table *table,
                               row_shape *ret_shape, cuxas_error *err)
{
  size_t *n_line   = cuxas_new(err, CUXAS_TABLE_MAX_COLUMN + 1, sizeof *n_line);   /* with this many cells */
  size_t *n_number = cuxas_new(err, CUXAS_TABLE_MAX_COLUMN + 1, sizeof *n_number); /* in this column */
  *ret_shape       = (row_shape){0};
  for (int is_second = 0; is_second < 2 && n_line != NULL && n_number != NULL; is_second++) {
    size_t n_tried = 0;
    for (size_t i = 0; i < text->n_line && n_tried < MAX_SHAPE_LINE; i++) {
      if (is_blank_line(text->line[i]) || cuxas_table_is_comment(text->line[i]) != NULL) continue;
      n_tried++;
      const size_t n_cell = split_copy(table, text->line[i], room);
      if (n_cell > CUXAS_TABLE_MAX_COLUMN || count_numbers(table, room->cell, n_cell) < 2) continue;
      if (is_second == 0) n_line[n_cell]++;
      if (is_second == 0 || n_cell != ret_shape->n_cell) continue;
      for (size_t k = 0; k < n_cell; k++) n_number[k] += is_number(table, room->cell[k]);
    }
    for (size_t k = 2; is_second == 0 && k <= CUXAS_TABLE_MAX_COLUMN; k++)
      if (n_line[k] > 0 && n_line[k] >= n_line[ret_shape->n_cell]) ret_shape->n_cell = k;
  }
  for (size_t k = 0; n_number != NULL && n_line != NULL && k < ret_shape->n_cell; k++)
    ret_shape->is_number[k] = 2 * n_number[k] > n_line[ret_shape->n_cell];
  const bool has_memory = n_line != NULL && n_number != NULL;
  free(n_line);
  free(n_number);
  return has_memory ? CUXAS_OK : cuxas_fail_at(err, cuxas_no_memory(err), text->path);
}

static bool has_letter(const char *cell)
{
  for (; *cell != '\0'; cell++)
    if ((*cell >= 'a' && *cell <= 'z') || (*cell >= 'A' && *cell <= 'Z')) return true;
  return false;
}

/* Can the data begin with this line? Two numbers, and no word where rows have a number. */
static bool is_first_row(const cuxas_table *table, const row_shape *shape, const char *line, const splitter *room)
{
  const size_t n_cell = split_copy(table, line, room);
  if (table->delimiter == CUXAS_DELIMITER_BLANK && n_cell != shape->n_cell) return false;
  if (count_numbers(table, room->cell, n_cell) < 2) return false;
  for (size_t k = 0; k < n_cell && k < shape->n_cell; k++)
    if (shape->is_number[k] && !is_number(table, room->cell[k]) && has_letter(room->cell[k])) return false;
  return true;
}

/* A row with something wrong in it: it begins as rows do, which no line of words does. Its reader says what is wrong. */
static bool is_broken_row(const cuxas_table *table, const row_shape *shape, const char *line, const splitter *room)
{
  size_t       i_number = 0;
  const size_t n_cell   = split_copy(table, line, room);
  while (i_number < shape->n_cell && !shape->is_number[i_number]) i_number++;
  return n_cell == shape->n_cell && i_number < n_cell && is_number(table, room->cell[i_number]);
}

/* Index of the first line of the first run of at least n_least rows, text->n_line where there is none; n_least = 0 gives
 * the length of the longest run instead, as far as it matters. Comments and blank lines interrupt no run. */
static size_t find_run(const cuxas_text *text, const splitter *room, const row_shape *shape, size_t n_least,
                       cuxas_table *table)
{
  enum { LONG_RUN = 1000 };
  size_t n_run = 0, i_run = 0, n_longest = 0;
  for (size_t i = 0; i < text->n_line && n_longest < LONG_RUN; i++) {
    if (is_blank_line(text->line[i]) || cuxas_table_is_comment(text->line[i]) != NULL) continue;
    if (is_first_row(table, shape, text->line[i], room)) {
      if (n_run++ == 0) i_run = i;
      if (n_run > n_longest) n_longest = n_run;
      if (n_least > 0 && n_run >= n_least) return i_run;
    } else if (n_run == 0 || !is_broken_row(table, shape, text->line[i], room)) {
      if (n_least > 0 && n_run > 0 && table->n_passed_over == 0) table->i_passed_over = i_run;
      if (n_least > 0 && n_run > 0) table->i_passed_end = i;
      if (n_least > 0) table->n_passed_over += n_run;
      n_run = 0;
    }
  }
  return n_least > 0 ? text->n_line : n_longest;
}

/* Where the data begin: the first run of rows that is no mere few lines of numbers in a preamble, less than a quarter of
 * the longest run, fewer than 20, with words behind it. Those are counted as passed over. */
static size_t find_first_row(const cuxas_text *text, const splitter *room, const row_shape *shape, cuxas_table *table)
{
  const size_t MOST      = 20; /* numbers of a preamble, our choice */
  const size_t n_longest = find_run(text, room, shape, 0, table);
  return find_run(text, room, shape, n_longest / 4 > MOST ? MOST : n_longest > 4 ? n_longest / 4 : 1, table);
}

/* First data line, number of data lines, widest of them. */
static cuxas_status measure(const cuxas_text *text, const splitter *room, cuxas_table *table, cuxas_error *err)
{
  row_shape   *shape = cuxas_new(err, 1, sizeof *shape);
  cuxas_status status =
      shape != NULL ? find_shape(text, room, table, shape, err) : cuxas_fail_at(err, cuxas_no_memory(err), text->path);
  if (status != CUXAS_OK) goto done;
  table->i_first_line = find_first_row(text, room, shape, table);
  table->n_column = table->n_usual = shape->n_cell;
  for (size_t i = 0; i < text->n_line; i++) {
    char *line = text->line[i];
    if (is_blank_line(line)) continue;
    if (cuxas_table_is_comment(line) != NULL) {
      table->n_comment++;
      continue;
    }
    if (i < table->i_first_line) continue;
    table->n_row++;
    const size_t n_cell = split_copy(table, line, room);
    if (n_cell > CUXAS_TABLE_MAX_COLUMN) {
      status =
          cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: more than %d columns", text->path, i + 1, CUXAS_TABLE_MAX_COLUMN);
      goto done;
    }
    if (n_cell <= table->n_column) continue;
    const size_t n_number = count_numbers(table, room->cell, n_cell); /* a remark behind a row makes no column */
    if (n_number == n_cell || (n_number >= 2 && table->delimiter != CUXAS_DELIMITER_BLANK)) table->n_column = n_cell;
  }
done:
  free(shape);
  return status;
}

static cuxas_status cut(cuxas_text *text, cuxas_table *table, cuxas_error *err)
{
  table->row_line = cuxas_new(err, table->n_row, sizeof *table->row_line);
  table->cell     = cuxas_new(err, table->n_row, table->n_column * sizeof *table->cell);
  if (table->row_line == NULL || table->cell == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, text->path);

  size_t i_row = 0;
  for (size_t i = table->i_first_line; i < text->n_line; i++) {
    if (is_blank_line(text->line[i]) || cuxas_table_is_comment(text->line[i]) != NULL) continue;
    char       **row    = table->cell + i_row * table->n_column;
    const size_t n_cell = cuxas_table_split(text->line[i], table->delimiter, row, table->n_column);
    for (size_t j = n_cell; j < table->n_column; j++) row[j] = text->line[i] + strlen(text->line[i]);
    table->row_line[i_row++] = i + 1;
  }
  return CUXAS_OK;
}

/* Which line shows why there is no table: digits in groups of three, or a point and a comma that both may be decimal. */
static cuxas_status fail_numbers(const cuxas_text *text, bool is_mixed, cuxas_error *err)
{
  cuxas_pattern *groups = NULL;
  cuxas_status   status = cuxas_pattern_new(
        is_mixed ? "(?:^|[;\\t\" ])(\\d+,\\d+)(?:$|[;\\t\" ])"
                 : "(?:^|[;\\t\"])\\s*(\\d{1,3}((?: |\xc2\xa0|\xa0|\xe2\x80\xaf|')\\d{3})+([.,]\\d*)?)\\s*(?:$|[;\\t\"])",
      &groups, err);
  for (size_t i = 0; i < text->n_line && i < 1000 && status == CUXAS_OK; i++) {
    char number[40] = "", shown[40];
    if (cuxas_table_is_comment(text->line[i]) != NULL || !cuxas_pattern_match(groups, text->line[i])) continue;
    cuxas_pattern_copy_group(groups, 1, number, sizeof number);
    cuxas_info_put(shown, sizeof shown, number);
    status =
        cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: '%s' has %s", text->path, i + 1, shown,
                   is_mixed ? "a comma, and other numbers of the line have a point: decimals or thousands? Save it "
                              "with one sign for decimals and none for thousands"
                            : "something between thousands: save it without");
  }
  cuxas_pattern_free(groups);
  return status != CUXAS_OK
             ? status
             : cuxas_fail(err, CUXAS_EFORMAT, "%s: no table of numbers (no line with two or more of them)", text->path);
}

cuxas_status cuxas_table_read(cuxas_text *text, cuxas_table *ret_table, cuxas_error *err)
{
  cuxas_status status   = CUXAS_OK;
  size_t       longest  = 0;
  bool         is_mixed = false;
  *ret_table            = (cuxas_table){0};
  for (size_t i = 0; i < text->n_line; i++) {
    const size_t n_byte = strlen(text->line[i]);
    if (n_byte > longest) longest = n_byte;
  }
  const splitter room = {cuxas_new(err, longest + 1, 1), cuxas_new(err, CUXAS_TABLE_MAX_COLUMN, sizeof(char *))};
  if (room.scratch == NULL || room.cell == NULL)
    status = cuxas_fail_at(err, cuxas_no_memory(err), text->path);
  else if (find_delimiter(text, room.scratch, room.cell, &is_mixed, ret_table) && !is_mixed)
    status = measure(text, &room, ret_table, err);
  if (status == CUXAS_OK && ret_table->n_row == 0) status = fail_numbers(text, is_mixed, err);
  if (status == CUXAS_OK) status = cut(text, ret_table, err);
  free(room.scratch);
  free(room.cell);
  return status;
}

cuxas_status cuxas_table_new(const char *path, size_t n_row, size_t n_column, cuxas_table *ret_table, cuxas_error *err)
{
  *ret_table        = (cuxas_table){.delimiter = CUXAS_DELIMITER_BLANK, .n_row = n_row, .n_column = n_column};
  ret_table->number = cuxas_new(err, n_row, n_column * sizeof *ret_table->number);
  if (ret_table->number == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  return CUXAS_OK;
}

void cuxas_table_free(cuxas_table *table)
{
  free(table->row_line);
  free(table->cell);
  free(table->number);
  *table = (cuxas_table){0};
}

/* ---- 5. Names: ways to split a line of labels into one per column: at quotes, blanks, signs, by width, by place ---- */

/* Behind a bracket that opens here, or the end of the line. */
static char *skip_bracket(char *line)
{
  char *end = strchr(line, *line == '(' ? ')' : ']');
  return end != NULL ? end + 1 : line + strlen(line);
}

/* Names separated by blanks; a bracket behind a name belongs to it: "Energy (eV) Intensity (arb. units)". */
static size_t split_at_blanks(char *line, char **name, size_t n_column)
{
  size_t n_name  = 0;
  char  *cut_off = NULL; /* where the name before was ended */
  for (line += strspn(line, " \t"); *line != '\0'; line += strspn(line, " \t")) {
    if ((*line == '(' || *line == '[') && cut_off != NULL) {
      *cut_off = ' ';
    } else {
      if (n_name == n_column) return n_column + 1;
      name[n_name++] = line;
    }
    while (*line != '\0' && *line != ' ' && *line != '\t')
      line = *line == '(' || *line == '[' ? skip_bracket(line) : line + 1;
    cut_off = line;
    if (*line != '\0') *line++ = '\0';
  }
  return n_name;
}

/* Names separated by two or more blanks, so that a name may hold single ones. */
static size_t split_at_wide_blanks(char *line, char **name, size_t n_column)
{
  size_t n_name = 0;
  for (line += strspn(line, " \t"); *line != '\0'; line += strspn(line, " \t")) {
    if (n_name == n_column) return n_column + 1;
    name[n_name++] = line;
    while (*line != '\0' && *line != '\t' && !(line[0] == ' ' && (line[1] == ' ' || line[1] == '\t'))) line++;
    if (*line != '\0') *line++ = '\0';
  }
  return n_name;
}

/* Names in quotes, whatever stands between them. */
static size_t split_at_quotes(char *line, char **name, size_t n_column)
{
  size_t n_name = 0;
  for (char *start; (start = strchr(line, '"')) != NULL; n_name++) {
    char *end = strchr(start + 1, '"');
    if (end == NULL || n_name == n_column) return n_column + 1;
    *end         = '\0';
    name[n_name] = start + 1;
    line         = end + 1;
  }
  return n_name;
}

/* Names separated by one of these signs though the data are not. */
static size_t split_at_signs(char *line, const char *signs, char **name, size_t n_column)
{
  size_t n_name = 0;
  char   sign   = '\0';
  for (; *signs != '\0' && sign == '\0'; signs++)
    if (strchr(line, *signs) != NULL) sign = *signs;
  for (bool is_last = sign == '\0'; !is_last; n_name++) {
    char *end = strchr(line, sign);
    is_last   = end == NULL;
    if (n_name == n_column) return n_column + 1;
    name[n_name] = line;
    if (!is_last) {
      *end = '\0';
      line = end + 1;
    }
  }
  return n_name;
}

/* The width that all columns of the first row share; 0: they do not. */
static size_t common_width(const size_t *cell_end, size_t n_column)
{
  if (n_column < 3) return 0;
  const size_t width = cell_end[1] - cell_end[0];
  for (size_t k = 2; k < n_column; k++)
    if (cell_end[k] - cell_end[k - 1] != width) return 0;
  return width;
}

/* Names of the width that the columns have, cut off where they are longer. */
static size_t split_at_common_width(char *line, const size_t *cell_end, char **name, size_t n_column)
{
  enum { MAX_WIDTH = 64 };
  const size_t width  = common_width(cell_end, n_column);
  size_t       n_byte = strlen(line);
  while (n_byte > 0 && line[n_byte - 1] == ' ') n_byte--;
  if (width < 4 || width > MAX_WIDTH || n_byte <= (n_column - 1) * width || n_byte > n_column * width) return 0;
  for (size_t k = 0; k < n_column; k++)
    if (line[k * width] == ' ') return 0;
  for (size_t k = n_column - 1; k > 0; k--) { /* from behind, with room for a zero after each */
    memmove(line + k * width + k, line + k * width,
            (k + 1 < n_column ? width : n_byte - k * width) + (k + 1 == n_column));
    line[k * width + k - 1] = '\0';
    name[k]                 = line + k * width + k;
  }
  name[0] = line;
  for (size_t k = 1; k + 1 < n_column; k++) name[k][width] = '\0';
  return n_column;
}

/* Names of one width each, which begin where their field does: the first width for which that holds. */
static size_t split_at_width(char *line, char **name, size_t n_column)
{
  enum { LEAST_WIDTH = 4, MAX_WIDTH = 64 };
  size_t n_byte = strlen(line);
  while (n_byte > 0 && line[n_byte - 1] == ' ') n_byte--;
  for (size_t width = LEAST_WIDTH; width <= MAX_WIDTH && n_column > 1; width++) {
    if (n_byte <= (n_column - 1) * width || n_byte > n_column * width) continue;
    bool is_fit = line[0] != ' ';
    for (size_t k = 1; k < n_column && is_fit; k++) is_fit = line[k * width - 1] == ' ' && line[k * width] != ' ';
    if (!is_fit) continue;
    for (size_t k = 0; k < n_column; k++) name[k] = line + k * width;
    line[n_byte] = '\0';
    for (size_t k = 1; k < n_column; k++) line[k * width - 1] = '\0';
    return n_column;
  }
  return 0;
}

/* Names above their numbers: a word belongs to the first row's cell at whose end, or before it, it ends. */
static size_t split_at_places(char *line, const size_t *cell_end, char **name, size_t n_column)
{
  size_t k = 0, n_name = 0, n_byte = strlen(line);
  for (size_t i = 0; i < n_byte;) {
    i += strspn(line + i, " \t");
    if (i >= n_byte) break;
    const size_t n_word = strcspn(line + i, " \t");
    while (k < n_column && cell_end[k] + 1 < i + n_word) k++;
    if (k >= n_column || k > n_name) return 0;               /* behind the last cell, or a cell without a name */
    if (k < n_name && i > 1 && line[i - 2] == ' ') return 0; /* two names above one cell */
    if (k == n_name) {
      if (i > 0) line[i - 1] = '\0';
      name[n_name++] = line + i;
    }
    i += n_word;
  }
  return n_name;
}

size_t cuxas_labels_split(cuxas_labels_way way, char *line, const size_t *cell_end, char **ret_name, size_t n_column)
{
  switch (way) {
  case CUXAS_LABELS_AT_QUOTES: return split_at_quotes(line, ret_name, n_column);
  case CUXAS_LABELS_AT_BLANKS: return split_at_blanks(line, ret_name, n_column);
  case CUXAS_LABELS_AT_WIDE_BLANKS: return split_at_wide_blanks(line, ret_name, n_column);
  case CUXAS_LABELS_AT_SIGNS: return split_at_signs(line, ",;|", ret_name, n_column);
  case CUXAS_LABELS_AT_COMMON_WIDTH: return split_at_common_width(line, cell_end, ret_name, n_column);
  case CUXAS_LABELS_AT_WIDTH: return split_at_width(line, ret_name, n_column);
  case CUXAS_LABELS_AT_PLACES: return split_at_places(line, cell_end, ret_name, n_column);
  case CUXAS_LABELS_N_WAY: break;
  }
  return 0;
}

void cuxas_labels_tidy(char **name, size_t n_name)
{
  for (const char *sign = "',;"; *sign != '\0' && n_name > 1; sign++) {
    size_t n_end = 0;
    for (size_t i = 0; i < n_name; i++) {
      const size_t n_byte = strlen(name[i]);
      n_end += n_byte > 1 && name[i][n_byte - 1] == *sign;
    }
    if (n_end + (*sign == '\'' ? 0 : 1) < n_name) continue;
    for (size_t i = 0; i < n_name; i++) {
      const size_t n_byte = strlen(name[i]);
      if (n_byte > 1 && name[i][n_byte - 1] == *sign) name[i][n_byte - 1] = '\0';
      if (*sign == '\'' && name[i][0] == '\'') name[i]++;
    }
  }
}

/* Whether a label is the first word of a column's name. */
static bool is_called(const cuxas_column *column, const char *label, size_t n_byte)
{
  return strncasecmp(column->name, label, n_byte) == 0 && strchr(" \t", column->name[n_byte]) != NULL;
}

void cuxas_labels_doubt(const cuxas_text *text, size_t i_first_line, cuxas_measured_info *info)
{
  const char *line     = i_first_line > 0 ? text->line[i_first_line - 1] : "";
  size_t      n_label  = 0;
  bool        is_other = false;
  line += strspn(line, "# \t");
  for (const char *at = line; *at != '\0'; at += strspn(at, " \t")) {
    const size_t n_byte = strcspn(at, " \t");
    size_t       i      = 0;
    while (i < info->n_column && !is_called(&info->column[i], at, n_byte)) i++;
    if (i == info->n_column) return; /* no line of labels, or others */
    is_other = is_other || n_label >= info->n_column || !is_called(&info->column[n_label], at, n_byte);
    n_label++;
    at += n_byte;
  }
  if (is_other && n_label == info->n_column)
    cuxas_warn(&info->warnings, "line %zu has the names in another order than the fields Column.N, which are used",
               i_first_line);
}
