/* match_watch.c - a folder that scans come into: those of a sample merged, its answer told when it changes
 *
 * The folder is looked at once a second, which works on network drives, too. A file counts when it has not changed between two
 * looks; one that grows all the same, point by point, has to rest twice as long each time. Files whose names differ by the
 * number at their end alone are scans of one sample.
 *
 * Contents: 1. files and samples  2. the folder  3. an answer  4. can more scans change it?  5. all of it */
#include "cmd/match_watch.h"

#include "base/memory.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/match_options.h"
#include "cmd/outputs.h"
#include "report/answer.h"
#include "report/result.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
  LOOK_S     = 1,
  MAX_REST_S = 64, /* that a growing file has to rest before it counts (our choice, as the next) */
  MAX_LEFT   = 12  /* scans that are left out in turn, the last ones */
};

/* 1. files and samples */

typedef struct {
  char *name, *told;       /* told: the answer without its percentages; NULL: none yet */
  bool  is_final, is_ours; /* ours: its reports may be written anew */
} sample;

typedef struct {
  const cuxas_watched_folder *watch;
  cuxas_options              *options;
  const char                 *out_folder;
  cuxas_scan_folder           scans;
  size_t                      n_sample;
  sample                     *sample;
  bool                        is_lost; /* the folder could not be looked into the last time */
  cuxas_model                *model;
  cuxas_catalog              *catalog;
  cuxas_companions            companions;
  cuxas_source_sessions       sessions;
} watching;

static void end_watching(watching *own)
{
  for (size_t i = 0; i < own->n_sample; i++) {
    free(own->sample[i].name);
    free(own->sample[i].told);
  }
  free(own->sample);
  cuxas_scan_folder_clear(&own->scans);
  cuxas_source_sessions_clear(&own->sessions);
  cuxas_companions_clear(&own->companions);
  cuxas_catalog_free(own->catalog);
  cuxas_model_free(own->model);
}

/* "CuO_TEY_003.csv.gz" -> "CuO_TEY": without suffixes, the number at the end and what sets it apart. A name that is a number is its own. */
static char *sample_of(const char *name)
{
  char *stem = cuxas_path_stem(name);
  if (stem == NULL) return NULL;
  if (strlen(name) > 3 && strcmp(name + strlen(name) - 3, ".gz") == 0) {
    char *inner = cuxas_path_stem(stem);
    free(stem);
    if ((stem = inner) == NULL) return NULL;
  }
  size_t n = strlen(stem);
  while (n > 0 && isdigit((unsigned char)stem[n - 1])) n--;
  const bool has_mark = n < strlen(stem) && n > 0 && strchr("_-. ", stem[n - 1]) != NULL;
  while (has_mark && n > 0 && strchr("_-. ", stem[n - 1]) != NULL) n--;
  if (has_mark && n > 0) stem[n] = '\0'; /* "Cu2" ends in no number of a scan */
  return stem;
}

static sample *find_sample(watching *own, const char *name, cuxas_error *err)
{
  for (size_t i = 0; i < own->n_sample; i++)
    if (strcmp(own->sample[i].name, name) == 0) return &own->sample[i];
  sample *grown = cuxas_grow(err, own->sample, own->n_sample + 1, sizeof *grown);
  if (grown == NULL) return NULL;
  own->sample          = grown;
  grown[own->n_sample] = (sample){.name = cuxas_copy_text(err, name)};
  return grown[own->n_sample].name != NULL ? &grown[own->n_sample++] : NULL;
}

/* 2. the folder */

static int is_scan(const struct dirent *entry)
{
  const size_t n = strlen(entry->d_name);
  return entry->d_name[0] != '.' && entry->d_name[n - 1] != '~' && strstr(entry->d_name, ".tmp") == NULL &&
         strstr(entry->d_name, ".part") == NULL;
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
  return strcmp((*left)->d_name, (*right)->d_name);
}

/* The file of this name, which may be new; *path is taken over. */
static cuxas_status find_file(cuxas_scan_folder *all, const char *name, char **path, cuxas_scan_file **ret_file,
                              cuxas_error *err)
{
  for (size_t i = 0; i < all->n_file; i++) {
    if (strcmp(all->file[i].path, *path) != 0) continue;
    free(*path);
    *path     = NULL;
    *ret_file = &all->file[i];
    return CUXAS_OK;
  }
  cuxas_scan_file *grown = cuxas_grow(err, all->file, all->n_file + 1, sizeof *grown);
  if (grown == NULL) return CUXAS_ENOMEM;
  all->file          = grown;
  grown[all->n_file] = (cuxas_scan_file){.path = *path, .sample = sample_of(name), .n_byte = -1, .rest_s = LOOK_S};
  if (grown[all->n_file].sample == NULL) return cuxas_no_memory(err);
  *ret_file = &grown[all->n_file++];
  *path     = NULL;
  return CUXAS_OK;
}

static cuxas_status see_file(cuxas_scan_folder *all, const char *name, bool once, cuxas_error *err)
{
  struct stat      now;
  cuxas_scan_file *file = NULL;
  char            *path = cuxas_path_join(all->folder, name, NULL);
  if (path == NULL) return cuxas_no_memory(err);
  if (stat(path, &now) != 0 || !S_ISREG(now.st_mode) || now.st_size == 0) return free(path), CUXAS_OK;
  const cuxas_status status = find_file(all, name, &path, &file, err);
  free(path);
  if (status != CUXAS_OK) return status;
  const bool is_same =
      file->n_byte == now.st_size && file->changed_s == now.st_mtim.tv_sec && file->changed_ns == now.st_mtim.tv_nsec;
  file->n_rested_s = is_same ? file->n_rested_s + LOOK_S : 0;
  if (!is_same && file->is_settled) {
    file->is_settled = false;
    if (file->rest_s < MAX_REST_S) file->rest_s *= 2; /* it was not at its end */
  }
  if (!file->is_settled && (once || file->n_rested_s >= file->rest_s)) {
    file->is_settled = file->is_new = true;
    file->is_bad                    = false;
  }
  file->n_byte     = now.st_size;
  file->changed_s  = now.st_mtim.tv_sec;
  file->changed_ns = now.st_mtim.tv_nsec;
  file->is_there   = true;
  return CUXAS_OK;
}

cuxas_status cuxas_scan_folder_look(cuxas_scan_folder *all, bool once, cuxas_error *err)
{
  struct dirent **entry  = NULL;
  cuxas_status    status = CUXAS_OK;
  const int       n      = scandir(all->folder, &entry, is_scan, by_name);
  if (n < 0) return cuxas_fail(err, CUXAS_EIO, "%s: cannot be looked into: %s", all->folder, strerror(errno));
  for (size_t i = 0; i < all->n_file; i++) {
    all->file[i].was_there = all->file[i].is_there;
    all->file[i].is_there  = false;
  }
  for (int i = 0; i < n; i++) {
    if (status == CUXAS_OK) status = see_file(all, entry[i]->d_name, once, err);
    free(entry[i]);
  }
  free(entry);
  return status;
}

void cuxas_scan_folder_clear(cuxas_scan_folder *all)
{
  for (size_t i = 0; i < all->n_file; i++) {
    free(all->file[i].path);
    free(all->file[i].sample);
  }
  free(all->file);
  *all = (cuxas_scan_folder){0};
}

/* 3. an answer */

/* The scans of a sample, as they count; the caller frees the list, whose paths are the folder's. */
static cuxas_status list_scans(const watching *own, const char *name, const char ***ret_path, size_t *ret_n_path,
                               cuxas_error *err)
{
  const cuxas_scan_folder *all = &own->scans;
  *ret_n_path                  = 0;
  if ((*ret_path = cuxas_new(err, all->n_file, sizeof **ret_path)) == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < all->n_file; i++) {
    const cuxas_scan_file *file = &all->file[i];
    if (file->is_settled && file->is_there && !file->is_bad && strcmp(file->sample, name) == 0)
      (*ret_path)[(*ret_n_path)++] = file->path;
  }
  return CUXAS_OK;
}

/* Scans but one, merged; i_left_out SIZE_MAX: all of them. */
static cuxas_status measure(cuxas_options *options, const char *const *path, size_t n_path, size_t i_left_out,
                            cuxas_measurement *ret_measurement, cuxas_error *err)
{
  const size_t first  = i_left_out == 0;
  cuxas_status status = CUXAS_OK;
  cuxas_options_reset(options, "merge");
  for (size_t i = first + 1; i < n_path && status == CUXAS_OK; i++)
    if (i != i_left_out) status = cuxas_options_set(options, "merge", path[i], err);
  return status == CUXAS_OK ? cuxas_match_options_measure(options, path[first], ret_measurement, err) : status;
}

static cuxas_status identify(cuxas_source_sessions *sessions, const char *first, cuxas_measurement *measurement,
                             cuxas_result **ret_result, cuxas_error *err)
{
  cuxas_session     *session = NULL;
  const cuxas_status status  = cuxas_source_session_for(sessions, measurement, &session, err);
  if (status != CUXAS_OK) return status;
  return cuxas_session_identify_measurement(session, first, measurement, ret_result, err);
}

/* The answer's words: its numbers change with every scan, but those of formulas stay. */
static char *words_of(const cuxas_report *report)
{
  char   text[CUXAS_ANSWER_SENTENCE_SIZE];
  size_t n = 0;
  cuxas_answer_sentence(report, text);
  for (const char *from = text; *from != '\0';) {
    const size_t n_digit   = strspn(from, "0123456789.");
    const bool   is_number = isdigit((unsigned char)*from) && (n == 0 || strchr(" (", text[n - 1]) != NULL);
    if (is_number)
      from += n_digit;
    else
      text[n++] = *from++;
  }
  text[n] = '\0';
  return cuxas_copy_text(NULL, text);
}

/* 4. can more scans change it? */

/* Not if the answer stands without any one of those that there are. */
cuxas_status cuxas_scans_are_enough(cuxas_source_sessions *sessions, const char *const *path, size_t n_path,
                                    const cuxas_report *report, bool *ret_are, cuxas_error *err)
{
  char        *words  = words_of(report);
  cuxas_status status = words != NULL ? CUXAS_OK : cuxas_no_memory(err);
  *ret_are            = n_path >= CUXAS_SCANS_ENOUGH_MIN;
  for (size_t n_tried = 0; status == CUXAS_OK && *ret_are && n_tried < n_path && n_tried < MAX_LEFT; n_tried++) {
    const size_t      i_left_out  = n_path - 1 - n_tried;
    cuxas_measurement measurement = {0};
    cuxas_result     *result      = NULL;
    cuxas_report      other;
    status = measure(sessions->options, path, n_path, i_left_out, &measurement, err);
    if (status == CUXAS_OK) status = identify(sessions, path[i_left_out == 0], &measurement, &result, err);
    if (status == CUXAS_OK) {
      cuxas_report_of(result, &other);
      char *others = words_of(&other);
      *ret_are     = others != NULL && strcmp(others, words) == 0;
      free(others);
    }
    cuxas_result_free(result);
    cuxas_measurement_clear(&measurement);
  }
  free(words);
  return status;
}

static void tell_final(const sample *of, const cuxas_report *report)
{
  char text[CUXAS_ANSWER_SENTENCE_SIZE];
  printf("%s: more scans like these will not change it.\n", of->name);
  for (size_t i = 0; cuxas_answer_next(report, i, text); i++) printf("  next: %s\n", text);
}

/* Reports of an earlier watch are written anew, other files of these names are not. */
static cuxas_status check_names(const watching *own, sample *of, cuxas_error *err)
{
  static const char *const SUFFIX[] = {"csv", "html"};
  cJSON                   *report   = NULL;
  cuxas_error              reason;
  cuxas_status             status = CUXAS_OK;
  if (of->is_ours || cuxas_options_flag(own->options, "force")) return CUXAS_OK;
  char *path = cuxas_path_join(own->out_folder, of->name, "json");
  if (path == NULL) return cuxas_no_memory(err);
  if (access(path, F_OK) == 0) {
    if (cuxas_report_read(path, &report, &reason) != CUXAS_OK)
      status = cuxas_fail(err, CUXAS_EEXIST, "%s: exists already, and is no report (--force overwrites)", path);
    cJSON_Delete(report);
    free(path);
    of->is_ours = status == CUXAS_OK;
    return status;
  }
  free(path);
  for (size_t i = 0; i < sizeof SUFFIX / sizeof *SUFFIX && status == CUXAS_OK; i++) {
    path   = cuxas_path_join(own->out_folder, of->name, SUFFIX[i]);
    status = path != NULL ? cuxas_output_check(path, false, err) : cuxas_no_memory(err);
    free(path);
  }
  of->is_ours = status == CUXAS_OK;
  return status;
}

static cuxas_status write_report(watching *own, sample *of, cuxas_report *report, const char *first, cuxas_error *err)
{
  if (own->out_folder == NULL) return CUXAS_OK;
  const cuxas_status may = check_names(own, of, err);
  if (may != CUXAS_OK) return may;
  cJSON *command   = cuxas_options_command_with(own->options, first, own->watch->candidate, own->watch->n_candidate);
  cJSON *settings  = cuxas_options_settings_with(own->options, own->watch->candidate, own->watch->n_candidate);
  report->program  = own->watch->program;
  report->command  = command;
  report->settings = settings;
  const cuxas_status status = command != NULL && settings != NULL
                                  ? cuxas_outputs_write_folder(own->out_folder, of->name, true, report, err)
                                  : cuxas_no_memory(err);
  cJSON_Delete(command);
  cJSON_Delete(settings);
  return status;
}

/* Tells the answer when its words are others than before, and once that it will stay. */
static cuxas_status tell(watching *own, sample *of, const cuxas_result *result, const char *const *path, size_t n_path,
                         cuxas_error *err)
{
  cuxas_report report;
  char         text[CUXAS_ANSWER_SENTENCE_SIZE];
  bool         is_final = false;
  cuxas_status status;
  cuxas_report_of(result, &report);
  char      *words  = words_of(&report);
  const bool is_new = words != NULL && (of->told == NULL || strcmp(of->told, words) != 0);
  if (words == NULL) return cuxas_no_memory(err);
  if ((status = write_report(own, of, &report, path[0], err)) == CUXAS_OK && (is_new || !of->is_final))
    status = cuxas_scans_are_enough(&own->sessions, path, n_path, &report, &is_final, err);
  if (status == CUXAS_OK && is_new) {
    cuxas_answer_sentence(&report, text);
    printf("%s: %zu scan%s: %s\n", of->name, n_path, n_path == 1 ? "" : "s", text);
  }
  if (status == CUXAS_OK && is_final) tell_final(of, &report);
  of->is_final = is_final || (of->is_final && !is_new);
  fflush(stdout);
  free(of->told);
  of->told = words;
  return status;
}

static void tell_empty(sample *of)
{
  if (of->told != NULL) printf("%s: no scan any more\n", of->name);
  fflush(stdout);
  free(of->told);
  of->told     = NULL;
  of->is_final = false;
}

static cuxas_status ask_sample(watching *own, sample *of, cuxas_error *err)
{
  cuxas_measurement measurement = {0};
  cuxas_result     *result      = NULL;
  const char      **path        = NULL;
  size_t            n_path      = 0;
  cuxas_status      status      = list_scans(own, of->name, &path, &n_path, err);
  if (status == CUXAS_OK && n_path == 0) return tell_empty(of), free(path), CUXAS_OK;
  if (status == CUXAS_OK) status = measure(own->options, path, n_path, SIZE_MAX, &measurement, err);
  if (status == CUXAS_OK) status = identify(&own->sessions, path[0], &measurement, &result, err);
  if (status == CUXAS_OK && result->hits->n_hit > 0) status = tell(own, of, result, path, n_path, err);
  cuxas_result_free(result);
  cuxas_measurement_clear(&measurement);
  free(path);
  return status;
}

/* 5. all of it */

/* A file that cannot be read is told once, and again when it has changed. */
static void try_files(watching *own)
{
  for (size_t i = 0; i < own->scans.n_file; i++) {
    cuxas_scan_file            *file        = &own->scans.file[i];
    cuxas_measurement           measurement = {0};
    cuxas_error                 err         = {0};
    const cuxas_match_settings *settings    = NULL;
    if (!file->is_new || !file->is_there) continue;
    cuxas_options_reset(own->options, "merge");
    file->is_bad = cuxas_match_options_measure(own->options, file->path, &measurement, &err) != CUXAS_OK ||
                   cuxas_source_choice_for(&own->sessions, &measurement, &settings, &err) != CUXAS_OK ||
                   cuxas_measurement_prepare(&measurement, file->path, own->model, settings, &err) != CUXAS_OK;
    if (file->is_bad) cuxas_print_note(own->watch->program, "%s", err.message);
    if (file->is_bad) file->is_new = false;
    cuxas_measurement_clear(&measurement);
  }
}

/* Its sample is to be asked: a new scan, or one that went. */
static bool is_changed(const cuxas_scan_file *file)
{
  return file->is_there ? file->is_new : file->was_there && file->is_settled && !file->is_bad;
}

static cuxas_status ask_new(watching *own, cuxas_error *err)
{
  cuxas_scan_folder *all    = &own->scans;
  cuxas_status       status = CUXAS_OK;
  try_files(own);
  for (size_t i = 0; i < all->n_file && status == CUXAS_OK; i++) {
    cuxas_error reason = {0};
    if (!is_changed(&all->file[i])) continue;
    sample *of = find_sample(own, all->file[i].sample, err);
    if (of == NULL) return CUXAS_ENOMEM;
    for (size_t k = 0; k < all->n_file; k++)
      if (strcmp(all->file[k].sample, all->file[i].sample) == 0) {
        all->file[k].is_new = false;
        if (!all->file[k].is_there) all->file[k].was_there = all->file[k].is_settled = false;
      }
    if (ask_sample(own, of, &reason) == CUXAS_ENOMEM)
      status = cuxas_fail(err, CUXAS_ENOMEM, "%s", reason.message);
    else if (reason.status != CUXAS_OK)
      cuxas_print_note(own->watch->program, "%s", reason.message);
  }
  return status;
}

/* A folder that is away for a while, as a network drive may be, is told once and waited for. */
static cuxas_status look(watching *own, bool is_first, cuxas_error *err)
{
  cuxas_error        reason = {0};
  const cuxas_status status = cuxas_scan_folder_look(&own->scans, own->watch->once, &reason);
  if (status != CUXAS_OK && (status != CUXAS_EIO || is_first)) return cuxas_fail(err, status, "%s", reason.message);
  if (status != CUXAS_OK && !own->is_lost) cuxas_print_note(own->watch->program, "%s", reason.message);
  own->is_lost = status != CUXAS_OK;
  return own->is_lost ? CUXAS_OK : ask_new(own, err);
}

/* In the watched folder reports would have the names of the scans, and be taken for scans. */
static cuxas_status open_out_folder(const watching *own, cuxas_error *err)
{
  struct stat        out, watched;
  const cuxas_status status = cuxas_make_folder(own->out_folder, err);
  if (status != CUXAS_OK || stat(own->out_folder, &out) != 0 || stat(own->scans.folder, &watched) != 0) return status;
  if (out.st_dev != watched.st_dev || out.st_ino != watched.st_ino) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EEXIST,
                    "%s: is the folder that is watched, reports would overwrite its scans: choose another --out-dir",
                    own->out_folder);
}

static cuxas_status open_all(watching *own, cuxas_error *err)
{
  const cuxas_measurement     none     = {0}; /* of no kind */
  const cuxas_match_settings *settings = NULL;
  cuxas_options              *options  = own->options;
  cuxas_status                status   = cuxas_source_model(options, &own->model, err);
  if (status != CUXAS_OK) return status;
  own->sessions = (cuxas_source_sessions){.options = options, .model = own->model, .companions = &own->companions};
  if ((status = cuxas_source_choice_for(&own->sessions, &none, &settings, err)) != CUXAS_OK ||
      (status = cuxas_source_candidates(options, own->watch->candidate, own->watch->n_candidate, &own->catalog, err)) !=
          CUXAS_OK ||
      (status = cuxas_source_companions(options, own->model, settings, CUXAS_WITH_ALL, &own->companions, err)) !=
          CUXAS_OK)
    return status;
  own->sessions.catalog = own->catalog;
  return own->out_folder != NULL ? open_out_folder(own, err) : CUXAS_OK;
}

cuxas_status cuxas_watch_run(const cuxas_watched_folder *watch, cuxas_error *err)
{
  watching     own      = {.watch      = watch,
                           .options    = watch->options,
                           .scans      = {.folder = cuxas_options_text(watch->options, "watch")},
                           .out_folder = cuxas_options_text(watch->options, "out-dir")};
  cuxas_status status   = open_all(&own, err);
  bool         is_first = true;
  while (status == CUXAS_OK) {
    status   = look(&own, is_first, err);
    is_first = false;
    if (watch->once) break;
    nanosleep(&(struct timespec){.tv_sec = LOOK_S}, NULL);
  }
  if (status == CUXAS_OK && own.n_sample == 0)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: no scan that can be read", own.scans.folder);
  end_watching(&own);
  return status;
}
