/* scattering_matrix.c - the matrix of a cluster, products with it, and elimination
 *
 * Contents: products - elimination */
#include "simulate/multiple_scattering_priv.h"
#include "base/clones.h"
#include "base/complex_pair.h"
#include "base/memory.h"

#include <f77blas.h>
#if CUXAS_HAS_CLONES
#include <immintrin.h>
#endif
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ==== products ==================================================================================================== */

#define NEGLIGIBLE 3e-4 /* t_l times the propagator to the nearest atom and back that leaves a channel out */

#define FAR_BOHR 8.5  /* beyond, the highest l is left out too, */
#define FAR_WEAK 0.03 /* where |t_l| is below this; changes g by about 0.002 */

#define RESIDUAL 3e-3                  /* of the source; g is then right to about its square */
enum { MAX_COLUMN = 6 };               /* that the kernel keeps in registers */
enum { AHEAD = 64 * 2 * CUXAS_LANES }; /* numbers of the matrix that are fetched so early: it is larger than caches */
enum { ONE_SCALE = CUXAS_N_L * 2 * CUXAS_N_LM, N_SCALE = 2 * ONE_SCALE };

typedef float lanes __attribute__((vector_size(4 * CUXAS_LANES), aligned(4)));
typedef int   lane_masks __attribute__((vector_size(4 * CUXAS_LANES)));

/* Blocks of rows are read in whole, up to a block before the first number and behind the last: room for both. */
static float *new_padded(size_t n, size_t n_number)
{
  float *room = n < SIZE_MAX - 1 ? cuxas_new(NULL, n + 1, n_number * sizeof *room) : NULL; /* one more than n */
  return room != NULL ? room + CUXAS_LANES : NULL;
}

static void free_padded(float *padded)
{
  if (padded != NULL) free(padded - CUXAS_LANES);
}

cuxas_scattering_matrix *cuxas_scattering_matrix_new(const cuxas_scattering *scattering,
                                                     const bool              is_wanted[CUXAS_N_L])
{
  const size_t n_row = scattering->n_atom * CUXAS_N_LM, n_origin = scattering->symmetry->n_orbit * CUXAS_N_LM;
  cuxas_scattering_matrix *matrix = cuxas_new(NULL, 1, sizeof *matrix);
  if (matrix == NULL) return NULL;
  matrix->scattering   = scattering;
  matrix->first_row    = cuxas_new(NULL, scattering->n_atom + 1, sizeof *matrix->first_row);
  matrix->first_origin = cuxas_new(NULL, scattering->n_atom, sizeof *matrix->first_origin);
  matrix->n_near       = cuxas_new(NULL, scattering->n_potential, sizeof *matrix->n_near);
  matrix->n_far        = cuxas_new(NULL, scattering->n_potential, sizeof *matrix->n_far);
  matrix->root_t       = cuxas_new(NULL, scattering->n_potential, CUXAS_N_L * sizeof *matrix->root_t);
  matrix->propagator   = new_padded(scattering->bonds->n_vector, CUXAS_PROPAGATOR);
  matrix->scale        = new_padded(scattering->n_potential * scattering->n_potential, N_SCALE);
  for (size_t l = 0; l < CUXAS_N_L; l++)
    if (is_wanted[l]) matrix->n_wanted = (l + 1) * (l + 1);
  matrix->lane =
      cuxas_new(NULL, n_origin, n_row * 2 * sizeof *matrix->lane); /* CUXAS_N_LM is a multiple of CUXAS_LANES */
  if (matrix->first_row == NULL || matrix->first_origin == NULL || matrix->root_t == NULL || matrix->n_near == NULL ||
      matrix->n_far == NULL || matrix->propagator == NULL || matrix->scale == NULL || matrix->lane == NULL) {
    cuxas_scattering_matrix_free(matrix);
    return NULL;
  }
  return matrix;
}

void cuxas_scattering_matrix_free(cuxas_scattering_matrix *matrix)
{
  if (matrix == NULL) return;
  free(matrix->first_row);
  free(matrix->first_origin);
  free(matrix->n_near);
  free(matrix->n_far);
  free(matrix->root_t);
  free_padded(matrix->propagator);
  free_padded(matrix->scale);
  free(matrix->lane);
  free(matrix);
}

/* ---- one energy ------------------------------------------------------------------------------------------------- */

/* Roots of t, and how many channels near and far atoms of each kind keep: up to the highest l that scatters. */
static void choose_channels(cuxas_scattering_matrix *matrix, const cuxas_photoelectron *electron, size_t i_energy,
                            size_t *ret_n_near, size_t *ret_n_far)
{
  const cuxas_scattering *s                       = matrix->scattering;
  double complex          ih[2 * CUXAS_L_MAX + 1] = {0};
  if (s->n_atom > 1) cuxas_hankel(electron->wave_number[i_energy] * s->bonds->shortest_bohr, ih);
  for (size_t p = 0; p < s->n_potential; p++) {
    ret_n_near[p] = ret_n_far[p] = 0;
    for (int l = 0; l <= CUXAS_L_MAX; l++) {
      const double complex delta =
          electron->phase_shift[(i_energy * electron->n_scatterer + p) * CUXAS_N_L + (size_t)l];
      const double complex t                    = cexp(I * delta) * csin(delta);
      matrix->root_t[p * CUXAS_N_L + (size_t)l] = (float complex)csqrt(t);
      if (!(cabs(t * ih[2 * l]) <= NEGLIGIBLE)) ret_n_near[p] = (size_t)((l + 1) * (l + 1));
      if (l < CUXAS_L_MAX || cabs(t) > FAR_WEAK) ret_n_far[p] = ret_n_near[p];
    }
  }
}

static const uint8_t L_OF[CUXAS_N_LM] = {0, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3};

/* What the matrix is to the propagator: the roots of both t for each l of the second atom and each wave of the first, real
 * parts and imaginary ones. Propagators are read by columns, so as those of the reversed bond, which differ by
 * (-1)^(l + l'). */
static float *scale_of(const cuxas_scattering_matrix *matrix, size_t first, size_t second, size_t is_reversed)
{
  return matrix->scale + ((first * matrix->scattering->n_potential + second) * 2 + is_reversed) * ONE_SCALE;
}

static void set_scales(cuxas_scattering_matrix *matrix)
{
  for (size_t p = 0; p < matrix->scattering->n_potential; p++)
    for (size_t q = 0; q < matrix->scattering->n_potential; q++)
      for (size_t is_reversed = 0; is_reversed < 2; is_reversed++) {
        float *scale = scale_of(matrix, p, q, is_reversed);
        for (size_t l = 0; l < CUXAS_N_L; l++, scale += 2 * CUXAS_N_LM)
          for (size_t r = 0; r < CUXAS_N_LM; r++) {
            const float complex both = matrix->root_t[p * CUXAS_N_L + L_OF[r]] * matrix->root_t[q * CUXAS_N_L + l];
            const float         sign = is_reversed == 0 && (l + L_OF[r]) % 2 != 0 ? -1.0f : 1.0f;
            scale[r]                 = sign * crealf(both);
            scale[CUXAS_N_LM + r]    = sign * cimagf(both);
          }
      }
}

/* Waves of one atom in a block of rows. */
typedef struct {
  size_t atom;
  ptrdiff_t
      shift; /* what a row's place in the block is less than its wave: loads begin there, up to a block too early, */
  lane_masks mask; /* and other rows are cut off */
} piece;

/* scale_piece() - column c of the block of a piece and another atom, 0 in other rows */
static inline __attribute__((always_inline)) void
scale_piece(const piece *own, const float *propagator, const float *scale, size_t c, lanes *ret_real, lanes *ret_imag)
{
  const float *g = propagator + c * CUXAS_N_LM + own->shift, *s = scale + L_OF[c] * 2 * CUXAS_N_LM + own->shift;
  const lanes  real = *(const lanes *)g, imag = *(const lanes *)(g + CUXAS_N_LM * CUXAS_N_LM);
  const lanes  a = *(const lanes *)s, b = *(const lanes *)(s + CUXAS_N_LM);
  *ret_real = (lanes)((lane_masks)(a * real - b * imag) & own->mask);
  *ret_imag = (lanes)((lane_masks)(a * imag + b * real) & own->mask);
}

/* The pieces of a block's rows; rows behind the last have none. */
static size_t cut_block(const cuxas_scattering_matrix *matrix, size_t first_row, size_t *io_atom,
                        piece ret_piece[CUXAS_LANES])
{
  const cuxas_scattering *s = matrix->scattering;
  size_t                  n = 0;
  for (size_t i = *io_atom; i < s->n_atom; i++) {
    const size_t first = matrix->first_origin[i], n_wave = matrix->first_row[i + 1] - matrix->first_row[i];
    if (s->symmetry->origin[i] != i || first + n_wave <= first_row || n_wave == 0) continue;
    if (first >= first_row + CUXAS_LANES) break;
    if (n == 0) *io_atom = i;
    ret_piece[n] = (piece){.atom = i, .shift = (ptrdiff_t)first_row - (ptrdiff_t)first};
    for (size_t k = 0; k < CUXAS_LANES; k++)
      ret_piece[n].mask[k] = first_row + k >= first && first_row + k < first + n_wave ? -1 : 0;
    n++;
  }
  return n;
}

/* All rows of the orbits' first atoms into the lanes. */
CUXAS_STATIC_CLONES("fma", "default")
static void fill_lanes(cuxas_scattering_matrix *matrix)
{
  const cuxas_scattering *s    = matrix->scattering;
  size_t                  atom = 0;
  for (size_t row = 0; row < matrix->n_origin_row; row += CUXAS_LANES) {
    piece        pieces[CUXAS_LANES];
    const size_t n_piece = cut_block(matrix, row, &atom, pieces);
    float       *out     = matrix->lane + row * matrix->n_row * 2;
    for (size_t j = 0; j < s->n_atom; j++) {
      const size_t n_j = matrix->first_row[j + 1] - matrix->first_row[j];
      for (size_t p = 0; p < n_piece; p++) {
        const size_t     i     = pieces[p].atom;
        const cuxas_pair pair  = i != j ? s->bonds->pair[i * s->n_atom + j] : (cuxas_pair){0, 0};
        const float     *g     = matrix->propagator + (size_t)pair.i_vector * CUXAS_PROPAGATOR;
        const float     *scale = scale_of(matrix, s->potential[i], s->potential[j], pair.is_reversed);
        for (size_t c = 0; c < n_j; c++) {
          lanes  real = {0}, imag = {0};
          lanes *to = (lanes *)(out + c * 2 * CUXAS_LANES);
          if (i != j) scale_piece(&pieces[p], g, scale, c, &real, &imag);
          to[0] = p == 0 ? real : to[0] + real;
          to[1] = p == 0 ? imag : to[1] + imag;
        }
      }
      out += n_j * 2 * CUXAS_LANES;
    }
  }
}

void cuxas_scattering_matrix_dense(const cuxas_scattering_matrix *matrix, float complex *ret_dense)
{
  const cuxas_scattering *s     = matrix->scattering;
  const size_t            n_row = matrix->n_row, n_atom = s->n_atom;
  memset(ret_dense, 0, n_row * n_row * sizeof *ret_dense);
  for (size_t i = 0; i < n_atom; i++)
    for (size_t j = 0; j < n_atom; j++) {
      if (i == j) continue;
      const cuxas_pair pair  = s->bonds->pair[i * n_atom + j];
      const float     *scale = scale_of(matrix, s->potential[i], s->potential[j], 1);
      float complex   *out   = ret_dense + matrix->first_row[i] * n_row + matrix->first_row[j];
      for (size_t c = 0; c < matrix->first_row[j + 1] - matrix->first_row[j]; c++)
        for (size_t r = 0; r < matrix->first_row[i + 1] - matrix->first_row[i]; r++) {
          const float *both  = scale + L_OF[c] * 2 * CUXAS_N_LM + r;
          out[r * n_row + c] = -CMPLXF(both[0], both[CUXAS_N_LM]) * cuxas_propagator_at(matrix->propagator, pair, r, c);
        }
    }
  for (size_t r = 0; r < n_row; r++) ret_dense[r * n_row + r] = 1.0f;
}

void cuxas_scattering_matrix_fill(cuxas_scattering_matrix *matrix, const cuxas_photoelectron *electron, size_t i_energy)
{
  const cuxas_scattering *s = matrix->scattering;
  matrix->residual          = s->residual > 0.0 ? s->residual : RESIDUAL;
  choose_channels(matrix, electron, i_energy, matrix->n_near, matrix->n_far);
  for (size_t i = 0; i < s->n_atom; i++) {
    const bool is_far = i > 0 && s->bonds->length_bohr[s->bonds->length_of[s->bonds->pair[i].i_vector]] > FAR_BOHR;
    matrix->first_row[i + 1] = matrix->first_row[i] + (is_far ? matrix->n_far : matrix->n_near)[s->potential[i]];
  }
  matrix->n_row        = matrix->first_row[s->n_atom];
  matrix->n_origin_row = 0;
  for (size_t i = 0; i < s->n_atom; i++)
    if (s->symmetry->origin[i] == i) {
      matrix->first_origin[i] = matrix->n_origin_row;
      matrix->n_origin_row += matrix->first_row[i + 1] - matrix->first_row[i];
    }
  size_t n_wave = matrix->n_wanted;
  for (size_t p = 0; p < s->n_potential; p++)
    if (matrix->n_near[p] > n_wave) n_wave = matrix->n_near[p];
  cuxas_bonds_propagate(s->bonds, electron->wave_number[i_energy], n_wave, matrix->propagator);
  set_scales(matrix);
  fill_lanes(matrix);
}

void cuxas_scattering_matrix_source(const cuxas_scattering_matrix *matrix, int l, float complex *ret_source)
{
  const cuxas_scattering *s        = matrix->scattering;
  const size_t            n_column = (size_t)(2 * l + 1), first = (size_t)(l * l);
  memset(ret_source, 0, matrix->n_row * n_column * sizeof *ret_source);
  for (size_t i = 1; i < s->n_atom; i++) {
    const cuxas_pair     pair = s->bonds->pair[i * s->n_atom];
    const float complex *root = matrix->root_t + s->potential[i] * CUXAS_N_L;
    float complex       *out  = ret_source + matrix->first_row[i] * n_column;
    for (size_t r = 0, l_row = 0; r < matrix->first_row[i + 1] - matrix->first_row[i]; r++) {
      if (r == (l_row + 1) * (l_row + 1)) l_row++;
      for (size_t m = 0; m < n_column; m++)
        out[r * n_column + m] = root[l_row] * cuxas_propagator_at(matrix->propagator, pair, r, first + m);
    }
  }
}

/* ---- vectors of one energy at another --------------------------------------------------------------------------- */

void cuxas_scattering_matrix_keep(const cuxas_scattering_matrix *matrix, const float complex *x, size_t n_column,
                                  size_t stride, float complex *ret_field)
{
  const cuxas_scattering *s = matrix->scattering;
  for (size_t i = 0; i < s->n_atom; i++) {
    const size_t n_channel = matrix->first_row[i + 1] - matrix->first_row[i];
    for (size_t r = 0; r < CUXAS_N_LM; r++, ret_field += stride) {
      const float complex root    = matrix->root_t[s->potential[i] * CUXAS_N_L + L_OF[r]];
      const float complex inverse = r < n_channel && root != 0.0f ? 1.0f / root : 0.0f;
      for (size_t c = 0; c < n_column; c++) ret_field[c] = r < n_channel ? inverse * x[c] : 0.0f;
      if (r < n_channel) x += n_column;
    }
  }
}

void cuxas_scattering_matrix_take(const cuxas_scattering_matrix *matrix, const float complex *field, size_t n_column,
                                  float complex *ret_x)
{
  const cuxas_scattering *s = matrix->scattering;
  for (size_t i = 0; i < s->n_atom; i++, field += CUXAS_N_LM * n_column)
    for (size_t r = 0; r < matrix->first_row[i + 1] - matrix->first_row[i]; r++)
      for (size_t c = 0; c < n_column; c++)
        *ret_x++ = matrix->root_t[s->potential[i] * CUXAS_N_L + L_OF[r]] * field[r * n_column + c];
}

/* ---- products --------------------------------------------------------------------------------------------------- */

/* Eight rows; n_column is a constant where this is inlined, so that the sums stay in registers. */
static inline __attribute__((always_inline)) void multiply(const size_t n_column, const float *a, size_t n_row,
                                                           size_t stride, const float *x, float *ret_y)
{
  lanes sum[2 * MAX_COLUMN];
#pragma GCC unroll 12
  for (size_t c = 0; c < 2 * n_column; c++) sum[c] = (lanes){0};
  for (size_t k = 0; k < n_row; k++, a += 2 * CUXAS_LANES) {
    const lanes  real = *(const lanes *)a, imag = *(const lanes *)(a + CUXAS_LANES);
    const float *v = x + k * stride;
    __builtin_prefetch(a + AHEAD);
#pragma GCC unroll 6
    for (size_t c = 0; c < n_column; c++) {
      sum[2 * c] += real * v[2 * c];
      sum[2 * c] -= imag * v[2 * c + 1];
      sum[2 * c + 1] += real * v[2 * c + 1];
      sum[2 * c + 1] += imag * v[2 * c];
    }
  }
  for (size_t c = 0; c < 2 * n_column; c++)
    for (size_t r = 0; r < CUXAS_LANES; r++) ret_y[r * stride + c] = sum[c][r];
}

/* All columns of eight rows before the next eight, which the processor's cache then holds. */
CUXAS_STATIC_CLONES("fma", "default")
static void multiply_blocks(size_t n_column, const float *matrix, size_t n_block, size_t n_row, const float *x,
                            float *ret_y)
{
  const size_t stride = 2 * n_column;
  for (size_t b = 0; b < n_block; b++, matrix += 2 * CUXAS_LANES * n_row, ret_y += CUXAS_LANES * stride)
    for (size_t c = 0; c < n_column; c += MAX_COLUMN) switch (n_column - c) {
      case 1: multiply(1, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      case 2: multiply(2, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      case 3: multiply(3, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      case 4: multiply(4, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      case 5: multiply(5, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      default: multiply(6, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      }
}

#if CUXAS_HAS_CLONES
/* Where a register holds the real and imaginary parts of eight rows side by side (AVX-512), of which there are 32. */
enum { MAX_COLUMN_WIDE = 9 };
#define WIDE __attribute__((target("avx512f,fma")))

WIDE static inline __attribute__((always_inline)) void
multiply_wide(const size_t n_column, const float *a, size_t n_row, size_t stride, const float *x, float *ret_y)
{
  __m512 by_real[MAX_COLUMN_WIDE], by_imag[MAX_COLUMN_WIDE]; /* matrix times real and imaginary parts of x */
#pragma GCC unroll 9
  for (size_t c = 0; c < n_column; c++) by_real[c] = by_imag[c] = _mm512_setzero_ps();
  for (size_t k = 0; k < n_row; k++, a += 2 * CUXAS_LANES) {
    const __m512 both = _mm512_loadu_ps(a);
    const float *v    = x + k * stride;
    __builtin_prefetch(a + AHEAD);
#pragma GCC unroll 9
    for (size_t c = 0; c < n_column; c++) {
      by_real[c] = _mm512_fmadd_ps(both, _mm512_set1_ps(v[2 * c]), by_real[c]);
      by_imag[c] = _mm512_fmadd_ps(both, _mm512_set1_ps(v[2 * c + 1]), by_imag[c]);
    }
  }
  for (size_t c = 0; c < n_column; c++)
    for (size_t r = 0; r < CUXAS_LANES; r++) {
      ret_y[r * stride + 2 * c]     = by_real[c][r] - by_imag[c][CUXAS_LANES + r];
      ret_y[r * stride + 2 * c + 1] = by_real[c][CUXAS_LANES + r] + by_imag[c][r];
    }
}

WIDE static void multiply_blocks_wide(size_t n_column, const float *matrix, size_t n_block, size_t n_row,
                                      const float *x, float *ret_y)
{
  const size_t stride = 2 * n_column;
  for (size_t b = 0; b < n_block; b++, matrix += 2 * CUXAS_LANES * n_row, ret_y += CUXAS_LANES * stride)
    for (size_t c = 0; c < n_column; c += MAX_COLUMN_WIDE) switch (n_column - c) {
      case 1: multiply_wide(1, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      case 2: multiply_wide(2, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      case 3: multiply_wide(3, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      case 4: multiply_wide(4, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      case 5: multiply_wide(5, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      case 6: multiply_wide(6, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      case 7: multiply_wide(7, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      case 8: multiply_wide(8, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      default: multiply_wide(9, matrix, n_row, stride, x + 2 * c, ret_y + 2 * c); break;
      }
}
#endif

static void multiply_all(size_t n_column, const float *matrix, size_t n_block, size_t n_row, const float *x,
                         float *ret_y)
{
#if CUXAS_HAS_CLONES
  if (__builtin_cpu_supports("avx512f")) {
    multiply_blocks_wide(n_column, matrix, n_block, n_row, x, ret_y);
    return;
  }
#endif
  multiply_blocks(n_column, matrix, n_block, n_row, x, ret_y);
}

/* Rows of an atom from those of its orbit's first: Y = D Y D^T, D of the operation between them. */
static void turn_rows(const float turn[CUXAS_N_LM][CUXAS_N_LM], size_t n_channel, int l, size_t stride,
                      const float complex *from, float complex *to)
{
  float complex half[CUXAS_N_LM][2 * CUXAS_L_MAX + 1];
  const size_t  n_column = (size_t)(2 * l + 1), first = (size_t)(l * l);
  for (size_t r = 0; r < n_channel; r++)
    for (size_t m = 0; m < n_column; m++) {
      half[r][m] = 0.0f;
      for (size_t k = 0; k < n_column; k++) half[r][m] += from[r * stride + k] * turn[first + m][first + k];
    }
  for (size_t l_row = 0; l_row * l_row < n_channel; l_row++)
    for (size_t r = l_row * l_row; r < (l_row + 1) * (l_row + 1); r++)
      for (size_t m = 0; m < n_column; m++) {
        float complex sum = 0.0f;
        for (size_t k = l_row * l_row; k < (l_row + 1) * (l_row + 1); k++) sum += half[k][m] * turn[r][k];
        to[r * stride + m] = sum;
      }
}

void cuxas_scattering_matrix_apply(const cuxas_scattering_matrix *matrix, const int *l, size_t n_l, size_t n_column,
                                   const float complex *x, float complex *scratch, float complex *ret_y)
{
  const cuxas_scattering *s       = matrix->scattering;
  const size_t            n_block = (matrix->n_origin_row + CUXAS_LANES - 1) / CUXAS_LANES;
  multiply_all(n_column, matrix->lane, n_block, matrix->n_row, (const float *)x, (float *)scratch);
  for (size_t i = 0; i < s->n_atom; i++) {
    const size_t         origin = s->symmetry->origin[i], n_channel = matrix->first_row[i + 1] - matrix->first_row[i];
    const float complex *from = scratch + matrix->first_origin[origin] * n_column;
    float complex       *to   = ret_y + matrix->first_row[i] * n_column;
    if (origin == i) {
      memcpy(to, from, n_channel * n_column * sizeof *to);
      continue;
    }
    for (size_t i_l = 0; i_l < n_l; i_l++) {
      turn_rows((const float(*)[CUXAS_N_LM])s->turn[s->symmetry->operation_of[i]], n_channel, l[i_l], n_column, from,
                to);
      from += 2 * l[i_l] + 1;
      to += 2 * l[i_l] + 1;
    }
  }
}

/* ==== elimination ================================================================================================= */

/* 1 - t G0, column by column, and t G0 from the absorber's waves as right-hand sides. */
static void fill(const cuxas_scattering *s, const double complex *t, const float *propagator, size_t n_row,
                 double complex *ret_matrix, double complex *ret_source)
{
  for (size_t j = 0; j < s->n_atom; j++)
    for (size_t i = 0; i < s->n_atom; i++) {
      const cuxas_pair pair = s->bonds->pair[i * s->n_atom + j];
      for (size_t c = 0; c < CUXAS_N_LM; c++)
        for (size_t r = 0; r < CUXAS_N_LM; r++) {
          double complex value = 0.0;
          if (i != j)
            value =
                t[s->potential[i] * CUXAS_N_L + (size_t)sqrt((double)r)] * cuxas_propagator_at(propagator, pair, r, c);
          const size_t row = i * CUXAS_N_LM + r, column = j * CUXAS_N_LM + c;
          ret_matrix[column * n_row + row] = (row == column ? 1.0 : 0.0) - value;
          if (j == 0) ret_source[c * n_row + row] = value;
        }
    }
}

/* G0 (1 - t G0)^-1 t G0 */
static void sum_up(const cuxas_scattering *s, const float *propagator, const double complex *solution,
                   cuxas_echo *ret_echo)
{
  const size_t n_row = s->n_atom * CUXAS_N_LM;
  for (size_t m = 0; m < CUXAS_N_LM; m++)
    for (size_t n = 0; n < CUXAS_N_LM; n++) {
      ret_echo->at[m][n] = 0.0;
      for (size_t j = 1; j < s->n_atom; j++) {
        const cuxas_pair pair = s->bonds->pair[j];
        for (size_t c = 0; c < CUXAS_N_LM; c++)
          ret_echo->at[m][n] += cuxas_propagator_at(propagator, pair, m, c) * solution[n * n_row + j * CUXAS_N_LM + c];
      }
    }
}

cuxas_status cuxas_scattering_direct(const cuxas_scattering *scattering, const cuxas_photoelectron *electron,
                                     size_t i_energy, cuxas_echo *ret_echo, cuxas_error *err)
{
  const cuxas_scattering *s          = scattering;
  const size_t            n_row      = s->n_atom * CUXAS_N_LM;
  cuxas_status            status     = CUXAS_OK;
  double complex         *t          = cuxas_new(err, s->n_potential, CUXAS_N_L * sizeof *t);
  double complex         *matrix     = cuxas_new(err, n_row, n_row * sizeof *matrix);
  double complex         *source     = cuxas_new(err, n_row, CUXAS_N_LM * sizeof *source);
  float                  *propagator = cuxas_new(err, s->bonds->n_vector, CUXAS_PROPAGATOR * sizeof *propagator);
  blasint                *pivot      = cuxas_new(err, n_row, sizeof *pivot);
  if (t == NULL || matrix == NULL || source == NULL || propagator == NULL || pivot == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  for (size_t p = 0; p < s->n_potential * CUXAS_N_L; p++) {
    const double complex delta = electron->phase_shift[i_energy * electron->n_scatterer * CUXAS_N_L + p];
    t[p]                       = cexp(I * delta) * csin(delta);
  }
  cuxas_bonds_propagate(s->bonds, electron->wave_number[i_energy], CUXAS_N_LM, propagator);
  fill(s, t, propagator, n_row, matrix, source);
  blasint n = (blasint)n_row, n_right = CUXAS_N_LM, info = 0;
  BLASFUNC(zgesv)(&n, &n_right, (double *)matrix, &n, pivot, (double *)source, &n, &info);
  sum_up(s, propagator, source, ret_echo);
  for (int m = 0; m < CUXAS_N_LM; m++)
    if (info != 0 || !isfinite(creal(ret_echo->at[m][m])) || !isfinite(cimag(ret_echo->at[m][m])))
      status = cuxas_fail(err, CUXAS_ENUMERIC, "multiple scattering: no finite solution at energy %zu", i_energy);
done:
  free(t);
  free(matrix);
  free(source);
  free(propagator);
  free(pivot);
  return status;
}
