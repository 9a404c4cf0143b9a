/* dense.c - matrices, and fully connected networks
 *
 * Contents: 1. products  2. sums of rows  3. networks: forward, backward, one sgemm per layer */
#include "predict/dense.h"
#include "predict/m3gnet_priv.h"

#include "base/memory.h"
#include "base/random.h"

#include <cblas.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. products --------------------------------------------------------------------------------------------- */

/* Blocks of cuxas_multiply(): few enough numbers of b that packing them anew for each block costs little */
enum { BLOCK_IN = 64, BLOCK_OUT = 256, BLOCK_ALL = 1 << 18 };

static size_t at_most(size_t n, size_t limit)
{
  return n < limit ? n : limit;
}

static const float *place(cuxas_factor m, size_t i_row, size_t i_column)
{
  return m.first + (m.is_transposed ? i_column * m.stride + i_row : i_row * m.stride + i_column);
}

void cuxas_multiply(const cuxas_product *product, float *c, size_t c_stride)
{
  const cuxas_factor         a = product->a, b = product->b;
  const enum CBLAS_TRANSPOSE turn_a   = a.is_transposed ? CblasTrans : CblasNoTrans;
  const enum CBLAS_TRANSPOSE turn_b   = b.is_transposed ? CblasTrans : CblasNoTrans;
  const size_t               n_beside = at_most(product->n_out, BLOCK_OUT), n_deep = at_most(product->n_in, BLOCK_IN);
  if (n_beside == 0 || n_deep == 0) return;
  const size_t n_high = BLOCK_ALL / (n_beside * n_deep);
  for (size_t i = 0; i < product->n_row; i += n_high)
    for (size_t j = 0; j < product->n_out; j += n_beside)
      for (size_t k = 0; k < product->n_in; k += n_deep)
        cblas_sgemm(CblasRowMajor, turn_a, turn_b, (int)at_most(product->n_row - i, n_high),
                    (int)at_most(product->n_out - j, n_beside), (int)at_most(product->n_in - k, n_deep), 1.0f,
                    place(a, i, k), (int)a.stride, place(b, k, j), (int)b.stride, k == 0 ? product->beta : 1.0f,
                    c + i * c_stride + j, (int)c_stride);
}

/* ---- 2. sums of rows ------------------------------------------------------------------------------------------ */

enum { LANES = 8, N_WIDE = CUXAS_TURNED_BLOCK / LANES };
typedef double  wide __attribute__((vector_size(LANES * sizeof(double)), aligned(8), may_alias));
typedef int64_t wide_bits __attribute__((vector_size(LANES * sizeof(int64_t)), aligned(8), may_alias));
typedef float   narrow __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));
#define ALWAYS_INLINE __attribute__((always_inline)) static inline
#define UNROLL _Pragma("GCC unroll 4")

size_t cuxas_turned_size(size_t n_row)
{
  return (n_row + CUXAS_TURNED_BLOCK - 1) / CUXAS_TURNED_BLOCK * CUXAS_TURNED_BLOCK;
}

void cuxas_turn(const float *row, size_t n_row, size_t n_feature, float *ret_turned)
{
  enum { N = CUXAS_TURNED_BLOCK };
  for (size_t first = 0; first < n_row; first += N, ret_turned += n_feature * N)
    for (size_t i = first; i < first + N; i++)
      for (size_t k = 0; k < n_feature; k++) ret_turned[k * N + i - first] = i < n_row ? row[i * n_feature + k] : 0.0f;
}

ALWAYS_INLINE void sum_differences(bool is_absolute, const float *a, const float *block, size_t n_feature,
                                   double *ret_sum)
{
  wide sum[N_WIDE] = {{0.0}};
  for (size_t k = 0; k < n_feature; k++, block += CUXAS_TURNED_BLOCK) {
    const wide here = (double)a[k] - (wide){0.0};
    UNROLL for (size_t w = 0; w < N_WIDE; w++)
    {
      const wide d = here - __builtin_convertvector(*(const narrow *)(block + w * LANES), wide);
      if (is_absolute)
        sum[w] += (wide)((wide_bits)d & INT64_MAX);
      else
        sum[w] += d * d;
    }
  }
  memcpy(ret_sum, sum, sizeof sum);
}

CUXAS_M3GNET_CLONES void cuxas_turned_differences(bool is_absolute, const float *a, const float *block,
                                                  size_t n_feature, double *ret_sum)
{
  if (is_absolute)
    sum_differences(true, a, block, n_feature, ret_sum);
  else
    sum_differences(false, a, block, n_feature, ret_sum);
}

typedef struct {
  const double *factor; /* (n_row) */
  size_t        n_row, n;
  const float  *row; /* (n_row, n) */
} weighted_rows;

/* Of some lanes beside each other, from the first column on; the last of all begin where n allows it, among those before them. */
ALWAYS_INLINE void add_lanes(size_t n_wide, size_t first, const weighted_rows *of, const double *sum, double *ret_sum)
{
  const size_t n = of->n;
  size_t       at[N_WIDE];
  wide         s[N_WIDE];
  UNROLL for (size_t w = 0; w < n_wide; w++)
  {
    at[w] = first + w * LANES < n - LANES ? first + w * LANES : n - LANES;
    s[w]  = *(const wide *)(sum + at[w]);
  }
  for (size_t i = 0; i < of->n_row; i++) {
    const wide here = of->factor[i] - (wide){0.0};
    UNROLL for (size_t w = 0; w < n_wide; w++) s[w] +=
        here * __builtin_convertvector(*(const narrow *)(of->row + i * n + at[w]), wide);
  }
  UNROLL for (size_t w = 0; w < n_wide; w++) * (wide *)(ret_sum + at[w]) = s[w];
}

CUXAS_M3GNET_CLONES void cuxas_add_rows(const double *factor, size_t n_row, const float *row, size_t n,
                                        const double *sum, double *ret_sum)
{
  const weighted_rows of = {factor, n_row, n, row};
  for (size_t j = 0; n < LANES && j < n; j++) {
    ret_sum[j] = sum[j];
    for (size_t i = 0; i < n_row; i++) ret_sum[j] += factor[i] * (double)row[i * n + j];
  }
  for (size_t first = 0; n >= LANES && first < n; first += N_WIDE * LANES) {
    const size_t left = n - first;
    if (left <= LANES)
      add_lanes(1, first, &of, sum, ret_sum);
    else if (left <= 2 * LANES)
      add_lanes(2, first, &of, sum, ret_sum);
    else if (left <= 3 * LANES)
      add_lanes(3, first, &of, sum, ret_sum);
    else
      add_lanes(4, first, &of, sum, ret_sum);
  }
}

/* ---- 3. networks ------------------------------------------------------------------------------------------------ */

/* Scratch of forward and backward, for n_row rows:
 *   hidden outputs y_1 ... y_(n_layer-1), each (n_row, width[l]): written by forward, read by backward
 *   two blocks (n_row, widest hidden layer): gradients that backward hands from layer to layer */

static const char *const ACTIVATION_NAME[] = {
    [CUXAS_ACTIVATION_LINEAR]   = "linear",
    [CUXAS_ACTIVATION_SOFTPLUS] = "softplus",
    [CUXAS_ACTIVATION_SOFTMAX]  = "softmax",
};
enum { N_ACTIVATION = sizeof ACTIVATION_NAME / sizeof ACTIVATION_NAME[0] };

const char *cuxas_activation_name(cuxas_activation activation)
{
  return ACTIVATION_NAME[activation];
}

cuxas_status cuxas_activation_from_name(const char *name, cuxas_activation *ret_activation, cuxas_error *err)
{
  for (int i = 0; i < N_ACTIVATION; i++)
    if (strcmp(name, ACTIVATION_NAME[i]) == 0) {
      *ret_activation = (cuxas_activation)i;
      return CUXAS_OK;
    }
  return cuxas_fail(err, CUXAS_ERANGE, "unknown output activation \"%s\" (linear, softplus, softmax)", name);
}

/* count_parameters() - false: a width is 0 or beyond BLAS's int, or the sum overflows */
static bool count_parameters(size_t n_layer, const size_t *width, size_t *ret_n_parameter)
{
  size_t sum = 0;
  if (n_layer == 0 || width[0] == 0 || width[0] > INT_MAX) return false;
  for (size_t l = 0; l < n_layer; l++) {
    const size_t in = width[l], out = width[l + 1];
    if (out == 0 || out > INT_MAX || out > (SIZE_MAX / sizeof(float) - sum) / (in + 1)) return false;
    sum += out * (in + 1);
  }
  *ret_n_parameter = sum;
  return true;
}

cuxas_dense *cuxas_dense_new(size_t n_layer, const size_t *width, cuxas_activation output)
{
  size_t n_parameter;
  if (!count_parameters(n_layer, width, &n_parameter)) return NULL;

  cuxas_dense *net = cuxas_new(NULL, 1, sizeof *net);
  if (net == NULL) return NULL;
  net->n_layer     = n_layer;
  net->output      = output;
  net->n_parameter = n_parameter;
  net->width       = cuxas_new(NULL, n_layer + 1, sizeof *net->width);
  net->parameter   = cuxas_new(NULL, n_parameter, sizeof *net->parameter);
  if (net->width == NULL || net->parameter == NULL) {
    cuxas_dense_free(net);
    return NULL;
  }
  memcpy(net->width, width, (n_layer + 1) * sizeof *width);
  return net;
}

void cuxas_dense_free(cuxas_dense *net)
{
  if (net == NULL) return;
  free(net->width);
  free(net->parameter);
  free(net);
}

void cuxas_dense_init(cuxas_dense *net, uint64_t seed)
{
  uint64_t state = seed;
  float   *next  = net->parameter;
  for (size_t l = 0; l < net->n_layer; l++) {
    const size_t in = net->width[l], out = net->width[l + 1];
    const double scale = sqrt(2.0 / (double)in);
    for (size_t i = 0; i < out * in; i++) *next++ = (float)(scale * random_normal(&state));
    for (size_t i = 0; i < out; i++) *next++ = 0.0f;
  }
}

static size_t widest_hidden(const cuxas_dense *net)
{
  size_t widest = 0;
  for (size_t l = 1; l < net->n_layer; l++)
    if (net->width[l] > widest) widest = net->width[l];
  return widest;
}

static size_t sum_hidden(const cuxas_dense *net)
{
  size_t sum = 0;
  for (size_t l = 1; l < net->n_layer; l++) sum += net->width[l];
  return sum;
}

size_t cuxas_dense_work_size(const cuxas_dense *net, size_t n_row)
{
  return n_row * (sum_hidden(net) + 2 * widest_hidden(net));
}

static void apply_softplus(float *x, size_t n)
{
  for (size_t i = 0; i < n; i++) x[i] = fmaxf(x[i], 0.0f) + log1pf(expf(-fabsf(x[i]))); /* never overflows */
}

static void apply_softmax(float *x, size_t n_row, size_t width)
{
  for (float *row = x; row < x + n_row * width; row += width) {
    float largest = row[0], sum = 0.0f;
    for (size_t i = 1; i < width; i++) largest = fmaxf(largest, row[i]);
    for (size_t i = 0; i < width; i++) sum += row[i] = expf(row[i] - largest);
    for (size_t i = 0; i < width; i++) row[i] /= sum;
  }
}

static void apply_output(cuxas_activation activation, float *x, size_t n_row, size_t width)
{
  switch (activation) {
  case CUXAS_ACTIVATION_LINEAR: break;
  case CUXAS_ACTIVATION_SOFTPLUS: apply_softplus(x, n_row * width); break;
  case CUXAS_ACTIVATION_SOFTMAX: apply_softmax(x, n_row, width); break;
  }
}

/* output_backward() - dLoss/dy to dLoss/dx in place, from y alone: all three derivatives are functions of y */
static void output_backward(cuxas_activation activation, const float *y, float *gradient, size_t n_row, size_t width)
{
  switch (activation) {
  case CUXAS_ACTIVATION_LINEAR: break;
  case CUXAS_ACTIVATION_SOFTPLUS:
    for (size_t i = 0; i < n_row * width; i++) gradient[i] *= -expm1f(-y[i]); /* sigmoid(x) = 1 - exp(-y) */
    break;
  case CUXAS_ACTIVATION_SOFTMAX:
    for (size_t i_row = 0; i_row < n_row; i_row++, y += width, gradient += width) {
      float dot = 0.0f;
      for (size_t i = 0; i < width; i++) dot += gradient[i] * y[i];
      for (size_t i = 0; i < width; i++) gradient[i] = y[i] * (gradient[i] - dot);
    }
    break;
  }
}

void cuxas_dense_forward(const cuxas_dense *net, const float *input, size_t n_row, float *work, float *ret_output)
{
  const float *x         = input;
  const float *parameter = net->parameter;
  float       *hidden    = work;

  if (n_row == 0) return;
  for (size_t l = 0; l < net->n_layer; l++) {
    const size_t in = net->width[l], out = net->width[l + 1];
    const bool   is_last = l + 1 == net->n_layer;
    const float *weight = parameter, *bias = parameter + out * in;
    float       *y = is_last ? ret_output : hidden;

    for (size_t i_row = 0; i_row < n_row; i_row++) memcpy(y + i_row * out, bias, out * sizeof *y);
    cuxas_multiply(&(cuxas_product){n_row, in, out, {x, in, false}, {weight, in, true}, 1.0f}, y,
                   out); /* y (n_row, out) = x (n_row, in) W^T + b */
    if (is_last)
      apply_output(net->output, y, n_row, out);
    else
      for (size_t i = 0; i < n_row * out; i++) y[i] = fmaxf(y[i], 0.0f);

    x = y;
    hidden += n_row * out;
    parameter += out * (in + 1);
  }
}

void cuxas_dense_backward(const cuxas_dense *net, const cuxas_dense_pass *pass, float *output_gradient,
                          float *ret_gradient, float *opt_input_gradient)
{
  const size_t n_row       = pass->n_row;
  float *const spare_end   = pass->work + n_row * sum_hidden(net); /* hidden outputs end here, the two blocks follow */
  float       *spare[2]    = {spare_end, spare_end + n_row * widest_hidden(net)};
  const float *y_below_end = spare_end;
  size_t       i_parameter = net->n_parameter;
  float       *dy          = output_gradient; /* (n_row, out) dLoss/d(W x + b) of the layer in hand */

  if (n_row == 0) {
    memset(ret_gradient, 0, net->n_parameter * sizeof *ret_gradient);
    return;
  }
  output_backward(net->output, pass->output, dy, n_row, net->width[net->n_layer]);
  for (size_t l = net->n_layer; l-- > 0;) {
    const size_t in = net->width[l], out = net->width[l + 1];
    i_parameter -= out * (in + 1);
    const float *weight      = net->parameter + i_parameter;
    float       *weight_grad = ret_gradient + i_parameter, *bias_grad = weight_grad + out * in;
    const float *x = l > 0 ? y_below_end - n_row * in : pass->input;

    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)out, (int)in, (int)n_row, 1.0f, dy, (int)out, x, (int)in,
                0.0f, weight_grad, (int)in); /* dW (out, in) = dy^T x */
    memset(bias_grad, 0, out * sizeof *bias_grad);
    for (size_t i_row = 0; i_row < n_row; i_row++)
      for (size_t i = 0; i < out; i++) bias_grad[i] += dy[i_row * out + i];

    float *dx = l > 0 ? spare[l % 2] : opt_input_gradient;
    if (dx != NULL)
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n_row, (int)in, (int)out, 1.0f, dy, (int)out, weight,
                  (int)in, 0.0f, dx, (int)in); /* dx (n_row, in) = dy W */
    if (l > 0)
      for (size_t i = 0; i < n_row * in; i++)
        if (!(x[i] > 0.0f)) dx[i] = 0.0f; /* ReLU of the layer below */

    y_below_end = x;
    dy          = dx;
  }
}
