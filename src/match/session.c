/* session.c - from a measurement to its answer: the one place where the whole of a match is written down
 *
 * Contents: 1. settings  2. a session  3. what is bundled  4. its libraries  5. steps of an answer  6. all  7. results */
#include "match/session.h"
#include "match/query.h"
#include "match/library.h"
#include "match/detail.h"
#include "match/shortlist.h"
#include "match/mixture.h"
#include "base/memory.h"
#include "match/significance.h"
#include "match/hits.h"
#include "match/candidate.h"
#include "match/store.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CURVE_BYTE ((size_t)512 << 20) /* candidates whose curves take more are predicted for every measurement */
/* the best, beside the measurement itself; beside the answer's */
enum { N_DRAWN_STANDARD = 3, MAX_KEPT_SIMULATED = 24 };
#define MAX_PARTS_BYTE ((size_t)512 << 20) /* sites and spreads beyond this are predicted again when they are drawn */

/* 1. settings */

cuxas_match_settings cuxas_match_settings_for(const cuxas_model *model)
{
  cuxas_match_settings    settings = {.compare             = cuxas_compare_defaults(),
                                      .ranking             = CUXAS_RANKING_SCORE,
                                      .n_thread            = 1,
                                      .n_fit               = 1000,
                                      .n_keep              = 10,
                                      .n_standards_mixture = 2,
                                      .n_detail            = CUXAS_MATCH_MAX_DETAIL,
                                      .n_simulate          = CUXAS_SIMULATE_AUTO,
                                      .seed                = 1};
  cuxas_compare_settings *compare  = &settings.compare;
  compare->center_shift_eV         = model->shift_eV;
  compare->shift_prior             = (cuxas_prior){model->shift_eV, CUXAS_PRIOR_SHIFT_SD_EV};
  compare->fwhm_eV                 = model->fwhm_eV;
  compare->opt_errors              = model->errors;
  compare->fit_hole                = cuxas_model_has_channel(model, CUXAS_CHANNEL_NO_HOLE) &&
                      cuxas_model_has_channel(model, CUXAS_CHANNEL_SCREENED_HOLE);
  compare->fit_saturation = true; /* of measured spectra alone */
  return settings;
}

cuxas_status cuxas_match_check(const cuxas_model *model, const cuxas_match_settings *settings, cuxas_error *err)
{
  const bool has_no_hole = cuxas_model_has_channel(model, CUXAS_CHANNEL_NO_HOLE);
  const bool has_hole    = cuxas_model_has_channel(model, CUXAS_CHANNEL_SCREENED_HOLE);
  if (!has_no_hole && !has_hole)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "model %s: holds a featurizer alone, it cannot predict spectra",
                      model->name);
  if (cuxas_compare_mixes(&settings->compare) && !(has_no_hole && has_hole))
    return cuxas_fail(
        err, CUXAS_EUNSUPPORTED,
        "model %s: a core-hole fraction (--hole) needs networks for both states of the core level, it has one",
        model->name);
  return CUXAS_OK;
}

/* 2. a session */

struct cuxas_session {
  const cuxas_model        *model;
  const cuxas_catalog      *catalog;
  cuxas_catalog            *own_catalog; /* NULL: the caller's */
  size_t                    n_named;     /* of cuxas_session_new(), as the next */
  char                    **named;       /* (n_named) candidates as the caller named them */
  cuxas_match_settings      settings;
  cuxas_preprocess_settings preprocess; /* that the settings point to */
  const cuxas_background   *background;
  const cuxas_catalog      *standards;
  cuxas_simulations        *simulations;
  cuxas_simulated_curves   *curves; /* made of simulations that are known */
  cuxas_companions          own;    /* of cuxas_session_use_data() */
  cuxas_session *losses;  /* the same with the values of energy losses, opened when one is asked; NULL: not yet */
  cuxas_session *whole;   /* of a part: whose predictions it shares; NULL: its own */
  cuxas_library *library; /* predicted when first needed, as the next; NULL: too large to be kept */
  cuxas_library *standards_library;
  cuxas_session_progress progress;
  void                  *user;
  const char            *what; /* is being done */
  atomic_bool            stop; /* cuxas_session_stop() */
};

cuxas_status cuxas_session_over(const cuxas_model *model, const cuxas_catalog *catalog,
                                const cuxas_match_settings *settings, cuxas_session **ret_session, cuxas_error *err)
{
  cuxas_status status = cuxas_match_check(model, settings, err);
  *ret_session        = NULL;
  if (status != CUXAS_OK || (status = cuxas_compare_check(&settings->compare, err)) != CUXAS_OK) return status;
  cuxas_session *session = cuxas_new(err, 1, sizeof *session);
  if (session == NULL) return CUXAS_ENOMEM;
  session->model    = model;
  session->catalog  = catalog;
  session->settings = *settings;
  if ((session->curves = cuxas_simulated_curves_new(err)) == NULL) {
    free(session);
    return CUXAS_ENOMEM;
  }
  if (settings->opt_preprocess != NULL) {
    session->preprocess              = *settings->opt_preprocess;
    session->settings.opt_preprocess = &session->preprocess;
  }
  *ret_session = session;
  return CUXAS_OK;
}

static cuxas_status copy_names(const char *const *name, size_t n_name, char ***ret_copy, cuxas_error *err)
{
  if ((*ret_copy = cuxas_new(err, n_name, sizeof **ret_copy)) == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_name; i++)
    if (((*ret_copy)[i] = cuxas_copy_text(err, name[i])) == NULL) return CUXAS_ENOMEM;
  return CUXAS_OK;
}

static void free_names(char **name, size_t n_name)
{
  for (size_t i = 0; name != NULL && i < n_name; i++) free(name[i]);
  free(name);
}

cuxas_status cuxas_session_new(const cuxas_model *model, const char *const *candidate, size_t n_candidate,
                               const cuxas_match_settings *settings, cuxas_session **ret_session, cuxas_error *err)
{
  cuxas_catalog *catalog = NULL;
  *ret_session           = NULL;
  cuxas_status status    = cuxas_catalog_list(candidate, n_candidate, false, &catalog, err);
  if (status == CUXAS_OK) status = cuxas_session_over(model, catalog, settings, ret_session, err);
  if (status != CUXAS_OK) {
    cuxas_catalog_free(catalog);
    return status;
  }
  (*ret_session)->own_catalog = catalog;
  (*ret_session)->n_named     = n_candidate;
  if ((status = copy_names(candidate, n_candidate, &(*ret_session)->named, err)) != CUXAS_OK) {
    cuxas_session_free(*ret_session);
    *ret_session = NULL;
  }
  return status;
}

cuxas_status cuxas_session_part(cuxas_session *session, const cuxas_catalog *catalog, cuxas_session **ret_part,
                                cuxas_error *err)
{
  const cuxas_status status = cuxas_session_over(session->model, catalog, &session->settings, ret_part, err);
  if (status == CUXAS_OK) (*ret_part)->whole = session;
  return status;
}

cuxas_status cuxas_session_of(const cuxas_model *model, cuxas_library *library, const cuxas_match_settings *settings,
                              cuxas_session **ret_session, cuxas_error *err)
{
  const cuxas_status status = cuxas_session_over(model, NULL, settings, ret_session, err);
  if (status == CUXAS_OK)
    (*ret_session)->library = library;
  else
    cuxas_library_free(library);
  return status;
}

void cuxas_session_free(cuxas_session *session)
{
  if (session == NULL) return;
  if (session->losses != NULL) session->losses->named = NULL;
  cuxas_session_free(session->losses);
  cuxas_library_free(session->library);
  cuxas_library_free(session->standards_library);
  cuxas_catalog_free(session->own_catalog);
  free_names(session->named, session->n_named);
  cuxas_companions_clear(&session->own);
  cuxas_simulated_curves_free(session->curves);
  free(session);
}

void cuxas_session_set_standards(cuxas_session *session, const cuxas_catalog *standards)
{
  cuxas_library_free(session->standards_library);
  session->standards_library = NULL;
  session->standards         = standards;
}

void cuxas_session_set_simulations(cuxas_session *session, cuxas_simulations *simulations)
{
  session->simulations = simulations;
}

void cuxas_session_set_companions(cuxas_session *session, const cuxas_companions *companions)
{
  session->background = companions->background;
  cuxas_session_set_standards(session, companions->standards);
  cuxas_session_set_simulations(session, companions->simulations);
}

void cuxas_session_watch(cuxas_session *session, cuxas_session_progress progress, void *user)
{
  session->progress = progress;
  session->user     = user;
}

void cuxas_session_stop(cuxas_session *session)
{
  for (cuxas_session *one = session; one != NULL; one = one->losses) atomic_store(&one->stop, true);
}

/* Passes on how far a step is, with its name. */
static void tell(size_t n_done, size_t n_total, void *user)
{
  const cuxas_session *session = user;
  if (session->progress != NULL) session->progress(session->what, n_done, n_total, session->user);
}

/* 3. what is bundled */

cuxas_status cuxas_session_use_data(cuxas_session *session, const char *data_folder, cuxas_error *err)
{
  const cuxas_companion_source from  = {.with = CUXAS_WITH_ALL, .opt_folder = data_folder};
  const cuxas_watch            watch = {tell, session, &session->stop};
  cuxas_companions             opened;
  session->what       = "background";
  cuxas_status status = cuxas_companions_open(session->model, &session->settings, &from, &watch, &opened, err);
  if (status == CUXAS_OK) {
    cuxas_session_set_companions(session, &opened);
    cuxas_companions_clear(&session->own);
    session->own = opened;
  } else {
    cuxas_companions_clear(&opened);
  }
  return status;
}

/* 4. its libraries */

static bool is_too_large(const cuxas_session *session)
{
  if (session->catalog == NULL) return false;
  const size_t n_byte = CUXAS_N_CHANNEL * session->model->grid.n_energy * sizeof(double);
  return session->settings.n_mixture == 0 && session->catalog->n_candidate > MAX_CURVE_BYTE / n_byte;
}

static cuxas_status open_library(cuxas_session *session, cuxas_error *err)
{
  const cuxas_watch    watch    = {tell, session, &session->stop};
  cuxas_match_settings settings = session->settings;
  if (session->library != NULL) return CUXAS_OK;
  if (session->whole != NULL) {
    const cuxas_status status = open_library(session->whole, err);
    if (status != CUXAS_OK) return status;
    if (session->whole->library != NULL)
      return cuxas_library_part(session->whole->library, session->catalog, &session->library, err);
  }
  if (is_too_large(session)) return CUXAS_OK;
  session->what = "predicting";
  const cuxas_status status =
      cuxas_library_predict_parts(session->catalog, session->model, &settings,
                                  settings.n_detail > 0 ? MAX_PARTS_BYTE : 0, &watch, &session->library, err);
  if (status != CUXAS_OK || settings.opt_store == NULL) return status;
  return cuxas_store_check(settings.opt_store, err);
}

/* Of the main settings what concerns a companion: it has no filter, and its curves are not drawn. */
static cuxas_match_settings companion_settings(const cuxas_session *session)
{
  cuxas_match_settings same = session->settings;
  same.filter               = (cuxas_composition_filter){0};
  same.unconstrained        = false;
  same.n_keep               = 0;
  return same;
}

static cuxas_status open_standards(cuxas_session *session, cuxas_error *err)
{
  const cuxas_watch          watch = {tell, session, &session->stop};
  const cuxas_match_settings same  = companion_settings(session);
  if (session->standards_library != NULL) return CUXAS_OK;
  session->what = "standards";
  return cuxas_library_predict(session->standards, session->model, &same, &watch, &session->standards_library, err);
}

/* 5. the steps of an answer: each fills its part of the result */

static cuxas_status prepare(cuxas_session *session, cuxas_result *result, cuxas_error *err)
{
  if (result->measurement.query != NULL) return CUXAS_OK;
  return cuxas_measurement_prepare(&result->measurement, result->name, session->model, &session->settings, err);
}

/* Before anything is ranked: what speaks against the measurement. */
static cuxas_status doubt(cuxas_session *session, cuxas_result *result, cuxas_error *err)
{
  const cuxas_measurement *own = &result->measurement;
  return cuxas_doubt(own->spectrum, own->query, &own->compare, session->model, session->background,
                     &own->prepared->warnings, err);
}

size_t cuxas_session_n_kept(size_t n_simulate)
{
  return n_simulate == CUXAS_SIMULATE_AUTO ? MAX_KEPT_SIMULATED : n_simulate;
}

/* As many curves as are drawn or simulated. */
static size_t count_kept(const cuxas_match_settings *settings)
{
  const size_t n_simulate = cuxas_session_n_kept(settings->n_simulate);
  return n_simulate > settings->n_keep ? n_simulate : settings->n_keep;
}

static cuxas_status rank_by(cuxas_session *session, const cuxas_query *query, const cuxas_match_settings *settings,
                            cuxas_hits **ret_hits, cuxas_error *err)
{
  const cuxas_watch    watch  = {tell, session, &session->stop};
  cuxas_match_settings same   = *settings;
  const cuxas_status   status = open_library(session, err);
  if (status != CUXAS_OK) return status;
  if (session->library != NULL) return cuxas_match_library(query, session->library, &same, ret_hits, err);
  session->what      = "comparing";
  same.unconstrained = false;
  const cuxas_status matched =
      cuxas_match_catalog(query, session->catalog, session->model, &same, &watch, ret_hits, err);
  if (matched != CUXAS_OK || same.opt_store == NULL) return matched;
  return cuxas_store_check(same.opt_store, err);
}

/* Where the detection mode has no saturation none is fitted. */
static void heed_detection(const cuxas_result *result, cuxas_compare_settings *io)
{
  io->fit_saturation = io->fit_saturation && cuxas_measurement_may_saturate(&result->measurement);
}

static cuxas_status rank(cuxas_session *session, cuxas_result *result, cuxas_error *err)
{
  cuxas_match_settings settings = session->settings;
  settings.n_keep               = count_kept(&settings);
  heed_detection(result, &settings.compare);
  return rank_by(session, result->measurement.query, &settings, &result->hits, err);
}

cuxas_status cuxas_session_rank(cuxas_session *session, const cuxas_query *query, const cuxas_compare_settings *compare,
                                size_t n_keep, cuxas_hits **ret_hits, cuxas_error *err)
{
  cuxas_match_settings settings = session->settings;
  settings.compare              = *compare;
  settings.n_keep               = n_keep;
  *ret_hits                     = NULL;
  const cuxas_status status     = rank_by(session, query, &settings, ret_hits, err);
  if (status == CUXAS_OK) cuxas_hits_release(*ret_hits);
  return status;
}

cuxas_status cuxas_session_mix(cuxas_session *session, const cuxas_query *query, const cuxas_hits *hits,
                               const cuxas_mixture_settings *mixing, const char *opt_omit, cuxas_mixture **ret_mixture,
                               cuxas_error *err)
{
  *ret_mixture = NULL;
  if (session->library == NULL) return cuxas_fail(err, CUXAS_ERANGE, "too many candidates to mix");
  return cuxas_mixture_library(query, &(cuxas_mixture_source){session->library, hits}, 1, mixing, opt_omit, ret_mixture,
                               err);
}

size_t cuxas_session_n_candidate(const cuxas_session *session)
{
  return session->catalog != NULL ? session->catalog->n_candidate : cuxas_library_n_candidate(session->library);
}

/* The library whose scores are those of this process, all digits of them; NULL: other processes compared, or there is none. */
static const cuxas_library *compared_here(const cuxas_session *session)
{
  return session->settings.opt_compared == NULL ? session->library : NULL;
}

/* All candidates beside those that the filter leaves, where it leaves something out. */
static cuxas_status rank_unconstrained(cuxas_session *session, cuxas_result *result, cuxas_error *err)
{
  const cuxas_watch          watch = {tell, session, &session->stop};
  const cuxas_match_settings same  = companion_settings(session);
  const cuxas_query         *query = result->measurement.query;
  cuxas_status               status;
  if (!session->settings.unconstrained || result->hits->n_filtered == 0) return CUXAS_OK;
  if (session->library != NULL) {
    status = cuxas_match_library_all(query, session->library, &same, &result->unconstrained, err);
  } else {
    session->what = "all";
    status = cuxas_match_catalog(query, session->catalog, session->model, &same, &watch, &result->unconstrained, err);
  }
  if (status == CUXAS_OK) status = cuxas_hits_find_predicted(result->hits, result->unconstrained, err);
  if (status != CUXAS_OK || session->background == NULL) return status;
  return cuxas_significance_fill(query, session->background, &same.compare, same.n_thread, compared_here(session),
                                 result->unconstrained, err);
}

/* Like is compared with like. */
static cuxas_status rank_standards(cuxas_session *session, cuxas_result *result, cuxas_error *err)
{
  cuxas_match_settings same  = companion_settings(session);
  const cuxas_query   *query = result->measurement.query;
  cuxas_status         status;
  if (session->standards == NULL) return CUXAS_OK;
  same.n_keep = session->settings.n_keep > 0 ? N_DRAWN_STANDARD : 0;
  heed_detection(result, &same.compare);
  if ((status = open_standards(session, err)) != CUXAS_OK ||
      (status = cuxas_match_library(query, session->standards_library, &same, &result->standards, err)) != CUXAS_OK)
    return status;
  return cuxas_standards_mark(result->standards, result->measurement.sha256, err);
}

/* No standard agrees as the energy axis stands, or with saturation only; would one, as well or better, if the axis were off? */
static cuxas_status doubt_axis(cuxas_session *session, cuxas_result *result, cuxas_error *err)
{
  cuxas_match_settings same = companion_settings(session);
  cuxas_status         status;
  if (result->standards == NULL || session->settings.is_calibrated) return CUXAS_OK;
  const cuxas_hit *as_it_is = cuxas_answer_agreeing(result->standards), *elsewhere;
  if (as_it_is != NULL && !as_it_is->comparison.is_flattened) return CUXAS_OK;
  same.compare                   = result->measurement.compare;
  same.compare.standard_prior.sd = same.compare.window_eV;
  if (as_it_is != NULL)
    same.compare.fit_saturation = false;
  else
    heed_detection(result, &same.compare);
  status = cuxas_match_library(result->measurement.query, session->standards_library, &same, &result->moved, err);
  if (status == CUXAS_OK) status = cuxas_standards_copy_marks(result->standards, result->moved, err);
  if (status == CUXAS_OK && (elsewhere = cuxas_answer_agreeing(result->moved)) != NULL &&
      (as_it_is == NULL ||
       (elsewhere->comparison.score > as_it_is->comparison.score &&
        fabs(elsewhere->comparison.shift_eV - as_it_is->comparison.shift_eV) > CUXAS_ANSWER_AXIS_OFF_EV)))
    return CUXAS_OK;
  cuxas_hits_free(result->moved);
  result->moved = NULL;
  return status;
}

/* The second stage: the best structures simulated, which then decides. */
static cuxas_status simulate(cuxas_session *session, cuxas_result *result, cuxas_error *err)
{
  const cuxas_watch    watch = {tell, session, &session->stop};
  cuxas_match_settings same  = session->settings;
  const cuxas_query   *query = result->measurement.query;
  if (same.n_simulate == 0 || session->simulations == NULL) return CUXAS_OK;
  same.n_keep                  = same.n_fit > 0 ? same.n_fit : result->hits->n_hit; /* until the answer is known */
  same.opt_compared            = NULL;                                              /* those are predictions */
  session->what                = "simulating";
  const cuxas_second_stage how = {session->model, session->simulations, same.n_simulate, session->curves,
                                  same.opt_store};
  const cuxas_status       status =
      cuxas_shortlist_simulate(query, result->hits, &how, &same, &watch, &result->shortlist, err);
  return status == CUXAS_OK && same.opt_store != NULL ? cuxas_store_check(same.opt_store, err) : status;
}

/* p-values and E-values. */
static cuxas_status weigh(cuxas_session *session, cuxas_result *result, cuxas_error *err)
{
  const cuxas_match_settings *settings = &session->settings;
  if (session->background == NULL) return CUXAS_OK;
  return cuxas_significance_fill(result->measurement.query, session->background, &settings->compare, settings->n_thread,
                                 compared_here(session), result->hits, err);
}

/* The one answer from all witnesses: a probability for every candidate, and what is around copper. */
static cuxas_status answer(cuxas_session *session, cuxas_result *result, cuxas_error *err)
{
  const cuxas_query *query     = result->measurement.query;
  const double       smooth_eV = cuxas_measurement_smooth_eV(&result->measurement);
  cuxas_status       status =
      cuxas_edge_shape_find(query->grid, query->mu, smooth_eV, query->edge, query->n_edge, &result->shape, err);
  if (status != CUXAS_OK) return status;
  const cuxas_witnesses from    = {result->hits, result->shortlist != NULL ? result->shortlist->hits : NULL,
                                   result->standards};
  const cuxas_axis      axis    = cuxas_measurement_axis(&result->measurement, &session->settings);
  cuxas_answer_context  context = cuxas_answer_context_of(query->onset[0].found ? query->onset[0].energy_eV : NAN,
                                                         cuxas_answer_axis(&result->shape, axis));
  context.opt_filter     = &session->settings.filter;
  context.flattened      = cuxas_measurement_flattened(&result->measurement, &result->shape, axis);
  status                 = cuxas_answer_fill(&from, &context, &result->answer, err);
  const cuxas_hit *named = result->answer.n_compound > 0 ? &result->hits->hit[result->answer.compound[0]] : NULL;
  cuxas_hits_keep(result->hits, session->settings.n_keep, NULL);
  if (from.opt_simulated != NULL) cuxas_hits_keep(from.opt_simulated, MAX_KEPT_SIMULATED, named);
  return status;
}

static cuxas_status mix(cuxas_session *session, cuxas_result *result, cuxas_error *err)
{
  const cuxas_match_settings *settings    = &session->settings;
  const cuxas_mixture_source  source      = {session->library, result->hits};
  size_t                      n_structure = 0;
  for (size_t i = 0; i < result->hits->n_hit; i++)
    n_structure += result->hits->hit[i].kind == CUXAS_CANDIDATE_STRUCTURE;
  if (settings->n_mixture == 0 || n_structure == 0) return CUXAS_OK;
  const cuxas_mixture_settings mixing = cuxas_mixture_settings_for(
      CUXAS_MIXTURE_OF_PREDICTIONS, &settings->compare, settings->n_mixture, settings->seed, settings->n_thread);
  return cuxas_mixture_library(result->measurement.query, &source, 1, &mixing, NULL, &result->mixture, err);
}

/* Sums of measured spectra: the bundled ones and those among the candidates. Standards that do not reach far enough leave none. */
static cuxas_status mix_standards(cuxas_session *session, cuxas_result *result, cuxas_error *err)
{
  const cuxas_match_settings *settings = &session->settings;
  const size_t                n_max    = settings->n_mixture > 0 ? settings->n_mixture : settings->n_standards_mixture;
  cuxas_mixture_source        source[2];
  size_t                      n_source = 0;
  cuxas_error                 reason   = {.status = CUXAS_OK};
  if (session->library != NULL) source[n_source++] = (cuxas_mixture_source){session->library, result->hits};
  if (result->standards != NULL)
    source[n_source++] = (cuxas_mixture_source){session->standards_library, result->standards};
  if (n_max == 0 || n_source == 0) return CUXAS_OK;
  cuxas_mixture_settings mixing = cuxas_mixture_settings_for(CUXAS_MIXTURE_OF_STANDARDS, &settings->compare, n_max,
                                                             settings->seed, settings->n_thread);
  mixing.opt_filter             = &settings->filter;
  mixing.n_own                  = session->library != NULL ? 1 : 0; /* bundled ones were measured elsewhere */
  const cuxas_status status     = cuxas_mixture_library(result->measurement.query, source, n_source, &mixing, NULL,
                                                        &result->standards_mixture, &reason);
  if (status == CUXAS_ENOMEM) return cuxas_fail(err, status, "%s", reason.message);
  if (status != CUXAS_OK && settings->n_mixture > 0)
    snprintf(result->note, sizeof result->note, "standards: %.900s", reason.message);
  if (result->standards_mixture == NULL) return CUXAS_OK;
  cuxas_mixture_judge(result->standards_mixture, result->hits, result->standards);
  if (result->standards_mixture->is_answer) result->answer.kind = CUXAS_ANSWER_MIXTURE;
  return CUXAS_OK;
}

/* Sites and spread of the first hits, for figures; from here on the hits borrow nothing from the library. */
static cuxas_status detail(cuxas_session *session, cuxas_result *result, cuxas_error *err)
{
  const cuxas_hits *hits   = result->hits;
  cuxas_status      status = CUXAS_OK;
  for (size_t i = 0; i < session->settings.n_detail && i < CUXAS_MATCH_MAX_DETAIL && i < hits->n_hit; i++) {
    if (hits->hit[i].shifted == NULL || status != CUXAS_OK) break;
    if (session->library != NULL &&
        (status = cuxas_library_keep_parts(session->library, MAX_PARTS_BYTE, &hits->hit[i], err)) != CUXAS_OK)
      break;
    status = cuxas_detail_new(result->measurement.query, session->model, &session->settings.compare, &hits->hit[i],
                              &result->detail[i], err);
    if (status == CUXAS_OK) result->n_detail++;
  }
  cuxas_hits_release(result->hits);
  if (result->unconstrained != NULL) cuxas_hits_release(result->unconstrained);
  return status;
}

/* 6. all of them */

/* Where settings are those of the model, energy losses get their own, and with them standards smoothed like them. */
static cuxas_status find_losses(cuxas_session *session, cuxas_session **ret_session, cuxas_error *err)
{
  const cuxas_loss_values    value    = cuxas_loss_values_for(session->model);
  const cuxas_match_settings defaults = cuxas_match_settings_for(session->model);
  cuxas_match_settings       settings = session->settings;
  cuxas_preprocess_settings  preprocess =
      settings.opt_preprocess != NULL ? session->preprocess : cuxas_preprocess_defaults();
  cuxas_compare_settings *compare = &settings.compare;
  if (session->losses == NULL) {
    if (preprocess.smooth_eV == cuxas_preprocess_defaults().smooth_eV) preprocess.smooth_eV = value.smooth_eV;
    if (compare->window_eV == defaults.compare.window_eV &&
        compare->center_shift_eV == defaults.compare.center_shift_eV &&
        compare->shift_prior.sd == defaults.compare.shift_prior.sd) {
      compare->window_eV       = value.window_eV;
      compare->center_shift_eV = value.center_shift_eV;
      cuxas_compare_expect(session->model, compare);
    } else if (compare->window_eV == defaults.compare.window_eV) {
      compare->window_eV = value.window_eV;
    }
    if (compare->fit_fwhm == defaults.compare.fit_fwhm && compare->fwhm_eV == defaults.compare.fwhm_eV) {
      compare->fit_fwhm = false;
      compare->fwhm_eV  = value.fwhm_eV;
    }
    settings.opt_preprocess   = &preprocess;
    settings.is_settled       = true;
    const cuxas_status status = cuxas_session_over(session->model, session->catalog, &settings, &session->losses, err);
    if (status != CUXAS_OK) return status;
    session->losses->named = session->named; /* borrowed */
  }
  session->losses->n_named = session->n_named;
  cuxas_session_watch(session->losses, session->progress, session->user);
  session->losses->background  = session->background;
  session->losses->simulations = session->simulations;
  if (session->losses->standards != session->standards)
    cuxas_session_set_standards(session->losses, session->standards);
  *ret_session = session->losses;
  return CUXAS_OK;
}

cuxas_status cuxas_session_identify_measurement(cuxas_session *session, const char *name,
                                                cuxas_measurement *measurement, cuxas_result **ret_result,
                                                cuxas_error *err)
{
  static cuxas_status (*const STEP[])(cuxas_session * session, cuxas_result * result, cuxas_error * err) = {
      prepare, doubt,  rank, rank_unconstrained, rank_standards, doubt_axis, simulate,
      weigh,   answer, mix,  mix_standards,      detail};
  const cuxas_watch watch  = {NULL, NULL, &session->stop};
  cuxas_status      status = CUXAS_OK;
  *ret_result              = NULL;
  atomic_store(&session->stop, false);
  if (session->settings.is_eels && measurement->info != NULL) /* whatever the file says */
    snprintf(measurement->info->detection_mode, sizeof measurement->info->detection_mode, "EELS");
  if (session->catalog != NULL && measurement->query == NULL && !session->settings.is_settled &&
      cuxas_measurement_is_loss(measurement, &session->settings)) {
    if ((status = find_losses(session, &session, err)) == CUXAS_OK)
      return cuxas_session_identify_measurement(session, name, measurement, ret_result, err);
    cuxas_measurement_clear(measurement);
    return status;
  }
  cuxas_result *result = cuxas_new(err, 1, sizeof *result);
  if (result == NULL) {
    cuxas_measurement_clear(measurement);
    return cuxas_fail_at(err, cuxas_no_memory(err), name);
  }
  result->measurement = *measurement;
  *measurement        = (cuxas_measurement){0};
  result->model       = session->model;
  result->settings    = session->settings;
  result->preprocess  = session->settings.opt_preprocess != NULL ? session->preprocess : cuxas_preprocess_defaults();
  result->n_named     = session->n_named;
  result->settings.opt_preprocess = NULL;
  result->has_background          = session->background != NULL;
  if ((result->name = cuxas_copy_text(err, name)) == NULL) status = cuxas_fail_at(err, CUXAS_ENOMEM, name);
  if (status == CUXAS_OK)
    status = copy_names((const char *const *)session->named, session->n_named, &result->named, err);
  for (size_t i = 0; i < sizeof STEP / sizeof *STEP && status == CUXAS_OK; i++)
    if ((status = cuxas_watch_check(&watch, err)) == CUXAS_OK) status = STEP[i](session, result, err);
  if (status == CUXAS_OK)
    *ret_result = result;
  else
    cuxas_result_free(result);
  return status;
}

/* As a file would have them: then all that is said of a file holds here, too. */
static cuxas_status take_curve(const char *name, const double *energy_eV, const double *mu, size_t n_point,
                               cuxas_measurement *ret_measurement, cuxas_error *err)
{
  enum { ROW_SIZE = 64 };
  static const cuxas_measured_options COLUMNS = {.energy_column = "1", .signal_column = "2"};
  char                               *text    = cuxas_new(err, n_point + 1, ROW_SIZE);
  size_t                              n_byte  = 0;

  *ret_measurement = (cuxas_measurement){.sha256 = ""};
  if (text == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, name);
  for (size_t i = 0; i < n_point; i++) {
    n_byte += (size_t)cuxas_text_print(text + n_byte, ROW_SIZE, "%.17g\t%.17g\n", energy_eV[i], mu[i]);
  }
  const cuxas_status status =
      cuxas_measured_parse_bytes(name, text, n_byte, &COLUMNS, &ret_measurement->spectrum, &ret_measurement->info, err);
  free(text);
  return status;
}

cuxas_status cuxas_session_identify_curve(cuxas_session *session, const char *name, const double *energy_eV,
                                          const double *mu, size_t n_point, cuxas_result **ret_result, cuxas_error *err)
{
  cuxas_measurement  measurement;
  const cuxas_status status = take_curve(name, energy_eV, mu, n_point, &measurement, err);
  *ret_result               = NULL;
  if (status == CUXAS_OK) return cuxas_session_identify_measurement(session, name, &measurement, ret_result, err);
  cuxas_measurement_clear(&measurement);
  return status;
}

cuxas_status cuxas_session_identify_loss(cuxas_session *session, const char *name, const cuxas_spectrum *spectrum,
                                         cuxas_result **ret_result, cuxas_error *err)
{
  cuxas_measurement  measurement;
  const cuxas_status status = take_curve(name, spectrum->energy_eV, spectrum->mu, spectrum->n_point, &measurement, err);
  *ret_result               = NULL;
  if (status == CUXAS_OK) {
    snprintf(measurement.info->detection_mode, sizeof measurement.info->detection_mode, "EELS");
    return cuxas_session_identify_measurement(session, name, &measurement, ret_result, err);
  }
  cuxas_measurement_clear(&measurement);
  return status;
}

/* 7. results */

const cuxas_hits *cuxas_result_hits(const cuxas_result *result)
{
  return result->hits;
}

void cuxas_result_free(cuxas_result *result)
{
  if (result == NULL) return;
  for (size_t i = 0; i < result->n_detail; i++) cuxas_detail_free(result->detail[i]);
  cuxas_mixture_free(result->mixture);
  cuxas_mixture_free(result->standards_mixture);
  cuxas_shortlist_free(result->shortlist);
  cuxas_hits_free(result->hits);
  cuxas_hits_free(result->unconstrained);
  cuxas_hits_free(result->moved);
  cuxas_hits_free(result->standards);
  cuxas_measurement_clear(&result->measurement);
  free_names(result->named, result->n_named);
  free(result->name);
  free(result);
}
