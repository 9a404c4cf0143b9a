#include "simulate/multiple_scattering_priv.h"

#include "base/memory.h"
#include "base/complex_pair.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX = CUXAS_KRYLOV_MAX };

#define RESIDUAL 3e-3 /* of the source; g is then right to about its square */

/* The iteration of one angular momentum. */
typedef struct {
  int            l;
  size_t         n_column;            /* 2l + 1 */
  size_t         n_basis;             /* vectors so far; one more than iterations */
  double         source;              /* norm of the source */
  float complex *basis;               /* (MAX + 1, n_row, n_column), owned */
  double complex upper[MAX][MAX + 1]; /* [iteration][row] of the Hessenberg matrix after rotations: triangular */
  double complex hessenberg[MAX][MAX + 1];
  double complex rotation[MAX][2]; /* cosine (real) and sine */
  double complex right[MAX + 1];   /* rotated right-hand side; its last element is the residual */
} block;

struct cuxas_krylov {
  size_t         n_block;
  block         *block[CUXAS_N_L]; /* owned */
  float complex *x, *y, *scratch;  /* side by side, owned */
};

cuxas_krylov *cuxas_krylov_new(size_t n_row, const _Bool is_wanted[CUXAS_N_L])
{
  cuxas_krylov *krylov   = cuxas_new_array(1, sizeof *krylov);
  size_t        n_column = 0;
  if (krylov == NULL) return NULL;
  for (int l = 0; l <= CUXAS_L_MAX; l++) {
    if (!is_wanted[l]) continue;
    block *b                         = cuxas_new_array(1, sizeof *b);
    krylov->block[krylov->n_block++] = b;
    if (b == NULL) goto failed;
    b->l        = l;
    b->n_column = (size_t)(2 * l + 1);
    n_column += b->n_column;
    if ((b->basis = cuxas_new_array(n_row, (MAX + 1) * b->n_column * sizeof *b->basis)) == NULL) goto failed;
  }
  krylov->x       = cuxas_new_array(n_row, n_column * sizeof *krylov->x);
  krylov->y       = cuxas_new_array(n_row, n_column * sizeof *krylov->y);
  krylov->scratch = cuxas_new_array(n_row + CUXAS_LANES, n_column * sizeof *krylov->scratch);
  if (krylov->x != NULL && krylov->y != NULL && krylov->scratch != NULL) return krylov;
failed:
  cuxas_krylov_free(krylov);
  return NULL;
}

void cuxas_krylov_free(cuxas_krylov *krylov)
{
  if (krylov == NULL) return;
  for (size_t i = 0; i < krylov->n_block; i++) {
    if (krylov->block[i] != NULL) free(krylov->block[i]->basis);
    free(krylov->block[i]);
  }
  free(krylov->x);
  free(krylov->y);
  free(krylov->scratch);
  free(krylov);
}

static double complex to_double(float complex z)
{
  return CMPLX((double)crealf(z), (double)cimagf(z));
}

/* The first basis vector: the source with norm 1. */
static void start(block *b, const cuxas_scattering_matrix *matrix)
{
  const int n = (int)(matrix->n_row * b->n_column);
  cuxas_scattering_matrix_source(matrix, b->l, b->basis);
  b->source = (double)cblas_scnrm2(n, b->basis, 1);
  if (b->source > 0.0) cblas_csscal(n, (float)(1.0 / b->source), b->basis, 1);
  b->n_basis  = 1;
  b->right[0] = b->source;
}

/* is_done() - NaN counts as done; the result then says so */
static _Bool is_done(const block *b)
{
  return !(cabs(b->right[b->n_basis - 1]) > RESIDUAL * b->source);
}

/* The next basis vector from (1 - A) times the last: twice orthogonalised, then the new column rotated upwards. */
static void extend(block *b, size_t n_row, const float complex *product, size_t stride)
{
  static const float complex ONE = 1.0f, MINUS = -1.0f, ZERO = 0.0f;
  const size_t               length = n_row * b->n_column, k = b->n_basis - 1;
  float complex             *w    = b->basis + (k + 1) * length, part[MAX + 1];
  const float complex       *last = b->basis + k * length;
  double complex            *h = b->hessenberg[k], *u = b->upper[k];
  for (size_t r = 0; r < n_row; r++)
    for (size_t c = 0; c < b->n_column; c++)
      w[r * b->n_column + c] = last[r * b->n_column + c] - product[r * stride + c];
  for (size_t i = 0; i <= k + 1; i++) h[i] = 0.0;
  for (int turn = 0; turn < 2; turn++) {
    cblas_cgemv(CblasColMajor, CblasConjTrans, (int)length, (int)k + 1, &ONE, b->basis, (int)length, w, 1, &ZERO, part,
                1);
    cblas_cgemv(CblasColMajor, CblasNoTrans, (int)length, (int)k + 1, &MINUS, b->basis, (int)length, part, 1, &ONE, w,
                1);
    for (size_t i = 0; i <= k; i++) h[i] += to_double(part[i]);
  }
  const double norm = (double)cblas_scnrm2((int)length, w, 1);
  h[k + 1]          = norm;
  if (norm > 0.0) cblas_csscal((int)length, (float)(1.0 / norm), w, 1);

  for (size_t i = 0; i <= k + 1; i++) u[i] = h[i];
  for (size_t i = 0; i < k; i++) {
    const double complex above = u[i];
    u[i]                       = b->rotation[i][0] * above + b->rotation[i][1] * u[i + 1];
    u[i + 1]                   = -conj(b->rotation[i][1]) * above + b->rotation[i][0] * u[i + 1];
  }
  const double size = sqrt(creal(u[k] * conj(u[k])) + norm * norm), head = cabs(u[k]);
  b->rotation[k][0] = size > 0.0 ? head / size : 1.0;
  b->rotation[k][1] = size > 0.0 ? (head > 0.0 ? u[k] / head : 1.0) * norm / size : 0.0;
  u[k]              = b->rotation[k][0] * u[k] + b->rotation[k][1] * norm;
  b->right[k + 1]   = -conj(b->rotation[k][1]) * b->right[k];
  b->right[k]       = b->rotation[k][0] * b->right[k];
  b->n_basis++;
}

/* u^T x + x^T r from the basis: x = V y, r = V (source e_1 - H y). */
static double complex finish(block *b, size_t n_row, float complex *x, float complex *y)
{
  static const float complex ONE = 1.0f, ZERO = 0.0f;
  const size_t               length = n_row * b->n_column, n     = b->n_basis - 1;
  double complex             coefficient[MAX], residual[MAX + 1] = {b->source};
  float complex              part[MAX + 1], dot_source, dot_residual;
  if (n == 0) return b->source; /* 0, or not a number */
  for (size_t i = n; i-- > 0;) {
    coefficient[i] = b->right[i];
    for (size_t j = i + 1; j < n; j++) coefficient[i] -= b->upper[j][i] * coefficient[j];
    coefficient[i] /= b->upper[i][i];
  }
  for (size_t j = 0; j < n; j++)
    for (size_t i = 0; i <= j + 1; i++) residual[i] -= b->hessenberg[j][i] * coefficient[j];
  for (size_t i = 0; i < n; i++) part[i] = (float complex)coefficient[i];
  cblas_cgemv(CblasColMajor, CblasNoTrans, (int)length, (int)n, &ONE, b->basis, (int)length, part, 1, &ZERO, x, 1);
  cblas_cdotu_sub((int)length, b->basis, 1, x, 1, &dot_source);
  for (size_t i = 0; i <= n; i++) part[i] = (float complex)residual[i];
  cblas_cgemv(CblasColMajor, CblasNoTrans, (int)length, (int)n + 1, &ONE, b->basis, (int)length, part, 1, &ZERO, y, 1);
  cblas_cdotu_sub((int)length, y, 1, x, 1, &dot_residual);
  return b->source * to_double(dot_source) + to_double(dot_residual);
}

_Bool cuxas_krylov_solve(cuxas_krylov *krylov, const cuxas_scattering_matrix *matrix, double complex ret_sum[CUXAS_N_L],
                         size_t *ret_n_iteration)
{
  _Bool converged  = 1;
  *ret_n_iteration = 0;
  for (int l = 0; l <= CUXAS_L_MAX; l++) ret_sum[l] = 0.0;
  if (matrix->n_row == 0) return 1;
  for (size_t i = 0; i < krylov->n_block; i++) start(krylov->block[i], matrix);
  for (; *ret_n_iteration < MAX; ++*ret_n_iteration) {
    block *active[CUXAS_N_L];
    int    l[CUXAS_N_L];
    size_t n_active = 0, n_column = 0, first = 0;
    for (size_t i = 0; i < krylov->n_block; i++)
      if (!is_done(krylov->block[i])) {
        active[n_active] = krylov->block[i];
        l[n_active++]    = krylov->block[i]->l;
        n_column += krylov->block[i]->n_column;
      }
    if (n_active == 0) break;
    for (size_t i = 0; i < n_active; first += active[i++]->n_column) {
      const size_t         n_own = active[i]->n_column;
      const float complex *last  = active[i]->basis + (active[i]->n_basis - 1) * matrix->n_row * n_own;
      for (size_t r = 0; r < matrix->n_row; r++)
        memcpy(krylov->x + r * n_column + first, last + r * n_own, n_own * sizeof *last);
    }
    cuxas_scattering_matrix_apply(matrix, l, n_active, n_column, krylov->x, krylov->scratch, krylov->y);
    first = 0;
    for (size_t i = 0; i < n_active; first += active[i++]->n_column)
      extend(active[i], matrix->n_row, krylov->y + first, n_column);
  }
  for (size_t i = 0; i < krylov->n_block; i++) {
    converged                    = converged && is_done(krylov->block[i]);
    ret_sum[krylov->block[i]->l] = finish(krylov->block[i], matrix->n_row, krylov->x, krylov->y);
  }
  return converged;
}
