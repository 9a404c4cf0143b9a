/* From a measured spectrum to values on the model's energies: the steps, and the default chain of them with its record
 *
 * Contents
 *   1. Sorting
 *   2. Pedestal
 *   3. Cropping
 *   4. The lattice and resampling
 *   5. Settings and the record of steps
 *   6. What is refused and what is doubted
 *   7. The chain */
#include "cuxas/preprocess.h"
#include "spectrum/preprocess_steps.h"

#include "spectrum/curve.h"
#include "base/elements.h"
#include "base/memory.h"

#include <gsl/gsl_fit.h>
#include <gsl/gsl_interp.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

cuxas_status cuxas_preprocess_check_order(const cuxas_spectrum *spectrum, cuxas_error *err)
{
  for (size_t i = 1; i < spectrum->n_point; i++)
    if (!(spectrum->energy_eV[i] > spectrum->energy_eV[i - 1]))
      return cuxas_fail(err, CUXAS_ERANGE, "energies do not ascend");
  return CUXAS_OK;
}

/* ---- 1. Sorting ---- */

typedef struct {
  double energy_eV, mu;
  size_t i_point; /* makes the order, and with it every sum, unique */
} sort_point;

static int by_energy(const void *a, const void *b)
{
  const sort_point *left = a, *right = b;
  if (left->energy_eV != right->energy_eV) return left->energy_eV < right->energy_eV ? -1 : 1;
  return left->i_point < right->i_point ? -1 : left->i_point > right->i_point;
}

/* Index behind the last point whose energy counts as that of point i_first. */
static size_t end_of_group(const sort_point *point, size_t n_point, size_t i_first)
{
  size_t i = i_first + 1;
  while (i < n_point && point[i].energy_eV - point[i_first].energy_eV <= CUXAS_PREPROCESS_SAME_EV) i++;
  return i;
}

cuxas_status cuxas_preprocess_sort(const cuxas_spectrum *spectrum, cuxas_spectrum **ret_spectrum, size_t *opt_n_merged,
                                   cuxas_error *err)
{
  const size_t n_point = spectrum->n_point;
  for (size_t i = 0; i < n_point; i++)
    if (!isfinite(spectrum->energy_eV[i]) || !isfinite(spectrum->mu[i]))
      return cuxas_fail(err, CUXAS_ENUMERIC, "point %zu is not a finite number", i + 1);

  sort_point     *point  = cuxas_new(err, n_point, sizeof *point);
  cuxas_spectrum *sorted = cuxas_spectrum_new(n_point);
  if (point == NULL || sorted == NULL) {
    free(point);
    cuxas_spectrum_free(sorted);
    return cuxas_no_memory(err);
  }
  for (size_t i = 0; i < n_point; i++) point[i] = (sort_point){spectrum->energy_eV[i], spectrum->mu[i], i};
  qsort(point, n_point, sizeof *point, by_energy);

  size_t n_kept = 0;
  for (size_t i = 0, i_end; i < n_point; i = i_end, n_kept++) {
    i_end                 = end_of_group(point, n_point, i);
    const double n        = (double)(i_end - i);
    double       above_eV = 0, mu = 0; /* relative to the first energy, so that a lone point keeps its exact energy */
    for (size_t j = i; j < i_end; j++) {
      above_eV += point[j].energy_eV - point[i].energy_eV;
      mu += point[j].mu / n;
    }
    sorted->energy_eV[n_kept] = point[i].energy_eV + above_eV / n;
    sorted->mu[n_kept]        = mu;
  }
  sorted->n_point = n_kept;
  free(point);
  if (opt_n_merged != NULL) *opt_n_merged = n_point - n_kept;
  *ret_spectrum = sorted;
  return CUXAS_OK;
}

/* ---- 2. Pedestal ---- */

enum { MAX_BIN = 4000 };
static const double BIN_EV    = 0.5; /* wider than the noise, narrower than an edge (our choice) */
static const double MARGIN_EV = 3.0; /* of the pre-edge from the middle of the rise (our choice) */

typedef struct {
  double lowest, highest; /* means of the lowest and the highest bin */
  double rise_eV;         /* where the first bin above the middle begins */
  double foot, foot_eV;   /* mean and begin of the lowest bin before it; where none is, of the lowest of all */
  double width_eV;
} rough_curve;

static cuxas_status find_rise(const cuxas_spectrum *spectrum, rough_curve *ret_curve, cuxas_error *err)
{
  const double start_eV = spectrum->energy_eV[0];
  const double range_eV = spectrum->energy_eV[spectrum->n_point - 1] - start_eV;
  const double width_eV = fmax(BIN_EV, range_eV / (MAX_BIN - 1));
  const size_t n_bin    = (size_t)(range_eV / width_eV) + 1;
  double      *mean     = cuxas_new(err, n_bin, sizeof *mean);
  size_t      *n_in_bin = cuxas_new(err, n_bin, sizeof *n_in_bin);
  if (mean == NULL || n_in_bin == NULL) {
    free(mean);
    free(n_in_bin);
    return cuxas_no_memory(err);
  }
  for (size_t i = 0; i < spectrum->n_point; i++) {
    const size_t i_bin = (size_t)((spectrum->energy_eV[i] - start_eV) / width_eV);
    mean[i_bin] += spectrum->mu[i];
    n_in_bin[i_bin]++;
  }

  rough_curve curve  = {INFINITY, -INFINITY, start_eV, INFINITY, start_eV, width_eV};
  size_t      i_rise = 0, i_foot = 0;
  for (size_t i = 0; i < n_bin; i++) {
    if (n_in_bin[i] == 0) continue;
    mean[i] /= (double)n_in_bin[i];
    curve.lowest  = fmin(curve.lowest, mean[i]);
    curve.highest = fmax(curve.highest, mean[i]);
  }
  while (i_rise + 1 < n_bin && !(n_in_bin[i_rise] > 0 && mean[i_rise] > 0.5 * (curve.lowest + curve.highest))) i_rise++;
  for (size_t i = 0; i < (i_rise > 0 ? i_rise : n_bin); i++)
    if (n_in_bin[i] > 0 && mean[i] < curve.foot) curve.foot = mean[i_foot = i];
  curve.rise_eV += (double)i_rise * width_eV;
  curve.foot_eV += (double)i_foot * width_eV;
  free(mean);
  free(n_in_bin);
  *ret_curve = curve;
  return CUXAS_OK;
}

/* Mean of what lies within 3 robust standard deviations of the median; work holds 2 n numbers. */
static double robust_mean(const double *value, size_t n, double *work, size_t *ret_n_used)
{
  double *sorted = work, *deviation = work + n;
  memcpy(sorted, value, n * sizeof *value);
  gsl_sort(sorted, 1, n);
  const double median = gsl_stats_median_from_sorted_data(sorted, 1, n);
  for (size_t i = 0; i < n; i++) deviation[i] = fabs(value[i] - median);
  gsl_sort(deviation, 1, n);
  const double limit = 3 * 1.4826 * gsl_stats_median_from_sorted_data(deviation, 1, n);

  double sum    = 0;
  size_t n_used = 0;
  for (size_t i = 0; i < n; i++) {
    if (fabs(value[i] - median) > limit) continue;
    sum += value[i] - median;
    n_used++;
  }
  *ret_n_used = n_used;
  return n_used > 0 ? median + sum / (double)n_used : median;
}

cuxas_status cuxas_preprocess_find_pedestal(const cuxas_spectrum *spectrum, cuxas_pedestal *ret_pedestal,
                                            cuxas_error *err)
{
  if (spectrum->n_point == 0) return cuxas_fail(err, CUXAS_ERANGE, "no points");
  if (cuxas_preprocess_check_order(spectrum, err) != CUXAS_OK) return CUXAS_ERANGE;

  rough_curve        curve  = {0};
  const cuxas_status status = find_rise(spectrum, &curve, err);
  if (status != CUXAS_OK) return status;

  size_t n_pre = 0;
  while (n_pre < spectrum->n_point && spectrum->energy_eV[n_pre] < curve.rise_eV - MARGIN_EV) n_pre++;
  cuxas_pedestal pedestal = {0};
  if (n_pre >= 3) {
    double *work = cuxas_new(err, n_pre, 2 * sizeof *work);
    if (work == NULL) return cuxas_no_memory(err);
    pedestal.level       = robust_mean(spectrum->mu, n_pre, work, &pedestal.n_point);
    pedestal.from_eV     = spectrum->energy_eV[0];
    pedestal.to_eV       = spectrum->energy_eV[n_pre - 1];
    pedestal.is_pre_edge = pedestal.level < 0.5 * (curve.lowest + curve.highest);
    free(work);
  }
  if (!pedestal.is_pre_edge) {
    pedestal       = (cuxas_pedestal){.level = curve.foot, .from_eV = curve.foot_eV};
    pedestal.to_eV = fmin(curve.foot_eV + curve.width_eV, spectrum->energy_eV[spectrum->n_point - 1]);
    for (size_t i = 0; i < spectrum->n_point; i++)
      if (spectrum->energy_eV[i] >= pedestal.from_eV && spectrum->energy_eV[i] <= pedestal.to_eV) pedestal.n_point++;
  }
  const double max  = gsl_stats_max(spectrum->mu, 1, spectrum->n_point);
  pedestal.fraction = max > 0 ? pedestal.level / max : (double)NAN;
  *ret_pedestal     = pedestal;
  return CUXAS_OK;
}

void cuxas_preprocess_subtract(cuxas_spectrum *spectrum, double level)
{
  for (size_t i = 0; i < spectrum->n_point; i++) spectrum->mu[i] -= level;
}

/* ---- 3. Cropping ---- */

cuxas_status cuxas_preprocess_crop(const cuxas_spectrum *spectrum, double min_eV, double max_eV,
                                   cuxas_spectrum **ret_spectrum, cuxas_error *err)
{
  cuxas_spectrum *cropped = cuxas_spectrum_copy(spectrum);
  if (cropped == NULL) return cuxas_no_memory(err);

  size_t n_kept = 0;
  for (size_t i = 0; i < spectrum->n_point; i++) {
    if (!(spectrum->energy_eV[i] >= min_eV && spectrum->energy_eV[i] <= max_eV)) continue;
    cropped->energy_eV[n_kept] = spectrum->energy_eV[i];
    cropped->mu[n_kept++]      = spectrum->mu[i];
  }
  cropped->n_point = n_kept;
  if (n_kept == 0) {
    cuxas_spectrum_free(cropped);
    return cuxas_fail(err, CUXAS_ERANGE, "no point between %g and %g eV", min_eV, max_eV);
  }
  *ret_spectrum = cropped;
  return CUXAS_OK;
}

/* ---- 4. The lattice and resampling ---- */

cuxas_status cuxas_preprocess_cover(cuxas_grid lattice, double min_eV, double max_eV, bool beyond_lattice,
                                    cuxas_grid *ret_grid, cuxas_error *err)
{
  if (!(lattice.step_eV > 0) || !isfinite(lattice.step_eV) || !isfinite(lattice.start_eV))
    return cuxas_fail(err, CUXAS_ERANGE, "a grid needs a start and a positive step");
  if (!isfinite(min_eV) || !isfinite(max_eV)) return cuxas_fail(err, CUXAS_ERANGE, "energy range is not finite");

  double first = ceil((min_eV - CUXAS_PREPROCESS_SAME_EV - lattice.start_eV) / lattice.step_eV);
  double last  = floor((max_eV + CUXAS_PREPROCESS_SAME_EV - lattice.start_eV) / lattice.step_eV);
  if (!beyond_lattice) {
    first = fmax(first, 0);
    last  = fmin(last, (double)lattice.n_energy - 1);
  }
  if (last - first >= 1e6)
    return cuxas_fail(err, CUXAS_ERANGE, "%g to %g eV are more than a million grid points", min_eV, max_eV);
  *ret_grid = (cuxas_grid){lattice.start_eV + first * lattice.step_eV, lattice.step_eV,
                           last >= first ? (size_t)(last - first) + 1 : 0};
  return CUXAS_OK;
}

cuxas_status cuxas_preprocess_resample(const cuxas_spectrum *spectrum, cuxas_grid grid,
                                       cuxas_interpolation interpolation, double *ret_mu, cuxas_error *err)
{
  const gsl_interp_type *kind    = interpolation == CUXAS_INTERPOLATE_STEFFEN ? gsl_interp_steffen : gsl_interp_linear;
  const size_t           n_point = spectrum->n_point;

  /* GSL aborts on what it does not like: everything it could dislike is refused first */
  if (n_point < gsl_interp_type_min_size(kind))
    return cuxas_fail(err, CUXAS_ERANGE, "%zu points are too few to interpolate between", n_point);
  if (cuxas_preprocess_check_order(spectrum, err) != CUXAS_OK) return CUXAS_ERANGE;
  if (grid.n_energy == 0) return CUXAS_OK;
  const double first_eV = spectrum->energy_eV[0], last_eV = spectrum->energy_eV[n_point - 1];
  const double end_eV = cuxas_grid_end_eV(grid);
  if (!(grid.step_eV > 0) || !(grid.start_eV >= first_eV - CUXAS_PREPROCESS_SAME_EV) ||
      !(end_eV <= last_eV + CUXAS_PREPROCESS_SAME_EV))
    return cuxas_fail(err, CUXAS_ERANGE, "the grid %g to %g eV is not inside the spectrum, %g to %g eV", grid.start_eV,
                      end_eV, first_eV, last_eV);

  gsl_interp       *interpolant = gsl_interp_alloc(kind, n_point);
  gsl_interp_accel *accel       = gsl_interp_accel_alloc();
  if (interpolant == NULL || accel == NULL) {
    gsl_interp_free(interpolant);
    gsl_interp_accel_free(accel);
    return cuxas_no_memory(err);
  }
  gsl_interp_init(interpolant, spectrum->energy_eV, spectrum->mu, n_point);
  for (size_t i = 0; i < grid.n_energy; i++) {
    const double energy_eV = fmin(fmax(cuxas_grid_energy_eV(grid, i), first_eV), last_eV);
    ret_mu[i]              = gsl_interp_eval(interpolant, spectrum->energy_eV, spectrum->mu, energy_eV, accel);
  }
  gsl_interp_accel_free(accel);
  gsl_interp_free(interpolant);
  return CUXAS_OK;
}

/* ---- 5. Settings and the record of steps ---- */

cuxas_preprocess_settings cuxas_preprocess_defaults(void)
{
  return (cuxas_preprocess_settings){
      .smooth_eV         = CUXAS_PREPROCESS_SMOOTH_EV,
      .subtract_pedestal = true,
      .crop_min_eV       = -INFINITY,
      .crop_max_eV       = INFINITY,
      .pre_edge          = CUXAS_PRE_EDGE_AUTO,
      .pre_edge_low_eV   = -INFINITY,
      .pre_edge_high_eV  = CUXAS_PRE_EDGE_UNTIL_EV,
      .interpolation     = CUXAS_INTERPOLATE_STEFFEN,
  };
}

bool cuxas_pre_edge_find(const char *name, size_t n_name, cuxas_pre_edge *ret_kind)
{
  static const char *const NAME[] = CUXAS_PRE_EDGE_NAMES;
  size_t                   i      = 0;
  while (i < sizeof NAME / sizeof *NAME && (strncmp(NAME[i], name, n_name) != 0 || NAME[i][n_name] != '\0')) i++;
  *ret_kind = (cuxas_pre_edge)i;
  return i < sizeof NAME / sizeof *NAME;
}

static cuxas_preprocess_step *add_step(cuxas_prepared *prepared, const char *name, size_t n_point)
{
  cuxas_preprocess_step *step = &prepared->step[prepared->n_step++];
  *step                       = (cuxas_preprocess_step){.name = name, .n_point = n_point};
  return step;
}

static void add_number(cuxas_preprocess_step *step, const char *name, double value)
{
  step->number[step->n_number].name    = name;
  step->number[step->n_number++].value = value;
}

/* ---- 6. What is refused and what is doubted; spectra are sorted ---- */

static double first_eV(const cuxas_spectrum *spectrum)
{
  return spectrum->energy_eV[0];
}

static double last_eV(const cuxas_spectrum *spectrum)
{
  return spectrum->energy_eV[spectrum->n_point - 1];
}

static cuxas_status check_points(const cuxas_spectrum *spectrum, cuxas_error *err)
{
  if (spectrum->n_point < CUXAS_PREPROCESS_MIN_POINT)
    return cuxas_fail(err, CUXAS_ERANGE, "only %zu distinct energies, at least %d are needed", spectrum->n_point,
                      CUXAS_PREPROCESS_MIN_POINT);
  double min, max;
  gsl_stats_minmax(&min, &max, spectrum->mu, 1, spectrum->n_point);
  if (max - min <= 1e-12 * fmax(fabs(min), fabs(max)))
    return cuxas_fail(err, CUXAS_ENUMERIC, "the signal is flat (%g everywhere)", max);
  return CUXAS_OK;
}

/* Before anything is cropped: a wrong unit or edge is the likelier reason for missing the lattice. */
static cuxas_status check_meets(const cuxas_spectrum *spectrum, cuxas_grid lattice, cuxas_error *err)
{
  const double from_eV = first_eV(spectrum), to_eV = last_eV(spectrum);
  const double start_eV = lattice.start_eV, end_eV = cuxas_grid_end_eV(lattice);
  if (to_eV >= start_eV && from_eV <= end_eV) return CUXAS_OK;

  const bool  looks_keV = 1000 * to_eV >= start_eV && 1000 * from_eV <= end_eV;
  const bool  looks_eV  = to_eV >= 1000 * start_eV && from_eV <= 1000 * end_eV;
  const char *hint      = looks_keV  ? "are these keV?"
                          : looks_eV ? "were eV taken for keV?"
                                     : "another edge or another unit?";
  const char *edge = cuxas_edge_guess(spectrum->energy_eV[gsl_stats_max_index(spectrum->mu, 1, spectrum->n_point)]);
  if (looks_keV || looks_eV) edge = NULL;
  return cuxas_fail(err, CUXAS_ERANGE, "energies %g to %g eV do not meet the model's %g to %g eV; %s%s%s", from_eV,
                    to_eV, start_eV, end_eV, edge != NULL ? "is it the edge " : hint, edge != NULL ? edge : "",
                    edge != NULL ? "?" : "");
}

static cuxas_status check_range(const cuxas_spectrum *spectrum, cuxas_grid lattice, cuxas_grid grid, cuxas_error *err)
{
  const double covered_eV = grid.n_energy > 1 ? cuxas_grid_end_eV(grid) - grid.start_eV : 0;
  if (covered_eV >= CUXAS_PREPROCESS_MIN_RANGE_EV - 1e-9) return CUXAS_OK;
  if (first_eV(spectrum) > lattice.start_eV + CUXAS_PREPROCESS_MIN_RANGE_EV)
    return cuxas_fail(
        err, CUXAS_ERANGE,
        "the scan starts at %g eV, behind the edge: it covers %.1f eV of the model's %g to %g eV, at least %g eV "
        "are needed",
        first_eV(spectrum), covered_eV, lattice.start_eV, cuxas_grid_end_eV(lattice), CUXAS_PREPROCESS_MIN_RANGE_EV);
  return cuxas_fail(err, CUXAS_ERANGE,
                    "%g to %g eV cover only %.1f eV of the model's %g to %g eV, at least %g eV are needed",
                    first_eV(spectrum), last_eV(spectrum), covered_eV, lattice.start_eV, cuxas_grid_end_eV(lattice),
                    CUXAS_PREPROCESS_MIN_RANGE_EV);
}

/* Steps between the points among which the grid lies. */
static cuxas_status check_steps(const cuxas_spectrum *spectrum, cuxas_grid grid, cuxas_warnings *warnings,
                                cuxas_error *err)
{
  const double *energy  = spectrum->energy_eV;
  double       *step_eV = cuxas_new(err, spectrum->n_point, sizeof *step_eV);
  if (step_eV == NULL) return CUXAS_ENOMEM;

  size_t n_step = 0, n_gap = 0, i_gap = 0;
  for (size_t i = 1; i < spectrum->n_point; i++) {
    if (energy[i] < grid.start_eV || energy[i - 1] > cuxas_grid_end_eV(grid)) continue;
    step_eV[n_step] = energy[i] - energy[i - 1];
    if (step_eV[n_step++] > CUXAS_PREPROCESS_MAX_STEP_EV && n_gap++ == 0) i_gap = i;
  }
  gsl_sort(step_eV, 1, n_step);
  const double median_eV = n_step > 0 ? gsl_stats_median_from_sorted_data(step_eV, 1, n_step) : 0;
  free(step_eV);

  if (median_eV > CUXAS_PREPROCESS_MAX_STEP_EV)
    return cuxas_fail(err, CUXAS_ERANGE, "median step of %.3g eV is too coarse, at most %g eV resolve an edge",
                      median_eV, CUXAS_PREPROCESS_MAX_STEP_EV);
  if (median_eV > 0.5) cuxas_warn(warnings, "coarse scan: median step %.3g eV", median_eV);
  if (n_gap > 0)
    cuxas_warn(warnings, "%zu gap%s above %g eV bridged by interpolation, the first from %.2f to %.2f eV", n_gap,
               n_gap > 1 ? "s" : "", CUXAS_PREPROCESS_MAX_STEP_EV, energy[i_gap - 1], energy[i_gap]);
  return CUXAS_OK;
}

/* A single point that stands out: half of the signal's range rests on it. */
static void doubt_spike(const cuxas_spectrum *spectrum, cuxas_warnings *warnings)
{
  const double *mu = spectrum->mu;
  const size_t  n = spectrum->n_point, i_top = gsl_stats_max_index(mu, 1, n);
  const double  min = gsl_stats_min(mu, 1, n), max = mu[i_top];
  double        others = -INFINITY;
  for (size_t i = 0; i < n; i++)
    if (i != i_top) others = fmax(others, mu[i]);
  if (others - min < 0.5 * (max - min))
    cuxas_warn(warnings, "a spike: the point at %.2f eV alone is %.1f times as high as all others",
               spectrum->energy_eV[i_top], (max - min) / fmax(others - min, 1e-300));
}

static void doubt_shape(const cuxas_spectrum *spectrum, const cuxas_pedestal *pedestal, cuxas_warnings *warnings)
{
  if (!pedestal->is_pre_edge)
    cuxas_warn(warnings, "no pre-edge in the scan: its lowest level, at %.1f eV, stands for the pedestal",
               pedestal->from_eV);
  if (pedestal->fraction > 0.5)
    cuxas_warn(warnings, "the pedestal is %.0f %% of the maximum", 100 * pedestal->fraction);

  const size_t n_tenth = spectrum->n_point / 10;
  const double begin   = gsl_stats_mean(spectrum->mu, 1, n_tenth);
  const double end     = gsl_stats_mean(spectrum->mu + spectrum->n_point - n_tenth, 1, n_tenth);
  if (end < begin) cuxas_warn(warnings, "the curve ends lower than it begins: upside down, or not free of background?");
}

/* ---- 7. The chain ---- */

/* Replaces *spectrum by next. */
static void advance(cuxas_spectrum **spectrum, cuxas_spectrum *next)
{
  cuxas_spectrum_free(*spectrum);
  *spectrum = next;
}

static void note_pre_edge(cuxas_preprocess_step *step, double from_eV, double to_eV, const char *name, double slope,
                          double level_at_end)
{
  add_number(step, "from_eV", from_eV);
  add_number(step, "to_eV", to_eV);
  add_number(step, name, slope);
  add_number(step, "level_at_end", level_at_end);
}

/* A line through the points of the window, of logarithms for a power law, taken off all points. */
static cuxas_status take_pre_edge(cuxas_spectrum *io, const cuxas_preprocess_settings *settings,
                                  cuxas_preprocess_step *step, cuxas_error *err)
{
  enum { MIN_POINT = 5 };
  const bool is_power = settings->pre_edge == CUXAS_PRE_EDGE_POWER;
  double     intercept, slope, cov00, cov01, cov11, rest;
  size_t     first = 0, n = 0;
  while (first < io->n_point && io->energy_eV[first] < settings->pre_edge_low_eV) first++;
  while (first + n < io->n_point && io->energy_eV[first + n] <= settings->pre_edge_high_eV) n++;
  if (n < MIN_POINT)
    return cuxas_fail(err, CUXAS_ERANGE, "%zu points before the edge, between %g and %g eV, where %d are needed", n,
                      settings->pre_edge_low_eV, settings->pre_edge_high_eV, MIN_POINT);
  double *x = cuxas_new(err, n, 2 * sizeof *x);
  if (x == NULL) return CUXAS_ENOMEM;
  double *const y = x + n;
  for (size_t i = 0; i < n; i++) {
    x[i] = is_power ? log(io->energy_eV[first + i]) : io->energy_eV[first + i];
    y[i] = is_power ? log(io->mu[first + i]) : io->mu[first + i];
    if (isfinite(y[i])) continue;
    free(x);
    return cuxas_fail(err, CUXAS_ERANGE, "a power law before the edge needs positive values; at %g eV there is %g",
                      io->energy_eV[first + i], io->mu[first + i]);
  }
  gsl_fit_linear(x, 1, y, 1, n, &intercept, &slope, &cov00, &cov01, &cov11, &rest);
  free(x);
  for (size_t i = 0; i < io->n_point; i++)
    io->mu[i] -= is_power ? exp(intercept + slope * log(io->energy_eV[i])) : intercept + slope * io->energy_eV[i];
  const double end_eV = io->energy_eV[first + n - 1];
  note_pre_edge(step, io->energy_eV[first], end_eV, is_power ? "exponent" : "slope_per_eV", slope,
                is_power ? exp(intercept + slope * log(end_eV)) : intercept + slope * end_eV);
  return CUXAS_OK;
}

/* What slopes before the edge unasked for; settings for take_pre_edge(), NONE where nothing is left to do. */
static void find_pre_edge(cuxas_spectrum *io, double lattice_start_eV, cuxas_preprocess_settings *how,
                          cuxas_prepared *prepared)
{
  cuxas_curve_background line;
  const int              slopes   = cuxas_curve_slopes(io->energy_eV, io->mu, io->n_point, lattice_start_eV, &line);
  const bool             is_power = slopes < 0 && how->is_loss && gsl_stats_min(io->mu, 1, io->n_point) > 0.0;
  how->pre_edge         = slopes >= 0 ? CUXAS_PRE_EDGE_NONE : is_power ? CUXAS_PRE_EDGE_POWER : CUXAS_PRE_EDGE_LINE;
  how->pre_edge_low_eV  = line.from_eV;
  how->pre_edge_high_eV = line.to_eV;
  if (slopes != 0)
    cuxas_warn(&prepared->warnings, "the curve %s before its edge: a %s fitted from %.1f to %.1f eV was taken off",
               slopes < 0 ? "falls" : "rises", is_power ? "power law" : "line", line.from_eV, line.to_eV);
  if (slopes <= 0) return;
  for (size_t i = 0; i < io->n_point; i++)
    io->mu[i] -= line.level + line.slope_per_eV * (io->energy_eV[i] - line.to_eV);
  note_pre_edge(add_step(prepared, "pre-edge", io->n_point), line.from_eV, line.to_eV, "slope_per_eV",
                line.slope_per_eV, line.level);
}

/* The axis tied to a standard's, and the background before the edge. */
static cuxas_status correct(cuxas_spectrum *io, double lattice_start_eV, const cuxas_preprocess_settings *settings,
                            cuxas_prepared *prepared, cuxas_error *err)
{
  if (settings->axis_shift_eV != 0.0) {
    for (size_t i = 0; i < io->n_point; i++) io->energy_eV[i] += settings->axis_shift_eV;
    add_number(add_step(prepared, "calibrate", io->n_point), "shift_eV", settings->axis_shift_eV);
  }
  cuxas_preprocess_settings how = *settings;
  if (how.pre_edge == CUXAS_PRE_EDGE_AUTO) find_pre_edge(io, lattice_start_eV, &how, prepared);
  if (how.pre_edge == CUXAS_PRE_EDGE_NONE) return CUXAS_OK;
  return take_pre_edge(io, &how, add_step(prepared, "pre-edge", io->n_point), err);
}

static void mend_spikes(cuxas_spectrum *io, cuxas_prepared *prepared)
{
  double       first = NAN;
  const size_t n     = cuxas_curve_mend_spikes(io->energy_eV, io->mu, io->n_point, &first);
  if (n == 0) return;
  add_number(add_step(prepared, "spikes", io->n_point), "n_mended", (double)n);
  cuxas_warn(&prepared->warnings,
             "%zu single point%s far off both neighbours put on the line between them, the first at %.2f eV", n,
             n > 1 ? "s" : "", first);
}

/* Fills prepared; *spectrum is the curve as far as it has come, owned by the caller. */
static cuxas_status run_chain(cuxas_spectrum **spectrum, cuxas_grid lattice, const cuxas_preprocess_settings *settings,
                              cuxas_prepared *prepared, cuxas_error *err)
{
  cuxas_status           status = CUXAS_OK;
  cuxas_spectrum        *next   = NULL;
  cuxas_preprocess_step *step   = NULL;
  size_t                 n_merged;

  if ((status = cuxas_preprocess_sort(*spectrum, &next, &n_merged, err)) != CUXAS_OK) return status;
  advance(spectrum, next);
  step = add_step(prepared, "sort", next->n_point);
  add_number(step, "n_merged", (double)n_merged);
  if ((status = check_points(next, err)) != CUXAS_OK) return status;
  if ((status = correct(next, lattice.start_eV, settings, prepared, err)) != CUXAS_OK) return status;
  if ((status = check_meets(next, lattice, err)) != CUXAS_OK) return status;
  doubt_spike(next, &prepared->warnings);
  if (!settings->keeps_spikes) mend_spikes(next, prepared);

  if ((status = cuxas_preprocess_smooth(*spectrum, settings->smooth_eV, &next, err)) != CUXAS_OK) return status;
  advance(spectrum, next);
  if (settings->smooth_eV > 0) {
    step = add_step(prepared, "smooth", next->n_point);
    add_number(step, "smooth_eV", settings->smooth_eV);
  }

  cuxas_pedestal *pedestal = &prepared->pedestal;
  if ((status = cuxas_preprocess_find_pedestal(*spectrum, pedestal, err)) != CUXAS_OK) return status;
  doubt_shape(*spectrum, pedestal, &prepared->warnings);
  if (settings->subtract_pedestal) {
    cuxas_preprocess_subtract(*spectrum, pedestal->level);
    step = add_step(prepared, "pedestal", next->n_point);
    add_number(step, "level", pedestal->level);
    add_number(step, "from_eV", pedestal->from_eV);
    add_number(step, "to_eV", pedestal->to_eV);
    if (isfinite(pedestal->fraction)) add_number(step, "fraction_of_maximum", pedestal->fraction);
  }

  if (settings->crop_min_eV > first_eV(*spectrum) || settings->crop_max_eV < last_eV(*spectrum)) {
    status = cuxas_preprocess_crop(*spectrum, settings->crop_min_eV, settings->crop_max_eV, &next, err);
    if (status != CUXAS_OK) return status;
    advance(spectrum, next);
    step = add_step(prepared, "crop", next->n_point);
    add_number(step, "min_eV", first_eV(next));
    add_number(step, "max_eV", last_eV(next));
  }

  cuxas_grid *grid = &prepared->grid;
  status =
      cuxas_preprocess_cover(lattice, first_eV(*spectrum), last_eV(*spectrum), settings->beyond_lattice, grid, err);
  if (status != CUXAS_OK) return status;
  if ((status = check_range(*spectrum, lattice, *grid, err)) != CUXAS_OK) return status;
  if ((status = check_steps(*spectrum, *grid, &prepared->warnings, err)) != CUXAS_OK) return status;
  if ((prepared->mu = cuxas_new(err, grid->n_energy, sizeof *prepared->mu)) == NULL) return CUXAS_ENOMEM;
  status = cuxas_preprocess_resample(*spectrum, *grid, settings->interpolation, prepared->mu, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = 0; i < grid->n_energy; i++)
    if (!isfinite(prepared->mu[i]))
      return cuxas_fail(err, CUXAS_ENUMERIC, "no finite value at %g eV", cuxas_grid_energy_eV(*grid, i));
  step = add_step(prepared, "resample", grid->n_energy);
  add_number(step, "start_eV", grid->start_eV);
  add_number(step, "end_eV", cuxas_grid_end_eV(*grid));
  add_number(step, "step_eV", grid->step_eV);
  return CUXAS_OK;
}

cuxas_status cuxas_preprocess_measured(const cuxas_spectrum *spectrum, const char *name, cuxas_grid lattice,
                                       const cuxas_preprocess_settings *opt_settings, cuxas_prepared **ret_prepared,
                                       cuxas_error *err)
{
  const cuxas_preprocess_settings settings = opt_settings != NULL ? *opt_settings : cuxas_preprocess_defaults();
  cuxas_error                     reason   = {0}; /* the steps do not know the name */
  cuxas_status                    status   = CUXAS_OK;
  cuxas_prepared                 *prepared = cuxas_new(err, 1, sizeof *prepared);
  cuxas_spectrum                 *working  = cuxas_spectrum_copy(spectrum);

  *ret_prepared = NULL;
  if (prepared == NULL || working == NULL)
    status = cuxas_no_memory(&reason);
  else
    status = run_chain(&working, lattice, &settings, prepared, &reason);

  if (status == CUXAS_OK) {
    *ret_prepared = prepared;
    prepared      = NULL;
  } else {
    cuxas_fail(err, status, "%s: %s", name, reason.message);
  }
  cuxas_spectrum_free(working);
  cuxas_prepared_free(prepared);
  return status;
}

void cuxas_prepared_free(cuxas_prepared *prepared)
{
  if (prepared == NULL) return;
  free(prepared->mu);
  free(prepared);
}
