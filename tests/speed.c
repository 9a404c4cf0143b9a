/* speed.c - what simulations cost: "make speed" prints the tables
 *
 *   speed [BEFORE]
 *
 * Processor seconds of build/bin/cuxas-simulate on one thread: L2 and L3 without a core hole and with a screened one, in both theories,
 * beside those of another version of the program, BEFORE, by its own defaults (make speed BEFORE=COMMIT); the lesser of two runs. Then
 * how a site without symmetry takes longer with the atoms that scatter, potentials left aside. Run from the top of the repository. */
#define _DEFAULT_SOURCE /* wait4 */
#include "cost.h"

#include <math.h>
#include <stdlib.h>

#define PROGRAM "build/bin/cuxas-simulate"

static const struct {
  const char *name, *path, *site;
} CASES[]                        = {{"Cu", "refdb/structures/Cu.cif", "0"},
                                    {"CuO", "refdb/structures/CuO.cif", "0"},
                                    {"YBa2Cu3O7", "refdb/candidates/YBa2Cu3O7.cif", "3"},
                                    {"CuWO4", "refdb/candidates/CuWO4.cif", "0"}, /* 12 atoms in the cell, no symmetry */
                                    {"malachite", "refdb/candidates/malachite.cif", "0"}}; /* 40 atoms */
static const char *const ATOMS[] = {"75", "150", "300"};
enum { N_CASE = sizeof CASES / sizeof *CASES, N_SIZE = sizeof ATOMS / sizeof *ATOMS };

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

/* One site; opt_theory NULL: the program's own default. */
static double simulate(const char *program, size_t i_case, const char *opt_theory)
{
  const char *const word[] = {program,
                              "-q",
                              "-t",
                              "1",
                              "--edge",
                              "L23",
                              "--hole",
                              "both",
                              "--site",
                              CASES[i_case].site,
                              CASES[i_case].path,
                              opt_theory == NULL ? NULL : "--theory",
                              opt_theory,
                              NULL};
  const double      first  = run(program, word);
  return fmin(first, run(program, word));
}

static void print_cases(const char *opt_before)
{
  printf("seconds of a processor  theory cuxas    feff");
  if (opt_before != NULL) printf("   before   ratios");
  printf("\n");
  for (size_t i = 0; i < N_CASE; i++) {
    const double own = simulate(PROGRAM, i, "cuxas"), feff = simulate(PROGRAM, i, "feff");
    printf("%-21s %14.2f %7.2f", CASES[i].name, own, feff);
    if (opt_before != NULL) {
      const double before = simulate(opt_before, i, NULL);
      printf(" %8.2f   %.2f %.2f", before, own / before, feff / before);
    }
    printf("\n");
    fflush(stdout);
  }
}

static void print_growth(void)
{
  double last_s = 0.0;
  printf("\natoms, malachite  seconds  power of N since the last\n");
  for (size_t i = 0; i < N_SIZE; i++) {
    const char *const word[] = {
        PROGRAM,    "-q", "-t",     "1", "--edge",      "L3",     "--scf-radius",     "0",
        "--radius", "14", "--site", "0", "--max-atoms", ATOMS[i], "--spinless-fermi", "refdb/candidates/malachite.cif",
        NULL};
    const double s = run(PROGRAM, word);
    printf("%-16s %8.2f", ATOMS[i], s);
    if (i > 0) printf("  %.2f", log(s / last_s) / log(atof(ATOMS[i]) / atof(ATOMS[i - 1])));
    printf("\n");
    fflush(stdout);
    last_s = s;
  }
}

int main(int argc, char **argv)
{
  setenv("OMP_NUM_THREADS", "1", 1);
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  print_cases(argc > 1 ? argv[1] : NULL);
  print_growth();
  return 0;
}
