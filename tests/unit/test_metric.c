#include "check.h"
#include "spectrum/broaden.h"
#include "spectrum/metric.h"

static void test_mae_is_the_mean_distance(void)
{
  const double a[4] = {0.0, 1.0, 2.0, -1.0}, b[4] = {1.0, 1.0, 0.0, -1.5};
  CHECK_NEAR(cuxas_metric_mae(a, b, 4), (1.0 + 0.0 + 2.0 + 0.5) / 4.0, 1e-15);
  CHECK_NEAR(cuxas_metric_mae(a, a, 4), 0.0, 0.0);
  CHECK_NEAR(cuxas_metric_mae(a, b, 1), 1.0, 0.0);
}

static void test_pearson_is_one_for_a_line(void)
{
  double a[20], b[20], c[20];
  for (int i = 0; i < 20; i++) {
    a[i] = sin(i);
    b[i] = 3.0 * a[i] + 1e3;
    c[i] = -0.2 * a[i];
  }
  CHECK_NEAR(cuxas_metric_pearson(a, b, 20), 1.0, 1e-10);
  CHECK_NEAR(cuxas_metric_pearson(a, c, 20), -1.0, 1e-12);
}

static void test_pearson_by_hand(void)
{
  const double a[4] = {1.0, 2.0, 3.0, 4.0}, b[4] = {1.0, 3.0, 2.0, 4.0}; /* covariance 4, variances 5 and 5 */
  CHECK_NEAR(cuxas_metric_pearson(a, b, 4), 0.8, 1e-14);
}

static void test_spearman_sees_order_only(void)
{
  double a[30], b[30], work[60];
  for (int i = 0; i < 30; i++) {
    a[i] = (i * 7) % 30;
    b[i] = exp(a[i]);
  }
  CHECK_NEAR(cuxas_metric_spearman(a, b, 30, work), 1.0, 1e-14);
  for (int i = 0; i < 30; i++) b[i] = -b[i];
  CHECK_NEAR(cuxas_metric_spearman(a, b, 30, work), -1.0, 1e-14);
}

static void test_spearman_averages_ties(void)
{
  const double a[5] = {1.0, 2.0, 2.0, 3.0, 4.0}, b[5] = {10.0, 30.0, 20.0, 20.0, 50.0};
  double       work[10];
  /* ranks 1, 2.5, 2.5, 4, 5 and 1, 4, 2.5, 2.5, 5: covariance 7.25, variances 9.5 and 9.5 */
  CHECK_NEAR(cuxas_metric_spearman(a, b, 5, work), 7.25 / 9.5, 1e-14);
}

static void test_spearman_does_not_depend_on_the_order_of_points(void)
{
  double a[50], b[50], c[50], d[50], work[100];
  for (int i = 0; i < 50; i++) {
    a[i] = floor(10.0 * sin(i)); /* many ties */
    b[i] = floor(10.0 * sin(i + 0.3));
  }
  for (int i = 0; i < 50; i++) {
    c[i] = a[(i * 13) % 50];
    d[i] = b[(i * 13) % 50];
  }
  CHECK_NEAR(cuxas_metric_spearman(a, b, 50, work), cuxas_metric_spearman(c, d, 50, work), 1e-14);
  CHECK_NEAR(cuxas_metric_spearman(a, b, 50, work), cuxas_metric_spearman(b, a, 50, work), 1e-14);
}

static void test_flat_curve_has_no_correlation(void)
{
  const double flat[6] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, rising[6] = {1, 2, 3, 4, 5, 6};
  double       work[12];
  CHECK(isnan(cuxas_metric_pearson(flat, rising, 6)));
  CHECK(isnan(cuxas_metric_pearson(rising, flat, 6)));
  CHECK(isnan(cuxas_metric_spearman(flat, rising, 6, work)));
  CHECK(isnan(cuxas_metric_spearman(rising, flat, 6, work)));
}

/* ---- broadening ------------------------------------------------------------------------------------------------- */

enum { N = 201 };
static const cuxas_grid GRID = {900.0, 0.2, N};

static double full_width(const double *mu)
{
  double half = 0.0, from = NAN, to = NAN;
  for (int i = 0; i < N; i++) half = fmax(half, 0.5 * mu[i]);
  for (int i = 1; i < N; i++) {
    if (mu[i - 1] < half && mu[i] >= half) from = i - 1 + (half - mu[i - 1]) / (mu[i] - mu[i - 1]);
    if (mu[i - 1] >= half && mu[i] < half) to = i - 1 + (mu[i - 1] - half) / (mu[i - 1] - mu[i]);
  }
  return 0.2 * (to - from);
}

static void test_broadened_gaussian_widths_add_in_squares(void)
{
  double mu[N], broad[N];
  for (int i = 0; i < N; i++) mu[i] = exp(-4.0 * log(2.0) * pow((0.2 * (i - 100)) / 3.0, 2.0)); /* 3 eV wide */
  CHECK_STATUS(cuxas_broaden(GRID, mu, 4.0, broad, NULL), CUXAS_OK);
  CHECK_NEAR(full_width(mu), 3.0, 0.01);
  CHECK_NEAR(full_width(broad), 5.0, 0.02);
}

static void test_broadening_keeps_area_constant_and_position(void)
{
  double mu[N] = {0}, broad[N], flat[N], area = 0.0, first_moment = 0.0;
  mu[80] = 2.0;
  for (int i = 0; i < N; i++) flat[i] = 0.7;
  CHECK_STATUS(cuxas_broaden(GRID, mu, 1.0, broad, NULL), CUXAS_OK);
  for (int i = 0; i < N; i++) {
    area += broad[i];
    first_moment += i * broad[i];
  }
  CHECK_NEAR(area, 2.0, 1e-12);
  CHECK_NEAR(first_moment / area, 80.0, 1e-10);
  CHECK_STATUS(cuxas_broaden(GRID, flat, 3.0, broad, NULL), CUXAS_OK);
  for (int i = 0; i < N; i++) CHECK_NEAR(broad[i], 0.7, 1e-14); /* also at the ends */
}

static void test_no_broadening_copies(void)
{
  double mu[N], broad[N];
  for (int i = 0; i < N; i++) mu[i] = sin(i);
  CHECK_STATUS(cuxas_broaden(GRID, mu, 0.0, broad, NULL), CUXAS_OK);
  CHECK(memcmp(mu, broad, sizeof mu) == 0);
}

static void test_impossible_widths_are_refused(void)
{
  double      mu[N] = {0}, broad[N];
  cuxas_error err;
  CHECK_STATUS(cuxas_broaden(GRID, mu, -1.0, broad, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "-1");
  CHECK_STATUS(cuxas_broaden(GRID, mu, NAN, broad, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_broaden(GRID, mu, INFINITY, broad, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_broaden(GRID, mu, 1e6, broad, NULL), CUXAS_OK); /* wider than the grid */
}

int main(void)
{
  RUN(test_mae_is_the_mean_distance);
  RUN(test_pearson_is_one_for_a_line);
  RUN(test_pearson_by_hand);
  RUN(test_spearman_sees_order_only);
  RUN(test_spearman_averages_ties);
  RUN(test_spearman_does_not_depend_on_the_order_of_points);
  RUN(test_flat_curve_has_no_correlation);
  RUN(test_broadened_gaussian_widths_add_in_squares);
  RUN(test_broadening_keeps_area_constant_and_position);
  RUN(test_no_broadening_copies);
  RUN(test_impossible_widths_are_refused);
  return CHECK_REPORT();
}
