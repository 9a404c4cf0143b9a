/* ensemble.h - records to model: features, reduction, networks and kernel machines per edge and channel, the domain
 *
 * The steps are apart, so that a held-out test can fit on some rows and predict the others:
 *
 *   records -> cuxas_ensemble_features() -> raw features of all rows
 *   rows, raw features, targets -> cuxas_ensemble_new() -> cuxas_ensemble
 *   cuxas_ensemble -> cuxas_ensemble_predict() -> spectra of other rows; cuxas_ensemble_distance() -> how far out they are
 *   cuxas_ensemble -> cuxas_ensemble_to_model() -> the model that goes into a file */
#ifndef CUXAS_ENSEMBLE_H
#define CUXAS_ENSEMBLE_H
#include "base/watch.h"
#include "records/dataset.h"
#include "learn/reduction.h"
#include "records/split.h"
#include "learn/train.h"
#include "predict/model_parts.h"

typedef enum { CUXAS_METHOD_NETWORKS, CUXAS_METHOD_KERNEL, CUXAS_METHOD_BOTH } cuxas_method;

typedef struct {
  cuxas_method      method;
  cuxas_kernel_kind kernel; /* of the kernel machines; their length and ridge are chosen from the rows learnt from */
  double            kernel_part; /* of the kernel machine in the mean when there are networks too, 0 ... 1 */
  bool              is_aligned;  /* kernel machines learn spectra relative to their first energy, and that apart */
  bool              is_shared;   /* a member's heads share their hidden layers, so that the rarer targets borrow */
  size_t            n_feature;   /* numbers per site that are learnt from; 0: the standardised raw ones */
  double            whitening;   /* of the principal components, 0 ... 1 */
  size_t            n_choice; /* length and ridge of kernels are chosen with the first so many features; 0: with all */
  cuxas_train_settings network;  /* seed: of the first member */
  size_t               n_member; /* members differ in seed and in the part held out */
  double validation_fraction;    /* part of the rows that each member does not learn from and is stopped by; 0: none */
  bool   channel[CUXAS_N_CHANNEL]; /* which channels get networks */
  size_t domain_k;                 /* neighbours for the distance from the training set, > 0 */
} cuxas_ensemble_settings;

/* What was learnt from some rows. */
typedef struct {
  size_t              n_edge;
  cuxas_grid          grid[CUXAS_MODEL_MAX_EDGE];
  cuxas_reduction    *reduction;
  size_t              n_row;   /* rows learnt from */
  float              *feature; /* (n_row, n_feature) theirs */
  size_t              domain_k;
  size_t              n_member;
  cuxas_dense       **net[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL];    /* (n_member); NULL: no networks */
  cuxas_train_result *result[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL]; /* (n_member) */
  bool                is_shared; /* all networks of a member have the same hidden layers */
  cuxas_kernel       *kernel[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL];     /* NULL: none */
  size_t             *kernel_row[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL]; /* (kernel's n_row) of the rows learnt from */
  bool                kernel_is_aligned;                                 /* as in cuxas_head, but for relative ones */
  double              kernel_part;                                       /* as in cuxas_head */
  double              spread_factor[CUXAS_MODEL_MAX_EDGE][CUXAS_N_CHANNEL];
} cuxas_ensemble;

/* What is learnt from: rows of a data set, what belongs together, and the raw features. */
typedef struct {
  const cuxas_dataset *dataset;
  const cuxas_groups  *groups;
  const float         *raw; /* (dataset->n_row, n_raw) */
  size_t               n_raw;
  const float         *opt_weight; /* (n_raw) of the features, as cuxas_featurizer_weights(); NULL: all are 1 */
  const float *const
      *opt_fold_raw; /* (folds of a cross-validation) as raw, by featurizers that have not learnt from that fold;
                                       NULL: raw has learnt from none of the rows */
} cuxas_training_set;

/* cuxas_ensemble_features() - raw features of the sites of all records
 *
 *   ret_raw  (n_record, cuxas_featurizer_length()); the caller frees it with free()
 *
 * Returns  CUXAS_OK; what the featurizer says, with the record's id in front; CUXAS_ENOMEM. */
cuxas_status cuxas_ensemble_features(const cuxas_featurizer *featurizer, const cuxas_records *records, float **ret_raw,
                                     cuxas_error *err);

/* cuxas_ensemble_new() - learns from some rows
 *
 *   set        of all rows
 *   row        (n_row) the rows to learn from
 *   opt_watch  NULL: nobody watches
 *   ret_ensemble               the caller frees it with cuxas_ensemble_free()
 *
 * Networks are fitted in parallel by OpenMP; the result is the same for any number of threads.
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE as the parts say, or nothing to learn from for an edge; CUXAS_ENUMERIC; CUXAS_ENOMEM. */
cuxas_status cuxas_ensemble_new(const cuxas_training_set *set, const size_t *row, size_t n_row,
                                const cuxas_ensemble_settings *settings, const cuxas_watch *opt_watch,
                                cuxas_ensemble **ret_ensemble, cuxas_error *err);

/* cuxas_ensemble_free() - accepts NULL */
void cuxas_ensemble_free(cuxas_ensemble *ensemble);

/* cuxas_ensemble_has() - whether there is anything that predicts this edge and channel */
bool cuxas_ensemble_has(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel);

/* cuxas_ensemble_head() - what predicts an edge and channel, seen as a head of a model; the ensemble keeps what it points to
 *
 * Kernel machines with a core hole are relative to those without one when there are such. */
cuxas_head cuxas_ensemble_head(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel);

/* cuxas_ensemble_predict() - mean over the ensemble
 *
 *   feature  (n_row, n_feature) reduced features
 *   ret_mu   (n_row, n_energy)
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no such networks; CUXAS_ENOMEM. */
cuxas_status cuxas_ensemble_predict(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel,
                                    const float *feature, size_t n_row, float *ret_mu, cuxas_error *err);

/* cuxas_ensemble_spread() - standard deviation, as predict.h's sigma; 0 for one network alone
 *
 *   feature    as given to cuxas_ensemble_predict()
 *   ret_sigma  (n_row, n_energy)
 *
 * Returns  as cuxas_ensemble_predict(). */
cuxas_status cuxas_ensemble_spread(const cuxas_ensemble *ensemble, size_t i_edge, cuxas_channel channel,
                                   const float *feature, size_t n_row, float *ret_sigma, cuxas_error *err);

/* cuxas_ensemble_distance() - distance of one reduced feature vector from the rows learnt from, as predict.h's */
double cuxas_ensemble_distance(const cuxas_ensemble *ensemble, const float *feature);

/* What the file says beside the numbers. */
typedef struct {
  const char          *name;                     /* of the model */
  int                  absorber;                 /* atomic number */
  const cJSON         *featurizer;               /* description; copied */
  const cuxas_tensors *opt_featurizer_tensors;   /* copied, but for a model's own; NULL: none */
  const char (*edge_name)[CUXAS_EDGE_NAME_SIZE]; /* (n_edge) */
  double        weight[CUXAS_MODEL_MAX_EDGE];
  double        shift_eV, fwhm_eV;
  const double *opt_site_shift_eV; /* (CUXAS_N_SHELL) by which sites were moved; NULL or all 0: none is noted */
  double        domain_threshold;
  const char   *licence;
  const cJSON  *training;    /* member "training" of the head; copied */
  const cJSON  *opt_metrics; /* member "metrics"; copied */
} cuxas_ensemble_description;

/* cuxas_ensemble_to_model() - the caller frees the model; CUXAS_EFORMAT, CUXAS_ENOMEM as cuxas_model_new() */
cuxas_status cuxas_ensemble_to_model(const cuxas_ensemble *ensemble, const cuxas_ensemble_description *description,
                                     cuxas_model **ret_model, cuxas_error *err);

/* cuxas_ensemble_from_model() - the networks of a model, and the rows it learnt from
 *
 *   raw           (n_row, n_raw) raw features of those rows
 *   ret_ensemble  an independent copy; the caller frees it with cuxas_ensemble_free(); its results are NULL
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED the model has no reduction, or heads of different size; CUXAS_ENOMEM. */
cuxas_status cuxas_ensemble_from_model(const cuxas_model *model, const float *raw, size_t n_row,
                                       cuxas_ensemble **ret_ensemble, cuxas_error *err);

#endif
