/* validate_open.c - what cuxas-validate asks about: compounds, candidates, measured curves
 *
 * Contents: 1. compounds  2. candidates  3. questions  4. all of it */
#include "cmd/common.h"
#include "match/shortlist.h"
#include "base/memory.h"
#include "cmd/sources.h"
#include "cmd/validate_run.h"
#include "cmd/compounds.h"
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 1. compounds */

/* Two folders, or the bundled data, whose spectra are smoothed already. */
static cuxas_status find_compounds(validate_run *run, cuxas_error *err)
{
  const char    *folder   = cuxas_options_text(run->options, "structures");
  const char    *data     = cuxas_options_text(run->options, "data");
  char          *manifest = NULL;
  cuxas_catalog *catalog  = NULL;
  cuxas_status   status;

  run->smooth_is_given = cuxas_options_is_given(run->options, "smooth");
  if (folder != NULL) {
    if ((status = cuxas_catalog_list(&folder, 1, false, &catalog, err)) == CUXAS_OK)
      status = cuxas_compounds_pair(catalog, cuxas_options_text(run->options, "spectra"), &run->compounds, err);
    cuxas_catalog_free(catalog);
    return status;
  }
  if ((status = cuxas_data_path(data, CUXAS_DATA_COMPOUNDS, &manifest, err)) == CUXAS_OK &&
      (status = cuxas_data_path(data, CUXAS_DATA_STRUCTURES, &run->structures, err)) == CUXAS_OK) {
    if (!run->smooth_is_given) cuxas_options_set(run->options, "smooth", "0", NULL);
    status = cuxas_compounds_read(manifest, &run->compounds, err);
  }
  free(manifest);
  return status;
}

static cuxas_compound *find_compound(const cuxas_compounds *compounds, const char *name, size_t n_char)
{
  for (size_t i = 0; i < compounds->n_compound; i++)
    if (strlen(compounds->compound[i].name) == n_char && strncmp(compounds->compound[i].name, name, n_char) == 0)
      return &compounds->compound[i];
  return NULL;
}

/* --add NAME=FILE: a measured curve for a compound. The one it had stays a standard. */
static cuxas_status add_spectra(validate_run *run, cuxas_error *err)
{
  const size_t n = run->compounds.n_compound;
  if ((run->standard = cuxas_new(err, n, sizeof *run->standard)) == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++) {
    const char *path = run->compounds.compound[i].spectrum;
    if (path != NULL && (run->standard[i] = cuxas_copy_text(err, path)) == NULL) return cuxas_no_memory(err);
  }
  for (size_t i = 0; i < cuxas_options_n_item(run->options, "add"); i++) {
    const char *item = cuxas_options_item(run->options, "add", i), *equals = strchr(item, '=');
    if (equals == NULL || equals == item || equals[1] == '\0')
      cuxas_options_usage_error(run->options, "--add '%s': NAME=FILE is needed", item);
    cuxas_compound *compound = find_compound(&run->compounds, item, (size_t)(equals - item));
    if (compound == NULL)
      cuxas_options_usage_error(run->options, "--add '%s': no compound of this name in the table", item);
    free(compound->spectrum);
    if ((compound->spectrum = cuxas_copy_text(err, equals + 1)) == NULL) return CUXAS_ENOMEM;
    compound->is_raw = true;
  }
  return CUXAS_OK;
}

/* 2. candidates */

bool validate_is_drawn(const validate_run *run)
{
  return cuxas_options_is_set(run->options, "html") || cuxas_options_is_set(run->options, "figure");
}

static void choose_session(validate_run *run)
{
  run->raw = run->choice.preprocess;
  if (!run->smooth_is_given) run->raw.smooth_eV = VALIDATE_SMOOTH_RAW_EV;
  run->session                = run->choice.match;
  run->session.opt_preprocess = &run->raw;
  run->session.n_keep   = validate_is_drawn(run) ? 1 : 0; /* with it the best standards and simulations keep theirs */
  run->session.n_detail = 0;
}

/* What is asked beyond the structures: --candidates, or the bundled ones to identify among, and for the answers on bundled
 * compounds where there are any. */
static cuxas_status find_further(const validate_run *run, char **ret_bundled, const char **ret_path, cuxas_error *err)
{
  const char  *data   = cuxas_options_text(run->options, "data");
  cuxas_error  reason = {.status = CUXAS_OK};
  cuxas_status status = CUXAS_OK;
  *ret_path           = cuxas_options_text(run->options, "candidates");
  if (*ret_path != NULL) return CUXAS_OK;
  if (cuxas_options_flag(run->options, "identify"))
    status = cuxas_data_path(data, CUXAS_DATA_CANDIDATES, ret_bundled, err);
  else if (cuxas_options_flag(run->options, "answer") && run->structures != NULL)
    (void)cuxas_data_path(data, CUXAS_DATA_CANDIDATES, ret_bundled, &reason);
  *ret_path = *ret_bundled;
  return status;
}

/* One session over all that is asked, and what is asked less is a part of it. */
static cuxas_status open_model_source(validate_run *run, cuxas_error *err)
{
  const char      *folder   = cuxas_options_text(run->options, "structures");
  const bool       is_given = cuxas_options_is_set(run->options, "candidates");
  const char      *more     = NULL;
  char            *bundled  = NULL;
  validate_source *source   = &run->source[run->n_source++];
  cuxas_status     status   = find_further(run, &bundled, &more, err);

  snprintf(source->name, sizeof source->name, "model");
  source->ask_all          = is_given;
  const char *const path[] = {folder != NULL ? folder : run->structures, more};
  choose_session(run);
  if (status == CUXAS_OK) status = cuxas_catalog_list(path, 1, false, &run->structure_list, err);
  if (status == CUXAS_OK && more != NULL &&
      (status = cuxas_catalog_list(path, 2, false, &run->candidate_list, err)) == CUXAS_OK)
    status = cuxas_session_over(run->model, run->candidate_list, &run->session, &run->wide, err);
  if (status == CUXAS_OK)
    status = run->wide != NULL
                 ? cuxas_session_part(run->wide, run->structure_list, &source->compounds, err)
                 : cuxas_session_over(run->model, run->structure_list, &run->session, &source->compounds, err);
  if (is_given || cuxas_options_flag(run->options, "identify")) source->all = run->wide;
  run->asked = run->wide != NULL && (is_given || folder == NULL) ? run->wide : source->compounds;
  free(bundled);
  return status;
}

/* Site records, or a folder of the tables that `cuxas-refdb simulated` makes of them. */
static cuxas_status read_simulated(const char *path, const cuxas_model *model, char name[CUXAS_SIMULATED_CODE_SIZE],
                                   cuxas_library **ret_library, cuxas_error *err)
{
  const char *const edge_name[] = {model->edge[0].name, model->edge[1].name, model->edge[2].name, model->edge[3].name};
  cuxas_records    *records     = NULL;
  cuxas_catalog    *catalog     = NULL;
  struct stat       kind;
  cuxas_status      status;

  if (stat(path, &kind) == 0 && S_ISDIR(kind.st_mode)) {
    if ((status = cuxas_catalog_list(&path, 1, false, &catalog, err)) == CUXAS_OK)
      status = cuxas_simulated_read(catalog, model, name, ret_library, err);
    cuxas_catalog_free(catalog);
    return status;
  }
  snprintf(name, CUXAS_SIMULATED_CODE_SIZE, "simulated");
  if ((status = cuxas_records_read(&path, 1, model->absorber, edge_name, model->n_edge, &records, err)) == CUXAS_OK)
    status = cuxas_library_simulated(records, model, ret_library, err);
  cuxas_records_free(records);
  return status;
}

/* What --simulated names; else the bundled spectra of the bundled compounds, where they are of the model's edges. */
static cuxas_status open_simulated_source(validate_run *run, bool fit_hole, cuxas_error *err)
{
  const char    *given   = cuxas_options_text(run->options, "simulated");
  char          *bundled = NULL;
  cuxas_library *library = NULL;
  cuxas_status   status;

  if (given == NULL ? run->structures == NULL : strcmp(given, "none") == 0) return CUXAS_OK;
  validate_source *source = &run->source[run->n_source];
  source->fit_hole        = fit_hole;
  if (given == NULL &&
      cuxas_data_path(cuxas_options_text(run->options, "data"), CUXAS_DATA_SIMULATED, &bundled, err) != CUXAS_OK)
    return CUXAS_OK; /* data without them */
  status = read_simulated(given != NULL ? given : bundled, run->model, source->name, &library, err);
  if (status == CUXAS_OK) status = cuxas_session_of(run->model, library, &run->session, &source->compounds, err);
  free(bundled);
  if (given == NULL && status == CUXAS_EUNSUPPORTED) return CUXAS_OK;
  run->n_source++;
  return status;
}

/* --simulate all: the structures and the further candidates, as the model's source has them, by our own simulations. */
static cuxas_status simulate_source(validate_run *run, bool fit_hole, cuxas_error *err)
{
  const char      *folder  = cuxas_options_text(run->options, "structures");
  const char      *more    = cuxas_options_text(run->options, "candidates");
  char            *bundled = NULL;
  validate_source *source  = &run->source[run->n_source++];
  cuxas_status     status  = CUXAS_OK;

  snprintf(source->name, sizeof source->name, "simulated");
  source->fit_hole = fit_hole;
  source->ask_all  = more != NULL;
  if (more == NULL && cuxas_options_flag(run->options, "identify")) {
    status = cuxas_data_path(cuxas_options_text(run->options, "data"), CUXAS_DATA_CANDIDATES, &bundled, err);
    more   = bundled;
  }
  const char *const  path[] = {folder != NULL ? folder : run->structures, more};
  cuxas_progress_bar bar    = cuxas_progress_start("simulating", cuxas_options_flag(run->options, "quiet"));
  for (size_t n = 1; n <= (more != NULL ? 2u : 1u) && status == CUXAS_OK; n++) {
    cuxas_catalog *catalog = NULL;
    cuxas_library *library = NULL;
    if ((status = cuxas_catalog_list(path, n, false, &catalog, err)) == CUXAS_OK &&
        (status = cuxas_library_simulate(catalog, run->model, run->companions.simulations,
                                         &(cuxas_watch){cuxas_progress_show, &bar, NULL}, &library, err)) == CUXAS_OK)
      status = cuxas_session_of(run->model, library, &run->session, n == 1 ? &source->compounds : &source->all, err);
    cuxas_catalog_free(catalog);
  }
  cuxas_progress_end(&bar);
  free(bundled);
  return status;
}

/* 3. questions */

static void give_up(validate_obstacle *obstacle, const char *reason, bool is_failure)
{
  obstacle->is_failure = is_failure;
  snprintf(obstacle->message, sizeof obstacle->message, "%s", reason);
}

cuxas_status validate_prepare(const validate_run *run, const char *path, double smooth_eV,
                              cuxas_measurement *measurement, cuxas_error *err)
{
  cuxas_match_settings      settings   = run->choice.match;
  cuxas_preprocess_settings preprocess = run->choice.preprocess;
  preprocess.smooth_eV                 = smooth_eV;
  settings.opt_preprocess              = &preprocess;
  return cuxas_measurement_prepare(measurement, path, run->model, &settings, err);
}

static void read_question(validate_run *run, size_t i)
{
  const cuxas_compound        *compound = &run->compounds.compound[i];
  const cuxas_measured_options how      = {0};
  cuxas_error                  err      = {0};

  if (compound->spectrum == NULL) {
    give_up(&run->obstacle[i], compound->status[0] != '\0' ? compound->status : "no measured spectrum", false);
    return;
  }
  const double smooth_eV =
      compound->is_raw && !run->smooth_is_given ? VALIDATE_SMOOTH_RAW_EV : cuxas_options_real(run->options, "smooth");
  if (cuxas_measurement_read(compound->spectrum, &how, &run->question[i], &err) != CUXAS_OK ||
      validate_prepare(run, compound->spectrum, smooth_eV, &run->question[i], &err) != CUXAS_OK)
    give_up(&run->obstacle[i], err.message, true);
}

static cuxas_status read_questions(validate_run *run, cuxas_error *err)
{
  const size_t n = run->compounds.n_compound;
  run->question  = cuxas_new(err, n, sizeof *run->question);
  run->obstacle  = cuxas_new(err, n, sizeof *run->obstacle);
  if (run->question == NULL || run->obstacle == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < n; i++) read_question(run, i);
  return CUXAS_OK;
}

/* 4. all of it */

cuxas_status validate_open(validate_run *run, cuxas_error *err)
{
  const bool   hole_is_open = cuxas_options_is(run->options, "hole", "model"); /* before the model settles it */
  cuxas_status status;
  if ((status = cuxas_source_model(run->options, &run->model, err)) != CUXAS_OK ||
      (status = cuxas_match_options_settle(run->options, run->model, err)) != CUXAS_OK ||
      (status = find_compounds(run, err)) != CUXAS_OK)
    return status;
  cuxas_match_options_compare(run->options, run->model, &run->choice);
  if ((status = cuxas_match_check(run->model, &run->choice.match, err)) != CUXAS_OK ||
      (status = add_spectra(run, err)) != CUXAS_OK || (status = open_model_source(run, err)) != CUXAS_OK ||
      (status = cuxas_source_companions(run->options, run->model, &run->choice.match, CUXAS_WITH_SIMULATIONS,
                                        &run->companions, err)) != CUXAS_OK ||
      (status = cuxas_match_options_n_simulate(run->options) == SIZE_MAX
                    ? simulate_source(run, hole_is_open, err)
                    : open_simulated_source(run, hole_is_open, err)) != CUXAS_OK)
    return status;
  return read_questions(run, err);
}

void validate_close(validate_run *run)
{
  for (size_t k = 0; k < run->n_source; k++) {
    cuxas_session_free(run->source[k].compounds);
    if (run->source[k].all != run->wide) cuxas_session_free(run->source[k].all);
    for (int manner = 0; manner < CUXAS_N_MANNER; manner++) {
      cuxas_validation_free(run->source[k].table[manner].row, run->compounds.n_compound);
      free(run->source[k].table[manner].own);
    }
  }
  for (size_t i = 0; run->question != NULL && i < run->compounds.n_compound; i++)
    cuxas_measurement_clear(&run->question[i]);
  for (size_t i = 0; i < run->n_failure; i++) cuxas_validation_case_clear(&run->failure[i]);
  cuxas_session_free(run->wide);
  cuxas_catalog_free(run->candidate_list);
  cuxas_catalog_free(run->structure_list);
  cuxas_answers_free(run->answer, run->n_answer);
  free(run->failure);
  free(run->question);
  for (size_t i = 0; run->standard != NULL && i < run->compounds.n_compound; i++) free(run->standard[i]);
  free(run->standard);
  free(run->obstacle);
  cuxas_companions_clear(&run->companions);
  cuxas_compounds_free(&run->compounds);
  free(run->structures);
  cuxas_model_free(run->model);
}

/* ---- the validation compounds: from the manifest of the bundled data, or from two folders by file name ---------- */

void cuxas_compounds_free(cuxas_compounds *compounds)
{
  for (size_t i = 0; i < compounds->n_compound; i++) {
    cuxas_compound *compound = &compounds->compound[i];
    free(compound->name);
    free(compound->structure);
    free(compound->spectrum);
    free(compound->status);
  }
  free(compounds->compound);
  *compounds = (cuxas_compounds){0};
}

/* Cuts a CSV line into fields in place (RFC 4180, one line a record); returns their number, at most n_max. */
static size_t cut_fields(char *line, char **ret_field, size_t n_max)
{
  size_t n = 0;
  for (char *in = line; n < n_max;) {
    char *out            = in;
    ret_field[n++]       = out;
    const bool is_quoted = *in == '"';
    if (is_quoted) in++;
    while (*in != '\0' && (is_quoted || *in != ',')) {
      if (is_quoted && *in == '"') {
        if (in[1] != '"') break;
        in++;
      }
      *out++ = *in++;
    }
    while (*in != '\0' && *in != ',') in++; /* from the closing quote to the delimiter */
    const bool is_last = *in == '\0';
    in++;
    *out = '\0';
    if (is_last) break;
  }
  return n;
}

enum { MAX_FIELD = 32 };
enum { NAME, STRUCTURE, SPECTRUM, STATUS, N_COLUMN };

static cuxas_status find_columns(cuxas_text *text, size_t ret_column[N_COLUMN], size_t *ret_n_field, cuxas_error *err)
{
  static const char *const COLUMN[N_COLUMN] = {"name", "structure", "spectrum", "status"};
  char                    *field[MAX_FIELD];

  *ret_n_field = text->n_line > 0 ? cut_fields(text->line[0], field, MAX_FIELD) : 0;
  for (size_t k = 0; k < N_COLUMN; k++) {
    size_t i = 0;
    while (i < *ret_n_field && strcmp(field[i], COLUMN[k]) != 0) i++;
    if (i == *ret_n_field) return cuxas_fail(err, CUXAS_EFORMAT, "%s:1: no column \"%s\"", text->path, COLUMN[k]);
    ret_column[k] = i;
  }
  return CUXAS_OK;
}

cuxas_status cuxas_compounds_read(const char *path, cuxas_compounds *ret_compounds, cuxas_error *err)
{
  cuxas_compounds *compounds = ret_compounds;
  cuxas_text       text      = {0};
  size_t           column[N_COLUMN], n_field;
  char            *field[MAX_FIELD];
  cuxas_status     status;

  *compounds         = (cuxas_compounds){0};
  char       *folder = cuxas_copy_text(err, path);
  char *const slash  = folder != NULL ? strrchr(folder, '/') : NULL;
  if (folder == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  strcpy(slash != NULL ? slash : folder, slash != NULL ? "" : ".");
  if ((status = cuxas_text_read(path, &text, err)) != CUXAS_OK ||
      (status = find_columns(&text, column, &n_field, err)) != CUXAS_OK)
    goto done;
  compounds->compound = cuxas_new(err, text.n_line, sizeof *compounds->compound);
  if (compounds->compound == NULL) status = cuxas_fail_at(err, CUXAS_ENOMEM, path);
  for (size_t i = 1; i < text.n_line && status == CUXAS_OK; i++) {
    if (text.line[i][0] == '\0') continue;
    if (cut_fields(text.line[i], field, MAX_FIELD) != n_field) {
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s:%zu: not the number of fields that the header has", path, i + 1);
      break;
    }
    cuxas_compound *compound = &compounds->compound[compounds->n_compound++];
    const bool      has      = field[column[SPECTRUM]][0] != '\0';
    compound->name           = cuxas_copy_text(err, field[column[NAME]]);
    compound->structure      = cuxas_path_stem(field[column[STRUCTURE]]);
    compound->spectrum       = has ? cuxas_path_join(folder, field[column[SPECTRUM]], NULL) : NULL;
    compound->status         = cuxas_copy_text(err, field[column[STATUS]]);
    if (compound->name == NULL || compound->structure == NULL || (has && compound->spectrum == NULL) ||
        compound->status == NULL)
      status = cuxas_fail_at(err, cuxas_no_memory(err), path);
  }
done:
  cuxas_text_free(&text);
  free(folder);
  return status;
}

cuxas_status cuxas_compounds_pair(const cuxas_catalog *structures, const char *spectra_folder,
                                  cuxas_compounds *ret_compounds, cuxas_error *err)
{
  static const char *const SUFFIX[]  = {"csv", "tsv", "txt", "dat", "xdi", "xy"};
  cuxas_compounds         *compounds = ret_compounds;

  *compounds          = (cuxas_compounds){0};
  compounds->compound = cuxas_new(err, structures->n_candidate, sizeof *compounds->compound);
  if (compounds->compound == NULL) return CUXAS_ENOMEM;
  for (size_t i = 0; i < structures->n_candidate; i++) {
    const cuxas_candidate *candidate = &structures->candidate[i];
    if (candidate->kind != CUXAS_CANDIDATE_STRUCTURE) continue;
    cuxas_compound *compound = &compounds->compound[compounds->n_compound++];
    compound->name           = cuxas_copy_text(err, candidate->name);
    compound->structure      = cuxas_copy_text(err, candidate->name);
    compound->status         = cuxas_copy_text(err, "");
    for (size_t k = 0; k < sizeof SUFFIX / sizeof *SUFFIX && compound->spectrum == NULL; k++) {
      char *path = cuxas_path_join(spectra_folder, candidate->name, SUFFIX[k]);
      if (path != NULL && access(path, F_OK) == 0)
        compound->spectrum = path;
      else
        free(path);
    }
    if (compound->name == NULL || compound->structure == NULL || compound->status == NULL) return CUXAS_ENOMEM;
  }
  return CUXAS_OK;
}
