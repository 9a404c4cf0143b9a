/* The default chain of preprocess.h: the steps in order, a record of each, and doubts about what came in. */
#include "cuxas/preprocess.h"

#include "base/memory.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

cuxas_preprocess_settings cuxas_preprocess_defaults(void)
{
  return (cuxas_preprocess_settings){
      .smooth_eV         = CUXAS_PREPROCESS_SMOOTH_EV,
      .subtract_pedestal = true,
      .crop_min_eV       = -INFINITY,
      .crop_max_eV       = INFINITY,
      .interpolation     = CUXAS_INTERPOLATE_STEFFEN,
  };
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

/* ---- What is refused and what is doubted; spectra are sorted ---- */

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
  return cuxas_fail(err, CUXAS_ERANGE, "energies %g to %g eV do not meet the model's %g to %g eV; %s", from_eV, to_eV,
                    start_eV, end_eV, hint);
}

static cuxas_status check_range(const cuxas_spectrum *spectrum, cuxas_grid lattice, cuxas_grid grid, cuxas_error *err)
{
  const double covered_eV = grid.n_energy > 1 ? cuxas_grid_end_eV(grid) - grid.start_eV : 0;
  if (covered_eV >= CUXAS_PREPROCESS_MIN_RANGE_EV - 1e-9) return CUXAS_OK;
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
  double       *step_eV = cuxas_new_array(spectrum->n_point, sizeof *step_eV);
  if (step_eV == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a spectrum");

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

/* ---- The chain ---- */

/* Replaces *spectrum by next. */
static void advance(cuxas_spectrum **spectrum, cuxas_spectrum *next)
{
  cuxas_spectrum_free(*spectrum);
  *spectrum = next;
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
  if ((status = check_meets(next, lattice, err)) != CUXAS_OK) return status;

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
  if ((prepared->mu = cuxas_new_array(grid->n_energy, sizeof *prepared->mu)) == NULL)
    return cuxas_fail(err, CUXAS_ENOMEM, "no memory for a spectrum");
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
  cuxas_prepared                 *prepared = cuxas_new_array(1, sizeof *prepared);
  cuxas_spectrum                 *working  = cuxas_spectrum_copy(spectrum);

  *ret_prepared = NULL;
  if (prepared == NULL || working == NULL)
    status = cuxas_fail(&reason, CUXAS_ENOMEM, "no memory for a spectrum");
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
