/* Spectra of other programs: read, moved, broadened, cut and normalised. */
#include "records/external.h"

#include "base/memory.h"
#include "base/text.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_interp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_POINT = 4, MAX_POINT = 100000, MAX_COLUMN = 64 };
#define MAX_GRID_POINT 20000       /* a convolution is a sum over all pairs */
#define FWHM_PER_SIGMA 2.354820045 /* sqrt(8 ln 2) */

cuxas_external_settings cuxas_external_defaults(void)
{
  return (cuxas_external_settings){.energy_column  = 1,
                                   .mu_column      = 2,
                                   .unit_eV        = 1.0,
                                   .step_eV        = 0.1,
                                   .low_eV         = NAN,
                                   .high_eV        = NAN,
                                   .window_low_eV  = NAN,
                                   .window_high_eV = NAN};
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

typedef struct {
  double energy_eV, mu;
} point;

static int by_energy(const void *a, const void *b)
{
  const double x = ((const point *)a)->energy_eV, y = ((const point *)b)->energy_eV;
  return (x > y) - (x < y);
}

/* cut() - the columns of a line, in place; returns how many */
static size_t cut(char *line, char *column[MAX_COLUMN])
{
  size_t n      = 0;
  char  *cursor = line, *token;
  for (char *c = line; *c != '\0'; c++)
    if (*c == ',' || *c == ';') *c = ' ';
  while (n < MAX_COLUMN && (token = cuxas_text_next_token(&cursor)) != NULL) column[n++] = token;
  return n;
}

/* parse_row() - *ret_is_header: a line whose columns are no numbers */
static cuxas_status parse_row(char *line, const cuxas_external_settings *settings, point *ret_point,
                              bool *ret_is_header, const char *where, cuxas_error *err)
{
  char        *column[MAX_COLUMN];
  const size_t n = cut(line, column);
  if (n < settings->energy_column || n < settings->mu_column)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %zu columns, not %zu and %zu among them", where, n,
                      settings->energy_column, settings->mu_column);
  const char *energy = column[settings->energy_column - 1], *mu = column[settings->mu_column - 1];
  *ret_is_header = !cuxas_text_parse_number(energy, &ret_point->energy_eV);
  if (*ret_is_header || !cuxas_text_parse_number(mu, &ret_point->mu))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is no number", where, *ret_is_header ? energy : mu);
  ret_point->energy_eV *= settings->unit_eV;
  if (!isfinite(ret_point->energy_eV) || !isfinite(ret_point->mu))
    return cuxas_fail(err, CUXAS_ENUMERIC, "%s: a number is not finite", where);
  return CUXAS_OK;
}

static cuxas_status parse_rows(const char *path, cuxas_text *text, const cuxas_external_settings *settings, point *rows,
                               size_t *ret_n, cuxas_error *err)
{
  bool had_header = false;
  *ret_n          = 0;
  for (size_t i = 0; i < text->n_line; i++) {
    char  where[CUXAS_MESSAGE_SIZE / 2];
    bool  is_header = false;
    char *line      = cuxas_text_trim(text->line[i]);
    if (line[0] == '\0' || strchr("#%!*", line[0]) != NULL) continue;
    snprintf(where, sizeof where, "%s:%zu", path, i + 1);
    const cuxas_status status = parse_row(line, settings, &rows[*ret_n], &is_header, where, err);
    if (status == CUXAS_OK)
      ++*ret_n;
    else if (is_header && *ret_n == 0 && !had_header)
      had_header = true;
    else
      return status;
  }
  if (*ret_n < MIN_POINT || *ret_n > MAX_POINT)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %zu points; %d to %d are read", path, *ret_n, MIN_POINT, MAX_POINT);
  qsort(rows, *ret_n, sizeof *rows, by_energy);
  for (size_t i = 1; i < *ret_n; i++)
    if (!(rows[i].energy_eV > rows[i - 1].energy_eV))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: the energy %g comes twice", path,
                        rows[i].energy_eV / settings->unit_eV);
  return CUXAS_OK;
}

cuxas_status cuxas_external_read(const char *path, const cuxas_external_settings *settings,
                                 cuxas_spectrum **ret_spectrum, cuxas_error *err)
{
  cuxas_text   text;
  size_t       n      = 0;
  point       *rows   = NULL;
  cuxas_status status = cuxas_text_read(path, &text, err);
  *ret_spectrum       = NULL;
  if (status == CUXAS_OK && (rows = cuxas_new(err, text.n_line, sizeof *rows)) == NULL)
    status = cuxas_fail_at(err, cuxas_no_memory(err), path);
  if (status == CUXAS_OK) status = parse_rows(path, &text, settings, rows, &n, err);
  if (status == CUXAS_OK) {
    cuxas_spectrum *spectrum = cuxas_spectrum_new(n);
    if (spectrum == NULL) status = cuxas_fail_at(err, cuxas_no_memory(err), path);
    for (size_t i = 0; spectrum != NULL && i < n; i++) {
      spectrum->energy_eV[i] = rows[i].energy_eV;
      spectrum->mu[i]        = rows[i].mu;
    }
    *ret_spectrum = spectrum;
  }
  free(rows);
  cuxas_text_free(&text);
  return status;
}

/* ---- broadening ------------------------------------------------------------------------------------------------- */

typedef double cumulative(double x, double scale);

/* convolve() - y on a uniform grid with a kernel given by its integral; ret_y must not be y
 *
 * Each point stands for the interval around it, over which the kernel is integrated exactly, the first and last for all
 * that lies beyond. */
static cuxas_status convolve(const double *y, size_t n, double step_eV, cumulative *below, double scale_eV,
                             double *ret_y, cuxas_error *err)
{
  double *weight = cuxas_new(err, 2 * n, sizeof *weight); /* [n + j]: integral up to the border between j and j + 1 */
  if (weight == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < 2 * n; i++) weight[i] = below(((double)i - (double)n + 0.5) * step_eV, scale_eV);
  for (size_t i = 0; i < n; i++) {
    double sum = 0.0;
    for (size_t j = 0; j < n; j++) {
      const double upper = j + 1 < n ? weight[n + j - i] : 1.0, lower = j > 0 ? weight[n + j - i - 1] : 0.0;
      sum += y[j] * (upper - lower);
    }
    ret_y[i] = sum;
  }
  free(weight);
  return CUXAS_OK;
}

/* resample() - the curve on a uniform grid from its first to its last point, linear in between */
static cuxas_status resample(const cuxas_spectrum *raw, double step_eV, const char *name, cuxas_spectrum **ret_spectrum,
                             cuxas_error *err)
{
  const double span_eV = raw->energy_eV[raw->n_point - 1] - raw->energy_eV[0];
  if (!(step_eV > 0.0) || span_eV / step_eV > MAX_GRID_POINT)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: %g eV in steps of %g eV are too many points", name, span_eV, step_eV);
  const size_t      n        = (size_t)(span_eV / step_eV) + 1;
  cuxas_spectrum   *spectrum = cuxas_spectrum_new(n);
  gsl_interp_accel *hint     = gsl_interp_accel_alloc();
  gsl_interp       *linear   = gsl_interp_alloc(gsl_interp_linear, raw->n_point);
  if (spectrum == NULL || hint == NULL || linear == NULL) {
    cuxas_spectrum_free(spectrum);
    spectrum = NULL;
  } else {
    gsl_interp_init(linear, raw->energy_eV, raw->mu, raw->n_point);
    for (size_t i = 0; i < n; i++) {
      spectrum->energy_eV[i] = raw->energy_eV[0] + (double)i * step_eV;
      const double inside_eV = fmin(spectrum->energy_eV[i], raw->energy_eV[raw->n_point - 1]);
      spectrum->mu[i]        = gsl_interp_eval(linear, raw->energy_eV, raw->mu, inside_eV, hint);
    }
  }
  gsl_interp_free(linear);
  gsl_interp_accel_free(hint);
  *ret_spectrum = spectrum;
  return spectrum != NULL ? CUXAS_OK : cuxas_fail_at(err, cuxas_no_memory(err), name);
}

static cuxas_status broaden(cuxas_spectrum *spectrum, const cuxas_external_settings *settings, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  double      *y      = cuxas_new(err, spectrum->n_point, sizeof *y);
  if (y == NULL) return CUXAS_ENOMEM;
  if (settings->gaussian_eV > 0.0) {
    memcpy(y, spectrum->mu, spectrum->n_point * sizeof *y);
    status = convolve(y, spectrum->n_point, settings->step_eV, gsl_cdf_gaussian_P,
                      settings->gaussian_eV / FWHM_PER_SIGMA, spectrum->mu, err);
  }
  if (status == CUXAS_OK && settings->lorentzian_eV > 0.0) {
    memcpy(y, spectrum->mu, spectrum->n_point * sizeof *y);
    status = convolve(y, spectrum->n_point, settings->step_eV, gsl_cdf_cauchy_P, 0.5 * settings->lorentzian_eV,
                      spectrum->mu, err);
  }
  free(y);
  return status;
}

/* ---- energies and heights --------------------------------------------------------------------------------------- */

/* crop() - in place */
static cuxas_status crop(cuxas_spectrum *spectrum, double low_eV, double high_eV, const char *name, cuxas_error *err)
{
  size_t n = 0;
  for (size_t i = 0; i < spectrum->n_point; i++) {
    if (spectrum->energy_eV[i] < low_eV || spectrum->energy_eV[i] > high_eV) continue; /* NAN: never */
    spectrum->energy_eV[n] = spectrum->energy_eV[i];
    spectrum->mu[n++]      = spectrum->mu[i];
  }
  spectrum->n_point = n;
  return n >= MIN_POINT ? CUXAS_OK : cuxas_fail(err, CUXAS_ERANGE, "%s: %zu points in the range asked for", name, n);
}

/* find_step() - what is to become 1 */
static cuxas_status find_step(const cuxas_spectrum *spectrum, const cuxas_external_settings *settings, const char *name,
                              double *ret_step, cuxas_error *err)
{
  const double first_eV = spectrum->energy_eV[0], last_eV = spectrum->energy_eV[spectrum->n_point - 1];
  const double low_eV = isnan(settings->window_low_eV) ? last_eV - 0.1 * (last_eV - first_eV) : settings->window_low_eV;
  const double high_eV = isnan(settings->window_high_eV) ? last_eV : settings->window_high_eV;
  double       sum = 0.0, maximum = -INFINITY;
  size_t       n = 0;
  *ret_step      = 1.0;
  if (settings->normalization == CUXAS_NORMALIZE_NONE) return CUXAS_OK;
  for (size_t i = 0; i < spectrum->n_point; i++) {
    maximum = fmax(maximum, spectrum->mu[i]);
    if (spectrum->energy_eV[i] < low_eV || spectrum->energy_eV[i] > high_eV) continue;
    sum += spectrum->mu[i];
    n++;
  }
  if (settings->normalization == CUXAS_NORMALIZE_STEP && n == 0)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: no point between %g and %g eV to normalise to", name, low_eV, high_eV);
  *ret_step = settings->normalization == CUXAS_NORMALIZE_MAXIMUM ? maximum : sum / (double)n;
  if (!(*ret_step > 0.0)) return cuxas_fail(err, CUXAS_ERANGE, "%s: the edge step is %g", name, *ret_step);
  return CUXAS_OK;
}

cuxas_status cuxas_external_process(const cuxas_spectrum *raw, const cuxas_external_settings *settings,
                                    const char *name, cuxas_spectrum **ret_spectrum, double *ret_edge_step,
                                    cuxas_error *err)
{
  cuxas_spectrum *spectrum     = NULL;
  const bool      is_broadened = settings->gaussian_eV > 0.0 || settings->lorentzian_eV > 0.0;
  cuxas_status    status       = CUXAS_OK;
  *ret_spectrum                = NULL;
  if (is_broadened)
    status = resample(raw, settings->step_eV, name, &spectrum, err);
  else if ((spectrum = cuxas_spectrum_copy(raw)) == NULL)
    status = cuxas_fail_at(err, cuxas_no_memory(err), name);
  if (status == CUXAS_OK && is_broadened) status = broaden(spectrum, settings, err);
  if (status == CUXAS_OK) {
    double shift_eV = settings->shift_eV;
    if (settings->has_onset)
      shift_eV = settings->onset_eV - cuxas_steepest_eV(spectrum->energy_eV, spectrum->mu, spectrum->n_point);
    for (size_t i = 0; i < spectrum->n_point; i++) spectrum->energy_eV[i] += shift_eV;
    status = crop(spectrum, settings->low_eV, settings->high_eV, name, err);
  }
  if (status == CUXAS_OK) status = find_step(spectrum, settings, name, ret_edge_step, err);
  if (status == CUXAS_OK) {
    for (size_t i = 0; i < spectrum->n_point; i++) spectrum->mu[i] /= *ret_edge_step;
    *ret_spectrum = spectrum;
    spectrum      = NULL;
  }
  cuxas_spectrum_free(spectrum);
  return status;
}

/* ---- the steepest rise ------------------------------------------------------------------------------------------ */

double cuxas_steepest_eV(const double *energy_eV, const double *mu, size_t n_point)
{
  size_t best  = 1;
  double slope = -INFINITY;
  for (size_t i = 1; i < n_point; i++) {
    const double here = (mu[i] - mu[i - 1]) / (energy_eV[i] - energy_eV[i - 1]);
    if (here > slope) {
      slope = here;
      best  = i;
    }
  }
  return 0.5 * (energy_eV[best - 1] + energy_eV[best]);
}
