/* contour_priv.h - the path in the complex energy plane along which Green functions of valence electrons are integrated
 *
 * Above the real axis they are smooth, so that few energies do: R. Zeller, J. Deutz, P. H. Dederichs, Solid State Commun.
 * 44, 993 (1982). */
#ifndef CUXAS_CONTOUR_PRIV_H
#define CUXAS_CONTOUR_PRIV_H
#include "cuxas/status.h"

#include <complex.h>
#include <stddef.h>

/* cuxas_contour_set() - about half an ellipse above the real axis, Gauss-Legendre in the angle
 *
 *   from_hartree, until_hartree  its ends; the integral of f from one to the other is the sum of weight f(energy)
 *   end_hartree                  how far above the real axis it ends, >= 0
 *   ret_energy, ret_weight       (n_energy) hartree
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_contour_set(double from_hartree, double until_hartree, double end_hartree, size_t n_energy,
                               double complex *ret_energy, double complex *ret_weight, cuxas_error *err);

#endif
