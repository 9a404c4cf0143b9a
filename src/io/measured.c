/* Contents
 *   1. Rows to points
 *   2. The unit of the energies
 *   3. What the points look like
 *   4. Reading
 *   5. Words and description */
#include "cuxas/measured.h"

#include "cuxas/memory.h"
#include "cuxas/preprocess.h"
#include "io/columns_priv.h"

#include <math.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- 1. Rows to points ---- */

static cuxas_status fail_cell(const char *path, const cuxas_table *table, const cuxas_measured_info *info, size_t i_row,
                              size_t i_column, cuxas_status status, const char *reason, cuxas_error *err)
{
  return cuxas_fail(err, status, "%s:%zu: column %zu '%s': '%.40s' %s", path, table->row_line[i_row], i_column + 1,
                    info->column[i_column].name, cuxas_table_cell(table, i_row, i_column), reason);
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
      if (info->n_skipped++ == 0) info->first_skipped_line = table->row_line[i];
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

static cuxas_status measure(const cuxas_spectrum *spectrum, cuxas_measured_info *info, cuxas_error *err)
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

/* ---- 4. Reading ---- */

static cuxas_status understand(const cuxas_text *text, const cuxas_table *table, const cuxas_measured_options *options,
                               cuxas_measured_info *info, cuxas_spectrum *spectrum, cuxas_error *err)
{
  cuxas_vocabulary    vocabulary;
  cuxas_column_choice choice;
  cuxas_error         reason = {0};
  cuxas_status        status = cuxas_vocabulary_new(&vocabulary, err);
  if (status != CUXAS_OK) goto done;
  if ((status = cuxas_header_read(text, table, &vocabulary, info, err)) != CUXAS_OK) goto done;
  if ((status = cuxas_columns_choose(text->path, table, &vocabulary, options, info, &choice, err)) != CUXAS_OK)
    goto done;
  if ((status = extract(text->path, table, &choice, options->invert, info, spectrum, err)) != CUXAS_OK) goto done;
  const char *energy_name = info->column[choice.i_energy].name;
  if ((status = convert_energies(&vocabulary, energy_name, info, spectrum, err)) != CUXAS_OK) goto done;
  if ((status = measure(spectrum, info, &reason)) != CUXAS_OK)
    cuxas_fail(err, status, "%s: %s", text->path, reason.message);
done:
  cuxas_vocabulary_free(&vocabulary);
  return status;
}

cuxas_status cuxas_measured_parse(cuxas_text *text, const cuxas_measured_options *opt_options,
                                  cuxas_spectrum **ret_spectrum, cuxas_measured_info **opt_info, cuxas_error *err)
{
  static const cuxas_measured_options NOTHING_SAID = {0};
  const cuxas_measured_options       *options      = opt_options != NULL ? opt_options : &NOTHING_SAID;

  cuxas_status         status;
  cuxas_table          table;
  cuxas_spectrum      *spectrum = NULL;
  cuxas_measured_info *info     = NULL;

  *ret_spectrum = NULL;
  if (opt_info != NULL) *opt_info = NULL;
  if ((status = cuxas_table_read(text, &table, err)) != CUXAS_OK) goto done;
  spectrum = cuxas_spectrum_new(table.n_row);
  info     = cuxas_new_array(1, sizeof *info);
  if (spectrum == NULL || info == NULL || (info->path = cuxas_copy_string(text->path)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for %zu points", text->path, table.n_row);
    goto done;
  }
  info->delimiter         = table.delimiter;
  info->has_decimal_comma = table.has_decimal_comma;
  info->has_bom           = text->has_bom;
  info->n_line            = text->n_line;
  info->n_comment         = table.n_comment;
  info->first_data_line   = table.i_first_line + 1;
  info->is_inverted       = options->invert;
  if ((status = understand(text, &table, options, info, spectrum, err)) != CUXAS_OK) goto done;

  *ret_spectrum = spectrum;
  spectrum      = NULL;
  if (opt_info != NULL) {
    *opt_info = info;
    info      = NULL;
  }
done:
  cuxas_table_free(&table);
  cuxas_spectrum_free(spectrum);
  cuxas_measured_info_free(info);
  return status;
}

cuxas_status cuxas_measured_read(const char *path, const cuxas_measured_options *opt_options,
                                 cuxas_spectrum **ret_spectrum, cuxas_measured_info **opt_info, cuxas_error *err)
{
  cuxas_text text;
  *ret_spectrum = NULL;
  if (opt_info != NULL) *opt_info = NULL;
  cuxas_status status = cuxas_text_read(path, &text, err);
  if (status == CUXAS_OK) status = cuxas_measured_parse(&text, opt_options, ret_spectrum, opt_info, err);
  cuxas_text_free(&text);
  return status;
}

void cuxas_measured_info_free(cuxas_measured_info *info)
{
  if (info == NULL) return;
  for (size_t i = 0; i < info->n_column; i++) free(info->column[i].name);
  free(info->column);
  free(info->path);
  free(info);
}

/* ---- 5. Words and description ---- */

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

static void describe_layout(const cuxas_measured_info *info, FILE *out)
{
  fprintf(out, "file        %s%s\n", info->path, info->is_feff ? "  (FEFF xmu.dat)" : "");
  fprintf(out, "layout      %s-separated%s%s, %zu lines, %zu comment lines, ", cuxas_delimiter_name(info->delimiter),
          info->has_decimal_comma ? ", decimal commas" : "", info->has_bom ? ", byte-order mark" : "", info->n_line,
          info->n_comment);
  if (info->header_line > 0)
    fprintf(out, "header in line %zu, ", info->header_line);
  else
    fprintf(out, "no header, ");
  fprintf(out, "data from line %zu\n", info->first_data_line);
  for (size_t i = 0; i < info->n_column; i++)
    fprintf(out, "column %-4zu %-28s %8zu numbers  %s\n", i + 1,
            info->column[i].name[0] != '\0' ? info->column[i].name : "(no name)", info->column[i].n_number,
            role_name(info->column[i].role));
}

char *cuxas_measured_describe(const cuxas_measured_info *info)
{
  char  *text   = NULL;
  size_t n_byte = 0;
  FILE  *out    = open_memstream(&text, &n_byte);
  if (out == NULL) return NULL;

  describe_layout(info, out);
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
