/* cuxas-simulate - absorption edges of crystal structures from first principles, as spectra or as training records */
#include "cmd/common.h"
#include "cuxas/catalog.h"
#include "cuxas/elements.h"
#include "cuxas/output.h"
#include "records/record_file.h"
#include "cuxas/records.h"
#include "cuxas/crystal.h"
#include "cmd/program.h"
#include "cmd/simulate_compare.h"
#include "cmd/simulate_outputs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "cuxas-simulate"

enum { MAX_KIND = 2 * CUXAS_N_CHANNEL }; /* two edges */

static const cuxas_option SITE_OPTIONS[] = {
    {"recursive", 'R', OPT_FLAG, NULL, NULL, NULL, "Sites", "look into folders inside the folders", 0},
    {"element", 0, OPT_TEXT, "SYMBOL", "Cu", NULL, "Sites", "absorbing element; structures without it are left out", 0},
    {"site", 0, OPT_INTEGER, "N", NULL, "0:1000000", "Sites",
     "only this site (index in the structure, from 0); default: one of each kind that symmetry tells apart", 0},
    {"symprec", 0, OPT_REAL, "A", "0.01", "1e-6:1", CUXAS_EXPERT, "tolerance of the symmetry search, angstrom", 0},
    {"strict", 0, OPT_FLAG, NULL, NULL, NULL, "Sites", "fail when any structure or site cannot be simulated",
     OPT_SHAPES_RUN},

    {"edge", 0, OPT_CHOICE, "NAME", "L23", "L3|L2|L23|L1|K", "Calculation", "edge, or both of a pair", 0},
    {"hole", 0, OPT_CHOICE, "NAME", "none", "none|screened|both", "Calculation",
     "without a core hole, with a statically screened one, or both", 0},
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
    {"figure", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "with --compare: all spectra side by side (.svg, .pdf or .png)", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const TABLES[] = {SITE_OPTIONS,
                                             CUXAS_SIMULATE_OPTIONS,
                                             OUTPUT_OPTIONS,
                                             CUXAS_FORCE_OPTIONS,
                                             CUXAS_QUIET_OPTIONS,
                                             CUXAS_THREADS_OPTIONS,
                                             NULL};

typedef struct {
  cuxas_options       *options;
  cuxas_simulator     *simulator;
  cuxas_catalog       *catalog;
  simulate_outputs     outputs;
  int                  absorber;
  cuxas_simulated_kind kind[MAX_KIND];
  size_t               n_kind;
  size_t               n_simulated, n_known, n_skipped;
} simulate_job;

static void choose_kinds(simulate_job *job)
{
  const char *edge = cuxas_options_text(job->options, "edge");
  const bool  pair = strcmp(edge, "L23") == 0;
  for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
    if (cuxas_options_is(job->options, "hole", channel == CUXAS_CHANNEL_NO_HOLE ? "screened" : "none")) continue;
    job->kind[job->n_kind++] = (cuxas_simulated_kind){pair ? "L3" : edge, (cuxas_channel)channel};
    if (pair) job->kind[job->n_kind++] = (cuxas_simulated_kind){"L2", (cuxas_channel)channel};
  }
  job->absorber = cuxas_element_number(cuxas_options_text(job->options, "element"));
  if (job->absorber == 0)
    cuxas_options_usage_error(job->options, "--element %s: no such element",
                              cuxas_options_text(job->options, "element"));
}

/* ---- one structure ---------------------------------------------------------------------------------------------- */

static cuxas_status simulate_site(simulate_job *job, const cuxas_record_site *site, cuxas_error *err)
{
  cuxas_simulation    *simulation = NULL;
  cuxas_simulated_kind missing[MAX_KIND];
  const size_t         n_missing = simulate_outputs_missing(&job->outputs, site, job->kind, job->n_kind, missing);
  job->n_known += job->n_kind - n_missing;
  if (n_missing == 0) return CUXAS_OK;
  cuxas_status status =
      cuxas_simulate_site(job->simulator, site->crystal, site->site, missing, n_missing, &simulation, err);
  if (status == CUXAS_OK) {
    status = simulate_outputs_put(&job->outputs, site, simulation, job->simulator, err);
    job->n_simulated += n_missing;
  }
  cuxas_simulation_free(simulation);
  return status;
}

/* Failures of a site or structure that leave the others untouched. */
static bool is_local(cuxas_status status)
{
  return status == CUXAS_EUNSUPPORTED || status == CUXAS_ERANGE || status == CUXAS_ENUMERIC || status == CUXAS_EFORMAT;
}

static cuxas_status judge(simulate_job *job, const char *path, cuxas_status status, cuxas_error *err)
{
  if (status == CUXAS_OK) return status;
  if (strncmp(err->message, path, strlen(path)) != 0) {
    const cuxas_error why = *err;
    cuxas_fail(err, status, "%s: %.800s", path, why.message);
  }
  if (!is_local(status) || cuxas_options_flag(job->options, "strict")) return status;
  if (!cuxas_options_flag(job->options, "quiet")) cuxas_print_note(PROGRAM, "skipped: %s", err->message);
  job->n_skipped++;
  return CUXAS_OK;
}

static cuxas_status simulate_sites(simulate_job *job, const cuxas_candidate *candidate, const cuxas_crystal *crystal,
                                   const cuxas_orbits *orbits, cuxas_error *err)
{
  cuxas_status      status = CUXAS_OK;
  cuxas_record_site site   = {.id = candidate->name, .crystal = crystal};
  if (cuxas_options_is_set(job->options, "site")) {
    site.site = (size_t)cuxas_options_integer(job->options, "site");
    if (site.site >= crystal->n_site || orbits->orbit_of[site.site] == SIZE_MAX)
      return cuxas_fail(err, CUXAS_ERANGE, "site %zu is no %s", site.site, cuxas_options_text(job->options, "element"));
    site.multiplicity = orbits->multiplicity[orbits->orbit_of[site.site]];
    return simulate_site(job, &site, err);
  }
  for (size_t i = 0; i < orbits->n_orbit && status == CUXAS_OK; i++) {
    site.site         = orbits->first_site[i];
    site.multiplicity = orbits->multiplicity[i];
    status            = judge(job, candidate->path, simulate_site(job, &site, err), err);
  }
  return status;
}

static cuxas_status simulate_structure(simulate_job *job, const cuxas_candidate *candidate, cuxas_error *err)
{
  cuxas_crystal *crystal = NULL;
  cuxas_orbits  *orbits  = NULL;
  cuxas_status   status;
  if (strlen(candidate->name) >= CUXAS_RECORD_ID_SIZE)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: the name has over %d bytes", candidate->path,
                      CUXAS_RECORD_ID_SIZE - 1);
  if ((status = cuxas_candidate_read(candidate, &crystal, err)) == CUXAS_OK &&
      (status = cuxas_symmetry_find_orbits(crystal, job->absorber, cuxas_options_real(job->options, "symprec"), &orbits,
                                           err)) == CUXAS_OK)
    status = simulate_sites(job, candidate, crystal, orbits, err);
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
  return status;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static cuxas_status simulate_all(simulate_job *job, cuxas_error *err)
{
  cuxas_status       status = CUXAS_OK;
  cuxas_progress_bar bar    = cuxas_progress_start("simulating", cuxas_options_flag(job->options, "quiet"));
  for (size_t i = 0; i < job->catalog->n_candidate && status == CUXAS_OK; i++) {
    const cuxas_candidate *candidate = &job->catalog->candidate[i];
    cuxas_progress_show(i, job->catalog->n_candidate, &bar);
    if (candidate->kind != CUXAS_CANDIDATE_STRUCTURE) continue;
    if (i > 0 && strcmp(candidate->name, job->catalog->candidate[i - 1].name) == 0)
      status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: a structure called %s came before", candidate->path,
                          candidate->name);
    else
      status = simulate_structure(job, candidate, err);
    status = judge(job, candidate->path, status, err);
  }
  cuxas_progress_end(&bar);
  return status;
}

static cuxas_status simulate(simulate_job *job, cuxas_error *err)
{
  cuxas_status status;
  if (cuxas_options_is_set(job->options, "compare"))
    return simulate_compare(job->options, job->simulator, job->absorber, job->kind[0], err);
  if ((status = cuxas_catalog_list(cuxas_options_arguments(job->options), cuxas_options_n_argument(job->options),
                                   cuxas_options_flag(job->options, "recursive"), &job->catalog, err)) != CUXAS_OK ||
      (status = simulate_outputs_begin(&job->outputs, job->options, err)) != CUXAS_OK ||
      (status = simulate_all(job, err)) != CUXAS_OK || (status = simulate_outputs_end(&job->outputs, err)) != CUXAS_OK)
    return status;
  if (job->n_simulated + job->n_known == 0 && job->n_skipped > 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "none of the structures could be simulated");
  if (cuxas_options_is_set(job->options, "dataset") && !cuxas_options_flag(job->options, "quiet"))
    cuxas_print_note(PROGRAM, "%zu spectra simulated, %zu were there already; %zu structures or sites skipped",
                     job->n_simulated, job->n_known, job->n_skipped);
  return CUXAS_OK;
}

static cuxas_status run(cuxas_options *options, cuxas_error *err)
{
  simulate_job job         = {.options = options};
  const bool   has_compare = cuxas_options_is_set(options, "compare");

  choose_kinds(&job);
  if (has_compare == (cuxas_options_n_argument(options) > 0))
    cuxas_options_usage_error(options, has_compare ? "--compare takes its structures from the records"
                                                   : "no structure; give files or folders, or --compare FILE");
  const cuxas_simulate_settings settings = simulate_settings(options);
  cuxas_status                  status   = cuxas_simulator_new(&settings, &job.simulator, err);
  if (status == CUXAS_OK) status = simulate(&job, err);
  if (job.n_skipped > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  simulate_outputs_free(&job.outputs);
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
