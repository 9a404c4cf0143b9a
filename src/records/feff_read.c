/* feff_read.c - spectra of finished FEFF runs: xmu.dat and what the log says of it */
#include "records/feff.h"
#include "base/memory.h"
#include "base/text.h"
#include "records/external.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_COLUMN = 6, MIN_POINT = 20, MAX_POINT = 10000, PATH_SIZE = 4096 };
#define BELOW_EDGE_EV 3.0  /* a spectrum begins at least so far below the Fermi level */
#define ABOVE_EDGE_EV 40.0 /* and ends so far above it */
#define MAX_ONSET_EV 12.0  /* the steepest rise is no farther from it */
#define MIN_END 0.5        /* bounds of mu at the end, normalised to 1 */
#define MAX_END 1.5

/* file_in() - FOLDER/NAME; CUXAS_ERANGE: the path is too long */
static cuxas_status file_in(const char *folder, const char *name, char ret_path[PATH_SIZE], cuxas_error *err)
{
  const int n = snprintf(ret_path, PATH_SIZE, "%s/%s", folder, name);
  return n < PATH_SIZE ? CUXAS_OK : cuxas_fail(err, CUXAS_ERANGE, "%s: the path is too long", folder);
}

bool cuxas_feff_is_finished(const char *folder)
{
  char path[PATH_SIZE];
  return file_in(folder, "xmu.dat", path, NULL) == CUXAS_OK && access(path, F_OK) == 0;
}

/* ---- the head of xmu.dat ---------------------------------------------------------------------------------------- */

/* The numbers that the comments hold, by the text in front of them. */
typedef struct {
  const char *label;
  double     *ret_value; /* NAN until found */
} head_number;

/* number_behind() - the number at the start of a text, which other text may follow at once ("-7.839E+00eV") */
static bool number_behind(const char *text, double *ret_value)
{
  char         token[32];
  const char  *start = text + strspn(text, " ");
  const size_t n     = strspn(start, "+-.0123456789E");
  if (n == 0 || n >= sizeof token) return false;
  memcpy(token, start, n);
  token[n] = '\0';
  return cuxas_text_parse_number(token, ret_value);
}

static void read_head_line(const char *line, const head_number *number, size_t n_number, char version[32])
{
  for (size_t i = 0; i < n_number; i++) {
    const char *label = strstr(line, number[i].label);
    if (label != NULL && isnan(*number[i].ret_value))
      number_behind(label + strlen(number[i].label), number[i].ret_value);
  }
  const char *name = strstr(line, "FEFF");
  if (name != NULL && version[0] == '\0') {
    snprintf(version, 32, "%s", name);
    cuxas_text_trim(version);
  }
}

/* ---- its table -------------------------------------------------------------------------------------------------- */

static cuxas_status add_row(cuxas_feff_output *output, char *line, double *ret_from_edge_eV, const char *where,
                            cuxas_error *err)
{
  double value[N_COLUMN];
  char  *cursor = line, *token;
  size_t n      = 0;
  while ((token = cuxas_text_next_token(&cursor)) != NULL && n < N_COLUMN)
    if (!cuxas_text_parse_number(token, &value[n++]))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is no number", where, token);
  if (n != N_COLUMN || token != NULL)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: %zu columns, not omega, e, k, mu, mu0 and chi", where, n);
  if (output->n_point == MAX_POINT) return cuxas_fail(err, CUXAS_EFORMAT, "%s: over %d points", where, MAX_POINT);
  for (size_t i = 0; i < N_COLUMN; i++)
    if (!isfinite(value[i])) return cuxas_fail(err, CUXAS_ENUMERIC, "%s: a number is not finite", where);
  if (output->n_point > 0 && !(value[0] > output->energy_eV[output->n_point - 1]))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: energies do not rise", where);

  output->energy_eV[output->n_point] = value[0];
  output->mu[output->n_point]        = value[3];
  output->mu0[output->n_point]       = value[4];
  output->n_point++;
  *ret_from_edge_eV = value[0] - value[1];
  return CUXAS_OK;
}

static cuxas_status read_spectrum(const char *path, cuxas_feff_output *output, cuxas_error *err)
{
  cuxas_text        text;
  double            omega_minus_e_eV = 0.0;
  cuxas_status      status           = cuxas_text_read(path, &text, err);
  const head_number number[]         = {{"used to normalize mu", &output->edge_step},
                                        {"Gam_ch=", &output->core_hole_width_eV},
                                        {"Mu=", &output->fermi_eV}};
  for (size_t i = 0; i < sizeof number / sizeof number[0]; i++) *number[i].ret_value = NAN;
  if (status == CUXAS_OK) {
    output->energy_eV = cuxas_new_array(text.n_line, sizeof *output->energy_eV);
    output->mu        = cuxas_new_array(text.n_line, sizeof *output->mu);
    output->mu0       = cuxas_new_array(text.n_line, sizeof *output->mu0);
    if (output->energy_eV == NULL || output->mu == NULL || output->mu0 == NULL)
      status = cuxas_fail(err, CUXAS_ENOMEM, "%s: no memory for a spectrum", path);
  }
  for (size_t i = 0; status == CUXAS_OK && i < text.n_line; i++) {
    char  where[PATH_SIZE + 24];
    char *line = cuxas_text_trim(text.line[i]);
    snprintf(where, sizeof where, "%s:%zu", path, i + 1);
    if (line[0] == '#')
      read_head_line(line, number, sizeof number / sizeof number[0], output->version);
    else if (line[0] != '\0')
      status = add_row(output, line, &omega_minus_e_eV, where, err);
  }
  cuxas_text_free(&text);
  for (size_t i = 0; status == CUXAS_OK && i < sizeof number / sizeof number[0]; i++)
    if (!isfinite(*number[i].ret_value))
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: no number behind \"%s\"", path, number[i].label);
  if (status == CUXAS_OK && (output->n_point < MIN_POINT || !(output->edge_step > 0.0)))
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: %zu points, edge step %g: cut short", path, output->n_point,
                        output->edge_step);
  output->edge_eV = omega_minus_e_eV + output->fermi_eV;
  return status;
}

/* ---- self-consistency ------------------------------------------------------------------------------------------- */

/* has_card() - whether feff.inp asks for self-consistent potentials */
static cuxas_status has_scf_card(const char *path, bool *ret_has, cuxas_error *err)
{
  cuxas_text   text;
  cuxas_status status = cuxas_text_read(path, &text, err);
  if (status != CUXAS_OK) return status;
  *ret_has = false;
  for (size_t i = 0; i < text.n_line; i++) {
    char       *cursor = text.line[i];
    const char *card   = cuxas_text_next_token(&cursor);
    if (card != NULL && strcmp(card, "SCF") == 0) *ret_has = true;
  }
  cuxas_text_free(&text);
  return CUXAS_OK;
}

static cuxas_status check_log(const char *path, size_t *ret_n_iteration, cuxas_error *err)
{
  static const char REACHED[] = "Convergence reached in";
  double            n         = 0.0;
  cuxas_text        text;
  cuxas_status      status = cuxas_text_read(path, &text, err);
  if (status != CUXAS_OK) return status;
  for (size_t i = 0; i < text.n_line; i++) {
    const char *reached = strstr(text.line[i], REACHED);
    if (reached != NULL) number_behind(reached + strlen(REACHED), &n);
  }
  cuxas_text_free(&text);
  if (n < 1.0) return cuxas_fail(err, CUXAS_ENUMERIC, "%s: the potentials did not converge", path);
  *ret_n_iteration = (size_t)n;
  return CUXAS_OK;
}

/* ---- plausibility ----------------------------------------------------------------------------------------------- */

static cuxas_status check_shape(const cuxas_feff_output *output, const char *path, cuxas_error *err)
{
  const double first_eV = output->energy_eV[0], last_eV = output->energy_eV[output->n_point - 1];
  const double onset = cuxas_steepest_eV(output->energy_eV, output->mu, output->n_point);
  const double end   = output->mu[output->n_point - 1];
  if (first_eV > output->edge_eV - BELOW_EDGE_EV || last_eV < output->edge_eV + ABOVE_EDGE_EV)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: covers %.1f to %.1f eV, not %g below to %g eV above the edge at %.1f eV",
                      path, first_eV, last_eV, BELOW_EDGE_EV, ABOVE_EDGE_EV, output->edge_eV);
  if (fabs(onset - output->edge_eV) > MAX_ONSET_EV)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: the steepest rise, at %.1f eV, is far from the Fermi level, at %.1f eV",
                      path, onset, output->edge_eV);
  if (!(end >= MIN_END && end <= MAX_END))
    return cuxas_fail(err, CUXAS_ERANGE, "%s: mu ends at %.3g, not near 1", path, end);
  return CUXAS_OK;
}

cuxas_status cuxas_feff_read(const char *folder, cuxas_feff_output *ret_output, cuxas_error *err)
{
  char              input[PATH_SIZE], log[PATH_SIZE], spectrum[PATH_SIZE];
  cuxas_feff_output output = {0};
  cuxas_status      status;
  *ret_output = output;
  if ((status = file_in(folder, "feff.inp", input, err)) != CUXAS_OK ||
      (status = file_in(folder, "log1.dat", log, err)) != CUXAS_OK ||
      (status = file_in(folder, "xmu.dat", spectrum, err)) != CUXAS_OK)
    return status;

  if ((status = has_scf_card(input, &output.is_self_consistent, err)) == CUXAS_OK && output.is_self_consistent)
    status = check_log(log, &output.n_iteration, err);
  if (status == CUXAS_OK) status = read_spectrum(spectrum, &output, err);
  if (status == CUXAS_OK) status = check_shape(&output, spectrum, err);
  if (status == CUXAS_OK)
    *ret_output = output;
  else
    cuxas_feff_output_clear(&output);
  return status;
}

void cuxas_feff_output_clear(cuxas_feff_output *output)
{
  free(output->energy_eV);
  free(output->mu);
  free(output->mu0);
  *output = (cuxas_feff_output){0};
}
