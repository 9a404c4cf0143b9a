/* dense.h - matrices: products and sums that are always the same; fully connected networks: forward, backward, one sgemm per layer
 *
 * y_l = act(W_l y_(l-1) + b_l), ReLU inside, a chosen activation at the end. All parameters lie in one block, layer by
 * layer, W_l (width[l + 1], width[l]) row-major then b_l (width[l + 1]): an optimiser sees one vector. */
#ifndef CUXAS_DENSE_H
#define CUXAS_DENSE_H
#include "cuxas/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
  CUXAS_ACTIVATION_LINEAR,   /* y = x */
  CUXAS_ACTIVATION_SOFTPLUS, /* y = log(1 + exp(x)), positive like an absorption coefficient */
  CUXAS_ACTIVATION_SOFTMAX,  /* y = exp(x) / sum exp(x), for area-normalised targets */
} cuxas_activation;

typedef struct {
  size_t           n_layer; /* weight matrices */
  size_t          *width;   /* (n_layer + 1): inputs, hidden widths, outputs */
  cuxas_activation output;
  size_t           n_parameter;
  float           *parameter; /* (n_parameter), owned */
} cuxas_dense;

/* A matrix whose rows lie `stride` numbers apart, or the transpose of one */
typedef struct {
  const float *first;
  size_t       stride;
  bool         is_transposed;
} cuxas_factor;

/* A product c (n_row, n_out) = a (n_row, n_in) b (n_in, n_out) + beta c */
typedef struct {
  size_t       n_row, n_in, n_out;
  cuxas_factor a, b;
  float        beta; /* 0: what was in c does not matter */
} cuxas_product;

/* cuxas_multiply() - a product whose bits do not depend on the number of threads that BLAS has
 *
 * OpenBLAS shares a large product among its threads, and what it adds up in which order goes by the shares. It is done in
 * blocks here that are too small to be shared (up to 2^18 multiplications), one after the other. */
void cuxas_multiply(const cuxas_product *product, float *c, size_t c_stride);

/* -- sums in double precision of float32 rows, each of them in one order: many side by side in the processor's registers -- */

enum { CUXAS_TURNED_BLOCK = 32 };

/* cuxas_turn() - rows (n_row, n_feature) turned round in blocks: each is (n_feature, CUXAS_TURNED_BLOCK), the last one filled up with
 * zeros; cuxas_turned_size() rows have room for them */
size_t cuxas_turned_size(size_t n_row);
void   cuxas_turn(const float *row, size_t n_row, size_t n_feature, float *ret_turned);

/* cuxas_turned_differences() - ret_sum (CUXAS_TURNED_BLOCK) of the absolute differences, or the squares of differences, of a (n_feature)
 * and each row of a turned block */
void cuxas_turned_differences(bool is_absolute, const float *a, const float *block, size_t n_feature, double *ret_sum);

/* cuxas_add_rows() - ret_sum (n) = sum (n) + factor (n_row) row (n_row, n), one row after the other; ret_sum is not sum */
void cuxas_add_rows(const double *factor, size_t n_row, const float *row, size_t n, const double *sum, double *ret_sum);

/* -- networks -- */

/* cuxas_activation_name(), cuxas_activation_from_name() - "linear", "softplus", "softmax"; CUXAS_ERANGE: no such name */
const char  *cuxas_activation_name(cuxas_activation activation);
cuxas_status cuxas_activation_from_name(const char *name, cuxas_activation *ret_activation, cuxas_error *err);

/* cuxas_dense_new() - all parameters zero; the caller frees it; NULL: no memory or a size overflows */
cuxas_dense *cuxas_dense_new(size_t n_layer, const size_t *width, cuxas_activation output);

/* cuxas_dense_free() - accepts NULL */
void cuxas_dense_free(cuxas_dense *net);

/* cuxas_dense_init() - He-normal weights (He et al., ICCV 2015), zero biases, from a seed */
void cuxas_dense_init(cuxas_dense *net, uint64_t seed);

/* cuxas_dense_work_size() - floats of scratch that forward and backward need for n_row rows */
size_t cuxas_dense_work_size(const cuxas_dense *net, size_t n_row);

/* cuxas_dense_forward() - outputs of n_row inputs
 *
 *   input       (n_row, width[0])
 *   work        (cuxas_dense_work_size()) scratch; afterwards holds what backward needs
 *   ret_output  (n_row, width[n_layer]) */
void cuxas_dense_forward(const cuxas_dense *net, const float *input, size_t n_row, float *work, float *ret_output);

/* What a forward pass was given and left behind. */
typedef struct {
  const float *input; /* (n_row, width[0]) */
  size_t       n_row;
  float       *work;   /* as forward left it */
  const float *output; /* (n_row, width[n_layer]) as forward returned it */
} cuxas_dense_pass;

/* cuxas_dense_backward() - gradient of a loss, after cuxas_dense_forward() with the pass's input and work
 *
 
 *   output_gradient  (n_row, width[n_layer]) dLoss/dOutput; overwritten
 *   ret_gradient     (n_parameter) dLoss/dParameter, layout of net->parameter; overwritten, not added to
 *   opt_input_gradient  (n_row, width[0]) dLoss/dInput; may be NULL */
void cuxas_dense_backward(const cuxas_dense *net, const cuxas_dense_pass *pass, float *output_gradient,
                          float *ret_gradient, float *opt_input_gradient);

#endif
