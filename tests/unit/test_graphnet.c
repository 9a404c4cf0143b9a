#include "check.h"
#include "box.h"

#include "predict/featurizer.h"
#include "predict/graphnet.h"
#include "learn/join.h"
#include "base/memory.h"
#include "predict/graphnet_pass.h"
#include "base/random.h"

static const cuxas_graphnet_shape SMALL = {
    .cutoff_A = 4.0, .n_radial = 5, .n_angular = 4, .n_channel = 6, .n_block = 2, .node_width = 7, .hidden_width = 9};

enum { N_ATOM = 8 };
static const double SKEW[3][3]     = {{5.6, 0.3, 0}, {2.9, 5.1, 0.2}, {-1.0, 1.5, 6.4}};
static const int    NUMBER[N_ATOM] = {29, 29, 26, 57, 16, 8, 8, 1};

/* A network, two graphs, and a loss: a random linear function of all numbers of all atoms. */
typedef struct {
  cuxas_graphnet_layout layout;
  cuxas_m3gnet_radial   radial;
  cuxas_graphnet_graph *graph[2];
  cuxas_graphnet_work   work;
  size_t                n_node;
  float                *parameter, *gradient, *weight;
} bench;

static void set_up(bench *b)
{
  static box crystal[2];
  uint64_t   random = 5;
  memset(b, 0, sizeof *b);
  cuxas_graphnet_lay_out(&SMALL, &b->layout);
  CHECK(cuxas_m3gnet_radial_new(&b->radial, SMALL.cutoff_A, SMALL.n_radial, 1));
  for (size_t i = 0; i < 2; i++) {
    make_packed_box(&crystal[i], SKEW, N_ATOM, NUMBER, 1.5, i + 1);
    CHECK_STATUS(cuxas_graphnet_graph_new(&SMALL, &b->radial, &crystal[i].crystal, (cuxas_graphnet_atoms){0},
                                          &b->graph[i], NULL),
                 CUXAS_OK);
  }
  b->n_node    = 2 * N_ATOM * SMALL.node_width;
  b->parameter = cuxas_new(NULL, b->layout.n_parameter, sizeof(float));
  b->gradient  = cuxas_new(NULL, b->layout.n_parameter, sizeof(float));
  b->weight    = cuxas_new(NULL, b->n_node, sizeof(float));
  cuxas_graphnet_start(&SMALL, 3, b->parameter);
  for (size_t i = 0; i < b->layout.n_parameter; i++) b->parameter[i] += 0.1f * (float)random_normal(&random);
  for (size_t i = 0; i < b->n_node; i++) b->weight[i] = (float)random_normal(&random);
  CHECK(cuxas_graphnet_work_reserve(&SMALL, 2 * N_ATOM, true, &b->work));
}

static void tear_down(bench *b)
{
  cuxas_graphnet_graph_free(b->graph[0]);
  cuxas_graphnet_graph_free(b->graph[1]);
  cuxas_graphnet_work_free(&b->work);
  cuxas_m3gnet_radial_free(&b->radial);
  free(b->parameter);
  free(b->gradient);
  free(b->weight);
}

static double loss_of(bench *b)
{
  double loss = 0.0;
  cuxas_graphnet_forward(&SMALL, b->parameter, (const cuxas_graphnet_graph *const *)b->graph, 2, &b->work);
  for (size_t i = 0; i < b->n_node; i++) loss += (double)b->weight[i] * (double)b->work.node[i];
  return loss;
}

static void differentiate(bench *b)
{
  loss_of(b);
  memset(b->gradient, 0, b->layout.n_parameter * sizeof(float));
  memcpy(b->work.node_gradient, b->weight, b->n_node * sizeof(float));
  cuxas_graphnet_backward(&SMALL, b->parameter, (const cuxas_graphnet_graph *const *)b->graph, 2, &b->work,
                          b->gradient);
}

/* Along the gradient of one tensor the loss changes by the gradient's square: checked for each tensor, against central
 * differences; a component that were left out or added wrongly would show. */
static void test_gradient_of_every_tensor_is_that_of_central_differences(void)
{
  bench                 b;
  cuxas_graphnet_tensor tensor[2 + 7 * CUXAS_GRAPHNET_MAX_BLOCK];
  set_up(&b);
  differentiate(&b);
  cuxas_graphnet_tensor_list(&SMALL, tensor);
  for (size_t k = 0; k < cuxas_graphnet_n_tensor(&SMALL); k++) {
    const float *g      = b.gradient + tensor[k].first;
    float       *p      = b.parameter + tensor[k].first;
    float       *before = cuxas_new(NULL, tensor[k].n_value, sizeof(float));
    double       square = 0.0, side[2];
    memcpy(before, p, tensor[k].n_value * sizeof(float));
    for (size_t i = 0; i < tensor[k].n_value; i++) square += (double)g[i] * (double)g[i];
    CHECK(square > 1e-6);
    const double length = 3e-3 / sqrt(square);
    for (int s = 0; s < 2; s++) {
      for (size_t i = 0; i < tensor[k].n_value; i++) p[i] = before[i] + (float)((s == 0 ? -length : length) * g[i]);
      side[s] = loss_of(&b);
    }
    memcpy(p, before, tensor[k].n_value * sizeof(float));
    const double slope = (side[1] - side[0]) / (2.0 * length);
    if (!(fabs(slope / square - 1.0) < 5e-3)) printf("    %s\n", tensor[k].name);
    CHECK_NEAR(slope / square, 1.0, 5e-3);
    free(before);
  }
  tear_down(&b);
}

/* Single entries, drawn at random: a permuted gradient has the right length along itself only by chance, but wrong
 * entries. */
static void test_gradient_of_single_parameters_is_that_of_central_differences(void)
{
  bench    b;
  uint64_t random = 17;
  set_up(&b);
  differentiate(&b);
  double largest = 0.0;
  for (size_t i = 0; i < b.layout.n_parameter; i++) largest = fmax(largest, fabs((double)b.gradient[i]));
  for (int n = 0; n < 150; n++) {
    const size_t first  = b.layout.block[0].channel_matrix;
    const size_t i      = first + (size_t)(random_uniform(&random) * (double)(b.layout.n_parameter - first));
    const float  before = b.parameter[i], h = 4e-3f;
    double       side[2];
    b.parameter[i] = before - h;
    side[0]        = loss_of(&b);
    b.parameter[i] = before + h;
    side[1]        = loss_of(&b);
    b.parameter[i] = before;
    CHECK_NEAR((side[1] - side[0]) / (2.0 * (double)h), b.gradient[i], 3e-3 * largest);
  }
  tear_down(&b);
}

/* -- the featurizer -- */

/* make_featurizer() - with random weights, alone or behind symmetry functions; *ret_model owns it */
static const cuxas_featurizer *make_featurizer(bool with_symfun, uint64_t seed, cuxas_model **ret_model)
{
  static const char     SYMFUN[] = "{\"name\": \"symfun\", \"cutoff_A\": 4, \"n_radial\": 4, \"radial_first_A\": 1.6,"
                                   " \"radial_last_A\": 3.5, \"properties\": [\"one\"], \"shell_cutoff_A\": 4,"
                                   " \"softness_A\": [0.5], \"l_max\": 2}";
  cuxas_graphnet_layout layout;
  cuxas_error           err   = {.message = ""};
  cJSON                *front = cJSON_Parse(SYMFUN), *about = cJSON_CreateObject();
  cuxas_model          *alone = NULL;
  cuxas_graphnet_lay_out(&SMALL, &layout);
  float *parameter = cuxas_new(NULL, layout.n_parameter, sizeof *parameter);
  cuxas_graphnet_start(&SMALL, seed, parameter);
  CHECK_STATUS(cuxas_graphnet_model_new("test", &SMALL, parameter, about, "none", &alone, &err), CUXAS_OK);
  *ret_model = alone;
  if (with_symfun) {
    const cuxas_join_part part[2] = {{.description = front}, {.model = alone}};
    CHECK_STATUS(cuxas_model_join("both", part, 2, 0, ret_model, &err), CUXAS_OK);
    cuxas_model_free(alone);
  }
  CHECK_TEXT(err.message, "");
  free(parameter);
  cJSON_Delete(front);
  cJSON_Delete(about);
  return (*ret_model)->featurizer;
}

static void run_all(const cuxas_featurizer *featurizer, const box *b, float *ret_feature)
{
  cuxas_error err = {.message = ""};
  CHECK_STATUS(cuxas_featurizer_run(featurizer, &b->crystal, NULL, 0, ret_feature, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
}

static double difference(const float *a, const float *b, size_t n)
{
  double most = 0.0;
  for (size_t k = 0; k < n; k++) most = fmax(most, fabs((double)a[k] - (double)b[k]) / fmax(1.0, fabs((double)a[k])));
  return most;
}

enum { D = 7 };

static void test_rotation_and_translation_change_nothing(void)
{
  static box              b;
  float                   before[N_ATOM][D], after[N_ATOM][D];
  cuxas_model            *model;
  const cuxas_featurizer *featurizer = make_featurizer(false, 11, &model);
  CHECK(cuxas_featurizer_length(featurizer) == D);
  make_packed_box(&b, SKEW, N_ATOM, NUMBER, 1.5, 1);
  run_all(featurizer, &b, before[0]);
  turn_box(&b);
  for (size_t i = 0; i < N_ATOM; i++)
    for (int k = 0; k < 3; k++) b.fractional[i][k] += 0.37 + 0.21 * k - 3.0 * (double)(i % 2);
  run_all(featurizer, &b, after[0]);
  CHECK_NEAR(difference(before[0], after[0], N_ATOM * D), 0.0, 1e-5);
  CHECK(difference(before[0], before[1], D) > 1e-2); /* while different sites differ */
  cuxas_model_free(model);
}

static void test_supercell_changes_nothing(void)
{
  static box              b, super;
  static float            before[N_ATOM][D], after[12 * N_ATOM][D];
  cuxas_model            *model;
  const cuxas_featurizer *featurizer = make_featurizer(false, 11, &model);
  make_packed_box(&b, SKEW, N_ATOM, NUMBER, 1.5, 2);
  make_supercell(&super, &b, (const int[3]){2, 3, 2});
  run_all(featurizer, &b, before[0]);
  run_all(featurizer, &super, after[0]);
  for (size_t i = 0; i < 12 * N_ATOM; i++) CHECK_NEAR(difference(before[i % N_ATOM], after[i], D), 0.0, 1e-5);
  cuxas_model_free(model);
}

static void test_order_of_atoms_changes_nothing(void)
{
  static box              b, reversed;
  float                   before[N_ATOM][D], after[N_ATOM][D];
  cuxas_model            *model;
  const cuxas_featurizer *featurizer = make_featurizer(false, 11, &model);
  make_packed_box(&b, SKEW, N_ATOM, NUMBER, 1.5, 3);
  make_box(&reversed, SKEW, N_ATOM);
  for (size_t i = 0; i < N_ATOM; i++) {
    reversed.number[i] = b.number[N_ATOM - 1 - i];
    memcpy(reversed.fractional[i], b.fractional[N_ATOM - 1 - i], sizeof b.fractional[i]);
  }
  run_all(featurizer, &b, before[0]);
  run_all(featurizer, &reversed, after[0]);
  for (size_t i = 0; i < N_ATOM; i++) CHECK_NEAR(difference(before[i], after[N_ATOM - 1 - i], D), 0.0, 1e-5);
  cuxas_model_free(model);
}

static void test_features_fade_as_a_neighbour_leaves_the_cutoff(void)
{
  static const double     CUBE[3][3] = {{9.0, 0, 0}, {0, 9.0, 0}, {0, 0, 9.0}};
  static box              b;
  float                   inside[2][D], outside[2][D];
  cuxas_model            *model;
  const cuxas_featurizer *featurizer = make_featurizer(false, 11, &model);
  make_box(&b, CUBE, 2);
  b.number[1]        = 8;
  b.fractional[1][0] = (SMALL.cutoff_A - 1e-4) / 9.0;
  run_all(featurizer, &b, inside[0]);
  b.fractional[1][0] = (SMALL.cutoff_A + 1e-4) / 9.0;
  run_all(featurizer, &b, outside[0]);
  CHECK_NEAR(difference(inside[0], outside[0], 2 * D), 0.0, 1e-6);
  b.fractional[1][0] = 2.0 / 9.0;
  run_all(featurizer, &b, inside[0]);
  CHECK(difference(inside[0], outside[0], D) > 1e-2);
  cuxas_model_free(model);
}

static void test_joined_featurizers_stand_behind_one_another(void)
{
  static box              b;
  float                   alone[N_ATOM][D], one[64];
  cuxas_model            *model, *joined;
  const cuxas_featurizer *featurizer = make_featurizer(false, 11, &model), *both = make_featurizer(true, 11, &joined);
  const size_t            length = cuxas_featurizer_length(both), site = 4;
  CHECK(length > D && length <= 64);
  make_packed_box(&b, SKEW, N_ATOM, NUMBER, 1.5, 4);
  run_all(featurizer, &b, alone[0]);
  CHECK_STATUS(cuxas_featurizer_run(both, &b.crystal, &site, 1, one, NULL), CUXAS_OK);
  CHECK_NEAR(difference(alone[site], one + length - D, D), 0.0, 0.0);
  CHECK(fabs((double)one[0]) > 1e-6);
  cuxas_model_free(model);
  cuxas_model_free(joined);
}

/* Metal, closed, hole; nothing for other elements; a hole counts as 40 features, what says how energies lie alone as 20. */
static void test_the_shell_of_copper_is_three_features(void)
{
  static const struct {
    const char *path;
    float       expected[3];
  } CASE[]                     = {{"refdb/structures/Cu.cif", {1, 0, 0}},
                                  {"refdb/structures/Cu2O.cif", {0, 1, 0}},
                                  {"refdb/structures/CuO.cif", {0, 0, 1}}};
  cJSON            *json       = cJSON_Parse("{\"name\": \"d-shell\", \"weight\": 40}");
  cuxas_featurizer *featurizer = NULL;
  float             weight[3];
  CHECK_STATUS(cuxas_featurizer_new(json, NULL, &featurizer, NULL), CUXAS_OK);
  CHECK(cuxas_featurizer_length(featurizer) == 3);
  cuxas_featurizer_weights(featurizer, weight);
  CHECK(weight[0] == 20.0f && weight[1] == 20.0f && weight[2] == 40.0f);
  for (size_t i = 0; i < sizeof CASE / sizeof CASE[0]; i++) {
    cuxas_crystal *crystal = NULL;
    float          got[64][3];
    CHECK_STATUS(cuxas_crystal_read(CASE[i].path, &crystal, NULL), CUXAS_OK);
    CHECK_STATUS(cuxas_featurizer_run(featurizer, crystal, NULL, 0, got[0], NULL), CUXAS_OK);
    for (size_t site = 0; site < crystal->n_site; site++)
      for (size_t k = 0; k < 3; k++)
        CHECK(got[site][k] == (crystal->atomic_number[site] == 29 ? CASE[i].expected[k] : 0.0f));
    cuxas_crystal_free(crystal);
  }
  cuxas_featurizer_free(featurizer);
  cJSON_Delete(json);
}

static void test_wrong_descriptions_are_refused(void)
{
  static const struct {
    const char *text, *message;
  } CASE[] = {
      {"{\"name\": \"graphnet\"}", "cutoff_A"},
      {"{\"name\": \"graphnet\", \"cutoff_A\": 5, \"n_radial\": 8, \"n_angular\": 9, \"n_channel\": 8, \"n_block\": 1,"
       " \"node_width\": 8, \"hidden_width\": 8}",
       "n_angular"},
      {"{\"name\": \"joined\", \"parts\": []}", "parts"},
      {"{\"name\": \"d-shell\"}", "weight"},
      {"{\"name\": \"d-shell\", \"weight\": 0}", "weight"},
      {"{\"name\": \"d-shell\", \"weight\": 1e9}", "weight"},
      {"{\"name\": \"joined\", \"parts\": [{\"name\": \"joined\", \"parts\": []}]}", "may not itself"},
      {"{\"name\": \"joined\", \"parts\": [{\"name\": \"nothing\"}]}", "nothing"},
  };
  for (size_t i = 0; i < sizeof CASE / sizeof CASE[0]; i++) {
    cuxas_featurizer *featurizer = NULL;
    cuxas_error       err        = {0};
    cJSON            *json       = cJSON_Parse(CASE[i].text);
    CHECK_STATUS(cuxas_featurizer_new(json, NULL, &featurizer, &err), CUXAS_EFORMAT);
    CHECK_CONTAINS(err.message, CASE[i].message);
    cJSON_Delete(json);
  }
}

static void test_a_tensor_that_is_missing_is_named(void)
{
  cuxas_featurizer *featurizer = NULL;
  cuxas_error       err        = {0};
  cuxas_tensors    *none       = cuxas_tensors_new();
  cJSON            *json       = cuxas_graphnet_shape_describe(&SMALL);
  CHECK_STATUS(cuxas_featurizer_new(json, none, &featurizer, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "graphnet.properties");
  CHECK_STATUS(cuxas_featurizer_new(json, NULL, &featurizer, &err), CUXAS_EFORMAT);
  cJSON_Delete(json);
  cuxas_tensors_free(none);
}

static void test_parameters_come_back_from_a_model(void)
{
  cuxas_model          *model, *joined;
  cuxas_graphnet_shape  shape = {0};
  cuxas_graphnet_layout layout;
  float                *parameter = NULL, *again = NULL;
  make_featurizer(false, 11, &model);
  make_featurizer(true, 11, &joined);
  cuxas_graphnet_lay_out(&SMALL, &layout);
  CHECK_STATUS(cuxas_graphnet_model_parameters(model, 0, &shape, &parameter, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_graphnet_model_parameters(joined, 0, &shape, &again, NULL), CUXAS_OK);
  CHECK(shape.n_channel == SMALL.n_channel && shape.cutoff_A == SMALL.cutoff_A);
  CHECK_NEAR(difference(parameter, again, layout.n_parameter), 0.0, 0.0);
  free(parameter);
  free(again);
  cuxas_model_free(model);
  cuxas_model_free(joined);
}

/* In a supercell all copies of a site are one atom of the graph, which gets the numbers that each copy gets alone. */
static void test_equivalent_sites_are_one_atom_with_the_same_numbers(void)
{
  static box            b, super;
  cuxas_graphnet_layout layout;
  cuxas_m3gnet_radial   radial;
  cuxas_graphnet_graph *graph[2];
  cuxas_graphnet_work   work[2] = {{0}, {0}};
  cuxas_graphnet_lay_out(&SMALL, &layout);
  float *parameter = cuxas_new(NULL, layout.n_parameter, sizeof *parameter);
  cuxas_graphnet_start(&SMALL, 11, parameter);
  CHECK(cuxas_m3gnet_radial_new(&radial, SMALL.cutoff_A, SMALL.n_radial, 1));
  make_packed_box(&b, SKEW, N_ATOM, NUMBER, 1.5, 2);
  make_supercell(&super, &b, (const int[3]){2, 1, 2});
  for (int i = 0; i < 2; i++) {
    CHECK_STATUS(cuxas_graphnet_graph_new(&SMALL, &radial, &super.crystal,
                                          (cuxas_graphnet_atoms){.by_symmetry = i == 1}, &graph[i], NULL),
                 CUXAS_OK);
    CHECK(graph[i]->n_atom == (i == 1 ? N_ATOM : 4 * N_ATOM) && graph[i]->n_site == 4 * N_ATOM);
    CHECK(cuxas_graphnet_work_reserve(&SMALL, graph[i]->n_atom, false, &work[i]));
    cuxas_graphnet_forward(&SMALL, parameter, (const cuxas_graphnet_graph *const *)&graph[i], 1, &work[i]);
  }
  for (size_t i = 0; i < 4 * N_ATOM; i++)
    CHECK_NEAR(difference(work[0].node + i * D, work[1].node + graph[1]->node_of[i] * D, D), 0.0, 1e-5);
  for (int i = 0; i < 2; i++) {
    cuxas_graphnet_work_free(&work[i]);
    cuxas_graphnet_graph_free(graph[i]);
  }
  cuxas_m3gnet_radial_free(&radial);
  free(parameter);
}

/* Of several networks each keeps its numbers, under a name of its own, also when joined ones are joined again. */
static void test_networks_can_be_joined(void)
{
  static box            b;
  cuxas_graphnet_shape  shape;
  cuxas_error           err   = {.message = ""};
  cuxas_model          *first = NULL, *second = NULL, *both = NULL, *all            = NULL;
  float                 one[N_ATOM][64], other[N_ATOM][D], joined[N_ATOM][64], *own = NULL, *again = NULL;
  cuxas_graphnet_layout layout;
  cuxas_graphnet_lay_out(&SMALL, &layout);
  make_featurizer(true, 11, &first);
  make_featurizer(false, 12, &second);
  const size_t          n      = cuxas_featurizer_length(first->featurizer);
  const cuxas_join_part two[2] = {{.model = first}, {.model = second}};
  CHECK_STATUS(cuxas_model_join("both", two, 2, 0, &both, &err), CUXAS_OK);
  const cuxas_join_part three[2] = {{.model = second}, {.model = both}};
  CHECK_STATUS(cuxas_model_join("all", three, 2, 0, &all, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  CHECK(cuxas_featurizer_length(both->featurizer) == n + D && cuxas_featurizer_length(all->featurizer) == n + 2 * D);
  make_packed_box(&b, SKEW, N_ATOM, NUMBER, 1.5, 6);
  run_all(first->featurizer, &b, one[0]);
  run_all(second->featurizer, &b, other[0]);
  run_all(both->featurizer, &b, joined[0]);
  CHECK_NEAR(difference(one[0], joined[0], n), 0.0, 0.0);
  CHECK_NEAR(difference(other[0], joined[0] + n, D), 0.0, 0.0);
  run_all(all->featurizer, &b, joined[0]);
  CHECK_NEAR(difference(other[0], joined[0], D), 0.0, 0.0);
  CHECK_NEAR(difference(one[0], joined[0] + D, n), 0.0, 0.0);
  CHECK_NEAR(difference(other[0], joined[0] + D + n, D), 0.0, 0.0);
  CHECK(difference(other[0], one[0] + n - D, D) > 1e-3);
  CHECK_STATUS(cuxas_graphnet_model_parameters(second, 0, &shape, &own, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_graphnet_model_parameters(both, 0, &shape, &again, NULL), CUXAS_OK); /* the last one's */
  CHECK_NEAR(difference(own, again, layout.n_parameter), 0.0, 0.0);
  cuxas_model_free(all);
  CHECK_STATUS(cuxas_model_join("kept", three, 2, 1, &all, &err), CUXAS_OK); /* one is taken out again */
  run_all(all->featurizer, &b, joined[0]);
  CHECK(cuxas_featurizer_length(all->featurizer) == D);
  CHECK_NEAR(difference(other[0], joined[0], D), 0.0, 0.0);
  cuxas_model_free(all);
  CHECK_STATUS(cuxas_model_join("fewer", two, 2, (uint64_t)1 << 40, &all, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_model_join("none", NULL, 0, 0, &all, NULL), CUXAS_ERANGE);
  free(own);
  free(again);
  cuxas_model_free(first);
  cuxas_model_free(second);
  cuxas_model_free(both);
}

int main(void)
{
  RUN(test_gradient_of_every_tensor_is_that_of_central_differences);
  RUN(test_gradient_of_single_parameters_is_that_of_central_differences);
  RUN(test_rotation_and_translation_change_nothing);
  RUN(test_supercell_changes_nothing);
  RUN(test_order_of_atoms_changes_nothing);
  RUN(test_features_fade_as_a_neighbour_leaves_the_cutoff);
  RUN(test_joined_featurizers_stand_behind_one_another);
  RUN(test_wrong_descriptions_are_refused);
  RUN(test_a_tensor_that_is_missing_is_named);
  RUN(test_equivalent_sites_are_one_atom_with_the_same_numbers);
  RUN(test_the_shell_of_copper_is_three_features);
  RUN(test_networks_can_be_joined);
  RUN(test_parameters_come_back_from_a_model);
  return CHECK_REPORT();
}
