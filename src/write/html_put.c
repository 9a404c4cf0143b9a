#include "write/html_put.h"

#include "base/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void html_put_text(FILE *out, const char *text)
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

void html_put_number(FILE *out, double value, int n_decimal, int has_sign)
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

void markdown_put_text(FILE *out, const char *text)
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

static void put_word(FILE *out, const char *word, void put(FILE *out, const char *text))
{
  static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=+@%";
  if (*word != '\0' && word[strspn(word, PLAIN)] == '\0') {
    put(out, word);
    return;
  }
  char *quoted = malloc(4 * strlen(word) + 3), *to = quoted;
  if (quoted == NULL) return;
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
}

void shell_put_command(FILE *out, const cJSON *words, void put(FILE *out, const char *text))
{
  const cJSON *word;
  bool         is_first = true;
  cJSON_ArrayForEach(word, words)
  {
    if (!is_first) putc(' ', out);
    is_first = false;
    if (cJSON_IsString(word)) put_word(out, word->valuestring, put);
  }
}

void html_put_settings(FILE *out, const cJSON *settings)
{
  const cJSON *setting;
  bool         is_first = true;
  cJSON_ArrayForEach(setting, settings)
  {
    if (cJSON_IsNull(setting)) continue; /* unset */
    char *value = cJSON_PrintUnformatted(setting);
    fputs(is_first ? "" : ", ", out);
    is_first = false;
    html_put_text(out, setting->string);
    putc(' ', out);
    html_put_text(out, value != NULL ? value : "?");
    cJSON_free(value);
  }
}
