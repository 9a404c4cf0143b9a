/* validation.h - known compounds matched against known structures: is the right one found?
 *
 * The table and its means are what a new model or a new comparison is judged by. */
#ifndef CUXAS_VALIDATION_H
#define CUXAS_VALIDATION_H
#include "cuxas/figure.h"
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
  cuxas_grid        grid;      /* of the curves */
  double           *measured;  /* (n_energy) scaled; NULL unless the hit's curve was kept */
  double           *predicted; /* (n_energy) of the right structure as compared; NULL likewise */
} cuxas_validation_row;

/* cuxas_validation_free() - the curves and the rows; accepts NULL */
void cuxas_validation_free(cuxas_validation_row *row, size_t n_row);

/* cuxas_validation_keep() - copies the measured and the right structure's curve into the row, where they were kept
 *
 *   name   of the right structure
 *   scale  of the comparison
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_validation_keep(cuxas_validation_row *row, const char *name, const cuxas_query *query,
                                   cuxas_scale scale, const cuxas_hits *hits, cuxas_error *err);

/* Over the compounds with numbers; zero and NaN when there are none. Onset differences: mean absolute, after the shift. */
typedef struct {
  size_t n_measured;
  double mae, median_mae, spearman, pearson;
  double shift_eV, hole_fraction;
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

/* cuxas_validation_write_simulated() - the same table for simulated spectra of the same compounds, and what the means say
 * beside the published ones
 *
 *   row        (n_row) of the model
 *   simulated  (n_row) of the simulations, in the same order */
void cuxas_validation_write_simulated(const cuxas_validation_row *row, const cuxas_validation_row *simulated,
                                      size_t n_row, const cuxas_model *model, FILE *out);

/* cuxas_validation_difference() - mean absolute difference of a model's and a simulation's curve as both were compared with
 * the measurement; NaN where one is missing */
double cuxas_validation_difference(const cuxas_validation_row *row, const cuxas_validation_row *simulated);

/* cuxas_validation_write_figure() - a panel for each compound, by MAE: measured black, model orange, simulated blue
 *
 *   opt_simulated  (n_row) or NULL
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no row has curves; as cuxas_figure_write(). */
cuxas_status cuxas_validation_write_figure(const cuxas_validation_row *row, const cuxas_validation_row *opt_simulated,
                                           size_t n_row, cuxas_figure_format format, FILE *out, cuxas_error *err);

/* cuxas_validation_write_json() - the same, schema cuxas-validation/1
 *
 *   opt_simulated       (n_row) or NULL: no "simulated"
 *   opt_identification  array of cuxas_identification_json(), copied; NULL: none
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_validation_write_json(const cuxas_validation_row *row, const cuxas_validation_row *opt_simulated,
                                         size_t n_row, const char *program, const cuxas_model *model,
                                         const cJSON *settings, const cJSON *opt_identification, FILE *out,
                                         cuxas_error *err);

#endif
