/* record_text.h - training records as JSON: the structure (members lattice, species and frac), numbers, whole lines */
#ifndef CUXAS_RECORD_TEXT_H
#define CUXAS_RECORD_TEXT_H
#include "cuxas/crystal.h"
#include "cuxas/records.h"
#include "records/record_file.h"

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

/* cuxas_record_is_same_structure() - axes within 0.001 A, positions within 0.001 of an axis, in the same order */
bool cuxas_record_is_same_structure(const cuxas_crystal *a, const cuxas_crystal *b);

/* cuxas_record_check() - may a spectrum become part of a record? Returns as cuxas_record_file_put() */
cuxas_status cuxas_record_check(const cuxas_record_site *site, const cuxas_record_spectrum *spectrum, cuxas_error *err);

/* cuxas_record_make() - a record of a site, without curves; NULL: no memory */
cJSON *cuxas_record_make(const cuxas_record_site *site);

/* cuxas_record_make_curve() - its member of one edge and channel; NULL: no memory */
cJSON *cuxas_record_make_curve(const cuxas_record_spectrum *spectrum);

/* cuxas_record_seal() - a line with its checksum, the first 16 hexadecimal digits of the SHA-256 of all that stands in
 * front of that last member, and its end
 *
 *   text      a JSON object with members
 *   ret_line  strlen(text) + CUXAS_RECORD_SEAL_SIZE bytes
 *
 * Returns  its length. */
enum { CUXAS_RECORD_SEAL_SIZE = 48 };
size_t cuxas_record_seal(const char *text, char *ret_line);

/* cuxas_record_unseal() - cuts the checksum off a line that has one
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT it does not hold. */
cuxas_status cuxas_record_unseal(char *text, const char *where, cuxas_error *err);

/* cuxas_record_number() - a JSON number of so many significant digits; NULL: no memory or value not finite */
cJSON *cuxas_record_number(double value, int n_digit);

/* cuxas_records_begin() - no records yet, of these edges
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE too many edges or a name too long; CUXAS_ENOMEM. */
cuxas_status cuxas_records_begin(const char *const *edge_name, size_t n_edge, cuxas_records **ret_records,
                                 cuxas_error *err);

/* -- the first line of a site is taken apart once, when its file is read: record_file.c hands it on -- */

typedef void cuxas_record_take(const cJSON *object, const char *id, size_t site, size_t i_line, void *user);

/* cuxas_record_file_read_with() - cuxas_record_file_read(), which hands on each line that begins a record, in the order of the records
 *
 *   opt_has_joined  whether some of them went on later: these were not whole */
cuxas_status cuxas_record_file_read_with(const char *path, cuxas_record_take *opt_take, void *user,
                                         cuxas_record_file **ret_file, bool *opt_has_joined, cuxas_error *err);

/* cuxas_record_file_line() - of a record's first line, from 1; 0: not in the file yet */
size_t cuxas_record_file_line(const cuxas_record_file *file, size_t i);

#endif
