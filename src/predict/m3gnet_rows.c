#include "predict/m3gnet_priv.h"

#include <string.h>

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
                                                      const uint32_t *target, const float *source_part,
                                                      const float *target_part, size_t stride, float *rows)
{
  for (size_t i_row = 0; i_row < n_row; i_row++) {
    const float *from_a = source_part + source[i_row] * stride, *to_a = target_part + target[i_row] * stride;
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
                                                       const float *radial, size_t stride, float *bond)
{
  const float *bias_a = bias, *bias_b = bias + width;
  for (size_t i_row = 0; i_row < n_row; i_row++) {
    const float *a = rows + i_row * 2 * width, *b = a + width, *weight = radial + i_row * stride;
    float       *row = bond + i_row * width;
#pragma omp simd
    for (size_t i = 0; i < width; i++) row[i] += gated(a[i] + bias_a[i], b[i] + bias_b[i]) * weight[i];
  }
}

CUXAS_M3GNET_CLONES void cuxas_m3gnet_rows_send_message(size_t n_row, size_t width, const float *bias,
                                                        const float *rows, const float *radial, size_t stride,
                                                        const uint32_t *target, double *sum)
{
  const float *bias_a = bias, *bias_b = bias + width;
  for (size_t i_row = 0; i_row < n_row; i_row++) {
    const float *a = rows + i_row * 2 * width, *b = a + width, *weight = radial + i_row * stride;
    double      *row = sum + target[i_row] * width;
#pragma omp simd
    for (size_t i = 0; i < width; i++) row[i] += (double)(gated(a[i] + bias_a[i], b[i] + bias_b[i]) * weight[i]);
  }
}
