/* The networks of an ensemble.
 *
 *   lessons   targets of one head, or of all heads side by side where they share their hidden layers
 *   training  every member of every lesson, in parallel
 *   heads     a network of several heads taken apart */
#include "base/memory.h"
#include "learn/ensemble_priv.h"

#include <stdlib.h>
#include <string.h>

/* One head's place among the outputs of a network. */
typedef struct {
  size_t        i_edge;
  cuxas_channel channel;
  size_t        first, n_energy; /* outputs */
} place;

/* What a network learns: the targets of its heads, for the rows learnt from. */
typedef struct {
  size_t n_place;
  place  place[CUXAS_MODEL_MAX_EDGE * CUXAS_N_CHANNEL];
  size_t n_output;
  float *target; /* (n_row, n_output) */
  float *weight; /* (n_row, n_output) 1 where the target is known, otherwise 0 */
  bool  *known;  /* (n_row) any target is */
} lesson;

/* ---- lessons ---------------------------------------------------------------------------------------------------- */

static void free_lessons(lesson *lessons, size_t n_lesson)
{
  for (size_t i = 0; i < n_lesson; i++) {
    free(lessons[i].target);
    free(lessons[i].weight);
    free(lessons[i].known);
  }
}

static void add_place(const cuxas_dataset *dataset, size_t i_edge, cuxas_channel channel, lesson *what)
{
  const size_t n_energy        = dataset->grid[i_edge].n_energy;
  what->place[what->n_place++] = (place){i_edge, channel, what->n_output, n_energy};
  what->n_output += n_energy;
}

/* list_lessons() - one lesson per head, or one for all */
static size_t list_lessons(const cuxas_dataset *dataset, const cuxas_ensemble_settings *settings, lesson *ret_lessons)
{
  size_t n_lesson = 0;
  for (size_t i_edge = 0; i_edge < dataset->n_edge; i_edge++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      if (!settings->channel[channel]) continue;
      if (n_lesson == 0 || !settings->is_shared) n_lesson++;
      add_place(dataset, i_edge, (cuxas_channel)channel, &ret_lessons[n_lesson - 1]);
    }
  return n_lesson;
}

static cuxas_status fill_lesson(const cuxas_ensemble_rows *rows, size_t n_row, lesson *what, cuxas_error *err)
{
  what->target = cuxas_new_array(n_row, what->n_output * sizeof *what->target);
  what->weight = cuxas_new_array(n_row, what->n_output * sizeof *what->weight);
  what->known  = cuxas_new_array(n_row, sizeof *what->known);
  if (what->target == NULL || what->weight == NULL || what->known == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu training targets", n_row);
  for (size_t i_place = 0; i_place < what->n_place; i_place++) {
    const place *at    = &what->place[i_place];
    const float *all   = rows->dataset->target[at->i_edge][at->channel];
    const bool  *known = rows->dataset->known[at->i_edge][at->channel];
    for (size_t i = 0; i < n_row; i++) {
      const size_t first = i * what->n_output + at->first;
      if (!known[rows->row[i]]) continue;
      what->known[i] = true;
      memcpy(what->target + first, all + rows->row[i] * at->n_energy, at->n_energy * sizeof *all);
      for (size_t j = 0; j < at->n_energy; j++) what->weight[first + j] = 1.0f;
    }
  }
  return CUXAS_OK;
}

/* ---- heads ------------------------------------------------------------------------------------------------------ */

/* take_apart() - the part of a network that gives some of its outputs: the hidden layers, and rows of the last */
static cuxas_dense *take_apart(const cuxas_dense *net, size_t first, size_t n_output)
{
  const size_t n_layer = net->n_layer, n_in = net->width[n_layer - 1], n_all = net->width[n_layer];
  const size_t n_hidden = net->n_parameter - n_all * (n_in + 1);
  size_t      *width    = cuxas_new_array(n_layer + 1, sizeof *width);
  if (width == NULL) return NULL;
  memcpy(width, net->width, (n_layer + 1) * sizeof *width);
  width[n_layer]    = n_output;
  cuxas_dense *part = cuxas_dense_new(n_layer, width, net->output);
  free(width);
  if (part == NULL) return NULL;
  const float *weight = net->parameter + n_hidden, *bias = weight + n_all * n_in;
  float       *own = part->parameter + n_hidden;
  memcpy(part->parameter, net->parameter, n_hidden * sizeof *own);
  memcpy(own, weight + first * n_in, n_output * n_in * sizeof *own);
  memcpy(own + n_output * n_in, bias + first, n_output * sizeof *own);
  return part;
}

/* copy_result() - with a curve of its own */
static cuxas_status copy_result(const cuxas_train_result *result, cuxas_train_result *ret_copy, cuxas_error *err)
{
  float *curve = cuxas_new_array(result->n_epoch, 2 * sizeof *curve);
  if (curve == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for an ensemble");
  memcpy(curve, result->curve, 2 * result->n_epoch * sizeof *curve);
  *ret_copy       = *result;
  ret_copy->curve = curve;
  return CUXAS_OK;
}

/* give_heads() - a trained network to the heads of its lesson; net is taken over */
static cuxas_status give_heads(const lesson *what, cuxas_dense *net, const cuxas_train_result *result, size_t i_member,
                               cuxas_ensemble *ensemble, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i = 0; i < what->n_place; i++) {
    const place *at   = &what->place[i];
    cuxas_dense *head = what->n_place > 1 ? take_apart(net, at->first, at->n_energy) : net;
    if (head == NULL) status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for an ensemble");
    ensemble->net[at->i_edge][at->channel][i_member] = head;
    if (status == CUXAS_OK) status = copy_result(result, &ensemble->result[at->i_edge][at->channel][i_member], err);
  }
  if (what->n_place > 1) cuxas_dense_free(net);
  return status;
}

/* ---- training --------------------------------------------------------------------------------------------------- */

/* Progress of many trainings at once; the counter is shared by the threads. */
typedef struct {
  size_t                  n_done, n_total;
  cuxas_ensemble_progress opt_progress;
  void                   *user;
} counter;

static bool count_epoch(size_t i_epoch, double loss, double validation_loss, void *user)
{
  (void)i_epoch, (void)loss, (void)validation_loss;
  counter *c = user;
#pragma omp critical(cuxas_ensemble_progress)
  {
    c->n_done++;
    if (c->opt_progress != NULL) c->opt_progress(c->n_done, c->n_total, c->user);
  }
  return true;
}

static cuxas_status train_member(const cuxas_ensemble_settings *settings, const lesson *what, const bool *is_held,
                                 size_t i_member, counter *progress, cuxas_ensemble *ensemble, cuxas_error *err)
{
  const cuxas_examples examples = {.n_row       = ensemble->n_row,
                                   .n_input     = ensemble->reduction->n_feature,
                                   .n_output    = what->n_output,
                                   .input       = ensemble->feature,
                                   .target      = what->target,
                                   .opt_known   = what->known,
                                   .opt_weight  = what->n_place > 1 ? what->weight : NULL,
                                   .opt_is_held = is_held + i_member * ensemble->n_row};
  cuxas_train_settings network  = settings->network;
  cuxas_train_result   result;
  cuxas_dense         *net = NULL;
  network.seed += i_member + 1000 * what->place[0].i_edge + 10000 * (size_t)what->place[0].channel;
  const cuxas_status status = cuxas_train_network(&examples, &network, count_epoch, progress, &net, &result, err);
  if (status != CUXAS_OK) return status;
  const cuxas_status given = give_heads(what, net, &result, i_member, ensemble, err);
  cuxas_train_result_free(&result);
  return given;
}

/* train_all() - every member of every lesson; of several failures the first in order is reported */
static cuxas_status train_all(const cuxas_ensemble_settings *settings, const lesson *lessons, size_t n_lesson,
                              const bool *is_held, cuxas_ensemble_progress opt_progress, void *user,
                              cuxas_ensemble *ensemble, cuxas_error *err)
{
  const size_t n_job    = n_lesson * ensemble->n_member;
  counter      progress = {0, n_job * settings->network.n_epoch, opt_progress, user};
  size_t       i_failed = n_job;
  cuxas_status status   = CUXAS_OK;
#pragma omp parallel for schedule(dynamic)
  for (size_t i = 0; i < n_job; i++) {
    cuxas_error        reason = {0};
    const cuxas_status answer = train_member(settings, &lessons[i / ensemble->n_member], is_held,
                                             i % ensemble->n_member, &progress, ensemble, &reason);
    if (answer != CUXAS_OK) {
#pragma omp critical(cuxas_ensemble_failure)
      if (i < i_failed) {
        i_failed = i;
        status   = cuxas_fail(err, answer, "%s", reason.message);
      }
    }
  }
  return status;
}

/* new_members() - room for the networks of the heads of a lesson */
static cuxas_status new_members(const lesson *what, cuxas_ensemble *ensemble, cuxas_error *err)
{
  for (size_t i = 0; i < what->n_place; i++) {
    const place         *at     = &what->place[i];
    cuxas_dense       ***net    = &ensemble->net[at->i_edge][at->channel];
    cuxas_train_result **result = &ensemble->result[at->i_edge][at->channel];
    *net                        = cuxas_new_array(ensemble->n_member, sizeof **net);
    *result                     = cuxas_new_array(ensemble->n_member, sizeof **result);
    if (*net == NULL || *result == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for an ensemble");
  }
  return CUXAS_OK;
}

cuxas_status cuxas_ensemble_fit_networks(const cuxas_ensemble_rows *rows, const cuxas_ensemble_settings *settings,
                                         cuxas_ensemble_progress opt_progress, void *user, cuxas_ensemble *ensemble,
                                         cuxas_error *err)
{
  cuxas_status status                                          = CUXAS_OK;
  lesson       lessons[CUXAS_MODEL_MAX_EDGE * CUXAS_N_CHANNEL] = {0};
  const size_t n_lesson                                        = list_lessons(rows->dataset, settings, lessons);
  bool        *is_held = cuxas_new_array(ensemble->n_member, ensemble->n_row * sizeof *is_held); /* (n_member, n_row) */
  if (is_held == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for an ensemble");

  for (size_t i = 0; i < ensemble->n_member && status == CUXAS_OK; i++)
    status = cuxas_split_validation(rows->groups, rows->row, ensemble->n_row, settings->validation_fraction,
                                    settings->network.seed + i, is_held + i * ensemble->n_row, err);
  for (size_t i = 0; i < n_lesson && status == CUXAS_OK; i++) {
    status = new_members(&lessons[i], ensemble, err);
    if (status == CUXAS_OK) status = fill_lesson(rows, ensemble->n_row, &lessons[i], err);
  }
  if (status == CUXAS_OK) status = train_all(settings, lessons, n_lesson, is_held, opt_progress, user, ensemble, err);
  free_lessons(lessons, n_lesson);
  free(is_held);
  return status;
}
