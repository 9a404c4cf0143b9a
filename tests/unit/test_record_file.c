/* Tests of record_file.h: what is put in can be learnt from, and putting it in again changes nothing. */
#include "records/record_file.h"

#include "check.h"
#include "cuxas/records.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_POINT = 40 };

static char PATH[] = "/tmp/cuxas-record-file-XXXXXX";

static cuxas_crystal *copper(double edge_A)
{
  cuxas_crystal *crystal = cuxas_crystal_new(1);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) crystal->lattice_A[i][j] = i == j ? 0.0 : 0.5 * edge_A;
  crystal->atomic_number[0] = 29;
  return crystal;
}

static cuxas_record_spectrum spectrum_of(const char *edge, cuxas_channel channel, double *energy_eV, double *mu)
{
  for (size_t i = 0; i < N_POINT; i++) {
    energy_eV[i] = 925.0 + (double)i;
    mu[i]        = 0.5 + atan((double)i - 8.0) / 3.0;
  }
  return (cuxas_record_spectrum){.edge               = edge,
                                 .channel            = channel,
                                 .n_point            = N_POINT,
                                 .energy_eV          = energy_eV,
                                 .mu                 = mu,
                                 .edge_step          = 6.9623e-3,
                                 .core_hole_width_eV = 0.596,
                                 .fermi_eV           = -7.25,
                                 .is_self_consistent = true,
                                 .opt_code           = "a test"};
}

static void test_what_was_put_can_be_learnt_from(void)
{
  double              energy_eV[N_POINT], mu[N_POINT];
  cuxas_records      *records = NULL;
  cuxas_record_change change;
  const char *const path[] = {PATH}, *const edges[] = {"L3", "L2"};
  cuxas_crystal              *crystal  = copper(3.61);
  const cuxas_record_site     site     = {"L_Cu", crystal, 0, 1};
  const cuxas_record_spectrum l3       = spectrum_of("L3", CUXAS_CHANNEL_NO_HOLE, energy_eV, mu);
  const cuxas_record_spectrum screened = spectrum_of("L3", CUXAS_CHANNEL_SCREENED_HOLE, energy_eV, mu);
  cuxas_record_file          *file     = cuxas_record_file_new();

  CHECK_STATUS(cuxas_record_file_put(file, &site, &l3, &change, NULL), CUXAS_OK);
  CHECK(change == CUXAS_RECORD_ADDED);
  CHECK_STATUS(cuxas_record_file_put(file, &site, &screened, &change, NULL), CUXAS_OK);
  CHECK(change == CUXAS_RECORD_ADDED);
  CHECK(cuxas_record_file_count(file) == 1);
  CHECK(cuxas_record_file_has(file, "L_Cu", 0, "L3", CUXAS_CHANNEL_SCREENED_HOLE));
  CHECK(!cuxas_record_file_has(file, "L_Cu", 0, "L2", CUXAS_CHANNEL_NO_HOLE));
  CHECK_STATUS(cuxas_record_file_write(file, PATH, NULL), CUXAS_OK);

  CHECK_STATUS(cuxas_records_read(path, 1, 29, edges, 2, &records, NULL), CUXAS_OK);
  CHECK(records != NULL && records->n_record == 1);
  if (records != NULL) {
    const cuxas_record_curve *curve = &records->record[0].curve[0][CUXAS_CHANNEL_NO_HOLE];
    CHECK_TEXT(records->record[0].formula, "Cu");
    CHECK(curve->n_point == N_POINT);
    CHECK_NEAR(curve->energy_eV[3], 928.0, 1e-9);
    CHECK_NEAR(curve->mu[30], mu[30], 1e-4);
    CHECK_NEAR(curve->edge_step, 6.9623e-3, 1e-9);
    CHECK(records->record[0].curve[0][CUXAS_CHANNEL_SCREENED_HOLE].n_point == N_POINT);
    CHECK(records->record[0].curve[1][CUXAS_CHANNEL_NO_HOLE].n_point == 0);
  }
  cuxas_records_free(records);
  cuxas_record_file_free(file);
  cuxas_crystal_free(crystal);
}

static void test_putting_again_changes_nothing_else(void)
{
  double                  energy_eV[N_POINT], mu[N_POINT];
  cuxas_record_change     change;
  cuxas_crystal          *crystal = copper(3.61), *other = copper(3.70);
  const cuxas_record_site site = {"L_Cu", crystal, 0, 1}, twin = {"L_Cu", other, 0, 1};
  cuxas_record_spectrum   l3   = spectrum_of("L3", CUXAS_CHANNEL_NO_HOLE, energy_eV, mu);
  cuxas_record_file      *file = NULL;

  CHECK_STATUS(cuxas_record_file_read(PATH, &file, NULL), CUXAS_OK); /* what the test above wrote */
  CHECK_STATUS(cuxas_record_file_put(file, &site, &l3, &change, NULL), CUXAS_OK);
  CHECK(change == CUXAS_RECORD_SAME);
  mu[20] += 0.1;
  CHECK_STATUS(cuxas_record_file_put(file, &site, &l3, &change, NULL), CUXAS_OK);
  CHECK(change == CUXAS_RECORD_REPLACED);
  CHECK(cuxas_record_file_count(file) == 1);
  CHECK_STATUS(cuxas_record_file_put(file, &twin, &l3, &change, NULL), CUXAS_ERANGE);
  mu[20] = NAN;
  CHECK_STATUS(cuxas_record_file_put(file, &site, &l3, &change, NULL), CUXAS_ENUMERIC);
  mu[20]       = 1.0;
  l3.edge_step = 0.0;
  CHECK_STATUS(cuxas_record_file_put(file, &site, &l3, &change, NULL), CUXAS_ERANGE);
  cuxas_record_file_free(file);
  cuxas_crystal_free(crystal);
  cuxas_crystal_free(other);
}

static void write_text(const char *text)
{
  FILE *out = fopen(PATH, "w");
  fputs(text, out);
  fclose(out);
}

static void test_malformed_files_are_refused_by_line(void)
{
  static const char *const BAD[] = {
      "{\"id\":\"a\",\"site\":0}\n{\"id\":\"a\",\"site\":0}\n",
      "{\"id\":\"a\",\"site\":0}\n[1]\n",
      "{\"id\":\"a\",\"site\":0}\n{\"id\":3,\"site\":0}\n",
      "{\"id\":\"a\",\"site\":0}\n{\"id\":\"b\",\"site\":-1}\n",
      "{\"id\":\"a\",\"site\":0}\n{\"id\":\"b\",\"si\n",
      "{\"id\":\"a\",\"site\":0}\nhello",
      "{\"id\":\"a\",\"site\":0}\n{\"id\":\"b\",\"site\":0,\"checksum\":\"0123456789abcdef\"}\n"};
  const char    *edge    = "L3";
  cuxas_records *records = NULL;
  for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
    cuxas_record_file *file = NULL;
    cuxas_error        err  = {0};
    write_text(BAD[i]);
    CHECK_STATUS(cuxas_record_file_read(PATH, &file, &err), CUXAS_EFORMAT);
    CHECK(file == NULL && strstr(err.message, ":2: ") != NULL);
    CHECK_STATUS(cuxas_record_file_read_parsed(PATH, 29, &edge, 1, &file, &records, &err), CUXAS_EFORMAT);
    CHECK(file == NULL && records == NULL && strstr(err.message, ":2: ") != NULL); /* of the file before its records */
  }
  cuxas_record_file *file = NULL;
  cuxas_error        err  = {0};
  write_text(BAD[0]);
  CHECK(truncate(PATH, 20) == 0);
  CHECK_STATUS(cuxas_record_file_read_parsed(PATH, 29, &edge, 1, &file, &records, &err), CUXAS_EFORMAT);
  CHECK(file == NULL && records == NULL);
  CHECK(strncmp(err.message, PATH, strlen(PATH)) == 0 && strstr(err.message, ": record of a, site 0: ") != NULL);
  unlink(PATH);
  CHECK_STATUS(cuxas_record_file_read(PATH, &file, NULL), CUXAS_OK);
  CHECK(file != NULL && cuxas_record_file_count(file) == 0);
  cuxas_record_file_free(file);
}

static void test_a_record_is_picked_with_its_structures_checksum(void)
{
  double                  energy_eV[N_POINT], mu[N_POINT];
  cuxas_records          *records = NULL;
  const char *const       edges[] = {"L3"};
  cuxas_crystal          *crystal = copper(3.61);
  const cuxas_record_site site    = {"L_Cu", crystal, 0, 1};
  cuxas_record_spectrum   l3      = spectrum_of("L3", CUXAS_CHANNEL_NO_HOLE, energy_eV, mu);
  cuxas_record_file      *from = cuxas_record_file_new(), *to = cuxas_record_file_new();
  l3.opt_mu0 = mu;
  CHECK_STATUS(cuxas_record_file_put(from, &site, &l3, NULL, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_record_file_pick(from, "L_Cu", 1, "abc", to, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_record_file_pick(from, "L_Cu", 0, "abc", to, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_record_file_pick(from, "L_Cu", 0, "other", to, NULL), CUXAS_OK); /* stays as it is */
  CHECK(cuxas_record_file_count(to) == 1);
  CHECK_STATUS(cuxas_record_file_parse(to, 29, edges, 1, &records, NULL), CUXAS_OK);
  CHECK(records != NULL && records->n_record == 1);
  if (records != NULL) {
    CHECK_TEXT(records->record[0].code, "a test");
    CHECK(records->record[0].curve[0][CUXAS_CHANNEL_NO_HOLE].n_point == N_POINT);
  }
  CHECK_STATUS(cuxas_record_file_write(to, PATH, NULL), CUXAS_OK);
  FILE *in         = fopen(PATH, "r");
  char  line[8192] = "";
  CHECK(in != NULL && fgets(line, sizeof line, in) != NULL);
  if (in != NULL) fclose(in);
  CHECK_CONTAINS(line, "\"structure_sha256\":\"abc\"");
  CHECK(strstr(line, "mu0") == NULL);
  cuxas_records_free(records);
  cuxas_record_file_free(from);
  cuxas_record_file_free(to);
  cuxas_crystal_free(crystal);
}

/* ---- files that grow -------------------------------------------------------------------------------------------- */

/* Adds the L3 spectra of some sites of an element of that name, each at once. */
static cuxas_status add_sites(const char *id, size_t n_site, size_t *opt_n_repaired, cuxas_error *err)
{
  double             energy_eV[N_POINT], mu[N_POINT];
  cuxas_record_file *file    = NULL;
  cuxas_crystal     *crystal = cuxas_crystal_new(n_site);
  cuxas_status       status  = cuxas_record_file_read(PATH, &file, err);
  for (int i = 0; i < 3; i++) crystal->lattice_A[i][i] = 10.0;
  for (size_t i = 0; i < n_site; i++) {
    crystal->atomic_number[i] = 29;
    crystal->fractional[i][0] = (double)i / (double)n_site;
  }
  const cuxas_record_spectrum l3 = spectrum_of("L3", CUXAS_CHANNEL_NO_HOLE, energy_eV, mu);
  for (size_t i = 0; i < n_site && status == CUXAS_OK; i++) {
    const cuxas_record_site site = {id, crystal, i, 1};
    if ((status = cuxas_record_file_put(file, &site, &l3, NULL, err)) == CUXAS_OK)
      status = cuxas_record_file_append(file, opt_n_repaired, err);
  }
  cuxas_record_file_free(file);
  cuxas_crystal_free(crystal);
  return status;
}

static size_t count_sites(void)
{
  cuxas_record_file *file = NULL;
  CHECK_STATUS(cuxas_record_file_read(PATH, &file, NULL), CUXAS_OK);
  const size_t n = file != NULL ? cuxas_record_file_count(file) : 0;
  cuxas_record_file_free(file);
  return n;
}

static void test_writers_at_the_same_time_lose_nothing(void)
{
  enum { N_WRITER = 4, N_EACH = 25 };
  unlink(PATH);
  for (int i = 0; i < N_WRITER; i++) {
    if (fork() != 0) continue;
    char id[16];
    snprintf(id, sizeof id, "w%d", i);
    _exit(add_sites(id, N_EACH, NULL, NULL) == CUXAS_OK ? 0 : 1);
  }
  for (int i = 0; i < N_WRITER; i++) {
    int how = 1;
    wait(&how);
    CHECK(how == 0);
  }
  CHECK(count_sites() == N_WRITER * N_EACH);
}

static void test_a_writer_sees_what_others_have_added(void)
{
  cuxas_record_file *file = NULL;
  unlink(PATH);
  CHECK_STATUS(cuxas_record_file_read(PATH, &file, NULL), CUXAS_OK);
  CHECK_STATUS(add_sites("other", 2, NULL, NULL), CUXAS_OK);
  CHECK(!cuxas_record_file_has(file, "other", 1, "L3", CUXAS_CHANNEL_NO_HOLE));
  CHECK_STATUS(cuxas_record_file_refresh(file, NULL), CUXAS_OK);
  CHECK(cuxas_record_file_has(file, "other", 1, "L3", CUXAS_CHANNEL_NO_HOLE));
  CHECK(truncate(PATH, 10) == 0);
  CHECK_STATUS(cuxas_record_file_refresh(file, NULL), CUXAS_EFORMAT);
  cuxas_record_file_free(file);
}

static void test_spectra_added_later_join_the_record_of_their_site(void)
{
  double             energy_eV[N_POINT], mu[N_POINT];
  cuxas_records     *records = NULL;
  cuxas_record_file *file    = NULL;
  cuxas_crystal     *crystal = copper(3.61), *other = copper(3.70);
  const char *const path[] = {PATH}, *const edges[] = {"L3", "L2"};
  const cuxas_record_site     site = {"Cu", crystal, 0, 1}, twin = {"Cu", other, 0, 1};
  const cuxas_record_spectrum l3 = spectrum_of("L3", CUXAS_CHANNEL_NO_HOLE, energy_eV, mu);
  const cuxas_record_spectrum l2 = spectrum_of("L2", CUXAS_CHANNEL_SCREENED_HOLE, energy_eV, mu);
  unlink(PATH);
  for (int i = 0; i < 2; i++) {
    CHECK_STATUS(cuxas_record_file_read(PATH, &file, NULL), CUXAS_OK);
    CHECK_STATUS(cuxas_record_file_put(file, &site, i == 0 ? &l3 : &l2, NULL, NULL), CUXAS_OK);
    CHECK_STATUS(cuxas_record_file_append(file, NULL, NULL), CUXAS_OK);
    cuxas_record_file_free(file);
  }
  CHECK_STATUS(cuxas_records_read(path, 1, 29, edges, 2, &records, NULL), CUXAS_OK);
  CHECK(records != NULL && records->n_record == 1);
  CHECK(records != NULL && records->record[0].curve[0][CUXAS_CHANNEL_NO_HOLE].n_point == N_POINT);
  CHECK(records != NULL && records->record[0].curve[1][CUXAS_CHANNEL_SCREENED_HOLE].n_point == N_POINT);
  cuxas_records_free(records);
  CHECK_STATUS(cuxas_record_file_read_parsed(PATH, 29, edges, 2, &file, &records, NULL), CUXAS_OK);
  CHECK(records != NULL && records->n_record == 1 && cuxas_record_file_count(file) == 1);
  CHECK(records != NULL && records->record[0].curve[1][CUXAS_CHANNEL_SCREENED_HOLE].n_point == N_POINT);
  cuxas_records_free(records);
  CHECK_STATUS(cuxas_record_file_put(file, &twin, &l3, NULL, NULL), CUXAS_ERANGE); /* another structure */
  cuxas_record_file_free(file);
  cuxas_crystal_free(crystal);
  cuxas_crystal_free(other);
}

static size_t file_size(void)
{
  struct stat about;
  return stat(PATH, &about) == 0 ? (size_t)about.st_size : 0;
}

static void test_a_line_cut_off_is_left_out_and_removed_by_the_next_writer(void)
{
  unlink(PATH);
  CHECK_STATUS(add_sites("a", 3, NULL, NULL), CUXAS_OK);
  for (size_t n_cut = 1; n_cut < 400; n_cut += 57) { /* 1: the end of the line alone, its content is whole */
    size_t n_repaired = 0;
    CHECK(truncate(PATH, (off_t)(file_size() - n_cut)) == 0);
    CHECK(count_sites() == (n_cut == 1 ? 3 : 2));
    CHECK_STATUS(add_sites("a", 3, &n_repaired, NULL), CUXAS_OK);
    CHECK((n_repaired > 0) == (n_cut > 1));
    CHECK_STATUS(add_sites("b", 1, NULL, NULL), CUXAS_OK); /* on a line of its own */
    CHECK(count_sites() == 4);
    unlink(PATH);
    CHECK_STATUS(add_sites("a", 3, NULL, NULL), CUXAS_OK);
  }
}

static void test_mode_and_links_of_a_dataset_stay(void)
{
  static const char LINK[] = "/tmp/cuxas-record-file-link";
  struct stat       about;
  char              target[64], kept[64];
  memcpy(kept, PATH, sizeof PATH);
  unlink(PATH);
  unlink(LINK);
  snprintf(target, sizeof target, "%s", PATH);
  CHECK_STATUS(add_sites("a", 1, NULL, NULL), CUXAS_OK);
  CHECK(chmod(PATH, 0600) == 0 && symlink(target, LINK) == 0);
  memcpy(PATH, LINK, sizeof LINK);
  CHECK_STATUS(add_sites("b", 1, NULL, NULL), CUXAS_OK);
  CHECK(lstat(LINK, &about) == 0 && S_ISLNK(about.st_mode));
  memcpy(PATH, kept, sizeof PATH);
  CHECK(stat(PATH, &about) == 0 && (about.st_mode & 0777) == 0600);
  CHECK(count_sites() == 2);
  unlink(LINK);
}

static void test_compressed_files_grow_by_whole_members(void)
{
  char kept[64];
  memcpy(kept, PATH, sizeof PATH);
  unlink(PATH);
  memcpy(PATH + strlen(PATH) - 3, ".gz", 4);
  unlink(PATH);
  CHECK_STATUS(add_sites("a", 3, NULL, NULL), CUXAS_OK);
  CHECK(count_sites() == 3);
  CHECK(truncate(PATH, (off_t)(file_size() - 20)) == 0);
  CHECK(count_sites() == 2);
  size_t n_repaired = 0;
  CHECK_STATUS(add_sites("a", 3, &n_repaired, NULL), CUXAS_OK);
  CHECK(n_repaired > 0 && count_sites() == 3);
  unlink(PATH);
  memcpy(PATH, kept, sizeof PATH);
}

static void test_a_full_disk_leaves_the_file_as_it_was(void)
{
  cuxas_error err = {0};
  unlink(PATH);
  CHECK_STATUS(add_sites("a", 2, NULL, NULL), CUXAS_OK);
  const size_t        n_byte = file_size();
  struct rlimit       kept;
  const struct rlimit small = {n_byte + 100, RLIM_INFINITY};
  getrlimit(RLIMIT_FSIZE, &kept);
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){small.rlim_cur, kept.rlim_max});
  CHECK_STATUS(add_sites("b", 1, NULL, &err), CUXAS_EIO);
  setrlimit(RLIMIT_FSIZE, &kept);
  CHECK_CONTAINS(err.message, "cannot write");
  CHECK(file_size() == n_byte);
}

int main(void)
{
  close(mkstemp(PATH));
  RUN(test_what_was_put_can_be_learnt_from);
  RUN(test_putting_again_changes_nothing_else);
  RUN(test_a_record_is_picked_with_its_structures_checksum);
  RUN(test_malformed_files_are_refused_by_line);
  RUN(test_writers_at_the_same_time_lose_nothing);
  RUN(test_a_writer_sees_what_others_have_added);
  RUN(test_spectra_added_later_join_the_record_of_their_site);
  RUN(test_a_line_cut_off_is_left_out_and_removed_by_the_next_writer);
  RUN(test_mode_and_links_of_a_dataset_stay);
  RUN(test_compressed_files_grow_by_whole_members);
  RUN(test_a_full_disk_leaves_the_file_as_it_was);
  unlink(PATH);
  return CHECK_REPORT();
}
