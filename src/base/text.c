/* text.c - bytes to tokens
 *
 * Contents
 *   1. Files and lines
 *   2. Tokens and numbers
 *   3. Tables with a header line
 *   4. Characters
 *   5. Lists of names
 *   6. Patterns */
#include "base/text.h"

#include "base/memory.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <pcre2.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- 1. Files and lines ---- */

static cuxas_status read_stream(FILE *in, const char *path, char **ret_bytes, size_t *ret_n_byte, cuxas_error *err)
{
  size_t n_byte = 0, n_room = (size_t)1 << 16;
  char  *bytes = cuxas_new(err, n_room, 1);

  if (bytes == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  for (;;) {
    errno              = 0;
    const size_t n_got = fread(bytes + n_byte, 1, n_room - n_byte, in);
    n_byte += n_got;
    if (ferror(in)) {
      const int why = errno;
      free(bytes);
      return cuxas_fail(err, CUXAS_EIO, "%s: cannot read: %s", path, why != 0 ? strerror(why) : "input error");
    }
    if (n_byte > CUXAS_TEXT_MAX_BYTES) {
      free(bytes);
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: larger than %zu MiB, not a text file for this program", path,
                        CUXAS_TEXT_MAX_BYTES >> 20);
    }
    if (n_byte < n_room) break; /* end of file */
    n_room *= 2;
    char *grown = cuxas_grow(err, bytes, n_room, 1);
    if (grown == NULL) {
      free(bytes);
      return cuxas_fail_at(err, CUXAS_ENOMEM, path);
    }
    bytes = grown;
  }
  *ret_bytes  = bytes;
  *ret_n_byte = n_byte;
  return CUXAS_OK;
}

cuxas_status cuxas_bytes_read(const char *path, char **ret_bytes, size_t *ret_n_byte, cuxas_error *err)
{
  const bool is_standard = strcmp(path, "-") == 0;
  FILE      *in          = is_standard ? stdin : fopen(path, "rb");

  *ret_bytes  = NULL;
  *ret_n_byte = 0;
  if (in == NULL) return cuxas_fail(err, CUXAS_EIO, "%s: cannot open: %s", path, strerror(errno));
  const cuxas_status status = read_stream(in, is_standard ? "standard input" : path, ret_bytes, ret_n_byte, err);
  if (!is_standard) fclose(in);
  return status;
}

cuxas_status cuxas_text_read(const char *path, cuxas_text *ret_text, cuxas_error *err)
{
  char  *bytes  = NULL;
  size_t n_byte = 0;

  *ret_text           = (cuxas_text){0};
  cuxas_status status = cuxas_bytes_read(path, &bytes, &n_byte, err);
  if (status == CUXAS_OK)
    status = cuxas_text_from_memory(strcmp(path, "-") == 0 ? "standard input" : path, bytes, n_byte, ret_text, err);
  free(bytes);
  return status;
}

/* LF and CR each end a line, so of CRLF it counts too many at most. */
static size_t count_line_ends(const unsigned char *bytes, size_t n_byte)
{
  size_t n_end = 0;
  for (size_t i = 0; i < n_byte; i++)
    n_end += bytes[i] == '\n' || (bytes[i] == '\r' && bytes[i + 1 < n_byte ? i + 1 : i] != '\n');
  return n_end;
}

static cuxas_status check_is_text(const char *name, const unsigned char *bytes, size_t n_byte, cuxas_error *err)
{
  if (n_byte > CUXAS_TEXT_MAX_BYTES)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: larger than %zu MiB, not a text file for this program", name,
                      CUXAS_TEXT_MAX_BYTES >> 20);
  if (n_byte >= 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff)))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: UTF-16 text; save it as UTF-8 or plain text", name);
  const unsigned char *zero = n_byte > 0 ? memchr(bytes, 0, n_byte) : NULL;
  if (zero != NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: binary file (a zero byte at offset %zu)", name, (size_t)(zero - bytes));
  if (count_line_ends(bytes, n_byte) > CUXAS_TEXT_MAX_LINES) /* before anything is copied */
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: more than %zu lines, no text file for this program", name,
                      CUXAS_TEXT_MAX_LINES);
  return CUXAS_OK;
}

/* CR and CRLF become LF in place; returns the new length. */
static size_t unify_line_ends(char *bytes, size_t n_byte)
{
  size_t n_kept = 0;
  for (size_t i = 0; i < n_byte; i++) {
    if (bytes[i] == '\r' && i + 1 < n_byte && bytes[i + 1] == '\n') continue;
    bytes[n_kept++] = bytes[i] == '\r' ? '\n' : bytes[i];
  }
  return n_kept;
}

cuxas_status cuxas_text_from_memory(const char *name, const void *bytes, size_t n_byte, cuxas_text *ret_text,
                                    cuxas_error *err)
{
  *ret_text           = (cuxas_text){0};
  cuxas_status status = check_is_text(name, bytes, n_byte, err);
  if (status != CUXAS_OK) return status;

  cuxas_text   text  = {.has_bom = n_byte >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0};
  const size_t n_bom = text.has_bom ? 3 : 0;
  n_byte -= n_bom;
  text.path    = cuxas_copy_text(err, name);
  text.storage = cuxas_new(err, n_byte + 1, 1);
  if (text.path == NULL || text.storage == NULL) goto no_memory;
  if (n_byte > 0) memcpy(text.storage, (const char *)bytes + n_bom, n_byte);
  n_byte               = unify_line_ends(text.storage, n_byte);
  text.storage[n_byte] = '\0';

  text.line = cuxas_new(err, count_line_ends((unsigned char *)text.storage, n_byte) + 1, sizeof *text.line);
  if (text.line == NULL) goto no_memory;
  for (char *start = text.storage, *end = start + n_byte; start < end;) {
    char *stop = memchr(start, '\n', (size_t)(end - start));
    if (stop == NULL) stop = end;
    *stop                    = '\0';
    text.line[text.n_line++] = start;
    start                    = stop + 1;
  }
  *ret_text = text;
  return CUXAS_OK;

no_memory:
  cuxas_text_free(&text);
  return cuxas_fail_at(err, CUXAS_ENOMEM, name);
}

void cuxas_text_free(cuxas_text *text)
{
  if (text == NULL) return;
  free(text->path);
  free(text->line);
  free(text->storage);
  *text = (cuxas_text){0};
}

/* ---- 2. Tokens and numbers ---- */

static bool is_blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

char *cuxas_text_trim(char *line)
{
  while (is_blank(*line)) line++;
  size_t n_byte = strlen(line);
  while (n_byte > 0 && is_blank(line[n_byte - 1])) n_byte--;
  line[n_byte] = '\0';
  return line;
}

char *cuxas_text_next_token(char **cursor)
{
  char *start = *cursor;
  while (is_blank(*start)) start++;
  char *stop = start;
  while (*stop != '\0' && !is_blank(*stop)) stop++;
  *cursor = *stop != '\0' ? stop + 1 : stop;
  *stop   = '\0';
  return stop > start ? start : NULL;
}

static const char *skip_digits(const char *c)
{
  while (is_digit(*c)) c++;
  return c;
}

/* NaN and infinities, also as Microsoft's C library writes them. */
static bool parse_special(const char *token, double *ret_value)
{
  static const struct {
    const char *spelling;
    bool        is_nan;
  } SPECIAL[]            = {{"nan", true},     {"inf", false},   {"infinity", false}, {"1.#inf", false},
                            {"1.#qnan", true}, {"1.#ind", true}, {"1.#snan", true}};
  const bool is_negative = *token == '-';
  if (*token == '+' || *token == '-') token++;
  if (strchr("nNiI", *token) == NULL && strncmp(token, "1.#", 3) != 0) return false; /* as most numbers */
  for (size_t i = 0; i < sizeof SPECIAL / sizeof SPECIAL[0]; i++) {
    const size_t n_byte = strlen(SPECIAL[i].spelling);
    if (strncasecmp(token, SPECIAL[i].spelling, n_byte) != 0) continue;
    const char *rest = token + n_byte;
    if (SPECIAL[i].spelling[0] == '1') /* padded with zeros: 1.#INF00 */
      while (*rest == '0') rest++;
    if (*rest != '\0') continue;
    *ret_value = SPECIAL[i].is_nan ? (double)NAN : is_negative ? -HUGE_VAL : HUGE_VAL;
    return true;
  }
  return false;
}

cuxas_locale cuxas_locale_begin(void)
{
  const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* always there: nothing is allocated for it */
  return (cuxas_locale){plain != (locale_t)0 ? uselocale(plain) : (locale_t)0, plain};
}

void cuxas_locale_end(cuxas_locale locale)
{
  if (locale.plain == NULL) return;
  uselocale(locale.before);
  freelocale(locale.plain);
}

int cuxas_text_order(const void *left, const void *right)
{
  return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int by_text(const void *left, const void *right)
{
  const cuxas_placed *a = left, *b = right;
  const int           order = strcmp(a->text, b->text);
  return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

void cuxas_placed_sort(cuxas_placed *list, size_t n)
{
  if (n > 0) qsort(list, n, sizeof *list, by_text);
}

const cuxas_placed *cuxas_placed_find(const cuxas_placed *list, size_t n, const char *text, size_t *opt_n)
{
  size_t low = 0, high = n, n_equal = 0;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (strcmp(list[middle].text, text) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  while (low + n_equal < n && strcmp(list[low + n_equal].text, text) == 0) n_equal++;
  if (opt_n != NULL) *opt_n = n_equal;
  return n_equal > 0 ? &list[low] : NULL;
}

int cuxas_text_print(char *buffer, size_t size, const char *format, ...)
{
  const cuxas_locale locale = cuxas_locale_begin();
  va_list            arguments;
  va_start(arguments, format);
  const int n_char = vsnprintf(buffer, size, format, arguments);
  va_end(arguments);
  cuxas_locale_end(locale);
  return n_char;
}

void cuxas_text_append(char *buffer, size_t size, const char *format, ...)
{
  const cuxas_locale locale = cuxas_locale_begin();
  const size_t       n_used = strlen(buffer);
  va_list            arguments;
  va_start(arguments, format);
  vsnprintf(buffer + n_used, size - n_used, format, arguments);
  va_end(arguments);
  cuxas_locale_end(locale);
}

bool cuxas_text_parse_number(const char *token, double *ret_value)
{
  enum { ROOM = 512 }; /* more digits than this are noise, and not a number anybody wrote */
  char   plain[ROOM];
  double value;

  if (parse_special(token, &value)) {
    if (ret_value != NULL) *ret_value = value;
    return true;
  }
  const char *integer  = token + (*token == '+' || *token == '-');
  const char *fraction = skip_digits(integer);
  const char *end      = *fraction == '.' ? skip_digits(fraction + 1) : fraction;
  if (end - integer - (*fraction == '.') < 1) return false; /* no digit at all */

  const char *exponent = NULL; /* its sign or first digit */
  if (*end == 'e' || *end == 'E' || *end == 'd' || *end == 'D') exponent = end + 1;
  if ((*end == '+' || *end == '-') && *fraction == '.') exponent = end;
  if (exponent == NULL && *end != '\0') return false;
  if (exponent != NULL) {
    const char *digit = exponent + (*exponent == '+' || *exponent == '-');
    const char *stop  = skip_digits(digit);
    if (stop == digit || *stop != '\0') return false;
    if (exponent == end && stop - digit != 3) return false;
  }
  const size_t n_mantissa = (size_t)(end - token), n_exponent = exponent != NULL ? strlen(exponent) : 0;
  if (n_mantissa + n_exponent + 2 > ROOM) return false;
  memcpy(plain, token, n_mantissa);
  plain[n_mantissa] = '\0';
  if (exponent != NULL) {
    plain[n_mantissa] = 'e';
    memcpy(plain + n_mantissa + 1, exponent, n_exponent + 1);
  }
  const cuxas_locale locale = cuxas_locale_begin();
  value                     = strtod(plain, NULL);
  cuxas_locale_end(locale);
  if (ret_value != NULL) *ret_value = value;
  return true;
}

bool cuxas_text_parse_integer(const char *token, long *ret_value)
{
  const char *digit = token + (*token == '+' || *token == '-');
  if (!is_digit(*digit) || *skip_digits(digit) != '\0') return false;
  errno            = 0;
  const long value = strtol(token, NULL, 10);
  if (errno == ERANGE) return false;
  if (ret_value != NULL) *ret_value = value;
  return true;
}

/* ---- 3. Tables with a header line ---- */

size_t cuxas_csv_cut(char *line, char *ret_field[CUXAS_CSV_MAX_COLUMN])
{
  size_t n = 0;
  for (char *read = line; n < CUXAS_CSV_MAX_COLUMN; read++) {
    char *write     = read;
    bool  is_quoted = false;
    ret_field[n++]  = write;
    for (; *read != '\0' && (is_quoted || *read != ','); read++) {
      if (*read != '"')
        *write++ = *read;
      else if (is_quoted && read[1] == '"')
        *write++ = *++read;
      else
        is_quoted = !is_quoted;
    }
    const bool is_last = *read == '\0';
    *write             = '\0';
    if (is_last) break;
  }
  return n;
}

cuxas_status cuxas_csv_find_column(char **field, size_t n_field, const char *name, const char *path, size_t *ret_column,
                                   cuxas_error *err)
{
  for (size_t i = 0; i < n_field; i++)
    if (strcmp(cuxas_text_trim(field[i]), name) == 0) {
      *ret_column = i;
      return CUXAS_OK;
    }
  return cuxas_fail(err, CUXAS_EFORMAT, "%s:1: no column \"%s\"", path, name);
}

/* ---- 4. Characters ---- */

static bool is_shown(unsigned long code)
{
  if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return false;                           /* controls */
  if (code >= 0xD800 && code < 0xE000) return false;                                        /* surrogates */
  if ((code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF)) return false;        /* non-characters */
  if (code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E)) return false; /* lines, directions */
  return !(code >= 0x2066 && code <= 0x2069);                                               /* isolates */
}

size_t cuxas_utf8_length(const char *text)
{
  static const unsigned long SMALLEST[] = {0, 0, 0x80, 0x800,
                                           0x10000}; /* by length: nothing is written longer than needed */
  const unsigned char        first      = (unsigned char)text[0];
  const size_t               n_byte     = first < 0x80   ? 1
                                          : first < 0xC0 ? 0
                                          : first < 0xE0 ? 2
                                          : first < 0xF0 ? 3
                                          : first < 0xF8 ? 4
                                                         : 0;
  if (n_byte == 0) return 0;
  unsigned long code = n_byte == 1 ? first : first & (0x7Fu >> n_byte);
  for (size_t i = 1; i < n_byte; i++) {
    if (((unsigned char)text[i] & 0xC0) != 0x80) return 0; /* also at the end of the text */
    code = code << 6 | ((unsigned char)text[i] & 0x3F);
  }
  return code >= SMALLEST[n_byte] && code <= 0x10FFFF && is_shown(code) ? n_byte : 0;
}

char *cuxas_utf8_clean(const char *text)
{
  char *clean = cuxas_new(NULL, strlen(text) + 1, strlen(CUXAS_UTF8_REPLACEMENT));
  char *to    = clean;
  if (clean == NULL) return NULL;
  while (*text != '\0') {
    const size_t n_byte = cuxas_utf8_length(text);
    const char  *from   = n_byte > 0 ? text : CUXAS_UTF8_REPLACEMENT;
    const size_t n_put  = n_byte > 0 ? n_byte : strlen(CUXAS_UTF8_REPLACEMENT);
    memcpy(to, from, n_put);
    to += n_put;
    text += n_byte > 0 ? n_byte : 1;
  }
  *to = '\0';
  return clean;
}

/* Does the text end inside the character that begins here? */
static bool is_cut_short(const char *text)
{
  const unsigned char first  = (unsigned char)*text;
  const size_t        n_byte = first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF8 ? 4 : 0;
  size_t              n      = 1;
  while (n < n_byte && ((unsigned char)text[n] & 0xC0) == 0x80) n++;
  return n < n_byte && text[n] == '\0';
}

void cuxas_utf8_tame(char *text)
{
  while (*text != '\0') {
    const size_t n_byte = cuxas_utf8_length(text);
    if (n_byte == 0 && is_cut_short(text)) {
      *text = '\0';
      return;
    }
    if (n_byte == 0) *text = strchr("\n\r\t", *text) != NULL ? ' ' : '?';
    text += n_byte > 0 ? n_byte : 1;
  }
}

/* ---- 5. Lists of names ---- */

/* snprintf() behind what is there; what does not fit is left out. */
CUXAS_PRINTF_LIKE(2, 3) static void list_append(cuxas_list *list, const char *format, ...)
{
  if (list->n_name == 0) *list->text = '\0';
  const size_t n_used = strlen(list->text);
  va_list      arguments;
  va_start(arguments, format);
  vsnprintf(list->text + n_used, list->size - n_used, format, arguments);
  va_end(arguments);
}

void cuxas_list_add(cuxas_list *list, const char *name)
{
  if (list->n_name < list->n_named) {
    char own[41];
    snprintf(own, sizeof own, "%s", name);
    cuxas_utf8_tame(own);
    list_append(list, "%s%s", list->n_name > 0 ? ", " : "", own);
  }
  list->n_name++;
}

size_t cuxas_list_end(cuxas_list *list)
{
  if (list->n_name == 0) *list->text = '\0';
  if (list->n_name > list->n_named) list_append(list, " and %zu more", list->n_name - list->n_named);
  return list->n_name;
}

/* ---- 6. Patterns ---- */

struct cuxas_pattern {
  pcre2_code       *code;
  pcre2_match_data *match;
  const char       *subject; /* of the last match; NULL when there was none */
  uint32_t          n_group; /* of the last match, group 0 included */
};

cuxas_status cuxas_pattern_new(const char *expression, cuxas_pattern **ret_pattern, cuxas_error *err)
{
  *ret_pattern           = NULL;
  cuxas_pattern *pattern = cuxas_new(err, 1, sizeof *pattern);
  if (pattern == NULL) return CUXAS_ENOMEM;

  int        why    = 0;
  PCRE2_SIZE offset = 0;
  pattern->code     = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED, 0, &why, &offset, NULL);
  if (pattern->code == NULL) {
    PCRE2_UCHAR reason[128] = "";
    pcre2_get_error_message(why, reason, sizeof reason);
    cuxas_pattern_free(pattern);
    return cuxas_fail(err, CUXAS_EFORMAT, "pattern '%s', character %zu: %s", expression, offset + 1, (char *)reason);
  }
  pattern->match = pcre2_match_data_create_from_pattern(pattern->code, NULL);
  if (pattern->match == NULL) {
    cuxas_pattern_free(pattern);
    return cuxas_no_memory(err);
  }
  *ret_pattern = pattern;
  return CUXAS_OK;
}

void cuxas_pattern_free(cuxas_pattern *pattern)
{
  if (pattern == NULL) return;
  pcre2_match_data_free(pattern->match);
  pcre2_code_free(pattern->code);
  free(pattern);
}

bool cuxas_pattern_match(cuxas_pattern *pattern, const char *subject)
{
  const int n_group = pcre2_match(pattern->code, (PCRE2_SPTR)subject, strlen(subject), 0, 0, pattern->match, NULL);
  pattern->n_group  = n_group > 0 ? (uint32_t)n_group : 0;
  pattern->subject  = n_group > 0 ? subject : NULL;
  return n_group > 0;
}

cuxas_slice cuxas_pattern_group(const cuxas_pattern *pattern, size_t i_group)
{
  if (pattern->subject == NULL || i_group >= pattern->n_group) return (cuxas_slice){NULL, 0};
  const PCRE2_SIZE *border = pcre2_get_ovector_pointer(pattern->match) + 2 * i_group;
  if (border[0] == PCRE2_UNSET || border[1] < border[0]) return (cuxas_slice){NULL, 0};
  return (cuxas_slice){pattern->subject + border[0], border[1] - border[0]};
}

bool cuxas_pattern_copy_group(const cuxas_pattern *pattern, size_t i_group, char *buffer, size_t size)
{
  const cuxas_slice group = cuxas_pattern_group(pattern, i_group);
  if (size == 0) return false;
  const size_t n_byte = group.n_byte < size ? group.n_byte : size - 1;
  if (n_byte > 0) memcpy(buffer, group.start, n_byte);
  buffer[n_byte] = '\0';
  return group.start != NULL && n_byte == group.n_byte;
}

/* ---- file names made of folders, stems and suffixes ------------------------------------------------------------- */

char *cuxas_path_join(const char *folder, const char *name, const char *opt_suffix)
{
  const char  *suffix   = opt_suffix != NULL ? opt_suffix : "";
  const size_t n_folder = strlen(folder), n_byte = n_folder + strlen(name) + strlen(suffix) + 3;
  const bool   has_slash = n_folder > 0 && folder[n_folder - 1] == '/';
  char        *path      = cuxas_new(NULL, n_byte, 1);
  if (path != NULL)
    snprintf(path, n_byte, "%s%s%s%s%s", folder, has_slash ? "" : "/", name, opt_suffix != NULL ? "." : "", suffix);
  return path;
}

char *cuxas_path_stem(const char *path)
{
  const char *slash = strrchr(path, '/');
  char       *stem  = cuxas_copy_text(NULL, slash != NULL ? slash + 1 : path);
  char       *dot   = stem != NULL ? strrchr(stem, '.') : NULL;
  if (dot != NULL && dot != stem) *dot = '\0';
  return stem;
}
