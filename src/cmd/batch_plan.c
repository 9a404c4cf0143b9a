/* Contents: 1. names  2. is a report up to date? */
#include "cmd/batch_plan.h"
#include "cmd/paths.h"

#include "base/hash.h"
#include "base/memory.h"
#include "cuxas/output.h"
#include "cuxas/report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const SUFFIX[] = {"json", "csv", "html"};
enum { N_SUFFIX = sizeof SUFFIX / sizeof *SUFFIX };

/* 1. names */

void cuxas_batch_scans_free(cuxas_batch_scan *scan, size_t n_scan)
{
  for (size_t i = 0; scan != NULL && i < n_scan; i++) cuxas_overview_row_clear(&scan[i].row);
  free(scan);
}

/* The whole path as a file name, "day1/scan.csv" -> "day1-scan.csv"; dots and slashes in front are dropped. */
static char *flatten(const char *path)
{
  char *name = cuxas_copy_string(path + strspn(path, "./"));
  for (char *slash = name; slash != NULL && (slash = strchr(slash, '/')) != NULL;) *slash = '-';
  return name;
}

static bool is_ambiguous(const cuxas_batch_scan *scan, size_t n_scan, size_t i_scan)
{
  if (strcmp(scan[i_scan].row.stem, "overview") == 0) return true;
  for (size_t i = 0; i < n_scan; i++)
    if (i != i_scan && strcmp(scan[i].row.stem, scan[i_scan].row.stem) == 0) return true;
  return false;
}

static cuxas_status tell_apart(cuxas_batch_scan *scan, size_t n_scan, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  bool        *is_bad = cuxas_new_array(n_scan, sizeof *is_bad);
  if (is_bad == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu scans", n_scan);
  for (size_t i = 0; i < n_scan; i++) is_bad[i] = is_ambiguous(scan, n_scan, i);
  for (size_t i = 0; i < n_scan; i++) {
    if (!is_bad[i]) continue;
    free(scan[i].row.stem);
    scan[i].row.stem = flatten(scan[i].row.scan);
    if (scan[i].row.stem == NULL) status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the name of a report");
  }
  for (size_t i = 0; i < n_scan && status == CUXAS_OK; i++)
    if (is_ambiguous(scan, n_scan, i))
      status = cuxas_fail(err, CUXAS_ERANGE, "%s: its reports would have the names of another file's: rename it",
                          scan[i].row.scan);
  free(is_bad);
  return status;
}

cuxas_status cuxas_batch_name(const char *const *path, size_t n_path, cuxas_batch_scan **ret_scan, size_t *ret_n_scan,
                              cuxas_error *err)
{
  cuxas_status      status = CUXAS_OK;
  size_t            n_scan = 0;
  cuxas_batch_scan *scan   = cuxas_new_array(n_path, sizeof *scan);

  if (scan == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu scans", n_path);
  for (size_t i = 0; i < n_path && status == CUXAS_OK; i++) {
    bool is_double = false;
    for (size_t k = 0; k < n_scan && !is_double; k++) is_double = strcmp(scan[k].row.scan, path[i]) == 0;
    if (is_double) continue;
    scan[n_scan].row.scan = cuxas_copy_string(path[i]);
    scan[n_scan].row.stem = cuxas_path_stem(path[i]);
    if (scan[n_scan].row.scan == NULL || scan[n_scan].row.stem == NULL)
      status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu scans", n_path);
    else if (strcmp(path[i], "-") == 0)
      status = cuxas_fail(err, CUXAS_ERANGE, "standard input has no name for its reports: give a file");
    n_scan++;
  }
  if (status == CUXAS_OK) status = tell_apart(scan, n_scan, err);
  if (status != CUXAS_OK) {
    cuxas_batch_scans_free(scan, n_scan);
    return status;
  }
  *ret_scan   = scan;
  *ret_n_scan = n_scan;
  return CUXAS_OK;
}

/* 2. is a report up to date? */

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

static const cJSON *find_label(const cJSON *array, const char *label)
{
  const cJSON *item;
  cJSON_ArrayForEach(item, array)
  {
    if (has_text(item, "path", label)) return item;
  }
  return NULL;
}

static bool has_candidate(const cJSON *report, const char *report_path, const cuxas_candidate *candidate)
{
  char         sha256[CUXAS_SHA256_HEX_SIZE];
  const cJSON *hit = find_label(cJSON_GetObjectItemCaseSensitive(report, "candidates"), candidate->label);
  if (hit != NULL) return cuxas_candidate_hash(candidate, sha256, NULL) == CUXAS_OK && has_text(hit, "sha256", sha256);
  if (find_label(cJSON_GetObjectItemCaseSensitive(report, "skipped"), candidate->label) == NULL &&
      find_label(cJSON_GetObjectItemCaseSensitive(report, "filtered"), candidate->label) == NULL)
    return false;
  char *file = cuxas_copy_string(candidate->path);
  if (file == NULL) return false;
  file[candidate->n_file] = '\0';
  const bool is_current   = !is_newer(file, report_path);
  free(file);
  return is_current;
}

static bool has_candidates(const cJSON *report, const char *report_path, const cuxas_catalog *catalog)
{
  static const char *const LIST[] = {"candidates", "skipped", "filtered"};
  size_t                   n_told = 0;
  for (size_t i = 0; i < sizeof LIST / sizeof *LIST; i++)
    n_told += (size_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(report, LIST[i]));
  if (n_told != catalog->n_candidate) return false;
  for (size_t i = 0; i < catalog->n_candidate; i++)
    if (!has_candidate(report, report_path, &catalog->candidate[i])) return false;
  return true;
}

/* Of standards that were skipped a report holds no checksum; their files must not be newer than it. */
static bool has_standards(const cJSON *report, const char *report_path, const cuxas_catalog *opt_standards)
{
  const cJSON *standards = cJSON_GetObjectItemCaseSensitive(report, "standards");
  return opt_standards == NULL || has_candidates(standards, report_path, opt_standards);
}

/* What is different from what would be written now; NULL: nothing */
static const char *find_change(const cuxas_batch_state *state, const cJSON *report, const char *report_path,
                               const char *measured)
{
  const cJSON *about = cJSON_GetObjectItemCaseSensitive(report, "measured");
  char         sha256[CUXAS_SHA256_HEX_SIZE];

  if (!has_text(cJSON_GetObjectItemCaseSensitive(report, "tool"), "version", CUXAS_VERSION))
    return "was made by another version";
  if (!has_text(about, "path", measured)) return "is about another measured file";
  if (cuxas_hash_file(measured, sha256, NULL) != CUXAS_OK || !has_text(about, "sha256", sha256))
    return "was made before the measured file changed";
  if (!has_text(cJSON_GetObjectItemCaseSensitive(report, "model"), "sha256", state->model_sha256))
    return "was made with another model";
  if (!cJSON_Compare(cJSON_GetObjectItemCaseSensitive(report, "settings"), state->settings, true))
    return "was made with other settings or another library";
  if (!has_candidates(report, report_path, state->catalog)) return "was made before the candidates changed";
  if (!has_standards(report, report_path, state->opt_standards)) return "was made before the standards changed";
  return NULL;
}

static cuxas_status check_report(const cuxas_batch_state *state, cuxas_batch_scan *scan, const char *path,
                                 cuxas_error *err)
{
  cJSON       *report = NULL;
  const char  *change = "is no report";
  cuxas_status status = CUXAS_OK;

  if (cuxas_report_read(path, &report, NULL) == CUXAS_OK) change = find_change(state, report, path, scan->row.scan);
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
    if (scan->is_done) status = cuxas_overview_row_fill(report, &scan->row, err);
  }
  cJSON_Delete(report);
  return status;
}

/* With `*.csv --out-dir .` the reports would have the names of the measured files. */
static cuxas_status protect_measured(const cuxas_batch_state *state, const cuxas_batch_scan *scan, cuxas_error *err)
{
  struct stat  measured, output;
  cuxas_status status = CUXAS_OK;
  if (stat(scan->row.scan, &measured) != 0) return CUXAS_OK; /* reading it will tell */
  for (size_t i = 0; i < N_SUFFIX && status == CUXAS_OK; i++) {
    char *path = cuxas_path_join(state->folder, scan->row.stem, SUFFIX[i]);
    if (path == NULL)
      status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the name of a report");
    else if (stat(path, &output) == 0 && output.st_dev == measured.st_dev && output.st_ino == measured.st_ino)
      status =
          cuxas_fail(err, CUXAS_EEXIST, "%s: its report would overwrite it: choose another --out-dir", scan->row.scan);
    free(path);
  }
  return status;
}

cuxas_status cuxas_batch_check(const cuxas_batch_state *state, cuxas_batch_scan *scan, cuxas_error *err)
{
  cuxas_status status = protect_measured(state, scan, err);

  scan->overwrite = state->force;
  if (status != CUXAS_OK || state->force) return status;
  char *json = cuxas_path_join(state->folder, scan->row.stem, "json");
  if (json == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the name of a report");
  if (access(json, F_OK) == 0) {
    status = check_report(state, scan, json, err);
    free(json);
    return status;
  }
  free(json);
  for (size_t i = 1; i < N_SUFFIX && status == CUXAS_OK; i++) {
    char *path = cuxas_path_join(state->folder, scan->row.stem, SUFFIX[i]);
    status     = path != NULL ? cuxas_output_check(path, false, err)
                              : cuxas_fail(err, CUXAS_ENOMEM, "no memory for the name of a report");
    free(path);
  }
  return status;
}
