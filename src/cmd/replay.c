#include "replay.h"

#include "common.h"
#include "cuxas/memory.h"
#include "cuxas/report.h"

#include <stdlib.h>
#include <string.h>

static cuxas_status set_list(cuxas_options *options, const cJSON *list, cuxas_error *err)
{
  const cJSON *item;
  cuxas_status status = CUXAS_OK;
  cJSON_ArrayForEach(item, list)
  {
    if (!cJSON_IsString(item)) return cuxas_fail(err, CUXAS_EFORMAT, "--%s: a list of other than text", list->string);
    if ((status = cuxas_options_set(options, list->string, item->valuestring, err)) != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

cuxas_status cuxas_replay_settings(cuxas_options *options, const cJSON *report, const char *path, cuxas_error *err)
{
  const cJSON *setting;
  cJSON_ArrayForEach(setting, cJSON_GetObjectItemCaseSensitive(report, "settings"))
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
    if (status != CUXAS_OK) return cuxas_fail(err, CUXAS_EFORMAT, "%s: settings: %s", path, why.message);
  }
  return CUXAS_OK;
}

cuxas_status cuxas_replay_measured(const cJSON *report, const char *path, const char **ret_measured, cuxas_error *err)
{
  const cJSON *measured = cJSON_GetObjectItemCaseSensitive(report, "measured");
  *ret_measured         = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(measured, "path"));
  if (*ret_measured == NULL) return cuxas_fail(err, CUXAS_EFORMAT, "%s: measured: no path", path);
  if (strcmp(*ret_measured, "-") == 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the measurement came from standard input and cannot be read again",
                      path);
  return CUXAS_OK;
}

cuxas_status cuxas_replay_candidates(const cJSON *report, const char *path, const char ***ret_argument,
                                     size_t *ret_n_argument, cuxas_error *err)
{
  const cJSON *settings = cJSON_GetObjectItemCaseSensitive(report, "settings");
  const cJSON *list     = cJSON_GetObjectItemCaseSensitive(settings, "candidates");
  const cJSON *item;
  size_t       n = 0;

  if (!cJSON_IsArray(list)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: settings: no list of candidates", path);
  const char **argument = cuxas_new_array((size_t)cJSON_GetArraySize(list), sizeof *argument);
  if (argument == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
  cJSON_ArrayForEach(item, list)
  {
    if (!cJSON_IsString(item)) {
      free(argument);
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: settings: a candidate that is no path", path);
    }
    argument[n++] = item->valuestring;
  }
  *ret_argument   = argument;
  *ret_n_argument = n;
  return CUXAS_OK;
}

int cuxas_replay_tell(const cJSON *before, const cJSON *after, const char *path)
{
  const size_t n_difference = cuxas_report_differences(before, after, stdout);
  if (n_difference == 0) {
    printf("%s: replayed, every result is identical\n", path);
    return CUXAS_EXIT_DONE;
  }
  printf("%s: replayed, the results are NOT identical: %zu difference%s above\n", path, n_difference,
         n_difference == 1 ? "" : "s");
  return CUXAS_EXIT_FAILED;
}
