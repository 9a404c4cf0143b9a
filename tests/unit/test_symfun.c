#include "check.h"
#include "box.h"
#include "base/elements.h"
#include "predict/featurizer.h"

static const char DESCRIPTION[] =
    "{\"name\": \"symfun\", \"cutoff_A\": 6, \"n_radial\": 12, \"radial_first_A\": 1.6, \"radial_last_A\": 5.5,"
    " \"properties\": [\"one\", \"electronegativity\", \"covalent_radius\", \"period\", \"group\", \"s_electrons\","
    " \"p_electrons\", \"d_electrons\"], \"shell_cutoff_A\": 5, \"softness_A\": [0.37, 0.7], \"l_max\": 6}";
enum { LENGTH = 8 * 12 + 2 * (4 + 3 * 8 + 4 + 6), N_ATOM = 10 };

static const double SKEW[3][3]     = {{5.6, 0.3, 0}, {2.9, 5.1, 0.2}, {-1.0, 1.5, 6.4}};
static const int    NUMBER[N_ATOM] = {29, 29, 29, 26, 57, 16, 16, 8, 8, 1};

static cuxas_featurizer *make_featurizer(const char *description)
{
  cuxas_featurizer *featurizer = NULL;
  cuxas_error       err        = {.message = ""};
  cJSON            *json       = cJSON_Parse(description);
  CHECK_STATUS(cuxas_featurizer_new(json, NULL, &featurizer, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  cJSON_Delete(json);
  return featurizer;
}

static void run_all(const cuxas_featurizer *featurizer, const box *b, float *ret_feature)
{
  cuxas_error err = {.message = ""};
  CHECK_STATUS(cuxas_featurizer_run(featurizer, &b->crystal, NULL, 0, ret_feature, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
}

static double difference(const float *a, const float *b)
{
  double most = 0.0;
  for (size_t k = 0; k < LENGTH; k++) most = fmax(most, fabs((double)a[k] - b[k]) / fmax(1.0, fabs((double)a[k])));
  return most;
}

static void test_length_is_as_described(void)
{
  cuxas_featurizer *featurizer = make_featurizer(DESCRIPTION);
  CHECK(cuxas_featurizer_length(featurizer) == LENGTH);
  cuxas_featurizer_free(featurizer);
}

static void test_rotation_and_translation_change_nothing(void)
{
  static box        b;
  static float      before[N_ATOM][LENGTH], after[N_ATOM][LENGTH];
  cuxas_featurizer *featurizer = make_featurizer(DESCRIPTION);
  make_packed_box(&b, SKEW, N_ATOM, NUMBER, 1.5, 1);
  run_all(featurizer, &b, before[0]);
  turn_box(&b);
  for (size_t i = 0; i < N_ATOM; i++)
    for (int k = 0; k < 3; k++) b.fractional[i][k] += 0.37 + 0.21 * k - 3.0 * (double)(i % 2);
  run_all(featurizer, &b, after[0]);
  for (size_t i = 0; i < N_ATOM; i++) CHECK_NEAR(difference(before[i], after[i]), 0.0, 1e-6);
  CHECK(difference(before[0], before[1]) > 1e-2); /* while different sites differ */
  cuxas_featurizer_free(featurizer);
}

static void test_supercell_changes_nothing(void)
{
  static box        b, super;
  static float      before[N_ATOM][LENGTH], after[12 * N_ATOM][LENGTH];
  cuxas_featurizer *featurizer = make_featurizer(DESCRIPTION);
  make_packed_box(&b, SKEW, N_ATOM, NUMBER, 1.5, 2);
  make_supercell(&super, &b, (const int[3]){2, 3, 2});
  run_all(featurizer, &b, before[0]);
  run_all(featurizer, &super, after[0]);
  for (size_t i = 0; i < super.crystal.n_site; i++) CHECK_NEAR(difference(before[i % N_ATOM], after[i]), 0.0, 1e-6);
  cuxas_featurizer_free(featurizer);
}

static void test_order_of_atoms_changes_nothing(void)
{
  static box        b, reversed;
  static float      before[N_ATOM][LENGTH], after[N_ATOM][LENGTH];
  cuxas_featurizer *featurizer = make_featurizer(DESCRIPTION);
  make_packed_box(&b, SKEW, N_ATOM, NUMBER, 1.5, 3);
  make_box(&reversed, SKEW, N_ATOM);
  for (size_t i = 0; i < N_ATOM; i++) {
    reversed.number[N_ATOM - 1 - i] = b.number[i];
    memcpy(reversed.fractional[N_ATOM - 1 - i], b.fractional[i], sizeof b.fractional[i]);
  }
  run_all(featurizer, &b, before[0]);
  run_all(featurizer, &reversed, after[0]);
  for (size_t i = 0; i < N_ATOM; i++) CHECK_NEAR(difference(before[i], after[N_ATOM - 1 - i]), 0.0, 1e-6);
  cuxas_featurizer_free(featurizer);
}

static void test_chosen_sites_get_what_they_get_among_all(void)
{
  static box        b;
  static float      all[N_ATOM][LENGTH], some[3][LENGTH];
  const size_t      sites[3]   = {4, 1, 4};
  cuxas_featurizer *featurizer = make_featurizer(DESCRIPTION);
  make_packed_box(&b, SKEW, N_ATOM, NUMBER, 1.5, 4);
  run_all(featurizer, &b, all[0]);
  CHECK_STATUS(cuxas_featurizer_run(featurizer, &b.crystal, sites, 3, some[0], NULL), CUXAS_OK);
  for (size_t i = 0; i < 3; i++) CHECK(memcmp(some[i], all[sites[i]], sizeof some[i]) == 0);
  cuxas_featurizer_free(featurizer);
}

/* Two atoms in a wide box, the second at a distance from the first. */
static void make_pair(box *b, double distance_A)
{
  make_box(b, (const double[3][3]){{30, 0, 0}, {0, 30, 0}, {0, 0, 30}}, 2);
  b->number[1]        = 8;
  b->fractional[1][0] = distance_A / 30.0;
}

static void test_pair_of_atoms_gives_the_formulas(void)
{
  static box   b;
  static float got[2][LENGTH];
  const double pi = acos(-1.0), r_A = 1.95, step = log(5.5 / 1.6) / 11.0, fade = 0.5 * (1.0 + cos(pi * r_A / 6.0));
  const double shell_fade = 0.5 * (1.0 + cos(pi * r_A / 5.0));
  const cuxas_element *cu = cuxas_element_find(29), *o = cuxas_element_find(8);
  cuxas_featurizer    *featurizer = make_featurizer(DESCRIPTION);
  make_pair(&b, r_A);
  run_all(featurizer, &b, got[0]);
  for (int k = 0; k < 12; k++) {
    const double center_A = 1.6 * exp(step * k), x = (r_A - center_A) / (center_A * step);
    CHECK_NEAR(got[0][k], fade * exp(-0.5 * x * x), 1e-6);                       /* weight 1 */
    CHECK_NEAR(got[0][12 + k], 3.44 / 2.0 * fade * exp(-0.5 * x * x), 1e-6);     /* electronegativity */
    CHECK_NEAR(got[1][7 * 12 + k], 10.0 / 8.0 * fade * exp(-0.5 * x * x), 1e-6); /* d electrons of copper, for oxygen */
  }
  const double gap   = o->electronegativity - cu->electronegativity;
  const double s     = shell_fade * exp((cu->covalent_radius_A + o->covalent_radius_A - r_A) / 0.37);
  const float *shell = got[0] + 96;
  CHECK_NEAR(shell[0], s, 1e-6);
  CHECK_NEAR(shell[1], s * s / (s * s + 0.01), 1e-6);
  CHECK_NEAR(shell[2], s * gap, 1e-6);
  CHECK_NEAR(shell[3], s * (1.0 - exp(-0.25 * gap * gap)), 1e-6);
  CHECK_NEAR(shell[4 + 1], s * 3.44 / 2.0, 1e-6);
  CHECK_NEAR(shell[12 + 1], s * 3.44 / 2.0 / (s + 0.1), 1e-6);
  CHECK_NEAR(shell[20 + 1], s / (s + 0.1) * s * 1.90 / 2.0 / (s + 0.1), 1e-6); /* oxygen sees the copper */
  CHECK_NEAR(shell[28 + 2], s / (s + 0.1) * -s * gap, 1e-6);
  for (int l = 1; l <= 6; l++) CHECK_NEAR(shell[31 + l], s, 1e-6); /* one direction: the same for every l */
  cuxas_featurizer_free(featurizer);
}

/* A copper with n neighbours at one distance: A_l against the double sum over Legendre polynomials. */
static void check_angular(size_t n, const double (*direction)[3], const double expected_over_n[4])
{
  static box        b;
  static float      got[1][LENGTH];
  const double      r_A = 2.0, s = 0.5 * (1.0 + cos(acos(-1.0) * r_A / 5.0)) * exp((1.32 + 0.66 - r_A) / 0.37);
  cuxas_featurizer *featurizer = make_featurizer(DESCRIPTION);
  make_box(&b, (const double[3][3]){{30, 0, 0}, {0, 30, 0}, {0, 0, 30}}, n + 1);
  for (size_t i = 0; i < n; i++) {
    b.number[i + 1] = 8;
    for (int k = 0; k < 3; k++)
      b.fractional[i + 1][k] = r_A / 30.0 * direction[i][k] / sqrt(dot(direction[i], direction[i]));
  }
  CHECK_STATUS(cuxas_featurizer_run(featurizer, &b.crystal, (const size_t[]){0}, 1, got[0], NULL), CUXAS_OK);
  for (int l = 1; l <= 4; l++) CHECK_NEAR(got[0][96 + 32 + l - 1], expected_over_n[l - 1] * (double)n * s, 1e-6);
  cuxas_featurizer_free(featurizer);
}

static void test_angular_numbers_tell_coordinations_apart(void)
{
  /* sqrt of the mean of P_l over all pairs of directions, by hand */
  const double line[2][3]        = {{0, 0, 1}, {0, 0, -1}};
  const double square[4][3]      = {{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}};
  const double tetrahedron[4][3] = {{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}};
  const double octahedron[6][3]  = {{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}};
  check_angular(2, line, (const double[4]){0, 1, 0, 1});
  check_angular(4, square, (const double[4]){0, 0.5, 0, sqrt((2.0 + 2.0 * 0.375) / 4.0)});
  check_angular(4, tetrahedron,
                (const double[4]){0, 0, sqrt((1.0 + 3.0 * 11.0 / 27.0) / 4.0), sqrt((1.0 + 3.0 / 81.0) / 4.0)});
  check_angular(6, octahedron, (const double[4]){0, 0, 0, sqrt((2.0 + 4.0 * 0.375) / 6.0)});
}

static void test_atom_crossing_the_cutoff_changes_nothing_abruptly(void)
{
  static box        b;
  static float      inside[2][LENGTH], outside[2][LENGTH];
  cuxas_featurizer *featurizer = make_featurizer(DESCRIPTION);
  for (double cutoff_A = 5.0; cutoff_A <= 6.0; cutoff_A += 1.0) {
    make_pair(&b, cutoff_A - 1e-4);
    run_all(featurizer, &b, inside[0]);
    make_pair(&b, cutoff_A + 1e-4);
    run_all(featurizer, &b, outside[0]);
    for (size_t k = cutoff_A == 6.0 ? 0 : 96; k < LENGTH; k++) CHECK_NEAR(inside[0][k], outside[0][k], 1e-6);
  }
  for (size_t k = 0; k < LENGTH; k++) CHECK(outside[0][k] == 0.0F); /* an isolated atom has no features */
  cuxas_featurizer_free(featurizer);
}

static void test_small_moves_change_little(void)
{
  static box        b;
  static float      before[N_ATOM][LENGTH], after[N_ATOM][LENGTH];
  cuxas_featurizer *featurizer = make_featurizer(DESCRIPTION);
  make_packed_box(&b, SKEW, N_ATOM, NUMBER, 1.5, 5);
  for (int i = 0; i < 200; i++) { /* some neighbour crosses the cutoff at some step */
    run_all(featurizer, &b, before[0]);
    b.fractional[5][i % 3] += 1e-6;
    run_all(featurizer, &b, after[0]);
    for (size_t j = 0; j < N_ATOM; j++) CHECK_NEAR(difference(before[j], after[j]), 0.0, 1e-4);
    b.fractional[5][i % 3] += 2e-3;
  }
  cuxas_featurizer_free(featurizer);
}

static void test_wrong_descriptions_are_named(void)
{
  static const struct {
    const char *key, *value, *complaint;
  } CASES[] = {
      {"name", "\"nofun\"", "nofun"},
      {"name", NULL, "name"},
      {"cutoff_A", "-1", "cutoff_A"},
      {"cutoff_A", "\"6\"", "cutoff_A"},
      {"cutoff_A", NULL, "cutoff_A"},
      {"n_radial", "1", "n_radial"},
      {"n_radial", "2.5", "n_radial"},
      {"n_radial", "257", "n_radial"},
      {"radial_first_A", "5.6", "radial_last_A"},
      {"radial_last_A", "6.5", "cutoff_A"},
      {"radial_last_A", NULL, "radial_last_A"},
      {"properties", "[]", "properties"},
      {"properties", "[\"one\", \"colour\"]", "colour"},
      {"properties", "[3]", "property"},
      {"properties", "\"one\"", "properties"},
      {"softness_A", "[0.37, 0]", "softness_A"},
      {"softness_A", "[1,1,1,1,1,1,1,1,1]", "softness_A"},
      {"shell_cutoff_A", "100", "shell_cutoff_A"},
      {"shell_cutoff_A", NULL, "shell_cutoff_A"},
      {"l_max", "13", "l_max"},
      {"l_max", NULL, "l_max"},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
    cJSON            *json       = cJSON_Parse(DESCRIPTION);
    cuxas_featurizer *featurizer = (cuxas_featurizer *)json;
    cuxas_error       err        = {.message = ""};
    cJSON_DeleteItemFromObject(json, CASES[i].key);
    if (CASES[i].value != NULL) cJSON_AddItemToObject(json, CASES[i].key, cJSON_Parse(CASES[i].value));
    CHECK_STATUS(cuxas_featurizer_new(json, NULL, &featurizer, &err), CUXAS_EFORMAT);
    CHECK_CONTAINS(err.message, CASES[i].complaint);
    CHECK(featurizer == NULL);
    cJSON_Delete(json);
  }
}

/* cuxas-formats(5), LIMITS: what just fits; test_wrong_descriptions_are_named() has one more. */
static void test_largest_descriptions_are_taken(void)
{
  static const char *const LARGEST[][2] = {{"n_radial", "256"}, {"softness_A", "[1,1,1,1,1,1,1,1]"}, {"l_max", "12"}};
  for (size_t i = 0; i < sizeof LARGEST / sizeof LARGEST[0]; i++) {
    cJSON            *json       = cJSON_Parse(DESCRIPTION);
    cuxas_featurizer *featurizer = NULL;
    cuxas_error       err        = {.message = ""};
    cJSON_DeleteItemFromObject(json, LARGEST[i][0]);
    cJSON_AddItemToObject(json, LARGEST[i][0], cJSON_Parse(LARGEST[i][1]));
    CHECK_STATUS(cuxas_featurizer_new(json, NULL, &featurizer, &err), CUXAS_OK);
    cuxas_featurizer_free(featurizer);
    cJSON_Delete(json);
  }
}

static void test_crystals_it_cannot_treat_leave_the_output_alone(void)
{
  static box        b;
  float             got[1]   = {7};
  const size_t      sites[1] = {0}, beyond[1] = {N_ATOM};
  cuxas_featurizer *featurizer = make_featurizer(DESCRIPTION);
  cuxas_error       err;
  make_packed_box(&b, SKEW, N_ATOM, NUMBER, 1.5, 6);
  CHECK_STATUS(cuxas_featurizer_run(featurizer, &b.crystal, beyond, 1, got, &err), CUXAS_ERANGE);
  b.number[3] = 119;
  CHECK_STATUS(cuxas_featurizer_run(featurizer, &b.crystal, sites, 1, got, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "119");
  b.number[3] = 26;
  memcpy(b.fractional[3], b.fractional[4], sizeof b.fractional[3]);
  CHECK_STATUS(cuxas_featurizer_run(featurizer, &b.crystal, sites, 1, got, &err), CUXAS_ERANGE);
  memset(b.crystal.lattice_A[2], 0, sizeof b.crystal.lattice_A[2]);
  CHECK_STATUS(cuxas_featurizer_run(featurizer, &b.crystal, sites, 1, got, &err), CUXAS_ERANGE);
  CHECK(got[0] == 7);
  cuxas_featurizer_free(featurizer);
}

int main(void)
{
  RUN(test_length_is_as_described);
  RUN(test_rotation_and_translation_change_nothing);
  RUN(test_supercell_changes_nothing);
  RUN(test_order_of_atoms_changes_nothing);
  RUN(test_chosen_sites_get_what_they_get_among_all);
  RUN(test_pair_of_atoms_gives_the_formulas);
  RUN(test_angular_numbers_tell_coordinations_apart);
  RUN(test_atom_crossing_the_cutoff_changes_nothing_abruptly);
  RUN(test_small_moves_change_little);
  RUN(test_wrong_descriptions_are_named);
  RUN(test_largest_descriptions_are_taken);
  RUN(test_crystals_it_cannot_treat_leave_the_output_alone);
  return CHECK_REPORT();
}
