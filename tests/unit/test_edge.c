#include "feff_debug.h"

#include "simulate/edge_priv.h"

static cuxas_energy_mesh *make_mesh(double width_eV)
{
  cuxas_energy_settings settings = CUXAS_ENERGY_DEFAULTS;
  cuxas_energy_mesh    *mesh     = NULL;
  settings.fermi_hartree         = -0.2;
  settings.core_hole_eV          = width_eV;
  CHECK_STATUS(cuxas_energy_mesh_new(&settings, &mesh, NULL), CUXAS_OK);
  return mesh;
}

/* A constant absorption, cut at the Fermi level and broadened, is an arctangent. */
static void test_constant_absorption_becomes_an_arctangent(void)
{
  static double complex f[200];
  static double         mu[200];
  cuxas_energy_mesh    *mesh = make_mesh(0.6);
  for (size_t i = 0; i < mesh->n_energy; i++) f[i] = 2.0 * I;
  cuxas_edge_fermi_cut(mesh, f, mu);
  for (size_t i = 0; i < mesh->n_spectrum; i++) {
    const double above = creal(mesh->energy_hartree[i]) - mesh->fermi_hartree;
    CHECK_NEAR(mu[i], 1.0 + 2.0 / FEFF_PI * atan(above / mesh->half_width_hartree), 1e-5);
  }
  cuxas_energy_mesh_free(mesh);
}

/* Resonances, above and below the Fermi level: by the contour and by brute force along the real axis. */
static void test_resonances_are_cut_and_broadened(void)
{
  static double complex f[200];
  static double         mu[200];
  cuxas_energy_mesh    *mesh  = make_mesh(0.6);
  const double          gamma = mesh->half_width_hartree, ev = 1.0 / CUXAS_HARTREE_EV, fermi = mesh->fermi_hartree;
  for (double position = -2.0; position < 8.0; position += 2.0) {
    const double complex pole = fermi + (position - 0.8 * I) * ev;
    for (size_t i = 0; i < mesh->n_energy; i++) f[i] = -ev / (mesh->energy_hartree[i] - pole);
    cuxas_edge_fermi_cut(mesh, f, mu);
    for (size_t i = 0; i < mesh->n_spectrum; i += 3) {
      const double omega = creal(mesh->energy_hartree[i]), step = 0.01 * ev;
      double       sum = 0.0;
      for (double e = fermi + 0.5 * step; e < fermi + 400.0 * ev; e += step)
        sum += cimag(-ev / (e - pole)) * gamma / FEFF_PI / ((e - omega) * (e - omega) + gamma * gamma) * step;
      CHECK_NEAR(mu[i], sum, 0.002); /* of at most 1.2 */
    }
  }
  cuxas_energy_mesh_free(mesh);
}

/* L2's spectrum from what was computed for L3: the same function, broadened twice as much, by the line below the pole. */
static void test_a_broader_edge_needs_no_energies_of_its_own(void)
{
  static double complex f[200];
  cuxas_energy_mesh    *mesh = make_mesh(0.6);
  const double gamma = 2.1 * mesh->half_width_hartree, ev = 1.0 / CUXAS_HARTREE_EV, fermi = mesh->fermi_hartree;
  for (double position = -2.0; position < 8.0; position += 2.0) {
    const double complex pole = fermi + (position - 0.8 * I) * ev;
    for (size_t i = 0; i < mesh->n_energy; i++) f[i] = -ev / (mesh->energy_hartree[i] - pole);
    for (double omega = fermi - 6.0 * ev; omega < fermi + 12.0 * ev; omega += 0.7 * ev) {
      const double step = 0.01 * ev;
      double       sum  = 0.0;
      for (double e = fermi + 0.5 * step; e < fermi + 400.0 * ev; e += step)
        sum += cimag(-ev / (e - pole)) * gamma / FEFF_PI / ((e - omega) * (e - omega) + gamma * gamma) * step;
      CHECK_NEAR(cuxas_edge_fermi_cut_at(mesh, f, omega, gamma), sum, 0.004); /* of at most 0.9 */
    }
  }
  cuxas_energy_mesh_free(mesh);
}

/* mu = 1 far above for strength 1 and no scattering; edge step and energies as given. */
static void test_spectrum_is_normalised_above_the_edge(void)
{
  cuxas_energy_mesh    *mesh     = make_mesh(0.6);
  cuxas_edge_spectrum  *spectrum = NULL;
  static double complex atomic[800], scattering[800], g[800];
  static double         strength[200];
  cuxas_absorption      absorption = {mesh->n_energy, {true, false, true, false}, atomic, strength, scattering};
  for (size_t i = 0; i < mesh->n_energy; i++) {
    strength[i]           = 3.0;
    atomic[4 * i]         = 3.0 * I;
    scattering[4 * i + 2] = 2.0;
    g[4 * i + 2]          = 0.3 * I; /* adds 0.2 everywhere */
    g[4 * i + 1]          = 5.0 * I; /* no strength there */
  }
  CHECK_STATUS(cuxas_edge_assemble(mesh, &absorption, g,
                                   &(cuxas_edge_question){930.0, mesh->half_width_hartree, NULL, NULL}, &spectrum,
                                   NULL),
               CUXAS_OK);
  CHECK(spectrum->n_energy == mesh->n_spectrum);
  CHECK_NEAR(spectrum->edge_step_A2, 3.0, 1e-12);
  CHECK_NEAR(spectrum->energy_eV[mesh->i_fermi], 930.0, 1e-9);
  CHECK_NEAR(spectrum->mu0[mesh->i_fermi], 0.5, 1e-6);
  CHECK_NEAR(spectrum->mu[mesh->i_fermi], 0.6, 1e-6);
  CHECK_NEAR(spectrum->mu0[mesh->n_spectrum - 1], 1.0, 0.01);
  CHECK_NEAR(spectrum->mu[mesh->n_spectrum - 1] / spectrum->mu0[mesh->n_spectrum - 1], 1.2, 1e-9);
  cuxas_edge_spectrum_free(spectrum);

  CHECK_STATUS(cuxas_edge_assemble(mesh, &absorption, NULL,
                                   &(cuxas_edge_question){930.0, mesh->half_width_hartree, NULL, NULL}, &spectrum,
                                   NULL),
               CUXAS_OK);
  CHECK_NEAR(spectrum->mu[40], spectrum->mu0[40], 1e-12);
  cuxas_edge_spectrum_free(spectrum);

  atomic[160] = NAN * I;
  CHECK_STATUS(cuxas_edge_assemble(mesh, &absorption, g,
                                   &(cuxas_edge_question){930.0, mesh->half_width_hartree, NULL, NULL}, &spectrum,
                                   NULL),
               CUXAS_ENUMERIC);
  CHECK(spectrum == NULL);
  cuxas_energy_mesh_free(mesh);
}

static void test_short_mesh_cannot_be_normalised(void)
{
  cuxas_energy_settings settings = CUXAS_ENERGY_DEFAULTS;
  cuxas_energy_mesh    *mesh     = NULL;
  cuxas_edge_spectrum  *spectrum = NULL;
  settings.k_max_per_A           = 3.0; /* 34 eV */
  static double complex atomic[800], scattering[800];
  static double         strength[200];
  CHECK_STATUS(cuxas_energy_mesh_new(&settings, &mesh, NULL), CUXAS_OK);
  cuxas_absorption absorption = {mesh->n_energy, {true}, atomic, strength, scattering};
  CHECK_STATUS(cuxas_edge_assemble(mesh, &absorption, NULL,
                                   &(cuxas_edge_question){930.0, mesh->half_width_hartree, NULL, NULL}, &spectrum,
                                   NULL),
               CUXAS_ERANGE);
  cuxas_energy_mesh_free(mesh);
}

/* The assembly alone: FEFF's cross section (xsect.dat) and Green function trace (gtr.dat) to FEFF's spectrum
 * (xmu.dat). */
static void compare_with_feff(const char *run, double mean_allowed)
{
  static feff_table     section, trace, spectrum;
  static double complex f[2][FEFF_ENERGIES];
  static double         mu[2][FEFF_ENERGIES];
  double                sum[2] = {0.0, 0.0}, largest[2] = {0.0, 0.0};
  if (!feff_read_table(run, "xsect.dat", &section) || !feff_read_table(run, "gtr.dat", &trace) ||
      !feff_read_table(run, "xmu.dat", &spectrum))
    SKIP("no FEFF output");
  const double       norm = feff_read_label(run, "xmu.dat", "normalize mu");
  cuxas_energy_mesh *mesh = make_mesh(0.6);
  size_t             row = 0, first = 0;
  while (section.n_column[row] != 5 || section.value[row][1] != section.value[row + 1][1]) row++;
  while (spectrum.n_column[first] != 6) first++;
  CHECK(mesh->n_energy == FEFF_ENERGIES && section.n_row == row + FEFF_ENERGIES && trace.n_row == FEFF_ENERGIES);
  for (size_t i = 0; i < FEFF_ENERGIES; i++) {
    const double *s = section.value[row + i], *g = trace.value[i];
    mesh->energy_hartree[i] = (s[0] + I * s[1]) / CUXAS_HARTREE_EV;
    f[0][i]                 = s[3] + I * s[4];
    f[1][i]                 = f[0][i] + s[2] * (g[2] + I * g[3]);
  }
  mesh->fermi_hartree      = creal(mesh->energy_hartree[FEFF_ENERGIES - 1]);
  mesh->half_width_hartree = cimag(mesh->energy_hartree[0]);
  for (int which = 0; which < 2; which++) {
    cuxas_edge_fermi_cut(mesh, f[which], mu[which]);
    for (size_t i = 0; i < mesh->n_spectrum; i++) {
      const double deviation = fabs(mu[which][i] / norm - spectrum.value[first + i][which == 0 ? 4 : 3]);
      sum[which] += deviation / (double)mesh->n_spectrum;
      largest[which] = fmax(largest[which], deviation);
    }
  }
  printf("    %s: mu0 within %.4f of FEFF's, on average %.4f; mu within %.4f, on average %.4f\n", run, largest[0],
         sum[0], largest[1], sum[1]);
  CHECK(sum[0] < mean_allowed && sum[1] < mean_allowed);
  cuxas_energy_mesh_free(mesh);
}

static void test_copper_is_assembled_as_in_feff(void)
{
  compare_with_feff("Cu_noscf", 0.005);
}
static void test_self_consistent_copper_is_assembled_as_in_feff(void)
{
  compare_with_feff("Cu_scf", 0.005);
}
static void test_copper_oxide_is_assembled_as_in_feff(void)
{
  compare_with_feff("CuO_noscf", 0.005);
}
static void test_self_consistent_copper_oxide_is_assembled_as_in_feff(void)
{
  compare_with_feff("CuO_scf", 0.009);
}

int main(void)
{
  RUN(test_constant_absorption_becomes_an_arctangent);
  RUN(test_resonances_are_cut_and_broadened);
  RUN(test_a_broader_edge_needs_no_energies_of_its_own);
  RUN(test_spectrum_is_normalised_above_the_edge);
  RUN(test_short_mesh_cannot_be_normalised);
  RUN(test_copper_is_assembled_as_in_feff);
  RUN(test_self_consistent_copper_is_assembled_as_in_feff);
  RUN(test_copper_oxide_is_assembled_as_in_feff);
  RUN(test_self_consistent_copper_oxide_is_assembled_as_in_feff);
  return CHECK_REPORT();
}
