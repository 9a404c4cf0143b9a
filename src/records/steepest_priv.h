/* steepest_priv.h - where a simulated curve on uneven energies rises most steeply */
#ifndef CUXAS_STEEPEST_PRIV_H
#define CUXAS_STEEPEST_PRIV_H
#include <stddef.h>

/* cuxas_steepest_eV() - middle of the interval with the largest slope, the first of equals
 *
 *   energy_eV, mu  (n_point), rising energies, n_point >= 2 */
double cuxas_steepest_eV(const double *energy_eV, const double *mu, size_t n_point);

#endif
