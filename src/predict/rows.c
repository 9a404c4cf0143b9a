/* rows.c - elementwise work on rows of hidden layers, vectorised: activations and gates of the graph networks
 *
 * Contents: 1. exp() and the rows of M3GNet  2. graphnet: activations, invariants, sums over bonds */
#include "predict/graphnet_pass.h"
#include "predict/m3gnet_priv.h"

#include <math.h>
#include <string.h>

/* ---- 1. exp() and the rows of M3GNet ------------------------------------------------------------------------ */

/* All of exp() that a sigmoid needs, written so that a compiler makes vectors of it: no branch, no table, no call.
 *
 *   exp(-x) = 2^k exp(r),  k = round(-x log2(e)),  |r| <= ln(2) / 2
 *
 * exp(r) is a polynomial of degree 6 fitted for the smallest largest relative error (1.9e-9 in exact arithmetic; with
 * rounding, below 2e-7). k is rounded by adding 1.5 2^23, whose last bits then hold k as an integer; it goes into the
 * exponent's bits by an integer addition. x is held within +-40: 1 + exp(40) is still far from overflow. */
#define ALWAYS_INLINE __attribute__((always_inline)) static inline

ALWAYS_INLINE uint32_t bits_of(float x)
{
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

ALWAYS_INLINE float float_of(uint32_t bits)
{
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

ALWAYS_INLINE float exp_minus(float x)
{
  const float held    = x < -40.0f ? -40.0f : x > 40.0f ? 40.0f : x; /* NaN stays NaN */
  const float shifted = held * -1.44269504f + 12582912.0f;
  const float k       = shifted - 12582912.0f;
  const float r       = (-held - k * 0.693145752f) - k * 1.42860677e-6f; /* ln 2 in two parts, the first short */
  float       y       = 0.00138368356f;
  y                   = y * r + 0.00837482416f;
  y                   = y * r + 0.0416682262f;
  y                   = y * r + 0.166664201f;
  y                   = y * r + 0.499999921f;
  y                   = y * r + 1.00000004f;
  y                   = y * r + 1.0f;
  return float_of(bits_of(y) + (bits_of(shifted) << 23));
}

ALWAYS_INLINE float sigmoid(float x)
{
  return 1.0f / (1.0f + exp_minus(x));
}

ALWAYS_INLINE float swish(float x)
{
  return x / (1.0f + exp_minus(x));
}

/* swish(a) and swish(b), with one division: it takes as long as half an exp() */
ALWAYS_INLINE void swish_two(float a, float b, float *ret_a, float *ret_b)
{
  const float p = 1.0f + exp_minus(a), q = 1.0f + exp_minus(b), inverse = 1.0f / (p * q);
  *ret_a = a * q * inverse;
  *ret_b = b * p * inverse;
}

/* swish(a) sigma(b), with one division */
ALWAYS_INLINE float gated(float a, float b)
{
  return a / ((1.0f + exp_minus(a)) * (1.0f + exp_minus(b)));
}

CUXAS_M3GNET_CLONES void cuxas_m3gnet_rows_sigmoid(size_t n_row, size_t width, const float *bias, float *rows)
{
  for (float *row = rows; row < rows + n_row * width; row += width) {
#pragma omp simd
    for (size_t i = 0; i < width; i++) row[i] = sigmoid(row[i] + bias[i]);
  }
}

CUXAS_M3GNET_CLONES void cuxas_m3gnet_rows_swish(size_t n_row, size_t width, const float *bias, float *rows)
{
  for (float *row = rows; row < rows + n_row * width; row += width) {
#pragma omp simd
    for (size_t i = 0; i < width; i++) row[i] = swish(row[i] + bias[i]);
  }
}

CUXAS_M3GNET_CLONES void cuxas_m3gnet_rows_swish_pair(size_t n_row, size_t width, const float *bias, float *rows)
{
  const float *bias_a = bias, *bias_b = bias + width;
  for (size_t i_row = 0; i_row < n_row; i_row++) {
    float *a = rows + i_row * 2 * width, *b = a + width;
#pragma omp simd
    for (size_t i = 0; i < width; i++) swish_two(a[i] + bias_a[i], b[i] + bias_b[i], &a[i], &b[i]);
  }
}

CUXAS_M3GNET_CLONES void cuxas_m3gnet_rows_swish_ends(size_t n_row, size_t width, const uint32_t *source,
                                                      const uint32_t *target, const float *ends, size_t stride,
                                                      float *rows)
{
  for (size_t i_row = 0; i_row < n_row; i_row++) {
    const float *from_a = ends + source[i_row] * stride, *to_a = ends + 2 * width + target[i_row] * stride;
    const float *from_b = from_a + width, *to_b = to_a + width;
    float       *a = rows + i_row * 2 * width, *b = a + width;
#pragma omp simd
    for (size_t i = 0; i < width; i++) swish_two(a[i] + from_a[i] + to_a[i], b[i] + from_b[i] + to_b[i], &a[i], &b[i]);
  }
}

CUXAS_M3GNET_CLONES void cuxas_m3gnet_rows_add_gated(size_t n_row, size_t width, const float *rows, float *bond)
{
  for (size_t i_row = 0; i_row < n_row; i_row++) {
    const float *a = rows + i_row * 2 * width, *b = a + width;
    float       *row = bond + i_row * width;
#pragma omp simd
    for (size_t i = 0; i < width; i++) row[i] += gated(a[i], b[i]);
  }
}

CUXAS_M3GNET_CLONES void cuxas_m3gnet_rows_update_bond(size_t n_row, size_t width, const float *bias, const float *rows,
                                                       cuxas_m3gnet_columns radial, float *bond)
{
  const float *bias_a = bias, *bias_b = bias + width;
  for (size_t i_row = 0; i_row < n_row; i_row++) {
    const float *a = rows + i_row * 2 * width, *b = a + width, *weight = radial.first + i_row * radial.stride;
    float       *row = bond + i_row * width;
#pragma omp simd
    for (size_t i = 0; i < width; i++) row[i] += gated(a[i] + bias_a[i], b[i] + bias_b[i]) * weight[i];
  }
}

CUXAS_M3GNET_CLONES void cuxas_m3gnet_rows_send_message(size_t n_row, size_t width, const float *bias,
                                                        const float *rows, cuxas_m3gnet_columns radial,
                                                        const uint32_t *target, double *sum)
{
  const float *bias_a = bias, *bias_b = bias + width;
  for (size_t i_row = 0; i_row < n_row; i_row++) {
    const float *a = rows + i_row * 2 * width, *b = a + width, *weight = radial.first + i_row * radial.stride;
    double      *row = sum + target[i_row] * width;
#pragma omp simd
    for (size_t i = 0; i < width; i++) row[i] += (double)(gated(a[i] + bias_a[i], b[i] + bias_b[i]) * weight[i]);
  }
}

/* ---- 2. graphnet: activations, invariants, sums over bonds -------------------------------------------------- */

/* Loops over channels are the innermost; the usual widths are compiled as constants, so that a row of sums stays in
 * registers. */
static const float L0_SCALE = 0.3f, NORM_SCALE = 0.5f, NORM_FLOOR = 0.1f; /* s_0, s and the root of e */

CUXAS_M3GNET_CLONES void cuxas_graphnet_swish(size_t n_row, size_t width, const float *bias, float *x, float *ret_y)
{
  for (size_t i_row = 0; i_row < n_row; i_row++) {
    float *row = x + i_row * width, *y = ret_y + i_row * width;
#pragma omp simd
    for (size_t i = 0; i < width; i++) {
      row[i] += bias[i];
      y[i] = row[i] * sigmoid(row[i]);
    }
  }
}

CUXAS_M3GNET_CLONES void cuxas_graphnet_swish_back(size_t n, const float *x, float *gradient)
{
#pragma omp simd
  for (size_t i = 0; i < n; i++) {
    const float s = sigmoid(x[i]);
    gradient[i] *= s * (1.0f + x[i] * (1.0f - s));
  }
}

CUXAS_M3GNET_CLONES void cuxas_graphnet_gate(size_t n_row, size_t width, const float *bias, float *second, float *node)
{
  for (size_t i_row = 0; i_row < n_row; i_row++) {
    float *value = second + i_row * 2 * width, *gate = value + width, *row = node + i_row * width;
#pragma omp simd
    for (size_t i = 0; i < width; i++) {
      value[i] += bias[i];
      gate[i] = sigmoid(gate[i] + bias[width + i]);
      row[i] += value[i] * gate[i];
    }
  }
}

CUXAS_M3GNET_CLONES void cuxas_graphnet_gate_back(size_t n_row, size_t width, const float *second,
                                                  const float *gradient, float *ret_gradient)
{
  for (size_t i_row = 0; i_row < n_row; i_row++) {
    const float *value = second + i_row * 2 * width, *gate = value + width, *row = gradient + i_row * width;
    float       *to = ret_gradient + i_row * 2 * width;
#pragma omp simd
    for (size_t i = 0; i < width; i++) {
      to[i]         = row[i] * gate[i];
      to[width + i] = row[i] * value[i] * gate[i] * (1.0f - gate[i]);
    }
  }
}

CUXAS_M3GNET_CLONES void cuxas_graphnet_add_columns(size_t n_row, size_t width, const float *rows, float *sum)
{
  for (size_t i_row = 0; i_row < n_row; i_row++) {
#pragma omp simd
    for (size_t i = 0; i < width; i++) sum[i] += rows[i_row * width + i];
  }
}

/* -- invariants -- */

CUXAS_M3GNET_CLONES void cuxas_graphnet_invariants(size_t n_atom, size_t n_angular, size_t n_channel,
                                                   const float *moment, size_t stride, float *ret_invariant)
{
  const size_t n_harmonic = n_angular * n_angular;
  for (size_t i_atom = 0; i_atom < n_atom; i_atom++) {
    const float *m  = moment + i_atom * n_harmonic * n_channel;
    float       *to = ret_invariant + i_atom * stride;
    for (size_t c = 0; c < n_channel; c++) to[c] = L0_SCALE * m[c];
    for (size_t l = 1; l < n_angular; l++) {
      float *norm = to + l * n_channel;
      for (size_t c = 0; c < n_channel; c++) norm[c] = NORM_FLOOR * NORM_FLOOR;
      for (size_t q = l * l; q < (l + 1) * (l + 1); q++)
        for (size_t c = 0; c < n_channel; c++) norm[c] += m[q * n_channel + c] * m[q * n_channel + c];
      for (size_t c = 0; c < n_channel; c++) norm[c] = NORM_SCALE * (sqrtf(norm[c]) - NORM_FLOOR);
    }
  }
}

CUXAS_M3GNET_CLONES void cuxas_graphnet_invariants_back(size_t n_atom, size_t n_angular, size_t n_channel,
                                                        const float *moment, size_t stride, const float *gradient,
                                                        float *ret_moment_gradient)
{
  const size_t n_harmonic = n_angular * n_angular;
  float        factor[CUXAS_GRAPHNET_MAX_WIDTH];
  for (size_t i_atom = 0; i_atom < n_atom; i_atom++) {
    const float *m = moment + i_atom * n_harmonic * n_channel, *from = gradient + i_atom * stride;
    float       *to = ret_moment_gradient + i_atom * n_harmonic * n_channel;
    for (size_t c = 0; c < n_channel; c++) to[c] = L0_SCALE * from[c];
    for (size_t l = 1; l < n_angular; l++) {
      for (size_t c = 0; c < n_channel; c++) factor[c] = NORM_FLOOR * NORM_FLOOR;
      for (size_t q = l * l; q < (l + 1) * (l + 1); q++)
        for (size_t c = 0; c < n_channel; c++) factor[c] += m[q * n_channel + c] * m[q * n_channel + c];
      for (size_t c = 0; c < n_channel; c++) factor[c] = NORM_SCALE * from[l * n_channel + c] / sqrtf(factor[c]);
      for (size_t q = l * l; q < (l + 1) * (l + 1); q++)
        for (size_t c = 0; c < n_channel; c++) to[q * n_channel + c] = factor[c] * m[q * n_channel + c];
    }
  }
}

/* -- bonds -- */

ALWAYS_INLINE void gather(const cuxas_graphnet_bonds *bonds, size_t n_channel, const float *channel, float *moment)
{
  const size_t n_angular = bonds->n_angular, n_harmonic = n_angular * n_angular;
  for (size_t k = 0; k < bonds->n_bond; k++) {
    const float *a = channel + bonds->target[k] * n_channel, *h = bonds->harmonic + k * n_harmonic;
    float       *m = moment + bonds->source[k] * n_harmonic * n_channel;
    for (size_t l = 0; l < n_angular; l++) {
      const float *r = bonds->radial + (k * n_angular + l) * n_channel;
      float        w[CUXAS_GRAPHNET_MAX_WIDTH];
#pragma omp simd
      for (size_t c = 0; c < n_channel; c++) w[c] = r[c] * a[c];
      for (size_t q = l * l; q < (l + 1) * (l + 1); q++) {
        float *to = m + q * n_channel;
#pragma omp simd
        for (size_t c = 0; c < n_channel; c++) to[c] += h[q] * w[c];
      }
    }
  }
}

CUXAS_M3GNET_CLONES void cuxas_graphnet_gather(const cuxas_graphnet_bonds *bonds, const float *channel, float *moment)
{
  if (bonds->n_channel == 32)
    gather(bonds, 32, channel, moment);
  else if (bonds->n_channel == 64)
    gather(bonds, 64, channel, moment);
  else
    gather(bonds, bonds->n_channel, channel, moment);
}

ALWAYS_INLINE void gather_back(const cuxas_graphnet_bonds *bonds, size_t n_channel, const float *channel,
                               const float *moment_gradient, float *channel_gradient, float *ret_radial_gradient)
{
  const size_t n_angular = bonds->n_angular, n_harmonic = n_angular * n_angular;
  for (size_t k = 0; k < bonds->n_bond; k++) {
    const float *a = channel + bonds->target[k] * n_channel, *h = bonds->harmonic + k * n_harmonic;
    const float *m    = moment_gradient + bonds->source[k] * n_harmonic * n_channel;
    float       *to_a = channel_gradient + bonds->target[k] * n_channel;
    for (size_t l = 0; l < n_angular; l++) {
      const float *r    = bonds->radial + (k * n_angular + l) * n_channel;
      float       *to_r = ret_radial_gradient + (k * n_angular + l) * n_channel;
      float        w[CUXAS_GRAPHNET_MAX_WIDTH];
#pragma omp simd
      for (size_t c = 0; c < n_channel; c++) w[c] = h[l * l] * m[l * l * n_channel + c];
      for (size_t q = l * l + 1; q < (l + 1) * (l + 1); q++) {
#pragma omp simd
        for (size_t c = 0; c < n_channel; c++) w[c] += h[q] * m[q * n_channel + c];
      }
#pragma omp simd
      for (size_t c = 0; c < n_channel; c++) {
        to_r[c] = w[c] * a[c];
        to_a[c] += w[c] * r[c];
      }
    }
  }
}

CUXAS_M3GNET_CLONES void cuxas_graphnet_gather_back(const cuxas_graphnet_bonds *bonds, const float *channel,
                                                    const float *moment_gradient, float *channel_gradient,
                                                    float *ret_radial_gradient)
{
  if (bonds->n_channel == 32)
    gather_back(bonds, 32, channel, moment_gradient, channel_gradient, ret_radial_gradient);
  else if (bonds->n_channel == 64)
    gather_back(bonds, 64, channel, moment_gradient, channel_gradient, ret_radial_gradient);
  else
    gather_back(bonds, bonds->n_channel, channel, moment_gradient, channel_gradient, ret_radial_gradient);
}
