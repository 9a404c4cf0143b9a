#include "cuxas/warnings.h"

#include <stdarg.h>
#include <stdio.h>

void cuxas_warn(cuxas_warnings *warnings, const char *format, ...)
{
  if (warnings->n_warning == CUXAS_MAX_WARNING) {
    snprintf(warnings->text[CUXAS_MAX_WARNING - 1], CUXAS_WARNING_SIZE, "(more warnings were left out)");
    return;
  }
  char *text = warnings->text[warnings->n_warning++];

  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, CUXAS_WARNING_SIZE, format, arguments);
  va_end(arguments);
  for (char *c = text; *c != '\0'; c++)
    if (*c == '\n' || *c == '\r') *c = ' ';
}
