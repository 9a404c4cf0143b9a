/* match_serve.c - cuxas-match on a page of one's own machine: a small server on the loopback address, one session
 *
 * What is dropped goes to a folder of its own that is removed at the end; no other file is opened on request. One question is
 * answered at a time; a newer one, or the page's button, ends it.
 *
 * Contents: 1. state  2. uploads  3. reading  4. the question  5. the answer  6. several files  7. scans of one
 * sample  8. requests  9. all of it */
#include "cmd/match_serve.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/local_server.h"
#include "cmd/match_options.h"
#include "cmd/serve_dropped.h"
#include "cmd/serve_overview.h"
#include "cmd/sources.h"
#include "report/answer.h"
#include "report/result.h"
#include "write/text.h"

#include <math.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

/* Our choices. */
enum {
  MAX_CURVE      = 1200, /* points of a curve on the page */
  MAX_QUESTION_S = 600   /* for an answer; it ends between two candidates */
};

/* 1. state */

typedef struct {
  const cuxas_serve    *serve;
  cuxas_options        *options;
  pthread_mutex_t       lock; /* of all that follows, but the progress */
  cuxas_dropped         dropped;
  cuxas_scan_folder     scans; /* of --watch */
  cuxas_model          *model;
  cuxas_catalog        *catalog;
  cuxas_companions      companions;
  cuxas_source_sessions sessions;
  cuxas_session        *session; /* of these, the one that is asked; NULL: none is open */
  cuxas_result         *result;
  cJSON                *command, *settings;
  char                 *opened, *asked; /* question that the sessions, the result are for */
  cuxas_page_overview   overview;       /* the last one */
  char                 *rows_asked;
  pthread_mutex_t       progress_lock;
  const char           *what;
  size_t                n_done, n_total, i_file, n_file; /* of several files this one */
  double                turn, ended_turn;                /* of the question in work; up to which all are to end */
  time_t                deadline_s;
  const char           *why_ended; /* NULL: it was not */
} desk;

/* Called by the session as its work goes on; ends it where nobody waits for it any more. */
static void follow(const char *what, size_t n_done, size_t n_total, void *user)
{
  desk *own = user;
  pthread_mutex_lock(&own->progress_lock);
  own->what    = what;
  own->n_done  = n_done;
  own->n_total = n_total;
  if (own->turn <= own->ended_turn) own->why_ended = "cancelled";
  if (time(NULL) > own->deadline_s)
    own->why_ended = "no answer within ten minutes: ask for fewer candidates or simulations";
  if (own->why_ended != NULL && own->session != NULL) cuxas_session_stop(own->session);
  pthread_mutex_unlock(&own->progress_lock);
}

static void begin_turn(desk *own, const cuxas_server_request *asked)
{
  const char *turn = cuxas_server_word(asked, "turn");
  pthread_mutex_lock(&own->progress_lock);
  if (turn == NULL || !cuxas_text_parse_number(turn, &own->turn)) own->turn = HUGE_VAL;
  own->deadline_s = time(NULL) + MAX_QUESTION_S;
  own->why_ended  = NULL;
  own->what       = "preparing";
  own->n_done = own->n_total = own->i_file = own->n_file = 0;
  pthread_mutex_unlock(&own->progress_lock);
}

static void end_turn(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  const char *turn = cuxas_server_word(asked, "turn");
  double      last = HUGE_VAL;
  if (turn != NULL) cuxas_text_parse_number(turn, &last);
  pthread_mutex_lock(&own->progress_lock);
  if (last > own->ended_turn && last < HUGE_VAL) own->ended_turn = last;
  pthread_mutex_unlock(&own->progress_lock);
  cuxas_server_answer_tree(to, MHD_HTTP_OK, cJSON_CreateObject());
}

static void forget_rows(desk *own)
{
  cuxas_page_overview_clear(&own->overview);
  free(own->rows_asked);
  own->rows_asked = NULL;
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
  cuxas_source_sessions_clear(&own->sessions);
  cuxas_catalog_free(own->catalog);
  free(own->opened);
  own->session = NULL;
  own->catalog = NULL;
  own->opened  = NULL;
}

static void end_desk(desk *own)
{
  forget_rows(own);
  close_session(own);
  cuxas_dropped_clear(&own->dropped);
  cuxas_scan_folder_clear(&own->scans);
  cuxas_companions_clear(&own->companions);
  cuxas_model_free(own->model);
}

static void refuse(desk *own, cuxas_error *err, cuxas_server_reply *to)
{
  if (own->why_ended != NULL) snprintf(err->message, sizeof err->message, "%s", own->why_ended);
  cuxas_dropped_hide(&own->dropped, err->message);
  cuxas_server_refuse_error(to, err);
}

/* 2. uploads */

static void tell_dropped(size_t number, const char *opt_name, const char *what, cuxas_server_reply *to)
{
  cJSON *tree = cJSON_CreateObject();
  cuxas_json_add(tree, opt_name == NULL ? "file" : "dropped", cJSON_CreateNumber((double)number));
  if (opt_name != NULL) cuxas_json_add(tree, "name", cJSON_CreateString(opt_name));
  cuxas_json_add(tree, "what", cJSON_CreateString(what));
  cuxas_server_answer_tree(to, MHD_HTTP_OK, tree);
}

static void take_measured(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  const char *name = cuxas_server_word(asked, "name");
  cuxas_error err  = {0};
  if (cuxas_dropped_take_measured(&own->dropped, name != NULL ? name : "file", asked->body, asked->n_body, &err) ==
      CUXAS_OK)
    tell_dropped(own->dropped.n_measured - 1, NULL, "measured", to);
  else
    refuse(own, &err, to);
}

static void take_candidate(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  const char *name = cuxas_server_word(asked, "name");
  char        plain[CUXAS_DROPPED_NAME_SIZE], what[CUXAS_FORMULA_SIZE];
  cuxas_error err = {0};
  forget_rows(own);
  close_session(own); /* its candidates are others now */
  cuxas_dropped_plain_name(name != NULL ? name : "file", plain);
  if (cuxas_dropped_take_candidate(&own->dropped, plain, asked->body, asked->n_body, what, &err) == CUXAS_OK)
    tell_dropped(own->dropped.n_candidate, plain, what, to);
  else
    refuse(own, &err, to);
}

static void remove_dropped(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  const char         *number = cuxas_server_word(asked, "file");
  cuxas_error         err    = {0};
  cuxas_dropped_file *file;
  const cuxas_status  status =
      number != NULL ? cuxas_dropped_measured(&own->dropped, number, &file, &err)
                      : cuxas_dropped_candidate(&own->dropped, cuxas_server_word(asked, "candidate"), &file, &err);
  if (status != CUXAS_OK) return refuse(own, &err, to);
  forget_rows(own);
  close_session(own);
  cuxas_dropped_forget(&own->dropped, file);
  tell_dropped(own->dropped.n_candidate, "", "removed", to);
}

/* 3. reading */

static cuxas_page_question question_on(desk *own, const cuxas_server_request *asked)
{
  return (cuxas_page_question){&own->dropped, own->options, own->companions.standards, asked};
}

static cuxas_status take_options(desk *own, const cuxas_server_request *asked, cuxas_error *err)
{
  const cuxas_page_question of = question_on(own, asked);
  return cuxas_page_take_options(&of, err);
}

static cuxas_status read_measured(desk *own, const cuxas_dropped_file *file, cuxas_measurement *ret_measurement,
                                  cuxas_error *err)
{
  const cuxas_status   status = cuxas_match_options_measure(own->options, file->path, ret_measurement, err);
  cuxas_measured_info *info   = ret_measurement->info;
  if (status != CUXAS_OK) return status;
  cuxas_dropped_hide(&own->dropped, info->path);
  for (size_t i = 0; i < info->n_merged; i++) cuxas_dropped_hide(&own->dropped, info->merged[i].name);
  for (size_t i = 0; i < info->warnings.n_warning; i++) cuxas_dropped_hide(&own->dropped, info->warnings.text[i]);
  return CUXAS_OK;
}

static cJSON *tell_curve(const double *opt_energy_eV, const cuxas_grid *grid, const double *mu, size_t n_point)
{
  cJSON *curve      = cJSON_CreateObject();
  cJSON *energies   = cuxas_json_add(curve, "energy_eV", cJSON_CreateArray()),
        *values     = cuxas_json_add(curve, "mu", cJSON_CreateArray());
  const size_t step = 1 + n_point / MAX_CURVE;
  for (size_t i = 0; i < n_point; i += step) {
    const double energy_eV = opt_energy_eV != NULL ? opt_energy_eV[i] : grid->start_eV + (double)i * grid->step_eV;
    cuxas_json_add(energies, NULL, cJSON_CreateNumber(energy_eV));
    cuxas_json_add(values, NULL, cJSON_CreateNumber(mu[i]));
  }
  return curve;
}

static cJSON *tell_reading(const cuxas_measurement *measurement)
{
  static const char *const   ROLE[]  = {"", "energy", "signal", "i0"};
  const cuxas_measured_info *info    = measurement->info;
  cJSON                     *tree    = cJSON_CreateObject();
  cJSON                     *columns = cuxas_json_add(tree, "columns", cJSON_CreateArray()),
        *warnings                    = cuxas_json_add(tree, "warnings", cJSON_CreateArray());
  char *description                  = cuxas_measured_describe(info);
  for (size_t i = 0; i < info->n_column; i++) {
    cJSON *column = cJSON_CreateObject();
    cuxas_json_add(column, "name", cJSON_CreateString(info->column[i].name));
    cuxas_json_add(column, "role", cJSON_CreateString(ROLE[info->column[i].role]));
    cuxas_json_add(columns, NULL, column);
  }
  for (size_t i = 0; i < info->warnings.n_warning; i++)
    cuxas_json_add(warnings, NULL, cJSON_CreateString(info->warnings.text[i]));
  cuxas_json_add(tree, "description", cJSON_CreateString(description != NULL ? description : ""));
  cuxas_json_add(tree, "format", cJSON_CreateString(info->format));
  cuxas_json_add(tree, "detection", cJSON_CreateString(info->detection_mode));
  cuxas_json_add(
      tree, "curve",
      tell_curve(measurement->spectrum->energy_eV, NULL, measurement->spectrum->mu, measurement->spectrum->n_point));
  free(description);
  return tree;
}

/* As it will be compared: from the pre-edge to the grid of the model; or why that cannot be. */
static void tell_prepared(desk *own, cuxas_dropped_file *file, cuxas_measurement *measurement, cJSON *tree)
{
  cuxas_match_choice *choice = cuxas_new(NULL, 1, sizeof *choice);
  cuxas_error         err    = {0};
  if (choice == NULL) return;
  cuxas_status status = cuxas_source_choice(own->options, cuxas_match_options_is_loss(own->options, measurement),
                                            own->model, choice, &err);
  if (status == CUXAS_OK) status = cuxas_measurement_prepare(measurement, file->name, own->model, &choice->match, &err);
  if (status == CUXAS_OK) {
    const cuxas_prepared *prepared = measurement->prepared;
    cuxas_json_add(tree, "prepared", tell_curve(NULL, &prepared->grid, prepared->mu, prepared->grid.n_energy));
    cuxas_json_add(tree, "axis_shift_eV", cJSON_CreateNumber(choice->preprocess.axis_shift_eV));
  } else {
    cuxas_dropped_hide(&own->dropped, err.message);
    cuxas_json_add(tree, "problem", cJSON_CreateString(err.message));
  }
  free(choice);
}

/* What cannot be read comes with the entries of its file, too, so that one can be chosen. */
static void tell_read(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  cuxas_error         err         = {0};
  cuxas_measurement   measurement = {0};
  cuxas_dropped_file *file        = NULL;
  char               *entries     = NULL;
  begin_turn(own, asked);
  const bool is_read =
      cuxas_dropped_measured(&own->dropped, cuxas_server_word(asked, "file"), &file, &err) == CUXAS_OK &&
      take_options(own, asked, &err) == CUXAS_OK && read_measured(own, file, &measurement, &err) == CUXAS_OK;
  cJSON *tree = is_read ? tell_reading(&measurement) : cJSON_CreateObject();
  if (file != NULL && cuxas_measured_list(file->path, CUXAS_MEASUREMENT_NEAR_EV, &entries, NULL) == CUXAS_OK)
    cuxas_json_add(tree, "entries", cJSON_CreateString(entries));
  if (is_read) tell_prepared(own, file, &measurement, tree);
  cuxas_dropped_hide(&own->dropped, err.message);
  if (!is_read) cuxas_json_add(tree, "error", cJSON_CreateString(err.message));
  cuxas_server_answer_tree(to, is_read ? MHD_HTTP_OK : MHD_HTTP_UNPROCESSABLE_CONTENT, tree);
  free(entries);
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
  const size_t             n_dropped = has_word(asked, "library", "bundled") ? 0 : own->dropped.n_candidate;
  char                     folder[300];
  cuxas_status             status;
  if (n_library + n_dropped == 0) return cuxas_fail(err, CUXAS_EUNSUPPORTED, "no structure was dropped");
  const char **path = cuxas_new(err, n_library + n_dropped, sizeof *path);
  if (path == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_library; i++) path[i] = library[i];
  for (size_t i = 0; i < n_dropped; i++) path[n_library + i] = own->dropped.candidate[i].path;
  status = cuxas_source_candidates(own->options, path, n_library + n_dropped, &own->catalog, err);
  cuxas_dropped_candidates(&own->dropped, folder);
  if (status == CUXAS_OK && n_dropped > 0) status = cuxas_catalog_relabel(own->catalog, folder, "", err);
  free(path);
  return status;
}

/* All words that shape the answer, in one line; opt_file: also those about the file, which is this one. */
static char *question_of(const cuxas_server_request *asked, const char *opt_file)
{
  static const char *const WORD[] = {
      "range",  "pre_edge", "pre_low", "pre_high", "elements", "library", "mixture", "simulate",     "calibrate", "as",
      "energy", "signal",   "i0",      "scan",     "dataset",  "merge",   "invert",  "transmission", "detection"};
  enum { N_SESSION = 10, N_WORD = sizeof WORD / sizeof *WORD };
  char  *text   = NULL;
  size_t n_byte = 0;
  FILE  *out    = open_memstream(&text, &n_byte);
  if (out == NULL) return NULL;
  for (size_t i = 0; i < (opt_file != NULL ? N_WORD : N_SESSION); i++) {
    const char *value = cuxas_server_word(asked, WORD[i]);
    fprintf(out, "%s=%s\n", WORD[i], value != NULL ? value : "");
  }
  if (opt_file != NULL) fprintf(out, "file=%s\n", opt_file);
  fclose(out);
  return text;
}

/* The session for question and measurement, one that is open where the question is the same. */
static cuxas_status open_session(desk *own, const cuxas_server_request *asked, const cuxas_measurement *measurement,
                                 cuxas_error *err)
{
  char        *wanted = question_of(asked, NULL);
  cuxas_status status = CUXAS_OK;
  if (wanted == NULL) return cuxas_no_memory(err);
  if (own->opened == NULL || strcmp(own->opened, wanted) != 0) {
    close_session(own);
    status                = list_candidates(own, asked, err);
    own->sessions.catalog = own->catalog;
    own->opened           = wanted;
    wanted                = NULL;
  }
  free(wanted);
  if (status == CUXAS_OK) status = cuxas_source_session_for(&own->sessions, measurement, &own->session, err);
  if (status != CUXAS_OK) close_session(own);
  return status;
}

/* 5. the answer */

static cuxas_status keep_settings(desk *own, const cuxas_server_request *asked, const char *name, cuxas_error *err)
{
  const cuxas_serve        *serve  = own->serve;
  const cuxas_page_question of     = question_on(own, asked);
  const cuxas_status        status = cuxas_page_name_options(&of, err);
  if (status != CUXAS_OK) return status;
  own->command  = cuxas_options_command_with(own->options, name, serve->candidate, serve->n_candidate);
  own->settings = cuxas_options_settings_with(own->options, serve->candidate, serve->n_candidate);
  if (own->command == NULL || own->settings == NULL) return cuxas_no_memory(err);
  for (size_t i = 0; i < own->dropped.n_candidate && !has_word(asked, "library", "bundled"); i++)
    cuxas_json_add(cJSON_GetObjectItemCaseSensitive(own->settings, "candidates"), NULL,
                   cJSON_CreateString(own->dropped.candidate[i].name));
  return CUXAS_OK;
}

static cuxas_status check_hits(const cuxas_hits *hits, cuxas_error *err)
{
  if (hits->n_hit > 0) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                    hits->n_skipped > 0 ? "no candidate could be used: %s" : "no candidate has only these elements%s",
                    hits->n_skipped > 0 ? hits->skipped[0].reason : "");
}

/* The result for the file of this number, the one that is there where the question is the same. */
static cuxas_status find_answer(desk *own, const cuxas_server_request *asked, const char *number, cuxas_error *err)
{
  cuxas_measurement   measurement = {0};
  cuxas_dropped_file *file        = NULL;
  char               *question    = question_of(asked, number != NULL ? number : "");
  cuxas_status        status      = CUXAS_OK;
  if (question == NULL) return cuxas_no_memory(err);
  if (own->asked != NULL && strcmp(question, own->asked) == 0) goto done;
  forget_answer(own);
  if ((status = cuxas_dropped_measured(&own->dropped, number, &file, err)) != CUXAS_OK ||
      (status = take_options(own, asked, err)) != CUXAS_OK ||
      (status = read_measured(own, file, &measurement, err)) != CUXAS_OK ||
      (status = open_session(own, asked, &measurement, err)) != CUXAS_OK)
    goto done;
  follow("preparing", 0, 0, own);
  status = own->why_ended != NULL
               ? cuxas_fail(err, CUXAS_EIO, "%s", own->why_ended)
               : cuxas_session_identify_measurement(own->session, file->name, &measurement, &own->result, err);
  if (status == CUXAS_OK) status = check_hits(own->result->hits, err);
  if (status == CUXAS_OK) status = keep_settings(own, asked, file->name, err);
  if (status != CUXAS_OK) {
    forget_answer(own);
    goto done;
  }
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

static void fill_report(desk *own, cuxas_report *report)
{
  cuxas_report_of(own->result, report);
  report->program  = own->serve->program;
  report->command  = own->command;
  report->settings = own->settings;
}

static cuxas_status write_form(desk *own, size_t i_form, cuxas_server_reply *to, cuxas_error *err)
{
  cuxas_report report;
  char        *text   = NULL;
  size_t       n_byte = 0;
  FILE        *out    = open_memstream(&text, &n_byte);
  if (out == NULL) return cuxas_no_memory(err);
  fill_report(own, &report);
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
  begin_turn(own, asked);
  if (find_answer(own, asked, cuxas_server_word(asked, "file"), &err) != CUXAS_OK ||
      write_form(own, i, to, &err) != CUXAS_OK)
    return refuse(own, &err, to);
  if (cuxas_server_word(asked, "download") != NULL) {
    char  name[CUXAS_DROPPED_NAME_SIZE];
    char *stem = cuxas_path_stem(own->result->name);
    cuxas_dropped_plain_name(stem != NULL ? stem : "report", name);
    snprintf(to->file_name, sizeof to->file_name, "%s.%s", name, FORM[i].suffix);
    free(stem);
  }
}

/* 6. several files */

/* What cannot be answered is a row, too. */
static cuxas_status fill_row(desk *own, const cuxas_server_request *asked, const char *number, cuxas_error *err)
{
  cuxas_dropped_file *file;
  cuxas_report        report;
  cuxas_error         reason = {0};
  char                folder[300];
  cuxas_status        status = cuxas_dropped_measured(&own->dropped, number, &file, err);
  if (status != CUXAS_OK) return status;
  status = find_answer(own, asked, number, &reason);
  if (own->why_ended != NULL) return cuxas_fail(err, CUXAS_EIO, "%s", own->why_ended);
  cuxas_dropped_hide(&own->dropped, reason.message);
  if (status == CUXAS_OK) fill_report(own, &report);
  cuxas_dropped_reports(&own->dropped, folder);
  return cuxas_page_overview_add(&own->overview, folder, file->name, status == CUXAS_OK ? &report : NULL,
                                 reason.message, err);
}

static cuxas_status fill_rows(desk *own, const cuxas_server_request *asked, cuxas_error *err)
{
  const char  *given    = cuxas_server_word(asked, "files");
  char        *question = question_of(asked, given != NULL ? given : "");
  cuxas_status status   = CUXAS_OK;
  if (question == NULL) return cuxas_no_memory(err);
  if (own->rows_asked != NULL && strcmp(own->rows_asked, question) == 0) return free(question), CUXAS_OK;
  forget_rows(own);
  char *all = cuxas_copy_text(err, given != NULL ? given : ""), *next = NULL;
  if (all == NULL) return free(question), CUXAS_ENOMEM;
  for (const char *at = all; *at != '\0'; at++) own->n_file += *at == ',';
  own->n_file++;
  for (char *part = strtok_r(all, ",", &next); part != NULL && status == CUXAS_OK; part = strtok_r(NULL, ",", &next)) {
    own->i_file++;
    status = own->overview.n_row < CUXAS_DROPPED_MAX_MEASURED ? fill_row(own, asked, part, err)
                                                              : cuxas_fail(err, CUXAS_ERANGE, "too many files");
  }
  free(all);
  if (status == CUXAS_OK)
    own->rows_asked = question;
  else {
    free(question);
    forget_rows(own);
  }
  return status;
}

static void tell_overview(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  cuxas_error err = {0};
  begin_turn(own, asked);
  if (fill_rows(own, asked, &err) != CUXAS_OK ||
      cuxas_page_overview_answer(&own->overview, cuxas_server_word(asked, "form"), to, &err) != CUXAS_OK)
    refuse(own, &err, to);
}

/* 7. scans of one sample */

/* Would more of them change the answer? */
static void tell_enough(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  const char         *number = cuxas_server_word(asked, "file"), *path[CUXAS_DROPPED_MAX_MEASURED];
  bool                is_it  = false;
  cuxas_dropped_file *file   = NULL;
  cuxas_report        report;
  cuxas_error         err = {0};
  begin_turn(own, asked);
  if (find_answer(own, asked, number, &err) != CUXAS_OK || take_options(own, asked, &err) != CUXAS_OK ||
      cuxas_dropped_measured(&own->dropped, number, &file, &err) != CUXAS_OK)
    return refuse(own, &err, to);
  const cuxas_page_question of     = question_on(own, asked);
  const size_t              n_path = cuxas_page_scans(&of, file, path);
  fill_report(own, &report);
  if (cuxas_scans_are_enough(&own->sessions, path, n_path, &report, &is_it, &err) != CUXAS_OK)
    return refuse(own, &err, to);
  cJSON *tree = cJSON_CreateObject();
  cuxas_json_add(tree, "enough", cJSON_CreateBool(is_it));
  cuxas_server_answer_tree(to, MHD_HTTP_OK, tree);
}

/* What came into the folder that is watched since the last time. */
static void tell_arrived(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  cuxas_error err  = {0};
  cJSON      *tree = cJSON_CreateObject();
  if (own->serve->opt_watch != NULL) {
    own->scans.folder = own->serve->opt_watch;
    for (size_t i = 0; i < own->scans.n_file && has_word(asked, "all", "yes"); i++) /* the page was loaded anew */
      own->scans.file[i].is_new = own->scans.file[i].is_settled;
    cuxas_json_add(tree, "watch", cJSON_CreateString(own->serve->opt_watch));
    if (cuxas_dropped_follow(&own->dropped, &own->scans, tree, &err) != CUXAS_OK)
      cuxas_json_add(tree, "problem", cJSON_CreateString(err.message));
    if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(tree, "gone")) > 0) forget_rows(own);
  }
  cuxas_server_answer_tree(to, MHD_HTTP_OK, tree);
}

/* 8. requests */

static void tell_standards(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  const cuxas_catalog *bundled = own->companions.standards;
  cJSON               *list    = cJSON_CreateArray();
  (void)asked;
  for (size_t i = 0; bundled != NULL && i < bundled->n_candidate; i++)
    cuxas_json_add(list, NULL, cJSON_CreateString(bundled->candidate[i].name));
  cuxas_server_answer_tree(to, MHD_HTTP_OK, list);
}

static void tell_progress(desk *own, cuxas_server_request *asked, cuxas_server_reply *to)
{
  cJSON *tree = cJSON_CreateObject();
  (void)asked;
  pthread_mutex_lock(&own->progress_lock);
  cuxas_json_add(tree, "what", cJSON_CreateString(own->what != NULL ? own->what : ""));
  cuxas_json_add(tree, "done", cJSON_CreateNumber((double)own->n_done));
  cuxas_json_add(tree, "total", cJSON_CreateNumber((double)own->n_total));
  cuxas_json_add(tree, "file", cJSON_CreateNumber((double)own->i_file));
  cuxas_json_add(tree, "files", cJSON_CreateNumber((double)own->n_file));
  pthread_mutex_unlock(&own->progress_lock);
  cuxas_server_answer_tree(to, MHD_HTTP_OK, tree);
}

static const struct {
  const char *method, *path;
  bool        waits; /* for the answer before */
  void (*answer)(desk *own, cuxas_server_request *asked, cuxas_server_reply *to);
} ROUTE[] = {{"POST", "measured", true, take_measured},  {"POST", "candidate", true, take_candidate},
             {"POST", "remove", true, remove_dropped},   {"GET", "read", true, tell_read},
             {"GET", "report", true, tell_report},       {"GET", "overview", true, tell_overview},
             {"GET", "standards", true, tell_standards}, {"GET", "enough", true, tell_enough},
             {"GET", "arrived", true, tell_arrived},     {"GET", "progress", false, tell_progress},
             {"POST", "cancel", false, end_turn}};

static const struct {
  const char *path, *type, *text;
} PART[] = {{"", "text/html; charset=utf-8", PAGE},
            {"style.css", "text/css; charset=utf-8", STYLE},
            {"script.js", "text/javascript; charset=utf-8", SCRIPT}};

static void route(void *user, const char *method, const char *path, cuxas_server_request *asked, cuxas_server_reply *to)
{
  desk *own = user;
  for (size_t i = 0; i < sizeof PART / sizeof *PART; i++)
    if (strcmp(method, "GET") == 0 && strcmp(path, PART[i].path) == 0)
      return cuxas_server_answer_text(to, PART[i].type, PART[i].text);
  for (size_t i = 0; i < sizeof ROUTE / sizeof *ROUTE; i++) {
    if (strcmp(method, ROUTE[i].method) != 0 || strcmp(path, ROUTE[i].path) != 0) continue;
    if (ROUTE[i].waits) pthread_mutex_lock(&own->lock);
    ROUTE[i].answer(own, asked, to);
    if (ROUTE[i].waits) pthread_mutex_unlock(&own->lock);
    return;
  }
  cuxas_server_refuse(to, MHD_HTTP_NOT_FOUND, "there is nothing of this name");
}

/* 9. all of it */

static cuxas_status open_desk(desk *own, cuxas_error *err)
{
  const cuxas_measurement     none     = {0}; /* of no kind */
  const cuxas_match_settings *settings = NULL;
  cuxas_status                status   = cuxas_source_model(own->options, &own->model, err);
  if (status != CUXAS_OK) return status;
  own->sessions = (cuxas_source_sessions){.options      = own->options,
                                          .model        = own->model,
                                          .companions   = &own->companions,
                                          .opt_progress = follow,
                                          .user         = own};
  if ((status = cuxas_source_choice_for(&own->sessions, &none, &settings, err)) == CUXAS_OK)
    status = cuxas_source_companions(own->options, own->model, settings, CUXAS_WITH_ALL, &own->companions, err);
  cuxas_source_sessions_clear(&own->sessions); /* what is asked may change the settings */
  return status;
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
