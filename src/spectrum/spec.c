/* SPEC data files (Certified Scientific Software): many scans in one file
 *
 *   #S 12  ascan  energy 925 965 400 1     scan 12 and its command
 *   #N 4                                   columns
 *   #L Energy  Seconds  I0  TEY            labels, two blanks or a tab between them; single blanks where #N (or the
 *                                          first row) has as many
 *   925 1 1041 209
 *
 * Other control lines (#...), MCA data (@A..., continued behind a backslash) are passed over. A number may occur twice,
 * after a restart: the second scan 12 is "12.2". Which label is the signal, only the user knows. */
#include "spectrum/formats.h"
#include "base/text.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One scan in the lines of the text; indices from 0. */
typedef struct {
  size_t first, end; /* lines behind its #S, up to the next one */
  size_t i_labels;   /* line of #L; 0: none */
  size_t i_count;    /* line of #N; 0: none */
  size_t i_row;      /* first line of numbers */
  size_t n_row;      /* lines of numbers */
} spec_scan;

typedef struct {
  size_t            n_scan, n_room;
  spec_scan        *scan;
  cuxas_scan_entry *entry; /* (n_scan) */
} spec_file;

static bool is_control(const char *line, char letter)
{
  return line[0] == '#' && line[1] == letter && (line[2] == ' ' || line[2] == '\t');
}

static bool is_scan_start(const char *line)
{
  return is_control(line, 'S') && isdigit((unsigned char)line[2 + strspn(line + 2, " \t")]);
}

/* A scan with labels, and nothing but control lines before it. */
static bool recognises(const cuxas_text *text)
{
  bool has_scan = false;
  for (size_t i = 0; i < text->n_line; i++) {
    const char *line = text->line[i];
    if (is_scan_start(line)) has_scan = true;
    if (has_scan && is_control(line, 'L')) return true;
    if (!has_scan && line[0] != '#' && line[strspn(line, " \t")] != '\0') return false;
  }
  return false;
}

static bool is_row(const char *line)
{
  line += strspn(line, " \t");
  return *line != '\0' && *line != '#' && *line != '@';
}

static void end_file(spec_file *file)
{
  free(file->scan);
  free(file->entry);
}

static cuxas_status add_scan(const cuxas_text *text, size_t i_line, spec_file *file, cuxas_error *err)
{
  if (file->n_scan == file->n_room) {
    file->n_room            = file->n_room > 0 ? 2 * file->n_room : 64;
    spec_scan        *scan  = cuxas_grow(err, file->scan, file->n_room, sizeof *scan);
    cuxas_scan_entry *entry = scan != NULL ? cuxas_grow(err, file->entry, file->n_room, sizeof *entry) : NULL;
    if (scan != NULL) file->scan = scan;
    if (entry != NULL) file->entry = entry;
    if (entry == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), text->path);
  }
  const char  *number = text->line[i_line] + 2 + strspn(text->line[i_line] + 2, " \t");
  const size_t n_all = strspn(number, "0123456789"), n_digit = n_all < 12 ? n_all : 12;
  size_t       n_before = 0;
  for (size_t i = 0; i < file->n_scan; i++) {
    const char *key = file->entry[i].key;
    n_before += strncmp(key, number, n_digit) == 0 && (key[n_digit] == '\0' || key[n_digit] == '.');
  }
  cuxas_scan_entry *entry = &file->entry[file->n_scan];
  snprintf(entry->key, sizeof entry->key, n_before > 0 ? "%.*s.%zu" : "%.*s", (int)n_digit, number, n_before + 1);
  entry->label               = number + n_all + strspn(number + n_all, " \t");
  file->scan[file->n_scan++] = (spec_scan){.first = i_line + 1, .end = text->n_line};
  return CUXAS_OK;
}

/* All scans; those without a row of numbers are dropped. */
static cuxas_status find_scans(const cuxas_text *text, spec_file *file, cuxas_error *err)
{
  bool is_continued = false; /* MCA data that go on in the next line */
  for (size_t i = 0; i < text->n_line; i++) {
    const char  *line          = text->line[i];
    const size_t n_byte        = strlen(line);
    const bool   was_continued = is_continued;
    is_continued               = (was_continued || line[0] == '@') && n_byte > 0 && line[n_byte - 1] == '\\';
    if (is_scan_start(line)) {
      if (file->n_scan > 0 && file->scan[file->n_scan - 1].n_row == 0) file->n_scan--;
      if (file->n_scan > 0 && file->scan[file->n_scan - 1].end > i) file->scan[file->n_scan - 1].end = i;
      const cuxas_status status = add_scan(text, i, file, err);
      if (status != CUXAS_OK) return status;
    } else if (file->n_scan > 0) {
      spec_scan *scan = &file->scan[file->n_scan - 1];
      if (is_control(line, 'L') && scan->i_labels == 0) scan->i_labels = i;
      if (is_control(line, 'N') && scan->i_count == 0) scan->i_count = i;
      if (is_row(line) && !was_continued && scan->n_row++ == 0) scan->i_row = i;
    }
  }
  if (file->n_scan > 0 && file->scan[file->n_scan - 1].n_row == 0) file->n_scan--;
  return CUXAS_OK;
}

/* Labels have two blanks or a tab between them; returns how many there are, at most max_label are stored. */
static size_t split_labels(char *line, char **label, size_t max_label)
{
  size_t n_label = 0;
  for (line += strspn(line, " \t"); *line != '\0'; line += strspn(line, " \t")) {
    if (n_label < max_label) label[n_label] = line;
    n_label++;
    while (*line != '\0' && *line != '\t' && !(line[0] == ' ' && (line[1] == ' ' || line[1] == '\0'))) line++;
    if (*line != '\0') *line++ = '\0';
  }
  return n_label;
}

static size_t count_words(const char *line)
{
  size_t n_word = 0;
  for (line += strspn(line, " \t"); *line != '\0'; line += strspn(line, " \t"), n_word++) line += strcspn(line, " \t");
  return n_word;
}

/* How many labels there should be: as #N says, else as many as the first row has numbers. */
static size_t count_stated(const cuxas_text *text, const spec_scan *scan)
{
  long        n_stated = 0;
  char        token[24];
  const char *value = scan->i_count > 0 ? text->line[scan->i_count] + 3 : "";
  snprintf(token, sizeof token, "%.*s", (int)strspn(value + strspn(value, " \t"), "0123456789"),
           value + strspn(value, " \t"));
  if (cuxas_text_parse_integer(token, &n_stated) && n_stated > 0) return (size_t)n_stated;
  return count_words(text->line[scan->i_row]);
}

/* Labels at wide blanks, or at single ones where only that gives as many as there should be. */
static size_t find_labels(cuxas_text *text, const spec_scan *scan, char **label)
{
  char        *line     = text->line[scan->i_labels] + 2;
  const size_t n_stated = count_stated(text, scan);
  if (count_words(line) == n_stated)
    return cuxas_table_split(line, CUXAS_DELIMITER_BLANK, label, CUXAS_TABLE_MAX_COLUMN);
  return split_labels(line, label, CUXAS_TABLE_MAX_COLUMN);
}

static cuxas_status read_labels(cuxas_text *text, const spec_scan *scan, const char *key, cuxas_measured_info *info,
                                cuxas_error *err)
{
  if (scan->i_labels == 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: scan %s has no line #L with labels", text->path, scan->first, key);
  char **label = cuxas_new(err, CUXAS_TABLE_MAX_COLUMN, sizeof *label);
  if (label == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, text->path);
  const size_t n_label = find_labels(text, scan, label);
  cuxas_status status  = CUXAS_OK;
  if (n_label < 2 || n_label > CUXAS_TABLE_MAX_COLUMN)
    status =
        cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: scan %s has %zu labels", text->path, scan->i_labels + 1, key, n_label);
  if (status == CUXAS_OK) status = cuxas_info_new_columns(info, n_label, scan->n_row, err);
  for (size_t i = 0; i < n_label && status == CUXAS_OK; i++)
    status = cuxas_column_set_name(&info->column[i], label[i], err);
  info->header_line = scan->i_labels + 1;
  free(label);
  return status;
}

/* Rows as cells, so that what is wrong in them is told with its line. */
static cuxas_status read_rows(cuxas_text *text, const spec_scan *scan, const char *key, cuxas_measured_info *info,
                              cuxas_table *table, cuxas_error *err)
{
  const size_t n_column      = info->n_column;
  bool         was_continued = false;

  table->n_column  = n_column;
  table->delimiter = CUXAS_DELIMITER_BLANK;
  table->row_line  = cuxas_new(err, scan->n_row, sizeof *table->row_line);
  table->cell      = cuxas_new(err, scan->n_row, n_column * sizeof *table->cell);
  if (table->row_line == NULL || table->cell == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, text->path);
  for (size_t i = scan->first; i < scan->end; i++) {
    char        *line   = text->line[i];
    const size_t n_byte = strlen(line);
    const bool   is_mca = was_continued || line[0] == '@';
    was_continued       = is_mca && n_byte > 0 && line[n_byte - 1] == '\\';
    if (is_mca || !is_row(line)) continue;
    char       **row    = table->cell + table->n_row * n_column;
    const size_t n_cell = cuxas_table_split(line, CUXAS_DELIMITER_BLANK, row, n_column);
    if (table->n_row == 0) table->i_first_line = i;
    table->row_line[table->n_row] = i + 1;
    if (n_cell == n_column) {
      table->n_row++;
    } else if (table->n_row + 1 == scan->n_row && n_cell < n_column) {
      cuxas_warn(&info->warnings, "line %zu, the last of scan %s, is cut off and not used", i + 1, key);
      break;
    } else {
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %zu numbers for the %zu labels of scan %s", text->path, i + 1,
                        n_cell, n_column, key);
    }
  }
  return CUXAS_OK;
}

/* Roles are said, not guessed; only energies may go by their label. */
static cuxas_status check_roles(const char *path, const char *key, const cuxas_measured_options *options,
                                const cuxas_vocabulary *vocabulary, cuxas_measured_info *info, cuxas_error *err)
{
  char   list[500] = "";
  size_t n_byte = 0, n_energy = 0, i_energy = 0;
  for (size_t i = 0; i < info->n_column && n_byte < sizeof list; i++) {
    const int n = snprintf(list + n_byte, sizeof list - n_byte, "%s'%s'", i > 0 ? ", " : "", info->column[i].name);
    n_byte += n > 0 ? (size_t)n : 0;
  }
  for (size_t i = 0; i < info->n_column; i++) {
    const cuxas_word word = cuxas_vocabulary_classify(vocabulary, info->column[i].name);
    if (word != CUXAS_WORD_ENERGY && word != CUXAS_WORD_ENERGY_SYMBOL) continue;
    i_energy = i;
    n_energy++;
  }
  if (n_energy == 1 && options->energy_column == NULL) info->column[i_energy].role = CUXAS_COLUMN_ENERGY;
  if (options->signal_column == NULL || (options->energy_column == NULL && n_energy != 1))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: scan %s: say which label is %s; labels: %s%s", path, key,
                      options->signal_column == NULL ? "the signal with --signal (and --i0)"
                                                     : "the energy with --energy-column",
                      list, n_byte >= sizeof list ? "..." : "");
  return CUXAS_OK;
}

static cuxas_status read_spec(cuxas_text *text, const cuxas_measured_options *options,
                              const cuxas_vocabulary *vocabulary, cuxas_measured_info *info, cuxas_table *ret_table,
                              cuxas_error *err)
{
  spec_file    file   = {0};
  size_t       i_scan = 0;
  cuxas_status status = find_scans(text, &file, err);
  if (status != CUXAS_OK) goto done;
  info->n_scan_in_file = file.n_scan;
  if ((status = cuxas_scan_choose(text->path, "scan", file.entry, file.n_scan, options->scan, &i_scan, err)) !=
      CUXAS_OK)
    goto done;
  const char *key = file.entry[i_scan].key;
  char        name[sizeof info->scan];
  snprintf(name, sizeof name, "%s %s", key, file.entry[i_scan].label);
  cuxas_info_put(info->scan, sizeof info->scan, name);
  if ((status = read_labels(text, &file.scan[i_scan], key, info, err)) != CUXAS_OK) goto done;
  if ((status = check_roles(text->path, key, options, vocabulary, info, err)) != CUXAS_OK) goto done;
  status = read_rows(text, &file.scan[i_scan], key, info, ret_table, err);
done:
  end_file(&file);
  return status;
}

const cuxas_text_format CUXAS_FORMAT_SPEC = {"spec", recognises, read_spec};
