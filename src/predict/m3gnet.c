/* m3gnet.c - the M3GNet featurizer: its memory, and its part of the interface
 *
 * Contents: 1. memory  2. the featurizer */
#include "base/memory.h"
#include "base/elements.h"
#include "predict/featurizer_priv.h"
#include "predict/m3gnet_priv.h"

#include <limits.h>
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
    status = cuxas_fail(err, CUXAS_ENOMEM, "featurizer m3gnet: no memory for %zu atoms with %zu bonds", work->n_atom,
                        work->n_bond);
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
 * "bond_width", "hidden_width", "elements": [symbols in the order of the embedding's rows]}. Tensors: m3gnet_weights.c. */

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
