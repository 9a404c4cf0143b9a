/* Tests of the limits of containers that cuxas-formats(5) lists (gzip, DigitalMicrograph, HDF5, SQLite, structures with disorder): what just fits is read, one more is refused or passed over. */
#include "gatan_make.h"
#include "hdf5_make.h"
#include "reading.h"

#include "base/gzip.h"
#include "base/text.h"
#include "crystal/database.h"
#include "cuxas/crystal.h"
#include "spectrum/formats.h"

#include "spectrum/hdf5_priv.h"

#include <sqlite3.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *path_of(const char *suffix)
{
  static char path[512];
  const char *folder = getenv("TMPDIR");
  snprintf(path, sizeof path, "%s/cuxas_containers_%ld%s", folder != NULL ? folder : "/tmp", (long)getpid(), suffix);
  return path;
}

/* ---- gzip ---- */

static void test_a_gzip_file_expands_to_at_most_256_megabytes(void)
{
  const size_t most   = CUXAS_TEXT_MAX_BYTES;
  char        *blanks = malloc(most), *packed = NULL, *one = NULL, *expanded = NULL;
  size_t       n_packed = 0, n_one = 0, n_expanded = 0;
  cuxas_error  err = {0};
  if (blanks == NULL) SKIP("no memory");
  memset(blanks, ' ', most);
  CHECK_STATUS(cuxas_gzip_pack(blanks, most, &packed, &n_packed, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_gzip_pack(" ", 1, &one, &n_one, &err), CUXAS_OK);
  CHECK_STATUS(cuxas_gzip_expand("x.gz", packed, n_packed, &expanded, &n_expanded, &err), CUXAS_OK);
  CHECK(n_expanded == most && expanded != NULL && memcmp(expanded, blanks, most) == 0);
  free(blanks);
  free(expanded);
  packed = realloc(packed, n_packed + n_one); /* members one behind the other are one file */
  memcpy(packed + n_packed, one, n_one);
  CHECK_STATUS(cuxas_gzip_expand("x.gz", packed, n_packed + n_one, &expanded, &n_expanded, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "256 MiB");
  free(packed);
  free(one);
}

/* ---- DigitalMicrograph ---- */

static const float   VALUES[]  = {0.5F, 1.5F, 1.0F};
static const double  MU[]      = {0.5, 1.5, 1.0};
static const int32_t PREVIEW[] = {1, 2, 3, 4};

/* The last of n images is a spectrum, the others are pictures. */
static reading read_images(size_t n)
{
  static const made_axis ENERGY[1] = {{3, -930, 1, "eV"}}, PIXELS[2] = {{2, 0, 1, "nm"}, {2, 0, 1, "nm"}};
  made_file              file = begin_gatan(3, true, n);
  for (size_t i = 0; i + 1 < n; i++) put_image(&file, "preview", 3, 4, PREVIEW, PIXELS, 2);
  put_image(&file, "spectrum", 6, 4, VALUES, ENERGY, 1);
  end_gatan(&file);
  const reading result = read_memory("scan", file.bytes, file.n_byte, NULL);
  free(file.bytes);
  return result;
}

static void test_of_a_dm_file_64_images_are_looked_at(void)
{
  reading result = read_images(64);
  check_points(&result, MU, 3);
  end_reading(&result);
  result = read_images(65);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "without a spectrum");
  end_reading(&result);
}

static reading read_axes(size_t n)
{
  made_axis axis[6] = {{3, -930, 1, "eV"}};
  for (size_t i = 1; i < n; i++) axis[i] = (made_axis){1, 0, 1, "nm"};
  made_file file = begin_gatan(4, true, 1);
  put_image(&file, "spectrum", 6, 4, VALUES, axis, n);
  end_gatan(&file);
  const reading result = read_memory("scan", file.bytes, file.n_byte, NULL);
  free(file.bytes);
  return result;
}

static void test_an_image_of_a_dm_file_has_at_most_5_axes(void)
{
  reading result = read_axes(5);
  check_points(&result, MU, 3);
  end_reading(&result);
  result = read_axes(6);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "without a spectrum");
  end_reading(&result);
}

/* A root with one tag, n folders within one another. */
static reading read_folders(size_t n)
{
  made_file file = {.version = 3, .is_little = true, .bytes = calloc(1, 1 << 20)};
  put_big(&file, 4, 3);
  put_count(&file, 0);
  put_big(&file, 4, 1);
  put_big(&file, 2, 0x0100);
  put_count(&file, 1);
  for (size_t i = 0; i < n; i++) put_folder(&file, "in", i + 1 < n);
  end_gatan(&file);
  const reading result = read_memory("scan", file.bytes, file.n_byte, NULL);
  free(file.bytes);
  return result;
}

static void test_folders_of_a_dm_file_nest_at_most_24_deep(void)
{
  reading result = read_folders(24);
  CHECK_CONTAINS(result.err.message, "without a spectrum");
  end_reading(&result);
  result = read_folders(25);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "folders in folders beyond 24");
  end_reading(&result);
}

static reading read_tags(size_t n)
{
  made_file file = {.version = 3, .is_little = true, .bytes = calloc(n + 10, 16)};
  put_big(&file, 4, 3);
  put_count(&file, 0);
  put_big(&file, 4, 1);
  put_big(&file, 2, 0x0100);
  put_count(&file, n);
  for (size_t i = 0; i < n; i++) put_number(&file, "", 8, "", 1);
  const reading result = read_memory("scan", file.bytes, file.n_byte, NULL);
  free(file.bytes);
  return result;
}

static void test_a_dm_file_has_at_most_2000000_tags(void)
{
  reading result = read_tags(2000000);
  CHECK_CONTAINS(result.err.message, "without a spectrum");
  end_reading(&result);
  result = read_tags(2000001);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "more than 2000000 tags");
  end_reading(&result);
}

/* ---- HDF5 ---- */

static reading read_made(hid_t file, const cuxas_measured_options *options)
{
  size_t        n_byte;
  void         *bytes  = made_bytes(file, &n_byte);
  const reading result = read_memory("scan.h5", bytes, n_byte, options);
  free(bytes);
  return result;
}

static void put_data(hid_t file, const char *group)
{
  char path[256];
  put_group(file, group, "NXdata");
  snprintf(path, sizeof path, "%s/energy", group);
  put_numbers(file, path, MADE_ENERGY_EV, 3, 0);
  snprintf(path, sizeof path, "%s/mu", group);
  put_numbers(file, path, MADE_MU, 3, 0);
  put_attribute(file, group, "signal", "mu");
}

/* A group with a spectrum, n members in all. */
static reading read_members(int n)
{
  char  path[32];
  hid_t file = make_file();
  put_data(file, "/d");
  for (int i = 2; i < n; i++) {
    snprintf(path, sizeof path, "/d/z%04d", i);
    put_group(file, path, NULL);
  }
  return read_made(file, NULL);
}

static void test_a_group_of_an_hdf5_file_has_at_most_4096_members(void)
{
  reading result = read_members(4096);
  check_points(&result, MADE_MU, 3);
  end_reading(&result);
  result = read_members(4097);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "more than 4096 members");
  end_reading(&result);
}

/* The spectrum is what is visited as the n-th. */
static reading read_visited(int n)
{
  char  path[32];
  hid_t file = make_file();
  for (int i = 1; i < n; i++) {
    snprintf(path, sizeof path, "/a%04d", i);
    put_group(file, path, NULL);
  }
  put_data(file, "/d");
  return read_made(file, NULL);
}

static void test_of_an_hdf5_file_4000_objects_are_looked_at(void)
{
  reading result = read_visited(4000);
  check_points(&result, MADE_MU, 3);
  end_reading(&result);
  result = read_visited(4001);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  end_reading(&result);
}

/* A spectrum n groups deep. */
static reading read_deep(int n)
{
  char  path[128] = "";
  hid_t file      = make_file();
  for (int i = 0; i < n; i++) {
    strcat(path, "/g");
    put_group(file, path, NULL);
  }
  strcat(path, "/d");
  put_data(file, path);
  return read_made(file, NULL);
}

static void test_groups_of_an_hdf5_file_are_looked_into_12_deep(void)
{
  reading result = read_deep(12);
  check_points(&result, MADE_MU, 3);
  end_reading(&result);
  result = read_deep(13);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  end_reading(&result);
}

static void test_of_a_group_of_an_hdf5_file_200_columns_are_read(void)
{
  char  path[32];
  hid_t file = make_file();
  put_data(file, "/d");
  for (int i = 2; i < 300; i++) {
    snprintf(path, sizeof path, "/d/z%04d", i);
    put_numbers(file, path, MADE_TWO, 3, 0);
  }
  reading result = read_made(file, NULL);
  check_points(&result, MADE_MU, 3);
  CHECK(result.info != NULL && result.info->n_column == 200);
  end_reading(&result);
}

/* A signal of n values that nobody wrote, which read as zeros. */
static reading read_values(hsize_t n)
{
  hid_t         file  = make_file();
  const hsize_t chunk = 1000;
  const hid_t   how = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &n, NULL);
  H5Pset_chunk(how, 1, &chunk);
  put_group(file, "/d", "NXdata");
  H5Dclose(H5Dcreate2(file, "/d/energy", H5T_IEEE_F64LE, space, H5P_DEFAULT, how, H5P_DEFAULT));
  H5Dclose(H5Dcreate2(file, "/d/mu", H5T_IEEE_F64LE, space, H5P_DEFAULT, how, H5P_DEFAULT));
  put_attribute(file, "/d", "signal", "mu");
  H5Sclose(space);
  H5Pclose(how);
  return read_made(file, NULL);
}

static void test_a_dataset_of_an_hdf5_file_has_at_most_10000000_values(void)
{
  reading result = read_values(10000000);
  CHECK(strstr(result.err.message, "no two datasets") == NULL); /* it is read; all energies are 0 */
  end_reading(&result);
  result = read_values(10000001);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  CHECK_CONTAINS(result.err.message, "no two datasets");
  end_reading(&result);
}

/* A HyperSpy signal of n axes, the last one of energies. */
static reading read_signal(int n)
{
  char          path[48];
  const hsize_t size[] = {1, 1, 1, 1, 1, 3};
  hid_t         file   = make_file();
  put_attribute(file, "/", "file_format", "HyperSpy");
  put_group(file, "/Experiments", NULL);
  put_group(file, "/Experiments/a", NULL);
  const hid_t space = H5Screate_simple(n, size + 6 - n, NULL);
  const hid_t id =
      H5Dcreate2(file, "/Experiments/a/data", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(id, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, MADE_MU);
  H5Dclose(id);
  H5Sclose(space);
  for (int i = 0; i < n; i++) {
    snprintf(path, sizeof path, "/Experiments/a/axis-%d", i);
    put_group(file, path, NULL);
    put_attribute(file, path, "units", i + 1 < n ? "nm" : "eV");
    if (i + 1 < n) continue;
    put_number_attribute(file, path, "scale", 1.0);
    put_number_attribute(file, path, "offset", 930.0);
  }
  return read_made(file, NULL);
}

static void test_a_dataset_of_an_hdf5_file_has_at_most_4_axes(void)
{
  reading result = read_signal(4);
  check_points(&result, MADE_MU, 3);
  end_reading(&result);
  result = read_signal(5);
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  end_reading(&result);
}

/* A spectrum in a group whose path has n bytes, 8 levels deep. */
static reading read_long_path(size_t n)
{
  char   path[1200] = "";
  size_t n_byte     = 0;
  hid_t  file       = make_file();
  for (size_t level = 1; level <= 8; level++) {
    const size_t n_wanted = level * n / 8;
    path[n_byte++]        = '/';
    while (n_byte < n_wanted) path[n_byte++] = 'g';
    path[n_byte] = '\0';
    put_group(file, path, level == 8 ? "NXdata" : NULL);
  }
  put_attribute(file, path, "signal", "mu");
  strcpy(path + n, "/energy");
  put_numbers(file, path, MADE_ENERGY_EV, 3, 0);
  strcpy(path + n, "/mu");
  put_numbers(file, path, MADE_MU, 3, 0);
  return read_made(file, NULL);
}

static void test_a_path_in_an_hdf5_file_has_at_most_1023_bytes(void)
{
  reading result = read_long_path(1023 - strlen("/energy"));
  check_points(&result, MADE_MU, 3);
  end_reading(&result);
  result = read_long_path(1024 - strlen("/energy"));
  CHECK_STATUS(result.status, CUXAS_EFORMAT);
  end_reading(&result);
}

/* The edge as a text of n bytes. */
static reading read_long_text(size_t n)
{
  hid_t       file = make_file();
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  char       *text = calloc(n, 1);
  if (text == NULL) exit(1);
  memcpy(text, "L3", 2);
  put_group(file, "/entry", "NXentry");
  put_text(file, "/entry/definition", "NXxas");
  put_data(file, "/entry/data");
  H5Tset_size(type, n);
  const hid_t id = H5Dcreate2(file, "/entry/edge", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text);
  H5Dclose(id);
  H5Sclose(space);
  H5Tclose(type);
  free(text);
  return read_made(file, NULL);
}

static void test_a_text_in_an_hdf5_file_has_at_most_65536_bytes(void)
{
  reading result = read_long_text(65536);
  check_points(&result, MADE_MU, 3);
  CHECK_TEXT(result.info->edge, "L3");
  end_reading(&result);
  result = read_long_text(65537);
  check_points(&result, MADE_MU, 3);
  CHECK_TEXT(result.info->edge, "");
  end_reading(&result);
}

/* How many of n spectra are listed. */
static size_t list_spectra(int n)
{
  char   path[32], *text = NULL;
  size_t n_byte, n_line  = 0;
  hid_t  file = make_file();
  for (int i = 0; i < n; i++) {
    snprintf(path, sizeof path, "/d%03d", i);
    put_data(file, path);
  }
  void *bytes = made_bytes(file, &n_byte);
  CHECK_STATUS(cuxas_nexus_list("scan.h5", bytes, n_byte, 931, &text, NULL), CUXAS_OK);
  for (const char *at = text; at != NULL && (at = strstr(at, "spectrum  ")) != NULL; at++) n_line++;
  free(text);
  free(bytes);
  return n_line;
}

static void test_200_spectra_of_an_hdf5_file_are_listed(void)
{
  CHECK(list_spectra(199) == 199);
  CHECK(list_spectra(200) == 200);
  CHECK(list_spectra(201) == 200);
}

/* ---- SQLite ---- */

static const char *make_database(const char *fill)
{
  static char path[512];
  char       *message = NULL;
  sqlite3    *db      = NULL;
  snprintf(path, sizeof path, "%s", path_of(".db"));
  remove(path);
  if (sqlite3_open(path, &db) != SQLITE_OK ||
      sqlite3_exec(db, "PRAGMA synchronous = OFF; CREATE TABLE structures (name TEXT, format TEXT, content BLOB)", NULL,
                   NULL, NULL) != SQLITE_OK ||
      sqlite3_exec(db, fill, NULL, NULL, &message) != SQLITE_OK)
    printf("    %s\n", message != NULL ? message : "no database");
  sqlite3_free(message);
  sqlite3_close(db);
  return path;
}

static cuxas_status list_structures(long n, size_t *ret_n, cuxas_error *err)
{
  char                  fill[256];
  cuxas_database_entry *entry = NULL;
  snprintf(fill, sizeof fill,
           "WITH RECURSIVE i(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM i WHERE k < %ld) "
           "INSERT INTO structures SELECT printf('%%08d', k), '', '' FROM i",
           n);
  const char        *path   = make_database(fill);
  const cuxas_status status = cuxas_database_list(path, &entry, ret_n, err);
  cuxas_database_free(entry, *ret_n);
  remove(path);
  return status;
}

static void test_a_database_has_at_most_10000000_structures(void)
{
  size_t      n   = 0;
  cuxas_error err = {0};
  if (getenv("CUXAS_TEST_LARGE") == NULL) SKIP("half a minute and 2 GB of memory: set CUXAS_TEST_LARGE");
  CHECK_STATUS(list_structures(10000000, &n, &err), CUXAS_OK);
  CHECK(n == 10000000);
  CHECK_STATUS(list_structures(10000001, &n, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "more than 10000000 structures");
}

enum { PAGE_SIZE = 4096, N_LEVEL = 3 };

static void put_big_endian(unsigned char *at, size_t n_byte, unsigned long value)
{
  for (size_t i = n_byte; i-- > 0; value >>= 8) at[i] = (unsigned char)value;
}

/* Page of a tree of n cells, the last at the end of the page: of rows named "a", or of the page `child`, named n + 1 times. */
static void make_page(unsigned char page[PAGE_SIZE], size_t n, unsigned long child)
{
  const size_t n_head = child > 0 ? 12 : 8, n_cell = child > 0 ? 6 : 7;
  memset(page, 0, PAGE_SIZE);
  page[0] = child > 0 ? 5 : 13;
  put_big_endian(page + 3, 2, n);
  put_big_endian(page + 5, 2, PAGE_SIZE - n * n_cell);
  put_big_endian(page + 8, child > 0 ? 4 : 0, child);
  for (size_t i = 0; i < n; i++) {
    unsigned char *cell = page + PAGE_SIZE - (i + 1) * n_cell;
    put_big_endian(page + n_head + 2 * i, 2, (unsigned long)(cell - page));
    if (child > 0) put_big_endian(cell, 4, child);
    unsigned char *key = child > 0 ? cell + 4 : cell + 1; /* a number of two bytes, of seven bits each */
    key[0]             = (unsigned char)(0x80 | (i + 1) >> 7);
    key[1]             = (i + 1) & 0x7f;
    if (child == 0) memcpy(cell + 3, "\3\17\14a", 4); /* a text of one byte, a blob of none */
    if (child == 0) cell[0] = 4;
  }
}

/* A file of 20 kB with 10^6 n rows: three levels of the tree name one page a hundred times each. */
static const char *make_endless(size_t n)
{
  const char   *path = path_of(".db");
  unsigned char page[PAGE_SIZE];
  sqlite3      *db = NULL;
  remove(path);
  if (sqlite3_open(path, &db) != SQLITE_OK ||
      sqlite3_exec(db, "PRAGMA page_size = 4096; CREATE TABLE structures (name TEXT, content BLOB)", NULL, NULL,
                   NULL) != SQLITE_OK)
    printf("    no database\n");
  sqlite3_close(db);
  FILE *file = fopen(path, "r+b");
  put_big_endian(page, 4, 2 + N_LEVEL);
  fseek(file, 28, SEEK_SET); /* number of pages */
  fwrite(page, 1, 4, file);
  for (size_t i = 0; i <= N_LEVEL; i++) {
    make_page(page, i < N_LEVEL ? 99 : n, i < N_LEVEL ? 3 + i : 0);
    fseek(file, (long)(PAGE_SIZE * (1 + i)), SEEK_SET);
    fwrite(page, 1, PAGE_SIZE, file);
  }
  fclose(file);
  return path;
}

static void test_a_database_whose_pages_repeat_is_refused_before_its_rows_are_sorted(void)
{
  size_t                n     = 0;
  cuxas_error           err   = {0};
  cuxas_database_entry *entry = NULL;
  CHECK_STATUS(cuxas_database_list(make_endless(9), &entry, &n, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "two structures are called a");
  CHECK_STATUS(cuxas_database_list(make_endless(400), &entry, &n, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "more than 10000000 structures");
  remove(path_of(".db"));
}

static cuxas_status look_for_absent(size_t n, cuxas_error *err)
{
  char              *bytes  = NULL;
  size_t             n_byte = 0;
  const cuxas_status status = cuxas_database_fetch(make_endless(n), "b", &bytes, &n_byte, err);
  remove(path_of(".db"));
  return status;
}

/* Of a row that is passed over SQLite's machine takes three steps; they are looked at each million. */
static void test_of_a_database_1000000000_steps_are_made_for_a_question(void)
{
  cuxas_error err = {0};
  if (getenv("CUXAS_TEST_LARGE") == NULL) SKIP("half a minute of computing: set CUXAS_TEST_LARGE");
  CHECK_STATUS(look_for_absent(333, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "no structure is called b");
  CHECK_STATUS(look_for_absent(334, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "asks for too much work");
}

/* ---- the process that reads HDF5 ---- */

/* Some kernels count what a process computes in ticks, so that it ends some seconds before its time. */
static double computed_s(void)
{
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void test_the_process_that_reads_hdf5_computes_for_about_20_seconds(void)
{
  int  ends[2], how = 0;
  char reached[2] = "";
  if (getenv("CUXAS_TEST_LARGE") == NULL) SKIP("twenty seconds of computing: set CUXAS_TEST_LARGE");
  const pid_t child = pipe(ends) == 0 ? fork() : -1;
  if (child < 0) SKIP("no child process");
  if (child == 0) {
    cuxas_hdf5_confine(ends[1]);
    while (computed_s() < 12.0) continue;
    bool sent = write(ends[1], "b", 1) == 1;
    while (computed_s() < 28.0) continue;
    sent = write(ends[1], "a", 1) == 1 && sent;
    _exit(sent ? 0 : 1);
  }
  close(ends[1]);
  CHECK(read(ends[0], reached, 1) == 1 && reached[0] == 'b');
  CHECK(read(ends[0], reached, 1) == 0);
  close(ends[0]);
  CHECK(waitpid(child, &how, 0) == child && WIFSIGNALED(how));
}

/* ---- names ---- */

static cuxas_status list_name(int n_byte, cuxas_error *err)
{
  char                  fill[128];
  size_t                n     = 0;
  cuxas_database_entry *entry = NULL;
  snprintf(fill, sizeof fill, "INSERT INTO structures VALUES (printf('%%0%dd', 1), '', '')", n_byte);
  const char        *path   = make_database(fill);
  const cuxas_status status = cuxas_database_list(path, &entry, &n, err);
  cuxas_database_free(entry, n);
  remove(path);
  return status;
}

static void test_a_name_in_a_database_that_is_read_has_at_most_200_bytes(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(list_name(200, &err), CUXAS_OK);
  CHECK_STATUS(list_name(201, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, "text of 1 to 200 bytes");
}

static cuxas_status fetch_content(size_t n_byte, size_t *ret_n, cuxas_error *err)
{
  char  fill[128];
  char *bytes = NULL;
  snprintf(fill, sizeof fill, "INSERT INTO structures VALUES ('a', '', zeroblob(%zu))", n_byte);
  const char        *path   = make_database(fill);
  const cuxas_status status = cuxas_database_fetch(path, "a", &bytes, ret_n, err);
  free(bytes);
  remove(path);
  return status;
}

/* SQLite counts the few bytes in front of a row's values, too. */
static void test_a_structure_in_a_database_has_at_most_256_megabytes(void)
{
  size_t      n   = 0;
  cuxas_error err = {0};
  CHECK_STATUS(fetch_content(CUXAS_TEXT_MAX_BYTES - 16, &n, &err), CUXAS_OK);
  CHECK(n == CUXAS_TEXT_MAX_BYTES - 16);
  CHECK_STATUS(fetch_content(CUXAS_TEXT_MAX_BYTES + 1, &n, &err), CUXAS_EFORMAT);
}

/* ---- disorder ---- */

/* A cell of n places that are half empty. */
static cuxas_status read_partial(size_t n, cuxas_error *err)
{
  cuxas_crystal *crystal = NULL;
  char          *text = malloc(n * 64 + 1024), *end = text;
  end +=
      sprintf(end, "data_x\n_cell_length_a 60\n_cell_length_b 60\n_cell_length_c 60\n_cell_angle_alpha 90\n"
                   "_cell_angle_beta 90\n_cell_angle_gamma 90\nloop_\n_space_group_symop_operation_xyz\nx,y,z\nloop_\n"
                   "_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
                   "_atom_site_occupancy\nO 0.01 0.01 0.01 1\n");
  for (size_t i = 0; i < n; i++)
    end += sprintf(end, "Cu %.4f %.4f %.4f 0.5\n", 0.05 + 0.06 * (double)(i % 15), 0.05 + 0.06 * (double)(i / 15 % 15),
                   0.05 + 0.06 * (double)(i / 225));
  const cuxas_status status = cuxas_crystal_from_memory("x.cif", text, (size_t)(end - text), &crystal, err);
  cuxas_crystal_free(crystal);
  free(text);
  return status;
}

static void test_a_crystal_has_at_most_2000_partly_occupied_sites(void)
{
  cuxas_error err = {0};
  CHECK_STATUS(read_partial(2000, &err), CUXAS_OK);
  CHECK_STATUS(read_partial(2001, &err), CUXAS_EUNSUPPORTED);
  CHECK_CONTAINS(err.message, "disorder on 2001 sites: too many");
}

int main(void)
{
  RUN(test_a_gzip_file_expands_to_at_most_256_megabytes);
  RUN(test_of_a_dm_file_64_images_are_looked_at);
  RUN(test_an_image_of_a_dm_file_has_at_most_5_axes);
  RUN(test_folders_of_a_dm_file_nest_at_most_24_deep);
  RUN(test_a_dm_file_has_at_most_2000000_tags);
  RUN(test_a_group_of_an_hdf5_file_has_at_most_4096_members);
  RUN(test_of_an_hdf5_file_4000_objects_are_looked_at);
  RUN(test_groups_of_an_hdf5_file_are_looked_into_12_deep);
  RUN(test_of_a_group_of_an_hdf5_file_200_columns_are_read);
  RUN(test_a_dataset_of_an_hdf5_file_has_at_most_10000000_values);
  RUN(test_a_dataset_of_an_hdf5_file_has_at_most_4_axes);
  RUN(test_a_path_in_an_hdf5_file_has_at_most_1023_bytes);
  RUN(test_a_text_in_an_hdf5_file_has_at_most_65536_bytes);
  RUN(test_200_spectra_of_an_hdf5_file_are_listed);
  RUN(test_a_database_has_at_most_10000000_structures);
  RUN(test_a_database_whose_pages_repeat_is_refused_before_its_rows_are_sorted);
  RUN(test_of_a_database_1000000000_steps_are_made_for_a_question);
  RUN(test_the_process_that_reads_hdf5_computes_for_about_20_seconds);
  RUN(test_a_name_in_a_database_that_is_read_has_at_most_200_bytes);
  RUN(test_a_structure_in_a_database_has_at_most_256_megabytes);
  RUN(test_a_crystal_has_at_most_2000_partly_occupied_sites);
  return CHECK_REPORT();
}
