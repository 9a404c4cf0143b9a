/* store.c - one file of predictions that are known already: a library, or the cache
 *
 * Contents: 1. surroundings as numbers  2. opening  3. rows  4. adding  5. merging and checking  6. simulations */
#include "match/store.h"
#include "base/elements.h"
#include "base/gzip.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "crystal/database.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FORMAT "cuxas-library/1"

/* ==== 1. surroundings as numbers ==== */

enum { N_SURROUNDINGS = 2 + CUXAS_N_STATE + CUXAS_MAX_COORDINATION + 1 + CUXAS_N_LIGANDS };

/* As numbers in a row: known, states, coordination, ligands, distance. */
static void pack_surroundings(const cuxas_site_surroundings *of, double ret_number[N_SURROUNDINGS])
{
  size_t n        = 0;
  ret_number[n++] = of->is_known ? 1.0 : 0.0;
  for (size_t i = 0; i < CUXAS_N_STATE; i++) ret_number[n++] = of->state[i];
  for (size_t i = 0; i <= CUXAS_MAX_COORDINATION; i++) ret_number[n++] = of->coordination[i];
  for (size_t i = 0; i < CUXAS_N_LIGANDS; i++) ret_number[n++] = of->ligand[i];
  ret_number[n] = of->distance_A;
}

static void unpack_surroundings(const double number[N_SURROUNDINGS], cuxas_site_surroundings *ret_of)
{
  size_t n         = 0;
  ret_of->is_known = number[n++] != 0.0;
  for (size_t i = 0; i < CUXAS_N_STATE; i++) ret_of->state[i] = number[n++];
  for (size_t i = 0; i <= CUXAS_MAX_COORDINATION; i++) ret_of->coordination[i] = number[n++];
  for (size_t i = 0; i < CUXAS_N_LIGANDS; i++) ret_of->ligand[i] = number[n++];
  ret_of->distance_A = number[n];
}

/* ==== 2. opening ==== */

enum { SELECT, INSERT, STRUCTURE, NAMED, TELL, SAY, SIMULATED, ADD_SIMULATED, N_STATEMENT };

struct cuxas_archive {
  char              *path;
  sqlite3           *db;
  const cuxas_model *model; /* NULL: of any */
  sqlite3_int64      model_id;
  size_t             n_channel, n_byte; /* of spectra */
  bool               is_open;           /* within a transaction */
  char               told[64];
  sqlite3_stmt      *statement[N_STATEMENT];
};

static const char SCHEMA[] =
    "CREATE TABLE IF NOT EXISTS structures (name TEXT PRIMARY KEY, format TEXT, content BLOB NOT NULL, source TEXT, "
    "sha256 TEXT);"
    "CREATE TABLE IF NOT EXISTS models (id INTEGER PRIMARY KEY, sha256 TEXT UNIQUE, name TEXT, element TEXT, "
    "start_eV REAL, step_eV REAL, n_energy INTEGER, channels TEXT);"
    "CREATE TABLE IF NOT EXISTS predictions (sha256 TEXT, model INTEGER, formula TEXT, elements TEXT, "
    "n_absorber INTEGER, n_distinct INTEGER, distance REAL, outside INTEGER, symmetry INTEGER, warnings TEXT, "
    "surroundings BLOB, spectra BLOB, PRIMARY KEY (sha256, model));"
    "CREATE TABLE IF NOT EXISTS simulations (sha256 TEXT, source TEXT, model INTEGER, formula TEXT, code TEXT, "
    "n_absorber INTEGER, n_distinct INTEGER, warnings TEXT, channels TEXT, spectra BLOB, "
    "PRIMARY KEY (sha256, source, model));"
    "CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT);"
    "INSERT OR IGNORE INTO about VALUES ('format', '" FORMAT "'), ('state', 'unfinished');";

static const char *const SQL[N_STATEMENT] = {
    [SELECT] = "SELECT formula, elements, n_absorber, n_distinct, distance, outside, symmetry, warnings, surroundings, "
               "spectra "
               "FROM predictions WHERE sha256 = ?1 AND model = ?2",
    [INSERT] = "INSERT OR IGNORE INTO predictions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [STRUCTURE] = "INSERT INTO structures VALUES (?1, ?2, ?3, ?4, ?5)",
    [NAMED]     = "SELECT sha256 FROM structures WHERE name = ?1",
    [TELL]      = "SELECT value FROM about WHERE key = ?1",
    [SAY]       = "INSERT OR REPLACE INTO about VALUES (?1, ?2)",
    [SIMULATED] = ("SELECT formula, code, n_absorber, n_distinct, warnings, channels, spectra FROM simulations WHERE "
                   "sha256 = ?1 AND source = ?2 AND model = ?3"),
    [ADD_SIMULATED] = "INSERT OR IGNORE INTO simulations VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
};

static cuxas_status fail(const cuxas_archive *archive, cuxas_error *err)
{
  const int code = archive->db != NULL ? sqlite3_errcode(archive->db) : SQLITE_NOMEM;
  if (code == SQLITE_NOMEM) return cuxas_fail_at(err, cuxas_no_memory(err), archive->path);
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: damaged, or no library of predictions: %s", archive->path,
                      sqlite3_errmsg(archive->db));
  if (code == SQLITE_READONLY)
    return cuxas_fail(err, CUXAS_EIO, "%s: cannot be written: the file or its folder is read-only", archive->path);
  return cuxas_fail(err, CUXAS_EIO, "%s: %s", archive->path, sqlite3_errmsg(archive->db));
}

static cuxas_status run(cuxas_archive *archive, const char *sql, cuxas_error *err)
{
  return sqlite3_exec(archive->db, sql, NULL, NULL, NULL) == SQLITE_OK ? CUXAS_OK : fail(archive, err);
}

static void list_channels(const cuxas_model *model, char *ret_text, size_t n_byte, size_t *ret_n)
{
  *ret_n      = 0;
  ret_text[0] = '\0';
  for (int i = 0; i < CUXAS_N_CHANNEL; i++) {
    if (!cuxas_model_has_channel(model, (cuxas_channel)i)) continue;
    const size_t n = strlen(ret_text);
    snprintf(ret_text + n, n_byte - n, "%s%s", *ret_n > 0 ? "," : "", cuxas_channel_name((cuxas_channel)i));
    (*ret_n)++;
  }
}

/* The model's own row: it must say the same grid and channels; without one, 0. */
static cuxas_status find_model(cuxas_archive *archive, const char *channels, cuxas_error *err)
{
  const cuxas_model *model  = archive->model;
  sqlite3_stmt      *row    = NULL;
  cuxas_status       status = CUXAS_OK;
  if (sqlite3_prepare_v2(archive->db, "SELECT id, start_eV, step_eV, n_energy, channels FROM models WHERE sha256 = ?1",
                         -1, &row, NULL) != SQLITE_OK ||
      sqlite3_bind_text(row, 1, model->sha256, -1, SQLITE_STATIC) != SQLITE_OK) {
    status = fail(archive, err);
  } else if (sqlite3_step(row) == SQLITE_ROW) {
    const char *there = (const char *)sqlite3_column_text(row, 4);
    archive->model_id = sqlite3_column_int64(row, 0);
    if (sqlite3_column_double(row, 1) != model->grid.start_eV || sqlite3_column_double(row, 2) != model->grid.step_eV ||
        sqlite3_column_int64(row, 3) != (sqlite3_int64)model->grid.n_energy || there == NULL ||
        strcmp(there, channels) != 0)
      status =
          cuxas_fail(err, CUXAS_EFORMAT,
                     "%s: its energies or channels are not those of its model (%lld points from %g eV): build it anew",
                     archive->path, sqlite3_column_int64(row, 3), sqlite3_column_double(row, 1));
  }
  sqlite3_finalize(row);
  return status;
}

static cuxas_status add_model(cuxas_archive *archive, const char *channels, cuxas_error *err)
{
  static const char INSERT_MODEL[] =
      "INSERT OR IGNORE INTO models (sha256, name, element, start_eV, step_eV, n_energy, "
      "channels) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
  const cuxas_model *model = archive->model;
  sqlite3_stmt      *row   = NULL;
  if (sqlite3_prepare_v2(archive->db, INSERT_MODEL, -1, &row, NULL) != SQLITE_OK) return fail(archive, err);
  sqlite3_bind_text(row, 1, model->sha256, -1, SQLITE_STATIC);
  sqlite3_bind_text(row, 2, model->name, -1, SQLITE_STATIC);
  sqlite3_bind_text(row, 3, model->element, -1, SQLITE_STATIC);
  sqlite3_bind_double(row, 4, model->grid.start_eV);
  sqlite3_bind_double(row, 5, model->grid.step_eV);
  sqlite3_bind_int64(row, 6, (sqlite3_int64)model->grid.n_energy);
  sqlite3_bind_text(row, 7, channels, -1, SQLITE_STATIC);
  const cuxas_status status = sqlite3_step(row) == SQLITE_DONE ? CUXAS_OK : fail(archive, err);
  sqlite3_finalize(row);
  return status == CUXAS_OK ? find_model(archive, channels, err) : status;
}

/* Of another model alone: said by the first one that it is of. */
static cuxas_status refuse_model(cuxas_archive *archive, cuxas_error *err)
{
  sqlite3_stmt *row       = NULL;
  char          other[16] = "none";
  if (sqlite3_prepare_v2(archive->db, "SELECT sha256 FROM models ORDER BY id LIMIT 1", -1, &row, NULL) == SQLITE_OK &&
      sqlite3_step(row) == SQLITE_ROW)
    snprintf(other, sizeof other, "%.12s", (const char *)sqlite3_column_text(row, 0));
  sqlite3_finalize(row);
  return cuxas_fail(
      err, CUXAS_EFORMAT,
      "%s: predicted by another model (sha256 %s, not %.12s): build it anew with cuxas-refdb library build",
      archive->path, other, archive->model->sha256);
}

static cuxas_status check_state(cuxas_archive *archive, cuxas_archive_use use, cuxas_error *err)
{
  if (strcmp(cuxas_archive_told(archive, "format"), FORMAT) != 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: its format is not " FORMAT, archive->path);
  if (use != CUXAS_ARCHIVE_READ) return CUXAS_OK;
  if (archive->model_id == 0) return refuse_model(archive, err);
  if (strcmp(cuxas_archive_told(archive, "state"), "complete") == 0) return CUXAS_OK;
  size_t       n_structure, n_prediction;
  cuxas_status status = cuxas_archive_count(archive, &n_structure, &n_prediction, err);
  if (status != CUXAS_OK) return status;
  return cuxas_fail(err, CUXAS_EFORMAT,
                    "%s: unfinished, %zu predictions are in it: run the cuxas-refdb library build again that made it",
                    archive->path, n_prediction);
}

static cuxas_status open_archive(cuxas_archive *archive, cuxas_archive_use use, cuxas_error *err)
{
  enum { WAIT_MS = 20000 };
  const bool   is_built = use == CUXAS_ARCHIVE_BUILD;
  char         channels[96];
  struct stat  about;
  cuxas_status status = CUXAS_OK;
  const int    flags  = is_built ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;

  if (stat(archive->path, &about) == 0 && about.st_size > 0 && !cuxas_database_recognises(archive->path))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: no library of predictions", archive->path);
  if (sqlite3_open_v2(archive->path, &archive->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    return fail(archive, err);
  sqlite3_db_config(archive->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(archive->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_busy_timeout(archive->db, WAIT_MS);
  if (is_built &&
      ((status = run(archive, "BEGIN IMMEDIATE", err)) != CUXAS_OK || (status = run(archive, SCHEMA, err)) != CUXAS_OK))
    return status;
  for (int i = 0; i < N_STATEMENT; i++)
    if (sqlite3_prepare_v2(archive->db, SQL[i], -1, &archive->statement[i], NULL) != SQLITE_OK && i < SIMULATED)
      return fail(archive, err); /* before 0.3.0 there were no simulations */
  if (archive->model != NULL) {
    list_channels(archive->model, channels, sizeof channels, &archive->n_channel);
    archive->n_byte = archive->n_channel * archive->model->grid.n_energy * sizeof(float);
    status          = is_built ? add_model(archive, channels, err) : find_model(archive, channels, err);
  }
  if (status == CUXAS_OK) status = check_state(archive, use, err);
  if (status == CUXAS_OK)
    status = run(archive, is_built ? "COMMIT" : "BEGIN", err); /* a reader's view stays as it is */
  return status;
}

cuxas_status cuxas_archive_open(const char *path, cuxas_archive_use use, const cuxas_model *opt_model,
                                cuxas_archive **ret_archive, cuxas_error *err)
{
  cuxas_archive *archive = cuxas_new(err, 1, sizeof *archive);
  *ret_archive           = NULL;
  if (archive == NULL) return CUXAS_ENOMEM;
  archive->model      = opt_model;
  archive->path       = cuxas_copy_text(err, path);
  cuxas_status status = archive->path != NULL ? open_archive(archive, use, err) : CUXAS_ENOMEM;
  if (status == CUXAS_OK)
    *ret_archive = archive;
  else
    cuxas_archive_close(archive);
  return status;
}

void cuxas_archive_close(cuxas_archive *archive)
{
  if (archive == NULL) return;
  for (int i = 0; i < N_STATEMENT; i++) sqlite3_finalize(archive->statement[i]);
  sqlite3_close(archive->db);
  free(archive->path);
  free(archive);
}

/* ==== 3. rows ==== */

static const char *text_of(sqlite3_stmt *row, int column)
{
  const unsigned char *text = sqlite3_column_text(row, column);
  return text != NULL ? (const char *)text : "";
}

/* "Cu O" */
static void write_elements(const cuxas_element_set *set, char *ret_text, size_t n_byte)
{
  ret_text[0] = '\0';
  for (int z = 1; z <= CUXAS_N_ELEMENT; z++) {
    const size_t n = strlen(ret_text);
    if (set->has[z]) snprintf(ret_text + n, n_byte - n, "%s%s", n > 0 ? " " : "", cuxas_element_find(z)->symbol);
  }
}

static cuxas_status read_spectra(const cuxas_archive *archive, sqlite3_stmt *row, cuxas_prediction *prediction,
                                 cuxas_error *err)
{
  const size_t n_energy = prediction->grid.n_energy;
  const char  *bytes    = sqlite3_column_blob(row, 9);
  float        value;
  for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++) {
    if (!cuxas_model_has_channel(archive->model, (cuxas_channel)channel)) continue;
    if ((prediction->mu[channel] = cuxas_new(err, n_energy, sizeof(double))) == NULL) return CUXAS_ENOMEM;
    for (size_t i = 0; i < n_energy; i++, bytes += sizeof value) {
      memcpy(&value, bytes, sizeof value);
      if (!isfinite(value)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: a spectrum that is not finite", archive->path);
      prediction->mu[channel][i] = (double)value;
    }
  }
  return CUXAS_OK;
}

static void split_warnings(const char *line, cuxas_warnings *ret_warnings)
{
  while (*line != '\0') {
    const size_t n = strcspn(line, "\n");
    cuxas_warn(ret_warnings, "%.*s", (int)n, line);
    line += n + (line[n] == '\n');
  }
}

#define MAX_WARNINGS (CUXAS_MAX_WARNING * (CUXAS_WARNING_SIZE + 1))

static void join_warnings(const cuxas_warnings *warnings, char ret_text[MAX_WARNINGS])
{
  size_t n    = 0;
  ret_text[0] = '\0';
  for (size_t i = 0; i < warnings->n_warning; i++)
    n += (size_t)snprintf(ret_text + n, MAX_WARNINGS - n, "%s%s", i > 0 ? "\n" : "", warnings->text[i]);
}

static cuxas_status read_row(const cuxas_archive *archive, sqlite3_stmt *row, cuxas_known *ret_known, cuxas_error *err)
{
  double number[N_SURROUNDINGS];
  if (sqlite3_column_bytes(row, 8) != (int)sizeof number || sqlite3_column_bytes(row, 9) != (int)archive->n_byte)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: a prediction of another size than its model's", archive->path);
  memcpy(number, sqlite3_column_blob(row, 8), sizeof number);
  unpack_surroundings(number, &ret_known->surroundings);
  if (cuxas_composition_parse(text_of(row, 1), &ret_known->elements, err) != CUXAS_OK)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: a prediction without elements", archive->path);
  ret_known->n_distinct = (size_t)sqlite3_column_int64(row, 3);
  split_warnings(text_of(row, 7), &ret_known->warnings);
  cuxas_prediction *prediction = cuxas_new(err, 1, sizeof *prediction);
  if (prediction == NULL) return CUXAS_ENOMEM;
  ret_known->prediction = prediction;
  snprintf(prediction->formula, sizeof prediction->formula, "%s", text_of(row, 0));
  prediction->grid       = archive->model->grid;
  prediction->n_absorber = (size_t)sqlite3_column_int64(row, 2);
  prediction->domain = (cuxas_domain){sqlite3_column_type(row, 4) == SQLITE_NULL ? NAN : sqlite3_column_double(row, 4),
                                      sqlite3_column_int(row, 5) != 0};
  prediction->symmetry_found = sqlite3_column_int(row, 6) != 0;
  return read_spectra(archive, row, prediction, err);
}

cuxas_status cuxas_archive_find(cuxas_archive *archive, const char *sha256, cuxas_known *ret_known, bool *ret_is_there,
                                cuxas_error *err)
{
  sqlite3_stmt *row    = archive->statement[SELECT];
  cuxas_status  status = CUXAS_OK;
  *ret_known           = (cuxas_known){0};
  *ret_is_there        = false;
  if (sqlite3_bind_text(row, 1, sha256, -1, SQLITE_STATIC) != SQLITE_OK ||
      sqlite3_bind_int64(row, 2, archive->model_id) != SQLITE_OK)
    return fail(archive, err);
  switch (sqlite3_step(row)) {
  case SQLITE_ROW:
    status        = read_row(archive, row, ret_known, err);
    *ret_is_there = status == CUXAS_OK;
    break;
  case SQLITE_DONE: break;
  default: status = fail(archive, err);
  }
  sqlite3_reset(row);
  if (status != CUXAS_OK) cuxas_known_clear(ret_known);
  return status;
}

bool cuxas_archive_has(cuxas_archive *archive, const char *sha256)
{
  sqlite3_stmt *row = archive->statement[SELECT];
  sqlite3_bind_text(row, 1, sha256, -1, SQLITE_STATIC);
  sqlite3_bind_int64(row, 2, archive->model_id);
  const bool is_there = sqlite3_step(row) == SQLITE_ROW;
  sqlite3_reset(row);
  return is_there;
}

const char *cuxas_archive_told(cuxas_archive *archive, const char *key)
{
  sqlite3_stmt *row = archive->statement[TELL];
  archive->told[0]  = '\0';
  sqlite3_bind_text(row, 1, key, -1, SQLITE_STATIC);
  if (sqlite3_step(row) == SQLITE_ROW) snprintf(archive->told, sizeof archive->told, "%s", text_of(row, 0));
  sqlite3_reset(row);
  return archive->told;
}

cuxas_status cuxas_archive_count(cuxas_archive *archive, size_t *ret_n_structure, size_t *ret_n_prediction,
                                 cuxas_error *err)
{
  sqlite3_stmt *row = NULL;
  if (sqlite3_prepare_v2(archive->db,
                         "SELECT (SELECT count(*) FROM structures), (SELECT count(*) FROM predictions WHERE ?1 = 0 OR "
                         "model = ?1)",
                         -1, &row, NULL) != SQLITE_OK ||
      sqlite3_bind_int64(row, 1, archive->model_id) != SQLITE_OK || sqlite3_step(row) != SQLITE_ROW) {
    sqlite3_finalize(row);
    return fail(archive, err);
  }
  *ret_n_structure  = (size_t)sqlite3_column_int64(row, 0);
  *ret_n_prediction = (size_t)sqlite3_column_int64(row, 1);
  sqlite3_finalize(row);
  return CUXAS_OK;
}

/* ==== 4. adding ==== */

cuxas_status cuxas_archive_begin(cuxas_archive *archive, cuxas_error *err)
{
  return run(archive, "BEGIN IMMEDIATE", err);
}

cuxas_status cuxas_archive_commit(cuxas_archive *archive, cuxas_error *err)
{
  return run(archive, "COMMIT", err);
}

cuxas_status cuxas_archive_say(cuxas_archive *archive, const char *key, const char *value, cuxas_error *err)
{
  sqlite3_stmt *row = archive->statement[SAY];
  sqlite3_bind_text(row, 1, key, -1, SQLITE_STATIC); /* here and below: a copy could fail, and would be NULL */
  sqlite3_bind_text(row, 2, value, -1, SQLITE_STATIC);
  const int step = sqlite3_step(row);
  sqlite3_reset(row);
  return step == SQLITE_DONE ? CUXAS_OK : fail(archive, err);
}

static cuxas_status bind_spectra(const cuxas_archive *archive, const cuxas_known *known, sqlite3_stmt *row,
                                 cuxas_error *err)
{
  const cuxas_prediction *prediction = known->prediction;
  float                  *value      = cuxas_new(err, archive->n_byte, 1);
  size_t                  n          = 0;
  if (value == NULL) return CUXAS_ENOMEM;
  for (int channel = 0; channel < CUXAS_N_CHANNEL; channel++)
    for (size_t i = 0; cuxas_model_has_channel(archive->model, (cuxas_channel)channel) && i < prediction->grid.n_energy;
         i++)
      value[n++] = (float)prediction->mu[channel][i];
  const int bound = sqlite3_bind_blob64(row, 12, value, archive->n_byte, SQLITE_TRANSIENT);
  free(value);
  return bound == SQLITE_OK ? CUXAS_OK : fail(archive, err);
}

cuxas_status cuxas_archive_add(cuxas_archive *archive, const char *sha256, const cuxas_known *known, cuxas_error *err)
{
  const cuxas_prediction *prediction = known->prediction;
  sqlite3_stmt           *row        = archive->statement[INSERT];
  char                    elements[4 * (CUXAS_N_ELEMENT + 1)], warnings[MAX_WARNINGS];
  double                  number[N_SURROUNDINGS];

  write_elements(&known->elements, elements, sizeof elements);
  pack_surroundings(&known->surroundings, number);
  join_warnings(&known->warnings, warnings);
  sqlite3_bind_text(row, 1, sha256, -1, SQLITE_STATIC);
  sqlite3_bind_int64(row, 2, archive->model_id);
  sqlite3_bind_text(row, 3, prediction->formula, -1, SQLITE_STATIC);
  sqlite3_bind_text(row, 4, elements, -1, SQLITE_STATIC);
  sqlite3_bind_int64(row, 5, (sqlite3_int64)prediction->n_absorber);
  sqlite3_bind_int64(row, 6, (sqlite3_int64)known->n_distinct);
  sqlite3_bind_double(row, 7, prediction->domain.distance); /* NaN is stored as NULL */
  sqlite3_bind_int(row, 8, prediction->domain.outside);
  sqlite3_bind_int(row, 9, prediction->symmetry_found);
  sqlite3_bind_text(row, 10, warnings, -1, SQLITE_STATIC);
  sqlite3_bind_blob64(row, 11, number, sizeof number, SQLITE_STATIC);
  cuxas_status status = bind_spectra(archive, known, row, err);
  if (status == CUXAS_OK && sqlite3_step(row) != SQLITE_DONE) status = fail(archive, err);
  sqlite3_reset(row);
  return status;
}

/* The first free one of name, name~2, ...; *ret_is_there: one of them is this structure already. */
static cuxas_status find_name(cuxas_archive *archive, const char *name, const char *sha256, char **ret_name,
                              bool *ret_is_there, cuxas_error *err)
{
  sqlite3_stmt *row = archive->statement[NAMED];
  *ret_is_there     = false;
  for (size_t n = 1;; n++) {
    *ret_name = n == 1 ? cuxas_copy_text(err, name) : cuxas_print_text(err, "%s~%zu", name, n);
    if (*ret_name == NULL) return CUXAS_ENOMEM;
    sqlite3_bind_text(row, 1, *ret_name, -1, SQLITE_STATIC);
    const int step = sqlite3_step(row);
    *ret_is_there  = step == SQLITE_ROW && strcmp(text_of(row, 0), sha256) == 0;
    sqlite3_reset(row);
    if (step == SQLITE_DONE || *ret_is_there) return CUXAS_OK;
    free(*ret_name);
    *ret_name = NULL;
    if (step != SQLITE_ROW) return fail(archive, err);
  }
}

cuxas_status cuxas_archive_add_structure(cuxas_archive *archive, const cuxas_candidate *candidate, const char *sha256,
                                         cuxas_error *err)
{
  sqlite3_stmt *row   = archive->statement[STRUCTURE];
  char         *bytes = NULL, *packed = NULL, *name = NULL;
  const char   *format = NULL;
  size_t        n_byte = 0, n_packed = 0;
  bool          is_there = false;
  cuxas_status  status   = find_name(archive, candidate->name, sha256, &name, &is_there, err);

  if (status != CUXAS_OK || is_there) goto done;
  if ((status = cuxas_candidate_bytes(candidate, &bytes, &n_byte, err)) != CUXAS_OK ||
      (status = cuxas_gzip_pack(bytes, n_byte, &packed, &n_packed, err)) != CUXAS_OK)
    goto done;
  if ((format = cuxas_crystal_format(bytes, n_byte)) == NULL) {
    status = cuxas_fail_at(err, cuxas_no_memory(err), archive->path);
    goto done;
  }
  sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
  sqlite3_bind_text(row, 2, format, -1, SQLITE_STATIC);
  sqlite3_bind_blob64(row, 3, packed, n_packed, SQLITE_STATIC);
  sqlite3_bind_text(row, 4, candidate->label, -1, SQLITE_STATIC);
  sqlite3_bind_text(row, 5, sha256, -1, SQLITE_STATIC);
  if (sqlite3_step(row) != SQLITE_DONE) status = fail(archive, err);
  sqlite3_reset(row);
done:
  free(name);
  free(packed);
  free(bytes);
  return status;
}

cuxas_status cuxas_archive_halve(cuxas_archive *archive, cuxas_error *err)
{
  return run(archive,
             "DELETE FROM predictions WHERE rowid <= (SELECT (min(rowid) + max(rowid)) / 2 FROM predictions); "
             "DELETE FROM simulations WHERE rowid <= (SELECT (min(rowid) + max(rowid)) / 2 FROM simulations); VACUUM",
             err);
}

/* ==== 5. merging and checking ==== */

cuxas_status cuxas_archive_take(cuxas_archive *archive, const char *path, cuxas_error *err)
{
  static const char PREDICTIONS[] =
      "INSERT OR IGNORE INTO predictions SELECT p.sha256, (SELECT id FROM main.models WHERE sha256 = m.sha256), "
      "formula, elements, n_absorber, n_distinct, distance, outside, symmetry, warnings, surroundings, spectra "
      "FROM other.predictions p JOIN other.models m ON m.id = p.model "
      "WHERE m.sha256 IN (SELECT sha256 FROM main.models)";
  static const char DOUBLE[] = "SELECT a.name FROM other.structures a JOIN main.structures b ON a.name = b.name "
                               "WHERE a.sha256 <> b.sha256 LIMIT 1";
  sqlite3_stmt     *row      = NULL;
  cuxas_status      status   = CUXAS_OK;

  if (sqlite3_prepare_v2(archive->db, "ATTACH ?1 AS other", -1, &row, NULL) != SQLITE_OK) return fail(archive, err);
  sqlite3_bind_text(row, 1, path, -1, SQLITE_STATIC);
  if (sqlite3_step(row) != SQLITE_DONE) status = fail(archive, err);
  sqlite3_finalize(row);
  if (status != CUXAS_OK) return status;
  row = NULL;
  if (sqlite3_prepare_v2(archive->db, DOUBLE, -1, &row, NULL) != SQLITE_OK)
    status = fail(archive, err);
  else if (sqlite3_step(row) == SQLITE_ROW)
    status = cuxas_fail(err, CUXAS_EEXIST, "%s: another structure is called %s, too", path, text_of(row, 0));
  sqlite3_finalize(row);
  if (status == CUXAS_OK && (status = run(archive, "BEGIN IMMEDIATE", err)) == CUXAS_OK &&
      (status = run(archive, PREDICTIONS, err)) == CUXAS_OK &&
      (status = run(archive,
                    "INSERT OR IGNORE INTO structures SELECT name, format, content, source, sha256 FROM "
                    "other.structures",
                    err)) == CUXAS_OK)
    status = run(archive, "COMMIT", err);
  sqlite3_exec(archive->db, "ROLLBACK", NULL, NULL, NULL); /* nothing, after a commit */
  sqlite3_exec(archive->db, "DETACH other", NULL, NULL, NULL);
  return status;
}

static cuxas_status verify_content(const cuxas_archive *archive, sqlite3_stmt *row, cuxas_error *err)
{
  const void  *packed   = sqlite3_column_blob(row, 1);
  const size_t n_packed = (size_t)sqlite3_column_bytes(row, 1);
  const char  *name     = text_of(row, 0);
  char        *bytes    = NULL, sha256[CUXAS_SHA256_HEX_SIZE];
  size_t       n_byte   = 0;
  if (cuxas_gzip_recognises(packed, n_packed)) {
    const cuxas_status status = cuxas_gzip_expand(name, packed, n_packed, &bytes, &n_byte, err);
    if (status != CUXAS_OK) return cuxas_fail_at(err, status, archive->path);
    cuxas_hash_memory(bytes, n_byte, sha256);
    free(bytes);
  } else {
    cuxas_hash_memory(packed, n_packed, sha256);
  }
  if (strcmp(sha256, text_of(row, 2)) == 0) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: structure %s is not what its checksum says", archive->path, name);
}

static cuxas_status verify_all(cuxas_archive *archive, const char *sql,
                               cuxas_status (*verify)(const cuxas_archive *, sqlite3_stmt *, cuxas_error *),
                               cuxas_error *err)
{
  sqlite3_stmt *row    = NULL;
  cuxas_status  status = CUXAS_OK;
  int           step   = SQLITE_DONE;
  if (sqlite3_prepare_v2(archive->db, sql, -1, &row, NULL) != SQLITE_OK) return fail(archive, err);
  while (status == CUXAS_OK && (step = sqlite3_step(row)) == SQLITE_ROW) status = verify(archive, row, err);
  if (status == CUXAS_OK && step != SQLITE_DONE) status = fail(archive, err);
  sqlite3_finalize(row);
  return status;
}

static cuxas_status verify_integrity(const cuxas_archive *archive, sqlite3_stmt *row, cuxas_error *err)
{
  if (strcmp(text_of(row, 0), "ok") == 0) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: damaged: %.200s", archive->path, text_of(row, 0));
}

static cuxas_status verify_lack(const cuxas_archive *archive, sqlite3_stmt *row, cuxas_error *err)
{
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: structure %s has no prediction: run its cuxas-refdb library build again",
                    archive->path, text_of(row, 0));
}

static cuxas_status verify_prediction(const cuxas_archive *archive, sqlite3_stmt *row, cuxas_error *err)
{
  const size_t n_byte = (size_t)sqlite3_column_bytes(row, 0), n_wanted = (size_t)sqlite3_column_int64(row, 1);
  const char  *bytes = sqlite3_column_blob(row, 0);
  float        value;
  if (n_byte != n_wanted * sizeof value)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the spectra of %.12s have %zu bytes, not %zu", archive->path,
                      text_of(row, 2), n_byte, n_wanted * sizeof value);
  for (size_t i = 0; i < n_wanted; i++) {
    memcpy(&value, bytes + i * sizeof value, sizeof value);
    if (!isfinite(value))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: the spectra of %.12s are not finite", archive->path, text_of(row, 2));
  }
  return CUXAS_OK;
}

cuxas_status cuxas_archive_verify(cuxas_archive *archive, cuxas_error *err)
{
  static const char LACK[]  = "SELECT name FROM structures s WHERE NOT EXISTS (SELECT 1 FROM predictions p WHERE "
                              "p.sha256 = s.sha256)";
  static const char WHOLE[] = "SELECT spectra, n_energy * (1 + length(channels) - length(replace(channels, ',', ''))), "
                              "p.sha256 FROM predictions p JOIN models m ON m.id = p.model";
  cuxas_status      status;
  if ((status = verify_all(archive, "PRAGMA integrity_check(1)", verify_integrity, err)) != CUXAS_OK ||
      (status = verify_all(archive, "SELECT name, content, sha256 FROM structures", verify_content, err)) != CUXAS_OK ||
      (status = verify_all(archive, WHOLE, verify_prediction, err)) != CUXAS_OK)
    return status;
  return verify_all(archive, LACK, verify_lack, err);
}

/* ==== 6. simulations ==== */

cuxas_status cuxas_archive_find_simulated(cuxas_archive *archive, const char *sha256, const char *source,
                                          cuxas_known_simulation *ret_known, bool *ret_is_there, cuxas_error *err)
{
  const size_t  n_byte = archive->model->grid.n_energy * sizeof(double);
  sqlite3_stmt *row    = archive->statement[SIMULATED];
  cuxas_status  status = CUXAS_OK;
  size_t        i_row  = 0;
  *ret_known           = (cuxas_known_simulation){.curve = {.grid = archive->model->grid, .is_prediction = true}};
  *ret_is_there        = false;
  if (row == NULL) return CUXAS_OK;
  sqlite3_bind_text(row, 1, sha256, -1, SQLITE_STATIC);
  sqlite3_bind_text(row, 2, source, -1, SQLITE_STATIC);
  sqlite3_bind_int64(row, 3, archive->model_id);
  if (sqlite3_step(row) != SQLITE_ROW) goto done;
  snprintf(ret_known->formula, sizeof ret_known->formula, "%s", text_of(row, 0));
  snprintf(ret_known->code, sizeof ret_known->code, "%s", text_of(row, 1));
  ret_known->n_absorber = (size_t)sqlite3_column_int64(row, 2);
  ret_known->n_distinct = (size_t)sqlite3_column_int64(row, 3);
  split_warnings(text_of(row, 4), &ret_known->warnings);
  const char *spectra = sqlite3_column_blob(row, 6);
  for (int c = 0; c < CUXAS_N_CHANNEL && status == CUXAS_OK; c++) {
    if (strchr(text_of(row, 5), '0' + c) == NULL) continue;
    if (++i_row * n_byte > (size_t)sqlite3_column_bytes(row, 6))
      status = cuxas_fail(err, CUXAS_EFORMAT, "%s: a simulation of another size than its model's", archive->path);
    else if ((ret_known->curve.mu[c] = cuxas_copy(err, spectra + (i_row - 1) * n_byte, n_byte, 1)) == NULL)
      status = CUXAS_ENOMEM;
  }
  ret_known->is_known = i_row > 0;
  *ret_is_there       = status == CUXAS_OK;
done:
  sqlite3_reset(row);
  if (status != CUXAS_OK) cuxas_candidate_curve_clear(&ret_known->curve);
  return status;
}

cuxas_status cuxas_archive_add_simulated(cuxas_archive *archive, const char *sha256, const char *source,
                                         const cuxas_known_simulation *known, cuxas_error *err)
{
  const size_t  n_energy = archive->model->grid.n_energy;
  sqlite3_stmt *row      = archive->statement[ADD_SIMULATED];
  char          warnings[MAX_WARNINGS], channels[CUXAS_N_CHANNEL + 1] = "";
  size_t        n       = 0;
  double       *spectra = cuxas_new(err, CUXAS_N_CHANNEL * n_energy, sizeof *spectra);
  cuxas_status  status  = CUXAS_OK;
  if (spectra == NULL) return CUXAS_ENOMEM;
  for (int c = 0; c < CUXAS_N_CHANNEL; c++) {
    if (!known->is_known || known->curve.mu[c] == NULL) continue;
    memcpy(spectra + n * n_energy, known->curve.mu[c], n_energy * sizeof *spectra);
    channels[n++] = (char)('0' + c);
  }
  join_warnings(&known->warnings, warnings);
  sqlite3_bind_text(row, 1, sha256, -1, SQLITE_STATIC);
  sqlite3_bind_text(row, 2, source, -1, SQLITE_STATIC);
  sqlite3_bind_int64(row, 3, archive->model_id);
  sqlite3_bind_text(row, 4, known->formula, -1, SQLITE_STATIC);
  sqlite3_bind_text(row, 5, known->code, -1, SQLITE_STATIC);
  sqlite3_bind_int64(row, 6, (sqlite3_int64)known->n_absorber);
  sqlite3_bind_int64(row, 7, (sqlite3_int64)known->n_distinct);
  sqlite3_bind_text(row, 8, warnings, -1, SQLITE_STATIC);
  sqlite3_bind_text(row, 9, channels, -1, SQLITE_STATIC);
  sqlite3_bind_blob64(row, 10, spectra, n * n_energy * sizeof *spectra, SQLITE_STATIC);
  if (sqlite3_step(row) != SQLITE_DONE) status = fail(archive, err);
  sqlite3_reset(row);
  free(spectra);
  return status;
}
