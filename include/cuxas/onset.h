/* onset.h - where does an absorption edge begin? The steepest point of its first rise */
#ifndef CUXAS_ONSET_H
#define CUXAS_ONSET_H
#include "cuxas/spectrum.h"

#include <stdbool.h>

/* Where an edge is looked for. */
typedef struct {
  char   name[8];
  double splitting_eV; /* of this edge above the first, eV; 0 for the first */
} cuxas_edge_window;

typedef struct {
  bool   found;
  double energy_eV;  /* refined by a parabola through three points, eV */
  double on_grid_eV; /* the grid point of the steepest rise, eV */
} cuxas_onset;

/* Half width of the Savitzky-Golay window for measured data: 7 points of 0.2 eV (our choice: no wider than the rise of
 * the sharpest white line, wide enough that 2 % noise moves an L3 onset by less than a grid point). */
#define CUXAS_ONSET_SMOOTH_EV 0.6

/* Later edges are looked for this far around first onset + splitting (our choice; seen: 19.1 to 20.0 eV for Cu L2). */
#define CUXAS_ONSET_SEARCH_EV 3.0

/* cuxas_onset_find() - onsets of all edges of a curve
 *
 *   grid            of the curve
 *   mu              (n_energy) finite; gain and offset do not matter as long as absorption points upwards
 *   smooth_eV       half width of the window of the Savitzky-Golay first derivative (quadratic); less than a step gives
 *                   the central difference, right for simulated curves
 *   edge            (n_edge) in rising energy, the first with splitting 0
 *   ret_onset       (n_edge); an edge that is not there, or not wholly in the range, has found = false and NaN energies
 *
 * Only interior local maxima of the derivative count: a scan that begins on a pedestal or in the middle of a rise never
 * reports its first point. The first edge is the first maximum of at least half the largest derivative of the curve, so
 * that weak features before the edge and stronger ones behind it are passed over. A later edge is the first maximum of
 * at least half the largest derivative within CUXAS_ONSET_SEARCH_EV of first onset + splitting, and of at least 4 % of
 * the first edge's. What does not stand out from the noise (5 standard deviations, estimated from third differences) is
 * no onset.
 *
 * Returns  CUXAS_OK, also when nothing is found; CUXAS_ENOMEM. */
cuxas_status cuxas_onset_find(cuxas_grid grid, const double *mu, double smooth_eV, const cuxas_edge_window *edge,
                              size_t n_edge, cuxas_onset *ret_onset, cuxas_error *err);

#endif
