/* The M3GNet featurizer behind the interface of all featurizers; what it computes is said in m3gnet_priv.h.
 *
 * Description: {"name": "m3gnet", "cutoff_A", "three_body_cutoff_A", "n_radial", "n_angular", "n_block", "node_width",
 * "bond_width", "hidden_width", "elements": [symbols in the order of the embedding's rows]}. Tensors: m3gnet_weights.c.
 */
#include "predict/featurizer_priv.h"
#include "predict/m3gnet_priv.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* mark_wanted() - which atoms are asked for; *ret_is_wanted is NULL when all are */
static cuxas_status mark_wanted(size_t n_atom, const size_t *sites, size_t n_site, bool **ret_is_wanted,
                                cuxas_error *err)
{
  size_t n_wanted = 0;
  bool  *mark     = cuxas_new_array(n_atom, sizeof *mark);
  if (mark == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "featurizer m3gnet: no memory for %zu atoms", n_atom);
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
