/* match_serve.c - cuxas-match on a page of one's own machine: a small server on the loopback address, one session
 *
 * Measured files stay in memory; candidates, which the library reads by path, go to a folder of their own that is removed at the
 * end. No other file is opened on request.
 *
 * Contents: 1. state  2. uploads  3. reading  4. the question  5. the answer  6. requests  7. all of it */
#include "cmd/match_serve.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/local_server.h"
#include "cmd/match_options.h"
#include "cmd/sources.h"
#include "report/result.h"
#include "write/text.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char PAGE[] =
#include "cmd/serve.html.inc"
    ;
static const char STYLE[] =
#include "write/page.css.inc"
#include "cmd/serve.css.inc"
    ;
static const char SCRIPT[] =
#include "cmd/serve.js.inc"
    ;

/* Our choices: a beam time's scans fit, and nobody fills the memory. */
enum {
  MAX_MEASURED = 200,  /* files */
  MAX_DROPPED  = 500,  /* candidates */
  MAX_CURVE    = 1200, /* points of a curve on the page */
  NAME_SIZE    = 120
};
#define MAX_TOTAL ((size_t)256 << 20) /* bytes of all measured files */

/* 1. state */

typedef struct {
  char  *name, *bytes;
  size_t n_byte;
} measured_file;

typedef struct {
  const cuxas_serve *serve;
  cuxas_options     *options;
  char               folder[256]; /* of dropped candidates; "": not made yet */
  pthread_mutex_t    lock;        /* of all that follows, but the progress */
  size_t             n_file, n_file_byte, n_dropped;
  measured_file      file[MAX_MEASURED];
  char              *dropped[MAX_DROPPED];
  cuxas_model       *model;
  cuxas_catalog     *catalog;
  cuxas_companions   companions;
  cuxas_match_choice choice;
  cuxas_session     *session;
  cuxas_result      *result;
  cJSON             *command, *settings;
  char              *opened, *asked; /* question that the session, the result are for */
  pthread_mutex_t    progress_lock;
  const char        *what;
  size_t             n_done, n_total;
} desk;

static void follow(const char *what, size_t n_done, size_t n_total, void *user)
{
  desk *own = user;
  pthread_mutex_lock(&own->progress_lock);
  own->what    = what;
  own->n_done  = n_done;
  own->n_total = n_total;
  pthread_mutex_unlock(&own->progress_lock);
}

static void forget_answer(desk *own)
{
  cuxas_result_free(own->result);
  cJSON_Delete(own->command);
  cJSON_Delete(own->settings);
  free(own->asked);
  own->result  = NULL;
  own->command = own->settings = NULL;
  own->asked                   = NULL;
}

static void close_session(desk *own)
{
  forget_answer(own);
  cuxas_session_free(own->session);
  cuxas_catalog_free(own->catalog);
  free(own->opened);
  own->session = NULL;
  own->catalog = NULL;
  own->opened  = NULL;
}

static void end_desk(desk *own)
{
  close_session(own);
  for (size_t i = 0; i < own->n_file; i++) {
    free(own->file[i].name);
    free(own->file[i].bytes);
  }
  for (size_t i = 0; i < own->n_dropped; i++) {
    unlink(own->dropped[i]);
    free(own->dropped[i]);
  }
  if (own->folder[0] != '\0') rmdir(own->folder);
  cuxas_companions_clear(&own->companions);
  cuxas_model_free(own->model);
}

/* 2. uploads */

/* The file's name as a plain one: no folders, nothing hidden, nothing that a shell or a terminal takes for its own. */
static void plain_name(const char *given, char name[NAME_SIZE])
{
  static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+()";
  const char       *start   = given + strlen(given);
  size_t            n       = 0;
  while (start > given && start[-1] != '/' && start[-1] != '\\') start--;
  if (strlen(start) >= NAME_SIZE) start += strlen(start) - NAME_SIZE + 1; /* the suffix counts */
  for (; start[n] != '\0'; n++) name[n] = strchr(PLAIN, start[n]) != NULL ? start[n] : '_';
  name[n] = '\0';
  if (n == 0) strcpy(name, "file");
  if (name[0] == '.') name[0] = '_';
}

static void take_measured(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  const char *name = cuxas_server_word(asked, "name");
  if (asked->n_body == 0) return cuxas_server_refuse(to, MHD_HTTP_UNPROCESSABLE_CONTENT, "the file is empty");
  if (own->n_file == MAX_MEASURED || own->n_file_byte + asked->n_body > MAX_TOTAL)
    return cuxas_server_refuse(to, MHD_HTTP_CONTENT_TOO_LARGE, "no room for more files: start the program anew");
  measured_file *file = &own->file[own->n_file];
  if ((file->name = cuxas_copy_text(NULL, name != NULL ? name : "file")) == NULL)
    return cuxas_server_refuse(to, MHD_HTTP_INSUFFICIENT_STORAGE, "memory ran out");
  file->bytes  = asked->body;
  file->n_byte = asked->n_body;
  asked->body  = NULL;
  own->n_file_byte += file->n_byte;
  cJSON *tree = cJSON_CreateObject();
  cJSON_AddNumberToObject(tree, "file", (double)own->n_file++);
  cuxas_server_answer_tree(to, MHD_HTTP_OK, tree);
}

/* What a dropped file is: the formula of a structure, or a measured standard. */
static cuxas_status look_at(const char *name, const cuxas_server_request *asked, char what[CUXAS_FORMULA_SIZE],
                            cuxas_error *err)
{
  const cuxas_measured_options how      = {.near_eV = CUXAS_MEASUREMENT_NEAR_EV};
  cuxas_crystal               *crystal  = NULL;
  cuxas_spectrum              *spectrum = NULL;
  cuxas_error                  unused;
  cuxas_status                 status = cuxas_crystal_from_memory(name, asked->body, asked->n_body, &crystal, err);
  if (status == CUXAS_OK)
    cuxas_crystal_formula(crystal, what);
  else if (cuxas_measured_parse_bytes(name, asked->body, asked->n_body, &how, &spectrum, NULL, &unused) == CUXAS_OK) {
    strcpy(what, "measured standard");
    status = CUXAS_OK;
  }
  cuxas_crystal_free(crystal);
  cuxas_spectrum_free(spectrum);
  return status;
}

static cuxas_status make_folder(desk *own, cuxas_error *err)
{
  const char *top = getenv("TMPDIR");
  if (own->folder[0] != '\0') return CUXAS_OK;
  const int n = snprintf(own->folder, sizeof own->folder, "%s/cuxas-serve.XXXXXX", top != NULL && *top ? top : "/tmp");
  if (n > 0 && (size_t)n < sizeof own->folder && mkdtemp(own->folder) != NULL) return CUXAS_OK;
  own->folder[0] = '\0';
  return cuxas_fail(err, CUXAS_EIO, "no folder for candidates: %s", strerror(errno));
}

static cuxas_status write_body(const void *what, FILE *out, cuxas_error *err)
{
  const cuxas_server_request *asked = what;
  (void)err;
  fwrite(asked->body, 1, asked->n_body, out);
  return CUXAS_OK;
}

/* One of the same name is replaced. */
static cuxas_status keep_candidate(desk *own, const char *name, const cuxas_server_request *asked, cuxas_error *err)
{
  cuxas_status status = make_folder(own, err);
  if (status != CUXAS_OK) return status;
  char  *path = cuxas_path_join(own->folder, name, NULL);
  size_t i    = 0;
  if (path == NULL) return cuxas_no_memory(err);
  while (i < own->n_dropped && strcmp(own->dropped[i], path) != 0) i++;
  if (i == MAX_DROPPED)
    status = cuxas_fail(err, CUXAS_ERANGE, "%s: %d candidates are the most", name, MAX_DROPPED);
  else
    status = cuxas_output_write(path, true, write_body, asked, err);
  if (status == CUXAS_OK && i == own->n_dropped)
    own->dropped[own->n_dropped++] = path;
  else
    free(path);
  return status;
}

static void take_candidate(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  char        name[NAME_SIZE], what[CUXAS_FORMULA_SIZE];
  cuxas_error err   = {0};
  const char *given = cuxas_server_word(asked, "name");
  plain_name(given != NULL ? given : "file", name);
  if (asked->n_body == 0) return cuxas_server_refuse(to, MHD_HTTP_UNPROCESSABLE_CONTENT, "the file is empty");
  if (look_at(name, asked, what, &err) != CUXAS_OK || keep_candidate(own, name, asked, &err) != CUXAS_OK)
    return cuxas_server_refuse_error(to, &err);
  close_session(own); /* its candidates are others now */
  cJSON *tree = cJSON_CreateObject();
  cJSON_AddNumberToObject(tree, "dropped", (double)own->n_dropped);
  cJSON_AddStringToObject(tree, "what", what);
  cuxas_server_answer_tree(to, MHD_HTTP_OK, tree);
}

/* 3. reading */

/* A word as an option's value, or the option as the command line left it. */
static cuxas_status take_option(desk *own, const cuxas_server_request *asked, const char *word, const char *option,
                                cuxas_error *err)
{
  const char *value = cuxas_server_word(asked, word);
  if (cuxas_options_is_given(own->options, option)) return CUXAS_OK;
  cuxas_options_reset(own->options, option);
  return value != NULL ? cuxas_options_set(own->options, option, value, err) : CUXAS_OK;
}

static cuxas_status take_options(desk *own, const cuxas_server_request *asked, cuxas_error *err)
{
  static const char *const OPTION[][2] = {{"energy", "energy-column"},
                                          {"signal", "signal"},
                                          {"i0", "i0"},
                                          {"scan", "scan"},
                                          {"invert", "invert"},
                                          {"transmission", "transmission"},
                                          {"range", "range"},
                                          {"elements", "elements"},
                                          {"mixture", "mixture"},
                                          {"", "smooth"},
                                          {"", "fwhm"},
                                          {"", "shift-window"}};
  cuxas_element_set        set;
  const char              *elements = cuxas_server_word(asked, "elements");
  cuxas_status             status   = elements != NULL ? cuxas_composition_parse(elements, &set, err) : CUXAS_OK;
  for (size_t i = 0; i < sizeof OPTION / sizeof *OPTION && status == CUXAS_OK; i++)
    status = take_option(own, asked, OPTION[i][0], OPTION[i][1], err);
  return status;
}

static cuxas_status find_file(desk *own, const cuxas_server_request *asked, const measured_file **ret_file,
                              cuxas_error *err)
{
  const char *number = cuxas_server_word(asked, "file");
  char       *end    = NULL;
  const long  i      = number != NULL ? strtol(number, &end, 10) : -1;
  if (i < 0 || (size_t)i >= own->n_file || *end != '\0') return cuxas_fail(err, CUXAS_ERANGE, "there is no such file");
  *ret_file = &own->file[i];
  return CUXAS_OK;
}

static cuxas_status read_measured(desk *own, const measured_file *file, cuxas_measurement *ret_measurement,
                                  cuxas_error *err)
{
  cuxas_measured_options how = cuxas_match_options_columns(own->options);
  how.scan                   = cuxas_options_text(own->options, "scan");
  *ret_measurement           = (cuxas_measurement){0};
  cuxas_hash_memory(file->bytes, file->n_byte, ret_measurement->sha256);
  return cuxas_measured_parse_bytes(file->name, file->bytes, file->n_byte, &how, &ret_measurement->spectrum,
                                    &ret_measurement->info, err);
}

static cJSON *tell_curve(const cuxas_spectrum *spectrum)
{
  cJSON       *curve    = cJSON_CreateObject();
  cJSON       *energies = cJSON_AddArrayToObject(curve, "energy_eV"), *values = cJSON_AddArrayToObject(curve, "mu");
  const size_t step = 1 + spectrum->n_point / MAX_CURVE;
  for (size_t i = 0; i < spectrum->n_point; i += step) {
    cJSON_AddItemToArray(energies, cJSON_CreateNumber(spectrum->energy_eV[i]));
    cJSON_AddItemToArray(values, cJSON_CreateNumber(spectrum->mu[i]));
  }
  return curve;
}

static cJSON *tell_reading(const cuxas_measurement *measurement)
{
  static const char *const   ROLE[] = {"", "energy", "signal", "i0"};
  const cuxas_measured_info *info   = measurement->info;
  cJSON                     *tree   = cJSON_CreateObject();
  cJSON *columns = cJSON_AddArrayToObject(tree, "columns"), *warnings = cJSON_AddArrayToObject(tree, "warnings");
  char  *description = cuxas_measured_describe(info);
  for (size_t i = 0; i < info->n_column; i++) {
    cJSON *column = cJSON_CreateObject();
    cJSON_AddStringToObject(column, "name", info->column[i].name);
    cJSON_AddStringToObject(column, "role", ROLE[info->column[i].role]);
    cJSON_AddItemToArray(columns, column);
  }
  for (size_t i = 0; i < info->warnings.n_warning; i++)
    cJSON_AddItemToArray(warnings, cJSON_CreateString(info->warnings.text[i]));
  cJSON_AddStringToObject(tree, "description", description != NULL ? description : "");
  cJSON_AddItemToObject(tree, "curve", tell_curve(measurement->spectrum));
  free(description);
  return tree;
}

static void tell_read(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  cuxas_error          err         = {0};
  cuxas_measurement    measurement = {0};
  const measured_file *file;
  if (find_file(own, asked, &file, &err) == CUXAS_OK && take_options(own, asked, &err) == CUXAS_OK &&
      read_measured(own, file, &measurement, &err) == CUXAS_OK)
    cuxas_server_answer_tree(to, MHD_HTTP_OK, tell_reading(&measurement));
  else
    cuxas_server_refuse_error(to, &err);
  cuxas_measurement_clear(&measurement);
}

/* 4. the question */

static bool has_word(const cuxas_server_request *asked, const char *name, const char *value)
{
  const char *given = cuxas_server_word(asked, name);
  return given != NULL && strcmp(given, value) == 0;
}

static cuxas_status list_candidates(desk *own, const cuxas_server_request *asked, cuxas_error *err)
{
  static const char *const BUNDLED[] = {CUXAS_BUNDLED_PREFIX CUXAS_DATA_STRUCTURES,
                                        CUXAS_BUNDLED_PREFIX CUXAS_DATA_CANDIDATES};
  const char *const       *library   = own->serve->n_candidate > 0 ? own->serve->candidate : BUNDLED;
  const size_t             n_library = has_word(asked, "library", "dropped") ? 0
                                       : own->serve->n_candidate > 0         ? own->serve->n_candidate
                                                                             : 2;
  const size_t             n_dropped = has_word(asked, "library", "bundled") ? 0 : own->n_dropped;
  cuxas_status             status;
  if (n_library + n_dropped == 0) return cuxas_fail(err, CUXAS_EUNSUPPORTED, "no structure was dropped");
  const char **path = cuxas_new(err, n_library + n_dropped, sizeof *path);
  if (path == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_library; i++) path[i] = library[i];
  for (size_t i = 0; i < n_dropped; i++) path[n_library + i] = own->dropped[i];
  status = cuxas_source_candidates(own->options, path, n_library + n_dropped, &own->catalog, err);
  if (status == CUXAS_OK && own->folder[0] != '\0') status = cuxas_catalog_relabel(own->catalog, own->folder, "", err);
  free(path);
  return status;
}

/* All words that shape the answer, in one line; `whole`: also those about the file. */
static char *question_of(const cuxas_server_request *asked, bool whole)
{
  static const char *const WORD[] = {"range",  "elements", "library", "mixture", "file",        "energy",
                                     "signal", "i0",       "scan",    "invert",  "transmission"};
  enum { N_SESSION = 4, N_WORD = sizeof WORD / sizeof *WORD };
  char  *text   = NULL;
  size_t n_byte = 0;
  FILE  *out    = open_memstream(&text, &n_byte);
  if (out == NULL) return NULL;
  for (size_t i = 0; i < (whole ? N_WORD : N_SESSION); i++) {
    const char *value = cuxas_server_word(asked, WORD[i]);
    fprintf(out, "%s=%s\n", WORD[i], value != NULL ? value : "");
  }
  fclose(out);
  return text;
}

/* The session for the question, the one that is open where it is the same. */
static cuxas_status open_session(desk *own, const cuxas_server_request *asked, const cuxas_measurement *measurement,
                                 cuxas_error *err)
{
  cuxas_options *options = own->options;
  char          *wanted  = question_of(asked, false);
  const bool     is_eels = strcmp(measurement->info->detection_mode, "EELS") == 0;
  cuxas_status   status;
  if (wanted == NULL) return cuxas_no_memory(err);
  if ((status = cuxas_match_options_settle_eels(options, measurement->info, own->model, err)) == CUXAS_OK)
    status = cuxas_match_options_settle(options, own->model, err);
  if (status != CUXAS_OK || (own->session != NULL && !is_eels && strcmp(own->opened, wanted) == 0)) {
    free(wanted);
    return status;
  }
  close_session(own);
  cuxas_match_options_session(options, own->model, &own->choice);
  if ((status = list_candidates(own, asked, err)) == CUXAS_OK)
    status = cuxas_session_over(own->model, own->catalog, &own->choice.match, &own->session, err);
  if (status != CUXAS_OK) {
    free(wanted);
    return status;
  }
  cuxas_session_set_companions(own->session, &own->companions);
  cuxas_session_watch(own->session, follow, own);
  if (!is_eels)
    own->opened = wanted; /* an energy loss has settings of its own: the next file gets another session */
  else
    free(wanted);
  if (is_eels) own->opened = cuxas_copy_text(NULL, "");
  return own->opened != NULL ? CUXAS_OK : cuxas_no_memory(err);
}

/* 5. the answer */

static cuxas_status find_answer(desk *own, const cuxas_server_request *asked, cuxas_error *err)
{
  cuxas_measurement    measurement = {0};
  const measured_file *file        = NULL;
  char                *question    = question_of(asked, true);
  cuxas_status         status      = CUXAS_OK;
  if (question == NULL) return cuxas_no_memory(err);
  if (own->asked != NULL && strcmp(question, own->asked) == 0) goto done;
  forget_answer(own);
  if ((status = find_file(own, asked, &file, err)) != CUXAS_OK ||
      (status = take_options(own, asked, err)) != CUXAS_OK ||
      (status = read_measured(own, file, &measurement, err)) != CUXAS_OK ||
      (status = open_session(own, asked, &measurement, err)) != CUXAS_OK)
    goto done;
  follow("preparing", 0, 0, own);
  if ((status = cuxas_session_identify_measurement(own->session, file->name, &measurement, &own->result, err)) !=
      CUXAS_OK)
    goto done;
  if (own->result->hits->n_hit == 0) {
    const cuxas_hits *hits = own->result->hits;
    status =
        cuxas_fail(err, CUXAS_EUNSUPPORTED,
                   hits->n_skipped > 0 ? "no candidate could be used: %s" : "no candidate has only these elements%s",
                   hits->n_skipped > 0 ? hits->skipped[0].reason : "");
    forget_answer(own);
    goto done;
  }
  own->command  = cuxas_options_command_with(own->options, file->name, own->serve->candidate, own->serve->n_candidate);
  own->settings = cuxas_options_settings_with(own->options, own->serve->candidate, own->serve->n_candidate);
  for (size_t i = 0; i < own->n_dropped && !has_word(asked, "library", "bundled");
       i++) /* by name: their folder will be gone */
    cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(own->settings, "candidates"),
                         cJSON_CreateString(cuxas_text_file_name(own->dropped[i])));
  own->asked = question;
  question   = NULL;
done:
  cuxas_measurement_clear(&measurement);
  free(question);
  return status;
}

static const struct {
  const char         *name, *type, *suffix;
  cuxas_writer       *write;  /* NULL: a figure, */
  cuxas_figure_format format; /* of this format */
} FORM[] = {{"json", CUXAS_SERVER_JSON, "json", cuxas_report_write_json, 0},
            {"html", "text/html; charset=utf-8", "html", cuxas_report_write_html, 0},
            {"csv", "text/csv; charset=utf-8", "csv", cuxas_report_write_csv, 0},
            {"spectra", "text/csv; charset=utf-8", "spectra.csv", cuxas_report_write_spectra, 0},
            {"md", "text/markdown; charset=utf-8", "md", cuxas_report_write_markdown, 0},
            {"svg", "image/svg+xml", "svg", NULL, CUXAS_FIGURE_SVG},
            {"pdf", "application/pdf", "pdf", NULL, CUXAS_FIGURE_PDF},
            {"png", "image/png", "png", NULL, CUXAS_FIGURE_PNG}};

static cuxas_status write_form(desk *own, size_t i_form, cuxas_server_reply *to, cuxas_error *err)
{
  cuxas_report report;
  char        *text   = NULL;
  size_t       n_byte = 0;
  FILE        *out    = open_memstream(&text, &n_byte);
  if (out == NULL) return cuxas_no_memory(err);
  cuxas_report_of(own->result, &report);
  report.program      = own->serve->program;
  report.command      = own->command;
  report.settings     = own->settings;
  cuxas_status status = FORM[i_form].write != NULL ? FORM[i_form].write(&report, out, err)
                                                   : cuxas_report_write_figure(&report, FORM[i_form].format, out, err);
  if (fclose(out) != 0 && status == CUXAS_OK) status = cuxas_no_memory(err);
  if (status == CUXAS_OK)
    *to = (cuxas_server_reply){.code = MHD_HTTP_OK, .type = FORM[i_form].type, .bytes = text, .n_byte = n_byte};
  else
    free(text);
  return status;
}

static void tell_report(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  const char *form = cuxas_server_word(asked, "form");
  cuxas_error err  = {0};
  size_t      i    = 0;
  while (i < sizeof FORM / sizeof *FORM && (form == NULL || strcmp(FORM[i].name, form) != 0)) i++;
  if (i == sizeof FORM / sizeof *FORM)
    return cuxas_server_refuse(to, MHD_HTTP_NOT_FOUND, "there is no such form of a report");
  if (find_answer(own, asked, &err) != CUXAS_OK || write_form(own, i, to, &err) != CUXAS_OK)
    return cuxas_server_refuse_error(to, &err);
  if (cuxas_server_word(asked, "download") != NULL) {
    char  name[NAME_SIZE];
    char *stem = cuxas_path_stem(own->result->name);
    plain_name(stem != NULL ? stem : "report", name);
    snprintf(to->file_name, sizeof to->file_name, "%s.%s", name, FORM[i].suffix);
    free(stem);
  }
}

static void tell_progress(desk *own, cuxas_server_reply *to)
{
  cJSON *tree = cJSON_CreateObject();
  pthread_mutex_lock(&own->progress_lock);
  cJSON_AddStringToObject(tree, "what", own->what != NULL ? own->what : "");
  cJSON_AddNumberToObject(tree, "done", (double)own->n_done);
  cJSON_AddNumberToObject(tree, "total", (double)own->n_total);
  pthread_mutex_unlock(&own->progress_lock);
  cuxas_server_answer_tree(to, MHD_HTTP_OK, tree);
}

/* 6. requests */

static const struct {
  const char *method, *path;
  void (*answer)(desk *own, cuxas_server_request *asked, cuxas_server_reply *to);
} ROUTE[] = {{"POST", "measured", take_measured},
             {"POST", "candidate", take_candidate},
             {"GET", "read", tell_read},
             {"GET", "report", tell_report}};

static void route(void *user, const char *method, const char *path, cuxas_server_request *asked, cuxas_server_reply *to)
{
  desk *own = user;
  cuxas_server_refuse(to, MHD_HTTP_NOT_FOUND, "there is nothing of this name");
  cuxas_server_reply nothing = *to;
  if (strcmp(method, "GET") == 0 && *path == '\0')
    cuxas_server_answer_text(to, "text/html; charset=utf-8", PAGE);
  else if (strcmp(method, "GET") == 0 && strcmp(path, "style.css") == 0)
    cuxas_server_answer_text(to, "text/css; charset=utf-8", STYLE);
  else if (strcmp(method, "GET") == 0 && strcmp(path, "script.js") == 0)
    cuxas_server_answer_text(to, "text/javascript; charset=utf-8", SCRIPT);
  else if (strcmp(method, "GET") == 0 && strcmp(path, "progress") == 0)
    tell_progress(own, to);
  for (size_t i = 0; i < sizeof ROUTE / sizeof *ROUTE; i++) {
    if (strcmp(method, ROUTE[i].method) != 0 || strcmp(path, ROUTE[i].path) != 0) continue;
    pthread_mutex_lock(&own->lock);
    ROUTE[i].answer(own, asked, to);
    pthread_mutex_unlock(&own->lock);
  }
  if (to->bytes != nothing.bytes) free(nothing.bytes);
}

/* 7. all of it */

static cuxas_status open_desk(desk *own, cuxas_error *err)
{
  cuxas_status status;
  if ((status = cuxas_source_model(own->options, &own->model, err)) != CUXAS_OK ||
      (status = cuxas_match_options_settle(own->options, own->model, err)) != CUXAS_OK)
    return status;
  cuxas_match_options_session(own->options, own->model, &own->choice);
  return cuxas_source_companions(own->options, own->model, &own->choice.match, CUXAS_WITH_ALL, &own->companions, err);
}

static void tell_address(const char *address, void *user)
{
  const desk *own = user;
  puts(address);
  fflush(stdout);
  cuxas_print_note(own->serve->program, "open this address in a browser on this machine; Ctrl-C ends it");
}

cuxas_status cuxas_serve_run(const cuxas_serve *serve, cuxas_error *err)
{
  desk *own = cuxas_new(err, 1, sizeof *own);
  if (own == NULL) return CUXAS_ENOMEM;
  own->serve   = serve;
  own->options = serve->options;
  pthread_mutex_init(&own->lock, NULL);
  pthread_mutex_init(&own->progress_lock, NULL);
  cuxas_status status = open_desk(own, err);
  if (status == CUXAS_OK) status = cuxas_server_run(serve->port, route, tell_address, own, err);
  end_desk(own);
  free(own);
  return status;
}
