/* graphnet_pass.c - the graph of a crystal, and a pass through the network and back
 *
 * Contents: 1. the graph  2. the pass */
#include "predict/graphnet_pass.h"

#include "base/memory.h"
#include "crystal/neighbor.h"
#include "cuxas/crystal.h"
#include "predict/dense.h"

#include <cblas.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. the graph ------------------------------------------------------------------------------------------- */

/* phi at the distances of first shells is 0.3 to 0.6 per A^3/2 for a cutoff of 5 A: brought to about 1 */
static const float RADIAL_SCALE = 3.0f;

/* find_atoms() - which sites are atoms of the graph */
static cuxas_status find_atoms(const cuxas_crystal *crystal, cuxas_graphnet_atoms atoms, cuxas_graphnet_graph *graph,
                               cuxas_error *err)
{
  const size_t n       = crystal->n_site;
  graph->n_site        = n;
  graph->node_of       = cuxas_new(err, n, sizeof *graph->node_of);
  graph->site_of       = cuxas_new(err, n, sizeof *graph->site_of);
  graph->atomic_number = cuxas_new(err, n, sizeof *graph->atomic_number);
  if (graph->node_of == NULL || graph->site_of == NULL || graph->atomic_number == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++) graph->node_of[i] = i;
  if (atoms.by_symmetry) {
    const cuxas_status status = cuxas_symmetry_find_classes(crystal, CUXAS_SYMPREC_A, graph->node_of, err);
    if (status != CUXAS_OK) return status;
  }
  for (size_t i = 0; i < n; i++) {
    const size_t first = graph->node_of[i];
    if (first < i) {
      graph->node_of[i] = graph->node_of[first];
      continue;
    }
    graph->site_of[graph->n_atom]       = i;
    graph->atomic_number[graph->n_atom] = crystal->atomic_number[i];
    graph->node_of[i]                   = graph->n_atom++;
  }
  if (atoms.n_asked == 0) return CUXAS_OK;
  if ((graph->is_asked = cuxas_new(err, graph->n_atom, sizeof *graph->is_asked)) == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < atoms.n_asked; i++) graph->is_asked[graph->node_of[atoms.asked[i]]] = true;
  return CUXAS_OK;
}

static bool allocate(const cuxas_graphnet_shape *shape, size_t n_bond, cuxas_graphnet_graph *graph)
{
  graph->cutoff_A  = shape->cutoff_A;
  graph->n_radial  = shape->n_radial;
  graph->n_angular = shape->n_angular;
  graph->n_bond    = n_bond;
  graph->source    = cuxas_new(NULL, n_bond, sizeof *graph->source);
  graph->target    = cuxas_new(NULL, n_bond, sizeof *graph->target);
  graph->phi       = cuxas_new(NULL, n_bond, shape->n_radial * sizeof *graph->phi);
  graph->harmonic  = cuxas_new(NULL, n_bond, shape->n_angular * shape->n_angular * sizeof *graph->harmonic);
  return graph->source != NULL && graph->target != NULL && graph->phi != NULL && graph->harmonic != NULL;
}

static bool fill(const cuxas_graphnet_shape *shape, const cuxas_m3gnet_radial *radial, const cuxas_neighbors *neighbors,
                 cuxas_graphnet_graph *graph)
{
  const size_t n_harmonic = shape->n_angular * shape->n_angular, n_bond = graph->n_bond;
  float       *phi = cuxas_new(NULL, n_bond, shape->n_radial * sizeof *phi); /* (K, n_bond) */
  if (phi == NULL) return false;
  cuxas_m3gnet_radial_run(radial, neighbors->bond, n_bond, n_bond, phi);
  for (size_t i = 0; i < graph->n_atom; i++)
    for (size_t k = neighbors->first[i]; k < neighbors->first[i + 1]; k++) {
      const cuxas_bond *bond    = &neighbors->bond[k];
      const double      r       = bond->distance_A;
      const double      unit[3] = {bond->vector_A[0] / r, bond->vector_A[1] / r, bond->vector_A[2] / r};
      double            harmonic[CUXAS_GRAPHNET_MAX_ANGULAR * CUXAS_GRAPHNET_MAX_ANGULAR];
      const float       fade = RADIAL_SCALE * (float)cuxas_m3gnet_cutoff(r, shape->cutoff_A);
      graph->source[k]       = (uint32_t)i;
      graph->target[k]       = (uint32_t)graph->node_of[bond->target];
      for (size_t n = 0; n < shape->n_radial; n++) graph->phi[k * shape->n_radial + n] = fade * phi[n * n_bond + k];
      cuxas_m3gnet_harmonics(unit, shape->n_angular, 1, harmonic);
      for (size_t q = 0; q < n_harmonic; q++) graph->harmonic[k * n_harmonic + q] = (float)harmonic[q];
    }
  free(phi);
  return true;
}

cuxas_status cuxas_graphnet_graph_new(const cuxas_graphnet_shape *shape, const cuxas_m3gnet_radial *radial,
                                      const cuxas_crystal *crystal, cuxas_graphnet_atoms atoms,
                                      cuxas_graphnet_graph **ret_graph, cuxas_error *err)
{
  cuxas_status          status;
  cuxas_neighbors      *neighbors = NULL;
  cuxas_graphnet_graph *graph     = cuxas_new(err, 1, sizeof *graph);

  *ret_graph = NULL;
  if (graph == NULL) return CUXAS_ENOMEM;
  if ((status = find_atoms(crystal, atoms, graph, err)) != CUXAS_OK ||
      (status = cuxas_neighbors_find(crystal, graph->site_of, graph->n_atom, shape->cutoff_A, &neighbors, err)) !=
          CUXAS_OK)
    goto done;
  const size_t n_bond = neighbors->first[graph->n_atom];
  if (n_bond > INT_MAX || crystal->n_site > INT_MAX / 16) {
    status = cuxas_fail(err, CUXAS_ERANGE, "featurizer graphnet: %zu bonds are more than it can treat", n_bond);
    goto done;
  }
  if (!allocate(shape, n_bond, graph) || !fill(shape, radial, neighbors, graph)) {
    status = cuxas_no_memory(err);
    goto done;
  }
  *ret_graph = graph;
  graph      = NULL;
done:
  cuxas_graphnet_graph_free(graph);
  cuxas_neighbors_free(neighbors);
  return status;
}

void cuxas_graphnet_graph_free(cuxas_graphnet_graph *graph)
{
  if (graph == NULL) return;
  free(graph->node_of);
  free(graph->site_of);
  free(graph->is_asked);
  free(graph->atomic_number);
  free(graph->source);
  free(graph->target);
  free(graph->phi);
  free(graph->harmonic);
  free(graph);
}

/* ---- 2. the pass -------------------------------------------------------------------------------------------- */

/* -- memory -- */

/* lay_out() - cuts all arrays off one block; with storage NULL it only counts; returns the number of floats */
static size_t lay_out(const cuxas_graphnet_shape *shape, bool with_gradient, cuxas_graphnet_work *work)
{
  const size_t d = shape->node_width, c = shape->n_channel, h = shape->hidden_width, n = work->room;
  const size_t lc = shape->n_angular * c, qc = shape->n_angular * lc;
  size_t       used = 0;
#define CUT(array, size)                                                                                               \
  do {                                                                                                                 \
    (array) = work->storage != NULL ? work->storage + used : NULL;                                                     \
    used += ((size) + 15) / 16 * 16;                                                                                   \
  } while (0)
  CUT(work->node, n * d);
  CUT(work->radial, CUXAS_GRAPHNET_CHUNK * lc);
  for (size_t i = 0; i < shape->n_block; i++) {
    cuxas_graphnet_block_work *block = &work->block[i];
    if (i > 0 && !with_gradient) {
      *block = work->block[0];
      continue;
    }
    CUT(block->channel, n * c);
    CUT(block->moment, n * qc);
    CUT(block->input, n * (d + lc));
    CUT(block->first, n * h);
    CUT(block->hidden, n * h);
    CUT(block->second, n * 2 * d);
  }
  if (with_gradient) {
    CUT(work->radial_gradient, CUXAS_GRAPHNET_CHUNK * lc);
    CUT(work->node_gradient, n * d);
    CUT(work->input_gradient, n * (d + lc));
    CUT(work->moment_gradient, n * qc);
    CUT(work->channel_gradient, n * c);
    CUT(work->hidden_gradient, n * h);
    CUT(work->second_gradient, n * 2 * d);
  }
#undef CUT
  return used;
}

bool cuxas_graphnet_work_reserve(const cuxas_graphnet_shape *shape, size_t n_atom, bool with_gradient,
                                 cuxas_graphnet_work *work)
{
  if (work->storage != NULL && n_atom <= work->room) return true;
  cuxas_graphnet_work_free(work);
  work->room           = n_atom;
  const size_t n_float = lay_out(shape, with_gradient, work);
  if ((work->storage = cuxas_new(NULL, n_float, sizeof *work->storage)) == NULL) return false;
  lay_out(shape, with_gradient, work);
  return true;
}

void cuxas_graphnet_work_free(cuxas_graphnet_work *work)
{
  free(work->storage);
  *work = (cuxas_graphnet_work){0};
}

/* -- matrices -- */

/* multiply() - c (n_row, n_out) = a (n_row, n_in) b (n_in, n_out) */
static void multiply(size_t n_row, size_t n_in, size_t n_out, const float *a, const float *b, float *c)
{
  if (n_row == 0) return;
  cuxas_multiply(&(cuxas_product){n_row, n_in, n_out, {a, n_in, false}, {b, n_out, false}, 0.0f}, c, n_out);
}

/* A product c (n_row, n_out) = a (n_row, n_in) b (n_in, n_out) whose gradients are wanted; rows of a may lie apart. */
typedef struct {
  size_t       n_row, n_in, n_out;
  const float *a;
  size_t       a_stride;
  const float *c_gradient;
} product;

/* weights_back() - the gradient of b, added to */
static void weights_back(const product *of, float *b_gradient)
{
  if (of->n_row == 0) return;
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)of->n_in, (int)of->n_out, (int)of->n_row, 1.0f, of->a,
              (int)of->a_stride, of->c_gradient, (int)of->n_out, 1.0f, b_gradient, (int)of->n_out);
}

/* rows_back() - the gradient (n_row, n_in) of a, set (beta 0) or added to (beta 1) */
static void rows_back(const product *of, const float *b, float beta, float *a_gradient)
{
  if (of->n_row == 0) return;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)of->n_row, (int)of->n_in, (int)of->n_out, 1.0f,
              of->c_gradient, (int)of->n_out, b, (int)of->n_out, beta, a_gradient, (int)of->n_in);
}

/* -- forward -- */

static void embed(const cuxas_graphnet_shape *shape, const cuxas_graphnet_layout *layout, const float *parameter,
                  const cuxas_graphnet_graph *graph, float *node)
{
  const size_t d = shape->node_width;
  for (size_t i = 0; i < graph->n_atom; i++) {
    float property[CUXAS_GRAPHNET_N_PROPERTY];
    cuxas_graphnet_properties(graph->atomic_number[i], property);
    memcpy(node + i * d, parameter + layout->element_matrix + ((size_t)graph->atomic_number[i] - 1) * d,
           d * sizeof *node);
    for (size_t p = 0; p < CUXAS_GRAPHNET_N_PROPERTY; p++)
      for (size_t j = 0; j < d; j++) node[i * d + j] += property[p] * parameter[layout->property_matrix + p * d + j];
  }
}

/* radial_weights() - work->radial of the bonds from i_first on; returns how many fitted the chunk */
static size_t radial_weights(const cuxas_graphnet_shape *shape, const float *matrix, const cuxas_graphnet_graph *graph,
                             size_t i_first, float *ret_radial)
{
  const size_t k = shape->n_radial, lc = shape->n_angular * shape->n_channel;
  const size_t left = graph->n_bond - i_first, n = left < CUXAS_GRAPHNET_CHUNK ? left : CUXAS_GRAPHNET_CHUNK;
  multiply(n, k, lc, graph->phi + i_first * k, matrix, ret_radial);
  return n;
}

/* bonds_from() - n bonds of a graph from i_first on, with their radial weights */
static cuxas_graphnet_bonds bonds_from(const cuxas_graphnet_shape *shape, const cuxas_graphnet_graph *graph,
                                       size_t i_first, size_t n, const float *radial)
{
  return (cuxas_graphnet_bonds){.n_bond    = n,
                                .n_angular = shape->n_angular,
                                .n_channel = shape->n_channel,
                                .source    = graph->source + i_first,
                                .target    = graph->target + i_first,
                                .harmonic  = graph->harmonic + i_first * shape->n_angular * shape->n_angular,
                                .radial    = radial};
}

/* What atoms hear from their bonds, or those of them that are asked for: bit by bit the same. */
static void gather(const cuxas_graphnet_shape *shape, const float *matrix, const cuxas_graphnet_graph *graph,
                   const bool *opt_asked, const float *channel, float *radial, float *moment)
{
  for (size_t first = 0, n_done; first < graph->n_bond; first += n_done) {
    const size_t left     = graph->n_bond - first;
    bool         is_asked = opt_asked == NULL;
    n_done                = left < CUXAS_GRAPHNET_CHUNK ? left : CUXAS_GRAPHNET_CHUNK;
    for (size_t k = first; k < first + n_done && !is_asked; k++) is_asked = opt_asked[graph->source[k]];
    if (!is_asked) continue;
    radial_weights(shape, matrix, graph, first, radial);
    for (size_t k = first, n; k < first + n_done; k += n) {
      const uint32_t source = graph->source[k];
      n                     = opt_asked == NULL ? n_done : 1;
      while (k + n < first + n_done && graph->source[k + n] == source) n++;
      const cuxas_graphnet_bonds bonds =
          bonds_from(shape, graph, k, n, radial + (k - first) * shape->n_angular * shape->n_channel);
      if (opt_asked == NULL || opt_asked[source]) cuxas_graphnet_gather(&bonds, channel, moment);
    }
  }
}

static void add_bias(size_t n_row, size_t width, const float *bias, float *rows)
{
  for (size_t i = 0; i < n_row; i++)
    for (size_t j = 0; j < width; j++) rows[i * width + j] += bias[j];
}

static void run_block(const cuxas_graphnet_shape *shape, const cuxas_graphnet_block_layout *layout,
                      const float *parameter, const cuxas_graphnet_graph *const *graph, size_t n_graph,
                      cuxas_graphnet_work *work, cuxas_graphnet_block_work *block)
{
  const size_t d = shape->node_width, c = shape->n_channel, h = shape->hidden_width, n = work->n_atom;
  const size_t n_l = shape->n_angular, lc = n_l * c, n_harmonic = n_l * n_l;
  const bool   is_last = block == &work->block[shape->n_block - 1];

  multiply(n, d, c, work->node, parameter + layout->channel_matrix, block->channel);
  add_bias(n, c, parameter + layout->channel_bias, block->channel);
  memset(block->moment, 0, n * n_harmonic * c * sizeof *block->moment);
  for (size_t i = 0, i_atom = 0; i < n_graph; i_atom += graph[i++]->n_atom)
    gather(shape, parameter + layout->radial_matrix, graph[i], is_last ? graph[i]->is_asked : NULL,
           block->channel + i_atom * c, work->radial, block->moment + i_atom * n_harmonic * c);
  for (size_t i = 0; i < n; i++) memcpy(block->input + i * (d + lc), work->node + i * d, d * sizeof *work->node);
  cuxas_graphnet_invariants(n, n_l, c, block->moment, d + lc, block->input + d);
  multiply(n, d + lc, h, block->input, parameter + layout->first_matrix, block->first);
  cuxas_graphnet_swish(n, h, parameter + layout->first_bias, block->first, block->hidden);
  multiply(n, h, 2 * d, block->hidden, parameter + layout->second_matrix, block->second);
  cuxas_graphnet_gate(n, d, parameter + layout->second_bias, block->second, work->node);
}

void cuxas_graphnet_forward(const cuxas_graphnet_shape *shape, const float *parameter,
                            const cuxas_graphnet_graph *const *graph, size_t n_graph, cuxas_graphnet_work *work)
{
  cuxas_graphnet_layout layout;
  cuxas_graphnet_lay_out(shape, &layout);
  work->n_atom = 0;
  for (size_t i = 0; i < n_graph; work->n_atom += graph[i++]->n_atom)
    embed(shape, &layout, parameter, graph[i], work->node + work->n_atom * shape->node_width);
  for (size_t i = 0; i < shape->n_block; i++)
    run_block(shape, &layout.block[i], parameter, graph, n_graph, work, &work->block[i]);
}

/* -- backward -- */

/* A batch on its way back through the network. */
typedef struct {
  const cuxas_graphnet_shape        *shape;
  const float                       *parameter;
  const cuxas_graphnet_graph *const *graph; /* (n_graph) */
  size_t                             n_graph;
  cuxas_graphnet_work               *work;
  float                             *gradient; /* of the parameters */
} way_back;

/* bonds_back() - from work->moment_gradient to channel_gradient (set) and the radial matrix's gradient */
static void bonds_back(const way_back *way, const cuxas_graphnet_block_layout *layout,
                       const cuxas_graphnet_block_work *block)
{
  const cuxas_graphnet_shape        *shape = way->shape;
  const cuxas_graphnet_graph *const *graph = way->graph;
  cuxas_graphnet_work               *work  = way->work;
  const size_t c = shape->n_channel, k = shape->n_radial, n_l = shape->n_angular, lc = n_l * c, n_harmonic = n_l * n_l;
  memset(work->channel_gradient, 0, work->n_atom * c * sizeof *work->channel_gradient);
  for (size_t i = 0, i_atom = 0; i < way->n_graph; i_atom += graph[i++]->n_atom)
    for (size_t i_bond = 0, n_done; i_bond < graph[i]->n_bond; i_bond += n_done) {
      n_done = radial_weights(shape, way->parameter + layout->radial_matrix, graph[i], i_bond, work->radial);
      const cuxas_graphnet_bonds bonds = bonds_from(shape, graph[i], i_bond, n_done, work->radial);
      cuxas_graphnet_gather_back(&bonds, block->channel + i_atom * c, work->moment_gradient + i_atom * n_harmonic * c,
                                 work->channel_gradient + i_atom * c, work->radial_gradient);
      const product weights = {n_done, k, lc, graph[i]->phi + i_bond * k, k, work->radial_gradient};
      weights_back(&weights, way->gradient + layout->radial_matrix);
    }
}

static void block_back(const way_back *way, const cuxas_graphnet_block_layout *layout,
                       const cuxas_graphnet_block_work *block)
{
  const cuxas_graphnet_shape *shape     = way->shape;
  const float                *parameter = way->parameter;
  cuxas_graphnet_work        *work      = way->work;
  float                      *gradient  = way->gradient;
  const size_t                d = shape->node_width, c = shape->n_channel, h = shape->hidden_width, n = work->n_atom;
  const size_t                lc = shape->n_angular * c;

  const product second  = {n, h, 2 * d, block->hidden, h, work->second_gradient};
  const product first   = {n, d + lc, h, block->input, d + lc, work->hidden_gradient};
  const product channel = {n, d, c, block->input, d + lc, work->channel_gradient};
  cuxas_graphnet_gate_back(n, d, block->second, work->node_gradient, work->second_gradient);
  cuxas_graphnet_add_columns(n, 2 * d, work->second_gradient, gradient + layout->second_bias);
  weights_back(&second, gradient + layout->second_matrix);
  rows_back(&second, parameter + layout->second_matrix, 0.0f, work->hidden_gradient);
  cuxas_graphnet_swish_back(n * h, block->first, work->hidden_gradient);
  cuxas_graphnet_add_columns(n, h, work->hidden_gradient, gradient + layout->first_bias);
  weights_back(&first, gradient + layout->first_matrix);
  rows_back(&first, parameter + layout->first_matrix, 0.0f, work->input_gradient);
  cuxas_graphnet_invariants_back(n, shape->n_angular, c, block->moment, d + lc, work->input_gradient + d,
                                 work->moment_gradient);
  bonds_back(way, layout, block);
  cuxas_graphnet_add_columns(n, c, work->channel_gradient, gradient + layout->channel_bias);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++) work->node_gradient[i * d + j] += work->input_gradient[i * (d + lc) + j];
  weights_back(&channel, gradient + layout->channel_matrix);
  rows_back(&channel, parameter + layout->channel_matrix, 1.0f, work->node_gradient);
}

static void embed_back(const cuxas_graphnet_shape *shape, const cuxas_graphnet_layout *layout,
                       const cuxas_graphnet_graph *graph, const float *node_gradient, float *gradient)
{
  const size_t d = shape->node_width;
  for (size_t i = 0; i < graph->n_atom; i++) {
    const float *from = node_gradient + i * d;
    float       *row  = gradient + layout->element_matrix + ((size_t)graph->atomic_number[i] - 1) * d;
    float        property[CUXAS_GRAPHNET_N_PROPERTY];
    cuxas_graphnet_properties(graph->atomic_number[i], property);
    for (size_t j = 0; j < d; j++) row[j] += from[j];
    for (size_t p = 0; p < CUXAS_GRAPHNET_N_PROPERTY; p++)
      for (size_t j = 0; j < d; j++) gradient[layout->property_matrix + p * d + j] += property[p] * from[j];
  }
}

void cuxas_graphnet_backward(const cuxas_graphnet_shape *shape, const float *parameter,
                             const cuxas_graphnet_graph *const *graph, size_t n_graph, cuxas_graphnet_work *work,
                             float *gradient)
{
  cuxas_graphnet_layout layout;
  cuxas_graphnet_lay_out(shape, &layout);
  const way_back way = {shape, parameter, graph, n_graph, work, gradient};
  for (size_t i = shape->n_block; i-- > 0;) block_back(&way, &layout.block[i], &work->block[i]);
  for (size_t i = 0, i_atom = 0; i < n_graph; i_atom += graph[i++]->n_atom)
    embed_back(shape, &layout, graph[i], work->node_gradient + i_atom * shape->node_width, gradient);
}
