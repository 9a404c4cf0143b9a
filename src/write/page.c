/* page.c - HTML and Markdown: foreign text that stays text, tables, and what every page carries with it
 *
 *   1. text, escaped
 *   2. commands and settings
 *   3. tables and sections
 *   4. the page: style and script, and the policy that admits no other */
#include "write/page.h"
#include "base/memory.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* 1. text, escaped */

void cuxas_html_put_text(FILE *out, const char *text)
{
  while (*text != '\0') {
    const size_t n_byte = cuxas_utf8_length(text);
    switch (*text) {
    case '&': fputs("&amp;", out); break;
    case '<': fputs("&lt;", out); break;
    case '>': fputs("&gt;", out); break;
    case '"': fputs("&quot;", out); break;
    case '\'': fputs("&#39;", out); break;
    default:
      n_byte > 0 ? fwrite(text, 1, n_byte, out)
                 : fwrite(CUXAS_UTF8_REPLACEMENT, 1, strlen(CUXAS_UTF8_REPLACEMENT), out);
    }
    text += n_byte > 0 ? n_byte : 1;
  }
}

void cuxas_html_put_number(FILE *out, double value, int n_decimal, int has_sign)
{
  char digits[64];
  if (!isfinite(value)) {
    fputs("\xE2\x80\x93", out);
    return;
  }
  snprintf(digits, sizeof digits, "%.*f", n_decimal, fabs(value));
  const bool is_zero = strspn(digits, "0.") == strlen(digits);
  fputs(value < 0.0 && !is_zero ? "\xE2\x88\x92" : has_sign ? "+" : "", out);
  fputs(digits, out);
}

void cuxas_markdown_put_text(FILE *out, const char *text)
{
  while (*text != '\0') {
    const size_t n_byte = cuxas_utf8_length(text);
    if (*text == '<')
      fputs("&lt;", out);
    else if (*text == '&')
      fputs("&amp;", out);
    else if (strchr("\\`*_[]#|>~", *text) != NULL)
      fprintf(out, "\\%c", *text);
    else
      n_byte > 0 ? fwrite(text, 1, n_byte, out)
                 : fwrite(CUXAS_UTF8_REPLACEMENT, 1, strlen(CUXAS_UTF8_REPLACEMENT), out);
    text += n_byte > 0 ? n_byte : 1;
  }
}

/* 2. commands and settings */

static cuxas_status put_word(FILE *out, const char *word, void put(FILE *out, const char *text), cuxas_error *err)
{
  static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=+@%";
  if (*word != '\0' && word[strspn(word, PLAIN)] == '\0') {
    put(out, word);
    return CUXAS_OK;
  }
  char *quoted = cuxas_new(err, 4 * strlen(word) + 3, 1), *to = quoted;
  if (quoted == NULL) return CUXAS_ENOMEM;
  *to++ = '\'';
  for (; *word != '\0'; word++) {
    if (*word == '\'') {
      memcpy(to, "'\\''", 4);
      to += 4;
    } else {
      *to++ = *word;
    }
  }
  strcpy(to, "'");
  put(out, quoted);
  free(quoted);
  return CUXAS_OK;
}

cuxas_status cuxas_shell_put_command(FILE *out, const cJSON *words, void put(FILE *out, const char *text),
                                     cuxas_error *err)
{
  const cJSON *word;
  cuxas_status status   = CUXAS_OK;
  bool         is_first = true;
  cJSON_ArrayForEach(word, words)
  {
    if (!is_first) putc(' ', out);
    is_first = false;
    if (status == CUXAS_OK && cJSON_IsString(word)) status = put_word(out, word->valuestring, put, err);
  }
  return status;
}

cuxas_status cuxas_put_settings(FILE *out, const cJSON *settings, void put(FILE *out, const char *text),
                                cuxas_error *err)
{
  const cJSON *setting;
  bool         is_first = true;
  cJSON_ArrayForEach(setting, settings)
  {
    if (cJSON_IsNull(setting)) continue; /* unset */
    char              *value;
    const cuxas_status status = cuxas_json_print(setting, false, &value, err);
    if (status != CUXAS_OK) return status;
    fputs(is_first ? "" : ", ", out);
    is_first = false;
    put(out, setting->string);
    putc(' ', out);
    put(out, value);
    free(value);
  }
  return CUXAS_OK;
}

/* 3. tables and sections */

void cuxas_html_printf(FILE *out, const char *format, ...)
{
  char    text[4096];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  cuxas_html_put_text(out, text);
}

void cuxas_html_put_number_cell(FILE *out, double value, int n_decimal, int has_sign)
{
  if (isfinite(value))
    fprintf(out, "<td class=\"number\" data-value=\"%.6f\">", value);
  else
    fputs("<td class=\"number\" data-value=\"none\">", out);
  cuxas_html_put_number(out, value, n_decimal, has_sign);
  fputs("</td>", out);
}

void cuxas_html_put_count_cell(FILE *out, size_t value)
{
  fprintf(out, "<td class=\"number\" data-value=\"%zu\">%zu</td>", value, value);
}

void cuxas_html_put_name_cell(FILE *out, const char *name)
{
  fputs("<td class=\"name\"><bdi>", out);
  cuxas_html_put_text(out, name);
  fputs("</bdi></td>", out);
}

void cuxas_html_put_text_cell(FILE *out, const char *text)
{
  fputs("<td><bdi>", out);
  cuxas_html_put_text(out, text);
  fputs("</bdi></td>", out);
}

void cuxas_html_begin_table(FILE *out, const char *label, const char *const *heading, size_t n_heading)
{
  fprintf(out,
          "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n<table "
          "class=\"sortable\">\n<thead><tr>",
          label);
  for (size_t i = 0; i < n_heading; i++) {
    const bool is_number = heading[i][0] == '#';
    fprintf(out, "<th%s scope=\"col\">%s</th>", is_number ? " class=\"number\"" : "", heading[i] + is_number);
  }
  fputs("</tr></thead>\n<tbody>\n", out);
}

void cuxas_html_end_table(FILE *out)
{
  fputs("</tbody>\n</table>\n</div>\n", out);
}

void cuxas_html_begin_section(FILE *out, const char *id, const char *title)
{
  fprintf(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id, title);
}

/* 4. the page */

/* Written by make from page.css and page.js, one string literal a line. */
static const char STYLE[] =
#include "write/page.css.inc"
    ;
static const char SCRIPT[] =
#include "write/page.js.inc"
    ;

/* Base64 (RFC 4648) of bytes given in hexadecimal. */
static void put_base64(FILE *out, const char *hex)
{
  static const char DIGIT[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size_t      n_byte  = strlen(hex) / 2;
  for (size_t i = 0; i < n_byte; i += 3) {
    unsigned long three = 0;
    for (size_t k = 0; k < 3; k++) {
      const char pair[3] = {i + k < n_byte ? hex[2 * (i + k)] : '0', i + k < n_byte ? hex[2 * (i + k) + 1] : '0', '\0'};
      three              = three << 8 | strtoul(pair, NULL, 16);
    }
    for (size_t k = 0; k < 4; k++) putc(i + k <= n_byte ? DIGIT[three >> (18 - 6 * k) & 63] : '=', out);
  }
}

void cuxas_page_begin(FILE *out, const char *title)
{
  char sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_hash_memory(SCRIPT, strlen(SCRIPT), sha256);
  fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "script-src 'sha256-",
        out);
  put_base64(out, sha256);
  fputs("'; base-uri 'none'; form-action 'none'\">\n<title>", out);
  cuxas_html_put_text(out, title);
  fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", STYLE);
}

void cuxas_page_end(FILE *out)
{
  fprintf(out, "<script>%s</script>\n</body>\n</html>\n", SCRIPT);
}
