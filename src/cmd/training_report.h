/* training_report.h - what a training was and what a held-out test gave, as JSON and as a table */
#ifndef CUXAS_CMD_TRAINING_REPORT_H
#define CUXAS_CMD_TRAINING_REPORT_H
#include "cmd/training.h"

#include <stdio.h>

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

/* cuxas_training_write() - the object as the file that an option names; the option unset: nothing
 *
 *   option  "json" or "log"
 *   object  taken over; NULL: it could not be made
 *
 * Returns  CUXAS_OK; CUXAS_EEXIST; CUXAS_EIO; CUXAS_ENOMEM. */
cuxas_status cuxas_training_write(const cuxas_options *options, const char *option, cJSON *object, cuxas_error *err);

/* cuxas_crossval_print() - the errors of that object as a table */
void cuxas_crossval_print(FILE *out, const cJSON *metrics);

#endif
