/* cuxas-validate - is the right compound found where it is known? Every measured curve against all structures */
#include "common.h"
#include "compounds.h"
#include "cuxas/memory.h"
#include "cuxas/identification.h"
#include "cuxas/library.h"
#include "cuxas/output.h"
#include "cuxas/validation.h"
#include "options.h"
#include "question.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "cuxas-validate"

static const cuxas_option OPTIONS[] = {
    {"spectra", 0, OPT_PATH, "DIR", NULL, NULL, "Compounds",
     "folder of measured spectra; a spectrum belongs to the structure of the same file name; default: the bundled ones",
     0},
    {"structures", 0, OPT_PATH, "DIR", NULL, NULL, "Compounds", "folder of their structures; default: the bundled ones",
     0},
    {"candidates", 0, OPT_PATH, "PATH", NULL, NULL, "Compounds",
     "further candidates to match against, beside the structures", 0},

    {"simulated", 0, OPT_PATH, "FILE", NULL, NULL, "Compounds",
     "simulated spectra of the compounds (records, one JSON object a line): the same table for them", 0},
    {"add", 0, OPT_LIST, "NAME=FILE", NULL, NULL, "Compounds",
     "a measured curve for a compound of the table, may be repeated", 0},

    CUXAS_MODEL_OPTIONS,
    CUXAS_COMPARE_OPTIONS,
    CUXAS_RANK_OPTION,

    {"identify", 0, OPT_FLAG, NULL, NULL, NULL, "Output",
     "how often the right compound is found, by every measure, among the compounds, with the further candidates "
     "(default: "
     "the bundled ones), and with the elements known",
     0},
    {"figure", 0, OPT_PATH, "FILE", NULL, NULL, "Output",
     "measured, predicted and simulated curves, a panel each: FILE ends in .svg, .pdf or .png", OPT_SHAPES_RUN},
    {"json", 'j', OPT_PATH, "FILE", NULL, NULL, "Output", "the table and its means; - is standard output",
     OPT_SHAPES_RUN},
    CUXAS_FORCE_OPTION,
    CUXAS_QUIET_OPTION,
    CUXAS_THREADS_OPTION,
};

static const cuxas_command COMMAND = {
    PROGRAM,
    "[options]",
    "Matches measured spectra of known compounds against known structures and shows the rank of the right one, the "
    "numbers "
    "behind it, and their means. A compound without a measured spectrum keeps its row.",
    "  cuxas-validate\n"
    "  cuxas-validate --spectra measured/ --structures structures/\n"
    "  cuxas-validate --shift-criterion mae --fwhm 0 --hole 1 --rank agreement     as published\n"
    "  cuxas-validate --identify --simulated literature.jsonl --figure all.svg\n"
    "  cuxas-validate --add CuBe=scan.csv\n"
    "  cuxas-validate --candidates more/ --json validation.json\n",
    OPTIONS,
    sizeof OPTIONS / sizeof *OPTIONS,
    0,
    0,
};

#define LEAST_OTHERS 3.0  /* compounds from which priors are learnt; with fewer the general ones stay */
#define SMOOTH_RAW_EV 0.2 /* of curves that are not bundled: those are smoothed already */

/* What the right structure of a compound needs. */
typedef struct {
  bool   is_known;
  double shift_eV, hole_fraction;
} own_fit;

enum { MAX_LINE = 2 * (CUXAS_N_MEASURE + 2) };

typedef struct {
  cuxas_options        *options;
  cuxas_model          *model;
  char                 *manifest, *structures; /* paths of the bundled data; NULL when folders were named */
  const char           *folder;                /* of the structures */
  bool                  smooth_is_given;
  bool                  hole_is_open; /* not asked for: fitted where a source has both states of the core level */
  cuxas_compounds       compounds;
  cuxas_library        *known, *all, *simulated; /* structures; with further candidates or NULL; simulations or NULL */
  cuxas_question       *question;                /* (n_compound) without a query where there is no curve */
  size_t                n_structure;
  const char          **structure;           /* (n_structure) names of the right structures */
  cuxas_validation_row *row, *row_simulated; /* (n_compound) */
  size_t                n_line;
  cuxas_identification  line[MAX_LINE];
} validate_run;

/* The compounds: two folders, or the bundled data. Bundled spectra are smoothed already. */
static cuxas_status find_compounds(validate_run *run, cuxas_error *err)
{
  const char    *spectra = cuxas_options_text(run->options, "spectra");
  const char    *folder  = cuxas_options_text(run->options, "structures");
  const char    *data    = cuxas_options_text(run->options, "data");
  cuxas_catalog *catalog = NULL;
  cuxas_status   status  = CUXAS_OK;

  run->smooth_is_given = cuxas_options_is_given(run->options, "smooth");
  if (folder != NULL) {
    run->folder = folder;
    if ((status = cuxas_catalog_list(&folder, 1, false, &catalog, err)) == CUXAS_OK)
      status = cuxas_compounds_pair(catalog, spectra, &run->compounds, err);
    cuxas_catalog_free(catalog);
  } else {
    if ((status = cuxas_data_path(data, CUXAS_DATA_COMPOUNDS, &run->manifest, err)) != CUXAS_OK ||
        (status = cuxas_data_path(data, CUXAS_DATA_STRUCTURES, &run->structures, err)) != CUXAS_OK)
      return status;
    run->folder = run->structures;
    if (!run->smooth_is_given) cuxas_options_set(run->options, "smooth", "0", NULL);
    status = cuxas_compounds_read(run->manifest, &run->compounds, err);
  }
  return status;
}

/* --add NAME=FILE: a measured curve for a compound. */
static cuxas_status add_spectra(validate_run *run, cuxas_error *err)
{
  for (size_t i = 0; i < cuxas_options_n_item(run->options, "add"); i++) {
    const char *item = cuxas_options_item(run->options, "add", i), *equals = strchr(item, '=');
    if (equals == NULL || equals == item || equals[1] == '\0')
      cuxas_options_usage_error(run->options, "--add '%s': NAME=FILE is needed", item);
    cuxas_compound *compound = NULL;
    for (size_t k = 0; k < run->compounds.n_compound && compound == NULL; k++) {
      const char *name = run->compounds.compound[k].name;
      if (strlen(name) == (size_t)(equals - item) && strncmp(name, item, strlen(name)) == 0)
        compound = &run->compounds.compound[k];
    }
    if (compound == NULL)
      cuxas_options_usage_error(run->options, "--add '%s': no compound of this name in the table", item);
    free(compound->spectrum);
    if ((compound->spectrum = cuxas_copy_string(equals + 1)) == NULL) return cuxas_fail(err, CUXAS_ENOMEM, "no memory");
    compound->is_raw = true;
  }
  return CUXAS_OK;
}

/* ---- libraries -------------------------------------------------------------------------------------------------- */

static cuxas_status predict(validate_run *run, const char *const *path, size_t n_path, cuxas_library **ret_library,
                            cuxas_error *err)
{
  const cuxas_match_settings settings = {.n_thread =
                                             cuxas_program_threads(cuxas_options_integer(run->options, "threads"))};
  cuxas_catalog             *catalog  = NULL;
  cuxas_status               status   = cuxas_catalog_list(path, n_path, false, &catalog, err);
  if (status == CUXAS_OK) status = cuxas_library_predict(catalog, run->model, &settings, NULL, NULL, ret_library, err);
  cuxas_catalog_free(catalog);
  return status;
}

/* The structures, these and the further candidates, and the simulations. */
static cuxas_status open_libraries(validate_run *run, cuxas_error *err)
{
  const char       *more        = cuxas_options_text(run->options, "candidates");
  const char       *simulated   = cuxas_options_text(run->options, "simulated");
  char             *bundled     = NULL;
  cuxas_records    *records     = NULL;
  const char *const edge_name[] = {run->model->edge[0].name, run->model->edge[1].name, run->model->edge[2].name,
                                   run->model->edge[3].name};
  cuxas_status      status      = CUXAS_OK;

  if (more == NULL && cuxas_options_flag(run->options, "identify")) {
    status = cuxas_data_path(cuxas_options_text(run->options, "data"), CUXAS_DATA_CANDIDATES, &bundled, err);
    more   = bundled;
  }
  const char *const path[] = {run->folder, more};
  if (status == CUXAS_OK) status = predict(run, path, 1, &run->known, err);
  if (status == CUXAS_OK && more != NULL) status = predict(run, path, 2, &run->all, err);
  if (status == CUXAS_OK && simulated != NULL &&
      (status = cuxas_records_read(&simulated, 1, run->model->absorber, edge_name, run->model->n_edge, &records,
                                   err)) == CUXAS_OK)
    status = cuxas_library_simulated(records, run->model, &run->simulated, err);
  cuxas_records_free(records);
  free(bundled);
  return status;
}

/* How a source is compared with compound i. */
static cuxas_compare_settings choose_settings(const validate_run *run, size_t i, const cuxas_library *library)
{
  cuxas_compare_settings compare = run->question[i].compare;
  if (library == run->simulated && run->hole_is_open) compare.fit_hole = true;
  return compare;
}

/* ---- one compound ----------------------------------------------------------------------------------------------- */

static cuxas_status ask(const validate_run *run, size_t i, const cuxas_library *library,
                        const cuxas_compare_settings *compare, size_t n_keep, cuxas_hits **ret_hits, cuxas_error *err)
{
  const cuxas_match_settings settings = {.compare = *compare,
                                         .ranking = cuxas_question_ranking(run->options),
                                         .n_thread =
                                             cuxas_program_threads(cuxas_options_integer(run->options, "threads")),
                                         .n_keep = n_keep};
  return cuxas_match_library(run->question[i].query, library, &settings, ret_hits, err);
}

static void read_question(validate_run *run, size_t i)
{
  const cuxas_compound        *compound = &run->compounds.compound[i];
  const cuxas_measured_options how      = {0};
  cuxas_validation_row        *row      = &run->row[i];
  cuxas_error                  err      = {0};

  snprintf(row->name, sizeof row->name, "%s", compound->name);
  if (compound->spectrum == NULL) {
    snprintf(row->reason, sizeof row->reason, "%s",
             compound->status[0] != '\0' ? compound->status : "no measured spectrum");
    return;
  }
  const double smooth_eV =
      compound->is_raw && !run->smooth_is_given ? SMOOTH_RAW_EV : cuxas_options_real(run->options, "smooth");
  if (cuxas_question_read(compound->spectrum, &how, &run->question[i], &err) == CUXAS_OK &&
      cuxas_question_pose(&run->question[i], compound->spectrum, run->options, run->model, smooth_eV, &err) == CUXAS_OK)
    return;
  row->is_failure = true;
  snprintf(row->reason, sizeof row->reason, "%s", err.message);
}

/* What the right structure needs when nothing is known beforehand. */
static void learn(const validate_run *run, size_t i, const cuxas_library *library, own_fit *ret_own)
{
  cuxas_compare_settings compare = choose_settings(run, i, library);
  cuxas_hits            *hits    = NULL;
  cuxas_error            err     = {0};
  cuxas_validation_row   row     = {.name = ""};

  compare.shift_prior.sd = compare.hole_prior.sd = INFINITY;
  if (ask(run, i, library, &compare, 0, &hits, &err) == CUXAS_OK) {
    cuxas_validation_fill(&row, run->compounds.compound[i].structure, run->question[i].query, hits);
    if (row.reason[0] == '\0') *ret_own = (own_fit){true, row.comparison.shift_eV, row.comparison.hole_fraction};
  }
  cuxas_hits_free(hits);
}

/* Priors around what the other compounds need: never learnt from the one that is asked for. */
static void set_priors(const own_fit *own, size_t n, size_t i, cuxas_compare_settings *compare)
{
  double shift_eV = 0.0, hole = 0.0, n_other = 0.0;
  for (size_t k = 0; k < n; k++) {
    if (k == i || !own[k].is_known) continue;
    shift_eV += own[k].shift_eV;
    hole += own[k].hole_fraction;
    n_other += 1.0;
  }
  if (n_other < LEAST_OTHERS) return;
  compare->shift_prior.mean = shift_eV / n_other;
  compare->hole_prior.mean  = hole / n_other;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static void count(const validate_run *run, const cuxas_hits *hits, size_t i, cuxas_among first, cuxas_among last,
                  cuxas_identification *line)
{
  for (int among = (int)first; among <= (int)last; among++) {
    size_t       n;
    const size_t rank = cuxas_identification_rank(hits, run->compounds.compound[i].structure, run->structure,
                                                  run->n_structure, line->measure, (cuxas_among)among, &n);
    cuxas_identification_count(&line->of[among], rank, n);
  }
}

/* Lines of the table: every measure on the scale asked for, the MAE on the others too. */
static cuxas_status identify(validate_run *run, const char *source, const own_fit *own, const cuxas_library *library,
                             cuxas_among last, cuxas_error *err)
{
  static const char *const SCALE[] = {"minmax", "edge-step", "least-squares"};
  const size_t             n       = run->compounds.n_compound;
  cuxas_status             status  = CUXAS_OK;
  cuxas_progress_bar       bar     = cuxas_progress_start(source, cuxas_options_flag(run->options, "quiet"));

  for (int scale = 0; scale < 3 && status == CUXAS_OK; scale++) {
    cuxas_identification *line = run->line + run->n_line;
    for (int measure = 0; measure < CUXAS_N_MEASURE; measure++)
      if (scale == 0 || measure == CUXAS_MEASURE_MAE)
        run->line[run->n_line++] = (cuxas_identification){source, SCALE[scale], (cuxas_measure)measure, {{0}}};
    for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
      cuxas_hits *hits = NULL;
      cuxas_progress_show((size_t)scale * n + i + 1, 3 * n, &bar);
      if (run->row[i].reason[0] != '\0') continue;
      cuxas_compare_settings compare = choose_settings(run, i, library);
      compare.scale                  = (cuxas_scale)scale;
      set_priors(own, n, i, &compare);
      if ((status = ask(run, i, library, &compare, 0, &hits, err)) == CUXAS_OK)
        for (cuxas_identification *l = line; l < run->line + run->n_line; l++)
          count(run, hits, i, CUXAS_AMONG_COMPOUNDS, last, l);
      cuxas_hits_free(hits);
    }
  }
  cuxas_progress_end(&bar);
  return status;
}

/* The table of one source; what goes wrong with a compound stays in its row. */
static cuxas_status validate(validate_run *run, const cuxas_library *learnt_from, const cuxas_library *library,
                             own_fit *own, cuxas_validation_row *row, cuxas_error *err)
{
  const size_t       n      = run->compounds.n_compound;
  cuxas_status       status = CUXAS_OK;
  cuxas_progress_bar bar    = cuxas_progress_start("validating", cuxas_options_flag(run->options, "quiet"));

  for (size_t i = 0; i < n; i++)
    if (run->question[i].query != NULL) learn(run, i, learnt_from, &own[i]);
  for (size_t i = 0; i < n && status == CUXAS_OK; i++) {
    cuxas_hits *hits   = NULL;
    cuxas_error reason = {0};
    cuxas_progress_show(i + 1, n, &bar);
    if (run->question[i].query == NULL) continue;
    cuxas_compare_settings compare = choose_settings(run, i, library);
    set_priors(own, n, i, &compare);
    if (ask(run, i, library, &compare, SIZE_MAX, &hits, &reason) == CUXAS_OK) {
      cuxas_validation_fill(&row[i], run->compounds.compound[i].structure, run->question[i].query, hits);
      status = cuxas_validation_keep(&row[i], run->compounds.compound[i].structure, run->question[i].query,
                                     compare.scale, hits, err);
    } else {
      row[i].is_failure = true;
      snprintf(row[i].reason, sizeof row[i].reason, "%s", reason.message);
    }
    cuxas_hits_free(hits);
  }
  cuxas_progress_end(&bar);
  return status;
}

static cuxas_status validate_all(validate_run *run, cuxas_error *err)
{
  const size_t n = run->compounds.n_compound;
  cuxas_status status;

  run->row           = cuxas_new_array(n, sizeof *run->row);
  run->row_simulated = cuxas_new_array(n, sizeof *run->row_simulated);
  run->question      = cuxas_new_array(n, sizeof *run->question);
  run->structure     = cuxas_new_array(n + 1, sizeof *run->structure);
  own_fit *own       = cuxas_new_array(n, 2 * sizeof *own);
  if (run->row == NULL || run->row_simulated == NULL || run->question == NULL || run->structure == NULL ||
      own == NULL) {
    status = cuxas_fail(err, CUXAS_ENOMEM, "no memory");
    goto done;
  }
  for (size_t i = 0; i < n; i++) {
    run->structure[run->n_structure++] = run->compounds.compound[i].structure;
    read_question(run, i);
    memcpy(run->row_simulated[i].name, run->row[i].name, sizeof run->row[i].name);
    memcpy(run->row_simulated[i].reason, run->row[i].reason, sizeof run->row[i].reason);
  }
  const cuxas_library *library =
      run->all != NULL && cuxas_options_is_set(run->options, "candidates") ? run->all : run->known;
  if ((status = validate(run, run->known, library, own, run->row, err)) != CUXAS_OK) goto done;
  if (run->simulated != NULL &&
      (status = validate(run, run->simulated, run->simulated, own + n, run->row_simulated, err)) != CUXAS_OK)
    goto done;
  if (cuxas_options_flag(run->options, "identify")) {
    if ((status = identify(run, "model", own, run->all, CUXAS_AMONG_ELEMENTS, err)) != CUXAS_OK) goto done;
    if (run->simulated != NULL)
      status = identify(run, "simulated", own + n, run->simulated, CUXAS_AMONG_COMPOUNDS, err);
  }
done:
  free(own);
  return status;
}

/* ---- results ---------------------------------------------------------------------------------------------------- */

static cuxas_status write_json(const validate_run *run, const char *path, cuxas_error *err)
{
  cuxas_output output;
  cuxas_status status = cuxas_output_open(&output, path, cuxas_options_flag(run->options, "force"), err);
  if (status != CUXAS_OK) return status;

  cJSON *settings       = cuxas_options_settings(run->options);
  cJSON *identification = run->n_line > 0 ? cuxas_identification_json(run->line, run->n_line) : NULL;
  status                = cuxas_validation_write_json(run->row, run->simulated != NULL ? run->row_simulated : NULL,
                                                      run->compounds.n_compound, PROGRAM, run->model, settings, identification,
                                                      output.stream, err);
  cJSON_Delete(identification);
  cJSON_Delete(settings);
  if (status == CUXAS_OK) return cuxas_output_commit(&output, err);
  cuxas_output_discard(&output);
  return status;
}

static cuxas_status write_figure(const validate_run *run, const char *path, cuxas_error *err)
{
  cuxas_output        output;
  cuxas_figure_format format;
  cuxas_status        status;
  if ((status = cuxas_figure_find_format(path, &format, err)) != CUXAS_OK ||
      (status = cuxas_output_open(&output, path, cuxas_options_flag(run->options, "force"), err)) != CUXAS_OK)
    return status;
  status = cuxas_validation_write_figure(run->row, run->simulated != NULL ? run->row_simulated : NULL,
                                         run->compounds.n_compound, format, output.stream, err);
  if (status == CUXAS_OK) return cuxas_output_commit(&output, err);
  cuxas_output_discard(&output);
  return status;
}

static void write_text(const validate_run *run)
{
  const size_t n = run->compounds.n_compound;
  cuxas_validation_write_text(run->row, n, run->model, stdout);
  if (run->simulated != NULL) cuxas_validation_write_simulated(run->row, run->row_simulated, n, run->model, stdout);
  cuxas_identification_write_text(run->line, run->n_line, stdout);
}

static int count_failures(const validate_run *run)
{
  int n = 0;
  for (size_t i = 0; i < run->compounds.n_compound; i++)
    n += run->row[i].is_failure || run->row_simulated[i].is_failure;
  return n;
}

int main(int argc, char **argv)
{
  cuxas_error  err       = {0};
  validate_run run       = {0};
  int          exit_code = CUXAS_EXIT_DONE;

  cuxas_program_start();
  run.options        = cuxas_options_parse(&COMMAND, argc, argv);
  const char *json   = cuxas_options_text(run.options, "json");
  const char *figure = cuxas_options_text(run.options, "figure");
  if (cuxas_options_is_set(run.options, "spectra") != cuxas_options_is_set(run.options, "structures"))
    cuxas_options_usage_error(run.options, "--spectra and --structures go together");

  run.hole_is_open = cuxas_options_is(run.options, "hole", "model");

  if ((json != NULL && cuxas_output_check(json, cuxas_options_flag(run.options, "force"), &err) != CUXAS_OK) ||
      (figure != NULL && cuxas_output_check(figure, cuxas_options_flag(run.options, "force"), &err) != CUXAS_OK) ||
      cuxas_question_open_model(run.options, &run.model, &err) != CUXAS_OK ||
      cuxas_question_settle(run.options, run.model, &err) != CUXAS_OK ||
      cuxas_question_check(run.options, run.model, &err) != CUXAS_OK || find_compounds(&run, &err) != CUXAS_OK ||
      add_spectra(&run, &err) != CUXAS_OK || open_libraries(&run, &err) != CUXAS_OK ||
      validate_all(&run, &err) != CUXAS_OK || (figure != NULL && write_figure(&run, figure, &err) != CUXAS_OK) ||
      (json != NULL && write_json(&run, json, &err) != CUXAS_OK)) {
    exit_code = cuxas_print_error(PROGRAM, &err);
  } else {
    if (json == NULL || strcmp(json, "-") != 0) write_text(&run);
    if (count_failures(&run) > 0) exit_code = CUXAS_EXIT_SKIPPED;
  }

  for (size_t i = 0; run.question != NULL && i < run.compounds.n_compound; i++) cuxas_question_free(&run.question[i]);
  free(run.question);
  free(run.structure);
  cuxas_validation_free(run.row, run.compounds.n_compound);
  cuxas_validation_free(run.row_simulated, run.compounds.n_compound);
  cuxas_compounds_free(&run.compounds);
  cuxas_library_free(run.known);
  cuxas_library_free(run.all);
  cuxas_library_free(run.simulated);
  free(run.structures);
  free(run.manifest);
  cuxas_model_free(run.model);
  cuxas_options_free(run.options);
  return cuxas_program_end(PROGRAM, exit_code);
}
