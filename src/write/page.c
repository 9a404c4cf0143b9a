#include "write/page.h"

#include "base/hash.h"
#include "write/html_put.h"

#include <stdlib.h>
#include <string.h>

/* Written by make from page.css and page.js, one string literal a line. */
static const char STYLE[] =
#include "write/page.css.inc"
    ;
static const char SCRIPT[] =
#include "write/page.js.inc"
    ;

/* Base64 (RFC 4648) of bytes given in hexadecimal. */
static void put_base64(FILE *out, const char *hex)
{
  static const char DIGIT[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size_t      n_byte  = strlen(hex) / 2;
  for (size_t i = 0; i < n_byte; i += 3) {
    unsigned long three = 0;
    for (size_t k = 0; k < 3; k++) {
      const char pair[3] = {i + k < n_byte ? hex[2 * (i + k)] : '0', i + k < n_byte ? hex[2 * (i + k) + 1] : '0', '\0'};
      three              = three << 8 | strtoul(pair, NULL, 16);
    }
    for (size_t k = 0; k < 4; k++) putc(i + k <= n_byte ? DIGIT[three >> (18 - 6 * k) & 63] : '=', out);
  }
}

void page_begin(FILE *out, const char *title)
{
  char sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_hash_memory(SCRIPT, strlen(SCRIPT), sha256);
  fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "script-src 'sha256-",
        out);
  put_base64(out, sha256);
  fputs("'; base-uri 'none'; form-action 'none'\">\n<title>", out);
  html_put_text(out, title);
  fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", STYLE);
}

void page_end(FILE *out)
{
  fprintf(out, "<script>%s</script>\n</body>\n</html>\n", SCRIPT);
}
