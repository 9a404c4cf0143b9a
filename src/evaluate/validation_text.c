/* validation_text.c - a validation on a terminal and as JSON
 *
 * Contents: 1. the table of a source  2. means and errors beside each other  3. failures  4. all of it */
#include "evaluate/validation.h"
#include "base/text.h"
#include "write/text.h"
#include "base/json.h"
#include "cuxas/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1. the table of a source */

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

  cuxas_text_put_cell(out, row->name, 14);
  if (row->reason[0] != '\0') {
    fprintf(out, "  %s\n", row->reason);
    return;
  }
  snprintf(rank, sizeof rank, "%zu of %zu", row->rank, row->n_candidate);
  fprintf(out, " %9s %4zu %8zu %6.3f %9.3f %+7.2f", rank, row->rank_mae, row->rank_spearman, row->comparison.mae,
          row->comparison.spearman, row->comparison.shift_eV);
  for (size_t k = 0; k < n_edge; k++) print_number(out, " %+*.2f", 6, cuxas_validation_onset_eV(row, k, true));
  fprintf(out, " %5.2f", row->comparison.hole_fraction);
  fputs("  ", out);
  cuxas_text_put_cell(out, row->rank == 1 ? "" : row->first, 14);
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

/* 2. means and errors beside each other */

static void write_mean(const cuxas_validation_report *report, size_t i_source, cuxas_manner manner, const char *suffix,
                       FILE *out)
{
  const cuxas_validation_row *row = report->source[i_source].row[manner];
  cuxas_validation_means      means;
  char                        label[64];
  if (row == NULL) return;
  cuxas_validation_average(row, report->n_row, &means);
  snprintf(label, sizeof label, "%s%s", report->source[i_source].name, suffix);
  cuxas_text_put_cell(out, label, 30);
  fprintf(out, " %3zu", means.n_measured);
  print_number(out, " %*.3f", 7, means.mae);
  print_number(out, " %*.3f", 9, means.spearman);
  putc('\n', out);
}

static void write_means(const cuxas_validation_report *report, FILE *out)
{
  fputs("\nmean over compounds                   MAE  Spearman\n", out);
  for (int manner = 0; manner < CUXAS_N_MANNER; manner++)
    for (size_t i = 0; manner != CUXAS_MANNER_NO_HOLE && i < report->n_source; i++)
      write_mean(report, i, (cuxas_manner)manner, manner == CUXAS_MANNER_PUBLISHED ? ", compared as published" : "",
                 out);
  fprintf(out, "CuXASNet as published           14 %7.3f %9.3f\n", CUXAS_PUBLISHED_MODEL_MAE,
          CUXAS_PUBLISHED_MODEL_SPEARMAN);
  fprintf(out, "FEFF9 as published              14 %7.3f %9.3f\n", CUXAS_PUBLISHED_FEFF9_MAE,
          CUXAS_PUBLISHED_FEFF9_SPEARMAN);
  cuxas_text_put_wrapped(
      out, "",
      "as published: shift by the MAE, scaled min-max, neither broadened nor with a core hole; published "
      "means are over 14 compounds, three of which have no bundled curve");
}

static void write_distances(const char *name, const double distance[CUXAS_N_DISTANCE], const char *simulated, FILE *out)
{
  cuxas_text_put_cell(out, name, 16);
  fprintf(out, " %14.3f %19.3f %16.3f  %s\n", distance[CUXAS_MODEL_MEASURED], distance[CUXAS_SIMULATED_MEASURED],
          distance[CUXAS_MODEL_SIMULATED],
          distance[CUXAS_MODEL_SIMULATED] > distance[CUXAS_SIMULATED_MEASURED] ? "model" : simulated);
}

/* Whether the network or the simulation it learnt from is further from the truth. */
static void write_errors(const cuxas_validation_report *report, FILE *out)
{
  const cuxas_validation_row *row                   = report->source[CUXAS_VALIDATION_MODEL].row[CUXAS_MANNER_ASKED];
  const char                 *name                  = report->source[CUXAS_VALIDATION_SIMULATED].name;
  double                      sum[CUXAS_N_DISTANCE] = {0.0}, n = 0.0;

  fputs("\nMAE              model-measured  simulated-measured  model-simulated  larger part\n", out);
  for (size_t i = 0; i < report->n_row; i++) {
    double distance[CUXAS_N_DISTANCE];
    if (!cuxas_validation_distances(report, i, distance)) continue;
    for (int k = 0; k < CUXAS_N_DISTANCE; k++) sum[k] += distance[k];
    n += 1.0;
    write_distances(row[i].name, distance, name, out);
  }
  if (n == 0.0) return;
  for (int k = 0; k < CUXAS_N_DISTANCE; k++) sum[k] /= n;
  write_distances("mean", sum, name, out);
  cuxas_text_put_wrapped(
      out, "",
      "larger part: the simulation's distance from the measurement, or the network's from the simulation that "
      "it imitates");
}

/* What fitting the core-hole fraction brings to agreement, and what it costs in telling compounds apart. */
static void write_hole_line(const cuxas_validation_report *report, size_t i_source, cuxas_manner manner, FILE *out)
{
  cuxas_validation_means means;
  char                   label[64];
  cuxas_validation_average(report->source[i_source].row[manner], report->n_row, &means);
  snprintf(label, sizeof label, "%s, %s", report->source[i_source].name,
           manner == CUXAS_MANNER_NO_HOLE ? "no core hole" : "fitted");
  cuxas_text_put_cell(out, label, 26);
  print_number(out, " %*.3f", 6, means.mae);
  print_number(out, " %*.3f", 9, means.spearman);
  fprintf(out, " %6zu %6zu %6zu %6zu", means.n_first, means.n_top3, means.n_first_by_mae, means.n_first_by_spearman);
  print_number(out, " %+*.2f\n", 8, means.margin);
}

static void write_holes(const cuxas_validation_report *report, FILE *out)
{
  bool has_any = false;
  for (size_t i = 0; i < report->n_source; i++)
    has_any = has_any || report->source[i].row[CUXAS_MANNER_NO_HOLE] != NULL;
  if (!has_any) return;
  fputs("\nCore-hole fraction            MAE  Spearman  first  top 3   MAE#  Sp. #   margin\n", out);
  for (size_t i = 0; i < report->n_source; i++) {
    if (report->source[i].row[CUXAS_MANNER_NO_HOLE] == NULL) continue;
    write_hole_line(report, i, CUXAS_MANNER_ASKED, out);
    write_hole_line(report, i, CUXAS_MANNER_NO_HOLE, out);
  }
  cuxas_text_put_wrapped(
      out, "",
      "MAE#, Sp. #: first by the MAE or by Spearman alone; margin: mean score of the right compound above that of the "
      "best other one, negative where that is ahead");
}

/* 3. failures */

static void write_failure(const cuxas_validation_report *report, const cuxas_validation_case *failure, FILE *out)
{
  const cuxas_validation_source *source = &report->source[failure->i_source];
  const cuxas_validation_row    *row    = &source->row[CUXAS_MANNER_ASKED][failure->i_row];
  cuxas_validation_difference    difference;
  char                           rank[48];
  cuxas_validation_case_explain(failure, row, &difference);
  snprintf(rank, sizeof rank, "%zu of %zu", failure->rank, failure->n_candidate);
  cuxas_text_put_cell(out, source->name, 8);
  putc(' ', out);
  cuxas_text_put_cell(out, row->name, 10);
  fprintf(out, " %-9s %10s  ", cuxas_identification_among(failure->among), rank);
  cuxas_text_put_cell(out, failure->first, 14);
  fprintf(out, " %6.2f", failure->first_comparison.score - failure->right_comparison.score);
  if (difference.n_region > 0)
    fprintf(out, "  %-10s %.3f %.3f", difference.region[difference.i_worst].name,
            difference.region[difference.i_worst].mae_right, difference.region[difference.i_worst].mae_first);
  putc('\n', out);
}

static void write_failures(const cuxas_validation_report *report, FILE *out)
{
  if (report->n_case == 0) return;
  fputs(
      "\nNot first by score\nspectra  compound   among           rank  first instead   ahead  loses most, MAE there\n",
      out);
  for (size_t i = 0; i < report->n_case; i++) write_failure(report, &report->failure[i], out);
  cuxas_text_put_wrapped(
      out, "",
      "ahead: score of the first above the right one's; loses most: part of the curve where the right one is furthest "
      "behind, mean difference of the right one and of the first there");
}

/* 4. all of it */

void cuxas_validation_write_text(const cuxas_validation_report *report, FILE *out)
{
  const cuxas_locale locale = cuxas_locale_begin();
  const cuxas_model *model  = report->model;
  fprintf(out, "Model %s, sha256 %.12s, %zu training spectra\n\n", model->name, model->sha256, model->n_training);
  write_table(report->source[CUXAS_VALIDATION_MODEL].row[CUXAS_MANNER_ASKED], report->n_row, model, out);
  cuxas_text_put_wrapped(
      out, "",
      "#: rank by that measure alone; shift: added to the prediction, eV; d: predicted minus measured onset "
      "after the shift, eV (mean: of absolute values); L: shift at the window's limit; D: outside the "
      "training domain");
  if (report->n_source > CUXAS_VALIDATION_SIMULATED) {
    const cuxas_validation_source *simulated = &report->source[CUXAS_VALIDATION_SIMULATED];
    fprintf(out, "\nSpectra by %s in place of the model's\n\n", simulated->name);
    write_table(simulated->row[CUXAS_MANNER_ASKED], report->n_row, model, out);
  }
  write_means(report, out);
  if (report->n_source > CUXAS_VALIDATION_SIMULATED) write_errors(report, out);
  write_holes(report, out);
  cuxas_answers_write_text(report->answer, report->n_answer, out);
  cuxas_identification_write_text(report->line, report->n_line, out);
  cuxas_identification_standards_text(report->standard, report->n_standard, report->standard_note, out);
  write_failures(report, out);
  cuxas_locale_end(locale);
}

/* ---- a validation as JSON --------------------------------------------------------------------------------------- */

/* -- its answers -- */

static const char *const PROPERTY[CUXAS_N_PROPERTY] = {"state", "coordination", "ligand"};

static void put_said(cuxas_json_builder *builder, cJSON *parent, const char *name, const cuxas_answered *said)
{
  cJSON *object = cuxas_json_put_object(builder, parent, name);
  cuxas_json_put_text(builder, object, "kind", cuxas_answer_kind_name(said->kind));
  cuxas_json_put_count(builder, object, "n_compounds", said->n_compound);
  cuxas_json_put_number(builder, object, "probability", said->probability);
  cuxas_json_put_count(builder, object, "rank", said->rank);
  cuxas_json_put_bool(builder, object, "in_group", said->is_in_group);
  cuxas_json_put_count(builder, object, "n_group", said->n_group);
  cuxas_json_put_text(builder, object, "first", said->first);
  cuxas_json_put_number(builder, object, "first_probability", said->first_probability);
  cuxas_json_put_number(builder, object, "none", said->none);
}

static void put_found(cuxas_json_builder *builder, cJSON *parent, const char *name,
                      const cuxas_property_found found[CUXAS_N_PROPERTY])
{
  cJSON *object = cuxas_json_put_object(builder, parent, name);
  for (int k = 0; k < CUXAS_N_PROPERTY; k++) {
    cJSON *property = cuxas_json_put_object(builder, object, PROPERTY[k]);
    if (k == CUXAS_PROPERTY_LIGAND)
      cuxas_json_put_text(builder, property, "value", cuxas_ligand_class_name((cuxas_ligand_class)found[k].value));
    else
      cuxas_json_put_count(builder, property, "value", found[k].value);
    cuxas_json_put_number(builder, property, "probability", found[k].probability);
    cuxas_json_put_bool(builder, property, "right", found[k].is_right);
  }
}

static const char *const ASKED_KEY[CUXAS_N_ASKED]   = {"all", "elements", "all_theory", "elements_theory"};
static const char *const ABSENT_KEY[CUXAS_N_ABSENT] = {"compound", "family", "compound_theory", "family_theory"};

static void put_answers_row(cuxas_json_builder *builder, cJSON *array, const cuxas_answers_row *row)
{
  cJSON *object = cuxas_json_put_object(builder, array, NULL);
  cuxas_json_put_text(builder, object, "name", row->name);
  cuxas_json_put_text(builder, object, "compound", row->compound);
  cuxas_json_put_text(builder, object, "reason", row->reason[0] != '\0' ? row->reason : NULL);
  if (row->reason[0] != '\0') return;
  cJSON *said = cuxas_json_put_object(builder, object, "said");
  for (int k = 0; k < CUXAS_N_ASKED; k++) put_said(builder, said, ASKED_KEY[k], &row->said[k]);
  cJSON *without = cuxas_json_put_object(builder, object, "without");
  for (int k = 0; k < CUXAS_N_ASKED; k++) put_said(builder, without, ASKED_KEY[k], &row->without[k]);
  cJSON *nested = cuxas_json_put_object(builder, object, "nested_temperature");
  for (int k = 0; k < CUXAS_N_ASKED; k++)
    cuxas_json_put_number(builder, nested, ASKED_KEY[k], cuxas_answers_trial_of(row->chosen[k]).temperature);
  cJSON *weight = cuxas_json_put_object(builder, object, "nested_simulation_weight");
  for (int k = 0; k < CUXAS_N_ASKED; k++)
    cuxas_json_put_number(builder, weight, ASKED_KEY[k], cuxas_answers_trial_of(row->chosen[k]).simulation);
  cJSON *absent = cuxas_json_put_object(builder, object, "absent");
  for (int k = 0; k < CUXAS_N_ABSENT; k++) put_found(builder, absent, ABSENT_KEY[k], row->found[k]);
}

static void put_total(cuxas_json_builder *builder, cJSON *parent, const char *name, const cuxas_answers_total *total)
{
  const double n      = total->n > 0 ? (double)total->n : NAN;
  cJSON       *object = cuxas_json_put_object(builder, parent, name);
  cuxas_json_put_count(builder, object, "n", total->n);
  cuxas_json_put_count(builder, object, "n_first", total->n_first);
  cuxas_json_put_count(builder, object, "n_top3", total->n_top3);
  cuxas_json_put_count(builder, object, "n_in_group", total->n_covered);
  cuxas_json_put_number(builder, object, "mean_group", total->group / n);
  cuxas_json_put_number(builder, object, "mean_log_probability_gain", total->gain / n);
  cuxas_json_put_numbers(builder, object, "gain_90_percent", (const double[]){total->gain_low, total->gain_high}, 2);
  cuxas_json_put_number(builder, object, "largest_wrong", total->wrong);
  cuxas_json_put_count(builder, object, "n_claimed_without", total->n_claimed);
  cuxas_json_put_number(builder, object, "largest_without", total->absent);
  cuxas_json_put_number(builder, object, "mean_log_none_without", total->none / n);
}

cJSON *cuxas_answers_json(const cuxas_answers_row *row, size_t n_row)
{
  cuxas_json_builder builder = {false};
  cJSON             *root    = cJSON_CreateObject();
  cJSON             *curves  = cuxas_json_put_array(&builder, root, "curves");
  for (size_t i = 0; i < n_row; i++) put_answers_row(&builder, curves, &row[i]);
  for (int nested = 0; nested < 2; nested++) {
    cJSON *totals = cuxas_json_put_object(&builder, root, nested == 1 ? "nested" : "totals");
    for (int k = 0; k < CUXAS_N_ASKED; k++) {
      const cuxas_answers_total total = cuxas_answers_add_up(row, n_row, (cuxas_asked)k, nested == 1);
      put_total(&builder, totals, ASKED_KEY[k], &total);
    }
  }
  cJSON *right = cuxas_json_put_object(&builder, root, "n_right");
  for (int k = 0; k < CUXAS_N_ABSENT; k++) {
    cJSON *object = cuxas_json_put_object(&builder, right, ABSENT_KEY[k]);
    for (int p = 0; p < CUXAS_N_PROPERTY; p++)
      cuxas_json_put_count(&builder, object, PROPERTY[p],
                           cuxas_answers_count_right(row, n_row, (cuxas_absent)k, (cuxas_property)p));
  }
  return cuxas_json_finish(&builder, root);
}

/* -- its figures -- */

static void put_figures(cuxas_json_builder *builder, cJSON *object, const cuxas_validation_row *row)
{
  cuxas_json_put_text(builder, object, "reason", row->reason[0] != '\0' ? row->reason : NULL);
  if (row->reason[0] != '\0') return;
  cuxas_json_put_text(builder, object, "sha256", row->candidate_sha256[0] != '\0' ? row->candidate_sha256 : NULL);
  cuxas_json_put_count(builder, object, "n_candidates", row->n_candidate);
  cuxas_json_put_count(builder, object, "rank", row->rank);
  cuxas_json_put_count(builder, object, "rank_mae", row->rank_mae);
  cuxas_json_put_count(builder, object, "rank_spearman", row->rank_spearman);
  cuxas_json_put_text(builder, object, "first", row->first);
  cuxas_json_put_number(builder, object, "mae", row->comparison.mae);
  cuxas_json_put_number(builder, object, "spearman", row->comparison.spearman);
  cuxas_json_put_number(builder, object, "pearson", row->comparison.pearson);
  cuxas_json_put_number(builder, object, "shift_eV", row->comparison.shift_eV);
  cuxas_json_put_bool(builder, object, "shift_at_limit", row->comparison.shift_at_limit);
  cuxas_json_put_number(builder, object, "hole_fraction", row->comparison.hole_fraction);
  cuxas_json_put_number(builder, object, "fwhm_eV", row->comparison.fwhm_eV);
  cuxas_json_put_number(builder, object, "score", row->comparison.score);
  cuxas_json_put_number(builder, object, "margin", row->margin);
  cJSON *onsets = cuxas_json_put_object(builder, object, "onsets");
  for (size_t k = 0; k < row->n_edge; k++) {
    const cuxas_onset *measured = &row->measured_onset[k], *predicted = &row->comparison.predicted_onset[k];
    if (!measured->found || !predicted->found) {
      cuxas_json_put_text(builder, onsets, row->edge[k].name, NULL);
      continue;
    }
    cJSON *onset = cuxas_json_put_object(builder, onsets, row->edge[k].name);
    cuxas_json_put_number(builder, onset, "measured_eV", measured->energy_eV);
    cuxas_json_put_number(builder, onset, "predicted_eV", predicted->energy_eV);
    cuxas_json_put_number(builder, onset, "difference_eV", cuxas_validation_onset_eV(row, k, false));
    cuxas_json_put_number(builder, onset, "difference_shifted_eV", cuxas_validation_onset_eV(row, k, true));
  }
  cJSON *domain = cuxas_json_put_object(builder, object, "domain");
  cuxas_json_put_number(builder, domain, "distance", row->domain.distance);
  cuxas_json_put_text(builder, domain, "flag", row->domain.outside ? "outside" : "inside");
}

static void put_row(cuxas_json_builder *builder, cJSON *array, const cuxas_validation_report *report, size_t i)
{
  const cuxas_validation_row *row = &report->source[CUXAS_VALIDATION_MODEL].row[CUXAS_MANNER_ASKED][i];
  double                      distance[CUXAS_N_DISTANCE];
  cJSON                      *object = cuxas_json_put_object(builder, array, NULL);
  cuxas_json_put_text(builder, object, "name", row->name);
  cuxas_json_put_text(builder, object, "measured_sha256",
                      row->measured_sha256[0] != '\0' ? row->measured_sha256 : NULL);
  put_figures(builder, object, row);
  if (report->n_source <= CUXAS_VALIDATION_SIMULATED) return;
  put_figures(builder, cuxas_json_put_object(builder, object, "simulated"),
              &report->source[CUXAS_VALIDATION_SIMULATED].row[CUXAS_MANNER_ASKED][i]);
  const bool has_both = cuxas_validation_distances(report, i, distance);
  cuxas_json_put_number(builder, object, "mae_model_simulated", has_both ? distance[CUXAS_MODEL_SIMULATED] : NAN);
}

static void put_means(cuxas_json_builder *builder, cJSON *root, const char *name, const cuxas_validation_row *row,
                      size_t n_row, const cuxas_model *model)
{
  cuxas_validation_means means;
  cuxas_validation_average(row, n_row, &means);
  cJSON *object = cuxas_json_put_object(builder, root, name);
  cuxas_json_put_count(builder, object, "n_measured", means.n_measured);
  cuxas_json_put_number(builder, object, "mae", means.mae);
  cuxas_json_put_number(builder, object, "median_mae", means.median_mae);
  cuxas_json_put_number(builder, object, "spearman", means.spearman);
  cuxas_json_put_number(builder, object, "pearson", means.pearson);
  cuxas_json_put_number(builder, object, "shift_eV", means.shift_eV);
  cuxas_json_put_number(builder, object, "hole_fraction", means.hole_fraction);
  cuxas_json_put_number(builder, object, "margin", means.margin);
  cJSON *onsets = cuxas_json_put_object(builder, object, "onset_difference_eV");
  for (size_t k = 0; k < model->n_edge; k++)
    cuxas_json_put_number(builder, onsets, model->edge[k].name, means.onset_eV[k]);
  cuxas_json_put_count(builder, object, "n_first", means.n_first);
  cuxas_json_put_count(builder, object, "n_first_by_mae", means.n_first_by_mae);
  cuxas_json_put_count(builder, object, "n_first_by_spearman", means.n_first_by_spearman);
  cuxas_json_put_count(builder, object, "n_top3", means.n_top3);
}

/* Means of every manner that there is: "means", "means_no_hole", "means_published"; of simulated spectra
 * "means_simulated" and so on. */
static void put_all_means(cuxas_json_builder *builder, cJSON *root, const cuxas_validation_report *report)
{
  static const char *const SOURCE[CUXAS_VALIDATION_MAX_SOURCE] = {"means", "means_simulated"};
  static const char *const MANNER[CUXAS_N_MANNER]              = {"", "_no_hole", "_published"};
  for (size_t i = 0; i < report->n_source; i++)
    for (int manner = 0; manner < CUXAS_N_MANNER; manner++) {
      const cuxas_validation_row *row = report->source[i].row[manner];
      char                        name[64];
      snprintf(name, sizeof name, "%s%s", SOURCE[i], MANNER[manner]);
      if (row != NULL) put_means(builder, root, name, row, report->n_row, report->model);
    }
}

static void put_fit(cuxas_json_builder *builder, cJSON *object, const char *name, const char *candidate,
                    const cuxas_comparison *comparison)
{
  cJSON *fit = cuxas_json_put_object(builder, object, name);
  cuxas_json_put_text(builder, fit, "name", candidate);
  cuxas_json_put_number(builder, fit, "score", comparison->score);
  cuxas_json_put_number(builder, fit, "mae", comparison->mae);
  cuxas_json_put_number(builder, fit, "spearman", comparison->spearman);
  cuxas_json_put_number(builder, fit, "shift_eV", comparison->shift_eV);
  cuxas_json_put_number(builder, fit, "hole_fraction", comparison->hole_fraction);
  cuxas_json_put_number(builder, fit, "fwhm_eV", comparison->fwhm_eV);
}

static void put_failure(cuxas_json_builder *builder, cJSON *array, const cuxas_validation_report *report,
                        const cuxas_validation_case *failure)
{
  const cuxas_validation_source *source = &report->source[failure->i_source];
  const cuxas_validation_row    *row    = &source->row[CUXAS_MANNER_ASKED][failure->i_row];
  cuxas_validation_difference    difference;
  cJSON                         *object = cuxas_json_put_object(builder, array, NULL);
  cuxas_validation_case_explain(failure, row, &difference);
  cuxas_json_put_text(builder, object, "spectra", source->name);
  cuxas_json_put_text(builder, object, "compound", row->name);
  cuxas_json_put_text(builder, object, "among", cuxas_identification_among(failure->among));
  cuxas_json_put_count(builder, object, "rank", failure->rank);
  cuxas_json_put_count(builder, object, "n_candidates", failure->n_candidate);
  put_fit(builder, object, "right", row->name, &failure->right_comparison);
  put_fit(builder, object, "first", failure->first, &failure->first_comparison);
  cJSON *regions = cuxas_json_put_array(builder, object, "regions");
  for (size_t k = 0; k < difference.n_region; k++) {
    cJSON *region = cuxas_json_put_object(builder, regions, NULL);
    cuxas_json_put_text(builder, region, "name", difference.region[k].name);
    cuxas_json_put_number(builder, region, "mae_right", difference.region[k].mae_right);
    cuxas_json_put_number(builder, region, "mae_first", difference.region[k].mae_first);
  }
}

cuxas_status cuxas_validation_write_json(const void *what, FILE *out, cuxas_error *err)
{
  const cuxas_validation_report *report        = what;
  const bool                     has_simulated = report->n_source > CUXAS_VALIDATION_SIMULATED;
  cuxas_json_builder             builder       = {false};
  cJSON                         *root          = cJSON_CreateObject();

  cuxas_json_put_text(&builder, root, "schema", CUXAS_VALIDATION_SCHEMA);
  cuxas_json_put_tool(&builder, root, report->program);
  cuxas_json_put_model(&builder, root, report->model);
  cuxas_json_put_copy(&builder, root, "settings", report->settings);
  cuxas_json_put_text(&builder, root, "simulated_by",
                      has_simulated ? report->source[CUXAS_VALIDATION_SIMULATED].name : NULL);
  cJSON *compounds = cuxas_json_put_array(&builder, root, "compounds");
  for (size_t i = 0; i < report->n_row; i++) put_row(&builder, compounds, report, i);
  put_all_means(&builder, root, report);
  if (report->n_answer > 0) {
    cJSON *answers = cuxas_answers_json(report->answer, report->n_answer);
    builder.failed = builder.failed || answers == NULL;
    cuxas_json_put_copy(&builder, root, "answers", answers);
    cJSON_Delete(answers);
  }
  if (report->n_line > 0) {
    cJSON *lines = cuxas_identification_json(report->line, report->n_line);
    if (lines != NULL)
      cuxas_json_put_copy(&builder, root, "identification", lines);
    else
      builder.failed = true;
    cJSON_Delete(lines);
    cJSON *standards = cuxas_identification_standards_json(report->standard, report->n_standard);
    cuxas_json_put_copy(&builder, root, "standards", standards);
    cJSON_Delete(standards);
    cJSON *failures = cuxas_json_put_array(&builder, root, "failures");
    for (size_t i = 0; i < report->n_case; i++) put_failure(&builder, failures, report, &report->failure[i]);
  }

  const cuxas_status status = cuxas_json_write(builder.failed ? NULL : root, true, out, err);
  cJSON_Delete(root);
  return status;
}
