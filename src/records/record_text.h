/* record_text.h - training records as JSON: the structure (members lattice, species and frac), numbers, whole lines */
#ifndef CUXAS_RECORD_TEXT_H
#define CUXAS_RECORD_TEXT_H
#include "cuxas/crystal.h"
#include "cuxas/records.h"

#include <cjson/cJSON.h>

/* cuxas_record_numbers() - an array of exactly n numbers; a null or an overflowing number becomes NaN, which the caller
 * judges
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT the array is longer, shorter, or holds something else. */
cuxas_status cuxas_record_numbers(const cJSON *array, size_t n, const char *key, double *ret_value, const char *where,
                                  cuxas_error *err);

/* cuxas_record_crystal_parse() - the crystal of an object
 *
 *   where        start of messages, "train.jsonl:3"
 *   ret_crystal  the caller frees it with cuxas_crystal_free()
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT a member is missing or malformed, or the cell has no volume; CUXAS_ENOMEM. */
cuxas_status cuxas_record_crystal_parse(const cJSON *object, const char *where, cuxas_crystal **ret_crystal,
                                        cuxas_error *err);

/* cuxas_record_crystal_put() - the same members at the end of an object, numbers to 6 decimals
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM, the object is then to be thrown away. */
cuxas_status cuxas_record_crystal_put(cJSON *object, const cuxas_crystal *crystal, cuxas_error *err);

/* cuxas_record_number() - a JSON number of so many significant digits; NULL: no memory or value not finite */
cJSON *cuxas_record_number(double value, int n_digit);

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
