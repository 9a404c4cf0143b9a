#include "predict/graphnet_pass.h"

#include "base/json.h"
#include "base/memory.h"
#include "predict/model_parts.h"

#include <stdlib.h>
#include <string.h>

cuxas_status cuxas_graphnet_model_new(const char *name, const cuxas_graphnet_shape *shape, const float *parameter,
                                      const cJSON *training, const char *licence, cuxas_model **ret_model,
                                      cuxas_error *err)
{
  cuxas_tensors *tensors = cuxas_tensors_new();
  cJSON         *head    = cJSON_CreateObject();
  cuxas_status   status  = tensors != NULL && head != NULL
                               ? cuxas_graphnet_to_tensors(shape, parameter, tensors, err)
                               : cuxas_fail(err, CUXAS_ENOMEM, "no memory for the model %s", name);
  *ret_model             = NULL;
  if (status != CUXAS_OK) {
    cuxas_tensors_free(tensors);
    cJSON_Delete(head);
    return status;
  }
  cJSON_AddStringToObject(head, "format", "cuxas-model/1");
  cJSON_AddStringToObject(head, "name", name);
  cJSON_AddItemToObject(head, "featurizer", cuxas_graphnet_shape_describe(shape));
  cJSON_AddStringToObject(head, "licence", licence);
  cJSON_AddItemToObject(head, "pretraining", cJSON_Duplicate(training, 1));
  return cuxas_model_new(head, tensors, ret_model, err);
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
  const cJSON          *description = cJSON_GetObjectItemCaseSensitive(model->head_json, "featurizer"), *part;
  const cJSON          *found       = is_graphnet(description) ? description : NULL;

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
