/* refdb_simulations.c - cuxas-refdb simulations: a library of simulated spectra, for cuxas-match --simulate
 *
 * Contents: 1. simulating  2. picking what is written  3. all of it */
#include "cmd/refdb_commands.h"

#include "cmd/common.h"
#include "cuxas/catalog.h"
#include "base/memory.h"
#include "cuxas/output.h"
#include "records/record_file.h"
#include "records/simulations.h"
#include "cmd/sources.h"

#include <stdlib.h>
#include <string.h>
#include <stdint.h>

#define PROGRAM "cuxas-refdb"

static const cuxas_option OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Input",
     "model file whose element and edges are simulated; default: the bundled one", 0},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, "Input", "folder of the bundled data", OPT_SHAPES_RUN},
    {"records", 0, OPT_PATH, "FILE", NULL, NULL, "Input",
     "training records where simulations are kept as they are made: interrupted, the same command goes on", 0},
    {"hole", 0, OPT_CHOICE, "NAME", "both", "both|none", "Input",
     "simulate without a core hole and with a screened one, or only without", 0},
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output",
     "the records to write, compressed when the name ends in .gz", 0},
    {"force", 'f', OPT_FLAG, NULL, NULL, NULL, "Output", "overwrite the file if it exists", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const TABLES[] = {OPTIONS, CUXAS_THREADS_OPTIONS, NULL};

typedef struct {
  const cuxas_options *options;
  const char          *kept; /* the records that are added to */
  cuxas_model         *model;
  cuxas_catalog       *catalog;
  cuxas_simulations   *simulations;
  bool                *is_skipped; /* (n_candidate) */
  size_t               n_skipped;
} simulations_job;

static cuxas_status open_simulations(simulations_job *job, cuxas_error *err)
{
  const cuxas_simulate_settings how = cuxas_simulations_settings();
  const char                   *edge_name[CUXAS_MODEL_MAX_EDGE];
  for (size_t i = 0; i < job->model->n_edge; i++) edge_name[i] = job->model->edge[i].name;
  cuxas_simulations_free(job->simulations);
  job->simulations = NULL;
  const cuxas_status status =
      cuxas_simulations_new(job->model->absorber, edge_name, job->model->n_edge,
                            cuxas_options_is(job->options, "hole", "both"), &how, &job->simulations, err);
  return status == CUXAS_OK ? cuxas_simulations_keep(job->simulations, job->kept, err) : status;
}

/* 1. simulating */

/* Calls `use`, which may be NULL, with a record of each distinct absorber of a candidate. */
typedef cuxas_status use_record(const cuxas_record *record, const char *sha256, void *user, cuxas_error *err);

static cuxas_status find_records(simulations_job *job, const cuxas_candidate *candidate, use_record *use, void *user,
                                 cuxas_error *err)
{
  cuxas_crystal       *crystal = NULL;
  cuxas_orbits        *orbits  = NULL;
  const cuxas_record **record  = NULL;
  char                 sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_status         status;
  if ((status = cuxas_candidate_read(candidate, &crystal, err)) != CUXAS_OK ||
      (status = cuxas_candidate_hash(candidate, sha256, err)) != CUXAS_OK ||
      (status = cuxas_symmetry_find_orbits(crystal, job->model->absorber, CUXAS_SYMPREC_A, &orbits, err)) != CUXAS_OK)
    goto done;
  if ((record = cuxas_new_array(orbits->n_orbit, sizeof *record)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu sites", orbits->n_orbit);
    goto done;
  }
  status = cuxas_simulations_find(job->simulations, candidate->name, crystal, orbits, record, err);
  for (size_t i = 0; i < orbits->n_orbit && status == CUXAS_OK && use != NULL; i++)
    status = use(record[i], sha256, user, err);
done:
  free(record);
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
  return status;
}

static cuxas_status simulate_all(simulations_job *job, cuxas_error *err)
{
  cuxas_progress_bar bar    = cuxas_progress_start("simulating", false);
  cuxas_status       status = CUXAS_OK;
  for (size_t i = 0; i < job->catalog->n_candidate && status == CUXAS_OK; i++) {
    const cuxas_candidate *candidate = &job->catalog->candidate[i];
    cuxas_progress_show(i, job->catalog->n_candidate, &bar);
    job->is_skipped[i] = candidate->kind != CUXAS_CANDIDATE_STRUCTURE;
    if (!job->is_skipped[i]) status = find_records(job, candidate, NULL, NULL, err);
    if (status == CUXAS_OK || status == CUXAS_ENOMEM || status == CUXAS_EIO) continue;
    cuxas_print_note(PROGRAM, "skipped: %s: %s", candidate->label, err->message);
    job->is_skipped[i] = true;
    job->n_skipped++;
    status = CUXAS_OK;
  }
  cuxas_progress_end(&bar);
  return status;
}

/* 2. picking what is written */

typedef struct {
  const cuxas_record_file *from;
  cuxas_record_file       *to;
} picking;

static cuxas_status pick(const cuxas_record *record, const char *sha256, void *user, cuxas_error *err)
{
  const picking *files = user;
  return cuxas_record_file_pick(files->from, record->id, record->site, sha256, files->to, err);
}

/* From the file of records, which now holds all there is. */
static cuxas_status pick_all(simulations_job *job, cuxas_record_file *to, cuxas_error *err)
{
  cuxas_record_file *from   = NULL;
  cuxas_status       status = open_simulations(job, err);
  if (status == CUXAS_OK) status = cuxas_record_file_read(job->kept, &from, err);
  picking files = {from, to};
  for (size_t i = 0; i < job->catalog->n_candidate && status == CUXAS_OK; i++)
    if (!job->is_skipped[i]) status = find_records(job, &job->catalog->candidate[i], pick, &files, err);
  cuxas_record_file_free(from);
  return status;
}

/* 3. all of it */

static cuxas_status make(simulations_job *job, cuxas_record_file *to, cuxas_error *err)
{
  const cuxas_options *options = job->options;
  const char          *path    = cuxas_options_text(options, "output");
  cuxas_status         status;
  if ((status = cuxas_output_check(path, cuxas_options_flag(options, "force"), err)) != CUXAS_OK ||
      (status = cuxas_source_model(options, &job->model, err)) != CUXAS_OK ||
      (status = cuxas_source_find(NULL, false, cuxas_options_arguments(options), cuxas_options_n_argument(options),
                                  &job->catalog, err)) != CUXAS_OK ||
      (status = open_simulations(job, err)) != CUXAS_OK)
    return status;
  if ((job->is_skipped = cuxas_new_array(job->catalog->n_candidate, sizeof *job->is_skipped)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu structures", job->catalog->n_candidate);
  if ((status = simulate_all(job, err)) != CUXAS_OK || (status = pick_all(job, to, err)) != CUXAS_OK) return status;
  if (cuxas_record_file_count(to) == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "none of the structures could be simulated");
  if ((status = cuxas_record_file_write(to, path, err)) == CUXAS_OK)
    cuxas_print_note(PROGRAM, "%zu sites of %zu structures", cuxas_record_file_count(to),
                     job->catalog->n_candidate - job->n_skipped);
  return status;
}

static cuxas_status run(cuxas_options *options, cuxas_error *err)
{
  simulations_job job = {.options = options, .kept = cuxas_options_text(options, "records")};
  if (cuxas_options_text(options, "output") == NULL)
    cuxas_options_usage_error(options, "no output file; give --output FILE");
  if (job.kept == NULL) cuxas_options_usage_error(options, "no file for what is simulated; give --records FILE");
  cuxas_record_file *to     = cuxas_record_file_new();
  const cuxas_status status = to != NULL ? make(&job, to, err) : cuxas_fail(err, CUXAS_ENOMEM, "no memory for records");
  if (job.n_skipped > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  cuxas_record_file_free(to);
  free(job.is_skipped);
  cuxas_simulations_free(job.simulations);
  cuxas_catalog_free(job.catalog);
  cuxas_model_free(job.model);
  return status;
}

const cuxas_command CUXAS_REFDB_SIMULATIONS = {
    "cuxas-refdb simulations",
    "[options] FOLDER|STRUCTURE... --records FILE -o FILE.jsonl.gz",
    "Simulates all sites of structures from first principles and writes the library that cuxas-match --simulate looks "
    "into before it simulates.",
    "  cuxas-refdb simulations refdb/structures refdb/candidates --records build/simulations.jsonl \\\n"
    "    -o refdb/simulations/Cu-L3-L2.jsonl.gz\n",
    TABLES,
    1,
    SIZE_MAX,
    run,
};
