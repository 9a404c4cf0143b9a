/* Spectra of other programs: read, moved, broadened, cut and normalised. */
#include "records/external.h"
#include "base/elements.h"
#include "base/json.h"
#include "base/memory.h"
#include "crystal/neighbor.h"
#include "records/record_text.h"
#include "base/text.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_interp.h>
#include <math.h>
#include <stdint.h>
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
  if (!(step_eV > 0.0) || span_eV / step_eV >= MAX_GRID_POINT)
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

/* ---- published data sets: lines with structures (Chen et al.) ---------------------------------------------------- */

void cuxas_external_record_clear(cuxas_external_record *record)
{
  cuxas_spectrum_free(record->spectrum);
  cuxas_crystal_free(record->crystal);
  *record = (cuxas_external_record){.site = 0};
}

/* parse_pair() - spectrum: [[energies], [values]] */
static cuxas_status parse_pair(const cJSON *object, cuxas_spectrum **ret_spectrum, const char *where, cuxas_error *err)
{
  const cJSON *pair   = NULL;
  cuxas_status status = cuxas_json_array(object, "spectrum", &pair, where, err);
  if (status != CUXAS_OK) return status;
  const size_t n = (size_t)cJSON_GetArraySize(cJSON_GetArrayItem(pair, 0));
  if (cJSON_GetArraySize(pair) != 2 || n < 4)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"spectrum\" is not two arrays of at least 4 numbers", where);
  cuxas_spectrum *spectrum = cuxas_spectrum_new(n);
  if (spectrum == NULL) return cuxas_no_memory(err);
  status = cuxas_record_numbers(cJSON_GetArrayItem(pair, 0), n, "spectrum", spectrum->energy_eV, where, err);
  if (status == CUXAS_OK)
    status = cuxas_record_numbers(cJSON_GetArrayItem(pair, 1), n, "spectrum", spectrum->mu, where, err);
  for (size_t i = 0; status == CUXAS_OK && i < n; i++)
    if (!isfinite(spectrum->energy_eV[i]) || !isfinite(spectrum->mu[i]) ||
        (i > 0 && !(spectrum->energy_eV[i] > spectrum->energy_eV[i - 1])))
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: point %zu is not finite or its energy does not rise", where, i);
  if (status == CUXAS_OK)
    *ret_spectrum = spectrum;
  else
    cuxas_spectrum_free(spectrum);
  return status;
}

static cuxas_status parse_chen(const cJSON *object, int absorber, cuxas_external_record *ret_line, const char *where,
                               cuxas_error *err)
{
  cuxas_status status;
  const char  *id = NULL, *edge = NULL;
  const cJSON *structure = NULL;
  if (!cJSON_IsObject(object)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: not a JSON object", where);
  if ((status = cuxas_json_string(object, "mp-id", &id, where, err)) != CUXAS_OK ||
      (status = cuxas_json_string(object, "edge", &edge, where, err)) != CUXAS_OK ||
      (status = cuxas_json_count(object, "absorbing_atom", 0, 99999, &ret_line->site, where, err)) != CUXAS_OK ||
      (status = cuxas_json_object(object, "structure", &structure, where, err)) != CUXAS_OK)
    return status;
  if (strlen(id) >= sizeof ret_line->id || strlen(edge) >= sizeof ret_line->edge)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: name or edge too long", where);
  memcpy(ret_line->id, id, strlen(id) + 1);
  memcpy(ret_line->edge, edge, strlen(edge) + 1);
  char *text;
  if ((status = cuxas_json_print(structure, false, &text, err)) != CUXAS_OK) return status;
  status = cuxas_crystal_from_memory(where, text, strlen(text), &ret_line->crystal, err);
  free(text);
  if (status == CUXAS_OK &&
      (ret_line->site >= ret_line->crystal->n_site || ret_line->crystal->atomic_number[ret_line->site] != absorber))
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: %s, site %zu is not %s", where, id, ret_line->site,
                        cuxas_element_find(absorber)->symbol);
  return status == CUXAS_OK ? parse_pair(object, &ret_line->spectrum, where, err) : status;
}

cuxas_status cuxas_external_parse_chen(const char *line, int absorber, const char *where,
                                       cuxas_external_record *ret_record, cuxas_error *err)
{
  *ret_record               = (cuxas_external_record){.site = 0};
  cJSON             *object = cJSON_ParseWithOpts(line, NULL, 1);
  const cuxas_status status = parse_chen(object, absorber, ret_record, where, err);
  cJSON_Delete(object);
  if (status != CUXAS_OK) cuxas_external_record_clear(ret_record);
  return status;
}

/* ---- published data sets: folders of FEFF (Gleason et al.) -------------------------------------------------------- */

typedef struct {
  double position[3]; /* fractional, or angstrom */
  int    number;      /* atomic number, or unique potential */
} feff_atom;

enum { MAX_POTENTIAL = 64 };

/* What feff.inp says: the cell and its sites, in the title that pymatgen writes ("abc:", "angles:", then "* 1 Cu 0 0 0.25" for
 * each site); EDGE and COREHOLE; the elements of the potentials; and the atoms around the absorber. */
typedef struct {
  double        abc_A[3], angle_deg[3];
  size_t        n_site, n_atom;
  feff_atom    *site, *atom;                /* (n_site) of the cell, (n_atom) of the cluster */
  int           element[MAX_POTENTIAL];     /* atomic number of each unique potential; 0: not said */
  char          edge[CUXAS_EDGE_NAME_SIZE]; /* "": not said */
  bool          has_channel;
  cuxas_channel channel;
} feff_input;

#define NEAR_A 4.5           /* atoms within it tell sites apart ... */
#define SAME_DISTANCE_A 0.02 /* ... when their distances agree */

enum { MAX_NEAR = 400 };

static bool take_three(const char *line, const char *key, double ret_value[3])
{
  const char *at = strstr(line, key);
  return at != NULL && sscanf(at + strlen(key), "%lf %lf %lf", &ret_value[0], &ret_value[1], &ret_value[2]) == 3;
}

static cuxas_status add_atom(feff_atom **atom, size_t *n_atom, const double position[3], int number, cuxas_error *err)
{
  feff_atom *grown = cuxas_grow(err, *atom, *n_atom + 1, sizeof *grown);
  if (grown == NULL) return CUXAS_ENOMEM;
  *atom              = grown;
  grown[(*n_atom)++] = (feff_atom){{position[0], position[1], position[2]}, number};
  return CUXAS_OK;
}

/* *part: 'P' among the potentials, 'A' among the atoms, else 0 */
static cuxas_status take_line(const char *line, char *part, feff_input *input, cuxas_error *err)
{
  const bool is_atoms = *part == 'A';
  char       word[8]  = "";
  double     x[3];
  int        number, z;
  if (line[0] >= 'A' && line[0] <= 'Z') /* a card ends what was listed */
    *part = strncmp(line, "ATOMS", 5) == 0 ? 'A' : (char)(strncmp(line, "POTENTIALS", 10) == 0 ? 'P' : '\0');
  if (sscanf(line, "EDGE %7s", word) == 1) memcpy(input->edge, word, sizeof input->edge);
  if (sscanf(line, "COREHOLE %7s", word) == 1) {
    input->has_channel = true;
    input->channel     = word[0] == 'N' || word[0] == 'n' ? CUXAS_CHANNEL_NO_HOLE : CUXAS_CHANNEL_SCREENED_HOLE;
  }
  if (take_three(line, "abc:", input->abc_A) || take_three(line, "angles:", input->angle_deg)) return CUXAS_OK;
  if (*part == 'P' && sscanf(line, "%d %d", &number, &z) == 2 && number >= 0 && number < MAX_POTENTIAL)
    input->element[number] = z;
  if (!is_atoms && sscanf(line, "* %d %3[A-Za-z] %lf %lf %lf", &number, word, &x[0], &x[1], &x[2]) == 5 &&
      cuxas_element_number(word) > 0)
    return add_atom(&input->site, &input->n_site, x, cuxas_element_number(word), err);
  if (is_atoms && sscanf(line, "%lf %lf %lf %d", &x[0], &x[1], &x[2], &number) == 4)
    return add_atom(&input->atom, &input->n_atom, x, number, err);
  return CUXAS_OK;
}

static cuxas_status read_feff_input(const char *path, feff_input *ret_input, cuxas_error *err)
{
  cuxas_text   text   = {0};
  char         part   = '\0';
  cuxas_status status = cuxas_text_read(path, &text, err);
  for (size_t i = 0; status == CUXAS_OK && i < text.n_line; i++)
    status = take_line(cuxas_text_trim(text.line[i]), &part, ret_input, err);
  cuxas_text_free(&text);
  return status;
}

/* make_cell() - the crystal of the title */
static cuxas_status make_cell(const feff_input *input, const char *path, cuxas_crystal **ret_crystal, cuxas_error *err)
{
  const double degree = acos(-1.0) / 180.0, *length = input->abc_A;
  const double ca = cos(input->angle_deg[0] * degree), cb = cos(input->angle_deg[1] * degree),
               cg = cos(input->angle_deg[2] * degree), sg = sin(input->angle_deg[2] * degree);
  const double y = sg > 1e-6 ? (ca - cb * cg) / sg : 2.0, z = 1.0 - cb * cb - y * y;
  if (input->n_site == 0 || !(z > 1e-9) || !(length[0] > 0.0 && length[1] > 0.0 && length[2] > 0.0))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: its title does not tell the cell and its sites, as pymatgen's does",
                      path);
  cuxas_crystal *crystal = cuxas_crystal_new(input->n_site);
  if (crystal == NULL) return cuxas_no_memory(err);
  const double rows[3][3] = {{length[0], 0.0, 0.0},
                             {length[1] * cg, length[1] * sg, 0.0},
                             {length[2] * cb, length[2] * y, length[2] * sqrt(z)}};
  memcpy(crystal->lattice_A, rows, sizeof rows);
  for (size_t i = 0; i < input->n_site; i++) {
    crystal->atomic_number[i] = input->site[i].number;
    memcpy(crystal->fractional[i], input->site[i].position, sizeof crystal->fractional[i]);
  }
  *ret_crystal = crystal;
  return CUXAS_OK;
}

typedef struct {
  double distance_A;
  int    element; /* 0: not said, any */
} near_atom;

static int by_distance(const void *left, const void *right)
{
  const double a = ((const near_atom *)left)->distance_A, b = ((const near_atom *)right)->distance_A;
  return (a > b) - (a < b);
}

/* list_near() - atoms of the cluster within NEAR_A of the absorber, which has potential 0, nearest first; returns how many */
static size_t list_near(const feff_input *input, near_atom ret_near[MAX_NEAR])
{
  size_t i_absorber = 0, n = 0;
  while (i_absorber < input->n_atom && input->atom[i_absorber].number != 0) i_absorber++;
  for (size_t i = 0; i_absorber < input->n_atom && i < input->n_atom && n < MAX_NEAR; i++) {
    const double *a = input->atom[i].position, *b = input->atom[i_absorber].position;
    const double  distance_A = sqrt(pow(a[0] - b[0], 2.0) + pow(a[1] - b[1], 2.0) + pow(a[2] - b[2], 2.0));
    const int     potential  = input->atom[i].number;
    if (i == i_absorber || distance_A >= NEAR_A) continue;
    ret_near[n++] =
        (near_atom){distance_A, potential >= 0 && potential < MAX_POTENTIAL ? input->element[potential] : 0};
  }
  qsort(ret_near, n, sizeof *ret_near, by_distance);
  return n;
}

/* worst_mismatch() - how far each wanted atom is at most from one of its element around a site, no site atom taken twice */
static double worst_mismatch(const near_atom *wanted, size_t n_wanted, const cuxas_crystal *crystal,
                             const cuxas_bond *bond, size_t n_bond)
{
  bool   is_taken[MAX_NEAR] = {false};
  double worst              = n_bond < n_wanted || n_bond > MAX_NEAR ? INFINITY : 0.0;
  for (size_t i = 0; i < n_wanted && worst < INFINITY; i++) {
    size_t best  = SIZE_MAX;
    double least = INFINITY;
    for (size_t j = 0; j < n_bond; j++) {
      const double off = fabs(bond[j].distance_A - wanted[i].distance_A);
      if (is_taken[j] || off >= least) continue;
      if (wanted[i].element != 0 && wanted[i].element != crystal->atomic_number[bond[j].target]) continue;
      least = off;
      best  = j;
    }
    if (best != SIZE_MAX) is_taken[best] = true;
    worst = fmax(worst, least);
  }
  return worst;
}

/* find_absorber() - the site of the crystal whose surroundings are those in the list of atoms */
static cuxas_status find_absorber(int absorber, const feff_input *input, const cuxas_crystal *crystal, const char *path,
                                  size_t *ret_site, cuxas_error *err)
{
  near_atom        wanted[MAX_NEAR];
  double           least    = SAME_DISTANCE_A;
  const size_t     n_wanted = list_near(input, wanted);
  cuxas_neighbors *list     = NULL;
  *ret_site                 = SIZE_MAX;
  if (input->element[0] != 0 && input->element[0] != absorber)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: its absorber, potential 0, is not %s", path,
                      cuxas_element_find(absorber)->symbol);
  cuxas_status status = cuxas_neighbors_find(crystal, NULL, 0, NEAR_A + SAME_DISTANCE_A, &list, err);
  for (size_t i = 0; status == CUXAS_OK && n_wanted > 0 && i < crystal->n_site; i++) {
    if (crystal->atomic_number[i] != absorber) continue;
    const double worst =
        worst_mismatch(wanted, n_wanted, crystal, list->bond + list->first[i], list->first[i + 1] - list->first[i]);
    if (worst < least - 1e-4) { /* of equals the first */
      least     = worst;
      *ret_site = i;
    }
  }
  cuxas_neighbors_free(list);
  if (status == CUXAS_OK && *ret_site == SIZE_MAX)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED,
                        "%s: no site of %s in the cell of the title has the atoms of the list around it", path,
                        cuxas_element_find(absorber)->symbol);
  return status;
}

cuxas_status cuxas_external_read_feff(const char *folder, int absorber, const cuxas_external_settings *settings,
                                      cuxas_external_record *ret_record, cuxas_error *err)
{
  feff_input              input   = {.edge = ""};
  cuxas_external_settings columns = *settings;
  char                   *name    = cuxas_new(err, strlen(folder) + 16, 1);
  *ret_record                     = (cuxas_external_record){.site = 0};
  if (name == NULL) return CUXAS_ENOMEM;
  columns.energy_column = 1; /* omega, e, k, mu, mu0, chi */
  columns.mu_column     = 4;
  snprintf(name, strlen(folder) + 16, "%s/feff.inp", folder);
  cuxas_status status = read_feff_input(name, &input, err);
  if (status == CUXAS_OK) status = make_cell(&input, name, &ret_record->crystal, err);
  if (status == CUXAS_OK) status = find_absorber(absorber, &input, ret_record->crystal, name, &ret_record->site, err);
  snprintf(name, strlen(folder) + 16, "%s/xmu.dat", folder);
  if (status == CUXAS_OK) status = cuxas_external_read(name, &columns, &ret_record->spectrum, err);
  memcpy(ret_record->edge, input.edge, sizeof input.edge);
  ret_record->has_channel = input.has_channel;
  ret_record->channel     = input.channel;
  if (status != CUXAS_OK) cuxas_external_record_clear(ret_record);
  free(input.site);
  free(input.atom);
  free(name);
  return status;
}
