#include "predict/graphnet_pass.h"

#include "base/memory.h"
#include "crystal/neighbor.h"
#include "cuxas/symmetry.h"

#include <limits.h>
#include <stdlib.h>

/* phi at the distances of first shells is 0.3 to 0.6 per A^3/2 for a cutoff of 5 A: brought to about 1 */
static const float RADIAL_SCALE = 3.0f;

/* find_atoms() - which sites are atoms of the graph */
static cuxas_status find_atoms(const cuxas_crystal *crystal, bool by_symmetry, cuxas_graphnet_graph *graph,
                               cuxas_error *err)
{
  const size_t n       = crystal->n_site;
  graph->n_site        = n;
  graph->node_of       = cuxas_new_array(n, sizeof *graph->node_of);
  graph->site_of       = cuxas_new_array(n, sizeof *graph->site_of);
  graph->atomic_number = cuxas_new_array(n, sizeof *graph->atomic_number);
  if (graph->node_of == NULL || graph->site_of == NULL || graph->atomic_number == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "featurizer graphnet: no memory for %zu sites", n);
  for (size_t i = 0; i < n; i++) graph->node_of[i] = i;
  if (by_symmetry) {
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
  return CUXAS_OK;
}

static bool allocate(const cuxas_graphnet_shape *shape, size_t n_bond, cuxas_graphnet_graph *graph)
{
  graph->n_bond   = n_bond;
  graph->source   = cuxas_new_array(n_bond, sizeof *graph->source);
  graph->target   = cuxas_new_array(n_bond, sizeof *graph->target);
  graph->phi      = cuxas_new_array(n_bond, shape->n_radial * sizeof *graph->phi);
  graph->harmonic = cuxas_new_array(n_bond, shape->n_angular * shape->n_angular * sizeof *graph->harmonic);
  return graph->source != NULL && graph->target != NULL && graph->phi != NULL && graph->harmonic != NULL;
}

static bool fill(const cuxas_graphnet_shape *shape, const cuxas_m3gnet_radial *radial, const cuxas_neighbors *neighbors,
                 cuxas_graphnet_graph *graph)
{
  const size_t n_harmonic = shape->n_angular * shape->n_angular, n_bond = graph->n_bond;
  float       *phi = cuxas_new_array(n_bond, shape->n_radial * sizeof *phi); /* (K, n_bond) */
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
                                      const cuxas_crystal *crystal, bool by_symmetry, cuxas_graphnet_graph **ret_graph,
                                      cuxas_error *err)
{
  cuxas_status          status;
  cuxas_neighbors      *neighbors = NULL;
  cuxas_graphnet_graph *graph     = cuxas_new_array(1, sizeof *graph);

  *ret_graph = NULL;
  if (graph == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "featurizer graphnet: no memory");
  if ((status = find_atoms(crystal, by_symmetry, graph, err)) != CUXAS_OK ||
      (status = cuxas_neighbors_find(crystal, graph->site_of, graph->n_atom, shape->cutoff_A, &neighbors, err)) !=
          CUXAS_OK)
    goto done;
  const size_t n_bond = neighbors->first[graph->n_atom];
  if (n_bond > INT_MAX || crystal->n_site > INT_MAX / 16) {
    status = cuxas_fail(err, CUXAS_ERANGE, "featurizer graphnet: %zu bonds are more than it can treat", n_bond);
    goto done;
  }
  if (!allocate(shape, n_bond, graph) || !fill(shape, radial, neighbors, graph)) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "featurizer graphnet: no memory for %zu bonds", n_bond);
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
  free(graph->atomic_number);
  free(graph->source);
  free(graph->target);
  free(graph->phi);
  free(graph->harmonic);
  free(graph);
}
