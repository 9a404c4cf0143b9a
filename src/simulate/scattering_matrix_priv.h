/* scattering_matrix_priv.h - the matrix t^1/2 G0 t^1/2 of a cluster, which is symmetric, and products with it
 *
 * Columns of a product for m = -l ... l together turn into themselves under the absorber's point group, so that rows of
 * one atom of each orbit are enough: the others follow by turning. */
#ifndef CUXAS_SCATTERING_MATRIX_PRIV_H
#define CUXAS_SCATTERING_MATRIX_PRIV_H
#include "simulate/multiple_scattering_priv.h"
#include "simulate/propagator_priv.h"
#include "simulate/site_symmetry_priv.h"

enum { CUXAS_LANES = 8 };

struct cuxas_scattering {
  size_t               n_atom;
  size_t               n_potential;
  size_t              *potential; /* (n_atom) */
  cuxas_bonds         *bonds;
  cuxas_site_symmetry *symmetry;
  float (*turn)[CUXAS_N_LM][CUXAS_N_LM]; /* (n_operation), see cuxas_harmonics_turn() */
};

typedef struct {
  const cuxas_scattering *scattering;
  size_t                  n_row;        /* channels of all atoms */
  size_t                  n_origin_row; /* channels of the orbits' first atoms */
  size_t                 *first_row;    /* (n_atom + 1) */
  size_t                 *first_origin; /* (n_atom) place of an orbit's first atom among the origin rows */
  size_t                 *n_near;       /* (n_potential) channels of an atom near the absorber, */
  size_t                 *n_far;        /* (n_potential) and of one far from it */
  float complex          *root_t;       /* (n_potential, CUXAS_N_L) square root of t_l */
  float complex          *propagator;   /* (n_vector, CUXAS_N_LM, CUXAS_N_LM) */
  float *lane; /* (n_origin_row / CUXAS_LANES rounded up, n_row, 2, CUXAS_LANES) real and imaginary parts */
} cuxas_scattering_matrix;

/* cuxas_scattering_matrix_new() - room for the largest matrix of a cluster; NULL: no memory. The caller frees it. */
cuxas_scattering_matrix *cuxas_scattering_matrix_new(const cuxas_scattering *scattering);

/* cuxas_scattering_matrix_free() - accepts NULL */
void cuxas_scattering_matrix_free(cuxas_scattering_matrix *matrix);

/* cuxas_scattering_matrix_fill() - the matrix at one energy, without channels that scatter negligibly */
void cuxas_scattering_matrix_fill(cuxas_scattering_matrix *matrix, const cuxas_photoelectron *electron,
                                  size_t i_energy);

/* cuxas_scattering_matrix_source() - t^1/2 G0 from the absorber's waves of angular momentum l
 *
 *   ret_source  (n_row, 2l + 1) */
void cuxas_scattering_matrix_source(const cuxas_scattering_matrix *matrix, int l, float complex *ret_source);

/* cuxas_scattering_matrix_apply() - matrix times vectors
 *
 *   l           (n_l) angular momenta whose 2l + 1 columns stand side by side, n_column in all
 *   x           (n_row, n_column)
 *   scratch     (n_origin_row + CUXAS_LANES, n_column)
 *   ret_y       (n_row, n_column) */
void cuxas_scattering_matrix_apply(const cuxas_scattering_matrix *matrix, const int *l, size_t n_l, size_t n_column,
                                   const float complex *x, float complex *scratch, float complex *ret_y);

#endif
