/* Is a simulation a smooth function of the atoms' places, and is its cluster large enough?
 *
 *   bench_smooth [--quick|--feff|--spinless-fermi] [--level SHARE] [--converged] [STRUCTURE...]
 *
 * Two copies of each crystal, the atoms displaced at random by 0.003 A (root mean square) in each: noise that no
 * structure determination excludes. Prints how far the L3 spectra without core hole of the first copper site are apart
 * (mean absolute difference over 62 eV, edge steps), as they stand and after the best shift of up to 0.5 eV, and how
 * self-consistency ended in both. A model cannot learn what jumps.
 *
 * --converged, "make converged": the crystal as it is, in clusters of several sizes against much larger ones, with the
 * processor's time for each; also after the best shift, since self-consistency and the Fermi level in small clusters move all of a
 * spectrum. --quick, --feff: with the clusters of the bundled models' data, and in FEFF's theory; --level: of the potential between the spheres. Default: bundled structures. Run from the
 * top of the repository. */
#include "base/memory.h"
#include "base/random.h"
#include "cuxas.h"
#include "cuxas/simulate.h"
#include "records/dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COPPER = 29, N_ENERGY = 312 };
#define DISPLACEMENT_A 0.003
#define STEP_EV 0.2
#define NEAR 0.015 /* what deviations from converged spectra are counted by */

/* Small cells of all kinds. */
static const char *const SMALL[] = {
    "refdb/structures/Cu.cif",        "refdb/structures/CuBe.cif",      "refdb/structures/Cu2O.cif",
    "refdb/structures/CuO.cif",       "refdb/structures/CuFeS2.cif",    "refdb/structures/LaCuOS.cif",
    "refdb/structures/ZrCuSiAs.cif",  "refdb/structures/CuS.cif",       "refdb/candidates/Cu3N.cif",
    "refdb/candidates/CuF2.cif",      "refdb/candidates/CuCl2.cif",     "refdb/candidates/CuBr_zb.cif",
    "refdb/candidates/CaCuO2.cif",    "refdb/candidates/Sr2CuO3.cif",   "refdb/candidates/La2CuO4_T.cif",
    "refdb/candidates/KCuF3.cif",     "refdb/candidates/NaCuO2.cif",    "refdb/candidates/Li2CuO2.cif",
    "refdb/candidates/CuAlO2_3R.cif", "refdb/candidates/CuFeO2_3R.cif", "refdb/candidates/CuCrO2_3R.cif",
    "refdb/candidates/Cu2WS4.cif",    "refdb/candidates/CuTe.cif",      "refdb/candidates/CuWO4.cif"};

/* Metals, oxides, layers, salts, low symmetry. */
static const char *const VARIED[] = {
    "refdb/structures/Cu.cif",        "refdb/structures/CuBe.cif",      "refdb/candidates/Cu3Au_L12.cif",
    "refdb/structures/Cu2O.cif",      "refdb/structures/CuO.cif",       "refdb/candidates/BaCu2O2.cif",
    "refdb/candidates/La2CuO4_T.cif", "refdb/candidates/YBa2Cu3O7.cif", "refdb/structures/LaCuOS.cif",
    "refdb/structures/ZrCuSiAs.cif",  "refdb/structures/CuFeS2.cif",    "refdb/structures/CuS.cif",
    "refdb/candidates/CuBr_zb.cif",   "refdb/candidates/CuCl2.cif",     "refdb/candidates/CuSbS2.cif",
    "refdb/candidates/azurite.cif",   "refdb/candidates/CuWO4.cif"};

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

static const char *name_of(const char *path)
{
  return strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
}

static double median_of(double *value, size_t n)
{
  qsort(value, n, sizeof *value, by_value);
  return 0.5 * (value[(n - 1) / 2] + value[n / 2]);
}

/* ---- displaced atoms ---------------------------------------------------------------------------------------------- */

static bool print_smoothness(const cuxas_simulate_settings *settings, const char *const *path, size_t n_path)
{
  double          *mae = cuxas_new(NULL, n_path, sizeof *mae), sum = 0.0;
  cuxas_simulator *simulator = NULL;
  cuxas_error      err;
  size_t           n    = 0;
  uint64_t         seed = 1;
  if (mae == NULL || cuxas_simulator_new(settings, &simulator, &err) != CUXAS_OK) return false;
  printf("%-20s %8s %8s  %s\n", "structure", "MAE", "aligned", "iterations");
  for (size_t i = 0; i < n_path; i++) {
    cuxas_simulation *copy[2] = {NULL, NULL};
    double            aligned;
    if (simulate_copy(simulator, path[i], &seed, &copy[0], &err) == CUXAS_OK &&
        simulate_copy(simulator, path[i], &seed, &copy[1], &err) == CUXAS_OK &&
        compare(copy, &mae[n], &aligned, &err) == CUXAS_OK) {
      printf("%-20s %8.4f %8.4f  %d %d, Fermi level %.3f %.3f eV, %zu %zu atoms\n", name_of(path[i]), mae[n], aligned,
             copy[0]->n_scf, copy[1]->n_scf, copy[0]->fermi_eV, copy[1]->fermi_eV, copy[0]->n_atom, copy[1]->n_atom);
      sum += mae[n++];
    } else {
      printf("%-20s %s\n", name_of(path[i]), err.message);
    }
    fflush(stdout);
    cuxas_simulation_free(copy[0]);
    cuxas_simulation_free(copy[1]);
  }
  if (n > 0) {
    const double median = median_of(mae, n);
    printf("%zu of %zu: median %.4f, mean %.4f, worst %.4f\n", n, n_path, median, sum / (double)n, mae[n - 1]);
  }
  free(mae);
  cuxas_simulator_free(simulator);
  return n > 0;
}

/* ---- clusters of several sizes ------------------------------------------------------------------------------------ */

/* Each column against the larger cluster that it names; columns that are alike are simulated once. */
typedef struct {
  double radius_A;
  size_t max_atom;
  double scf_radius_A;
  size_t scf_max_atom;
  double fermi_radius_A;
  double residual;
  int    against; /* index of its reference; itself: one */
} size;
static const size SIZES[] = {
    {5.0, 50, 6.5, 0, 0.0, 0.0, 5},     {6.0, 75, 6.5, 0, 0.0, 0.0, 5},    {7.0, 105, 6.5, 0, 0.0, 0.0, 5},
    {8.0, 150, 6.5, 0, 0.0, 0.0, 5},    {9.0, 250, 6.5, 0, 0.0, 0.0, 5},   {10.0, 400, 6.5, 0, 0.0, 0.0, 5},
    {7.0, 105, 3.7, 25, 0.0, 0.0, 10},  {7.0, 105, 4.6, 45, 0.0, 0.0, 10}, {7.0, 105, 5.5, 80, 0.0, 0.0, 10},
    {7.0, 105, 4.6, 45, 6.5, 0.0, 10},  {7.0, 105, 6.5, 0, 0.0, 0.0, 10},  {7.0, 105, 4.6, 45, 0.0, 0.0, 16},
    {7.0, 105, 4.6, 45, 6.5, 0.0, 16},  {8.0, 150, 4.6, 45, 6.5, 0.0, 16}, {9.0, 250, 4.6, 45, 6.5, 0.0, 16},
    {9.0, 250, 4.6, 45, 6.5, 0.03, 16}, {10.0, 400, 6.5, 0, 0.0, 0.0, 16}};
enum { N_SIZE = sizeof SIZES / sizeof *SIZES, MAX_STRUCTURE = 100 };

typedef struct {
  cuxas_simulator  *simulator[N_SIZE];
  cuxas_simulation *found[N_SIZE]; /* of one structure */
  double            mae[N_SIZE][MAX_STRUCTURE], aligned[N_SIZE][MAX_STRUCTURE], seconds[N_SIZE];
  size_t            n; /* structures */
} sizes;

static bool is_default(const size *s)
{
  return s->radius_A == CUXAS_SIMULATE_DEFAULTS.radius_A && s->scf_radius_A == CUXAS_SIMULATE_DEFAULTS.scf_radius_A &&
         s->fermi_radius_A == CUXAS_SIMULATE_DEFAULTS.fermi_radius_A && s->residual == CUXAS_SIMULATE_DEFAULTS.residual;
}

static void print_sizes(void)
{
  static const char *const WHAT[] = {"radius, A",      "most atoms", "SCF radius, A", "most atoms",
                                     "Fermi level, A", "residual",   "default"};
  for (int line = 0; line < 7; line++) {
    printf("%-16s", WHAT[line]);
    for (int k = 0; k < N_SIZE; k++) {
      const size  *s       = &SIZES[k];
      const double value[] = {s->radius_A,       (double)s->max_atom, s->scf_radius_A, (double)s->scf_max_atom,
                              s->fermi_radius_A, s->residual};
      if (line < 6)
        printf(" %6.*f", line == 5 ? 2 : line % 2 == 0, value[line]);
      else
        printf(" %6s", is_default(s) ? "*" : "");
      if (s->against == k) printf(" |");
    }
    printf("\n");
  }
}

/* The first of the same size. */
static int first_like(int k)
{
  int i = 0;
  while (SIZES[i].radius_A != SIZES[k].radius_A || SIZES[i].scf_radius_A != SIZES[k].scf_radius_A ||
         SIZES[i].fermi_radius_A != SIZES[k].fermi_radius_A || SIZES[i].residual != SIZES[k].residual)
    i++;
  return i;
}

/* One structure at all sizes, each once. */
static cuxas_status simulate_sizes(sizes *io, const char *path, cuxas_error *err)
{
  for (int k = 0; k < N_SIZE; k++) {
    const int     first = first_like(k);
    const clock_t start = clock();
    if (first < k) {
      io->found[k] = io->found[first];
      continue;
    }
    const cuxas_status status = simulate_copy(io->simulator[k], path, NULL, &io->found[k], err);
    if (status != CUXAS_OK) return status;
    io->seconds[k] += (double)(clock() - start) / CLOCKS_PER_SEC;
  }
  for (int k = 0; k < N_SIZE; k++) {
    cuxas_simulation *const pair[2] = {io->found[k], io->found[SIZES[k].against]};
    const cuxas_status      status  = compare(pair, &io->mae[k][io->n], &io->aligned[k][io->n], err);
    if (status != CUXAS_OK) return status;
  }
  for (int line = 0; line < 2; line++) {
    printf("%-16.*s", line == 0 ? (int)strcspn(name_of(path), ".") : 16, line == 0 ? name_of(path) : "  aligned");
    for (int k = 0; k < N_SIZE; k++)
      if (SIZES[k].against == k)
        printf(" %6zu |", io->found[k]->n_atom);
      else
        printf(" %6.4f", line == 0 ? io->mae[k][io->n] : io->aligned[k][io->n]);
    printf("\n");
  }
  fflush(stdout);
  io->n++;
  return CUXAS_OK;
}

static void print_sums(sizes *io)
{
  static const char *const WHAT[] = {"median", "mean", "worst", "median, aligned", "worst, aligned", "CPU s each"};
  for (int line = 0; line < 6; line++) {
    printf("%-16s", WHAT[line]);
    for (int k = 0; k < N_SIZE; k++) {
      double sum = 0.0, worst[2] = {0.0, 0.0};
      for (size_t i = 0; i < io->n; i++) {
        sum += io->mae[k][i];
        worst[0] = fmax(worst[0], io->mae[k][i]);
        worst[1] = fmax(worst[1], io->aligned[k][i]);
      }
      const double mean    = sum / (double)io->n;
      const double value[] = {median_of(io->mae[k], io->n), mean, worst[0], median_of(io->aligned[k], io->n), worst[1]};
      if (line == 5)
        printf(" %6.2f", io->seconds[first_like(k)] / (double)io->n);
      else if (SIZES[k].against == k)
        printf(" %6s", "");
      else
        printf(" %6.4f", value[line]);
      if (SIZES[k].against == k) printf(" |");
    }
    printf("\n");
  }
  for (int k = 0; k < N_SIZE; k++) {
    size_t n_near = 0;
    for (size_t i = 0; i < io->n; i++) n_near += io->mae[k][i] <= NEAR;
    if (SIZES[k].against == N_SIZE - 1 && k < N_SIZE - 1)
      printf("%.0f A, %.1f A, Fermi level of %.1f A, residual %.2f: within %.3f for %zu of %zu\n", SIZES[k].radius_A,
             SIZES[k].scf_radius_A, fmax(SIZES[k].fermi_radius_A, SIZES[k].scf_radius_A), SIZES[k].residual, NEAR,
             n_near, io->n);
  }
}

static bool print_convergence(const cuxas_simulate_settings *settings, const char *const *path, size_t n_path)
{
  static sizes s;
  cuxas_error  err;
  bool         has_all = n_path <= MAX_STRUCTURE;
  for (int k = 0; k < N_SIZE && has_all; k++) {
    cuxas_simulate_settings own = *settings;
    own.radius_A = SIZES[k].radius_A, own.max_atom = SIZES[k].max_atom;
    own.scf_radius_A = SIZES[k].scf_radius_A, own.scf_max_atom = SIZES[k].scf_max_atom;
    own.fermi_radius_A = SIZES[k].fermi_radius_A, own.residual = SIZES[k].residual;
    has_all = cuxas_simulator_new(&own, &s.simulator[k], &err) == CUXAS_OK;
  }
  if (has_all) print_sizes();
  for (size_t i = 0; i < n_path && has_all; i++) {
    if (simulate_sizes(&s, path[i], &err) != CUXAS_OK) printf("%-16s %s\n", name_of(path[i]), err.message);
    for (int k = 0; k < N_SIZE; k++) {
      if (first_like(k) == k) cuxas_simulation_free(s.found[k]);
      s.found[k] = NULL;
    }
  }
  if (s.n > 0) print_sums(&s);
  for (int k = 0; k < N_SIZE; k++) cuxas_simulator_free(s.simulator[k]);
  return s.n > 0;
}

int main(int argc, char **argv)
{
  cuxas_simulate_settings settings     = CUXAS_SIMULATE_DEFAULTS;
  bool                    is_converged = false;
  for (; argc > 1 && strncmp(argv[1], "--", 2) == 0; argc--, argv++) {
    if (strcmp(argv[1], "--quick") == 0 || strcmp(argv[1], "--feff") == 0) {
      settings = CUXAS_SIMULATE_QUICK;
      if (strcmp(argv[1], "--feff") == 0) settings.theory = CUXAS_THEORY_FEFF;
    } else if (strcmp(argv[1], "--level") == 0 && argc > 2) {
      settings.level_share = atof(argv[2]);
      argc--, argv++;
    } else if (strcmp(argv[1], "--spinless-fermi") == 0)
      settings.has_polarised_fermi = false;
    else if (strcmp(argv[1], "--converged") == 0)
      is_converged = true;
    else
      return fprintf(stderr,
                     "bench_smooth [--quick|--feff|--spinless-fermi] [--level SHARE] [--converged] [STRUCTURE...]\n"),
             2;
  }
  const char *const *path   = (const char *const *)argv + 1;
  size_t             n_path = (size_t)argc - 1;
  if (n_path == 0) {
    path   = is_converged ? VARIED : SMALL;
    n_path = is_converged ? sizeof VARIED / sizeof *VARIED : sizeof SMALL / sizeof *SMALL;
  }
  return (is_converged ? print_convergence : print_smoothness)(&settings, path, n_path) ? 0 : 1;
}
