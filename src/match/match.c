/* match.c - every candidate in parallel, then one ranking; of a prediction only the figures stay, and the curve where it is needed again
 *
 * Contents: 1. order  2. standards that are the measurement itself  3. all candidates */
#include "match/hits.h"
#include "match/library.h"
#include "base/memory.h"
#include "base/text.h"
#include "cuxas/match.h"
#include "match/candidate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ==== 1. order ==== */

static int compare_number(double a, double b)
{
  return (a > b) - (a < b);
}

/* Two files may share a name, never a label. */
static int compare_name(const cuxas_hit *a, const cuxas_hit *b)
{
  const int order = strcmp(a->name, b->name);
  return order != 0 ? order : strcmp(a->label, b->label);
}

static int break_tie(const cuxas_hit *a, const cuxas_hit *b)
{
  const int order = compare_number(a->comparison.mae, b->comparison.mae);
  return order != 0 ? order : compare_name(a, b);
}

static int by_score(const void *left, const void *right)
{
  const cuxas_hit *a = left, *b = right;
  return a->rank_score != b->rank_score ? (a->rank_score < b->rank_score ? -1 : 1) : break_tie(a, b);
}

static int by_agreement(const void *left, const void *right)
{
  const cuxas_hit *a = left, *b = right;
  const size_t     sum_a = a->rank_mae + a->rank_spearman, sum_b = b->rank_mae + b->rank_spearman;
  return sum_a != sum_b ? (sum_a < sum_b ? -1 : 1) : break_tie(a, b);
}

static int by_path(const void *left, const void *right)
{
  const cuxas_skipped *a = left, *b = right;
  const int            order = strcmp(a->path, b->path);
  return order != 0 ? order : strcmp(a->reason, b->reason);
}

/* A figure of each hit and where its rank goes. */
typedef struct {
  double  badness; /* small is good */
  size_t *ret_rank;
} figure;

static int by_badness(const void *left, const void *right)
{
  const figure *a = left, *b = right;
  return compare_number(a->badness, b->badness);
}

/* Equal figures share the smallest rank: 1, 2, 2, 4. */
static void assign_ranks(figure *figures, size_t n_hit)
{
  qsort(figures, n_hit, sizeof *figures, by_badness);
  for (size_t i = 0; i < n_hit; i++) {
    const bool is_equal  = i > 0 && figures[i].badness == figures[i - 1].badness;
    *figures[i].ret_rank = is_equal ? *figures[i - 1].ret_rank : i + 1;
  }
}

cuxas_status cuxas_hits_rank(cuxas_hits *hits, cuxas_ranking ranking, cuxas_error *err)
{
  const size_t n_hit   = hits->n_hit;
  figure      *figures = cuxas_new(err, n_hit, sizeof *figures);
  if (figures == NULL) return CUXAS_ENOMEM;

  for (size_t i = 0; i < n_hit; i++) figures[i] = (figure){-hits->hit[i].comparison.score, &hits->hit[i].rank_score};
  assign_ranks(figures, n_hit);
  for (size_t i = 0; i < n_hit; i++) figures[i] = (figure){hits->hit[i].comparison.mae, &hits->hit[i].rank_mae};
  assign_ranks(figures, n_hit);
  for (size_t i = 0; i < n_hit; i++)
    figures[i] = (figure){-hits->hit[i].comparison.spearman, &hits->hit[i].rank_spearman};
  assign_ranks(figures, n_hit);
  free(figures);

  if (n_hit > 0) qsort(hits->hit, n_hit, sizeof *hits->hit, ranking == CUXAS_RANKING_SCORE ? by_score : by_agreement);
  for (size_t i = 0; i < n_hit; i++) {
    cuxas_hit *hit = &hits->hit[i];
    hit->rank      = i + 1;
    hit->p_value = hit->e_value = hit->support = NAN;
    hit->delta_to_next = i + 1 < n_hit ? hits->hit[i + 1].comparison.mae - hit->comparison.mae : NAN;
  }
  if (hits->n_skipped > 0) qsort(hits->skipped, hits->n_skipped, sizeof *hits->skipped, by_path);
  if (hits->n_filtered > 0) qsort(hits->filtered, hits->n_filtered, sizeof *hits->filtered, by_path);
  return CUXAS_OK;
}

void cuxas_hit_clear(cuxas_hit *hit)
{
  free(hit->path);
  free(hit->label);
  free(hit->name);
  free(hit->shifted);
  free(hit->surroundings);
  for (size_t i = 0; i < CUXAS_HIT_MAX_WARNING; i++) free(hit->warning[i]);
  *hit = (cuxas_hit){0};
}

void cuxas_hits_keep(cuxas_hits *hits, size_t n_keep)
{
  for (size_t i = n_keep; i < hits->n_hit; i++) {
    free(hits->hit[i].shifted);
    hits->hit[i].shifted = NULL;
  }
}

void cuxas_hits_release(cuxas_hits *hits)
{
  for (size_t i = 0; i < hits->n_hit; i++) hits->hit[i].parts = NULL;
}

static void free_skipped(cuxas_skipped *skipped, size_t n_skipped)
{
  for (size_t i = 0; i < n_skipped; i++) {
    free(skipped[i].path);
    free(skipped[i].reason);
  }
  free(skipped);
}

void cuxas_hits_free(cuxas_hits *hits)
{
  if (hits == NULL) return;
  for (size_t i = 0; i < hits->n_hit; i++) cuxas_hit_clear(&hits->hit[i]);
  free(hits->hit);
  free_skipped(hits->skipped, hits->n_skipped);
  free_skipped(hits->filtered, hits->n_filtered);
  free(hits);
}

/* ==== 2. standards that are the measurement itself ==== */

static bool starts_with(const char *text, const char *start)
{
  return strncmp(text, start, strlen(start)) == 0;
}

/* Comments stand before the first line that is none. */
static bool is_made_from(const cuxas_text *text, const char *sha256)
{
  static const char SAYS[] = "# input sha256 ";
  for (size_t i = 0; i < text->n_line && text->line[i][0] == '#'; i++)
    if (starts_with(text->line[i], SAYS) && starts_with(text->line[i] + strlen(SAYS), sha256)) return true;
  return false;
}

cuxas_status cuxas_standards_mark(cuxas_hits *hits, const char *sha256, cuxas_error *err)
{
  for (size_t i = 0; i < hits->n_hit; i++) {
    cuxas_hit *hit = &hits->hit[i];
    if (hit->kind != CUXAS_CANDIDATE_SPECTRUM || sha256[0] == '\0') continue;
    hit->is_query = strcmp(hit->sha256, sha256) == 0;
    if (hit->is_query) continue;
    cuxas_text         text   = {0};
    const cuxas_status status = cuxas_text_read(hit->path, &text, err);
    if (status == CUXAS_OK) hit->is_query = is_made_from(&text, sha256);
    cuxas_text_free(&text);
    if (status != CUXAS_OK) return status;
  }
  return CUXAS_OK;
}

/* ==== 3. all candidates ==== */

#define SHORT_OVERLAP_PART 0.8 /* a standard that covers less of the query is said to (our choice) */

typedef struct {
  const cuxas_query          *query;
  const cuxas_slot_source    *source;
  const cuxas_match_settings *settings;
  cuxas_slot                 *slot; /* (n_candidate) in the source's order */
} match_job;

/* -- one candidate -- */

static cuxas_status compare_slot(const match_job *job, cuxas_slot *slot, const cuxas_compare_settings *settings,
                                 cuxas_error *err)
{
  const cuxas_curve      curve = {slot->curve.grid, slot->curve.mu[0], slot->curve.mu[1], slot->curve.is_prediction};
  cuxas_hit             *hit   = &slot->hit;
  cuxas_compare_settings mine  = *settings;
  if (!slot->curve.is_by_model) mine.opt_errors = NULL;
  if (job->settings->n_keep > 0 && hit->shifted == NULL) {
    hit->shifted = cuxas_new(err, job->query->grid.n_energy, sizeof *hit->shifted);
    if (hit->shifted == NULL) return CUXAS_ENOMEM;
  }
  return cuxas_compare(job->query, &curve, &mine, &hit->comparison, hit->shifted, NULL, err);
}

static int by_label(const void *label, const void *one)
{
  return strcmp(label, ((const cuxas_compared_one *)one)->label);
}

const cuxas_comparison *cuxas_compared_find(const cuxas_compared *compared, const cuxas_hit *hit)
{
  if (compared == NULL || compared->n == 0) return NULL;
  const cuxas_compared_one *one = bsearch(hit->label, compared->one, compared->n, sizeof *one, by_label);
  return one != NULL && strcmp(one->sha256, hit->sha256) == 0 ? &one->comparison : NULL;
}

static void run_slot(const match_job *job, size_t i_candidate)
{
  const cuxas_slot_source *source = job->source;
  cuxas_slot              *slot   = &job->slot[i_candidate];
  cuxas_error              reason = {.status = CUXAS_OK};

  if (source->catalog != NULL)
    cuxas_slot_load(&source->catalog->candidate[i_candidate], source->model, job->settings, false, slot);
  else
    cuxas_slot_copy(&source->loaded[i_candidate], slot);
  if (slot->left_out != NULL && !source->takes_all) {
    free(slot->reason);
    cuxas_slot_give_up(slot, CUXAS_FATE_FILTERED, slot->left_out);
  }
  if (slot->fate != CUXAS_FATE_HIT || slot->out_of_memory) return;
  const cuxas_comparison *known = cuxas_compared_find(job->settings->opt_compared, &slot->hit);
  if (known != NULL) {
    slot->hit.comparison = *known;
    cuxas_candidate_curve_clear(&slot->curve);
    return;
  }

  cuxas_compare_settings compare = job->settings->compare;
  if (slot->curve.is_measured) {
    compare.center_shift_eV = 0.0;
    compare.fwhm_eV         = 0.0;
    compare.shift_prior     = (cuxas_prior){0.0, CUXAS_PRIOR_STANDARD_SD_EV};
  }
  if (compare_slot(job, slot, &compare, &reason) != CUXAS_OK)
    cuxas_slot_give_up(slot, CUXAS_FATE_SKIPPED, reason.message);
  else if (compare.shift_mode != CUXAS_SHIFT_COMMON || slot->curve.is_measured)
    cuxas_candidate_curve_clear(&slot->curve);
}

/* -- one shift for all -- */

static int by_value(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

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
  qsort(work, n, sizeof *work, by_value);
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

static cuxas_status warn_of_doubts(const match_job *job, cuxas_hit *hit, cuxas_error *err)
{
  const cuxas_comparison *comparison = &hit->comparison;
  const size_t            n_energy   = job->query->grid.n_energy;
  cuxas_status            status     = CUXAS_OK;
  if (comparison->shift_at_limit)
    status = cuxas_hit_warn(hit, err, "the shift of %+.2f eV is at the border of its window", comparison->shift_eV);
  if (status == CUXAS_OK && (double)comparison->n_compared < SHORT_OVERLAP_PART * (double)n_energy)
    status = cuxas_hit_warn(hit, err, "compared at %zu of %zu points: the candidate covers no more",
                            comparison->n_compared, n_energy);
  return status == CUXAS_OK ? warn_of_onsets(job->query, hit, err) : status;
}

/* -- all of them -- */

static void run_all(const match_job *job, const cuxas_watch *opt_watch)
{
  const size_t n_candidate = job->source->n_candidate;
  size_t       n_done      = 0;
#pragma omp parallel for schedule(dynamic) num_threads(job->settings->n_thread)
  for (size_t i = 0; i < n_candidate; i++) {
    run_slot(job, i);
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

/* The slots by their fate; what moves is left empty behind. */
static cuxas_status collect(const match_job *job, cuxas_hits *hits, cuxas_error *err)
{
  const size_t n_candidate = job->source->n_candidate;
  size_t       n_fate[3]   = {0};
  for (size_t i = 0; i < n_candidate; i++) n_fate[job->slot[i].fate]++;
  hits->hit      = cuxas_new(err, n_fate[CUXAS_FATE_HIT], sizeof *hits->hit);
  hits->skipped  = cuxas_new(err, n_fate[CUXAS_FATE_SKIPPED], sizeof *hits->skipped);
  hits->filtered = cuxas_new(err, n_fate[CUXAS_FATE_FILTERED], sizeof *hits->filtered);
  if (hits->hit == NULL || hits->skipped == NULL || hits->filtered == NULL) return CUXAS_ENOMEM;

  for (size_t i = 0; i < n_candidate; i++) {
    cuxas_slot *slot = &job->slot[i];
    if (slot->out_of_memory) return cuxas_no_memory(err);
    switch (slot->fate) {
    case CUXAS_FATE_HIT:
      hits->hit[hits->n_hit++] = slot->hit;
      slot->hit                = (cuxas_hit){0};
      break;
    case CUXAS_FATE_SKIPPED: move_to_list(slot, hits->skipped, &hits->n_skipped); break;
    case CUXAS_FATE_FILTERED: move_to_list(slot, hits->filtered, &hits->n_filtered); break;
    }
  }
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < hits->n_hit && status == CUXAS_OK; i++) status = warn_of_doubts(job, &hits->hit[i], err);
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

cuxas_status cuxas_match_slots(const cuxas_query *query, const cuxas_slot_source *source,
                               const cuxas_match_settings *settings, const cuxas_watch *opt_watch,
                               cuxas_hits **ret_hits, cuxas_error *err)
{
  const size_t n_candidate = source->n_candidate;
  match_job    job         = {query, source, settings, NULL};
  cuxas_hits  *hits        = NULL;
  cuxas_status status;

  *ret_hits = NULL;
  if ((status = check_job(&job, err)) != CUXAS_OK) return status;
  hits     = cuxas_new(err, 1, sizeof *hits);
  job.slot = cuxas_new(err, n_candidate, sizeof *job.slot);
  if (hits == NULL || job.slot == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  run_all(&job, opt_watch);
  if (settings->compare.shift_mode == CUXAS_SHIFT_COMMON && (status = apply_common_shift(&job, err)) != CUXAS_OK)
    goto done;
  if ((status = collect(&job, hits, err)) != CUXAS_OK) goto done;
  if ((status = cuxas_hits_rank(hits, job.settings->ranking, err)) != CUXAS_OK) goto done;
  cuxas_hits_keep(hits, settings->n_keep);
  *ret_hits = hits;
  hits      = NULL;
done:
  for (size_t i = 0; job.slot != NULL && i < n_candidate; i++) cuxas_slot_clear(&job.slot[i]);
  free(job.slot);
  cuxas_hits_free(hits);
  return status;
}

cuxas_status cuxas_match_catalog(const cuxas_query *query, const cuxas_catalog *catalog, const cuxas_model *model,
                                 const cuxas_match_settings *settings, const cuxas_watch *opt_watch,
                                 cuxas_hits **ret_hits, cuxas_error *err)
{
  const cuxas_slot_source source = {.model = model, .n_candidate = catalog->n_candidate, .catalog = catalog};
  return cuxas_match_slots(query, &source, settings, opt_watch, ret_hits, err);
}
