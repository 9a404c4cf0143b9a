/* Tests of foreign.h: what is done to other programs' spectra has known answers for an arctangent edge. */
#include "records/external.h"

#include "check.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static const double PI     = 3.14159265358979323846264338;
static char         PATH[] = "/tmp/cuxas-foreign-XXXXXX";

static double edge(double e_eV, double fwhm_eV)
{
  return 0.5 + atan(2.0 * e_eV / fwhm_eV) / PI;
}

/* arctangent() - an edge at 0 on uneven energies from -60 to 60 eV */
static cuxas_spectrum *arctangent(double fwhm_eV, double height)
{
  enum { N = 1201 };
  cuxas_spectrum *spectrum = cuxas_spectrum_new(N);
  for (size_t i = 0; i < N; i++) {
    const double e_eV      = -60.0 + 0.1 * (double)i + (i % 2 == 0 ? 0.0 : 0.02);
    spectrum->energy_eV[i] = e_eV;
    spectrum->mu[i]        = height * edge(e_eV, fwhm_eV);
  }
  return spectrum;
}

static cuxas_spectrum *process(const cuxas_spectrum *raw, const cuxas_external_settings *settings, double *ret_step)
{
  cuxas_spectrum *spectrum = NULL;
  CHECK_STATUS(cuxas_external_process(raw, settings, "test", &spectrum, ret_step, NULL), CUXAS_OK);
  return spectrum;
}

static void test_lorentzian_widths_add(void)
{
  double                  step, worst = 0.0;
  cuxas_spectrum         *raw      = arctangent(1.0, 1.0);
  cuxas_external_settings settings = cuxas_external_defaults();
  settings.lorentzian_eV           = 0.6;
  settings.normalization           = CUXAS_NORMALIZE_NONE;
  cuxas_spectrum *spectrum         = process(raw, &settings, &step);
  for (size_t i = 0; i < spectrum->n_point; i++) /* in the middle: the ends feel that the edge does not go on */
    if (fabs(spectrum->energy_eV[i]) < 20.0)
      worst = fmax(worst, fabs(spectrum->mu[i] - edge(spectrum->energy_eV[i], 1.6)));
  CHECK_NEAR(worst, 0.0, 2e-3);
  CHECK_NEAR(step, 1.0, 0.0);
  cuxas_spectrum_free(spectrum);
  cuxas_spectrum_free(raw);
}

static void test_gaussian_makes_a_step_an_error_function(void)
{
  double                  step, worst = 0.0;
  cuxas_spectrum         *raw      = arctangent(1e-6, 1.0);
  cuxas_external_settings settings = cuxas_external_defaults();
  settings.gaussian_eV             = 2.0;
  settings.step_eV                 = 0.05;
  settings.normalization           = CUXAS_NORMALIZE_NONE;
  cuxas_spectrum *spectrum         = process(raw, &settings, &step);
  const double    sigma_eV         = 2.0 / sqrt(8.0 * log(2.0));
  for (size_t i = 0; i < spectrum->n_point; i++)
    worst = fmax(worst, fabs(spectrum->mu[i] - 0.5 * erfc(-spectrum->energy_eV[i] / sigma_eV / sqrt(2.0))));
  CHECK_NEAR(worst, 0.0, 0.03); /* the step's place is known to half a step of the raw energies */
  cuxas_spectrum_free(spectrum);
  cuxas_spectrum_free(raw);
}

static void test_a_constant_stays_constant(void)
{
  double                  step;
  cuxas_spectrum         *raw      = arctangent(1.0, 0.0);
  cuxas_external_settings settings = cuxas_external_defaults();
  for (size_t i = 0; i < raw->n_point; i++) raw->mu[i] = 3.0;
  settings.gaussian_eV = settings.lorentzian_eV = 1.5;
  cuxas_spectrum *spectrum                      = process(raw, &settings, &step);
  CHECK_NEAR(step, 3.0, 1e-12);
  for (size_t i = 0; i < spectrum->n_point; i++)
    if (fabs(spectrum->mu[i] - 1.0) > 1e-12) CHECK_NEAR(spectrum->mu[i], 1.0, 1e-12);
  cuxas_spectrum_free(spectrum);
  cuxas_spectrum_free(raw);
}

static void test_shift_onset_range_and_step(void)
{
  double                  step;
  cuxas_spectrum         *raw      = arctangent(0.5, 0.02);
  cuxas_external_settings settings = cuxas_external_defaults();
  settings.shift_eV                = 933.0;
  settings.low_eV                  = 923.0;
  settings.high_eV                 = 973.0;
  cuxas_spectrum *spectrum         = process(raw, &settings, &step);
  CHECK(spectrum->energy_eV[0] >= 923.0 && spectrum->energy_eV[0] < 923.2);
  CHECK(spectrum->energy_eV[spectrum->n_point - 1] <= 973.0);
  CHECK_NEAR(step, 0.02, 1e-3);
  CHECK_NEAR(spectrum->mu[spectrum->n_point - 1], 1.0, 1e-2);
  cuxas_spectrum_free(spectrum);

  settings.has_onset = true;
  settings.onset_eV  = 8979.0;
  settings.low_eV = settings.high_eV = NAN;
  settings.normalization             = CUXAS_NORMALIZE_MAXIMUM;
  spectrum                           = process(raw, &settings, &step);
  size_t half                        = 0;
  while (spectrum->mu[half] < 0.5) half++;
  CHECK_NEAR(spectrum->energy_eV[half], 8979.0, 0.2);
  CHECK_NEAR(spectrum->mu[spectrum->n_point - 1], 1.0, 1e-12);
  cuxas_spectrum_free(spectrum);

  settings.low_eV  = 1.0;
  settings.high_eV = 2.0;
  CHECK_STATUS(cuxas_external_process(raw, &settings, "test", &spectrum, &step, NULL), CUXAS_ERANGE);
  settings                = cuxas_external_defaults();
  settings.window_low_eV  = 70.0;
  settings.window_high_eV = 80.0;
  CHECK_STATUS(cuxas_external_process(raw, &settings, "test", &spectrum, &step, NULL), CUXAS_ERANGE);
  CHECK(spectrum == NULL);
  cuxas_spectrum_free(raw);
}

static cuxas_status read_text(const char *text, const cuxas_external_settings *settings, cuxas_spectrum **ret_spectrum,
                              cuxas_error *err)
{
  FILE *out = fopen(PATH, "w");
  fputs(text, out);
  fclose(out);
  return cuxas_external_read(PATH, settings, ret_spectrum, err);
}

static void test_files_of_other_programs_are_read(void)
{
  cuxas_spectrum         *spectrum = NULL;
  cuxas_external_settings settings = cuxas_external_defaults();
  CHECK_STATUS(read_text("#  Energy (eV)  spectrum  eps1\n -1.0 0.1 9\n 0.0D0 0.2 9\n 2 0.4 9\n 1 0.3 9\n", &settings,
                         &spectrum, NULL),
               CUXAS_OK);
  CHECK(spectrum->n_point == 4);
  CHECK_NEAR(spectrum->energy_eV[0], -1.0, 0.0);
  CHECK_NEAR(spectrum->mu[2], 0.3, 1e-15); /* sorted by energy */
  cuxas_spectrum_free(spectrum);

  settings.energy_column = 2;
  settings.mu_column     = 3;
  settings.unit_eV       = 27.211386246;
  CHECK_STATUS(read_text("i,energy,mu\n1,1,0.1\n2,2,0.2\n3,3,0.3\n4,4,0.4\n", &settings, &spectrum, NULL), CUXAS_OK);
  CHECK_NEAR(spectrum->energy_eV[3], 4.0 * 27.211386246, 1e-9);
  cuxas_spectrum_free(spectrum);
}

static void test_malformed_files_are_refused(void)
{
  static const struct {
    const char  *text, *reason;
    cuxas_status status;
  } BAD[] = {
      {"1 2\n2 3\n3 x\n4 5\n", ":3: \"x\" is no number", CUXAS_EFORMAT},
      {"1 2\n2 3\n3\n4 5\n", ":3: 1 columns", CUXAS_EFORMAT},
      {"1 2\n2 3\n3 nan\n4 5\n", ":3: a number is not finite", CUXAS_ENUMERIC},
      {"1 2\n2 3\n2 4\n4 5\n", "comes twice", CUXAS_EFORMAT},
      {"1 2\n2 3\n", "2 points", CUXAS_EFORMAT},
      {"a b\nc d\n1 2\n", ":2: ", CUXAS_EFORMAT},
      {"", "0 points", CUXAS_EFORMAT},
  };
  const cuxas_external_settings settings = cuxas_external_defaults();
  for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
    cuxas_spectrum *spectrum = NULL;
    cuxas_error     err      = {0};
    CHECK_STATUS(read_text(BAD[i].text, &settings, &spectrum, &err), BAD[i].status);
    CHECK_CONTAINS(err.message, BAD[i].reason);
    CHECK(spectrum == NULL);
  }
}

int main(void)
{
  close(mkstemp(PATH));
  RUN(test_lorentzian_widths_add);
  RUN(test_gaussian_makes_a_step_an_error_function);
  RUN(test_a_constant_stays_constant);
  RUN(test_shift_onset_range_and_step);
  RUN(test_files_of_other_programs_are_read);
  RUN(test_malformed_files_are_refused);
  unlink(PATH);
  return CHECK_REPORT();
}
