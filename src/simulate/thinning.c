#include "simulate/thinning_priv.h"

#include "cuxas/memory.h"
#include "simulate/units_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP_WIDTH 0.5 /* steps at the Fermi level, in core hole's widths: half the width is the distance to the axis */
#define STEP_GROWTH 0.06    /* and how they grow with the energy above it, */
#define WIDEST_EV 2.0       /* up to here: waves from 5 A and back turn by 0.7 rad between two such points at 60 eV */
enum { VERTICAL_STEP = 2 }; /* of the points above the Fermi level every second is taken */

/* Indices of the energies that are computed, rising; returns how many. *ret_n_spectrum of them belong to the spectrum. */
static size_t choose(const cuxas_energy_mesh *mesh, size_t *ret_node, size_t *ret_n_spectrum)
{
  const double fermi = mesh->fermi_hartree, first_step = STEP_WIDTH * 2.0 * mesh->half_width_hartree;
  size_t       n = 0;
  for (size_t i = mesh->i_fermi; i < mesh->n_spectrum;) {
    const double above = creal(mesh->energy_hartree[i]) - fermi;
    const double step  = fmin(first_step + STEP_GROWTH * above, fmax(first_step, WIDEST_EV / CUXAS_HARTREE_EV));
    size_t       next  = i + 1;
    ret_node[n++]      = i;
    if (next == mesh->n_spectrum) break;
    while (next + 1 < mesh->n_spectrum && creal(mesh->energy_hartree[next + 1]) - fermi - above <= step) next++;
    i = next;
  }
  *ret_n_spectrum = n;
  for (size_t i = mesh->n_spectrum; i < mesh->n_energy; i++)
    if ((mesh->n_energy - 1 - i) % VERTICAL_STEP == 0 || i == mesh->n_spectrum) ret_node[n++] = i;
  return n;
}

/* The variable in which G is smooth: along the axis the energy, upwards the logarithm of the height. */
static double position(const cuxas_energy_mesh *mesh, size_t i)
{
  return i < mesh->n_spectrum ? creal(mesh->energy_hartree[i]) : log(cimag(mesh->energy_hartree[i]));
}

/* Lagrange's cubic through the four nodes around point i, of n_node nodes in rising order; fewer nodes, lower degree. */
static void interpolate(const cuxas_energy_mesh *mesh, const size_t *node, size_t n_node, const double complex *g_node,
                        size_t i, double complex *ret_g)
{
  const size_t n     = n_node < 4 ? n_node : 4;
  const double x     = position(mesh, i);
  size_t       first = 0;
  while (first + n < n_node && node[first + n / 2] <= i) first++;
  for (int l = 0; l <= CUXAS_L_MAX; l++) ret_g[l] = 0.0;
  for (size_t a = first; a < first + n; a++) {
    double weight = 1.0;
    for (size_t b = first; b < first + n; b++)
      if (b != a) weight *= (x - position(mesh, node[b])) / (position(mesh, node[a]) - position(mesh, node[b]));
    for (int l = 0; l <= CUXAS_L_MAX; l++) ret_g[l] += weight * g_node[a * CUXAS_N_L + (size_t)l];
  }
}

cuxas_status cuxas_thinned_run(const cuxas_scattering *scattering, const cuxas_energy_mesh *mesh,
                               const cuxas_photoelectron *electron, const _Bool is_wanted[CUXAS_N_L],
                               double complex *ret_g, cuxas_scattering_effort *opt_effort, cuxas_error *err)
{
  cuxas_status        status    = CUXAS_OK;
  const size_t        n_phase   = electron->n_scatterer * CUXAS_N_L;
  size_t              n_on_axis = 0, *node = cuxas_new_array(mesh->n_energy, sizeof *node);
  cuxas_photoelectron some = {.n_scatterer    = electron->n_scatterer,
                              .energy_hartree = cuxas_new_array(mesh->n_energy, sizeof *some.energy_hartree),
                              .wave_number    = cuxas_new_array(mesh->n_energy, sizeof *some.wave_number),
                              .phase_shift    = cuxas_new_array(mesh->n_energy, n_phase * sizeof *some.phase_shift)};
  double complex     *g    = cuxas_new_array(mesh->n_energy, CUXAS_N_L * sizeof *g);
  if (node == NULL || some.energy_hartree == NULL || some.wave_number == NULL || some.phase_shift == NULL ||
      g == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "multiple scattering: no memory for %zu energies", mesh->n_energy);
    goto done;
  }
  some.n_energy = choose(mesh, node, &n_on_axis);
  for (size_t i = 0; i < some.n_energy; i++) {
    some.energy_hartree[i] = electron->energy_hartree[node[i]];
    some.wave_number[i]    = electron->wave_number[node[i]];
    memcpy(some.phase_shift + i * n_phase, electron->phase_shift + node[i] * n_phase,
           n_phase * sizeof *some.phase_shift);
  }
  if ((status = cuxas_scattering_run(scattering, &some, is_wanted, g, opt_effort, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < mesh->n_energy * CUXAS_N_L; i++) ret_g[i] = 0.0;
  for (size_t i = mesh->i_fermi; i < mesh->n_spectrum; i++)
    interpolate(mesh, node, n_on_axis, g, i, ret_g + i * CUXAS_N_L);
  for (size_t i = mesh->n_spectrum; i < mesh->n_energy; i++)
    interpolate(mesh, node + n_on_axis, some.n_energy - n_on_axis, g + n_on_axis * CUXAS_N_L, i, ret_g + i * CUXAS_N_L);
done:
  free(node);
  free(some.energy_hartree);
  free(some.wave_number);
  free(some.phase_shift);
  free(g);
  return status;
}
