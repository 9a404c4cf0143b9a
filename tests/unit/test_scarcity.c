/* Tests that memory may run out anywhere: of a match, of a library with its cache, and of simulated compounds one allocation after
 * another fails, and what comes of it is either said to be "no memory" or what comes without.
 *
 * The program is linked with its own malloc, calloc and realloc (Makefile). Those of a first run are told apart by who asked and on whose
 * behalf; each of these places fails once, in a run of its own. What is then leaked is LeakSanitizer's to tell. */
#include "check.h"
#include "base/hash.h"
#include "cuxas/report.h"
#include "edge_model.h"
#include "match/session.h"
#include "match/simulated.h"
#include "match/store.h"
#include "records_make.h"
#include "synthetic.h"

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

static void try_without_each(const char *name, work *of)
{
  char        whole[OUTCOME_SIZE] = "", outcome[OUTCOME_SIZE];
  size_t      n_told              = 0;
  cuxas_error err                 = {.message = ""};
  memory.n_call                   = 0;
  memory.n_place                  = 0;
  memory.mode                     = COUNTING;
  cuxas_status status             = of(whole, &err);
  memory.mode                     = IDLE;
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
  if (getenv("CUXAS_TEST_COUNTS") != NULL)
    printf("    %s: %zu places of %ld allocations, %zu told\n", name, memory.n_place, memory.n_call, n_told);
  CHECK(n_told > memory.n_place / 2);
}

/* ---- what is tried ---- */

enum { N_STRUCTURE = 3, N_POINT = 700, MAX_PATH = 128 };
static char              FOLDER[]             = "/tmp/cuxas-test-scarcity-XXXXXX";
static const char *const ELEMENT[N_STRUCTURE] = {"Zn", "Pd", "S"};
static char              structure[N_STRUCTURE][MAX_PATH], library[MAX_PATH];
static cuxas_model      *model;

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
static cuxas_status identify(char ret_outcome[OUTCOME_SIZE], cuxas_error *err)
{
  static const cuxas_result_format FORMAT[] = {CUXAS_RESULT_JSON, CUXAS_RESULT_HTML};
  static double                    energy_eV[N_POINT], mu[N_POINT];
  cuxas_companions                 beside = {0};
  const cuxas_companion_source     from = {.with = CUXAS_WITH_STANDARDS, .opt_folder = FOLDER, .needs_standards = true};
  cuxas_match_settings             settings = cuxas_match_settings_for(model);
  cuxas_session                   *session  = NULL;
  cuxas_result                    *result   = NULL;
  const char                      *path[N_STRUCTURE];
  for (size_t i = 0; i < N_STRUCTURE; i++) path[i] = structure[i];
  for (size_t i = 0; i < N_POINT; i++) {
    energy_eV[i] = 920.0 + 0.1 * (double)i;
    mu[i]        = synthetic_mu(energy_eV[i], 932.7, 1.2, 1.6);
  }
  settings.n_thread            = 1;
  settings.filter.is_limited   = true;
  settings.unconstrained       = true;
  settings.n_standards_mixture = 2;
  cuxas_status status          = cuxas_composition_parse("Cu,Zn,S", &settings.filter.allowed, err);
  if (status == CUXAS_OK) status = cuxas_session_new(model, path, N_STRUCTURE, &settings, &session, err);
  if (status == CUXAS_OK) status = cuxas_companions_open(model, &settings, &from, NULL, &beside, err);
  if (status == CUXAS_OK) cuxas_session_set_companions(session, &beside);
  if (status == CUXAS_OK) status = cuxas_session_identify_curve(session, "curve", energy_eV, mu, N_POINT, &result, err);
  for (size_t i = 0; i < sizeof FORMAT / sizeof *FORMAT && status == CUXAS_OK; i++)
    status = write_sum(result, FORMAT[i], ret_outcome + strlen(ret_outcome), err);
  if (status == CUXAS_OK && result->hits->n_skipped > 0) {
    CHECK_CONTAINS(result->hits->skipped[0].reason, "no memory");
    snprintf(ret_outcome, OUTCOME_SIZE, "%s", TOLD);
  }
  cuxas_result_free(result);
  cuxas_session_free(session);
  cuxas_companions_clear(&beside);
  return status;
}

static void test_a_match_says_where_memory_runs_out_or_is_what_it_is_without(void)
{
  try_without_each("match", identify);
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
  try_without_each("library", use_library);
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
  try_without_each("simulated", read_simulated);
}

int main(void)
{
  char command[64];
  omp_set_num_threads(1); /* so that the n-th allocation is the same one in every run */
  make_files();
  model = make_edge_model();
  RUN(test_a_match_says_where_memory_runs_out_or_is_what_it_is_without);
  RUN(test_a_library_and_a_cache_lose_nothing_where_memory_runs_out);
  RUN(test_simulated_compounds_are_whole_or_told);
  cuxas_model_free(model);
  snprintf(command, sizeof command, "rm -rf %s", FOLDER);
  if (system(command) != 0) printf("    %s stays\n", FOLDER);
  return CHECK_REPORT();
}
