/* text.h - bytes to tokens: whole text files as lines, locale-free numbers, characters, lists, PCRE2 patterns
 *
 * Every parser of the library reads through this file, so that all of them agree on byte-order marks, line ends, binary
 * files and what a number is. Nothing here knows a file format. No state is shared: one object, one owner, one thread.
 */
#ifndef CUXAS_TEXT_H
#define CUXAS_TEXT_H
#include "cuxas/status.h"

#include <stdbool.h>
#include <stddef.h>

#define CUXAS_TEXT_MAX_BYTES ((size_t)256 << 20) /* larger than any spectrum or crystal (our choice) */
#define CUXAS_TEXT_MAX_LINES ((size_t)16 << 20)  /* a pointer each; a file of nothing but line ends has more */

/* A text file in memory, cut into lines. Line ends (LF, CRLF, CR) and a UTF-8 byte-order mark are removed. */
typedef struct {
  char  *path;    /* as given, for messages; "standard input" for "-" */
  size_t n_line;  /* a line end at the very end of the file starts no further line */
  char **line;    /* (n_line) zero-terminated, may be cut up by the owner; line[i] is line i + 1 of the file */
  bool   has_bom; /* the file began with a UTF-8 byte-order mark */
  char  *storage; /* where the lines lie */
} cuxas_text;

/* Part of a string that belongs to someone else; start is NULL when there is none. */
typedef struct {
  const char *start;
  size_t      n_byte;
} cuxas_slice;

/* -- files and lines -- */

/* cuxas_text_read() - reads a whole file
 *
 *   path      file to read; "-" is standard input
 *   ret_text  the caller ends it with cuxas_text_free(), also after a failure
 *
 * Returns  CUXAS_OK; CUXAS_EIO cannot be opened or read; CUXAS_EFORMAT a binary file (it has a zero byte), UTF-16 text,
 *          or more than CUXAS_TEXT_MAX_BYTES or CUXAS_TEXT_MAX_LINES; CUXAS_ENOMEM. */
cuxas_status cuxas_text_read(const char *path, cuxas_text *ret_text, cuxas_error *err);

/* cuxas_bytes_read() - a whole file as it is, binary or not
 *
 *   path       file to read; "-" is standard input
 *   ret_bytes  the caller frees it
 *
 * Returns  CUXAS_OK; CUXAS_EIO cannot be opened or read; CUXAS_EFORMAT more than CUXAS_TEXT_MAX_BYTES; CUXAS_ENOMEM. */
cuxas_status cuxas_bytes_read(const char *path, char **ret_bytes, size_t *ret_n_byte, cuxas_error *err);

/* cuxas_text_from_memory() - the same from n_byte bytes, which are copied
 *
 *   name  stands for the path in messages */
cuxas_status cuxas_text_from_memory(const char *name, const void *bytes, size_t n_byte, cuxas_text *ret_text,
                                    cuxas_error *err);

/* cuxas_text_free() - releases the lines and leaves an empty text; accepts NULL and an empty text */
void cuxas_text_free(cuxas_text *text);

/* -- tokens -- */

/* cuxas_text_trim() - cuts blanks, tabs and other white space off both ends, in place; returns the new beginning */
char *cuxas_text_trim(char *line);

/* cuxas_text_next_token() - next token of a line of tokens separated by blanks or tabs
 *
 *   cursor  starts at the line; moved behind the token, whose end is overwritten by a zero
 *
 * Returns  the token, never empty; NULL when there is none left. */
char *cuxas_text_next_token(char **cursor);

/* cuxas_text_parse_number() - a token as a number, the whole token or nothing
 *
 * Decimal notation with '.' whatever the locale, exponents with e, E, d or D (Fortran), also Fortran's exponent of
 * three digits without a letter ("0.12-103"). NaN and infinities in the usual spellings (nan, inf,
 * infinity, 1.#INF, 1.#QNAN, -1.#IND) and numbers too large for a double are numbers too, and come out as what they
 * are: a caller that wants a finite one asks isfinite(). No white space, no hexadecimal, no digit grouping.
 *
 *   ret_value  written only when the answer is true; may be NULL
 *
 * Returns  true when the token is a number. */
bool cuxas_text_parse_number(const char *token, double *ret_value);

/* cuxas_text_parse_integer() - a token as a whole number (optional sign, digits), the whole token or nothing
 *
 * Returns  false also when it does not fit a long; ret_value is then untouched. */
bool cuxas_text_parse_integer(const char *token, long *ret_value);

/* -- numbers whatever the locale of the host -- */

/* The locale of the calling thread before cuxas_locale_begin(). */
typedef struct {
  void *before, *plain;
} cuxas_locale;

/* cuxas_locale_begin(), cuxas_locale_end() - between them printf() and strtod() of this thread know '.' only
 *
 * Around everything that prints or reads numbers by the C library. Pairs may nest; the host's locale is back afterwards. */
cuxas_locale cuxas_locale_begin(void);
void         cuxas_locale_end(cuxas_locale locale);

/* cuxas_text_order() - of two strings behind pointers, for qsort() and bsearch(): by their bytes, as strcmp() has it */
int cuxas_text_order(const void *left, const void *right);

/* A text, and where it stands among those that it was taken from: sorted once, asked often. */
typedef struct {
  const char *text; /* borrowed */
  size_t      place;
} cuxas_placed;

/* cuxas_placed_sort() - by their bytes; of equal ones by their places */
void cuxas_placed_sort(cuxas_placed *list, size_t n);

/* cuxas_placed_find() - the first of a sorted list that is equal to a text; NULL: none
 *
 *   opt_n  how many are, from there on */
const cuxas_placed *cuxas_placed_find(const cuxas_placed *list, size_t n, const char *text, size_t *opt_n);

/* cuxas_text_print() - snprintf() between such a pair */
int cuxas_text_print(char *buffer, size_t size, const char *format, ...) CUXAS_PRINTF_LIKE(3, 4);

/* cuxas_text_append() - the same behind the text that the buffer of `size` bytes holds; what does not fit is left out */
void cuxas_text_append(char *buffer, size_t size, const char *format, ...) CUXAS_PRINTF_LIKE(3, 4);

/* -- tables with a header line -- */

enum { CUXAS_CSV_MAX_COLUMN = 64 };

/* cuxas_csv_cut() - fields of a line, in place; in a quoted one a doubled quote is a quote. Returns their number */
size_t cuxas_csv_cut(char *line, char *ret_field[CUXAS_CSV_MAX_COLUMN]);

/* cuxas_csv_find_column() - of the header's fields; CUXAS_EFORMAT: not there */
cuxas_status cuxas_csv_find_column(char **field, size_t n_field, const char *name, const char *path, size_t *ret_column,
                                   cuxas_error *err);

/* -- characters that may be shown -- */

#define CUXAS_UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* cuxas_utf8_length() - bytes of the character at the start of `text`, 1 ... 4
 *
 * Returns  0 when there is none that can be shown: invalid UTF-8, a control character (C0, DEL, C1), a surrogate or a
 *          non-character, or one that turns the direction of writing (a name must not rearrange the text around it). */
size_t cuxas_utf8_length(const char *text);

/* cuxas_utf8_clean() - the text with U+FFFD for every byte that is part of no such character
 *
 * Returns  text that the caller frees with free(); NULL: no memory. */
char *cuxas_utf8_clean(const char *text);

/* cuxas_utf8_tame() - the same in place: blanks for tabs and line ends, '?' for every other byte of no such character; a
 * character cut short at the end goes */
void cuxas_utf8_tame(char *text);

/* -- lists of names -- */

/* "CuO, Cu2O and 3 more": starts as {.text = buffer, .size = sizeof buffer, .n_named = 5} */
typedef struct {
  char  *text;    /* what there is so far, zero-terminated once something was added or the list ended */
  size_t size;    /* of text, > 0 */
  size_t n_named; /* no more than these are named, the others counted */
  size_t n_name;  /* added so far */
} cuxas_list;

/* cuxas_list_add() - one more name, cut to 40 bytes, at a whole character */
void cuxas_list_add(cuxas_list *list, const char *name);

/* cuxas_list_end() - says how many were not named, as "A, B and 3 more"; "" when there was none. Returns their number */
size_t cuxas_list_end(cuxas_list *list);

/* -- patterns -- */

typedef struct cuxas_pattern cuxas_pattern; /* a compiled regular expression and its last match */

/* cuxas_pattern_new() - compiles a PCRE2 expression (bytes, not UTF-8; write (?i) and the like into the expression)
 *
 *   ret_pattern  the caller frees it with cuxas_pattern_free()
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT the expression is wrong; CUXAS_ENOMEM. */
cuxas_status cuxas_pattern_new(const char *expression, cuxas_pattern **ret_pattern, cuxas_error *err);

/* cuxas_pattern_free() - accepts NULL */
void cuxas_pattern_free(cuxas_pattern *pattern);

/* cuxas_pattern_match() - looks for the first match anywhere in a string; anchor the expression to match all of it
 *
 * Returns  true on a match. An expression that exhausts PCRE2's match limit does not match. */
bool cuxas_pattern_match(cuxas_pattern *pattern, const char *subject);

/* cuxas_pattern_group() - what group i_group (0: everything) of the last successful match covers
 *
 * Returns  part of the matched subject; start is NULL when the group took no part or the last try did not match. */
cuxas_slice cuxas_pattern_group(const cuxas_pattern *pattern, size_t i_group);

/* cuxas_pattern_copy_group() - group i_group as a string
 *
 *   buffer   gets the text, cut to size - 1 bytes and zero-terminated; "" where there is none
 *
 * Returns  true when the group took part and fitted. */
bool cuxas_pattern_copy_group(const cuxas_pattern *pattern, size_t i_group, char *buffer, size_t size);

/* -- file names made of folders, stems and suffixes -- */

/* cuxas_path_join() - FOLDER/NAME.SUFFIX, with one slash; opt_suffix without its dot, NULL: none
 *
 * Returns  the path, which the caller frees; NULL: no memory. */
char *cuxas_path_join(const char *folder, const char *name, const char *opt_suffix);

/* cuxas_path_stem() - the last part of a path without its last suffix, "structures/CuO.cif" -> "CuO"
 *
 * Returns  the stem, which the caller frees; NULL: no memory. */
char *cuxas_path_stem(const char *path);

#endif
