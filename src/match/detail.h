/* detail.h - what stands behind one hit: the spectra of its sites and the spread of the ensemble, as they were compared
 *
 * The prediction of the few candidates that are drawn is taken through the hit's own broadening, shift and scale. A hit whose
 * library kept no predictions is predicted once more, which gives the same bytes. */
#ifndef CUXAS_DETAIL_H
#define CUXAS_DETAIL_H
#include "cuxas/match.h"
#include "match/library.h"

/* One orbit of absorber sites. */
typedef struct {
  size_t       site_index;   /* representative: first site of the orbit, counted from 0 in file order */
  size_t       multiplicity; /* sites in the orbit */
  double       weight;       /* multiplicity / all absorber sites */
  cuxas_domain domain;
  double      *mu; /* (query grid) scaled by the structure's gain and offset: sum of weight * mu is the hit's curve */
} cuxas_detail_site;

typedef struct cuxas_detail {
  size_t             n_site; /* 0: the candidate is a spectrum, not a prediction */
  cuxas_detail_site *site;   /* (n_site) */
  double            *sigma;  /* (query grid) standard deviation of the ensemble, scaled; NULL: one member */
} cuxas_detail;

/* cuxas_detail_new() - the parts of a hit, as they were kept or predicted again
 *
 *   query, model, settings  as they were matched
 *   hit                     of cuxas_match_catalog()
 *   ret_detail              the caller frees it with cuxas_detail_free()
 *
 * Returns  CUXAS_OK, with n_site = 0 for a spectrum; CUXAS_EIO the file is gone or is not what it was; CUXAS_ENUMERIC;
 *          as cuxas_predict_crystal(); CUXAS_ENOMEM.
 *
 * sigma is an upper bound where members differ in position more than in height: standard deviations, not members, are
 * broadened and, for a fitted core-hole fraction, mixed, as if all errors had one sign. */
cuxas_status cuxas_detail_new(const cuxas_query *query, const cuxas_model *model,
                              const cuxas_compare_settings *settings, const cuxas_hit *hit, cuxas_detail **ret_detail,
                              cuxas_error *err);

/* cuxas_detail_free() - accepts NULL */
void cuxas_detail_free(cuxas_detail *detail);

#endif
