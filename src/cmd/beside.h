/* beside.h - rankings beside the main one: of all candidates whatever their elements, and of the bundled standards */
#ifndef CUXAS_CMD_BESIDE_H
#define CUXAS_CMD_BESIDE_H
#include "match/background.h"
#include "cuxas/library.h"
#include "cuxas/mixture.h"
#include "cmd/options.h"

/* Its options. */
extern const cuxas_option CUXAS_BESIDE_OPTIONS[];

/* All zero to begin with. Read and predicted once, when first needed. */
typedef struct {
  cuxas_catalog *standards; /* NULL without --standards */
  cuxas_library *standards_library, *all_library;
} cuxas_beside;

typedef struct {
  cuxas_hits    *unconstrained, *standards; /* NULL: not asked for */
  cuxas_mixture *mixture; /* of standards, with --mixture; NULL: not asked for, or none of them goes */
} cuxas_beside_hits;

/* cuxas_beside_open() - lists the standards, where they are asked for
 *
 * Returns  CUXAS_OK; CUXAS_EIO they are not among the bundled data; CUXAS_ENOMEM. */
cuxas_status cuxas_beside_open(const cuxas_options *options, cuxas_beside *beside, cuxas_error *err);

/* cuxas_beside_match() - the rankings that the options ask for
 *
 *   settings    of the main match, opt_preprocess among them
 *   background  NULL: no p-values
 *   hits        the main ranking: where its composition leaves nothing out there is no other
 *   sha256      of the measured file
 *   ret_hits    the caller ends it with cuxas_beside_hits_free(), also after a failure */
cuxas_status cuxas_beside_match(const cuxas_options *options, cuxas_beside *beside, const cuxas_catalog *catalog,
                                const cuxas_model *model, const cuxas_query *query,
                                const cuxas_match_settings *settings, const cuxas_background *background,
                                const cuxas_hits *hits, const char *sha256, cuxas_beside_hits *ret_hits,
                                cuxas_error *err);

void cuxas_beside_hits_free(cuxas_beside_hits *hits);
void cuxas_beside_free(cuxas_beside *beside);

#endif
