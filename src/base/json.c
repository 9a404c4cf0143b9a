/* json.c - members read with their checks; trees built, and written as text that is UTF-8 whatever came in */
#include "base/json.h"

#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* get() - the member, or NULL with the message set */
static const cJSON *get(const cJSON *object, const char *key, const char *where, cuxas_error *err)
{
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
  if (value == NULL) cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is missing", where, key);
  return value;
}

int cuxas_json_has(const cJSON *object, const char *key)
{
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
  return value != NULL && !cJSON_IsNull(value);
}

cuxas_status cuxas_json_object(const cJSON *object, const char *key, const cJSON **ret_value, const char *where,
                               cuxas_error *err)
{
  const cJSON *value = get(object, key, where, err);
  if (value == NULL) return CUXAS_EFORMAT;
  if (!cJSON_IsObject(value)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not an object", where, key);
  *ret_value = value;
  return CUXAS_OK;
}

cuxas_status cuxas_json_array(const cJSON *object, const char *key, const cJSON **ret_value, const char *where,
                              cuxas_error *err)
{
  const cJSON *value = get(object, key, where, err);
  if (value == NULL) return CUXAS_EFORMAT;
  if (!cJSON_IsArray(value)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not an array", where, key);
  *ret_value = value;
  return CUXAS_OK;
}

cuxas_status cuxas_json_string(const cJSON *object, const char *key, const char **ret_value, const char *where,
                               cuxas_error *err)
{
  const cJSON *value = get(object, key, where, err);
  if (value == NULL) return CUXAS_EFORMAT;
  if (!cJSON_IsString(value)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not a text", where, key);
  *ret_value = value->valuestring;
  return CUXAS_OK;
}

cuxas_status cuxas_json_number(const cJSON *object, const char *key, double low, double high, double *ret_value,
                               const char *where, cuxas_error *err)
{
  const cJSON *value = get(object, key, where, err);
  if (value == NULL) return CUXAS_EFORMAT;
  if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble) || value->valuedouble < low || value->valuedouble > high)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not a number from %g to %g", where, key, low, high);
  *ret_value = value->valuedouble;
  return CUXAS_OK;
}

int cuxas_json_is_count(const cJSON *value, size_t low, size_t high, size_t *opt_value)
{
  if (!cJSON_IsNumber(value)) return 0;
  const double number = value->valuedouble;
  if (!(number >= (double)low && number <= (double)high && number <= 0x1p53) || number != floor(number)) return 0;
  if (opt_value != NULL) *opt_value = (size_t)number;
  return 1;
}

cuxas_status cuxas_json_count(const cJSON *object, const char *key, size_t low, size_t high, size_t *ret_value,
                              const char *where, cuxas_error *err)
{
  const cJSON *value = get(object, key, where, err);
  if (value == NULL) return CUXAS_EFORMAT;
  if (!cuxas_json_is_count(value, low, high, ret_value))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not a whole number from %zu to %zu", where, key, low, high);
  return CUXAS_OK;
}

/* How many values come before a node, the node's own ancestors included; is_found: it was met. */
static size_t count_before(const cJSON *value, const cJSON *node, bool *is_found)
{
  size_t n = 0;
  for (; value != NULL && !*is_found; value = value->next) {
    *is_found = value == node;
    if (*is_found) break;
    n++;
    if (value->child != NULL) n += count_before(value->child, node, is_found);
  }
  return n;
}

/* A bit of cJSON's type that cJSON does not use, and copies: an item that should be here could not be made. */
enum { MISSES_AN_ITEM = 1 << 20 };

cJSON *cuxas_json_add(cJSON *opt_parent, const char *opt_name, cJSON *opt_item)
{
  if (opt_parent != NULL && opt_item != NULL &&
      (opt_name != NULL ? cJSON_AddItemToObject(opt_parent, opt_name, opt_item)
                        : cJSON_AddItemToArray(opt_parent, opt_item)))
    return opt_item;
  if (opt_parent != NULL) opt_parent->type |= MISSES_AN_ITEM;
  cJSON_Delete(opt_item);
  return NULL;
}

bool cuxas_json_is_whole(const cJSON *opt_root)
{
  if (opt_root == NULL || (opt_root->type & MISSES_AN_ITEM) != 0) return false;
  for (const cJSON *child = opt_root->child; child != NULL; child = child->next)
    if (!cuxas_json_is_whole(child)) return false;
  return true;
}

/* Behind the string whose quote opens here. */
static const char *skip_string(const char *at, const char *end)
{
  for (at++; at < end && *at != '"'; at++)
    if (*at == '\\' && at + 1 < end) at++;
  return at < end ? at + 1 : end;
}

static const char BETWEEN[] = " \t\r\n,:]}\xef\xbb\xbf"; /* values, with a byte order mark */

static const char *skip_plain(const char *at, const char *end)
{
  while (at < end && *at != '\0' && strchr(BETWEEN, *at) == NULL) at++;
  return at;
}

const char *cuxas_json_find(const cJSON *root, const cJSON *node, const char *bytes, size_t n_byte)
{
  const char *at = bytes, *end = bytes + n_byte;
  bool        is_found = false;
  size_t      n_left   = count_before(root, node, &is_found);
  while (is_found && at < end) {
    if (*at == '\0' || strchr(BETWEEN, *at) != NULL) {
      at++;
      continue;
    }
    const char *start = at;
    at                = *at == '"' ? skip_string(at, end) : *at == '{' || *at == '[' ? at + 1 : skip_plain(at, end);
    const char *after = at;
    while (after < end && *after != '\0' && strchr(" \t\r\n", *after) != NULL) after++;
    const bool is_key = *start == '"' && after < end && *after == ':';
    if (!is_key && n_left-- == 0) return start;
  }
  return NULL;
}

const char *cuxas_json_end(const char *at, const char *end)
{
  size_t depth = 0;
  do {
    if (at < end && *at == '"') {
      at = skip_string(at, end);
    } else if (at < end && strchr("{}[],: \t\r\n", *at) == NULL) {
      at = skip_plain(at, end);
    } else if (at < end) {
      depth += *at == '{' || *at == '[';
      depth -= *at == '}' || *at == ']';
      at++;
    }
  } while (at < end && depth > 0);
  return at;
}

size_t cuxas_json_line(const cJSON *root, const cJSON *node, const char *bytes, size_t n_byte)
{
  const char *found  = cuxas_json_find(root, node, bytes, n_byte);
  size_t      i_line = 1;
  for (const char *c = bytes; found != NULL && c < found; c++) i_line += *c == '\n';
  return i_line;
}

/* A character of `text` at `from`, 0 ... 3 bytes long, that is one but may not be shown; its length or 0. */
static size_t find_hidden(const char *from, unsigned *ret_code)
{
  const unsigned char *byte = (const unsigned char *)from;
  if (byte[0] == 0x7F) {
    *ret_code = byte[0];
    return 1;
  }
  if (byte[0] == 0xC2 && byte[1] >= 0x80 && byte[1] < 0xA0) {
    *ret_code = byte[1];
    return 2;
  }
  if ((byte[0] & 0xF0) != 0xE0 || (byte[1] & 0xC0) != 0x80 || (byte[2] & 0xC0) != 0x80) return 0;
  *ret_code = (byte[0] & 0x0Fu) << 12 | (byte[1] & 0x3Fu) << 6 | (byte[2] & 0x3Fu);
  return *ret_code >= 0x800 && !(*ret_code >= 0xD800 && *ret_code < 0xE000) ? 3 : 0;
}

/* The text in `ret_clean`, or, when that is NULL, how many bytes it would take. */
static size_t clean_json(const char *text, char *ret_clean)
{
  size_t n = 0;
  while (*text != '\0') {
    char        piece[8];
    unsigned    code;
    size_t      n_byte = *text == '\n' || *text == '\t' ? 1 : cuxas_utf8_length(text), n_put = n_byte;
    const char *from = text;
    if (n_byte == 0) {
      n_byte = find_hidden(text, &code);
      if (n_byte > 0)
        snprintf(piece, sizeof piece, "\\u%04x", code);
      else
        strcpy(piece, CUXAS_UTF8_REPLACEMENT);
      from  = piece;
      n_put = strlen(piece);
      if (n_byte == 0) n_byte = 1;
    }
    if (ret_clean != NULL) memcpy(ret_clean + n, from, n_put);
    n += n_put;
    text += n_byte;
  }
  return n;
}

cuxas_status cuxas_json_print(const cJSON *opt_root, bool is_pretty, char **ret_text, cuxas_error *err)
{
  char *raw = !cuxas_json_is_whole(opt_root) ? NULL
              : is_pretty                    ? cJSON_Print(opt_root)
                                             : cJSON_PrintUnformatted(opt_root);
  *ret_text = NULL;
  if (raw == NULL) return cuxas_no_memory(err);
  char *clean = cuxas_new(err, clean_json(raw, NULL) + 1, 1);
  if (clean != NULL) clean_json(raw, clean);
  cJSON_free(raw);
  *ret_text = clean;
  return clean != NULL ? CUXAS_OK : CUXAS_ENOMEM;
}

cuxas_status cuxas_json_write(const cJSON *opt_root, bool is_pretty, FILE *out, cuxas_error *err)
{
  char              *text;
  const cuxas_status status = cuxas_json_print(opt_root, is_pretty, &text, err);
  if (status == CUXAS_OK) fprintf(out, "%s\n", text);
  free(text);
  return status;
}

cuxas_status cuxas_json_write_tree(const void *root, FILE *out, cuxas_error *err)
{
  return cuxas_json_write(root, true, out, err);
}

/* -- objects by a text -- */

static const char *text_under(const cJSON *object, const char *key)
{
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
  return text != NULL ? text : "";
}

typedef struct {
  const char  *text;
  const cJSON *object;
} texted;

static int by_text(const void *a, const void *b)
{
  return strcmp(((const texted *)a)->text, ((const texted *)b)->text);
}

cuxas_json_index cuxas_json_index_make(const cJSON *array, const char *key)
{
  cuxas_json_index index = {.array = array, .key = key, .n = (size_t)cJSON_GetArraySize(array)};
  texted          *list  = cuxas_new(NULL, index.n, sizeof *list);
  size_t           n     = 0;
  const cJSON     *object;
  index.by_text = cuxas_new(NULL, index.n, sizeof *index.by_text);
  if (list == NULL || index.by_text == NULL) {
    cuxas_json_index_clear(&index);
  } else {
    cJSON_ArrayForEach(object, array) list[n++] = (texted){text_under(object, key), object};
    qsort(list, n, sizeof *list, by_text);
    for (size_t i = 0; i < n; i++) index.by_text[i] = list[i].object;
  }
  free(list);
  return index;
}

const cJSON *cuxas_json_index_find(const cuxas_json_index *index, const char *text)
{
  const cJSON *object;
  size_t       low = 0, high = index->n;
  if (index->by_text == NULL) {
    cJSON_ArrayForEach(object, index->array) if (strcmp(text_under(object, index->key), text) == 0) return object;
    return NULL;
  }
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (strcmp(text_under(index->by_text[middle], index->key), text) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == index->n || strcmp(text_under(index->by_text[low], index->key), text) != 0) return NULL;
  return index->by_text[low];
}

void cuxas_json_index_clear(cuxas_json_index *index)
{
  free(index->by_text);
  index->by_text = NULL;
}
