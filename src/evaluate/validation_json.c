/* validation_json.c - a validation as JSON */
#include "evaluate/validation.h"
#include "base/json.h"

#include "cuxas/report.h"
#include "write/text.h"

#include <math.h>
#include <stdlib.h>

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

cuxas_status cuxas_validation_write_json(const cuxas_validation_report *report, FILE *out, cuxas_error *err)
{
  const bool         has_simulated = report->n_source > CUXAS_VALIDATION_SIMULATED;
  cuxas_json_builder builder       = {false};
  cJSON             *root          = cJSON_CreateObject();

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
