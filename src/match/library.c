/* library.c - candidates that are read and predicted once, and compared with many measurements
 *
 * Contents: 1. from a file to a curve  2. a candidate, loaded  3. all of them  4. what stands behind a hit (detail.h) */
#include "match/candidate.h"
#include "match/detail.h"
#include "match/query.h"
#include "match/search.h"
#include "predict/head.h"
#include "crystal/opened.h"
#include "base/text.h"
#include "match/library.h"
#include "cuxas/measured.h"
#include "base/memory.h"
#include "predict/model_parts.h"
#include "cuxas/status.h"
#include "match/hits.h"
#include "match/answer.h"
#include "match/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ==== 1. from a file to a curve ==== */

static cuxas_status warn_list(cuxas_hit *hit, const cuxas_warnings *warnings, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < warnings->n_warning && status == CUXAS_OK; i++)
    status = cuxas_hit_warn(hit, err, "%s", warnings->text[i]);
  return status;
}

/* Takes the structure spectra out of the prediction. */
static void take_curve(cuxas_prediction *prediction, cuxas_candidate_curve *ret_curve)
{
  *ret_curve = (cuxas_candidate_curve){.grid = prediction->grid, .is_prediction = true, .is_by_model = true};
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) {
    ret_curve->mu[i]  = prediction->mu[i];
    prediction->mu[i] = NULL;
  }
}

size_t cuxas_parts_bytes(const cuxas_parts *parts, const cuxas_model *model)
{
  size_t n_number = 0;
  if (parts == NULL) return 0;
  for (size_t i = 0; i < model->n_head; i++) n_number += 2 * model->edge[model->head[i].i_edge].grid.n_energy;
  return sizeof *parts + parts->prediction->n_site * n_number * sizeof(double) +
         2 * model->grid.n_energy * sizeof(double) + parts->crystal->n_site * (sizeof(int) + 3 * sizeof(double));
}

void cuxas_parts_free(cuxas_parts *parts)
{
  if (parts == NULL) return;
  cuxas_prediction_free(parts->prediction);
  cuxas_crystal_free(parts->crystal);
  free(parts);
}

/* Takes crystal and prediction over, before the curve is taken out of it. */
static cuxas_status take_parts(cuxas_crystal **crystal, cuxas_prediction **prediction, cuxas_parts **ret_parts,
                               cuxas_error *err)
{
  cuxas_parts *parts = cuxas_new(err, 1, sizeof *parts);
  if (parts == NULL) return cuxas_no_memory(err);
  *parts = (cuxas_parts){*crystal, *prediction, {NULL}};
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) parts->mu[i] = parts->prediction->mu[i];
  *crystal    = NULL;
  *prediction = NULL;
  *ret_parts  = parts;
  return CUXAS_OK;
}

/* All that the prediction says of the hit; takes its curve. */
static cuxas_status take_known(const cuxas_known *known, cuxas_hit *hit, cuxas_candidate_curve *curve, cuxas_error *err)
{
  cuxas_prediction *prediction = known->prediction;
  cuxas_status      status;
  memcpy(hit->formula, prediction->formula, sizeof hit->formula);
  hit->n_absorber = prediction->n_absorber;
  if ((status = warn_list(hit, &known->warnings, err)) != CUXAS_OK) return status;
  hit->n_distinct = known->n_distinct;
  hit->domain     = prediction->domain;
  if (hit->domain.outside && (status = cuxas_hit_warn(hit, err, "outside the training domain (distance %.2f)",
                                                      hit->domain.distance)) != CUXAS_OK)
    return status;
  if (!prediction->symmetry_found &&
      (status = cuxas_hit_warn(hit, err, "no symmetry found: each of %zu sites was predicted for itself",
                               hit->n_absorber)) != CUXAS_OK)
    return status;
  hit->surroundings = cuxas_copy(err, &known->surroundings, 1, sizeof *hit->surroundings);
  if (hit->surroundings == NULL) return CUXAS_ENOMEM;
  take_curve(prediction, curve);
  return CUXAS_OK;
}

/* What is stored goes by the file alone: arrangements that are drawn otherwise than usually have no place there. */
static bool can_be_stored(const cuxas_candidate *candidate, const cuxas_match_settings *settings)
{
  const cuxas_drawing usual = CUXAS_DRAWING, *own = &candidate->drawing;
  return settings->opt_store != NULL &&
         (own->n_arrangement == 0 || (own->n_arrangement == usual.n_arrangement && own->seed == usual.seed));
}

/* Of a structure whose prediction is known; *ret_is_there false: it is not. */
static cuxas_status load_known(const cuxas_candidate *candidate, const cuxas_match_settings *settings,
                               cuxas_candidate_loaded *to, bool *ret_is_there, cuxas_error *err)
{
  cuxas_known  known  = {0};
  cuxas_status status = CUXAS_OK;
  *ret_is_there       = false;
  if (!can_be_stored(candidate, settings) || cuxas_candidate_hash(candidate, to->hit->sha256, NULL) != CUXAS_OK ||
      !cuxas_store_find(settings->opt_store, to->hit->sha256, &known))
    return CUXAS_OK;
  *ret_is_there = true;
  if (cuxas_elements_pass(&settings->filter, &known.elements, to->left_out) || settings->unconstrained)
    status = take_known(&known, to->hit, to->curve, err);
  cuxas_known_clear(&known);
  return status;
}

static cuxas_status load_structure(const cuxas_candidate *candidate, const cuxas_model *model,
                                   const cuxas_match_settings *settings, cuxas_candidate_loaded *to, cuxas_error *err)
{
  cuxas_status   status;
  cuxas_crystal *crystal = NULL;
  cuxas_known    known   = {0};
  bool           is_there;

  if ((status = load_known(candidate, settings, to, &is_there, err)) != CUXAS_OK || is_there) return status;
  if ((status = cuxas_candidate_read(candidate, &crystal, err)) != CUXAS_OK) return status;
  if (!cuxas_composition_passes(&settings->filter, crystal, to->left_out) && !settings->unconstrained) goto done;
  if ((status = cuxas_known_predict(model, crystal, &known, err)) != CUXAS_OK) goto done;
  if (can_be_stored(candidate, settings) && cuxas_candidate_hash(candidate, to->hit->sha256, NULL) == CUXAS_OK)
    cuxas_store_keep(settings->opt_store, to->hit->sha256, &known);
  cuxas_prediction *prediction = known.prediction;
  if (to->opt_parts != NULL) {
    if ((status = take_parts(&crystal, &known.prediction, to->opt_parts, err)) != CUXAS_OK) goto done;
    known.prediction = prediction; /* the parts own it */
  }
  status = take_known(&known, to->hit, to->curve, err);
  if (to->opt_parts != NULL) known.prediction = NULL;
done:
  cuxas_known_clear(&known);
  cuxas_crystal_free(crystal);
  return status;
}

/* What is around copper, as far as the formula that a spectrum's name begins with tells. */
static cuxas_status tell_surroundings(cuxas_hit *hit, cuxas_error *err)
{
  char                    formula[CUXAS_FORMULA_SIZE];
  cuxas_site_surroundings told = {.is_known = false};
  if (hit->name != NULL && cuxas_formula_read(hit->name, formula)) cuxas_surroundings_of_formula(formula, &told);
  if (!told.is_known || hit->surroundings != NULL) return CUXAS_OK;
  hit->surroundings = cuxas_copy(err, &told, 1, sizeof told);
  return hit->surroundings != NULL ? CUXAS_OK : CUXAS_ENOMEM;
}

/* A standard keeps what it has beyond the lattice: it may be shifted. */
static cuxas_status load_spectrum(const cuxas_candidate *candidate, const cuxas_model *model,
                                  const cuxas_preprocess_settings *opt_preprocess, cuxas_hit *hit,
                                  cuxas_candidate_curve *ret_curve, cuxas_error *err)
{
  cuxas_status              status;
  cuxas_spectrum           *spectrum   = NULL;
  cuxas_measured_info      *info       = NULL;
  cuxas_prepared           *prepared   = NULL;
  cuxas_preprocess_settings preprocess = opt_preprocess != NULL ? *opt_preprocess : cuxas_preprocess_defaults();
  preprocess.crop_min_eV               = -INFINITY;
  preprocess.crop_max_eV               = INFINITY;
  preprocess.axis_shift_eV             = 0.0;
  preprocess.pre_edge                  = CUXAS_PRE_EDGE_AUTO;
  preprocess.beyond_lattice            = true;

  hit->domain = (cuxas_domain){NAN, false};
  if ((status = cuxas_measured_read(candidate->path, NULL, &spectrum, &info, err)) != CUXAS_OK) goto done;
  if ((status = cuxas_preprocess_measured(spectrum, candidate->path, model->grid, &preprocess, &prepared, err)) !=
      CUXAS_OK)
    goto done;
  if ((status = tell_surroundings(hit, err)) != CUXAS_OK) goto done;
  if ((status = warn_list(hit, &info->warnings, err)) != CUXAS_OK) goto done;
  if ((status = warn_list(hit, &prepared->warnings, err)) != CUXAS_OK) goto done;
  *ret_curve   = (cuxas_candidate_curve){.grid = prepared->grid, .mu = {prepared->mu}, .is_measured = !info->is_feff};
  prepared->mu = NULL;
done:
  cuxas_prepared_free(prepared);
  cuxas_measured_info_free(info);
  cuxas_spectrum_free(spectrum);
  return status;
}

cuxas_status cuxas_candidate_load(const cuxas_candidate *candidate, const cuxas_model *model,
                                  const cuxas_match_settings *settings, cuxas_candidate_loaded *to, cuxas_error *err)
{
  cuxas_hit   *hit    = to->hit;
  cuxas_status status = CUXAS_OK;
  to->left_out[0]     = '\0';
  *to->curve          = (cuxas_candidate_curve){0};
  hit->kind           = candidate->kind;
  cuxas_candidate opened; /* read once, for its checksum and what it holds */
  if ((status = cuxas_candidate_open(candidate, &opened, err)) != CUXAS_OK) goto done;
  switch (candidate->kind) {
  case CUXAS_CANDIDATE_STRUCTURE: status = load_structure(&opened, model, settings, to, err); break;
  case CUXAS_CANDIDATE_SPECTRUM:
    status = load_spectrum(candidate, model, settings->opt_preprocess, hit, to->curve, err);
    break;
  }
  if (status == CUXAS_OK && (to->left_out[0] == '\0' || settings->unconstrained))
    status = cuxas_candidate_hash(&opened, hit->sha256, err);
done:
  cuxas_candidate_close(candidate, &opened);
  return status;
}

cuxas_curve cuxas_channels_pair(cuxas_grid grid, const double *const mu[CUXAS_N_CHANNEL],
                                const cuxas_compare_settings *compare, bool extend)
{
  const double *screened  = mu[CUXAS_CHANNEL_SCREENED_HOLE];
  const double *projected = cuxas_compare_mixes(compare) && screened != NULL ? mu[CUXAS_CHANNEL_PROJECTED_HOLE] : NULL;
  const double *first     = projected != NULL ? projected : mu[CUXAS_CHANNEL_NO_HOLE];
  if (first == NULL) return (cuxas_curve){grid, screened, NULL, extend}; /* a model of one channel, compared as it is */
  return (cuxas_curve){grid, first, screened, extend};
}

bool cuxas_match_mixes_projected(const cuxas_model *model, const cuxas_compare_settings *compare)
{
  return cuxas_compare_mixes(compare) && cuxas_model_has_channel(model, CUXAS_CHANNEL_SCREENED_HOLE) &&
         cuxas_model_has_channel(model, CUXAS_CHANNEL_PROJECTED_HOLE);
}

cuxas_curve cuxas_candidate_pair(const cuxas_candidate_curve *curve, const cuxas_compare_settings *compare)
{
  return cuxas_channels_pair(curve->grid, (const double *const *)curve->mu, compare, curve->is_prediction);
}

void cuxas_candidate_curve_clear(cuxas_candidate_curve *curve)
{
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) free(curve->mu[i]);
  *curve = (cuxas_candidate_curve){0};
}

bool cuxas_candidate_curve_like(const cuxas_candidate_curve *a, const cuxas_candidate_curve *b)
{
  bool is_same = a->grid.start_eV == b->grid.start_eV && a->grid.step_eV == b->grid.step_eV &&
                 a->grid.n_energy == b->grid.n_energy;
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) is_same = is_same && (a->mu[i] == NULL) == (b->mu[i] == NULL);
  return is_same;
}

/* ==== 2. a candidate, loaded ==== */

void cuxas_slot_give_up(cuxas_slot *slot, cuxas_fate fate, const char *reason)
{
  slot->fate   = fate;
  slot->reason = cuxas_copy_text(NULL, reason);
  if (slot->reason == NULL) slot->out_of_memory = true;
  cuxas_candidate_curve_clear(&slot->curve);
}

/* Messages of readers begin with the path; the report names the candidate by its label. */
void cuxas_slot_skip(cuxas_slot *slot, const char *message)
{
  const char  *path = slot->hit.path, *label = slot->hit.label;
  const size_t n_path = strlen(path);
  if (strcmp(path, label) == 0 || strncmp(message, path, n_path) != 0) {
    cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, message);
    return;
  }
  char reason[sizeof((cuxas_error *)NULL)->message];
  snprintf(reason, sizeof reason, "%s%s", label, message + n_path);
  cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, reason);
}

cuxas_status cuxas_slot_name(cuxas_slot *slot, const char *path, const char *label, const char *name, cuxas_error *err)
{
  slot->hit.path  = cuxas_copy_text(err, path);
  slot->hit.label = cuxas_copy_text(err, label);
  slot->hit.name  = cuxas_copy_text(err, name);
  if (slot->hit.path != NULL && slot->hit.label != NULL && slot->hit.name != NULL) return CUXAS_OK;
  return cuxas_no_memory(err);
}

void cuxas_slot_load(const cuxas_candidate *candidate, const cuxas_model *model, const cuxas_match_settings *settings,
                     bool wants_parts, cuxas_slot *slot)
{
  cuxas_candidate_loaded to     = {&slot->hit, &slot->curve, wants_parts ? &slot->parts : NULL, ""};
  cuxas_error            reason = {.status = CUXAS_OK};

  if (cuxas_slot_name(slot, candidate->path, candidate->label, candidate->name, &reason) != CUXAS_OK) {
    slot->out_of_memory = true;
    cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, "no memory");
    return;
  }
  if (cuxas_candidate_load(candidate, model, settings, &to, &reason) != CUXAS_OK) {
    cuxas_slot_skip(slot, reason.message);
    /* a crystal may be too large for this machine; that memory lacks for a table of numbers is no fault of the candidate, and where a
     * filter leaves the crystal out nothing would tell that it is not in the ranking of all */
    if (reason.status == CUXAS_ENOMEM && (candidate->kind == CUXAS_CANDIDATE_SPECTRUM || to.left_out[0] != '\0'))
      slot->out_of_memory = true;
  } else if (to.left_out[0] != '\0' && !settings->unconstrained)
    cuxas_slot_give_up(slot, CUXAS_FATE_FILTERED, to.left_out);
  if (to.left_out[0] != '\0' && settings->unconstrained &&
      (slot->left_out = cuxas_copy_text(&reason, to.left_out)) == NULL)
    slot->out_of_memory = true;
  slot->hit.parts = slot->parts;
}

static bool copy_text(const char *text, char **ret_copy)
{
  *ret_copy = cuxas_copy_text(NULL, text);
  return text == NULL || *ret_copy != NULL;
}

static bool copy_curve(const cuxas_candidate_curve *curve, cuxas_candidate_curve *ret_copy)
{
  const size_t n_energy = curve->grid.n_energy;

  *ret_copy = *curve;
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) ret_copy->mu[i] = NULL;
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) {
    if (curve->mu[i] == NULL) continue;
    if ((ret_copy->mu[i] = cuxas_new(NULL, n_energy, sizeof *ret_copy->mu[i])) == NULL) return false;
    memcpy(ret_copy->mu[i], curve->mu[i], n_energy * sizeof *ret_copy->mu[i]);
  }
  return true;
}

void cuxas_slot_copy(const cuxas_slot *loaded, cuxas_slot *slot)
{
  *slot          = *loaded;
  slot->parts    = NULL;
  bool is_copied = copy_text(loaded->hit.path, &slot->hit.path);
  is_copied      = copy_text(loaded->hit.label, &slot->hit.label) && is_copied;
  is_copied      = copy_text(loaded->hit.name, &slot->hit.name) && is_copied;
  is_copied      = copy_text(loaded->reason, &slot->reason) && is_copied;
  is_copied      = copy_text(loaded->left_out, &slot->left_out) && is_copied;
  is_copied      = copy_curve(&loaded->curve, &slot->curve) && is_copied;
  if (loaded->hit.surroundings != NULL) {
    slot->hit.surroundings = cuxas_copy(NULL, loaded->hit.surroundings, 1, sizeof *slot->hit.surroundings);
    is_copied              = slot->hit.surroundings != NULL && is_copied;
  }
  for (int i = 0; i < CUXAS_HIT_MAX_WARNING; i++)
    is_copied = copy_text(loaded->hit.warning[i], &slot->hit.warning[i]) && is_copied;
  slot->out_of_memory = loaded->out_of_memory || !is_copied;
}

void cuxas_slot_clear(cuxas_slot *slot)
{
  cuxas_hit_clear(&slot->hit);
  cuxas_candidate_curve_clear(&slot->curve);
  cuxas_parts_free(slot->parts);
  free(slot->reason);
  free(slot->left_out);
  *slot = (cuxas_slot){0};
}

/* ==== 3. all of them ==== */

void cuxas_library_free(cuxas_library *library)
{
  if (library == NULL) return;
  for (size_t i = 0; library->slot != NULL && !library->is_part && i < library->n_slot; i++)
    cuxas_slot_clear(&library->slot[i]);
  free(library->slot);
  free(library);
}

static void load_all(cuxas_library *library, const cuxas_catalog *catalog, const cuxas_match_settings *settings,
                     size_t max_byte, const cuxas_watch *opt_watch)
{
  size_t n_done = 0;
#pragma omp        parallel for schedule(dynamic) num_threads(settings->n_thread)
  for (size_t i = 0; i < library->n_slot; i++) {
           cuxas_slot *slot = &library->slot[i];
           size_t      n_kept;
#pragma omp atomic read
    n_kept = library->n_byte;
    if (cuxas_watch_is_stopped(opt_watch)) continue;
    cuxas_slot_load(&catalog->candidate[i], library->model, settings, n_kept < max_byte, slot);
    n_kept = cuxas_parts_bytes(slot->parts, library->model);
#pragma omp atomic
    library->n_byte += n_kept;
#pragma omp critical(cuxas_match_progress)
    {
      n_done++;
      cuxas_watch_tell(opt_watch, n_done, library->n_slot);
    }
  }
}

cuxas_status cuxas_library_begin(const cuxas_catalog *catalog, const cuxas_model *model, cuxas_library **ret_library,
                                 cuxas_error *err)
{
  if (catalog->n_candidate == 0) return cuxas_fail(err, CUXAS_ERANGE, "no candidates");
  cuxas_library *library = cuxas_new(err, 1, sizeof *library);
  if (library != NULL) library->slot = cuxas_new(err, catalog->n_candidate, sizeof *library->slot);
  if (library == NULL || library->slot == NULL) {
    cuxas_library_free(library);
    return cuxas_no_memory(err);
  }
  library->model  = model;
  library->n_slot = catalog->n_candidate;
  *ret_library    = library;
  return CUXAS_OK;
}

/* Both are in the order of names, then paths. */
cuxas_status cuxas_library_part(const cuxas_library *library, const cuxas_catalog *catalog, cuxas_library **ret_part,
                                cuxas_error *err)
{
  cuxas_library *part   = NULL;
  cuxas_status   status = cuxas_library_begin(catalog, library->model, &part, err);
  *ret_part             = NULL;
  if (status != CUXAS_OK) return status;
  part->is_part = true;
  part->n_slot  = 0;
  for (size_t i = 0; i < library->n_slot && part->n_slot < catalog->n_candidate; i++)
    if (strcmp(library->slot[i].hit.path, catalog->candidate[part->n_slot].path) == 0)
      part->slot[part->n_slot++] = library->slot[i];
  if (part->n_slot < catalog->n_candidate) {
    status = cuxas_fail(err, CUXAS_ERANGE, "%s is no candidate of the whole", catalog->candidate[part->n_slot].path);
    cuxas_library_free(part);
    return status;
  }
  *ret_part = part;
  return CUXAS_OK;
}

cuxas_status cuxas_library_predict_parts(const cuxas_catalog *catalog, const cuxas_model *model,
                                         const cuxas_match_settings *settings, size_t max_byte,
                                         const cuxas_watch *opt_watch, cuxas_library **ret_library, cuxas_error *err)
{
  *ret_library = NULL;
  if (settings->n_thread < 1)
    return cuxas_fail(err, CUXAS_ERANGE, "%d threads: at least one is needed", settings->n_thread);
  cuxas_library     *library = NULL;
  const cuxas_status status  = cuxas_library_begin(catalog, model, &library, err);
  if (status != CUXAS_OK) return status;
  load_all(library, catalog, settings, max_byte, opt_watch);
  if (cuxas_watch_check(opt_watch, err) != CUXAS_OK) {
    cuxas_library_free(library);
    return CUXAS_EIO;
  }
  for (size_t i = 0; i < library->n_slot; i++) {
    if (!library->slot[i].out_of_memory) continue;
    cuxas_library_free(library);
    return cuxas_no_memory(err);
  }
  *ret_library = library;
  return CUXAS_OK;
}

cuxas_status cuxas_library_predict(const cuxas_catalog *catalog, const cuxas_model *model,
                                   const cuxas_match_settings *settings, const cuxas_watch *opt_watch,
                                   cuxas_library **ret_library, cuxas_error *err)
{
  return cuxas_library_predict_parts(catalog, model, settings, 0, opt_watch, ret_library, err);
}

size_t cuxas_library_n_candidate(const cuxas_library *library)
{
  return library->n_slot;
}

const char *cuxas_library_name(const cuxas_library *library, size_t i)
{
  return library->slot[i].hit.name;
}

cuxas_status cuxas_match_library(const cuxas_query *query, const cuxas_library *library,
                                 const cuxas_match_settings *settings, cuxas_hits **ret_hits, cuxas_error *err)
{
  const cuxas_slot_source source = {.model = library->model, .n_candidate = library->n_slot, .loaded = library->slot};
  return cuxas_match_slots(query, &source, settings, NULL, ret_hits, err);
}

cuxas_status cuxas_match_library_all(const cuxas_query *query, const cuxas_library *library,
                                     const cuxas_match_settings *settings, cuxas_hits **ret_hits, cuxas_error *err)
{
  const cuxas_slot_source source = {
      .model = library->model, .n_candidate = library->n_slot, .loaded = library->slot, .takes_all = true};
  return cuxas_match_slots(query, &source, settings, NULL, ret_hits, err);
}

/* ==== 4. what stands behind a hit ==== */

/* How a curve of the model's grid comes to stand beside the measurement. */
typedef struct {
  const cuxas_query            *query;
  const cuxas_model            *model;
  const cuxas_compare_settings *settings;
  const cuxas_comparison       *comparison; /* of the hit: shift and core-hole fraction */
} passage;

/* Broadened, mixed and shifted, not yet scaled. `mu` by channel: a channel that is NULL, or that the comparison did not
 * use, is left out, as cuxas_match_catalog() does. */
static cuxas_status pass(const passage *way, double *const mu[CUXAS_N_CHANNEL], double *ret_mu, cuxas_error *err)
{
  const cuxas_grid target   = way->query->grid;
  const double     shift_eV = way->comparison->shift_eV, fraction = way->comparison->hole_fraction;
  cuxas_curve      curve = cuxas_channels_pair(way->model->grid, (const double *const *)mu, way->settings, true);
  if (fraction == 1.0) curve.screened_hole = NULL;
  cuxas_resampled *resampled = NULL;

  const cuxas_status status =
      cuxas_resampled_new(&curve, way->comparison->fwhm_eV, target, shift_eV, shift_eV, &resampled, err);
  if (status != CUXAS_OK) return status;
  double *screened = NULL;
  if (resampled->n_channel == 2 && (screened = cuxas_new(err, target.n_energy, sizeof *screened)) == NULL) {
    cuxas_resampled_free(resampled);
    return cuxas_no_memory(err);
  }
  const cuxas_span all = {0, target.n_energy};
  cuxas_resampled_read(resampled, 0, target, all, shift_eV, ret_mu);
  if (screened != NULL) {
    cuxas_resampled_read(resampled, 1, target, all, shift_eV, screened);
    for (size_t i = 0; i < target.n_energy; i++) ret_mu[i] = fraction * ret_mu[i] + (1.0 - fraction) * screened[i];
  }
  free(screened);
  cuxas_resampled_free(resampled);
  return CUXAS_OK;
}

/* The line that the comparison scaled the structure's curve by, found from that curve itself. */
static cuxas_status find_scale(const passage *way, const double *structure, cuxas_line *ret_line, cuxas_error *err)
{
  const cuxas_query *query = way->query;
  const cuxas_span   all   = {0, query->grid.n_energy};
  cuxas_line         line;

  double *measured = cuxas_new(err, query->grid.n_energy, sizeof *measured);
  if (measured == NULL) return CUXAS_ENOMEM;
  bool is_scaled = cuxas_scale_measured(way->settings->scale, query, all, query->mu, &line);
  if (is_scaled) {
    cuxas_scale_apply(line, query->mu, query->grid.n_energy, measured);
    is_scaled = cuxas_scale_predicted(way->settings->scale, query, all, measured, structure, ret_line);
  }
  free(measured);
  return is_scaled ? CUXAS_OK : cuxas_fail(err, CUXAS_ENUMERIC, "curve is flat or cannot be scaled");
}

/* The combined spectrum of one site in one channel; false: the model has no such channel. */
static bool assemble_site(const cuxas_model *model, const cuxas_site_prediction *site, cuxas_channel channel,
                          double *ret_mu)
{
  const double *edge_mu[CUXAS_MODEL_MAX_EDGE];
  if (!cuxas_model_has_channel(model, channel)) return false;
  for (size_t i_edge = 0; i_edge < model->n_edge; i_edge++)
    edge_mu[i_edge] = site->mu[cuxas_model_find_head(model, i_edge, channel) - model->head];
  cuxas_predict_assemble(model, edge_mu, ret_mu);
  return true;
}

static cuxas_status fill_site(const passage *way, const cuxas_prediction *prediction, size_t i_site, cuxas_line line,
                              cuxas_detail_site *ret_site, cuxas_error *err)
{
  const cuxas_site_prediction *site                     = &prediction->site[i_site];
  const size_t                 n_energy                 = way->model->grid.n_energy;
  double                      *channel[CUXAS_N_CHANNEL] = {NULL};
  cuxas_status                 status                   = CUXAS_OK;

  ret_site->site_index   = site->site_index;
  ret_site->multiplicity = site->multiplicity;
  ret_site->weight       = (double)site->multiplicity / (double)prediction->n_absorber;
  ret_site->domain       = site->domain;
  ret_site->mu           = cuxas_new(err, way->query->grid.n_energy, sizeof *ret_site->mu);
  double *work           = cuxas_new(err, n_energy, CUXAS_N_CHANNEL * sizeof *work);
  if (ret_site->mu == NULL || work == NULL) {
    free(work);
    return cuxas_no_memory(err);
  }
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) {
    double *row = work + (size_t)i * n_energy;
    if (assemble_site(way->model, site, (cuxas_channel)i, row)) channel[i] = row;
  }
  if ((status = pass(way, channel, ret_site->mu, err)) == CUXAS_OK)
    cuxas_scale_apply(line, ret_site->mu, way->query->grid.n_energy, ret_site->mu);
  free(work);
  return status;
}

/* mu: the structure's spectra by channel. */
static cuxas_status fill(const passage *way, const cuxas_prediction *prediction, double *const mu[CUXAS_N_CHANNEL],
                         cuxas_detail *detail, cuxas_error *err)
{
  const size_t n_energy = way->query->grid.n_energy;
  cuxas_line   line;
  cuxas_status status;

  detail->site      = cuxas_new(err, prediction->n_site, sizeof *detail->site);
  double *structure = cuxas_new(err, n_energy, sizeof *structure);
  if (detail->site == NULL || structure == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  detail->n_site = prediction->n_site;
  if ((status = pass(way, mu, structure, err)) != CUXAS_OK ||
      (status = find_scale(way, structure, &line, err)) != CUXAS_OK)
    goto done;
  for (size_t i = 0; i < prediction->n_site; i++)
    if ((status = fill_site(way, prediction, i, line, &detail->site[i], err)) != CUXAS_OK) goto done;

  if (prediction->sigma[CUXAS_CHANNEL_NO_HOLE] == NULL && prediction->sigma[CUXAS_CHANNEL_SCREENED_HOLE] == NULL)
    goto done;
  if ((detail->sigma = cuxas_new(err, n_energy, sizeof *detail->sigma)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  if ((status = pass(way, prediction->sigma, detail->sigma, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < n_energy; i++) detail->sigma[i] = fabs(line.gain * detail->sigma[i]);
done:
  free(structure);
  return status;
}

/* The parts of a hit whose library kept none: predicted again, if its file is what it was. */
static cuxas_status predict_again(const cuxas_model *model, const cuxas_hit *hit, cuxas_parts **ret_parts,
                                  cuxas_error *err)
{
  const cuxas_candidate candidate = {.path = hit->path, .kind = hit->kind};
  cuxas_crystal        *crystal   = NULL;
  cuxas_known           known     = {0};
  char                  sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_status          status;

  if ((status = cuxas_candidate_hash(&candidate, sha256, err)) != CUXAS_OK) return status;
  if (strcmp(sha256, hit->sha256) != 0)
    return cuxas_fail(err, CUXAS_EIO, "%s: changed while it was being matched", hit->path);
  if ((status = cuxas_candidate_read(&candidate, &crystal, err)) == CUXAS_OK &&
      (status = cuxas_known_predict(model, crystal, &known, err)) == CUXAS_OK)
    status = take_parts(&crystal, &known.prediction, ret_parts, err);
  cuxas_known_clear(&known);
  cuxas_crystal_free(crystal);
  return status;
}

cuxas_status cuxas_library_keep_parts(cuxas_library *library, size_t max_byte, cuxas_hit *hit, cuxas_error *err)
{
  size_t i = 0;
  if (library->is_part || hit->parts != NULL || hit->kind != CUXAS_CANDIDATE_STRUCTURE || library->n_byte >= max_byte)
    return CUXAS_OK;
  while (i < library->n_slot && strcmp(library->slot[i].hit.label, hit->label) != 0) i++;
  if (i == library->n_slot) return CUXAS_OK;
  cuxas_parts      **parts  = &library->slot[i].parts;
  const cuxas_status status = predict_again(library->model, hit, parts, err);
  if (status != CUXAS_OK) return status;
  library->n_byte += cuxas_parts_bytes(*parts, library->model);
  hit->parts = library->slot[i].hit.parts = *parts;
  return CUXAS_OK;
}

cuxas_status cuxas_detail_new(const cuxas_query *query, const cuxas_model *model,
                              const cuxas_compare_settings *settings, const cuxas_hit *hit, cuxas_detail **ret_detail,
                              cuxas_error *err)
{
  const passage      way    = {query, model, settings, &hit->comparison};
  const cuxas_parts *parts  = hit->parts;
  cuxas_parts       *own    = NULL;
  cuxas_detail      *detail = NULL;
  cuxas_status       status = CUXAS_OK;

  *ret_detail = NULL;
  if ((detail = cuxas_new(err, 1, sizeof *detail)) == NULL) return CUXAS_ENOMEM;
  if (parts == NULL && hit->kind == CUXAS_CANDIDATE_STRUCTURE) {
    if ((status = predict_again(model, hit, &own, err)) != CUXAS_OK) goto done;
    parts = own;
  }
  if (parts != NULL && (status = fill(&way, parts->prediction, parts->mu, detail, err)) != CUXAS_OK) goto done;
  *ret_detail = detail;
  detail      = NULL;
done:
  cuxas_detail_free(detail);
  cuxas_parts_free(own);
  return status;
}

void cuxas_detail_free(cuxas_detail *detail)
{
  if (detail == NULL) return;
  for (size_t i = 0; i < detail->n_site; i++) free(detail->site[i].mu);
  free(detail->site);
  free(detail->sigma);
  free(detail);
}
