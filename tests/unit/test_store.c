/* test_store.c - libraries and caches of predictions: what was put in comes out, and a library that changes is told */
#define _DEFAULT_SOURCE /* mkstemps, mkdtemp */
#include "base/hash.h"
#include "base/memory.h"
#include "check.h"
#include "match/significance.h"
#include "match/store.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODEL "refdb/models/cu-l23.cuxas"
#define BACKGROUND "refdb/models/cu-l23.background"

static cuxas_model      *model;
static cuxas_background *background;
static char              path[] = "/tmp/cuxas-test-store-XXXXXX.cuxaslib";

enum { CONTENT_SIZE = 80 };

static void write_structure(size_t i, char ret_content[CONTENT_SIZE], char ret_sha256[CUXAS_SHA256_HEX_SIZE])
{
  snprintf(ret_content, CONTENT_SIZE, "cell %zu\n1.0\n3 0 0\n0 3 0\n0 0 3\nCu\n1\nDirect\n0 0 0\n", i);
  cuxas_hash_memory(ret_content, strlen(ret_content), ret_sha256);
}

/* Spectrum i of the background under the name "one-<i>". */
static void add(cuxas_archive *archive, size_t i)
{
  const size_t    n     = model->grid.n_energy;
  cuxas_known     known = {.prediction   = cuxas_new(NULL, 1, sizeof *known.prediction),
                           .n_distinct   = 2,
                           .surroundings = {.is_known = true, .state = {0.0, 1.0, 0.0}, .distance_A = 1.9}};
  char            name[32], content[CONTENT_SIZE], sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_candidate candidate = {.label = name, .name = name, .content = content};
  candidate.path            = name;
  snprintf(name, sizeof name, "one-%zu", i);
  write_structure(i, content, sha256);
  candidate.n_content               = strlen(content);
  known.elements.has[29]            = true;
  known.prediction->grid            = model->grid;
  known.prediction->n_absorber      = 4;
  known.prediction->symmetry_found  = true;
  known.prediction->domain.distance = 0.5;
  memcpy(known.prediction->formula, background->formula[i], sizeof known.prediction->formula);
  for (int c = 0; c < CUXAS_N_CHANNEL; c++) {
    if (cuxas_model_has_channel(model, (cuxas_channel)c))
      known.prediction->mu[c] = cuxas_copy(NULL, background->mu[c] + i * n, n, sizeof(double));
  }
  CHECK_STATUS(cuxas_archive_begin(archive, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_archive_add(archive, sha256, &known, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_archive_add_structure(archive, &candidate, sha256, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_archive_say(archive, "state", "complete", NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_archive_commit(archive, NULL), CUXAS_OK);
  cuxas_known_clear(&known);
}

static void add_to_file(size_t i)
{
  cuxas_archive *archive = NULL;
  CHECK_STATUS(cuxas_archive_open(path, CUXAS_ARCHIVE_BUILD, model, &archive, NULL), CUXAS_OK);
  add(archive, i);
  cuxas_archive_close(archive);
}

static cuxas_store *open_store(cuxas_catalog **ret_catalog)
{
  const char *const one   = path;
  cuxas_store      *store = NULL;
  CHECK_STATUS(cuxas_catalog_list(&one, 1, false, ret_catalog, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_store_open(model, &store, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_store_add_libraries(store, *ret_catalog, NULL), CUXAS_OK);
  return store;
}

static void test_what_a_library_was_given_comes_out(void)
{
  if (background == NULL) SKIP("no model with its background");
  cuxas_catalog *catalog = NULL;
  cuxas_known    known   = {0};
  unlink(path);
  add_to_file(3);
  cuxas_store *store = open_store(&catalog);
  CHECK(catalog->n_candidate == 1 && strcmp(catalog->candidate[0].name, "one-3") == 0);
  CHECK(cuxas_store_find(store, catalog->candidate[0].sha256, &known));
  CHECK(known.n_distinct == 2 && known.prediction->n_absorber == 4 && known.elements.has[29]);
  CHECK(known.surroundings.is_known && known.surroundings.state[1] == 1.0 && known.surroundings.distance_A == 1.9);
  const double *mu = background->mu[CUXAS_CHANNEL_NO_HOLE] + 3 * model->grid.n_energy;
  for (size_t e = 0; e < model->grid.n_energy; e++)
    CHECK(known.prediction->mu[CUXAS_CHANNEL_NO_HOLE][e] == (double)(float)mu[e]);
  CHECK_STATUS(cuxas_store_check(store, NULL), CUXAS_OK);
  cuxas_known_clear(&known);
  cuxas_store_close(store);
  cuxas_catalog_free(catalog);
}

static void test_a_library_that_changes_while_it_is_read_is_told(void)
{
  if (background == NULL) SKIP("no model with its background");
  cuxas_catalog *catalog = NULL;
  cuxas_error    err     = {.message = ""};
  unlink(path);
  add_to_file(3);
  cuxas_store *store = open_store(&catalog);
  unlink(path); /* another file takes its place */
  add_to_file(4);
  CHECK_STATUS(cuxas_store_check(store, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "changed while it was read: run the match again");
  cuxas_store_close(store);
  cuxas_catalog_free(catalog);

  store = open_store(&catalog);
  unlink(path); /* gone */
  CHECK_STATUS(cuxas_store_check(store, &err), CUXAS_EIO);
  cuxas_store_close(store);
  cuxas_catalog_free(catalog);
}

static void change(const char *where, const char *sql)
{
  sqlite3 *db = NULL;
  CHECK(sqlite3_open(where, &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
  sqlite3_close(db);
}

static void test_a_library_that_is_none_of_this_model_is_not_opened(void)
{
  if (background == NULL) SKIP("no model with its background");
  static const struct {
    const char *sql, *reason;
  } CASE[] = {{"UPDATE about SET value = 'cuxas-library/9' WHERE key = 'format'", "its format is not cuxas-library/1"},
              {"DELETE FROM about", "its format is not"},
              {"UPDATE about SET value = 'unfinished' WHERE key = 'state'", "unfinished, 1 predictions are in it"},
              {"UPDATE models SET sha256 = 'f00d'", "predicted by another model (sha256 f00d, not "},
              {"DELETE FROM models", "predicted by another model (sha256 none, not "},
              {"UPDATE models SET start_eV = start_eV + 1", "its energies or channels are not those of its model"},
              {"UPDATE models SET step_eV = 0", "its energies or channels are not those of its model"},
              {"UPDATE models SET n_energy = 7", "its energies or channels are not those of its model"},
              {"UPDATE models SET channels = 'screened-hole'", "its energies or channels are not those of its model"},
              {"DROP TABLE predictions", "no library of predictions"},
              {"ALTER TABLE predictions RENAME COLUMN spectra TO other", "no library of predictions"}};
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
    cuxas_archive *archive = NULL;
    cuxas_error    err     = {.message = ""};
    unlink(path);
    add_to_file(3);
    change(path, CASE[i].sql);
    CHECK_STATUS(cuxas_archive_open(path, CUXAS_ARCHIVE_READ, model, &archive, &err), CUXAS_EFORMAT);
    CHECK_CONTAINS(err.message, CASE[i].reason);
    CHECK(archive == NULL);
  }
}

static void test_a_damaged_prediction_is_told_when_it_is_asked_for_and_when_all_are_verified(void)
{
  if (background == NULL) SKIP("no model with its background");
  static const struct {
    const char *sql, *found, *verified; /* NULL: of no matter there */
  } CASE[] = {
      {"UPDATE predictions SET spectra = zeroblob(8)", "spectra of another size", "has spectra of 8 bytes"},
      {"UPDATE predictions SET spectra = NULL", "spectra of another size", "has spectra of 0 bytes"},
      {"UPDATE predictions SET spectra = CAST(replace(hex(zeroblob(length(spectra) / 2)), '0', x'ff') AS BLOB)",
       "a spectrum that is not finite", "not finite"},
      {"UPDATE predictions SET spectra = CAST(x'01' || substr(spectra, 2) AS BLOB)", NULL,
       "are not what their checksum says"},
      {"UPDATE predictions SET surroundings = zeroblob(3)", "surroundings of another size", NULL},
      {"UPDATE predictions SET elements = 'Cu Xx'", "a prediction without elements", NULL},
      {"UPDATE predictions SET elements = NULL", "a prediction without elements", NULL},
      {"UPDATE predictions SET n_absorber = 0", "damaged: 0 absorbers of 2 kinds", "damaged: 0 absorbers"},
      {"UPDATE predictions SET n_absorber = -4", "damaged: -4 absorbers of 2 kinds", "damaged: -4 absorbers"},
      {"UPDATE predictions SET n_absorber = 1", "damaged: 1 absorbers of 2 kinds", "damaged: 1 absorbers"},
      {"UPDATE predictions SET n_absorber = 1000001", "damaged: 1000001 absorbers", "damaged: 1000001 absorbers"},
      {"UPDATE predictions SET n_distinct = NULL", "of 0 kinds", "of 0 kinds"},
      {"UPDATE predictions SET n_distinct = 5", "damaged: 4 absorbers of 5 kinds", "of 5 kinds"},
      {"UPDATE structures SET content = 'data_x'", NULL, "structure one-3 is not what its checksum says"},
      {"DELETE FROM predictions", NULL, "structure one-3 has no prediction"}};
  for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
    cuxas_archive *archive = NULL;
    cuxas_known    known   = {0};
    char           content[CONTENT_SIZE], sha256[CUXAS_SHA256_HEX_SIZE];
    bool           is_there;
    cuxas_error    err = {.message = ""};
    write_structure(3, content, sha256);
    unlink(path);
    add_to_file(3);
    change(path, CASE[i].sql);
    CHECK_STATUS(cuxas_archive_open(path, CUXAS_ARCHIVE_READ, model, &archive, &err), CUXAS_OK);
    CHECK_STATUS(cuxas_archive_find(archive, sha256, &known, &is_there, &err),
                 CASE[i].found != NULL ? CUXAS_EFORMAT : CUXAS_OK);
    if (CASE[i].found != NULL) CHECK_CONTAINS(err.message, CASE[i].found);
    CHECK(CASE[i].found == NULL || (!is_there && known.prediction == NULL));
    cuxas_known_clear(&known);
    if (CASE[i].verified != NULL) {
      CHECK_STATUS(cuxas_archive_verify(archive, &err), CUXAS_EFORMAT);
      CHECK_CONTAINS(err.message, CASE[i].verified);
    }
    cuxas_archive_close(archive);
  }
}

static void test_the_older_half_goes_and_the_newer_stays(void)
{
  if (background == NULL) SKIP("no model with its background");
  cuxas_archive *archive = NULL;
  char           content[CONTENT_SIZE], sha256[CUXAS_SHA256_HEX_SIZE];
  unlink(path);
  for (size_t i = 0; i < 4; i++) add_to_file(i);
  CHECK_STATUS(cuxas_archive_open(path, CUXAS_ARCHIVE_BUILD, model, &archive, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_archive_halve(archive, NULL), CUXAS_OK);
  for (size_t i = 0; i < 4; i++) {
    write_structure(i, content, sha256);
    CHECK(cuxas_archive_has(archive, sha256, false) == (i >= 2));
  }
  cuxas_archive_close(archive);
}

/* A slot of Cu2O with a simulated spectrum, which the caller clears. */
static cuxas_slot make_simulated(void)
{
  cuxas_slot slot = {.hit   = {.formula = "Cu2O", .n_absorber = 4, .n_distinct = 1},
                     .curve = {.grid = model->grid, .is_prediction = true}};
  CHECK_STATUS(cuxas_hit_warn(&slot.hit, NULL, "disordered: 1 of its 2 arrangements"), CUXAS_OK);
  slot.curve.mu[CUXAS_CHANNEL_NO_HOLE] =
      cuxas_copy(NULL, background->mu[CUXAS_CHANNEL_NO_HOLE], model->grid.n_energy, sizeof(double));
  return slot;
}

static void check_simulated(const cuxas_slot *found, const char *code)
{
  const double *mu = background->mu[CUXAS_CHANNEL_NO_HOLE];
  CHECK_TEXT(found->hit.formula, "Cu2O");
  CHECK_TEXT(code, "code 1");
  CHECK(found->hit.n_absorber == 4 && found->hit.n_distinct == 1);
  CHECK_TEXT(found->hit.warning[0], "disordered: 1 of its 2 arrangements");
  for (size_t i = 0; i < model->grid.n_energy; i++)
    CHECK(found->curve.mu[CUXAS_CHANNEL_NO_HOLE][i] == (double)(float)mu[i]);
  CHECK(found->curve.mu[CUXAS_CHANNEL_SCREENED_HOLE] == NULL && found->curve.is_prediction &&
        !found->curve.is_by_model);
}

static void test_what_simulations_make_of_a_structure_is_kept_for_their_files_alone(void)
{
  if (background == NULL) SKIP("no model with its background");
  cuxas_slot   simulated = make_simulated(), none = {.fate = CUXAS_FATE_HIT}, found = none;
  char         code[CUXAS_RECORD_CODE_SIZE], folder[] = "/tmp/cuxas-storeXXXXXX", command[64];
  cuxas_store *store = NULL;
  CHECK(mkdtemp(folder) != NULL);
  for (int again = 0; again < 2; again++) {
    CHECK_STATUS(cuxas_store_open(model, &store, NULL), CUXAS_OK);
    CHECK_STATUS(cuxas_store_add_cache(store, folder, (size_t)1 << 30, NULL), CUXAS_OK);
    if (again == 0) {
      cuxas_store_keep_simulated(store, "structure", "files", &simulated, "code 1");
      cuxas_store_keep_simulated(store, "another", "files", &none, "");
    } else {
      CHECK(!cuxas_store_find_simulated(store, "structure", "other files", &found, code));
      CHECK(!cuxas_store_find_simulated(store, "structure", NULL, &found, code)); /* of no library */
      CHECK(cuxas_store_find_simulated(store, "another", "files", &found, code));
      CHECK(found.curve.mu[CUXAS_CHANNEL_NO_HOLE] == NULL);
      cuxas_slot_clear(&found);
      CHECK(cuxas_store_find_simulated(store, "structure", "files", &found, code));
      check_simulated(&found, code);
      cuxas_slot_clear(&found);
    }
    cuxas_store_close(store);
  }
  snprintf(command, sizeof command, "rm -r %s", folder);
  CHECK(system(command) == 0);
  cuxas_slot_clear(&simulated);
}

/* Puts the simulation into a library of its own, with structures. */
static void make_library_with_simulation(const char *where)
{
  cuxas_slot     simulated = make_simulated();
  cuxas_archive *archive   = NULL;
  unlink(where);
  CHECK_STATUS(cuxas_archive_open(where, CUXAS_ARCHIVE_BUILD, model, &archive, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_archive_add_simulated(archive, "structure", CUXAS_ARCHIVE_OWN, &simulated, "code 1", NULL),
               CUXAS_OK);
  CHECK_STATUS(cuxas_archive_say(archive, "state", "complete", NULL), CUXAS_OK);
  cuxas_archive_close(archive);
  cuxas_slot_clear(&simulated);
}

static void test_a_match_does_not_hide_that_an_entry_of_its_library_could_not_be_read(void)
{
  if (background == NULL) SKIP("no model with its background");
  cuxas_catalog *catalog = NULL;
  cuxas_known    known   = {0};
  cuxas_slot     found   = {.fate = CUXAS_FATE_HIT};
  char           content[CONTENT_SIZE], sha256[CUXAS_SHA256_HEX_SIZE], code[CUXAS_RECORD_CODE_SIZE];
  cuxas_error    err = {.message = ""};
  write_structure(3, content, sha256);
  for (int is_simulated = 0; is_simulated < 2; is_simulated++) {
    unlink(path);
    if (is_simulated) make_library_with_simulation(path);
    add_to_file(3);
    change(path, is_simulated ? "UPDATE simulations SET n_absorber = 0" : "UPDATE predictions SET spectra = NULL");
    cuxas_store *store = open_store(&catalog);
    CHECK_STATUS(cuxas_store_check(store, &err), CUXAS_OK); /* nothing was asked for yet */
    CHECK(is_simulated ? !cuxas_store_find_simulated(store, "structure", NULL, &found, code)
                       : !cuxas_store_find(store, sha256, &known));
    CHECK_STATUS(cuxas_store_check(store, &err), CUXAS_EFORMAT);
    CHECK_CONTAINS(err.message, is_simulated ? "0 absorbers of" : "spectra of another size");
    CHECK_CONTAINS(err.message, "build it anew");
    cuxas_slot_clear(&found);
    cuxas_store_close(store);
    cuxas_catalog_free(catalog);
  }
}

static void test_simulations_of_a_library_merge_by_their_model_and_damaged_ones_are_refused(void)
{
  if (background == NULL) SKIP("no model with its background");
  char               other[] = "/tmp/cuxas-otherXXXXXX", code[CUXAS_RECORD_CODE_SIZE];
  cuxas_archive     *archive = NULL;
  cuxas_slot         found   = {.fate = CUXAS_FATE_HIT};
  cuxas_archive_size size;
  bool               is_there = false;
  cuxas_error        err      = {.message = ""};
  close(mkstemp(other));
  make_library_with_simulation(other);
  change(other, "UPDATE models SET id = 7; UPDATE simulations SET model = 7"); /* its own number of the model */
  unlink(path);
  CHECK_STATUS(cuxas_archive_open(path, CUXAS_ARCHIVE_BUILD, model, &archive, NULL), CUXAS_OK);
  for (int i = 0; i < 2; i++) { /* again changes nothing */
    CHECK_STATUS(cuxas_archive_take(archive, other, &err), CUXAS_OK);
    CHECK_STATUS(cuxas_archive_count(archive, &size, NULL), CUXAS_OK);
    CHECK(size.n_simulation == 1);
  }
  CHECK(cuxas_archive_has(archive, "structure", true) && !cuxas_archive_has(archive, "structure", false));
  CHECK_STATUS(cuxas_archive_find_simulated(archive, "structure", CUXAS_ARCHIVE_OWN, &found, code, &is_there, NULL),
               CUXAS_OK);
  CHECK(is_there);
  check_simulated(&found, code);
  cuxas_slot_clear(&found);
  CHECK_STATUS(cuxas_archive_verify(archive, &err), CUXAS_OK);
  change(other, "DROP TABLE simulations"); /* of a version before there were any */
  CHECK_STATUS(cuxas_archive_take(archive, other, &err), CUXAS_OK);
  change(path, "UPDATE simulations SET spectra = zeroblob(12)");
  CHECK_STATUS(cuxas_archive_find_simulated(archive, "structure", CUXAS_ARCHIVE_OWN, &found, code, &is_there, &err),
               CUXAS_EFORMAT);
  CHECK(!is_there);
  CHECK_CONTAINS(err.message, "spectra of another size than their model's");
  cuxas_slot_clear(&found);
  CHECK_STATUS(cuxas_archive_verify(archive, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "the simulation of structure has spectra of 12 bytes");
  change(path, "UPDATE simulations SET spectra = CAST(x'0000c07f' || zeroblob(1644) AS BLOB)"); /* one is no number */
  CHECK_STATUS(cuxas_archive_verify(archive, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "the simulation of structure is not finite");
  cuxas_archive_close(archive);
  unlink(other);
}

int main(void)
{
  cuxas_error err  = {0};
  const int   file = mkstemps(path, 9);
  if (file >= 0) close(file);
  if (cuxas_model_read(MODEL, &model, &err) == CUXAS_OK) cuxas_background_read(BACKGROUND, model, &background, &err);
  RUN(test_what_a_library_was_given_comes_out);
  RUN(test_a_library_that_changes_while_it_is_read_is_told);
  RUN(test_a_library_that_is_none_of_this_model_is_not_opened);
  RUN(test_a_damaged_prediction_is_told_when_it_is_asked_for_and_when_all_are_verified);
  RUN(test_the_older_half_goes_and_the_newer_stays);
  RUN(test_what_simulations_make_of_a_structure_is_kept_for_their_files_alone);
  RUN(test_a_match_does_not_hide_that_an_entry_of_its_library_could_not_be_read);
  RUN(test_simulations_of_a_library_merge_by_their_model_and_damaged_ones_are_refused);
  unlink(path);
  cuxas_background_free(background);
  cuxas_model_free(model);
  return CHECK_REPORT();
}
