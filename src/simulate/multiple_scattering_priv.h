/* multiple_scattering_priv.h - what comes back to the absorber from the atoms around it, and what that is made of */
#ifndef CUXAS_MULTIPLE_SCATTERING_PRIV_H
#define CUXAS_MULTIPLE_SCATTERING_PRIV_H
#include "cuxas/status.h"
#include "base/complex_pair.h"
#include "simulate/cluster.h"
#include "simulate/photoelectron_priv.h"

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  CUXAS_N_LM            = CUXAS_N_L * CUXAS_N_L,                         /* waves about one atom */
  CUXAS_N_LM_BOND       = (2 * CUXAS_L_MAX + 1) * (2 * CUXAS_L_MAX + 1), /* harmonics of a bond's direction */
  CUXAS_HARMONICS_MAX_L = 2 * CUXAS_L_MAX,
  CUXAS_LANES           = 8,                      /* rows of the matrix, or bonds, that are worked on at a time */
  CUXAS_PROPAGATOR = 2 * CUXAS_N_LM * CUXAS_N_LM, /* numbers of one bond's: real parts [L'][L], then imaginary ones */
};

/* ---- what comes back to the absorber from the atoms around it
 *
 * A photoelectron wave that leaves the absorber is scattered by the cluster any number of times:
 *
 *   G = G0 + G0 t G0 + G0 t G0 t G0 + ... = (1 - G0 t)^-1 G0,     g_l = sum_m G_lm,lm / (2l + 1)
 *
 * at the absorber, t_l = exp(i delta_l) sin delta_l. The absorption into states of angular momentum l is then
 * proportional to 1 + Im(exp(2 i delta_l) g_l), averaged over directions, when potentials are real.
 * J. J. Rehr, R. C. Albers, Rev. Mod. Phys. 72, 621 (2000), doi:10.1103/RevModPhys.72.621, section III. */

typedef struct cuxas_scattering cuxas_scattering; /* geometry of a cluster, computed once for all energies */

/* cuxas_scattering_new() - the caller frees the result with cuxas_scattering_free(); nothing of the cluster is kept
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE two atoms at one place; CUXAS_ENOMEM. */
cuxas_status cuxas_scattering_new(const cuxas_cluster *cluster, cuxas_scattering **ret_scattering, cuxas_error *err);

/* cuxas_scattering_free() - accepts NULL */
void cuxas_scattering_free(cuxas_scattering *scattering);

/* cuxas_scattering_has_inversion() - whether each atom has its like opposite: even and odd waves then do not mix */
bool cuxas_scattering_has_inversion(const cuxas_scattering *scattering);

typedef struct {
  size_t n_operation; /* of the absorber's point group */
  size_t n_orbit;     /* of atoms under it */
  size_t n_iteration; /* products with the scattering matrix, all energies together */
  size_t n_direct;    /* energies that were solved directly because iterations did not converge */
} cuxas_scattering_effort;

/* cuxas_scattering_run() - g_l at every energy
 *
 *   electron    phase shifts of the cluster's potentials; n_scatterer is the cluster's n_potential
 *   is_wanted   (CUXAS_N_L) for which l; L edges need 0 and 2
 *   ret_g       (n_energy, CUXAS_N_L); 0 where not wanted
 *   opt_effort  may be NULL
 *
 * Energies are spread over the threads that OpenMP has; results do not depend on their number. Single precision
 * and a residual of 0.3 %: g is right within about 2e-4, and 2e-3 where f waves of far atoms are left out while they
 * scatter weakly. BLAS should be told to use one thread. scattering->residual may be set beforehand: its square is about
 * the error of g, as a share of what comes back.
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE electron and cluster do not belong together; CUXAS_ENUMERIC g is not finite;
 *          CUXAS_ENOMEM. */
cuxas_status cuxas_scattering_run(const cuxas_scattering *scattering, const cuxas_photoelectron *electron,
                                  const bool is_wanted[CUXAS_N_L], double complex *ret_g,
                                  cuxas_scattering_effort *opt_effort, cuxas_error *err);

/* What comes back into wave l'm' when lm leaves the absorber: G of above as a matrix, symmetric, in the real harmonics
 * of the crystal's axes. */
typedef struct {
  double complex at[CUXAS_N_LM][CUXAS_N_LM];
} cuxas_echo;

/* cuxas_scattering_echoes() - as cuxas_scattering_run(), but all of G between the wanted l
 *
 *   ret_echo  (n_energy); 0 where not wanted
 *
 * With scattering->is_chained energies are solved in chains, each beginning with what the two before it have found, or the one before
 * it and what a former run of as many energies has found in its place: for half of the products and less. Results then depend on that run, as
 * far as the residual allows. One run of a scattering at a time. */
cuxas_status cuxas_scattering_echoes(const cuxas_scattering *scattering, const cuxas_photoelectron *electron,
                                     const bool is_wanted[CUXAS_N_L], cuxas_echo *ret_echo,
                                     cuxas_scattering_effort *opt_effort, cuxas_error *err);

/* cuxas_scattering_direct() - the same at one energy by elimination in double precision, all channels kept, no symmetry
 * used: what the fast way is tested against */
cuxas_status cuxas_scattering_direct(const cuxas_scattering *scattering, const cuxas_photoelectron *electron,
                                     size_t i_energy, cuxas_echo *ret_echo, cuxas_error *err);

/* cuxas_echo_mean() - g_l: the mean over m of the diagonal */
double complex cuxas_echo_mean(const cuxas_echo *echo, int l);

/* cuxas_echo_replace() - the echo when the absorber itself scatters otherwise, its surroundings being the same:
 * g (1 + (t_old - t_new) g)^-1, exact when all l that g couples are in it
 *
 *   t_old, t_new  (CUXAS_N_LM) exp(i delta) sin delta of the absorber's waves
 *
 * Returns  false: the result is not finite. */
bool cuxas_echo_replace(const cuxas_echo *echo, const double complex *t_old, const double complex *t_new,
                        cuxas_echo *ret_echo);

/* ---- multiple scattering at as few energies as its smoothness allows
 *
 * Half the core hole's width above the real axis, and above the plasmon's energy more, G is smooth on that scale: a mesh
 * that draws an edge is finer than G needs. G is computed on a mesh of its own and is a cubic through its four nearest
 * energies on the other. Below the Fermi level the spectrum does not need it. */

/* What the surroundings of one absorber send back, at the energies of one mesh. */
typedef struct {
  const cuxas_energy_mesh *mesh;      /* not owned */
  cuxas_echo              *echo;      /* (mesh->n_energy), 0 below the Fermi level and where not wanted; owned */
  cuxas_energy_mesh        thin;      /* energies at which it was computed; owned, the two below likewise */
  cuxas_photoelectron     *electron;  /* there */
  cuxas_echo              *thin_echo; /* (thin.n_energy) */
  cuxas_scattering_effort  effort;
} cuxas_surroundings;

/* cuxas_surroundings_new() - cuxas_scattering_echoes() for the energies of a mesh that the spectrum needs
 *
 *   muffin_tin, self_energy   as for cuxas_photoelectron_new()
 *   mesh                      must live as long
 *   ret_surroundings          the caller frees it with cuxas_surroundings_free()
 *
 * Returns as cuxas_scattering_run() and cuxas_photoelectron_new(). */
cuxas_status cuxas_surroundings_new(const cuxas_scattering *scattering, const cuxas_muffin_tin *muffin_tin,
                                    const cuxas_self_energy *self_energy, const cuxas_energy_mesh *mesh,
                                    const bool is_wanted[CUXAS_N_L], cuxas_surroundings **ret_surroundings,
                                    cuxas_error *err);

/* cuxas_surroundings_free() - accepts NULL */
void cuxas_surroundings_free(cuxas_surroundings *surroundings);

/* cuxas_surroundings_echo() - with another potential in the absorber's sphere; nothing is scattered anew
 *
 *   muffin_tin  scatterer 0 is the absorber; the others are not looked at
 *   ret_echo    (mesh->n_energy), the caller frees it with free() */
cuxas_status cuxas_surroundings_echo(const cuxas_surroundings *surroundings, const cuxas_muffin_tin *muffin_tin,
                                     const cuxas_self_energy *self_energy, cuxas_echo **ret_echo, cuxas_error *err);

/* ---- real spherical harmonics, products of them, and how they turn
 *
 * Y_lm, m = -l ... l, at index l^2 + l + m: sqrt(2) N P_l^|m|(cos theta) times sin |m| phi for m < 0 and cos m phi for
 * m > 0, N P_l for m = 0, without the Condon-Shortley sign; orthonormal on the sphere. */

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

/* ---- the free photoelectron between the atoms of a cluster
 *
 * A wave h_l(k |r - r_j|) Y_L leaving atom j is, about atom i, a sum of waves j_l' Y_L' with the coefficients
 *
 *   G_L'L(R) = 4 pi sum_L'' i^(l' + l'' - l) i h_l''(k R) Y_L''(R) C(L L' L''),  R = r_i - r_j
 *
 * (times i, so that scattering is t_l = exp(i delta) sin delta and G_00,00 = exp(ikR) / kR; C are integrals of three
 * real harmonics). All that depends on the geometry alone is real and computed once: G_L'L = sum_l'' i h_l''(kR)
 * times a number. Equal bonds, of which a crystal has many, are computed once; G(-R) is the transpose of G(R).
 * J. J. Rehr, R. C. Albers, Phys. Rev. B 41, 8139 (1990), doi:10.1103/PhysRevB.41.8139, section II. */

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
  float      *factor; /* (n_vector / CUXAS_LANES rounded up, n_term, CUXAS_LANES), owned */
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
 *   n_wave          1, 4, 9 or CUXAS_N_LM: waves that are needed
 *   ret_propagator  (n_vector, CUXAS_PROPAGATOR); the other waves' numbers are left as they are */
void cuxas_bonds_propagate(const cuxas_bonds *bonds, double complex wave_number, size_t n_wave, float *ret_propagator);

/* cuxas_propagator_at() - G_L'L of a pair of atoms; that of a reversed bond is the transpose */
static inline float complex cuxas_propagator_at(const float *propagator, cuxas_pair pair, size_t first, size_t second)
{
  const float *own = propagator + (size_t)pair.i_vector * CUXAS_PROPAGATOR;
  const size_t at  = pair.is_reversed ? second * CUXAS_N_LM + first : first * CUXAS_N_LM + second;
  return CMPLXF(own[at], own[CUXAS_N_LM * CUXAS_N_LM + at]);
}

/* ---- the matrix t^1/2 G0 t^1/2 of a cluster, which is symmetric, and products with it
 *
 * Columns of a product for m = -l ... l together turn into themselves under the absorber's point group, so that rows of
 * one atom of each orbit are enough: the others follow by turning. */

typedef struct cuxas_scattering_memory cuxas_scattering_memory;

struct cuxas_scattering {
  size_t               n_atom;
  size_t               n_potential;
  size_t              *potential; /* (n_atom) */
  cuxas_bonds         *bonds;
  cuxas_site_symmetry *symmetry;
  float (*turn)[CUXAS_N_LM][CUXAS_N_LM]; /* (n_operation), see cuxas_harmonics_turn() */
  double residual;                       /* of the source: what iterations may leave; 0: 0.003 */
  bool   is_chained; /* whether energies begin with what others have found: see cuxas_scattering_echoes() */
  cuxas_scattering_memory *memory; /* what the last run has found, for the next to begin with; owned */
};

struct cuxas_scattering_memory {
  size_t         n_energy, n_column; /* 0: empty */
  float complex *field; /* (n_energy, n_atom, CUXAS_N_LM, n_column), see cuxas_scattering_matrix_keep(); owned */
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
  size_t                  n_wanted;     /* waves of the absorber that are asked for */
  double                  residual;     /* of the source: what iterations may leave at this energy */
  float                  *propagator;   /* (n_vector, CUXAS_PROPAGATOR) */
  float                  *scale;        /* (n_potential, n_potential, 2, CUXAS_N_L, 2, CUXAS_N_LM) see set_scales() */
  float *lane; /* (n_origin_row / CUXAS_LANES rounded up, n_row, 2, CUXAS_LANES) real and imaginary parts */
} cuxas_scattering_matrix;

/* cuxas_scattering_matrix_new() - room for the largest matrix of a cluster and the wanted waves' sources; NULL: no memory.
 * The caller frees it. */
cuxas_scattering_matrix *cuxas_scattering_matrix_new(const cuxas_scattering *scattering,
                                                     const bool              is_wanted[CUXAS_N_L]);

/* cuxas_scattering_matrix_free() - accepts NULL */
void cuxas_scattering_matrix_free(cuxas_scattering_matrix *matrix);

/* cuxas_scattering_matrix_fill() - the matrix at one energy, without channels that scatter negligibly */
void cuxas_scattering_matrix_fill(cuxas_scattering_matrix *matrix, const cuxas_photoelectron *electron,
                                  size_t i_energy);

/* cuxas_scattering_matrix_source() - t^1/2 G0 from the absorber's waves of angular momentum l
 *
 *   ret_source  (n_row, 2l + 1) */
void cuxas_scattering_matrix_source(const cuxas_scattering_matrix *matrix, int l, float complex *ret_source);

/* cuxas_scattering_matrix_dense() - 1 - A as it stands
 *
 *   ret_dense  (n_row, n_row) */
void cuxas_scattering_matrix_dense(const cuxas_scattering_matrix *matrix, float complex *ret_dense);

/* cuxas_scattering_matrix_apply() - matrix times vectors
 *
 *   l           (n_l) angular momenta whose 2l + 1 columns stand side by side, n_column in all
 *   x           (n_row, n_column)
 *   scratch     (n_origin_row + CUXAS_LANES, n_column)
 *   ret_y       (n_row, n_column) */
void cuxas_scattering_matrix_apply(const cuxas_scattering_matrix *matrix, const int *l, size_t n_l, size_t n_column,
                                   const float complex *x, float complex *scratch, float complex *ret_y);

/* cuxas_scattering_matrix_keep() - what vectors mean at other energies too: the wave that falls on each atom
 *
 *   x           (n_row, n_column) the root of t times it
 *   stride      between waves of ret_field
 *   ret_field   (n_atom, CUXAS_N_LM, stride); 0 in channels that the matrix leaves out */
void cuxas_scattering_matrix_keep(const cuxas_scattering_matrix *matrix, const float complex *x, size_t n_column,
                                  size_t stride, float complex *ret_field);

/* cuxas_scattering_matrix_take() - the reverse; channels come and go with the energy, and roots change their sign
 *
 *   field       (n_atom, CUXAS_N_LM, n_column)
 *   ret_x       (n_row, n_column) */
void cuxas_scattering_matrix_take(const cuxas_scattering_matrix *matrix, const float complex *field, size_t n_column,
                                  float complex *ret_x);

/* ---- u^T (1 - A)^-1 u for the symmetric scattering matrix A, by iteration
 *
 * GMRES (Y. Saad, M. H. Schultz, SIAM J. Sci. Stat. Comput. 7, 856 (1986)) with all columns of one angular momentum as
 * one long vector, which the absorber's symmetry leaves as it is. As A is symmetric,
 * an approximate solution x with the residual r gives u^T x + x^T r, whose error is of second order in r. */

enum { CUXAS_KRYLOV_MAX = 240 }; /* iterations */

typedef struct cuxas_krylov cuxas_krylov; /* work space */

/* cuxas_krylov_new() - room for n_row rows and the wanted l; NULL: no memory. The caller frees it. */
cuxas_krylov *cuxas_krylov_new(size_t n_row, const bool is_wanted[CUXAS_N_L]);

/* cuxas_krylov_free() - accepts NULL */
void cuxas_krylov_free(cuxas_krylov *krylov);

/* Fields as of cuxas_scattering_matrix_keep(), with the columns of all wanted l side by side. */
typedef struct {
  size_t               n_known;
  const float complex *known[2]; /* of other energies, the likest first: to begin with, each for a product */
  float complex       *own;      /* that of this energy is written here */
} cuxas_krylov_fields;

/* cuxas_krylov_solve() - between all wanted waves, at the energy that the matrix is filled for; by elimination where
 * iterations would be the dearer way
 *
 *   opt_fields     what is known from elsewhere, and room for what is found
 *   ret_n_product  products with the matrix
 *   ret_is_direct  whether elimination it was
 *
 * Returns  whether one of both succeeded. */
bool cuxas_krylov_solve(cuxas_krylov *krylov, const cuxas_scattering_matrix *matrix,
                        const cuxas_krylov_fields *opt_fields, cuxas_echo *ret_echo, size_t *ret_n_product,
                        bool *ret_is_direct);

#endif
