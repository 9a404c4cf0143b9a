/* test_analysis.c - histogram, deciles, groups, principal components, coverage and power law on cases with known answers */
#include "check.h"
#include "evaluate/analysis.h"

#include <stdint.h>

#include "base/random.h"

static void test_histogram_counts_every_value_once(void)
{
  const double          value[] = {-1.0, 0.0, 0.05, 0.1, 0.25, 0.3, 0.31, NAN, INFINITY};
  const cuxas_histogram h       = cuxas_histogram_make(value, 9, 0.0, 0.1, 3);
  CHECK(h.n_value == 7 && h.n_below == 1 && h.n_above == 1);
  CHECK(h.count[0] == 2);
  CHECK(h.count[1] == 1);
  CHECK(h.count[2] == 2); /* 0.25, and 0.3 on the upper end */
  CHECK(cuxas_histogram_make(value, 9, 0.0, 0.1, 100000).n_bin == CUXAS_MAX_BIN);
  CHECK(cuxas_histogram_make(NULL, 0, 0.0, 0.1, 0).n_bin == 1);
}

static void test_ranks_put_ties_in_order_and_leave_nothing_out(void)
{
  const double value[] = {3.0, NAN, 1.0, 2.0, 1.0};
  size_t       row[5], n;
  CHECK_STATUS(cuxas_rank_rows(value, 5, row, &n, NULL), CUXAS_OK);
  CHECK(n == 4 && row[0] == 2 && row[1] == 4 && row[2] == 3 && row[3] == 0);
}

static void test_deciles_of_the_middle(void)
{
  size_t rank[CUXAS_N_DECILE];
  cuxas_decile_ranks(1000, 0.95, rank); /* 25 left out at either end, parts of 95 */
  for (size_t i = 0; i < CUXAS_N_DECILE; i++) CHECK(rank[i] == (size_t)(25.0 + 95.0 * ((double)i + 0.5)));
  cuxas_decile_ranks(10, 1.0, rank);
  for (size_t i = 0; i < CUXAS_N_DECILE; i++) CHECK(rank[i] == i);
  cuxas_decile_ranks(1, 0.95, rank);
  for (size_t i = 0; i < CUXAS_N_DECILE; i++) CHECK(rank[i] == 0);
  cuxas_decile_ranks(3, 0.95, rank);
  for (size_t i = 0; i < CUXAS_N_DECILE; i++) CHECK(rank[i] < 3 && (i == 0 || rank[i] >= rank[i - 1]));
}

static void test_groups_have_quartiles(void)
{
  const int           key[]   = {4, 2, 4, 4, -1, 4, 4, 7};
  const double        value[] = {1, 9, 2, 3, 100, 4, 5, NAN};
  cuxas_group_summary group[8];
  size_t              n;
  CHECK_STATUS(cuxas_group_summarise(key, value, 8, group, &n, NULL), CUXAS_OK);
  CHECK(n == 2);
  CHECK(group[0].key == 2 && group[0].n_value == 1 && group[1].key == 4 && group[1].n_value == 5);
  CHECK_NEAR(group[0].low, 9.0, 0.0);
  CHECK_NEAR(group[0].high, 9.0, 0.0);
  CHECK_NEAR(group[1].low, 2.0, 0.0);
  CHECK_NEAR(group[1].median, 3.0, 0.0);
  CHECK_NEAR(group[1].high, 4.0, 0.0);
}

/* Points on an ellipse with half axes 2 and 1 along (3, 4) / 5 and (-4, 3) / 5 around (10, 20). */
static void test_components_of_an_ellipse(void)
{
  enum { N = 40 };
  float      table[N][2];
  size_t     row[N];
  cuxas_pca *pca = NULL;
  for (size_t i = 0; i < N; i++) {
    const double a = 2.0 * cos(2.0 * 3.14159265358979 * (double)i / N), b = sin(2.0 * 3.14159265358979 * (double)i / N);
    table[i][0] = (float)(10.0 + 0.6 * a - 0.8 * b);
    table[i][1] = (float)(20.0 + 0.8 * a + 0.6 * b);
    row[i]      = N - 1 - i;
  }
  CHECK_STATUS(cuxas_pca_new(table[0], 2, row, N, 3, &pca, NULL), CUXAS_OK);
  CHECK_NEAR(pca->mean[0], 10.0, 1e-6);
  CHECK_NEAR(pca->mean[1], 20.0, 1e-6);
  CHECK_NEAR(pca->part[0], 0.8, 1e-6); /* 4 : 1 */
  CHECK_NEAR(pca->part[1], 0.2, 1e-6);
  CHECK(pca->part[2] == 0.0);
  CHECK_NEAR(pca->component[0], 0.6, 1e-5);
  CHECK_NEAR(pca->component[1], 0.8, 1e-5);
  CHECK_NEAR(pca->component[2], 0.8, 1e-5); /* the largest coefficient is positive */
  CHECK_NEAR(pca->component[3], -0.6, 1e-5);
  CHECK_NEAR(pca->score[(N - 1) * 3], 2.0, 1e-5); /* the last row is point 0, at the end of the long axis */
  CHECK_NEAR(pca->score[(N - 1) * 3 + 1], 0.0, 1e-5);
  cuxas_pca_free(pca);

  for (size_t i = 0; i < N; i++) table[i][0] = table[i][1] = 1.0f;
  CHECK_STATUS(cuxas_pca_new(table[0], 2, row, N, 1, &pca, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_pca_new(table[0], 2, row, 1, 1, &pca, NULL), CUXAS_ERANGE);
  cuxas_pca_free(NULL);
}

static void test_coverage_of_normal_errors(void)
{
  enum { N = 20000 };
  static double  difference[N], sigma[N];
  uint64_t       state = 7;
  cuxas_coverage c;
  for (size_t i = 0; i < N; i++) {
    sigma[i]      = 0.1 + random_uniform(&state);
    difference[i] = sigma[i] * random_normal(&state);
  }
  CHECK_STATUS(cuxas_coverage_find(difference, sigma, N, &c, NULL), CUXAS_OK);
  CHECK(c.n_point == N);
  for (size_t k = 0; k < CUXAS_N_LEVEL; k++) {
    CHECK_NEAR(c.covered[k], CUXAS_LEVEL[k], 0.012);
    CHECK_NEAR(c.factor[k], 1.0, 0.03);
  }
  for (size_t i = 0; i < N; i++) sigma[i] *= 0.5; /* twice too sure */
  CHECK_STATUS(cuxas_coverage_find(difference, sigma, N, &c, NULL), CUXAS_OK);
  CHECK(c.covered[2] < 0.62);
  CHECK_NEAR(c.factor[2], 2.0, 0.06);
  for (size_t i = 0; i < N; i++) sigma[i] = 0.0; /* one network has no spread */
  CHECK_STATUS(cuxas_coverage_find(difference, sigma, N, &c, NULL), CUXAS_OK);
  CHECK(c.n_point == 0 && isnan(c.covered[0]) && isnan(c.factor[0]));
}

static void test_power_law_is_found(void)
{
  const double x[] = {10, 20, 40, 80}, y[] = {0.3, 0.3 / sqrt(2.0), 0.15, 0.15 / sqrt(2.0)}, same[] = {5, 5, 5, 5};
  double       factor, exponent;
  CHECK(cuxas_power_fit(x, y, 4, &factor, &exponent));
  CHECK_NEAR(exponent, -0.5, 1e-12);
  CHECK_NEAR(factor, 0.3 * sqrt(10.0), 1e-12);
  CHECK(!cuxas_power_fit(same, y, 4, &factor, &exponent) && isnan(factor));
  CHECK(!cuxas_power_fit(x, y, 1, &factor, &exponent) && isnan(exponent));
}

int main(void)
{
  RUN(test_histogram_counts_every_value_once);
  RUN(test_ranks_put_ties_in_order_and_leave_nothing_out);
  RUN(test_deciles_of_the_middle);
  RUN(test_groups_have_quartiles);
  RUN(test_components_of_an_ellipse);
  RUN(test_coverage_of_normal_errors);
  RUN(test_power_law_is_found);
  return CHECK_REPORT();
}
