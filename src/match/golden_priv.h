/* golden_priv.h - maximum of a function of one variable inside a bracket */
#ifndef CUXAS_GOLDEN_PRIV_H
#define CUXAS_GOLDEN_PRIV_H

typedef double cuxas_objective(double x, void *user);

/* cuxas_golden_maximum() - golden-section search
 *
 *   low, high  bracket with one maximum inside (or at an end), low <= high
 *   width      the bracket is narrowed to this, > 0
 *
 * Returns  the best point tried, ends included; ret_value is the function there. NaN counts as -infinity. The number of
 * calls depends on the bracket and width alone. */
double cuxas_golden_maximum(cuxas_objective *objective, void *user, double low, double high, double width,
                            double *ret_value);

#endif
