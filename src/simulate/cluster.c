#include "simulate/cluster.h"

#include "cuxas/elements.h"
#include "base/memory.h"
#include "crystal/neighbor.h"

#include <math.h>
#include <stdlib.h>

#define SHELL_GAP_A 0.01  /* atoms whose distances differ by less, one after the other, are one shell */
#define ORDER_STEP_A 1e-5 /* distances and coordinates that round to the same multiple are equal: noise of the file */
#define NEAREST_A 0.3     /* nearer atoms are a mistake: no potential overlaps so far */

static int compare(double a, double b)
{
  const double p = round(a / ORDER_STEP_A), q = round(b / ORDER_STEP_A);
  return (p > q) - (p < q);
}

static int by_distance(const void *left, const void *right)
{
  const cuxas_cluster_atom *a = left, *b = right;
  int                       order = compare(a->distance_A, b->distance_A);
  if (order == 0) order = (a->atomic_number > b->atomic_number) - (a->atomic_number < b->atomic_number);
  for (int k = 0; k < 3 && order == 0; k++) order = compare(a->position_A[k], b->position_A[k]);
  return order;
}

/* Number of atoms that may stay: all, or those of the inner shells that hold no more than max_atom. */
static size_t count_inner(const cuxas_cluster_atom *atom, size_t n_atom, size_t max_atom)
{
  size_t n = n_atom;
  if (max_atom == 0 || n_atom <= max_atom) return n_atom;
  for (n = max_atom; n > 1; n--)
    if (atom[n].distance_A - atom[n - 1].distance_A > SHELL_GAP_A) return n;
  return 1;
}

/* One potential for the absorber, then one for each element among the others. */
static cuxas_status number_potentials(cuxas_cluster *cluster, cuxas_error *err)
{
  size_t index[CUXAS_N_ELEMENT + 1] = {0};
  for (size_t i = 1; i < cluster->n_atom; i++) index[cluster->atom[i].atomic_number] = 1;
  cluster->n_potential = 1;
  for (size_t number = 1; number <= CUXAS_N_ELEMENT; number++)
    if (index[number] != 0) index[number] = cluster->n_potential++;
  cluster->atomic_number = cuxas_new_array(cluster->n_potential, sizeof *cluster->atomic_number);
  if (cluster->atomic_number == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "cluster: no memory for its potentials");
  cluster->atomic_number[0] = cluster->atom[0].atomic_number;
  for (size_t i = 1; i < cluster->n_atom; i++) {
    cluster->atom[i].potential                         = index[cluster->atom[i].atomic_number];
    cluster->atomic_number[cluster->atom[i].potential] = cluster->atom[i].atomic_number;
  }
  return CUXAS_OK;
}

/* The absorber and its bonds, sorted; no atom may be on top of another. */
static cuxas_status fill_atoms(cuxas_cluster *cluster, const cuxas_crystal *crystal, size_t i_site,
                               const cuxas_neighbors *neighbors, size_t max_atom, cuxas_error *err)
{
  const size_t n_bond = neighbors->first[1];
  if ((cluster->atom = cuxas_new_array(n_bond + 1, sizeof *cluster->atom)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "cluster: no memory for %zu atoms", n_bond + 1);
  cluster->n_atom                = n_bond + 1;
  cluster->atom[0].atomic_number = crystal->atomic_number[i_site];
  for (size_t i = 0; i < n_bond; i++) {
    const cuxas_bond   *bond = &neighbors->bond[i];
    cuxas_cluster_atom *atom = &cluster->atom[i + 1];
    for (int k = 0; k < 3; k++) atom->position_A[k] = bond->vector_A[k];
    atom->distance_A    = bond->distance_A;
    atom->atomic_number = crystal->atomic_number[bond->target];
    if (bond->distance_A < NEAREST_A)
      return cuxas_fail(err, CUXAS_ERANGE, "cluster: an atom %.2g A from site %zu", bond->distance_A, i_site);
  }
  qsort(cluster->atom + 1, n_bond, sizeof *cluster->atom, by_distance);
  cluster->n_atom = count_inner(cluster->atom, cluster->n_atom, max_atom);
  return CUXAS_OK;
}

cuxas_status cuxas_cluster_new(const cuxas_crystal *crystal, size_t i_site, double radius_A, size_t max_atom,
                               cuxas_cluster **ret_cluster, cuxas_error *err)
{
  cuxas_status     status;
  cuxas_neighbors *neighbors = NULL;
  cuxas_cluster   *cluster   = NULL;

  *ret_cluster = NULL;
  if (i_site >= crystal->n_site)
    return cuxas_fail(err, CUXAS_ERANGE, "cluster: site %zu, the crystal has %zu", i_site, crystal->n_site);
  if (crystal->atomic_number[i_site] < 1 || crystal->atomic_number[i_site] > CUXAS_N_ELEMENT)
    return cuxas_fail(err, CUXAS_ERANGE, "cluster: atomic number %d", crystal->atomic_number[i_site]);
  if ((status = cuxas_neighbors_find(crystal, &i_site, 1, radius_A, &neighbors, err)) != CUXAS_OK) return status;
  if ((cluster = cuxas_new_array(1, sizeof *cluster)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "cluster: no memory");
    goto done;
  }
  if ((status = fill_atoms(cluster, crystal, i_site, neighbors, max_atom, err)) != CUXAS_OK ||
      (status = number_potentials(cluster, err)) != CUXAS_OK)
    goto done;
  *ret_cluster = cluster;
  cluster      = NULL;
done:
  cuxas_neighbors_free(neighbors);
  cuxas_cluster_free(cluster);
  return status;
}

void cuxas_cluster_free(cuxas_cluster *cluster)
{
  if (cluster == NULL) return;
  free(cluster->atom);
  free(cluster->atomic_number);
  free(cluster);
}
