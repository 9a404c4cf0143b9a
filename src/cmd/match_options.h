/* match_options.h - from the command line to settings: the options that cuxas-match and cuxas-validate share
 *
 * Their options for reading and comparing are the same rows, so that both mean the same by the same name. This is the only
 * place where such an option becomes a setting of the library. */
#ifndef CUXAS_CMD_MATCH_OPTIONS_H
#define CUXAS_CMD_MATCH_OPTIONS_H
#include "cmd/options.h"
#include "match/session.h"

/* Options for one measured file; cuxas_match_options_measure() reads them. */
extern const cuxas_option CUXAS_MEASURED_OPTIONS[];

/* Options; fwhm, hole and shift-center take what the model says unless they are given. */
extern const cuxas_option CUXAS_MODEL_OPTIONS[], CUXAS_BLIND_MODEL_OPTIONS[], CUXAS_COMPARE_OPTIONS[],
    CUXAS_RANK_OPTIONS[];

/* Options of cuxas-match alone. */
extern const cuxas_option CUXAS_COMPANION_OPTIONS[], CUXAS_SIGNIFICANCE_OPTIONS[], CUXAS_SIMULATION_OPTIONS[],
    CUXAS_CALIBRATION_OPTIONS[];

/* cuxas_match_options_columns() - which columns, signs and data set of a measured file the options name, and that copper's L edge
 * is looked for; of no scan. Texts are the options'. */
cuxas_measured_options cuxas_match_options_columns(const cuxas_options *options);

/* cuxas_match_options_measure() - the file, and all that the options merge with it; to be ended by
 * cuxas_measurement_clear() in any case */
cuxas_status cuxas_match_options_measure(const cuxas_options *options, const char *path,
                                         cuxas_measurement *ret_measurement, cuxas_error *err);

/* cuxas_match_options_settle() - replaces what depends on the model in the options (fwhm, hole, shift-center) by its values; a
 * width that the criterion cannot fit is the model's */
cuxas_status cuxas_match_options_settle(cuxas_options *options, const cuxas_model *model, cuxas_error *err);

/* cuxas_match_options_is_loss() - is it an energy-loss spectrum, as the options or its file say? */
bool cuxas_match_options_is_loss(const cuxas_options *options, const cuxas_measurement *measurement);

/* cuxas_match_options_settle_for() - the same for a measurement of that kind: energy losses have smooth, fwhm and shift-window of
 * match.h where they are not given; what the options were given for a measurement of the other kind is taken back */
cuxas_status cuxas_match_options_settle_for(cuxas_options *options, bool is_loss, const cuxas_model *model,
                                            cuxas_error *err);

/* Settings, and the preprocessing that they point to. */
typedef struct {
  cuxas_match_settings      match; /* its opt_preprocess points to the next */
  cuxas_preprocess_settings preprocess;
} cuxas_match_choice;

/* cuxas_match_options_compare() - settings of a comparison from options that are settled
 *
 *   ret_choice  where it points to itself it must not be moved */
void cuxas_match_options_compare(const cuxas_options *options, const cuxas_model *model,
                                 cuxas_match_choice *ret_choice);

/* cuxas_match_options_filter() - --elements, --require, --exclude; ends the program when what they name are no elements */
void cuxas_match_options_filter(const cuxas_options *options, cuxas_composition_filter *ret_filter);

/* cuxas_match_options_session() - all settings of cuxas-match */
void cuxas_match_options_session(const cuxas_options *options, const cuxas_model *model,
                                 cuxas_match_choice *ret_choice);

/* cuxas_match_options_n_simulate() - what --simulate asks for; SIZE_MAX: all; CUXAS_SIMULATE_AUTO */
size_t cuxas_match_options_n_simulate(const cuxas_options *options);

/* -- option values from a JSON object: the settings of a report, or a configuration file of the same form -- */

/* cuxas_settings_of_report() - every option that the settings of a report name and the command line does not give itself gets their
 * value, which counts as given from here on
 *
 *   report  has an object "settings", {"name": value, ...} as of cuxas_options_settings(); null leaves an option alone; "candidates" is
 *           passed over
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT a setting that this version does not know or does not allow, or an option that reports do not have
 *          among their settings: a report may be anybody's; CUXAS_EUNSUPPORTED a setting that is no more. */
cuxas_status cuxas_settings_of_report(cuxas_options *options, const cJSON *report, const char *path, cuxas_error *err);

/* cuxas_settings_configure() - reads the file of --config, where one is given: an object of any options, or a document with the member
 * "settings", which counts as a report
 *
 * Returns  CUXAS_OK, also without a file; as cuxas_settings_of_report(); CUXAS_EIO; CUXAS_ENOMEM. */
cuxas_status cuxas_settings_configure(cuxas_options *options, cuxas_error *err);

/* -- running a report again from its own settings -- */

/* cuxas_replay_measured() - path of the measured file; CUXAS_EFORMAT it was standard input, which cannot be read again */
cuxas_status cuxas_replay_measured(const cJSON *report, const char *path, const char **ret_measured, cuxas_error *err);

/* cuxas_replay_candidates() - the candidate arguments of the report
 *
 *   ret_argument  (ret_n_argument) the strings belong to the report, the array to the caller, who frees it */
cuxas_status cuxas_replay_candidates(const cJSON *report, const char *path, const char ***ret_argument,
                                     size_t *ret_n_argument, cuxas_error *err);

#endif
