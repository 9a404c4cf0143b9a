/* FEFF's input for a site, and the manifest that says which folder is whose. */
#include "records/feff.h"
#include "records/record_text.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/elements.h"
#include "base/text.h"
#include "simulate/cluster.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- feff.inp --------------------------------------------------------------------------------------------------- */

enum { MAX_POTENTIAL = 12, MAX_ATOM = 1000 }; /* FEFF 9's dimensions nphx (besides the absorber) and nattx */
#define MARGIN_A 3.0                          /* of the list of atoms beyond the clusters */
#define SLACK_A 0.05                          /* of a radius beyond the outermost atom that it is to hold */

static const cuxas_feff_settings PRESETS[] = {
    {"published", 7.0, 0, 9.0, 0, 0.04, 0.1},
    {"fast", 4.6, 45, 7.0, 105, 0.055, 0.1},
};

const cuxas_feff_settings *cuxas_feff_settings_find(const char *name)
{
  for (size_t i = 0; i < sizeof PRESETS / sizeof PRESETS[0]; i++)
    if (strcmp(PRESETS[i].name, name) == 0) return &PRESETS[i];
  return NULL;
}

/* limit_radius() - a radius that holds no more than max_atom atoms (0: no limit), whole shells of them, but the first
 * shell in any case
 *
 *   ret_n_atom  atoms within */
static double limit_radius(const cuxas_cluster *cluster, double radius_A, size_t max_atom, size_t *ret_n_atom)
{
  const cuxas_cluster_atom *atom = cluster->atom;
  size_t                    n = 0, kept = 1;
  while (n < cluster->n_atom && atom[n].distance_A <= radius_A) n++;
  for (size_t end = 1; end < n; kept = end) {
    end++;
    while (end < n && atom[end].distance_A - atom[end - 1].distance_A < 2.0 * SLACK_A) end++;
    if (max_atom > 0 && kept > 1 && end > max_atom) break;
  }
  *ret_n_atom = kept;
  return kept < n ? atom[kept - 1].distance_A + SLACK_A : radius_A;
}

static size_t greatest_common_divisor(size_t a, size_t b)
{
  while (b != 0) {
    const size_t rest = a % b;
    a                 = b;
    b                 = rest;
  }
  return a;
}

/* write_potentials() - absorber, then one per element, with its share in the formula */
static void write_potentials(const cuxas_crystal *crystal, const cuxas_cluster *cluster, FILE *out)
{
  size_t divisor = 0;
  for (size_t i = 0; i < crystal->n_site; i++)
    divisor = greatest_common_divisor(cuxas_crystal_count(crystal, crystal->atomic_number[i]), divisor);

  fprintf(out, "\nPOTENTIALS\n* ipot  Z  tag  lmax1  lmax2  xnatph\n");
  for (size_t i = 0; i < cluster->n_potential; i++) {
    const int    number = cluster->atomic_number[i];
    const double share  = (double)(cuxas_crystal_count(crystal, number) / divisor);
    fprintf(out, "%zu %d %s -1 -1 %g\n", i, number, cuxas_element_find(number)->symbol, i == 0 ? 1e-4 : share);
  }
}

static void write_atoms(const cuxas_cluster *cluster, size_t n_atom, FILE *out)
{
  fprintf(out, "\nATOMS\n* x  y  z  ipot  tag  distance\n");
  for (size_t i = 0; i < n_atom; i++) {
    const cuxas_cluster_atom *atom = &cluster->atom[i];
    for (int j = 0; j < 3; j++) fprintf(out, "%.5f ", atom->position_A[j] + 0.0);
    fprintf(out, "%zu %s %.5f\n", atom->potential, cuxas_element_find(atom->atomic_number)->symbol, atom->distance_A);
  }
}

cuxas_status cuxas_feff_write_input(const cuxas_crystal *crystal, size_t site, const char *edge, cuxas_channel channel,
                                    const cuxas_feff_settings *settings, const char *title, FILE *out,
                                    cuxas_feff_cluster *opt_cluster, cuxas_error *err)
{
  if (!(settings->fms_radius_A > 0.0) || !(settings->scf_radius_A >= 0.0))
    return cuxas_fail(err, CUXAS_ERANGE, "radii of %g A (scattering) and %g A (self-consistency)",
                      settings->fms_radius_A, settings->scf_radius_A);
  const double       radius_A = fmax(settings->fms_radius_A, settings->scf_radius_A) + MARGIN_A;
  cuxas_cluster     *cluster;
  cuxas_feff_cluster made   = {0};
  size_t             n_scf  = 0;
  cuxas_status       status = cuxas_cluster_new(crystal, site, radius_A, 0, &cluster, err);
  if (status != CUXAS_OK) return status;

  limit_radius(cluster, radius_A, MAX_ATOM, &made.n_atom);
  made.n_potential  = cluster->n_potential;
  made.fms_radius_A = limit_radius(cluster, settings->fms_radius_A, settings->max_fms_atom, &made.n_fms);
  made.scf_radius_A = limit_radius(cluster, settings->scf_radius_A, settings->max_scf_atom, &n_scf);
  if (made.n_potential > MAX_POTENTIAL)
    status =
        cuxas_fail(err, CUXAS_EUNSUPPORTED, "%zu unique potentials; FEFF takes %d", made.n_potential, MAX_POTENTIAL);
  else if (made.n_fms > made.n_atom || n_scf > made.n_atom || made.n_atom > MAX_ATOM)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "more than %d atoms within the radii; FEFF takes no more", MAX_ATOM);
  if (status == CUXAS_OK) {
    fprintf(out, "TITLE %s\nEDGE %s\nS02 0\nCOREHOLE %s\nCONTROL 1 1 1 1 1 1\n", title, edge,
            channel == CUXAS_CHANNEL_SCREENED_HOLE ? "RPA" : "None");
    fprintf(out, "XANES 4 %g %g\n", settings->k_step, settings->edge_step_eV);
    if (settings->scf_radius_A > 0.0) fprintf(out, "SCF %.3f 0 100 0.2 3\n", made.scf_radius_A);
    fprintf(out, "FMS %.3f 0\nEXCHANGE 0 0.0 0.0 2\nRPATH -1\n", made.fms_radius_A);
    write_potentials(crystal, cluster, out);
    write_atoms(cluster, made.n_atom, out);
    fprintf(out, "END\n");
    if (opt_cluster != NULL) *opt_cluster = made;
  }
  cuxas_cluster_free(cluster);
  return status;
}

/* ---- the manifest ----------------------------------------------------------------------------------------------- */

static cuxas_status no_memory(cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a manifest");
}

/* writing */

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

/* reading */

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
