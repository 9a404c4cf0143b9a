/* join.c - several featurizers, learned or not, as one model file that holds a featurizer alone */
#include "learn/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX_SIZE = 24 }; /* as graphnet.h's */

/* What is being put together. */
typedef struct {
  cJSON         *parts;       /* descriptions */
  cJSON         *pretraining; /* what the parts' heads say */
  cuxas_tensors *tensors;
  char           licence[8192];
  cuxas_error   *err;
} joint;

static const char *text_of(const cJSON *object, const char *member)
{
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, member));
  return text != NULL ? text : "";
}

static bool begins_with(const char *text, const char *start)
{
  return strncmp(text, start, strlen(start)) == 0;
}

/* choose_prefix() - graphnet, graphnet2, ...: the first that no network has yet */
static void choose_prefix(const joint *j, char ret_prefix[PREFIX_SIZE])
{
  snprintf(ret_prefix, PREFIX_SIZE, "graphnet");
  for (unsigned i = 2;; i++) {
    char name[PREFIX_SIZE + 16];
    snprintf(name, sizeof name, "%s.properties", ret_prefix);
    if (cuxas_tensors_find(j->tensors, name) == NULL) return;
    snprintf(ret_prefix, PREFIX_SIZE, "graphnet%u", i);
  }
}

static cuxas_status copy_tensor(joint *j, const cuxas_tensor *tensor, const char *name)
{
  if (cuxas_tensors_find(j->tensors, name) != NULL)
    return cuxas_fail(j->err, CUXAS_ERANGE, "two featurizers have tensors called %s: they cannot be joined", name);
  return cuxas_tensors_add(j->tensors, name, tensor->rank, tensor->shape, tensor->value, j->err);
}

/* add_graphnet() - its tensors under a prefix of their own */
static cuxas_status add_graphnet(joint *j, const cJSON *description, const cuxas_tensors *tensors)
{
  const char  *given = text_of(description, "prefix"), *old = given[0] != '\0' ? given : "graphnet";
  char         prefix[PREFIX_SIZE];
  const size_t n = strlen(old);
  choose_prefix(j, prefix);
  for (size_t i = 0; i < tensors->n_tensor; i++) {
    const cuxas_tensor *tensor = &tensors->tensor[i];
    char                name[2 * CUXAS_TENSOR_NAME_SIZE];
    if (strncmp(tensor->name, old, n) != 0 || tensor->name[n] != '.') continue;
    snprintf(name, sizeof name, "%s%s", prefix, tensor->name + n);
    const cuxas_status status = copy_tensor(j, tensor, name);
    if (status != CUXAS_OK) return status;
  }
  cJSON *copy = cJSON_Duplicate(description, 1);
  cJSON_DeleteItemFromObjectCaseSensitive(copy, "prefix");
  if (strcmp(prefix, "graphnet") != 0) cJSON_AddStringToObject(copy, "prefix", prefix);
  cJSON_AddItemToArray(j->parts, copy);
  return CUXAS_OK;
}

/* add_other() - with all tensors of the model that are not a network's, another graph network's or a checkpoint's */
static cuxas_status add_other(joint *j, const cJSON *description, const cuxas_tensors *opt_tensors)
{
  static const char *const NOT_ITS[] = {"graphnet", "reduction.", "net.", "domain.", "checkpoint."};
  const bool               has_none  = opt_tensors == NULL || strcmp(text_of(description, "name"), "symfun") == 0;
  for (size_t i = 0; !has_none && i < opt_tensors->n_tensor; i++) {
    const cuxas_tensor *tensor = &opt_tensors->tensor[i];
    bool                is_its = true;
    for (size_t k = 0; k < sizeof NOT_ITS / sizeof *NOT_ITS; k++)
      is_its = is_its && !begins_with(tensor->name, NOT_ITS[k]);
    const cuxas_status status = is_its ? copy_tensor(j, tensor, tensor->name) : CUXAS_OK;
    if (status != CUXAS_OK) return status;
  }
  cJSON_AddItemToArray(j->parts, cJSON_Duplicate(description, 1));
  return CUXAS_OK;
}

static cuxas_status add_part(joint *j, const cJSON *description, const cuxas_tensors *opt_tensors)
{
  const cJSON *inner;
  cuxas_status status = CUXAS_OK;
  if (strcmp(text_of(description, "name"), "joined") != 0)
    return strcmp(text_of(description, "name"), "graphnet") == 0 && opt_tensors != NULL
               ? add_graphnet(j, description, opt_tensors)
               : add_other(j, description, opt_tensors);
  cJSON_ArrayForEach(inner, cJSON_GetObjectItemCaseSensitive(description, "parts"))
  {
    if (strcmp(text_of(inner, "name"), "joined") == 0) /* never nested, so that this ends */
      return cuxas_fail(j->err, CUXAS_EFORMAT, "featurizer joined: a part may not itself be joined");
    if ((status = add_part(j, inner, opt_tensors)) != CUXAS_OK) return status;
  }
  return status;
}

/* add_head() - what a model says about itself */
static void add_head(joint *j, const cJSON *head)
{
  const cJSON *said    = cJSON_GetObjectItemCaseSensitive(head, "pretraining"), *entry;
  const char  *licence = text_of(head, "licence");
  const size_t n       = strlen(j->licence);
  if (cJSON_IsArray(said)) {
    cJSON_ArrayForEach(entry, said) cJSON_AddItemToArray(j->pretraining, cJSON_Duplicate(entry, 1));
  } else if (said != NULL) {
    cJSON_AddItemToArray(j->pretraining, cJSON_Duplicate(said, 1));
  }
  if (licence[0] != '\0' && strstr(j->licence, licence) == NULL)
    snprintf(j->licence + n, sizeof j->licence - n, "%s%s", n > 0 ? "; " : "", licence);
}

cuxas_status cuxas_model_join(const char *name, const cuxas_join_part *part, size_t n_part, cuxas_model **ret_model,
                              cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  joint        j      = {
                  .parts = cJSON_CreateArray(), .pretraining = cJSON_CreateArray(), .tensors = cuxas_tensors_new(), .err = err};
  cJSON *head = cJSON_CreateObject();

  *ret_model = NULL;
  if (j.parts == NULL || j.pretraining == NULL || j.tensors == NULL || head == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory to join featurizers");
  else if (n_part == 0)
    status = cuxas_fail(err, CUXAS_ERANGE, "no featurizer to join");
  for (size_t i = 0; i < n_part && status == CUXAS_OK; i++) {
    const cuxas_model *model = part[i].model;
    status                   = add_part(
                          &j, model != NULL ? cJSON_GetObjectItemCaseSensitive(model->head_json, "featurizer") : part[i].description,
        model != NULL ? model->tensors : NULL);
    if (model != NULL) add_head(&j, model->head_json);
  }
  if (status != CUXAS_OK) {
    cJSON_Delete(head);
    cJSON_Delete(j.parts);
    cJSON_Delete(j.pretraining);
    cuxas_tensors_free(j.tensors);
    return status;
  }
  cJSON_AddStringToObject(head, "format", "cuxas-model/1");
  cJSON_AddStringToObject(head, "name", name);
  cJSON *joined = cJSON_AddObjectToObject(head, "featurizer");
  cJSON_AddStringToObject(joined, "name", "joined");
  cJSON_AddItemToObject(joined, "parts", j.parts);
  if (j.licence[0] != '\0') cJSON_AddStringToObject(head, "licence", j.licence);
  cJSON_AddItemToObject(head, "pretraining", j.pretraining);
  return cuxas_model_new(head, j.tensors, ret_model, err);
}
