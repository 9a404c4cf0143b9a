/* dirac.c - radial meshes with their integrals, bound states of one electron on the fine one, and the exchange between them
 *
 * Contents: the mesh of potentials - the fine mesh - bound states - exchange as one potential - valence by Dirac and Fock */
#include "simulate/dirac_priv.h"

#include "base/memory.h"
#include "simulate/atom_priv.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sf_coupling.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------- the mesh of potentials ---------------------------------------------- */

double cuxas_radial_r(size_t i_point)
{
  return exp(CUXAS_RADIAL_START + CUXAS_RADIAL_STEP * (double)i_point);
}

/* The integrand on the uniform mesh x = log r is f r. Below the first point f = a r^p integrates to f_0 r_0 / (p + 1).
 * Between the points: Gregory's rule, which is the trapezoidal rule with the ends corrected by differences, of order
 * h^5 and, unlike Simpson's, the same for odd and even numbers of intervals. */
double cuxas_radial_integrate(const double *value, size_t n_point, double leading_power)
{
  static const double END[4]   = {3.0 / 8.0, 7.0 / 6.0, 23.0 / 24.0, 1.0}; /* from 8 points on */
  double              integral = 0.0;

  if (n_point == 0) return 0.0;
  for (size_t i = 0; i < n_point; i++) {
    const size_t from_end = i < n_point - 1 - i ? i : n_point - 1 - i;
    double       weight   = from_end == 0 ? 0.5 : 1.0;
    if (n_point == 1) weight = 0.0;
    if (n_point >= 8 && from_end < 3) weight = END[from_end];
    integral += weight * value[i] * cuxas_radial_r(i);
  }
  return CUXAS_RADIAL_STEP * integral + value[0] * cuxas_radial_r(0) / (leading_power + 1.0);
}

/* Each interval with the cubic through the four points around it; the first and last with a straight line. */
void cuxas_radial_cumulate(const double *value, double leading_power, double *ret_integral)
{
  double before = 0.0, here = 0.0, next = value[0] * cuxas_radial_r(0); /* f r at i - 2, i - 1, i */
  ret_integral[0] = next / (leading_power + 1.0);
  for (size_t i = 1; i < CUXAS_RADIAL_POINTS; i++) {
    before     = here;
    here       = next;
    next       = value[i] * cuxas_radial_r(i);
    double sum = 0.5 * (here + next);
    if (i > 1 && i + 1 < CUXAS_RADIAL_POINTS)
      sum += (here + next - before - value[i + 1] * cuxas_radial_r(i + 1)) / 24.0;
    ret_integral[i] = ret_integral[i - 1] + CUXAS_RADIAL_STEP * sum;
  }
}

double cuxas_radial_at(const double *value, double r_bohr)
{
  const double x = (log(r_bohr) - CUXAS_RADIAL_START) / CUXAS_RADIAL_STEP;
  if (x <= 0.0) return value[0];
  if (x > CUXAS_RADIAL_POINTS - 1) return 0.0;
  const double  first = fmin(fmax(floor(x) - 1.0, 0.0), CUXAS_RADIAL_POINTS - 4);
  const double *f     = value + (size_t)first;
  const double  t     = x - first;
  return -f[0] * (t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0 + f[1] * t * (t - 2.0) * (t - 3.0) / 2.0 -
         f[2] * t * (t - 1.0) * (t - 3.0) / 2.0 + f[3] * t * (t - 1.0) * (t - 2.0) / 6.0;
}

/* -------------------------------------------------- the fine mesh --------------------------------------------------- */

void cuxas_fine_radii(double ret_r[CUXAS_FINE_POINTS])
{
  for (int i = 0; i < CUXAS_FINE_POINTS; i++)
    ret_r[i] = exp(CUXAS_RADIAL_START + CUXAS_FINE_STEP * (i - CUXAS_FINE_INSIDE));
}

double cuxas_fine_integrate(const double *value, const double *r, double leading_power)
{
  static const double END[3] = {3.0 / 8.0, 7.0 / 6.0, 23.0 / 24.0}; /* Gregory's corrections of the trapezoidal rule */
  double              sum    = 0.0;
  for (int i = 0; i < CUXAS_FINE_POINTS; i++) {
    const int from_end = i < CUXAS_FINE_POINTS - 1 - i ? i : CUXAS_FINE_POINTS - 1 - i;
    sum += (from_end < 3 ? END[from_end] : 1.0) * value[i] * r[i];
  }
  return CUXAS_FINE_STEP * sum + value[0] * r[0] / (leading_power + 1.0);
}

/* One interval at a time with the cubic through its four surrounding points (three at the ends would do; there the
 * integrand is negligible, so the trapezoid serves). A(r) = r^-k-1 times the inner integral, B(r) = r^k times the outer
 * one: both recursions only ever multiply by numbers below 1. */
void cuxas_fine_multipole(const double *value, size_t n_point, int k, double *ret_over_r)
{
  const double h = CUXAS_FINE_STEP, down = exp(-h * (k + 1)), flat = exp(-h * k);
  const double near = 13.0 * h / 24.0, far = -h / 24.0;
  const size_t n = n_point;

  /* inner: A_i = sum over s <= r_i of s^k f(s) / r_i^(k+1); terms at i+m carry exp((k+1) m h), m = -1, 0, 1, 2 from i */
  ret_over_r[0] = value[0] / (k + 3.0); /* f ~ r^2 */
  for (size_t i = 0; i + 1 < CUXAS_FINE_POINTS; i++) {
    double gain = 0.0;
    if (i == 0 || i + 2 >= n)
      gain = i + 1 < n ? 0.5 * h * (value[i] * down + value[i + 1]) : i < n ? 0.5 * h * value[i] * down : 0.0;
    else
      gain = near * (value[i] * down + value[i + 1]) + far * (value[i - 1] * down * down + value[i + 2] / down);
    ret_over_r[i + 1] = ret_over_r[i] * down + gain;
  }
  /* outer: B_i = sum over s > r_i of r_i^k f(s) / s^(k+1) */
  double outer = 0.0;
  for (size_t i = n; i-- > 1;) {
    const size_t j    = i - 1; /* interval j ... i */
    double       gain = 0.0;
    if (j == 0 || i + 1 >= n)
      gain = 0.5 * h * (value[j] + value[i] * flat);
    else
      gain = near * (value[j] + value[i] * flat) + far * (value[j - 1] / flat + value[i + 1] * flat * flat);
    outer = outer * flat + gain;
    ret_over_r[j] += outer;
  }
}

/* --------------------------------------------------- bound states --------------------------------------------------- */

enum { N_SERIES = 5, N_TERM = 8, N_ITERATION = 200 };
#define TOLERANCE 1e-11 /* relative, of the energy */
#define DECAY 45.0      /* the inward integration starts where the state has fallen by exp(-DECAY) */

/* One equation: coefficients of d(P, Q)/dx = M (P, Q) at a point, x = log r. */
typedef struct {
  const double *potential, *r;
  double        charge, c, energy;
  int           kappa;
} equation;

static double upper(const equation *eq, size_t i)
{
  return eq->r[i] * (2.0 * eq->c + (eq->energy - eq->potential[i]) / eq->c);
}

static double lower(const equation *eq, size_t i)
{
  return -eq->r[i] * (eq->energy - eq->potential[i]) / eq->c;
}

/* First N_SERIES points: P = sum p_k r^(gamma + k) for V = -Z/r + V_0, scaled to p_0 r_0^gamma = 1. */
static void start_outward(const equation *eq, double *p, double *q)
{
  const double zc = eq->charge / eq->c, kappa = eq->kappa, gamma = sqrt(kappa * kappa - zc * zc);
  const double r0 = eq->r[0], v0 = eq->potential[0] + eq->charge / r0;
  const double a = (2.0 * eq->c + (eq->energy - v0) / eq->c) * r0, b = -(eq->energy - v0) / eq->c * r0;
  double       term_p[N_TERM], term_q[N_TERM];

  term_p[0] = 1.0;
  term_q[0] = kappa < 0.0 ? -zc / (gamma - kappa) : (gamma + kappa) / zc;
  for (int k = 1; k < N_TERM; k++) { /* (gamma + k + kappa) p - zc q = a q', (gamma + k - kappa) q + zc p = b p' */
    const double s = gamma + k, det = (s + kappa) * (s - kappa) + zc * zc;
    term_p[k] = ((s - kappa) * a * term_q[k - 1] + zc * b * term_p[k - 1]) / det;
    term_q[k] = ((s + kappa) * b * term_p[k - 1] - zc * a * term_q[k - 1]) / det;
  }
  for (size_t i = 0; i < N_SERIES; i++) {
    const double t = eq->r[i] / r0;
    p[i] = q[i] = 0.0;
    for (int k = N_TERM - 1; k >= 0; k--) {
      p[i] = p[i] * t + term_p[k];
      q[i] = q[i] * t + term_q[k];
    }
    p[i] *= pow(t, gamma);
    q[i] *= pow(t, gamma);
  }
}

/* Adams-Moulton of fifth order from point to point, implicit and therefore a 2 x 2 system at each. `from` and the four
 * points behind it are known; goes on up to and including `to`. */
static void integrate(const equation *eq, size_t from, size_t to, double *p, double *q)
{
  static const double W[5] = {251.0 / 720.0, 646.0 / 720.0, -264.0 / 720.0, 106.0 / 720.0, -19.0 / 720.0};
  const int           step = to >= from ? 1 : -1;
  const double        h = step * CUXAS_FINE_STEP, kappa = eq->kappa;
  double              fp[4], fq[4];

  for (int m = 0; m < 4; m++) { /* slopes at from, from - step, ... */
    const size_t i = step > 0 ? from - (size_t)m : from + (size_t)m;
    fp[m]          = -kappa * p[i] + upper(eq, i) * q[i];
    fq[m]          = kappa * q[i] + lower(eq, i) * p[i];
  }
  for (size_t i = from; i != to;) {
    const double known_p = p[i] + h * (W[1] * fp[0] + W[2] * fp[1] + W[3] * fp[2] + W[4] * fp[3]);
    const double known_q = q[i] + h * (W[1] * fq[0] + W[2] * fq[1] + W[3] * fq[2] + W[4] * fq[3]);
    i                    = step > 0 ? i + 1 : i - 1;
    const double w = h * W[0], m_pp = 1.0 + w * kappa, m_qq = 1.0 - w * kappa;
    const double up = upper(eq, i), low = lower(eq, i), det = m_pp * m_qq - w * w * up * low;
    p[i] = (m_qq * known_p + w * up * known_q) / det;
    q[i] = (m_pp * known_q + w * low * known_p) / det;
    for (int m = 3; m > 0; m--) {
      fp[m] = fp[m - 1];
      fq[m] = fq[m - 1];
    }
    fp[0] = -kappa * p[i] + up * q[i];
    fq[0] = kappa * q[i] + low * p[i];
  }
}

/* The last point to start from, given the outermost classical turning point. */
static size_t outer_end(const equation *eq, size_t turning)
{
  double decay = 0.0;
  size_t i     = turning;
  while (i + 1 < CUXAS_FINE_POINTS && decay < DECAY) {
    const double l2   = 0.5 * eq->kappa * (eq->kappa + 1) / (eq->r[i] * eq->r[i]);
    const double over = eq->potential[i] + l2 - eq->energy;
    if (over > 0.0) decay += CUXAS_FINE_STEP * eq->r[i] * sqrt(2.0 * over);
    i++;
  }
  return i;
}

static void start_inward(const equation *eq, size_t end, double *p, double *q)
{
  for (size_t m = 0; m < N_SERIES; m++) { /* P' = -lambda P, locally */
    const size_t i      = end - (N_SERIES - 1) + m;
    const double e      = eq->energy - eq->potential[end];
    const double lambda = sqrt(fmax(1e-12, -2.0 * e * (1.0 + e / (2.0 * eq->c * eq->c))));
    p[i]                = 1e-20 * exp(-lambda * (eq->r[i] - eq->r[end]));
    q[i]                = -lambda * p[i] / (2.0 * eq->c + e / eq->c);
  }
}

static double charge_of(const cuxas_fine_orbital *orbital, const double *r, double gamma)
{
  double sum = 0.0;
  for (size_t i = 0; i < orbital->n_point; i++)
    sum +=
        (orbital->large[i] * orbital->large[i] + orbital->small[i] * orbital->small[i]) * r[i] * (i == 0 ? 0.5 : 1.0);
  const double first = orbital->large[0] * orbital->large[0] + orbital->small[0] * orbital->small[0];
  return CUXAS_FINE_STEP * sum + first * r[0] / (2.0 * gamma + 1.0);
}

cuxas_status cuxas_dirac_bound(const double *potential_hartree, const double *r, double nuclear_charge,
                               double light_speed, cuxas_fine_orbital *io_orbital, cuxas_error *err)
{
  const int    kappa = io_orbital->kappa, l = kappa > 0 ? kappa : -kappa - 1, n_node = io_orbital->n - l - 1;
  const double zc    = nuclear_charge / light_speed;
  const double gamma = sqrt(kappa * kappa - zc * zc);
  double      *p = io_orbital->large, *q = io_orbital->small;
  double       low = -1.2 * nuclear_charge * nuclear_charge, high = -1e-7;
  equation     eq = {potential_hartree, r, nuclear_charge, light_speed, io_orbital->energy_hartree, kappa};

  if (!(eq.energy > low && eq.energy < high)) eq.energy = -0.5 * pow(nuclear_charge / io_orbital->n, 2) - 1e-3;
  for (int iteration = 0; iteration < N_ITERATION; iteration++) {
    size_t turning = CUXAS_FINE_POINTS - 2 * N_SERIES;
    while (turning > 2 * N_SERIES &&
           potential_hartree[turning] + 0.5 * kappa * (kappa + 1) / (r[turning] * r[turning]) > eq.energy)
      turning--;
    if (turning <= 2 * N_SERIES) { /* forbidden everywhere */
      low       = eq.energy;
      eq.energy = 0.5 * (low + high);
      if (high - low < 1e-9) break;
      continue;
    }
    start_outward(&eq, p, q);
    integrate(&eq, N_SERIES - 1, turning, p, q);
    int node = 0;
    for (size_t i = 1; i <= turning; i++) node += (p[i] < 0.0) != (p[i - 1] < 0.0);
    if (node != n_node) {
      *(node > n_node ? &high : &low) = eq.energy;
      eq.energy                       = 0.5 * (low + high);
      if (high - low < 1e-13 * fabs(low)) break;
      continue;
    }
    const double p_match = p[turning], q_out = q[turning];
    const size_t end = outer_end(&eq, turning);
    start_inward(&eq, end, p, q);
    integrate(&eq, end - (N_SERIES - 1), turning, p, q);
    const double scale = p_match / p[turning];
    for (size_t i = turning; i <= end; i++) {
      p[i] *= scale;
      q[i] *= scale;
    }
    memset(p + end + 1, 0, (CUXAS_FINE_POINTS - end - 1) * sizeof *p);
    memset(q + end + 1, 0, (CUXAS_FINE_POINTS - end - 1) * sizeof *q);
    io_orbital->n_point = end + 1;

    const double norm = charge_of(io_orbital, r, gamma);
    const double gain = light_speed * p_match * (q_out - q[turning]) / norm;
    if (fabs(gain) <= TOLERANCE * fabs(eq.energy) || high - low < 1e-14 * fabs(low)) {
      const double unit = 1.0 / sqrt(norm);
      for (size_t i = 0; i <= end; i++) {
        p[i] *= unit;
        q[i] *= unit;
      }
      io_orbital->energy_hartree = eq.energy;
      return CUXAS_OK;
    }
    *(gain > 0.0 ? &low : &high) = eq.energy;
    eq.energy += gain;
    if (!(eq.energy > low && eq.energy < high)) eq.energy = 0.5 * (low + high);
  }
  return cuxas_fail(err, CUXAS_ENUMERIC, "Z = %g: no bound state with n = %d, kappa = %d", nuclear_charge,
                    io_orbital->n, kappa);
}

/* --------------------------------------------- exchange as one potential -------------------------------------------- */

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
