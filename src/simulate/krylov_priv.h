/* krylov_priv.h - u^T (1 - A)^-1 u for the symmetric scattering matrix A, by iteration
 *
 * GMRES (Y. Saad, M. H. Schultz, SIAM J. Sci. Stat. Comput. 7, 856 (1986)) with all columns of one angular momentum as
 * one long vector: their sum is what is asked for, and the absorber's symmetry leaves it as it is. As A is symmetric,
 * an approximate solution x with the residual r gives u^T x + x^T r, whose error is of second order in r. */
#ifndef CUXAS_KRYLOV_PRIV_H
#define CUXAS_KRYLOV_PRIV_H
#include "simulate/scattering_matrix_priv.h"

enum { CUXAS_KRYLOV_MAX = 120 }; /* iterations */

typedef struct cuxas_krylov cuxas_krylov; /* work space */

/* cuxas_krylov_new() - room for n_row rows and the wanted l; NULL: no memory. The caller frees it. */
cuxas_krylov *cuxas_krylov_new(size_t n_row, const _Bool is_wanted[CUXAS_N_L]);

/* cuxas_krylov_free() - accepts NULL */
void cuxas_krylov_free(cuxas_krylov *krylov);

/* cuxas_krylov_solve() - the sum over m for every wanted l, at the energy that the matrix is filled for
 *
 *   ret_sum          (CUXAS_N_L) 0 where not wanted
 *   ret_n_iteration  products with the matrix
 *
 * Returns  whether it converged for every l. */
_Bool cuxas_krylov_solve(cuxas_krylov *krylov, const cuxas_scattering_matrix *matrix, double complex ret_sum[CUXAS_N_L],
                         size_t *ret_n_iteration);

#endif
