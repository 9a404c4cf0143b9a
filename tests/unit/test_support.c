/* test_support.c - candidates that cannot be told apart share the support, one that is better holds it */
#include "check.h"
#include "cuxas/support.h"
#include "synthetic.h"

enum { N = 300 };
static const cuxas_grid GRID = {925.0, 0.2, N};

/* A curve 0 ... 1 with white lines of that height. */
static void make_curve(double white_line, double *ret_mu)
{
  double top = 0.0;
  synthetic_curve(GRID, 932.0, white_line, 1.6, ret_mu);
  for (size_t i = 0; i < N; i++) top = fmax(top, ret_mu[i]);
  for (size_t i = 0; i < N; i++) ret_mu[i] /= top;
}

static void test_equal_candidates_share_and_a_wrong_one_has_none(void)
{
  double measured[N], same[N], other[N], wrong[N], support[3];
  bool   is_in[3];
  size_t block;
  make_curve(1.2, measured);
  for (size_t i = 0; i < N; i++) {
    const double error = 0.03 * sin(0.2 * (double)i);
    same[i]            = measured[i] + error;
    other[i]           = measured[i] - error;
    wrong[i]           = (double)i / N;
  }
  const cuxas_contender contender[3] = {{same, NULL}, {other, NULL}, {wrong, NULL}};
  CHECK_STATUS(cuxas_support(measured, N, contender, 3, 200, 1, support, &block, NULL), CUXAS_OK);
  CHECK(support[0] > 0.2 && support[1] > 0.2);
  CHECK_NEAR(support[2], 0.0, 0.01);
  CHECK_NEAR(support[0] + support[1] + support[2], 1.0, 1e-9);
  CHECK(block >= 5 && block <= N / 4);
  CHECK(cuxas_support_group(support, 3, 0.9, is_in) == 2);
  CHECK(is_in[0] && is_in[1] && !is_in[2]);
}

static void test_much_better_candidate_stands_alone(void)
{
  double measured[N], right[N], wrong[N], support[2];
  bool   is_in[2];
  make_curve(1.2, measured);
  make_curve(1.22, right);
  make_curve(3.0, wrong);
  const cuxas_contender contender[2] = {{right, NULL}, {wrong, NULL}};
  CHECK_STATUS(cuxas_support(measured, N, contender, 2, 200, 1, support, NULL, NULL), CUXAS_OK);
  CHECK(support[0] > 0.95);
  CHECK(cuxas_support_group(support, 2, 0.9, is_in) == 1 && is_in[0]);
}

/* The less its predictions are known, the less can a candidate lead. */
static void test_spread_of_the_ensemble_takes_support_away(void)
{
  double measured[N], right[N], wrong[N], sigma[N], sure[2], unsure[2];
  make_curve(1.2, measured);
  make_curve(1.25, right);
  make_curve(1.8, wrong);
  for (size_t i = 0; i < N; i++) sigma[i] = 0.1;
  const cuxas_contender known[2] = {{right, NULL}, {wrong, NULL}}, vague[2] = {{right, sigma}, {wrong, sigma}};
  CHECK_STATUS(cuxas_support(measured, N, known, 2, 400, 1, sure, NULL, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_support(measured, N, vague, 2, 400, 1, unsure, NULL, NULL), CUXAS_OK);
  CHECK(sure[0] > unsure[0] + 0.1);
}

static void test_seed_decides_and_nothing_else(void)
{
  double measured[N], a[N], b[N], once[2], again[2], other[2];
  make_curve(1.2, measured);
  make_curve(1.3, a);
  make_curve(1.1, b);
  const cuxas_contender contender[2] = {{a, NULL}, {b, NULL}};
  CHECK_STATUS(cuxas_support(measured, N, contender, 2, 100, 7, once, NULL, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_support(measured, N, contender, 2, 100, 7, again, NULL, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_support(measured, N, contender, 2, 100, 8, other, NULL, NULL), CUXAS_OK);
  CHECK(memcmp(once, again, sizeof once) == 0);
  CHECK(once[0] != other[0]);
}

static void test_group_is_the_smallest_that_holds_the_level(void)
{
  const double support[4] = {0.1, 0.5, 0.1, 0.3};
  bool         is_in[4];
  CHECK(cuxas_support_group(support, 4, 0.8, is_in) == 2 && is_in[1] && is_in[3]);
  CHECK(cuxas_support_group(support, 4, 0.9, is_in) == 3 && is_in[0] && !is_in[2]); /* of equals the earlier */
  CHECK(cuxas_support_group(support, 4, 1.0, is_in) == 4);
}

static void test_nothing_to_compare_is_refused(void)
{
  double          measured[N], support[1];
  cuxas_contender contender = {measured, NULL};
  make_curve(1.2, measured);
  CHECK_STATUS(cuxas_support(measured, N, &contender, 0, 10, 1, support, NULL, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_support(measured, 9, &contender, 1, 10, 1, support, NULL, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_support(measured, N, &contender, 1, 0, 1, support, NULL, NULL), CUXAS_ERANGE);
}

int main(void)
{
  RUN(test_equal_candidates_share_and_a_wrong_one_has_none);
  RUN(test_much_better_candidate_stands_alone);
  RUN(test_spread_of_the_ensemble_takes_support_away);
  RUN(test_seed_decides_and_nothing_else);
  RUN(test_group_is_the_smallest_that_holds_the_level);
  RUN(test_nothing_to_compare_is_refused);
  return CHECK_REPORT();
}
