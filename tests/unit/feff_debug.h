/* feff_debug.h - FEFF10's intermediate results in the shared data (feff10/debug), as far as tests compare with them */
#ifndef FEFF_DEBUG_H
#define FEFF_DEBUG_H
#include "check.h"

#include "simulate/muffin_tin_priv.h"
#include "base/units.h"

#include <complex.h>
#include <stdbool.h>

#define FEFF_PI 3.14159265358979323846
enum { FEFF_ENERGIES = 100, FEFF_POTENTIALS = 4, FEFF_ROWS = 400, FEFF_COLUMNS = 16 };

typedef struct {
  size_t n_row;
  int    n_column[FEFF_ROWS];
  double value[FEFF_ROWS][FEFF_COLUMNS];
} feff_table;

/* Every line of a file that begins with a number, as numbers. */
static inline bool feff_read_table(const char *run, const char *file, feff_table *table)
{
  char name[200], line[600];
  snprintf(name, sizeof name, "feff10/debug/%s/%s", run, file);
  char *path = shared_data(name);
  FILE *in   = path ? fopen(path, "r") : NULL;
  free(path);
  if (in == NULL) return false;
  table->n_row = 0;
  while (fgets(line, sizeof line, in) != NULL && table->n_row < FEFF_ROWS) {
    char *next = line, *end;
    int   n    = 0;
    for (double x = strtod(next, &end); end != next && n < FEFF_COLUMNS; x = strtod(next = end, &end))
      table->value[table->n_row][n++] = x;
    if (n > 0) table->n_column[table->n_row++] = n;
  }
  fclose(in);
  return true;
}

/* A number behind a label in the comments of a file. */
static inline double feff_read_label(const char *run, const char *file, const char *label)
{
  char   name[200], line[600];
  double value = NAN;
  snprintf(name, sizeof name, "feff10/debug/%s/%s", run, file);
  char *path = shared_data(name);
  FILE *in   = path ? fopen(path, "r") : NULL;
  free(path);
  while (in != NULL && isnan(value) && fgets(line, sizeof line, in) != NULL) {
    const char *at = strstr(line, label);
    if (at != NULL) value = strtod(at + strlen(label), NULL);
  }
  if (in != NULL) fclose(in);
  return value;
}

typedef struct {
  cuxas_muffin_tin muffin_tin;
  cuxas_scatterer  scatterer[FEFF_POTENTIALS];
  double           free_coulomb_hartree[CUXAS_RADIAL_POINTS]; /* of the absorber's free atom */
} feff_potential;

/* pot*.dat and the radii in log1.dat. Angstrom there, bohr here. */
static inline bool feff_read_potential(const char *run, feff_potential *potential)
{
  static feff_table table;
  feff_table        log_table;
  memset(potential, 0, sizeof *potential);
  if (!feff_read_table(run, "log1.dat", &log_table)) return false;
  for (int i = 0; i < FEFF_POTENTIALS; i++) {
    char             file[20];
    cuxas_scatterer *s = &potential->scatterer[i];
    snprintf(file, sizeof file, "pot%02d.dat", i);
    if (!feff_read_table(run, file, &table)) break;
    for (size_t row = 0; row < table.n_row; row++) {
      const double *v = table.value[row];
      if (table.n_column[row] != 7 || v[0] < 1.0 || v[0] > CUXAS_RADIAL_POINTS) continue;
      const size_t point        = (size_t)v[0] - 1;
      s->coulomb_hartree[point] = v[4];
      s->total_hartree[point]   = v[5];
      s->density[point]         = v[6];
      if (i == 0) potential->free_coulomb_hartree[point] = v[2];
    }
    s->atomic_number = (int)(0.5 - s->coulomb_hartree[0] * cuxas_radial_r(0));
    for (size_t row = 0; row < log_table.n_row; row++) {
      const double *v = log_table.value[row];
      if (log_table.n_column[row] != 4 || (int)v[0] != i) continue;
      s->norman_radius_bohr     = v[1] / CUXAS_BOHR_A;
      s->muffin_tin_radius_bohr = v[2] / CUXAS_BOHR_A;
    }
    potential->muffin_tin.n_scatterer = (size_t)i + 1;
  }
  potential->muffin_tin.scatterer            = potential->scatterer;
  potential->muffin_tin.interstitial_hartree = feff_read_label(run, "phase00.dat", "Vint=") / CUXAS_HARTREE_EV;
  const double rs                            = feff_read_label(run, "mpse.dat", "#HD#");
  potential->muffin_tin.interstitial_density = 3.0 / (4.0 * FEFF_PI * rs * rs * rs);
  potential->muffin_tin.fermi_hartree        = feff_read_label(run, "emesh.dat", "edge*hart");
  return potential->muffin_tin.n_scatterer > 0;
}
#endif
