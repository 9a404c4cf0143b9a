#include "simulate/thinning_priv.h"

#include "base/memory.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

#define STEP_WIDTH 0.5 /* steps at the Fermi level, in core hole's widths: half the width is the distance to the axis */
#define STEP_GROWTH 0.07 /* and how they grow with the energy above it, */
#define WIDEST_EV 2.3    /* up to here: waves from 5 A and back turn by 0.8 rad between two such points at 60 eV */
#define VERTICAL_STEP 2  /* of the points above the Fermi level every second is taken */

static double next_above(double above, double half_width)
{
  const double first = STEP_WIDTH * 2.0 * half_width;
  return above + fmin(first + STEP_GROWTH * above, fmax(first, WIDEST_EV / CUXAS_HARTREE_EV));
}

/* From the Fermi level in growing steps to the mesh's end, stretched to meet it; then upwards. */
static cuxas_status make_thin_mesh(const cuxas_energy_mesh *mesh, cuxas_energy_mesh *ret_thin, cuxas_error *err)
{
  const double end     = creal(mesh->energy_hartree[mesh->n_spectrum - 1]) - mesh->fermi_hartree;
  const double width   = mesh->half_width_hartree;
  size_t       n_step  = 0;
  double       reached = 0.0;
  for (; reached < end * (1.0 - 1e-9); n_step++) reached = next_above(reached, width);
  *ret_thin =
      (cuxas_energy_mesh){.n_spectrum         = n_step + 1,
                          .fermi_hartree      = mesh->fermi_hartree,
                          .half_width_hartree = width,
                          .energy_hartree     = cuxas_new_array(n_step + 1 + mesh->n_energy, sizeof(double complex))};
  if (ret_thin->energy_hartree == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "multiple scattering: no memory for %zu energies", n_step + mesh->n_energy);
  double above = 0.0;
  for (size_t i = 0; i <= n_step; i++, above = next_above(above, width))
    ret_thin->energy_hartree[i] = mesh->fermi_hartree + (n_step > 0 ? above * end / reached : 0.0) + I * width;
  ret_thin->n_energy = ret_thin->n_spectrum;
  for (size_t i = mesh->n_spectrum; i < mesh->n_energy; i++)
    if (i == mesh->n_spectrum || (mesh->n_energy - 1 - i) % VERTICAL_STEP == 0)
      ret_thin->energy_hartree[ret_thin->n_energy++] = mesh->energy_hartree[i];
  return CUXAS_OK;
}

/* The variable in which G is smooth: along the axis the energy, upwards the logarithm of the height. */
static double position(const cuxas_energy_mesh *mesh, size_t i)
{
  return i < mesh->n_spectrum ? creal(mesh->energy_hartree[i]) : log(cimag(mesh->energy_hartree[i]));
}

/* Lagrange's cubic through the four nodes around x, of those from first to end; fewer nodes, lower degree. */
static void interpolate(const cuxas_energy_mesh *thin, const double complex *g, size_t first, size_t end, double x,
                        double complex *ret_g)
{
  const size_t n = end - first < 4 ? end - first : 4;
  while (first + n < end && position(thin, first + n / 2) <= x) first++;
  for (int l = 0; l <= CUXAS_L_MAX; l++) ret_g[l] = 0.0;
  for (size_t a = first; a < first + n; a++) {
    double weight = 1.0;
    for (size_t b = first; b < first + n; b++)
      if (b != a) weight *= (x - position(thin, b)) / (position(thin, a) - position(thin, b));
    for (int l = 0; l <= CUXAS_L_MAX; l++) ret_g[l] += weight * g[a * CUXAS_N_L + (size_t)l];
  }
}

cuxas_status cuxas_thinned_run(const cuxas_scattering *scattering, const cuxas_muffin_tin *muffin_tin,
                               const cuxas_self_energy *self_energy, const cuxas_energy_mesh *mesh,
                               const _Bool is_wanted[CUXAS_N_L], double complex *ret_g,
                               cuxas_scattering_effort *opt_effort, cuxas_error *err)
{
  cuxas_energy_mesh    thin     = {0};
  cuxas_photoelectron *electron = NULL;
  double complex      *g        = NULL;
  cuxas_status         status   = make_thin_mesh(mesh, &thin, err);
  if (status != CUXAS_OK ||
      (status = cuxas_photoelectron_new(muffin_tin, &thin, self_energy, &electron, err)) != CUXAS_OK)
    goto done;
  if ((g = cuxas_new_array(thin.n_energy, CUXAS_N_L * sizeof *g)) == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "multiple scattering: no memory for %zu energies", thin.n_energy);
    goto done;
  }
  if ((status = cuxas_scattering_run(scattering, electron, is_wanted, g, opt_effort, err)) != CUXAS_OK) goto done;
  for (size_t i = 0; i < mesh->n_energy; i++) {
    double complex *here = ret_g + i * CUXAS_N_L;
    if (i >= mesh->n_spectrum)
      interpolate(&thin, g, thin.n_spectrum, thin.n_energy, position(mesh, i), here);
    else if (i >= mesh->i_fermi)
      interpolate(&thin, g, 0, thin.n_spectrum, position(mesh, i), here);
    else
      for (int l = 0; l <= CUXAS_L_MAX; l++) here[l] = 0.0;
  }
done:
  free(thin.energy_hartree);
  cuxas_photoelectron_free(electron);
  free(g);
  return status;
}
