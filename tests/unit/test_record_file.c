/* Tests of record_file.h: what is put in can be learnt from, and putting it in again changes nothing. */
#include "records/record_file.h"

#include "check.h"
#include "cuxas/records.h"

#include <math.h>
#include <stdio.h>
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
      "{\"id\":\"a\",\"site\":0}\n{\"id\":\"a\",\"site\":0}\n", "{\"id\":\"a\",\"site\":0}\n[1]\n",
      "{\"id\":\"a\",\"site\":0}\n{\"id\":3,\"site\":0}\n", "{\"id\":\"a\",\"site\":0}\n{\"id\":\"b\",\"site\":-1}\n",
      "{\"id\":\"a\",\"site\":0}\n{\"id\":\"b\",\"si"};
  for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
    cuxas_record_file *file = NULL;
    cuxas_error        err  = {0};
    write_text(BAD[i]);
    CHECK_STATUS(cuxas_record_file_read(PATH, &file, &err), CUXAS_EFORMAT);
    CHECK(file == NULL && strstr(err.message, ":2: ") != NULL);
  }
  cuxas_record_file *file = NULL;
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

int main(void)
{
  close(mkstemp(PATH));
  RUN(test_what_was_put_can_be_learnt_from);
  RUN(test_putting_again_changes_nothing_else);
  RUN(test_a_record_is_picked_with_its_structures_checksum);
  RUN(test_malformed_files_are_refused_by_line);
  unlink(PATH);
  return CHECK_REPORT();
}
