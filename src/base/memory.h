/* memory.h - arrays whose size comes from a file are allocated with an overflow check */
#ifndef CUXAS_MEMORY_H
#define CUXAS_MEMORY_H
#include <stddef.h>

/* cuxas_new_array() - n_item zeroed items of item_size bytes
 *
 * Returns  memory the caller frees with free(); NULL when memory ran out or n_item * item_size overflows.
 *          n_item = 0 gives a valid pointer to nothing. */
void *cuxas_new_array(size_t n_item, size_t item_size);

/* cuxas_grow_array() - the same block with room for n_item items; new bytes are not set
 *
 * Returns  the block, possibly moved (the old pointer is then invalid); NULL on failure, the old block untouched. */
void *cuxas_grow_array(void *block, size_t n_item, size_t item_size);

/* cuxas_copy_string() - a copy the caller frees with free(); NULL when memory ran out or text is NULL */
char *cuxas_copy_string(const char *text);

#endif
