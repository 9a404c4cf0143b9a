#include "check.h"
#include "base/memory.h"
#include "learn/reduction.h"
#include "base/random.h"

enum { N_ROW = 60, N_RAW = 12, N_HIDDEN = 3 };

/* make_raw() - three hidden variables of falling size seen through twelve correlated features; the last never changes */
static void make_raw(size_t n_row, float *ret_raw)
{
  uint64_t random = 2;
  double   mix[N_HIDDEN][N_RAW];
  for (int h = 0; h < N_HIDDEN; h++)
    for (int j = 0; j < N_RAW; j++) mix[h][j] = random_normal(&random) / (1.0 + 2.0 * h);
  for (size_t i = 0; i < n_row; i++) {
    double hidden[N_HIDDEN];
    for (int h = 0; h < N_HIDDEN; h++) hidden[h] = random_normal(&random);
    for (size_t j = 0; j < N_RAW; j++) {
      double sum = 5.0 + (double)j;
      for (int h = 0; h < N_HIDDEN; h++) sum += hidden[h] * mix[h][j];
      ret_raw[i * N_RAW + j] = j + 1 == N_RAW ? 3.0f : (float)sum;
    }
  }
}

static void test_features_are_centred_and_uncorrelated(void)
{
  float            raw[N_ROW * N_RAW], feature[N_ROW * 5];
  cuxas_reduction *reduction = NULL;
  make_raw(N_ROW, raw);
  for (int w = 0; w <= 2; w++) {
    CHECK_STATUS(cuxas_reduction_new(raw, N_ROW, N_RAW, 5, 0.5 * w, &reduction, NULL), CUXAS_OK);
    CHECK(reduction->n_component == N_HIDDEN); /* rank of the data */
    cuxas_reduction_apply(reduction, raw, N_ROW, feature);
    double total = 0.0, first = 0.0, second = 0.0;
    for (size_t a = 0; a < 5; a++)
      for (size_t b = 0; b <= a; b++) {
        double sum = 0.0, product = 0.0;
        for (size_t i = 0; i < N_ROW; i++) {
          sum += feature[i * 5 + a];
          product += (double)feature[i * 5 + a] * feature[i * 5 + b];
        }
        CHECK_NEAR(sum / N_ROW, 0.0, 1e-4);
        if (a != b) CHECK_NEAR(product / N_ROW, 0.0, 1e-3);
        if (a == b) total += product / N_ROW;
        if (a == b && a == 0) first = product / N_ROW;
        if (a == b && a == 1) second = product / N_ROW;
        if (a == b && a >= N_HIDDEN) CHECK(product == 0.0);
      }
    CHECK_NEAR(total / N_HIDDEN, 1.0, 1e-3);
    CHECK(w == 2 ? fabs(first - second) < 1e-3 : first > 1.1 * second); /* alike only when fully whitened */
    cuxas_reduction_free(reduction);
  }
}

static void test_few_rows_and_many_rows_find_the_same(void)
{
  /* with fewer rows than features another matrix is diagonalised: distances must not know */
  float            raw[N_ROW * N_RAW], feature[2][8 * 6];
  cuxas_reduction *reduction = NULL;
  make_raw(N_ROW, raw);
  float twice[16 * N_RAW];
  memcpy(twice, raw, 8 * N_RAW * sizeof *raw);
  memcpy(twice + 8 * N_RAW, raw, 8 * N_RAW * sizeof *raw); /* the same rows twice: same mean, same variance */
  CHECK_STATUS(cuxas_reduction_new(raw, 8, N_RAW, 6, 0.5, &reduction, NULL), CUXAS_OK);
  cuxas_reduction_apply(reduction, raw, 8, feature[0]);
  cuxas_reduction_free(reduction);
  CHECK_STATUS(cuxas_reduction_new(twice, 16, N_RAW, 6, 0.5, &reduction, NULL), CUXAS_OK);
  cuxas_reduction_apply(reduction, raw, 8, feature[1]);
  cuxas_reduction_free(reduction);
  for (size_t i = 0; i < 8 * 6; i++) CHECK_NEAR(feature[0][i], feature[1][i], 1e-4);
}

static void test_same_data_same_bytes_and_sign(void)
{
  float            raw[N_ROW * N_RAW], turned[N_ROW * N_RAW];
  cuxas_reduction *a = NULL, *b = NULL;
  make_raw(N_ROW, raw);
  for (size_t i = 0; i < N_ROW; i++) memcpy(turned + i * N_RAW, raw + (N_ROW - 1 - i) * N_RAW, N_RAW * sizeof *raw);
  CHECK_STATUS(cuxas_reduction_new(raw, N_ROW, N_RAW, 3, 0.5, &a, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_reduction_new(raw, N_ROW, N_RAW, 3, 0.5, &b, NULL), CUXAS_OK);
  CHECK(memcmp(a->matrix, b->matrix, 3 * N_RAW * sizeof *a->matrix) == 0);
  cuxas_reduction_free(b);
  CHECK_STATUS(cuxas_reduction_new(turned, N_ROW, N_RAW, 3, 0.5, &b, NULL), CUXAS_OK);
  for (size_t i = 0; i < 3 * N_RAW; i++) CHECK_NEAR(a->matrix[i], b->matrix[i], 1e-4); /* no flipped sign */
  cuxas_reduction_free(a);
  cuxas_reduction_free(b);
}

static void test_without_components_features_are_standardised(void)
{
  float            raw[N_ROW * N_RAW], feature[N_ROW * N_RAW];
  cuxas_reduction *reduction = NULL;
  make_raw(N_ROW, raw);
  CHECK_STATUS(cuxas_reduction_new(raw, N_ROW, N_RAW, 0, 0.5, &reduction, NULL), CUXAS_OK);
  CHECK(reduction->n_feature == N_RAW && reduction->n_component <= N_RAW);
  cuxas_reduction_apply(reduction, raw, N_ROW, feature);
  for (size_t j = 0; j < N_RAW; j++) {
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < N_ROW; i++) sum += feature[i * N_RAW + j];
    for (size_t i = 0; i < N_ROW; i++) square += pow((double)feature[i * N_RAW + j], 2.0);
    CHECK_NEAR(sum / N_ROW, 0.0, 1e-5);
    CHECK_NEAR(square / N_ROW, reduction->matrix[j * N_RAW + j] > 0.0f ? 1.0 : 0.0, 1e-4);
    for (size_t k = 0; k < N_RAW; k++)
      if (k != j) CHECK(reduction->matrix[j * N_RAW + k] == 0.0f);
  }
  cuxas_reduction_free(reduction);
}

static void test_what_cannot_be_reduced(void)
{
  float            raw[N_ROW * N_RAW];
  cuxas_reduction *reduction = NULL;
  make_raw(N_ROW, raw);
  CHECK_STATUS(cuxas_reduction_new(raw, 1, N_RAW, 3, 0.5, &reduction, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_reduction_new(raw, N_ROW, 0, 3, 0.5, &reduction, NULL), CUXAS_ERANGE);
  for (size_t i = 0; i < N_ROW * N_RAW; i++) raw[i] = 1.0f;
  CHECK_STATUS(cuxas_reduction_new(raw, N_ROW, N_RAW, 3, 0.5, &reduction, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_reduction_new(raw, N_ROW, N_RAW, 0, 0.5, &reduction, NULL), CUXAS_ERANGE);
  CHECK(reduction == NULL);
  cuxas_reduction_free(NULL);
}

int main(void)
{
  RUN(test_features_are_centred_and_uncorrelated);
  RUN(test_few_rows_and_many_rows_find_the_same);
  RUN(test_same_data_same_bytes_and_sign);
  RUN(test_without_components_features_are_standardised);
  RUN(test_what_cannot_be_reduced);
  return CHECK_REPORT();
}
