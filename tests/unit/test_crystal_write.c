#include "check.h"
#include "comma_locale.h"
#include "crystal_text.h"

#include "crystal/crystal_write.h"
#include "cuxas/crystal.h"
#include "crystal/spacegroup_priv.h"

static int by_value(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;
  return a < b ? -1 : a > b;
}

/* All distances between two sites, sorted; n_site (n_site + 1) / 2 of them. */
static double *all_distances(const cuxas_crystal *crystal, size_t *ret_n)
{
  double *distances_A = calloc(crystal->n_site * (crystal->n_site + 1) / 2, sizeof *distances_A);
  size_t  n           = 0;
  for (size_t i = 0; i < crystal->n_site; i++)
    for (size_t j = i; j < crystal->n_site; j++) distances_A[n++] = distance_A(crystal, i, j);
  qsort(distances_A, n, sizeof *distances_A, by_value);
  *ret_n = n;
  return distances_A;
}

static char *write_to_text(const cuxas_crystal *crystal, const char *name, const char *comment)
{
  char  *text   = NULL;
  size_t n_byte = 0;
  FILE  *out    = open_memstream(&text, &n_byte);
  CHECK_STATUS(cuxas_crystal_write_cif(crystal, name, comment, out, NULL), CUXAS_OK);
  fclose(out);
  return text;
}

static int space_group_of(const cuxas_crystal *crystal, double symprec_A)
{
  char symbol[CUXAS_SPACE_GROUP_SIZE];
  return cuxas_symmetry_find_space_group(crystal, symprec_A, symbol);
}

/* Written and read back: same formula, sites, distances, space group. */
static void check_round_trip(const cuxas_crystal *crystal, double tolerance_A)
{
  cuxas_crystal *back = NULL;
  cuxas_error    err  = {0};
  char          *text = write_to_text(crystal, "x", NULL);
  CHECK_STATUS(read_text(".cif", text, &back, &err), CUXAS_OK);
  CHECK_TEXT(err.message, "");
  free(text);
  if (back == NULL) return;
  char formula[2][CUXAS_FORMULA_SIZE];
  cuxas_crystal_formula(crystal, formula[0]);
  cuxas_crystal_formula(back, formula[1]);
  CHECK_TEXT(formula[1], formula[0]);
  CHECK(back->n_site == crystal->n_site);
  CHECK_NEAR(cuxas_crystal_volume_A3(back) / cuxas_crystal_volume_A3(crystal), 1.0, 1e-3);
  if (back->n_site == crystal->n_site) {
    size_t  n;
    double *before = all_distances(crystal, &n), *after = all_distances(back, &n), worst = 0.0;
    for (size_t i = 0; i < n; i++) worst = fmax(worst, fabs(before[i] - after[i]));
    CHECK_NEAR(worst, 0.0, tolerance_A);
    free(before);
    free(after);
  }
  cuxas_orbits *orbits = NULL, *orbits_back = NULL;
  CHECK_STATUS(cuxas_symmetry_find_orbits(crystal, 29, CUXAS_SYMPREC_A, &orbits, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_symmetry_find_orbits(back, 29, CUXAS_SYMPREC_A, &orbits_back, NULL), CUXAS_OK);
  CHECK(orbits->n_orbit == orbits_back->n_orbit);
  CHECK_NEAR(space_group_of(back, CUXAS_SYMPREC_A), space_group_of(crystal, CUXAS_SYMPREC_A), 0);
  cuxas_orbits_free(orbits);
  cuxas_orbits_free(orbits_back);
  cuxas_crystal_free(back);
}

static const char *const EXAMPLES[] = {"refdb/structures/Cu.cif",        "refdb/structures/Cu2O.cif",
                                       "refdb/structures/CuO.cif",       "refdb/structures/CuS.cif",
                                       "refdb/structures/CuFeS2.cif",    "refdb/structures/CoCu2S4.cif",
                                       "refdb/structures/SrCuO2.cif",    "refdb/structures/LaCuOTe.cif",
                                       "refdb/candidates/CuLaO2_3R.cif", "refdb/candidates/CuGeO3.cif"};
enum { N_EXAMPLE = sizeof EXAMPLES / sizeof *EXAMPLES };

static cuxas_crystal *read_bundled(const char *path)
{
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(cuxas_crystal_read(path, &crystal, NULL), CUXAS_OK);
  return crystal;
}

static void test_written_crystals_read_back_the_same(void)
{
  for (size_t i = 0; i < N_EXAMPLE; i++) {
    cuxas_crystal *crystal = read_bundled(EXAMPLES[i]);
    if (crystal == NULL) return;
    check_round_trip(crystal, 1e-5);
    cuxas_crystal_free(crystal);
  }
}

static void test_origin_hand_and_supercell_do_not_matter(void)
{
  for (size_t i = 0; i < N_EXAMPLE; i++) {
    cuxas_crystal *crystal = read_bundled(EXAMPLES[i]);
    if (crystal == NULL) return;
    for (size_t j = 0; j < crystal->n_site; j++) {
      crystal->fractional[j][0] += 0.1234;
      crystal->fractional[j][1] -= 5.077;
      crystal->fractional[j][2] += 0.3333;
    }
    check_round_trip(crystal, 1e-5);
    cuxas_crystal *super = make_supercell(crystal, (const int[]){1, 2, 1});
    check_round_trip(super, 1e-5);
    cuxas_crystal_free(super);
    for (int k = 0; k < 3; k++) crystal->lattice_A[0][k] *= -1.0;
    for (size_t j = 0; j < crystal->n_site; j++) crystal->fractional[j][0] *= -1.0;
    check_round_trip(crystal, 1e-5);
    cuxas_crystal_free(crystal);
  }
}

static void test_noise_below_the_tolerance_is_symmetrised_away(void)
{
  cuxas_crystal *crystal = read_bundled("refdb/structures/CoCu2S4.cif");
  if (crystal == NULL) return;
  for (size_t j = 0; j < crystal->n_site; j++) crystal->fractional[j][j % 3] += 1e-4 * (double)(j % 2); /* 0.0007 A */
  check_round_trip(crystal, 0.005);
  cuxas_crystal *back = NULL;
  char          *text = write_to_text(crystal, "x", NULL);
  CHECK_STATUS(read_text(".cif", text, &back, NULL), CUXAS_OK);
  CHECK_NEAR(space_group_of(back, 1e-5), 227, 0); /* now to a tolerance a hundred times smaller than the noise was */
  cuxas_crystal_free(back);
  cuxas_crystal_free(crystal);
  free(text);
}

static void test_the_file_itself(void)
{
  cuxas_crystal *crystal = NULL;
  CHECK_STATUS(read_text(".xyz", "2\nLattice=\"4 0 0 0 4 0 0 0 4\"\nCu 1 1 1\nBe 3 3 3\n", &crystal, NULL), CUXAS_OK);
  char *text = write_to_text(crystal, "Cu Be\n(B2)", "first line\nsecond");
  CHECK(strstr(text, "# first line\n# second\ndata_Cu_Be_(B2)\n_chemical_formula_sum 'Be1 Cu1'\n") == text);
  CHECK_CONTAINS(text, "_cell_length_a 4.000000\n");
  CHECK_CONTAINS(text, "_cell_angle_gamma 90.000000\n");
  CHECK_CONTAINS(text, "_space_group_IT_number 221\n_space_group_name_H-M_alt 'P m -3 m'\n");
  CHECK_CONTAINS(text, "'x,y,z'\n");
  CHECK_CONTAINS(text, "\nCu1 Cu 0.00000000 0.00000000 0.00000000\nBe1 Be 0.50000000 0.50000000 0.50000000\n");
  free(text);
  cuxas_crystal_free(crystal);
}

static void test_full_disk_is_reported(void)
{
  FILE *full = fopen("/dev/full", "w");
  if (full == NULL) SKIP("no /dev/full");
  setvbuf(full, NULL, _IONBF, 0);
  cuxas_crystal *crystal = NULL;
  cuxas_error    err     = {0};
  CHECK_STATUS(read_text(".xyz", "1\nLattice=\"3 0 0 0 3 0 0 0 3\"\nCu 0 0 0\n", &crystal, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_crystal_write_cif(crystal, "x", NULL, full, &err), CUXAS_EIO);
  CHECK_CONTAINS(err.message, "cannot write the CIF 'x'");
  cuxas_crystal_free(crystal);
  fclose(full);
}

/* ---- operations as text ---- */

static void test_operations_survive_writing(void)
{
  cuxas_operation operations[CUXAS_MAX_OPERATIONS];
  for (int hall = 1; hall <= CUXAS_N_HALL; hall++) {
    const size_t n_operation = cuxas_spacegroup_operations(hall, operations);
    CHECK(n_operation > 0);
    for (size_t i = 0; i < n_operation; i++) {
      char            text[CUXAS_OPERATION_LENGTH];
      cuxas_operation back;
      cuxas_operation_write(&operations[i], text);
      CHECK(cuxas_operation_parse(text, &back));
      CHECK(memcmp(back.rotation, operations[i].rotation, sizeof back.rotation) == 0);
      for (int k = 0; k < 3; k++) {
        const double difference = back.translation[k] - operations[i].translation[k];
        CHECK_NEAR(difference, round(difference), 1e-12);
      }
    }
  }
}

static void test_translations_as_decimals_and_fractions(void)
{
  const struct {
    const char *text;
    double      expected;
  } cases[] = {{"x,y,z+1/3", 1.0 / 3.0},   {"x,y,0.3333+z", 1.0 / 3.0}, {"x,y,z+.6667", 2.0 / 3.0},
               {"x,y,z-0.25", -0.25},      {"X, Y, Z+1/5", 0.2},        {"x,y,z+0.2", 0.2},
               {"+x,+y,5/6+z", 5.0 / 6.0}, {"x,y,z+0.1234", 0.1234}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cuxas_operation operation;
    CHECK(cuxas_operation_parse(cases[i].text, &operation));
    CHECK_NEAR(operation.translation[2], cases[i].expected, 1e-15);
  }
}

static void test_written_crystals_obey_no_locale(void)
{
  char           folder[] = "/tmp/cuxas-test-XXXXXX";
  cuxas_crystal *crystal  = NULL;
  CHECK_STATUS(cuxas_crystal_read("refdb/structures/Cu2O.cif", &crystal, NULL), CUXAS_OK);
  if (crystal == NULL) return;
  char *plain = write_to_text(crystal, "Cu2O", NULL);
  CHECK(mkdtemp(folder) != NULL);
  const bool is_comma = comma_locale_choose(folder);
  char      *comma    = write_to_text(crystal, "Cu2O", NULL);
  comma_locale_remove(folder);
  rmdir(folder);
  CHECK_TEXT(comma, plain);
  free(comma);
  free(plain);
  cuxas_crystal_free(crystal);
  if (!is_comma) SKIP("no locale with decimal commas here");
}

int main(void)
{
  RUN(test_written_crystals_read_back_the_same);
  RUN(test_origin_hand_and_supercell_do_not_matter);
  RUN(test_noise_below_the_tolerance_is_symmetrised_away);
  RUN(test_the_file_itself);
  RUN(test_full_disk_is_reported);
  RUN(test_operations_survive_writing);
  RUN(test_translations_as_decimals_and_fractions);
  RUN(test_written_crystals_obey_no_locale);
  return CHECK_REPORT();
}
