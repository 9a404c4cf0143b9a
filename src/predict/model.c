/* model.c - what a model file's head and tensors mean
 *
 * Contents: 1. a profile of errors  2. the profile in head and tensors  3. the model */
#include "base/json.h"
#include "base/memory.h"
#include "base/elements.h"
#include "predict/error_profile.h"
#include "predict/head.h"
#include "predict/model_priv.h"
#include "predict/modelfile.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. a profile of errors --------------------------------------------------------------------------------- */

cuxas_error_profile *cuxas_error_profile_new(cuxas_grid offset)
{
  cuxas_error_profile *profile = cuxas_new_array(1, sizeof *profile);
  if (profile == NULL) return NULL;
  profile->offset = offset;
  profile->rms    = cuxas_new_array(offset.n_energy, sizeof *profile->rms);
  if (profile->rms != NULL) return profile;
  free(profile);
  return NULL;
}

void cuxas_error_profile_free(cuxas_error_profile *profile)
{
  if (profile == NULL) return;
  free(profile->rms);
  free(profile);
}

double cuxas_error_profile_at(const cuxas_error_profile *profile, double offset_eV)
{
  const size_t last  = profile->offset.n_energy - 1;
  const double place = (offset_eV - profile->offset.start_eV) / profile->offset.step_eV;
  if (!(place > 0.0)) return profile->rms[0];
  if (!(place < (double)last)) return profile->rms[last];
  const size_t below = (size_t)place;
  const double part  = place - (double)below;
  return (1.0 - part) * profile->rms[below] + part * profile->rms[below + 1];
}

/* ---- 2. the profile in head and tensors --------------------------------------------------------------------- */

/* A model's profile of held-out errors: head and tensor to struct, and back. */

static const char MEMBER[] = "errors", TENSOR[] = "errors.rms";

cuxas_status cuxas_model_parse_errors(cuxas_model *model, const char *where, cuxas_error *err)
{
  const cJSON *errors = NULL;
  const float *value  = NULL;
  cuxas_grid   offset = {0};
  cuxas_error  reason = {0};
  cuxas_status status;
  if (!cuxas_json_has(model->head_json, MEMBER)) return CUXAS_OK;

  if ((status = cuxas_json_object(model->head_json, MEMBER, &errors, where, err)) != CUXAS_OK ||
      (status = cuxas_json_number(errors, "start_eV", -1e6, 1e6, &offset.start_eV, where, err)) != CUXAS_OK ||
      (status = cuxas_json_number(errors, "step_eV", 1e-3, 1e2, &offset.step_eV, where, err)) != CUXAS_OK)
    return status;
  const cuxas_tensor *rms = cuxas_tensors_find(model->tensors, TENSOR);
  offset.n_energy         = rms != NULL ? rms->shape[0] : 1;
  if ((status = cuxas_tensors_get(model->tensors, TENSOR, 1, &offset.n_energy, &value, &reason)) != CUXAS_OK)
    return cuxas_fail(err, status, "%s: %s", where, reason.message);
  if ((model->errors = cuxas_error_profile_new(offset)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for a profile of errors", where);
  for (size_t i = 0; i < offset.n_energy; i++) {
    if (!(value[i] >= 0.0F))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s: %g is no error", where, TENSOR, (double)value[i]);
    model->errors->rms[i] = (double)value[i];
  }
  return CUXAS_OK;
}

cuxas_status cuxas_model_set_errors(cuxas_model *model, const cuxas_error_profile *profile, cuxas_error *err)
{
  cuxas_status status = cuxas_tensors_add(model->tensors, TENSOR, 1, &profile->offset.n_energy, NULL, err);
  if (status != CUXAS_OK) return status;
  float *value = cuxas_tensors_find(model->tensors, TENSOR)->value;
  for (size_t i = 0; i < profile->offset.n_energy; i++) value[i] = (float)profile->rms[i];
  cJSON *errors = cJSON_AddObjectToObject(model->head_json, MEMBER);
  if (errors == NULL || cJSON_AddNumberToObject(errors, "start_eV", profile->offset.start_eV) == NULL ||
      cJSON_AddNumberToObject(errors, "step_eV", profile->offset.step_eV) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a profile of errors");
  return cuxas_model_parse_errors(model, model->name, err);
}

/* ---- 3. the model ------------------------------------------------------------------------------------------- */

/* What a model file's head and tensors mean.
 *
 *   edges     energies and weights; the combined grid follows from them
 *   features  featurizer, reduction
 *   domain    training features for the distance
 *   heads     model_heads.c
 *   errors    above
 *
 * Tensors by name: reduction.mean (n_raw), reduction.matrix (n_feature, n_raw), domain.feature (n_domain, n_feature); the
 * featurizer's own names are its business. */

enum { MAX_ENERGY = 100000 };
static const char FORMAT[] = "cuxas-model/1";

const char *cuxas_channel_name(cuxas_channel channel)
{
  static const char *const NAME[CUXAS_N_CHANNEL] = {"no-hole", "screened-hole", "projected-hole"};
  return NAME[channel];
}

const char *cuxas_channel_suffix(cuxas_channel channel)
{
  static const char *const SUFFIX[CUXAS_N_CHANNEL] = {"", "_screened", "_projected"};
  return SUFFIX[channel];
}

/* ---- edges ------------------------------------------------------------------------------------------------------ */

static cuxas_status parse_edge(const cJSON *entry, cuxas_edge *edge, const char *where, cuxas_error *err)
{
  cuxas_status status;
  const char  *name = NULL;
  const cJSON *grid = NULL;

  if ((status = cuxas_json_string(entry, "name", &name, where, err)) != CUXAS_OK) return status;
  const size_t length = strlen(name);
  if (length == 0 || length >= CUXAS_EDGE_NAME_SIZE || strpbrk(name, " ./\t\n") != NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is no name for an edge (1 to %d characters, no blanks)", where,
                      name, CUXAS_EDGE_NAME_SIZE - 1);
  memcpy(edge->name, name, length + 1);
  if ((status = cuxas_json_number(entry, "weight", 1e-6, 1e6, &edge->weight, where, err)) != CUXAS_OK ||
      (status = cuxas_json_object(entry, "grid", &grid, where, err)) != CUXAS_OK ||
      (status = cuxas_json_number(grid, "start_eV", 0.0, 1e6, &edge->grid.start_eV, where, err)) != CUXAS_OK ||
      (status = cuxas_json_number(grid, "step_eV", 1e-3, 1e2, &edge->grid.step_eV, where, err)) != CUXAS_OK)
    return status;
  return cuxas_json_count(grid, "n_energy", 2, MAX_ENERGY, &edge->grid.n_energy, where, err);
}

/* check_edge_order() - one step, rising starts and ends, points of all edges on one grid */
static cuxas_status check_edge_order(const cuxas_edge *below, const cuxas_edge *above, const char *where,
                                     cuxas_error *err)
{
  const double step = below->grid.step_eV, offset = (above->grid.start_eV - below->grid.start_eV) / step;
  if (above->grid.step_eV != step)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: edges %s and %s differ in step_eV", where, below->name, above->name);
  if (strcmp(above->name, below->name) == 0 || !(offset > 0.0) ||
      cuxas_grid_end_eV(above->grid) < cuxas_grid_end_eV(below->grid))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: edges %s and %s are not in rising order of energy", where, below->name,
                      above->name);
  if (fabs(offset - round(offset)) > 1e-6)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: edges %s and %s: start_eV not a whole number of steps apart", where,
                      below->name, above->name);
  return CUXAS_OK;
}

static cuxas_status parse_edges(cuxas_model *model, const char *where, cuxas_error *err)
{
  cuxas_status status;
  const char  *element = NULL;
  const cJSON *edges   = NULL, *entry;
  if (!cuxas_json_has(model->head_json, "edges")) return CUXAS_OK; /* a featurizer alone */

  if ((status = cuxas_json_array(model->head_json, "edges", &edges, where, err)) != CUXAS_OK) return status;
  cJSON_ArrayForEach(entry, edges)
  {
    if (model->n_edge == CUXAS_MODEL_MAX_EDGE)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: more than %d edges", where, CUXAS_MODEL_MAX_EDGE);
    cuxas_edge *edge = &model->edge[model->n_edge];
    if ((status = parse_edge(entry, edge, where, err)) != CUXAS_OK ||
        (model->n_edge > 0 && (status = check_edge_order(edge - 1, edge, where, err)) != CUXAS_OK))
      return status;
    model->n_edge++;
  }
  if (model->n_edge == 0) return CUXAS_OK;

  const cuxas_grid first = model->edge[0].grid, last = model->edge[model->n_edge - 1].grid;
  const double     n_step = round((cuxas_grid_end_eV(last) - first.start_eV) / first.step_eV);
  if (!(n_step < (double)MAX_ENERGY))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the combined grid would have more than %d points", where, MAX_ENERGY);
  model->grid = (cuxas_grid){first.start_eV, first.step_eV, (size_t)n_step + 1};

  if ((status = cuxas_json_string(model->head_json, "element", &element, where, err)) != CUXAS_OK) return status;
  if ((model->absorber = cuxas_element_number(element)) == 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is not an element", where, element);
  snprintf(model->element, sizeof model->element, "%s", element);
  if ((status = cuxas_json_number(model->head_json, "shift_eV", -100.0, 100.0, &model->shift_eV, where, err)) !=
      CUXAS_OK)
    return status;
  return cuxas_json_number(model->head_json, "fwhm_eV", 0.0, 100.0, &model->fwhm_eV, where, err);
}

/* ---- features --------------------------------------------------------------------------------------------------- */

static cuxas_status parse_features(cuxas_model *model, const char *where, cuxas_error *err)
{
  cuxas_status status;
  cuxas_error  reason      = {0};
  const cJSON *description = NULL, *reduction = NULL;

  if ((status = cuxas_json_object(model->head_json, "featurizer", &description, where, err)) != CUXAS_OK) return status;
  if ((status = cuxas_featurizer_new(description, model->tensors, &model->featurizer, &reason)) != CUXAS_OK)
    return cuxas_fail(err, status, "%s: %s", where, reason.message);
  model->n_raw = model->n_feature = cuxas_featurizer_length(model->featurizer);
  if (!cuxas_json_has(model->head_json, "reduction")) return CUXAS_OK;

  if ((status = cuxas_json_object(model->head_json, "reduction", &reduction, where, err)) != CUXAS_OK ||
      (status = cuxas_json_count(reduction, "n_feature", 1, CUXAS_MODEL_MAX_WIDTH, &model->n_feature, where, err)) !=
          CUXAS_OK)
    return status;
  status =
      cuxas_tensors_get(model->tensors, "reduction.mean", 1, (size_t[]){model->n_raw}, &model->reduction_mean, &reason);
  if (status == CUXAS_OK)
    status = cuxas_tensors_get(model->tensors, "reduction.matrix", 2, (size_t[]){model->n_feature, model->n_raw},
                               &model->reduction_matrix, &reason);
  return status == CUXAS_OK ? status : cuxas_fail(err, status, "%s: %s", where, reason.message);
}

/* ---- domain and training ---------------------------------------------------------------------------------------- */

static cuxas_status parse_domain(cuxas_model *model, const char *where, cuxas_error *err)
{
  cuxas_status status;
  const cJSON *domain = NULL;
  cuxas_error  reason = {0};
  if (!cuxas_json_has(model->head_json, "domain")) return CUXAS_OK;

  if ((status = cuxas_json_object(model->head_json, "domain", &domain, where, err)) != CUXAS_OK ||
      (status = cuxas_json_count(domain, "k", 1, CUXAS_DOMAIN_MAX_K, &model->domain_k, where, err)) != CUXAS_OK ||
      (status = cuxas_json_number(domain, "threshold", 0.0, 1e12, &model->domain_threshold, where, err)) != CUXAS_OK)
    return status;
  const cuxas_tensor *feature = cuxas_tensors_find(model->tensors, "domain.feature");
  const size_t        n       = feature != NULL ? feature->shape[0] : 1;
  status                      = cuxas_tensors_get(model->tensors, "domain.feature", 2, (size_t[]){n, model->n_feature},
                                                  &model->domain_feature, &reason);
  if (status != CUXAS_OK) return cuxas_fail(err, status, "%s: %s", where, reason.message);
  if (model->domain_k > n)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: domain: k is %zu, but there are %zu training sites", where,
                      model->domain_k, n);
  model->n_domain = n;
  return CUXAS_OK;
}

static cuxas_status parse_training(cuxas_model *model, const char *where, cuxas_error *err)
{
  const cJSON *training = NULL;
  if (!cuxas_json_has(model->head_json, "training")) return CUXAS_OK;
  const cuxas_status status = cuxas_json_object(model->head_json, "training", &training, where, err);
  if (status != CUXAS_OK) return status;
  return cuxas_json_count(training, "n_sites", 0, SIZE_MAX, &model->n_training, where, err);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static cuxas_status parse_model(cuxas_model *model, const char *where, cuxas_error *err)
{
  cuxas_status status;
  const char  *format = NULL, *name = NULL;
  if ((status = cuxas_json_string(model->head_json, "format", &format, where, err)) != CUXAS_OK) return status;
  if (strcmp(format, FORMAT) != 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: format \"%s\", expected \"%s\"", where, format, FORMAT);
  if ((status = cuxas_json_string(model->head_json, "name", &name, where, err)) != CUXAS_OK) return status;
  if ((model->name = cuxas_copy_string(name)) == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", where);

  if ((status = parse_edges(model, where, err)) != CUXAS_OK ||
      (status = parse_features(model, where, err)) != CUXAS_OK ||
      (status = parse_domain(model, where, err)) != CUXAS_OK ||
      (status = cuxas_model_parse_heads(model, where, err)) != CUXAS_OK ||
      (status = cuxas_model_parse_errors(model, where, err)) != CUXAS_OK)
    return status;
  return parse_training(model, where, err);
}

static cuxas_status build(cJSON *head_json, cuxas_tensors *tensors, const char *where, cuxas_model **ret_model,
                          cuxas_error *err)
{
  cuxas_model *model = cuxas_new_array(1, sizeof *model);
  if (model == NULL) {
    cJSON_Delete(head_json);
    cuxas_tensors_free(tensors);
    return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", where);
  }
  model->head_json          = head_json;
  model->tensors            = tensors;
  const cuxas_status status = parse_model(model, where, err);
  if (status == CUXAS_OK)
    *ret_model = model;
  else
    cuxas_model_free(model);
  return status;
}

cuxas_status cuxas_model_read(const char *path, cuxas_model **ret_model, cuxas_error *err)
{
  cJSON         *head    = NULL;
  cuxas_tensors *tensors = NULL;
  char           sha256[CUXAS_SHA256_HEX_SIZE], where[CUXAS_MESSAGE_SIZE / 2];

  *ret_model          = NULL;
  cuxas_status status = cuxas_modelfile_read(path, &head, &tensors, sha256, err);
  if (status != CUXAS_OK) return status;
  snprintf(where, sizeof where, "%s: head", path);
  if ((status = build(head, tensors, where, ret_model, err)) != CUXAS_OK) return status;
  memcpy((*ret_model)->sha256, sha256, sizeof sha256);
  return CUXAS_OK;
}

cuxas_status cuxas_model_new(cJSON *head_json, cuxas_tensors *tensors, cuxas_model **ret_model, cuxas_error *err)
{
  *ret_model = NULL;
  return build(head_json, tensors, "model head", ret_model, err);
}

cuxas_status cuxas_model_write(const cuxas_model *model, const char *path, bool overwrite, cuxas_error *err)
{
  return cuxas_modelfile_write(path, overwrite, model->head_json, model->tensors, err);
}

void cuxas_model_free(cuxas_model *model)
{
  if (model == NULL) return;
  for (size_t i = 0; i < model->n_head; i++) cuxas_head_free(&model->head[i]);
  free(model->head);
  cuxas_featurizer_free(model->featurizer); /* it points into the tensors */
  cuxas_error_profile_free(model->errors);
  cuxas_tensors_free(model->tensors);
  cJSON_Delete(model->head_json);
  free(model->name);
  free(model);
}

const cuxas_head *cuxas_model_find_head(const cuxas_model *model, size_t i_edge, cuxas_channel channel)
{
  for (size_t i = 0; i < model->n_head; i++)
    if (model->head[i].i_edge == i_edge && model->head[i].channel == channel) return &model->head[i];
  return NULL;
}

bool cuxas_model_has_channel(const cuxas_model *model, cuxas_channel channel)
{
  for (size_t i = 0; i < model->n_edge; i++)
    if (cuxas_model_find_head(model, i, channel) == NULL) return false;
  return model->n_edge > 0;
}
