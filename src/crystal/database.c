/* database.c - many structures in one SQLite file, each by its name
 *
 * Contents
 *   1. Opening
 *   2. Reading
 *   3. Writing */
#include "crystal/database.h"

#include "base/memory.h"
#include "base/text.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

struct cuxas_database_writer {
  sqlite3      *db;
  sqlite3_stmt *insert;
};

bool cuxas_database_recognises(const char *path)
{
  static const char SIGNATURE[16] = "SQLite format 3"; /* with the zero behind it */
  char              start[sizeof SIGNATURE];
  FILE             *in = fopen(path, "rb");
  if (in == NULL) return false;
  const bool is_database =
      fread(start, 1, sizeof start, in) == sizeof start && memcmp(start, SIGNATURE, sizeof start) == 0;
  fclose(in);
  return is_database;
}

/* A sound name: 1 ... 200 bytes, no control characters, no '/' */
static bool is_name(const char *name, size_t n_byte)
{
  if (n_byte == 0 || n_byte > CUXAS_DATABASE_MAX_NAME) return false;
  for (size_t i = 0; i < n_byte; i++)
    if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f || name[i] == '/') return false;
  return true;
}

/* Called every so many steps of SQLite's machine: a file that makes it work for long is refused. Names of a million
 * structures take about 20 million steps. */
enum { STEPS_A_CALL = 1000000, MAX_CALLS = 1000 };

static int is_too_long(void *user)
{
  int *n_call = user;
  return ++*n_call > MAX_CALLS;
}

static cuxas_status fail(sqlite3 *db, const char *path, cuxas_error *err)
{
  if (db != NULL && sqlite3_errcode(db) == SQLITE_INTERRUPT)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: the database asks for too much work: no plain table of structures",
                      path);
  const int code = db != NULL ? sqlite3_errcode(db) : SQLITE_NOMEM;
  if (code == SQLITE_NOMEM) return cuxas_fail_at(err, cuxas_no_memory(err), path);
  return cuxas_fail(
      err, code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_TOOBIG ? CUXAS_EFORMAT : CUXAS_EIO,
      "%s: database: %s", path, sqlite3_errmsg(db));
}

/* ---- 1. Opening ---- */

/* The file may come from anywhere: no functions, triggers or views of its schema are trusted, and a plain table named
 * structures is asked for, since a view or a virtual table can make rows without end. */
/* A generated column can make values of any size and cost out of nothing; SQLite counts it as hidden. */
static cuxas_status refuse_generated(sqlite3 *db, const char *path, cuxas_error *err)
{
  enum { NAME = 1, HIDDEN = 6 };
  sqlite3_stmt *column = NULL;
  cuxas_status  status = CUXAS_OK;
  int           step   = SQLITE_DONE;
  if (sqlite3_prepare_v2(db, "PRAGMA table_xinfo(structures)", -1, &column, NULL) != SQLITE_OK)
    return fail(db, path, err);
  while (status == CUXAS_OK && (step = sqlite3_step(column)) == SQLITE_ROW)
    if (sqlite3_column_int(column, HIDDEN) != 0)
      status = cuxas_fail(err, CUXAS_EUNSUPPORTED,
                          "%s: structures is no plain table in this database: column %.60s is generated", path,
                          (const char *)sqlite3_column_text(column, NAME));
  if (status == CUXAS_OK && step != SQLITE_DONE) status = fail(db, path, err);
  sqlite3_finalize(column);
  return status;
}

/* A file in write-ahead mode, whose log is not there: to be read, SQLite would make log and index beside it, and leave them. */
static bool has_lost_log(const char *path)
{
  enum { READ_VERSION = 19, AHEAD = 2 };
  unsigned char start[READ_VERSION + 1];
  char         *log   = cuxas_print_text(NULL, "%s-wal", path);
  FILE         *in    = fopen(path, "rb");
  const bool is_ahead = in != NULL && fread(start, 1, sizeof start, in) == sizeof start && start[READ_VERSION] == AHEAD;
  if (in != NULL) fclose(in);
  const bool is_lost = is_ahead && log != NULL && access(log, F_OK) != 0;
  free(log);
  return is_lost;
}

/* Such a file is opened as one that nobody changes, by an address whose bytes are encoded. */
static int open_file(const char *path, sqlite3 **ret_db)
{
  static const char IMMUTABLE[] = "?immutable=1";
  const int         flags       = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
  if (!has_lost_log(path)) return sqlite3_open_v2(path, ret_db, flags, NULL);
  char *address = cuxas_new(NULL, sizeof "file:" + 3 * strlen(path) + sizeof IMMUTABLE, 1);
  if (address == NULL) return SQLITE_NOMEM;
  size_t n = (size_t)sprintf(address, "file:");
  for (const char *at = path; *at != '\0'; at++)
    n += (size_t)sprintf(address + n, strchr("/._-", *at) != NULL && (*at != '/' || at != path + 1) ? "%c" : "%%%02X",
                         (unsigned char)*at);
  strcpy(address + n, IMMUTABLE);
  const int code = sqlite3_open_v2(address, ret_db, flags | SQLITE_OPEN_URI, NULL);
  free(address);
  return code;
}

/* n_call: counts for the handler of progress, lives as long as the database is open */
static cuxas_status open_database(const char *path, int *n_call, sqlite3 **ret_db, cuxas_error *err)
{
  static const char CHECK[] = "SELECT sql LIKE 'CREATE TABLE%' FROM sqlite_schema "
                              "WHERE name = 'structures' COLLATE NOCASE AND type IN ('table', 'view')";
  sqlite3          *db      = NULL;
  sqlite3_stmt     *check   = NULL;
  cuxas_status      status  = CUXAS_OK;

  *ret_db = NULL;
  if (open_file(path, &db) != SQLITE_OK) {
    status = fail(db, path, err);
    goto done;
  }
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, (int)CUXAS_TEXT_MAX_BYTES);
  *n_call = 0;
  sqlite3_progress_handler(db, STEPS_A_CALL, is_too_long, n_call);
  if (sqlite3_prepare_v2(db, CHECK, -1, &check, NULL) != SQLITE_OK) {
    status = fail(db, path, err);
    goto done;
  }
  switch (sqlite3_step(check)) {
  case SQLITE_ROW:
    if (sqlite3_column_int(check, 0) == 0)
      status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: structures is no plain table in this database", path);
    break;
  case SQLITE_DONE:
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: a database without a table of structures", path);
    break;
  default: status = fail(db, path, err);
  }
  if (status == CUXAS_OK) status = refuse_generated(db, path, err);
  if (status == CUXAS_OK) {
    *ret_db = db;
    db      = NULL;
  }
done:
  sqlite3_finalize(check);
  sqlite3_close(db);
  return status;
}

/* ---- 2. Reading ---- */

void cuxas_database_free(cuxas_database_entry *entry, size_t n_entry)
{
  for (size_t i = 0; i < n_entry; i++) {
    free(entry[i].name);
    free(entry[i].source);
  }
  free(entry);
}

/* Text without control characters, as long as a path may be; NULL: something else. */
static char *copy_source(sqlite3_stmt *row, cuxas_error *err)
{
  enum { MAX_BYTE = 4000 };
  const char  *text   = sqlite3_column_type(row, 1) == SQLITE_TEXT ? (const char *)sqlite3_column_text(row, 1) : NULL;
  const size_t n_byte = (size_t)sqlite3_column_bytes(row, 1);
  if (text == NULL || n_byte == 0 || n_byte > MAX_BYTE || strlen(text) != n_byte) return NULL;
  for (size_t i = 0; i < n_byte; i++)
    if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) return NULL;
  return cuxas_copy_text(err, text);
}

static void copy_sha256(sqlite3_stmt *row, char ret_sha256[CUXAS_SHA256_HEX_SIZE])
{
  const char  *text = sqlite3_column_type(row, 2) == SQLITE_TEXT ? (const char *)sqlite3_column_text(row, 2) : "";
  const size_t n    = CUXAS_SHA256_HEX_SIZE - 1;
  if (strlen(text) == n && strspn(text, "0123456789abcdef") == n) memcpy(ret_sha256, text, n + 1);
}

static cuxas_status add_entry(const char *path, sqlite3_stmt *row, cuxas_database_entry **entry, size_t *n_entry,
                              size_t *n_room, cuxas_error *err)
{
  const char  *name   = sqlite3_column_type(row, 0) == SQLITE_TEXT ? (const char *)sqlite3_column_text(row, 0) : NULL;
  const size_t n_byte = (size_t)sqlite3_column_bytes(row, 0);
  if (name == NULL || strlen(name) != n_byte || !is_name(name, n_byte))
    return cuxas_fail(err, CUXAS_EFORMAT,
                      "%s: structure %zu has no proper name (text of 1 to %d bytes without control characters and '/')",
                      path, *n_entry + 1, CUXAS_DATABASE_MAX_NAME);
  if (*n_entry == CUXAS_DATABASE_MAX_STRUCTURES)
    return cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: more than %d structures", path, CUXAS_DATABASE_MAX_STRUCTURES);
  if (*n_entry > 0 && strcmp((*entry)[*n_entry - 1].name, name) == 0)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s: two structures are called %s", path, name);
  if (*n_entry == *n_room) {
    const size_t          n_wanted = *n_room > 0 ? 2 * *n_room : 64;
    cuxas_database_entry *grown    = cuxas_grow(err, *entry, n_wanted, sizeof *grown);
    if (grown == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
    *entry  = grown;
    *n_room = n_wanted;
  }
  cuxas_database_entry *added = &(*entry)[(*n_entry)++];
  *added                      = (cuxas_database_entry){.name = cuxas_copy_text(err, name)};
  if (added->name == NULL) return cuxas_fail_at(err, CUXAS_ENOMEM, path);
  if (sqlite3_column_count(row) == 3) {
    added->source = copy_source(row, err);
    copy_sha256(row, added->sha256);
  }
  return CUXAS_OK;
}

/* Before they are sorted, which takes room on disk: a page that the tree of a damaged file names again and again holds rows without end. */
static cuxas_status refuse_many(sqlite3 *db, const char *path, cuxas_error *err)
{
  sqlite3_stmt *row    = NULL;
  cuxas_status  status = CUXAS_OK;
  if (sqlite3_prepare_v2(db, "SELECT 1 FROM structures NOT INDEXED LIMIT 1 OFFSET ?1", -1, &row, NULL) != SQLITE_OK ||
      sqlite3_bind_int64(row, 1, CUXAS_DATABASE_MAX_STRUCTURES) != SQLITE_OK)
    status = fail(db, path, err);
  else
    switch (sqlite3_step(row)) {
    case SQLITE_ROW:
      status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: more than %d structures", path, CUXAS_DATABASE_MAX_STRUCTURES);
      break;
    case SQLITE_DONE: break;
    default: status = fail(db, path, err);
    }
  sqlite3_finalize(row);
  return status;
}

cuxas_status cuxas_database_list(const char *path, cuxas_database_entry **ret_entry, size_t *ret_n_entry,
                                 cuxas_error *err)
{
  static const char     PLAIN[] = "SELECT name FROM structures ORDER BY name COLLATE BINARY";
  static const char     MORE[]  = "SELECT name, source, sha256 FROM structures ORDER BY name COLLATE BINARY";
  sqlite3              *db      = NULL;
  sqlite3_stmt         *rows    = NULL;
  cuxas_database_entry *entry   = NULL;
  size_t                n_entry = 0, n_room = 0;
  int                   step = SQLITE_DONE, n_call;

  *ret_entry          = NULL;
  *ret_n_entry        = 0;
  cuxas_status status = open_database(path, &n_call, &db, err);
  if (status != CUXAS_OK) return status;
  status = refuse_many(db, path, err);
  if (status == CUXAS_OK && sqlite3_prepare_v2(db, MORE, -1, &rows, NULL) != SQLITE_OK &&
      sqlite3_prepare_v2(db, PLAIN, -1, &rows, NULL) != SQLITE_OK)
    status = fail(db, path, err);
  while (status == CUXAS_OK && (step = sqlite3_step(rows)) == SQLITE_ROW)
    status = add_entry(path, rows, &entry, &n_entry, &n_room, err);
  if (status == CUXAS_OK && step != SQLITE_DONE) status = fail(db, path, err);
  if (status == CUXAS_OK && n_entry == 0)
    status = cuxas_fail(err, CUXAS_EUNSUPPORTED, "%s: the table of structures is empty", path);
  sqlite3_finalize(rows);
  sqlite3_close(db);
  if (status != CUXAS_OK) {
    cuxas_database_free(entry, n_entry);
    return status;
  }
  *ret_entry   = entry;
  *ret_n_entry = n_entry;
  return CUXAS_OK;
}

static cuxas_status copy_content(const char *path, const char *name, sqlite3_stmt *row, char **ret_bytes,
                                 size_t *ret_n_byte, cuxas_error *err)
{
  const int type = sqlite3_column_type(row, 0);
  if (type != SQLITE_TEXT && type != SQLITE_BLOB)
    return cuxas_fail(err, CUXAS_EFORMAT, "%s#%s: the content is neither text nor a blob", path, name);
  const void  *bytes  = sqlite3_column_blob(row, 0);
  const size_t n_byte = (size_t)sqlite3_column_bytes(row, 0);
  char        *copy   = cuxas_new(err, n_byte + 1, 1);
  if (copy == NULL || (bytes == NULL && n_byte > 0)) {
    free(copy);
    return cuxas_no_memory(err);
  }
  if (n_byte > 0) memcpy(copy, bytes, n_byte);
  *ret_bytes  = copy;
  *ret_n_byte = n_byte;
  return CUXAS_OK;
}

cuxas_status cuxas_database_fetch(const char *path, const char *name, char **ret_bytes, size_t *ret_n_byte,
                                  cuxas_error *err)
{
  sqlite3      *db  = NULL;
  sqlite3_stmt *row = NULL;
  int           n_call;

  *ret_bytes          = NULL;
  *ret_n_byte         = 0;
  cuxas_status status = open_database(path, &n_call, &db, err);
  if (status != CUXAS_OK) return status;
  if (sqlite3_prepare_v2(db, "SELECT content FROM structures WHERE name = ?1", -1, &row, NULL) != SQLITE_OK ||
      sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC) != SQLITE_OK) {
    status = fail(db, path, err);
    goto done;
  }
  switch (sqlite3_step(row)) {
  case SQLITE_ROW: status = copy_content(path, name, row, ret_bytes, ret_n_byte, err); break;
  case SQLITE_DONE: status = cuxas_fail(err, CUXAS_EIO, "%s: no structure is called %.200s", path, name); break;
  default: status = fail(db, path, err);
  }
done:
  sqlite3_finalize(row);
  sqlite3_close(db);
  return status;
}

/* ---- 3. Writing ---- */

cuxas_status cuxas_database_begin(cuxas_database_writer **ret_writer, cuxas_error *err)
{
  static const char SCHEMA[] =
      "CREATE TABLE structures (name TEXT PRIMARY KEY, format TEXT, content BLOB NOT NULL); BEGIN";
  cuxas_database_writer *writer = cuxas_new(err, 1, sizeof *writer);

  *ret_writer = NULL;
  if (writer == NULL) return CUXAS_ENOMEM;
  if (sqlite3_open_v2(":memory:", &writer->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
      sqlite3_exec(writer->db, SCHEMA, NULL, NULL, NULL) != SQLITE_OK ||
      sqlite3_prepare_v2(writer->db, "INSERT INTO structures VALUES (?1, ?2, ?3)", -1, &writer->insert, NULL) !=
          SQLITE_OK) {
    const cuxas_status status = fail(writer->db, "new database", err);
    cuxas_database_end(writer);
    return status;
  }
  *ret_writer = writer;
  return CUXAS_OK;
}

/* gzip without name and time, so that equal content gives equal bytes */
static cuxas_status compress_gzip(const void *bytes, size_t n_byte, unsigned char **ret_packed, size_t *ret_n_packed,
                                  cuxas_error *err)
{
  enum { GZIP = 16 + MAX_WBITS, MEMORY = 8 };
  z_stream stream = {0};
  if (n_byte > CUXAS_TEXT_MAX_BYTES || deflateInit2(&stream, 9, Z_DEFLATED, GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
    return cuxas_no_memory(err);
  const size_t   n_room    = deflateBound(&stream, (uLong)n_byte);
  unsigned char *packed    = cuxas_new(err, n_room, 1);
  unsigned char *input     = cuxas_new(err, n_byte, 1); /* zlib's input is not const */
  bool           is_packed = false;
  if (packed != NULL && input != NULL) {
    if (n_byte > 0) memcpy(input, bytes, n_byte);
    stream.next_in   = input;
    stream.avail_in  = (uInt)n_byte;
    stream.next_out  = packed;
    stream.avail_out = (uInt)n_room;
    is_packed        = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  }
  *ret_n_packed = n_room - stream.avail_out;
  deflateEnd(&stream);
  free(input);
  if (!is_packed) {
    free(packed);
    return cuxas_no_memory(err);
  }
  *ret_packed = packed;
  return CUXAS_OK;
}

cuxas_status cuxas_database_add(cuxas_database_writer *writer, const char *name, const char *format, const void *bytes,
                                size_t n_byte, cuxas_error *err)
{
  unsigned char *packed   = NULL;
  size_t         n_packed = 0;
  if (!is_name(name, strlen(name)))
    return cuxas_fail(err, CUXAS_ERANGE, "%.200s: no name for a structure in a database (1 to %d bytes)", name,
                      CUXAS_DATABASE_MAX_NAME);
  cuxas_status status = compress_gzip(bytes, n_byte, &packed, &n_packed, err);
  if (status != CUXAS_OK) return status;
  sqlite3_reset(writer->insert);
  sqlite3_bind_text(writer->insert, 1, name, -1, SQLITE_STATIC); /* a copy could fail, and would be NULL */
  sqlite3_bind_text(writer->insert, 2, format, -1, SQLITE_STATIC);
  sqlite3_bind_blob64(writer->insert, 3, packed, n_packed, SQLITE_STATIC);
  const int step = sqlite3_step(writer->insert);
  free(packed);
  switch (step) {
  case SQLITE_DONE: return CUXAS_OK;
  case SQLITE_CONSTRAINT: return cuxas_fail(err, CUXAS_EEXIST, "two structures are called %s", name);
  default: return fail(writer->db, "new database", err);
  }
}

cuxas_status cuxas_database_write(cuxas_database_writer *writer, FILE *out, cuxas_error *err)
{
  sqlite3_int64 n_byte = 0;
  sqlite3_reset(writer->insert);
  if (sqlite3_exec(writer->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) return fail(writer->db, "new database", err);
  unsigned char *bytes = sqlite3_serialize(writer->db, "main", &n_byte, 0);
  if (bytes == NULL) return cuxas_no_memory(err);
  const bool is_written = fwrite(bytes, 1, (size_t)n_byte, out) == (size_t)n_byte;
  sqlite3_free(bytes);
  return is_written ? CUXAS_OK : cuxas_fail(err, CUXAS_EIO, "could not write the database");
}

void cuxas_database_end(cuxas_database_writer *writer)
{
  if (writer == NULL) return;
  sqlite3_finalize(writer->insert);
  sqlite3_close(writer->db);
  free(writer);
}
