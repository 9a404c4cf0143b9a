/* status.h - how a call says what went wrong, what is doubtful, and which release says so
 *
 * Every function that can fail returns a cuxas_status and takes a cuxas_error as its last argument. The error
 * carries one line of text that names the file, the line where there is one, and the reason: a program prints it
 * unchanged. Outputs are written only on CUXAS_OK. The library itself never prints, exits or keeps state. */
#ifndef CUXAS_STATUS_H
#define CUXAS_STATUS_H
#include <stddef.h>

typedef enum {
  CUXAS_OK = 0,
  CUXAS_EIO,          /* a file cannot be opened, read, written or renamed */
  CUXAS_EFORMAT,      /* a file's content is not what its format says */
  CUXAS_ERANGE,       /* a number is outside what makes sense here */
  CUXAS_EUNSUPPORTED, /* well formed, but not something this method can treat (no absorber, a molecule) */
  CUXAS_ENOMEM,       /* memory ran out, or a size would overflow */
  CUXAS_EEXIST,       /* an output file exists and may not be overwritten */
  CUXAS_ENUMERIC,     /* a computation did not give finite numbers */
} cuxas_status;

enum { CUXAS_MESSAGE_SIZE = 1024 };

typedef struct {
  cuxas_status status;
  char         message[CUXAS_MESSAGE_SIZE]; /* one line, no newline at the end */
} cuxas_error;

#if defined(__GNUC__)
#define CUXAS_PRINTF_LIKE(i_format, i_first) __attribute__((__format__(__printf__, i_format, i_first)))
#else
#define CUXAS_PRINTF_LIKE(i_format, i_first)
#endif

/* cuxas_fail() - record a failure and return its status, so that one line both reports and returns
 *
 *   err      where the message goes; may be NULL, then only the status is returned
 *   status   what kind of failure, not CUXAS_OK
 *   format   printf format of the message; it is one line of UTF-8 without control characters whatever the
 *            arguments hold, with '.' in numbers whatever the locale; one too long for the buffer is cut
 *
 * Returns  status. */
cuxas_status cuxas_fail(cuxas_error *err, cuxas_status status, const char *format, ...) CUXAS_PRINTF_LIKE(3, 4);

/* cuxas_fail_at() - put the name of a file (or whatever was worked at) before the message of a failure
 *
 * A message that begins with it already is left alone, so that every level may say what it knows; too long a message is
 * cut at its end.
 *
 *   status  of the call that failed; with CUXAS_OK nothing happens
 *
 * Returns  status. */
cuxas_status cuxas_fail_at(cuxas_error *err, cuxas_status status, const char *path);

/* cuxas_status_name() - the status as a word, e.g. "format"; static storage, never NULL */
const char *cuxas_status_name(cuxas_status status);

/* -- doubts about a result, as data: short sentences that a report shows beside it --
 *
 * A doubtful result is not an error. A list has a fixed size, so that collecting doubts cannot fail. */

enum { CUXAS_MAX_WARNING = 12, CUXAS_WARNING_SIZE = 200 };

/* An empty list is { 0 }. */
typedef struct {
  size_t n_warning;
  char   text[CUXAS_MAX_WARNING][CUXAS_WARNING_SIZE]; /* one line each */
} cuxas_warnings;

/* cuxas_warn() - adds a sentence, as cuxas_fail() words its message; when the list is full its last entry says that there
 * were more */
void cuxas_warn(cuxas_warnings *warnings, const char *format, ...) CUXAS_PRINTF_LIKE(2, 3);

enum {
  CUXAS_SHA256_HEX_SIZE = 65
}; /* of the name of a file's content: 64 hexadecimal digits and the terminating zero */

/* cuxas_version() - the release as text, "0.4.1", as it stands in reports; static storage, never NULL */
const char *cuxas_version(void);

#endif
