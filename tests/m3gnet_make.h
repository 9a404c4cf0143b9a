/* m3gnet_make.h - M3GNet networks with random weights, and crystals to run them on; for tests and benchmarks */
#ifndef M3GNET_MAKE_H
#define M3GNET_MAKE_H
#include "cuxas/crystal.h"
#include "base/elements.h"
#include "predict/tensors.h"
#include "base/random.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  double cutoff_A, three_body_cutoff_A;
  size_t n_radial, n_angular, n_block, node_width, bond_width, hidden_width, n_element; /* elements H, He, Li, ... */
} m3gnet_size;

static const m3gnet_size M3GNET_PUBLISHED = {5.0, 5.0, 3, 3, 3, 64, 64, 64, 83};

/* make_description() - the caller deletes it */
static inline cJSON *make_description(const m3gnet_size *size)
{
  cJSON *description = cJSON_CreateObject(), *elements;
  cJSON_AddStringToObject(description, "name", "m3gnet");
  cJSON_AddNumberToObject(description, "cutoff_A", size->cutoff_A);
  cJSON_AddNumberToObject(description, "three_body_cutoff_A", size->three_body_cutoff_A);
  cJSON_AddNumberToObject(description, "n_radial", (double)size->n_radial);
  cJSON_AddNumberToObject(description, "n_angular", (double)size->n_angular);
  cJSON_AddNumberToObject(description, "n_block", (double)size->n_block);
  cJSON_AddNumberToObject(description, "node_width", (double)size->node_width);
  cJSON_AddNumberToObject(description, "bond_width", (double)size->bond_width);
  cJSON_AddNumberToObject(description, "hidden_width", (double)size->hidden_width);
  elements = cJSON_AddArrayToObject(description, "elements");
  for (size_t i = 0; i < size->n_element; i++)
    cJSON_AddItemToArray(elements, cJSON_CreateString(cuxas_element_find((int)i + 1)->symbol));
  return description;
}

/* add_random() - a tensor of normal numbers of that width; n_column 0: a vector */
static inline void add_random(cuxas_tensors *tensors, const char *name, size_t n_row, size_t n_column, double width,
                              uint64_t *seed)
{
  const size_t shape[2] = {n_row, n_column};
  if (cuxas_tensors_add(tensors, name, n_column > 0 ? 2 : 1, shape, NULL, NULL) != CUXAS_OK) abort();
  cuxas_tensor *tensor = &tensors->tensor[tensors->n_tensor - 1];
  for (size_t i = 0; i < tensor->n_value; i++) tensor->value[i] = (float)(width * random_normal(seed));
}

static inline void add_random_gated(cuxas_tensors *tensors, const char *prefix, const m3gnet_size *s, size_t width,
                                    uint64_t *seed)
{
  static const char *const BRANCH[2] = {"layers", "gates"};
  const size_t             in[3]     = {2 * s->node_width + s->bond_width, s->hidden_width, s->hidden_width};
  const size_t             out[3]    = {s->hidden_width, s->hidden_width, width};
  for (int i = 0; i < 2; i++)
    for (int layer = 0; layer < 3; layer++) {
      char name[2 * CUXAS_TENSOR_NAME_SIZE];
      snprintf(name, sizeof name, "%s.%s.%d.weight", prefix, BRANCH[i], 2 * layer);
      add_random(tensors, name, out[layer], in[layer], 1.5 / sqrt((double)in[layer]), seed);
      snprintf(name, sizeof name, "%s.%s.%d.bias", prefix, BRANCH[i], 2 * layer);
      add_random(tensors, name, out[layer], 0, 0.1, seed);
    }
}

/* make_tensors() - weights that give features of order 1; the caller frees the set */
static inline cuxas_tensors *make_tensors(const m3gnet_size *s, uint64_t seed)
{
  cuxas_tensors *tensors = cuxas_tensors_new();
  const size_t   n_basis = s->n_radial * s->n_angular;
  char           name[CUXAS_TENSOR_NAME_SIZE];
  add_random(tensors, "embedding.layer_node_embedding.weight", s->n_element, s->node_width, 1.0, &seed);
  add_random(tensors, "embedding.layer_edge_embedding.layers.0.weight", s->bond_width, n_basis, 1.0, &seed);
  add_random(tensors, "embedding.layer_edge_embedding.layers.0.bias", s->bond_width, 0, 0.1, &seed);
  for (size_t b = 0; b < s->n_block; b++) {
    static const struct {
      const char *suffix;
      bool        is_bias, is_bond;
    } THREE_BODY[] = {{"atom.layers.0.weight", false, false},
                      {"atom.layers.0.bias", true, false},
                      {"bond.layers.0.weight", false, true},
                      {"bond.gates.0.weight", false, true}};
    for (int i = 0; i < 4; i++) {
      snprintf(name, sizeof name, "three_body_interactions.%zu.update_network_%s", b, THREE_BODY[i].suffix);
      add_random(tensors, name, THREE_BODY[i].is_bond ? s->bond_width : n_basis,
                 THREE_BODY[i].is_bias   ? 0
                 : THREE_BODY[i].is_bond ? n_basis
                                         : s->node_width,
                 0.5, &seed);
    }
    snprintf(name, sizeof name, "graph_layers.%zu.conv.edge_update_func", b);
    add_random_gated(tensors, name, s, s->bond_width, &seed);
    snprintf(name, sizeof name, "graph_layers.%zu.conv.node_update_func", b);
    add_random_gated(tensors, name, s, s->node_width, &seed);
    snprintf(name, sizeof name, "graph_layers.%zu.conv.edge_weight_func.weight", b);
    add_random(tensors, name, s->bond_width, n_basis, 0.5, &seed);
    snprintf(name, sizeof name, "graph_layers.%zu.conv.node_weight_func.weight", b);
    add_random(tensors, name, s->node_width, n_basis, 0.5, &seed);
  }
  return tensors;
}

/* make_crystal() - from arrays; the caller frees it */
static inline cuxas_crystal *make_crystal(const double lattice_A[3][3], size_t n_site, const int *atomic_number,
                                          const double (*fractional)[3])
{
  cuxas_crystal *crystal = cuxas_crystal_new(n_site);
  if (crystal == NULL) abort();
  memcpy(crystal->lattice_A, lattice_A, sizeof crystal->lattice_A);
  memcpy(crystal->atomic_number, atomic_number, n_site * sizeof *atomic_number);
  memcpy(crystal->fractional, fractional, n_site * sizeof *fractional);
  return crystal;
}

/* make_oxide() - n[0] x n[1] x n[2] cells of rock salt in its tetragonal setting (4 atoms each), a = 4.2 A, metals
 * Cu and Zn in turn, all atoms moved at random by about 0.05 A: some 56 bonds per atom within 5 A */
static inline cuxas_crystal *make_oxide(const size_t n[3], uint64_t seed)
{
  static const double SITE[4][3] = {{0, 0, 0}, {.5, .5, .5}, {0, 0, .5}, {.5, .5, 0}};
  static const int    NUMBER[4]  = {29, 30, 8, 8};
  const double        edge_A[3]  = {4.2 * sqrt(0.5), 4.2 * sqrt(0.5), 4.2};
  cuxas_crystal      *crystal    = cuxas_crystal_new(4 * n[0] * n[1] * n[2]);
  if (crystal == NULL) abort();
  for (int d = 0; d < 3; d++) crystal->lattice_A[d][d] = edge_A[d] * (double)n[d];
  for (size_t i = 0; i < crystal->n_site; i++) {
    const size_t cell[3]      = {i / 4 / (n[1] * n[2]), i / 4 / n[2] % n[1], i / 4 % n[2]};
    crystal->atomic_number[i] = NUMBER[i % 4];
    for (int d = 0; d < 3; d++)
      crystal->fractional[i][d] =
          ((double)cell[d] + SITE[i % 4][d] + 0.05 / edge_A[d] * random_normal(&seed)) / (double)n[d];
  }
  return crystal;
}
#endif
