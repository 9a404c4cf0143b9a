/* What a training begins with: the graph network, a network for every task, and the optimiser. */
#include "learn/graphnet_train_priv.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float LAST_LAYER_SCALE = 0.1f; /* of the initial weights: outputs start near the mean of the targets */

/* start_head() - at the mean of the learnt targets */
static void start_head(const cuxas_graphnet_trainer *t, size_t i_head, uint64_t seed)
{
  cuxas_dense *net  = t->head[i_head];
  const size_t n    = net->width[net->n_layer];
  float       *bias = net->parameter + net->n_parameter - n;
  cuxas_dense_init(net, seed);
  for (float *weight = bias - n * net->width[net->n_layer - 1]; weight < bias; weight++) *weight *= LAST_LAYER_SCALE;
  if (i_head >= t->data->n_task) return; /* the teacher's numbers have mean 0 */
  for (size_t j = 0; j < n; j++) {
    double sum = 0.0, n_row = 0.0;
    for (size_t i = 0; i < t->data->n_label; i++) {
      const cuxas_graphnet_label *label = &t->data->label[i];
      if (label->i_task != i_head || t->data->structure[label->i_structure].is_held) continue;
      sum += t->data->target[i_head][label->row * n + j];
      n_row += 1.0;
    }
    const double mean = fmax(sum / n_row, 1e-3);
    bias[j]           = (float)(mean + log(-expm1(-mean))); /* softplus of it is the mean */
  }
}

static cuxas_status new_heads(cuxas_graphnet_trainer *t, cuxas_error *err)
{
  const cuxas_graphnet_data     *data = t->data;
  const cuxas_graphnet_settings *set  = t->settings;
  t->n_head                           = data->n_task + 1;
  t->n_parameter                      = t->n_net;
  for (size_t i = 0; i < t->n_head; i++) {
    const bool is_lesson = i == data->n_task;
    double     n_label   = is_lesson ? 0.0 : (double)data->count.n_learnt[i];
    if (is_lesson && set->teacher_weight > 0.0)
      for (size_t j = 0; j < t->n_learnt; j++)
        if (data->structure[t->learnt[j]].opt_lesson != NULL)
          n_label += (double)data->structure[t->learnt[j]].graph->n_atom;
    t->first[i] = t->n_parameter;
    if (n_label == 0.0) continue;
    const size_t n_output   = is_lesson ? data->n_lesson : data->task[i].grid.n_energy;
    const bool   has_hidden = !is_lesson && set->head_width > 0;
    const size_t width[3]   = {set->shape.node_width, has_hidden ? set->head_width : n_output, n_output};
    t->head[i] =
        cuxas_dense_new(has_hidden ? 2 : 1, width, is_lesson ? CUXAS_ACTIVATION_LINEAR : CUXAS_ACTIVATION_SOFTPLUS);
    if (t->head[i] == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the tasks' networks");
    t->n_parameter += t->head[i]->n_parameter;
    t->scale[i] = (is_lesson ? set->teacher_weight : data->task[i].weight) * (double)t->n_step / n_label;
  }
  return CUXAS_OK;
}

static cuxas_status mark_net_weights(cuxas_graphnet_trainer *t, cuxas_error *err)
{
  const size_t           n_tensor = cuxas_graphnet_n_tensor(&t->settings->shape);
  cuxas_graphnet_tensor *tensor   = cuxas_new_array(n_tensor, sizeof *tensor);
  if (tensor == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory to train the graph network");
  cuxas_graphnet_tensor_list(&t->settings->shape, tensor);
  for (size_t i = 0; i < n_tensor; i++)
    for (size_t j = 0; j < tensor[i].n_value; j++) t->optimiser.is_weight[tensor[i].first + j] = tensor[i].is_weight;
  free(tensor);
  return CUXAS_OK;
}

cuxas_status cuxas_graphnet_trainer_begin(const cuxas_graphnet_data *data, const cuxas_graphnet_settings *settings,
                                          const float *opt_start, cuxas_graphnet_trainer *t, cuxas_error *err)
{
  cuxas_graphnet_layout layout;
  cuxas_status          status;
  size_t                n_atom = 0;
  cuxas_graphnet_lay_out(&settings->shape, &layout);
  *t = (cuxas_graphnet_trainer){
      .data = data, .settings = settings, .n_net = layout.n_parameter, .random = ~settings->seed};
  t->learnt = cuxas_new_array(data->n_structure, sizeof *t->learnt);
  if (t->learnt == NULL) goto no_memory;
  for (size_t i = 0; i < data->n_structure; i++) {
    const cuxas_graphnet_structure *structure  = &data->structure[i];
    const bool                      has_lesson = structure->opt_lesson != NULL && settings->teacher_weight > 0.0;
    if (structure->graph == NULL || structure->is_held || (structure->n_label == 0 && !has_lesson)) continue;
    t->learnt[t->n_learnt++] = i;
    n_atom += structure->graph->n_atom;
  }
  if (t->n_learnt == 0) return cuxas_fail(err, CUXAS_ERANGE, "no structure to learn from");
  t->n_step = 1 + n_atom / settings->n_batch;
  if ((status = new_heads(t, err)) != CUXAS_OK) return status;

  t->parameter = cuxas_new_array(t->n_parameter, sizeof *t->parameter);
  if (!cuxas_adam_begin(&t->optimiser, t->n_parameter) || t->parameter == NULL) goto no_memory;
  for (size_t i = 0; i < CUXAS_GRAPHNET_N_SHARD; i++) {
    t->shard[i].gradient      = cuxas_new_array(t->n_parameter, sizeof(float));
    t->shard[i].head_gradient = cuxas_new_array(t->n_parameter, sizeof(float));
    if (t->shard[i].gradient == NULL || t->shard[i].head_gradient == NULL) goto no_memory;
  }
  if ((status = mark_net_weights(t, err)) != CUXAS_OK) return status;
  for (size_t i = 0; i < t->n_head; i++)
    if (t->head[i] != NULL) cuxas_adam_mark(&t->optimiser, t->head[i], t->first[i]);
  cuxas_graphnet_start(&settings->shape, settings->seed, t->parameter);
  if (opt_start != NULL) memcpy(t->parameter, opt_start, t->n_net * sizeof *opt_start);
  for (size_t i = 0; i < t->n_head; i++) {
    if (t->head[i] == NULL) continue;
    start_head(t, i, settings->seed + 1 + i);
    memcpy(t->parameter + t->first[i], t->head[i]->parameter, t->head[i]->n_parameter * sizeof *t->parameter);
  }
  return CUXAS_OK;
no_memory:
  return cuxas_fail(err, CUXAS_ENOMEM, "no memory to train the graph network");
}

void cuxas_graphnet_trainer_end(cuxas_graphnet_trainer *t)
{
  for (size_t i = 0; i < CUXAS_GRAPHNET_N_SHARD; i++) cuxas_graphnet_shard_end(&t->shard[i]);
  for (size_t i = 0; i < t->n_head; i++) cuxas_dense_free(t->head[i]);
  free(t->parameter);
  cuxas_adam_end(&t->optimiser);
  free(t->learnt);
}
