#include "simulate/core_width_priv.h"

#include <math.h>
#include <stddef.h>

enum { N_ELEMENT = 8 };

static const struct {
  int    n, kappa;
  double atomic_number[N_ELEMENT];
  double width_eV[N_ELEMENT];
} SHELLS[] = {
    {1, -1, {1, 10, 20, 40, 50, 60, 80, 95}, {0.02, 0.28, 0.75, 4.8, 10.5, 21.0, 60.0, 105.0}},
    {2, -1, {1, 18, 22, 35, 50, 52, 75, 95}, {0.07, 3.9, 3.8, 7.0, 6.0, 3.7, 8.0, 19.0}},
    {2, 1, {1, 17, 28, 31, 45, 60, 80, 95}, {0.001, 0.12, 1.4, 0.8, 2.6, 4.1, 6.3, 10.5}},
    {2, -2, {1, 17, 28, 31, 45, 60, 80, 95}, {0.001, 0.12, 0.55, 0.7, 2.1, 3.5, 5.4, 9.0}},
};

double cuxas_core_width_eV(int atomic_number, int n, int kappa)
{
  if (atomic_number < 1 || atomic_number > 95) return 0.0;
  for (size_t shell = 0; shell < sizeof SHELLS / sizeof *SHELLS; shell++) {
    if (SHELLS[shell].n != n || SHELLS[shell].kappa != kappa) continue;
    const double *z = SHELLS[shell].atomic_number, *width_eV = SHELLS[shell].width_eV;
    size_t        i = 0;
    while (atomic_number > z[i + 1]) i++;
    return width_eV[i] * pow(width_eV[i + 1] / width_eV[i], (atomic_number - z[i]) / (z[i + 1] - z[i]));
  }
  return 0.0;
}
