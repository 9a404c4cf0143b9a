/* cuxas-match - which candidate structures agree with a measured spectrum, and how far can that be trusted? */
#include "base/memory.h"
#include "base/json.h"
#include "match/shortlist.h"
#include "cmd/batch.h"
#include "cmd/common.h"
#include "cmd/match_options.h"
#include "cmd/outputs.h"
#include "cmd/help.h"
#include "cmd/match_serve.h"
#include "cmd/match_watch.h"
#include "cmd/sources.h"
#include "report/result.h"
#include "report/stored.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PROGRAM "cuxas-match"

static const cuxas_option CANDIDATE_OPTIONS[] = {
    {"eels", 0, OPT_FLAG, NULL, NULL, NULL, "Measured file",
     "energy-loss spectrum: more smoothing, broadening and shift unless these are given; default: as an .msa file says",
     0},
    {"inspect", 0, OPT_FLAG, NULL, NULL, NULL, "Measured file", "say how the file would be read, and stop",
     OPT_SHAPES_RUN},

    {"library", 'l', OPT_LIST, "PATH", NULL, NULL, "Candidates",
     "candidates are these files and folders, may be repeated; every argument is a measured file then", OPT_SHAPES_RUN},
    {"elements", 'e', OPT_TEXT, "LIST", NULL, NULL, "Candidates", "only structures of these elements, as Cu,Fe,S", 0},
    {"require", 0, OPT_TEXT, "LIST", NULL, NULL, "Candidates", "only structures that have all of these elements", 0},
    {"exclude", 0, OPT_TEXT, "LIST", NULL, NULL, "Candidates", "no structures with any of these elements", 0},
    {0}};

static const cuxas_option FOLDER_OPTIONS[] = {
    {"recursive", 'R', OPT_FLAG, NULL, NULL, NULL, "Candidates", "look into folders inside the candidate folders", 0},
    {"strict", 0, OPT_FLAG, NULL, NULL, NULL, "Candidates", "fail when any candidate cannot be used", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option OUTPUT_OPTIONS[] = {
    {"top", 'n', OPT_INTEGER, "N", "10", "1:1000000", "Output", "candidates in the table and in --spectra", 0},
    {"plot", 'p', OPT_FLAG, NULL, NULL, NULL, "Output",
     "draw measurement and first candidate in characters; default: on a terminal; --no-plot: never", OPT_SHAPES_RUN},
    {"json", 'j', OPT_PATH, "FILE", NULL, NULL, "Output", "full report; - is standard output, without the table then",
     OPT_SHAPES_RUN},
    {"csv", 0, OPT_PATH, "FILE", NULL, NULL, "Output", "all candidates as a table for a spreadsheet", OPT_SHAPES_RUN},
    {"spectra", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "measured spectrum, best predictions, standards and simulations as compared, CSV", OPT_SHAPES_RUN},
    {"overview", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "answer, surroundings and numbers of the edges as a row, CSV, as --out-dir has it for every scan", OPT_SHAPES_RUN},
    {"nexus", 0, OPT_PATH, "FILE", NULL, NULL, "Output", "the same curves, also simulated ones, as NXxas in HDF5",
     OPT_SHAPES_RUN},
    {"figure", 0, OPT_PATH, "FILE", NULL, NULL, "Output", "picture of the match: FILE ends in .svg, .pdf or .png",
     OPT_SHAPES_RUN},
    {"html", 0, OPT_PATH, "FILE", NULL, NULL, "Output", "report as one page for a browser, complete in itself",
     OPT_SHAPES_RUN},
    {"markdown", 0, OPT_PATH, "FILE", NULL, NULL, "Output", "report for a lab book", OPT_SHAPES_RUN},
    {"out-dir", 'o', OPT_PATH, "DIR", NULL, NULL, "Output",
     "every argument is a measured file: NAME.json, .csv and .html of each and an overview go to this folder; reports "
     "that are up to date are kept",
     OPT_SHAPES_RUN},
    {"map", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "of a spectrum image (.dm3, .dm4, .hspy) the answer for every pixel, CSV; --figure is a picture of it then",
     OPT_SHAPES_RUN},
    {"bin", 0, OPT_INTEGER, "N", "1", "1:4096", "Output", "with --map: sum N x N pixels first", OPT_SHAPES_RUN},
    {"verbose", 'v', OPT_FLAG, NULL, NULL, NULL, "Output",
     "say on standard error what is done, and why candidates are skipped", OPT_SHAPES_RUN},

    {"serve", 0, OPT_FLAG, NULL, NULL, NULL, "Running",
     "answer on a page in a browser of this machine; an argument is the port, else a free one is taken",
     OPT_SHAPES_RUN},
    {"watch", 0, OPT_PATH, "DIR", NULL, NULL, "Running",
     "look into this folder until interrupted: scans of a sample are merged, its answer is told when it changes, and "
     "when more scans cannot change it; arguments are candidates; with --serve: on its page",
     OPT_SHAPES_RUN},
    {"once", 0, OPT_FLAG, NULL, NULL, NULL, "Running", "with --watch: what is there now, and stop", OPT_SHAPES_RUN},
    {"config", 'c', OPT_PATH, "FILE", NULL, NULL, "Running",
     "options from a JSON object {\"name\": value, ...} or from a report's settings; the command line goes first",
     OPT_SHAPES_OTHERS},
    {"replay", 0, OPT_PATH, "FILE", NULL, NULL, "Running",
     "run a JSON report again from its own settings and say whether every result is identical; options given beside it "
     "replace its settings",
     OPT_SHAPES_RUN},
    {"cite", 0, OPT_FLAG, NULL, NULL, NULL, "Running", "print what to cite, as sentences and as BibTeX, and stop",
     OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const TABLES[] = {CUXAS_MEASURED_OPTIONS,
                                             CUXAS_CALIBRATION_OPTIONS,
                                             CANDIDATE_OPTIONS,
                                             CUXAS_COMPANION_OPTIONS,
                                             FOLDER_OPTIONS,
                                             CUXAS_MODEL_OPTIONS,
                                             CUXAS_COMPARE_OPTIONS,
                                             CUXAS_SIGNIFICANCE_OPTIONS,
                                             CUXAS_RANK_OPTIONS,
                                             CUXAS_SIMULATION_OPTIONS,
                                             CUXAS_DISORDER_OPTIONS,
                                             OUTPUT_OPTIONS,
                                             CUXAS_FORCE_OPTIONS,
                                             CUXAS_CACHE_OPTIONS,
                                             CUXAS_SHARE_OPTIONS,
                                             CUXAS_THREADS_OPTIONS,
                                             NULL};

/* What one run holds; everything is freed in one place. */
typedef struct {
  cuxas_options *options;
  cJSON         *replayed; /* the report to be replayed, without rows, or the first of those to be joined, or NULL */
  cuxas_stored_report *stored;   /* its rows */
  cuxas_compared       compared; /* by the shares that are joined */
  const char          *measured;
  size_t               n_measured; /* of the arguments, from the first on */
  const char         **candidate;  /* (n_candidate) arguments */
  size_t               n_candidate;
  cuxas_measurement    measurement; /* until the session takes it over */
  cuxas_match_choice   choice;
  cuxas_model         *model;
  cuxas_catalog       *catalog;
  cuxas_companions     companions;
  cuxas_store         *store;
  cuxas_session       *session;
  cuxas_result        *result;
  cJSON               *command, *settings;
} match_run;

static void end_run(match_run *run)
{
  cJSON_Delete(run->settings);
  cJSON_Delete(run->command);
  cuxas_result_free(run->result);
  cuxas_session_free(run->session);
  cuxas_store_close(run->store);
  cuxas_companions_clear(&run->companions);
  cuxas_catalog_free(run->catalog);
  cuxas_measurement_clear(&run->measurement);
  cuxas_model_free(run->model);
  free(run->candidate);
  cuxas_compared_clear(&run->compared);
  cuxas_stored_close(run->stored);
  cJSON_Delete(run->replayed);
}

/* What an earlier report asked. */
static cuxas_status ask_again(match_run *run, const char *path, cuxas_error *err)
{
  cuxas_status status;
  if ((status = cuxas_settings_of_report(run->options, run->replayed, path, err)) != CUXAS_OK ||
      (status = cuxas_replay_measured(run->replayed, path, &run->measured, err)) != CUXAS_OK)
    return status;
  run->n_measured = 1;
  return cuxas_replay_candidates(run->replayed, path, &run->candidate, &run->n_candidate, err);
}

/* The whole of which the arguments are shares. */
static cuxas_status find_whole(match_run *run, cuxas_error *err)
{
  const cuxas_options     *options = run->options;
  static const char *const ALONE[] = {"replay", "config", "out-dir", "library", "shard", "map"};
  for (size_t i = 0; i < sizeof ALONE / sizeof *ALONE; i++)
    if (cuxas_options_is_set(options, ALONE[i]))
      cuxas_options_usage_error(options, "--join takes its question from the reports: no --%s", ALONE[i]);
  const size_t       n_simulate = cuxas_session_n_kept(cuxas_match_options_n_simulate(options));
  const cuxas_status status     = cuxas_source_join(options, n_simulate, &run->replayed, &run->compared, err);
  return status == CUXAS_OK ? ask_again(run, cuxas_options_argument(options, 0), err) : status;
}

/* Folders and structures; with --inspect all before them are measured files. */
static bool is_candidate(const char *path)
{
  static const char *const SUFFIXES[] = {".cif", ".mcif", ".vasp", ".xyz", ".json"};
  const char              *suffix     = strrchr(path, '.');
  struct stat              file;
  for (size_t i = 0; suffix != NULL && i < sizeof SUFFIXES / sizeof *SUFFIXES; i++)
    if (strcmp(suffix, SUFFIXES[i]) == 0) return true;
  return strncmp(path, "refdb:", 6) == 0 || strstr(path, "POSCAR") != NULL ||
         (stat(path, &file) == 0 && S_ISDIR(file.st_mode));
}

/* What is asked: from the command line, or from a report. */
static cuxas_status find_question(match_run *run, cuxas_error *err)
{
  cuxas_options *options = run->options;
  const char    *path    = cuxas_options_text(options, "replay");
  const size_t   n       = cuxas_options_n_argument(options);
  cuxas_status   status;

  if (cuxas_options_flag(options, "join")) return find_whole(run, err);

  if (path == NULL) {
    if (n == 0)
      cuxas_options_usage_error(options, "no measured file; usage: %s [options] MEASURED [CANDIDATE...]", PROGRAM);
    const size_t n_library    = cuxas_options_n_item(options, "library");
    const bool   all_measured = n_library > 0 || cuxas_options_is_set(options, "out-dir");
    run->n_measured           = all_measured ? n : 1;
    while (cuxas_options_flag(options, "inspect") && run->n_measured < n &&
           !is_candidate(cuxas_options_argument(options, run->n_measured)))
      run->n_measured++;
    if ((status = cuxas_source_translate_arguments(options, run->n_measured, CUXAS_BUNDLED_SPECTRUM, err)) != CUXAS_OK)
      return status;
    run->measured    = cuxas_options_argument(options, 0);
    run->n_candidate = all_measured ? n_library : n - run->n_measured;
    run->candidate   = cuxas_new(err, run->n_candidate, sizeof *run->candidate);
    if (run->candidate == NULL) return CUXAS_ENOMEM;
    for (size_t i = 0; i < run->n_candidate; i++)
      run->candidate[i] = all_measured ? cuxas_options_item(options, "library", i)
                                       : cuxas_options_argument(options, run->n_measured + i);
    if (run->n_measured > 1 && !cuxas_options_is_set(options, "out-dir") && !cuxas_options_flag(options, "inspect"))
      cuxas_options_usage_error(options, "%zu measured files need --out-dir DIR for their reports", run->n_measured);
    return CUXAS_OK;
  }
  if (n > 0)
    cuxas_options_usage_error(options, "--replay takes its files from the report, not '%s'",
                              cuxas_options_argument(options, 0));
  if (cuxas_options_is_set(options, "config"))
    cuxas_options_usage_error(options, "--replay takes its settings from the report, not from --config");
  if (cuxas_options_is_set(options, "out-dir") || cuxas_options_is_set(options, "library"))
    cuxas_options_usage_error(options, "--replay takes one report and its own candidates: no --out-dir, no --library");
  status = cuxas_stored_open(path, &run->stored, &run->replayed, err);
  return status == CUXAS_OK ? ask_again(run, path, err) : status;
}

/* Candidates of --library are named as arguments, which asks the same. */
static cJSON *plain_command(const match_run *run)
{
  if (!cuxas_options_is_set(run->options, "library")) return cuxas_options_command(run->options);
  return cuxas_options_command_with(run->options, run->measured, run->candidate, run->n_candidate);
}

/* The settings of the report: all options, and the candidates as they were named. */
static cuxas_status echo_settings(match_run *run, cuxas_error *err)
{
  run->settings     = cuxas_options_settings(run->options);
  cJSON *candidates = cJSON_CreateStringArray(run->candidate, (int)run->n_candidate);
  if (!cuxas_json_add(run->settings, "candidates", candidates)) return cuxas_no_memory(err);
  const cJSON *command = run->replayed != NULL ? cJSON_GetObjectItemCaseSensitive(run->replayed, "command") : NULL;
  run->command         = command != NULL ? cJSON_Duplicate(command, true) : plain_command(run);
  return run->command != NULL ? CUXAS_OK : cuxas_no_memory(err);
}

/* -- the whole -- */

/* The measurement of the run; files that take seconds to read are told, with a clock. */
static cuxas_status measure(match_run *run, const char *path, cuxas_error *err)
{
  const double      LARGE_BYTE = 2e7;
  struct stat       file;
  cuxas_clock_line *line = NULL;
  if (stat(path, &file) == 0 && (double)file.st_size > LARGE_BYTE && !cuxas_options_flag(run->options, "quiet")) {
    char label[160];
    snprintf(label, sizeof label, "%s: reading %.100s, %.0f MB", PROGRAM, path, (double)file.st_size / 1e6);
    fprintf(stderr, "%s\n", label);
    line = cuxas_clock_line_start(label);
  }
  const cuxas_status status = cuxas_match_options_measure(run->options, path, &run->measurement, err);
  cuxas_clock_line_end(line);
  return status;
}

/* Of an HDF5 file every spectrum that it holds, a line each. */
static void list_spectra(const char *path)
{
  char       *list = NULL;
  cuxas_error unused;
  if (cuxas_measured_list(path, CUXAS_MEASUREMENT_NEAR_EV, &list, &unused) == CUXAS_OK) fputs(list, stdout);
  free(list);
}

/* What a match would say of the file before it begins: another element or edge, a gap, a scan that begins behind the edge.
 * Nothing where there is no model. */
static void doubt_match(match_run *run, const char *path)
{
  cuxas_error           unused, reason = {0};
  cuxas_measured_info  *info  = run->measurement.info;
  const cuxas_warnings *found = &info->warnings;
  const size_t          n_old = found->n_warning;
  if (run->model == NULL && cuxas_source_model(run->options, &run->model, &unused) != CUXAS_OK) return;
  if (cuxas_source_choice(run->options, cuxas_match_options_is_loss(run->options, &run->measurement), run->model,
                          &run->choice, &unused) != CUXAS_OK)
    return;
  const cuxas_status status =
      cuxas_measurement_prepare(&run->measurement, path, run->model, &run->choice.match, &reason);
  for (size_t i = n_old; i < found->n_warning; i++) printf("warning     %s\n", found->text[i]);
  found = run->measurement.prepared != NULL ? &run->measurement.prepared->warnings : NULL;
  for (size_t i = 0; found != NULL && i < found->n_warning; i++) printf("warning     %s\n", found->text[i]);
  const size_t n_path = strlen(path);
  if (status != CUXAS_OK)
    printf("warning     a match would refuse it: %s\n",
           strncmp(reason.message, path, n_path) == 0 && reason.message[n_path] == ':' ? reason.message + n_path + 2
                                                                                       : reason.message);
}

static int inspect(match_run *run, cuxas_error *err)
{
  int exit_code = CUXAS_EXIT_DONE;
  for (size_t i = 0; i < run->n_measured; i++) {
    const char *path = run->n_measured > 1 ? cuxas_options_argument(run->options, i) : run->measured;
    cuxas_measurement_clear(&run->measurement);
    if (i > 0) putchar('\n');
    if (measure(run, path, err) != CUXAS_OK) {
      exit_code = cuxas_print_error(PROGRAM, err);
      list_spectra(path);
      continue;
    }
    char *text = cuxas_measured_describe(run->measurement.info);
    if (text == NULL) return CUXAS_EXIT_FAILED;
    fputs(text, stdout);
    free(text);
    doubt_match(run, path);
    list_spectra(path);
  }
  return exit_code;
}

static int match_many(match_run *run)
{
  const cuxas_options *options = run->options;
  const cuxas_batch    batch   = {.program     = PROGRAM,
                                  .options     = run->options,
                                  .measured    = cuxas_options_arguments(options),
                                  .n_measured  = run->n_measured,
                                  .candidate   = run->candidate,
                                  .n_candidate = run->n_candidate};
  cuxas_outputs_refuse(options, "out-dir", "it names all files");
  if (cuxas_options_n_item(options, "merge") > 0)
    cuxas_options_usage_error(options, "--merge and --out-dir do not go together: every file has a report of its own");
  return cuxas_batch_run(&batch);
}

/* The session of this run, and the measurement ready for it: what is wrong with the file is told before the work. */
static cuxas_status open_session(match_run *run, cuxas_error *err)
{
  cuxas_options *options = run->options;
  cuxas_status   status;
  if ((status = cuxas_source_model(options, &run->model, err)) != CUXAS_OK ||
      (status = cuxas_source_choice(options, cuxas_match_options_is_loss(options, &run->measurement), run->model,
                                    &run->choice, err)) != CUXAS_OK)
    return status;
  const bool is_map = cuxas_options_is_set(options, "map");
  if (is_map && (status = cuxas_map_check(options, &run->choice.match, err)) != CUXAS_OK) return status;
  if ((status = cuxas_measurement_prepare(&run->measurement, run->measured, run->model, &run->choice.match, err)) !=
          CUXAS_OK ||
      (status = cuxas_source_candidates(options, run->candidate, run->n_candidate, &run->catalog, err)) != CUXAS_OK ||
      (status = cuxas_source_share(options, run->catalog, err)) != CUXAS_OK ||
      (status = cuxas_source_store(options, run->model, run->catalog, &run->store, err)) != CUXAS_OK ||
      (status = cuxas_source_companions(options, run->model, &run->choice.match,
                                        is_map ? CUXAS_WITH_STANDARDS : CUXAS_WITH_ALL, &run->companions, err)) !=
          CUXAS_OK)
    return status;
  run->choice.match.opt_store    = run->store;
  run->choice.match.opt_compared = cuxas_options_flag(options, "join") ? &run->compared : NULL;
  if ((status = cuxas_session_over(run->model, run->catalog, &run->choice.match, &run->session, err)) != CUXAS_OK)
    return status;
  cuxas_session_set_companions(run->session, &run->companions);
  return CUXAS_OK;
}

static cuxas_status identify(match_run *run, cuxas_error *err)
{
  cuxas_progress_bar bar = cuxas_progress_start("", cuxas_options_flag(run->options, "quiet"));
  cuxas_session_watch(run->session, cuxas_progress_follow, &bar);
  const cuxas_status status =
      cuxas_session_identify_measurement(run->session, run->measured, &run->measurement, &run->result, err);
  cuxas_progress_end(&bar);
  if (status == CUXAS_OK && run->result->note[0] != '\0') cuxas_print_note(PROGRAM, "%s", run->result->note);
  return status;
}

/* With --verbose: what was read, and what became of the candidates. */
static void tell_prepared(const match_run *run)
{
  const cuxas_grid grid = run->measurement.query->grid;
  if (!cuxas_options_flag(run->options, "verbose")) return;
  cuxas_print_note(PROGRAM, "%s: %zu points read, compared at %zu energies from %.1f to %.1f eV", run->measured,
                   run->measurement.info->n_point, grid.n_energy, grid.start_eV, cuxas_grid_end_eV(grid));
  cuxas_print_note(PROGRAM, "model %s, sha256 %s", run->model->name, run->model->sha256);
}

static void tell_compared(const match_run *run)
{
  const cuxas_hits *hits = run->result->hits;
  if (!cuxas_options_flag(run->options, "verbose")) return;
  cuxas_print_note(PROGRAM, "%zu candidate%s: %zu compared, %zu excluded by composition, %zu skipped",
                   run->catalog->n_candidate, run->catalog->n_candidate == 1 ? "" : "s", hits->n_hit, hits->n_filtered,
                   hits->n_skipped);
  for (size_t i = 0; i < hits->n_skipped; i++) cuxas_print_note(PROGRAM, "skipped: %s", hits->skipped[i].reason);
  if (run->result->shortlist != NULL)
    cuxas_print_note(PROGRAM, "%zu structures simulated; %zu sites computed now, the others were known",
                     run->result->shortlist->hits->n_hit, cuxas_simulations_n_computed(run->companions.simulations));
}

/* The same of candidates that could not be simulated, which prediction alone ranks. */
static int judge_shortlist(const match_run *run)
{
  const cuxas_shortlist *shortlist = run->result->shortlist;
  const size_t           n         = shortlist != NULL ? shortlist->hits->n_skipped : 0;
  if (n == 0) return CUXAS_EXIT_DONE;
  const cuxas_skipped *first = &shortlist->hits->skipped[0];
  if (!cuxas_options_flag(run->options, "quiet") || cuxas_options_flag(run->options, "strict"))
    cuxas_print_note(PROGRAM, "%zu of %zu candidate%s could not be simulated, the first: %s: %s", n,
                     shortlist->n_wanted, shortlist->n_wanted == 1 ? "" : "s", first->path, first->reason);
  return cuxas_options_flag(run->options, "strict") ? CUXAS_EXIT_FAILED : CUXAS_EXIT_SKIPPED;
}

/* Exit code of a finished match: skipped candidates are told, and with --strict they are a failure. */
static int judge_skipped(const match_run *run)
{
  const cuxas_hits *hits    = run->result->hits;
  const char       *program = PROGRAM;

  if (hits->n_hit == 0 && hits->n_skipped == 0) {
    cuxas_print_note(program, "no candidate is left: %zu excluded by composition", hits->n_filtered);
    return CUXAS_EXIT_FAILED;
  }
  if (hits->n_skipped == 0) return judge_shortlist(run);
  if (hits->n_hit > 0 && !cuxas_options_flag(run->options, "strict")) {
    if (!cuxas_options_flag(run->options, "quiet"))
      cuxas_print_note(program, "%zu of %zu candidates skipped, the report lists them", hits->n_skipped,
                       hits->n_skipped + hits->n_hit + hits->n_filtered);
    return CUXAS_EXIT_SKIPPED;
  }
  enum { MAX_TOLD = 5 };
  for (size_t i = 0; i < hits->n_skipped && i < MAX_TOLD; i++) cuxas_print_note(program, "%s", hits->skipped[i].reason);
  cuxas_print_note(program, "%zu candidate%s could not be used%s", hits->n_skipped, hits->n_skipped == 1 ? "" : "s",
                   hits->n_hit > 0 ? " (--strict)" : ", none was left");
  return CUXAS_EXIT_FAILED;
}

/* Whether every result is the same again. */
static int replay(const match_run *run, const cuxas_report *report, cuxas_error *err)
{
  const char *path = cuxas_options_text(run->options, "replay");
  size_t      n_difference;
  bool        is_exact;
  if (cuxas_stored_differences(run->stored, run->replayed, report, &n_difference, &is_exact, stdout, err) != CUXAS_OK)
    return cuxas_print_error(PROGRAM, err);
  if (n_difference == 0) {
    printf("%s: replayed, every result is identical%s\n", path,
           is_exact ? "" : " within the digits that processors share (3)");
    return CUXAS_EXIT_DONE;
  }
  printf("%s: replayed, the results are NOT identical: %zu difference%s above\n", path, n_difference,
         n_difference == 1 ? "" : "s");
  return CUXAS_EXIT_FAILED;
}

/* Every pixel of a spectrum image. */
static int match_map(match_run *run, cuxas_error *err)
{
  const cuxas_options *options = run->options;
  if (measure(run, run->measured, err) != CUXAS_OK || open_session(run, err) != CUXAS_OK)
    return cuxas_print_error(PROGRAM, err);
  const cuxas_map_job job = {options, run->model, run->session, run->measured};
  return cuxas_map_run(&job, &run->measurement, &run->result, err) == CUXAS_OK ? judge_skipped(run)
                                                                               : cuxas_print_error(PROGRAM, err);
}

static int match_one(match_run *run, cuxas_error *err)
{
  const cuxas_options *options = run->options;
  cuxas_report         report;
  bool                 stdout_is_taken;

  if (measure(run, run->measured, err) != CUXAS_OK ||
      cuxas_outputs_check(options, CUXAS_REPORT_OUTPUTS, &stdout_is_taken, err) != CUXAS_OK ||
      open_session(run, err) != CUXAS_OK)
    return cuxas_print_error(PROGRAM, err);
  tell_prepared(run);
  if (identify(run, err) != CUXAS_OK || echo_settings(run, err) != CUXAS_OK) return cuxas_print_error(PROGRAM, err);
  tell_compared(run);
  const int exit_code = judge_skipped(run);
  if (exit_code == CUXAS_EXIT_FAILED) return exit_code;

  cuxas_report_of(run->result, &report);
  report.program  = PROGRAM;
  report.command  = run->command;
  report.settings = run->settings;
  if (cuxas_outputs_write(options, CUXAS_REPORT_OUTPUTS, &report, err) != CUXAS_OK)
    return cuxas_print_error(PROGRAM, err);
  if (run->replayed != NULL && !cuxas_options_flag(options, "join")) return replay(run, &report, err);
  if (!stdout_is_taken && cuxas_outputs_show(options, &report, err) != CUXAS_OK) return cuxas_print_error(PROGRAM, err);
  return exit_code;
}

/* A page, whose files are dropped there: no argument but the port. */
static int serve(match_run *run, cuxas_error *err)
{
  cuxas_options *options   = run->options;
  const size_t   n         = cuxas_options_n_argument(options);
  const char    *text      = n > 0 ? cuxas_options_argument(options, 0) : "0";
  const size_t   n_library = cuxas_options_n_item(options, "library");
  char          *end;
  const long     port = strtol(text, &end, 10);
  if (n > 1 || *end != '\0' || end == text || port < 0 || port > 65535)
    cuxas_options_usage_error(options, "--serve takes a port, 0 to 65535; files are dropped on its page");
  cuxas_outputs_refuse(options, "serve", "the page has all outputs");
  if ((run->candidate = cuxas_new(err, n_library, sizeof *run->candidate)) == NULL)
    return cuxas_print_error(PROGRAM, err);
  for (size_t i = 0; i < n_library; i++) run->candidate[i] = cuxas_options_item(options, "library", i);
  const cuxas_serve page = {PROGRAM,        options,   (unsigned)port,
                            run->candidate, n_library, cuxas_options_text(options, "watch")};
  return cuxas_serve_run(&page, err) == CUXAS_OK ? CUXAS_EXIT_DONE : cuxas_print_error(PROGRAM, err);
}

/* A folder, into which scans come; its arguments are candidates, as those of --library. */
static int watch(match_run *run, cuxas_error *err)
{
  cuxas_options *options   = run->options;
  const size_t   n         = cuxas_options_n_argument(options);
  const size_t   n_library = cuxas_options_n_item(options, "library");
  if (cuxas_options_n_item(options, "merge") > 0)
    cuxas_options_usage_error(options,
                              "--merge and --watch do not go together: scans of a sample are merged by their names");
  cuxas_outputs_refuse(options, "watch", "every sample has a report of its own, in the folder of --out-dir");
  run->n_candidate = n + n_library;
  if ((run->candidate = cuxas_new(err, run->n_candidate, sizeof *run->candidate)) == NULL)
    return cuxas_print_error(PROGRAM, err);
  for (size_t i = 0; i < n; i++) run->candidate[i] = cuxas_options_argument(options, i);
  for (size_t i = 0; i < n_library; i++) run->candidate[n + i] = cuxas_options_item(options, "library", i);
  const cuxas_watched_folder folder = {PROGRAM, options, run->candidate, run->n_candidate,
                                       cuxas_options_flag(options, "once")};
  return cuxas_watch_run(&folder, err) == CUXAS_OK ? CUXAS_EXIT_DONE : cuxas_print_error(PROGRAM, err);
}

static int match(match_run *run, cuxas_error *err)
{
  cuxas_composition_filter filter;
  if (cuxas_options_flag(run->options, "cite")) {
    cuxas_report_write_citation(stdout);
    return CUXAS_EXIT_DONE;
  }
  if (cuxas_settings_configure(run->options, err) != CUXAS_OK) return cuxas_print_error(PROGRAM, err);
  if (cuxas_options_flag(run->options, "serve")) return serve(run, err);
  if (cuxas_options_is_set(run->options, "watch")) return watch(run, err);
  if (find_question(run, err) != CUXAS_OK) return cuxas_print_error(PROGRAM, err);
  cuxas_match_options_filter(run->options, &filter); /* what it says wrong is told before the work */
  if (cuxas_options_flag(run->options, "inspect")) return inspect(run, err);
  if (cuxas_options_is_set(run->options, "map")) return match_map(run, err);
  return cuxas_options_is_set(run->options, "out-dir") ? match_many(run) : match_one(run, err);
}

static cuxas_status run(cuxas_options *options, cuxas_error *err)
{
  match_run all = {.options = options};
  cuxas_options_exit(options, match(&all, err));
  end_run(&all);
  return CUXAS_OK;
}

static const cuxas_command COMMAND = {
    PROGRAM,
    "[options] MEASURED [CANDIDATE...]\n       " PROGRAM
    " [options] MEASURED... --library PATH --out-dir DIR\n       " PROGRAM " --replay REPORT.json\n       " PROGRAM
    " [options] --serve [PORT]\n       " PROGRAM " [options] --watch DIR [CANDIDATE...]",
    "Ranks candidate structures by how well their predicted spectra agree with a measured one. MEASURED is a text "
    "table "
    "of energies and signal, - is standard input. A CANDIDATE is a folder, a crystal structure (CIF, POSCAR, extended "
    "XYZ) or a spectrum; without any, the bundled library is searched.",
    "  cuxas-match scan.csv candidates/\n"
    "  cuxas-match --inspect scan.dat                      how the file would be read\n"
    "  cuxas-match --elements Cu,Fe,S,O scan.csv           bundled library, what is known of the sample\n"
    "  cuxas-match --signal TEY --i0 mesh scan.dat library/ --json report.json\n"
    "  cuxas-match --hole 1 --scale least-squares scan.csv CuO.cif Cu2O.cif\n"
    "  cuxas-match scan.csv library/ --html report.html --figure figure.pdf\n"
    "  cuxas-match --simulate 10 --simulations mine.jsonl scan.csv   first principles decide\n"
    "  cuxas-match scans/*.csv --library library/ -o out/   a beam time's worth of scans\n"
    "  cuxas-match --map map.csv --figure map.png image.dm4      the pixels of a spectrum image\n"
    "  cuxas-match --replay report.json                    the same numbers again?\n"
    "  seq 8 | parallel cuxas-match scan.csv lib.cuxaslib -q -t 1 --shard {}/8 --json part-{}.json\n"
    "  cuxas-match --join part-*.json --html report.html     one report of all shares\n",
    TABLES,
    0,
    SIZE_MAX,
    run,
};

static const cuxas_command *const COMMANDS[] = {&COMMAND, NULL};

static const cuxas_program MATCH = {PROGRAM, NULL, COMMANDS, NULL};

int main(int argc, char **argv)
{
  return cuxas_program_main(&MATCH, argc, argv);
}
