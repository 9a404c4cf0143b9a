/* shortlist.c - the few best candidates: simulated, and what stands behind each of them
 *
 * Contents: 1. one candidate  2. one channel for all  3. the shortlist  4. a whole library  5. what stands behind a hit
 * (detail.h) */
#include "match/shortlist.h"
#include "match/detail.h"
#include "match/query.h"
#include "match/search.h"
#include "match/store.h"
#include "predict/head.h"
#include "match/library.h"

#include "records/dataset.h"
#include "records/simulations.h"
#include "base/memory.h"
#include "base/text.h"
#include "match/candidate.h"
#include "match/simulated.h"
#include "predict/model_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cjson/cJSON.h>

/* 1. one candidate */

/* Failures of a candidate that leave the others untouched. */
static bool is_local(cuxas_status status)
{
  return status != CUXAS_OK && status != CUXAS_ENOMEM && status != CUXAS_EIO;
}

enum { MOST_ARRANGEMENTS = 4 }; /* that are simulated of a disordered structure */

/* Spectra of its sites, and how many of each kind there are; of a disordered structure those of several arrangements, one
 * behind the other. */
typedef struct {
  size_t               n, n_distinct; /* of all arrangements; of the first */
  const cuxas_record **record;        /* (n) borrowed */
  double              *weight;        /* (n) */
} candidate_sites;

static void free_sites(candidate_sites *sites)
{
  free(sites->record);
  free(sites->weight);
  *sites = (candidate_sites){0};
}

static cuxas_status add_sites(const cuxas_crystal *crystal, const char *name, int absorber,
                              cuxas_simulations *simulations, candidate_sites *sites, cuxas_error *err)
{
  cuxas_orbits *orbits = NULL;
  cuxas_status  status = cuxas_symmetry_find_orbits(crystal, absorber, CUXAS_SYMPREC_A, &orbits, err);
  if (status != CUXAS_OK) return status;
  const size_t         n      = sites->n + orbits->n_orbit;
  const cuxas_record **record = cuxas_grow(err, sites->record, n, sizeof *record);
  if (record != NULL) sites->record = record;
  double *weight = record != NULL ? cuxas_grow(err, sites->weight, n, sizeof *weight) : NULL;
  if (weight != NULL) {
    sites->weight = weight;
    for (size_t i = 0; i < orbits->n_orbit; i++) weight[sites->n + i] = (double)orbits->multiplicity[i];
    status = cuxas_simulations_find(simulations, name, crystal, orbits, record + sites->n, err);
    if (sites->n == 0) sites->n_distinct = orbits->n_orbit;
    sites->n = n;
  } else {
    status = CUXAS_ENOMEM;
  }
  cuxas_orbits_free(orbits);
  return status;
}

static size_t count_arrangements(const cuxas_crystal *crystal)
{
  size_t n = 0;
  for (; crystal != NULL; crystal = crystal->next) n++;
  return n;
}

/* Sites of the arrangements that are simulated, all of which are equally likely and have the same composition. */
static cuxas_status find_sites(const cuxas_crystal *crystal, const char *name, int absorber,
                               cuxas_simulations *simulations, candidate_sites *sites, cuxas_error *err)
{
  const size_t n_all = count_arrangements(crystal), n_taken = n_all < MOST_ARRANGEMENTS ? n_all : MOST_ARRANGEMENTS;
  cuxas_status status  = CUXAS_OK;
  size_t       i_taken = 0;
  for (size_t i = 0; i < n_all && status == CUXAS_OK; i++, crystal = crystal->next) {
    char suffix[CUXAS_ARRANGEMENT_SUFFIX_SIZE], id[CUXAS_RECORD_ID_SIZE];
    if (!cuxas_arrangement_is_simulated(i, n_all, MOST_ARRANGEMENTS)) continue;
    cuxas_arrangement_suffix(i_taken++, n_taken, suffix);
    cuxas_text_print(id, sizeof id, "%.40s%s", name, suffix);
    status = add_sites(crystal, suffix[0] != '\0' ? id : name, absorber, simulations, sites, err);
  }
  return status;
}

/* Of one site; work is (n_energy of the first edge). */
static double find_site_error(const cuxas_record_curve *curve, const double *predicted, cuxas_grid grid, double *work)
{
  double sum = 0.0;
  if (cuxas_dataset_resample(curve, grid, work, NULL) != CUXAS_OK) return NAN;
  for (size_t i = 0; i < grid.n_energy; i++) sum += fabs(work[i] - predicted[i]);
  return sum / (double)grid.n_energy;
}

/* How wrong the prediction is; NaN where the model predicts no first edge without a core hole. */
static cuxas_status find_error(const cuxas_crystal *crystal, const cuxas_parts *opt_parts, const cuxas_model *model,
                               const candidate_sites *sites, double *ret_error, cuxas_error *err)
{
  const cuxas_head *head  = cuxas_model_find_head(model, 0, CUXAS_CHANNEL_NO_HOLE);
  cuxas_prediction *again = NULL;
  double            sum = 0.0, n = 0.0;
  *ret_error = NAN;
  if (head == NULL) return CUXAS_OK;
  const cuxas_grid   grid   = model->edge[0].grid;
  const cuxas_status status = opt_parts == NULL ? cuxas_predict_crystal(model, crystal, &again, err) : CUXAS_OK;
  if (status != CUXAS_OK) return status;
  const cuxas_prediction *prediction = opt_parts != NULL ? opt_parts->prediction : again;
  const size_t            n_all      = count_arrangements(crystal);
  double                 *work       = cuxas_new(err, grid.n_energy, sizeof *work);
  if (work == NULL) {
    cuxas_prediction_free(again);
    return cuxas_no_memory(err);
  }
  for (size_t i = 0, i_site = 0; i < n_all && prediction != NULL; i++, prediction = prediction->next) {
    if (!cuxas_arrangement_is_simulated(i, n_all, MOST_ARRANGEMENTS)) continue;
    for (size_t k = 0; k < prediction->n_site && i_site < sites->n; k++, i_site++) { /* orbits in the same order */
      const cuxas_record_curve *curve = &sites->record[i_site]->curve[0][CUXAS_CHANNEL_NO_HOLE];
      sum += sites->weight[i_site] * find_site_error(curve, prediction->site[k].mu[head - model->head], grid, work);
      n += sites->weight[i_site];
    }
  }
  free(work);
  cuxas_prediction_free(again);
  *ret_error = sum / n;
  return CUXAS_OK;
}

/* A structure to be simulated, and what its match by prediction has kept of it. */
typedef struct {
  const cuxas_candidate *candidate;
  const cuxas_parts     *opt_parts;
} subject;

/* The crystal, and the checksum of its file; `own` is what the caller frees. */
static cuxas_status read_subject(const subject *from, char ret_sha256[CUXAS_SHA256_HEX_SIZE], cuxas_crystal **own,
                                 cuxas_error *err)
{
  cuxas_status status = cuxas_candidate_read(from->candidate, own, err);
  if (status == CUXAS_EIO) return CUXAS_EUNSUPPORTED; /* a matter of this file alone */
  return status == CUXAS_OK ? cuxas_candidate_hash(from->candidate, ret_sha256, err) : status;
}

/* The slot's curve from simulations; own may be NULL. Names are in the slot, and the checksum of kept parts. */
static cuxas_status simulate(const subject *from, const cuxas_model *model, cuxas_simulations *simulations,
                             cuxas_slot *slot, cuxas_shortlisted *opt_own, cuxas_error *err)
{
  cuxas_crystal  *own    = NULL;
  candidate_sites sites  = {0};
  cuxas_status    status = CUXAS_OK;

  slot->hit.kind   = CUXAS_CANDIDATE_STRUCTURE;
  slot->hit.domain = (cuxas_domain){NAN, false};
  if (from->opt_parts == NULL) status = read_subject(from, slot->hit.sha256, &own, err);
  const cuxas_crystal *crystal = from->opt_parts != NULL ? from->opt_parts->crystal : own;
  if (status == CUXAS_OK &&
      (status = find_sites(crystal, slot->hit.name, model->absorber, simulations, &sites, err)) == CUXAS_OK &&
      (status = cuxas_simulated_curve(model, sites.record, sites.weight, sites.n, &slot->curve, err)) == CUXAS_OK) {
    cuxas_crystal_formula(crystal, slot->hit.formula);
    const size_t n_all = count_arrangements(crystal);
    if (n_all > 1)
      status = cuxas_hit_warn(&slot->hit, err, "disordered: %zu of its %zu arrangements are simulated and averaged",
                              n_all < MOST_ARRANGEMENTS ? n_all : (size_t)MOST_ARRANGEMENTS, n_all);
    slot->hit.n_absorber = cuxas_crystal_count(crystal, model->absorber);
    slot->hit.n_distinct = sites.n_distinct;
    if (status == CUXAS_OK && opt_own != NULL) {
      status = find_error(crystal, from->opt_parts, model, &sites, &opt_own->error, err);
      memcpy(opt_own->code, sites.record[0]->code, sizeof opt_own->code);
    }
  }
  free_sites(&sites);
  cuxas_crystal_free(own);
  return status;
}

static cuxas_status name_slot(cuxas_slot *slot, const char *path, const char *label, const char *name, cuxas_error *err)
{
  slot->hit.path  = cuxas_copy_text(err, path);
  slot->hit.label = cuxas_copy_text(err, label);
  slot->hit.name  = cuxas_copy_text(err, name);
  if (slot->hit.path != NULL && slot->hit.label != NULL && slot->hit.name != NULL) return CUXAS_OK;
  return cuxas_no_memory(err);
}

/* 2. one channel for all */

static bool is_lacking(const cuxas_slot *slot, size_t n_slot, cuxas_channel channel)
{
  for (size_t i = 0; i < n_slot; i++)
    if (slot[i].fate == CUXAS_FATE_HIT && slot[i].curve.mu[channel] == NULL) return true;
  return false;
}

/* Where every candidate has a projected core hole, that is what the screened one is mixed with: a hole in the potential
 * fills empty d states, one that is projected moves them. Otherwise none has; returns whether all do. */
static bool project(cuxas_slot *slot, size_t n_slot)
{
  const bool is_projected = !is_lacking(slot, n_slot, CUXAS_CHANNEL_PROJECTED_HOLE);
  for (size_t i = 0; i < n_slot; i++) {
    double **mu = slot[i].curve.mu;
    if (is_projected && mu[CUXAS_CHANNEL_PROJECTED_HOLE] != NULL) {
      free(mu[CUXAS_CHANNEL_NO_HOLE]);
      mu[CUXAS_CHANNEL_NO_HOLE] = mu[CUXAS_CHANNEL_PROJECTED_HOLE];
    } else {
      free(mu[CUXAS_CHANNEL_PROJECTED_HOLE]);
    }
    mu[CUXAS_CHANNEL_PROJECTED_HOLE] = NULL;
  }
  return is_projected;
}

/* Takes the channel with a core hole from all when one lacks it; returns how many do. */
static size_t level_channels(cuxas_slot *slot, size_t n_slot)
{
  size_t n_lacking = 0;
  for (size_t i = 0; i < n_slot; i++)
    n_lacking += slot[i].fate == CUXAS_FATE_HIT && slot[i].curve.mu[CUXAS_CHANNEL_SCREENED_HOLE] == NULL;
  for (size_t i = 0; i < n_slot && n_lacking > 0; i++) {
    free(slot[i].curve.mu[CUXAS_CHANNEL_SCREENED_HOLE]);
    slot[i].curve.mu[CUXAS_CHANNEL_SCREENED_HOLE] = NULL;
  }
  return n_lacking;
}

/* 3. the shortlist */

double cuxas_shortlist_limit(const cuxas_model *model)
{
  const cJSON *metrics = cJSON_GetObjectItemCaseSensitive(model->head_json, "metrics");
  const cJSON *entry;
  cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(metrics, "errors"))
  {
    static const char *const MEMBER[] = {"edge", "channel", "rows", "predictor"};
    const char *const wanted[]  = {model->edge[0].name, cuxas_channel_name(CUXAS_CHANNEL_NO_HOLE), "all", "model"};
    bool              is_wanted = true;
    for (size_t i = 0; i < sizeof MEMBER / sizeof *MEMBER; i++) {
      const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, MEMBER[i]));
      is_wanted        = is_wanted && text != NULL && strcmp(text, wanted[i]) == 0;
    }
    const cJSON *limit = cJSON_GetObjectItemCaseSensitive(entry, "p90");
    if (is_wanted && cJSON_IsNumber(limit)) return limit->valuedouble;
  }
  return NAN;
}

bool cuxas_shortlist_leads(const cuxas_shortlist *opt_shortlist)
{
  return opt_shortlist != NULL && opt_shortlist->hits->n_hit > 0;
}

void cuxas_shortlist_free(cuxas_shortlist *shortlist)
{
  if (shortlist == NULL) return;
  for (size_t i = 0; shortlist->candidate != NULL && shortlist->hits != NULL && i < shortlist->hits->n_hit; i++)
    free(shortlist->candidate[i].predicted);
  free(shortlist->candidate);
  cuxas_hits_free(shortlist->hits);
  free(shortlist);
}

/* The structures among the best hits: their places. */
static size_t list_best(const cuxas_hits *hits, size_t n_wanted, size_t *ret_i_hit)
{
  size_t n = 0;
  for (size_t i = 0; i < hits->n_hit && n < n_wanted; i++)
    if (hits->hit[i].kind == CUXAS_CANDIDATE_STRUCTURE) ret_i_hit[n++] = i;
  return n;
}

/* A stage under construction: slots and what else is known of them, in the order of the ranking by prediction. */
typedef struct {
  size_t             n;
  size_t            *i_hit;
  cuxas_slot        *slot;
  cuxas_shortlisted *own;
} stage;

static cuxas_status fill_stage(stage *work, const cuxas_hits *hits, const cuxas_model *model,
                               cuxas_simulations *simulations, const cuxas_watch *opt_watch, cuxas_error *err)
{
  for (size_t i = 0; i < work->n; i++) {
    const cuxas_hit      *hit       = &hits->hit[work->i_hit[i]];
    const cuxas_candidate candidate = {.path = hit->path, .kind = hit->kind};
    cuxas_error           reason    = {.status = CUXAS_OK};
    cuxas_watch_tell(opt_watch, i, work->n);
    cuxas_status status = name_slot(&work->slot[i], hit->path, hit->label, hit->name, err);
    if (status != CUXAS_OK) return status;
    work->own[i].rank  = hit->rank;
    const subject from = {&candidate, hit->parts};
    if (hit->parts != NULL) memcpy(work->slot[i].hit.sha256, hit->sha256, sizeof hit->sha256);
    status = simulate(&from, model, simulations, &work->slot[i], &work->own[i], &reason);
    if (status == CUXAS_OK && strcmp(work->slot[i].hit.sha256, hit->sha256) != 0)
      status = cuxas_fail(&reason, CUXAS_EIO, "%s: changed while it was being matched", hit->path);
    if (is_local(status))
      cuxas_slot_skip(&work->slot[i], reason.message);
    else if (status != CUXAS_OK)
      return cuxas_fail(err, status, "%s", reason.message);
  }
  return CUXAS_OK;
}

/* What else is known, in the order of the new ranking. */
static cuxas_status pair(const stage *work, const cuxas_hits *by_prediction, const cuxas_query *query,
                         cuxas_shortlist *shortlist, cuxas_error *err)
{
  const size_t n_energy = query->grid.n_energy;
  for (size_t i = 0; i < shortlist->hits->n_hit; i++) {
    size_t k = 0;
    while (strcmp(by_prediction->hit[work->i_hit[k]].label, shortlist->hits->hit[i].label) != 0) k++;
    cuxas_shortlisted *own     = &shortlist->candidate[i];
    const double      *shifted = by_prediction->hit[work->i_hit[k]].shifted;
    *own                       = work->own[k];
    own->is_doubtful           = own->error > shortlist->limit;
    if (shifted == NULL) continue;
    if ((own->predicted = cuxas_new(err, n_energy, sizeof *own->predicted)) == NULL) return CUXAS_ENOMEM;
    memcpy(own->predicted, shifted, n_energy * sizeof *shifted);
  }
  return CUXAS_OK;
}

static cuxas_status rank_stage(const stage *work, const cuxas_query *query, const cuxas_hits *by_prediction,
                               const cuxas_model *model, const cuxas_match_settings *settings,
                               cuxas_shortlist *shortlist, cuxas_error *err)
{
  const bool              wants_hole = settings->compare.fit_hole || settings->compare.hole_fraction < 1.0;
  const cuxas_slot_source source     = {.model = model, .n_candidate = work->n, .loaded = work->slot};
  cuxas_match_settings    same       = *settings;
  const size_t            n_lacking  = level_channels(work->slot, work->n);
  cuxas_status            status;

  if (wants_hole) shortlist->n_without_hole = n_lacking;
  shortlist->is_projected = wants_hole && n_lacking == 0 && project(work->slot, work->n);
  if (n_lacking > 0) {
    same.compare.fit_hole      = false;
    same.compare.hole_fraction = 1.0;
  }
  shortlist->compare = same.compare;
  if ((status = cuxas_match_slots(query, &source, &same, NULL, &shortlist->hits, err)) != CUXAS_OK) return status;
  shortlist->candidate = cuxas_new(err, shortlist->hits->n_hit, sizeof *shortlist->candidate);
  if (shortlist->candidate == NULL) return CUXAS_ENOMEM;
  return pair(work, by_prediction, query, shortlist, err);
}

cuxas_status cuxas_shortlist_simulate(const cuxas_query *query, const cuxas_hits *hits, const cuxas_second_stage *how,
                                      const cuxas_match_settings *settings, const cuxas_watch *opt_watch,
                                      cuxas_shortlist **ret_shortlist, cuxas_error *err)
{
  const cuxas_model *model  = how->model;
  stage              work   = {0};
  cuxas_status       status = CUXAS_OK;

  *ret_shortlist             = NULL;
  cuxas_shortlist *shortlist = cuxas_new(err, 1, sizeof *shortlist);
  work.i_hit                 = cuxas_new(err, hits->n_hit, sizeof *work.i_hit);
  if (work.i_hit != NULL) work.n = list_best(hits, how->n_wanted, work.i_hit);
  work.slot = cuxas_new(err, work.n, sizeof *work.slot);
  work.own  = cuxas_new(err, work.n, sizeof *work.own);
  if (shortlist == NULL || work.i_hit == NULL || work.slot == NULL || work.own == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  shortlist->n_wanted = work.n;
  shortlist->limit    = cuxas_shortlist_limit(model);
  if (work.n == 0) {
    shortlist->hits = cuxas_new(err, 1, sizeof *shortlist->hits);
    status          = shortlist->hits != NULL ? CUXAS_OK : cuxas_no_memory(err);
  } else if ((status = fill_stage(&work, hits, model, how->simulations, opt_watch, err)) == CUXAS_OK) {
    status = rank_stage(&work, query, hits, model, settings, shortlist, err);
  }
  if (status != CUXAS_OK) goto done;
  *ret_shortlist = shortlist;
  shortlist      = NULL;
done:
  for (size_t i = 0; work.slot != NULL && i < work.n; i++) cuxas_slot_clear(&work.slot[i]);
  free(work.slot);
  free(work.own);
  free(work.i_hit);
  cuxas_shortlist_free(shortlist);
  return status;
}

/* 4. a whole library */

cuxas_status cuxas_library_simulate(const cuxas_catalog *catalog, const cuxas_model *model,
                                    cuxas_simulations *simulations, const cuxas_watch *opt_watch,
                                    cuxas_library **ret_library, cuxas_error *err)
{
  cuxas_library *library = NULL;
  cuxas_status   status;
  *ret_library = NULL;
  if ((status = cuxas_library_begin(catalog, model, &library, err)) != CUXAS_OK) return status;
  for (size_t i = 0; i < catalog->n_candidate && status == CUXAS_OK; i++) {
    const cuxas_candidate *candidate = &catalog->candidate[i];
    cuxas_slot            *slot      = &library->slot[i];
    cuxas_error            reason    = {.status = CUXAS_OK};
    cuxas_watch_tell(opt_watch, i, catalog->n_candidate);
    if ((status = name_slot(slot, candidate->path, candidate->label, candidate->name, err)) != CUXAS_OK) break;
    if (candidate->kind != CUXAS_CANDIDATE_STRUCTURE) {
      cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, "a spectrum, which is not simulated");
      continue;
    }
    const subject from = {candidate, NULL};
    status             = simulate(&from, model, simulations, slot, NULL, &reason);
    if (is_local(status)) {
      cuxas_slot_skip(slot, reason.message);
      status = CUXAS_OK;
    } else if (status != CUXAS_OK) {
      cuxas_fail(err, status, "%s", reason.message);
    }
  }
  if (status == CUXAS_OK) {
    if (level_channels(library->slot, library->n_slot) == 0) project(library->slot, library->n_slot);
    *ret_library = library;
  } else {
    cuxas_library_free(library);
  }
  return status;
}

/* 5. what stands behind a hit */

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
  const double *first = mu[CUXAS_CHANNEL_NO_HOLE] != NULL ? mu[CUXAS_CHANNEL_NO_HOLE] : mu[CUXAS_CHANNEL_SCREENED_HOLE];
  const cuxas_curve curve = {
      way->model->grid, first,
      mu[CUXAS_CHANNEL_NO_HOLE] != NULL && fraction < 1.0 ? mu[CUXAS_CHANNEL_SCREENED_HOLE] : NULL, true};
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

cuxas_status cuxas_detail_new(const cuxas_query *query, const cuxas_model *model,
                              const cuxas_compare_settings *settings, const cuxas_hit *hit, cuxas_detail **ret_detail,
                              cuxas_error *err)
{
  const passage  way     = {query, model, settings, &hit->comparison};
  cuxas_crystal *crystal = NULL;
  cuxas_known    known   = {0};
  cuxas_detail  *detail  = NULL;
  char           sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_status   status = CUXAS_OK;

  *ret_detail = NULL;
  if ((detail = cuxas_new(err, 1, sizeof *detail)) == NULL) return CUXAS_ENOMEM;
  if (hit->parts != NULL) {
    if ((status = fill(&way, hit->parts->prediction, hit->parts->mu, detail, err)) != CUXAS_OK) goto done;
  } else if (hit->kind == CUXAS_CANDIDATE_STRUCTURE) {
    const cuxas_candidate candidate = {.path = hit->path, .kind = hit->kind};
    if ((status = cuxas_candidate_hash(&candidate, sha256, err)) != CUXAS_OK) goto done;
    if (strcmp(sha256, hit->sha256) != 0) {
      status = cuxas_fail(err, CUXAS_EIO, "%s: changed while it was being matched", hit->path);
      goto done;
    }
    if ((status = cuxas_candidate_read(&candidate, &crystal, err)) != CUXAS_OK ||
        (status = cuxas_known_predict(model, crystal, &known, err)) != CUXAS_OK ||
        (status = fill(&way, known.prediction, known.prediction->mu, detail, err)) != CUXAS_OK)
      goto done;
  }
  *ret_detail = detail;
  detail      = NULL;
done:
  cuxas_detail_free(detail);
  cuxas_known_clear(&known);
  cuxas_crystal_free(crystal);
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
