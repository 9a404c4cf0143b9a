/* report_read.c - JSON reports read back and compared
 *
 * Contents: 1. reading a report back  2. what differs between two reports */
#include "base/json.h"
#include "base/memory.h"
#include "cuxas/report.h"
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* 1. reading a report back */

static const char *text_of(const cJSON *object, const char *name)
{
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
  return text != NULL ? text : "";
}

static cuxas_status read_whole(const char *path, char **ret_text, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  char        *text   = NULL;
  size_t       n_byte = 0, n_room = 0, n_read;
  FILE        *in = fopen(path, "rb");

  if (in == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));
  struct stat about; /* a report of a million candidates is as large as it is; a device or pipe may have no end */
  const bool  is_file = fstat(fileno(in), &about) == 0 && S_ISREG(about.st_mode);
  do {
    const size_t n_more = 65536;
    if (n_byte > CUXAS_TEXT_MAX_BYTES && !is_file) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: too large for a report that is no regular file", path);
      break;
    }
    if (n_byte + n_more >= n_room) {
      n_room      = 2 * (n_byte + n_more);
      char *grown = cuxas_grow(err, text, n_room, 1);
      if (grown == NULL) {
        status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
        break;
      }
      text = grown;
    }
    n_read = fread(text + n_byte, 1, n_more, in);
    n_byte += n_read;
    text[n_byte] = '\0';
  } while (n_read > 0);
  if (status == CUXAS_OK && ferror(in)) status = cuxas_fail(err, CUXAS_EIO, "%s: cannot read", path);
  fclose(in);
  if (status == CUXAS_OK)
    *ret_text = text;
  else
    free(text);
  return status;
}

static cuxas_status check_report(const cJSON *report, const char *path, cuxas_error *err)
{
  static const struct {
    const char *name;
    bool        is_array;
  } MEMBER[] = {{"measured", false}, {"model", false},     {"settings", false},
                {"command", true},   {"candidates", true}, {"skipped", true}};

  const char *schema = text_of(report, "schema");
  if (strcmp(schema, CUXAS_REPORT_SCHEMA) != 0 && strcmp(schema, CUXAS_REPORT_SCHEMA_BEFORE) != 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: no report of schema %s", path, CUXAS_REPORT_SCHEMA);
  for (size_t i = 0; i < sizeof MEMBER / sizeof *MEMBER; i++) {
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(report, MEMBER[i].name);
    if (MEMBER[i].is_array ? !cJSON_IsArray(node) : !cJSON_IsObject(node))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: member \"%s\" is missing or of the wrong kind", path, MEMBER[i].name);
  }
  return CUXAS_OK;
}

cuxas_status cuxas_report_read(const char *path, cJSON **ret_report, cuxas_error *err)
{
  char        *text = NULL;
  cuxas_status status;

  *ret_report = NULL;
  if ((status = read_whole(path, &text, err)) != CUXAS_OK) return status;
  cJSON *report = cJSON_Parse(text);
  free(text);
  if (report == NULL) return cuxas_fail(err, CUXAS_EFORMAT, "%s: no JSON", path);
  if ((status = check_report(report, path, err)) != CUXAS_OK) {
    cJSON_Delete(report);
    return status;
  }
  *ret_report = report;
  return CUXAS_OK;
}

/* 2. what differs between two reports */

/* How alike two values are, the worse counting. */
typedef enum { IDENTICAL, WITHIN_DIGITS, DIFFERENT } likeness;

static likeness worse(likeness a, likeness b)
{
  return a > b ? a : b;
}

static likeness compare_numbers(double a, double b)
{
  const double difference = fabs(a - b), size = fmax(fabs(a), fabs(b));
  if (a == b) return IDENTICAL;
  return difference <= fmax(CUXAS_REPORT_SHARED, CUXAS_REPORT_SHARED * size) ? WITHIN_DIGITS : DIFFERENT;
}

/* Where a number with a decimal point begins; it is read to its end and the size of its last digit told. */
static bool read_decimal(const char **text, double *ret_value, double *ret_digit)
{
  const char *in    = *text + (**text == '-' || **text == '+');
  double      value = 0.0, digit = 1.0;
  size_t      n_before = 0, n_behind = 0;
  for (; *in >= '0' && *in <= '9'; in++, n_before++) value = 10.0 * value + (*in - '0');
  if (n_before == 0 || *in != '.') return false;
  for (in++; *in >= '0' && *in <= '9'; in++, n_behind++) {
    digit *= 0.1;
    value += digit * (*in - '0');
  }
  if (n_behind == 0) return false;
  *ret_value = **text == '-' ? -value : value;
  *ret_digit = digit;
  *text      = in;
  return true;
}

/* Sentences: the same words, and decimals that differ by their last digit at most, where rounding has decided it. What has no
 * space is a name, a path or a checksum. */
static likeness compare_texts(const char *a, const char *b)
{
  likeness found = IDENTICAL;
  if (strchr(a, ' ') == NULL) return strcmp(a, b) == 0 ? IDENTICAL : DIFFERENT;
  while (*a != '\0' || *b != '\0') {
    const char *end_a = a, *end_b = b;
    double      x, y, digit_x, digit_y;
    if (read_decimal(&end_a, &x, &digit_x) && read_decimal(&end_b, &y, &digit_y)) {
      if (digit_x != digit_y || fabs(x - y) > 1.5 * fmax(digit_x, CUXAS_REPORT_SHARED * fabs(x))) return DIFFERENT;
      if (x != y) found = WITHIN_DIGITS;
      a = end_a;
      b = end_b;
    } else if (*a++ != *b++) {
      return DIFFERENT;
    }
  }
  return found;
}

static likeness compare_values(const cJSON *a, const cJSON *b)
{
  if (a == NULL || b == NULL || a->type != b->type) return a == b ? IDENTICAL : DIFFERENT;
  if (cJSON_IsNumber(a)) return compare_numbers(a->valuedouble, b->valuedouble);
  if (cJSON_IsString(a)) return compare_texts(a->valuestring, b->valuestring);
  likeness     found = IDENTICAL;
  const cJSON *x = a->child, *y = b->child;
  for (; x != NULL && y != NULL && found != DIFFERENT; x = x->next, y = y->next)
    found = x->string != NULL && strcmp(x->string, y->string) != 0 ? DIFFERENT : worse(found, compare_values(x, y));
  return x != NULL || y != NULL ? DIFFERENT : found;
}

static bool is_same(const cJSON *a, const cJSON *b)
{
  return compare_values(a, b) != DIFFERENT;
}

/* The first members that differ, "mae 0.1 -> 0.2, ..." */
static void print_members(const cJSON *before, const cJSON *after, FILE *out)
{
  enum { MAX_TOLD = 4 };
  size_t n_told = 0;
  for (const cJSON *old = before->child; old != NULL && n_told < MAX_TOLD; old = old->next) {
    const cJSON *new = cJSON_GetObjectItemCaseSensitive(after, old->string);
    if (is_same(old, new)) continue;
    if (cJSON_IsNumber(old) && cJSON_IsNumber(new))
      fprintf(out, "%s %s %.15g -> %.15g", n_told++ > 0 ? "," : "", old->string, old->valuedouble, new->valuedouble);
    else
      fprintf(out, "%s %s", n_told++ > 0 ? "," : "", old->string);
  }
  putc('\n', out);
}

static size_t tell_file(const char *what, const cJSON *before, const cJSON *after, FILE *out)
{
  const char *old = text_of(before, "sha256"), *new = text_of(after, "sha256");
  if (strcmp(old, new) == 0) return 0;
  fprintf(out, "changed file: %s (sha256 %.12s -> %.12s)\n", what, old, new);
  return 1;
}

/* Members of "candidates" or "skipped" that are gone or new. */
static size_t tell_absent(const char *sense, const char *list, const cJSON *from, const cJSON *in, FILE *out)
{
  cuxas_json_index index        = cuxas_json_index_make(cJSON_GetObjectItemCaseSensitive(in, list), "path");
  size_t           n_difference = 0;
  const cJSON     *item;
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(from, list))
  {
    const char *path = text_of(item, "path");
    if (cuxas_json_index_find(&index, path) != NULL) continue;
    fprintf(out, "%s among the %s: %s\n", sense, list, path);
    n_difference++;
  }
  cuxas_json_index_clear(&index);
  return n_difference;
}

static size_t tell_candidates(const cJSON *before, const cJSON *after, FILE *out)
{
  cuxas_json_index index        = cuxas_json_index_make(cJSON_GetObjectItemCaseSensitive(after, "candidates"), "path");
  size_t           n_difference = 0;
  const cJSON     *old;

  cJSON_ArrayForEach(old, cJSON_GetObjectItemCaseSensitive(before, "candidates"))
  {
    const cJSON *new = cuxas_json_index_find(&index, text_of(old, "path"));
    if (new == NULL || is_same(old, new)) continue;
    n_difference += tell_file(text_of(old, "path"), old, new, out);
    fprintf(out, "different: %s:", text_of(old, "name"));
    print_members(old, new, out);
    n_difference++;
  }
  cuxas_json_index_clear(&index);
  return n_difference;
}

size_t cuxas_report_differences(const cJSON *before, const cJSON *after, bool *ret_is_exact, FILE *out)
{
  static const char *const RESULT[]     = {"measured",          "model",         "candidates", "skipped",
                                           "filtered",          "unconstrained", "standards",  "mixture",
                                           "standards_mixture", "simulated",     "verdict",    "answer"};
  const cJSON             *old_tool     = cJSON_GetObjectItemCaseSensitive(before, "tool");
  const cJSON             *new_tool     = cJSON_GetObjectItemCaseSensitive(after, "tool");
  const cJSON             *old_measured = cJSON_GetObjectItemCaseSensitive(before, "measured");
  const cJSON             *old_model    = cJSON_GetObjectItemCaseSensitive(before, "model");
  size_t                   n_difference = 0;
  likeness                 found        = IDENTICAL;

  if (strcmp(text_of(old_tool, "version"), text_of(new_tool, "version")) != 0)
    fprintf(out, "note: the report was made by version %s, this is %s\n", text_of(old_tool, "version"),
            text_of(new_tool, "version"));
  n_difference +=
      tell_file(text_of(old_measured, "path"), old_measured, cJSON_GetObjectItemCaseSensitive(after, "measured"), out);
  n_difference += tell_file("the model", old_model, cJSON_GetObjectItemCaseSensitive(after, "model"), out);
  n_difference += tell_absent("no longer", "candidates", before, after, out);
  n_difference += tell_absent("new", "candidates", after, before, out);
  n_difference += tell_absent("no longer", "skipped", before, after, out);
  n_difference += tell_absent("new", "skipped", after, before, out);
  n_difference += tell_candidates(before, after, out);

  for (size_t i = 0; i < sizeof RESULT / sizeof *RESULT; i++) {
    if (i + 1 == sizeof RESULT / sizeof *RESULT && cJSON_GetObjectItemCaseSensitive(before, RESULT[i]) == NULL)
      continue; /* cuxas-report/1 had no answer */
    const likeness one = compare_values(cJSON_GetObjectItemCaseSensitive(before, RESULT[i]),
                                        cJSON_GetObjectItemCaseSensitive(after, RESULT[i]));
    found              = worse(found, one);
    if (one != DIFFERENT || n_difference > 0) continue;
    fprintf(out, "different: %s\n", RESULT[i]); /* something finer than the lines above can name */
    n_difference++;
  }
  *ret_is_exact = found == IDENTICAL;
  return n_difference;
}
