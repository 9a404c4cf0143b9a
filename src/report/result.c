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
                                                .n_detail          = result->n_detail,
                                                .detail            = result->detail};
  memcpy(ret_report->measured_sha256, own->sha256, sizeof ret_report->measured_sha256);
}

/* Without a command line there are neither a command nor options to tell. */
static cuxas_status write_as(const cuxas_report *report, cuxas_result_format format, FILE *out, cuxas_error *err)
{
  switch (format) {
  case CUXAS_RESULT_TEXT: cuxas_report_write_text(report, report->hits->n_hit, out); return CUXAS_OK;
  case CUXAS_RESULT_JSON: return cuxas_report_write_json(report, out, err);
  case CUXAS_RESULT_CSV: cuxas_report_write_csv(report, out); return CUXAS_OK;
  case CUXAS_RESULT_HTML: return cuxas_report_write_html(report, out, err);
  case CUXAS_RESULT_MARKDOWN: cuxas_report_write_markdown(report, out); return CUXAS_OK;
  }
  return cuxas_fail(err, CUXAS_ERANGE, "no such format of a result");
}

cuxas_status cuxas_result_write(const cuxas_result *result, cuxas_result_format format, FILE *out, cuxas_error *err)
{
  cuxas_report report;
  cuxas_status status   = CUXAS_OK;
  cJSON       *command  = cJSON_CreateArray();
  cJSON       *settings = cJSON_CreateObject();
  cuxas_report_of(result, &report);
  report.command  = command;
  report.settings = settings;
  if (command == NULL || settings == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for a report");
  else
    status = write_as(&report, format, out, err);
  cJSON_Delete(command);
  cJSON_Delete(settings);
  return status;
}
