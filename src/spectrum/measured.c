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
#include "spectrum/preprocess_steps.h"
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

/* A row of a table, and where it comes from. */
typedef struct {
  const char                *path;
  const cuxas_table         *table;
  const cuxas_measured_info *info;
  size_t                     i_row;
} table_row;

static cuxas_status fail_cell(table_row row, size_t i_column, cuxas_status status, const char *reason, cuxas_error *err)
{
  char buffer[32], place[48], cell[48];
  cuxas_info_put(cell, sizeof cell, cuxas_table_cell(row.table, row.i_row, i_column, buffer));
  if (row.table->row_line != NULL)
    snprintf(place, sizeof place, ":%zu", row.table->row_line[row.i_row]);
  else
    snprintf(place, sizeof place, ": point %zu", row.i_row + 1);
  return cuxas_fail(err, status, "%s%s: column %zu '%s': '%.40s' %s", row.path, place, i_column + 1,
                    row.info->column[i_column].name, cell, reason);
}

/* The columns in use of one row: all numbers (ret_is_point), none (a remark), or an error. */
static cuxas_status read_row(table_row row, const size_t *column, size_t n_column, double *value, bool *ret_is_point,
                             cuxas_error *err)
{
  size_t n_number = 0, i_bad = 0;
  for (size_t i = 0; i < n_column; i++) {
    if (cuxas_table_number(row.table, row.i_row, column[i], &value[i])) {
      n_number++;
      if (!isfinite(value[i])) return fail_cell(row, column[i], CUXAS_ERANGE, "is not a finite number", err);
    } else {
      i_bad = column[i];
    }
  }
  *ret_is_point = n_number == n_column;
  if (n_number == n_column || n_number == 0) return CUXAS_OK;
  return fail_cell(row, i_bad, CUXAS_EFORMAT, "is not a number", err);
}

/* Rows without the tail that an aborted scan leaves: energies of 0 or no values at all, as far as they go back from the
 * end, and never half of the table. */
static size_t cut_tail(const cuxas_table *table, const size_t *column, size_t n_column, cuxas_measured_info *info)
{
  size_t n_row = table->n_row, n_empty = 0;
  while (n_row > 0) {
    double value;
    bool   is_empty = false, has_number = false;
    for (size_t i = 0; i < n_column; i++) {
      if (!cuxas_table_number(table, n_row - 1, column[i], &value)) {
        is_empty |= table->cell != NULL && table->cell[(n_row - 1) * table->n_column + column[i]][0] == '\0';
        continue;
      }
      has_number = true;
      is_empty |= isnan(value) || (i == 0 && value == 0);
    }
    if (has_number && !is_empty) break;
    n_empty += has_number;
    n_row--;
  }
  if (n_empty == 0 || 2 * n_row <= table->n_row) return table->n_row;
  if (table->row_line != NULL)
    cuxas_warn(&info->warnings, "%zu rows from line %zu on hold no values (an aborted scan?) and are left out", n_empty,
               table->row_line[n_row]);
  else
    cuxas_warn(&info->warnings, "%zu points from point %zu on hold no values (an aborted scan?) and are left out",
               n_empty, n_row + 1);
  return n_row;
}

/* Between blanks an empty cell leaves no trace: all behind it would move to the left. */
static bool is_short(const cuxas_table *table, size_t i_row)
{
  return table->delimiter == CUXAS_DELIMITER_BLANK && table->cell != NULL && table->n_usual > 0 &&
         table->cell[i_row * table->n_column + table->n_usual - 1][0] == '\0';
}

/* ln(I0/transmitted); both fluxes must be positive. */
static cuxas_status take_logarithm(table_row row, const cuxas_column_choice *choice, double signal, double i0,
                                   double *ret_mu, cuxas_error *err)
{
  if (signal <= 0)
    return fail_cell(row, choice->i_signal, CUXAS_ERANGE,
                     "is no transmitted flux: its logarithm needs a positive number", err);
  *ret_mu = log(i0 / signal);
  return CUXAS_OK;
}

/* Energies still in the unit of the file. */
static cuxas_status extract(const char *path, const cuxas_table *table, const cuxas_column_choice *choice, bool invert,
                            cuxas_measured_info *info, cuxas_spectrum *spectrum, cuxas_error *err)
{
  const size_t column[3] = {choice->i_energy, choice->i_signal, choice->i_i0};
  const size_t n_column  = choice->i_i0 != CUXAS_NO_COLUMN ? 3 : 2;
  const size_t n_row     = cut_tail(table, column, n_column, info);
  size_t       n_point   = 0;

  for (size_t i = 0; i < n_row; i++) {
    const table_row row      = {path, table, info, i};
    double          value[3] = {0, 0, 1};
    bool            is_point = false;
    cuxas_status    status   = read_row(row, column, n_column, value, &is_point, err);
    if (status != CUXAS_OK) return status;
    if (!is_point) {
      if (info->n_skipped++ == 0 && table->row_line != NULL) info->first_skipped_line = table->row_line[i];
      continue;
    }
    if (is_short(table, i))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: fewer than the %zu columns of other rows: which one is missing?",
                        path, table->row_line[i], table->n_usual);
    if (value[0] <= 0)
      return fail_cell(row, column[0], CUXAS_ERANGE,
                       "is not a photon energy: it must be positive (energies relative to an edge are of no use here)",
                       err);
    if (value[2] <= 0) return fail_cell(row, column[2], CUXAS_ERANGE, "is no I0: not positive", err);
    spectrum->energy_eV[n_point] = value[0];
    spectrum->mu[n_point]        = (invert ? -value[1] : value[1]) / value[2];
    if (choice->is_log &&
        (status = take_logarithm(row, choice, value[1], value[2], &spectrum->mu[n_point], err)) != CUXAS_OK)
      return status;
    n_point++;
  }
  if (n_point < 2) return cuxas_fail(err, CUXAS_EFORMAT, "%s: fewer than two points", path);
  spectrum->n_point = info->n_point = n_point;
  return CUXAS_OK;
}

/* -- several scans in one table -- */

enum { MAX_PASS = 64 };

/* One way through the energies: points first to last. */
typedef struct {
  size_t first, last;
} scan_pass;

/* A pass ends where the energies turn back by more than half of their range; going back at once is no pass. */
static size_t find_passes(const cuxas_spectrum *spectrum, scan_pass ret_pass[MAX_PASS])
{
  const double *energy = spectrum->energy_eV;
  double        min = energy[0], max = energy[0];
  for (size_t i = 1; i < spectrum->n_point; i++) {
    min = fmin(min, energy[i]);
    max = fmax(max, energy[i]);
  }
  const double half   = (max - min) / 2;
  size_t       n_pass = 0, i_turn = 0, i_low = 0, i_high = 0;
  int          direction     = 0; /* of the stretch since i_turn; 0: not known yet */
  bool         is_after_pass = false;
  for (size_t i = 1; i <= spectrum->n_point; i++) {
    const bool is_end = i == spectrum->n_point;
    if (!is_end) {
      if (energy[i] < energy[i_low]) i_low = i;
      if (energy[i] > energy[i_high]) i_high = i;
      if (direction == 0 && energy[i_high] - energy[i_low] > half) direction = i_high > i_low ? 1 : -1;
    }
    const bool turns_down = !is_end && direction > 0 && energy[i_high] - energy[i] > half;
    const bool turns_up   = !is_end && direction < 0 && energy[i] - energy[i_low] > half;
    if (!is_end && !turns_down && !turns_up) continue;
    const size_t end     = is_end ? spectrum->n_point - 1 : turns_down ? i_high : i_low;
    const bool   is_jump = end - i_turn <= 2;
    const size_t first   = is_after_pass ? i_turn + 1 : i_turn;
    if (!is_jump && n_pass < MAX_PASS) ret_pass[n_pass++] = (scan_pass){first, end};
    is_after_pass = !is_jump;
    i_turn        = end;
    direction     = turns_down ? -1 : 1;
    i_low = i_high = i_turn;
    for (size_t k = i_turn; k <= i && k < spectrum->n_point; k++) {
      if (energy[k] < energy[i_low]) i_low = k;
      if (energy[k] > energy[i_high]) i_high = k;
    }
  }
  return n_pass;
}

/* Tells of several scans in one table, and keeps the one that --scan names. */
static cuxas_status choose_pass(const char *path, const char *opt_wanted, cuxas_measured_info *info,
                                cuxas_spectrum *spectrum, cuxas_error *err)
{
  scan_pass    pass[MAX_PASS];
  const size_t n_pass = find_passes(spectrum, pass);
  long         wanted = 0;
  if (opt_wanted == NULL && n_pass > 1)
    cuxas_warn(&info->warnings,
               "the energies run through their range %zu times: %zu scans in one table? --scan 1 ... %zu takes one",
               n_pass, n_pass, n_pass);
  if (opt_wanted == NULL) return CUXAS_OK;
  if (n_pass < 2) return cuxas_fail(err, CUXAS_EFORMAT, "%s: --scan: a file of this format holds one spectrum", path);
  if (!cuxas_text_parse_integer(opt_wanted, &wanted) || wanted < 1 || (size_t)wanted > n_pass)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: --scan '%.40s': the table holds scans 1 to %zu", path, opt_wanted,
                      n_pass);
  const scan_pass *kept = &pass[wanted - 1];
  spectrum->n_point = info->n_point = kept->last - kept->first + 1;
  memmove(spectrum->energy_eV, spectrum->energy_eV + kept->first, spectrum->n_point * sizeof *spectrum->energy_eV);
  memmove(spectrum->mu, spectrum->mu + kept->first, spectrum->n_point * sizeof *spectrum->mu);
  info->n_scan_in_file = n_pass;
  snprintf(info->scan, sizeof info->scan, "%ld", wanted);
  return CUXAS_OK;
}

/* ---- 2. The unit of the energies ---- */

/* Nobody measures an edge below 30 eV with a monochromator in keV, nor above 150 keV: outside of that the numbers
 * decide, whatever the header says. */
static cuxas_status find_unit(const cuxas_vocabulary *vocabulary, const char *name, double median,
                              cuxas_measured_info *info, cuxas_error *err)
{
  const double LEAST_EV = 30, MOST_KEV = 150, LEAST_KEV = 0.001, MOST_EV = 1e6;
  info->unit_from_header = cuxas_vocabulary_unit(vocabulary, name, &info->unit);
  if (!(median > LEAST_KEV && median < MOST_EV))
    return cuxas_fail(err, CUXAS_ERANGE, "%s: energies around %g are neither eV nor keV", info->path, median);
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
  return CUXAS_OK;
}

static cuxas_status convert_energies(const cuxas_vocabulary *vocabulary, const char *name, cuxas_measured_info *info,
                                     cuxas_spectrum *spectrum, cuxas_error *err)
{
  double *sorted = cuxas_new(err, spectrum->n_point, sizeof *sorted);
  if (sorted == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, info->path);
  for (size_t i = 0; i < spectrum->n_point; i++) sorted[i] = spectrum->energy_eV[i];
  const double       median = gsl_stats_median(sorted, 1, spectrum->n_point);
  const cuxas_status status = find_unit(vocabulary, name, median, info, err);
  free(sorted);
  if (status != CUXAS_OK) return status;
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
    gsl_stats_minmax(&info->min_step_eV, &info->max_step_eV, step_eV, 1, n_point - 1);
    info->median_step_eV = gsl_stats_median(step_eV, 1, n_point - 1);
  }
done:
  cuxas_spectrum_free(sorted);
  return status;
}

/* How absorption was detected, where words tell it; NULL: they do not. */
static const char *detection_in(const char *words)
{
  static const struct {
    const char *part, *mode;
  } WORDS[] = {{"tey", "TEY"},           {"total electron", "TEY"},
               {"pey", "PEY"},           {"partial electron", "PEY"},
               {"ipfy", "IPFY"},         {"inverse partial fluo", "IPFY"},
               {"pfy", "PFY"},           {"partial fluo", "PFY"},
               {"tfy", "TFY"},           {"total fluo", "TFY"},
               {"drain", "TEY"},         {"electron", "electron yield"},
               {"fluo", "fluorescence"}, {"trans", "transmission"},
               {"mufl", "fluorescence"}, {"eels", "EELS"}};
  char lower[64];
  cuxas_vocabulary_strip(words, lower, sizeof lower);
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
    if (strstr(lower, WORDS[i].part) != NULL) return WORDS[i].mode;
  return NULL;
}

/* What the user says counts before what the file says, that before the signal's name, and that before what is done to it. */
static void choose_detection(const cuxas_measured_options *options, const char *energy_name, const char *signal_name,
                             cuxas_measured_info *info)
{
  const char *stated = detection_in(info->detection_mode), *mode = options->detection;
  char        energy[64];
  cuxas_vocabulary_strip(energy_name, energy, sizeof energy);
  if (mode != NULL && stated != NULL && strcmp(mode, stated) != 0)
    cuxas_warn(&info->warnings, "detection is taken to be %s, the file says %s", mode, info->detection_mode);
  if (mode == NULL && info->detection_mode[0] == '\0') mode = detection_in(signal_name);
  if (mode == NULL && info->detection_mode[0] == '\0' && strstr(energy, "loss") != NULL) mode = "EELS";
  if (mode == NULL && info->detection_mode[0] == '\0' && info->is_logarithm) mode = "transmission";
  if (mode != NULL) cuxas_info_put(info->detection_mode, sizeof info->detection_mode, mode);
}

/* ---- 4. Reading ---- */

/* Formats in which --scan chooses before the table is read. */
static bool is_of_scans(const cuxas_measured_info *info)
{
  return strcmp(info->format, "spec") == 0 || strcmp(info->format, "athena") == 0 || strcmp(info->format, "dm") == 0;
}

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
  if (!is_of_scans(info) && (status = choose_pass(path, options->scan, info, spectrum, err)) != CUXAS_OK) return status;
  const char *energy_name = info->column[choice.i_energy].name;
  if ((status = convert_energies(vocabulary, energy_name, info, spectrum, err)) != CUXAS_OK) return status;
  choose_detection(options, energy_name, info->column[choice.i_signal].name, info);
  double highest = -INFINITY;
  for (size_t i = 0; i < spectrum->n_point; i++) highest = fmax(highest, spectrum->mu[i]);
  if (highest < 0 && !choice.is_log && !options->invert)
    cuxas_warn(&info->warnings,
               "the signal is negative everywhere: --invert takes its negative, as of a drain current");
  if ((status = cuxas_measured_survey(spectrum, info, &reason)) != CUXAS_OK)
    return cuxas_fail(err, status, "%s: %s", path, reason.message);
  if (5 * info->n_duplicate >= 2 * info->n_point && info->n_point >= 20 && info->order != CUXAS_ORDER_UNSORTED)
    cuxas_warn(&info->warnings,
               "%zu of %zu points repeat an energy: two scans or detectors in one table? They are averaged",
               info->n_duplicate, info->n_point);
  return status;
}

/* One of the two: text, or the bytes of a binary file and their reader. */
typedef struct {
  cuxas_status (*read)(const char *path, const void *bytes, size_t n_byte, const cuxas_measured_options *options,
                       cuxas_measured_info *info, cuxas_table *ret_table, cuxas_error *err);
  const char *format; /* of bytes */
  const char *path;
  cuxas_text *opt_text;
  const void *bytes;
  size_t      n_byte;
  bool        is_gzip;
} source;

static cuxas_status check_options(const source *from, const cuxas_measured_options *options,
                                  const cuxas_measured_info *info, cuxas_error *err)
{
  const bool is_hdf5 = strcmp(info->format, "hdf5") == 0;
  if (options->scan != NULL && is_hdf5)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: --scan: HDF5 files take --dataset", from->path);
  if (options->dataset != NULL && !is_hdf5)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: --dataset is for HDF5 files, this is %s", from->path, info->format);
  return CUXAS_OK;
}

static cuxas_status read_source(const source *from, const cuxas_measured_options *options,
                                cuxas_spectrum **ret_spectrum, cuxas_measured_info **opt_info, cuxas_error *err)
{
  static const cuxas_measured_options NOTHING_SAID = {0};

  cuxas_text              *text       = from->opt_text;
  const cuxas_text_format *format     = text != NULL ? cuxas_format_find(text) : NULL;
  const char              *structure  = format == &CUXAS_FORMAT_PLAIN ? cuxas_format_structure(text) : NULL;
  cuxas_spectrum          *spectrum   = NULL;
  cuxas_measured_info     *info       = cuxas_new(err, 1, sizeof *info);
  cuxas_table              table      = {0};
  cuxas_vocabulary         vocabulary = {0};
  cuxas_status             status;

  if (options == NULL) options = &NOTHING_SAID;
  if (info == NULL || (info->path = cuxas_copy_text(err, from->path)) == NULL) {
    status = cuxas_fail_at(err, CUXAS_ENOMEM, from->path);
    goto done;
  }
  info->format  = format != NULL ? format->name : from->format;
  info->is_gzip = from->is_gzip;
  info->has_bom = text != NULL && text->has_bom;
  info->n_line  = text != NULL ? text->n_line : 0;
  if ((status = check_options(from, options, info, err)) != CUXAS_OK) goto done;
  if ((status = cuxas_vocabulary_new(&vocabulary, err)) != CUXAS_OK) goto done;
  status = format != NULL ? format->read(text, options, &vocabulary, info, &table, err)
                          : from->read(from->path, from->bytes, from->n_byte, options, info, &table, err);
  if (status != CUXAS_OK) goto done;
  cuxas_vocabulary_find_folder(info, &vocabulary);
  if ((spectrum = cuxas_spectrum_new(table.n_row)) == NULL) {
    status = cuxas_fail_at(err, cuxas_no_memory(err), from->path);
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
  if (status != CUXAS_OK && structure != NULL) status = cuxas_fail(err, CUXAS_EFORMAT, "%s: %s", from->path, structure);
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
  const char *foreign = cuxas_format_foreign(from.bytes, from.n_byte);
  if (foreign != NULL) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: %s", name, foreign);
  } else if (cuxas_nexus_recognises(from.bytes, from.n_byte)) {
    from.read   = cuxas_nexus_read;
    from.format = "hdf5";
  } else if (cuxas_gatan_recognises(from.bytes, from.n_byte)) {
    from.read   = cuxas_gatan_read;
    from.format = "dm";
  } else {
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

cuxas_status cuxas_measured_list(const char *path, double near_eV, char **ret_text, cuxas_error *err)
{
  char        *bytes = NULL, *expanded = NULL;
  size_t       n_byte = 0;
  cuxas_status status = strcmp(path, "-") != 0 ? cuxas_bytes_read(path, &bytes, &n_byte, err) : CUXAS_OK;
  *ret_text           = NULL;
  if (status == CUXAS_OK && cuxas_gzip_recognises(bytes, n_byte))
    status = cuxas_gzip_expand(path, bytes, n_byte, &expanded, &n_byte, err);
  const char *content = expanded != NULL ? expanded : bytes;
  if (status == CUXAS_OK && cuxas_nexus_recognises(content, n_byte))
    status = cuxas_nexus_list(path, content, n_byte, near_eV, ret_text, err);
  else if (status == CUXAS_OK && (*ret_text = cuxas_copy_text(err, "")) == NULL)
    status = cuxas_fail_at(err, cuxas_no_memory(err), path);
  free(expanded);
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

static const char *delimiter_name(cuxas_delimiter delimiter)
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
  char *path = cuxas_utf8_clean(info->path); /* whatever the file system calls it */
  fprintf(out, "file        %s%s\n", path != NULL ? path : "", info->is_feff ? "  (FEFF xmu.dat)" : "");
  free(path);
  fprintf(out, "format      %s%s\n", info->format, info->is_gzip ? ", compressed (gzip)" : "");
  if (info->scan[0] != '\0') fprintf(out, "scan        %s", info->scan);
  if (info->n_scan_in_file > 0) fprintf(out, "  (%zu in the file)", info->n_scan_in_file);
  if (info->scan[0] != '\0') fprintf(out, "\n");
  if (info->element[0] != '\0' || info->edge[0] != '\0')
    fprintf(out, "absorber    %s %s\n", info->element[0] != '\0' ? info->element : "(not stated)",
            info->edge[0] != '\0' ? info->edge : "(edge not stated)");
  if (info->detection_mode[0] != '\0') fprintf(out, "detection   %s\n", info->detection_mode);
  if (info->acquisition[0] != '\0') fprintf(out, "acquisition %s\n", info->acquisition);
}

static void describe_lines(const cuxas_measured_info *info, FILE *out)
{
  if (strcmp(info->format, "text") != 0 && strcmp(info->format, "xdi") != 0) return;
  fprintf(out, "layout      %s-separated%s%s, %zu lines, %zu comment lines, ", delimiter_name(info->delimiter),
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
  const cuxas_locale locale = cuxas_locale_begin();

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
  fprintf(out, "\nsignal      %s%s", info->is_logarithm ? "ln(I0/signal), " : "",
          info->is_inverted ? "upside down (--invert), " : "");
  if (isfinite(info->pedestal_fraction))
    fprintf(out, "pedestal %.1f %% of the maximum\n", 100 * info->pedestal_fraction);
  else
    fprintf(out, "nowhere positive\n");
  for (size_t i = 0; i < info->warnings.n_warning; i++) fprintf(out, "warning     %s\n", info->warnings.text[i]);

  cuxas_locale_end(locale);
  const bool failed = ferror(out) != 0;
  if (fclose(out) != 0 || failed) {
    free(text);
    return NULL;
  }
  return text;
}
