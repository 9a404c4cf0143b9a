/* Formats of measured files: which one a text is, the plain table, and what the readers share */
#include "spectrum/formats.h"
#include "base/text.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- Any table of numbers, with or without a header ---- */

static bool recognises_all(const cuxas_text *text)
{
  (void)text;
  return true;
}

/* Electron spectrometers say in the preamble what their energies are. */
static cuxas_status check_preamble(const cuxas_text *text, size_t n_line, cuxas_error *err)
{
  cuxas_pattern *binding = NULL;
  cuxas_status   status = cuxas_pattern_new("(?i)(energy[ _-]*(axis|scale|type|mode)|dimension *1 *name|scale|abscissa|"
                                              "x[ _-]*(axis|label|unit|data)[a-z _-]*)\\s*[:=\\t,;]\\s*\\W?"
                                              "(binding|kinetic|[bk]\\.?e\\.?(?![a-z]))",
                                            &binding, err);
  for (size_t i = 0; i < n_line && i < 1000 && status == CUXAS_OK; i++) {
    char kind[16] = "";
    if (!cuxas_pattern_match(binding, text->line[i])) continue;
    cuxas_pattern_copy_group(binding, 4, kind, sizeof kind);
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED,
                        "%s:%zu: the energies are %s energies of photoelectrons, not photon energies: no absorption "
                        "spectrum (XAS) but XPS",
                        text->path, i + 1, kind[0] == 'k' || kind[0] == 'K' ? "kinetic" : "binding");
  }
  cuxas_pattern_free(binding);
  return status;
}

static cuxas_status read_plain(cuxas_text *text, const cuxas_measured_options *options,
                               const cuxas_vocabulary *vocabulary, cuxas_measured_info *info, cuxas_table *ret_table,
                               cuxas_error *err)
{
  cuxas_status status = cuxas_table_read(text, ret_table, err);
  if (status == CUXAS_OK && options->energy_column == NULL) status = check_preamble(text, ret_table->i_first_line, err);
  if (status != CUXAS_OK) return status;
  if (ret_table->n_passed_over > 0)
    cuxas_warn(&info->warnings, "%zu rows of numbers from line %zu on belong to the preamble: data begin in line %zu",
               ret_table->n_passed_over, ret_table->i_passed_over + 1, ret_table->i_first_line + 1);
  return cuxas_header_read(text, ret_table, vocabulary, info, err);
}

const cuxas_text_format CUXAS_FORMAT_PLAIN = {"text", recognises_all, read_plain};

/* ---- Which format ---- */

const cuxas_text_format *cuxas_format_find(const cuxas_text *text)
{
  static const cuxas_text_format *const FORMATS[] = {&CUXAS_FORMAT_XDI,    &CUXAS_FORMAT_MSA,
                                                     &CUXAS_FORMAT_ATHENA, &CUXAS_FORMAT_ATHENA_JSON,
                                                     &CUXAS_FORMAT_SPEC,   &CUXAS_FORMAT_PLAIN};
  size_t                                i         = 0;
  while (!FORMATS[i]->recognises(text)) i++;
  return FORMATS[i];
}

/* ---- Files that are something else ---- */

/* What a file begins with, what it is, and what to do about it. */
static const struct {
  const char *signature;
  size_t      offset, n_byte;
  const char *what;
} FOREIGN[] = {
    {"PK\3\4", 0, 4, "a workbook or archive (zip): save the sheet as CSV, or unpack it"},
    {"\320\317\021\340\241\261\032\341", 0, 8, "an old office document (.xls, .doc): save the sheet as CSV"},
    {"%PDF-", 0, 5, "a PDF document: the numbers of a figure must be saved as a table"},
    {"\211PNG\r\n\032\n", 0, 8, "an image (PNG): digitise the curve to a table of numbers"},
    {"\377\330\377", 0, 3, "an image (JPEG): digitise the curve to a table of numbers"},
    {"GIF8", 0, 4, "an image (GIF): digitise the curve to a table of numbers"},
    {"II*\0", 0, 4, "an image (TIFF): export the spectrum as text"},
    {"MM\0*", 0, 4, "an image (TIFF): export the spectrum as text"},
    {"{\\rtf", 0, 5, "a word processor's document (RTF): save it as plain text"},
    {"\?\246ff", 0, 4, "an EPICS scan (.mda): convert it with mda2ascii"},
    {"\?\263\63\63", 0, 4, "an EPICS scan (.mda): convert it with mda2ascii"},
    {"SQLite format 3", 0, 16, "an SQLite database, no measured spectrum"},
    {"\223NUMPY", 0, 6, "a NumPy array (.npy): save it as text, numpy.savetxt"},
    {"MATLAB 5.0", 0, 10, "a MATLAB file (.mat): save the columns as text"},
    {"CDF\1", 0, 4, "a NetCDF file: save the columns as text"},
    {"CDF\2", 0, 4, "a NetCDF file: save the columns as text"},
    {"CPY", 0, 3, "an Origin project (.opj, .opju): export the worksheet as text"},
    {"IGOR", 0, 4, "an Igor text file: save the waves as delimited text"},
    {"VAMAS Surface Chemical", 0, 22, "a VAMAS file: export the spectrum as text, energies beside counts"},
    {"- of Ulm", 0, 8, "a file of ASE (.traj), no measured spectrum"},
    {"WDF1", 0, 4, "a Renishaw file (.wdf): export it as text"},
    {"II\227\1", 0, 4, "a FEI/TIA series (.ser): export it as .msa or text"},
    {"Rar!", 0, 4, "an archive (rar): unpack it"},
    {"7z\274\257\047\034", 0, 6, "an archive (7z): unpack it"},
    {"BZh", 0, 3, "compressed (bzip2): unpack it, or use gzip"},
    {"\3757zXZ", 0, 6, "compressed (xz): unpack it, or use gzip"},
    {"\050\265\057\375", 0, 4, "compressed (zstd): unpack it, or use gzip"},
    {"ustar", 257, 5, "an archive (tar): unpack it"},
    {"<?xml", 0, 5, "XML, no table: export the spectrum as text"},
    {"<!DOCTYPE html", 0, 14, "a web page (HTML): was an error page saved instead of the file?"},
    {"<html", 0, 5, "a web page (HTML): was an error page saved instead of the file?"},
};

const char *cuxas_format_foreign(const void *bytes, size_t n_byte)
{
  const char *start = bytes;
  for (size_t i = 0; i < sizeof FOREIGN / sizeof *FOREIGN; i++) {
    const size_t n = FOREIGN[i].n_byte, offset = FOREIGN[i].offset;
    if (n_byte < offset + n) continue;
    if (memcmp(start + offset, FOREIGN[i].signature, n) == 0) return FOREIGN[i].what;
  }
  if (n_byte > 6 && memcmp(start, "BM", 2) == 0 && memchr(start, 0, n_byte < 64 ? n_byte : 64) != NULL)
    return "an image (BMP): digitise the curve to a table of numbers";
  for (size_t i = 0; i + 30 < n_byte && i < 2000; i++) /* Igor's packed experiments and waves have no signature */
    if (memcmp(start + i, "\0IgorVersion", 12) == 0) return "an Igor experiment: save the waves as delimited text";
  return NULL;
}

const char *cuxas_format_structure(const cuxas_text *text)
{
  static const char *const WORDS[] = {"data_", "loop_", "_cell_length_a", "_cell.length_a",
                                      "TITL ", "CELL ", "Lattice=\""};
  for (size_t i = 0; i < text->n_line && i < 200; i++) {
    const char *line = text->line[i] + strspn(text->line[i], " \t");
    for (size_t k = 0; k < sizeof WORDS / sizeof *WORDS; k++)
      if (strncasecmp(line, WORDS[k], strlen(WORDS[k])) == 0) return "a crystal structure, no measured spectrum";
  }
  if (text->n_line > 0 && text->line[0][strspn(text->line[0], " \t")] == '{')
    return "JSON of a kind that is not read: save the columns as text";
  for (size_t i = 1; i < text->n_line && i < 3; i++) /* .cssr: "SPGR =" in its second line */
    if (strstr(text->line[i], "SPGR =") != NULL) return "a crystal structure (.cssr), no measured spectrum";
  return NULL;
}

/* ---- What the readers share ---- */

cuxas_status cuxas_info_new_columns(cuxas_measured_info *info, size_t n_column, size_t n_number, cuxas_error *err)
{
  info->column = cuxas_new(err, n_column, sizeof *info->column);
  if (info->column == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, info->path);
  info->n_column = n_column;
  for (size_t i = 0; i < n_column; i++) {
    info->column[i].n_number  = n_number;
    const cuxas_status status = cuxas_column_set_name(&info->column[i], "", err);
    if (status != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

/* Bytes of the UTF-8 character at the start of a text; 0: none is there. */
static size_t character_length(const unsigned char *text)
{
  const size_t n = text[0] < 0x80                      ? 1
                   : text[0] >= 0xc2 && text[0] < 0xe0 ? 2
                   : text[0] >= 0xe0 && text[0] < 0xf0 ? 3
                   : text[0] >= 0xf0 && text[0] < 0xf5 ? 4
                                                       : 0;
  for (size_t i = 1; i < n; i++)
    if ((text[i] & 0xc0) != 0x80) return 0;
  if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
      (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
    return 0;
  return n;
}

void cuxas_info_put(char *field, size_t size, const char *text)
{
  while (*text == ' ' || *text == '\t') text++;
  size_t n_byte = strlen(text), n_put = 0;
  while (n_byte > 0 && (text[n_byte - 1] == ' ' || text[n_byte - 1] == '\t')) n_byte--;
  bool is_utf8 = true;
  for (size_t i = 0, n; i < n_byte && is_utf8; i += n)
    is_utf8 = (n = character_length((const unsigned char *)text + i)) > 0;
  for (size_t i = 0, n; i < n_byte; i += n) {
    const unsigned char *in = (const unsigned char *)text + i;
    n                       = is_utf8 ? character_length(in) : 1;
    const size_t n_out      = is_utf8 || in[0] < 0x80 ? n : 2;
    if (n_put + n_out >= size) break;
    if (n_out == 1) {
      field[n_put] = (char)(in[0] < ' ' || in[0] == 0x7f ? '?' : in[0]);
    } else if (is_utf8 && !(in[0] == 0xc2 && in[1] < 0xa0)) {
      memcpy(field + n_put, in, n);
    } else if (is_utf8 || in[0] < 0xa0) { /* control signs of the second kind; of Windows, what Latin 1 does not have */
      field[n_put++] = '?';
      continue;
    } else { /* Latin 1 */
      field[n_put]     = (char)(0xc0 | in[0] >> 6);
      field[n_put + 1] = (char)(0x80 | (in[0] & 0x3f));
    }
    n_put += n_out;
  }
  field[n_put] = '\0';
}

/* "1 'first', 2 'second', ..." cut to the buffer */
static void list_entries(const cuxas_scan_entry *entry, size_t n_entry, char *buffer, size_t size)
{
  size_t n_byte = 0;
  buffer[0]     = '\0';
  for (size_t i = 0; i < n_entry; i++) {
    char      one[112];
    const int n = snprintf(one, sizeof one, "%s%s '%.70s'", i > 0 ? ", " : "", entry[i].key, entry[i].label);
    if (n < 0 || n_byte + (size_t)n + 5 > size) {
      memcpy(buffer + n_byte, ", ...", 5 < size - n_byte ? 6 : size - n_byte);
      buffer[size - 1] = '\0';
      return;
    }
    memcpy(buffer + n_byte, one, (size_t)n + 1);
    n_byte += (size_t)n;
  }
}

/* "5.1" means the first scan 5, whose key is "5" */
static bool has_key(const cuxas_scan_entry *entry, const char *wanted)
{
  const size_t n_key = strlen(entry->key);
  return strncmp(entry->key, wanted, n_key) == 0 && (wanted[n_key] == '\0' || strcmp(wanted + n_key, ".1") == 0);
}

cuxas_status cuxas_scan_choose(const char *path, const char *kind, const cuxas_scan_entry *entry, size_t n_entry,
                               const char *opt_wanted, size_t *ret_i_entry, cuxas_error *err)
{
  char   list[600];
  size_t n_found = 0;

  list_entries(entry, n_entry, list, sizeof list);
  if (n_entry == 0) return cuxas_fail(err, CUXAS_EFORMAT, "%s: no %s with data in this file", path, kind);
  if (opt_wanted == NULL) {
    *ret_i_entry = 0;
    if (n_entry == 1) return CUXAS_OK;
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %zu %ss, choose with --scan: %s", path, n_entry, kind, list);
  }
  for (size_t i = 0; i < n_entry; i++)
    if (has_key(&entry[i], opt_wanted)) {
      *ret_i_entry = i;
      return CUXAS_OK;
    }
  for (size_t i = 0; i < n_entry; i++)
    if (strcasecmp(entry[i].label, opt_wanted) == 0) {
      *ret_i_entry = i;
      n_found++;
    }
  if (n_found == 1) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: --scan '%.80s': %s; there are: %s", path, opt_wanted,
                    n_found == 0 ? "no such one" : "several have this label, give the number", list);
}
