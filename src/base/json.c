#include "base/json.h"

#include <math.h>

/* get() - the member, or NULL with the message set */
static const cJSON *get(const cJSON *object, const char *key, const char *where, cuxas_error *err)
{
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
  if (value == NULL) cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is missing", where, key);
  return value;
}

int cuxas_json_has(const cJSON *object, const char *key)
{
  const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
  return value != NULL && !cJSON_IsNull(value);
}

cuxas_status cuxas_json_object(const cJSON *object, const char *key, const cJSON **ret_value, const char *where,
                               cuxas_error *err)
{
  const cJSON *value = get(object, key, where, err);
  if (value == NULL) return CUXAS_EFORMAT;
  if (!cJSON_IsObject(value)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not an object", where, key);
  *ret_value = value;
  return CUXAS_OK;
}

cuxas_status cuxas_json_array(const cJSON *object, const char *key, const cJSON **ret_value, const char *where,
                              cuxas_error *err)
{
  const cJSON *value = get(object, key, where, err);
  if (value == NULL) return CUXAS_EFORMAT;
  if (!cJSON_IsArray(value)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not an array", where, key);
  *ret_value = value;
  return CUXAS_OK;
}

cuxas_status cuxas_json_string(const cJSON *object, const char *key, const char **ret_value, const char *where,
                               cuxas_error *err)
{
  const cJSON *value = get(object, key, where, err);
  if (value == NULL) return CUXAS_EFORMAT;
  if (!cJSON_IsString(value)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not a text", where, key);
  *ret_value = value->valuestring;
  return CUXAS_OK;
}

cuxas_status cuxas_json_number(const cJSON *object, const char *key, double low, double high, double *ret_value,
                               const char *where, cuxas_error *err)
{
  const cJSON *value = get(object, key, where, err);
  if (value == NULL) return CUXAS_EFORMAT;
  if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble) || value->valuedouble < low || value->valuedouble > high)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not a number from %g to %g", where, key, low, high);
  *ret_value = value->valuedouble;
  return CUXAS_OK;
}

int cuxas_json_is_count(const cJSON *value, size_t low, size_t high, size_t *opt_value)
{
  if (!cJSON_IsNumber(value)) return 0;
  const double number = value->valuedouble;
  if (!(number >= (double)low && number <= (double)high && number <= 0x1p53) || number != floor(number)) return 0;
  if (opt_value != NULL) *opt_value = (size_t)number;
  return 1;
}

cuxas_status cuxas_json_count(const cJSON *object, const char *key, size_t low, size_t high, size_t *ret_value,
                              const char *where, cuxas_error *err)
{
  const cJSON *value = get(object, key, where, err);
  if (value == NULL) return CUXAS_EFORMAT;
  if (!cuxas_json_is_count(value, low, high, ret_value))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not a whole number from %zu to %zu", where, key, low, high);
  return CUXAS_OK;
}
