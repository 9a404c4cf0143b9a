#include "check.h"
#include "predict/kernel.h"
#include "base/random.h"

enum { N_ROW = 30, N_FEATURE = 3, N_ENERGY = 4 };

typedef struct {
  float  feature[N_ROW * N_FEATURE], z[N_ROW * N_ENERGY];
  size_t group[N_ROW];
} table;

/* smooth functions of random features; rows 3 i ... 3 i + 2 are one group, close to each other */
static void make_table(table *t)
{
  uint64_t random = 5;
  for (size_t i = 0; i < N_ROW; i++) {
    t->group[i] = i / 3;
    for (size_t j = 0; j < N_FEATURE; j++)
      t->feature[i * N_FEATURE + j] = i % 3 == 0
                                          ? (float)random_normal(&random)
                                          : t->feature[(i - 1) * N_FEATURE + j] + 0.05f * (float)random_normal(&random);
    for (size_t j = 0; j < N_ENERGY; j++)
      t->z[i * N_ENERGY + j] = sinf(t->feature[i * N_FEATURE + j % N_FEATURE]) + 0.3f * (float)j;
  }
}

static cuxas_kernel *fit(const table *t, cuxas_kernel_shape shape, size_t n_row)
{
  cuxas_kernel *kernel = NULL;
  CHECK_STATUS(
      cuxas_kernel_fit(shape, &(cuxas_kernel_rows){n_row, N_FEATURE, N_ENERGY, t->feature, t->z}, &kernel, NULL),
      CUXAS_OK);
  return kernel;
}

static void test_a_small_ridge_goes_through_the_data(void)
{
  static table t;
  float        z[N_ROW * N_ENERGY];
  double       spread[N_ROW];
  make_table(&t);
  for (int kind = CUXAS_KERNEL_LAPLACE; kind <= CUXAS_KERNEL_EXPONENTIAL; kind++) {
    cuxas_kernel *kernel = fit(&t, (cuxas_kernel_shape){(cuxas_kernel_kind)kind, 2.0, 1e-7}, N_ROW);
    CHECK_STATUS(cuxas_kernel_predict(kernel, t.feature, N_ROW, NULL, z, spread, NULL), CUXAS_OK);
    for (size_t i = 0; i < N_ROW * N_ENERGY; i++) CHECK_NEAR(z[i], t.z[i], 1e-3);
    for (size_t i = 0; i < N_ROW; i++) CHECK(spread[i] < 0.01); /* and is sure of it */
    cuxas_kernel_free(kernel);
  }
}

static void test_far_away_it_is_the_mean_with_the_full_deviation(void)
{
  static table t;
  const float  far[N_FEATURE] = {1e4f, 1e4f, 1e4f};
  float        z[N_ENERGY];
  double       spread;
  make_table(&t);
  cuxas_kernel *kernel = fit(&t, (cuxas_kernel_shape){CUXAS_KERNEL_LAPLACE, 2.0, 0.1}, N_ROW);
  CHECK_STATUS(cuxas_kernel_predict(kernel, far, 1, NULL, z, &spread, NULL), CUXAS_OK);
  for (size_t j = 0; j < N_ENERGY; j++) {
    double sum = 0.0;
    for (size_t i = 0; i < N_ROW; i++) sum += t.z[i * N_ENERGY + j];
    CHECK_NEAR(z[j], sum / N_ROW, 1e-6);
  }
  CHECK_NEAR(spread, sqrt(1.1), 1e-6);
  cuxas_kernel_free(kernel);
}

/* two rows, one new one, one energy: everything by hand */
static void test_two_rows_by_hand(void)
{
  const float              feature[2] = {0.0f, 1.0f}, z[2] = {1.0f, 3.0f}, at = 0.25f;
  const double             k01 = exp(-0.5), a = exp(-0.125), b = exp(-0.375), ridge = 0.2, d = 1.0 + ridge;
  const double             determinant = d * d - k01 * k01;
  const double             w0 = (d * -1.0 - k01 * 1.0) / determinant, w1 = (d * 1.0 + k01 * 1.0) / determinant;
  float                    predicted;
  double                   spread;
  cuxas_kernel            *kernel = NULL;
  const cuxas_kernel_shape shape  = {CUXAS_KERNEL_EXPONENTIAL, 2.0, ridge};
  CHECK_STATUS(cuxas_kernel_fit(shape, &(cuxas_kernel_rows){2, 1, 1, feature, z}, &kernel, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_kernel_predict(kernel, &at, 1, NULL, &predicted, &spread, NULL), CUXAS_OK);
  CHECK_NEAR(predicted, 2.0 + a * w0 + b * w1, 1e-6);
  CHECK_NEAR(spread, sqrt(1.0 + ridge - (d * (a * a + b * b) - 2.0 * k01 * a * b) / determinant), 1e-6);
  CHECK_NEAR(kernel->deviation[0], sqrt((w1 - w0) / 2.0), 1e-6);
  cuxas_kernel_free(kernel);
}

/* leave_out() - mean absolute difference when every group is predicted by a machine that never saw it */
static double leave_out(const table *t, cuxas_kernel_shape shape)
{
  double sum = 0.0, mean[N_ENERGY] = {0};
  for (size_t i = 0; i < N_ROW * N_ENERGY; i++) mean[i % N_ENERGY] += t->z[i] / N_ROW;
  for (size_t g = 0; g < N_ROW / 3; g++) {
    float         feature[(N_ROW - 3 + 1) * N_FEATURE], z[(N_ROW - 3) * N_ENERGY], predicted[3 * N_ENERGY];
    double        spread[3];
    size_t        n      = 0;
    cuxas_kernel *kernel = NULL;
    for (size_t i = 0; i < N_ROW; i++) {
      if (t->group[i] == g) continue;
      memcpy(feature + n * N_FEATURE, t->feature + i * N_FEATURE, N_FEATURE * sizeof *feature);
      for (size_t j = 0; j < N_ENERGY; j++) z[n * N_ENERGY + j] = t->z[i * N_ENERGY + j] - (float)mean[j];
      n++;
    }
    CHECK_STATUS(cuxas_kernel_fit(shape, &(cuxas_kernel_rows){n, N_FEATURE, N_ENERGY, feature, z}, &kernel, NULL),
                 CUXAS_OK);
    CHECK_STATUS(cuxas_kernel_predict(kernel, t->feature + 3 * g * N_FEATURE, 3, NULL, predicted, spread, NULL),
                 CUXAS_OK);
    for (size_t i = 0; i < 3; i++)
      for (size_t j = 0; j < N_ENERGY; j++)
        sum += fabs((double)predicted[i * N_ENERGY + j] + mean[j] - t->z[(3 * g + i) * N_ENERGY + j]);
    cuxas_kernel_free(kernel);
  }
  return sum / (N_ROW * N_ENERGY);
}

static void test_the_shape_chosen_predicts_other_groups_best(void)
{
  static table       t;
  cuxas_kernel_shape shape, again;
  make_table(&t);
  for (int kind = CUXAS_KERNEL_LAPLACE; kind <= CUXAS_KERNEL_EXPONENTIAL; kind++) {
    const cuxas_kernel_kind k = (cuxas_kernel_kind)kind;
    CHECK_STATUS(
        cuxas_kernel_choose(k, &(cuxas_kernel_rows){N_ROW, N_FEATURE, N_ENERGY, t.feature, t.z}, t.group, &shape, NULL),
        CUXAS_OK);
    CHECK_STATUS(
        cuxas_kernel_choose(k, &(cuxas_kernel_rows){N_ROW, N_FEATURE, N_ENERGY, t.feature, t.z}, t.group, &again, NULL),
        CUXAS_OK);
    CHECK(shape.kind == k && shape.length == again.length && shape.ridge == again.ridge);
    const double best = leave_out(&t, shape);
    CHECK(best < 1.1 * leave_out(&t, (cuxas_kernel_shape){k, shape.length / 8.0, shape.ridge}));
    CHECK(best < 1.1 * leave_out(&t, (cuxas_kernel_shape){k, shape.length, 3.0}));
    CHECK(best < 0.7 * leave_out(&t, (cuxas_kernel_shape){k, shape.length / 100.0, 3.0})); /* that one is the mean */
  }
}

static void test_what_a_file_keeps_is_enough(void)
{
  static table  t;
  float         a[N_ENERGY], b[N_ENERGY];
  double        spread_a, spread_b;
  const float   at[N_FEATURE] = {0.3f, -0.2f, 0.1f};
  cuxas_kernel *back          = NULL;
  make_table(&t);
  cuxas_kernel            *k     = fit(&t, (cuxas_kernel_shape){CUXAS_KERNEL_LAPLACE, 1.5, 0.05}, N_ROW);
  const cuxas_kernel_parts parts = {k->mean, k->weight, k->deviation, k->basis, k->n_component};
  CHECK_STATUS(cuxas_kernel_restore(k->shape,
                                    &(cuxas_kernel_rows){N_ROW, N_FEATURE, N_ENERGY, k->points->feature, NULL}, NULL,
                                    &parts, &back, NULL),
               CUXAS_OK);
  CHECK_STATUS(cuxas_kernel_predict(k, at, 1, NULL, a, &spread_a, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_kernel_predict(back, at, 1, NULL, b, &spread_b, NULL), CUXAS_OK);
  CHECK(memcmp(a, b, sizeof a) == 0 && spread_a == spread_b);
  CHECK(memcmp(k->deviation, back->deviation, sizeof a) == 0);
  cuxas_kernel_free(k);
  cuxas_kernel_free(back);
}

/* as a model's file is read: machines of the same rows keep them once, and what one finds near a new row serves the others */
static void test_machines_of_the_same_rows_share_them(void)
{
  static table       t;
  const float        at[N_FEATURE] = {0.3f, -0.2f, 0.8f};
  float              z[N_ENERGY], alone[N_ENERGY];
  double             spread, spread_alone;
  cuxas_kernel      *machine[2] = {NULL}, *k;
  cuxas_kernel_near *near       = NULL;
  make_table(&t);
  k                              = fit(&t, (cuxas_kernel_shape){CUXAS_KERNEL_LAPLACE, 1.5, 0.05}, N_ROW);
  const cuxas_kernel_parts parts = {k->mean, k->weight, k->deviation, k->basis, k->n_component};
  for (size_t i = 0; i < 2; i++) {
    const cuxas_kernel_shape shape = {CUXAS_KERNEL_LAPLACE, i == 0 ? 1.6 : 1.5, 0.05};
    CHECK_STATUS(cuxas_kernel_restore(shape, &(cuxas_kernel_rows){N_ROW, N_FEATURE, N_ENERGY, NULL, NULL}, k, &parts,
                                      &machine[i], NULL),
                 CUXAS_OK);
    CHECK(machine[i]->points == k->points);
  }
  CHECK_STATUS(cuxas_kernel_predict(k, at, 1, NULL, alone, &spread_alone, NULL), CUXAS_OK);
  cuxas_kernel_free(k); /* the others go on */
  CHECK_STATUS(cuxas_kernel_predict(machine[0], at, 1, &near, z, &spread, NULL), CUXAS_OK);
  CHECK(near != NULL && spread != spread_alone);
  CHECK_STATUS(cuxas_kernel_predict(machine[1], at, 1, &near, z, &spread, NULL), CUXAS_OK);
  CHECK(memcmp(z, alone, sizeof z) == 0 && spread == spread_alone);
  cuxas_kernel_near_free(near);
  cuxas_kernel_free(machine[0]);
  cuxas_kernel_free(machine[1]);
}

enum { MANY = 1500, WIDE = 20 };

/* MANY rows of N_FEATURE features and WIDE energies, of which three directions matter; groups of 5 */
static void make_many(float *feature, float *z, size_t *group)
{
  uint64_t random = 11;
  for (size_t i = 0; i < MANY; i++) {
    group[i] = i / 5;
    for (size_t j = 0; j < N_FEATURE; j++) feature[i * N_FEATURE + j] = (float)random_normal(&random);
    const float *f = feature + i * N_FEATURE;
    for (size_t j = 0; j < WIDE; j++)
      z[i * WIDE + j] = sinf(f[0]) * cosf(0.3f * (float)j) + 0.5f * f[1] * sinf(0.2f * (float)j) + 0.1f * f[2];
  }
}

static void test_many_rows_are_kept_along_few_components(void)
{
  static float  feature[MANY * N_FEATURE], z[MANY * WIDE], back[MANY * WIDE];
  static size_t group[MANY];
  static double spread[MANY];
  cuxas_kernel *kernel = NULL;
  make_many(feature, z, group);
  const cuxas_kernel_rows rows = {MANY, N_FEATURE, WIDE, feature, z};
  CHECK_STATUS(cuxas_kernel_fit((cuxas_kernel_shape){CUXAS_KERNEL_LAPLACE, 2.0, 1e-6}, &rows, &kernel, NULL), CUXAS_OK);
  CHECK(kernel->basis != NULL && kernel->n_component <= 3);
  CHECK_STATUS(cuxas_kernel_predict(kernel, feature, MANY, NULL, back, spread, NULL), CUXAS_OK);
  double square = 0.0;
  for (size_t i = 0; i < MANY * WIDE; i++) square += pow((double)back[i] - z[i], 2.0);
  CHECK(sqrt(square / (MANY * WIDE)) < 1.2 * CUXAS_KERNEL_RESIDUAL);
  cuxas_kernel_free(kernel);
}

/* exact_spread() - by all n rows, n <= 200, with a Cholesky factor of its own */
static double exact_spread(cuxas_kernel_shape shape, const float *feature, size_t n, const float *at)
{
  static double l[200][200], y[200];
  double        explained = 0.0;
  for (size_t i = 0; i <= n; i++)
    for (size_t j = 0; j <= i && j < n; j++) {
      const float *a = i < n ? feature + i * N_FEATURE : at, *b = feature + j * N_FEATURE;
      double       distance = 0.0, sum;
      for (size_t k = 0; k < N_FEATURE; k++) distance += fabs((double)a[k] - (double)b[k]);
      sum = exp(-distance / shape.length) + (i == j ? shape.ridge : 0.0);
      for (size_t k = 0; k < j; k++) sum -= (i < n ? l[i][k] : y[k]) * l[j][k];
      if (i == n)
        y[j] = sum / l[j][j];
      else
        l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
    }
  for (size_t j = 0; j < n; j++) explained += y[j] * y[j];
  return sqrt(1.0 + shape.ridge - explained);
}

static void test_the_nearest_rows_give_nearly_the_variance_of_all(void)
{
  static float  feature[MANY * N_FEATURE], z[MANY * WIDE];
  static size_t group[MANY];
  cuxas_kernel *kernel = NULL;
  float         predicted[WIDE];
  double        spread;
  enum { SOME = 200 };
  make_many(feature, z, group);
  for (size_t i = 0; i < 3; i++) {
    const cuxas_kernel_shape shape = {CUXAS_KERNEL_LAPLACE, 0.5 + (double)i, 0.1};
    CHECK_STATUS(cuxas_kernel_fit(shape, &(cuxas_kernel_rows){SOME, N_FEATURE, WIDE, feature, z}, &kernel, NULL),
                 CUXAS_OK);
    for (size_t j = 0; j < 20; j++) {
      const float *at = feature + (SOME + j) * N_FEATURE;
      CHECK_STATUS(cuxas_kernel_predict(kernel, at, 1, NULL, predicted, &spread, NULL), CUXAS_OK);
      const double exact = exact_spread(shape, feature, SOME, at);
      CHECK(spread > exact - 1e-9);
      CHECK_NEAR(spread / exact, 1.0, 0.05);
    }
    cuxas_kernel_free(kernel);
  }
}

static void test_a_shape_for_many_rows_is_chosen_from_some(void)
{
  static float       feature[MANY * N_FEATURE], z[MANY * WIDE];
  static size_t      group[MANY];
  cuxas_kernel_shape shape = {CUXAS_KERNEL_LAPLACE, 0.0, 0.0}, again;
  make_many(feature, z, group);
  const cuxas_kernel_rows rows = {MANY, N_FEATURE, WIDE, feature, z};
  CHECK_STATUS(cuxas_kernel_choose(CUXAS_KERNEL_LAPLACE, &rows, group, &shape, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_kernel_choose(CUXAS_KERNEL_LAPLACE, &rows, group, &again, NULL), CUXAS_OK);
  CHECK(shape.length == again.length && shape.ridge == again.ridge);
  CHECK(shape.length > 3.0 && shape.ridge < 0.02); /* smooth functions without noise */
}

static void test_what_cannot_be_learnt(void)
{
  static table       t;
  cuxas_kernel      *kernel = NULL;
  cuxas_kernel_shape shape  = {CUXAS_KERNEL_LAPLACE, 1.0, 1e-300};
  cuxas_error        err    = {0};
  make_table(&t);
  CHECK_STATUS(cuxas_kernel_fit(shape, &(cuxas_kernel_rows){0, N_FEATURE, N_ENERGY, t.feature, t.z}, &kernel, &err),
               CUXAS_ERANGE);
  memset(t.feature, 0, sizeof t.feature);
  CHECK_STATUS(cuxas_kernel_fit(shape, &(cuxas_kernel_rows){N_ROW, N_FEATURE, N_ENERGY, t.feature, t.z}, &kernel, &err),
               CUXAS_ENUMERIC);
  CHECK_CONTAINS(err.message, "positive definite");
  CHECK(kernel == NULL);
  CHECK_STATUS(cuxas_kernel_choose(CUXAS_KERNEL_LAPLACE,
                                   &(cuxas_kernel_rows){N_ROW, N_FEATURE, N_ENERGY, t.feature, t.z}, t.group, &shape,
                                   &err),
               CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "alike");
  CHECK_STATUS(cuxas_kernel_choose(CUXAS_KERNEL_LAPLACE, &(cuxas_kernel_rows){1, N_FEATURE, N_ENERGY, t.feature, t.z},
                                   t.group, &shape, &err),
               CUXAS_ERANGE);
}

static void test_a_spectrum_is_moved_and_held_at_its_ends(void)
{
  const float mu[5] = {0.0f, 1.0f, 4.0f, 2.0f, 3.0f};
  float       moved[5];
  cuxas_kernel_move(mu, 5, 1.0, moved);
  CHECK(moved[0] == 0.0f && moved[1] == 0.0f && moved[2] == 1.0f && moved[3] == 4.0f && moved[4] == 2.0f);
  cuxas_kernel_move(mu, 5, -1.5, moved);
  CHECK_NEAR(moved[0], 2.5, 1e-6);
  CHECK_NEAR(moved[1], 3.0, 1e-6);
  CHECK_NEAR(moved[2], 2.5, 1e-6);
  CHECK(moved[3] == 3.0f && moved[4] == 3.0f);
  cuxas_kernel_move(mu, 5, 0.0, moved);
  CHECK(memcmp(mu, moved, sizeof mu) == 0);
  cuxas_kernel_move(mu, 5, 1e9, moved);
  CHECK(moved[0] == 0.0f && moved[4] == 0.0f);
}

static void test_names_and_the_logarithm_go_both_ways(void)
{
  cuxas_kernel_kind kind;
  cuxas_error       err = {0};
  for (int k = CUXAS_KERNEL_LAPLACE; k <= CUXAS_KERNEL_EXPONENTIAL; k++) {
    CHECK_STATUS(cuxas_kernel_from_name(cuxas_kernel_name((cuxas_kernel_kind)k), &kind, NULL), CUXAS_OK);
    CHECK((int)kind == k);
  }
  CHECK_STATUS(cuxas_kernel_from_name("cubic", &kind, &err), CUXAS_ERANGE);
  for (float mu = 0.0f; mu < 20.0f; mu += 0.7f) CHECK_NEAR(cuxas_kernel_exp(cuxas_kernel_log(mu)), mu, 1e-5);
  CHECK(cuxas_kernel_log(-1.0f) == cuxas_kernel_log(0.0f) && cuxas_kernel_exp(-50.0f) == 0.0f);
}

int main(void)
{
  RUN(test_a_small_ridge_goes_through_the_data);
  RUN(test_far_away_it_is_the_mean_with_the_full_deviation);
  RUN(test_two_rows_by_hand);
  RUN(test_the_shape_chosen_predicts_other_groups_best);
  RUN(test_what_a_file_keeps_is_enough);
  RUN(test_machines_of_the_same_rows_share_them);
  RUN(test_many_rows_are_kept_along_few_components);
  RUN(test_the_nearest_rows_give_nearly_the_variance_of_all);
  RUN(test_a_shape_for_many_rows_is_chosen_from_some);
  RUN(test_what_cannot_be_learnt);
  RUN(test_a_spectrum_is_moved_and_held_at_its_ends);
  RUN(test_names_and_the_logarithm_go_both_ways);
  return CHECK_REPORT();
}
