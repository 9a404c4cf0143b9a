/* test_support.c - candidates that cannot be told apart share the support, one that is better holds it */
#include "check.h"
#include "evaluate/support.h"
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

/* What the curve ranks by, as it stands: no shift, no broadening, no priors. */
static double score(const double *measured, const double *curve)
{
  const cuxas_edge_window EDGE     = {"L3", 0.0};
  cuxas_compare_settings  settings = cuxas_compare_defaults();
  cuxas_query            *query    = NULL;
  cuxas_comparison        found    = {0};
  const cuxas_curve       standard = {GRID, curve, NULL, false};
  settings.shift_mode              = CUXAS_SHIFT_FIXED;
  settings.fixed_shift_eV          = 0.0;
  settings.fit_fwhm                = false;
  settings.fwhm_eV                 = 0.0;
  CHECK_STATUS(cuxas_query_new(GRID, measured, &(cuxas_edge_layout){GRID, &EDGE, 1}, &settings, &query, NULL),
               CUXAS_OK);
  CHECK_STATUS(cuxas_compare(query, &standard, &settings, &found, NULL, NULL, NULL), CUXAS_OK);
  cuxas_query_free(query);
  return found.score;
}

static void test_equal_candidates_share_and_a_wrong_one_has_none(void)
{
  double measured[N], same[N], other[N], wrong[N], support[3];
  bool   is_in[3];
  make_curve(1.2, measured);
  for (size_t i = 0; i < N; i++) {
    same[i]  = measured[i] + 0.03 * sin(0.2 * (double)i); /* equal errors, in other places */
    other[i] = measured[i] + 0.03 * cos(0.2 * (double)i);
    wrong[i] = (double)i / N;
  }
  const cuxas_contender contender[3] = {
      {same, score(measured, same)}, {other, score(measured, other)}, {wrong, score(measured, wrong)}};
  CHECK_STATUS(cuxas_support(GRID, measured, contender, 3, (cuxas_replicates){200, 1}, support, NULL), CUXAS_OK);
  CHECK(support[0] > 0.05 && support[1] > 0.05);
  CHECK_NEAR(support[2], 0.0, 0.01);
  CHECK_NEAR(support[0] + support[1] + support[2], 1.0, 1e-9);
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
  const cuxas_contender contender[2] = {{right, score(measured, right)}, {wrong, score(measured, wrong)}};
  CHECK_STATUS(cuxas_support(GRID, measured, contender, 2, (cuxas_replicates){200, 1}, support, NULL), CUXAS_OK);
  CHECK(support[0] > 0.95);
  CHECK(cuxas_support_group(support, 2, 0.9, is_in) == 1 && is_in[0]);
}

/* A slope costs the score little, a pedestal nothing, and the mean absolute error much: what ranks decides here as well. */
static void test_support_follows_the_score_not_the_distance(void)
{
  double measured[N], sloped[N], unlike[N], support[2], far = 0.0, near = 0.0;
  make_curve(1.2, measured);
  make_curve(2.0, unlike);
  for (size_t i = 0; i < N; i++) {
    sloped[i] = measured[i] + 0.3 + 0.15 * (double)i / N;
    far += fabs(sloped[i] - measured[i]);
    near += fabs(unlike[i] - measured[i]);
  }
  const cuxas_contender contender[2] = {{unlike, score(measured, unlike)}, {sloped, score(measured, sloped)}};
  CHECK(far > near);
  CHECK(contender[1].score > contender[0].score);
  CHECK_STATUS(cuxas_support(GRID, measured, contender, 2, (cuxas_replicates){200, 1}, support, NULL), CUXAS_OK);
  CHECK(support[1] > 0.9);
}

/* Equal curves: what else their scores hold, such as the prior of their shifts, decides every replicate. */
static void test_priors_stay_in_the_score(void)
{
  double measured[N], curve[N], support[2];
  make_curve(1.2, measured);
  make_curve(1.4, curve);
  const cuxas_contender contender[2] = {{curve, 7.0}, {curve, 57.0}};
  CHECK_STATUS(cuxas_support(GRID, measured, contender, 2, (cuxas_replicates){100, 1}, support, NULL), CUXAS_OK);
  CHECK_NEAR(support[1], 1.0, 1e-9);
}

static void test_seed_decides_and_nothing_else(void)
{
  double measured[N], a[N], b[N], once[2], again[2], other[2];
  make_curve(1.2, measured);
  make_curve(1.3, a);
  make_curve(1.1, b);
  const cuxas_contender contender[2] = {{a, score(measured, a)}, {b, score(measured, b)}};
  CHECK_STATUS(cuxas_support(GRID, measured, contender, 2, (cuxas_replicates){100, 7}, once, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_support(GRID, measured, contender, 2, (cuxas_replicates){100, 7}, again, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_support(GRID, measured, contender, 2, (cuxas_replicates){100, 8}, other, NULL), CUXAS_OK);
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
  cuxas_contender contender = {measured, 0.0};
  make_curve(1.2, measured);
  CHECK_STATUS(cuxas_support(GRID, measured, &contender, 0, (cuxas_replicates){10, 1}, support, NULL), CUXAS_ERANGE);
  CHECK_STATUS(
      cuxas_support((cuxas_grid){925.0, 0.2, 9}, measured, &contender, 1, (cuxas_replicates){10, 1}, support, NULL),
      CUXAS_ERANGE);
  CHECK_STATUS(cuxas_support(GRID, measured, &contender, 1, (cuxas_replicates){0, 1}, support, NULL), CUXAS_ERANGE);
}

/* ---- by p-values -------------------------------------------------------------------------------------------------- */

static void test_support_by_p_follows_the_density(void)
{
  const double p[4] = {0.001, 0.02, 0.5, NAN};
  double       support[4];
  bool         is_in[4];
  cuxas_support_from_p(p, 4, support);
  CHECK_NEAR(support[0] + support[1] + support[2], 1.0, 1e-12);
  CHECK(isnan(support[3]));
  const double part = CUXAS_SUPPORT_FAILURE;
  double       h[2];
  for (int i = 0; i < 2; i++)
    h[i] = part + (1.0 - part) * cuxas_support_density(p[i], CUXAS_SUPPORT_P, CUXAS_SUPPORT_POWER);
  CHECK_NEAR(support[1] / support[0], h[1] / h[0], 1e-12);
  CHECK(cuxas_support_group(support, 4, 0.9, is_in) == 2 && is_in[0] && is_in[1] && !is_in[2] && !is_in[3]);
  CHECK(cuxas_support_group(support, 4, 1.0, is_in) == 3 && !is_in[3]); /* what is not known is in no group */
}

static void test_density_has_integral_1(void)
{
  enum { N_STEP = 200000 };
  double sum = 0.0;
  for (int i = 0; i < N_STEP; i++) sum += cuxas_support_density((i + 0.5) / N_STEP, 0.013, 1.5) / N_STEP;
  CHECK_NEAR(sum, 1.0, 1e-5);
}

/* However well the first agrees: as much as a prediction can be trusted and no more. */
static void test_support_is_shared_among_many(void)
{
  enum { N_MANY = 200 };
  double p[N_MANY], support[N_MANY];
  bool   is_in[N_MANY];
  for (size_t i = 0; i < N_MANY; i++) p[i] = ((double)i + 0.5) / N_MANY;
  p[0] = 1e-9;
  cuxas_support_from_p(p, N_MANY, support);
  CHECK(support[0] < 0.3);
  CHECK(cuxas_support_group(support, N_MANY, 0.9, is_in) > 20);
}

int main(void)
{
  RUN(test_support_by_p_follows_the_density);
  RUN(test_density_has_integral_1);
  RUN(test_support_is_shared_among_many);
  RUN(test_equal_candidates_share_and_a_wrong_one_has_none);
  RUN(test_much_better_candidate_stands_alone);
  RUN(test_support_follows_the_score_not_the_distance);
  RUN(test_priors_stay_in_the_score);
  RUN(test_seed_decides_and_nothing_else);
  RUN(test_group_is_the_smallest_that_holds_the_level);
  RUN(test_nothing_to_compare_is_refused);
  return CHECK_REPORT();
}
