/* identification.h - how often is the right compound found, by which measure, among which candidates? */
#ifndef CUXAS_IDENTIFICATION_H
#define CUXAS_IDENTIFICATION_H
#include "cuxas/match.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* By what candidates are ordered. */
typedef enum {
  CUXAS_MEASURE_SCORE,
  CUXAS_MEASURE_AGREEMENT, /* sum of the ranks by MAE and Spearman within the set */
  CUXAS_MEASURE_MAE,
  CUXAS_MEASURE_SPEARMAN,
  CUXAS_MEASURE_PEARSON,
  CUXAS_N_MEASURE
} cuxas_measure;

/* Among which candidates. */
typedef enum {
  CUXAS_AMONG_COMPOUNDS, /* the validation compounds' structures */
  CUXAS_AMONG_ALL,       /* and the further candidates */
  CUXAS_AMONG_ELEMENTS,  /* of all, those that hold no other element than the right one: what --elements does */
  CUXAS_N_AMONG
} cuxas_among;

typedef struct {
  size_t n; /* questions */
  size_t n_first, n_top3;
  double reciprocal; /* sum of 1 / rank */
  double n_candidate; /* sum of how many there were */
} cuxas_identified;

/* One line of the table: a measure on a scale, predicted by a model or simulated. */
typedef struct {
  const char      *source; /* "model" */
  const char      *scale;  /* "minmax" */
  cuxas_measure    measure;
  cuxas_identified of[CUXAS_N_AMONG];
} cuxas_identification;

/* cuxas_identification_rank() - rank of the right candidate within a set
 *
 *   hits       a finished match
 *   name       of the right one
 *   compound   (n_compound) names of the validation compounds' structures, the right one among them
 *   ret_n      how many the set holds
 *
 * Equal numbers count against the right one. Spectra among the candidates do not count.
 * Returns  1 ... n; 0 when the right one is not there, or there is no memory. */
size_t cuxas_identification_rank(const cuxas_hits *hits, const char *name, const char *const *compound,
                                 size_t n_compound, cuxas_measure measure, cuxas_among among, size_t *ret_n);

/* cuxas_identification_count() - adds one answer; rank 0 is none */
void cuxas_identification_count(cuxas_identified *identified, size_t rank, size_t n_candidate);

/* cuxas_identification_write_text() - the table */
void cuxas_identification_write_text(const cuxas_identification *line, size_t n_line, FILE *out);

/* cuxas_identification_json() - the same as an array; NULL: no memory; the caller deletes it */
cJSON *cuxas_identification_json(const cuxas_identification *line, size_t n_line);

#endif
