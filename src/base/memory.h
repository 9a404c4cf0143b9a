/* memory.h - memory whose size may come from a file: checked for overflow, a failure recorded in one wording
 *
 * What can run out of memory takes the error first, so that one line both asks and reports:
 *
 *   if ((energy_eV = cuxas_new(err, n_energy, sizeof *energy_eV)) == NULL) {
 *     status = CUXAS_ENOMEM;
 *     goto done;
 *   }
 *
 * Everything is given back with free(). */
#ifndef CUXAS_MEMORY_H
#define CUXAS_MEMORY_H
#include "cuxas/status.h"

#include <stddef.h>

/* cuxas_new() - n_item zeroed items of item_size bytes
 *
 * Returns  memory the caller frees with free(); NULL when memory ran out or n_item * item_size overflows, with
 *          CUXAS_ENOMEM and its message in err (which may be NULL). n_item = 0 gives a valid pointer to nothing. */
void *cuxas_new(cuxas_error *err, size_t n_item, size_t item_size);

/* cuxas_grow() - the same block with room for n_item items; new bytes are not set
 *
 * Returns  the block, possibly moved (the old pointer is then invalid); NULL as cuxas_new(), the old block untouched. */
void *cuxas_grow(cuxas_error *err, void *block, size_t n_item, size_t item_size);

/* cuxas_copy() - a copy of n_item items; NULL as cuxas_new() */
void *cuxas_copy(cuxas_error *err, const void *items, size_t n_item, size_t item_size);

/* cuxas_copy_text() - a copy of a string; NULL as cuxas_new(), or, nothing recorded, when text is NULL */
char *cuxas_copy_text(cuxas_error *err, const char *text);

/* cuxas_print_text() - what printf would print, as a string of its own; NULL as cuxas_new() */
char *cuxas_print_text(cuxas_error *err, const char *format, ...) CUXAS_PRINTF_LIKE(2, 3);

/* cuxas_no_memory() - records and returns CUXAS_ENOMEM when another library found no memory */
cuxas_status cuxas_no_memory(cuxas_error *err);

#endif
