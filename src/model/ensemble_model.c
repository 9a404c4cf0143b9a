/* What was learnt, as the head and tensors of a model. */
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
