/* support.h - which candidates cannot be told apart? How often each would come out best if everything were done again
 *
 * In every replicate
 *   - the energies compared are drawn anew, in blocks, because neighbouring residuals are alike (moving block bootstrap:
 *     H. R. Kuensch, Ann. Statist. 17, 1217 (1989)); the block is as long as the best candidate's residual is correlated;
 *   - every prediction is moved within its ensemble's spread, CUXAS_SUPPORT_SPREAD sigma(E) g(E), where g is standard normal
 *     at knots a block apart and linear between them;
 *   - every score gets a normal error of CUXAS_SUPPORT_SCORE_ERROR: what simulation and measurement differ by although
 *     the compound is the right one, and no ensemble knows of;
 * and the candidate with the largest -1/2 ln MAE - 1/2 ln(1 - Spearman) wins. Its support is the part of the replicates it wins. Like the
 * bootstrap support of a phylogenetic tree (J. Felsenstein, Evolution 39, 783 (1985)) it says how well the data decide
 * between these candidates, not whether the right one is among them. `cuxas-calibrate` compares it with how often supported
 * candidates are right. */
#ifndef CUXAS_SUPPORT_H
#define CUXAS_SUPPORT_H
#include "cuxas/match.h"

#include <stdint.h>

#define CUXAS_SUPPORT_SPREAD 2.0      /* our choice, not calibrated: cuxas-calibrate prints what it should be */
#define CUXAS_SUPPORT_SCORE_ERROR 0.3 /* e-folds of the misfit; our choice, not calibrated */
#define CUXAS_SUPPORT_LEVEL 0.9       /* part of the replicates that a group holds (our choice) */
enum { CUXAS_SUPPORT_REPLICATES = 200, CUXAS_SUPPORT_CONTENDERS = 24 };

/* One candidate's curve on the query's grid, scaled as it was compared. */
typedef struct {
  const double *curve;     /* (n_energy) finite */
  const double *opt_sigma; /* (n_energy) its ensemble's spread on the same scale; NULL: not known */
} cuxas_contender;

/* cuxas_support() - part of the replicates that each contender wins
 *
 *   measured     (n_energy) scaled as it was compared
 *   contender    (n_contender) the first is taken for the best: its residual sets the block
 *   n_replicate  > 0
 *   ret_support  (n_contender) sum 1
 *   ret_block    points in a block; may be NULL
 *
 * Deterministic: the seed decides. Returns  CUXAS_OK; CUXAS_ERANGE nothing to compare; CUXAS_ENOMEM. */
cuxas_status cuxas_support(const double *measured, size_t n_energy, const cuxas_contender *contender,
                           size_t n_contender, size_t n_replicate, uint64_t seed, double *ret_support,
                           size_t *ret_block, cuxas_error *err);

/* cuxas_support_group() - the fewest contenders that together hold the level
 *
 *   support   (n)
 *   ret_is_in (n) true for those in it; of equal supports the earlier first
 *
 * Returns  how many they are. */
size_t cuxas_support_group(const double *support, size_t n, double level, bool *ret_is_in);

/* cuxas_support_fill() - support and group of the hits whose curves were kept (the others have none)
 *
 *   query, model, settings  as they were matched; predictions are made again for their spread
 *
 * Hits that do not cover the whole query are no contenders. Returns  as cuxas_support() and cuxas_detail_new(). */
cuxas_status cuxas_support_fill(const cuxas_query *query, const cuxas_model *model,
                                const cuxas_compare_settings *settings, uint64_t seed, int n_thread, cuxas_hits *hits,
                                cuxas_error *err);

/* cuxas_hits_keep() - frees the kept curves of all but the first n_keep hits */
void cuxas_hits_keep(cuxas_hits *hits, size_t n_keep);

#endif
