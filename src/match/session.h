/* session.h - what a session is opened with beside its candidates, and what a result holds: for programs and reports */
#ifndef CUXAS_SESSION_H
#define CUXAS_SESSION_H
#include "match/detail.h"
#include "match/mixture.h"
#include "match/shortlist.h"
#include "match/answer.h"
#include "match/significance.h"
#include "spectrum/edge_shape.h"
#include "cuxas/match.h"
#include "cuxas/measured.h"

/* -- a measured file on its way to an answer: as it was read, preprocessed, made ready to be compared -- */

/* All zero to begin with; filled from the top to the bottom. */
typedef struct {
  char                   sha256[CUXAS_SHA256_HEX_SIZE]; /* of the file, of the first of several; "": there is no file */
  cuxas_spectrum        *spectrum;                      /* as in the file, or merged */
  cuxas_measured_info   *info;
  cuxas_prepared        *prepared; /* NULL, as the query, until cuxas_measurement_prepare() */
  cuxas_query           *query;
  cuxas_compare_settings compare; /* by which it was prepared */
  char                  *asked;   /* settings by which it was read, as a JSON object; NULL: none */
} cuxas_measurement;

#define CUXAS_MEASUREMENT_NEAR_EV                                                                                      \
  932.7 /* Cu L3 (X-ray Data Booklet): what a spectrum of a file with several must cover */

/* cuxas_measurement_read() - spectrum, info and checksum of a file; the bytes that are hashed are the bytes that are read
 *
 *   path  a file, or "-" for standard input
 *
 * Returns  CUXAS_OK; as cuxas_measured_read(). To be ended by cuxas_measurement_clear() in any case. */
cuxas_status cuxas_measurement_read(const char *path, const cuxas_measured_options *opt_how,
                                    cuxas_measurement *ret_measurement, cuxas_error *err);

/* cuxas_measurement_read_all() - the same of several files and scans of one sample, merged
 *
 *   path  (n_path) files, the one to be named first
 *   scan  (n_scan) of every file these, in place of how->scan; none: what `how` says */
cuxas_status cuxas_measurement_read_all(const char *const *path, size_t n_path, const char *const *scan, size_t n_scan,
                                        const cuxas_measured_options *how, cuxas_measurement *ret_measurement,
                                        cuxas_error *err);

/* cuxas_measurement_prepare() - preprocessing and the query
 *
 *   name      stands for the file in messages
 *   settings  compare and opt_preprocess count
 *
 * Warns in measurement->info when the file states another element or edge than the model's.
 * Returns  CUXAS_OK; as cuxas_match_check(), cuxas_preprocess_measured() and cuxas_query_new(). */
cuxas_status cuxas_measurement_prepare(cuxas_measurement *measurement, const char *name, const cuxas_model *model,
                                       const cuxas_match_settings *settings, cuxas_error *err);

/* cuxas_measurement_is_loss() - of electrons: the file says so, or the settings do */
bool cuxas_measurement_is_loss(const cuxas_measurement *measurement, const cuxas_match_settings *settings);

/* cuxas_measurement_may_saturate() - by its detection mode: not energy losses of thin films, not inverse fluorescence; all other
 * modes may, and so may what is not told which it is */
bool cuxas_measurement_may_saturate(const cuxas_measurement *measurement);

/* cuxas_measurement_flattened() - cuxas_answer_flattened(); 0 where nothing saturates, or none is to be allowed for */
double cuxas_measurement_flattened(const cuxas_measurement *measurement, const cuxas_edge_shape *shape,
                                   cuxas_axis axis);

/* What energy losses have where nothing else was asked for (match.h): what depends on the microscope. */
typedef struct {
  double smooth_eV, fwhm_eV, window_eV, center_shift_eV;
} cuxas_loss_values;

/* cuxas_loss_values_for() - the model's broadening and a microscope's, to 0.01 eV; the model's shift, and what a loss axis
 * reads lower */
cuxas_loss_values cuxas_loss_values_for(const cuxas_model *model);

/* cuxas_compare_expect() - the priors of shifts that go with a window
 *
 * Around the centre that energy losses have, as wide as theirs, those of energy losses, of predictions and of standards; else
 * what is usual around compare->center_shift_eV. So the two numbers, which reports tell, are all that there is to say. */
void cuxas_compare_expect(const cuxas_model *model, cuxas_compare_settings *io);

/* cuxas_measurement_axis() - what its energies are worth as evidence (surroundings.h) */
cuxas_axis cuxas_measurement_axis(const cuxas_measurement *measurement, const cuxas_match_settings *settings);

/* cuxas_measurement_smooth_eV() - s of the kernel that its prepared curve went through; 0: none */
double cuxas_measurement_smooth_eV(const cuxas_measurement *measurement);

/* cuxas_measurement_clear() - frees what it owns, leaves it all zero */
void cuxas_measurement_clear(cuxas_measurement *measurement);

struct cuxas_result {
  char              *name;        /* of the measured file, as given */
  cuxas_measurement  measurement; /* with its query, and how it was compared */
  const cuxas_model *model;       /* borrowed */
  cuxas_hits        *hits;
  cuxas_hits        *unconstrained; /* all candidates, whatever their elements; NULL: not asked for, or the same */
  cuxas_hits        *standards;     /* measured spectra, compared like with like; NULL: none were given */
  /* the same, wherever the axis may be, and without saturation where one agrees with it; NULL: one agrees as it is, or
   * none does in any case */
  cuxas_hits        *moved;
  cuxas_mixture     *mixture, *standards_mixture; /* NULL: not asked for, or there is none */
  char               note[CUXAS_MESSAGE_SIZE];    /* why there is no mixture of standards; "": nothing to tell */
  cuxas_shortlist   *shortlist;                   /* NULL: nothing is simulated */
  cuxas_answer       answer;                      /* its compounds are indices of hits */
  cuxas_edge_shape   shape;                       /* of the measured curve */
  size_t             n_detail;
  cuxas_detail      *detail[CUXAS_MATCH_MAX_DETAIL]; /* (n_detail) of the first hits */

  cuxas_match_settings      settings; /* of the session; opt_preprocess is the next */
  cuxas_preprocess_settings preprocess;
  bool                      has_background;
  size_t                    n_named;
  char                    **named; /* (n_named) candidates, as cuxas_session_new() was given them */
};

/* cuxas_session_over() - cuxas_session_new() over candidates that are listed already; the catalog must outlive the session */
cuxas_status cuxas_session_over(const cuxas_model *model, const cuxas_catalog *catalog,
                                const cuxas_match_settings *settings, cuxas_session **ret_session, cuxas_error *err);

/* cuxas_session_part() - over some of another session's candidates, with what was predicted there
 *
 *   catalog   candidates of the session's, told by their paths; with the session it must outlive the part */
cuxas_status cuxas_session_part(cuxas_session *session, const cuxas_catalog *catalog, cuxas_session **ret_part,
                                cuxas_error *err);

/* cuxas_session_of() - over spectra that are at hand, such as simulated ones; the library is taken over, also on failure */
cuxas_status cuxas_session_of(const cuxas_model *model, cuxas_library *library, const cuxas_match_settings *settings,
                              cuxas_session **ret_session, cuxas_error *err);

/* cuxas_session_n_candidate() - how many candidates it has, usable or not */
size_t cuxas_session_n_candidate(const cuxas_session *session);

/* cuxas_session_n_kept() - curves of predictions that a second stage of n_simulate needs beside its own */
size_t cuxas_session_n_kept(size_t n_simulate);

/* cuxas_session_rank() - the ranking alone, compared otherwise than the session's settings say
 *
 *   query     cuxas_measurement_prepare()
 *   n_keep    best candidates whose scaled curves are kept
 *   ret_hits  the caller frees it with cuxas_hits_free()
 *
 * Returns  as cuxas_match_catalog(). */
cuxas_status cuxas_session_rank(cuxas_session *session, const cuxas_query *query, const cuxas_compare_settings *compare,
                                size_t n_keep, cuxas_hits **ret_hits, cuxas_error *err);

/* cuxas_session_mix() - a mixture of the candidates of such a ranking; as cuxas_mixture_library() */
cuxas_status cuxas_session_mix(cuxas_session *session, const cuxas_query *query, const cuxas_hits *hits,
                               const cuxas_mixture_settings *mixing, const char *opt_omit, cuxas_mixture **ret_mixture,
                               cuxas_error *err);

/* -- what a session stands on beside model and candidates -- */

/* In reports it stands for the folder of the bundled data, so that they can be replayed where it lies elsewhere. */
#define CUXAS_BUNDLED_PREFIX "refdb:"

/* NULL where there is none: then there are no p-values, no ranking of measured spectra, and nothing is simulated whatever the
 * settings say. */
typedef struct {
  cuxas_catalog     *standards; /* measured spectra */
  cuxas_background  *background;
  cuxas_simulations *simulations;
} cuxas_companions;

enum { CUXAS_WITH_STANDARDS = 1, CUXAS_WITH_BACKGROUND = 2, CUXAS_WITH_SIMULATIONS = 4, CUXAS_WITH_ALL = 7 };

/* Where they come from. All zero but for `with`: from nowhere. */
typedef struct {
  unsigned    with;            /* those of CUXAS_WITH_... that are wanted */
  const char *opt_folder;      /* of the bundled data; NULL: there is none */
  const char *opt_model_path;  /* the background beside this file; NULL: beside the folder's own model */
  const char *opt_background;  /* this file, in place of what is found */
  const char *opt_simulations; /* a file of known ones, which takes up new ones, beside the bundled ones */
  const char *opt_cache; /* without such a file: folder where what is computed is kept, in a file for every theory */
  bool        needs_standards; /* that there are none is an error */
  bool        knows_none;      /* no simulations are known: all is simulated, nothing kept */
  bool        only_reads;      /* that file takes up nothing, and need not be there */
} cuxas_companion_source;

/* cuxas_companions_open() - what is wanted and there
 *
 *   settings        of the session: without n_simulate no simulations are read
 *   opt_watch       of a background that has to be predicted
 *   ret_companions  to be ended by cuxas_companions_clear(), also after a failure
 *
 * What the folder does not hold is NULL and no error. Returns  CUXAS_OK; as cuxas_background_read() and
 * cuxas_simulations_read() of files that were named, or are damaged; as cuxas_catalog_list(); CUXAS_ENOMEM. */
cuxas_status cuxas_companions_open(const cuxas_model *model, const cuxas_match_settings *settings,
                                   const cuxas_companion_source *from, const cuxas_watch *opt_watch,
                                   cuxas_companions *ret_companions, cuxas_error *err);

/* cuxas_companions_clear() - frees them, leaves all NULL */
void cuxas_companions_clear(cuxas_companions *companions);

/* cuxas_session_set_companions() - borrowed, must outlive the session, as must single ones; NULL takes them away */
void cuxas_session_set_companions(cuxas_session *session, const cuxas_companions *companions);
void cuxas_session_set_standards(cuxas_session *session, const cuxas_catalog *standards);
void cuxas_session_set_simulations(cuxas_session *session, cuxas_simulations *simulations);

/* cuxas_session_identify_measurement() - cuxas_session_identify() of what has been read already
 *
 *   name         stands for the file in messages and reports
 *   measurement  prepared, or not yet; taken over, also on failure */
cuxas_status cuxas_session_identify_measurement(cuxas_session *session, const char *name,
                                                cuxas_measurement *measurement, cuxas_result **ret_result,
                                                cuxas_error *err);

/* cuxas_session_identify_loss() - the same of an energy-loss spectrum in memory, which is not changed
 *
 * Once the session has answered for one measurement, and where it keeps its candidates and simulates nothing, many threads
 * may call this at a time. */
cuxas_status cuxas_session_identify_loss(cuxas_session *session, const char *name, const cuxas_spectrum *spectrum,
                                         cuxas_result **ret_result, cuxas_error *err);

#endif
