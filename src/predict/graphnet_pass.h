/* graphnet_pass.h - the parts of the graph network whose weights are our own, in the order in which they run
 *
 * A message-passing network of the family of M3GNet (C. Chen and S. P. Ong, Nat. Comput. Sci. 2, 718 (2022),
 * doi:10.1038/s43588-022-00349-3), made small: what an atom i hears from its bonds is summed before any layer sees it,
 *
 *   M_i[c][lm] = sum over bonds i -> j of  a_j[c] R_lc(r_ij) C_lm(u_ij),     a_j = channel_matrix^T h_j + bias,
 *   R_lc(r)    = sum over n of phi_n(r) radial_matrix[n][lc],
 *
 * so that hidden layers work on atoms and not on bonds. Order l = 0 is the continuous-filter convolution of SchNet
 * (K. T. Schuett et al., J. Chem. Phys. 148, 241722 (2018)); the norms over m of the higher orders are sums over pairs
 * of bonds, sum_jk (...) P_l(cos jik) by the addition theorem: the three-body part of M3GNet without a loop over pairs.
 * Of h_i and these invariants a gated layer makes the change of h_i:
 *
 *   x = swish(first_matrix^T [h_i, s_0 M_i[.][00], s ((sum_m M_i[.][lm]^2 + e)^1/2 - e^1/2)] + first_bias)
 *   h_i <- h_i + (second_matrix_value^T x + bias) sigma(second_matrix_gate^T x + bias)
 *
 * At the start h is a linear function of the element's properties plus a row of its own: elements that were never met
 * have a zero row and are placed by their properties.
 *
 * Shapes in comments: n_atom, n_bond (directed), K radial functions, L orders l = 0 ... L - 1, C channels, D numbers to
 * an atom, H hidden. Weights act from the left on rows: y (n, out) = x (n, in) matrix (in, out). */
#ifndef CUXAS_GRAPHNET_PRIV_H
#define CUXAS_GRAPHNET_PRIV_H
#include "cuxas/crystal.h"
#include "base/elements.h"
#include "predict/graphnet.h"
#include "predict/m3gnet_priv.h"

#include <cjson/cJSON.h>
#include <stdint.h>

enum {
  CUXAS_GRAPHNET_MAX_RADIAL  = 16,
  CUXAS_GRAPHNET_MAX_ANGULAR = 5,
  CUXAS_GRAPHNET_MAX_BLOCK   = 8,
  CUXAS_GRAPHNET_MAX_WIDTH   = 512,
  CUXAS_GRAPHNET_N_PROPERTY  = 9,  /* of an element, see graphnet.c */
  CUXAS_GRAPHNET_CHUNK       = 128 /* bonds worked on at a time: their radial weights stay in cache */
};

/* -- graphnet.c: description, and where each weight lies in the one block of parameters -- */

/* Beginnings of the matrices in the block of parameters, row-major. */
typedef struct {
  size_t channel_matrix; /* (D, C) */
  size_t channel_bias;   /* (C) */
  size_t radial_matrix;  /* (K, L C), column l C + c */
  size_t first_matrix;   /* (D + L C, H), rows of h then of the invariants */
  size_t first_bias;     /* (H) */
  size_t second_matrix;  /* (H, 2 D), value then gate */
  size_t second_bias;    /* (2 D) */
} cuxas_graphnet_block_layout;

typedef struct {
  size_t                      property_matrix; /* (N_PROPERTY, D) */
  size_t                      element_matrix;  /* (N_ELEMENT, D), row atomic number - 1 */
  cuxas_graphnet_block_layout block[CUXAS_GRAPHNET_MAX_BLOCK];
  size_t                      n_parameter;
} cuxas_graphnet_layout;

/* cuxas_graphnet_lay_out() - sizes are bounded, so that the sum cannot overflow */
void cuxas_graphnet_lay_out(const cuxas_graphnet_shape *shape, cuxas_graphnet_layout *ret_layout);

/* Called with every tensor of the network: its name in a file, its shape, its place among the parameters, the standard
 * deviation of its first random values (0: zeros), and whether it is a weight that decays (biases do not). */
typedef struct {
  char   name[CUXAS_TENSOR_NAME_SIZE];
  size_t rank, shape[2], first, n_value;
  double start_deviation;
  bool   is_weight;
} cuxas_graphnet_tensor;

/* cuxas_graphnet_tensor_list() - all of them, in the order of the block
 *
 *   ret_tensor  (cuxas_graphnet_n_tensor()) */
size_t cuxas_graphnet_n_tensor(const cuxas_graphnet_shape *shape);
void   cuxas_graphnet_tensor_list(const cuxas_graphnet_shape *shape, cuxas_graphnet_tensor *ret_tensor);

/* cuxas_graphnet_start() - random parameters from a seed; the same on every machine up to its log() and cos() */
void cuxas_graphnet_start(const cuxas_graphnet_shape *shape, uint64_t seed, float *ret_parameter);

/* cuxas_graphnet_to_tensors(), cuxas_graphnet_from_tensors() - parameters to and from the tensors of a model file
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT a tensor is missing or has another shape; CUXAS_ENOMEM. */
cuxas_status cuxas_graphnet_to_tensors(const cuxas_graphnet_shape *shape, const float *parameter,
                                       cuxas_tensors *tensors, cuxas_error *err);
cuxas_status cuxas_graphnet_from_tensors(const cuxas_graphnet_shape *shape, const cuxas_tensors *tensors,
                                         float *ret_parameter, cuxas_error *err);

/* cuxas_graphnet_properties() - of an element, scaled to about 1 */
void cuxas_graphnet_properties(int atomic_number, float ret_property[CUXAS_GRAPHNET_N_PROPERTY]);

/* -- graphnet_pass.c: a crystal as the network sees it -- */

typedef struct {
  double    cutoff_A;
  size_t    n_radial, n_angular;
  size_t    n_atom, n_bond;
  bool     *is_asked;      /* (n_atom) whose numbers after the last block are asked for; NULL: those of all */
  size_t    n_site;        /* of the crystal */
  size_t   *node_of;       /* (n_site) atom of the graph that a site is: equivalent sites are one */
  size_t   *site_of;       /* (n_atom) the first of its sites */
  int      *atomic_number; /* (n_atom) */
  uint32_t *source;        /* (n_bond), rising */
  uint32_t *target;        /* (n_bond) */
  float    *phi;           /* (n_bond, K) radial functions, faded out at the cutoff */
  float    *harmonic;      /* (n_bond, L^2), entry l^2 + l + m: Racah's normalisation, entry 0 is 1 */
} cuxas_graphnet_graph;

/* What becomes of the sites. By symmetry: those that spglib finds equivalent, and that so get the same numbers, become one atom, which
 * is a quarter of the work, but the numbers differ as the sites within spglib's tolerance do. */
typedef struct {
  bool          by_symmetry;
  size_t        n_asked; /* sites whose numbers are asked for; 0: all */
  const size_t *asked;   /* (n_asked) */
} cuxas_graphnet_atoms;

/* cuxas_graphnet_graph_new() - the caller frees it
 *
 *   radial  cuxas_m3gnet_radial_new() with the shape's cutoff and K, one order
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE degenerate cell or too many bonds; CUXAS_ENOMEM. */
cuxas_status cuxas_graphnet_graph_new(const cuxas_graphnet_shape *shape, const cuxas_m3gnet_radial *radial,
                                      const cuxas_crystal *crystal, cuxas_graphnet_atoms atoms,
                                      cuxas_graphnet_graph **ret_graph, cuxas_error *err);

/* cuxas_graphnet_graph_free() - accepts NULL */
void cuxas_graphnet_graph_free(cuxas_graphnet_graph *graph);

/* -- graphnet_pass.c: forward and backward through a batch of graphs -- */

/* What forward leaves for backward; atoms of all graphs of a batch one behind the other. */
typedef struct {
  float *channel; /* (n_atom, C) */
  float *moment;  /* (n_atom, L^2, C) */
  float *input;   /* (n_atom, D + L C) h and the invariants */
  float *first;   /* (n_atom, H) before the activation */
  float *hidden;  /* (n_atom, H) x */
  float *second;  /* (n_atom, 2 D) value, and gate after its activation */
} cuxas_graphnet_block_work;

typedef struct {
  size_t                    room; /* atoms that there is memory for */
  size_t                    n_atom;
  float                    *node; /* (n_atom, D) after the last block */
  cuxas_graphnet_block_work block[CUXAS_GRAPHNET_MAX_BLOCK];
  float                    *radial, *radial_gradient;                         /* (CHUNK, L C) */
  float *node_gradient, *input_gradient, *moment_gradient, *channel_gradient; /* as their namesakes */
  float *hidden_gradient, *second_gradient;
  float *storage;
} cuxas_graphnet_work;

/* cuxas_graphnet_work_reserve() - room for n_atom atoms; starts from a zeroed struct; false: no memory
 *
 *   with_gradient  false: only forward will be run, and blocks share their memory */
bool cuxas_graphnet_work_reserve(const cuxas_graphnet_shape *shape, size_t n_atom, bool with_gradient,
                                 cuxas_graphnet_work *work);
void cuxas_graphnet_work_free(cuxas_graphnet_work *work);

/* cuxas_graphnet_forward() - work->node of all atoms of the graphs, or of those that are asked for
 *
 *   work  reserved for at least as many atoms */
void cuxas_graphnet_forward(const cuxas_graphnet_shape *shape, const float *parameter,
                            const cuxas_graphnet_graph *const *graph, size_t n_graph, cuxas_graphnet_work *work);

/* cuxas_graphnet_backward() - after forward with the same graphs, work reserved with gradients
 *
 *   work->node_gradient  (n_atom, D) dLoss/dNode on entry; overwritten
 *   gradient             (n_parameter) dLoss/dParameter is added to it */
void cuxas_graphnet_backward(const cuxas_graphnet_shape *shape, const float *parameter,
                             const cuxas_graphnet_graph *const *graph, size_t n_graph, cuxas_graphnet_work *work,
                             float *gradient);

/* -- rows.c: elementwise work, vectorised -- */

/* rows (n_row, width): ret_y = swish(x + bias), x <- x + bias */
void cuxas_graphnet_swish(size_t n_row, size_t width, const float *bias, float *x, float *ret_y);

/* gradient (n_row, width) <- gradient swish'(x) */
void cuxas_graphnet_swish_back(size_t n, const float *x, float *gradient);

/* second (n_row, 2 D): value <- value + bias, gate <- sigma(gate + bias); node (n_row, D) += value gate */
void cuxas_graphnet_gate(size_t n_row, size_t width, const float *bias, float *second, float *node);

/* ret_gradient (n_row, 2 D): of value and of gate before its activation, from gradient (n_row, D) of the product */
void cuxas_graphnet_gate_back(size_t n_row, size_t width, const float *second, const float *gradient,
                              float *ret_gradient);

/* invariants (stride apart) of moments (n_atom, L^2, C), and back */
void cuxas_graphnet_invariants(size_t n_atom, size_t n_angular, size_t n_channel, const float *moment, size_t stride,
                               float *ret_invariant);
void cuxas_graphnet_invariants_back(size_t n_atom, size_t n_angular, size_t n_channel, const float *moment,
                                    size_t stride, const float *gradient, float *ret_moment_gradient);

/* Bonds of one graph; channels and moments are counted from its first atom on. */
typedef struct {
  size_t          n_bond, n_angular, n_channel;
  const uint32_t *source, *target; /* (n_bond) */
  const float    *harmonic;        /* (n_bond, L^2) */
  const float    *radial;          /* (n_bond, L C) weights */
} cuxas_graphnet_bonds;

/* moments += what bonds carry */
void cuxas_graphnet_gather(const cuxas_graphnet_bonds *bonds, const float *channel, float *moment);

/* from gradients of the moments those of channels, added, and of the radial weights, set */
void cuxas_graphnet_gather_back(const cuxas_graphnet_bonds *bonds, const float *channel, const float *moment_gradient,
                                float *channel_gradient, float *ret_radial_gradient);

/* sum (width) += columns of rows (n_row, width) */
void cuxas_graphnet_add_columns(size_t n_row, size_t width, const float *rows, float *sum);

#endif
