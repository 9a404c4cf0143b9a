/* How fast are prediction and matching, and how much memory does a large search take? bench_match [FOLDER...]
 *
 * Default folders: refdb/structures and refdb/candidates. Run from the top of the repository after `make`; `make bench` does.
 *   stages    processor time per structure of reading, symmetry, features and the whole prediction, one thread
 *   predict   structures per second, crystals in memory, 1 and 2 threads, wall time
 *   match     wall time of build/bin/cuxas-match from start to report, 1 and 2 threads, best of three
 *   memory    peak of build/bin/cuxas-match on 10,000 candidates made from the folders by straining their cells */
#define _DEFAULT_SOURCE /* wait4 */
#include "cuxas.h"
#include "base/elements.h"
#include "cuxas/catalog.h"
#include "base/memory.h"
#include "predict/head.h"

#include <cblas.h>
#include <fcntl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern void openblas_set_num_threads(int n_thread);

#define PROGRAM "build/bin/cuxas-match"
#define MODEL "refdb/models/cu-l23.cuxas"
#define MEASURED "examples/01-match/Cu2O.csv"
enum { N_LARGE = 10000, N_ROUND = 3 };

typedef struct {
  size_t          n_crystal;
  cuxas_crystal **crystal;
} crystals;

static double seconds(clockid_t clock)
{
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static _Noreturn void stop(const cuxas_error *err)
{
  fprintf(stderr, "bench_match: %s\n", err->message);
  exit(1);
}

static void *need(void *block)
{
  if (block != NULL) return block;
  fputs("bench_match: out of memory\n", stderr);
  exit(1);
}

static void measure_stages(const cuxas_model *model, const cuxas_catalog *catalog, crystals *ret_crystals)
{
  double      read_s = 0.0, symmetry_s = 0.0, feature_s = 0.0, whole_s = 0.0, start;
  size_t      n_atom = 0, n_site = 0, n = 0;
  cuxas_error err = {0};

  ret_crystals->crystal = need(cuxas_new(NULL, catalog->n_candidate, sizeof(cuxas_crystal *)));
  for (size_t i = 0; i < catalog->n_candidate; i++) {
    cuxas_crystal    *crystal;
    cuxas_orbits     *orbits;
    cuxas_prediction *prediction;
    start = seconds(CLOCK_THREAD_CPUTIME_ID);
    if (cuxas_crystal_read(catalog->candidate[i].path, &crystal, &err) != CUXAS_OK) stop(&err);
    read_s += seconds(CLOCK_THREAD_CPUTIME_ID) - start;

    start = seconds(CLOCK_THREAD_CPUTIME_ID);
    if (cuxas_symmetry_find_orbits(crystal, model->absorber, CUXAS_SYMPREC_A, &orbits, &err) != CUXAS_OK) stop(&err);
    symmetry_s += seconds(CLOCK_THREAD_CPUTIME_ID) - start;

    float *feature = need(cuxas_new(NULL, orbits->n_orbit, model->n_feature * sizeof *feature));
    start          = seconds(CLOCK_THREAD_CPUTIME_ID);
    if (cuxas_predict_features(model, crystal, orbits->first_site, orbits->n_orbit, feature, &err) != CUXAS_OK)
      stop(&err);
    feature_s += seconds(CLOCK_THREAD_CPUTIME_ID) - start;
    free(feature);

    start = seconds(CLOCK_THREAD_CPUTIME_ID);
    if (cuxas_predict_crystal(model, crystal, &prediction, &err) != CUXAS_OK) stop(&err);
    whole_s += seconds(CLOCK_THREAD_CPUTIME_ID) - start;
    cuxas_prediction_free(prediction);

    n_atom += crystal->n_site;
    n_site += orbits->n_orbit;
    ret_crystals->crystal[n++] = crystal;
    cuxas_orbits_free(orbits);
  }
  ret_crystals->n_crystal = n;
  printf("stages    %zu structures, %.1f atoms and %.2f distinct absorber sites each; ms per structure, one thread:\n",
         n, (double)n_atom / (double)n, (double)n_site / (double)n);
  printf("          read %.2f   symmetry %.2f   features %.2f   networks %.2f   whole prediction %.2f\n",
         1e3 * read_s / (double)n, 1e3 * symmetry_s / (double)n, 1e3 * feature_s / (double)n,
         1e3 * (whole_s - symmetry_s - feature_s) / (double)n, 1e3 * whole_s / (double)n);
}

static void measure_predict(const cuxas_model *model, const crystals *all, int n_thread)
{
  double best_s = 1e9;
  for (int i_round = 0; i_round < N_ROUND; i_round++) {
    const double start = seconds(CLOCK_MONOTONIC);
#pragma omp parallel for num_threads(n_thread) schedule(dynamic)
    for (size_t i = 0; i < all->n_crystal; i++) {
      cuxas_prediction *prediction;
      if (cuxas_predict_crystal(model, all->crystal[i], &prediction, NULL) == CUXAS_OK)
        cuxas_prediction_free(prediction);
    }
    const double took_s = seconds(CLOCK_MONOTONIC) - start;
    if (took_s < best_s) best_s = took_s;
  }
  printf("predict   %d thread%s: %6.0f structures/s\n", n_thread, n_thread == 1 ? " " : "s",
         (double)all->n_crystal / best_s);
}

/* run_match() - runs the program on the folders; wall time in s, peak memory in MiB */
static double run_match(char *const *folder, int n_folder, const char *n_thread, double *ret_peak_MiB)
{
  const char **word  = need(cuxas_new(NULL, (size_t)n_folder + 8, sizeof *word));
  int          n     = 0;
  const double start = seconds(CLOCK_MONOTONIC);
  for (const char *first[] = {PROGRAM, "--quiet", "--threads", n_thread, MEASURED}; n < 5; n++) word[n] = first[n];
  for (int i = 0; i < n_folder; i++) word[n++] = folder[i];

  const pid_t child = fork();
  if (child == 0) {
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    execv(PROGRAM, (char *const *)word);
    _exit(127);
  }
  int           status;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "bench_match: %s failed\n", PROGRAM);
    exit(1);
  }
  free(word);
  *ret_peak_MiB = (double)usage.ru_maxrss / 1024.0;
  return seconds(CLOCK_MONOTONIC) - start;
}

static void measure_match(char *const *folder, int n_folder, const char *n_thread)
{
  double best_s = 1e9, peak_MiB = 0.0;
  for (int i = 0; i < N_ROUND; i++) {
    const double took_s = run_match(folder, n_folder, n_thread, &peak_MiB);
    if (took_s < best_s) best_s = took_s;
  }
  printf("match     %s thread(s): %.2f s from start to report, peak memory %.0f MiB\n", n_thread, best_s, peak_MiB);
}

/* write_strained() - N_LARGE files in the folder: the crystals, each copy with its cell scaled a little differently */
static void write_strained(const crystals *all, const char *folder)
{
  char path[64];
  for (int i = 0; i < N_LARGE; i++) {
    const cuxas_crystal *crystal = all->crystal[(size_t)i % all->n_crystal];
    const double         scale   = 0.97 + 0.06 * (double)i / N_LARGE;
    snprintf(path, sizeof path, "%s/c%05d.vasp", folder, i);
    FILE *out = fopen(path, "w");
    if (out == NULL) exit(1);
    fprintf(out, "strained\n%.6f\n", scale);
    for (int j = 0; j < 3; j++)
      fprintf(out, "%.9f %.9f %.9f\n", crystal->lattice_A[j][0], crystal->lattice_A[j][1], crystal->lattice_A[j][2]);
    for (size_t j = 0; j < crystal->n_site; j++)
      fprintf(out, "%s ", cuxas_element_find(crystal->atomic_number[j])->symbol);
    fputc('\n', out);
    for (size_t j = 0; j < crystal->n_site; j++) fputs("1 ", out);
    fputs("\nDirect\n", out);
    for (size_t j = 0; j < crystal->n_site; j++)
      fprintf(out, "%.9f %.9f %.9f\n", crystal->fractional[j][0], crystal->fractional[j][1], crystal->fractional[j][2]);
    fclose(out);
  }
}

static void measure_memory(const crystals *all)
{
  char  folder[] = "/tmp/cuxas-bench-XXXXXX", path[64];
  char *list[]   = {folder};
  if (mkdtemp(folder) == NULL) exit(1);
  write_strained(all, folder);
  double       peak_MiB;
  const double took_s = run_match(list, 1, "2", &peak_MiB);
  printf("memory    %d candidates, 2 threads: peak %.0f MiB, %.1f s\n", N_LARGE, peak_MiB, took_s);
  for (int i = 0; i < N_LARGE; i++) {
    snprintf(path, sizeof path, "%s/c%05d.vasp", folder, i);
    unlink(path);
  }
  rmdir(folder);
}

int main(int argc, char **argv)
{
  static char  STRUCTURES[] = "refdb/structures", CANDIDATES[] = "refdb/candidates";
  static char *DEFAULTS[] = {STRUCTURES, CANDIDATES};
  char *const *folder     = argc > 1 ? argv + 1 : DEFAULTS;
  const int    n_folder   = argc > 1 ? argc - 1 : 2;

  cuxas_model   *model   = NULL;
  cuxas_catalog *catalog = NULL;
  crystals       all     = {0};
  cuxas_error    err     = {0};

  openblas_set_num_threads(1);
  if (cuxas_model_read(MODEL, &model, &err) != CUXAS_OK ||
      cuxas_catalog_list((const char *const *)folder, (size_t)n_folder, false, &catalog, &err) != CUXAS_OK)
    stop(&err);
  measure_stages(model, catalog, &all);
  measure_predict(model, &all, 1);
  measure_predict(model, &all, 2);
  measure_match(folder, n_folder, "1");
  measure_match(folder, n_folder, "2");
  measure_memory(&all);

  for (size_t i = 0; i < all.n_crystal; i++) cuxas_crystal_free(all.crystal[i]);
  free(all.crystal);
  cuxas_catalog_free(catalog);
  cuxas_model_free(model);
  return 0;
}
