/* Integrals over the sphere are sums over Gauss-Legendre points in cos theta and equidistant ones in phi, exact up to
 * degree 15, while three harmonics have at most degree 4 CUXAS_L_MAX = 12. */
#include "simulate/harmonics_priv.h"

#include "base/memory.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>

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
  if (table == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "harmonics: no memory");
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
  *ret_gaunt   = cuxas_new_array((size_t)CUXAS_N_LM * CUXAS_N_LM * CUXAS_N_LM_BOND / 2, sizeof **ret_gaunt);
  *ret_n_gaunt = 0;
  y            = cuxas_new_array(N_NODE, sizeof *y);
  if (*ret_gaunt == NULL || y == NULL) {
    free(*ret_gaunt);
    free(y);
    *ret_gaunt = NULL;
    return cuxas_fail(err, CUXAS_ENOMEM, "harmonics: no memory for integrals");
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
