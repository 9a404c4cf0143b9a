/* The header: what the columns are called
 *
 * A preamble may hold anything. Names are looked for in this order:
 *   1. fields Column.N of XDI
 *   2. a numbered list, one line a column: "# 1 energy", "Column 1: energy", " Col 1 ENERGY DOUBLE" (FIO of DESY),
 *      "#  2  [1-D Positioner 1]  PV, description, mode, unit, ..." (mda2ascii)
 *   3. a line of labels. Every line, comments included, is split into as many names as the table has columns, in several
 *      ways, and the names that mean something are counted. A line that names an energy comes before one that does not;
 *      then the last line before the data of which at least two and half of the names are known; then the line with
 *      most known names, the last of equals. Lines of units come last. Without any known word, a plain (not commented)
 *      line right above the data is still taken.
 *   4. one label a line, as many lines as columns right above the data (SSRL)
 *
 * A line of fewer or more names than columns names none: a wrong name is worse than no name.
 *
 * Contents
 *   1. One line as a header (table.c has the ways to split it)
 *   2. Numbered lists and labels one below the other
 *   3. Which names
 *   4. Decimal commas between commas */
#include "spectrum/columns_priv.h"
#include "base/text.h"

#include "base/memory.h"
#include "spectrum/formats.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_NAME_BYTES = CUXAS_COLUMN_MAX_NAME };

/* ---- 1. One line as a header ---- */

/* A trial to read a line as a header. */
typedef struct {
  char  *scratch; /* room for the longest line */
  char **name;    /* (n_column + 1) into scratch */
  size_t n_name;
  size_t n_known; /* names that the vocabulary knows */
  bool   has_energy, is_units;
} trial;

/* "1:energy 2:i0 3:tey" and "energy(1) ..." number their names; the numbers go. Also counts of channels, "1 2 3", stand
 * for themselves behind names. */
static bool drop_numbers(trial *header)
{
  for (size_t i = 0; i < header->n_name; i++) {
    const size_t n_digit = strspn(header->name[i], "0123456789");
    char         digits[8];
    long         number;
    if (n_digit == 0 || n_digit >= sizeof digits || strchr(":.)=_", header->name[i][n_digit]) == NULL ||
        header->name[i][n_digit] == '\0' || header->name[i][n_digit + 1] == '\0')
      return false;
    memcpy(digits, header->name[i], n_digit);
    digits[n_digit] = '\0';
    if (!cuxas_text_parse_integer(digits, &number) || (size_t)number != i + 1) return false;
  }
  for (size_t i = 0; i < header->n_name; i++)
    header->name[i] = cuxas_text_trim(header->name[i] + strspn(header->name[i], "0123456789") + 1);
  return true;
}

/* A line of a setting and its value holds no names. */
static bool is_setting(const char *name, size_t i_name)
{
  const size_t n_byte = strlen(name);
  return strchr(name, '=') != NULL || strcmp(name, ":") == 0 || (i_name == 0 && n_byte > 0 && name[n_byte - 1] == ':');
}

/* The abscissa of scans that were never converted. */
static bool is_angle(const char *name)
{
  return strncasecmp(name, "angle", 5) == 0 || strncasecmp(name, "theta", 5) == 0 || strncasecmp(name, "bragg", 5) == 0;
}

static void count_known(const cuxas_vocabulary *vocabulary, trial *header)
{
  size_t n_number = 0;
  long   number = 0, before = 0;
  header->n_known    = 0;
  header->has_energy = false;
  header->is_units   = header->n_name > 0;
  for (size_t i = 0; i < header->n_name; i++) header->name[i] = cuxas_text_trim(header->name[i]);
  cuxas_labels_tidy(header->name, header->n_name);
  drop_numbers(header);
  for (size_t i = 0; i < header->n_name; i++) {
    if (cuxas_text_parse_number(header->name[i], NULL)) { /* a header has no numbers but those of channels */
      if (!cuxas_text_parse_integer(header->name[i], &number) || number <= before || number > 999 || i < 2) {
        header->n_known = header->n_name = 0;
        return;
      }
      before = number;
      n_number++;
    }
    if (is_setting(header->name[i], i)) { /* "Offset = 3", "Sample: foil" */
      header->n_known = header->n_name = 0;
      return;
    }
    const cuxas_word word = cuxas_vocabulary_classify(vocabulary, header->name[i]);
    header->n_known += word != CUXAS_WORD_UNKNOWN;
    header->has_energy |= word <= CUXAS_WORD_ENERGY_HINT || is_angle(header->name[i]);
    header->is_units &= header->name[i][0] == '\0' || cuxas_vocabulary_is_unit(vocabulary, header->name[i]);
  }
  if (n_number > 0 && header->n_known < 2) header->n_known = header->n_name = 0;
}

/* "Energy, eV, Intensity" cut at commas: a unit goes back to its name. Returns how many names are left. */
static size_t join_units(const cuxas_vocabulary *vocabulary, char **name, size_t n_name)
{
  size_t n_kept = 0;
  for (size_t i = 0; i < n_name; i++) {
    if (n_kept > 0 && name[i][0] != '\0' && cuxas_vocabulary_is_unit(vocabulary, name[i])) continue;
    name[n_kept++] = name[i];
  }
  return n_kept;
}

enum { AT_DELIMITER = CUXAS_LABELS_N_WAY };

/* What names need to be split by. */
typedef struct {
  const cuxas_table      *table;
  const cuxas_vocabulary *vocabulary;
  size_t                  i_first;  /* index of the line from which on names are looked for: behind other tables */
  size_t                  n_column; /* names wanted */
  size_t                  n_must;   /* columns that mostly hold numbers, up to the last of them */
  const size_t           *cell_end; /* (n_column) where the cells of the first row end */
} layout;

/* Splits a line in one way; n_name = 0 when that does not give a name per column. */
static void split_line(int way, const char *line, const layout *of, trial *header)
{
  const size_t          n_column  = of->n_column;
  const cuxas_delimiter delimiter = of->table->delimiter;
  strcpy(header->scratch, line);
  header->n_name = header->n_known = 0;
  switch (way) {
  case AT_DELIMITER: /* names of remarks may be missing at the end, empty ones too many */
    if (delimiter == CUXAS_DELIMITER_BLANK) break;
    header->n_name = cuxas_table_split(header->scratch, delimiter, header->name, n_column + 1);
    if (header->n_name > n_column + 1) header->n_name = 0;
    if (header->n_name > n_column && header->name[n_column][0] != '\0')
      header->n_name = join_units(of->vocabulary, header->name, header->n_name);
    else if (header->n_name > n_column)
      header->n_name = n_column;
    if (header->n_name < 2 || header->n_name < of->n_must || header->n_name > n_column) header->n_name = 0;
    break;
  default:
    if (delimiter != CUXAS_DELIMITER_BLANK && way >= CUXAS_LABELS_AT_SIGNS && way != CUXAS_LABELS_AT_WIDTH) break;
    header->n_name = cuxas_labels_split((cuxas_labels_way)way, header->scratch, of->cell_end, header->name, n_column);
    for (size_t i = 0; header->n_name == n_column && i < n_column; i++) /* two names are not one */
      if (cuxas_vocabulary_holds_names(of->vocabulary, header->name[i])) header->n_name = 0;
    break;
  }
  if (way != AT_DELIMITER && header->n_name != n_column) header->n_name = 0;
  count_known(of->vocabulary, header);
}

/* The first way that gives a known word, else the first that gives names at all; widths and places only where a name is
 * known. */
static void try_line(const char *line, const layout *of, trial *header)
{
  for (int i = -1; i < CUXAS_LABELS_N_WAY; i++) {
    split_line(i < 0 ? AT_DELIMITER : i, line, of, header);
    if (header->n_known > 0) return;
  }
  for (int i = -1; i < CUXAS_LABELS_AT_COMMON_WIDTH; i++) {
    split_line(i < 0 ? AT_DELIMITER : i, line, of, header);
    if (header->n_name > 0) return;
  }
  header->n_name = 0;
}

/* Behind "Columns:", "labels =" and the like, and "(1)" before quoted names. */
static const char *skip_title(const char *line)
{
  static const char *const TITLES[] = {"column headings", "column headers", "column labels", "column names", "columns",
                                       "labels",          "headings",       "fields",        "L ",           "C "};
  const char              *start    = line + strspn(line, " \t");
  for (size_t i = 0; i < sizeof TITLES / sizeof *TITLES; i++) {
    const size_t n_byte  = strlen(TITLES[i]);
    const bool   is_spec = TITLES[i][1] == ' '; /* "#L energy", "#C 1_energy 2_i0" */
    if (is_spec ? strncmp(start, TITLES[i], n_byte) != 0 : strncasecmp(start, TITLES[i], n_byte) != 0) continue;
    const char *rest = start + n_byte + strspn(start + n_byte, " \t");
    if (is_spec && (TITLES[i][0] == 'L' || (*rest == '1' && rest[1] != '\0' && strchr("_:.", rest[1]) != NULL)))
      return rest;
    if (*rest == ':' || *rest == '=') return rest + 1;
  }
  return line;
}

/* What stands behind the comment signs, without FEFF's "@#" at the end; the line itself when it is no comment. */
static const char *header_text(char *line, char *buffer)
{
  char *inner = cuxas_table_is_comment(line);
  for (char *more = inner; more != NULL && (more = cuxas_table_is_comment(inner)) != NULL;)
    inner = more; /* "# # energy" */
  if (inner == NULL && line[strspn(line, " \t")] == ';') inner = line + strspn(line, " \t;");
  strcpy(buffer, inner != NULL ? inner : line);
  size_t n_byte = strlen(buffer);
  if (inner != NULL)
    while (n_byte > 0 && strchr(" \t#@", buffer[n_byte - 1]) != NULL) n_byte--;
  buffer[n_byte] = '\0';
  return skip_title(buffer);
}

cuxas_status cuxas_column_set_name(cuxas_column *column, const char *name, cuxas_error *err)
{
  char short_name[MAX_NAME_BYTES + 1];
  cuxas_info_put(short_name, sizeof short_name, name);
  char *copy = cuxas_copy_text(err, short_name);
  if (copy == NULL) return CUXAS_ENOMEM;
  free(column->name);
  column->name = copy;
  return CUXAS_OK;
}

/* ---- 2. Numbered lists and labels one below the other ---- */

/* "Energy eV || IOC:Energy.VAL": what stands before the variable. */
static void cut_variable(char *name)
{
  char *bars = strstr(name, "||");
  if (bars == NULL || bars == name) return;
  *bars         = '\0';
  char *trimmed = cuxas_text_trim(name);
  memmove(name, trimmed, strlen(trimmed) + 1);
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
    cut_variable(name);
    if (!cuxas_text_parse_integer(number, &column) || column < 1 || (size_t)column > info->n_column) continue;
    status = cuxas_column_set_name(&info->column[column - 1], name, err);
    if ((*ret_n_named)++ == 0) info->header_line = i + 1;
  }
  cuxas_pattern_free(pattern);
  return status;
}

/* Name of an entry of mda2ascii, "[1-D Detector 1]  PV, description, unit": the description, else the variable. */
static void name_of_mda(char *entry, char *ret_name)
{
  char *field[4] = {NULL}, *inner = entry + 1, *end = strchr(entry, ']');
  if (end == NULL) {
    snprintf(ret_name, MAX_NAME_BYTES + 1, "%s", entry);
    return;
  }
  *end                     = '\0';
  inner                    = cuxas_text_trim(inner);
  const bool is_positioner = strstr(inner, "Positioner") != NULL;
  for (size_t i = 0; i < 4 && end != NULL; i++) {
    field[i] = end + 1;
    if ((end = strchr(field[i], ',')) != NULL) *end = '\0';
    field[i] = cuxas_text_trim(field[i]);
  }
  const char *unit = is_positioner ? field[3] : field[2];
  const char *name = field[1] != NULL && field[1][0] != '\0' ? field[1] : field[0];
  if (name == NULL || name[0] == '\0') name = inner;
  if (unit != NULL && unit[0] != '\0' && strlen(unit) < 16 && strchr(name, '(') == NULL)
    snprintf(ret_name, MAX_NAME_BYTES + 1, "%.60s (%s)", name, unit);
  else
    snprintf(ret_name, MAX_NAME_BYTES + 1, "%s", name);
}

/* The number and the name of a line of a numbered list; false for any other line. */
static bool parse_entry(cuxas_pattern *pattern, const char *line, size_t *ret_number, char *ret_name)
{
  char number[8], entry[256];
  long column;
  if (!cuxas_pattern_match(pattern, line)) return false;
  cuxas_pattern_copy_group(pattern, 1, number, sizeof number);
  cuxas_pattern_copy_group(pattern, 2, entry, sizeof entry);
  char *name = cuxas_text_trim(entry);
  if (!cuxas_text_parse_integer(number, &column) || column < 0 || name[0] == '\0') return false;
  if (cuxas_text_parse_number(name, NULL)) return false;
  *ret_number = (size_t)column;
  if (name[0] == '[') {
    name_of_mda(name, ret_name);
    return true;
  }
  char *type = strrchr(name, ' '); /* FIO */
  if (type != NULL && type > name &&
      (strcmp(type, " DOUBLE") == 0 || strcmp(type, " FLOAT") == 0 || strncmp(type, " INTEGER", 8) == 0 ||
       strcmp(type, " LONG") == 0 || strcmp(type, " STRING") == 0))
    *type = '\0';
  cut_variable(name);
  snprintf(ret_name, MAX_NAME_BYTES + 1, "%s", cuxas_text_trim(name));
  return true;
}

/* A list of exactly as many columns as the table has, numbered from 1 or 0 in order; the first such list. */
static cuxas_status read_list(const cuxas_text *text, const layout *of, cuxas_measured_info *info, char *buffer,
                              size_t *ret_n_named, cuxas_error *err)
{
  cuxas_pattern *pattern = NULL;
  size_t         number = 0, n_entry = 0, first = 0, i_first_line = 0;
  char(*name)[MAX_NAME_BYTES + 1] = cuxas_new(err, info->n_column, sizeof *name);
  cuxas_status status =
      name == NULL ? cuxas_fail_at(err, cuxas_no_memory(err), text->path)
                   : cuxas_pattern_new("(?i)^\\s*(?:(?:columns?|col|c)\\s*[.#_]?\\s*)?[\\[(#]?(\\d{1,3})[\\])]?\\s*"
                                       "(?:[.:=)]\\s*|\\s+)(\\S.*)$",
                                       &pattern, err);
  *ret_n_named = 0;
  for (size_t i = of->i_first; i < of->table->i_first_line && status == CUXAS_OK; i++) {
    char found[MAX_NAME_BYTES + 1];
    if (!parse_entry(pattern, header_text(text->line[i], buffer), &number, found)) continue;
    if (*ret_n_named > 0 && number != first + n_entry) break;
    if (n_entry == 0 || number != first + n_entry) {
      n_entry      = 0;
      first        = number;
      i_first_line = i;
      if (number > 1) continue;
    }
    if (n_entry < info->n_column) memcpy(name[n_entry], found, sizeof found);
    n_entry++;
    if (n_entry == info->n_column) *ret_n_named = n_entry;
    if (n_entry > info->n_column) *ret_n_named = 0;
  }
  for (size_t i = 0; i < *ret_n_named && status == CUXAS_OK; i++)
    status = cuxas_column_set_name(&info->column[i], name[i], err);
  if (*ret_n_named > 0) info->header_line = i_first_line + 1;
  cuxas_pattern_free(pattern);
  free(name);
  return status;
}

/* A label a line, right above the data: as many as columns, with an energy among them and another word that is known. */
static cuxas_status read_stack(const cuxas_text *text, const layout *of, cuxas_measured_info *info, char *buffer,
                               cuxas_error *err)
{
  size_t       n_label = 0, n_known = 0, i_top = 0;
  bool         has_energy = false;
  cuxas_status status     = CUXAS_OK;
  for (int is_second = 0; is_second < 2; is_second++) {
    size_t n = 0;
    for (size_t i = of->table->i_first_line; i-- > 0 && n < info->n_column;) {
      const char *inner = header_text(text->line[i], buffer);
      memmove(buffer, inner, strlen(inner) + 1);
      char *label = cuxas_text_trim(buffer);
      if (label[strspn(label, "-=_ ")] == '\0') { /* blank lines and rules, but not among the labels */
        if (n == 0) continue;
        return CUXAS_OK;
      }
      if (strlen(label) > 40 || cuxas_text_parse_number(label, NULL) || strchr(label, '=') != NULL) return CUXAS_OK;
      const cuxas_word word = cuxas_vocabulary_classify(of->vocabulary, label);
      n++;
      if (is_second == 1) {
        if ((status = cuxas_column_set_name(&info->column[info->n_column - n], label, err)) != CUXAS_OK) return status;
        continue;
      }
      n_known += word != CUXAS_WORD_UNKNOWN;
      has_energy |= word <= CUXAS_WORD_ENERGY_HINT;
      i_top = i;
    }
    if (is_second == 0) n_label = n;
    if (n_label < info->n_column || n_known < 2 || !has_energy) return CUXAS_OK;
  }
  info->header_line = i_top + 1;
  return CUXAS_OK;
}

/* ---- 3. Which names ---- */

/* A line of units between header and data gives the energies their unit: "Energy" becomes "Energy (eV)". */
static cuxas_status add_unit(const cuxas_text *text, const layout *of, trial *units, char *buffer,
                             cuxas_measured_info *info, cuxas_error *err)
{
  cuxas_energy_unit unit;
  char              other[16];
  for (size_t i = info->header_line; i < of->table->i_first_line; i++) {
    try_line(header_text(text->line[i], buffer), of, units);
    for (size_t j = 0; j < units->n_name && units->is_units; j++) {
      char with_unit[MAX_NAME_BYTES + 24];
      if (strlen(units->name[j]) > 9 || !(cuxas_vocabulary_unit(of->vocabulary, units->name[j], &unit) ||
                                          cuxas_vocabulary_is_unit(of->vocabulary, units->name[j])))
        continue;
      if (strpbrk(units->name[j], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL) continue;
      if (cuxas_vocabulary_unit(of->vocabulary, info->column[j].name, &unit) ||
          cuxas_vocabulary_other_unit(of->vocabulary, info->column[j].name, other, sizeof other))
        continue;
      if (cuxas_vocabulary_classify(of->vocabulary, info->column[j].name) > CUXAS_WORD_ENERGY_HINT &&
          info->column[j].name[0] != '\0')
        continue;
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

/* How much a line is a header; 0: not at all. */
static size_t rank_of(const trial *header, bool is_plain)
{
  const size_t ENERGY = 100000;
  if (header->n_name == 0 || (header->n_known == 0 && !is_plain)) return 0;
  if (header->is_units) return 1;
  const bool is_mostly_known = header->n_known >= 2 && 2 * header->n_known >= header->n_name;
  return 2 + (header->has_energy ? ENERGY : 0) + (is_mostly_known ? ENERGY / 2 : header->n_known);
}

/* "P1 P2 D1" stand for what lines before say: "P1 = {Energy} --> IOC:Energy.VAL". */
static cuxas_status expand_names(const cuxas_text *text, const layout *of, cuxas_measured_info *info, cuxas_error *err)
{
  for (size_t k = 0; k < info->n_column; k++) {
    char         name[8];
    const size_t n_byte = strlen(info->column[k].name);
    if (n_byte < 2 || n_byte > 4 || (info->column[k].name[0] != 'P' && info->column[k].name[0] != 'D')) continue;
    memcpy(name, info->column[k].name, n_byte + 1);
    if (strspn(name + 1, "0123456789") != n_byte - 1) continue;
    for (size_t i = 0; i < of->table->i_first_line; i++) {
      const char *line = text->line[i] + strspn(text->line[i], " \t;#"), *open = strchr(line, '{');
      const char *close = open != NULL ? strchr(open, '}') : NULL;
      char        full[MAX_NAME_BYTES + 1];
      if (close == NULL || strncmp(line, name, n_byte) != 0 || strchr(" \t=", line[n_byte]) == NULL) continue;
      const ptrdiff_t n_inner = close - open - 1;
      snprintf(full, sizeof full, "%.*s", (int)(n_inner < MAX_NAME_BYTES ? n_inner : MAX_NAME_BYTES), open + 1);
      const cuxas_status status = cuxas_column_set_name(&info->column[k], full, err);
      if (status != CUXAS_OK) return status;
      break;
    }
  }
  return CUXAS_OK;
}

/* Where the words of a line begin and end; returns how many there are, at most n_room + 1. */
static size_t find_words(const char *line, size_t n_room, size_t *ret_begin, size_t *ret_end)
{
  size_t n = 0;
  for (size_t at = strspn(line, " \t"); line[at] != '\0' && n <= n_room; n++) {
    const size_t n_byte = strcspn(line + at, " \t");
    if (n < n_room) {
      ret_begin[n] = at;
      ret_end[n]   = at + n_byte;
    }
    at += n_byte;
    at += strspn(line + at, " \t");
  }
  return n;
}

/* Do two lines have a word for every column each, one below the other (with the same begin, end or middle)? Numbers are no
 * words, and the same words twice are one header twice. */
static bool is_stacked(const char *upper, const char *lower, size_t n_column)
{
  enum { MAX_STACKED = 64 };
  size_t begin[2][MAX_STACKED], end[2][MAX_STACKED];
  bool   is_same = true;
  if (n_column > MAX_STACKED || find_words(upper, n_column, begin[0], end[0]) != n_column ||
      find_words(lower, n_column, begin[1], end[1]) != n_column)
    return false;
  for (size_t i = 0; i < n_column; i++) {
    const size_t n_upper = end[0][i] - begin[0][i], n_lower = end[1][i] - begin[1][i];
    const long   shift[] = {(long)begin[0][i] - (long)begin[1][i], (long)end[0][i] - (long)end[1][i],
                            ((long)(begin[0][i] + end[0][i]) - (long)(begin[1][i] + end[1][i])) / 2};
    if (labs(shift[0]) > 1 && labs(shift[1]) > 1 && labs(shift[2]) > 1) return false;
    if (strchr("0123456789+-.=", upper[begin[0][i]]) != NULL) return false;
    is_same = is_same && n_upper == n_lower && strncmp(upper + begin[0][i], lower + begin[1][i], n_upper) == 0;
  }
  return !is_same;
}

/* Both, or the one that means something where both together do not: "Beam" over "Monitor" stays "Monitor". */
static cuxas_status join_names(const layout *of, const char *upper, const char *lower, cuxas_column *column,
                               cuxas_error *err)
{
  char       full[MAX_NAME_BYTES + 1];
  const bool is_said = upper[0] != '\0' && lower[0] != '\0' && strcmp(upper, lower) != 0;
  snprintf(full, sizeof full, "%s%s%s", upper, is_said ? " " : "", is_said || upper[0] == '\0' ? lower : "");
  const char *known = cuxas_vocabulary_classify(of->vocabulary, lower) != CUXAS_WORD_UNKNOWN   ? lower
                      : cuxas_vocabulary_classify(of->vocabulary, upper) != CUXAS_WORD_UNKNOWN ? upper
                                                                                               : NULL;
  if (known != NULL && cuxas_vocabulary_classify(of->vocabulary, full) == CUXAS_WORD_UNKNOWN)
    snprintf(full, sizeof full, "%s", known);
  return cuxas_column_set_name(column, full, err);
}

/* Names of two lines, "Mono" over "Energy", become "Mono Energy"; the header is then the upper line. */
static cuxas_status join_stacked(const cuxas_text *text, const layout *of, size_t i_header, trial *other, char *buffer,
                                 cuxas_measured_info *info, cuxas_error *err)
{
  const size_t n_column = info->n_column;
  cuxas_status status   = CUXAS_OK;
  for (int is_below = 0; is_below < 2; is_below++) {
    const size_t i_other = is_below ? i_header + 1 : i_header - 1; /* above line 0: too large a number */
    if (i_other >= of->table->i_first_line || i_other < of->i_first) continue;
    const char *line = text->line[i_header], *beside = text->line[i_other];
    const bool  is_cut = of->table->delimiter == CUXAS_DELIMITER_BLANK;
    if ((cuxas_table_is_comment(text->line[i_header]) == NULL) !=
            (cuxas_table_is_comment(text->line[i_other]) == NULL) ||
        strcmp(line, beside) == 0 ||
        (is_cut && !is_stacked(line + strspn(line, "#;%!"), beside + strspn(beside, "#;%!"), n_column)))
      continue;
    try_line(header_text(text->line[i_other], buffer), of, other);
    if (other->n_name != n_column || other->is_units) continue;
    for (size_t k = 0; k < n_column && status == CUXAS_OK; k++)
      status = join_names(of, is_below ? info->column[k].name : other->name[k],
                          is_below ? other->name[k] : info->column[k].name, &info->column[k], err);
    if (!is_below) info->header_line = i_other + 1;
    return status;
  }
  return status;
}

static cuxas_status find_header(const cuxas_text *text, const layout *of, trial *header, char *buffer,
                                cuxas_measured_info *info, cuxas_error *err)
{
  size_t best = 1, i_best = CUXAS_NO_COLUMN;
  for (size_t i = of->i_first; i < of->table->i_first_line; i++) {
    try_line(header_text(text->line[i], buffer), of, header);
    const size_t rank = rank_of(header, cuxas_table_is_comment(text->line[i]) == NULL);
    if (rank < best) continue;
    best   = rank;
    i_best = i;
  }
  if (i_best == CUXAS_NO_COLUMN) return CUXAS_OK;

  info->header_line = i_best + 1;
  try_line(header_text(text->line[i_best], buffer), of, header);
  const size_t n_first = info->n_column - of->n_column; /* 1: a column of row numbers has no name */
  for (size_t i = 0; i < header->n_name; i++) {
    const cuxas_status status = cuxas_column_set_name(&info->column[n_first + i], header->name[i], err);
    if (status != CUXAS_OK) return status;
  }
  if (n_first > 0) return cuxas_column_set_name(&info->column[0], "row", err);
  cuxas_status status = join_stacked(text, of, i_best, header, buffer, info, err);
  if (status == CUXAS_OK) status = expand_names(text, of, info, err);
  if (status != CUXAS_OK) return status;
  return add_unit(text, of, header, buffer, info, err);
}

static bool is_feff(const cuxas_measured_info *info)
{
  static const char *const NAMES[] = {"omega", "e", "k", "mu", "mu0", "chi"};
  if (info->n_column != sizeof NAMES / sizeof NAMES[0]) return false;
  for (size_t i = 0; i < info->n_column; i++)
    if (strcmp(info->column[i].name, NAMES[i]) != 0) return false;
  return true;
}

/* A first column that counts the rows, as R writes it without a name. */
static bool counts_rows(const cuxas_table *table)
{
  double value;
  for (size_t i = 0; i < table->n_row; i++)
    if (!cuxas_table_number(table, i, 0, &value) || value != (double)(i + 1)) return false;
  return table->n_row > 2;
}

/* A line right above the data that is a header but for the count of its names. */
static void warn_unused_names(const cuxas_text *text, const layout *of, trial *header, char *buffer,
                              cuxas_measured_info *info)
{
  for (size_t i = of->table->i_first_line; i-- > 0;) {
    const char *line = header_text(text->line[i], buffer);
    if (line[strspn(line, " \t-=")] == '\0') continue;
    strcpy(header->scratch, line);
    const size_t n_room  = info->n_column + 1;
    const size_t n_name  = cuxas_table_split(header->scratch, of->table->delimiter, header->name, n_room);
    size_t       n_known = 0;
    for (size_t k = 0; k < n_name && k < n_room; k++)
      n_known += cuxas_vocabulary_classify(of->vocabulary, header->name[k]) != CUXAS_WORD_UNKNOWN;
    if (n_name >= 2 && n_known >= 1 && n_name != info->n_column)
      cuxas_warn(&info->warnings, "line %zu names %zu columns, but rows have %zu: the names are not used", i + 1,
                 n_name, info->n_column);
    return;
  }
}

/* ---- 4. Decimal commas between commas ---- */

/* "915,1,0,117518" for 915.1 and 0.117518: whole numbers everywhere, more cells than names, or a first column that stays
 * for several rows while the second one counts. */
static cuxas_status check_decimal_commas(const cuxas_text *text, const layout *of, const cuxas_measured_info *info,
                                         cuxas_error *err)
{
  const cuxas_table *table  = of->table;
  size_t             n_name = 0, n_same = 0;
  if (table->delimiter != CUXAS_DELIMITER_COMMA || table->n_column < 3) return CUXAS_OK;
  for (size_t i = 0; i < table->n_row * table->n_column; i++) {
    const char *cell = table->cell[i];
    if (strchr(cell, '.') != NULL) return CUXAS_OK;
  }
  for (size_t i = 1; i < table->n_row; i++) {
    char *const *row = table->cell + i * table->n_column, *const *before = row - table->n_column;
    n_same += strcmp(row[0], before[0]) == 0 && strcmp(row[1], before[1]) != 0;
  }
  for (size_t i = 0; i < table->i_first_line; i++) { /* names in the last line that has any */
    char *line = text->line[i];
    if (line[strspn(line, " \t")] == '\0' || cuxas_table_is_comment(line) != NULL) continue;
    n_name = 1;
    for (const char *comma = line; (comma = strchr(comma, ',')) != NULL; comma++) n_name += comma[1] != '\0';
  }
  const bool lacks_names = n_name >= 2 && n_name < table->n_column && info->header_line == 0;
  if (!lacks_names && 2 * n_same < table->n_row) return CUXAS_OK;
  if (n_name >= table->n_column) return CUXAS_OK;
  char names[80] = "";
  if (n_name > 0) snprintf(names, sizeof names, "the header names %zu columns, but ", n_name);
  return cuxas_fail(err, CUXAS_EFORMAT,
                    "%s:%zu: %srows have %zu whole numbers: decimal commas between commas? Save it with semicolons, or "
                    "with decimal points",
                    text->path, table->row_line[0], names, table->n_column);
}

/* -- */

static size_t last_numeric(const cuxas_measured_info *info, const cuxas_table *table)
{
  size_t n = 0;
  for (size_t i = 0; i < info->n_column; i++)
    if (2 * info->column[i].n_number > table->n_row) n = i + 1;
  return n;
}

static cuxas_status read_names(const cuxas_text *text, layout *of, trial *header, char *buffer,
                               cuxas_measured_info *info, cuxas_error *err)
{
  size_t       n_named = 0;
  cuxas_status status  = read_xdi(text, of->table, info, &n_named, err);
  if (status == CUXAS_OK && n_named >= 2) cuxas_labels_doubt(text, of->table->i_first_line, info);
  if (status != CUXAS_OK || n_named >= 2) return status;
  if ((status = read_list(text, of, info, buffer, &n_named, err)) != CUXAS_OK || n_named > 0) return status;
  if ((status = find_header(text, of, header, buffer, info, err)) != CUXAS_OK || info->header_line > 0) return status;
  if (counts_rows(of->table) && info->n_column > 2) {
    of->n_column--;
    of->n_must = of->n_must > 0 ? of->n_must - 1 : 0;
    if ((status = find_header(text, of, header, buffer, info, err)) != CUXAS_OK || info->header_line > 0) return status;
    of->n_column++;
  }
  if ((status = read_stack(text, of, info, buffer, err)) != CUXAS_OK || info->header_line > 0) return status;
  warn_unused_names(text, of, header, buffer, info);
  return CUXAS_OK;
}

cuxas_status cuxas_header_read(const cuxas_text *text, const cuxas_table *table, const cuxas_vocabulary *vocabulary,
                               cuxas_measured_info *info, cuxas_error *err)
{
  cuxas_status status  = CUXAS_OK;
  size_t       longest = 0;
  double       unused;

  for (size_t i = 0; i < table->i_first_line; i++) {
    const size_t n_byte = strlen(text->line[i]);
    if (n_byte > longest) longest = n_byte;
  }
  trial   header   = {0};
  char   *buffer   = cuxas_new(err, longest + 1, 1);
  size_t *cell_end = cuxas_new(err, table->n_column, sizeof *cell_end);
  header.scratch   = cuxas_new(err, longest + 1 + table->n_column, 1); /* names that touch are moved apart */
  header.name      = cuxas_new(err, table->n_column + 1, sizeof *header.name);
  info->column     = cuxas_new(err, table->n_column, sizeof *info->column);
  if (buffer == NULL || header.scratch == NULL || header.name == NULL || info->column == NULL || cell_end == NULL) {
    status = cuxas_fail_at(err, CUXAS_ENOMEM, text->path);
    goto done;
  }
  info->n_column = table->n_column;
  for (size_t i = 0; i < info->n_column; i++) {
    if ((status = cuxas_column_set_name(&info->column[i], "", err)) != CUXAS_OK) goto done;
    for (size_t j = 0; j < table->n_row; j++)
      if (cuxas_table_number(table, j, i, &unused)) info->column[i].n_number++;
    cell_end[i] = (size_t)(table->cell[i] - text->line[table->i_first_line]) + strlen(table->cell[i]);
  }
  layout of = {table,
               vocabulary,
               table->n_passed_over > 0 ? table->i_passed_end : 0,
               info->n_column,
               last_numeric(info, table),
               cell_end};
  if ((status = read_names(text, &of, &header, buffer, info, err)) != CUXAS_OK) goto done;
  info->is_feff = is_feff(info);
  status        = check_decimal_commas(text, &of, info, err);
done:
  free(buffer);
  free(cell_end);
  free(header.scratch);
  free(header.name);
  return status;
}
