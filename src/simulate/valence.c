/* valence.c - where the valence electrons are, by a path of energies and the Green function of one sphere along it; and how the
 * absorber's respond to a core hole
 *
 * Contents: the path - Green functions - the response - the hole - plausibility */
#include "simulate/valence_priv.h"

#include "base/elements.h"
#include "base/memory.h"
#include "base/units.h"
#include "simulate/edge_priv.h"
#include "simulate/multiple_scattering_priv.h"
#include "simulate/photoelectron_priv.h"
#include "simulate/scf_priv.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

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

#define RADIUS_A 4.0      /* atoms within scatter */
#define BEYOND 0.3        /* of log r: so far beyond the Norman radius electrons respond */
#define MIN_CHARGE (-0.1) /* electrons that may screen the missing one */
#define MAX_CHARGE 2.0
enum { N_CONTOUR = 20, STRIDE = 2 }; /* every second point of the waves' mesh */

struct cuxas_screening {
  size_t  n_point;
  double  norman_radius_bohr;
  double *r;      /* (n_point) rising, bohr */
  double *weight; /* (n_point) sum of weight f: integral of f dr */
  double *chi0;   /* (n_point, n_point) */
};

/* ---- the response ----------------------------------------------------------------------------------------------- */

typedef struct {
  double complex energy[N_CONTOUR], weight[N_CONTOUR];
} contour;

/* One energy's part: the upper triangle. */
static void add_energy(const cuxas_wave_sphere *sphere, const cuxas_photoelectron *electron, size_t e,
                       const double complex *g, double complex weight, size_t first, cuxas_screening *io)
{
  double complex       regular[CUXAS_N_L][CUXAS_VALENCE_POINTS], outgoing[CUXAS_N_L][CUXAS_VALENCE_POINTS];
  const double complex k      = electron->wave_number[e],
                       *phase = electron->phase_shift + e * electron->n_scatterer * CUXAS_N_L;
  const size_t n              = io->n_point;
  cuxas_valence_waves(sphere, electron->energy_hartree[e], k, phase, regular, outgoing);
  for (int l = 0; l < CUXAS_N_L; l++) {
    const double complex factor = 2.0 * (2.0 * l + 1.0) * 4.0 * k * k * weight, ms = cexp(2.0 * I * phase[l]) * g[l];
    for (size_t j = 0; j < n; j++) {
      const size_t         at_j  = first + STRIDE * j;
      const double complex away  = I * outgoing[l][at_j] + ms * regular[l][at_j];
      const double complex there = factor * away * away;
      for (size_t i = 0; i <= j; i++) {
        const double complex here = regular[l][first + STRIDE * i];
        io->chi0[i * n + j] -= cimag(there * here * here) / PI;
      }
    }
  }
}

static cuxas_status add_energies(const cuxas_cluster *cluster, const cuxas_muffin_tin *muffin_tin,
                                 const cuxas_wave_sphere *sphere, contour *path, size_t first, cuxas_screening *io,
                                 cuxas_error *err)
{
  static const _Bool      IS_WANTED[CUXAS_N_L] = {1, 1, 1, 1};
  const cuxas_energy_mesh mesh                 = {.n_energy = N_CONTOUR, .energy_hartree = path->energy};
  cuxas_photoelectron    *electron             = NULL;
  cuxas_scattering       *scattering           = NULL;
  cuxas_cluster           near                 = *cluster;
  double complex          g[N_CONTOUR * CUXAS_N_L];
  cuxas_status            status;

  near.n_atom = 0;
  while (near.n_atom < cluster->n_atom && cluster->atom[near.n_atom].distance_A <= RADIUS_A) near.n_atom++;
  if ((status = cuxas_photoelectron_new(muffin_tin, &mesh, NULL, &electron, err)) == CUXAS_OK &&
      (status = cuxas_scattering_new(&near, &scattering, err)) == CUXAS_OK &&
      (status = cuxas_scattering_run(scattering, electron, IS_WANTED, g, NULL, err)) == CUXAS_OK)
    for (size_t e = 0; e < N_CONTOUR; e++)
      add_energy(sphere, electron, e, g + e * CUXAS_N_L, path->weight[e], first, io);
  for (size_t i = 0; i < io->n_point; i++)
    for (size_t j = 0; j < i; j++) io->chi0[i * io->n_point + j] = io->chi0[j * io->n_point + i];
  cuxas_photoelectron_free(electron);
  cuxas_scattering_free(scattering);
  return status;
}

/* Every STRIDE-th point of the waves' mesh, so that the sphere's surface is one of them. */
static cuxas_status set_mesh(const cuxas_wave_sphere *sphere, double norman_bohr, size_t *ret_first,
                             cuxas_screening *io, cuxas_error *err)
{
  const size_t n_valence = cuxas_valence_points(sphere), first = sphere->n_step % STRIDE;
  const double end = norman_bohr * exp(BEYOND);
  size_t       n   = 0;
  while (first + STRIDE * n < n_valence && cuxas_valence_r(sphere, first + STRIDE * n) <= end) n++;
  if (n < 4) return cuxas_fail(err, CUXAS_ERANGE, "a Norman radius of %g bohr makes no sense", norman_bohr);
  io->n_point            = n;
  io->norman_radius_bohr = norman_bohr;
  io->r                  = cuxas_new(err, n, sizeof *io->r);
  io->weight             = cuxas_new(err, n, sizeof *io->weight);
  io->chi0               = cuxas_new(err, n * n, sizeof *io->chi0);
  if (io->r == NULL || io->weight == NULL || io->chi0 == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++) {
    io->r[i]      = cuxas_valence_r(sphere, first + STRIDE * i);
    io->weight[i] = STRIDE * CUXAS_WAVE_STEP * io->r[i] * (i + 1 < n ? 1.0 : 0.5); /* n ~ r^2 at the first: no half */
  }
  *ret_first = first;
  return CUXAS_OK;
}

cuxas_status cuxas_screening_new(const cuxas_cluster *cluster, const cuxas_muffin_tin *muffin_tin, double core_hartree,
                                 cuxas_screening **ret_screening, cuxas_error *err)
{
  cuxas_status       status;
  contour            path;
  size_t             first     = 0;
  cuxas_screening   *screening = cuxas_new(err, 1, sizeof *screening);
  cuxas_wave_sphere *sphere    = cuxas_new(err, 1, sizeof *sphere);
  *ret_screening               = NULL;
  if (screening == NULL || sphere == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  if (!(core_hartree < muffin_tin->fermi_hartree)) {
    status = cuxas_fail(err, CUXAS_ERANGE, "valence electrons from %g to %g hartree", core_hartree,
                        muffin_tin->fermi_hartree);
    goto done;
  }
  if ((status = cuxas_wave_sphere_set(&muffin_tin->scatterer[0], sphere, err)) != CUXAS_OK ||
      (status = cuxas_contour_set(core_hartree, muffin_tin->fermi_hartree, 0.0, N_CONTOUR, path.energy, path.weight,
                                  err)) != CUXAS_OK ||
      (status = set_mesh(sphere, muffin_tin->scatterer[0].norman_radius_bohr, &first, screening, err)) != CUXAS_OK ||
      (status = add_energies(cluster, muffin_tin, sphere, &path, first, screening, err)) != CUXAS_OK)
    goto done;
  *ret_screening = screening;
  screening      = NULL;
done:
  cuxas_screening_free(screening);
  free(sphere);
  return status;
}

void cuxas_screening_free(cuxas_screening *screening)
{
  if (screening == NULL) return;
  free(screening->r);
  free(screening->weight);
  free(screening->chi0);
  free(screening);
}

/* ---- the hole --------------------------------------------------------------------------------------------------- */

/* The field of the missing electron: - integral of rho_core(r') / max(r, r') dr'. */
static void set_bare(const cuxas_orbital *core, double *ret_hartree)
{
  double density[CUXAS_RADIAL_POINTS], over_r[CUXAS_RADIAL_POINTS], inside[CUXAS_RADIAL_POINTS],
      outside[CUXAS_RADIAL_POINTS];
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) {
    density[k] = core->large[k] * core->large[k] + core->small[k] * core->small[k];
    over_r[k]  = density[k] / cuxas_radial_r(k);
  }
  cuxas_radial_cumulate(density, 2.0, inside);
  cuxas_radial_cumulate(over_r, 1.0, outside);
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++)
    ret_hartree[k] = -inside[k] / cuxas_radial_r(k) - outside[CUXAS_RADIAL_POINTS - 1] + outside[k];
}

/* 1 - v chi0 on the points, column by column; 1 / max(r, r') by two running sums. */
static void set_matrix(const cuxas_screening *s, double *ret_matrix)
{
  const size_t n = s->n_point;
  for (size_t j = 0; j < n; j++) {
    double inside = 0.0, outside = 0.0;
    for (size_t k = 0; k < n; k++) outside += s->weight[k] * s->chi0[k * n + j] / s->r[k];
    for (size_t i = 0; i < n; i++) {
      const double part = s->weight[i] * s->chi0[i * n + j];
      inside += part;
      outside -= part / s->r[i];
      ret_matrix[i * n + j] = (i == j) - (inside / s->r[i] + outside) * s->weight[j];
    }
  }
}

/* A table on the points at radius r, cubic in log r; its first value inside, 0 beyond the last. */
static double value_at(const cuxas_screening *s, const double *table, double r_bohr)
{
  const double x = log(r_bohr / s->r[0]) / (STRIDE * CUXAS_WAVE_STEP);
  if (x <= 0.0) return table[0];
  if (x > (double)(s->n_point - 1)) return 0.0;
  const double  first = fmin(fmax(floor(x) - 1.0, 0.0), (double)s->n_point - 4.0);
  const double *f     = table + (size_t)first;
  const double  t     = x - first;
  return -f[0] * (t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0 + f[1] * t * (t - 2.0) * (t - 3.0) / 2.0 -
         f[2] * t * (t - 1.0) * (t - 3.0) / 2.0 + f[3] * t * (t - 1.0) * (t - 2.0) / 6.0;
}

void cuxas_screening_respond(const cuxas_screening *screening, const double *potential_hartree, double *ret_shell)
{
  const size_t n = screening->n_point;
  double       shifted[CUXAS_VALENCE_POINTS];
  for (size_t i = 0; i < n; i++) shifted[i] = 0.0;
  for (size_t j = 0; j < n; j++) {
    const double part = screening->weight[j] * cuxas_radial_at(potential_hartree, screening->r[j]);
    for (size_t i = 0; i < n; i++) shifted[i] += screening->chi0[i * n + j] * part;
  }
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++) ret_shell[k] = value_at(screening, shifted, cuxas_radial_r(k));
}

/* Solves matrix x = right; false: there is no solution, or it is not finite. */
static bool solve(size_t n, double *matrix, double *right, gsl_permutation *order, double *ret_x)
{
  int             sign;
  gsl_matrix_view a = gsl_matrix_view_array(matrix, n, n);
  gsl_vector_view b = gsl_vector_view_array(right, n), x = gsl_vector_view_array(ret_x, n);
  gsl_linalg_LU_decomp(&a.matrix, order, &sign);
  for (size_t i = 0; i < n; i++)
    if (!(fabs(matrix[i * n + i]) > 0.0)) return false;
  gsl_linalg_LU_solve(&a.matrix, order, &b.vector, &x.vector);
  for (size_t i = 0; i < n; i++)
    if (!isfinite(ret_x[i])) return false;
  return true;
}

/* Electrons within the Norman radius. */
static double count_electrons(const cuxas_screening *screening, const double *shell)
{
  double inside[CUXAS_RADIAL_POINTS];
  cuxas_radial_cumulate(shell, 2.0, inside);
  return cuxas_radial_at(inside, screening->norman_radius_bohr);
}

cuxas_status cuxas_screening_solve(const cuxas_screening *screening, const cuxas_orbital *core,
                                   cuxas_core_hole *ret_hole, cuxas_error *err)
{
  const size_t     n      = screening->n_point;
  cuxas_status     status = CUXAS_OK;
  double           shell[CUXAS_RADIAL_POINTS];
  double          *matrix = cuxas_new(err, n * n, sizeof *matrix);
  double          *bare   = cuxas_new(err, n, sizeof *bare);
  double          *w      = cuxas_new(err, n, sizeof *w);
  gsl_permutation *order  = gsl_permutation_alloc(n);
  if (matrix == NULL || bare == NULL || w == NULL || order == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  set_bare(core, ret_hole->bare_hartree);
  for (size_t i = 0; i < n; i++) bare[i] = cuxas_radial_at(ret_hole->bare_hartree, screening->r[i]);
  set_matrix(screening, matrix);
  if (!solve(n, matrix, bare, order, w)) {
    status = cuxas_fail(err, CUXAS_ENUMERIC, "the response to a core hole is not a finite number");
    goto done;
  }
  for (size_t k = 0; k < CUXAS_RADIAL_POINTS; k++)
    ret_hole->screened_hartree[k] = value_at(screening, w, cuxas_radial_r(k));
  cuxas_screening_respond(screening, ret_hole->screened_hartree, shell);
  ret_hole->charge = count_electrons(screening, shell);
  if (!(ret_hole->charge > MIN_CHARGE && ret_hole->charge < MAX_CHARGE))
    status = cuxas_fail(err, CUXAS_ENUMERIC, "the response to a core hole is not plausible: %.2g electrons come",
                        ret_hole->charge);
done:
  free(matrix);
  free(bare);
  free(w);
  gsl_permutation_free(order);
  return status;
}

/* ---- plausibility: is this what a crystal's electrons do? -------------------------------------------------------- */

#define MAX_FERMI 0.01     /* hartree, and */
#define MAX_MISPLACED 0.05 /* electrons: what may still move when the last iteration is over */
#define MAX_TRANSFER 2.0 /* electrons that a sphere may gain or lose; of 199 sites FEFF lets no copper lose over 0.9 */
#define MAX_ANION 0.5    /* electrons that the most electronegative element may lose */
#define MAX_LOST 1.0     /* electrons that a closed shell may lack */

static const char *symbol_of(int atomic_number)
{
  return cuxas_element_find(atomic_number)->symbol;
}

/* The most electronegative element, when it is one that makes anions: groups 15 to 17. */
static int find_anion(const int *atomic_number, size_t n)
{
  const cuxas_element *best = cuxas_element_find(atomic_number[0]);
  for (size_t i = 1; i < n; i++) {
    const cuxas_element *other = cuxas_element_find(atomic_number[i]);
    if (other->electronegativity > best->electronegativity) best = other;
  }
  return best->group >= 15 && best->group <= 17 ? cuxas_element_number(best->symbol) : 0;
}

int cuxas_scf_lost_shell(const cuxas_scf_report *report, size_t i_scatterer)
{
  for (int l = 0; l < CUXAS_N_L; l++)
    if (report->electrons[i_scatterer][l] < report->closed[i_scatterer][l] - MAX_LOST) return l;
  return -1;
}

cuxas_status cuxas_scf_check(const cuxas_scf_report *report, const int *atomic_number, size_t n_scatterer,
                             cuxas_error *err)
{
  const int anion = find_anion(atomic_number, n_scatterer);
  if (!(report->change_hartree < MAX_FERMI && report->change_electrons < MAX_MISPLACED))
    return cuxas_fail(err, CUXAS_ENUMERIC,
                      "potentials not self-consistent after %d iterations: Fermi level still moves by %.2g eV, charges "
                      "by %.2g",
                      report->n_iteration, report->change_hartree * CUXAS_HARTREE_EV, report->change_electrons);
  for (size_t i = 0; i < n_scatterer; i++) {
    const double gained = report->charge_transfer[i];
    const char  *symbol = symbol_of(atomic_number[i]);
    const int    lost   = cuxas_scf_lost_shell(report, i);
    if (!(fabs(gained) < MAX_TRANSFER))
      return cuxas_fail(err, CUXAS_ENUMERIC, "potentials not plausible: the sphere of %s gained %.2g electrons", symbol,
                        gained);
    if (atomic_number[i] == anion && gained < -MAX_ANION)
      return cuxas_fail(err, CUXAS_ENUMERIC, "potentials not plausible: the anion %s lost %.2g electrons", symbol,
                        -gained);
    if (lost >= 0)
      return cuxas_fail(err, CUXAS_ENUMERIC,
                        "potentials not plausible: the sphere of %s holds %.2g of %.0f electrons of its closed %c "
                        "shells",
                        symbol, report->electrons[i][lost], report->closed[i][lost], "spdf"[lost]);
  }
  return CUXAS_OK;
}
