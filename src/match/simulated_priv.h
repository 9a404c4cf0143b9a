/* simulated_priv.h - from simulated site spectra to the curve of a candidate */
#ifndef CUXAS_SIMULATED_PRIV_H
#define CUXAS_SIMULATED_PRIV_H
#include "cuxas/records.h"
#include "match/candidate_priv.h"

/* cuxas_simulated_curve() - mean over sites of sum_edge weight_edge mu_edge(E), on the model's combined grid
 *
 *   record     (n_record) one of each kind of site
 *   weight     (n_record) sites of that kind, > 0
 *   ret_curve  the caller ends it with cuxas_candidate_curve_clear(); a channel that is not there for every edge and site is
 *              NULL
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_simulated_curve(const cuxas_model *model, const cuxas_record *const *record, const double *weight,
                                   size_t n_record, cuxas_candidate_curve *ret_curve, cuxas_error *err);

#endif
