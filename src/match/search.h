/* search.h - a curve continued beyond its ends and broadened once, then read at any energy shift */
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

/* -- how well one curve agrees with one query, as a function of energy shift and hole fraction
 *
 * The curve at shift s with hole fraction a is a * no_hole(E - s) + (1 - a) * screened_hole(E - s). Means, variances
 * and covariances of the channels give Pearson's r for every a at once, so each whole-step shift is read only once. -- */

/* Sums of products of deviations from the means: channels 0 and 1 and the measured curve m. */
typedef struct {
  double s00, s01, s11;
  double s0m, s1m;
  double smm;
} cuxas_moments;

/* At one shift. */
typedef struct {
  double        shift_eV;
  bool          is_usable; /* enough points overlap */
  cuxas_moments value;
  cuxas_moments slope; /* of central differences */
} cuxas_trial;

typedef struct {
  const cuxas_query            *query;
  const cuxas_compare_settings *settings;
  cuxas_resampled              *curve;
  double                        low_eV, high_eV; /* shifts allowed */
  size_t                        n_needed;        /* points that must overlap */
  size_t                        n_trial;         /* odd: the middle one is the window's centre */
  cuxas_trial                  *trial;    /* (n_trial) ascending shifts; whole steps from the centre, and the borders */
  double                       *work;     /* six rows of n_energy: */
  double                       *measured; /*   of the query, scaled min-max */
  double                       *measured_slope;
  double                       *channel[CUXAS_RESAMPLE_MAX_CHANNEL]; /* at the shift looked at last */
  double                       *slope[CUXAS_RESAMPLE_MAX_CHANNEL];
} cuxas_fit;

/* cuxas_fit_new() - reads the curve at every whole-step shift of the window (one shift when it is fixed)
 *
 *   ret_fit  the caller frees it with cuxas_fit_free(); query and settings must outlive it, the curve need not
 *
 * Returns  as cuxas_compare(). */
cuxas_status cuxas_fit_new(const cuxas_query *query, const cuxas_curve *curve, const cuxas_compare_settings *settings,
                           cuxas_fit **ret_fit, cuxas_error *err);

/* cuxas_fit_free() - accepts NULL */
void cuxas_fit_free(cuxas_fit *fit);

/* cuxas_fit_read() - the mixed curve at a shift
 *
 *   ret_mu  (span.n_point)
 *
 * Returns  the points where curve and query overlap; n_point = 0: fewer than needed. */
cuxas_span cuxas_fit_read(cuxas_fit *fit, double shift_eV, double hole_fraction, double *ret_mu);

/* cuxas_fit_correlation() - Pearson's r of the values plus that of the first derivatives, -2 ... 2; NaN: flat or too
 * little overlap */
double cuxas_fit_correlation(cuxas_fit *fit, double shift_eV, double hole_fraction);

/* cuxas_fit_mae() - MAE on the scale of the settings; NaN: cannot be scaled or too little overlap */
double cuxas_fit_mae(cuxas_fit *fit, double shift_eV, double hole_fraction);

/* cuxas_fit_criterion() - what the settings want to be large: the correlation or minus the MAE; NaN as above */
double cuxas_fit_criterion(cuxas_fit *fit, double shift_eV, double hole_fraction);

/* cuxas_fit_trial_criterion() - the same at trial[i_trial].shift_eV, from its moments where they suffice */
double cuxas_fit_trial_criterion(cuxas_fit *fit, size_t i_trial, double hole_fraction);

/* cuxas_fit_best_trial() - the trial with the largest criterion; of equals the one nearest the centre, then the lower
 *
 * Returns  its index; fit->n_trial when the criterion is NaN everywhere. */
size_t cuxas_fit_best_trial(cuxas_fit *fit, double hole_fraction);

/* cuxas_fit_shift() - the shift with the largest criterion, refined to 1 meV between whole steps (shift.c)
 *
 *   ret_at_limit  within half a step of the window's border
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC a curve that is flat at every shift. */
cuxas_status cuxas_fit_shift(cuxas_fit *fit, double hole_fraction, double *ret_shift_eV, bool *ret_at_limit,
                             cuxas_error *err);

/* cuxas_fit_hole() - the hole fraction with the smallest 4 MAE - r - r', each at its own best shift (hole.c)
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC a curve that is flat at every shift and fraction. */
cuxas_status cuxas_fit_hole(cuxas_fit *fit, double *ret_hole_fraction, cuxas_error *err);

/* -- shift, core-hole fraction and width at which a prediction is most likely, and how likely (compare.h) -- */

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
