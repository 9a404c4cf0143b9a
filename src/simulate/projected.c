/* projected.c - a core hole that may only mix states above the Fermi level
 *
 * Contents: waves - the cut at the Fermi level - the hole - spectrum */
#include "base/memory.h"
#include "base/units.h"
#include "simulate/edge_priv.h"

#include <f77blas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STRIDE = 2 }; /* of the sphere's steps of log r every second: 96 radii in copper */

#define PI 3.14159265358979323846
#define FIRST_BOHR 0.02   /* within, neither the core orbital nor the hole's field matters */
#define SAME_CHANNEL 1e-4 /* channels whose g differ by less are computed once */

/* Everything about one edge; its waves in one of the potentials. */
typedef struct {
  const cuxas_projection  *of;
  const cuxas_energy_mesh *mesh;
  size_t                   n_energy;    /* from the Fermi level on: along the line, */
  size_t                   n_line;      /* so many, and upwards */
  size_t                   n_point;     /* radii */
  double                  *radial;      /* (n_point) W times the radius' weight */
  double                  *core;        /* (n_point) r P_c times the radius' weight */
  double complex          *regular;     /* (n_energy, n_point) */
  double complex          *outgoing;    /* (n_energy, n_point) times exp(i delta) */
  double complex          *wave_number; /* (n_energy) */
  double complex          *turn;        /* (n_energy) exp(2 i delta) */
  size_t                   n_omega;
  double                  *omega;  /* (n_omega) hartree, rising */
  double                  *before; /* (n_omega) imaginary part of the matrix element, mean over parts, */
  double                  *change; /* (n_omega) and what the hole adds to it */
} work;

/* ---- waves ------------------------------------------------------------------------------------------------------ */

/* The first part that is as this one. */
static size_t find_twin(const work *w, size_t c)
{
  const cuxas_d_part *part = w->of->parts->part;
  for (size_t d = 0; d < c; d++) {
    double most = 0.0, largest = 0.0;
    for (size_t e = w->mesh->i_fermi; e < w->mesh->n_energy; e++) {
      most    = fmax(most, cabs(part[c].g[e] - part[d].g[e]));
      largest = fmax(largest, cabs(part[c].g[e]));
    }
    if (part[c].i_potential == part[d].i_potential && most <= SAME_CHANNEL * largest) return d;
  }
  return c;
}

static size_t first_radius(const cuxas_wave_sphere *sphere)
{
  size_t first = sphere->n_step % STRIDE;
  while (first < sphere->n_step && sphere->r[2 * first] <= FIRST_BOHR) first += STRIDE;
  return first;
}

static cuxas_status make_room(const cuxas_wave_sphere *sphere, work *w, cuxas_error *err)
{
  w->n_point     = (sphere->n_step - first_radius(sphere)) / STRIDE + 1;
  w->n_energy    = w->mesh->n_energy - w->mesh->i_fermi;
  w->n_line      = w->mesh->n_spectrum - w->mesh->i_fermi;
  w->n_omega     = CUXAS_EDGE_BELOW + w->n_line;
  w->radial      = cuxas_new(err, w->n_point, sizeof *w->radial);
  w->core        = cuxas_new(err, w->n_point, sizeof *w->core);
  w->regular     = cuxas_new(err, w->n_energy, w->n_point * sizeof *w->regular);
  w->outgoing    = cuxas_new(err, w->n_energy, w->n_point * sizeof *w->outgoing);
  w->wave_number = cuxas_new(err, w->n_energy, sizeof *w->wave_number);
  w->turn        = cuxas_new(err, w->n_energy, sizeof *w->turn);
  w->omega       = cuxas_new(err, w->n_omega, sizeof *w->omega);
  w->before      = cuxas_new(err, w->n_omega, sizeof *w->before);
  w->change      = cuxas_new(err, w->n_omega, sizeof *w->change);
  if (w->radial != NULL && w->core != NULL && w->regular != NULL && w->outgoing != NULL && w->wave_number != NULL &&
      w->turn != NULL && w->omega != NULL && w->before != NULL && w->change != NULL)
    return CUXAS_OK;
  return cuxas_no_memory(err);
}

static void free_room(work *w)
{
  free(w->radial);
  free(w->core);
  free(w->regular);
  free(w->outgoing);
  free(w->wave_number);
  free(w->turn);
  free(w->omega);
  free(w->before);
  free(w->change);
}

static cuxas_status set_waves(work *w, size_t i_potential, cuxas_error *err)
{
  const cuxas_muffin_tin *muffin_tin = w->of->parts->potential[i_potential];
  double                  core_r2[CUXAS_WAVE_STEPS + 1];
  cuxas_status            status = CUXAS_OK;
  cuxas_wave_sphere      *sphere = cuxas_new(err, 1, sizeof *sphere);
  if (sphere == NULL) return CUXAS_ENOMEM;
  if ((status = cuxas_wave_sphere_set(&muffin_tin->scatterer[0], sphere, err)) != CUXAS_OK ||
      (w->radial == NULL && (status = make_room(sphere, w, err)) != CUXAS_OK))
    goto done;
  const size_t first = first_radius(sphere);
  cuxas_absorption_core(sphere, w->of->core, core_r2);
  for (size_t j = 0; j < w->n_point; j++) {
    const size_t i    = first + STRIDE * j;
    const double r    = sphere->r[2 * i];
    const double step = STRIDE * CUXAS_WAVE_STEP * (j + 1 < w->n_point ? 1.0 : 0.5); /* of log r */
    w->core[j]        = core_r2[i] * step;
    w->radial[j]      = cuxas_wave_interpolate(w->of->hole_hartree, CUXAS_RADIAL_POINTS - 1, r) * r * step;
  }
#pragma omp parallel for schedule(dynamic)
  for (size_t e = 0; e < w->n_energy; e++) {
    const double complex energy = w->mesh->energy_hartree[w->mesh->i_fermi + e];
    double complex       regular[CUXAS_WAVE_STEPS + 1], outgoing[CUXAS_WAVE_STEPS + 1];
    cuxas_wave_field     field;
    cuxas_wave_field_set(sphere, energy, NULL, &field);
    w->wave_number[e] = cuxas_free_wave_number(energy - muffin_tin->interstitial_hartree);
    const double complex turn =
        cuxas_absorption_waves(&field, w->of->parts->kappa, w->wave_number[e], regular, outgoing);
    w->turn[e] = turn * turn;
    for (size_t j = 0; j < w->n_point; j++) {
      w->regular[e * w->n_point + j]  = regular[first + STRIDE * j];
      w->outgoing[e * w->n_point + j] = outgoing[first + STRIDE * j];
    }
  }
  cuxas_edge_below(w->mesh, w->omega);
  for (size_t e = 0; e < w->n_line; e++)
    w->omega[CUXAS_EDGE_BELOW + e] = creal(w->mesh->energy_hartree[w->mesh->i_fermi + e]);
done:
  free(sphere);
  return status;
}

static size_t n_packed(size_t n)
{
  return n * (n + 1) / 2;
}

/* -G of one channel at one energy: its upper triangle, column by column. */
static void set_green(const work *w, const double complex *g, size_t e, double complex *ret_green)
{
  const double complex *p = w->regular + e * w->n_point, *h = w->outgoing + e * w->n_point;
  const double complex  k2 = 2.0 * w->wave_number[e], echo = w->turn[e] * g[e];
  for (size_t j = 0; j < w->n_point; j++) {
    const double complex there = k2 * (I * h[j] + echo * p[j]);
    for (size_t i = 0; i <= j; i++) *ret_green++ = p[i] * there;
  }
}

/* ---- the cut at the Fermi level --------------------------------------------------------------------------------- */

/* Weights of the energies above the Fermi level in the integral of f / (E - pole): linear from one to the next, from the Fermi
 * level, where f continues the two lowest, to the last, beyond which f falls as one over the height. */
static void set_weights(const work *w, double complex pole, double complex *ret_weight)
{
  const double complex *up   = w->mesh->energy_hartree + w->mesh->n_spectrum;
  const size_t          n    = w->n_energy - w->n_line;
  double complex        from = w->mesh->fermi_hartree, at_from = 0.0;
  for (size_t j = 0; j < n; j++) ret_weight[j] = 0.0;
  for (size_t j = 0; j < n; j++) {
    const double complex a = from - pole, b = up[j] - pole, step = up[j] - from;
    double complex       logarithm = clog(b / a);
    if (fabs(creal(a)) < 1e-12 && cimag(a) * cimag(b) < 0.0) logarithm = creal(logarithm); /* as in edge.c */
    const double complex part = (pole - from) / step * logarithm + 1.0;
    if (j == 0)
      at_from = logarithm - part;
    else
      ret_weight[j - 1] += logarithm - part;
    ret_weight[j] += part;
    from = up[j];
  }
  const double complex ratio = I * (pole - w->mesh->fermi_hartree) / cimag(up[n - 1]);
  ret_weight[n - 1] += cabs(ratio) > 1e-6 ? clog(1.0 + ratio) / ratio : 1.0;
  const double lower = cimag(up[0]) / (cimag(up[1]) - cimag(up[0]));
  ret_weight[0] += (1.0 + lower) * at_from;
  ret_weight[1] -= lower * at_from;
}

/* Rows of ret_cut: -G of the states above the Fermi level at every omega + i gamma. */
static cuxas_status cut(const work *w, const double complex *g, double complex *ret_cut, cuxas_error *err)
{
  char            plain  = 'N';
  double          one[2] = {1.0, 0.0}, zero[2] = {0.0, 0.0};
  const size_t    n = w->n_energy - w->n_line, n_pair = n_packed(w->n_point);
  cuxas_status    status = CUXAS_OK;
  double complex *green  = cuxas_new(err, n, n_pair * sizeof *green);
  double complex *weight = cuxas_new(err, w->n_omega, n * sizeof *weight);
  if (green == NULL || weight == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  for (size_t j = 0; j < n; j++) set_green(w, g, w->n_line + j, green + j * n_pair);
  blasint n_pairs = (blasint)n_pair, n_omega = (blasint)w->n_omega, n_above = (blasint)n;
  /* the integral with the pole below, then its conjugate, and that with the pole above added */
  for (int sign = -1; sign <= 1; sign += 2) {
    for (size_t o = 0; o < w->n_omega; o++) {
      set_weights(w, w->omega[o] + I * (double)sign * w->mesh->half_width_hartree, weight + o * n);
      for (size_t j = 0; j < n; j++) weight[o * n + j] /= 2.0 * PI * I;
    }
    BLASFUNC(zgemm)
    (&plain, &plain, &n_pairs, &n_omega, &n_above, one, (double *)green, &n_pairs, (double *)weight, &n_above,
     sign < 0 ? zero : one, (double *)ret_cut, &n_pairs);
    if (sign < 0) /* - conj(x) / (2 pi i) = conj(x / (2 pi i)) */
      for (size_t i = 0; i < w->n_omega * n_pair; i++) ret_cut[i] = conj(ret_cut[i]);
  }
  for (size_t e = 0; e < w->n_line; e++) { /* the pole that was passed */
    double complex *row = ret_cut + (CUXAS_EDGE_BELOW + e) * n_pair;
    set_green(w, g, e, green);
    for (size_t i = 0; i < n_pair; i++) row[i] += (e == 0 ? 0.5 : 1.0) * green[i];
  }
done:
  free(green);
  free(weight);
  return status;
}

/* ---- the hole --------------------------------------------------------------------------------------------------- */

/* Im of c^T ((1 + G W)^-1 - 1) G c for one packed G (which is -G of the theory). */
static bool attract(const work *w, const double complex *green, double complex *matrix, double complex *x,
                    blasint *pivot, double *ret_before, double *ret_change)
{
  const size_t   n  = w->n_point;
  blasint        nn = (blasint)n, one = 1, info = 0;
  double complex before = 0.0, after = 0.0;
  for (size_t i = 0; i < n; i++) x[i] = 0.0;
  for (size_t j = 0; j < n; j++)
    for (size_t i = 0; i <= j; i++, green++) {
      matrix[j * n + i] = *green * w->radial[j];
      matrix[i * n + j] = *green * w->radial[i];
      x[i] += *green * w->core[j];
      if (i != j) x[j] += *green * w->core[i];
    }
  for (size_t i = 0; i < n; i++) {
    matrix[i * n + i] += 1.0;
    before += w->core[i] * x[i];
  }
  BLASFUNC(zgesv)(&nn, &one, (double *)matrix, &nn, pivot, (double *)x, &nn, &info);
  for (size_t i = 0; i < n; i++) after += w->core[i] * x[i];
  *ret_before = cimag(before);
  *ret_change = cimag(after - before);
  return info == 0 && isfinite(*ret_change);
}

/* One part: the matrix element before, and what the hole adds. */
static cuxas_status attract_part(const work *w, const double complex *g, double complex *green, double *ret_before,
                                 double *ret_change, cuxas_error *err)
{
  const size_t       n = w->n_point, n_pair = n_packed(n);
  bool               is_finite = true;
  const cuxas_status status    = cut(w, g + w->mesh->i_fermi, green, err);
  if (status != CUXAS_OK) return status;
#pragma omp parallel reduction(&& : is_finite)
  {
    double complex *matrix = cuxas_new(NULL, n, n * sizeof *matrix), *x = cuxas_new(NULL, n, sizeof *x);
    blasint        *pivot = cuxas_new(NULL, n, sizeof *pivot);
#pragma omp for schedule(dynamic)
    for (size_t o = 0; o < w->n_omega; o++)
      is_finite = is_finite && matrix != NULL && x != NULL && pivot != NULL &&
                  attract(w, green + o * n_pair, matrix, x, pivot, &ret_before[o], &ret_change[o]);
    free(matrix);
    free(x);
    free(pivot);
  }
  return is_finite ? CUXAS_OK : cuxas_fail(err, CUXAS_ENUMERIC, "a core hole's attraction is not a finite number");
}

/* What the hole changes, averaged over the parts. */
static cuxas_status attract_all(work *w, cuxas_error *err)
{
  const cuxas_d_level *parts  = w->of->parts;
  const size_t         n      = w->n_omega;
  cuxas_status         status = CUXAS_OK;
  double complex      *green  = cuxas_new(err, n, n_packed(w->n_point) * sizeof *green);
  double              *before = cuxas_new(err, parts->n_part, n * sizeof *before);
  double              *change = cuxas_new(err, parts->n_part, n * sizeof *change);
  if (green == NULL || before == NULL || change == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  for (size_t p = 0; p < parts->n_potential; p++) {
    if (p > 0 && (status = set_waves(w, p, err)) != CUXAS_OK) goto done;
    for (size_t c = 0; c < parts->n_part; c++) {
      const size_t twin = find_twin(w, c);
      if (parts->part[c].i_potential != p) continue;
      if (twin != c) {
        memcpy(before + c * n, before + twin * n, n * sizeof *before);
        memcpy(change + c * n, change + twin * n, n * sizeof *change);
      } else if ((status = attract_part(w, parts->part[c].g, green, before + c * n, change + c * n, err)) != CUXAS_OK)
        goto done;
    }
  }
  for (size_t o = 0; o < n; o++)
    for (size_t c = 0; c < parts->n_part; c++) {
      w->before[o] += before[c * n + o] / (double)parts->n_part;
      w->change[o] += change[c * n + o] / (double)parts->n_part;
    }
done:
  free(green);
  free(before);
  free(change);
  return status;
}

/* ---- spectrum --------------------------------------------------------------------------------------------------- */

/* The convolution with a Lorentzian, linear between points, as large beyond the last as there. */
static double broadened(const work *w, const double *y, double omega, double half_width)
{
  double sum = 0.0;
  for (size_t i = 0; i + 1 < w->n_omega; i++) {
    const double from = w->omega[i] - omega, step = w->omega[i + 1] - w->omega[i];
    const double slope = (y[i + 1] - y[i]) / step, value = y[i] - slope * from;
    const double a = from / half_width, b = (from + step) / half_width;
    sum += (value * (atan(b) - atan(a)) + 0.5 * slope * half_width * log((1.0 + b * b) / (1.0 + a * a))) / PI;
  }
  return sum + y[w->n_omega - 1] * (0.5 - atan((w->omega[w->n_omega - 1] - omega) / half_width) / PI);
}

cuxas_status cuxas_projected_change(const cuxas_projection *projection, double *opt_before_A2, double *ret_change_A2,
                                    cuxas_error *err)
{
  work         w          = {.of = projection, .mesh = projection->mesh};
  const double more       = projection->half_width_hartree - projection->mesh->half_width_hartree;
  const bool   is_broader = more > 1e-6 * projection->mesh->half_width_hartree;
  cuxas_status status;
  if ((status = set_waves(&w, 0, err)) != CUXAS_OK || (status = attract_all(&w, err)) != CUXAS_OK) goto done;
  for (size_t o = 0; o < w.n_omega; o++) {
    const double photon =
        projection->photon_at_fermi_eV / CUXAS_HARTREE_EV + w.omega[o] - projection->mesh->fermi_hartree;
    const double unit = cuxas_absorption_unit(projection->core->kappa, photon) * projection->parts->weight;
    ret_change_A2[o]  = unit * (is_broader ? broadened(&w, w.change, w.omega[o], more) : w.change[o]);
    if (opt_before_A2 != NULL)
      opt_before_A2[o] = unit * (is_broader ? broadened(&w, w.before, w.omega[o], more) : w.before[o]);
  }
done:
  free_room(&w);
  return status;
}
