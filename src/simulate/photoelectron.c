/* photoelectron.c - an electron of complex energy: its waves inside one muffin-tin sphere and free ones outside, and the phase shifts of
 * all potentials at all energies
 *
 * Contents: the sphere and its waves - free waves - phase shifts */
#include "simulate/photoelectron_priv.h"

#include "base/clones.h"
#include "base/complex_pair.h"
#include "base/memory.h"
#include "base/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

/* ==== the sphere and its waves ==================================================================================== */

#define RADIUS_MIN_BOHR 0.1
#define RADIUS_MAX_BOHR 8.0

/* ---- the sphere ----------------------------------------------------------------------------------------------- */

double cuxas_wave_interpolate(const double *table, size_t i_last, double r_bohr)
{
  const double position = (log(r_bohr) - CUXAS_RADIAL_START) / CUXAS_RADIAL_STEP;
  const double first    = fmin(fmax(floor(position) - 1.0, 0.0), (double)i_last - 3.0);
  const size_t i        = (size_t)first;
  const double t        = position - first; /* 0 ... 3 inside */
  return -table[i] * (t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0 + table[i + 1] * t * (t - 2.0) * (t - 3.0) / 2.0 -
         table[i + 2] * t * (t - 1.0) * (t - 3.0) / 2.0 + table[i + 3] * t * (t - 1.0) * (t - 2.0) / 6.0;
}

cuxas_status cuxas_wave_sphere_set(const cuxas_scatterer *scatterer, cuxas_wave_sphere *ret_sphere, cuxas_error *err)
{
  const double radius = scatterer->muffin_tin_radius_bohr;
  double       potential_r[CUXAS_RADIAL_POINTS], radius_rs[CUXAS_RADIAL_POINTS];

  if (!(radius >= RADIUS_MIN_BOHR && radius <= RADIUS_MAX_BOHR))
    return cuxas_fail(err, CUXAS_ERANGE, "muffin-tin radius of element %d is %g bohr, not %g to %g",
                      scatterer->atomic_number, radius, RADIUS_MIN_BOHR, RADIUS_MAX_BOHR);
  const size_t i_last = (size_t)((log(radius) - CUXAS_RADIAL_START) / CUXAS_RADIAL_STEP + 1e-9);
  for (size_t i = 0; i <= i_last; i++) {
    if (!isfinite(scatterer->total_hartree[i]) || !(scatterer->density[i] > 0.0) || !isfinite(scatterer->density[i]))
      return cuxas_fail(err, CUXAS_ERANGE,
                        "potential or density of element %d is not finite or not positive at %g bohr",
                        scatterer->atomic_number, cuxas_radial_r(i));
    potential_r[i] = scatterer->total_hartree[i] * cuxas_radial_r(i);
    radius_rs[i]   = cbrt(3.0 / (4.0 * PI * scatterer->density[i]));
  }

  ret_sphere->radius_bohr = radius;
  ret_sphere->n_step      = (size_t)floor((log(radius) - CUXAS_WAVE_START) / CUXAS_WAVE_STEP);
  for (size_t i = 0; i <= 2 * ret_sphere->n_step; i++) {
    const double r           = radius * exp(-0.5 * CUXAS_WAVE_STEP * (double)(2 * ret_sphere->n_step - i));
    ret_sphere->r[i]         = r;
    ret_sphere->potential[i] = cuxas_wave_interpolate(potential_r, i_last, r) / r;
    ret_sphere->radius_rs[i] = cuxas_wave_interpolate(radius_rs, i_last, r);
  }
  return CUXAS_OK;
}

/* ---- waves inside --------------------------------------------------------------------------------------------- */

void cuxas_wave_field_set(const cuxas_wave_sphere *sphere, double complex energy_hartree,
                          const double complex *opt_correction, cuxas_wave_field *ret_field)
{
  ret_field->sphere = sphere;
  for (size_t i = 0; i <= 2 * sphere->n_step; i++) {
    const double complex v    = sphere->potential[i] + (opt_correction ? opt_correction[i] : 0.0) - energy_hartree;
    const double         r    = sphere->r[i];
    const double complex mass = r * (2.0 - CUXAS_FINE_STRUCTURE * CUXAS_FINE_STRUCTURE * v);
    const double         norm = creal(mass) * creal(mass) + cimag(mass) * cimag(mass);
    ret_field->excess[i]      = r * v;
    ret_field->mass_r[i]      = mass;
    ret_field->kinetic_r[i]   = CMPLX(creal(mass) / norm, -cimag(mass) / norm);
  }
}

cuxas_wave_channel cuxas_wave_scalar(int l)
{
  return (cuxas_wave_channel){l, 1.0, l * (l + 1.0)};
}

cuxas_wave_channel cuxas_wave_dirac(int kappa)
{
  return (cuxas_wave_channel){kappa > 0 ? kappa : -kappa - 1, -kappa, 0.0};
}

/* One number of each channel: their equations have the same coefficients and are solved side by side. */
typedef double lanes __attribute__((vector_size(8 * CUXAS_N_L)));

typedef struct {
  lanes p_real, p_imag, q_real, q_imag;
} wave_pairs;

typedef struct {
  lanes spin, barrier;
} wave_channels;

#define INLINE static inline __attribute__((always_inline))

/* The last channel fills the lanes that are left. */
static wave_channels put_side_by_side(const cuxas_wave_channel *channel, size_t n_channel)
{
  wave_channels ret;
  for (size_t c = 0; c < CUXAS_N_L; c++) {
    const cuxas_wave_channel *from = &channel[c < n_channel ? c : n_channel - 1];
    ret.spin[c]                    = from->spin;
    ret.barrier[c]                 = from->barrier;
  }
  return ret;
}

/* y + h * slope */
INLINE void step_along(const wave_pairs *y, double h, const wave_pairs *slope, wave_pairs *ret)
{
  ret->p_real = y->p_real + h * slope->p_real;
  ret->p_imag = y->p_imag + h * slope->p_imag;
  ret->q_real = y->q_real + h * slope->q_real;
  ret->q_imag = y->q_imag + h * slope->q_imag;
}

/* dP/dx and dQ/dx for x = log r */
INLINE void derive(const cuxas_wave_field *field, size_t i_node, const wave_channels *channel, const wave_pairs *y,
                   wave_pairs *ret)
{
  const double mass_real = creal(field->mass_r[i_node]), mass_imag = cimag(field->mass_r[i_node]);
  const lanes  pull_real = channel->barrier * creal(field->kinetic_r[i_node]) + creal(field->excess[i_node]);
  const lanes  pull_imag = channel->barrier * cimag(field->kinetic_r[i_node]) + cimag(field->excess[i_node]);
  ret->p_real            = channel->spin * y->p_real + (mass_real * y->q_real - mass_imag * y->q_imag);
  ret->p_imag            = channel->spin * y->p_imag + (mass_real * y->q_imag + mass_imag * y->q_real);
  ret->q_real            = (pull_real * y->p_real - pull_imag * y->p_imag) - channel->spin * y->q_real;
  ret->q_imag            = (pull_real * y->p_imag + pull_imag * y->p_real) - channel->spin * y->q_imag;
}

/* One Runge-Kutta step between nodes two apart: node, node + half, node + 2 half, where half is 1 or -1. */
INLINE void advance(const cuxas_wave_field *field, size_t i_node, int half, const wave_channels *channel,
                    wave_pairs *io)
{
  const double h   = half * CUXAS_WAVE_STEP;
  const size_t mid = half > 0 ? i_node + 1 : i_node - 1, end = half > 0 ? i_node + 2 : i_node - 2;
  wave_pairs   a, b, c, d, at;
  derive(field, i_node, channel, io, &a);
  step_along(io, 0.5 * h, &a, &at);
  derive(field, mid, channel, &at, &b);
  step_along(io, 0.5 * h, &b, &at);
  derive(field, mid, channel, &at, &c);
  step_along(io, h, &c, &at);
  derive(field, end, channel, &at, &d);
  io->p_real += h / 6.0 * (a.p_real + 2.0 * (b.p_real + c.p_real) + d.p_real);
  io->p_imag += h / 6.0 * (a.p_imag + 2.0 * (b.p_imag + c.p_imag) + d.p_imag);
  io->q_real += h / 6.0 * (a.q_real + 2.0 * (b.q_real + c.q_real) + d.q_real);
  io->q_imag += h / 6.0 * (a.q_imag + 2.0 * (b.q_imag + c.q_imag) + d.q_imag);
}

static void set_lane(wave_pairs *io, size_t lane, double complex p, double complex q)
{
  io->p_real[lane] = creal(p);
  io->p_imag[lane] = cimag(p);
  io->q_real[lane] = creal(q);
  io->q_imag[lane] = cimag(q);
}

INLINE void put_waves(const wave_pairs *y, size_t n_channel, size_t stride, double complex *ret_wave)
{
  for (size_t c = 0; c < n_channel; c++) ret_wave[c * stride] = CMPLX(y->p_real[c], y->p_imag[c]);
}

CUXAS_STATIC_CLONES("avx2", "default")
static void go_outward(const cuxas_wave_field *field, const wave_channels *channel, size_t n_channel, wave_pairs *io,
                       double complex *opt_wave, size_t stride)
{
  for (size_t i = 0; i < field->sphere->n_step; i++) {
    if (opt_wave != NULL) put_waves(io, n_channel, stride, opt_wave + i);
    advance(field, 2 * i, 1, channel, io);
  }
  if (opt_wave != NULL) put_waves(io, n_channel, stride, opt_wave + field->sphere->n_step);
}

CUXAS_STATIC_CLONES("avx2", "default")
static void go_inward(const cuxas_wave_field *field, const wave_channels *channel, size_t n_channel, wave_pairs *io,
                      double complex *ret_wave, size_t stride)
{
  for (size_t i = field->sphere->n_step; i > 0; i--) {
    put_waves(io, n_channel, stride, ret_wave + i);
    advance(field, 2 * i, -1, channel, io);
  }
  put_waves(io, n_channel, stride, ret_wave);
}

void cuxas_wave_regular(const cuxas_wave_field *field, const cuxas_wave_channel *channel, size_t n_channel,
                        double complex *opt_wave, size_t stride, double complex *ret_log_slope)
{
  const cuxas_wave_sphere *sphere  = field->sphere;
  /* near a point nucleus P ~ r^power; Z alpha = -r V alpha */
  const double             z_alpha = fmin(0.9, fabs(sphere->potential[0]) * sphere->r[0] * CUXAS_FINE_STRUCTURE);
  const wave_channels      all     = put_side_by_side(channel, n_channel);
  wave_pairs               y;
  for (size_t c = 0; c < CUXAS_N_L; c++) {
    const double power = sqrt(all.barrier[c] + all.spin[c] * all.spin[c] - z_alpha * z_alpha);
    const double scale = exp(-power * log(sphere->radius_bohr / sphere->r[0])); /* so that nothing overflows */
    set_lane(&y, c, scale, scale * (power - all.spin[c]) * field->kinetic_r[0]);
  }
  go_outward(field, &all, n_channel, &y, opt_wave, stride);
  for (size_t c = 0; c < n_channel; c++)
    ret_log_slope[c] = (channel[c].spin + field->mass_r[2 * sphere->n_step] * CMPLX(y.q_real[c], y.q_imag[c]) /
                                              CMPLX(y.p_real[c], y.p_imag[c])) /
                       sphere->radius_bohr;
}

void cuxas_wave_inward(const cuxas_wave_field *field, const cuxas_wave_channel *channel, size_t n_channel,
                       const double complex *value, const double complex *slope, double complex *ret_wave,
                       size_t stride)
{
  const double         radius = field->sphere->radius_bohr;
  const double complex last   = field->kinetic_r[2 * field->sphere->n_step];
  const wave_channels  all    = put_side_by_side(channel, n_channel);
  wave_pairs           y;
  for (size_t lane = 0; lane < CUXAS_N_L; lane++) {
    const size_t c = lane < n_channel ? lane : n_channel - 1;
    set_lane(&y, lane, value[c], (slope[c] * radius - channel[c].spin * value[c]) * last);
  }
  go_inward(field, &all, n_channel, &y, ret_wave, stride);
}

/* ---- waves outside -------------------------------------------------------------------------------------------- */

/* cos(delta) j - sin(delta) n = (exp(i delta) h1 + exp(-i delta) h2) / 2: equal slopes give exp(2 i delta). */
double complex cuxas_wave_phase_shift(double complex wave_number, double radius_bohr, int l, double complex log_slope)
{
  enum { L_MAX = 20 };
  double complex       out[L_MAX + 1], out_slope[L_MAX + 1], in[L_MAX + 1], in_slope[L_MAX + 1];
  const double complex slope = (log_slope - 1.0 / radius_bohr) / wave_number; /* of P / r, in k r */

  cuxas_spherical_hankel(wave_number * radius_bohr, l, out, out_slope, in, in_slope);
  return -0.5 * I * clog(-(in_slope[l] - slope * in[l]) / (out_slope[l] - slope * out[l]));
}

/* ==== free waves ================================================================================================== */

static void recur(double complex z, int l_max, double complex previous, double complex *value, double complex *slope)
{
  for (int l = 0; l <= l_max; l++) {
    slope[l] = previous - (l + 1.0) / z * value[l]; /* previous is h_{l-1} */
    if (l < l_max) value[l + 1] = (2.0 * l + 1.0) / z * value[l] - previous;
    previous = value[l];
  }
}

void cuxas_spherical_hankel(double complex z, int l_max, double complex *ret_out, double complex *ret_out_slope,
                            double complex *ret_in, double complex *ret_in_slope)
{
  const double complex out = cexp(I * z) / z, in = cexp(-I * z) / z; /* h_{-1} = cos z / z +- i sin z / z */
  ret_out[0] = -I * out;
  ret_in[0]  = I * in;
  recur(z, l_max, out, ret_out, ret_out_slope);
  recur(z, l_max, in, ret_in, ret_in_slope);
}

/* ==== phase shifts ==== */

enum { LAST_LIGHT = 5 };       /* boron: up to it d is the highest wave */
enum { MAX_SCATTERER = 1000 }; /* more potentials than elements and sites ever need */

double complex cuxas_free_wave_number(double complex energy_hartree)
{
  const double complex k = csqrt(2.0 * energy_hartree);
  return cimag(k) < 0.0 ? -k : k;
}

static cuxas_photoelectron *new_photoelectron(const cuxas_energy_mesh *mesh, size_t n_scatterer)
{
  cuxas_photoelectron *electron = cuxas_new(NULL, 1, sizeof *electron);
  if (electron == NULL) return NULL;
  electron->n_energy       = mesh->n_energy;
  electron->n_scatterer    = n_scatterer;
  electron->energy_hartree = cuxas_new(NULL, mesh->n_energy, sizeof *electron->energy_hartree);
  electron->wave_number    = cuxas_new(NULL, mesh->n_energy, sizeof *electron->wave_number);
  electron->phase_shift    = cuxas_new(NULL, mesh->n_energy * n_scatterer * CUXAS_N_L, sizeof *electron->phase_shift);
  if (electron->energy_hartree && electron->wave_number && electron->phase_shift) return electron;
  cuxas_photoelectron_free(electron);
  return NULL;
}

size_t cuxas_scattered_waves(int atomic_number)
{
  return atomic_number <= LAST_LIGHT ? CUXAS_N_L - 1 : CUXAS_N_L;
}

/* All phase shifts of one sphere at one energy. */
static void scatter(const cuxas_wave_sphere *sphere, size_t n_l, const cuxas_self_energy *opt_self_energy,
                    double complex energy, double above_hartree, double complex wave_number,
                    double complex phase_shift[CUXAS_N_L])
{
  const cuxas_wave_channel channel[CUXAS_N_L] = {cuxas_wave_scalar(0), cuxas_wave_scalar(1), cuxas_wave_scalar(2),
                                                 cuxas_wave_scalar(3)};
  double complex           correction[CUXAS_WAVE_NODES], log_slope[CUXAS_N_L];
  cuxas_wave_field         field;

  if (opt_self_energy)
    for (size_t i = 0; i <= 2 * sphere->n_step; i++)
      correction[i] = cuxas_self_energy_of(opt_self_energy, sphere->radius_rs[i], above_hartree);
  cuxas_wave_field_set(sphere, energy, opt_self_energy ? correction : NULL, &field);
  cuxas_wave_regular(&field, channel, n_l, NULL, 0, log_slope);
  for (int l = 0; l < (int)n_l; l++) /* the others stay 0 */
    phase_shift[l] = cuxas_wave_phase_shift(wave_number, sphere->radius_bohr, l, log_slope[l]);
}

cuxas_status cuxas_photoelectron_new(const cuxas_muffin_tin *muffin_tin, const cuxas_energy_mesh *mesh,
                                     const cuxas_self_energy *opt_self_energy, cuxas_photoelectron **ret_photoelectron,
                                     cuxas_error *err)
{
  const size_t         n_scatterer = muffin_tin->n_scatterer;
  cuxas_status         status      = CUXAS_OK;
  cuxas_photoelectron *electron    = NULL;
  cuxas_wave_sphere   *sphere      = NULL;
  bool                 is_finite   = true;

  *ret_photoelectron = NULL;
  if (n_scatterer == 0 || n_scatterer > MAX_SCATTERER || mesh->n_energy == 0 ||
      !(muffin_tin->interstitial_density > 0.0) || !isfinite(muffin_tin->interstitial_hartree) ||
      !isfinite(muffin_tin->fermi_hartree))
    return cuxas_fail(err, CUXAS_ERANGE, "a muffin-tin potential needs atoms, and a level and density between them");
  if ((sphere = cuxas_new(err, n_scatterer, sizeof *sphere)) == NULL ||
      (electron = new_photoelectron(mesh, n_scatterer)) == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  for (size_t i = 0; i < n_scatterer; i++)
    if ((status = cuxas_wave_sphere_set(&muffin_tin->scatterer[i], &sphere[i], err)) != CUXAS_OK) goto done;

  const double between_rs = cbrt(3.0 / (4.0 * PI * muffin_tin->interstitial_density));
#pragma omp parallel for schedule(dynamic) reduction(&& : is_finite)
  for (size_t i = 0; i < mesh->n_energy; i++) {
    const double complex energy = mesh->energy_hartree[i];
    const double         above  = creal(energy) - muffin_tin->fermi_hartree;
    const double complex shift  = opt_self_energy ? cuxas_self_energy_of(opt_self_energy, between_rs, above) : 0.0;
    double complex      *phase  = electron->phase_shift + i * n_scatterer * CUXAS_N_L;

    electron->energy_hartree[i] = energy;
    electron->wave_number[i]    = cuxas_free_wave_number(energy - muffin_tin->interstitial_hartree - shift);
    for (size_t j = 0; j < n_scatterer; j++)
      scatter(&sphere[j], cuxas_scattered_waves(muffin_tin->scatterer[j].atomic_number), opt_self_energy, energy, above,
              electron->wave_number[i], phase + j * CUXAS_N_L);
    for (size_t j = 0; j < n_scatterer * CUXAS_N_L; j++)
      is_finite = is_finite && isfinite(creal(phase[j])) && isfinite(cimag(phase[j]));
  }
  if (!is_finite) {
    status = cuxas_fail(err, CUXAS_ENUMERIC, "a phase shift is not a finite number");
    goto done;
  }
  *ret_photoelectron = electron;
  electron           = NULL;
done:
  cuxas_photoelectron_free(electron);
  free(sphere);
  return status;
}

void cuxas_photoelectron_free(cuxas_photoelectron *photoelectron)
{
  if (photoelectron == NULL) return;
  free(photoelectron->energy_hartree);
  free(photoelectron->wave_number);
  free(photoelectron->phase_shift);
  free(photoelectron);
}
