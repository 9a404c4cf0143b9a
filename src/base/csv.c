#include "base/csv.h"

#include "cuxas/text.h"

#include <stdbool.h>
#include <string.h>

size_t cuxas_csv_cut(char *line, char *ret_field[CUXAS_CSV_MAX_COLUMN])
{
  size_t n = 0;
  for (char *read = line; n < CUXAS_CSV_MAX_COLUMN; read++) {
    char *write     = read;
    bool  is_quoted = false;
    ret_field[n++]  = write;
    for (; *read != '\0' && (is_quoted || *read != ','); read++) {
      if (*read != '"')
        *write++ = *read;
      else if (is_quoted && read[1] == '"')
        *write++ = *++read;
      else
        is_quoted = !is_quoted;
    }
    const bool is_last = *read == '\0';
    *write             = '\0';
    if (is_last) break;
  }
  return n;
}

cuxas_status cuxas_csv_find_column(char **field, size_t n_field, const char *name, const char *path, size_t *ret_column,
                                   cuxas_error *err)
{
  for (size_t i = 0; i < n_field; i++)
    if (strcmp(cuxas_text_trim(field[i]), name) == 0) {
      *ret_column = i;
      return CUXAS_OK;
    }
  return cuxas_fail(err, CUXAS_EFORMAT, "%s:1: no column \"%s\"", path, name);
}
