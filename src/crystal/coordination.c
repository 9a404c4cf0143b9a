/* Contents: 1. solid angles of Voronoi faces  2. who counts  3. kinds of surroundings */
#include "crystal/coordination.h"

#include "base/memory.h"
#include "crystal/neighbor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1. solid angles of Voronoi faces */

enum { MAX_CORNER = 128 };
#define FAR_A 50.0 /* half the side of a face before it is cut: beyond anything a crystal leaves open */

typedef struct {
  double x[3];
} point;

typedef struct {
  point  corner[MAX_CORNER];
  size_t n_corner;
} polygon;

static double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void cross(const double a[3], const double b[3], double ret[3])
{
  ret[0] = a[1] * b[2] - a[2] * b[1];
  ret[1] = a[2] * b[0] - a[0] * b[2];
  ret[2] = a[0] * b[1] - a[1] * b[0];
}

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
      ret_face->corner[i].x[k] = 0.5 * vector_A[k] + FAR_A * (SIGN[i][0] * u[k] + SIGN[i][1] * v[k]);
}

/* cut_face() - keeps what is nearer to the site than to the other neighbour (I. E. Sutherland, G. W. Hodgman, Commun. ACM
 * 17, 32 (1974)) */
static void cut_face(const double other_A[3], polygon *face)
{
  const double half = 0.5 * dot(other_A, other_A);
  polygon      kept = {.n_corner = 0};
  for (size_t i = 0; i < face->n_corner; i++) {
    const point *a = &face->corner[i], *b = &face->corner[(i + 1) % face->n_corner];
    const double beyond_a = dot(a->x, other_A) - half, beyond_b = dot(b->x, other_A) - half;
    if (beyond_a <= 0.0 && kept.n_corner < MAX_CORNER) kept.corner[kept.n_corner++] = *a;
    if ((beyond_a < 0.0 && beyond_b > 0.0) || (beyond_a > 0.0 && beyond_b < 0.0)) {
      const double part = beyond_a / (beyond_a - beyond_b);
      point        crossing;
      for (int k = 0; k < 3; k++) crossing.x[k] = a->x[k] + part * (b->x[k] - a->x[k]);
      if (kept.n_corner < MAX_CORNER) kept.corner[kept.n_corner++] = crossing;
    }
  }
  *face = kept;
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

static double face_angle(const cuxas_bond *bond, size_t n_bond, size_t i)
{
  polygon face;
  double  sum = 0.0;
  start_face(bond[i].vector_A, &face);
  for (size_t j = 0; j < n_bond && face.n_corner >= 3; j++)
    if (j != i) cut_face(bond[j].vector_A, &face);
  for (size_t k = 1; k + 1 < face.n_corner; k++)
    sum += solid_angle(face.corner[0].x, face.corner[k].x, face.corner[k + 1].x);
  return sum;
}

/* 2. who counts */

bool cuxas_element_is_nonmetal(int atomic_number)
{
  static const int NONMETAL[] = {1, 6, 7, 8, 9, 15, 16, 17, 33, 34, 35, 52, 53};
  for (size_t i = 0; i < sizeof NONMETAL / sizeof *NONMETAL; i++)
    if (NONMETAL[i] == atomic_number) return true;
  return false;
}

static int compare_ligands(const void *a, const void *b)
{
  const cuxas_ligand *first = a, *second = b;
  const double        difference = first->distance_A - second->distance_A;
  if (fabs(difference) > 1e-6) return difference < 0.0 ? -1 : 1;
  return (first->atomic_number > second->atomic_number) - (first->atomic_number < second->atomic_number);
}

/* pick_ligands() - of all neighbours with their weights those that count
 *
 * Returns  how many there are, also when there is no room for all of them. */
static size_t pick_ligands(const cuxas_ligand *neighbour, size_t n_neighbour, cuxas_coordination *coordination)
{
  const double enough       = CUXAS_COORDINATION_WEIGHT - 1e-9;
  bool         has_nonmetal = false, has_other_than_h = false;
  size_t       n = 0;
  for (size_t i = 0; i < n_neighbour; i++) {
    if (neighbour[i].weight < enough || !cuxas_element_is_nonmetal(neighbour[i].atomic_number)) continue;
    has_nonmetal     = true;
    has_other_than_h = has_other_than_h || neighbour[i].atomic_number != 1;
  }
  for (size_t i = 0; i < n_neighbour; i++) {
    const int z = neighbour[i].atomic_number;
    if (neighbour[i].weight < enough || (has_nonmetal && !cuxas_element_is_nonmetal(z)) || (has_other_than_h && z == 1))
      continue;
    if (n < CUXAS_MAX_LIGAND) coordination->ligand[n] = neighbour[i];
    n++;
  }
  coordination->n_ligand    = n < CUXAS_MAX_LIGAND ? n : CUXAS_MAX_LIGAND;
  coordination->is_metallic = !has_nonmetal;
  qsort(coordination->ligand, coordination->n_ligand, sizeof *coordination->ligand, compare_ligands);
  return n;
}

cuxas_status cuxas_coordination_find(const cuxas_crystal *crystal, size_t site, cuxas_coordination *ret_coordination,
                                     cuxas_error *err)
{
  cuxas_neighbors *neighbors = NULL;
  double           largest   = 0.0;

  *ret_coordination = (cuxas_coordination){.is_metallic = true};
  if (site >= crystal->n_site)
    return cuxas_fail(err, CUXAS_ERANGE, "no site %zu in a crystal of %zu", site, crystal->n_site);
  cuxas_status status = cuxas_neighbors_find(crystal, &site, 1, CUXAS_COORDINATION_CUTOFF_A, &neighbors, err);
  if (status != CUXAS_OK) return status;

  const size_t  n_bond    = neighbors->first[1] - neighbors->first[0];
  cuxas_ligand *neighbour = cuxas_new_array(n_bond, sizeof *neighbour);
  if (neighbour == NULL) status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu neighbours", n_bond);
  for (size_t i = 0; i < n_bond && status == CUXAS_OK; i++) {
    const cuxas_bond *bond = &neighbors->bond[neighbors->first[0] + i];
    neighbour[i]           = (cuxas_ligand){crystal->atomic_number[bond->target], bond->distance_A,
                                            face_angle(&neighbors->bond[neighbors->first[0]], n_bond, i)};
    largest                = fmax(largest, neighbour[i].weight);
  }
  for (size_t i = 0; i < n_bond && status == CUXAS_OK; i++) neighbour[i].weight /= largest;
  if (status == CUXAS_OK && pick_ligands(neighbour, n_bond, ret_coordination) > CUXAS_MAX_LIGAND)
    status = cuxas_fail(err, CUXAS_ERANGE, "site %zu has more than %d equal neighbours", site, CUXAS_MAX_LIGAND);
  free(neighbour);
  cuxas_neighbors_free(neighbors);
  return status;
}

/* 3. kinds of surroundings */

static cuxas_ligand_class class_of(int atomic_number)
{
  switch (atomic_number) {
  case 8: return CUXAS_LIGANDS_OXIDE;
  case 16:
  case 34:
  case 52: return CUXAS_LIGANDS_CHALCOGENIDE;
  case 9:
  case 17:
  case 35:
  case 53: return CUXAS_LIGANDS_HALIDE;
  case 7:
  case 15:
  case 33: return CUXAS_LIGANDS_PNICTIDE;
  case 1:
  case 6: return CUXAS_LIGANDS_OTHER;
  default: return CUXAS_LIGANDS_METAL;
  }
}

cuxas_ligand_class cuxas_coordination_class(const cuxas_coordination *coordination)
{
  if (coordination->n_ligand == 0) return CUXAS_LIGANDS_NONE;
  const cuxas_ligand_class first = class_of(coordination->ligand[0].atomic_number);
  for (size_t i = 1; i < coordination->n_ligand; i++)
    if (class_of(coordination->ligand[i].atomic_number) != first) return CUXAS_LIGANDS_MIXED;
  return first;
}

const char *cuxas_ligand_class_name(cuxas_ligand_class kind)
{
  static const char *const NAME[CUXAS_N_LIGANDS] = {"none",   "metal",    "oxide", "chalcogenide",
                                                    "halide", "pnictide", "other", "mixed"};
  return NAME[kind];
}
