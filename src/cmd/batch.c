/* batch.c - many measured files asked of one session: a report each, and an overview of all
 *
 * Contents: 1. scans and the names of their reports  2. checksums of the reports  3. is a report up to date?
 *           4. folder and session  5. one scan  6. the overview  7. all of it */
#include "cmd/batch.h"
#include "report/stored.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "cuxas/catalog.h"
#include "cmd/common.h"
#include "cmd/match_options.h"
#include "cmd/outputs.h"
#include "cmd/sources.h"
#include "cuxas/output.h"
#include "report/overview.h"
#include "report/result.h"
#include "base/hash.h"
#include "cuxas/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 1. scans and the names of their reports */

typedef struct {
  cuxas_overview_row row;       /* scan and stem; reason once it failed */
  bool               is_loss;   /* of electrons: once that is known */
  bool               is_done;   /* its report is up to date */
  bool               overwrite; /* what is there may be replaced */
} batch_scan;

static void free_scans(batch_scan *scan, size_t n_scan)
{
  for (size_t i = 0; scan != NULL && i < n_scan; i++) cuxas_overview_row_clear(&scan[i].row);
  free(scan);
}

/* The whole path as a file name, "day1/scan.csv" -> "day1-scan.csv"; dots and slashes in front are dropped. */
static char *flatten(const char *path)
{
  char *name = cuxas_copy_text(NULL, path + strspn(path, "./"));
  for (char *slash = name; slash != NULL && (slash = strchr(slash, '/')) != NULL;) *slash = '-';
  return name;
}

/* Which of the texts stand there twice: of equal ones all, or all but the first? */
static cuxas_status find_doubles(const char *const *text, size_t n, bool with_first, bool *ret_is_double,
                                 cuxas_error *err)
{
  cuxas_placed *sorted = cuxas_new(err, n, sizeof *sorted);
  if (sorted == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++) sorted[i] = (cuxas_placed){text[i], i};
  cuxas_placed_sort(sorted, n);
  for (size_t i = 0; i < n; i++) ret_is_double[i] = false;
  for (size_t i = 1; i < n; i++) {
    if (strcmp(sorted[i - 1].text, sorted[i].text) != 0) continue;
    ret_is_double[sorted[i].place] = true;
    if (with_first) ret_is_double[sorted[i - 1].place] = true;
  }
  free(sorted);
  return CUXAS_OK;
}

static cuxas_status find_ambiguous(const batch_scan *scan, size_t n_scan, bool *ret_is_bad, cuxas_error *err)
{
  const char **stem = cuxas_new(err, n_scan, sizeof *stem);
  if (stem == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_scan; i++) stem[i] = scan[i].row.stem;
  const cuxas_status status = find_doubles(stem, n_scan, true, ret_is_bad, err);
  for (size_t i = 0; i < n_scan && status == CUXAS_OK; i++)
    if (strcmp(stem[i], "overview") == 0) ret_is_bad[i] = true;
  free(stem);
  return status;
}

static cuxas_status tell_apart(batch_scan *scan, size_t n_scan, cuxas_error *err)
{
  bool *is_bad = cuxas_new(err, n_scan, sizeof *is_bad);
  if (is_bad == NULL) return CUXAS_ENOMEM;
  cuxas_status status = find_ambiguous(scan, n_scan, is_bad, err);
  for (size_t i = 0; i < n_scan && status == CUXAS_OK; i++) {
    if (!is_bad[i]) continue;
    free(scan[i].row.stem);
    scan[i].row.stem = flatten(scan[i].row.scan);
    if (scan[i].row.stem == NULL) status = cuxas_no_memory(err);
  }
  if (status == CUXAS_OK) status = find_ambiguous(scan, n_scan, is_bad, err);
  for (size_t i = 0; i < n_scan && status == CUXAS_OK; i++)
    if (is_bad[i])
      status = cuxas_fail(err, CUXAS_ERANGE, "%s: its reports would have the names of another file's: rename it",
                          scan[i].row.scan);
  free(is_bad);
  return status;
}

/* A scan for every file, in the order of the paths; its stem is the file's name without its last suffix, or, where several
 * files would have the same, the whole path with '-' for '/'. A file given twice comes once. CUXAS_ERANGE: names that cannot
 * be told apart, or standard input among them. */
static cuxas_status name_scans(const char *const *path, size_t n_path, batch_scan **ret_scan, size_t *ret_n_scan,
                               cuxas_error *err)
{
  batch_scan  *scan      = cuxas_new(err, n_path, sizeof *scan);
  bool        *is_double = cuxas_new(err, n_path, sizeof *is_double);
  size_t       n_scan    = 0;
  cuxas_status status =
      scan != NULL && is_double != NULL ? find_doubles(path, n_path, false, is_double, err) : CUXAS_ENOMEM;
  for (size_t i = 0; i < n_path && status == CUXAS_OK; i++) {
    if (is_double[i]) continue;
    scan[n_scan].row.scan = cuxas_copy_text(err, path[i]);
    scan[n_scan].row.stem = cuxas_path_stem(path[i]);
    if (scan[n_scan].row.scan == NULL || scan[n_scan].row.stem == NULL)
      status = cuxas_no_memory(err);
    else if (strcmp(path[i], "-") == 0)
      status = cuxas_fail(err, CUXAS_ERANGE, "standard input has no name for its reports: give a file");
    n_scan++;
  }
  free(is_double);
  if (status == CUXAS_OK) status = tell_apart(scan, n_scan, err);
  if (status != CUXAS_OK) {
    free_scans(scan, n_scan);
    return status;
  }
  *ret_scan   = scan;
  *ret_n_scan = n_scan;
  return CUXAS_OK;
}

/* 2. checksums of the reports: overview.sha256, with a report's line from the moment on when it is there, so that a run that
 * was stopped has them, too */

static const char *name_of(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

static cuxas_status read_sums(const char *folder, bool force, cuxas_hash_list *ret_sums, cuxas_error *err)
{
  char        *path   = cuxas_path_join(folder, "overview", "sha256");
  cuxas_status status = path != NULL ? cuxas_hash_list_read(path, force, ret_sums, err) : cuxas_no_memory(err);
  free(path);
  return status;
}

/* Of reports that are to be written anew nothing is said before they are there. */
static cuxas_status drop_sums(const char *folder, cuxas_hash_list *sums, const batch_scan *scan, size_t n_scan,
                              cuxas_error *err)
{
  bool         is_changed = sums->is_cut;
  cuxas_status status     = CUXAS_OK;
  for (size_t i = 0; i < n_scan && status == CUXAS_OK; i++) {
    if (scan[i].is_done || scan[i].row.reason != NULL) continue;
    char *name = cuxas_print_text(err, "%s.json", scan[i].row.stem);
    if (name != NULL)
      is_changed |= cuxas_hash_list_drop(sums, name);
    else
      status = CUXAS_ENOMEM;
    free(name);
  }
  if (status != CUXAS_OK || !is_changed) return status;
  char *path = cuxas_path_join(folder, "overview", "sha256");
  status     = path != NULL ? cuxas_hash_list_write(sums, path, err) : cuxas_no_memory(err);
  free(path);
  return status;
}

static cuxas_status add_sum(const char *folder, const char *stem, cuxas_error *err)
{
  char        *json   = cuxas_path_join(folder, stem, "json");
  char        *path   = cuxas_path_join(folder, "overview", "sha256");
  cuxas_status status = json != NULL && path != NULL ? cuxas_hash_list_add(path, json, err) : cuxas_no_memory(err);
  free(json);
  free(path);
  return status;
}

/* 3. is a report up to date? */

static const char *const SUFFIX[] = {"json", "csv", "html"};
enum { N_SUFFIX = sizeof SUFFIX / sizeof *SUFFIX };

static bool has_text(const cJSON *object, const char *name, const char *text)
{
  const char *there = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
  return there != NULL && strcmp(there, text) == 0;
}

static bool is_newer(const char *path, const char *than)
{
  struct stat file, other;
  if (stat(path, &file) != 0 || stat(than, &other) != 0) return true;
  return file.st_mtim.tv_sec != other.st_mtim.tv_sec ? file.st_mtim.tv_sec > other.st_mtim.tv_sec
                                                     : file.st_mtim.tv_nsec > other.st_mtim.tv_nsec;
}

enum { N_TOLD = 3 };

static bool has_candidate(const cuxas_json_index told[N_TOLD], const char *report_path,
                          const cuxas_candidate *candidate)
{
  char         sha256[CUXAS_SHA256_HEX_SIZE];
  const cJSON *hit = cuxas_json_index_find(&told[0], candidate->label);
  if (hit != NULL) return cuxas_candidate_hash(candidate, sha256, NULL) == CUXAS_OK && has_text(hit, "sha256", sha256);
  if (cuxas_json_index_find(&told[1], candidate->label) == NULL &&
      cuxas_json_index_find(&told[2], candidate->label) == NULL)
    return false;
  char *file = cuxas_copy_text(NULL, candidate->path);
  if (file == NULL) return false;
  file[candidate->n_file] = '\0';
  const bool is_current   = !is_newer(file, report_path);
  free(file);
  return is_current;
}

static bool has_candidates(const cJSON *report, const char *report_path, const cuxas_catalog *catalog)
{
  static const char *const LIST[N_TOLD] = {"candidates", "skipped", "filtered"};
  cuxas_json_index         told[N_TOLD];
  size_t                   n_told = 0;
  for (size_t i = 0; i < N_TOLD; i++) {
    told[i] = cuxas_json_index_make(cJSON_GetObjectItemCaseSensitive(report, LIST[i]), "path");
    n_told += told[i].n;
  }
  bool has_all = n_told == catalog->n_candidate;
  for (size_t i = 0; i < catalog->n_candidate && has_all; i++)
    has_all = has_candidate(told, report_path, &catalog->candidate[i]);
  for (size_t i = 0; i < N_TOLD; i++) cuxas_json_index_clear(&told[i]);
  return has_all;
}

static bool has_standards(const cJSON *report, const char *report_path, const cuxas_catalog *opt_standards)
{
  const cJSON *standards = cJSON_GetObjectItemCaseSensitive(report, "standards");
  return opt_standards == NULL || has_candidates(standards, report_path, opt_standards);
}

/* Was a report changed since a checksum was written for its name? */
static bool is_edited(const cuxas_hash_list *sums, const char *path)
{
  char sha256[CUXAS_SHA256_HEX_SIZE];
  return cuxas_hash_list_has(sums, name_of(path), NULL) &&
         (cuxas_hash_file(path, sha256, NULL) != CUXAS_OK || !cuxas_hash_list_has(sums, name_of(path), sha256));
}

/* What an up-to-date report was made of. */
typedef struct {
  const char            *program; /* for notes */
  const char            *folder;
  const char            *model_sha256;
  const cJSON           *settings[2]; /* of absorption, of energy losses */
  const cuxas_catalog   *catalog;
  const cuxas_catalog   *opt_standards; /* NULL: none are compared */
  const cuxas_hash_list *sums;
  bool                   force;
} batch_state;

/* What is different from what would be written now; NULL: nothing */
static const char *find_change(const batch_state *state, const cJSON *report, const char *report_path,
                               const batch_scan *scan)
{
  const char  *measured = scan->row.scan;
  const cJSON *about    = cJSON_GetObjectItemCaseSensitive(report, "measured");
  char         sha256[CUXAS_SHA256_HEX_SIZE];

  if (!has_text(cJSON_GetObjectItemCaseSensitive(report, "tool"), "version", CUXAS_VERSION))
    return "was made by another version";
  if (!has_text(about, "path", measured)) return "is about another measured file";
  if (cuxas_hash_file(measured, sha256, NULL) != CUXAS_OK || !has_text(about, "sha256", sha256))
    return "was made before the measured file changed";
  if (!has_text(cJSON_GetObjectItemCaseSensitive(report, "model"), "sha256", state->model_sha256))
    return "was made with another model";
  if (!cJSON_Compare(cJSON_GetObjectItemCaseSensitive(report, "settings"), state->settings[scan->is_loss], true))
    return "was made with other settings or another library";
  if (!has_candidates(report, report_path, state->catalog)) return "was made before the candidates changed";
  if (!has_standards(report, report_path, state->opt_standards)) return "was made before the standards changed";
  if (is_edited(state->sums, report_path)) return "was changed since it was written";
  return NULL;
}

/* Was it a report once? What is left of one begins like one; a crash of the machine may leave nothing, or zeros. */
static bool is_damaged_report(const char *path)
{
  char   start[256] = "";
  size_t n_zero     = 0;
  FILE  *in         = fopen(path, "rb");
  if (in == NULL) return false;
  const size_t n_byte = fread(start, 1, sizeof start - 1, in);
  fclose(in);
  while (n_zero < n_byte && start[n_zero] == '\0') n_zero++;
  return n_zero == n_byte || strncmp(start + strspn(start, "{ \t\n"), "\"schema\":\t\"cuxas-report/", 23) == 0;
}

static cuxas_status check_report(const batch_state *state, batch_scan *scan, const char *path, cuxas_error *err)
{
  cJSON       *report = NULL;
  const char  *change = "is no report";
  cuxas_status status = CUXAS_OK;

  if (cuxas_report_read(path, &report, NULL) == CUXAS_OK) {
    scan->is_loss = has_text(cJSON_GetObjectItemCaseSensitive(report, "measured"), "detection", "EELS");
    change        = find_change(state, report, path, scan);
  } else if (is_damaged_report(path)) {
    cuxas_print_note(state->program, "%s: damaged, written anew", path);
    scan->overwrite = true;
    return CUXAS_OK;
  }
  if (change != NULL) {
    status = cuxas_fail(err, CUXAS_EEXIST, "%s: exists already, and %s (--force overwrites)", path, change);
  } else {
    scan->overwrite = true; /* what misses of its reports is written anew */
    scan->is_done   = true;
    for (size_t i = 1; i < N_SUFFIX; i++) {
      char *other = cuxas_path_join(state->folder, scan->row.stem, SUFFIX[i]);
      if (other == NULL || access(other, F_OK) != 0) scan->is_done = false;
      free(other);
    }
    if (scan->is_done && !cuxas_hash_list_has(state->sums, name_of(path), NULL)) {
      cuxas_print_note(state->program, "%s: without a checksum in overview.sha256, written anew", path);
      scan->is_done = false;
    }
    if (scan->is_done) status = cuxas_overview_row_fill(report, &scan->row, err);
  }
  cJSON_Delete(report);
  return status;
}

/* With `*.csv --out-dir .` the reports would have the names of the measured files. */
static cuxas_status protect_measured(const batch_state *state, const batch_scan *scan, cuxas_error *err)
{
  struct stat  measured, output;
  cuxas_status status = CUXAS_OK;
  if (stat(scan->row.scan, &measured) != 0) return CUXAS_OK; /* reading it will tell */
  for (size_t i = 0; i < N_SUFFIX && status == CUXAS_OK; i++) {
    char *path = cuxas_path_join(state->folder, scan->row.stem, SUFFIX[i]);
    if (path == NULL)
      status = cuxas_no_memory(err);
    else if (stat(path, &output) == 0 && output.st_dev == measured.st_dev && output.st_ino == measured.st_ino)
      status =
          cuxas_fail(err, CUXAS_EEXIST, "%s: its report would overwrite it: choose another --out-dir", scan->row.scan);
    free(path);
  }
  return status;
}

/* Is the scan's report there and up to date? Then its row is filled and is_done is set.
 *
 * Up to date: same version, measured file, model, settings and candidates. Of candidates that a report skipped or left
 * out it holds no checksum; their files must not be newer than it. Nor may it have been changed: overview.sha256 has its checksum. A
 * report without one and one that is damaged (cut off, empty, zeros) are told and may be replaced.
 *
 * Returns  CUXAS_OK; CUXAS_EEXIST there is something else, which may not be replaced; CUXAS_EIO; CUXAS_ENOMEM. */
static cuxas_status check_scan(const batch_state *state, batch_scan *scan, cuxas_error *err)
{
  cuxas_status status = protect_measured(state, scan, err);

  scan->overwrite = state->force;
  if (status != CUXAS_OK || state->force) return status;
  char *json = cuxas_path_join(state->folder, scan->row.stem, "json");
  if (json == NULL) return cuxas_no_memory(err);
  if (access(json, F_OK) == 0) {
    status = check_report(state, scan, json, err);
    free(json);
    return status;
  }
  free(json);
  for (size_t i = 1; i < N_SUFFIX && status == CUXAS_OK; i++) {
    char *path = cuxas_path_join(state->folder, scan->row.stem, SUFFIX[i]);
    status     = path != NULL ? cuxas_output_check(path, false, err) : cuxas_no_memory(err);
    free(path);
  }
  return status;
}

typedef struct {
  const cuxas_batch          *batch;
  const char                 *folder;
  cuxas_model                *model;
  cuxas_catalog              *catalog;
  cuxas_companions            companions; /* the background only where a scan needs it whose report is not up to date */
  cuxas_store                *store;
  cuxas_source_sessions       sessions;
  cuxas_progress_bar          step;        /* within a scan */
  const cuxas_match_settings *asked;       /* of absorption, or of what the options say */
  cJSON                      *settings[2]; /* for reports: of absorption, of energy losses */
  cuxas_hash_list             sums;
  size_t                      n_scan;
  batch_scan                 *scan;
} batch_run;

/* 4. folder and session */

static cuxas_status open_all(batch_run *run, cuxas_error *err)
{
  const cuxas_batch *batch   = run->batch;
  cuxas_options     *options = batch->options;
  cuxas_status       status;

  if ((status = name_scans(batch->measured, batch->n_measured, &run->scan, &run->n_scan, err)) != CUXAS_OK ||
      (status = cuxas_source_model(options, &run->model, err)) != CUXAS_OK)
    return status;
  run->sessions = (cuxas_source_sessions){.options = options, .model = run->model, .companions = &run->companions};
  if ((status = cuxas_source_choice_for(&run->sessions, &(cuxas_measurement){0}, &run->asked, err)) != CUXAS_OK ||
      (status = cuxas_source_candidates(options, batch->candidate, batch->n_candidate, &run->catalog, err)) !=
          CUXAS_OK ||
      (status = cuxas_source_store(options, run->model, run->catalog, &run->store, err)) != CUXAS_OK ||
      (status = cuxas_source_companions(options, run->model, run->asked, CUXAS_WITH_STANDARDS | CUXAS_WITH_SIMULATIONS,
                                        &run->companions, err)) != CUXAS_OK ||
      (status = cuxas_make_folder(run->folder, err)) != CUXAS_OK)
    return status;
  run->sessions.catalog      = run->catalog;
  run->sessions.opt_store    = run->store;
  run->sessions.opt_progress = cuxas_progress_follow;
  run->sessions.user         = &run->step;
  for (int is_loss = 0; is_loss < 2; is_loss++) {
    if ((status = cuxas_match_options_settle_for(
             options, is_loss || cuxas_match_options_is_loss(options, &(cuxas_measurement){0}), run->model, err)) !=
        CUXAS_OK)
      return status;
    run->settings[is_loss] = cuxas_options_settings_with(options, batch->candidate, batch->n_candidate);
    if (run->settings[is_loss] == NULL) return cuxas_no_memory(err);
  }
  return CUXAS_OK;
}

static cuxas_status open_background(batch_run *run, cuxas_error *err)
{
  cuxas_companions   background = {0};
  const cuxas_status status =
      cuxas_source_companions(run->batch->options, run->model, run->asked, CUXAS_WITH_BACKGROUND, &background, err);
  run->companions.background = background.background;
  return status;
}

static void end_run(batch_run *run)
{
  free_scans(run->scan, run->n_scan);
  cuxas_hash_list_clear(&run->sums);
  for (int is_loss = 0; is_loss < 2; is_loss++) cJSON_Delete(run->settings[is_loss]);
  cuxas_source_sessions_clear(&run->sessions);
  cuxas_store_close(run->store);
  cuxas_companions_clear(&run->companions);
  cuxas_catalog_free(run->catalog);
  cuxas_model_free(run->model);
}

/* 5. one scan */

static cuxas_status check_hits(const cuxas_hits *hits, bool is_strict, cuxas_error *err)
{
  if (hits->n_hit == 0 && hits->n_skipped == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "no candidate is left: %zu excluded by composition", hits->n_filtered);
  if (hits->n_hit > 0 && (hits->n_skipped == 0 || !is_strict)) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%zu candidate%s could not be used%s, the first: %s", hits->n_skipped,
                    hits->n_skipped == 1 ? "" : "s", hits->n_hit > 0 ? " (--strict)" : ", none was left",
                    hits->skipped[0].reason);
}

static cuxas_status write_report(batch_run *run, batch_scan *scan, const cuxas_result *result, cuxas_error *err)
{
  const cuxas_batch *batch = run->batch; /* the command is the one that gives this report alone */
  cJSON *command = cuxas_options_command_with(batch->options, scan->row.scan, batch->candidate, batch->n_candidate);
  cuxas_report report;
  if (command == NULL) return cuxas_no_memory(err);
  cuxas_report_of(result, &report);
  report.program      = batch->program;
  report.command      = command;
  report.settings     = run->settings[scan->is_loss];
  cuxas_status status = cuxas_outputs_write_folder(run->folder, scan->row.stem, scan->overwrite, &report, err);
  if (status == CUXAS_OK) {
    cJSON *tree = cuxas_report_json(&report);
    status      = tree != NULL ? cuxas_overview_row_fill(tree, &scan->row, err) : cuxas_no_memory(err);
    cJSON_Delete(tree);
  }
  cJSON_Delete(command);
  return status == CUXAS_OK ? add_sum(run->folder, scan->row.stem, err) : status;
}

static cuxas_status match_scan(batch_run *run, batch_scan *scan, cuxas_error *err)
{
  const cuxas_options *options     = run->batch->options;
  cuxas_measurement    measurement = {.sha256 = ""};
  cuxas_result        *result      = NULL;
  cuxas_session       *session     = NULL;
  cuxas_status         status      = cuxas_match_options_measure(options, scan->row.scan, &measurement, err);

  if (status == CUXAS_OK) status = cuxas_source_session_for(&run->sessions, &measurement, &session, err);
  scan->is_loss = status == CUXAS_OK && cuxas_match_options_is_loss(options, &measurement);
  if (status == CUXAS_OK)
    status = cuxas_session_identify_measurement(session, scan->row.scan, &measurement, &result, err);
  if (status == CUXAS_OK && result->note[0] != '\0') cuxas_print_note(run->batch->program, "%s", result->note);
  if (status == CUXAS_OK) status = check_hits(result->hits, cuxas_options_flag(options, "strict"), err);
  if (status == CUXAS_OK) status = write_report(run, scan, result, err);
  scan->is_done = status == CUXAS_OK;
  cuxas_result_free(result);
  cuxas_measurement_clear(&measurement);
  return status;
}

static void fail_scan(const batch_run *run, batch_scan *scan, const cuxas_error *err)
{
  const char  *path    = scan->row.scan;
  const bool   is_told = strstr(err->message, path) != NULL;
  const size_t n_byte  = strlen(path) + strlen(err->message) + 3;
  scan->row.reason     = cuxas_new(NULL, n_byte, 1);
  if (scan->row.reason != NULL)
    snprintf(scan->row.reason, n_byte, "%s%s%s", is_told ? "" : path, is_told ? "" : ": ", err->message);
  cuxas_print_note(run->batch->program, "%s", scan->row.reason != NULL ? scan->row.reason : path);
}

/* 6. the overview */

/* It is ours to rewrite when it begins like ours. */
static cuxas_status check_overview(const batch_run *run, cuxas_error *err)
{
  static const char HEADER[] = CUXAS_OVERVIEW_CSV_START;
  char              start[sizeof HEADER];
  cuxas_status      status = CUXAS_OK;
  char             *path   = cuxas_path_join(run->folder, "overview", "csv");

  if (path == NULL) return cuxas_no_memory(err);
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

/* Of all reports: where energy losses are among them, without what these have of their own. NULL: no memory */
static cJSON *shared_settings(const batch_run *run, cuxas_error *err)
{
  size_t n[2]   = {0, 0};
  cJSON *shared = NULL;
  for (size_t i = 0; i < run->n_scan; i++)
    if (run->scan[i].row.reason == NULL) n[run->scan[i].is_loss]++;
  cuxas_status status = CUXAS_OK;
  if (n[0] > 0 || n[1] == 0) status = cuxas_report_share_settings(&shared, run->settings[0], err);
  if (n[1] > 0 && status == CUXAS_OK) status = cuxas_report_share_settings(&shared, run->settings[1], err);
  return shared;
}

static cuxas_status write_overview(const batch_run *run, const cuxas_overview_row *row, const char *suffix,
                                   cuxas_error *err)
{
  cuxas_output output;
  cuxas_status status;
  cJSON       *settings = shared_settings(run, err);
  char        *path     = cuxas_path_join(run->folder, "overview", suffix);

  if (path == NULL || settings == NULL) {
    cJSON_Delete(settings);
    free(path);
    return cuxas_no_memory(err);
  }
  if ((status = cuxas_output_open(&output, path, true, err)) == CUXAS_OK) {
    if (strcmp(suffix, "csv") == 0)
      cuxas_overview_write_csv(row, run->n_scan, output.stream);
    else
      status = cuxas_overview_write_html(row, run->n_scan, settings, output.stream, err);
    if (status == CUXAS_OK)
      status = cuxas_output_commit(&output, err);
    else
      cuxas_output_discard(&output);
  }
  cJSON_Delete(settings);
  free(path);
  return status;
}

static cuxas_status show_overview(const batch_run *run, cuxas_error *err)
{
  cuxas_status        status   = CUXAS_OK;
  size_t              n_report = 0;
  cuxas_overview_row *row      = cuxas_new(err, run->n_scan, sizeof *row);

  if (row == NULL) return CUXAS_ENOMEM;
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

/* 7. all of it */

static void check_reports(batch_run *run)
{
  const batch_state state = {.program       = run->batch->program,
                             .folder        = run->folder,
                             .model_sha256  = run->model->sha256,
                             .settings      = {run->settings[0], run->settings[1]},
                             .catalog       = run->catalog,
                             .opt_standards = run->companions.standards,
                             .sums          = &run->sums,
                             .force         = cuxas_options_flag(run->batch->options, "force")};
  for (size_t i = 0; i < run->n_scan; i++) {
    cuxas_error err = {0};
    if (check_scan(&state, &run->scan[i], &err) != CUXAS_OK) fail_scan(run, &run->scan[i], &err);
  }
}

static void match_scans(batch_run *run)
{
  cuxas_progress_bar bar = cuxas_progress_start("matching", cuxas_options_flag(run->batch->options, "quiet"));
  run->step              = bar;
  for (size_t i = 0; i < run->n_scan; i++) {
    batch_scan *scan = &run->scan[i];
    cuxas_error err  = {0};
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

  if (open_all(&run, &err) != CUXAS_OK || check_overview(&run, &err) != CUXAS_OK ||
      read_sums(run.folder, cuxas_options_flag(batch->options, "force"), &run.sums, &err) != CUXAS_OK) {
    exit_code = cuxas_print_error(batch->program, &err);
  } else {
    check_reports(&run);
    for (size_t i = 0; i < run.n_scan; i++) n_kept += run.scan[i].is_done;
    if (n_kept < run.n_scan && (drop_sums(run.folder, &run.sums, run.scan, run.n_scan, &err) != CUXAS_OK ||
                                open_background(&run, &err) != CUXAS_OK)) {
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
