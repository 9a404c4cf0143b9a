#define _XOPEN_SOURCE 700 /* mkdtemp() */
#include "check.h"
#include "base/hash.h"

#include "cuxas/catalog.h"
#include "crystal/database.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#define BLOCK(name, a)                                                                                                 \
  "data_" name "\n_cell_length_a " a "\n_cell_length_b 3\n_cell_length_c 3\n_cell_angle_alpha 90\n"                    \
  "_cell_angle_beta 90\n_cell_angle_gamma 90\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n"       \
  "_atom_site_fract_z\nCu1 0 0 0\n"
#define DOCUMENT(id, a)                                                                                                \
  "{\"material_id\":" id ",\"structure\":{\"lattice\":{\"matrix\":[[" a ",0,0],[0,3,0],[0,0,3]]},"                     \
  "\"sites\":[{\"species\":[{\"element\":\"Cu\",\"occu\":1}],\"abc\":[0,0,0]}]}}"

/* A path in the temporary folder, one of this process alone */
static const char *path_of(const char *name)
{
  static char path[600];
  static char folder[300];
  const char *parent = getenv("TMPDIR");
  if (folder[0] == '\0') {
    snprintf(folder, sizeof folder, "%s/cuxas_members_XXXXXX", parent != NULL ? parent : "/tmp");
    if (mkdtemp(folder) == NULL) abort();
  }
  snprintf(path, sizeof path, "%s%s%s", folder, name[0] != '\0' ? "/" : "", name);
  return path;
}

static void make_bytes(const char *name, const void *bytes, size_t n_byte)
{
  FILE *out = fopen(path_of(name), "wb");
  if (out == NULL || fwrite(bytes, 1, n_byte, out) != n_byte || fclose(out) != 0) abort();
}

static void make_text(const char *name, const char *text)
{
  make_bytes(name, text, strlen(text));
}

static void make_gzip(const char *name, const char *text)
{
  gzFile out = gzopen(path_of(name), "wb");
  if (out == NULL || gzputs(out, text) < 0 || gzclose(out) != Z_OK) abort();
}

static void make_database(const char *name, const char *sql)
{
  sqlite3 *db = NULL;
  remove(path_of(name));
  if (sqlite3_open(path_of(name), &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) abort();
  sqlite3_close(db);
}

static cuxas_catalog *list(const char *name)
{
  const char    *paths[] = {path_of(name)};
  cuxas_catalog *catalog = NULL;
  cuxas_error    err     = {0};
  CHECK_STATUS(cuxas_catalog_list(paths, 1, false, &catalog, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  return catalog;
}

/* The candidates in a file: their names, and a of their cells in angstrom, 0 where there is an error; the file goes */
static void check_candidates(const char *name, const char *expected)
{
  cuxas_catalog *catalog  = list(name);
  char           got[800] = "";
  for (size_t i = 0; catalog != NULL && i < catalog->n_candidate; i++) {
    const size_t   n       = strlen(got);
    cuxas_crystal *crystal = NULL;
    cuxas_candidate_read(&catalog->candidate[i], &crystal, NULL);
    snprintf(got + n, sizeof got - n, "%s%s=%g", i > 0 ? " " : "", catalog->candidate[i].name,
             crystal != NULL ? crystal->lattice_A[0][0] : 0.0);
    cuxas_crystal_free(crystal);
  }
  CHECK_TEXT(got, expected);
  cuxas_catalog_free(catalog);
  remove(path_of(name));
}

/* What reading the only candidate in a file says */
static void check_reason(const char *name, cuxas_status status, const char *reason)
{
  cuxas_catalog *catalog = list(name);
  cuxas_crystal *crystal = NULL;
  cuxas_error    err     = {0};
  CHECK(catalog->n_candidate == 1);
  CHECK_STATUS(cuxas_candidate_read(&catalog->candidate[0], &crystal, &err), status);
  if (strstr(err.message, reason) == NULL) CHECK_TEXT(err.message, reason);
  cuxas_crystal_free(crystal);
  cuxas_catalog_free(catalog);
  remove(path_of(name));
}

static void test_cif_with_several_blocks(void)
{
  make_text("x.cif", "# comment\ndata_global\n_journal x\n" BLOCK("one", "3") ";\ndata_" BLOCK("two", "4"));
  check_candidates("x.cif", "x=0"); /* a text field that is never closed: one block, and that one is damaged */
  make_text("x.cif", "data_global\n_journal x\n" BLOCK("one", "3") BLOCK("two", "4"));
  check_candidates("x.cif", "x#one=3 x#two=4");
  make_text("x.cif", BLOCK("one", "3") "_note\n;\n" BLOCK("two", "4") ";\n");
  check_candidates("x.cif", "x=3"); /* quoted within a text field */
  make_text("x.cif", BLOCK("", "3") BLOCK("a/b", "4") BLOCK("a_b", "5"));
  check_candidates("x.cif", "x#1=3 x#a_b=4 x#a_b~2=5");
}

static void test_damage_in_one_block_spares_the_others(void)
{
  make_text("x.cif", BLOCK("one", "3") "'never closed\n" BLOCK("two", "4") BLOCK("three", "no"));
  check_candidates("x.cif", "x#one=0 x#three=0 x#two=4");
}

/* Lines in messages are those of the file, whatever part of it a structure is. */
static void test_lines_of_a_part_are_those_of_its_file(void)
{
  static const struct {
    const char *name, *text, *reason;
  } FILES[] = {
      {"x.cif", BLOCK("one", "3") BLOCK("two", "no"), "x.cif#two:"},
      {"x.json", "{\"a\": " DOCUMENT("\"mp-1\"", "3") ",\n\"b\":\n" DOCUMENT("\"mp-2\"", "\"no\"") "}",
       "x.json#mp-2:3: "},
      {"x.xyz", "1\na\nCu 0 0 0\n\n2\nb\nCu 0 0 0\nQq 0 0 2\n", "x.xyz#2:8: unknown element"},
  };
  for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
    cuxas_error    err     = {0};
    cuxas_crystal *crystal = NULL;
    make_text(FILES[i].name, FILES[i].text);
    cuxas_catalog *catalog = list(FILES[i].name);
    CHECK(catalog->n_candidate == 2);
    CHECK(cuxas_candidate_read(&catalog->candidate[1], &crystal, &err) != CUXAS_OK);
    CHECK_CONTAINS(err.message, FILES[i].reason);
    if (i == 0) { /* as many lines behind the second block's beginning as in the first one */
      size_t      line = 1, wanted;
      const char *bad  = strstr(FILES[i].text, "no\n");
      for (const char *c = FILES[i].text; bad != NULL && c < bad; c++) line += *c == '\n';
      CHECK(sscanf(strstr(err.message, "#two:") + 5, "%zu", &wanted) == 1 && wanted == line);
    }
    cuxas_crystal_free(crystal);
    cuxas_catalog_free(catalog);
    remove(path_of(FILES[i].name));
  }
}

static void test_compressed_files(void)
{
  make_gzip("x.cif.gz", BLOCK("one", "3"));
  check_candidates("x.cif.gz", "x=3");
  make_gzip("x.cif.gz", BLOCK("one", "3") BLOCK("two", "4"));
  check_candidates("x.cif.gz", "x#one=3 x#two=4");
  make_gzip("POSCAR.x.gz", "x\n1\n3 0 0\n0 3 0\n0 0 3\nCu\n1\nDirect\n0 0 0\n");
  check_candidates("POSCAR.x.gz", "POSCAR.x=3");
  make_gzip("whatever", DOCUMENT("\"mp-1\"", "3"));
  check_candidates("whatever", "whatever=3");
  make_bytes("x.cif.gz", "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
  check_reason("x.cif.gz", CUXAS_EFORMAT, "cut off");
  make_bytes("x.cif.gz", "\x1f\x8b\x08\0\0\0\0\0\0\3\xff\xff\xff\xff", 14);
  check_reason("x.cif.gz", CUXAS_EFORMAT, "damaged gzip data");
}

static void test_json_with_several_documents(void)
{
  make_text("x.json", "[" DOCUMENT("\"mp-2\"", "3") "," DOCUMENT("\"mp-1\"", "4") "," DOCUMENT(
                          "null", "5") ",{}," DOCUMENT("\"mp-1\"", "6") ",7]");
  check_candidates("x.json", "mp-1=4 mp-1~2=6 mp-2=3 x#3=5 x#4=0 x#6=0");
  make_text("x.json", "{\"data\":[" DOCUMENT("\"../../x\\u0007\"", "3") "," DOCUMENT("\"b\"", "4") "]}");
  check_candidates("x.json", ".._.._x_=3 b=4");
  make_text("x.json", DOCUMENT("\"mp-1\"", "3"));
  check_candidates("x.json", "x=3"); /* one structure: the file's stem */
  make_text("x.json", "[" DOCUMENT("\"mp-1\"", "3") ",");
  check_reason("x.json", CUXAS_EFORMAT, "not valid JSON");
}

#define TABLE "CREATE TABLE structures (name TEXT PRIMARY KEY, format TEXT, content BLOB NOT NULL);"
#define ROW(name, content) "INSERT INTO structures VALUES ('" name "', 'cif', " content ");"

static void test_json_with_structures_under_names(void)
{
  make_text("x.json", "{\"one\":" DOCUMENT("1", "3") ",\"two\":" DOCUMENT("2", "4") ",\"note\":\"none\"}");
  check_candidates("x.json", "one=3 two=4");
  remove(path_of("x.json"));
}

static void test_xyz_with_several_frames(void)
{
#define FRAME(a) "1\nLattice=\"" a " 0 0 0 3 0 0 0 3\"\nCu 0 0 0\n"
  make_text("x.xyz", FRAME("5") FRAME("4") "\n" FRAME("3") "\n");
  check_candidates("x.xyz", "x#1=5 x#2=4 x#3=3");
  make_text("x.xyz", FRAME("5") FRAME("4") "1\ncut off\n");
  check_candidates("x.xyz", "x=4"); /* no whole list of frames: the file is one candidate, its last whole frame */
  remove(path_of("x.xyz"));
}

static void test_blocks_of_question_marks_are_no_candidates(void)
{
#define MARKS "data_two\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n? ? ? ?\n"
  make_text("x.cif", BLOCK("one", "3") MARKS);
  check_candidates("x.cif", "x=3");
  make_text("x.cif", BLOCK("one", "3") MARKS BLOCK("three", "4"));
  check_candidates("x.cif", "x#one=3 x#three=4");
  remove(path_of("x.cif"));
}

static void test_database(void)
{
  make_database("x.db", TABLE ROW("b", "'" BLOCK("x", "3") "'") ROW("a", "CAST('" BLOCK("x", "4") "' AS BLOB)")
                            ROW("number", "7") ROW("half", "x'1f8b08'"));
  check_candidates("x.db", "a=4 b=3 half=0 number=0");
}

static void test_databases_that_are_refused(void)
{
  make_database("x.db", "CREATE TABLE other (name TEXT);");
  check_reason("x.db", CUXAS_EUNSUPPORTED, "a database without a table of structures");
  make_database("x.db", TABLE);
  check_reason("x.db", CUXAS_EUNSUPPORTED, "the table of structures is empty");
  make_database("x.db", "CREATE TABLE structures (id TEXT); INSERT INTO structures VALUES ('a');");
  check_reason("x.db", CUXAS_EIO, "no such column: name");
  make_database("x.db", "CREATE VIEW structures AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                        "SELECT 'x' || i AS name, '' AS format, '' AS content FROM n;");
  check_reason("x.db", CUXAS_EUNSUPPORTED, "no plain table");
  /* eight kilobytes that would make hundreds of megabytes, or work without end, for every row */
  make_database("x.db",
                "CREATE TABLE structures (k INTEGER, content GENERATED ALWAYS AS (zeroblob(260000000)) VIRTUAL, "
                "name TEXT); INSERT INTO structures (name) VALUES ('a');");
  check_reason("x.db", CUXAS_EUNSUPPORTED, "no plain table in this database: column content is generated");
  make_database("x.db", "CREATE TABLE structures (k INTEGER, content, name GENERATED ALWAYS AS ('n' || k) STORED); "
                        "INSERT INTO structures (k) VALUES (1);");
  check_reason("x.db", CUXAS_EUNSUPPORTED, "column name is generated");
  make_database("x.db", TABLE ROW("a/b", "'x'"));
  check_reason("x.db", CUXAS_EFORMAT, "no proper name");
  make_database("x.db", TABLE ROW("a' || char(27) || 'b", "'x'"));
  check_reason("x.db", CUXAS_EFORMAT, "no proper name");
  make_database("x.db", TABLE ROW("a' || char(0) || 'b", "'x'"));
  check_reason("x.db", CUXAS_EFORMAT, "no proper name");
  make_database("x.db", TABLE "INSERT INTO structures VALUES (NULL, '', 'x');");
  check_reason("x.db", CUXAS_EFORMAT, "no proper name");
  make_bytes("x.db", "SQLite format 3\0 and nothing else", 33);
  check_reason("x.db", CUXAS_EFORMAT, "not a database");
}

/* A pipe gives its content once: it is read when the candidates are listed. */
static void test_pipes_are_read_once(void)
{
  const char *text[] = {BLOCK("x", "3"), "no structure\n"};
  for (int i = 0; i < 2; i++) {
    remove(path_of("pipe.cif"));
    if (mkfifo(path_of("pipe.cif"), 0600) != 0) SKIP("no named pipes");
    const pid_t child = fork();
    if (child == 0) {
      make_text("pipe.cif", text[i]);
      _exit(0);
    }
    if (i == 0)
      check_candidates("pipe.cif", "pipe=3");
    else {
      cuxas_catalog *catalog = NULL;
      cuxas_error    err     = {0};
      CHECK_STATUS(cuxas_catalog_list((const char *[]){path_of("pipe.cif")}, 1, false, &catalog, &err),
                   CUXAS_EUNSUPPORTED);
      CHECK_CONTAINS(err.message, "pipe.cif: no regular file, and no structure comes out of it");
    }
    waitpid(child, NULL, 0);
  }
  remove(path_of("pipe.cif"));
}

static void test_reading_leaves_a_database_as_it_is(void)
{
  char before[CUXAS_SHA256_HEX_SIZE], after[CUXAS_SHA256_HEX_SIZE];
  make_database("x.db", TABLE ROW("a", "'" BLOCK("x", "3") "'"));
  CHECK_STATUS(cuxas_hash_file(path_of("x.db"), before, NULL), CUXAS_OK);
  cuxas_catalog_free(list("x.db"));
  CHECK_STATUS(cuxas_hash_file(path_of("x.db"), after, NULL), CUXAS_OK);
  CHECK_TEXT(after, before);
  check_candidates("x.db", "a=3");
}

static void test_written_databases_read_back(void)
{
  const char             text[] = BLOCK("x", "3");
  cuxas_database_writer *writer = NULL;
  cuxas_error            err    = {0};
  char                  *bytes  = NULL;
  size_t                 n_byte = 0;
  CHECK_STATUS(cuxas_database_begin(&writer, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_database_add(writer, "it's \xc2\xb5", "cif", text, strlen(text), &err), CUXAS_OK);
  CHECK_STATUS(cuxas_database_add(writer, "it's \xc2\xb5", "cif", text, strlen(text), &err), CUXAS_EEXIST);
  CHECK_STATUS(cuxas_database_add(writer, "a/b", "cif", text, strlen(text), &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_database_add(writer, "", "cif", text, strlen(text), &err), CUXAS_ERANGE);
  FILE *out = fopen(path_of("x.db"), "wb");
  CHECK_STATUS(cuxas_database_write(writer, out, &err), CUXAS_OK);
  fclose(out);
  cuxas_database_end(writer);
  cuxas_database_end(NULL);

  CHECK(cuxas_database_recognises(path_of("x.db")) && !cuxas_database_recognises(path_of("none.db")));
  CHECK_STATUS(cuxas_database_fetch(path_of("x.db"), "none", &bytes, &n_byte, &err), CUXAS_EIO);
  cuxas_catalog *catalog = list("x.db");
  CHECK(catalog->n_candidate == 1 && strstr(catalog->candidate[0].path, "x.db#it's \xc2\xb5") != NULL);
  CHECK_STATUS(cuxas_candidate_bytes(&catalog->candidate[0], &bytes, &n_byte, &err), CUXAS_OK);
  CHECK(n_byte == strlen(text) && memcmp(bytes, text, n_byte) == 0);
  free(bytes);
  cuxas_catalog_free(catalog);
  check_candidates("x.db", "it's \xc2\xb5=3");
}

/* The same structure has the same hash wherever it is kept as the same text. */
static void test_hashes_are_of_the_structure_alone(void)
{
  const char two[] = BLOCK("two", "4");
  char       expected[CUXAS_SHA256_HEX_SIZE], got[CUXAS_SHA256_HEX_SIZE];
  cuxas_hash_memory(two, strlen(two), expected);
  const char *const names[] = {"x.cif", "y.cif", "x.db"};
  make_text("x.cif", BLOCK("one", "3") BLOCK("two", "4"));
  make_text("y.cif", two);
  make_database("x.db", TABLE ROW("z", "'" BLOCK("two", "4") "'"));
  for (size_t i = 0; i < 3; i++) {
    cuxas_catalog         *catalog = list(names[i]);
    const cuxas_candidate *last    = &catalog->candidate[catalog->n_candidate - 1];
    CHECK_STATUS(cuxas_candidate_hash(last, got, NULL), CUXAS_OK);
    CHECK_TEXT(got, expected);
    const cuxas_candidate path_alone = {.path = last->path, .kind = last->kind};
    CHECK_STATUS(cuxas_candidate_hash(&path_alone, got, NULL), CUXAS_OK);
    CHECK_TEXT(got, expected);
    cuxas_catalog_free(catalog);
    remove(path_of(names[i]));
  }
}

static void test_members_by_their_path(void)
{
  cuxas_crystal *crystal = NULL;
  cuxas_error    err     = {0};
  make_text("x.cif", BLOCK("one", "3") BLOCK("t#wo", "4"));
  check_candidates("x.cif#t#wo", "x#t#wo=4");
  const char    *paths[] = {path_of("x.cif#none")};
  cuxas_catalog *catalog;
  CHECK_STATUS(cuxas_catalog_list(paths, 1, false, &catalog, &err), CUXAS_EIO);
  CHECK(strstr(err.message, "no structure in it is called none") != NULL);
  CHECK_STATUS(cuxas_crystal_read(path_of("y.cif#one"), &crystal, &err), CUXAS_EIO);
  make_text("x.cif#one", BLOCK("file", "5")); /* a file of that name goes first */
  CHECK_STATUS(cuxas_crystal_read(path_of("x.cif#one"), &crystal, &err), CUXAS_OK);
  CHECK_NEAR(crystal->lattice_A[0][0], 5.0, 0);
  cuxas_crystal_free(crystal);
  remove(path_of("x.cif#one"));
  remove(path_of("x.cif"));
}

static void test_folders_give_what_holds_structures(void)
{
  make_text("report.json", "{\"program\":\"x\",\"lattice\":1}");
  make_database("other.db", "CREATE TABLE other (name TEXT);");
  make_text("text.db", "no database");
  make_text("cut.json", "{\"lattice\":{},\"sites\":[");
  make_text("mp.json", DOCUMENT("\"mp-1\"", "3"));
  make_database("x.sqlite", TABLE ROW("a", "'" BLOCK("x", "4") "'"));
  make_gzip("z.vasp.gz", "x\n1\n5 0 0\n0 3 0\n0 0 3\nCu\n1\nDirect\n0 0 0\n");
  check_candidates("", "a=4 cut=0 mp=3 z=5");
  const char *const names[] = {"report.json", "other.db", "text.db", "cut.json", "mp.json", "x.sqlite", "z.vasp.gz"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) remove(path_of(names[i]));
}

int main(void)
{
  RUN(test_cif_with_several_blocks);
  RUN(test_damage_in_one_block_spares_the_others);
  RUN(test_lines_of_a_part_are_those_of_its_file);
  RUN(test_compressed_files);
  RUN(test_json_with_several_documents);
  RUN(test_json_with_structures_under_names);
  RUN(test_xyz_with_several_frames);
  RUN(test_blocks_of_question_marks_are_no_candidates);
  RUN(test_database);
  RUN(test_databases_that_are_refused);
  RUN(test_pipes_are_read_once);
  RUN(test_reading_leaves_a_database_as_it_is);
  RUN(test_written_databases_read_back);
  RUN(test_hashes_are_of_the_structure_alone);
  RUN(test_members_by_their_path);
  RUN(test_folders_give_what_holds_structures);
  rmdir(path_of(""));
  return CHECK_REPORT();
}
