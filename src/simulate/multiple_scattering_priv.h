/* multiple_scattering_priv.h - what comes back to the absorber from the atoms around it
 *
 * A photoelectron wave that leaves the absorber is scattered by the cluster any number of times:
 *
 *   G = G0 + G0 t G0 + G0 t G0 t G0 + ... = (1 - G0 t)^-1 G0,     g_l = sum_m G_lm,lm / (2l + 1)
 *
 * at the absorber, t_l = exp(i delta_l) sin delta_l. The absorption into states of angular momentum l is then
 * proportional to 1 + Im(exp(2 i delta_l) g_l), averaged over directions, when potentials are real.
 * J. J. Rehr, R. C. Albers, Rev. Mod. Phys. 72, 621 (2000), doi:10.1103/RevModPhys.72.621, section III. */
#ifndef CUXAS_MULTIPLE_SCATTERING_PRIV_H
#define CUXAS_MULTIPLE_SCATTERING_PRIV_H
#include "cuxas/status.h"
#include "simulate/cluster.h"
#include "simulate/photoelectron_priv.h"

typedef struct cuxas_scattering cuxas_scattering; /* geometry of a cluster, computed once for all energies */

/* cuxas_scattering_new() - the caller frees the result with cuxas_scattering_free(); nothing of the cluster is kept
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE two atoms at one place; CUXAS_ENOMEM. */
cuxas_status cuxas_scattering_new(const cuxas_cluster *cluster, cuxas_scattering **ret_scattering, cuxas_error *err);

/* cuxas_scattering_free() - accepts NULL */
void cuxas_scattering_free(cuxas_scattering *scattering);

typedef struct {
  size_t n_operation; /* of the absorber's point group */
  size_t n_orbit;     /* of atoms under it */
  size_t n_iteration; /* products with the scattering matrix, all energies together */
  size_t n_direct;    /* energies that were solved directly because iterations did not converge */
} cuxas_scattering_effort;

/* cuxas_scattering_run() - g_l at every energy
 *
 *   electron    phase shifts of the cluster's potentials; n_scatterer is the cluster's n_potential
 *   is_wanted   (CUXAS_N_L) for which l; L edges need 0 and 2
 *   ret_g       (n_energy, CUXAS_N_L); 0 where not wanted
 *   opt_effort  may be NULL
 *
 * Energies are spread over the threads that OpenMP has; results do not depend on their number. Single precision
 * and a residual of 0.3 %: g is right within about 2e-4, and 2e-3 where f waves of far atoms are left out while they
 * scatter weakly. BLAS should be told to use one thread.
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE electron and cluster do not belong together; CUXAS_ENUMERIC g is not finite;
 *          CUXAS_ENOMEM. */
cuxas_status cuxas_scattering_run(const cuxas_scattering *scattering, const cuxas_photoelectron *electron,
                                  const _Bool is_wanted[CUXAS_N_L], double complex *ret_g,
                                  cuxas_scattering_effort *opt_effort, cuxas_error *err);

/* cuxas_scattering_direct() - the same at one energy by elimination in double precision, all channels kept, no symmetry
 * used: the fallback, and what the fast way is tested against
 *
 *   ret_g  (CUXAS_N_L) */
cuxas_status cuxas_scattering_direct(const cuxas_scattering *scattering, const cuxas_photoelectron *electron,
                                     size_t i_energy, double complex ret_g[CUXAS_N_L], cuxas_error *err);

#endif
