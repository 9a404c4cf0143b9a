/* The graph network of graphnet_pass.h behind the interface of all featurizers: numbers of an atom after the last block
 *
 * Description: {"name": "graphnet", "cutoff_A", "n_radial", "n_angular", "n_channel", "n_block", "node_width",
 * "hidden_width"}. Tensors "graphnet.*" as in graphnet_shape.c; cuxas-model pretrain makes them. */
#include "predict/featurizer_priv.h"
#include "predict/graphnet_pass.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

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
  state                *s = cuxas_new_array(1, sizeof *s);
  if (s == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "featurizer graphnet: no memory");
  if ((status = cuxas_graphnet_shape_read(description, &s->shape, err)) != CUXAS_OK) goto done;
  if (tensors == NULL) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "featurizer graphnet: the model has no tensors");
    goto done;
  }
  cuxas_graphnet_lay_out(&s->shape, &layout);
  s->parameter = cuxas_new_array(layout.n_parameter, sizeof *s->parameter);
  if (s->parameter == NULL || !cuxas_m3gnet_radial_new(&s->radial, s->shape.cutoff_A, s->shape.n_radial, 1)) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "featurizer graphnet: no memory for %zu weights", layout.n_parameter);
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

static cuxas_status run(const void *any, const cuxas_crystal *crystal, const size_t *sites, size_t n_site,
                        float *ret_features, cuxas_error *err)
{
  const state          *s      = any;
  const size_t          d      = s->shape.node_width;
  cuxas_graphnet_graph *graph  = NULL;
  cuxas_graphnet_work   work   = {0};
  cuxas_status          status = cuxas_graphnet_graph_new(&s->shape, &s->radial, crystal, false, &graph, err);
  if (status != CUXAS_OK) return status;
  if (!cuxas_graphnet_work_reserve(&s->shape, graph->n_atom, false, &work)) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "featurizer graphnet: no memory for %zu atoms", graph->n_atom);
    goto done;
  }
  cuxas_graphnet_forward(&s->shape, s->parameter, (const cuxas_graphnet_graph *const *)&graph, 1, &work);
  for (size_t i = 0; i < n_site; i++) memcpy(ret_features + i * d, work.node + sites[i] * d, d * sizeof *work.node);
done:
  cuxas_graphnet_work_free(&work);
  cuxas_graphnet_graph_free(graph);
  return status;
}

const cuxas_featurizer_ops cuxas_featurizer_graphnet_ops = {
    .name = "graphnet", .new = new_state, .free = free_state, .length = length_of, .run = run};
