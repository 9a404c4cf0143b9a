/* preprocess_steps.h - the steps of preprocess.h: each makes a new spectrum of an old one and knows nothing of the others */
#ifndef CUXAS_SPECTRUM_PREPROCESS_STEPS_H
#define CUXAS_SPECTRUM_PREPROCESS_STEPS_H
#include "cuxas/preprocess.h"

/* The names of cuxas_pre_edge in options, reports and settings. */
#define CUXAS_PRE_EDGE_NAMES                                                                                           \
  {                                                                                                                    \
    "none", "auto", "line", "power"                                                                                    \
  }

/* cuxas_pre_edge_find() - the one of this name, of n_name letters; false: there is none */
bool cuxas_pre_edge_find(const char *name, size_t n_name, cuxas_pre_edge *ret_kind);

/* cuxas_preprocess_sort() - ascending energies, equal ones (within CUXAS_PREPROCESS_SAME_EV) averaged to one point
 *
 *   ret_spectrum   the caller frees it
 *   opt_n_merged   points that went into others; may be NULL
 *
 * Returns  CUXAS_OK; CUXAS_ENUMERIC an energy or value that is not finite; CUXAS_ENOMEM. */
cuxas_status cuxas_preprocess_sort(const cuxas_spectrum *spectrum, cuxas_spectrum **ret_spectrum, size_t *opt_n_merged,
                                   cuxas_error *err);

/* cuxas_preprocess_check_order() - CUXAS_ERANGE: energies do not ascend strictly */
cuxas_status cuxas_preprocess_check_order(const cuxas_spectrum *spectrum, cuxas_error *err);

/* cuxas_preprocess_smooth() - Gaussian smoothing at the spectrum's own energies
 *
 *   mu'(E) = sum_i w_i K_i mu_i / sum_i w_i K_i,   K_i = exp(-((E_i - E)/s)^2), cut at 4 s
 *
 * w_i is half the distance between the neighbours of point i (one neighbour at the ends), at most s: dense stretches do
 * not outweigh sparse ones, and a point beside a gap does not outweigh its neighbourhood. A table of
 * CUXAS_PREPROCESS_MANY_POINT points or more, with four or more of them in s/64, is averaged in bins of that width first,
 * and has as many points as bins then: time grows with the points, not with their square.
 *
 *   spectrum      strictly ascending energies, eV
 *   smooth_eV     s, eV, >= 0; 0 copies the spectrum
 *   ret_spectrum  the caller frees it
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE smooth_eV is negative or not finite, energies do not ascend; CUXAS_ENOMEM. */
cuxas_status cuxas_preprocess_smooth(const cuxas_spectrum *spectrum, double smooth_eV, cuxas_spectrum **ret_spectrum,
                                     cuxas_error *err);

/* cuxas_preprocess_find_pedestal() - level of the pre-edge
 *
 * The curve is averaged in bins of 0.5 eV; the edge is the first bin above the middle between the lowest and the
 * highest bin; the pre-edge is what lies more than 3 eV below it. Its level is the mean after points further than 3
 * robust standard deviations (1.4826 times the median absolute deviation) from the median are left out. A pre-edge of
 * fewer than 3 points, or one whose level is not in the lower half of the curve's range (decaying background), does not
 * count: then the level is that of the lowest bin before the edge, or of the lowest of all where the curve begins above the middle.
 *
 *   spectrum  ascending energies, >= 1 point
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no points or energies that do not ascend; CUXAS_ENOMEM. */
cuxas_status cuxas_preprocess_find_pedestal(const cuxas_spectrum *spectrum, cuxas_pedestal *ret_pedestal,
                                            cuxas_error *err);

/* cuxas_preprocess_subtract() - takes a constant off all values, in place */
void cuxas_preprocess_subtract(cuxas_spectrum *spectrum, double level);

/* cuxas_preprocess_crop() - the points with min_eV <= energy <= max_eV, in their order
 *
 *   min_eV, max_eV  eV; -INFINITY, INFINITY: no limit
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE no point is left; CUXAS_ENOMEM. */
cuxas_status cuxas_preprocess_crop(const cuxas_spectrum *spectrum, double min_eV, double max_eV,
                                   cuxas_spectrum **ret_spectrum, cuxas_error *err);

/* cuxas_preprocess_resample() - values on a grid, by interpolation, never by extrapolation
 *
 *   spectrum  strictly ascending energies; >= 2 points (linear) or >= 3 (Steffen)
 *   grid      inside the spectrum's range (within CUXAS_PREPROCESS_SAME_EV)
 *   ret_mu    (n_energy)
 *
 * Returns  CUXAS_OK; CUXAS_ERANGE grid outside the range, too few points, energies do not ascend; CUXAS_ENOMEM. */
cuxas_status cuxas_preprocess_resample(const cuxas_spectrum *spectrum, cuxas_grid grid,
                                       cuxas_interpolation interpolation, double *ret_mu, cuxas_error *err);

#endif
