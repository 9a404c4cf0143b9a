/* batch.c - many measured files asked of one session: a report each, and an overview of all
 *
 * Contents: 1. folder and session  2. one scan  3. the overview  4. all of it */
#include "cmd/batch.h"

#include "base/memory.h"
#include "cmd/batch_plan.h"
#include "cmd/common.h"
#include "cmd/match_options.h"
#include "cmd/outputs.h"
#include "cmd/paths.h"
#include "cmd/sources.h"
#include "cuxas/output.h"
#include "report/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  const cuxas_batch *batch;
  const char        *folder;
  cuxas_model       *model;
  cuxas_catalog     *catalog, *standards;
  cuxas_background  *background;
  cuxas_simulations *simulations; /* NULL without --simulate */
  cuxas_match_choice choice;
  cuxas_session     *session;
  cJSON             *settings;
  size_t             n_scan;
  cuxas_batch_scan  *scan;
} batch_run;

/* 1. folder and session */

static cuxas_status open_all(batch_run *run, cuxas_error *err)
{
  const cuxas_batch *batch   = run->batch;
  cuxas_options     *options = batch->options;
  cuxas_status       status;

  if ((status = cuxas_batch_name(batch->measured, batch->n_measured, &run->scan, &run->n_scan, err)) != CUXAS_OK ||
      (status = cuxas_source_model(options, &run->model, err)) != CUXAS_OK ||
      (status = cuxas_match_options_settle_eels(options, NULL, run->model, err)) != CUXAS_OK ||
      (status = cuxas_match_options_settle(options, run->model, err)) != CUXAS_OK)
    return status;
  cuxas_match_options_session(options, run->model, &run->choice);
  if ((status = cuxas_match_check(run->model, &run->choice.match, err)) != CUXAS_OK ||
      (status = cuxas_source_candidates(options, batch->candidate, batch->n_candidate, &run->catalog, err)) !=
          CUXAS_OK ||
      (status = cuxas_source_standards(options, &run->standards, err)) != CUXAS_OK ||
      (status = cuxas_source_simulations(options, run->model, &run->simulations, err)) != CUXAS_OK ||
      (status = cuxas_session_over(run->model, run->catalog, &run->choice.match, &run->session, err)) != CUXAS_OK ||
      (status = cuxas_make_folder(run->folder, err)) != CUXAS_OK)
    return status;
  cuxas_session_set_standards(run->session, run->standards);
  cuxas_session_set_simulations(run->session, run->simulations);
  run->settings     = cuxas_options_settings(options);
  cJSON *candidates = cJSON_CreateStringArray(batch->candidate, (int)batch->n_candidate);
  if (!cJSON_AddItemToObject(run->settings, "candidates", candidates))
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the settings");
  return CUXAS_OK;
}

/* What only a scan needs whose report is not up to date. */
static cuxas_status open_background(batch_run *run, cuxas_error *err)
{
  const cuxas_status status = cuxas_source_background(run->batch->options, run->model, &run->background, err);
  if (status == CUXAS_OK) cuxas_session_set_background(run->session, run->background);
  return status;
}

static void end_run(batch_run *run)
{
  cuxas_batch_scans_free(run->scan, run->n_scan);
  cJSON_Delete(run->settings);
  cuxas_session_free(run->session);
  cuxas_simulations_free(run->simulations);
  cuxas_background_free(run->background);
  cuxas_catalog_free(run->standards);
  cuxas_catalog_free(run->catalog);
  cuxas_model_free(run->model);
}

/* 2. one scan */

static cuxas_status check_hits(const cuxas_hits *hits, bool is_strict, cuxas_error *err)
{
  if (hits->n_hit == 0 && hits->n_skipped == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "no candidate is left: all %zu were excluded by their composition",
                      hits->n_filtered);
  if (hits->n_hit > 0 && (hits->n_skipped == 0 || !is_strict)) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%zu candidate%s could not be used%s, the first: %s", hits->n_skipped,
                    hits->n_skipped == 1 ? "" : "s", hits->n_hit > 0 ? " (--strict)" : ", none was left",
                    hits->skipped[0].reason);
}

static cuxas_status write_report(batch_run *run, cuxas_batch_scan *scan, const cuxas_result *result, cuxas_error *err)
{
  const cuxas_batch *batch = run->batch; /* the command is the one that gives this report alone */
  cJSON *command = cuxas_options_command_with(batch->options, scan->row.scan, batch->candidate, batch->n_candidate);
  cuxas_report report;
  if (command == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the command line");
  cuxas_report_of(result, &report);
  report.program      = batch->program;
  report.command      = command;
  report.settings     = run->settings;
  cuxas_status status = cuxas_outputs_write_folder(run->folder, scan->row.stem, scan->overwrite, &report, err);
  if (status == CUXAS_OK) {
    cJSON *tree = cuxas_report_json(&report);
    status      = tree != NULL ? cuxas_overview_row_fill(tree, &scan->row, err)
                               : cuxas_fail(err, CUXAS_ENOMEM, "no memory for the JSON report");
    cJSON_Delete(tree);
  }
  cJSON_Delete(command);
  return status;
}

static cuxas_status match_scan(batch_run *run, cuxas_batch_scan *scan, cuxas_error *err)
{
  const cuxas_options *options     = run->batch->options;
  cuxas_measurement    measurement = {.sha256 = ""};
  cuxas_result        *result      = NULL;
  cuxas_status         status      = cuxas_match_options_measure(options, scan->row.scan, &measurement, err);

  if (status == CUXAS_OK)
    status = cuxas_session_identify_measurement(run->session, scan->row.scan, &measurement, &result, err);
  if (status == CUXAS_OK && result->note[0] != '\0') cuxas_print_note(run->batch->program, "%s", result->note);
  if (status == CUXAS_OK) status = check_hits(result->hits, cuxas_options_flag(options, "strict"), err);
  if (status == CUXAS_OK) status = write_report(run, scan, result, err);
  scan->is_done = status == CUXAS_OK;
  cuxas_result_free(result);
  cuxas_measurement_clear(&measurement);
  return status;
}

static void fail_scan(const batch_run *run, cuxas_batch_scan *scan, const cuxas_error *err)
{
  const char  *path    = scan->row.scan;
  const bool   is_told = strstr(err->message, path) != NULL;
  const size_t n_byte  = strlen(path) + strlen(err->message) + 3;
  scan->row.reason     = cuxas_new_array(n_byte, 1);
  if (scan->row.reason != NULL)
    snprintf(scan->row.reason, n_byte, "%s%s%s", is_told ? "" : path, is_told ? "" : ": ", err->message);
  cuxas_print_note(run->batch->program, "%s", scan->row.reason != NULL ? scan->row.reason : path);
}

/* 3. the overview */

/* It is ours to rewrite when it begins like ours. */
static cuxas_status check_overview(const batch_run *run, cuxas_error *err)
{
  static const char HEADER[] = CUXAS_OVERVIEW_CSV_HEADER "\n";
  char              start[sizeof HEADER];
  cuxas_status      status = CUXAS_OK;
  char             *path   = cuxas_path_join(run->folder, "overview", "csv");

  if (path == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the overview");
  FILE *in = fopen(path, "r");
  if (in != NULL) {
    if (!cuxas_options_flag(run->batch->options, "force") &&
        (fgets(start, sizeof start, in) == NULL || strcmp(start, HEADER) != 0))
      status = cuxas_fail(err, CUXAS_EEXIST, "%s: exists already and is no overview (--force overwrites)", path);
    fclose(in);
  }
  free(path);
  return status;
}

static cuxas_status write_overview(const batch_run *run, const cuxas_overview_row *row, const char *suffix,
                                   cuxas_error *err)
{
  cuxas_output output;
  cuxas_status status;
  char        *path = cuxas_path_join(run->folder, "overview", suffix);

  if (path == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the overview");
  if ((status = cuxas_output_open(&output, path, true, err)) == CUXAS_OK) {
    if (strcmp(suffix, "csv") == 0)
      cuxas_overview_write_csv(row, run->n_scan, output.stream);
    else
      cuxas_overview_write_html(row, run->n_scan, run->settings, output.stream);
    status = cuxas_output_commit(&output, err);
  }
  free(path);
  return status;
}

static cuxas_status show_overview(const batch_run *run, cuxas_error *err)
{
  cuxas_status        status   = CUXAS_OK;
  size_t              n_report = 0;
  cuxas_overview_row *row      = cuxas_new_array(run->n_scan, sizeof *row);

  if (row == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the overview");
  for (size_t i = 0; i < run->n_scan; i++) {
    row[i] = run->scan[i].row; /* borrowed */
    n_report += row[i].reason == NULL;
  }
  if (n_report == 0)
    cuxas_overview_write_text(row, run->n_scan, stdout); /* an overview of reports that are there stays */
  else if ((status = write_overview(run, row, "csv", err)) == CUXAS_OK &&
           (status = write_overview(run, row, "html", err)) == CUXAS_OK)
    cuxas_overview_write_text(row, run->n_scan, stdout);
  free(row);
  return status;
}

/* 4. all of it */

static void check_reports(batch_run *run)
{
  const cuxas_batch_state state = {run->folder,  run->model->sha256, run->settings,
                                   run->catalog, run->standards,     cuxas_options_flag(run->batch->options, "force")};
  for (size_t i = 0; i < run->n_scan; i++) {
    cuxas_error err = {0};
    if (cuxas_batch_check(&state, &run->scan[i], &err) != CUXAS_OK) fail_scan(run, &run->scan[i], &err);
  }
}

static void match_scans(batch_run *run)
{
  cuxas_progress_bar bar  = cuxas_progress_start("matching", cuxas_options_flag(run->batch->options, "quiet"));
  cuxas_progress_bar step = bar;
  cuxas_session_watch(run->session, cuxas_progress_follow, &step);
  for (size_t i = 0; i < run->n_scan; i++) {
    cuxas_batch_scan *scan = &run->scan[i];
    cuxas_error       err  = {0};
    if (!scan->is_done && scan->row.reason == NULL && match_scan(run, scan, &err) != CUXAS_OK) {
      cuxas_progress_end(&bar);
      fail_scan(run, scan, &err);
      bar.is_shown = !cuxas_options_flag(run->batch->options, "quiet") && isatty(STDERR_FILENO);
    }
    cuxas_progress_show(i + 1, run->n_scan, &bar);
  }
  cuxas_progress_end(&bar);
}

static int judge(const batch_run *run, size_t n_kept)
{
  size_t n_failed = 0, n_skipped = 0;
  for (size_t i = 0; i < run->n_scan; i++) {
    n_failed += run->scan[i].row.reason != NULL;
    if (run->scan[i].row.n_skipped > n_skipped) n_skipped = run->scan[i].row.n_skipped;
  }
  char *page = cuxas_path_join(run->folder, "overview", "html");
  if (!cuxas_options_flag(run->batch->options, "quiet"))
    cuxas_print_note(run->batch->program, "%zu scan%s: %zu matched, %zu kept, %zu failed; %s", run->n_scan,
                     run->n_scan == 1 ? "" : "s", run->n_scan - n_kept - n_failed, n_kept, n_failed,
                     n_failed < run->n_scan && page != NULL ? page : "no overview written");
  free(page);
  if (n_failed == run->n_scan) return CUXAS_EXIT_FAILED;
  return n_failed > 0 || n_skipped > 0 ? CUXAS_EXIT_SKIPPED : CUXAS_EXIT_DONE;
}

int cuxas_batch_run(const cuxas_batch *batch)
{
  batch_run   run    = {.batch = batch, .folder = cuxas_options_text(batch->options, "out-dir")};
  cuxas_error err    = {0};
  size_t      n_kept = 0;
  int         exit_code;

  if (open_all(&run, &err) != CUXAS_OK || check_overview(&run, &err) != CUXAS_OK) {
    exit_code = cuxas_print_error(batch->program, &err);
  } else {
    check_reports(&run);
    for (size_t i = 0; i < run.n_scan; i++) n_kept += run.scan[i].is_done;
    if (n_kept < run.n_scan && open_background(&run, &err) != CUXAS_OK) {
      exit_code = cuxas_print_error(batch->program, &err);
      end_run(&run);
      return exit_code;
    }
    match_scans(&run);
    exit_code = show_overview(&run, &err) == CUXAS_OK ? judge(&run, n_kept) : cuxas_print_error(batch->program, &err);
  }
  end_run(&run);
  return exit_code;
}
