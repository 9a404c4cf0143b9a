/* memory.c - memory with its size checked and its failure worded here alone */
#include "base/memory.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
