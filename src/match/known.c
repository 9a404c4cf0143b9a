/* known.c - what is known before a measurement is: predictions and simulations of structures, found again in libraries and in the
 * cache; and what a session stands on beside model and candidates
 *
 * Contents: 1. a prediction, and as text  2. the store of a match  3. simulations  4. companions: measured spectra, the background, files of
 * simulations; what is found where */
#include "base/elements.h"
#include "base/memory.h"
#include "match/hits.h"
#include "match/session.h"
#include "match/query.h"
#include "base/hash.h"
#include "cuxas/output.h"
#include "match/significance.h"
#include "base/text.h"
#include "crystal/database.h"
#include "cuxas/predict.h"
#include "match/store.h"

#include <cblas.h>
#include <unistd.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ==== 1. a prediction ==== */

/* What is around copper in one arrangement, of the sites that were predicted. */
static cuxas_status surroundings_of(const cuxas_crystal *crystal, const cuxas_prediction *prediction,
                                    cuxas_site_surroundings *ret_surroundings, cuxas_error *err)
{
  cuxas_status status       = CUXAS_ENOMEM;
  size_t      *multiplicity = NULL;
  size_t      *site         = cuxas_new(err, prediction->n_site, sizeof *site);
  if (site == NULL || (multiplicity = cuxas_new(err, prediction->n_site, sizeof *multiplicity)) == NULL) goto done;
  for (size_t i = 0; i < prediction->n_site; i++) {
    site[i]         = prediction->site[i].site_index;
    multiplicity[i] = prediction->site[i].multiplicity;
  }
  status = cuxas_surroundings_find(crystal, site, multiplicity, prediction->n_site, ret_surroundings, err);
done:
  free(multiplicity);
  free(site);
  return status;
}

static void add_parts(double *sum, const double *part, size_t n, double weight)
{
  for (size_t i = 0; i < n; i++) sum[i] += weight * part[i];
}

/* The same of a crystal: the mean over its arrangements; not known where one of them is not. */
static cuxas_status find_surroundings(const cuxas_crystal *crystal, cuxas_known *known, cuxas_error *err)
{
  const cuxas_prediction  *prediction = known->prediction;
  cuxas_site_surroundings *mean       = &known->surroundings;
  cuxas_status             status     = CUXAS_OK;
  size_t                   n          = 0;
  if (crystal->next == NULL) return surroundings_of(crystal, prediction, mean, err);
  for (const cuxas_crystal *one = crystal; one != NULL; one = one->next) n++;
  *mean = (cuxas_site_surroundings){.is_known = true};
  for (; crystal != NULL && prediction != NULL; crystal = crystal->next, prediction = prediction->next) {
    cuxas_site_surroundings part;
    if ((status = surroundings_of(crystal, prediction, &part, err)) != CUXAS_OK) return status;
    mean->is_known = mean->is_known && part.is_known;
    add_parts(mean->state, part.state, CUXAS_N_STATE, 1.0 / (double)n);
    add_parts(mean->coordination, part.coordination, CUXAS_MAX_COORDINATION + 1, 1.0 / (double)n);
    add_parts(mean->ligand, part.ligand, CUXAS_N_LIGANDS, 1.0 / (double)n);
    mean->distance_A += part.distance_A / (double)n;
  }
  if (!mean->is_known) *mean = (cuxas_site_surroundings){0};
  return CUXAS_OK;
}

cuxas_status cuxas_known_predict(const cuxas_model *model, const cuxas_crystal *crystal, cuxas_known *ret_known,
                                 cuxas_error *err)
{
  *ret_known          = (cuxas_known){.warnings = crystal->warnings};
  cuxas_status status = cuxas_predict_crystal(model, crystal, &ret_known->prediction, err);
  if (status != CUXAS_OK) return status;
  cuxas_prediction *prediction = ret_known->prediction;
  ret_known->n_distinct        = prediction->n_site;
  for (size_t i = 0; i < crystal->n_site; i++) ret_known->elements.has[crystal->atomic_number[i]] = true;
  for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++)
    for (size_t i = 0; prediction->mu[channel] != NULL && i < prediction->grid.n_energy; i++)
      prediction->mu[channel][i] = (double)(float)prediction->mu[channel][i];
  return find_surroundings(crystal, ret_known, err);
}

void cuxas_known_move_surroundings(cuxas_site_surroundings *of, double number[CUXAS_N_SURROUNDINGS], bool to_row)
{
  const struct {
    double *at;
    size_t  n;
  } part[] = {{of->state, CUXAS_N_STATE},
              {of->coordination, CUXAS_MAX_COORDINATION + 1},
              {of->ligand, CUXAS_N_LIGANDS},
              {&of->distance_A, 1}};
  if (to_row)
    number[0] = of->is_known ? 1.0 : 0.0;
  else
    of->is_known = number[0] != 0.0;
  for (size_t i = 0, n = 1; i < sizeof part / sizeof *part; n += part[i++].n)
    memcpy(to_row ? number + n : part[i].at, to_row ? part[i].at : number + n, part[i].n * sizeof(double));
}

void cuxas_known_clear(cuxas_known *known)
{
  cuxas_prediction_free(known->prediction);
  *known = (cuxas_known){0};
}

/* ---- what a row of a library has as text ---- */

/* "no-hole,screened-hole" */
void cuxas_row_list_channels(const bool has[CUXAS_N_CHANNEL], char ret_text[CUXAS_ROW_CHANNELS_SIZE])
{
  size_t n    = 0;
  ret_text[0] = '\0';
  for (int i = 0; i < CUXAS_N_CHANNEL; i++)
    if (has[i])
      n += (size_t)snprintf(ret_text + n, CUXAS_ROW_CHANNELS_SIZE - n, "%s%s", n > 0 ? "," : "",
                            cuxas_channel_name((cuxas_channel)i));
}

void cuxas_row_find_channels(const char *text, bool ret_has[CUXAS_N_CHANNEL])
{
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) {
    const char  *name = cuxas_channel_name((cuxas_channel)i), *at = text;
    const size_t n = strlen(name);
    while (*at != '\0' && (strncmp(at, name, n) != 0 || (at[n] != ',' && at[n] != '\0')))
      at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',');
    ret_has[i] = *at != '\0';
  }
}

/* "Cu O" */
void cuxas_row_write_elements(const cuxas_element_set *set, char *ret_text, size_t n_byte)
{
  ret_text[0] = '\0';
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++) {
    const size_t n = strlen(ret_text);
    if (set->has[z]) snprintf(ret_text + n, n_byte - n, "%s%s", n > 0 ? " " : "", cuxas_element_find(z)->symbol);
  }
}

void cuxas_row_split_warnings(const char *line, cuxas_warnings *ret_warnings)
{
  while (*line != '\0') {
    const size_t n = strcspn(line, "\n");
    cuxas_warn(ret_warnings, "%.*s", (int)n, line);
    line += n + (line[n] == '\n');
  }
}

void cuxas_row_join_warnings(const cuxas_warnings *warnings, char ret_text[CUXAS_ROW_WARNINGS_SIZE])
{
  size_t n    = 0;
  ret_text[0] = '\0';
  for (size_t i = 0; i < warnings->n_warning; i++)
    n += (size_t)snprintf(ret_text + n, CUXAS_ROW_WARNINGS_SIZE - n, "%s%s", i > 0 ? "\n" : "", warnings->text[i]);
}

/* ==== 2. the store of a match ==== */

enum { MAX_KEPT = 512 }; /* predictions that wait for the cache */

typedef struct {
  char          *path;
  cuxas_archive *archive;
  struct stat    about; /* when it was opened */
} part;

typedef struct {
  char        sha256[CUXAS_SHA256_HEX_SIZE];
  cuxas_known known;
} kept;

typedef struct {
  char       sha256[CUXAS_SHA256_HEX_SIZE], source[CUXAS_SHA256_HEX_SIZE], code[CUXAS_RECORD_CODE_SIZE];
  cuxas_slot slot;
} kept_simulation;

struct cuxas_store {
  const cuxas_model *model;
  size_t             n_part;
  part              *part; /* (n_part) libraries */
  char              *cache_path;
  cuxas_archive     *cache; /* NULL: none, or none that can be written */
  size_t             max_byte;
  size_t             n_kept;
  kept               kept[MAX_KEPT];
  size_t             n_simulated;
  kept_simulation    simulated[MAX_KEPT];
  cuxas_error        fault; /* the first entry of a library that could not be read */
};

bool cuxas_archive_recognises(const char *path)
{
  static const char SQL_ASK[] = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'predictions'";
  sqlite3          *db        = NULL;
  sqlite3_stmt     *ask       = NULL;
  bool              is_it     = false;
  if (!cuxas_database_recognises(path)) return false;
  if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
      sqlite3_prepare_v2(db, SQL_ASK, -1, &ask, NULL) == SQLITE_OK)
    is_it = sqlite3_step(ask) == SQLITE_ROW;
  sqlite3_finalize(ask);
  sqlite3_close(db);
  return is_it;
}

cuxas_status cuxas_store_open(const cuxas_model *model, cuxas_store **ret_store, cuxas_error *err)
{
  *ret_store = cuxas_new(err, 1, sizeof **ret_store);
  if (*ret_store == NULL) return CUXAS_ENOMEM;
  (*ret_store)->model = model;
  return CUXAS_OK;
}

static bool has_part(const cuxas_store *store, const char *path)
{
  for (size_t i = 0; i < store->n_part; i++)
    if (strcmp(store->part[i].path, path) == 0) return true;
  return false;
}

static cuxas_status add_part(cuxas_store *store, const char *path, cuxas_error *err)
{
  part *grown = cuxas_grow(err, store->part, store->n_part + 1, sizeof *grown);
  if (grown == NULL) return CUXAS_ENOMEM;
  store->part         = grown;
  part *added         = &store->part[store->n_part];
  *added              = (part){0};
  cuxas_status status = cuxas_archive_open(path, CUXAS_ARCHIVE_READ, store->model, &added->archive, err);
  if (status == CUXAS_OK && stat(path, &added->about) != 0)
    status = cuxas_fail(err, CUXAS_EIO, "%s: changed while it was read", path);
  if (status == CUXAS_OK && (added->path = cuxas_copy_text(err, path)) == NULL) status = CUXAS_ENOMEM;
  if (status == CUXAS_OK)
    store->n_part++;
  else
    cuxas_archive_close(added->archive);
  return status;
}

/* Candidates of one file mostly stand together, so that few of them are looked at. */
cuxas_status cuxas_store_add_libraries(cuxas_store *store, const cuxas_catalog *catalog, cuxas_error *err)
{
  cuxas_status status   = CUXAS_OK;
  const char  *before   = "";
  size_t       n_before = 0;
  for (size_t i = 0; i < catalog->n_candidate && status == CUXAS_OK; i++) {
    const cuxas_candidate *candidate = &catalog->candidate[i];
    const size_t           n         = candidate->n_file;
    if (candidate->path[n] != '#' || candidate->sha256[0] == '\0') continue;
    if (n == n_before && memcmp(before, candidate->path, n) == 0) continue;
    before     = candidate->path;
    n_before   = n;
    char *path = cuxas_print_text(err, "%.*s", (int)n, candidate->path);
    if (path == NULL) return CUXAS_ENOMEM;
    if (!has_part(store, path) && cuxas_archive_recognises(path)) status = add_part(store, path, err);
    free(path);
  }
  return status;
}

/* A file of the cache, in a folder that is made where there is none. One for each of BLAS's kernels, which add up in orders of
 * their own: what another kind of processor on the same home computed differs in the last digits. */
static cuxas_status find_cached(const char *folder, const char *name, const char *suffix, char **ret_path,
                                cuxas_error *err)
{
  char        *full   = cuxas_print_text(err, "%s-%s", name, openblas_get_corename());
  cuxas_status status = full != NULL ? cuxas_make_folder(folder, err) : CUXAS_ENOMEM;
  *ret_path           = status == CUXAS_OK ? cuxas_path_join(folder, full, suffix) : NULL;
  if (status == CUXAS_OK && *ret_path == NULL) status = cuxas_no_memory(err);
  free(full);
  return status;
}

/* 3: what versions before 0.3.0 kept was added up in other orders. */
cuxas_status cuxas_store_add_cache(cuxas_store *store, const char *folder, size_t max_byte, cuxas_error *err)
{
  const cuxas_status status = find_cached(folder, "predictions-3", "cuxaslib", &store->cache_path, err);
  store->max_byte           = max_byte;
  return status == CUXAS_OK
             ? cuxas_archive_open(store->cache_path, CUXAS_ARCHIVE_CACHE, store->model, &store->cache, err)
             : status;
}

/* Under the locks of whoever else has it open, so that no journal of a file that is gone meets the new one. */
static bool empty_cache(const char *path)
{
  enum { WAIT_MS = 20000 };
  sqlite3 *db       = NULL;
  bool     is_empty = false;
  if (!cuxas_database_recognises(path)) return false; /* whatever it is, it was not ours */
  if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
      sqlite3_busy_timeout(db, WAIT_MS) == SQLITE_OK &&
      sqlite3_db_config(db, SQLITE_DBCONFIG_RESET_DATABASE, 1, NULL) == SQLITE_OK)
    is_empty = sqlite3_exec(db, "VACUUM", NULL, NULL, NULL) == SQLITE_OK;
  sqlite3_close(db);
  return is_empty;
}

cuxas_status cuxas_store_renew_cache(cuxas_store *store, cuxas_error *err)
{
  if (!empty_cache(store->cache_path))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: cannot be emptied", store->cache_path);
  return cuxas_archive_open(store->cache_path, CUXAS_ARCHIVE_CACHE, store->model, &store->cache, err);
}

/* What cannot be read of a library is found anew or not at all, which the match must not hide. */
static void note_fault(cuxas_store *store, const cuxas_error *fault)
{
  if (store->fault.status == CUXAS_OK) store->fault = *fault;
}

bool cuxas_store_find(cuxas_store *store, const char *sha256, cuxas_known *ret_known)
{
  cuxas_error fault;
  bool        is_there = false;
#pragma omp critical(cuxas_store)
  {
    for (size_t i = 0; i < store->n_part && !is_there; i++)
      if (cuxas_archive_find(store->part[i].archive, sha256, ret_known, &is_there, &fault) != CUXAS_OK)
        note_fault(store, &fault);
    if (!is_there && store->cache != NULL) cuxas_archive_find(store->cache, sha256, ret_known, &is_there, NULL);
  }
  return is_there;
}

static void forget_kept(cuxas_store *store)
{
  for (size_t i = 0; i < store->n_kept; i++) cuxas_known_clear(&store->kept[i].known);
  store->n_kept = 0;
  for (size_t i = 0; i < store->n_simulated; i++) cuxas_slot_clear(&store->simulated[i].slot);
  store->n_simulated = 0;
}

/* A cache that is too large loses its older half; the pages are used again. */
static bool make_room(const cuxas_store *store)
{
  struct stat about;
  if (stat(store->cache_path, &about) != 0 || (size_t)about.st_size < store->max_byte) return true;
  return cuxas_archive_halve(store->cache, NULL) == CUXAS_OK;
}

/* All or none; a cache that cannot be written is not asked again, and one that turns out to be damaged begins anew the next time. */
static void write_cache(cuxas_store *store)
{
  if (store->cache == NULL || (store->n_kept == 0 && store->n_simulated == 0)) return;
  cuxas_status status = make_room(store) ? cuxas_archive_begin(store->cache, NULL) : CUXAS_EIO;
  for (size_t i = 0; i < store->n_kept && status == CUXAS_OK; i++)
    status = cuxas_archive_add(store->cache, store->kept[i].sha256, &store->kept[i].known, NULL);
  for (size_t i = 0; i < store->n_simulated && status == CUXAS_OK; i++) {
    const kept_simulation *of = &store->simulated[i];
    status = cuxas_archive_add_simulated(store->cache, of->sha256, of->source, &of->slot, of->code, NULL);
  }
  if (status == CUXAS_OK) status = cuxas_archive_commit(store->cache, NULL);
  if (status != CUXAS_OK) {
    cuxas_archive_close(store->cache);
    store->cache = NULL;
    if (status == CUXAS_EFORMAT) empty_cache(store->cache_path);
  }
  forget_kept(store);
}

/* Only what an archive holds of it. */
static bool copy_known(const cuxas_known *known, cuxas_known *ret_copy)
{
  const cuxas_prediction *from = known->prediction;
  *ret_copy                    = *known;
  ret_copy->prediction         = cuxas_new(NULL, 1, sizeof *from);
  if (ret_copy->prediction == NULL) return false;
  cuxas_prediction *to = ret_copy->prediction;
  memcpy(to->formula, from->formula, sizeof to->formula);
  to->n_absorber     = from->n_absorber;
  to->grid           = from->grid;
  to->domain         = from->domain;
  to->symmetry_found = from->symmetry_found;
  for (int i = 0; i < CUXAS_N_CHANNEL; i++)
    if (from->mu[i] != NULL && (to->mu[i] = cuxas_copy(NULL, from->mu[i], from->grid.n_energy, sizeof(double))) == NULL)
      return false;
  return true;
}

void cuxas_store_keep(cuxas_store *store, const char *sha256, const cuxas_known *known)
{
  if (store->cache == NULL) return;
#pragma omp critical(cuxas_store)
  {
    kept *added = &store->kept[store->n_kept];
    memcpy(added->sha256, sha256, sizeof added->sha256);
    if (copy_known(known, &added->known))
      store->n_kept++;
    else
      cuxas_known_clear(&added->known);
    if (store->n_kept == MAX_KEPT) write_cache(store);
  }
}

cuxas_status cuxas_store_check(const cuxas_store *store, cuxas_error *err)
{
  struct stat now;
  if (store->fault.status != CUXAS_OK)
    return cuxas_fail(err, store->fault.status, "%s%s", store->fault.message,
                      store->fault.status == CUXAS_EFORMAT ? ": cuxas-refdb library check says more, build it anew"
                                                           : "");
  for (size_t i = 0; i < store->n_part; i++) {
    const struct stat *then = &store->part[i].about;
    const char        *path = store->part[i].path;
    if (stat(path, &now) != 0 || now.st_ino != then->st_ino || now.st_size != then->st_size ||
        now.st_mtim.tv_sec != then->st_mtim.tv_sec || now.st_mtim.tv_nsec != then->st_mtim.tv_nsec)
      return cuxas_fail(err, CUXAS_EIO, "%s: changed while it was read: run the match again", path);
  }
  return CUXAS_OK;
}

void cuxas_store_close(cuxas_store *store)
{
  if (store == NULL) return;
  write_cache(store);
  forget_kept(store);
  cuxas_archive_close(store->cache);
  for (size_t i = 0; i < store->n_part; i++) {
    cuxas_archive_close(store->part[i].archive);
    free(store->part[i].path);
  }
  free(store->cache_path);
  free(store->part);
  free(store);
}

/* ==== 3. simulations ==== */

bool cuxas_store_find_simulated(cuxas_store *store, const char *sha256, const char *opt_source, cuxas_slot *slot,
                                char ret_code[CUXAS_RECORD_CODE_SIZE])
{
  cuxas_error fault;
  bool        is_there = false;
#pragma omp critical(cuxas_store)
  {
    for (size_t i = 0; opt_source == NULL && i < store->n_part && !is_there; i++)
      if (cuxas_archive_find_simulated(store->part[i].archive, sha256, CUXAS_ARCHIVE_OWN, slot, ret_code, &is_there,
                                       &fault) != CUXAS_OK)
        note_fault(store, &fault);
    if (opt_source != NULL && store->cache != NULL)
      cuxas_archive_find_simulated(store->cache, sha256, opt_source, slot, ret_code, &is_there, NULL);
  }
  return is_there;
}

void cuxas_store_keep_simulated(cuxas_store *store, const char *sha256, const char *source, const cuxas_slot *slot,
                                const char *code)
{
  if (store->cache == NULL) return;
#pragma omp critical(cuxas_store)
  {
    kept_simulation *added = &store->simulated[store->n_simulated];
    *added                 = (kept_simulation){.sha256 = ""};
    snprintf(added->sha256, sizeof added->sha256, "%s", sha256);
    snprintf(added->source, sizeof added->source, "%s", source);
    snprintf(added->code, sizeof added->code, "%s", code);
    cuxas_slot_copy(slot, &added->slot);
    if (added->slot.out_of_memory)
      cuxas_slot_clear(&added->slot);
    else
      store->n_simulated++;
    if (store->n_simulated == MAX_KEPT) write_cache(store);
  }
}

/* ==== 4. companions ==== */

static cuxas_status list_standards(const char *data_folder, cuxas_catalog **ret_standards, cuxas_error *err)
{
  char             *folder = cuxas_path_join(data_folder, "spectra", NULL);
  const char *const path[] = {folder};
  if (folder == NULL) return cuxas_no_memory(err);
  cuxas_status status = cuxas_catalog_list(path, 1, false, ret_standards, err);
  if (status == CUXAS_OK) status = cuxas_catalog_relabel(*ret_standards, data_folder, CUXAS_BUNDLED_PREFIX, err);
  free(folder);
  return status;
}

static cuxas_status open_bundled_standards(const cuxas_companion_source *from, cuxas_catalog **ret_standards,
                                           cuxas_error *err)
{
  cuxas_error  reason = {0};
  cuxas_status status =
      from->opt_folder != NULL
          ? list_standards(from->opt_folder, ret_standards, &reason)
          : cuxas_fail(&reason, CUXAS_EIO, "spectra: no folder of bundled data was found (--data DIR or $CUXAS_DATA)");
  if (status == CUXAS_ENOMEM) return cuxas_no_memory(err);
  if (status == CUXAS_OK || !from->needs_standards) return CUXAS_OK; /* where none are installed, none have a say */
  return cuxas_fail(err, status, CUXAS_BUNDLED_PREFIX "%s", reason.message);
}

static cuxas_status open_background(const cuxas_model *model, const cuxas_match_settings *settings,
                                    const cuxas_companion_source *from, const cuxas_watch *opt_watch,
                                    cuxas_background **ret_background, cuxas_error *err)
{
  const bool   has_folder = from->opt_folder != NULL;
  char        *candidates = NULL, *bundled = NULL;
  cuxas_status status = CUXAS_OK;
  if (from->opt_background != NULL) return cuxas_background_read(from->opt_background, model, ret_background, err);
  if (!has_folder && from->opt_model_path == NULL) return CUXAS_OK;
  if (has_folder) {
    candidates = cuxas_path_join(from->opt_folder, "candidates", NULL);
    bundled    = cuxas_path_join(from->opt_folder, "models/cu-l23", "cuxas");
    if (candidates == NULL || bundled == NULL) status = cuxas_no_memory(err);
  }
  const cuxas_background_place place = {from->opt_model_path != NULL ? from->opt_model_path : bundled, candidates};
  if (status == CUXAS_OK)
    status = cuxas_background_find(&place, model, settings->n_thread, opt_watch, ret_background, err);
  free(bundled);
  free(candidates);
  return status;
}

#define MAX_KEPT_BYTE ((off_t)64 << 20) /* more simulations are not read again */

/* A file for every theory; one that cannot be had is none. */
static cuxas_status keep_in_cache(const cuxas_model *model, const char *cache, cuxas_simulations *simulations,
                                  cuxas_error *err)
{
  char         edges[CUXAS_SIMULATIONS_NAME_SIZE], sha256[CUXAS_SHA256_HEX_SIZE];
  const char  *code = cuxas_simulations_code(simulations);
  char        *folder, *name = NULL, *path = NULL;
  cuxas_error  reason = {0};
  cuxas_status status = CUXAS_ENOMEM;
  struct stat  about;
  cuxas_simulations_name(model, edges); /* simulations/Cu-L3-L2.jsonl.gz */
  char *stem = strchr(edges, '/');
  *stem++    = '\0';
  cuxas_hash_memory(code, strlen(code), sha256);
  if ((folder = cuxas_path_join(cache, edges, NULL)) != NULL &&
      (name = cuxas_print_text(&reason, "%.*s-%.12s", (int)strcspn(stem, "."), stem, sha256)) != NULL)
    status = find_cached(folder, name, "jsonl", &path, &reason);
  if (status == CUXAS_OK && (stat(path, &about) != 0 || about.st_size <= MAX_KEPT_BYTE))
    status = cuxas_simulations_keep(simulations, path, &reason);
  free(folder);
  free(name);
  free(path);
  return status == CUXAS_ENOMEM ? cuxas_no_memory(err) : CUXAS_OK;
}

static cuxas_status open_simulations(const cuxas_model *model, const cuxas_match_settings *settings,
                                     const cuxas_companion_source *from, cuxas_simulations **ret_simulations,
                                     cuxas_error *err)
{
  char         name[CUXAS_SIMULATIONS_NAME_SIZE];
  char        *path   = NULL;
  cuxas_status status = CUXAS_OK;
  if (settings->n_simulate == 0) return CUXAS_OK;
  status = cuxas_simulations_for(model, cuxas_compare_mixes(&settings->compare), ret_simulations, err);
  if (status != CUXAS_OK || from->knows_none) return status;
  if (from->opt_simulations != NULL && !from->only_reads)
    status = cuxas_simulations_keep(*ret_simulations, from->opt_simulations, err);
  else if (from->opt_simulations != NULL && access(from->opt_simulations, F_OK) == 0)
    status = cuxas_simulations_read(*ret_simulations, from->opt_simulations, err);
  else if (from->opt_cache != NULL)
    status = keep_in_cache(model, from->opt_cache, *ret_simulations, err);
  if (status != CUXAS_OK || from->opt_folder == NULL) return status;
  cuxas_simulations_name(model, name);
  if ((path = cuxas_path_join(from->opt_folder, name, NULL)) == NULL) return cuxas_no_memory(err);
  if (access(path, F_OK) == 0) status = cuxas_simulations_note(*ret_simulations, path, err);
  free(path);
  return status;
}

cuxas_status cuxas_companions_open(const cuxas_model *model, const cuxas_match_settings *settings,
                                   const cuxas_companion_source *from, const cuxas_watch *opt_watch,
                                   cuxas_companions *ret_companions, cuxas_error *err)
{
  cuxas_status status = CUXAS_OK;
  *ret_companions     = (cuxas_companions){0};
  if (from->with & CUXAS_WITH_STANDARDS) status = open_bundled_standards(from, &ret_companions->standards, err);
  if (status == CUXAS_OK && from->with & CUXAS_WITH_BACKGROUND)
    status = open_background(model, settings, from, opt_watch, &ret_companions->background, err);
  if (status == CUXAS_OK && from->with & CUXAS_WITH_SIMULATIONS)
    status = open_simulations(model, settings, from, &ret_companions->simulations, err);
  return status;
}

void cuxas_companions_clear(cuxas_companions *companions)
{
  cuxas_catalog_free(companions->standards);
  cuxas_background_free(companions->background);
  cuxas_simulations_free(companions->simulations);
  *companions = (cuxas_companions){0};
}

/* The energy axis of a session. Compares a scan, which is taken over, with its compound's spectrum. */
static cuxas_status compare_with(cuxas_measurement *scan, const char *path, const char *spectrum,
                                 const cuxas_model *model, const cuxas_match_settings *settings,
                                 cuxas_comparison *ret_found, cuxas_error *err)
{
  cuxas_match_settings alone   = *settings;
  cuxas_session       *session = NULL;
  cuxas_result        *result  = NULL;
  alone.n_mixture = alone.n_simulate = 0;
  cuxas_status status                = cuxas_session_new(model, &spectrum, 1, &alone, &session, err);
  if (status == CUXAS_OK) status = cuxas_session_identify_measurement(session, path, scan, &result, err);
  if (status == CUXAS_OK && (result->hits->n_hit != 1 || result->hits->hit[0].kind != CUXAS_CANDIDATE_SPECTRUM))
    status = cuxas_fail(err, CUXAS_ERANGE, "%s: no measured spectrum that could be compared", spectrum);
  if (status == CUXAS_OK) *ret_found = result->hits->hit[0].comparison;
  cuxas_result_free(result);
  cuxas_session_free(session);
  return status;
}

cuxas_status cuxas_axis_calibrate(const cuxas_model *model, const cuxas_match_settings *settings, const char *scan,
                                  const char *spectrum, double *ret_shift_eV, cuxas_error *err)
{
  const cuxas_measured_options how         = {.near_eV = CUXAS_MEASUREMENT_NEAR_EV};
  cuxas_measurement            measurement = {.sha256 = ""};
  cuxas_comparison             found;
  cuxas_status                 status = cuxas_measurement_read(scan, &how, &measurement, err);
  if (status == CUXAS_OK) status = compare_with(&measurement, scan, spectrum, model, settings, &found, err);
  cuxas_measurement_clear(&measurement);
  if (status != CUXAS_OK) return status;
  if (!cuxas_answer_agrees(found.score) || found.shift_at_limit) {
    char *compound = cuxas_path_stem(spectrum);
    status = cuxas_fail(err, CUXAS_ERANGE, "calibration: %s does not look like %s (MAE %.3f, shift %+.2f eV)", scan,
                        compound != NULL ? compound : spectrum, found.mae, found.shift_eV);
    free(compound);
    return status;
  }
  *ret_shift_eV = -found.shift_eV;
  return CUXAS_OK;
}
