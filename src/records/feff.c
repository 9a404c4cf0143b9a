/* feff.c - FEFF's input for a site, the manifest that says which folder is whose, and the spectra of finished runs */
#include "records/feff.h"
#include "records/record_text.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/elements.h"
#include "base/text.h"
#include "simulate/cluster.h"
#include "records/external.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- feff.inp --------------------------------------------------------------------------------------------------- */

enum { MAX_POTENTIAL = 12, MAX_ATOM = 1000 }; /* FEFF 9's dimensions nphx (besides the absorber) and nattx */
#define MARGIN_A 3.0                          /* of the list of atoms beyond the clusters */
#define SLACK_A 0.05                          /* of a radius beyond the outermost atom that it is to hold */

static const cuxas_feff_settings PRESETS[] = {
    {"published", 7.0, 0, 9.0, 0, 0.04, 0.1},
    {"fast", 4.6, 45, 7.0, 105, 0.055, 0.1},
};

const cuxas_feff_settings *cuxas_feff_settings_find(const char *name)
{
  for (size_t i = 0; i < sizeof PRESETS / sizeof PRESETS[0]; i++)
    if (strcmp(PRESETS[i].name, name) == 0) return &PRESETS[i];
  return NULL;
}

/* limit_radius() - a radius that holds no more than max_atom atoms (0: no limit), whole shells of them, but the first
 * shell in any case
 *
 *   ret_n_atom  atoms within */
static double limit_radius(const cuxas_cluster *cluster, double radius_A, size_t max_atom, size_t *ret_n_atom)
{
  const cuxas_cluster_atom *atom = cluster->atom;
  size_t                    n = 0, kept = 1;
  while (n < cluster->n_atom && atom[n].distance_A <= radius_A) n++;
  for (size_t end = 1; end < n; kept = end) {
    end++;
    while (end < n && atom[end].distance_A - atom[end - 1].distance_A < 2.0 * SLACK_A) end++;
    if (max_atom > 0 && kept > 1 && end > max_atom) break;
  }
  *ret_n_atom = kept;
  return kept < n ? atom[kept - 1].distance_A + SLACK_A : radius_A;
}

static size_t greatest_common_divisor(size_t a, size_t b)
{
  while (b != 0) {
    const size_t rest = a % b;
    a                 = b;
    b                 = rest;
  }
  return a;
}

/* write_potentials() - absorber, then one per element, with its share in the formula */
static void write_potentials(const cuxas_crystal *crystal, const cuxas_cluster *cluster, FILE *out)
{
  size_t divisor = 0;
  for (size_t i = 0; i < crystal->n_site; i++)
    divisor = greatest_common_divisor(cuxas_crystal_count(crystal, crystal->atomic_number[i]), divisor);

  fprintf(out, "\nPOTENTIALS\n* ipot  Z  tag  lmax1  lmax2  xnatph\n");
  for (size_t i = 0; i < cluster->n_potential; i++) {
    const int    number = cluster->atomic_number[i];
    const double share  = (double)(cuxas_crystal_count(crystal, number) / divisor);
    fprintf(out, "%zu %d %s -1 -1 %g\n", i, number, cuxas_element_find(number)->symbol, i == 0 ? 1e-4 : share);
  }
}

static void write_atoms(const cuxas_cluster *cluster, size_t n_atom, FILE *out)
{
  fprintf(out, "\nATOMS\n* x  y  z  ipot  tag  distance\n");
  for (size_t i = 0; i < n_atom; i++) {
    const cuxas_cluster_atom *atom = &cluster->atom[i];
    for (int j = 0; j < 3; j++) fprintf(out, "%.5f ", atom->position_A[j] + 0.0);
    fprintf(out, "%zu %s %.5f\n", atom->potential, cuxas_element_find(atom->atomic_number)->symbol, atom->distance_A);
  }
}

cuxas_status cuxas_feff_write_input(const cuxas_feff_subject *subject, const cuxas_feff_settings *settings, FILE *out,
                                    cuxas_feff_cluster *opt_cluster, cuxas_error *err)
{
  if (!(settings->fms_radius_A > 0.0) || !(settings->scf_radius_A >= 0.0))
    return cuxas_fail(err, CUXAS_ERANGE, "radii of %g A (scattering) and %g A (self-consistency)",
                      settings->fms_radius_A, settings->scf_radius_A);
  const double       radius_A = fmax(settings->fms_radius_A, settings->scf_radius_A) + MARGIN_A;
  cuxas_cluster     *cluster;
  cuxas_feff_cluster made   = {0};
  size_t             n_scf  = 0;
  cuxas_status       status = cuxas_cluster_new(subject->crystal, subject->site, radius_A, 0, &cluster, err);
  if (status != CUXAS_OK) return status;

  limit_radius(cluster, radius_A, MAX_ATOM, &made.n_atom);
  made.n_potential  = cluster->n_potential;
  made.fms_radius_A = limit_radius(cluster, settings->fms_radius_A, settings->max_fms_atom, &made.n_fms);
  made.scf_radius_A = limit_radius(cluster, settings->scf_radius_A, settings->max_scf_atom, &n_scf);
  if (made.n_potential > MAX_POTENTIAL)
    status =
        cuxas_fail(err, CUXAS_EUNSUPPORTED, "%zu unique potentials; FEFF takes %d", made.n_potential, MAX_POTENTIAL);
  else if (made.n_fms > made.n_atom || n_scf > made.n_atom || made.n_atom > MAX_ATOM)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "more than %d atoms within the radii; FEFF takes no more", MAX_ATOM);
  if (status == CUXAS_OK) {
    const cuxas_locale locale = cuxas_locale_begin();
    fprintf(out, "TITLE %s\nEDGE %s\nS02 0\nCOREHOLE %s\nCONTROL 1 1 1 1 1 1\n", subject->title, subject->edge,
            subject->channel == CUXAS_CHANNEL_SCREENED_HOLE ? "RPA" : "None");
    fprintf(out, "XANES 4 %g %g\n", settings->k_step, settings->edge_step_eV);
    if (settings->scf_radius_A > 0.0) fprintf(out, "SCF %.3f 0 100 0.2 3\n", made.scf_radius_A);
    fprintf(out, "FMS %.3f 0\nEXCHANGE 0 0.0 0.0 2\nRPATH -1\n", made.fms_radius_A);
    write_potentials(subject->crystal, cluster, out);
    write_atoms(cluster, made.n_atom, out);
    fprintf(out, "END\n");
    cuxas_locale_end(locale);
    if (opt_cluster != NULL) *opt_cluster = made;
  }
  cuxas_cluster_free(cluster);
  return status;
}

/* ---- the manifest ----------------------------------------------------------------------------------------------- */

static cuxas_status no_memory(cuxas_error *err)
{
  return cuxas_no_memory(err);
}

/* writing */

cuxas_status cuxas_feff_manifest_put(const cuxas_feff_job *job, const cuxas_feff_settings *settings,
                                     const cuxas_feff_cluster *cluster, FILE *out, cuxas_error *err)
{
  cJSON *line = cJSON_CreateObject();
  cuxas_json_add(line, "folder", cJSON_CreateString(job->folder));
  cuxas_json_add(line, "id", cJSON_CreateString(job->id));
  cuxas_json_add(line, "site", cJSON_CreateNumber((double)job->site));
  cuxas_json_add(line, "multiplicity", cJSON_CreateNumber((double)job->multiplicity));
  cuxas_json_add(line, "edge", cJSON_CreateString(job->edge));
  cuxas_json_add(line, "channel", cJSON_CreateString(cuxas_channel_name(job->channel)));
  cuxas_json_add(line, "preset", cJSON_CreateString(settings->name));
  cuxas_json_add(line, "r_scf", cJSON_CreateNumber(cluster->scf_radius_A));
  cuxas_json_add(line, "r_fms", cJSON_CreateNumber(cluster->fms_radius_A));
  cuxas_json_add(line, "n_fms", cJSON_CreateNumber((double)cluster->n_fms));
  const bool         is_made = cuxas_record_crystal_put(line, job->crystal, NULL) == CUXAS_OK;
  const cuxas_status status  = is_made ? cuxas_json_write(line, false, out, err) : no_memory(err);
  cJSON_Delete(line);
  return status;
}

/* reading */

static cuxas_status parse_channel(const cJSON *line, cuxas_channel *ret_channel, const char *where, cuxas_error *err)
{
  const char  *name   = NULL;
  cuxas_status status = cuxas_json_string(line, "channel", &name, where, err);
  if (status != CUXAS_OK) return status;
  for (int i = 0; i < CUXAS_N_CHANNEL; i++)
    if (strcmp(name, cuxas_channel_name((cuxas_channel)i)) == 0) {
      *ret_channel = (cuxas_channel)i;
      return CUXAS_OK;
    }
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: no channel is called \"%s\"", where, name);
}

static cuxas_status parse_job(const cJSON *line, cuxas_feff_job *job, const char *where, cuxas_error *err)
{
  cuxas_status status;
  const char  *folder = NULL, *id = NULL, *edge = NULL;
  if (!cJSON_IsObject(line)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: not a JSON object", where);
  if ((status = cuxas_json_string(line, "folder", &folder, where, err)) != CUXAS_OK ||
      (status = cuxas_json_string(line, "id", &id, where, err)) != CUXAS_OK ||
      (status = cuxas_json_string(line, "edge", &edge, where, err)) != CUXAS_OK ||
      (status = parse_channel(line, &job->channel, where, err)) != CUXAS_OK ||
      (status = cuxas_record_crystal_parse(line, where, &job->crystal, err)) != CUXAS_OK ||
      (status = cuxas_json_count(line, "site", 0, job->crystal->n_site - 1, &job->site, where, err)) != CUXAS_OK ||
      (status = cuxas_json_count(line, "multiplicity", 1, job->crystal->n_site, &job->multiplicity, where, err)) !=
          CUXAS_OK)
    return status;
  if (edge[0] == '\0' || strlen(edge) >= sizeof job->edge)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: \"%s\" is no name for an edge", where, edge);
  memcpy(job->edge, edge, strlen(edge) + 1);
  job->folder = cuxas_copy_text(err, folder);
  job->id     = cuxas_copy_text(err, id);
  return job->folder != NULL && job->id != NULL ? CUXAS_OK : no_memory(err);
}

static void clear_job(cuxas_feff_job *job)
{
  free(job->folder);
  free(job->id);
  cuxas_crystal_free(job->crystal);
}

static cuxas_status add_job(cuxas_feff_jobs *jobs, const char *text, const char *where, cuxas_error *err)
{
  cuxas_feff_job job  = {0};
  cJSON         *line = cJSON_ParseWithOpts(text, NULL, 1);
  if (line == NULL) return cuxas_fail(err, CUXAS_EFORMAT, "%s: not JSON", where);
  cuxas_status status = parse_job(line, &job, where, err);
  cJSON_Delete(line);
  if (status == CUXAS_OK) {
    cuxas_feff_job *grown = cuxas_grow(err, jobs->job, jobs->n_job + 1, sizeof *grown);
    if (grown != NULL) {
      jobs->job                = grown;
      jobs->job[jobs->n_job++] = job;
      return CUXAS_OK;
    }
    status = no_memory(err);
  }
  clear_job(&job);
  return status;
}

cuxas_status cuxas_feff_manifest_read(const char *folder, cuxas_feff_jobs *ret_jobs, cuxas_error *err)
{
  enum { PATH_SIZE = 4096 };
  char       path[PATH_SIZE];
  cuxas_text text;
  *ret_jobs = (cuxas_feff_jobs){0};
  if (snprintf(path, sizeof path, "%s/%s", folder, CUXAS_FEFF_MANIFEST) >= PATH_SIZE)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: the path is too long", folder);
  cuxas_status status = cuxas_text_read(path, &text, err);
  for (size_t i = 0; status == CUXAS_OK && i < text.n_line; i++) {
    char where[PATH_SIZE + 24];
    if (text.line[i][strspn(text.line[i], " \t")] == '\0') continue;
    snprintf(where, sizeof where, "%s:%zu", path, i + 1);
    status = add_job(ret_jobs, text.line[i], where, err);
  }
  cuxas_text_free(&text);
  return status;
}

void cuxas_feff_jobs_clear(cuxas_feff_jobs *jobs)
{
  for (size_t i = 0; i < jobs->n_job; i++) clear_job(&jobs->job[i]);
  free(jobs->job);
  *jobs = (cuxas_feff_jobs){0};
}

/* ---- spectra of finished FEFF runs: xmu.dat and what the log says of it ----------------------------------------- */

enum { N_COLUMN = 6, MIN_POINT = 20, MAX_POINT = 10000, PATH_SIZE = 4096 };
#define BELOW_EDGE_EV 3.0  /* a spectrum begins at least so far below the Fermi level */
#define ABOVE_EDGE_EV 40.0 /* and ends so far above it */
#define MAX_ONSET_EV 12.0  /* the steepest rise is no farther from it */
#define MIN_END 0.5        /* bounds of mu at the end, normalised to 1 */
#define MAX_END 1.5
#define MAX_ITERATION 1e6 /* rounds of a self-consistent potential; more are no number of rounds */

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
    output->energy_eV = cuxas_new(err, text.n_line, sizeof *output->energy_eV);
    output->mu        = cuxas_new(err, text.n_line, sizeof *output->mu);
    output->mu0       = cuxas_new(err, text.n_line, sizeof *output->mu0);
    if (output->energy_eV == NULL || output->mu == NULL || output->mu0 == NULL)
      status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
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
  if (!(n < MAX_ITERATION)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: %g iterations", path, n);
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
