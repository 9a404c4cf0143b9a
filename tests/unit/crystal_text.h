/* crystal_text.h - crystals from text written in a test, and distances to compare them by */
#ifndef CRYSTAL_TEXT_H
#define CRYSTAL_TEXT_H
#include "cuxas/crystal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a file "test_<pid><suffix>" with this content in the temporary folder; the file is gone afterwards. */
static inline cuxas_status read_text(const char *suffix, const char *text, cuxas_crystal **ret_crystal,
                                     cuxas_error *err)
{
  char        path[512];
  const char *folder = getenv("TMPDIR");
  snprintf(path, sizeof path, "%s/cuxas_test_%ld%s", folder != NULL ? folder : "/tmp", (long)getpid(), suffix);
  FILE *out = fopen(path, "w");
  if (out == NULL) abort();
  fputs(text, out);
  fclose(out);
  const cuxas_status status = cuxas_crystal_read(path, ret_crystal, err);
  remove(path);
  return status;
}

/* Distance between sites i and j: shortest over the images in the 27 cells around; i == j: to the nearest image. */
static inline double distance_A(const cuxas_crystal *crystal, size_t i, size_t j)
{
  double shortest = HUGE_VAL;
  for (int a = -1; a <= 1; a++)
    for (int b = -1; b <= 1; b++)
      for (int c = -1; c <= 1; c++) {
        const int image[3] = {a, b, c};
        double    step[3], v[3];
        if (i == j && a == 0 && b == 0 && c == 0) continue;
        for (int k = 0; k < 3; k++) {
          step[k] = crystal->fractional[j][k] - crystal->fractional[i][k];
          step[k] += image[k] - round(step[k]);
        }
        cuxas_crystal_cartesian_A(crystal, step, v);
        shortest = fmin(shortest, sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]));
      }
  return shortest;
}

/* Shortest distance from site i to any site of the element. */
static inline double nearest_A(const cuxas_crystal *crystal, size_t i, int atomic_number)
{
  double shortest = HUGE_VAL;
  for (size_t j = 0; j < crystal->n_site; j++)
    if (crystal->atomic_number[j] == atomic_number) shortest = fmin(shortest, distance_A(crystal, i, j));
  return shortest;
}

/* The crystal repeated n[k] times along each axis. */
static inline cuxas_crystal *make_supercell(const cuxas_crystal *crystal, const int n[3])
{
  cuxas_crystal *super  = cuxas_crystal_new(crystal->n_site * (size_t)(n[0] * n[1] * n[2]));
  size_t         i_site = 0;
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++) super->lattice_A[i][k] = n[i] * crystal->lattice_A[i][k];
  for (size_t i = 0; i < crystal->n_site; i++)
    for (int a = 0; a < n[0]; a++)
      for (int b = 0; b < n[1]; b++)
        for (int c = 0; c < n[2]; c++, i_site++) {
          const int cell[3]            = {a, b, c};
          super->atomic_number[i_site] = crystal->atomic_number[i];
          for (int k = 0; k < 3; k++) super->fractional[i_site][k] = (crystal->fractional[i][k] + cell[k]) / n[k];
        }
  return super;
}
#endif
