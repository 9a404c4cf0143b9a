/* training_report.c - what a training was and what a held-out test gave, as JSON and as a table */
#include "cmd/training_report.h"
#include "base/json.h"

#include "base/memory.h"
#include "cuxas/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the training ----------------------------------------------------------------------------------------------- */

static size_t count_structures(const cuxas_records *records)
{
  size_t n = 0;
  for (size_t i = 0; i < records->n_record; i++) {
    size_t j = 0;
    while (j < i && strcmp(records->record[i].id, records->record[j].id) != 0) j++;
    n += j == i;
  }
  return n;
}

/* describe_doublets() - how edges that were not simulated were made */
static cJSON *describe_doublets(const cuxas_training *training)
{
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 1; list != NULL && i < training->n_edge; i++) {
    const cuxas_doublet *doublet = &training->dataset->doublet[i];
    cJSON               *entry   = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(list, entry)) break;
    cJSON_AddStringToObject(entry, "edge", training->edge_name[i]);
    cJSON_AddNumberToObject(entry, "n_records", (double)doublet->n_record);
    cJSON_AddNumberToObject(entry, "splitting_eV", doublet->splitting_eV);
    cJSON_AddNumberToObject(entry, "width_eV", doublet->width_eV);
    cJSON_AddNumberToObject(entry, "mae", doublet->mae);
  }
  return list;
}

cJSON *cuxas_training_describe(const cuxas_options *options, const cuxas_training *training, const char *opt_date)
{
  const cuxas_records *records = training->records;
  cJSON               *object  = cJSON_CreateObject();
  if (object == NULL) return NULL;
  cJSON_AddStringToObject(object, "records_sha256", records->sha256);
  if (training->split_sha256[0] != '\0') cJSON_AddStringToObject(object, "split_sha256", training->split_sha256);
  cJSON_AddNumberToObject(object, "n_sites", (double)records->n_record);
  cJSON_AddNumberToObject(object, "n_structures", (double)count_structures(records));
  cJSON_AddNumberToObject(object, "n_groups", (double)training->groups->n_group);
  cJSON_AddNumberToObject(object, "n_unconverged", (double)records->n_unconverged);
  cJSON_AddNumberToObject(object, "n_not_finite", (double)records->n_not_finite);
  cJSON_AddItemToObject(object, "made_edges", describe_doublets(training));
  cJSON_AddNumberToObject(object, "seed", (double)training->settings.network.seed);
  if (opt_date != NULL) cJSON_AddStringToObject(object, "date", opt_date);
  cJSON_AddItemToObject(object, "command", cuxas_options_command(options));
  cJSON_AddItemToObject(object, "settings", cuxas_options_settings(options));
  cJSON_AddStringToObject(object, "splits",
                          training->split_sha256[0] != '\0'
                              ? "whole families are held out: compositions and isostructural compounds"
                              : "whole compounds are held out: all sites of one composition, or of one family of "
                                "compositions");
  return object;
}

/* ---- the held-out test ------------------------------------------------------------------------------------------ */

static cuxas_status add_errors(cJSON *errors, const cuxas_training *training, const cuxas_crossval *crossval,
                               size_t i_edge, cuxas_channel channel, const char *rows, const bool *opt_row,
                               cuxas_error *err)
{
  for (int p = 0; p < CUXAS_N_PREDICTOR; p++) {
    cuxas_error_summary summary;
    const cuxas_status  status =
        cuxas_error_summarise(crossval->mae[i_edge][channel][p], opt_row, crossval->n_row, &summary, err);
    if (status != CUXAS_OK) return status;
    if (summary.n_row == 0) return CUXAS_OK;
    cJSON *entry = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(errors, entry)) return cuxas_fail(err, CUXAS_ENOMEM, "no memory");
    cJSON_AddStringToObject(entry, "edge", training->edge_name[i_edge]);
    cJSON_AddStringToObject(entry, "channel", cuxas_channel_name(channel));
    cJSON_AddStringToObject(entry, "rows", rows);
    cJSON_AddStringToObject(entry, "predictor", cuxas_predictor_name((cuxas_predictor)p));
    cJSON_AddNumberToObject(entry, "n", (double)summary.n_row);
    cJSON_AddNumberToObject(entry, "median", summary.median);
    cJSON_AddNumberToObject(entry, "mean", summary.mean);
    if (cJSON_AddNumberToObject(entry, "p90", summary.p90) == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory");
  }
  return CUXAS_OK;
}

/* is_partly_simulated() - some targets of the edge were made from the first edge, some were not */
static bool is_partly_simulated(const cuxas_dataset *dataset, size_t i_edge, cuxas_channel channel)
{
  size_t n_known = 0, n_simulated = 0;
  for (size_t i = 0; i < dataset->n_row; i++) {
    n_known += dataset->known[i_edge][channel][i];
    n_simulated += dataset->simulated[i_edge][channel][i];
  }
  return n_simulated > 0 && n_simulated < n_known;
}

/* mark_first_file() - which rows are of the first of several files of records; NULL: no memory, or there is one file
 *
 * The first file is what a model is for; more are there to learn from, perhaps of another program. The caller frees it. */
static bool *mark_first_file(const cuxas_training *training)
{
  const cuxas_records *records   = training->records;
  bool                *is_first  = cuxas_new_array(records->n_record, sizeof *is_first);
  bool                 has_other = false;
  for (size_t i = 0; is_first != NULL && i < training->n_learnt; i++) {
    is_first[i] = records->record[i].i_file == 0;
    has_other   = has_other || !is_first[i];
  }
  if (has_other) return is_first;
  free(is_first);
  return NULL;
}

/* add_intervals() - how often the 90 % intervals hold what they promise, and what sigma was widened by for that */
static void add_intervals(cJSON *object, const cuxas_training *training, const cuxas_crossval *crossval)
{
  cJSON *intervals = cJSON_AddArrayToObject(object, "intervals");
  for (size_t i = 0; i < crossval->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
      if (crossval->mu[i][channel] == NULL || isnan(crossval->coverage[i][channel])) continue;
      cJSON *entry = cJSON_CreateObject();
      cJSON_AddItemToArray(intervals, entry);
      cJSON_AddStringToObject(entry, "edge", training->edge_name[i]);
      cJSON_AddStringToObject(entry, "channel", cuxas_channel_name((cuxas_channel)channel));
      cJSON_AddNumberToObject(entry, "nominal", CUXAS_INTERVAL_PART);
      cJSON_AddNumberToObject(entry, "coverage", crossval->coverage[i][channel]);
      cJSON_AddNumberToObject(entry, "spread_factor", crossval->spread_factor[i][channel]);
    }
}

cuxas_status cuxas_crossval_describe(const cuxas_training *training, const cuxas_crossval *crossval, size_t n_fold,
                                     cJSON **ret_object, cuxas_error *err)
{
  const cuxas_dataset *dataset = training->dataset;
  cuxas_status         status  = CUXAS_OK;
  cJSON               *object  = cJSON_CreateObject();
  cJSON_AddNumberToObject(object, "folds", (double)n_fold);
  cJSON_AddNumberToObject(object, "fold_seed", (double)training->settings.network.seed);
  cJSON *errors         = cJSON_AddArrayToObject(object, "errors");
  bool  *opt_first_file = mark_first_file(training);
  if (errors == NULL) status = cuxas_fail(err, CUXAS_ENOMEM, "no memory");
  for (size_t i = 0; i < dataset->n_edge; i++)
    for (int channel = 0; channel < CUXAS_N_CHANNEL && status == CUXAS_OK; channel++) {
      if (crossval->mae[i][channel][CUXAS_BY_MODEL] == NULL) continue;
      status = add_errors(errors, training, crossval, i, (cuxas_channel)channel, "all", NULL, err);
      if (status == CUXAS_OK && opt_first_file != NULL)
        status = add_errors(errors, training, crossval, i, (cuxas_channel)channel, "first file", opt_first_file, err);
      if (status == CUXAS_OK && is_partly_simulated(dataset, i, (cuxas_channel)channel))
        status = add_errors(errors, training, crossval, i, (cuxas_channel)channel, "simulated",
                            dataset->simulated[i][channel], err);
    }
  free(opt_first_file);
  if (status == CUXAS_OK) add_intervals(object, training, crossval);
  if (status == CUXAS_OK)
    *ret_object = object;
  else
    cJSON_Delete(object);
  return status;
}

cuxas_status cuxas_training_write(const cuxas_options *options, const char *option, cJSON *object, cuxas_error *err)
{
  const char  *path   = cuxas_options_text(options, option);
  cuxas_status status = CUXAS_OK;

  if (path != NULL)
    status = cuxas_output_write(path, cuxas_options_flag(options, "force"), cuxas_json_write_tree, object, err);
  cJSON_Delete(object);
  return status;
}

static const char *text_of(const cJSON *entry, const char *key)
{
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, key));
  return text != NULL ? text : "";
}

static double number_of(const cJSON *entry, const char *key)
{
  return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(entry, key));
}

void cuxas_crossval_print(FILE *out, const cJSON *metrics)
{
  const cJSON *entry;
  fprintf(out, "%-5s %-14s %-10s %-18s %6s %8s %8s %8s\n", "edge", "channel", "rows", "predictor", "n", "median",
          "mean", "90 %");
  cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(metrics, "errors"))
      fprintf(out, "%-5s %-14s %-10s %-18s %6.0f %8.4f %8.4f %8.4f\n", text_of(entry, "edge"),
              text_of(entry, "channel"), text_of(entry, "rows"), text_of(entry, "predictor"), number_of(entry, "n"),
              number_of(entry, "median"), number_of(entry, "mean"), number_of(entry, "p90"));
  cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(metrics, "intervals"))
      fprintf(out, "%-5s %-14s %.1f %% of the points lie within the %.0f %% intervals (sigma widened by %.3g)\n",
              text_of(entry, "edge"), text_of(entry, "channel"), 100.0 * number_of(entry, "coverage"),
              100.0 * number_of(entry, "nominal"), number_of(entry, "spread_factor"));
}
