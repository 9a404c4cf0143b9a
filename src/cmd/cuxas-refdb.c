/* cuxas-refdb - makes reference data: structures, spectra, libraries, backgrounds, and the records that models learn from
 *
 * Contents: 1. records: spectra of any program as training records  2. library: predicted once, matched often
 * 3. the program */
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/help.h"
#include "cmd/outputs.h"
#include "cmd/record_add.h"
#include "cmd/record_merge.h"
#include "cmd/refdb_commands.h"
#include "cmd/sites.h"
#include "cmd/sources.h"
#include "match/shortlist.h"
#include "match/simulated.h"
#include "match/store.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- 1. records: spectra of any program as training records --------------------------------------------------- */

static const cuxas_option ADD_OPTIONS[] = {
    {"dataset", 'd', OPT_PATH, "FILE", NULL, NULL, "Output",
     "the training records to add to; made when it is not there", OPT_SHAPES_RUN},
    {"structure", 0, OPT_PATH, "FILE", NULL, NULL, "Sites", "the structure that the one spectrum belongs to", 0},
    {"site", 0, OPT_INTEGER, "N", NULL, "0:99999", "Sites",
     "index of the absorber in it, from 0; default: the only site of the element, by symmetry", 0},
    {"id", 0, OPT_TEXT, "NAME", NULL, NULL, "Sites", "name of the structure; default: its file's", 0},
    {"list", 'l', OPT_FLAG, NULL, NULL, NULL, "Sites",
     "the arguments are tables (CSV) with the columns spectrum, structure, site and, if wanted, id, shift_eV", 0},
    {"structures", 0, OPT_PATH, "FOLDER", NULL, NULL, "Sites",
     "the arguments are JSON lines with id, site, energy and mu; the structures lie in the folder, called by id", 0},
    {"layout", 0, OPT_CHOICE, "NAME", NULL, "chen|feff", "Sites",
     "the arguments are lines with absorbing_atom, edge, mp-id, spectrum and structure (Chen et al., figshare "
     "12824513), or folders "
     "with feff.inp and xmu.dat in them or below (Gleason et al., Zenodo 18142209)",
     0},
    {"element", 0, OPT_TEXT, "SYMBOL", "Cu", NULL, "Sites", "absorbing element", 0},
    {"exclude", 0, OPT_PATH, "FILE", NULL, NULL, "Sites",
     "leave out the compounds in a table's column formula, such as models/exclude.csv of the bundled data, which "
     "cuxas-model train refuses to learn from",
     0},
    {"edge", 0, OPT_TEXT, "NAME", "L3", NULL, "Spectra", "edge, as cuxas-model train is to call it", 0},
    {"channel", 0, OPT_CHOICE, "NAME", "no-hole", "no-hole|screened-hole|projected-hole", "Spectra",
     "state of the core level in the simulation", 0},
    {"code", 0, OPT_TEXT, "TEXT", NULL, NULL, "Spectra", "program and settings, noted in the records", 0},
    {"energy-column", 0, OPT_INTEGER, "N", "1", "1:64", "Spectra", "column of the energies, counted from 1", 0},
    {"mu-column", 0, OPT_INTEGER, "N", "2", "1:64", "Spectra", "column of the absorption", 0},
    {"unit", 0, OPT_CHOICE, "NAME", "eV", "eV|Ha|Ry", "Spectra", "unit of the energies", 0},
    {"shift", 0, OPT_REAL, "EV", "0", "-200000:200000", "Processing", "added to the energies, eV", 0},
    {"onset", 0, OPT_REAL, "EV", NULL, "0:200000", "Processing",
     "move the steepest rise of every spectrum to this photon energy, instead of a shift", 0},
    {"gaussian", 0, OPT_REAL, "EV", "0", "0:50", "Processing", "broaden by a Gaussian of this full width, eV", 0},
    {"lorentzian", 0, OPT_REAL, "EV", "0", "0:50", "Processing", "broaden by a Lorentzian of this full width, eV", 0},
    {"step", 0, OPT_REAL, "EV", "0.1", "0.001:10", "Processing", "step of the energies after a broadening, eV", 0},
    {"range", 0, OPT_RANGE, "LOW:HIGH", NULL, "0:200000", "Processing", "photon energies to keep, eV", 0},
    {"normalize", 0, OPT_CHOICE, "NAME", "step", "step|maximum|none", "Processing",
     "what becomes 1: the mean over a window, the maximum, or nothing", 0},
    {"step-window", 0, OPT_RANGE, "LOW:HIGH", NULL, "0:200000", "Processing",
     "window of the step, photon energies; default: the last tenth of the range", 0},
    {"core-hole-width", 0, OPT_REAL, "EV", "0", "0:100", "Processing",
     "full width of the core level that is in the spectrum already, noted in the records", 0},
    {0}};

static const cuxas_option *const ADD_TABLES[] = {ADD_OPTIONS, NULL};

static const cuxas_option INFO_OPTIONS[] = {
    {"json", 0, OPT_FLAG, NULL, NULL, NULL, "Output", "as JSON", OPT_SHAPES_RUN},
    {"sites", 0, OPT_FLAG, NULL, NULL, NULL, "Output",
     "also how many sites are of which oxidation state, coordination number, ligands and elements", 0},
    {"against", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "also how far the L3 and L2 spectra of copper are from those of the same sites, by id, in another file", 0},
    {0}};

static const cuxas_option *const INFO_TABLES[] = {INFO_OPTIONS, NULL};

static const cuxas_option MERGE_OPTIONS[] = {
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output", "the merged records; compressed where it ends in .gz",
     OPT_SHAPES_RUN},
    {"structures", 0, OPT_PATH, "FOLDER", NULL, NULL, "Sites",
     "the structures that were to be simulated: sites without a record are listed; default: of the records' own "
     "crystals",
     0},
    {"recursive", 'R', OPT_FLAG, NULL, NULL, NULL, "Sites", "look into folders within it too", 0},
    {"element", 0, OPT_TEXT, "SYMBOL", "Cu", NULL, "Sites", "absorbing element in it", 0},
    {"exclude", 0, OPT_PATH, "FILE", NULL, NULL, "Records",
     "leave out the compounds in a table's column formula, such as models/exclude.csv of the bundled data", 0},
    {"only", 0, OPT_PATH, "FILE", NULL, NULL, "Records", "no compounds but those of such a table", 0},
    {"screen", 0, OPT_FLAG, NULL, NULL, NULL, "Records",
     "leave out and tell what did not converge or is no spectrum of a solid", 0},
    {"small", 0, OPT_FLAG, NULL, NULL, NULL, "Records",
     "without atomic backgrounds, energies to 0.001 eV and mu to 0.0001: what training needs", 0},
    {0}};

static const cuxas_option *const MERGE_TABLES[] = {MERGE_OPTIONS, CUXAS_FORCE_OPTIONS, NULL};

static cuxas_status add(cuxas_options *options, cuxas_error *err)
{
  size_t             n_skipped = 0;
  const cuxas_status status    = cuxas_record_add(options, &n_skipped, err);
  if (n_skipped > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  return status;
}

static cuxas_status info(cuxas_options *options, cuxas_error *err)
{
  return cuxas_record_info(options, err);
}

static cuxas_status merge(cuxas_options *options, cuxas_error *err)
{
  bool               is_complete = true;
  const cuxas_status status      = cuxas_record_merge(options, &is_complete, err);
  if (status == CUXAS_OK && !is_complete) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  return status;
}

static const cuxas_command CUXAS_REFDB_RECORDS_ADD = {
    "cuxas-refdb records add",
    "[options] SPECTRUM|TABLE|LINES... --dataset FILE",
    "Adds spectra that other programs computed (OCEAN, XSpectra, VASP, FDMNES, ...) to a file of training records, "
    "after "
    "broadening, alignment and normalisation. One spectrum with its structure, a table of many, or JSON lines.",
    "  cuxas-refdb records add absspct_Cu.0001_2p_01 --structure CuO.cif --shift 933 --gaussian 0.3 -d mine.jsonl\n"
    "  cuxas-refdb records add --list sites.csv --edge L3 -d mine.jsonl\n"
    "  cuxas-refdb records add sites.jsonl --structures structures/ --edge K --normalize none -d k-edge.jsonl\n"
    "  cuxas-refdb records add L3.json L2.json --layout chen -d chen.jsonl\n"
    "  cuxas-model train k-edge.jsonl --edges K=8975:0.5:260 -o cu-k.cuxas\n",
    ADD_TABLES,
    1,
    SIZE_MAX,
    add};

static const cuxas_command CUXAS_REFDB_RECORDS_INFO = {
    "cuxas-refdb records info",
    "[options] RECORDS...",
    "Tells what files of training records hold: records, compounds, and for each edge and channel the number of "
    "curves, "
    "the energies they cover and the programs they come from.",
    "  cuxas-refdb records info mine.jsonl\n",
    INFO_TABLES,
    1,
    SIZE_MAX,
    info};

static const cuxas_command CUXAS_REFDB_RECORDS_MERGE = {
    "cuxas-refdb records merge",
    "[options] RECORDS... --output FILE",
    "Makes one file of training records of several, such as those of processes that shared sites out: one line a site, "
    "by "
    "name and site. Tells sites that are missing, and spectra that are there twice and differ.",
    "  cuxas-refdb records merge part-*.jsonl -o all.jsonl\n"
    "  cuxas-refdb records merge part-*.jsonl --structures structures/ -o all.jsonl.gz\n"
    "  cuxas-refdb records merge part-*.jsonl --screen --small --exclude exclude.csv -o published.jsonl.gz\n",
    MERGE_TABLES,
    1,
    SIZE_MAX,
    merge};

/* ---- 2. library: predicted once, matched often ---------------------------------------------------------------- */

#define NAME "cuxas-refdb"

static const cuxas_option BUILD_OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Input", "model file; default: the bundled one", 0},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, "Input", "folder of the bundled data", OPT_SHAPES_RUN},
    {"recursive", 'R', OPT_FLAG, NULL, NULL, NULL, "Input", "look into folders within the folders too", 0},
    {"shard", 0, OPT_TEXT, "I/N", NULL, NULL, "Input",
     "only the I-th of N shares of the structures, by name; auto: as Slurm or MPI say", OPT_SHAPES_RUN},
    {"simulations", 0, OPT_LIST, "RECORDS", NULL, NULL, "Input",
     "training records: structures all of whose sites they hold are simulated candidates, too; may be repeated",
     OPT_SHAPES_RUN},
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output",
     "the library; one that is there is continued: what it has is not predicted again", 0},
    {0}};

static const cuxas_option *const BUILD_TABLES[] = {BUILD_OPTIONS, CUXAS_THREADS_OPTIONS, NULL};

static const cuxas_option CHECK_OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Input", "model file; default: the bundled one", 0},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, "Input", "folder of the bundled data", OPT_SHAPES_RUN},
    {"sample", 0, OPT_INTEGER, "N", "10", "0:100000000", "Checks", "predict N structures anew and compare", 0},
    {0}};

static const cuxas_option *const CHECK_TABLES[] = {CHECK_OPTIONS, CUXAS_THREADS_OPTIONS, NULL};

static const cuxas_option JOIN_OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Input", "model whose predictions are taken; default: the bundled one",
     0},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, "Input", "folder of the bundled data", OPT_SHAPES_RUN},
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output", "the library of all; one that is there gets what it lacks",
     0},
    {0}};

static const cuxas_option *const JOIN_TABLES[] = {JOIN_OPTIONS, NULL};

/* A structure of a build, on its way into the library. */
typedef struct {
  const cuxas_candidate *candidate;
  char                   sha256[CUXAS_SHA256_HEX_SIZE];
  bool                   is_predicted, is_simulated; /* it is there already */
  cuxas_known            known;
  cuxas_slot             simulated; /* without a curve: not known */
  cuxas_shortlisted      of_simulated;
  cuxas_simulated_lack   lack;
  cuxas_error            reason; /* why it is left out; of status CUXAS_OK: it is not */
} building;

static void clear_building(building *one)
{
  cuxas_known_clear(&one->known);
  cuxas_slot_clear(&one->simulated);
}

/* Read and, unless that is there already, predicted and looked for in simulations. */
static void build_one(building *one, const cuxas_model *model, cuxas_simulations *opt_simulations)
{
  const cuxas_candidate *candidate = one->candidate;
  cuxas_crystal         *crystal   = NULL;
  cuxas_error           *reason    = &one->reason;
  cuxas_status           status    = cuxas_candidate_read(candidate, &crystal, reason);
  if (status == CUXAS_OK && !one->is_predicted) status = cuxas_known_predict(model, crystal, &one->known, reason);
  if (status == CUXAS_OK && opt_simulations != NULL && !one->is_simulated) {
    const cuxas_parts             parts = {.crystal = crystal};
    const cuxas_simulated_subject from  = {candidate, &parts};
    const cuxas_simulated_manner  how   = {model, opt_simulations, true, false};
    status = cuxas_slot_name(&one->simulated, candidate->path, candidate->label, candidate->name, reason);
    if (status == CUXAS_OK)
      status = cuxas_slot_simulate(&from, &how, &one->simulated, &one->of_simulated, &one->lack, reason);
  }
  reason->status = status;
  cuxas_crystal_free(crystal);
}

/* By what is in them: the bytes that the library keeps. */
static cuxas_status hash_structure(const cuxas_candidate *candidate, char ret_hex[CUXAS_SHA256_HEX_SIZE],
                                   cuxas_error *err)
{
  char              *bytes  = NULL;
  size_t             n_byte = 0;
  const cuxas_status status = cuxas_candidate_bytes(candidate, &bytes, &n_byte, err);
  if (status == CUXAS_OK) cuxas_hash_memory(bytes, n_byte, ret_hex);
  free(bytes);
  return status;
}

static cuxas_status keep_block(cuxas_archive *archive, building *block, size_t n, size_t *n_skipped, cuxas_error *err)
{
  cuxas_status status = cuxas_archive_begin(archive, err);
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    building *one = &block[i];
    if (one->reason.status == CUXAS_ENOMEM) return cuxas_fail(err, CUXAS_ENOMEM, "%s", one->reason.message);
    if (one->reason.status != CUXAS_OK) {
      cuxas_print_note(NAME, "skipped: %s", one->reason.message);
      (*n_skipped)++;
      continue;
    }
    if (one->known.prediction != NULL) status = cuxas_archive_add(archive, one->sha256, &one->known, err);
    if (status == CUXAS_OK && (one->simulated.curve.mu[CUXAS_CHANNEL_NO_HOLE] != NULL || one->lack.is_partly_known))
      status = cuxas_archive_add_simulated(archive, one->sha256, CUXAS_ARCHIVE_OWN, &one->simulated,
                                           one->of_simulated.code, err);
    if (status == CUXAS_OK) status = cuxas_archive_add_structure(archive, one->candidate, one->sha256, err);
  }
  return status == CUXAS_OK ? cuxas_archive_commit(archive, err) : status;
}

/* In blocks: what is finished stays when the program is stopped. */
static cuxas_status build_all(cuxas_archive *archive, const cuxas_catalog *catalog, const cuxas_model *model,
                              cuxas_simulations *opt_simulations, const cuxas_options *options, size_t *n_skipped,
                              cuxas_error *err)
{
  enum { BLOCK = 256 };
  const site_share   share    = cuxas_site_share_read(options);
  const int          n_thread = cuxas_program_threads(cuxas_options_integer(options, "threads"));
  cuxas_progress_bar bar      = cuxas_progress_start("predicting", cuxas_options_flag(options, "quiet"));
  cuxas_status       status   = CUXAS_OK;
  building          *block    = cuxas_new(err, BLOCK, sizeof *block);
  if (block == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < catalog->n_candidate && status == CUXAS_OK;) {
    size_t n = 0;
    for (; n < BLOCK && i < catalog->n_candidate; i++) {
      const cuxas_candidate *candidate = &catalog->candidate[i];
      if (candidate->kind != CUXAS_CANDIDATE_STRUCTURE || !cuxas_site_is_mine(share, candidate->name, 0)) continue;
      block[n] = (building){.candidate = candidate};
      hash_structure(candidate, block[n].sha256, &block[n].reason);
      n++;
    }
#pragma omp parallel for schedule(dynamic) num_threads(n_thread)
    for (size_t k = 0; k < n; k++) {
      building *one = &block[k];
      if (one->reason.status != CUXAS_OK) continue;
#pragma omp critical(cuxas_build)
      {
        one->is_predicted = cuxas_archive_has(archive, one->sha256, false);
        one->is_simulated = opt_simulations == NULL || cuxas_archive_has(archive, one->sha256, true);
      }
      if (!one->is_predicted || !one->is_simulated) build_one(one, model, opt_simulations);
    }
    status = keep_block(archive, block, n, n_skipped, err);
    for (size_t k = 0; k < n; k++) clear_building(&block[k]);
    cuxas_progress_show(i, catalog->n_candidate, &bar);
  }
  cuxas_progress_end(&bar);
  free(block);
  return status;
}

enum { SIZE_TEXT = 128 };

static const char *write_size(const cuxas_archive_size *size, char ret_text[SIZE_TEXT])
{
  const int n = snprintf(ret_text, SIZE_TEXT, "%zu structures, %zu predictions", size->n_structure, size->n_prediction);
  if (size->n_simulation > 0) snprintf(ret_text + n, SIZE_TEXT - (size_t)n, ", %zu simulations", size->n_simulation);
  return ret_text;
}

/* Checksum of the names of all structures, by which shares of one build know each other, wherever their folders lie. */
static cuxas_status hash_names(const cuxas_catalog *catalog, char ret_hex[CUXAS_SHA256_HEX_SIZE], cuxas_error *err)
{
  const char **name   = cuxas_new(err, catalog->n_candidate + 1, sizeof *name);
  size_t       n_name = 0, n_byte = 0;
  for (size_t i = 0; name != NULL && i < catalog->n_candidate; i++) {
    if (catalog->candidate[i].kind != CUXAS_CANDIDATE_STRUCTURE) continue;
    n_byte += strlen(name[n_name++] = catalog->candidate[i].name) + 1;
  }
  char *lines = name != NULL ? cuxas_new(err, n_byte + 1, 1) : NULL, *end = lines;
  if (lines != NULL) {
    qsort(name, n_name, sizeof *name, cuxas_text_order);
    for (size_t i = 0; i < n_name; i++) end += sprintf(end, "%s\n", name[i]);
    cuxas_hash_memory(lines, n_byte, ret_hex);
  }
  free(name);
  free(lines);
  return lines != NULL ? CUXAS_OK : CUXAS_ENOMEM;
}

/* Of which share a library is, and of what. */
static cuxas_status say_share(cuxas_archive *archive, const char *shard, const cuxas_catalog *catalog, cuxas_error *err)
{
  char         hex[CUXAS_SHA256_HEX_SIZE];
  cuxas_status status = hash_names(catalog, hex, err);
  if (status == CUXAS_OK) status = cuxas_archive_say(archive, "shard", shard, err);
  return status == CUXAS_OK ? cuxas_archive_say(archive, "shard of", hex, err) : status;
}

/* What a library says of itself at its end: that it is complete. */
static cuxas_status say_complete(cuxas_archive *archive, const cuxas_options *options, cuxas_error *err)
{
  cuxas_archive_size size;
  char               text[SIZE_TEXT];
  cuxas_status       status = CUXAS_OK;
  if ((status = cuxas_archive_count(archive, &size, err)) != CUXAS_OK) return status;
  if (size.n_structure == 0) return cuxas_fail(err, CUXAS_EUNSUPPORTED, "no structure that could be predicted");
  if ((status = cuxas_archive_say(archive, "state", "complete", err)) == CUXAS_OK)
    cuxas_print_unless_quiet(options, NAME, "%s", write_size(&size, text));
  return status;
}

static const char *find_output(const cuxas_options *options)
{
  const char *path = cuxas_options_text(options, "output");
  if (path == NULL) cuxas_options_usage_error(options, "no output file; give --output FILE");
  return path;
}

/* Stays NULL where none are given. */
static cuxas_status read_simulations(const cuxas_options *options, const cuxas_model *model,
                                     cuxas_simulations **ret_simulations, cuxas_error *err)
{
  const size_t n      = cuxas_options_n_item(options, "simulations");
  cuxas_status status = n > 0 ? cuxas_simulations_for(model, true, ret_simulations, err) : CUXAS_OK;
  for (size_t i = 0; i < n && status == CUXAS_OK; i++)
    status = cuxas_simulations_read(*ret_simulations, cuxas_options_item(options, "simulations", i), err);
  return status;
}

static cuxas_status build_library(cuxas_options *options, cuxas_error *err)
{
  const char        *path        = find_output(options);
  cuxas_model       *model       = NULL;
  cuxas_catalog     *catalog     = NULL;
  cuxas_simulations *simulations = NULL;
  cuxas_archive     *archive     = NULL;
  const char        *shard       = cuxas_options_text(options, "shard");
  size_t             n_skipped   = 0;
  cuxas_status       status;

  if ((status = cuxas_source_model(options, &model, err)) == CUXAS_OK &&
      (status = read_simulations(options, model, &simulations, err)) == CUXAS_OK &&
      (status = cuxas_source_candidates(options, cuxas_options_arguments(options), cuxas_options_n_argument(options),
                                        &catalog, err)) == CUXAS_OK &&
      (status = cuxas_archive_open(path, CUXAS_ARCHIVE_BUILD, model, &archive, err)) == CUXAS_OK &&
      (status = cuxas_archive_say(archive, "state", "unfinished", err)) == CUXAS_OK &&
      (status = build_all(archive, catalog, model, simulations, options, &n_skipped, err)) == CUXAS_OK &&
      (shard == NULL || (status = say_share(archive, shard, catalog, err)) == CUXAS_OK))
    status = say_complete(archive, options, err);
  if (n_skipped > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  cuxas_archive_close(archive);
  cuxas_catalog_free(catalog);
  cuxas_simulations_free(simulations);
  cuxas_model_free(model);
  return status;
}

/* A few of its structures predicted once more, from the first to the last in equal steps. */
static cuxas_status check_sample(const char *path, cuxas_archive *archive, const cuxas_model *model, size_t n_sample,
                                 cuxas_error *err)
{
  cuxas_catalog *catalog = NULL;
  cuxas_status   status  = cuxas_catalog_list(&path, 1, false, &catalog, err);
  const size_t   n       = status == CUXAS_OK ? (n_sample < catalog->n_candidate ? n_sample : catalog->n_candidate) : 0;
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    building    one      = {.candidate = &catalog->candidate[i * catalog->n_candidate / n]};
    cuxas_known there    = {0};
    bool        is_there = false, is_same = true;
    if ((status = cuxas_archive_find(archive, one.candidate->sha256, &there, &is_there, err)) != CUXAS_OK) break;
    build_one(&one, model, NULL);
    if (one.reason.status != CUXAS_OK) status = cuxas_fail(err, one.reason.status, "%s", one.reason.message);
    for (int c = 0; c < CUXAS_N_CHANNEL && status == CUXAS_OK && is_there; c++)
      for (size_t k = 0; there.prediction->mu[c] != NULL && k < model->grid.n_energy; k++)
        is_same = is_same && there.prediction->mu[c][k] == one.known.prediction->mu[c][k];
    const bool has_same_sites = status == CUXAS_OK && is_there && there.n_distinct == one.known.n_distinct &&
                                there.prediction->n_absorber == one.known.prediction->n_absorber;
    if (status == CUXAS_OK && (!is_same || !has_same_sites))
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: %s", one.candidate->path,
                          !is_there  ? "it has no prediction"
                          : !is_same ? "predicted anew, its spectrum is another"
                                     : "predicted anew, its sites are others");
    clear_building(&one);
    cuxas_known_clear(&there);
  }
  cuxas_catalog_free(catalog);
  return status;
}

static cuxas_status check_library(cuxas_options *options, cuxas_error *err)
{
  cuxas_model *model  = NULL;
  cuxas_status status = cuxas_source_model(options, &model, err);
  for (size_t i = 0; i < cuxas_options_n_argument(options) && status == CUXAS_OK; i++) {
    const char        *path    = cuxas_options_argument(options, i);
    cuxas_archive     *archive = NULL;
    cuxas_archive_size size;
    char               text[SIZE_TEXT];
    if ((status = cuxas_archive_open(path, CUXAS_ARCHIVE_READ, model, &archive, err)) == CUXAS_OK &&
        (status = cuxas_archive_verify(archive, err)) == CUXAS_OK &&
        (status = check_sample(path, archive, model, (size_t)cuxas_options_integer(options, "sample"), err)) ==
            CUXAS_OK &&
        (status = cuxas_archive_count(archive, &size, err)) == CUXAS_OK)
      printf(size.n_sealed < size.n_prediction + size.n_simulation
                 ? "%s: sound, %s of model %s; %zu spectra have no checksum\n"
                 : "%s: sound, %s of model %s\n",
             path, write_size(&size, text), model->name, size.n_prediction + size.n_simulation - size.n_sealed);
    cuxas_archive_close(archive);
  }
  cuxas_model_free(model);
  return status;
}

/* What a library says it is a share of. */
typedef struct {
  site_share share;                        /* of n 0: it is whole */
  char       whole[CUXAS_SHA256_HEX_SIZE]; /* "": built before 0.3.0, of anything */
} share_label;

static bool is_beside(const share_label *a, const share_label *b)
{
  return a->share.n == b->share.n && (a->whole[0] == '\0' || b->whole[0] == '\0' || strcmp(a->whole, b->whole) == 0);
}

/* Of whatever there are shares, every share is there. */
static cuxas_status check_shares(const share_label *label, const cuxas_options *options, size_t n, cuxas_error *err)
{
  for (size_t of = 0; of < n; of++) {
    size_t       first   = 0; /* its like has been looked at? */
    const size_t n_share = label[of].share.n;
    while (first < of && (label[first].share.n != n_share || strcmp(label[first].whole, label[of].whole) != 0)) first++;
    for (size_t k = 0; first == of && k < n_share; k++) {
      size_t i = 0, other = 0;
      while (i < n && (label[i].share.index != k || !is_beside(&label[i], &label[of]))) i++;
      if (i < n) continue;
      while (other < n && (label[other].share.index != k || label[other].share.n != n_share)) other++;
      if (other < n)
        return cuxas_fail(err, CUXAS_EFORMAT, "%s, %s: shares of different lists of structures: nothing is merged",
                          cuxas_options_argument(options, of), cuxas_options_argument(options, other));
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: share %zu/%zu is not among the libraries: nothing is merged",
                        cuxas_options_text(options, "output"), k + 1, n_share);
    }
  }
  return CUXAS_OK;
}

/* All that can be wrong with the libraries of a merge, before anything is written. */
static cuxas_status check_parts(const cuxas_options *options, const cuxas_model *model, cuxas_error *err)
{
  const size_t n      = cuxas_options_n_argument(options);
  share_label *label  = cuxas_new(err, n, sizeof *label);
  cuxas_status status = label != NULL ? CUXAS_OK : CUXAS_ENOMEM;
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    const char    *path = cuxas_options_argument(options, i), *shard;
    cuxas_archive *part = NULL;
    if ((status = cuxas_archive_open(path, CUXAS_ARCHIVE_READ, model, &part, err)) != CUXAS_OK) break;
    shard = cuxas_archive_told(part, "shard");
    if (shard[0] != '\0' && !cuxas_site_share_parse(shard, &label[i].share))
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: its share is %.20s, which is no I/N", path, shard);
    else
      snprintf(label[i].whole, sizeof label[i].whole, "%s", cuxas_archive_told(part, "shard of"));
    if (status == CUXAS_OK) status = cuxas_archive_verify(part, err);
    cuxas_archive_close(part);
  }
  if (status == CUXAS_OK) status = check_shares(label, options, n, err);
  free(label);
  return status;
}

/* What a merge took is sound whatever ends it: a library that was there is as complete as it was, a new one goes. */
static cuxas_status merge_libraries(cuxas_options *options, cuxas_error *err)
{
  const char    *path    = find_output(options);
  cuxas_model   *model   = NULL;
  cuxas_archive *archive = NULL;
  cuxas_status   status  = cuxas_source_model(options, &model, err);
  if (status == CUXAS_OK) status = cuxas_outputs_protect(options, path, err);
  if (status == CUXAS_OK) status = check_parts(options, model, err);
  if (status != CUXAS_OK) return cuxas_model_free(model), status;
  const bool is_new = access(path, F_OK) != 0;
  status            = cuxas_archive_open(path, CUXAS_ARCHIVE_BUILD, model, &archive, err);
  if (status == CUXAS_OK) {
    char state[CUXAS_SHA256_HEX_SIZE];
    snprintf(state, sizeof state, "%s", cuxas_archive_told(archive, "state"));
    status = cuxas_archive_say(archive, "state", "unfinished", err);
    for (size_t i = 0; i < cuxas_options_n_argument(options) && status == CUXAS_OK; i++)
      status = cuxas_archive_take(archive, cuxas_options_argument(options, i), err);
    if (status == CUXAS_OK)
      status = say_complete(archive, options, err);
    else if (!is_new)
      cuxas_archive_say(archive, "state", state, NULL);
  }
  cuxas_archive_close(archive);
  if (status != CUXAS_OK && is_new) remove(path);
  cuxas_model_free(model);
  return status;
}

static const cuxas_command CUXAS_REFDB_LIBRARY_BUILD = {
    "cuxas-refdb library build",
    "[options] FOLDER|STRUCTURE... -o FILE.cuxaslib",
    "Predicts all structures of folders and files once and keeps them with their spectra in one file, which "
    "cuxas-match takes as candidates and predicts nothing. May be stopped and run again, shared among processes, and "
    "run again when structures were added.",
    "  cuxas-refdb library build structures/ -o lib.cuxaslib\n"
    "  cuxas-match scan.csv lib.cuxaslib\n"
    "  cuxas-refdb library build structures/ --simulations records.jsonl.gz -o lib.cuxaslib\n"
    "  seq 8 | parallel cuxas-refdb library build structures/ -q -t 1 --shard {}/8 -o part-{}.cuxaslib\n"
    "  cuxas-refdb library merge part-*.cuxaslib -o lib.cuxaslib\n",
    BUILD_TABLES,
    1,
    SIZE_MAX,
    build_library};

static const cuxas_command CUXAS_REFDB_LIBRARY_CHECK = {
    "cuxas-refdb library check",
    "[options] FILE.cuxaslib...",
    "Looks whether libraries of predictions are whole: every structure what its checksum says, every spectrum there "
    "and finite, and some of them the same when predicted anew.",
    "  cuxas-refdb library check lib.cuxaslib\n",
    CHECK_TABLES,
    1,
    SIZE_MAX,
    check_library};

static const cuxas_command CUXAS_REFDB_LIBRARY_MERGE = {
    "cuxas-refdb library merge",
    "[options] FILE.cuxaslib... -o FILE.cuxaslib",
    "Makes one library of predictions of several, such as those of processes that shared structures out. A share that "
    "is missing is told.",
    "  cuxas-refdb library merge part-*.cuxaslib -o lib.cuxaslib\n",
    JOIN_TABLES,
    1,
    SIZE_MAX,
    merge_libraries};

/* ---- 3. the program ------------------------------------------------------------------------------------------ */

static const cuxas_command *const COMMANDS[] = {
    &CUXAS_REFDB_STRUCTURE,     &CUXAS_REFDB_SPECTRUM,      &CUXAS_REFDB_LIBRARY,      &CUXAS_REFDB_LIBRARY_BUILD,
    &CUXAS_REFDB_LIBRARY_CHECK, &CUXAS_REFDB_LIBRARY_MERGE, &CUXAS_REFDB_SPLIT,        &CUXAS_REFDB_SIMULATED,
    &CUXAS_REFDB_BACKGROUND,    &CUXAS_REFDB_SIMULATIONS,   &CUXAS_REFDB_RECORDS_ADD,  &CUXAS_REFDB_RECORDS_INFO,
    &CUXAS_REFDB_RECORDS_MERGE, &CUXAS_REFDB_FEFF_WRITE,    &CUXAS_REFDB_FEFF_COLLECT, NULL,
};

static const cuxas_old_name OLD_NAMES[] = {
    {"cuxas-records", "records"},
    {"cuxas-feff", "feff"},
    {NULL, NULL},
};

static const cuxas_program PROGRAM = {
    "cuxas-refdb",
    "Makes reference data: structures, measured and simulated spectra, databases of structures, backgrounds, and the "
    "records that models learn from.",
    COMMANDS,
    OLD_NAMES,
};

int main(int argc, char **argv)
{
  return cuxas_program_main(&PROGRAM, argc, argv);
}
