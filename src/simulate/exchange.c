/* exchange.c - exact exchange of an atom's electrons: as one potential for all orbitals, and for valence orbitals each its own
 *
 * Contents: one potential - valence by Dirac and Fock */
#include "simulate/atom_priv.h"

#include "base/memory.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sf_coupling.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------- one potential -------------------------------------------------- */

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
  cuxas_status status   = CUXAS_OK;
  double      *u        = cuxas_new(err, n_orbital * N, sizeof *u); /* (n_orbital, N) potential of each times density */
  double      *work     = cuxas_new(err, 4 * N, sizeof *work);
  double      *constant = cuxas_new(err, n_orbital, sizeof *constant);
  gsl_matrix  *m        = gsl_matrix_alloc(n_orbital, n_orbital);
  gsl_vector  *right    = gsl_vector_alloc(n_orbital);
  if (u == NULL || work == NULL || constant == NULL || m == NULL || right == NULL) {
    status = cuxas_no_memory(err);
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
    status = cuxas_no_memory(err);
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

/* --------------------------------------------- valence by Dirac and Fock ------------------------------------------ */

/* The potential of all orbitals makes outer s electrons above a d shell too compact (copper's 4s by 7 %). With exchange of
 * their own, valence orbitals are sums of the states of that potential in a large box. */

#define VALENCE (-1.0) /* hartree: orbitals above have their own exchange */
#define BOX_BOHR 20.0  /* where the box ends, */
#define BOX_DEEP 3.0   /* hartree, and how deep it is: states up to there above the ion are summed */
#define FOCK_DONE 1e-4 /* electrons that still move */
enum { N = CUXAS_FINE_POINTS, MAX_STATE = 24, MAX_FOCK = 60 };

typedef struct {
  size_t             n_state;
  cuxas_fine_orbital state[MAX_STATE];
  double             fock[MAX_STATE][N]; /* exchange's product with each state, large part by large, */
  double             fock_small[MAX_STATE][N];
} fock_basis;

static bool is_valence(const cuxas_fine_orbital *orbital)
{
  return orbital->energy_hartree > VALENCE;
}

static double box_at(const cuxas_fock *atom, size_t i)
{
  return BOX_DEEP / (1.0 + exp(fmin(atom->r[i] - BOX_BOHR, 500.0)));
}

/* States of the box from an orbital's own upwards. */
static cuxas_status fill_basis(const cuxas_fock *atom, const cuxas_fine_orbital *first, fock_basis *ret,
                               cuxas_error *err)
{
  double potential[N];
  for (size_t i = 0; i < N; i++) potential[i] = atom->potential[i] - box_at(atom, i);
  for (ret->n_state = 0; ret->n_state < MAX_STATE; ret->n_state++) {
    cuxas_fine_orbital *state = &ret->state[ret->n_state];
    *state                    = (cuxas_fine_orbital){.n = first->n + (int)ret->n_state, .kappa = first->kappa};
    state->energy_hartree     = ret->n_state == 0 ? first->energy_hartree - BOX_DEEP : -0.5 * BOX_DEEP;
    const cuxas_status status =
        cuxas_dirac_bound(potential, atom->r, atom->atomic_number, atom->light_speed, state, err);
    if (status != CUXAS_OK && ret->n_state == 0) return status;
    if (status != CUXAS_OK || state->energy_hartree > -0.1 * BOX_DEEP) break;
  }
  return CUXAS_OK;
}

/* What exchange with all orbitals makes of a state. */
static void exchange_state(const cuxas_fock *atom, const cuxas_fine_orbital *own, const cuxas_fine_orbital *state,
                           double *ret_large, double *ret_small)
{
  double pair[N], over_r[N];
  memset(ret_large, 0, N * sizeof *ret_large);
  memset(ret_small, 0, N * sizeof *ret_small);
  for (size_t b = 0; b < atom->n_orbital; b++) {
    const cuxas_fine_orbital *other  = &atom->orbital[b];
    const size_t              n      = other->n_point < state->n_point ? other->n_point : state->n_point;
    const int                 k_last = (two_j(own->kappa) + two_j(other->kappa)) / 2;
    for (size_t i = 0; i < n; i++) pair[i] = other->large[i] * state->large[i] + other->small[i] * state->small[i];
    for (int k = abs(two_j(own->kappa) - two_j(other->kappa)) / 2; k <= k_last; k++) {
      double weight = coupling(own->kappa, k, other->kappa);
      if (weight == 0.0) continue;
      if (other != own)
        weight *= other->occupation;
      else
        weight = k == 0 ? 1.0 : weight * (own->occupation - 1.0) * (two_j(own->kappa) + 1.0) / two_j(own->kappa);
      cuxas_fine_multipole(pair, n, k, over_r);
      for (size_t i = 0; i < other->n_point; i++) {
        ret_large[i] -= weight * over_r[i] * other->large[i];
        ret_small[i] -= weight * over_r[i] * other->small[i];
      }
    }
  }
}

/* One orbital anew: the rank-th lowest sum of the box's states. local: what their potential lacks. */
static cuxas_status renew_orbital(const cuxas_fock *atom, const cuxas_fine_orbital *own, fock_basis *basis, size_t rank,
                                  const double *local, cuxas_fine_orbital *ret, cuxas_error *err)
{
  const size_t               n = basis->n_state;
  gsl_matrix                *m = gsl_matrix_alloc(n, n), *vector = gsl_matrix_alloc(n, n);
  gsl_vector                *value  = gsl_vector_alloc(n);
  gsl_eigen_symmv_workspace *work   = gsl_eigen_symmv_alloc(n);
  cuxas_status               status = CUXAS_OK;
  double                     integrand[N];
  if (m == NULL || vector == NULL || value == NULL || work == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  for (size_t a = 0; a < n; a++) exchange_state(atom, own, &basis->state[a], basis->fock[a], basis->fock_small[a]);
  for (size_t a = 0; a < n; a++)
    for (size_t b = 0; b <= a; b++) {
      const cuxas_fine_orbital *x = &basis->state[a], *y = &basis->state[b];
      for (size_t i = 0; i < N; i++)
        integrand[i] = local[i] * (x->large[i] * y->large[i] + x->small[i] * y->small[i]) +
                       x->large[i] * basis->fock[b][i] + x->small[i] * basis->fock_small[b][i];
      const double sum = cuxas_fine_integrate(integrand, atom->r, 2.0) + (a == b ? x->energy_hartree : 0.0);
      gsl_matrix_set(m, a, b, sum);
      gsl_matrix_set(m, b, a, sum);
    }
  gsl_eigen_symmv(m, value, vector, work);
  gsl_eigen_symmv_sort(value, vector, GSL_EIGEN_SORT_VAL_ASC);
  *ret                = (cuxas_fine_orbital){.n = own->n, .kappa = own->kappa, .occupation = own->occupation};
  ret->energy_hartree = gsl_vector_get(value, rank);
  for (size_t a = 0; a < n; a++) {
    const double part = gsl_matrix_get(vector, a, rank);
    for (size_t i = 0; i < basis->state[a].n_point; i++) {
      ret->large[i] += part * basis->state[a].large[i];
      ret->small[i] += part * basis->state[a].small[i];
    }
    if (basis->state[a].n_point > ret->n_point) ret->n_point = basis->state[a].n_point;
  }
done:
  if (m != NULL) gsl_matrix_free(m);
  if (vector != NULL) gsl_matrix_free(vector);
  if (value != NULL) gsl_vector_free(value);
  if (work != NULL) gsl_eigen_symmv_free(work);
  return status;
}

/* The lowest valence orbital of an orbital's kappa, and how many there are below it. */
static size_t find_lowest(const cuxas_fock *atom, size_t a, size_t *ret_rank)
{
  size_t lowest = a;
  *ret_rank     = 0;
  for (size_t b = 0; b < atom->n_orbital; b++)
    if (atom->orbital[b].kappa == atom->orbital[a].kappa && atom->orbital[b].n < atom->orbital[a].n &&
        is_valence(&atom->orbital[b])) {
      if (*ret_rank == 0 || atom->orbital[b].n < atom->orbital[lowest].n) lowest = b;
      ++*ret_rank;
    }
  return lowest;
}

/* All valence orbitals in turn until none moves any more; half of each step is taken. */
cuxas_status cuxas_fock_valence(const cuxas_fock *atom, cuxas_error *err)
{
  cuxas_status        status = CUXAS_OK;
  double              start[N], local[N], fresh[N], change;
  fock_basis         *basis = cuxas_new(err, atom->n_orbital, sizeof *basis);
  cuxas_fine_orbital *next  = cuxas_new(err, atom->n_orbital, sizeof *next);
  if (basis == NULL || next == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  memcpy(start, atom->hartree, N * sizeof *start);
  for (size_t a = 0; a < atom->n_orbital; a++) {
    size_t rank;
    if (is_valence(&atom->orbital[a]) && find_lowest(atom, a, &rank) == a &&
        (status = fill_basis(atom, &atom->orbital[a], &basis[a], err)) != CUXAS_OK)
      goto done;
  }
  for (int step = 0; step < MAX_FOCK; step++) {
    for (size_t i = 0; i < N; i++) local[i] = box_at(atom, i) - atom->exchange[i] + atom->hartree[i] - start[i];
    memset(fresh, 0, N * sizeof *fresh);
    for (size_t a = 0; a < atom->n_orbital; a++) {
      size_t       rank   = 0;
      const size_t lowest = find_lowest(atom, a, &rank);
      if (!is_valence(&atom->orbital[a]))
        next[a] = atom->orbital[a];
      else if ((status = renew_orbital(atom, &atom->orbital[a], &basis[lowest], rank, local, &next[a], err)) !=
               CUXAS_OK)
        goto done;
      for (size_t i = 0; i < N; i++) fresh[i] += next[a].occupation * density_of(&next[a], i);
    }
    memcpy(atom->orbital, next, atom->n_orbital * sizeof *next);
    change = 0.0;
    for (size_t i = 0; i < N; i++) {
      change += CUXAS_FINE_STEP * atom->r[i] * fabs(fresh[i] - atom->shell[i]);
      atom->shell[i] += 0.5 * (fresh[i] - atom->shell[i]);
    }
    cuxas_fine_multipole(atom->shell, N, 0, atom->hartree);
    if (change < FOCK_DONE) break;
  }
done:
  free(basis);
  free(next);
  return status;
}
