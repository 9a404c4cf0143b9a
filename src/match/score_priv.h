/* score_priv.h - shift, core-hole fraction and width at which a prediction is most likely, and how likely (compare.h) */
#ifndef CUXAS_SCORE_PRIV_H
#define CUXAS_SCORE_PRIV_H
#include "cuxas/compare.h"

typedef struct {
  double shift_eV;
  bool   at_limit; /* the shift, within half a step of the window's border */
  double hole_fraction;
  double fwhm_eV;
  double score;
} cuxas_found;

/* cuxas_score_fit() - the largest score
 *
 * The window is searched in whole steps, the fraction in 0, 0.05 ... 1, the width at 0.6, 0.8, 1, 1.25 and 1.6 times the
 * settings'; shift and fraction are refined to 1 meV and 0.001 for each width. Equal scores go to the shift nearest the window's
 * centre, the larger fraction and the width nearest the settings'. What the settings fix is not searched.
 *
 * Returns  as cuxas_compare(). */
cuxas_status cuxas_score_fit(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                             cuxas_found *ret_found, cuxas_error *err);

/* cuxas_score_at() - fills the score for the shift, fraction and width in `found`; as above */
cuxas_status cuxas_score_at(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                            cuxas_found *found, cuxas_error *err);

/* cuxas_score_of_correlation() - -N/2 ln(1 - r^2), of the square of the correlation of whitened curves (whiten_priv.h) */
double cuxas_score_of_correlation(double n_independent, double r_square);

#endif
