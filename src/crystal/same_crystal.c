#include "crystal/same_crystal.h"

#include <math.h>
#include <stdint.h>

static bool has_same_cell(const cuxas_crystal *a, const cuxas_crystal *b)
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      if (fabs(a->lattice_A[i][j] - b->lattice_A[i][j]) > CUXAS_SAME_CRYSTAL_A) return false;
  return true;
}

static bool is_same_place(const cuxas_crystal *a, const double left[3], const double right[3])
{
  double difference[3], difference_A[3];
  for (int j = 0; j < 3; j++) {
    difference[j] = left[j] - right[j];
    difference[j] -= round(difference[j]);
  }
  cuxas_crystal_cartesian_A(a, difference, difference_A);
  return hypot(hypot(difference_A[0], difference_A[1]), difference_A[2]) <= CUXAS_SAME_CRYSTAL_A;
}

/* Atoms keep their distance, so that no two of a are near the same one of b. */
static size_t find_site(const cuxas_crystal *a, size_t i, const cuxas_crystal *b)
{
  for (size_t n = 0; n < b->n_site; n++) {
    const size_t k = (i + n) % b->n_site; /* files mostly agree on the order */
    if (a->atomic_number[i] == b->atomic_number[k] && is_same_place(a, a->fractional[i], b->fractional[k])) return k;
  }
  return SIZE_MAX;
}

bool cuxas_same_crystal(const cuxas_crystal *a, const cuxas_crystal *b, size_t *ret_site)
{
  if (a->n_site != b->n_site || !has_same_cell(a, b)) return false;
  for (size_t i = 0; i < a->n_site; i++)
    if (find_site(a, i, b) == SIZE_MAX) return false;
  for (size_t i = 0; i < a->n_site; i++) ret_site[i] = find_site(a, i, b);
  return true;
}
