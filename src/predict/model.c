/* model.c - what a model file's head and tensors mean
 *
 * Contents: 1. a profile of errors  2. the profile in head and tensors  3. the model */
#include "crystal/oxidation.h"
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
  cuxas_error_profile *profile = cuxas_new(NULL, 1, sizeof *profile);
  if (profile == NULL) return NULL;
  profile->offset = offset;
  profile->rms    = cuxas_new(NULL, offset.n_energy, sizeof *profile->rms);
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
  if ((model->errors = cuxas_error_profile_new(offset)) == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), where);
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
  cJSON *errors = cuxas_json_add(model->head_json, MEMBER, cJSON_CreateObject());
  if (errors == NULL || cuxas_json_add(errors, "start_eV", cJSON_CreateNumber(profile->offset.start_eV)) == NULL ||
      cuxas_json_add(errors, "step_eV", cJSON_CreateNumber(profile->offset.step_eV)) == NULL)
    return cuxas_no_memory(err);
  return cuxas_model_parse_errors(model, model->name, err);
}

/* ---- 3. the model ------------------------------------------------------------------------------------------- */

/* What a model file's head and tensors mean.
 *
 *   edges     energies and weights; the combined grid follows from them
 *   features  featurizer, reduction
 *   domain    training features for the distance
 *   heads     the heads, below
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

/* Models of before have none. */
static cuxas_status parse_site_shifts(cuxas_model *model, const char *where, cuxas_error *err)
{
  _Static_assert(CUXAS_SHELL_HOLE + 1 == CUXAS_N_SHELL, "a shift for every shell");
  const cJSON *shifts = NULL;
  cuxas_status status;
  if (!cuxas_json_has(model->head_json, "site_shifts_eV")) return CUXAS_OK;
  if ((status = cuxas_json_object(model->head_json, "site_shifts_eV", &shifts, where, err)) != CUXAS_OK) return status;
  for (int i = CUXAS_SHELL_METAL; i < CUXAS_N_SHELL && status == CUXAS_OK; i++)
    status =
        cuxas_json_number(shifts, cuxas_shell_name((cuxas_shell)i), -20.0, 20.0, &model->site_shift_eV[i], where, err);
  return status;
}

cuxas_status cuxas_site_shifts(const double shift_eV[CUXAS_N_SHELL], const cuxas_crystal *crystal, const size_t *site,
                               size_t n_site, double *ret_shift_eV, cuxas_error *err)
{
  bool moves = false;
  for (size_t i = 0; i < n_site; i++) ret_shift_eV[i] = 0.0;
  for (int i = 0; i < CUXAS_N_SHELL; i++) moves = moves || shift_eV[i] != 0.0;
  if (!moves) return CUXAS_OK;
  cuxas_shell *shell = cuxas_new(err, n_site, sizeof *shell);
  if (shell == NULL) return CUXAS_ENOMEM;
  const cuxas_status status = cuxas_shell_find(crystal, site, n_site, shell, err);
  for (size_t i = 0; i < n_site && status == CUXAS_OK; i++) ret_shift_eV[i] = shift_eV[shell[i]];
  free(shell);
  return status;
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
  if ((status = parse_site_shifts(model, where, err)) != CUXAS_OK) return status;
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
  if ((model->name = cuxas_copy_text(err, name)) == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, where);

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
  cuxas_model *model = cuxas_json_is_whole(head_json) ? cuxas_new(err, 1, sizeof *model) : NULL;
  if (model == NULL) {
    cJSON_Delete(head_json);
    cuxas_tensors_free(tensors);
    return cuxas_fail_at(err, cuxas_no_memory(err), where);
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

/* ---- the heads of a model file: networks, kernel machines, and how they are mixed ------------------------------- */

enum { MAX_HIDDEN = 16, MAX_HEAD = 16, MAX_MEMBER = 64, MAX_KERNEL_ROW = 20000 };

/* What the networks of all heads have in common. */
typedef struct {
  size_t           n_layer, width[MAX_HIDDEN + 2]; /* the last width is the head's */
  cuxas_activation output;
  bool             is_shared; /* one set of hidden layers for all heads */
} layout;

void cuxas_head_free(cuxas_head *head)
{
  for (size_t j = 0; head->member != NULL && j < head->n_member; j++) cuxas_dense_free(head->member[j]);
  free(head->member);
  cuxas_kernel_free(head->kernel);
}

/* name_tensor() - FAMILY.EDGE.CHANNEL.LAST */
static void name_tensor(const cuxas_model *model, const cuxas_head *head, const char *family, const char *last,
                        char ret_name[CUXAS_TENSOR_NAME_SIZE])
{
  snprintf(ret_name, CUXAS_TENSOR_NAME_SIZE, "%s.%s.%s.%s", family, model->edge[head->i_edge].name,
           cuxas_channel_name(head->channel), last);
}

/* ---- networks --------------------------------------------------------------------------------------------------- */

/* copy_parameters() - n_parameter numbers of a tensor, behind *ret_next, which is moved on */
static cuxas_status copy_parameters(const cuxas_model *model, const char *name, size_t n_parameter, float **ret_next,
                                    const char *where, cuxas_error *err)
{
  cuxas_error        reason = {0};
  const float       *value  = NULL;
  const cuxas_status status = cuxas_tensors_get(model->tensors, name, 1, (size_t[]){n_parameter}, &value, &reason);
  if (status != CUXAS_OK) return cuxas_fail(err, status, "%s: %s", where, reason.message);
  memcpy(*ret_next, value, n_parameter * sizeof *value);
  *ret_next += n_parameter;
  return CUXAS_OK;
}

static cuxas_status parse_member(const cuxas_model *model, const cuxas_head *head, size_t i_member,
                                 const layout *layers, cuxas_dense **ret_net, const char *where, cuxas_error *err)
{
  char         name[CUXAS_TENSOR_NAME_SIZE], number[24];
  cuxas_status status = CUXAS_OK;
  snprintf(number, sizeof number, "%zu", i_member);
  name_tensor(model, head, "net", number, name);
  cuxas_dense *net = cuxas_dense_new(layers->n_layer, layers->width, layers->output);
  if (net == NULL) return cuxas_fail_at(err, cuxas_no_memory(err), where);

  float       *next   = net->parameter;
  const size_t n_last = layers->width[layers->n_layer] * (layers->width[layers->n_layer - 1] + 1);
  const size_t n_own  = layers->is_shared ? n_last : net->n_parameter;
  if (layers->is_shared && net->n_parameter > n_last) {
    char shared[CUXAS_TENSOR_NAME_SIZE];
    snprintf(shared, sizeof shared, "net.shared.%zu", i_member);
    status = copy_parameters(model, shared, net->n_parameter - n_last, &next, where, err);
  }
  if (status == CUXAS_OK) status = copy_parameters(model, name, n_own, &next, where, err);
  if (status == CUXAS_OK)
    *ret_net = net;
  else
    cuxas_dense_free(net);
  return status;
}

/* ---- kernel machines -------------------------------------------------------------------------------------------- */

/* gather_rows() - the features of the rows that a machine learnt from; the caller frees *ret_feature */
static cuxas_status gather_rows(const cuxas_model *model, const float *row, size_t n_row, float **ret_feature,
                                const char *where, cuxas_error *err)
{
  const size_t n_feature = model->n_feature;
  float       *feature   = cuxas_new(err, n_row, n_feature * sizeof *feature);
  if (feature == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, where);
  for (size_t i = 0; i < n_row; i++) {
    if (!(row[i] >= 0.0f && row[i] < (float)model->n_domain) || row[i] != floorf(row[i])) {
      free(feature);
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: a kernel machine refers to training site %g of %zu", where,
                        (double)row[i], model->n_domain);
    }
    memcpy(feature + i * n_feature, model->domain_feature + (size_t)row[i] * n_feature, n_feature * sizeof *feature);
  }
  *ret_feature = feature;
  return CUXAS_OK;
}

typedef struct {
  size_t rank, size[2];
} array_shape;

/* get_array() - a tensor of the kernel machine */
static cuxas_status get_array(const cuxas_model *model, const cuxas_head *head, const char *last, array_shape shape,
                              const float **ret_value, const char *where, cuxas_error *err)
{
  char        name[CUXAS_TENSOR_NAME_SIZE];
  cuxas_error reason = {0};
  name_tensor(model, head, "kernel", last, name);
  const cuxas_status status = cuxas_tensors_get(model->tensors, name, shape.rank, shape.size, ret_value, &reason);
  return status == CUXAS_OK ? status : cuxas_fail(err, status, "%s: %s", where, reason.message);
}

/* find_like() - the machine of an earlier head that learnt from the very same rows; NULL: none */
static const cuxas_kernel *find_like(const cuxas_model *model, const cuxas_head *head, const float *row, size_t n_row)
{
  char name[CUXAS_TENSOR_NAME_SIZE];
  for (const cuxas_head *other = model->head; other < head; other++) {
    name_tensor(model, other, "kernel", "row", name);
    const cuxas_tensor *theirs = other->kernel != NULL ? cuxas_tensors_find(model->tensors, name) : NULL;
    if (theirs != NULL && theirs->n_value == n_row && memcmp(theirs->value, row, n_row * sizeof *row) == 0)
      return other->kernel;
  }
  return NULL;
}

/* get_parts() - the tensors of a machine of n_row rows */
static cuxas_status get_parts(const cuxas_model *model, const cuxas_head *head, size_t n_row, size_t n_energy,
                              cuxas_kernel_parts *ret_parts, const char *where, cuxas_error *err)
{
  cuxas_status status;
  char         name[CUXAS_TENSOR_NAME_SIZE];
  name_tensor(model, head, "kernel", "basis", name);
  const cuxas_tensor *basis = cuxas_tensors_find(model->tensors, name);
  const size_t        n     = basis != NULL ? basis->shape[0] : n_energy;
  ret_parts->n_component    = n;
  if ((status = get_array(model, head, "mean", (array_shape){1, {n_energy}}, &ret_parts->mean, where, err)) !=
          CUXAS_OK ||
      (status = get_array(model, head, "weight", (array_shape){2, {n_row, n}}, &ret_parts->weight, where, err)) !=
          CUXAS_OK ||
      (status = get_array(model, head, "deviation", (array_shape){1, {n_energy}}, &ret_parts->deviation, where, err)) !=
          CUXAS_OK)
    return status;
  return basis == NULL
             ? CUXAS_OK
             : get_array(model, head, "basis", (array_shape){2, {n, n_energy}}, &ret_parts->opt_basis, where, err);
}

static cuxas_status restore_kernel(const cuxas_model *model, cuxas_head *head, cuxas_kernel_shape shape,
                                   const char *where, cuxas_error *err)
{
  cuxas_status       status;
  char               name[CUXAS_TENSOR_NAME_SIZE];
  cuxas_error        reason   = {0};
  const float       *row      = NULL;
  float             *feature  = NULL;
  cuxas_kernel_parts parts    = {0};
  const size_t       n_energy = model->edge[head->i_edge].grid.n_energy + (head->kernel_is_aligned ? 1 : 0);
  name_tensor(model, head, "kernel", "row", name);
  const cuxas_tensor *rows  = cuxas_tensors_find(model->tensors, name);
  const size_t        n_row = rows != NULL ? rows->shape[0] : 1;
  if (n_row > MAX_KERNEL_ROW)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: a kernel machine of more than %d rows", where, MAX_KERNEL_ROW);
  if ((status = get_array(model, head, "row", (array_shape){1, {n_row}}, &row, where, err)) != CUXAS_OK ||
      (status = get_parts(model, head, n_row, n_energy, &parts, where, err)) != CUXAS_OK)
    return status;
  const cuxas_kernel *like = find_like(model, head, row, n_row);
  if (like == NULL && (status = gather_rows(model, row, n_row, &feature, where, err)) != CUXAS_OK) return status;
  status = cuxas_kernel_restore(shape, &(cuxas_kernel_rows){n_row, model->n_feature, n_energy, feature, NULL}, like,
                                &parts, &head->kernel, &reason);
  head->kernel_has_domain = n_row == model->n_domain;
  for (size_t i = 0; i < n_row; i++) head->kernel_has_domain = head->kernel_has_domain && row[i] == (float)i;
  free(feature);
  return status == CUXAS_OK ? status : cuxas_fail(err, status, "%s: %s", where, reason.message);
}

static cuxas_status parse_kernel(const cuxas_model *model, const cJSON *entry, cuxas_head *head, const char *where,
                                 cuxas_error *err)
{
  cuxas_status       status;
  cuxas_error        reason = {0};
  cuxas_kernel_shape shape;
  const cJSON       *kernel = NULL;
  const char        *kind   = NULL;
  head->spread_factor       = 1.0;
  if (cuxas_json_has(entry, "spread_factor") &&
      (status = cuxas_json_number(entry, "spread_factor", 0.0, 1e6, &head->spread_factor, where, err)) != CUXAS_OK)
    return status;
  if (!cuxas_json_has(entry, "kernel")) return CUXAS_OK;
  if ((status = cuxas_json_object(entry, "kernel", &kernel, where, err)) != CUXAS_OK ||
      (status = cuxas_json_string(kernel, "kind", &kind, where, err)) != CUXAS_OK ||
      (status = cuxas_json_number(kernel, "length", 1e-9, 1e9, &shape.length, where, err)) != CUXAS_OK ||
      (status = cuxas_json_number(kernel, "ridge", 1e-9, 1e9, &shape.ridge, where, err)) != CUXAS_OK ||
      (status = cuxas_json_number(kernel, "part", 0.0, 1.0, &head->kernel_part, where, err)) != CUXAS_OK)
    return status;
  if (cuxas_kernel_from_name(kind, &shape.kind, &reason) != CUXAS_OK)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s", where, reason.message);
  head->kernel_is_relative = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(kernel, "relative"));
  head->kernel_is_aligned  = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(kernel, "aligned"));
  if (head->kernel_is_relative && head->kernel_is_aligned)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: a relative kernel machine is aligned as the one it is relative to",
                      where);
  return restore_kernel(model, head, shape, where, err);
}

/* ---- heads ------------------------------------------------------------------------------------------------------ */

static cuxas_status parse_names(const cuxas_model *model, const cJSON *entry, cuxas_head *head, const char *where,
                                cuxas_error *err)
{
  cuxas_status status;
  const char  *edge = NULL, *channel = NULL;
  if ((status = cuxas_json_string(entry, "edge", &edge, where, err)) != CUXAS_OK ||
      (status = cuxas_json_string(entry, "channel", &channel, where, err)) != CUXAS_OK)
    return status;

  while (head->i_edge < model->n_edge && strcmp(model->edge[head->i_edge].name, edge) != 0) head->i_edge++;
  if (head->i_edge == model->n_edge)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: a network for edge \"%s\", which is not among the edges", where, edge);
  int i_channel = 0;
  while (i_channel < CUXAS_N_CHANNEL && strcmp(cuxas_channel_name((cuxas_channel)i_channel), channel) != 0) i_channel++;
  if (i_channel == CUXAS_N_CHANNEL) return cuxas_fail(err, CUXAS_EFORMAT, "%s: unknown channel \"%s\"", where, channel);
  head->channel = (cuxas_channel)i_channel;
  if (cuxas_model_find_head(model, head->i_edge, head->channel) != NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: two networks for %s %s", where, edge, channel);
  return CUXAS_OK;
}

/* parse_head() - head belongs to the model already, so that a failure leaves nothing behind */
static cuxas_status parse_head(const cuxas_model *model, const cJSON *entry, layout *layers, cuxas_head *head,
                               const char *where, cuxas_error *err)
{
  const size_t least = cuxas_json_has(entry, "kernel") ? 0 : 1;
  size_t       n_member;
  cuxas_status status = cuxas_json_count(entry, "members", least, MAX_MEMBER, &n_member, where, err);
  if (status != CUXAS_OK) return status;
  if ((head->member = cuxas_new(err, n_member, sizeof *head->member)) == NULL)
    return cuxas_fail_at(err, CUXAS_ENOMEM, where);
  head->n_member                 = n_member;
  layers->width[layers->n_layer] = model->edge[head->i_edge].grid.n_energy;
  for (size_t i = 0; i < n_member && status == CUXAS_OK; i++)
    status = parse_member(model, head, i, layers, &head->member[i], where, err);
  return status == CUXAS_OK ? parse_kernel(model, entry, head, where, err) : status;
}

static cuxas_status parse_layout(const cuxas_model *model, const cJSON *networks, layout *ret_layers, const char *where,
                                 cuxas_error *err)
{
  cuxas_status status;
  cuxas_error  reason     = {0};
  const cJSON *hidden     = NULL, *entry;
  const char  *activation = NULL;
  layout      *layers     = ret_layers;
  *layers                 = (layout){.n_layer = 1, .width = {model->n_feature}};
  layers->is_shared       = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(networks, "shared"));
  if ((status = cuxas_json_array(networks, "hidden", &hidden, where, err)) != CUXAS_OK ||
      (status = cuxas_json_string(networks, "output", &activation, where, err)) != CUXAS_OK)
    return status;
  if (cuxas_activation_from_name(activation, &layers->output, &reason) != CUXAS_OK)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %s", where, reason.message);
  cJSON_ArrayForEach(entry, hidden)
  {
    if (layers->n_layer > MAX_HIDDEN ||
        !cuxas_json_is_count(entry, 1, CUXAS_MODEL_MAX_WIDTH, &layers->width[layers->n_layer]))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"hidden\": at most %d widths from 1 to %d", where, MAX_HIDDEN,
                        CUXAS_MODEL_MAX_WIDTH);
    layers->n_layer++;
  }
  return CUXAS_OK;
}

/* check_bases() - what a relative kernel machine is relative to */
static cuxas_status check_bases(const cuxas_model *model, const char *where, cuxas_error *err)
{
  for (size_t i = 0; i < model->n_head; i++) {
    const cuxas_head *head = &model->head[i];
    const cuxas_head *base = cuxas_model_find_head(model, head->i_edge, CUXAS_CHANNEL_NO_HOLE);
    if (!head->kernel_is_relative) continue;
    if (base == NULL || base == head || base->kernel == NULL || base->kernel_is_relative)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: the kernel machine of %s %s is relative to one that is not there",
                        where, model->edge[head->i_edge].name, cuxas_channel_name(head->channel));
  }
  return CUXAS_OK;
}

cuxas_status cuxas_model_parse_heads(cuxas_model *model, const char *where, cuxas_error *err)
{
  cuxas_status status;
  layout       layers;
  const cJSON *networks = NULL, *heads = NULL, *entry;

  if (model->n_edge == 0 || !cuxas_json_has(model->head_json, "networks")) return CUXAS_OK;
  if ((status = cuxas_json_object(model->head_json, "networks", &networks, where, err)) != CUXAS_OK ||
      (status = parse_layout(model, networks, &layers, where, err)) != CUXAS_OK ||
      (status = cuxas_json_array(networks, "heads", &heads, where, err)) != CUXAS_OK)
    return status;
  const int n_head = cJSON_GetArraySize(heads);
  if (n_head > MAX_HEAD) return cuxas_fail(err, CUXAS_EFORMAT, "%s: more than %d heads", where, MAX_HEAD);
  if ((model->head = cuxas_new(err, (size_t)n_head, sizeof *model->head)) == NULL)
    return cuxas_fail_at(err, CUXAS_ENOMEM, where);
  cJSON_ArrayForEach(entry, heads)
  {
    cuxas_head head = {0};
    if ((status = parse_names(model, entry, &head, where, err)) != CUXAS_OK) return status;
    model->head[model->n_head++] = head;
    if ((status = parse_head(model, entry, &layers, &model->head[model->n_head - 1], where, err)) != CUXAS_OK)
      return status;
  }
  return check_bases(model, where, err);
}
