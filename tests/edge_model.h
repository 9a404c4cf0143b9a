/* edge_model.h - a small model with invented weights, for tests: spectra look like edges, and differ by structure */
#ifndef EDGE_MODEL_H
#define EDGE_MODEL_H
#include "predict/model_parts.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MODEL_POINTS = 312 };

static const char MODEL_FEATURIZER[] =
    "{\"name\": \"symfun\", \"cutoff_A\": 5, \"n_radial\": 6, \"radial_first_A\": 1.6, \"radial_last_A\": 4.5,"
    " \"shell_cutoff_A\": 4.5, \"properties\": [\"one\", \"electronegativity\", \"s_electrons\"],"
    " \"softness_A\": [0.5], \"l_max\": 2}";

static const char MODEL_HEAD[] =
    "{\"format\": \"cuxas-model/1\", \"name\": \"test\", \"element\": \"Cu\", \"shift_eV\": -2.5, \"fwhm_eV\": 1,"
    " \"edges\": [{\"name\": \"L3\", \"weight\": 1, \"grid\": {\"start_eV\": 925, \"step_eV\": 0.2, \"n_energy\": "
    "312}},"
    " {\"name\": \"L2\", \"weight\": 0.5, \"grid\": {\"start_eV\": 945, \"step_eV\": 0.2, \"n_energy\": 312}}],"
    " \"networks\": {\"hidden\": [], \"output\": \"linear\", \"heads\": ["
    " {\"edge\": \"L3\", \"channel\": \"no-hole\", \"members\": 1},"
    " {\"edge\": \"L2\", \"channel\": \"no-hole\", \"members\": 1},"
    " {\"edge\": \"L3\", \"channel\": \"screened-hole\", \"members\": 1},"
    " {\"edge\": \"L2\", \"channel\": \"screened-hole\", \"members\": 1}]}}";

/* One linear layer: an edge as bias, and one Gaussian for each feature, at an energy of its own. */
static inline void make_network(cuxas_tensors *tensors, const char *name, size_t n_feature, double white_line)
{
  const size_t n_parameter = MODEL_POINTS * (n_feature + 1);
  float       *parameter   = malloc(n_parameter * sizeof *parameter);
  if (parameter == NULL) abort();
  for (size_t i = 0; i < MODEL_POINTS; i++) {
    const double energy_eV = 0.2 * (double)i,
                 x         = (energy_eV - 9.5) / 0.8; /* onset 9.5 eV above the start of the grid */
    for (size_t k = 0; k < n_feature; k++) {
      const double z               = (energy_eV - 10.0 - 1.7 * (double)k) / 1.5;
      parameter[i * n_feature + k] = (float)(0.05 * exp(-z * z));
    }
    parameter[MODEL_POINTS * n_feature + i] =
        (float)(0.5 + atan(x) / 3.14159265358979 + white_line / (1.0 + (x - 1.0) * (x - 1.0)));
  }
  if (cuxas_tensors_add(tensors, name, 1, &n_parameter, parameter, NULL) != CUXAS_OK) abort();
  free(parameter);
}

/* The caller frees it with cuxas_model_free(). */
static inline cuxas_model *make_edge_model(void)
{
  static const char *const NAME[4]    = {"net.L3.no-hole.0", "net.L2.no-hole.0", "net.L3.screened-hole.0",
                                         "net.L2.screened-hole.0"};
  cuxas_error              err        = {.message = ""};
  cuxas_model             *model      = NULL;
  cuxas_featurizer        *featurizer = NULL;
  cuxas_tensors           *tensors    = cuxas_tensors_new();
  cJSON                   *head       = cJSON_Parse(MODEL_HEAD);
  cJSON_AddItemToObject(head, "featurizer", cJSON_Parse(MODEL_FEATURIZER));
  if (cuxas_featurizer_new(cJSON_GetObjectItem(head, "featurizer"), NULL, &featurizer, &err) == CUXAS_OK)
    for (int i = 0; i < 4; i++) make_network(tensors, NAME[i], cuxas_featurizer_length(featurizer), i < 2 ? 2.0 : 0.3);
  cuxas_featurizer_free(featurizer);
  if (cuxas_model_new(head, tensors, &model, &err) != CUXAS_OK) {
    fprintf(stderr, "%s\n", err.message);
    abort();
  }
  return model;
}

#endif
