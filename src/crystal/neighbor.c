/* neighbor.c - periodic neighbours of sites, how much of a site's surroundings each of them takes, and which sites their neighbours
 * tell to be equal
 *
 * The unit cell is cut into n[0] x n[1] x n[2] equal bins along its own axes, each at least about a cutoff high where
 * the cell allows it. Bonds of an atom end in bins at most reach[k] away along axis k; bins beyond the cell are bins of
 * an image, so cells thinner than the cutoff (one bin, reach of several) need no treatment of their own. */
#include "crystal/neighbor.h"

#include "base/elements.h"
#include "base/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
#define TOLERANCE_A2 1e-8     /* bonds at the cutoff count, whatever rounding does to them */
#define MIN_SHAPE 1e-6        /* cell volume / product of edge lengths below which the cell is flat */
#define SAME_PLACE_A2 1e-12   /* two sites nearer than this are one site given twice */
#define MAX_VISITS (1L << 24) /* bins around one atom: beyond, the cutoff is absurd for the cell */
#define MAX_LOOKS (1L << 30)  /* sites in all those bins: seconds, while a cell that is not skewed has 1e8 at most */

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

static double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static double norm(const double a[3])
{
  return sqrt(dot(a, a));
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
static cuxas_status choose_bins(bins *grid, size_t n_site, size_t n_center, double cutoff_A, cuxas_error *err)
{
  const double longest_A = sqrt(cutoff_A * cutoff_A + TOLERANCE_A2);
  const double limit     = (double)n_site + 26.0;
  double       n[3], visits = 1.0;
  for (int k = 0; k < 3; k++) n[k] = fmin(fmax(floor(grid->height_A[k] / longest_A), 1.0), limit);
  while (n[0] * n[1] * n[2] > limit) {
    double *most = n[0] >= n[1] && n[0] >= n[2] ? &n[0] : n[1] >= n[2] ? &n[1] : &n[2];
    *most        = ceil(*most / 2.0);
  }
  const double a_bin = fmax((double)n_site / (n[0] * n[1] * n[2]), 1.0); /* sites in it */
  for (int k = 0; k < 3; k++) {
    const double reach = ceil(longest_A * n[k] / grid->height_A[k] + 1e-9);
    visits *= 2.0 * reach + 1.0;
    if (!(visits <= (double)MAX_VISITS && visits * a_bin * (double)n_center <= (double)MAX_LOOKS))
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
  if ((status = choose_bins(&grid, crystal->n_site, n_center, cutoff_A, err)) != CUXAS_OK) return status;
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
  if ((status = choose_bins(&grid, crystal->n_site, crystal->n_site, limit_A, err)) != CUXAS_OK) return status;
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

/* ---- solid angles of Voronoi faces ------------------------------------------------------------------------------- */

enum { MAX_CORNER = 128 };
#define FAR_AWAY_A 50.0 /* half the side of a face before it is cut: beyond anything a crystal leaves open */

typedef struct {
  double x[3];
} point;

typedef struct {
  point  corner[MAX_CORNER];
  size_t n_corner;
} polygon;

/* start_face() - a large square in the plane half way to the neighbour */
static void start_face(const double vector_A[3], polygon *ret_face)
{
  static const double SIGN[4][2] = {{1, 1}, {-1, 1}, {-1, -1}, {1, -1}};
  const double        length     = sqrt(dot(vector_A, vector_A));
  const double        normal[3]  = {vector_A[0] / length, vector_A[1] / length, vector_A[2] / length};
  const double        helper[3]  = {fabs(normal[0]) < 0.8, fabs(normal[0]) >= 0.8, 0.0};
  double              u[3], v[3];
  cross(normal, helper, u);
  const double u_length = sqrt(dot(u, u));
  for (int k = 0; k < 3; k++) u[k] /= u_length;
  cross(normal, u, v);
  ret_face->n_corner = 4;
  for (size_t i = 0; i < 4; i++)
    for (int k = 0; k < 3; k++)
      ret_face->corner[i].x[k] = 0.5 * vector_A[k] + FAR_AWAY_A * (SIGN[i][0] * u[k] + SIGN[i][1] * v[k]);
}

/* cut_face() - keeps what is nearer to the site than to the other neighbour (I. E. Sutherland, G. W. Hodgman, Commun. ACM
 * 17, 32 (1974)); false: nothing is cut off */
static bool cut_face(const double other_A[3], polygon *face)
{
  const double half = 0.5 * dot(other_A, other_A);
  double       beyond[MAX_CORNER];
  bool         is_cut = false;
  polygon      kept;
  for (size_t i = 0; i < face->n_corner; i++) {
    beyond[i] = dot(face->corner[i].x, other_A) - half;
    is_cut    = is_cut || beyond[i] > 0.0;
  }
  if (!is_cut) return false; /* as by most neighbours */
  kept.n_corner = 0;
  for (size_t i = 0; i < face->n_corner; i++) {
    const size_t next = i + 1 < face->n_corner ? i + 1 : 0;
    const point *a = &face->corner[i], *b = &face->corner[next];
    const double beyond_a = beyond[i], beyond_b = beyond[next];
    if (beyond_a <= 0.0 && kept.n_corner < MAX_CORNER) kept.corner[kept.n_corner++] = *a;
    if ((beyond_a < 0.0 && beyond_b > 0.0) || (beyond_a > 0.0 && beyond_b < 0.0)) {
      const double part = beyond_a / (beyond_a - beyond_b);
      point        crossing;
      for (int k = 0; k < 3; k++) crossing.x[k] = a->x[k] + part * (b->x[k] - a->x[k]);
      if (kept.n_corner < MAX_CORNER) kept.corner[kept.n_corner++] = crossing;
    }
  }
  face->n_corner = kept.n_corner;
  memcpy(face->corner, kept.corner, kept.n_corner * sizeof *kept.corner);
  return true;
}

/* solid_angle() - of a triangle seen from the origin (A. van Oosterom, J. Strackee, IEEE Trans. Biomed. Eng. 30, 125
 * (1983)) */
static double solid_angle(const double a[3], const double b[3], const double c[3])
{
  const double l_a = sqrt(dot(a, a)), l_b = sqrt(dot(b, b)), l_c = sqrt(dot(c, c));
  double       b_c[3];
  cross(b, c, b_c);
  return 2.0 * atan2(fabs(dot(a, b_c)), l_a * l_b * l_c + dot(a, b) * l_c + dot(a, c) * l_b + dot(b, c) * l_a);
}

#define DOUBTFUL 1e-6             /* weights so near to the least are looked at in full */
#define OUT_OF_REACH (1.0 + 1e-9) /* of a plane beyond the farthest corner, with room for rounding */

/* Square of the distance from the site to the farthest corner: a plane farther away cuts nothing. */
static double reach_A2(const polygon *face)
{
  double most_A2 = 0.0;
  for (size_t i = 0; i < face->n_corner; i++) most_A2 = fmax(most_A2, dot(face->corner[i].x, face->corner[i].x));
  return most_A2;
}

/* face_angle() - solid angle of the face towards bond i, cut by the others
 *
 *   opt_order  (n_bond) bonds by distance: the nearest cut first, and the rest is not looked at; NULL: as they are listed, which
 *              is what digits that are told are made of */
static double face_angle(const cuxas_bond *bond, size_t n_bond, size_t i, const size_t *opt_order)
{
  polygon face;
  double  sum = 0.0;
  start_face(bond[i].vector_A, &face);
  double limit_A2 = reach_A2(&face) * OUT_OF_REACH;
  for (size_t k = 0; k < n_bond && face.n_corner >= 3; k++) {
    const size_t j         = opt_order != NULL ? opt_order[k] : k;
    const double plane_A2  = 0.25 * bond[j].distance_A * bond[j].distance_A;
    const bool   is_beyond = plane_A2 > limit_A2;
    if (is_beyond && opt_order != NULL) break;
    if (j == i || is_beyond) continue;
    if (cut_face(bond[j].vector_A, &face)) limit_A2 = reach_A2(&face) * OUT_OF_REACH;
  }
  for (size_t k = 1; k + 1 < face.n_corner; k++)
    sum += solid_angle(face.corner[0].x, face.corner[k].x, face.corner[k + 1].x);
  return sum;
}

/* A neighbour and how far away it is. */
typedef struct {
  size_t bond;
  double distance_A;
} near_bond;

static int by_distance(const void *left, const void *right)
{
  const near_bond *a = left, *b = right;
  if (a->distance_A != b->distance_A) return a->distance_A < b->distance_A ? -1 : 1;
  return (a->bond > b->bond) - (a->bond < b->bond);
}

cuxas_status cuxas_neighbors_weigh(const cuxas_bond *bond, size_t n_bond, double least, double *ret_weight,
                                   cuxas_error *err)
{
  double       largest = 0.0, left = 4.0 * PI;
  near_bond   *by_now = cuxas_new(err, n_bond, sizeof *by_now);
  size_t      *order  = cuxas_new(err, n_bond, sizeof *order);
  cuxas_status status = by_now != NULL && order != NULL ? CUXAS_OK : CUXAS_ENOMEM;
  for (size_t i = 0; i < n_bond && status == CUXAS_OK; i++) {
    by_now[i]     = (near_bond){i, bond[i].distance_A};
    ret_weight[i] = 0.0;
  }
  if (status == CUXAS_OK && n_bond > 1) qsort(by_now, n_bond, sizeof *by_now, by_distance);
  for (size_t i = 0; i < n_bond && status == CUXAS_OK; i++) order[i] = by_now[i].bond;
  /* the faces of a polyhedron see all directions: what is left of them bounds what is to come */
  for (size_t k = 0; k < n_bond && status == CUXAS_OK && left > (least - DOUBTFUL) * largest; k++) {
    const size_t i = order[k];
    ret_weight[i]  = face_angle(bond, n_bond, i, order);
    largest        = fmax(largest, ret_weight[i]);
    left -= ret_weight[i];
  }
  const double enough = (least - DOUBTFUL) * largest;
  largest             = 0.0;
  for (size_t i = 0; i < n_bond && status == CUXAS_OK; i++) {
    ret_weight[i] = ret_weight[i] > enough ? face_angle(bond, n_bond, i, NULL) : 0.0;
    largest       = fmax(largest, ret_weight[i]);
  }
  for (size_t i = 0; i < n_bond && status == CUXAS_OK; i++) ret_weight[i] /= largest;
  free(by_now);
  free(order);
  return status;
}

/* ---- distances against covalent radii ---------------------------------------------------------------------------- */

double cuxas_neighbors_closest(const cuxas_crystal *crystal, double limit, size_t ret_pair[2], double *ret_distance_A)
{
  cuxas_neighbors *neighbors = NULL;
  double           most_A = 0.0, closest = INFINITY;
  for (size_t i = 0; i < crystal->n_site; i++)
    most_A = fmax(most_A, cuxas_element_find(crystal->atomic_number[i])->covalent_radius_A);
  if (cuxas_neighbors_find(crystal, NULL, 0, 2.0 * limit * most_A, &neighbors, NULL) != CUXAS_OK) return INFINITY;
  for (size_t i = 0; i < crystal->n_site; i++) {
    const double radius_A = cuxas_element_find(crystal->atomic_number[i])->covalent_radius_A;
    for (size_t k = neighbors->first[i]; k < neighbors->first[i + 1]; k++) {
      const cuxas_bond *bond  = &neighbors->bond[k];
      const double      sum_A = radius_A + cuxas_element_find(crystal->atomic_number[bond->target])->covalent_radius_A;
      if (bond->target < i || !(bond->distance_A < limit * sum_A) || !(bond->distance_A / sum_A < closest)) continue;
      closest         = bond->distance_A / sum_A;
      ret_pair[0]     = i;
      ret_pair[1]     = bond->target;
      *ret_distance_A = bond->distance_A;
    }
  }
  cuxas_neighbors_free(neighbors);
  return closest;
}

/* ---- sites that symmetry makes equal, as far as distances tell --------------------------------------------------- */

/* Two sites are different where the distances of their neighbours are, and equal where an isometry that maps the lattice on
 * itself maps one on the other and every atom on an atom. Both are asked with room to spare on either side of the tolerance;
 * what neither proves is for others to decide. */

#define FAR_A 6.0           /* neighbours that are looked at */
#define DIFFERENT_BY 5.0    /* in tolerances: distances are different, */
#define ALIKE_BY 0.5        /*   or alike */
#define EQUAL_BY 0.1        /* as near an isometry brings an atom to another */
enum { MAX_ISOMETRY = 48 }; /* of a lattice */

/* One neighbour; sorted by element, then distance. */
typedef struct {
  int    element;
  double distance_A;
} look;

static int by_element(const void *left, const void *right)
{
  const look *a = left, *b = right;
  if (a->element != b->element) return a->element < b->element ? -1 : 1;
  return (a->distance_A > b->distance_A) - (a->distance_A < b->distance_A);
}

/* The largest difference of the k-th nearest neighbours of one element; those beyond FAR_A are as far as that at least. */
static double compare_looks(const look *a, size_t n_a, const look *b, size_t n_b)
{
  double most = 0.0;
  for (size_t i = 0, k = 0; i < n_a || k < n_b;) {
    if (i < n_a && k < n_b && a[i].element == b[k].element)
      most = fmax(most, fabs(a[i++].distance_A - b[k++].distance_A));
    else if (k == n_b || (i < n_a && a[i].element < b[k].element))
      most = fmax(most, FAR_A - a[i++].distance_A);
    else
      most = fmax(most, FAR_A - b[k++].distance_A);
  }
  return most;
}

typedef struct {
  double  tolerance_A, metric[3][3];
  double  reach; /* along the first edge, as fractional coordinates, of the tolerance */
  size_t  n_site;
  size_t *order;                      /* (n_site) by element, rare ones first: most isometries fail at once */
  size_t  first[CUXAS_N_ELEMENT + 2]; /* of an element in order, the n_of[] next are of it, too */
  size_t  n_of[CUXAS_N_ELEMENT + 2];
  double (*place)[3]; /* (n_site) fractional, 0 ... 1 */
  size_t n_isometry;
  double isometry[MAX_ISOMETRY][3][3]; /* fractional x' = x W */
} lattice_group;

static double product(const double metric[3][3], const double a[3], const double b[3])
{
  double sum = 0.0;
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) sum += a[i] * metric[i][k] * b[k];
  return sum;
}

/* Integer vectors as long as the edge, and at the same angles to those before it, one after the other. */
static void add_edge(lattice_group *group, double vector[3][3], int i_edge)
{
  if (i_edge == 3) {
    if (group->n_isometry < MAX_ISOMETRY) memcpy(group->isometry[group->n_isometry++], vector, 9 * sizeof(double));
    return;
  }
  const double length = sqrt(group->metric[i_edge][i_edge]);
  for (int code = 0; code < 27; code++) {
    double *v     = vector[i_edge];
    bool    is_so = true;
    for (int k = 0, rest = code; k < 3; k++, rest /= 3) v[k] = rest % 3 - 1;
    if (fabs(sqrt(product(group->metric, v, v)) - length) > group->tolerance_A) continue;
    for (int k = 0; k < i_edge && is_so; k++)
      is_so = fabs(product(group->metric, v, vector[k]) - group->metric[i_edge][k]) <
              group->tolerance_A * 0.5 * (length + sqrt(group->metric[k][k]));
    if (is_so) add_edge(group, vector, i_edge + 1);
  }
}

static double wrap(double x)
{
  return x - floor(x);
}

static double to_nearest_image(double difference)
{
  return difference > 0.5 ? difference - 1.0 : difference < -0.5 ? difference + 1.0 : difference;
}

static bool is_atom_at(const lattice_group *group, const double at[3], int element)
{
  const size_t *site = group->order + group->first[element];
  for (size_t i = 0; i < group->n_of[element]; i++) {
    const double *place = group->place[site[i]];
    double        d[3]  = {to_nearest_image(at[0] - place[0])};
    if (fabs(d[0]) > group->reach) continue; /* most are told by that */
    for (int k = 1; k < 3; k++) d[k] = to_nearest_image(at[k] - place[k]);
    if (product(group->metric, d, d) < group->tolerance_A * group->tolerance_A) return true;
  }
  return false;
}

static void map(const double isometry[3][3], const double x[3], double ret_x[3])
{
  for (int k = 0; k < 3; k++) ret_x[k] = x[0] * isometry[0][k] + x[1] * isometry[1][k] + x[2] * isometry[2][k];
}

/* Does some isometry map one site on the other, and the crystal on itself? */
static bool is_mapped(const lattice_group *group, const int *element, size_t from, size_t to)
{
  for (size_t w = 0; w < group->n_isometry; w++) {
    double shift[3];
    size_t i = 0;
    map(group->isometry[w], group->place[from], shift);
    for (int k = 0; k < 3; k++) shift[k] = group->place[to][k] - shift[k];
    for (; i < group->n_site; i++) {
      double       at[3];
      const size_t site = group->order[i];
      map(group->isometry[w], group->place[site], at);
      for (int k = 0; k < 3; k++) at[k] = wrap(at[k] + shift[k]);
      if (!is_atom_at(group, at, element[site])) break;
    }
    if (i == group->n_site) return true;
  }
  return false;
}

static void begin_group(const cuxas_crystal *crystal, double tolerance_A, lattice_group *group)
{
  const size_t n_site = crystal->n_site;
  size_t       n      = 0;
  double       vector[3][3], normal[3];
  cross(crystal->lattice_A[1], crystal->lattice_A[2], normal);
  group->reach = (1.0 + 1e-9) * tolerance_A * sqrt(dot(normal, normal)) / fabs(dot(normal, crystal->lattice_A[0]));
  group->tolerance_A = tolerance_A;
  group->n_site      = n_site;
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++)
      for (int m = 0; m < 3; m++) group->metric[i][k] += crystal->lattice_A[i][m] * crystal->lattice_A[k][m];
  add_edge(group, vector, 0);
  for (size_t i = 0; i < n_site; i++) {
    group->n_of[crystal->atomic_number[i]]++;
    for (int k = 0; k < 3; k++) group->place[i][k] = wrap(crystal->fractional[i][k]);
  }
  for (size_t wanted = 1; n < n_site; wanted++)
    for (int z = 1; z <= CUXAS_N_ELEMENT; z++) {
      if (group->n_of[z] != wanted) continue;
      group->first[z] = n;
      for (size_t i = 0; i < n_site; i++)
        if (crystal->atomic_number[i] == z) group->order[n++] = i;
    }
}

/* Sites whose neighbours are alike get one class, those whose neighbours are different others; false: one is neither. */
static bool sort_by_looks(const cuxas_neighbors *near, look *all, double symprec_A, const size_t *site, size_t n,
                          size_t *ret_class)
{
  for (size_t i = 0; i < n; i++) {
    const look  *own   = all + near->first[i];
    const size_t n_own = near->first[i + 1] - near->first[i];
    ret_class[site[i]] = site[i];
    for (size_t k = 0; k < i; k++) {
      if (ret_class[site[k]] != site[k]) continue; /* the first of its class speaks for it */
      const double apart = compare_looks(own, n_own, all + near->first[k], near->first[k + 1] - near->first[k]);
      if (apart > DIFFERENT_BY * symprec_A) continue;
      if (apart > ALIKE_BY * symprec_A) return false;
      ret_class[site[i]] = site[k];
      break;
    }
  }
  return true;
}

bool cuxas_neighbors_tell_orbits(const cuxas_crystal *crystal, int element, double symprec_A, size_t *ret_class)
{
  const size_t     n_site  = crystal->n_site;
  size_t           n       = 0;
  bool             is_told = false;
  cuxas_neighbors *near    = NULL;
  look            *all     = NULL;
  lattice_group   *group   = cuxas_new(NULL, 1, sizeof *group);
  size_t          *site    = cuxas_new(NULL, n_site, sizeof *site);
  if (site == NULL || group == NULL || (group->order = cuxas_new(NULL, n_site, sizeof *group->order)) == NULL ||
      (group->place = cuxas_new(NULL, n_site, sizeof *group->place)) == NULL)
    goto done;
  for (size_t i = 0; i < n_site; i++) {
    ret_class[i] = i;
    if (crystal->atomic_number[i] == element) site[n++] = i;
  }
  if (cuxas_neighbors_find(crystal, site, n, FAR_A, &near, NULL) != CUXAS_OK ||
      (all = cuxas_new(NULL, near->first[n], sizeof *all)) == NULL)
    goto done;
  for (size_t i = 0; i < near->first[n]; i++)
    all[i] = (look){crystal->atomic_number[near->bond[i].target], near->bond[i].distance_A};
  for (size_t i = 0; i < n; i++)
    if (near->first[i + 1] > near->first[i])
      qsort(all + near->first[i], near->first[i + 1] - near->first[i], sizeof *all, by_element);
  if (!sort_by_looks(near, all, symprec_A, site, n, ret_class)) goto done;
  begin_group(crystal, EQUAL_BY * symprec_A, group);
  is_told = true;
  for (size_t i = 0; i < n && is_told; i++)
    is_told = ret_class[site[i]] == site[i] || is_mapped(group, crystal->atomic_number, ret_class[site[i]], site[i]);
done:
  cuxas_neighbors_free(near);
  free(all);
  if (group != NULL) {
    free(group->order);
    free(group->place);
  }
  free(group);
  free(site);
  return is_told;
}
