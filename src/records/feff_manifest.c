#include "base/json.h"
#include "records/feff.h"
#include "base/memory.h"
#include "cuxas/text.h"
#include "records/record_crystal.h"

#include <stdlib.h>
#include <string.h>

static cuxas_status no_memory(cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a manifest");
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_feff_manifest_put(const cuxas_feff_job *job, const cuxas_feff_settings *settings,
                                     const cuxas_feff_cluster *cluster, FILE *out, cuxas_error *err)
{
  cJSON     *line    = cJSON_CreateObject();
  char      *text    = NULL;
  const bool is_made = line != NULL && cJSON_AddStringToObject(line, "folder", job->folder) != NULL &&
                       cJSON_AddStringToObject(line, "id", job->id) != NULL &&
                       cJSON_AddNumberToObject(line, "site", (double)job->site) != NULL &&
                       cJSON_AddNumberToObject(line, "multiplicity", (double)job->multiplicity) != NULL &&
                       cJSON_AddStringToObject(line, "edge", job->edge) != NULL &&
                       cJSON_AddStringToObject(line, "channel", cuxas_channel_name(job->channel)) != NULL &&
                       cJSON_AddStringToObject(line, "preset", settings->name) != NULL &&
                       cJSON_AddNumberToObject(line, "r_scf", cluster->scf_radius_A) != NULL &&
                       cJSON_AddNumberToObject(line, "r_fms", cluster->fms_radius_A) != NULL &&
                       cJSON_AddNumberToObject(line, "n_fms", (double)cluster->n_fms) != NULL &&
                       cuxas_record_crystal_put(line, job->crystal, NULL) == CUXAS_OK;
  if (is_made && (text = cJSON_PrintUnformatted(line)) != NULL) fprintf(out, "%s\n", text);
  const cuxas_status status = text != NULL ? CUXAS_OK : no_memory(err);
  cJSON_free(text);
  cJSON_Delete(line);
  return status;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static cuxas_status parse_channel(const cJSON *line, cuxas_channel *ret_channel, const char *where, cuxas_error *err)
{
  const char  *name   = NULL;
  cuxas_status status = cuxas_json_string(line, "channel", &name, where, err);
  if (status != CUXAS_OK) return status;
  for (int i = 0; i < CUXAS_N_CHANNEL; i++)
    if (strcmp(name, cuxas_channel_name((cuxas_channel)i)) == 0) {
      *ret_channel = (cuxas_channel)i;
      return CUXAS_OK;
    }
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: no channel is called \"%s\"", where, name);
}

static cuxas_status parse_job(const cJSON *line, cuxas_feff_job *job, const char *where, cuxas_error *err)
{
  cuxas_status status;
  const char  *folder = NULL, *id = NULL, *edge = NULL;
  if (!cJSON_IsObject(line)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: not a JSON object", where);
  if ((status = cuxas_json_string(line, "folder", &folder, where, err)) != CUXAS_OK ||
      (status = cuxas_json_string(line, "id", &id, where, err)) != CUXAS_OK ||
      (status = cuxas_json_string(line, "edge", &edge, where, err)) != CUXAS_OK ||
      (status = parse_channel(line, &job->channel, where, err)) != CUXAS_OK ||
      (status = cuxas_record_crystal_parse(line, where, &job->crystal, err)) != CUXAS_OK ||
      (status = cuxas_json_count(line, "site", 0, job->crystal->n_site - 1, &job->site, where, err)) != CUXAS_OK ||
      (status = cuxas_json_count(line, "multiplicity", 1, job->crystal->n_site, &job->multiplicity, where, err)) !=
          CUXAS_OK)
    return status;
  if (edge[0] == '\0' || strlen(edge) >= sizeof job->edge)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is no name for an edge", where, edge);
  memcpy(job->edge, edge, strlen(edge) + 1);
  job->folder = cuxas_copy_string(folder);
  job->id     = cuxas_copy_string(id);
  return job->folder != NULL && job->id != NULL ? CUXAS_OK : no_memory(err);
}

static void clear_job(cuxas_feff_job *job)
{
  free(job->folder);
  free(job->id);
  cuxas_crystal_free(job->crystal);
}

static cuxas_status add_job(cuxas_feff_jobs *jobs, const char *text, const char *where, cuxas_error *err)
{
  cuxas_feff_job job  = {0};
  cJSON         *line = cJSON_ParseWithOpts(text, NULL, 1);
  if (line == NULL) return cuxas_fail(err, CUXAS_EFORMAT, "%s: not JSON", where);
  cuxas_status status = parse_job(line, &job, where, err);
  cJSON_Delete(line);
  if (status == CUXAS_OK) {
    cuxas_feff_job *grown = cuxas_grow_array(jobs->job, jobs->n_job + 1, sizeof *grown);
    if (grown != NULL) {
      jobs->job                = grown;
      jobs->job[jobs->n_job++] = job;
      return CUXAS_OK;
    }
    status = no_memory(err);
  }
  clear_job(&job);
  return status;
}

cuxas_status cuxas_feff_manifest_read(const char *folder, cuxas_feff_jobs *ret_jobs, cuxas_error *err)
{
  enum { PATH_SIZE = 4096 };
  char       path[PATH_SIZE];
  cuxas_text text;
  *ret_jobs = (cuxas_feff_jobs){0};
  if (snprintf(path, sizeof path, "%s/%s", folder, CUXAS_FEFF_MANIFEST) >= PATH_SIZE)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: the path is too long", folder);
  cuxas_status status = cuxas_text_read(path, &text, err);
  for (size_t i = 0; status == CUXAS_OK && i < text.n_line; i++) {
    char where[PATH_SIZE + 24];
    if (text.line[i][strspn(text.line[i], " \t")] == '\0') continue;
    snprintf(where, sizeof where, "%s:%zu", path, i + 1);
    status = add_job(ret_jobs, text.line[i], where, err);
  }
  cuxas_text_free(&text);
  return status;
}

void cuxas_feff_jobs_clear(cuxas_feff_jobs *jobs)
{
  for (size_t i = 0; i < jobs->n_job; i++) clear_job(&jobs->job[i]);
  free(jobs->job);
  *jobs = (cuxas_feff_jobs){0};
}
