#include "predict/graphnet_pass.h"

#include <math.h>
#include <string.h>

/* Loops over channels are the innermost; the usual widths are compiled as constants, so that a row of sums stays in
 * registers. */
#define ALWAYS_INLINE __attribute__((always_inline)) static inline
#define CLONES CUXAS_M3GNET_CLONES

static const float L0_SCALE = 0.3f, NORM_SCALE = 0.5f, NORM_FLOOR = 0.1f; /* s_0, s and the root of e */

/* exp(-x) as in m3gnet_rows.c: 2^k times a polynomial, x held within +-40 */
ALWAYS_INLINE float exp_minus(float x)
{
  const float held    = x < -40.0f ? -40.0f : x > 40.0f ? 40.0f : x;
  const float shifted = held * -1.44269504f + 12582912.0f;
  const float k       = shifted - 12582912.0f;
  const float r       = (-held - k * 0.693145752f) - k * 1.42860677e-6f;
  float       y       = 0.00138368356f;
  uint32_t    bits, power;
  y = y * r + 0.00837482416f;
  y = y * r + 0.0416682262f;
  y = y * r + 0.166664201f;
  y = y * r + 0.499999921f;
  y = y * r + 1.00000004f;
  y = y * r + 1.0f;
  memcpy(&bits, &y, sizeof bits);
  memcpy(&power, &shifted, sizeof power);
  bits += power << 23;
  memcpy(&y, &bits, sizeof y);
  return y;
}

ALWAYS_INLINE float sigmoid(float x)
{
  return 1.0f / (1.0f + exp_minus(x));
}

CLONES void cuxas_graphnet_swish(size_t n_row, size_t width, const float *bias, float *x, float *ret_y)
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

CLONES void cuxas_graphnet_swish_back(size_t n, const float *x, float *gradient)
{
#pragma omp simd
  for (size_t i = 0; i < n; i++) {
    const float s = sigmoid(x[i]);
    gradient[i] *= s * (1.0f + x[i] * (1.0f - s));
  }
}

CLONES void cuxas_graphnet_gate(size_t n_row, size_t width, const float *bias, float *second, float *node)
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

CLONES void cuxas_graphnet_gate_back(size_t n_row, size_t width, const float *second, const float *gradient,
                                     float *ret_gradient)
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

CLONES void cuxas_graphnet_add_columns(size_t n_row, size_t width, const float *rows, float *sum)
{
  for (size_t i_row = 0; i_row < n_row; i_row++) {
#pragma omp simd
    for (size_t i = 0; i < width; i++) sum[i] += rows[i_row * width + i];
  }
}

/* -- invariants -- */

CLONES void cuxas_graphnet_invariants(size_t n_atom, size_t n_angular, size_t n_channel, const float *moment,
                                      size_t stride, float *ret_invariant)
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

CLONES void cuxas_graphnet_invariants_back(size_t n_atom, size_t n_angular, size_t n_channel, const float *moment,
                                           size_t stride, const float *gradient, float *ret_moment_gradient)
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

ALWAYS_INLINE void gather(size_t n_bond, size_t n_angular, size_t n_channel, const uint32_t *source,
                          const uint32_t *target, const float *harmonic, const float *radial, const float *channel,
                          float *moment)
{
  const size_t n_harmonic = n_angular * n_angular;
  for (size_t k = 0; k < n_bond; k++) {
    const float *a = channel + target[k] * n_channel, *h = harmonic + k * n_harmonic;
    float       *m = moment + source[k] * n_harmonic * n_channel;
    for (size_t l = 0; l < n_angular; l++) {
      const float *r = radial + (k * n_angular + l) * n_channel;
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

CLONES void cuxas_graphnet_gather(size_t n_bond, size_t n_angular, size_t n_channel, const uint32_t *source,
                                  const uint32_t *target, const float *harmonic, const float *radial,
                                  const float *channel, float *moment)
{
  if (n_channel == 32)
    gather(n_bond, n_angular, 32, source, target, harmonic, radial, channel, moment);
  else if (n_channel == 64)
    gather(n_bond, n_angular, 64, source, target, harmonic, radial, channel, moment);
  else
    gather(n_bond, n_angular, n_channel, source, target, harmonic, radial, channel, moment);
}

ALWAYS_INLINE void gather_back(size_t n_bond, size_t n_angular, size_t n_channel, const uint32_t *source,
                               const uint32_t *target, const float *harmonic, const float *radial, const float *channel,
                               const float *moment_gradient, float *channel_gradient, float *ret_radial_gradient)
{
  const size_t n_harmonic = n_angular * n_angular;
  for (size_t k = 0; k < n_bond; k++) {
    const float *a = channel + target[k] * n_channel, *h = harmonic + k * n_harmonic;
    const float *m    = moment_gradient + source[k] * n_harmonic * n_channel;
    float       *to_a = channel_gradient + target[k] * n_channel;
    for (size_t l = 0; l < n_angular; l++) {
      const float *r    = radial + (k * n_angular + l) * n_channel;
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

CLONES void cuxas_graphnet_gather_back(size_t n_bond, size_t n_angular, size_t n_channel, const uint32_t *source,
                                       const uint32_t *target, const float *harmonic, const float *radial,
                                       const float *channel, const float *moment_gradient, float *channel_gradient,
                                       float *ret_radial_gradient)
{
  if (n_channel == 32)
    gather_back(n_bond, n_angular, 32, source, target, harmonic, radial, channel, moment_gradient, channel_gradient,
                ret_radial_gradient);
  else if (n_channel == 64)
    gather_back(n_bond, n_angular, 64, source, target, harmonic, radial, channel, moment_gradient, channel_gradient,
                ret_radial_gradient);
  else
    gather_back(n_bond, n_angular, n_channel, source, target, harmonic, radial, channel, moment_gradient,
                channel_gradient, ret_radial_gradient);
}
