#include "evaluate/validation.h"

#include "cuxas/report.h"
#include "write/json_put.h"

#include <math.h>
#include <stdlib.h>

static void put_figures(json_builder *builder, cJSON *object, const cuxas_validation_row *row)
{
  json_put_text(builder, object, "reason", row->reason[0] != '\0' ? row->reason : NULL);
  if (row->reason[0] != '\0') return;
  json_put_text(builder, object, "sha256", row->candidate_sha256[0] != '\0' ? row->candidate_sha256 : NULL);
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
  json_put_number(builder, object, "margin", row->margin);
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
    json_put_number(builder, onset, "difference_eV", cuxas_validation_onset_eV(row, k, false));
    json_put_number(builder, onset, "difference_shifted_eV", cuxas_validation_onset_eV(row, k, true));
  }
  cJSON *domain = json_put_object(builder, object, "domain");
  json_put_number(builder, domain, "distance", row->domain.distance);
  json_put_text(builder, domain, "flag", row->domain.outside ? "outside" : "inside");
}

static void put_row(json_builder *builder, cJSON *array, const cuxas_validation_report *report, size_t i)
{
  const cuxas_validation_row *row = &report->source[CUXAS_VALIDATION_MODEL].row[CUXAS_MANNER_ASKED][i];
  double                      distance[CUXAS_N_DISTANCE];
  cJSON                      *object = json_put_object(builder, array, NULL);
  json_put_text(builder, object, "name", row->name);
  json_put_text(builder, object, "measured_sha256", row->measured_sha256[0] != '\0' ? row->measured_sha256 : NULL);
  put_figures(builder, object, row);
  if (report->n_source <= CUXAS_VALIDATION_SIMULATED) return;
  put_figures(builder, json_put_object(builder, object, "simulated"),
              &report->source[CUXAS_VALIDATION_SIMULATED].row[CUXAS_MANNER_ASKED][i]);
  const bool has_both = cuxas_validation_distances(report, i, distance);
  json_put_number(builder, object, "mae_model_simulated", has_both ? distance[CUXAS_MODEL_SIMULATED] : NAN);
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
  json_put_number(builder, object, "margin", means.margin);
  cJSON *onsets = json_put_object(builder, object, "onset_difference_eV");
  for (size_t k = 0; k < model->n_edge; k++) json_put_number(builder, onsets, model->edge[k].name, means.onset_eV[k]);
  json_put_count(builder, object, "n_first", means.n_first);
  json_put_count(builder, object, "n_first_by_mae", means.n_first_by_mae);
  json_put_count(builder, object, "n_first_by_spearman", means.n_first_by_spearman);
  json_put_count(builder, object, "n_top3", means.n_top3);
}

/* Means of every manner that there is: "means", "means_no_hole", "means_published"; of simulated spectra
 * "means_simulated" and so on. */
static void put_all_means(json_builder *builder, cJSON *root, const cuxas_validation_report *report)
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

static void put_fit(json_builder *builder, cJSON *object, const char *name, const char *candidate,
                    const cuxas_comparison *comparison)
{
  cJSON *fit = json_put_object(builder, object, name);
  json_put_text(builder, fit, "name", candidate);
  json_put_number(builder, fit, "score", comparison->score);
  json_put_number(builder, fit, "mae", comparison->mae);
  json_put_number(builder, fit, "spearman", comparison->spearman);
  json_put_number(builder, fit, "shift_eV", comparison->shift_eV);
  json_put_number(builder, fit, "hole_fraction", comparison->hole_fraction);
  json_put_number(builder, fit, "fwhm_eV", comparison->fwhm_eV);
}

static void put_failure(json_builder *builder, cJSON *array, const cuxas_validation_report *report,
                        const cuxas_validation_case *failure)
{
  const cuxas_validation_source *source = &report->source[failure->i_source];
  const cuxas_validation_row    *row    = &source->row[CUXAS_MANNER_ASKED][failure->i_row];
  cuxas_validation_difference    difference;
  cJSON                         *object = json_put_object(builder, array, NULL);
  cuxas_validation_case_explain(failure, row, &difference);
  json_put_text(builder, object, "spectra", source->name);
  json_put_text(builder, object, "compound", row->name);
  json_put_text(builder, object, "among", cuxas_identification_among(failure->among));
  json_put_count(builder, object, "rank", failure->rank);
  json_put_count(builder, object, "n_candidates", failure->n_candidate);
  put_fit(builder, object, "right", row->name, &failure->right_comparison);
  put_fit(builder, object, "first", failure->first, &failure->first_comparison);
  cJSON *regions = json_put_array(builder, object, "regions");
  for (size_t k = 0; k < difference.n_region; k++) {
    cJSON *region = json_put_object(builder, regions, NULL);
    json_put_text(builder, region, "name", difference.region[k].name);
    json_put_number(builder, region, "mae_right", difference.region[k].mae_right);
    json_put_number(builder, region, "mae_first", difference.region[k].mae_first);
  }
}

cuxas_status cuxas_validation_write_json(const cuxas_validation_report *report, FILE *out, cuxas_error *err)
{
  const bool   has_simulated = report->n_source > CUXAS_VALIDATION_SIMULATED;
  json_builder builder       = {false};
  cJSON       *root          = cJSON_CreateObject();

  json_put_text(&builder, root, "schema", CUXAS_VALIDATION_SCHEMA);
  json_put_tool(&builder, root, report->program);
  json_put_model(&builder, root, report->model);
  json_put_copy(&builder, root, "settings", report->settings);
  json_put_text(&builder, root, "simulated_by", has_simulated ? report->source[CUXAS_VALIDATION_SIMULATED].name : NULL);
  cJSON *compounds = json_put_array(&builder, root, "compounds");
  for (size_t i = 0; i < report->n_row; i++) put_row(&builder, compounds, report, i);
  put_all_means(&builder, root, report);
  if (report->n_line > 0) {
    cJSON *lines = cuxas_identification_json(report->line, report->n_line);
    if (lines != NULL)
      json_put_copy(&builder, root, "identification", lines);
    else
      builder.failed = true;
    cJSON_Delete(lines);
    cJSON *standards = cuxas_identification_standards_json(report->standard, report->n_standard);
    json_put_copy(&builder, root, "standards", standards);
    cJSON_Delete(standards);
    cJSON *failures = json_put_array(&builder, root, "failures");
    for (size_t i = 0; i < report->n_case; i++) put_failure(&builder, failures, report, &report->failure[i]);
  }

  char *text = builder.failed ? NULL : cJSON_Print(root);
  if (text != NULL) fprintf(out, "%s\n", text);
  const bool is_written = text != NULL;
  free(text);
  cJSON_Delete(root);
  return is_written ? CUXAS_OK : cuxas_fail(err, CUXAS_ENOMEM, "no memory for the JSON document");
}
