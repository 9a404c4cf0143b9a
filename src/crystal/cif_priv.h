/* cif_priv.h - CIF syntax: a text taken apart into data blocks, tags and values; knows nothing of crystals
 *
 * Follows CIF 1.1 (S. R. Hall, J. D. Westbrook, International Tables for Crystallography G, chapter 2.2): comments,
 * bare and quoted values, text fields between lines that begin with ';', loops. Tags are compared without regard to
 * case, and a '.' in a tag is an '_' (_cell.length_a is _cell_length_a). Save frames are passed over.
 *
 * Faults are errors where they concern a tag that a crystal is made from (cuxas_cif_tag_counts()); elsewhere a warning tells
 * of them, and reading goes on. */
#ifndef CUXAS_CIF_PRIV_H
#define CUXAS_CIF_PRIV_H
#include "base/text.h"
#include "cuxas/crystal.h"

typedef struct {
  char  *text;      /* in the text's storage; of a text field: its first line that is not blank */
  size_t i_line;    /* line of the file, from 1 */
  bool   is_quoted; /* quoted or a text field: then '.' and '?' are themselves */
} cif_value;

/* All values of one tag: value[first + i * stride], i < n_value; not looped: one. */
typedef struct {
  char  *tag; /* small letters, '_' for '.' */
  size_t i_line;
  size_t first, stride, n_value; /* n_value is 0 in a loop without rows */
} cif_item;

typedef struct {
  const char *path; /* the text's */
  const char *name; /* behind data_; "" when tags stand before any data_ */
  size_t      n_item, n_item_room;
  cif_item   *item;
  size_t      n_value, n_value_room;
  cif_value  *value;
} cif_block;

typedef struct {
  cuxas_text     *text;
  cuxas_warnings *warnings;
  size_t          i_line;    /* line being read, from 0 */
  char           *cursor;    /* rest of it; NULL before its first token */
  const char     *next_name; /* name of the data block that begins here; NULL: none begun */
  bool            is_at_end;
} cif_reader;

/* cuxas_cif_reader_start() - begins at the top of the text, whose lines will be cut up; nothing to free
 *
 *   warnings  gets what is wrong without mattering */
void cuxas_cif_reader_start(cif_reader *reader, cuxas_text *text, cuxas_warnings *warnings);

/* cuxas_cif_tag_counts() - can what stands under this tag (small letters, '_' for '.') change the crystal? */
bool cuxas_cif_tag_counts(const char *tag);

/* cuxas_cif_reader_next() - the next data block
 *
 *   ret_block  free with cuxas_cif_block_free(), also after a failure
 *   ret_found  false: the file has no further block
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT an unterminated text field, or for tags that count an unterminated quote, a tag without
 *          its value, a value without a tag, a tag given twice with two values, a loop whose number of values does not
 *          fit its number of tags; CUXAS_ENOMEM. */
cuxas_status cuxas_cif_reader_next(cif_reader *reader, cif_block *ret_block, bool *ret_found, cuxas_error *err);

/* cuxas_cif_block_free() - leaves an empty block */
void cuxas_cif_block_free(cif_block *block);

/* cuxas_cif_block_find() - the first of several alternative tags that the block has; ends with NULL; NULL: none of them */
const cif_item *cuxas_cif_block_find(const cif_block *block, const char *const *tags);

/* cuxas_cif_item_value() - value i of an item; NULL when there is none or it is '.' or '?' (inapplicable, unknown) */
const cif_value *cuxas_cif_item_value(const cif_block *block, const cif_item *item, size_t i_value);

/* ---- The sum formula of a block ---- */

/* _chemical_formula_sum: "C4 H6 Cu2 O5" */
typedef struct {
  const char *text; /* NULL: none that can be read */
  double      count[CUXAS_N_ELEMENT + 1];
} cif_formula;

/* cuxas_cif_formula_parse() - false: no formula; the text is borrowed */
bool cuxas_cif_formula_parse(const char *text, cif_formula *ret_formula);

/* cuxas_cif_formula_find() - of the block; text NULL: none that can be read */
cif_formula cuxas_cif_formula_find(const cif_block *block);

/* cuxas_cif_formula_write() - counts by atomic number as "O1 Cu2", cut to the room */
void cuxas_cif_formula_write(const double *count, char *ret_text, size_t n_room);

/* cuxas_cif_formula_count() - atoms of each element in the cell, partly occupied ones in part
 *
 *   ret_count  (CUXAS_N_ELEMENT + 1) by atomic number */
void cuxas_cif_formula_count(const cuxas_crystal *crystal, double *ret_count);

/* cuxas_cif_formula_agrees() - whether a crystal has the composition that its file says, but for hydrogen
 *
 *   opt_count  (CUXAS_N_ELEMENT + 1) NULL: it says none, and that is true */
bool cuxas_cif_formula_agrees(const cuxas_crystal *crystal, const double *opt_count);

/* cuxas_cif_formula_divisor() - the greatest common divisor of the counts; 1: one is no whole number */
double cuxas_cif_formula_divisor(const cif_formula *sum);

#endif
