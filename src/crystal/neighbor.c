/* The unit cell is cut into n[0] x n[1] x n[2] equal bins along its own axes, each at least about a cutoff high where
 * the cell allows it. Bonds of an atom end in bins at most reach[k] away along axis k; bins beyond the cell are bins of
 * an image, so cells thinner than the cutoff (one bin, reach of several) need no treatment of their own. */
#include "crystal/neighbor.h"

#include "base/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE_A2 1e-8     /* bonds at the cutoff count, whatever rounding does to them */
#define MIN_SHAPE 1e-6        /* cell volume / product of edge lengths below which the cell is flat */
#define SAME_PLACE_A2 1e-12   /* two sites nearer than this are one site given twice */
#define MAX_VISITS (1L << 24) /* bins around one atom: beyond, the cutoff is absurd for the cell */

typedef struct {
  double height_A[3];      /* distance between opposite faces of the cell */
  double (*position_A)[3]; /* (n_site, 3), of the image of each site that lies in the cell, Cartesian */
  long n[3];               /* bins along each axis */
  long reach[3];           /* bins to look away along each axis */
  long (*bin)[3];          /* (n_site, 3), bin of each site */
  size_t *first;           /* (n[0] n[1] n[2] + 1), sites of bin i: site[first[i]] ... site[first[i + 1] - 1] */
  size_t *site;            /* (n_site), rising inside a bin */
  bool    may_coincide;    /* two sites on one place are a bond like others */
} bins;

static void cross(const double a[3], const double b[3], double ret_product[3])
{
  for (int k = 0; k < 3; k++) ret_product[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
}

static double norm(const double a[3])
{
  return sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
}

static cuxas_status find_heights(const cuxas_crystal *crystal, double ret_height_A[3], cuxas_error *err)
{
  const double(*cell)[3] = crystal->lattice_A;
  double normal[3][3];
  for (int k = 0; k < 3; k++) cross(cell[(k + 1) % 3], cell[(k + 2) % 3], normal[k]);
  const double volume = fabs(cell[0][0] * normal[0][0] + cell[0][1] * normal[0][1] + cell[0][2] * normal[0][2]);
  const double brick  = norm(cell[0]) * norm(cell[1]) * norm(cell[2]);
  if (!isfinite(brick) || !(volume > MIN_SHAPE * brick))
    return cuxas_fail(err, CUXAS_ERANGE, "neighbours: degenerate cell, volume %g A^3 with edges of %g, %g, %g A",
                      volume, norm(cell[0]), norm(cell[1]), norm(cell[2]));
  for (int k = 0; k < 3; k++) ret_height_A[k] = volume / norm(normal[k]);
  return CUXAS_OK;
}

/* Bins about a cutoff high, but no more of them than about one per site: an empty box needs no bins. */
static cuxas_status choose_bins(bins *grid, size_t n_site, double cutoff_A, cuxas_error *err)
{
  const double longest_A = sqrt(cutoff_A * cutoff_A + TOLERANCE_A2);
  const double limit     = (double)n_site + 26.0;
  double       n[3], visits = 1.0;
  for (int k = 0; k < 3; k++) n[k] = fmin(fmax(floor(grid->height_A[k] / longest_A), 1.0), limit);
  while (n[0] * n[1] * n[2] > limit) {
    double *most = n[0] >= n[1] && n[0] >= n[2] ? &n[0] : n[1] >= n[2] ? &n[1] : &n[2];
    *most        = ceil(*most / 2.0);
  }
  for (int k = 0; k < 3; k++) {
    const double reach = ceil(longest_A * n[k] / grid->height_A[k] + 1e-9);
    visits *= 2.0 * reach + 1.0;
    if (!(visits <= (double)MAX_VISITS))
      return cuxas_fail(err, CUXAS_ERANGE, "neighbours: cutoff of %g A is too long for a cell %g x %g x %g A high",
                        cutoff_A, grid->height_A[0], grid->height_A[1], grid->height_A[2]);
    grid->n[k]     = (long)n[k];
    grid->reach[k] = (long)reach;
  }
  return CUXAS_OK;
}

static size_t bin_index(const bins *grid, const long bin[3])
{
  return (size_t)((bin[2] * grid->n[1] + bin[1]) * grid->n[0] + bin[0]);
}

/* Counting sort of the sites into bins. */
static cuxas_status fill_bins(bins *grid, const cuxas_crystal *crystal, cuxas_error *err)
{
  const size_t n_site = crystal->n_site, n_bin = (size_t)(grid->n[0] * grid->n[1] * grid->n[2]);
  grid->position_A = cuxas_new(err, n_site, sizeof *grid->position_A);
  grid->bin        = cuxas_new(err, n_site, sizeof *grid->bin);
  grid->first      = cuxas_new(err, n_bin + 2, sizeof *grid->first);
  grid->site       = cuxas_new(err, n_site, sizeof *grid->site);
  if (grid->position_A == NULL || grid->bin == NULL || grid->first == NULL || grid->site == NULL) return CUXAS_ENOMEM;

  for (size_t i_site = 0; i_site < n_site; i_site++) {
    for (int k = 0; k < 3; k++) {
      const double fractional = crystal->fractional[i_site][k], wrapped = fractional - floor(fractional);
      if (!isfinite(wrapped))
        return cuxas_fail(err, CUXAS_ERANGE, "neighbours: coordinates of site %zu are not finite", i_site);
      const long bin       = (long)(wrapped * (double)grid->n[k]);
      grid->bin[i_site][k] = bin < grid->n[k] ? bin : grid->n[k] - 1; /* wrapped may round to 1 */
      for (int m = 0; m < 3; m++) grid->position_A[i_site][m] += wrapped * crystal->lattice_A[k][m];
    }
    grid->first[bin_index(grid, grid->bin[i_site]) + 2]++;
  }
  for (size_t i_bin = 0; i_bin < n_bin; i_bin++) grid->first[i_bin + 2] += grid->first[i_bin + 1];
  for (size_t i_site = 0; i_site < n_site; i_site++)
    grid->site[grid->first[bin_index(grid, grid->bin[i_site]) + 1]++] = i_site; /* leaves first[i + 1] = end of bin i */
  return CUXAS_OK;
}

static void free_bins(bins *grid)
{
  free(grid->position_A);
  free(grid->bin);
  free(grid->first);
  free(grid->site);
}

typedef struct {
  cuxas_bond *bond;
  size_t      n_bond, n_room;
} bond_list;

static cuxas_status append(bond_list *list, cuxas_bond bond, cuxas_error *err)
{
  if (list->n_bond == list->n_room) {
    const size_t n_room = list->n_room + list->n_room / 2 + 64;
    cuxas_bond  *grown  = cuxas_grow(err, list->bond, n_room, sizeof *grown);
    if (grown == NULL) return CUXAS_ENOMEM;
    list->bond   = grown;
    list->n_room = n_room;
  }
  list->bond[list->n_bond++] = bond;
  return CUXAS_OK;
}

/* floor(a / b) for b > 0: which image of the cell bin a lies in */
static long image_of(long a, long b)
{
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static cuxas_status append_bonds_of(const bins *grid, const cuxas_crystal *crystal, size_t center, double cutoff_A,
                                    bond_list *list, cuxas_error *err)
{
  const double(*cell)[3] = crystal->lattice_A;
  const double *origin_A = grid->position_A[center];
  const double  limit_A2 = cutoff_A * cutoff_A + TOLERANCE_A2;
  long          away[3];
  for (away[2] = -grid->reach[2]; away[2] <= grid->reach[2]; away[2]++)
    for (away[1] = -grid->reach[1]; away[1] <= grid->reach[1]; away[1]++)
      for (away[0] = -grid->reach[0]; away[0] <= grid->reach[0]; away[0]++) {
        long   image[3], bin[3];
        double shift_A[3] = {-origin_A[0], -origin_A[1], -origin_A[2]}; /* of the image, and from the centre */
        for (int k = 0; k < 3; k++) {
          bin[k]   = grid->bin[center][k] + away[k];
          image[k] = image_of(bin[k], grid->n[k]);
          bin[k] -= image[k] * grid->n[k];
          for (int m = 0; m < 3; m++) shift_A[m] += (double)image[k] * cell[k][m];
        }
        const size_t i_bin = bin_index(grid, bin);
        for (size_t i = grid->first[i_bin]; i < grid->first[i_bin + 1]; i++) {
          const size_t  target    = grid->site[i];
          const double *end_A     = grid->position_A[target];
          const double  v[3]      = {end_A[0] + shift_A[0], end_A[1] + shift_A[1], end_A[2] + shift_A[2]};
          const double  length_A2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
          if (!(length_A2 < limit_A2)) continue;
          if (target == center && image[0] == 0 && image[1] == 0 && image[2] == 0) continue;
          if (length_A2 < SAME_PLACE_A2 && !grid->may_coincide)
            return cuxas_fail(err, CUXAS_ERANGE, "neighbours: sites %zu and %zu coincide", center, target);
          const cuxas_bond   found  = {target, {v[0], v[1], v[2]}, sqrt(length_A2)};
          const cuxas_status status = append(list, found, err);
          if (status != CUXAS_OK) return status;
        }
      }
  return CUXAS_OK;
}

static int by_target_then_vector(const void *left, const void *right)
{
  const cuxas_bond *a = left, *b = right;
  if (a->target != b->target) return a->target < b->target ? -1 : 1;
  for (int k = 2; k >= 0; k--)
    if (a->vector_A[k] != b->vector_A[k]) return a->vector_A[k] < b->vector_A[k] ? -1 : 1;
  return 0;
}

cuxas_status cuxas_neighbors_find(const cuxas_crystal *crystal, const size_t *centers, size_t n_center, double cutoff_A,
                                  cuxas_neighbors **ret_neighbors, cuxas_error *err)
{
  cuxas_status     status;
  cuxas_neighbors *neighbors = NULL;
  bins             grid      = {.first = NULL};
  bond_list        list      = {.bond = NULL};

  *ret_neighbors = NULL;
  if (centers == NULL) n_center = crystal->n_site;
  if (!(cutoff_A > 0.0) || !isfinite(cutoff_A))
    return cuxas_fail(err, CUXAS_ERANGE, "neighbours: cutoff of %g A is not positive", cutoff_A);
  if ((status = find_heights(crystal, grid.height_A, err)) != CUXAS_OK) return status;
  if ((status = choose_bins(&grid, crystal->n_site, cutoff_A, err)) != CUXAS_OK) return status;
  if ((status = fill_bins(&grid, crystal, err)) != CUXAS_OK) goto done;

  neighbors = cuxas_new(err, 1, sizeof *neighbors);
  if (neighbors != NULL) neighbors->first = cuxas_new(err, n_center + 1, sizeof *neighbors->first);
  if (neighbors == NULL || neighbors->first == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  neighbors->n_center = n_center;
  for (size_t i_center = 0; i_center < n_center; i_center++) {
    const size_t center = centers != NULL ? centers[i_center] : i_center;
    if (center >= crystal->n_site) {
      status =
          cuxas_fail(err, CUXAS_ERANGE, "neighbours: centre %zu, the crystal has %zu sites", center, crystal->n_site);
      goto done;
    }
    status = append_bonds_of(&grid, crystal, center, cutoff_A, &list, err);
    if (status != CUXAS_OK) goto done;
    const size_t first             = neighbors->first[i_center];
    neighbors->first[i_center + 1] = list.n_bond;
    if (list.n_bond > first) qsort(list.bond + first, list.n_bond - first, sizeof *list.bond, by_target_then_vector);
  }
  neighbors->bond = list.bond;
  list.bond       = NULL;
  status          = CUXAS_OK;
  *ret_neighbors  = neighbors;
  neighbors       = NULL;
done:
  cuxas_neighbors_free(neighbors);
  free(list.bond);
  free_bins(&grid);
  return status;
}

void cuxas_neighbors_free(cuxas_neighbors *neighbors)
{
  if (neighbors == NULL) return;
  free(neighbors->first);
  free(neighbors->bond);
  free(neighbors);
}

cuxas_status cuxas_neighbors_find_close(const cuxas_crystal *crystal, double limit_A, size_t ret_pair[2],
                                        double *ret_distance_A, bool *ret_found, cuxas_error *err)
{
  bins         grid = {.may_coincide = true};
  bond_list    list = {.bond = NULL};
  cuxas_status status;

  *ret_found = false;
  if ((status = find_heights(crystal, grid.height_A, err)) != CUXAS_OK) return status;
  if ((status = choose_bins(&grid, crystal->n_site, limit_A, err)) != CUXAS_OK) return status;
  if ((status = fill_bins(&grid, crystal, err)) != CUXAS_OK) goto done;
  for (size_t center = 0; center < crystal->n_site && !*ret_found; center++) {
    list.n_bond = 0;
    if ((status = append_bonds_of(&grid, crystal, center, limit_A, &list, err)) != CUXAS_OK) goto done;
    for (size_t i = 0; i < list.n_bond; i++) {
      const cuxas_bond *bond = &list.bond[i];
      if (bond->target < center || !(bond->distance_A < limit_A)) continue;
      if (*ret_found &&
          (bond->target > ret_pair[1] || (bond->target == ret_pair[1] && bond->distance_A >= *ret_distance_A)))
        continue;
      *ret_found      = true;
      ret_pair[0]     = center;
      ret_pair[1]     = bond->target;
      *ret_distance_A = bond->distance_A;
    }
  }
done:
  free(list.bond);
  free_bins(&grid);
  return status;
}
