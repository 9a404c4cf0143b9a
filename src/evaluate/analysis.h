/* analysis.h - what one does with many numbers or many spectra: histogram, deciles, groups, principal components, coverage;
 * and spectra as an instrument shows them, for queries whose answer is known */
#ifndef CUXAS_ANALYSIS_H
#define CUXAS_ANALYSIS_H
#include "cuxas/spectrum.h"
#include "cuxas/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* -- histogram -- */

enum { CUXAS_MAX_BIN = 200 };

/* Bin i holds low + i step <= value < low + (i + 1) step; a value on the upper end belongs to the last bin. */
typedef struct {
  double low, step;
  size_t n_bin, count[CUXAS_MAX_BIN];
  size_t n_below, n_above, n_value; /* outside the bins; all that are finite, outside ones included */
} cuxas_histogram;

/* cuxas_histogram_make() - of the finite ones of n values
 *
 *   step   > 0
 *   n_bin  1 ... CUXAS_MAX_BIN; values outside are moved into it */
cuxas_histogram cuxas_histogram_make(const double *value, size_t n, double low, double step, size_t n_bin);

/* -- ranks -- */

/* cuxas_rank_rows() - rows with a finite value, by rising value, ties by row
 *
 *   ret_row  (n) the first ret_n are set
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_rank_rows(const double *value, size_t n, size_t *ret_row, size_t *ret_n, cuxas_error *err);

enum { CUXAS_N_DECILE = 10 };

/* cuxas_decile_ranks() - ten equal parts of the middle of n ranked things: the rank in the middle of each
 *
 *   middle    part of all that is divided, 0 ... 1; the rest is left out in equal shares at both ends
 *   ret_rank  (CUXAS_N_DECILE) 0 ... n - 1, never falling; n > 0 */
void cuxas_decile_ranks(size_t n, double middle, size_t ret_rank[CUXAS_N_DECILE]);

/* -- groups -- */

/* Quartiles of the values of one group. */
typedef struct {
  int    key;
  size_t n_value;
  double low, median, high; /* first quartile, median, third quartile */
} cuxas_group_summary;

/* cuxas_group_summarise() - one summary for each key, by rising key
 *
 *   key          (n) negative: left out
 *   value        (n) not finite: left out
 *   ret_summary  (n) the first ret_n_group are set
 *
 * Returns  CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_group_summarise(const int *key, const double *value, size_t n, cuxas_group_summary *ret_summary,
                                   size_t *ret_n_group, cuxas_error *err);

/* -- principal components -- */

typedef struct {
  size_t  n_row, n_energy, n_component;
  double *mean;      /* (n_energy) */
  double *component; /* (n_component, n_energy) unit vectors; the largest coefficient of each is positive */
  double *score;     /* (n_row, n_component) */
  double *part;      /* (n_component) of the variance, 0 ... 1 */
} cuxas_pca;

/* cuxas_pca_new() - leading components of some rows of a table, centred and not scaled
 *
 *   table        (..., n_energy)
 *   row          (n_row) rows of it to take, n_row >= 2
 *   n_component  > 0; what the data do not have is zero
 *   ret_pca      the caller frees it with cuxas_pca_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE fewer than 2 rows, or all are alike; CUXAS_ENUMERIC no convergence; CUXAS_ENOMEM.
 * I. T. Jolliffe, Principal Component Analysis, 2nd ed., Springer 2002. */
cuxas_status cuxas_pca_new(const float *table, size_t n_energy, const size_t *row, size_t n_row, size_t n_component,
                           cuxas_pca **ret_pca, cuxas_error *err);

/* cuxas_pca_free() - accepts NULL */
void cuxas_pca_free(cuxas_pca *pca);

/* -- coverage -- */

enum { CUXAS_N_LEVEL = 4 };
extern const double CUXAS_LEVEL[CUXAS_N_LEVEL]; /* 0.50, 0.68, 0.90, 0.95 */

/* How many points lie within z sigma, z that of a normal distribution; an honest sigma has covered equal to the level. */
typedef struct {
  size_t n_point;
  double covered[CUXAS_N_LEVEL];
  double factor[CUXAS_N_LEVEL]; /* what sigma would have to be multiplied by to cover just as much as it should */
} cuxas_coverage;

/* cuxas_coverage_find() - of n points with |difference| and sigma > 0; points of sigma 0 are left out
 *
 * Returns  CUXAS_OK; n_point is 0 when there are none, and the rest NaN; CUXAS_ENOMEM. */
cuxas_status cuxas_coverage_find(const double *difference, const double *sigma, size_t n, cuxas_coverage *ret_coverage,
                                 cuxas_error *err);

/* -- a power law -- */

/* cuxas_power_fit() - y = factor x^exponent, by least squares in the logarithms; n >= 2 positive points
 *
 * Returns  false: fewer than two different x; the outputs are NaN then */
bool cuxas_power_fit(const double *x, const double *y, size_t n, double *ret_factor, double *ret_exponent);

/* -- spectra as an instrument would have shown them, and a test of p-values -- */

/* In the order in which it is done; all zero: nothing. Heights are in units of the perfect spectrum's largest value. */
typedef struct {
  double fwhm_eV;    /* Gaussian resolution */
  double saturation; /* s: y = (1 + s) m / (1 + s m), m = mu / max: thick samples, self-absorption */
  double slope;      /* added from the first energy to the last */
  double pedestal;   /* added everywhere; may be negative, as after too large a background was taken off */
  double noise;      /* standard deviation of independent normal noise */
  double shift_eV;   /* of the energy axis */
  double stretch;    /* energies above the first grow by this part: a wrong dispersion */
} cuxas_degradation;

/* The points of a scan before shift and stretch; those beyond the perfect spectrum are left out. */
typedef struct {
  double from_eV, to_eV, step_eV;
} cuxas_scan_range;

/* cuxas_degrade() - points of a scan
 *
 *   grid, mu      the perfect spectrum
 *   how           see above; widths and noise >= 0, saturation > -1
 *   random        state of the noise, advanced
 *   ret_spectrum  ascending energies; the caller frees it with cuxas_spectrum_free()
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE settings outside these bounds, or fewer than 20 points; CUXAS_ENOMEM. */
cuxas_status cuxas_degrade(cuxas_grid grid, const double *mu, const cuxas_degradation *how, cuxas_scan_range range,
                           uint64_t *random, cuxas_spectrum **ret_spectrum, cuxas_error *err);

/* cuxas_uniformity() - largest distance of the empirical distribution from that of 0 ... 1, and its significance
 *
 *   value         (n) independent of each other, n >= 1; sorted on return
 *   ret_distance  D, 0 ... 1; may be NULL
 *
 * Returns  the chance of a D this large if the values are uniform: Kolmogorov's limit with M. A. Stephens' correction for
 *          small n (J. R. Stat. Soc. B 32, 115 (1970)), good to 0.01 from n = 5 on. Small: they are not uniform. */
double cuxas_uniformity(double *value, size_t n, double *ret_distance);

#endif
