/* Contents: 1. one compound  2. means  3. text  4. JSON */
#include "cuxas/validation.h"

#include "cuxas/memory.h"
#include "cuxas/report.h"
#include "json_put.h"
#include "text_put.h"

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

double cuxas_validation_difference(const cuxas_validation_row *row, const cuxas_validation_row *simulated)
{
  double sum = 0.0;
  if (row->predicted == NULL || simulated->predicted == NULL || row->grid.n_energy != simulated->grid.n_energy)
    return NAN;
  for (size_t i = 0; i < row->grid.n_energy; i++) sum += fabs(row->predicted[i] - simulated->predicted[i]);
  return sum / (double)row->grid.n_energy;
}

/* Predicted minus measured onset, eV; NaN when one of them was not found. */
static double onset_difference_eV(const cuxas_validation_row *row, size_t i_edge, bool is_shifted)
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
    means->n_first += row[i].rank == 1;
    means->n_first_by_mae += row[i].rank_mae == 1;
    means->n_first_by_spearman += row[i].rank_spearman == 1;
    means->n_top3 += row[i].rank <= 3;
    for (size_t k = 0; k < row[i].n_edge; k++) {
      const double difference_eV = onset_difference_eV(&row[i], k, true);
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
  means->median_mae = median_mae(row, n_row);
  for (size_t k = 0; k < CUXAS_COMPARE_MAX_EDGE; k++) means->onset_eV[k] /= n_onset[k] > 0 ? (double)n_onset[k] : NAN;
}

/* 3. text */

static void print_number(FILE *out, const char *format, int width, double value)
{
  if (isfinite(value))
    fprintf(out, format, width, value);
  else
    fprintf(out, " %*s", width, "-");
}

static void write_row(const cuxas_validation_row *row, size_t n_edge, FILE *out)
{
  char rank[48];

  text_put_cell(out, row->name, 14);
  if (row->reason[0] != '\0') {
    fprintf(out, "  %s\n", row->reason);
    return;
  }
  snprintf(rank, sizeof rank, "%zu of %zu", row->rank, row->n_candidate);
  fprintf(out, " %9s %4zu %8zu %6.3f %9.3f %+7.2f", rank, row->rank_mae, row->rank_spearman, row->comparison.mae,
          row->comparison.spearman, row->comparison.shift_eV);
  for (size_t k = 0; k < n_edge; k++) print_number(out, " %+*.2f", 6, onset_difference_eV(row, k, true));
  fprintf(out, " %5.2f", row->comparison.hole_fraction);
  fputs("  ", out);
  text_put_cell(out, row->rank == 1 ? "" : row->first, 14);
  fprintf(out, "%s%s\n", row->comparison.shift_at_limit ? " L" : "", row->domain.outside ? " D" : "");
}

static void write_table(const cuxas_validation_row *row, size_t n_row, const cuxas_model *model, FILE *out)
{
  cuxas_validation_means means;

  fputs("compound            rank  MAE# Spearman#  MAE  Spearman   shift", out);
  for (size_t k = 0; k < model->n_edge; k++) fprintf(out, "  %s d", model->edge[k].name);
  fputs("  hole  first instead\n", out);
  for (size_t i = 0; i < n_row; i++) write_row(&row[i], model->n_edge, out);

  cuxas_validation_average(row, n_row, &means);
  fputs("mean                                   ", out);
  print_number(out, "%*.3f", 6, means.mae);
  print_number(out, " %*.3f", 9, means.spearman);
  print_number(out, " %+*.2f", 7, means.shift_eV);
  for (size_t k = 0; k < model->n_edge; k++) print_number(out, " %*.2f", 6, means.onset_eV[k]);
  print_number(out, " %*.2f", 5, means.hole_fraction);
  fprintf(out,
          "\n\n%zu measured compounds: right one first %zu (by MAE %zu, by Spearman %zu), in the first three %zu\n",
          means.n_measured, means.n_first, means.n_first_by_mae, means.n_first_by_spearman, means.n_top3);
}

/* Gleason, Carbone, Lu and Ciston, arXiv:2412.02916: means over 14 compounds, scaled min-max. */
#define PUBLISHED_MODEL_MAE 0.125
#define PUBLISHED_MODEL_SPEARMAN 0.891
#define PUBLISHED_SIMULATION_MAE 0.131
#define PUBLISHED_SIMULATION_SPEARMAN 0.898

void cuxas_validation_write_simulated(const cuxas_validation_row *row, const cuxas_validation_row *simulated,
                                      size_t n_row, const cuxas_model *model, FILE *out)
{
  cuxas_validation_means of_model, of_simulation;
  double                 sum = 0.0;
  size_t                 n   = 0;

  fputs("\nSimulated spectra in place of the model's\n\n", out);
  write_table(simulated, n_row, model, out);
  cuxas_validation_average(row, n_row, &of_model);
  cuxas_validation_average(simulated, n_row, &of_simulation);
  fprintf(out, "\nmean over compounds       MAE  Spearman\n");
  fprintf(out, "model             %4zu   %5.3f     %5.3f\n", of_model.n_measured, of_model.mae, of_model.spearman);
  fprintf(out, "simulation        %4zu   %5.3f     %5.3f\n", of_simulation.n_measured, of_simulation.mae,
          of_simulation.spearman);
  fprintf(out, "published model     14   %5.3f     %5.3f   CuXASNet, by MAE, not broadened\n", PUBLISHED_MODEL_MAE,
          PUBLISHED_MODEL_SPEARMAN);
  fprintf(out, "published FEFF9     14   %5.3f     %5.3f\n", PUBLISHED_SIMULATION_MAE, PUBLISHED_SIMULATION_SPEARMAN);
  fprintf(out, "\nMAE            model-measured  simulation-measured  model-simulation\n");
  for (size_t i = 0; i < n_row; i++) {
    const double difference = cuxas_validation_difference(&row[i], &simulated[i]);
    if (!isfinite(difference)) continue;
    sum += difference;
    n++;
    text_put_cell(out, row[i].name, 14);
    fprintf(out, " %14.3f %20.3f %17.3f\n", row[i].comparison.mae, simulated[i].comparison.mae, difference);
  }
  if (n > 0) fprintf(out, "mean           %14.3f %20.3f %17.3f\n", of_model.mae, of_simulation.mae, sum / (double)n);
}

void cuxas_validation_write_text(const cuxas_validation_row *row, size_t n_row, const cuxas_model *model, FILE *out)
{
  fprintf(out, "Model %s, sha256 %.12s, %zu training spectra\n\n", model->name, model->sha256, model->n_training);
  write_table(row, n_row, model, out);
  text_put_wrapped(
      out, "",
      "#: rank by that measure alone; shift: added to the prediction, eV; d: predicted minus measured onset "
      "after the shift, eV (mean: of absolute values); L: shift at the window's limit; D: outside the "
      "training domain");
}

/* 4. JSON */

static void put_figures(json_builder *builder, cJSON *object, const cuxas_validation_row *row)
{
  json_put_text(builder, object, "reason", row->reason[0] != '\0' ? row->reason : NULL);
  if (row->reason[0] != '\0') return;
  json_put_count(builder, object, "n_candidates", row->n_candidate);
  json_put_count(builder, object, "rank", row->rank);
  json_put_count(builder, object, "rank_mae", row->rank_mae);
  json_put_count(builder, object, "rank_spearman", row->rank_spearman);
  json_put_text(builder, object, "first", row->first);
  json_put_number(builder, object, "mae", row->comparison.mae);
  json_put_number(builder, object, "spearman", row->comparison.spearman);
  json_put_number(builder, object, "pearson", row->comparison.pearson);
  json_put_number(builder, object, "shift_eV", row->comparison.shift_eV);
  json_put_bool(builder, object, "shift_at_limit", row->comparison.shift_at_limit);
  json_put_number(builder, object, "hole_fraction", row->comparison.hole_fraction);
  json_put_number(builder, object, "fwhm_eV", row->comparison.fwhm_eV);
  json_put_number(builder, object, "score", row->comparison.score);
  cJSON *onsets = json_put_object(builder, object, "onsets");
  for (size_t k = 0; k < row->n_edge; k++) {
    const cuxas_onset *measured = &row->measured_onset[k], *predicted = &row->comparison.predicted_onset[k];
    if (!measured->found || !predicted->found) {
      json_put_text(builder, onsets, row->edge[k].name, NULL);
      continue;
    }
    cJSON *onset = json_put_object(builder, onsets, row->edge[k].name);
    json_put_number(builder, onset, "measured_eV", measured->energy_eV);
    json_put_number(builder, onset, "predicted_eV", predicted->energy_eV);
    json_put_number(builder, onset, "difference_eV", onset_difference_eV(row, k, false));
    json_put_number(builder, onset, "difference_shifted_eV", onset_difference_eV(row, k, true));
  }
  cJSON *domain = json_put_object(builder, object, "domain");
  json_put_number(builder, domain, "distance", row->domain.distance);
  json_put_text(builder, domain, "flag", row->domain.outside ? "outside" : "inside");
}

static void put_row(json_builder *builder, cJSON *array, const cuxas_validation_row *row,
                    const cuxas_validation_row *opt_simulated)
{
  cJSON *object = json_put_object(builder, array, NULL);
  json_put_text(builder, object, "name", row->name);
  put_figures(builder, object, row);
  if (opt_simulated == NULL) return;
  put_figures(builder, json_put_object(builder, object, "simulated"), opt_simulated);
  json_put_number(builder, object, "mae_model_simulated", cuxas_validation_difference(row, opt_simulated));
}

static void put_means(json_builder *builder, cJSON *root, const char *name, const cuxas_validation_row *row,
                      size_t n_row, const cuxas_model *model)
{
  cuxas_validation_means means;
  cuxas_validation_average(row, n_row, &means);
  cJSON *object = json_put_object(builder, root, name);
  json_put_count(builder, object, "n_measured", means.n_measured);
  json_put_number(builder, object, "mae", means.mae);
  json_put_number(builder, object, "median_mae", means.median_mae);
  json_put_number(builder, object, "spearman", means.spearman);
  json_put_number(builder, object, "pearson", means.pearson);
  json_put_number(builder, object, "shift_eV", means.shift_eV);
  json_put_number(builder, object, "hole_fraction", means.hole_fraction);
  cJSON *onsets = json_put_object(builder, object, "onset_difference_eV");
  for (size_t k = 0; k < model->n_edge; k++) json_put_number(builder, onsets, model->edge[k].name, means.onset_eV[k]);
  json_put_count(builder, object, "n_first", means.n_first);
  json_put_count(builder, object, "n_first_by_mae", means.n_first_by_mae);
  json_put_count(builder, object, "n_first_by_spearman", means.n_first_by_spearman);
  json_put_count(builder, object, "n_top3", means.n_top3);
}

cuxas_status cuxas_validation_write_json(const cuxas_validation_row *row, const cuxas_validation_row *opt_simulated,
                                         size_t n_row, const char *program, const cuxas_model *model,
                                         const cJSON *settings, const cJSON *opt_identification, FILE *out,
                                         cuxas_error *err)
{
  json_builder builder = {false};
  cJSON       *root    = cJSON_CreateObject();

  json_put_text(&builder, root, "schema", CUXAS_VALIDATION_SCHEMA);
  json_put_tool(&builder, root, program);
  json_put_model(&builder, root, model);
  json_put_copy(&builder, root, "settings", settings);
  cJSON *compounds = json_put_array(&builder, root, "compounds");
  for (size_t i = 0; i < n_row; i++)
    put_row(&builder, compounds, &row[i], opt_simulated != NULL ? &opt_simulated[i] : NULL);

  put_means(&builder, root, "means", row, n_row, model);
  if (opt_simulated != NULL) put_means(&builder, root, "means_simulated", opt_simulated, n_row, model);
  if (opt_identification != NULL) json_put_copy(&builder, root, "identification", opt_identification);

  char *text = builder.failed ? NULL : cJSON_Print(root);
  if (text != NULL) fprintf(out, "%s\n", text);
  const bool is_written = text != NULL;
  free(text);
  cJSON_Delete(root);
  return is_written ? CUXAS_OK : cuxas_fail(err, CUXAS_ENOMEM, "no memory for the JSON document");
}
