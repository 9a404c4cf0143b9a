/* cuxas-simulate - absorption edges of crystal structures from first principles, as spectra or as training records
 *
 *   kinds     which edges and channels
 *   tasks     sites that are this process's, with their costs
 *   results   to outputs, in the order of the sites
 *   plan      the costs instead of the work
 *   all */
#include "write/text.h"
#include "base/memory.h"
#include "cmd/sources.h"
#include "cmd/common.h"
#include "cmd/outputs.h"
#include "cmd/help.h"
#include "cmd/simulate_compare.h"
#include "cmd/simulate_run.h"
#include "cmd/sites.h"
#include "simulate/cluster.h"
#include "cuxas/catalog.h"
#include "base/elements.h"
#include "cuxas/output.h"
#include "base/text.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "cuxas-simulate"

static const cuxas_option SITE_OPTIONS[] = {
    {"recursive", 'R', OPT_FLAG, NULL, NULL, NULL, "Sites", "look into folders inside the folders", 0},
    {"element", 0, OPT_TEXT, "SYMBOL", "Cu", NULL, "Sites", "absorbing element; structures without it are left out", 0},
    {"site", 0, OPT_INTEGER, "N", NULL, "0:1000000", "Sites",
     "only this site (index in the structure, from 0); default: one of each kind that symmetry tells apart", 0},
    {"symprec", 0, OPT_REAL, "A", "0.01", "1e-6:1", CUXAS_EXPERT, "tolerance of the symmetry search, angstrom", 0},
    {"shard", 0, OPT_TEXT, "I/N", NULL, NULL, "Sites",
     "only the sites of process I of N (from 1), shared out by a hash; auto: as Slurm or MPI say", OPT_SHAPES_RUN},
    {"strict", 0, OPT_FLAG, NULL, NULL, NULL, "Sites", "fail when any structure or site cannot be simulated",
     OPT_SHAPES_RUN},

    {"edge", 0, OPT_CHOICE, "NAME", "L23", "L3|L2|L23|L1|K", "Calculation", "edge, or both of a pair", 0},
    {"hole", 0, OPT_CHOICE, "NAME", "none", "none|screened|projected|both|all", "Calculation",
     "without a core hole; with a screened one in the potential; with one that only mixes states above the Fermi "
     "level; "
     "both: the first two; all",
     0},
    {0}};

static const cuxas_option OUTPUT_OPTIONS[] = {
    {"csv", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "spectra as name,site,edge,energy_eV,mu,mu0; - (the default) is standard output", OPT_SHAPES_RUN},
    {"out-dir", 'o', OPT_PATH, "DIR", NULL, NULL, "Output",
     "folder that gets NAME-site-N-EDGE.xdi of each spectrum, for Larch and Athena; made when it is not there",
     OPT_SHAPES_RUN},
    {"dataset", 'd', OPT_PATH, "FILE", NULL, NULL, "Output",
     "training records to add to; made when it is not there. What is in it already is not simulated again",
     OPT_SHAPES_RUN},
    {"compare", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "simulate the sites of these training records instead, and print how far the spectra are apart", OPT_SHAPES_RUN},
    {"exclude", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "with --compare: leave out the records that this CSV file names by id and site", OPT_SHAPES_RUN},
    {"above", 0, OPT_REAL, "MAE", "0.06", "0:10", "Output", "with --compare: list spectra that are further apart",
     OPT_SHAPES_RUN},
    {"figure", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "with --compare: all spectra side by side (.svg, .pdf or .png)", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option RUN_OPTIONS[] = {
    {"plan", 0, OPT_FLAG, NULL, NULL, NULL, "Running", "print sites, estimated time and memory, and stop",
     OPT_SHAPES_RUN},
    {"timings", 0, OPT_PATH, "FILE", NULL, NULL, "Running",
     "write what each site took as CSV; with --plan: scale its estimates by such a file", OPT_SHAPES_RUN},
    {"time-limit", 0, OPT_REAL, "MIN", NULL, "0:1000000", "Running",
     "start no site that is not likely to end within so many minutes; exit status 4 when sites are left",
     OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const TABLES[] = {
    SITE_OPTIONS, CUXAS_DISORDER_OPTIONS, CUXAS_SIMULATE_OPTIONS, OUTPUT_OPTIONS,
    RUN_OPTIONS,  CUXAS_FORCE_OPTIONS,    CUXAS_THREADS_OPTIONS,  NULL};

typedef struct {
  cuxas_options          *options;
  cuxas_simulate_settings settings;
  cuxas_simulator        *simulator; /* for what it says of itself */
  cuxas_catalog          *catalog;
  site_list              *list;
  size_t                  n_task;
  site_entry             *entry; /* (n_task) those of the list that are ours, owned; as the two below */
  simulate_task          *task;
  cuxas_site_cost        *cost;
  simulate_outputs        outputs;
  bool                    has_timings;
  cuxas_output            timings;
  int                     absorber;
  cuxas_simulated_kind    kind[SIMULATE_MAX_KIND];
  size_t                  n_kind;
  size_t                  n_simulated, n_known, n_skipped;
  cuxas_error             untold; /* why the first was skipped, of a run that is quiet */
} simulate_job;

/* ---- kinds ------------------------------------------------------------------------------------------------------ */

static void choose_kinds(simulate_job *job)
{
  const char *edge = cuxas_options_text(job->options, "edge");
  const bool  pair = strcmp(edge, "L23") == 0;
  for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
    static const char *const NAME[CUXAS_N_CHANNEL] = {"none", "screened", "projected"};
    const bool               is_one_of_both =
        channel != CUXAS_CHANNEL_PROJECTED_HOLE && cuxas_options_is(job->options, "hole", "both");
    if (!is_one_of_both && !cuxas_options_is(job->options, "hole", "all") &&
        !cuxas_options_is(job->options, "hole", NAME[channel]))
      continue;
    job->kind[job->n_kind++] = (cuxas_simulated_kind){pair ? "L3" : edge, (cuxas_channel)channel};
    if (pair) job->kind[job->n_kind++] = (cuxas_simulated_kind){"L2", (cuxas_channel)channel};
  }
  job->absorber = cuxas_element_number(cuxas_options_text(job->options, "element"));
  if (job->absorber == 0)
    cuxas_options_usage_error(job->options, "--element %s: no such element",
                              cuxas_options_text(job->options, "element"));
}

/* warn_of_multiplets() - what a photoelectron in a mean field cannot give */
static void warn_of_multiplets(const simulate_job *job)
{
  enum { SCANDIUM = 21, NICKEL = 28 };
  const char *edge = cuxas_options_text(job->options, "edge");
  if (job->absorber < SCANDIUM || job->absorber > NICKEL || strcmp(edge, "K") == 0 || strcmp(edge, "L1") == 0 ||
      cuxas_options_flag(job->options, "quiet"))
    return;
  cuxas_print_note(
      PROGRAM, "L2,3 edges of %s in compounds have multiplets of 2p and open 3d shells, which are not in these spectra",
      cuxas_options_text(job->options, "element"));
}

/* ---- tasks ------------------------------------------------------------------------------------------------------ */

static const site_structure *structure_of(const simulate_job *job, size_t i_task)
{
  return &job->list->structure[job->entry[i_task].i_structure];
}

static cuxas_record_site record_site(const simulate_job *job, size_t i_task)
{
  const site_structure *structure = structure_of(job, i_task);
  return (cuxas_record_site){structure->id, structure->crystal, job->entry[i_task].site,
                             job->entry[i_task].multiplicity};
}

/* skip() - a failure of one structure or site is told and leaves the others untouched */
static cuxas_status skip(simulate_job *job, const char *path, const cuxas_error *reason, cuxas_error *err)
{
  const cuxas_status status   = reason->status;
  const bool         has_path = strncmp(reason->message, path, strlen(path)) == 0;
  cuxas_fail(err, status, "%s%s%.800s", has_path ? "" : path, has_path ? "" : ": ", reason->message);
  if (status == CUXAS_ENOMEM || status == CUXAS_EIO || cuxas_options_flag(job->options, "strict")) return status;
  if (!cuxas_options_flag(job->options, "quiet"))
    cuxas_print_note(PROGRAM, "skipped: %s", err->message);
  else if (job->untold.status == CUXAS_OK)
    job->untold = *err;
  job->n_skipped++;
  return CUXAS_OK;
}

static void estimate_costs(simulate_job *job)
{
#pragma omp parallel for schedule(dynamic, 1)
  for (size_t i = 0; i < job->n_task; i++) {
    const cuxas_record_site site = record_site(job, i);
    cuxas_site_cost_find(site.crystal, site.site, &job->settings, job->n_kind, &job->cost[i], NULL);
    job->task[i] = (simulate_task){site.crystal, site.site, job->cost[i].core_s, job->cost[i].n_byte};
  }
}

/* tell_structure() - what is doubtful in it, and, where it is the first of several arrangements, how many are simulated */
static void tell_structure(const simulate_job *job, size_t i)
{
  const site_structure *structure = &job->list->structure[i];
  const char           *path      = structure->candidate->path;
  size_t                n         = 1;
  if (structure->crystal == NULL || structure->reason.status != CUXAS_OK || cuxas_options_flag(job->options, "quiet") ||
      (i > 0 && structure[-1].candidate == structure->candidate))
    return;
  cuxas_print_warnings(PROGRAM, path, &structure->crystal->warnings);
  while (i + n < job->list->n_structure && structure[n].candidate == structure->candidate) n++;
  if (n > 1)
    cuxas_print_note(PROGRAM,
                     "warning: %s: %zu arrangements are simulated, %s to ~%zuof%zu; the compound is their mean", path,
                     n, structure->id, n, n);
  else if (structure->is_one_of_several)
    cuxas_print_note(PROGRAM, "warning: %s: of its arrangements the first is simulated", path);
}

/* list_tasks() - the sites of this process; structures that cannot be used are told */
static cuxas_status list_tasks(simulate_job *job, cuxas_error *err)
{
  cuxas_status         status;
  const cuxas_options *options = job->options;
  const site_share     share   = cuxas_site_share_read(options);
  const size_t         only_site =
      cuxas_options_is_set(options, "site") ? (size_t)cuxas_options_integer(options, "site") : SIZE_MAX;
  if ((status = cuxas_source_find(NULL, cuxas_options_flag(options, "recursive"), cuxas_options_arguments(options),
                                  cuxas_options_n_argument(options), &job->catalog, err)) != CUXAS_OK)
    return status;
  cuxas_source_draw(options, job->catalog);
  if ((status = cuxas_site_list_new(job->catalog, job->absorber, cuxas_options_real(options, "symprec"), only_site,
                                    &job->list, err)) != CUXAS_OK)
    return status;
  for (size_t i = 0; i < job->list->n_structure && status == CUXAS_OK; i++) {
    const site_structure *structure = &job->list->structure[i];
    tell_structure(job, i);
    if (structure->reason.status != CUXAS_OK) status = skip(job, structure->candidate->path, &structure->reason, err);
  }
  if (status != CUXAS_OK) return status;
  job->entry = cuxas_new(err, job->list->n_site, sizeof *job->entry);
  job->task  = cuxas_new(err, job->list->n_site, sizeof *job->task);
  job->cost  = cuxas_new(err, job->list->n_site, sizeof *job->cost);
  if (job->entry == NULL || job->task == NULL || job->cost == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < job->list->n_site; i++) {
    const site_entry *entry = &job->list->site[i];
    if (cuxas_site_is_mine(share, job->list->structure[entry->i_structure].id, entry->site))
      job->entry[job->n_task++] = *entry;
  }
  estimate_costs(job);
  return CUXAS_OK;
}

/* ---- results ---------------------------------------------------------------------------------------------------- */

/* ask_kinds() - what the dataset does not hold; what others have added meanwhile is seen */
static size_t ask_kinds(size_t i_task, cuxas_simulated_kind ret_kind[SIMULATE_MAX_KIND], void *user)
{
  simulate_job           *job  = user;
  const cuxas_record_site site = record_site(job, i_task);
  const size_t            n    = simulate_outputs_missing(&job->outputs, &site, job->kind, job->n_kind, ret_kind);
  job->n_known += job->n_kind - n;
  return n;
}

static cuxas_status take_result(size_t i_task, const simulate_result *result, void *user, cuxas_error *err)
{
  simulate_job           *job  = user;
  const cuxas_record_site site = record_site(job, i_task);
  const char             *path = structure_of(job, i_task)->candidate->path;
  if (result->n_kind == 0) return CUXAS_OK;
  if (result->simulation == NULL) return skip(job, path, &result->reason, err);
  const cuxas_status status = simulate_outputs_put(&job->outputs, &site, result->simulation, job->simulator, err);
  if (status != CUXAS_OK) return status;
  job->n_simulated += result->n_kind;
  if (!job->has_timings) return CUXAS_OK;
  cuxas_text_put_csv(job->timings.stream, site.id);
  fprintf(job->timings.stream, ",%zu,%zu,%zu,%zu,%.3f,%.3f\n", site.site, job->cost[i_task].n_atom,
          job->cost[i_task].n_orbit, result->n_kind, result->core_s, job->cost[i_task].core_s);
  return CUXAS_OK;
}

/* ---- plan ------------------------------------------------------------------------------------------------------- */

/* read_scale() - how much longer sites took than was estimated, by a file of --timings */
static cuxas_status read_scale(const char *path, double *ret_scale, cuxas_error *err)
{
  cuxas_text   text = {0};
  char        *field[CUXAS_CSV_MAX_COLUMN];
  size_t       i_seconds = 0, i_planned = 0, n_field;
  double       took_s = 0.0, planned_s = 0.0, value[2];
  cuxas_status status = cuxas_text_read(path, &text, err);
  if (status != CUXAS_OK) goto done;
  n_field = text.n_line > 0 ? cuxas_csv_cut(text.line[0], field) : 0;
  if ((status = cuxas_csv_find_column(field, n_field, "seconds", path, &i_seconds, err)) != CUXAS_OK ||
      (status = cuxas_csv_find_column(field, n_field, "planned_s", path, &i_planned, err)) != CUXAS_OK)
    goto done;
  for (size_t i = 1; i < text.n_line; i++) {
    n_field = cuxas_csv_cut(text.line[i], field);
    if (n_field <= i_seconds || n_field <= i_planned || !cuxas_text_parse_number(field[i_seconds], &value[0]) ||
        !cuxas_text_parse_number(field[i_planned], &value[1]))
      continue;
    took_s += value[0];
    planned_s += value[1];
  }
  if (planned_s > 0.0 && took_s > 0.0)
    *ret_scale = took_s / planned_s;
  else
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: no timings", path);
done:
  cuxas_text_free(&text);
  return status;
}

static cuxas_status print_plan(simulate_job *job, cuxas_error *err)
{
  cuxas_simulated_kind missing[SIMULATE_MAX_KIND];
  const char          *timings = cuxas_options_text(job->options, "timings");
  double               scale = 1.0, core_s = 0.0, longest_s = 0.0, n_byte = 0.0;
  size_t               n_site = 0, n_spectrum = 0;
  const cuxas_status   status = timings != NULL ? read_scale(timings, &scale, err) : CUXAS_OK;
  if (status != CUXAS_OK) return status;
  printf("%-32s %5s %6s %6s %8s %9s %8s\n", "name", "site", "atoms", "orbits", "spectra", "seconds", "MiB");
  for (size_t i = 0; i < job->n_task; i++) {
    const cuxas_record_site site      = record_site(job, i);
    const size_t            n_missing = ask_kinds(i, missing, job);
    const double            seconds   = scale * job->cost[i].core_s * (double)n_missing / (double)job->n_kind;
    if (n_missing == 0) continue;
    printf("%-32s %5zu %6zu %6zu %8zu %9.1f %8.0f\n", site.id, site.site, job->cost[i].n_atom, job->cost[i].n_orbit,
           n_missing, seconds, job->cost[i].n_byte / 1048576.0);
    core_s += seconds;
    longest_s = fmax(longest_s, seconds);
    n_byte    = fmax(n_byte, job->cost[i].n_byte);
    n_site++;
    n_spectrum += n_missing;
  }
  printf("%zu sites, %zu spectra to simulate (%zu spectra are there already, %zu structures cannot be used)\n", n_site,
         n_spectrum, job->n_known, job->n_skipped);
  printf("about %.2f core-hours, the longest site %.1f s; up to %.0f MiB a thread, %.0f MiB are left here\n",
         core_s / 3600.0, longest_s, n_byte / 1048576.0, cuxas_memory_left() / 1048576.0);
  return CUXAS_OK;
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

static cuxas_status open_timings(simulate_job *job, cuxas_error *err)
{
  const char *path = cuxas_options_text(job->options, "timings");
  if (path == NULL) return CUXAS_OK;
  const cuxas_status status = cuxas_outputs_open(job->options, path, &job->timings, err);
  job->has_timings          = status == CUXAS_OK;
  if (job->has_timings) fputs("name,site,atoms,orbits,spectra,seconds,planned_s\n", job->timings.stream);
  return status;
}

static void tell(const simulate_job *job, const simulate_summary *summary)
{
  if (summary->end != SIMULATE_FINISHED)
    cuxas_print_note(PROGRAM, "stopped %s: %zu of %zu sites done; the same command with --dataset takes up the others",
                     summary->end == SIMULATE_STOPPED_BY_SIGNAL ? "by a signal" : "by the time limit", summary->n_done,
                     job->n_task);
  if (cuxas_options_flag(job->options, "quiet")) return;
  if (job->outputs.n_repaired > 0)
    cuxas_print_note(PROGRAM, "%s: removed a line that was cut off (%zu bytes)", job->outputs.dataset,
                     job->outputs.n_repaired);
  if (job->outputs.dataset != NULL)
    cuxas_print_note(PROGRAM, "%zu spectra simulated, %zu were there already; %zu structures or sites skipped",
                     job->n_simulated, job->n_known, job->n_skipped);
  if (summary->core_s > 60.0)
    cuxas_print_note(PROGRAM, "%.2f core-hours, planned %.2f", summary->core_s / 3600.0,
                     summary->planned_core_s / 3600.0);
}

static cuxas_status simulate(simulate_job *job, cuxas_error *err)
{
  cuxas_status       status;
  simulate_summary   summary;
  const bool         has_limit = cuxas_options_is_set(job->options, "time-limit");
  const simulate_run run       = {.program  = PROGRAM,
                                  .label    = "simulating",
                                  .settings = &job->settings,
                                  .n_task   = job->n_task,
                                  .task     = job->task,
                                  .time_limit_s =
                                has_limit ? 60.0 * cuxas_options_real(job->options, "time-limit") : INFINITY,
                                  .is_quiet = cuxas_options_flag(job->options, "quiet"),
                                  .ask      = ask_kinds,
                                  .take     = take_result,
                                  .user     = job};
  if ((status = open_timings(job, err)) != CUXAS_OK || (status = simulate_tasks(&run, &summary, err)) != CUXAS_OK)
    return status;
  if (job->n_simulated + job->n_known == 0 && job->n_skipped > 0 && summary.end == SIMULATE_FINISHED)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "none of the structures could be simulated%s%.900s",
                      job->untold.status != CUXAS_OK ? ", the first: " : "", job->untold.message);
  if ((status = simulate_outputs_end(&job->outputs, err)) != CUXAS_OK) return status;
  if (job->has_timings) {
    job->has_timings = false;
    if ((status = cuxas_output_commit(&job->timings, err)) != CUXAS_OK) return status;
  }
  tell(job, &summary);
  if (job->n_skipped > 0) cuxas_options_exit(job->options, CUXAS_EXIT_SKIPPED);
  if (summary.end != SIMULATE_FINISHED) cuxas_options_exit(job->options, CUXAS_EXIT_STOPPED);
  return CUXAS_OK;
}

static cuxas_status run_job(simulate_job *job, cuxas_error *err)
{
  cuxas_status status;
  if (cuxas_options_is_set(job->options, "compare"))
    return simulate_compare(job->options, &job->settings, job->absorber, job->kind, job->n_kind, err);
  const bool is_plan = cuxas_options_flag(job->options, "plan");
  if ((status = list_tasks(job, err)) != CUXAS_OK ||
      (status = is_plan ? simulate_outputs_look(&job->outputs, job->options, err)
                        : simulate_outputs_begin(&job->outputs, job->options, err)) != CUXAS_OK)
    return status;
  return is_plan ? print_plan(job, err) : simulate(job, err);
}

static cuxas_status run(cuxas_options *options, cuxas_error *err)
{
  simulate_job job         = {.options = options, .settings = simulate_settings(options)};
  const bool   has_compare = cuxas_options_is_set(options, "compare");
  choose_kinds(&job);
  if (has_compare == (cuxas_options_n_argument(options) > 0))
    cuxas_options_usage_error(options, has_compare ? "--compare takes its structures from the records"
                                                   : "no structure; give files or folders, or --compare FILE");
  warn_of_multiplets(&job);
  cuxas_status status = cuxas_simulator_new(&job.settings, &job.simulator, err);
  if (status == CUXAS_OK) status = run_job(&job, err);
  if (job.has_timings) cuxas_output_discard(&job.timings);
  simulate_outputs_free(&job.outputs);
  free(job.entry);
  free(job.task);
  free(job.cost);
  cuxas_site_list_free(job.list);
  cuxas_catalog_free(job.catalog);
  cuxas_simulator_free(job.simulator);
  return status;
}

static const cuxas_command COMMAND = {
    PROGRAM,
    "[options] STRUCTURE|FOLDER...",
    "Simulates the absorption edges of every symmetry-distinct site of crystal structures by real-space multiple "
    "scattering, with nothing else installed. Spectra are normalised to the atomic background 50 eV above the edge.",
    "  cuxas-simulate CuO.cif > CuO.csv\n"
    "  cuxas-simulate --edge K CuO.cif -o spectra\n"
    "  cuxas-simulate --edge L3 structures/ --dataset mine.jsonl\n"
    "  cuxas-simulate --compare feff.jsonl --figure compare.png\n",
    TABLES,
    0,
    SIZE_MAX,
    run,
};

static const cuxas_command *const COMMANDS[] = {&COMMAND, NULL};

static const cuxas_program SIMULATE = {PROGRAM, NULL, COMMANDS, NULL};

int main(int argc, char **argv)
{
  return cuxas_program_main(&SIMULATE, argc, argv);
}
