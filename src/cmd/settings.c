/* settings.c - options as they stand in reports, and command lines made of them again */
#include "cmd/settings.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static cuxas_status set_list(cuxas_options *options, const cJSON *list, cuxas_error *err)
{
  const cJSON *item;
  cuxas_status status = CUXAS_OK;
  cJSON_ArrayForEach(item, list)
  {
    if (!cJSON_IsString(item)) return cuxas_fail(err, CUXAS_EFORMAT, "--%s: a list of other than texts", list->string);
    if ((status = cuxas_options_set(options, list->string, item->valuestring, err)) != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

cuxas_status cuxas_settings_take(cuxas_options *options, const cJSON *settings, const char *where, cuxas_error *err)
{
  const cJSON *setting;
  cJSON_ArrayForEach(setting, settings)
  {
    cuxas_error  why;
    cuxas_status status = CUXAS_OK;
    if (strcmp(setting->string, "candidates") == 0 || cJSON_IsNull(setting) ||
        cuxas_options_is_given(options, setting->string))
      continue;
    if (cJSON_IsNumber(setting))
      status = cuxas_options_set_real(options, setting->string, setting->valuedouble, &why);
    else if (cJSON_IsBool(setting))
      status = cuxas_options_set(options, setting->string, cJSON_IsTrue(setting) ? "yes" : "no", &why);
    else if (cJSON_IsString(setting))
      status = cuxas_options_set(options, setting->string, setting->valuestring, &why);
    else if (cJSON_IsArray(setting))
      status = set_list(options, setting, &why);
    else
      status = cuxas_fail(&why, CUXAS_EFORMAT, "--%s: no kind of value that a setting has", setting->string);
    if (status != CUXAS_OK) return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s", where, why.message);
  }
  return CUXAS_OK;
}

cuxas_status cuxas_settings_configure(cuxas_options *options, cuxas_error *err)
{
  const char  *path   = cuxas_options_text(options, "config");
  char        *bytes  = NULL;
  size_t       n_byte = 0;
  cuxas_status status;

  if (path == NULL) return CUXAS_OK;
  if ((status = cuxas_bytes_read(path, &bytes, &n_byte, err)) != CUXAS_OK) return status;
  cJSON *document = cJSON_ParseWithLength(bytes, n_byte);
  free(bytes);
  const cJSON *inner    = cJSON_GetObjectItemCaseSensitive(document, "settings");
  const cJSON *settings = inner != NULL ? inner : document;
  if (document == NULL)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: no JSON", path);
  else if (!cJSON_IsObject(settings))
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: no object of settings, {\"name\": value, ...}", path);
  else if (cJSON_GetObjectItemCaseSensitive(settings, "config") != NULL)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: --config: a configuration cannot name another", path);
  else
    status = cuxas_settings_take(options, settings, path, err);
  cJSON_Delete(document);
  return status;
}
