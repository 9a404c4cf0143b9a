/* The M3GNet featurizer: against published features, against a plain double-precision program, and its invariances.
 * With --table, prints the largest deviation of every set of published data instead (make golden). */
#include "check.h"
#include "base/elements.h"
#include "m3gnet_oracle.h"

#include "predict/featurizer.h"
#include "learn/import.h"
#include "base/memory.h"
#include "base/text.h"
#include "predict/m3gnet_priv.h"

#include <cblas.h>
#include <dirent.h>
#include <gsl/gsl_sf_legendre.h>

/* -- helpers -- */

/* run_all() - features of all sites; the caller frees them */
static float *run_all(const cuxas_featurizer *featurizer, const cuxas_crystal *crystal)
{
  cuxas_error err;
  float      *feature = cuxas_new(NULL, crystal->n_site * cuxas_featurizer_length(featurizer), sizeof *feature);
  if (cuxas_featurizer_run(featurizer, crystal, NULL, 0, feature, &err) != CUXAS_OK) {
    printf("    %s\n", err.message);
    CHECK(!"the featurizer runs");
  }
  return feature;
}

static double largest_difference(const float *a, const float *b, size_t n)
{
  double largest = 0.0;
  for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs((double)a[i] - (double)b[i]));
  return largest;
}

static const m3gnet_size SMALL = {4.5, 3.5, 4, 4, 2, 24, 40, 33, 30}; /* nothing as published */

typedef struct {
  cJSON            *description;
  cuxas_tensors    *tensors;
  cuxas_featurizer *featurizer;
} network;

static network make_network(const m3gnet_size *size, uint64_t seed)
{
  cuxas_error err;
  network     net = {make_description(size), make_tensors(size, seed), NULL};
  if (cuxas_featurizer_new(net.description, net.tensors, &net.featurizer, &err) != CUXAS_OK) {
    printf("    %s\n", err.message);
    abort();
  }
  return net;
}

static void free_network(network *net)
{
  cuxas_featurizer_free(net->featurizer);
  cuxas_tensors_free(net->tensors);
  cJSON_Delete(net->description);
}

/* copper oxide-like: a skew cell with five atoms of three elements, no symmetry */
static cuxas_crystal *make_skew(void)
{
  static const double LATTICE_A[3][3] = {{4.7, 0.0, 0.1}, {0.9, 3.9, 0.0}, {-1.1, 0.4, 5.2}};
  static const int    NUMBER[5]       = {29, 8, 29, 8, 3};
  static const double POSITION[5][3]  = {
       {0.02, 0.1, 0.9}, {0.45, 0.2, 0.13}, {0.55, 0.61, 0.5}, {0.1, 0.7, 0.4}, {0.8, 0.35, 0.7}};
  return make_crystal(LATTICE_A, 5, NUMBER, POSITION);
}

static cuxas_crystal *make_single_atom(double edge_A, int atomic_number)
{
  const double lattice_A[3][3] = {{edge_A, 0, 0}, {0, edge_A, 0}, {0, 0, edge_A}}, position[1][3] = {{0.3, 0.4, 0.5}};
  return make_crystal(lattice_A, 1, &atomic_number, position);
}

static cuxas_model *read_published(void)
{
  cuxas_error  err;
  cuxas_model *model    = NULL;
  char        *paths[2] = {shared_data("m3gnet/m3gnet_weights.bin"), shared_data("m3gnet/m3gnet_weights.json")};
  if (paths[0] != NULL && paths[1] != NULL &&
      cuxas_import_m3gnet((const char *const *)paths, 2, NULL, "published", &model, &err) != CUXAS_OK) {
    printf("    %s\n", err.message);
    CHECK(!"the published weights can be imported");
  }
  free(paths[0]);
  free(paths[1]);
  return model;
}

static cJSON *read_json(const char *path)
{
  FILE *in = fopen(path, "rb");
  if (in == NULL) return NULL;
  fseek(in, 0, SEEK_END);
  const size_t n_byte = (size_t)ftell(in);
  char        *text   = calloc(n_byte + 1, 1);
  rewind(in);
  if (fread(text, 1, n_byte, in) != n_byte) abort();
  fclose(in);
  cJSON *json = cJSON_Parse(text);
  free(text);
  return json;
}

static const cJSON *get(const cJSON *object, const char *key)
{
  return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* flatten() - all numbers of nested arrays, in order; the caller frees them */
static size_t count_numbers(const cJSON *json)
{
  size_t       n = 0;
  const cJSON *item;
  if (cJSON_IsNumber(json)) return 1;
  cJSON_ArrayForEach(item, json) n += count_numbers(item);
  return n;
}
static double *put_numbers(const cJSON *json, double *next)
{
  const cJSON *item;
  if (cJSON_IsNumber(json)) *next++ = json->valuedouble;
  cJSON_ArrayForEach(item, json) next = put_numbers(item, next);
  return next;
}
static double *flatten(const cJSON *json)
{
  double *numbers = cuxas_new(NULL, count_numbers(json), sizeof *numbers);
  put_numbers(json, numbers);
  return numbers;
}

static cuxas_crystal *golden_crystal(const cJSON *golden)
{
  const cJSON   *elements = get(golden, "site_order"), *element;
  cuxas_crystal *crystal  = cuxas_crystal_new((size_t)cJSON_GetArraySize(elements));
  double        *lattice = flatten(get(golden, "lattice")), *position = flatten(get(golden, "frac_coords"));
  size_t         i_site = 0;
  memcpy(crystal->lattice_A, lattice, sizeof crystal->lattice_A);
  memcpy(crystal->fractional, position, crystal->n_site * sizeof *crystal->fractional);
  cJSON_ArrayForEach(element, elements) crystal->atomic_number[i_site++] = cuxas_element_number(element->valuestring);
  free(lattice);
  free(position);
  return crystal;
}

/* -- published data -- */

typedef struct {
  size_t n_structure, n_row;
  double deviation; /* largest */
} comparison;

static int by_name(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static comparison compare_golden(const cuxas_model *model, bool with_table)
{
  comparison     all    = {0};
  char          *probe  = shared_data("m3gnet/golden/Cu.json"), *name[1000];
  size_t         n_name = 0;
  struct dirent *entry;
  if (probe == NULL) return all;
  *strrchr(probe, '/') = '\0';
  DIR *folder          = opendir(probe);
  while (folder != NULL && (entry = readdir(folder)) != NULL && n_name < 1000)
    if (strstr(entry->d_name, ".json") != NULL) name[n_name++] = cuxas_copy_text(NULL, entry->d_name);
  if (folder != NULL) closedir(folder);
  qsort(name, n_name, sizeof *name, by_name);
  if (with_table) printf("%-24s %6s %14s\n", "structure", "sites", "deviation");
  for (size_t i = 0; i < n_name; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", probe, name[i]);
    cJSON         *golden   = read_json(path);
    cuxas_crystal *crystal  = golden_crystal(golden);
    double        *expected = flatten(get(golden, "features")), deviation = 0.0;
    float         *feature = run_all(model->featurizer, crystal);
    for (size_t k = 0; k < crystal->n_site * model->n_raw; k++)
      deviation = fmax(deviation, fabs((double)feature[k] - expected[k]));
    if (with_table) printf("%-24s %6zu %14.2e\n", get(golden, "id")->valuestring, crystal->n_site, deviation);
    all.n_structure++;
    all.n_row += crystal->n_site;
    all.deviation = fmax(all.deviation, deviation);
    free(feature);
    free(expected);
    cuxas_crystal_free(crystal);
    cJSON_Delete(golden);
    free(name[i]);
  }
  free(probe);
  return all;
}

static comparison compare_published_rows(const cuxas_model *model)
{
  comparison  all  = {0};
  cuxas_text  rows = {0};
  cuxas_error err;
  char       *path = shared_data("m3gnet/published_rows.jsonl");
  if (path == NULL || cuxas_text_read(path, &rows, &err) != CUXAS_OK) goto done;
  for (size_t i = 0; i < rows.n_line; i++) {
    char           name[256];
    cJSON         *row     = cJSON_Parse(rows.line[i]);
    const size_t   site    = (size_t)get(row, "site")->valuedouble;
    cuxas_crystal *crystal = NULL;
    float          feature[64];
    snprintf(name, sizeof name, "structures/mp/%s.vasp", get(row, "id")->valuestring);
    char *structure = shared_data(name);
    if (structure == NULL || cuxas_crystal_read(structure, &crystal, &err) != CUXAS_OK ||
        cuxas_featurizer_run(model->featurizer, crystal, &site, 1, feature, &err) != CUXAS_OK) {
      printf("    %s: %s\n", name, structure == NULL ? "not there" : err.message);
      all.deviation = INFINITY;
    } else {
      double *expected = flatten(get(row, "features"));
      for (size_t k = 0; k < 64; k++) all.deviation = fmax(all.deviation, fabs((double)feature[k] - expected[k]));
      all.n_structure++; /* rows of one structure are computed separately, and counted as such */
      all.n_row++;
      free(expected);
    }
    cuxas_crystal_free(crystal);
    free(structure);
    cJSON_Delete(row);
  }
done:
  cuxas_text_free(&rows);
  free(path);
  return all;
}

/* Bonds of a debug file stand in another order: watched rows are matched by source and bond vector. */
typedef struct {
  const cJSON     *debug;
  cuxas_neighbors *neighbors;
  size_t          *row_of; /* (n_bond) row in the file */
  double           deviation[6];
} watcher;

static void watch(void *context, cuxas_m3gnet_stage stage, size_t i_block, size_t i_first, size_t n_row,
                  const float *rows)
{
  static const char *const NAME[] = {"edge_embedding",
                                     "gate_block0",
                                     "three_body_sum_block0",
                                     "edge_after_three_body_block0",
                                     "edge_after_edge_update_block0",
                                     "node_stages"};
  watcher                 *w      = context;
  const cJSON             *stored = get(w->debug, NAME[stage]);
  if (i_block > 0 && stage != CUXAS_M3GNET_STAGE_NODE) return;
  if (stage == CUXAS_M3GNET_STAGE_NODE) stored = cJSON_GetArrayItem(stored, (int)i_block + 1);
  const bool is_atom = stage == CUXAS_M3GNET_STAGE_NODE || stage == CUXAS_M3GNET_STAGE_GATE;
  for (size_t i = 0; i < n_row; i++) {
    const size_t row     = is_atom ? i : w->row_of[i_first + i];
    const cJSON *numbers = cJSON_GetArrayItem(stored, (int)row), *number;
    const size_t width   = (size_t)cJSON_GetArraySize(numbers);
    size_t       k       = 0;
    cJSON_ArrayForEach(number, numbers)
    {
      const float got     = stage == CUXAS_M3GNET_STAGE_SUM ? rows[k * CUXAS_M3GNET_CHUNK + i] : rows[i * width + k];
      w->deviation[stage] = fmax(w->deviation[stage], fabs((double)got - number->valuedouble));
      k++;
    }
  }
}

/* match_bonds() - for each of our bonds, the file's row with the same source, target and vector */
static void match_bonds(watcher *w)
{
  double      *source = flatten(get(w->debug, "src")), *vector = flatten(get(w->debug, "vec"));
  const size_t n = count_numbers(get(w->debug, "src"));
  CHECK(n == w->neighbors->first[w->neighbors->n_center]);
  w->row_of = cuxas_new(NULL, n, sizeof *w->row_of);
  for (size_t i = 0; i < w->neighbors->n_center; i++)
    for (size_t k = w->neighbors->first[i]; k < w->neighbors->first[i + 1]; k++) {
      size_t row = 0;
      while (row < n &&
             !(source[row] == (double)i && fabs(vector[3 * row] - w->neighbors->bond[k].vector_A[0]) < 1e-6 &&
               fabs(vector[3 * row + 1] - w->neighbors->bond[k].vector_A[1]) < 1e-6 &&
               fabs(vector[3 * row + 2] - w->neighbors->bond[k].vector_A[2]) < 1e-6))
        row++;
      CHECK(row < n);
      w->row_of[k] = row < n ? row : 0;
    }
  free(source);
  free(vector);
}

static bool compare_debug(const cuxas_model *model, const char *name, double ret_deviation[8])
{
  char         *path = shared_data(name);
  cuxas_m3gnet *net  = NULL;
  watcher       w    = {0};
  cuxas_error   err;
  if (path == NULL) return false;
  cJSON         *debug   = read_json(path);
  cuxas_crystal *crystal = golden_crystal(debug);
  size_t        *sites   = cuxas_new(NULL, crystal->n_site, sizeof *sites);
  float         *feature = cuxas_new(NULL, crystal->n_site * 64, sizeof *feature);
  for (size_t i = 0; i < crystal->n_site; i++) sites[i] = i;
  w.debug = debug;
  CHECK_STATUS(cuxas_neighbors_find(crystal, NULL, 0, 5.0, &w.neighbors, &err), CUXAS_OK);
  match_bonds(&w);
  CHECK_STATUS(cuxas_m3gnet_new(get(model->head_json, "featurizer"), model->tensors, &net, &err), CUXAS_OK);

  double      *phi = flatten(get(debug, "rbf")), *cutoff = flatten(get(debug, "fc"));
  const size_t n_bond = w.neighbors->first[crystal->n_site];
  float       *ours   = cuxas_new(NULL, 9 * n_bond, sizeof *ours);
  cuxas_m3gnet_radial_run(&net->radial, w.neighbors->bond, n_bond, n_bond, ours);
  ret_deviation[6] = ret_deviation[7] = 0.0;
  for (size_t k = 0; k < n_bond; k++) {
    for (size_t q = 0; q < 9; q++)
      ret_deviation[6] = fmax(ret_deviation[6], fabs((double)ours[q * n_bond + k] - phi[9 * w.row_of[k] + q]));
    ret_deviation[7] =
        fmax(ret_deviation[7], fabs(cuxas_m3gnet_cutoff(w.neighbors->bond[k].distance_A, 5.0) - cutoff[w.row_of[k]]));
  }
  const cuxas_m3gnet_observer observer = {watch, &w};
  CHECK_STATUS(cuxas_m3gnet_run(net, crystal, sites, crystal->n_site, &observer, feature, &err), CUXAS_OK);
  memcpy(ret_deviation, w.deviation, sizeof w.deviation);

  free(ours);
  free(phi);
  free(cutoff);
  cuxas_m3gnet_free(net);
  cuxas_neighbors_free(w.neighbors);
  free(w.row_of);
  free(sites);
  free(feature);
  cuxas_crystal_free(crystal);
  cJSON_Delete(debug);
  free(path);
  return true;
}

static void test_golden_structures_agree_to_1e_5(void)
{
  cuxas_model *model = read_published();
  if (model == NULL) SKIP("no published weights");
  const comparison all = compare_golden(model, false);
  CHECK(all.n_structure >= 75);
  CHECK_NEAR(all.deviation, 0.0, 1e-5);
  cuxas_model_free(model);
}

static void test_published_rows_agree_to_1e_5(void)
{
  cuxas_model *model = read_published();
  if (model == NULL) SKIP("no published weights");
  const comparison all = compare_published_rows(model);
  CHECK(all.n_row >= 832);
  CHECK_NEAR(all.deviation, 0.0, 1e-5);
  cuxas_model_free(model);
}

static void test_intermediate_arrays_agree_to_1e_5(void)
{
  static const char *const NAME[2] = {"m3gnet/debug_Cu.json", "m3gnet/debug_CuO.json"};
  cuxas_model             *model   = read_published();
  if (model == NULL) SKIP("no published weights");
  for (int i = 0; i < 2; i++) {
    double deviation[8] = {0};
    CHECK(compare_debug(model, NAME[i], deviation));
    for (int k = 0; k < 8; k++) CHECK_NEAR(deviation[k], 0.0, 1e-5);
  }
  cuxas_model_free(model);
}

/* print_table() - what make golden shows */
static int print_table(void)
{
  static const char *const STAGE[8] = {"first bond features", "gates",
                                       "three-body sums",     "bonds after three-body",
                                       "bonds after update",  "nodes after blocks",
                                       "radial functions",    "cutoff function"};
  cuxas_model             *model    = read_published();
  if (model == NULL) {
    printf("no published weights: set CUXAS_SHARED to the folder that has m3gnet/\n");
    return 1;
  }
  const comparison golden = compare_golden(model, true), rows = compare_published_rows(model);
  double           debug[2][8] = {{0}};
  compare_debug(model, "m3gnet/debug_Cu.json", debug[0]);
  compare_debug(model, "m3gnet/debug_CuO.json", debug[1]);
  printf("\n%-30s %10s %6s %14s\n", "set", "structures", "rows", "deviation");
  printf("%-30s %10zu %6zu %14.2e\n", "golden structures", golden.n_structure, golden.n_row, golden.deviation);
  printf("%-30s %10s %6zu %14.2e\n", "published rows", "", rows.n_row, rows.deviation);
  for (int k = 0; k < 8; k++)
    printf("%-30s %10s %6s %14.2e  (Cu), %.2e (CuO)\n", STAGE[k], "", "", debug[0][k], debug[1][k]);
  cuxas_model_free(model);
  return golden.deviation > 1e-5 || rows.deviation > 1e-5;
}

/* -- functions of a bond -- */

static void test_radial_functions_have_their_published_values(void)
{
  static const double EXPECTED[2][9] = {{0.300750478, 0.185874017, -0.185874017, 0.248410973, 0.323754593, 0.040736052,
                                         0.181963366, 0.352203888, 0.231594975},
                                        {0.146190650, -0.171857416, 0.055839859, 0.184897743, -0.142597361,
                                         -0.016599338, 0.208648870, -0.100619135, -0.081209884}};
  cuxas_bond          bond[2]        = {{.distance_A = 2.0}, {.distance_A = 3.5}};
  cuxas_m3gnet_radial radial;
  float               phi[9 * 2];
  CHECK(cuxas_m3gnet_radial_new(&radial, 5.0, 3, 3));
  cuxas_m3gnet_radial_run(&radial, bond, 2, 2, phi);
  for (int q = 0; q < 9; q++)
    for (int k = 0; k < 2; k++) CHECK_NEAR(phi[2 * q + k], EXPECTED[k][q], 3e-8);
  CHECK_NEAR(cuxas_m3gnet_cutoff(2.0, 5.0), 0.68256, 1e-12);
  CHECK_NEAR(cuxas_m3gnet_cutoff(3.5, 5.0), 0.16308, 1e-12);
  CHECK_NEAR(cuxas_m3gnet_cutoff(5.0, 5.0), 0.0, 1e-15);
  CHECK(cuxas_m3gnet_cutoff(5.1, 5.0) == 0.0);
  cuxas_m3gnet_radial_free(&radial);
}

/* The series against the definition for every order and number allowed, up to float32 rounding of the result. Its
 * coefficients grow with order and number, so that the largest leave an error of 5e-10. */
static void test_radial_series_is_the_bessel_function(void)
{
  cuxas_m3gnet_radial radial;
  enum { N = 200, Q = CUXAS_M3GNET_MAX_ANGULAR * CUXAS_M3GNET_MAX_RADIAL };
  cuxas_bond *bond = cuxas_new(NULL, N, sizeof *bond);
  float      *phi  = cuxas_new(NULL, Q * N, sizeof *phi);
  for (int k = 0; k < N; k++) bond[k].distance_A = 0.05 + 6.1 * k / N; /* a little beyond the cutoff, too */
  CHECK(cuxas_m3gnet_radial_new(&radial, 6.0, CUXAS_M3GNET_MAX_RADIAL, CUXAS_M3GNET_MAX_ANGULAR));
  cuxas_m3gnet_radial_run(&radial, bond, N, N, phi);
  for (size_t q = 0; q < Q; q++)
    for (size_t k = 0; k < N; k++) {
      const double expected =
          cuxas_m3gnet_radial_bessel(6.0, q / CUXAS_M3GNET_MAX_RADIAL, q % CUXAS_M3GNET_MAX_RADIAL, bond[k].distance_A);
      CHECK_NEAR(phi[q * N + k], expected, 1e-7 * fabs(expected) + 1e-9);
    }
  cuxas_m3gnet_radial_free(&radial);
  free(bond);
  free(phi);
}

static void test_harmonics_obey_the_addition_theorem(void)
{
  uint64_t seed = 3;
  for (int i = 0; i < 100; i++) {
    double unit[2][3], harmonic[2][36], dot = 0.0;
    for (int k = 0; k < 2; k++) {
      double norm = 0.0;
      for (int x = 0; x < 3; x++) unit[k][x] = random_normal(&seed);
      for (int x = 0; x < 3; x++) norm += unit[k][x] * unit[k][x];
      for (int x = 0; x < 3; x++) unit[k][x] /= sqrt(norm);
      cuxas_m3gnet_harmonics(unit[k], 6, 1, harmonic[k]);
    }
    for (int x = 0; x < 3; x++) dot += unit[0][x] * unit[1][x];
    for (int l = 0; l < 6; l++) {
      double sum = 0.0;
      for (int m = l * l; m < (l + 1) * (l + 1); m++) sum += harmonic[0][m] * harmonic[1][m];
      CHECK_NEAR(sum, gsl_sf_legendre_Pl(l, fmax(-1.0, fmin(1.0, dot))), 1e-13);
    }
  }
}

static void test_activations_are_exact_to_4e_7(void)
{
  enum { N = 20001 };
  float *x = cuxas_new(NULL, N, sizeof *x), *sigmoid = cuxas_new(NULL, N, sizeof *x), zero[1] = {0};
  float *swish = cuxas_new(NULL, N, sizeof *x);
  for (int i = 0; i < N; i++) swish[i] = sigmoid[i] = x[i] = (float)(-60.0 + 120.0 * i / (N - 1));
  cuxas_m3gnet_rows_sigmoid(N, 1, zero, sigmoid);
  cuxas_m3gnet_rows_swish(N, 1, zero, swish);
  for (int i = 0; i < N; i++) {
    const double s = 1.0 / (1.0 + exp(-(double)x[i]));
    CHECK_NEAR(sigmoid[i], s, 3e-7 * s + 5e-18);
    CHECK_NEAR(swish[i], x[i] * s, fabs((double)x[i]) * (3e-7 * s + 5e-18));
  }
  for (int i = 0; i + 1 < N; i += 2) { /* neighbours as the halves of a row */
    float two[2] = {x[i], x[N - 1 - i]}, no_bias[2] = {0};
    cuxas_m3gnet_rows_swish_pair(1, 1, no_bias, two);
    for (int k = 0; k < 2; k++) {
      const double at = k == 0 ? x[i] : x[N - 1 - i], s = 1.0 / (1.0 + exp(-at));
      CHECK_NEAR(two[k], at * s, fabs(at) * (4e-7 * s + 5e-18));
    }
  }
  float odd[4] = {NAN, INFINITY, -INFINITY, 0.0f};
  cuxas_m3gnet_rows_sigmoid(4, 1, zero, odd);
  CHECK(isnan(odd[0]));
  CHECK(odd[1] == 1.0f && odd[2] < 1e-17f && odd[3] == 0.5f);
  free(x);
  free(sigmoid);
  free(swish);
}

/* -- against the plain program -- */

static void compare_with_oracle(const m3gnet_size *size, const cuxas_crystal *crystal, double tolerance)
{
  network      net      = make_network(size, 7);
  const size_t n        = crystal->n_site * size->node_width;
  double      *expected = cuxas_new(NULL, n, sizeof *expected), largest = 0.0, deviation = 0.0;
  float       *feature = run_all(net.featurizer, crystal);
  oracle_run(size, net.tensors, crystal, expected);
  for (size_t i = 0; i < n; i++) {
    largest   = fmax(largest, fabs(expected[i]));
    deviation = fmax(deviation, fabs((double)feature[i] - expected[i]));
  }
  CHECK(largest > 0.5); /* otherwise nothing is tested */
  CHECK_NEAR(deviation, 0.0, tolerance * largest);
  free(expected);
  free(feature);
  free_network(&net);
}

static void test_published_size_agrees_with_plain_program(void)
{
  cuxas_crystal *crystal = make_skew();
  compare_with_oracle(&M3GNET_PUBLISHED, crystal, 1e-5);
  cuxas_crystal_free(crystal);
}

static void test_other_sizes_agree_with_plain_program(void)
{
  static const m3gnet_size ODD  = {3.7, 3.0, 2, 1, 1, 5, 3, 7, 30};
  cuxas_crystal           *skew = make_skew(), *oxide = make_oxide((size_t[]){1, 1, 2}, 5);
  compare_with_oracle(&SMALL, skew, 1e-5);
  compare_with_oracle(&SMALL, oxide, 1e-5);
  compare_with_oracle(&ODD, skew, 1e-5);
  cuxas_crystal_free(skew);
  cuxas_crystal_free(oxide);
}

typedef struct {
  float       *gate;
  oracle_graph graph;
  double       deviation, largest;
} sum_watcher;

static void watch_sums(void *context, cuxas_m3gnet_stage stage, size_t i_block, size_t i_first, size_t n_row,
                       const float *rows)
{
  sum_watcher *w = context;
  if (i_block > 0) return;
  if (stage == CUXAS_M3GNET_STAGE_GATE) {
    double *g = cuxas_new(NULL, n_row * 9, sizeof *g);
    for (size_t i = 0; i < n_row * 9; i++) g[i] = rows[i];
    oracle_sum_three_body(&w->graph, &M3GNET_PUBLISHED, g);
    free(g);
  }
  if (stage != CUXAS_M3GNET_STAGE_SUM) return;
  for (size_t i = 0; i < n_row; i++) /* our bonds are in another order: match by a sum that all members share */
    for (size_t q = 0; q < 9; q++) {
      double nearest = INFINITY;
      for (size_t k = 0; k < w->graph.n_bond; k++)
        nearest = fmin(nearest, fabs(w->graph.bond[k].sum[q] - (double)rows[q * CUXAS_M3GNET_CHUNK + i]));
      w->deviation = fmax(w->deviation, nearest);
      w->largest   = fmax(w->largest, fabs((double)rows[q * CUXAS_M3GNET_CHUNK + i]));
    }
  (void)i_first;
}

static void test_three_body_sums_agree_with_double_loop(void)
{
  cuxas_crystal              *crystal = make_skew();
  network                     net     = make_network(&M3GNET_PUBLISHED, 11);
  cuxas_m3gnet               *m3gnet  = NULL;
  sum_watcher                 w       = {.graph = oracle_find_bonds(crystal, &M3GNET_PUBLISHED)};
  float                       feature[5 * 64];
  cuxas_error                 err;
  const cuxas_m3gnet_observer observer = {watch_sums, &w};
  CHECK_STATUS(cuxas_m3gnet_new(net.description, net.tensors, &m3gnet, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_m3gnet_run(m3gnet, crystal, (size_t[]){0, 1, 2, 3, 4}, 5, &observer, feature, &err), CUXAS_OK);
  CHECK(w.largest > 0.01);
  CHECK_NEAR(w.deviation, 0.0, 1e-7);
  oracle_free(&w.graph);
  cuxas_m3gnet_free(m3gnet);
  cuxas_crystal_free(crystal);
  free_network(&net);
}

/* -- invariances -- */

/* is_in_cell() - coordinates in [0, 1), as safe against rounding as a comparison can be */
static bool is_in_cell(const double fractional[3])
{
  for (int d = 0; d < 3; d++)
    if (fractional[d] < -1e-9 || fractional[d] >= 1.0 - 1e-9) return false;
  return true;
}

/* check_invariance() - features of a changed crystal, whose site i was site origin[i] of the first, within 1e-6 */
static void check_invariance(const cuxas_featurizer *featurizer, const cuxas_crystal *crystal,
                             const cuxas_crystal *changed, const size_t *origin)
{
  const size_t length = cuxas_featurizer_length(featurizer);
  float       *before = run_all(featurizer, crystal), *after = run_all(featurizer, changed);
  double       largest = 1.0;
  for (size_t i = 0; i < crystal->n_site * length; i++) largest = fmax(largest, fabs((double)before[i]));
  for (size_t i = 0; i < changed->n_site; i++)
    CHECK_NEAR(largest_difference(after + i * length, before + origin[i] * length, length), 0.0, 1e-6 * largest);
  free(before);
  free(after);
}

static void check_all_invariances(const cuxas_featurizer *featurizer)
{
  cuxas_crystal *crystal = make_skew(), *changed = make_skew(), *super = cuxas_crystal_new(8 * crystal->n_site);
  const size_t   same[5] = {0, 1, 2, 3, 4}, order[5] = {3, 1, 4, 0, 2};
  size_t         origin[40] = {0};

  const double q[4]           = {0.5, 0.1, -0.7, 0.5}; /* a unit quaternion: rotation */
  const double rotation[3][3] = {
      {1 - 2 * (q[2] * q[2] + q[3] * q[3]), 2 * (q[1] * q[2] - q[0] * q[3]), 2 * (q[1] * q[3] + q[0] * q[2])},
      {2 * (q[1] * q[2] + q[0] * q[3]), 1 - 2 * (q[1] * q[1] + q[3] * q[3]), 2 * (q[2] * q[3] - q[0] * q[1])},
      {2 * (q[1] * q[3] - q[0] * q[2]), 2 * (q[2] * q[3] + q[0] * q[1]), 1 - 2 * (q[1] * q[1] + q[2] * q[2])}};
  for (int k = 0; k < 3; k++)
    for (int x = 0; x < 3; x++) {
      changed->lattice_A[k][x] = 0.0;
      for (int y = 0; y < 3; y++) changed->lattice_A[k][x] += rotation[x][y] * crystal->lattice_A[k][y];
    }
  check_invariance(featurizer, crystal, changed, same);

  memcpy(changed->lattice_A, crystal->lattice_A, sizeof crystal->lattice_A);
  for (size_t i = 0; i < 5; i++)
    for (int k = 0; k < 3; k++)
      changed->fractional[i][k] += 0.317 * (k + 1) + (i == 2 ? 3.0 : 0.0); /* and other images */
  check_invariance(featurizer, crystal, changed, same);

  for (size_t i = 0; i < 5; i++) {
    changed->atomic_number[i] = crystal->atomic_number[order[i]];
    memcpy(changed->fractional[i], crystal->fractional[order[i]], sizeof crystal->fractional[0]);
  }
  check_invariance(featurizer, crystal, changed, order);

  /* a cell eight times as large: new axes 2a + b, 2b, a + 2c, determinant 8 */
  static const int AXES[3][3] = {{2, 1, 0}, {0, 2, 0}, {1, 0, 2}};
  size_t           n_site     = 0;
  for (int k = 0; k < 3; k++)
    for (int x = 0; x < 3; x++)
      for (int j = 0; j < 3; j++) super->lattice_A[k][x] += AXES[k][j] * crystal->lattice_A[j][x];
  for (size_t i = 0; i < 5; i++)
    for (int t = 0; t < 125; t++) { /* images inside the new cell */
      const double at[3] = {crystal->fractional[i][0] + t % 5 - 1, crystal->fractional[i][1] + t / 5 % 5 - 1,
                            crystal->fractional[i][2] + t / 25 - 1};
      double       along[3];
      along[2] = at[2] / 2.0;
      along[0] = (at[0] - along[2]) / 2.0;
      along[1] = (at[1] - along[0]) / 2.0;
      if (!is_in_cell(along)) continue;
      CHECK(n_site < 40);
      if (n_site == 40) break;
      super->atomic_number[n_site] = crystal->atomic_number[i];
      memcpy(super->fractional[n_site], along, sizeof along);
      origin[n_site++] = i;
    }
  CHECK(n_site == 40);
  check_invariance(featurizer, crystal, super, origin);
  cuxas_crystal_free(crystal);
  cuxas_crystal_free(changed);
  cuxas_crystal_free(super);
}

static void test_features_do_not_depend_on_the_description_of_the_crystal(void)
{
  network net = make_network(&M3GNET_PUBLISHED, 21), small = make_network(&SMALL, 22);
  check_all_invariances(net.featurizer);
  check_all_invariances(small.featurizer);
  free_network(&net);
  free_network(&small);
}

static void test_published_features_do_not_depend_on_the_description_of_the_crystal(void)
{
  cuxas_model *model = read_published();
  if (model == NULL) SKIP("no published weights");
  check_all_invariances(model->featurizer);
  cuxas_model_free(model);
}

/* -- special cases -- */

static void test_some_sites_are_computed_as_all_sites(void)
{
  network        net      = make_network(&M3GNET_PUBLISHED, 31);
  cuxas_crystal *crystal  = make_oxide((size_t[]){2, 2, 1}, 3);
  float         *all      = run_all(net.featurizer, crystal), some[4 * 64];
  const size_t   sites[4] = {13, 2, 2, 0};
  CHECK_STATUS(cuxas_featurizer_run(net.featurizer, crystal, sites, 4, some, NULL), CUXAS_OK);
  double largest = 1.0;
  for (size_t i = 0; i < 64 * crystal->n_site; i++) largest = fmax(largest, fabs((double)all[i]));
  for (size_t i = 0; i < 4; i++)
    CHECK_NEAR(largest_difference(some + 64 * i, all + 64 * sites[i], 64), 0.0, 1e-6 * largest);
  free(all);
  cuxas_crystal_free(crystal);
  free_network(&net);
}

static void test_isolated_atom_keeps_its_embedding(void)
{
  network        net     = make_network(&M3GNET_PUBLISHED, 41);
  cuxas_crystal *crystal = make_single_atom(12.0, 29);
  float         *feature = run_all(net.featurizer, crystal);
  const float   *row     = cuxas_tensors_find(net.tensors, "embedding.layer_node_embedding.weight")->value + 28 * 64;
  CHECK(memcmp(feature, row, 64 * sizeof *row) == 0);
  free(feature);
  cuxas_crystal_free(crystal);
  free_network(&net);
}

static void test_atoms_with_one_bond_agree_with_plain_program(void)
{
  static const double LATTICE_A[3][3] = {{20, 0, 0}, {0, 20, 0}, {0, 0, 20}};
  static const int    NUMBER[5]       = {29, 8, 17, 3, 30};
  static const double POSITION[5][3]  = {{0, 0, 0}, {0, 0, .1}, {.5, .5, .5}, {.5, .5, .6}, {.5, .62, .5}};
  cuxas_crystal      *crystal         = make_crystal(LATTICE_A, 5, NUMBER, POSITION);
  compare_with_oracle(&M3GNET_PUBLISHED, crystal, 1e-5);
  cuxas_crystal_free(crystal);
}

/* Six neighbours at the cutoff itself, where all radial functions vanish: nothing but the embedding is left, whichever
 * side of the cutoff rounding puts them on. */
static void test_bonds_at_the_cutoff_contribute_nothing(void)
{
  network net = make_network(&M3GNET_PUBLISHED, 51);
  for (int i = -1; i <= 1; i++) {
    cuxas_crystal *crystal = make_single_atom(5.0 + i * 1e-10, 29);
    float         *feature = run_all(net.featurizer, crystal);
    const float   *row     = cuxas_tensors_find(net.tensors, "embedding.layer_node_embedding.weight")->value + 28 * 64;
    CHECK_NEAR(largest_difference(feature, row, 64), 0.0, 1e-6);
    free(feature);
    cuxas_crystal_free(crystal);
  }
  free_network(&net);
}

static void test_result_is_the_same_whatever_the_threads(void)
{
  network        net         = make_network(&M3GNET_PUBLISHED, 61);
  cuxas_crystal *crystal     = make_oxide((size_t[]){2, 2, 2}, 9);
  float         *alone       = run_all(net.featurizer, crystal);
  const size_t   n           = crystal->n_site * 64;
  int            n_different = 0;
#pragma omp parallel for num_threads(4) reduction(+ : n_different)
  for (int i = 0; i < 8; i++) {
    float *feature = cuxas_new(NULL, n, sizeof *feature);
    if (cuxas_featurizer_run(net.featurizer, crystal, NULL, 0, feature, NULL) != CUXAS_OK ||
        memcmp(feature, alone, n * sizeof *feature) != 0)
      n_different++;
    free(feature);
  }
  CHECK(n_different == 0);
  free(alone);
  cuxas_crystal_free(crystal);
  free_network(&net);
}

/* -- errors -- */

static void test_unsupported_element_is_named(void)
{
  network        net     = make_network(&M3GNET_PUBLISHED, 71);
  cuxas_crystal *crystal = make_single_atom(4.0, 86);
  float          feature[64];
  cuxas_error    err;
  CHECK_STATUS(cuxas_featurizer_run(net.featurizer, crystal, NULL, 0, feature, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "Rn");
  cuxas_crystal_free(crystal);
  free_network(&net);
}

static void test_flat_cell_is_refused(void)
{
  network        net     = make_network(&SMALL, 72);
  cuxas_crystal *crystal = make_single_atom(4.0, 29);
  float          feature[24];
  memcpy(crystal->lattice_A[2], crystal->lattice_A[1], sizeof crystal->lattice_A[1]);
  CHECK_STATUS(cuxas_featurizer_run(net.featurizer, crystal, NULL, 0, feature, NULL), CUXAS_ERANGE);
  cuxas_crystal_free(crystal);
  free_network(&net);
}

static void check_refused(const cJSON *description, const cuxas_tensors *tensors, const char *named)
{
  cuxas_featurizer *featurizer;
  cuxas_error       err;
  CHECK_STATUS(cuxas_featurizer_new(description, tensors, &featurizer, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, named);
  CHECK(featurizer == NULL);
}

static void test_wrong_descriptions_are_refused(void)
{
  static const char *const MEMBER[] = {"n_radial",   "n_angular",           "n_block",
                                       "node_width", "bond_width",          "hidden_width",
                                       "cutoff_A",   "three_body_cutoff_A", "elements"};
  cuxas_tensors           *tensors  = make_tensors(&SMALL, 1);
  for (size_t i = 0; i < sizeof MEMBER / sizeof MEMBER[0]; i++) {
    cJSON *description = make_description(&SMALL);
    cJSON_ReplaceItemInObjectCaseSensitive(description, MEMBER[i], cJSON_CreateNumber(-1.5));
    check_refused(description, tensors, MEMBER[i]);
    cJSON_DeleteItemFromObjectCaseSensitive(description, MEMBER[i]);
    check_refused(description, tensors, MEMBER[i]);
    cJSON_Delete(description);
  }
  cJSON *description = make_description(&SMALL), *elements = cJSON_GetObjectItemCaseSensitive(description, "elements");
  cJSON_ReplaceItemInArray(elements, 4, cJSON_CreateString("H"));
  check_refused(description, tensors, "H twice");
  cJSON_ReplaceItemInArray(elements, 4, cJSON_CreateString("Xx"));
  check_refused(description, tensors, "entry 5");
  check_refused(description, NULL, "no tensors");
  cJSON_Delete(description);
  cuxas_tensors_free(tensors);
}

static void test_wrong_tensors_are_refused_by_name(void)
{
  cJSON         *description = make_description(&SMALL);
  cuxas_tensors *tensors     = make_tensors(&SMALL, 1);
  for (size_t i = 0; i < tensors->n_tensor; i++) {
    cuxas_tensor *tensor = &tensors->tensor[i];
    const char    first  = tensor->name[0];
    char          name[CUXAS_TENSOR_NAME_SIZE];
    memcpy(name, tensor->name, sizeof name);
    tensor->name[0] = '-'; /* missing */
    check_refused(description, tensors, name);
    tensor->name[0] = first;
    tensor->shape[0]++; /* of another shape */
    check_refused(description, tensors, name);
    tensor->shape[0]--;
    const float saved = tensor->value[0];
    tensor->value[0]  = NAN;
    check_refused(description, tensors, name);
    tensor->value[0] = saved;
  }
  cuxas_tensors_free(tensors);
  cJSON_Delete(description);
}

int main(int argc, char **argv)
{
  openblas_set_num_threads(1);
  if (argc > 1 && strcmp(argv[1], "--table") == 0) return print_table();
  RUN(test_radial_functions_have_their_published_values);
  RUN(test_radial_series_is_the_bessel_function);
  RUN(test_harmonics_obey_the_addition_theorem);
  RUN(test_activations_are_exact_to_4e_7);
  RUN(test_published_size_agrees_with_plain_program);
  RUN(test_other_sizes_agree_with_plain_program);
  RUN(test_three_body_sums_agree_with_double_loop);
  RUN(test_golden_structures_agree_to_1e_5);
  RUN(test_published_rows_agree_to_1e_5);
  RUN(test_intermediate_arrays_agree_to_1e_5);
  RUN(test_features_do_not_depend_on_the_description_of_the_crystal);
  RUN(test_published_features_do_not_depend_on_the_description_of_the_crystal);
  RUN(test_some_sites_are_computed_as_all_sites);
  RUN(test_isolated_atom_keeps_its_embedding);
  RUN(test_atoms_with_one_bond_agree_with_plain_program);
  RUN(test_bonds_at_the_cutoff_contribute_nothing);
  RUN(test_result_is_the_same_whatever_the_threads);
  RUN(test_unsupported_element_is_named);
  RUN(test_flat_cell_is_refused);
  RUN(test_wrong_descriptions_are_refused);
  RUN(test_wrong_tensors_are_refused_by_name);
  return CHECK_REPORT();
}
