/* broaden.h - Gaussian broadening of a curve on a uniform grid */
#ifndef CUXAS_BROADEN_H
#define CUXAS_BROADEN_H
#include "cuxas/spectrum.h"

/* cuxas_broaden() - convolution with a Gaussian
 *
 *   grid      of the curve
 *   mu        (n_energy)
 *   fwhm_eV   full width at half maximum, eV, finite, >= 0; 0 copies the curve
 *   ret_mu    (n_energy), must not be mu
 *
 * The kernel is cut at four standard deviations and its weights sum to 1 at every point: near the ends it averages over
 * the points that exist, so a constant stays constant. Returns CUXAS_OK; CUXAS_ERANGE; CUXAS_ENOMEM. */
cuxas_status cuxas_broaden(cuxas_grid grid, const double *mu, double fwhm_eV, double *ret_mu, cuxas_error *err);

#endif
