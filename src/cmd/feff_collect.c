/* cuxas-refdb feff collect: finished folders -> spectra that can be trusted -> training records */
#include "cmd/common.h"
#include "base/json.h"
#include "records/feff.h"
#include "base/memory.h"
#include "cuxas/output.h"
#include "records/record_file.h"
#include "cmd/feff_jobs.h"
#include "cmd/paths.h"
#include "write/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "cuxas-refdb"

typedef enum { JOB_ADDED, JOB_REPLACED, JOB_SAME, JOB_UNFINISHED, JOB_REFUSED, N_FATE } job_fate;

static const char *const FATE_NAMES[N_FATE] = {"added", "replaced", "unchanged", "unfinished", "refused"};

typedef struct {
  const cuxas_options *options;
  cuxas_record_file   *records;
  size_t               n_job[N_FATE];
  cuxas_json_builder   builder;
  cJSON               *list; /* of the jobs, for --json */
} collection;

/* ---- one calculation -------------------------------------------------------------------------------------------- */

static cuxas_status put_spectrum(collection *work, const cuxas_feff_job *job, const cuxas_feff_output *output,
                                 job_fate *ret_fate, cuxas_error *err)
{
  cuxas_record_change         change;
  const cuxas_record_site     site     = {job->id, job->crystal, job->site, job->multiplicity};
  const cuxas_record_spectrum spectrum = {.edge               = job->edge,
                                          .channel            = job->channel,
                                          .n_point            = output->n_point,
                                          .energy_eV          = output->energy_eV,
                                          .mu                 = output->mu,
                                          .opt_mu0            = output->mu0,
                                          .edge_step          = output->edge_step,
                                          .core_hole_width_eV = output->core_hole_width_eV,
                                          .fermi_eV           = output->fermi_eV,
                                          .is_self_consistent = output->is_self_consistent,
                                          .opt_code           = output->version};
  const cuxas_status          status   = cuxas_record_file_put(work->records, &site, &spectrum, &change, err);
  if (status != CUXAS_OK) return status;
  *ret_fate = change == CUXAS_RECORD_ADDED ? JOB_ADDED : change == CUXAS_RECORD_REPLACED ? JOB_REPLACED : JOB_SAME;
  return CUXAS_OK;
}

/* collect_job() - a status other than CUXAS_OK ends the collection */
static cuxas_status collect_job(collection *work, const char *root, const cuxas_feff_job *job, cuxas_error *err)
{
  cuxas_feff_output output = {0};
  cuxas_error       reason = {0};
  job_fate          fate   = JOB_UNFINISHED;
  cuxas_status      status = CUXAS_OK;
  char             *folder = cuxas_path_join(root, job->folder, NULL);
  if (folder == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", root);

  if (!cuxas_feff_is_finished(folder)) {
    cuxas_fail(&reason, CUXAS_EIO, "%s: no xmu.dat yet", folder);
  } else if ((status = cuxas_feff_read(folder, &output, &reason)) == CUXAS_OK) {
    status = put_spectrum(work, job, &output, &fate, err);
  } else if (status == CUXAS_ENOMEM) {
    *err = reason;
  } else {
    fate   = JOB_REFUSED;
    status = CUXAS_OK;
  }
  work->n_job[fate]++;
  if (status == CUXAS_OK &&
      (fate == JOB_REFUSED || (fate == JOB_UNFINISHED && cuxas_options_flag(work->options, "strict"))))
    cuxas_print_note(PROGRAM, "%s: %s", FATE_NAMES[fate], reason.message);

  cJSON *line = cuxas_json_put_object(&work->builder, work->list, NULL);
  cuxas_json_put_text(&work->builder, line, "folder", folder);
  cuxas_json_put_text(&work->builder, line, "id", job->id);
  cuxas_json_put_count(&work->builder, line, "site", job->site);
  cuxas_json_put_text(&work->builder, line, "edge", job->edge);
  cuxas_json_put_text(&work->builder, line, "channel", cuxas_channel_name(job->channel));
  cuxas_json_put_text(&work->builder, line, "result", FATE_NAMES[fate]);
  cuxas_json_put_text(&work->builder, line, "reason", reason.message[0] != '\0' ? reason.message : NULL);
  cuxas_feff_output_clear(&output);
  free(folder);
  return status;
}

static cuxas_status collect_folder(collection *work, const char *root, cuxas_error *err)
{
  cuxas_feff_jobs    jobs;
  cuxas_status       status = cuxas_feff_manifest_read(root, &jobs, err);
  cuxas_progress_bar bar    = cuxas_progress_start("collecting", cuxas_options_flag(work->options, "quiet"));
  for (size_t i = 0; i < jobs.n_job && status == CUXAS_OK; i++) {
    status = collect_job(work, root, &jobs.job[i], err);
    cuxas_progress_show(i + 1, jobs.n_job, &bar);
  }
  cuxas_progress_end(&bar);
  cuxas_feff_jobs_clear(&jobs);
  return status;
}

/* ---- the outcome ------------------------------------------------------------------------------------------------ */

static cuxas_status print_json(collection *work, cJSON *report, cuxas_error *err)
{
  for (int i = 0; i < N_FATE; i++) cuxas_json_put_count(&work->builder, report, FATE_NAMES[i], work->n_job[i]);
  cuxas_json_put_count(&work->builder, report, "records", cuxas_record_file_count(work->records));
  return cuxas_json_write(work->builder.failed ? NULL : report, true, stdout, err);
}

cuxas_status cuxas_feff_collect_jobs(const cuxas_options *options, size_t *ret_n_skipped, cuxas_error *err)
{
  collection   work   = {.options = options};
  const char  *path   = cuxas_options_text(options, "dataset");
  cJSON       *report = cJSON_CreateObject();
  cuxas_status status;
  if (path == NULL) cuxas_options_usage_error(options, "no file for the records; give --dataset FILE");

  cuxas_json_put_tool(&work.builder, report, PROGRAM);
  work.list = cuxas_json_put_array(&work.builder, report, "calculations");
  status    = cuxas_record_file_read(path, &work.records, err);
  for (size_t i = 0; status == CUXAS_OK && i < cuxas_options_n_argument(options); i++)
    status = collect_folder(&work, cuxas_options_argument(options, i), err);

  const size_t n_open = work.n_job[JOB_UNFINISHED] + work.n_job[JOB_REFUSED];
  if (status == CUXAS_OK && n_open > 0 && cuxas_options_flag(options, "strict"))
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%zu calculations unfinished, %zu refused: %s stays as it was",
                        work.n_job[JOB_UNFINISHED], work.n_job[JOB_REFUSED], path);
  if (status == CUXAS_OK && work.n_job[JOB_ADDED] + work.n_job[JOB_REPLACED] > 0)
    status = cuxas_record_file_append(work.records, NULL, err);
  if (status == CUXAS_OK && cuxas_options_flag(options, "json")) status = print_json(&work, report, err);
  if (status == CUXAS_OK && !cuxas_options_flag(options, "quiet"))
    cuxas_print_note(PROGRAM,
                     "%zu spectra added, %zu replaced, %zu unchanged; %zu unfinished, %zu refused; %zu records in %s",
                     work.n_job[JOB_ADDED], work.n_job[JOB_REPLACED], work.n_job[JOB_SAME], work.n_job[JOB_UNFINISHED],
                     work.n_job[JOB_REFUSED], cuxas_record_file_count(work.records), path);
  *ret_n_skipped = n_open;
  cJSON_Delete(report);
  cuxas_record_file_free(work.records);
  return status;
}
