/* XDI: XAS Data Interchange, version 1 (B. Ravel, M. Newville, J. Phys.: Conf. Ser. 712, 012148 (2016); specification
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
#include "spectrum/formats.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What stands behind '#'; NULL: no header line. */
static const char *header_text(const char *line)
{
  if (*line != '#') return NULL;
  return line + 1 + strspn(line + 1, " \t");
}

static bool recognises(const cuxas_text *text)
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

const cuxas_text_format CUXAS_FORMAT_XDI = {"xdi", recognises, read_xdi};
