/* Tests of feff.h: input that FEFF takes, and output that is only taken when it can be trusted. */
#include "records/feff.h"

#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <stdint.h>

static char FOLDER[] = "/tmp/cuxas-feff-XXXXXX";

/* ---- input ------------------------------------------------------------------------------------------------------ */

/* zincblende() - CuCl-like cell: Cu at 0, another element at a quarter of the diagonal */
static cuxas_crystal *zincblende(double edge_A, int anion)
{
  cuxas_crystal *crystal = cuxas_crystal_new(2);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) crystal->lattice_A[i][j] = i == j ? 0.0 : 0.5 * edge_A;
  crystal->atomic_number[0] = 29;
  crystal->atomic_number[1] = anion;
  for (int j = 0; j < 3; j++) crystal->fractional[1][j] = 0.25;
  return crystal;
}

static char *input_of(const cuxas_feff_settings *settings, cuxas_channel channel, cuxas_feff_cluster *ret_cluster)
{
  char          *text    = NULL;
  size_t         n       = 0;
  cuxas_crystal *crystal = zincblende(5.42, 17);
  FILE          *out     = open_memstream(&text, &n);
  CHECK_STATUS(cuxas_feff_write_input(&(cuxas_feff_subject){crystal, 0, "L3", channel, "CuCl site 0"}, settings, out,
                                      ret_cluster, NULL),
               CUXAS_OK);
  fclose(out);
  cuxas_crystal_free(crystal);
  return text;
}

static void test_input_has_the_cards_of_its_preset(void)
{
  cuxas_feff_cluster cluster;
  char              *text = input_of(cuxas_feff_settings_find("published"), CUXAS_CHANNEL_NO_HOLE, &cluster);
  CHECK_CONTAINS(text, "\nEDGE L3\n");
  CHECK_CONTAINS(text, "\nCOREHOLE None\n");
  CHECK_CONTAINS(text, "\nXANES 4 0.04 0.1\n");
  CHECK_CONTAINS(text, "\nSCF 7.000 0 ");
  CHECK_CONTAINS(text, "\nFMS 9.000 0\n");
  CHECK_CONTAINS(text, "\n0 29 Cu -1 -1 0.0001\n1 17 Cl -1 -1 1\n2 29 Cu -1 -1 1\n");
  CHECK_CONTAINS(text, "\n0.00000 0.00000 0.00000 0 Cu 0.00000\n");
  CHECK(cluster.n_potential == 3 && cluster.n_fms < cluster.n_atom && cluster.n_atom <= 1000);
  free(text);
  CHECK(cuxas_feff_settings_find("fastest") == NULL);
}

static void test_limits_leave_whole_shells(void)
{
  cuxas_feff_cluster  cluster;
  cuxas_feff_settings settings = *cuxas_feff_settings_find("fast");
  settings.max_fms_atom        = 20; /* absorber, 4 Cl, 12 Cu = 17; the next shell holds 12 Cl */
  settings.scf_radius_A        = 0.0;
  char *text                   = input_of(&settings, CUXAS_CHANNEL_SCREENED_HOLE, &cluster);
  CHECK(cluster.n_fms == 17);
  CHECK_NEAR(cluster.fms_radius_A, 5.42 / sqrt(2.0) + 0.05, 1e-9);
  CHECK_CONTAINS(text, "\nCOREHOLE RPA\n");
  CHECK(strstr(text, "\nSCF ") == NULL);
  free(text);
}

/* ---- output ----------------------------------------------------------------------------------------------------- */

static void write_file(const char *name, const char *text)
{
  char path[256];
  snprintf(path, sizeof path, "%s/%s", FOLDER, name);
  FILE *out = fopen(path, "w");
  fputs(text, out);
  fclose(out);
}

/* write_spectrum() - an arctangent edge in the form of xmu.dat
 *
 *   n_point  rows, 1 eV apart, from 5 eV below the edge
 *   rise_eV  where it rises, from the Fermi level
 *   bad      row that gets `text` for its mu; SIZE_MAX: none */
static void write_spectrum(size_t n_point, double rise_eV, size_t bad, const char *text)
{
  char path[256];
  snprintf(path, sizeof path, "%s/xmu.dat", FOLDER);
  FILE *out = fopen(path, "w");
  fputs("# # CuCl                                    FEFF 9.6.4 \n# # Gam_ch=5.960E-01 H-L exch\n"
        "# # Mu=-2.500E+00eV kf=1.985E+00\n#  xsedge+ 50, used to normalize mu           6.7444E-03\n"
        "#  omega    e    k    mu    mu0     chi     @#\n",
        out);
  for (size_t i = 0; i < n_point; i++) {
    const double e_eV = -7.5 + (double)i, mu = 0.5 + atan(4.0 * (e_eV + 2.5 - rise_eV)) / 3.14159265;
    fprintf(out, " %.10f %.10f 1.0 ", 935.0 + e_eV, e_eV);
    if (i == bad)
      fprintf(out, "%s", text);
    else
      fprintf(out, "%.10E", mu);
    fprintf(out, " %.10E 0.0\n", mu);
  }
  fclose(out);
}

static void check_refused(cuxas_status expected, const char *reason)
{
  cuxas_feff_output output;
  cuxas_error       err = {0};
  CHECK_STATUS(cuxas_feff_read(FOLDER, &output, &err), expected);
  CHECK_CONTAINS(err.message, reason);
  CHECK(output.energy_eV == NULL);
}

static void test_a_finished_run_is_read(void)
{
  cuxas_feff_output output;
  CHECK(!cuxas_feff_is_finished(FOLDER));
  write_file("feff.inp", "TITLE CuCl\nSCF 4.6 0 100 0.2 3\n");
  write_file("log1.dat", "Convergence reached in    8 iterations.\n");
  write_spectrum(60, 1.0, SIZE_MAX, "");
  CHECK(cuxas_feff_is_finished(FOLDER));
  CHECK_STATUS(cuxas_feff_read(FOLDER, &output, NULL), CUXAS_OK);
  CHECK(output.n_point == 60 && output.n_iteration == 8 && output.is_self_consistent);
  CHECK_TEXT(output.version, "FEFF 9.6.4");
  CHECK_NEAR(output.edge_step, 6.7444e-3, 1e-12);
  CHECK_NEAR(output.core_hole_width_eV, 0.596, 1e-12);
  CHECK_NEAR(output.fermi_eV, -2.5, 1e-12);
  CHECK_NEAR(output.edge_eV, 932.5, 1e-9);
  CHECK_NEAR(output.energy_eV[0], 927.5, 1e-9);
  cuxas_feff_output_clear(&output);
  write_spectrum(10000, 1.0, SIZE_MAX, "");
  CHECK_STATUS(cuxas_feff_read(FOLDER, &output, NULL), CUXAS_OK);
  CHECK(output.n_point == 10000);
  cuxas_feff_output_clear(&output);
}

static void test_what_cannot_be_trusted_is_refused(void)
{
  write_file("feff.inp", "TITLE CuCl\nSCF 4.6 0 100 0.2 3\n");
  write_file("log1.dat", "New Fermi level:    mu=  -7.839 eV\n");
  write_spectrum(60, 1.0, SIZE_MAX, "");
  check_refused(CUXAS_ENUMERIC, "log1.dat: the potentials did not converge");
  write_file("log1.dat", "Convergence reached in 555555555555555555555555 iterations.\n");
  check_refused(CUXAS_EFORMAT, "log1.dat: 5.55556e+23 iterations");
  write_file("log1.dat", "Convergence reached in    8 iterations.\n");
  write_spectrum(60, 1.0, 30, "NaN");
  check_refused(CUXAS_ENUMERIC, "xmu.dat:36: a number is not finite");
  write_spectrum(60, 1.0, 30, "************");
  check_refused(CUXAS_EFORMAT, "xmu.dat:36: \"************\" is no number");
  write_spectrum(60, 1.0, 59, "");
  check_refused(CUXAS_EFORMAT, "xmu.dat:65: 5 columns");
  write_spectrum(45, 1.0, SIZE_MAX, "");
  check_refused(CUXAS_ERANGE, "covers 927.5 to 971.5 eV");
  write_spectrum(20, 1.0, SIZE_MAX, "");
  check_refused(CUXAS_ERANGE, "covers");
  write_spectrum(19, 1.0, SIZE_MAX, "");
  check_refused(CUXAS_EFORMAT, "cut short");
  write_spectrum(10001, 1.0, SIZE_MAX, "");
  check_refused(CUXAS_EFORMAT, "over 10000 points");
  write_spectrum(60, 20.0, SIZE_MAX, "");
  check_refused(CUXAS_ERANGE, "the steepest rise");
  write_spectrum(60, 1.0, 59, "0.1");
  check_refused(CUXAS_ERANGE, "mu ends at 0.1");
  write_file("xmu.dat", "hello\n");
  check_refused(CUXAS_EFORMAT, "is no number");
}

static void test_a_run_without_self_consistency_needs_no_log(void)
{
  char              path[256];
  cuxas_feff_output output;
  snprintf(path, sizeof path, "%s/log1.dat", FOLDER);
  unlink(path);
  write_spectrum(60, 1.0, SIZE_MAX, "");
  check_refused(CUXAS_EIO, "log1.dat");
  write_file("feff.inp", "TITLE CuCl\n* SCF 4.6 0 100 0.2 3\n");
  CHECK_STATUS(cuxas_feff_read(FOLDER, &output, NULL), CUXAS_OK);
  CHECK(!output.is_self_consistent && output.n_iteration == 0);
  cuxas_feff_output_clear(&output);
}

/* ---- the manifest ----------------------------------------------------------------------------------------------- */

static void test_a_manifest_comes_back_as_it_was(void)
{
  char               path[256], name[] = "CuCl", folder[] = "CuCl/site-0/L3";
  cuxas_feff_jobs    jobs;
  cuxas_feff_job     job     = {.folder       = folder,
                                .id           = name,
                                .crystal      = zincblende(5.42, 17),
                                .site         = 0,
                                .multiplicity = 1,
                                .edge         = "L3",
                                .channel      = CUXAS_CHANNEL_SCREENED_HOLE};
  cuxas_feff_cluster cluster = {.n_fms = 17, .fms_radius_A = 4.0};
  snprintf(path, sizeof path, "%s/%s", FOLDER, CUXAS_FEFF_MANIFEST);
  FILE *out = fopen(path, "w");
  CHECK_STATUS(cuxas_feff_manifest_put(&job, cuxas_feff_settings_find("fast"), &cluster, out, NULL), CUXAS_OK);
  fclose(out);
  CHECK_STATUS(cuxas_feff_manifest_read(FOLDER, &jobs, NULL), CUXAS_OK);
  CHECK(jobs.n_job == 1);
  if (jobs.n_job == 1) {
    CHECK_TEXT(jobs.job[0].folder, folder);
    CHECK_TEXT(jobs.job[0].id, name);
    CHECK_TEXT(jobs.job[0].edge, "L3");
    CHECK(jobs.job[0].channel == CUXAS_CHANNEL_SCREENED_HOLE && jobs.job[0].crystal->n_site == 2);
    CHECK_NEAR(jobs.job[0].crystal->lattice_A[0][1], 2.71, 1e-9);
  }
  cuxas_feff_jobs_clear(&jobs);
  cuxas_crystal_free(job.crystal);

  cuxas_error err = {0};
  write_file(CUXAS_FEFF_MANIFEST, "\n{\"folder\":\"a\",\"id\":\"b\"}\n");
  CHECK_STATUS(cuxas_feff_manifest_read(FOLDER, &jobs, &err), CUXAS_EFORMAT);
  CHECK_CONTAINS(err.message, CUXAS_FEFF_MANIFEST ":2: ");
  cuxas_feff_jobs_clear(&jobs);
}

int main(void)
{
  static const char *const MADE[] = {"feff.inp", "log1.dat", "xmu.dat", CUXAS_FEFF_MANIFEST};
  if (mkdtemp(FOLDER) == NULL) return 1;
  RUN(test_input_has_the_cards_of_its_preset);
  RUN(test_limits_leave_whole_shells);
  RUN(test_a_finished_run_is_read);
  RUN(test_what_cannot_be_trusted_is_refused);
  RUN(test_a_run_without_self_consistency_needs_no_log);
  RUN(test_a_manifest_comes_back_as_it_was);
  for (size_t i = 0; i < sizeof MADE / sizeof MADE[0]; i++) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", FOLDER, MADE[i]);
    unlink(path);
  }
  rmdir(FOLDER);
  return CHECK_REPORT();
}
