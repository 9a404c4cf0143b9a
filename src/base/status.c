/* status.c - failures and doubts as one line of text each, fit for a terminal; memory, whose lack is the failure that all share,
 * with its size checked and its failure worded here alone */
#include "cuxas/status.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line, whatever the arguments hold: file names may hold anything. */
static void word(char *text, size_t n_byte, const char *format, va_list arguments)
{
  const cuxas_locale locale = cuxas_locale_begin();
  vsnprintf(text, n_byte, format, arguments);
  cuxas_locale_end(locale);
  cuxas_utf8_tame(text);
}

cuxas_status cuxas_fail(cuxas_error *err, cuxas_status status, const char *format, ...)
{
  if (err == NULL) return status;

  va_list arguments;
  va_start(arguments, format);
  word(err->message, sizeof err->message, format, arguments);
  va_end(arguments);
  err->status = status;
  return status;
}

cuxas_status cuxas_fail_at(cuxas_error *err, cuxas_status status, const char *path)
{
  if (status == CUXAS_OK || err == NULL) return status;
  const cuxas_error why = *err;
  cuxas_fail(err, status, "%.*s", CUXAS_MESSAGE_SIZE / 2, path); /* as the path stands in messages */
  const size_t n_path = strlen(err->message);
  if (strncmp(why.message, err->message, n_path) == 0 && strchr(": ", why.message[n_path]) != NULL)
    *err = why;
  else
    cuxas_fail(err, status, "%.*s: %s", CUXAS_MESSAGE_SIZE / 2, path, why.message);
  err->status = status;
  return status;
}

const char *cuxas_status_name(cuxas_status status)
{
  switch (status) {
  case CUXAS_OK: return "ok";
  case CUXAS_EIO: return "io";
  case CUXAS_EFORMAT: return "format";
  case CUXAS_ERANGE: return "range";
  case CUXAS_EUNSUPPORTED: return "unsupported";
  case CUXAS_ENOMEM: return "memory";
  case CUXAS_EEXIST: return "exists";
  case CUXAS_ENUMERIC: return "numeric";
  }
  return "unknown";
}

void cuxas_warn(cuxas_warnings *warnings, const char *format, ...)
{
  if (warnings->n_warning == CUXAS_MAX_WARNING) {
    snprintf(warnings->text[CUXAS_MAX_WARNING - 1], CUXAS_WARNING_SIZE, "(more warnings were left out)");
    return;
  }
  va_list arguments;
  va_start(arguments, format);
  word(warnings->text[warnings->n_warning++], CUXAS_WARNING_SIZE, format, arguments);
  va_end(arguments);
}

const char *cuxas_version(void)
{
  return CUXAS_VERSION; /* given by the Makefile, the only place that states it */
}

/* ---- memory ---- */

cuxas_status cuxas_no_memory(cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_ENOMEM, "no memory");
}

/* The block, or NULL with the failure recorded. */
static void *check(cuxas_error *err, void *block, size_t n_item, size_t item_size)
{
  if (block == NULL) {
    if (item_size > 0 && n_item > SIZE_MAX / item_size)
      cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu items of %zu bytes", n_item, item_size);
    else
      cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu bytes", n_item * item_size);
  }
  return block;
}

void *cuxas_new(cuxas_error *err, size_t n_item, size_t item_size)
{
  return check(err, calloc(n_item > 0 ? n_item : 1, item_size > 0 ? item_size : 1), n_item,
               item_size); /* calloc checks the product */
}

void *cuxas_grow(cuxas_error *err, void *block, size_t n_item, size_t item_size)
{
  const size_t n_byte = n_item * item_size;
  const bool   fits   = item_size == 0 || n_item <= SIZE_MAX / item_size;
  return check(err, fits ? realloc(block, n_byte > 0 ? n_byte : 1) : NULL, n_item, item_size);
}

void *cuxas_copy(cuxas_error *err, const void *items, size_t n_item, size_t item_size)
{
  void *copy = cuxas_new(err, n_item, item_size);
  if (copy != NULL && n_item > 0 && item_size > 0) memcpy(copy, items, n_item * item_size);
  return copy;
}

char *cuxas_copy_text(cuxas_error *err, const char *text)
{
  return text != NULL ? cuxas_copy(err, text, strlen(text) + 1, 1) : NULL;
}

char *cuxas_print_text(cuxas_error *err, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  const int n_byte = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  char *text = n_byte >= 0 ? cuxas_new(err, (size_t)n_byte + 1, 1) : NULL;
  if (n_byte < 0) cuxas_no_memory(err);
  if (text == NULL) return NULL;
  va_start(arguments, format);
  vsnprintf(text, (size_t)n_byte + 1, format, arguments);
  va_end(arguments);
  return text;
}
