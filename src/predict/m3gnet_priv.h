/* m3gnet_priv.h - the parts of the M3GNet featurizer, in the order in which they run
 *
 * Architecture: C. Chen and S. P. Ong, Nat. Comput. Sci. 2, 718 (2022), doi:10.1038/s43588-022-00349-3, as matgl 0.8.5
 * implements it, up to the node features that its last graph block leaves (the energy readout is not used). Geometry
 * and sums over bonds are in double precision, weights and hidden layers in single precision.
 *
 * Symbols in comments: n_atom sites, n_bond directed bonds i -> j, Q = n_angular n_radial basis functions (column
 * q = l n_radial + n), D_v, D_e, D_h widths of nodes, bonds and hidden layers. */
#ifndef CUXAS_M3GNET_PRIV_H
#define CUXAS_M3GNET_PRIV_H
#include "cuxas/crystal.h"
#include "base/clones.h"
#include "base/elements.h"
#include "crystal/neighbor.h"
#include "predict/tensors.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

enum {
  CUXAS_M3GNET_MAX_ANGULAR = 6, /* orders l = 0 ... 5 */
  CUXAS_M3GNET_MAX_RADIAL  = 16,
  CUXAS_M3GNET_MAX_BLOCK   = 16,
  CUXAS_M3GNET_MAX_WIDTH   = 1024,
  CUXAS_M3GNET_CHUNK       = 112, /* bonds worked on at a time, see below */
};

/* The same processor always gives the same bits; different ones, as with BLAS, may differ by rounding. */
#define CUXAS_M3GNET_CLONES CUXAS_CLONES("avx512f", "avx2", "default")

/* CUXAS_M3GNET_CHUNK: hidden layers of a chunk and the weights of a block fit a core's second-level cache. At the
 * published widths 112 x 64 x 128 stays below 10^6, up to where OpenBLAS (0.3.17 and later, AVX-512) multiplies without
 * copying its arguments first, which takes a third less time; a multiple of 16 suits all its kernels. */

/* -- m3gnet_block.c: functions of one bond -- */

/* phi_q(r) = sqrt(2 / Rc^3) / |j_(l+1)(z_ln)| j_l(z_ln r / Rc), z_ln the n-th zero of j_l; zero beyond Rc. Kept as
 * t^l times a Chebyshev series in 2 t^2 - 1, t = r / Rc, which needs no sine; error below
 * 1e-12 for the published 3 x 3 functions, below 1e-9 for the most allowed. */
typedef struct {
  double  cutoff_A;
  size_t  n_radial, n_angular;
  size_t  n_term;
  double *coefficient; /* (n_angular n_radial, n_term) */
} cuxas_m3gnet_radial;

/* cuxas_m3gnet_radial_new() - zeros of the Bessel functions and the series; false: no memory. End with _free() */
bool cuxas_m3gnet_radial_new(cuxas_m3gnet_radial *radial, double cutoff_A, size_t n_radial, size_t n_angular);
void cuxas_m3gnet_radial_free(cuxas_m3gnet_radial *radial);

/* cuxas_m3gnet_radial_bessel() - one function from its definition, by GSL: what the series was made from */
double cuxas_m3gnet_radial_bessel(double cutoff_A, size_t l, size_t n, double r_A);

/* cuxas_m3gnet_radial_run() - all functions of n bonds
 *
 *   bond     (n_bond)
 *   ret_phi  (Q, stride): function q of bond k at [q * stride + k] */
void cuxas_m3gnet_radial_run(const cuxas_m3gnet_radial *radial, const cuxas_bond *bond, size_t n_bond, size_t stride,
                             float *ret_phi);

/* cuxas_m3gnet_cutoff() - 1 - 10 t^3 + 15 t^4 - 6 t^5 with t = r / R3; 0 beyond R3 */
double cuxas_m3gnet_cutoff(double r_A, double three_body_cutoff_A);

/* cuxas_m3gnet_harmonics() - real spherical harmonics in Racah's normalisation, so that the sum over m of
 * C_lm(u) C_lm(u') is the Legendre polynomial P_l(u . u')
 *
 *   unit           direction, length 1
 *   ret_harmonics  entry l^2 + l + m at [entry * stride], n_angular^2 entries */
void cuxas_m3gnet_harmonics(const double unit[3], size_t n_angular, size_t stride, double *ret_harmonics);

/* -- rows.c: elementwise work on rows of hidden layers, vectorised -- */

/* x sigma(x) and sigma(x), sigma(x) = 1 / (1 + exp(-x)), are computed from a polynomial for exp(): relative error below
 * 4e-7 for |x| <= 40; beyond, exp() is held at its value there, an absolute error below 5e-18 |x|. */

/* Some columns of a wider matrix: where the first row of them begins, and how far rows are apart. */
typedef struct {
  const float *first;
  size_t       stride;
} cuxas_m3gnet_columns;

/* rows (n_row, width): x <- sigma(x + bias) */
void cuxas_m3gnet_rows_sigmoid(size_t n_row, size_t width, const float *bias, float *rows);

/* rows (n_row, width): x <- swish(x + bias) */
void cuxas_m3gnet_rows_swish(size_t n_row, size_t width, const float *bias, float *rows);

/* rows (n_row, 2 width): the same; the two halves of a row are treated side by side */
void cuxas_m3gnet_rows_swish_pair(size_t n_row, size_t width, const float *bias, float *rows);

/* rows (n_row, 2 width): x <- swish(x + ends[source] + ends[target]); the rows of ends are stride apart and
 * hold the part of a source, 2 width, and that of a target, 2 width */
void cuxas_m3gnet_rows_swish_ends(size_t n_row, size_t width, const uint32_t *source, const uint32_t *target,
                                  const float *ends, size_t stride, float *rows);

/* bond (n_row, width) += swish(a) sigma(b), rows (n_row, 2 width) = [a, b] */
void cuxas_m3gnet_rows_add_gated(size_t n_row, size_t width, const float *rows, float *bond);

/* bond (n_row, width) += swish(a + bias_a) sigma(b + bias_b) radial */
void cuxas_m3gnet_rows_update_bond(size_t n_row, size_t width, const float *bias, const float *rows,
                                   cuxas_m3gnet_columns radial, float *bond);

/* sum (n_atom, width) at row target += the same product */
void cuxas_m3gnet_rows_send_message(size_t n_row, size_t width, const float *bias, const float *rows,
                                    cuxas_m3gnet_columns radial, const uint32_t *target, double *sum);

/* -- m3gnet.c: description and tensors to matrices ready for multiplication from the right -- */

typedef struct {
  double cutoff_A, three_body_cutoff_A;
  size_t n_radial, n_angular, n_block;
  size_t node_width, bond_width, hidden_width;
  size_t n_element;
  size_t row_of[CUXAS_N_ELEMENT + 1]; /* atomic number -> row of the embedding, counted from 1; 0: not supported */
} cuxas_m3gnet_shape;

/* A gated update: two branches of three layers, value and gate. The part of the first layer that acts on the ends of
 * the bond is in ends_matrix of the block. */
typedef struct {
  size_t       width;       /* D, numbers updated */
  const float *bond_matrix; /* (D_e, 2 D_h), columns of value then gate, as in all that follows */
  const float *middle[2];   /* (D_h, D_h) of value and gate */
  const float *middle_bias; /* (2 D_h) */
  const float *last[2];     /* (D_h, D) of value and gate */
  const float *last_bias;   /* (2 D) */
} cuxas_m3gnet_gated;

typedef struct {
  const float       *gate_matrix;       /* (D_v, Q) */
  const float       *gate_bias;         /* (Q) */
  const float       *three_body_matrix; /* (Q, 2 D_e) */
  const float       *radial_matrix;     /* (Q, D_e + D_v): weights of the bond update, then of the node message */
  const float       *ends_matrix;       /* (D_v, 8 D_h): bond update from source and target, message from both */
  const float       *ends_bias;         /* (8 D_h), biases of the first layers in the columns of the sources */
  cuxas_m3gnet_gated bond, node;
} cuxas_m3gnet_block;

typedef struct {
  cuxas_m3gnet_shape  shape;
  cuxas_m3gnet_radial radial;
  const float        *embedding;   /* (n_element, D_v) */
  const float        *bond_matrix; /* (Q, D_e) first features of a bond */
  const float        *bond_bias;   /* (D_e) */
  cuxas_m3gnet_block  block[CUXAS_M3GNET_MAX_BLOCK];
  float              *storage; /* where the matrices lie */
} cuxas_m3gnet;

/* cuxas_m3gnet_new() - a network from its description and tensors, as cuxas_featurizer_new() */
cuxas_status cuxas_m3gnet_new(const cJSON *description, const cuxas_tensors *tensors, cuxas_m3gnet **ret_net,
                              cuxas_error *err);

/* cuxas_m3gnet_free() - accepts NULL */
void cuxas_m3gnet_free(cuxas_m3gnet *net);

/* -- m3gnet.c: all scratch of one structure, in one allocation -- */

typedef struct {
  size_t n_atom, n_bond;
  size_t stride;     /* bonds that arrays (..., stride) have room for */
  size_t n_harmonic; /* n_angular^2 */

  uint32_t *source, *target; /* (n_bond) */
  float    *phi;             /* (Q, stride) radial functions */
  float    *cutoff;          /* (n_bond) three-body cutoff */
  float    *pull;            /* (Q, stride) what the bond contributes to the three-body sums of its source */
  double   *harmonic;        /* (n_harmonic, stride) */
  float    *bond;            /* (n_bond, D_e) features */

  float  *node;     /* (n_atom, D_v) features */
  double *node_sum; /* (n_atom, D_v) features with the messages received so far */
  float  *gate;     /* (n_atom, Q) */
  float  *ends;     /* (n_atom, 8 D_h) */
  double *moment;   /* (n_atom, n_radial n_harmonic) */

  float *sum;    /* (Q, CHUNK) three-body sums */
  float *first;  /* (CHUNK, widest pair of layers) */
  float *second; /* the same */
  float *radial; /* (CHUNK, D_e + D_v) */

  char *storage;
} cuxas_m3gnet_work;

/* cuxas_m3gnet_work_new() - room for a structure, its bonds' geometry and the initial node features
 *
 * Returns  CUXAS_OK: end with cuxas_m3gnet_work_free(); CUXAS_EUNSUPPORTED an element without embedding, named;
 *          CUXAS_ERANGE as cuxas_neighbors_find(), or too many bonds for BLAS; CUXAS_ENOMEM. */
cuxas_status cuxas_m3gnet_work_new(const cuxas_m3gnet *net, const cuxas_crystal *crystal, cuxas_m3gnet_work *work,
                                   cuxas_error *err);
void         cuxas_m3gnet_work_free(cuxas_m3gnet_work *work);

/* cuxas_m3gnet_work_drop_bonds() - forgets bonds that end at atoms nobody wants; bonds stay grouped by source
 *
 *   is_wanted  (n_atom) */
void cuxas_m3gnet_work_drop_bonds(const cuxas_m3gnet *net, cuxas_m3gnet_work *work, const bool *is_wanted);

/* -- m3gnet_block.c: one graph block -- */

typedef enum {
  CUXAS_M3GNET_STAGE_BOND_START,      /* (n_row, D_e) */
  CUXAS_M3GNET_STAGE_GATE,            /* (n_row, Q), rows are atoms */
  CUXAS_M3GNET_STAGE_SUM,             /* (Q, CHUNK): three-body sums, first n_row columns */
  CUXAS_M3GNET_STAGE_BOND_THREE_BODY, /* (n_row, D_e) */
  CUXAS_M3GNET_STAGE_BOND_UPDATED,    /* (n_row, D_e) */
  CUXAS_M3GNET_STAGE_NODE,            /* (n_row, D_v), rows are atoms, after the block */
} cuxas_m3gnet_stage;

/* Someone who looks at intermediate results; rows i_first ... i_first + n_row - 1 of the bonds (or atoms). */
typedef struct {
  void (*see)(void *context, cuxas_m3gnet_stage stage, size_t i_block, size_t i_first, size_t n_row, const float *rows);
  void *context;
} cuxas_m3gnet_observer;

/* cuxas_m3gnet_block_run() - work->node and work->bond from before to after block i_block
 *
 *   is_wanted  (n_atom) NULL: all; otherwise this is the last block and only these atoms' features matter
 *   observer   may be NULL */
void cuxas_m3gnet_block_run(const cuxas_m3gnet *net, size_t i_block, cuxas_m3gnet_work *work, const bool *is_wanted,
                            const cuxas_m3gnet_observer *observer);

/* -- m3gnet.c -- */

/* cuxas_m3gnet_run() - as cuxas_featurizer_run(); observer may be NULL, sees all atoms only when all sites are asked
 * for */
cuxas_status cuxas_m3gnet_run(const cuxas_m3gnet *net, const cuxas_crystal *crystal, const size_t *sites, size_t n_site,
                              const cuxas_m3gnet_observer *observer, float *ret_features, cuxas_error *err);

#endif
