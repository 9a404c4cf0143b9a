/* resample_priv.h - a curve continued beyond its ends and broadened once, then read at any energy shift */
#ifndef CUXAS_RESAMPLE_PRIV_H
#define CUXAS_RESAMPLE_PRIV_H
#include "cuxas/compare.h"

enum { CUXAS_RESAMPLE_MAX_CHANNEL = 2 };

typedef struct {
  cuxas_grid grid;      /* the curve's own, continued on both sides far enough for every shift asked for */
  size_t     n_channel; /* 1, or 2 with the screened hole */
  double    *mu[CUXAS_RESAMPLE_MAX_CHANNEL]; /* (grid.n_energy) no hole, screened hole; broadened */
  size_t     i_curve;                        /* where the curve's own points begin in mu */
  cuxas_grid covered;                        /* the curve's own grid */
  bool       extend;                         /* as in cuxas_curve */
} cuxas_resampled;

/* cuxas_resampled_new() - prepares a curve for shifts from low_eV to high_eV on a target grid of the same step
 *
 * Returns  CUXAS_OK: free with cuxas_resampled_free(); CUXAS_ERANGE another step, or curve and target never meet;
 *          CUXAS_ENUMERIC a value that is not finite; CUXAS_ENOMEM. */
cuxas_status cuxas_resampled_new(const cuxas_curve *curve, double fwhm_eV, cuxas_grid target, double low_eV,
                                 double high_eV, cuxas_resampled **ret_resampled, cuxas_error *err);

/* cuxas_resampled_free() - accepts NULL */
void cuxas_resampled_free(cuxas_resampled *resampled);

/* cuxas_resampled_overlap() - the target points where the curve, moved up by shift_eV, has data; all if it extends */
cuxas_span cuxas_resampled_overlap(const cuxas_resampled *resampled, cuxas_grid target, double shift_eV);

/* cuxas_resampled_needed() - how many points must overlap: 60 % of the most that do at any whole step from the middle of a
 * window of shifts or at its borders, and CUXAS_COMPARE_MIN_POINTS
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer than CUXAS_COMPARE_MIN_POINTS overlap at every shift. */
cuxas_status cuxas_resampled_needed(const cuxas_resampled *resampled, cuxas_grid target, double low_eV, double high_eV,
                                    size_t *ret_n_needed, cuxas_error *err);

/* cuxas_resampled_read() - one channel at the energies of the span less shift_eV, by a cubic through four points
 * (Catmull-Rom: exact at the points, smooth in the shift); ret_mu is (span.n_point) */
void cuxas_resampled_read(const cuxas_resampled *resampled, size_t i_channel, cuxas_grid target, cuxas_span span,
                          double shift_eV, double *ret_mu);

#endif
