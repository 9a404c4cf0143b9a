/* evaluation.h - what held-out predictions tell about a model: for which sites it is good, for which not, and why
 *
 * The analyses are those of the published CuXASNet (and of its like): errors by site, by surroundings, by element; edge
 * onsets; principal components of the spectra; the learning curve; and beyond them, whether the ensemble's spread and the
 * distance from the training set know of the errors. */
#ifndef CUXAS_EVALUATION_H
#define CUXAS_EVALUATION_H
#include "evaluate/analysis.h"
#include "evaluate/learning.h"
#include "crystal/oxidation.h"
#include "learn/crossval.h"
#include "cuxas/preprocess.h"

/* Surroundings of the site of one record. */
typedef struct {
  cuxas_coordination coordination;
  cuxas_oxidation    oxidation; /* unknown where the absorber is not copper */
} cuxas_environment;

/* Oxidation states as groups; what is no whole number is mixed. */
typedef enum {
  CUXAS_STATE_0,
  CUXAS_STATE_1,
  CUXAS_STATE_2,
  CUXAS_STATE_3,
  CUXAS_STATE_MIXED,
  CUXAS_STATE_UNKNOWN,
  CUXAS_N_STATE
} cuxas_state_group;

/* cuxas_state_group_of(), cuxas_state_group_name() - "Cu(I)"; static storage */
cuxas_state_group cuxas_state_group_of(const cuxas_environment *environment);
const char       *cuxas_state_group_name(cuxas_state_group group);

enum { CUXAS_N_WORST = 10, CUXAS_N_PCA = 4, CUXAS_MAX_GROUP = 120 };
#define CUXAS_MIDDLE 0.95      /* of the ranked errors that the deciles divide */
#define CUXAS_ERROR_BIN 0.1    /* of the histogram of log10 of the errors */
#define CUXAS_ONSET_MAX_BIN 25 /* differences of onsets are counted up to so many grid steps to either side */

/* Mean spectrum of the sites of one group, and the standard deviation at each energy. */
typedef struct {
  int     key;
  size_t  n_row;
  double *mean, *deviation; /* (n_energy) */
} cuxas_mean_spectrum;

/* Edge onsets of judged rows: simulated and predicted. */
typedef struct {
  double         *simulated_eV, *predicted_eV;   /* (n_row of the records) on the grid; NaN: not found or not judged */
  size_t          n_row;                         /* rows where both were found */
  cuxas_histogram steps;                         /* predicted minus simulated, in grid steps */
  double          exact, within_step, over_1_eV; /* parts of n_row: no difference, at most one step, more than 1 eV */
} cuxas_onset_errors;

/* One edge and channel. */
typedef struct {
  size_t              i_edge;
  cuxas_channel       channel;
  const double       *mae;         /* (n_row of the records) of the networks, NaN: not judged; borrowed */
  size_t              n_row, *row; /* (n_row) judged rows by rising error */
  cuxas_error_summary summary[CUXAS_N_PREDICTOR]; /* on these rows */
  cuxas_histogram     histogram;                  /* of log10 mae of the networks */
  size_t              decile_row[CUXAS_N_DECILE]; /* the row in the middle of each decile of the middle CUXAS_MIDDLE */
  cuxas_onset_errors  onset;
  cuxas_coverage      coverage;          /* over all points of all judged rows */
  double              distance_spearman; /* of distance from the training set and error */
  double              sigma_spearman;    /* of a site's mean sigma and error; NaN: one member */
  size_t              n_state, n_number, n_element, n_class, n_side;
  cuxas_group_summary by_state[CUXAS_N_STATE];         /* errors by cuxas_state_group */
  cuxas_group_summary by_number[CUXAS_MAX_LIGAND + 1]; /* by coordination number */
  cuxas_group_summary by_element[CUXAS_MAX_GROUP];     /* by atomic number of the nearest ligand */
  cuxas_group_summary by_class[CUXAS_N_LIGANDS];       /* by cuxas_ligand_class */
  cuxas_group_summary by_side[2]; /* 0: within the threshold of the distance, 1: beyond it; or none */
  cuxas_pca          *pca;        /* of the simulated spectra of row, in that order; NULL: too few */
  size_t              n_state_mean, n_number_mean;
  cuxas_mean_spectrum state_mean[CUXAS_N_STATE], number_mean[CUXAS_MAX_LIGAND + 1]; /* of at least 2 rows each */
} cuxas_edge_evaluation;

typedef struct {
  const cuxas_records  *records; /* the caller's, as are the next two */
  const cuxas_dataset  *dataset;
  const cuxas_crossval *crossval;
  double                threshold;   /* of the distance from the training set; NaN: none is known */
  cuxas_environment    *environment; /* (n_record) */
  size_t                n_edge;      /* edges and channels that were judged */
  cuxas_edge_evaluation edge[CUXAS_MODEL_MAX_EDGE * CUXAS_N_CHANNEL];
} cuxas_evaluation;

/* cuxas_evaluation_new() - all of the above
 *
 *   absorber        atomic number of the sites
 *   threshold       of the distance from the training set, beyond which a prediction is flagged; NaN: none
 *   ret_evaluation  keeps the pointers it is given; the caller frees it with cuxas_evaluation_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE a site whose surroundings make no sense (the message names the record); CUXAS_ENUMERIC;
 *          CUXAS_ENOMEM. */
cuxas_status cuxas_evaluation_new(const cuxas_records *records, const cuxas_dataset *dataset,
                                  const cuxas_crossval *crossval, int absorber, double threshold,
                                  cuxas_evaluation **ret_evaluation, cuxas_error *err);

/* cuxas_evaluation_free() - accepts NULL */
void cuxas_evaluation_free(cuxas_evaluation *evaluation);

/* cuxas_evaluation_find() - NULL: not judged */
const cuxas_edge_evaluation *cuxas_evaluation_find(const cuxas_evaluation *evaluation, size_t i_edge,
                                                   cuxas_channel channel);

#endif
