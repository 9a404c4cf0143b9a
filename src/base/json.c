/* json.c - members read with their checks; trees built, and written as text that is UTF-8 whatever came in; files read value by
 * value */
#include "base/json.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* How many bytes at the beginning of a text are plain ASCII or ends of lines. */
static size_t count_plain(const char *text)
{
  size_t n = 0;
  while ((text[n] >= ' ' && text[n] < 0x7F) || text[n] == '\n' || text[n] == '\t') n++;
  return n;
}

/* The text in `ret_clean`, or, when that is NULL, how many bytes it would take. */
static size_t clean_json(const char *text, char *ret_clean)
{
  size_t n = 0;
  while (*text != '\0') {
    char     piece[8];
    unsigned code;
    size_t   n_byte = count_plain(text);
    if (n_byte == 0) n_byte = cuxas_utf8_length(text);
    size_t      n_put = n_byte;
    const char *from  = text;
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

/* -- a text in a file, value by value -- */

enum { N_BUFFER = 65536 };

/* The next character, which stays; EOF. */
static int peek(cuxas_json_stream *s)
{
  if (s->at == s->n_buffer) {
    s->n_buffer = fread(s->buffer, 1, N_BUFFER, s->in);
    s->at       = 0;
    s->behind += (long long)s->n_buffer;
  }
  return s->at < s->n_buffer ? (unsigned char)s->buffer[s->at] : EOF;
}

void cuxas_json_stream_pass(cuxas_json_stream *s)
{
  s->i_line += s->buffer[s->at++] == '\n';
}

int cuxas_json_stream_peek(cuxas_json_stream *s)
{
  int c;
  while ((c = peek(s)) == ' ' || c == '\t' || c == '\r' || c == '\n') cuxas_json_stream_pass(s);
  return c;
}

cuxas_status cuxas_json_stream_fail(const cuxas_json_stream *s, const char *what, cuxas_error *err)
{
  if (ferror(s->in)) return cuxas_fail(err, CUXAS_EIO, "%s: cannot read", s->path);
  if (s->n_buffer == 0) what = "it ends in the middle";
  return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %s", s->path, s->i_line, what);
}

/* The next character goes to the text. */
static cuxas_status take(cuxas_json_stream *s, cuxas_error *err)
{
  if (s->n_text + 1 >= s->n_room) {
    const size_t n_room = 2 * s->n_room + 256;
    char        *grown  = cuxas_grow(err, s->text, n_room, 1);
    if (grown == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, s->path);
    s->text   = grown;
    s->n_room = n_room;
  }
  s->text[s->n_text++] = s->buffer[s->at];
  s->text[s->n_text]   = '\0';
  cuxas_json_stream_pass(s);
  return CUXAS_OK;
}

static cuxas_status take_string(cuxas_json_stream *s, cuxas_error *err)
{
  cuxas_status status  = take(s, err);
  bool         is_open = true, is_escaped = false;
  while (status == CUXAS_OK && is_open) {
    const int c = peek(s);
    if (c == EOF) return cuxas_json_stream_fail(s, "", err);
    is_open    = is_escaped || c != '"';
    is_escaped = !is_escaped && c == '\\';
    status     = take(s, err);
  }
  return status;
}

/* The text of a value, to its last bracket or up to what may stand behind it. */
static cuxas_status take_value(cuxas_json_stream *s, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  size_t       depth  = 0;
  s->n_text           = 0;
  do {
    const int c = peek(s);
    if (c == EOF) {
      status = cuxas_json_stream_fail(s, "", err);
    } else if (c == '"') {
      status = take_string(s, err);
    } else if (depth > 0 || c == '{' || c == '[') {
      depth += c == '{' || c == '[';
      depth -= c == '}' || c == ']';
      status = take(s, err);
    } else {
      for (int k = c; status == CUXAS_OK && k != EOF && strchr(",:]} \t\r\n", k) == NULL; k = peek(s))
        status = take(s, err);
    }
  } while (status == CUXAS_OK && depth > 0);
  return status;
}

cuxas_status cuxas_json_stream_value(cuxas_json_stream *s, cJSON **ret_value, cuxas_error *err)
{
  cuxas_status status;
  cuxas_json_stream_peek(s);
  const size_t i_line = s->i_line;
  *ret_value          = NULL;
  if ((status = take_value(s, err)) != CUXAS_OK) return status;
  if (s->n_text > 0) *ret_value = cJSON_ParseWithOpts(s->text, NULL, true);
  return *ret_value != NULL ? CUXAS_OK : cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: no JSON", s->path, i_line);
}

cuxas_status cuxas_json_stream_row(cuxas_json_stream *s, bool is_first, cJSON **ret_row, cuxas_error *err)
{
  const int c = cuxas_json_stream_peek(s);
  *ret_row    = NULL;
  if (c != ']' && !is_first && c != ',') return cuxas_json_stream_fail(s, "no comma between two rows", err);
  if (c == ']' || !is_first) cuxas_json_stream_pass(s);
  if (c == ']') return CUXAS_OK;
  if (cuxas_json_stream_peek(s) != '{') return cuxas_json_stream_fail(s, "a row that is no object", err);
  return cuxas_json_stream_value(s, ret_row, err);
}

/* What is no regular file, and may have no end, to one that can be read again. */
static cuxas_status copy_pipe(FILE **io_in, const char *path, cuxas_error *err)
{
  FILE  *copy   = tmpfile();
  size_t n_byte = 0, n_read;
  char   block[4096];
  if (copy == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: no temporary file for it: %s", path, strerror(errno));
  while ((n_read = fread(block, 1, sizeof block, *io_in)) > 0 && n_byte <= CUXAS_TEXT_MAX_BYTES) {
    fwrite(block, 1, n_read, copy);
    n_byte += n_read;
  }
  const bool is_bad = ferror(*io_in) != 0 || fflush(copy) != 0;
  fclose(*io_in);
  *io_in = copy;
  rewind(copy);
  if (n_byte > CUXAS_TEXT_MAX_BYTES)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: too large for what is no regular file", path);
  return is_bad ? cuxas_fail(err, CUXAS_EIO, "%s: cannot read", path) : CUXAS_OK;
}

cuxas_status cuxas_json_stream_open(const char *path, cuxas_json_stream *ret_stream, cuxas_error *err)
{
  static const char  MARK[] = "\xef\xbb\xbf";
  cuxas_json_stream *s      = ret_stream;
  struct stat        about;
  cuxas_status       status = CUXAS_OK;
  *s                        = (cuxas_json_stream){.in = fopen(path, "rb"), .path = path, .i_line = 1};
  if (s->in == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));
  if ((s->buffer = cuxas_new(err, N_BUFFER, 1)) == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  if (fstat(fileno(s->in), &about) != 0 || !S_ISREG(about.st_mode)) status = copy_pipe(&s->in, path, err);
  for (const char *c = MARK; status == CUXAS_OK && *c != '\0' && peek(s) == (unsigned char)*c; c++)
    cuxas_json_stream_pass(s);
  return status;
}

void cuxas_json_stream_close(cuxas_json_stream *s)
{
  if (s->in != NULL) fclose(s->in);
  free(s->buffer);
  free(s->text);
  *s = (cuxas_json_stream){0};
}

cuxas_json_place cuxas_json_stream_here(const cuxas_json_stream *s)
{
  return (cuxas_json_place){s->behind - (long long)(s->n_buffer - s->at), s->i_line};
}

cuxas_status cuxas_json_stream_go(cuxas_json_stream *s, cuxas_json_place place, cuxas_error *err)
{
  s->n_buffer = s->at = 0;
  s->i_line           = place.i_line;
  s->behind           = place.offset;
  if (fseeko(s->in, (off_t)place.offset, SEEK_SET) == 0) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EIO, "%s: cannot read again", s->path);
}

/* -- objects by a text -- */

static const char *text_under(const cJSON *object, const char *key)
{
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
  return text != NULL ? text : "";
}

cuxas_json_index cuxas_json_index_make(const cJSON *array, const char *key)
{
  cuxas_json_index index = {.array = array, .key = key, .n = (size_t)cJSON_GetArraySize(array)};
  size_t           n     = 0;
  const cJSON     *object;
  index.object  = cuxas_new(NULL, index.n, sizeof *index.object);
  index.by_text = cuxas_new(NULL, index.n, sizeof *index.by_text);
  if (index.object == NULL || index.by_text == NULL) {
    cuxas_json_index_clear(&index);
    return index;
  }
  cJSON_ArrayForEach(object, array)
  {
    index.by_text[n]  = (cuxas_placed){text_under(object, key), n};
    index.object[n++] = object;
  }
  cuxas_placed_sort(index.by_text, n);
  return index;
}

const cJSON *cuxas_json_index_find(const cuxas_json_index *index, const char *text)
{
  const cJSON *object;
  if (index->by_text == NULL) {
    cJSON_ArrayForEach(object, index->array) if (strcmp(text_under(object, index->key), text) == 0) return object;
    return NULL;
  }
  const cuxas_placed *found = cuxas_placed_find(index->by_text, index->n, text, NULL);
  return found != NULL ? index->object[found->place] : NULL;
}

void cuxas_json_index_clear(cuxas_json_index *index)
{
  free(index->object);
  free(index->by_text);
  index->object  = NULL;
  index->by_text = NULL;
}
