/* m3gnet.c - the M3GNet featurizer: its memory, and its part of the interface
 *
 * Contents: 1. memory  2. the featurizer */
#include "base/memory.h"
#include "base/elements.h"
#include "predict/featurizer_priv.h"
#include "predict/m3gnet_priv.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. memory ---------------------------------------------------------------------------------------------- */

/* -- one allocation, cut into arrays -- */

enum { ALIGNMENT = 64 }; /* bytes: a cache line, and the widest vector */

/* Cuts arrays off a block of memory; with storage NULL it only counts. */
typedef struct {
  char  *storage;
  size_t n_byte; /* cut off so far, a multiple of ALIGNMENT */
  bool   overflows;
} cutter;

static void *cut(cutter *from, size_t n_row, size_t n_column, size_t item_size)
{
  const size_t room = SIZE_MAX / 2 - from->n_byte;
  if (from->overflows || (n_row > 0 && n_column > room / item_size / n_row)) {
    from->overflows = true;
    return NULL;
  }
  void *part = from->storage != NULL ? from->storage + from->n_byte : NULL;
  from->n_byte += (n_row * n_column * item_size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  return part;
}

static size_t larger(size_t a, size_t b)
{
  return a > b ? a : b;
}

static void lay_out(const cuxas_m3gnet_shape *shape, cutter *from, cuxas_m3gnet_work *work)
{
  const size_t v = shape->node_width, e = shape->bond_width, h = shape->hidden_width;
  const size_t n_basis = shape->n_angular * shape->n_radial, n_atom = work->n_atom, n_bond = work->n_bond;
  const size_t widest_pair = 2 * larger(h, larger(v, e));

  work->source   = cut(from, n_bond, 1, sizeof *work->source);
  work->target   = cut(from, n_bond, 1, sizeof *work->target);
  work->phi      = cut(from, n_bond, n_basis, sizeof *work->phi);
  work->cutoff   = cut(from, n_bond, 1, sizeof *work->cutoff);
  work->pull     = cut(from, n_bond, n_basis, sizeof *work->pull);
  work->harmonic = cut(from, n_bond, work->n_harmonic, sizeof *work->harmonic);
  work->bond     = cut(from, n_bond, e, sizeof *work->bond);
  work->node     = cut(from, n_atom, v, sizeof *work->node);
  work->node_sum = cut(from, n_atom, v, sizeof *work->node_sum);
  work->gate     = cut(from, n_atom, n_basis, sizeof *work->gate);
  work->ends     = cut(from, n_atom, 8 * h, sizeof *work->ends);
  work->moment   = cut(from, n_atom, shape->n_radial * work->n_harmonic, sizeof *work->moment);
  work->sum      = cut(from, CUXAS_M3GNET_CHUNK, n_basis, sizeof *work->sum);
  work->first    = cut(from, CUXAS_M3GNET_CHUNK, widest_pair, sizeof *work->first);
  work->second   = cut(from, CUXAS_M3GNET_CHUNK, widest_pair, sizeof *work->second);
  work->radial   = cut(from, CUXAS_M3GNET_CHUNK, e + v, sizeof *work->radial);
}

static bool allocate(const cuxas_m3gnet_shape *shape, cuxas_m3gnet_work *work)
{
  cutter count = {0};
  lay_out(shape, &count, work);
  if (count.overflows) return false;
  cutter parts = {.storage = aligned_alloc(ALIGNMENT, count.n_byte)};
  if (parts.storage == NULL) return false;
  lay_out(shape, &parts, work);
  work->storage = parts.storage;
  return true;
}

/* -- filling it -- */

static void fill_bonds(const cuxas_m3gnet *net, const cuxas_neighbors *neighbors, cuxas_m3gnet_work *work)
{
  for (size_t i_atom = 0; i_atom < work->n_atom; i_atom++) {
    for (size_t k = neighbors->first[i_atom]; k < neighbors->first[i_atom + 1]; k++) {
      const cuxas_bond *bond = &neighbors->bond[k];
      const double      r    = bond->distance_A,
                   unit[3]   = {bond->vector_A[0] / r, bond->vector_A[1] / r, bond->vector_A[2] / r};
      work->source[k]        = (uint32_t)i_atom;
      work->target[k]        = (uint32_t)bond->target;
      work->cutoff[k]        = (float)cuxas_m3gnet_cutoff(r, net->shape.three_body_cutoff_A);
      cuxas_m3gnet_harmonics(unit, net->shape.n_angular, work->stride, work->harmonic + k);
    }
  }
  cuxas_m3gnet_radial_run(&net->radial, neighbors->bond, work->n_bond, work->stride, work->phi);
}

static cuxas_status check_elements(const cuxas_m3gnet *net, const cuxas_crystal *crystal, cuxas_error *err)
{
  for (size_t i = 0; i < crystal->n_site; i++) {
    const int            number  = crystal->atomic_number[i];
    const cuxas_element *element = cuxas_element_find(number);
    if (element == NULL || net->shape.row_of[number] == 0)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED,
                        "featurizer m3gnet: element %s of site %zu is not among the %zu it knows",
                        element != NULL ? element->symbol : "?", i, net->shape.n_element);
  }
  return CUXAS_OK;
}

cuxas_status cuxas_m3gnet_work_new(const cuxas_m3gnet *net, const cuxas_crystal *crystal, cuxas_m3gnet_work *work,
                                   cuxas_error *err)
{
  const size_t     v         = net->shape.node_width;
  cuxas_neighbors *neighbors = NULL;

  cuxas_status status = check_elements(net, crystal, err);
  if (status != CUXAS_OK) return status;
  if ((status = cuxas_neighbors_find(crystal, NULL, 0, net->shape.cutoff_A, &neighbors, err)) != CUXAS_OK)
    return status;
  *work = (cuxas_m3gnet_work){.n_atom     = crystal->n_site,
                              .n_bond     = neighbors->first[crystal->n_site],
                              .stride     = neighbors->first[crystal->n_site],
                              .n_harmonic = net->shape.n_angular * net->shape.n_angular};
  if (work->n_bond > INT_MAX || work->n_atom > INT_MAX) {
    status = cuxas_fail(err, CUXAS_ERANGE, "featurizer m3gnet: %zu bonds are more than it can treat", work->n_bond);
    goto done;
  }
  if (!allocate(&net->shape, work)) {
    status = cuxas_no_memory(err);
    goto done;
  }
  for (size_t i = 0; i < work->n_atom; i++)
    memcpy(work->node + i * v, net->embedding + (net->shape.row_of[crystal->atomic_number[i]] - 1) * v,
           v * sizeof *work->node);
  fill_bonds(net, neighbors, work);
done:
  cuxas_neighbors_free(neighbors);
  return status;
}

void cuxas_m3gnet_work_free(cuxas_m3gnet_work *work)
{
  free(work->storage);
  work->storage = NULL;
}

void cuxas_m3gnet_work_drop_bonds(const cuxas_m3gnet *net, cuxas_m3gnet_work *work, const bool *is_wanted)
{
  const size_t e = net->shape.bond_width, n_basis = net->shape.n_angular * net->shape.n_radial;
  size_t       n_kept = 0;
  for (size_t k = 0; k < work->n_bond; k++) {
    if (!is_wanted[work->target[k]]) continue;
    if (k != n_kept) {
      work->source[n_kept] = work->source[k];
      work->target[n_kept] = work->target[k];
      work->cutoff[n_kept] = work->cutoff[k];
      for (size_t q = 0; q < n_basis; q++) {
        work->phi[q * work->stride + n_kept]  = work->phi[q * work->stride + k];
        work->pull[q * work->stride + n_kept] = work->pull[q * work->stride + k];
      }
      for (size_t i = 0; i < work->n_harmonic; i++)
        work->harmonic[i * work->stride + n_kept] = work->harmonic[i * work->stride + k];
      memcpy(work->bond + n_kept * e, work->bond + k * e, e * sizeof *work->bond);
    }
    n_kept++;
  }
  work->n_bond = n_kept;
}

/* ---- 2. the featurizer -------------------------------------------------------------------------------------- */

/* The M3GNet featurizer behind the interface of all featurizers; what it computes is said in m3gnet_priv.h.
 *
 * Description: {"name": "m3gnet", "cutoff_A", "three_body_cutoff_A", "n_radial", "n_angular", "n_block", "node_width",
 * "bond_width", "hidden_width", "elements": [symbols in the order of the embedding's rows]}. Tensors: below. */

/* mark_wanted() - which atoms are asked for; *ret_is_wanted is NULL when all are */
static cuxas_status mark_wanted(size_t n_atom, const size_t *sites, size_t n_site, bool **ret_is_wanted,
                                cuxas_error *err)
{
  size_t n_wanted = 0;
  bool  *mark     = cuxas_new(err, n_atom, sizeof *mark);
  if (mark == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n_site; i++) {
    n_wanted += !mark[sites[i]];
    mark[sites[i]] = true;
  }
  if (n_wanted == n_atom) {
    free(mark);
    mark = NULL;
  }
  *ret_is_wanted = mark;
  return CUXAS_OK;
}

cuxas_status cuxas_m3gnet_run(const cuxas_m3gnet *net, const cuxas_crystal *crystal, const size_t *sites, size_t n_site,
                              const cuxas_m3gnet_observer *observer, float *ret_features, cuxas_error *err)
{
  const size_t      v = net->shape.node_width, n_block = net->shape.n_block;
  bool             *is_wanted = NULL;
  cuxas_m3gnet_work work;

  cuxas_status status = mark_wanted(crystal->n_site, sites, n_site, &is_wanted, err);
  if (status != CUXAS_OK) return status;
  if ((status = cuxas_m3gnet_work_new(net, crystal, &work, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < n_block; i++)
    cuxas_m3gnet_block_run(net, i, &work, i + 1 == n_block ? is_wanted : NULL, observer);
  for (size_t i = 0; i < n_site; i++) memcpy(ret_features + i * v, work.node + sites[i] * v, v * sizeof *ret_features);
  cuxas_m3gnet_work_free(&work);
done:
  free(is_wanted);
  return status;
}

/* -- operations -- */

static cuxas_status new_state(const cJSON *description, const cuxas_tensors *tensors, void **ret_state,
                              cuxas_error *err)
{
  cuxas_m3gnet      *net;
  const cuxas_status status = cuxas_m3gnet_new(description, tensors, &net, err);
  if (status == CUXAS_OK) *ret_state = net;
  return status;
}

static void free_state(void *state)
{
  cuxas_m3gnet_free(state);
}

static size_t length_of(const void *state)
{
  return ((const cuxas_m3gnet *)state)->shape.node_width;
}

static cuxas_status run(const void *state, const cuxas_crystal *crystal, const size_t *sites, size_t n_site,
                        float *ret_features, cuxas_error *err)
{
  return cuxas_m3gnet_run(state, crystal, sites, n_site, NULL, ret_features, err);
}

const cuxas_featurizer_ops cuxas_featurizer_m3gnet_ops = {
    .name = "m3gnet", .new = new_state, .free = free_state, .length = length_of, .run = run};

/* ---- the weights of M3GNet: from the tensors of a model file, laid out as the passes read them ------------------ */

/* Tensors keep the names and shapes of matgl's state, without its leading "model." ({b} counts blocks from 0; weights
 * are (out, in), act from the left):
 *   embedding.layer_node_embedding.weight                               (n_element, D_v)
 *   embedding.layer_edge_embedding.layers.0.{weight,bias}               (D_e, Q)
 *   three_body_interactions.{b}.update_network_atom.layers.0.{weight,bias}  (Q, D_v)
 *   three_body_interactions.{b}.update_network_bond.{layers,gates}.0.weight (D_e, Q)
 *   graph_layers.{b}.conv.{edge,node}_update_func.{layers,gates}.{0,2,4}.{weight,bias}
 *                                                                       (D_h, 2 D_v + D_e), (D_h, D_h), (D_e or D_v,
 * D_h) graph_layers.{b}.conv.{edge,node}_weight_func.weight                (D_e or D_v, Q) They are transposed here,
 * and matrices that act on the same input are put side by side. */

/* -- description -- */

static cuxas_status get_count(const cJSON *description, const char *member, size_t largest, size_t *ret_count,
                              cuxas_error *err)
{
  const cJSON *item  = cJSON_GetObjectItemCaseSensitive(description, member);
  const double value = cJSON_IsNumber(item) ? item->valuedouble : 0.0;
  if (!(value >= 1.0 && value <= (double)largest && value == floor(value)))
    return cuxas_fail(err, CUXAS_EFORMAT, "featurizer m3gnet: \"%s\" is not a whole number in 1...%zu", member,
                      largest);
  *ret_count = (size_t)value;
  return CUXAS_OK;
}

static cuxas_status get_cutoff(const cJSON *description, const char *member, double *ret_cutoff_A, cuxas_error *err)
{
  const cJSON *item  = cJSON_GetObjectItemCaseSensitive(description, member);
  const double value = cJSON_IsNumber(item) ? item->valuedouble : 0.0;
  if (!(value > 0.0 && value <= 20.0))
    return cuxas_fail(err, CUXAS_EFORMAT, "featurizer m3gnet: \"%s\" is not a number above 0, at most 20", member);
  *ret_cutoff_A = value;
  return CUXAS_OK;
}

static cuxas_status get_elements(const cJSON *description, cuxas_m3gnet_shape *shape, cuxas_error *err)
{
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(description, "elements"), *item;
  if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) == 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "featurizer m3gnet: \"elements\" is not a list of symbols");
  cJSON_ArrayForEach(item, list)
  {
    const char *symbol = cJSON_GetStringValue(item);
    const int   number = symbol != NULL ? cuxas_element_number(symbol) : 0;
    if (number == 0)
      return cuxas_fail(err, CUXAS_EFORMAT, "featurizer m3gnet: entry %zu of \"elements\" is no element symbol",
                        shape->n_element + 1);
    if (shape->row_of[number] != 0)
      return cuxas_fail(err, CUXAS_EFORMAT, "featurizer m3gnet: \"elements\" has %s twice", symbol);
    shape->row_of[number] = ++shape->n_element;
  }
  return CUXAS_OK;
}

static cuxas_status get_shape(const cJSON *description, cuxas_m3gnet_shape *shape, cuxas_error *err)
{
  const struct {
    const char *member;
    size_t      largest, *where;
  } COUNT[] = {
      {"n_radial", CUXAS_M3GNET_MAX_RADIAL, &shape->n_radial},
      {"n_angular", CUXAS_M3GNET_MAX_ANGULAR, &shape->n_angular},
      {"n_block", CUXAS_M3GNET_MAX_BLOCK, &shape->n_block},
      {"node_width", CUXAS_M3GNET_MAX_WIDTH, &shape->node_width},
      {"bond_width", CUXAS_M3GNET_MAX_WIDTH, &shape->bond_width},
      {"hidden_width", CUXAS_M3GNET_MAX_WIDTH, &shape->hidden_width},
  };
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < sizeof COUNT / sizeof COUNT[0] && status == CUXAS_OK; i++)
    status = get_count(description, COUNT[i].member, COUNT[i].largest, COUNT[i].where, err);
  if (status == CUXAS_OK) status = get_cutoff(description, "cutoff_A", &shape->cutoff_A, err);
  if (status == CUXAS_OK) status = get_cutoff(description, "three_body_cutoff_A", &shape->three_body_cutoff_A, err);
  if (status == CUXAS_OK) status = get_elements(description, shape, err);
  return status;
}

/* -- tensors to matrices -- */

/* Reads tensors one after the other into one block of memory. Run once without memory, to count, and once with it;
 * after the first failure it does nothing more. */
typedef struct {
  const cuxas_tensors *tensors;
  cuxas_error         *err;
  cuxas_status         status;
  float               *storage; /* NULL while counting */
  size_t               n_used;
} loader;

static float *reserve(loader *load, size_t n)
{
  float *part = load->storage != NULL ? load->storage + load->n_used : NULL;
  load->n_used += n;
  return part;
}

/* fetch() - a tensor prefix.suffix of n_row rows; n_column 0: a vector. NULL on failure */
static const float *fetch(loader *load, const char *prefix, const char *suffix, size_t n_row, size_t n_column)
{
  char         name[CUXAS_TENSOR_NAME_SIZE];
  const size_t shape[2] = {n_row, n_column};
  const float *value    = NULL;
  if (load->status != CUXAS_OK || load->storage == NULL) return NULL;
  snprintf(name, sizeof name, "%s.%s", prefix, suffix);
  load->status = cuxas_tensors_get(load->tensors, name, n_column > 0 ? 2 : 1, shape, &value, load->err);
  return load->status == CUXAS_OK ? value : NULL;
}

/* Columns of a matrix as the passes read it, from `first` on: where weights go, transposed. */
typedef struct {
  float *matrix;
  size_t width, first;
} place;

/* fill() - columns i_first ... i_first + n_in - 1 of weight (n_out, n_all), transposed, into n_in rows of a place; weight
 * NULL: nothing */
static void fill(const float *weight, size_t n_out, size_t n_all, size_t i_first, size_t n_in, place to)
{
  if (weight == NULL) return;
  for (size_t i = 0; i < n_in; i++)
    for (size_t o = 0; o < n_out; o++) to.matrix[i * to.width + to.first + o] = weight[o * n_all + i_first + i];
}

/* copy() - n values to the vector from entry i_first on; values NULL: nothing */
static void copy(const float *values, size_t n, float *vector, size_t i_first)
{
  if (values != NULL) memcpy(vector + i_first, values, n * sizeof *values);
}

/* load_gated() - one gated update; what acts on the ends of bonds goes to columns of the block's matrix and biases */
static void load_gated(loader *load, const cuxas_m3gnet_shape *shape, const char *prefix, size_t width, place ends,
                       float *ends_bias, cuxas_m3gnet_gated *ret_gated)
{
  static const char *const BRANCH[2] = {"layers", "gates"};
  const size_t             v = shape->node_width, e = shape->bond_width, h = shape->hidden_width;
  float                   *bond_matrix = reserve(load, e * 2 * h), *middle_bias = reserve(load, 2 * h);
  float                   *last_bias = reserve(load, 2 * width);

  for (size_t i = 0; i < 2; i++) {
    char   branch[CUXAS_TENSOR_NAME_SIZE];
    float *middle = reserve(load, h * h), *last = reserve(load, h * width);
    snprintf(branch, sizeof branch, "%s.%s", prefix, BRANCH[i]);

    const float *first = fetch(load, branch, "0.weight", h, 2 * v + e); /* acts on [source, target, bond] */
    fill(first, h, 2 * v + e, 0, v, (place){ends.matrix, ends.width, ends.first + i * h});
    fill(first, h, 2 * v + e, v, v, (place){ends.matrix, ends.width, ends.first + (2 + i) * h});
    fill(first, h, 2 * v + e, 2 * v, e, (place){bond_matrix, 2 * h, i * h});
    copy(fetch(load, branch, "0.bias", h, 0), h, ends_bias, ends.first + i * h);

    fill(fetch(load, branch, "2.weight", h, h), h, h, 0, h, (place){middle, h, 0});
    copy(fetch(load, branch, "2.bias", h, 0), h, middle_bias, i * h);
    fill(fetch(load, branch, "4.weight", width, h), width, h, 0, h, (place){last, width, 0});
    copy(fetch(load, branch, "4.bias", width, 0), width, last_bias, i * width);
    ret_gated->middle[i] = middle;
    ret_gated->last[i]   = last;
  }
  ret_gated->width       = width;
  ret_gated->bond_matrix = bond_matrix;
  ret_gated->middle_bias = middle_bias;
  ret_gated->last_bias   = last_bias;
}

static void load_block(loader *load, const cuxas_m3gnet_shape *shape, size_t i_block, cuxas_m3gnet_block *ret_block)
{
  const size_t v = shape->node_width, e = shape->bond_width, h = shape->hidden_width;
  const size_t n_basis     = shape->n_angular * shape->n_radial;
  float       *gate_matrix = reserve(load, v * n_basis), *gate_bias = reserve(load, n_basis);
  float       *three_body = reserve(load, n_basis * 2 * e), *radial = reserve(load, n_basis * (e + v));
  float       *ends_matrix = reserve(load, v * 8 * h), *ends_bias = reserve(load, 8 * h);
  char         prefix[CUXAS_TENSOR_NAME_SIZE];

  snprintf(prefix, sizeof prefix, "three_body_interactions.%zu", i_block);
  fill(fetch(load, prefix, "update_network_atom.layers.0.weight", n_basis, v), n_basis, v, 0, v,
       (place){gate_matrix, n_basis, 0});
  copy(fetch(load, prefix, "update_network_atom.layers.0.bias", n_basis, 0), n_basis, gate_bias, 0);
  fill(fetch(load, prefix, "update_network_bond.layers.0.weight", e, n_basis), e, n_basis, 0, n_basis,
       (place){three_body, 2 * e, 0});
  fill(fetch(load, prefix, "update_network_bond.gates.0.weight", e, n_basis), e, n_basis, 0, n_basis,
       (place){three_body, 2 * e, e});

  snprintf(prefix, sizeof prefix, "graph_layers.%zu.conv", i_block);
  fill(fetch(load, prefix, "edge_weight_func.weight", e, n_basis), e, n_basis, 0, n_basis, (place){radial, e + v, 0});
  fill(fetch(load, prefix, "node_weight_func.weight", v, n_basis), v, n_basis, 0, n_basis, (place){radial, e + v, e});
  snprintf(prefix, sizeof prefix, "graph_layers.%zu.conv.edge_update_func", i_block);
  load_gated(load, shape, prefix, e, (place){ends_matrix, 8 * h, 0}, ends_bias, &ret_block->bond);
  snprintf(prefix, sizeof prefix, "graph_layers.%zu.conv.node_update_func", i_block);
  load_gated(load, shape, prefix, v, (place){ends_matrix, 8 * h, 4 * h}, ends_bias, &ret_block->node);

  ret_block->gate_matrix       = gate_matrix;
  ret_block->gate_bias         = gate_bias;
  ret_block->three_body_matrix = three_body;
  ret_block->radial_matrix     = radial;
  ret_block->ends_matrix       = ends_matrix;
  ret_block->ends_bias         = ends_bias;
}

static void load_all(loader *load, cuxas_m3gnet *net)
{
  const cuxas_m3gnet_shape *shape   = &net->shape;
  const size_t              n_basis = shape->n_angular * shape->n_radial, v = shape->node_width, e = shape->bond_width;
  float                    *embedding = reserve(load, shape->n_element * v), *matrix = reserve(load, n_basis * e),
        *bias = reserve(load, e);

  copy(fetch(load, "embedding", "layer_node_embedding.weight", shape->n_element, v), shape->n_element * v, embedding,
       0);
  fill(fetch(load, "embedding", "layer_edge_embedding.layers.0.weight", e, n_basis), e, n_basis, 0, n_basis,
       (place){matrix, e, 0});
  copy(fetch(load, "embedding", "layer_edge_embedding.layers.0.bias", e, 0), e, bias, 0);
  net->embedding   = embedding;
  net->bond_matrix = matrix;
  net->bond_bias   = bias;
  for (size_t i = 0; i < shape->n_block; i++) load_block(load, shape, i, &net->block[i]);
}

/* -- the network -- */

cuxas_status cuxas_m3gnet_new(const cJSON *description, const cuxas_tensors *tensors, cuxas_m3gnet **ret_net,
                              cuxas_error *err)
{
  cuxas_status  status = CUXAS_OK;
  loader        load   = {.tensors = tensors, .err = err};
  cuxas_m3gnet *net    = cuxas_new(err, 1, sizeof *net);

  *ret_net = NULL;
  if (net == NULL) return CUXAS_ENOMEM;
  if (tensors == NULL) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "featurizer m3gnet: the model has no tensors");
    goto done;
  }
  if ((status = get_shape(description, &net->shape, err)) != CUXAS_OK) goto done;

  load_all(&load, net); /* widths are bounded, so that the sum cannot overflow */
  net->storage = cuxas_new(err, load.n_used, sizeof *net->storage);
  if (net->storage == NULL ||
      !cuxas_m3gnet_radial_new(&net->radial, net->shape.cutoff_A, net->shape.n_radial, net->shape.n_angular)) {
    status = cuxas_no_memory(err);
    goto done;
  }
  load.storage = net->storage;
  load.n_used  = 0;
  load_all(&load, net);
  if ((status = load.status) != CUXAS_OK) goto done;

  *ret_net = net;
  net      = NULL;
done:
  cuxas_m3gnet_free(net);
  return status;
}

void cuxas_m3gnet_free(cuxas_m3gnet *net)
{
  if (net == NULL) return;
  cuxas_m3gnet_radial_free(&net->radial);
  free(net->storage);
  free(net);
}
