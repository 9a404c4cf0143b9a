/* m3gnet_block.c - what M3GNet computes: functions of distance and angle, and one block of messages
 *
 * Contents: 1. basis functions  2. a block */
#include "base/memory.h"
#include "predict/dense.h"
#include "predict/m3gnet_priv.h"

#include <gsl/gsl_sf_bessel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. basis functions ------------------------------------------------------------------------------------- */

static const double PI = 3.14159265358979323846;

/* -- radial functions -- */

/* bessel_zero() - n-th positive zero of j_l, counted from 0; GSL's estimate polished by Newton's method */
static double bessel_zero(int l, unsigned n)
{
  double z = gsl_sf_bessel_zero_Jnu(l + 0.5, n + 1); /* j_l(x) is J_(l+1/2)(x) sqrt(pi / 2x) */
  for (int i = 0; i < 2; i++) {
    const double j = gsl_sf_bessel_jl(l, z);
    z -= j / (l / z * j - gsl_sf_bessel_jl(l + 1, z));
  }
  return z;
}

/* scaled_bessel() - phi_ln at t = r / Rc, from the definition */
static double scaled_bessel(double cutoff_A, int l, double z, double t)
{
  return sqrt(2.0 / (cutoff_A * cutoff_A * cutoff_A)) / fabs(gsl_sf_bessel_jl(l + 1, z)) * gsl_sf_bessel_jl(l, z * t);
}

double cuxas_m3gnet_radial_bessel(double cutoff_A, size_t l, size_t n, double r_A)
{
  return scaled_bessel(cutoff_A, (int)l, bessel_zero((int)l, (unsigned)n), fmin(r_A / cutoff_A, 1.0));
}

/* fit_series() - Chebyshev coefficients of phi / t^l, an entire function of t^2, by interpolation at n_term nodes */
static void fit_series(double cutoff_A, int l, double z, size_t n_term, double *ret_coefficient)
{
  for (size_t i_term = 0; i_term < n_term; i_term++) ret_coefficient[i_term] = 0.0;
  for (size_t i_node = 0; i_node < n_term; i_node++) {
    const double angle = PI * ((double)i_node + 0.5) / (double)n_term;
    const double t     = sqrt(0.5 * (1.0 + cos(angle)));
    const double value = scaled_bessel(cutoff_A, l, z, t) / pow(t, l);
    for (size_t i_term = 0; i_term < n_term; i_term++)
      ret_coefficient[i_term] += (i_term == 0 ? 1.0 : 2.0) / (double)n_term * value * cos((double)i_term * angle);
  }
}

bool cuxas_m3gnet_radial_new(cuxas_m3gnet_radial *radial, double cutoff_A, size_t n_radial, size_t n_angular)
{
  /* Coefficient k falls as (z/4)^2k / k!^2: this many terms leave less than 1e-14 for the largest zero. */
  const double largest_zero = bessel_zero((int)n_angular - 1, (unsigned)n_radial - 1);

  radial->cutoff_A    = cutoff_A;
  radial->n_radial    = n_radial;
  radial->n_angular   = n_angular;
  radial->n_term      = 12 + (size_t)(0.8 * largest_zero);
  radial->coefficient = cuxas_new(NULL, n_angular * n_radial * radial->n_term, sizeof *radial->coefficient);
  if (radial->coefficient == NULL) return false;
  for (size_t l = 0; l < n_angular; l++)
    for (size_t n = 0; n < n_radial; n++)
      fit_series(cutoff_A, (int)l, bessel_zero((int)l, (unsigned)n), radial->n_term,
                 radial->coefficient + (l * n_radial + n) * radial->n_term);
  return true;
}

void cuxas_m3gnet_radial_free(cuxas_m3gnet_radial *radial)
{
  free(radial->coefficient);
  radial->coefficient = NULL;
}

enum { LANES = 32 }; /* bonds summed side by side */

/* sum_series() - Clenshaw's recurrence for LANES arguments at once */
CUXAS_M3GNET_CLONES static void sum_series(const double *coefficient, size_t n_term, const double *x2, const double *x,
                                           double *ret_sum)
{
  double above[LANES] = {0}, here[LANES] = {0};
  for (size_t i_term = n_term - 1; i_term > 0; i_term--) {
#pragma omp simd
    for (int i = 0; i < LANES; i++) {
      const double next = coefficient[i_term] + x2[i] * here[i] - above[i];
      above[i]          = here[i];
      here[i]           = next;
    }
  }
#pragma omp simd
  for (int i = 0; i < LANES; i++) ret_sum[i] = coefficient[0] + x[i] * here[i] - above[i];
}

void cuxas_m3gnet_radial_run(const cuxas_m3gnet_radial *radial, const cuxas_bond *bond, size_t n_bond, size_t stride,
                             float *ret_phi)
{
  for (size_t i_first = 0; i_first < n_bond; i_first += LANES) {
    const size_t n        = n_bond - i_first < LANES ? n_bond - i_first : LANES;
    double       t[LANES] = {0}, power[LANES], x[LANES] = {0}, x2[LANES] = {0}, sum[LANES];
    for (size_t i = 0; i < n; i++) {
      t[i]     = fmin(bond[i_first + i].distance_A / radial->cutoff_A, 1.0);
      power[i] = 1.0; /* t^l */
      x[i]     = 2.0 * t[i] * t[i] - 1.0;
      x2[i]    = 2.0 * x[i];
    }
    for (size_t l = 0; l < radial->n_angular; l++) {
      for (size_t q = l * radial->n_radial; q < (l + 1) * radial->n_radial; q++) {
        sum_series(radial->coefficient + q * radial->n_term, radial->n_term, x2, x, sum);
        for (size_t i = 0; i < n; i++) ret_phi[q * stride + i_first + i] = (float)(power[i] * sum[i]);
      }
      for (size_t i = 0; i < n; i++) power[i] *= t[i];
    }
  }
}

double cuxas_m3gnet_cutoff(double r_A, double three_body_cutoff_A)
{
  const double t = r_A / three_body_cutoff_A;
  return t <= 1.0 ? 1.0 + t * t * t * (-10.0 + t * (15.0 - 6.0 * t)) : 0.0;
}

/* -- angular functions -- */

/* With x + iy = sin(theta) exp(i phi) and Pi_lm(z) = P_lm(z) / sin(theta)^m, a polynomial,
 *   C_l0 = Pi_l0,  C_l(+-m) = sqrt(2 (l-m)! / (l+m)!) Pi_lm {Re, Im} (x + iy)^m,
 *   Pi_mm = (2m-1)!!,  (l-m) Pi_lm = (2l-1) z Pi_(l-1)m - (l+m-1) Pi_(l-2)m. */
void cuxas_m3gnet_harmonics(const double unit[3], size_t n_angular, size_t stride, double *ret_harmonics)
{
  const int    n_l = (int)n_angular;
  const double x = unit[0], y = unit[1], z = unit[2];
  double       re = 1.0, im = 0.0, pi_mm = 1.0, scale_mm = 1.0; /* scale_mm is 1 / (2m)! */

  for (int m = 0; m < n_l; m++) {
    double below = 0.0, here = pi_mm, scale = scale_mm; /* scale is (l-m)! / (l+m)! */
    for (int l = m; l < n_l; l++) {
      const double factor = m == 0 ? here : sqrt(2.0 * scale) * here;

      ret_harmonics[(size_t)(l * l + l + m) * stride] = factor * re;
      if (m > 0) ret_harmonics[(size_t)(l * l + l - m) * stride] = factor * im;

      const double next = ((2 * l + 1) * z * here - (l + m) * below) / (l + 1 - m);
      below             = here;
      here              = next;
      scale *= (double)(l + 1 - m) / (double)(l + 1 + m);
    }
    const double re_next = re * x - im * y;
    im                   = re * y + im * x;
    re                   = re_next;
    pi_mm *= 2 * m + 1;
    scale_mm /= (double)((2 * m + 1) * (2 * m + 2));
  }
}

/* ---- 2. a block --------------------------------------------------------------------------------------------- */

/* One block does, with v the nodes and e the bonds before it:
 *
 *   (a) gate of every atom       g = sigma(gate_matrix v + bias)
 *   (b) three-body sums          s_ij[q] = f_ij sum over k != j of a_ik[q] Y_l(cos jik),  a_ik[q] = f_ik phi_q(r_ik) g_k[q]
 *   (c) three-body bond update   e += swish(W_value s) sigma(W_gate s)
 *   (d) bond update              e += G_bond(v_i, v_j, e) (W_radial phi)
 *   (e) node update              v_j += sum over i of G_node(v_i, v_j, e) (W_radial' phi)
 *
 * (b) costs O(bonds): by the addition theorem Y_l(cos jik) = sqrt((2l+1) / 4 pi) sum over m of C_lm(u_ij) C_lm(u_ik), so
 *
 *   s_ij[q] = f_ij sqrt((2l+1) / 4 pi) ( sum over m of C_lm(u_ij) M_i[q][m]  -  a_ij[q] ),
 *   M_i[q][m] = sum over k of a_ik[q] C_lm(u_ik).
 *
 * Then bonds go through (b) to (e) in chunks of fixed size, whatever their sources, so that all hidden layers stay in
 * cache. */

/* multiply() - c (n_row, n_out) = a (n_row, n_in) b (n_in, n_out); rows of c are c_stride apart */
static void multiply(size_t n_row, size_t n_in, size_t n_out, cuxas_m3gnet_columns a, const float *b, float *c,
                     size_t c_stride)
{
  cuxas_multiply(&(cuxas_product){n_row, n_in, n_out, {a.first, a.stride, false}, {b, n_out, false}, 0.0f}, c,
                 c_stride);
}

/* multiply_transposed() - the same where a lies as (n_in, a_stride), one column per row of c */
static void multiply_transposed(size_t n_row, size_t n_in, size_t n_out, const float *a, size_t a_stride,
                                const float *b, float *c)
{
  cuxas_multiply(&(cuxas_product){n_row, n_in, n_out, {a, a_stride, true}, {b, n_out, false}, 0.0f}, c, n_out);
}

static void tell(const cuxas_m3gnet_observer *observer, cuxas_m3gnet_stage stage, size_t i_block, size_t i_first,
                 size_t n_row, const float *rows)
{
  if (observer != NULL) observer->see(observer->context, stage, i_block, i_first, n_row, rows);
}

/* last_of_source() - end of the run of bonds that starts at i_first and has one source */
static size_t last_of_source(const cuxas_m3gnet_work *work, size_t i_first, size_t i_end)
{
  size_t k = i_first + 1;
  while (k < i_end && work->source[k] == work->source[i_first]) k++;
  return k;
}

/* -- atoms -- */

/* prepare_atoms() - gates, and what the first layers make of the ends of bonds */
static void prepare_atoms(const cuxas_m3gnet *net, const cuxas_m3gnet_block *block, cuxas_m3gnet_work *work)
{
  const size_t v = net->shape.node_width, n_ends = 8 * net->shape.hidden_width;
  const size_t n_basis = net->shape.n_angular * net->shape.n_radial;

  multiply(work->n_atom, v, n_basis, (cuxas_m3gnet_columns){work->node, v}, block->gate_matrix, work->gate, n_basis);
  cuxas_m3gnet_rows_sigmoid(work->n_atom, n_basis, block->gate_bias, work->gate);
  multiply(work->n_atom, v, n_ends, (cuxas_m3gnet_columns){work->node, v}, block->ends_matrix, work->ends, n_ends);
  for (size_t i = 0; i < work->n_atom; i++)
    for (size_t j = 0; j < n_ends; j++) work->ends[i * n_ends + j] += block->ends_bias[j];
  for (size_t i = 0; i < work->n_atom * v; i++) work->node_sum[i] = work->node[i];
}

/* sum_moments() - a of every bond and M of every atom */
static void sum_moments(const cuxas_m3gnet *net, cuxas_m3gnet_work *work)
{
  const size_t n_radial = net->shape.n_radial, n_basis = net->shape.n_angular * n_radial, stride = work->stride;

  for (size_t q = 0; q < n_basis; q++) {
    const float *phi = work->phi + q * stride;
    float       *a   = work->pull + q * stride;
    for (size_t k = 0; k < work->n_bond; k++)
      a[k] = work->cutoff[k] * phi[k] * work->gate[work->target[k] * n_basis + q];
  }
  for (size_t i_first = 0, i_end; i_first < work->n_bond; i_first = i_end) {
    i_end          = last_of_source(work, i_first, work->n_bond);
    double *moment = work->moment + work->source[i_first] * n_radial * work->n_harmonic;
    for (size_t l = 0; l < net->shape.n_angular; l++) {
      for (size_t q = l * n_radial; q < (l + 1) * n_radial; q++) {
        for (size_t i = l * l; i < (l + 1) * (l + 1); i++) {
          const float  *a        = work->pull + q * stride;
          const double *harmonic = work->harmonic + i * stride;
          double        sum      = 0.0;
#pragma omp simd reduction(+ : sum)
          for (size_t k = i_first; k < i_end; k++) sum += (double)a[k] * harmonic[k];
          *moment++ = sum;
        }
      }
    }
  }
}

/* -- bonds -- */

/* sum_three_body() - s (Q, CHUNK) of the bonds i_first ... i_end - 1 */
static void sum_three_body(const cuxas_m3gnet *net, const cuxas_m3gnet_work *work, size_t i_first, size_t i_end)
{
  const size_t n_radial = net->shape.n_radial, stride = work->stride;

  for (size_t i_run = i_first, i_run_end; i_run < i_end; i_run = i_run_end) {
    i_run_end            = last_of_source(work, i_run, i_end);
    const double *moment = work->moment + work->source[i_run] * n_radial * work->n_harmonic;
    for (size_t l = 0; l < net->shape.n_angular; l++) {
      const double  scale    = sqrt((double)(2 * l + 1) / (4.0 * 3.14159265358979323846));
      const double *harmonic = work->harmonic + l * l * stride;
      for (size_t q = l * n_radial; q < (l + 1) * n_radial; q++, moment += 2 * l + 1) {
        const float *a = work->pull + q * stride;
        float       *s = work->sum + q * CUXAS_M3GNET_CHUNK;
#pragma omp simd
        for (size_t k = i_run; k < i_run_end; k++) {
          double others = -(double)a[k];
          for (size_t i = 0; i < 2 * l + 1; i++) others += harmonic[i * stride + k] * moment[i];
          s[k - i_first] = (float)(work->cutoff[k] * scale * others);
        }
      }
    }
  }
}

/* run_gated() - all but the last activation of a gated update: work->first (n_row, 2 width)
 *
 *   ends  parts of the first layer from the atoms: source's columns, 2 D_h further on the target's */
static void run_gated(const cuxas_m3gnet *net, const cuxas_m3gnet_gated *gated, const cuxas_m3gnet_work *work,
                      const float *ends, size_t i_first, size_t n_row)
{
  const size_t e = net->shape.bond_width, h = net->shape.hidden_width, width = gated->width;

  multiply(n_row, e, 2 * h, (cuxas_m3gnet_columns){work->bond + i_first * e, e}, gated->bond_matrix, work->first,
           2 * h);
  cuxas_m3gnet_rows_swish_ends(n_row, h, work->source + i_first, work->target + i_first, ends, 8 * h, work->first);
  for (size_t i = 0; i < 2; i++)
    multiply(n_row, h, h, (cuxas_m3gnet_columns){work->first + i * h, 2 * h}, gated->middle[i], work->second + i * h,
             2 * h);
  cuxas_m3gnet_rows_swish_pair(n_row, h, gated->middle_bias, work->second);
  for (size_t i = 0; i < 2; i++)
    multiply(n_row, h, width, (cuxas_m3gnet_columns){work->second + i * h, 2 * h}, gated->last[i],
             work->first + i * width, 2 * width);
}

static void update_bonds(const cuxas_m3gnet *net, size_t i_block, cuxas_m3gnet_work *work, size_t i_first, size_t n_row,
                         const cuxas_m3gnet_observer *observer)
{
  const cuxas_m3gnet_block *block = &net->block[i_block];
  const size_t              v = net->shape.node_width, e = net->shape.bond_width,
               n_basis = net->shape.n_angular * net->shape.n_radial;
  float *bond          = work->bond + i_first * e;

  if (i_block == 0) {
    multiply_transposed(n_row, n_basis, e, work->phi + i_first, work->stride, net->bond_matrix, bond);
    cuxas_m3gnet_rows_swish(n_row, e, net->bond_bias, bond);
    tell(observer, CUXAS_M3GNET_STAGE_BOND_START, i_block, i_first, n_row, bond);
  }
  sum_three_body(net, work, i_first, i_first + n_row);
  tell(observer, CUXAS_M3GNET_STAGE_SUM, i_block, i_first, n_row, work->sum);
  multiply_transposed(n_row, n_basis, 2 * e, work->sum, CUXAS_M3GNET_CHUNK, block->three_body_matrix, work->first);
  cuxas_m3gnet_rows_add_gated(n_row, e, work->first, bond);
  tell(observer, CUXAS_M3GNET_STAGE_BOND_THREE_BODY, i_block, i_first, n_row, bond);

  multiply_transposed(n_row, n_basis, e + v, work->phi + i_first, work->stride, block->radial_matrix, work->radial);
  run_gated(net, &block->bond, work, work->ends, i_first, n_row);
  cuxas_m3gnet_rows_update_bond(n_row, e, block->bond.last_bias, work->first,
                                (cuxas_m3gnet_columns){work->radial, e + v}, bond);
  tell(observer, CUXAS_M3GNET_STAGE_BOND_UPDATED, i_block, i_first, n_row, bond);

  run_gated(net, &block->node, work, work->ends + 4 * net->shape.hidden_width, i_first, n_row);
  cuxas_m3gnet_rows_send_message(n_row, v, block->node.last_bias, work->first,
                                 (cuxas_m3gnet_columns){work->radial + e, e + v}, work->target + i_first,
                                 work->node_sum);
}

void cuxas_m3gnet_block_run(const cuxas_m3gnet *net, size_t i_block, cuxas_m3gnet_work *work, const bool *is_wanted,
                            const cuxas_m3gnet_observer *observer)
{
  prepare_atoms(net, &net->block[i_block], work);
  tell(observer, CUXAS_M3GNET_STAGE_GATE, i_block, 0, work->n_atom, work->gate);
  sum_moments(net, work);
  if (is_wanted != NULL) cuxas_m3gnet_work_drop_bonds(net, work, is_wanted);
  for (size_t i_first = 0; i_first < work->n_bond; i_first += CUXAS_M3GNET_CHUNK) {
    const size_t n_left = work->n_bond - i_first;
    update_bonds(net, i_block, work, i_first, n_left < CUXAS_M3GNET_CHUNK ? n_left : CUXAS_M3GNET_CHUNK, observer);
  }
  for (size_t i = 0; i < work->n_atom * net->shape.node_width; i++) work->node[i] = (float)work->node_sum[i];
  tell(observer, CUXAS_M3GNET_STAGE_NODE, i_block, 0, work->n_atom, work->node);
}
