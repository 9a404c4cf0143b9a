/* refdb_feff.c - cuxas-refdb feff write: structures -> sites -> folders, manifest, job list, run scripts; and collect */
#include "cmd/common.h"
#include "cmd/sources.h"
#include "cuxas/catalog.h"
#include "base/elements.h"
#include "records/feff.h"
#include "base/memory.h"
#include "cuxas/output.h"
#include "cuxas/records.h"
#include "cuxas/crystal.h"
#include "cmd/refdb_commands.h"
#include "cmd/sites.h"
#include "base/json.h"
#include "records/record_file.h"
#include "write/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "cuxas-refdb"

enum { MAX_EDGE = 4 };

/* Everything that the steps below share. */
typedef struct {
  const cuxas_options *options;
  cuxas_feff_settings  settings;
  int                  absorber;
  char                 edge_text[64];
  size_t               n_edge;
  const char          *edge[MAX_EDGE]; /* in edge_text */
  bool                 use_channel[CUXAS_N_CHANNEL];
  cuxas_output         manifest, jobs;
  size_t               n_job, n_structure;
} writing;

/* ---- folders and files ------------------------------------------------------------------------------------------ */

static cuxas_status no_memory(cuxas_error *err)
{
  return cuxas_no_memory(err);
}

static cuxas_status open_in(cuxas_output *output, const char *folder, const char *name, bool overwrite,
                            cuxas_error *err)
{
  char *path = cuxas_path_join(folder, name, NULL);
  if (path == NULL) return no_memory(err);
  const cuxas_status status = cuxas_output_open(output, path, overwrite, err);
  free(path);
  return status;
}

static cuxas_status write_input(const writing *work, const cuxas_feff_job *job, const char *folder,
                                cuxas_feff_cluster *ret_cluster, cuxas_error *err)
{
  char         title[256];
  cuxas_output output;
  cuxas_status status = open_in(&output, folder, "feff.inp", true, err);
  if (status != CUXAS_OK) return status;
  snprintf(title, sizeof title, "%s site %zu", job->id, job->site);
  const cuxas_feff_subject subject = {job->crystal, job->site, job->edge, job->channel, title};
  status                           = cuxas_feff_write_input(&subject, &work->settings, output.stream, ret_cluster, err);
  if (status == CUXAS_OK) return cuxas_output_commit(&output, err);
  cuxas_output_discard(&output);
  return status;
}

/* ---- one structure ---------------------------------------------------------------------------------------------- */

/* write_job() - its folder and its lines in the lists */
static cuxas_status write_job(writing *work, cuxas_feff_job *job, const char *folder_name, cuxas_error *err)
{
  char               part[64];
  cuxas_feff_cluster cluster;
  const char        *root = cuxas_options_text(work->options, "output");
  snprintf(part, sizeof part, "site-%zu/%s%s", job->site, job->edge, cuxas_channel_suffix(job->channel));
  job->folder         = cuxas_path_join(folder_name, part, NULL);
  char        *folder = job->folder != NULL ? cuxas_path_join(root, job->folder, NULL) : NULL;
  cuxas_status status = folder != NULL ? cuxas_make_folder(folder, err) : no_memory(err);
  if (status == CUXAS_OK) status = write_input(work, job, folder, &cluster, err);
  if (status == CUXAS_OK) status = cuxas_feff_manifest_put(job, &work->settings, &cluster, work->manifest.stream, err);
  if (status == CUXAS_OK) {
    fprintf(work->jobs.stream, "%s\n", job->folder);
    work->n_job++;
  }
  free(folder);
  free(job->folder);
  job->folder = NULL;
  return status;
}

static cuxas_status write_sites(writing *work, cuxas_candidate *candidate, cuxas_crystal *crystal,
                                const cuxas_orbits *orbits, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  char        *folder = cuxas_copy_text(err, candidate->name);
  if (folder == NULL) return no_memory(err);
  for (char *c = folder; *c != '\0'; c++)
    if (!isalnum((unsigned char)*c) && strchr("._+-", *c) == NULL) *c = '_';
  for (size_t i = 0; i < orbits->n_orbit; i++)
    for (size_t i_edge = 0; i_edge < work->n_edge; i_edge++)
      for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++) {
        if (!work->use_channel[channel]) continue;
        cuxas_feff_job job = {.id           = candidate->name,
                              .crystal      = crystal,
                              .site         = orbits->first_site[i],
                              .multiplicity = orbits->multiplicity[i],
                              .channel      = (cuxas_channel)channel};
        snprintf(job.edge, sizeof job.edge, "%s", work->edge[i_edge]);
        status = write_job(work, &job, folder, err);
      }
  free(folder);
  return status;
}

/* ---- run scripts ------------------------------------------------------------------------------------------------ */

/* Both scripts leave out what is finished, so that a run may be taken up again. A calculation counts as failed when FEFF
 * fails; the others go on. */
static cuxas_status write_scripts(const writing *work, cuxas_error *err)
{
  const char  *root = cuxas_options_text(work->options, "output"), *feff = cuxas_options_text(work->options, "feff");
  cuxas_output output;
  cuxas_status status = open_in(&output, root, "run-parallel.sh", true, err);
  if (status != CUXAS_OK) return status;
  fprintf(output.stream,
          "#!/bin/sh\n"
          "# Runs the calculations of jobs.txt with GNU parallel, as many at a time as there are cores ($JOBS), and\n"
          "# leaves out those that have a spectrum. $FEFF is the command that runs FEFF in a folder.\n"
          "cd \"$(dirname \"$0\")\" || exit 1\n"
          "export FEFF=\"${FEFF:-%s}\"\n"
          "parallel --jobs \"${JOBS:-100%%}\" --joblog parallel.log --arg-file jobs.txt \\\n"
          "  'test -s {}/xmu.dat || (cd {} && $FEFF >feff.log 2>&1)'\n",
          feff);
  if ((status = cuxas_output_commit(&output, err)) != CUXAS_OK ||
      (status = open_in(&output, root, "run-slurm.sh", true, err)) != CUXAS_OK)
    return status;
  fprintf(output.stream,
          "#!/bin/sh\n"
          "#SBATCH --job-name=cuxas-feff\n"
          "#SBATCH --array=1-%zu\n"
          "#SBATCH --ntasks=1\n"
          "#SBATCH --time=06:00:00\n"
          "# One calculation of jobs.txt for each task of the array; submit it from this folder. $FEFF is the command\n"
          "# that runs FEFF in a folder.\n"
          "cd \"${SLURM_SUBMIT_DIR:-$(dirname \"$0\")}\" || exit 1\n"
          "folder=$(sed -n \"${SLURM_ARRAY_TASK_ID:?start it with sbatch}p\" jobs.txt)\n"
          "test -s \"$folder/xmu.dat\" || { cd \"$folder\" && ${FEFF:-%s} >feff.log 2>&1; }\n",
          work->n_job, feff);
  return cuxas_output_commit(&output, err);
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

static void read_settings(const cuxas_options *options, writing *work)
{
  work->settings = *cuxas_feff_settings_find(cuxas_options_text(options, "preset"));
  if (cuxas_options_is_set(options, "fms-radius"))
    work->settings.fms_radius_A = cuxas_options_real(options, "fms-radius");
  if (cuxas_options_is_set(options, "scf-radius"))
    work->settings.scf_radius_A = cuxas_options_real(options, "scf-radius");
  if (cuxas_options_is_set(options, "max-atoms"))
    work->settings.max_fms_atom = (size_t)cuxas_options_integer(options, "max-atoms");

  work->absorber = cuxas_element_number(cuxas_options_text(options, "element"));
  if (work->absorber == 0)
    cuxas_options_usage_error(options, "--element %s: no such element", cuxas_options_text(options, "element"));
  work->use_channel[CUXAS_CHANNEL_NO_HOLE]       = !cuxas_options_is(options, "channels", "screened-hole");
  work->use_channel[CUXAS_CHANNEL_SCREENED_HOLE] = !cuxas_options_is(options, "channels", "no-hole");

  snprintf(work->edge_text, sizeof work->edge_text, "%s", cuxas_options_text(options, "edges"));
  for (char *edge = strtok(work->edge_text, ","); edge != NULL; edge = strtok(NULL, ",")) {
    if (strcmp(edge, "K") != 0 && (edge[0] != 'L' || strchr("123", edge[1]) == NULL || strlen(edge) != 2))
      cuxas_options_usage_error(options, "--edges: \"%s\" is none of K, L1, L2, L3", edge);
    if (work->n_edge == MAX_EDGE) cuxas_options_usage_error(options, "--edges: more than %d", MAX_EDGE);
    work->edge[work->n_edge++] = edge;
  }
  if (work->n_edge == 0) cuxas_options_usage_error(options, "--edges: none given");
}

static cuxas_status write_all(writing *work, cuxas_catalog *catalog, size_t *ret_n_skipped, cuxas_error *err)
{
  cuxas_status       status = CUXAS_OK;
  cuxas_progress_bar bar    = cuxas_progress_start("writing", cuxas_options_flag(work->options, "quiet"));
  for (size_t i = 0; i < catalog->n_candidate && status == CUXAS_OK; i++) {
    cuxas_candidate *candidate = &catalog->candidate[i];
    cuxas_crystal   *crystal   = NULL;
    cuxas_orbits    *orbits    = NULL;
    if (candidate->kind != CUXAS_CANDIDATE_STRUCTURE) continue;
    status = cuxas_site_open(catalog, i, work->absorber, cuxas_options_real(work->options, "symprec"), &crystal,
                             &orbits, err);
    if (status == CUXAS_OK && crystal != NULL) cuxas_print_warnings(PROGRAM, candidate->path, &crystal->warnings);
    if (status == CUXAS_OK) status = write_sites(work, candidate, crystal, orbits, err);
    cuxas_orbits_free(orbits);
    cuxas_crystal_free(crystal);
    if (status == CUXAS_EUNSUPPORTED || status == CUXAS_EFORMAT) {
      cuxas_print_note(PROGRAM, "skipped: %s", err->message);
      (*ret_n_skipped)++;
      status = CUXAS_OK;
    } else if (status == CUXAS_OK) {
      work->n_structure++;
    }
    cuxas_progress_show(i + 1, catalog->n_candidate, &bar);
  }
  cuxas_progress_end(&bar);
  if (status == CUXAS_OK && work->n_job == 0)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "no structure that could be used");
  return status;
}

static cuxas_status write_jobs(cuxas_options *options, cuxas_error *err)
{
  size_t         n_skipped = 0;
  writing        work      = {.options = options};
  cuxas_catalog *catalog   = NULL;
  const char    *root      = cuxas_options_text(options, "output");
  const bool     force     = cuxas_options_flag(options, "force");
  cuxas_status   status;
  if (root == NULL) cuxas_options_usage_error(options, "no folder to write to; give --output FOLDER");
  read_settings(options, &work);

  if ((status = cuxas_source_find(NULL, cuxas_options_flag(options, "recursive"), cuxas_options_arguments(options),
                                  cuxas_options_n_argument(options), &catalog, err)) != CUXAS_OK ||
      (status = cuxas_make_folder(root, err)) != CUXAS_OK ||
      (status = open_in(&work.manifest, root, CUXAS_FEFF_MANIFEST, force, err)) != CUXAS_OK)
    goto done;
  if ((status = open_in(&work.jobs, root, "jobs.txt", true, err)) == CUXAS_OK) {
    status = write_all(&work, catalog, &n_skipped, err);
    if (status == CUXAS_OK) status = write_scripts(&work, err);
    if (status == CUXAS_OK)
      status = cuxas_output_commit(&work.jobs, err);
    else
      cuxas_output_discard(&work.jobs);
  }
  if (status == CUXAS_OK)
    status = cuxas_output_commit(&work.manifest, err);
  else
    cuxas_output_discard(&work.manifest);
  if (status == CUXAS_OK && !cuxas_options_flag(options, "quiet"))
    cuxas_print_note(PROGRAM, "%zu calculations of %zu structures in %s; run them with run-parallel.sh or run-slurm.sh",
                     work.n_job, work.n_structure, root);
done:
  if (n_skipped > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  cuxas_catalog_free(catalog);
  return status;
}

/* ---- cuxas-refdb feff collect: finished folders -> spectra that can be trusted -> training records -------------- */

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
  if (folder == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), root);

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

static cuxas_status collect_jobs(cuxas_options *options, cuxas_error *err)
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
  if (n_open > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  cJSON_Delete(report);
  cuxas_record_file_free(work.records);
  return status;
}

/* ---- both commands ---------------------------------------------------------------------------------------------- */

static const cuxas_option WRITE_OPTIONS[] = {
    {"output", 'o', OPT_PATH, "FOLDER", NULL, NULL, "Output", "where the calculations go; made when it is not there",
     OPT_SHAPES_RUN},
    {"recursive", 'R', OPT_FLAG, NULL, NULL, NULL, "Sites", "look into folders within the folders too", 0},
    {"element", 0, OPT_TEXT, "SYMBOL", "Cu", NULL, "Sites", "absorbing element; structures without it are left out", 0},
    {"symprec", 0, OPT_REAL, "A", "0.01", "1e-6:1", "Sites", "tolerance of the symmetry search, angstrom", 0},
    {"edges", 0, OPT_TEXT, "LIST", "L3,L2", NULL, "Calculation", "edges as FEFF names them, separated by commas", 0},
    {"channels", 0, OPT_CHOICE, "NAME", "no-hole", "no-hole|screened-hole|both", "Calculation",
     "without a core hole, with a statically screened one (COREHOLE RPA), or both", 0},
    {"preset", 0, OPT_CHOICE, "NAME", "published", "published|fast", "Calculation",
     "settings of the published model, or of the bundled one at a tenth of the time", 0},
    {"fms-radius", 0, OPT_REAL, "A", NULL, "1:20", "Calculation",
     "scattering cluster, angstrom, instead of the preset's", 0},
    {"scf-radius", 0, OPT_REAL, "A", NULL, "0:20", "Calculation",
     "cluster for self-consistency, angstrom, instead of the preset's; 0: overlapped atoms", 0},
    {"max-atoms", 0, OPT_INTEGER, "N", NULL, "0:1000", "Calculation",
     "most atoms that scatter, in whole shells; 0: as many as the radius holds", 0},
    {"feff", 0, OPT_TEXT, "COMMAND", "feff", NULL, "Run scripts", "what runs FEFF in the folder of a calculation",
     OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const WRITE_TABLES[] = {WRITE_OPTIONS, CUXAS_FORCE_OPTIONS, NULL};

static const cuxas_option COLLECT_OPTIONS[] = {
    {"dataset", 'd', OPT_PATH, "FILE", NULL, NULL, "Output",
     "the training records to add to; made when it is not there", OPT_SHAPES_RUN},
    {"json", 0, OPT_FLAG, NULL, NULL, NULL, "Output", "what became of every calculation, on standard output",
     OPT_SHAPES_RUN},
    {"strict", 0, OPT_FLAG, NULL, NULL, NULL, "Checks",
     "change nothing and fail when any calculation is unfinished or refused", 0},
    {0}};

static const cuxas_option *const COLLECT_TABLES[] = {COLLECT_OPTIONS, NULL};

const cuxas_command CUXAS_REFDB_FEFF_WRITE = {
    "cuxas-refdb feff write",
    "[options] STRUCTURE|FOLDER... -o FOLDER",
    "Writes for every symmetry-distinct site of the structures and each edge a folder with feff.inp, ready to run; a "
    "manifest that says what they are; and scripts that run them all, with GNU parallel or with Slurm.",
    "  cuxas-refdb feff write structures/ -o runs\n"
    "  cuxas-refdb feff write CuO.cif --preset fast --edges L3 --channels both -o runs\n"
    "  sh runs/run-parallel.sh          or: sbatch runs/run-slurm.sh\n"
    "  cuxas-refdb feff collect runs --dataset mine.jsonl\n",
    WRITE_TABLES,
    1,
    SIZE_MAX,
    write_jobs};

const cuxas_command CUXAS_REFDB_FEFF_COLLECT = {
    "cuxas-refdb feff collect",
    "[options] FOLDER... --dataset FILE",
    "Reads the finished calculations of folders made by the write command and adds their spectra to a file of "
    "training "
    "records. Runs that did not converge, are cut short or not plausible are left out and the reason is told. May be "
    "repeated at any time: what is there already stays as it is.",
    "  cuxas-refdb feff collect runs --dataset mine.jsonl\n"
    "  cuxas-model train mine.jsonl -o mine.cuxas\n",
    COLLECT_TABLES,
    1,
    SIZE_MAX,
    collect_jobs};
