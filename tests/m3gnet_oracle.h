/* m3gnet_oracle.h - M3GNet written down as plainly as possible, in double precision, to check the fast one against
 *
 * Bonds by trying all images, Bessel functions by their recurrence, the three-body sum as a double loop over the bonds of
 * an atom, every linear map as a loop over one bond's numbers. Shares no code with the library but its data structures. */
#ifndef M3GNET_ORACLE_H
#define M3GNET_ORACLE_H
#include "m3gnet_make.h"

typedef struct {
  size_t  source, target;
  double  r_A, unit[3];
  double  phi[64], f, sum[64]; /* radial functions, three-body cutoff, three-body sums */
  double *e;                   /* (bond_width) */
} oracle_bond;

typedef struct {
  size_t       n_bond;
  oracle_bond *bond; /* grouped by source */
  double      *v;    /* (n_site, node_width) */
} oracle_graph;

/* -- functions of a bond -- */

static inline double oracle_bessel(int l, double x) /* upward recurrence: fine for x of order l and more */
{
  double below = sin(x) / x, here = sin(x) / (x * x) - cos(x) / x;
  if (l == 0) return below;
  for (int k = 1; k < l; k++) {
    const double next = (2 * k + 1) / x * here - below;
    below             = here;
    here              = next;
  }
  return here;
}

static inline double oracle_zero(int l, int n) /* zeros of neighbouring orders enclose each other */
{
  if (l == 0) return (n + 1) * 3.14159265358979323846;
  double low = oracle_zero(l - 1, n), high = oracle_zero(l - 1, n + 1);
  for (int i = 0; i < 200; i++) {
    const double middle = 0.5 * (low + high);
    if ((oracle_bessel(l, low) < 0.0) == (oracle_bessel(l, middle) < 0.0))
      low = middle;
    else
      high = middle;
  }
  return 0.5 * (low + high);
}

static inline double oracle_legendre(int l, double c)
{
  double below = 1.0, here = c;
  if (l == 0) return 1.0;
  for (int k = 1; k < l; k++) {
    const double next = ((2 * k + 1) * c * here - k * below) / (k + 1);
    below             = here;
    here              = next;
  }
  return here;
}

static inline double oracle_sigmoid(double x)
{
  return 1.0 / (1.0 + exp(-x));
}

/* -- the graph -- */

static inline void oracle_fill(oracle_bond *bond, const m3gnet_size *s)
{
  for (size_t l = 0; l < s->n_angular; l++)
    for (size_t n = 0; n < s->n_radial; n++) {
      static double zero[8][16]; /* kept between calls: finding one takes longer than a network */
      if (zero[l][n] == 0.0) zero[l][n] = oracle_zero((int)l, (int)n);
      const double z = zero[l][n], rc = s->cutoff_A;
      bond->phi[l * s->n_radial + n] = sqrt(2.0 / (rc * rc * rc)) / fabs(oracle_bessel((int)l + 1, z)) *
                                       oracle_bessel((int)l, z * fmin(bond->r_A / rc, 1.0));
    }
  const double t = bond->r_A / s->three_body_cutoff_A;
  bond->f        = t <= 1.0 ? 1.0 - 10.0 * pow(t, 3) + 15.0 * pow(t, 4) - 6.0 * pow(t, 5) : 0.0;
  bond->e        = calloc(s->bond_width, sizeof *bond->e);
}

static inline oracle_graph oracle_find_bonds(const cuxas_crystal *crystal, const m3gnet_size *s)
{
  oracle_graph graph  = {0};
  size_t       n_room = 0;
  int          n[3]; /* images along each axis: positions are not wrapped, so that a few more are looked at */
  for (int d = 0; d < 3; d++) {
    const double *a = crystal->lattice_A[(d + 1) % 3], *b = crystal->lattice_A[(d + 2) % 3], *c = crystal->lattice_A[d];
    const double  normal[3] = {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
    const double  area      = sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
    const double  height_A  = fabs(normal[0] * c[0] + normal[1] * c[1] + normal[2] * c[2]) / area;
    double        spread    = 0.0;
    for (size_t i = 0; i < crystal->n_site; i++)
      for (size_t j = 0; j < crystal->n_site; j++)
        spread = fmax(spread, fabs(crystal->fractional[i][d] - crystal->fractional[j][d]));
    n[d] = (int)ceil(s->cutoff_A / height_A + spread) + 1;
  }
  for (size_t i = 0; i < crystal->n_site; i++)
    for (size_t j = 0; j < crystal->n_site; j++)
      for (int a = -n[0]; a <= n[0]; a++)
        for (int b = -n[1]; b <= n[1]; b++)
          for (int c = -n[2]; c <= n[2]; c++) {
            const int image[3] = {a, b, c};
            double    fractional[3], d[3] = {0};
            for (int k = 0; k < 3; k++)
              fractional[k] = crystal->fractional[j][k] - crystal->fractional[i][k] + image[k];
            for (int k = 0; k < 3; k++)
              for (int x = 0; x < 3; x++) d[x] += fractional[k] * crystal->lattice_A[k][x];
            const double r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
            if (!(r2 < s->cutoff_A * s->cutoff_A + 1e-8) || (i == j && r2 <= 1e-16)) continue;
            if (graph.n_bond == n_room) {
              n_room     = 2 * n_room + 64;
              graph.bond = realloc(graph.bond, n_room * sizeof *graph.bond);
            }
            oracle_bond *bond = &graph.bond[graph.n_bond++];
            *bond             = (oracle_bond){.source = i, .target = j, .r_A = sqrt(r2)};
            for (int x = 0; x < 3; x++) bond->unit[x] = d[x] / bond->r_A;
            oracle_fill(bond, s);
          }
  return graph;
}

static inline void oracle_free(oracle_graph *graph)
{
  for (size_t k = 0; k < graph->n_bond; k++) free(graph->bond[k].e);
  free(graph->bond);
  free(graph->v);
}

/* -- linear maps -- */

typedef struct {
  const float *weight, *bias; /* bias NULL: none */
  size_t       n_in, n_out;
} oracle_layer;

static inline oracle_layer oracle_find(const cuxas_tensors *tensors, const char *format, size_t i_block)
{
  char name[CUXAS_TENSOR_NAME_SIZE], full[CUXAS_TENSOR_NAME_SIZE + 8];
  snprintf(name, sizeof name, format, i_block);
  snprintf(full, sizeof full, "%s.weight", name);
  const cuxas_tensor *weight = cuxas_tensors_find(tensors, full);
  snprintf(full, sizeof full, "%s.bias", name);
  const cuxas_tensor *bias = cuxas_tensors_find(tensors, full);
  return (oracle_layer){weight->value, bias != NULL ? bias->value : NULL, weight->shape[1], weight->shape[0]};
}

static inline void oracle_map(const oracle_layer *layer, const double *x, double *y)
{
  for (size_t o = 0; o < layer->n_out; o++) {
    double sum = layer->bias != NULL ? layer->bias[o] : 0.0;
    for (size_t i = 0; i < layer->n_in; i++) sum += layer->weight[o * layer->n_in + i] * x[i];
    y[o] = sum;
  }
}

enum { ORACLE_WIDEST = 256 };

typedef struct {
  oracle_layer value[3], gate[3], radial;
} oracle_update;

static inline oracle_update oracle_find_update(const cuxas_tensors *tensors, const char *kind, size_t i_block)
{
  oracle_update update;
  char          format[CUXAS_TENSOR_NAME_SIZE];
  for (int i = 0; i < 3; i++) {
    snprintf(format, sizeof format, "graph_layers.%%zu.conv.%s_update_func.layers.%d", kind, 2 * i);
    update.value[i] = oracle_find(tensors, format, i_block);
    snprintf(format, sizeof format, "graph_layers.%%zu.conv.%s_update_func.gates.%d", kind, 2 * i);
    update.gate[i] = oracle_find(tensors, format, i_block);
  }
  snprintf(format, sizeof format, "graph_layers.%%zu.conv.%s_weight_func", kind);
  update.radial = oracle_find(tensors, format, i_block);
  return update;
}

/* oracle_run_update() - G([v_i, v_j, e]) (W phi) */
static inline void oracle_run_update(const oracle_update *update, const oracle_bond *bond, const double *v,
                                     const m3gnet_size *s, double *ret_change)
{
  double h[3 * ORACLE_WIDEST], a[2][ORACLE_WIDEST], b[2][ORACLE_WIDEST], weight[ORACLE_WIDEST];
  memcpy(h, v + bond->source * s->node_width, s->node_width * sizeof *h);
  memcpy(h + s->node_width, v + bond->target * s->node_width, s->node_width * sizeof *h);
  memcpy(h + 2 * s->node_width, bond->e, s->bond_width * sizeof *h);
  for (int i = 0; i < 3; i++) {
    oracle_map(&update->value[i], i == 0 ? h : a[1 - i % 2], a[i % 2]);
    oracle_map(&update->gate[i], i == 0 ? h : b[1 - i % 2], b[i % 2]);
    for (size_t o = 0; o < update->value[i].n_out; o++) {
      a[i % 2][o] *= oracle_sigmoid(a[i % 2][o]);
      b[i % 2][o] = i < 2 ? b[i % 2][o] * oracle_sigmoid(b[i % 2][o]) : oracle_sigmoid(b[i % 2][o]);
    }
  }
  oracle_map(&update->radial, bond->phi, weight);
  for (size_t o = 0; o < update->radial.n_out; o++) ret_change[o] = a[0][o] * b[0][o] * weight[o];
}

/* -- the network -- */

/* oracle_sum_three_body() - sums of all bonds by the definition; g (n_site, Q) are the gates */
static inline void oracle_sum_three_body(oracle_graph *graph, const m3gnet_size *s, const double *g)
{
  const size_t n_basis = s->n_radial * s->n_angular;
  for (size_t j = 0, i_first = 0; j < graph->n_bond; j++) {
    oracle_bond *bond = &graph->bond[j];
    if (bond->source != graph->bond[i_first].source) i_first = j;
    memset(bond->sum, 0, sizeof bond->sum);
    for (size_t k = i_first; k < graph->n_bond && graph->bond[k].source == bond->source; k++) {
      const oracle_bond *other = &graph->bond[k];
      if (k == j) continue;
      double c = 0.0;
      for (int x = 0; x < 3; x++) c += bond->unit[x] * other->unit[x];
      for (size_t l = 0; l < s->n_angular; l++) {
        const double y = sqrt((double)(2 * l + 1) / (4.0 * 3.14159265358979323846)) * oracle_legendre((int)l, c);
        for (size_t q = l * s->n_radial; q < (l + 1) * s->n_radial; q++)
          bond->sum[q] += bond->f * other->f * other->phi[q] * y * g[other->target * n_basis + q];
      }
    }
  }
}

/* oracle_run() - features (n_site, node_width) of all sites */
static inline void oracle_run(const m3gnet_size *s, const cuxas_tensors *tensors, const cuxas_crystal *crystal,
                              double *ret_feature)
{
  const size_t n_basis = s->n_radial * s->n_angular, n_site = crystal->n_site;
  oracle_graph graph = oracle_find_bonds(crystal, s);
  double      *v = calloc(n_site * s->node_width, sizeof *v), *v_next = calloc(n_site * s->node_width, sizeof *v);
  double      *g = calloc(n_site * n_basis, sizeof *g), a[ORACLE_WIDEST], b[ORACLE_WIDEST];

  const float *row = cuxas_tensors_find(tensors, "embedding.layer_node_embedding.weight")->value;
  for (size_t i = 0; i < n_site; i++) /* elements are H, He, Li, ... in this order */
    for (size_t o = 0; o < s->node_width; o++)
      v[i * s->node_width + o] = row[(size_t)(crystal->atomic_number[i] - 1) * s->node_width + o];
  const oracle_layer first = oracle_find(tensors, "embedding.layer_edge_embedding.layers.0", 0);
  for (size_t k = 0; k < graph.n_bond; k++) {
    oracle_map(&first, graph.bond[k].phi, graph.bond[k].e);
    for (size_t o = 0; o < s->bond_width; o++) graph.bond[k].e[o] *= oracle_sigmoid(graph.bond[k].e[o]);
  }
  for (size_t block = 0; block < s->n_block; block++) {
    const oracle_layer  atom  = oracle_find(tensors, "three_body_interactions.%zu.update_network_atom.layers.0", block);
    const oracle_layer  value = oracle_find(tensors, "three_body_interactions.%zu.update_network_bond.layers.0", block);
    const oracle_layer  gate  = oracle_find(tensors, "three_body_interactions.%zu.update_network_bond.gates.0", block);
    const oracle_update edge  = oracle_find_update(tensors, "edge", block),
                        node  = oracle_find_update(tensors, "node", block);

    for (size_t i = 0; i < n_site; i++) oracle_map(&atom, v + i * s->node_width, g + i * n_basis);
    for (size_t i = 0; i < n_site * n_basis; i++) g[i] = oracle_sigmoid(g[i]);
    oracle_sum_three_body(&graph, s, g);
    memcpy(v_next, v, n_site * s->node_width * sizeof *v);
    for (size_t k = 0; k < graph.n_bond; k++) {
      oracle_bond *bond = &graph.bond[k];
      oracle_map(&value, bond->sum, a);
      oracle_map(&gate, bond->sum, b);
      for (size_t o = 0; o < s->bond_width; o++) bond->e[o] += a[o] * oracle_sigmoid(a[o]) * oracle_sigmoid(b[o]);
      oracle_run_update(&edge, bond, v, s, a);
      for (size_t o = 0; o < s->bond_width; o++) bond->e[o] += a[o];
      oracle_run_update(&node, bond, v, s, a);
      for (size_t o = 0; o < s->node_width; o++) v_next[bond->target * s->node_width + o] += a[o];
    }
    double *swap = v;
    v            = v_next;
    v_next       = swap;
  }
  memcpy(ret_feature, v, n_site * s->node_width * sizeof *v);
  free(v);
  free(v_next);
  free(g);
  oracle_free(&graph);
}
#endif
