/* records_priv.h - records put together line by line */
#ifndef CUXAS_RECORDS_PRIV_H
#define CUXAS_RECORDS_PRIV_H
#include "cuxas/records.h"

/* cuxas_records_begin() - no records yet, of these edges
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE too many edges or a name too long; CUXAS_ENOMEM. */
cuxas_status cuxas_records_begin(const char *const *edge_name, size_t n_edge, cuxas_records **ret_records,
                                 cuxas_error *err);

/* cuxas_records_add_line() - the record of a line, or one more of those that are counted as left out
 *
 *   where  start of messages, "train.jsonl:3"
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT malformed; CUXAS_ENOMEM. */
cuxas_status cuxas_records_add_line(cuxas_records *records, const char *line, int absorber, size_t i_file,
                                    const char *where, cuxas_error *err);

#endif
