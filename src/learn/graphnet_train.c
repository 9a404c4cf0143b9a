/* graphnet_train.c - training a graph network: gradients by shards, checkpoints, epochs, the model file
 *
 * Contents: 1. the gradient of a part of a batch  2. the trainer  3. checkpoints  4. epochs  5. the model */
#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/random.h"
#include "learn/graphnet_train_priv.h"
#include "learn/train.h"
#include "predict/graphnet_pass.h"
#include "predict/model_parts.h"
#include "predict/modelfile.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- 1. the gradient of a part of a batch ------------------------------------------------------------------- */

/* Contents: memory; the tasks' networks; learning; dealing */

static const double LESSON_ROUNDING = 0.1; /* of the loss, in standard deviations of the teacher's numbers */

void cuxas_graphnet_shard_end(cuxas_graphnet_shard *s)
{
  cuxas_graphnet_work_free(&s->work);
  free(s->graph);
  free(s->structure);
  free(s->atom);
  free(s->wanted);
  free(s->input);
  free(s->input_gradient);
  free(s->output);
  free(s->output_gradient);
  free(s->scratch);
  free(s->gradient);
  free(s->head_gradient);
}

/* grow() - *block with room for n floats, contents lost; false: no memory */
static bool grow(float **block, size_t n)
{
  free(*block);
  *block = cuxas_new(NULL, n, sizeof **block);
  return *block != NULL;
}

static bool reserve_rows(const cuxas_graphnet_trainer *t, size_t n_row, cuxas_graphnet_shard *s)
{
  size_t widest = t->data->n_lesson, scratch = 0;
  if (n_row <= s->row_room) return true;
  for (size_t i = 0; i < t->n_head; i++) {
    if (t->head[i] == NULL) continue;
    const size_t n_output = t->head[i]->width[t->head[i]->n_layer], size = cuxas_dense_work_size(t->head[i], n_row);
    if (n_output > widest) widest = n_output;
    if (size > scratch) scratch = size;
  }
  free(s->atom);
  free(s->wanted);
  s->atom        = cuxas_new(NULL, n_row, sizeof *s->atom);
  s->wanted      = cuxas_new(NULL, n_row, sizeof *s->wanted);
  s->row_room    = n_row;
  const size_t d = t->settings->shape.node_width;
  return s->atom != NULL && s->wanted != NULL && grow(&s->input, n_row * d) && grow(&s->input_gradient, n_row * d) &&
         grow(&s->output, n_row * widest) && grow(&s->output_gradient, n_row * widest) && grow(&s->scratch, scratch);
}

/* list_rows() - atoms of the shard with a target of the task (or the teacher's), and where it lies */
static size_t list_rows(const cuxas_graphnet_trainer *t, size_t i_head, cuxas_graphnet_shard *s)
{
  const cuxas_graphnet_data *data  = t->data;
  size_t                     n_row = 0, first = 0;
  for (size_t i = 0; i < s->n_graph; first += s->graph[i++]->n_atom) {
    const cuxas_graphnet_structure *structure = &data->structure[s->structure[i]];
    if (i_head == data->n_task) {
      for (size_t k = 0; structure->opt_lesson != NULL && k < s->graph[i]->n_atom; k++) {
        s->atom[n_row]     = first + k;
        s->wanted[n_row++] = structure->opt_lesson + k * data->n_lesson;
      }
      continue;
    }
    for (size_t k = structure->first_label; k < structure->first_label + structure->n_label; k++) {
      if (data->label[k].i_task != i_head) continue;
      s->atom[n_row]     = first + s->graph[i]->node_of[data->label[k].site];
      s->wanted[n_row++] = data->target[i_head] + data->label[k].row * data->task[i_head].grid.n_energy;
    }
  }
  return n_row;
}

size_t cuxas_graphnet_shard_head(const cuxas_graphnet_trainer *t, size_t i_head, cuxas_graphnet_shard *s)
{
  const size_t d = t->settings->shape.node_width, n_row = list_rows(t, i_head, s);
  for (size_t i = 0; i < n_row; i++) memcpy(s->input + i * d, s->work.node + s->atom[i] * d, d * sizeof *s->input);
  if (n_row > 0) cuxas_dense_forward(t->head[i_head], s->input, n_row, s->scratch, s->output);
  return n_row;
}

/* learn_head() - loss and gradients of one task */
static void learn_head(const cuxas_graphnet_trainer *t, size_t i_head, cuxas_graphnet_shard *s)
{
  const cuxas_dense *net = t->head[i_head];
  const size_t       d = t->settings->shape.node_width, n_row = cuxas_graphnet_shard_head(t, i_head, s);
  const size_t       n     = net->width[net->n_layer];
  const float        e     = (float)(i_head == t->data->n_task ? LESSON_ROUNDING : CUXAS_LOSS_ROUNDING);
  const float        scale = (float)(t->scale[i_head] / (double)n);
  double             error = 0.0, loss = 0.0;
  if (n_row == 0) return;
  for (size_t i = 0; i < n_row; i++)
    for (size_t j = 0; j < n; j++) {
      const float difference = s->output[i * n + j] - s->wanted[i][j];
      const float rounded    = sqrtf(difference * difference + e * e);
      error += fabsf(difference);
      loss += (double)(rounded - e);
      s->output_gradient[i * n + j] = scale * difference / rounded;
    }
  s->loss += (double)scale * loss;
  if (i_head < t->data->n_task) s->error[i_head] += error / (double)n;
  cuxas_dense_backward(net, &(cuxas_dense_pass){s->input, n_row, s->scratch, s->output}, s->output_gradient,
                       s->head_gradient, s->input_gradient);
  for (size_t i = 0; i < net->n_parameter; i++) s->gradient[t->first[i_head] + i] += s->head_gradient[i];
  for (size_t i = 0; i < n_row; i++)
    for (size_t j = 0; j < d; j++) s->work.node_gradient[s->atom[i] * d + j] += s->input_gradient[i * d + j];
}

bool cuxas_graphnet_shard_forward(const cuxas_graphnet_trainer *t, bool with_lessons, cuxas_graphnet_shard *s)
{
  size_t n_atom = 0, n_row = 0;
  for (size_t i = 0; i < s->n_graph; i++) {
    n_atom += s->graph[i]->n_atom;
    n_row += t->data->structure[s->structure[i]].n_label;
  }
  if (with_lessons && n_row < n_atom) n_row = n_atom;
  if (!cuxas_graphnet_work_reserve(&t->settings->shape, n_atom, true, &s->work) || !reserve_rows(t, n_row, s))
    return false;
  cuxas_graphnet_forward(&t->settings->shape, t->parameter, s->graph, s->n_graph, &s->work);
  return true;
}

void cuxas_graphnet_shard_learn(const cuxas_graphnet_trainer *t, cuxas_graphnet_shard *s)
{
  memset(s->gradient, 0, t->n_parameter * sizeof *s->gradient);
  s->loss = 0.0;
  memset(s->error, 0, sizeof s->error);
  if (s->n_graph == 0) return;
  if (!cuxas_graphnet_shard_forward(t, t->head[t->data->n_task] != NULL, s)) {
    s->has_failed = true;
    return;
  }
  memset(s->work.node_gradient, 0, s->work.n_atom * t->settings->shape.node_width * sizeof *s->work.node_gradient);
  for (size_t i = 0; i < t->n_head; i++)
    if (t->head[i] != NULL) learn_head(t, i, s);
  cuxas_graphnet_backward(&t->settings->shape, t->parameter, s->graph, s->n_graph, &s->work, s->gradient);
}

bool cuxas_graphnet_deal(cuxas_graphnet_trainer *t, const size_t *structure, size_t n)
{
  size_t n_bond[CUXAS_GRAPHNET_N_SHARD] = {0};
  for (size_t i = 0; i < CUXAS_GRAPHNET_N_SHARD; i++) t->shard[i].n_graph = 0;
  for (size_t i = 0; i < n; i++) {
    size_t least = 0;
    for (size_t j = 1; j < CUXAS_GRAPHNET_N_SHARD; j++)
      if (n_bond[j] < n_bond[least]) least = j;
    cuxas_graphnet_shard *s = &t->shard[least];
    if (s->n_graph == s->graph_room) {
      const size_t room  = 2 * s->graph_room + 8;
      void        *graph = cuxas_grow(NULL, s->graph, room, sizeof *s->graph);
      if (graph != NULL) s->graph = graph;
      void *list = cuxas_grow(NULL, s->structure, room, sizeof *s->structure);
      if (list != NULL) s->structure = list;
      if (graph == NULL || list == NULL) return false;
      s->graph_room = room;
    }
    s->graph[s->n_graph]       = t->data->structure[structure[i]].graph;
    s->structure[s->n_graph++] = structure[i];
    n_bond[least] += t->data->structure[structure[i]].graph->n_bond + 1;
  }
  return true;
}

/* ---- 2. the trainer ----------------------------------------------------------------------------------------- */

/* What a training begins with: the graph network, a network for every task, and the optimiser. */

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
    if (t->head[i] == NULL) return cuxas_no_memory(err);
    t->n_parameter += t->head[i]->n_parameter;
    t->scale[i] = (is_lesson ? set->teacher_weight : data->task[i].weight) * (double)t->n_step / n_label;
  }
  return CUXAS_OK;
}

static cuxas_status mark_net_weights(cuxas_graphnet_trainer *t, cuxas_error *err)
{
  const size_t           n_tensor = cuxas_graphnet_n_tensor(&t->settings->shape);
  cuxas_graphnet_tensor *tensor   = cuxas_new(err, n_tensor, sizeof *tensor);
  if (tensor == NULL) return CUXAS_ENOMEM;
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
  t->learnt = cuxas_new(err, data->n_structure, sizeof *t->learnt);
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

  t->parameter = cuxas_new(err, t->n_parameter, sizeof *t->parameter);
  if (!cuxas_adam_begin(&t->optimiser, t->n_parameter) || t->parameter == NULL) goto no_memory;
  for (size_t i = 0; i < CUXAS_GRAPHNET_N_SHARD; i++) {
    t->shard[i].gradient      = cuxas_new(err, t->n_parameter, sizeof(float));
    t->shard[i].head_gradient = cuxas_new(err, t->n_parameter, sizeof(float));
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
  return cuxas_no_memory(err);
}

void cuxas_graphnet_trainer_end(cuxas_graphnet_trainer *t)
{
  for (size_t i = 0; i < CUXAS_GRAPHNET_N_SHARD; i++) cuxas_graphnet_shard_end(&t->shard[i]);
  for (size_t i = 0; i < t->n_head; i++) cuxas_dense_free(t->head[i]);
  free(t->parameter);
  cuxas_adam_end(&t->optimiser);
  free(t->learnt);
}

/* ---- 3. checkpoints ----------------------------------------------------------------------------------------- */

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
  cJSON         *head = cJSON_CreateObject(), *state = cuxas_json_add(head, "checkpoint", cJSON_CreateObject());
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
    status = cuxas_fail_at(err, cuxas_no_memory(err), path);
    goto done;
  }
  snprintf(random, sizeof random, "%llu", (unsigned long long)t->random);
  cuxas_json_add(head, "format", cJSON_CreateString("cuxas-model/1"));
  cuxas_json_add(head, "name", cJSON_CreateString("checkpoint"));
  cuxas_json_add(head, "featurizer", cuxas_graphnet_shape_describe(&t->settings->shape));
  cuxas_json_add(state, "training", cJSON_CreateString(mark));
  cuxas_json_add(state, "epochs", cJSON_CreateNumber((double)n_epoch_done));
  cuxas_json_add(state, "steps", cJSON_CreateNumber((double)t->optimiser.n_step));
  cuxas_json_add(state, "random", cJSON_CreateString(random));
  cJSON *order = cuxas_json_add(state, "order", cJSON_CreateArray());
  for (size_t i = 0; i < t->n_learnt; i++) cuxas_json_add(order, NULL, cJSON_CreateNumber((double)t->learnt[i]));
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

/* ---- 4. epochs ---------------------------------------------------------------------------------------------- */

/* The training loop.
 *
 *   shards       a step's structures are dealt to a few parts, worked on in parallel; gradients are summed in order
 *   optimiser    Adam, gradients cut to a norm
 *   passes       learning, judging */

static const double LONGEST_GRADIENT = 1.0, TINY = 1e-8;

/* ---- one step --------------------------------------------------------------------------------------------------- */

/* take() - how many of the structures make a batch */
static size_t take(const cuxas_graphnet_trainer *t, const size_t *structure, size_t n)
{
  size_t n_atom = 0, i = 0;
  while (i < n && n_atom < t->settings->n_batch) n_atom += t->data->structure[structure[i++]].graph->n_atom;
  return i;
}

/* step() - the shards' gradients, summed in their order, cut, and one step of Adam */
static void step(cuxas_graphnet_trainer *t, double rate)
{
  float *sum    = t->shard[0].gradient;
  double square = 0.0;
  for (size_t j = 1; j < CUXAS_GRAPHNET_N_SHARD; j++)
    for (size_t i = 0; i < t->n_parameter; i++) sum[i] += t->shard[j].gradient[i];
  for (size_t i = 0; i < t->n_parameter; i++) square += (double)sum[i] * sum[i];
  const float cut = (float)fmin(1.0, LONGEST_GRADIENT / (sqrt(square) + TINY));
  cuxas_adam_step(&t->optimiser, sum, cut, rate, t->settings->weight_decay, t->parameter);
}

static void load_heads(cuxas_graphnet_trainer *t)
{
  for (size_t i = 0; i < t->n_head; i++)
    if (t->head[i] != NULL)
      memcpy(t->head[i]->parameter, t->parameter + t->first[i], t->head[i]->n_parameter * sizeof *t->parameter);
}

/* ---- passes ----------------------------------------------------------------------------------------------------- */

static double rate_at(const cuxas_graphnet_trainer *t, size_t i_epoch, double part)
{
  const double progress = ((double)i_epoch + part) / (double)t->settings->n_epoch;
  const double warm     = fmin(1.0, ((double)t->optimiser.n_step + 1.0) / 100.0); /* Adam's estimates need some steps */
  return warm * 0.5 * t->settings->rate * (1.0 + cos(acos(-1.0) * progress));
}

/* learn() - one pass through the learnt structures in a random order */
static cuxas_status learn(cuxas_graphnet_trainer *t, size_t i_epoch, const cuxas_graphnet_course *course,
                          cuxas_graphnet_epoch *epoch, bool *ret_goes_on, cuxas_error *err)
{
  size_t n_step = 0;
  random_shuffle(&t->random, t->learnt, t->n_learnt);
  *epoch       = (cuxas_graphnet_epoch){.i_epoch = i_epoch + 1};
  *ret_goes_on = true;
  for (size_t i = 0; i < t->n_learnt && *ret_goes_on; n_step++) {
    const size_t n    = take(t, t->learnt + i, t->n_learnt - i);
    const double part = (double)i / (double)t->n_learnt;
    load_heads(t);
    if (!cuxas_graphnet_deal(t, t->learnt + i, n)) return cuxas_no_memory(err);
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t j = 0; j < CUXAS_GRAPHNET_N_SHARD; j++) cuxas_graphnet_shard_learn(t, &t->shard[j]);
    for (size_t j = 0; j < CUXAS_GRAPHNET_N_SHARD; j++) {
      if (t->shard[j].has_failed) return cuxas_no_memory(err);
      epoch->loss += t->shard[j].loss;
      for (size_t k = 0; k < t->data->n_task; k++) epoch->learnt_mean[k] += t->shard[j].error[k];
    }
    step(t, rate_at(t, i_epoch, part));
    i += n;
    if (course->opt_progress != NULL)
      *ret_goes_on =
          course->opt_progress(i_epoch * t->n_learnt + i, t->settings->n_epoch * t->n_learnt, NULL, course->user);
  }
  epoch->loss /= (double)n_step;
  for (size_t k = 0; k < t->data->n_task; k++)
    if (t->data->count.n_learnt[k] > 0) epoch->learnt_mean[k] /= (double)t->data->count.n_learnt[k];
  if (!isfinite(epoch->loss))
    return cuxas_fail(err, CUXAS_ENUMERIC, "training diverged in epoch %zu: try a lower rate", i_epoch + 1);
  return CUXAS_OK;
}

static int compare_doubles(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* judge() - errors of the held structures */
static cuxas_status judge(cuxas_graphnet_trainer *t, cuxas_graphnet_epoch *epoch, cuxas_error *err)
{
  const cuxas_graphnet_data *data  = t->data;
  double                    *error = cuxas_new(err, data->n_label, sizeof *error); /* by task, one after the other */
  cuxas_graphnet_shard      *s     = &t->shard[0];
  size_t                     first[CUXAS_GRAPHNET_MAX_TASK] = {0}, n[CUXAS_GRAPHNET_MAX_TASK] = {0};
  if (error == NULL) return CUXAS_ENOMEM;
  for (size_t k = 1; k < data->n_task; k++) first[k] = first[k - 1] + data->count.n_held[k - 1];
  load_heads(t);
  for (size_t i = 0; i < data->n_structure; i++) {
    if (!data->structure[i].is_held || data->structure[i].graph == NULL) continue;
    if (!cuxas_graphnet_deal(t, &i, 1) || !cuxas_graphnet_shard_forward(t, false, s)) {
      free(error);
      return cuxas_no_memory(err);
    }
    for (size_t k = 0; k < data->n_task; k++) {
      if (t->head[k] == NULL) continue;
      const size_t n_row = cuxas_graphnet_shard_head(t, k, s), n_energy = data->task[k].grid.n_energy;
      for (size_t j = 0; j < n_row; j++) {
        double sum = 0.0;
        for (size_t q = 0; q < n_energy; q++) sum += fabs((double)(s->output[j * n_energy + q] - s->wanted[j][q]));
        error[first[k] + n[k]++] = sum / (double)n_energy;
      }
    }
  }
  for (size_t k = 0; k < data->n_task; k++) {
    if (n[k] == 0) continue;
    qsort(error + first[k], n[k], sizeof *error, compare_doubles);
    for (size_t j = 0; j < n[k]; j++) epoch->held_mean[k] += error[first[k] + j] / (double)n[k];
    epoch->held_median[k] = 0.5 * (error[first[k] + (n[k] - 1) / 2] + error[first[k] + n[k] / 2]);
  }
  free(error);
  return CUXAS_OK;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static cuxas_status check_settings(const cuxas_graphnet_settings *settings, cuxas_error *err)
{
  if (settings->n_epoch == 0 || settings->n_batch == 0 || !(settings->rate > 0.0) || !(settings->weight_decay >= 0.0) ||
      !(settings->rate * settings->weight_decay < 1.0) || !(settings->teacher_weight >= 0.0))
    return cuxas_fail(err, CUXAS_ERANGE, "training of the graph network: a setting is out of range");
  return CUXAS_OK;
}

cuxas_status cuxas_graphnet_train(const cuxas_graphnet_data *data, const cuxas_graphnet_settings *settings,
                                  const cuxas_graphnet_course *course, float **ret_parameter, cuxas_error *err)
{
  const char            *opt_checkpoint = course->opt_checkpoint;
  cuxas_graphnet_trainer t;
  char                   mark[CUXAS_SHA256_HEX_SIZE];
  size_t                 i_epoch = 0;
  bool                   goes_on = true;
  cuxas_status           status  = check_settings(settings, err);

  *ret_parameter = NULL;
  if (status != CUXAS_OK) return status;
  if ((status = cuxas_graphnet_trainer_begin(data, settings, course->opt_start, &t, err)) != CUXAS_OK) goto done;
  cuxas_graphnet_fingerprint(&t, mark);
  if (opt_checkpoint != NULL &&
      (status = cuxas_graphnet_read_checkpoint(&t, opt_checkpoint, mark, &i_epoch, err)) != CUXAS_OK)
    goto done;
  for (; i_epoch < settings->n_epoch && goes_on; i_epoch++) {
    cuxas_graphnet_epoch epoch;
    if ((status = learn(&t, i_epoch, course, &epoch, &goes_on, err)) != CUXAS_OK) goto done;
    if (!goes_on) break;
    if ((status = judge(&t, &epoch, err)) != CUXAS_OK) goto done;
    if (opt_checkpoint != NULL &&
        (status = cuxas_graphnet_write_checkpoint(&t, opt_checkpoint, mark, i_epoch + 1, err)) != CUXAS_OK)
      goto done;
    if (course->opt_progress != NULL)
      goes_on = course->opt_progress((i_epoch + 1) * t.n_learnt, settings->n_epoch * t.n_learnt, &epoch, course->user);
  }
  if ((*ret_parameter = cuxas_new(err, t.n_net, sizeof **ret_parameter)) == NULL)
    status = CUXAS_ENOMEM;
  else
    memcpy(*ret_parameter, t.parameter, t.n_net * sizeof **ret_parameter);
done:
  cuxas_graphnet_trainer_end(&t);
  return status;
}

/* ---- 5. the model ------------------------------------------------------------------------------------------- */

cuxas_status cuxas_graphnet_model_new(const char *name, const cuxas_graphnet_shape *shape, const float *parameter,
                                      const cJSON *training, const char *licence, cuxas_model **ret_model,
                                      cuxas_error *err)
{
  cuxas_tensors *tensors = cuxas_tensors_new();
  cJSON         *head    = cJSON_CreateObject();
  cuxas_status   status  = tensors != NULL && head != NULL ? cuxas_graphnet_to_tensors(shape, parameter, tensors, err)
                                                           : cuxas_no_memory(err);
  *ret_model             = NULL;
  if (status != CUXAS_OK) {
    cuxas_tensors_free(tensors);
    cJSON_Delete(head);
    return status;
  }
  cuxas_json_add(head, "format", cJSON_CreateString("cuxas-model/1"));
  cuxas_json_add(head, "name", cJSON_CreateString(name));
  cuxas_json_add(head, "featurizer", cuxas_graphnet_shape_describe(shape));
  cuxas_json_add(head, "licence", cJSON_CreateString(licence));
  cuxas_json_add(head, "pretraining", cJSON_Duplicate(training, 1));
  return cuxas_model_new(head, tensors, ret_model, err);
}

static bool is_graphnet(const cJSON *description)
{
  const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(description, "name"));
  return name != NULL && strcmp(name, "graphnet") == 0;
}

cuxas_status cuxas_graphnet_model_parameters(const cuxas_model *model, size_t i_network,
                                             cuxas_graphnet_shape *ret_shape, float **ret_parameter, cuxas_error *err)
{
  size_t                n_network = 0;
  cuxas_graphnet_layout layout;
  const cJSON          *description = cJSON_GetObjectItemCaseSensitive(model->head_json, "featurizer"), *part;
  const cJSON          *found       = is_graphnet(description) && i_network <= 1 ? description : NULL;

  cJSON_ArrayForEach(part, cJSON_GetObjectItemCaseSensitive(description, "parts"))
  {
    if (is_graphnet(part) && (++n_network == i_network || i_network == 0)) found = part;
  }
  if (found == NULL && i_network > 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "model %s: its featurizer has no graph network %zu", model->name, i_network);
  if (found == NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "model %s: its featurizer is no graph network of ours", model->name);
  cuxas_status status = cuxas_graphnet_shape_read(found, ret_shape, err);
  if (status != CUXAS_OK) return status;
  cuxas_graphnet_lay_out(ret_shape, &layout);
  float *parameter = cuxas_new(err, layout.n_parameter, sizeof *parameter);
  if (parameter == NULL) return CUXAS_ENOMEM;
  if ((status = cuxas_graphnet_from_tensors(ret_shape, model->tensors, parameter, err)) == CUXAS_OK)
    *ret_parameter = parameter;
  else
    free(parameter);
  return status;
}
