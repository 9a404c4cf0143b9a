/* Tests of the limits that cuxas-formats(5) lists: what just fits is read, one more is refused and says so. */
#include "check.h"
#include "cuxas/catalog.h"
#include "cuxas/measured.h"
#include "cuxas/records.h"
#include "crystal/database.h"
#include "learn/pickle_priv.h"
#include "records/external.h"
#include "records/record_file.h"
#include "base/text.h"

#include <sys/stat.h>
#include <unistd.h>

/* Text that grows. */
typedef struct {
  char  *bytes;
  size_t n_byte, n_room;
} growing;

static void add(growing *to, const char *text)
{
  const size_t n = strlen(text);
  if (to->n_byte + n + 1 > to->n_room) {
    to->n_room = 2 * to->n_room + n + 4096;
    to->bytes  = realloc(to->bytes, to->n_room);
    if (to->bytes == NULL) exit(1);
  }
  memcpy(to->bytes + to->n_byte, text, n + 1);
  to->n_byte += n;
}

static const char *put_file(const char *suffix, const void *bytes, size_t n_byte)
{
  static char path[512];
  const char *folder = getenv("TMPDIR");
  snprintf(path, sizeof path, "%s/cuxas_limits_%ld%s", folder != NULL ? folder : "/tmp", (long)getpid(), suffix);
  FILE *out = fopen(path, "wb");
  if (out == NULL || fwrite(bytes, 1, n_byte, out) != n_byte || fclose(out) != 0) exit(1);
  return path;
}

static void test_a_file_has_at_most_256_megabytes(void)
{
  const char *path  = put_file(".txt", "", 0);
  char       *bytes = NULL;
  size_t      n_byte;
  cuxas_error err = {0};
  if (truncate(path, (off_t)CUXAS_TEXT_MAX_BYTES) != 0) SKIP("no sparse files here");
  CHECK_STATUS(cuxas_bytes_read(path, &bytes, &n_byte, &err), CUXAS_OK);
  free(bytes);
  bytes = NULL;
  CHECK(truncate(path, (off_t)CUXAS_TEXT_MAX_BYTES + 1) == 0);
  CHECK_STATUS(cuxas_bytes_read(path, &bytes, &n_byte, &err), CUXAS_EFORMAT);
  free(bytes);
  remove(path);
}

static void test_a_text_has_at_most_16777216_lines(void)
{
  char       *lines = malloc(CUXAS_TEXT_MAX_LINES + 1);
  cuxas_text  text;
  cuxas_error err = {0};
  if (lines == NULL) SKIP("no memory");
  memset(lines, '\n', CUXAS_TEXT_MAX_LINES + 1);
  CHECK_STATUS(cuxas_text_from_memory("x", lines, CUXAS_TEXT_MAX_LINES, &text, &err), CUXAS_OK);
  cuxas_text_free(&text);
  CHECK_STATUS(cuxas_text_from_memory("x", lines, CUXAS_TEXT_MAX_LINES + 1, &text, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "more than 16777216 lines");
  cuxas_text_free(&text);
  free(lines);
}

static cuxas_status read_table(size_t n_column, cuxas_error *err)
{
  growing         table    = {0};
  cuxas_spectrum *spectrum = NULL;
  for (int i = 0; i < 3; i++) {
    char energy[16];
    snprintf(energy, sizeof energy, "%d", 930 + i);
    add(&table, energy);
    for (size_t k = 1; k < n_column; k++) add(&table, i == 1 ? ",2" : ",1");
    add(&table, "\n");
  }
  const cuxas_status status = cuxas_measured_parse_bytes(
      "x", table.bytes, table.n_byte, &(cuxas_measured_options){.energy_column = "1", .signal_column = "2"}, &spectrum,
      NULL, err);
  cuxas_spectrum_free(spectrum);
  free(table.bytes);
  return status;
}

static void test_a_table_has_at_most_1000_columns(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(read_table(1000, &err), CUXAS_OK);
  CHECK_STATUS(read_table(1001, &err), CUXAS_EFORMAT);
}

static cuxas_status read_atoms(size_t n_atom, cuxas_error *err)
{
  growing        file = {0};
  char           line[128];
  cuxas_crystal *crystal = NULL;
  snprintf(line, sizeof line, "%zu\nLattice=\"200 0 0 0 200 0 0 0 200\" Properties=species:S:1:pos:R:3\n", n_atom);
  add(&file, line);
  for (size_t i = 0; i < n_atom; i++) {
    snprintf(line, sizeof line, "Cu %zu %zu %zu\n", 4 * (i % 50), 4 * (i / 50 % 50), 4 * (i / 2500));
    add(&file, line);
  }
  const cuxas_status status = cuxas_crystal_from_memory("x.xyz", file.bytes, file.n_byte, &crystal, err);
  CHECK((status == CUXAS_OK) == (crystal != NULL));
  cuxas_crystal_free(crystal);
  free(file.bytes);
  return status;
}

static void test_a_crystal_has_at_most_20000_atoms(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(read_atoms(20000, &err), CUXAS_OK);
  CHECK(read_atoms(20001, &err) != CUXAS_OK);
  CHECK_CONTAINS(err.message, "20000");
}

static cuxas_status read_species(size_t n_species, cuxas_error *err)
{
  growing        file    = {0};
  cuxas_crystal *crystal = NULL;
  char           line[48];
  add(&file, "x\n1\n90 0 0\n0 90 0\n0 0 90\n");
  for (size_t i = 0; i < n_species; i++) add(&file, i % 2 == 0 ? "Cu " : "O ");
  add(&file, "\n");
  for (size_t i = 0; i < n_species; i++) add(&file, "1 ");
  add(&file, "\nDirect\n");
  for (size_t i = 0; i < n_species; i++) {
    snprintf(line, sizeof line, "%.3f %.3f %.3f\n", 0.1 * (double)(i % 10), 0.1 * (double)(i / 10 % 10),
             0.1 * (double)(i / 100));
    add(&file, line);
  }
  const cuxas_status status = cuxas_crystal_from_memory("POSCAR", file.bytes, file.n_byte, &crystal, err);
  cuxas_crystal_free(crystal);
  free(file.bytes);
  return status;
}

static void test_a_poscar_has_at_most_472_species(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(read_species(472, &err), CUXAS_OK);
  CHECK_STATUS(read_species(473, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "more than 472 species");
}

/* One atom in a cell whose b faces are that far apart. */
static cuxas_status read_flat(double height_A, cuxas_error *err)
{
  cuxas_crystal *crystal = NULL;
  char           text[256];
  snprintf(text, sizeof text, "x\n1\n3 0 0\n1.5 %.9f 0\n0 0 10\nCu\n1\nDirect\n0 0 0\n", height_A);
  const cuxas_status status = cuxas_crystal_from_memory("POSCAR", text, strlen(text), &crystal, err);
  cuxas_crystal_free(crystal);
  return status;
}

/* Just above, the images of its atom are what is refused. */
static void test_faces_of_a_cell_are_a_64th_of_an_angstrom_apart_or_more(void)
{
  cuxas_error err = {0};
  read_flat(1.001 / 64, &err);
  CHECK_CONTAINS(err.message, "A apart");
  CHECK_STATUS(read_flat(0.999 / 64, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "the cell is flat");
}

static void test_folders_are_looked_into_32_deep(void)
{
  static const char STRUCTURE[] = "1\nLattice=\"3 0 0 0 3 0 0 0 3\"\nCu 0 0 0\n";
  char              path[1024];
  cuxas_error       err;
  const char       *top = put_file(".folders", "", 0);
  remove(top);
  int n = snprintf(path, sizeof path, "%s", top);
  for (int depth = 0; depth <= 33; depth++) { /* each has a structure: that of the last is one too deep */
    CHECK(mkdir(path, 0777) == 0);
    snprintf(path + n, sizeof path - (size_t)n, "/a.xyz");
    FILE *out = fopen(path, "w");
    CHECK(out != NULL && fputs(STRUCTURE, out) >= 0 && fclose(out) == 0);
    n += snprintf(path + n, sizeof path - (size_t)n, "/d");
  }
  cuxas_catalog *catalog = NULL;
  CHECK_STATUS(cuxas_catalog_list(&top, 1, true, &catalog, &err), CUXAS_OK);
  CHECK(catalog != NULL && catalog->n_candidate == 33);
  cuxas_catalog_free(catalog);
  snprintf(path, sizeof path, "rm -r %s", top);
  CHECK(system(path) == 0);
}

static cuxas_status list_frames(size_t n_frame, size_t *ret_n_candidate, cuxas_error *err)
{
  growing        file    = {0};
  cuxas_catalog *catalog = NULL;
  for (size_t i = 0; i < n_frame; i++) add(&file, "1\nLattice=\"3 0 0 0 3 0 0 0 3\"\nCu 0 0 0\n");
  const char        *path   = put_file(".xyz", file.bytes, file.n_byte);
  const cuxas_status status = cuxas_catalog_list(&path, 1, false, &catalog, err);
  *ret_n_candidate          = catalog != NULL ? catalog->n_candidate : 0;
  cuxas_catalog_free(catalog);
  remove(path);
  free(file.bytes);
  return status;
}

static void test_an_xyz_file_gives_at_most_1000_frames(void)
{
  size_t      n   = 0;
  cuxas_error err = {0};
  CHECK_STATUS(list_frames(1000, &n, &err), CUXAS_OK);
  CHECK(n == 1000);
  CHECK_STATUS(list_frames(1001, &n, &err), CUXAS_OK);
  CHECK(n == 1); /* a trajectory: its last frame */
}

static cuxas_status read_nested(size_t n_deep, cuxas_error *err)
{
  growing        file    = {0};
  cuxas_crystal *crystal = NULL;
  add(&file,
      "{\"lattice\":{\"matrix\":[[3,0,0],[0,3,0],[0,0,3]]},\"sites\":[{\"species\":[{\"element\":\"Cu\",\"occu\":1}],"
      "\"abc\":[0,0,0]}],\"more\":");
  for (size_t i = 0; i < n_deep; i++) add(&file, "[");
  for (size_t i = 0; i < n_deep; i++) add(&file, "]");
  add(&file, "}");
  const cuxas_status status = cuxas_crystal_from_memory("x.json", file.bytes, file.n_byte, &crystal, err);
  cuxas_crystal_free(crystal);
  free(file.bytes);
  return status;
}

static void test_json_nests_at_most_1000_deep(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(read_nested(999, &err), CUXAS_OK); /* the document is one */
  CHECK_STATUS(read_nested(1000, &err), CUXAS_EFORMAT);
}

static void test_a_name_in_a_database_has_at_most_200_bytes(void)
{
  char                   name[202];
  cuxas_database_writer *writer = NULL;
  cuxas_error            err    = {0};
  memset(name, 'a', sizeof name);
  name[201] = '\0';
  CHECK_STATUS(cuxas_database_begin(&writer, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_database_add(writer, name, "cif", "x", 1, &err), CUXAS_ERANGE);
  name[200] = '\0';
  CHECK_STATUS(cuxas_database_add(writer, name, "cif", "x", 1, &err), CUXAS_OK);
  cuxas_database_end(writer);
}

static cuxas_status read_record_of(size_t n_point, double span_eV, size_t n_id, size_t n_atom, cuxas_error *err)
{
  static const char *const EDGES[] = {"L3"};
  growing                  file    = {0};
  cuxas_records           *records = NULL;
  char                     number[32];
  add(&file, "{\"id\":\"");
  for (size_t i = 0; i < n_id; i++) add(&file, "a");
  add(&file, "\",\"lattice\":[[3,0,0],[0,3,0],[0,0,3]],\"species\":[\"Cu\"");
  for (size_t i = 1; i < n_atom; i++) add(&file, ",\"O\"");
  add(&file, "],\"frac\":[[0,0,0]");
  for (size_t i = 1; i < n_atom; i++) {
    snprintf(number, sizeof number, ",[0.5,0.5,%.6f]", (double)i / (double)n_atom);
    add(&file, number);
  }
  add(&file, "],\"site\":0,\"L3\":{\"edge_step\":1,"
             "\"core_hole_width\":1,\"scf_converged\":true,\"energy\":[");
  for (size_t i = 0; i < n_point; i++) {
    snprintf(number, sizeof number, "%s%.6f", i > 0 ? "," : "", 930 + span_eV * (double)i / (double)(n_point - 1));
    add(&file, number);
  }
  add(&file, "],\"mu\":[");
  for (size_t i = 0; i < n_point; i++) add(&file, i > 0 ? ",1" : "0");
  add(&file, "]}}\n");
  const char        *path   = put_file(".jsonl", file.bytes, file.n_byte);
  const cuxas_status status = cuxas_records_read(&path, 1, 29, EDGES, 1, &records, err);
  cuxas_records_free(records);
  remove(path);
  free(file.bytes);
  return status;
}

static cuxas_status read_record(size_t n_point, size_t n_id, cuxas_error *err)
{
  return read_record_of(n_point, 60, n_id, 1, err);
}

static void test_a_record_spans_5_to_1000_eV_and_has_at_most_20000_atoms(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(read_record_of(100, 5, 1, 1, &err), CUXAS_OK);
  CHECK_STATUS(read_record_of(100, 1000, 1, 1, &err), CUXAS_OK);
  CHECK(read_record_of(100, 4.99, 1, 1, &err) != CUXAS_OK);
  CHECK(read_record_of(100, 1000.01, 1, 1, &err) != CUXAS_OK);
  CHECK_STATUS(read_record_of(100, 60, 1, 20000, &err), CUXAS_OK);
  CHECK(read_record_of(100, 60, 1, 20001, &err) != CUXAS_OK);
  CHECK_CONTAINS(err.message, "20001 species");
}

static void test_a_record_has_4_to_100000_points_and_an_id_of_at_most_63_bytes(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(read_record(4, 63, &err), CUXAS_OK);
  CHECK_STATUS(read_record(100000, 1, &err), CUXAS_OK);
  CHECK(read_record(3, 1, &err) != CUXAS_OK);
  CHECK(read_record(100001, 1, &err) != CUXAS_OK);
  CHECK(read_record(4, 64, &err) != CUXAS_OK);
}

static cuxas_status read_external(size_t n_point, cuxas_error *err)
{
  growing                       file     = {0};
  const cuxas_external_settings settings = cuxas_external_defaults();
  cuxas_spectrum               *spectrum = NULL;
  char                          line[48];
  for (size_t i = 0; i < n_point; i++) {
    snprintf(line, sizeof line, "%zu %d\n", i, i > 1);
    add(&file, line);
  }
  const char        *path   = put_file(".dat", file.bytes, file.n_byte);
  const cuxas_status status = cuxas_external_read(path, &settings, &spectrum, err);
  cuxas_spectrum_free(spectrum);
  remove(path);
  free(file.bytes);
  return status;
}

static void test_a_spectrum_of_another_program_has_4_to_100000_points(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(read_external(4, &err), CUXAS_OK);
  CHECK_STATUS(read_external(100000, &err), CUXAS_OK);
  CHECK_STATUS(read_external(3, &err), CUXAS_EFORMAT);
  CHECK_STATUS(read_external(100001, &err), CUXAS_EFORMAT);
}

/* Two columns among n. */
static cuxas_status read_column(size_t i_mu, cuxas_error *err)
{
  growing                 file     = {0};
  cuxas_external_settings settings = cuxas_external_defaults();
  cuxas_spectrum         *spectrum = NULL;
  char                    number[16];
  settings.mu_column = i_mu;
  for (int i = 0; i < 4; i++)
    for (int k = 0; k < 70; k++) {
      snprintf(number, sizeof number, "%d%c", k == 0 ? i : k, k < 69 ? ' ' : '\n');
      add(&file, number);
    }
  const char        *path   = put_file(".dat", file.bytes, file.n_byte);
  const cuxas_status status = cuxas_external_read(path, &settings, &spectrum, err);
  if (status == CUXAS_OK) CHECK_NEAR(spectrum->mu[0], (double)i_mu - 1, 0.0);
  cuxas_spectrum_free(spectrum);
  remove(path);
  free(file.bytes);
  return status;
}

static void test_of_a_spectrum_of_another_program_64_columns_are_read(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(read_column(64, &err), CUXAS_OK);
  CHECK_STATUS(read_column(65, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "64 columns");
}

/* A curve of n points in steps of 1 eV, broadened. */
static cuxas_status broaden(size_t n, cuxas_error *err)
{
  cuxas_external_settings settings = cuxas_external_defaults();
  cuxas_spectrum         *raw = cuxas_spectrum_new(2), *spectrum = NULL;
  double                  step;
  raw->energy_eV[0] = raw->mu[0] = 1.0;
  raw->energy_eV[1]              = (double)n;
  raw->mu[1]                     = 2.0;
  settings.step_eV = settings.gaussian_eV = 1.0;
  settings.normalization                  = CUXAS_NORMALIZE_NONE;
  const cuxas_status status               = cuxas_external_process(raw, &settings, "curve", &spectrum, &step, err);
  if (status == CUXAS_OK) CHECK(spectrum->n_point == n);
  cuxas_spectrum_free(spectrum);
  cuxas_spectrum_free(raw);
  return status;
}

static void test_a_curve_of_at_most_20000_even_steps_is_broadened(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(broaden(20000, &err), CUXAS_OK);
  CHECK_STATUS(broaden(20001, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "too many points");
}

static void test_of_a_table_of_ours_64_columns_are_read(void)
{
  char  line[256] = "", *field[CUXAS_CSV_MAX_COLUMN];
  char *at        = line;
  for (int i = 0; i < 70; i++) at += sprintf(at, "%s%d", i > 0 ? "," : "", i);
  CHECK(CUXAS_CSV_MAX_COLUMN == 64);
  CHECK(cuxas_csv_cut(line, field) == 64);
  CHECK_TEXT(field[63], "63");
}

/* The site of a crystal of one atom. */
static cuxas_status read_site(long site, cuxas_error *err)
{
  static const char *const EDGES[] = {"L3"};
  growing                  file    = {0};
  cuxas_record_file       *records = NULL;
  char                     line[256];
  snprintf(
      line, sizeof line,
      "{\"id\":\"a\",\"lattice\":[[3,0,0],[0,3,0],[0,0,3]],\"species\":[\"Cu\"],\"frac\":[[0,0,0]],\"site\":%ld}\n",
      site);
  add(&file, line);
  const char    *path   = put_file(".jsonl", file.bytes, file.n_byte);
  cuxas_status   status = cuxas_record_file_read(path, &records, err);
  cuxas_records *parsed = NULL;
  if (status == CUXAS_OK) status = cuxas_record_file_parse(records, 29, EDGES, 1, &parsed, err);
  cuxas_records_free(parsed);
  cuxas_record_file_free(records);
  remove(path);
  free(file.bytes);
  return status;
}

static void test_the_index_of_a_records_site_is_at_most_100000(void)
{
  cuxas_error err = {0};
  CHECK(read_site(100000, &err) != CUXAS_OK); /* there is no such atom */
  CHECK(strstr(err.message, "not a whole number") == NULL);
  CHECK(read_site(100001, &err) != CUXAS_OK);
  CHECK_CONTAINS(err.message, "\"site\" is not a whole number from 0 to 100000");
}

static void test_of_a_column_name_80_bytes_are_kept(void)
{
  cuxas_spectrum      *spectrum = NULL;
  cuxas_measured_info *info     = NULL;
  growing              file     = {0};
  cuxas_error          err;
  add(&file, "energy,");
  for (int i = 0; i < 79; i++) add(&file, "m");
  add(&file, "\xc2\xb5\n930,1\n931,2\n932,1\n"); /* two bytes, one of which would still fit */
  CHECK_STATUS(cuxas_measured_parse_bytes("x", file.bytes, file.n_byte,
                                          &(cuxas_measured_options){.energy_column = "1", .signal_column = "2"},
                                          &spectrum, &info, &err),
               CUXAS_OK);
  CHECK(info != NULL && strlen(info->column[1].name) == 79);
  cuxas_spectrum_free(spectrum);
  cuxas_measured_info_free(info);
  file.n_byte = 0;
  add(&file, "energy,");
  for (int i = 0; i < 90; i++) add(&file, "m");
  add(&file, "\n930,1\n931,2\n932,1\n");
  CHECK_STATUS(cuxas_measured_parse_bytes("x", file.bytes, file.n_byte,
                                          &(cuxas_measured_options){.energy_column = "1", .signal_column = "2"},
                                          &spectrum, &info, &err),
               CUXAS_OK);
  CHECK(info != NULL && strlen(info->column[1].name) == 80);
  cuxas_spectrum_free(spectrum);
  cuxas_measured_info_free(info);
  free(file.bytes);
}

static void test_a_number_has_at_most_510_characters(void)
{
  growing number = {0};
  double  value  = 0;
  add(&number, "931.25");
  while (number.n_byte < 510) add(&number, "0");
  CHECK(cuxas_text_parse_number(number.bytes, &value) && value == 931.25);
  add(&number, "0");
  CHECK(!cuxas_text_parse_number(number.bytes, &value));
  CHECK(cuxas_text_parse_number("931.2500000000001", &value) && value > 931.25); /* 16 digits count */
  free(number.bytes);
}

int main(void)
{
  RUN(test_a_file_has_at_most_256_megabytes);
  RUN(test_a_text_has_at_most_16777216_lines);
  RUN(test_a_table_has_at_most_1000_columns);
  RUN(test_a_crystal_has_at_most_20000_atoms);
  RUN(test_a_poscar_has_at_most_472_species);
  RUN(test_faces_of_a_cell_are_a_64th_of_an_angstrom_apart_or_more);
  RUN(test_folders_are_looked_into_32_deep);
  RUN(test_an_xyz_file_gives_at_most_1000_frames);
  RUN(test_json_nests_at_most_1000_deep);
  RUN(test_a_name_in_a_database_has_at_most_200_bytes);
  RUN(test_a_record_has_4_to_100000_points_and_an_id_of_at_most_63_bytes);
  RUN(test_a_record_spans_5_to_1000_eV_and_has_at_most_20000_atoms);
  RUN(test_a_spectrum_of_another_program_has_4_to_100000_points);
  RUN(test_of_a_spectrum_of_another_program_64_columns_are_read);
  RUN(test_a_curve_of_at_most_20000_even_steps_is_broadened);
  RUN(test_of_a_table_of_ours_64_columns_are_read);
  RUN(test_the_index_of_a_records_site_is_at_most_100000);
  RUN(test_of_a_column_name_80_bytes_are_kept);
  RUN(test_a_number_has_at_most_510_characters);
  return CHECK_REPORT();
}
