/* store.c - one file of predictions that are known already: a library, or the cache
 *
 * Contents: 1. opening  2. rows  3. adding  4. merging and checking  5. simulations */
#include "match/store.h"
#include "base/elements.h"
#include "base/gzip.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "crystal/database.h"
#include "cuxas/output.h"

#include <math.h>
#include <stdarg.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FORMAT "cuxas-library/1"

/* ==== 1. opening ==== */

enum { SELECT, INSERT, STRUCTURE, NAMED, TELL, SAY, MODEL, ADD_MODEL, SIMULATED, ADD_SIMULATED, N_STATEMENT };

struct cuxas_archive {
  char              *path;
  sqlite3           *db;
  const cuxas_model *model; /* NULL: of any */
  sqlite3_int64      model_id;
  bool               has[CUXAS_N_CHANNEL]; /* channels of predictions */
  char               told[CUXAS_SHA256_HEX_SIZE];
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

/* What is added to a library is sealed: a spectrum that is damaged afterwards is found. Programs that do not know of it add rows
 * without. */
static const char SEAL[] =
    "CREATE TABLE IF NOT EXISTS checksums (sha256 TEXT, model INTEGER, kind TEXT, spectra TEXT, "
    "PRIMARY KEY (sha256, model, kind)) WITHOUT ROWID;"
    "CREATE TEMP TRIGGER seal_prediction AFTER INSERT ON main.predictions BEGIN "
    "INSERT INTO checksums VALUES (NEW.sha256, NEW.model, 'prediction', cuxas_sha256(NEW.spectra)); END;"
    "CREATE TEMP TRIGGER seal_simulation AFTER INSERT ON main.simulations WHEN NEW.source = '' AND NEW.channels <> '' "
    "BEGIN INSERT INTO checksums VALUES (NEW.sha256, NEW.model, 'simulation', cuxas_sha256(NEW.spectra)); END";

static void answer_sha256(sqlite3_context *context, int n_value, sqlite3_value **value)
{
  char         hex[CUXAS_SHA256_HEX_SIZE];
  const void  *bytes  = sqlite3_value_blob(value[0]);
  const size_t n_byte = (size_t)sqlite3_value_bytes(value[n_value - 1]);
  cuxas_hash_memory(bytes != NULL ? bytes : "", bytes != NULL ? n_byte : 0, hex);
  sqlite3_result_text(context, hex, -1, SQLITE_TRANSIENT);
}

static const char *const SQL[N_STATEMENT] = {
    [SELECT] = "SELECT formula, elements, n_absorber, n_distinct, distance, outside, symmetry, warnings, surroundings, "
               "spectra FROM predictions WHERE sha256 = ?1 AND model = ?2",
    [INSERT] = "INSERT OR IGNORE INTO predictions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [STRUCTURE] = "INSERT INTO structures VALUES (?1, ?2, ?3, ?4, ?5)",
    [NAMED]     = "SELECT sha256 FROM structures WHERE name = ?1",
    [TELL]      = "SELECT value FROM about WHERE key = ?1",
    [SAY]       = "INSERT OR REPLACE INTO about VALUES (?1, ?2)",
    [MODEL] = "SELECT id, start_eV = ?2 AND step_eV = ?3 AND n_energy = ?4 AND channels = ?5, n_energy, start_eV FROM "
              "models WHERE sha256 = ?1",
    [ADD_MODEL] = "INSERT OR IGNORE INTO models (sha256, name, element, start_eV, step_eV, n_energy, channels) VALUES "
                  "(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
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
  const char *reason = code == SQLITE_READONLY   ? "cannot be written: the file or its folder is read-only"
                       : code == SQLITE_CANTOPEN ? strerror(sqlite3_system_errno(archive->db))
                                                 : sqlite3_errmsg(archive->db);
  return cuxas_fail(err, CUXAS_EIO, "%s: %s", archive->path, reason);
}

/* From the first column on: t text, i sqlite3_int64, d double (NaN is stored as NULL), - left as it is. A text is not copied: that
 * could fail, and it would be NULL. */
static void bind(sqlite3_stmt *row, const char *kinds, ...)
{
  va_list value;
  va_start(value, kinds);
  for (int column = 1; kinds[column - 1] != '\0'; column++) switch (kinds[column - 1]) {
    case 't': sqlite3_bind_text(row, column, va_arg(value, const char *), -1, SQLITE_STATIC); break;
    case 'i': sqlite3_bind_int64(row, column, va_arg(value, sqlite3_int64)); break;
    case 'd': sqlite3_bind_double(row, column, va_arg(value, double)); break;
    default: break;
    }
  va_end(value);
}

/* Steps to a row that was asked for; *ret_is_there false: there is none. */
static cuxas_status step_to(const cuxas_archive *archive, sqlite3_stmt *row, bool *ret_is_there, cuxas_error *err)
{
  const int step = sqlite3_step(row);
  *ret_is_there  = step == SQLITE_ROW;
  return step == SQLITE_ROW || step == SQLITE_DONE ? CUXAS_OK : fail(archive, err);
}

/* Carries out an addition. */
static cuxas_status put(const cuxas_archive *archive, sqlite3_stmt *row, cuxas_error *err)
{
  const int step = sqlite3_step(row);
  sqlite3_reset(row);
  return step == SQLITE_DONE ? CUXAS_OK : fail(archive, err);
}

static cuxas_status run(cuxas_archive *archive, const char *sql, cuxas_error *err)
{
  return sqlite3_exec(archive->db, sql, NULL, NULL, NULL) == SQLITE_OK ? CUXAS_OK : fail(archive, err);
}

static const char *text_of(sqlite3_stmt *row, int column)
{
  const unsigned char *text = sqlite3_column_text(row, column);
  return text != NULL ? (const char *)text : "";
}

enum { FOUND_SIZE = 256 };

/* The first text that a question finds, cut short if need be; "": none. */
static cuxas_status find_text(const cuxas_archive *archive, const char *sql, char ret_text[FOUND_SIZE],
                              cuxas_error *err)
{
  sqlite3_stmt *row      = NULL;
  bool          is_there = false;
  cuxas_status  status   = sqlite3_prepare_v2(archive->db, sql, -1, &row, NULL) == SQLITE_OK
                               ? step_to(archive, row, &is_there, err)
                               : fail(archive, err);
  snprintf(ret_text, FOUND_SIZE, "%s", is_there ? text_of(row, 0) : "");
  sqlite3_finalize(row);
  return status;
}

/* The model's own row: it must say the same grid and channels; without one, 0. */
static cuxas_status find_model(cuxas_archive *archive, const char *channels, cuxas_error *err)
{
  const cuxas_grid *grid     = &archive->model->grid;
  sqlite3_stmt     *row      = archive->statement[MODEL];
  bool              is_there = false;
  bind(row, "tddit", archive->model->sha256, grid->start_eV, grid->step_eV, (sqlite3_int64)grid->n_energy, channels);
  cuxas_status status = step_to(archive, row, &is_there, err);
  if (is_there) archive->model_id = sqlite3_column_int64(row, 0);
  if (is_there && sqlite3_column_int(row, 1) == 0)
    status =
        cuxas_fail(err, CUXAS_EFORMAT,
                   "%s: its energies or channels are not those of its model (%lld points from %g eV): build it anew",
                   archive->path, sqlite3_column_int64(row, 2), sqlite3_column_double(row, 3));
  sqlite3_reset(row);
  return status;
}

static cuxas_status add_model(cuxas_archive *archive, const char *channels, cuxas_error *err)
{
  const cuxas_model *model = archive->model;
  sqlite3_stmt      *row   = archive->statement[ADD_MODEL];
  bind(row, "tttddit", model->sha256, model->name, model->element, model->grid.start_eV, model->grid.step_eV,
       (sqlite3_int64)model->grid.n_energy, channels);
  return put(archive, row, err);
}

/* Of another model alone: said by the first one that it is of. */
static cuxas_status refuse_model(cuxas_archive *archive, cuxas_error *err)
{
  char         other[FOUND_SIZE];
  cuxas_status status = find_text(archive, "SELECT sha256 FROM models ORDER BY id LIMIT 1", other, err);
  if (status != CUXAS_OK) return status;
  return cuxas_fail(
      err, CUXAS_EFORMAT,
      "%s: predicted by another model (sha256 %.12s, not %.12s): build it anew with cuxas-refdb library build",
      archive->path, other[0] != '\0' ? other : "none", archive->model->sha256);
}

static cuxas_status check_state(cuxas_archive *archive, cuxas_archive_use use, cuxas_error *err)
{
  if (strcmp(cuxas_archive_told(archive, "format"), FORMAT) != 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: its format is not " FORMAT, archive->path);
  if (use != CUXAS_ARCHIVE_READ) return CUXAS_OK;
  if (archive->model_id == 0) return refuse_model(archive, err);
  if (strcmp(cuxas_archive_told(archive, "state"), "complete") == 0) return CUXAS_OK;
  cuxas_archive_size size;
  cuxas_status       status = cuxas_archive_count(archive, &size, err);
  if (status != CUXAS_OK) return status;
  return cuxas_fail(err, CUXAS_EFORMAT,
                    "%s: unfinished, %zu predictions are in it: run the cuxas-refdb library build again that made it",
                    archive->path, size.n_prediction);
}

static cuxas_status open_archive(cuxas_archive *archive, cuxas_archive_use use, cuxas_error *err)
{
  enum { WAIT_MS = 20000 };
  const bool   is_built = use == CUXAS_ARCHIVE_BUILD || use == CUXAS_ARCHIVE_CACHE;
  char         channels[CUXAS_ROW_CHANNELS_SIZE];
  struct stat  about;
  cuxas_status status = CUXAS_OK;
  const int    flags  = is_built ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;

  if (stat(archive->path, &about) == 0 && about.st_size > 0 && !cuxas_database_recognises(archive->path))
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: no library of predictions", archive->path);
  if (is_built && (status = cuxas_output_check(archive->path, true, err)) != CUXAS_OK) return status;
  if (sqlite3_open_v2(archive->path, &archive->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    return fail(archive, err);
  sqlite3_db_config(archive->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(archive->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_busy_timeout(archive->db, WAIT_MS);
  if (sqlite3_create_function(archive->db, "cuxas_sha256", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                              NULL, answer_sha256, NULL, NULL) != SQLITE_OK)
    return fail(archive, err);
  if (is_built && ((status = run(archive, "PRAGMA temp_store = MEMORY; BEGIN IMMEDIATE", err)) != CUXAS_OK ||
                   (status = run(archive, SCHEMA, err)) != CUXAS_OK))
    return status;
  for (int i = 0; i < N_STATEMENT; i++)
    if (sqlite3_prepare_v2(archive->db, SQL[i], -1, &archive->statement[i], NULL) != SQLITE_OK && i < SIMULATED)
      return fail(archive, err); /* before 0.3.0 there were no simulations */
  if (archive->model != NULL) {
    for (int i = 0; i < CUXAS_N_CHANNEL; i++)
      archive->has[i] = cuxas_model_has_channel(archive->model, (cuxas_channel)i);
    cuxas_row_list_channels(archive->has, channels);
    if (is_built) status = add_model(archive, channels, err);
    if (status == CUXAS_OK) status = find_model(archive, channels, err);
  }
  if (status == CUXAS_OK) status = check_state(archive, use, err);
  if (status == CUXAS_OK && use == CUXAS_ARCHIVE_BUILD) status = run(archive, SEAL, err);
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

/* ==== 2. rows ==== */

/* Float32 numbers, by channel and energy; also of a failure the caller frees what is there. */
static cuxas_status read_spectra(const cuxas_archive *archive, sqlite3_stmt *row, int column,
                                 const bool has[CUXAS_N_CHANNEL], double *mu[CUXAS_N_CHANNEL], cuxas_error *err)
{
  const size_t n_energy = archive->model->grid.n_energy;
  const char  *bytes    = sqlite3_column_blob(row, column);
  size_t       n        = 0;
  float        value;
  for (int c = 0; c < CUXAS_N_CHANNEL; c++) n += has[c] ? n_energy * sizeof value : 0;
  if ((size_t)sqlite3_column_bytes(row, column) != n)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: spectra of another size than their model's", archive->path);
  for (int c = 0; c < CUXAS_N_CHANNEL; c++) {
    if (!has[c]) continue;
    if ((mu[c] = cuxas_new(err, n_energy, sizeof(double))) == NULL) return CUXAS_ENOMEM;
    for (size_t i = 0; i < n_energy; i++, bytes += sizeof value) {
      memcpy(&value, bytes, sizeof value);
      if (!isfinite(value)) return cuxas_fail(err, CUXAS_EFORMAT, "%s: a spectrum that is not finite", archive->path);
      mu[c][i] = (double)value;
    }
  }
  return CUXAS_OK;
}

#define MAX_ABSORBER 1000000 /* of a cell: beyond what any crystal holds that is read */

/* Absorbers of the cell and how many of them differ, from this column on. Counts that no crystal has would be weights and sizes. */
static cuxas_status read_counts(const cuxas_archive *archive, sqlite3_stmt *row, int column, size_t *ret_n_absorber,
                                size_t *ret_n_distinct, cuxas_error *err)
{
  const sqlite3_int64 n = sqlite3_column_int64(row, column), n_distinct = sqlite3_column_int64(row, column + 1);
  *ret_n_absorber = (size_t)n;
  *ret_n_distinct = (size_t)n_distinct;
  if (n_distinct >= 1 && n_distinct <= n && n <= MAX_ABSORBER) return CUXAS_OK;
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: damaged: %lld absorbers of %lld kinds", archive->path, n, n_distinct);
}

static cuxas_status read_row(const cuxas_archive *archive, sqlite3_stmt *row, cuxas_known *ret_known, cuxas_error *err)
{
  double number[CUXAS_N_SURROUNDINGS];
  if (sqlite3_column_bytes(row, 8) != (int)sizeof number)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: surroundings of another size", archive->path);
  memcpy(number, sqlite3_column_blob(row, 8), sizeof number);
  cuxas_known_move_surroundings(&ret_known->surroundings, number, false);
  if (cuxas_composition_parse(text_of(row, 1), &ret_known->elements, err) != CUXAS_OK)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: a prediction without elements", archive->path);
  cuxas_row_split_warnings(text_of(row, 7), &ret_known->warnings);
  cuxas_prediction *prediction = cuxas_new(err, 1, sizeof *prediction);
  if (prediction == NULL) return CUXAS_ENOMEM;
  ret_known->prediction = prediction;
  snprintf(prediction->formula, sizeof prediction->formula, "%s", text_of(row, 0));
  prediction->grid   = archive->model->grid;
  prediction->domain = (cuxas_domain){sqlite3_column_type(row, 4) == SQLITE_NULL ? NAN : sqlite3_column_double(row, 4),
                                      sqlite3_column_int(row, 5) != 0};
  prediction->symmetry_found = sqlite3_column_int(row, 6) != 0;
  const cuxas_status status  = read_counts(archive, row, 2, &prediction->n_absorber, &ret_known->n_distinct, err);
  if (status != CUXAS_OK) return status;
  return read_spectra(archive, row, 9, archive->has, prediction->mu, err);
}

cuxas_status cuxas_archive_find(cuxas_archive *archive, const char *sha256, cuxas_known *ret_known, bool *ret_is_there,
                                cuxas_error *err)
{
  sqlite3_stmt *row = archive->statement[SELECT];
  *ret_known        = (cuxas_known){0};
  bind(row, "ti", sha256, archive->model_id);
  cuxas_status status = step_to(archive, row, ret_is_there, err);
  if (*ret_is_there) status = read_row(archive, row, ret_known, err);
  *ret_is_there = *ret_is_there && status == CUXAS_OK;
  sqlite3_reset(row);
  if (status != CUXAS_OK) cuxas_known_clear(ret_known);
  return status;
}

bool cuxas_archive_has(cuxas_archive *archive, const char *sha256, bool is_simulated)
{
  sqlite3_stmt *row = archive->statement[is_simulated ? SIMULATED : SELECT];
  if (is_simulated)
    bind(row, "tti", sha256, CUXAS_ARCHIVE_OWN, archive->model_id);
  else
    bind(row, "ti", sha256, archive->model_id);
  const bool is_there = sqlite3_step(row) == SQLITE_ROW;
  sqlite3_reset(row);
  return is_there;
}

const char *cuxas_archive_told(cuxas_archive *archive, const char *key)
{
  sqlite3_stmt *row = archive->statement[TELL];
  bind(row, "t", key);
  snprintf(archive->told, sizeof archive->told, "%s", sqlite3_step(row) == SQLITE_ROW ? text_of(row, 0) : "");
  sqlite3_reset(row);
  return archive->told;
}

static cuxas_status has_seals(const cuxas_archive *archive, bool *ret_has, cuxas_error *err)
{
  char         name[FOUND_SIZE];
  cuxas_status status =
      find_text(archive, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'checksums'", name, err);
  *ret_has = name[0] != '\0';
  return status;
}

cuxas_status cuxas_archive_count(cuxas_archive *archive, cuxas_archive_size *ret_size, cuxas_error *err)
{
  static const char *const FROM[] = {"structures WHERE (0", "predictions WHERE (model",
                                     "simulations WHERE channels <> '' AND (model"};
  size_t *const            n[]    = {&ret_size->n_structure, &ret_size->n_prediction, &ret_size->n_simulation};
  cuxas_status             status = CUXAS_OK;
  char                     seals[FOUND_SIZE];
  bool                     is_sealed;
  *ret_size = (cuxas_archive_size){0};
  for (int i = 0; i < (archive->statement[SIMULATED] != NULL ? 3 : 2) && status == CUXAS_OK; i++) {
    char sql[128], text[FOUND_SIZE];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s IN (0, %lld) OR %lld = 0)", FROM[i], archive->model_id,
             archive->model_id);
    status = find_text(archive, sql, text, err);
    *n[i]  = strtoul(text, NULL, 10);
  }
  if (status == CUXAS_OK && (status = has_seals(archive, &is_sealed, err)) == CUXAS_OK && is_sealed &&
      (status = find_text(archive, "SELECT count(*) FROM checksums", seals, err)) == CUXAS_OK)
    ret_size->n_sealed = strtoul(seals, NULL, 10);
  return status;
}

/* ==== 3. adding ==== */

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
  bind(row, "tt", key, value);
  return put(archive, row, err);
}

static cuxas_status bind_spectra(const cuxas_archive *archive, sqlite3_stmt *row, int column,
                                 const bool has[CUXAS_N_CHANNEL], double *const mu[CUXAS_N_CHANNEL], cuxas_error *err)
{
  const size_t n_energy = archive->model->grid.n_energy;
  float       *value    = cuxas_new(err, n_energy, CUXAS_N_CHANNEL * sizeof *value);
  size_t       n        = 0;
  if (value == NULL) return CUXAS_ENOMEM;
  for (int c = 0; c < CUXAS_N_CHANNEL; c++)
    for (size_t i = 0; has[c] && i < n_energy; i++) value[n++] = (float)mu[c][i];
  const int bound = sqlite3_bind_blob64(row, column, value, n * sizeof *value, SQLITE_TRANSIENT);
  free(value);
  return bound == SQLITE_OK ? CUXAS_OK : fail(archive, err);
}

cuxas_status cuxas_archive_add(cuxas_archive *archive, const char *sha256, const cuxas_known *known, cuxas_error *err)
{
  const cuxas_prediction *prediction = known->prediction;
  sqlite3_stmt           *row        = archive->statement[INSERT];
  char                    elements[4 * (CUXAS_N_ELEMENT + 1)], warnings[CUXAS_ROW_WARNINGS_SIZE];
  double                  number[CUXAS_N_SURROUNDINGS];

  cuxas_site_surroundings surroundings = known->surroundings;
  cuxas_row_write_elements(&known->elements, elements, sizeof elements);
  cuxas_known_move_surroundings(&surroundings, number, true);
  cuxas_row_join_warnings(&known->warnings, warnings);
  bind(row, "tittiidiit", sha256, archive->model_id, prediction->formula, elements,
       (sqlite3_int64)prediction->n_absorber, (sqlite3_int64)known->n_distinct, prediction->domain.distance,
       (sqlite3_int64)prediction->domain.outside, (sqlite3_int64)prediction->symmetry_found, warnings);
  sqlite3_bind_blob64(row, 11, number, sizeof number, SQLITE_STATIC);
  const cuxas_status status = bind_spectra(archive, row, 12, archive->has, prediction->mu, err);
  return status == CUXAS_OK ? put(archive, row, err) : status;
}

/* The first free one of name, name~2, ...; *ret_is_there: one of them is this structure already. */
static cuxas_status find_name(cuxas_archive *archive, const char *name, const char *sha256, char **ret_name,
                              bool *ret_is_there, cuxas_error *err)
{
  sqlite3_stmt *row      = archive->statement[NAMED];
  bool          is_taken = true;
  cuxas_status  status   = CUXAS_OK;
  *ret_is_there          = false;
  *ret_name              = NULL;
  for (size_t n = 1; status == CUXAS_OK && is_taken && !*ret_is_there; n++) {
    free(*ret_name);
    *ret_name = n == 1 ? cuxas_copy_text(err, name) : cuxas_print_text(err, "%s~%zu", name, n);
    if (*ret_name == NULL) return CUXAS_ENOMEM;
    bind(row, "t", *ret_name);
    status        = step_to(archive, row, &is_taken, err);
    *ret_is_there = is_taken && strcmp(text_of(row, 0), sha256) == 0;
    sqlite3_reset(row);
  }
  return status;
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
  bind(row, "tt-tt", name, format, candidate->label, sha256);
  sqlite3_bind_blob64(row, 3, packed, n_packed, SQLITE_STATIC);
  status = put(archive, row, err);
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

/* ==== 4. merging and checking ==== */

cuxas_status cuxas_archive_take(cuxas_archive *archive, const char *path, cuxas_error *err)
{
  static const char PREDICTIONS[] =
      "INSERT OR IGNORE INTO predictions SELECT p.sha256, (SELECT id FROM main.models WHERE sha256 = m.sha256), "
      "formula, elements, n_absorber, n_distinct, distance, outside, symmetry, warnings, surroundings, spectra "
      "FROM other.predictions p JOIN other.models m ON m.id = p.model "
      "WHERE m.sha256 IN (SELECT sha256 FROM main.models)";
  static const char STRUCTURES[] =
      "INSERT OR IGNORE INTO structures SELECT name, format, content, source, sha256 FROM other.structures";
  static const char DOUBLE[] = "SELECT a.name FROM other.structures a JOIN main.structures b ON a.name = b.name "
                               "WHERE a.sha256 <> b.sha256 LIMIT 1";
  static const char SIMULATIONS[] =
      "INSERT OR IGNORE INTO simulations SELECT s.sha256, source, (SELECT id FROM main.models WHERE sha256 = "
      "m.sha256), "
      "formula, code, n_absorber, n_distinct, warnings, s.channels, spectra FROM other.simulations s "
      "JOIN other.models m ON m.id = s.model WHERE source = '' AND m.sha256 IN (SELECT sha256 FROM main.models)";
  static const char HAS_SIMULATIONS[] =
      "SELECT name FROM other.sqlite_schema WHERE type = 'table' AND name = 'simulations'";
  char         found[FOUND_SIZE] = "", *attach = sqlite3_mprintf("ATTACH %Q AS other", path);
  cuxas_status status = attach != NULL ? run(archive, attach, err) : cuxas_no_memory(err);

  sqlite3_free(attach);
  if (status != CUXAS_OK) return status;
  if ((status = find_text(archive, DOUBLE, found, err)) == CUXAS_OK && found[0] != '\0')
    status = cuxas_fail(err, CUXAS_EEXIST, "%s: another structure is called %s, too", path, found);
  if (status == CUXAS_OK && (status = run(archive, "BEGIN IMMEDIATE", err)) == CUXAS_OK &&
      (status = run(archive, PREDICTIONS, err)) == CUXAS_OK && (status = run(archive, STRUCTURES, err)) == CUXAS_OK &&
      (status = find_text(archive, HAS_SIMULATIONS, found, err)) == CUXAS_OK &&
      (found[0] == '\0' || (status = run(archive, SIMULATIONS, err)) == CUXAS_OK)) /* before 0.3.0 there were none */
    status = run(archive, "COMMIT", err);
  sqlite3_exec(archive->db, "ROLLBACK", NULL, NULL, NULL); /* nothing, after a commit */
  sqlite3_exec(archive->db, "DETACH other", NULL, NULL, NULL);
  return status;
}

static cuxas_status verify_content(const cuxas_archive *archive, sqlite3_stmt *row, cuxas_error *err)
{
  const void  *packed    = sqlite3_column_blob(row, 1);
  const size_t n_packed  = (size_t)sqlite3_column_bytes(row, 1);
  const char  *name      = text_of(row, 0);
  char        *bytes     = NULL, sha256[CUXAS_SHA256_HEX_SIZE];
  size_t       n_byte    = 0;
  const bool   is_packed = cuxas_gzip_recognises(packed, n_packed);
  cuxas_status status    = is_packed ? cuxas_gzip_expand(name, packed, n_packed, &bytes, &n_byte, err) : CUXAS_OK;
  if (status != CUXAS_OK) return cuxas_fail_at(err, status, archive->path);
  cuxas_hash_memory(is_packed ? bytes : packed, is_packed ? n_byte : n_packed, sha256);
  free(bytes);
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

static cuxas_status verify_spectra(const cuxas_archive *archive, sqlite3_stmt *row, cuxas_error *err)
{
  const size_t n_byte = (size_t)sqlite3_column_bytes(row, 0), n_wanted = (size_t)sqlite3_column_int64(row, 1);
  const char  *bytes = sqlite3_column_blob(row, 0);
  size_t       n_absorber, n_distinct;
  float        value;
  if (n_byte != n_wanted * sizeof value)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: the %s of %.12s has spectra of %zu bytes, not %zu", archive->path,
                      text_of(row, 3), text_of(row, 2), n_byte, n_wanted * sizeof value);
  for (size_t i = 0; i < n_wanted; i++) {
    memcpy(&value, bytes + i * sizeof value, sizeof value);
    if (!isfinite(value))
      return cuxas_fail(err, CUXAS_EFORMAT, "%s: the %s of %.12s is not finite", archive->path, text_of(row, 3),
                        text_of(row, 2));
  }
  return n_wanted > 0 ? read_counts(archive, row, 4, &n_absorber, &n_distinct, err) : CUXAS_OK;
}

static cuxas_status verify_seals(const cuxas_archive *archive, cuxas_error *err)
{
  static const char BROKEN[] =
      "SELECT 'prediction of ' || substr(p.sha256, 1, 12) FROM predictions p JOIN checksums c USING (sha256, model) "
      "WHERE kind = 'prediction' AND c.spectra <> cuxas_sha256(p.spectra) UNION ALL "
      "SELECT 'simulation of ' || substr(s.sha256, 1, 12) FROM simulations s JOIN checksums c USING (sha256, model) "
      "WHERE kind = 'simulation' AND source = '' AND c.spectra <> cuxas_sha256(s.spectra) LIMIT 1";
  char         found[FOUND_SIZE];
  bool         is_sealed = false;
  cuxas_status status    = has_seals(archive, &is_sealed, err);
  if (status != CUXAS_OK || !is_sealed || (status = find_text(archive, BROKEN, found, err)) != CUXAS_OK ||
      found[0] == '\0')
    return status;
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: the spectra of the %s are not what their checksum says", archive->path,
                    found);
}

cuxas_status cuxas_archive_verify(cuxas_archive *archive, cuxas_error *err)
{
  static const char LACK[] = "SELECT name FROM structures s WHERE NOT EXISTS (SELECT 1 FROM predictions p WHERE "
                             "p.sha256 = s.sha256) LIMIT 1";
  static const char PREDICTIONS[] =
      "SELECT spectra, n_energy * (1 + length(channels) - length(replace(channels, ',', ''))), p.sha256, 'prediction', "
      "n_absorber, n_distinct "
      "FROM predictions p JOIN models m ON m.id = p.model";
  static const char SIMULATIONS[] =
      "SELECT spectra, n_energy * (s.channels <> '') * (1 + length(s.channels) - "
      "length(replace(s.channels, ',', ''))), "
      "s.sha256, 'simulation', n_absorber, n_distinct FROM simulations s JOIN models m ON m.id = s.model";
  char         found[FOUND_SIZE];
  cuxas_status status = find_text(archive, "PRAGMA integrity_check(1)", found, err);
  if (status == CUXAS_OK && strcmp(found, "ok") != 0)
    status = cuxas_fail(err, CUXAS_EFORMAT, "%s: damaged: %s", archive->path, found);
  if (status != CUXAS_OK ||
      (status = verify_all(archive, "SELECT name, content, sha256 FROM structures", verify_content, err)) != CUXAS_OK ||
      (status = verify_all(archive, PREDICTIONS, verify_spectra, err)) != CUXAS_OK ||
      (archive->statement[SIMULATED] != NULL &&
       (status = verify_all(archive, SIMULATIONS, verify_spectra, err)) != CUXAS_OK) ||
      (status = verify_seals(archive, err)) != CUXAS_OK ||
      (status = find_text(archive, LACK, found, err)) != CUXAS_OK || found[0] == '\0')
    return status;
  return cuxas_fail(err, CUXAS_EFORMAT, "%s: structure %s has no prediction: run its cuxas-refdb library build again",
                    archive->path, found);
}

/* ==== 5. simulations ==== */

static cuxas_status read_simulated(const cuxas_archive *archive, sqlite3_stmt *row, cuxas_slot *slot,
                                   char ret_code[CUXAS_RECORD_CODE_SIZE], cuxas_error *err)
{
  bool           has[CUXAS_N_CHANNEL];
  cuxas_warnings warnings = {.n_warning = 0};
  cuxas_status   status;
  snprintf(slot->hit.formula, sizeof slot->hit.formula, "%s", text_of(row, 0));
  snprintf(ret_code, CUXAS_RECORD_CODE_SIZE, "%s", text_of(row, 1));
  slot->hit.kind   = CUXAS_CANDIDATE_STRUCTURE;
  slot->hit.domain = (cuxas_domain){NAN, false};
  slot->curve      = (cuxas_candidate_curve){.grid = archive->model->grid, .is_prediction = true};
  cuxas_row_split_warnings(text_of(row, 4), &warnings);
  cuxas_row_find_channels(text_of(row, 5), has);
  status = text_of(row, 5)[0] == '\0' ? CUXAS_OK /* what the files do not know has no sites */
                                      : read_counts(archive, row, 2, &slot->hit.n_absorber, &slot->hit.n_distinct, err);
  if (status == CUXAS_OK) status = read_spectra(archive, row, 6, has, slot->curve.mu, err);
  for (size_t i = 0; i < warnings.n_warning && status == CUXAS_OK; i++)
    status = cuxas_hit_warn(&slot->hit, err, "%s", warnings.text[i]);
  return status;
}

cuxas_status cuxas_archive_find_simulated(cuxas_archive *archive, const char *sha256, const char *source,
                                          cuxas_slot *slot, char ret_code[CUXAS_RECORD_CODE_SIZE], bool *ret_is_there,
                                          cuxas_error *err)
{
  sqlite3_stmt *row = archive->statement[SIMULATED];
  *ret_is_there     = false;
  if (row == NULL) return CUXAS_OK;
  bind(row, "tti", sha256, source, archive->model_id);
  cuxas_status status = step_to(archive, row, ret_is_there, err);
  if (*ret_is_there) status = read_simulated(archive, row, slot, ret_code, err);
  *ret_is_there = *ret_is_there && status == CUXAS_OK;
  sqlite3_reset(row);
  if (status != CUXAS_OK) cuxas_candidate_curve_clear(&slot->curve);
  return status;
}

cuxas_status cuxas_archive_add_simulated(cuxas_archive *archive, const char *sha256, const char *source,
                                         const cuxas_slot *slot, const char *code, cuxas_error *err)
{
  sqlite3_stmt  *row = archive->statement[ADD_SIMULATED];
  cuxas_warnings of  = {.n_warning = 0};
  char           warnings[CUXAS_ROW_WARNINGS_SIZE], channels[CUXAS_ROW_CHANNELS_SIZE];
  bool           has[CUXAS_N_CHANNEL];
  for (int c = 0; c < CUXAS_N_CHANNEL; c++) has[c] = slot->curve.mu[c] != NULL;
  cuxas_row_list_channels(has, channels);
  for (size_t i = 0; i < CUXAS_HIT_MAX_WARNING && slot->hit.warning[i] != NULL; i++)
    cuxas_warn(&of, "%s", slot->hit.warning[i]);
  cuxas_row_join_warnings(&of, warnings);
  bind(row, "ttittiitt", sha256, source, archive->model_id, slot->hit.formula, code,
       (sqlite3_int64)slot->hit.n_absorber, (sqlite3_int64)slot->hit.n_distinct, warnings, channels);
  const cuxas_status status = bind_spectra(archive, row, 10, has, slot->curve.mu, err);
  return status == CUXAS_OK ? put(archive, row, err) : status;
}
