/* evaluation.c - a model judged on sites that it was not trained on
 *
 * Contents: 1. surroundings  2. errors  3. onsets  4. sigma and distance  5. spectra of groups  6. the whole */
#include "evaluate/evaluation.h"
#include "base/memory.h"
#include "spectrum/curve.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>

/* 1. surroundings */

cuxas_state_group cuxas_state_group_of(const cuxas_environment *environment)
{
  const double state = environment->oxidation.state;
  if (isnan(state)) return CUXAS_STATE_UNKNOWN;
  if (state != round(state) || state < 0.0 || state > 3.0) return CUXAS_STATE_MIXED;
  return (cuxas_state_group)state;
}

const char *cuxas_state_group_name(cuxas_state_group group)
{
  static const char *const NAME[CUXAS_N_STATE] = {"Cu(0)", "Cu(I)", "Cu(II)", "Cu(III)", "mixed", "unknown"};
  return NAME[group];
}

static cuxas_status find_environment(const cuxas_record *record, int absorber, cuxas_environment *environment,
                                     cuxas_error *err)
{
  const int    copper    = 29;
  cuxas_error  reason    = {0};
  cuxas_status status    = cuxas_coordination_find(record->crystal, record->site, &environment->coordination, &reason);
  environment->oxidation = (cuxas_oxidation){NAN, CUXAS_OXIDATION_UNKNOWN, NAN, NAN};
  if (status == CUXAS_OK && absorber == copper)
    status = cuxas_oxidation_find(record->crystal, &record->site, 1, &environment->oxidation, &reason);
  return status == CUXAS_OK ? CUXAS_OK : cuxas_fail(err, status, "%s: %s", record->id, reason.message);
}

/* 2. errors */

static cuxas_status find_errors(const cuxas_crossval *crossval, cuxas_edge_evaluation *edge, cuxas_error *err)
{
  cuxas_status status = cuxas_rank_rows(edge->mae, crossval->n_row, edge->row, &edge->n_row, err);
  for (int p = 0; p < CUXAS_N_PREDICTOR && status == CUXAS_OK; p++)
    status = cuxas_error_summarise(crossval->mae[edge->i_edge][edge->channel][p], NULL, crossval->n_row,
                                   &edge->summary[p], err);
  double *logarithm = cuxas_new(err, edge->n_row, sizeof *logarithm);
  if (logarithm == NULL) return CUXAS_ENOMEM;
  if (status == CUXAS_OK && edge->n_row > 0) {
    for (size_t i = 0; i < edge->n_row; i++) logarithm[i] = log10(fmax(edge->mae[edge->row[i]], 1e-6));
    const double first = floor(logarithm[0] / CUXAS_ERROR_BIN),
                 last  = floor(logarithm[edge->n_row - 1] / CUXAS_ERROR_BIN);
    edge->histogram    = cuxas_histogram_make(logarithm, edge->n_row, first * CUXAS_ERROR_BIN, CUXAS_ERROR_BIN,
                                              (size_t)(last - first) + 1);
    size_t rank[CUXAS_N_DECILE];
    cuxas_decile_ranks(edge->n_row, CUXAS_MIDDLE, rank);
    for (size_t i = 0; i < CUXAS_N_DECILE; i++) edge->decile_row[i] = edge->row[rank[i]];
  }
  free(logarithm);
  return status;
}

enum { BY_STATE, BY_NUMBER, BY_ELEMENT, BY_CLASS, BY_SIDE, N_KIND };

/* find_key() - of a record in one kind of grouping; negative: in none */
static int find_key(const cuxas_evaluation *evaluation, size_t i_record, int kind)
{
  const cuxas_environment  *environment = &evaluation->environment[i_record];
  const cuxas_coordination *c           = &environment->coordination;
  const double              distance    = evaluation->crossval->distance[i_record];
  switch (kind) {
  case BY_STATE: return (int)cuxas_state_group_of(environment);
  case BY_NUMBER: return (int)c->n_ligand;
  case BY_ELEMENT: return c->n_ligand > 0 ? c->ligand[0].atomic_number : -1;
  case BY_CLASS: return (int)cuxas_coordination_class(c);
  default: return isnan(distance) || isnan(evaluation->threshold) ? -1 : distance > evaluation->threshold;
  }
}

/* group_errors() - in every kind of grouping; key and summary (n_row of the records) are scratch */
static cuxas_status group_errors(const cuxas_evaluation *evaluation, cuxas_edge_evaluation *edge, int *key,
                                 cuxas_group_summary *summary, cuxas_error *err)
{
  const size_t         n              = evaluation->records->n_record;
  cuxas_group_summary *target[N_KIND] = {edge->by_state, edge->by_number, edge->by_element, edge->by_class,
                                         edge->by_side};
  size_t *n_target[N_KIND] = {&edge->n_state, &edge->n_number, &edge->n_element, &edge->n_class, &edge->n_side};
  for (int kind = 0; kind < N_KIND; kind++) {
    for (size_t i = 0; i < n; i++) key[i] = find_key(evaluation, i, kind);
    const cuxas_status status = cuxas_group_summarise(key, edge->mae, n, summary, n_target[kind], err);
    if (status != CUXAS_OK) return status;
    for (size_t i = 0; i < *n_target[kind]; i++) target[kind][i] = summary[i];
  }
  return CUXAS_OK;
}

/* 3. onsets */

static cuxas_status find_onset(cuxas_grid grid, const float *mu, double *work, double *ret_energy_eV, cuxas_error *err)
{
  static const cuxas_edge_window ALONE = {"", 0.0};
  cuxas_onset                    onset;
  for (size_t k = 0; k < grid.n_energy; k++) work[k] = mu[k];
  const cuxas_status status = cuxas_onset_find(grid, work, 0.0, &ALONE, 1, &onset, err);
  *ret_energy_eV            = status == CUXAS_OK && onset.found ? onset.on_grid_eV : NAN;
  return status;
}

static cuxas_status find_onsets(const cuxas_evaluation *evaluation, cuxas_edge_evaluation *edge, double *work,
                                cuxas_error *err)
{
  const cuxas_dataset *dataset = evaluation->dataset;
  const cuxas_grid     grid    = dataset->grid[edge->i_edge];
  cuxas_onset_errors  *onset   = &edge->onset;
  double              *steps   = cuxas_new(err, dataset->n_row, sizeof *steps);
  cuxas_status         status  = CUXAS_OK;
  size_t               n_exact = 0, n_near = 0, n_far = 0;

  onset->simulated_eV = cuxas_new(err, dataset->n_row, sizeof *onset->simulated_eV);
  onset->predicted_eV = cuxas_new(err, dataset->n_row, sizeof *onset->predicted_eV);
  if (steps == NULL || onset->simulated_eV == NULL || onset->predicted_eV == NULL) {
    free(steps);
    return cuxas_no_memory(err);
  }
  for (size_t i = 0; i < dataset->n_row && status == CUXAS_OK; i++) {
    onset->simulated_eV[i] = onset->predicted_eV[i] = steps[i] = NAN;
    if (isnan(edge->mae[i])) continue;
    status = find_onset(grid, dataset->target[edge->i_edge][edge->channel] + i * grid.n_energy, work,
                        &onset->simulated_eV[i], err);
    if (status == CUXAS_OK)
      status = find_onset(grid, evaluation->crossval->mu[edge->i_edge][edge->channel] + i * grid.n_energy, work,
                          &onset->predicted_eV[i], err);
    steps[i] = round((onset->predicted_eV[i] - onset->simulated_eV[i]) / grid.step_eV);
    if (isnan(steps[i])) continue;
    onset->n_row++;
    n_exact += steps[i] == 0.0;
    n_near += fabs(steps[i]) <= 1.0;
    n_far += fabs(steps[i]) * grid.step_eV > 1.0 + 1e-9;
  }
  onset->steps =
      cuxas_histogram_make(steps, dataset->n_row, -CUXAS_ONSET_MAX_BIN - 0.5, 1.0, 2 * CUXAS_ONSET_MAX_BIN + 1);
  const double n     = (double)onset->n_row;
  onset->exact       = (double)n_exact / n; /* 0 of 0: NaN */
  onset->within_step = (double)n_near / n;
  onset->over_1_eV   = (double)n_far / n;
  free(steps);
  return status;
}

/* 4. sigma and distance */

static double correlate_ranks(const double *a, const double *b, size_t n, double *work)
{
  return n >= 3 ? cuxas_metric_spearman(a, b, n, work) : NAN;
}

/* judge_sigma() - coverage over all points; rank correlations of the error with distance and mean sigma */
static cuxas_status judge_sigma(const cuxas_evaluation *evaluation, cuxas_edge_evaluation *edge, cuxas_error *err)
{
  const size_t n_energy = evaluation->dataset->grid[edge->i_edge].n_energy, n = edge->n_row;
  const float *target     = evaluation->dataset->target[edge->i_edge][edge->channel];
  const float *mu         = evaluation->crossval->mu[edge->i_edge][edge->channel];
  const float *spread     = evaluation->crossval->sigma[edge->i_edge][edge->channel];
  double      *difference = cuxas_new(err, n, n_energy * sizeof *difference);
  double      *sigma      = cuxas_new(err, n, n_energy * sizeof *sigma);
  double      *row        = cuxas_new(err, n, 7 * sizeof *row); /* error, distance, mean sigma, work (4) */
  cuxas_status status     = CUXAS_OK;

  if (difference == NULL || sigma == NULL || row == NULL) {
    status = CUXAS_ENOMEM;
  } else {
    for (size_t i = 0; i < n; i++) {
      double sum = 0.0;
      for (size_t k = 0; k < n_energy; k++) {
        const size_t point             = edge->row[i] * n_energy + k;
        difference[i * n_energy + k]   = (double)mu[point] - target[point];
        sum += sigma[i * n_energy + k] = spread[point];
      }
      row[i]         = edge->mae[edge->row[i]];
      row[n + i]     = evaluation->crossval->distance[edge->row[i]];
      row[2 * n + i] = sum / (double)n_energy;
    }
    status                  = cuxas_coverage_find(difference, sigma, n * n_energy, &edge->coverage, err);
    edge->distance_spearman = correlate_ranks(row, row + n, n, row + 3 * n);
    edge->sigma_spearman    = edge->coverage.n_point > 0 ? correlate_ranks(row, row + 2 * n, n, row + 3 * n) : NAN;
  }
  free(difference);
  free(sigma);
  free(row);
  return status;
}

/* 5. spectra of groups */

/* average_group() - of the rows of one state (by_state) or coordination number */
static cuxas_status average_group(const cuxas_evaluation *evaluation, const cuxas_edge_evaluation *edge, bool by_state,
                                  int key, cuxas_mean_spectrum *ret_mean, cuxas_error *err)
{
  const size_t n_energy = evaluation->dataset->grid[edge->i_edge].n_energy;
  const float *target   = evaluation->dataset->target[edge->i_edge][edge->channel];

  *ret_mean =
      (cuxas_mean_spectrum){key, 0, cuxas_new(err, n_energy, sizeof(double)), cuxas_new(err, n_energy, sizeof(double))};
  if (ret_mean->mean == NULL || ret_mean->deviation == NULL) return cuxas_no_memory(err);
  for (size_t i = 0; i < edge->n_row; i++) {
    const cuxas_environment *environment = &evaluation->environment[edge->row[i]];
    const int mine = by_state ? (int)cuxas_state_group_of(environment) : (int)environment->coordination.n_ligand;
    if (mine != key) continue;
    ret_mean->n_row++;
    for (size_t k = 0; k < n_energy; k++) {
      const double mu = target[edge->row[i] * n_energy + k];
      ret_mean->mean[k] += mu;
      ret_mean->deviation[k] += mu * mu;
    }
  }
  for (size_t k = 0; k < n_energy; k++) {
    ret_mean->mean[k] /= (double)ret_mean->n_row;
    ret_mean->deviation[k] =
        sqrt(fmax(0.0, ret_mean->deviation[k] / (double)ret_mean->n_row - ret_mean->mean[k] * ret_mean->mean[k]));
  }
  return CUXAS_OK;
}

static cuxas_status find_spectra(const cuxas_evaluation *evaluation, cuxas_edge_evaluation *edge, cuxas_error *err)
{
  const size_t n_energy = evaluation->dataset->grid[edge->i_edge].n_energy;
  cuxas_status status   = CUXAS_OK;
  for (size_t i = 0; i < edge->n_state && status == CUXAS_OK; i++)
    if (edge->by_state[i].n_value >= 2)
      status =
          average_group(evaluation, edge, true, edge->by_state[i].key, &edge->state_mean[edge->n_state_mean++], err);
  for (size_t i = 0; i < edge->n_number && status == CUXAS_OK; i++)
    if (edge->by_number[i].n_value >= 2)
      status = average_group(evaluation, edge, false, edge->by_number[i].key, &edge->number_mean[edge->n_number_mean++],
                             err);
  if (status != CUXAS_OK || edge->n_row < 3) return status;
  status = cuxas_pca_new(evaluation->dataset->target[edge->i_edge][edge->channel], n_energy, edge->row, edge->n_row,
                         CUXAS_N_PCA, &edge->pca, err);
  return status == CUXAS_ERANGE ? CUXAS_OK : status; /* spectra all alike: no components, and no failure */
}

/* 6. the whole */

static cuxas_status evaluate_edge(const cuxas_evaluation *evaluation, cuxas_edge_evaluation *edge, cuxas_error *err)
{
  const size_t         n       = evaluation->records->n_record;
  int                 *key     = cuxas_new(err, n, sizeof *key);
  cuxas_group_summary *summary = cuxas_new(err, n, sizeof *summary);
  double              *work    = cuxas_new(err, evaluation->dataset->grid[edge->i_edge].n_energy, sizeof *work);
  cuxas_status         status  = CUXAS_OK;
  edge->row                    = cuxas_new(err, n, sizeof *edge->row);
  if (key == NULL || summary == NULL || work == NULL || edge->row == NULL) status = CUXAS_ENOMEM;
  if (status == CUXAS_OK) status = find_errors(evaluation->crossval, edge, err);
  if (status == CUXAS_OK) status = group_errors(evaluation, edge, key, summary, err);
  if (status == CUXAS_OK) status = find_onsets(evaluation, edge, work, err);
  if (status == CUXAS_OK) status = judge_sigma(evaluation, edge, err);
  if (status == CUXAS_OK) status = find_spectra(evaluation, edge, err);
  free(key);
  free(summary);
  free(work);
  return status;
}

/* has_judged() - is there a row with a number? */
static bool has_judged(const double *mae, size_t n)
{
  for (size_t i = 0; mae != NULL && i < n; i++)
    if (!isnan(mae[i])) return true;
  return false;
}

cuxas_status cuxas_evaluation_new(const cuxas_records *records, const cuxas_dataset *dataset,
                                  const cuxas_crossval *crossval, int absorber, double threshold,
                                  cuxas_evaluation **ret_evaluation, cuxas_error *err)
{
  cuxas_evaluation *evaluation = cuxas_new(err, 1, sizeof *evaluation);
  cuxas_status      status     = CUXAS_OK;
  *ret_evaluation              = NULL;
  if (evaluation == NULL) return CUXAS_ENOMEM;
  evaluation->records     = records;
  evaluation->dataset     = dataset;
  evaluation->crossval    = crossval;
  evaluation->threshold   = threshold;
  evaluation->environment = cuxas_new(err, records->n_record, sizeof *evaluation->environment);
  if (evaluation->environment == NULL) status = CUXAS_ENOMEM;
  for (size_t i = 0; i < records->n_record && status == CUXAS_OK; i++)
    status = find_environment(&records->record[i], absorber, &evaluation->environment[i], err);
  for (size_t e = 0; e < dataset->n_edge; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++) {
      const double *mae = crossval->mae[e][channel][CUXAS_BY_MODEL];
      if (!has_judged(mae, records->n_record)) continue;
      cuxas_edge_evaluation *edge = &evaluation->edge[evaluation->n_edge++];
      edge->i_edge                = e;
      edge->channel               = (cuxas_channel)channel;
      edge->mae                   = mae;
      status                      = evaluate_edge(evaluation, edge, err);
    }
  if (status == CUXAS_OK)
    *ret_evaluation = evaluation;
  else
    cuxas_evaluation_free(evaluation);
  return status;
}

void cuxas_evaluation_free(cuxas_evaluation *evaluation)
{
  if (evaluation == NULL) return;
  for (size_t i = 0; i < evaluation->n_edge; i++) {
    cuxas_edge_evaluation *edge = &evaluation->edge[i];
    for (size_t k = 0; k < edge->n_state_mean; k++) {
      free(edge->state_mean[k].mean);
      free(edge->state_mean[k].deviation);
    }
    for (size_t k = 0; k < edge->n_number_mean; k++) {
      free(edge->number_mean[k].mean);
      free(edge->number_mean[k].deviation);
    }
    cuxas_pca_free(edge->pca);
    free(edge->onset.simulated_eV);
    free(edge->onset.predicted_eV);
    free(edge->row);
  }
  free(evaluation->environment);
  free(evaluation);
}

const cuxas_edge_evaluation *cuxas_evaluation_find(const cuxas_evaluation *evaluation, size_t i_edge,
                                                   cuxas_channel channel)
{
  for (size_t i = 0; i < evaluation->n_edge; i++)
    if (evaluation->edge[i].i_edge == i_edge && evaluation->edge[i].channel == channel) return &evaluation->edge[i];
  return NULL;
}
