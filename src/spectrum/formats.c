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

static cuxas_status read_plain(cuxas_text *text, const cuxas_measured_options *options,
                               const cuxas_vocabulary *vocabulary, cuxas_measured_info *info, cuxas_table *ret_table,
                               cuxas_error *err)
{
  (void)options;
  const cuxas_status status = cuxas_table_read(text, ret_table, err);
  return status == CUXAS_OK ? cuxas_header_read(text, ret_table, vocabulary, info, err) : status;
}

const cuxas_text_format CUXAS_FORMAT_PLAIN = {"text", recognises_all, read_plain};

/* ---- Which format ---- */

const cuxas_text_format *cuxas_format_find(const cuxas_text *text)
{
  static const cuxas_text_format *const FORMATS[] = {&CUXAS_FORMAT_XDI, &CUXAS_FORMAT_MSA, &CUXAS_FORMAT_ATHENA,
                                                     &CUXAS_FORMAT_SPEC, &CUXAS_FORMAT_PLAIN};
  size_t                                i         = 0;
  while (!FORMATS[i]->recognises(text)) i++;
  return FORMATS[i];
}

/* ---- What the readers share ---- */

cuxas_status cuxas_info_new_columns(cuxas_measured_info *info, size_t n_column, size_t n_number, cuxas_error *err)
{
  info->column = cuxas_new_array(n_column, sizeof *info->column);
  if (info->column == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for its columns", info->path);
  info->n_column = n_column;
  for (size_t i = 0; i < n_column; i++) {
    info->column[i].n_number  = n_number;
    const cuxas_status status = cuxas_column_set_name(&info->column[i], "", err);
    if (status != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

void cuxas_info_put(char *field, size_t size, const char *text)
{
  while (*text == ' ' || *text == '\t') text++;
  size_t n_byte = strlen(text);
  while (n_byte > 0 && (text[n_byte - 1] == ' ' || text[n_byte - 1] == '\t')) n_byte--;
  if (n_byte >= size) n_byte = size - 1;
  for (size_t i = 0; i < n_byte; i++) field[i] = (unsigned char)text[i] < ' ' ? '?' : text[i];
  field[n_byte] = '\0';
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
