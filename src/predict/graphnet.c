/* graphnet.c - the graph network's shape and parameters, and its part of the interface
 *
 * Contents: 1. shape and parameters  2. the featurizer */
#include "base/json.h"
#include "base/elements.h"
#include "base/memory.h"
#include "base/random.h"
#include "predict/featurizer_priv.h"
#include "predict/graphnet_pass.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. shape and parameters -------------------------------------------------------------------------------- */

static const char WHERE[] = "featurizer graphnet";

/* -- description -- */

cuxas_status cuxas_graphnet_shape_read(const cJSON *description, cuxas_graphnet_shape *ret_shape, cuxas_error *err)
{
  const struct {
    const char *member;
    size_t      largest, *where;
  } COUNT[] = {
      {"n_radial", CUXAS_GRAPHNET_MAX_RADIAL, &ret_shape->n_radial},
      {"n_angular", CUXAS_GRAPHNET_MAX_ANGULAR, &ret_shape->n_angular},
      {"n_channel", CUXAS_GRAPHNET_MAX_WIDTH, &ret_shape->n_channel},
      {"n_block", CUXAS_GRAPHNET_MAX_BLOCK, &ret_shape->n_block},
      {"node_width", CUXAS_GRAPHNET_MAX_WIDTH, &ret_shape->node_width},
      {"hidden_width", CUXAS_GRAPHNET_MAX_WIDTH, &ret_shape->hidden_width},
  };
  cuxas_status status = cuxas_json_number(description, "cutoff_A", 1.0, 20.0, &ret_shape->cutoff_A, WHERE, err);
  for (size_t i = 0; i < sizeof COUNT / sizeof COUNT[0] && status == CUXAS_OK; i++)
    status = cuxas_json_count(description, COUNT[i].member, 1, COUNT[i].largest, COUNT[i].where, WHERE, err);
  const char *prefix   = "";
  ret_shape->prefix[0] = '\0';
  if (status == CUXAS_OK && cuxas_json_has(description, "prefix"))
    status = cuxas_json_string(description, "prefix", &prefix, WHERE, err);
  if (status != CUXAS_OK) return status;
  if (strlen(prefix) >= sizeof ret_shape->prefix)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"prefix\" is longer than %d characters", WHERE,
                      CUXAS_GRAPHNET_PREFIX_SIZE - 1);
  memcpy(ret_shape->prefix, prefix, strlen(prefix) + 1);
  return CUXAS_OK;
}

cJSON *cuxas_graphnet_shape_describe(const cuxas_graphnet_shape *shape)
{
  cJSON *object = cJSON_CreateObject();
  cuxas_json_add(object, "name", cJSON_CreateString("graphnet"));
  cuxas_json_add(object, "cutoff_A", cJSON_CreateNumber(shape->cutoff_A));
  cuxas_json_add(object, "n_radial", cJSON_CreateNumber((double)shape->n_radial));
  cuxas_json_add(object, "n_angular", cJSON_CreateNumber((double)shape->n_angular));
  cuxas_json_add(object, "n_channel", cJSON_CreateNumber((double)shape->n_channel));
  cuxas_json_add(object, "n_block", cJSON_CreateNumber((double)shape->n_block));
  cuxas_json_add(object, "node_width", cJSON_CreateNumber((double)shape->node_width));
  cuxas_json_add(object, "hidden_width", cJSON_CreateNumber((double)shape->hidden_width));
  if (shape->prefix[0] != '\0') cuxas_json_add(object, "prefix", cJSON_CreateString(shape->prefix));
  return object;
}

/* -- parameters -- */

enum { N_BLOCK_TENSOR = 7, N_START_TENSOR = 2 };

size_t cuxas_graphnet_n_tensor(const cuxas_graphnet_shape *shape)
{
  return N_START_TENSOR + N_BLOCK_TENSOR * shape->n_block;
}

static cuxas_graphnet_tensor describe_tensor(const cuxas_graphnet_shape *shape, const char *name, size_t n_row,
                                             size_t n_column, double deviation, size_t *first)
{
  cuxas_graphnet_tensor tensor = {.rank            = n_row > 0 ? 2 : 1,
                                  .shape           = {n_row > 0 ? n_row : n_column, n_column},
                                  .first           = *first,
                                  .n_value         = (n_row > 0 ? n_row : 1) * n_column,
                                  .start_deviation = deviation,
                                  .is_weight       = n_row > 0};
  snprintf(tensor.name, sizeof tensor.name, "%s.%s", shape->prefix[0] != '\0' ? shape->prefix : "graphnet", name);
  *first += tensor.n_value;
  return tensor;
}

void cuxas_graphnet_tensor_list(const cuxas_graphnet_shape *shape, cuxas_graphnet_tensor *ret_tensor)
{
  const size_t d = shape->node_width, c = shape->n_channel, h = shape->hidden_width;
  const size_t n_invariant = shape->n_angular * c, n_input = d + n_invariant;
  size_t       first = 0;

  *ret_tensor++ = describe_tensor(shape, "properties", CUXAS_GRAPHNET_N_PROPERTY, d, 0.4, &first);
  *ret_tensor++ = describe_tensor(shape, "elements", CUXAS_N_ELEMENT, d, 0.0, &first);
  for (size_t i = 0; i < shape->n_block; i++) {
    const struct {
      const char *name;
      size_t      n_row, n_column;
      double      deviation;
    } TENSOR[N_BLOCK_TENSOR] = {
        {"channel.weight", d, c, 1.0 / sqrt((double)d)},
        {"channel.bias", 0, c, 0.3},
        {"radial.weight", shape->n_radial, n_invariant, 1.0 / sqrt((double)shape->n_radial)},
        {"first.weight", n_input, h, 1.0 / sqrt((double)n_input)},
        {"first.bias", 0, h, 0.0},
        {"second.weight", h, 2 * d, 1.0 / sqrt((double)h)},
        {"second.bias", 0, 2 * d, 0.0},
    };
    for (size_t j = 0; j < N_BLOCK_TENSOR; j++) {
      char name[64];
      snprintf(name, sizeof name, "%zu.%s", i, TENSOR[j].name);
      *ret_tensor++ = describe_tensor(shape, name, TENSOR[j].n_row, TENSOR[j].n_column, TENSOR[j].deviation, &first);
    }
  }
}

void cuxas_graphnet_lay_out(const cuxas_graphnet_shape *shape, cuxas_graphnet_layout *ret_layout)
{
  cuxas_graphnet_tensor tensor[N_START_TENSOR + N_BLOCK_TENSOR * CUXAS_GRAPHNET_MAX_BLOCK];
  const size_t          n_tensor = cuxas_graphnet_n_tensor(shape);
  cuxas_graphnet_tensor_list(shape, tensor);
  ret_layout->property_matrix = tensor[0].first;
  ret_layout->element_matrix  = tensor[1].first;
  for (size_t i = 0; i < shape->n_block; i++) {
    const cuxas_graphnet_tensor *t = tensor + N_START_TENSOR + i * N_BLOCK_TENSOR;
    ret_layout->block[i]           = (cuxas_graphnet_block_layout){t[0].first, t[1].first, t[2].first, t[3].first,
                                                                   t[4].first, t[5].first, t[6].first};
  }
  ret_layout->n_parameter = tensor[n_tensor - 1].first + tensor[n_tensor - 1].n_value;
}

void cuxas_graphnet_start(const cuxas_graphnet_shape *shape, uint64_t seed, float *ret_parameter)
{
  cuxas_graphnet_tensor tensor[N_START_TENSOR + N_BLOCK_TENSOR * CUXAS_GRAPHNET_MAX_BLOCK];
  uint64_t              random = seed;
  cuxas_graphnet_tensor_list(shape, tensor);
  for (size_t i = 0; i < cuxas_graphnet_n_tensor(shape); i++)
    for (size_t j = 0; j < tensor[i].n_value; j++)
      ret_parameter[tensor[i].first + j] =
          tensor[i].start_deviation > 0.0 ? (float)(tensor[i].start_deviation * random_normal(&random)) : 0.0f;
}

cuxas_status cuxas_graphnet_to_tensors(const cuxas_graphnet_shape *shape, const float *parameter,
                                       cuxas_tensors *tensors, cuxas_error *err)
{
  cuxas_graphnet_tensor tensor[N_START_TENSOR + N_BLOCK_TENSOR * CUXAS_GRAPHNET_MAX_BLOCK];
  cuxas_status          status = CUXAS_OK;
  cuxas_graphnet_tensor_list(shape, tensor);
  for (size_t i = 0; i < cuxas_graphnet_n_tensor(shape) && status == CUXAS_OK; i++)
    status =
        cuxas_tensors_add(tensors, tensor[i].name, tensor[i].rank, tensor[i].shape, parameter + tensor[i].first, err);
  return status;
}

cuxas_status cuxas_graphnet_from_tensors(const cuxas_graphnet_shape *shape, const cuxas_tensors *tensors,
                                         float *ret_parameter, cuxas_error *err)
{
  cuxas_graphnet_tensor tensor[N_START_TENSOR + N_BLOCK_TENSOR * CUXAS_GRAPHNET_MAX_BLOCK];
  cuxas_graphnet_tensor_list(shape, tensor);
  for (size_t i = 0; i < cuxas_graphnet_n_tensor(shape); i++) {
    const float       *value;
    const cuxas_status status =
        cuxas_tensors_get(tensors, tensor[i].name, tensor[i].rank, tensor[i].shape, &value, err);
    if (status != CUXAS_OK) return status;
    memcpy(ret_parameter + tensor[i].first, value, tensor[i].n_value * sizeof *value);
  }
  return CUXAS_OK;
}

void cuxas_graphnet_properties(int atomic_number, float ret_property[CUXAS_GRAPHNET_N_PROPERTY])
{
  const cuxas_element *e                                = cuxas_element_find(atomic_number);
  const double         value[CUXAS_GRAPHNET_N_PROPERTY] = {
              1.0,
              e->electronegativity - 2.0,
              2.0 * (e->covalent_radius_A - 1.3),
              0.5 * (e->period - 4),
              (e->group - 9) / 5.0,
              e->n_s - 1.5,
              e->n_p / 3.0,
              e->n_d / 5.0,
              e->n_f / 7.0,
  };
  for (size_t i = 0; i < CUXAS_GRAPHNET_N_PROPERTY; i++) ret_property[i] = (float)value[i];
}

/* ---- 2. the featurizer -------------------------------------------------------------------------------------- */

/* The graph network of graphnet_pass.h behind the interface of all featurizers: numbers of an atom after the last block
 *
 * Description: {"name": "graphnet", "cutoff_A", "n_radial", "n_angular", "n_channel", "n_block", "node_width",
 * "hidden_width"}. Tensors "graphnet.*" as below; cuxas-model pretrain makes them. */

typedef struct {
  cuxas_graphnet_shape shape;
  cuxas_m3gnet_radial  radial;
  float               *parameter;
} state;

static void free_state(void *any)
{
  state *s = any;
  if (s == NULL) return;
  cuxas_m3gnet_radial_free(&s->radial);
  free(s->parameter);
  free(s);
}

static cuxas_status new_state(const cJSON *description, const cuxas_tensors *tensors, void **ret_state,
                              cuxas_error *err)
{
  cuxas_graphnet_layout layout;
  cuxas_status          status;
  state                *s = cuxas_new(err, 1, sizeof *s);
  if (s == NULL) return CUXAS_ENOMEM;
  if ((status = cuxas_graphnet_shape_read(description, &s->shape, err)) != CUXAS_OK) goto done;
  if (tensors == NULL) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "featurizer graphnet: the model has no tensors");
    goto done;
  }
  cuxas_graphnet_lay_out(&s->shape, &layout);
  s->parameter = cuxas_new(err, layout.n_parameter, sizeof *s->parameter);
  if (s->parameter == NULL || !cuxas_m3gnet_radial_new(&s->radial, s->shape.cutoff_A, s->shape.n_radial, 1)) {
    status = cuxas_no_memory(err);
    goto done;
  }
  if ((status = cuxas_graphnet_from_tensors(&s->shape, tensors, s->parameter, err)) != CUXAS_OK) goto done;
  *ret_state = s;
  s          = NULL;
done:
  free_state(s);
  return status;
}

static size_t length_of(const void *any)
{
  return ((const state *)any)->shape.node_width;
}

static void free_graph(void *graph)
{
  cuxas_graphnet_graph_free(graph);
}

/* The graph of the crystal, made by the first network of its kind for all. */
static cuxas_status find_graph(const state *s, const cuxas_crystal *crystal, const size_t *sites, size_t n_site,
                               cuxas_featurizer_shared *io_shared, cuxas_error *err)
{
  const cuxas_graphnet_shape *shape = &s->shape;
  const cuxas_graphnet_graph *found = io_shared->found;
  cuxas_graphnet_graph       *graph = NULL;
  if (found != NULL && io_shared->free == free_graph && found->cutoff_A == shape->cutoff_A &&
      found->n_radial == shape->n_radial && found->n_angular == shape->n_angular)
    return CUXAS_OK;
  const cuxas_status status = cuxas_graphnet_graph_new(
      shape, &s->radial, crystal, (cuxas_graphnet_atoms){.n_asked = n_site, .asked = sites}, &graph, err);
  if (status != CUXAS_OK) return status;
  if (io_shared->found != NULL) io_shared->free(io_shared->found);
  *io_shared = (cuxas_featurizer_shared){graph, free_graph};
  return CUXAS_OK;
}

static cuxas_status run_sharing(const void *any, const cuxas_crystal *crystal, const size_t *sites, size_t n_site,
                                cuxas_featurizer_shared *io_shared, float *ret_features, cuxas_error *err)
{
  const state        *s      = any;
  const size_t        d      = s->shape.node_width;
  cuxas_graphnet_work work   = {0};
  const cuxas_status  status = find_graph(s, crystal, sites, n_site, io_shared, err);
  if (status != CUXAS_OK) return status;
  const cuxas_graphnet_graph *graph = io_shared->found;
  if (!cuxas_graphnet_work_reserve(&s->shape, graph->n_atom, false, &work)) return cuxas_no_memory(err);
  cuxas_graphnet_forward(&s->shape, s->parameter, &graph, 1, &work);
  for (size_t i = 0; i < n_site; i++)
    memcpy(ret_features + i * d, work.node + graph->node_of[sites[i]] * d, d * sizeof *work.node);
  cuxas_graphnet_work_free(&work);
  return CUXAS_OK;
}

const cuxas_featurizer_ops cuxas_featurizer_graphnet_ops = {
    .name = "graphnet", .new = new_state, .free = free_state, .length = length_of, .run_sharing = run_sharing};
