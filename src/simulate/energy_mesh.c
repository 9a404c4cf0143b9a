#include "simulate/energy_mesh_priv.h"

#include "base/memory.h"
#include "base/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { N_BELOW = 10, N_ABOVE = 18, MAX_ENERGY = 10000 };
#define BELOW_STEPS 2.0      /* below the Fermi level, steps in wave number are this much wider */
#define VERTICAL_RATIO 0.4   /* log of the ratio of heights above the Fermi level */
#define VERTICAL_LOWEST (-7) /* the geometric sequence begins this many ratios below half the core hole's width */

/* Kinetic energy of a free electron. */
static double energy_of_k(double k_per_A)
{
  const double k_per_bohr = k_per_A * CUXAS_BOHR_A;
  return 0.5 * k_per_bohr * k_per_bohr;
}

static bool is_positive(double value)
{
  return value > 0.0 && isfinite(value);
}

/* Heights above the Fermi level: a geometric sequence with half the core hole's width in the middle between two of its
 * members, so that the Lorentzian's pole is as far from the mesh as it can be, and two steps towards its first one. */
static double height(size_t i_above, double half_width)
{
  const double lower = 2.0 * half_width / (1.0 + exp(VERTICAL_RATIO));
  if (i_above < 2) return lower * exp(VERTICAL_RATIO * VERTICAL_LOWEST) * (double)(i_above + 1) / 3.0;
  return lower * exp(VERTICAL_RATIO * ((double)i_above - 2.0 + VERTICAL_LOWEST));
}

cuxas_status cuxas_energy_mesh_new(const cuxas_energy_settings *settings, cuxas_energy_mesh **ret_mesh,
                                   cuxas_error *err)
{
  const double step_hartree = settings->energy_step_eV / CUXAS_HARTREE_EV;
  const double fermi        = settings->fermi_hartree;

  *ret_mesh = NULL;
  if (!isfinite(fermi) || !is_positive(settings->core_hole_eV) || !is_positive(settings->k_max_per_A) ||
      !is_positive(settings->k_step_per_A) || !is_positive(settings->energy_step_eV))
    return cuxas_fail(err, CUXAS_ERANGE,
                      "energy mesh: core-hole width, wave number and steps must be positive numbers");

  /* Equal steps in energy until a step in wave number is wider, from the next multiple of that step on. */
  const double k_change =
      settings->energy_step_eV / CUXAS_HARTREE_EV / (settings->k_step_per_A * CUXAS_BOHR_A) / CUXAS_BOHR_A;
  const double n_fine  = floor(energy_of_k(k_change) / step_hartree + 1e-9);
  const double k_fine  = sqrt(2.0 * n_fine * step_hartree) / CUXAS_BOHR_A;
  const double i_first = floor(k_fine / settings->k_step_per_A + 1e-9) + 1.0;
  const double i_last  = floor(settings->k_max_per_A / settings->k_step_per_A + 0.5);
  const double n_wide  = i_last >= i_first ? i_last - i_first + 1.0 : 0.0;
  if (!(n_fine + n_wide < MAX_ENERGY - N_BELOW - N_ABOVE - 1))
    return cuxas_fail(err, CUXAS_ERANGE, "energy mesh: steps so small that it has over %d points", MAX_ENERGY);

  cuxas_energy_mesh *mesh = calloc(1, sizeof *mesh);
  if (mesh == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for an energy mesh");
  mesh->i_fermi            = N_BELOW;
  mesh->n_spectrum         = N_BELOW + 1 + (size_t)n_fine + (size_t)n_wide;
  mesh->n_energy           = mesh->n_spectrum + N_ABOVE;
  mesh->fermi_hartree      = fermi;
  mesh->half_width_hartree = 0.5 * settings->core_hole_eV / CUXAS_HARTREE_EV;
  if ((mesh->energy_hartree = cuxas_new_array(mesh->n_energy, sizeof *mesh->energy_hartree)) == NULL) {
    cuxas_energy_mesh_free(mesh);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for an energy mesh");
  }

  double complex      *next  = mesh->energy_hartree;
  const double complex shift = I * mesh->half_width_hartree;
  for (int i = N_BELOW; i > 0; i--) *next++ = fermi - energy_of_k(BELOW_STEPS * settings->k_step_per_A * i) + shift;
  for (size_t i = 0; i <= (size_t)n_fine; i++) *next++ = fermi + step_hartree * (double)i + shift;
  for (size_t i = 0; i < (size_t)n_wide; i++)
    *next++ = fermi + energy_of_k(settings->k_step_per_A * (i_first + (double)i)) + shift;
  for (size_t i = 0; i < N_ABOVE; i++) *next++ = fermi + I * height(i, mesh->half_width_hartree);

  *ret_mesh = mesh;
  return CUXAS_OK;
}

void cuxas_energy_mesh_free(cuxas_energy_mesh *mesh)
{
  if (mesh == NULL) return;
  free(mesh->energy_hartree);
  free(mesh);
}
