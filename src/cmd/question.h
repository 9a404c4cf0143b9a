/* question.h - the question that cuxas-match and cuxas-validate share: a measured file, made ready to be compared
 *
 * Their options for reading and comparing are the same rows, so that both mean the same by the same name. */
#ifndef CUXAS_CMD_QUESTION_H
#define CUXAS_CMD_QUESTION_H
#include "cuxas/match.h"
#include "cuxas/measured.h"
#include "cuxas/model.h"
#include "cuxas/preprocess.h"
#include "cmd/options.h"

/* Options for one measured file; cuxas_question_read_all() reads them. */
extern const cuxas_option CUXAS_MEASURED_OPTIONS[];

/* Options; fwhm, hole and shift-center take what the model says unless they are given. */
extern const cuxas_option CUXAS_MODEL_OPTIONS[];

extern const cuxas_option CUXAS_COMPARE_OPTIONS[];

extern const cuxas_option CUXAS_RANK_OPTIONS[];

typedef struct {
  char                      sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_spectrum           *spectrum; /* as in the file, or merged */
  cuxas_measured_info      *info;
  cuxas_prepared           *prepared;
  cuxas_query              *query;
  cuxas_preprocess_settings preprocess; /* as used, also for candidates that are spectra */
  cuxas_compare_settings    compare;
} cuxas_question;

/* cuxas_question_read() - reads the measured file: spectrum, info, sha256
 *
 *   path  a file, or "-" for standard input
 *
 * Returns  CUXAS_OK; as cuxas_measured_read(). The caller ends it with cuxas_question_free() in any case. */
cuxas_status cuxas_question_read(const char *path, const cuxas_measured_options *how, cuxas_question *ret_question,
                                 cuxas_error *err);

#define CUXAS_QUESTION_NEAR_EV 932.7 /* Cu L3 (X-ray Data Booklet): what a spectrum of a file with several must cover */

/* cuxas_question_read_all() - the same as CUXAS_MEASURED_OPTIONS say: the file, and all that is merged with it */
cuxas_status cuxas_question_read_all(const char *path, const cuxas_options *options, cuxas_question *ret_question,
                                     cuxas_error *err);

/* cuxas_question_settle() - replaces what depends on the model in the options (fwhm, hole, shift-center) by its values; a
 * width that the criterion cannot fit is the model's */
cuxas_status cuxas_question_settle(cuxas_options *options, const cuxas_model *model, cuxas_error *err);

#define CUXAS_EELS_SMOOTH_EV 0.3 /* s of the smoothing: counts are few */
#define CUXAS_EELS_FWHM_EV                                                                                             \
  0.5 /* added in quadrature to the model's broadening: 0.5 to 1 eV of a microscope's resolution */
#define CUXAS_EELS_WINDOW_EV 8.0 /* half width of the window of shifts: the loss axis is calibrated less well */

/* cuxas_question_settle_eels() - gives smooth, fwhm and shift-window the values above where they are not given, for an
 * energy-loss spectrum: with --eels, or when the file says that it is one
 *
 *   opt_info  NULL: only --eels decides */
cuxas_status cuxas_question_settle_eels(cuxas_options *options, const cuxas_measured_info *opt_info,
                                        const cuxas_model *model, cuxas_error *err);

/* cuxas_question_check_networks() - CUXAS_OK; CUXAS_EUNSUPPORTED a model without networks */
cuxas_status cuxas_question_check_networks(const cuxas_model *model, cuxas_error *err);

/* cuxas_question_check() - can this model answer what the options ask?
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED a model without networks, or a core-hole fraction that it has no networks for. */
cuxas_status cuxas_question_check(const cuxas_options *options, const cuxas_model *model, cuxas_error *err);

/* cuxas_question_pose() - preprocessing, settings of the comparison, and the query
 *
 * Warns in question->info when the file states another element or edge than the model's.
 *
 *   smooth_eV  s of the smoothing, eV
 *
 * Returns  CUXAS_OK; as cuxas_preprocess_measured(), cuxas_query_new() and cuxas_question_check(). */
cuxas_status cuxas_question_pose(cuxas_question *question, const char *path, const cuxas_options *options,
                                 const cuxas_model *model, double smooth_eV, cuxas_error *err);

/* cuxas_question_free() - accepts a zeroed question */
void cuxas_question_free(cuxas_question *question);

/* cuxas_question_ranking() - of CUXAS_RANK_OPTIONS */
cuxas_ranking cuxas_question_ranking(const cuxas_options *options);

/* cuxas_question_open_model() - reads the model of --model, or the bundled one */
cuxas_status cuxas_question_open_model(const cuxas_options *options, cuxas_model **ret_model, cuxas_error *err);

#endif
