#include "write/text_put.h"

#include <math.h>
#include <string.h>

static int printable(char c)
{
  return (unsigned char)c < ' ' || c == 127 ? '?' : c;
}

void text_put_wrapped(FILE *out, const char *lead, const char *text)
{
  const size_t indent   = strlen(lead);
  size_t       column   = indent;
  int          at_start = 1;

  fputs(lead, out);
  for (;;) {
    text += strspn(text, " ");
    const size_t n_char = strcspn(text, " ");
    if (n_char == 0) break;
    if (!at_start && column + 1 + n_char > TEXT_WIDTH) {
      fprintf(out, "\n%*s", (int)indent, "");
      column   = indent;
      at_start = 1;
    }
    if (!at_start) putc(' ', out);
    for (size_t i = 0; i < n_char; i++) putc(printable(text[i]), out);
    column += n_char + (at_start ? 0 : 1);
    at_start = 0;
    text += n_char;
  }
  putc('\n', out);
}

static int continues_character(char c)
{
  return ((unsigned char)c & 0xC0) == 0x80;
}

void text_put_cell(FILE *out, const char *text, size_t n_column)
{
  size_t n_char = 0;
  for (const char *c = text; *c != '\0'; c++) n_char += !continues_character(*c);
  const int    is_cut = n_char > n_column;
  const size_t n_kept = is_cut ? n_column - 1 : n_char;

  size_t n_put = 0;
  for (const char *c = text; *c != '\0'; c++) {
    if (!continues_character(*c) && n_put++ == n_kept) break;
    putc(printable(*c), out);
  }
  if (is_cut) putc('~', out);
  fprintf(out, "%*s", (int)(n_column - n_kept - (is_cut ? 1 : 0)), "");
}

void text_put_csv(FILE *out, const char *text)
{
  if (text == NULL) return;
  if (strpbrk(text, ",\"\r\n") == NULL) {
    fputs(text, out);
    return;
  }
  putc('"', out);
  for (; *text != '\0'; text++) {
    if (*text == '"') putc('"', out);
    putc(*text, out);
  }
  putc('"', out);
}

void text_put_csv_number(FILE *out, double value)
{
  char text[400];
  if (!isfinite(value)) return;
  size_t n = (size_t)snprintf(text, sizeof text, "%.6f", value);
  while (text[n - 1] == '0') n--; /* there is a '.' before them */
  if (text[n - 1] == '.') n--;
  text[n] = '\0';
  fputs(strcmp(text, "-0") == 0 ? "0" : text, out);
}

const char *text_file_name(const char *path)
{
  const char *slash = strrchr(path, '/');
  if (strcmp(path, "-") == 0) return "standard input";
  return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}
