/* Contents: 1. reading a report back  2. what differs between two reports */
#include "cuxas/report.h"
#include "cuxas/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
  size_t       n_byte = 0, n_read;
  FILE        *in     = fopen(path, "rb");

  if (in == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));
  do {
    if (n_byte > CUXAS_TEXT_MAX_BYTES) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: too large for a report", path);
      break;
    }
    const size_t n_more = 65536;
    char        *grown  = realloc(text, n_byte + n_more + 1);
    if (grown == NULL) {
      status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
      break;
    }
    text   = grown;
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

  if (strcmp(text_of(report, "schema"), CUXAS_REPORT_SCHEMA) != 0)
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

static bool is_same(const cJSON *a, const cJSON *b)
{
  char      *text_a  = a != NULL ? cJSON_PrintUnformatted(a) : NULL;
  char      *text_b  = b != NULL ? cJSON_PrintUnformatted(b) : NULL;
  const bool is_same = text_a != NULL && text_b != NULL && strcmp(text_a, text_b) == 0;
  free(text_a);
  free(text_b);
  return is_same;
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

static const cJSON *find_path(const cJSON *array, const char *path)
{
  const cJSON *item;
  cJSON_ArrayForEach(item, array)
  {
    if (strcmp(text_of(item, "path"), path) == 0) return item;
  }
  return NULL;
}

/* Members of "candidates" or "skipped" that are gone or new. */
static size_t tell_absent(const char *sense, const char *list, const cJSON *from, const cJSON *in, FILE *out)
{
  size_t       n_difference = 0;
  const cJSON *item;
  cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(from, list))
  {
    const char *path = text_of(item, "path");
    if (find_path(cJSON_GetObjectItemCaseSensitive(in, list), path) != NULL) continue;
    fprintf(out, "%s among the %s: %s\n", sense, list, path);
    n_difference++;
  }
  return n_difference;
}

static size_t tell_candidates(const cJSON *before, const cJSON *after, FILE *out)
{
  const cJSON *candidates   = cJSON_GetObjectItemCaseSensitive(after, "candidates");
  size_t       n_difference = 0;
  const cJSON *old;

  cJSON_ArrayForEach(old, cJSON_GetObjectItemCaseSensitive(before, "candidates"))
  {
    const cJSON *new = find_path(candidates, text_of(old, "path"));
    if (new == NULL || is_same(old, new)) continue;
    n_difference += tell_file(text_of(old, "path"), old, new, out);
    fprintf(out, "different: %s:", text_of(old, "name"));
    print_members(old, new, out);
    n_difference++;
  }
  return n_difference;
}

size_t cuxas_report_differences(const cJSON *before, const cJSON *after, FILE *out)
{
  static const char *const RESULT[]     = {"measured",          "model",         "candidates", "skipped",
                                           "filtered",          "unconstrained", "standards",  "mixture",
                                           "standards_mixture", "simulated",     "verdict"};
  const cJSON             *old_tool     = cJSON_GetObjectItemCaseSensitive(before, "tool");
  const cJSON             *new_tool     = cJSON_GetObjectItemCaseSensitive(after, "tool");
  const cJSON             *old_measured = cJSON_GetObjectItemCaseSensitive(before, "measured");
  const cJSON             *old_model    = cJSON_GetObjectItemCaseSensitive(before, "model");
  size_t                   n_difference = 0;

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

  for (size_t i = 0; i < sizeof RESULT / sizeof *RESULT; i++)
    if (!is_same(cJSON_GetObjectItemCaseSensitive(before, RESULT[i]),
                 cJSON_GetObjectItemCaseSensitive(after, RESULT[i])) &&
        n_difference == 0) {
      fprintf(out, "different: %s\n", RESULT[i]); /* something finer than the lines above can name */
      n_difference++;
    }
  return n_difference;
}
