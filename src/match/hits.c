#include "match/hits_priv.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
  figure      *figures = cuxas_new_array(n_hit, sizeof *figures);
  if (figures == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory to rank %zu candidates", n_hit);

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
