/* trust.h - what cuxas-match asks for after the ranking: how much the scores are worth */
#ifndef CUXAS_CMD_TRUST_H
#define CUXAS_CMD_TRUST_H
#include "match/background.h"
#include "cuxas/mixture.h"
#include "cmd/options.h"

/* Its options. */
extern const cuxas_option CUXAS_TRUST_OPTIONS[];

/* cuxas_trust_open() - the background that the options ask for
 *
 *   ret_background  NULL when none is wanted, or when none can be had without being asked for; the caller frees it
 *
 * Returns  CUXAS_OK; as cuxas_background_read() for a file that was named; CUXAS_ENOMEM. */
cuxas_status cuxas_trust_open(const cuxas_options *options, const cuxas_model *model, cuxas_background **ret_background,
                              cuxas_error *err);

/* cuxas_trust_keep() - how many candidates' curves a match must keep for cuxas_trust_fill() */
size_t cuxas_trust_keep(const cuxas_options *options);

/* cuxas_trust_fill() - p-values, E-values, support and groups of finished hits; then keeps the curves of --top alone
 *
 *   opt_background  NULL: no p-values */
cuxas_status cuxas_trust_fill(const cuxas_options *options, const cuxas_query *query, const cuxas_model *model,
                              const cuxas_compare_settings *compare, const cuxas_background *opt_background,
                              cuxas_hits *hits, cuxas_error *err);

/* cuxas_trust_mix() - the mixture of --mixture; *ret_mixture stays NULL without it, and where nothing was compared
 *
 *   library  what was matched; may be NULL without --mixture */
cuxas_status cuxas_trust_mix(const cuxas_options *options, const cuxas_query *query, const cuxas_library *library,
                             const cuxas_hits *hits, const cuxas_compare_settings *compare, cuxas_mixture **ret_mixture,
                             cuxas_error *err);

#endif
