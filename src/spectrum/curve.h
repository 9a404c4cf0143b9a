/* curve.h - curves on one grid: how alike two are, and a broader one
 *
 * Two curves that are compared are (n_point) values on the same energies. Nothing here keeps a pointer, and what compares
 * allocates nothing. A correlation with a flat curve is 0/0: NaN. */
#ifndef CUXAS_CURVE_H
#define CUXAS_CURVE_H
#include "cuxas/spectrum.h"

#include <stdbool.h>
#include <stddef.h>

/* cuxas_metric_mae() - mean |a - b|, in the unit of the curves; n_point >= 1 */
double cuxas_metric_mae(const double *a, const double *b, size_t n_point);

/* cuxas_metric_pearson() - linear correlation, -1 ... 1; n_point >= 2 */
double cuxas_metric_pearson(const double *a, const double *b, size_t n_point);

/* cuxas_metric_spearman() - rank correlation, -1 ... 1: Pearson's of the ranks, equal values sharing their mean rank
 *
 *   n_point  >= 2
 *   work     (4 n_point) scratch, overwritten */
double cuxas_metric_spearman(const double *a, const double *b, size_t n_point, double *work);

/* cuxas_broaden() - convolution with a Gaussian
 *
 *   grid      of the curve
 *   mu        (n_energy)
 *   fwhm_eV   full width at half maximum, eV, finite, >= 0; 0 copies the curve
 *   ret_mu    (n_energy), must not be mu
 *
 * The kernel is cut at four standard deviations and its weights sum to 1 at every point: near the ends it averages over
 * the points that exist, so a constant stays constant. Returns CUXAS_OK; CUXAS_ERANGE; CUXAS_ENOMEM. */
cuxas_status cuxas_broaden(cuxas_grid grid, const double *mu, double fwhm_eV, double *ret_mu, cuxas_error *err);

/* cuxas_curve_mend_spikes() - single points that no spectrum can have, put on the line between their neighbours
 *
 *   energy_eV     (n_point) strictly ascending
 *   mu            (n_point) changed in place
 *   ret_first_eV  where the first was
 *
 * A point is one where it stands out of both neighbours by more than 8 times what points do that way in the middle, by 3 % of the
 * range of nine in ten points, and by 3 times what the curve changes beside it: lines of an L edge are at least half an
 * eV wide, a sampled peak has flanks. Neighbours are at most 0.4 eV away. Where one in twenty points would be one, none is: that is noise.
 * Returns how many. CUXAS_ENOMEM counts as none. */
size_t cuxas_curve_mend_spikes(const double *energy_eV, double *mu, size_t n_point, double *ret_first_eV);

/* What lies under an edge, as far as it is no constant: level + slope (E - to_eV). */
typedef struct {
  double from_eV, to_eV; /* where it was fitted: up to 30 eV that end 4 eV below the edge */
  double level, slope_per_eV;
} cuxas_curve_background;

/* cuxas_curve_slopes() - does the curve fall or rise before its edge, so much that what lies under the edge is no constant?
 *
 *   energy_eV       (n_point) strictly ascending
 *   search_from_eV  the edge is the steepest rise behind this energy, between means of half an eV
 *   ret_background  the line; where it rises without the tail that was fitted beside it
 *
 * -1 where the line falls until the last energy by more than a tenth of the largest value above it, and by more than
 * five standard errors (neighbours that err alike counted as fewer). The tail of an edge rises, too, but not straight: beside a line that
 * rises c / (E_edge - E), c >= 0, is fitted, as slow as an edge's tail is (an arctangent's; white lines' fall faster), which takes all that is
 * bent. +1 where what is left rises by more than a twentieth and by five standard errors, over 6 eV and more. 0: neither, or less than 3 eV or 8
 * points before the edge, or no memory. */
int cuxas_curve_slopes(const double *energy_eV, const double *mu, size_t n_point, double search_from_eV,
                       cuxas_curve_background *ret_background);

#endif
