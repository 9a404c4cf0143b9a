/* diagnostics.c - what speaks against a measurement before anything is ranked
 *
 * Contents: 1. noise  2. steps  3. range and edges  4. against the background  5. all of it */
#include "match/diagnostics.h"

#include "spectrum/curve.h"
#include "base/memory.h"
#include "cuxas/preprocess.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

/* 1. noise */

cuxas_status cuxas_noise(const cuxas_spectrum *spectrum, double *ret_noise, cuxas_error *err)
{
  enum { MIN_TRIPLE = 10 };
  const double *energy = spectrum->energy_eV, *mu = spectrum->mu;
  size_t        n      = 0;
  double       *second = cuxas_new_array(spectrum->n_point, sizeof *second);
  if (second == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for the noise of %zu points", spectrum->n_point);
  for (size_t i = 1; i + 1 < spectrum->n_point; i++) {
    const double left = energy[i] - energy[i - 1], right = energy[i + 1] - energy[i];
    if (fabs(left - right) < 0.1 * fmax(left, right)) second[n++] = fabs(mu[i - 1] - 2.0 * mu[i] + mu[i + 1]);
  }
  gsl_sort(second, 1, n);
  *ret_noise = n < MIN_TRIPLE ? 0.0 : 1.4826 / sqrt(6.0) * gsl_stats_median_from_sorted_data(second, 1, n);
  free(second);
  return CUXAS_OK;
}

/* 2. steps */

/* Mean of the curve from one energy to another; NaN: no point. */
static double mean_between(cuxas_grid grid, const double *mu, double from_eV, double to_eV)
{
  double sum = 0.0;
  size_t n   = 0;
  for (size_t i = 0; i < grid.n_energy; i++) {
    const double energy_eV = cuxas_grid_energy_eV(grid, i);
    if (energy_eV < from_eV || energy_eV > to_eV) continue;
    sum += mu[i];
    n++;
  }
  return n > 0 ? sum / (double)n : (double)NAN;
}

double cuxas_step_ratio(cuxas_grid grid, const double *mu, const cuxas_onset *onset)
{
  if (!onset[0].found || !onset[1].found) return NAN;
  const double first_eV = onset[0].energy_eV, second_eV = onset[1].energy_eV;
  if (grid.start_eV > first_eV - 4.0 || cuxas_grid_end_eV(grid) < second_eV + 15.0) return NAN;
  const double before  = mean_between(grid, mu, grid.start_eV, first_eV - 3.0);
  const double between = mean_between(grid, mu, second_eV - 5.0, second_eV - 2.0);
  const double behind  = mean_between(grid, mu, second_eV + 12.0, second_eV + 22.0);
  return between > before ? (behind - between) / (between - before) : (double)NAN;
}

/* 3. range and edges */

static void doubt_range(const cuxas_query *query, cuxas_warnings *warnings)
{
  const double end_eV = cuxas_grid_end_eV(query->grid), covered_eV = end_eV - query->grid.start_eV;
  if (covered_eV < CUXAS_DOUBT_RANGE_EV)
    cuxas_warn(warnings, "short scan: compared over %.1f eV only, where two edges need %.0f eV or more", covered_eV,
               CUXAS_DOUBT_RANGE_EV);
  for (size_t i = 1; i < query->n_edge; i++) {
    const double expected_eV = query->onset[0].energy_eV + query->edge[i].splitting_eV;
    if (query->onset[i].found) {
      const double off_eV = query->onset[i].energy_eV - expected_eV;
      if (fabs(off_eV) > CUXAS_DOUBT_SPLITTING_EV)
        cuxas_warn(warnings, "the %s onset lies %.1f eV %s where it should: is the energy axis stretched?",
                   query->edge[i].name, fabs(off_eV), off_eV > 0.0 ? "above" : "below");
    } else if (end_eV < expected_eV + 3.0) {
      cuxas_warn(warnings, "no %s edge: the scan ends at %.1f eV, it would begin near %.1f eV", query->edge[i].name,
                 end_eV, expected_eV);
    } else {
      cuxas_warn(warnings, "no %s edge found near %.1f eV, although the scan goes there", query->edge[i].name,
                 expected_eV);
    }
  }
}

static cuxas_status doubt_noise(const cuxas_spectrum *spectrum, cuxas_warnings *warnings, cuxas_error *err)
{
  cuxas_spectrum *sorted = NULL;
  double          noise  = 0.0, low, high;
  cuxas_status    status = cuxas_preprocess_sort(spectrum, &sorted, NULL, err);
  if (status == CUXAS_OK) status = cuxas_noise(sorted, &noise, err);
  if (status == CUXAS_OK) {
    gsl_stats_minmax(&low, &high, sorted->mu, 1, sorted->n_point);
    if (noise > 0.0 && (high - low) / noise < CUXAS_DOUBT_SIGNAL)
      cuxas_warn(warnings,
                 "noisy scan: its range is %.0f times the noise of a point; smoothing (--smooth) and merged scans help",
                 (high - low) / noise);
  }
  cuxas_spectrum_free(sorted);
  return status;
}

static void doubt_saturation(const cuxas_query *query, const cuxas_model *model, cuxas_warnings *warnings)
{
  if (query->n_edge < 2 || model->n_edge < 2) return;
  const double expected = model->edge[1].weight / model->edge[0].weight;
  cuxas_onset  onset[2] = {query->onset[0], query->onset[1]};
  if (!onset[1].found) /* saturation may have hidden it: then by where it should be */
    onset[1] = (cuxas_onset){onset[0].found, onset[0].energy_eV + query->edge[1].splitting_eV, NAN};
  const double ratio = cuxas_step_ratio(query->grid, query->mu, onset);
  if (ratio < CUXAS_DOUBT_STEP_PART * expected) /* false for NaN */
    cuxas_warn(
        warnings,
        "saturation or self-absorption suspected: the %s step is %.2f of the %s step, %.2f is expected (or too steep "
        "a background was subtracted)",
        query->edge[1].name, ratio, query->edge[0].name, expected);
}

static void doubt_detection(const cuxas_measured_info *info, cuxas_warnings *warnings)
{
  if (info->detection_mode[0] == '\0' && !info->is_feff)
    cuxas_warn(warnings,
               "detection mode not stated: whether fluorescence or a thick sample flattened strong peaks is not known");
}

/* 4. against the background */

/* Onset of the first edge of every background spectrum, as the comparison would see it. */
static cuxas_status read_background(const cuxas_background *background, const cuxas_query *query, double fwhm_eV,
                                    double *ret_onset_eV, cuxas_error *err)
{
  const size_t n_energy = background->grid.n_energy;
  cuxas_status status   = CUXAS_OK;
  double      *broad    = cuxas_new_array(n_energy, sizeof *broad);
  if (broad == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a curve");
  for (size_t i = 0; i < background->n_spectrum && status == CUXAS_OK; i++) {
    cuxas_onset       onset = {false, NAN, NAN};
    const cuxas_curve curve = cuxas_background_curve(background, i);
    if ((status = cuxas_broaden(background->grid, curve.no_hole, fwhm_eV, broad, err)) == CUXAS_OK)
      status = cuxas_onset_find(background->grid, broad, 0.0, query->edge, 1, &onset, err);
    ret_onset_eV[i] = onset.found ? onset.energy_eV : (double)NAN;
  }
  free(broad);
  return status;
}

/* Sorts the numbers among the values to the front; returns how many. */
static size_t sort_numbers(double *value, size_t n)
{
  size_t n_number = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(value[i])) value[n_number++] = value[i];
  gsl_sort(value, 1, n_number);
  return n_number;
}

static void doubt_axis(const cuxas_query *query, const cuxas_compare_settings *compare, const double *onset_eV,
                       size_t n, cuxas_warnings *warnings)
{
  const bool   is_fixed    = compare->shift_mode == CUXAS_SHIFT_FIXED;
  const double shift_eV    = is_fixed ? compare->fixed_shift_eV : compare->center_shift_eV;
  const double expected_eV = gsl_stats_median_from_sorted_data(onset_eV, 1, n) + shift_eV;
  const double off_eV      = query->onset[0].energy_eV - expected_eV;
  if (fabs(off_eV) > CUXAS_DOUBT_AXIS_EV)
    cuxas_warn(warnings,
               "the %s onset at %.1f eV lies %.1f eV %s where most compounds have it: is the energy axis off?",
               query->edge[0].name, query->onset[0].energy_eV, fabs(off_eV), off_eV > 0.0 ? "above" : "below");
}

static cuxas_status doubt_by_background(const cuxas_query *query, const cuxas_compare_settings *compare,
                                        const cuxas_background *background, cuxas_warnings *warnings, cuxas_error *err)
{
  const size_t n        = background->n_spectrum;
  double      *onset_eV = cuxas_new_array(n, sizeof *onset_eV);
  if (onset_eV == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for %zu onsets", n);
  const cuxas_status status = read_background(background, query, compare->fwhm_eV, onset_eV, err);
  if (status == CUXAS_OK) {
    const size_t n_onset = sort_numbers(onset_eV, n);
    if (n_onset >= CUXAS_BACKGROUND_MIN) doubt_axis(query, compare, onset_eV, n_onset, warnings);
  }
  free(onset_eV);
  return status;
}

/* 5. all of it */

cuxas_status cuxas_doubt(const cuxas_spectrum *spectrum, const cuxas_measured_info *info, const cuxas_query *query,
                         const cuxas_compare_settings *compare, const cuxas_model *model,
                         const cuxas_background *opt_background, cuxas_warnings *warnings, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  doubt_range(query, warnings);
  doubt_saturation(query, model, warnings);
  if (opt_background != NULL) status = doubt_by_background(query, compare, opt_background, warnings, err);
  if (status == CUXAS_OK) status = doubt_noise(spectrum, warnings, err);
  if (status == CUXAS_OK) doubt_detection(info, warnings);
  return status;
}
