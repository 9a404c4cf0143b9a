/* status.c - failures and doubts as one line of text each, fit for a terminal */
#include "cuxas/status.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
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
