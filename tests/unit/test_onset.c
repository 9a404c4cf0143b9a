#include "check.h"
#include "cuxas/onset.h"
#include "literature.h"
#include "synthetic.h"

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
