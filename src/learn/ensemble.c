/* ensemble.c - what learns from records: networks, kernel machines or both, one for each edge and channel
 *
 * Contents: 1. networks  2. kernel machines  3. the ensemble */
#include "learn/ensemble.h"

#include "base/memory.h"
#include "predict/head.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rows learnt from, and where they come from. */
typedef struct {
  const cuxas_dataset *dataset; /* of all rows */
  const cuxas_groups  *groups;
  const size_t        *row; /* (ensemble->n_row) */
} ensemble_rows;

/* ---- 1. networks -------------------------------------------------------------------------------------------- */

/* The networks of an ensemble.
 *
 *   lessons   targets of one head, or of all heads side by side where they share their hidden layers
 *   training  every member of every lesson, in parallel
 *   heads     a network of several heads taken apart */

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

static cuxas_status fill_lesson(const ensemble_rows *rows, size_t n_row, lesson *what, cuxas_error *err)
{
  what->target = cuxas_new(err, n_row, what->n_output * sizeof *what->target);
  what->weight = cuxas_new(err, n_row, what->n_output * sizeof *what->weight);
  what->known  = cuxas_new(err, n_row, sizeof *what->known);
  if (what->target == NULL || what->weight == NULL || what->known == NULL) return CUXAS_ENOMEM;
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
  size_t      *width    = cuxas_new(NULL, n_layer + 1, sizeof *width);
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
  float *curve = cuxas_new(err, result->n_epoch, 2 * sizeof *curve);
  if (curve == NULL) return CUXAS_ENOMEM;
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
    if (head == NULL) status = cuxas_no_memory(err);
    ensemble->net[at->i_edge][at->channel][i_member] = head;
    if (status == CUXAS_OK) status = copy_result(result, &ensemble->result[at->i_edge][at->channel][i_member], err);
  }
  if (what->n_place > 1) cuxas_dense_free(net);
  return status;
}

/* ---- training --------------------------------------------------------------------------------------------------- */

/* Progress of many trainings at once; the counter is shared by the threads. */
typedef struct {
  size_t             n_done, n_total;
  const cuxas_watch *opt_watch;
} counter;

static bool count_epoch(size_t i_epoch, double loss, double validation_loss, void *user)
{
  (void)i_epoch, (void)loss, (void)validation_loss;
  counter *c = user;
#pragma omp critical(cuxas_ensemble_progress)
  {
    c->n_done++;
    cuxas_watch_tell(c->opt_watch, c->n_done, c->n_total);
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
                              const bool *is_held, const cuxas_watch *opt_watch, cuxas_ensemble *ensemble,
                              cuxas_error *err)
{
  const size_t n_job    = n_lesson * ensemble->n_member;
  counter      progress = {0, n_job * settings->network.n_epoch, opt_watch};
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
    *net                        = cuxas_new(err, ensemble->n_member, sizeof **net);
    *result                     = cuxas_new(err, ensemble->n_member, sizeof **result);
    if (*net == NULL || *result == NULL) return cuxas_no_memory(err);
  }
  return CUXAS_OK;
}

static cuxas_status fit_networks(const ensemble_rows *rows, const cuxas_ensemble_settings *settings,
                                 const cuxas_watch *opt_watch, cuxas_ensemble *ensemble, cuxas_error *err)
{
  cuxas_status status                                          = CUXAS_OK;
  lesson       lessons[CUXAS_MODEL_MAX_EDGE * CUXAS_N_CHANNEL] = {0};
  const size_t n_lesson                                        = list_lessons(rows->dataset, settings, lessons);
  bool        *is_held = cuxas_new(err, ensemble->n_member, ensemble->n_row * sizeof *is_held); /* (n_member, n_row) */
  if (is_held == NULL) return CUXAS_ENOMEM;

  for (size_t i = 0; i < ensemble->n_member && status == CUXAS_OK; i++)
    status = cuxas_split_validation(rows->groups, rows->row, ensemble->n_row, settings->validation_fraction,
                                    settings->network.seed + i, is_held + i * ensemble->n_row, err);
  for (size_t i = 0; i < n_lesson && status == CUXAS_OK; i++) {
    status = new_members(&lessons[i], ensemble, err);
    if (status == CUXAS_OK) status = fill_lesson(rows, ensemble->n_row, &lessons[i], err);
  }
  if (status == CUXAS_OK) status = train_all(settings, lessons, n_lesson, is_held, opt_watch, ensemble, err);
  free_lessons(lessons, n_lesson);
  free(is_held);
  return status;
}

/* ---- 2. kernel machines ------------------------------------------------------------------------------------- */

/* The kernel machines of an ensemble: one per edge and channel, those with a core hole relative to those without. */

/* What one machine learns from. */
typedef struct {
  size_t  n_row, n_feature, n_energy;
  size_t *group;   /* (n_row) */
  float  *feature; /* (n_row, n_feature) */
  float  *z;       /* (n_row, n_energy) */
} material;

static void free_material(material *m)
{
  free(m->group);
  free(m->feature);
  free(m->z);
}

/* find_rows() - of the ensemble's rows those with a target, and with one without a core hole where that is the base */
/* Which machine. */
typedef struct {
  size_t        i_edge;
  cuxas_channel channel;
  bool          is_relative; /* to the one without a core hole */
} machine;

static cuxas_status find_rows(const ensemble_rows *rows, machine of, const cuxas_ensemble *ensemble, size_t **ret_row,
                              size_t *ret_n_row, cuxas_error *err)
{
  const bool *known = rows->dataset->known[of.i_edge][of.channel];
  const bool *base  = rows->dataset->known[of.i_edge][CUXAS_CHANNEL_NO_HOLE];
  size_t     *row   = cuxas_new(err, ensemble->n_row, sizeof *row);
  size_t      n     = 0;
  if (row == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < ensemble->n_row; i++)
    if (known[rows->row[i]] && (!of.is_relative || base[rows->row[i]])) row[n++] = i;
  *ret_row   = row;
  *ret_n_row = n;
  return n > 0 ? CUXAS_OK : cuxas_fail(err, CUXAS_ERANGE, "no spectrum to learn from");
}

/* fill_z() - one row: the logarithm of its spectrum, or of its ratio to the one without a core hole, moved down by the
 * row's shift. work (2 n_energy) is scratch */
static void fill_z(const float *target, const float *opt_base, size_t n_energy, double n_step, float *work,
                   float *ret_z)
{
  float *mine = work, *base = work + n_energy;
  cuxas_kernel_move(target, n_energy, -n_step, mine);
  if (opt_base != NULL) cuxas_kernel_move(opt_base, n_energy, -n_step, base);
  for (size_t j = 0; j < n_energy; j++)
    ret_z[j] = cuxas_kernel_log(mine[j]) - (opt_base != NULL ? cuxas_kernel_log(base[j]) : 0.0f);
}

/* mean_origin_eV() - of the rows learnt from */
static double mean_origin_eV(const ensemble_rows *rows, size_t n_row)
{
  double sum = 0.0;
  for (size_t i = 0; i < n_row; i++) sum += rows->dataset->origin_eV[rows->row[i]];
  return sum / (double)n_row;
}

static cuxas_status new_material(const ensemble_rows *rows, const cuxas_ensemble *ensemble, machine of,
                                 const size_t *mine, size_t n_mine, material *ret_material, cuxas_error *err)
{
  const cuxas_grid grid     = rows->dataset->grid[of.i_edge];
  const size_t     n_energy = grid.n_energy, n_feature = ensemble->reduction->n_feature;
  const bool       has_shift = ensemble->kernel_is_aligned && !of.is_relative;
  const float     *target    = rows->dataset->target[of.i_edge][of.channel];
  const float     *base      = rows->dataset->target[of.i_edge][CUXAS_CHANNEL_NO_HOLE];
  const double     origin_eV = mean_origin_eV(rows, ensemble->n_row);
  material         m         = {n_mine, n_feature, n_energy + (has_shift ? 1 : 0), NULL, NULL, NULL};
  float           *work      = cuxas_new(err, n_energy, 2 * sizeof *work);
  m.group                    = cuxas_new(err, n_mine, sizeof *m.group);
  m.feature                  = cuxas_new(err, n_mine, n_feature * sizeof *m.feature);
  m.z                        = cuxas_new(err, n_mine, m.n_energy * sizeof *m.z);
  *ret_material              = m;
  if (work == NULL || m.group == NULL || m.feature == NULL || m.z == NULL) {
    free(work);
    return cuxas_no_memory(err);
  }
  for (size_t i = 0; i < n_mine; i++) {
    const size_t row      = rows->row[mine[i]];
    const double shift_eV = ensemble->kernel_is_aligned ? rows->dataset->origin_eV[row] - origin_eV : 0.0;
    m.group[i]            = rows->groups->group_of[row];
    memcpy(m.feature + i * n_feature, ensemble->feature + mine[i] * n_feature, n_feature * sizeof *m.feature);
    fill_z(target + row * n_energy, of.is_relative ? base + row * n_energy : NULL, n_energy, shift_eV / grid.step_eV,
           work, m.z + i * m.n_energy);
    if (has_shift) m.z[i * m.n_energy + n_energy] = (float)shift_eV;
  }
  free(work);
  return CUXAS_OK;
}

/* mean_distance() - between rows, by the first n_taken features: the sum of mean absolute differences, which a sorted column
 * tells, or the root of the mean square */
static double mean_distance(cuxas_kernel_kind kind, const cuxas_kernel_rows *rows, size_t n_taken, double *column)
{
  const double n   = (double)rows->n_row;
  double       sum = 0.0;
  for (size_t j = 0; j < n_taken; j++) {
    for (size_t i = 0; i < rows->n_row; i++) column[i] = rows->feature[i * rows->n_feature + j];
    gsl_sort(column, 1, rows->n_row);
    if (kind == CUXAS_KERNEL_EXPONENTIAL) sum += 2.0 * gsl_stats_variance(column, 1, rows->n_row);
    for (size_t i = 0; kind == CUXAS_KERNEL_LAPLACE && i < rows->n_row; i++)
      sum += 2.0 * (2.0 * (double)i - n + 1.0) * column[i] / (n * n);
  }
  return kind == CUXAS_KERNEL_EXPONENTIAL ? sqrt(sum) : sum;
}

/* choose_shape() - with the first n_choice features, the length in proportion to distances: features that have learnt from the
 * rows themselves would promise more than they keep for others */
static cuxas_status choose_shape(const cuxas_ensemble_settings *settings, const cuxas_kernel_rows *rows,
                                 const size_t *group, cuxas_kernel_shape *ret_shape, cuxas_error *err)
{
  const size_t n = settings->n_choice;
  if (n == 0 || n >= rows->n_feature) return cuxas_kernel_choose(settings->kernel, rows, group, ret_shape, err);
  float       *feature = cuxas_new(err, rows->n_row, n * sizeof *feature);
  double      *column  = cuxas_new(err, rows->n_row, sizeof *column);
  cuxas_status status  = feature != NULL && column != NULL ? CUXAS_OK : cuxas_no_memory(err);
  if (status == CUXAS_OK) {
    for (size_t i = 0; i < rows->n_row; i++)
      memcpy(feature + i * n, rows->feature + i * rows->n_feature, n * sizeof *feature);
    const cuxas_kernel_rows first = {rows->n_row, n, rows->n_energy, feature, rows->z};
    if ((status = cuxas_kernel_choose(settings->kernel, &first, group, ret_shape, err)) == CUXAS_OK)
      ret_shape->length *= mean_distance(settings->kernel, rows, rows->n_feature, column) /
                           mean_distance(settings->kernel, rows, n, column);
  }
  free(feature);
  free(column);
  return status;
}

static cuxas_status fit_one(const ensemble_rows *rows, const cuxas_ensemble_settings *settings, size_t i_edge,
                            cuxas_channel channel, cuxas_ensemble *ensemble, cuxas_error *err)
{
  const machine of    = {i_edge, channel, channel != CUXAS_CHANNEL_NO_HOLE && settings->channel[CUXAS_CHANNEL_NO_HOLE]};
  size_t        n_row = 0;
  material      m     = {0};
  cuxas_kernel_shape shape;
  size_t           **row    = &ensemble->kernel_row[i_edge][channel];
  cuxas_status       status = find_rows(rows, of, ensemble, row, &n_row, err);
  if (status == CUXAS_OK) status = new_material(rows, ensemble, of, *row, n_row, &m, err);
  const cuxas_kernel_rows learnt = {n_row, m.n_feature, m.n_energy, m.feature, m.z};
  if (status == CUXAS_OK) status = choose_shape(settings, &learnt, m.group, &shape, err);
  if (status == CUXAS_OK) status = cuxas_kernel_fit(shape, &learnt, &ensemble->kernel[i_edge][channel], err);
  free_material(&m);
  return status;
}

static cuxas_status fit_kernels(const ensemble_rows *rows, const cuxas_ensemble_settings *settings,
                                cuxas_ensemble *ensemble, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  for (size_t i_edge = 0; i_edge < ensemble->n_edge; i_edge++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++)
      if (settings->channel[channel]) status = fit_one(rows, settings, i_edge, (cuxas_channel)channel, ensemble, err);
  return status;
}

/* ---- 3. the ensemble ---------------------------------------------------------------------------------------- */

cuxas_status cuxas_ensemble_features(const cuxas_featurizer *featurizer, const cuxas_records *records, float **ret_raw,
                                     cuxas_error *err)
{
  const size_t n_raw  = cuxas_featurizer_length(featurizer);
  float       *raw    = cuxas_new(err, records->n_record, n_raw * sizeof *raw);
  cuxas_status status = raw != NULL ? CUXAS_OK : cuxas_no_memory(err);
  for (size_t i = 0; i < records->n_record && status == CUXAS_OK; i++) {
    const cuxas_record *record = &records->record[i];
    cuxas_error         reason = {0};
    status = cuxas_featurizer_run(featurizer, record->crystal, &record->site, 1, raw + i * n_raw, &reason);
    if (status != CUXAS_OK) cuxas_fail(err, status, "record %s: %s", record->id, reason.message);
  }
  if (status != CUXAS_OK)
    free(raw);
  else
    *ret_raw = raw;
  return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* set_features() - reduction found from the rows, and their reduced features */
static cuxas_status set_features(const cuxas_training_set *set, const size_t *row,
                                 const cuxas_ensemble_settings *settings, cuxas_ensemble *ensemble, cuxas_error *err)
{
  const float *raw       = set->raw;
  const size_t n_raw     = set->n_raw;
  float       *mine      = cuxas_new(err, ensemble->n_row, n_raw * sizeof *mine);
  const size_t n_feature = settings->n_feature > 0 ? settings->n_feature : n_raw;
  ensemble->feature      = cuxas_new(err, ensemble->n_row, n_feature * sizeof *ensemble->feature);
  if (mine == NULL || ensemble->feature == NULL) {
    free(mine);
    return cuxas_no_memory(err);
  }
  for (size_t i = 0; i < ensemble->n_row; i++) memcpy(mine + i * n_raw, raw + row[i] * n_raw, n_raw * sizeof *mine);
  const cuxas_status status = cuxas_reduction_new(mine, ensemble->n_row, n_raw, settings->n_feature,
                                                  settings->whitening, &ensemble->reduction, err);
  if (status == CUXAS_OK && settings->n_feature == 0 && set->opt_weight != NULL)
    cuxas_reduction_weigh(ensemble->reduction, set->opt_weight);
  if (status == CUXAS_OK) cuxas_reduction_apply(ensemble->reduction, mine, ensemble->n_row, ensemble->feature);
  free(mine);
  return status;
}

cuxas_status cuxas_ensemble_new(const cuxas_training_set *set, const size_t *row, size_t n_row,
                                const cuxas_ensemble_settings *settings, const cuxas_watch *opt_watch,
                                cuxas_ensemble **ret_ensemble, cuxas_error *err)
{
  const cuxas_dataset *dataset = set->dataset;
  *ret_ensemble                = NULL;
  const bool has_networks      = settings->method != CUXAS_METHOD_KERNEL,
             has_kernel        = settings->method != CUXAS_METHOD_NETWORKS;
  if ((has_networks && settings->n_member == 0) || settings->domain_k == 0 || n_row < 2)
    return cuxas_fail(err, CUXAS_ERANGE, "nothing to fit: %zu spectra, %zu members", n_row, settings->n_member);
  cuxas_ensemble *ensemble = cuxas_new(err, 1, sizeof *ensemble);
  if (ensemble == NULL) return CUXAS_ENOMEM;
  ensemble->n_edge            = dataset->n_edge;
  ensemble->n_row             = n_row;
  ensemble->domain_k          = settings->domain_k < n_row ? settings->domain_k : n_row;
  ensemble->n_member          = has_networks ? settings->n_member : 0;
  ensemble->is_shared         = settings->is_shared;
  ensemble->kernel_is_aligned = has_kernel && settings->is_aligned;
  ensemble->kernel_part       = !has_networks ? 1.0 : has_kernel ? settings->kernel_part : 0.0;
  for (size_t i = 0; i < ensemble->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) ensemble->spread_factor[i][channel] = 1.0;
  memcpy(ensemble->grid, dataset->grid, sizeof ensemble->grid);

  const ensemble_rows rows   = {dataset, set->groups, row};
  cuxas_status        status = set_features(set, row, settings, ensemble, err);
  if (status == CUXAS_OK && has_networks) status = fit_networks(&rows, settings, opt_watch, ensemble, err);
  if (status == CUXAS_OK && has_kernel) status = fit_kernels(&rows, settings, ensemble, err);
  if (status == CUXAS_OK)
    *ret_ensemble = ensemble;
  else
    cuxas_ensemble_free(ensemble);
  return status;
}

void cuxas_ensemble_free(cuxas_ensemble *ensemble)
{
  if (ensemble == NULL) return;
  for (size_t i = 0; i < ensemble->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      for (size_t j = 0; ensemble->net[i][channel] != NULL && j < ensemble->n_member; j++)
        cuxas_dense_free(ensemble->net[i][channel][j]);
      free(ensemble->net[i][channel]);
      for (size_t j = 0; ensemble->result[i][channel] != NULL && j < ensemble->n_member; j++)
        cuxas_train_result_free(&ensemble->result[i][channel][j]);
      free(ensemble->result[i][channel]);
      cuxas_kernel_free(ensemble->kernel[i][channel]);
      free(ensemble->kernel_row[i][channel]);
    }
  cuxas_reduction_free(ensemble->reduction);
  free(ensemble->feature);
  free(ensemble);
}

bool cuxas_ensemble_has(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel)
{
  return ensemble->net[i_edge][channel] != NULL || ensemble->kernel[i_edge][channel] != NULL;
}

cuxas_head cuxas_ensemble_head(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel)
{
  const cuxas_kernel *kernel = ensemble->kernel[i_edge][channel];
  const bool          is_relative =
      channel != CUXAS_CHANNEL_NO_HOLE && kernel != NULL && ensemble->kernel[i_edge][CUXAS_CHANNEL_NO_HOLE] != NULL;
  return (cuxas_head){.i_edge             = i_edge,
                      .channel            = channel,
                      .n_member           = ensemble->net[i_edge][channel] != NULL ? ensemble->n_member : 0,
                      .member             = ensemble->net[i_edge][channel],
                      .kernel             = ensemble->kernel[i_edge][channel],
                      .kernel_is_relative = is_relative,
                      .kernel_is_aligned  = kernel != NULL && !is_relative && ensemble->kernel_is_aligned,
                      .kernel_part        = ensemble->kernel_part,
                      .spread_factor      = ensemble->spread_factor[i_edge][channel]};
}

/* run_head() - ends with cuxas_head_output_free() */
static cuxas_status run_head(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel, const float *feature,
                             size_t n_row, cuxas_head_output *ret_output, cuxas_error *err)
{
  if (!cuxas_ensemble_has(ensemble, i_edge, channel))
    return cuxas_fail(err, CUXAS_ERANGE, "nothing predicts channel %s", cuxas_channel_name(channel));
  const cuxas_head head = cuxas_ensemble_head(ensemble, i_edge, channel);
  const cuxas_head base = cuxas_ensemble_head(ensemble, i_edge, CUXAS_CHANNEL_NO_HOLE);
  return cuxas_head_run(&head, &base, ensemble->grid[i_edge], &(cuxas_head_sites){feature, n_row, NULL}, ret_output,
                        err);
}

cuxas_status cuxas_ensemble_predict(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel,
                                    const float *feature, size_t n_row, float *ret_mu, cuxas_error *err)
{
  cuxas_head_output  output;
  const cuxas_status status = run_head(ensemble, i_edge, channel, feature, n_row, &output, err);
  if (status != CUXAS_OK) return status;
  memcpy(ret_mu, output.mean, n_row * output.n_energy * sizeof *ret_mu);
  cuxas_head_output_free(&output);
  return CUXAS_OK;
}

cuxas_status cuxas_ensemble_spread(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel,
                                   const float *feature, size_t n_row, float *ret_sigma, cuxas_error *err)
{
  cuxas_head_output  output;
  const cuxas_status status = run_head(ensemble, i_edge, channel, feature, n_row, &output, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = 0; i < n_row; i++)
    for (size_t j = 0; j < output.n_energy; j++)
      ret_sigma[i * output.n_energy + j] = (float)cuxas_head_sigma(&output, i, j);
  cuxas_head_output_free(&output);
  return CUXAS_OK;
}

double cuxas_ensemble_distance(const cuxas_ensemble *ensemble, const float *feature)
{
  return cuxas_domain_distance(ensemble->feature, ensemble->n_row, ensemble->reduction->n_feature, ensemble->domain_k,
                               feature, NULL);
}
