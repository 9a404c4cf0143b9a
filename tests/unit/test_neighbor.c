#include "check.h"
#include "cuxas/catalog.h"
#include "box.h"
#include "crystal/neighbor.h"

#include <cjson/cJSON.h>
#include <dirent.h>

/* The oracle: every image in a generous block of cells, no cleverness. */
static size_t brute_force(const cuxas_crystal *crystal, size_t center, double cutoff_A, int n_image, cuxas_bond *bond)
{
  size_t n_bond = 0;
  for (size_t target = 0; target < crystal->n_site; target++)
    for (int a = -n_image; a <= n_image; a++)
      for (int b = -n_image; b <= n_image; b++)
        for (int c = -n_image; c <= n_image; c++) {
          double f[3], vector[3];
          for (int k = 0; k < 3; k++) f[k] = crystal->fractional[target][k] - crystal->fractional[center][k];
          f[0] += a;
          f[1] += b;
          f[2] += c;
          for (int k = 0; k < 3; k++)
            vector[k] =
                f[0] * crystal->lattice_A[0][k] + f[1] * crystal->lattice_A[1][k] + f[2] * crystal->lattice_A[2][k];
          const double length_A2 = dot(vector, vector);
          if (length_A2 >= cutoff_A * cutoff_A + 1e-8 || (target == center && a == 0 && b == 0 && c == 0)) continue;
          bond[n_bond].target = target;
          memcpy(bond[n_bond].vector_A, vector, sizeof vector);
          bond[n_bond++].distance_A = sqrt(length_A2);
        }
  return n_bond;
}

/* Every bond of the oracle once, in the order that the header promises. */
static void check_against_brute_force(const box *b, double cutoff_A, int n_image)
{
  static cuxas_bond expected[100000];
  cuxas_neighbors  *got = NULL;
  CHECK_STATUS(cuxas_neighbors_find(&b->crystal, NULL, 0, cutoff_A, &got, NULL), CUXAS_OK);
  if (got == NULL) return;
  CHECK(got->n_center == b->crystal.n_site);
  for (size_t center = 0; center < b->crystal.n_site; center++) {
    const size_t n_bond = brute_force(&b->crystal, center, cutoff_A, n_image, expected);
    CHECK(got->first[center + 1] - got->first[center] == n_bond);
    if (check_n_failure > 0) break;
    const cuxas_bond *bond    = got->bond + got->first[center];
    size_t            n_found = 0;
    for (size_t i = 0; i < n_bond; i++)
      for (size_t j = 0; j < n_bond; j++) {
        double apart = 0.0;
        for (int k = 0; k < 3; k++) apart = fmax(apart, fabs(bond[j].vector_A[k] - expected[i].vector_A[k]));
        if (bond[j].target == expected[i].target && apart < 1e-9 &&
            fabs(bond[j].distance_A - expected[i].distance_A) < 1e-9)
          n_found++;
      }
    CHECK(n_found == n_bond);
    for (size_t i = 1; i < n_bond; i++) {
      const double *u = bond[i - 1].vector_A, *v = bond[i].vector_A;
      const int     by_vector = u[2] < v[2] || (u[2] == v[2] && (u[1] < v[1] || (u[1] == v[1] && u[0] < v[0])));
      CHECK(bond[i - 1].target < bond[i].target || (bond[i - 1].target == bond[i].target && by_vector));
    }
  }
  cuxas_neighbors_free(got);
}

static const double CUBIC[3][3]  = {{6.0, 0, 0}, {0, 6.0, 0}, {0, 0, 6.0}};
static const double SKEW[3][3]   = {{5.0, 0.3, 0}, {3.9, 3.1, 0.2}, {-2.0, 2.5, 4.4}};
static const double MIRROR[3][3] = {{3.9, 3.1, 0.2}, {5.0, 0.3, 0}, {-2.0, 2.5, 4.4}}; /* left-handed */
static const double THIN[3][3]   = {{2.2, 0, 0}, {0.4, 17.0, 0}, {0, 1.0, 3.1}};
static const double LARGE[3][3]  = {{19.0, 0, 0}, {4.0, 23.0, 0}, {0, -5.0, 16.5}};

static void test_all_bonds_are_found_in_any_cell(void)
{
  static box b;
  make_random_box(&b, CUBIC, 7, 1);
  check_against_brute_force(&b, 5.0, 6);
  make_random_box(&b, SKEW, 9, 2);
  check_against_brute_force(&b, 5.0, 9);
  make_random_box(&b, MIRROR, 9, 3);
  check_against_brute_force(&b, 5.0, 9);
  make_random_box(&b, THIN, 11, 4);
  check_against_brute_force(&b, 6.0, 9);
  make_random_box(&b, LARGE, 150, 5);
  check_against_brute_force(&b, 4.0, 6);
  make_random_box(&b, LARGE, 60, 6);
  check_against_brute_force(&b, 9.0, 6);
}

static void test_atom_alone_bonds_to_its_images(void)
{
  static box       b;
  cuxas_neighbors *got = NULL;
  make_box(&b, (const double[3][3]){{3, 0, 0}, {0, 3, 0}, {0, 0, 3}}, 1);
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 3.5, &got, NULL), CUXAS_OK);
  CHECK(got->first[1] == 6);
  for (size_t i = 0; i < got->first[1]; i++) CHECK(got->bond[i].target == 0 && got->bond[i].distance_A == 3.0);
  cuxas_neighbors_free(got);
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 2.5, &got, NULL), CUXAS_OK); /* no bond at all */
  CHECK(got->first[1] == 0);
  cuxas_neighbors_free(got);
}

static void test_bond_at_the_cutoff_counts(void)
{
  static box       b;
  cuxas_neighbors *got = NULL;
  make_box(&b, (const double[3][3]){{5.0, 0, 0}, {0, 5.0, 0}, {0, 0, 5.0}}, 1);
  for (int i = 0; i < 20; i++) { /* wherever the atom stands, whatever rounding says */
    for (int k = 0; k < 3; k++) b.fractional[0][k] = -1.0 + 0.1 * i + 0.03 * k;
    CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 5.0, &got, NULL), CUXAS_OK);
    CHECK(got->first[1] == 6);
    cuxas_neighbors_free(got);
  }
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 5.0 - 1.1e-9, &got, NULL), CUXAS_OK); /* 25 - 1.1e-8 + 1e-8 */
  CHECK(got->first[1] == 0);
  cuxas_neighbors_free(got);
}

static int by_value(const void *left, const void *right)
{
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* The distances around site i of one and site j of the other are the same set. */
static void check_same_distances(const cuxas_neighbors *one, size_t i, const cuxas_neighbors *other, size_t j)
{
  static double a[4096], b[4096];
  const size_t  n = one->first[i + 1] - one->first[i];
  CHECK(n == other->first[j + 1] - other->first[j] && n > 0 && n <= 4096);
  if (check_n_failure > 0) return;
  for (size_t k = 0; k < n; k++) {
    a[k] = one->bond[one->first[i] + k].distance_A;
    b[k] = other->bond[other->first[j] + k].distance_A;
  }
  qsort(a, n, sizeof *a, by_value);
  qsort(b, n, sizeof *b, by_value);
  for (size_t k = 0; k < n; k++) CHECK_NEAR(a[k], b[k], 1e-9);
}

static void test_supercell_has_the_same_bonds(void)
{
  static box       b, super;
  cuxas_neighbors *one = NULL, *other = NULL;
  make_random_box(&b, SKEW, 8, 7);
  make_supercell(&super, &b, (const int[3]){3, 2, 4});
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 5.0, &one, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_neighbors_find(&super.crystal, NULL, 0, 5.0, &other, NULL), CUXAS_OK);
  for (size_t j = 0; j < super.crystal.n_site; j++) check_same_distances(one, j % b.crystal.n_site, other, j);
  cuxas_neighbors_free(one);
  cuxas_neighbors_free(other);
}

static void test_rotated_crystal_has_rotated_bonds(void)
{
  static box       b, turned;
  const double     c = cos(0.7), s = sin(0.7), rotation[3][3] = {{c, -s * c, s * s}, {s, c * c, -s * c}, {0, s, c}};
  cuxas_neighbors *one = NULL, *other = NULL;
  make_random_box(&b, THIN, 12, 8);
  make_random_box(&turned, THIN, 12, 8);
  for (int k = 0; k < 3; k++)
    for (int m = 0; m < 3; m++) turned.crystal.lattice_A[k][m] = dot(rotation[m], b.crystal.lattice_A[k]);
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 5.0, &one, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_neighbors_find(&turned.crystal, NULL, 0, 5.0, &other, NULL), CUXAS_OK);
  for (size_t i = 0; i < 12; i++) {
    double sum[3] = {0, 0, 0}, sum_turned[3] = {0, 0, 0};
    check_same_distances(one, i, other, i);
    for (size_t j = one->first[i]; j < one->first[i + 1]; j++)
      for (int k = 0; k < 3; k++) {
        sum[k] += one->bond[j].vector_A[k] * one->bond[j].distance_A;
        sum_turned[k] += other->bond[j].vector_A[k] * other->bond[j].distance_A;
      }
    for (int m = 0; m < 3; m++) CHECK_NEAR(sum_turned[m], dot(rotation[m], sum), 1e-9);
  }
  cuxas_neighbors_free(one);
  cuxas_neighbors_free(other);
}

static void test_chosen_centres_get_the_bonds_they_have_among_all(void)
{
  static box       b;
  const size_t     center[3] = {5, 0, 5};
  cuxas_neighbors *all = NULL, *some = NULL;
  make_random_box(&b, SKEW, 9, 9);
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 5.0, &all, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, center, 3, 5.0, &some, NULL), CUXAS_OK);
  CHECK(some->n_center == 3);
  for (size_t i = 0; i < 3; i++) {
    const size_t n_bond = some->first[i + 1] - some->first[i];
    CHECK(n_bond == all->first[center[i] + 1] - all->first[center[i]]);
    CHECK(memcmp(some->bond + some->first[i], all->bond + all->first[center[i]], n_bond * sizeof *all->bond) == 0);
  }
  cuxas_neighbors_free(all);
  cuxas_neighbors_free(some);
}

static void test_what_cannot_be_is_refused(void)
{
  static box       b;
  cuxas_error      err;
  cuxas_neighbors *got = (cuxas_neighbors *)&b;
  make_random_box(&b, CUBIC, 4, 10);
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 0.0, &got, &err), CUXAS_ERANGE);
  CHECK(got == NULL);
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, -1.0, &got, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, (double)NAN, &got, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, (double)INFINITY, &got, &err), CUXAS_ERANGE);
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 1e6, &got, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "too long");
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, (const size_t[]){4}, 1, 5.0, &got, &err), CUXAS_ERANGE);
  b.fractional[2][1] = (double)NAN;
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 5.0, &got, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "site 2");
  for (int k = 0; k < 3; k++) b.fractional[2][k] = b.fractional[3][k] + 1.0;
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 5.0, &got, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "coincide");
  make_random_box(&b, (const double[3][3]){{5, 0, 0}, {0, 5, 0}, {5, 5, 0}}, 4, 10);
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 5.0, &got, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "degenerate");
  make_random_box(&b, (const double[3][3]){{0}}, 4, 10);
  CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 5.0, &got, &err), CUXAS_ERANGE);
}

/* The same crystal in a skewed cell: each atom looks through thousands of images, and twenty thousand would take minutes. */
static void test_skewed_cell_is_searched_for_few_atoms_and_refused_for_many(void)
{
  enum { N = 27, N_SITE = N * N * N, SHEAR = 40 };
  const double SIDE_A    = 2.5 * N;
  double(*fractional)[3] = calloc(N_SITE, sizeof *fractional);
  int *atomic_number     = calloc(N_SITE, sizeof *atomic_number);
  CHECK(fractional != NULL && atomic_number != NULL);
  for (size_t i = 0; i < N_SITE && fractional != NULL && atomic_number != NULL; i++) {
    const size_t at[3] = {i % N, i / N % N, i / N / N};
    for (size_t k = 3; k-- > 0;) fractional[i][k] = (double)at[k] / N - (k < 2 ? SHEAR * fractional[i][k + 1] : 0.0);
    atomic_number[i] = 29;
  }
  cuxas_crystal    crystal = {.lattice_A  = {{SIDE_A, 0, 0}, {SHEAR * SIDE_A, SIDE_A, 0}, {0, SHEAR * SIDE_A, SIDE_A}},
                              .n_site     = N_SITE,
                              .fractional = fractional,
                              .atomic_number = atomic_number};
  cuxas_neighbors *got     = NULL;
  cuxas_error      err;
  CHECK_STATUS(cuxas_neighbors_find(&crystal, (const size_t[]){0, N_SITE / 2}, 2, 2.6, &got, &err), CUXAS_OK);
  CHECK(got != NULL && got->first[1] == 6 && got->first[2] == 12);
  cuxas_neighbors_free(got);
  CHECK_STATUS(cuxas_neighbors_find(&crystal, NULL, 0, 6.0, &got, &err), CUXAS_ERANGE);
  CHECK_CONTAINS(err.message, "too long for a cell");
  free(fractional);
  free(atomic_number);
}

static char *read_all(const char *path)
{
  FILE *in   = fopen(path, "rb");
  char *text = calloc(1, 1 << 22);
  if (in != NULL && text != NULL && fread(text, 1, (1 << 22) - 1, in) == 0) text[0] = '\0';
  if (in != NULL) fclose(in);
  return text;
}

/* Numbers of directed bonds within 5 A, by pymatgen. */
static void test_numbers_of_bonds_agree_with_another_code(void)
{
  static box     b;
  char          *probe  = shared_data("m3gnet/golden/Cu.json");
  size_t         n_file = 0;
  struct dirent *entry;
  if (probe == NULL) SKIP("no shared data");
  *strrchr(probe, '/') = '\0';
  DIR *folder          = opendir(probe);
  while (folder != NULL && (entry = readdir(folder)) != NULL) {
    char path[1024];
    if (strstr(entry->d_name, ".json") == NULL) continue;
    snprintf(path, sizeof path, "%s/%s", probe, entry->d_name);
    char            *text       = read_all(path);
    cJSON           *json       = cJSON_Parse(text);
    const cJSON     *lattice    = cJSON_GetObjectItem(json, "lattice");
    const cJSON     *fractional = cJSON_GetObjectItem(json, "frac_coords");
    const cJSON     *n_bonds    = cJSON_GetObjectItem(json, "n_bonds");
    const size_t     n_site     = (size_t)cJSON_GetArraySize(fractional);
    cuxas_neighbors *got        = NULL;
    double           lattice_A[3][3];
    CHECK(json != NULL && n_site > 0 && n_site <= MAX_SITE && cJSON_IsNumber(n_bonds));
    for (int k = 0; k < 3; k++)
      for (int m = 0; m < 3; m++)
        lattice_A[k][m] = cJSON_GetNumberValue(cJSON_GetArrayItem(cJSON_GetArrayItem(lattice, k), m));
    make_box(&b, (const double(*)[3])lattice_A, n_site);
    for (size_t i = 0; i < n_site; i++)
      for (int m = 0; m < 3; m++)
        b.fractional[i][m] = cJSON_GetNumberValue(cJSON_GetArrayItem(cJSON_GetArrayItem(fractional, (int)i), m));
    CHECK_STATUS(cuxas_neighbors_find(&b.crystal, NULL, 0, 5.0, &got, NULL), CUXAS_OK);
    if (got != NULL && (double)got->first[n_site] != cJSON_GetNumberValue(n_bonds))
      printf("    %s: %zu bonds, expected %g\n", entry->d_name, got->first[n_site], cJSON_GetNumberValue(n_bonds));
    CHECK(got != NULL && (double)got->first[n_site] == cJSON_GetNumberValue(n_bonds));
    cuxas_neighbors_free(got);
    cJSON_Delete(json);
    free(text);
    n_file++;
  }
  if (folder != NULL) closedir(folder);
  CHECK(n_file >= 70);
  free(probe);
}

/* ---- orbits ---- */

/* How many crystals of a folder, up to a limit, have sites of copper that distances tell to be others than spglib does;
 * *ret_n_told: of how many they tell at all. */
static size_t count_other_orbits(const char *folder, size_t n_most, size_t *ret_n_told)
{
  cuxas_catalog *catalog = NULL;
  size_t         n_other = 0;
  CHECK_STATUS(cuxas_catalog_list(&folder, 1, false, &catalog, NULL), CUXAS_OK);
  for (size_t i = 0; i < catalog->n_candidate && i < n_most; i++) {
    cuxas_crystal *crystal = NULL;
    if (cuxas_candidate_read(&catalog->candidate[i], &crystal, NULL) != CUXAS_OK) continue;
    size_t *own = calloc(crystal->n_site, sizeof *own), *theirs = calloc(crystal->n_site, sizeof *theirs);
    if (cuxas_neighbors_tell_orbits(crystal, 29, CUXAS_SYMPREC_A, own)) {
      bool is_other = false;
      (*ret_n_told)++;
      CHECK_STATUS(cuxas_symmetry_find_classes(crystal, CUXAS_SYMPREC_A, theirs, NULL), CUXAS_OK);
      for (size_t k = 0; k < crystal->n_site; k++)
        is_other = is_other || (crystal->atomic_number[k] == 29 && own[k] != theirs[k]);
      n_other += is_other;
    }
    free(own);
    free(theirs);
    cuxas_crystal_free(crystal);
  }
  cuxas_catalog_free(catalog);
  return n_other;
}

static void test_orbits_that_distances_tell_are_those_of_spglib(void)
{
  size_t n_told = 0;
  CHECK(count_other_orbits("refdb/candidates", SIZE_MAX, &n_told) == 0);
  CHECK(n_told >= 220);
  CHECK(count_other_orbits("refdb/structures", SIZE_MAX, &n_told) == 0);
}

static void test_orbits_that_distances_tell_are_those_of_spglib_in_five_hundred_more(void)
{
  size_t n_told = 0;
  char  *folder = shared_data("structures/mp");
  if (folder == NULL) SKIP("no shared structures");
  CHECK(count_other_orbits(folder, 500, &n_told) == 0);
  CHECK(n_told >= 450);
  free(folder);
}

static void test_sites_in_doubt_are_left_to_others(void)
{
  size_t        class_of[3];
  int           number[3]   = {29, 29, 8};
  double        place[3][3] = {{0.0, 0.0, 0.0}, {0.5, 0.0, 0.0}, {0.25, 0.0, 0.0}};
  cuxas_crystal crystal     = {
          .lattice_A = {{6.0, 0, 0}, {0, 3.0, 0}, {0, 0, 3.0}}, .n_site = 3, .atomic_number = number, .fractional = place};
  CHECK(cuxas_neighbors_tell_orbits(&crystal, 29, 0.01, class_of) && class_of[1] == 0);
  place[2][0] += 0.01 / 6.0; /* distances differ by two tolerances */
  CHECK(!cuxas_neighbors_tell_orbits(&crystal, 29, 0.01, class_of));
  place[2][0] += 0.04 / 6.0; /* by ten */
  CHECK(cuxas_neighbors_tell_orbits(&crystal, 29, 0.01, class_of) && class_of[1] == 1);
}

/* The oracle: how many of many directions, spread evenly by the golden angle, meet the plane half way to each neighbour first. */
static void count_directions(const cuxas_bond *bond, size_t n_bond, double *ret_share)
{
  enum { N_DIRECTION = 20000 };
  size_t n_hit[400] = {0}, most = 1;
  for (int i = 0; i < N_DIRECTION; i++) {
    const double z = 1.0 - (2.0 * i + 1.0) / N_DIRECTION, phi = 2.399963229728653 * i;
    const double u[3]    = {sqrt(1.0 - z * z) * cos(phi), sqrt(1.0 - z * z) * sin(phi), z};
    double       nearest = 0.0;
    size_t       first   = 0;
    for (size_t k = 0; k < n_bond; k++) {
      const double closeness = dot(u, bond[k].vector_A) / dot(bond[k].vector_A, bond[k].vector_A);
      if (closeness <= nearest) continue;
      nearest = closeness;
      first   = k;
    }
    n_hit[first]++;
  }
  for (size_t k = 0; k < n_bond; k++) most = n_hit[k] > most ? n_hit[k] : most;
  for (size_t k = 0; k < n_bond; k++) ret_share[k] = (double)n_hit[k] / (double)most;
}

/* Of one site: as the oracle says, and to the last bit as when no neighbour is left out beforehand. */
static void check_weights(const cuxas_bond *bond, size_t n_bond)
{
  double weight[400], all[400], share[400];
  CHECK(n_bond <= 400);
  if (n_bond > 400) return;
  count_directions(bond, n_bond, share);
  CHECK_STATUS(cuxas_neighbors_weigh(bond, n_bond, 0.5, weight, NULL), CUXAS_OK);
  CHECK_STATUS(cuxas_neighbors_weigh(bond, n_bond, 0.0, all, NULL), CUXAS_OK);
  for (size_t k = 0; k < n_bond; k++) {
    CHECK_NEAR(all[k], share[k], 0.03);
    if (all[k] >= 0.5)
      CHECK(memcmp(&weight[k], &all[k], sizeof all[k]) == 0);
    else
      CHECK(weight[k] < 0.5);
  }
}

static void test_weights_are_the_shares_of_all_directions(void)
{
  static const char *const PATH[] = {"refdb/structures/CuO.cif",       "refdb/structures/Cu2O.cif",
                                     "refdb/structures/CuS.cif",       "refdb/structures/CuBe.cif",
                                     "refdb/candidates/Cu3Au_L12.cif", "refdb/candidates/La2CuO4_T.cif",
                                     "refdb/candidates/CuAl2O4.cif",   "refdb/candidates/Cu2Mg.cif"};
  size_t                   n_site = 0;
  for (size_t i = 0; i < sizeof PATH / sizeof PATH[0]; i++) {
    cuxas_crystal   *crystal = NULL;
    cuxas_neighbors *near    = NULL;
    CHECK_STATUS(cuxas_crystal_read(PATH[i], &crystal, NULL), CUXAS_OK);
    if (crystal == NULL || cuxas_neighbors_find(crystal, NULL, 0, 6.0, &near, NULL) != CUXAS_OK) continue;
    for (size_t k = 0; k < near->n_center && k < 12; k++, n_site++)
      check_weights(near->bond + near->first[k], near->first[k + 1] - near->first[k]);
    cuxas_neighbors_free(near);
    cuxas_crystal_free(crystal);
  }
  CHECK(n_site >= 40);
}

int main(void)
{
  RUN(test_all_bonds_are_found_in_any_cell);
  RUN(test_atom_alone_bonds_to_its_images);
  RUN(test_bond_at_the_cutoff_counts);
  RUN(test_supercell_has_the_same_bonds);
  RUN(test_rotated_crystal_has_rotated_bonds);
  RUN(test_chosen_centres_get_the_bonds_they_have_among_all);
  RUN(test_numbers_of_bonds_agree_with_another_code);
  RUN(test_what_cannot_be_is_refused);
  RUN(test_skewed_cell_is_searched_for_few_atoms_and_refused_for_many);
  RUN(test_orbits_that_distances_tell_are_those_of_spglib);
  RUN(test_orbits_that_distances_tell_are_those_of_spglib_in_five_hundred_more);
  RUN(test_sites_in_doubt_are_left_to_others);
  RUN(test_weights_are_the_shares_of_all_directions);
  return CHECK_REPORT();
}
