/* Contents: 1. one compound  2. means  3. errors beside each other */
#include "evaluate/validation.h"

#include "base/memory.h"
#include "cuxas/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1. one compound */

/* Further candidates may hold a measured standard of the same name: that is not the structure. */
static const cuxas_hit *find_structure(const cuxas_hits *hits, const char *name)
{
  for (size_t i = 0; i < hits->n_hit; i++)
    if (hits->hit[i].kind == CUXAS_CANDIDATE_STRUCTURE && strcmp(hits->hit[i].name, name) == 0) return &hits->hit[i];
  return NULL;
}

static double find_margin(const cuxas_hits *hits, const cuxas_hit *right)
{
  double best = -INFINITY;
  for (size_t i = 0; i < hits->n_hit; i++)
    if (&hits->hit[i] != right) best = fmax(best, hits->hit[i].comparison.score);
  return hits->n_hit > 1 ? right->comparison.score - best : NAN;
}

void cuxas_validation_fill(cuxas_validation_row *row, const char *name, const cuxas_query *query,
                           const cuxas_hits *hits)
{
  const cuxas_hit *hit = find_structure(hits, name);

  row->n_candidate = hits->n_hit;
  if (hit == NULL) {
    row->is_failure = true;
    snprintf(row->reason, sizeof row->reason, "no usable structure of this name among the candidates");
    return;
  }
  row->rank          = hit->rank;
  row->rank_mae      = hit->rank_mae;
  row->rank_spearman = hit->rank_spearman;
  row->comparison    = hit->comparison;
  row->domain        = hit->domain;
  row->margin        = find_margin(hits, hit);
  memcpy(row->candidate_sha256, hit->sha256, sizeof row->candidate_sha256);
  snprintf(row->first, sizeof row->first, "%s", hits->hit[0].name);
  row->n_edge = query->n_edge;
  memcpy(row->edge, query->edge, sizeof row->edge);
  memcpy(row->measured_onset, query->onset, sizeof row->measured_onset);
}

cuxas_status cuxas_validation_keep(cuxas_validation_row *row, const char *name, const cuxas_query *query,
                                   cuxas_scale scale, const cuxas_hits *hits, cuxas_error *err)
{
  const cuxas_hit   *hit      = find_structure(hits, name);
  const size_t       n_energy = query->grid.n_energy;
  const cuxas_report scaled   = {.query = query, .compare = {.scale = scale}};
  if (hit == NULL || hit->shifted == NULL) return CUXAS_OK;
  row->grid      = query->grid;
  row->measured  = cuxas_new_array(n_energy, sizeof *row->measured);
  row->predicted = cuxas_new_array(n_energy, sizeof *row->predicted);
  if (row->measured == NULL || row->predicted == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a curve");
  cuxas_report_scale_measured(&scaled, row->measured);
  memcpy(row->predicted, hit->shifted, n_energy * sizeof *row->predicted);
  return CUXAS_OK;
}

void cuxas_validation_free(cuxas_validation_row *row, size_t n_row)
{
  for (size_t i = 0; row != NULL && i < n_row; i++) {
    free(row[i].measured);
    free(row[i].predicted);
  }
  free(row);
}

double cuxas_validation_onset_eV(const cuxas_validation_row *row, size_t i_edge, bool is_shifted)
{
  const cuxas_onset *measured = &row->measured_onset[i_edge], *predicted = &row->comparison.predicted_onset[i_edge];
  if (!measured->found || !predicted->found) return NAN;
  return predicted->energy_eV - measured->energy_eV + (is_shifted ? row->comparison.shift_eV : 0.0);
}

/* 2. means */

static int compare_doubles(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median_mae(const cuxas_validation_row *row, size_t n_row)
{
  double *mae    = malloc((n_row > 0 ? n_row : 1) * sizeof *mae);
  size_t  n      = 0;
  double  median = NAN;

  if (mae == NULL) return NAN;
  for (size_t i = 0; i < n_row; i++)
    if (row[i].reason[0] == '\0') mae[n++] = row[i].comparison.mae;
  qsort(mae, n, sizeof *mae, compare_doubles);
  if (n > 0) median = n % 2 == 1 ? mae[n / 2] : 0.5 * (mae[n / 2 - 1] + mae[n / 2]);
  free(mae);
  return median;
}

void cuxas_validation_average(const cuxas_validation_row *row, size_t n_row, cuxas_validation_means *ret_means)
{
  cuxas_validation_means *means                           = ret_means;
  size_t                  n_onset[CUXAS_COMPARE_MAX_EDGE] = {0};

  *means = (cuxas_validation_means){0};
  for (size_t i = 0; i < n_row; i++) {
    if (row[i].reason[0] != '\0') continue;
    means->n_measured++;
    means->mae += row[i].comparison.mae;
    means->spearman += row[i].comparison.spearman;
    means->pearson += row[i].comparison.pearson;
    means->shift_eV += row[i].comparison.shift_eV;
    means->hole_fraction += row[i].comparison.hole_fraction;
    means->margin += row[i].margin;
    means->n_first += row[i].rank == 1;
    means->n_first_by_mae += row[i].rank_mae == 1;
    means->n_first_by_spearman += row[i].rank_spearman == 1;
    means->n_top3 += row[i].rank <= 3;
    for (size_t k = 0; k < row[i].n_edge; k++) {
      const double difference_eV = cuxas_validation_onset_eV(&row[i], k, true);
      if (!isfinite(difference_eV)) continue;
      means->onset_eV[k] += fabs(difference_eV);
      n_onset[k]++;
    }
  }
  const double n = means->n_measured > 0 ? (double)means->n_measured : NAN;
  means->mae /= n;
  means->spearman /= n;
  means->pearson /= n;
  means->shift_eV /= n;
  means->hole_fraction /= n;
  means->margin /= n;
  means->median_mae = median_mae(row, n_row);
  for (size_t k = 0; k < CUXAS_COMPARE_MAX_EDGE; k++) means->onset_eV[k] /= n_onset[k] > 0 ? (double)n_onset[k] : NAN;
}

/* 3. errors beside each other */

static bool has_curves(const cuxas_validation_row *row)
{
  return row->reason[0] == '\0' && row->measured != NULL && row->predicted != NULL;
}

bool cuxas_validation_distances(const cuxas_validation_report *report, size_t i_row,
                                double ret_distance[CUXAS_N_DISTANCE])
{
  if (report->n_source <= CUXAS_VALIDATION_SIMULATED) return false;
  const cuxas_validation_row *model     = &report->source[CUXAS_VALIDATION_MODEL].row[CUXAS_MANNER_ASKED][i_row];
  const cuxas_validation_row *simulated = &report->source[CUXAS_VALIDATION_SIMULATED].row[CUXAS_MANNER_ASKED][i_row];
  const size_t                n         = model->grid.n_energy;
  double                      sum       = 0.0;
  if (!has_curves(model) || !has_curves(simulated) || n != simulated->grid.n_energy) return false;
  for (size_t i = 0; i < n; i++) sum += fabs(model->predicted[i] - simulated->predicted[i]);
  ret_distance[CUXAS_MODEL_MEASURED]     = model->comparison.mae;
  ret_distance[CUXAS_SIMULATED_MEASURED] = simulated->comparison.mae;
  ret_distance[CUXAS_MODEL_SIMULATED]    = sum / (double)n;
  return true;
}
