/* harmonics_priv.h - real spherical harmonics, products of them, and how they turn
 *
 * Y_lm, m = -l ... l, at index l^2 + l + m: sqrt(2) N P_l^|m|(cos theta) times sin |m| phi for m < 0 and cos m phi for
 * m > 0, N P_l for m = 0, without the Condon-Shortley sign; orthonormal on the sphere. */
#ifndef CUXAS_HARMONICS_PRIV_H
#define CUXAS_HARMONICS_PRIV_H
#include "cuxas/status.h"
#include "simulate/photoelectron_priv.h"

#include <stddef.h>

enum {
  CUXAS_N_LM            = CUXAS_N_L * CUXAS_N_L,                         /* waves about one atom */
  CUXAS_N_LM_BOND       = (2 * CUXAS_L_MAX + 1) * (2 * CUXAS_L_MAX + 1), /* harmonics of a bond's direction */
  CUXAS_HARMONICS_MAX_L = 2 * CUXAS_L_MAX,
};

/* cuxas_harmonics() - all Y_lm up to l_max of a direction
 *
 *   l_max      <= CUXAS_HARMONICS_MAX_L
 *   direction  unit vector
 *   ret_y      ((l_max + 1)^2) */
void cuxas_harmonics(int l_max, const double direction[3], double *ret_y);

/* An integral of three harmonics that is not zero. */
typedef struct {
  int    first, second; /* indices of waves about an atom, second <= first */
  int    bond;          /* index of the harmonic of the bond */
  double value;
} cuxas_gaunt;

/* cuxas_gaunts_new() - all integrals Y_first Y_second Y_bond over the sphere that do not vanish, by first, second, bond
 *
 *   ret_gaunt  the caller frees it with free()
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_gaunts_new(cuxas_gaunt **ret_gaunt, size_t *ret_n_gaunt, cuxas_error *err);

/* cuxas_harmonics_turn() - D with Y(g r) = D Y(r), one block for each l: D[i][j] = 0 between different l
 *
 *   operation  orthogonal 3 x 3 matrix g, det 1 or -1
 *   ret_turn   (CUXAS_N_LM, CUXAS_N_LM)
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_harmonics_turn(const double operation[3][3], double ret_turn[CUXAS_N_LM][CUXAS_N_LM],
                                  cuxas_error *err);

#endif
