/* utf8.h - which bytes of a foreign text are characters that may be shown? */
#ifndef CUXAS_REPORT_UTF8_H
#define CUXAS_REPORT_UTF8_H
#include <stddef.h>

#define UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* utf8_length() - bytes of the character at the start of `text`, 1 ... 4
 *
 * Returns  0 when there is none that can be shown: invalid UTF-8, a control character, a surrogate or a non-character, or
 *          one that turns the direction of writing (a name must not rearrange the text around it). */
size_t utf8_length(const char *text);

/* utf8_clean() - the text with U+FFFD for every byte that is part of no such character
 *
 * Returns  text that the caller frees with free(); NULL: no memory. */
char *utf8_clean(const char *text);

#endif
