/* A model's profile of held-out errors: head and tensor to struct, and back. */
#include "predict/model_priv.h"

#include "base/json.h"

#include <stdlib.h>

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
