#include "feff_debug.h"

#include "simulate/photoelectron_priv.h"

static void test_nothing_changes_at_and_below_the_fermi_level(void)
{
  cuxas_self_energy *table = NULL;
  CHECK_STATUS(cuxas_self_energy_new(2.0, &table, NULL), CUXAS_OK);
  for (double rs = 0.02; rs < 15.0; rs *= 3.0) {
    CHECK(cuxas_self_energy_at(rs, 0.0) == 0.0);
    CHECK(cuxas_self_energy_at(rs, -1.0) == 0.0);
    CHECK(cuxas_self_energy_of(table, rs, -0.1) == 0.0);
    CHECK(cabs(cuxas_self_energy_at(rs, 1e-5)) < 1e-5);
    CHECK(cabs(cuxas_self_energy_of(table, rs, 1e-5)) < 1e-4);
  }
  cuxas_self_energy_free(table);
}

/* A fast electron feels no exchange: what is left to lose is the whole exchange and correlation at the Fermi level.
 * L. Hedin, S. Lundqvist (1969) have -0.4237 + ... there; here only the known parts: at least exchange, -k_F/pi, and
 * less than that and the random-phase correlation of an electron at rest together. */
static void test_fast_electrons_lose_exchange_and_correlation(void)
{
  const double rs = 2.0, k_fermi = 1.9191582926775 / rs;
  CHECK(creal(cuxas_self_energy_at(rs, 400.0)) > k_fermi / 3.14159265);
  CHECK(creal(cuxas_self_energy_at(rs, 400.0)) < k_fermi / 3.14159265 + 0.1);
}

/* The Born approximation of the stopping by plasmons: -2 Im Sigma = (omega_p / k) ln(q_max / q_min). */
static void test_decay_of_fast_electrons_is_the_rate_of_plasmon_losses(void)
{
  const double rs = 3.0, plasma = sqrt(3.0 / (rs * rs * rs)), fermi = 0.5 * pow(1.9191582926775 / rs, 2.0);
  const double above = 200.0, k = sqrt(2.0 * (above + fermi));
  const double rate  = -2.0 * cimag(cuxas_self_energy_at(rs, above));
  const double q_min = plasma / k; /* from energy conservation; q_max where a plasmon is as fast as a free electron */
  CHECK_NEAR(rate * k / plasma, log(sqrt(2.0 * plasma) / q_min), 0.15 * log(sqrt(2.0 * plasma) / q_min));
}

static void test_plasmons_are_made_above_a_threshold_only(void)
{
  /* rs = 1.98: 18 eV above the Fermi level; slow electrons decay by pairs, with the square of their energy */
  CHECK(cimag(cuxas_self_energy_at(1.98, 17.5 / CUXAS_HARTREE_EV)) * CUXAS_HARTREE_EV > -0.85);
  CHECK(cimag(cuxas_self_energy_at(1.98, 22.0 / CUXAS_HARTREE_EV)) * CUXAS_HARTREE_EV < -2.0);
  const double one = cimag(cuxas_self_energy_at(1.98, 0.001)), two = cimag(cuxas_self_energy_at(1.98, 0.002));
  CHECK_NEAR(two / one, 4.0, 0.1);
}

static void test_table_follows_the_quadrature(void)
{
  cuxas_self_energy *table = NULL;
  double             sum   = 0.0;
  int                n = 0, n_far = 0;
  CHECK_STATUS(cuxas_self_energy_new(2.5, &table, NULL), CUXAS_OK);
  for (double rs = 0.012; rs < 18.0; rs *= 1.11)
    for (double above = 0.002; above < 2.4; above *= 1.13, n++) {
      const double deviation = cabs(cuxas_self_energy_at(rs, above) - cuxas_self_energy_of(table, rs, above));
      n_far += deviation > 0.1 / CUXAS_HARTREE_EV;
      sum += deviation;
    }
  printf("    table within %.4f eV on average, %d of %d beyond 0.1 eV\n", sum / n * CUXAS_HARTREE_EV, n_far, n);
  CHECK(sum / n < 0.01 / CUXAS_HARTREE_EV);
  CHECK(n_far * 100 < n); /* where plasmons begin, which is as sudden as nothing in a solid */
  cuxas_self_energy_free(table);
}

static void test_senseless_energy_is_refused(void)
{
  cuxas_self_energy *table = NULL;
  CHECK_STATUS(cuxas_self_energy_new(0.0, &table, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_self_energy_new(NAN, &table, NULL), CUXAS_ERANGE);
  CHECK(table == NULL);
}

/* FEFF fits the real part; where plasmons begin the two are less alike. */
static void compare_with_feff(const char *run, double mean_eV)
{
  static feff_table table;
  if (!feff_read_table(run, "mpse.dat", &table)) SKIP("no FEFF output");
  const double rs  = feff_read_label(run, "mpse.dat", "#HD#");
  double       sum = 0.0, largest = 0.0;
  for (size_t i = 0; i < table.n_row; i++) {
    const double        *v         = table.value[i];
    const double complex is        = CUXAS_HARTREE_EV * cuxas_self_energy_at(rs, v[0] / CUXAS_HARTREE_EV);
    const double         deviation = cabs(is - v[1] - I * v[2]);
    sum += deviation;
    largest = fmax(largest, deviation);
  }
  printf("    %s: self-energy within %.3f eV of FEFF's, on average %.3f eV\n", run, largest, sum / (double)table.n_row);
  CHECK(table.n_row > 60);
  CHECK(largest < 0.5);
  CHECK(sum / (double)table.n_row < mean_eV);
}

static void test_copper_is_that_of_feff(void)
{
  compare_with_feff("Cu_noscf", 0.08);
}
static void test_copper_oxide_is_that_of_feff(void)
{
  compare_with_feff("CuO_noscf", 0.08);
}

int main(void)
{
  RUN(test_nothing_changes_at_and_below_the_fermi_level);
  RUN(test_fast_electrons_lose_exchange_and_correlation);
  RUN(test_decay_of_fast_electrons_is_the_rate_of_plasmon_losses);
  RUN(test_plasmons_are_made_above_a_threshold_only);
  RUN(test_table_follows_the_quadrature);
  RUN(test_senseless_energy_is_refused);
  RUN(test_copper_is_that_of_feff);
  RUN(test_copper_oxide_is_that_of_feff);
  return CHECK_REPORT();
}
