/* Ways to split a line of labels into a name per column: at quotes, blanks, signs, by width, by place */
#include "spectrum/columns_priv.h"

#include <string.h>
#include <strings.h>

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
