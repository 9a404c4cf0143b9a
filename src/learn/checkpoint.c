#include "learn/checkpoint_priv.h"

#include "base/json.h"
#include "base/hash.h"
#include "base/memory.h"
#include "predict/modelfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char FORMAT[] = "cuxas-checkpoint/1";

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* Hashes of all parts, one after the other. */
typedef struct {
  char   text[16 * CUXAS_SHA256_HEX_SIZE];
  size_t n;
} digest;

static void add_part(digest *d, const void *data, size_t n_byte)
{
  char hex[CUXAS_SHA256_HEX_SIZE];
  cuxas_hash_memory(n_byte > 0 ? data : "", n_byte, hex);
  memcpy(d->text + d->n, hex, CUXAS_SHA256_HEX_SIZE - 1);
  d->n += CUXAS_SHA256_HEX_SIZE - 1;
}

static void name_network(const cuxas_examples *e, const cuxas_train_settings *s, char ret_hex[CUXAS_SHA256_HEX_SIZE])
{
  digest d = {.n = 0};
  char   text[512];
  snprintf(text, sizeof text, "%s %zu %zu %zu %d %d %zu %zu %.17g %d %.17g %.17g %zu %llu %d %d %d", FORMAT, e->n_row,
           e->n_input, e->n_output, (int)s->output, (int)s->loss, s->n_epoch, s->n_batch, s->rate, (int)s->schedule,
           s->weight_decay, s->noise, s->patience, (unsigned long long)s->seed, e->opt_known != NULL,
           e->opt_weight != NULL, e->opt_is_held != NULL);
  add_part(&d, text, strlen(text));
  add_part(&d, s->hidden, s->n_hidden * sizeof *s->hidden);
  add_part(&d, e->input, e->n_row * e->n_input * sizeof *e->input);
  add_part(&d, e->target, e->n_row * e->n_output * sizeof *e->target);
  add_part(&d, e->opt_known, e->opt_known != NULL ? e->n_row * sizeof *e->opt_known : 0);
  add_part(&d, e->opt_weight, e->opt_weight != NULL ? e->n_row * e->n_output * sizeof *e->opt_weight : 0);
  add_part(&d, e->opt_is_held, e->opt_is_held != NULL ? e->n_row * sizeof *e->opt_is_held : 0);
  cuxas_hash_memory(d.text, d.n, ret_hex);
}

cuxas_status cuxas_checkpoint_path(const cuxas_examples *examples, const cuxas_train_settings *settings,
                                   char **ret_path, cuxas_error *err)
{
  char hex[CUXAS_SHA256_HEX_SIZE];
  if (mkdir(settings->opt_checkpoint, 0777) != 0 && errno != EEXIST)
    return cuxas_fail(err, CUXAS_EIO, "%s: cannot make this folder: %s", settings->opt_checkpoint, strerror(errno));
  name_network(examples, settings, hex);
  const size_t n_byte = strlen(settings->opt_checkpoint) + sizeof hex + 8;
  if ((*ret_path = cuxas_new_array(n_byte, 1)) == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a path");
  snprintf(*ret_path, n_byte, "%s/%s.net", settings->opt_checkpoint, hex);
  return CUXAS_OK;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static cuxas_status parse_result(const cJSON *head, size_t n_epoch, cuxas_train_result *result, const char *where,
                                 cuxas_error *err)
{
  cuxas_status status;
  if ((status = cuxas_json_count(head, "n_epoch", 1, n_epoch, &result->n_epoch, where, err)) != CUXAS_OK ||
      (status = cuxas_json_count(head, "best_epoch", 1, n_epoch, &result->best_epoch, where, err)) != CUXAS_OK ||
      (status = cuxas_json_number(head, "loss", 0.0, 1e30, &result->loss, where, err)) != CUXAS_OK ||
      (status = cuxas_json_number(head, "validation_loss", 0.0, 1e30, &result->validation_loss, where, err)) !=
          CUXAS_OK)
    return status;
  if ((status = cuxas_json_number(head, "validation_mae", 0.0, 1e30, &result->validation_mae, where, err)) != CUXAS_OK)
    return status;
  result->loss            = (float)result->loss;
  result->validation_loss = (float)result->validation_loss;
  result->validation_mae  = (float)result->validation_mae;
  return CUXAS_OK;
}

/* copy_tensors() - parameters and course; false: not of this shape, or no memory */
static bool copy_tensors(const cuxas_tensors *tensors, cuxas_dense *net, cuxas_train_result *result)
{
  const float *parameter, *curve;
  if (cuxas_tensors_get(tensors, "parameter", 1, (size_t[]){net->n_parameter}, &parameter, NULL) != CUXAS_OK ||
      cuxas_tensors_get(tensors, "curve", 2, (size_t[]){result->n_epoch, 2}, &curve, NULL) != CUXAS_OK ||
      (result->curve = cuxas_new_array(result->n_epoch, 2 * sizeof *curve)) == NULL)
    return false;
  memcpy(net->parameter, parameter, net->n_parameter * sizeof *parameter);
  memcpy(result->curve, curve, result->n_epoch * 2 * sizeof *curve);
  return true;
}

bool cuxas_checkpoint_read(const char *path, const cuxas_examples *examples, const cuxas_train_settings *settings,
                           cuxas_dense **ret_net, cuxas_train_result *ret_result)
{
  cJSON             *head    = NULL;
  cuxas_tensors     *tensors = NULL;
  char               sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_train_result result = {0};
  if (cuxas_modelfile_read(path, &head, &tensors, sha256, NULL) != CUXAS_OK) return false;

  const size_t n_layer = settings->n_hidden + 1;
  size_t      *width   = cuxas_new_array(n_layer + 1, sizeof *width);
  cuxas_dense *net     = NULL;
  if (width != NULL) {
    width[0] = examples->n_input;
    memcpy(width + 1, settings->hidden, settings->n_hidden * sizeof *width);
    width[n_layer] = examples->n_output;
    net            = cuxas_dense_new(n_layer, width, settings->output);
  }
  const bool found = net != NULL && parse_result(head, settings->n_epoch, &result, path, NULL) == CUXAS_OK &&
                     copy_tensors(tensors, net, &result);
  if (found) {
    *ret_net    = net;
    *ret_result = result;
  } else {
    cuxas_dense_free(net);
    cuxas_train_result_free(&result);
  }
  free(width);
  cJSON_Delete(head);
  cuxas_tensors_free(tensors);
  return found;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

cuxas_status cuxas_checkpoint_write(const char *path, const cuxas_dense *net, const cuxas_train_result *result,
                                    cuxas_error *err)
{
  cJSON         *head    = cJSON_CreateObject();
  cuxas_tensors *tensors = cuxas_tensors_new();
  cuxas_status   status  = CUXAS_ENOMEM;
  if (head == NULL || tensors == NULL || cJSON_AddStringToObject(head, "format", FORMAT) == NULL ||
      cJSON_AddNumberToObject(head, "n_epoch", (double)result->n_epoch) == NULL ||
      cJSON_AddNumberToObject(head, "best_epoch", (double)result->best_epoch) == NULL ||
      cJSON_AddNumberToObject(head, "loss", result->loss) == NULL ||
      cJSON_AddNumberToObject(head, "validation_loss", result->validation_loss) == NULL ||
      cJSON_AddNumberToObject(head, "validation_mae", result->validation_mae) == NULL)
    cuxas_fail(err, status, "%s: no memory", path);
  else
    status = cuxas_tensors_add(tensors, "parameter", 1, (size_t[]){net->n_parameter}, net->parameter, err);
  if (status == CUXAS_OK)
    status = cuxas_tensors_add(tensors, "curve", 2, (size_t[]){result->n_epoch, 2}, result->curve, err);
  if (status == CUXAS_OK) status = cuxas_modelfile_write(path, true, head, tensors, err);
  cJSON_Delete(head);
  cuxas_tensors_free(tensors);
  return status;
}
