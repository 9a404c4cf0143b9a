/* valence.c - the path of energies and the Green function of one sphere along it: where the valence electrons are */
#include "simulate/valence_priv.h"

#include "base/memory.h"
#include "simulate/photoelectron_priv.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_integration.h>
#include <math.h>

#define PI 3.14159265358979323846

/* ----------------------------------------------------- the path ----------------------------------------------------- */

#define HEIGHT 0.6     /* of the ellipse, relative to its half width */
#define STEP_EDGE 12.0 /* thermal energies from the Fermi level where occupation is whole: exp(-12) is 6e-6 */

cuxas_status cuxas_contour_set(double from_hartree, double until_hartree, double end_hartree, size_t n_energy,
                               double complex *ret_energy, double complex *ret_weight, cuxas_error *err)
{
  gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(n_energy);
  if (table == NULL) return cuxas_no_memory(err);
  const double middle = 0.5 * (from_hartree + until_hartree), half = 0.5 * (until_hartree - from_hartree);
  for (size_t i = 0; i < n_energy; i++) {
    double angle, weight;
    gsl_integration_glfixed_point(0.0, PI, i, &angle, &weight, table);
    ret_energy[i] =
        middle - half * cos(angle) + I * (HEIGHT * half * sin(angle) + 0.5 * end_hartree * (1.0 - cos(angle)));
    ret_weight[i] = weight * (half * sin(angle) + I * (HEIGHT * half * cos(angle) + 0.5 * end_hartree * sin(angle)));
  }
  gsl_integration_glfixed_table_free(table);
  return CUXAS_OK;
}

/* Nodes and weights of Gauss's rule for integrals from -edge to edge with the Fermi function 1 / (1 + exp(x)) as weight:
 * Stieltjes' recursion on a fine mesh, then the eigenvectors of the Jacobi matrix (G. H. Golub, J. H. Welsch, Math. Comp.
 * 23, 221 (1969)). */
static cuxas_status find_step_rule(double edge, double ret_node[CUXAS_CONTOUR_STEP],
                                   double ret_weight[CUXAS_CONTOUR_STEP], cuxas_error *err)
{
  enum { N = CUXAS_CONTOUR_STEP, N_FINE = 800 };
  cuxas_status               status = CUXAS_OK;
  gsl_matrix                *jacobi = gsl_matrix_calloc(N, N), *vector = gsl_matrix_alloc(N, N);
  gsl_vector                *value          = gsl_vector_alloc(N);
  gsl_eigen_symmv_workspace *work           = gsl_eigen_symmv_alloc(N);
  double                     before[N_FINE] = {0.0}, here[N_FINE], last = 0.0, total = 0.0;
  if (jacobi == NULL || vector == NULL || value == NULL || work == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  for (int i = 0; i < N_FINE; i++) here[i] = 1.0;
  for (size_t k = 0; k < N; k++) {
    double norm = 0.0, first = 0.0;
    for (int i = 0; i < N_FINE; i++) {
      const double x = edge * ((2.0 * i + 1.0) / N_FINE - 1.0), w = here[i] * here[i] / (1.0 + exp(x));
      norm += w;
      first += x * w;
    }
    if (k == 0) total = norm * 2.0 * edge / N_FINE;
    const double beta = k > 0 ? norm / last : 0.0;
    gsl_matrix_set(jacobi, k, k, first / norm);
    if (k > 0) gsl_matrix_set(jacobi, k, k - 1, sqrt(beta));
    for (int i = 0; i < N_FINE; i++) {
      const double x    = edge * ((2.0 * i + 1.0) / N_FINE - 1.0);
      const double next = (x - first / norm) * here[i] - beta * before[i];
      before[i]         = here[i];
      here[i]           = next;
    }
    last = norm;
  }
  gsl_eigen_symmv(jacobi, value, vector, work);
  gsl_eigen_symmv_sort(value, vector, GSL_EIGEN_SORT_VAL_ASC);
  for (size_t k = 0; k < N; k++) {
    ret_node[k]   = gsl_vector_get(value, k);
    ret_weight[k] = total * gsl_matrix_get(vector, 0, k) * gsl_matrix_get(vector, 0, k);
  }
done:
  if (jacobi != NULL) gsl_matrix_free(jacobi);
  if (vector != NULL) gsl_matrix_free(vector);
  if (value != NULL) gsl_vector_free(value);
  if (work != NULL) gsl_eigen_symmv_free(work);
  return status;
}

cuxas_status cuxas_contour_set_warm(double from_hartree, double fermi_hartree, double warmth_hartree, size_t n_path,
                                    double complex ret_energy[CUXAS_CONTOUR_WARM],
                                    double complex ret_weight[CUXAS_CONTOUR_WARM], cuxas_error *err)
{
  const size_t first_step = CUXAS_CONTOUR_POLES + n_path;
  const double height     = 2.0 * PI * warmth_hartree * CUXAS_CONTOUR_POLES; /* between two poles: f is real there */
  double       node[CUXAS_CONTOUR_STEP], weight[CUXAS_CONTOUR_STEP];
  cuxas_status status = find_step_rule(STEP_EDGE, node, weight, err);
  if (status != CUXAS_OK ||
      (status = cuxas_contour_set(from_hartree, fermi_hartree - STEP_EDGE * warmth_hartree, height, n_path,
                                  ret_energy + CUXAS_CONTOUR_POLES, ret_weight + CUXAS_CONTOUR_POLES, err)) != CUXAS_OK)
    return status;
  for (int i = 0; i < CUXAS_CONTOUR_POLES; i++) {
    ret_energy[i] = fermi_hartree + I * PI * warmth_hartree * (2.0 * i + 1.0);
    ret_weight[i] = -2.0 * PI * I * warmth_hartree;
  }
  for (size_t i = 0; i < CUXAS_CONTOUR_STEP; i++) {
    ret_energy[first_step + i] = fermi_hartree + warmth_hartree * node[i] + I * height;
    ret_weight[first_step + i] = warmth_hartree * weight[i];
  }
  return CUXAS_OK;
}

/* ------------------------------------------------- Green functions -------------------------------------------------- */

size_t cuxas_valence_points(const cuxas_wave_sphere *sphere)
{
  return sphere->n_step + 1 + CUXAS_VALENCE_OUTSIDE;
}

double cuxas_valence_r(const cuxas_wave_sphere *sphere, size_t i_point)
{
  return sphere->radius_bohr * exp(CUXAS_WAVE_STEP * ((double)i_point - (double)sphere->n_step));
}

void cuxas_valence_waves(const cuxas_wave_sphere *sphere, double complex energy_hartree, double complex wave_number,
                         const double complex *phase_shift, double complex (*ret_regular)[CUXAS_VALENCE_POINTS],
                         double complex (*ret_outgoing)[CUXAS_VALENCE_POINTS])
{
  const size_t             n = sphere->n_step, n_point = cuxas_valence_points(sphere);
  const double             radius             = sphere->radius_bohr;
  const cuxas_wave_channel channel[CUXAS_N_L] = {cuxas_wave_scalar(0), cuxas_wave_scalar(1), cuxas_wave_scalar(2),
                                                 cuxas_wave_scalar(3)};
  cuxas_wave_field         field;
  double complex           out[CUXAS_N_L], out_slope[CUXAS_N_L], in[CUXAS_N_L], in_slope[CUXAS_N_L];
  double complex           log_slope[CUXAS_N_L], value[CUXAS_N_L], slope[CUXAS_N_L];

  cuxas_wave_field_set(sphere, energy_hartree, NULL, &field);
  cuxas_spherical_hankel(wave_number * radius, CUXAS_L_MAX, out, out_slope, in, in_slope);
  cuxas_wave_regular(&field, channel, CUXAS_N_L, ret_regular[0], CUXAS_VALENCE_POINTS, log_slope);
  for (int l = 0; l < CUXAS_N_L; l++) {
    const double complex turn  = cexp(I * phase_shift[l]);
    const double complex scale = 0.5 * radius * (turn * out[l] + in[l] / turn) / ret_regular[l][n];
    for (size_t i = 0; i <= n; i++) ret_regular[l][i] *= scale;
    value[l] = turn * radius * out[l];
    slope[l] = turn * (out[l] + radius * wave_number * out_slope[l]);
  }
  cuxas_wave_inward(&field, channel, CUXAS_N_L, value, slope, ret_outgoing[0], CUXAS_VALENCE_POINTS);
  for (size_t i = n + 1; i < n_point; i++) {
    const double r = cuxas_valence_r(sphere, i);
    cuxas_spherical_hankel(wave_number * r, CUXAS_L_MAX, out, out_slope, in, in_slope);
    for (int l = 0; l < CUXAS_N_L; l++) {
      const double complex turn = cexp(I * phase_shift[l]);
      ret_regular[l][i]         = 0.5 * r * (turn * out[l] + in[l] / turn);
      ret_outgoing[l][i]        = turn * r * out[l];
    }
  }
}

void cuxas_valence_green(const cuxas_wave_sphere *sphere, double complex energy_hartree, double complex wave_number,
                         const double complex *phase_shift, const double complex *g,
                         double complex (*ret_green)[CUXAS_VALENCE_POINTS])
{
  double complex regular[CUXAS_N_L][CUXAS_VALENCE_POINTS];
  cuxas_valence_waves(sphere, energy_hartree, wave_number, phase_shift, regular, ret_green);
  for (int l = 0; l < CUXAS_N_L; l++) {
    const double complex factor = -4.0 * (2.0 * l + 1.0) * wave_number, ms = cexp(2.0 * I * phase_shift[l]) * g[l];
    for (size_t i = 0; i < cuxas_valence_points(sphere); i++) {
      const double complex p = regular[l][i];
      ret_green[l][i]        = factor * p * (I * ret_green[l][i] + ms * p);
    }
  }
}

double cuxas_valence_at(const cuxas_wave_sphere *sphere, const double *table, double r_bohr)
{
  const double n = (double)cuxas_valence_points(sphere);
  const double x = log(r_bohr / sphere->radius_bohr) / CUXAS_WAVE_STEP + (double)sphere->n_step;
  if (x <= 0.0) return table[0];
  const double  first = fmin(fmax(floor(x) - 1.0, 0.0), n - 4.0);
  const double *f     = table + (size_t)first;
  const double  t     = x - first;
  return -f[0] * (t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0 + f[1] * t * (t - 2.0) * (t - 3.0) / 2.0 -
         f[2] * t * (t - 1.0) * (t - 3.0) / 2.0 + f[3] * t * (t - 1.0) * (t - 2.0) / 6.0;
}

double cuxas_valence_integrate(const cuxas_wave_sphere *sphere, const double *table, double radius_bohr)
{
  const double first = cuxas_valence_r(sphere, 0);
  double       sum   = table[0] * first / 3.0; /* f ~ r^2 inside the first point */
  size_t       i     = 0;
  for (; i + 1 < cuxas_valence_points(sphere) && cuxas_valence_r(sphere, i + 1) <= radius_bohr; i++)
    sum +=
        0.5 * CUXAS_WAVE_STEP * (table[i] * cuxas_valence_r(sphere, i) + table[i + 1] * cuxas_valence_r(sphere, i + 1));
  const double left = cuxas_valence_r(sphere, i);
  return sum +
         0.5 * log(radius_bohr / left) * (table[i] * left + cuxas_valence_at(sphere, table, radius_bohr) * radius_bohr);
}
