/* training.h - what cuxas-model train and cuxas-model evaluate share: their options, and the records made ready to learn from */
#ifndef CUXAS_CMD_TRAINING_H
#define CUXAS_CMD_TRAINING_H
#include "learn/crossval.h"
#include "cmd/options.h"

#include <stdio.h>

/* Options of all who train; the same names mean the same everywhere. First what is learnt from and by which
 * features, then the method, then the networks and their training. */
extern const cuxas_option CUXAS_RECORDS_OPTIONS[], CUXAS_METHOD_OPTIONS[], CUXAS_NETWORKS_OPTIONS[];

/* Records, targets, groups, features: all that a training needs. */
typedef struct {
  int                     absorber;
  size_t                  n_edge;
  char                    edge_name[CUXAS_MODEL_MAX_EDGE][CUXAS_EDGE_NAME_SIZE];
  cuxas_grid              grid[CUXAS_MODEL_MAX_EDGE];
  size_t                  hidden[16]; /* settings.network.hidden points here */
  cuxas_ensemble_settings settings;
  cJSON                  *description; /* of the featurizer */
  cuxas_model            *opt_source;  /* model whose featurizer is used */
  cuxas_featurizer       *opt_own;     /* featurizer made for this training */
  const cuxas_featurizer *featurizer;  /* one of the two */
  double                  site_shift_eV[CUXAS_N_SHELL];
  size_t                  n_raw;
  cuxas_records          *records;
  size_t                  n_learnt; /* the first so many records are there to be learnt from, the others are a test */
  cuxas_dataset          *dataset;
  cuxas_groups           *groups;
  char                    split_sha256[CUXAS_SHA256_HEX_SIZE]; /* of the file that fixed them; "" when none did */
  float                  *raw;                                 /* (n_record, n_raw) */
  float                  *weight;                              /* (n_raw) of the features */
  size_t                  n_fold_raw;                          /* 0: raw has not learnt from the records */
  float                 **fold_raw; /* (n_fold_raw) as raw, by featurizers that have not learnt from that fold */
} cuxas_training;

/* cuxas_training_apply_recipe() - the settings that --recipe stands for, where the command line gives no others: one network
 * 64-120-240-480-312 for each edge, mean squared error, Adam at a constant rate, 500 epochs, batches of 10, no stopping */
cuxas_status cuxas_training_apply_recipe(cuxas_options *options, cuxas_error *err);

/* cuxas_training_read() - everything from the options and the files of records
 *
 *   data_folder   of the bundled data, or NULL
 *   path          (n_path) files to learn from
 *   opt_test      further records, which are not learnt from; NULL: none
 *   ret_training  the caller ends it with cuxas_training_free(), also after a failure
 *
 * A validation compound among the records to learn from is refused. A malformed list in an option is wrong usage and ends the program. */
cuxas_status cuxas_training_read(const cuxas_options *options, const char *data_folder, const char *const *path,
                                 size_t n_path, const char *opt_test, cuxas_training *ret_training, cuxas_error *err);

/* cuxas_training_set_of() - what is learnt from, as the library takes it; it points into the training */
cuxas_training_set cuxas_training_set_of(const cuxas_training *training);

/* cuxas_training_take_settings() - the settings a model was trained with, where the command line gives none
 *
 * The number of folds is the command's own; settings that the command does not have are passed over.
 * Returns  CUXAS_OK; CUXAS_EFORMAT the model's head does not say how it was trained; as cuxas_options_set(). */
cuxas_status cuxas_training_take_settings(cuxas_options *options, const cuxas_command *command,
                                          const cuxas_model *model, cuxas_error *err);

/* cuxas_training_free() - leaves an empty one */
void cuxas_training_free(cuxas_training *training);

/* -- what a training was and what a held-out test gave, as JSON and as a table -- */

/* cuxas_training_describe() - member "training" of a model's head; the caller deletes it; NULL: no memory
 *
 *   opt_date  text, or NULL */
cJSON *cuxas_training_describe(const cuxas_options *options, const cuxas_training *training, const char *opt_date);

/* cuxas_crossval_describe() - member "metrics" of a model's head
 *
 * {"folds", "fold_seed", "errors": [{"edge", "channel", "rows", "predictor", "n", "median", "mean", "p90"}]}; rows is
 * "all", or "simulated" where only part of the targets is from a simulation of that edge.
 *
 *   ret_object  the caller deletes it
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_crossval_describe(const cuxas_training *training, const cuxas_crossval *crossval, size_t n_fold,
                                     cJSON **ret_object, cuxas_error *err);

/* cuxas_crossval_print() - the errors of that object as a table */
void cuxas_crossval_print(FILE *out, const cJSON *metrics);

#endif
