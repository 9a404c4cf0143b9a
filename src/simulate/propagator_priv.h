/* propagator_priv.h - the free photoelectron between the atoms of a cluster
 *
 * A wave h_l(k |r - r_j|) Y_L leaving atom j is, about atom i, a sum of waves j_l' Y_L' with the coefficients
 *
 *   G_L'L(R) = 4 pi sum_L'' i^(l' + l'' - l) i h_l''(k R) Y_L''(R) C(L L' L''),  R = r_i - r_j
 *
 * (times i, so that scattering is t_l = exp(i delta) sin delta and G_00,00 = exp(ikR) / kR; C are integrals of three
 * real harmonics). All that depends on the geometry alone is real and computed once: G_L'L = sum_l'' i h_l''(kR)
 * times a number. Equal bonds, of which a crystal has many, are computed once; G(-R) is the transpose of G(R).
 * J. J. Rehr, R. C. Albers, Phys. Rev. B 41, 8139 (1990), doi:10.1103/PhysRevB.41.8139, section II. */
#ifndef CUXAS_PROPAGATOR_PRIV_H
#define CUXAS_PROPAGATOR_PRIV_H
#include "simulate/cluster.h"
#include "simulate/harmonics_priv.h"

#include <complex.h>
#include <stdint.h>

/* One bond that is followed forwards (from j to i) or backwards. */
typedef struct {
  uint32_t i_vector;
  uint32_t is_reversed;
} cuxas_pair;

/* A term of G_L'L: factor number `at` of a bond's list times i h_l''. */
typedef struct {
  uint8_t first, second; /* L' and L as indices of harmonics, second <= first */
  uint8_t l_bond;
} cuxas_term;

typedef struct {
  size_t      n_atom;
  cuxas_pair *pair; /* (n_atom, n_atom) [i][j] for R = r_i - r_j, owned; the diagonal is not set */
  size_t      n_vector;
  uint32_t   *length_of; /* (n_vector), owned */
  size_t      n_term;
  cuxas_term *term;   /* (n_term), owned, by first, second, l_bond */
  float      *factor; /* (n_vector, n_term), owned */
  size_t      n_length;
  double     *length_bohr;   /* (n_length), owned */
  double      shortest_bohr; /* 0 when the cluster has one atom */
} cuxas_bonds;

/* cuxas_bonds_new() - the geometry of a cluster's bonds
 *
 * The caller frees the result with cuxas_bonds_free(). CUXAS_ENOMEM; CUXAS_ERANGE: two atoms at one place. */
cuxas_status cuxas_bonds_new(const cuxas_cluster *cluster, cuxas_bonds **ret_bonds, cuxas_error *err);

/* cuxas_bonds_free() - accepts NULL */
void cuxas_bonds_free(cuxas_bonds *bonds);

/* cuxas_hankel() - i h_l(x), h the outgoing spherical Hankel function, l = 0 ... 2 CUXAS_L_MAX
 *
 *   x  Im x >= 0, not 0 */
void cuxas_hankel(double complex x, double complex ret_ih[2 * CUXAS_L_MAX + 1]);

/* cuxas_bonds_propagate() - G of every distinct bond at one wave number
 *
 *   wave_number     1/bohr
 *   ret_propagator  (n_vector, CUXAS_N_LM, CUXAS_N_LM), [L'][L]; a reversed bond needs the transpose */
void cuxas_bonds_propagate(const cuxas_bonds *bonds, double complex wave_number, float complex *ret_propagator);

#endif
