#include "write/utf8.h"

#include "base/memory.h"

#include <stdbool.h>
#include <string.h>

static bool is_shown(unsigned long code)
{
  if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return false;                           /* controls */
  if (code >= 0xD800 && code < 0xE000) return false;                                        /* surrogates */
  if ((code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF)) return false;        /* non-characters */
  if (code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E)) return false; /* lines, directions */
  return !(code >= 0x2066 && code <= 0x2069);                                               /* isolates */
}

size_t utf8_length(const char *text)
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

char *utf8_clean(const char *text)
{
  char *clean = cuxas_new_array(strlen(text) + 1, strlen(UTF8_REPLACEMENT));
  char *to    = clean;
  if (clean == NULL) return NULL;
  while (*text != '\0') {
    const size_t n_byte = utf8_length(text);
    const char  *from   = n_byte > 0 ? text : UTF8_REPLACEMENT;
    const size_t n_put  = n_byte > 0 ? n_byte : strlen(UTF8_REPLACEMENT);
    memcpy(to, from, n_put);
    to += n_put;
    text += n_byte > 0 ? n_byte : 1;
  }
  *to = '\0';
  return clean;
}
