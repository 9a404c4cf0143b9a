/* multiple_scattering.c - what comes back to the absorber, at every energy
 *
 * Contents: energies one by one - as few energies as smoothness allows */
#include "simulate/multiple_scattering_priv.h"
#include "base/memory.h"
#include "base/units.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>

/* ==== energies one by one ========================================================================================= */

/* ---- geometry --------------------------------------------------------------------------------------------------- */

static cuxas_status fill_turns(cuxas_scattering *s, cuxas_error *err)
{
  const size_t n_operation = s->symmetry->n_operation;
  if ((s->turn = cuxas_new_array(n_operation, sizeof *s->turn)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "multiple scattering: no memory");
  for (size_t o = 0; o < n_operation; o++) {
    double             turn[CUXAS_N_LM][CUXAS_N_LM];
    const cuxas_status status = cuxas_harmonics_turn((const double(*)[3])s->symmetry->operation[o], turn, err);
    if (status != CUXAS_OK) return status;
    for (int i = 0; i < CUXAS_N_LM; i++)
      for (int j = 0; j < CUXAS_N_LM; j++) s->turn[o][i][j] = (float)turn[i][j];
  }
  return CUXAS_OK;
}

cuxas_status cuxas_scattering_new(const cuxas_cluster *cluster, cuxas_scattering **ret_scattering, cuxas_error *err)
{
  cuxas_status      status;
  cuxas_scattering *s = cuxas_new_array(1, sizeof *s);
  *ret_scattering     = NULL;
  if (s != NULL) s->potential = cuxas_new_array(cluster->n_atom, sizeof *s->potential);
  if (s == NULL || s->potential == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "multiple scattering: no memory for %zu atoms", cluster->n_atom);
    goto done;
  }
  s->n_atom      = cluster->n_atom;
  s->n_potential = cluster->n_potential;
  for (size_t i = 0; i < s->n_atom; i++) s->potential[i] = cluster->atom[i].potential;
  if ((status = cuxas_bonds_new(cluster, &s->bonds, err)) != CUXAS_OK ||
      (status = cuxas_site_symmetry_find(cluster, &s->symmetry, err)) != CUXAS_OK ||
      (status = fill_turns(s, err)) != CUXAS_OK)
    goto done;
  *ret_scattering = s;
  s               = NULL;
done:
  cuxas_scattering_free(s);
  return status;
}

void cuxas_scattering_free(cuxas_scattering *scattering)
{
  if (scattering == NULL) return;
  free(scattering->potential);
  free(scattering->turn);
  cuxas_bonds_free(scattering->bonds);
  cuxas_site_symmetry_free(scattering->symmetry);
  free(scattering);
}

/* ---- energies --------------------------------------------------------------------------------------------------- */

static bool all_finite(const double complex g[CUXAS_N_L])
{
  for (int l = 0; l <= CUXAS_L_MAX; l++)
    if (!isfinite(creal(g[l])) || !isfinite(cimag(g[l]))) return false;
  return true;
}

/* One energy: iterations, and elimination where they do not converge. */
static cuxas_status solve(const cuxas_photoelectron *electron, size_t i_energy, const _Bool is_wanted[CUXAS_N_L],
                          cuxas_scattering_matrix *matrix, cuxas_krylov *krylov, double complex *ret_g,
                          cuxas_scattering_effort *effort, cuxas_error *err)
{
  double complex sum[CUXAS_N_L];
  cuxas_scattering_matrix_fill(matrix, electron, i_energy);
  const bool converged = cuxas_krylov_solve(krylov, matrix, sum, &effort->n_iteration);
  if (converged && all_finite(sum)) {
    for (int l = 0; l <= CUXAS_L_MAX; l++) ret_g[l] = sum[l] / (2.0 * l + 1.0);
    return CUXAS_OK;
  }
  effort->n_direct          = 1;
  const cuxas_status status = cuxas_scattering_direct(matrix->scattering, electron, i_energy, ret_g, err);
  for (int l = 0; l <= CUXAS_L_MAX; l++)
    if (!is_wanted[l]) ret_g[l] = 0.0;
  return status;
}

cuxas_status cuxas_scattering_run(const cuxas_scattering *scattering, const cuxas_photoelectron *electron,
                                  const _Bool is_wanted[CUXAS_N_L], double complex *ret_g,
                                  cuxas_scattering_effort *opt_effort, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  size_t       failed = electron->n_energy, n_iteration = 0, n_direct = 0; /* the first energy that failed counts */
  if (electron->n_scatterer != scattering->n_potential)
    return cuxas_fail(err, CUXAS_ERANGE, "multiple scattering: %zu potentials, the cluster has %zu",
                      electron->n_scatterer, scattering->n_potential);
#pragma omp parallel reduction(+ : n_iteration, n_direct)
  {
    cuxas_scattering_matrix *matrix = cuxas_scattering_matrix_new(scattering);
    cuxas_krylov            *krylov = cuxas_krylov_new(scattering->n_atom * CUXAS_N_LM, is_wanted);
#pragma omp for schedule(dynamic)
    for (size_t i = 0; i < electron->n_energy; i++) {
      cuxas_error             own    = {.message = ""};
      cuxas_scattering_effort effort = {0};
      const cuxas_status      result =
          matrix == NULL || krylov == NULL
                   ? cuxas_fail(&own, CUXAS_ENOMEM, "multiple scattering: no memory for %zu atoms", scattering->n_atom)
                   : solve(electron, i, is_wanted, matrix, krylov, ret_g + i * CUXAS_N_L, &effort, &own);
      n_iteration += effort.n_iteration;
      n_direct += effort.n_direct;
#pragma omp critical(cuxas_scattering_failed)
      if (result != CUXAS_OK && i < failed) {
        failed = i;
        status = cuxas_fail(err, result, "%s", own.message);
      }
    }
    cuxas_scattering_matrix_free(matrix);
    cuxas_krylov_free(krylov);
  }
  if (opt_effort != NULL)
    *opt_effort = (cuxas_scattering_effort){scattering->symmetry->n_operation, scattering->symmetry->n_orbit,
                                            n_iteration, n_direct};
  return status;
}

/* ==== as few energies as smoothness allows ======================================================================== */

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
