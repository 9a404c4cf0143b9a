/* ensemble_priv.h - the two ways by which an ensemble learns, each in a file of its own */
#ifndef CUXAS_ENSEMBLE_PRIV_H
#define CUXAS_ENSEMBLE_PRIV_H
#include "learn/ensemble.h"

/* The rows learnt from, and where they come from. */
typedef struct {
  const cuxas_dataset *dataset; /* of all rows */
  const cuxas_groups  *groups;
  const size_t        *row; /* (ensemble->n_row) */
} cuxas_ensemble_rows;

/* cuxas_ensemble_fit_networks(), cuxas_ensemble_fit_kernels() - fill ensemble->net and result, ensemble->kernel and
 * kernel_row; the ensemble's features are known. Status as cuxas_ensemble_new() */
cuxas_status cuxas_ensemble_fit_networks(const cuxas_ensemble_rows *rows, const cuxas_ensemble_settings *settings,
                                         cuxas_ensemble_progress opt_progress, void *user, cuxas_ensemble *ensemble,
                                         cuxas_error *err);
cuxas_status cuxas_ensemble_fit_kernels(const cuxas_ensemble_rows *rows, const cuxas_ensemble_settings *settings,
                                        cuxas_ensemble *ensemble, cuxas_error *err);

#endif
