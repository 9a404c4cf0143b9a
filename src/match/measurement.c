/* measurement.c - from the measured file to the query
 *
 * Contents: 1. reading  2. several scans  3. preparing */
#include "match/measurement.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "spectrum/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 1. reading */

cuxas_axis cuxas_measurement_axis(const cuxas_measurement *measurement, const cuxas_match_settings *settings)
{
  const bool says_eels = measurement->info != NULL && strcmp(measurement->info->detection_mode, "EELS") == 0;
  return says_eels || settings->is_eels ? CUXAS_AXIS_EELS : CUXAS_AXIS_ABSORPTION;
}

void cuxas_measurement_clear(cuxas_measurement *measurement)
{
  cuxas_query_free(measurement->query);
  cuxas_prepared_free(measurement->prepared);
  cuxas_measured_info_free(measurement->info);
  cuxas_spectrum_free(measurement->spectrum);
  *measurement = (cuxas_measurement){0};
}

cuxas_status cuxas_measurement_read(const char *path, const cuxas_measured_options *opt_how,
                                    cuxas_measurement *ret_measurement, cuxas_error *err)
{
  char  *bytes  = NULL;
  size_t n_byte = 0;

  *ret_measurement    = (cuxas_measurement){0};
  cuxas_status status = cuxas_bytes_read(path, &bytes, &n_byte, err);
  if (status != CUXAS_OK) return status;
  cuxas_hash_memory(bytes, n_byte, ret_measurement->sha256);
  status = cuxas_measured_parse_bytes(strcmp(path, "-") == 0 ? "standard input" : path, bytes, n_byte, opt_how,
                                      &ret_measurement->spectrum, &ret_measurement->info, err);
  free(bytes);
  return status;
}

/* 2. several scans */

/* What is read from several files or scans, before it is merged. */
typedef struct {
  size_t                      n_part;
  cuxas_measurement          *part; /* (n_part) */
  const cuxas_spectrum      **spectrum;
  const cuxas_measured_info **info;
  const char                **sha256;
} scans;

static void end_parts(scans *parts)
{
  for (size_t i = 0; i < parts->n_part && parts->part != NULL; i++) cuxas_measurement_clear(&parts->part[i]);
  free(parts->part);
  free(parts->spectrum);
  free(parts->info);
  free(parts->sha256);
}

static cuxas_status merge_parts(const scans *parts, cuxas_measurement *measurement, cuxas_error *err)
{
  for (size_t i = 0; i < parts->n_part; i++) {
    parts->spectrum[i] = parts->part[i].spectrum;
    parts->info[i]     = parts->part[i].info;
    parts->sha256[i]   = parts->part[i].sha256;
  }
  memcpy(measurement->sha256, parts->part[0].sha256, sizeof measurement->sha256);
  return cuxas_measured_merge(parts->spectrum, parts->info, parts->sha256, parts->n_part, &measurement->spectrum,
                              &measurement->info, err);
}

cuxas_status cuxas_measurement_read_all(const char *const *path, size_t n_path, const char *const *scan, size_t n_scan,
                                        const cuxas_measured_options *how, cuxas_measurement *ret_measurement,
                                        cuxas_error *err)
{
  const size_t           n_per_file = n_scan > 0 ? n_scan : 1;
  cuxas_measured_options one        = *how;
  scans                  parts      = {.n_part = n_path * n_per_file};
  cuxas_status           status     = CUXAS_OK;

  *ret_measurement = (cuxas_measurement){0};
  if (n_scan > 0) one.scan = scan[0];
  if (parts.n_part == 1) return cuxas_measurement_read(path[0], &one, ret_measurement, err);
  parts.part     = cuxas_new_array(parts.n_part, sizeof *parts.part);
  parts.spectrum = cuxas_new_array(parts.n_part, sizeof *parts.spectrum);
  parts.info     = cuxas_new_array(parts.n_part, sizeof *parts.info);
  parts.sha256   = cuxas_new_array(parts.n_part, sizeof *parts.sha256);
  if (parts.part == NULL || parts.spectrum == NULL || parts.info == NULL || parts.sha256 == NULL)
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu scans", parts.n_part);
  for (size_t i = 0; i < parts.n_part && status == CUXAS_OK; i++) {
    if (n_scan > 0) one.scan = scan[i % n_per_file];
    status = cuxas_measurement_read(path[i / n_per_file], &one, &parts.part[i], err);
  }
  if (status == CUXAS_OK) status = merge_parts(&parts, ret_measurement, err);
  end_parts(&parts);
  return status;
}

/* 3. preparing */

cuxas_status cuxas_measurement_prepare(cuxas_measurement *measurement, const char *name, const cuxas_model *model,
                                       const cuxas_match_settings *settings, cuxas_error *err)
{
  cuxas_preprocess_settings preprocess =
      settings->opt_preprocess != NULL ? *settings->opt_preprocess : cuxas_preprocess_defaults();
  cuxas_edge_window edge[CUXAS_COMPARE_MAX_EDGE];
  const char       *edge_name[CUXAS_MODEL_MAX_EDGE];
  cuxas_status      status = cuxas_match_check(model, settings, err);

  if (status != CUXAS_OK) return status;
  measurement->compare = settings->compare;
  for (size_t i = 0; i < model->n_edge; i++) edge_name[i] = model->edge[i].name;
  cuxas_measured_expect(measurement->info, model->element, edge_name, model->n_edge);
  preprocess.beyond_lattice = true; /* the query decides which points predictions can reach */
  status = cuxas_preprocess_measured(measurement->spectrum, strcmp(name, "-") == 0 ? "standard input" : name,
                                     model->grid, &preprocess, &measurement->prepared, err);
  if (status != CUXAS_OK) return status;

  for (size_t i = 0; i < model->n_edge; i++) {
    snprintf(edge[i].name, sizeof edge[i].name, "%s", model->edge[i].name);
    edge[i].splitting_eV = model->edge[i].grid.start_eV - model->edge[0].grid.start_eV;
  }
  return cuxas_query_new(measurement->prepared->grid, measurement->prepared->mu, model->grid, edge, model->n_edge,
                         &measurement->compare, &measurement->query, err);
}
