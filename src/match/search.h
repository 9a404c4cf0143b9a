/* search.h - where a curve agrees best with a measurement; the curve, broadened once, at any energy shift */
#ifndef CUXAS_MATCH_SEARCH_H
#define CUXAS_MATCH_SEARCH_H
#include "cuxas/compare.h"

enum { CUXAS_RESAMPLE_MAX_CHANNEL = 2 };

typedef struct {
  cuxas_grid grid;      /* the curve's own, continued on both sides far enough for every shift asked for */
  size_t     n_channel; /* 1, or 2 with the screened hole */
  double    *mu[CUXAS_RESAMPLE_MAX_CHANNEL]; /* (grid.n_energy) no hole, screened hole; broadened */
  size_t     i_curve;                        /* where the curve's own points begin in mu */
  cuxas_grid covered;                        /* the curve's own grid */
  bool       extend;                         /* as in cuxas_curve */
} cuxas_resampled;

/* cuxas_resampled_new() - prepares a curve for shifts from low_eV to high_eV on a target grid of the same step
 *
 * Returns  CUXAS_OK: free with cuxas_resampled_free(); CUXAS_ERANGE another step, or curve and target never meet;
 *          CUXAS_ENUMERIC a value that is not finite; CUXAS_ENOMEM. */
cuxas_status cuxas_resampled_new(const cuxas_curve *curve, double fwhm_eV, cuxas_grid target, double low_eV,
                                 double high_eV, cuxas_resampled **ret_resampled, cuxas_error *err);

/* cuxas_resampled_free() - accepts NULL */
void cuxas_resampled_free(cuxas_resampled *resampled);

/* cuxas_resampled_overlap() - the target points where the curve, moved up by shift_eV, has data; all if it extends */
cuxas_span cuxas_resampled_overlap(const cuxas_resampled *resampled, cuxas_grid target, double shift_eV);

/* cuxas_resampled_needed() - how many points must overlap: 60 % of the most that do at any whole step from the middle of a
 * window of shifts or at its borders, and CUXAS_COMPARE_MIN_POINTS
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer than CUXAS_COMPARE_MIN_POINTS overlap at every shift. */
cuxas_status cuxas_resampled_needed(const cuxas_resampled *resampled, cuxas_grid target, double low_eV, double high_eV,
                                    size_t *ret_n_needed, cuxas_error *err);

/* cuxas_cubic_weights() - of four points, between the second and third of which something lies a fraction t from the second */
void cuxas_cubic_weights(double t, double ret_weight[4]);

/* cuxas_resampled_read() - one channel at the energies of the span less shift_eV, by a cubic through four points
 * (Catmull-Rom: exact at the points, smooth in the shift); ret_mu is (span.n_point) */
void cuxas_resampled_read(const cuxas_resampled *resampled, size_t i_channel, cuxas_grid target, cuxas_span span,
                          double shift_eV, double *ret_mu);

/* -- maximum of a function of one variable inside a bracket -- */

typedef double cuxas_objective(double x, void *user);

/* cuxas_golden_maximum() - golden-section search
 *
 *   low, high  bracket with one maximum inside (or at an end), low <= high
 *   width      the bracket is narrowed to this, > 0
 *
 * Returns  the best point tried, ends included; ret_value is the function there. NaN counts as -infinity. The number of
 * calls depends on the bracket and width alone. */
double cuxas_golden_maximum(cuxas_objective *objective, void *user, double low, double high, double width,
                            double *ret_value);

/* -- the search over shift, core-hole fraction and width -- */

/* cuxas_prior_penalty() - what a value loses of the score, z^2 / 2; 0 where nothing is known (sd infinite) */
double cuxas_prior_penalty(cuxas_prior prior, double value);

typedef struct {
  double shift_eV;
  bool   at_limit; /* the shift, within half a step of the window's border */
  double hole_fraction;
  double fwhm_eV;
  double score;
} cuxas_found;

/* What a search by score tries. */
enum { CUXAS_SEARCH_MAX_WIDTH = 5 };

typedef struct {
  size_t n_width, n_trial;
  double fwhm_eV[CUXAS_SEARCH_MAX_WIDTH]; /* (n_width) in order */
  double low_eV, high_eV, step_eV;        /* the window of shifts */
} cuxas_search_plan;

/* cuxas_search_planned() - of these settings; n_trial shifts, cuxas_search_trial_eV() being the k-th */
cuxas_search_plan cuxas_search_planned(const cuxas_query *query, const cuxas_compare_settings *settings);
double            cuxas_search_trial_eV(const cuxas_search_plan *plan, size_t k);

/* cuxas_search_penalty() - what the priors of shift and width take from the score */
double cuxas_search_penalty(const cuxas_search_plan *plan, const cuxas_compare_settings *settings, double shift_eV,
                            size_t i_width);

/* cuxas_search_metric() - B of compare.h, 0 without a model's errors; CUXAS_ENOMEM */
cuxas_status cuxas_search_metric(const cuxas_query *query, const cuxas_compare_settings *settings, double *ret_metric,
                                 cuxas_error *err);

/* What heights add to a score (compare.h): -n_height ln(MAE / the first), the MAE no smaller than the second, so that equal
 * curves have a logarithm. A featureless curve has about the first. */
#define CUXAS_FEATURELESS_MAE 0.25
#define CUXAS_LEAST_MAE 1e-6

/* cuxas_search() - where the settings' criterion is best: the largest score, or the smallest MAE on the settings' scale
 *
 * The window is searched in whole steps, the fraction in 0, 0.05 ... 1, the width at 0.6, 0.8, 1, 1.25 and 1.6 times the
 * settings' (by score alone); shift and fraction are refined to 1 meV and 0.001 for each width. Equal ones go to the shift
 * nearest the window's centre, the larger fraction and the width nearest the settings'. What the settings fix is not
 * searched. By MAE, the score is that of the place found. Of the whole steps only settings->opt_places are looked at, where
 * these are given (scan.h).
 *
 * Returns  as cuxas_compare(). */
cuxas_status cuxas_search(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                          cuxas_found *ret_found, cuxas_error *err);

/* cuxas_score_of_correlation() - -N/2 ln(1 - r^2), of the square of the correlation of whitened curves (whiten_priv.h) */
double cuxas_score_of_correlation(double n_independent, double r_square);

#endif
