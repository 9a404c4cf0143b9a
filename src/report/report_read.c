/* report_read.c - JSON reports read back and compared, a row of a long list at a time
 *
 * Contents: 1. reading a report back  2. how alike two values are  3. the rows of two reports  4. what differs between them */
#include "base/json.h"
#include "base/memory.h"
#include "report/stored.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1. reading a report back */

struct cuxas_stored_report {
  char             *path;
  cuxas_json_stream in;
  cuxas_json_place  list[CUXAS_N_REPORT_LIST]; /* behind their brackets */
};

static const char *text_of(const cJSON *object, const char *name)
{
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
  return text != NULL ? text : "";
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

/* CUXAS_N_REPORT_LIST: none of the lists. */
static int find_list(const char *name)
{
  int list = 0;
  while (list < CUXAS_N_REPORT_LIST && strcmp(name, cuxas_report_list_name((cuxas_report_list)list)) != 0) list++;
  return list;
}

/* From behind its bracket on; rows that are not kept are looked at all the same. */
static cuxas_status read_list(cuxas_json_stream *in, bool keeps_rows, cJSON *array, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  cJSON       *row    = NULL;
  for (bool is_first = true; (status = cuxas_json_stream_row(in, is_first, &row, err)) == CUXAS_OK && row != NULL;
       is_first      = false)
    if (keeps_rows)
      cuxas_json_add(array, NULL, row);
    else
      cJSON_Delete(row);
  return status;
}

static cuxas_status read_member(cuxas_json_stream *in, bool keeps_rows, cuxas_json_place *list, cJSON *root,
                                cuxas_error *err)
{
  cJSON       *name = NULL, *value = NULL;
  cuxas_status status = CUXAS_OK;
  if (cuxas_json_stream_peek(in) != '"') return cuxas_json_stream_fail(in, "no name of a member", err);
  if ((status = cuxas_json_stream_value(in, &name, err)) != CUXAS_OK) return status;
  if (cuxas_json_stream_peek(in) != ':') {
    status = cuxas_json_stream_fail(in, "no colon behind a member's name", err);
    goto done;
  }
  cuxas_json_stream_pass(in);
  const int  i       = find_list(name->valuestring);
  const bool is_list = cuxas_json_stream_peek(in) == '[' && i < CUXAS_N_REPORT_LIST;
  if (!is_list) {
    status = cuxas_json_stream_value(in, &value, err);
  } else if (list[i].offset > 0) {
    status = cuxas_json_stream_fail(in, "a list for the second time", err);
  } else {
    cuxas_json_stream_pass(in);
    list[i] = cuxas_json_stream_here(in);
    value   = cJSON_CreateArray();
    status  = value != NULL ? read_list(in, keeps_rows, value, err) : cuxas_no_memory(err);
  }
  if (status == CUXAS_OK) {
    cuxas_json_add(root, name->valuestring, value);
    value = NULL;
  }
done:
  cJSON_Delete(name);
  cJSON_Delete(value);
  return status;
}

/* The one object of the file. */
static cuxas_status read_root(cuxas_json_stream *in, bool keeps_rows, cuxas_json_place list[CUXAS_N_REPORT_LIST],
                              cJSON *root, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  if (cuxas_json_stream_peek(in) != '{')
    return ferror(in->in) ? cuxas_json_stream_fail(in, "", err)
                          : cuxas_fail(err, CUXAS_EFORMAT, "%s: no JSON object", in->path);
  cuxas_json_stream_pass(in);
  for (bool is_first = true; status == CUXAS_OK; is_first = false) {
    const int c = cuxas_json_stream_peek(in);
    if (c == '}') break;
    if (!is_first && c != ',') return cuxas_json_stream_fail(in, "no comma between two members", err);
    if (!is_first) cuxas_json_stream_pass(in);
    status = read_member(in, keeps_rows, list, root, err);
  }
  if (status != CUXAS_OK) return status;
  cuxas_json_stream_pass(in);
  return cuxas_json_stream_peek(in) == EOF && !ferror(in->in)
             ? CUXAS_OK
             : cuxas_json_stream_fail(in, "more behind the report's end", err);
}

static cuxas_status read_report(cuxas_json_stream *in, bool keeps_rows, cuxas_json_place list[CUXAS_N_REPORT_LIST],
                                cJSON **ret_report, cuxas_error *err)
{
  cJSON       *root   = cJSON_CreateObject();
  cuxas_status status = root != NULL ? read_root(in, keeps_rows, list, root, err) : cuxas_no_memory(err);
  if (status == CUXAS_OK && !cuxas_json_is_whole(root)) status = cuxas_no_memory(err);
  if (status == CUXAS_OK) status = check_report(root, in->path, err);
  if (status == CUXAS_OK) {
    *ret_report = root;
    root        = NULL;
  }
  cJSON_Delete(root);
  return status;
}

cuxas_status cuxas_report_read(const char *path, cJSON **ret_report, cuxas_error *err)
{
  cuxas_json_stream in;
  cuxas_json_place  list[CUXAS_N_REPORT_LIST] = {{0}};
  cuxas_status      status                    = cuxas_json_stream_open(path, &in, err);
  *ret_report                                 = NULL;
  if (status == CUXAS_OK) status = read_report(&in, true, list, ret_report, err);
  cuxas_json_stream_close(&in);
  return status;
}

cuxas_status cuxas_stored_open(const char *path, cuxas_stored_report **ret_stored, cJSON **ret_frame, cuxas_error *err)
{
  cuxas_stored_report *stored = cuxas_new(err, 1, sizeof *stored);
  cuxas_status         status = CUXAS_ENOMEM;
  *ret_stored                 = NULL;
  *ret_frame                  = NULL;
  if (stored == NULL || (stored->path = cuxas_copy_text(err, path)) == NULL ||
      (status = cuxas_json_stream_open(stored->path, &stored->in, err)) != CUXAS_OK ||
      (status = read_report(&stored->in, false, stored->list, ret_frame, err)) != CUXAS_OK)
    goto done;
  *ret_stored = stored;
  stored      = NULL;
done:
  cuxas_stored_close(stored);
  return status;
}

void cuxas_stored_close(cuxas_stored_report *stored)
{
  if (stored == NULL) return;
  cuxas_json_stream_close(&stored->in);
  free(stored->path);
  free(stored);
}

cuxas_status cuxas_report_share_settings(cJSON **shared, const cJSON *settings, cuxas_error *err)
{
  if (*shared == NULL) return (*shared = cJSON_Duplicate(settings, true)) != NULL ? CUXAS_OK : cuxas_no_memory(err);
  for (cJSON *one = (*shared)->child, *next; one != NULL; one = next) {
    next = one->next;
    if (!cJSON_Compare(one, cJSON_GetObjectItemCaseSensitive(settings, one->string), true))
      cJSON_Delete(cJSON_DetachItemViaPointer(*shared, one));
  }
  return CUXAS_OK;
}

/* 2. how alike two values are */

/* The worse counts. */
typedef enum { IDENTICAL, WITHIN_DIGITS, DIFFERENT } likeness;

static likeness worse(likeness a, likeness b)
{
  return a > b ? a : b;
}

static likeness compare_numbers(double a, double b)
{
  const double difference = fabs(a - b), size = fmax(fabs(a), fabs(b));
  if (a == b) return IDENTICAL;
  if (!isfinite(size)) return DIFFERENT; /* 1e999 is no neighbour of anything */
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
  if (n_behind == 0 || !isfinite(value)) return false;
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

static likeness compare_values(const cJSON *a, const cJSON *b);

/* How members stand says nothing; one that is there twice is none of a report. */
static likeness compare_objects(const cJSON *a, const cJSON *b)
{
  likeness     found = IDENTICAL;
  const cJSON *x = a->child, *y = b->child;
  while (x != NULL && y != NULL && strcmp(x->string, y->string) == 0) x = x->next, y = y->next;
  const bool is_in_order = x == NULL && y == NULL;
  if (cJSON_GetArraySize(a) != cJSON_GetArraySize(b)) return DIFFERENT;
  for (x = a->child, y = b->child; x != NULL && found != DIFFERENT; x = x->next, y = y->next) {
    const cJSON *same = is_in_order ? y : cJSON_GetObjectItemCaseSensitive(b, x->string);
    if (!is_in_order && cJSON_GetObjectItemCaseSensitive(a, x->string) != x) return DIFFERENT;
    found = worse(found, compare_values(x, same));
  }
  return found;
}

static likeness compare_values(const cJSON *a, const cJSON *b)
{
  if (a == NULL || b == NULL || a->type != b->type) return a == b ? IDENTICAL : DIFFERENT;
  if (cJSON_IsNumber(a)) return compare_numbers(a->valuedouble, b->valuedouble);
  if (cJSON_IsString(a)) return compare_texts(a->valuestring, b->valuestring);
  if (cJSON_IsObject(a)) return compare_objects(a, b);
  likeness     found = IDENTICAL;
  const cJSON *x = a->child, *y = b->child;
  for (; x != NULL && y != NULL && found != DIFFERENT; x = x->next, y = y->next)
    found = worse(found, compare_values(x, y));
  return x != NULL || y != NULL ? DIFFERENT : found;
}

static bool is_same(const cJSON *a, const cJSON *b)
{
  return compare_values(a, b) != DIFFERENT;
}

/* What a report of anybody's says, fit for a line of a terminal. */
typedef struct {
  char text[400];
} shown;

enum { NAME_CHAR = 80, PATH_CHAR = 390 };

static shown show(const char *text, size_t n_char)
{
  shown        s = {""};
  const size_t n = strnlen(text, n_char + 1);
  memcpy(s.text, text, n < n_char ? n : n_char);
  cuxas_utf8_tame(s.text); /* takes a character away that was cut */
  if (n > n_char) strcat(s.text, "...");
  return s;
}

/* The first members that differ, "mae 0.1 -> 0.2, ..." */
static void print_members(const cJSON *before, const cJSON *after, FILE *out)
{
  enum { MAX_TOLD = 4 };
  size_t n_told = 0;
  for (const cJSON *old = before->child; old != NULL && n_told < MAX_TOLD; old = old->next) {
    const cJSON *new = cJSON_GetObjectItemCaseSensitive(after, old->string);
    if (is_same(old, new)) continue;
    fprintf(out, "%s %s", n_told++ > 0 ? "," : "", show(old->string, NAME_CHAR).text);
    if (cJSON_IsNumber(old) && cJSON_IsNumber(new)) fprintf(out, " %.15g -> %.15g", old->valuedouble, new->valuedouble);
    if (new == NULL) fputs(" is gone", out);
  }
  for (const cJSON *new = after->child; new != NULL &&n_told < MAX_TOLD; new = new->next)
    if (cJSON_GetObjectItemCaseSensitive(before, new->string) == NULL)
      fprintf(out, "%s %s is new", n_told++ > 0 ? "," : "", new->string);
  fputs(n_told > 0 ? "\n" : " a member is there twice\n", out);
}

/* 3. the rows of two reports */

/* A report: its frame, and where its rows are. */
typedef struct {
  const cJSON         *frame;
  cuxas_stored_report *opt_stored; /* there, */
  const cuxas_report  *opt_report; /* or there; else in the frame */
} side;

/* The rows of the earlier report, one after the other. */
typedef struct {
  cuxas_json_stream *opt_in;
  const cJSON       *next;
  cJSON             *own; /* the last one, if it was read */
  bool               is_first, is_empty;
} row_stream;

static cuxas_status stream_begin(const side *of, cuxas_report_list list, row_stream *ret_stream, cuxas_error *err)
{
  const cJSON *array = cJSON_GetObjectItemCaseSensitive(of->frame, cuxas_report_list_name(list));
  *ret_stream        = (row_stream){.next = cJSON_IsArray(array) ? array->child : NULL, .is_first = true};
  if (of->opt_stored == NULL) return CUXAS_OK;
  ret_stream->opt_in   = &of->opt_stored->in;
  ret_stream->is_empty = of->opt_stored->list[list].offset == 0;
  return ret_stream->is_empty ? CUXAS_OK : cuxas_json_stream_go(ret_stream->opt_in, of->opt_stored->list[list], err);
}

/* NULL: that was all. */
static cuxas_status stream_next(row_stream *s, const cJSON **ret_row, cuxas_error *err)
{
  cJSON_Delete(s->own);
  s->own = NULL;
  if (s->opt_in == NULL) {
    *ret_row = s->next;
    if (s->next != NULL) s->next = s->next->next;
    return CUXAS_OK;
  }
  const cuxas_status status = s->is_empty ? CUXAS_OK : cuxas_json_stream_row(s->opt_in, s->is_first, &s->own, err);
  s->is_first               = false;
  s->is_empty               = s->is_empty || s->own == NULL;
  *ret_row                  = s->own;
  return status;
}

static void stream_end(row_stream *s)
{
  cJSON_Delete(s->own);
}

/* The rows of the later report, in any order. */
typedef struct {
  const side       *of;
  cuxas_report_list list;
  size_t            n;
  const cJSON     **item;    /* (n) of the frame; NULL: they are made */
  cJSON            *own;     /* the one made last */
  cuxas_placed     *by_path; /* (n); NULL: not asked for */
} row_table;

static cuxas_status table_begin(const side *of, cuxas_report_list list, row_table *ret_table, cuxas_error *err)
{
  const cJSON *array = cJSON_GetObjectItemCaseSensitive(of->frame, cuxas_report_list_name(list)), *item;
  *ret_table         = (row_table){.of = of, .list = list};
  if (of->opt_report != NULL) {
    ret_table->n = cuxas_report_n_row(of->opt_report, list);
    return CUXAS_OK;
  }
  const size_t n  = cJSON_IsArray(array) ? (size_t)cJSON_GetArraySize(array) : 0;
  ret_table->item = cuxas_new(err, n, sizeof *ret_table->item);
  if (ret_table->item == NULL) return CUXAS_ENOMEM;
  if (n > 0) cJSON_ArrayForEach(item, array) ret_table->item[ret_table->n++] = item;
  return CUXAS_OK;
}

static void table_end(row_table *t)
{
  free(t->item);
  free(t->by_path);
  cJSON_Delete(t->own);
}

static const char *table_path(const row_table *t, size_t i)
{
  return t->item != NULL ? text_of(t->item[i], "path") : cuxas_report_row_path(t->of->opt_report, t->list, i);
}

/* Valid until the next one; NULL: no memory. */
static const cJSON *table_row(row_table *t, size_t i)
{
  if (t->item != NULL) return t->item[i];
  cJSON_Delete(t->own);
  return t->own = cuxas_report_row(t->of->opt_report, t->list, i);
}

static cuxas_status table_sort(row_table *t, cuxas_error *err)
{
  if ((t->by_path = cuxas_new(err, t->n, sizeof *t->by_path)) == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < t->n; i++) t->by_path[i] = (cuxas_placed){table_path(t, i), i};
  cuxas_placed_sort(t->by_path, t->n);
  return CUXAS_OK;
}

/* Row by row, as they stand. */
static cuxas_status compare_lists(const side *before, const side *after, cuxas_report_list list, likeness *ret_found,
                                  cuxas_error *err)
{
  const char  *name = cuxas_report_list_name(list);
  const cJSON *a    = cJSON_GetObjectItemCaseSensitive(before->frame, name);
  const cJSON *b = cJSON_GetObjectItemCaseSensitive(after->frame, name), *old = NULL;
  row_stream   from = {0};
  row_table    to   = {0};
  size_t       i    = 0;
  cuxas_status status;
  *ret_found = IDENTICAL;
  if (!cJSON_IsArray(a) || !cJSON_IsArray(b)) {
    *ret_found = compare_values(a, b);
    return CUXAS_OK;
  }
  if ((status = stream_begin(before, list, &from, err)) != CUXAS_OK ||
      (status = table_begin(after, list, &to, err)) != CUXAS_OK)
    goto done;
  while (*ret_found != DIFFERENT && (status = stream_next(&from, &old, err)) == CUXAS_OK && old != NULL) {
    if (i == to.n || strcmp(text_of(old, "path"), table_path(&to, i)) != 0) {
      *ret_found = DIFFERENT;
      break;
    }
    const cJSON *new = table_row(&to, i++);
    if (new == NULL) {
      status = cuxas_no_memory(err);
      break;
    }
    *ret_found = worse(*ret_found, compare_values(old, new));
  }
  if (i < to.n) *ret_found = DIFFERENT;
done:
  stream_end(&from);
  table_end(&to);
  return status;
}

/* 4. what differs between them */

static size_t tell_file(const char *what, const cJSON *before, const cJSON *after, FILE *out)
{
  const char *old = text_of(before, "sha256"), *new = text_of(after, "sha256");
  if (strcmp(old, new) == 0) return 0;
  fprintf(out, "changed file: %s (sha256 %.12s -> %.12s)\n", show(what, PATH_CHAR).text, show(old, NAME_CHAR).text,
          new);
  return 1;
}

/* Rows of a list that are gone or new. */
static cuxas_status tell_absent(const side *before, const side *after, cuxas_report_list list, FILE *out, size_t *io_n,
                                cuxas_error *err)
{
  const char  *name     = cuxas_report_list_name(list);
  row_stream   from     = {0};
  row_table    to       = {0};
  const cJSON *old      = NULL;
  bool        *is_known = NULL; /* (to.n) also to the earlier one */
  cuxas_status status;
  if ((status = stream_begin(before, list, &from, err)) != CUXAS_OK ||
      (status = table_begin(after, list, &to, err)) != CUXAS_OK || (status = table_sort(&to, err)) != CUXAS_OK)
    goto done;
  if ((is_known = cuxas_new(err, to.n, sizeof *is_known)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  while ((status = stream_next(&from, &old, err)) == CUXAS_OK && old != NULL) {
    const char         *path = text_of(old, "path");
    size_t              n;
    const cuxas_placed *row = cuxas_placed_find(to.by_path, to.n, path, &n);
    if (row == NULL) {
      fprintf(out, "no longer among the %s: %s\n", name, show(path, PATH_CHAR).text);
      (*io_n)++;
    }
    for (size_t k = 0; k < n; k++) is_known[row[k].place] = true;
  }
  for (size_t i = 0; i < to.n && status == CUXAS_OK; i++) { /* in the order of the report */
    if (is_known[i]) continue;
    fprintf(out, "new among the %s: %s\n", name, show(table_path(&to, i), PATH_CHAR).text);
    (*io_n)++;
  }
done:
  free(is_known);
  stream_end(&from);
  table_end(&to);
  return status;
}

static cuxas_status tell_candidates(const side *before, const side *after, FILE *out, size_t *io_n, cuxas_error *err)
{
  row_stream   from = {0};
  row_table    to   = {0};
  const cJSON *old  = NULL;
  cuxas_status status;
  if ((status = stream_begin(before, CUXAS_LIST_CANDIDATES, &from, err)) != CUXAS_OK ||
      (status = table_begin(after, CUXAS_LIST_CANDIDATES, &to, err)) != CUXAS_OK ||
      (status = table_sort(&to, err)) != CUXAS_OK)
    goto done;
  while ((status = stream_next(&from, &old, err)) == CUXAS_OK && old != NULL) {
    const cuxas_placed *row = cuxas_placed_find(to.by_path, to.n, text_of(old, "path"), NULL);
    const cJSON *new        = row != NULL ? table_row(&to, row->place) : NULL;
    if (row != NULL && new == NULL) {
      status = cuxas_no_memory(err);
      break;
    }
    if (new == NULL || is_same(old, new)) continue;
    *io_n += tell_file(text_of(old, "path"), old, new, out);
    fprintf(out, "different: %s:", show(text_of(old, "name"), NAME_CHAR).text);
    print_members(old, new, out);
    (*io_n)++;
  }
done:
  stream_end(&from);
  table_end(&to);
  return status;
}

/* cuxas-report/1 had no answer and no picture, and was written before version 0.2.0. A later report that is called so may have lost
 * them. */
static bool is_former(const cJSON *report)
{
  const char *version = text_of(cJSON_GetObjectItemCaseSensitive(report, "tool"), "version");
  return strcmp(text_of(report, "schema"), CUXAS_REPORT_SCHEMA_BEFORE) == 0 && !cJSON_HasObjectItem(report, "answer") &&
         !cJSON_HasObjectItem(report, "picture") && (version[0] == '\0' || strncmp(version, "0.1.", 4) == 0);
}

bool cuxas_report_version_note(const cJSON *report, const char *version, char ret_note[CUXAS_VERSION_NOTE_SIZE])
{
  const char *made_by = text_of(cJSON_GetObjectItemCaseSensitive(report, "tool"), "version");
  snprintf(ret_note, CUXAS_VERSION_NOTE_SIZE, "note: the report was made by version %s, this is %.80s",
           show(made_by, NAME_CHAR).text, version);
  return strcmp(made_by, version) != 0;
}

static cuxas_status find_differences(const side *before, const side *after, size_t *ret_n, bool *ret_is_exact,
                                     FILE *out, cuxas_error *err)
{
  enum { N_FORMER = 11 };
  static const char *const RESULT[]     = {"measured",      "model",     "candidates", "skipped",           "filtered",
                                           "unconstrained", "standards", "mixture",    "standards_mixture", "simulated",
                                           "verdict",       "answer",    "picture"};
  const cJSON             *new_tool     = cJSON_GetObjectItemCaseSensitive(after->frame, "tool");
  const cJSON             *old_measured = cJSON_GetObjectItemCaseSensitive(before->frame, "measured");
  const cJSON             *old_model    = cJSON_GetObjectItemCaseSensitive(before->frame, "model");
  const bool               lacks_answer = is_former(before->frame);
  likeness                 found        = IDENTICAL, by_list[CUXAS_N_REPORT_LIST];
  cuxas_status             status       = CUXAS_OK;
  char                     note[CUXAS_VERSION_NOTE_SIZE];

  for (int list = 0; list < CUXAS_N_REPORT_LIST && status == CUXAS_OK; list++)
    status = compare_lists(before, after, (cuxas_report_list)list, &by_list[list], err);
  if (status != CUXAS_OK) return status;
  if (cuxas_report_version_note(before->frame, text_of(new_tool, "version"), note)) fprintf(out, "%s\n", note);
  if (!lacks_answer && strcmp(text_of(before->frame, "schema"), CUXAS_REPORT_SCHEMA_BEFORE) == 0)
    fputs("note: its schema is " CUXAS_REPORT_SCHEMA_BEFORE ", but it is a report of " CUXAS_REPORT_SCHEMA "\n", out);
  *ret_n = tell_file(text_of(old_measured, "path"), old_measured,
                     cJSON_GetObjectItemCaseSensitive(after->frame, "measured"), out);
  *ret_n += tell_file("the model", old_model, cJSON_GetObjectItemCaseSensitive(after->frame, "model"), out);
  for (int list = CUXAS_LIST_CANDIDATES; list <= CUXAS_LIST_SKIPPED && status == CUXAS_OK; list++)
    if (by_list[list] == DIFFERENT) status = tell_absent(before, after, (cuxas_report_list)list, out, ret_n, err);
  if (status == CUXAS_OK && by_list[CUXAS_LIST_CANDIDATES] == DIFFERENT)
    status = tell_candidates(before, after, out, ret_n, err);

  for (size_t i = 0; i < sizeof RESULT / sizeof *RESULT && status == CUXAS_OK; i++) {
    const cJSON *old = cJSON_GetObjectItemCaseSensitive(before->frame, RESULT[i]);
    if (lacks_answer && i >= N_FORMER) continue;
    const int      list = find_list(RESULT[i]);
    const likeness one  = list < CUXAS_N_REPORT_LIST
                              ? by_list[list]
                              : compare_values(old, cJSON_GetObjectItemCaseSensitive(after->frame, RESULT[i]));
    found               = worse(found, one);
    if (one != DIFFERENT || *ret_n > 0) continue;
    fprintf(out, "different: %s\n", RESULT[i]); /* something finer than the lines above can name */
    (*ret_n)++;
  }
  *ret_is_exact = found == IDENTICAL;
  return status;
}

size_t cuxas_report_differences(const cJSON *before, const cJSON *after, bool *ret_is_exact, FILE *out)
{
  size_t n      = 0;
  *ret_is_exact = false;
  if (find_differences(&(side){before, NULL, NULL}, &(side){after, NULL, NULL}, &n, ret_is_exact, out, NULL) ==
      CUXAS_OK)
    return n;
  fputs("no memory to compare all of it\n", out);
  return n + 1;
}

cuxas_status cuxas_stored_differences(cuxas_stored_report *stored, const cJSON *frame, const cuxas_report *after,
                                      size_t *ret_n_difference, bool *ret_is_exact, FILE *out, cuxas_error *err)
{
  cJSON *new          = cuxas_report_frame(after);
  cuxas_status status = new != NULL ? CUXAS_OK : cuxas_no_memory(err);
  *ret_n_difference   = 0;
  *ret_is_exact       = false;
  if (status == CUXAS_OK)
    status = find_differences(&(side){frame, stored, NULL}, &(side){new, NULL, after}, ret_n_difference, ret_is_exact,
                              out, err);
  cJSON_Delete(new);
  return status;
}
