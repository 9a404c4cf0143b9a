/* edge_shape.h - what one reads off a doublet of edges: peaks, widths, white line over step, areas, each with its error
 *
 * With the pedestal before the first edge taken off, every edge i of a doublet stands on a step. The whole step is the
 * mean of the curve CUXAS_SHAPE_STEP_FROM_EV to CUXAS_SHAPE_STEP_UNTIL_EV above the last edge's peak (where the scan does not reach that
 * far, behind the first edge only the first edge's height is given). It is divided between the edges as their numbers of core electrons, 2:1 for L3 and L2
 * (D. H. Pearson, C. C. Ahn, B. Fultz, Phys. Rev. B 47, 8471 (1993)); each part is an arctangent of CUXAS_SHAPE_STEP_WIDTH_EV at the edge's
 * peak. What the curve has above the steps is the white line: its area is summed from the edge's onset less 3 eV until
 * CUXAS_SHAPE_AREA_EV above its peak, or until the next edge's onset less 3 eV.
 *
 *   peak      the maximum within CUXAS_SHAPE_SEARCH_EV above the onset, refined by a parabola through three points
 *   height    (peak - pedestal) / (level behind this edge - pedestal); the level is the mean 10 to 15 eV above the onset
 *   width     full width at half of the height above the edge's own step, linear between points
 *
 * Errors are standard deviations over CUXAS_SHAPE_REPLICATES copies of the curve with noise of the size that third
 * differences show, drawn anew from a fixed seed; it has gone through the kernel that smoothed the curve, which neighbours share. They hold what noise does; not what a background or a detection mode does. */
#ifndef CUXAS_EDGE_SHAPE_H
#define CUXAS_EDGE_SHAPE_H

#include "cuxas/preprocess.h"

#define CUXAS_SHAPE_SEARCH_EV 4.0
#define CUXAS_SHAPE_STEP_FROM_EV 10.0
#define CUXAS_SHAPE_STEP_UNTIL_EV 15.0
#define CUXAS_SHAPE_STEP_WIDTH_EV 1.0
#define CUXAS_SHAPE_AREA_EV 10.0
enum { CUXAS_SHAPE_MAX_EDGE = 2, CUXAS_SHAPE_REPLICATES = 100 };

/* A number and its standard deviation; both NaN: the curve does not give it. */
typedef struct {
  double value, sd;
} cuxas_estimate;

typedef struct {
  char           name[8];
  cuxas_estimate onset_eV, peak_eV, width_eV;
  cuxas_estimate height; /* of the peak over the step behind this edge */
  cuxas_estimate area;   /* of the white line, eV, with the whole step as unit */
} cuxas_edge_numbers;

typedef struct cuxas_edge_shape {
  size_t             n_edge;
  cuxas_edge_numbers edge[CUXAS_SHAPE_MAX_EDGE];
  cuxas_estimate     splitting_eV; /* between the peaks of the two edges */
  cuxas_estimate     area_ratio;   /* of the first edge's white line to the second's */
} cuxas_edge_shape;

/* cuxas_edge_shape_find() - of a prepared curve
 *
 *   mu         (n_energy) finite, absorption upwards; gain and offset do not matter
 *   kernel_eV  s of the kernel exp(-(dE/s)^2) that the curve was smoothed with (preprocess.h); 0: none
 *   edge       (n_edge) as for cuxas_onset_find(); edges beyond CUXAS_SHAPE_MAX_EDGE are passed over
 *
 * Returns  CUXAS_OK, also when no edge is found; CUXAS_ENOMEM. */
cuxas_status cuxas_edge_shape_find(cuxas_grid grid, const double *mu, double kernel_eV, const cuxas_edge_window *edge,
                                   size_t n_edge, cuxas_edge_shape *ret_shape, cuxas_error *err);

#endif
