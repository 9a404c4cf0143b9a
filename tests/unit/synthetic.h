/* synthetic.h - curves with known onsets, for tests: two edges, each an arctangent step with a Lorentzian white line */
#ifndef SYNTHETIC_H
#define SYNTHETIC_H
#include "cuxas/compare.h"

#include <math.h>
#include <stdint.h>

#define SYNTHETIC_SPLITTING_EV 20.0

/* Intensity at an energy; the first edge's step is 1, white_line its peak height above it, width_eV that of both. */
static inline double synthetic_mu(double energy_eV, double edge_eV, double white_line, double width_eV)
{
  double mu = 0.0;
  for (int i = 0; i < 2; i++) {
    const double x = (energy_eV - edge_eV - SYNTHETIC_SPLITTING_EV * i) / (0.5 * width_eV);
    mu += (i == 0 ? 1.0 : 0.5) * (0.5 + atan(x) / 3.14159265358979 + white_line / (1.0 + (x - 1.0) * (x - 1.0)));
  }
  return mu;
}

static inline void synthetic_curve(cuxas_grid grid, double edge_eV, double white_line, double width_eV, double *ret_mu)
{
  for (size_t i = 0; i < grid.n_energy; i++)
    ret_mu[i] = synthetic_mu(grid.start_eV + (double)i * grid.step_eV, edge_eV, white_line, width_eV);
}

/* Standard normal numbers, the same on every machine: twelve uniform ones of a 64-bit congruential generator. */
static inline double synthetic_noise(uint64_t *state)
{
  double sum = -6.0;
  for (int i = 0; i < 12; i++) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    sum += (double)(*state >> 11) / 9007199254740992.0;
  }
  return sum;
}

#endif
