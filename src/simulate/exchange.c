#include "simulate/exchange_priv.h"

#include "base/memory.h"

#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sf_coupling.h>
#include <stdlib.h>
#include <string.h>

static int two_j(int kappa)
{
  return 2 * abs(kappa) - 1;
}

static int l_of(int kappa)
{
  return kappa > 0 ? kappa : -kappa - 1;
}

/* Square of the 3j symbol (j_a k j_b; 1/2 0 -1/2); 0 where parity forbids the multipole k. */
static double coupling(int kappa_a, int k, int kappa_b)
{
  if ((l_of(kappa_a) + k + l_of(kappa_b)) % 2 != 0) return 0.0;
  const double symbol = gsl_sf_coupling_3j(two_j(kappa_a), 2 * k, two_j(kappa_b), 1, 0, -1);
  return symbol * symbol;
}

static double density_of(const cuxas_fine_orbital *orbital, size_t i)
{
  return orbital->large[i] * orbital->large[i] + orbital->small[i] * orbital->small[i];
}

/* Adds to each of the two orbitals' u times density the exchange with the other one. */
static void add_pair(const cuxas_fine_orbital *a, const cuxas_fine_orbital *b, double *pair, double *over_r,
                     double *u_a, double *u_b)
{
  const size_t n       = a->n_point < b->n_point ? a->n_point : b->n_point;
  const int    k_first = abs(two_j(a->kappa) - two_j(b->kappa)) / 2, k_last = (two_j(a->kappa) + two_j(b->kappa)) / 2;

  for (size_t i = 0; i < n; i++) pair[i] = a->large[i] * b->large[i] + a->small[i] * b->small[i];
  for (int k = k_first; k <= k_last; k++) {
    double weight = coupling(a->kappa, k, b->kappa);
    if (weight == 0.0) continue;
    if (a == b) weight = k == 0 ? 1.0 : weight * (a->occupation - 1.0) * (two_j(a->kappa) + 1.0) / two_j(a->kappa);
    cuxas_fine_multipole(pair, n, k, over_r);
    for (size_t i = 0; i < n; i++) {
      const double v = -weight * pair[i] * over_r[i];
      u_a[i] += a == b ? v : b->occupation * v;
      if (a != b) u_b[i] += a->occupation * v;
    }
  }
}

/* (1 - M) d = w - u with M_ab = integral of rho_a q_b rho_b / rho: the orbitals' constants, 0 for the highest one. */
static int solve_constants(const gsl_matrix *m, const gsl_vector *right, double *ret_constant)
{
  const size_t     n    = right->size;
  gsl_matrix      *lu   = gsl_matrix_alloc(n, n);
  gsl_vector      *d    = gsl_vector_alloc(n);
  gsl_permutation *swap = gsl_permutation_alloc(n);
  int              sign, is_done = 0;
  if (lu != NULL && d != NULL && swap != NULL) {
    gsl_matrix_memcpy(lu, m);
    gsl_linalg_LU_decomp(lu, swap, &sign);
    gsl_linalg_LU_solve(lu, swap, right, d);
    for (size_t a = 0; a < n; a++) ret_constant[a] = gsl_vector_get(d, a);
    is_done = 1;
  }
  if (lu != NULL) gsl_matrix_free(lu);
  if (d != NULL) gsl_vector_free(d);
  if (swap != NULL) gsl_permutation_free(swap);
  return is_done;
}

cuxas_status cuxas_exchange_exact(const cuxas_fine_orbital *orbital, size_t n_orbital, const double *r,
                                  double *ret_potential_hartree, double *ret_energy_hartree, cuxas_error *err)
{
  enum { N = CUXAS_FINE_POINTS };
  cuxas_status status = CUXAS_OK;
  double      *u      = cuxas_new_array(n_orbital * N, sizeof *u); /* (n_orbital, N) potential of each times density */
  double      *work   = cuxas_new_array(4 * N, sizeof *work);
  double      *constant = cuxas_new_array(n_orbital, sizeof *constant);
  gsl_matrix  *m        = gsl_matrix_alloc(n_orbital, n_orbital);
  gsl_vector  *right    = gsl_vector_alloc(n_orbital);
  if (u == NULL || work == NULL || constant == NULL || m == NULL || right == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the exchange of %zu orbitals", n_orbital);
    goto done;
  }
  double *density = work + 2 * N, *slater = work + 3 * N, *integrand = work;

  for (size_t a = 0; a < n_orbital; a++)
    for (size_t b = a; b < n_orbital; b++) add_pair(&orbital[a], &orbital[b], work, work + N, u + a * N, u + b * N);
  size_t highest = 0;
  for (size_t a = 0; a < n_orbital; a++) {
    if (orbital[a].energy_hartree > orbital[highest].energy_hartree) highest = a;
    for (size_t i = 0; i < orbital[a].n_point; i++) {
      density[i] += orbital[a].occupation * density_of(&orbital[a], i);
      slater[i] += orbital[a].occupation * u[a * N + i];
    }
  }
  *ret_energy_hartree = 0.5 * cuxas_fine_integrate(slater, r, 2.0);

  for (size_t a = 0; a < n_orbital; a++) {
    memset(integrand, 0, N * sizeof *integrand);
    for (size_t i = 0; i < orbital[a].n_point; i++)
      if (density[i] > 0.0) integrand[i] = density_of(&orbital[a], i) * slater[i] / density[i] - u[a * N + i];
    gsl_vector_set(right, a, cuxas_fine_integrate(integrand, r, 2.0));
    for (size_t b = a; b < n_orbital; b++) {
      memset(integrand, 0, N * sizeof *integrand);
      const size_t n = orbital[a].n_point < orbital[b].n_point ? orbital[a].n_point : orbital[b].n_point;
      for (size_t i = 0; i < n; i++)
        if (density[i] > 0.0) integrand[i] = density_of(&orbital[a], i) * density_of(&orbital[b], i) / density[i];
      const double overlap = cuxas_fine_integrate(integrand, r, 2.0);
      gsl_matrix_set(m, a, b, (a == b) - orbital[b].occupation * overlap);
      if (a != b) gsl_matrix_set(m, b, a, -orbital[a].occupation * overlap);
    }
  }
  for (size_t a = 0; a < n_orbital; a++) gsl_matrix_set(m, highest, a, a == highest);
  gsl_vector_set(right, highest, 0.0);
  if (!solve_constants(m, right, constant)) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the exchange of %zu orbitals", n_orbital);
    goto done;
  }
  for (size_t a = 0; a < n_orbital; a++)
    for (size_t i = 0; i < orbital[a].n_point; i++)
      slater[i] += orbital[a].occupation * constant[a] * density_of(&orbital[a], i);
  for (size_t i = 0; i < N; i++) ret_potential_hartree[i] = density[i] > 1e-200 ? slater[i] / density[i] : -1.0 / r[i];
done:
  free(u);
  free(work);
  free(constant);
  if (m != NULL) gsl_matrix_free(m);
  if (right != NULL) gsl_vector_free(right);
  return status;
}
