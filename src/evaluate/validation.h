/* validation.h - known compounds matched against known structures: is the right one found?
 *
 * The table and its means are what a new model or a new comparison is judged by. */
#ifndef CUXAS_VALIDATION_H
#define CUXAS_VALIDATION_H
#include "write/figure.h"
#include "evaluate/answers.h"
#include "evaluate/identification.h"
#include "cuxas/match.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#define CUXAS_VALIDATION_SCHEMA "cuxas-validation/1"

enum { CUXAS_VALIDATION_NAME_SIZE = 64 };

/* -- one compound -- */

/* Without a measured curve, or when something failed, `reason` says so and there are no numbers. */
typedef struct {
  char              name[CUXAS_VALIDATION_NAME_SIZE];
  char              reason[CUXAS_MESSAGE_SIZE]; /* "" when there are numbers */
  bool              is_failure;                 /* the reason is an error, not the lack of a measurement */
  size_t            n_candidate;
  size_t            rank, rank_mae, rank_spearman;     /* of the right structure */
  char              first[CUXAS_VALIDATION_NAME_SIZE]; /* who came first */
  double            margin;                            /* score above the best of the others; NaN: there are none */
  cuxas_comparison  comparison;                        /* of the right structure */
  cuxas_domain      domain;
  char              measured_sha256[CUXAS_SHA256_HEX_SIZE];  /* of the measured file; "" where it was not read */
  char              candidate_sha256[CUXAS_SHA256_HEX_SIZE]; /* of the right candidate's; "" where it has none */
  size_t            n_edge;
  cuxas_edge_window edge[CUXAS_COMPARE_MAX_EDGE];
  cuxas_onset       measured_onset[CUXAS_COMPARE_MAX_EDGE];
  cuxas_grid        grid;      /* of the curves */
  double           *measured;  /* (n_energy) scaled; NULL unless the hit's curve was kept */
  double           *predicted; /* (n_energy) of the right structure as compared; NULL likewise */
} cuxas_validation_row;

/* cuxas_validation_fill() - takes the numbers of the candidate `name` out of a finished match; a candidate of that name that
 * is missing or was skipped becomes the row's reason
 *
 *   name  stem of the right structure's file */
void cuxas_validation_fill(cuxas_validation_row *row, const char *name, const cuxas_query *query,
                           const cuxas_hits *hits);

/* cuxas_validation_keep() - copies the measured and the right structure's curve into the row, where they were kept
 *
 *   name   of the right structure
 *   scale  of the comparison
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_validation_keep(cuxas_validation_row *row, const char *name, const cuxas_query *query,
                                   cuxas_scale scale, const cuxas_hits *hits, cuxas_error *err);

/* cuxas_validation_free() - the curves and the rows; accepts NULL */
void cuxas_validation_free(cuxas_validation_row *row, size_t n_row);

/* cuxas_validation_onset_eV() - predicted minus measured onset, eV, after the shift or before it; NaN when one of them was
 * not found */
double cuxas_validation_onset_eV(const cuxas_validation_row *row, size_t i_edge, bool is_shifted);

/* -- means -- */

/* Over the compounds with numbers; zero and NaN when there are none. Onset differences: mean absolute, after the shift. */
typedef struct {
  size_t n_measured;
  double mae, median_mae, spearman, pearson;
  double shift_eV, hole_fraction, margin;
  double onset_eV[CUXAS_COMPARE_MAX_EDGE]; /* NaN: no onset pair */
  size_t n_first, n_first_by_mae, n_first_by_spearman, n_top3;
} cuxas_validation_means;

/* cuxas_validation_average() - means over the rows with numbers */
void cuxas_validation_average(const cuxas_validation_row *row, size_t n_row, cuxas_validation_means *ret_means);

/* -- failures -- */

/* A question whose right compound is not first, by score, within a set of candidates; and who is. Curves as compared. */
typedef struct {
  size_t           i_row;    /* of the compound */
  size_t           i_source; /* of the report: whose spectra the candidates have */
  cuxas_among      among;
  size_t           rank, n_candidate;
  char             first[CUXAS_VALIDATION_NAME_SIZE];
  cuxas_comparison right_comparison, first_comparison;
  cuxas_grid       grid;
  double          *measured, *right_mu, *first_mu; /* (n_energy) scaled */
} cuxas_validation_case;

/* cuxas_validation_case_make() - the case of a finished match
 *
 *   sought    a structure
 *   scale     of the comparison
 *   hits      with the curves of all candidates
 *   ret_case  ended by cuxas_validation_case_clear(), also after a failure; i_row and i_source are the caller's
 *
 * Returns  CUXAS_OK, rank 0 or 1: there is no failure, and no curves; CUXAS_ENOMEM. */
cuxas_status cuxas_validation_case_make(const cuxas_query *query, const cuxas_hits *hits, const cuxas_sought *sought,
                                        cuxas_scale scale, cuxas_validation_case *ret_case, cuxas_error *err);

/* cuxas_validation_case_clear() - frees the curves */
void cuxas_validation_case_clear(cuxas_validation_case *failure);

enum { CUXAS_MAX_REGION = 1 + 2 * CUXAS_COMPARE_MAX_EDGE };

/* Where the right one loses, and how the shapes differ. Heights: highest value of the first edge's line over the mean level
 * behind the last edge; ratios: highest value of the last edge's line over that of the first's; NaN where there is none. */
typedef struct {
  size_t n_region;
  struct {
    char   name[32]; /* "before L3", "L3 line", "behind L3" */
    size_t first, n_point;
    double mae_right, mae_first;
  } region[CUXAS_MAX_REGION];
  size_t i_worst; /* region where the right one loses most to the first, by sum of differences */
  double height_measured, height_right, height_first;
  double ratio_measured, ratio_right, ratio_first;
} cuxas_validation_difference;

/* cuxas_validation_case_explain() - regions: up to 1 eV below the first measured onset; of each edge the line up to 5 eV
 * above its onset, and what is behind it, up to the next edge
 *
 *   row  of the compound: the onsets */
void cuxas_validation_case_explain(const cuxas_validation_case *failure, const cuxas_validation_row *row,
                                   cuxas_validation_difference *ret_difference);

/* cuxas_validation_case_tell() - who is ahead, where the right one loses, and what was fitted, in a few sentences
 *
 *   ret_text  (n_byte), cut to that */
void cuxas_validation_case_tell(const cuxas_validation_case *failure, const cuxas_validation_row *row, char *ret_text,
                                size_t n_byte);

/* cuxas_validation_answer_tell() - of a wrong answer: its sentence, and how probable the first and the right compound were; likewise */
void cuxas_validation_answer_tell(const cuxas_answers_row *row, const cuxas_answers_failure *failure, char *ret_text,
                                  size_t n_byte);

/* -- the report -- */

/* In which manner a source of spectra was compared. */
typedef enum {
  CUXAS_MANNER_ASKED,     /* as the settings say */
  CUXAS_MANNER_NO_HOLE,   /* the same, but without a core hole, where the fraction was fitted otherwise */
  CUXAS_MANNER_PUBLISHED, /* shift by the MAE, no broadening, no core hole, min-max scaling */
  CUXAS_N_MANNER
} cuxas_manner;

typedef struct {
  const char                 *name;                /* "model", "FEFF10" */
  const cuxas_validation_row *row[CUXAS_N_MANNER]; /* (n_row) each; NULL: not compared in this manner */
} cuxas_validation_source;

enum { CUXAS_VALIDATION_MODEL, CUXAS_VALIDATION_SIMULATED, CUXAS_VALIDATION_MAX_SOURCE };

/* Borrows everything. */
typedef struct {
  size_t                               n_row;    /* compounds, in the same order for every source */
  size_t                               n_source; /* 1, or 2 with simulated spectra */
  cuxas_validation_source              source[CUXAS_VALIDATION_MAX_SOURCE];
  size_t                               n_line; /* 0: not identified */
  const cuxas_identification          *line;   /* (n_line) */
  size_t                               n_standard;
  const cuxas_identification_standard *standard;      /* (n_standard) measured standards as candidates */
  const char                          *standard_note; /* how they were asked; NULL: none */
  size_t                               n_answer;
  const cuxas_answers_row             *answer; /* (n_answer) 0: not asked */
  size_t                               n_case;
  const cuxas_validation_case         *failure; /* (n_case) by source, set and compound */
  const cuxas_model                   *model;
  const char                          *program;
  const cJSON                         *settings; /* every option that shapes the result */
  const cJSON                         *command;  /* words of the command line */
  bool extremes_alone;                           /* the figure has the best, the middle and the worst compound only */
} cuxas_validation_report;

/* Gleason, Carbone, Lu and Ciston, arXiv:2412.02916: means over 14 compounds, scaled min-max. */
#define CUXAS_PUBLISHED_MODEL_MAE 0.125
#define CUXAS_PUBLISHED_MODEL_SPEARMAN 0.891
#define CUXAS_PUBLISHED_FEFF9_MAE 0.131
#define CUXAS_PUBLISHED_FEFF9_SPEARMAN 0.898

/* Mean absolute differences of what was compared with one measurement. */
typedef enum {
  CUXAS_MODEL_MEASURED,
  CUXAS_SIMULATED_MEASURED, /* the error of theory */
  CUXAS_MODEL_SIMULATED,    /* the error of the network, which imitates the simulation */
  CUXAS_N_DISTANCE
} cuxas_distance;

/* cuxas_validation_distances() - of compound i_row, as asked; false: one of the curves is missing */
bool cuxas_validation_distances(const cuxas_validation_report *report, size_t i_row,
                                double ret_distance[CUXAS_N_DISTANCE]);

/* cuxas_validation_write_text() - a table for each source, the means beside the published ones, what the errors are made of,
 * and how often the right one is found; 100 columns */
void cuxas_validation_write_text(const cuxas_validation_report *report, FILE *out);

/* cuxas_validation_write_figure() - a panel for each compound, by MAE: measured black, model orange, simulated blue
 *
 *   report  a cuxas_validation_report, as of the next
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no row has curves; as cuxas_figure_write(). */
cuxas_status cuxas_validation_write_figure(const void *report, cuxas_figure_format format, FILE *out, cuxas_error *err);

/* cuxas_validation_write_html() - one page that needs nothing else: all of it with the curves, every failure drawn and
 * explained
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM; as cuxas_figure_write(). */
cuxas_status cuxas_validation_write_html(const void *report, FILE *out, cuxas_error *err);

/* cuxas_validation_write_json() - schema cuxas-validation/1
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_validation_write_json(const void *report, FILE *out, cuxas_error *err);

#endif
