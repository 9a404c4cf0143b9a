/* record_merge.h - files of training records made one, and what they hold */
#ifndef CUXAS_CMD_RECORD_MERGE_H
#define CUXAS_CMD_RECORD_MERGE_H
#include "cmd/options.h"

/* cuxas_record_merge() - the records of all files in one, by name and site, one line each
 *
 * The output appears whole or not at all, and is the same bytes when it is merged again, with itself or with what went
 * into it. Missing sites go to standard output, of --structures or of the records' own crystals; doubles that differ are told.
 *
 *   ret_is_complete  nothing is missing, no doubles differ */
cuxas_status cuxas_record_merge(const cuxas_options *options, bool *ret_is_complete, cuxas_error *err);

/* cuxas_record_info() - what files of training records hold: a text table, or JSON, on stdout */
cuxas_status cuxas_record_info(const cuxas_options *options, cuxas_error *err);

#endif
