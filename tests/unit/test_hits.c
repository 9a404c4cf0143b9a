#include "check.h"
#include "match/library.h"
#include "base/memory.h"
#include "match/hits.h"

enum { N = 6 };
typedef struct {
  const char *name, *path;
  double      mae, spearman;
} entry;

static cuxas_hits *make_hits(const entry *entries, const int *order, size_t n_hit)
{
  cuxas_hits *hits = cuxas_new(NULL, 1, sizeof *hits);
  hits->hit        = cuxas_new(NULL, n_hit, sizeof *hits->hit);
  hits->n_hit      = n_hit;
  for (size_t i = 0; i < n_hit; i++) {
    const entry *e                   = &entries[order[i]];
    hits->hit[i].name                = cuxas_copy_text(NULL, e->name);
    hits->hit[i].path                = cuxas_copy_text(NULL, e->path);
    hits->hit[i].label               = cuxas_copy_text(NULL, e->path);
    hits->hit[i].comparison.mae      = e->mae;
    hits->hit[i].comparison.spearman = e->spearman;
  }
  CHECK_STATUS(cuxas_hits_rank(hits, CUXAS_RANKING_AGREEMENT, NULL), CUXAS_OK);
  return hits;
}

static const entry ENTRY[N] = {
    {"best", "a/best", 0.05, 0.95}, {"second", "a/second", 0.06, 0.90}, {"twin", "b/twin", 0.07, 0.80},
    {"twin", "a/twin", 0.07, 0.80}, {"early", "z/early", 0.07, 0.80},   {"worst", "a/worst", 0.30, -0.2},
};
static const int IN_ORDER[N] = {0, 1, 2, 3, 4, 5};

static void test_ranks_by_each_figure_and_combined(void)
{
  static const char *const PATH[N] = {"a/best", "a/second", "z/early", "a/twin", "b/twin", "a/worst"};
  static const size_t      RANK[N] = {1, 2, 3, 3, 3, 6}; /* equal figures share the smaller rank */
  cuxas_hits              *hits    = make_hits(ENTRY, IN_ORDER, N);
  for (size_t i = 0; i < N; i++) {
    CHECK_TEXT(hits->hit[i].path, PATH[i]);
    CHECK(hits->hit[i].rank == i + 1);
    CHECK(hits->hit[i].rank_mae == RANK[i]);
    CHECK(hits->hit[i].rank_spearman == RANK[i]);
  }
  CHECK_NEAR(hits->hit[0].delta_to_next, 0.01, 1e-12);
  CHECK_NEAR(hits->hit[2].delta_to_next, 0.0, 0.0);
  CHECK(isnan(hits->hit[N - 1].delta_to_next));
  cuxas_hits_free(hits);
}

static void test_order_of_addition_does_not_matter(void)
{
  static const int ORDER[4][N] = {{5, 4, 3, 2, 1, 0}, {2, 0, 4, 5, 1, 3}, {3, 5, 1, 0, 2, 4}, {4, 2, 3, 0, 5, 1}};
  cuxas_hits      *expected    = make_hits(ENTRY, IN_ORDER, N);
  for (int k = 0; k < 4; k++) {
    cuxas_hits *hits = make_hits(ENTRY, ORDER[k], N);
    for (size_t i = 0; i < N; i++) {
      CHECK_TEXT(hits->hit[i].path, expected->hit[i].path);
      CHECK(hits->hit[i].rank_mae == expected->hit[i].rank_mae);
      CHECK(hits->hit[i].rank_spearman == expected->hit[i].rank_spearman);
    }
    cuxas_hits_free(hits);
  }
  cuxas_hits_free(expected);
}

static void test_ranks_that_disagree_are_added(void)
{
  static const entry MIXED[3] = {{"a", "a", 0.10, 0.70}, {"b", "b", 0.11, 0.99}, {"c", "c", 0.12, 0.98}};
  cuxas_hits        *hits     = make_hits(MIXED, IN_ORDER, 3); /* 1 + 3, 2 + 1, 3 + 2 */
  CHECK_TEXT(hits->hit[0].name, "b");
  CHECK_TEXT(hits->hit[1].name, "a");
  CHECK_TEXT(hits->hit[2].name, "c");
  CHECK_NEAR(hits->hit[0].delta_to_next, -0.01, 1e-12); /* the next one may have the smaller MAE */
  cuxas_hits_free(hits);
}

static void test_equal_sums_are_ordered_by_mae(void)
{
  static const entry SWAPPED[2] = {{"a", "a", 0.11, 0.99}, {"b", "b", 0.10, 0.70}};
  cuxas_hits        *hits       = make_hits(SWAPPED, IN_ORDER, 2);
  CHECK_TEXT(hits->hit[0].name, "b");
  cuxas_hits_free(hits);
}

static void test_none_and_one(void)
{
  cuxas_hits *hits = make_hits(ENTRY, IN_ORDER, 0);
  cuxas_hits_free(hits);
  hits = make_hits(ENTRY, IN_ORDER, 1);
  CHECK(hits->hit[0].rank == 1 && hits->hit[0].rank_mae == 1 && isnan(hits->hit[0].delta_to_next));
  cuxas_hits_free(hits);
  cuxas_hits_free(NULL);
}

int main(void)
{
  RUN(test_ranks_by_each_figure_and_combined);
  RUN(test_order_of_addition_does_not_matter);
  RUN(test_ranks_that_disagree_are_added);
  RUN(test_equal_sums_are_ordered_by_mae);
  RUN(test_none_and_one);
  return CHECK_REPORT();
}
