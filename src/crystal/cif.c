/* Contents
 *   1. Tokens
 *   2. Data blocks
 *   3. Looking things up */
#include "crystal/cif_priv.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- 1. Tokens ---- */

typedef enum { TOKEN_END, TOKEN_DATA, TOKEN_SAVE, TOKEN_LOOP, TOKEN_TAG, TOKEN_VALUE } token_kind;

typedef struct {
  token_kind kind;
  char      *text; /* data: the block's name; tag; value */
  size_t     i_line;
  bool       is_quoted;
} token;

void cif_reader_start(cif_reader *reader, cuxas_text *text)
{
  *reader = (cif_reader){.text = text};
}

static bool is_blank(char c) /* what cuxas_text_next_token() takes for white space */
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The line that the cursor is on begins with ';': gather up to the next such line. */
static cuxas_status read_text_field(cif_reader *reader, token *ret_token, cuxas_error *err)
{
  const size_t i_first = reader->i_line;
  char        *content = reader->text->line[i_first] + 1;

  *ret_token = (token){.kind = TOKEN_VALUE, .i_line = i_first + 1, .is_quoted = true};
  for (;;) {
    content = cuxas_text_trim(content);
    if (ret_token->text == NULL && *content != '\0') {
      ret_token->text   = content;
      ret_token->i_line = reader->i_line + 1;
    }
    if (++reader->i_line >= reader->text->n_line)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: text field (';') is never closed", reader->text->path,
                        i_first + 1);
    content = reader->text->line[reader->i_line];
    if (*content == ';') break;
  }
  if (ret_token->text == NULL) ret_token->text = content; /* all blank: the closing ';' becomes the empty string */
  *content       = '\0';
  reader->cursor = content + 1;
  return CUXAS_OK;
}

/* A quote closes only where white space or the line's end follows, so that 'a dog's life' is one value. */
static cuxas_status read_quoted(cif_reader *reader, token *ret_token, cuxas_error *err)
{
  const char quote = *reader->cursor;
  char      *start = reader->cursor + 1, *end = start;
  while (*end != '\0' && !(*end == quote && (end[1] == '\0' || is_blank(end[1])))) end++;
  if (*end == '\0')
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: quote %c is never closed", reader->text->path, reader->i_line + 1,
                      quote);
  *end           = '\0';
  reader->cursor = end + 1;
  *ret_token     = (token){.kind = TOKEN_VALUE, .text = start, .i_line = reader->i_line + 1, .is_quoted = true};
  return CUXAS_OK;
}

static void read_bare(cif_reader *reader, token *ret_token)
{
  char *word = cuxas_text_next_token(&reader->cursor);
  *ret_token = (token){.kind = TOKEN_VALUE, .text = word, .i_line = reader->i_line + 1};
  if (*word == '_') {
    ret_token->kind = TOKEN_TAG;
  } else if (strncasecmp(word, "data_", 5) == 0) {
    ret_token->kind = TOKEN_DATA;
    ret_token->text = word + 5;
  } else if (strncasecmp(word, "save_", 5) == 0) {
    ret_token->kind = TOKEN_SAVE;
    ret_token->text = word + 5;
  } else if (strcasecmp(word, "loop_") == 0) {
    ret_token->kind = TOKEN_LOOP;
  }
}

static cuxas_status next_token(cif_reader *reader, token *ret_token, cuxas_error *err)
{
  for (;;) {
    if (reader->i_line >= reader->text->n_line) {
      *ret_token = (token){.kind = TOKEN_END, .i_line = reader->text->n_line};
      return CUXAS_OK;
    }
    if (reader->cursor == NULL) {
      reader->cursor = reader->text->line[reader->i_line];
      if (*reader->cursor == ';') return read_text_field(reader, ret_token, err);
    }
    while (is_blank(*reader->cursor)) reader->cursor++;
    if (*reader->cursor == '\'' || *reader->cursor == '"') return read_quoted(reader, ret_token, err);
    if (*reader->cursor != '\0' && *reader->cursor != '#') {
      read_bare(reader, ret_token);
      return CUXAS_OK;
    }
    reader->i_line++;
    reader->cursor = NULL;
  }
}

/* ---- 2. Data blocks ---- */

void cif_block_free(cif_block *block)
{
  free(block->item);
  free(block->value);
  *block = (cif_block){0};
}

static cuxas_status add_item(cif_block *block, const token *tag, cuxas_error *err)
{
  for (char *c = tag->text; *c != '\0'; c++) {
    if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
    if (*c == '.') *c = '_';
  }
  if (block->n_item == block->n_item_room) {
    const size_t n_room = block->n_item_room > 0 ? 2 * block->n_item_room : 64;
    cif_item    *grown  = cuxas_grow_array(block->item, n_room, sizeof *grown);
    if (grown == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for CIF tags", block->path);
    block->item        = grown;
    block->n_item_room = n_room;
  }
  block->item[block->n_item++] =
      (cif_item){.tag = tag->text, .i_line = tag->i_line, .first = block->n_value, .stride = 1};
  return CUXAS_OK;
}

static cuxas_status add_value(cif_block *block, const token *value, cuxas_error *err)
{
  if (block->n_value == block->n_value_room) {
    const size_t n_room = block->n_value_room > 0 ? 2 * block->n_value_room : 256;
    cif_value   *grown  = cuxas_grow_array(block->value, n_room, sizeof *grown);
    if (grown == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for CIF values", block->path);
    block->value        = grown;
    block->n_value_room = n_room;
  }
  block->value[block->n_value++] =
      (cif_value){.text = value->text, .i_line = value->i_line, .is_quoted = value->is_quoted};
  return CUXAS_OK;
}

/* Behind loop_: tags, then values up to the first token that is none; that token is handed back. */
static cuxas_status read_loop(cif_reader *reader, cif_block *block, size_t i_loop_line, token *ret_token,
                              cuxas_error *err)
{
  const size_t i_first_item = block->n_item, i_first_value = block->n_value;
  cuxas_status status;

  while ((status = next_token(reader, ret_token, err)) == CUXAS_OK && ret_token->kind == TOKEN_TAG)
    if ((status = add_item(block, ret_token, err)) != CUXAS_OK) return status;
  const size_t n_column = block->n_item - i_first_item;
  if (status == CUXAS_OK && n_column == 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: loop_ without tags", block->path, i_loop_line);
  while (status == CUXAS_OK && ret_token->kind == TOKEN_VALUE)
    if ((status = add_value(block, ret_token, err)) == CUXAS_OK) status = next_token(reader, ret_token, err);
  if (status != CUXAS_OK) return status;

  const size_t n_value = block->n_value - i_first_value;
  if (n_value == 0) return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: loop_ without values", block->path, i_loop_line);
  if (n_value % n_column != 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: loop_ has %zu values, not a multiple of its %zu tags", block->path,
                      i_loop_line, n_value, n_column);
  for (size_t i = 0; i < n_column; i++) {
    cif_item *item = &block->item[i_first_item + i];
    item->first    = i_first_value + i;
    item->stride   = n_column;
    item->n_value  = n_value / n_column;
  }
  return CUXAS_OK;
}

static int by_tag(const void *left, const void *right)
{
  const cif_item *a = left, *b = right;
  const int       order = strcmp(a->tag, b->tag);
  if (order != 0) return order;
  return a->i_line < b->i_line ? -1 : a->i_line > b->i_line;
}

/* Sorted, tags are found by bisection, and a doubled one shows. */
static cuxas_status sort_items(cif_block *block, cuxas_error *err)
{
  if (block->n_item > 0) qsort(block->item, block->n_item, sizeof *block->item, by_tag);
  for (size_t i = 1; i < block->n_item; i++)
    if (strcmp(block->item[i - 1].tag, block->item[i].tag) == 0)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %.60s stands twice in the data block (first in line %zu)",
                        block->path, block->item[i].i_line, block->item[i].tag, block->item[i - 1].i_line);
  return CUXAS_OK;
}

/* Save frames belong to dictionaries: pass over save_name ... save_. */
static cuxas_status skip_save_frame(cif_reader *reader, token *ret_token, cuxas_error *err)
{
  const size_t i_line = ret_token->i_line;
  cuxas_status status;
  while ((status = next_token(reader, ret_token, err)) == CUXAS_OK && ret_token->kind != TOKEN_SAVE)
    if (ret_token->kind == TOKEN_END)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: save frame is never closed", reader->text->path, i_line);
  return status == CUXAS_OK ? next_token(reader, ret_token, err) : status;
}

cuxas_status cif_reader_next(cif_reader *reader, cif_block *ret_block, bool *ret_found, cuxas_error *err)
{
  token        now;
  cuxas_status status;

  *ret_found = false;
  *ret_block = (cif_block){.path = reader->text->path, .name = reader->next_name != NULL ? reader->next_name : ""};
  if (reader->is_at_end) return CUXAS_OK;
  *ret_found = reader->next_name != NULL;

  status = next_token(reader, &now, err);
  while (status == CUXAS_OK && now.kind != TOKEN_END) {
    if (now.kind == TOKEN_DATA) {
      reader->next_name = now.text;
      if (*ret_found) return sort_items(ret_block, err);
      ret_block->name = now.text;
      *ret_found      = true;
      status          = next_token(reader, &now, err);
    } else if (now.kind == TOKEN_SAVE) {
      status = skip_save_frame(reader, &now, err);
    } else if (now.kind == TOKEN_LOOP) {
      *ret_found = true;
      status     = read_loop(reader, ret_block, now.i_line, &now, err);
    } else if (now.kind == TOKEN_VALUE) {
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: value '%.40s' belongs to no tag", ret_block->path, now.i_line,
                        now.text);
    } else {
      *ret_found      = true;
      const token tag = now;
      if ((status = add_item(ret_block, &tag, err)) != CUXAS_OK || (status = next_token(reader, &now, err)) != CUXAS_OK)
        break;
      if (now.kind != TOKEN_VALUE)
        return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %.60s has no value", ret_block->path, tag.i_line, tag.text);
      ret_block->item[ret_block->n_item - 1].n_value = 1;
      if ((status = add_value(ret_block, &now, err)) == CUXAS_OK) status = next_token(reader, &now, err);
    }
  }
  reader->is_at_end = true;
  return status == CUXAS_OK ? sort_items(ret_block, err) : status;
}

/* ---- 3. Looking things up ---- */

static int by_name(const void *key, const void *element)
{
  return strcmp(key, ((const cif_item *)element)->tag);
}

const cif_item *cif_block_find(const cif_block *block, const char *const *tags)
{
  for (; *tags != NULL && block->n_item > 0; tags++) {
    const cif_item *item = bsearch(*tags, block->item, block->n_item, sizeof *block->item, by_name);
    if (item != NULL) return item;
  }
  return NULL;
}

const cif_value *cif_item_value(const cif_block *block, const cif_item *item, size_t i_value)
{
  if (item == NULL || i_value >= item->n_value) return NULL;
  const cif_value *value = &block->value[item->first + i_value * item->stride];
  if (!value->is_quoted && (strcmp(value->text, ".") == 0 || strcmp(value->text, "?") == 0)) return NULL;
  return value;
}
