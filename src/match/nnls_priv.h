/* nnls_priv.h - non-negative least squares for few unknowns */
#ifndef CUXAS_NNLS_PRIV_H
#define CUXAS_NNLS_PRIV_H
#include <stddef.h>

enum { CUXAS_NNLS_MAX = 6 };

/* cuxas_nnls() - the non-negative x that minimises |A x - b|^2, from A'A and A'b (C. L. Lawson and R. J. Hanson,
 * Solving Least Squares Problems, 1974, chapter 23)
 *
 *   gram    (n, n) A'A, positive semidefinite
 *   inner   (n) A'b
 *   ret_x   (n)
 *   n       1 ... CUXAS_NNLS_MAX
 *
 * Columns that depend on others get 0. */
void cuxas_nnls(const double *gram, const double *inner, size_t n, double *ret_x);

#endif
