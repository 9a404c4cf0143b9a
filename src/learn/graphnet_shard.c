/* Contents: memory; the tasks' networks; learning; dealing */
#include "learn/graphnet_train_priv.h"

#include "base/memory.h"
#include "learn/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
  *block = cuxas_new_array(n, sizeof **block);
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
  s->atom        = cuxas_new_array(n_row, sizeof *s->atom);
  s->wanted      = cuxas_new_array(n_row, sizeof *s->wanted);
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
  cuxas_dense_backward(net, s->input, n_row, s->scratch, s->output, s->output_gradient, s->head_gradient,
                       s->input_gradient);
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
      void        *graph = cuxas_grow_array(s->graph, room, sizeof *s->graph);
      if (graph != NULL) s->graph = graph;
      void *list = cuxas_grow_array(s->structure, room, sizeof *s->structure);
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
