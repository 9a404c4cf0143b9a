/* literature.h - measured and simulated spectra of the validation compounds, for tests: from the shared data
 *
 * A record of feff10/literature.jsonl is one Cu site; a compound is the mean over its records by multiplicity, its edges added by edge step. */
#ifndef LITERATURE_H
#define LITERATURE_H
#include "check.h"
#include "cuxas/compare.h"
#include "cuxas/measured.h"
#include "cuxas/predict.h"
#include "cuxas/preprocess.h"

#include <cjson/cJSON.h>

#define LATTICE_START_EV 925.0
enum { LATTICE_POINTS = 412, N_LITERATURE = 11, MAX_SIMULATED = 32, MAX_LINE = 1 << 20 };

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

/* A measured curve, prepared with the default chain; NULL: the shared data is not there. */
static inline cuxas_prepared *read_literature(const char *name)
{
  char            file[64];
  cuxas_spectrum *spectrum = NULL;
  cuxas_prepared *prepared = NULL;
  cuxas_error     err      = {.message = ""};
  snprintf(file, sizeof file, "literature/%s.csv", name);
  char *path = shared_data(file);
  if (path == NULL) return NULL;
  if (cuxas_measured_read(path, NULL, &spectrum, NULL, &err) != CUXAS_OK ||
      cuxas_preprocess_measured(spectrum, path, LATTICE, NULL, &prepared, &err) != CUXAS_OK)
    printf("    %s\n", err.message);
  cuxas_spectrum_free(spectrum);
  free(path);
  return prepared;
}

typedef struct {
  char   name[32];
  double n_site;                              /* sites added up so far */
  double mu[CUXAS_N_CHANNEL][LATTICE_POINTS]; /* no hole, screened hole */
} simulated;

typedef struct {
  size_t    n_compound;
  simulated compound[MAX_SIMULATED];
} simulations;

/* weight * the edge's spectrum, continued as a prediction would be, added to mu */
static inline void add_edge(const cJSON *edge, double weight, double last_eV, double *mu)
{
  enum { MAX_POINT = 512 };
  double       energy_eV[MAX_POINT], value[MAX_POINT];
  int          n_point = 0;
  const cJSON *e = cJSON_GetObjectItem(edge, "energy")->child, *m = cJSON_GetObjectItem(edge, "mu")->child;
  for (; e != NULL && m != NULL && n_point < MAX_POINT; e = e->next, m = m->next, n_point++) {
    energy_eV[n_point] = e->valuedouble;
    value[n_point]     = m->valuedouble;
  }
  for (int i = 0, k = 0; i < LATTICE_POINTS; i++) {
    const double at_eV = fmin(LATTICE_START_EV + 0.2 * i, last_eV);
    while (k + 2 < n_point && energy_eV[k + 1] <= at_eV) k++;
    const double part = fmin((at_eV - energy_eV[k]) / (energy_eV[k + 1] - energy_eV[k]), 1.0);
    mu[i] += weight * (part < 0.0 ? value[0] * exp((at_eV - energy_eV[0]) / CUXAS_TAIL_EV)
                                  : value[k] + part * (value[k + 1] - value[k]));
  }
}

static inline void add_record(const cJSON *record, simulations *all)
{
  static const char *KEY[CUXAS_N_CHANNEL][2] = {{"L3", "L2"}, {"L3_screened", "L2_screened"}};
  const char        *name                    = cJSON_GetObjectItem(record, "id")->valuestring;
  const double       multiplicity            = cJSON_GetObjectItem(record, "multiplicity")->valuedouble;
  size_t             i                       = 0;
  while (i < all->n_compound && strcmp(all->compound[i].name, name) != 0) i++;
  if (i == MAX_SIMULATED) return;
  if (i == all->n_compound) {
    snprintf(all->compound[i].name, sizeof all->compound[i].name, "%s", name);
    all->n_compound++;
  }
  for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
    const cJSON *l3 = cJSON_GetObjectItem(record, KEY[channel][0]), *l2 = cJSON_GetObjectItem(record, KEY[channel][1]);
    if (l3 == NULL || l2 == NULL) continue; /* a channel that these records do not have */
    const double w2 =
        cJSON_GetObjectItem(l2, "edge_step")->valuedouble / cJSON_GetObjectItem(l3, "edge_step")->valuedouble;
    add_edge(l3, multiplicity, 987.2, all->compound[i].mu[channel]);
    add_edge(l2, multiplicity * w2, 1007.2, all->compound[i].mu[channel]);
  }
  all->compound[i].n_site += multiplicity;
}

/* All simulated compounds; NULL: the shared data is not there. The caller frees it. */
static inline simulations *read_simulations(void)
{
  char        *path = shared_data("feff10/literature.jsonl");
  FILE        *in   = path != NULL ? fopen(path, "r") : NULL;
  char        *line = malloc(MAX_LINE);
  simulations *all  = calloc(1, sizeof *all);
  free(path);
  if (in != NULL && line != NULL && all != NULL) {
    while (fgets(line, MAX_LINE, in) != NULL) {
      cJSON *record = cJSON_Parse(line);
      if (record != NULL) add_record(record, all);
      cJSON_Delete(record);
    }
    for (size_t i = 0; i < all->n_compound; i++)
      for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++)
        for (int k = 0; k < LATTICE_POINTS; k++) all->compound[i].mu[channel][k] /= all->compound[i].n_site;
  }
  if (in != NULL) fclose(in);
  free(line);
  if (all != NULL && all->n_compound == 0) {
    free(all);
    all = NULL;
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
