/* validation.h - known compounds matched against known structures: is the right one found?
 *
 * The table and its means are what a new model or a new comparison is judged by. */
#ifndef CUXAS_VALIDATION_H
#define CUXAS_VALIDATION_H
#include "cuxas/match.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#define CUXAS_VALIDATION_SCHEMA "cuxas-validation/1"

enum { CUXAS_VALIDATION_NAME_SIZE = 64 };

/* One compound. Without a measured curve, or when something failed, `reason` says so and there are no numbers. */
typedef struct {
  char              name[CUXAS_VALIDATION_NAME_SIZE];
  char              reason[CUXAS_MESSAGE_SIZE]; /* "" when there are numbers */
  bool              is_failure;                 /* the reason is an error, not the lack of a measurement */
  size_t            n_candidate;
  size_t            rank, rank_mae, rank_spearman;     /* of the right structure */
  char              first[CUXAS_VALIDATION_NAME_SIZE]; /* who came first */
  cuxas_comparison  comparison;                        /* of the right structure */
  cuxas_domain      domain;
  size_t            n_edge;
  cuxas_edge_window edge[CUXAS_COMPARE_MAX_EDGE];
  cuxas_onset       measured_onset[CUXAS_COMPARE_MAX_EDGE];
} cuxas_validation_row;

/* Over the compounds with numbers; zero and NaN when there are none. Onset differences: mean absolute, after the shift. */
typedef struct {
  size_t n_measured;
  double mae, median_mae, spearman, pearson;
  double shift_eV;
  double onset_eV[CUXAS_COMPARE_MAX_EDGE]; /* NaN: no onset pair */
  size_t n_first, n_first_by_mae, n_first_by_spearman, n_top3;
} cuxas_validation_means;

/* cuxas_validation_fill() - takes the numbers of the candidate `name` out of a finished match; a candidate of that name that
 * is missing or was skipped becomes the row's reason
 *
 *   name  stem of the right structure's file */
void cuxas_validation_fill(cuxas_validation_row *row, const char *name, const cuxas_query *query,
                           const cuxas_hits *hits);

/* cuxas_validation_average() - means over the rows with numbers */
void cuxas_validation_average(const cuxas_validation_row *row, size_t n_row, cuxas_validation_means *ret_means);

/* cuxas_validation_write_text() - the table and the means; 100 columns */
void cuxas_validation_write_text(const cuxas_validation_row *row, size_t n_row, const cuxas_model *model, FILE *out);

/* cuxas_validation_write_json() - the same, schema cuxas-validation/1
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_validation_write_json(const cuxas_validation_row *row, size_t n_row, const char *program,
                                         const cuxas_model *model, const cJSON *settings, FILE *out, cuxas_error *err);

#endif
