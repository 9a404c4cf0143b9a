/* dataset.h - training records -> targets on the model's grids
 *
 * A curve is interpolated by Steffen's monotone cubic (M. Steffen, Astron. Astrophys. 239, 443 (1990)): no overshoot
 * between the uneven points. Below its first point mu falls as mu_first exp((E - E_first) / CUXAS_TAIL_EV), above its
 * last it stays at the last value.
 *
 * Where an edge was not simulated, its target follows from the first edge of the same record and channel. Both end in
 * the same states, so they differ by the spin-orbit splitting, by the core hole's width, and, a little, by the
 * atomic cross section:
 *
 *   mu_2(E) = ratio(x) (Lorentzian of the widths' difference * mu_1)(E - splitting),   x = E - E_first of mu_2
 *
 * splitting, width and the curve ratio(x), the same for all records, come from the records that have both. */
#ifndef CUXAS_DATASET_H
#define CUXAS_DATASET_H
#include "cuxas/records.h"

/* How an edge follows from the first. */
typedef struct {
  size_t  n_record;     /* records with both curves, from which all this was found; 0: nothing is known */
  double  splitting_eV; /* mean difference of the curves' first energies */
  double  width_eV;     /* difference of the core-hole widths (full width at half maximum) */
  double  weight;       /* mean edge step relative to the first edge's */
  size_t  n_ratio;
  double *ratio; /* (n_ratio) at x = i CUXAS_DOUBLET_STEP_EV; the last value holds beyond */
  double  mae;   /* mean over those records of the mean absolute error of targets made this way, on the grid */
} cuxas_doublet;

#define CUXAS_DOUBLET_STEP_EV 0.1 /* of the curve ratio and of the convolution, eV */

typedef struct {
  size_t     n_row; /* one row per record, same order */
  size_t     n_edge;
  cuxas_grid grid[CUXAS_MODEL_MAX_EDGE];
  float     *target[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL];    /* (n_row, n_energy of the edge) */
  bool      *known[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL];     /* (n_row) false: no target, the row of it is zero */
  bool      *simulated[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL]; /* (n_row) the target is from a curve of its own */
  double *origin_eV; /* (n_row) first energy of the first edge's curve, of the one without a core hole where there is */
  cuxas_doublet doublet[CUXAS_MODEL_MAX_EDGE]; /* of each edge relative to the first; the first's: weight 1 */
} cuxas_dataset;

/* cuxas_dataset_new() - targets of all records
 *
 *   grid         (records->n_edge) grid of each edge
 *   ret_dataset  the caller frees it with cuxas_dataset_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE a curve is so far from its grid that nothing of it lies on it; CUXAS_ENUMERIC;
 *          CUXAS_ENOMEM. An edge that no record has leaves known false throughout and is not an error. */
cuxas_status cuxas_dataset_new(const cuxas_records *records, const cuxas_grid *grid, cuxas_dataset **ret_dataset,
                               cuxas_error *err);

/* cuxas_dataset_free() - accepts NULL */
void cuxas_dataset_free(cuxas_dataset *dataset);

/* cuxas_dataset_resample() - one curve on a grid, as above
 *
 *   ret_mu  (n_energy)
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_dataset_resample(const cuxas_record_curve *curve, cuxas_grid grid, double *ret_mu, cuxas_error *err);

/* cuxas_doublet_find() - how an edge follows from the first, in the channel without a core hole
 *
 *   i_edge       > 0
 *   ret_doublet  the caller frees ret_doublet->ratio; mae is not set
 *
 * Returns  CUXAS_OK, also when no record has both (n_record is 0); CUXAS_ERANGE the second edge is sharper than the
 *          first or lies below it; CUXAS_ENOMEM. */
cuxas_status cuxas_doublet_find(const cuxas_records *records, size_t i_edge, cuxas_doublet *ret_doublet,
                                cuxas_error *err);

/* cuxas_doublet_apply() - the second edge's curve on a grid, from the first edge's
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_doublet_apply(const cuxas_doublet *doublet, const cuxas_record_curve *first, cuxas_grid grid,
                                 double *ret_mu, cuxas_error *err);

#endif
