/* train.c - training a network: Adam, the epochs, and finished networks kept in a folder
 *
 * Contents: 1. Adam  2. finished networks  3. training */
#include "learn/train.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/random.h"
#include "learn/adam_priv.h"
#include "predict/modelfile.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- 1. Adam ------------------------------------------------------------------------------------------------ */

static const double MOMENTUM = 0.9, SQUARE_MOMENTUM = 0.999, TINY = 1e-8; /* Adam's usual constants */

bool cuxas_adam_begin(cuxas_adam *adam, size_t n)
{
  *adam = (cuxas_adam){.n         = n,
                       .first     = cuxas_new(NULL, n, sizeof *adam->first),
                       .second    = cuxas_new(NULL, n, sizeof *adam->second),
                       .is_weight = cuxas_new(NULL, n, sizeof *adam->is_weight)};
  return adam->first != NULL && adam->second != NULL && adam->is_weight != NULL;
}

void cuxas_adam_end(cuxas_adam *adam)
{
  free(adam->first);
  free(adam->second);
  free(adam->is_weight);
  *adam = (cuxas_adam){0};
}

void cuxas_adam_mark(cuxas_adam *adam, const cuxas_dense *net, size_t first)
{
  bool *next = adam->is_weight + first;
  for (size_t l = 0; l < net->n_layer; l++) {
    for (size_t i = 0; i < net->width[l] * net->width[l + 1]; i++) *next++ = true;
    next += net->width[l + 1];
  }
}

void cuxas_adam_step(cuxas_adam *adam, const float *gradient, float cut, double rate, double decay, float *parameter)
{
  adam->n_step++;
  const float keep_first = (float)MOMENTUM, keep_second = (float)SQUARE_MOMENTUM, tiny = (float)TINY;
  const float first_bias  = (float)(1.0 / (1.0 - pow(MOMENTUM, (double)adam->n_step)));
  const float second_bias = (float)(1.0 / (1.0 - pow(SQUARE_MOMENTUM, (double)adam->n_step)));
  const float length = (float)rate, shrink = (float)(1.0 - rate * decay);
  for (size_t i = 0; i < adam->n; i++) {
    const float g   = cut * gradient[i];
    adam->first[i]  = keep_first * adam->first[i] + (1.0f - keep_first) * g;
    adam->second[i] = keep_second * adam->second[i] + (1.0f - keep_second) * g * g;
    if (adam->is_weight[i]) parameter[i] *= shrink;
    parameter[i] -= length * first_bias * adam->first[i] / (sqrtf(second_bias * adam->second[i]) + tiny);
  }
}

/* ---- 2. finished networks ----------------------------------------------------------------------------------- */

/* Finished networks are kept in a folder, so that a training that was killed goes on where it was.
 *
 * A network's file is called after the SHA-256 of all that decides it: examples and settings. So a file is used exactly
 * when training anew would give the same network, whatever the run; it appears whole or not at all. */

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

static cuxas_status checkpoint_path(const cuxas_examples *examples, const cuxas_train_settings *settings,
                                    char **ret_path, cuxas_error *err)
{
  char hex[CUXAS_SHA256_HEX_SIZE];
  if (mkdir(settings->opt_checkpoint, 0777) != 0 && errno != EEXIST)
    return cuxas_fail(err, CUXAS_EIO, "%s: cannot make this folder: %s", settings->opt_checkpoint, strerror(errno));
  name_network(examples, settings, hex);
  const size_t n_byte = strlen(settings->opt_checkpoint) + sizeof hex + 8;
  if ((*ret_path = cuxas_new(err, n_byte, 1)) == NULL) return CUXAS_ENOMEM;
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
      (result->curve = cuxas_new(NULL, result->n_epoch, 2 * sizeof *curve)) == NULL)
    return false;
  memcpy(net->parameter, parameter, net->n_parameter * sizeof *parameter);
  memcpy(result->curve, curve, result->n_epoch * 2 * sizeof *curve);
  return true;
}

static bool checkpoint_read(const char *path, const cuxas_examples *examples, const cuxas_train_settings *settings,
                            cuxas_dense **ret_net, cuxas_train_result *ret_result)
{
  cJSON             *head    = NULL;
  cuxas_tensors     *tensors = NULL;
  char               sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_train_result result = {0};
  if (cuxas_modelfile_read(path, &head, &tensors, sha256, NULL) != CUXAS_OK) return false;

  const size_t n_layer = settings->n_hidden + 1;
  size_t      *width   = cuxas_new(NULL, n_layer + 1, sizeof *width);
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

static cuxas_status checkpoint_write(const char *path, const cuxas_dense *net, const cuxas_train_result *result,
                                     cuxas_error *err)
{
  cJSON         *head    = cJSON_CreateObject();
  cuxas_tensors *tensors = cuxas_tensors_new();
  cuxas_status   status  = CUXAS_ENOMEM;
  if (head == NULL || tensors == NULL || cuxas_json_add(head, "format", cJSON_CreateString(FORMAT)) == NULL ||
      cuxas_json_add(head, "n_epoch", cJSON_CreateNumber((double)result->n_epoch)) == NULL ||
      cuxas_json_add(head, "best_epoch", cJSON_CreateNumber((double)result->best_epoch)) == NULL ||
      cuxas_json_add(head, "loss", cJSON_CreateNumber(result->loss)) == NULL ||
      cuxas_json_add(head, "validation_loss", cJSON_CreateNumber(result->validation_loss)) == NULL ||
      cuxas_json_add(head, "validation_mae", cJSON_CreateNumber(result->validation_mae)) == NULL)
    cuxas_fail_at(err, cuxas_no_memory(err), path);
  else
    status = cuxas_tensors_add(tensors, "parameter", 1, (size_t[]){net->n_parameter}, net->parameter, err);
  if (status == CUXAS_OK)
    status = cuxas_tensors_add(tensors, "curve", 2, (size_t[]){result->n_epoch, 2}, result->curve, err);
  if (status == CUXAS_OK) status = cuxas_modelfile_write(path, true, head, tensors, err);
  cJSON_Delete(head);
  cuxas_tensors_free(tensors);
  return status;
}

/* ---- 3. training -------------------------------------------------------------------------------------------- */

static const float LAST_LAYER_SCALE = 0.1f; /* of the initial weights: outputs start near the mean of the targets */

/* ---- memory of one training ------------------------------------------------------------------------------------- */

typedef struct {
  cuxas_dense *net;
  cuxas_adam   optimiser;
  float       *gradient, *best;           /* (n_parameter) */
  size_t      *learnt, *held;             /* rows */
  size_t       n_learnt, n_held, n_chunk; /* n_chunk: rows that the buffers below have room for */
  float       *input, *target, *weight, *output, *output_gradient, *work; /* weight: NULL when all are 1 */
} trainer;

static void free_trainer(trainer *t)
{
  cuxas_dense_free(t->net);
  cuxas_adam_end(&t->optimiser);
  free(t->gradient);
  free(t->best);
  free(t->learnt);
  free(t->held);
  free(t->input);
  free(t->target);
  free(t->weight);
  free(t->output);
  free(t->output_gradient);
  free(t->work);
}

static cuxas_dense *new_net(const cuxas_examples *examples, const cuxas_train_settings *settings)
{
  const size_t n_layer = settings->n_hidden + 1;
  size_t      *width   = cuxas_new(NULL, n_layer + 1, sizeof *width);
  if (width == NULL) return NULL;
  width[0] = examples->n_input;
  memcpy(width + 1, settings->hidden, settings->n_hidden * sizeof *width);
  width[n_layer]   = examples->n_output;
  cuxas_dense *net = cuxas_dense_new(n_layer, width, settings->output);
  free(width);
  return net;
}

static cuxas_status new_trainer(const cuxas_examples *examples, const cuxas_train_settings *settings, trainer *t,
                                cuxas_error *err)
{
  *t = (trainer){.net = new_net(examples, settings), .n_chunk = settings->n_batch};
  if (t->net == NULL) goto no_memory;
  const size_t n = t->net->n_parameter, n_float = sizeof(float);
  const bool   has_optimiser = cuxas_adam_begin(&t->optimiser, n);
  t->gradient                = cuxas_new(err, n, n_float);
  t->best                    = cuxas_new(err, n, n_float);
  t->learnt                  = cuxas_new(err, examples->n_row, sizeof *t->learnt);
  t->held                    = cuxas_new(err, examples->n_row, sizeof *t->held);
  t->input                   = cuxas_new(err, t->n_chunk, examples->n_input * n_float);
  t->target                  = cuxas_new(err, t->n_chunk, examples->n_output * n_float);
  t->weight          = examples->opt_weight != NULL ? cuxas_new(err, t->n_chunk, examples->n_output * n_float) : NULL;
  t->output          = cuxas_new(err, t->n_chunk, examples->n_output * n_float);
  t->output_gradient = cuxas_new(err, t->n_chunk, examples->n_output * n_float);
  t->work            = cuxas_new(err, cuxas_dense_work_size(t->net, t->n_chunk), n_float);
  if (!has_optimiser || t->gradient == NULL || t->best == NULL || t->learnt == NULL || t->held == NULL ||
      t->input == NULL || t->target == NULL || (t->weight == NULL && examples->opt_weight != NULL) ||
      t->output == NULL || t->output_gradient == NULL || t->work == NULL)
    goto no_memory;

  cuxas_adam_mark(&t->optimiser, t->net, 0);
  for (size_t i = 0; i < examples->n_row; i++) {
    if (examples->opt_known != NULL && !examples->opt_known[i]) continue;
    if (examples->opt_is_held != NULL && examples->opt_is_held[i])
      t->held[t->n_held++] = i;
    else
      t->learnt[t->n_learnt++] = i;
  }
  return CUXAS_OK;
no_memory:
  free_trainer(t);
  return cuxas_no_memory(err);
}

/* ---- the start -------------------------------------------------------------------------------------------------- */

/* inverse_output() - what the last layer must give for the output to be y; softmax: up to a constant */
static double inverse_output(cuxas_activation activation, double y)
{
  const double floor_y = fmax(y, 1e-4);
  switch (activation) {
  case CUXAS_ACTIVATION_SOFTPLUS: return floor_y + log(-expm1(-floor_y));
  case CUXAS_ACTIVATION_SOFTMAX: return log(floor_y);
  case CUXAS_ACTIVATION_LINEAR: break;
  }
  return y;
}

/* start_at_mean() - last layer: biases that give the mean of the targets, weights so small that nothing else shows yet */
static void start_at_mean(const cuxas_examples *examples, const trainer *t)
{
  const size_t n_output = examples->n_output;
  float       *bias     = t->net->parameter + t->net->n_parameter - n_output;
  const size_t n_weight = n_output * t->net->width[t->net->n_layer - 1];
  for (float *weight = bias - n_weight; weight < bias; weight++) *weight *= LAST_LAYER_SCALE;
  for (size_t j = 0; j < n_output; j++) {
    double sum = 0.0, sum_weight = 0.0;
    for (size_t i = 0; i < t->n_learnt; i++) {
      const size_t at     = t->learnt[i] * n_output + j;
      const double weight = examples->opt_weight != NULL ? (double)examples->opt_weight[at] : 1.0;
      sum += weight * examples->target[at];
      sum_weight += weight;
    }
    bias[j] = (float)inverse_output(t->net->output, sum_weight > 0.0 ? sum / sum_weight : 0.0);
  }
}

/* ---- one pass --------------------------------------------------------------------------------------------------- */

static void gather(const cuxas_examples *examples, const size_t *row, size_t n_row, const trainer *t)
{
  for (size_t i = 0; i < n_row; i++) {
    memcpy(t->input + i * examples->n_input, examples->input + row[i] * examples->n_input,
           examples->n_input * sizeof *t->input);
    memcpy(t->target + i * examples->n_output, examples->target + row[i] * examples->n_output,
           examples->n_output * sizeof *t->target);
    if (t->weight != NULL)
      memcpy(t->weight + i * examples->n_output, examples->opt_weight + row[i] * examples->n_output,
             examples->n_output * sizeof *t->weight);
  }
}

/* loss_of() - of one difference; *ret_slope is its derivative */
static inline float loss_of(cuxas_loss loss, float difference, float *ret_slope)
{
  const float e = (float)CUXAS_LOSS_ROUNDING;
  if (loss == CUXAS_LOSS_SQUARE) {
    *ret_slope = 2.0f * difference;
    return difference * difference;
  }
  const float rounded = sqrtf(difference * difference + e * e);
  *ret_slope          = difference / rounded;
  return rounded - e;
}

/* learn() - one pass through the learnt rows in a random order; returns the mean loss seen on the way */
static double learn(const cuxas_examples *examples, const cuxas_train_settings *settings, double rate, uint64_t *random,
                    trainer *t)
{
  const size_t n_output = examples->n_output;
  double       sum = 0.0, sum_weight = 0.0;
  random_shuffle(random, t->learnt, t->n_learnt);
  for (size_t first = 0; first < t->n_learnt; first += t->n_chunk) {
    const size_t n = t->n_learnt - first < t->n_chunk ? t->n_learnt - first : t->n_chunk;
    gather(examples, t->learnt + first, n, t);
    if (settings->noise > 0.0)
      for (size_t i = 0; i < n * examples->n_input; i++)
        t->input[i] += (float)(settings->noise * random_normal(random));
    cuxas_dense_forward(t->net, t->input, n, t->work, t->output);
    const float scale = 1.0f / (float)(n * n_output);
    for (size_t i = 0; i < n * n_output; i++) {
      float       slope;
      const float weight = t->weight != NULL ? t->weight[i] : 1.0f;
      sum += weight * loss_of(settings->loss, t->output[i] - t->target[i], &slope);
      sum_weight += weight;
      t->output_gradient[i] = scale * weight * slope;
    }
    cuxas_dense_backward(t->net, &(cuxas_dense_pass){t->input, n, t->work, t->output}, t->output_gradient, t->gradient,
                         NULL);
    cuxas_adam_step(&t->optimiser, t->gradient, 1.0f, rate, settings->weight_decay, t->net->parameter);
  }
  return sum_weight > 0.0 ? sum / sum_weight : 0.0;
}

/* watch() - loss and mean absolute error of the held rows */
static void watch(const cuxas_examples *examples, cuxas_loss loss, const trainer *t, double *ret_loss, double *ret_mae)
{
  double sum_loss = 0.0, sum = 0.0, sum_weight = 0.0;
  for (size_t first = 0; first < t->n_held; first += t->n_chunk) {
    const size_t n = t->n_held - first < t->n_chunk ? t->n_held - first : t->n_chunk;
    gather(examples, t->held + first, n, t);
    cuxas_dense_forward(t->net, t->input, n, t->work, t->output);
    for (size_t i = 0; i < n * examples->n_output; i++) {
      const float difference = t->output[i] - t->target[i], weight = t->weight != NULL ? t->weight[i] : 1.0f;
      float       slope;
      sum_loss += weight * loss_of(loss, difference, &slope);
      sum += weight * fabsf(difference);
      sum_weight += weight;
    }
  }
  *ret_loss = sum_weight > 0.0 ? sum_loss / sum_weight : 0.0;
  *ret_mae  = sum_weight > 0.0 ? sum / sum_weight : 0.0;
}

static cuxas_status run(const cuxas_examples *examples, const cuxas_train_settings *settings,
                        cuxas_train_progress opt_progress, void *user, trainer *t, cuxas_train_result *result,
                        cuxas_error *err)
{
  const size_t n_byte = t->net->n_parameter * sizeof *t->best;
  uint64_t     random = ~settings->seed; /* a stream of its own: the initial weights come from the seed itself */
  bool         go_on  = true;
  for (size_t i = 0; i < settings->n_epoch && go_on; i++) {
    const double part = (double)i / (double)settings->n_epoch;
    const double rate = settings->schedule == CUXAS_SCHEDULE_CONSTANT
                            ? settings->rate
                            : 0.5 * settings->rate * (1.0 + cos(acos(-1.0) * part));
    double       validation_loss, validation_mae;
    result->loss = learn(examples, settings, rate, &random, t);
    watch(examples, settings->loss, t, &validation_loss, &validation_mae);
    if (!isfinite(result->loss) || !isfinite(validation_loss))
      return cuxas_fail(err, CUXAS_ENUMERIC, "training diverged in epoch %zu: try a lower rate", i + 1);
    result->n_epoch          = i + 1;
    result->curve[2 * i]     = (float)result->loss;
    result->curve[2 * i + 1] = (float)validation_loss;
    if (i == 0 || t->n_held == 0 || validation_loss < result->validation_loss) {
      memcpy(t->best, t->net->parameter, n_byte);
      result->best_epoch      = i + 1;
      result->validation_loss = validation_loss;
      result->validation_mae  = validation_mae;
    }
    if (t->n_held > 0 && settings->patience > 0 && i + 1 - result->best_epoch >= settings->patience) go_on = false;
    if (opt_progress != NULL && !opt_progress(i + 1, result->loss, validation_loss, user)) go_on = false;
  }
  memcpy(t->net->parameter, t->best, n_byte);
  return CUXAS_OK;
}

void cuxas_train_result_free(cuxas_train_result *result)
{
  free(result->curve);
  result->curve = NULL;
}

/* train_anew() - result->curve is the caller's */
static cuxas_status train_anew(const cuxas_examples *examples, const cuxas_train_settings *settings,
                               cuxas_train_progress opt_progress, void *user, cuxas_dense **ret_net,
                               cuxas_train_result *result, cuxas_error *err)
{
  trainer      t;
  cuxas_status status = new_trainer(examples, settings, &t, err);
  if (status != CUXAS_OK) return status;
  if (t.n_learnt == 0) {
    status = cuxas_fail(err, CUXAS_ERANGE, "no spectrum to learn from");
    goto done;
  }
  if ((result->curve = cuxas_new(err, settings->n_epoch, 2 * sizeof *result->curve)) == NULL) {
    status = CUXAS_ENOMEM;
    goto done;
  }
  cuxas_dense_init(t.net, settings->seed);
  start_at_mean(examples, &t);
  if ((status = run(examples, settings, opt_progress, user, &t, result, err)) != CUXAS_OK) goto done;
  result->loss = (float)result->loss; /* as a checkpoint keeps them, so that a log is the same after a kill */
  result->validation_loss = (float)result->validation_loss;
  result->validation_mae  = (float)result->validation_mae;
  *ret_net                = t.net;
  t.net                   = NULL;
done:
  free_trainer(&t);
  return status;
}

cuxas_status cuxas_train_network(const cuxas_examples *examples, const cuxas_train_settings *settings,
                                 cuxas_train_progress opt_progress, void *user, cuxas_dense **ret_net,
                                 cuxas_train_result *opt_result, cuxas_error *err)
{
  cuxas_train_result result = {0};
  cuxas_status       status = CUXAS_OK;
  char              *path   = NULL;

  *ret_net = NULL;
  if (settings->n_epoch == 0 || settings->n_batch == 0 || !(settings->rate > 0.0) || !(settings->weight_decay >= 0.0) ||
      !(settings->noise >= 0.0))
    return cuxas_fail(err, CUXAS_ERANGE, "training needs epochs, batch and rate above 0, decay and noise not below");
  if (settings->opt_checkpoint != NULL) status = checkpoint_path(examples, settings, &path, err);
  if (status == CUXAS_OK && path != NULL && checkpoint_read(path, examples, settings, ret_net, &result)) {
    for (size_t i = 0; i < settings->n_epoch && opt_progress != NULL; i++) /* as if they had been made just now */
      opt_progress(i + 1, result.loss, result.validation_loss, user);
  } else if (status == CUXAS_OK) {
    status = train_anew(examples, settings, opt_progress, user, ret_net, &result, err);
    if (status == CUXAS_OK && path != NULL) status = checkpoint_write(path, *ret_net, &result, err);
  }
  free(path);
  if (status == CUXAS_OK && opt_result != NULL) {
    *opt_result = result;
    return CUXAS_OK;
  }
  cuxas_train_result_free(&result);
  if (status != CUXAS_OK) {
    cuxas_dense_free(*ret_net);
    *ret_net = NULL;
  }
  return status;
}

/* ---- how the losses of networks fell, epoch by epoch, as a figure ----------------------------------------------- */

enum { WIDTH_PT = 480, HEIGHT_PT = 300, LEFT_PT = 56, RIGHT_PT = 14, TOP_PT = 30, BOTTOM_PT = 44 };

/* number_of_label() - counts the labels before this one, so that equal labels get equal colours */
static size_t number_of_label(const cuxas_loss_curves *curves, size_t i_curve)
{
  size_t n = 0;
  for (size_t i = 0; i < i_curve; i++) {
    if (strcmp(curves->curve[i].label, curves->curve[i_curve].label) == 0) return number_of_label(curves, i);
    size_t j = 0;
    while (strcmp(curves->curve[j].label, curves->curve[i].label) != 0) j++;
    n += j == i;
  }
  return n;
}

/* find_range() - of all positive losses, as powers of ten */
static void find_range(const cuxas_loss_curves *curves, cuxas_panel *panel)
{
  double low = INFINITY, high = -INFINITY, last = 2.0;
  for (size_t i = 0; i < curves->n_curve; i++) {
    const cuxas_loss_curve *c = &curves->curve[i];
    last                      = fmax(last, (double)c->n_epoch);
    for (size_t k = 0; k < 2 * c->n_epoch; k++)
      if (c->curve[k] > 0.0f) {
        low  = fmin(low, log10((double)c->curve[k]));
        high = fmax(high, log10((double)c->curve[k]));
      }
  }
  if (!(low < high)) low = -1.0, high = 0.0;
  const double margin = 0.05 * (high - low);
  panel->x_low        = 1.0;
  panel->x_high       = last;
  panel->y_low        = low - margin;
  panel->y_high       = high + margin;
}

static void draw_curve(cuxas_canvas *canvas, const cuxas_panel *panel, const cuxas_loss_curve *c, size_t part,
                       cuxas_line_style style)
{
  for (size_t k = 1; k < c->n_epoch; k++) {
    const double before = c->curve[2 * (k - 1) + part], now = c->curve[2 * k + part];
    if (before > 0.0 && now > 0.0)
      cuxas_panel_line(canvas, panel, (double)k, log10(before), (double)k + 1.0, log10(now), style);
  }
}

static void draw(cuxas_canvas *canvas, const void *user)
{
  const cuxas_loss_curves *curves = user;
  const cuxas_text_style   words  = {.size_pt = 8.0, .align = CUXAS_ALIGN_RIGHT, .colour = CUXAS_BLACK};
  const cuxas_text_style   title  = {.size_pt = 10.0, .is_bold = true, .colour = CUXAS_BLACK, .max_width_pt = 400.0};
  cuxas_panel panel = {LEFT_PT, TOP_PT, WIDTH_PT - LEFT_PT - RIGHT_PT, HEIGHT_PT - TOP_PT - BOTTOM_PT, 0, 0, 0, 0};
  find_range(curves, &panel);
  cuxas_panel_x_axis(canvas, &panel, "epoch", true);
  cuxas_panel_y_axis(canvas, &panel, "log10 loss; dashed: held out");
  cuxas_canvas_text(canvas, LEFT_PT, TOP_PT - 10.0, title, curves->title);
  for (size_t i = 0; i < curves->n_curve; i++) {
    const size_t           number = number_of_label(curves, i);
    const cuxas_colour     colour = cuxas_palette(number);
    const cuxas_line_style learnt = {CUXAS_LINE_SOLID, 0.8, colour}, held = {CUXAS_LINE_DASHED, 0.8, colour};
    draw_curve(canvas, &panel, &curves->curve[i], 0, learnt);
    draw_curve(canvas, &panel, &curves->curve[i], 1, held);
    cuxas_text_style label = words;
    label.colour           = colour;
    cuxas_canvas_text(canvas, WIDTH_PT - RIGHT_PT - 6.0, TOP_PT + 12.0 + 10.0 * (double)number, label,
                      curves->curve[i].label);
  }
  cuxas_panel_frame(canvas, &panel);
}

cuxas_figure cuxas_loss_figure(const cuxas_loss_curves *curves)
{
  return (cuxas_figure){curves->title, WIDTH_PT, HEIGHT_PT, draw, curves};
}
