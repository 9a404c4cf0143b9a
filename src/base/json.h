/* json.h - members of a JSON object, each checked for kind and range when it is read
 *
 * Every function takes where, the start of its message ("model.cuxas: head"), and answers CUXAS_EFORMAT when the member
 * is missing, of another kind or out of range. Results stay owned by the object. */
#ifndef CUXAS_JSON_PRIV_H
#define CUXAS_JSON_PRIV_H
#include "cuxas/status.h"

#include <cjson/cJSON.h>
#include <stddef.h>

/* cuxas_json_has() - true when the member is there and not null */
int cuxas_json_has(const cJSON *object, const char *key);

cuxas_status cuxas_json_object(const cJSON *object, const char *key, const cJSON **ret_value, const char *where,
                               cuxas_error *err);
cuxas_status cuxas_json_array(const cJSON *object, const char *key, const cJSON **ret_value, const char *where,
                              cuxas_error *err);
cuxas_status cuxas_json_string(const cJSON *object, const char *key, const char **ret_value, const char *where,
                               cuxas_error *err);

/* cuxas_json_number() - finite, low <= value <= high */
cuxas_status cuxas_json_number(const cJSON *object, const char *key, double low, double high, double *ret_value,
                               const char *where, cuxas_error *err);

/* cuxas_json_count() - a whole number, low <= value <= high; high is at most 2^53 */
cuxas_status cuxas_json_count(const cJSON *object, const char *key, size_t low, size_t high, size_t *ret_value,
                              const char *where, cuxas_error *err);

/* cuxas_json_is_count() - whether a value is a whole number in the range; opt_value may be NULL */
int cuxas_json_is_count(const cJSON *value, size_t low, size_t high, size_t *opt_value);

#endif
