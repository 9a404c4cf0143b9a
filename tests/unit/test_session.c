/* test_session.c - one session, many questions: what is predicted once, what results own, what a question cannot change */
#include "check.h"
#include "comma_locale.h"
#include "edge_model.h"
#include "model_make.h"
#include "cuxas/report.h"
#include "match/session.h"
#include "synthetic.h"

#include <sys/stat.h>
#include <unistd.h>

enum { N_STRUCTURE = 3, N_POINT = 700, MAX_PATH = 256 };
static char              FOLDER[]             = "/tmp/cuxas-test-session-XXXXXX";
static const char *const ELEMENT[N_STRUCTURE] = {"Zn", "Pd", "S"};

static const char *path_of(const char *name)
{
  static char path[MAX_PATH];
  snprintf(path, sizeof path, "%s/%s", FOLDER, name);
  return path;
}

static double energy_of(size_t i)
{
  return 920.0 + 0.1 * (double)i;
}

static void write_files(void)
{
  for (int i = 0; i < N_STRUCTURE; i++) {
    char name[16];
    snprintf(name, sizeof name, "Cu%s.vasp", ELEMENT[i]);
    FILE *out = fopen(path_of(name), "w");
    if (out == NULL) abort();
    fprintf(out, "test\n1.0\n3 0 0\n0 3 0\n0 0 3\nCu %s\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n", ELEMENT[i]);
    fclose(out);
  }
  FILE *out = fopen(path_of("scan.csv"), "w");
  if (out == NULL) abort();
  for (size_t i = 0; i < N_POINT; i++)
    fprintf(out, "%.1f,%.17g\n", energy_of(i), synthetic_mu(energy_of(i), 932.7, 1.2, 1.6));
  fclose(out);
}

static cuxas_session *open(const cuxas_model *model, const cuxas_match_settings *settings)
{
  cuxas_error    err     = {.message = ""};
  cuxas_session *session = NULL;
  char           path[N_STRUCTURE][MAX_PATH];
  const char    *candidate[N_STRUCTURE];
  for (int i = 0; i < N_STRUCTURE; i++) {
    snprintf(path[i], sizeof path[i], "%s/Cu%s.vasp", FOLDER, ELEMENT[i]);
    candidate[i] = path[i];
  }
  CHECK_STATUS(cuxas_session_new(model, candidate, N_STRUCTURE, settings, &session, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return session;
}

static cuxas_result *ask(cuxas_session *session)
{
  cuxas_error   err    = {.message = ""};
  cuxas_result *result = NULL;
  CHECK_STATUS(cuxas_session_identify(session, path_of("scan.csv"), &result, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return result;
}

static void remove_candidates(void)
{
  for (int i = 0; i < N_STRUCTURE; i++) {
    char name[16];
    snprintf(name, sizeof name, "Cu%s.vasp", ELEMENT[i]);
    remove(path_of(name));
  }
}

static void check_same(const cuxas_hits *a, const cuxas_hits *b)
{
  CHECK(a->n_hit == b->n_hit);
  for (size_t i = 0; i < a->n_hit && i < b->n_hit; i++) {
    CHECK_TEXT(a->hit[i].name, b->hit[i].name);
    CHECK(a->hit[i].comparison.score == b->hit[i].comparison.score);
  }
}

/* Also what is drawn of the best: nothing is read or predicted a second time. */
static void test_candidates_are_read_once(void)
{
  cuxas_model               *model    = make_edge_model();
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  cuxas_session             *session  = open(model, &settings);
  cuxas_result              *first    = ask(session);
  remove_candidates();
  cuxas_result *second = ask(session);
  CHECK(cuxas_result_hits(second)->n_hit == N_STRUCTURE);
  CHECK(second->n_detail == N_STRUCTURE);
  CHECK(second->detail[0]->n_site == 1);
  check_same(cuxas_result_hits(first), cuxas_result_hits(second));
  cuxas_result_free(first);
  cuxas_result_free(second);
  cuxas_session_free(session);
  cuxas_model_free(model);
  write_files();
}

static void test_a_result_outlives_its_session(void)
{
  cuxas_model               *model    = make_edge_model();
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  cuxas_session             *session  = open(model, &settings);
  cuxas_result              *result   = ask(session);
  cuxas_session_free(session);
  CHECK(result->hits->hit[0].parts == NULL);
  CHECK(result->hits->hit[0].shifted != NULL);
  CHECK(result->detail[0]->site[0].mu[0] == result->detail[0]->site[0].mu[0]);
  cuxas_result_free(result);
  cuxas_model_free(model);
}

static void test_numbers_in_memory_are_asked_as_a_file_is(void)
{
  static double              energy_eV[N_POINT], mu[N_POINT];
  cuxas_model               *model    = make_edge_model();
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  cuxas_session             *session  = open(model, &settings);
  cuxas_result              *by_file = ask(session), *by_numbers = NULL;
  for (size_t i = 0; i < N_POINT; i++) {
    energy_eV[i] = energy_of(i);
    mu[i]        = synthetic_mu(energy_of(i), 932.7, 1.2, 1.6);
  }
  CHECK_STATUS(cuxas_session_identify_curve(session, "numbers", energy_eV, mu, N_POINT, &by_numbers, NULL), CUXAS_OK);
  CHECK_NEAR(by_numbers->hits->hit[0].comparison.score, by_file->hits->hit[0].comparison.score, 1e-6);
  CHECK_TEXT(by_numbers->hits->hit[0].name, by_file->hits->hit[0].name);
  cuxas_result_free(by_numbers);
  CHECK_STATUS(cuxas_session_identify_curve(session, "numbers", energy_eV, mu, 3, &by_numbers, NULL), CUXAS_ERANGE);
  CHECK(by_numbers == NULL);
  cuxas_result_free(by_file);
  cuxas_session_free(session);
  cuxas_model_free(model);
}

/* What programs settle by their options holds of any caller: an energy loss is smoothed, broadened and moved as such. */
static void test_energy_losses_have_values_of_their_own_unless_settled(void)
{
  cuxas_model            *model    = make_edge_model();
  const cuxas_loss_values value    = cuxas_loss_values_for(model);
  cuxas_match_settings    settings = cuxas_match_settings_for(model);
  cuxas_spectrum         *loss     = cuxas_spectrum_new(N_POINT);
  for (size_t i = 0; i < N_POINT; i++) {
    loss->energy_eV[i] = energy_of(i);
    loss->mu[i]        = synthetic_mu(energy_of(i), 932.7, 1.2, 1.6);
  }
  for (int asked = 0; asked < 3; asked++) { /* nothing; a window; to be left alone */
    cuxas_result *result = NULL;
    if (asked == 1) settings.compare.window_eV = 5.0;
    if (asked == 2) settings.is_settled = true;
    cuxas_session *session = open(model, &settings);
    CHECK_STATUS(cuxas_session_identify_loss(session, "loss", loss, &result, NULL), CUXAS_OK);
    CHECK_NEAR(result->preprocess.smooth_eV, asked < 2 ? value.smooth_eV : cuxas_preprocess_defaults().smooth_eV, 0.0);
    CHECK_NEAR(result->settings.compare.window_eV, asked == 0 ? value.window_eV : 5.0, 0.0);
    const cuxas_prior shift = result->settings.compare.shift_prior, standard = result->settings.compare.standard_prior;
    CHECK_NEAR(shift.mean, asked == 0 ? model->shift_eV + CUXAS_PRIOR_LOSS_EV : model->shift_eV, 0.006);
    CHECK_NEAR(shift.sd, asked == 0 ? hypot(CUXAS_PRIOR_SHIFT_SD_EV, CUXAS_PRIOR_LOSS_SD_EV) : CUXAS_PRIOR_SHIFT_SD_EV,
               1e-12);
    CHECK_NEAR(standard.mean, asked == 0 ? CUXAS_PRIOR_LOSS_EV : 0.0, 1e-12);
    CHECK((standard.sd > 1.0) == (asked == 0));
    CHECK(result->settings.compare.fit_fwhm == (asked == 2));
    if (asked < 2) CHECK_NEAR(result->measurement.compare.fwhm_eV, value.fwhm_eV, 0.0);
    CHECK(result->n_named > 0 && result->named[0] != NULL);
    cuxas_result_free(result);
    result = ask(session); /* of photons, in the same session */
    CHECK(result->settings.compare.fit_fwhm && result->settings.compare.window_eV == settings.compare.window_eV);
    cuxas_result_free(result);
    cuxas_session_free(session);
  }
  cuxas_spectrum_free(loss);
  cuxas_model_free(model);
}

/* What the filter leaves out is predicted with the others, once, when all are to be ranked beside. */
static void test_unconstrained_ranking_has_all(void)
{
  cuxas_model         *model    = make_edge_model();
  cuxas_match_settings settings = cuxas_match_settings_for(model);
  settings.filter.is_limited    = true;
  settings.unconstrained        = true;
  CHECK_STATUS(cuxas_composition_parse("Cu,Zn", &settings.filter.allowed, NULL), CUXAS_OK);
  cuxas_session *session = open(model, &settings);
  cuxas_result  *result  = ask(session);
  CHECK(result->hits->n_hit == 1 && result->hits->n_filtered == N_STRUCTURE - 1);
  CHECK_TEXT(result->hits->hit[0].name, "CuZn");
  CHECK(result->unconstrained != NULL && result->unconstrained->n_hit == N_STRUCTURE);
  CHECK(result->unconstrained->n_filtered == 0);
  for (size_t i = 0; i < result->unconstrained->n_hit; i++) {
    const cuxas_hit *hit = &result->unconstrained->hit[i];
    CHECK(hit->rank_predicted == (strcmp(hit->name, "CuZn") == 0 ? 1 : 0));
  }
  cuxas_result_free(result);
  cuxas_session_free(session);
  cuxas_model_free(model);
}

static void count_steps(const char *what, size_t n_done, size_t n_total, void *user)
{
  CHECK_TEXT(what, "predicting");
  CHECK(n_done <= n_total && n_total == N_STRUCTURE);
  ++*(int *)user;
}

static void test_progress_is_told_while_candidates_are_predicted(void)
{
  int                        n_told   = 0;
  cuxas_model               *model    = make_edge_model();
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  cuxas_session             *session  = open(model, &settings);
  cuxas_session_watch(session, count_steps, &n_told);
  cuxas_result_free(ask(session));
  CHECK(n_told == N_STRUCTURE);
  cuxas_result_free(ask(session));
  CHECK(n_told == N_STRUCTURE);
  cuxas_session_free(session);
  cuxas_model_free(model);
}

static void stop_at_once(const char *what, size_t n_done, size_t n_total, void *user)
{
  (void)what, (void)n_done, (void)n_total;
  cuxas_session_stop(user);
}

static void test_a_stopped_question_ends_and_can_be_asked_again(void)
{
  cuxas_error                err      = {.message = ""};
  cuxas_model               *model    = make_edge_model();
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  cuxas_session             *session  = open(model, &settings);
  cuxas_result              *none     = NULL;
  cuxas_session_watch(session, stop_at_once, session);
  CHECK_STATUS(cuxas_session_identify(session, path_of("scan.csv"), &none, &err), CUXAS_EIO);
  CHECK_TEXT(err.message, "stopped");
  CHECK(none == NULL);
  cuxas_session_watch(session, NULL, NULL);
  cuxas_result *after = ask(session);
  CHECK(cuxas_result_hits(after)->n_hit == N_STRUCTURE);
  cuxas_result_free(after);
  cuxas_session_free(session);
  cuxas_model_free(model);
}

static void test_merged_files_and_columns_are_told_in_the_report(void)
{
  const char *const           path[] = {path_of("scan.csv"), path_of("scan.csv")};
  const cuxas_measured_source source = {.n_path = 2, .path = path, .how = {.signal_column = "2"}}, nothing = {0};
  cuxas_error                 err      = {.message = ""};
  cuxas_model                *model    = make_edge_model();
  const cuxas_match_settings  settings = cuxas_match_settings_for(model);
  cuxas_session              *session  = open(model, &settings);
  cuxas_result               *result   = NULL;
  CHECK_STATUS(cuxas_session_identify_source(session, &source, &result, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  CHECK(strstr(result->measurement.asked, "\"signal\":\"2\",\"merge\":[") != NULL);
  CHECK(strlen(result->measurement.sha256) == 64);
  cuxas_result_free(result);
  CHECK_STATUS(cuxas_session_identify_source(session, &nothing, &result, &err), CUXAS_ERANGE);
  cuxas_session_free(session);
  cuxas_model_free(model);
}

static void test_a_bad_question_leaves_the_session_as_it_was(void)
{
  cuxas_error                err      = {.message = ""};
  cuxas_model               *model    = make_edge_model();
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  cuxas_session             *session  = open(model, &settings);
  cuxas_result              *before = ask(session), *none = before;
  CHECK_STATUS(cuxas_session_identify(session, path_of("absent.csv"), &none, &err), CUXAS_EIO);
  CHECK(none == NULL);
  cuxas_result *after = ask(session);
  check_same(before->hits, after->hits);
  cuxas_result_free(before);
  cuxas_result_free(after);
  cuxas_session_free(session);
  cuxas_model_free(model);
}

static char *report_of(const cuxas_model *model, const cuxas_match_settings *settings)
{
  char          *text    = NULL;
  size_t         n_byte  = 0;
  cuxas_session *session = open(model, settings);
  cuxas_result  *result  = ask(session);
  FILE          *out     = open_memstream(&text, &n_byte);
  CHECK_STATUS(cuxas_result_write(result, CUXAS_RESULT_JSON, out, NULL), CUXAS_OK);
  char *description = cuxas_measured_describe(result->measurement.info);
  fputs(description, out);
  fclose(out);
  free(description);
  cuxas_result_free(result);
  cuxas_session_free(session);
  return text;
}

/* cJSON's memory: of the blocks asked for, from 1, one is not there (0: all are). */
static size_t n_asked, refused_at;

static void *ask_for_block(size_t n_byte)
{
  return ++n_asked == refused_at ? NULL : malloc(n_byte);
}

static void test_a_report_whose_settings_found_no_memory_is_no_report(void)
{
  static const cuxas_result_format FORMAT[] = {CUXAS_RESULT_JSON, CUXAS_RESULT_MARKDOWN};
  cJSON_Hooks                      hooks    = {ask_for_block, free};
  cuxas_model                     *model    = make_edge_model();
  const cuxas_match_settings       settings = cuxas_match_settings_for(model);
  cuxas_session                   *session  = open(model, &settings);
  cuxas_result                    *result   = ask(session);
  for (size_t i = 0; i < sizeof FORMAT / sizeof *FORMAT; i++) {
    size_t n_needed = 1;
    cJSON_InitHooks(&hooks);
    for (refused_at = 0; refused_at < n_needed; refused_at += refused_at < 200 ? 1 : 97) { /* settings are told first */
      char       *text   = NULL;
      size_t      n_byte = 0;
      cuxas_error err    = {.message = ""};
      FILE       *out    = open_memstream(&text, &n_byte);
      n_asked            = 0;
      CHECK_STATUS(cuxas_result_write(result, FORMAT[i], out, &err), refused_at == 0 ? CUXAS_OK : CUXAS_ENOMEM);
      if (refused_at == 0) n_needed = n_asked;
      fclose(out);
      free(text);
    }
    cJSON_InitHooks(NULL);
    CHECK(n_needed > 100);
  }
  cuxas_result_free(result);
  cuxas_session_free(session);
  cuxas_model_free(model);
}

static void test_an_answer_obeys_no_locale(void)
{
  char                       folder[] = "/tmp/cuxas-locale-XXXXXX";
  cuxas_model               *model    = make_edge_model();
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  char                      *plain    = report_of(model, &settings);
  CHECK(mkdtemp(folder) != NULL);
  const bool is_comma = comma_locale_choose(folder);
  char      *comma    = report_of(model, &settings);
  comma_locale_remove(folder);
  rmdir(folder);
  CHECK_TEXT(comma, plain);
  free(plain);
  free(comma);
  cuxas_model_free(model);
  if (!is_comma) SKIP("no locale with decimal commas here");
}

static void test_a_report_tells_what_was_asked(void)
{
  cuxas_model         *model    = make_edge_model();
  cuxas_match_settings settings = cuxas_match_settings_for(model);
  settings.n_keep               = 3;
  char *text                    = report_of(model, &settings);
  CHECK(strstr(text, "\"--top\",") != NULL);
  CHECK(strstr(text, "\"top\":\t3") != NULL || strstr(text, "\"top\": 3") != NULL);
  CHECK(strstr(text, "\"--no-standards\",") != NULL);
  CHECK(strstr(text, "\"--shift\"") == NULL);
  free(text);
  cuxas_model_free(model);
}

/* ---- what is bundled, and the axis ---- */

static void write_scan(const char *name, double edge_eV, double white_line)
{
  FILE *out = fopen(path_of(name), "w");
  if (out == NULL) abort();
  for (size_t i = 0; i < N_POINT; i++)
    fprintf(out, "%.1f,%.17g\n", energy_of(i), synthetic_mu(energy_of(i), edge_eV, white_line, 1.6));
  fclose(out);
}

static void test_what_is_named_must_be_there_and_what_is_only_looked_for_may_be_absent(void)
{
  cuxas_model               *model    = make_edge_model();
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  char                       absent[MAX_PATH], damaged[MAX_PATH];
  snprintf(absent, sizeof absent, "%s", path_of("absent"));
  snprintf(damaged, sizeof damaged, "%s", path_of("damaged.jsonl"));
  FILE *out = fopen(damaged, "w");
  if (out == NULL) abort();
  fputs("{\"id\": \"x\", \"site\": {}\n", out);
  fclose(out);
  const struct {
    cuxas_companion_source from;
    cuxas_status           status;
    const char            *reason;
  } CASE[] = {
      {{.with = CUXAS_WITH_ALL}, CUXAS_OK, ""}, /* no folder at all */
      {{.with = CUXAS_WITH_ALL, .opt_folder = absent}, CUXAS_OK, ""},
      {{.with = CUXAS_WITH_ALL, .opt_model_path = absent}, CUXAS_OK, ""},
      {{.with = CUXAS_WITH_STANDARDS, .needs_standards = true}, CUXAS_EIO, "refdb:spectra: no folder of bundled data"},
      {{.with = CUXAS_WITH_STANDARDS, .opt_folder = absent, .needs_standards = true}, CUXAS_EIO, "absent/spectra"},
      {{.with = CUXAS_WITH_BACKGROUND, .opt_background = absent}, CUXAS_EIO, "absent"},
      {{.with = CUXAS_WITH_SIMULATIONS, .opt_simulations = damaged}, CUXAS_EFORMAT, "damaged.jsonl"},
  };
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
    cuxas_companions beside;
    cuxas_error      err = {.message = ""};
    CHECK_STATUS(cuxas_companions_open(model, &settings, &CASE[i].from, NULL, &beside, &err), CASE[i].status);
    CHECK_CONTAINS(err.message, CASE[i].reason);
    CHECK(beside.standards == NULL && beside.background == NULL);
    cuxas_companions_clear(&beside);
  }
  remove(damaged);
  cuxas_model_free(model);
}

static void test_a_session_uses_what_a_folder_of_data_has(void)
{
  cuxas_error          err      = {.message = ""};
  cuxas_model         *model    = make_edge_model();
  cuxas_match_settings settings = cuxas_match_settings_for(model);
  settings.n_simulate           = 0;
  cuxas_session *session        = open(model, &settings);
  if (mkdir(path_of("spectra"), 0700) != 0) abort();
  write_scan("spectra/CuPd.csv", 932.7, 1.2);
  CHECK_STATUS(cuxas_session_use_data(session, FOLDER, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  cuxas_result *result = ask(session);
  CHECK(result->standards != NULL && result->standards->n_hit == 1 && !result->has_background);
  CHECK_TEXT(result->standards->hit[0].label, CUXAS_BUNDLED_PREFIX "spectra/CuPd.csv");
  cuxas_result_free(result);
  CHECK_STATUS(cuxas_session_use_data(session, path_of("absent"), &err), CUXAS_OK); /* the other data are let go */
  result = ask(session);
  CHECK(result->standards == NULL);
  cuxas_result_free(result);
  cuxas_session_free(session);
  cuxas_model_free(model);
  remove(path_of("spectra/CuPd.csv"));
  rmdir(path_of("spectra"));
}

static cuxas_status calibrate(const cuxas_model *model, const char *spectrum, double *ret_shift_eV, cuxas_error *err)
{
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  char                       scan[MAX_PATH], known[MAX_PATH];
  snprintf(scan, sizeof scan, "%s", path_of("scan.csv"));
  snprintf(known, sizeof known, "%s", path_of(spectrum));
  return cuxas_axis_calibrate(model, &settings, scan, known, ret_shift_eV, err);
}

static void test_an_axis_is_moved_to_where_its_compound_stands_and_to_no_other(void)
{
  cuxas_model *model    = make_edge_model();
  cuxas_error  err      = {.message = ""};
  double       shift_eV = 77.0;
  write_scan("moved.csv", 933.3, 1.2);
  write_scan("other.csv", 932.7, 0.0);
  CHECK_STATUS(calibrate(model, "moved.csv", &shift_eV, &err), CUXAS_OK);
  CHECK_NEAR(shift_eV, 0.6, 0.05);
  shift_eV = 77.0;
  CHECK_STATUS(calibrate(model, "other.csv", &shift_eV, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "scan.csv does not look like other (MAE ");
  CHECK_STATUS(calibrate(model, "CuZn.vasp", &shift_eV, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "CuZn.vasp: no measured spectrum that could be compared");
  CHECK_STATUS(calibrate(model, "absent.csv", &shift_eV, &err), CUXAS_EIO);
  CHECK(shift_eV == 77.0);
  remove(path_of("moved.csv"));
  remove(path_of("other.csv"));
  cuxas_model_free(model);
}

/* ---- models that cannot answer, and parts of a session ---- */

static void test_a_model_that_cannot_answer_so_is_refused(void)
{
  cuxas_model         *model    = made_model(); /* one channel */
  cuxas_match_settings settings = cuxas_match_settings_for(model);
  cuxas_session       *session  = NULL;
  cuxas_catalog        none     = {0};
  cuxas_error          err      = {.message = ""};
  cJSON               *head     = cJSON_Parse(MADE_HEAD);
  CHECK(!settings.compare.fit_hole);
  settings.compare.fit_hole = true;
  CHECK_STATUS(cuxas_session_over(model, &none, &settings, &session, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "model made: a core-hole fraction (--hole) needs networks for both states");
  cuxas_model_free(model);
  cJSON_DeleteItemFromObject(head, "networks");
  CHECK_STATUS(cuxas_model_new(head, made_tensors(), &model, NULL), CUXAS_OK);
  settings.compare.fit_hole = false;
  CHECK_STATUS(cuxas_session_over(model, &none, &settings, &session, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "model made: holds a featurizer alone");
  CHECK(session == NULL);
  cuxas_model_free(model);
}

static void test_a_part_of_a_session_shares_its_predictions_and_has_no_other_candidate(void)
{
  const char *const          one[]    = {"CuPd.vasp", "CuS.vasp"};
  cuxas_error                err      = {.message = ""};
  cuxas_model               *model    = make_edge_model();
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  cuxas_session             *session = open(model, &settings), *part = NULL;
  cuxas_catalog             *catalog = NULL;
  cuxas_result              *whole   = ask(session), *less;
  char                       path[2][MAX_PATH];
  const char                *name[2];
  for (int i = 0; i < 2; i++) {
    snprintf(path[i], sizeof path[i], "%s", path_of(one[i]));
    name[i] = path[i];
  }
  CHECK_STATUS(cuxas_catalog_list(name, 2, false, &catalog, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_session_part(session, catalog, &part, &err), CUXAS_OK);
  less = ask(part);
  CHECK(less->hits->n_hit == 2 && cuxas_session_n_candidate(part) == 2);
  for (size_t i = 0; i < less->hits->n_hit; i++)
    for (size_t k = 0; k < whole->hits->n_hit; k++)
      if (strcmp(less->hits->hit[i].label, whole->hits->hit[k].label) == 0)
        CHECK(less->hits->hit[i].comparison.score == whole->hits->hit[k].comparison.score);
  cuxas_result_free(less);
  cuxas_session_free(part);
  snprintf(catalog->candidate[1].path, strlen(catalog->candidate[1].path) + 1, "nowhere");
  CHECK_STATUS(cuxas_session_part(session, catalog, &part, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_session_identify(part, path_of("scan.csv"), &less, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "nowhere is no candidate of the whole");
  cuxas_session_free(part);
  cuxas_catalog_free(catalog);
  cuxas_result_free(whole);
  cuxas_session_free(session);
  cuxas_model_free(model);
}

static void test_a_ranking_alone_and_its_sums_are_those_of_the_answer(void)
{
  cuxas_error          err             = {.message = ""};
  cuxas_model         *model           = make_edge_model();
  cuxas_match_settings settings        = cuxas_match_settings_for(model);
  settings.n_mixture                   = 2;
  cuxas_session               *session = open(model, &settings);
  cuxas_result                *result  = ask(session);
  cuxas_hits                  *hits    = NULL;
  cuxas_mixture               *mixture = NULL;
  const cuxas_mixture_settings mixing =
      cuxas_mixture_settings_for(CUXAS_MIXTURE_OF_PREDICTIONS, &settings.compare, 2, settings.seed, 1);
  CHECK_STATUS(cuxas_session_rank(session, result->measurement.query, &settings.compare, 0, &hits, &err), CUXAS_OK);
  check_same(result->hits, hits);
  CHECK(hits->hit[0].shifted == NULL && result->hits->hit[0].shifted != NULL);
  CHECK_STATUS(cuxas_session_mix(session, result->measurement.query, hits, &mixing, NULL, &mixture, &err), CUXAS_OK);
  CHECK(mixture != NULL && result->mixture != NULL && mixture->fit[0].bic == result->mixture->fit[0].bic);
  CHECK(mixture->n_candidate == N_STRUCTURE);
  cuxas_mixture_free(mixture);
  CHECK_STATUS(cuxas_session_mix(session, result->measurement.query, hits, &mixing, hits->hit[0].name, &mixture, &err),
               CUXAS_OK);
  CHECK(mixture != NULL && mixture->n_candidate == N_STRUCTURE - 1); /* the best is left out */
  cuxas_mixture_free(mixture);
  cuxas_hits_free(hits);
  cuxas_result_free(result);
  cuxas_session_free(session);
  cuxas_model_free(model);
}

static void test_all_that_was_asked_of_a_file_is_told(void)
{
  const char *const path[] = {path_of("scan.csv")}, *const scan[] = {"2"};
  cuxas_measured_source source = {
      .n_path = 1, .path = path, .how = {.energy_column = "1", .signal_column = "2", .detection = "TEY"}};
  cuxas_error                err      = {.message = ""};
  cuxas_model               *model    = make_edge_model();
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  cuxas_session             *session  = open(model, &settings);
  cuxas_result              *result   = NULL;
  CHECK_STATUS(cuxas_session_identify_source(session, &source, &result, &err), CUXAS_OK);
  if (result != NULL)
    CHECK_CONTAINS(result->measurement.asked, "\"energy-column\":\"1\",\"signal\":\"2\",\"detection\":\"TEY\"");
  cuxas_result_free(result);
  source.scan   = scan;
  source.n_scan = 1;
  CHECK_STATUS(cuxas_session_identify_source(session, &source, &result, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "scan");
  CHECK(result == NULL);
  cuxas_session_free(session);
  cuxas_model_free(model);
}

int main(void)
{
  if (mkdtemp(FOLDER) == NULL) abort();
  write_files();
  RUN(test_candidates_are_read_once);
  RUN(test_a_result_outlives_its_session);
  RUN(test_numbers_in_memory_are_asked_as_a_file_is);
  RUN(test_energy_losses_have_values_of_their_own_unless_settled);
  RUN(test_unconstrained_ranking_has_all);
  RUN(test_progress_is_told_while_candidates_are_predicted);
  RUN(test_a_stopped_question_ends_and_can_be_asked_again);
  RUN(test_merged_files_and_columns_are_told_in_the_report);
  RUN(test_a_bad_question_leaves_the_session_as_it_was);
  RUN(test_a_report_whose_settings_found_no_memory_is_no_report);
  RUN(test_an_answer_obeys_no_locale);
  RUN(test_a_report_tells_what_was_asked);
  RUN(test_what_is_named_must_be_there_and_what_is_only_looked_for_may_be_absent);
  RUN(test_a_session_uses_what_a_folder_of_data_has);
  RUN(test_an_axis_is_moved_to_where_its_compound_stands_and_to_no_other);
  RUN(test_a_model_that_cannot_answer_so_is_refused);
  RUN(test_a_part_of_a_session_shares_its_predictions_and_has_no_other_candidate);
  RUN(test_a_ranking_alone_and_its_sums_are_those_of_the_answer);
  RUN(test_all_that_was_asked_of_a_file_is_told);
  remove_candidates();
  remove(path_of("scan.csv"));
  rmdir(FOLDER);
  return CHECK_REPORT();
}
