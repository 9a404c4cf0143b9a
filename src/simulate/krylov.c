/* krylov.c - the surroundings' answer to the absorber's waves: iterations, and elimination where they are the dearer way */
#include "simulate/multiple_scattering_priv.h"

#include "base/memory.h"
#include "base/complex_pair.h"

#include <cblas.h>
#include <f77blas.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MAX = CUXAS_KRYLOV_MAX };

/* Elimination costs 8/3 n^3 operations, a product with c columns 8 n n_origin c: so many products are as dear. The kernel
 * is as fast as elimination, which solves for all columns at once; counted is also what orthogonalising costs. */
#define PRODUCTS_AS_DEAR(n, n_origin, c) ((n) / (3.0 * (c)) * (n) / (n_origin))
enum {
  LEAST      = 64,
  LOOK_EVERY = 16
}; /* products at least, since residuals often fall late, and between two looks at their pace */

/* The iteration of one angular momentum. */
typedef struct {
  int            l;
  size_t         n_column;            /* 2l + 1 */
  size_t         n_basis;             /* vectors so far; one more than iterations */
  double         left;                /* norm of the residual that iterations begin with, */
  double         allowed;             /* and of the one that is small enough */
  float complex *source;              /* (n_row, n_column), owned */
  float complex *start;               /* (n_row, n_column) what iterations add to, owned */
  float complex *basis;               /* (MAX + 1, n_row, n_column), owned */
  double complex upper[MAX][MAX + 1]; /* [iteration][row] of the Hessenberg matrix after rotations: triangular */
  double complex hessenberg[MAX][MAX + 1];
  double complex rotation[MAX][2]; /* cosine (real) and sine */
  double complex right[MAX + 1];   /* rotated right-hand side; its last element is the residual */
} block;

struct cuxas_krylov {
  size_t         n_block, n_column;
  size_t         n_row;            /* room */
  block         *block[CUXAS_N_L]; /* owned */
  float complex *x, *y, *scratch;  /* side by side, owned */
  float complex *residual;         /* (n_row, n_column), owned */
  float complex *dense;            /* (n_row, n_row) and pivots, made when first needed; owned */
  blasint       *pivot;
};

cuxas_krylov *cuxas_krylov_new(size_t n_row, const bool is_wanted[CUXAS_N_L])
{
  cuxas_krylov *krylov   = cuxas_new(NULL, 1, sizeof *krylov);
  size_t        n_column = 0;
  if (krylov == NULL) return NULL;
  krylov->n_row = n_row;
  for (int l = 0; l <= CUXAS_L_MAX; l++) {
    if (!is_wanted[l]) continue;
    block *b                         = cuxas_new(NULL, 1, sizeof *b);
    krylov->block[krylov->n_block++] = b;
    if (b == NULL) goto failed;
    b->l        = l;
    b->n_column = (size_t)(2 * l + 1);
    n_column += b->n_column;
    b->source = cuxas_new(NULL, n_row, b->n_column * sizeof *b->source);
    b->start  = cuxas_new(NULL, n_row, b->n_column * sizeof *b->start);
    b->basis  = cuxas_new(NULL, n_row, (MAX + 1) * b->n_column * sizeof *b->basis);
    if (b->source == NULL || b->start == NULL || b->basis == NULL) goto failed;
  }
  krylov->n_column = n_column;
  krylov->residual = cuxas_new(NULL, n_row, n_column * sizeof *krylov->residual);
  krylov->x        = cuxas_new(NULL, n_row, n_column * sizeof *krylov->x);
  krylov->y        = cuxas_new(NULL, n_row, n_column * sizeof *krylov->y);
  krylov->scratch  = cuxas_new(NULL, n_row + CUXAS_LANES, n_column * sizeof *krylov->scratch);
  if (krylov->residual != NULL && krylov->x != NULL && krylov->y != NULL && krylov->scratch != NULL) return krylov;
failed:
  cuxas_krylov_free(krylov);
  return NULL;
}

void cuxas_krylov_free(cuxas_krylov *krylov)
{
  if (krylov == NULL) return;
  for (size_t i = 0; i < krylov->n_block; i++) {
    block *b = krylov->block[i];
    if (b == NULL) continue;
    free(b->source);
    free(b->start);
    free(b->basis);
    free(b);
  }
  free(krylov->x);
  free(krylov->y);
  free(krylov->scratch);
  free(krylov->residual);
  free(krylov->dense);
  free(krylov->pivot);
  free(krylov);
}

static double complex to_double(float complex z)
{
  return CMPLX((double)crealf(z), (double)cimagf(z));
}

/* Nothing known yet: all of the source is left, in the place of the first basis vector. */
static void start(block *b, const cuxas_scattering_matrix *matrix)
{
  const size_t length = matrix->n_row * b->n_column;
  cuxas_scattering_matrix_source(matrix, b->l, b->source);
  memset(b->start, 0, length * sizeof *b->start);
  memcpy(b->basis, b->source, length * sizeof *b->basis);
  b->left     = (double)cblas_scnrm2((int)length, b->source, 1);
  b->allowed  = matrix->residual * b->left;
  b->n_basis  = 1;
  b->right[0] = b->left;
}

/* What is left becomes a basis vector. */
static void begin(block *b, size_t n_row)
{
  if (b->left > 0.0) cblas_csscal((int)(n_row * b->n_column), (float)(1.0 / b->left), b->basis, 1);
}

/* is_done() - NaN counts as done; the result then says so */
static bool is_done(const block *b)
{
  return !(cabs(b->right[b->n_basis - 1]) > b->allowed);
}

/* The next basis vector from (1 - A) times the last, of which A times the last is orthogonalised, since little would be left
 * of both; then the new column rotated upwards. Once is enough: what is lost is not the relation between basis and matrix,
 * which the residual is computed from, but the least residual, by its rounding. */
static void extend(block *b, size_t n_row, const float complex *product, size_t stride)
{
  static const float complex ONE = 1.0f, MINUS = -1.0f, ZERO = 0.0f;
  const size_t               length = n_row * b->n_column, k = b->n_basis - 1;
  float complex             *w = b->basis + (k + 1) * length, part[MAX + 1];
  double complex            *h = b->hessenberg[k], *u = b->upper[k];
  for (size_t r = 0; r < n_row; r++)
    for (size_t c = 0; c < b->n_column; c++) w[r * b->n_column + c] = -product[r * stride + c];
  cblas_cgemv(CblasColMajor, CblasConjTrans, (int)length, (int)k + 1, &ONE, b->basis, (int)length, w, 1, &ZERO, part,
              1);
  cblas_cgemv(CblasColMajor, CblasNoTrans, (int)length, (int)k + 1, &MINUS, b->basis, (int)length, part, 1, &ONE, w, 1);
  for (size_t i = 0; i <= k; i++) h[i] = to_double(part[i]) + (i == k ? 1.0 : 0.0);
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

/* The solution x = start + V y and its residual r = V (left e_1 - H y) from the basis. */
static void finish(const block *b, size_t n_row, float complex *ret_x, float complex *ret_residual)
{
  static const float complex ONE = 1.0f, ZERO = 0.0f;
  const size_t               length = n_row * b->n_column, n = b->n_basis - 1;
  double complex             coefficient[MAX] = {0}, residual[MAX + 1] = {b->left};
  float complex              part[MAX + 1];
  for (size_t i = n; i-- > 0;) {
    coefficient[i] = b->right[i];
    for (size_t j = i + 1; j < n; j++) coefficient[i] -= b->upper[j][i] * coefficient[j];
    coefficient[i] /= b->upper[i][i];
  }
  for (size_t j = 0; j < n; j++)
    for (size_t i = 0; i <= j + 1; i++) residual[i] -= b->hessenberg[j][i] * coefficient[j];
  for (size_t i = 0; i < n; i++) part[i] = (float complex)coefficient[i];
  memcpy(ret_x, b->start, length * sizeof *ret_x);
  if (n > 0)
    cblas_cgemv(CblasColMajor, CblasNoTrans, (int)length, (int)n, &ONE, b->basis, (int)length, part, 1, &ONE, ret_x, 1);
  for (size_t i = 0; i <= n; i++) part[i] = (float complex)residual[i];
  cblas_cgemv(CblasColMajor, CblasNoTrans, (int)length, (int)n + 1, &ONE, b->basis, (int)length, part, 1, &ZERO,
              ret_residual, 1);
}

/* u^T x + x^T r of every two blocks; x and r of one block after the other. */
static void collect(const cuxas_krylov *krylov, size_t n_row, const float complex *x, const float complex *r,
                    cuxas_echo *ret_echo)
{
  static const float complex ONE = 1.0f, ZERO = 0.0f;
  size_t                     at_i = 0, at_j;
  memset(ret_echo, 0, sizeof(cuxas_echo));
  for (size_t i = 0; i < krylov->n_block; at_i += n_row * krylov->block[i++]->n_column) {
    const block *first = krylov->block[i];
    at_j               = 0;
    for (size_t j = 0; j < krylov->n_block; at_j += n_row * krylov->block[j++]->n_column) {
      const block  *second = krylov->block[j];
      const int     n_i = (int)first->n_column, n_j = (int)second->n_column, n = (int)n_row;
      float complex part[(2 * CUXAS_L_MAX + 1) * (2 * CUXAS_L_MAX + 1)];
      cblas_cgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n_i, n_j, n, &ONE, first->source, n_i, x + at_j, n_j, &ZERO,
                  part, n_j);
      cblas_cgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n_i, n_j, n, &ONE, x + at_i, n_i, r + at_j, n_j, &ONE, part,
                  n_j);
      for (int a = 0; a < n_i; a++)
        for (int c = 0; c < n_j; c++)
          ret_echo->at[first->l * first->l + a][second->l * second->l + c] = to_double(part[a * n_j + c]);
    }
  }
}

/* Columns that stand side by side into one block after the other. */
static void unpack(const cuxas_krylov *krylov, size_t n_row, const float complex *beside, float complex *ret_apart)
{
  size_t first = 0;
  for (size_t i = 0; i < krylov->n_block; i++) {
    const size_t n_own = krylov->block[i]->n_column;
    for (size_t r = 0; r < n_row; r++, ret_apart += n_own)
      memcpy(ret_apart, beside + r * krylov->n_column + first, n_own * sizeof *ret_apart);
    first += n_own;
  }
}

/* By elimination in single precision; what is left of the source makes good for its rounding. False: no memory, or the
 * matrix is singular. */
static bool eliminate(cuxas_krylov *krylov, const cuxas_scattering_matrix *matrix, cuxas_echo *ret_echo)
{
  const size_t n_row = matrix->n_row, n_column = krylov->n_column, length = n_row * n_column;
  blasint      n = (blasint)n_row, n_right = (blasint)n_column, info = 0;
  int          l[CUXAS_N_L];
  size_t       at = 0;
  if (krylov->dense == NULL) krylov->dense = cuxas_new(NULL, krylov->n_row, krylov->n_row * sizeof *krylov->dense);
  if (krylov->pivot == NULL) krylov->pivot = cuxas_new(NULL, krylov->n_row, sizeof *krylov->pivot);
  if (krylov->dense == NULL || krylov->pivot == NULL) return false;
  cuxas_scattering_matrix_dense(matrix, krylov->dense);
  float complex *columns = krylov->y; /* (n_column, n_row) */
  for (size_t i = 0, c = 0; i < krylov->n_block; i++) {
    const block *b = krylov->block[i];
    l[i]           = b->l;
    for (size_t m = 0; m < b->n_column; m++, c++)
      for (size_t r = 0; r < n_row; r++) columns[c * n_row + r] = b->source[r * b->n_column + m];
  }
  BLASFUNC(cgesv)(&n, &n_right, (float *)krylov->dense, &n, krylov->pivot, (float *)columns, &n, &info);
  if (info != 0) return false;
  for (size_t c = 0; c < n_column; c++)
    for (size_t r = 0; r < n_row; r++) krylov->residual[r * n_column + c] = columns[c * n_row + r];
  cuxas_scattering_matrix_apply(matrix, l, krylov->n_block, n_column, krylov->residual, krylov->scratch, krylov->y);
  unpack(krylov, n_row, krylov->residual, krylov->x);
  for (size_t i = 0; i < length; i++) krylov->y[i] -= krylov->residual[i]; /* - (1 - A) x */
  unpack(krylov, n_row, krylov->y, krylov->residual);
  for (size_t i = 0; i < krylov->n_block; i++) {
    const block *b = krylov->block[i];
    for (size_t k = 0; k < n_row * b->n_column; k++) krylov->residual[at + k] += b->source[k];
    at += n_row * b->n_column;
  }
  collect(krylov, n_row, krylov->x, krylov->residual, ret_echo);
  return true;
}

/* Will the residual fall far enough within a number of products, at the pace of the last ones? A hard judge, since what it
 * takes for the former residual is a part of it: elimination is soon called for. So be it where all is solved to the last
 * digit; a looser residual is reached before that pays. */
static bool is_hopeful(const block *b, size_t limit)
{
  const size_t n   = b->n_basis - 1;
  const double now = cabs(b->right[n]), before = cabs(b->right[n / 2]);
  if (is_done(b)) return true;
  const double pace = log(before / now) / (double)(n - n / 2);
  return pace * (double)(limit - n) > log(now / b->allowed);
}

/* ---- what neighbours know --------------------------------------------------------------------------------------- */

/* b -= scale a */
static void take_off(size_t length, float complex scale, const float complex *a, float complex *b)
{
  const float complex minus = -scale;
  cblas_caxpy((int)length, &minus, a, 1, b, 1);
}

/* As much of a direction as makes the residual least: u, and c = (1 - A) u, which is orthogonal to those before it. Both are kept
 * where basis vectors will be. */
static void go_along(block *b, size_t n_row, size_t i_start, const float complex *x, const float complex *product,
                     size_t stride)
{
  const size_t   length = n_row * b->n_column;
  float complex *c = b->basis + (2 * i_start + 1) * length, *u = c + length, part;
  for (size_t r = 0; r < n_row; r++)
    for (size_t m = 0; m < b->n_column; m++) {
      u[r * b->n_column + m] = x[r * stride + m];
      c[r * b->n_column + m] = x[r * stride + m] - product[r * stride + m];
    }
  for (size_t i = 0; i < i_start; i++) {
    const float complex *before = b->basis + (2 * i + 1) * length;
    cblas_cdotc_sub((int)length, before, 1, c, 1, &part);
    take_off(length, part, before, c);
    take_off(length, part, before + length, u);
  }
  const double norm = (double)cblas_scnrm2((int)length, c, 1);
  if (norm > 0.0) {
    cblas_csscal((int)length, (float)(1.0 / norm), c, 1);
    cblas_csscal((int)length, (float)(1.0 / norm), u, 1);
  }
  cblas_cdotc_sub((int)length, c, 1, b->basis, 1, &part);
  take_off(length, part, c, b->basis);
  take_off(length, -part, u, b->start);
  b->left     = (double)cblas_scnrm2((int)length, b->basis, 1);
  b->right[0] = b->left;
}

/* Least squares with what other energies have found, as many of them as it takes. */
static size_t use_neighbours(cuxas_krylov *krylov, const cuxas_scattering_matrix *matrix,
                             const cuxas_krylov_fields *fields)
{
  int l[CUXAS_N_L];
  for (size_t i = 0; i < krylov->n_block; i++) l[i] = krylov->block[i]->l;
  for (size_t k = 0; k < fields->n_known; k++) {
    bool   all_done = true;
    size_t first    = 0;
    for (size_t i = 0; i < krylov->n_block; i++) all_done = all_done && is_done(krylov->block[i]);
    if (all_done) return k;
    cuxas_scattering_matrix_take(matrix, fields->known[k], krylov->n_column, krylov->x);
    cuxas_scattering_matrix_apply(matrix, l, krylov->n_block, krylov->n_column, krylov->x, krylov->scratch, krylov->y);
    for (size_t i = 0; i < krylov->n_block; first += krylov->block[i++]->n_column)
      go_along(krylov->block[i], matrix->n_row, k, krylov->x + first, krylov->y + first, krylov->n_column);
  }
  return fields->n_known;
}

bool cuxas_krylov_solve(cuxas_krylov *krylov, const cuxas_scattering_matrix *matrix,
                        const cuxas_krylov_fields *opt_fields, cuxas_echo *ret_echo, size_t *ret_n_product,
                        bool *ret_is_direct)
{
  const size_t n_row    = matrix->n_row;
  const double dear     = PRODUCTS_AS_DEAR((double)n_row, (double)matrix->n_origin_row, (double)krylov->n_column);
  const size_t limit    = (size_t)fmin(fmax(dear, LEAST), MAX);
  bool         is_worth = true;
  *ret_n_product        = 0;
  *ret_is_direct        = false;
  memset(ret_echo, 0, sizeof(cuxas_echo));
  if (n_row == 0) return true;
  for (size_t i = 0; i < krylov->n_block; i++) start(krylov->block[i], matrix);
  if (opt_fields != NULL) *ret_n_product = use_neighbours(krylov, matrix, opt_fields);
  for (size_t i = 0; i < krylov->n_block; i++) begin(krylov->block[i], n_row);
  for (; is_worth; ++*ret_n_product) {
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
    if (*ret_n_product == limit) is_worth = false;
    if (matrix->scattering->residual == 0.0 && *ret_n_product >= LEAST && *ret_n_product % LOOK_EVERY == 0)
      for (size_t i = 0; i < n_active; i++) is_worth = is_worth && is_hopeful(active[i], limit);
    if (!is_worth) break;
    for (size_t i = 0; i < n_active; first += active[i++]->n_column) {
      const size_t         n_own = active[i]->n_column;
      const float complex *last  = active[i]->basis + (active[i]->n_basis - 1) * n_row * n_own;
      for (size_t r = 0; r < n_row; r++)
        memcpy(krylov->x + r * n_column + first, last + r * n_own, n_own * sizeof *last);
    }
    cuxas_scattering_matrix_apply(matrix, l, n_active, n_column, krylov->x, krylov->scratch, krylov->y);
    first = 0;
    for (size_t i = 0; i < n_active; first += active[i++]->n_column)
      extend(active[i], n_row, krylov->y + first, n_column);
  }
  if (!is_worth) *ret_is_direct = is_worth = eliminate(krylov, matrix, ret_echo);
  if (!*ret_is_direct) {
    for (size_t i = 0, at = 0; i < krylov->n_block; at += n_row * krylov->block[i++]->n_column)
      finish(krylov->block[i], n_row, krylov->x + at, krylov->residual + at);
    collect(krylov, n_row, krylov->x, krylov->residual, ret_echo);
  }
  for (size_t i = 0, at = 0, first = 0; i < krylov->n_block && opt_fields != NULL;
       first += krylov->block[i++]->n_column) {
    cuxas_scattering_matrix_keep(matrix, krylov->x + at, krylov->block[i]->n_column, krylov->n_column,
                                 opt_fields->own + first);
    at += n_row * krylov->block[i]->n_column;
  }
  return is_worth;
}
