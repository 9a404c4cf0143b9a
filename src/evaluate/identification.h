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

/* cuxas_identification_measure(), cuxas_identification_among() - "MAE", "compounds"; static */
const char *cuxas_identification_measure(cuxas_measure measure);
const char *cuxas_identification_among(cuxas_among among);

typedef struct {
  size_t n; /* questions */
  size_t n_first, n_top3;
  double reciprocal;  /* sum of 1 / rank */
  double n_candidate; /* sum of how many there were */
} cuxas_identified;

/* One line of the table: a measure on a scale, predicted by a model or simulated. */
typedef struct {
  const char      *source; /* "model" */
  const char      *scale;  /* "minmax" */
  cuxas_measure    measure;
  cuxas_identified of[CUXAS_N_AMONG];
} cuxas_identification;

/* A line about measured spectra as candidates, beside predictions of the same questions. */
typedef struct {
  const char      *question;   /* "second measurements", "degraded copies" */
  const char      *candidates; /* "standards", "model" */
  cuxas_identified by_score, by_mae;
} cuxas_identification_standard;

/* Who is asked for, and among which candidates. */
typedef struct {
  const char          *name; /* of the right one */
  cuxas_candidate_kind kind; /* and its kind */
  cuxas_among          among;
  const char *const   *compound; /* (n_compound) names of the validation compounds' structures */
  size_t               n_compound;
} cuxas_sought;

/* cuxas_identification_list() - the candidates of a set, in the order of the hits
 *
 *   hits        a finished match
 *   right       one of them, whose kind and elements decide who belongs to the set
 *   compound    (n_compound) names of the validation compounds' structures, the right one among them
 *   ret_member  (hits->n_hit), the first of them filled
 *
 * Spectra are never in a set with structures. Returns how many. */
size_t cuxas_identification_list(const cuxas_hits *hits, const cuxas_hit *right, const char *const *compound,
                                 size_t n_compound, cuxas_among among, const cuxas_hit **ret_member);

/* cuxas_identification_rank() - rank of the right candidate within a set
 *
 *   ret_n   how many the set holds
 *
 * Equal numbers count against the right one.
 * Returns  1 ... n; 0 when the right one is not there, or there is no memory. */
size_t cuxas_identification_rank(const cuxas_hits *hits, const cuxas_sought *sought, cuxas_measure measure,
                                 size_t *ret_n);

/* cuxas_identification_find() - the candidate of that name and kind; NULL: there is none */
const cuxas_hit *cuxas_identification_find(const cuxas_hits *hits, const char *name, cuxas_candidate_kind kind);

/* cuxas_identification_is_among() - whether a candidate belongs to the set that is asked about `right`; spectra do not */
bool cuxas_identification_is_among(const cuxas_hit *hit, const cuxas_hit *right, const char *const *compound,
                                   size_t n_compound, cuxas_among among);

/* cuxas_identification_count() - adds one answer; rank 0 is none */
void cuxas_identification_count(cuxas_identified *identified, size_t rank, size_t n_candidate);

/* cuxas_identification_write_text() - the table */
void cuxas_identification_write_text(const cuxas_identification *line, size_t n_line, FILE *out);

/* cuxas_identification_standards_text(), cuxas_identification_standards_json() - the same for measured standards
 *
 *   note  what was asked, a sentence or two below the table; NULL: none */
void   cuxas_identification_standards_text(const cuxas_identification_standard *line, size_t n_line, const char *note,
                                           FILE *out);
cJSON *cuxas_identification_standards_json(const cuxas_identification_standard *line, size_t n_line);

/* cuxas_identification_json() - the same as an array; NULL: no memory; the caller deletes it */
cJSON *cuxas_identification_json(const cuxas_identification *line, size_t n_line);

#endif
