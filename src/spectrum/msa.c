/* msa.c - EMSA/MAS spectra, .msa (ISO 22029; R. F. Egerton et al., EMSA Bulletin 21, 35 (1991)), as EELS programs write them
 *
 *   #FORMAT      : EMSA/MAS Spectral Data File
 *   #NPOINTS     : 3.
 *   #NCOLUMNS    : 1.
 *   #XUNITS      : eV
 *   #DATATYPE    : Y            XY: pairs of energy and value
 *   #XPERCHAN    : 0.1          of Y: energy = OFFSET + i XPERCHAN, i from 0
 *   #OFFSET      : 930.0
 *   #SPECTRUM    :
 *   1.0, 2.0, 3.0
 *   #ENDOFDATA   :
 *
 * Keywords may be padded with blanks or tabs, in either case, with a unit behind them ("#XPERCHAN -eV"). However many
 * numbers a line holds, they are one sequence. Values below energy 0 (before a zero-loss peak) are left out. */
#include "spectrum/formats.h"
#include "base/text.h"
#include "base/memory.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The head of a file; a number that is not given is NaN. */
typedef struct {
  double n_point, x_per_channel, offset, channel_offset;
  bool   is_xy, has_type;
  char   x_unit[48], y_label[48], signal_type[16];
  size_t data_line; /* index of the first line behind #SPECTRUM; 0: none */
} msa_head;

/* Value of "#KEYWORD ... : value" when the line's keyword is this one, else NULL. */
static const char *keyword_value(const char *line, const char *keyword)
{
  line += strspn(line, " \t");
  if (*line != '#') return NULL;
  line += 1 + strspn(line + 1, "# \t");
  const size_t n_byte = strlen(keyword);
  if (strncasecmp(line, keyword, n_byte) != 0 || isalnum((unsigned char)line[n_byte])) return NULL;
  const char *colon = strchr(line, ':');
  return colon != NULL ? colon + 1 + strspn(colon + 1, " \t") : NULL;
}

static bool recognises(const cuxas_text *text)
{
  for (size_t i = 0; i < text->n_line && i < 20; i++) {
    const char *value = keyword_value(text->line[i], "FORMAT");
    if (value != NULL) return strncasecmp(value, "EMSA/MAS", 8) == 0;
  }
  return false;
}

static cuxas_status take_number(const cuxas_text *text, size_t i_line, const char *keyword, double *value,
                                cuxas_error *err)
{
  char        token[40];
  const char *given = keyword_value(text->line[i_line], keyword);
  if (given == NULL) return CUXAS_OK;
  size_t n_byte = strcspn(given, " \t,");
  if (n_byte >= sizeof token) n_byte = sizeof token - 1;
  memcpy(token, given, n_byte);
  token[n_byte] = '\0';
  if (cuxas_text_parse_number(token, value) && isfinite(*value)) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %s: '%.30s' is not a number", text->path, i_line + 1, keyword, token);
}

static cuxas_status read_head(const cuxas_text *text, msa_head *head, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < text->n_line && status == CUXAS_OK; i++) {
    const char *line = text->line[i], *value;
    if ((value = keyword_value(line, "XUNITS")) != NULL) cuxas_info_put(head->x_unit, sizeof head->x_unit, value);
    if ((value = keyword_value(line, "YLABEL")) != NULL) cuxas_info_put(head->y_label, sizeof head->y_label, value);
    if ((value = keyword_value(line, "SIGNALTYPE")) != NULL)
      cuxas_info_put(head->signal_type, sizeof head->signal_type, value);
    if ((value = keyword_value(line, "DATATYPE")) != NULL) {
      head->has_type = true;
      head->is_xy    = toupper((unsigned char)value[0]) == 'X';
    }
    if ((status = take_number(text, i, "NPOINTS", &head->n_point, err)) != CUXAS_OK ||
        (status = take_number(text, i, "XPERCHAN", &head->x_per_channel, err)) != CUXAS_OK ||
        (status = take_number(text, i, "OFFSET", &head->offset, err)) != CUXAS_OK ||
        (status = take_number(text, i, "CHOFFSET", &head->channel_offset, err)) != CUXAS_OK)
      return status;
    if (keyword_value(line, "SPECTRUM") != NULL) {
      head->data_line = i + 1;
      return CUXAS_OK;
    }
  }
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: no line #SPECTRUM, where data would begin", text->path);
}

static cuxas_status check_head(const cuxas_text *text, const cuxas_vocabulary *vocabulary, msa_head *head,
                               cuxas_measured_info *info, cuxas_error *err)
{
  cuxas_energy_unit unit = CUXAS_UNIT_EV;
  if (!head->has_type) return cuxas_fail(err, CUXAS_EFORMAT, "%s: no #DATATYPE, Y or XY", text->path);
  static const char *const EMITTED[] = {"EDS", "WDS", "AES", "CLS", "PES", "XRF"}; /* ISO 22029's kinds but ELS, GAM */
  for (size_t i = 0; i < sizeof EMITTED / sizeof *EMITTED; i++)
    if (strncasecmp(head->signal_type, EMITTED[i], 3) == 0)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                        "%s: #SIGNALTYPE %s: a spectrum of what the sample sends out, no absorption", text->path,
                        head->signal_type);
  if (!(head->n_point >= 2 && head->n_point <= (double)CUXAS_TEXT_MAX_BYTES && floor(head->n_point) == head->n_point))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: #NPOINTS is missing or no count of 2 or more", text->path);
  if (head->x_unit[0] != '\0' && !cuxas_vocabulary_unit(vocabulary, head->x_unit, &unit))
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: #XUNITS '%s' is neither eV nor keV", text->path, head->x_unit);
  if (head->x_unit[0] != '\0')
    strcpy(head->x_unit, cuxas_unit_name(unit)); /* "Energy Loss (eV)", as ISO 22029 writes */
  if (head->x_unit[0] == '\0') cuxas_warn(&info->warnings, "no #XUNITS: the unit is taken from the numbers");
  if (head->is_xy) return CUXAS_OK;
  if (isnan(head->x_per_channel) || head->x_per_channel == 0 || isnan(head->offset))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: data of type Y need #OFFSET and an #XPERCHAN that is not 0", text->path);
  if (head->channel_offset != 0 && !isnan(head->channel_offset))
    cuxas_warn(&info->warnings, "#CHOFFSET %g is not used: energies are OFFSET + i XPERCHAN", head->channel_offset);
  return CUXAS_OK;
}

/* All numbers up to #ENDOFDATA or the end of the file; the caller frees them, also after a failure. */
static cuxas_status read_numbers(cuxas_text *text, const msa_head *head, double **ret_number, size_t *ret_n_number,
                                 cuxas_error *err)
{
  size_t n_number = 0, n_room = 0;
  for (size_t i = head->data_line; i < text->n_line; i++) {
    char *cursor = text->line[i], *token;
    if (keyword_value(cursor, "ENDOFDATA") != NULL) break;
    if (cursor[strspn(cursor, " \t")] == '#') continue;
    for (char *comma = cursor; (comma = strchr(comma, ',')) != NULL;) *comma = ' ';
    while ((token = cuxas_text_next_token(&cursor)) != NULL) {
      if (n_number == n_room) {
        n_room        = n_room > 0 ? 2 * n_room : 1024;
        double *grown = cuxas_grow(err, *ret_number, n_room, sizeof *grown);
        if (grown == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, text->path);
        *ret_number = grown;
      }
      if (!cuxas_text_parse_number(token, &(*ret_number)[n_number++]))
        return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: '%.40s' is not a number", text->path, i + 1, token);
    }
  }
  *ret_n_number = n_number;
  return CUXAS_OK;
}

/* NPOINTS against what is there. */
static cuxas_status check_count(const cuxas_text *text, const msa_head *head, size_t n_number,
                                cuxas_measured_info *info, cuxas_error *err)
{
  const size_t per_point = head->is_xy ? 2 : 1, n_point = (size_t)head->n_point;
  if (head->is_xy && n_number % 2 != 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: an odd count of numbers, %zu, cannot be pairs of type XY", text->path,
                      n_number);
  if (n_number / per_point < n_point)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: #NPOINTS says %zu, but there are %zu: the file is cut off", text->path,
                      n_point, n_number / per_point);
  if (n_number / per_point > n_point)
    cuxas_warn(&info->warnings, "#NPOINTS says %zu, but there are %zu: only the first %zu are used", n_point,
               n_number / per_point, n_point);
  return CUXAS_OK;
}

/* The points of positive energy as rows. */
static size_t fill_rows(const msa_head *head, const double *number, double *ret_row)
{
  size_t n_row = 0;
  for (size_t i = 0; i < (size_t)head->n_point; i++) {
    const double energy = head->is_xy ? number[2 * i] : head->offset + (double)i * head->x_per_channel;
    if (energy <= 0) continue;
    ret_row[2 * n_row]       = energy;
    ret_row[2 * n_row++ + 1] = head->is_xy ? number[2 * i + 1] : number[i];
  }
  return n_row;
}

static cuxas_status name_columns(const msa_head *head, size_t n_row, cuxas_measured_info *info, cuxas_error *err)
{
  char         energy[64];
  cuxas_status status;
  snprintf(energy, sizeof energy, head->x_unit[0] != '\0' ? "energy (%s)" : "energy%s", head->x_unit);
  if ((status = cuxas_info_new_columns(info, 2, n_row, err)) != CUXAS_OK ||
      (status = cuxas_column_set_name(&info->column[0], energy, err)) != CUXAS_OK)
    return status;
  info->column[0].role = CUXAS_COLUMN_ENERGY;
  info->column[1].role = CUXAS_COLUMN_SIGNAL;
  return cuxas_column_set_name(&info->column[1], head->y_label[0] != '\0' ? head->y_label : "intensity", err);
}

static cuxas_status read_msa(cuxas_text *text, const cuxas_measured_options *options,
                             const cuxas_vocabulary *vocabulary, cuxas_measured_info *info, cuxas_table *ret_table,
                             cuxas_error *err)
{
  cuxas_status status;
  size_t       n_number = 0;
  double      *number   = NULL;
  msa_head     head     = {.n_point = NAN, .x_per_channel = NAN, .offset = NAN, .channel_offset = NAN};

  (void)options;
  if ((status = read_head(text, &head, err)) != CUXAS_OK ||
      (status = check_head(text, vocabulary, &head, info, err)) != CUXAS_OK ||
      (status = read_numbers(text, &head, &number, &n_number, err)) != CUXAS_OK ||
      (status = check_count(text, &head, n_number, info, err)) != CUXAS_OK ||
      (status = cuxas_table_new(text->path, (size_t)head.n_point, 2, ret_table, err)) != CUXAS_OK)
    goto done;
  ret_table->i_first_line = head.data_line;
  ret_table->n_row        = fill_rows(&head, number, ret_table->number);
  if (ret_table->n_row < (size_t)head.n_point)
    cuxas_warn(&info->warnings, "%zu points at energies of 0 and below are left out",
               (size_t)head.n_point - ret_table->n_row);
  if (strncasecmp(head.signal_type, "EL", 2) == 0)
    cuxas_info_put(info->detection_mode, sizeof info->detection_mode, "EELS");
  status = name_columns(&head, ret_table->n_row, info, err);
done:
  free(number);
  return status;
}

const cuxas_text_format CUXAS_FORMAT_MSA = {"msa", recognises, read_msa};

/* ---- XDI ---------------------------------------------------------------------------------------------------- */

/* XAS Data Interchange, version 1 (B. Ravel, M. Newville, J. Phys.: Conf. Ser. 712, 012148 (2016); specification
 * and dictionary: https://github.com/XraySpectroscopy/XAS-Data-Interchange).
 *
 *   # XDI/1.0 Program/2.3
 *   # Element.symbol: Cu
 *   # ///
 *   # comments
 *   # ---
 *   # energy mutrans
 *   930.0 0.5
 *
 * The table is a plain one; Column.N fields are read by header.c. Here: the version, the fields, the ends of the
 * header. Of a field that occurs twice the last counts. */

/* What stands behind '#'; NULL: no header line. */
static const char *header_text(const char *line)
{
  if (*line != '#') return NULL;
  return line + 1 + strspn(line + 1, " \t");
}

static bool recognises_xdi(const cuxas_text *text)
{
  const char *first = text->n_line > 0 ? header_text(text->line[0]) : NULL;
  return first != NULL && strncmp(first, "XDI/", 4) == 0;
}

/* At least three times this sign, and nothing else. */
static bool is_rule(const char *line, char sign)
{
  size_t n_sign = 0;
  while (line[n_sign] == sign) n_sign++;
  return n_sign >= 3 && line[n_sign + strspn(line + n_sign, " \t")] == '\0';
}

/* The value of a field "name: value" whatever its case, or NULL. */
static const char *field_value(const char *line, const char *name)
{
  const size_t n_byte = strlen(name);
  if (strncasecmp(line, name, n_byte) != 0) return NULL;
  line += n_byte + strspn(line + n_byte, " \t");
  return *line == ':' ? line + 1 : NULL;
}

/* Does a value begin with this word? */
static bool begins_with(const char *value, const char *word)
{
  value += strspn(value, " \t");
  return strncasecmp(value, word, strlen(word)) == 0;
}

static void take_field(const char *line, cuxas_measured_info *info)
{
  /* The dictionary has no field for how absorption was detected; these are in use. */
  static const char *const MODES[] = {"Detector.mode", "Detection.mode", "Scan.mode", "Scan.detection_mode",
                                      "Beamline.detection_mode"};
  const char              *value;
  if ((value = field_value(line, "Element.symbol")) != NULL) cuxas_info_put(info->element, sizeof info->element, value);
  if ((value = field_value(line, "Element.edge")) != NULL) cuxas_info_put(info->edge, sizeof info->edge, value);
  for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++)
    if ((value = field_value(line, MODES[i])) != NULL)
      cuxas_info_put(info->detection_mode, sizeof info->detection_mode, value);
}

static cuxas_status read_fields(const cuxas_text *text, cuxas_measured_info *info, cuxas_error *err)
{
  const char *version   = header_text(text->line[0]) + 4;
  bool        in_fields = true, has_end = false, has_energy = false, has_angle = false;

  if (strncmp(version, "1.", 2) != 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s:1: XDI version '%.12s': only 1.x is known", text->path, version);
  for (size_t i = 1; i < text->n_line && !has_end; i++) {
    const char *line = header_text(text->line[i]);
    if (line == NULL) break;
    if (is_rule(line, '/')) in_fields = false;
    if (is_rule(line, '-')) has_end = true;
    if (!in_fields || has_end) continue;
    take_field(line, info);
    if (strncasecmp(line, "Column.", 7) != 0 || strchr(line, ':') == NULL) continue;
    has_energy |= begins_with(strchr(line, ':') + 1, "energy");
    has_angle |= begins_with(strchr(line, ':') + 1, "angle");
  }
  if (!has_end) return cuxas_fail(err, CUXAS_EFORMAT, "%s: XDI header without its end, a line '# ---'", text->path);
  if (has_angle && !has_energy)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: angles instead of energies; convert them first", text->path);
  if (info->element[0] == '\0') cuxas_warn(&info->warnings, "XDI header without Element.symbol, which is required");
  if (info->edge[0] == '\0') cuxas_warn(&info->warnings, "XDI header without Element.edge, which is required");
  return CUXAS_OK;
}

static cuxas_status read_xdi(cuxas_text *text, const cuxas_measured_options *options,
                             const cuxas_vocabulary *vocabulary, cuxas_measured_info *info, cuxas_table *ret_table,
                             cuxas_error *err)
{
  const cuxas_status status = read_fields(text, info, err);
  return status == CUXAS_OK ? CUXAS_FORMAT_PLAIN.read(text, options, vocabulary, info, ret_table, err) : status;
}

const cuxas_text_format CUXAS_FORMAT_XDI = {"xdi", recognises_xdi, read_xdi};
