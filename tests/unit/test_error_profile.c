/* test_error_profile.c - how far predictions are off, by energy from the edge; and a model that carries it */
#include "check.h"
#include "predict/error_profile.h"
#include "predict/model_parts.h"
#include "edge_model.h"
#include "synthetic.h"

enum { N = 412, N_ROW = 5 };
static const cuxas_grid GRID = {925.0, 0.2, N};

/* Edges at different energies; predictions are off by a bump 10 eV behind each of them, higher from row to row. */
static void make_rows(double *truth, double *predicted)
{
  for (size_t i = 0; i < N_ROW; i++) {
    const double edge_eV = 932.0 + (double)i;
    double      *mu      = truth + i * N;
    synthetic_curve(GRID, edge_eV, 1.0, 1.6, mu);
    for (size_t k = 0; k < N; k++) {
      const double z       = (cuxas_grid_energy_eV(GRID, k) - edge_eV - 10.0) / 2.0;
      predicted[i * N + k] = mu[k] + 0.1 * (double)(i + 1) * exp(-z * z);
    }
  }
}

static double find_peak(const cuxas_error_profile *profile, double *ret_offset_eV)
{
  double top = 0.0;
  for (size_t i = 0; i < profile->offset.n_energy; i++)
    if (profile->rms[i] > top) {
      top            = profile->rms[i];
      *ret_offset_eV = cuxas_grid_energy_eV(profile->offset, i);
    }
  return top;
}

static void test_errors_are_collected_relative_to_the_edge(void)
{
  double                       truth[N_ROW * N], predicted[N_ROW * N], at_eV = NAN;
  const cuxas_held_out_spectra rows    = {GRID, N_ROW, truth, predicted, NULL, 0.0};
  cuxas_error_profile         *profile = NULL;
  make_rows(truth, predicted);
  CHECK_STATUS(cuxas_error_profile_learn(&rows, &profile, NULL), CUXAS_OK);
  CHECK_NEAR(find_peak(profile, &at_eV), 0.1 * sqrt((1.0 + 4.0 + 9.0 + 16.0 + 25.0) / 5.0), 0.002);
  CHECK_NEAR(at_eV, 10.0, 1.0); /* the onset lies a little below the edge's middle */
  CHECK_NEAR(cuxas_error_profile_at(profile, 40.0), 0.0, 1e-9);
  CHECK(cuxas_error_profile_at(profile, at_eV + 0.1) < cuxas_error_profile_at(profile, at_eV));
  CHECK(cuxas_error_profile_at(profile, -500.0) == profile->rms[0]);
  CHECK(cuxas_error_profile_at(profile, 500.0) == profile->rms[N - 1]);
  cuxas_error_profile_free(profile);
}

static void test_rows_left_out_teach_nothing(void)
{
  double                 truth[N_ROW * N], predicted[N_ROW * N], at_eV;
  const bool             use[N_ROW] = {true, false, false, false, false}, none[N_ROW] = {false};
  cuxas_held_out_spectra rows    = {GRID, N_ROW, truth, predicted, use, 0.0};
  cuxas_error_profile   *profile = NULL;
  make_rows(truth, predicted);
  CHECK_STATUS(cuxas_error_profile_learn(&rows, &profile, NULL), CUXAS_OK);
  CHECK_NEAR(find_peak(profile, &at_eV), 0.1, 0.002);
  cuxas_error_profile_free(profile);
  rows.opt_use = none;
  CHECK_STATUS(cuxas_error_profile_learn(&rows, &profile, NULL), CUXAS_ERANGE);
  CHECK(profile == NULL);
}

static void test_model_file_keeps_the_profile(void)
{
  const char          *path  = "build/test_error_profile.cuxas";
  cuxas_model         *model = make_edge_model(), *again = NULL;
  cuxas_error_profile *profile = cuxas_error_profile_new((cuxas_grid){-10.0, 0.2, 50});
  CHECK(model->errors == NULL && profile != NULL);
  for (size_t i = 0; i < 50; i++) profile->rms[i] = 0.25 * (double)i;
  CHECK_STATUS(cuxas_model_set_errors(model, profile, NULL), CUXAS_OK);
  CHECK(model->errors != NULL && model->errors->rms[3] == 0.75);
  CHECK_STATUS(cuxas_model_write(model, path, true, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_model_read(path, &again, NULL), CUXAS_OK);
  CHECK(again->errors != NULL && again->errors->offset.n_energy == 50);
  CHECK_NEAR(cuxas_error_profile_at(again->errors, -9.9), 0.125, 1e-6);
  remove(path);
  cuxas_error_profile_free(profile);
  cuxas_model_free(model);
  cuxas_model_free(again);
}

int main(void)
{
  RUN(test_errors_are_collected_relative_to_the_edge);
  RUN(test_rows_left_out_teach_nothing);
  RUN(test_model_file_keeps_the_profile);
  return CHECK_REPORT();
}
