/* evaluation_json.c - an evaluation as JSON */
#include "evaluate/evaluation_report.h"

#include "base/elements.h"
#include "write/text.h"

#include <math.h>

static void put_histogram(cuxas_json_builder *builder, cJSON *parent, const char *name,
                          const cuxas_histogram *histogram)
{
  cJSON *object = cuxas_json_put_object(builder, parent, name);
  cuxas_json_put_number(builder, object, "low", histogram->low);
  cuxas_json_put_number(builder, object, "step", histogram->step);
  cJSON *count = cuxas_json_put_array(builder, object, "count");
  for (size_t i = 0; i < histogram->n_bin; i++) cuxas_json_put_count(builder, count, NULL, histogram->count[i]);
  cuxas_json_put_count(builder, object, "below", histogram->n_below);
  cuxas_json_put_count(builder, object, "above", histogram->n_above);
}

static void put_record(cuxas_json_builder *builder, cJSON *array, const cuxas_evaluation *evaluation,
                       const cuxas_edge_evaluation *edge, size_t row)
{
  const cuxas_record *record = &evaluation->records->record[row];
  cJSON              *object = cuxas_json_put_object(builder, array, NULL);
  cuxas_json_put_text(builder, object, "id", record->id);
  cuxas_json_put_text(builder, object, "formula", record->formula);
  cuxas_json_put_count(builder, object, "site_index", record->site);
  cuxas_json_put_number(builder, object, "mae", edge->mae[row]);
}

/* put_groups() - name_of: the text of a key; NULL: the number itself */
static void put_groups(cuxas_json_builder *builder, cJSON *parent, const char *name, const cuxas_group_summary *group,
                       size_t n_group, const char *name_of(int key))
{
  cJSON *array = cuxas_json_put_array(builder, parent, name);
  for (size_t i = 0; i < n_group; i++) {
    cJSON *object = cuxas_json_put_object(builder, array, NULL);
    if (name_of != NULL)
      cuxas_json_put_text(builder, object, "group", name_of(group[i].key));
    else
      cuxas_json_put_count(builder, object, "group", (size_t)group[i].key);
    cuxas_json_put_count(builder, object, "n", group[i].n_value);
    cuxas_json_put_number(builder, object, "first_quartile", group[i].low);
    cuxas_json_put_number(builder, object, "median", group[i].median);
    cuxas_json_put_number(builder, object, "third_quartile", group[i].high);
  }
}

static const char *name_state(int key)
{
  return cuxas_state_group_name((cuxas_state_group)key);
}

static const char *name_class(int key)
{
  return cuxas_ligand_class_name((cuxas_ligand_class)key);
}

static const char *name_side(int key)
{
  return key == 0 ? "within" : "beyond";
}

static const char *name_element(int key)
{
  return cuxas_element_find(key)->symbol;
}

static void put_onsets(cuxas_json_builder *builder, cJSON *parent, const cuxas_onset_errors *onset)
{
  cJSON *object = cuxas_json_put_object(builder, parent, "onset");
  cuxas_json_put_count(builder, object, "n", onset->n_row);
  cuxas_json_put_number(builder, object, "exact", onset->exact);
  cuxas_json_put_number(builder, object, "within_one_step", onset->within_step);
  cuxas_json_put_number(builder, object, "over_1_eV", onset->over_1_eV);
  put_histogram(builder, object, "steps", &onset->steps);
}

static void put_coverage(cuxas_json_builder *builder, cJSON *parent, const cuxas_coverage *coverage)
{
  cJSON *object = cuxas_json_put_object(builder, parent, "calibration");
  cuxas_json_put_count(builder, object, "n_points", coverage->n_point);
  cJSON *levels = cuxas_json_put_array(builder, object, "levels");
  for (size_t i = 0; i < CUXAS_N_LEVEL && coverage->n_point > 0; i++) {
    cJSON *level = cuxas_json_put_object(builder, levels, NULL);
    cuxas_json_put_number(builder, level, "nominal", CUXAS_LEVEL[i]);
    cuxas_json_put_number(builder, level, "covered", coverage->covered[i]);
    cuxas_json_put_number(builder, level, "sigma_factor", coverage->factor[i]);
  }
}

static void put_edge(cuxas_json_builder *builder, cJSON *array, const cuxas_evaluation *evaluation,
                     const cuxas_edge_evaluation *edge)
{
  cJSON *object = cuxas_json_put_object(builder, array, NULL);
  cuxas_json_put_text(builder, object, "edge", evaluation->records->edge_name[edge->i_edge]);
  cuxas_json_put_text(builder, object, "channel", cuxas_channel_name(edge->channel));
  cuxas_json_put_count(builder, object, "n", edge->n_row);
  put_histogram(builder, object, "log10_mae", &edge->histogram);
  cJSON *deciles = cuxas_json_put_array(builder, object, "deciles");
  for (size_t i = 0; i < CUXAS_N_DECILE; i++) put_record(builder, deciles, evaluation, edge, edge->decile_row[i]);
  cJSON *worst = cuxas_json_put_array(builder, object, "worst");
  for (size_t i = 0; i < CUXAS_N_WORST && i < edge->n_row; i++)
    put_record(builder, worst, evaluation, edge, edge->row[edge->n_row - 1 - i]);
  put_onsets(builder, object, &edge->onset);
  put_groups(builder, object, "by_oxidation_state", edge->by_state, edge->n_state, name_state);
  put_groups(builder, object, "by_coordination_number", edge->by_number, edge->n_number, NULL);
  put_groups(builder, object, "by_nearest_element", edge->by_element, edge->n_element, name_element);
  put_groups(builder, object, "by_ligands", edge->by_class, edge->n_class, name_class);
  cuxas_json_put_number(builder, object, "distance_threshold", evaluation->threshold);
  put_groups(builder, object, "by_distance_threshold", edge->by_side, edge->n_side, name_side);
  put_coverage(builder, object, &edge->coverage);
  cuxas_json_put_number(builder, object, "distance_rank_correlation", edge->distance_spearman);
  cuxas_json_put_number(builder, object, "sigma_rank_correlation", edge->sigma_spearman);
  cuxas_json_put_numbers(builder, object, "component_variance", edge->pca != NULL ? edge->pca->part : NULL,
                         edge->pca != NULL ? edge->pca->n_component : 0);
}

cJSON *cuxas_evaluation_to_json(const cuxas_evaluation_report *report)
{
  cuxas_json_builder builder = {false};
  cJSON             *array   = cJSON_CreateArray();
  for (size_t i = 0; i < report->evaluation->n_edge; i++)
    put_edge(&builder, array, report->evaluation, &report->evaluation->edge[i]);
  if (!builder.failed && array != NULL) return array;
  cJSON_Delete(array);
  return NULL;
}

cJSON *cuxas_learning_curve_to_json(const cuxas_evaluation_report *report)
{
  const cuxas_learning_curve *curve   = report->opt_curve;
  const cuxas_records        *records = report->evaluation->records;
  cuxas_json_builder          builder = {false};
  cJSON                      *object  = cJSON_CreateObject();

  cuxas_json_put_numbers(&builder, object, "n_learnt", curve->n_row, curve->n_size);
  cuxas_json_put_count(&builder, object, "n_seeds", curve->n_seed);
  cJSON *array = cuxas_json_put_array(&builder, object, "curves");
  for (size_t e = 0; e < records->n_edge; e++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      const double *median = curve->median[e][channel];
      if (median == NULL) continue;
      cJSON *entry = cuxas_json_put_object(&builder, array, NULL);
      cuxas_json_put_text(&builder, entry, "edge", records->edge_name[e]);
      cuxas_json_put_text(&builder, entry, "channel", cuxas_channel_name((cuxas_channel)channel));
      cuxas_json_put_number(&builder, entry, "factor", curve->factor[e][channel]);
      cuxas_json_put_number(&builder, entry, "exponent", curve->exponent[e][channel]);
      cJSON *sizes = cuxas_json_put_array(&builder, entry, "median");
      for (size_t i = 0; i < curve->n_size; i++)
        cuxas_json_put_numbers(&builder, sizes, NULL, median + i * curve->n_seed, curve->n_seed);
    }
  if (!builder.failed && object != NULL) return object;
  cJSON_Delete(object);
  return NULL;
}

cuxas_status cuxas_evaluation_describe_site(const cuxas_evaluation *evaluation, size_t i_record, cJSON *object,
                                            cuxas_error *err)
{
  const cuxas_environment  *environment  = &evaluation->environment[i_record];
  const cuxas_coordination *coordination = &environment->coordination;
  const cuxas_oxidation    *oxidation    = &environment->oxidation;
  cuxas_json_builder        builder      = {false};

  cuxas_json_put_count(&builder, object, "coordination_number", coordination->n_ligand);
  cuxas_json_put_text(&builder, object, "ligands", cuxas_ligand_class_name(cuxas_coordination_class(coordination)));
  cuxas_json_put_text(&builder, object, "nearest_element",
                      coordination->n_ligand > 0 ? name_element(coordination->ligand[0].atomic_number) : NULL);
  cuxas_json_put_number(&builder, object, "oxidation_state", oxidation->state);
  cuxas_json_put_text(&builder, object, "oxidation_source", cuxas_oxidation_source_name(oxidation->source));
  cuxas_json_put_number(&builder, object, "bond_valence", oxidation->bond_valence);
  for (size_t i = 0; i < evaluation->n_edge; i++) {
    const cuxas_edge_evaluation *edge = &evaluation->edge[i];
    char                         key[64];
    if (isnan(edge->mae[i_record])) continue;
    snprintf(key, sizeof key, "onset_difference_eV_%s_%s", evaluation->records->edge_name[edge->i_edge],
             cuxas_channel_name(edge->channel));
    cuxas_json_put_number(&builder, object, key,
                          edge->onset.predicted_eV[i_record] - edge->onset.simulated_eV[i_record]);
  }
  return builder.failed ? cuxas_fail(err, CUXAS_ENOMEM, "no memory for the sites of an evaluation") : CUXAS_OK;
}
