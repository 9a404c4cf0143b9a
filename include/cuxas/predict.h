/* predict.h - crystal -> predicted spectrum: orbits, features, networks, and the sum over sites and edges
 *
 * Site spectra are normalised to an edge step of 1 per edge. The structure spectrum is the mean over all absorber sites
 * (orbits weighted by multiplicity) of sum_edge weight_edge mu_edge(E), on the model's combined grid. Beyond an edge's
 * grid its spectrum continues at its last value; below it falls to 0 as exp((E - start) / CUXAS_TAIL_EV). */
#ifndef CUXAS_PREDICT_H
#define CUXAS_PREDICT_H
#include "cuxas/model.h"
#include "cuxas/crystal.h"

#define CUXAS_TAIL_EV 2.0 /* decay below the first point of an edge, eV (our choice: close to FEFF's own tails) */

typedef struct {
  double distance; /* mean distance to the nearest training sites, in units of the standardised features */
  bool   outside;  /* distance above the model's threshold */
} cuxas_domain;

/* One orbit of absorber sites. */
typedef struct {
  size_t       site_index;      /* representative: first site of the orbit, counted from 0 in file order */
  size_t       multiplicity;    /* sites in the orbit */
  size_t      *equivalent_site; /* (multiplicity) the orbit's sites, ascending, representative included */
  double     **mu;              /* (n_head) pointers to (n_energy of the head's edge): ensemble mean */
  double     **sigma;           /* (n_head) standard deviation; entries NULL when there is one network alone */
  cuxas_domain domain;
} cuxas_site_prediction;

typedef struct cuxas_prediction {
  char                   formula[CUXAS_FORMULA_SIZE];
  size_t                 n_absorber;   /* absorber sites in the cell */
  size_t                 n_site;       /* orbits */
  cuxas_site_prediction *site;         /* (n_site) */
  size_t                 n_head;       /* as in the model */
  cuxas_grid             grid;         /* the model's combined grid */
  double      *mu[CUXAS_N_CHANNEL];    /* (n_energy) structure spectrum by channel; NULL: channel not in the model */
  double      *sigma[CUXAS_N_CHANNEL]; /* (n_energy) its standard deviation; NULL when there is one network alone */
  cuxas_domain domain;                 /* the worst site's */
  bool         symmetry_found;         /* false: spglib gave up, all sites were treated as distinct */
  struct cuxas_prediction *next; /* of the crystal's next arrangement; mu and sigma of the first are means over all */
} cuxas_prediction;

/* cuxas_predict_crystal() - the whole chain for one crystal; of a disordered one for every arrangement
 *
 *   model           with at least one edge; not changed: one model may serve many threads at once
 *   crystal         must contain the model's element
 *   ret_prediction  the caller frees it with cuxas_prediction_free()
 *
 * Returns  CUXAS_OK; CUXAS_EUNSUPPORTED no absorber, an element the featurizer does not know, or a model without networks;
 *          CUXAS_ERANGE degenerate cell; CUXAS_ENUMERIC; CUXAS_ENOMEM.
 * The result does not depend on what else is predicted or on the number of threads. */
cuxas_status cuxas_predict_crystal(const cuxas_model *model, const cuxas_crystal *crystal,
                                   cuxas_prediction **ret_prediction, cuxas_error *err);

/* cuxas_prediction_free() - accepts NULL */
void cuxas_prediction_free(cuxas_prediction *prediction);

#endif
