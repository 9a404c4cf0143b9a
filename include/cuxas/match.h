/* match.h - measured spectra against many candidates: open a session once, ask it as often as there are measurements
 *
 *     cuxas_match_settings settings = cuxas_match_settings_for(model);
 *     cuxas_session_new(model, candidate, n_candidate, &settings, &session, &err);
 *     for (each file) cuxas_session_identify(session, file, &result, &err);
 *
 * A candidate that cannot be used is recorded with its reason, never fatal. Candidates are processed in parallel (OpenMP);
 * the result does not depend on the number of threads or on the order in which candidates are given. */
#ifndef CUXAS_MATCH_H
#define CUXAS_MATCH_H
#include "cuxas/catalog.h"
#include "cuxas/compare.h"
#include "cuxas/measured.h"
#include "cuxas/predict.h"
#include "cuxas/preprocess.h"

#include <stdint.h>

enum { CUXAS_HIT_MAX_WARNING = 8 };

typedef struct {
  char                *path;  /* where it was read */
  char                *label; /* path as reports show it, see catalog.h */
  char                *name;  /* the file's stem */
  cuxas_candidate_kind kind;
  char                 sha256[CUXAS_SHA256_HEX_SIZE];
  char                 formula[CUXAS_FORMULA_SIZE]; /* "" for a spectrum */
  size_t               n_absorber;                  /* absorber sites in the cell; 0 for a spectrum */
  size_t               n_distinct;
  cuxas_comparison     comparison;
  bool                 is_foreseen; /* the comparison is that of a scan in whole steps: not among the best n_fit */
  cuxas_domain         domain;      /* of the worst site; distance NaN for a spectrum */
  size_t               rank;        /* 1 ... by what the settings say */
  size_t               rank_score, rank_mae, rank_spearman; /* 1 ... ; equal numbers share the smaller rank */
  size_t
      rank_predicted; /* of one simulated, or ranked whatever its elements: among cuxas_result_hits(); 0: not there */
  double  delta_to_next;    /* MAE of the next candidate minus this one's; NaN for the last */
  double  p_value, e_value; /* NaN until cuxas_significance_fill(), and for spectra */
  double  support;          /* probability that it is this one (match/answer.h); NaN until there is an answer */
  bool    is_in_group;      /* one of those that cannot be told apart */
  bool    is_query;         /* a standard that is the measurement itself, see standards.h */
  char   *warning[CUXAS_HIT_MAX_WARNING];       /* doubts, one line each; the rest NULL */
  double *shifted;                              /* (query grid) scaled prediction for the figures; NULL unless kept */
  struct cuxas_site_surroundings *surroundings; /* of its copper; NULL for a spectrum */
  const struct cuxas_parts
      *parts; /* crystal and prediction, of a library that kept them: borrowed from it; else NULL */
} cuxas_hit;

typedef struct {
  char *path;   /* as reports show it */
  char *reason; /* one line */
} cuxas_skipped;

typedef struct {
  size_t         n_hit;
  cuxas_hit     *hit; /* (n_hit) by rank */
  size_t         n_skipped;
  cuxas_skipped *skipped; /* (n_skipped) by path: could not be used */
  size_t         n_filtered;
  cuxas_skipped *filtered; /* (n_filtered) by path: left out because of their composition, which is no failure */
} cuxas_hits;

typedef enum {
  CUXAS_RANKING_SCORE,     /* by the score (compare.h): does not depend on what else is among the candidates */
  CUXAS_RANKING_AGREEMENT, /* by the sum of the ranks by MAE and by Spearman */
} cuxas_ranking;

enum { CUXAS_MATCH_MAX_DETAIL = 6 };
#define CUXAS_SIMULATE_AUTO (SIZE_MAX - 1)

/* How a session answers. Zero is "do not" for everything behind n_keep.
 *
 * n_fit counts where scores of sought shifts rank alone and no sums of predictions are asked for; no candidate that a
 * full comparison of all would put among the best n_fit is lost. */
typedef struct {
  cuxas_compare_settings   compare;
  cuxas_ranking            ranking;
  cuxas_composition_filter filter; /* for structures; the composition of a spectrum is not known */
  const cuxas_preprocess_settings
        *opt_preprocess; /* of measurements, and without its crop of candidates that are spectra;
                                                      NULL: defaults */
  int    n_thread;       /* >= 1 */
  /* predictions that are compared in full where there are more: the best; the others as a scan in whole steps of shift
   * foresees them, without Spearman, Pearson and onsets. 0: all */
  size_t n_fit;
  size_t n_keep;              /* best candidates whose scaled curves are kept in cuxas_hit.shifted */
  size_t n_detail;            /* of these, how many get their sites and spread; at most CUXAS_MATCH_MAX_DETAIL */
  size_t n_mixture;           /* also sums of up to so many candidates */
  size_t n_standards_mixture; /* sums of up to so many measured spectra; 0: as n_mixture says */
  size_t n_simulate;          /* so many of the best structures have simulations beside predictions; SIZE_MAX: all; */
                              /* CUXAS_SIMULATE_AUTO: those that are bundled, and few more that take seconds */
  bool   is_calibrated;       /* the axis is tied to a standard of the same session: worth more */
  const char
      *opt_calibrated; /* by which, "SCAN=COMPOUND" for the report; borrowed, outlives the session; NULL: not told */
  bool is_eels;        /* energy losses, also where the file does not say so: their axis is worth less */
  bool is_settled;     /* the values below are not given to energy losses */
  bool unconstrained;  /* with a filter: also rank all, whatever their elements */
  uint64_t                     seed;         /* of bootstraps */
  struct cuxas_store          *opt_store;    /* predictions that are known, borrowed (match/store.h); NULL: none */
  const struct cuxas_compared *opt_compared; /* comparisons that are known, borrowed (match/candidate.h); NULL: none */
} cuxas_match_settings;

/* cuxas_match_settings_for() - what cuxas-match does unless told otherwise: shift, width and core hole as the model needs
 * them, the 10 best kept, one thread; opt_errors of the comparison are borrowed from the model */
cuxas_match_settings cuxas_match_settings_for(const cuxas_model *model);

/* An energy-loss spectrum, by is_eels or by what its file says, has these where the settings are still those above. */
#define CUXAS_EELS_SMOOTH_EV 0.3 /* s of the smoothing: counts are few */
#define CUXAS_EELS_FWHM_EV                                                                                             \
  0.5 /* added in quadrature to the model's broadening: 0.5 to 1 eV of a microscope's resolution */
#define CUXAS_EELS_WINDOW_EV 8.0 /* half width of the window of shifts: the loss axis is calibrated less well */

/* Its window of shifts, and what is expected there, lies CUXAS_PRIOR_LOSS_EV (compare.h) from where the model's is: chosen on few
 * curves, energy losses of copper, Cu2O and CuO that read 0.7 to 1.1 eV lower than photon energies. None of the bundled curves is
 * one of a microscope, so the spread is no measured one (our choice). */

/* cuxas_axis_calibrate() - where the energy axis of a session of measurements stands, by one whose compound is known
 *
 *   settings      how the two are compared
 *   scan          measured file
 *   spectrum      file of its compound, measured on an axis that is trusted
 *   ret_shift_eV  what is to be added to all energies: axis_shift_eV of opt_preprocess, beside is_calibrated
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE they do not look alike; as cuxas_session_new() and cuxas_session_identify(). */
cuxas_status cuxas_axis_calibrate(const cuxas_model *model, const cuxas_match_settings *settings, const char *scan,
                                  const char *spectrum, double *ret_shift_eV, cuxas_error *err);

/* cuxas_match_check() - can this model answer so? CUXAS_OK; CUXAS_EUNSUPPORTED a model without networks, or a core-hole
 * fraction that it has no networks for */
cuxas_status cuxas_match_check(const cuxas_model *model, const cuxas_match_settings *settings, cuxas_error *err);

/* -- sessions -- */

/* A session is used by one thread at a time and shares nothing with other sessions. */
typedef struct cuxas_session cuxas_session;
typedef struct cuxas_result  cuxas_result;

/* What is going on: "predicting", "standards", "simulating", "comparing"; one thread at a time. */
typedef void (*cuxas_session_progress)(const char *what, size_t n_done, size_t n_total, void *user);

/* cuxas_session_new() - candidates against which measurements will be asked
 *
 *   model        must outlive the session and its results
 *   candidate    (n_candidate) files and folders, as cuxas_catalog_list() takes them
 *   settings     copied, with what opt_preprocess points to
 *   ret_session  the caller frees it with cuxas_session_free()
 *
 * Files are looked into here, for several structures in one; candidates are read, hashed and predicted once, when the first
 * measurement asks. Curves, sites and spreads are kept up to
 * about a gigabyte; beyond that candidates are predicted again for every measurement, with the same numbers.
 * Returns  CUXAS_OK; as cuxas_catalog_list() and cuxas_match_check(). */
cuxas_status cuxas_session_new(const cuxas_model *model, const char *const *candidate, size_t n_candidate,
                               const cuxas_match_settings *settings, cuxas_session **ret_session, cuxas_error *err);

/* cuxas_session_use_data() - what cuxas-match asks beside the candidates unless told otherwise
 *
 *   data_folder  of the bundled data, as it is installed in PREFIX/share/cuxas
 *
 * That is: measured spectra, which have their say in the answer and may sum up to the measurement; spectra of unrelated
 * compounds for p-values; where the settings simulate, the simulations that are known. What the folder does not hold is done
 * without; a model without spectra of unrelated compounds beside it has those of the folder's candidates predicted, told as
 * "background".
 * Returns  CUXAS_OK; CUXAS_EFORMAT damaged simulations; CUXAS_ENOMEM. */
cuxas_status cuxas_session_use_data(cuxas_session *session, const char *data_folder, cuxas_error *err);

/* cuxas_session_watch() - who is told how far the work is; NULL: nobody */
void cuxas_session_watch(cuxas_session *session, cuxas_session_progress progress, void *user);

/* cuxas_session_stop() - ends the question that is being answered, within its next part: it fails with CUXAS_EIO "stopped". For the
 * progress callback, or another thread; the session can be asked again */
void cuxas_session_stop(cuxas_session *session);

/* cuxas_session_identify() - which candidates agree with a measured file, and how far can that be trusted?
 *
 *   path        "-": standard input
 *   ret_result  the caller frees it with cuxas_result_free(); it owns all it shows but the model
 *
 * Returns  CUXAS_OK, also when no candidate is left (n_hit is 0); as cuxas_measured_read(), cuxas_preprocess_measured(),
 *          cuxas_query_new() about the measurement; CUXAS_ENOMEM. */
cuxas_status cuxas_session_identify(cuxas_session *session, const char *path, cuxas_result **ret_result,
                                    cuxas_error *err);

/* Files that are read otherwise than they say by themselves, and scans of one sample that are merged. */
typedef struct {
  size_t                 n_path, n_scan;
  const char *const     *path; /* (n_path) the first is the one that is named */
  const char *const     *scan; /* (n_scan) of every file these, in place of how.scan */
  cuxas_measured_options how;  /* near_eV 0: the Cu L3 edge */
} cuxas_measured_source;

/* cuxas_session_identify_source() - the same of such files; what was asked of them is among the report's settings */
cuxas_status cuxas_session_identify_source(cuxas_session *session, const cuxas_measured_source *source,
                                           cuxas_result **ret_result, cuxas_error *err);

/* cuxas_session_identify_curve() - the same of numbers in memory
 *
 *   name       stands for the file in messages and reports
 *   energy_eV  (n_point) in any order
 *   mu         (n_point) */
cuxas_status cuxas_session_identify_curve(cuxas_session *session, const char *name, const double *energy_eV,
                                          const double *mu, size_t n_point, cuxas_result **ret_result,
                                          cuxas_error *err);

/* cuxas_result_hits() - the ranking; belongs to the result */
const cuxas_hits *cuxas_result_hits(const cuxas_result *result);

/* cuxas_result_free(), cuxas_session_free() - accept NULL; results may outlive their session, not its model */
void cuxas_result_free(cuxas_result *result);
void cuxas_session_free(cuxas_session *session);

#endif
