/* replay.c - options of a new run from the report of an earlier one */
#include "cmd/replay.h"

#include "cmd/common.h"
#include "base/memory.h"
#include "cuxas/report.h"
#include "cmd/settings.h"

#include <stdlib.h>
#include <string.h>

cuxas_status cuxas_replay_settings(cuxas_options *options, const cJSON *report, const char *path, cuxas_error *err)
{
  char where[400];
  snprintf(where, sizeof where, "%.380s: settings", path);
  return cuxas_settings_take(options, cJSON_GetObjectItemCaseSensitive(report, "settings"), where, err);
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
  bool         is_exact;
  const size_t n_difference = cuxas_report_differences(before, after, &is_exact, stdout);
  if (n_difference == 0) {
    printf("%s: replayed, every result is identical%s\n", path,
           is_exact ? "" : " within the digits that processors share (3)");
    return CUXAS_EXIT_DONE;
  }
  printf("%s: replayed, the results are NOT identical: %zu difference%s above\n", path, n_difference,
         n_difference == 1 ? "" : "s");
  return CUXAS_EXIT_FAILED;
}
