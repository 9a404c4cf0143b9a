#include "learn/graphnet_train_priv.h"
#include "base/hash.h"

#include "base/json.h"
#include "predict/modelfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void cuxas_graphnet_fingerprint(const cuxas_graphnet_trainer *t, char ret_hex[CUXAS_SHA256_HEX_SIZE])
{
  const cuxas_graphnet_settings *s = t->settings;
  char                           text[1024], hex[2 * CUXAS_SHA256_HEX_SIZE];
  uint64_t                       sum = 0;
  for (size_t i = 0; i < t->n_learnt; i++) sum = sum * 1099511628211u + t->data->structure[t->learnt[i]].graph->n_bond;
  snprintf(text, sizeof text, "%.17g %zu %zu %zu %zu %zu %zu %zu %zu %zu %.17g %.17g %.17g %llu %zu %zu %zu %llu",
           s->shape.cutoff_A, s->shape.n_radial, s->shape.n_angular, s->shape.n_channel, s->shape.n_block,
           s->shape.node_width, s->shape.hidden_width, s->head_width, s->n_epoch, s->n_batch, s->rate, s->weight_decay,
           s->teacher_weight, (unsigned long long)s->seed, t->n_parameter, t->n_learnt, t->data->n_label,
           (unsigned long long)sum);
  cuxas_hash_memory(text, strlen(text), hex);
  memcpy(ret_hex, hex, CUXAS_SHA256_HEX_SIZE);
}

cuxas_status cuxas_graphnet_write_checkpoint(const cuxas_graphnet_trainer *t, const char *path, const char *mark,
                                             size_t n_epoch_done, cuxas_error *err)
{
  cuxas_status   status  = CUXAS_OK;
  cuxas_tensors *tensors = cuxas_tensors_new();
  cJSON         *head = cJSON_CreateObject(), *state = cJSON_AddObjectToObject(head, "checkpoint");
  const struct {
    const char  *name;
    const float *value;
  } PART[] = {
      {"checkpoint.parameter", t->parameter},
      {"checkpoint.moment", t->optimiser.first},
      {"checkpoint.square", t->optimiser.second},
  };
  char random[32];

  if (tensors == NULL || state == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory", path);
    goto done;
  }
  snprintf(random, sizeof random, "%llu", (unsigned long long)t->random);
  cJSON_AddStringToObject(head, "format", "cuxas-model/1");
  cJSON_AddStringToObject(head, "name", "checkpoint");
  cJSON_AddItemToObject(head, "featurizer", cuxas_graphnet_shape_describe(&t->settings->shape));
  cJSON_AddStringToObject(state, "training", mark);
  cJSON_AddNumberToObject(state, "epochs", (double)n_epoch_done);
  cJSON_AddNumberToObject(state, "steps", (double)t->optimiser.n_step);
  cJSON_AddStringToObject(state, "random", random);
  cJSON *order = cJSON_AddArrayToObject(state, "order");
  for (size_t i = 0; i < t->n_learnt; i++) cJSON_AddItemToArray(order, cJSON_CreateNumber((double)t->learnt[i]));
  status = cuxas_graphnet_to_tensors(&t->settings->shape, t->parameter, tensors, err);
  for (size_t i = 0; i < sizeof PART / sizeof *PART && status == CUXAS_OK; i++)
    status = cuxas_tensors_add(tensors, PART[i].name, 1, (size_t[]){t->n_parameter}, PART[i].value, err);
  if (status == CUXAS_OK) status = cuxas_modelfile_write(path, true, head, tensors, err);
done:
  cJSON_Delete(head);
  cuxas_tensors_free(tensors);
  return status;
}

/* read_order() - the structures in the order in which the last pass left them, since shuffles build on one another */
static cuxas_status read_order(cuxas_graphnet_trainer *t, const cJSON *state, const char *path, cuxas_error *err)
{
  const cJSON *order, *entry;
  size_t       i      = 0;
  cuxas_status status = cuxas_json_array(state, "order", &order, path, err);
  if (status != CUXAS_OK) return status;
  cJSON_ArrayForEach(entry, order)
  {
    if (i == t->n_learnt || !cuxas_json_is_count(entry, 0, t->data->n_structure - 1, &t->learnt[i]) ||
        t->data->structure[t->learnt[i]].graph == NULL)
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: a checkpoint of another training", path);
    i++;
  }
  return i == t->n_learnt ? CUXAS_OK : cuxas_fail(err, CUXAS_EFORMAT, "%s: a checkpoint of another training", path);
}

cuxas_status cuxas_graphnet_read_checkpoint(cuxas_graphnet_trainer *t, const char *path, const char *mark,
                                            size_t *ret_n_epoch_done, cuxas_error *err)
{
  struct stat    about;
  cJSON         *head    = NULL;
  cuxas_tensors *tensors = NULL;
  char           sha256[CUXAS_SHA256_HEX_SIZE];
  const cJSON   *state;
  const char    *training, *random;
  const float   *value[3];

  *ret_n_epoch_done = 0;
  if (stat(path, &about) != 0 && errno == ENOENT) return CUXAS_OK;
  cuxas_status status = cuxas_modelfile_read(path, &head, &tensors, sha256, err);
  if (status != CUXAS_OK) return status;
  if ((status = cuxas_json_object(head, "checkpoint", &state, path, err)) != CUXAS_OK ||
      (status = cuxas_json_string(state, "training", &training, path, err)) != CUXAS_OK ||
      (status = cuxas_json_string(state, "random", &random, path, err)) != CUXAS_OK)
    goto done;
  if (strcmp(training, mark) != 0) {
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: a checkpoint of another training", path);
    goto done;
  }
  if ((status = cuxas_json_count(state, "epochs", 0, t->settings->n_epoch, ret_n_epoch_done, path, err)) != CUXAS_OK ||
      (status = cuxas_json_count(state, "steps", 0, SIZE_MAX / 4096, &t->optimiser.n_step, path, err)) != CUXAS_OK ||
      (status = read_order(t, state, path, err)) != CUXAS_OK)
    goto done;
  static const char *const NAME[3] = {"checkpoint.parameter", "checkpoint.moment", "checkpoint.square"};
  for (size_t i = 0; i < 3; i++)
    if ((status = cuxas_tensors_get(tensors, NAME[i], 1, (size_t[]){t->n_parameter}, &value[i], err)) != CUXAS_OK)
      goto done;
  memcpy(t->parameter, value[0], t->n_parameter * sizeof(float));
  memcpy(t->optimiser.first, value[1], t->n_parameter * sizeof(float));
  memcpy(t->optimiser.second, value[2], t->n_parameter * sizeof(float));
  t->random = strtoull(random, NULL, 10);
done:
  cJSON_Delete(head);
  cuxas_tensors_free(tensors);
  return status;
}
