/* Is a simulation a smooth function of the atoms' places, and is its cluster large enough? bench_smooth [--larger] [STRUCTURE...]
 *
 * Two copies of each crystal, the atoms displaced at random by 0.003 A (root mean square) in each: noise that no
 * structure determination excludes. Prints how far the L3 spectra without core hole of the first copper site are apart
 * (mean absolute difference, edge steps), as they stand and after the best shift of up to 0.5 eV, and how self-consistency
 * ended in both. A model cannot learn what jumps. --larger: the crystal as it is, in the default cluster and in one of 9 A
 * and up to 250 atoms. Default: bundled structures. Run from the top of the repository. */
#include "base/memory.h"
#include "base/random.h"
#include "cuxas.h"
#include "cuxas/simulate.h"
#include "records/dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COPPER = 29, N_ENERGY = 312 };
#define DISPLACEMENT_A 0.003
#define STEP_EV 0.2

static const char *const BUNDLED[] = {"refdb/structures/Cu.cif",     "refdb/structures/Cu2O.cif",
                                      "refdb/structures/CuO.cif",    "refdb/structures/CuFeS2.cif",
                                      "refdb/structures/LaCuOS.cif", "refdb/structures/ZrCuSiAs.cif"};

static void displace(cuxas_crystal *crystal, uint64_t *seed)
{
  const double(*a)[3] = (const double(*)[3])crystal->lattice_A;
  double cross[3][3], volume = 0.0;
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++)
      cross[i][k] = a[(i + 1) % 3][(k + 1) % 3] * a[(i + 2) % 3][(k + 2) % 3] -
                    a[(i + 1) % 3][(k + 2) % 3] * a[(i + 2) % 3][(k + 1) % 3];
  for (int k = 0; k < 3; k++) volume += a[0][k] * cross[0][k];
  for (size_t s = 0; s < crystal->n_site; s++) {
    double moved_A[3];
    for (int k = 0; k < 3; k++) moved_A[k] = DISPLACEMENT_A / sqrt(3.0) * random_normal(seed);
    for (int i = 0; i < 3; i++)
      for (int k = 0; k < 3; k++) crystal->fractional[s][i] += moved_A[k] * cross[i][k] / volume;
  }
}

static cuxas_status simulate_copy(cuxas_simulator *simulator, const char *path, uint64_t *opt_seed,
                                  cuxas_simulation **ret_simulation, cuxas_error *err)
{
  const cuxas_simulated_kind kind    = {"L3", CUXAS_CHANNEL_NO_HOLE};
  cuxas_crystal             *crystal = NULL;
  cuxas_status               status  = cuxas_crystal_read(path, &crystal, err);
  size_t                     site    = 0;
  if (status != CUXAS_OK) return status;
  while (site < crystal->n_site && crystal->atomic_number[site] != COPPER) site++;
  if (opt_seed != NULL) displace(crystal, opt_seed);
  status = cuxas_simulate_site(simulator, crystal, site, &kind, 1, ret_simulation, err);
  cuxas_crystal_free(crystal);
  return status;
}

static cuxas_status resample(const cuxas_simulation *simulation, double start_eV, double *ret_mu, cuxas_error *err)
{
  const cuxas_simulated_edge *edge  = &simulation->edge[0];
  const cuxas_record_curve    curve = {.n_point            = edge->n_point,
                                       .energy_eV          = edge->energy_eV,
                                       .mu                 = edge->mu,
                                       .edge_step          = edge->edge_step,
                                       .core_hole_width_eV = edge->width_eV,
                                       .fermi_eV           = NAN};
  return cuxas_dataset_resample(&curve, (cuxas_grid){start_eV, STEP_EV, N_ENERGY}, ret_mu, err);
}

/* Mean absolute difference of both as they stand, and the smallest over shifts. */
static cuxas_status compare(cuxas_simulation *const copy[2], double *ret_mae, double *ret_aligned, cuxas_error *err)
{
  const double start_eV = 5.0 * floor(copy[0]->edge[0].energy_eV[0] / 5.0 - 1.0);
  double       first[N_ENERGY], second[N_ENERGY];
  cuxas_status status = resample(copy[0], start_eV, first, err);
  *ret_aligned        = INFINITY;
  for (int shift = -25; shift <= 25 && status == CUXAS_OK; shift++) {
    double sum = 0.0;
    if ((status = resample(copy[1], start_eV + 0.02 * shift, second, err)) != CUXAS_OK) break;
    for (int i = 0; i < N_ENERGY; i++) sum += fabs(first[i] - second[i]) / N_ENERGY;
    if (shift == 0) *ret_mae = sum;
    *ret_aligned = fmin(*ret_aligned, sum);
  }
  return status;
}

static int by_value(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
  const bool is_larger = argc > 1 && strcmp(argv[1], "--larger") == 0;
  if (is_larger) {
    argc--;
    argv++;
  }
  const char *const      *path   = argc > 1 ? (const char *const *)argv + 1 : BUNDLED;
  const size_t            n_path = argc > 1 ? (size_t)argc - 1 : sizeof BUNDLED / sizeof *BUNDLED;
  double                 *mae = cuxas_new(NULL, n_path, sizeof *mae), sum = 0.0;
  cuxas_simulator        *simulator = NULL, *larger = NULL;
  cuxas_simulate_settings more = CUXAS_SIMULATE_DEFAULTS;
  cuxas_error             err;
  size_t                  n    = 0;
  uint64_t                seed = 1;
  more.radius_A                = 9.0;
  more.max_atom                = 250;
  if (mae == NULL || cuxas_simulator_new(&CUXAS_SIMULATE_DEFAULTS, &simulator, &err) != CUXAS_OK ||
      cuxas_simulator_new(is_larger ? &more : &CUXAS_SIMULATE_DEFAULTS, &larger, &err) != CUXAS_OK)
    return 1;
  printf("%-28s %8s %8s  %s\n", "structure", "MAE", "aligned", "iterations");
  for (size_t i = 0; i < n_path; i++) {
    const char       *name    = strrchr(path[i], '/') != NULL ? strrchr(path[i], '/') + 1 : path[i];
    cuxas_simulation *copy[2] = {NULL, NULL};
    double            aligned;
    if (simulate_copy(simulator, path[i], is_larger ? NULL : &seed, &copy[0], &err) == CUXAS_OK &&
        simulate_copy(larger, path[i], is_larger ? NULL : &seed, &copy[1], &err) == CUXAS_OK &&
        compare(copy, &mae[n], &aligned, &err) == CUXAS_OK) {
      printf("%-28s %8.4f %8.4f  %d %d, Fermi level %.3f %.3f eV, %zu %zu atoms\n", name, mae[n], aligned,
             copy[0]->n_scf, copy[1]->n_scf, copy[0]->fermi_eV, copy[1]->fermi_eV, copy[0]->n_atom, copy[1]->n_atom);
      sum += mae[n++];
    } else {
      printf("%-28s %s\n", name, err.message);
    }
    fflush(stdout);
    cuxas_simulation_free(copy[0]);
    cuxas_simulation_free(copy[1]);
  }
  qsort(mae, n, sizeof *mae, by_value);
  if (n > 0)
    printf("%zu of %zu: median %.4f, mean %.4f, worst %.4f\n", n, n_path, 0.5 * (mae[(n - 1) / 2] + mae[n / 2]),
           sum / (double)n, mae[n - 1]);
  free(mae);
  cuxas_simulator_free(simulator);
  cuxas_simulator_free(larger);
  return 0;
}
