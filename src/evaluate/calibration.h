/* calibration.h - are p-values, E-values and support what they claim? Queries whose answer is known, against a library
 *
 * A query is one compound's simulated spectrum made worse as an instrument would (cuxas_degrade()), with numbers drawn for it from the
 * ranges below. It goes the way of a measurement: smoothing, pedestal, resampling, comparison, ranking, p-values, support.
 * The candidates are all compounds' curves: predictions that did not learn from the compound, or the perfect spectra
 * themselves. Compounds of one formula (strained copies, polymorphs) count as one answer. */
#ifndef CUXAS_CALIBRATION_H
#define CUXAS_CALIBRATION_H
#include "evaluate/analysis.h"
#include "write/figure.h"
#include "match/library.h"
#include "cuxas/match.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>

/* The library of a calibration; all borrowed. */
typedef struct {
  const cuxas_model *model; /* its edges and grids; nothing is predicted */
  size_t             n_compound;
  const char *const *formula;   /* (n_compound) */
  const double      *truth;     /* (n_compound, n_energy of the model's combined grid) what queries are made of */
  const double      *candidate; /* (n_compound, n_energy) what they are compared with */
  const cuxas_error_profile *const
      *opt_errors; /* (n_compound) of the predictions, learnt without the query of that place;
                                                   NULL: candidates are no predictions */
} cuxas_calibration_library;

/* Ranges from which every query draws: uniform, but for noise, which is uniform in its logarithm. */
typedef struct {
  double noise[2], fwhm_eV[2], shift_eV[2], slope[2], saturation[2], pedestal[2];
} cuxas_query_range;

/* cuxas_query_range_realistic() - noise 0.3 to 3 %, width 0.4 to 1.2 eV, shift -2 to 2 eV, slope -5 to 10 %, saturation 0 to 0.3,
 * pedestal 0 to 20 % (our choice: a usable scan of a beamline) */
cuxas_query_range cuxas_query_range_realistic(void);

enum { CUXAS_RELIABILITY_BINS = 6, CUXAS_CHANCE_LEVELS = 4 };

/* Support between these bounds, and the part of candidates with it that were right. */
typedef struct {
  double low, high;
  size_t n;
  double mean_support, part_right;
} cuxas_reliability;

/* How often the right compound came first, and in the first three and ten: compounds count, whatever number of curves they have. */
typedef struct {
  size_t n_first, n_first3, n_first10;
  double median_rank, mean_rivals; /* of the right compound; compounds to be told from it, on average */
} cuxas_retrieval;

typedef struct {
  size_t          n_query;
  cuxas_retrieval whole;                       /* among all compounds */
  cuxas_retrieval known;                       /* among those of the same elements alone */
  double          median_mae, median_spearman; /* of the right compound */
  double          median_p_right;
  double         *null_p;        /* (n_query) p-value of one unrelated compound each, drawn at random; ascending */
  double          null_distance; /* Kolmogorov's D of them, and its significance */
  double          null_significance;
  double          chance_level[CUXAS_CHANCE_LEVELS]; /* 0.01, 0.1, 1, 10 */
  double          n_by_chance[CUXAS_CHANCE_LEVELS];  /* mean number of unrelated compounds with an E-value up to that */
  cuxas_reliability reliability[CUXAS_RELIABILITY_BINS];
  size_t            n_covered;    /* queries whose group holds a right compound */
  size_t            n_can;        /* queries with a right compound among the contenders */
  double            median_group; /* size of the groups */
  double            support_scale,
      support_power; /* of support.h's density, the most likely ones; NaN: candidates are no predictions */
} cuxas_calibration;

typedef struct {
  cuxas_query_range      range;   /* of what an instrument does */
  cuxas_compare_settings compare; /* the shift is sought around 0 */
  size_t                 n_query;
  const size_t          *opt_asked; /* (n_query) which compounds are asked for, each once; NULL: the first n_query */
  uint64_t               seed;
  int                    n_thread;
} cuxas_calibration_plan;

/* cuxas_calibrate() - one query for each of n_query compounds
 *
 *   ret_calibration  the caller frees it with cuxas_calibration_free()
 *
 * Deterministic, whatever the number of threads. Returns  CUXAS_OK; CUXAS_ERANGE fewer than CUXAS_BACKGROUND_MIN compounds; as
 * cuxas_query_new() and cuxas_compare(); CUXAS_ENOMEM. */
cuxas_status cuxas_calibrate(const cuxas_calibration_library *library, const cuxas_calibration_plan *plan,
                             const cuxas_watch *opt_watch, cuxas_calibration **ret_calibration, cuxas_error *err);

/* cuxas_calibration_free() - accepts NULL */
void cuxas_calibration_free(cuxas_calibration *calibration);

/* -- what it says; `name` says what the candidates were -- */

/* cuxas_calibration_write_text() - one block of at most 100 columns */
void cuxas_calibration_write_text(const cuxas_calibration *calibration, const char *name, FILE *out);

/* cuxas_calibration_json() - an object; the caller deletes it; NULL: no memory */
cJSON *cuxas_calibration_json(const cuxas_calibration *calibration, const char *name);

/* cuxas_calibration_write_figure() - p-values of chance against the uniform distribution, and the reliability of support
 *
 *   calibration, name  (n) at most CUXAS_PALETTE_SIZE, a colour each
 *
 * Returns  as cuxas_figure_write(). */
cuxas_status cuxas_calibration_write_figure(const cuxas_calibration *const *calibration, const char *const *name,
                                            size_t n, cuxas_figure_format format, FILE *out, cuxas_error *err);

#endif
