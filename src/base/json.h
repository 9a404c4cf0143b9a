/* json.h - members of a JSON object, each checked for kind and range when it is read; files too large for a tree; trees built;
 * trees as text
 *
 * Every function takes where, the start of its message ("model.cuxas: head"), and answers CUXAS_EFORMAT when the member
 * is missing, of another kind or out of range. Results stay owned by the object. */
#ifndef CUXAS_JSON_PRIV_H
#define CUXAS_JSON_PRIV_H
#include "base/text.h"
#include "cuxas/status.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* cuxas_json_has() - true when the member is there and not null */
int cuxas_json_has(const cJSON *object, const char *key);

cuxas_status cuxas_json_object(const cJSON *object, const char *key, const cJSON **ret_value, const char *where,
                               cuxas_error *err);
cuxas_status cuxas_json_array(const cJSON *object, const char *key, const cJSON **ret_value, const char *where,
                              cuxas_error *err);
cuxas_status cuxas_json_string(const cJSON *object, const char *key, const char **ret_value, const char *where,
                               cuxas_error *err);

/* cuxas_json_number() - finite, low <= value <= high */
cuxas_status cuxas_json_number(const cJSON *object, const char *key, double low, double high, double *ret_value,
                               const char *where, cuxas_error *err);

/* cuxas_json_count() - a whole number, low <= value <= high; high is at most 2^53 */
cuxas_status cuxas_json_count(const cJSON *object, const char *key, size_t low, size_t high, size_t *ret_value,
                              const char *where, cuxas_error *err);

/* cuxas_json_is_count() - whether a value is a whole number in the range; opt_value may be NULL */
int cuxas_json_is_count(const cJSON *value, size_t low, size_t high, size_t *opt_value);

/* cuxas_json_find() - where a value of a tree begins in the text that it was parsed from; NULL: it is not in the tree
 *
 * Values stand in the text in the order of the tree, so they are counted in both. */
const char *cuxas_json_find(const cJSON *root, const cJSON *node, const char *bytes, size_t n_byte);

/* cuxas_json_end() - behind the value that begins at a place of a valid text */
const char *cuxas_json_end(const char *at, const char *end);

/* cuxas_json_line() - the line, from 1, in which a value of a tree begins; 1 where it is not in the tree */
size_t cuxas_json_line(const cJSON *root, const cJSON *node, const char *bytes, size_t n_byte);

/* Objects of an array by a text that each of them has: made once, asked often. */
typedef struct {
  const cJSON  *array;
  const char   *key;
  size_t        n;
  const cJSON **object;  /* (n) borrowed; as they stand */
  cuxas_placed *by_text; /* (n) their texts; NULL: there was no memory, every question looks through the array */
} cuxas_json_index;

/* cuxas_json_index_make() - of an array that stays as it is; ended by cuxas_json_index_clear()
 *
 *   array  NULL: one without objects */
cuxas_json_index cuxas_json_index_make(const cJSON *array, const char *key);

/* cuxas_json_index_find() - NULL: there is none; one of those with the same text */
const cJSON *cuxas_json_index_find(const cuxas_json_index *index, const char *text);

void cuxas_json_index_clear(cuxas_json_index *index);

/* -- a text in a file, value by value: one that is too large for a tree -- */

typedef struct {
  FILE       *in;
  const char *path;
  size_t      i_line;        /* from 1, of what is read next */
  long long   behind;        /* of the buffer in the file */
  size_t      n_buffer, at;  /* bytes of the buffer, and how many of them are read */
  char       *buffer, *text; /* text: of the value read last */
  size_t      n_text, n_room;
} cuxas_json_stream;

typedef struct {
  long long offset; /* 0: nowhere */
  size_t    i_line;
} cuxas_json_place;

/* cuxas_json_stream_open() - at the first character behind a byte order mark
 *
 *   path  must outlive the stream; also a pipe, of no more than CUXAS_TEXT_MAX_BYTES, which is copied to a temporary file
 *
 * Ended by cuxas_json_stream_close(), whatever it returns: CUXAS_OK; CUXAS_EIO; CUXAS_EFORMAT too large; CUXAS_ENOMEM. */
cuxas_status cuxas_json_stream_open(const char *path, cuxas_json_stream *ret_stream, cuxas_error *err);
void         cuxas_json_stream_close(cuxas_json_stream *stream);

/* cuxas_json_stream_peek() - the next character behind blanks, which stays; EOF */
int cuxas_json_stream_peek(cuxas_json_stream *stream);

/* cuxas_json_stream_pass() - the character that was peeked at */
void cuxas_json_stream_pass(cuxas_json_stream *stream);

/* cuxas_json_stream_fail() - "path:line: what", or that it ends in the middle, or that it cannot be read */
cuxas_status cuxas_json_stream_fail(const cuxas_json_stream *stream, const char *what, cuxas_error *err);

/* cuxas_json_stream_value() - a whole value, which the caller deletes; CUXAS_EFORMAT with its line: none, or it ends in the middle */
cuxas_status cuxas_json_stream_value(cuxas_json_stream *stream, cJSON **ret_value, cuxas_error *err);

/* cuxas_json_stream_row() - the next object of an array whose bracket is passed; NULL: that was all, and its end is passed */
cuxas_status cuxas_json_stream_row(cuxas_json_stream *stream, bool is_first, cJSON **ret_row, cuxas_error *err);

/* cuxas_json_stream_here() - the place of the next character; cuxas_json_stream_go() - back to it; CUXAS_EIO */
cuxas_json_place cuxas_json_stream_here(const cuxas_json_stream *stream);
cuxas_status     cuxas_json_stream_go(cuxas_json_stream *stream, cuxas_json_place place, cuxas_error *err);

/* cuxas_json_add() - an item to the end of an array or, with a name, of an object, which owns it from now on
 *
 * One that could not be made or added is freed, and its parent remembers that it misses something: trees are built without a look
 * at each step, and what is not whole is never written. So everything that a tree gets goes through this function.
 *
 *   opt_parent  NULL: it could not be made; its own parent remembers that
 *   opt_name    NULL: the parent is an array
 *   opt_item    NULL: it could not be made
 *
 * Returns  the item; NULL when the tree does without it */
cJSON *cuxas_json_add(cJSON *opt_parent, const char *opt_name, cJSON *opt_item);

/* cuxas_json_is_whole() - whether a tree is there and got everything that was to be added to it, copies of parts included */
bool cuxas_json_is_whole(const cJSON *opt_root);

/* cuxas_json_print() - a tree as text: valid UTF-8 whatever its strings hold, nothing in it steers a terminal
 *
 * Bytes of no character become U+FFFD; controls (DEL, C1) and what turns the direction of writing are escaped (\\u009b).
 *
 *   opt_root   one that could not be built (NULL, or not whole): CUXAS_ENOMEM
 *   is_pretty  indented, a member a line
 *   ret_text   the caller frees it with free() */
cuxas_status cuxas_json_print(const cJSON *opt_root, bool is_pretty, char **ret_text, cuxas_error *err);

/* cuxas_json_write() - the same on a stream, with a line end; cuxas_json_write_tree() - indented, `root` a cJSON: a cuxas_writer */
cuxas_status cuxas_json_write(const cJSON *opt_root, bool is_pretty, FILE *out, cuxas_error *err);
cuxas_status cuxas_json_write_tree(const void *root, FILE *out, cuxas_error *err);

#endif
