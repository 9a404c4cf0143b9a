#include "check.h"
#include "base/random.h"
#include "box.h"
#include "cuxas/predict.h"
#include "model_make.h"
#include "predict/head.h"

#include <omp.h>

static const double CELL[3][3] = {{5.2, 0.3, 0}, {1.9, 5.6, 0.2}, {-1.0, 1.5, 6.4}};
static const int    NUMBER[8]  = {29, 8, 29, 16, 29, 26, 8, 29};
enum { N_ATOM = 8, N_CU = 4 };

static cuxas_prediction *predict(const cuxas_model *model, const cuxas_crystal *crystal)
{
  cuxas_prediction *prediction = NULL;
  cuxas_error       err        = {0};
  CHECK_STATUS(cuxas_predict_crystal(model, crystal, &prediction, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return prediction;
}

/* largest difference of two structure spectra */
static double difference(const cuxas_prediction *a, const cuxas_prediction *b)
{
  double most = 0.0;
  for (size_t i = 0; i < a->grid.n_energy; i++)
    most = fmax(most, fabs(a->mu[CUXAS_CHANNEL_NO_HOLE][i] - b->mu[CUXAS_CHANNEL_NO_HOLE][i]));
  return most;
}

/* ---- the assembling rule ---- */

static void test_assembling_follows_the_rule(void)
{
  cuxas_model  *model = made_model();
  double        l3[12], l2[12], mu[17];
  const double *edge_mu[] = {l3, l2};
  for (int i = 0; i < 12; i++) {
    l3[i] = 1.0 + i;
    l2[i] = 100.0 + 10.0 * i;
  }
  cuxas_predict_assemble(model, edge_mu, mu);
  CHECK_NEAR(mu[0], 1.0 + 0.5 * 100.0 * exp(-1.0 / CUXAS_TAIL_EV), 1e-9); /* L2 starts 1 eV above */
  CHECK_NEAR(mu[4], 5.0 + 0.5 * 100.0 * exp(-0.2 / CUXAS_TAIL_EV), 1e-9);
  CHECK_NEAR(mu[5], 6.0 + 0.5 * 100.0, 1e-9);
  CHECK_NEAR(mu[11], 12.0 + 0.5 * 160.0, 1e-9);
  CHECK_NEAR(mu[12], 12.0 + 0.5 * 170.0, 1e-9); /* behind its grid L3 stays */
  CHECK_NEAR(mu[16], 12.0 + 0.5 * 210.0, 1e-9);
  cuxas_model_free(model);
}

static void test_assembling_is_linear(void)
{
  cuxas_model *model = made_model();
  double       a[2][12], b[2][12], sum[2][12], mu_a[17], mu_b[17], mu_sum[17];
  uint64_t     random = 3;
  for (int e = 0; e < 2; e++)
    for (int i = 0; i < 12; i++) {
      a[e][i]   = random_uniform(&random);
      b[e][i]   = random_uniform(&random);
      sum[e][i] = 0.3 * a[e][i] + 0.7 * b[e][i];
    }
  cuxas_predict_assemble(model, (const double *[]){a[0], a[1]}, mu_a);
  cuxas_predict_assemble(model, (const double *[]){b[0], b[1]}, mu_b);
  cuxas_predict_assemble(model, (const double *[]){sum[0], sum[1]}, mu_sum);
  for (int i = 0; i < 17; i++) CHECK_NEAR(mu_sum[i], 0.3 * mu_a[i] + 0.7 * mu_b[i], 1e-12);
  cuxas_model_free(model);
}

/* ---- the chain ---- */

static void test_prediction_is_what_its_parts_say(void)
{
  static box   b;
  cuxas_model *model = made_model();
  make_packed_box(&b, CELL, N_ATOM, NUMBER, 1.6, 4);
  cuxas_prediction *p = predict(model, &b.crystal);
  CHECK(p->n_absorber == N_CU && p->n_site == N_CU && p->n_head == 2);
  CHECK_TEXT(p->formula, "FeCu4SO2");
  CHECK(p->mu[CUXAS_CHANNEL_SCREENED_HOLE] == NULL && p->sigma[CUXAS_CHANNEL_SCREENED_HOLE] == NULL);

  const size_t sites[N_CU] = {0, 2, 4, 7};
  float        feature[N_CU * MADE_N_FEATURE], work[256], output[MADE_N_ENERGY];
  double       l3[12] = {0}, l2[12] = {0}, mu[17], distance = 0.0;
  CHECK_STATUS(cuxas_predict_features(model, &b.crystal, sites, N_CU, feature, NULL), CUXAS_OK);
  for (size_t s = 0; s < N_CU; s++) {
    CHECK(p->site[s].site_index == sites[s] && p->site[s].multiplicity == 1 &&
          p->site[s].equivalent_site[0] == sites[s]);
    for (size_t h = 0; h < 2; h++) {
      double mean[12] = {0}, member[2][12];
      for (size_t m = 0; m < 2; m++) {
        cuxas_dense_forward(model->head[h].member[m], feature + s * MADE_N_FEATURE, 1, work, output);
        for (size_t i = 0; i < 12; i++) mean[i] += 0.5 * (member[m][i] = output[i]);
      }
      for (size_t i = 0; i < 12; i++) {
        CHECK_NEAR(p->site[s].mu[h][i], mean[i], 1e-5);
        CHECK_NEAR(p->site[s].sigma[h][i], fabs(member[0][i] - member[1][i]) / sqrt(2.0), 1e-5);
        (h == 0 ? l3 : l2)[i] += mean[i] / N_CU;
      }
    }
    const cuxas_domain domain = cuxas_predict_domain(model, feature + s * MADE_N_FEATURE);
    CHECK_NEAR(p->site[s].domain.distance, domain.distance, 1e-6);
    distance = fmax(distance, domain.distance);
  }
  cuxas_predict_assemble(model, (const double *[]){l3, l2}, mu);
  for (size_t i = 0; i < 17; i++) {
    CHECK_NEAR(p->mu[CUXAS_CHANNEL_NO_HOLE][i], mu[i], 1e-5);
    CHECK(p->sigma[CUXAS_CHANNEL_NO_HOLE][i] >= 0.0);
  }
  CHECK_NEAR(p->domain.distance, distance, 1e-6);
  CHECK(p->domain.outside == (distance > 0.5));
  cuxas_prediction_free(p);
  cuxas_model_free(model);
}

static void test_rotation_changes_nothing(void)
{
  static box   b;
  cuxas_model *model = made_model();
  make_packed_box(&b, CELL, N_ATOM, NUMBER, 1.6, 5);
  cuxas_prediction *before = predict(model, &b.crystal);
  turn_box(&b);
  cuxas_prediction *after = predict(model, &b.crystal);
  CHECK_NEAR(difference(before, after), 0.0, 1e-5);
  cuxas_prediction_free(before);
  cuxas_prediction_free(after);
  cuxas_model_free(model);
}

static void test_order_of_atoms_changes_nothing(void)
{
  static box   b, c;
  const size_t order[N_ATOM] = {5, 3, 7, 0, 6, 1, 4, 2};
  cuxas_model *model         = made_model();
  make_packed_box(&b, CELL, N_ATOM, NUMBER, 1.6, 6);
  make_box(&c, CELL, N_ATOM);
  for (size_t i = 0; i < N_ATOM; i++) {
    c.number[i] = b.number[order[i]];
    memcpy(c.fractional[i], b.fractional[order[i]], sizeof c.fractional[i]);
  }
  cuxas_prediction *before = predict(model, &b.crystal), *after = predict(model, &c.crystal);
  CHECK_NEAR(difference(before, after), 0.0, 1e-5);
  CHECK_TEXT(after->formula, before->formula);
  cuxas_prediction_free(before);
  cuxas_prediction_free(after);
  cuxas_model_free(model);
}

static void test_supercell_changes_nothing(void)
{
  static box   b, c;
  cuxas_model *model = made_model();
  double       doubled[3][3];
  make_packed_box(&b, CELL, N_ATOM, NUMBER, 1.6, 7);
  memcpy(doubled, CELL, sizeof doubled);
  for (int k = 0; k < 3; k++) doubled[1][k] *= 2.0;
  make_box(&c, doubled, 2 * N_ATOM);
  for (size_t i = 0; i < 2 * N_ATOM; i++) {
    c.number[i] = b.number[i / 2];
    memcpy(c.fractional[i], b.fractional[i / 2], sizeof c.fractional[i]);
    c.fractional[i][1] = 0.5 * (b.fractional[i / 2][1] + (double)(i % 2));
  }
  cuxas_prediction *before = predict(model, &b.crystal), *after = predict(model, &c.crystal);
  CHECK(after->n_absorber == 2 * N_CU && after->n_site == N_CU); /* the copies are equivalent */
  for (size_t s = 0; s < after->n_site; s++) CHECK(after->site[s].multiplicity == 2);
  CHECK_NEAR(difference(before, after), 0.0, 1e-5);
  CHECK_TEXT(after->formula, before->formula);
  cuxas_prediction_free(before);
  cuxas_prediction_free(after);
  cuxas_model_free(model);
}

static void test_equivalent_sites_are_weighted_by_their_number(void)
{
  static box   b; /* a face-centred cell with one copper on the corner and the other two on faces: 1 + 2 sites */
  const double a[3][3] = {{3.8, 0, 0}, {0, 3.8, 0}, {0, 0, 6.0}};
  make_box(&b, a, 4);
  b.number[3]        = 8;
  b.fractional[1][0] = b.fractional[2][1] = 0.5;
  b.fractional[1][2] = b.fractional[2][2] = 0.4;
  b.fractional[3][0] = b.fractional[3][1] = 0.5;
  cuxas_model      *model                 = made_model();
  cuxas_prediction *p                     = predict(model, &b.crystal);
  CHECK(p->symmetry_found && p->n_absorber == 3 && p->n_site == 2);
  if (p->n_site == 2) {
    double l3[12], l2[12], mu[17];
    CHECK(p->site[1].multiplicity == 2 && p->site[1].equivalent_site[1] == 2);
    for (size_t i = 0; i < 12; i++) {
      l3[i] = (p->site[0].mu[0][i] + 2.0 * p->site[1].mu[0][i]) / 3.0;
      l2[i] = (p->site[0].mu[1][i] + 2.0 * p->site[1].mu[1][i]) / 3.0;
    }
    cuxas_predict_assemble(model, (const double *[]){l3, l2}, mu);
    for (size_t i = 0; i < 17; i++) CHECK_NEAR(p->mu[CUXAS_CHANNEL_NO_HOLE][i], mu[i], 1e-9);
  }
  cuxas_prediction_free(p);
  cuxas_model_free(model);
}

static void test_threads_change_no_bit(void)
{
  enum { N = 8 };
  static box        b[N];
  cuxas_model      *model  = made_model();
  cuxas_prediction *one[N] = {0}, *many[N] = {0};
  for (size_t i = 0; i < N; i++) {
    make_packed_box(&b[i], CELL, N_ATOM, NUMBER, 1.6, 20 + i);
    one[i] = predict(model, &b[i].crystal);
  }
#pragma omp parallel for num_threads(4)
  for (size_t i = 0; i < N; i++) cuxas_predict_crystal(model, &b[i].crystal, &many[i], NULL);
  for (size_t i = 0; i < N; i++) {
    CHECK(many[i] != NULL && memcmp(one[i]->mu[0], many[i]->mu[0], 17 * sizeof(double)) == 0);
    cuxas_prediction_free(one[i]);
    cuxas_prediction_free(many[i]);
  }
  cuxas_model_free(model);
}

/* ---- the domain ---- */

static void test_distance_is_the_mean_of_the_nearest(void)
{
  cuxas_model *model = made_model();
  float        at[MADE_N_FEATURE];
  double       all[MADE_N_DOMAIN];
  memcpy(at, model->domain_feature, sizeof at);
  for (size_t i = 0; i < MADE_N_DOMAIN; i++) {
    double square = 0.0;
    for (size_t j = 0; j < MADE_N_FEATURE; j++)
      square += pow((double)at[j] - model->domain_feature[i * MADE_N_FEATURE + j], 2.0);
    all[i] = sqrt(square / MADE_N_FEATURE);
  }
  double nearest = INFINITY; /* besides itself, which is at 0 */
  for (size_t i = 1; i < MADE_N_DOMAIN; i++) nearest = fmin(nearest, all[i]);
  const cuxas_domain domain = cuxas_predict_domain(model, at);
  CHECK_NEAR(domain.distance, nearest / 2.0, 1e-9);
  at[0] += 1000.0f;
  CHECK(cuxas_predict_domain(model, at).outside);
  cuxas_model_free(model);
}

/* ---- what cannot be predicted ---- */

static void test_crystal_without_absorber(void)
{
  static box        b;
  cuxas_model      *model = made_model();
  cuxas_prediction *p     = NULL;
  cuxas_error       err   = {0};
  make_box(&b, CELL, 1);
  b.number[0] = 26;
  CHECK_STATUS(cuxas_predict_crystal(model, &b.crystal, &p, &err), CUXAS_EUNSUPPORTED);
  CHECK(p == NULL);
  cuxas_model_free(model);
}

static void test_model_without_networks(void)
{
  static box        b;
  cuxas_model      *model = NULL;
  cuxas_prediction *p     = NULL;
  cuxas_error       err   = {0};
  CHECK_STATUS(cuxas_model_new(cJSON_Parse("{\"format\":\"cuxas-model/1\",\"name\":\"alone\"," MADE_FEATURIZER "}"),
                               cuxas_tensors_new(), &model, NULL),
               CUXAS_OK);
  make_box(&b, CELL, 1);
  CHECK_STATUS(cuxas_predict_crystal(model, &b.crystal, &p, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "alone");
  cuxas_model_free(model);
  cuxas_prediction_free(NULL);
}

static void test_networks_that_overflow(void)
{
  static box        b;
  cuxas_model      *model = made_model();
  cuxas_prediction *p     = NULL;
  make_packed_box(&b, CELL, N_ATOM, NUMBER, 1.6, 4);
  for (size_t i = 0; i < model->head[0].member[0]->n_parameter; i++) model->head[0].member[0]->parameter[i] = 3e38f;
  CHECK_STATUS(cuxas_predict_crystal(model, &b.crystal, &p, NULL), CUXAS_ENUMERIC);
  cuxas_model_free(model);
}

/* By sorting, and whatever else is known of the rows; also of numbers whose squares float32 cannot hold. */
static void test_domain_distance_is_that_of_the_nearest(void)
{
  enum { N_KNOWN = 300, N_OF = 70, K = 3 };
  static float  known[N_KNOWN * N_OF];
  static double absolute[N_KNOWN], distance[N_KNOWN];
  float         feature[N_OF];
  uint64_t      random = 12;
  for (int i_scale = 0; i_scale < 2; i_scale++) {
    const double scale = i_scale == 0 ? 1.0 : 1e25;
    for (size_t k = 0; k < N_OF; k++) feature[k] = (float)(scale * random_normal(&random));
    for (size_t i = 0; i < N_KNOWN; i++) {
      const double apart  = 0.1 + (double)((i * 7) % N_KNOWN);
      double       square = 0.0;
      absolute[i]         = 0.0;
      for (size_t k = 0; k < N_OF; k++) {
        known[i * N_OF + k] = feature[k] + (float)(scale * apart * random_normal(&random));
        const double d      = (double)feature[k] - (double)known[i * N_OF + k];
        square += d * d;
        absolute[i] += fabs(d);
      }
      distance[i] = sqrt(square / N_OF);
    }
    double expected = 0.0;
    for (int n = 0; n < K; n++) {
      size_t least = 0;
      for (size_t i = 1; i < N_KNOWN; i++)
        if (distance[i] < distance[least]) least = i;
      expected += distance[least] / K;
      distance[least] = INFINITY;
    }
    const double found = cuxas_domain_distance(known, N_KNOWN, N_OF, K, feature, NULL);
    CHECK_NEAR(found, expected, 1e-12 * expected);
    CHECK(cuxas_domain_distance(known, N_KNOWN, N_OF, K, feature, absolute) == found);
  }
}

int main(void)
{
  RUN(test_assembling_follows_the_rule);
  RUN(test_assembling_is_linear);
  RUN(test_prediction_is_what_its_parts_say);
  RUN(test_rotation_changes_nothing);
  RUN(test_order_of_atoms_changes_nothing);
  RUN(test_supercell_changes_nothing);
  RUN(test_equivalent_sites_are_weighted_by_their_number);
  RUN(test_threads_change_no_bit);
  RUN(test_distance_is_the_mean_of_the_nearest);
  RUN(test_crystal_without_absorber);
  RUN(test_model_without_networks);
  RUN(test_networks_that_overflow);
  RUN(test_domain_distance_is_that_of_the_nearest);
  return CHECK_REPORT();
}
