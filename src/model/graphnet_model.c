#include "graphnet_priv.h"

#include "base/json_priv.h"
#include "cuxas/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* copy_tensors() - into another set */
static cuxas_status copy_tensors(const cuxas_tensors *from, cuxas_tensors *to, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < from->n_tensor && status == CUXAS_OK; i++)
    status = cuxas_tensors_add(to, from->tensor[i].name, from->tensor[i].rank, from->tensor[i].shape,
                               from->tensor[i].value, err);
  return status;
}

/* choose_prefix() - one that no network in the set has: graphnet (told as nothing), graphnet2, ... */
static void choose_prefix(const cuxas_tensors *tensors, cuxas_graphnet_shape *shape)
{
  char name[CUXAS_GRAPHNET_PREFIX_SIZE + 16] = "graphnet.properties";
  shape->prefix[0]                           = '\0';
  for (unsigned i = 2; cuxas_tensors_find(tensors, name) != NULL; i++) {
    snprintf(shape->prefix, sizeof shape->prefix, "graphnet%u", i);
    snprintf(name, sizeof name, "%s.properties", shape->prefix);
  }
}

/* describe() - the featurizer; taken over by the head */
static cJSON *describe(const cuxas_graphnet_shape *shape, const cJSON *opt_joined)
{
  cJSON       *own = cuxas_graphnet_shape_describe(shape);
  const cJSON *part, *parts = cJSON_GetObjectItemCaseSensitive(opt_joined, "parts");
  if (opt_joined == NULL) return own;
  cJSON *joined = cJSON_CreateObject();
  cJSON_AddStringToObject(joined, "name", "joined");
  cJSON *list = cJSON_AddArrayToObject(joined, "parts");
  if (!cJSON_IsArray(parts)) cJSON_AddItemToArray(list, cJSON_Duplicate(opt_joined, 1));
  cJSON_ArrayForEach(part, parts) cJSON_AddItemToArray(list, cJSON_Duplicate(part, 1));
  cJSON_AddItemToArray(list, own);
  return joined;
}

cuxas_status cuxas_graphnet_model_new(const char *name, const cuxas_graphnet_shape *shape, const float *parameter,
                                      const cJSON *opt_joined, const cuxas_tensors *opt_joined_tensors,
                                      const cJSON *training, const char *licence, cuxas_model **ret_model,
                                      cuxas_error *err)
{
  cuxas_status         status  = CUXAS_OK;
  cuxas_graphnet_shape named   = *shape;
  cuxas_tensors       *tensors = cuxas_tensors_new();
  cJSON               *head    = cJSON_CreateObject();

  *ret_model = NULL;
  if (tensors == NULL || head == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for the model %s", name);
    goto failed;
  }
  if (opt_joined_tensors != NULL && (status = copy_tensors(opt_joined_tensors, tensors, err)) != CUXAS_OK) goto failed;
  choose_prefix(tensors, &named);
  if ((status = cuxas_graphnet_to_tensors(&named, parameter, tensors, err)) != CUXAS_OK) goto failed;
  cJSON_AddStringToObject(head, "format", "cuxas-model/1");
  cJSON_AddStringToObject(head, "name", name);
  cJSON_AddItemToObject(head, "featurizer", describe(&named, opt_joined));
  cJSON_AddStringToObject(head, "licence", licence);
  cJSON_AddItemToObject(head, "pretraining", cJSON_Duplicate(training, 1));
  return cuxas_model_new(head, tensors, ret_model, err);
failed:
  cuxas_tensors_free(tensors);
  cJSON_Delete(head);
  return status;
}

static bool is_graphnet(const cJSON *description)
{
  const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(description, "name"));
  return name != NULL && strcmp(name, "graphnet") == 0;
}

cuxas_status cuxas_graphnet_model_parameters(const cuxas_model *model, cuxas_graphnet_shape *ret_shape,
                                             float **ret_parameter, cuxas_error *err)
{
  cuxas_graphnet_layout layout;
  const cJSON *description = cJSON_GetObjectItemCaseSensitive(model->head_json, "featurizer"), *part;
  const cJSON *found       = is_graphnet(description) ? description : NULL;

  cJSON_ArrayForEach(part, cJSON_GetObjectItemCaseSensitive(description, "parts"))
  {
    if (is_graphnet(part)) found = part;
  }
  if (found == NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "model %s: its featurizer is no graph network of ours", model->name);
  cuxas_status status = cuxas_graphnet_shape_read(found, ret_shape, err);
  if (status != CUXAS_OK) return status;
  cuxas_graphnet_lay_out(ret_shape, &layout);
  float *parameter = cuxas_new_array(layout.n_parameter, sizeof *parameter);
  if (parameter == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "model %s: no memory for its network", model->name);
  if ((status = cuxas_graphnet_from_tensors(ret_shape, model->tensors, parameter, err)) == CUXAS_OK)
    *ret_parameter = parameter;
  else
    free(parameter);
  return status;
}
