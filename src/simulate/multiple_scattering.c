#include "simulate/multiple_scattering_priv.h"

#include "base/memory.h"
#include "simulate/krylov_priv.h"
#include "simulate/scattering_matrix_priv.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>

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
