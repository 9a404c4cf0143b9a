#include "check.h"
#include "box.h"

#include "cuxas/graphnet.h"
#include "cuxas/memory.h"
#include "model/graphnet_priv.h"
#include "model/random_priv.h"


static const cuxas_graphnet_shape SMALL = {.cutoff_A     = 4.0,
                                           .n_radial     = 5,
                                           .n_angular    = 4,
                                           .n_channel    = 6,
                                           .n_block      = 2,
                                           .node_width   = 7,
                                           .hidden_width = 9};

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
  uint64_t random = 5;
  memset(b, 0, sizeof *b);
  cuxas_graphnet_lay_out(&SMALL, &b->layout);
  CHECK(cuxas_m3gnet_radial_new(&b->radial, SMALL.cutoff_A, SMALL.n_radial, 1));
  for (size_t i = 0; i < 2; i++) {
    make_packed_box(&crystal[i], SKEW, N_ATOM, NUMBER, 1.5, i + 1);
    CHECK_STATUS(cuxas_graphnet_graph_new(&SMALL, &b->radial, &crystal[i].crystal, &b->graph[i], NULL), CUXAS_OK);
  }
  b->n_node    = 2 * N_ATOM * SMALL.node_width;
  b->parameter = cuxas_new_array(b->layout.n_parameter, sizeof(float));
  b->gradient  = cuxas_new_array(b->layout.n_parameter, sizeof(float));
  b->weight    = cuxas_new_array(b->n_node, sizeof(float));
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
    float       *before = cuxas_new_array(tensor[k].n_value, sizeof(float));
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
    const size_t first = b.layout.block[0].channel_matrix;
    const size_t i = first + (size_t)(random_uniform(&random) * (double)(b.layout.n_parameter - first));
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

int main(void)
{
  RUN(test_gradient_of_every_tensor_is_that_of_central_differences);
  RUN(test_gradient_of_single_parameters_is_that_of_central_differences);
  return CHECK_REPORT();
}
