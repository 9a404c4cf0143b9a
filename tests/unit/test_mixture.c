/* test_mixture.c - non-negative least squares against known answers; weights of simulated mixtures are recovered */
#include "check.h"
#include "evaluate/calibration.h"
#include "match/mixture.h"
#include "cuxas/preprocess.h"
#include "match/blend.h"
#include "base/random.h"
#include "synthetic.h"

enum { N_LATTICE = 412, N_CURVE = 20 };
static const cuxas_grid        LATTICE = {925.0, 0.2, N_LATTICE};
static const cuxas_edge_window EDGE[2] = {{"L3", 0.0}, {"L2", 20.0}};

/* ---- least squares ---------------------------------------------------------------------------------------------- */

/* The conditions of Kuhn and Tucker: x >= 0, gradient <= 0, and one of both is 0. */
static void check_optimal(const double *gram, const double *inner, size_t n, const double *x)
{
  for (size_t i = 0; i < n; i++) {
    double gradient = inner[i];
    for (size_t k = 0; k < n; k++) gradient -= gram[i * n + k] * x[k];
    CHECK(x[i] >= 0.0);
    CHECK(gradient < 1e-8);
    if (x[i] > 0.0) CHECK_NEAR(gradient, 0.0, 1e-8);
  }
}

static void test_least_squares_satisfy_kuhn_and_tucker(void)
{
  enum { N_ROW = 30 };
  uint64_t random = 2;
  size_t   n_zero = 0;
  for (int trial = 0; trial < 300; trial++) {
    const size_t n = 1 + (size_t)(trial % CUXAS_NNLS_MAX);
    double       a[CUXAS_NNLS_MAX][N_ROW], b[N_ROW], gram[36], inner[6], x[6];
    for (size_t r = 0; r < N_ROW; r++) b[r] = random_normal(&random);
    for (size_t i = 0; i < n; i++)
      for (size_t r = 0; r < N_ROW; r++) a[i][r] = random_normal(&random) + 0.3 * b[r];
    for (size_t i = 0; i < n; i++) {
      inner[i] = 0.0;
      for (size_t r = 0; r < N_ROW; r++) inner[i] += a[i][r] * b[r];
      for (size_t k = 0; k < n; k++) {
        gram[i * n + k] = 0.0;
        for (size_t r = 0; r < N_ROW; r++) gram[i * n + k] += a[i][r] * a[k][r];
      }
    }
    cuxas_nnls(gram, inner, n, x);
    check_optimal(gram, inner, n, x);
    for (size_t i = 0; i < n; i++) n_zero += x[i] == 0.0;
  }
  CHECK(n_zero > 20); /* bounds were at work */
}

static void test_least_squares_bear_equal_columns(void)
{
  const double gram[4] = {1.0, 1.0, 1.0, 1.0}, inner[2] = {2.0, 2.0}, against[2] = {-1.0, -2.0};
  double       x[2];
  cuxas_nnls(gram, inner, 2, x);
  CHECK_NEAR(x[0] + x[1], 2.0, 1e-12);
  cuxas_nnls(gram, against, 2, x);
  CHECK(x[0] == 0.0 && x[1] == 0.0);
}

/* ---- mixtures --------------------------------------------------------------------------------------------------- */

/* Spectra with bumps at places of their own. */
static const cuxas_curve *make_curves(void)
{
  static cuxas_curve curve[N_CURVE];
  static double      mu[N_CURVE][N_LATTICE];
  uint64_t           random = 9;
  for (size_t i = 0; i < N_CURVE; i++) {
    const double white_line = 0.5 + 1.5 * random_uniform(&random), onset_eV = 933.5 + random_uniform(&random);
    synthetic_curve(LATTICE, onset_eV, white_line, 1.5, mu[i]);
    for (int k = 0; k < 4; k++) {
      const double at_eV = 937.0 + 30.0 * random_uniform(&random), height = 0.5 * random_normal(&random);
      for (size_t j = 0; j < N_LATTICE; j++) {
        const double z = (cuxas_grid_energy_eV(LATTICE, j) - at_eV) / 1.5;
        mu[i][j] += height * exp(-z * z);
      }
    }
    curve[i] = (cuxas_curve){LATTICE, mu[i], NULL, true};
  }
  return curve;
}

static cuxas_query *make_query(const double *perfect, double noise, uint64_t random)
{
  const cuxas_degradation      how      = {.noise = noise, .pedestal = 0.1, .shift_eV = -2.3};
  const cuxas_compare_settings compare  = cuxas_compare_defaults();
  cuxas_preprocess_settings    read     = cuxas_preprocess_defaults();
  cuxas_spectrum              *scan     = NULL;
  cuxas_prepared              *prepared = NULL;
  cuxas_query                 *query    = NULL;
  read.beyond_lattice                   = true;
  CHECK_STATUS(cuxas_degrade(LATTICE, perfect, &how, (cuxas_scan_range){925.0, 1007.0, 0.1}, &random, &scan, NULL),
               CUXAS_OK);
  CHECK_STATUS(cuxas_preprocess_measured(scan, "scan", LATTICE, &read, &prepared, NULL), CUXAS_OK);
  CHECK_STATUS(
      cuxas_query_new(prepared->grid, prepared->mu, &(cuxas_edge_layout){LATTICE, EDGE, 2}, &compare, &query, NULL),
      CUXAS_OK);
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(scan);
  return query;
}

/* Moved up in energy. */
static void move(const double *mu, double by_eV, double *ret_mu)
{
  for (int j = 0; j < N_LATTICE; j++) {
    const double at = (double)j - by_eV / LATTICE.step_eV;
    const int    i  = (int)floor(at);
    if (i < 0)
      ret_mu[j] = mu[0];
    else if (i + 1 >= N_LATTICE)
      ret_mu[j] = mu[N_LATTICE - 1];
    else
      ret_mu[j] = mu[i] + (at - i) * (mu[i + 1] - mu[i]);
  }
}

static cuxas_mixture_settings plain(size_t n_max, int n_thread)
{
  cuxas_compare_settings compare = cuxas_compare_defaults();
  compare.fwhm_eV                = 0.0;
  return cuxas_mixture_settings_for(CUXAS_MIXTURE_OF_PREDICTIONS, &compare, n_max, 1, n_thread);
}

static const char *const NAME[N_CURVE] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
                                          "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"};

/* Mixes all curves with their shares, each moved by its own shift, and looks for them among the candidates. */
static cuxas_mixture *mix_with(const double *share, const double *own_eV, double noise, uint64_t random,
                               const cuxas_mixture_candidate *candidate, size_t n_candidate,
                               const cuxas_mixture_settings *settings)
{
  const cuxas_curve *curve              = make_curves();
  double             perfect[N_LATTICE] = {0.0}, moved[N_LATTICE];
  cuxas_mixture     *mixture            = NULL;
  cuxas_error        err                = {.message = ""};
  for (size_t i = 0; i < N_CURVE; i++) {
    move(curve[i].no_hole, own_eV[i], moved);
    for (size_t j = 0; j < N_LATTICE; j++) perfect[j] += share[i] * moved[j];
  }
  cuxas_query *query = make_query(perfect, noise, random);
  CHECK_STATUS(cuxas_mixture_new(query, candidate, n_candidate, settings, &mixture, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  cuxas_query_free(query);
  return mixture;
}

static void list_candidates(cuxas_mixture_candidate candidate[N_CURVE])
{
  const cuxas_curve *curve = make_curves();
  for (size_t i = 0; i < N_CURVE; i++) candidate[i] = (cuxas_mixture_candidate){NAME[i], curve[i], "", false};
}

static const double UNMOVED[N_CURVE] = {0.0};

static cuxas_mixture *mix(const double *share, double noise, uint64_t random, size_t n_max)
{
  const cuxas_mixture_settings settings = plain(n_max, 1);
  cuxas_mixture_candidate      candidate[N_CURVE];
  list_candidates(candidate);
  return mix_with(share, UNMOVED, noise, random, candidate, N_CURVE, &settings);
}

static void test_weights_of_two_are_recovered(void)
{
  size_t n_inside = 0;
  for (uint64_t trial = 0; trial < 6; trial++) {
    double share[N_CURVE]            = {0.0};
    share[3]                         = 0.3;
    share[8]                         = 0.7;
    cuxas_mixture           *mixture = mix(share, 0.005, trial, 3);
    const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_chosen];
    const size_t             n       = mixture->grid.n_energy;
    CHECK(mixture->n_fit == 3 && mixture->n_candidate == N_CURVE);
    CHECK(mixture->verdict == CUXAS_MIXTURE_FOUND && mixture->n_rival == 0);
    CHECK(mixture->i_chosen == 1 && fit->n_component == 2);
    CHECK_TEXT(fit->component[0].name, "i");
    CHECK_TEXT(fit->component[1].name, "d");
    CHECK_NEAR(fit->component[0].share, 0.7, 0.05);
    CHECK_NEAR(fit->component[0].share + fit->component[1].share, 1.0, 1e-9);
    CHECK_NEAR(fit->component[0].shift_eV, -2.3, 0.1);
    CHECK_NEAR(fit->component[1].shift_eV, -2.3, 0.1);
    CHECK(fit->component[0].share_low <= fit->component[0].share &&
          fit->component[0].share_high >= fit->component[0].share);
    n_inside += fit->component[0].share_low <= 0.71 && fit->component[0].share_high >= 0.69;
    CHECK(fit->mae < 0.02);
    const double first = mixture->sum[0] - mixture->part[0] - mixture->part[n];
    const double slope =
        (mixture->sum[n - 1] - mixture->part[n - 1] - mixture->part[2 * n - 1] - first) / (double)(n - 1);
    for (size_t k = 0; k < n; k += 50) /* offset, slope and parts make the sum */
      CHECK_NEAR(mixture->sum[k], first + slope * (double)k + mixture->part[k] + mixture->part[n + k], 1e-9);
    cuxas_mixture_free(mixture);
  }
  CHECK(n_inside >= 4); /* intervals of 90 %, a hundredth allowed for smoothing */
}

/* As of FEFF's Cu2O and CuO: -1.5 and -3.9 eV. */
static void test_every_component_has_its_own_shift(void)
{
  double share[N_CURVE] = {0.0}, own_eV[N_CURVE] = {0.0};
  share[3]                              = 0.4;
  share[8]                              = 0.6;
  own_eV[3]                             = 0.8;
  own_eV[8]                             = -1.6;
  const cuxas_mixture_settings settings = plain(2, 1);
  cuxas_mixture_candidate      candidate[N_CURVE];
  list_candidates(candidate);
  cuxas_mixture           *mixture = mix_with(share, own_eV, 0.005, 4, candidate, N_CURVE, &settings);
  const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_chosen];
  CHECK(mixture->verdict == CUXAS_MIXTURE_FOUND);
  CHECK_TEXT(fit->component[0].name, "i");
  CHECK_TEXT(fit->component[1].name, "d");
  CHECK_NEAR(fit->component[0].share, 0.6, 0.05);
  CHECK_NEAR(fit->component[0].shift_eV, -3.9, 0.1);
  CHECK_NEAR(fit->component[1].shift_eV, -1.5, 0.1);
  cuxas_mixture_free(mixture);
}

static void test_three_are_told_from_two(void)
{
  double share[N_CURVE]            = {0.0};
  share[1]                         = 0.25;
  share[6]                         = 0.35;
  share[14]                        = 0.4;
  cuxas_mixture           *mixture = mix(share, 0.005, 3, 4);
  const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_chosen];
  CHECK(fit->n_component == 3);
  CHECK(fit->component[0].i_candidate == 14 && fit->component[1].i_candidate == 6 &&
        fit->component[2].i_candidate == 1);
  CHECK_NEAR(fit->component[2].share, 0.25, 0.05);
  cuxas_mixture_free(mixture);
}

static void test_one_compound_is_no_mixture(void)
{
  for (size_t i = 0; i < 4; i++) {
    double share[N_CURVE]  = {0.0};
    share[4 * i]           = 1.0;
    cuxas_mixture *mixture = mix(share, 0.02, i, 3);
    CHECK(mixture->verdict == CUXAS_MIXTURE_ONE);
    CHECK(mixture->i_chosen == 0 && mixture->fit[0].component[0].i_candidate == 4 * i);
    CHECK(mixture->fit[0].component[0].share == 1.0);
    cuxas_mixture_free(mixture);
  }
}

/* Two candidates that differ by less than the noise: either may be the second component, and that is said. */
static void test_what_cannot_be_told_apart_is_listed(void)
{
  double                       share[N_CURVE] = {0.0}, twin[N_LATTICE];
  const cuxas_mixture_settings settings       = plain(2, 1);
  cuxas_mixture_candidate      candidate[N_CURVE + 1];
  list_candidates(candidate);
  for (size_t j = 0; j < N_LATTICE; j++) twin[j] = candidate[8].curve.no_hole[j] * (1.0 + 0.002 * sin(0.3 * (double)j));
  candidate[N_CURVE]               = (cuxas_mixture_candidate){"twin", {LATTICE, twin, NULL, true}, "", false};
  share[3]                         = 0.4;
  share[8]                         = 0.6;
  cuxas_mixture           *mixture = mix_with(share, UNMOVED, 0.01, 5, candidate, N_CURVE + 1, &settings);
  const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_chosen];
  CHECK(mixture->verdict == CUXAS_MIXTURE_SEVERAL && mixture->n_rival == 1 && !mixture->has_more);
  CHECK(mixture->rival[0].bic >= fit->bic && mixture->rival[0].bic < fit->bic + CUXAS_MIXTURE_DECIDE);
  for (size_t i = 0; i < 2; i++) /* the one that is not in doubt is in both */
    CHECK(fit->component[i].is_common == (fit->component[i].i_candidate == 3));
  cuxas_mixture_free(mixture);
}

static void test_threads_change_nothing(void)
{
  double share[N_CURVE] = {0.0};
  share[3]              = 0.4;
  share[8]              = 0.6;
  cuxas_mixture_candidate candidate[N_CURVE];
  list_candidates(candidate);
  const cuxas_mixture_settings one = plain(3, 1), three = plain(3, 3);
  cuxas_mixture               *a = mix_with(share, UNMOVED, 0.02, 5, candidate, N_CURVE, &one);
  cuxas_mixture               *b = mix_with(share, UNMOVED, 0.02, 5, candidate, N_CURVE, &three);
  CHECK(memcmp(a->fit, b->fit, sizeof a->fit) == 0);
  CHECK(memcmp(a->sum, b->sum, a->grid.n_energy * sizeof *a->sum) == 0);
  cuxas_mixture_free(a);
  cuxas_mixture_free(b);
}

static void test_core_hole_of_every_component_is_fitted(void)
{
  double                  share[N_CURVE] = {0.0};
  cuxas_mixture_settings  settings       = plain(2, 1);
  cuxas_mixture_candidate candidate[N_CURVE];
  list_candidates(candidate);
  settings.compare.fit_hole = true;
  candidate[3].curve.screened_hole =
      candidate[4].curve.no_hole; /* the mixture below is 0.8 of one and 0.2 of the other */
  share[3]                         = 0.8 * 0.5;
  share[4]                         = 0.2 * 0.5;
  share[8]                         = 0.5;
  candidate[4]                     = candidate[5];
  cuxas_mixture           *mixture = mix_with(share, UNMOVED, 0.003, 5, candidate, N_CURVE, &settings);
  const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_chosen];
  for (size_t i = 0; i < fit->n_component; i++)
    if (fit->component[i].i_candidate == 3) CHECK_NEAR(fit->component[i].hole_fraction, 0.8, 0.1);
  CHECK(fit->component[0].i_candidate + fit->component[1].i_candidate == 11);
  cuxas_mixture_free(mixture);
}

/* Standards: no broadening, little shift, whatever their scale; a share is one of the edge step. */
static void test_standards_are_mixed_by_edge_step(void)
{
  enum { FIRST = 20 };
  const cuxas_curve           *curve    = make_curves();
  const cuxas_compare_settings compare  = cuxas_compare_defaults();
  const cuxas_mixture_settings settings = cuxas_mixture_settings_for(CUXAS_MIXTURE_OF_STANDARDS, &compare, 2, 1, 1);
  static double                standard[N_CURVE][N_LATTICE];
  cuxas_mixture_candidate      candidate[N_CURVE];
  double                       share[N_CURVE] = {0.0}, total = 0.0, size[2];
  for (size_t i = 0; i < N_CURVE; i++) { /* measured, 2.3 eV lower, on a scale of their own, shorter than the query */
    move(curve[i].no_hole, -2.3, standard[i]);
    for (size_t j = 0; j < N_LATTICE; j++) standard[i][j] *= 3.0 + (double)i;
    candidate[i] = (cuxas_mixture_candidate){
        NAME[i],
        {{LATTICE.start_eV + FIRST * LATTICE.step_eV, LATTICE.step_eV, 250}, standard[i] + FIRST, NULL, false},
        "",
        false};
  }
  share[3]                         = 0.4;
  share[8]                         = 0.6;
  cuxas_mixture           *mixture = mix_with(share, UNMOVED, 0.005, 2, candidate, N_CURVE, &settings);
  const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_chosen];
  CHECK(mixture->kind == CUXAS_MIXTURE_OF_STANDARDS);
  CHECK_NEAR(cuxas_grid_end_eV(mixture->grid), LATTICE.start_eV + (FIRST + 249) * LATTICE.step_eV,
             1e-6); /* cut there */
  CHECK(mixture->shortest[0] != '\0' && mixture->n_left_out == 0);
  CHECK(mixture->verdict == CUXAS_MIXTURE_FOUND && fit->n_component == 2);
  CHECK_NEAR(fit->component[0].shift_eV, 0.0, 0.1);
  for (size_t k = 0; k < 2; k++) { /* each one's step at the end of the common range */
    const size_t i = k == 0 ? 3 : 8;
    size[k]        = 0.0;
    for (size_t j = 0; j < 25; j++) size[k] += (standard[i][FIRST + 249 - j]) / (25.0 * (3.0 + (double)i));
    total += size[k] *= share[i];
  }
  for (size_t i = 0; i < 2; i++)
    CHECK_NEAR(fit->component[i].share, size[fit->component[i].i_candidate == 3 ? 0 : 1] / total, 0.03);
  cuxas_mixture_free(mixture);
}

/* The curves as if measured, 2.3 eV lower, each a candidate. */
static void make_standards(double standard[N_CURVE][N_LATTICE], cuxas_mixture_candidate candidate[N_CURVE])
{
  const cuxas_curve *curve = make_curves();
  for (size_t i = 0; i < N_CURVE; i++) {
    move(curve[i].no_hole, -2.3, standard[i]);
    candidate[i] = (cuxas_mixture_candidate){NAME[i], {LATTICE, standard[i], NULL, false}, "", false};
  }
}

/* Standards whose white line is wide at the first energy that all of them cover, and high above the level behind the edges: that of
 * CuO was once left out for it. */
static void test_a_standard_that_falls_over_the_common_range_stays(void)
{
  enum { SHORT = 42, N_SHORT = 250 };
  const cuxas_compare_settings compare  = cuxas_compare_defaults();
  const cuxas_mixture_settings settings = cuxas_mixture_settings_for(CUXAS_MIXTURE_OF_STANDARDS, &compare, 2, 1, 1);
  static double                standard[N_CURVE][N_LATTICE];
  cuxas_mixture_candidate      candidate[N_CURVE];
  double                       share[N_CURVE] = {0.0};
  make_standards(standard, candidate);
  candidate[3].curve.grid    = (cuxas_grid){LATTICE.start_eV + SHORT * LATTICE.step_eV, LATTICE.step_eV, N_SHORT};
  candidate[3].curve.no_hole = standard[3] + SHORT; /* begins within its edge: cuts the range of all */
  share[8]                   = 1.0;
  cuxas_mixture *mixture     = mix_with(share, UNMOVED, 0.005, 2, candidate, N_CURVE, &settings);
  CHECK(mixture->fit[mixture->i_chosen].n_component == 1);
  CHECK_TEXT(mixture->fit[mixture->i_chosen].component[0].name, "i");
  cuxas_mixture_free(mixture);
}

/* Two measurements of one compound are one component, and no rivals of each other. */
static void test_standards_of_one_compound_stand_for_each_other(void)
{
  const cuxas_curve           *curve    = make_curves();
  const cuxas_compare_settings compare  = cuxas_compare_defaults();
  const cuxas_mixture_settings settings = cuxas_mixture_settings_for(CUXAS_MIXTURE_OF_STANDARDS, &compare, 2, 1, 1);
  static double                standard[N_CURVE + 1][N_LATTICE];
  cuxas_mixture_candidate      candidate[N_CURVE + 1];
  double                       share[N_CURVE] = {0.0};
  for (size_t i = 0; i <= N_CURVE; i++) {
    move(curve[i < N_CURVE ? i : 8].no_hole, -2.3, standard[i]);
    candidate[i] =
        (cuxas_mixture_candidate){i < N_CURVE ? NAME[i] : "again", {LATTICE, standard[i], NULL, false}, "", false};
    snprintf(candidate[i].formula, sizeof candidate[i].formula, "Cu%zu", i < N_CURVE ? i + 1 : 9);
  }
  for (size_t j = 0; j < N_LATTICE; j++) standard[N_CURVE][j] *= 1.0 + 0.01 * sin(0.3 * (double)j);
  share[3]               = 0.4;
  share[8]               = 0.6;
  cuxas_mixture *mixture = mix_with(share, UNMOVED, 0.01, 5, candidate, N_CURVE + 1, &settings);
  CHECK(mixture->verdict == CUXAS_MIXTURE_FOUND && mixture->n_rival == 0);
  for (size_t i = 0; i < mixture->n_limit; i++) CHECK(strcmp(mixture->limit[i].name, "again") != 0);
  cuxas_mixture_free(mixture);
}

/* What is put into a measurement that shows it is found there, and less of it than the limit is not. */
static void test_what_would_have_been_seen_is_seen(void)
{
  const cuxas_compare_settings compare  = cuxas_compare_defaults();
  const cuxas_mixture_settings settings = cuxas_mixture_settings_for(CUXAS_MIXTURE_OF_STANDARDS, &compare, 2, 1, 1);
  static double                standard[N_CURVE][N_LATTICE];
  cuxas_mixture_candidate      candidate[N_CURVE];
  double                       share[N_CURVE] = {0.0};
  make_standards(standard, candidate);
  share[8]               = 1.0;
  cuxas_mixture *mixture = mix_with(share, UNMOVED, 0.01, 7, candidate, N_CURVE, &settings);
  CHECK(mixture->fit[mixture->i_chosen].n_component == 1 && mixture->n_limit == N_CURVE - 1);
  const double limit = mixture->limit[3].share; /* of the candidate 3: none before it is the chosen one */
  CHECK_TEXT(mixture->limit[3].name, NAME[3]);
  CHECK(limit >= 0.01 && limit < 0.5);
  cuxas_mixture_free(mixture);
  for (int more = 0; more < 2; more++) {
    share[3]                    = more ? fmin(2.0 * limit, 0.6) : 0.2 * limit;
    share[8]                    = 1.0 - share[3];
    mixture                     = mix_with(share, UNMOVED, 0.01, 7, candidate, N_CURVE, &settings);
    const cuxas_mixture_fit *it = &mixture->fit[mixture->i_chosen];
    CHECK((it->n_component == 2 && (it->component[0].i_candidate == 3 || it->component[1].i_candidate == 3)) == more);
    cuxas_mixture_free(mixture);
  }
}

static void test_more_noise_widens_the_intervals(void)
{
  double share[N_CURVE]                = {0.0};
  share[3]                             = 0.5;
  share[8]                             = 0.5;
  cuxas_mixture                 *quiet = mix(share, 0.003, 1, 2), *loud = mix(share, 0.03, 1, 2);
  const cuxas_mixture_component *a = &quiet->fit[1].component[0], *b = &loud->fit[1].component[0];
  CHECK(quiet->i_chosen == 1 && loud->i_chosen == 1);
  CHECK(b->share_high - b->share_low > a->share_high - a->share_low);
  cuxas_mixture_free(quiet);
  cuxas_mixture_free(loud);
}

/* Another detection mode compresses a white line; the interval allows for it where the standard is from elsewhere. */
static void test_a_standard_measured_elsewhere_has_an_interval_that_allows_for_saturation(void)
{
  const cuxas_compare_settings compare  = cuxas_compare_defaults();
  const cuxas_mixture_settings settings = cuxas_mixture_settings_for(CUXAS_MIXTURE_OF_STANDARDS, &compare, 2, 1, 1);
  static double                standard[N_CURVE][N_LATTICE];
  double                       share[N_CURVE] = {0.0}, width[2];
  share[3] = share[8] = 0.5;
  for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
    cuxas_mixture_candidate candidate[N_CURVE];
    make_standards(standard, candidate);
    for (size_t i = 0; i < N_CURVE; i++) candidate[i].is_elsewhere = elsewhere == 1;
    for (size_t j = 0; j < N_LATTICE; j++) standard[3][j] *= 1.0 + CUXAS_MIXTURE_SATURATION; /* of edge step 1 */
    for (size_t j = 0; j < N_LATTICE; j++)
      standard[3][j] /= 1.0 + CUXAS_MIXTURE_SATURATION * standard[3][j] / (1.0 + CUXAS_MIXTURE_SATURATION);
    cuxas_mixture           *mixture = mix_with(share, UNMOVED, 0.003, 1, candidate, N_CURVE, &settings);
    const cuxas_mixture_fit *fit     = &mixture->fit[mixture->i_chosen];
    CHECK(fit->n_component == 2 && fit->component[0].i_candidate + fit->component[1].i_candidate == 11);
    width[elsewhere] = fit->component[0].share_high - fit->component[0].share_low;
    if (elsewhere == 1) CHECK(fit->component[0].share_low < 0.5 && fit->component[0].share_high > 0.5);
    cuxas_mixture_free(mixture);
  }
  CHECK(width[1] > 1.2 * width[0]);
}

static void test_what_cannot_be_mixed_is_refused(void)
{
  const cuxas_curve      *curve   = make_curves();
  cuxas_mixture          *mixture = NULL;
  cuxas_query            *query   = make_query(curve[0].no_hole, 0.01, 1);
  cuxas_mixture_candidate candidate[N_CURVE];
  cuxas_mixture_settings  none = plain(0, 1), many = plain(CUXAS_MIXTURE_MAX + 1, 1), one = plain(1, 1);
  list_candidates(candidate);
  CHECK_STATUS(cuxas_mixture_new(query, candidate, 0, &one, &mixture, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_mixture_new(query, candidate, 1, &none, &mixture, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_mixture_new(query, candidate, 1, &many, &mixture, NULL), CUXAS_ERANGE);
  candidate[0].curve.extend        = false;
  candidate[0].curve.grid.n_energy = 100; /* 20 eV */
  CHECK_STATUS(cuxas_mixture_new(query, candidate, 1, &one, &mixture, NULL), CUXAS_ERANGE);
  cuxas_query_free(query);
}

/* Without a rival, with one, with one of a single state; far from a single standard or near it. */
static void test_a_sum_is_the_answer_where_no_single_compound_could_look_like_it(void)
{
  static const struct {
    cuxas_mixture_verdict verdict;
    const char           *second, *rival;
    double                mae, single_mae;
    bool                  is_answer, is_possible;
    double                single_shift_eV;
  } CASE[] = {
      {CUXAS_MIXTURE_FOUND, "Cu2O", NULL, 0.020, 0.060, true, false, 0.0},
      {CUXAS_MIXTURE_FOUND, "Cu2O", NULL, 0.020, 0.045, false, true, 0.0},
      {CUXAS_MIXTURE_FOUND, "CuF2", NULL, 0.020, 0.060, false, true, 0.0}, /* both Cu(II): not told from one compound */
      {CUXAS_MIXTURE_FOUND, "CuF2", NULL, 0.040, 0.060, false, false, 0.0},
      {CUXAS_MIXTURE_ONE, "Cu2O", NULL, 0.001, 0.005, false, false, 0.0},  /* a single one is it */
      {CUXAS_MIXTURE_FOUND, "CuF2", NULL, 0.004, 0.020, true, false, 0.0}, /* the very spectra */
      {CUXAS_MIXTURE_SEVERAL, "Cu2O", "CuCl", 0.020, 0.060, true, false, 0.0},
      {CUXAS_MIXTURE_SEVERAL, "Cu2O", "CuF2", 0.020, 0.060, false, true, 0.0},
      {CUXAS_MIXTURE_ONE, "Cu2O", NULL, 0.004, 0.020, false, true, 0.0},
      {CUXAS_MIXTURE_FOUND, "Cu2O", NULL, 0.020, 0.032, false, false, 0.8}, /* on the axis where the sum is, */
      {CUXAS_MIXTURE_FOUND, "Cu2O", NULL, 0.020, 0.032, true, false, -1.9}, /* and elsewhere */
      {CUXAS_MIXTURE_FOUND, "CuF2", NULL, 0.020, 0.032, false, true, -1.9},
      {CUXAS_MIXTURE_SEVERAL, "Cu2O", "CuCl", 0.020, 0.032, true, false, -1.9},
      {CUXAS_MIXTURE_ONE, "Cu2O", NULL, 0.020, 0.032, false, true, -1.9}};
  const cuxas_hits none = {.n_hit = 0};
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
    cuxas_mixture mixture = {.verdict = CASE[i].verdict, .n_fit = 2, .i_chosen = 1};
    mixture.fit[0]        = (cuxas_mixture_fit){.n_component = 1,
                                                .mae         = CASE[i].single_mae,
                                                .component   = {{.name = "CuO_TEY", .shift_eV = CASE[i].single_shift_eV}}};
    mixture.fit[1] = (cuxas_mixture_fit){.n_component = 2, .mae = CASE[i].mae, .component = {{.name = "CuO_TEY"}}};
    snprintf(mixture.fit[1].component[1].name, CUXAS_MIXTURE_NAME_SIZE, "%s", CASE[i].second);
    if (CASE[i].rival != NULL) {
      mixture.rival[mixture.n_rival] = mixture.fit[1];
      snprintf(mixture.rival[mixture.n_rival++].component[1].name, CUXAS_MIXTURE_NAME_SIZE, "%s", CASE[i].rival);
    }
    cuxas_mixture_judge(&mixture, &none, NULL);
    CHECK(mixture.is_answer == CASE[i].is_answer);
    CHECK(mixture.is_possible == CASE[i].is_possible);
  }
}

int main(void)
{
  RUN(test_a_sum_is_the_answer_where_no_single_compound_could_look_like_it);
  RUN(test_least_squares_satisfy_kuhn_and_tucker);
  RUN(test_least_squares_bear_equal_columns);
  RUN(test_weights_of_two_are_recovered);
  RUN(test_every_component_has_its_own_shift);
  RUN(test_three_are_told_from_two);
  RUN(test_one_compound_is_no_mixture);
  RUN(test_what_cannot_be_told_apart_is_listed);
  RUN(test_threads_change_nothing);
  RUN(test_core_hole_of_every_component_is_fitted);
  RUN(test_standards_are_mixed_by_edge_step);
  RUN(test_a_standard_that_falls_over_the_common_range_stays);
  RUN(test_standards_of_one_compound_stand_for_each_other);
  RUN(test_what_would_have_been_seen_is_seen);
  RUN(test_more_noise_widens_the_intervals);
  RUN(test_a_standard_measured_elsewhere_has_an_interval_that_allows_for_saturation);
  RUN(test_what_cannot_be_mixed_is_refused);
  return CHECK_REPORT();
}
