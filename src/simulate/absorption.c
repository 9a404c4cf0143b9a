/* absorption.c - radial integrals of the core orbital with the photoelectron's waves */
#include "simulate/edge_priv.h"

#include "base/memory.h"
#include "simulate/photoelectron_priv.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

/* ---- radial integrals: uniform steps of log r ----------------------------------------------------------------- */

/* Integral of f dr over step i ... i + 1 from the cubic through the nearest four ends of steps; f_r is f times r. */
static double complex integrate_step(const double complex *f_r, size_t n_step, size_t i)
{
  if (i == 0 || i + 1 == n_step) return 0.5 * CUXAS_WAVE_STEP * (f_r[i] + f_r[i + 1]);
  return CUXAS_WAVE_STEP / 24.0 * (13.0 * (f_r[i] + f_r[i + 1]) - f_r[i - 1] - f_r[i + 2]);
}

static double complex integrate(const double complex *f_r, size_t n_step)
{
  double complex sum = 0.0;
  for (size_t i = 0; i < n_step; i++) sum += integrate_step(f_r, n_step, i);
  return sum;
}

/* What one l contributes at one energy. */
typedef struct {
  double complex matrix_element; /* M = integral of P_c r P dr, P outside r (cos(delta) j - sin(delta) n) */
  double complex turn;           /* exp(i delta) */
  double complex nested;         /* integral over r < r' of both: P_c r P and P_c r' H, twice */
} radial_integrals;

/* The core orbital times r^2 (dipole, and dr = r dx) at the ends of the steps. */
void cuxas_absorption_core(const cuxas_wave_sphere *sphere, const cuxas_orbital *core, double *core_r2)
{
  for (size_t i = 0; i <= sphere->n_step; i++) {
    const double r = sphere->r[2 * i];
    core_r2[i]     = r * r * cuxas_wave_interpolate(core->large, CUXAS_RADIAL_POINTS - 1, r);
  }
}

double complex cuxas_absorption_waves(const cuxas_wave_field *field, int kappa, double complex k,
                                      double complex *ret_regular, double complex *ret_outgoing)
{
  const cuxas_wave_channel channel = cuxas_wave_dirac(kappa);
  const int                l       = channel.l;
  const size_t             n       = field->sphere->n_step;
  const double             radius  = field->sphere->radius_bohr;
  double complex           out[CUXAS_N_L], out_slope[CUXAS_N_L], in[CUXAS_N_L], in_slope[CUXAS_N_L], log_slope;

  cuxas_wave_regular(field, channel, ret_regular, &log_slope);
  cuxas_spherical_hankel(k * radius, l, out, out_slope, in, in_slope);
  const double complex delta = cuxas_wave_phase_shift(k, radius, l, log_slope);
  const double complex turn  = cexp(I * delta);
  const double complex scale = 0.5 * radius * (turn * out[l] + in[l] / turn) / ret_regular[n];
  cuxas_wave_inward(field, channel, radius * turn * out[l], turn * (out[l] + radius * k * out_slope[l]), ret_outgoing);
  for (size_t i = 0; i <= n; i++) ret_regular[i] *= scale;
  return turn;
}

static radial_integrals integrate_waves(const cuxas_wave_field *field, const double *core_r2, int kappa,
                                        double complex k)
{
  const size_t         n = field->sphere->n_step;
  double complex       regular[CUXAS_WAVE_STEPS + 1], outgoing[CUXAS_WAVE_STEPS + 1];
  const double complex turn = cuxas_absorption_waves(field, kappa, k, regular, outgoing);
  for (size_t i = 0; i <= n; i++) {
    regular[i] *= core_r2[i];
    outgoing[i] *= core_r2[i];
  }

  radial_integrals result  = {.matrix_element = integrate(regular, n), .turn = turn};
  double complex   outside = 0.0; /* integral of the outgoing wave from here on */
  for (size_t i = n + 1; i-- > 0;) {
    if (i < n) outside += integrate_step(outgoing, n, i);
    regular[i] *= outside;
  }
  result.nested = 2.0 * integrate(regular, n);
  return result;
}

/* (2j' + 1) times the square of (j 1 j'; 1/2 0 -1/2). Of each j' one kappa has the right parity. */
int cuxas_absorption_finals(int kappa, cuxas_final_state ret_final[3])
{
  const int    core_l = kappa > 0 ? kappa : -kappa - 1;
  const double j      = abs(kappa) - 0.5;
  int          n      = 0;
  for (int step = -1; step <= 1; step++) {
    const double weight = step < 0   ? (2.0 * j - 1.0) / (4.0 * j)
                          : step > 0 ? (2.0 * j + 3.0) / (4.0 * (j + 1.0))
                                     : 1.0 / (4.0 * j * (j + 1.0));
    const int    size   = abs(kappa) + step; /* |kappa'| = j' + 1/2; l' = |kappa'| or |kappa'| - 1 */
    if (size == 0) continue;
    const int l    = (size - core_l) % 2 != 0 ? size : size - 1;
    ret_final[n++] = (cuxas_final_state){l == size ? size : -size, l, weight};
  }
  return n;
}

/* ---- all energies --------------------------------------------------------------------------------------------- */

static cuxas_absorption *new_absorption(size_t n_energy)
{
  cuxas_absorption *absorption = cuxas_new(NULL, 1, sizeof *absorption);
  if (absorption == NULL) return NULL;
  absorption->n_energy   = n_energy;
  absorption->atomic     = cuxas_new(NULL, n_energy, CUXAS_N_L * sizeof *absorption->atomic);
  absorption->strength   = cuxas_new(NULL, n_energy, sizeof *absorption->strength);
  absorption->scattering = cuxas_new(NULL, n_energy, CUXAS_N_L * sizeof *absorption->scattering);
  if (absorption->atomic && absorption->strength && absorption->scattering) return absorption;
  cuxas_absorption_free(absorption);
  return NULL;
}

/* sigma = 4 pi^2 alpha omega / 3 times the density of states, (1/pi) Im G */
double cuxas_absorption_unit(int kappa, double photon_hartree)
{
  const double n_electron = 2.0 * abs(kappa);
  return 4.0 * PI * CUXAS_FINE_STRUCTURE * photon_hartree / 3.0 * n_electron * CUXAS_BOHR_A * CUXAS_BOHR_A;
}

cuxas_status cuxas_absorption_new(const cuxas_muffin_tin *muffin_tin, const cuxas_energy_mesh *mesh,
                                  const cuxas_orbital *core, double photon_at_fermi_eV, bool has_one_wave,
                                  cuxas_absorption **ret_absorption, cuxas_error *err)
{
  const int          core_l     = core->kappa > 0 ? core->kappa : -core->kappa - 1;
  cuxas_status       status     = CUXAS_OK;
  cuxas_absorption  *absorption = NULL;
  cuxas_wave_sphere *sphere     = NULL;
  bool               is_finite  = true;
  double             core_r2[CUXAS_WAVE_STEPS + 1];

  cuxas_final_state final[3];
  const int         n_final = cuxas_absorption_finals(core->kappa, final);
  for (int j = 0; j < n_final && has_one_wave; j++)
    for (int k = 0; k < n_final; k++)
      if (final[k].l == final[j].l && final[k].weight > final[j].weight) final[j].kappa = final[k].kappa;

  *ret_absorption = NULL;
  if (core->kappa == 0 || core_l + 1 > CUXAS_L_MAX)
    return cuxas_fail(err, CUXAS_ERANGE, "absorption from orbitals with l = %d is not computed", core_l);
  if (!(photon_at_fermi_eV > 0.0) || !isfinite(photon_at_fermi_eV))
    return cuxas_fail(err, CUXAS_ERANGE, "the photon energy of the edge must be a positive number");
  if ((sphere = cuxas_new(NULL, 1, sizeof *sphere)) == NULL || (absorption = new_absorption(mesh->n_energy)) == NULL) {
    status = cuxas_no_memory(err);
    goto done;
  }
  if ((status = cuxas_wave_sphere_set(&muffin_tin->scatterer[0], sphere, err)) != CUXAS_OK) goto done;
  cuxas_absorption_core(sphere, core, core_r2);
  for (int j = 0; j < n_final; j++) absorption->is_wanted[final[j].l] = true;

#pragma omp parallel for schedule(dynamic) reduction(&& : is_finite)
  for (size_t i = 0; i < mesh->n_energy; i++) {
    const double complex energy = mesh->energy_hartree[i];
    const double complex k      = cuxas_free_wave_number(energy - muffin_tin->interstitial_hartree);
    const double         photon = photon_at_fermi_eV / CUXAS_HARTREE_EV + creal(energy) - muffin_tin->fermi_hartree;
    const double         unit   = cuxas_absorption_unit(core->kappa, photon);
    cuxas_wave_field     field;

    cuxas_wave_field_set(sphere, energy, NULL, &field);
    for (int j = 0; j < n_final; j++) {
      const int              l       = final[j].l;
      const double complex   factor  = unit * final[j].weight * 2.0 * k;
      const radial_integrals radial  = integrate_waves(&field, core_r2, final[j].kappa, k);
      const double complex   squared = radial.matrix_element * radial.matrix_element;
      absorption->atomic[i * CUXAS_N_L + (size_t)l] += factor * I * radial.nested;
      absorption->strength[i] += cabs(factor * squared);
      absorption->scattering[i * CUXAS_N_L + (size_t)l] += factor * squared * radial.turn * radial.turn;
    }
    is_finite =
        is_finite && isfinite(absorption->strength[i]) && isfinite(cabs(cuxas_absorption_atomic(absorption, i)));
  }
  if (!is_finite) {
    status = cuxas_fail(err, CUXAS_ENUMERIC, "a matrix element is not a finite number");
    goto done;
  }
  *ret_absorption = absorption;
  absorption      = NULL;
done:
  cuxas_absorption_free(absorption);
  free(sphere);
  return status;
}

double complex cuxas_absorption_atomic(const cuxas_absorption *absorption, size_t i_energy)
{
  double complex sum = 0.0;
  for (size_t l = 0; l < CUXAS_N_L; l++) sum += absorption->atomic[i_energy * CUXAS_N_L + l];
  return sum;
}

void cuxas_absorption_free(cuxas_absorption *absorption)
{
  if (absorption == NULL) return;
  free(absorption->atomic);
  free(absorption->strength);
  free(absorption->scattering);
  free(absorption);
}
