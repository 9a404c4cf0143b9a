/* model_make.h - small models and crystals for tests, made in memory */
#ifndef MODEL_MAKE_H
#define MODEL_MAKE_H
#include "cuxas/crystal.h"
#include "predict/dense.h"
#include "predict/model_parts.h"
#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MADE_N_FEATURE = 5, MADE_N_ENERGY = 12, MADE_N_DOMAIN = 6, MADE_N_MEMBER = 2 };

#define MADE_FEATURIZER                                                                                                \
  "\"featurizer\":{\"name\":\"symfun\",\"cutoff_A\":5,\"n_radial\":8,\"radial_first_A\":1.6,\"radial_last_A\":4.5,"    \
  "\"properties\":[\"one\",\"electronegativity\"],\"shell_cutoff_A\":5,\"softness_A\":[0.37],\"l_max\":2}"

/* Two edges, L3 925.0 ... 927.2 eV and L2 926.0 ... 928.2 eV; heads without a hole for both. */
static const char MADE_HEAD[] =
    "{\"format\":\"cuxas-model/1\",\"name\":\"made\",\"element\":\"Cu\",\"edges\":["
    "{\"name\":\"L3\",\"grid\":{\"start_eV\":925,\"step_eV\":0.2,\"n_energy\":12},\"weight\":1},"
    "{\"name\":\"L2\",\"grid\":{\"start_eV\":926,\"step_eV\":0.2,\"n_energy\":12},\"weight\":0.5}],"
    "\"shift_eV\":-2,\"fwhm_eV\":1," MADE_FEATURIZER ",\"reduction\":{\"n_feature\":5},"
    "\"networks\":{\"hidden\":[7],\"output\":\"softplus\",\"heads\":["
    "{\"edge\":\"L3\",\"channel\":\"no-hole\",\"members\":2},{\"edge\":\"L2\",\"channel\":\"no-hole\",\"members\":2}]},"
    "\"domain\":{\"k\":2,\"threshold\":0.5},\"licence\":\"none\",\"training\":{\"n_sites\":6}}";

/* made_n_raw() - length of the featurizer in MADE_HEAD */
static inline size_t made_n_raw(void)
{
  cJSON            *head       = cJSON_Parse(MADE_HEAD);
  cuxas_featurizer *featurizer = NULL;
  size_t            n          = 0;
  if (cuxas_featurizer_new(cJSON_GetObjectItemCaseSensitive(head, "featurizer"), NULL, &featurizer, NULL) == CUXAS_OK)
    n = cuxas_featurizer_length(featurizer);
  cuxas_featurizer_free(featurizer);
  cJSON_Delete(head);
  return n;
}

static inline void add_random(cuxas_tensors *tensors, const char *name, size_t rank, const size_t *shape, double scale,
                              uint64_t *random)
{
  cuxas_tensors_add(tensors, name, rank, shape, NULL, NULL);
  cuxas_tensor *tensor = &tensors->tensor[tensors->n_tensor - 1];
  for (size_t i = 0; i < tensor->n_value; i++) tensor->value[i] = (float)(scale * random_normal(random));
}

/* made_tensors() - what MADE_HEAD asks for, random numbers */
static inline cuxas_tensors *made_tensors(void)
{
  static const char *const NET[] = {"net.L3.no-hole.0", "net.L3.no-hole.1", "net.L2.no-hole.0", "net.L2.no-hole.1"};
  const size_t             n_raw = made_n_raw(), n_parameter = 5 * 7 + 7 + 7 * 12 + 12;
  uint64_t                 random  = 5;
  cuxas_tensors           *tensors = cuxas_tensors_new();
  add_random(tensors, "reduction.mean", 1, (size_t[]){n_raw}, 1.0, &random);
  add_random(tensors, "reduction.matrix", 2, (size_t[]){MADE_N_FEATURE, n_raw}, 0.1, &random);
  for (size_t i = 0; i < 4; i++) add_random(tensors, NET[i], 1, (size_t[]){n_parameter}, 0.5, &random);
  add_random(tensors, "domain.feature", 2, (size_t[]){MADE_N_DOMAIN, MADE_N_FEATURE}, 1.0, &random);
  return tensors;
}

/* made_model() - ends the test program with a message when it cannot be made */
static inline cuxas_model *made_model(void)
{
  cuxas_model *model = NULL;
  cuxas_error  err   = {0};
  if (cuxas_model_new(cJSON_Parse(MADE_HEAD), made_tensors(), &model, &err) != CUXAS_OK) {
    printf("FAILED  no model for the tests: %s\n", err.message);
    exit(1);
  }
  return model;
}

/* made_full_head(), made_full_tensors() - MADE_HEAD with a kernel machine, another one that is relative to it, shifts of sites and errors. */
static inline cJSON *made_full_head(void)
{
  static const char
      KERNEL[] = "{\"kind\":\"laplace\",\"length\":2,\"ridge\":0.1,\"part\":0.5,\"aligned\":true}",
      SECOND[] = "{\"edge\":\"L3\",\"channel\":\"screened-hole\",\"members\":0,\"spread_factor\":0.9,"
                 "\"kernel\":{\"kind\":\"exponential\",\"length\":2,\"ridge\":0.1,\"part\":1,\"relative\":true}}",
      SHIFTS[] = "{\"metal\":-0.9,\"closed\":0.9,\"hole\":-1}", ERRORS[] = "{\"start_eV\":-5,\"step_eV\":1}";
  cJSON *head  = cJSON_Parse(MADE_HEAD);
  cJSON *heads = cJSON_GetObjectItem(cJSON_GetObjectItem(head, "networks"), "heads");
  cJSON_AddItemToObject(cJSON_GetArrayItem(heads, 0), "kernel", cJSON_Parse(KERNEL));
  cJSON_AddItemToArray(heads, cJSON_Parse(SECOND));
  cJSON_AddItemToObject(head, "site_shifts_eV", cJSON_Parse(SHIFTS));
  cJSON_AddItemToObject(head, "errors", cJSON_Parse(ERRORS));
  return head;
}

static inline cuxas_tensors *made_full_tensors(void)
{
  cuxas_tensors *tensors = made_tensors();
  for (size_t i = 0; i < 2; i++) { /* that of L3 without a hole has its places beside the energies */
    static const char *const CHANNEL[] = {"no-hole", "screened-hole"};
    const size_t             n_energy  = MADE_N_ENERGY + (i == 0 ? 1 : 0);
    char                     name[64];
    snprintf(name, sizeof name, "kernel.L3.%s.row", CHANNEL[i]);
    cuxas_tensors_add(tensors, name, 1, (size_t[]){3}, (const float[]){0.0F, 2.0F, 5.0F}, NULL);
    snprintf(name, sizeof name, "kernel.L3.%s.mean", CHANNEL[i]);
    cuxas_tensors_add(tensors, name, 1, &n_energy, NULL, NULL);
    snprintf(name, sizeof name, "kernel.L3.%s.weight", CHANNEL[i]);
    cuxas_tensors_add(tensors, name, 2, (size_t[]){3, n_energy}, NULL, NULL);
    snprintf(name, sizeof name, "kernel.L3.%s.deviation", CHANNEL[i]);
    cuxas_tensors_add(tensors, name, 1, &n_energy, NULL, NULL);
  }
  cuxas_tensors_add(tensors, "errors.rms", 1, (size_t[]){4}, (const float[]){0.1F, 0.2F, 0.1F, 0.1F}, NULL);
  return tensors;
}

#endif
