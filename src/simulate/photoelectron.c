/* photoelectron.c - phase shifts of all potentials at all energies */
#include "simulate/photoelectron_priv.h"

#include "base/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { LAST_LIGHT = 5 };       /* boron: up to it d is the highest wave */
enum { MAX_SCATTERER = 1000 }; /* more potentials than elements and sites ever need */
#define PI 3.14159265358979323846

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
  double complex   correction[CUXAS_WAVE_NODES];
  cuxas_wave_field field;

  if (opt_self_energy)
    for (size_t i = 0; i <= 2 * sphere->n_step; i++)
      correction[i] = cuxas_self_energy_of(opt_self_energy, sphere->radius_rs[i], above_hartree);
  cuxas_wave_field_set(sphere, energy, opt_self_energy ? correction : NULL, &field);
  for (int l = 0; l < (int)n_l; l++) { /* the others stay 0 */
    double complex log_slope;
    cuxas_wave_regular(&field, cuxas_wave_scalar(l), NULL, &log_slope);
    phase_shift[l] = cuxas_wave_phase_shift(wave_number, sphere->radius_bohr, l, log_slope);
  }
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
