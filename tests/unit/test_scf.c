#include "simulate/scf_priv.h"
#include "base/units.h"
#include "simulate/valence_priv.h"
#include "check.h"
#include "free_atoms.h"

/* Without any potential the Green function is that of free electrons: -2 i k r^2 j_l h_l for each l and spin. */
static void test_the_green_function_of_empty_space(void)
{
  static cuxas_wave_sphere sphere;
  static double complex    green[CUXAS_N_L][CUXAS_VALENCE_POINTS];
  static cuxas_scatterer   scatterer;
  const double complex     none[CUXAS_N_L] = {0.0}, energy = 0.3 + 0.2 * I, k = csqrt(2.0 * energy);
  scatterer.muffin_tin_radius_bohr = 2.0;
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) scatterer.density[i] = 0.01;
  CHECK_STATUS(cuxas_wave_sphere_set(&scatterer, &sphere, NULL), CUXAS_OK);
  cuxas_valence_green(&sphere, energy, k, none, none, green);
  for (size_t i = 200; i < cuxas_valence_points(&sphere); i += 20) {
    const double         r = cuxas_valence_r(&sphere, i);
    const double complex z = k * r, j0 = csin(z) / z, h0 = -I * cexp(I * z) / z;
    const double complex j1 = csin(z) / (z * z) - ccos(z) / z, h1 = -cexp(I * z) * (z + I) / (z * z);
    CHECK_NEAR(cabs(green[0][i] / (-4.0 * I * k * r * r * j0 * h0) - 1.0), 0.0, 1e-4);
    CHECK_NEAR(cabs(green[1][i] / (-12.0 * I * k * r * r * j1 * h1) - 1.0), 0.0, 2e-3);
  }
}

static void test_integrals_on_the_mesh_of_waves(void)
{
  static cuxas_wave_sphere sphere;
  static cuxas_scatterer   scatterer;
  static double            table[CUXAS_VALENCE_POINTS];
  scatterer.muffin_tin_radius_bohr = 2.3;
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) scatterer.density[i] = 0.01;
  CHECK_STATUS(cuxas_wave_sphere_set(&scatterer, &sphere, NULL), CUXAS_OK);
  for (size_t i = 0; i < cuxas_valence_points(&sphere); i++) table[i] = pow(cuxas_valence_r(&sphere, i), 2);
  CHECK_NEAR(cuxas_valence_integrate(&sphere, table, 2.6) / (pow(2.6, 3) / 3.0), 1.0, 1e-3);
  CHECK_NEAR(cuxas_valence_at(&sphere, table, 2.5), 6.25, 1e-4);
}

/* A rock salt with superposed atoms, before self-consistency. */
typedef struct {
  cuxas_crystal    *crystal;
  cuxas_cluster    *cluster;
  cuxas_muffin_tin *muffin_tin;
  atoms             free_atom;
  double            share[MAX_POTENTIAL];
} salt;

static salt make_salt(int cation, int anion, double a_A)
{
  salt        result = {.crystal = rock_salt(cation, anion, a_A)};
  cuxas_error err;
  CHECK_STATUS(cuxas_cluster_new(result.crystal, 0, 10.0, 0, &result.cluster, &err), CUXAS_OK);
  cuxas_muffin_tin_shares(result.crystal, result.cluster, result.share);
  CHECK(make_atoms(result.cluster, &result.free_atom));
  CHECK_STATUS(cuxas_muffin_tin_new(result.cluster, result.free_atom.atom, result.share, &result.muffin_tin, &err),
               CUXAS_OK);
  return result;
}

static cuxas_status run_salt(salt *s, const cuxas_scf_settings *settings, cuxas_scf_report *ret_report)
{
  return cuxas_scf_run(s->cluster, s->free_atom.atom, s->share, settings, s->muffin_tin, ret_report, NULL);
}

static void free_salt(salt *s)
{
  cuxas_muffin_tin_free(s->muffin_tin);
  free_atoms(&s->free_atom);
  cuxas_cluster_free(s->cluster);
  cuxas_crystal_free(s->crystal);
}

/* The empty f states of lanthanum lie so low in a muffin tin that they would be filled: f electrons are not renewed. */
static void test_lanthanum_gets_no_f_electrons(void)
{
  salt                     sulfide  = make_salt(57, 16, 5.85);
  const cuxas_scf_settings settings = {.radius_A = 3.5, .max_iteration = 25};
  cuxas_scf_report         report   = {0};
  CHECK_STATUS(run_salt(&sulfide, &settings, &report), CUXAS_OK);
  if (report.electrons != NULL) {
    CHECK_NEAR(report.electrons[0][3], 0.0, 0.0);
    CHECK(report.charge_transfer[1] > 0.1); /* sulfur */
  }
  cuxas_scf_report_clear(&report);
  free_salt(&sulfide);
}

static void test_electrons_go_to_the_anion(void)
{
  salt               oxide    = make_salt(12, 8, 4.21);
  cuxas_scf_settings settings = {.radius_A = 3.1, .max_iteration = 25};
  cuxas_scf_report   report   = {0};
  CHECK_STATUS(run_salt(&oxide, &settings, &report), CUXAS_OK);
  if (report.charge_transfer != NULL) {
    CHECK(report.is_converged);
    CHECK(report.change_electrons < 0.01 && fabs(report.excess_electrons) < 0.002);
    CHECK(report.charge_transfer[1] > 0.1); /* oxygen */
    CHECK_NEAR(report.charge_transfer[1] + report.charge_transfer[2], 0.0, 0.01);
    CHECK_NEAR(report.charge_transfer[0], report.charge_transfer[2],
               0.05); /* the same atom, but for the cluster's end */
    CHECK_NEAR(report.electrons[1][0], 1.9, 0.2);
  }
  cuxas_scf_report_clear(&report);
  settings.radius_A = 0.0;
  CHECK_STATUS(run_salt(&oxide, &settings, &report), CUXAS_ERANGE);
  free_salt(&oxide);
}

/* A border between core and valence that cuts through an anion's band loses its electrons and still "converges". */
static void test_lost_electrons_are_noticed(void)
{
  double                 electrons[2][CUXAS_N_L] = {{0.6, 0.6, 9.5, 0.0}, {1.8, 4.3, 0.1, 0.0}};
  double                 closed[2][CUXAS_N_L] = {{0.0}, {2.0, 0.0, 0.0, 0.0}}, transfer[2] = {-0.4, 0.4};
  const int              atomic_number[2] = {29, 52};
  const cuxas_scf_report report           = {.electrons = electrons, .closed = closed, .charge_transfer = transfer};
  cuxas_error            err;
  CHECK_STATUS(cuxas_scf_check(&report, atomic_number, 2, &err), CUXAS_OK);
  electrons[1][0] = 0.3;
  CHECK_STATUS(cuxas_scf_check(&report, atomic_number, 2, &err), CUXAS_ENUMERIC);
  electrons[1][0] = 1.8;
  transfer[0]     = 0.9;
  transfer[1]     = -0.9;
  CHECK_STATUS(cuxas_scf_check(&report, atomic_number, 2, &err), CUXAS_ENUMERIC);
}

/* ----------------------------------------------------- against FEFF ------------------------------------------------- */

static cuxas_cluster *read_cluster(const char *path, double *ret_share)
{
  FILE          *in      = fopen(path, "r");
  cuxas_cluster *cluster = calloc(1, sizeof *cluster);
  char           line[256];
  int            number, section = 0;
  size_t         potential;
  double         share;
  if (in == NULL || cluster == NULL) return NULL;
  cluster->atom          = calloc(500, sizeof *cluster->atom);
  cluster->atomic_number = calloc(MAX_POTENTIAL, sizeof *cluster->atomic_number);
  while (fgets(line, sizeof line, in) != NULL) {
    cuxas_cluster_atom *atom = &cluster->atom[cluster->n_atom];
    if (strncmp(line, "POTENTIALS", 10) == 0) section = 1;
    if (strncmp(line, "ATOMS", 5) == 0) section = 2;
    if (section == 1 && sscanf(line, "%zu %d %*s %*d %*d %lf", &potential, &number, &share) == 3) {
      cluster->atomic_number[potential] = number;
      cluster->n_potential              = potential + 1;
      ret_share[potential]              = share;
    }
    if (section == 2 && sscanf(line, "%lf %lf %lf %zu", &atom->position_A[0], &atom->position_A[1],
                               &atom->position_A[2], &atom->potential) == 4) {
      atom->atomic_number = cluster->atomic_number[atom->potential];
      atom->distance_A = sqrt(pow(atom->position_A[0], 2) + pow(atom->position_A[1], 2) + pow(atom->position_A[2], 2));
      cluster->n_atom++;
    }
  }
  fclose(in);
  return cluster;
}

typedef struct {
  const char *folder;
  size_t      i_last;                              /* the potential whose numbers are compared besides the absorber's */
  double      electrons[2][3], charge_transfer[2]; /* log1.dat: of the absorber and of i_last, s p d */
  double      fermi_eV, interstitial_eV;
} golden;

/* FEFF's clusters of up to 45 atoms take a while: by default smaller ones, which move charges by 0.06. */
static bool is_full;

static void check_against_feff(const golden *expected)
{
  char              name[128];
  double            share[MAX_POTENTIAL];
  atoms             free_atom;
  cuxas_muffin_tin *muffin_tin = NULL;
  cuxas_scf_report  report     = {0};
  cuxas_error       err        = {CUXAS_OK, ""};
  snprintf(name, sizeof name, "%s/feff.inp", expected->folder);
  char *path = shared_data(name);
  if (path == NULL) SKIP("no simulated potentials in the shared data");
  cuxas_cluster *cluster = read_cluster(path, share);
  free(path);
  CHECK(cluster != NULL && make_atoms(cluster, &free_atom));
  CHECK_STATUS(cuxas_muffin_tin_new(cluster, free_atom.atom, share, &muffin_tin, &err), CUXAS_OK);
  CHECK_STATUS(
      cuxas_scf_run(cluster, free_atom.atom, share,
                    &(cuxas_scf_settings){.radius_A = is_full ? 5.0 : 3.2, .max_atom = 45, .max_iteration = 30},
                    muffin_tin, &report, &err),
      CUXAS_OK);
  if (report.electrons != NULL) {
    const double fermi   = muffin_tin->fermi_hartree * CUXAS_HARTREE_EV;
    const double between = muffin_tin->interstitial_hartree * CUXAS_HARTREE_EV;
    printf(
        "    %s: %d iterations, Fermi level %.3f (FEFF %.3f) eV, between the spheres %.3f (%.3f) eV, difference %.3f "
        "(%.3f) eV\n",
        expected->folder, report.n_iteration, fermi, expected->fermi_eV, between, expected->interstitial_eV,
        fermi - between, expected->fermi_eV - expected->interstitial_eV);
    CHECK(report.is_converged);
    CHECK_NEAR(fermi - between, expected->fermi_eV - expected->interstitial_eV, is_full ? 0.15 : 0.5);
    CHECK_NEAR(fermi, expected->fermi_eV, 1.0);
    for (size_t i = 0; i < 2; i++) {
      const size_t at = i == 0 ? 0 : expected->i_last;
      printf("      potential %zu: s %.3f (%.3f) p %.3f (%.3f) d %.3f (%.3f), gained %.3f (%.3f)\n", at,
             report.electrons[at][0], expected->electrons[i][0], report.electrons[at][1], expected->electrons[i][1],
             report.electrons[at][2], expected->electrons[i][2], report.charge_transfer[at],
             expected->charge_transfer[i]);
      for (size_t l = 0; l < 3; l++)
        CHECK_NEAR(report.electrons[at][l], expected->electrons[i][l], is_full ? 0.03 : 0.07);
      CHECK_NEAR(report.charge_transfer[at], expected->charge_transfer[i], is_full ? 0.03 : 0.08);
    }
  }
  cuxas_scf_report_clear(&report);
  cuxas_muffin_tin_free(muffin_tin);
  free_atoms(&free_atom);
  cuxas_cluster_free(cluster);
}

static void test_copper_is_that_of_feff(void)
{
  check_against_feff(
      &(golden){"feff10/debug/Cu_scf", 1, {{0.709, 0.731, 9.561}, {0.705, 0.736, 9.560}}, {0.0, 0.0}, -7.839, -16.458});
}

static void test_cupric_oxide_is_that_of_feff(void)
{
  check_against_feff(&(golden){
      "feff10/debug/CuO_scf", 1, {{0.533, 0.621, 9.488}, {1.868, 4.388, 0.095}}, {-0.357, 0.351}, -6.854, -15.208});
}

/* test_scf --full: clusters as large as FEFF's */
int main(int n_argument, char **argument)
{
  is_full = n_argument > 1 && strcmp(argument[1], "--full") == 0;
  RUN(test_the_green_function_of_empty_space);
  RUN(test_integrals_on_the_mesh_of_waves);
  RUN(test_electrons_go_to_the_anion);
  RUN(test_lanthanum_gets_no_f_electrons);
  RUN(test_lost_electrons_are_noticed);
  RUN(test_copper_is_that_of_feff);
  RUN(test_cupric_oxide_is_that_of_feff);
  return CHECK_REPORT();
}
