/* report_json.c - the report as a JSON tree, member by member as cuxas-report(5) lists them */
#include "cuxas/report.h"
#include "match/shortlist.h"
#include "match/mixture.h"
#include "crystal/oxidation.h"
#include "base/json.h"
#include "write/text.h"
#include "base/memory.h"
#include "report/match_figure.h"
#include "report/hit_columns.h"
#include "match/hits.h"
#include "report/answer.h"
#include "report/stored.h"
#include "report/verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *kind_name(cuxas_candidate_kind kind)
{
  return kind == CUXAS_CANDIDATE_SPECTRUM ? "spectrum" : "structure";
}

/* The columns in use: {"energy": "Energy (eV)", "signal": "Intensity"}; a column without a name goes by its number. */
static void put_columns(cuxas_json_builder *builder, cJSON *parent, const cuxas_measured_info *info)
{
  static const char *const ROLE[] = {NULL, "energy", "signal", "i0"};
  cJSON                   *object = cuxas_json_put_object(builder, parent, "columns");
  for (size_t i = 0; i < info->n_column; i++) {
    const cuxas_column *column = &info->column[i];
    if (column->role == CUXAS_COLUMN_UNUSED) continue;
    if (column->name[0] != '\0')
      cuxas_json_put_text(builder, object, ROLE[column->role], column->name);
    else
      cuxas_json_put_count(builder, object, ROLE[column->role], i + 1);
  }
}

static void put_warnings(cuxas_json_builder *builder, cJSON *array, const cuxas_warnings *warnings)
{
  for (size_t i = 0; i < warnings->n_warning; i++) cuxas_json_put_text(builder, array, NULL, warnings->text[i]);
}

static const char *text_or_null(const char *text)
{
  return text[0] != '\0' ? text : NULL;
}

/* What was merged: [] when it was one scan. */
static void put_merged(cuxas_json_builder *builder, cJSON *parent, const cuxas_measured_info *info)
{
  cJSON *array = cuxas_json_put_array(builder, parent, "merged");
  for (size_t i = 0; i < info->n_merged; i++) {
    const cuxas_merged_scan *scan   = &info->merged[i];
    cJSON                   *object = cuxas_json_put_object(builder, array, NULL);
    cuxas_json_put_text(builder, object, "name", scan->name);
    cuxas_json_put_text(builder, object, "sha256", text_or_null(scan->sha256));
    cuxas_json_put_count(builder, object, "n_points", scan->n_point);
    cuxas_json_put_number(builder, object, "deviation", scan->deviation);
    cuxas_json_put_number(builder, object, "weight", scan->weight);
  }
}

static void put_measured(cuxas_json_builder *builder, cJSON *root, const cuxas_report *report)
{
  const cuxas_measured_info *info     = report->measured;
  const cuxas_prepared      *prepared = report->prepared;
  const cuxas_query         *query    = report->query;

  cJSON *object = cuxas_json_put_object(builder, root, "measured");
  cuxas_json_put_text(builder, object, "path", report->measured_path);
  cuxas_json_put_text(builder, object, "sha256", report->measured_sha256);
  cuxas_json_put_text(builder, object, "format", info->format);
  cuxas_json_put_bool(builder, object, "gzip", info->is_gzip);
  cuxas_json_put_text(builder, object, "scan", text_or_null(info->scan));
  cuxas_json_put_text(builder, object, "element", text_or_null(info->element));
  cuxas_json_put_text(builder, object, "edge", text_or_null(info->edge));
  cuxas_json_put_text(builder, object, "detection", text_or_null(info->detection_mode));
  put_merged(builder, object, info);
  cuxas_json_put_count(builder, object, "n_points", info->n_point);
  cuxas_json_put_numbers(builder, object, "range_eV", (const double[]){info->min_eV, info->max_eV}, 2);
  cuxas_json_put_text(builder, object, "unit", cuxas_unit_name(info->unit));
  put_columns(builder, object, info);
  cJSON *onsets = cuxas_json_put_object(builder, object, "onsets_eV");
  for (size_t i = 0; i < query->n_edge; i++)
    cuxas_json_put_number(builder, onsets, query->edge[i].name,
                          query->onset[i].found ? query->onset[i].energy_eV : NAN);

  cJSON *steps = cuxas_json_put_array(builder, object, "preprocessing");
  for (size_t i = 0; i < prepared->n_step; i++) {
    const cuxas_preprocess_step *step = &prepared->step[i];
    cJSON                       *node = cuxas_json_put_object(builder, steps, NULL);
    cuxas_json_put_text(builder, node, "step", step->name);
    cuxas_json_put_count(builder, node, "n_points", step->n_point);
    for (size_t k = 0; k < step->n_number; k++)
      cuxas_json_put_number(builder, node, step->number[k].name, step->number[k].value);
  }
  cuxas_json_put_numbers(builder, object, "compared_eV",
                         (const double[]){query->grid.start_eV, cuxas_grid_end_eV(query->grid)}, 2);
  cJSON *warnings = cuxas_json_put_array(builder, object, "warnings");
  put_warnings(builder, warnings, &info->warnings);
  put_warnings(builder, warnings, &prepared->warnings);
}

/* "onsets": {"L3": {...} or null, ...}; predicted_eV is before the shift */
static void put_onsets(cuxas_json_builder *builder, cJSON *parent, const cuxas_query *query,
                       const cuxas_comparison *comparison)
{
  cJSON *onsets = cuxas_json_put_object(builder, parent, "onsets");
  for (size_t i = 0; i < query->n_edge; i++) {
    const cuxas_onset *measured = &query->onset[i], *predicted = &comparison->predicted_onset[i];
    if (!measured->found || !predicted->found) {
      cuxas_json_put_text(builder, onsets, query->edge[i].name, NULL);
      continue;
    }
    const double difference_eV = predicted->energy_eV - measured->energy_eV;
    cJSON       *onset         = cuxas_json_put_object(builder, onsets, query->edge[i].name);
    cuxas_json_put_number(builder, onset, "measured_eV", measured->energy_eV);
    cuxas_json_put_number(builder, onset, "predicted_eV", predicted->energy_eV);
    cuxas_json_put_number(builder, onset, "difference_eV", difference_eV);
    cuxas_json_put_number(builder, onset, "difference_shifted_eV", difference_eV + comparison->shift_eV);
    cuxas_json_put_number(builder, onset, "measured_on_grid_eV", measured->on_grid_eV);
    cuxas_json_put_number(builder, onset, "predicted_on_grid_eV", predicted->on_grid_eV);
  }
}

static cJSON *put_candidate(cuxas_json_builder *builder, cJSON *parent, const cuxas_query *query, const cuxas_hit *hit)
{
  const cuxas_comparison *comparison = &hit->comparison;

  cJSON *object = cuxas_json_put_object(builder, parent, NULL);
  cuxas_json_put_count(builder, object, "rank", hit->rank);
  cuxas_json_put_text(builder, object, "name", hit->name);
  cuxas_json_put_text(builder, object, "path", hit->label);
  cuxas_json_put_text(builder, object, "sha256", hit->sha256);
  cuxas_json_put_text(builder, object, "kind", kind_name(hit->kind));
  cuxas_json_put_text(builder, object, "formula", hit->formula[0] != '\0' ? hit->formula : NULL);
  cuxas_json_put_count(builder, object, "n_cu_sites", hit->n_absorber);
  cuxas_json_put_count(builder, object, "n_distinct_sites", hit->n_distinct);
  cuxas_json_put_number(builder, object, "mae", comparison->mae);
  if (!hit->is_foreseen) {
    cuxas_json_put_number(builder, object, "spearman", comparison->spearman);
    cuxas_json_put_number(builder, object, "pearson", comparison->pearson);
  }
  cuxas_json_put_count(builder, object, "rank_score", hit->rank_score);
  cuxas_json_put_count(builder, object, "rank_mae", hit->rank_mae);
  if (!hit->is_foreseen) cuxas_json_put_count(builder, object, "rank_spearman", hit->rank_spearman);
  cuxas_json_put_number(builder, object, "delta_to_next", hit->delta_to_next);
  cuxas_json_put_number(builder, object, "score", comparison->score);
  cuxas_json_put_number(builder, object, "p_value", hit->p_value);
  cuxas_json_put_number(builder, object, "e_value", hit->e_value);
  cuxas_json_put_number(builder, object, "support", hit->support);
  cuxas_json_put_bool(builder, object, "in_group", hit->is_in_group);
  cuxas_json_put_number(builder, object, "shift_eV", comparison->shift_eV);
  cuxas_json_put_bool(builder, object, "shift_at_limit", comparison->shift_at_limit);
  cuxas_json_put_number(builder, object, "hole_fraction", comparison->hole_fraction);
  cuxas_json_put_number(builder, object, "fwhm_eV", comparison->fwhm_eV);
  if (comparison->is_flattened) {
    cJSON *saturation = cuxas_json_put_object(builder, object, "saturation");
    cuxas_json_put_number(builder, saturation, "s", comparison->saturation);
    cuxas_json_put_number(builder, saturation, "s_sd", comparison->saturation_sd);
    cuxas_json_put_number(builder, saturation, "second_edge", comparison->second_edge);
    cuxas_json_put_number(builder, saturation, "second_edge_sd", comparison->second_edge_sd);
    cuxas_json_put_number(builder, saturation, "white_line", comparison->white_line);
  }
  if (hit->is_foreseen) cuxas_json_put_bool(builder, object, "foreseen", true);
  cuxas_json_put_count(builder, object, "n_compared", comparison->n_compared);
  if (!hit->is_foreseen) put_onsets(builder, object, query, comparison);
  if (hit->kind == CUXAS_CANDIDATE_STRUCTURE) {
    cJSON *domain = cuxas_json_put_object(builder, object, "domain");
    cuxas_json_put_number(builder, domain, "distance", hit->domain.distance);
    cuxas_json_put_text(builder, domain, "flag", hit->domain.outside ? "outside" : "inside");
  } else {
    cuxas_json_put_text(builder, object, "domain", NULL);
  }
  cJSON *warnings = cuxas_json_put_array(builder, object, "warnings");
  for (size_t i = 0; i < sizeof hit->warning / sizeof *hit->warning && hit->warning[i] != NULL; i++)
    cuxas_json_put_text(builder, warnings, NULL, hit->warning[i]);
  return object;
}

/* In the report of a share: the numbers to the last bit, from which --join makes the whole. */
static void put_exact(cuxas_json_builder *builder, cJSON *parent, const cuxas_query *query, const cuxas_hit *hit)
{
  const cuxas_comparison *of = &hit->comparison;
  char                    text[48 * (8 + 2 * CUXAS_COMPARE_MAX_EDGE)];
  size_t n = (size_t)snprintf(text, sizeof text, "%a %a %a %a %a %a %a", of->score, of->mae, of->spearman, of->pearson,
                              of->shift_eV, of->hole_fraction, of->fwhm_eV);
  for (size_t i = 0; i < query->n_edge; i++) {
    const cuxas_onset *onset = &of->predicted_onset[i];
    n += (size_t)snprintf(text + n, sizeof text - n, " %d %a %a", onset->found, onset->energy_eV, onset->on_grid_eV);
  }
  for (char *c = text; *c != '\0'; c++)
    if (*c == ',') *c = '.'; /* whatever the locale */
  cuxas_json_put_text(builder, parent, "exact", text);
}

static void put_skipped_one(cuxas_json_builder *builder, cJSON *array, const cuxas_skipped *skipped)
{
  cJSON *object = cuxas_json_put_object(builder, array, NULL);
  cuxas_json_put_text(builder, object, "path", skipped->path);
  cuxas_json_put_text(builder, object, "reason", skipped->reason);
}

static void put_skipped(cuxas_json_builder *builder, cJSON *root, const char *name, const cuxas_skipped *skipped,
                        size_t n)
{
  cJSON *array = cuxas_json_put_array(builder, root, name);
  for (size_t i = 0; i < n; i++) put_skipped_one(builder, array, &skipped[i]);
}

/* Of "unconstrained", in short: those whose elements agree stand in full under "candidates". */
static void put_unconstrained(cuxas_json_builder *builder, cJSON *array, const cuxas_hit *hit)
{
  cJSON *object = cuxas_json_put_object(builder, array, NULL);
  cuxas_json_put_count(builder, object, "rank", hit->rank);
  if (hit->rank_predicted > 0)
    cuxas_json_put_count(builder, object, "rank_known", hit->rank_predicted);
  else
    cuxas_json_put_text(builder, object, "rank_known", NULL);
  cuxas_json_put_text(builder, object, "name", hit->name);
  cuxas_json_put_text(builder, object, "path", hit->label);
  cuxas_json_put_text(builder, object, "sha256", hit->sha256);
  cuxas_json_put_text(builder, object, "formula", hit->formula[0] != '\0' ? hit->formula : NULL);
  cuxas_json_put_number(builder, object, "score", hit->comparison.score);
  cuxas_json_put_number(builder, object, "mae", hit->comparison.mae);
  cuxas_json_put_number(builder, object, "spearman", hit->comparison.spearman);
  cuxas_json_put_number(builder, object, "shift_eV", hit->comparison.shift_eV);
  cuxas_json_put_number(builder, object, "p_value", hit->p_value);
  cuxas_json_put_number(builder, object, "e_value", hit->e_value);
}

/* "standards": null, or the measured spectra, each as a candidate */
static void put_standards(cuxas_json_builder *builder, cJSON *root, const cuxas_report *report)
{
  const cuxas_hits *standards = report->standards;
  if (standards == NULL) {
    cuxas_json_put_text(builder, root, "standards", NULL);
    return;
  }
  cJSON *object = cuxas_json_put_object(builder, root, "standards");
  cJSON *array  = cuxas_json_put_array(builder, object, "candidates");
  for (size_t i = 0; i < standards->n_hit; i++) {
    cJSON *candidate = put_candidate(builder, array, report->query, &standards->hit[i]);
    cuxas_json_put_bool(builder, candidate, "same_measurement", standards->hit[i].is_query);
  }
  put_skipped(builder, object, "skipped", standards->skipped, standards->n_skipped);
}

static void put_sum(cuxas_json_builder *builder, cJSON *array, const cuxas_mixture_fit *fit, bool is_chosen)
{
  cJSON *entry = cuxas_json_put_object(builder, array, NULL);
  cuxas_json_put_number(builder, entry, "score", fit->score);
  cuxas_json_put_number(builder, entry, "bic", fit->bic);
  cuxas_json_put_number(builder, entry, "mae", fit->mae);
  cuxas_json_put_number(builder, entry, "pearson", fit->pearson);
  cuxas_json_put_bool(builder, entry, "chosen", is_chosen);
  cJSON *components = cuxas_json_put_array(builder, entry, "components");
  for (size_t k = 0; k < fit->n_component; k++) {
    const cuxas_mixture_component *own  = &fit->component[k];
    cJSON                         *node = cuxas_json_put_object(builder, components, NULL);
    cuxas_json_put_text(builder, node, "name", own->name);
    cuxas_json_put_number(builder, node, "weight", own->weight);
    cuxas_json_put_number(builder, node, "share", own->share);
    if (is_chosen)
      cuxas_json_put_numbers(builder, node, "interval", (const double[]){own->share_low, own->share_high}, 2);
    else
      cuxas_json_put_text(builder, node, "interval", NULL);
    cuxas_json_put_number(builder, node, "shift_eV", own->shift_eV);
    cuxas_json_put_number(builder, node, "hole_fraction", own->hole_fraction);
    if (is_chosen) cuxas_json_put_bool(builder, node, "common", own->is_common);
  }
}

/* "mixture", "standards_mixture": null, or the sums of 1, 2, ... components and what rivals the chosen one */
static void put_mixture(cuxas_json_builder *builder, cJSON *root, const char *name, const cuxas_mixture *mixture)
{
  if (mixture == NULL) {
    cuxas_json_put_text(builder, root, name, NULL);
    return;
  }
  cJSON *object = cuxas_json_put_object(builder, root, name);
  cuxas_json_put_text(builder, object, "verdict", cuxas_mixture_verdict_name(mixture->verdict));
  cuxas_json_put_count(builder, object, "n_candidates", mixture->n_candidate);
  cuxas_json_put_count(builder, object, "n_chosen", mixture->fit[mixture->i_chosen].n_component);
  cJSON *fits = cuxas_json_put_array(builder, object, "fits");
  for (size_t i = 0; i < mixture->n_fit; i++) put_sum(builder, fits, &mixture->fit[i], i == mixture->i_chosen);
  cJSON *rivals = cuxas_json_put_array(builder, object, "rivals");
  for (size_t i = 0; i < mixture->n_rival; i++) put_sum(builder, rivals, &mixture->rival[i], false);
  cuxas_json_put_bool(builder, object, "more_rivals", mixture->has_more);
  cuxas_json_put_numbers(builder, object, "range_eV",
                         (const double[]){mixture->grid.start_eV, cuxas_grid_end_eV(mixture->grid)}, 2);
  cuxas_json_put_text(builder, object, "cut_by", mixture->shortest[0] != '\0' ? mixture->shortest : NULL);
  cuxas_json_put_count(builder, object, "n_left_out", mixture->n_left_out);
  cJSON *limits = cuxas_json_put_array(builder, object, "seen_from");
  for (size_t i = 0; i < mixture->n_limit; i++) {
    cJSON *entry = cuxas_json_put_object(builder, limits, NULL);
    cuxas_json_put_text(builder, entry, "name", mixture->limit[i].name);
    cuxas_json_put_number(builder, entry, "share", mixture->limit[i].share);
  }
}

/* "simulated": null, or the ranking by simulation, each of its candidates with what prediction said of it */
static void put_shortlist(cuxas_json_builder *builder, cJSON *root, const cuxas_report *report)
{
  const cuxas_shortlist *shortlist = report->shortlist;
  if (shortlist == NULL) {
    cuxas_json_put_text(builder, root, "simulated", NULL);
    return;
  }
  cJSON *object = cuxas_json_put_object(builder, root, "simulated");
  cuxas_json_put_bool(builder, object, "decides", cuxas_shortlist_leads(shortlist));
  cuxas_json_put_bool(builder, object, "stages_agree", cuxas_shortlist_agrees(report));
  cuxas_json_put_count(builder, object, "n_wanted", shortlist->n_wanted);
  cuxas_json_put_count(builder, object, "n_without_hole", shortlist->n_without_hole);
  cuxas_json_put_text(builder, object, "hole_fraction_of", shortlist->is_projected ? "projected_hole" : "no_hole");
  cuxas_json_put_number(builder, object, "prediction_error_limit", shortlist->limit);
  cJSON *array = cuxas_json_put_array(builder, object, "candidates");
  for (size_t i = 0; i < shortlist->hits->n_hit; i++) {
    const cuxas_shortlisted *own = &shortlist->candidate[i];
    put_candidate(builder, array, report->query, &shortlist->hits->hit[i]);
    cJSON *entry = cJSON_GetArrayItem(array, (int)i);
    cuxas_json_put_count(builder, entry, "rank_predicted", shortlist->hits->hit[i].rank_predicted);
    cuxas_json_put_number(builder, entry, "prediction_error", own->error);
    cuxas_json_put_bool(builder, entry, "prediction_doubtful", own->is_doubtful);
    cuxas_json_put_text(builder, entry, "code", text_or_null(own->code));
  }
  put_skipped(builder, object, "skipped", shortlist->hits->skipped, shortlist->hits->n_skipped);
}

static void put_hit(cuxas_json_builder *builder, cJSON *parent, const cuxas_report *report, size_t i)
{
  const cuxas_hit *hit      = &report->hits->hit[i];
  cJSON           *object   = put_candidate(builder, parent, report->query, hit);
  const bool       is_share = cJSON_IsString(cJSON_GetObjectItemCaseSensitive(report->settings, "shard"));
  if (is_share) put_exact(builder, object, report->query, hit);
}

static void put_estimate(cuxas_json_builder *builder, cJSON *parent, const char *name, cuxas_estimate of)
{
  cJSON *object = cuxas_json_put_object(builder, parent, name);
  cuxas_json_put_number(builder, object, "value", of.value);
  cuxas_json_put_number(builder, object, "sd", of.sd);
}

static void put_entry(cuxas_json_builder *builder, cJSON *array, const cuxas_report *report, const cuxas_hit *hit)
{
  const cuxas_hit *standard  = cuxas_answer_standard_of(report, hit),
                  *simulated = cuxas_answer_simulated_of(report, hit);
  cJSON *entry               = cuxas_json_put_object(builder, array, NULL);
  cuxas_json_put_text(builder, entry, "name", hit->name);
  cuxas_json_put_text(builder, entry, "formula", hit->formula[0] != '\0' ? hit->formula : NULL);
  cuxas_json_put_number(builder, entry, "probability", hit->support);
  cuxas_json_put_number(builder, entry, "compound_probability", cuxas_hits_sum(report->hits, hit));
  cJSON *witnesses = cuxas_json_put_object(builder, entry, "witnesses");
  cuxas_json_put_number(builder, witnesses, "standard", standard != NULL ? standard->comparison.score : NAN);
  cuxas_json_put_number(builder, witnesses, "simulation", simulated != NULL ? simulated->comparison.score : NAN);
  cuxas_json_put_number(builder, witnesses, "prediction",
                        hit->kind == CUXAS_CANDIDATE_STRUCTURE ? hit->comparison.score : NAN);
}

/* All candidates of the compounds named, one compound after the other. */
static void put_compounds(cuxas_json_builder *builder, cJSON *object, const cuxas_report *report)
{
  const cuxas_hit *hit;
  cJSON           *array = cuxas_json_put_array(builder, object, "compounds");
  for (size_t i = 0; i < report->answer->n_compound; i++)
    for (size_t k = 0; cuxas_answer_entry(report, i, k, &hit); k++) put_entry(builder, array, report, hit);
}

static void put_surroundings(cuxas_json_builder *builder, cJSON *object, const cuxas_surroundings *of)
{
  static const char *const STATE[CUXAS_N_STATE] = {"0", "1", "2"};
  cJSON                   *around               = cuxas_json_put_object(builder, object, "surroundings");
  cJSON                   *state                = cuxas_json_put_object(builder, around, "oxidation_state");
  for (size_t k = 0; k < CUXAS_N_STATE; k++) cuxas_json_put_number(builder, state, STATE[k], of->state[k]);
  cuxas_json_put_number(builder, around, "mixed_valence", of->mixed);
  cJSON *coordination = cuxas_json_put_object(builder, around, "coordination");
  for (size_t k = 0; k <= CUXAS_MAX_COORDINATION; k++) {
    char name[8];
    snprintf(name, sizeof name, "%zu", k);
    if (of->coordination[k] > 0.0) cuxas_json_put_number(builder, coordination, name, of->coordination[k]);
  }
  cJSON *ligand = cuxas_json_put_object(builder, around, "ligand");
  for (size_t k = 0; k < CUXAS_N_LIGANDS; k++)
    if (of->ligand[k] > 0.0)
      cuxas_json_put_number(builder, ligand, cuxas_ligand_class_name((cuxas_ligand_class)k), of->ligand[k]);
  cJSON *distance = cuxas_json_put_object(builder, around, "distance_A");
  cuxas_json_put_number(builder, distance, "mean", of->distance_A);
  cuxas_json_put_number(builder, distance, "sd", of->distance_sd_A);
}

static void put_edge(cuxas_json_builder *builder, cJSON *object, const cuxas_edge_shape *shape)
{
  cJSON *edge = cuxas_json_put_object(builder, object, "edge");
  for (size_t i = 0; i < shape->n_edge; i++) {
    const cuxas_edge_numbers *of  = &shape->edge[i];
    cJSON                    *one = cuxas_json_put_object(builder, edge, of->name);
    put_estimate(builder, one, "onset_eV", of->onset_eV);
    put_estimate(builder, one, "peak_eV", of->peak_eV);
    put_estimate(builder, one, "width_eV", of->width_eV);
    put_estimate(builder, one, "height_over_step", of->height);
    put_estimate(builder, one, "white_line_area_eV", of->area.value > 0.0 ? of->area : (cuxas_estimate){NAN, NAN});
  }
  put_estimate(builder, edge, "splitting_eV", shape->splitting_eV);
  put_estimate(builder, edge, "area_ratio", shape->area_ratio);
}

/* null, or the sum that is the answer. */
static void put_answer_sum(cuxas_json_builder *builder, cJSON *object, const cuxas_report *report)
{
  if (report->answer->kind != CUXAS_ANSWER_MIXTURE) {
    cuxas_json_put_text(builder, object, "mixture", NULL);
    return;
  }
  const cuxas_mixture_fit *fit   = &report->standards_mixture->fit[report->standards_mixture->i_chosen];
  cJSON                   *array = cuxas_json_put_array(builder, object, "mixture");
  for (size_t i = 0; i < fit->n_component; i++) {
    const cuxas_mixture_component *own   = &fit->component[i];
    cJSON                         *entry = cuxas_json_put_object(builder, array, NULL);
    cuxas_json_put_text(builder, entry, "name", own->name);
    cuxas_json_put_number(builder, entry, "share", own->share);
    cuxas_json_put_numbers(builder, entry, "interval", (const double[]){own->share_low, own->share_high}, 2);
  }
}

/* The measured spectrum whose compound is not among the candidates; null: none agrees. */
static void put_missing(cuxas_json_builder *builder, cJSON *object, const cuxas_report *report)
{
  const cuxas_hit *missing = cuxas_answer_missing(report->hits, report->standards);
  char             formula[CUXAS_FORMULA_SIZE];
  if (missing == NULL) {
    cuxas_json_put_text(builder, object, "standard", NULL);
    return;
  }
  cJSON *entry = cuxas_json_put_object(builder, object, "standard");
  cuxas_json_put_text(builder, entry, "name", missing->name);
  cuxas_json_put_text(builder, entry, "formula", cuxas_formula_read(missing->name, formula) ? formula : NULL);
  cuxas_json_put_number(builder, entry, "score", missing->comparison.score);
  cuxas_json_put_number(builder, entry, "mae", missing->comparison.mae);
  cuxas_json_put_number(builder, entry, "spearman", missing->comparison.spearman);
}

static void put_answer(cuxas_json_builder *builder, cJSON *root, const cuxas_report *report)
{
  char   text[CUXAS_ANSWER_SENTENCE_SIZE];
  cJSON *object = cuxas_json_put_object(builder, root, "answer");
  cuxas_json_put_text(builder, object, "kind", cuxas_answer_kind_name(report->answer->kind));
  cuxas_answer_sentence(report, text);
  cuxas_json_put_text(builder, object, "sentence", text);
  cuxas_json_put_text(builder, object, "agreement", cuxas_answer_agreement_name(report));
  put_compounds(builder, object, report);
  put_missing(builder, object, report);
  cuxas_json_put_number(builder, object, "none_of_these", report->answer->none);
  cuxas_json_put_number(builder, object, "systems_without_candidates", report->answer->uncovered);
  cuxas_json_put_count(builder, object, "n_group", report->answer->n_group);
  put_surroundings(builder, object, &report->answer->surroundings);
  put_edge(builder, object, report->shape);
  put_answer_sum(builder, object, report);
  cJSON *reasons = cuxas_json_put_array(builder, object, "reasons");
  for (size_t i = 0; cuxas_answer_reason(report, i, text); i++) cuxas_json_put_text(builder, reasons, NULL, text);
  cJSON *next = cuxas_json_put_array(builder, object, "decide_next");
  for (size_t i = 0; cuxas_answer_next(report, i, text); i++) cuxas_json_put_text(builder, next, NULL, text);
}

/* Whose curve stands for the answer: the compound's if it was kept, else the first candidate's; a sum has none. */
static const cuxas_hit *hit_to_draw(const cuxas_report *report)
{
  const cuxas_hits *hits = report->hits;
  if (report->answer->kind == CUXAS_ANSWER_MIXTURE) return NULL;
  if (report->answer->n_compound > 0 && hits->hit[report->answer->compound[0]].shifted != NULL)
    return &hits->hit[report->answer->compound[0]];
  return hits->n_hit > 0 && hits->hit[0].shifted != NULL ? &hits->hit[0] : NULL;
}

/* Measured curve and a candidate's as they were compared, in wide steps: for overviews. */
static void put_picture(cuxas_json_builder *builder, cJSON *root, const cuxas_report *report)
{
  enum { EVERY = 2 };
  const cuxas_grid grid     = report->query->grid;
  const cuxas_hit *hit      = hit_to_draw(report);
  double          *measured = cuxas_new(NULL, grid.n_energy, sizeof *measured);
  if (measured == NULL) {
    builder->failed = true;
    return;
  }
  cuxas_report_scale_measured(report, measured);
  const size_t first = (size_t)llround(grid.start_eV / grid.step_eV) % EVERY; /* scans share their energies */
  cJSON       *node  = cuxas_json_put_object(builder, root, "picture");
  cuxas_json_put_number(builder, node, "start_eV", cuxas_grid_energy_eV(grid, first));
  cuxas_json_put_number(builder, node, "step_eV", EVERY * grid.step_eV);
  cuxas_json_put_text(builder, node, "candidate_name", hit != NULL ? hit->name : NULL);
  cJSON *array = cuxas_json_put_array(builder, node, "measured");
  for (size_t i = first; i < grid.n_energy; i += EVERY)
    cuxas_json_put_number(builder, array, NULL, round(measured[i] * 1e4) / 1e4);
  array = cuxas_json_put_array(builder, node, "candidate");
  for (size_t i = first; hit != NULL && i < grid.n_energy; i += EVERY)
    cuxas_json_put_number(builder, array, NULL, round(hit->shifted[i] * 1e4) / 1e4);
  free(measured);
}

/* -- the lists that may have a million rows -- */

const char *cuxas_report_list_name(cuxas_report_list list)
{
  static const char *const NAME[CUXAS_N_REPORT_LIST] = {"candidates", "skipped", "filtered", "unconstrained"};
  return NAME[list];
}

size_t cuxas_report_n_row(const cuxas_report *report, cuxas_report_list list)
{
  switch (list) {
  case CUXAS_LIST_SKIPPED: return report->hits->n_skipped;
  case CUXAS_LIST_FILTERED: return report->hits->n_filtered;
  case CUXAS_LIST_UNCONSTRAINED: return report->unconstrained != NULL ? report->unconstrained->n_hit : 0;
  default: return report->hits->n_hit;
  }
}

const char *cuxas_report_row_path(const cuxas_report *report, cuxas_report_list list, size_t i)
{
  switch (list) {
  case CUXAS_LIST_SKIPPED: return report->hits->skipped[i].path;
  case CUXAS_LIST_FILTERED: return report->hits->filtered[i].path;
  case CUXAS_LIST_UNCONSTRAINED: return report->unconstrained->hit[i].label;
  default: return report->hits->hit[i].label;
  }
}

static void put_row(cuxas_json_builder *builder, cJSON *array, const cuxas_report *report, cuxas_report_list list,
                    size_t i)
{
  switch (list) {
  case CUXAS_LIST_SKIPPED: put_skipped_one(builder, array, &report->hits->skipped[i]); break;
  case CUXAS_LIST_FILTERED: put_skipped_one(builder, array, &report->hits->filtered[i]); break;
  case CUXAS_LIST_UNCONSTRAINED: put_unconstrained(builder, array, &report->unconstrained->hit[i]); break;
  default: put_hit(builder, array, report, i); break;
  }
}

/* null where it was not asked for; rows only if they are wanted. */
static void put_list(cuxas_json_builder *builder, cJSON *root, const cuxas_report *report, cuxas_report_list list,
                     bool with_rows)
{
  if (list == CUXAS_LIST_UNCONSTRAINED && report->unconstrained == NULL) {
    cuxas_json_put_text(builder, root, cuxas_report_list_name(list), NULL);
    return;
  }
  cJSON       *array = cuxas_json_put_array(builder, root, cuxas_report_list_name(list));
  const size_t n     = with_rows ? cuxas_report_n_row(report, list) : 0;
  for (size_t i = 0; i < n; i++) put_row(builder, array, report, list, i);
}

static cJSON *make_row(const cuxas_report *report, cuxas_report_list list, size_t i, bool is_printed)
{
  cuxas_json_builder builder = {.is_printed = is_printed};
  cJSON             *array   = cJSON_CreateArray();
  put_row(&builder, array, report, list, i);
  cJSON *own = cuxas_json_finish(&builder, array);
  cJSON *row = own != NULL ? cJSON_DetachItemFromArray(own, 0) : NULL;
  cJSON_Delete(own);
  return row;
}

cJSON *cuxas_report_row(const cuxas_report *report, cuxas_report_list list, size_t i)
{
  return make_row(report, list, i, false);
}

/* -- all of it -- */

static cJSON *make_tree(const cuxas_report *report, bool with_rows, bool is_printed)
{
  cuxas_json_builder builder = {.is_printed = is_printed};
  cJSON             *root    = cJSON_CreateObject();
  cuxas_verdict      verdict;

  cuxas_json_put_text(&builder, root, "schema", CUXAS_REPORT_SCHEMA);
  cuxas_json_put_tool(&builder, root, report->program);
  cuxas_json_put_copy(&builder, root, "command", report->command);
  put_measured(&builder, root, report);
  cuxas_json_put_model(&builder, root, report->model);
  cuxas_json_put_copy(&builder, root, "settings", report->settings);

  put_answer(&builder, root, report);
  put_picture(&builder, root, report);
  put_list(&builder, root, report, CUXAS_LIST_CANDIDATES, with_rows);
  put_list(&builder, root, report, CUXAS_LIST_SKIPPED, with_rows);
  put_list(&builder, root, report, CUXAS_LIST_FILTERED, with_rows);

  put_shortlist(&builder, root, report);
  put_list(&builder, root, report, CUXAS_LIST_UNCONSTRAINED, with_rows);
  put_standards(&builder, root, report);
  put_mixture(&builder, root, "mixture", report->mixture);
  put_mixture(&builder, root, "standards_mixture", report->standards_mixture);
  cuxas_report_judge(report, &verdict);
  cJSON *object = cuxas_json_put_object(&builder, root, "verdict");
  cuxas_json_put_text(&builder, object, "kind", cuxas_verdict_name(verdict.kind));
  cJSON *reasons = cuxas_json_put_array(&builder, object, "reasons");
  for (size_t i = 0; i < verdict.n_reason; i++) cuxas_json_put_text(&builder, reasons, NULL, verdict.reason[i]);

  return cuxas_json_finish(&builder, root);
}

cJSON *cuxas_report_json(const cuxas_report *report)
{
  return make_tree(report, true, false);
}

cJSON *cuxas_report_frame(const cuxas_report *report)
{
  return make_tree(report, false, false);
}

/* A row as cJSON would have printed it within the tree; what is foreseen in one line. */
static cuxas_status write_row(const cuxas_report *report, cuxas_report_list list, size_t i, FILE *out, cuxas_error *err)
{
  char              *text   = NULL;
  cJSON             *row    = make_row(report, list, i, true);
  const bool         is_row = list == CUXAS_LIST_CANDIDATES && report->hits->hit[i].is_foreseen;
  const cuxas_status status = cuxas_json_print(row, !is_row, &text, err);
  fputs(i == 0 ? "" : is_row ? ",\n\t\t" : ", ", out);
  for (const char *line = text; line != NULL && *line != '\0';) {
    const size_t n = strcspn(line, "\n");
    fwrite(line, 1, n, out);
    line += n;
    if (*line == '\n') fputs("\n\t\t", out);
    line += *line == '\n';
  }
  free(text);
  cJSON_Delete(row);
  return status;
}

cuxas_status cuxas_report_write_json(const void *what, FILE *out, cuxas_error *err)
{
  const cuxas_report *report = what;
  char               *text   = NULL, name[40];
  cJSON              *root   = make_tree(report, false, true); /* rows one by one: there may be a million */
  cuxas_status        status = cuxas_json_print(root, true, &text, err);
  const char         *from   = text;
  cJSON_Delete(root);
  for (int list = 0; list < CUXAS_N_REPORT_LIST && status == CUXAS_OK; list++) { /* in the order of the text */
    const size_t n = cuxas_report_n_row(report, (cuxas_report_list)list);
    snprintf(name, sizeof name, "\n\t\"%s\":\t[", cuxas_report_list_name((cuxas_report_list)list));
    if (n == 0) continue;
    const char *behind = strstr(from, name) + strlen(name);
    fwrite(from, 1, (size_t)(behind - from), out);
    for (size_t i = 0; i < n && status == CUXAS_OK; i++)
      status = write_row(report, (cuxas_report_list)list, i, out, err);
    from = behind;
  }
  if (status == CUXAS_OK) fprintf(out, "%s\n", from);
  free(text);
  return status;
}
