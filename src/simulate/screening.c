/* screening.c - the absorber's valence electrons around a core hole */
#include "simulate/edge_priv.h"

#include "base/memory.h"
#include "simulate/valence_priv.h"
#include "simulate/multiple_scattering_priv.h"
#include "base/units.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define PI 3.14159265358979323846
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
