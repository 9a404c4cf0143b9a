/* shortlist.h - the second stage of a match: the best candidates by prediction, simulated from first principles
 *
 * A network predicts a thousand candidates in the time that one simulation takes, but with an error of its own. So it
 * makes the shortlist, and simulations of the few candidates on it decide. Where both disagree about a candidate by more
 * than the network is usually wrong, the network should not be believed there:
 *
 *   error    mean |prediction - simulation| of the first edge without a core hole, over its grid and over all absorbers
 *   limit    90th percentile of the same for compounds held out from training, as the model file says (cuxas-model(5))
 *   doubtful error > limit
 *
 * Nothing is said of the predictions of those that are known already: only their curves are looked up, as are those that a library
 * of predictions among the candidates holds, whatever was asked for.
 *
 * All simulated candidates are compared in the same way: where one of them lacks the channel with a core hole, all are
 * compared without one. The screened hole is mixed with a projected one where all have it, with none otherwise.
 *
 * By default (CUXAS_SIMULATE_AUTO) every structure that is compared in full has its simulation whose sites are all in the files of cuxas_simulations_read(),
 * the bundled ones, or whose library holds it, not where that says that there is none; and of the CUXAS_SIMULATE_AUTO_MAX best by prediction that have none those are simulated that together cost no more
 * than CUXAS_SIMULATE_AUTO_S by the estimate of cluster.h. What was computed before saves time, and changes nothing. Known
 * ones without a core hole are then left out rather than take it from all. */
#ifndef CUXAS_SHORTLIST_H
#define CUXAS_SHORTLIST_H
#include "match/library.h"
#include "match/store.h"
#include "records/simulations.h"

/* What else is known of a simulated candidate. */
typedef struct cuxas_shortlisted {
  double  error; /* of its prediction, see above; NaN: the model has no such network */
  bool    is_doubtful;
  double *predicted;                    /* (query grid) its prediction as compared, scaled; NULL: was not kept */
  char    code[CUXAS_RECORD_CODE_SIZE]; /* what simulated its first site; "": not known */
} cuxas_shortlisted;

typedef struct cuxas_shortlist {
  size_t                 n_wanted;       /* candidates that were to be simulated */
  cuxas_hits            *hits;           /* simulated, by rank; skipped: could not be simulated, with the reason */
  cuxas_shortlisted     *candidate;      /* (hits->n_hit) of the same order */
  double                 limit;          /* NaN: the model does not say */
  cuxas_compare_settings compare;        /* as used */
  size_t                 n_without_hole; /* lack a core-hole channel though one was wanted: all were compared without */
  bool                   is_projected;   /* the screened hole is mixed with a projected one, not with none */
} cuxas_shortlist;

enum { CUXAS_SIMULATE_AUTO_MAX = 5 };
#define CUXAS_SIMULATE_AUTO_S 10.0 /* core-seconds */

/* Curves of candidates that are known by simulation, so that one is made only once in a session. */
typedef struct cuxas_simulated_curves cuxas_simulated_curves;

/* cuxas_simulated_curves_new() - none yet; NULL: no memory. Several threads may use it at a time.
 * cuxas_simulated_curves_free() - accepts NULL */
cuxas_simulated_curves *cuxas_simulated_curves_new(cuxas_error *err);
void                    cuxas_simulated_curves_free(cuxas_simulated_curves *curves);

/* By what candidates are simulated. */
typedef struct {
  const cuxas_model      *model;
  cuxas_simulations      *simulations; /* of the model's absorber and edges */
  size_t                  n_wanted; /* how many of the structures, from the first on; CUXAS_SIMULATE_AUTO: see above */
  cuxas_simulated_curves *opt_curves; /* of the session; NULL: made anew */
  cuxas_store            *opt_store;  /* where curves of known simulations are kept from one process to the next */
} cuxas_second_stage;

/* cuxas_shortlist_simulate() - simulates the best structures of a ranking and ranks them anew
 *
 *   hits         ranked by prediction; spectra among them are no matter of a simulation
 *   settings     as those hits were matched; n_keep counts for the simulated curves
 *   opt_watch    may be NULL
 *   ret_shortlist  the caller frees it with cuxas_shortlist_free()
 *
 * A structure that cannot be simulated is skipped with its reason.
 * Returns  CUXAS_OK, also when none could be simulated; CUXAS_EIO simulations cannot be kept; as cuxas_match_catalog(). */
cuxas_status cuxas_shortlist_simulate(const cuxas_query *query, const cuxas_hits *hits, const cuxas_second_stage *how,
                                      const cuxas_match_settings *settings, const cuxas_watch *opt_watch,
                                      cuxas_shortlist **ret_shortlist, cuxas_error *err);

/* cuxas_shortlist_free() - accepts NULL */
void cuxas_shortlist_free(cuxas_shortlist *shortlist);

/* cuxas_shortlist_find() - place of a hit of the ranking by prediction among the simulated ones; SIZE_MAX: not there */
size_t cuxas_shortlist_find(const cuxas_shortlist *opt_shortlist, const cuxas_hit *hit);

/* cuxas_shortlist_leads() - there is a ranking by simulation, which then decides */
bool cuxas_shortlist_leads(const cuxas_shortlist *opt_shortlist);

/* cuxas_shortlist_limit() - 90th percentile of held-out errors of the model's first edge without a core hole; NaN: not
 * in the file */
double cuxas_shortlist_limit(const cuxas_model *model);

/* cuxas_library_simulate() - a library of simulations: every structure of a catalog, as cuxas_library_predict() predicts
 *
 * Spectra of the catalog, and what cannot be simulated, are listed as skipped by every match. Where one candidate lacks the
 * channel with a core hole, it is left out of all.
 * Returns  CUXAS_OK; CUXAS_EIO simulations cannot be kept; CUXAS_ERANGE; CUXAS_ENOMEM. */
cuxas_status cuxas_library_simulate(const cuxas_catalog *catalog, const cuxas_model *model,
                                    cuxas_simulations *simulations, const cuxas_watch *opt_watch,
                                    cuxas_library **ret_library, cuxas_error *err);

#endif
