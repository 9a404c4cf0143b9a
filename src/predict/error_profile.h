/* error_profile.h - where and how far predictions are off: root mean square of held-out errors by energy from the edge
 *
 * Held-out errors are largest at the white lines and small elsewhere, so a difference there is weaker evidence than the
 * same difference elsewhere. The score (compare.h) weighs every energy by what a prediction can be trusted to there. A
 * model carries its profile (member "errors" of its head, tensor errors.rms); cuxas-model train finds it by cross-validation. */
#ifndef CUXAS_ERROR_PROFILE_H
#define CUXAS_ERROR_PROFILE_H
#include "cuxas/spectrum.h"

#include <stdbool.h>

#define CUXAS_ERROR_PROFILE_START_EV -10.0 /* of a profile that is learnt, from the first edge's onset */

typedef struct cuxas_error_profile {
  cuxas_grid offset; /* start and step: energies from the first edge's onset, eV */
  double    *rms;    /* (offset.n_energy) in units of the first edge's step, >= 0 */
} cuxas_error_profile;

/* What a profile is learnt from: spectra on one grid. */
typedef struct {
  cuxas_grid    grid;
  size_t        n_row;
  const double *truth, *predicted; /* (n_row, n_energy) */
  const bool   *opt_use;           /* (n_row) rows to learn from; NULL: all */
  double        fwhm_eV;           /* Gaussian that both are broadened by before they are compared */
} cuxas_held_out_spectra;

/* cuxas_error_profile_learn() - of all rows used, each relative to the onset of its true spectrum
 *
 *   ret_profile  from CUXAS_ERROR_PROFILE_START_EV on, the grid's step and number of points; the caller frees it with
 *                cuxas_error_profile_free()
 *
 * Energies that fewer than half of the rows reach have the value of the nearest that more reach.
 * Returns  CUXAS_OK; CUXAS_ERANGE no row with an onset; CUXAS_ENOMEM. */
cuxas_status cuxas_error_profile_learn(const cuxas_held_out_spectra *held_out, cuxas_error_profile **ret_profile,
                                       cuxas_error *err);

/* cuxas_error_profile_new() - a profile of zeros; NULL: no memory */
cuxas_error_profile *cuxas_error_profile_new(cuxas_grid offset);

/* cuxas_error_profile_free() - accepts NULL */
void cuxas_error_profile_free(cuxas_error_profile *profile);

/* cuxas_error_profile_at() - rms at an energy from the onset, linear between points, the end values beyond */
double cuxas_error_profile_at(const cuxas_error_profile *profile, double offset_eV);

#endif
