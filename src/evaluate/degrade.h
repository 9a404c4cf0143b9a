/* degrade.h - a perfect spectrum as an instrument would have shown it: for tests whose answer is known */
#ifndef CUXAS_DEGRADE_H
#define CUXAS_DEGRADE_H
#include "cuxas/spectrum.h"

#include <stdint.h>

/* In the order in which it is done; all zero: nothing. Heights are in units of the perfect spectrum's largest value. */
typedef struct {
  double fwhm_eV;    /* Gaussian resolution */
  double saturation; /* s: y = (1 + s) m / (1 + s m), m = mu / max: thick samples, self-absorption */
  double slope;      /* added from the first energy to the last */
  double pedestal;   /* added everywhere; may be negative, as after too large a background was taken off */
  double noise;      /* standard deviation of independent normal noise */
  double shift_eV;   /* of the energy axis */
  double stretch;    /* energies above the first grow by this part: a wrong dispersion */
} cuxas_degradation;

/* cuxas_degrade() - points of a scan
 *
 *   grid, mu      the perfect spectrum
 *   how           see above; widths and noise >= 0, saturation > -1
 *   from_eV, to_eV, step_eV   points of the scan before shift and stretch; those beyond the grid are left out
 *   random        state of the noise, advanced
 *   ret_spectrum  ascending energies; the caller frees it with cuxas_spectrum_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE settings outside these bounds, or fewer than 20 points; CUXAS_ENOMEM. */
cuxas_status cuxas_degrade(cuxas_grid grid, const double *mu, const cuxas_degradation *how, double from_eV,
                           double to_eV, double step_eV, uint64_t *random, cuxas_spectrum **ret_spectrum,
                           cuxas_error *err);

#endif
