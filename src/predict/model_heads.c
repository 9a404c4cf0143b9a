/* The heads of a model file: networks, kernel machines, and how they are mixed. */
#include "predict/model_priv.h"

#include "base/json.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
  if (net == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for network %s", where, name);

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
  float       *feature   = cuxas_new_array(n_row, n_feature * sizeof *feature);
  if (feature == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for a kernel machine", where);
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

/* get_array() - a tensor of the kernel machine */
static cuxas_status get_array(const cuxas_model *model, const cuxas_head *head, const char *last, size_t rank,
                              const size_t *shape, const float **ret_value, const char *where, cuxas_error *err)
{
  char        name[CUXAS_TENSOR_NAME_SIZE];
  cuxas_error reason = {0};
  name_tensor(model, head, "kernel", last, name);
  const cuxas_status status = cuxas_tensors_get(model->tensors, name, rank, shape, ret_value, &reason);
  return status == CUXAS_OK ? status : cuxas_fail(err, status, "%s: %s", where, reason.message);
}

static cuxas_status restore_kernel(const cuxas_model *model, cuxas_head *head, cuxas_kernel_shape shape,
                                   const char *where, cuxas_error *err)
{
  cuxas_status status;
  char         name[CUXAS_TENSOR_NAME_SIZE];
  cuxas_error  reason = {0};
  const float *row = NULL, *mean = NULL, *weight = NULL, *deviation = NULL;
  float       *feature  = NULL;
  const size_t n_energy = model->edge[head->i_edge].grid.n_energy + (head->kernel_is_aligned ? 1 : 0);
  name_tensor(model, head, "kernel", "row", name);
  const cuxas_tensor *rows  = cuxas_tensors_find(model->tensors, name);
  const size_t        n_row = rows != NULL ? rows->shape[0] : 1;
  if (n_row > MAX_KERNEL_ROW)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: a kernel machine of more than %d rows", where, MAX_KERNEL_ROW);
  if ((status = get_array(model, head, "row", 1, (size_t[]){n_row}, &row, where, err)) != CUXAS_OK ||
      (status = get_array(model, head, "mean", 1, (size_t[]){n_energy}, &mean, where, err)) != CUXAS_OK ||
      (status = get_array(model, head, "weight", 2, (size_t[]){n_row, n_energy}, &weight, where, err)) != CUXAS_OK ||
      (status = get_array(model, head, "deviation", 1, (size_t[]){n_energy}, &deviation, where, err)) != CUXAS_OK ||
      (status = gather_rows(model, row, n_row, &feature, where, err)) != CUXAS_OK)
    return status;
  status = cuxas_kernel_restore(shape, feature, n_row, model->n_feature, mean, weight, deviation, n_energy,
                                &head->kernel, &reason);
  free(feature);
  for (size_t i = 0; status == CUXAS_OK && &model->head[i] < head; i++) /* those before it */
    if (model->head[i].kernel != NULL && cuxas_kernel_share(head->kernel, model->head[i].kernel)) break;
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
  if ((head->member = cuxas_new_array(n_member, sizeof *head->member)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for %zu networks", where, n_member);
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
  if ((model->head = cuxas_new_array((size_t)n_head, sizeof *model->head)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for %d heads", where, n_head);
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
