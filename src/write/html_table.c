#include "write/html_table.h"

#include "write/html_put.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>

void html_printf(FILE *out, const char *format, ...)
{
  char    text[4096];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  html_put_text(out, text);
}

void html_put_number_cell(FILE *out, double value, int n_decimal, int has_sign)
{
  if (isfinite(value))
    fprintf(out, "<td class=\"number\" data-value=\"%.6f\">", value);
  else
    fputs("<td class=\"number\" data-value=\"none\">", out);
  html_put_number(out, value, n_decimal, has_sign);
  fputs("</td>", out);
}

void html_put_count_cell(FILE *out, size_t value)
{
  fprintf(out, "<td class=\"number\" data-value=\"%zu\">%zu</td>", value, value);
}

void html_put_name_cell(FILE *out, const char *name)
{
  fputs("<td class=\"name\"><bdi>", out);
  html_put_text(out, name);
  fputs("</bdi></td>", out);
}

void html_put_text_cell(FILE *out, const char *text)
{
  fputs("<td><bdi>", out);
  html_put_text(out, text);
  fputs("</bdi></td>", out);
}

void html_begin_table(FILE *out, const char *label, const char *const *heading, size_t n_heading)
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

void html_end_table(FILE *out)
{
  fputs("</tbody>\n</table>\n</div>\n", out);
}

void html_begin_section(FILE *out, const char *id, const char *title)
{
  fprintf(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id, title);
}
