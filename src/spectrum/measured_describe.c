#include "cuxas/measured.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
