/* What does a table of very many rows cost? bench_rows [ROWS]
 *
 * Writes an invented two-edge curve of ROWS rows (default 10000000) to a temporary file, reads and prepares it as
 * cuxas-match does, and prints processor time and the largest memory: the figures of the table of limits in
 * cuxas-formats(5). */
#include "cuxas/measured.h"
#include "spectrum/preprocess_steps.h"
#include "cuxas/preprocess.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static double used_s(const struct rusage *used)
{
  return (double)used->ru_utime.tv_sec + 1e-6 * (double)used->ru_utime.tv_usec + (double)used->ru_stime.tv_sec +
         1e-6 * (double)used->ru_stime.tv_usec;
}

static void write_rows(FILE *out, long n_row)
{
  fputs("energy,mu\n", out);
  for (long i = 0; i < n_row; i++) {
    const double energy_eV = 920.0 + 45.0 * (double)i / (double)n_row;
    fprintf(out, "%.6f,%.5f\n", energy_eV,
            1.0 / (1.0 + exp(934.0 - energy_eV)) + 0.5 / (1.0 + exp(954.0 - energy_eV)) +
                1.4 * exp(-pow((energy_eV - 931.0) / 0.9, 2.0)));
  }
}

int main(int argc, char **argv)
{
  const long      n_row    = argc > 1 ? strtol(argv[1], NULL, 10) : 10000000;
  char            path[]   = "/tmp/cuxas-bench-XXXXXX";
  const int       file     = mkstemp(path);
  FILE           *out      = file >= 0 ? fdopen(file, "w") : NULL;
  cuxas_spectrum *spectrum = NULL, *smooth = NULL;
  cuxas_error     err = {0};
  struct rusage   before, after;
  if (out == NULL || n_row < 10) return EXIT_FAILURE;
  write_rows(out, n_row);
  fclose(out);
  getrusage(RUSAGE_SELF, &before);
  cuxas_status status = cuxas_measured_read(path, NULL, &spectrum, NULL, &err);
  if (status == CUXAS_OK) status = cuxas_preprocess_smooth(spectrum, CUXAS_PREPROCESS_SMOOTH_EV, &smooth, &err);
  getrusage(RUSAGE_SELF, &after);
  remove(path);
  if (status != CUXAS_OK) {
    fprintf(stderr, "%s\n", err.message);
    return EXIT_FAILURE;
  }
  printf("%ld rows of two columns: %.0f s of one processor, %.1f GB; %zu points after smoothing\n", n_row,
         used_s(&after) - used_s(&before), 1024.0 * (double)after.ru_maxrss / 1e9, smooth->n_point);
  cuxas_spectrum_free(smooth);
  cuxas_spectrum_free(spectrum);
  return EXIT_SUCCESS;
}
