/* bessel_priv.h - spherical Hankel functions of complex argument: free waves outside a muffin-tin sphere */
#ifndef CUXAS_BESSEL_PRIV_H
#define CUXAS_BESSEL_PRIV_H
#include <complex.h>

/* cuxas_spherical_hankel() - h_l^(1)(z) and h_l^(2)(z) for l = 0 ... l_max, and their derivatives in z
 *
 *   z                 not 0
 *   l_max             0 ... 20
 *   ret_out           (l_max + 1) h^(1) = j + i n, outgoing: decays for Im z > 0
 *   ret_in            (l_max + 1) h^(2) = j - i n, incoming
 *   ret_out_slope, ret_in_slope   (l_max + 1) d/dz
 *
 * Upward recursion, which is stable for Hankel functions; M. Abramowitz, I. A. Stegun, Handbook of Mathematical
 * Functions (1964), section 10.1. */
void cuxas_spherical_hankel(double complex z, int l_max, double complex *ret_out, double complex *ret_out_slope,
                            double complex *ret_in, double complex *ret_in_slope);

#endif
