/* status.c - one line of text for every failure */
#include "cuxas/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

cuxas_status cuxas_fail(cuxas_error *err, cuxas_status status, const char *format, ...)
{
  if (err == NULL) return status;

  va_list arguments;
  va_start(arguments, format);
  vsnprintf(err->message, sizeof err->message, format, arguments);
  va_end(arguments);
  for (char *c = err->message; *c != '\0'; c++)
    if (*c == '\n' || *c == '\r') *c = ' '; /* file names may hold anything; a message stays one line */
  err->status = status;
  return status;
}

cuxas_status cuxas_fail_at(cuxas_error *err, cuxas_status status, const char *path)
{
  if (status == CUXAS_OK || err == NULL) return status;
  const size_t n_path = strlen(path);
  if (strncmp(err->message, path, n_path) == 0 && strchr(": ", err->message[n_path]) != NULL) return status;
  const cuxas_error why = *err;
  return cuxas_fail(err, status, "%.*s: %s", CUXAS_MESSAGE_SIZE / 2, path, why.message);
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
