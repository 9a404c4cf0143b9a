/* session.h - what a session is opened with beside its candidates, and what a result holds: for programs and reports */
#ifndef CUXAS_SESSION_H
#define CUXAS_SESSION_H
#include "match/detail.h"
#include "match/mixture.h"
#include "match/shortlist.h"
#include "match/answer.h"
#include "match/significance.h"
#include "spectrum/edge_shape.h"
#include "match/measurement.h"

struct cuxas_result {
  char              *name;        /* of the measured file, as given */
  cuxas_measurement  measurement; /* with its query, and how it was compared */
  const cuxas_model *model;       /* borrowed */
  cuxas_hits        *hits;
  cuxas_hits        *unconstrained; /* all candidates, whatever their elements; NULL: not asked for, or the same */
  cuxas_hits        *standards;     /* measured spectra, compared like with like; NULL: none were given */
  cuxas_mixture     *mixture, *standards_mixture; /* NULL: not asked for, or there is none */
  char               note[CUXAS_MESSAGE_SIZE];    /* why there is no mixture of standards; "": nothing to tell */
  cuxas_shortlist   *shortlist;                   /* NULL: nothing is simulated */
  cuxas_answer       answer;                      /* its compounds are indices of hits */
  cuxas_edge_shape   shape;                       /* of the measured curve */
  size_t             n_detail;
  cuxas_detail      *detail[CUXAS_MATCH_MAX_DETAIL]; /* (n_detail) of the first hits */
};

/* cuxas_session_over() - cuxas_session_new() over candidates that are listed already; the catalog must outlive the session */
cuxas_status cuxas_session_over(const cuxas_model *model, const cuxas_catalog *catalog,
                                const cuxas_match_settings *settings, cuxas_session **ret_session, cuxas_error *err);

/* cuxas_session_set_background(), _standards(), _simulations() - without them there are no p-values, no ranking of measured
 * spectra, and nothing is simulated whatever the settings say; borrowed, must outlive the session; NULL takes them away */
void cuxas_session_set_background(cuxas_session *session, const cuxas_background *background);
void cuxas_session_set_standards(cuxas_session *session, const cuxas_catalog *standards);
void cuxas_session_set_simulations(cuxas_session *session, cuxas_simulations *simulations);

/* cuxas_session_identify_measurement() - cuxas_session_identify() of what has been read already
 *
 *   name         stands for the file in messages and reports
 *   measurement  prepared, or not yet; taken over, also on failure */
cuxas_status cuxas_session_identify_measurement(cuxas_session *session, const char *name,
                                                cuxas_measurement *measurement, cuxas_result **ret_result,
                                                cuxas_error *err);

#endif
