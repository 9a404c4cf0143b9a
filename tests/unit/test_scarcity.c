/* Tests that memory may run out anywhere: of a match with all that it may stand on, of a library with its cache, of simulated compounds,
 * of a calibration and of every parser one allocation after another fails, and what comes of it is either said to be "no memory" or
 * what comes without.
 *
 * The program is linked with its own malloc, calloc and realloc (Makefile). Those of a first run are told apart by who asked and on whose
 * behalf; each of these places fails once, in a run of its own. What is then leaked is LeakSanitizer's to tell. */
#include "check.h"
#include "base/hash.h"
#include "base/memory.h"
#include "cuxas/report.h"
#include "edge_model.h"
#include "match/session.h"
#include "match/simulated.h"
#include "match/store.h"
#include "model_make.h"
#include "predict/kernel.h"
#include "records/external.h"
#include "spectrum/formats.h"
#include "learn/import_priv.h"
#include "records_make.h"
#include "gatan_make.h"
#include "synthetic.h"
#include "torch_archive_make.h"

#define put_text put_hdf5_text
#include "hdf5_make.h"
#undef put_text

#include <dirent.h>
#include <execinfo.h>
#include <omp.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- memory that fails ---- */

enum { N_FRAME = 5, MAX_PLACE = 4096 };

static struct {
  enum { IDLE, COUNTING, DENYING } mode;
  long     n_call, denied;
  size_t   n_place;
  uint64_t place[MAX_PLACE]; /* the callers, as one number */
  long     first[MAX_PLACE]; /* call at which each was met */
} memory;

static void note_place(void)
{
  void     *frame[N_FRAME];
  uint64_t  place = 1469598103934665603u;
  const int n     = backtrace(frame, N_FRAME);
  for (int i = 2; i < n; i++) place = (place ^ (uint64_t)(uintptr_t)frame[i]) * 1099511628211u;
  for (size_t i = 0; i < memory.n_place; i++)
    if (memory.place[i] == place) return;
  if (memory.n_place == MAX_PLACE) return;
  memory.first[memory.n_place]   = memory.n_call;
  memory.place[memory.n_place++] = place;
}

static bool is_denied(void)
{
  if (memory.mode == IDLE) return false;
  memory.n_call++;
  if (memory.mode == COUNTING) note_place();
  return memory.mode == DENYING && memory.n_call == memory.denied;
}

void *__real_malloc(size_t n_byte);
void *__real_calloc(size_t n, size_t n_byte);
void *__real_realloc(void *block, size_t n_byte);
void *__wrap_malloc(size_t n_byte);
void *__wrap_calloc(size_t n, size_t n_byte);
void *__wrap_realloc(void *block, size_t n_byte);

void *__wrap_malloc(size_t n_byte)
{
  return is_denied() ? NULL : __real_malloc(n_byte);
}

void *__wrap_calloc(size_t n, size_t n_byte)
{
  return is_denied() ? NULL : __real_calloc(n, n_byte);
}

void *__wrap_realloc(void *block, size_t n_byte)
{
  return is_denied() ? NULL : __real_realloc(block, n_byte);
}

enum { OUTCOME_SIZE = 512 };

static const char TOLD[] = "skipped"; /* outcome with a candidate that the report skips, and says why */

/* Does the work, with all allocations or one less; what came of it as a text. */
typedef cuxas_status work(char ret_outcome[OUTCOME_SIZE], cuxas_error *err);

static struct {
  size_t n_place, n_told;
  long   n_call;
} counted; /* so far */

static void try_without_each(work *of)
{
  char        whole[OUTCOME_SIZE] = "", outcome[OUTCOME_SIZE];
  size_t      n_told              = 0;
  cuxas_error err                 = {.message = ""};
  memory.n_call                   = 0;
  memory.n_place                  = 0;
  memory.mode                     = COUNTING;
  cuxas_status status             = of(whole, &err);
  memory.mode                     = IDLE;
  const long n_call               = memory.n_call;
  CHECK_STATUS(status, CUXAS_OK);
  CHECK_TEXT(err.message, "");
  for (size_t i = 0; i < memory.n_place; i++) {
    err           = (cuxas_error){.message = ""};
    outcome[0]    = '\0';
    memory.n_call = 0;
    memory.denied = memory.first[i];
    memory.mode   = DENYING;
    status        = of(outcome, &err);
    memory.mode   = IDLE;
    if (status == CUXAS_OK) {
      CHECK(strcmp(outcome, whole) == 0 || strcmp(outcome, TOLD) == 0);
      n_told += strcmp(outcome, TOLD) == 0;
    } else {
      CHECK_STATUS(status, CUXAS_ENOMEM);
      CHECK_CONTAINS(err.message, "memory");
      n_told++;
    }
  }
  CHECK(n_told >= memory.n_place / 2);
  counted.n_place += memory.n_place;
  counted.n_told += n_told;
  counted.n_call += n_call;
}

static void tell_counts(const char *name)
{
  if (getenv("CUXAS_TEST_COUNTS") != NULL)
    printf("    %s: %zu places of %ld allocations, %zu told\n", name, counted.n_place, counted.n_call, counted.n_told);
  counted.n_place = counted.n_told = 0;
  counted.n_call                   = 0;
}

static void try_alone(const char *name, work *of)
{
  try_without_each(of);
  tell_counts(name);
}

/* ---- what is tried ---- */

enum { N_STRUCTURE = 3, N_POINT = 700, MAX_PATH = 128, N_UNRELATED = 60, N_GRID = 352 };
static char              FOLDER[]             = "/tmp/cuxas-test-scarcity-XXXXXX";
static const char *const ELEMENT[N_STRUCTURE] = {"Zn", "Pd", "S"};
static char              structure[N_STRUCTURE][MAX_PATH], library[MAX_PATH];
static char              simulated[MAX_PATH], background[MAX_PATH]; /* files */
static cuxas_model      *model;
static cuxas_library    *unrelated; /* N_UNRELATED structures */
static cuxas_query      *query;

/* A measured compound of the bundled data's folder: the curve that is asked for, another or noisy one. */
static void make_standard(const char *name, double white_line)
{
  char path[MAX_PATH + 32];
  snprintf(path, sizeof path, "%s/spectra/%s.csv", FOLDER, name);
  FILE *out = fopen(path, "w");
  if (out == NULL) abort();
  for (size_t i = 0; i < N_POINT; i++)
    fprintf(out, "%.1f,%.9g\n", 920.0 + 0.1 * (double)i, synthetic_mu(920.0 + 0.1 * (double)i, 932.7, white_line, 1.6));
  fclose(out);
}

static void make_files(void)
{
  char folder[MAX_PATH];
  if (mkdtemp(FOLDER) == NULL) abort();
  snprintf(folder, sizeof folder, "%s/spectra", FOLDER);
  if (mkdir(folder, 0700) != 0) abort();
  make_standard("CuZn", 1.2);
  make_standard("CuS", 0.4);
  snprintf(library, sizeof library, "%s/one.cuxaslib", FOLDER);
  for (int i = 0; i < N_STRUCTURE; i++) {
    snprintf(structure[i], MAX_PATH, "%s/Cu%s.vasp", FOLDER, ELEMENT[i]);
    FILE *out = fopen(structure[i], "w");
    if (out == NULL) abort();
    fprintf(out, "test\n1.0\n3 0 0\n0 3 0\n0 0 3\nCu %s\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n", ELEMENT[i]);
    fclose(out);
  }
}

static cuxas_status list_all(size_t n, cuxas_catalog **ret_catalog, cuxas_error *err)
{
  const char *path[N_STRUCTURE];
  for (size_t i = 0; i < N_STRUCTURE; i++) path[i] = structure[i];
  return cuxas_catalog_list(path, n, false, ret_catalog, err);
}

/* Other structures, as a library and as the background of the model. */
static void make_unrelated(void)
{
  char                       folder[MAX_PATH], path[MAX_PATH + 32];
  const char                *all      = folder;
  cuxas_catalog             *catalog  = NULL;
  cuxas_background          *made     = NULL;
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  snprintf(folder, sizeof folder, "%s/unrelated", FOLDER);
  snprintf(background, sizeof background, "%s/made.background", FOLDER);
  if (mkdir(folder, 0700) != 0) abort();
  for (int i = 0; i < N_UNRELATED; i++) {
    const double a_A = 2.7 + 0.02 * i;
    snprintf(path, sizeof path, "%s/s%02d.vasp", folder, i);
    FILE *out = fopen(path, "w");
    if (out == NULL) abort();
    fprintf(out, "test\n1.0\n%g 0 0\n0 %g 0\n0 0 %g\nCu %s\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n", a_A, a_A, a_A,
            i % 2 == 0 ? "Be" : "O");
    fclose(out);
  }
  snprintf(model->sha256, sizeof model->sha256, "%064d", 7);
  if (cuxas_catalog_list(&all, 1, false, &catalog, NULL) != CUXAS_OK ||
      cuxas_library_predict(catalog, model, &settings, NULL, &unrelated, NULL) != CUXAS_OK ||
      cuxas_background_predict(catalog, model, 1, NULL, &made, NULL) != CUXAS_OK ||
      cuxas_background_write(made, background, false, NULL) != CUXAS_OK)
    abort();
  cuxas_background_free(made);
  cuxas_catalog_free(catalog);
}

/* Simulated spectra of the structures that are asked for. */
static void make_simulated(void)
{
  snprintf(simulated, sizeof simulated, "%s/known.jsonl", FOLDER);
  FILE *out = fopen(simulated, "w");
  if (out == NULL) abort();
  for (int i = 0; i < N_STRUCTURE; i++)
    fprintf(out,
            "{\"id\":\"%d\",\"lattice\":[[3,0,0],[0,3,0],[0,0,3]],\"species\":[\"Cu\",\"%s\"],\"frac\":[[0,0,0],[0.5,0."
            "5,0.5]],"
            "\"site\":0,\"L3\":%s,\"L2\":%s,\"L3_screened\":%s,\"L2_screened\":%s}\n",
            i, ELEMENT[i], MADE_CURVE, MADE_CURVE, MADE_CURVE, MADE_CURVE);
  fclose(out);
}

/* The checksum of a report, whose bytes say everything. */
static cuxas_status write_sum(const cuxas_result *result, cuxas_result_format format,
                              char ret_sha256[CUXAS_SHA256_HEX_SIZE], cuxas_error *err)
{
  char              *text   = NULL;
  size_t             n_byte = 0;
  FILE              *out    = open_memstream(&text, &n_byte);
  const cuxas_status status = cuxas_result_write(result, format, out, err);
  fclose(out);
  if (status == CUXAS_OK) cuxas_hash_memory(text, n_byte, ret_sha256);
  free(text);
  return status;
}

/* The whole match: reading, predicting, ranking, what was ruled out beside, measured compounds, mixtures of them, sites; and its reports. */
static cuxas_status identify_with(const cuxas_companion_source *from, const cuxas_match_settings *opt_settings,
                                  char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  static const cuxas_result_format FORMAT[] = {CUXAS_RESULT_JSON, CUXAS_RESULT_HTML};
  static double                    energy_eV[N_POINT], mu[N_POINT];
  cuxas_companions                 beside   = {0};
  cuxas_match_settings             settings = opt_settings != NULL ? *opt_settings : cuxas_match_settings_for(model);
  cuxas_session                   *session  = NULL;
  cuxas_result                    *result   = NULL;
  const char                      *path[N_STRUCTURE];
  settings.n_thread            = 1;
  settings.filter.is_limited   = true;
  settings.unconstrained       = true;
  settings.n_standards_mixture = 2;
  for (size_t i = 0; i < N_STRUCTURE; i++) path[i] = structure[i];
  for (size_t i = 0; i < N_POINT; i++) {
    energy_eV[i] = 920.0 + 0.1 * (double)i;
    mu[i]        = synthetic_mu(energy_eV[i], 932.7, 1.2, 1.6);
  }
  cuxas_status status = cuxas_composition_parse("Cu,Zn,S", &settings.filter.allowed, err);
  if (status == CUXAS_OK) status = cuxas_session_new(model, path, N_STRUCTURE, &settings, &session, err);
  if (status == CUXAS_OK) status = cuxas_companions_open(model, &settings, from, NULL, &beside, err);
  if (status == CUXAS_OK) cuxas_session_set_companions(session, &beside);
  if (status == CUXAS_OK) status = cuxas_session_identify_curve(session, "curve", energy_eV, mu, N_POINT, &result, err);
  for (size_t i = 0; i < sizeof FORMAT / sizeof *FORMAT && status == CUXAS_OK; i++)
    status = write_sum(result, FORMAT[i], ret_outcome + strlen(ret_outcome), err);
  if (status == CUXAS_OK && result->hits->n_skipped > 0) {
    CHECK_CONTAINS(result->hits->skipped[0].reason, "no memory");
    snprintf(ret_outcome, OUTCOME_SIZE, "%s", TOLD);
  }
  if (status == CUXAS_OK && opt_settings != NULL && memory.mode != DENYING) { /* what was to be tried was there */
    CHECK(result->shortlist != NULL && result->shortlist->hits->n_hit == 2);
    CHECK(result->mixture != NULL && result->standards_mixture != NULL && result->has_background);
  }
  cuxas_result_free(result);
  cuxas_session_free(session);
  cuxas_companions_clear(&beside);
  return status;
}

static cuxas_status identify(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  const cuxas_companion_source from = {.with = CUXAS_WITH_STANDARDS, .opt_folder = FOLDER, .needs_standards = true};
  return identify_with(&from, NULL, ret_outcome, err);
}

/* And sums of predictions at one shift for all, p-values, and simulations that are known of a file. */
static cuxas_status identify_by_all(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  cuxas_match_settings         settings = cuxas_match_settings_for(model);
  const cuxas_companion_source from     = {.with            = CUXAS_WITH_ALL,
                                           .opt_folder      = FOLDER,
                                           .opt_background  = background,
                                           .opt_simulations = simulated,
                                           .needs_standards = true};
  settings.n_mixture                    = 2;
  settings.n_simulate                   = SIZE_MAX;
  settings.compare.shift_mode           = CUXAS_SHIFT_COMMON;
  return identify_with(&from, &settings, ret_outcome, err);
}

static void test_a_match_says_where_memory_runs_out_or_is_what_it_is_without(void)
{
  try_alone("match", identify);
}

static void test_a_match_by_simulations_backgrounds_and_sums_does_so_too(void)
{
  try_alone("match by all", identify_by_all);
}

/* ---- very many candidates ---- */

/* Whose shifts are whole steps of the grid: then scores can be foreseen. */
static cuxas_match_settings whole_steps(void)
{
  cuxas_match_settings settings    = cuxas_match_settings_for(model);
  settings.compare.center_shift_eV = -2.4;
  settings.n_fit = settings.n_keep = 2;
  return settings;
}

/* Of a library that is at hand the best alone are compared in full. */
static cuxas_status match_many(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  const cuxas_match_settings settings = whole_steps();
  cuxas_hits                *hits     = NULL;
  const cuxas_status         status   = cuxas_match_library(query, unrelated, &settings, &hits, err);
  if (status == CUXAS_OK) {
    CHECK(hits->n_hit == N_UNRELATED && !hits->hit[1].is_foreseen && hits->hit[2].is_foreseen);
    snprintf(ret_outcome, OUTCOME_SIZE, "%s %.12g %s %.12g", hits->hit[0].name, hits->hit[0].comparison.score,
             hits->hit[2].name, hits->hit[2].comparison.score);
  }
  cuxas_hits_free(hits);
  return status;
}

static void test_the_best_of_many_are_the_best_or_told(void)
{
  static const cuxas_edge_window EDGE[2]  = {{"L3", 0.0}, {"L2", 20.0}};
  const cuxas_grid               grid     = {928.0, 0.2, N_GRID};
  const cuxas_match_settings     settings = whole_steps();
  double                         mu[N_GRID];
  synthetic_curve(grid, 932.0, 1.2, 1.6, mu);
  CHECK_STATUS(cuxas_query_new(grid, mu, &(cuxas_edge_layout){model->grid, EDGE, 2}, &settings.compare, &query, NULL),
               CUXAS_OK);
  try_alone("many", match_many);
  cuxas_query_free(query);
}

/* ---- the background of a model ---- */

static cuxas_status predict_background(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  char              folder[MAX_PATH];
  const char       *all     = folder;
  cuxas_catalog    *catalog = NULL;
  cuxas_background *made    = NULL;
  snprintf(folder, sizeof folder, "%s/unrelated", FOLDER);
  cuxas_status status = cuxas_catalog_list(&all, 1, false, &catalog, err);
  if (status == CUXAS_OK) status = cuxas_background_predict(catalog, model, 1, NULL, &made, err);
  if (status == CUXAS_OK)
    snprintf(ret_outcome, OUTCOME_SIZE, "%zu %s %.12g", made->n_spectrum, made->formula[7],
             made->mu[0][7 * MODEL_POINTS]);
  cuxas_background_free(made);
  cuxas_catalog_free(catalog);
  return status;
}

static void test_a_background_has_all_its_spectra_or_is_not_made(void)
{
  try_alone("background", predict_background);
}

/* ---- the energy axis of a session ---- */

static cuxas_status calibrate(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  const cuxas_match_settings settings = cuxas_match_settings_for(model);
  char                       path[MAX_PATH + 32];
  double                     shift_eV;
  snprintf(path, sizeof path, "%s/spectra/CuZn.csv", FOLDER);
  const cuxas_status status = cuxas_axis_calibrate(model, &settings, path, path, &shift_eV, err);
  if (status == CUXAS_OK) snprintf(ret_outcome, OUTCOME_SIZE, "%.9g", shift_eV);
  return status;
}

static void test_a_calibration_is_the_same_or_told(void)
{
  try_alone("calibration", calibrate);
}

/* A library of the first structure; the others are predicted and kept, and found again in the cache. */
static cuxas_status use_library(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  char           folder[MAX_PATH + 8], command[2 * MAX_PATH], sha256[CUXAS_SHA256_HEX_SIZE];
  const char    *one     = library;
  cuxas_catalog *catalog = NULL, *loose = NULL;
  cuxas_store   *store = NULL;
  size_t         n     = 0;
  snprintf(folder, sizeof folder, "%s/cache", FOLDER);
  cuxas_status status = cuxas_catalog_list(&one, 1, false, &catalog, err);
  if (status == CUXAS_OK) status = list_all(N_STRUCTURE, &loose, err);
  if (status == CUXAS_OK) status = cuxas_store_open(model, &store, err);
  if (status == CUXAS_OK) status = cuxas_store_add_libraries(store, catalog, err);
  if (status == CUXAS_OK) status = cuxas_store_add_cache(store, folder, (size_t)1 << 30, err);
  for (size_t i = 0; i < N_STRUCTURE && status == CUXAS_OK; i++) {
    cuxas_known    known   = {0};
    cuxas_crystal *crystal = NULL;
    if ((status = cuxas_candidate_hash(&loose->candidate[i], sha256, err)) != CUXAS_OK) break;
    const bool is_there = cuxas_store_find(store, sha256, &known);
    if (!is_there && (status = cuxas_candidate_read(&loose->candidate[i], &crystal, err)) == CUXAS_OK &&
        (status = cuxas_known_predict(model, crystal, &known, err)) == CUXAS_OK)
      cuxas_store_keep(store, sha256, &known);
    if (status == CUXAS_OK)
      n += (size_t)snprintf(ret_outcome + n, OUTCOME_SIZE - n, "%s %d %.9g ", known.prediction->formula, is_there,
                            known.prediction->mu[0][100]);
    cuxas_crystal_free(crystal);
    cuxas_known_clear(&known);
  }
  if (status == CUXAS_OK) status = cuxas_store_check(store, err); /* an entry of the library that could not be read */
  cuxas_store_close(store);
  cuxas_catalog_free(catalog);
  cuxas_catalog_free(loose);
  snprintf(command, sizeof command, "rm -rf %s", folder);
  return system(command) == 0 ? status : CUXAS_EIO;
}

static void make_library(void)
{
  char           sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_known    known   = {0};
  cuxas_catalog *catalog = NULL;
  cuxas_crystal *crystal = NULL;
  cuxas_archive *archive = NULL;
  CHECK_STATUS(list_all(1, &catalog, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_candidate_hash(&catalog->candidate[0], sha256, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_candidate_read(&catalog->candidate[0], &crystal, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_known_predict(model, crystal, &known, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_archive_open(library, CUXAS_ARCHIVE_BUILD, model, &archive, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_archive_add(archive, sha256, &known, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_archive_add_structure(archive, &catalog->candidate[0], sha256, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_archive_say(archive, "state", "complete", NULL), CUXAS_OK);
  cuxas_archive_close(archive);
  cuxas_known_clear(&known);
  cuxas_crystal_free(crystal);
  cuxas_catalog_free(catalog);
}

static void test_a_library_and_a_cache_lose_nothing_where_memory_runs_out(void)
{
  make_library();
  try_alone("library", use_library);
}

/* Records of one compound, as simulated candidates. */
static cuxas_status read_simulated(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  static const char *const LINE[] = {"{\"id\":\"one\"," MADE_CELL ",\"L3\":" MADE_CURVE ",\"L2\":" MADE_CURVE
                                     ",\"L3_screened\":" MADE_CURVE ",\"L2_screened\":" MADE_CURVE "}"};
  char                     path[MAX_PATH + 16];
  cuxas_records           *records = NULL;
  cuxas_library           *made    = NULL;
  snprintf(path, sizeof path, "%s/one.jsonl", FOLDER);
  cuxas_status status = read_lines(path, LINE, 1, &records, err);
  if (status == CUXAS_OK) status = cuxas_library_simulated(records, model, &made, err);
  if (status == CUXAS_OK)
    snprintf(ret_outcome, OUTCOME_SIZE, "%s %.12g", cuxas_library_name(made, 0), made->slot[0].curve.mu[0][100]);
  cuxas_library_free(made);
  cuxas_records_free(records);
  return status;
}

static void test_simulated_compounds_are_whole_or_told(void)
{
  try_alone("simulated", read_simulated);
}

/* ---- models with kernel machines ---- */

/* Of a crystal with several arrangements, read like the model. */
static cuxas_status predict(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  char              path[MAX_PATH];
  cuxas_model      *full       = NULL;
  cuxas_crystal    *crystal    = NULL;
  cuxas_prediction *prediction = NULL;
  snprintf(path, sizeof path, "%s/full.cuxas", FOLDER);
  cuxas_status status = cuxas_model_read(path, &full, err);
  if (status == CUXAS_OK) status = cuxas_crystal_read("tests/fuzz/corpus/cif/partial", &crystal, err);
  if (status == CUXAS_OK) status = cuxas_predict_crystal(full, crystal, &prediction, err);
  if (status == CUXAS_OK) {
    CHECK(prediction->next != NULL);
    snprintf(ret_outcome, OUTCOME_SIZE, "%s %zu %.12g %.12g %.12g", prediction->formula, prediction->n_site,
             prediction->mu[0][5], prediction->sigma[0][5], prediction->domain.distance);
  }
  cuxas_prediction_free(prediction);
  cuxas_crystal_free(crystal);
  cuxas_model_free(full);
  return status;
}

enum { N_ROW = 12, N_FEATURE = 3, N_OUT = 4 };

/* A kernel machine of few rows in pairs: what suits it, what it learns, what it says of them. */
static cuxas_status learn_kernel(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  static float       feature[N_ROW * N_FEATURE], z[N_ROW * N_OUT];
  size_t             group[N_ROW];
  float              said[N_ROW * N_OUT];
  double             spread[N_ROW];
  uint64_t           random = 3;
  cuxas_kernel_shape shape  = {CUXAS_KERNEL_LAPLACE, 1.0, 1.0};
  cuxas_kernel      *kernel = NULL;
  cuxas_kernel_near *near   = NULL;
  for (size_t i = 0; i < N_ROW; i++) group[i] = i / 2;
  for (size_t i = 0; i < N_ROW * N_FEATURE; i++) feature[i] = (float)random_normal(&random);
  for (size_t i = 0; i < N_ROW * N_OUT; i++) z[i] = sinf(feature[i / N_OUT * N_FEATURE + i % N_FEATURE]);
  const cuxas_kernel_rows rows   = {N_ROW, N_FEATURE, N_OUT, feature, z};
  cuxas_status            status = cuxas_kernel_choose(CUXAS_KERNEL_LAPLACE, &rows, group, &shape, err);
  if (status == CUXAS_OK) status = cuxas_kernel_fit(shape, &rows, &kernel, err);
  if (status == CUXAS_OK) status = cuxas_kernel_predict(kernel, feature, N_ROW, &near, said, spread, err);
  if (status == CUXAS_OK)
    snprintf(ret_outcome, OUTCOME_SIZE, "%.9g %.9g %.9g %.9g", shape.length, shape.ridge, (double)said[5], spread[7]);
  cuxas_kernel_near_free(near);
  cuxas_kernel_free(kernel);
  return status;
}

static void test_kernel_machines_learn_and_predict_the_same_or_say_so(void)
{
  char         path[MAX_PATH];
  cuxas_model *full = NULL;
  snprintf(path, sizeof path, "%s/full.cuxas", FOLDER);
  CHECK_STATUS(cuxas_model_new(made_full_head(), made_full_tensors(), &full, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_model_write(full, path, true, NULL), CUXAS_OK);
  cuxas_model_free(full);
  try_alone("prediction", predict);
  try_alone("kernel", learn_kernel);
}

/* ---- files ---- */

/* A file of the corpora of tests/fuzz, and how its kind is read. */
typedef void reader(char ret_outcome[OUTCOME_SIZE], cuxas_error *err);
static struct {
  char    path[MAX_PATH];
  char   *bytes;
  size_t  n_byte;
  reader *read;
  bool    has_scans; /* of which the first is asked for */
} file;

static void read_measured(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  const cuxas_measured_options how      = {.scan = file.has_scans ? "1" : NULL, .near_eV = 931};
  cuxas_spectrum              *spectrum = NULL;
  cuxas_measured_info         *info     = NULL;
  if (cuxas_measured_parse_bytes("file", file.bytes, file.n_byte, &how, &spectrum, &info, err) == CUXAS_OK) {
    double sum = 0.0;
    for (size_t i = 0; i < spectrum->n_point; i++) sum += spectrum->energy_eV[i] * (1.0 + spectrum->mu[i]);
    snprintf(ret_outcome, OUTCOME_SIZE, "%zu %.12g %zu", spectrum->n_point, sum, info->warnings.n_warning);
  }
  cuxas_spectrum_free(spectrum);
  cuxas_measured_info_free(info);
}

static void read_crystals(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  const char    *path    = file.path;
  cuxas_catalog *catalog = NULL;
  size_t         n       = 0;
  cuxas_status   status  = cuxas_catalog_list(&path, 1, false, &catalog, err);
  for (size_t i = 0; status == CUXAS_OK && i < catalog->n_candidate && i < 4; i++) {
    cuxas_crystal *crystal = NULL;
    char           formula[CUXAS_FORMULA_SIZE], sha256[CUXAS_SHA256_HEX_SIZE];
    if ((status = cuxas_candidate_hash(&catalog->candidate[i], sha256, err)) == CUXAS_OK &&
        (status = cuxas_candidate_read(&catalog->candidate[i], &crystal, err)) == CUXAS_OK) {
      cuxas_crystal_formula(crystal, formula);
      n += (size_t)snprintf(ret_outcome + n, OUTCOME_SIZE - n, "%.40s %.12g %.8s ", formula,
                            cuxas_crystal_volume_A3(crystal), sha256);
    }
    cuxas_crystal_free(crystal);
  }
  cuxas_catalog_free(catalog);
}

static void read_records(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  static const char *const EDGES[] = {"L3", "L2"};
  const char              *path    = file.path;
  cuxas_records           *records = NULL;
  if (cuxas_records_read(&path, 1, 29, EDGES, 2, &records, err) == CUXAS_OK)
    snprintf(ret_outcome, OUTCOME_SIZE, "%zu", records->n_record);
  cuxas_records_free(records);
}

static void read_external(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  cuxas_external_settings settings = cuxas_external_defaults();
  cuxas_spectrum         *raw = NULL, *done = NULL;
  double                  edge_step;
  if (cuxas_external_read(file.path, &settings, &raw, err) == CUXAS_OK &&
      cuxas_external_process(raw, &settings, "file", &done, &edge_step, err) == CUXAS_OK)
    snprintf(ret_outcome, OUTCOME_SIZE, "%zu %.12g", done->n_point, edge_step);
  cuxas_spectrum_free(raw);
  cuxas_spectrum_free(done);
}

static void read_model(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  cuxas_model *read = NULL;
  if (cuxas_model_read(file.path, &read, err) == CUXAS_OK)
    snprintf(ret_outcome, OUTCOME_SIZE, "%s %zu %.12g", read->sha256, read->n_edge, read->shift_eV);
  cuxas_model_free(read);
}

static void read_image(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  cuxas_spectrum_image *image = NULL;
  if (cuxas_gatan_image("file", file.bytes, file.n_byte, "1", &image, err) == CUXAS_OK)
    snprintf(ret_outcome, OUTCOME_SIZE, "%zu pixels", image->n_x * image->n_y);
  cuxas_spectrum_image_free(image);
}

static void read_torch(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  cuxas_tensors *tensors = cuxas_tensors_new();
  cJSON         *json    = NULL;
  if (tensors == NULL)
    cuxas_no_memory(err);
  else if (cuxas_torch_read(file.path, tensors, &json, err) == CUXAS_OK)
    snprintf(ret_outcome, OUTCOME_SIZE, "%zu", tensors->n_tensor);
  cJSON_Delete(json);
  cuxas_tensors_free(tensors);
}

/* What is refused is refused for the same reason. */
static cuxas_status read_file(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  file.read(ret_outcome, err);
  if (err->status == CUXAS_ENOMEM) return CUXAS_ENOMEM;
  if (err->message[0] != '\0') snprintf(ret_outcome, OUTCOME_SIZE, "%.500s", err->message);
  err->message[0] = '\0';
  return CUXAS_OK;
}

static void try_file(const char *path, reader *read)
{
  FILE *in = fopen(path, "rb");
  if (in == NULL) abort();
  file.read   = read;
  file.bytes  = malloc(1 << 20);
  file.n_byte = file.bytes != NULL ? fread(file.bytes, 1, 1 << 20, in) : 0;
  snprintf(file.path, sizeof file.path, "%s", path);
  fclose(in);
  for (int i = 0; i < (read == read_measured ? 2 : 1); i++) {
    file.has_scans = i == 1;
    try_without_each(read_file);
  }
  free(file.bytes);
}

static void try_bytes(const char *name, const void *bytes, size_t n_byte, reader *read)
{
  char  path[2 * MAX_PATH];
  FILE *out = NULL;
  snprintf(path, sizeof path, "%s/%s", FOLDER, name);
  if ((out = fopen(path, "wb")) == NULL || fwrite(bytes, 1, n_byte, out) != n_byte || fclose(out) != 0) abort();
  try_file(path, read);
}

/* Those that no text editor writes. */
static void try_made_files(void)
{
  static const float     CUBE[] = {0.1F, 0.4F, 0.5F, 1.0F, 0.25F, 0.75F}, VALUE[] = {0.5F, 1.5F, 1.0F};
  static const made_axis LINE[] = {{3, -930, 1, "eV"}}, AXES[] = {{2, 0, 1, "nm"}, {1, 0, 1, "nm"}, {3, -930, 1, "eV"}};
  static const size_t    SHAPE[] = {2, 3};
  cuxas_tensors         *tensors = cuxas_tensors_new();
  char                   path[2 * MAX_PATH];
  made_file              line = begin_gatan(4, 1, 1), cube = begin_gatan(3, 0, 1);
  size_t                 n_byte;
  void                  *bytes = made_bytes(make_nexus(), &n_byte);
  put_image(&line, "Cu L", 6, 4, VALUE, LINE, 1);
  put_image(&cube, "Cu L", 6, 4, CUBE, AXES, 3);
  end_gatan(&line);
  end_gatan(&cube);
  try_bytes("line.dm4", line.bytes, line.n_byte, read_measured);
  try_bytes("cube.dm3", cube.bytes, cube.n_byte, read_image);
  try_bytes("scan.h5", bytes, n_byte, read_measured);
  CHECK_STATUS(cuxas_tensors_add(tensors, "a.weight", 2, SHAPE, CUBE, NULL), CUXAS_OK);
  snprintf(path, sizeof path, "%s/state.pt", FOLDER);
  write_state(path, tensors, "model.", "FloatStorage");
  try_file(path, read_torch);
  cuxas_tensors_free(tensors);
  free(line.bytes);
  free(cube.bytes);
  free(bytes);
}

static void test_every_parser_reads_the_same_or_says_that_memory_ran_out(void)
{
  static const struct {
    const char *kind;
    reader     *read;
  } KIND[] = {{"text", read_measured},    {"xdi", read_measured},     {"msa", read_measured},
              {"spec", read_measured},    {"athena", read_measured},  {"gzip", read_measured},
              {"cif", read_crystals},     {"poscar", read_crystals},  {"xyz", read_crystals},
              {"json", read_crystals},    {"library", read_crystals}, {"records", read_records},
              {"external", read_external}};
  char path[MAX_PATH];
  for (size_t i = 0; i < sizeof KIND / sizeof *KIND; i++) {
    size_t         n_file = 0;
    struct dirent *entry;
    snprintf(path, sizeof path, "tests/fuzz/corpus/%s", KIND[i].kind);
    DIR *listing = opendir(path);
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
      if (entry->d_name[0] == '.') continue;
      snprintf(path, sizeof path, "tests/fuzz/corpus/%s/%.60s", KIND[i].kind, entry->d_name);
      try_file(path, KIND[i].read);
      n_file++;
    }
    if (listing != NULL) closedir(listing);
    CHECK(n_file > 0);
  }
  try_made_files();
  snprintf(path, sizeof path, "%s/one.cuxas", FOLDER);
  CHECK_STATUS(cuxas_model_write(model, path, true, NULL), CUXAS_OK);
  try_file(path, read_model);
  try_file(library, read_crystals);
  tell_counts("files");
}

int main(void)
{
  char command[64];
  omp_set_num_threads(1); /* so that the n-th allocation is the same one in every run */
  make_files();
  model = make_edge_model();
  make_unrelated();
  make_simulated();
  RUN(test_a_match_says_where_memory_runs_out_or_is_what_it_is_without);
  RUN(test_a_match_by_simulations_backgrounds_and_sums_does_so_too);
  RUN(test_the_best_of_many_are_the_best_or_told);
  RUN(test_a_background_has_all_its_spectra_or_is_not_made);
  RUN(test_a_calibration_is_the_same_or_told);
  RUN(test_a_library_and_a_cache_lose_nothing_where_memory_runs_out);
  RUN(test_simulated_compounds_are_whole_or_told);
  RUN(test_kernel_machines_learn_and_predict_the_same_or_say_so);
  RUN(test_every_parser_reads_the_same_or_says_that_memory_ran_out);
  cuxas_library_free(unrelated);
  cuxas_model_free(model);
  snprintf(command, sizeof command, "rm -rf %s", FOLDER);
  if (system(command) != 0) printf("    %s stays\n", FOLDER);
  return CHECK_REPORT();
}
