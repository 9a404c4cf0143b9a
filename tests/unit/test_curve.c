#include "check.h"
#include "cuxas/preprocess.h"
#include "literature.h"
#include "spectrum/curve.h"
#include "synthetic.h"

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
  double a[30], b[30], work[120];
  for (int i = 0; i < 30; i++) {
    a[i] = (i * 7) % 30;
    b[i] = exp(a[i]);
  }
  CHECK_NEAR(cuxas_metric_spearman(a, b, 30, work), 1.0, 1e-14);
  for (int i = 0; i < 30; i++) b[i] = -b[i];
  CHECK_NEAR(cuxas_metric_spearman(a, b, 30, work), -1.0, 1e-14);
}

/* Of rising, falling and shuffled stretches, of every length: the same as by counting those that are smaller. */
static void test_ranks_are_those_that_counting_gives(void)
{
  enum { MOST = 40 };
  double a[MOST], b[MOST], rank_a[MOST], rank_b[MOST], work[4 * MOST];
  for (size_t n = 3; n <= MOST; n++) {
    for (size_t i = 0; i < n; i++) {
      a[i] = i < n / 3 ? (double)i : i < 2 * n / 3 ? 20.0 - (double)i : (double)((i * 7) % 11);
      b[i] = (double)((i * 5) % 13);
    }
    for (size_t i = 0; i < n; i++) {
      rank_a[i] = rank_b[i] = 0.0;
      for (size_t k = 0; k < n; k++) {
        rank_a[i] += a[k] < a[i] ? 1.0 : a[k] == a[i] ? 0.5 : 0.0;
        rank_b[i] += b[k] < b[i] ? 1.0 : b[k] == b[i] ? 0.5 : 0.0;
      }
    }
    CHECK_NEAR(cuxas_metric_spearman(a, b, n, work), cuxas_metric_pearson(rank_a, rank_b, n), 1e-12);
  }
}

static void test_spearman_averages_ties(void)
{
  const double a[5] = {1.0, 2.0, 2.0, 3.0, 4.0}, b[5] = {10.0, 30.0, 20.0, 20.0, 50.0};
  double       work[20];
  /* ranks 1, 2.5, 2.5, 4, 5 and 1, 4, 2.5, 2.5, 5: covariance 7.25, variances 9.5 and 9.5 */
  CHECK_NEAR(cuxas_metric_spearman(a, b, 5, work), 7.25 / 9.5, 1e-14);
}

static void test_spearman_does_not_depend_on_the_order_of_points(void)
{
  double a[50], b[50], c[50], d[50], work[200];
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
  double       work[24];
  CHECK(isnan(cuxas_metric_pearson(flat, rising, 6)));
  CHECK(isnan(cuxas_metric_pearson(rising, flat, 6)));
  CHECK(isnan(cuxas_metric_spearman(flat, rising, 6, work)));
  CHECK(isnan(cuxas_metric_spearman(rising, flat, 6, work)));
}

/* ---- broadening ------------------------------------------------------------------------------------------------- */

enum { N_WIDE = 201 };
static const cuxas_grid WIDE_GRID = {900.0, 0.2, N_WIDE};

static double full_width(const double *mu)
{
  double half = 0.0, from = NAN, to = NAN;
  for (int i = 0; i < N_WIDE; i++) half = fmax(half, 0.5 * mu[i]);
  for (int i = 1; i < N_WIDE; i++) {
    if (mu[i - 1] < half && mu[i] >= half) from = i - 1 + (half - mu[i - 1]) / (mu[i] - mu[i - 1]);
    if (mu[i - 1] >= half && mu[i] < half) to = i - 1 + (mu[i - 1] - half) / (mu[i - 1] - mu[i]);
  }
  return 0.2 * (to - from);
}

static void test_broadened_gaussian_widths_add_in_squares(void)
{
  double mu[N_WIDE], broad[N_WIDE];
  for (int i = 0; i < N_WIDE; i++) mu[i] = exp(-4.0 * log(2.0) * pow((0.2 * (i - 100)) / 3.0, 2.0)); /* 3 eV wide */
  CHECK_STATUS(cuxas_broaden(WIDE_GRID, mu, 4.0, broad, NULL), CUXAS_OK);
  CHECK_NEAR(full_width(mu), 3.0, 0.01);
  CHECK_NEAR(full_width(broad), 5.0, 0.02);
}

static void test_broadening_keeps_area_constant_and_position(void)
{
  double mu[N_WIDE] = {0}, broad[N_WIDE], flat[N_WIDE], area = 0.0, first_moment = 0.0;
  mu[80] = 2.0;
  for (int i = 0; i < N_WIDE; i++) flat[i] = 0.7;
  CHECK_STATUS(cuxas_broaden(WIDE_GRID, mu, 1.0, broad, NULL), CUXAS_OK);
  for (int i = 0; i < N_WIDE; i++) {
    area += broad[i];
    first_moment += i * broad[i];
  }
  CHECK_NEAR(area, 2.0, 1e-12);
  CHECK_NEAR(first_moment / area, 80.0, 1e-10);
  CHECK_STATUS(cuxas_broaden(WIDE_GRID, flat, 3.0, broad, NULL), CUXAS_OK);
  for (int i = 0; i < N_WIDE; i++) CHECK_NEAR(broad[i], 0.7, 1e-14); /* also at the ends */
}

static void test_no_broadening_copies(void)
{
  double mu[N_WIDE], broad[N_WIDE];
  for (int i = 0; i < N_WIDE; i++) mu[i] = sin(i);
  CHECK_STATUS(cuxas_broaden(WIDE_GRID, mu, 0.0, broad, NULL), CUXAS_OK);
  CHECK(memcmp(mu, broad, sizeof mu) == 0);
}

static void test_impossible_widths_are_refused(void)
{
  double      mu[N_WIDE] = {0}, broad[N_WIDE];
  cuxas_error err;
  CHECK_STATUS(cuxas_broaden(WIDE_GRID, mu, -1.0, broad, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "-1");
  CHECK_STATUS(cuxas_broaden(WIDE_GRID, mu, NAN, broad, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_broaden(WIDE_GRID, mu, INFINITY, broad, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_broaden(WIDE_GRID, mu, 1e6, broad, NULL), CUXAS_OK); /* wider than the grid */
}

/* -- onsets -- */

enum { N = 412 };
static const cuxas_grid GRID = {925.0, 0.2, N};

static cuxas_onset *find(const double *mu, cuxas_grid grid, double smooth_eV)
{
  static cuxas_onset onset[2];
  CHECK_STATUS(cuxas_onset_find(grid, mu, smooth_eV, EDGE, 2, onset, NULL), CUXAS_OK);
  return onset;
}

static void test_steepest_point_of_an_arctangent_is_its_centre(void)
{
  double mu[N];
  synthetic_curve(GRID, 932.46, 0.0, 1.5, mu);
  const cuxas_onset *onset = find(mu, GRID, 0.0);
  CHECK(onset[0].found && onset[1].found);
  CHECK_NEAR(onset[0].energy_eV, 932.46, 0.01);
  CHECK_NEAR(onset[0].on_grid_eV, 932.4, 1e-9);
  CHECK_NEAR(onset[1].energy_eV, 952.46, 0.01);
  CHECK_NEAR(onset[1].on_grid_eV, 952.4, 1e-9);
}

static void test_gain_and_offset_do_not_matter(void)
{
  double mu[N], other[N];
  synthetic_curve(GRID, 932.0, 2.0, 1.2, mu);
  for (int i = 0; i < N; i++) other[i] = 1e5 + 30.0 * mu[i];
  const cuxas_onset one = find(mu, GRID, CUXAS_ONSET_SMOOTH_EV)[0], two = find(other, GRID, CUXAS_ONSET_SMOOTH_EV)[0];
  CHECK(one.found);
  CHECK_NEAR(one.energy_eV, two.energy_eV, 1e-6);
}

static void test_moved_curve_moves_its_onset(void)
{
  double mu[N];
  for (double edge_eV = 930.0; edge_eV < 935.0; edge_eV += 0.23) {
    synthetic_curve(GRID, edge_eV, 1.5, 1.4, mu);
    const cuxas_onset *onset       = find(mu, GRID, CUXAS_ONSET_SMOOTH_EV);
    const double       steepest_eV = edge_eV + 0.1; /* about: the white line's flank counts too */
    CHECK_NEAR(onset[0].energy_eV, steepest_eV, 0.08);
    CHECK_NEAR(onset[1].energy_eV - onset[0].energy_eV, 20.0, 0.05);
    CHECK(fabs(onset[0].on_grid_eV - onset[0].energy_eV) <= 0.1 + 1e-9);
  }
}

static void test_weak_feature_before_and_strong_one_behind_are_passed_over(void)
{
  double mu[N];
  synthetic_curve(GRID, 934.0, 0.5, 1.4, mu);
  for (int i = 0; i < N; i++) {
    const double before = (cuxas_grid_energy_eV(GRID, (size_t)i) - 931.0) / 0.5;
    const double behind = (cuxas_grid_energy_eV(GRID, (size_t)i) - 939.0) / 0.7;
    mu[i] += 0.12 * exp(-before * before) + 1.0 * exp(-behind * behind);
  }
  CHECK_NEAR(find(mu, GRID, CUXAS_ONSET_SMOOTH_EV)[0].energy_eV, 934.0, 0.2);
}

static void test_pedestal_at_the_start_is_no_onset(void)
{
  const cuxas_grid grid = {929.0, 0.2, 205};
  double           mu[205];
  synthetic_curve(grid, 931.5, 1.5, 1.2, mu);
  for (int i = 0; i < 205; i++) mu[i] += 5.0 - 0.01 * i;
  const cuxas_onset *onset = find(mu, grid, CUXAS_ONSET_SMOOTH_EV);
  CHECK_NEAR(onset[0].energy_eV, 931.6, 0.15);
  CHECK_NEAR(onset[1].energy_eV, 951.6, 0.15);
}

/* A scan that begins in the middle of the rise falls from its first derivative on: there is no onset to report. */
static void test_scan_that_begins_inside_the_rise_has_no_onset(void)
{
  const cuxas_grid grid = {933.0, 0.2, 80};
  double           mu[80];
  synthetic_curve(grid, 932.4, 1.5, 1.2, mu);
  const cuxas_onset *onset = find(mu, grid, CUXAS_ONSET_SMOOTH_EV);
  CHECK(!onset[0].found && isnan(onset[0].energy_eV) && isnan(onset[0].on_grid_eV));
  CHECK(!onset[1].found);
}

static void test_edge_beyond_the_range_is_not_found(void)
{
  double mu[N];
  synthetic_curve(GRID, 932.0, 1.0, 1.4, mu);
  const cuxas_grid before_l2 = {925.0, 0.2, 120}, in_l2 = {925.0, 0.2, 134}; /* to 948.8 and 951.6 eV */
  CHECK(find(mu, before_l2, CUXAS_ONSET_SMOOTH_EV)[0].found);
  CHECK(!find(mu, before_l2, CUXAS_ONSET_SMOOTH_EV)[1].found);
  CHECK(
      !find(mu, in_l2, CUXAS_ONSET_SMOOTH_EV)[1].found); /* its rise has begun, its steepest point is not in the scan */
}

static void test_noise_moves_no_onset_by_more_than_a_grid_point(void)
{
  uint64_t state = 1;
  double   mu[N];
  int      n_lost = 0;
  for (int trial = 0; trial < 50; trial++) {
    synthetic_curve(GRID, 932.3, 1.5, 1.4, mu);
    for (int i = 0; i < N; i++) mu[i] += 0.04 * synthetic_noise(&state); /* 2 % of the maximum */
    const cuxas_onset *onset = find(mu, GRID, CUXAS_ONSET_SMOOTH_EV);
    CHECK(onset[0].found);
    CHECK_NEAR(onset[0].energy_eV, 932.4, 0.3);
    if (!onset[1].found || fabs(onset[1].energy_eV - 952.4) > CUXAS_ONSET_SMOOTH_EV) n_lost++;
  }
  CHECK(n_lost <= 2); /* L2 is half as steep */
}

static void test_noise_alone_has_no_onset(void)
{
  uint64_t state = 7;
  double   mu[N];
  int      n_found = 0;
  for (int trial = 0; trial < 50; trial++) {
    for (int i = 0; i < N; i++) mu[i] = synthetic_noise(&state);
    n_found += find(mu, GRID, CUXAS_ONSET_SMOOTH_EV)[0].found;
  }
  CHECK(n_found == 0);
}

static void test_flat_falling_and_tiny_curves_have_no_onset(void)
{
  double mu[N];
  for (int i = 0; i < N; i++) mu[i] = 3.0;
  CHECK(!find(mu, GRID, CUXAS_ONSET_SMOOTH_EV)[0].found);
  for (int i = 0; i < N; i++) mu[i] = -0.01 * i;
  CHECK(!find(mu, GRID, CUXAS_ONSET_SMOOTH_EV)[0].found);
  synthetic_curve(GRID, 925.5, 1.5, 1.4, mu);
  for (size_t n = 0; n < 7; n++) CHECK(!find(mu, (cuxas_grid){925.0, 0.2, n}, CUXAS_ONSET_SMOOTH_EV)[0].found);
}

static void test_onsets_of_simulated_spectra(void)
{
  simulations *all = read_simulations();
  if (all == NULL) SKIP("no shared data");
  for (size_t i = 0; i < all->n_compound; i++) {
    const cuxas_onset *onset = find(all->compound[i].mu[CUXAS_CHANNEL_NO_HOLE], LATTICE, 0.0);
    CHECK(onset[0].found && onset[1].found);
    CHECK(onset[0].energy_eV > 934.0 && onset[0].energy_eV < 937.0);
    CHECK_NEAR(onset[1].energy_eV - onset[0].energy_eV, 19.97, 0.15); /* FEFF's own splitting */
  }
  free(all);
}

static void test_onsets_of_measured_spectra(void)
{
  for (int i = 0; i < N_LITERATURE; i++) {
    cuxas_prepared *prepared = read_literature(LITERATURE[i].name);
    if (prepared == NULL) SKIP("no shared data");
    const cuxas_onset *onset = find(prepared->mu, prepared->grid, CUXAS_ONSET_SMOOTH_EV);
    CHECK(onset[0].found && onset[1].found);
    CHECK_NEAR(onset[0].energy_eV, LITERATURE[i].l3_eV, 0.15);
    CHECK_NEAR(onset[1].energy_eV, LITERATURE[i].l2_eV, 0.3);
    cuxas_prepared_free(prepared);
  }
}

int main(void)
{
  RUN(test_mae_is_the_mean_distance);
  RUN(test_pearson_is_one_for_a_line);
  RUN(test_pearson_by_hand);
  RUN(test_spearman_sees_order_only);
  RUN(test_ranks_are_those_that_counting_gives);
  RUN(test_spearman_averages_ties);
  RUN(test_spearman_does_not_depend_on_the_order_of_points);
  RUN(test_flat_curve_has_no_correlation);
  RUN(test_broadened_gaussian_widths_add_in_squares);
  RUN(test_broadening_keeps_area_constant_and_position);
  RUN(test_no_broadening_copies);
  RUN(test_impossible_widths_are_refused);
  RUN(test_steepest_point_of_an_arctangent_is_its_centre);
  RUN(test_gain_and_offset_do_not_matter);
  RUN(test_moved_curve_moves_its_onset);
  RUN(test_weak_feature_before_and_strong_one_behind_are_passed_over);
  RUN(test_pedestal_at_the_start_is_no_onset);
  RUN(test_scan_that_begins_inside_the_rise_has_no_onset);
  RUN(test_edge_beyond_the_range_is_not_found);
  RUN(test_noise_moves_no_onset_by_more_than_a_grid_point);
  RUN(test_noise_alone_has_no_onset);
  RUN(test_flat_falling_and_tiny_curves_have_no_onset);
  RUN(test_onsets_of_simulated_spectra);
  RUN(test_onsets_of_measured_spectra);
  return CHECK_REPORT();
}
