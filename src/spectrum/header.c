/* The header: the line before the data that names most columns.
 *
 * A preamble may hold anything. Every line of it, comments included, is split into as many names as the table has
 * columns, if that works out at all, and counts the names that mean something; the best line wins, the last one of
 * equals. Without any known word, a plain (not commented) line right above the data is still taken for the header. */
#include "spectrum/columns_priv.h"
#include "base/text.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NAME_BYTES = CUXAS_COLUMN_MAX_NAME };

/* A trial to read a line as a header. */
typedef struct {
  char  *scratch; /* room for the longest line */
  char **name;    /* (n_column) into scratch */
  size_t n_name;
  size_t n_known; /* names that the vocabulary knows */
} trial;

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

static void count_known(const cuxas_vocabulary *vocabulary, trial *header)
{
  header->n_known = 0;
  for (size_t i = 0; i < header->n_name; i++) {
    header->name[i] = cuxas_text_trim(header->name[i]);
    if (cuxas_text_parse_number(header->name[i], NULL)) { /* a header has no numbers */
      header->n_known = header->n_name = 0;
      return;
    }
    if (cuxas_vocabulary_classify(vocabulary, header->name[i]) != CUXAS_WORD_UNKNOWN) header->n_known++;
  }
}

enum { AT_DELIMITER, AT_BLANKS, AT_WIDE_BLANKS, N_WAY };

/* Splits a line in one way; n_name = 0 when that does not give a name per column. */
static void split_line(int way, const char *line, const cuxas_table *table, const cuxas_vocabulary *vocabulary,
                       trial *header)
{
  const size_t n_column = table->n_column;
  strcpy(header->scratch, line);
  header->n_name = header->n_known = 0;
  if (way == AT_DELIMITER && table->delimiter != CUXAS_DELIMITER_BLANK) { /* names may be missing at the end */
    const size_t n_name = cuxas_table_split(header->scratch, table->delimiter, header->name, n_column);
    header->n_name      = n_name < 2 ? 0 : n_name < n_column ? n_name : n_column;
  } else if (way != AT_DELIMITER) {
    header->n_name = way == AT_BLANKS ? split_at_blanks(header->scratch, header->name, n_column)
                                      : split_at_wide_blanks(header->scratch, header->name, n_column);
    if (header->n_name != n_column) header->n_name = 0;
  }
  count_known(vocabulary, header);
}

/* The first way that gives a known word, else the first that gives names at all. */
static void try_line(const char *line, const cuxas_table *table, const cuxas_vocabulary *vocabulary, trial *header)
{
  for (int way = 0; way < N_WAY; way++) {
    split_line(way, line, table, vocabulary, header);
    if (header->n_known > 0) return;
  }
  for (int way = 0; way < N_WAY; way++) {
    split_line(way, line, table, vocabulary, header);
    if (header->n_name > 0) return;
  }
}

/* What stands behind the comment signs, without FEFF's "@#" at the end; the line itself when it is no comment. */
static const char *header_text(char *line, char *buffer)
{
  const char *inner = cuxas_table_is_comment(line);
  strcpy(buffer, inner != NULL ? inner : line);
  size_t n_byte = strlen(buffer);
  if (inner != NULL)
    while (n_byte > 0 && strchr(" \t#@", buffer[n_byte - 1]) != NULL) n_byte--;
  buffer[n_byte] = '\0';
  return buffer;
}

cuxas_status cuxas_column_set_name(cuxas_column *column, const char *name, cuxas_error *err)
{
  char         short_name[MAX_NAME_BYTES + 1];
  const size_t n_byte = strlen(name) < MAX_NAME_BYTES ? strlen(name) : MAX_NAME_BYTES;
  memcpy(short_name, name, n_byte);
  short_name[n_byte] = '\0';
  char *copy         = cuxas_copy_string(short_name);
  if (copy == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for column names");
  free(column->name);
  column->name = copy;
  return CUXAS_OK;
}

/* XDI: "# Column.1: energy eV". Returns the number of columns named so in ret_n_named. */
static cuxas_status read_xdi(const cuxas_text *text, const cuxas_table *table, cuxas_measured_info *info,
                             size_t *ret_n_named, cuxas_error *err)
{
  cuxas_pattern *pattern = NULL;
  cuxas_status   status  = cuxas_pattern_new("(?i)^\\s*#\\s*column\\.(\\d{1,3})\\s*:\\s*(\\S.*?)\\s*$", &pattern, err);
  *ret_n_named           = 0;
  for (size_t i = 0; i < table->i_first_line && status == CUXAS_OK; i++) {
    char number[8], name[MAX_NAME_BYTES + 1];
    long column;
    if (!cuxas_pattern_match(pattern, text->line[i])) continue;
    cuxas_pattern_copy_group(pattern, 1, number, sizeof number);
    cuxas_pattern_copy_group(pattern, 2, name, sizeof name);
    if (!cuxas_text_parse_integer(number, &column) || column < 1 || (size_t)column > info->n_column) continue;
    status = cuxas_column_set_name(&info->column[column - 1], name, err);
    if ((*ret_n_named)++ == 0) info->header_line = i + 1;
  }
  cuxas_pattern_free(pattern);
  return status;
}

/* A line of units between header and data gives the energies their unit: "Energy" becomes "Energy (eV)". */
static cuxas_status add_unit(const cuxas_text *text, const cuxas_table *table, const cuxas_vocabulary *vocabulary,
                             trial *units, cuxas_measured_info *info, cuxas_error *err)
{
  cuxas_energy_unit unit;
  for (size_t i = info->header_line; i < table->i_first_line; i++) {
    try_line(text->line[i], table, vocabulary, units);
    for (size_t j = 0; j < units->n_name; j++) {
      char with_unit[MAX_NAME_BYTES + 16];
      if (strlen(units->name[j]) > 5 || !cuxas_vocabulary_unit(vocabulary, units->name[j], &unit)) continue;
      if (cuxas_vocabulary_unit(vocabulary, info->column[j].name, &unit)) continue;
      const size_t n_byte = strlen(info->column[j].name);
      memcpy(with_unit, info->column[j].name, n_byte);
      memcpy(with_unit + n_byte, " (", 3);
      strcat(with_unit, units->name[j][0] == '(' ? units->name[j] + 1 : units->name[j]);
      if (strchr(with_unit + n_byte, ')') == NULL) strcat(with_unit, ")");
      const cuxas_status status = cuxas_column_set_name(&info->column[j], with_unit, err);
      if (status != CUXAS_OK) return status;
    }
  }
  return CUXAS_OK;
}

static bool is_feff(const cuxas_measured_info *info)
{
  static const char *const NAMES[] = {"omega", "e", "k", "mu", "mu0", "chi"};
  if (info->n_column != sizeof NAMES / sizeof NAMES[0]) return false;
  for (size_t i = 0; i < info->n_column; i++)
    if (strcmp(info->column[i].name, NAMES[i]) != 0) return false;
  return true;
}

static cuxas_status find_header(const cuxas_text *text, const cuxas_table *table, const cuxas_vocabulary *vocabulary,
                                trial *header, char *buffer, cuxas_measured_info *info, cuxas_error *err)
{
  size_t best = 0, i_best = CUXAS_NO_COLUMN;
  for (size_t i = 0; i < table->i_first_line; i++) {
    try_line(header_text(text->line[i], buffer), table, vocabulary, header);
    const bool is_plain = cuxas_table_is_comment(text->line[i]) == NULL;
    if (header->n_name == 0 || (header->n_known == 0 && !is_plain) || header->n_known < best) continue;
    best   = header->n_known;
    i_best = i;
  }
  if (i_best == CUXAS_NO_COLUMN) return CUXAS_OK;

  info->header_line = i_best + 1;
  try_line(header_text(text->line[i_best], buffer), table, vocabulary, header);
  for (size_t i = 0; i < header->n_name; i++) {
    const cuxas_status status = cuxas_column_set_name(&info->column[i], header->name[i], err);
    if (status != CUXAS_OK) return status;
  }
  return add_unit(text, table, vocabulary, header, info, err);
}

cuxas_status cuxas_header_read(const cuxas_text *text, const cuxas_table *table, const cuxas_vocabulary *vocabulary,
                               cuxas_measured_info *info, cuxas_error *err)
{
  cuxas_status status  = CUXAS_OK;
  size_t       longest = 0, n_named = 0;
  double       unused;

  for (size_t i = 0; i < table->i_first_line; i++) {
    const size_t n_byte = strlen(text->line[i]);
    if (n_byte > longest) longest = n_byte;
  }
  trial header   = {0};
  char *buffer   = cuxas_new_array(longest + 1, 1);
  header.scratch = cuxas_new_array(longest + 1, 1);
  header.name    = cuxas_new_array(table->n_column, sizeof *header.name);
  info->column   = cuxas_new_array(table->n_column, sizeof *info->column);
  if (buffer == NULL || header.scratch == NULL || header.name == NULL || info->column == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", text->path);
    goto done;
  }
  info->n_column = table->n_column;
  for (size_t i = 0; i < info->n_column; i++) {
    if ((status = cuxas_column_set_name(&info->column[i], "", err)) != CUXAS_OK) goto done;
    for (size_t j = 0; j < table->n_row; j++)
      if (cuxas_table_number(table, j, i, &unused)) info->column[i].n_number++;
  }
  if ((status = read_xdi(text, table, info, &n_named, err)) != CUXAS_OK) goto done;
  if (n_named < 2) status = find_header(text, table, vocabulary, &header, buffer, info, err);
  info->is_feff = is_feff(info);
done:
  free(buffer);
  free(header.scratch);
  free(header.name);
  return status;
}
