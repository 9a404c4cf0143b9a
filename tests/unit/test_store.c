/* test_store.c - libraries and caches of predictions: what was put in comes out, and a library that changes is told */
#define _DEFAULT_SOURCE /* mkstemps */
#include "base/hash.h"
#include "base/memory.h"
#include "check.h"
#include "match/significance.h"
#include "match/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODEL "refdb/models/cu-l23.cuxas"
#define BACKGROUND "refdb/models/cu-l23.background"

static cuxas_model      *model;
static cuxas_background *background;
static char              path[] = "/tmp/cuxas-test-store-XXXXXX.cuxaslib";

/* Spectrum i of the background under the name "one-<i>". */
static void add(cuxas_archive *archive, size_t i)
{
  static char     CONTENT[] = "Cu\n1.0\n3 0 0\n0 3 0\n0 0 3\nCu\n1\nDirect\n0 0 0\n";
  const size_t    n         = model->grid.n_energy;
  cuxas_known     known     = {.prediction   = cuxas_new(NULL, 1, sizeof *known.prediction),
                               .n_distinct   = 2,
                               .surroundings = {.is_known = true, .state = {0.0, 1.0, 0.0}, .distance_A = 1.9}};
  char            name[32], sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_candidate candidate = {.label = name, .name = name, .content = CONTENT, .n_content = strlen(CONTENT)};
  candidate.path            = name;
  snprintf(name, sizeof name, "one-%zu", i);
  cuxas_hash_memory(name, strlen(name), sha256);
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

static void test_what_simulations_make_of_a_structure_is_kept_for_their_files_alone(void)
{
  if (background == NULL) SKIP("no model with its background");
  const size_t           n     = model->grid.n_energy;
  const double          *mu    = background->mu[CUXAS_CHANNEL_NO_HOLE];
  cuxas_store           *store = NULL;
  cuxas_known_simulation known = {
      .is_known = true, .formula = "Cu2O", .code = "code 1", .n_absorber = 4, .n_distinct = 1};
  cuxas_known_simulation none = {.is_known = false}, found;
  cuxas_warn(&known.warnings, "disordered: 1 of its 2 arrangements");
  known.curve.mu[CUXAS_CHANNEL_NO_HOLE] = cuxas_copy(NULL, mu, n, sizeof(double));
  unlink(path);
  CHECK_STATUS(cuxas_store_open(model, &store, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_store_add_cache(store, path, (size_t)1 << 30, NULL), CUXAS_OK);
  cuxas_store_keep_simulated(store, "structure", "files", &known);
  cuxas_store_keep_simulated(store, "another", "files", &none);
  cuxas_store_close(store);
  CHECK_STATUS(cuxas_store_open(model, &store, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_store_add_cache(store, path, (size_t)1 << 30, NULL), CUXAS_OK);
  CHECK(!cuxas_store_find_simulated(store, "structure", "other files", &found));
  CHECK(cuxas_store_find_simulated(store, "another", "files", &found) && !found.is_known);
  CHECK(cuxas_store_find_simulated(store, "structure", "files", &found) && found.is_known);
  CHECK_TEXT(found.formula, "Cu2O");
  CHECK_TEXT(found.code, "code 1");
  CHECK(found.n_absorber == 4 && found.n_distinct == 1 && found.warnings.n_warning == 1);
  CHECK(memcmp(found.curve.mu[CUXAS_CHANNEL_NO_HOLE], mu, n * sizeof *mu) == 0);
  CHECK(found.curve.mu[CUXAS_CHANNEL_SCREENED_HOLE] == NULL && found.curve.is_prediction && !found.curve.is_by_model);
  cuxas_candidate_curve_clear(&found.curve);
  cuxas_store_close(store);
}

int main(void)
{
  cuxas_error err  = {0};
  const int   file = mkstemps(path, 9);
  if (file >= 0) close(file);
  if (cuxas_model_read(MODEL, &model, &err) == CUXAS_OK) cuxas_background_read(BACKGROUND, model, &background, &err);
  RUN(test_what_a_library_was_given_comes_out);
  RUN(test_a_library_that_changes_while_it_is_read_is_told);
  RUN(test_what_simulations_make_of_a_structure_is_kept_for_their_files_alone);
  unlink(path);
  cuxas_background_free(background);
  cuxas_model_free(model);
  return CHECK_REPORT();
}
