/* refdb_entries.c - entries of the reference data: clean structure files, measured and simulated curves on the model's grid,
 * databases of structures, backgrounds, and splits of records */
#include "cmd/outputs.h"
#include "cmd/common.h"
#include "match/significance.h"
#include "cuxas/catalog.h"
#include "cuxas/crystal.h"
#include "crystal/crystal_write.h"
#include "crystal/database.h"
#include "base/hash.h"
#include "base/elements.h"
#include "cuxas/measured.h"
#include "base/memory.h"
#include "cuxas/output.h"
#include "cuxas/preprocess.h"
#include "match/simulated.h"
#include "records/split.h"
#include "cmd/options.h"
#include "cmd/sources.h"
#include "cmd/refdb_commands.h"
#include "records/record_file.h"
#include "records/simulations.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "cuxas-refdb"

static const cuxas_option STRUCTURE_OPTIONS[] = {
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output", "the CIF to write, - is standard output", 0},
    {"name", 0, OPT_TEXT, "NAME", "entry", NULL, "Output", "name of the data block", 0},
    {"source", 0, OPT_TEXT, "TEXT", NULL, NULL, "Output", "where the structure comes from, a comment in the file", 0},
    {"force", 'f', OPT_FLAG, NULL, NULL, NULL, "Output", "overwrite the file if it exists", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const STRUCTURE_TABLES[] = {STRUCTURE_OPTIONS, NULL};

static const cuxas_option SPECTRUM_OPTIONS[] = {
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output", "the CSV to write, - is standard output", 0},
    {"source", 0, OPT_TEXT, "TEXT", NULL, NULL, "Output", "where the measurement comes from, a comment in the file", 0},
    {"force", 'f', OPT_FLAG, NULL, NULL, NULL, "Output", "overwrite the file if it exists", OPT_SHAPES_RUN},
    {"smooth", 0, OPT_REAL, "EV", "0.2", "0:5", "Processing", "s of the smoothing kernel exp(-(dE/s)^2), eV", 0},
    {"keep-spikes", 0, OPT_FLAG, NULL, NULL, NULL, "Processing",
     "leave single points far off both neighbours, which else are put on the line between them", 0},
    {"start", 0, OPT_REAL, "EV", "925", "0:200000", "Processing", "first energy of the model's grid, eV", 0},
    {"end", 0, OPT_REAL, "EV", "1007.2", "0:200000", "Processing", "last energy of the model's grid, eV", 0},
    {"step", 0, OPT_REAL, "EV", "0.2", "0.001:10", "Processing", "step of the model's grid, eV", 0},
    {0}};

static const cuxas_option *const SPECTRUM_TABLES[] = {SPECTRUM_OPTIONS, NULL};

static const cuxas_option LIBRARY_OPTIONS[] = {
    {"recursive", 'R', OPT_FLAG, NULL, NULL, NULL, "Input", "look into folders within the folders too", 0},
    {"records", 0, OPT_FLAG, NULL, NULL, NULL, "Input",
     "the arguments are training records of copper sites, whose structures go in as FORMULA_ID, one of each id", 0},
    {"only", 0, OPT_TEXT, "START", NULL, NULL, "Input", "with --records: ids that begin so", 0},
    {"source", 0, OPT_TEXT, "TEXT", NULL, NULL, "Output",
     "with --records: where the structures come from, a comment in each", 0},
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output", "the database to write", 0},
    {"force", 'f', OPT_FLAG, NULL, NULL, NULL, "Output", "overwrite the file if it exists", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const LIBRARY_TABLES[] = {LIBRARY_OPTIONS, NULL};

static const cuxas_option BACKGROUND_OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Input", "model file; default: the bundled one", 0},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, "Input", "folder of the bundled data", OPT_SHAPES_RUN},
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output", "the background to write", 0},
    {"force", 'f', OPT_FLAG, NULL, NULL, NULL, "Output", "overwrite the file if it exists", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const BACKGROUND_TABLES[] = {BACKGROUND_OPTIONS, CUXAS_THREADS_OPTIONS, NULL};

static const cuxas_option SIMULATED_OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Input",
     "model file whose edges, weights and energies are taken; default: the bundled one", 0},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, "Input", "folder of the bundled data", OPT_SHAPES_RUN},
    {"code", 0, OPT_TEXT, "NAME", "FEFF10", NULL, "Output", "the program that simulated them", 0},
    {"source", 0, OPT_TEXT, "TEXT", NULL, NULL, "Output", "how they were simulated, a comment in the files", 0},
    {"output", 'o', OPT_PATH, "FOLDER", NULL, NULL, "Output", "folder of the tables, made if it is not there", 0},
    {"force", 'f', OPT_FLAG, NULL, NULL, NULL, "Output", "overwrite files that exist", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const SIMULATED_TABLES[] = {SIMULATED_OPTIONS, NULL};

static const cuxas_option SPLIT_OPTIONS[] = {
    {"prototypes", 0, OPT_PATH, "FILE", NULL, NULL, "Input",
     "CSV with columns id and heldout: records isostructural to the same compound are of one family, too", 0},
    {"element", 0, OPT_TEXT, "SYMBOL", "Cu", NULL, "Input", "absorbing element", 0},
    {"edge", 0, OPT_TEXT, "NAME", "L3", NULL, "Input", "the edge that every record has", 0},
    {"folds", 0, OPT_INTEGER, "N", "5", "2:1000", "Split", "parts", 0},
    {"seed", 0, OPT_INTEGER, "N", "1", "0:2147483647", "Split", "decides which families are in which part", 0},
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output", "the CSV to write, - is standard output", 0},
    {"force", 'f', OPT_FLAG, NULL, NULL, NULL, "Output", "overwrite the file if it exists", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const SPLIT_TABLES[] = {SPLIT_OPTIONS, NULL};

static cuxas_status open_output(const cuxas_options *options, cuxas_output *output, cuxas_error *err)
{
  const char *path = cuxas_options_text(options, "output");
  if (path == NULL) cuxas_options_usage_error(options, "no output file; give --output FILE");
  return cuxas_outputs_open(options, path, output, err);
}

/* finish() - the file appears when writing went well, else nothing does */
static cuxas_status finish(cuxas_output *output, cuxas_status written, cuxas_error *err)
{
  if (written == CUXAS_OK) return cuxas_output_commit(output, err);
  cuxas_output_discard(output);
  return written;
}

static cuxas_status make_structure(cuxas_options *options, cuxas_error *err)
{
  cuxas_crystal *crystal;
  cuxas_output   output;
  cuxas_status   status = cuxas_source_translate_arguments(options, 1, CUXAS_BUNDLED_STRUCTURE, err);
  if (status != CUXAS_OK) return status;
  const char *path = cuxas_options_argument(options, 0);
  if ((status = cuxas_crystal_read(path, &crystal, err)) != CUXAS_OK) return status;
  cuxas_print_warnings(PROGRAM, path, &crystal->warnings);
  if ((status = open_output(options, &output, err)) == CUXAS_OK)
    status = finish(&output,
                    cuxas_crystal_write_cif(crystal, cuxas_options_text(options, "name"),
                                            cuxas_options_text(options, "source"), output.stream, err),
                    err);
  cuxas_crystal_free(crystal);
  return status;
}

static void write_curve(const cuxas_options *options, const char *sha256, const cuxas_prepared *prepared, FILE *out)
{
  const char *source  = cuxas_options_text(options, "source");
  double      maximum = prepared->mu[0];
  for (size_t i = 0; i < prepared->grid.n_energy; i++)
    if (prepared->mu[i] > maximum) maximum = prepared->mu[i];

  if (source != NULL) fprintf(out, "# %s\n", source);
  fprintf(out, "# input sha256 %s\n", sha256);
  for (size_t i = 0; i < prepared->n_step; i++) {
    const cuxas_preprocess_step *step = &prepared->step[i];
    fprintf(out, "# %s:", step->name);
    for (size_t j = 0; j < step->n_number; j++) fprintf(out, " %s=%.6g", step->number[j].name, step->number[j].value);
    fprintf(out, " (%zu points)\n", step->n_point);
  }
  fprintf(out, "# scale: divided by the maximum\nenergy_eV,mu\n");
  for (size_t i = 0; i < prepared->grid.n_energy; i++)
    fprintf(out, "%.1f,%.6f\n", cuxas_grid_energy_eV(prepared->grid, i), prepared->mu[i] / maximum);
}

static cuxas_status make_spectrum(cuxas_options *options, cuxas_error *err)
{
  const char  *path     = NULL;
  const double start_eV = cuxas_options_real(options, "start"), end_eV = cuxas_options_real(options, "end");
  cuxas_preprocess_settings settings = cuxas_preprocess_defaults();
  cuxas_spectrum           *spectrum = NULL;
  cuxas_prepared           *prepared = NULL;
  cuxas_output              output;
  cuxas_status              status;
  cuxas_grid                lattice = {start_eV, cuxas_options_real(options, "step"), 0};
  char                      sha256[CUXAS_SHA256_HEX_SIZE];

  settings.smooth_eV    = cuxas_options_real(options, "smooth");
  settings.keeps_spikes = cuxas_options_flag(options, "keep-spikes");
  if ((status = cuxas_source_translate_arguments(options, 1, CUXAS_BUNDLED_SPECTRUM, err)) != CUXAS_OK) return status;
  path = cuxas_options_argument(options, 0);
  if ((status = cuxas_preprocess_cover(lattice, start_eV, end_eV, true, &lattice, err)) != CUXAS_OK ||
      (status = cuxas_hash_file(path, sha256, err)) != CUXAS_OK ||
      (status = cuxas_measured_read(path, NULL, &spectrum, NULL, err)) != CUXAS_OK ||
      (status = cuxas_preprocess_measured(spectrum, path, lattice, &settings, &prepared, err)) != CUXAS_OK)
    goto done;
  if ((status = open_output(options, &output, err)) == CUXAS_OK) {
    write_curve(options, sha256, prepared, output.stream);
    status = finish(&output, CUXAS_OK, err);
  }
done:
  cuxas_prepared_free(prepared);
  cuxas_spectrum_free(spectrum);
  return status;
}

/* Only crystals go in; spectra among the files are no matter of a library of structures. */
static cuxas_status add_structure(cuxas_database_writer *writer, const cuxas_candidate *candidate, size_t *n_skipped,
                                  cuxas_error *err)
{
  cuxas_crystal *crystal = NULL;
  const char    *format  = NULL;
  char          *bytes   = NULL;
  size_t         n_byte  = 0;
  cuxas_status   status  = cuxas_candidate_read(candidate, &crystal, err);

  cuxas_crystal_free(crystal);
  if (status == CUXAS_ENOMEM) return status;
  if (status != CUXAS_OK) {
    cuxas_print_note(PROGRAM, "skipped: %s", err->message);
    (*n_skipped)++;
    return CUXAS_OK;
  }
  status = cuxas_candidate_bytes(candidate, &bytes, &n_byte, err);
  if (status == CUXAS_OK && (format = cuxas_crystal_format(bytes, n_byte)) == NULL)
    status = cuxas_fail_at(err, cuxas_no_memory(err), candidate->path);
  if (status == CUXAS_OK) status = cuxas_database_add(writer, candidate->name, format, bytes, n_byte, err);
  if (status == CUXAS_EEXIST)
    cuxas_fail(err, status, "%s: another structure is called %s, too", candidate->path, candidate->name);
  free(bytes);
  return status;
}

/* add_record() - the structure of a site as a CIF, called FORMULA_ID, since ids alone say nothing in an answer */
static cuxas_status add_record(const cuxas_record *record, const char *source, cuxas_database_writer *writer,
                               cuxas_error *err)
{
  char      *bytes   = NULL, name[CUXAS_DATABASE_MAX_NAME + 1];
  size_t     n_byte  = 0;
  const bool is_said = strncmp(record->id, record->formula, strlen(record->formula)) == 0;
  const int  n_name =
      snprintf(name, sizeof name, "%s%s%s", is_said ? "" : record->formula, is_said ? "" : "_", record->id);
  if (n_name < 0 || (size_t)n_name >= sizeof name)
    return cuxas_fail(err, CUXAS_ERANGE, "%s: too long for a name", record->id);
  FILE        *out    = open_memstream(&bytes, &n_byte);
  cuxas_status status = out != NULL ? CUXAS_OK : cuxas_no_memory(err);
  if (status == CUXAS_OK) status = cuxas_crystal_write_cif(record->crystal, name, source, out, err);
  if (out != NULL && fclose(out) != 0 && status == CUXAS_OK) status = cuxas_no_memory(err);
  if (status == CUXAS_OK) status = cuxas_database_add(writer, name, "cif", bytes, n_byte, err);
  free(bytes);
  return status;
}

static bool is_repeated(const cuxas_records *records, size_t i_record)
{
  for (size_t i = 0; i < i_record; i++)
    if (strcmp(records->record[i].id, records->record[i_record].id) == 0) return true;
  return false;
}

static cuxas_status add_records(cuxas_options *options, cuxas_database_writer *writer, size_t *ret_n_structure,
                                cuxas_error *err)
{
  const char       *only = cuxas_options_text(options, "only"), *source = cuxas_options_text(options, "source");
  const char *const edge[]  = {"L3"};
  cuxas_records    *records = NULL;
  cuxas_status      status =
      cuxas_source_translate_arguments(options, cuxas_options_n_argument(options), CUXAS_BUNDLED_STRUCTURE, err);
  if (status == CUXAS_OK)
    status = cuxas_records_read(cuxas_options_arguments(options), cuxas_options_n_argument(options),
                                cuxas_element_number("Cu"), edge, 1, &records, err);
  for (size_t i = 0; status == CUXAS_OK && i < records->n_record; i++) {
    if ((only != NULL && strncmp(records->record[i].id, only, strlen(only)) != 0) || is_repeated(records, i)) continue;
    status = add_record(&records->record[i], source, writer, err);
    (*ret_n_structure)++;
  }
  cuxas_records_free(records);
  return status;
}

static cuxas_status make_library(cuxas_options *options, cuxas_error *err)
{
  cuxas_catalog         *catalog = NULL;
  cuxas_database_writer *writer  = NULL;
  cuxas_output           output;
  size_t                 n_structure = 0, n_skipped = 0;
  const bool             is_of_records = cuxas_options_flag(options, "records");
  cuxas_status           status        = cuxas_database_begin(&writer, err);

  if (status == CUXAS_OK && is_of_records) status = add_records(options, writer, &n_structure, err);
  if (status == CUXAS_OK && !is_of_records)
    status = cuxas_source_find(NULL, cuxas_options_flag(options, "recursive"), cuxas_options_arguments(options),
                               cuxas_options_n_argument(options), &catalog, err);
  for (size_t i = 0; status == CUXAS_OK && catalog != NULL && i < catalog->n_candidate; i++) {
    if (catalog->candidate[i].kind != CUXAS_CANDIDATE_STRUCTURE) continue;
    n_structure++;
    status = add_structure(writer, &catalog->candidate[i], &n_skipped, err);
  }
  if (status == CUXAS_OK && n_structure == n_skipped)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "no structure that could be read");
  if (status == CUXAS_OK && (status = open_output(options, &output, err)) == CUXAS_OK)
    status = finish(&output, cuxas_database_write(writer, output.stream, err), err);
  if (status == CUXAS_OK) cuxas_print_unless_quiet(options, PROGRAM, "%zu structures", n_structure - n_skipped);
  if (n_skipped > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  cuxas_database_end(writer);
  cuxas_catalog_free(catalog);
  return status;
}

static cuxas_status check_networks(const cuxas_model *model, cuxas_error *err)
{
  const cuxas_match_settings usual = cuxas_match_settings_for(model);
  return cuxas_match_check(model, &usual, err);
}

static cuxas_status make_background(cuxas_options *options, cuxas_error *err)
{
  cuxas_model       *model      = NULL;
  cuxas_catalog     *catalog    = NULL;
  cuxas_background  *background = NULL;
  const char        *path       = cuxas_options_text(options, "output");
  cuxas_progress_bar bar        = cuxas_progress_start("predicting", cuxas_options_flag(options, "quiet"));
  cuxas_status       status;

  if (path == NULL) cuxas_options_usage_error(options, "no output file; give --output FILE");
  if ((status = cuxas_outputs_may(options, path, err)) == CUXAS_OK &&
      (status = cuxas_source_model(options, &model, err)) == CUXAS_OK &&
      (status = check_networks(model, err)) == CUXAS_OK &&
      (status = cuxas_source_find(NULL, false, cuxas_options_arguments(options), cuxas_options_n_argument(options),
                                  &catalog, err)) == CUXAS_OK &&
      (status =
           cuxas_background_predict(catalog, model, cuxas_program_threads(cuxas_options_integer(options, "threads")),
                                    &(cuxas_watch){cuxas_progress_show, &bar, NULL}, &background, err)) == CUXAS_OK &&
      (status = cuxas_background_write(background, path, cuxas_options_flag(options, "force"), err)) == CUXAS_OK) {
    cuxas_progress_end(&bar);
    cuxas_print_unless_quiet(options, PROGRAM, "%zu spectra of %zu candidates", background->n_spectrum,
                             catalog->n_candidate);
  }
  cuxas_progress_end(&bar);
  cuxas_background_free(background);
  cuxas_catalog_free(catalog);
  cuxas_model_free(model);
  return status;
}

static cuxas_status write_simulated(const cuxas_options *options, const cuxas_library *library, size_t i,
                                    const cuxas_simulated_origin *origin, cuxas_error *err)
{
  cuxas_output output;
  char        *path = cuxas_path_join(cuxas_options_text(options, "output"), cuxas_library_name(library, i), "csv");
  if (path == NULL) return cuxas_no_memory(err);
  cuxas_status status = cuxas_outputs_open(options, path, &output, err);
  if (status == CUXAS_OK) status = finish(&output, cuxas_simulated_write(library, i, origin, output.stream, err), err);
  free(path);
  return status;
}

static cuxas_status make_simulated(cuxas_options *options, cuxas_error *err)
{
  const char    *folder  = cuxas_options_text(options, "output");
  cuxas_model   *model   = NULL;
  cuxas_records *records = NULL;
  cuxas_library *library = NULL;
  cuxas_status   status;

  if (folder == NULL) cuxas_options_usage_error(options, "no folder for the tables; give --output FOLDER");
  if ((status = cuxas_source_model(options, &model, err)) != CUXAS_OK) return status;
  const char *const edge[] = {model->edge[0].name, model->edge[1].name, model->edge[2].name, model->edge[3].name};
  if ((status = cuxas_records_read(cuxas_options_arguments(options), cuxas_options_n_argument(options), model->absorber,
                                   edge, model->n_edge, &records, err)) == CUXAS_OK &&
      (status = cuxas_library_simulated(records, model, &library, err)) == CUXAS_OK &&
      (status = cuxas_make_folder(folder, err)) == CUXAS_OK) {
    const cuxas_simulated_origin origin = {cuxas_options_text(options, "code"), cuxas_options_text(options, "source"),
                                           records->sha256};
    for (size_t i = 0; i < cuxas_library_n_candidate(library) && status == CUXAS_OK; i++)
      status = write_simulated(options, library, i, &origin, err);
  }
  if (status == CUXAS_OK)
    cuxas_print_unless_quiet(options, PROGRAM, "%zu compounds of %zu sites", cuxas_library_n_candidate(library),
                             records->n_record);
  cuxas_library_free(library);
  cuxas_records_free(records);
  cuxas_model_free(model);
  return status;
}

static cuxas_status make_split(cuxas_options *options, cuxas_error *err)
{
  const char    *edge = cuxas_options_text(options, "edge"), *element = cuxas_options_text(options, "element");
  cuxas_records *records = NULL;
  cuxas_groups  *groups  = NULL;
  size_t        *fold    = NULL;
  cuxas_output   output;
  const int      absorber = cuxas_element_number(element);
  if (absorber == 0) cuxas_options_usage_error(options, "--element %s: no such element", element);
  cuxas_status status = cuxas_records_read(cuxas_options_arguments(options), cuxas_options_n_argument(options),
                                           absorber, &edge, 1, &records, err);
  if (status == CUXAS_OK) status = cuxas_families_new(records, cuxas_options_text(options, "prototypes"), &groups, err);
  if (status == CUXAS_OK && (fold = cuxas_new(err, records->n_record, sizeof *fold)) == NULL)
    status = cuxas_no_memory(err);
  if (status == CUXAS_OK)
    status = cuxas_split_folds(groups, (size_t)cuxas_options_integer(options, "folds"),
                               (uint64_t)cuxas_options_integer(options, "seed"), fold, err);
  if (status == CUXAS_OK && (status = open_output(options, &output, err)) == CUXAS_OK)
    status = finish(&output, cuxas_split_write(records, groups, fold, output.stream, err), err);
  if (status == CUXAS_OK)
    cuxas_print_unless_quiet(options, PROGRAM, "%zu records of %zu families", records->n_record, groups->n_group);
  free(fold);
  cuxas_groups_free(groups);
  cuxas_records_free(records);
  return status;
}

const cuxas_command CUXAS_REFDB_STRUCTURE = {
    "cuxas-refdb structure",
    "[options] STRUCTURE -o FILE.cif",
    "Writes a crystal structure as a small CIF: cell, symmetry operations and one atom per orbit, as spglib finds "
    "them.",
    "  cuxas-refdb structure found.vasp --name CuBe -o refdb/structures/CuBe.cif\n",
    STRUCTURE_TABLES,
    1,
    1,
    make_structure};

const cuxas_command CUXAS_REFDB_SPECTRUM = {
    "cuxas-refdb spectrum",
    "[options] MEASURED -o FILE.csv",
    "Writes a measured curve as a reference: sorted, smoothed, without its pedestal, scaled to maximum 1, on the "
    "model's "
    "grid. The file says what was done.",
    "  cuxas-refdb spectrum scan.csv --source 'measured by ...' -o refdb/spectra/CuBe.csv\n",
    SPECTRUM_TABLES,
    1,
    1,
    make_spectrum};

const cuxas_command CUXAS_REFDB_LIBRARY = {
    "cuxas-refdb library",
    "[options] FOLDER|STRUCTURE... -o FILE.db",
    "Writes all structures of folders and files into one SQLite database, which is a candidate like a folder. What "
    "cannot "
    "be read as a crystal is left out and told.",
    "  cuxas-refdb library --recursive structures/ -o candidates.db\n"
    "  cuxas-refdb library --records refdb:dataset/Cu-L3-L2.jsonl.gz --only mp- -o mp.db\n"
    "  cuxas-match scan.csv candidates.db\n",
    LIBRARY_TABLES,
    1,
    SIZE_MAX,
    make_library};

const cuxas_command CUXAS_REFDB_SPLIT = {
    "cuxas-refdb split",
    "[options] RECORDS... -o FILE.csv",
    "Divides training records into parts for a cross-validation and writes which record is in which. Families stay "
    "together: records of one composition, or isostructural ones (composition without names, space group, "
    "coordination "
    "number).",
    "  cuxas-refdb split train.jsonl -o split.csv\n"
    "  cuxas-model train train.jsonl --split split.csv -o cu-l23.cuxas\n",
    SPLIT_TABLES,
    1,
    SIZE_MAX,
    make_split};

const cuxas_command CUXAS_REFDB_SIMULATED = {
    "cuxas-refdb simulated",
    "[options] RECORDS... -o FOLDER",
    "Writes the simulated spectra of whole compounds as small tables, FOLDER/ID.csv: mean over the sites of records "
    "of "
    "one id, edges summed, on the model's energies, without a core hole and with a screened one.",
    "  cuxas-refdb simulated literature.jsonl --source 'FEFF 10.0, ...' -o refdb/simulated\n",
    SIMULATED_TABLES,
    1,
    SIZE_MAX,
    make_simulated};

const cuxas_command CUXAS_REFDB_BACKGROUND = {
    "cuxas-refdb background",
    "[options] FOLDER|STRUCTURE... -o FILE.background",
    "Writes what a model predicts for many compounds: the background against which cuxas-match says how often chance "
    "agrees as well. A model is looked for with the file of its own name beside it.",
    "  cuxas-refdb background --model cu-l23.cuxas refdb/candidates -o cu-l23.background\n",
    BACKGROUND_TABLES,
    1,
    SIZE_MAX,
    make_background};

/* ---- cuxas-refdb simulations: a library of simulated spectra, for cuxas-match --simulate ------------------------ */

static const cuxas_option OPTIONS[] = {
    {"model", 'm', OPT_PATH, "FILE", NULL, NULL, "Input",
     "model file whose element and edges are simulated; default: the bundled one", 0},
    {"data", 0, OPT_PATH, "DIR", NULL, NULL, "Input", "folder of the bundled data", OPT_SHAPES_RUN},
    {"records", 0, OPT_PATH, "FILE", NULL, NULL, "Input",
     "training records where simulations are kept as they are made: interrupted, the same command goes on", 0},
    {"hole", 0, OPT_CHOICE, "NAME", "both", "both|none", "Input",
     "simulate without a core hole and with a screened one, or only without", 0},
    {"output", 'o', OPT_PATH, "FILE", NULL, NULL, "Output",
     "the records to write, compressed when the name ends in .gz", 0},
    {"force", 'f', OPT_FLAG, NULL, NULL, NULL, "Output", "overwrite the file if it exists", OPT_SHAPES_RUN},
    {0}};

static const cuxas_option *const TABLES[] = {OPTIONS, CUXAS_THREADS_OPTIONS, NULL};

typedef struct {
  const cuxas_options *options;
  const char          *kept; /* the records that are added to */
  cuxas_model         *model;
  cuxas_catalog       *catalog;
  cuxas_simulations   *simulations;
  bool                *is_skipped; /* (n_candidate) */
  size_t               n_skipped;
} simulations_job;

static cuxas_status open_simulations(simulations_job *job, cuxas_error *err)
{
  const cuxas_simulate_settings how = cuxas_simulations_settings();
  const char                   *edge_name[CUXAS_MODEL_MAX_EDGE];
  for (size_t i = 0; i < job->model->n_edge; i++) edge_name[i] = job->model->edge[i].name;
  cuxas_simulations_free(job->simulations);
  job->simulations = NULL;
  const cuxas_status status =
      cuxas_simulations_new(job->model->absorber, edge_name, job->model->n_edge,
                            cuxas_options_is(job->options, "hole", "both"), &how, &job->simulations, err);
  return status == CUXAS_OK ? cuxas_simulations_keep(job->simulations, job->kept, err) : status;
}

/* 1. simulating */

/* Calls `use`, which may be NULL, with a record of each distinct absorber of a candidate. */
typedef cuxas_status use_record(const cuxas_record *record, const char *sha256, void *user, cuxas_error *err);

/* Of one arrangement. */
static cuxas_status find_sites(simulations_job *job, const cuxas_crystal *crystal, const char *name, const char *sha256,
                               use_record *use, void *user, cuxas_error *err)
{
  cuxas_orbits        *orbits = NULL;
  const cuxas_record **record = NULL;
  cuxas_status status = cuxas_symmetry_find_orbits(crystal, job->model->absorber, CUXAS_SYMPREC_A, &orbits, err);
  if (status != CUXAS_OK) return status;
  if ((record = cuxas_new(err, orbits->n_orbit, sizeof *record)) != NULL)
    status = cuxas_simulations_find(job->simulations, name, crystal, orbits, record, err);
  else
    status = CUXAS_ENOMEM;
  for (size_t i = 0; i < orbits->n_orbit && status == CUXAS_OK && use != NULL; i++)
    status = use(record[i], sha256, user, err);
  free(record);
  cuxas_orbits_free(orbits);
  return status;
}

/* Of a disordered structure the arrangements that a match asks for. */
static cuxas_status find_records(simulations_job *job, const cuxas_candidate *candidate, use_record *use, void *user,
                                 cuxas_error *err)
{
  cuxas_crystal *crystal = NULL;
  size_t         n_all = 0, n_taken = 0;
  char           sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_status   status = cuxas_candidate_read(candidate, &crystal, err);
  if (status == CUXAS_OK) status = cuxas_candidate_hash(candidate, sha256, err);
  for (const cuxas_crystal *one = crystal; one != NULL; one = one->next) n_all++;
  const size_t         n   = n_all < CUXAS_SIMULATED_ARRANGEMENTS ? n_all : CUXAS_SIMULATED_ARRANGEMENTS;
  const cuxas_crystal *one = crystal;
  for (size_t i = 0; i < n_all && status == CUXAS_OK; i++, one = one->next) {
    char suffix[CUXAS_ARRANGEMENT_SUFFIX_SIZE], id[CUXAS_RECORD_ID_SIZE];
    if (!cuxas_arrangement_is_simulated(i, n_all, CUXAS_SIMULATED_ARRANGEMENTS)) continue;
    cuxas_arrangement_suffix(n_taken++, n, suffix);
    cuxas_text_print(id, sizeof id, "%.40s%s", candidate->name, suffix);
    status = find_sites(job, one, suffix[0] != '\0' ? id : candidate->name, sha256, use, user, err);
  }
  cuxas_crystal_free(crystal);
  return status;
}

static cuxas_status simulate_all(simulations_job *job, cuxas_error *err)
{
  cuxas_progress_bar bar    = cuxas_progress_start("simulating", cuxas_options_flag(job->options, "quiet"));
  cuxas_status       status = CUXAS_OK;
  for (size_t i = 0; i < job->catalog->n_candidate && status == CUXAS_OK; i++) {
    const cuxas_candidate *candidate = &job->catalog->candidate[i];
    cuxas_progress_show(i, job->catalog->n_candidate, &bar);
    job->is_skipped[i] = candidate->kind != CUXAS_CANDIDATE_STRUCTURE;
    if (!job->is_skipped[i]) status = find_records(job, candidate, NULL, NULL, err);
    if (status == CUXAS_OK || status == CUXAS_ENOMEM || status == CUXAS_EIO) continue;
    cuxas_print_note(PROGRAM, "skipped: %s: %s", candidate->label, err->message);
    job->is_skipped[i] = true;
    job->n_skipped++;
    status = CUXAS_OK;
  }
  cuxas_progress_end(&bar);
  return status;
}

/* 2. picking what is written */

typedef struct {
  const cuxas_record_file *from;
  cuxas_record_file       *to;
} picking;

static cuxas_status pick(const cuxas_record *record, const char *sha256, void *user, cuxas_error *err)
{
  const picking *files = user;
  return cuxas_record_file_pick(files->from, record->id, record->site, sha256, files->to, err);
}

/* From the file of records, which now holds all there is. */
static cuxas_status pick_all(simulations_job *job, cuxas_record_file *to, cuxas_error *err)
{
  cuxas_record_file *from   = NULL;
  cuxas_status       status = open_simulations(job, err);
  if (status == CUXAS_OK) status = cuxas_record_file_read(job->kept, &from, err);
  picking files = {from, to};
  for (size_t i = 0; i < job->catalog->n_candidate && status == CUXAS_OK; i++)
    if (!job->is_skipped[i]) status = find_records(job, &job->catalog->candidate[i], pick, &files, err);
  cuxas_record_file_free(from);
  return status;
}

/* 3. all of it */

static cuxas_status make(simulations_job *job, cuxas_record_file *to, cuxas_error *err)
{
  const cuxas_options *options = job->options;
  const char          *path    = cuxas_options_text(options, "output");
  cuxas_status         status;
  if ((status = cuxas_outputs_may(options, path, err)) != CUXAS_OK ||
      (status = cuxas_source_model(options, &job->model, err)) != CUXAS_OK ||
      (status = cuxas_source_find(NULL, false, cuxas_options_arguments(options), cuxas_options_n_argument(options),
                                  &job->catalog, err)) != CUXAS_OK ||
      (status = open_simulations(job, err)) != CUXAS_OK)
    return status;
  if ((job->is_skipped = cuxas_new(err, job->catalog->n_candidate, sizeof *job->is_skipped)) == NULL)
    return CUXAS_ENOMEM;
  if ((status = simulate_all(job, err)) != CUXAS_OK || (status = pick_all(job, to, err)) != CUXAS_OK) return status;
  if (cuxas_record_file_count(to) == 0)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "none of the structures could be simulated");
  if ((status = cuxas_record_file_write(to, path, err)) == CUXAS_OK)
    cuxas_print_unless_quiet(options, PROGRAM, "%zu sites of %zu structures", cuxas_record_file_count(to),
                             job->catalog->n_candidate - job->n_skipped);
  return status;
}

static cuxas_status run(cuxas_options *options, cuxas_error *err)
{
  simulations_job job = {.options = options, .kept = cuxas_options_text(options, "records")};
  if (cuxas_options_text(options, "output") == NULL)
    cuxas_options_usage_error(options, "no output file; give --output FILE");
  if (job.kept == NULL) cuxas_options_usage_error(options, "no file for what is simulated; give --records FILE");
  cuxas_record_file *to     = cuxas_record_file_new();
  const cuxas_status status = to != NULL ? make(&job, to, err) : cuxas_no_memory(err);
  if (job.n_skipped > 0) cuxas_options_exit(options, CUXAS_EXIT_SKIPPED);
  cuxas_record_file_free(to);
  free(job.is_skipped);
  cuxas_simulations_free(job.simulations);
  cuxas_catalog_free(job.catalog);
  cuxas_model_free(job.model);
  return status;
}

const cuxas_command CUXAS_REFDB_SIMULATIONS = {
    "cuxas-refdb simulations",
    "[options] FOLDER|STRUCTURE... --records FILE -o FILE.jsonl.gz",
    "Simulates all sites of structures from first principles and writes the library that cuxas-match --simulate looks "
    "into before it simulates.",
    "  cuxas-refdb simulations refdb/structures refdb/candidates --records build/simulations.jsonl \\\n"
    "    -o refdb/simulations/Cu-L3-L2.jsonl.gz\n",
    TABLES,
    1,
    SIZE_MAX,
    run,
};
