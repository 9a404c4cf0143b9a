/* Non-negative least squares by Lawson and Hanson's active set, for few unknowns, from the normal equations. */
#include "match/nnls_priv.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define DEPENDENT 1e-10 /* pivot beside the diagonal: the column says nothing new */

/* Solves gram z = inner for the unknowns in the passive set by Cholesky; 0 elsewhere and for dependent ones. */
static void solve_passive(const double *gram, const double *inner, size_t n, const bool *is_passive, double *ret_z)
{
  double l[CUXAS_NNLS_MAX][CUXAS_NNLS_MAX] = {{0.0}}, y[CUXAS_NNLS_MAX];
  size_t at[CUXAS_NNLS_MAX], n_in = 0;

  for (size_t i = 0; i < n; i++) {
    ret_z[i] = 0.0;
    if (!is_passive[i]) continue;
    double pivot = gram[i * n + i], sum = inner[i];
    for (size_t k = 0; k < n_in; k++) {
      double value = gram[i * n + at[k]];
      for (size_t m = 0; m < k; m++) value -= l[n_in][m] * l[k][m];
      l[n_in][k] = value / l[k][k];
      pivot -= l[n_in][k] * l[n_in][k];
      sum -= l[n_in][k] * y[k];
    }
    if (!(pivot > DEPENDENT * gram[i * n + i])) continue;
    l[n_in][n_in] = sqrt(pivot);
    y[n_in]       = sum / l[n_in][n_in];
    at[n_in++]    = i;
  }
  for (size_t k = n_in; k-- > 0;) {
    double value = y[k];
    for (size_t m = k + 1; m < n_in; m++) value -= l[m][k] * ret_z[at[m]];
    ret_z[at[k]] = value / l[k][k];
  }
}

/* The inactive unknown along which the misfit falls fastest; n: none does. */
static size_t find_entering(const double *gram, const double *inner, size_t n, const bool *is_passive,
                            const bool *is_barred, const double *x)
{
  size_t entering = n;
  double steepest = 0.0;
  for (size_t i = 0; i < n; i++) {
    if (is_passive[i] || is_barred[i]) continue;
    double gradient = inner[i];
    for (size_t k = 0; k < n; k++) gradient -= gram[i * n + k] * x[k];
    const double scaled = gradient / sqrt(fmax(gram[i * n + i], 1e-300));
    if (scaled > steepest && scaled > 1e-12 * fabs(inner[i])) {
      steepest = scaled;
      entering = i;
    }
  }
  return entering;
}

/* From x towards z until the first passive unknown would become negative; those at 0 leave. */
static bool step_to(const double *z, size_t n, bool *is_passive, double *x)
{
  double part = 1.0;
  for (size_t i = 0; i < n; i++)
    if (is_passive[i] && z[i] <= 0.0) part = fmin(part, x[i] / fmax(x[i] - z[i], 1e-300));
  for (size_t i = 0; i < n; i++) {
    if (!is_passive[i]) continue;
    const bool leaves = z[i] <= 0.0 && (x[i] - z[i] <= 0.0 || x[i] / (x[i] - z[i]) <= part);
    x[i] += part * (z[i] - x[i]);
    if (leaves) {
      x[i]          = 0.0;
      is_passive[i] = false;
    }
  }
  return part >= 1.0;
}

void cuxas_nnls(const double *gram, const double *inner, size_t n, double *ret_x)
{
  bool   is_passive[CUXAS_NNLS_MAX] = {false}, is_barred[CUXAS_NNLS_MAX] = {false};
  double z[CUXAS_NNLS_MAX];

  memset(ret_x, 0, n * sizeof *ret_x);
  for (size_t i_step = 0; i_step < 3 * n; i_step++) { /* Lawson and Hanson's own bound */
    const size_t entering = find_entering(gram, inner, n, is_passive, is_barred, ret_x);
    if (entering == n) return;
    is_passive[entering] = true;
    solve_passive(gram, inner, n, is_passive, z);
    if (z[entering] <= 0.0) { /* rounding, or dependent on the others: it cannot enter */
      is_passive[entering] = false;
      is_barred[entering]  = true;
      continue;
    }
    while (!step_to(z, n, is_passive, ret_x)) solve_passive(gram, inner, n, is_passive, z);
    memset(is_barred, 0, sizeof is_barred);
  }
}
