/* fit_priv.h - how well one curve agrees with one query, as a function of energy shift and hole fraction
 *
 * The curve at shift s with hole fraction a is a * no_hole(E - s) + (1 - a) * screened_hole(E - s). Means, variances
 * and covariances of the channels give Pearson's r for every a at once, so each whole-step shift is read only once. */
#ifndef CUXAS_FIT_PRIV_H
#define CUXAS_FIT_PRIV_H
#include "match/resample_priv.h"

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

#endif
