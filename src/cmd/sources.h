/* sources.h - what a command line names, opened: the model, candidates, standards, the background, known simulations */
#ifndef CUXAS_CMD_SOURCES_H
#define CUXAS_CMD_SOURCES_H
#include "cmd/match_options.h"
#include "cmd/options.h"
#include "cuxas/catalog.h"
#include "records/simulations.h"
#include "match/significance.h"
#include "match/candidate.h"
#include "match/session.h"
#include "match/store.h"

/* What begins with CUXAS_BUNDLED_PREFIX lies in the folder of the bundled data, wherever that is: "refdb:structures". */

/* What a bare name like "refdb:CuO" means. */
typedef enum { CUXAS_BUNDLED_STRUCTURE, CUXAS_BUNDLED_SPECTRUM } cuxas_bundled_kind;

/* cuxas_source_path() - an argument as a path: CUXAS_BUNDLED_PREFIX and a path in the bundled data ("refdb:spectra/CuO.csv", also
 * without the suffix), or the name of a bundled structure, spectrum, model or library of predictions ("refdb:mp"); anything else is a
 * path already
 *
 *   opt_data  folder of the bundled data; NULL: the usual one
 *   ret_path  the caller frees it
 *
 * Returns  CUXAS_OK; as cuxas_data_path(). */
cuxas_status cuxas_source_path(const char *opt_data, const char *argument, cuxas_bundled_kind kind, char **ret_path,
                               cuxas_error *err);

/* cuxas_source_translate() - names of bundled files in all options are paths from here on; every program does that first
 * cuxas_source_translate_arguments() - the same of the first n_argument arguments */
cuxas_status cuxas_source_translate(cuxas_options *options, cuxas_error *err);
cuxas_status cuxas_source_translate_arguments(cuxas_options *options, size_t n_argument, cuxas_bundled_kind kind,
                                              cuxas_error *err);

/* cuxas_source_model_path() - the model of --model, which may begin with CUXAS_BUNDLED_PREFIX, or the bundled one; the caller
 * frees *ret_path. cuxas_source_model() - reads it */
cuxas_status cuxas_source_model_path(const cuxas_options *options, char **ret_path, cuxas_error *err);
cuxas_status cuxas_source_model(const cuxas_options *options, cuxas_model **ret_model, cuxas_error *err);

/* cuxas_source_find() - the catalog behind the arguments
 *
 *   opt_data  folder of the bundled data; NULL: the usual one
 *   argument  (n_argument) paths, or CUXAS_BUNDLED_PREFIX and a path in the bundled data or the name of a bundled structure
 *             or spectrum ("refdb:CuO"; structures go before spectra); none: the bundled library and the bundled validation
 *             compounds
 *
 * Returns  as cuxas_catalog_list() and cuxas_data_path(). */
cuxas_status cuxas_source_find(const char *opt_data, bool is_recursive, const char *const *argument, size_t n_argument,
                               cuxas_catalog **ret_catalog, cuxas_error *err);

/* Options: how arrangements of disordered structures are drawn; cuxas_source_draw() gives a catalog what they say. */
extern const cuxas_option CUXAS_DISORDER_OPTIONS[];
void                      cuxas_source_draw(const cuxas_options *options, cuxas_catalog *catalog);

/* cuxas_source_candidates() - the catalog behind the arguments; --recursive and --data count
 *
 *   argument  as above
 *
 * Returns  as cuxas_catalog_list() and cuxas_data_path(). */
cuxas_status cuxas_source_candidates(const cuxas_options *options, const char *const *argument, size_t n_argument,
                                     cuxas_catalog **ret_catalog, cuxas_error *err);

/* cuxas_source_companions() - what the options ask for beside model and candidates: the bundled measured spectra, unless
 * --no-standards, the background of --background, and with --simulate the simulations that are known, of --simulations, too
 *
 *   settings        as the options say, settled for the model
 *   with            those of CUXAS_WITH_... that are wanted at all
 *   ret_companions  to be ended by cuxas_companions_clear(), also after a failure
 *
 * Returns  as cuxas_companions_open(). */
cuxas_status cuxas_source_companions(const cuxas_options *options, const cuxas_model *model,
                                     const cuxas_match_settings *settings, unsigned with,
                                     cuxas_companions *ret_companions, cuxas_error *err);

/* Options of cuxas_source_store(). */
extern const cuxas_option CUXAS_CACHE_OPTIONS[];

/* cuxas_source_store() - the predictions that are known: of libraries among the candidates, and the cache of --cache
 *
 *   ret_store  the caller ends it with cuxas_store_close(), also after a failure
 *
 * Returns  CUXAS_OK; as cuxas_store_add_libraries(); for a cache that was named, as cuxas_store_add_cache(). */
cuxas_status cuxas_source_store(const cuxas_options *options, const cuxas_model *model, const cuxas_catalog *catalog,
                                cuxas_store **ret_store, cuxas_error *err);

/* Options of cuxas_source_share() and cuxas_source_join(). */
extern const cuxas_option CUXAS_SHARE_OPTIONS[];

/* cuxas_source_share() - leaves of a catalog every N-th candidate, by --shard, which then says I/N also where it was auto
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE more shares than candidates. */
cuxas_status cuxas_source_share(cuxas_options *options, cuxas_catalog *catalog, cuxas_error *err);

/* cuxas_source_join() - the reports of all shares, which are the arguments
 *
 *   n_simulate  so many of the best of every share, or as many as are drawn, are to be compared again
 *   ret_first  NULL before; the first report, as if it were of the whole; the caller deletes it, also after a failure
 *   ret_all    all zero before; what the shares have compared; ended by cuxas_compared_clear(), also after a failure
 *
 * Returns  CUXAS_OK; CUXAS_EFORMAT reports that are no shares of one whole, or not all of them; as cuxas_report_read(). */
cuxas_status cuxas_source_join(const cuxas_options *options, size_t n_simulate, cJSON **ret_first,
                               cuxas_compared *ret_all, cuxas_error *err);

/* cuxas_compared_clear() - leaves it all zero */
void cuxas_compared_clear(cuxas_compared *compared);

/* cuxas_source_choice() - all settings for a measurement of this kind, with --calibrate also where the energy axis stands; the
 * options are settled for it (match_options.h)
 *
 *   ret_choice  points to itself: it must not be moved
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE the scan of --calibrate does not look like its compound; as the readers and
 *          cuxas_match_check(). */
cuxas_status cuxas_source_choice(cuxas_options *options, bool is_loss, const cuxas_model *model,
                                 cuxas_match_choice *ret_choice, cuxas_error *err);

/* One library asked of many measurements: absorption and energy losses have a session each, opened when the first one comes,
 * so that every measurement gets what it would get alone. What is borrowed must outlive it; all zero but for that. */
typedef struct {
  cuxas_options          *options;
  const cuxas_model      *model;      /* borrowed, as all that follows */
  const cuxas_catalog    *catalog;    /* NULL before there is a session: cuxas_source_choice_for() alone */
  cuxas_store            *opt_store;  /* NULL: none */
  const cuxas_companions *companions; /* when a session is opened */
  cuxas_session_progress  opt_progress;
  void                   *user;
  struct {
    bool               is_chosen;
    cuxas_match_choice choice;
    cuxas_session     *session;
  } kind[2]; /* absorption, energy losses */
} cuxas_source_sessions;

/* cuxas_source_choice_for()  - the settings for this measurement; the options are settled for it
 * cuxas_source_session_for() - the session for it, too
 * cuxas_source_sessions_clear() - ends the sessions; what was borrowed stays
 *
 * Returns  CUXAS_OK; as cuxas_source_choice() and cuxas_session_over(). */
cuxas_status cuxas_source_choice_for(cuxas_source_sessions *all, const cuxas_measurement *measurement,
                                     const cuxas_match_settings **ret_settings, cuxas_error *err);
cuxas_status cuxas_source_session_for(cuxas_source_sessions *all, const cuxas_measurement *measurement,
                                      cuxas_session **ret_session, cuxas_error *err);
void         cuxas_source_sessions_clear(cuxas_source_sessions *all);

#endif
