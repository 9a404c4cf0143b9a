/* library.h - candidates that are read and predicted once, and compared with many measurements
 *
 * Prediction costs far more than comparison, so whoever has many scans and one library predicts it once:
 *
 *     cuxas_library_predict(catalog, model, &settings, NULL, NULL, &library, &err);
 *     for (each query) cuxas_match_library(query, library, &settings, &hits, &err);
 *
 * The hits are those of cuxas_match_catalog(), number for number. A library holds the curves of all its candidates, a few
 * kilobytes each; cuxas_match_catalog() holds one a thread. */
#ifndef CUXAS_LIBRARY_H
#define CUXAS_LIBRARY_H
#include "base/watch.h"
#include "cuxas/match.h"
#include "cuxas/records.h"

/* cuxas_match_catalog() - predict, compare and rank every candidate
 *
 *   query     the measurement, cuxas_query_new()
 *   catalog   candidates; at least one
 *   model     with networks; its edges must be those of the query
 *   settings  see above
 *   opt_watch may be NULL
 *   ret_hits  the caller frees it with cuxas_hits_free()
 *
 * Returns  CUXAS_OK, also when every candidate was skipped (n_hit is then 0); CUXAS_ERANGE; CUXAS_ENOMEM.
 *
 * Structures  are predicted and compared with the settings as they are.
 * Spectra     are read and preprocessed like the query and compared only where they have data. A simulated one (FEFF's
 *             xmu.dat) is broadened and shifted like a prediction. A measured standard is not broadened, and its shift
 *             is sought around 0, with CUXAS_PRIOR_STANDARD_SD_EV as the prior's spread: between two measurements there is
 *             a calibration, not an error of theory.
 * Common      with CUXAS_SHIFT_COMMON every candidate is first given its own best shift; all but the measured standards
 *             are then compared again at the median of the structures' shifts (the lower of the two middle ones;
 *             without structures, of the simulated spectra's).
 * Rank        by score, or by rank_mae + rank_spearman; ties by MAE, then name, then path. */
cuxas_status cuxas_match_catalog(const cuxas_query *query, const cuxas_catalog *catalog, const cuxas_model *model,
                                 const cuxas_match_settings *settings, const cuxas_watch *opt_watch,
                                 cuxas_hits **ret_hits, cuxas_error *err);

/* cuxas_hits_free() - accepts NULL */
void cuxas_hits_free(cuxas_hits *hits);

typedef struct cuxas_library cuxas_library;

/* cuxas_library_predict() - reads, and for structures predicts, every candidate
 *
 *   catalog      candidates; at least one; not needed afterwards
 *   model        with networks; must outlive the library
 *   settings     filter, opt_preprocess and n_thread count here; the rest concerns comparisons
 *   opt_watch    may be NULL
 *   ret_library  the caller frees it with cuxas_library_free()
 *
 * Returns  CUXAS_OK, also when a candidate cannot be used: every match will list it as skipped; CUXAS_ERANGE; CUXAS_ENOMEM. */
cuxas_status cuxas_library_predict(const cuxas_catalog *catalog, const cuxas_model *model,
                                   const cuxas_match_settings *settings, const cuxas_watch *opt_watch,
                                   cuxas_library **ret_library, cuxas_error *err);

/* cuxas_library_simulated() - candidates from simulated site spectra instead of predictions
 *
 *   records  as cuxas_records_read() gives them; those of one id make one candidate, named by it: the mean over its sites,
 *            weighted by their multiplicity, of sum_edge weight_edge mu_edge(E) with the model's edge weights
 *   model    its element, edges and grid; must outlive the library; its networks are not used
 *
 * A candidate has the screened-hole channel where all its sites have it for every edge. One without the other channel for
 * every edge and site is listed as skipped by every match.
 * Returns  CUXAS_OK; CUXAS_ERANGE no records, or edges that are not the model's; CUXAS_ENOMEM. */
cuxas_status cuxas_library_simulated(const cuxas_records *records, const cuxas_model *model,
                                     cuxas_library **ret_library, cuxas_error *err);

/* cuxas_library_n_candidate(), cuxas_library_name() - how many candidates, also those that matches skip, and their names */
size_t      cuxas_library_n_candidate(const cuxas_library *library);
const char *cuxas_library_name(const cuxas_library *library, size_t i);

/* cuxas_match_library() - compares every candidate of a library and ranks them, as cuxas_match_catalog() does
 *
 *   settings  compare, n_thread and n_keep; the filter and the preprocessing are those the library was predicted with
 *   ret_hits  the caller frees it with cuxas_hits_free()
 *
 * The library is not changed: several threads may match against it at once.
 * Returns  as cuxas_match_catalog(). */
cuxas_status cuxas_match_library(const cuxas_query *query, const cuxas_library *library,
                                 const cuxas_match_settings *settings, cuxas_hits **ret_hits, cuxas_error *err);

/* cuxas_library_free() - accepts NULL */
void cuxas_library_free(cuxas_library *library);

#endif
