/* test_calibration.c - simulated queries against a library of invented spectra */
#include "check.h"
#include "predict/error_profile.h"
#include "evaluate/calibration.h"
#include "base/random.h"
#include "edge_model.h"
#include "synthetic.h"

enum { N_COMPOUND = 60, N_ENERGY = 412, N_QUERY = 8 };

typedef struct {
  cuxas_model               *model;
  double                    *truth, *vague;
  cuxas_error_profile       *profile;
  const cuxas_error_profile *errors[N_COMPOUND];
  char                       formula[N_COMPOUND][16];
  const char                *name[N_COMPOUND];
} made_library;

/* Edges with a white line and three bumps at random places; `vague` has further bumps of its own, like a poor prediction. */
static void make_library(made_library *made)
{
  uint64_t random = 21;
  made->model     = make_edge_model();
  made->truth     = calloc(N_COMPOUND * N_ENERGY, sizeof(double));
  made->vague     = calloc(N_COMPOUND * N_ENERGY, sizeof(double));
  if (made->truth == NULL || made->vague == NULL) abort();
  for (size_t i = 0; i < N_COMPOUND; i++) {
    double *mu = made->truth + i * N_ENERGY, *vague = made->vague + i * N_ENERGY;
    snprintf(made->formula[i], sizeof made->formula[i], "X%zu", i);
    made->name[i]           = made->formula[i];
    const double white_line = 0.8 + random_uniform(&random), edge_eV = 933.0 + random_uniform(&random);
    synthetic_curve(made->model->grid, edge_eV, white_line, 1.5, mu);
    memcpy(vague, mu, N_ENERGY * sizeof *mu);
    for (int k = 0; k < 6; k++) {
      const double at_eV = 936.0 + 30.0 * random_uniform(&random), height = 0.8 * random_normal(&random);
      for (size_t j = 0; j < N_ENERGY; j++) {
        const double z    = (cuxas_grid_energy_eV(made->model->grid, j) - at_eV) / 1.2;
        const double bump = height * exp(-z * z);
        if (k < 3) mu[j] += bump;
        vague[j] += k < 3 ? bump : 0.6 * bump;
      }
    }
  }
  const cuxas_held_out_spectra held_out = {made->model->grid, N_COMPOUND, made->truth, made->vague, NULL, 1.0};
  CHECK_STATUS(cuxas_error_profile_learn(&held_out, &made->profile, NULL), CUXAS_OK);
  for (size_t i = 0; i < N_COMPOUND; i++) made->errors[i] = made->profile;
}

static void free_library(made_library *made)
{
  cuxas_error_profile_free(made->profile);
  cuxas_model_free(made->model);
  free(made->truth);
  free(made->vague);
}

static cuxas_calibration *calibrate_asked(const made_library *made, const double *candidate, const size_t *asked,
                                          int n_thread)
{
  const cuxas_calibration_library library  = {made->model, N_COMPOUND, made->name,
                                              made->truth, candidate,  candidate == made->vague ? made->errors : NULL};
  const cuxas_query_range         range    = cuxas_query_range_realistic();
  const cuxas_compare_settings    settings = cuxas_compare_defaults();
  cuxas_calibration              *found    = NULL;
  cuxas_error                     err      = {.message = ""};
  CHECK_STATUS(cuxas_calibrate(&library, &(cuxas_calibration_plan){range, settings, N_QUERY, asked, 1, n_thread}, NULL,
                               &found, &err),
               CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return found;
}

static cuxas_calibration *calibrate(const made_library *made, const double *candidate, int n_thread)
{
  return calibrate_asked(made, candidate, NULL, n_thread);
}

static void test_perfect_candidates_are_found_and_vague_ones_less_often(void)
{
  made_library made;
  make_library(&made);
  cuxas_calibration *perfect = calibrate(&made, made.truth, 2), *vague = calibrate(&made, made.vague, 2);
  CHECK(perfect->n_query == N_QUERY && perfect->whole.n_first >= 6 && perfect->whole.n_first3 >= 7);
  CHECK(perfect->n_covered >= perfect->whole.n_first);
  CHECK(vague->whole.n_first < perfect->whole.n_first && vague->whole.n_first3 >= vague->whole.n_first);
  CHECK(vague->median_mae > perfect->median_mae);
  CHECK(perfect->median_p_right < vague->median_p_right);
  CHECK(perfect->null_significance > 1e-3 && vague->null_significance > 1e-3);
  for (size_t i = 0; i < N_QUERY; i++) CHECK(perfect->null_p[i] > 0.0 && perfect->null_p[i] <= 1.0);
  double n = 0.0, n_vague = 0.0;
  for (int i = 0; i < CUXAS_RELIABILITY_BINS; i++) n += (double)perfect->reliability[i].n;
  for (int i = 0; i < CUXAS_RELIABILITY_BINS; i++) n_vague += (double)vague->reliability[i].n;
  CHECK_NEAR(n, N_QUERY * 24, 0.0);               /* every contender of every query is in one bin */
  CHECK_NEAR(n_vague, N_QUERY * N_COMPOUND, 0.0); /* of predictions every one is a contender */
  CHECK(isnan(perfect->support_scale) && vague->support_scale > 0.0 && vague->support_power > 0.0);
  cuxas_calibration_free(perfect);
  cuxas_calibration_free(vague);
  free_library(&made);
}

static void test_threads_change_nothing_and_reports_are_complete(void)
{
  made_library made;
  make_library(&made);
  cuxas_calibration *one = calibrate(&made, made.vague, 1), *two = calibrate(&made, made.vague, 2);
  CHECK(memcmp(one->null_p, two->null_p, N_QUERY * sizeof *one->null_p) == 0);
  one->null_p = (free(one->null_p), NULL);
  CHECK(one->whole.n_first == two->whole.n_first && one->n_covered == two->n_covered);
  CHECK(memcmp(one->reliability, two->reliability, sizeof one->reliability) == 0);

  cJSON *object = cuxas_calibration_json(two, "invented");
  CHECK(cJSON_GetArraySize(cJSON_GetObjectItem(cJSON_GetObjectItem(object, "null"), "p_values")) == N_QUERY);
  CHECK(cJSON_GetArraySize(cJSON_GetObjectItem(object, "reliability")) == CUXAS_RELIABILITY_BINS);
  cJSON_Delete(object);
  char  *text   = NULL;
  size_t n_byte = 0;
  FILE  *out    = open_memstream(&text, &n_byte);
  cuxas_calibration_write_text(two, "invented", out);
  fclose(out);
  CHECK_CONTAINS(text, "of 8");
  CHECK_CONTAINS(text, "Kolmogorov");
  free(text);
  const char *name                = "invented";
  out                             = open_memstream(&text, &n_byte);
  const cuxas_calibration *all[1] = {two};
  CHECK_STATUS(cuxas_calibration_write_figure(all, &name, 1, CUXAS_FIGURE_SVG, out, NULL), CUXAS_OK);
  fclose(out);
  CHECK(n_byte > 5000);
  CHECK_CONTAINS(text, "<svg");
  free(text);
  cuxas_calibration_free(one);
  cuxas_calibration_free(two);
  free_library(&made);
}

static void test_queries_are_those_asked_for_whatever_their_order(void)
{
  made_library made;
  const size_t backwards[N_QUERY] = {7, 6, 5, 4, 3, 2, 1, 0}, last[N_QUERY] = {59, 58, 57, 56, 55, 54, 53, 52};
  make_library(&made);
  cuxas_calibration *first = calibrate(&made, made.truth, 1), *same = calibrate_asked(&made, made.truth, backwards, 1),
                    *other = calibrate_asked(&made, made.truth, last, 1);
  CHECK(memcmp(first->null_p, same->null_p, N_QUERY * sizeof *first->null_p) == 0);
  CHECK(first->whole.n_first == same->whole.n_first && first->median_mae == same->median_mae);
  CHECK(memcmp(first->null_p, other->null_p, N_QUERY * sizeof *first->null_p) != 0);
  CHECK(first->median_mae != other->median_mae);
  cuxas_calibration_free(first);
  cuxas_calibration_free(same);
  cuxas_calibration_free(other);
  free_library(&made);
}

static void test_too_few_compounds_are_refused(void)
{
  const cuxas_calibration_library library  = {.n_compound = 49};
  const cuxas_query_range         range    = cuxas_query_range_realistic();
  const cuxas_compare_settings    settings = cuxas_compare_defaults();
  cuxas_calibration              *found    = NULL;
  CHECK_STATUS(
      cuxas_calibrate(&library, &(cuxas_calibration_plan){range, settings, 10, NULL, 1, 1}, NULL, &found, NULL),
      CUXAS_ERANGE);
}

int main(void)
{
  RUN(test_perfect_candidates_are_found_and_vague_ones_less_often);
  RUN(test_threads_change_nothing_and_reports_are_complete);
  RUN(test_queries_are_those_asked_for_whatever_their_order);
  RUN(test_too_few_compounds_are_refused);
  return CHECK_REPORT();
}
