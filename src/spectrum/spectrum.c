/* spectrum.c - a spectrum and a grid: made, copied, freed */
#include "cuxas/spectrum.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

cuxas_spectrum *cuxas_spectrum_new(size_t n_point)
{
  cuxas_spectrum *spectrum = cuxas_new_array(1, sizeof *spectrum);
  if (spectrum == NULL) return NULL;
  spectrum->n_point   = n_point;
  spectrum->energy_eV = cuxas_new_array(n_point, sizeof *spectrum->energy_eV);
  spectrum->mu        = cuxas_new_array(n_point, sizeof *spectrum->mu);
  if (spectrum->energy_eV == NULL || spectrum->mu == NULL) {
    cuxas_spectrum_free(spectrum);
    return NULL;
  }
  return spectrum;
}

cuxas_spectrum *cuxas_spectrum_copy(const cuxas_spectrum *spectrum)
{
  cuxas_spectrum *copy = cuxas_spectrum_new(spectrum->n_point);
  if (copy == NULL) return NULL;
  memcpy(copy->energy_eV, spectrum->energy_eV, spectrum->n_point * sizeof *copy->energy_eV);
  memcpy(copy->mu, spectrum->mu, spectrum->n_point * sizeof *copy->mu);
  return copy;
}

void cuxas_spectrum_free(cuxas_spectrum *spectrum)
{
  if (spectrum == NULL) return;
  free(spectrum->energy_eV);
  free(spectrum->mu);
  free(spectrum);
}

double cuxas_grid_energy_eV(cuxas_grid grid, size_t i_energy)
{
  return grid.start_eV + (double)i_energy * grid.step_eV;
}

double cuxas_grid_end_eV(cuxas_grid grid)
{
  return grid.n_energy > 0 ? cuxas_grid_energy_eV(grid, grid.n_energy - 1) : grid.start_eV;
}
