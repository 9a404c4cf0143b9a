/* shortlist.c - the few best candidates, simulated
 *
 * Contents: 1. one channel for all  2. what is known  3. the shortlist  4. a whole library */
#include "match/shortlist.h"
#include "match/query.h"
#include "match/store.h"
#include "match/library.h"
#include "records/dataset.h"
#include "records/simulations.h"
#include "base/memory.h"
#include "base/text.h"
#include "match/candidate.h"
#include "match/simulated.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cjson/cJSON.h>

/* Failures of a candidate that leave the others untouched. */
static bool is_local(cuxas_status status)
{
  return status != CUXAS_OK && status != CUXAS_ENOMEM && status != CUXAS_EIO;
}

/* 1. one channel for all */

/* Where some have a core hole and some lack it, these go. */
static void leave_out_lacking(cuxas_slot *slot, size_t n_slot)
{
  bool has_hole = false;
  for (size_t i = 0; i < n_slot; i++)
    has_hole = has_hole || (slot[i].fate == CUXAS_FATE_HIT && slot[i].curve.mu[CUXAS_CHANNEL_SCREENED_HOLE] != NULL);
  for (size_t i = 0; i < n_slot && has_hole; i++)
    if (slot[i].fate == CUXAS_FATE_HIT && slot[i].curve.mu[CUXAS_CHANNEL_SCREENED_HOLE] == NULL)
      cuxas_slot_give_up(&slot[i], CUXAS_FATE_SKIPPED, "simulated without a core hole, which the others have");
}

/* Takes a channel with a core hole from all when one lacks it; returns how many do. */
static size_t level_channel(cuxas_slot *slot, size_t n_slot, cuxas_channel channel)
{
  size_t n_lacking = 0;
  for (size_t i = 0; i < n_slot; i++) n_lacking += slot[i].fate == CUXAS_FATE_HIT && slot[i].curve.mu[channel] == NULL;
  for (size_t i = 0; i < n_slot && n_lacking > 0; i++) {
    free(slot[i].curve.mu[channel]);
    slot[i].curve.mu[channel] = NULL;
  }
  return n_lacking;
}

/* 2. what is known */

/* One candidate that was looked up: its slot, without a curve where it is not known. */
typedef struct {
  cuxas_slot        slot;
  cuxas_shortlisted own;
  bool              is_settled; /* without a curve: its library says that there is none */
} known_curve;

/* Where it is looked up. */
typedef struct {
  cuxas_simulated_manner how;       /* without simulations: only what libraries among the candidates hold */
  cuxas_store           *opt_store; /* of that */
  char                   source[CUXAS_SHA256_HEX_SIZE]; /* of how->simulations */
  bool                   is_kept;                       /* in the cache, for the next process */
} places;

struct cuxas_simulated_curves {
  size_t        n;
  known_curve **by_label; /* (n) each where it stays */
};

cuxas_simulated_curves *cuxas_simulated_curves_new(cuxas_error *err)
{
  return cuxas_new(err, 1, sizeof(cuxas_simulated_curves));
}

static void free_known(known_curve *known)
{
  if (known == NULL) return;
  cuxas_slot_clear(&known->slot);
  free(known);
}

void cuxas_simulated_curves_free(cuxas_simulated_curves *curves)
{
  if (curves == NULL) return;
  for (size_t i = 0; i < curves->n; i++) free_known(curves->by_label[i]);
  free(curves->by_label);
  free(curves);
}

/* Where a label is, or would be. */
static size_t find_place(const cuxas_simulated_curves *curves, const char *label)
{
  size_t low = 0, high = curves->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (strcmp(curves->by_label[middle]->slot.hit.label, label) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* By the checksum of its file. */
static cuxas_status look_up_file(const cuxas_hit *hit, const cuxas_simulated_manner *how, known_curve *known,
                                 cuxas_error *err)
{
  static const char    DISORDERED[] = "disordered"; /* of which there are several arrangements */
  cuxas_status         status       = CUXAS_ENOMEM;
  const cuxas_record **record       = cuxas_new(err, hit->n_absorber, sizeof *record);
  double              *weight       = cuxas_new(err, hit->n_absorber, sizeof *weight);
  for (size_t i = 0; i < CUXAS_HIT_MAX_WARNING && hit->warning[i] != NULL; i++)
    if (strncmp(hit->warning[i], DISORDERED, sizeof DISORDERED - 1) == 0) status = CUXAS_OK;
  if (record == NULL || weight == NULL || status == CUXAS_OK) goto done;
  const size_t n = cuxas_simulations_know_file(how->simulations, hit->sha256, hit->n_absorber, record);
  status         = CUXAS_OK;
  for (size_t i = 0; i < n; i++) weight[i] = (double)record[i]->multiplicity;
  if (n == 0 ||
      (status = cuxas_simulated_curve(how->model, record, weight, n, true, &known->slot.curve, err)) != CUXAS_OK)
    goto done;
  known->slot.hit.kind       = hit->kind;
  known->slot.hit.domain     = (cuxas_domain){NAN, false};
  known->slot.hit.n_absorber = hit->n_absorber;
  known->slot.hit.n_distinct = hit->n_distinct;
  memcpy(known->slot.hit.formula, hit->formula, sizeof hit->formula);
  memcpy(known->own.code, record[0]->code, sizeof known->own.code);
done:
  free(record);
  free(weight);
  return status;
}

/* By what the file holds. */
static cuxas_status look_up_crystal(const cuxas_hit *hit, const cuxas_simulated_manner *how, known_curve *known,
                                    cuxas_error *err)
{
  const cuxas_candidate         candidate = {.path = hit->path, .kind = hit->kind};
  const cuxas_simulated_subject from      = {&candidate, hit->parts};
  cuxas_error                   reason    = {.status = CUXAS_OK};
  const cuxas_status            status    = cuxas_slot_simulate(&from, how, &known->slot, &known->own, NULL, &reason);
  if (status != CUXAS_OK && !is_local(status)) return cuxas_fail(err, status, "%s", reason.message);
  if (status != CUXAS_OK ||
      strcmp(known->slot.hit.sha256, hit->sha256) != 0) /* cannot be read any more, or has changed */
    cuxas_candidate_curve_clear(&known->slot.curve);
  return CUXAS_OK;
}

static bool has_curve(const known_curve *known)
{
  return known->slot.curve.mu[CUXAS_CHANNEL_NO_HOLE] != NULL;
}

/* In the files of simulations, by the structure's checksum or by what it holds. */
static cuxas_status look_into_files(const cuxas_hit *hit, const places *where, known_curve *known, bool *ret_may_know,
                                    cuxas_error *err)
{
  cuxas_status status = cuxas_simulations_load(where->how.simulations, err);
  *ret_may_know       = status == CUXAS_OK && cuxas_simulations_may_know(where->how.simulations, hit->formula);
  if (*ret_may_know) status = look_up_file(hit, &where->how, known, err);
  if (*ret_may_know && status == CUXAS_OK && !has_curve(known)) status = look_up_crystal(hit, &where->how, known, err);
  if (status == CUXAS_OK && where->opt_store != NULL && where->is_kept && hit->sha256[0] != '\0')
    cuxas_store_keep_simulated(where->opt_store, hit->sha256, where->source, &known->slot, known->own.code);
  return status;
}

/* NULL: not known, and that was found without reading it: of millions few are kept in mind. */
static cuxas_status look_up(const cuxas_hit *hit, const places *where, known_curve **ret_known, cuxas_error *err)
{
  cuxas_store *store    = where->opt_store;
  known_curve *known    = cuxas_new(err, 1, sizeof *known);
  bool         may_know = false;
  *ret_known            = NULL;
  if (known == NULL) return CUXAS_ENOMEM;
  known->own.error    = NAN;
  cuxas_status status = cuxas_slot_name(&known->slot, hit->path, hit->label, hit->name, err);
  if (status != CUXAS_OK) goto done;
  memcpy(known->slot.hit.sha256, hit->sha256, sizeof hit->sha256);
  if (store != NULL && cuxas_store_find_simulated(store, hit->sha256, NULL, &known->slot, known->own.code))
    known->is_settled = true;
  else if (where->how.simulations != NULL &&
           (store == NULL ||
            !cuxas_store_find_simulated(store, hit->sha256, where->source, &known->slot, known->own.code)))
    status = look_into_files(hit, where, known, &may_know, err);
  if (status == CUXAS_OK && (may_know || known->is_settled || has_curve(known))) {
    *ret_known = known;
    known      = NULL;
  }
done:
  free_known(known);
  return status;
}

/* What is known of a hit, NULL: nothing; it stays the property of the curves. */
static cuxas_status know(cuxas_simulated_curves *curves, const cuxas_hit *hit, const places *where,
                         const known_curve **ret_known, cuxas_error *err)
{
  known_curve *known  = NULL;
  cuxas_status status = CUXAS_OK;
#pragma omp critical(cuxas_simulated_curves)
  {
    const size_t i = find_place(curves, hit->label);
    if (i < curves->n && strcmp(curves->by_label[i]->slot.hit.label, hit->label) == 0) {
      known = curves->by_label[i];
    } else if ((status = look_up(hit, where, &known, err)) == CUXAS_OK && known != NULL) {
      known_curve **grown = cuxas_grow(err, curves->by_label, curves->n + 1, sizeof *grown);
      if (grown == NULL) {
        free_known(known);
        known  = NULL;
        status = CUXAS_ENOMEM;
      } else {
        memmove(grown + i + 1, grown + i, (curves->n - i) * sizeof *grown);
        grown[i]         = known;
        curves->by_label = grown;
        curves->n++;
      }
    }
  }
  *ret_known = known;
  return status;
}

/* The cost of a hit that is not known: asked for of the best alone. */
static cuxas_status estimate(const cuxas_hit *hit, cuxas_simulated_manner how, cuxas_simulated_lack *ret_lack,
                             cuxas_error *err)
{
  const cuxas_candidate         candidate = {.path = hit->path, .kind = hit->kind};
  const cuxas_simulated_subject from      = {&candidate, hit->parts};
  cuxas_slot                    slot      = {0};
  cuxas_error                   reason    = {.status = CUXAS_OK};
  *ret_lack                               = (cuxas_simulated_lack){.cost_s = INFINITY};
  how.only_cost                           = true;
  const cuxas_status status               = cuxas_slot_simulate(&from, &how, &slot, NULL, ret_lack, &reason);
  cuxas_slot_clear(&slot);
  return status == CUXAS_OK || is_local(status) ? CUXAS_OK : cuxas_fail(err, status, "%s", reason.message);
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

size_t cuxas_shortlist_find(const cuxas_shortlist *opt_shortlist, const cuxas_hit *hit)
{
  for (size_t i = 0; opt_shortlist != NULL && i < opt_shortlist->hits->n_hit; i++)
    if (opt_shortlist->hits->hit[i].rank_predicted == hit->rank) return i;
  return SIZE_MAX;
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

/* A stage under construction: slots and what else is known of them, in the order of the ranking by prediction. */
typedef struct {
  size_t              n;
  size_t             *i_hit;
  const known_curve **known; /* (n) borrowed; NULL: is computed */
  cuxas_slot         *slot;
  cuxas_shortlisted  *own;
} stage;

/* Adds a hit to the stage, with its curve if it is known. */
static void put_on_stage(stage *work, size_t i_hit, const known_curve *known)
{
  work->i_hit[work->n]   = i_hit;
  work->known[work->n++] = known != NULL && has_curve(known) ? known : NULL;
}

/* The best structures, with the simulations that libraries hold of them. */
static cuxas_status list_best(stage *work, const cuxas_hits *hits, const cuxas_second_stage *how, cuxas_error *err)
{
  const places where  = {.how = {.model = how->model}, .opt_store = how->opt_store};
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < hits->n_hit && work->n < how->n_wanted && status == CUXAS_OK; i++) {
    const known_curve *known = NULL;
    if (hits->hit[i].kind != CUXAS_CANDIDATE_STRUCTURE) continue;
    status = know(how->opt_curves, &hits->hit[i], &where, &known, err);
    put_on_stage(work, i, known);
  }
  return status;
}

enum { MAX_STORED = 1000 }; /* hits: of more, too many are not known for it to be worth while to keep that */

/* Those that are known, and of the best of the others what the means allow. */
static cuxas_status list_auto(stage *work, const cuxas_hits *hits, const cuxas_second_stage *how, cuxas_error *err)
{
  places where     = {.how = {how->model, how->simulations, true, false}, .opt_store = how->opt_store};
  size_t n_lacking = 0;
  double left_s    = CUXAS_SIMULATE_AUTO_S;
  cuxas_simulations_source(how->simulations, where.source);
  for (size_t i = 0; i < hits->n_hit; i++) {
    const cuxas_hit     *hit   = &hits->hit[i];
    const known_curve   *known = NULL;
    cuxas_simulated_lack lack;
    cuxas_status         status;
    if (hit->kind != CUXAS_CANDIDATE_STRUCTURE || hit->is_foreseen) continue;
    where.is_kept = i < MAX_STORED;
    if ((status = know(how->opt_curves, hit, &where, &known, err)) != CUXAS_OK) return status;
    if (known != NULL && has_curve(known)) {
      put_on_stage(work, i, known);
    } else if ((known == NULL || !known->is_settled) && n_lacking < CUXAS_SIMULATE_AUTO_MAX) {
      n_lacking++;
      if ((status = estimate(hit, where.how, &lack, err)) != CUXAS_OK) return status;
      if (lack.cost_s > left_s) continue;
      left_s -= lack.cost_s;
      put_on_stage(work, i, NULL);
    }
  }
  return CUXAS_OK;
}

static cuxas_status fill_stage(stage *work, const cuxas_hits *hits, const cuxas_simulated_manner *how,
                               const cuxas_watch *opt_watch, cuxas_error *err)
{
  for (size_t i = 0; i < work->n; i++) {
    const cuxas_hit      *hit       = &hits->hit[work->i_hit[i]];
    const cuxas_candidate candidate = {.path = hit->path, .kind = hit->kind};
    cuxas_error           reason    = {.status = CUXAS_OK};
    cuxas_watch_tell(opt_watch, i, work->n);
    if (cuxas_watch_is_stopped(opt_watch)) return cuxas_watch_check(opt_watch, err);
    if (work->known[i] != NULL) {
      cuxas_slot_copy(&work->known[i]->slot, &work->slot[i]);
      if (work->slot[i].out_of_memory) return cuxas_no_memory(err);
      work->own[i]                     = work->known[i]->own;
      work->slot[i].hit.rank_predicted = hit->rank;
      continue;
    }
    cuxas_status status = cuxas_slot_name(&work->slot[i], hit->path, hit->label, hit->name, err);
    if (status != CUXAS_OK) return status;
    work->slot[i].hit.rank_predicted   = hit->rank;
    const cuxas_simulated_subject from = {&candidate, hit->parts};
    if (hit->parts != NULL) memcpy(work->slot[i].hit.sha256, hit->sha256, sizeof hit->sha256);
    status = cuxas_slot_simulate(&from, how, &work->slot[i], &work->own[i], NULL, &reason);
    if (status == CUXAS_OK && strcmp(work->slot[i].hit.sha256, hit->sha256) != 0)
      status = cuxas_fail(&reason, CUXAS_EIO, "%s: changed while it was being matched", hit->path);
    if (is_local(status))
      cuxas_slot_skip(&work->slot[i], reason.message);
    else if (status != CUXAS_OK)
      return cuxas_fail(err, status, "%s", reason.message);
  }
  return CUXAS_OK;
}

/* Which of the stage's has this rank; its hits may be some of a ranking, in its order. */
static size_t find_rank(const stage *work, const cuxas_hits *by_prediction, size_t rank)
{
  size_t low = 0, high = work->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (by_prediction->hit[work->i_hit[middle]].rank < rank)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* What else is known, in the order of the new ranking. */
static cuxas_status pair(const stage *work, const cuxas_hits *by_prediction, const cuxas_query *query,
                         cuxas_shortlist *shortlist, cuxas_error *err)
{
  const size_t n_energy = query->grid.n_energy;
  for (size_t i = 0; i < shortlist->hits->n_hit; i++) {
    const size_t       k       = find_rank(work, by_prediction, shortlist->hits->hit[i].rank_predicted);
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
  const bool              wants_hole = cuxas_compare_mixes(&settings->compare);
  const cuxas_slot_source source     = {.model = model, .n_candidate = work->n, .loaded = work->slot};
  cuxas_match_settings    same       = *settings;
  const size_t            n_lacking  = level_channel(work->slot, work->n, CUXAS_CHANNEL_SCREENED_HOLE);
  cuxas_status            status;

  if (wants_hole) shortlist->n_without_hole = n_lacking;
  shortlist->is_projected =
      level_channel(work->slot, work->n, CUXAS_CHANNEL_PROJECTED_HOLE) == 0 && wants_hole && n_lacking == 0;
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
  const cuxas_model           *model     = how->model;
  const bool                   is_auto   = how->n_wanted == CUXAS_SIMULATE_AUTO;
  const cuxas_simulated_manner all       = {.model = model, .simulations = how->simulations};
  cuxas_second_stage           own_stage = *how;
  cuxas_simulated_curves      *own       = NULL;
  stage                        work      = {0};
  cuxas_status                 status    = CUXAS_ENOMEM;

  *ret_shortlist             = NULL;
  cuxas_shortlist *shortlist = cuxas_new(err, 1, sizeof *shortlist);
  if (shortlist == NULL || (work.i_hit = cuxas_new(err, hits->n_hit, sizeof *work.i_hit)) == NULL ||
      (work.known = cuxas_new(err, hits->n_hit, sizeof *work.known)) == NULL ||
      (how->opt_curves == NULL && (own = cuxas_simulated_curves_new(err)) == NULL))
    goto done;
  if (own != NULL) own_stage.opt_curves = own;
  status = is_auto ? list_auto(&work, hits, &own_stage, err) : list_best(&work, hits, &own_stage, err);
  if (status != CUXAS_OK) goto done;
  work.slot = cuxas_new(err, work.n, sizeof *work.slot);
  work.own  = cuxas_new(err, work.n, sizeof *work.own);
  if (work.slot == NULL || work.own == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  shortlist->n_wanted = work.n;
  shortlist->limit    = cuxas_shortlist_limit(model);
  if (work.n == 0) {
    shortlist->hits = cuxas_new(err, 1, sizeof *shortlist->hits);
    status          = shortlist->hits != NULL ? CUXAS_OK : cuxas_no_memory(err);
  } else if ((status = fill_stage(&work, hits, &all, opt_watch, err)) == CUXAS_OK) {
    if (is_auto) leave_out_lacking(work.slot, work.n);
    status = rank_stage(&work, query, hits, model, settings, shortlist, err);
  }
  if (status != CUXAS_OK) goto done;
  *ret_shortlist = shortlist;
  shortlist      = NULL;
done:
  for (size_t i = 0; work.slot != NULL && i < work.n; i++) cuxas_slot_clear(&work.slot[i]);
  free(work.slot);
  free(work.own);
  free(work.known);
  free(work.i_hit);
  cuxas_simulated_curves_free(own);
  cuxas_shortlist_free(shortlist);
  return status;
}

/* 4. a whole library */

cuxas_status cuxas_library_simulate(const cuxas_catalog *catalog, const cuxas_model *model,
                                    cuxas_simulations *simulations, const cuxas_watch *opt_watch,
                                    cuxas_library **ret_library, cuxas_error *err)
{
  const cuxas_simulated_manner how     = {.model = model, .simulations = simulations};
  cuxas_library               *library = NULL;
  cuxas_status                 status;
  *ret_library = NULL;
  if ((status = cuxas_library_begin(catalog, model, &library, err)) != CUXAS_OK) return status;
  for (size_t i = 0; i < catalog->n_candidate && status == CUXAS_OK; i++) {
    const cuxas_candidate *candidate = &catalog->candidate[i];
    cuxas_slot            *slot      = &library->slot[i];
    cuxas_error            reason    = {.status = CUXAS_OK};
    cuxas_watch_tell(opt_watch, i, catalog->n_candidate);
    if ((status = cuxas_slot_name(slot, candidate->path, candidate->label, candidate->name, err)) != CUXAS_OK) break;
    if (candidate->kind != CUXAS_CANDIDATE_STRUCTURE) {
      cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, "a spectrum, which is not simulated");
      continue;
    }
    const cuxas_simulated_subject from = {candidate, NULL};
    status                             = cuxas_slot_simulate(&from, &how, slot, NULL, NULL, &reason);
    if (is_local(status)) {
      cuxas_slot_skip(slot, reason.message);
      status = CUXAS_OK;
    } else if (status != CUXAS_OK) {
      cuxas_fail(err, status, "%s", reason.message);
    }
  }
  if (status == CUXAS_OK) {
    level_channel(library->slot, library->n_slot, CUXAS_CHANNEL_SCREENED_HOLE);
    level_channel(library->slot, library->n_slot, CUXAS_CHANNEL_PROJECTED_HOLE);
    *ret_library = library;
  } else {
    cuxas_library_free(library);
  }
  return status;
}
