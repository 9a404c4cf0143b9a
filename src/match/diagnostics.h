/* diagnostics.h - what speaks against a measurement before anything is ranked, computed from the measurement itself
 *
 * Preprocessing warns of coarse steps, gaps, a missing pre-edge and curves that end below their beginning; here is what needs
 * the edges, the model, or spectra of other compounds to be seen. Limits are our choice. */
#ifndef CUXAS_DIAGNOSTICS_H
#define CUXAS_DIAGNOSTICS_H
#include "match/significance.h"
#include "cuxas/measured.h"
#include "cuxas/status.h"

#define CUXAS_DOUBT_RANGE_EV 30.0    /* compared over less than this: too short for two edges */
#define CUXAS_DOUBT_AXIS_EV 4.0      /* first onset further than this from where predictions expect it */
#define CUXAS_DOUBT_SPLITTING_EV 1.0 /* distance of two onsets off by more than this */
#define CUXAS_DOUBT_SIGNAL 30.0      /* range of the signal over its noise below this */
#define CUXAS_DOUBT_STEP_PART 0.65   /* ratio of the edges' steps below this part of the expected one */

/* cuxas_noise() - standard deviation of a scan's independent noise
 *
 *   1.4826 / sqrt(6) times the median magnitude of second differences, over triples of points whose two steps differ by
 *   less than a tenth of the larger; 0 when there are fewer than 10 such triples
 *
 *   spectrum  ascending energies */
cuxas_status cuxas_noise(const cuxas_spectrum *spectrum, double *ret_noise, cuxas_error *err);

/* cuxas_step_ratio() - how far the curve rises over the second edge, in units of its rise over the first
 *
 * The levels are means: of what lies 3 eV and more below the first onset, of 5 to 2 eV below the second, and of 12 to 22 eV behind
 * it. The two edges' steps are as their occupations, about 2 to 1; saturation and self-absorption flatten what is high, and
 * the second step stands on the first: the ratio falls, of a curve m by (1 + s) m / (1 + s m) with s = 1 to about half.
 *
 *   onset  (2) as cuxas_onset_find() gives them
 *
 * Returns  NaN where an onset was not found, the curve begins less than 4 eV below the first or ends less than 15 eV behind the
 *          second, or the first step is not positive. */
double cuxas_step_ratio(cuxas_grid grid, const double *mu, const cuxas_onset *onset);

/* cuxas_doubt() - adds what there is to doubt
 *
 *   spectrum        as read, in any order
 *   info            what the file says
 *   query, compare  made ready, and how it will be compared
 *   model           expected ratio of the steps
 *   opt_background  NULL: the energy axis cannot be judged
 *   warnings        added to
 *
 * Warns of   less than CUXAS_DOUBT_RANGE_EV compared; a later edge that is not there or that the scan does not reach; an energy
 *            axis that is off, or stretched; too small a second step; too much noise; a detection mode that
 *            the file does not name.
 * Returns    CUXAS_OK; CUXAS_ENOMEM. */
cuxas_status cuxas_doubt(const cuxas_spectrum *spectrum, const cuxas_measured_info *info, const cuxas_query *query,
                         const cuxas_compare_settings *compare, const cuxas_model *model,
                         const cuxas_background *opt_background, cuxas_warnings *warnings, cuxas_error *err);

#endif
