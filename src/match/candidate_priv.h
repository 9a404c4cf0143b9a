/* candidate_priv.h - from a candidate's file to the curve that is compared */
#ifndef CUXAS_CANDIDATE_PRIV_H
#define CUXAS_CANDIDATE_PRIV_H
#include "cuxas/match.h"

/* The numbers of a cuxas_curve, owned. All zero: none. */
typedef struct {
  cuxas_grid grid;
  double    *mu[CUXAS_N_CHANNEL]; /* no hole, screened hole; NULL: no such channel */
  bool       is_prediction;       /* reaches beyond its ends, see cuxas_curve */
  bool       is_by_model;         /* the model predicts it: its errors stand beside those of theory */
  bool       is_measured;         /* a standard: neither broadened nor shifted for the errors of theory */
} cuxas_candidate_curve;

/* What stands behind the curve of a structure, kept for what is drawn and simulated of the best. */
typedef struct cuxas_parts {
  cuxas_crystal    *crystal;
  cuxas_prediction *prediction;          /* its sites and spreads; the structure's spectra are: */
  double           *mu[CUXAS_N_CHANNEL]; /* of the candidate's curve; borrowed */
} cuxas_parts;

/* cuxas_parts_bytes() - about what they take in memory; cuxas_parts_free() accepts NULL */
size_t cuxas_parts_bytes(const cuxas_parts *parts, const cuxas_model *model);
void   cuxas_parts_free(cuxas_parts *parts);

/* cuxas_candidate_load() - reads, and for a structure predicts, one candidate
 *
 *   hit           path and name must be set; filled: kind, sha256, formula, sites, domain, and warnings about these
 *   ret_curve     the caller frees it with cuxas_candidate_curve_clear(), also when it is empty
 *   ret_left_out  why the composition filter leaves the structure out: then there is no curve, unless settings->unconstrained
 *                 wants it all the same; "" when it does not
 *   opt_parts     of a structure; the caller frees them with cuxas_parts_free(). NULL: not wanted
 *
 * Returns  CUXAS_OK, also for one left out; or what the readers and cuxas_predict_crystal() return. */
cuxas_status cuxas_candidate_load(const cuxas_candidate *candidate, const cuxas_model *model,
                                  const cuxas_match_settings *settings, cuxas_hit *hit,
                                  cuxas_candidate_curve *ret_curve, char ret_left_out[CUXAS_COMPOSITION_REASON_SIZE],
                                  cuxas_parts **opt_parts, cuxas_error *err);

/* cuxas_candidate_curve_clear() - frees the numbers */
void cuxas_candidate_curve_clear(cuxas_candidate_curve *curve);

/* cuxas_hit_warn() - adds a sentence to the hit's warnings (printf format); the last place that is left says that there
 * were more. CUXAS_ENOMEM */
cuxas_status cuxas_hit_warn(cuxas_hit *hit, cuxas_error *err, const char *format, ...) CUXAS_PRINTF_LIKE(3, 4);

#endif
