/* speed.c - what simulations cost: "make speed" prints the tables
 *
 *   speed [BEFORE]
 *
 * Processor seconds of build/bin/cuxas-simulate on one thread: L2 and L3 without a core hole and with a screened one, in four ways,
 * beside those of another version of the program, BEFORE, by its own defaults (make speed BEFORE=COMMIT); the lesser of two runs. All but
 * the last way, the default, scatter within 7 A, as versions before 0.4.0 did. Then how a site without symmetry takes longer with the
 * atoms that scatter, potentials left aside. Run from the top of the repository. */
#define _DEFAULT_SOURCE /* wait4 */
#include "cost.h"

#include <math.h>
#include <stdlib.h>

#define PROGRAM "build/bin/cuxas-simulate"

static const struct {
  const char *name, *path, *site;
} CASES[] = {{"Cu", "refdb/structures/Cu.cif", "0"},
             {"CuO", "refdb/structures/CuO.cif", "0"},
             {"YBa2Cu3O7", "refdb/candidates/YBa2Cu3O7.cif", "3"},
             {"CuWO4", "refdb/candidates/CuWO4.cif", "0"},          /* 12 atoms in the cell, no symmetry */
             {"malachite", "refdb/candidates/malachite.cif", "0"}}; /* 40 atoms */
/* Ways to simulate: options, the last NULL. */
static const struct {
  const char *name, *option[6];
} WAYS[]                         = {{"feff", {"--theory", "feff"}},
                                    {"quick", {"--quick"}},
                                    {"q.03", {"--quick", "--level", "0.5", "--residual", "0.03"}},
                                    {"default", {NULL}}};
static const char *const ATOMS[] = {"75", "105", "150", "200", "300"};
enum {
  N_CASE = sizeof CASES / sizeof *CASES,
  N_WAY  = sizeof WAYS / sizeof *WAYS,
  N_SIZE = sizeof ATOMS / sizeof *ATOMS
};

/* Processor seconds of a program on words, the last NULL. */
static double run(const char *program, const char *const *word)
{
  const run_cost cost = run_program(program, word);
  if (cost.code != 0) {
    fprintf(stderr, "speed: %s failed\n", program);
    exit(1);
  }
  return cost.cpu_s;
}

/* One site once, with the options given. */
static double simulate(const char *program, size_t i_case, const char *const *option)
{
  const char *word[20] = {program, "-q", "-t", "1", "--edge", "L23", "--hole", "both", "--site", CASES[i_case].site};
  size_t      n        = 10;
  while (*option != NULL) word[n++] = *option++;
  word[n] = CASES[i_case].path;
  return run(program, word);
}

/* Of each way the lesser of two runs, in turns with the version before, so that what else the machine does hits all alike. */
static void print_cases(const char *opt_before)
{
  static const char *const NONE[] = {NULL};
  printf("seconds of a processor");
  for (size_t w = 0; w < N_WAY; w++) printf(" %8s", WAYS[w].name);
  if (opt_before != NULL) printf(" %8s   ratios", "before");
  printf("\n");
  for (size_t i = 0; i < N_CASE; i++) {
    double least[N_WAY], before = HUGE_VAL;
    for (size_t w = 0; w < N_WAY; w++) least[w] = HUGE_VAL;
    for (int turn = 0; turn < 2; turn++) {
      for (size_t w = 0; w < N_WAY; w++) least[w] = fmin(least[w], simulate(PROGRAM, i, WAYS[w].option));
      if (opt_before != NULL) before = fmin(before, simulate(opt_before, i, NONE));
    }
    printf("%-22s", CASES[i].name);
    for (size_t w = 0; w < N_WAY; w++) printf(" %8.2f", least[w]);
    if (opt_before != NULL) {
      printf(" %8.2f  ", before);
      for (size_t w = 0; w < N_WAY; w++) printf(" %.2f", least[w] / before);
    }
    printf("\n");
    fflush(stdout);
  }
}

/* The power of N is the slope of a straight line through logarithms. */
static void print_growth(void)
{
  double x[N_SIZE], y[N_SIZE], mean_x = 0.0, mean_y = 0.0, product = 0.0, square = 0.0;
  printf("\natoms, malachite  seconds  power of N since the last\n");
  for (size_t i = 0; i < N_SIZE; i++) {
    const char *const word[] = {
        PROGRAM,    "-q", "-t",     "1", "--edge",      "L3",     "--scf-radius",     "0",
        "--radius", "14", "--site", "0", "--max-atoms", ATOMS[i], "--spinless-fermi", "refdb/candidates/malachite.cif",
        NULL};
    const double s = run(PROGRAM, word);
    x[i]           = log(atof(ATOMS[i]));
    y[i]           = log(s);
    mean_x += x[i] / N_SIZE;
    mean_y += y[i] / N_SIZE;
    printf("%-16s %8.2f", ATOMS[i], s);
    if (i > 0) printf("  %.2f", (y[i] - y[i - 1]) / (x[i] - x[i - 1]));
    printf("\n");
    fflush(stdout);
  }
  for (size_t i = 0; i < N_SIZE; i++) {
    product += (x[i] - mean_x) * (y[i] - mean_y);
    square += (x[i] - mean_x) * (x[i] - mean_x);
  }
  printf("all %28.2f\n", product / square);
}

int main(int argc, char **argv)
{
  setenv("OMP_NUM_THREADS", "1", 1);
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  print_cases(argc > 1 ? argv[1] : NULL);
  print_growth();
  return 0;
}
