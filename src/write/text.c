/* text.c - words, fields and trees: what reports for terminals, spreadsheets and programs are made of
 *
 *   1. a terminal
 *   2. CSV
 *   3. JSON */
#include "write/text.h"

#include "base/json.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1. a terminal */

/* One character, or '?' for a byte of none that may be shown; returns the bytes that it takes in the text. */
static size_t put_character(FILE *out, const char *text)
{
  const size_t n_byte = cuxas_utf8_length(text);
  if (n_byte == 0) {
    putc('?', out);
    return 1;
  }
  fwrite(text, 1, n_byte, out);
  return n_byte;
}

void cuxas_text_put_wrapped(FILE *out, const char *lead, const char *text)
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
    for (size_t i = 0; i < n_char;) i += put_character(out, text + i);
    column += n_char + (at_start ? 0 : 1);
    at_start = 0;
    text += n_char;
  }
  putc('\n', out);
}

/* Characters of a text as they are put. */
static size_t count_characters(const char *text)
{
  size_t n = 0;
  for (size_t n_byte; *text != '\0'; text += n_byte > 0 ? n_byte : 1, n++) n_byte = cuxas_utf8_length(text);
  return n;
}

void cuxas_text_put_cell(FILE *out, const char *text, size_t n_column)
{
  const size_t n_char = count_characters(text);
  const bool   is_cut = n_char > n_column;
  const size_t n_kept = is_cut ? n_column - 1 : n_char;

  for (size_t i = 0; i < n_kept; i++) text += put_character(out, text);
  if (is_cut) putc('~', out);
  fprintf(out, "%*s", (int)(n_column - n_kept - (is_cut ? 1 : 0)), "");
}

/* 2. CSV */

void cuxas_text_put_csv(FILE *out, const char *text)
{
  if (text == NULL || *text == '\0') return;
  const bool is_quoted = strpbrk(text, ",\"\r\n") != NULL;
  if (is_quoted) putc('"', out);
  if (strchr("=+-@\t\r", *text) != NULL) putc('\'', out); /* a spreadsheet would run it */
  for (size_t n_byte; *text != '\0'; text += n_byte > 0 ? n_byte : 1) {
    n_byte = *text == '\n' ? 1 : cuxas_utf8_length(text);
    if (*text == '"') putc('"', out);
    n_byte > 0 ? fwrite(text, 1, n_byte, out) : fwrite(CUXAS_UTF8_REPLACEMENT, 1, strlen(CUXAS_UTF8_REPLACEMENT), out);
  }
  if (is_quoted) putc('"', out);
}

void cuxas_text_put_csv_number(FILE *out, double value)
{
  char text[400];
  if (!isfinite(value)) return;
  const cuxas_locale locale = cuxas_locale_begin();
  size_t             n      = (size_t)snprintf(text, sizeof text, "%.6f", value);
  cuxas_locale_end(locale);
  while (text[n - 1] == '0') n--; /* there is a '.' before them */
  if (text[n - 1] == '.') n--;
  text[n] = '\0';
  fputs(strcmp(text, "-0") == 0 ? "0" : text, out);
}

const char *cuxas_text_file_name(const char *path)
{
  const char *slash = strrchr(path, '/');
  if (strcmp(path, "-") == 0) return "standard input";
  return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* 3. JSON */

double cuxas_json_round(double value)
{
  char         text[400];
  const double scaled = 1e6 * value, whole = round(scaled);
  if (fabs(scaled) < 1e12 &&
      fabs(scaled - whole) < 0.499) /* scaled is off by less than 0.001: it is this whole number */
    return whole / 1e6 + 0.0;
  const cuxas_locale locale = cuxas_locale_begin();
  snprintf(text, sizeof text, "%.6f", value); /* by way of decimal digits: the nearest double to what a reader sees */
  const double rounded = strtod(text, NULL) + 0.0;
  cuxas_locale_end(locale);
  return rounded;
}

static cJSON *put(cuxas_json_builder *builder, cJSON *parent, const char *name, cJSON *node)
{
  cJSON *added    = cuxas_json_add(parent, name, node);
  builder->failed = builder->failed || added == NULL;
  return added;
}

cJSON *cuxas_json_finish(const cuxas_json_builder *builder, cJSON *root)
{
  if (!builder->failed) return root;
  cJSON_Delete(root);
  return NULL;
}

cJSON *cuxas_json_put_object(cuxas_json_builder *builder, cJSON *parent, const char *name)
{
  return put(builder, parent, name, cJSON_CreateObject());
}

cJSON *cuxas_json_put_array(cuxas_json_builder *builder, cJSON *parent, const char *name)
{
  return put(builder, parent, name, cJSON_CreateArray());
}

/* A rounded number as cJSON prints it, which tries and reads back until no digit is lost; false: for cJSON, as it has an exponent. */
static bool print_rounded(double rounded, char ret_text[24])
{
  const double scaled = round(1e6 * fabs(rounded));
  if (!(scaled == 0.0 || scaled >= 100.0) || scaled >= 1e12) return false;
  unsigned long long left = (unsigned long long)scaled;
  char               digit[24];
  size_t             n_decimal = 6, n = 0;
  for (; n_decimal > 0 && left % 10 == 0; n_decimal--) left /= 10;
  for (; left > 0 || n <= n_decimal; left /= 10) {
    if (n == n_decimal && n > 0) digit[n++] = '.';
    digit[n++] = (char)('0' + left % 10);
  }
  if (rounded < 0.0) *ret_text++ = '-';
  while (n > 0) *ret_text++ = digit[--n];
  *ret_text = '\0';
  return true;
}

void cuxas_json_put_number(cuxas_json_builder *builder, cJSON *parent, const char *name, double value)
{
  char         text[24];
  const double rounded = isfinite(value) ? cuxas_json_round(value) : value;
  put(builder, parent, name,
      !isfinite(value)                                      ? cJSON_CreateNull()
      : builder->is_printed && print_rounded(rounded, text) ? cJSON_CreateRaw(text)
                                                            : cJSON_CreateNumber(rounded));
}

void cuxas_json_put_count(cuxas_json_builder *builder, cJSON *parent, const char *name, size_t value)
{
  put(builder, parent, name, cJSON_CreateNumber((double)value));
}

void cuxas_json_put_text(cuxas_json_builder *builder, cJSON *parent, const char *name, const char *text)
{
  char *clean = text != NULL ? cuxas_utf8_clean(text) : NULL;
  put(builder, parent, name, text == NULL ? cJSON_CreateNull() : clean != NULL ? cJSON_CreateString(clean) : NULL);
  free(clean);
}

void cuxas_json_put_bool(cuxas_json_builder *builder, cJSON *parent, const char *name, bool value)
{
  put(builder, parent, name, cJSON_CreateBool(value));
}

void cuxas_json_put_copy(cuxas_json_builder *builder, cJSON *parent, const char *name, const cJSON *node)
{
  put(builder, parent, name, node != NULL ? cJSON_Duplicate(node, true) : cJSON_CreateNull());
}

void cuxas_json_put_numbers(cuxas_json_builder *builder, cJSON *parent, const char *name, const double *value,
                            size_t n_value)
{
  if (value == NULL) {
    put(builder, parent, name, cJSON_CreateNull());
    return;
  }
  cJSON *array = cuxas_json_put_array(builder, parent, name);
  for (size_t i = 0; i < n_value; i++) cuxas_json_put_number(builder, array, NULL, value[i]);
}

void cuxas_json_put_energies(cuxas_json_builder *builder, cJSON *parent, const char *name, cuxas_grid grid)
{
  cJSON *array = cuxas_json_put_array(builder, parent, name);
  for (size_t i = 0; i < grid.n_energy; i++) cuxas_json_put_number(builder, array, NULL, cuxas_grid_energy_eV(grid, i));
}

void cuxas_json_put_tool(cuxas_json_builder *builder, cJSON *parent, const char *program)
{
  cJSON *tool = cuxas_json_put_object(builder, parent, "tool");
  cuxas_json_put_text(builder, tool, "name", program);
  cuxas_json_put_text(builder, tool, "version", CUXAS_VERSION);
}

void cuxas_json_put_model(cuxas_json_builder *builder, cJSON *parent, const cuxas_model *model)
{
  cJSON *object = cuxas_json_put_object(builder, parent, "model");
  cuxas_json_put_text(builder, object, "name", model->name);
  cuxas_json_put_text(builder, object, "sha256", model->sha256);
  cuxas_json_put_text(builder, object, "element", model->element);
  cJSON *edges = cuxas_json_put_array(builder, object, "edges");
  for (size_t i = 0; i < model->n_edge; i++) cuxas_json_put_text(builder, edges, NULL, model->edge[i].name);
  cuxas_json_put_count(builder, object, "n_training", model->n_training);
}
