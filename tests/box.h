/* box.h - crystals for tests: arrays inside the struct, random or repeated cells */
#ifndef BOX_H
#define BOX_H
#include "cuxas/crystal.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { MAX_SITE = 512 };
typedef struct {
  cuxas_crystal crystal;
  int           number[MAX_SITE];
  double        fractional[MAX_SITE][3];
} box;

static inline void make_box(box *b, const double lattice_A[3][3], size_t n_site)
{
  memset(b, 0, sizeof *b);
  memcpy(b->crystal.lattice_A, lattice_A, sizeof b->crystal.lattice_A);
  b->crystal.n_site        = n_site;
  b->crystal.atomic_number = b->number;
  b->crystal.fractional    = b->fractional;
  for (size_t i = 0; i < n_site; i++) b->number[i] = 29;
}

static inline double uniform(uint64_t *seed)
{
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return (double)(*seed >> 11) / 9007199254740992.0;
}

static inline void make_random_box(box *b, const double lattice_A[3][3], size_t n_site, uint64_t seed)
{
  make_box(b, lattice_A, n_site);
  for (size_t i = 0; i < n_site; i++)
    for (int k = 0; k < 3; k++) b->fractional[i][k] = 4.0 * uniform(&seed) - 2.0; /* not wrapped into the cell */
}

static inline double dot(const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* atoms of the given elements at random, none closer than gap_A to another or to its image in a neighbouring cell */
static inline void make_packed_box(box *b, const double lattice_A[3][3], size_t n_site, const int *number, double gap_A,
                                   uint64_t seed)
{
  make_box(b, lattice_A, n_site);
  for (size_t i = 0; i < n_site; i++) {
    double nearest_A = 0.0;
    b->number[i]     = number[i];
    while (nearest_A < gap_A) {
      nearest_A = INFINITY;
      for (int k = 0; k < 3; k++) b->fractional[i][k] = uniform(&seed);
      for (size_t j = 0; j < i; j++)
        for (int image = 0; image < 27; image++) {
          double f[3], v[3];
          for (int k = 0; k < 3; k++) f[k] = b->fractional[i][k] - b->fractional[j][k];
          f[0] += image % 3 - 1;
          f[1] += image / 3 % 3 - 1;
          f[2] += image / 9 - 1;
          for (int k = 0; k < 3; k++) v[k] = f[0] * lattice_A[0][k] + f[1] * lattice_A[1][k] + f[2] * lattice_A[2][k];
          nearest_A = fmin(nearest_A, sqrt(dot(v, v)));
        }
    }
  }
}

/* n[0] x n[1] x n[2] copies of the cell; site i of copy j is site j * n_site + i. */
static inline void make_supercell(box *to, const box *from, const int n[3])
{
  double lattice_A[3][3];
  for (int k = 0; k < 3; k++)
    for (int m = 0; m < 3; m++) lattice_A[k][m] = from->crystal.lattice_A[k][m] * n[k];
  make_box(to, lattice_A, 0);
  for (int a = 0; a < n[0]; a++)
    for (int b = 0; b < n[1]; b++)
      for (int c = 0; c < n[2]; c++)
        for (size_t i = 0; i < from->crystal.n_site; i++) {
          double *f                        = to->fractional[to->crystal.n_site];
          to->number[to->crystal.n_site++] = from->number[i];
          f[0]                             = (from->fractional[i][0] + a) / n[0];
          f[1]                             = (from->fractional[i][1] + b) / n[1];
          f[2]                             = (from->fractional[i][2] + c) / n[2];
        }
}

/* turn_box() - the crystal rotated about an axis that is none of its own */
static inline void turn_box(box *b)
{
  const double c = cos(0.7), s = sin(0.7), rotation[3][3] = {{c, -s * c, s * s}, {s, c * c, -s * c}, {0, s, c}};
  double       turned_A[3][3];
  for (int k = 0; k < 3; k++)
    for (int m = 0; m < 3; m++) turned_A[k][m] = dot(rotation[m], b->crystal.lattice_A[k]);
  memcpy(b->crystal.lattice_A, turned_A, sizeof turned_A);
}
#endif
