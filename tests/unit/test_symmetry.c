#include "check.h"
#include "crystal_text.h"

#include "base/elements.h"
#include "cuxas/crystal.h"

#include <cjson/cJSON.h>
#include <stdint.h>

enum { CU = 29 };

static cuxas_crystal *read_bundled(const char *path)
{
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(cuxas_crystal_read(path, &crystal, NULL), CUXAS_OK);
  return crystal;
}

static cuxas_orbits *find(const cuxas_crystal *crystal)
{
  cuxas_orbits *orbits = NULL;
  cuxas_error   err    = {0};
  CHECK_STATUS(cuxas_symmetry_find_orbits(crystal, CU, CUXAS_SYMPREC_A, &orbits, &err), CUXAS_OK);
  return orbits;
}

/* Covellite: copper in triangles (2d) and in tetrahedra (4f). */
static cuxas_crystal *make_covellite(void)
{
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(
      read_text(".cif",
                "data_x\n_cell_length_a 3.7938\n_cell_length_b 3.7938\n_cell_length_c 16.341\n_cell_angle_alpha 90\n"
                "_cell_angle_beta 90\n_cell_angle_gamma 120\n_symmetry_space_group_name_H-M 'P 63/m m c'\nloop_\n"
                "_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
                "S1 .333333 .666667 .25\nCu1 .333333 .666667 .75\nCu2 .333333 .666667 .10733\nS2 0 0 .0634\n",
                &crystal, NULL),
      CUXAS_OK);
  return crystal;
}

static void test_orbits_of_covellite(void)
{
  cuxas_crystal *crystal = make_covellite();
  cuxas_orbits  *orbits  = find(crystal);
  char           symbol[CUXAS_SPACE_GROUP_SIZE];
  CHECK(orbits->found);
  CHECK_NEAR(cuxas_symmetry_find_space_group(crystal, CUXAS_SYMPREC_A, symbol), 194, 0);
  CHECK_TEXT(symbol, "P6_3/mmc");
  CHECK(orbits->n_orbit == 2 && orbits->n_site == 12);
  CHECK(orbits->first_site[0] == 2 && orbits->multiplicity[0] == 2);
  CHECK(orbits->first_site[1] == 4 && orbits->multiplicity[1] == 4);
  const size_t none = SIZE_MAX, expected[12] = {none, none, 0, 0, 1, 1, 1, 1, none, none, none, none};
  for (size_t i = 0; i < 12; i++) CHECK(orbits->orbit_of[i] == expected[i]);
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
}

/* Same number of orbits, multiplicities scaled by n_copy; orbits may be met in another order. */
static void check_same_orbits(const cuxas_orbits *orbits, const cuxas_orbits *other, size_t n_copy)
{
  CHECK(other->found);
  CHECK_NEAR((double)other->n_orbit, (double)orbits->n_orbit, 0);
  for (size_t i = 0; i < orbits->n_orbit; i++) {
    size_t n_here = 0, n_there = 0;
    for (size_t j = 0; j < orbits->n_orbit; j++) n_here += orbits->multiplicity[j] == orbits->multiplicity[i];
    for (size_t j = 0; j < other->n_orbit; j++) n_there += other->multiplicity[j] == n_copy * orbits->multiplicity[i];
    CHECK(n_here == n_there);
  }
}

static const char *const EXAMPLES[] = {"refdb/structures/Cu.cif",     "refdb/structures/Cu2O.cif",
                                       "refdb/structures/CuO.cif",    "refdb/structures/CuS.cif",
                                       "refdb/structures/CuFeS2.cif", "refdb/structures/CoCu2S4.cif",
                                       "refdb/structures/SrCuO2.cif", "refdb/structures/ZrCuSiAs.cif"};
enum { N_EXAMPLE = sizeof EXAMPLES / sizeof *EXAMPLES };

static void test_supercells_have_the_orbits_of_their_cell(void)
{
  const int repeats[][3] = {{2, 1, 1}, {1, 1, 2}, {2, 2, 1}, {2, 2, 2}, {3, 1, 1}, {1, 2, 3}};
  for (size_t i = 0; i < N_EXAMPLE; i++) {
    cuxas_crystal *crystal = read_bundled(EXAMPLES[i]);
    if (crystal == NULL) return;
    cuxas_orbits *orbits = find(crystal);
    for (size_t j = 0; j < sizeof repeats / sizeof *repeats; j++) {
      cuxas_crystal *super = make_supercell(crystal, repeats[j]);
      cuxas_orbits  *other = find(super);
      check_same_orbits(orbits, other, (size_t)(repeats[j][0] * repeats[j][1] * repeats[j][2]));
      cuxas_orbits_free(other);
      cuxas_crystal_free(super);
    }
    cuxas_orbits_free(orbits);
    cuxas_crystal_free(crystal);
  }
}

/* The same crystal turned in space, moved against its cell, its sites in other cells, and its cell given left-handed or
 * by other vectors. */
static void test_orbits_do_not_depend_on_how_the_crystal_is_given(void)
{
  const double c = cos(0.7), s = sin(0.7), turn[3][3] = {{c, s, 0}, {-s * 0.6, c * 0.6, 0.8}, {s * 0.8, -c * 0.8, 0.6}};
  for (size_t i = 0; i < N_EXAMPLE; i++) {
    cuxas_crystal *crystal = read_bundled(EXAMPLES[i]);
    if (crystal == NULL) return;
    cuxas_orbits *orbits = find(crystal), *other;

    for (int row = 0; row < 3; row++) {
      double turned[3] = {0};
      for (int k = 0; k < 3; k++)
        for (int l = 0; l < 3; l++) turned[k] += crystal->lattice_A[row][l] * turn[l][k];
      memcpy(crystal->lattice_A[row], turned, sizeof turned);
    }
    for (size_t j = 0; j < crystal->n_site; j++) {
      crystal->fractional[j][0] += 0.1234 + (double)(j % 3);
      crystal->fractional[j][2] -= 0.4321 + (double)(j % 5);
    }
    other = find(crystal);
    check_same_orbits(orbits, other, 1);
    cuxas_orbits_free(other);

    for (int k = 0; k < 3; k++) crystal->lattice_A[0][k] *= -1.0; /* a' = -a, x' = -x */
    for (size_t j = 0; j < crystal->n_site; j++) crystal->fractional[j][0] *= -1.0;
    other = find(crystal);
    check_same_orbits(orbits, other, 1);
    cuxas_orbits_free(other);

    for (int k = 0; k < 3; k++)
      crystal->lattice_A[1][k] += 2.0 * crystal->lattice_A[0][k]; /* b' = b + 2a, x' = x - 2y */
    for (size_t j = 0; j < crystal->n_site; j++) crystal->fractional[j][0] -= 2.0 * crystal->fractional[j][1];
    other = find(crystal);
    check_same_orbits(orbits, other, 1);
    cuxas_orbits_free(other);
    cuxas_orbits_free(orbits);
    cuxas_crystal_free(crystal);
  }
}

static void test_handedness_is_kept(void)
{
  /* a screw of three atoms along c: P 31 2 1 or its mirror image P 32 2 1 */
  const char *handed[] = {"P 31", "P 32"};
  for (int i = 0; i < 2; i++) {
    char           text[600], symbol[CUXAS_SPACE_GROUP_SIZE];
    cuxas_crystal *crystal = NULL;
    snprintf(text, sizeof text,
             "data_x\n_cell_length_a 5\n_cell_length_b 5\n_cell_length_c 9\n_cell_angle_alpha 90\n_cell_angle_beta 90\n"
             "_cell_angle_gamma 120\n_symmetry_space_group_name_H-M '%s'\nloop_\n_atom_site_label\n_atom_site_fract_x\n"
             "_atom_site_fract_y\n_atom_site_fract_z\nCu1 .1 .3 .05\nO1 .4 .05 .11\nS1 .75 .5 .2\n",
             handed[i]);
    CHECK_STATUS(read_text(".cif", text, &crystal, NULL), CUXAS_OK);
    CHECK_NEAR(cuxas_symmetry_find_space_group(crystal, CUXAS_SYMPREC_A, symbol), 144 + i, 0);
    for (int row = 0; row < 3; row++) crystal->lattice_A[row][2] *= -1.0; /* reflected in space: the other hand */
    CHECK_NEAR(cuxas_symmetry_find_space_group(crystal, CUXAS_SYMPREC_A, symbol), 145 - i, 0);
    cuxas_crystal_free(crystal);
  }
}

static void test_tolerance_decides_on_slightly_different_sites(void)
{
  cuxas_crystal *crystal = make_covellite();
  cuxas_orbits  *orbits  = NULL;
  crystal->fractional[4][2] += 0.03 / 16.341; /* one of the four coppers of 4f moved by 0.03 A */
  CHECK_STATUS(cuxas_symmetry_find_orbits(crystal, CU, 0.01, &orbits, NULL), CUXAS_OK);
  CHECK(orbits->n_orbit > 2);
  cuxas_orbits_free(orbits);
  CHECK_STATUS(cuxas_symmetry_find_orbits(crystal, CU, 0.1, &orbits, NULL), CUXAS_OK);
  CHECK(orbits->n_orbit == 2);
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
}

static void test_missing_absorber(void)
{
  cuxas_crystal *crystal = make_covellite();
  cuxas_orbits  *orbits  = NULL;
  cuxas_error    err     = {0};
  CHECK_STATUS(cuxas_symmetry_find_orbits(crystal, 26, CUXAS_SYMPREC_A, &orbits, &err), CUXAS_EUNSUPPORTED);
  CHECK_TEXT(err.message, "no Fe atom in the crystal");
  CHECK(orbits == NULL);
  cuxas_crystal_free(crystal);
  cuxas_orbits_free(NULL);
}

static void test_without_symmetry_every_absorber_is_its_own_orbit(void)
{
  cuxas_crystal *crystal = make_covellite();
  memcpy(crystal->fractional[3], crystal->fractional[2],
         sizeof crystal->fractional[2]); /* spglib refuses coinciding atoms */
  cuxas_orbits *orbits = find(crystal);
  char          symbol[CUXAS_SPACE_GROUP_SIZE];
  CHECK(!orbits->found && orbits->n_orbit == 6);
  CHECK_NEAR(cuxas_symmetry_find_space_group(crystal, CUXAS_SYMPREC_A, symbol), 0, 0);
  CHECK_TEXT(symbol, "");
  for (size_t i = 0; i < orbits->n_orbit; i++) CHECK(orbits->multiplicity[i] == 1 && orbits->first_site[i] == 2 + i);
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
}

/* A disordered chain of more atoms than symmetry is sought among; at once, where spglib takes minutes. */
static void test_no_symmetry_is_sought_among_very_many_atoms(void)
{
  const size_t   n         = CUXAS_SYMMETRY_MOST_SITES + 1;
  cuxas_crystal *crystal   = cuxas_crystal_new(n);
  crystal->lattice_A[0][0] = crystal->lattice_A[1][1] = 5.0;
  crystal->lattice_A[2][2]                            = 2.5 * (double)n;
  for (size_t i = 0; i < n; i++) {
    crystal->atomic_number[i] = CU;
    crystal->fractional[i][0] = 0.2 * (double)(i * i % 7) / 7.0;
    crystal->fractional[i][2] = ((double)i + 0.1 * (double)(i % 3)) / (double)n;
  }
  cuxas_orbits *orbits = find(crystal);
  CHECK(!orbits->found && orbits->n_orbit == n);
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
}

static void test_one_absorber_is_one_orbit(void)
{
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(read_text(".vasp", "x\n1\n3 0 0\n0 4 0\n0 0 5\nCu O\n1 2\nDirect\n.1 .2 .3\n.5 .5 .5\n.2 .9 .7\n",
                         &crystal, NULL),
               CUXAS_OK);
  cuxas_orbits *orbits = find(crystal);
  CHECK(orbits->found && orbits->n_orbit == 1 && orbits->first_site[0] == 0 && orbits->multiplicity[0] == 1);
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
}

/* ---- against published and simulated sites ---- */

static cuxas_crystal *crystal_of_record(const cJSON *record)
{
  const cJSON   *lattice = cJSON_GetObjectItem(record, "lattice"), *species = cJSON_GetObjectItem(record, "species");
  const cJSON   *frac    = cJSON_GetObjectItem(record, "frac");
  cuxas_crystal *crystal = cuxas_crystal_new((size_t)cJSON_GetArraySize(species));
  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++)
      crystal->lattice_A[i][k] = cJSON_GetArrayItem(cJSON_GetArrayItem(lattice, i), k)->valuedouble;
  for (size_t i = 0; i < crystal->n_site; i++) {
    crystal->atomic_number[i] = cuxas_element_number(cJSON_GetArrayItem(species, (int)i)->valuestring);
    for (int k = 0; k < 3; k++)
      crystal->fractional[i][k] = cJSON_GetArrayItem(cJSON_GetArrayItem(frac, (int)i), k)->valuedouble;
  }
  return crystal;
}

/* Simulated sites carry the multiplicity that their makers found with a tolerance of their own: nearly all agree. */
static void check_multiplicities(const char *name, double least_fraction)
{
  char *path = shared_data(name);
  if (path == NULL) SKIP("no shared data");
  FILE  *in     = fopen(path, "r");
  char  *line   = NULL;
  size_t n_room = 0, n_site = 0, n_agree = 0;
  while (in != NULL && getline(&line, &n_room, in) > 0) {
    cJSON         *record   = cJSON_Parse(line);
    cuxas_crystal *crystal  = crystal_of_record(record);
    cuxas_orbits  *orbits   = find(crystal);
    const size_t   i_site   = (size_t)cJSON_GetObjectItem(record, "site")->valuedouble;
    const size_t   expected = (size_t)cJSON_GetObjectItem(record, "multiplicity")->valuedouble;
    CHECK(orbits->orbit_of[i_site] != SIZE_MAX);
    n_site++;
    if (orbits->orbit_of[i_site] != SIZE_MAX && orbits->multiplicity[orbits->orbit_of[i_site]] == expected)
      n_agree++;
    else
      printf("    %s: site %zu has multiplicity %zu, expected %zu\n", cJSON_GetObjectItem(record, "id")->valuestring,
             i_site, orbits->multiplicity[orbits->orbit_of[i_site]], expected);
    cuxas_orbits_free(orbits);
    cuxas_crystal_free(crystal);
    cJSON_Delete(record);
  }
  if (in != NULL) fclose(in);
  free(line);
  free(path);
  CHECK(n_site > 0);
  CHECK((double)n_agree >= least_fraction * (double)n_site);
}

static void test_multiplicities_of_literature_sites(void)
{
  check_multiplicities("feff10/literature.jsonl", 1.0);
}

static void test_multiplicities_of_training_sites(void)
{
  check_multiplicities("feff10/train.jsonl", 0.99);
}

static void test_results_do_not_depend_on_threads(void)
{
  cuxas_crystal *crystals[N_EXAMPLE];
  for (size_t i = 0; i < N_EXAMPLE; i++)
    if ((crystals[i] = read_bundled(EXAMPLES[i])) == NULL) return;
  cuxas_orbits *alone[N_EXAMPLE], *together[8 * N_EXAMPLE];
  for (size_t i = 0; i < N_EXAMPLE; i++) alone[i] = find(crystals[i]);
#pragma omp parallel for num_threads(4) schedule(dynamic)
  for (size_t i = 0; i < 8 * (size_t)N_EXAMPLE; i++)
    if (cuxas_symmetry_find_orbits(crystals[i % N_EXAMPLE], CU, CUXAS_SYMPREC_A, &together[i], NULL) != CUXAS_OK)
      together[i] = NULL;
  for (size_t i = 0; i < 8 * (size_t)N_EXAMPLE; i++) {
    const cuxas_orbits *a = alone[i % N_EXAMPLE], *b = together[i];
    CHECK(b != NULL && b->n_orbit == a->n_orbit);
    if (b != NULL) CHECK(memcmp(a->orbit_of, b->orbit_of, a->n_site * sizeof *a->orbit_of) == 0);
    cuxas_orbits_free(together[i]);
  }
  for (size_t i = 0; i < N_EXAMPLE; i++) {
    cuxas_orbits_free(alone[i]);
    cuxas_crystal_free(crystals[i]);
  }
}

/* All elements of covellite: two kinds of copper, two of sulfur; each site's class is named by its first site. */
static void test_classes_are_the_orbits_of_all_elements(void)
{
  cuxas_crystal *crystal = make_covellite();
  cuxas_orbits  *orbits  = find(crystal);
  size_t         first[64], n_class = 0;
  CHECK(crystal->n_site == 12);
  CHECK_STATUS(cuxas_symmetry_find_classes(crystal, CUXAS_SYMPREC_A, first, NULL), CUXAS_OK);
  for (size_t i = 0; i < crystal->n_site; i++) {
    n_class += first[i] == i;
    CHECK(first[i] <= i && first[first[i]] == first[i]);
    CHECK(crystal->atomic_number[first[i]] == crystal->atomic_number[i]);
    if (crystal->atomic_number[i] == CU) CHECK(first[i] == orbits->first_site[orbits->orbit_of[i]]);
  }
  CHECK(n_class == 4);
  cuxas_orbits_free(orbits);
  cuxas_crystal_free(crystal);
}

int main(void)
{
  RUN(test_orbits_of_covellite);
  RUN(test_classes_are_the_orbits_of_all_elements);
  RUN(test_supercells_have_the_orbits_of_their_cell);
  RUN(test_orbits_do_not_depend_on_how_the_crystal_is_given);
  RUN(test_handedness_is_kept);
  RUN(test_tolerance_decides_on_slightly_different_sites);
  RUN(test_missing_absorber);
  RUN(test_without_symmetry_every_absorber_is_its_own_orbit);
  RUN(test_no_symmetry_is_sought_among_very_many_atoms);
  RUN(test_one_absorber_is_one_orbit);
  RUN(test_multiplicities_of_literature_sites);
  RUN(test_multiplicities_of_training_sites);
  RUN(test_results_do_not_depend_on_threads);
  return CHECK_REPORT();
}
