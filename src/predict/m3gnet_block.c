#include "predict/m3gnet_priv.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

/* One block does, with v the nodes and e the bonds before it:
 *   (a) gate of every atom          g = sigma(gate_matrix v + bias)
 *   (b) three-body sums             s_ij[q] = f_ij sum over k != j of a_ik[q] Y_l(cos jik),  a_ik[q] = f_ik phi_q(r_ik)
 * g_k[q] (c) three-body bond update      e += swish(W_value s) sigma(W_gate s) (d) bond update                 e +=
 * G_bond(v_i, v_j, e) (W_radial phi) (e) node update                 v_j += sum over i of G_node(v_i, v_j, e)
 * (W_radial' phi) (b) costs O(bonds): by the addition theorem Y_l(cos jik) = sqrt((2l+1) / 4 pi) sum over m of
 * C_lm(u_ij) C_lm(u_ik), so s_ij[q] = f_ij sqrt((2l+1) / 4 pi) ( sum over m of C_lm(u_ij) M_i[q][m]  -  a_ij[q] ),
 * M_i[q][m] = sum over k of a_ik[q] C_lm(u_ik). Then bonds go through (b) to (e) in chunks of fixed size, whatever
 * their sources, so that all hidden layers stay in cache. */

/* multiply() - c (n_row, n_out) = a (n_row, n_in) b (n_in, n_out); rows of a are a_stride apart, and so on */
static void multiply(size_t n_row, size_t n_in, size_t n_out, const float *a, size_t a_stride, const float *b,
                     size_t b_stride, float *c, size_t c_stride)
{
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)n_row, (int)n_out, (int)n_in, 1.0f, a, (int)a_stride, b,
              (int)b_stride, 0.0f, c, (int)c_stride);
}

/* multiply_transposed() - the same where a lies as (n_in, a_stride), one column per row of c */
static void multiply_transposed(size_t n_row, size_t n_in, size_t n_out, const float *a, size_t a_stride,
                                const float *b, float *c)
{
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)n_row, (int)n_out, (int)n_in, 1.0f, a, (int)a_stride, b,
              (int)n_out, 0.0f, c, (int)n_out);
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

  multiply(work->n_atom, v, n_basis, work->node, v, block->gate_matrix, n_basis, work->gate, n_basis);
  cuxas_m3gnet_rows_sigmoid(work->n_atom, n_basis, block->gate_bias, work->gate);
  multiply(work->n_atom, v, n_ends, work->node, v, block->ends_matrix, n_ends, work->ends, n_ends);
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

  multiply(n_row, e, 2 * h, work->bond + i_first * e, e, gated->bond_matrix, 2 * h, work->first, 2 * h);
  cuxas_m3gnet_rows_swish_ends(n_row, h, work->source + i_first, work->target + i_first, ends, ends + 2 * h, 8 * h,
                               work->first);
  for (size_t i = 0; i < 2; i++)
    multiply(n_row, h, h, work->first + i * h, 2 * h, gated->middle[i], h, work->second + i * h, 2 * h);
  cuxas_m3gnet_rows_swish_pair(n_row, h, gated->middle_bias, work->second);
  for (size_t i = 0; i < 2; i++)
    multiply(n_row, h, width, work->second + i * h, 2 * h, gated->last[i], width, work->first + i * width, 2 * width);
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
  cuxas_m3gnet_rows_update_bond(n_row, e, block->bond.last_bias, work->first, work->radial, e + v, bond);
  tell(observer, CUXAS_M3GNET_STAGE_BOND_UPDATED, i_block, i_first, n_row, bond);

  run_gated(net, &block->node, work, work->ends + 4 * net->shape.hidden_width, i_first, n_row);
  cuxas_m3gnet_rows_send_message(n_row, v, block->node.last_bias, work->first, work->radial + e, e + v,
                                 work->target + i_first, work->node_sum);
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
