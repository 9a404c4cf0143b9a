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

/* Half width of the Savitzky-Golay window for measured data: 5 points of 0.2 eV. Our choice, a compromise: before a
 * white line 1 eV wide it puts the onset 0.15 eV too low (7 points: 0.25 eV); 2 % noise moves an L3 onset by 0.04 eV. */
#define CUXAS_ONSET_SMOOTH_EV 0.4

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
 * A rise begins where the derivative reaches half of the largest and ends where it has fallen to half of its own
 * maximum, which is the onset: weak features before the edge and stronger ones behind it are passed over. The first edge
 * is the first rise of the curve; a later edge is the first one within CUXAS_ONSET_SEARCH_EV of first onset + splitting, half of
 * the largest derivative there and at least 4 % as steep as the first edge. The maximum must be a local one between two
 * neighbours: a scan that begins on a pedestal or in the middle of a rise never reports its first point. What does not
 * stand out from the noise (5 standard deviations, estimated from third differences) is no onset.
 *
 * Returns  CUXAS_OK, also when nothing is found; CUXAS_ENOMEM. */
cuxas_status cuxas_onset_find(cuxas_grid grid, const double *mu, double smooth_eV, const cuxas_edge_window *edge,
                              size_t n_edge, cuxas_onset *ret_onset, cuxas_error *err);

#endif
