/* validate_standards.c - cuxas-validate: measured standards asked for each other, and the answer of cuxas-match on every curve whose
 * compound is known, those of the table and the others of the folder of measured spectra whose names begin with the formula of one
 *
 * Contents: 1. the standards  2. questions  3. copies  4. all of it  5. the session of an answer  6. curves  7. all of them */
#include "cmd/common.h"
#include "match/query.h"
#include "match/session.h"
#include "base/hash.h"
#include "evaluate/calibration.h"
#include "base/memory.h"
#include "cmd/validate_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 1. the standards */

static cuxas_preprocess_settings plain_settings(const validate_run *run)
{
  cuxas_preprocess_settings settings = cuxas_preprocess_defaults();
  settings.smooth_eV                 = cuxas_options_real(run->options, "smooth");
  return settings;
}

static cuxas_status open_standards(const validate_run *run, cuxas_catalog **ret_catalog, cuxas_session **ret_session,
                                   cuxas_error *err)
{
  const cuxas_preprocess_settings preprocess = plain_settings(run);
  cuxas_match_settings            settings   = run->session;
  const char                    **path       = cuxas_new(err, run->compounds.n_compound, sizeof *path);
  size_t                          n          = 0;
  cuxas_status                    status     = CUXAS_OK;

  settings.opt_preprocess = &preprocess;
  if (path == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < run->compounds.n_compound; i++)
    if (run->standard[i] != NULL && access(run->standard[i], R_OK) == 0) path[n++] = run->standard[i];
  if (n > 0 && (status = cuxas_catalog_list(path, n, false, ret_catalog, err)) == CUXAS_OK)
    status = cuxas_session_over(run->model, *ret_catalog, &settings, ret_session, err);
  free(path);
  return status;
}

/* 2. questions */

typedef struct {
  const validate_run            *run;
  cuxas_session                 *session;
  cuxas_candidate_kind           kind; /* of the candidates */
  cuxas_identification_standard *line;
} tally;

/* Only a lack of memory ends the run: a curve that cannot be compared is not counted. */
static cuxas_status forgive(cuxas_status status)
{
  return status == CUXAS_ENOMEM ? status : CUXAS_OK;
}

/* Asks once; ranks of the right one among candidates of its kind. */
static cuxas_status ask(const tally *asked, const cuxas_query *query, const cuxas_compare_settings *compare,
                        const char *right, cuxas_error *err)
{
  cuxas_hits  *hits   = NULL;
  cuxas_status status = cuxas_session_rank(asked->session, query, compare, 0, &hits, err);
  if (status == CUXAS_OK) {
    const cuxas_sought sought = {right, asked->kind, CUXAS_AMONG_ALL, NULL, 0};
    size_t             n;
    size_t             rank = cuxas_identification_rank(hits, &sought, CUXAS_MEASURE_SCORE, &n);
    cuxas_identification_count(&asked->line->by_score, rank, n);
    rank = cuxas_identification_rank(hits, &sought, CUXAS_MEASURE_MAE, &n);
    cuxas_identification_count(&asked->line->by_mae, rank, n);
  }
  cuxas_hits_free(hits);
  return forgive(status);
}

static cuxas_status ask_standard(const tally *asked, const cuxas_measurement *question, size_t i, cuxas_error *err)
{
  char *name = cuxas_path_stem(asked->run->standard[i]);
  if (name == NULL) return cuxas_no_memory(err);
  const cuxas_status status = ask(asked, question->query, &question->compare, name, err);
  free(name);
  return status;
}

/* The same file under another name is no second measurement. */
static bool is_second(const validate_run *run, size_t i)
{
  char sha256[CUXAS_SHA256_HEX_SIZE];
  return run->compounds.compound[i].is_raw && run->standard[i] != NULL && run->question[i].query != NULL &&
         cuxas_hash_file(run->standard[i], sha256, NULL) == CUXAS_OK && strcmp(sha256, run->question[i].sha256) != 0;
}

/* Curves that were added to compounds with a standard. */
static cuxas_status ask_added(const validate_run *run, const tally *standards, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < run->compounds.n_compound && status == CUXAS_OK; i++)
    if (is_second(run, i)) status = ask_standard(standards, &run->question[i], i, err);
  return status;
}

/* 3. copies */

enum { N_WIDTH = 3, N_SIDE = 2 };
static const double WIDTH_EV[N_WIDTH] = {1.0, 1.25, 1.5};

/* The standard of compound i as a microscope would have shown it; to be ended by cuxas_measurement_clear() in any case. */
static cuxas_status make_copy(const validate_run *run, size_t i, const cuxas_degradation *how, uint64_t seed,
                              cuxas_measurement *ret_question, cuxas_error *err)
{
  const char                     *path       = run->standard[i];
  const cuxas_measured_options    read       = {0};
  const cuxas_preprocess_settings preprocess = plain_settings(run);
  cuxas_prepared                 *prepared   = NULL;
  cuxas_spectrum                 *scan       = NULL;
  cuxas_status                    status;
  if ((status = cuxas_measurement_read(path, &read, ret_question, err)) != CUXAS_OK ||
      (status = cuxas_preprocess_measured(ret_question->spectrum, path, run->model->grid, &preprocess, &prepared,
                                          err)) != CUXAS_OK)
    return status;
  if ((status = cuxas_degrade(
           prepared->grid, prepared->mu, how,
           (cuxas_scan_range){prepared->grid.start_eV, cuxas_grid_end_eV(prepared->grid), VALIDATE_COPY_STEP_EV}, &seed,
           &scan, err)) == CUXAS_OK) {
    cuxas_spectrum_free(ret_question->spectrum);
    ret_question->spectrum = scan;
    status                 = validate_prepare(run, path, CUXAS_EELS_SMOOTH_EV, ret_question, err);
  }
  cuxas_prepared_free(prepared);
  return status;
}

/* As --eels compares: broader than the model's usual width. */
static void expect_losses(const cuxas_model *model, cuxas_compare_settings *compare)
{
  compare->fit_fwhm = false;
  compare->fwhm_eV  = hypot(model->fwhm_eV, CUXAS_EELS_FWHM_EV);
}

static cuxas_status ask_copies(const validate_run *run, const tally *standards, const tally *sources, size_t i,
                               cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t k = 0; k < N_WIDTH * N_SIDE && status == CUXAS_OK; k++) {
    const cuxas_degradation how      = {.fwhm_eV  = WIDTH_EV[k / N_SIDE],
                                        .noise    = VALIDATE_COPY_NOISE,
                                        .shift_eV = k % N_SIDE == 0 ? VALIDATE_COPY_SHIFT_EV : -VALIDATE_COPY_SHIFT_EV};
    cuxas_measurement       question = {0};
    if ((status = make_copy(run, i, &how, i * N_WIDTH * N_SIDE + k + 1, &question, err)) != CUXAS_OK) {
      cuxas_measurement_clear(&question);
      return forgive(status);
    }
    expect_losses(run->model, &question.compare);
    status = ask_standard(standards, &question, i, err);
    for (size_t s = 0; s < run->n_source && status == CUXAS_OK; s++) {
      cuxas_compare_settings compare = validate_settings(run, &run->source[s], CUXAS_MANNER_ASKED, i);
      expect_losses(run->model, &compare);
      status = ask(&sources[s], question.query, &compare, run->compounds.compound[i].structure, err);
    }
    cuxas_measurement_clear(&question);
  }
  return status;
}

/* 4. all of it */

static tally begin_line(validate_run *run, const char *question, const char *candidates, cuxas_session *session,
                        cuxas_candidate_kind kind)
{
  cuxas_identification_standard *line = &run->standard_line[run->n_standard++];
  *line                               = (cuxas_identification_standard){.question = question, .candidates = candidates};
  return (tally){run, session, kind, line};
}

cuxas_status validate_standards(validate_run *run, cuxas_error *err)
{
  cuxas_catalog *catalog = NULL;
  cuxas_session *session = NULL;
  tally          sources[CUXAS_VALIDATION_MAX_SOURCE];
  cuxas_status   status = open_standards(run, &catalog, &session, err);
  if (status != CUXAS_OK || session == NULL) {
    cuxas_catalog_free(catalog);
    return status;
  }

  const tally added  = begin_line(run, "second measurements", "standards", session, CUXAS_CANDIDATE_SPECTRUM);
  const tally copies = begin_line(run, "degraded copies", "standards", session, CUXAS_CANDIDATE_SPECTRUM);
  for (size_t k = 0; k < run->n_source; k++)
    sources[k] =
        begin_line(run, "degraded copies", run->source[k].name, run->source[k].compounds, CUXAS_CANDIDATE_STRUCTURE);
  cuxas_progress_bar bar = cuxas_progress_start("standards", cuxas_options_flag(run->options, "quiet"));
  status                 = ask_added(run, &added, err);
  for (size_t i = 0; i < run->compounds.n_compound && status == CUXAS_OK; i++) {
    cuxas_progress_show(i + 1, run->compounds.n_compound, &bar);
    if (run->standard[i] != NULL && run->question[i].query != NULL) status = ask_copies(run, &copies, sources, i, err);
  }
  cuxas_progress_end(&bar);
  cuxas_session_free(session);
  cuxas_catalog_free(catalog);
  return status;
}

/* 5. the session of an answer */

typedef struct {
  validate_run  *run;
  cuxas_catalog *standards;
  cuxas_session *session; /* the run's */
} inquiry;

static void end_inquiry(inquiry *all)
{
  cuxas_session_set_standards(all->session, NULL);
  cuxas_catalog_free(all->standards);
}

cuxas_status validate_list_standards(const validate_run *run, cuxas_catalog **ret_list, cuxas_error *err)
{
  const char  *path   = cuxas_options_text(run->options, "spectra");
  char        *found  = NULL;
  cuxas_error  reason = {.status = CUXAS_OK};
  cuxas_status status = CUXAS_OK;
  if (path == NULL) {
    status = cuxas_data_path(cuxas_options_text(run->options, "data"), CUXAS_DATA_SPECTRA, &found, &reason);
    path   = found;
  }
  if (status == CUXAS_OK) status = cuxas_catalog_list(&path, 1, false, ret_list, &reason);
  free(found);
  return status == CUXAS_ENOMEM ? cuxas_no_memory(err) : CUXAS_OK;
}

/* Of the bundled or named spectra, and what is simulated, beside the predictions that the tables ask, too. */
static cuxas_status open_inquiry(validate_run *run, inquiry *ret_all, cuxas_error *err)
{
  *ret_all                  = (inquiry){.run = run, .session = run->asked};
  const cuxas_status status = validate_list_standards(run, &ret_all->standards, err);
  if (status != CUXAS_OK) return status;
  cuxas_session_set_standards(run->asked, ret_all->standards);
  cuxas_session_set_simulations(run->asked, run->companions.simulations);
  return CUXAS_OK;
}

/* 6. curves */

/* The compound of the table with this formula; NULL: none. */
static const cuxas_compound *compound_of(const cuxas_compounds *compounds, const char *formula)
{
  char own[CUXAS_FORMULA_SIZE];
  for (size_t i = 0; i < compounds->n_compound; i++)
    if (cuxas_formula_read(compounds->compound[i].name, own) && strcmp(own, formula) == 0)
      return &compounds->compound[i];
  return NULL;
}

static bool is_in_table(const cuxas_compounds *compounds, const char *path)
{
  for (size_t i = 0; i < compounds->n_compound; i++)
    if (compounds->compound[i].spectrum != NULL && strcmp(compounds->compound[i].spectrum, path) == 0) return true;
  return false;
}

/* Wrong answers, from a ranking that keeps all curves. */
static cuxas_status draw_wrong(const inquiry *all, const cuxas_result *result, const char *right,
                               cuxas_answers_row *row, cuxas_error *err)
{
  const cuxas_measurement *own  = &result->measurement;
  cuxas_hits              *hits = NULL;
  if (!validate_is_drawn(all->run) || cuxas_answers_count_wrong(row) == 0) return CUXAS_OK;
  cuxas_status status = cuxas_session_rank(all->session, own->query, &own->compare, SIZE_MAX, &hits, err);
  if (status == CUXAS_OK)
    status = cuxas_answers_draw(result, hits, right, cuxas_measurement_axis(own, &all->run->session), row, err);
  cuxas_hits_free(hits);
  return status;
}

/* With S of --saturation, the level of the first points to that of the last 5 eV before 966 eV, which all curves reach, being the step. */
static void saturate(cuxas_spectrum *io, double saturation)
{
  enum { N_BEGIN = 5 };
  const size_t n     = io->n_point;
  const double to_eV = fmin(966.0, io->energy_eV[n - 1]);
  double       base = 0.0, level = 0.0, n_level = 0.0;
  for (size_t i = 0; i < N_BEGIN && i < n; i++) base += io->mu[i] / N_BEGIN;
  for (size_t i = 0; i < n; i++) {
    if (io->energy_eV[i] < to_eV - 5.0 || io->energy_eV[i] > to_eV) continue;
    level += io->mu[i];
    n_level += 1.0;
  }
  const double step = level / n_level - base;
  for (size_t i = 0; i < n; i++) io->mu[i] = fmax((io->mu[i] - base) / step, 0.0);
  cuxas_flatten((cuxas_line){1.0, 0.0}, saturation, io->mu, n, io->mu);
  cuxas_scale_apply((cuxas_line){step, 0.0}, io->mu, n, io->mu);
}

static cuxas_status identify(const inquiry *all, const char *path, cuxas_result **ret_result, cuxas_error *err)
{
  const cuxas_measured_options how         = {0};
  const double                 saturation  = cuxas_options_real(all->run->options, "saturation");
  cuxas_measurement            measurement = {0};
  if (saturation == 0.0) return cuxas_session_identify(all->session, path, ret_result, err);
  const cuxas_status status = cuxas_measurement_read(path, &how, &measurement, err);
  if (status != CUXAS_OK) {
    cuxas_measurement_clear(&measurement);
    return status;
  }
  saturate(measurement.spectrum, saturation);
  return cuxas_session_identify_measurement(all->session, path, &measurement, ret_result, err);
}

/* A curve that cannot be asked has the reason in its row. */
static cuxas_status ask_curve(const inquiry *all, const char *name, const char *path, const cuxas_compound *compound,
                              cuxas_error *err)
{
  validate_run      *run    = all->run;
  cuxas_answers_row *row    = &run->answer[run->n_answer++];
  cuxas_result      *result = NULL;
  cuxas_error        reason = {.status = CUXAS_OK};
  snprintf(row->name, sizeof row->name, "%s", name);
  snprintf(row->compound, sizeof row->compound, "%s", compound->name);
  cuxas_status status = identify(all, path, &result, &reason);
  if (status == CUXAS_ENOMEM) return cuxas_no_memory(err);
  if (status != CUXAS_OK) {
    snprintf(row->reason, sizeof row->reason, "%s", reason.message);
    return CUXAS_OK;
  }
  status = cuxas_answers_judge(result, compound->structure, cuxas_measurement_axis(&result->measurement, &run->session),
                               row, err);
  if (status == CUXAS_OK) status = draw_wrong(all, result, compound->structure, row, err);
  cuxas_result_free(result);
  return status;
}

/* 7. all of them */

static cuxas_status ask_all(const inquiry *all, cuxas_error *err)
{
  validate_run          *run       = all->run;
  const cuxas_compounds *compounds = &run->compounds;
  const size_t           n_curve   = all->standards != NULL ? all->standards->n_candidate : 0;
  const size_t           n         = compounds->n_compound + n_curve;
  cuxas_progress_bar     bar       = cuxas_progress_start("answers", cuxas_options_flag(run->options, "quiet"));
  cuxas_status           status    = CUXAS_OK;
  char                   formula[CUXAS_FORMULA_SIZE];

  if ((run->answer = cuxas_new(err, n, sizeof *run->answer)) == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < compounds->n_compound && status == CUXAS_OK; i++) {
    const cuxas_compound *compound = &compounds->compound[i];
    cuxas_progress_show(i + 1, n, &bar);
    if (compound->spectrum != NULL) status = ask_curve(all, compound->name, compound->spectrum, compound, err);
  }
  for (size_t i = 0; i < n_curve && status == CUXAS_OK; i++) {
    const cuxas_candidate *curve = &all->standards->candidate[i];
    cuxas_progress_show(compounds->n_compound + i + 1, n, &bar);
    if (curve->kind != CUXAS_CANDIDATE_SPECTRUM || is_in_table(compounds, curve->path) ||
        !cuxas_formula_read(curve->name, formula))
      continue;
    const cuxas_compound *compound = compound_of(compounds, formula);
    if (compound != NULL) status = ask_curve(all, curve->name, curve->path, compound, err);
  }
  cuxas_progress_end(&bar);
  cuxas_answers_choose(run->answer, run->n_answer);
  return status;
}

cuxas_status validate_answers(validate_run *run, cuxas_error *err)
{
  inquiry      all;
  cuxas_status status = open_inquiry(run, &all, err);
  if (status == CUXAS_OK) status = ask_all(&all, err);
  end_inquiry(&all);
  return status;
}
