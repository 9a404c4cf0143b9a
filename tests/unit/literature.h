/* literature.h - measured and simulated spectra of the validation compounds, for tests: those of refdb */
#ifndef LITERATURE_H
#define LITERATURE_H
#include "check.h"
#include "cuxas/compare.h"
#include "cuxas/measured.h"
#include "cuxas/predict.h"
#include "cuxas/preprocess.h"

#define LATTICE_START_EV 925.0
enum { LATTICE_POINTS = 412, N_LITERATURE = 11 };

static const cuxas_grid        LATTICE = {LATTICE_START_EV, 0.2, LATTICE_POINTS};
static const cuxas_edge_window EDGE[2] = {{"L3", 0.0}, {"L2", 20.0}};

/* The compounds with a measured spectrum, its onsets as read off a plot of the derivative, and the shift that another
 * program found for the simulation. */
static const struct {
  const char *name;
  double      l3_eV, l2_eV;
  double      shift_eV;
} LITERATURE[N_LITERATURE] = {
    {"Cu", 932.6, 952.6, -3.3},       {"Cu2O", 933.5, 953.2, -1.5},    {"CuO", 931.0, 950.8, -3.9},
    {"Cu2S", 933.8, 953.2, -1.7},     {"CuS", 931.6, 951.0, -3.7},     {"CuFeS2", 931.8, 951.2, -3.3},
    {"LaCuOS", 934.6, 954.5, -0.7},   {"LaCuOSe", 935.0, 954.7, -0.3}, {"LaCuOTe", 934.7, 954.6, -0.3},
    {"ZrCuSiAs", 934.0, 954.1, -1.9}, {"ZrCuSiP", 934.0, 954.1, -2.1},
};

/* A measured curve, prepared with the default chain; NULL: it is not there. */
static inline cuxas_prepared *read_literature(const char *name)
{
  char            path[64];
  cuxas_spectrum *spectrum = NULL;
  cuxas_prepared *prepared = NULL;
  cuxas_error     err      = {.message = ""};
  snprintf(path, sizeof path, "refdb/spectra/%s.csv", name);
  if (cuxas_measured_read(path, NULL, &spectrum, NULL, &err) != CUXAS_OK ||
      cuxas_preprocess_measured(spectrum, path, LATTICE, NULL, &prepared, &err) != CUXAS_OK)
    printf("    %s\n", err.message);
  cuxas_spectrum_free(spectrum);
  return prepared;
}

typedef struct {
  char   name[32];
  double mu[CUXAS_N_CHANNEL][LATTICE_POINTS]; /* no hole, screened hole */
} simulated;

typedef struct {
  size_t    n_compound;
  simulated compound[N_LITERATURE];
} simulations;

/* The simulated compounds that are measured, too; NULL: a table is not there. The caller frees it. */
static inline simulations *read_simulations(void)
{
  simulations *all = calloc(1, sizeof *all);
  for (int i = 0; all != NULL && i < N_LITERATURE; i++) {
    simulated *own = &all->compound[all->n_compound];
    char       path[64], line[200];
    int        n_point = 0;
    double     energy_eV;
    snprintf(path, sizeof path, "refdb/simulated/%s.csv", LITERATURE[i].name);
    snprintf(own->name, sizeof own->name, "%s", LITERATURE[i].name);
    FILE *in = fopen(path, "r");
    while (in != NULL && fgets(line, sizeof line, in) != NULL && n_point < LATTICE_POINTS)
      n_point += sscanf(line, "%lf,%lf,%lf", &energy_eV, &own->mu[0][n_point], &own->mu[1][n_point]) == 3;
    if (in != NULL) fclose(in);
    all->n_compound += n_point == LATTICE_POINTS;
  }
  if (all != NULL && all->n_compound < N_LITERATURE) {
    free(all);
    return NULL;
  }
  return all;
}

static inline const simulated *find_simulated(const simulations *all, const char *name)
{
  for (size_t i = 0; i < all->n_compound; i++)
    if (strcmp(all->compound[i].name, name) == 0) return &all->compound[i];
  return NULL;
}

#endif
