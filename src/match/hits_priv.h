/* hits_priv.h - the one place that orders candidates */
#ifndef CUXAS_HITS_PRIV_H
#define CUXAS_HITS_PRIV_H
#include "cuxas/match.h"

/* cuxas_hits_rank() - fills the ranks and delta_to_next, and sorts hits by rank, skipped and filtered
 * by path; the order in which they were added does not matter. CUXAS_ENOMEM */
cuxas_status cuxas_hits_rank(cuxas_hits *hits, cuxas_ranking ranking, cuxas_error *err);

/* cuxas_hits_keep() - frees the kept curves of all but the first n_keep hits */
void cuxas_hits_keep(cuxas_hits *hits, size_t n_keep);

/* cuxas_hits_release() - the hits no longer point to what their library keeps */
void cuxas_hits_release(cuxas_hits *hits);

/* cuxas_hit_clear() - frees what a hit owns */
void cuxas_hit_clear(cuxas_hit *hit);

#endif
