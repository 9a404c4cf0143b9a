/* match.c - every candidate compared in parallel, ranked by hits.c; of a prediction only the figures stay, and the curve where it
 * is needed again
 *
 * Contents: 1. all candidates  2. very many: the best compared, the others foreseen */
#include "match/hits.h"
#include "match/query.h"
#include "cuxas/compare.h"
#include "match/library.h"
#include "base/memory.h"
#include "base/text.h"
#include "cuxas/match.h"
#include "match/candidate.h"
#include "match/scan.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ==== 1. all candidates ==== */

#define SHORT_OVERLAP_PART 0.8 /* a standard that covers less of the query is said to (our choice) */

typedef struct {
  const cuxas_query          *query;
  const cuxas_slot_source    *source;
  const cuxas_match_settings *settings;
  cuxas_slot                 *slot;    /* (n_candidate) in the source's order */
  cuxas_scanned              *scanned; /* (n_candidate) where each may agree best; NULL: anywhere */
} match_job;

/* -- one candidate -- */

static cuxas_status compare_slot(const match_job *job, cuxas_slot *slot, const cuxas_compare_settings *settings,
                                 cuxas_error *err)
{
  const cuxas_curve      curve = cuxas_candidate_pair(&slot->curve, settings);
  cuxas_hit             *hit   = &slot->hit;
  cuxas_compare_settings mine  = *settings;
  const bool             wants = job->settings->n_keep > 0;
  if (!slot->curve.is_by_model) mine.opt_errors = NULL;
  if (wants && hit->shifted == NULL) hit->shifted = cuxas_new(err, job->query->grid.n_energy, sizeof *hit->shifted);
  const cuxas_status status = wants && hit->shifted == NULL
                                  ? CUXAS_ENOMEM
                                  : cuxas_compare(job->query, &curve, &mine, &hit->comparison, hit->shifted, NULL, err);
  if (status == CUXAS_ENOMEM) slot->out_of_memory = true; /* no fault of the candidate, which would be left out */
  return status;
}

/* From the source, with what is known of it; true: it is to be compared. */
static bool load_slot(const match_job *job, size_t i_candidate, cuxas_slot *slot)
{
  const cuxas_slot_source *source = job->source;
  if (source->catalog != NULL)
    cuxas_slot_load(&source->catalog->candidate[i_candidate], source->model, job->settings, false, slot);
  else
    cuxas_slot_copy(&source->loaded[i_candidate], slot);
  if (slot->left_out != NULL && !source->takes_all) {
    free(slot->reason);
    cuxas_slot_give_up(slot, CUXAS_FATE_FILTERED, slot->left_out);
  }
  return slot->fate == CUXAS_FATE_HIT && !slot->out_of_memory;
}

/* In full, unless it is known; the curve goes unless a common shift needs it. */
static void run_slot(const match_job *job, const cuxas_places *opt_places, cuxas_slot *slot)
{
  cuxas_error            reason  = {.status = CUXAS_OK};
  cuxas_compare_settings compare = job->settings->compare;
  compare.opt_places             = opt_places;
  compare.fit_saturation         = compare.fit_saturation && slot->curve.is_measured;
  const cuxas_comparison *known  = cuxas_compared_find(job->settings->opt_compared, &slot->hit);
  if (known != NULL) {
    slot->hit.comparison = *known;
    cuxas_candidate_curve_clear(&slot->curve);
    return;
  }
  if (slot->curve.is_measured) {
    compare.center_shift_eV = compare.standard_prior.mean;
    compare.fwhm_eV         = 0.0;
    compare.shift_prior     = compare.standard_prior;
  }
  if (compare_slot(job, slot, &compare, &reason) != CUXAS_OK)
    cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, reason.message);
  else if (compare.shift_mode != CUXAS_SHIFT_COMMON || slot->curve.is_measured)
    cuxas_candidate_curve_clear(&slot->curve);
}

/* -- one shift for all -- */

static bool counts_for_median(const cuxas_slot *slot, bool is_prediction)
{
  return slot->fate == CUXAS_FATE_HIT && slot->curve.mu[0] != NULL && slot->curve.is_prediction == is_prediction;
}

/* The median of the structures' shifts, of the simulated spectra's where there are no structures; NaN: neither. */
static double find_common_shift_eV(const match_job *job, double *work)
{
  size_t n = 0;
  for (int is_prediction = 1; is_prediction >= 0 && n == 0; is_prediction--)
    for (size_t i = 0; i < job->source->n_candidate; i++)
      if (counts_for_median(&job->slot[i], is_prediction)) work[n++] = job->slot[i].hit.comparison.shift_eV;
  if (n == 0) return NAN;
  gsl_sort(work, 1, n);
  return work[(n - 1) / 2];
}

static cuxas_status apply_common_shift(const match_job *job, cuxas_error *err)
{
  const size_t n_candidate = job->source->n_candidate;
  double      *work        = cuxas_new(err, n_candidate, sizeof *work);
  if (work == NULL) return CUXAS_ENOMEM;
  cuxas_compare_settings compare = job->settings->compare;
  compare.shift_mode             = CUXAS_SHIFT_FIXED;
  compare.fixed_shift_eV         = find_common_shift_eV(job, work);
  free(work);

#pragma omp parallel for schedule(dynamic) num_threads(job->settings->n_thread)
  for (size_t i = 0; i < n_candidate; i++) {
    cuxas_slot *slot   = &job->slot[i];
    cuxas_error reason = {.status = CUXAS_OK};
    if (slot->fate != CUXAS_FATE_HIT || slot->curve.mu[0] == NULL) continue;
    if (compare_slot(job, slot, &compare, &reason) != CUXAS_OK)
      cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, reason.message);
    cuxas_candidate_curve_clear(&slot->curve);
  }
  return CUXAS_OK;
}

/* -- what the figures leave in doubt -- */

static cuxas_status warn_of_onsets(const cuxas_query *query, cuxas_hit *hit, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < query->n_edge && status == CUXAS_OK; i++) {
    const cuxas_onset *onset   = &hit->comparison.predicted_onset[i];
    const double       here_eV = onset->energy_eV + hit->comparison.shift_eV;
    const char        *name    = query->edge[i].name;
    const int          n_name  = (int)sizeof query->edge[i].name;
    if (!onset->found && query->onset[i].found)
      status = cuxas_hit_warn(hit, err, "no %.*s onset found in the candidate", n_name, name);
    else if (onset->found && (here_eV < query->grid.start_eV || here_eV > cuxas_grid_end_eV(query->grid)))
      status =
          cuxas_hit_warn(hit, err, "its %.*s onset at %.1f eV lies outside the range compared", n_name, name, here_eV);
  }
  return status;
}

/* That a standard was compared as it would look in another detection mode is never left unsaid. */
static cuxas_status tell_saturation(const cuxas_query *query, cuxas_hit *hit, cuxas_error *err)
{
  const cuxas_comparison *of     = &hit->comparison;
  const double            factor = of->white_line < 1.0 ? of->white_line : 1.0 / of->white_line;
  const int               n_name = (int)sizeof query->edge[0].name;
  return cuxas_hit_warn(hit, err,
                        "compared as if saturation had lowered %s white line by %.0f %% (s %.3f +- %.3f; %.*s edge "
                        "times %.2f +- %.2f)",
                        of->white_line < 1.0 ? "the measurement's" : "its own", 100.0 * (1.0 - factor), of->saturation,
                        of->saturation_sd, n_name, query->edge[query->n_edge - 1].name, of->second_edge,
                        of->second_edge_sd);
}

static cuxas_status warn_of_doubts(const match_job *job, cuxas_hit *hit, cuxas_error *err)
{
  const cuxas_comparison *comparison = &hit->comparison;
  const size_t            n_energy   = job->query->grid.n_energy;
  cuxas_status            status     = CUXAS_OK;
  if (hit->is_foreseen) return CUXAS_OK;
  if (comparison->is_flattened) status = tell_saturation(job->query, hit, err);
  if (status == CUXAS_OK && comparison->shift_at_limit)
    status = cuxas_hit_warn(hit, err, "the shift of %+.2f eV is at the border of its window", comparison->shift_eV);
  if (status == CUXAS_OK && (double)comparison->n_compared < SHORT_OVERLAP_PART * (double)n_energy)
    status = cuxas_hit_warn(hit, err, "compared at %zu of %zu points: the candidate covers no more",
                            comparison->n_compared, n_energy);
  return status == CUXAS_OK ? warn_of_onsets(job->query, hit, err) : status;
}

/* -- all of them -- */

/* Predictions, or simulations, on one grid and with the same channels, that were not compared before: their curves, and whose they
 * are; returns how many. */
static size_t list_scanned(const match_job *job, bool is_by_model, cuxas_curve *ret_curve, size_t *ret_whose)
{
  const cuxas_candidate_curve *first = NULL;
  size_t                       n     = 0;
  for (size_t i = 0; i < job->source->n_candidate; i++) {
    const cuxas_slot            *slot  = &job->source->loaded[i];
    const cuxas_candidate_curve *curve = &slot->curve;
    if (slot->fate != CUXAS_FATE_HIT || !curve->is_prediction || curve->is_by_model != is_by_model ||
        curve->mu[0] == NULL || (slot->left_out != NULL && !job->source->takes_all) ||
        (first != NULL && !cuxas_candidate_curve_like(curve, first)) ||
        cuxas_compared_find(job->settings->opt_compared, &slot->hit) != NULL)
      continue;
    if (first == NULL) first = curve;
    ret_whose[n]   = i;
    ret_curve[n++] = cuxas_candidate_pair(curve, &job->settings->compare);
  }
  return n;
}

/* Where predictions and simulations that are at hand may agree best, by matrix products (scan.h). */
static cuxas_status scan_all(match_job *job, cuxas_error *err)
{
  const size_t            n      = job->source->n_candidate;
  const cuxas_scan_manner how    = {job->settings->n_thread, true, -INFINITY};
  cuxas_scanned          *found  = NULL;
  size_t                 *whose  = NULL;
  cuxas_curve            *curve  = NULL;
  cuxas_status            status = CUXAS_ENOMEM;
  if (job->source->loaded == NULL || !cuxas_scan_pays(job->query, &job->settings->compare, n)) return CUXAS_OK;
  if ((curve = cuxas_new(err, n, sizeof *curve)) == NULL || (whose = cuxas_new(err, n, sizeof *whose)) == NULL ||
      (found = cuxas_new(err, n, sizeof *found)) == NULL ||
      (job->scanned = cuxas_new(err, n, sizeof *job->scanned)) == NULL)
    goto done;
  status = CUXAS_OK;
  for (size_t i = 0; i < n; i++) job->scanned[i].places = cuxas_places_all();
  for (int is_by_model = 0; is_by_model < 2 && status == CUXAS_OK; is_by_model++) {
    const size_t           n_scan = list_scanned(job, is_by_model == 1, curve, whose);
    cuxas_compare_settings mine   = job->settings->compare;
    if (is_by_model == 0) mine.opt_errors = NULL;
    if (n_scan > 0) status = cuxas_scan(job->query, &mine, curve, n_scan, how, found, err);
    for (size_t i = 0; i < n_scan && status == CUXAS_OK; i++) job->scanned[whose[i]] = found[i];
  }
done:
  free(curve);
  free(whose);
  free(found);
  return status;
}

static void run_all(const match_job *job, const cuxas_watch *opt_watch)
{
  const size_t n_candidate = job->source->n_candidate;
  size_t       n_done      = 0;
#pragma omp parallel for schedule(dynamic) num_threads(job->settings->n_thread)
  for (size_t i = 0; i < n_candidate; i++) {
    cuxas_slot *slot = &job->slot[i];
    if (cuxas_watch_is_stopped(opt_watch)) continue;
    if (load_slot(job, i, slot)) run_slot(job, job->scanned != NULL ? &job->scanned[i].places : NULL, slot);
#pragma omp critical(cuxas_match_progress)
    {
      n_done++;
      cuxas_watch_tell(opt_watch, n_done, n_candidate);
    }
  }
}

static void move_to_list(cuxas_slot *slot, cuxas_skipped *list, size_t *n_list)
{
  list[(*n_list)++] = (cuxas_skipped){slot->hit.label, slot->reason};
  slot->hit.label = slot->reason = NULL;
}

static cuxas_status new_lists(size_t n_hit, size_t n_skipped, size_t n_filtered, cuxas_hits *hits, cuxas_error *err)
{
  hits->hit      = cuxas_new(err, n_hit, sizeof *hits->hit);
  hits->skipped  = cuxas_new(err, n_skipped, sizeof *hits->skipped);
  hits->filtered = cuxas_new(err, n_filtered, sizeof *hits->filtered);
  return hits->hit != NULL && hits->skipped != NULL && hits->filtered != NULL ? CUXAS_OK : CUXAS_ENOMEM;
}

/* A slot by its fate; what moves is left empty behind. */
static cuxas_status collect_slot(const match_job *job, cuxas_slot *slot, cuxas_hits *hits, cuxas_error *err)
{
  if (slot->out_of_memory) return cuxas_no_memory(err);
  switch (slot->fate) {
  case CUXAS_FATE_HIT:
    hits->hit[hits->n_hit] = slot->hit;
    slot->hit              = (cuxas_hit){0};
    return warn_of_doubts(job, &hits->hit[hits->n_hit++], err);
  case CUXAS_FATE_SKIPPED: move_to_list(slot, hits->skipped, &hits->n_skipped); break;
  case CUXAS_FATE_FILTERED: move_to_list(slot, hits->filtered, &hits->n_filtered); break;
  }
  return CUXAS_OK;
}

static cuxas_status collect(const match_job *job, cuxas_hits *hits, cuxas_error *err)
{
  const size_t n_candidate = job->source->n_candidate;
  size_t       n_fate[3]   = {0};
  for (size_t i = 0; i < n_candidate; i++) n_fate[job->slot[i].fate]++;
  cuxas_status status =
      new_lists(n_fate[CUXAS_FATE_HIT], n_fate[CUXAS_FATE_SKIPPED], n_fate[CUXAS_FATE_FILTERED], hits, err);
  for (size_t i = 0; i < n_candidate && status == CUXAS_OK; i++) status = collect_slot(job, &job->slot[i], hits, err);
  return status;
}

static cuxas_status check_job(const match_job *job, cuxas_error *err)
{
  if (job->source->n_candidate == 0) return cuxas_fail(err, CUXAS_ERANGE, "no candidates");
  if (job->settings->n_thread < 1)
    return cuxas_fail(err, CUXAS_ERANGE, "%d threads: at least one is needed", job->settings->n_thread);
  if (job->source->model->n_edge != job->query->n_edge)
    return cuxas_fail(err, CUXAS_ERANGE, "the model has %zu edges, the measurement was prepared for %zu",
                      job->source->model->n_edge, job->query->n_edge);
  for (size_t i = 0; i < job->source->model->n_edge; i++)
    if (strncmp(job->source->model->edge[i].name, job->query->edge[i].name, sizeof job->query->edge[i].name) != 0)
      return cuxas_fail(err, CUXAS_ERANGE, "the model's edge %s is not the measurement's %.*s",
                        job->source->model->edge[i].name, (int)sizeof job->query->edge[i].name,
                        job->query->edge[i].name);
  return cuxas_compare_check(&job->settings->compare, err);
}

/* All of them, each compared in full. */
static cuxas_status match_all(match_job *job, const cuxas_watch *opt_watch, cuxas_hits *hits, cuxas_error *err)
{
  const size_t n_candidate = job->source->n_candidate;
  cuxas_status status      = CUXAS_OK;
  if ((job->slot = cuxas_new(err, n_candidate, sizeof *job->slot)) == NULL) return CUXAS_ENOMEM;
  if ((status = scan_all(job, err)) != CUXAS_OK) goto done;
  run_all(job, opt_watch);
  if ((status = cuxas_watch_check(opt_watch, err)) != CUXAS_OK) goto done;
  if (job->settings->compare.shift_mode == CUXAS_SHIFT_COMMON && (status = apply_common_shift(job, err)) != CUXAS_OK)
    goto done;
  status = collect(job, hits, err);
done:
  for (size_t i = 0; i < n_candidate; i++) cuxas_slot_clear(&job->slot[i]);
  free(job->slot);
  free(job->scanned);
  return status;
}

/* ==== 2. very many: the best compared, the others foreseen ==== */

enum { N_FIRST = 512, N_BLOCK = 4096, N_BATCH = 256 };

/* A hit that was scanned, and what a comparison in full made of it. */
typedef struct {
  double           upper; /* of its score */
  size_t           i_hit, i_candidate;
  cuxas_comparison comparison;
  double          *shifted; /* as in cuxas_hit */
  bool             is_compared;
  char            *reason; /* why it cannot be compared */
} foreseen;

/* A block of candidates on their way. */
typedef struct {
  size_t        n, n_scan;
  cuxas_slot    slot[N_BLOCK];
  bool          is_open[N_BLOCK]; /* to be compared */
  cuxas_curve   curve[N_BLOCK];
  size_t        whose[N_BLOCK];
  cuxas_scanned scanned[N_BLOCK];
} many_block;

/* Only scores of predictions that are sought, ranked by themselves, can be foreseen. */
static size_t count_compared(const match_job *job)
{
  const cuxas_match_settings *settings = job->settings;
  const size_t                n        = job->source->n_candidate;
  if (settings->n_fit == 0 || settings->ranking != CUXAS_RANKING_SCORE || settings->n_mixture > 0 ||
      settings->compare.shift_mode != CUXAS_SHIFT_FIT || !cuxas_scan_pays(job->query, &settings->compare, n))
    return n;
  return settings->n_fit > settings->n_keep ? settings->n_fit : settings->n_keep;
}

static void foresee(const match_job *job, const cuxas_foreseen *of, cuxas_hit *hit)
{
  const cuxas_compare_settings *compare = &job->settings->compare;
  const double                  half_eV = 0.5 * job->query->grid.step_eV;
  hit->is_foreseen                      = true;
  hit->comparison =
      (cuxas_comparison){.score          = of->score,
                         .mae            = compare->scale == CUXAS_SCALE_MINMAX ? of->mae : NAN,
                         .spearman       = NAN,
                         .pearson        = NAN,
                         .shift_eV       = of->shift_eV,
                         .shift_at_limit = fabs(of->shift_eV - compare->center_shift_eV) > compare->window_eV - half_eV,
                         .hole_fraction  = of->hole_fraction,
                         .fwhm_eV        = of->fwhm_eV,
                         .n_compared     = job->query->grid.n_energy};
}

/* Loads a block, scans what can be, compares the rest. */
static cuxas_status run_block(const match_job *job, size_t first, double needed, many_block *b, cuxas_error *err)
{
  const cuxas_scan_manner how = {job->settings->n_thread, false, needed};
  b->n_scan                   = 0;
#pragma omp parallel for schedule(dynamic) num_threads(job->settings->n_thread)
  for (size_t i = 0; i < b->n; i++) b->is_open[i] = load_slot(job, first + i, &b->slot[i]);
  for (size_t i = 0; i < b->n; i++) {
    if (!b->is_open[i] || !b->slot[i].curve.is_by_model) continue;
    b->whose[b->n_scan]   = i;
    b->curve[b->n_scan++] = cuxas_candidate_pair(&b->slot[i].curve, &job->settings->compare);
    b->is_open[i]         = false;
  }
  const cuxas_status status =
      b->n_scan == 0 ? CUXAS_OK
                     : cuxas_scan(job->query, &job->settings->compare, b->curve, b->n_scan, how, b->scanned, err);
  for (size_t i = 0; i < b->n_scan && status == CUXAS_OK; i++) {
    foresee(job, &b->scanned[i].foreseen, &b->slot[b->whose[i]].hit);
    cuxas_candidate_curve_clear(&b->slot[b->whose[i]].curve);
  }
#pragma omp parallel for schedule(dynamic) num_threads(job->settings->n_thread)
  for (size_t i = 0; i < b->n; i++)
    if (b->is_open[i]) run_slot(job, NULL, &b->slot[i]);
  return status;
}

/* What cannot be reached stands last; equal ones by place. */
static int by_upper(const void *left, const void *right)
{
  const foreseen *a = left, *b = right;
  if (a->upper != b->upper) return a->upper > b->upper ? -1 : 1;
  return (a->i_hit > b->i_hit) - (a->i_hit < b->i_hit);
}

/* Compares so many in full, each where the scan says. */
static cuxas_status compare_batch(const match_job *job, const cuxas_hits *hits, foreseen *of, size_t n, many_block *b,
                                  cuxas_error *err)
{
  const cuxas_scan_manner how       = {job->settings->n_thread, true, -INFINITY};
  bool                    no_memory = false;
#pragma omp parallel for schedule(dynamic) num_threads(job->settings->n_thread)
  for (size_t i = 0; i < n; i++) load_slot(job, of[i].i_candidate, &b->slot[i]);
  b->n_scan = 0;
  for (size_t i = 0; i < n; i++)
    if (b->slot[i].curve.is_by_model && strcmp(b->slot[i].hit.sha256, hits->hit[of[i].i_hit].sha256) == 0) {
      b->whose[b->n_scan]   = i;
      b->curve[b->n_scan++] = cuxas_candidate_pair(&b->slot[i].curve, &job->settings->compare);
    } else if ((of[i].reason = cuxas_copy_text(err, "it changed while it was being matched")) == NULL) {
      return CUXAS_ENOMEM;
    }
  const cuxas_status status =
      b->n_scan == 0 ? CUXAS_OK
                     : cuxas_scan(job->query, &job->settings->compare, b->curve, b->n_scan, how, b->scanned, err);
#pragma omp parallel for schedule(dynamic) num_threads(job->settings->n_thread) reduction(|| : no_memory)
  for (size_t i = 0; i < b->n_scan; i++) {
    cuxas_slot *slot = &b->slot[b->whose[i]];
    foreseen   *own  = &of[b->whose[i]];
    if (status != CUXAS_OK) continue;
    run_slot(job, &b->scanned[i].places, slot);
    own->is_compared  = slot->fate == CUXAS_FATE_HIT;
    own->comparison   = slot->hit.comparison;
    own->shifted      = slot->hit.shifted;
    own->reason       = slot->reason;
    no_memory         = no_memory || slot->out_of_memory;
    slot->hit.shifted = NULL;
    slot->reason      = NULL;
  }
  for (size_t i = 0; i < n; i++) cuxas_slot_clear(&b->slot[i]);
  return status == CUXAS_OK && no_memory ? cuxas_no_memory(err) : status;
}

/* Into the n_best largest, which fall. */
static void note_score(double score, double *best, size_t *n, size_t n_best)
{
  size_t i = *n < n_best ? (*n)++ : n_best;
  if (i == n_best && !(score > best[--i])) return;
  for (; i > 0 && best[i - 1] < score; i--) best[i] = best[i - 1];
  best[i] = score;
}

/* The hits that can be among the n_best are compared in full, best prospects first; those that are keep it, the others stay as
 * foreseen, so that the result does not depend on how many were tried. */
static cuxas_status compare_best(const match_job *job, size_t n_best, many_block *b, foreseen *of, size_t n_of,
                                 cuxas_hits *hits, cuxas_error *err)
{
  size_t       n_done = 0, n_seen = 0;
  cuxas_status status = CUXAS_OK;
  double      *best   = cuxas_new(err, n_best, sizeof *best);
  if (best == NULL) return CUXAS_ENOMEM;
  qsort(of, n_of, sizeof *of, by_upper);
  while (status == CUXAS_OK && n_done < n_of && (n_seen < n_best || !(of[n_done].upper < best[n_best - 1]))) {
    const size_t n = n_of - n_done < N_BATCH ? n_of - n_done : N_BATCH;
    status         = compare_batch(job, hits, of + n_done, n, b, err);
    for (size_t i = n_done; i < n_done + n; i++)
      if (of[i].is_compared) note_score(of[i].comparison.score, best, &n_seen, n_best);
    n_done += n;
  }
  for (size_t i = 0; i < n_done; i++) {
    cuxas_hit *hit = &hits->hit[of[i].i_hit];
    if (of[i].is_compared && (isnan(hit->comparison.score) || !(of[i].comparison.score < best[n_seen - 1]))) {
      hit->comparison  = of[i].comparison;
      hit->is_foreseen = false;
      hit->shifted     = of[i].shifted;
      of[i].shifted    = NULL;
      if (status == CUXAS_OK) status = warn_of_doubts(job, hit, err);
    } else if (of[i].reason != NULL) {
      hits->skipped[hits->n_skipped++] = (cuxas_skipped){hit->label, of[i].reason};
      hit->label = of[i].reason = NULL;
    } else {
      hit->comparison.score =
          fmin(hit->comparison.score, nextafter(best[n_seen - 1], -INFINITY)); /* it is known not to be more */
    }
    free(of[i].shifted);
    free(of[i].reason);
  }
  free(best);
  return status;
}

/* Those that could not be compared have left their labels. */
static void close_gaps(cuxas_hits *hits)
{
  const size_t n = hits->n_hit;
  hits->n_hit    = 0;
  for (size_t i = 0; i < n; i++)
    if (hits->hit[i].label != NULL)
      hits->hit[hits->n_hit++] = hits->hit[i];
    else
      cuxas_hit_clear(&hits->hit[i]);
}

/* What is probably needed to be among the best of all, by those of a part: too much or too little costs time alone. */
static double foresee_needed(const double *best, size_t n_seen, size_t n_best, double part)
{
  const double expected = part * (double)n_best;
  const size_t n        = (size_t)fmin(expected + 3.0 * sqrt(expected) + 1.0, (double)n_best);
  return n_seen < n ? -INFINITY : best[n - 1];
}

static cuxas_status match_many(const match_job *job, size_t n_best, const cuxas_watch *opt_watch, cuxas_hits *hits,
                               cuxas_error *err)
{
  const size_t n    = job->source->n_candidate;
  size_t       n_of = 0, n_seen = 0;
  many_block  *b    = cuxas_new(err, 1, sizeof *b);
  foreseen    *of   = cuxas_new(err, n, sizeof *of);
  double      *best = cuxas_new(err, n_best, sizeof *best); /* as foreseen: who stays below is not looked at closely */
  cuxas_status status = b != NULL && of != NULL && best != NULL ? new_lists(n, n, n, hits, err) : CUXAS_ENOMEM;
  for (size_t first = 0; first < n && status == CUXAS_OK; first += b->n) {
    b->n   = (size_t)fmin((double)(n - first), first == 0 ? N_FIRST : N_BLOCK);
    status = run_block(job, first, foresee_needed(best, n_seen, n_best, (double)first / (double)n), b, err);
    for (size_t i = 0, k = 0; i < b->n; i++) {
      const bool is_scanned_one = k < b->n_scan && b->whose[k] == i;
      if (is_scanned_one) {
        const cuxas_foreseen *own = &b->scanned[k++].foreseen;
        of[n_of++]                = (foreseen){.upper = own->upper, .i_hit = hits->n_hit, .i_candidate = first + i};
        if (!isnan(own->score)) note_score(own->score, best, &n_seen, n_best);
      }
      if (status == CUXAS_OK) status = collect_slot(job, &b->slot[i], hits, err);
      cuxas_slot_clear(&b->slot[i]);
    }
    cuxas_watch_tell(opt_watch, first + b->n, n);
    if (status == CUXAS_OK) status = cuxas_watch_check(opt_watch, err);
  }
  if (status == CUXAS_OK) status = compare_best(job, n_best, b, of, n_of, hits, err);
  if (status == CUXAS_OK) close_gaps(hits);
  free(best);
  free(of);
  free(b);
  return status;
}

cuxas_status cuxas_match_slots(const cuxas_query *query, const cuxas_slot_source *source,
                               const cuxas_match_settings *settings, const cuxas_watch *opt_watch,
                               cuxas_hits **ret_hits, cuxas_error *err)
{
  match_job    job    = {query, source, settings, NULL, NULL};
  cuxas_status status = check_job(&job, err);
  *ret_hits           = NULL;
  if (status != CUXAS_OK) return status;
  cuxas_hits *hits = cuxas_new(err, 1, sizeof *hits);
  if (hits == NULL) return CUXAS_ENOMEM;
  const size_t n_best = count_compared(&job);
  status              = n_best < source->n_candidate ? match_many(&job, n_best, opt_watch, hits, err)
                                                     : match_all(&job, opt_watch, hits, err);
  if (status == CUXAS_OK) status = cuxas_hits_rank(hits, settings->ranking, err);
  if (status != CUXAS_OK) {
    cuxas_hits_free(hits);
    return status;
  }
  cuxas_hits_keep(hits, settings->n_keep, NULL);
  *ret_hits = hits;
  return CUXAS_OK;
}

cuxas_status cuxas_match_catalog(const cuxas_query *query, const cuxas_catalog *catalog, const cuxas_model *model,
                                 const cuxas_match_settings *settings, const cuxas_watch *opt_watch,
                                 cuxas_hits **ret_hits, cuxas_error *err)
{
  const cuxas_slot_source source = {.model = model, .n_candidate = catalog->n_candidate, .catalog = catalog};
  return cuxas_match_slots(query, &source, settings, opt_watch, ret_hits, err);
}
