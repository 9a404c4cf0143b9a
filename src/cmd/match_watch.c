/* match_watch.c - a folder that scans come into: those of a sample merged, its answer told when it changes
 *
 * The folder is looked at once a second, which works on network drives, too. A file counts when it has not changed between two
 * looks. Files whose names differ by the number at their end alone are scans of one sample.
 *
 * Contents: 1. files and samples  2. the folder  3. an answer  4. can more scans change it?  5. all of it */
#include "cmd/match_watch.h"

#include "base/memory.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/match_options.h"
#include "cmd/outputs.h"
#include "cmd/sources.h"
#include "report/answer.h"
#include "report/result.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
  LOOK_S   = 1,
  MIN_SCAN = 3, /* before it is said that more change nothing (our choice) */
  MAX_LEFT = 12 /* scans that are left out in turn, the last ones */
};

/* 1. files and samples */

typedef struct {
  char  *path, *sample;
  off_t  n_byte;
  time_t changed_s;
  long   changed_ns;
  bool   is_there, is_settled, is_bad, is_new; /* new: its sample has not been asked with it */
} watched_file;

typedef struct {
  char *name, *told; /* told: the answer without its percentages; NULL: none yet */
  bool  is_final;
} sample;

typedef struct {
  const cuxas_watched_folder *watch;
  cuxas_options              *options;
  const char                 *folder, *out_folder;
  size_t                      n_file, n_sample;
  watched_file               *file;
  sample                     *sample;
  cuxas_model                *model;
  cuxas_catalog              *catalog;
  cuxas_companions            companions;
  cuxas_source_sessions       sessions;
} watching;

static void end_watching(watching *own)
{
  for (size_t i = 0; i < own->n_file; i++) {
    free(own->file[i].path);
    free(own->file[i].sample);
  }
  for (size_t i = 0; i < own->n_sample; i++) {
    free(own->sample[i].name);
    free(own->sample[i].told);
  }
  free(own->file);
  free(own->sample);
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

static cuxas_status see_file(watching *own, const char *name, cuxas_error *err)
{
  struct stat   now;
  char         *path = cuxas_path_join(own->folder, name, NULL);
  watched_file *file = NULL;
  if (path == NULL) return cuxas_no_memory(err);
  if (stat(path, &now) != 0 || !S_ISREG(now.st_mode) || now.st_size == 0) return free(path), CUXAS_OK;
  for (size_t i = 0; i < own->n_file && file == NULL; i++)
    if (strcmp(own->file[i].path, path) == 0) file = &own->file[i];
  if (file == NULL) {
    watched_file *grown = cuxas_grow(err, own->file, own->n_file + 1, sizeof *grown);
    if (grown == NULL) return free(path), CUXAS_ENOMEM;
    own->file = grown;
    file      = &grown[own->n_file];
    *file     = (watched_file){.path = path, .sample = sample_of(name), .n_byte = -1};
    if (file->sample == NULL) return free(path), cuxas_no_memory(err);
    own->n_file++;
  } else {
    free(path);
  }
  const bool is_same =
      file->n_byte == now.st_size && file->changed_s == now.st_mtim.tv_sec && file->changed_ns == now.st_mtim.tv_nsec;
  if (!is_same) file->is_settled = false;
  if ((is_same || own->watch->once) && !file->is_settled) {
    file->is_settled = file->is_new = true;
    file->is_bad                    = false;
  }
  file->n_byte     = now.st_size;
  file->changed_s  = now.st_mtim.tv_sec;
  file->changed_ns = now.st_mtim.tv_nsec;
  file->is_there   = true;
  return CUXAS_OK;
}

static cuxas_status look(watching *own, cuxas_error *err)
{
  struct dirent **entry  = NULL;
  cuxas_status    status = CUXAS_OK;
  const int       n      = scandir(own->folder, &entry, is_scan, by_name);
  if (n < 0) return cuxas_fail(err, CUXAS_EIO, "%s: cannot be looked into: %s", own->folder, strerror(errno));
  for (size_t i = 0; i < own->n_file; i++) own->file[i].is_there = false;
  for (int i = 0; i < n; i++) {
    if (status == CUXAS_OK) status = see_file(own, entry[i]->d_name, err);
    free(entry[i]);
  }
  free(entry);
  return status;
}

/* 3. an answer */

/* The scans of a sample but one, merged; SIZE_MAX: all. */
static cuxas_status measure(watching *own, const char *name, size_t i_left_out, cuxas_measurement *ret_measurement,
                            const char **ret_first, size_t *ret_n_scan, cuxas_error *err)
{
  *ret_first  = NULL;
  *ret_n_scan = 0;
  cuxas_options_reset(own->options, "merge");
  for (size_t i = 0; i < own->n_file; i++) {
    const watched_file *file = &own->file[i];
    if (!file->is_settled || !file->is_there || file->is_bad || strcmp(file->sample, name) != 0 || i == i_left_out)
      continue;
    cuxas_status status = CUXAS_OK;
    if (++*ret_n_scan == 1)
      *ret_first = file->path;
    else
      status = cuxas_options_set(own->options, "merge", file->path, err);
    if (status != CUXAS_OK) return status;
  }
  if (*ret_first == NULL) return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: no scan can be read", name);
  return cuxas_match_options_measure(own->options, *ret_first, ret_measurement, err);
}

static cuxas_status identify(watching *own, const char *first, cuxas_measurement *measurement,
                             cuxas_result **ret_result, cuxas_error *err)
{
  cuxas_session     *session = NULL;
  const cuxas_status status  = cuxas_source_session_for(&own->sessions, measurement, &session, err);
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
static cuxas_status is_settled(watching *own, const char *name, const char *words, bool *ret_is_final, cuxas_error *err)
{
  size_t n_tried = 0;
  *ret_is_final  = true;
  for (size_t i = own->n_file; i-- > 0 && *ret_is_final && n_tried < MAX_LEFT;) {
    const watched_file *file = &own->file[i];
    if (!file->is_settled || !file->is_there || file->is_bad || strcmp(file->sample, name) != 0) continue;
    cuxas_measurement measurement = {0};
    cuxas_result     *result      = NULL;
    cuxas_report      report;
    const char       *first;
    size_t            n_scan;
    n_tried++;
    cuxas_status status = measure(own, name, i, &measurement, &first, &n_scan, err);
    if (status == CUXAS_OK) status = identify(own, first, &measurement, &result, err);
    if (status == CUXAS_OK) {
      cuxas_report_of(result, &report);
      char *others  = words_of(&report);
      *ret_is_final = others != NULL && strcmp(others, words) == 0;
      free(others);
    }
    cuxas_result_free(result);
    cuxas_measurement_clear(&measurement);
    if (status != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

static void tell_final(const sample *of, const cuxas_report *report)
{
  char text[CUXAS_ANSWER_SENTENCE_SIZE];
  printf("%s: more scans like these will not change it.\n", of->name);
  for (size_t i = 0; cuxas_answer_next(report, i, text); i++) printf("  next: %s\n", text);
}

static cuxas_status write_report(watching *own, const sample *of, cuxas_report *report, const char *first,
                                 cuxas_error *err)
{
  if (own->out_folder == NULL) return CUXAS_OK;
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
static cuxas_status tell(watching *own, sample *of, const cuxas_result *result, const char *first, size_t n_scan,
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
  if ((status = write_report(own, of, &report, first, err)) == CUXAS_OK && n_scan >= MIN_SCAN &&
      (is_new || !of->is_final))
    status = is_settled(own, of->name, words, &is_final, err);
  if (status == CUXAS_OK && is_new) {
    cuxas_answer_sentence(&report, text);
    printf("%s: %zu scan%s: %s\n", of->name, n_scan, n_scan == 1 ? "" : "s", text);
  }
  if (status == CUXAS_OK && is_final) tell_final(of, &report);
  of->is_final = is_final || (of->is_final && !is_new);
  fflush(stdout);
  free(of->told);
  of->told = words;
  return status;
}

static cuxas_status ask_sample(watching *own, sample *of, cuxas_error *err)
{
  cuxas_measurement measurement = {0};
  cuxas_result     *result      = NULL;
  const char       *first;
  size_t            n_scan;
  cuxas_status      status = measure(own, of->name, SIZE_MAX, &measurement, &first, &n_scan, err);
  if (status == CUXAS_OK) status = identify(own, first, &measurement, &result, err);
  if (status == CUXAS_OK && result->hits->n_hit > 0) status = tell(own, of, result, first, n_scan, err);
  cuxas_result_free(result);
  cuxas_measurement_clear(&measurement);
  return status;
}

/* 5. all of it */

/* A file that cannot be read is told once, and again when it has changed. */
static void try_files(watching *own)
{
  for (size_t i = 0; i < own->n_file; i++) {
    watched_file               *file        = &own->file[i];
    cuxas_measurement           measurement = {0};
    cuxas_error                 err         = {0};
    const cuxas_match_settings *settings    = NULL;
    if (!file->is_new) continue;
    cuxas_options_reset(own->options, "merge");
    file->is_bad = cuxas_match_options_measure(own->options, file->path, &measurement, &err) != CUXAS_OK ||
                   cuxas_source_choice_for(&own->sessions, &measurement, &settings, &err) != CUXAS_OK ||
                   cuxas_measurement_prepare(&measurement, file->path, own->model, settings, &err) != CUXAS_OK;
    if (file->is_bad) cuxas_print_note(own->watch->program, "%s", err.message);
    if (file->is_bad) file->is_new = false;
    cuxas_measurement_clear(&measurement);
  }
}

static cuxas_status ask_new(watching *own, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  try_files(own);
  for (size_t i = 0; i < own->n_file && status == CUXAS_OK; i++) {
    cuxas_error reason = {0};
    if (!own->file[i].is_new) continue;
    sample *of = find_sample(own, own->file[i].sample, err);
    if (of == NULL) return CUXAS_ENOMEM;
    for (size_t k = 0; k < own->n_file; k++)
      if (strcmp(own->file[k].sample, own->file[i].sample) == 0 && k != i) own->file[k].is_new = false;
    own->file[i].is_new = false;
    if (ask_sample(own, of, &reason) == CUXAS_ENOMEM)
      status = cuxas_fail(err, CUXAS_ENOMEM, "%s", reason.message);
    else if (reason.status != CUXAS_OK)
      cuxas_print_note(own->watch->program, "%s", reason.message);
  }
  return status;
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
  return own->out_folder != NULL ? cuxas_make_folder(own->out_folder, err) : CUXAS_OK;
}

cuxas_status cuxas_watch_run(const cuxas_watched_folder *watch, cuxas_error *err)
{
  watching     own    = {.watch      = watch,
                         .options    = watch->options,
                         .folder     = cuxas_options_text(watch->options, "watch"),
                         .out_folder = cuxas_options_text(watch->options, "out-dir")};
  cuxas_status status = open_all(&own, err);
  while (status == CUXAS_OK) {
    if ((status = look(&own, err)) == CUXAS_OK) status = ask_new(&own, err);
    if (watch->once) break;
    nanosleep(&(struct timespec){.tv_sec = LOOK_S}, NULL);
  }
  if (status == CUXAS_OK && own.n_sample == 0)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: no scan that can be read", own.folder);
  end_watching(&own);
  return status;
}
