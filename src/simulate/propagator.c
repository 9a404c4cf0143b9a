/* propagator.c - free waves from atom to atom
 *
 * Contents: real harmonics - bonds */
#include "simulate/multiple_scattering_priv.h"
#include "base/clones.h"
#include "base/memory.h"
#include "base/units.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* ==== real harmonics ============================================================================================== */

/* Integrals over the sphere are sums over Gauss-Legendre points in cos theta and equidistant ones in phi, exact up to
 * degree 15, while three harmonics have at most degree 4 CUXAS_L_MAX = 12. */

enum { N_THETA = 8, N_PHI = 16, N_NODE = N_THETA * N_PHI };

#define VANISHES 1e-10

static const double PI = 3.14159265358979323846;

typedef struct {
  double direction[N_NODE][3];
  double weight[N_NODE];
} sphere;

static cuxas_status make_sphere(sphere *s, cuxas_error *err)
{
  gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(N_THETA);
  if (table == NULL) return cuxas_no_memory(err);
  for (size_t i = 0; i < N_THETA; i++) {
    double z, weight;
    gsl_integration_glfixed_point(-1.0, 1.0, i, &z, &weight, table);
    for (size_t j = 0; j < N_PHI; j++) {
      const double phi = 2.0 * PI * (double)j / N_PHI, rho = sqrt(1.0 - z * z);
      double      *d           = s->direction[i * N_PHI + j];
      d[0]                     = rho * cos(phi);
      d[1]                     = rho * sin(phi);
      d[2]                     = z;
      s->weight[i * N_PHI + j] = weight * 2.0 * PI / N_PHI;
    }
  }
  gsl_integration_glfixed_table_free(table);
  return CUXAS_OK;
}

/* P_l^m / sin^m by the recurrences in l; (x + i y)^m gives sin^m cos m phi and sin^m sin m phi. */
void cuxas_harmonics(int l_max, const double direction[3], double *ret_y)
{
  const double x = direction[0], y = direction[1], z = direction[2];
  double       cosine = 1.0, sine = 0.0, diagonal = 1.0, ratio = 1.0; /* ratio: (l + m)! / (l - m)! at l = m */
  for (int m = 0; m <= l_max; m++) {
    if (m > 0) {
      const double next = cosine * x - sine * y;
      sine              = cosine * y + sine * x;
      cosine            = next;
      diagonal *= 2.0 * m - 1.0;
      ratio *= (2.0 * m) * (2.0 * m - 1.0);
    }
    double below = 0.0, value = diagonal, factor = ratio;
    for (int l = m; l <= l_max; l++) {
      if (l > m) {
        const double next = ((2.0 * l - 1.0) * z * value - (l + m - 1.0) * below) / (double)(l - m);
        below             = value;
        value             = next;
        factor *= (double)(l + m) / (double)(l - m);
      }
      const double scaled  = value * sqrt((2.0 * l + 1.0) / (4.0 * PI) / factor * (m > 0 ? 2.0 : 1.0));
      ret_y[l * l + l + m] = scaled * cosine;
      if (m > 0) ret_y[l * l + l - m] = scaled * sine;
    }
  }
}

cuxas_status cuxas_gaunts_new(cuxas_gaunt **ret_gaunt, size_t *ret_n_gaunt, cuxas_error *err)
{
  sphere s;
  double(*y)[CUXAS_N_LM_BOND];
  cuxas_status status = make_sphere(&s, err);
  if (status != CUXAS_OK) return status;
  *ret_gaunt   = cuxas_new(err, (size_t)CUXAS_N_LM * CUXAS_N_LM * CUXAS_N_LM_BOND / 2, sizeof **ret_gaunt);
  *ret_n_gaunt = 0;
  y            = cuxas_new(err, N_NODE, sizeof *y);
  if (*ret_gaunt == NULL || y == NULL) {
    free(*ret_gaunt);
    free(y);
    *ret_gaunt = NULL;
    return cuxas_no_memory(err);
  }
  for (size_t i = 0; i < N_NODE; i++) cuxas_harmonics(CUXAS_HARMONICS_MAX_L, s.direction[i], y[i]);
  for (int first = 0; first < CUXAS_N_LM; first++)
    for (int second = 0; second <= first; second++) {
      double product[N_NODE];
      for (size_t i = 0; i < N_NODE; i++) product[i] = s.weight[i] * y[i][first] * y[i][second];
      for (int bond = 0; bond < CUXAS_N_LM_BOND; bond++) {
        double sum = 0.0;
        for (size_t i = 0; i < N_NODE; i++) sum += product[i] * y[i][bond];
        if (fabs(sum) > VANISHES) (*ret_gaunt)[(*ret_n_gaunt)++] = (cuxas_gaunt){first, second, bond, sum};
      }
    }
  free(y);
  return CUXAS_OK;
}

cuxas_status cuxas_harmonics_turn(const double operation[3][3], double ret_turn[CUXAS_N_LM][CUXAS_N_LM],
                                  cuxas_error *err)
{
  sphere       s;
  cuxas_status status = make_sphere(&s, err);
  if (status != CUXAS_OK) return status;
  for (int i = 0; i < CUXAS_N_LM; i++)
    for (int j = 0; j < CUXAS_N_LM; j++) ret_turn[i][j] = 0.0;
  for (size_t i_node = 0; i_node < N_NODE; i_node++) {
    const double *d = s.direction[i_node];
    double        turned[3], before[CUXAS_N_LM], after[CUXAS_N_LM];
    for (int k = 0; k < 3; k++) turned[k] = operation[k][0] * d[0] + operation[k][1] * d[1] + operation[k][2] * d[2];
    cuxas_harmonics(CUXAS_L_MAX, d, before);
    cuxas_harmonics(CUXAS_L_MAX, turned, after);
    for (int l = 0; l <= CUXAS_L_MAX; l++)
      for (int i = l * l; i < (l + 1) * (l + 1); i++)
        for (int j = l * l; j < (l + 1) * (l + 1); j++) ret_turn[i][j] += s.weight[i_node] * after[i] * before[j];
  }
  return CUXAS_OK;
}

/* ==== bonds ======================================================================================================= */

#define SAME_A 1e-6   /* bonds whose vectors round to the same multiple are one bond */
#define CLOSEST_A 0.3 /* atoms nearer than this are a mistake */

/* ---- which bonds are equal -------------------------------------------------------------------------------------- */

typedef struct {
  int64_t  key[3]; /* vector in units of SAME_A, the first number that is not 0 positive */
  double   vector_A[3];
  uint32_t i, j;
  bool     is_reversed;
} bond;

static int by_key(const void *left, const void *right)
{
  const bond *a = left, *b = right;
  for (int k = 0; k < 3; k++)
    if (a->key[k] != b->key[k]) return a->key[k] < b->key[k] ? -1 : 1;
  if (a->i != b->i) return a->i < b->i ? -1 : 1;
  return (a->j > b->j) - (a->j < b->j);
}

static bool is_same(const bond *a, const bond *b)
{
  return a->key[0] == b->key[0] && a->key[1] == b->key[1] && a->key[2] == b->key[2];
}

static bond make_bond(const cuxas_cluster *cluster, size_t i, size_t j)
{
  bond b    = {.i = (uint32_t)i, .j = (uint32_t)j};
  int  sign = 0;
  for (int k = 0; k < 3; k++) {
    b.vector_A[k] = cluster->atom[i].position_A[k] - cluster->atom[j].position_A[k];
    b.key[k]      = llround(b.vector_A[k] / SAME_A);
    if (sign == 0 && b.key[k] != 0) sign = b.key[k] > 0 ? 1 : -1;
  }
  b.is_reversed = sign < 0;
  for (int k = 0; k < 3 && b.is_reversed; k++) {
    b.key[k]      = -b.key[k];
    b.vector_A[k] = -b.vector_A[k];
  }
  return b;
}

/* ---- factors ---------------------------------------------------------------------------------------------------- */

/* One term for all harmonics of the bond that share first, second and l. */
static void list_terms(const cuxas_gaunt *gaunt, size_t n_gaunt, cuxas_bonds *bonds, size_t *ret_term_of)
{
  bonds->n_term = 0;
  for (size_t i = 0; i < n_gaunt; i++) {
    const cuxas_term term = {(uint8_t)gaunt[i].first, (uint8_t)gaunt[i].second, (uint8_t)sqrt(gaunt[i].bond)};
    const cuxas_term last = bonds->n_term > 0 ? bonds->term[bonds->n_term - 1] : (cuxas_term){255, 255, 255};
    if (term.first != last.first || term.second != last.second || term.l_bond != last.l_bond)
      bonds->term[bonds->n_term++] = term;
    ret_term_of[i] = bonds->n_term - 1;
  }
}

/* fill_factors() - of one bond's terms, CUXAS_LANES apart */
static void fill_factors(const cuxas_gaunt *gaunt, size_t n_gaunt, const size_t *term_of, const cuxas_bonds *bonds,
                         const double vector_A[3], double length_A, float *ret_factor)
{
  double y[CUXAS_N_LM_BOND], sum[CUXAS_N_LM * CUXAS_N_LM_BOND] = {0};
  double direction[3];
  for (int k = 0; k < 3; k++) direction[k] = vector_A[k] / length_A;
  cuxas_harmonics(CUXAS_HARMONICS_MAX_L, direction, y);
  for (size_t i = 0; i < n_gaunt; i++) sum[term_of[i]] += gaunt[i].value * y[gaunt[i].bond];
  for (size_t t = 0; t < bonds->n_term; t++) {
    const int  l_first = (int)sqrt(bonds->term[t].first), l_second = (int)sqrt(bonds->term[t].second);
    const bool minus =
        ((l_first + bonds->term[t].l_bond - l_second) / 2) % 2 != 0; /* i^(l' + l'' - l), an even power */
    ret_factor[t * CUXAS_LANES] = (float)(4.0 * PI * (minus ? -sum[t] : sum[t]));
  }
}

static int by_value(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* Distinct lengths, and which one each vector has. */
static void list_lengths(cuxas_bonds *bonds, const double *length_bohr)
{
  for (size_t v = 0; v < bonds->n_vector; v++) bonds->length_bohr[v] = length_bohr[v];
  qsort(bonds->length_bohr, bonds->n_vector, sizeof *bonds->length_bohr, by_value);
  for (size_t v = 0; v < bonds->n_vector; v++)
    if (bonds->n_length == 0 || bonds->length_bohr[v] - bonds->length_bohr[bonds->n_length - 1] > SAME_A)
      bonds->length_bohr[bonds->n_length++] = bonds->length_bohr[v];
  for (size_t v = 0; v < bonds->n_vector; v++) {
    size_t low = 0, high = bonds->n_length; /* the last length that is not above */
    while (high - low > 1) {
      const size_t middle                                            = (low + high) / 2;
      *(bonds->length_bohr[middle] <= length_bohr[v] ? &low : &high) = middle;
    }
    bonds->length_of[v] = (uint32_t)low;
  }
  bonds->shortest_bohr = bonds->n_length > 0 ? bonds->length_bohr[0] : 0.0;
}

/* ---- a cluster's bonds ------------------------------------------------------------------------------------------ */

static cuxas_status fill_bonds(const cuxas_cluster *cluster, cuxas_bonds *bonds, bond *list, size_t n_bond,
                               double *length_bohr, cuxas_error *err)
{
  cuxas_gaunt *gaunt   = NULL;
  size_t      *term_of = NULL, n_gaunt = 0, at = 0;
  for (size_t i = 0; i < cluster->n_atom; i++)
    for (size_t j = 0; j < i; j++) list[at++] = make_bond(cluster, i, j);
  qsort(list, n_bond, sizeof *list, by_key);
  for (size_t b = 0; b < n_bond; b++) {
    const bond *x = &list[b];
    if (b == 0 || !is_same(x, x - 1)) bonds->n_vector++;
    const uint32_t v                           = (uint32_t)(bonds->n_vector - 1);
    bonds->pair[x->i * cluster->n_atom + x->j] = (cuxas_pair){v, x->is_reversed};
    bonds->pair[x->j * cluster->n_atom + x->i] = (cuxas_pair){v, !x->is_reversed};
  }

  cuxas_status status = cuxas_gaunts_new(&gaunt, &n_gaunt, err);
  if (status != CUXAS_OK) return status;
  term_of            = cuxas_new(err, n_gaunt, sizeof *term_of);
  bonds->term        = cuxas_new(err, n_gaunt, sizeof *bonds->term);
  bonds->length_of   = cuxas_new(err, bonds->n_vector, sizeof *bonds->length_of);
  bonds->length_bohr = cuxas_new(err, bonds->n_vector, sizeof *bonds->length_bohr);
  if (term_of == NULL || bonds->term == NULL || bonds->length_of == NULL || bonds->length_bohr == NULL) goto no_memory;
  list_terms(gaunt, n_gaunt, bonds, term_of);
  bonds->factor =
      cuxas_new(err, bonds->n_vector / CUXAS_LANES + 1, bonds->n_term * CUXAS_LANES * sizeof *bonds->factor);
  if (bonds->factor == NULL) goto no_memory;

  for (size_t b = 0, v = 0; b < n_bond; b++) {
    if (b > 0 && is_same(&list[b], &list[b - 1])) continue;
    const double *r = list[b].vector_A, length_A = sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
    if (length_A < CLOSEST_A) {
      status = cuxas_fail(err, CUXAS_ERANGE, "cluster: two atoms are %.2g A apart", length_A);
      goto done;
    }
    fill_factors(gaunt, n_gaunt, term_of, bonds, r, length_A,
                 bonds->factor + v / CUXAS_LANES * CUXAS_LANES * bonds->n_term + v % CUXAS_LANES);
    length_bohr[v++] = length_A / CUXAS_BOHR_A;
  }
  list_lengths(bonds, length_bohr);
  goto done;
no_memory:
  status = cuxas_no_memory(err);
done:
  free(gaunt);
  free(term_of);
  return status;
}

cuxas_status cuxas_bonds_new(const cuxas_cluster *cluster, cuxas_bonds **ret_bonds, cuxas_error *err)
{
  cuxas_status status;
  const size_t n_bond      = cluster->n_atom * (cluster->n_atom - 1) / 2;
  cuxas_bonds *bonds       = cuxas_new(err, 1, sizeof *bonds);
  bond        *list        = cuxas_new(err, n_bond, sizeof *list);
  double      *length_bohr = cuxas_new(err, n_bond, sizeof *length_bohr);

  *ret_bonds = NULL;
  if (bonds != NULL) bonds->pair = cuxas_new(err, cluster->n_atom, cluster->n_atom * sizeof *bonds->pair);
  if (bonds == NULL || list == NULL || length_bohr == NULL || bonds->pair == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  bonds->n_atom = cluster->n_atom;
  if ((status = fill_bonds(cluster, bonds, list, n_bond, length_bohr, err)) != CUXAS_OK) goto done;
  *ret_bonds = bonds;
  bonds      = NULL;
done:
  cuxas_bonds_free(bonds);
  free(list);
  free(length_bohr);
  return status;
}

void cuxas_bonds_free(cuxas_bonds *bonds)
{
  if (bonds == NULL) return;
  free(bonds->pair);
  free(bonds->length_of);
  free(bonds->term);
  free(bonds->factor);
  free(bonds->length_bohr);
  free(bonds);
}

/* ---- one wave number -------------------------------------------------------------------------------------------- */

/* The recurrence upwards is stable: h grows with l. */
void cuxas_hankel(double complex x, double complex ret_ih[2 * CUXAS_L_MAX + 1])
{
  const double complex inverse = 1.0 / x;
  ret_ih[0]                    = cexp(I * x) * inverse; /* h_0 = exp(ix) / ix */
  ret_ih[1]                    = ret_ih[0] * (inverse - I);
  for (int l = 1; l < 2 * CUXAS_L_MAX; l++) ret_ih[l + 1] = (2.0 * l + 1.0) * inverse * ret_ih[l] - ret_ih[l - 1];
}

typedef float lanes __attribute__((vector_size(4 * CUXAS_LANES), aligned(4)));

/* i h_l of CUXAS_LANES bonds; of fewer at the end, and 0. */
static void fill_hankel(const cuxas_bonds *bonds, size_t first, double complex wave_number,
                        lanes ret_real[2 * CUXAS_L_MAX + 1], lanes ret_imag[2 * CUXAS_L_MAX + 1])
{
  for (size_t v = 0; v < CUXAS_LANES; v++) {
    double complex ih[2 * CUXAS_L_MAX + 1] = {0.0};
    if (first + v < bonds->n_vector) cuxas_hankel(wave_number * bonds->length_bohr[bonds->length_of[first + v]], ih);
    for (int l = 0; l <= 2 * CUXAS_L_MAX; l++) {
      ret_real[l][v] = (float)creal(ih[l]);
      ret_imag[l][v] = (float)cimag(ih[l]);
    }
  }
}

/* G_L'L of CUXAS_LANES bonds at a time. Terms are sorted by L', L. */
CUXAS_STATIC_CLONES("avx2", "default")
static void propagate(const cuxas_bonds *bonds, double complex wave_number, size_t n_wave, float *ret_propagator)
{
  for (size_t first = 0; first < bonds->n_vector; first += CUXAS_LANES) {
    const size_t      n      = bonds->n_vector - first < CUXAS_LANES ? bonds->n_vector - first : CUXAS_LANES;
    const lanes      *factor = (const lanes *)(const void *)(bonds->factor + first * bonds->n_term);
    const cuxas_term *term = bonds->term, *end = bonds->term + bonds->n_term;
    float            *out = ret_propagator + first * CUXAS_PROPAGATOR;
    lanes             real[2 * CUXAS_L_MAX + 1], imag[2 * CUXAS_L_MAX + 1];
    fill_hankel(bonds, first, wave_number, real, imag);
    for (size_t i = 0, l_i = 0; i < n_wave; i++) {
      if (i == (l_i + 1) * (l_i + 1)) l_i++;
      for (size_t j = 0, l_j = 0; j <= i; j++) {
        lanes sum_real = {0}, sum_imag = {0};
        if (j == (l_j + 1) * (l_j + 1)) l_j++;
        for (; term < end && term->first == i && term->second == j; term++, factor++) {
          sum_real += *factor * real[term->l_bond];
          sum_imag += *factor * imag[term->l_bond];
        }
        const float sign = (l_i + l_j) % 2 == 0 ? 1.0f : -1.0f;
        for (size_t v = 0; v < n; v++) {
          float *own                                        = out + v * CUXAS_PROPAGATOR;
          own[i * CUXAS_N_LM + j]                           = sum_real[v];
          own[CUXAS_N_LM * CUXAS_N_LM + i * CUXAS_N_LM + j] = sum_imag[v];
          own[j * CUXAS_N_LM + i]                           = sign * sum_real[v];
          own[CUXAS_N_LM * CUXAS_N_LM + j * CUXAS_N_LM + i] = sign * sum_imag[v];
        }
      }
    }
  }
}

void cuxas_bonds_propagate(const cuxas_bonds *bonds, double complex wave_number, size_t n_wave, float *ret_propagator)
{
  propagate(bonds, wave_number, n_wave, ret_propagator);
}
