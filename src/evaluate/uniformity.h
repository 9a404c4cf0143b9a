/* uniformity.h - are these p-values those of chance? Kolmogorov's test against the uniform distribution */
#ifndef CUXAS_UNIFORMITY_H
#define CUXAS_UNIFORMITY_H
#include "cuxas/status.h"

#include <stddef.h>

/* cuxas_uniformity() - largest distance of the empirical distribution from that of 0 ... 1, and its significance
 *
 *   value         (n) independent of each other, n >= 1; sorted on return
 *   ret_distance  D, 0 ... 1; may be NULL
 *
 * Returns  the chance of a D this large if the values are uniform: Kolmogorov's limit with M. A. Stephens' correction for
 *          small n (J. R. Stat. Soc. B 32, 115 (1970)), good to 0.01 from n = 5 on. Small: they are not uniform. */
double cuxas_uniformity(double *value, size_t n, double *ret_distance);

#endif
