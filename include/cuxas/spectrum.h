/* spectrum.h - a spectrum (any energies) and a uniform energy grid, the two carriers of spectral data
 *
 * Energies are photon energies in eV (energy loss for EELS). mu is an absorption coefficient in arbitrary units
 * unless a function says otherwise. */
#ifndef CUXAS_SPECTRUM_H
#define CUXAS_SPECTRUM_H
#include "cuxas/status.h"

#include <stddef.h>

/* Points in any order; preprocess.h sorts and resamples. */
typedef struct {
  size_t  n_point;
  double *energy_eV; /* (n_point) */
  double *mu;        /* (n_point) */
} cuxas_spectrum;

/* Point i of a grid is at start_eV + i * step_eV. */
typedef struct {
  double start_eV;
  double step_eV; /* > 0 */
  size_t n_energy;
} cuxas_grid;

/* cuxas_spectrum_new() - n_point points, all zero; the caller frees it with cuxas_spectrum_free(); NULL: no memory */
cuxas_spectrum *cuxas_spectrum_new(size_t n_point);

/* cuxas_spectrum_copy() - an independent copy; the caller frees it; NULL: no memory */
cuxas_spectrum *cuxas_spectrum_copy(const cuxas_spectrum *spectrum);

/* cuxas_spectrum_free() - frees the spectrum and its arrays; accepts NULL */
void cuxas_spectrum_free(cuxas_spectrum *spectrum);

/* cuxas_grid_energy_eV() - energy of grid point i, eV */
double cuxas_grid_energy_eV(cuxas_grid grid, size_t i_energy);

/* cuxas_grid_end_eV() - energy of the last grid point, eV */
double cuxas_grid_end_eV(cuxas_grid grid);

#endif
