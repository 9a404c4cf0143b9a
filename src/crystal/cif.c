/* cif.c - the syntax of CIF: blocks, loops, values and their lines
 *
 * Contents
 *   1. Tokens
 *   2. Data blocks
 *   3. Looking things up */
#include "crystal/cif_priv.h"

#include "base/elements.h"
#include "base/memory.h"
#include <math.h>
#include <stdio.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- 1. Tokens ---- */

typedef enum { TOKEN_END, TOKEN_DATA, TOKEN_SAVE, TOKEN_LOOP, TOKEN_TAG, TOKEN_VALUE } token_kind;

typedef struct {
  token_kind kind;
  char      *text; /* data: the block's name; tag; value */
  size_t     i_line;
  bool       is_quoted, is_open; /* open: a quote that its line does not close; the value is what is left of the line */
} token;

void cuxas_cif_reader_start(cif_reader *reader, cuxas_text *text, cuxas_warnings *warnings)
{
  *reader = (cif_reader){.text = text, .warnings = warnings};
}

static bool begins_with(const char *text, const char *beginning)
{
  return strncmp(text, beginning, strlen(beginning)) == 0;
}

bool cuxas_cif_tag_counts(const char *tag)
{
  static const char *const beginnings[] = {"_cell_length_",          "_cell_angle_",  "_cell_modulation_",
                                           "_cell_wave_vector",      "_cell_formula", "_space_group_",
                                           "_magnetic_space_group_", "_symmetry_",    "_chemical_formula_sum"};
  static const char *const atoms[]      = {"_atom_site_fract_",      "_atom_site_cartn_",    "_atom_site_label",
                                           "_atom_site_type_symbol", "_atom_site_occupancy", "_atom_site_calc_flag",
                                           "_atom_site_attached_",   "_atom_site_disorder_", "_atom_site_displace_",
                                           "_atom_site_occ_"};
  for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
    if (begins_with(tag, beginnings[i])) return true;
  for (size_t i = 0; i < sizeof atoms / sizeof *atoms; i++)
    if (begins_with(tag, atoms[i])) return true;
  return false;
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
static void read_quoted(cif_reader *reader, token *ret_token)
{
  const char quote = *reader->cursor;
  char      *start = reader->cursor + 1, *end = start;
  while (*end != '\0' && !(*end == quote && (end[1] == '\0' || is_blank(end[1])))) end++;
  const bool is_open = *end == '\0';
  *end               = '\0';
  reader->cursor     = is_open ? end : end + 1;
  *ret_token =
      (token){.kind = TOKEN_VALUE, .text = start, .i_line = reader->i_line + 1, .is_quoted = true, .is_open = is_open};
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
    if (*reader->cursor == '\'' || *reader->cursor == '"') {
      read_quoted(reader, ret_token);
      return CUXAS_OK;
    }
    if (*reader->cursor != '\0' && *reader->cursor != '#') {
      read_bare(reader, ret_token);
      return CUXAS_OK;
    }
    reader->i_line++;
    reader->cursor = NULL;
  }
}

/* ---- 2. Data blocks ---- */

void cuxas_cif_block_free(cif_block *block)
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
    cif_item    *grown  = cuxas_grow(err, block->item, n_room, sizeof *grown);
    if (grown == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, block->path);
    block->item        = grown;
    block->n_item_room = n_room;
  }
  block->item[block->n_item++] =
      (cif_item){.tag = tag->text, .i_line = tag->i_line, .first = block->n_value, .stride = 1};
  return CUXAS_OK;
}

/* counts: the value stands under a tag that the crystal may depend on */
static cuxas_status add_value(cif_reader *reader, cif_block *block, const token *value, bool counts, cuxas_error *err)
{
  if (value->is_open && counts)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: quote %c is never closed", block->path, value->i_line,
                      value->text[-1]);
  if (value->is_open) cuxas_warn(reader->warnings, "line %zu: a quote is never closed (not used)", value->i_line);
  if (block->n_value == block->n_value_room) {
    const size_t n_room = block->n_value_room > 0 ? 2 * block->n_value_room : 256;
    cif_value   *grown  = cuxas_grow(err, block->value, n_room, sizeof *grown);
    if (grown == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, block->path);
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
  bool         counts = false;

  while ((status = next_token(reader, ret_token, err)) == CUXAS_OK && ret_token->kind == TOKEN_TAG) {
    if ((status = add_item(block, ret_token, err)) != CUXAS_OK) return status;
    counts = counts || cuxas_cif_tag_counts(block->item[block->n_item - 1].tag);
  }
  const size_t n_column = block->n_item - i_first_item;
  if (status == CUXAS_OK && n_column == 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: loop_ without tags", block->path, i_loop_line);
  while (status == CUXAS_OK && ret_token->kind == TOKEN_VALUE)
    if ((status = add_value(reader, block, ret_token, counts, err)) == CUXAS_OK)
      status = next_token(reader, ret_token, err);
  if (status != CUXAS_OK) return status;

  const size_t n_value = block->n_value - i_first_value;
  if (n_value % n_column != 0) {
    if (counts)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: loop_ has %zu values, not a multiple of its %zu tags", block->path,
                        i_loop_line, n_value, n_column);
    cuxas_warn(reader->warnings, "line %zu: a loop has %zu values, not a multiple of its %zu tags (not used)",
               i_loop_line, n_value, n_column);
    block->n_item  = i_first_item;
    block->n_value = i_first_value;
    return CUXAS_OK;
  }
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

static bool has_same_values(const cif_block *block, const cif_item *a, const cif_item *b)
{
  if (a->n_value != b->n_value) return false;
  for (size_t i = 0; i < a->n_value; i++)
    if (strcmp(block->value[a->first + i * a->stride].text, block->value[b->first + i * b->stride].text) != 0)
      return false;
  return true;
}

/* Sorted, tags are found by bisection, and a doubled one shows: the first stays. */
static cuxas_status sort_items(cif_reader *reader, cif_block *block, cuxas_error *err)
{
  size_t n_kept = 0;
  if (block->n_item > 0) qsort(block->item, block->n_item, sizeof *block->item, by_tag);
  for (size_t i = 0; i < block->n_item; i++) {
    const cif_item *item = &block->item[i], *kept = n_kept > 0 ? &block->item[n_kept - 1] : NULL;
    if (kept == NULL || strcmp(kept->tag, item->tag) != 0) {
      block->item[n_kept++] = *item;
      continue;
    }
    if (cuxas_cif_tag_counts(item->tag) && !has_same_values(block, kept, item))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %.60s stands twice in the data block (first in line %zu)",
                        block->path, item->i_line, item->tag, kept->i_line);
    cuxas_warn(reader->warnings, "line %zu: %.60s stands twice (first in line %zu; %s)", item->i_line, item->tag,
               kept->i_line, cuxas_cif_tag_counts(item->tag) ? "with the same value" : "not used");
  }
  block->n_item = n_kept;
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

/* A tag and its value; the token behind them is handed back. */
static cuxas_status read_pair(cif_reader *reader, cif_block *block, token *now, cuxas_error *err)
{
  const token  tag    = *now;
  cuxas_status status = add_item(block, &tag, err);
  const bool   counts = status == CUXAS_OK && cuxas_cif_tag_counts(block->item[block->n_item - 1].tag);
  if (status != CUXAS_OK || (status = next_token(reader, now, err)) != CUXAS_OK) return status;
  if (now->kind != TOKEN_VALUE) {
    if (counts) return cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: %.60s has no value", block->path, tag.i_line, tag.text);
    cuxas_warn(reader->warnings, "line %zu: %.60s has no value (not used)", tag.i_line, tag.text);
    block->n_item--;
    return CUXAS_OK;
  }
  block->item[block->n_item - 1].n_value = 1;
  if ((status = add_value(reader, block, now, counts, err)) == CUXAS_OK) status = next_token(reader, now, err);
  if (status == CUXAS_OK && now->kind == TOKEN_VALUE && !counts) { /* words without quotes around them */
    cuxas_warn(reader->warnings, "line %zu: value '%.40s' belongs to no tag (not used)", now->i_line, now->text);
    while (status == CUXAS_OK && now->kind == TOKEN_VALUE) status = next_token(reader, now, err);
  }
  return status;
}

cuxas_status cuxas_cif_reader_next(cif_reader *reader, cif_block *ret_block, bool *ret_found, cuxas_error *err)
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
      if (*ret_found) return sort_items(reader, ret_block, err);
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
      *ret_found = true;
      status     = read_pair(reader, ret_block, &now, err);
    }
  }
  reader->is_at_end = true;
  return status == CUXAS_OK ? sort_items(reader, ret_block, err) : status;
}

/* ---- 3. Looking things up ---- */

static int by_name(const void *key, const void *element)
{
  return strcmp(key, ((const cif_item *)element)->tag);
}

const cif_item *cuxas_cif_block_find(const cif_block *block, const char *const *tags)
{
  for (; *tags != NULL && block->n_item > 0; tags++) {
    const cif_item *item = bsearch(*tags, block->item, block->n_item, sizeof *block->item, by_name);
    if (item != NULL) return item;
  }
  return NULL;
}

const cif_value *cuxas_cif_item_value(const cif_block *block, const cif_item *item, size_t i_value)
{
  if (item == NULL || i_value >= item->n_value) return NULL;
  const cif_value *value = &block->value[item->first + i_value * item->stride];
  if (!value->is_quoted && (strcmp(value->text, ".") == 0 || strcmp(value->text, "?") == 0)) return NULL;
  return value;
}

/* ---- The sum formula of a block ---- */

bool cuxas_cif_formula_parse(const char *text, cif_formula *ret_formula)
{
  bool any     = false;
  *ret_formula = (cif_formula){.text = text};
  for (const char *c = text; *c != '\0';) {
    char   symbol[3] = "", number[24];
    double count     = 1.0;
    if (*c == ' ' || *c == '\t') {
      c++;
      continue;
    }
    if (*c < 'A' || *c > 'Z') return false;
    symbol[0] = *c++;
    if (*c >= 'a' && *c <= 'z') symbol[1] = *c++;
    const size_t n_digit = strspn(c, "0123456789.");
    if (n_digit >= sizeof number) return false;
    memcpy(number, c, n_digit);
    number[n_digit] = '\0';
    c += n_digit;
    const int z = strcmp(symbol, "D") == 0 ? 1 : cuxas_element_number(symbol);
    if (z == 0 || (n_digit > 0 && !cuxas_text_parse_number(number, &count)) || !(count < 1e6)) return false;
    ret_formula->count[z] += count;
    any = true;
  }
  return any;
}

cif_formula cuxas_cif_formula_find(const cif_block *block)
{
  cif_formula      found = {.text = NULL};
  const cif_value *value =
      cuxas_cif_item_value(block, cuxas_cif_block_find(block, (const char *const[]){"_chemical_formula_sum", NULL}), 0);
  if (value == NULL || !cuxas_cif_formula_parse(value->text, &found)) found = (cif_formula){.text = NULL};
  return found;
}

void cuxas_cif_formula_write(const double *count, char *ret_text, size_t n_room)
{
  size_t n_byte = 0;
  ret_text[0]   = '\0';
  for (int z = 1; z <= CUXAS_N_ELEMENT && n_byte < n_room; z++)
    if (count[z] > 0.0)
      n_byte += (size_t)cuxas_text_print(ret_text + n_byte, n_room - n_byte, "%s%s%.4g", n_byte > 0 ? " " : "",
                                         cuxas_element_find(z)->symbol, count[z]);
}

void cuxas_cif_formula_count(const cuxas_crystal *crystal, double *ret_count)
{
  for (int z = 0; z <= CUXAS_N_ELEMENT; z++) ret_count[z] = 0.0;
  for (size_t i = 0; i < crystal->n_site; i++)
    ret_count[crystal->atomic_number[i]] += crystal->occupancy != NULL ? crystal->occupancy[i] : 1.0;
}

/* Whether a crystal has the composition that its file says; true where it says none. */
bool cuxas_cif_formula_agrees(const cuxas_crystal *crystal, const double *opt_count)
{
  double count[CUXAS_N_ELEMENT + 1], found = 0.0, wanted = 0.0;
  bool   is_same = true;
  if (opt_count == NULL) return true;
  cuxas_cif_formula_count(crystal, count);
  for (int z = 2; z <= CUXAS_N_ELEMENT; z++) { /* hydrogen may be missing */
    found += count[z];
    wanted += opt_count[z];
  }
  for (int z = 2; z <= CUXAS_N_ELEMENT && is_same; z++)
    is_same = fabs(count[z] * wanted - opt_count[z] * found) <= 0.05 * fmax(count[z] * wanted, opt_count[z] * found);
  return is_same;
}

/* The greatest common divisor of the formula's counts; 1: one is no whole number */
double cuxas_cif_formula_divisor(const cif_formula *sum)
{
  double divisor = 0.0;
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++) {
    if (sum->count[z] != floor(sum->count[z])) return 1.0;
    for (double rest = sum->count[z]; rest > 0.0;) {
      const double next = fmod(divisor, rest);
      divisor           = rest;
      rest              = next;
    }
  }
  return divisor > 0.0 ? divisor : 1.0;
}
