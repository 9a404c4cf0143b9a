/* csv.h - small tables with a header: which column is what, and the fields of a line */
#ifndef CUXAS_CSV_PRIV_H
#define CUXAS_CSV_PRIV_H
#include "cuxas/status.h"

#include <stddef.h>

enum { CUXAS_CSV_MAX_COLUMN = 64 };

/* cuxas_csv_cut() - fields of a line, in place; in a quoted one a doubled quote is a quote. Returns their number */
size_t cuxas_csv_cut(char *line, char *ret_field[CUXAS_CSV_MAX_COLUMN]);

/* cuxas_csv_find_column() - of the header's fields; CUXAS_EFORMAT: not there */
cuxas_status cuxas_csv_find_column(char **field, size_t n_field, const char *name, const char *path, size_t *ret_column,
                                   cuxas_error *err);

#endif
