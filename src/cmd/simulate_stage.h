/* simulate_stage.h - the second stage of cuxas-match: the best candidates simulated, and where their simulations are kept */
#ifndef CUXAS_CMD_SIMULATE_STAGE_H
#define CUXAS_CMD_SIMULATE_STAGE_H
#include "match/background.h"
#include "cuxas/shortlist.h"
#include "cmd/options.h"

/* Its options. */
extern const cuxas_option CUXAS_STAGE_OPTIONS[];

/* cuxas_stage_count() - what --simulate asks for; SIZE_MAX: all */
size_t cuxas_stage_count(const cuxas_options *options);

/* cuxas_stage_keep() - how many candidates' curves a match must keep: n_keep, or those that are simulated */
size_t cuxas_stage_keep(const cuxas_options *options, size_t n_keep);

/* cuxas_stage_open() - the simulations that are known: of --simulations, and the bundled ones of the model's edges
 *
 *   options          settled for the model: --hole decides whether the core hole matters
 *   ret_simulations  NULL without --simulate; the caller frees it with cuxas_simulations_free()
 *
 * Returns  CUXAS_OK; as cuxas_simulations_read(). */
cuxas_status cuxas_stage_open(const cuxas_options *options, const cuxas_model *model,
                              cuxas_simulations **ret_simulations, cuxas_error *err);

/* cuxas_stage_run() - simulates and ranks the best of the hits, and says which cannot be told apart
 *
 *   opt_simulations  NULL: does nothing, *ret_shortlist is NULL */
cuxas_status cuxas_stage_run(const cuxas_options *options, const cuxas_query *query, const cuxas_hits *hits,
                             const cuxas_model *model, const cuxas_match_settings *settings,
                             cuxas_simulations *opt_simulations, cuxas_shortlist **ret_shortlist, cuxas_error *err);

#endif
