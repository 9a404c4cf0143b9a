/* warnings.h - doubts about a result, as data: short sentences that a report shows beside it
 *
 * A doubtful result is not an error. A list has a fixed size, so that collecting doubts cannot fail. */
#ifndef CUXAS_WARNINGS_H
#define CUXAS_WARNINGS_H
#include "cuxas/status.h"

#include <stddef.h>

enum { CUXAS_MAX_WARNING = 12, CUXAS_WARNING_SIZE = 200 };

/* An empty list is { 0 }. */
typedef struct {
  size_t n_warning;
  char   text[CUXAS_MAX_WARNING][CUXAS_WARNING_SIZE]; /* one line each */
} cuxas_warnings;

/* cuxas_warn() - adds a sentence (printf format)
 *
 * Too long a sentence is cut, line breaks become blanks; when the list is full its last entry says that there were
 * more. */
void cuxas_warn(cuxas_warnings *warnings, const char *format, ...) CUXAS_PRINTF_LIKE(2, 3);

#endif
