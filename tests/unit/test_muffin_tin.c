#include "simulate/muffin_tin_priv.h"
#include "simulate/interstitial_priv.h"
#include "base/units.h"
#include "check.h"
#include "free_atoms.h"

#define PI 3.14159265358979323846

/* -------------------------------------------------- spherical averages --------------------------------------------- */

static void test_averages_of_a_gaussian(void)
{
  static double        value[CUXAS_RADIAL_POINTS];
  static cuxas_overlap overlap;
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) value[i] = exp(-0.3 * pow(cuxas_radial_r(i), 2));
  cuxas_overlap_init(&overlap, value);
  for (double distance = 2.0; distance < 8.0; distance += 1.7)
    for (double r = 0.01; r < 9.0; r *= 1.5) {
      const double exact = (exp(-0.3 * pow(distance - r, 2)) - exp(-0.3 * pow(distance + r, 2))) / (1.2 * distance * r);
      CHECK_NEAR(cuxas_overlap_average(&overlap, distance, r, INFINITY), exact, 0.02 * exact + 1e-7);
    }
  CHECK_NEAR(cuxas_overlap_average(&overlap, 5.0, 1.0, 4.0), 0.0, 0.0);
}

/* Outside a charge its potential's average over any sphere that does not reach it is the potential at the centre. */
static void test_averages_of_a_point_charge(void)
{
  static double        value[CUXAS_RADIAL_POINTS];
  static cuxas_overlap overlap;
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++) value[i] = 1.0 / cuxas_radial_r(i);
  cuxas_overlap_init(&overlap, value);
  for (double r = 1e-3; r < 4.9; r *= 1.3) CHECK_NEAR(cuxas_overlap_average(&overlap, 5.0, r, INFINITY), 0.2, 1e-5);
  CHECK_NEAR(cuxas_overlap_average(&overlap, 5.0, 8.0, INFINITY), 0.125, 1e-5); /* inside the sphere: 1/r */
}

static void test_lens(void)
{
  CHECK_NEAR(cuxas_lens_volume(1.0, 1.0, 1.0), 5.0 * PI / 12.0, 1e-12);
  CHECK_NEAR(cuxas_lens_volume(1.0, 1.0, 2.0), 0.0, 0.0);
  CHECK_NEAR(cuxas_lens_volume(1.0, 0.5, 3.0), 0.0, 0.0);
}

/* ------------------------------------------------------ crystals ---------------------------------------------------- */

static void test_a_crystal_is_neutral_and_complete(void)
{
  cuxas_crystal    *crystal    = rock_salt(12, 8, 4.21);
  cuxas_cluster    *cluster    = NULL;
  cuxas_muffin_tin *muffin_tin = NULL;
  atoms             free_atom;
  double            share[MAX_POTENTIAL];
  cuxas_error       err;

  CHECK_STATUS(cuxas_cluster_new(crystal, 0, 10.0, 0, &cluster, &err), CUXAS_OK);
  cuxas_muffin_tin_shares(crystal, cluster, share);
  CHECK_NEAR(share[0], 1e-4, 1e-12);
  CHECK_NEAR(share[1], 4.0, 0.0);
  CHECK_NEAR(share[2], 4.0, 0.0);
  CHECK(make_atoms(cluster, &free_atom));
  CHECK_STATUS(cuxas_muffin_tin_new(cluster, free_atom.atom, share, &muffin_tin, &err), CUXAS_OK);
  if (muffin_tin != NULL) {
    const cuxas_scatterer *s = muffin_tin->scatterer;
    /* the absorber is an atom like the others of its element */
    CHECK_NEAR(s[0].norman_radius_bohr, s[2].norman_radius_bohr, 1e-9);
    CHECK_NEAR(s[0].total_hartree[180], s[2].total_hartree[180], 1e-9);
    /* Norman spheres about fill the cell */
    const double volume = 4.0 * PI / 3.0 * (pow(s[1].norman_radius_bohr, 3) + pow(s[2].norman_radius_bohr, 3));
    CHECK_NEAR(volume / (pow(4.21 / CUXAS_BOHR_A, 3) / 4.0), 1.0, 0.15);
    CHECK(s[1].muffin_tin_radius_bohr + s[2].muffin_tin_radius_bohr > 4.21 / 2.0 / CUXAS_BOHR_A);
    CHECK(s[1].muffin_tin_radius_bohr + s[2].muffin_tin_radius_bohr < 1.16 * 4.21 / 2.0 / CUXAS_BOHR_A);
    CHECK(muffin_tin->interstitial_hartree < 0.0 && muffin_tin->interstitial_density > 0.0);
    CHECK(muffin_tin->fermi_hartree > muffin_tin->interstitial_hartree);
  }
  cuxas_muffin_tin_free(muffin_tin);
  muffin_tin = NULL;
  for (int i = 0; i < 3; i++) share[i] = 0.0;
  CHECK_STATUS(cuxas_muffin_tin_new(cluster, free_atom.atom, share, &muffin_tin, &err), CUXAS_ERANGE);
  cluster->n_atom          = 1; /* an atom alone never reaches its charge */
  cluster->n_potential     = 1;
  share[0]                 = 1.0;
  const cuxas_status alone = cuxas_muffin_tin_new(cluster, free_atom.atom, share, &muffin_tin, &err);
  CHECK(alone == CUXAS_ERANGE || alone == CUXAS_ENUMERIC);
  CHECK(muffin_tin == NULL);
  free_atoms(&free_atom);
  cuxas_cluster_free(cluster);
  cuxas_crystal_free(crystal);
}

/* Averages over neutral spheres are too deep; what is added to them stays through every later solution. */
static void test_the_level_between_spheres_counts_the_voids(void)
{
  double shift[2];
  for (int is_open = 0; is_open < 2; is_open++) { /* a salt, and the same at twice the volume */
    cuxas_crystal    *crystal    = rock_salt(12, 8, is_open ? 5.3 : 4.21);
    cuxas_cluster    *cluster    = NULL;
    cuxas_muffin_tin *muffin_tin = NULL;
    atoms             free_atom;
    double            share[MAX_POTENTIAL];
    cuxas_error       err;
    CHECK_STATUS(cuxas_cluster_new(crystal, 0, 10.0, 0, &cluster, &err), CUXAS_OK);
    cuxas_muffin_tin_shares(crystal, cluster, share);
    CHECK(make_atoms(cluster, &free_atom));
    CHECK_STATUS(cuxas_muffin_tin_new(cluster, free_atom.atom, share, &muffin_tin, &err), CUXAS_OK);
    if (muffin_tin == NULL) return;
    const double rule = muffin_tin->interstitial_hartree;
    CHECK_NEAR(muffin_tin->shift_hartree, 0.0, 0.0);
    CHECK_STATUS(cuxas_interstitial_fit(crystal, cluster, free_atom.atom, share, 1.0, muffin_tin, &err), CUXAS_OK);
    shift[is_open] = muffin_tin->shift_hartree;
    CHECK_NEAR(muffin_tin->interstitial_hartree, rule + shift[is_open], 1e-9);
    CHECK_STATUS(cuxas_interstitial_fit(crystal, cluster, free_atom.atom, share, 0.25, muffin_tin, &err), CUXAS_OK);
    CHECK_NEAR(muffin_tin->shift_hartree, 0.25 * shift[is_open], 1e-12);
    CHECK_STATUS(cuxas_interstitial_fit(crystal, cluster, free_atom.atom, share, 0.0, muffin_tin, &err), CUXAS_OK);
    CHECK_NEAR(muffin_tin->interstitial_hartree, rule, 1e-12);
    CHECK_STATUS(cuxas_interstitial_fit(crystal, cluster, free_atom.atom, share, 1.0, muffin_tin, &err), CUXAS_OK);
    CHECK(muffin_tin->interstitial_hartree < 0.0);
    CHECK_STATUS(cuxas_interstitial_solve(cluster, share, muffin_tin, &err), CUXAS_OK);
    CHECK_NEAR(muffin_tin->interstitial_hartree, rule + shift[is_open], 1e-9);
    CHECK_STATUS(cuxas_interstitial_fit(crystal, cluster, free_atom.atom, share, 0.25, muffin_tin, &err), CUXAS_OK);
    CHECK_NEAR(muffin_tin->shift_hartree, 0.25 * shift[is_open], 1e-12);
    CHECK_STATUS(cuxas_interstitial_fit(crystal, cluster, free_atom.atom, share, 0.0, muffin_tin, &err), CUXAS_OK);
    CHECK_NEAR(muffin_tin->interstitial_hartree, rule, 1e-12);
    CHECK_STATUS(cuxas_interstitial_fit(crystal, cluster, free_atom.atom, share, 1.0, muffin_tin, &err), CUXAS_OK);
    cuxas_muffin_tin_free(muffin_tin);
    free_atoms(&free_atom);
    cuxas_cluster_free(cluster);
    cuxas_crystal_free(crystal);
  }
  CHECK(shift[0] > 0.01 && shift[1] > 0.01);
}

/* ----------------------------------------------------- against FEFF ------------------------------------------------- */

/* ATOMS and POTENTIALS of a FEFF input, absorber first, as they stand. */
static cuxas_cluster *read_cluster(const char *path)
{
  FILE          *in      = fopen(path, "r");
  cuxas_cluster *cluster = calloc(1, sizeof *cluster);
  char           line[256];
  int            number, section = 0;
  size_t         potential;
  if (in == NULL || cluster == NULL) return NULL;
  cluster->atom          = calloc(500, sizeof *cluster->atom);
  cluster->atomic_number = calloc(MAX_POTENTIAL, sizeof *cluster->atomic_number);
  while (fgets(line, sizeof line, in) != NULL) {
    cuxas_cluster_atom *atom = &cluster->atom[cluster->n_atom];
    if (strncmp(line, "POTENTIALS", 10) == 0) section = 1;
    if (strncmp(line, "ATOMS", 5) == 0) section = 2;
    if (section == 1 && sscanf(line, "%zu %d", &potential, &number) == 2) {
      cluster->atomic_number[potential] = number;
      cluster->n_potential              = potential + 1;
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
  double      share[MAX_POTENTIAL];
  double      norman_A[MAX_POTENTIAL], muffin_tin_A[MAX_POTENTIAL]; /* log1.dat, which says bohr but means angstrom */
  double      interstitial_eV, fermi_eV;                            /* xsect.dat */
} golden;

static void check_potentials(const golden *expected, const cuxas_muffin_tin *muffin_tin)
{
  for (size_t i = 0; i < muffin_tin->n_scatterer; i++) {
    const cuxas_scatterer *s = &muffin_tin->scatterer[i];
    char                   name[128], line[256];
    snprintf(name, sizeof name, "%s/pot%02zu.dat", expected->folder, i);
    char  *path = shared_data(name);
    FILE  *in   = path != NULL ? fopen(path, "r") : NULL;
    double r, coulomb, total, density, worst_coulomb = 0.0, worst_total = 0.0, worst_density = 0.0;
    size_t k, n_compared = 0;
    CHECK(in != NULL);
    while (in != NULL && fgets(line, sizeof line, in) != NULL) {
      if (sscanf(line, "%zu %lf %*f %*f %lf %lf %lf", &k, &r, &coulomb, &total, &density) != 5) continue;
      if (r > s->muffin_tin_radius_bohr) break;
      worst_coulomb = fmax(worst_coulomb, fabs(s->coulomb_hartree[k - 1] / coulomb - 1.0));
      worst_total   = fmax(worst_total, fabs(s->total_hartree[k - 1] / total - 1.0));
      worst_density = fmax(worst_density, fabs(s->density[k - 1] / density - 1.0));
      n_compared++;
    }
    printf(
        "    %s: Norman %.4f (FEFF %.4f) A, muffin tin %.4f (%.4f) A, worst relative difference inside: Coulomb %.3f, "
        "total %.3f, density %.3f\n",
        name, s->norman_radius_bohr * CUXAS_BOHR_A, expected->norman_A[i], s->muffin_tin_radius_bohr * CUXAS_BOHR_A,
        expected->muffin_tin_A[i], worst_coulomb, worst_total, worst_density);
    CHECK(n_compared > 180);
    CHECK(worst_coulomb < 0.01);
    CHECK(worst_total < 0.01);
    CHECK(worst_density < 0.015);
    CHECK_NEAR(s->norman_radius_bohr * CUXAS_BOHR_A / expected->norman_A[i], 1.0, 0.002);
    CHECK_NEAR(s->muffin_tin_radius_bohr * CUXAS_BOHR_A / expected->muffin_tin_A[i], 1.0, 0.002);
    if (in != NULL) fclose(in);
    free(path);
  }
}

static void check_against_feff(const golden *expected)
{
  char              name[128];
  atoms             free_atom;
  cuxas_muffin_tin *muffin_tin = NULL;
  cuxas_error       err        = {CUXAS_OK, ""};
  snprintf(name, sizeof name, "%s/feff.inp", expected->folder);
  char *path = shared_data(name);
  if (path == NULL) SKIP("no simulated potentials in the shared data");
  cuxas_cluster *cluster = read_cluster(path);
  free(path);
  CHECK(cluster != NULL && make_atoms(cluster, &free_atom));
  CHECK_STATUS(cuxas_muffin_tin_new(cluster, free_atom.atom, expected->share, &muffin_tin, &err), CUXAS_OK);
  if (muffin_tin != NULL) {
    check_potentials(expected, muffin_tin);
    printf("    %s: between the spheres %.3f (FEFF %.3f) eV, Fermi level %.3f (%.3f) eV\n", expected->folder,
           muffin_tin->interstitial_hartree * CUXAS_HARTREE_EV, expected->interstitial_eV,
           muffin_tin->fermi_hartree * CUXAS_HARTREE_EV, expected->fermi_eV);
    CHECK_NEAR(muffin_tin->interstitial_hartree * CUXAS_HARTREE_EV, expected->interstitial_eV, 0.1);
    CHECK_NEAR(muffin_tin->fermi_hartree * CUXAS_HARTREE_EV, expected->fermi_eV, 0.7);
  } else {
    printf("    %s\n", err.message);
  }
  cuxas_muffin_tin_free(muffin_tin);
  free_atoms(&free_atom);
  cuxas_cluster_free(cluster);
}

static void test_copper_is_that_of_feff(void)
{
  check_against_feff(
      &(golden){"feff10/debug/Cu_noscf", {1e-4, 1.0}, {1.40048, 1.40201}, {1.36354, 1.36484}, -15.980, -3.200});
}

static void test_cupric_oxide_is_that_of_feff(void)
{
  check_against_feff(&(golden){"feff10/debug/CuO_noscf",
                               {1e-4, 2.0, 2.0},
                               {1.31848, 1.10272, 1.32294},
                               {1.22474, 1.02293, 1.22663},
                               -15.338,
                               1.955});
}

int main(void)
{
  RUN(test_averages_of_a_gaussian);
  RUN(test_averages_of_a_point_charge);
  RUN(test_lens);
  RUN(test_a_crystal_is_neutral_and_complete);
  RUN(test_the_level_between_spheres_counts_the_voids);
  RUN(test_copper_is_that_of_feff);
  RUN(test_cupric_oxide_is_that_of_feff);
  return CHECK_REPORT();
}
