/* What was learnt, as the head and tensors of a model; and back again. */
#include "cuxas/ensemble.h"

#include "cuxas/elements.h"
#include "cuxas/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- head ------------------------------------------------------------------------------------------------------- */

/* add_number(), add_text(), add_array(), add_object(), add_copy() - a member; they do nothing once *ok is false */
static void add_number(cJSON *object, const char *key, double value, bool *ok)
{
  *ok = *ok && cJSON_AddNumberToObject(object, key, value) != NULL;
}

static void add_text(cJSON *object, const char *key, const char *value, bool *ok)
{
  *ok = *ok && cJSON_AddStringToObject(object, key, value) != NULL;
}

static cJSON *add_array(cJSON *object, const char *key, bool *ok)
{
  cJSON *array = *ok ? cJSON_AddArrayToObject(object, key) : NULL;
  *ok          = array != NULL;
  return array;
}

static cJSON *add_object(cJSON *object, const char *key, bool *ok)
{
  cJSON *member = *ok ? cJSON_AddObjectToObject(object, key) : NULL;
  *ok           = member != NULL;
  return member;
}

static cJSON *append_object(cJSON *array, bool *ok)
{
  cJSON *item = *ok ? cJSON_CreateObject() : NULL;
  *ok         = item != NULL && cJSON_AddItemToArray(array, item);
  if (!*ok) cJSON_Delete(item);
  return *ok ? item : NULL;
}

static void add_copy(cJSON *object, const char *key, const cJSON *opt_value, bool *ok)
{
  if (!*ok || opt_value == NULL) return;
  cJSON *copy = cJSON_Duplicate(opt_value, 1);
  *ok         = copy != NULL && cJSON_AddItemToObject(object, key, copy);
  if (!*ok) cJSON_Delete(copy);
}

static void describe_edges(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description, cJSON *head,
                           bool *ok)
{
  cJSON *edges = add_array(head, "edges", ok);
  for (size_t i = 0; i < ensemble->n_edge; i++) {
    cJSON *edge = append_object(edges, ok);
    add_text(edge, "name", description->edge_name[i], ok);
    cJSON *grid = add_object(edge, "grid", ok);
    add_number(grid, "start_eV", ensemble->grid[i].start_eV, ok);
    add_number(grid, "step_eV", ensemble->grid[i].step_eV, ok);
    add_number(grid, "n_energy", (double)ensemble->grid[i].n_energy, ok);
    add_number(edge, "weight", description->weight[i], ok);
  }
}

static void describe_networks(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description,
                              cJSON *head, bool *ok)
{
  const cuxas_dense *first    = NULL; /* all networks have the same hidden layers */
  cJSON             *networks = add_object(head, "networks", ok), *hidden = add_array(networks, "hidden", ok);
  cJSON             *heads = *ok ? cJSON_CreateArray() : NULL;
  *ok                      = heads != NULL;
  for (size_t i = 0; i < ensemble->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      if (ensemble->net[i][channel] == NULL) continue;
      if (first == NULL) first = ensemble->net[i][channel][0];
      cJSON *entry = append_object(heads, ok);
      add_text(entry, "edge", description->edge_name[i], ok);
      add_text(entry, "channel", cuxas_channel_name((cuxas_channel)channel), ok);
      add_number(entry, "members", (double)ensemble->n_member, ok);
    }
  for (size_t l = 1; *ok && l < first->n_layer; l++)
    *ok = cJSON_AddItemToArray(hidden, cJSON_CreateNumber((double)first->width[l]));
  if (first != NULL) add_text(networks, "output", cuxas_activation_name(first->output), ok);
  if (*ok)
    *ok = cJSON_AddItemToObject(networks, "heads", heads);
  else
    cJSON_Delete(heads);
}

static cJSON *make_head(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description)
{
  cJSON *head = cJSON_CreateObject();
  bool   ok   = head != NULL;
  add_text(head, "format", "cuxas-model/1", &ok);
  add_text(head, "name", description->name, &ok);
  add_text(head, "element", cuxas_element_find(description->absorber)->symbol, &ok);
  describe_edges(ensemble, description, head, &ok);
  add_number(head, "shift_eV", description->shift_eV, &ok);
  add_number(head, "fwhm_eV", description->fwhm_eV, &ok);
  add_copy(head, "featurizer", description->featurizer, &ok);
  cJSON *reduction = add_object(head, "reduction", &ok);
  add_number(reduction, "n_feature", (double)ensemble->reduction->n_feature, &ok);
  add_number(reduction, "n_component", (double)ensemble->reduction->n_component, &ok);
  describe_networks(ensemble, description, head, &ok);
  cJSON *domain = add_object(head, "domain", &ok);
  add_number(domain, "k", (double)ensemble->domain_k, &ok);
  add_number(domain, "threshold", description->domain_threshold, &ok);
  add_text(head, "licence", description->licence, &ok);
  add_copy(head, "training", description->training, &ok);
  add_copy(head, "metrics", description->opt_metrics, &ok);
  if (ok) return head;
  cJSON_Delete(head);
  return NULL;
}

/* ---- tensors ---------------------------------------------------------------------------------------------------- */

static cuxas_status add_networks(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description,
                                 cuxas_tensors *tensors, cuxas_error *err)
{
  for (size_t i = 0; i < ensemble->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++)
      for (size_t j = 0; ensemble->net[i][channel] != NULL && j < ensemble->n_member; j++) {
        const cuxas_dense *net = ensemble->net[i][channel][j];
        char               name[CUXAS_TENSOR_NAME_SIZE];
        snprintf(name, sizeof name, "net.%s.%s.%zu", description->edge_name[i],
                 cuxas_channel_name((cuxas_channel)channel), j);
        const cuxas_status status =
            cuxas_tensors_add(tensors, name, 1, (size_t[]){net->n_parameter}, net->parameter, err);
        if (status != CUXAS_OK) return status;
      }
  return CUXAS_OK;
}

/* is_ours() - names that this file gives; a source model's tensors of these names are not its featurizer's */
static bool is_ours(const char *name)
{
  return strncmp(name, "reduction.", 10) == 0 || strncmp(name, "net.", 4) == 0 || strncmp(name, "domain.", 7) == 0;
}

static cuxas_status fill_tensors(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description,
                                 cuxas_tensors *tensors, cuxas_error *err)
{
  cuxas_status           status;
  const cuxas_reduction *reduction = ensemble->reduction;
  const cuxas_tensors   *theirs    = description->opt_featurizer_tensors;
  for (size_t i = 0; theirs != NULL && i < theirs->n_tensor; i++) {
    const cuxas_tensor *tensor = &theirs->tensor[i];
    if (is_ours(tensor->name)) continue;
    status = cuxas_tensors_add(tensors, tensor->name, tensor->rank, tensor->shape, tensor->value, err);
    if (status != CUXAS_OK) return status;
  }
  status = cuxas_tensors_add(tensors, "reduction.mean", 1, (size_t[]){reduction->n_raw}, reduction->mean, err);
  if (status == CUXAS_OK)
    status = cuxas_tensors_add(tensors, "reduction.matrix", 2, (size_t[]){reduction->n_feature, reduction->n_raw},
                               reduction->matrix, err);
  if (status == CUXAS_OK) status = add_networks(ensemble, description, tensors, err);
  if (status == CUXAS_OK)
    status = cuxas_tensors_add(tensors, "domain.feature", 2, (size_t[]){ensemble->n_row, reduction->n_feature},
                               ensemble->feature, err);
  return status;
}

cuxas_status cuxas_ensemble_to_model(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description,
                                     cuxas_model **ret_model, cuxas_error *err)
{
  *ret_model             = NULL;
  cuxas_status   status  = CUXAS_ENOMEM;
  cJSON         *head    = make_head(ensemble, description);
  cuxas_tensors *tensors = cuxas_tensors_new();
  if (head == NULL || tensors == NULL)
    cuxas_fail(err, status, "no memory for a model");
  else
    status = fill_tensors(ensemble, description, tensors, err);
  if (status == CUXAS_OK) return cuxas_model_new(head, tensors, ret_model, err);
  cJSON_Delete(head);
  cuxas_tensors_free(tensors);
  return status;
}

/* ---- and back --------------------------------------------------------------------------------------------------- */

static cuxas_dense *copy_net(const cuxas_dense *net)
{
  cuxas_dense *copy = cuxas_dense_new(net->n_layer, net->width, net->output);
  if (copy != NULL) memcpy(copy->parameter, net->parameter, net->n_parameter * sizeof *copy->parameter);
  return copy;
}

/* copy_reduction() - NULL: no memory */
static cuxas_reduction *copy_reduction(const cuxas_model *model)
{
  const size_t     n_raw = model->n_raw, n_feature = model->n_feature;
  cuxas_reduction *copy = cuxas_new_array(1, sizeof *copy);
  if (copy == NULL) return NULL;
  *copy        = (cuxas_reduction){.n_raw = n_raw, .n_feature = n_feature, .n_component = n_feature};
  copy->mean   = cuxas_new_array(n_raw, sizeof *copy->mean);
  copy->matrix = cuxas_new_array(n_feature, n_raw * sizeof *copy->matrix);
  if (copy->mean == NULL || copy->matrix == NULL) {
    cuxas_reduction_free(copy);
    return NULL;
  }
  memcpy(copy->mean, model->reduction_mean, n_raw * sizeof *copy->mean);
  memcpy(copy->matrix, model->reduction_matrix, n_feature * n_raw * sizeof *copy->matrix);
  return copy;
}

static bool copy_heads(const cuxas_model *model, cuxas_ensemble *ensemble)
{
  for (size_t i = 0; i < model->n_head; i++) {
    const cuxas_head *head = &model->head[i];
    cuxas_dense     **net  = cuxas_new_array(head->n_member, sizeof(cuxas_dense *));
    if (net == NULL) return false;
    ensemble->net[head->i_edge][head->channel] = net;
    for (size_t j = 0; j < head->n_member; j++)
      if ((net[j] = copy_net(head->member[j])) == NULL) return false;
  }
  return true;
}

cuxas_status cuxas_ensemble_from_model(const cuxas_model *model, const float *raw, size_t n_row,
                                       cuxas_ensemble **ret_ensemble, cuxas_error *err)
{
  *ret_ensemble = NULL;
  if (model->reduction_matrix == NULL || model->n_head == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "model %s has no reduction or no networks", model->name);
  for (size_t i = 1; i < model->n_head; i++)
    if (model->head[i].n_member != model->head[0].n_member)
      return cuxas_fail(err, CUXAS_EUNSUPPORTED, "model %s: its ensembles differ in size", model->name);

  cuxas_ensemble *ensemble = cuxas_new_array(1, sizeof *ensemble);
  if (ensemble == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a copy of model %s", model->name);
  ensemble->n_edge   = model->n_edge;
  ensemble->n_row    = n_row;
  ensemble->n_member = model->head[0].n_member;
  ensemble->domain_k = model->n_domain > 0 ? model->domain_k : 1;
  for (size_t i = 0; i < model->n_edge; i++) ensemble->grid[i] = model->edge[i].grid;
  ensemble->reduction = copy_reduction(model);
  ensemble->feature   = cuxas_new_array(n_row, model->n_feature * sizeof *ensemble->feature);
  if (!copy_heads(model, ensemble) || ensemble->reduction == NULL || ensemble->feature == NULL) {
    cuxas_ensemble_free(ensemble);
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a copy of model %s", model->name);
  }
  cuxas_reduction_apply(ensemble->reduction, raw, n_row, ensemble->feature);
  *ret_ensemble = ensemble;
  return CUXAS_OK;
}
