/* result.c - from the result of a session to a report of it */
#include "report/result.h"

#include <string.h>

void cuxas_report_of(const cuxas_result *result, cuxas_report *ret_report)
{
  const cuxas_measurement *own = &result->measurement;
  *ret_report                  = (cuxas_report){.program           = "cuxas",
                                                .measured_path     = result->name,
                                                .measured          = own->info,
                                                .prepared          = own->prepared,
                                                .query             = own->query,
                                                .model             = result->model,
                                                .compare           = own->compare,
                                                .hits              = result->hits,
                                                .unconstrained     = result->unconstrained,
                                                .standards         = result->standards,
                                                .mixture           = result->mixture,
                                                .standards_mixture = result->standards_mixture,
                                                .shortlist         = result->shortlist,
                                                .answer            = &result->answer,
                                                .shape             = &result->shape,
                                                .n_detail          = result->n_detail,
                                                .detail            = result->detail};
  memcpy(ret_report->measured_sha256, own->sha256, sizeof ret_report->measured_sha256);
}

cuxas_status cuxas_result_write(const cuxas_result *result, cuxas_result_format format, FILE *out, cuxas_error *err)
{
  static cuxas_status (*const WRITE[])(const void *report, FILE *out, cuxas_error *err) = {
      cuxas_report_write_text, cuxas_report_write_json, cuxas_report_write_csv, cuxas_report_write_html,
      cuxas_report_write_markdown};
  cuxas_report report;
  cuxas_status status   = CUXAS_OK;
  cJSON       *command  = cJSON_CreateArray();
  cJSON       *settings = cJSON_CreateObject();
  cuxas_report_of(result, &report);
  report.command  = command; /* without a command line there are neither a command nor options to tell */
  report.settings = settings;
  if (command == NULL || settings == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a report");
  else
    status = WRITE[format](&report, out, err);
  cJSON_Delete(command);
  cJSON_Delete(settings);
  return status;
}
