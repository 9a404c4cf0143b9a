/* A measured file to a spectrum: from the table that a format's reader makes to energies in eV and a signal
 *
 * Contents
 *   1. Rows to points
 *   2. The unit of the energies
 *   3. What the points look like
 *   4. Reading
 *   5. What the file says about itself
 *   6. The description for people */
#include "cuxas/measured.h"
#include "base/text.h"

#include "base/gzip.h"
#include "base/memory.h"
#include "cuxas/preprocess.h"
#include "spectrum/formats.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- 1. Rows to points ---- */

static cuxas_status fail_cell(const char *path, const cuxas_table *table, const cuxas_measured_info *info, size_t i_row,
                              size_t i_column, cuxas_status status, const char *reason, cuxas_error *err)
{
  char        buffer[32], place[48];
  const char *cell = cuxas_table_cell(table, i_row, i_column, buffer);
  if (table->row_line != NULL)
    snprintf(place, sizeof place, ":%zu", table->row_line[i_row]);
  else
    snprintf(place, sizeof place, ": point %zu", i_row + 1);
  return cuxas_fail(err, status, "%s%s: column %zu '%s': '%.40s' %s", path, place, i_column + 1,
                    info->column[i_column].name, cell, reason);
}

/* The columns in use of one row: all numbers (ret_is_point), none (a remark), or an error. */
static cuxas_status read_row(const char *path, const cuxas_table *table, const cuxas_measured_info *info,
                             const size_t *column, size_t n_column, size_t i_row, double *value, bool *ret_is_point,
                             cuxas_error *err)
{
  size_t n_number = 0, i_bad = 0;
  for (size_t i = 0; i < n_column; i++) {
    if (cuxas_table_number(table, i_row, column[i], &value[i])) {
      n_number++;
      if (!isfinite(value[i]))
        return fail_cell(path, table, info, i_row, column[i], CUXAS_ERANGE, "is not a finite number", err);
    } else {
      i_bad = column[i];
    }
  }
  *ret_is_point = n_number == n_column;
  if (n_number == n_column || n_number == 0) return CUXAS_OK;
  return fail_cell(path, table, info, i_row, i_bad, CUXAS_EFORMAT, "is not a number", err);
}

/* Energies still in the unit of the file. */
static cuxas_status extract(const char *path, const cuxas_table *table, const cuxas_column_choice *choice, bool invert,
                            cuxas_measured_info *info, cuxas_spectrum *spectrum, cuxas_error *err)
{
  const size_t column[3] = {choice->i_energy, choice->i_signal, choice->i_i0};
  const size_t n_column  = choice->i_i0 != CUXAS_NO_COLUMN ? 3 : 2;
  size_t       n_point   = 0;

  for (size_t i = 0; i < table->n_row; i++) {
    double       value[3] = {0, 0, 1};
    bool         is_point = false;
    cuxas_status status   = read_row(path, table, info, column, n_column, i, value, &is_point, err);
    if (status != CUXAS_OK) return status;
    if (!is_point) {
      if (info->n_skipped++ == 0 && table->row_line != NULL) info->first_skipped_line = table->row_line[i];
      continue;
    }
    if (value[0] <= 0)
      return fail_cell(path, table, info, i, column[0], CUXAS_ERANGE,
                       "is not a photon energy: it must be positive (energies relative to an edge are of no use here)",
                       err);
    if (value[2] <= 0) return fail_cell(path, table, info, i, column[2], CUXAS_ERANGE, "is no I0: not positive", err);
    spectrum->energy_eV[n_point] = value[0];
    spectrum->mu[n_point++]      = (invert ? -value[1] : value[1]) / value[2];
  }
  if (n_point < 2) return cuxas_fail(err, CUXAS_EFORMAT, "%s: fewer than two points", path);
  spectrum->n_point = info->n_point = n_point;
  return CUXAS_OK;
}

/* ---- 2. The unit of the energies ---- */

/* Nobody measures an edge below 30 eV with a monochromator in keV, nor above 150 keV: outside of that the numbers
 * decide, whatever the header says. */
static void find_unit(const cuxas_vocabulary *vocabulary, const char *name, double median, cuxas_measured_info *info)
{
  const double LEAST_EV = 30, MOST_KEV = 150;
  info->unit_from_header = cuxas_vocabulary_unit(vocabulary, name, &info->unit);
  if (!info->unit_from_header) {
    info->unit = median < LEAST_EV ? CUXAS_UNIT_KEV : CUXAS_UNIT_EV;
  } else if (info->unit == CUXAS_UNIT_EV && median < LEAST_EV) {
    info->unit             = CUXAS_UNIT_KEV;
    info->unit_from_header = false;
    cuxas_warn(&info->warnings, "the header says eV, but energies around %g can only be keV: read as keV", median);
  } else if (info->unit == CUXAS_UNIT_KEV && median > MOST_KEV) {
    info->unit             = CUXAS_UNIT_EV;
    info->unit_from_header = false;
    cuxas_warn(&info->warnings, "the header says keV, but energies around %g can only be eV: read as eV", median);
  }
}

static cuxas_status convert_energies(const cuxas_vocabulary *vocabulary, const char *name, cuxas_measured_info *info,
                                     cuxas_spectrum *spectrum, cuxas_error *err)
{
  double *sorted = cuxas_new_array(spectrum->n_point, sizeof *sorted);
  if (sorted == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", info->path);
  for (size_t i = 0; i < spectrum->n_point; i++) sorted[i] = spectrum->energy_eV[i];
  gsl_sort(sorted, 1, spectrum->n_point);
  find_unit(vocabulary, name, gsl_stats_median_from_sorted_data(sorted, 1, spectrum->n_point), info);
  free(sorted);
  if (info->unit == CUXAS_UNIT_KEV)
    for (size_t i = 0; i < spectrum->n_point; i++) spectrum->energy_eV[i] *= 1000;
  return CUXAS_OK;
}

/* ---- 3. What the points look like ---- */

static cuxas_energy_order find_order(const cuxas_spectrum *spectrum)
{
  size_t n_up = 0, n_down = 0;
  for (size_t i = 1; i < spectrum->n_point; i++) {
    n_up += spectrum->energy_eV[i] > spectrum->energy_eV[i - 1];
    n_down += spectrum->energy_eV[i] < spectrum->energy_eV[i - 1];
  }
  return n_down == 0 ? CUXAS_ORDER_ASCENDING : n_up == 0 ? CUXAS_ORDER_DESCENDING : CUXAS_ORDER_UNSORTED;
}

cuxas_status cuxas_measured_survey(const cuxas_spectrum *spectrum, cuxas_measured_info *info, cuxas_error *err)
{
  cuxas_spectrum *sorted = NULL;
  cuxas_pedestal  pedestal;
  cuxas_status    status = cuxas_preprocess_sort(spectrum, &sorted, &info->n_duplicate, err);
  if (status != CUXAS_OK) return status;
  if ((status = cuxas_preprocess_find_pedestal(sorted, &pedestal, err)) != CUXAS_OK) goto done;

  const size_t n_point    = sorted->n_point;
  double      *step_eV    = sorted->mu; /* not needed any more */
  info->order             = find_order(spectrum);
  info->pedestal_fraction = pedestal.fraction;
  info->min_eV            = sorted->energy_eV[0];
  info->max_eV            = sorted->energy_eV[n_point - 1];
  for (size_t i = 1; i < n_point; i++) step_eV[i - 1] = sorted->energy_eV[i] - sorted->energy_eV[i - 1];
  if (n_point > 1) {
    gsl_sort(step_eV, 1, n_point - 1);
    info->min_step_eV    = step_eV[0];
    info->median_step_eV = gsl_stats_median_from_sorted_data(step_eV, 1, n_point - 1);
    info->max_step_eV    = step_eV[n_point - 2];
  }
done:
  cuxas_spectrum_free(sorted);
  return status;
}

/* How absorption was detected, where the signal's name tells it. */
static void detection_from_name(const char *name, cuxas_measured_info *info)
{
  static const struct {
    const char *part, *mode;
  } WORDS[] = {{"tey", "TEY"},
               {"pey", "PEY"},
               {"ipfy", "IPFY"},
               {"pfy", "PFY"},
               {"tfy", "TFY"},
               {"drain", "TEY"},
               {"electron", "electron yield"},
               {"fluo", "fluorescence"},
               {"trans", "transmission"},
               {"mufl", "fluorescence"},
               {"eels", "EELS"}};
  char lower[64];
  cuxas_vocabulary_strip(name, lower, sizeof lower);
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
    if (strstr(lower, WORDS[i].part) != NULL) {
      cuxas_info_put(info->detection_mode, sizeof info->detection_mode, WORDS[i].mode);
      return;
    }
}

/* ---- 4. Reading ---- */

/* From a table with named columns to a spectrum: the same for every format. */
static cuxas_status understand(const char *path, const cuxas_table *table, const cuxas_vocabulary *vocabulary,
                               const cuxas_measured_options *options, cuxas_measured_info *info,
                               cuxas_spectrum *spectrum, cuxas_error *err)
{
  cuxas_column_choice choice;
  cuxas_error         reason = {0};
  cuxas_status        status;

  info->delimiter         = table->delimiter;
  info->has_decimal_comma = table->has_decimal_comma;
  info->n_comment         = table->n_comment;
  info->first_data_line   = table->i_first_line + 1;
  info->is_inverted       = options->invert;
  if ((status = cuxas_columns_choose(path, table, vocabulary, options, info, &choice, err)) != CUXAS_OK) return status;
  if ((status = extract(path, table, &choice, options->invert, info, spectrum, err)) != CUXAS_OK) return status;
  const char *energy_name = info->column[choice.i_energy].name;
  if ((status = convert_energies(vocabulary, energy_name, info, spectrum, err)) != CUXAS_OK) return status;
  if (info->detection_mode[0] == '\0') detection_from_name(info->column[choice.i_signal].name, info);
  if ((status = cuxas_measured_survey(spectrum, info, &reason)) != CUXAS_OK)
    cuxas_fail(err, status, "%s: %s", path, reason.message);
  return status;
}

/* One of the two: text, or the bytes of an HDF5 file. */
typedef struct {
  const char *path;
  cuxas_text *opt_text;
  const void *bytes;
  size_t      n_byte;
  bool        is_gzip;
} source;

static cuxas_status check_options(const source *from, const cuxas_measured_options *options,
                                  const cuxas_measured_info *info, cuxas_error *err)
{
  const bool has_scans = strcmp(info->format, "spec") == 0 || strcmp(info->format, "athena") == 0;
  if (options->scan != NULL && !has_scans)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: --scan: %s", from->path,
                      from->opt_text == NULL ? "HDF5 files take --dataset"
                                             : "a file of this format holds one spectrum");
  if (options->dataset != NULL && from->opt_text != NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: --dataset is for HDF5 files, this is %s", from->path, info->format);
  return CUXAS_OK;
}

static cuxas_status read_source(const source *from, const cuxas_measured_options *options,
                                cuxas_spectrum **ret_spectrum, cuxas_measured_info **opt_info, cuxas_error *err)
{
  static const cuxas_measured_options NOTHING_SAID = {0};

  cuxas_text              *text       = from->opt_text;
  const cuxas_text_format *format     = text != NULL ? cuxas_format_find(text) : NULL;
  cuxas_spectrum          *spectrum   = NULL;
  cuxas_measured_info     *info       = cuxas_new_array(1, sizeof *info);
  cuxas_table              table      = {0};
  cuxas_vocabulary         vocabulary = {0};
  cuxas_status             status;

  if (options == NULL) options = &NOTHING_SAID;
  if (info == NULL || (info->path = cuxas_copy_string(from->path)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", from->path);
    goto done;
  }
  info->format  = format != NULL ? format->name : "hdf5";
  info->is_gzip = from->is_gzip;
  info->has_bom = text != NULL && text->has_bom;
  info->n_line  = text != NULL ? text->n_line : 0;
  if ((status = check_options(from, options, info, err)) != CUXAS_OK) goto done;
  if ((status = cuxas_vocabulary_new(&vocabulary, err)) != CUXAS_OK) goto done;
  status = format != NULL ? format->read(text, options, &vocabulary, info, &table, err)
                          : cuxas_nexus_read(from->path, from->bytes, from->n_byte, options, info, &table, err);
  if (status != CUXAS_OK) goto done;
  if ((spectrum = cuxas_spectrum_new(table.n_row)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for %zu points", from->path, table.n_row);
    goto done;
  }
  if ((status = understand(from->path, &table, &vocabulary, options, info, spectrum, err)) != CUXAS_OK) goto done;

  *ret_spectrum = spectrum;
  spectrum      = NULL;
  if (opt_info != NULL) {
    *opt_info = info;
    info      = NULL;
  }
done:
  cuxas_vocabulary_free(&vocabulary);
  cuxas_table_free(&table);
  cuxas_spectrum_free(spectrum);
  cuxas_measured_info_free(info);
  return status;
}

cuxas_status cuxas_measured_parse(cuxas_text *text, const cuxas_measured_options *opt_options,
                                  cuxas_spectrum **ret_spectrum, cuxas_measured_info **opt_info, cuxas_error *err)
{
  *ret_spectrum = NULL;
  if (opt_info != NULL) *opt_info = NULL;
  return read_source(&(source){.path = text->path, .opt_text = text}, opt_options, ret_spectrum, opt_info, err);
}

cuxas_status cuxas_measured_parse_bytes(const char *name, const void *bytes, size_t n_byte,
                                        const cuxas_measured_options *opt_options, cuxas_spectrum **ret_spectrum,
                                        cuxas_measured_info **opt_info, cuxas_error *err)
{
  cuxas_status status   = CUXAS_OK;
  cuxas_text   text     = {0};
  char        *expanded = NULL;
  source       from = {.path = name, .bytes = bytes, .n_byte = n_byte, .is_gzip = cuxas_gzip_recognises(bytes, n_byte)};

  *ret_spectrum = NULL;
  if (opt_info != NULL) *opt_info = NULL;
  if (from.is_gzip) {
    if ((status = cuxas_gzip_expand(name, bytes, n_byte, &expanded, &from.n_byte, err)) != CUXAS_OK) return status;
    from.bytes = expanded;
  }
  if (!cuxas_nexus_recognises(from.bytes, from.n_byte)) {
    status        = cuxas_text_from_memory(name, from.bytes, from.n_byte, &text, err);
    from.opt_text = &text;
  }
  if (status == CUXAS_OK) status = read_source(&from, opt_options, ret_spectrum, opt_info, err);
  cuxas_text_free(&text);
  free(expanded);
  return status;
}

cuxas_status cuxas_measured_read(const char *path, const cuxas_measured_options *opt_options,
                                 cuxas_spectrum **ret_spectrum, cuxas_measured_info **opt_info, cuxas_error *err)
{
  char  *bytes  = NULL;
  size_t n_byte = 0;
  *ret_spectrum = NULL;
  if (opt_info != NULL) *opt_info = NULL;
  cuxas_status status = cuxas_bytes_read(path, &bytes, &n_byte, err);
  if (status == CUXAS_OK)
    status = cuxas_measured_parse_bytes(strcmp(path, "-") == 0 ? "standard input" : path, bytes, n_byte, opt_options,
                                        ret_spectrum, opt_info, err);
  free(bytes);
  return status;
}

void cuxas_measured_info_free(cuxas_measured_info *info)
{
  if (info == NULL) return;
  for (size_t i = 0; i < info->n_column; i++) free(info->column[i].name);
  free(info->column);
  free(info->merged);
  free(info->path);
  free(info);
}

/* ---- 5. What the file says about itself ---- */

/* "L3", "l3" and "L" or "L2,3" for any of them. */
static bool is_edge(const char *stated, const char *edge)
{
  if (strcasecmp(stated, edge) == 0) return true;
  const bool is_shell = strcasecmp(stated, "L") == 0 || strcasecmp(stated, "L23") == 0 ||
                        strcasecmp(stated, "L2,3") == 0 || strcasecmp(stated, "L3,2") == 0;
  return is_shell && (edge[0] == 'L' || edge[0] == 'l');
}

void cuxas_measured_expect(cuxas_measured_info *info, const char *element, const char *const *edges, size_t n_edge)
{
  if (info->element[0] != '\0' && strcasecmp(info->element, element) != 0)
    cuxas_warn(&info->warnings, "the file says its absorber is %s, not %s", info->element, element);
  if (info->edge[0] == '\0') return;
  for (size_t i = 0; i < n_edge; i++)
    if (is_edge(info->edge, edges[i])) return;
  if (n_edge > 0) cuxas_warn(&info->warnings, "the file says its edge is %s, not %s", info->edge, edges[0]);
}

/* ---- 6. The description for people ---- */

const char *cuxas_delimiter_name(cuxas_delimiter delimiter)
{
  static const char *const NAMES[] = {"tab", "semicolon", "comma", "blank"};
  return NAMES[delimiter];
}

const char *cuxas_unit_name(cuxas_energy_unit unit)
{
  return unit == CUXAS_UNIT_KEV ? "keV" : "eV";
}

const char *cuxas_order_name(cuxas_energy_order order)
{
  static const char *const NAMES[] = {"ascending", "descending", "unsorted"};
  return NAMES[order];
}

static const char *role_name(cuxas_column_role role)
{
  static const char *const NAMES[] = {"not used", "energy", "signal", "I0"};
  return NAMES[role];
}

static void describe_file(const cuxas_measured_info *info, FILE *out)
{
  fprintf(out, "file        %s%s\n", info->path, info->is_feff ? "  (FEFF xmu.dat)" : "");
  fprintf(out, "format      %s%s\n", info->format, info->is_gzip ? ", compressed (gzip)" : "");
  if (info->scan[0] != '\0') fprintf(out, "scan        %s", info->scan);
  if (info->n_scan_in_file > 0) fprintf(out, "  (%zu in the file)", info->n_scan_in_file);
  if (info->scan[0] != '\0') fprintf(out, "\n");
  if (info->element[0] != '\0' || info->edge[0] != '\0')
    fprintf(out, "absorber    %s %s\n", info->element[0] != '\0' ? info->element : "(not stated)",
            info->edge[0] != '\0' ? info->edge : "(edge not stated)");
  if (info->detection_mode[0] != '\0') fprintf(out, "detection   %s\n", info->detection_mode);
}

static void describe_lines(const cuxas_measured_info *info, FILE *out)
{
  if (strcmp(info->format, "text") != 0 && strcmp(info->format, "xdi") != 0) return;
  fprintf(out, "layout      %s-separated%s%s, %zu lines, %zu comment lines, ", cuxas_delimiter_name(info->delimiter),
          info->has_decimal_comma ? ", decimal commas" : "", info->has_bom ? ", byte-order mark" : "", info->n_line,
          info->n_comment);
  if (info->header_line > 0)
    fprintf(out, "header in line %zu, ", info->header_line);
  else
    fprintf(out, "no header, ");
  fprintf(out, "data from line %zu\n", info->first_data_line);
}

static void describe_columns(const cuxas_measured_info *info, FILE *out)
{
  for (size_t i = 0; i < info->n_column; i++)
    fprintf(out, "column %-4zu %-28s %8zu numbers  %s\n", i + 1,
            info->column[i].name[0] != '\0' ? info->column[i].name : "(no name)", info->column[i].n_number,
            role_name(info->column[i].role));
}

static void describe_merged(const cuxas_measured_info *info, FILE *out)
{
  for (size_t i = 0; i < info->n_merged; i++) {
    const cuxas_merged_scan *scan = &info->merged[i];
    fprintf(out, "merged %-4zu %s: %zu points, deviation %.1f %%, ", i + 1, scan->name, scan->n_point,
            100 * scan->deviation);
    fprintf(out, scan->weight > 0 ? "weight %.3f\n" : "left out\n", scan->weight);
  }
}

char *cuxas_measured_describe(const cuxas_measured_info *info)
{
  char  *text   = NULL;
  size_t n_byte = 0;
  FILE  *out    = open_memstream(&text, &n_byte);
  if (out == NULL) return NULL;

  describe_file(info, out);
  describe_lines(info, out);
  describe_columns(info, out);
  describe_merged(info, out);
  fprintf(out, "energies    in %s (from %s), %.2f to %.2f eV, %s\n", cuxas_unit_name(info->unit),
          info->unit_from_header ? "the header" : "the numbers", info->min_eV, info->max_eV,
          cuxas_order_name(info->order));
  fprintf(out, "steps       %.4g to %.4g eV, median %.4g eV\n", info->min_step_eV, info->max_step_eV,
          info->median_step_eV);
  fprintf(out, "points      %zu, %zu with an energy that occurred before", info->n_point, info->n_duplicate);
  if (info->n_skipped > 0)
    fprintf(out, "; %zu lines without numbers skipped, the first is line %zu", info->n_skipped,
            info->first_skipped_line);
  fprintf(out, "\nsignal      %s", info->is_inverted ? "upside down (--invert), " : "");
  if (isfinite(info->pedestal_fraction))
    fprintf(out, "pedestal %.1f %% of the maximum\n", 100 * info->pedestal_fraction);
  else
    fprintf(out, "nowhere positive\n");
  for (size_t i = 0; i < info->warnings.n_warning; i++) fprintf(out, "warning     %s\n", info->warnings.text[i]);

  const bool failed = ferror(out) != 0;
  if (fclose(out) != 0 || failed) {
    free(text);
    return NULL;
  }
  return text;
}
