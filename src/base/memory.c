#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *cuxas_new_array(size_t n_item, size_t item_size)
{
  return calloc(n_item > 0 ? n_item : 1, item_size); /* calloc checks the product */
}

void *cuxas_grow_array(void *block, size_t n_item, size_t item_size)
{
  if (item_size > 0 && n_item > SIZE_MAX / item_size) return NULL;
  const size_t n_byte = n_item * item_size;
  return realloc(block, n_byte > 0 ? n_byte : 1);
}

char *cuxas_copy_string(const char *text)
{
  if (text == NULL) return NULL;
  const size_t n_byte = strlen(text) + 1;
  char        *copy   = malloc(n_byte);
  return copy != NULL ? memcpy(copy, text, n_byte) : NULL;
}
