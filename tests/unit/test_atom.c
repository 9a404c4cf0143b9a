#include "simulate/atom_priv.h"
#include "check.h"

#define PI 3.14159265358979323846

/* --------------------------------------------- exchange and correlation --------------------------------------------- */

/* The potential is the derivative of the energy of the gas by its density, whatever the density. */
static void test_potentials_are_derivatives(void)
{
  for (double density = 1e-4; density < 1e6; density *= 7.0) {
    const double step = 1e-4 * density;
    for (int which = 0; which < 3; which++) {
      double energy[2];
      for (int side = 0; side < 2; side++) {
        const double d = density + (side ? step : -step);
        energy[side]   = d * (which == 0   ? cuxas_xc_barth_hedin(d)
                              : which == 1 ? cuxas_xc_vosko(d, 137.036)
                                           : cuxas_xc_vosko(d, 1e9))
                               .energy_hartree;
      }
      const double potential = (which == 0   ? cuxas_xc_barth_hedin(density)
                                : which == 1 ? cuxas_xc_vosko(density, 137.036)
                                             : cuxas_xc_vosko(density, 1e9))
                                   .potential_hartree;
      CHECK_NEAR((energy[1] - energy[0]) / (2.0 * step) / potential, 1.0, 2e-6);
    }
  }
}

/* rs = 2: correlation energies of the parametrisations, -0.0448 (VWN 5) and -0.0622 (von Barth, Hedin), hartree */
static void test_values_at_metallic_density(void)
{
  const double density = 3.0 / (4.0 * 3.14159265358979323846 * 8.0), exchange = -0.458165 / 2.0;
  CHECK_NEAR(cuxas_xc_vosko(density, 1e9).energy_hartree - exchange, -0.04478, 1e-4);
  CHECK_NEAR(cuxas_xc_barth_hedin(density).energy_hartree - exchange, -0.0252 * 2.46897, 1e-4);
  CHECK_NEAR(cuxas_xc_barth_hedin(0.0).potential_hartree, 0.0, 0.0);
  CHECK_NEAR(cuxas_xc_vosko(-1.0, 137.0).energy_hartree, 0.0, 0.0);
}

/* ------------------------------------------------------ atoms ------------------------------------------------------- */

static cuxas_atom *atom_of(int atomic_number, cuxas_atom_settings settings)
{
  cuxas_atom *atom = NULL;
  cuxas_error err;
  CHECK_STATUS(cuxas_atom_new(atomic_number, &settings, &atom, &err), CUXAS_OK);
  if (atom == NULL) printf("    %s\n", err.message);
  return atom;
}

/* S. Kotochigova, Z. H. Levine, E. L. Shirley, M. D. Stiles, C. W. Clark, Phys. Rev. A 55, 191 (1997) and 56, 5191
 * (1997), https://www.nist.gov/pml/atomic-reference-data-electronic-structure-calculations: LDA column, hartree */
static void test_non_relativistic_energies_are_those_of_nist(void)
{
  static const struct {
    int    atomic_number;
    double energy_hartree;
  } LDA[] = {{1, -0.445671},     {2, -2.834836},      {6, -37.425749},     {8, -74.473077},    {10, -128.233481},
             {18, -525.946195},  {26, -1261.093056},  {29, -1637.785861},  {36, -2750.147940}, {47, -5195.031215},
             {58, -8563.360285}, {64, -10816.653877}, {79, -17860.790943}, {92, -25658.417889}};
  for (size_t i = 0; i < sizeof LDA / sizeof *LDA; i++) {
    cuxas_atom *atom =
        atom_of(LDA[i].atomic_number,
                (cuxas_atom_settings){.exchange = CUXAS_ATOM_LDA, .is_j_averaged = true, .light_speed = 1e6});
    if (atom == NULL) continue;
    CHECK_NEAR(atom->total_energy_hartree, LDA[i].energy_hartree, 5e-5);
    cuxas_atom_free(atom);
  }
}

/* The same source, RLDA column. */
static void test_the_relativistic_energies_of_uranium_are_those_of_nist(void)
{
  static const struct {
    int    n, kappa;
    double energy_hartree;
  } LEVEL[] = {{1, -1, -4223.4190204552},
               {2, 1, -761.3744759730},
               {2, -2, -622.8480945649},
               {4, 3, -13.8895142333},
               {7, -1, -0.1609472826}};
  cuxas_atom *atom =
      atom_of(92, (cuxas_atom_settings){.exchange = CUXAS_ATOM_LDA, .is_j_averaged = true, .light_speed = 137.0359895});
  if (atom == NULL) return;
  CHECK_NEAR(atom->total_energy_hartree, -28001.132325, 5e-4);
  for (size_t i = 0; i < sizeof LEVEL / sizeof *LEVEL; i++) {
    const cuxas_orbital *orbital = cuxas_atom_orbital(atom, LEVEL[i].n, LEVEL[i].kappa);
    CHECK(orbital != NULL);
    if (orbital != NULL) CHECK_NEAR(orbital->energy_hartree, LEVEL[i].energy_hartree, 1e-4);
  }
  cuxas_atom_free(atom);
}

static void check_charge(const cuxas_atom *atom, double electrons)
{
  double shell[CUXAS_RADIAL_POINTS];
  for (size_t i = 0; i < CUXAS_RADIAL_POINTS; i++)
    shell[i] = 4.0 * PI * cuxas_radial_r(i) * cuxas_radial_r(i) * atom->density[i];
  CHECK_NEAR(cuxas_radial_integrate(shell, CUXAS_RADIAL_POINTS, 2.0), electrons, 1e-4 * electrons);
}

/* With exact exchange two electrons are what Dirac-Fock gives; a lone one does not interact with itself. */
static void test_exact_exchange_of_few_electrons(void)
{
  cuxas_atom *hydrogen = atom_of(1, (cuxas_atom_settings){0}), *helium = atom_of(2, (cuxas_atom_settings){0});
  if (hydrogen != NULL && helium != NULL) {
    CHECK_NEAR(hydrogen->total_energy_hartree, -0.5000066566, 1e-6); /* Dirac: c^2 (sqrt(1 - 1/c^2) - 1) */
    CHECK_NEAR(helium->total_energy_hartree, -2.8618134, 1e-5);      /* Dirac-Fock, L. Visscher, K. G. Dyall (1997) */
    CHECK_NEAR(helium->coulomb_hartree[CUXAS_RADIAL_POINTS - 1], 0.0, 1e-4);
  }
  cuxas_atom_free(hydrogen);
  cuxas_atom_free(helium);
}

/* Non-relativistic Hartree-Fock limits of closed shells: C. Froese Fischer (1977). The local potential is not quite as
 * good, and never better. */
static void test_exact_exchange_comes_close_to_hartree_fock(void)
{
  static const struct {
    int    atomic_number;
    double energy_hartree;
  } HF[] = {{4, -14.573023}, {10, -128.547098}, {18, -526.817513}, {30, -1777.848116}, {36, -2752.054977}};
  for (size_t i = 0; i < sizeof HF / sizeof *HF; i++) {
    cuxas_atom *atom = atom_of(HF[i].atomic_number, (cuxas_atom_settings){.light_speed = 1e6});
    if (atom == NULL) continue;
    CHECK(atom->total_energy_hartree > HF[i].energy_hartree);
    CHECK_NEAR(atom->total_energy_hartree, HF[i].energy_hartree, 0.03);
    cuxas_atom_free(atom);
  }
}

/* The same author's orbital energies. */
static void test_valence_orbitals_with_their_own_exchange_are_hartree_focks(void)
{
  static const struct {
    int    atomic_number, n, kappa;
    double energy_hartree;
  } HF[] = {
      {4, 2, -1, -0.30927}, {18, 3, -2, -0.59102}, {30, 4, -1, -0.29251}, {30, 3, -3, -0.78254}, {36, 4, -2, -0.52419}};
  for (size_t i = 0; i < sizeof HF / sizeof *HF; i++) {
    cuxas_atom *atom =
        atom_of(HF[i].atomic_number, (cuxas_atom_settings){.light_speed = 1e6, .has_own_exchange = true});
    if (atom == NULL) continue;
    const cuxas_orbital *orbital = cuxas_atom_orbital(atom, HF[i].n, HF[i].kappa);
    CHECK(orbital != NULL && atom->has_own_exchange);
    CHECK_NEAR(orbital != NULL ? orbital->energy_hartree : 0.0, HF[i].energy_hartree, 0.005);
    cuxas_atom_free(atom);
  }
}

static void test_every_element_converges(void)
{
  for (int z = 1; z <= CUXAS_ATOM_MAX_Z; z += z < 60 ? 3 : 7) {
    cuxas_atom *atom = atom_of(z, (cuxas_atom_settings){0});
    if (atom == NULL) continue;
    check_charge(atom, z);
    cuxas_atom_free(atom);
    if ((atom = atom_of(z, (cuxas_atom_settings){.is_in_solid = true, .has_own_exchange = true})) == NULL) continue;
    check_charge(atom, z);
    cuxas_atom_free(atom);
  }
}

/* Removing a 2p3/2 electron of copper costs about 937 eV in the free atom with relaxation (X-ray data tables: 932.7 eV
 * in the metal), less than the orbital energy of the frozen atom. */
static void test_a_core_hole(void)
{
  cuxas_atom *neutral = atom_of(29, (cuxas_atom_settings){0});
  cuxas_atom *ion     = atom_of(29, (cuxas_atom_settings){.hole_n = 2, .hole_kappa = -2});
  if (neutral != NULL && ion != NULL) {
    CHECK_NEAR(27.2114 * (ion->total_energy_hartree - neutral->total_energy_hartree), 940.0, 10.0);
    check_charge(ion, 28.0);
    CHECK_NEAR(ion->coulomb_hartree[230] * cuxas_radial_r(230), -1.0, 1e-3);
  }
  cuxas_atom_free(neutral);
  cuxas_atom_free(ion);
}

static void test_wrong_requests_are_refused(void)
{
  cuxas_atom         *atom     = NULL;
  cuxas_atom_settings settings = {.hole_n = 3, .hole_kappa = 2};
  CHECK_STATUS(cuxas_atom_new(0, &settings, &atom, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_atom_new(95, &settings, &atom, NULL), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_atom_new(8, &settings, &atom, NULL), CUXAS_ERANGE);
  CHECK(atom == NULL);
}

static double electrons_of(const cuxas_atom *atom, int n, int l)
{
  double sum = 0.0;
  for (size_t a = 0; a < atom->n_orbital; a++)
    if (atom->orbital[a].n == n && (atom->orbital[a].kappa == l || atom->orbital[a].kappa == -l - 1))
      sum += atom->orbital[a].occupation;
  return sum;
}

/* In a solid: iron 3d6 4s1 4p1, chromium 3d4 4s1 4p1, neodymium 4f3 5d1, copper and oxygen as they are. */
static void test_atoms_in_solids(void)
{
  static const struct {
    int    atomic_number, n, l;
    double electrons;
  } CASES[] = {{26, 3, 2, 6.0}, {26, 4, 0, 1.0},  {26, 4, 1, 1.0}, {24, 3, 2, 4.0}, {24, 4, 1, 1.0}, {60, 4, 3, 3.0},
               {60, 5, 2, 1.0}, {29, 3, 2, 10.0}, {29, 4, 1, 0.0}, {8, 2, 1, 4.0},  {57, 4, 3, 0.0}, {57, 5, 2, 1.0}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    cuxas_atom *atom = atom_of(CASES[i].atomic_number, (cuxas_atom_settings){.is_in_solid = true});
    if (atom == NULL) continue;
    CHECK(atom->is_in_solid);
    CHECK_NEAR(electrons_of(atom, CASES[i].n, CASES[i].l), CASES[i].electrons, 0.0);
    check_charge(atom, CASES[i].atomic_number);
    cuxas_atom_free(atom);
  }
}

/* FEFF10's free atoms are Dirac-Fock ones: the first columns of its potential files. */
static void check_against_feff(const char *name, int atomic_number)
{
  char *path = shared_data(name);
  if (path == NULL) SKIP("no simulated potentials in the shared data");
  FILE       *in   = fopen(path, "r");
  cuxas_atom *atom = atom_of(atomic_number, (cuxas_atom_settings){.has_own_exchange = true});
  char        line[256];
  double      coulomb, density;
  size_t      i, n_compared = 0;
  while (in != NULL && atom != NULL && fgets(line, sizeof line, in) != NULL) {
    if (sscanf(line, "%zu %*f %lf %lf", &i, &coulomb, &density) != 3 || i < 1 || i > 204 || line[5] == '.') continue;
    CHECK_NEAR(atom->coulomb_hartree[i - 1] / coulomb, 1.0, i > 183 ? 0.02 : 0.005); /* 1.35 bohr; up to 3.9 */
    CHECK_NEAR(atom->density[i - 1] / density, 1.0, i > 183 ? 0.02 : 0.01);
    n_compared++;
  }
  CHECK(n_compared > 190);
  if (in != NULL) fclose(in);
  cuxas_atom_free(atom);
  free(path);
}

static void test_copper_is_that_of_feff(void)
{
  check_against_feff("feff10/debug/Cu_noscf/pot00.dat", 29);
}

static void test_oxygen_is_that_of_feff(void)
{
  check_against_feff("feff10/debug/CuO_noscf/pot01.dat", 8);
}

int main(void)
{
  RUN(test_potentials_are_derivatives);
  RUN(test_values_at_metallic_density);
  RUN(test_non_relativistic_energies_are_those_of_nist);
  RUN(test_the_relativistic_energies_of_uranium_are_those_of_nist);
  RUN(test_exact_exchange_of_few_electrons);
  RUN(test_exact_exchange_comes_close_to_hartree_fock);
  RUN(test_valence_orbitals_with_their_own_exchange_are_hartree_focks);
  RUN(test_every_element_converges);
  RUN(test_a_core_hole);
  RUN(test_atoms_in_solids);
  RUN(test_wrong_requests_are_refused);
  RUN(test_copper_is_that_of_feff);
  RUN(test_oxygen_is_that_of_feff);
  return CHECK_REPORT();
}
